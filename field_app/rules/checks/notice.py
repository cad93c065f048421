"""Notice before a penalty: told and waited for, time to plead, review of the defence, definite."""

from dataclasses import dataclass
from datetime import date

from field_app.domain.reasons import Level, Reason
from field_app.rules.checks.findings import (
    Checks,
    lacking,
    last_day,
    not_before,
    unknown,
)
from field_app.rules.deadlines import Question
from field_app.rules.table import Rule, RuleTable


@dataclass(frozen=True)
class NoticeFacts:
    """A notice's service, the end of the time to plead, a waiver, and the decision."""

    served: date | None = None
    plead_until: date | None = None
    waived: date | None = None
    heard: bool | None = None
    decided: date | None = None


@dataclass(frozen=True)
class PleadFacts:
    """When the notice was served and until when the party may plead; ``hearing_until`` beside it."""

    served: date | None = None
    plead_until: date | None = None
    hearing_until: date | None = None


@dataclass(frozen=True)
class DefenceFacts:
    """Whether the party pleaded, whether that was reviewed; amounts in fen told and decided."""

    pleaded: bool | None = None
    reviewed: bool | None = None
    told_fen: int | None = None
    decided_fen: int | None = None


@dataclass(frozen=True)
class PenaltyText:
    """What a notice says of one penalty: its content and, for a fine, its amount in fen."""

    content: str | None = None
    fine: bool | None = None
    amount: int | None = None


def told_before_deciding(facts: NoticeFacts, *, table: RuleTable) -> list[Reason]:
    """DC-01: served, then the time to plead over or waived, only then a decision."""
    row = table["DC-01"]
    if facts.decided is None:
        return unknown(row, ["决定日期"])
    if facts.served is None:
        return [row.reason("没有告知书的送达记录")]
    wrong = not_before(row, ("告知书送达日", facts.served), ("决定日期", facts.decided)) \
        + not_before(row, ("告知书送达日", facts.served), ("放弃声明日期", facts.waived))
    if wrong:
        return wrong
    if facts.heard is False:
        return [row.reason("拒绝听取当事人的陈述、申辩")]
    if facts.waived is not None:
        return not_before(row, ("放弃声明日期", facts.waived), ("决定日期", facts.decided))
    return _waited(row, facts.decided, facts.plead_until)


def _waited(row: Rule, decided: date, until: date | None) -> list[Reason]:
    if until is None:
        return unknown(row, ["陈述申辩的截止日期"])
    if decided > until:
        return []
    return [row.reason(f"{decided}作出决定，陈述申辩期限到{until}才届满")]


def time_to_plead(facts: PleadFacts, *, table: RuleTable) -> list[Reason]:
    """DC-02: five working days; where a hearing may be asked for, the later of both."""
    row = table["DC-02"]
    missing = lacking(row, {"告知书送达日": facts.served, "陈述申辩截止日": facts.plead_until})
    if missing or facts.served is None or facts.plead_until is None:
        return missing
    last = last_day(row, "DC-02.plead", Question(facts.served), table)
    if isinstance(last, Reason):
        return [last]
    if row.values["hearing"] and facts.hearing_until is not None:
        last = max(last, facts.hearing_until)
    if facts.plead_until >= last:
        return []
    return [row.reason(f"陈述申辩截止日是{facts.plead_until}，按五个工作日和听证期限应不早于{last}")]


def defence_reviewed(facts: DefenceFacts, *, table: RuleTable) -> list[Reason]:
    """DC-03: what was pleaded is reviewed, and the penalty is not made heavier for it."""
    row = table["DC-03"]
    found = []
    if facts.pleaded is None:
        found += unknown(row, ["当事人是否陈述、申辩"])
    elif facts.pleaded and facts.reviewed is None:
        found += unknown(row, ["是否复核"])
    elif facts.pleaded and not facts.reviewed:
        found.append(row.reason("当事人陈述、申辩后没有复核"))
    if facts.told_fen is not None and facts.decided_fen is not None \
            and facts.decided_fen > facts.told_fen:
        found.append(row.reason(f"决定{_yuan(facts.decided_fen)}，高于告知的{_yuan(facts.told_fen)}"))
    return found


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}元"


def definite(facts: PenaltyText, *, table: RuleTable) -> list[Reason]:
    """DC-04: a kind with one amount or content, no range."""
    row = table["DC-04"]
    if facts.content is None:
        return unknown(row, ["拟处罚内容"])
    found = []
    if facts.fine and facts.amount is None:
        found.append(row.reason("罚款没有写明数额"))
    amounts = facts.content if "元" in facts.content else ""
    if any(word in amounts for word in row.values["ranges"]):
        found.append(row.reason(f"“{facts.content}”是幅度", level=Level.WARN))
    return found


CHECKS: Checks = {
    "DC-01": told_before_deciding, "DC-02": time_to_plead, "DC-03": defence_reviewed,
    "DC-04": definite}
