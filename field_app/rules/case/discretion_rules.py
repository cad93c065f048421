"""What stands against a penalty as such: its amount, its kind, one act fined twice, leniency."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from field_app.domain.reasons import Reason
from field_app.rules.case.case_facts import (
    CaseFacts,
    day_in,
    hearing_facts,
    made_on,
    placed,
    rows_in,
)
from field_app.rules.catalogue import Tier
from field_app.rules.checks.authority import PenaltyKinds
from field_app.rules.checks.decision import (
    AmountFacts,
    Bounds,
    EditionFacts,
    Fined,
    GainFacts,
    LawEdition,
    LeniencyFacts,
    MitigationFacts,
    OnceFacts,
)
from field_app.rules.checks.findings import Checklist
from field_app.rules.checks.hearing import HearingFacts
from field_app.rules.checks.people import ReviewerFacts
from field_app.rules.checks.review import CatalogueReview, ReviewedState
from field_app.rules.laws import cited_titles, laws
from field_app.rules.table import RuleNotInForce, rules_at

_FINE = "罚款"
_REPORT = "G2-27"


def party_of(case: CaseFacts) -> Mapping[str, Any]:
    """The party that the paper in hand names, else the newest paper that names one."""
    for answers in (case.answers, *(p.answers for p in reversed(case.issued))):
        block = answers.get("PARTY")
        if isinstance(block, Mapping) and block.get("party_type"):
            return block
    return {}


def _sort_of(case: CaseFacts) -> str:
    """公民 or 单位 as catalogues divide parties; a sole trader counts as a citizen (HR-02, SP-01)."""
    try:
        single = rules_at(case.day)["HR-02"].values["single"]
    except RuleNotInForce:
        single = ("公民",)
    return "公民" if party_of(case).get("party_type") in single else "单位"


def _fines(case: CaseFacts) -> list[tuple[str, int]]:
    """Each fine in fen, with the field that tells it."""
    own = case.answers.get("amount")
    if isinstance(own, int) and not isinstance(own, bool):
        return [("amount", own)]
    return [(f"penalties[{n}].amount", row["amount"])
            for n, row in enumerate(rows_in(case.answers.get("penalties")))
            if str(row.get("kind") or "").startswith(_FINE)
            and isinstance(row.get("amount"), int) and not isinstance(row["amount"], bool)]


def _tiers(case: CaseFacts) -> tuple[Tier, ...]:
    around = case.around
    if around.catalogue is None or around.matter is None:
        return ()
    return around.catalogue.tiers(around.matter.code, case.day, party=_sort_of(case))


def _chosen(case: CaseFacts, tiers: tuple[Tier, ...], fine: int) -> Tier:
    """The tier that the investigation's report names, else the one that holds the fine."""
    named = case.told(_REPORT, "discretion")
    grade = str(named.get("grade") or "") if isinstance(named, Mapping) else ""
    for tier in tiers:
        if tier.name and tier.name in grade:
            return tier
    return next((t for t in tiers if t.holds(fine)), tiers[-1])


def amounts(case: CaseFacts) -> list[Reason]:
    """DC-11: every fine within its tier and the statute, as the matter's catalogue tells them.

    Where one case joins several acts, only the matter it was opened for is judged.
    """
    tiers, fines = _tiers(case), _fines(case)
    if not tiers or len(fines) != 1:
        return []
    where, fine = fines[0]
    tier = _chosen(case, tiers, fine)
    return placed(case.judge("DC-11", AmountFacts(
        fine, Bounds(tier.least, tier.most),
        Bounds(min(t.law_least for t in tiers), max(t.law_most for t in tiers)))), where)


def kinds(case: CaseFacts) -> list[Reason]:
    """AU-06: no kind of penalty that only the police may give."""
    chosen = tuple(str(row.get("kind") or "") for row in rows_in(case.answers.get("penalties")))
    return placed(case.judge("AU-06", PenaltyKinds(chosen)), "penalties")


def act_days(issued: CaseFacts) -> tuple[date | None, date | None]:
    """First and last day of the act, as far as the case's papers tell it."""
    day = day_in(issued.answers.get("at")) or day_in(issued.told("G1-09", "occur_at"))
    return day, day


def once(case: CaseFacts) -> list[Reason]:
    """DC-07: the same act of the same party is not fined again, whatever case it stood in."""
    party, matter = party_of(case), case.around.matter
    key = str(party.get("uscc") or party.get("id_no") or "")
    if not key or matter is None or case.around.fined is None:
        return []
    first, last = act_days(case)
    return placed(case.judge("DC-07", OnceFacts(
        Fined(key, matter.name, first, last), bool(_fines(case)), case.around.fined)),
        "PARTY")


