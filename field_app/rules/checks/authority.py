"""Who may act at all: matters within the lists, entrusting, names, remedies, disputes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from field_app.domain.reasons import Level, Reason
from field_app.rules.capacity import may_make
from field_app.rules.checks.findings import (
    Checks,
    lacking,
    not_before,
    unknown,
)
from field_app.rules.table import RuleTable


@dataclass(frozen=True)
class ListedMatter:
    """A row of a matter list: its code, first and last day (None: open)."""

    code: str
    first: date
    last: date | None = None


@dataclass(frozen=True)
class MatterFacts:
    """The matter acted on, the day, and the list that was loaded (None: none was)."""

    matter: str | None = None
    day: date | None = None
    listed: tuple[ListedMatter, ...] | None = None


@dataclass(frozen=True)
class CatalogueFacts:
    """How a list of powers was made known; ``filed``: when the case was filed under it."""

    document: str | None = None
    published: date | None = None
    first: date | None = None
    last: date | None = None
    filed: date | None = None
    day: date | None = None


@dataclass(frozen=True)
class EntrustmentFacts:
    """A written entrustment and what is done under it on ``day``."""

    first: date | None = None
    last: date | None = None
    matters: tuple[str, ...] | None = None
    matter: str | None = None
    published: bool | None = None
    reported: bool | None = None
    day: date | None = None


@dataclass(frozen=True)
class PaperNames:
    """Whose name, seal and number a paper carries; ``acts_for``: the agency it must be."""

    acts_for: str | None = None
    letterhead: str | None = None
    seal: str | None = None
    number: str | None = None


@dataclass(frozen=True)
class MeasureFacts:
    """A paper (form id) made in a capacity (法定, 赋权, 委托)."""

    capacity: str | None = None
    form: str | None = None


@dataclass(frozen=True)
class PenaltyKinds:
    """Kinds of penalty chosen."""

    kinds: tuple[str, ...] | None = None


@dataclass(frozen=True)
class RemedyFacts:
    """Who stands as respondent in what a paper tells of remedies."""

    capacity: str | None = None
    principal: str | None = None
    told: str | None = None


@dataclass(frozen=True)
class DisputeFacts:
    """A dispute about who may act."""

    disputed: bool | None = None
    settled: bool | None = None
    public_safety: bool | None = None


def within_powers(facts: MatterFacts, *, table: RuleTable) -> list[Reason]:
    """AU-01: the matter stands in a list that is in force on the day."""
    row = table["AU-01"]
    missing = lacking(row, {"执法事项": facts.matter, "行为日": facts.day, "事项清单": facts.listed})
    if missing or facts.day is None:
        return missing
    rows = [m for m in facts.listed or () if m.code == facts.matter]
    if any(m.first <= facts.day and (m.last is None or facts.day <= m.last) for m in rows):
        return []
    if rows:
        return [row.reason(f"事项{facts.matter}的清单在{facts.day}不在有效期内")]
    return [row.reason(f"事项{facts.matter}不在清单内")]


def powers_published(facts: CatalogueFacts, *, table: RuleTable) -> list[Reason]:
    """AU-02: the list names its document and dates; cases filed under an old one stay with it."""
    row = table["AU-02"]
    found = lacking(row, {"行为日": facts.day})
    for label, value in (("文件号", facts.document or None), ("公布日期", facts.published),
                         ("生效日期", facts.first)):
        if value is None:
            found.append(row.reason(f"清单没有写明{label}"))
    found += not_before(row, ("清单生效日", facts.first), ("清单失效日", facts.last))
    if facts.day is None or facts.last is None or facts.day <= facts.last or found:
        return found
    switched: date = row.values["switched"]
    if facts.filed is not None and facts.filed <= facts.last:
        old = "（旧清单）" if facts.filed < switched else ""
        return [row.reason(f"立案时清单{old}有效，现已失效，仍由原承办机关办结", level=Level.INFO)]
    return [row.reason(f"清单已于{facts.last}失效")]


def entrustment_valid(facts: EntrustmentFacts, *, table: RuleTable) -> list[Reason]:
    """AU-03: the entrustment covers day and matter, is published and reported."""
    row = table["AU-03"]
    found = lacking(row, {"委托开始日": facts.first, "委托期限": facts.last, "委托事项": facts.matters,
                          "执法事项": facts.matter, "是否公布": facts.published,
                          "是否备案": facts.reported, "行为日": facts.day})
    found += not_before(row, ("委托开始日", facts.first), ("委托截止日", facts.last))
    if facts.day is not None and facts.last is not None and facts.day > facts.last:
        found.append(row.reason(f"委托已于{facts.last}到期，{facts.day}不得以委托名义执法"))
    if facts.day is not None and facts.first is not None and facts.day < facts.first:
        found.append(row.reason(f"委托自{facts.first}开始，{facts.day}还没有生效"))
    if facts.matters is not None and facts.matter is not None \
            and facts.matter not in facts.matters:
        found.append(row.reason(f"事项{facts.matter}不在委托书内"))
    if facts.published is False:
        found.append(row.reason("委托书没有向社会公布"))
    if facts.reported is False:
        found.append(row.reason("委托书没有报司法局备案"))
    return found


def principal_named(facts: PaperNames, *, table: RuleTable) -> list[Reason]:
    """AU-04: letterhead, seal and number are those of the agency acted for."""
    row = table["AU-04"]
    missing = lacking(row, {"作出机关": facts.acts_for, "抬头": facts.letterhead,
                            "印章": facts.seal, "文号所属机关": facts.number})
    said: Mapping[str, str | None] = {"抬头": facts.letterhead, "印章": facts.seal,
                                      "文号": facts.number}
    return missing + [
        row.reason(f"{label}是“{value}”，应为“{facts.acts_for}”") for label, value in said.items()
        if facts.acts_for is not None and value is not None and value != facts.acts_for]


def coercion_not_entrusted(facts: MeasureFacts, *, table: RuleTable) -> list[Reason]:
    """AU-05: no coercive measure in the capacity of an entrusted organization."""
    row = table["AU-05"]
    missing = lacking(row, {"执法身份": facts.capacity, "文书": facts.form})
    if missing or facts.form is None or facts.capacity is None:
        return missing
    return may_make(facts.form, capacity=facts.capacity)


def no_detention(facts: PenaltyKinds, *, table: RuleTable) -> list[Reason]:
    """AU-06: no penalty that restricts liberty."""
    row = table["AU-06"]
    if facts.kinds is None:
        return unknown(row, ["处罚种类"])
    return [row.reason(f"选择了“{kind}”") for kind in facts.kinds
            if any(word in kind for word in row.values["forbidden"])]


def principal_answers(facts: RemedyFacts, *, table: RuleTable) -> list[Reason]:
    """AU-07: for what was entrusted the principal is respondent and defendant."""
    row = table["AU-07"]
    if facts.capacity is not None and facts.capacity != row.values["capacity"]:
        return []
    missing = lacking(row, {"执法身份": facts.capacity, "委托机关": facts.principal,
                            "救济告知中的机关": facts.told})
    if missing or facts.told == facts.principal:
        return missing
    return [row.reason(f"写的是“{facts.told}”，委托机关是“{facts.principal}”")]


def dispute_settled(facts: DisputeFacts, *, table: RuleTable) -> list[Reason]:
    """AU-08: nothing one-sided while a dispute stands, public safety aside."""
    row = table["AU-08"]
    if facts.disputed is None:
        return unknown(row, ["有没有执法争议"])
    if not facts.disputed or facts.public_safety or facts.settled:
        return []
    missing = lacking(row, {"争议是否已经协调": facts.settled})
    return missing or [row.reason("执法争议还没有协调一致")]


CHECKS: Checks = {
    "AU-01": within_powers, "AU-02": powers_published, "AU-03": entrustment_valid,
    "AU-04": principal_named, "AU-05": coercion_not_entrusted, "AU-06": no_detention,
    "AU-07": principal_answers, "AU-08": dispute_settled}
