"""Service: in time, with a proof, to the right hands, by a way the law knows."""

from dataclasses import dataclass
from datetime import date
from functools import partial

from field_app.domain.reasons import Reason
from field_app.rules.checks.findings import (
    Checks,
    lacking,
    last_day,
    not_before,
    term_kept,
    unknown,
)
from field_app.rules.deadlines import Question
from field_app.rules.table import RuleTable


@dataclass(frozen=True)
class ServiceFacts:
    """A paper's day, its service and the proof (送达回证)."""

    made: date | None = None
    served: date | None = None
    proof: bool | None = None


@dataclass(frozen=True)
class ReceiverFacts:
    """Who signed for it, as told in the proof."""

    relation: str | None = None


@dataclass(frozen=True)
class LeavingFacts:
    """Leaving service (留置送达): refused, with a witness or recorded."""

    left: bool | None = None
    witness: bool | None = None
    recorded: bool | None = None


@dataclass(frozen=True)
class ElectronicFacts:
    """Electronic service, the party's consent, and the arrival in its system."""

    electronic: bool | None = None
    consent: date | None = None
    arrived: date | None = None
    told_served: date | None = None


@dataclass(frozen=True)
class AnnouncementFacts:
    """Service by announcement: what was tried before, when posted, when held served."""

    announced: date | None = None
    tried: tuple[str, ...] | None = None
    explained: bool | None = None
    told_served: date | None = None


@dataclass(frozen=True)
class WayFacts:
    """By what way a paper was served."""

    way: str | None = None


def proven(facts: ServiceFacts, *, table: RuleTable) -> list[Reason]:
    """SV-02: a proof, and service not before the paper was made."""
    row = table["SV-02"]
    found = not_before(row, ("文书成文日期", facts.made), ("送达日期", facts.served))
    if facts.proof is False:
        found.append(row.reason("没有送达回证"))
    return found + lacking(row, {"文书成文日期": facts.made, "送达日期": facts.served,
                                 "送达回证": facts.proof})


def right_receiver(facts: ReceiverFacts, *, table: RuleTable) -> list[Reason]:
    """SV-03: one of those who may sign."""
    row = table["SV-03"]
    if facts.relation is None:
        return unknown(row, ["签收人与当事人的关系"])
    if any(word in facts.relation for word in row.values["relations"]):
        return []
    return [row.reason(f"签收人是“{facts.relation}”")]


def left_with_witness(facts: LeavingFacts, *, table: RuleTable) -> list[Reason]:
    """SV-04: a witness or a recording; either is enough."""
    row = table["SV-04"]
    if facts.left is None:
        return unknown(row, ["是否留置送达"])
    if not facts.left or facts.witness or facts.recorded:
        return []
    missing = lacking(row, {"见证人": facts.witness, "录像": facts.recorded})
    return missing or [row.reason("留置送达没有见证人，也没有录像")]


def consented(facts: ElectronicFacts, *, table: RuleTable) -> list[Reason]:
    """SV-05: consent first; the day it arrived is the day of service."""
    row = table["SV-05"]
    if facts.electronic is None:
        return unknown(row, ["是否电子送达"])
    if not facts.electronic:
        return []
    if facts.consent is None:
        return [row.reason("没有当事人同意电子送达的确认书")]
    found = not_before(row, ("确认书日期", facts.consent), ("电子送达日期", facts.arrived))
    if facts.arrived is None:
        return found + unknown(row, ["到达当事人系统的日期"])
    if facts.told_served is not None and facts.told_served != facts.arrived:
        found.append(row.reason(f"送达日填的是{facts.told_served}，到达系统的日期是{facts.arrived}"))
    return found


def announced(facts: AnnouncementFacts, *, table: RuleTable) -> list[Reason]:
    """SV-06: other ways tried and told first; served thirty days after posting."""
    row = table["SV-06"]
    if facts.announced is None:
        return unknown(row, ["公告日期"])
    found = lacking(row, {"此前用过的送达方式": facts.tried, "卷内是否记明原因和经过": facts.explained})
    tried = {m for m in row.values["methods"] for t in facts.tried or () if m in t}
    if facts.tried is not None and len(tried) < row.values["tried"]:
        found.append(row.reason(f"公告前只用过{len(tried)}种其他送达方式"))
    if facts.explained is False:
        found.append(row.reason("卷内没有记明公告的原因和经过"))
    last = last_day(row, "SV-06.deemed_served", Question(facts.announced), table)
    if isinstance(last, Reason):
        return [*found, last]
    if facts.told_served is not None and facts.told_served < last:
        found.append(row.reason(f"送达日填的是{facts.told_served}，三十日届满是{last}"))
    return found


def lawful_way(facts: WayFacts, *, table: RuleTable) -> list[Reason]:
    """SV-07: a telephone call serves nothing."""
    row = table["SV-07"]
    if facts.way is None:
        return unknown(row, ["送达方式"])
    return [row.reason(f"送达方式是“{facts.way}”")] if row.values["not_a_way"] in facts.way else []


CHECKS: Checks = {
    "SV-01": partial(term_kept, rule="SV-01", term="SV-01.serve"), "SV-02": proven,
    "SV-03": right_receiver, "SV-04": left_with_witness, "SV-05": consented,
    "SV-06": announced, "SV-07": lawful_way}
