"""Papers and sealed small files, stored and read."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Integer, Row, cast, func, insert, literal_column, select, update

from field_app.domain.case import Blob, PaperRecord, PaperState
from field_app.domain.clock import CHINA
from field_app.domain.ids import BlobId, CaseId, DocumentId, StepId
from field_app.storage import cases, paper_search
from field_app.storage.cases import NoSuchRecord
from field_app.storage.store import Tx
from field_app.storage.tables import blob as blob_table
from field_app.storage.tables import paper as paper_table
from field_app.storage.times import optional_text, optional_time, text_of


def _values(paper: PaperRecord) -> dict[str, Any]:
    return {
        "id": paper.id, "case_id": paper.case, "step_id": paper.step, "form": paper.form,
        "form_version": paper.form_version, "form_sha256": paper.form_sha256,
        "title": paper.title, "state": paper.state.value, "answers": paper.answers,
        "changed": text_of(paper.changed), "number": paper.number,
        "short_code": paper.short_code, "pages": paper.pages, "docx": paper.docx,
        "pdf": paper.pdf, "pdf_sha256": paper.pdf_sha256, "issued": optional_text(paper.issued),
        "corrects": paper.corrects, "signed_pdf": paper.signed_pdf}


def _paper(row: Row[Any]) -> PaperRecord:
    return PaperRecord(
        id=DocumentId(row.id), case=CaseId(row.case_id), step=StepId(row.step_id), form=row.form,
        form_version=row.form_version, form_sha256=row.form_sha256, title=row.title,
        state=PaperState(row.state), answers=dict(row.answers),
        changed=datetime.fromisoformat(row.changed), number=row.number,
        short_code=row.short_code, pages=row.pages,
        docx=None if row.docx is None else BlobId(row.docx),
        pdf=None if row.pdf is None else BlobId(row.pdf), pdf_sha256=row.pdf_sha256,
        issued=optional_time(row.issued),
        corrects=None if row.corrects is None else DocumentId(row.corrects),
        signed_pdf=None if row.signed_pdf is None else BlobId(row.signed_pdf))


def add(tx: Tx, paper: PaperRecord) -> None:
    add_each(tx, [paper])


def add_each(tx: Tx, new: Sequence[PaperRecord]) -> None:
    """Store several at once: a statement for all."""
    first = paper_search.next_ordinal(tx)
    tx.connection.execute(insert(paper_table), [
        {**_values(paper), "ordinal": ordinal} for ordinal, paper in enumerate(new, first)])
    _index(tx, new)


def _index(tx: Tx, found: Sequence[PaperRecord]) -> None:
    of_case = {case.id: cases.texts_of(case) for case in cases.get_each(tx, list({one.case for one in found}))}
    paper_search.index(tx, [(one, of_case[one.case]) for one in found])


def save(tx: Tx, paper: PaperRecord) -> None:
    """Store changes of a draft, or its issue. An issued paper is never changed again."""
    now = get(tx, paper.id)
    if now.state is not PaperState.DRAFT:
        raise ValueError("an issued paper does not change")
    tx.connection.execute(
        update(paper_table).where(paper_table.c.id == paper.id).values(**_values(paper)))
    if (now.title, now.number, now.short_code) != (paper.title, paper.number, paper.short_code):
        _index(tx, [paper])


def make_void(tx: Tx, paper: DocumentId) -> PaperRecord:
    """Take a paper out of force, or out of hand one that was never issued; its content stays as it is."""
    tx.connection.execute(
        update(paper_table).where(paper_table.c.id == paper).values(state=PaperState.VOID.value))
    return get(tx, paper)


def attach_signed(tx: Tx, paper: DocumentId, blob_id: BlobId) -> None:
    """Put the signed file beside an issued paper; once, and nothing else of it changes."""
    done = tx.connection.execute(update(paper_table).where(
        paper_table.c.id == paper, paper_table.c.signed_pdf.is_(None),
        paper_table.c.state == PaperState.ISSUED.value).values(signed_pdf=blob_id))
    if done.rowcount != 1:
        raise ValueError("only an issued paper is signed, and once")


def get(tx: Tx, paper: DocumentId) -> PaperRecord:
    """One paper; ``NoSuchRecord`` when there is none."""
    row = tx.connection.execute(select(paper_table).where(paper_table.c.id == paper)).first()
    if row is None:
        raise NoSuchRecord(f"paper {paper}")
    return _paper(row)


def of_case(tx: Tx, case: CaseId) -> list[PaperRecord]:
    """A case's papers, oldest first."""
    return of_each(tx, [case])[case]


