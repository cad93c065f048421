"""Signed pages and signatures, stored and read; nothing of them is ever deleted."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from field_app.domain.ids import BlobId, CaseId, DocumentId
from field_app.domain.signed import FoundBy, Outcome, Place, Signature, SignedPage
from field_app.storage.store import Tx
from field_app.storage.tables import paper as paper_table
from field_app.storage.tables import signature as signature_table
from field_app.storage.tables import signed_page as page_table
from field_app.storage.times import optional_text, optional_time, text_of


def add_page(tx: Tx, page: SignedPage) -> None:
    """Store a page that came back; an earlier one of the same page is kept beside it."""
    tx.connection.execute(insert(page_table).values(
        id=page.id, paper=page.paper, page=page.page, scan=page.scan, original=page.original,
        source_page=page.source_page, found=page.found.value, likeness=page.likeness,
        at=text_of(page.at)))


def _page(row: Row[Any]) -> SignedPage:
    return SignedPage(
        id=row.id, paper=DocumentId(row.paper), page=row.page, scan=BlobId(row.scan),
        original=BlobId(row.original), source_page=row.source_page, found=FoundBy(row.found),
        likeness=row.likeness, at=datetime.fromisoformat(row.at))


def pages_of_case(tx: Tx, case: CaseId) -> list[SignedPage]:
    """All signed pages of a case's papers, oldest first; of one page the last one counts."""
    rows = tx.connection.execute(
        select(page_table).join(paper_table, paper_table.c.id == page_table.c.paper)
        .where(paper_table.c.case_id == case).order_by(page_table.c.at, page_table.c.id))
    return [_page(row) for row in rows]


def add_signature(tx: Tx, made: Signature) -> None:
    tx.connection.execute(insert(signature_table).values(
        id=made.id, paper=made.paper, page=made.place.page, words=made.place.words,
        nth=made.place.nth, signer=made.signer, outcome=made.outcome.value,
        answers_sha256=made.answers_sha256, at=text_of(made.at), picture=made.picture,
        strokes=made.strokes, reason=made.reason, witness=made.witness,
        withdrawn=optional_text(made.withdrawn)))


def withdraw(tx: Tx, signature: str, *, at: datetime) -> None:
    """Let a signature no longer count; it stays on record."""
    tx.connection.execute(
        update(signature_table).where(signature_table.c.id == signature,
                                      signature_table.c.withdrawn.is_(None))
        .values(withdrawn=text_of(at)))


def _signature(row: Row[Any]) -> Signature:
    return Signature(
        id=row.id, paper=DocumentId(row.paper), place=Place(row.page, row.words, row.nth),
        signer=row.signer, outcome=Outcome(row.outcome), answers_sha256=row.answers_sha256,
        at=datetime.fromisoformat(row.at),
        picture=None if row.picture is None else BlobId(row.picture),
        strokes=None if row.strokes is None else BlobId(row.strokes), reason=row.reason,
        witness=row.witness, withdrawn=optional_time(row.withdrawn))


def signatures_of_case(tx: Tx, case: CaseId) -> list[Signature]:
    """All signatures of a case's papers, oldest first, withdrawn ones too."""
    rows = tx.connection.execute(
        select(signature_table)
        .join(paper_table, paper_table.c.id == signature_table.c.paper)
        .where(paper_table.c.case_id == case)
        .order_by(signature_table.c.at, signature_table.c.id))
    return [_signature(row) for row in rows]


def signatures_of(tx: Tx, paper: DocumentId) -> list[Signature]:
    """A paper's signatures that count, oldest first."""
    rows = tx.connection.execute(
        select(signature_table).where(signature_table.c.paper == paper,
                                      signature_table.c.withdrawn.is_(None))
        .order_by(signature_table.c.at, signature_table.c.id))
    return [_signature(row) for row in rows]
