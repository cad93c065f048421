"""Inspections that headquarters planned, as its catalogue tells them on a day."""

from dataclasses import dataclass
from datetime import date

from field_app.rules.catalogue import Catalogue, Row


@dataclass(frozen=True)
class Planned:
    """One line of the plan. ``first`` and ``last``: the days between which it is to be done, both
    included; ``matters``: names of the catalogue; ``code``: headquarters' number of the line."""

    code: str
    name: str
    party_type: str
    uscc: str
    place: str
    matters: tuple[str, ...]
    kind: str
    first: date
    last: date
    source: str
    confidence: str


def _acts(catalogue: Catalogue, row: Row, own: str, day: date) -> bool:
    """Whether the line is for that agency: in its own name, or by a matter entrusted to it."""
    agency = catalogue.agency(str(row["agency"]), day)
    if agency is None:
        return False
    theirs = {m.code for m in catalogue.matters_of(own, day)}
    return agency.name == own or theirs.issuperset(row["matters"])


def _planned(catalogue: Catalogue, row: Row, day: date) -> Planned:
    found = (catalogue.matter(code, day) for code in row["matters"])
    return Planned(
        row["code"], row["object"], row["party_type"], row.get("uscc", ""), row.get("place", ""),
        tuple(m.name for m in found if m is not None), row["kind"],
        date.fromisoformat(row["begin"]), date.fromisoformat(row["end"]), row["source"],
        row["confidence"])


def planned_for(catalogue: Catalogue, own: str, day: date) -> tuple[Planned, ...]:
    """The lines in force on ``day`` for the agency of that full name, the first due first."""
    found = [_planned(catalogue, row, day) for row in catalogue.at("plan", day)
             if _acts(catalogue, row, own, day)]
    return tuple(sorted(found, key=lambda p: (p.last, p.code)))
