"""Writes large pieces straight to the disk, past the memory that the system keeps of files.

A part of a film is read once more, minutes later, when its file is joined: to keep it in memory until then
pushes out what the tables need, and costs more than the disk does.
"""

import mmap
from pathlib import Path
from queue import Empty, LifoQueue

from field_app.crypto.straight import DISK_BLOCK, StraightFile

_LEAST = 1 << 20
_BUFFERS = 4


class PastCache:
    """``most``: the largest piece, in bytes, a multiple of 4 KiB. Safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._buffers: LifoQueue[mmap.mmap] = LifoQueue()
        for _ in range(_BUFFERS):
            self._buffers.put(mmap.mmap(-1, most))

    def write(self, path: Path, data: bytes) -> None:
        """A new file with ``data``; not synced. ``OSError`` as any writing; nothing is said of what is there
        then."""
        if _LEAST <= len(data) <= self._most and len(data) % DISK_BLOCK == 0:
            try:
                buffer = self._buffers.get_nowait()
            except Empty:
                pass
            else:
                try:
                    buffer[:len(data)] = data
                    with memoryview(buffer) as whole, whole[:len(data)] as piece, \
                            path.open("wb", buffering=0) as file:
                        StraightFile(file).write(piece)
                    return
                finally:
                    self._buffers.put(buffer)
        path.write_bytes(data)
