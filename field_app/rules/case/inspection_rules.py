"""What stands against an inspection: its kind and approval, how often, and others close by."""

from typing import Any

from field_app.domain.reasons import Reason
from field_app.rules.case.case_facts import CaseFacts, day_in, placed
from field_app.rules.checks.findings import Checklist
from field_app.rules.checks.inspection import FrequencyFacts, InspectionKind

_PLANNED = {"G1-01": ("plan_start", "check_type"), "G1-02": ("check_from", "check_type")}


def _planned(case: CaseFacts) -> tuple[str, Any]:
    day, kind = _PLANNED[case.form]
    return day, case.answers.get(kind) or case.told("G1-01", kind)


def approved(case: CaseFacts) -> list[Reason]:
    """IN-03: the notice follows the approval; an immediate inspection may follow up."""
    _, kind = _planned(case)
    approval = case.newest("G1-01")
    if case.form != "G1-02" or kind is None:
        return []
    return placed(case.judge("IN-03", InspectionKind(str(kind), approval is not None, True)), "")


def published(case: CaseFacts) -> list[Reason]:
    """IN-02: what is inspected stands in the published list; own officers go (the login proves it)."""
    around = case.around
    if around.catalogue is None:
        return []
    return case.judge("IN-02", Checklist({
        "published": around.matter is not None, "own_officers": True}))


def often(case: CaseFacts) -> list[Reason]:
    """IN-04 and IN-06: the published limit of a year, and other inspections near that day."""
    key, kind = _planned(case)
    day, around = day_in(case.answers.get(key)), case.around
    if day is None or around.inspected is None:
        return []
    reason = str(case.answers.get("over_reason") or case.told("G1-01", "over_reason") or "")
    limit = None
    if around.catalogue is not None and around.matter is not None:
        limit = around.catalogue.yearly_limit(around.matter.agency.code, around.matter.field, day)
    facts = FrequencyFacts(around.inspected, day, limit, str(kind) if kind else None, reason)
    return placed(case.judge("IN-04", facts) + case.judge("IN-06", facts), key)
