"""Where a copy of a clip is written: sealed beside its name, in the case only when it is whole."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from field_app.crypto.appender import sync_folder
from field_app.crypto.suites import AnyRecipient, SealedWriter
from field_app.domain.ids import ClipId
from field_app.media.clip import check_clip_id, segment_path

# A copy that its program could not finish; the next export removes it.
UNFINISHED = "copy-*.part"


@dataclass(frozen=True)
class CopySegment:
    """One sealed file of a copy; ``from_s`` to ``to_s`` of the original, hashes hex, sizes bytes."""

    number: int
    path: Path
    size: int
    sha256: str
    sm3: str
    ct_size: int
    ct_sha256: str
    from_s: float
    to_s: float
    frames: int


@dataclass(frozen=True)
class CopyResult:
    """What an export made."""

    segments: tuple[CopySegment, ...]
    has_video: bool
    has_audio: bool

    @property
    def from_s(self) -> float:
        return self.segments[0].from_s

    @property
    def to_s(self) -> float:
        return self.segments[-1].to_s


class CopyWriter:
    """The sealed files of one copy. Nothing has its name before :meth:`commit`.

    ``OSError`` when the disk is full; then, or when cancelled, call :meth:`discard`.
    """

    def __init__(self, folder: Path, copy_id: ClipId, recipients: Sequence[AnyRecipient]) -> None:
        check_clip_id(copy_id)
        self._folder = folder
        self._copy_id = copy_id
        self._recipients = tuple(recipients)
        self._file: BinaryIO | None = None
        self._writer: SealedWriter | None = None
        self._number = 0
        self.segments: list[CopySegment] = []

    def _beside(self, number: int) -> Path:
        return self._folder / f"copy-{self._copy_id}-{number:02d}.part"

    def open(self) -> None:
        """Begin the next file."""
        self._number += 1
        self._file = self._beside(self._number).open("wb")
        self._writer = SealedWriter(self._file, self._recipients, with_sm3=True)

    def write(self, data: bytes) -> int:
        """Append plaintext; the file object that an encoder writes to."""
        if self._writer is None:
            raise ValueError("no file is open")
        return self._writer.write(data)

    def close(self, *, from_s: float, to_s: float, frames: int) -> None:
        """Seal the open file's end and bring it onto the disk."""
        if self._writer is None or self._file is None:
            raise ValueError("no file is open")
        self._writer.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        done, self._writer, self._file = self._writer, None, None
        self.segments.append(CopySegment(
            number=self._number, path=segment_path(self._folder, self._copy_id, self._number),
            size=done.size, sha256=done.sha256, sm3=done.sm3, ct_size=done.ct_size,
            ct_sha256=done.ct_sha256, from_s=from_s, to_s=to_s, frames=frames))

    def commit(self) -> None:
        """Give the files their names."""
        for segment in self.segments:
            self._beside(segment.number).replace(segment.path)
        sync_folder(self._folder)

    def discard(self) -> None:
        """Leave nothing behind."""
        if self._file is not None:
            self._file.close()
        self._file = self._writer = None
        for number in range(1, self._number + 1):
            self._beside(number).unlink(missing_ok=True)
            segment_path(self._folder, self._copy_id, number).unlink(missing_ok=True)


def remove_unfinished(folder: Path) -> None:
    """Remove what an export left that was killed."""
    for path in folder.glob(UNFINISHED):
        path.unlink(missing_ok=True)
