"""A paper from its first letter to its issue: drafted, saved, previewed, issued, read again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from field_app.actions.case_around import around_case
from field_app.actions.catalogues import agency_of
from field_app.actions.context import Session, refuse
from field_app.actions.media_registers import register_answers
from field_app.actions.number_document import number_paper
from field_app.actions.own_templates import template_in_use
from field_app.actions.paper_failures import told_failures
from field_app.actions.pass_warning import pass_warnings
from field_app.actions.plan_answers import plan_answers
from field_app.actions.prefill import prefilled
from field_app.actions.procedure_facts import calendar_of
from field_app.actions.recorded_spans import Covered, paper_covered, paper_reasons
from field_app.actions.screen_signatures import check_placed, inks_of, outdated
from field_app.actions.seal_blob import read_blob, seal_blob
from field_app.crypto.canonical import MalformedJson, canonical, parse
from field_app.crypto.hashing import sha256_hex
from field_app.documents import numbering
from field_app.documents.fonts import missing_characters
from field_app.documents.render import Paper, PaperFacts, render
from field_app.domain.case import Case, PaperRecord, PaperState
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId, DocumentId, StepId, new_id
from field_app.domain.reasons import Level, Reason
from field_app.errors import UserError
from field_app.forms import FormDefinition, FormUnknown, check_answers, load_form
from field_app.forms.references import references
from field_app.rules.agreement import disagreements
from field_app.rules.blanks import blank_reasons
from field_app.rules.capacity import may_make
from field_app.rules.case.case_findings import case_findings
from field_app.rules.facts_agree import Told, facts_that_differ, references_that_miss
from field_app.rules.laws import citation_reasons
from field_app.rules.records import RECORD_FORMS, overlapping, span_of
from field_app.storage import cases, clips, events, papers
from field_app.storage.store import Tx

MAX_ANSWER_BYTES = 1 << 20
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"


class PaperNotReady(UserError):
    """A paper cannot be issued yet; ``reasons`` say where and why, blocking ones only."""

    def __init__(self, title: str, reasons: Sequence[Reason]) -> None:
        self.reasons = tuple(reasons)
        first = self.reasons[0]
        more = f"（共{len(self.reasons)}处）" if len(self.reasons) > 1 else ""
        super().__init__(f"《{title}》还不能定稿：{first.text}{more}。", f"{first.remedy}。", code=first.rule)


class PaperNeedsReason(PaperNotReady):
    """Only warnings of the case's rules stand against issuing; with a reason it is issued."""


def form_of(form_id: str, version: int | None = None) -> FormDefinition:
    """The form, or a refusal when this desk does not have it."""
    try:
        return load_form(form_id, version)
    except FormUnknown as error:
        raise refuse(f"本机没有文书{form_id}的电子格式。", "请从总部更新文书格式后再办理本环节。",
                     code="form.unknown") from error


def _today(session: Session) -> date:
    return session.at.astimezone(CHINA).date()


def _check_capacity(session: Session, case: Case, form_id: str) -> None:
    ent = agency_of(session, case).get("ENT")
    capacity = str(ent.get("capacity", "")) if isinstance(ent, dict) else ""
    for reason in may_make(form_id, capacity=capacity):
        raise refuse(f"不能制作这种文书：{reason.text}（{reason.basis}）。", f"{reason.remedy}。",
                     code=reason.rule)


def start_paper(session: Session, case_id: CaseId, step_id: StepId, form_id: str) -> PaperRecord:
    """A new draft with everything known filled in."""
    form = form_of(form_id)
    with session.begin() as tx:
        case, step = cases.get(tx, case_id), cases.step(tx, step_id)
        _check_capacity(session, case, form.form_id)
        answers = prefilled(session, form, case=case, step=step,
                            papers=papers.of_case(tx, case_id), clips=clips.of_case(tx, case_id),
                            more={**plan_answers(session, tx, form.form_id, case),
                                  **register_answers(session, tx, form, case)})
        paper = PaperRecord(
            id=DocumentId(new_id()), case=case_id, step=step_id, form=form.form_id,
            form_version=form.version, form_sha256=form.sha256, title=form.title,
            state=PaperState.DRAFT, answers=answers, changed=session.at)
        papers.add(tx, paper)
        session.note(tx, "paper_started", case=case_id, body={
            "paper": paper.id, "form": form.form_id, "version": form.version})
    return paper


