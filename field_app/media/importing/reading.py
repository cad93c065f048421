"""Reads a sealed original back as one file, however many parts it was cut into."""

import io
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from field_app.crypto.suites import AnyIdentity
from field_app.media.playback import ClipPlayback, PlaybackPart, SealedClipFile

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class JoinedFile(io.RawIOBase):
    """Parts of one original as a read-only file that can seek; ``OSError`` or ``AgeError`` when a
    part is missing, cut or not for us."""

    def __init__(self, paths: Sequence[Path], identities: Sequence[AnyIdentity]) -> None:
        self._parts: list[SealedClipFile] = []
        try:
            for path in paths:
                self._parts.append(SealedClipFile.open(path, identities))
        except BaseException:
            self.close()
            raise
        self.size = sum(part.size for part in self._parts)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("before the beginning")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        start = 0
        for part in self._parts:
            if self._at < start + part.size:
                part.seek(self._at - start)
                count = part.readinto(buffer)
                self._at += count
                return count
            start += part.size
        return 0

    def close(self) -> None:
        for part in self._parts:
            part.close()
        super().close()


def open_originals(originals: Sequence[tuple[Sequence[Path], float]],
                   identities: Sequence[AnyIdentity]) -> ClipPlayback:
    """Playback of originals in order, each with its parts and its length in seconds."""
    keys = tuple(identities)

    def opener(paths: Sequence[Path]) -> Callable[[], BinaryIO]:
        return lambda: cast(BinaryIO, JoinedFile(paths, keys))

    return ClipPlayback([PlaybackPart(opener(paths), seconds) for paths, seconds in originals])
