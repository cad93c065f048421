"""Places recordings in time: which follow each other, which step they belong to, what they fill."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from field_app.domain.imports import FoundFile, MediaKind

# A file may begin a little before the last one's end: recorders round to seconds.
_OVERLAP = timedelta(seconds=2)
NEAR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` to ``end``, both aware; a photo's are the same."""

    start: datetime
    end: datetime

    def common_s(self, other: "Span") -> float:
        """Seconds of both."""
        return max(0.0, (min(self.end, other.end) - max(self.start, other.start)).total_seconds())

    def touches(self, other: "Span") -> bool:
        return self.start <= other.end and other.start <= self.end

    def apart(self, other: "Span") -> timedelta:
        """How far two spans that do not touch are apart."""
        return max(self.start - other.end, other.start - self.end, timedelta(0))


def span_of(found: FoundFile, offset: timedelta) -> Span | None:
    """Effective span of a file; ``None`` without a plausible time."""
    if found.original is None:
        return None
    start = found.original.at - offset
    return Span(start, start + timedelta(seconds=found.duration_s or 0))


def visits(files: Sequence[tuple[int, FoundFile, Span]]) -> dict[int, int]:
    """Number, from 1, of what belongs together (同一次执法), for each recording's own number.

    A recording joins the one before it of the same device when it begins within the profile's
    seconds of that one's end.
    """
    numbers: dict[int, int] = {}
    last: dict[tuple[str, str, MediaKind | None], tuple[int, Span]] = {}
    count = 0
    for number, found, span in sorted(files, key=lambda f: (f[2].start, f[1].path)):
        device = (found.profile, found.serial or found.path.rpartition("/")[0], found.kind)
        before = last.get(device)
        joins = before is not None and found.join_s > 0 and (
            -_OVERLAP <= span.start - before[1].end <= timedelta(seconds=found.join_s))
        if before is not None and joins:
            numbers[number] = before[0]
        else:
            count += 1
            numbers[number] = count
        last[device] = (numbers[number], span)
    return numbers


@dataclass(frozen=True)
class Placed:
    """The window a file belongs to; ``common_s`` seconds of it lie inside; ``apart``: how far off
    a file is that only lies near; ``rivals``: other windows that hold at least half as much."""

    index: int
    common_s: float
    apart: timedelta
    rivals: tuple[int, ...]


def place(span: Span, windows: Sequence[Span]) -> Placed | None:
    """The window with most of ``span``, the shorter one of equals; else the nearest within
    15 minutes."""
    inside = [(span.common_s(w), w.start - w.end, n) for n, w in enumerate(windows)
              if span.touches(w)]
    if inside:
        inside.sort(reverse=True)
        best = inside[0]
        rivals = tuple(n for common, _length, n in inside[1:] if common * 2 >= best[0])
        return Placed(best[2], best[0], timedelta(0), rivals)
    near = min(((span.apart(w), n) for n, w in enumerate(windows)), default=None)
    if near is None or near[0] > NEAR:
        return None
    return Placed(near[1], 0.0, near[0], ())


def without(span: Span, taken: Sequence[Span]) -> list[Span]:
    """What of ``span`` none of ``taken`` covers."""
    left, at = [], span.start
    for other in sorted(taken, key=lambda s: s.start):
        if other.end <= at or other.start >= span.end:
            continue
        if other.start > at:
            left.append(Span(at, other.start))
        at = max(at, other.end)
    if at < span.end:
        left.append(Span(at, span.end))
    return left


def length_s(spans: Sequence[Span]) -> float:
    """Seconds of spans that do not overlap."""
    return sum((s.end - s.start).total_seconds() for s in spans)
