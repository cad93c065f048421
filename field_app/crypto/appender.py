"""A sealed file that grows while recording and survives a power cut within a second.

``NAME.age`` holds whole 64 KiB chunks. What is not yet a whole chunk is sealed, at every
:meth:`SealedAppender.checkpoint`, into one of two small sealed files ``NAME.age.tail0|1`` that take
turns, so that one good tail always exists. :func:`recover` joins prefix and newest good tail.
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from field_app.crypto.stanzas import AgeError
from field_app.crypto.stream import CHUNK
from field_app.crypto.suites import (
    AnyIdentity,
    AnyRecipient,
    SealedReader,
    SealedWriter,
    salvage_prefix,
)


@dataclass(frozen=True)
class SealedFile:
    """Facts of a finished sealed file; hashes are lower-case hex, sizes in bytes.

    ``sm3``: of the plaintext too, empty unless it was asked for.
    """

    path: Path
    size: int
    sha256: str
    ct_size: int
    ct_sha256: str
    sm3: str = ""


def _tails(path: Path) -> tuple[Path, Path]:
    return (path.with_name(path.name + ".tail0"), path.with_name(path.name + ".tail1"))


def sync_folder(folder: Path) -> None:
    """Make new names in ``folder`` survive a power cut (a no-op where folders cannot be opened)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class SealedAppender:
    """Writes one sealed file chunk by chunk; call :meth:`checkpoint` every second.

    ``OSError`` (disk full) passes through; what was checkpointed stays recoverable.
    """

    def __init__(self, path: Path, recipients: Sequence[AnyRecipient], *,
                 with_sm3: bool = False) -> None:
        self._path = path
        self._recipients = tuple(recipients)
        self._file = path.open("xb", buffering=0)
        try:
            self._writer = SealedWriter(self._file, recipients, with_sm3=with_sm3)
        except BaseException:
            self._file.close()
            raise
        self._turn = 0
        self._checkpointed = -1
        os.fsync(self._file.fileno())
        sync_folder(path.parent)

    @property
    def size(self) -> int:
        """Plaintext bytes accepted so far."""
        return self._writer.size

    def write(self, data: bytes | bytearray | memoryview) -> int:
        return self._writer.write(data)

    def checkpoint(self) -> None:
        """Bring everything accepted so far onto the disk."""
        if self._writer.closed or self._writer.size == self._checkpointed:
            return
        os.fsync(self._file.fileno())
        pending = self._writer.pending
        offset = self._writer.size - len(pending)
        note = json.dumps({"offset": offset, "length": len(pending)}).encode() + b"\n"
        tail = _tails(self._path)[self._turn]
        first_time = not tail.exists()
        with tail.open("wb") as file:
            with SealedWriter(file, self._recipients) as writer:
                writer.write(note + pending)
            file.flush()
            os.fsync(file.fileno())
        if first_time:
            sync_folder(self._path.parent)
        self._turn ^= 1
        self._checkpointed = self._writer.size

    def close(self) -> SealedFile:
        """Seal the final chunk, sync, and drop the tails."""
        self._writer.close()
        os.fsync(self._file.fileno())
        self._file.close()
        for tail in _tails(self._path):
            tail.unlink(missing_ok=True)
        sync_folder(self._path.parent)
        done = self._writer
        return SealedFile(self._path, done.size, done.sha256, done.ct_size, done.ct_sha256,
                          done.sm3)

    def abandon(self) -> None:
        """Close the handle and leave what is on disk for :func:`recover`."""
        self._file.close()


def is_open_ended(path: Path) -> bool:
    """Whether ``path`` was being written when its program died."""
    return any(tail.exists() for tail in _tails(path))


def _read_tail(path: Path, identities: Sequence[AnyIdentity]) -> tuple[int, bytes] | None:
    try:
        with path.open("rb") as file:
            data = b"".join(SealedReader(file, identities).stream())
        head, _, body = data.partition(b"\n")
        note = json.loads(head)
        offset, length = int(note["offset"]), int(note["length"])
    except (OSError, AgeError, ValueError, KeyError, TypeError):
        return None
    return (offset, body) if len(body) == length and offset % CHUNK == 0 else None


def newest_tail(path: Path, identities: Sequence[AnyIdentity]) -> tuple[int, bytes] | None:
    """Offset and plaintext of the newest good tail of ``path``."""
    tails = [t for p in _tails(path) if (t := _read_tail(p, identities)) is not None]
    return max(tails, key=lambda t: t[0] + len(t[1]), default=None)


def recover(path: Path, identities: Sequence[AnyIdentity]) -> Iterator[bytes]:
    """All plaintext that reached the disk of a file whose writer died, in order."""
    tails = sorted(
        (t for p in _tails(path) if (t := _read_tail(p, identities)) is not None),
        key=lambda t: (t[0] + len(t[1])))
    have = 0
    with path.open("rb") as file:
        for part in salvage_prefix(file, identities):
            have += len(part)
            yield part
    for offset, body in reversed(tails):
        if offset <= have < offset + len(body):
            yield body[have - offset:]
            return
