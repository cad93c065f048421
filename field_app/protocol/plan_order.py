"""The body of an order ``plan``: whom headquarters wants inspected, until when (PROTOCOL.md, section 8)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from field_app.protocol.strict import Malformed, Members, checked_text, require

MAX_PLANNED, MAX_MATTERS, MAX_TEXT = 2000, 10, 200


@dataclass(frozen=True)
class PlannedLine:
    """One inspection. ``code``: headquarters' number of it; ``uscc``, ``place``: empty where not
    known; ``matters``: names; ``first`` and ``last``: the days between which, both included."""

    code: str
    name: str
    party_type: str
    uscc: str
    place: str
    matters: tuple[str, ...]
    kind: str
    first: date
    last: date

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "name": self.name, "party_type": self.party_type, "uscc": self.uscc,
                "place": self.place, "matters": list(self.matters), "kind": self.kind,
                "first": self.first.isoformat(), "last": self.last.isoformat()}

    @classmethod
    def from_json(cls, value: object) -> "PlannedLine":
        members = Members(value, "planned", (
            "code", "name", "party_type", "uscc", "place", "matters", "kind", "first", "last"))
        made = cls(
            members.text("code", limit=64), members.text("name", limit=MAX_TEXT),
            members.text("party_type", limit=20), members.text("uscc", limit=64, empty=True),
            members.text("place", limit=MAX_TEXT, empty=True),
            tuple(checked_text(each, "planned.matters", limit=600)
                  for each in members.items("matters", limit=MAX_MATTERS)),
            members.text("kind", limit=20), _day(members, "first"), _day(members, "last"))
        require(made.first <= made.last, "planned.last", "before the first day")
        return made


def _day(members: Members, name: str) -> date:
    text = members.text(name, limit=10)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Malformed(f"planned.{name}", "not a day") from error


@dataclass(frozen=True)
class InspectionPlan:
    """The whole plan of a laptop, in place of the one before."""

    title: str
    lines: tuple[PlannedLine, ...]

    def to_json(self) -> dict[str, Any]:
        return {"title": self.title, "lines": [line.to_json() for line in self.lines]}

    @classmethod
    def from_json(cls, value: object) -> "InspectionPlan":
        """Strict reading; :class:`field_app.protocol.strict.Malformed` otherwise."""
        members = Members(value, "plan", ("title", "lines"))
        made = cls(members.text("title", limit=MAX_TEXT),
                   tuple(map(PlannedLine.from_json, members.items("lines", limit=MAX_PLANNED))))
        require(len({line.code for line in made.lines}) == len(made.lines), "plan.lines", "a code twice")
        return made