def gains(case: CaseFacts) -> list[Reason]:
    """DC-08: what was told to be confiscated as gains is what is decided."""
    notice = case.newest("G3-02", "G3-01")
    if notice is None or case.form != "G3-15":
        return []
    told = [r.get("amount") for r in rows_in(notice.answers.get("penalties"))
            if str(r.get("kind") or "").startswith("没收违法所得")]
    known = [a for a in told if isinstance(a, int) and not isinstance(a, bool)]
    return placed(case.judge("DC-08", GainFacts(
        sum(known), confiscated=hearing_facts(case).gains)), "penalties")


def _leniency(case: CaseFacts) -> LeniencyFacts:
    party, told = party_of(case), case.around.told
    citizen = party.get("party_type") == "公民" if party.get("party_type") else None
    number = party.get("id_no") if citizen and party.get("id_type") in (None, "", "身份证") else None
    return LeniencyFacts(
        id_no=str(number) if number else None,
        act_day=day_in(case.answers.get("at")) or day_in(case.told("G1-09", "occur_at")),
        citizen=citizen, capable=told.unless("incapable"), fault=told.unless("no_fault"),
        slight=told("slight"), corrected=told("corrected"), harmless=told("harmless"),
        first_offence=told("first_offence"), penalised=True)


def leniency(case: CaseFacts) -> list[Reason]:
    """DC-09 and DC-10: whom the law does not penalise, and whom it penalises more lightly."""
    facts, told = _leniency(case), case.around.told
    grounds = ("removed", "coerced", "confessed", "merit")
    # A settled "yes, lightened" stands; nobody's word is taken as no lightening.
    light = told("lightened")
    found = case.judge("DC-09", facts) + case.judge("DC-10", MitigationFacts(
        facts, Checklist({g: told(g) for g in grounds}),
        light if light is not None else False))
    return placed(found, "discretion")


def editions(case: CaseFacts) -> list[Reason]:
    """DC-06: statutes whose edition came into force between the act and the decision."""
    _, ended = act_days(case)
    decided = made_on(case.answers)
    cited = {title for key in ("violated_law", "penalty_law")
             for title in cited_titles(" ".join(map(str, case.answers.get(key) or ())))}
    found = tuple(LawEdition(law.title, law.effective) for law in laws() if law.title in cited)
    return placed(case.judge("DC-06", EditionFacts(ended, decided, found)), "penalty_law")


def in_major_list(case: CaseFacts, use: str, hearing: HearingFacts) -> bool | None:
    """Whether the agency's list of major decisions has this penalty; None without a list."""
    listed = major_list(case, use)
    if listed is None:
        return None
    return any(name in kind and (hearing.fine or 0 if _FINE in name else least) >= least
               for name, least in listed.items() for kind in hearing.kinds or ())


def major_list(case: CaseFacts, use: str) -> Mapping[str, int] | None:
    """The agency's list for 法制审核 or 集体讨论; None where none was released."""
    around = case.around
    if around.catalogue is None or around.matter is None:
        return None
    return around.catalogue.major(around.matter.agency.code, use, case.day, party=_sort_of(case))


def listed_review(case: CaseFacts) -> list[Reason]:
    """LR-02: what the agency's own list names is reviewed."""
    listed = major_list(case, "法制审核")
    if listed is None:
        return []
    facts = hearing_facts(case)
    return placed(case.judge("LR-02", CatalogueReview(
        min((v for k, v in listed.items() if _FINE in k), default=None),
        tuple(k for k in listed if _FINE not in k), facts.fine, facts.kinds or (),
        case.newest("G3-11") is not None)), "penalties")


def _essence(answers: Mapping[str, Any]) -> str:
    """Kinds, amounts and bases of a penalty, in one comparable text."""
    rows = sorted((str(r.get("kind") or "").removeprefix("拟"), str(r.get("amount") or ""))
                  for r in rows_in(answers.get("penalties")))
    bases = sorted(map(str, answers.get("penalty_law") or ()))
    return repr((rows, bases))


def reviewed_as_decided(case: CaseFacts) -> list[Reason]:
    """LR-03: what the reviewer saw (the newest notice or approval before) is what is decided."""
    review = case.newest("G3-11")
    seen = [p for p in case.issued if p.form in ("G3-01", "G3-02") and review is not None
            and p.issued is not None and review.issued is not None and p.issued <= review.issued]
    if review is None or not seen:
        return []
    return placed(case.judge("LR-03", ReviewedState(
        _essence(seen[-1].answers), _essence(case.answers))), "penalties")


def reviewer(case: CaseFacts) -> list[Reason]:
    """PE-09: the roster tells since when the reviewer reviews, and the qualification."""
    block = case.answers.get("reviewer")
    number = str(block.get("cert_no") or "") if isinstance(block, Mapping) else ""
    if case.around.catalogue is None or not number:
        return []
    row = case.around.catalogue.officer(number, case.day)
    if row is None or not row.get("reviewer"):
        return []
    since = row.get("review_since")
    return placed(case.judge("PE-09", ReviewerFacts(
        date.fromisoformat(since) if since else None, str(row.get("qualification") or ""))),
        "reviewer")
