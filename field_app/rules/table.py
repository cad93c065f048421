"""The table of rules: each with its text, law, level, thresholds and time of force, from data."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from field_app.domain.reasons import Level, Reason
from field_app.domain.workdays import Calendar, shipped_calendar
from field_app.errors import FieldAppError
from field_app.paths import RESOURCES

FORMAT = "le-rules/1"


class RulesBroken(FieldAppError):
    """A shipped rule or procedure file is not what the program expects."""


class RuleNotInForce(FieldAppError):
    """The table holds no row of ``rule`` for ``day``: what was in force then is not known here."""

    def __init__(self, rule: str, day: date, row: "Rule") -> None:
        super().__init__(f"no row of {rule} for {day}")
        self.rule = rule
        self.day = day
        self.row = row


@dataclass(frozen=True)
class Rule:
    """One row of the table.

    ``also``: further levels a finding may have; ``forms``: those it speaks of, where it speaks of
    forms; ``shown``: where an officer meets it; ``checked_by``: ``check`` (the function of that id
    in field_app.rules.checks), ``form:NAME`` (a form's named check), ``term:RULE.TERM`` or
    ``desk:MODULE`` (a module that keeps it by how it works); ``values``: thresholds (money in
    fen); ``asks``: what a checklist asks, key to label; ``effective_from`` and ``effective_to``:
    first and last day of force, None where not known or open.
    """

    id: str
    level: Level
    law: str
    text: str
    remedy: str
    confidence: str
    forms: tuple[str, ...] = ()
    also: tuple[Level, ...] = ()
    shown: tuple[str, ...] = ()
    checked_by: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    asks: Mapping[str, str] = field(default_factory=dict)
    effective_from: date | None = None
    effective_to: date | None = None

    def reason(self, detail: str = "", *, where: str = "", remedy: str = "",
               level: Level | None = None) -> Reason:
        """A finding of this rule; ``detail`` is what was found, put before the rule's text."""
        text = f"{detail}。{self.text}" if detail else self.text
        return Reason(rule=self.id, level=level or self.level, text=text,
                      remedy=remedy or self.remedy, basis=self.law, confidence=self.confidence,
                      where=where)

    def in_force(self, day: date) -> bool:
        """Whether this row is the law of ``day``, its first and last day included."""
        return (self.effective_from is None or self.effective_from <= day) \
            and (self.effective_to is None or day <= self.effective_to)


class RuleTable(Mapping[str, Rule]):
    """The rows in force on ``day``, with the calendar of days off.

    Asking for a rule that had no row then raises :class:`RuleNotInForce`.
    """

    def __init__(self, rows: tuple[Rule, ...], *, day: date, calendar: Calendar) -> None:
        self.day = day
        self.calendar = calendar
        self._all = {row.id: row for row in rows}
        self._now = {row.id: row for row in rows if row.in_force(day)}

    def __getitem__(self, rule: str) -> Rule:
        found = self._now.get(rule)
        if found is None:
            raise RuleNotInForce(rule, self.day, self._all[rule])
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._now)

    def __len__(self) -> int:
        return len(self._now)

    def __contains__(self, rule: object) -> bool:
        return rule in self._now


def _row(row: Mapping[str, Any]) -> Rule:
    made = Rule(
        row["id"], Level(row["level"]), row["law"], row["text"], row["remedy"], row["confidence"],
        forms=tuple(row.get("forms", ())), also=tuple(map(Level, row.get("also", ()))),
        shown=tuple(row.get("shown", ())), checked_by=tuple(row.get("checked_by", ())),
        values=dict(row.get("values", {})), asks=dict(row.get("asks", {})),
        effective_from=row.get("effective_from"), effective_to=row.get("effective_to"))
    for day in (made.effective_from, made.effective_to):
        if day is not None and type(day) is not date:
            raise ValueError(f"{made.id}: {day!r} is not a day")
    if made.effective_from and made.effective_to and made.effective_to < made.effective_from:
        raise ValueError(f"{made.id}: it ends before it begins")
    return made


def _check_spans(rows: tuple[Rule, ...], name: str) -> None:
    last: dict[str, Rule] = {}
    for row in rows:
        before = last.get(row.id)
        if before is not None and (
                before.effective_to is None or row.effective_from is None
                or row.effective_from <= before.effective_to):
            raise RulesBroken(f"{name}: {row.id}: two rows are in force at once or out of order")
        last[row.id] = row


def read_rows(path: Path) -> tuple[Rule, ...]:
    """All rows of one file; rows of one id follow in time; :class:`RulesBroken`."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        if raw["format"] != FORMAT:
            raise RulesBroken(f"{path.name}: unknown format")
        rows = tuple(map(_row, raw["rule"]))
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise RulesBroken(f"{path.name}: {error}") from error
    _check_spans(rows, path.name)
    return rows


def read_rules(path: Path) -> dict[str, Rule]:
    """The newest row of every rule of one file, by id; :class:`RulesBroken`."""
    return {row.id: row for row in read_rows(path)}


@lru_cache(maxsize=4)
def _rows(version: int) -> tuple[Rule, ...]:
    return read_rows(RESOURCES / "rules" / f"{version}.toml")


@lru_cache(maxsize=4)
def rules(version: int = 1) -> dict[str, Rule]:
    """The newest row of every rule of a version, by id."""
    return {row.id: row for row in _rows(version)}


def rules_at(day: date, *, version: int = 1, calendar: Calendar | None = None) -> RuleTable:
    """The rules in force on the day of an act: a case is judged by the rules of its day."""
    return RuleTable(_rows(version), day=day, calendar=calendar or shipped_calendar())
