"""Evidence: its kinds, copies, recordings, records, witnesses, custody and appraisal."""

from dataclasses import dataclass
from datetime import date
from functools import partial

from field_app.domain.reasons import Level, Reason
from field_app.rules.checks.findings import (
    UNTOLD,
    Checklist,
    Checks,
    Timed,
    confirmed,
    lacking,
    term_kept,
    unknown,
)
from field_app.rules.table import RuleTable


@dataclass(frozen=True)
class EvidenceKind:
    """What kind of evidence an item is."""

    kind: str | None = None


@dataclass(frozen=True)
class RecordingFacts:
    """A recording brought as evidence: what is noted of it, its sound and transcript."""

    noted: Checklist = UNTOLD
    sound: bool | None = None
    transcript: bool | None = None


@dataclass(frozen=True)
class RecordSigned:
    """A record made on the spot: what it tells and who signed it."""

    told: Checklist = UNTOLD
    officers_signed: bool | None = None
    party_signed: bool | None = None
    refusal_reason: str = ""


@dataclass(frozen=True)
class ForeignFacts:
    """Evidence made outside the mainland, or in another language."""

    foreign: bool | None = None
    certified: bool | None = None
    other_language: bool | None = None
    translated: bool | None = None


@dataclass(frozen=True)
class LawfulFacts:
    """Whether evidence was obtained lawfully."""

    lawful: bool | None = None


@dataclass(frozen=True)
class MonitorFacts:
    """Evidence of a fixed monitoring device, and the reviews of that device."""

    monitor: bool | None = None
    reviewed: Checklist = UNTOLD


@dataclass(frozen=True)
class CustodyFacts:
    """Evidence kept in custody (先行登记保存): approval, days, and the day looked at."""

    approved: bool | None = None
    kept: date | None = None
    disposed: date | None = None
    today: date | None = None


def known_kind(facts: EvidenceKind, *, table: RuleTable) -> list[Reason]:
    """EV-01: one of the kinds the law knows."""
    row = table["EV-01"]
    if facts.kind is None:
        return unknown(row, ["证据种类"])
    return [] if facts.kind in row.values["kinds"] else [
        row.reason(f"“{facts.kind}”不是法定的证据种类")]


def recording_noted(facts: RecordingFacts, *, table: RuleTable) -> list[Reason]:
    """EV-03: how, when, by whom and for what; sound comes with a transcript."""
    row = table["EV-03"]
    found = confirmed(facts.noted, table=table, rule="EV-03")
    if facts.sound is None:
        found += unknown(row, ["有没有声音"])
    elif facts.sound and facts.transcript is None:
        found += unknown(row, ["有没有文字记录"])
    elif facts.sound and not facts.transcript:
        found.append(row.reason("有声音，没有文字记录", where="transcript"))
    return found


def record_signed(facts: RecordSigned, *, table: RuleTable) -> list[Reason]:
    """EV-04: time, place and event; signed, or why the party did not."""
    row = table["EV-04"]
    found = confirmed(facts.told, table=table, rule="EV-04")
    if facts.officers_signed is False:
        found.append(row.reason("执法人员没有签名"))
    if facts.party_signed is False and not facts.refusal_reason.strip():
        found.append(row.reason("当事人没有签名，也没有注明原因"))
    return found + lacking(row, {"执法人员是否签名": facts.officers_signed,
                                 "当事人是否签名": facts.party_signed})


def foreign_evidence(facts: ForeignFacts, *, table: RuleTable) -> list[Reason]:
    """EV-06: certified where foreign, translated where in another language."""
    row = table["EV-06"]
    found = lacking(row, {"是否域外形成": facts.foreign, "是否外文": facts.other_language})
    if facts.foreign and facts.certified is not True:
        found.append(row.reason("域外或者港澳台形成的证据没有证明手续"))
    if facts.other_language and facts.translated is not True:
        found.append(row.reason("外文材料没有中文译本"))
    return found


def lawful_evidence(facts: LawfulFacts, *, table: RuleTable) -> list[Reason]:
    """EV-07: what was obtained unlawfully is left out."""
    row = table["EV-07"]
    if facts.lawful is None:
        return unknown(row, ["取得方式是否合法"])
    return [] if facts.lawful else [row.reason("该证据以非法手段取得")]


def monitor_reviewed(facts: MonitorFacts, *, table: RuleTable) -> list[Reason]:
    """EV-08: a fixed device was reviewed and its place published."""
    row = table["EV-08"]
    if facts.monitor is None:
        return unknown(row, ["是否来自固定电子监控设备"])
    return confirmed(facts.reviewed, table=table, rule="EV-08") if facts.monitor else []


def custody_kept(facts: CustodyFacts, *, table: RuleTable) -> list[Reason]:
    """EV-09: approved, and decided on within seven working days."""
    row = table["EV-09"]
    found = [row.reason("没有经负责人批准")] if facts.approved is False else []
    if facts.approved is None:
        found += unknown(row, ["是否经负责人批准"])
    # Late but done: the decision must still be possible, so it takes a reason instead of blocking.
    late = term_kept(Timed(facts.kept, facts.disposed, facts.today), table=table, rule="EV-09",
                     term="EV-09.dispose",
                     level=None if facts.disposed is None else Level.WARN)
    return found + late


CHECKS: Checks = {
    "EV-01": known_kind, "EV-02": partial(confirmed, rule="EV-02"), "EV-03": recording_noted,
    "EV-04": record_signed, "EV-05": partial(confirmed, rule="EV-05"),
    "EV-06": foreign_evidence, "EV-07": lawful_evidence, "EV-08": monitor_reviewed,
    "EV-09": custody_kept, "EV-10": partial(confirmed, rule="EV-10")}
