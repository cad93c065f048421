"""Puts files in place so that a power cut leaves the old state or the new, never half of one."""

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from field_app.crypto.appender import sync_folder
from field_app.crypto.straight import Ahead
from field_app.packages.layout import UNFINISHED

COPY_BYTES = 1 << 20


def open_regular(path: Path) -> BinaryIO:
    """Open for reading, but never a link, pipe or device that somebody laid there.

    ``OSError`` when it is none, or cannot be read.
    """
    if not stat.S_ISREG(path.lstat().st_mode):
        raise OSError(errno.EINVAL, "not a regular file")
    return path.open("rb")


def is_regular(path: Path) -> bool:
    """Whether a file lies there, and is no link, pipe or device."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def beside(path: Path) -> Path:
    """The name a file has until it is whole."""
    return path.with_name(path.name + UNFINISHED)


@contextmanager
def written_beside(path: Path) -> Iterator[BinaryIO]:
    """A file that becomes ``path`` once it is whole and synced; what could not be written gives its room back."""
    unfinished = beside(path)
    try:
        with open_beside(path) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except Exception:
        with suppress(OSError):
            unfinished.unlink()
        raise
    unfinished.replace(path)


def make_folder(folder: Path) -> None:
    """Create ``folder`` and its parents so that they survive a power cut."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(exist_ok=True)
        sync_folder(each.parent)


def open_beside(path: Path) -> BinaryIO:
    """A new file for what ``path`` is to be, never one that lies there: it might be a link to elsewhere."""
    unfinished = beside(path)
    unfinished.unlink(missing_ok=True)
    return unfinished.open("xb")


def write_file(path: Path, data: bytes) -> None:
    """Write ``data`` beside, sync, rename, sync the folder."""
    make_folder(path.parent)
    with written_beside(path) as file:
        file.write(data)
    sync_folder(path.parent)


class Sink(Protocol):
    """Takes bytes that are written over afterwards."""

    def write(self, data: memoryview, /) -> object: ...


def hash_stream(source: BinaryIO, *, sink: Sink | None = None,
                tick: Callable[[int], None] = lambda _count: None) -> tuple[str, int]:
    """Hash and size of ``source``, copied to ``sink`` on the way; ``tick`` gets bytes done."""
    digest, size = hashlib.sha256(), 0
    # One piece of memory for all: a fresh one each time costs as much as reading into it.
    buffer = memoryview(bytearray(COPY_BYTES))
    ahead = Ahead(source)
    while count := source.readinto(buffer):  # type: ignore[attr-defined]
        ahead.read(count)
        data = buffer[:count]
        digest.update(data)
        if sink is not None:
            sink.write(data)
        size += count
        tick(count)
    return digest.hexdigest(), size


def link_or_copy(source: Path, target: Path, *, synced: bool = True) -> None:
    """Give ``source``'s bytes the name ``target`` too: a hard link, or a copy where links fail.

    Without ``synced`` a power cut may undo it.
    """
    make_folder(target.parent)
    unfinished = beside(target)
    unfinished.unlink(missing_ok=True)
    try:
        os.link(source.resolve(), unfinished)  # Of a link, a second name would be one more link.
    except OSError:
        # Another disk, or a file system without links (FAT).
        with source.open("rb") as read, written_beside(target) as write:
            hash_stream(read, sink=write)
    else:
        unfinished.replace(target)
    if synced:
        sync_folder(target.parent)
