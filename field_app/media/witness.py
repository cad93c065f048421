"""Reads back what the recorder has written, from the disk, opened: how many fragments are whole."""

from collections.abc import Sequence
from pathlib import Path

from field_app.crypto.growing import GrowingReader
from field_app.crypto.stanzas import AgeError
from field_app.crypto.suites import AnyIdentity
from field_app.media.fragments import FragmentCount


class SegmentWitness:
    """Follows one segment while it grows; :meth:`look` is asked every second."""

    def __init__(self, path: Path, identities: Sequence[AnyIdentity]) -> None:
        self._path = path
        self._identities = tuple(identities)
        self._reader: GrowingReader | None = None
        self._seen = FragmentCount()

    def look(self) -> int:
        """Whole fragments on disk now. What cannot be read counts as not there."""
        try:
            if self._reader is None:
                self._reader = GrowingReader(self._path, self._identities)
            for chunk in self._reader.new_chunks():
                self._seen.feed(chunk)
            return self._seen.with_more(self._reader.tail())
        except (OSError, AgeError):
            return self._seen.count


def grown(path: Path) -> tuple[int, int]:
    """Size of a growing file with its tails, and the newest time any of them was changed (ns)."""
    size = newest = 0
    for name in (path.name, path.name + ".tail0", path.name + ".tail1"):
        try:
            facts = path.with_name(name).stat()
        except FileNotFoundError:
            continue
        size += facts.st_size
        newest = max(newest, facts.st_mtime_ns)
    return size, newest
