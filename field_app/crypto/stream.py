"""The payload of a sealed file: 64 KiB chunks, sealed while written, opened at any place.

The STREAM construction of age v1 (C2SP age.md) over any AEAD with 12-byte nonces and 16-byte tags:
ChaCha20-Poly1305 in age files, SM4-GCM in ``le-gm/v1``. Files are append-only; see FORMAT.md for
what survives a power cut.
"""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Protocol, Self

from cryptography.exceptions import InvalidTag

from field_app.crypto.hashing import new_sm3
from field_app.crypto.stanzas import AgeError

CHUNK = 64 << 10
TAG = 16
NONCE_BYTES = 16
SEALED_CHUNK = CHUNK + TAG


def chunk_nonce(index: int, *, last: bool) -> bytes:
    """The nonce of chunk ``index`` of a payload."""
    return index.to_bytes(11, "big") + (b"\x01" if last else b"\x00")


class Aead(Protocol):
    """A cipher that also authenticates: 12-byte nonces, 16 bytes of tag at the end."""

    def encrypt(self, nonce: bytes, data: bytes | memoryview,
                associated_data: bytes | None) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        """The plaintext; ``cryptography.exceptions.InvalidTag`` when anything was changed."""
        ...


class Beginning(NamedTuple):
    """A fresh file's first bytes, header and nonce, and the cipher of its chunks."""

    head: bytes
    aead: Aead


class Payload(NamedTuple):
    """Where a file's chunks begin, and the cipher that opens them."""

    start: int
    aead: Aead


def read_nonce(file: BinaryIO, at: int) -> bytes:
    """The nonce in front of the chunks; :class:`AgeError` when it is cut."""
    file.seek(at)
    nonce = file.read(NONCE_BYTES)
    if len(nonce) != NONCE_BYTES:
        raise AgeError("payload is cut")
    return nonce


