"""Papers found by words: their own title, number and form, and all that their case is found by."""

from collections.abc import Sequence

from sqlalchemy import func, select

from field_app.domain.case import PaperRecord
from field_app.domain.ids import CaseId
from field_app.storage import search
from field_app.storage.store import Tx
from field_app.storage.tables import paper as paper_table


def next_ordinal(tx: Tx) -> int:
    """Papers are numbered in the order they are made; nobody sees this number."""
    return int(tx.connection.execute(select(func.max(paper_table.c.ordinal))).scalar() or 0) + 1


def index(tx: Tx, found_by: Sequence[tuple[PaperRecord, Sequence[str]]]) -> None:
    """Make stored papers findable; beside each what its case is found by."""
    at: dict[str, int] = {row.id: row.ordinal for row in tx.connection.execute(
        select(paper_table.c.id, paper_table.c.ordinal)
        .where(paper_table.c.id.in_([paper.id for paper, _ in found_by])))}
    search.index_papers(tx, [
        (at[paper.id], [paper.title, paper.number, paper.form, paper.short_code, *of_case])
        for paper, of_case in found_by])


def index_all(tx: Tx, case: CaseId, of_case: Sequence[str]) -> None:
    """The case is found by other words now, and so are its papers."""
    rows = tx.connection.execute(
        select(paper_table.c.ordinal, paper_table.c.title, paper_table.c.number, paper_table.c.form,
               paper_table.c.short_code).where(paper_table.c.case_id == case)).all()
    search.index_papers(tx, [
        (row.ordinal, [row.title, row.number, row.form, row.short_code, *of_case]) for row in rows])
