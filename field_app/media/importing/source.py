"""A card as a tree of strangers' files: walked without following anything, opened read-only."""

import os
import stat
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from field_app.domain.imports import Trouble
from field_app.errors import Cancelled
from field_app.media.errors import MediaError

MAX_DEPTH = 12
MAX_ENTRIES = 200_000
_SMALL = 16 << 10
# Kept by systems for themselves; neither evidence nor worth a word each.
_SYSTEM = frozenset({
    "system volume information", "$recycle.bin", "lost.dir", "lost+found", ".fseventsd", ".trashes",
    ".spotlight-v100", ".ds_store", "thumbs.db", "desktop.ini", ".thumbnails", ".trash-1000"})
_READ_ONLY = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(
    os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class CardUnreadable(MediaError):
    """The folder itself cannot be read: not there, pulled out, or no folder."""

    def __init__(self, root: Path, *, fact: str) -> None:
        super().__init__(f"{root}: {fact}")
        self.root = root
        self.fact = fact


class CardTooFull(MediaError):
    """More files than one import takes; ``limit`` of them."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} entries")
        self.limit = limit


class SourceLost(MediaError):
    """A file of the card cannot be read (any more), or is no longer the file that was planned."""

    def __init__(self, fact: str) -> None:
        super().__init__(fact)
        self.fact = fact


@dataclass(frozen=True, slots=True)
class Entry:
    """One file as the file system has it; ``trouble`` when it must not even be opened."""

    raw: bytes
    size: int
    mtime_ns: int
    trouble: Trouble | None = None


def shown(raw: bytes) -> str:
    """A path of a card for people: other bytes and characters that play tricks are written out."""
    text = raw.decode("utf-8", "backslashreplace")
    return "".join(
        c if unicodedata.category(c)[0] != "C" else f"\\u{ord(c):04x}" for c in text)


def _is_system(name: str) -> bool:
    return name.lower() in _SYSTEM or name.startswith("._")


def walk(root: Path, *, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Entry]:
    """Every file below ``root`` in the order of names; links, devices and other file systems are
    named and never entered.

    Raises :class:`CardUnreadable`, :class:`CardTooFull`, ``Cancelled``.
    """
    try:
        home = root.stat()
    except OSError as error:
        raise CardUnreadable(root, fact=error.strerror or "not there") from error
    if not stat.S_ISDIR(home.st_mode):
        raise CardUnreadable(root, fact="no folder")
    folders: list[tuple[bytes, int]] = [(b"", 0)]
    seen = 0
    while folders:
        folder, depth = folders.pop()
        inner: list[tuple[bytes, int]] = []
        for entry in _listed(root, folder):
            seen += 1
            if cancelled():
                raise Cancelled
            if seen > MAX_ENTRIES:
                raise CardTooFull(MAX_ENTRIES)
            if isinstance(entry, Entry):
                yield entry
            elif depth < MAX_DEPTH and entry[1] == home.st_dev:
                inner.append((entry[0], depth + 1))
            else:
                yield Entry(entry[0], 0, 0, Trouble.NOT_A_FILE)
        folders += reversed(inner)


def _listed(root: Path, folder: bytes) -> list[Entry | tuple[bytes, int]]:
    """Files, and inner folders with the device they lie on."""
    path = os.fsencode(root) + (b"/" + folder if folder else b"")
    try:
        with os.scandir(path) as entries:
            names = sorted(entries, key=lambda e: e.name)
    except OSError as error:
        if not folder:
            raise CardUnreadable(root, fact=error.strerror or "cannot be read") from error
        return [Entry(folder, 0, 0, Trouble.UNREADABLE)]
    return [made for one in names if (made := _entry(one, folder)) is not None]


def _entry(one: "os.DirEntry[bytes]", folder: bytes) -> Entry | tuple[bytes, int] | None:
    raw = folder + b"/" + one.name if folder else one.name
    if _is_system(one.name.decode("utf-8", "replace")):
        return None
    try:
        facts = one.stat(follow_symlinks=False)
    except OSError:
        return Entry(raw, 0, 0, Trouble.UNREADABLE)
    if stat.S_ISLNK(facts.st_mode):
        return Entry(raw, 0, facts.st_mtime_ns, Trouble.LINK)
    if stat.S_ISDIR(facts.st_mode):
        return raw, facts.st_dev
    if not stat.S_ISREG(facts.st_mode):
        return Entry(raw, 0, facts.st_mtime_ns, Trouble.NOT_A_FILE)
    return Entry(raw, facts.st_size, facts.st_mtime_ns)


def _parts(raw: bytes) -> list[bytes]:
    parts = raw.split(b"/")
    if not raw or any(part in (b"", b".", b"..") or b"\0" in part for part in parts):
        raise SourceLost("not a path below the card")
    return parts


def _folder_of(root: Path, parts: list[bytes]) -> int:
    """A handle on the folder of a file, each step opened without following a link."""
    flags = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
    handle = os.open(root, flags)
    for part in parts:
        try:
            inner = os.open(part, flags | getattr(os, "O_NOFOLLOW", 0), dir_fd=handle)
        finally:
            os.close(handle)
        handle = inner
    return handle


def _open(root: Path, raw: bytes) -> int:
    parts = _parts(raw)
    if os.open not in os.supports_dir_fd:
        return os.open(Path(root, *(os.fsdecode(part) for part in parts)), _READ_ONLY)
    folder = _folder_of(root, parts[:-1])
    try:
        return os.open(parts[-1], _READ_ONLY, dir_fd=folder)
    finally:
        os.close(folder)


def open_source(root: Path, raw: bytes, *, size: int, mtime_ns: int,
                here_and_there: bool = False) -> BinaryIO:
    """A file of the card for reading; :class:`SourceLost` when it is not the one that was seen.

    ``here_and_there``: only a few places will be read, so that nothing is read ahead of them.
    """
    try:
        handle = _open(root, raw)
    except OSError as error:
        raise SourceLost(error.strerror or "cannot be opened") from error
    facts = os.fstat(handle)
    if not stat.S_ISREG(facts.st_mode) or (facts.st_size, facts.st_mtime_ns) != (size, mtime_ns):
        os.close(handle)
        raise SourceLost("changed since it was seen")
    if here_and_there and hasattr(os, "posix_fadvise"):
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_RANDOM)
    return os.fdopen(handle, "rb", buffering=_SMALL if here_and_there else 0)


def unlink_source(root: Path, raw: bytes) -> None:
    """Take one file off the card; ``OSError`` when the card does not let go (write protection)."""
    parts = _parts(raw)
    if os.unlink not in os.supports_dir_fd:
        Path(root, *(os.fsdecode(part) for part in parts)).unlink()
        return
    folder = _folder_of(root, parts[:-1])
    try:
        os.unlink(parts[-1], dir_fd=folder)
        os.fsync(folder)
    finally:
        os.close(folder)
