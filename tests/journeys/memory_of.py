"""The memory of another process, read as a debugger does, and searched for keys."""

import contextlib
import os
import re
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_MAP = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (....) \S+ \S+ \d+\s*(.*)")
_P256_LIMBS = 4
_PART = 64 << 20


@dataclass(frozen=True)
class Region:
    """A writable mapping: where it begins, its name, its bytes."""

    start: int
    name: str
    data: bytes


def _read(memory: FileIO, start: int, end: int) -> bytes:
    """What can be read of it: some mappings have no pages behind them."""
    data = bytearray()
    with contextlib.suppress(OSError, ValueError):
        memory.seek(start)
        while part := memory.read(min(_PART, end - start - len(data))):
            data += part
    return bytes(data)


@contextlib.contextmanager
def _standing_still(pid: int) -> Iterator[None]:
    """Stops a child process: what it works on moves while it is read, and was missed now and then."""
    os.kill(pid, signal.SIGSTOP)
    try:
        os.waitpid(pid, os.WUNTRACED)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def regions(pid: int) -> Iterator[Region]:
    """Every writable mapping of a child, which stands still meanwhile; ``PermissionError`` where the
    system forbids it."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory, _standing_still(pid):
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            found = _MAP.match(line)
            if found is None or found[3][:2] != "rw" or found[4] in ("[vvar]", "[vsyscall]"):
                continue
            start, end = int(found[1], 16), int(found[2], 16)
            yield Region(start, found[4], _read(memory, start, end))


def count(pid: int, needles: Mapping[str, bytes]) -> dict[str, int]:
    """How often each needle stands in the process's memory."""
    found = dict.fromkeys(needles, 0)
    for region in regions(pid):
        for name, needle in needles.items():
            found[name] += region.data.count(needle)
    return found


def count_spaced(pid: int, text: str, most: int) -> int:
    """How often the characters of a text (UTF-16) stand one after the other with some bytes between,
    as in a list of keys pressed."""
    keys = re.compile((b".{1,%d}?" % most).join(re.escape(c.encode("utf-16-le")) for c in text), re.DOTALL)
    return sum(len(keys.findall(region.data)) for region in regions(pid))


def scalar_of(public: bytes, pid: int) -> int | None:
    """The private number of a P-256 public key (DER) if OpenSSL holds it in the process.

    OpenSSL's BIGNUM is ``{limbs*, int top, int dmax, int neg, int flags}``; what may be one is
    followed and multiplied with the base point.
    """
    held = list(regions(pid))
    starts = np.array([r.start for r in held], dtype=np.uint64)
    tried: set[bytes] = set()
    for region in held:
        words = np.frombuffer(region.data[:len(region.data) // 8 * 8], dtype="<u8")
        if len(words) < 3:
            continue
        tops = words[1:-1]
        maybe = np.flatnonzero(
            ((tops & np.uint64(0xFFFFFFFF)) == _P256_LIMBS)
            & ((tops >> np.uint64(32)) >= _P256_LIMBS) & ((tops >> np.uint64(32)) <= 64)
            & ((words[2:] & np.uint64(0xFFFFFFFF)) == 0) & (words[:-2] % np.uint64(8) == 0)
            & (words[:-2] > np.uint64(4096)))
        for at in maybe:
            place = int(words[at])
            where = int(np.searchsorted(starts, place, side="right")) - 1
            inside = place - held[where].start if where >= 0 else -1
            if not 0 <= inside <= len(held[where].data) - 32:
                continue
            limbs = held[where].data[inside:inside + 32]
            if limbs not in tried:
                tried.add(limbs)
                number = int.from_bytes(limbs, "little")
                if _public(number) == public:
                    return number
    return None


def _public(number: int) -> bytes:
    try:
        key = ec.derive_private_key(number, ec.SECP256R1())
    except ValueError:
        return b""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
