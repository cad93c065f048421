"""From when to when a step's recording is owed (``resources/recordings``)."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain

from field_app.paths import RESOURCES
from field_app.rules.coverage import Coverage, Hole, Stretch
from field_app.rules.table import RulesBroken

FORMAT = "le-recordings/1"
_BEGIN = frozenset({"record_start", "step_begun"})
_END = frozenset({"record_end", "last_signature"})


@dataclass(frozen=True)
class SpanRules:
    """What the words of an owed span mean; ``papers``: form to item and rule of records whose own
    time must lie within a recording."""

    begin: Mapping[str, tuple[str, ...]]
    end: Mapping[str, tuple[str, ...]]
    basis: str
    confidence: str
    least_gap: timedelta
    minute: timedelta
    papers: Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class StepTimes:
    """What is known of a step's times; ``None`` where nothing is."""

    step_begun: datetime | None = None
    step_ended: datetime | None = None
    record_start: datetime | None = None
    record_end: datetime | None = None
    last_signature: datetime | None = None


@lru_cache(maxsize=1)
def span_rules() -> SpanRules:
    """The newest version; :class:`RulesBroken` when the file is not what is expected."""
    path = max((RESOURCES / "recordings").glob("*.toml"), key=lambda p: int(p.stem))
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        if raw["format"] != FORMAT:
            raise ValueError("another format")
        begin = {k: tuple(v) for k, v in raw["begin"].items()}
        end = {k: tuple(v) for k, v in raw["end"].items()}
        if not (_BEGIN.issuperset(chain(*begin.values())) and _END.issuperset(chain(*end.values()))):
            raise ValueError("an unknown moment")
        return SpanRules(begin, end, str(raw["basis"]), str(raw["confidence"]),
                         timedelta(seconds=int(raw["least_gap_s"])),
                         timedelta(seconds=int(raw["minute_s"])),
                         {k: (str(v["item"]), str(v["rule"])) for k, v in raw["papers"].items()})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RulesBroken(f"{path.name}: {error}") from error


def owed_stretch(span: str, times: StepTimes, now: datetime) -> Stretch | None:
    """The span that ``span`` (``亮证—签字完``) owes; ``None`` while it has not begun.

    Raises :class:`RulesBroken` for words that the resource does not know.
    """
    rules = span_rules()
    first, _, last = span.partition("—")
    try:
        begins, ends = rules.begin[first], rules.end[last or first]
    except KeyError as error:
        raise RulesBroken(f"span {span!r} is not in resources/recordings") from error
    began = next((at for name in begins if (at := getattr(times, name)) is not None), None)
    if began is None:
        return None
    known = [at for name in ends if (at := getattr(times, name)) is not None and at > began]
    ended = max(known) if known else times.step_ended or now
    return Stretch(began, max(began, ended))


def _minute(at: datetime) -> str:
    return f"{at:%H:%M}"


def hole_words(hole: Hole) -> str:
    """``缺 09:58–10:01``; where only one of both is missing, which."""
    first, last = _minute(hole.stretch.began), _minute(hole.stretch.ended)
    when = first if first == last else f"{first}–{last}"
    what = "缺" if hole.whole else "无画面" if hole.picture else "无声音"
    return f"{what} {when}"


def length_words(seconds: float) -> str:
    """``52分``; ``40秒`` below a minute."""
    return f"{round(seconds)}秒" if seconds < 60 else f"{int(seconds // 60)}分"


def coverage_words(found: Coverage, *, most: int = 3) -> str:
    """``应录 09:40–10:35，已录 52分，缺 09:58–10:01``; times at the offset they are given in."""
    told = (f"应录 {_minute(found.owed.began)}–{_minute(found.owed.ended)}，"
            f"已录 {length_words(found.covered_s)}")
    return "，".join([told, *holes_words(found.holes, most=most)])


def holes_words(holes: Sequence[Hole], *, most: int = 3) -> list[str]:
    """The first ``most`` holes in words, and how many more there are."""
    told = [hole_words(hole) for hole in holes[:most]]
    return [*told, f"另有{len(holes) - most}处"] if len(holes) > most else told
