"""Legal review and collective discussion: when they are due and that they came before."""

from dataclasses import dataclass
from datetime import date

from field_app.domain.reasons import Reason
from field_app.rules.checks.findings import (
    Checks,
    lacking,
    not_before,
    unknown,
)
from field_app.rules.table import RuleTable


@dataclass(frozen=True)
class ReviewFacts:
    """The four cases of article 58 and the review; None where nobody said."""

    public_interest: bool | None = None
    major_interest: bool | None = None
    hearing_held: bool | None = None
    complicated: bool | None = None
    by_regulation: bool | None = None
    reviewed: date | None = None
    passed: bool | None = None
    decided: date | None = None


@dataclass(frozen=True)
class CatalogueReview:
    """The agency's catalogue of major decisions: its threshold in fen and kinds, as arguments."""

    threshold_fen: int | None = None
    kinds: tuple[str, ...] | None = None
    fine: int | None = None
    penalty_kinds: tuple[str, ...] = ()
    reviewed: bool | None = None


@dataclass(frozen=True)
class ReviewedState:
    """Digests of facts, basis and result when reviewed and now."""

    reviewed: str | None = None
    now: str | None = None


@dataclass(frozen=True)
class CollectiveFacts:
    """Whether the case must be discussed, and the discussion."""

    complicated: bool | None = None
    grave: bool | None = None
    listed: bool | None = None
    discussed: date | None = None
    leaders: int | None = None
    decided: date | None = None


def review_grounds(facts: ReviewFacts) -> tuple[list[str], list[str]]:
    """Why a review is due, and what is not known that might make it so (LR-01)."""
    grounds = [label for label, value in (
        ("涉及重大公共利益", facts.public_interest),
        ("直接关系重大权益并经过听证", facts.major_interest and facts.hearing_held),
        ("疑难复杂、涉及多个法律关系", facts.complicated),
        ("法律、法规规定应当审核", facts.by_regulation)) if value]
    unsure = [label for label, value in (
        ("是否涉及重大公共利益", facts.public_interest), ("是否疑难复杂", facts.complicated),
        ("法律、法规是否规定审核", facts.by_regulation)) if value is None]
    if (facts.major_interest is None and facts.hearing_held is not False) \
            or (facts.major_interest and facts.hearing_held is None):
        unsure.append("是否直接关系重大权益并经过听证")
    return grounds, unsure


def legally_reviewed(facts: ReviewFacts, *, table: RuleTable) -> list[Reason]:
    """LR-01: where due, reviewed and passed before the decision."""
    row = table["LR-01"]
    grounds, unsure = review_grounds(facts)
    if not grounds and facts.reviewed is None:
        return unknown(row, unsure) if unsure else []
    if facts.decided is None:
        return []
    if facts.reviewed is None:
        return [row.reason(f"{'；'.join(grounds)}，没有法制审核")]
    if facts.passed is False:
        return [row.reason("法制审核没有通过")]
    if facts.passed is None:
        return unknown(row, ["法制审核结论"])
    return not_before(row, ("法制审核日期", facts.reviewed), ("决定日期", facts.decided))


def in_review_catalogue(facts: CatalogueReview, *, table: RuleTable) -> list[Reason]:
    """LR-02: what the agency's own catalogue lists is reviewed."""
    row = table["LR-02"]
    if facts.threshold_fen is None and facts.kinds is None:
        return unknown(row, ["本机关重大执法决定目录"])
    large = facts.threshold_fen is not None and facts.fine is not None \
        and facts.fine >= facts.threshold_fen
    kinds = [k for k in facts.penalty_kinds if any(word in k for word in facts.kinds or ())]
    if not large and not kinds:
        return unknown(row, ["罚款数额"]) if facts.fine is None else []
    missing = lacking(row, {"是否法制审核": facts.reviewed})
    if missing or facts.reviewed:
        return missing
    why = "、".join([*(["罚款数额达到目录标准"] if large else []), *kinds])
    return [row.reason(f"{why}，没有法制审核")]


def reviewed_as_it_is(facts: ReviewedState, *, table: RuleTable) -> list[Reason]:
    """LR-03: what was reviewed is what is decided."""
    row = table["LR-03"]
    missing = lacking(row, {"审核时的内容": facts.reviewed, "现在的内容": facts.now})
    if missing or facts.reviewed == facts.now:
        return missing
    return [row.reason("审核后内容有变化")]


def discussed_together(facts: CollectiveFacts, *, table: RuleTable) -> list[Reason]:
    """CD-01: complicated or grave cases are discussed by the leaders before the decision."""
    row = table["CD-01"]
    due = facts.complicated or facts.grave or facts.listed
    if not due:
        return lacking(row, {"是否情节复杂": facts.complicated, "是否重大违法": facts.grave,
                             "是否列入集体讨论目录": facts.listed})
    if facts.decided is None:
        return []
    if facts.discussed is None:
        return [row.reason("没有集体讨论")]
    found = not_before(row, ("集体讨论日期", facts.discussed), ("决定日期", facts.decided))
    if facts.leaders is None:
        return found + unknown(row, ["参加讨论的负责人人数"])
    if facts.leaders < row.values["leaders"]:
        found.append(row.reason(f"参加讨论的负责人只有{facts.leaders}名"))
    return found


CHECKS: Checks = {
    "LR-01": legally_reviewed, "LR-02": in_review_catalogue, "LR-03": reviewed_as_it_is,
    "CD-01": discussed_together}
