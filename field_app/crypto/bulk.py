"""Seals long streams: hashing, sealing and writing go on side by side, in memory that is used again.

The file is byte for byte what :class:`field_app.crypto.stream.StreamWriter` makes, and what is read here is
held to what :class:`field_app.crypto.stream.StreamReader` asks of it.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from field_app.crypto.hashing import Digest
from field_app.crypto.stanzas import AgeError
from field_app.crypto.straight import DISK_BLOCK, Ahead, StraightFile, disk_memory
from field_app.crypto.stream import CHUNK, SEALED_CHUNK, TAG, Aead, chunk_nonce
from field_app.crypto.suites import AnyIdentity, AnyRecipient, SealedReader, begin_payload, open_payload

_CHUNKS = 32  # opened at a time
_UNDER_WAY = 3  # blocks that are hashed and written while another is sealed
_Into = Callable[[bytes, memoryview, memoryview], object]


def fill(source: BinaryIO, ahead: Ahead, place: memoryview) -> int:
    """Read into ``place``; how many bytes, fewer than there is room for at the end only."""
    count = 0
    while count < len(place) and (got := source.readinto(place[count:])):  # type: ignore[attr-defined]
        ahead.read(got)
        count += got
    return count


def _sealing_into(aead: Aead) -> _Into:
    """Seals a chunk into a place given; not every cipher can do so by itself."""
    if isinstance(aead, ChaCha20Poly1305):
        return lambda nonce, data, place: aead.encrypt_into(nonce, data, None, place)

    def copied(nonce: bytes, data: memoryview, place: memoryview) -> None:
        place[:] = aead.encrypt(nonce, data, None)

    return copied


def _opening_into(aead: Aead) -> _Into:
    """As :func:`_sealing_into`; ``InvalidTag``."""
    if isinstance(aead, ChaCha20Poly1305):
        return lambda nonce, data, place: aead.decrypt_into(nonce, data, None, place)

    def copied(nonce: bytes, data: memoryview, place: memoryview) -> None:
        place[:] = aead.decrypt(nonce, bytes(data), None)

    return copied


def digest_opened(file: BinaryIO, identities: Sequence[AnyIdentity]) -> tuple[str, int]:
    """SHA-256 and size of a sealed file's plaintext, each chunk of it verified.

    Raises ``AgeError`` where it was changed or cut, ``NoMatchingIdentity``, ``OSError``.
    """
    payload = open_payload(file, identities)
    opener = SealedReader(file, identities, cached_chunks=1)  # A file that is cut is told here.
    digest, index = hashlib.sha256(), 0
    if opener.chunks <= _CHUNKS:  # Not worth threads.
        for part in opener.stream():
            digest.update(part)
        return digest.hexdigest(), opener.size
    open_into = _opening_into(payload.aead)
    sealed = [memoryview(bytearray(_CHUNKS * SEALED_CHUNK)) for _ in range(2)]
    plain = [memoryview(bytearray(_CHUNKS * CHUNK)) for _ in range(2)]
    file.seek(payload.start)
    ahead = Ahead(file)
    with ThreadPoolExecutor(2, "opening") as threads:
        reading = threads.submit(fill, file, ahead, sealed[0])
        hashing: Future[None] | None = None
        turn = 0
        while count := reading.result():
            here, open_here = sealed[turn][:count], plain[turn]
            turn = 1 - turn
            reading = threads.submit(fill, file, ahead, sealed[turn])
            filled = 0
            for at in range(0, count, SEALED_CHUNK):
                chunk = here[at:at + SEALED_CHUNK]
                end = filled + len(chunk) - TAG
                try:
                    open_into(chunk_nonce(index, last=index == opener.chunks - 1), chunk,
                              open_here[filled:end])
                except (InvalidTag, ValueError) as error:
                    raise AgeError(f"chunk {index} was changed or cut") from error
                index, filled = index + 1, end
            if hashing is not None:
                hashing.result()
            hashing = threads.submit(digest.update, open_here[:filled])
    if index != opener.chunks:
        raise AgeError("payload is cut")
    return digest.hexdigest(), opener.size


class BulkWriter:
    """Seals blocks of at most ``most`` bytes into ``file``, a raw file that is new and empty.

    ``also``: further hashes of the plaintext, updated block by block. ``sha256`` and ``size`` speak of
    the plaintext, ``ct_sha256`` and ``ct_size`` of the file; all are final after :meth:`close`. Used in a
    ``with``: no thread is left behind it. ``ValueError`` for recipients of two suites.
    """

    def __init__(self, file: BinaryIO, recipients: Sequence[AnyRecipient], *, most: int,
                 also: Sequence[Digest] = ()) -> None:
        begun = begin_payload(recipients)
        self._seal_into = _sealing_into(begun.aead)
        self._plain, self._cipher = hashlib.sha256(), hashlib.sha256()
        self._disk = StraightFile(file)
        room = len(begun.head) + DISK_BLOCK + (most // CHUNK + 2) * SEALED_CHUNK
        self._free = deque(disk_memory(room) for _ in range(_UNDER_WAY))
        self._filling = disk_memory(room)
        self._filling[:len(begun.head)] = begun.head
        self._filled = len(begun.head)
        self._pending = bytearray()
        self._index = 0
        self.size = 0
        self.ct_size = 0
        # A thread for each: what is handed to one is done in its order.
        self._hashers = [(ThreadPoolExecutor(1, "sha256"), digest) for digest in (self._plain, *also)]
        self._hasher, self._writer = ThreadPoolExecutor(1, "sealed"), ThreadPoolExecutor(1, "disk")
        self._hashing: list[Future[None]] = []
        self._under_way: deque[tuple[memoryview, list[Future[None]]]] = deque()

    def write(self, data: memoryview) -> None:
        """Seal ``data``, which must stay as it is until the next call has ended; ``OSError`` of this or an
        earlier block."""
        before = self._hashing
        self._hashing = [thread.submit(digest.update, data) for thread, digest in self._hashers]
        self._take(data)
        self.size += len(data)
        wait(before)

    def _take(self, data: memoryview) -> None:
        missing = CHUNK - len(self._pending)
        self._pending += data[:missing]
        data = data[missing:]
        # The last chunk may be full but never empty: one waits until more is there.
        if data:
            self._chunk(memoryview(self._pending), last=False)
            whole = (len(data) - 1) // CHUNK
            for at in range(0, whole * CHUNK, CHUNK):
                self._chunk(data[at:at + CHUNK], last=False)
            self._pending = bytearray(data[whole * CHUNK:])
        self._send()

    def _chunk(self, data: memoryview, *, last: bool) -> None:
        end = self._filled + len(data) + TAG
        self._seal_into(chunk_nonce(self._index, last=last), data, self._filling[self._filled:end])
        self._index += 1
        self._filled = end

    def _settle(self, most: int) -> None:
        """Wait until at most so many blocks are under way; an error of theirs is ours."""
        while len(self._under_way) > most:
            memory, work = self._under_way.popleft()
            for each in work:
                each.result()
            self._free.append(memory)

    def _send(self) -> None:
        self._settle(_UNDER_WAY - 1)
        following = self._free.popleft()
        whole = self._filled - self._filled % DISK_BLOCK
        rest = self._filled - whole
        following[:rest] = self._filling[whole:self._filled]
        going = self._filling[:whole]
        self._under_way.append((self._filling, [
            self._hasher.submit(self._cipher.update, going), self._writer.submit(self._disk.write, going)]))
        self._filling, self._filled = following, rest
        self.ct_size += whole

    def close(self) -> None:
        """Seal the final chunk and sync; the file object itself stays open."""
        self._chunk(memoryview(self._pending), last=True)
        self._settle(0)
        last = self._filling[:self._filled]
        self._cipher.update(last)
        self._disk.end(last)
        self.ct_size += len(last)
        wait(self._hashing)

    @property
    def sha256(self) -> str:
        return self._plain.hexdigest()

    @property
    def ct_sha256(self) -> str:
        return self._cipher.hexdigest()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        for thread in (*(thread for thread, _digest in self._hashers), self._hasher, self._writer):
            thread.shutdown(wait=True)