def _bounded(answers: dict[str, Any]) -> dict[str, Any]:
    try:
        data = canonical(answers)
        if len(data) > MAX_ANSWER_BYTES:
            raise refuse("内容过长，没有保存最后的改动。", "请删减后再试；一份文书不超过一百万字节。",
                         code="paper.long")
        made: dict[str, Any] = parse(data)
    except (MalformedJson, TypeError, ValueError) as error:
        raise refuse("内容里有不能保存的字符。", "请删去粘贴来的特殊字符后再试。", code="paper.bad") from error
    return made


def save_draft(session: Session, paper_id: DocumentId, answers: dict[str, Any]) -> PaperRecord:
    """Store what was typed; on disk when this returns."""
    kept = _bounded(answers)
    with session.begin() as tx:
        paper = papers.get(tx, paper_id)
        if paper.state is not PaperState.DRAFT:
            raise refuse("这份文书已经定稿，不能再改。", "需要更正的，请重新制作一份。", code="paper.issued")
        changed = replace(paper, answers=kept, changed=session.at)
        papers.save(tx, changed)
    return changed


def find_problems(session: Session, paper: PaperRecord, answers: dict[str, Any]) -> list[Reason]:
    """What stands against issuing, and warnings; the form's checks and characters without a glyph."""
    form = form_of(paper.form, paper.form_version)
    found = list(check_answers(form, answers, today=_today(session),
                               missing_characters=missing_characters))
    with session.begin() as tx:
        issued = [Told(p.form, p.title, p.number, p.answers)
                  for p in papers.of_case(tx, paper.case)
                  if p.state is PaperState.ISSUED and p.id != paper.id]
        found += outdated(tx, paper.id, sha256_hex(canonical(answers)))
    return [*found, *find_against(session, paper, answers),
            *disagreements(answers, [(t.title, t.answers) for t in issued]),
            *facts_that_differ(form.form_id, answers, issued),
            *references_that_miss(references(form, answers), issued), *citation_reasons(answers),
            *blank_reasons(answers)]


def find_against(session: Session, paper: PaperRecord, answers: dict[str, Any]) -> list[Reason]:
    """What the rules say against issuing, by the case's issued papers; warnings take a reason."""
    with session.begin() as tx:
        others = [p for p in papers.of_case(tx, paper.case) if p.id != paper.id]
        around = around_case(session, tx, cases.get(tx, paper.case), answers)
    return case_findings(paper.form, answers, others, today=_today(session),
                         calendar=calendar_of(session), around=around)


def recorded_during(session: Session, paper: PaperRecord,
                    answers: dict[str, Any]) -> Covered | None:
    """Which clips cover a record's own time; None where no recording is owed for it."""
    with session.begin() as tx:
        return paper_covered(tx, paper, answers, session.at)


def find_conflicts(session: Session, paper: PaperRecord, answers: dict[str, Any]) -> list[Reason]:
    """PE-11 over all cases: an officer of this record in another one at the same time."""
    with session.begin() as tx:
        numbers = {paper.case: cases.get(tx, paper.case).local_no}
        here = span_of(paper.id, paper.title, numbers[paper.case], answers)
        if paper.form not in RECORD_FORMS or here is None:
            return []
        found = []
        for other in papers.records_around(tx, RECORD_FORMS, here.started.date()):
            if other.case not in numbers:
                numbers[other.case] = cases.get(tx, other.case).local_no
            span = span_of(other.id, other.title, numbers[other.case], other.answers)
            if span is not None and other.state is PaperState.ISSUED:
                found.append(span)
    return overlapping(here, found)


def _party_of(case: Case) -> str:
    return str(case.party.get("name") or "")


def _earlier(tx: Tx, paper: PaperRecord) -> dict[str, Any] | None:
    """Answers of the record that this one corrects."""
    return None if paper.corrects is None else papers.get(tx, paper.corrects).answers


def preview(session: Session, paper: PaperRecord, answers: dict[str, Any]) -> Paper:
    """The paper as it would print now, marked as a draft; nothing is stored."""
    form = form_of(paper.form, paper.form_version)
    with session.begin() as tx:
        case = cases.get(tx, paper.case)
        earlier = _earlier(tx, paper)
        inks = inks_of(session, tx, paper.id, sha256_hex(canonical(answers)))
    facts = PaperFacts(doc_no="", case_no=case.local_no, short_code="", verify_text="", draft=True,
                       log_head="", party_name=_party_of(case), earlier=earlier)
    with told_failures(form.title):
        return render(form, answers, facts, template=template_in_use(session, form),
                      signatures=inks)


