"""What holds for a case by its papers and by what officers told of it, as procedures ask for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from field_app.domain.case import Case, PaperRecord
from field_app.domain.workdays import Calendar
from field_app.rules.case.case_facts import money_of, rows_in
from field_app.rules.catalogue import Catalogue, CatalogueMatter
from field_app.rules.checks.decision import LeniencyFacts
from field_app.rules.checks.hearing import HearingFacts
from field_app.rules.checks.review import ReviewFacts
from field_app.rules.checks.transfer import CrimeFacts
from field_app.rules.circumstances import Told
from field_app.rules.procedure import triggers as named
from field_app.rules.table import RuleNotInForce, rules_at
from field_app.rules.triggers import TriggerFacts, judged

# The papers that say what is intended or decided, the newest word last.
_INTENDED = ("G3-01", "G3-02", "G3-13", "G3-15", "G3-14")
_FINE = "罚款"


@dataclass(frozen=True)
class TriggerInput:
    """A case with its issued papers, oldest first, and the catalogue of its day (None: none)."""

    case: Case
    issued: Sequence[PaperRecord]
    told: Told
    catalogue: Catalogue | None
    matter: CatalogueMatter | None


def _party_type(given: TriggerInput) -> str | None:
    for block in (*(p.answers.get("PARTY") for p in reversed(given.issued)), given.case.party):
        if isinstance(block, Mapping) and block.get("party_type"):
            return str(block["party_type"])
    return None


def _hearing(given: TriggerInput) -> HearingFacts:
    paper = next((p for p in reversed(given.issued) if p.form in _INTENDED), None)
    if paper is None:
        return HearingFacts(party_type=_party_type(given), gains=None, goods=None)
    answers: Mapping[str, Any] = paper.answers
    rows = rows_in(answers.get("penalties"))
    if paper.form == "G3-14":
        amount, kind = answers.get("amount"), str(answers.get("kind") or "")
        fine = amount if isinstance(amount, int) and not isinstance(amount, bool) else 0
        return HearingFacts(_party_type(given), fine, 0, 0, (kind,))
    return HearingFacts(
        _party_type(given), money_of(rows, _FINE), money_of(rows, "没收违法所得"),
        money_of(rows, "没收非法财物"), tuple(str(r.get("kind") or "") for r in rows),
        paper.form == "G3-02")


def _threshold(given: TriggerInput, use: str, day: date, party_type: str | None) -> int | None:
    """From how many fen on the agency's list of major decisions names fines."""
    if given.catalogue is None or given.matter is None:
        return None
    try:
        single = rules_at(day)["HR-02"].values["single"]
    except RuleNotInForce:
        single = ("公民",)
    listed = given.catalogue.major(given.matter.agency.code, use, day,
                                   party="公民" if party_type in single else "单位")
    return min((v for k, v in (listed or {}).items() if _FINE in k), default=None)


def judged_of(given: TriggerInput, *, day: date, calendar: Calendar) -> Mapping[str, bool | None]:
    """Every trigger that can be judged: yes, no, or None where the facts do not suffice."""
    told, forms = given.told, frozenset(p.form for p in given.issued)
    hearing = _hearing(given)
    held = "G3-09" in forms
    no_effect = told("no_social_effect")
    return judged(TriggerFacts(
        day=day, hearing=hearing,
        review=ReviewFacts(
            public_interest=told("public_interest"), major_interest=True if held else None,
            hearing_held=held, complicated=told("complicated"),
            by_regulation=told("review_by_law")),
        crime=CrimeFacts(other_signs=told("crime_suspected")),
        leniency=LeniencyFacts(first_offence=told("first_offence"), slight=told("slight"),
                               corrected=told("corrected")),
        complicated=told("complicated"), grave=told("grave"),
        review_fen=_threshold(given, "法制审核", day, hearing.party_type),
        discussion_fen=_threshold(given, "集体讨论", day, hearing.party_type),
        social_effect=None if no_effect is None else not no_effect, issued=forms),
        calendar=calendar)


def holding(given: TriggerInput, *, day: date, calendar: Calendar) -> frozenset[str]:
    """Triggers of procedures that are certain: judged by rule, or told by officers."""
    sure = {name for name, yes in judged_of(given, day=day, calendar=calendar).items() if yes}
    return frozenset((sure | given.told.holds) & named().keys())
