"""Statutory terms as data: how long, in what unit, whose, from which event, by which article."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from field_app.errors import FieldAppError
from field_app.paths import RESOURCES
from field_app.rules.table import RulesBroken

FORMAT = "le-terms/1"
_UNITS = ("hour", "day", "workday", "month", "year", "january", "percent_a_day")


class Side(Enum):
    """Whose term it is; it decides where a last day moves that is a day off (rule TM-05)."""

    PARTY = "party"
    AGENCY = "agency"


class TermKind(Enum):
    """What is computed: a last day, counted back from an event, a first day, a window, money."""

    DUE = "due"
    LATEST = "latest"
    EARLIEST = "earliest"
    WINDOW = "window"
    MONEY = "money"


@dataclass(frozen=True)
class Length:
    """``amount`` of ``unit``."""

    amount: int
    unit: str


@dataclass(frozen=True)
class Term:
    """One term. ``event`` starts it, ``duty`` is what must (or may) be done; ``fixed``: the last day
    never moves; ``next_day``: what counts is the day after; ``opens``: the term of another that
    must end first; ``max_term``, ``max_extension``: bounds of what the decision itself sets (days).
    """

    rule: str
    name: str
    length: Length
    side: Side
    kind: TermKind
    event: str
    duty: str
    law: str
    confidence: str
    fixed: bool = False
    next_day: bool = False
    opens: Length | None = None
    max_term: int = 0
    max_extension: int = 0

    @property
    def id(self) -> str:
        return f"{self.rule}.{self.name}"


class TermUnknown(FieldAppError):
    """No term of that name; ``known``: the terms of that rule, or all when there is no such rule."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"unknown term {name!r}")
        self.name = name
        self.known = known


def _term(row: Mapping[str, Any]) -> Term:
    if row["unit"] not in _UNITS or row.get("opens_unit", "day") not in _UNITS:
        raise ValueError(f"{row['rule']}: unit {row['unit']!r}")
    opens = Length(int(row["opens_amount"]), row["opens_unit"]) if "opens_amount" in row else None
    return Term(
        row["rule"], row["term"], Length(int(row["amount"]), row["unit"]), Side(row["side"]),
        TermKind(row.get("kind", "due")), row["event"], row["duty"], row["law"],
        row["confidence"], fixed=row.get("roll") == "none",
        next_day=bool(row.get("next_day", False)), opens=opens,
        max_term=int(row.get("max_term", 0)), max_extension=int(row.get("max_extension", 0)))


@lru_cache(maxsize=4)
def terms(version: int = 1) -> dict[str, Term]:
    """All terms of a version by ``RULE.TERM``; :class:`field_app.rules.table.RulesBroken`."""
    path = RESOURCES / "terms" / f"{version}.toml"
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        if raw["format"] != FORMAT:
            raise RulesBroken(f"{path.name}: unknown format")
        found = {term.id: term for term in map(_term, raw["term"])}
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise RulesBroken(f"{path.name}: {error}") from error
    if len(found) != len(raw["term"]):
        raise RulesBroken(f"{path.name}: a term stands twice")
    return found


def find_term(name: str) -> Term:
    """``RULE.TERM``, or ``RULE`` of a rule with one term; :class:`TermUnknown`."""
    known = terms()
    if name in known:
        return known[name]
    of_rule = [t for t in known.values() if t.rule == name.partition(".")[0]]
    if len(of_rule) == 1 and "." not in name:
        return of_rule[0]
    raise TermUnknown(name, tuple(t.id for t in of_rule) or tuple(known))
