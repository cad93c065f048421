"""Reads a few places of a file of strangers, and never more than a fixed sum of bytes."""

from typing import BinaryIO

MOST_READ = 1 << 20
MOST_VISITS = 20_000


class TooFar(ValueError):
    """The file asks for more reading than any honest file needs."""


class Window:
    """A file seen through small reads; ``size`` is its length in bytes."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.size = size
        self._left = MOST_READ
        self._visits = MOST_VISITS

    def at(self, offset: int, length: int) -> bytes:
        """Up to ``length`` bytes from ``offset``; fewer at the end. ``OSError`` as the card gives."""
        self._visits -= 1
        if offset < 0 or self._visits < 0:
            raise TooFar("too many places")
        length = max(0, min(length, self.size - offset))
        self._left -= length
        if self._left < 0:
            raise TooFar("too many bytes")
        self._file.seek(offset)
        return self._file.read(length)
