"""Seals long streams: hashing, sealing and writing go on side by side, in memory that is used again.

The file is byte for byte what :class:`field_app.crypto.stream.StreamWriter` makes. It goes to the disk past the
memory that the system keeps of files where system and file system can, so that who reads it back reads
the disk.
"""

import errno
import hashlib
import mmap
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, BinaryIO, Self

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from field_app.crypto.hashing import Digest
from field_app.crypto.stream import CHUNK, SEALED_CHUNK, TAG, Aead, chunk_nonce
from field_app.crypto.suites import AnyRecipient, begin_payload

_DISK_BLOCK = 4096  # what disks want addresses and lengths to be multiples of
_NOT_HERE = (errno.EINVAL, errno.EOPNOTSUPP)
# Where writing goes through the system's memory: handed to the disk while more comes, not all at the end.
_HAND_OVER_EVERY = 64 << 20


def _sealing_into(aead: Aead) -> Callable[[bytes, memoryview, memoryview], None]:
    """Seals a chunk into a place given; not every cipher can do so by itself."""
    if isinstance(aead, ChaCha20Poly1305):
        def straight(nonce: bytes, data: memoryview, place: memoryview) -> None:
            aead.encrypt_into(nonce, data, None, place)

        return straight

    def copied(nonce: bytes, data: memoryview, place: memoryview) -> None:
        place[:] = aead.encrypt(nonce, data, None)

    return copied


class _Straight:
    """Writes to ``file`` past the system's memory while it can; lengths are of whole disk blocks then."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._straight = self._turn(on=True)
        self._handed = 0
        self._written = 0

    def _turn(self, *, on: bool) -> bool:
        if not hasattr(os, "O_DIRECT"):
            return False
        import fcntl  # Not on Windows, which has no O_DIRECT either.

        flags = fcntl.fcntl(self._file, fcntl.F_GETFL)
        try:
            fcntl.fcntl(self._file, fcntl.F_SETFL,
                        flags | os.O_DIRECT if on else flags & ~os.O_DIRECT)
        except OSError as error:
            if error.errno not in _NOT_HERE:
                raise
            return False
        return on

    def write(self, data: memoryview) -> None:
        """All of ``data``; ``OSError`` as any writing."""
        while data:
            try:
                count = self._file.write(data)
            except OSError as error:
                if not self._straight or error.errno not in _NOT_HERE:
                    raise
                count = 0
            if count < len(data) and self._straight:
                self._straight = self._turn(on=False)  # It cannot, or its disk is almost full.
            data = data[count:]
            self._written += count
        if not self._straight and self._written - self._handed >= _HAND_OVER_EVERY:
            self._hand_over()

    def end(self, data: memoryview) -> None:
        """The last bytes, of any length; then all is on the disk."""
        if self._straight:
            self._straight = self._turn(on=False)
        self.write(data)
        os.fsync(self._file.fileno())
        self._hand_over()

    def _hand_over(self) -> None:
        self._handed = self._written
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self._file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


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
        self._plain_digests: tuple[Digest, ...] = (self._plain, *also)
        self._disk = _Straight(file)
        # Two for all that is written: one fills while the other is hashed and written. Of whole pages,
        # as the disk wants them.
        room = len(begun.head) + _DISK_BLOCK + (most // CHUNK + 2) * SEALED_CHUNK
        self._filling, self._leaving = (memoryview(mmap.mmap(-1, room)) for _ in range(2))
        self._filling[:len(begun.head)] = begun.head
        self._filled = len(begun.head)
        self._pending = bytearray()
        self._index = 0
        self.size = 0
        self.ct_size = 0
        self._threads = ThreadPoolExecutor(len(self._plain_digests) + 2, "sealing")
        self._under_way: list[Future[Any]] = []

    def write(self, data: memoryview) -> None:
        """Seal ``data``, which may be used for something else afterwards; ``OSError`` of this or an
        earlier block."""
        hashing = [self._threads.submit(digest.update, data) for digest in self._plain_digests]
        try:
            self._take(data)
            self.size += len(data)
        finally:
            wait(hashing)

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

    def _settled(self) -> None:
        """Wait for what is under way; its error is ours."""
        while self._under_way:
            self._under_way.pop().result()

    def _send(self) -> None:
        self._settled()
        whole = self._filled - self._filled % _DISK_BLOCK
        rest = self._filled - whole
        self._leaving[:rest] = self._filling[whole:self._filled]
        going = self._filling[:whole]
        self._under_way = [self._threads.submit(self._cipher.update, going),
                           self._threads.submit(self._disk.write, going)]
        self._filling, self._leaving, self._filled = self._leaving, self._filling, rest
        self.ct_size += whole

    def close(self) -> None:
        """Seal the final chunk and sync; the file object itself stays open."""
        self._chunk(memoryview(self._pending), last=True)
        self._settled()
        last = self._filling[:self._filled]
        self._cipher.update(last)
        self._disk.end(last)
        self.ct_size += len(last)

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
        self._threads.shutdown(wait=True)