def of_each(tx: Tx, found: Sequence[CaseId]) -> dict[CaseId, list[PaperRecord]]:
    """The papers of several cases, each oldest first, read at once."""
    made: dict[CaseId, list[PaperRecord]] = {one: [] for one in found}
    rows = tx.connection.execute(
        select(paper_table).where(paper_table.c.case_id.in_(found))
        .order_by(paper_table.c.issued, paper_table.c.changed, paper_table.c.id))
    for row in rows:
        made[CaseId(row.case_id)].append(_paper(row))
    return made


def with_code(tx: Tx, short_code: str) -> list[PaperRecord]:
    """Papers that carry this short code, in any case, in force or void."""
    rows = tx.connection.execute(
        select(paper_table).where(paper_table.c.short_code == short_code)
        .order_by(paper_table.c.issued))
    return [_paper(row) for row in rows]


def records_around(tx: Tx, forms: frozenset[str], day: date) -> list[PaperRecord]:
    """Papers of these forms that begin on ``day`` or a day beside it; void ones left out."""
    days = [(day + timedelta(days=n)).isoformat() for n in (-1, 0, 1)]
    started = func.substr(func.json_extract(paper_table.c.answers, "$.start_at"), 1, 10)
    rows = tx.connection.execute(
        select(paper_table).where(
            paper_table.c.form.in_(sorted(forms)), started.in_(days),
            paper_table.c.state != PaperState.VOID.value))
    return [_paper(row) for row in rows]


def issued_for_year(tx: Tx, form: str, year: int) -> date | None:
    """The day the newest issued paper of a form was issued that tells ``year``, or, telling no
    year, was issued in it; None for none."""
    told = func.coalesce(func.json_extract(paper_table.c.answers, "$.year"),
                         cast(func.substr(paper_table.c.issued, 1, 4), Integer))
    found = tx.connection.execute(
        select(func.max(paper_table.c.issued)).where(
            paper_table.c.form == form, told == year,
            paper_table.c.state == PaperState.ISSUED.value)).scalar()
    return None if found is None else datetime.fromisoformat(found).astimezone(CHINA).date()


def drafts(tx: Tx, *, limit: int) -> tuple[int, list[PaperRecord]]:
    """How many papers are unfinished, and those changed last."""
    draft = paper_table.c.state == literal_column(f"'{PaperState.DRAFT.value}'")  # Known so to their index.
    count = tx.connection.execute(select(func.count()).select_from(paper_table).where(draft)).scalar_one()
    rows = tx.connection.execute(
        select(paper_table).where(draft).order_by(paper_table.c.changed.desc()).limit(limit))
    return int(count), [_paper(row) for row in rows]


def add_blob(tx: Tx, blob: Blob) -> None:
    tx.connection.execute(insert(blob_table).values(
        id=blob.id, case_id=blob.case, kind=blob.kind, name=blob.name, mime=blob.mime,
        path=blob.path, size=blob.size, sha256=blob.sha256, ct_size=blob.ct_size,
        ct_sha256=blob.ct_sha256, captured=text_of(blob.captured), sm3=blob.sm3))


def _blob(row: Row[Any]) -> Blob:
    return Blob(
        id=BlobId(row.id), case=CaseId(row.case_id), kind=row.kind, name=row.name, mime=row.mime,
        path=row.path, size=row.size, sha256=row.sha256, ct_size=row.ct_size,
        ct_sha256=row.ct_sha256, captured=datetime.fromisoformat(row.captured), sm3=row.sm3)


def blob(tx: Tx, blob_id: BlobId) -> Blob:
    row = tx.connection.execute(select(blob_table).where(blob_table.c.id == blob_id)).first()
    if row is None:
        raise NoSuchRecord(f"blob {blob_id}")
    return _blob(row)


def count_blobs(tx: Tx, case: CaseId, kind: str) -> int:
    """How many blobs of one kind a case has."""
    return int(tx.connection.execute(
        select(func.count()).select_from(blob_table)
        .where(blob_table.c.case_id == case, blob_table.c.kind == kind)).scalar_one())


def blobs_of_case(tx: Tx, case: CaseId) -> list[Blob]:
    rows = tx.connection.execute(
        select(blob_table).where(blob_table.c.case_id == case)
        .order_by(blob_table.c.captured, blob_table.c.id))
    return [_blob(row) for row in rows]
