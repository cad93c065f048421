"""Hearings: when one is due, in what time, how held, and that the decision follows it."""

from dataclasses import dataclass
from datetime import date
from functools import partial

from field_app.domain.reasons import Reason
from field_app.rules.checks.findings import (
    Checks,
    Timed,
    lacking,
    term_kept,
    unknown,
)
from field_app.rules.table import RuleTable


@dataclass(frozen=True)
class HearingFacts:
    """What is intended (amounts in fen, kinds of penalty) and whether a hearing was offered."""

    party_type: str | None = None
    fine: int | None = None
    gains: int | None = 0
    goods: int | None = 0
    kinds: tuple[str, ...] | None = None
    offered: bool | None = None


@dataclass(frozen=True)
class HearingDay:
    """When the hearing notice was served and when the hearing is."""

    notice_served: date | None = None
    held: date | None = None


@dataclass(frozen=True)
class HearingConduct:
    """How a hearing is held; ``closed_reason``: 国家秘密, 商业秘密 or 个人隐私."""

    public: bool | None = None
    closed_reason: str = ""
    agents: int | None = None
    free: bool | None = None
    record: bool | None = None


@dataclass(frozen=True)
class HearingEnd:
    """Whether a hearing was held, when, its report, and the decision."""

    held: date | None = None
    asked: bool | None = None
    report: bool | None = None
    decided: date | None = None


def grave_kinds(kinds: tuple[str, ...], *, table: RuleTable) -> list[str]:
    """Those kinds of penalty for which a hearing is due whatever the amount (HR-01)."""
    row = table["HR-01"]
    words = [*row.values["kinds"], row.values["other"]]
    return [kind for kind in kinds if any(word in kind for word in words)]


def large_amounts(facts: HearingFacts, *, table: RuleTable) -> tuple[list[str], bool]:
    """Amounts that reach the threshold (HR-02), and whether something needed is not known.

    Where the kind of party is not known, only what reaches the higher threshold is certain.
    """
    row = table["HR-02"]
    low, high = int(row.values["citizen_fen"]), int(row.values["unit_fen"])
    limit = high if facts.party_type is None or facts.party_type not in row.values["single"] else low
    large, unsure = [], False
    for label, fen in (("罚款", facts.fine), ("没收违法所得", facts.gains), ("没收财物", facts.goods)):
        if fen is None:
            unsure = True
        elif fen >= limit:
            large.append(f"{label}{fen // 100:,}.{fen % 100:02d}元，达到{limit // 100}元")
        elif facts.party_type is None and fen >= low:
            unsure = True
    return large, unsure


def hearing_by_kind(facts: HearingFacts, *, table: RuleTable) -> list[Reason]:
    """HR-01: grave kinds of penalty need the offer of a hearing."""
    row = table["HR-01"]
    if facts.kinds is None:
        return unknown(row, ["处罚种类"])
    grave = grave_kinds(facts.kinds, table=table)
    if not grave or facts.offered:
        return []
    missing = lacking(row, {"是否告知听证权利": facts.offered})
    return missing or [row.reason(f"拟处罚“{'、'.join(grave)}”，没有告知听证权利")]


def hearing_by_amount(facts: HearingFacts, *, table: RuleTable) -> list[Reason]:
    """HR-02: large amounts need the offer of a hearing; the threshold itself is large."""
    row = table["HR-02"]
    large, unsure = large_amounts(facts, table=table)
    if large and not facts.offered:
        missing = lacking(row, {"是否告知听证权利": facts.offered})
        return missing or [row.reason(f"{'；'.join(large)}，没有告知听证权利")]
    if unsure and not large and not facts.offered:
        return unknown(row, ["当事人类型和各项金额"])
    return []


def told_in_time(facts: HearingDay, *, table: RuleTable) -> list[Reason]:
    """HR-04: seven full working days lie between service of the notice and the hearing."""
    row = table["HR-04"]
    missing = lacking(row, {"听证通知书送达日": facts.notice_served, "听证日期": facts.held})
    if missing:
        return missing
    return term_kept(Timed(facts.notice_served, facts.held), table=table, rule="HR-04",
                     term="HR-04.earliest_hearing")


def well_held(facts: HearingConduct, *, table: RuleTable) -> list[Reason]:
    """HR-05: public or closed for a reason, one or two agents, free, recorded."""
    row = table["HR-05"]
    found = lacking(row, {"是否公开": facts.public, "代理人人数": facts.agents,
                          "是否免费": facts.free, "是否制作笔录": facts.record})
    if facts.public is False and not facts.closed_reason.strip():
        found.append(row.reason("没有公开举行，也没有写明不公开的理由"))
    if facts.agents is not None and facts.agents > row.values["agents"]:
        found.append(row.reason(f"代理人{facts.agents}名，超过{row.values['agents']}名"))
    if facts.free is False:
        found.append(row.reason("让当事人承担了听证费用"))
    if facts.record is False:
        found.append(row.reason("没有制作听证笔录"))
    return found


def decided_after_hearing(facts: HearingEnd, *, table: RuleTable) -> list[Reason]:
    """HR-06: a hearing asked for is held and reported on before the decision."""
    row = table["HR-06"]
    if facts.asked is None:
        return unknown(row, ["当事人是否要求听证"])
    if not facts.asked or facts.decided is None:
        return []
    if facts.held is None:
        return [row.reason("当事人要求听证，没有听证笔录就作出决定")]
    if facts.decided < facts.held:
        return [row.reason(f"{facts.decided}作出决定，早于{facts.held}的听证")]
    if facts.report is None:
        return unknown(row, ["听证报告"])
    return [] if facts.report else [row.reason("没有听证报告")]


CHECKS: Checks = {
    "HR-01": hearing_by_kind, "HR-02": hearing_by_amount,
    "HR-03": partial(term_kept, rule="HR-03", term="HR-03.request"), "HR-04": told_in_time,
    "HR-05": well_held, "HR-06": decided_after_hearing}
