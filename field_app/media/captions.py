"""Tells what a subtitle would: time, place, officers and step for each second of a segment.

Derived from the segment's own comment (FORMAT.md), so the original picture stays clean and nothing
has to be stored twice.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from field_app.domain.clock import Moment
from field_app.media.clip import About, moment_from_json

MOST_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Caption:
    """Words shown from ``begin_s`` to ``end_s`` of a segment."""

    begin_s: float
    end_s: float
    text: str


@dataclass(frozen=True)
class SegmentFacts:
    """What a segment says of itself."""

    started: Moment
    about: About

    def text_at(self, second: float) -> str:
        """``2026-11-26 09:40:12　某镇某村　张三 A001、李四 A002　现场检查``."""
        wall = self.started.wall + timedelta(seconds=second)
        words = (f"{wall:%Y-%m-%d %H:%M:%S}", self.about.place, "、".join(self.about.officers),
                 self.about.step, self.about.view)
        return "　".join(word for word in words if word)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def read_facts(comment: str) -> SegmentFacts:
    """Read a segment's comment; ``ValueError`` if it is not one of ours."""
    try:
        value = json.loads(comment)
        started = moment_from_json(value["started"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("not a segment's comment") from error
    officers = value.get("officers")
    return SegmentFacts(started, About(
        case=_text(value.get("case")), place=_text(value.get("place")),
        officers=tuple(map(_text, officers)) if isinstance(officers, list) else (),
        step=_text(value.get("step")), view=_text(value.get("view")),
        beside=_text(value.get("beside"))))


def captions(facts: SegmentFacts, duration_s: float) -> Iterator[Caption]:
    """One caption a second of the wall clock, from the segment's first picture to its last."""
    duration_s = min(duration_s, MOST_SECONDS)
    begin = 0.0
    # The words change when the clock's second does, not when the file's does.
    end = 1.0 - facts.started.wall.microsecond / 1e6
    while begin < duration_s:
        yield Caption(begin, min(end, duration_s), facts.text_at(begin))
        begin, end = end, end + 1.0


def _stamp(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d},{ms % 1000:03d}"


def subrip(facts: SegmentFacts, duration_s: float) -> str:
    """All captions of a segment as a SubRip file."""
    return "".join(
        f"{number}\n{_stamp(one.begin_s)} --> {_stamp(one.end_s)}\n{one.text}\n\n"
        for number, one in enumerate(captions(facts, duration_s), start=1))
