"""What circumstances told by officers, and those not yet told, mean for the paper in hand."""

from dataclasses import replace
from datetime import date

from field_app.domain.reasons import Level, Reason
from field_app.rules.case.case_facts import CaseFacts, placed, rows_in
from field_app.rules.checks.authority import DisputeFacts, EntrustmentFacts
from field_app.rules.checks.evidence import ForeignFacts, MonitorFacts
from field_app.rules.checks.filing import VenueFacts
from field_app.rules.checks.findings import Checklist
from field_app.rules.checks.people import Member, TeamFacts
from field_app.rules.checks.transfer import CrimeFacts, EarlierPenalty, OfficialFacts
from field_app.rules.table import RuleNotInForce, rules_at

_SETTLE = "请在“案件情形”里选“是”或者“否”，写明理由"
_CLOSING = frozenset({"G2-27", "G3-15"})


def still_open(case: CaseFacts) -> list[Reason]:
    """What must be told before this paper and has not been: one warning for each."""
    table, found = rules_at(case.day), []
    for one in case.around.told.open_before(case.form):
        try:
            row = table[one.rules[0]]
        except RuleNotInForce:
            continue
        found.append(row.reason(f"还没有明确本案是否“{one.question}”", level=Level.WARN, remedy=_SETTLE))
    return found


def only_officers(case: CaseFacts) -> list[Reason]:
    """PE-05: nobody who may only assist stands in an officer's column."""
    try:
        columns = rules_at(case.day)["PE-05"].values["columns"]
    except RuleNotInForce:
        return []
    helpers, found = case.around.auxiliaries, []
    for column in columns:
        value = case.answers.get(column)
        named = tuple(Member(str(row.get("name", "")), str(row.get("cert_no", "")))
                      for row in (rows_in(value) or rows_in([value])))
        wrong = tuple(m for m in named if m.cert_no in helpers)
        if wrong:
            found += placed(case.judge("PE-05", TeamFacts(named, wrong)), column)
    return found


def disputed(case: CaseFacts) -> list[Reason]:
    """AU-08: while a dispute stands, nothing one-sided; told only when officers say there is one."""
    told = case.around.told
    if not told("disputed"):
        return []
    return case.judge("AU-08", DisputeFacts(True, False, told("public_safety")))


def entrusted(case: CaseFacts) -> list[Reason]:
    """AU-03: the entrustment covers the day of the act; one that ended lets nothing more go out."""
    around = case.around
    if around.matter is None or around.matter.capacity != "委托" or around.catalogue is None:
        return []
    code, found = around.matter.code, []
    for row in around.catalogue.rows("entrustment"):
        if code not in row["matters"]:
            continue
        found = case.judge("AU-03", EntrustmentFacts(
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"]) if row.get("valid_to") else date.max,
            tuple(row["matters"]), code, bool(row.get("published")), bool(row.get("filed")),
            case.day))
        if not found:
            return []
    return found


def venue(case: CaseFacts) -> list[Reason]:
    """CF-04: where it happened, who filed first, who disputes it."""
    told = case.around.told
    inside = told.unless("outside")
    return case.judge("CF-04", VenueFacts(
        inside, told("filed_elsewhere"), told("disputed")))


def evidence(case: CaseFacts) -> list[Reason]:
    """EV-06 and EV-08: evidence from abroad and from fixed cameras, where officers say there is."""
    told, found = case.around.told, []
    if told("fixed_monitor"):
        reviewed = {"legal": told("monitor_legal"), "technical": told("monitor_technical"),
                    "published": told("monitor_published")}
        found += case.must_know("EV-08", MonitorFacts(True, Checklist(reviewed)))
    if told("foreign_evidence") or told("foreign_language"):
        found += case.judge("EV-06", ForeignFacts(
            told("foreign_evidence") is True, told("foreign_certified"),
            told("foreign_language") is True, told("translated")))
    return found


def seized_goods(case: CaseFacts) -> list[Reason]:
    """CM-08: what is seized belongs to the matter, is no necessity of life, not sealed by others."""
    told = case.around.told
    return case.judge("CM-08", Checklist({
        "related": told.unless("goods_unrelated"), "not_needed": told.unless("goods_needed"),
        "not_sealed": told.unless("goods_sealed")}))


def crime(case: CaseFacts) -> list[Reason]:
    """TR-01 and TR-05: a suspected crime is transferred; leads about officials go on."""
    told = case.around.told
    found = case.judge("TR-01", CrimeFacts(
        other_signs=told("crime_suspected"), transferred=case.newest("G3-21") is not None))
    if told("official_suspected"):
        found += case.must_know("TR-05", OfficialFacts(True, told("official_passed_on")))
    return found


def transfer(case: CaseFacts) -> list[Reason]:
    """CM-09 and TR-06: seized goods go with the transfer, and what was decided before is told."""
    given = case.newest("G3-14", "G3-15") is not None
    words = " ".join(map(str, case.answers.get("materials") or ()))
    found = case.judge("TR-06", EarlierPenalty(given, "处罚决定" in words))
    if case.newest("G2-21") is not None:
        moved = bool(case.answers.get("items"))
        found += case.judge("CM-09", Checklist({"moved": moved, "told": None}))
    return placed([replace(r, level=Level.WARN) for r in found], "materials")