class StreamWriter:
    """Seals a stream under ``aead`` behind ``head``; ``file`` is only ever appended to.

    ``sha256`` and ``size`` speak of the plaintext, ``ct_sha256`` and ``ct_size`` of the file;
    the latter two are final only after :meth:`close`. ``with_sm3``: hash the plaintext so too.
    """

    def __init__(self, file: BinaryIO, head: bytes, aead: Aead, *, with_sm3: bool = False) -> None:
        self._file = file
        self._plain, self._cipher = hashlib.sha256(), hashlib.sha256()
        self._sm3 = new_sm3() if with_sm3 else None
        self._pending = bytearray()
        self._index = 0
        self.size = 0
        self.ct_size = 0
        self.closed = False
        self._aead = aead
        self._emit(head)

    def _emit(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:  # A raw file on a disk that fills up takes a part and says so only here.
            rest = rest[self._file.write(rest):]
        self._cipher.update(data)
        self.ct_size += len(data)

    def _sealed(self, data: bytes | memoryview, *, last: bool) -> bytes:
        made = self._aead.encrypt(chunk_nonce(self._index, last=last), data, None)
        self._index += 1
        return made

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Append plaintext. A full chunk is sealed as soon as more follows it."""
        if self.closed:
            raise ValueError("sealed file is closed")
        data = bytes(data)
        self._plain.update(data)
        if self._sm3 is not None:
            self._sm3.update(data)
        self.size += len(data)
        if len(self._pending) + len(data) <= CHUNK:
            self._pending += data
            return len(data)
        view, sealed = memoryview(data), []
        if self._pending:
            missing = CHUNK - len(self._pending)
            self._pending += view[:missing]
            view = view[missing:]
            sealed.append(self._sealed(bytes(self._pending), last=False))
        # The last chunk may be full but never empty, so one byte always stays behind.
        whole = (len(view) - 1) // CHUNK
        sealed += [self._sealed(view[i * CHUNK:(i + 1) * CHUNK], last=False) for i in range(whole)]
        self._pending = bytearray(view[whole * CHUNK:])
        self._emit(b"".join(sealed))
        return len(data)

    @property
    def pending(self) -> bytes:
        """Plaintext accepted but not yet in a sealed chunk (at most 64 KiB)."""
        return bytes(self._pending)

    def close(self) -> None:
        """Seal the final chunk; the file object itself stays open."""
        if not self.closed:
            self._emit(self._sealed(bytes(self._pending), last=True))
            self._pending.clear()
            self.closed = True

    @property
    def sha256(self) -> str:
        return self._plain.hexdigest()

    @property
    def sm3(self) -> str:
        """SM3 of the plaintext; empty unless it was asked for."""
        return self._sm3.hexdigest() if self._sm3 is not None else ""

    @property
    def ct_sha256(self) -> str:
        return self._cipher.hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if kind is None:
            self.close()


class StreamReader:
    """Opens a sealed file at any place: only the chunks touched are read and verified.

    ``start``: where the chunks begin. Raises :class:`AgeError` where the ciphertext was changed
    or cut.
    """

    def __init__(self, file: BinaryIO, start: int, aead: Aead, *, cached_chunks: int = 16) -> None:
        self._file = file
        self._aead = aead
        self._start = start
        sealed = file.seek(0, os.SEEK_END) - self._start
        self.chunks = max(1, -(-sealed // SEALED_CHUNK))
        tail = sealed - (self.chunks - 1) * SEALED_CHUNK
        if tail < TAG or (tail == TAG and self.chunks > 1):
            raise AgeError("payload is cut")
        self.size = sealed - self.chunks * TAG
        self._cache: OrderedDict[int, bytes] = OrderedDict()
        self._cached_chunks = cached_chunks
        # A file is whole only if its last chunk says so: told now, not at the end.
        self._chunk(self.chunks - 1)

    def _chunk(self, index: int) -> bytes:
        if index in self._cache:
            self._cache.move_to_end(index)
            return self._cache[index]
        self._file.seek(self._start + index * SEALED_CHUNK)
        sealed = self._file.read(SEALED_CHUNK)
        try:
            plain = self._aead.decrypt(chunk_nonce(index, last=index == self.chunks - 1), sealed, None)
        except InvalidTag as error:
            raise AgeError(f"chunk {index} was changed or cut") from error
        self._cache[index] = plain
        if len(self._cache) > self._cached_chunks:
            self._cache.popitem(last=False)
        return plain

    def read_at(self, offset: int, length: int) -> bytes:
        """Up to ``length`` plaintext bytes from ``offset``; fewer at the end."""
        if offset < 0 or length < 0:
            raise ValueError("offset and length must not be negative")
        end = min(offset + length, self.size)
        parts = []
        while offset < end:
            index, inside = divmod(offset, CHUNK)
            part = self._chunk(index)[inside:inside + end - offset]
            parts.append(part)
            offset += len(part)
        return b"".join(parts)

    def stream(self) -> Iterator[bytes]:
        """All plaintext, a chunk at a time."""
        for index in range(self.chunks):
            yield self._chunk(index)


def stream_prefix(file: BinaryIO, aead: Aead) -> Iterator[bytes]:
    """The authentic chunks from where ``file`` stands, up to the first that does not verify."""
    index = 0
    while sealed := file.read(SEALED_CHUNK):
        for last in (False, True):
            try:
                plain = aead.decrypt(chunk_nonce(index, last=last), sealed, None)
            except InvalidTag:
                continue
            yield plain
            if last:
                return
            break
        else:
            return
        index += 1


def seal_parts(path: Path, parts: Iterable[bytes],
               begin: Callable[[BinaryIO], StreamWriter]) -> StreamWriter:
    """Seal ``parts`` into a new file at ``path``, synced to disk; returns the closed writer.

    The file appears under its name only when whole (written beside, renamed).
    """
    beside = path.with_name(path.name + ".part")
    try:
        with beside.open("wb") as file:
            writer = begin(file)
            for part in parts:
                writer.write(part)
            writer.close()
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    return writer


def read_limited(reader: StreamReader, limit: int) -> bytes:
    """The whole plaintext; :class:`AgeError` past ``limit`` bytes."""
    if reader.size > limit:
        raise AgeError(f"larger than {limit} bytes")
    return b"".join(reader.stream())
