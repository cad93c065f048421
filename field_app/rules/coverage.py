"""How much of an owed span was recorded, by which clips, and what is missing where."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Stretch:
    """From ``began`` to ``ended``, both aware."""

    began: datetime
    ended: datetime

    @property
    def seconds(self) -> float:
        return max(0.0, (self.ended - self.began).total_seconds())


@dataclass(frozen=True)
class Taken:
    """What one clip holds: spans with picture, spans with sound. ``number`` names the clip."""

    number: str
    picture: tuple[Stretch, ...]
    sound: tuple[Stretch, ...]


@dataclass(frozen=True)
class Hole:
    """A stretch of the owed span that lacks ``picture``, ``sound`` or both."""

    stretch: Stretch
    picture: bool
    sound: bool

    @property
    def whole(self) -> bool:
        """Whether nothing at all was recorded."""
        return self.picture and self.sound


@dataclass(frozen=True)
class Coverage:
    """``recorded``: with picture or sound; ``holes`` in order; ``clips`` that took part."""

    owed: Stretch
    clips: tuple[str, ...]
    recorded: tuple[Stretch, ...]
    holes: tuple[Hole, ...]

    @property
    def covered_s(self) -> float:
        """Seconds with picture or sound."""
        return sum(stretch.seconds for stretch in self.recorded)

    @property
    def complete(self) -> bool:
        return not self.holes

    @property
    def missing(self) -> tuple[Hole, ...]:
        """Holes in which nothing at all was recorded."""
        return tuple(hole for hole in self.holes if hole.whole)


def _joined(spans: Iterable[Stretch], within: Stretch) -> list[Stretch]:
    """The union of ``spans`` inside ``within``, in order, none touching the next."""
    made: list[Stretch] = []
    for span in sorted(spans, key=lambda s: s.began):
        began, ended = max(span.began, within.began), min(span.ended, within.ended)
        if began >= ended:
            continue
        if made and began <= made[-1].ended:
            made[-1] = Stretch(made[-1].began, max(made[-1].ended, ended))
        else:
            made.append(Stretch(began, ended))
    return made


def _without(whole: Stretch, spans: Sequence[Stretch]) -> list[Stretch]:
    """What of ``whole`` lies in none of ``spans``, which are joined and inside it."""
    left, at = [], whole.began
    for span in spans:
        if at < span.began:
            left.append(Stretch(at, span.began))
        at = span.ended
    return [*left, Stretch(at, whole.ended)] if at < whole.ended else left


def less(whole: Iterable[Stretch], gaps: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Spans without their gaps."""
    taken_out, made = list(gaps), []
    for span in whole:
        made += _without(span, _joined(taken_out, span))
    return tuple(made)


def _holes(owed: Stretch, seen: list[Stretch], heard: list[Stretch]) -> list[Hole]:
    edges = sorted({owed.began, owed.ended, *(e for s in (*seen, *heard)
                                              for e in (s.began, s.ended))})
    made: list[Hole] = []
    for i in range(len(edges) - 1):
        part = Stretch(edges[i], edges[i + 1])
        unseen = not any(s.began <= part.began and part.ended <= s.ended for s in seen)
        unheard = not any(s.began <= part.began and part.ended <= s.ended for s in heard)
        if not unseen and not unheard:
            continue
        last = made[-1] if made else None
        if last is not None and last.stretch.ended == part.began and (
                last.picture, last.sound) == (unseen, unheard):
            made[-1] = Hole(Stretch(last.stretch.began, part.ended), unseen, unheard)
        else:
            made.append(Hole(part, unseen, unheard))
    return made


def _at_edge(hole: Hole, owed: Stretch) -> bool:
    return hole.stretch.began == owed.began or hole.stretch.ended == owed.ended


def coverage(owed: Stretch, taken: Iterable[Taken], *, least_gap: timedelta,
             edge: timedelta = timedelta(0)) -> Coverage:
    """Compare what was owed with what was taken; holes shorter than ``least_gap`` are not told, nor
    those at the beginning or end that are shorter than ``edge`` (times written to the minute)."""
    clips = [t for t in taken if _joined([*t.picture, *t.sound], owed)]
    seen = _joined((s for t in clips for s in t.picture), owed)
    heard = _joined((s for t in clips for s in t.sound), owed)
    covered = _joined([*seen, *heard], owed)
    holes = [h for h in _holes(owed, seen, heard)
             if h.stretch.ended - h.stretch.began >= (edge if _at_edge(h, owed) and covered
                                                      else least_gap)]
    return Coverage(owed, tuple(t.number for t in clips), tuple(covered), tuple(holes))


def minutes_not_covered(owed: Stretch, found: Coverage) -> tuple[datetime, ...]:
    """The minutes of ``owed`` (each told by its beginning) that lie in a hole, even in part."""
    minute = timedelta(minutes=1)
    at, made = owed.began.replace(second=0, microsecond=0), []
    while at < owed.ended:
        if any(h.stretch.began < at + minute and at < h.stretch.ended for h in found.holes):
            made.append(at)
        at += minute
    return tuple(made)
