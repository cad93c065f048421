"""What a file's head tells: kind, length, tracks, time, and whether it is whole.

Only a few places are read (at most 1 MiB), so that thousands of files on a slow card are seen in
moments. Nothing is decoded.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

from field_app.domain.imports import MediaKind, TimeSource, Trouble

if TYPE_CHECKING:
    from field_app.media.importing.window import Window


@dataclass(frozen=True)
class Head:
    """``created``: aware where the file tells the zone, else naive; ``utc``: the format means UTC
    by a naive time, whatever devices do; ``created_by``: container or EXIF; ``note``: in Chinese,
    what is odd but no obstacle."""

    mime: str
    kind: MediaKind | None
    duration_s: float | None = None
    has_video: bool = False
    has_audio: bool = False
    codec: str = ""
    created: datetime | None = None
    created_by: TimeSource = TimeSource.CONTAINER
    utc: bool = False
    trouble: Trouble | None = None
    note: str = ""


BROKEN = Head("", None, trouble=Trouble.CORRUPT)
STRANGE = Head("", None, trouble=Trouble.FOREIGN)


def read_head(file: BinaryIO, size: int) -> Head:
    """Look at a file; :data:`STRANGE` when it is none of the kinds known, :data:`BROKEN` when it
    begins like one and goes on as nonsense. ``OSError`` passes through."""
    from field_app.media.importing.window import Window

    window = Window(file, size)
    try:
        return _dispatch(window, window.at(0, 16))
    except (ValueError, OverflowError, ArithmeticError, IndexError):
        return BROKEN


def _dispatch(window: "Window", first: bytes) -> Head:
    from field_app.media.importing.head_jpeg import jpeg_head
    from field_app.media.importing.head_mp4 import is_mp4, mp4_head
    from field_app.media.importing.head_riff import avi_head, wav_head
    from field_app.media.importing.head_sound import is_sound, sound_head

    made = STRANGE
    if is_mp4(first):
        made = mp4_head(window)
    elif first[:3] == b"\xff\xd8\xff":
        made = jpeg_head(window)
    elif first[:4] == b"RIFF" and first[8:12] == b"AVI ":
        made = avi_head(window)
    elif first[:4] in (b"RIFF", b"RF64") and first[8:12] == b"WAVE":
        made = wav_head(window)
    elif is_sound(first):
        made = sound_head(window, first)
    return made
