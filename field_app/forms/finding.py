"""What a named check gets to see and what it may say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from field_app.domain.reasons import Level
from field_app.forms.definition import Field


@dataclass(frozen=True)
class Place:
    """One answered field: its ``value``, its ``path``, the answers beside it and all answers."""

    value: Any
    path: str
    field: Field
    siblings: Mapping[str, Any]
    answers: Mapping[str, Any]
    today: date

    def beside(self, key: str) -> str:
        """The path of a sibling."""
        head, dot, _ = self.path.rpartition(".")
        return f"{head}{dot}{key}"


@dataclass(frozen=True)
class Finding:
    """What a check found, in the words shown to officers; ``where`` defaults to the place."""

    text: str
    remedy: str
    level: Level = Level.BLOCK
    basis: str = ""
    confidence: str = "I"
    where: str = ""


Findings = Iterator[Finding]


def day_of(value: Any) -> date | None:
    """The day of a date or moment as answers write it; None when it is neither."""
    if not isinstance(value, str):
        return None
    try:
        return moment.date() if (moment := moment_of(value)) else date.fromisoformat(value)
    except ValueError:
        return None


def moment_of(value: Any) -> datetime | None:
    """An aware moment as answers write it; None when it is none."""
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
