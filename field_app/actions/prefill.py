"""Type once: what is known of agency, party, officers and earlier papers flows into a new one."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from field_app.actions.catalogues import agency_of, matter_of
from field_app.actions.context import Session
from field_app.actions.procedure_facts import calendar_of
from field_app.domain.case import Case, Clip, PaperRecord, PaperState, Step
from field_app.domain.clock import CHINA
from field_app.domain.law_numbers import term_number
from field_app.domain.people import Officer
from field_app.domain.workdays import YearUnknown
from field_app.forms import FormDefinition
from field_app.rules.catalogue import CatalogueMatter
from field_app.rules.records import RECORD_FORMS, begins, next_sequence

_SERVED_BY = "G4-02"
_CUSTODY_NOTICE, _CUSTODY_TERM = "G2-12", "EV-09.dispose"
# In other forms 依据 is that of the paper itself, not of the matter.
INSPECTION_FORMS = frozenset({"G1-01", "G1-02"})
_BASES = {"suspected_law": ("违反",), "violated_law": ("违反",), "penalty_law": ("处罚",),
          "order_basis": ("责令",)}
_READ = frozenset({"V", "P"})


def officer_answer(officer: Officer) -> dict[str, Any]:
    """An officer as answers write one (see the forms' README)."""
    return {"name": officer.name, "cert_no": officer.cert_no,
            "valid_to": officer.valid_to.astimezone(CHINA).date().isoformat(),
            "agency": officer.agency, "on_duty_in_quota": True}


def _minute(moment: datetime) -> str:
    return moment.astimezone(CHINA).replace(second=0, microsecond=0).isoformat()


def _last_issued(papers: Sequence[PaperRecord], form: str) -> PaperRecord | None:
    issued = [p for p in papers if p.form == form and p.state is PaperState.ISSUED]
    return issued[-1] if issued else None


def _from_inspection(papers: Sequence[PaperRecord]) -> dict[str, Any]:
    record = _last_issued(papers, "G1-04")
    if record is None:
        return {}
    issues = [str(text) for text in record.answers.get("issues", [])]
    return {
        "check_ref": record.number,
        "problems": [{"no": i, "text": text, "photo": "", "law": "", "level": "一般隐患"}
                     for i, text in enumerate(issues, 1)],
        "order_items": list(range(1, len(issues) + 1))}


def _from_order(papers: Sequence[PaperRecord]) -> dict[str, Any]:
    """What a re-inspection takes over from the order: number, date, term and each item."""
    order = _last_issued(papers, "G1-15") or _last_issued(papers, "G1-14")
    if order is None or order.issued is None:
        return {}
    wanted = order.answers.get("order_items", [])
    items = [{"item": str(p.get("text", ""))} for p in order.answers.get("problems", [])
             if isinstance(p, dict) and p.get("no") in wanted]
    return {
        "origin_doc": order.number, "orig_title": order.title,
        "orig_date": order.issued.astimezone(CHINA).date().isoformat(),
        "orig_deadline": order.answers.get("deadline"), "items_result": items}


def _served(papers: Sequence[PaperRecord]) -> list[dict[str, str]]:
    """Numbered papers that no proof of service names yet."""
    named = {d.get("no") for p in papers if p.form == _SERVED_BY
             for d in p.answers.get("docs", [])}
    return [{"title": p.title, "no": p.number} for p in papers
            if p.state is PaperState.ISSUED and p.form == "G1-15" and p.number not in named]


def _next_inquiry(papers: Sequence[PaperRecord], case: Case) -> int:
    """The party's next inquiry; another person's number is corrected by the officer."""
    held = [p.answers for p in papers if p.form == "G2-02" and p.state is PaperState.ISSUED]
    return next_sequence(held, name=case.party_name, id_no=str(case.party.get("id_no", "")))


def _begins(now: datetime, form: FormDefinition, step: Step, papers: Sequence[PaperRecord],
            clips: Sequence[Clip]) -> datetime:
    if form.form_id not in RECORD_FORMS:
        return step.started or now
    held = [p.answers for p in papers if p.form in RECORD_FORMS and p.state is not PaperState.VOID]
    return begins(step.started or now, held, [c.started for c in clips if c.step == step.id], now=now)


def _custody_ends(session: Session, began: datetime) -> str:
    """The last day to decide on evidence kept in custody (行政处罚法第五十六条、第八十五条); empty in a year
    whose days off are not known."""
    day = began.astimezone(CHINA).date()
    try:
        return calendar_of(session).after(day, term_number(_CUSTODY_TERM, day)).isoformat()
    except YearUnknown:
        return ""


def inspection_bases(matter: CatalogueMatter) -> list[str]:
    """By what a matter is inspected, as far as somebody read it."""
    return [b.citation for b in matter.bases if b.confidence in _READ and b.use in ("职权", "检查")]


def _from_matter(session: Session, case: Case, form: FormDefinition) -> dict[str, Any]:
    """The case's matter and its bases, as far as somebody read them; officers may change them."""
    matter = matter_of(session, case)
    if matter is None:
        return {}
    read = [b for b in matter.bases if b.confidence in _READ]
    made: dict[str, Any] = {key: [b.citation for b in read if b.use in uses]
                            for key, uses in _BASES.items()}
    if form.form_id in INSPECTION_FORMS:
        made |= {"legal_basis": inspection_bases(matter),
                 "check_items": [matter.name], "check_item_ids": [matter.name]}
    return made


def prefilled(session: Session, form: FormDefinition, *, case: Case, step: Step,
              papers: Sequence[PaperRecord], clips: Sequence[Clip],
              more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Answers a new draft begins with: only keys the form has, only what is known.

    ``more``: what is known of this form alone, such as the rows of a register.
    """
    agency = agency_of(session, case)
    officers = [officer_answer(o) for o in session.pair.both]
    of_step = [c.number for c in clips if c.step == step.id]
    began = _begins(session.at, form, step, papers, clips)
    known: dict[str, Any] = {
        "ENT": dict(agency.get("ENT", {})), "PARTY": dict(case.party),
        "REMEDY": dict(agency.get("REMEDY", {})), "CONTACT": dict(agency.get("CONTACT", {})),
        "SEAL": {"seal_org": agency.get("name", ""),
                 "seal_at": session.at.astimezone(CHINA).date().isoformat()},
        "PARTYREF": dict(case.party), "party": dict(case.party), "target": dict(case.party),
        "cause": case.cause, "case_name": f"{case.party_name}{case.cause}案",
        "handlers": officers, "recheck_at": _minute(session.at),
        "officers": officers, "servers": officers, "recorder": {"name": officers[1]["name"]},
        "case_no": case.local_no, "check_place": case.place, "place": case.place,
        "start_at": _minute(began), "av_refs": of_step,
        "due_at": _custody_ends(session, began) if form.form_id == _CUSTODY_NOTICE else "",
        "docs": _served(papers), "addressee": dict(case.party),
        "seq": _next_inquiry(papers, case),
        **_from_matter(session, case, form), **_from_inspection(papers), **_from_order(papers),
        **(more or {})}
    answers = {}
    for field in form.fields:
        value = known.get(field.key)
        if value not in (None, "", [], {}):
            answers[field.key] = _only_known_keys(field.key, value, form)
    return answers


def _only_known_keys(key: str, value: Any, form: FormDefinition) -> Any:
    """Drop members a block of this form does not ask for."""
    field = form.field_at(key)
    if field is None or not isinstance(value, dict) or not field.fields:
        return value
    asked = {child.key for child in field.fields}
    return {k: v for k, v in value.items() if k in asked}
