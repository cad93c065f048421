"""What the facts of a case set off: a hearing, a review, a discussion, a transfer, publication."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from field_app.domain.workdays import Calendar
from field_app.rules.checks.decision import LeniencyFacts
from field_app.rules.checks.hearing import HearingFacts, grave_kinds, large_amounts
from field_app.rules.checks.review import ReviewFacts, review_grounds
from field_app.rules.checks.summary import SummaryFacts, may_be_summary
from field_app.rules.checks.transfer import CrimeFacts, crime_suspected
from field_app.rules.table import RuleNotInForce, RuleTable, rules_at

TRIGGERS = ("hearing_due", "legal_review_due", "collective_due", "coercive_taken",
            "evidence_preserved", "crime_suspected", "on_the_spot_possible",
            "first_offence_waiver_possible", "publication_due")
_SEIZURES = ("G2-21", "G2-23")
_CUSTODY = ("G2-12",)
_DECISIONS = ("G3-14", "G3-15")


@dataclass(frozen=True)
class TriggerFacts:
    """Facts of a case on ``day``; None where nobody said.

    ``hearing``: what is intended and for whom; ``complicated``, ``grave``: marks for collective
    discussion; ``discussion_fen``: the local catalogue's threshold of a large fine; ``review``:
    the grounds of legal review; ``review_fen``: the agency's own threshold; ``issued``: forms of
    issued papers; ``social_effect``: 具有一定社会影响.
    """

    day: date
    hearing: HearingFacts = field(default_factory=HearingFacts)
    review: ReviewFacts = field(default_factory=ReviewFacts)
    crime: CrimeFacts = field(default_factory=CrimeFacts)
    leniency: LeniencyFacts = field(default_factory=LeniencyFacts)
    complicated: bool | None = None
    grave: bool | None = None
    discussion_fen: int | None = None
    review_fen: int | None = None
    facts_clear: bool | None = None
    social_effect: bool | None = None
    issued: frozenset[str] = frozenset()


def _hearing(facts: TriggerFacts, table: RuleTable) -> bool | None:
    large, unsure = large_amounts(facts.hearing, table=table)
    kinds = facts.hearing.kinds
    if large or (kinds is not None and grave_kinds(kinds, table=table)):
        return True
    return None if unsure or kinds is None else False


def _any(*values: bool | None) -> bool | None:
    if True in values:
        return True
    return None if None in values else False


def _reaches(fen: int | None, threshold: int | None) -> bool | None:
    if threshold is None:
        return False
    return None if fen is None else fen >= threshold


def _review(facts: TriggerFacts) -> bool | None:
    grounds, unsure = review_grounds(facts.review)
    own = _reaches(facts.hearing.fine, facts.review_fen)
    return _any(bool(grounds), own, None if unsure else False)


def _collective(facts: TriggerFacts, table: RuleTable) -> bool | None:
    kinds = facts.hearing.kinds
    return _any(facts.complicated, facts.grave,
                None if kinds is None else bool(grave_kinds(kinds, table=table)),
                _reaches(facts.hearing.fine, facts.discussion_fen))


def _on_the_spot(facts: TriggerFacts, table: RuleTable) -> bool | None:
    may = may_be_summary(SummaryFacts(facts.hearing.party_type, facts.hearing.kinds,
                                      facts.hearing.fine), table=table)
    if may is False or facts.facts_clear is False:
        return False
    return None if may is None or facts.facts_clear is None else True


def _waiver(facts: TriggerFacts) -> bool | None:
    """行政处罚法 article 33: first offence, slight harm, corrected in time."""
    three = (facts.leniency.first_offence, facts.leniency.slight, facts.leniency.corrected)
    if False in three:
        return False
    return None if None in three else True


def judged(facts: TriggerFacts, *, calendar: Calendar | None = None) -> Mapping[str, bool | None]:
    """Every trigger by name: yes, no, or None where the facts do not suffice.

    A threshold that the table does not hold for the day leaves its trigger undecided.
    """
    table = rules_at(facts.day, calendar=calendar)
    made: dict[str, bool | None] = {
        "coercive_taken": any(form in facts.issued for form in _SEIZURES),
        "evidence_preserved": any(form in facts.issued for form in _CUSTODY),
        "crime_suspected": crime_suspected(facts.crime), "legal_review_due": _review(facts),
        "first_offence_waiver_possible": _waiver(facts),
        # PB-01: every penalty is published but for those found to be without social effect.
        "publication_due": facts.social_effect is not False
        and any(form in facts.issued for form in _DECISIONS)}
    for name, judge in (("hearing_due", _hearing), ("collective_due", _collective),
                        ("on_the_spot_possible", _on_the_spot)):
        try:
            made[name] = judge(facts, table)
        except RuleNotInForce:
            made[name] = None
    return {name: made[name] for name in TRIGGERS}


def triggers(facts: TriggerFacts, *, calendar: Calendar | None = None) -> frozenset[str]:
    """Names of the triggers that are certain."""
    return frozenset(name for name, yes in judged(facts, calendar=calendar).items() if yes)


def undecided(facts: TriggerFacts, *, calendar: Calendar | None = None) -> frozenset[str]:
    """Names of the triggers that the facts do not decide; an officer is asked about them."""
    return frozenset(n for n, yes in judged(facts, calendar=calendar).items() if yes is None)
