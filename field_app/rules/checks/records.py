"""Whole-process records and files: recorded, complete, kept, handed to the archive, traceable."""

from dataclasses import dataclass
from functools import partial

from field_app.domain.reasons import Reason
from field_app.rules.checks.findings import (
    Checks,
    confirmed,
    lacking,
    term_kept,
    unknown,
)
from field_app.rules.table import RuleTable


@dataclass(frozen=True)
class ProcessRecord:
    """Whether a step was told in writing and recorded, or why not."""

    written: bool | None = None
    recorded: bool | None = None
    reason: str = ""


@dataclass(frozen=True)
class FilePapers:
    """Forms that a closed case's file holds."""

    forms: frozenset[str] | None = None
    closed: bool | None = None


@dataclass(frozen=True)
class KeepingFacts:
    """For how long a file is kept, and its procedure (普通, 简易)."""

    term: str | None = None
    summary: bool | None = None


def recorded(facts: ProcessRecord, *, table: RuleTable) -> list[Reason]:
    """RC-01: written, and recorded or with a reason."""
    row = table["RC-01"]
    found = [row.reason("没有文字记录")] if facts.written is False else []
    if facts.recorded is False and not facts.reason.strip():
        found.append(row.reason("没有音像记录，也没有写明理由"))
    return found + lacking(row, {"文字记录": facts.written, "音像记录": facts.recorded})


def file_complete(facts: FilePapers, *, table: RuleTable) -> list[Reason]:
    """AR-01: a closed case has closing approval, cover, catalogue, sheet and register."""
    row = table["AR-01"]
    if facts.closed is False:
        return []
    missing = lacking(row, {"是否结案": facts.closed, "案卷文书": facts.forms})
    if missing or facts.forms is None:
        return missing
    gone = [form for form in row.values["papers"] if form not in facts.forms]
    return [row.reason(f"案卷缺少{'、'.join(gone)}")] if gone else []


def kept_as_long(facts: KeepingFacts, *, table: RuleTable) -> list[Reason]:
    """AR-02: one of the three terms; what is usual for the procedure is told."""
    row = table["AR-02"]
    if facts.term is None:
        return unknown(row, ["保管期限"])
    if facts.term not in row.values["terms"]:
        return [row.reason(f"“{facts.term}”不是保管期限")]
    if facts.summary is None:
        return unknown(row, ["适用的程序"])
    usual = row.values["summary" if facts.summary else "ordinary"]
    return [] if facts.term in usual else [
        row.reason(f"保管期限填的是{facts.term}，这种程序一般是{'或者'.join(usual)}")]


CHECKS: Checks = {
    "RC-01": recorded, "AR-01": file_complete, "AR-02": kept_as_long,
    "AR-03": partial(term_kept, rule="AR-03", term="AR-03.transfer"),
    "AR-04": partial(confirmed, rule="AR-04")}