def _warned(session: Session, paper: PaperRecord, reason: str) -> list[Reason]:
    """Warnings of the case's rules that ``reason`` lets pass; without one they are raised."""
    owed = [r for r in find_against(session, paper, paper.answers) if r.level is Level.WARN]
    owed += [*paper_reasons(paper, recorded_during(session, paper, paper.answers)), *_unchanged(session, paper)]
    if owed and not reason.strip():
        raise PaperNeedsReason(paper.title, owed)
    return owed


def _unchanged(session: Session, paper: PaperRecord) -> list[Reason]:
    """A warning for a correction that says what the record before it said; a reason lets it pass, since that
    record is void already."""
    with session.begin() as tx:
        if _earlier(tx, paper) != paper.answers:
            return []
    return [Reason("TX-02", Level.WARN, "与更正前的笔录相比，没有任何改动", "请先改正有误的地方", confidence="I")]


def issue_paper(session: Session, paper_id: DocumentId, *, reason: str = "") -> PaperRecord:
    """Number, lay out, seal and hash a paper; it never changes afterwards.

    Raises :class:`PaperNotReady` while a check blocks it, :class:`PaperNeedsReason` while the
    case's rules only warn and no ``reason`` is given; a reason given then stands in the log.
    """
    with session.begin() as tx:
        paper = papers.get(tx, paper_id)
    if paper.state is not PaperState.DRAFT:
        raise refuse("这份文书已经定稿。", "可直接打印；需要更正的，请重新制作一份。", code="paper.issued")
    found = [*find_problems(session, paper, paper.answers),
             *find_conflicts(session, paper, paper.answers)]
    blocking = [r for r in found if r.level is Level.BLOCK]
    if blocking:
        raise PaperNotReady(paper.title, blocking)
    passed = _warned(session, paper, reason)
    form = form_of(paper.form, paper.form_version)
    with session.begin() as tx:
        case = cases.get(tx, paper.case)
        number = number_paper(session, tx, case, form)
        answers_sha256 = sha256_hex(canonical(paper.answers))
        code = numbering.short_code(canonical({
            "paper": paper.id, "number": number, "answers": answers_sha256,
            "form": form.sha256, "case": case.id}))
        inks = inks_of(session, tx, paper.id, answers_sha256)
        facts = PaperFacts(
            doc_no=number, case_no=case.local_no, short_code=code,
            verify_text=f"LE1 {code} {number}", draft=False, log_head=events.head(tx).hash,
            party_name=_party_of(case), earlier=_earlier(tx, paper))
        with told_failures(form.title):
            made = render(form, paper.answers, facts, template=template_in_use(session, form),
                          signatures=inks)
        check_placed(inks, made.places)
        docx = seal_blob(session, tx, case, made.docx, kind="document",
                         name=f"{paper.title}.docx", mime=DOCX)
        pdf = seal_blob(session, tx, case, made.pdf, kind="document",
                        name=f"{paper.title}.pdf", mime=PDF)
        issued = replace(
            paper, state=PaperState.ISSUED, number=number, short_code=code, pages=made.pages,
            docx=docx.id, pdf=pdf.id, pdf_sha256=pdf.sha256, issued=session.at,
            changed=session.at)
        papers.save(tx, issued)
        party = paper.answers.get("PARTY")
        if isinstance(party, dict) and party != case.party:
            # Typed once: what this paper says of the party flows into the next ones.
            cases.save(tx, replace(case, party=party))
        session.note(tx, "paper_issued", case=paper.case, body={
            "paper": paper.id, "form": paper.form, "version": paper.form_version,
            "form_sha256": paper.form_sha256, "number": number, "short_code": code,
            "answers_sha256": answers_sha256, "pdf_sha256": pdf.sha256,
            "docx_sha256": docx.sha256, "pages": made.pages, "template": made.template})
        pass_warnings(session, tx, paper.case, passed, about=paper.id, reason=reason.strip())
    return issued


def paper_files(session: Session, paper: PaperRecord, *, why: str) -> tuple[bytes, bytes]:
    """An issued paper's PDF and docx, opened in memory; the log notes ``why`` (viewed, printed)."""
    if paper.pdf is None or paper.docx is None:
        raise refuse("这份文书还没有定稿。", "请先定稿再查看。", code="paper.draft")
    with session.begin() as tx:
        pdf = read_blob(session, tx, paper.pdf)
        docx = read_blob(session, tx, paper.docx)
        session.note(tx, f"paper_{why}", case=paper.case, body={
            "paper": paper.id, "pdf_sha256": paper.pdf_sha256})
    return pdf, docx
