"""Seconds of a clip and the clock on the wall: by the times of its files, gaps told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from field_app.domain.case import Clip, Segment


@dataclass(frozen=True)
class Stretch:
    """A piece of a clip that runs without a break: one recorded segment, or one imported original
    with all its sealed parts."""

    started: datetime
    seconds: float
    segments: tuple[Segment, ...]


def stretches(clip: Clip) -> tuple[Stretch, ...]:
    """The clip's pieces in the order they play."""
    if not clip.imported:
        return tuple(Stretch(s.started, (s.ended - s.started).total_seconds(), (s,))
                     for s in clip.segments)
    made = []
    for file in sorted({s.file for s in clip.segments}):
        parts = tuple(s for s in clip.segments if s.file == file)
        made.append(Stretch(parts[0].started,
                            (parts[0].ended - parts[0].started).total_seconds(), parts))
    return tuple(made)


def length_of(clip: Clip) -> float:
    """How many seconds a clip plays."""
    return sum(s.seconds for s in stretches(clip))


def wall_at(clip: Clip, second: float) -> datetime:
    """When a second of a clip was recorded."""
    at, found = max(0.0, second), stretches(clip)
    for index, one in enumerate(found):
        if at < one.seconds or index == len(found) - 1:
            return one.started + timedelta(seconds=at)
        at -= one.seconds
    return clip.started + timedelta(seconds=at)


def second_at(clip: Clip, wall: datetime) -> float:
    """Where in a clip a wall time lies; its nearest place when it was not recorded."""
    at = 0.0
    for one in stretches(clip):
        inside = (wall - one.started).total_seconds()
        if inside < one.seconds:
            return at + max(0.0, inside)
        at += one.seconds
    return at


def gaps_of(clip: Clip) -> tuple[tuple[float, float, str], ...]:
    """The clip's gaps in seconds of the clip, each with its kind; unreadable ones left out."""
    made = []
    for gap in clip.gaps:
        try:
            begin, end = (datetime.fromisoformat(str(gap[k])) for k in ("from", "to"))
        except (KeyError, ValueError):
            continue
        made.append((second_at(clip, begin), second_at(clip, end), str(gap.get("kind", ""))))
    return tuple(made)
