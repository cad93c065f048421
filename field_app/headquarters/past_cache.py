"""Writes large pieces straight to the disk, past the memory that the system keeps of files.

A part of a film is read once more, minutes later, when its file is joined: to keep it in memory until then
pushes out what the tables need, and costs more than the disk does.
"""

import errno
import mmap
import os
from pathlib import Path
from queue import Empty, LifoQueue

_BLOCK = 4096  # what disks want addresses and lengths to be multiples of
_LEAST = 1 << 20
_BUFFERS = 4
_NOT_HERE = (errno.EINVAL, errno.EOPNOTSUPP)


class PastCache:
    """``most``: the largest piece, in bytes, a multiple of 4 KiB. Safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._able = hasattr(os, "O_DIRECT")
        self._buffers: LifoQueue[mmap.mmap] = LifoQueue()
        for _ in range(_BUFFERS if self._able else 0):
            self._buffers.put(mmap.mmap(-1, most))  # Memory of whole pages, as the disk wants it.

    def write(self, path: Path, data: bytes) -> None:
        """A new file with ``data``; not synced. ``OSError`` as any writing; nothing is said of what is there
        then."""
        if self._able and _LEAST <= len(data) <= self._most and len(data) % _BLOCK == 0:
            try:
                buffer = self._buffers.get_nowait()
            except Empty:
                pass
            else:
                try:
                    if self._straight(path, data, buffer):
                        return
                finally:
                    self._buffers.put(buffer)
        path.write_bytes(data)

    def _straight(self, path: Path, data: bytes, buffer: mmap.mmap) -> bool:
        """False where this folder's file system cannot; it is not asked again."""
        buffer[:len(data)] = data
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_DIRECT, 0o666)
            try:
                with memoryview(buffer) as whole, whole[:len(data)] as piece:
                    written = os.write(handle, piece)
            finally:
                os.close(handle)
        except OSError as error:
            if error.errno not in _NOT_HERE:
                raise
            self._able = False
            return False
        if written < len(data):
            raise OSError(errno.ENOSPC, "no room")  # A disk that fills up takes a part and says so only here.
        return True
