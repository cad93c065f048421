"""Facts that several papers of a case tell must agree: amounts, terms, articles, references.

Which facts, where papers tell them and how they must agree stands in resources/rules/agreement-N.
"""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from field_app.domain.reasons import Level, Reason
from field_app.paths import RESOURCES
from field_app.rules.table import RulesBroken

FORMAT = "le-agreement/1"
_STEP = re.compile(r"([A-Za-z_]+)(\[\])?")


@dataclass(frozen=True)
class Place:
    """Where papers of ``forms`` tell a fact (of several the one issued last counts); ``by``: the
    key of a reference that must name the other paper's number."""

    forms: tuple[str, ...]
    path: str
    by: str = ""

    @classmethod
    def parse(cls, text: str) -> "Place":
        forms, _, rest = text.partition(":")
        path, _, by = rest.partition("@")
        return cls(tuple(forms.split("|")), path, by)


@dataclass(frozen=True)
class Fact:
    """One fact, told at ``places`` in the order the papers are made."""

    id: str
    label: str
    how: str
    places: tuple["Place", ...]
    reason: Reason


@dataclass(frozen=True)
class Told:
    """An issued paper, as far as agreement needs it."""

    form: str
    title: str
    number: str
    answers: Mapping[str, Any]


def _row(row: Mapping[str, Any]) -> Reason:
    return Reason(rule=row["id"], level=Level(row["level"]), text=row["text"],
                  remedy=row["remedy"], basis=row["law"], confidence=row["confidence"])


@lru_cache(maxsize=4)
def agreement(version: int = 1) -> tuple[tuple[Fact, ...], Reason]:
    """The facts of a version and the rule of references; :class:`RulesBroken`."""
    path = RESOURCES / "rules" / f"agreement-{version}.toml"
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        if raw["format"] != FORMAT:
            raise RulesBroken(f"{path.name}: unknown format")
        facts = []
        for row in raw["fact"]:
            if row["how"] not in _HOW:
                raise RulesBroken(f"{path.name}: {row['id']}: how {row['how']!r} is not known")
            places = tuple(Place.parse(p) for p in row["places"])
            facts.append(Fact(row["id"], row["label"], row["how"], places, _row(row)))
        return tuple(facts), _row(raw["reference"])
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise RulesBroken(f"{path.name}: {error}") from error


def values_at(answers: Mapping[str, Any], path: str) -> list[Any]:
    """Everything a path such as ``penalties[].amount`` leads to, nulls left out."""
    here: list[Any] = [answers]
    for key, every in _STEP.findall(path):
        found = [h.get(key) for h in here if isinstance(h, Mapping)]
        here = [i for f in found if isinstance(f, list) for i in f] if every else found
    return [value for value in here if value not in (None, "", [])]


def _one(values: list[Any]) -> Any:
    """Amounts added up; of anything else the only value."""
    if all(isinstance(v, int) and not isinstance(v, bool) for v in values):
        return sum(values)
    return values[0]


def _shown(value: Any) -> str:
    if isinstance(value, int):
        return f"{value // 100:,}.{value % 100:02d}元"
    return str(value)


def _same(earlier: list[Any], later: list[Any]) -> str:
    one, two = _one(earlier), _one(later)
    return "" if one == two else f"“{_shown(two)}”与{{paper}}的“{_shown(one)}”不同"


def _not_more(earlier: list[Any], later: list[Any]) -> str:
    one, two = _one(earlier), _one(later)
    if not (isinstance(one, int) and isinstance(two, int)) or two <= one:
        return ""
    return f"“{_shown(two)}”高于{{paper}}的“{_shown(one)}”"


def _subset(earlier: list[Any], later: list[Any]) -> str:
    known = {"".join(str(v).split()) for v in earlier}
    new = [str(v) for v in later if "".join(str(v).split()) not in known]
    return f"“{'、'.join(new)}”在{{paper}}里没有写明" if new else ""


def _later(earlier: list[Any], later: list[Any]) -> str:
    one, two = str(earlier[0])[:10], str(later[0])[:10]
    return "" if two > one else f"“{two}”不晚于{{paper}}的“{one}”"


_HOW: dict[str, Callable[[list[Any], list[Any]], str]] = {
    "same": _same, "not_more": _not_more, "subset": _subset, "later": _later}


def facts_that_differ(form: str, answers: Mapping[str, Any], issued: Iterable[Told]) -> list[Reason]:
    """Where this paper tells a fact otherwise than an issued one; the newest of each form counts."""
    papers = list(issued)
    found = []
    for fact in agreement()[0]:
        here = next((n for n, place in enumerate(fact.places) if form in place.forms), None)
        if here is None:
            continue
        said = _first_difference(fact, here, answers, papers)
        if said:
            where = re.split(r"[.\[]", fact.places[here].path)[0]
            found.append(_told(fact.reason, f"{fact.label}{said}", where))
    return found


def _first_difference(fact: Fact, here: int, answers: Mapping[str, Any],
                      papers: list[Told]) -> str:
    ours = values_at(answers, fact.places[here].path)
    for n, place in enumerate(fact.places):
        told = next((p for p in reversed(papers) if p.form in place.forms), None)
        # A paper in hand has no number yet, so no other can name it.
        if n == here or told is None or place.by or not _names(fact.places[here], answers, told):
            continue
        theirs = values_at(told.answers, place.path)
        if not ours or not theirs:
            continue
        said = _HOW[fact.how](*((theirs, ours) if n < here else (ours, theirs)))
        if said:
            return said.format(paper=f"《{told.title}》{told.number}")
    return ""


def _names(place: Place, answers: Mapping[str, Any], other: Told) -> bool:
    return not place.by or other.number in str(answers.get(place.by, ""))


def _told(reason: Reason, detail: str, where: str) -> Reason:
    return Reason(rule=reason.rule, level=reason.level, text=f"{detail}。{reason.text}",
                  remedy=reason.remedy, basis=reason.basis, confidence=reason.confidence,
                  where=where)


def references_that_miss(references: Iterable[tuple[str, str, str, str]],
                         issued: Iterable[Told]) -> list[Reason]:
    """References whose number no issued paper of that form has, where the case has such papers.

    ``references``: (form referred to, label, path, number) each.
    """
    numbers: dict[str, list[str]] = {}
    for paper in issued:
        numbers.setdefault(paper.form, []).append(paper.number)
    return [_told(agreement()[1], f"“{label}”填的是{value}，本案这种文书的编号是"
                  f"{'、'.join(numbers[form])}", path)
            for form, label, path, value in references
            if form in numbers and value not in numbers[form]]
