"""Transfer of suspected crimes: recognised, decided, handed over, answered."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from field_app.domain.reasons import Reason
from field_app.rules.checks.findings import (
    Checks,
    Timed,
    aware,
    confirmed,
    term_kept,
    unknown,
)
from field_app.rules.table import RuleTable


@dataclass(frozen=True)
class CrimeFacts:
    """Signs of a crime: amount and threshold in fen, other signs; whether it was transferred."""

    amount: int | None = None
    threshold: int | None = None
    other_signs: bool | None = None
    transferred: bool | None = None


@dataclass(frozen=True)
class TransferFacts:
    """The way of a transfer: two handlers report, the head decides, then it is handed over."""

    handlers: int | None = None
    reported: date | None = None
    decided: date | None = None
    approved: bool | None = None
    refusal_reason: str = ""
    approved_at: datetime | None = None
    handed_over: datetime | None = None
    now: datetime | None = None

    def __post_init__(self) -> None:
        aware(self.approved_at, self.handed_over, self.now)


@dataclass(frozen=True)
class PoliceFacts:
    """What the police answered and what followed."""

    received: date | None = None
    answered: date | None = None
    filed: bool | None = None
    followed: date | None = None
    today: date | None = None


@dataclass(frozen=True)
class OfficialFacts:
    """Whether a public official is suspected of misuse of office, and whether that was passed on."""

    suspected: bool | None = None
    passed_on: bool | None = None


@dataclass(frozen=True)
class EarlierPenalty:
    """Penalties given before a transfer, and whether the letter tells them."""

    given: bool | None = None
    told: bool | None = None


def crime_suspected(facts: CrimeFacts) -> bool | None:
    """Whether the threshold of prosecution is reached; None: not enough is known."""
    if facts.other_signs:
        return True
    if facts.amount is not None and facts.threshold is not None:
        return True if facts.amount >= facts.threshold else facts.other_signs
    return None


def crime_transferred(facts: CrimeFacts, *, table: RuleTable) -> list[Reason]:
    """TR-01: a suspected crime is transferred, not fined away."""
    row = table["TR-01"]
    suspected = crime_suspected(facts)
    if suspected is None:
        return unknown(row, ["涉案数额、追诉标准和其他犯罪迹象"])
    if not suspected or facts.transferred:
        return []
    if facts.transferred is None:
        return unknown(row, ["是否移送"])
    return [row.reason("达到追诉标准或者有犯罪迹象，没有移送")]


def transferred_in_time(facts: TransferFacts, *, table: RuleTable) -> list[Reason]:
    """TR-02: two handlers, three days to decide, twenty-four hours to hand over."""
    row = table["TR-02"]
    found = []
    if facts.handlers is None:
        found += unknown(row, ["专案组人数"])
    elif facts.handlers < row.values["handlers"]:
        found.append(row.reason(f"专案组只有{facts.handlers}人"))
    found += term_kept(Timed(facts.reported, facts.decided, facts.now), table=table,
                       rule="TR-02", term="TR-02.decide")
    if facts.approved:
        found += term_kept(Timed(facts.approved_at, facts.handed_over, facts.now), table=table,
                           rule="TR-02", term="TR-02.handover")
    elif facts.approved is False and not facts.refusal_reason.strip():
        found.append(row.reason("不批准移送，没有记明理由"))
    return found


def police_answered(facts: PoliceFacts, *, table: RuleTable) -> list[Reason]:
    """TR-04: three days for the police, three days for what follows their answer."""
    if facts.answered is None:
        return term_kept(Timed(facts.received, None, facts.today), table=table, rule="TR-04",
                         term="TR-04.police_decide")
    found = term_kept(Timed(facts.received, facts.answered, facts.today), table=table,
                      rule="TR-04", term="TR-04.police_decide")
    if facts.filed is None:
        return found + unknown(table["TR-04"], ["公安机关是否立案"])
    term = "TR-04.hand_over" if facts.filed else "TR-04.request_review"
    return found + term_kept(Timed(facts.answered, facts.followed, facts.today), table=table,
                             rule="TR-04", term=term)


def official_passed_on(facts: OfficialFacts, *, table: RuleTable) -> list[Reason]:
    """TR-05: leads about officials go to the supervisory organ."""
    row = table["TR-05"]
    if facts.suspected is None:
        return unknown(row, ["是否涉及公职人员"])
    if not facts.suspected or facts.passed_on:
        return []
    return [row.reason("涉及公职人员职务违法，没有移送监察机关")]


def earlier_penalty_told(facts: EarlierPenalty, *, table: RuleTable) -> list[Reason]:
    """TR-06: what was decided before goes on, and the letter tells it."""
    row = table["TR-06"]
    if facts.given is None:
        return unknown(row, ["移送前是否已经处罚"])
    return [row.reason("移送前已经处罚，移送书里没有写明")] if facts.given and not facts.told else []


CHECKS: Checks = {
    "TR-01": crime_transferred, "TR-02": transferred_in_time,
    "TR-03": partial(confirmed, rule="TR-03"), "TR-04": police_answered,
    "TR-05": official_passed_on, "TR-06": earlier_penalty_told}
