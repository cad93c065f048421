"""Long files: written past the memory that the system keeps of files, read with the disk kept busy.

What is written once and read much later (a film's copy, a part of one) would push out what is needed
now, costs memory that the kernel clears page by page, and who reads it back would not read the disk.
"""

import errno
import mmap
import os
from typing import BinaryIO

DISK_BLOCK = 4096  # what disks want addresses and lengths to be multiples of
_NOT_HERE = (errno.EINVAL, errno.EOPNOTSUPP)
# Where it goes through the system's memory: handed to the disk while more comes, not all at the end.
_HAND_OVER_EVERY = 64 << 20


def disk_memory(size: int) -> memoryview:
    """Memory of whole pages, as the disk wants it; ``size`` in bytes."""
    return memoryview(mmap.mmap(-1, size))


_AHEAD = 8 << 20


class Ahead:
    """Has the system fetch what will be read next of ``file``, from where it stands, where it can be told so.

    By itself it fetches little at a time, and a fast disk waits half of it (POSIX.1-2017, posix_fadvise).
    """

    def __init__(self, file: BinaryIO) -> None:
        self._handle: int | None = None
        if hasattr(os, "posix_fadvise"):
            try:
                self._at, self._handle = file.tell(), file.fileno()
            except OSError:
                return  # Nothing of the system's own.
            self._asked = self._at
            self.read(0)

    def read(self, count: int) -> None:
        """So many bytes more were read."""
        if self._handle is None:
            return
        self._at += count
        if self._at + _AHEAD // 2 >= self._asked:
            start = max(self._at, self._asked)
            self._asked = self._at + _AHEAD
            os.posix_fadvise(self._handle, start, self._asked - start, os.POSIX_FADV_WILLNEED)


class StraightFile:
    """Appends to ``file``, raw and new. Blocks lie in :func:`disk_memory` and are of whole disk blocks,
    but for the last one, given to :meth:`end`."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._handed = 0
        self._written = 0
        self._straight = self._turn(on=True)

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
        """The last bytes, of any length and from anywhere; then all is on the disk."""
        if self._straight:
            self._straight = self._turn(on=False)
        self.write(data)
        os.fsync(self._file.fileno())
        self._hand_over()

    def _hand_over(self) -> None:
        self._handed = self._written
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(self._file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


class StraightCopy:
    """Appends bytes of any length to ``file``, raw and new; :meth:`close` syncs them."""

    def __init__(self, file: BinaryIO, most: int = 2 << 20) -> None:
        self._file = StraightFile(file)
        self._place = disk_memory(most)
        self._held = 0

    def write(self, data: bytes | memoryview) -> None:
        """``OSError`` as any writing, of these or earlier bytes."""
        rest = memoryview(data)
        while rest:
            count = min(len(rest), len(self._place) - self._held)
            self._place[self._held:self._held + count] = rest[:count]
            self._held, rest = self._held + count, rest[count:]
            if self._held == len(self._place):
                self._file.write(self._place)
                self._held = 0

    def close(self) -> None:
        """All is on the disk then; the file object itself stays open."""
        self._file.end(self._place[:self._held])
