"""The summary procedure: limits, delivery, collection on the spot and the way of the money."""

from dataclasses import dataclass
from datetime import date
from functools import partial

from field_app.domain.reasons import Reason
from field_app.rules.checks.findings import (
    Checks,
    Timed,
    confirmed,
    lacking,
    term_kept,
    unknown,
)
from field_app.rules.table import RuleTable


@dataclass(frozen=True)
class SummaryFacts:
    """A penalty meant to be decided on the spot; ``fine`` in fen, 0 for a warning alone."""

    party_type: str | None = None
    kinds: tuple[str, ...] | None = None
    fine: int | None = None


@dataclass(frozen=True)
class RemedyOrder:
    """Whether a decision on the spot tells that reconsideration comes first."""

    reconsideration_first: bool | None = None


@dataclass(frozen=True)
class CollectionFacts:
    """A fine collected on the spot; ``asked``: the party asked for it (remote places)."""

    on_the_spot: bool | None = None
    fine: int | None = None
    reason: str | None = None
    asked: bool | None = None
    receipt_no: str | None = None


@dataclass(frozen=True)
class CashFacts:
    """When cash was collected (or landed, on water), handed in and paid to the bank."""

    collected: date | None = None
    handed_in: date | None = None
    banked: date | None = None
    on_water: bool = False
    today: date | None = None


def may_be_summary(facts: SummaryFacts, *, table: RuleTable) -> bool | None:
    """Whether a penalty may be decided on the spot (SP-01); None: not enough is known."""
    row = table["SP-01"]
    if facts.kinds is not None and any(
            not any(word in kind for word in row.values["kinds"]) for kind in facts.kinds):
        return False
    low, high = int(row.values["citizen_fen"]), int(row.values["unit_fen"])
    if facts.fine is not None and facts.fine > high:
        return False
    if facts.fine is None or facts.kinds is None:
        return None
    if facts.fine <= low:
        return True
    if facts.party_type is None:
        return None
    return facts.party_type not in row.values["single"]


def within_limit(facts: SummaryFacts, *, table: RuleTable) -> list[Reason]:
    """SP-01: the limit itself is still within it; sole traders count as citizens."""
    row = table["SP-01"]
    may = may_be_summary(facts, table=table)
    if may is None:
        return unknown(row, ["当事人类型、处罚种类和罚款数额"])
    if may:
        return []
    said = "" if facts.fine is None else f"罚款{facts.fine / 100:,.2f}元"
    return [row.reason(f"对{facts.party_type or '当事人'}{said}（{'、'.join(facts.kinds or ())}）"
                       "不能当场处罚")]


def reconsideration_told(facts: RemedyOrder, *, table: RuleTable) -> list[Reason]:
    """SP-04: reconsideration before litigation, and told so."""
    row = table["SP-04"]
    if facts.reconsideration_first is None:
        return unknown(row, ["是否告知先申请行政复议"])
    return [] if facts.reconsideration_first else [row.reason("没有告知先申请行政复议")]


def collected_lawfully(facts: CollectionFacts, *, table: RuleTable) -> list[Reason]:
    """SP-05: one of the three cases, told and true."""
    row = table["SP-05"]
    if facts.on_the_spot is None:
        return unknown(row, ["是否当场收缴"])
    if not facts.on_the_spot:
        return []
    missing = lacking(row, {"罚款数额": facts.fine, "当场收缴的理由": facts.reason})
    if missing or facts.fine is None or facts.reason is None:
        return missing
    small, _, remote = row.values["reasons"]
    wrong = ""
    if not any(word in facts.reason for word in row.values["reasons"]):
        wrong = f"“{facts.reason}”不是可以当场收缴的情形"
    elif small in facts.reason and facts.fine > row.values["small_fen"]:
        wrong = f"罚款{facts.fine / 100:,.2f}元，超过{row.values['small_fen'] // 100}元"
    elif remote in facts.reason and facts.asked is not True:
        wrong = "边远、水上、交通不便地区当场收缴，没有当事人提出的记录"
    return [row.reason(wrong)] if wrong else []


def receipt_given(facts: CollectionFacts, *, table: RuleTable) -> list[Reason]:
    """SP-06: a receipt of the treasury, by its number."""
    row = table["SP-06"]
    if facts.on_the_spot is None:
        return unknown(row, ["是否当场收缴"])
    if not facts.on_the_spot or (facts.receipt_no or "").strip():
        return []
    return [row.reason("当场收缴没有填写票据号码")]


def money_handed_in(facts: CashFacts, *, table: RuleTable) -> list[Reason]:
    """SP-07: two working days to the agency, two more to the bank."""
    term = "SP-07.water_to_agency" if facts.on_water else "SP-07.officer_to_agency"
    found = term_kept(Timed(facts.collected, facts.handed_in, facts.today), table=table,
                      rule="SP-07", term=term)
    if facts.handed_in is None:
        return found
    return found + term_kept(Timed(facts.handed_in, facts.banked, facts.today), table=table,
                             rule="SP-07", term="SP-07.agency_to_bank")


CHECKS: Checks = {
    "SP-01": within_limit, "SP-02": partial(confirmed, rule="SP-02"),
    "SP-03": partial(term_kept, rule="SP-03", term="SP-03.file"), "SP-04": reconsideration_told,
    "SP-05": collected_lawfully, "SP-06": receipt_given, "SP-07": money_handed_in}
