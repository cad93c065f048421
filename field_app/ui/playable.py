"""What the player is given: a recording to be played, and how its seconds are told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class FrameSource(Protocol):
    """Pictures and sound by time in seconds; may raise ``FieldAppError`` or ``OSError``.

    ``frame_at`` gives width, height and RGB bytes (``None`` without a picture), ``sound_from``
    16-bit little-endian mono at 48 kHz in pieces, at other speeds with its pitch kept; ``lost_at``
    the damaged span that a time lies in, ``losses`` all that are known so far.
    """

    @property
    def duration_s(self) -> float: ...

    @property
    def frame_s(self) -> float: ...

    def frame_at(self, t: float) -> tuple[int, int, bytes] | None: ...

    @property
    def losses(self) -> tuple[tuple[float, float], ...]: ...

    def lost_at(self, t: float) -> tuple[float, float] | None: ...

    def sound_from(self, t: float, speed: float = 1.0) -> Iterator[bytes]: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Playable:
    """A recording to be played.

    ``seal`` says how its sealing stands and ``sealed_well`` whether that is good; ``marks`` are
    seconds and words, ``gaps`` spans with words, ``seams`` where segments meet; ``wall_at`` tells
    when a second was recorded.
    """

    title: str
    open: Callable[[], FrameSource]
    seal: str
    sealed_well: bool = True
    marks: tuple[tuple[float, str], ...] = ()
    wall_at: Callable[[float], datetime] | None = None
    gaps: tuple[tuple[float, float, str], ...] = ()
    seams: tuple[float, ...] = ()


def time_text(seconds: float) -> str:
    """``hh:mm:ss.mmm`` of a place in a recording."""
    ms = max(0, round(seconds * 1000))
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"
