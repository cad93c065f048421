"""Which rules are judged before which paper is issued, and what they say together."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from field_app.domain.case import PaperRecord, PaperState
from field_app.domain.reasons import Level, Reason
from field_app.domain.workdays import Calendar
from field_app.rules.case import circumstance_rules, discretion_rules, inspection_rules
from field_app.rules.case.case_facts import Around, CaseFacts
from field_app.rules.case.paper_rules import PAPER_RULES

Gather = Callable[[CaseFacts], list[Reason]]

_ALL: tuple[Gather, ...] = (
    circumstance_rules.still_open, circumstance_rules.disputed, circumstance_rules.entrusted,
    circumstance_rules.only_officers)
_NOTICE: tuple[Gather, ...] = (
    discretion_rules.amounts, discretion_rules.kinds, discretion_rules.once,
    discretion_rules.leniency)
_MORE: Mapping[str, tuple[Gather, ...]] = {
    "G1-01": (inspection_rules.published, inspection_rules.often),
    "G1-02": (inspection_rules.published, inspection_rules.approved, inspection_rules.often),
    "G1-09": (circumstance_rules.venue,),
    "G2-21": (circumstance_rules.seized_goods,),
    "G2-27": (circumstance_rules.evidence, circumstance_rules.crime),
    "G3-01": _NOTICE, "G3-02": _NOTICE,
    "G3-11": (discretion_rules.reviewer,),
    "G3-14": (discretion_rules.amounts, discretion_rules.once, discretion_rules.leniency),
    "G3-15": (*_NOTICE, discretion_rules.gains, discretion_rules.editions,
              discretion_rules.listed_review, discretion_rules.reviewed_as_decided,
              circumstance_rules.evidence, circumstance_rules.crime),
    "G3-21": (circumstance_rules.transfer,),
}
JUDGED_FORMS = frozenset(PAPER_RULES) | frozenset(_MORE)


def case_findings(form: str, answers: Mapping[str, Any], papers: Sequence[PaperRecord], *,
                  today: date, calendar: Calendar, around: Around | None = None) -> list[Reason]:
    """What the case says against issuing this paper.

    BLOCK never passes, WARN passes with an officer's reason, TIMER only tells; ``papers`` are the
    case's others, of which only issued ones count.
    """
    issued = tuple(p for p in papers if p.state is PaperState.ISSUED)
    case = CaseFacts(form, answers, issued, today, calendar, around or Around())
    own = PAPER_RULES.get(form)
    gathers = (*((own,) if own is not None else ()), *_MORE.get(form, ()), *_ALL)
    return [r for gather in gathers for r in gather(case) if r.level is not Level.INFO]
