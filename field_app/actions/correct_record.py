"""Puts an issued paper right: it is made void, and a new one is written from it; a record shows what changed."""

from dataclasses import replace

from field_app.actions.context import Session, refuse
from field_app.actions.fill_document import form_of
from field_app.actions.number_document import void_paper
from field_app.domain.case import PaperRecord, PaperState
from field_app.domain.ids import DocumentId, new_id
from field_app.storage import papers


def may_correct(paper: PaperRecord) -> bool:
    """Whether the paper is a record in force; decisions are put right by a paper of their own."""
    if paper.state is not PaperState.ISSUED:
        return False
    return any(f.block == "SIGNREC" for f in form_of(paper.form, paper.form_version).fields)


def correct_record(session: Session, paper_id: DocumentId, reason: str) -> PaperRecord:
    """A new draft with the answers of ``paper_id``, which becomes void for ``reason``.

    What differs in the end is printed with the old words struck and a place to sign beside.
    """
    with session.begin() as tx:
        old = papers.get(tx, paper_id)
    if not may_correct(old):
        raise refuse("只有已定稿的笔录才能更正。", "草稿可直接修改；决定书请另行制作补正文书。",
                     code="correct.state")
    void_paper(session, paper_id, f"更正：{reason.strip()}" if reason.strip() else "")
    with session.begin() as tx:
        new = replace(
            old, id=DocumentId(new_id()), state=PaperState.DRAFT, changed=session.at, number="",
            short_code="", pages=0, docx=None, pdf=None, pdf_sha256="", issued=None, signed_pdf=None,
            corrects=old.id)
        papers.add(tx, new)
        session.note(tx, "paper_corrected", case=old.case, body={
            "paper": new.id, "corrects": old.id, "old_pdf_sha256": old.pdf_sha256})
    return new


def may_write_anew(paper: PaperRecord) -> bool:
    """Whether another is written from this one: in force or void, and no record in force, which is corrected."""
    return paper.state is not PaperState.DRAFT and not may_correct(paper)


def write_anew(session: Session, paper_id: DocumentId, reason: str = "") -> PaperRecord:
    """A new draft with the answers of ``paper_id``, which becomes void for ``reason`` when it is in force."""
    with session.begin() as tx:
        old = papers.get(tx, paper_id)
    if not may_write_anew(old):
        raise refuse("这份文书不能作废重做。", "草稿可直接修改；笔录请用“更正”。", code="anew.state")
    if old.state is PaperState.ISSUED:
        void_paper(session, paper_id, reason)
    with session.begin() as tx:
        new = replace(
            old, id=DocumentId(new_id()), state=PaperState.DRAFT, changed=session.at, number="",
            short_code="", pages=0, docx=None, pdf=None, pdf_sha256="", issued=None, signed_pdf=None,
            corrects=old.corrects if old.pdf is None else None)  # A correction put away is gone on with.
        papers.add(tx, new)
        session.note(tx, "paper_started", case=old.case, body={
            "paper": new.id, "form": new.form, "version": new.form_version, "instead_of": old.id})
    return new
