"""Papers of every case in one list: found by words, cut by state and form, newest first."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select, true

from field_app.domain.case import PaperState
from field_app.domain.ids import CaseId, DocumentId, StepId
from field_app.storage import search
from field_app.storage.store import Tx
from field_app.storage.tables import case as case_table
from field_app.storage.tables import paper as paper_table
from field_app.storage.tables import signed_page
from field_app.storage.times import optional_time

_PROOF, _ANNOUNCEMENT = "G4-02", "G4-03"


class Owes(Enum):
    """What an issued paper may still lack."""

    NOTHING = "nothing"
    SIGNATURE = "signature"
    RECEIPT = "receipt"


@dataclass(frozen=True)
class Wanted:
    """Which papers. ``states`` and ``forms`` empty: all; ``signed_forms``: forms that people sign;
    ``served_forms``: forms that must be served; ``receipt_forms``: those of them that are signed for
    on the paper itself."""

    words: str = ""
    states: Collection[PaperState] = ()
    forms: Collection[str] = ()
    owes: Owes = Owes.NOTHING
    signed_forms: Collection[str] = ()
    served_forms: Collection[str] = ()
    receipt_forms: Collection[str] = ()


@dataclass(frozen=True)
class ListedPaper:
    """One paper without its answers. ``back``: how many of its pages came back signed."""

    id: DocumentId
    case: CaseId
    step: StepId
    form: str
    title: str
    state: PaperState
    number: str
    pages: int
    back: int
    changed: datetime
    issued: datetime | None
    local_no: str
    party: str


_BACK = (select(func.count(signed_page.c.page.distinct()))
         .where(signed_page.c.paper == paper_table.c.id).scalar_subquery())


def _proved() -> ColumnElement[bool]:
    """A proof of service or an announcement of the same case, still in force, names the number."""
    proof = paper_table.alias("proof")
    told = func.json_each(proof.c.answers, "$.docs").table_valued("fullkey")
    here = and_(proof.c.case_id == paper_table.c.case_id, proof.c.state == PaperState.ISSUED.value)
    named = func.json_extract(proof.c.answers, told.c.fullkey + ".no") == paper_table.c.number
    announced = func.instr(func.json_extract(proof.c.answers, "$.docs"), paper_table.c.number) > 0
    return or_(
        exists().select_from(proof.join(told, true())).where(here, proof.c.form == _PROOF, named),
        exists().select_from(proof).where(here, proof.c.form == _ANNOUNCEMENT, announced))


def _owing(wanted: Wanted) -> ColumnElement[bool]:
    # Joined to nothing, so that papers are walked from the newest on until enough are found: by the
    # index of states every issued paper would be judged first.
    issued = paper_table.c.state.concat("") == PaperState.ISSUED.value
    form = paper_table.c.form.concat("")
    unsigned = paper_table.c.pages > _BACK
    if wanted.owes is Owes.SIGNATURE:
        return and_(issued, form.in_(sorted(wanted.signed_forms)), unsigned)
    return and_(
        issued, form.in_(sorted(wanted.served_forms)), paper_table.c.number != "",
        or_(paper_table.c.form.not_in(sorted(wanted.receipt_forms)), unsigned), ~_proved())


def _query(wanted: Wanted, limit: int) -> Select[Any]:
    """Ids are chosen first, by indexes alone; only those shown are read whole."""
    chosen = select(paper_table.c.ordinal).order_by(paper_table.c.ordinal.desc()).limit(limit)
    if wanted.states:
        chosen = chosen.where(paper_table.c.state.in_(sorted(s.value for s in wanted.states)))
    if wanted.forms:
        chosen = chosen.where(paper_table.c.form.in_(sorted(wanted.forms)))
    if wanted.owes is not Owes.NOTHING:
        chosen = chosen.where(_owing(wanted))
    if (found := search.papers_with(wanted.words)) is not None:
        chosen = chosen.where(paper_table.c.ordinal.in_(found))
    p, c = paper_table.c, case_table.c
    return (select(p.id, p.case_id, p.step_id, p.form, p.title, p.state, p.number, p.pages, p.changed,
                   p.issued, c.local_no, func.json_extract(c.party, "$.name").label("party"),
                   _BACK.label("back"))
            .join(case_table, c.id == p.case_id).where(p.ordinal.in_(chosen))
            .order_by(p.ordinal.desc()))


def _listed(row: Row[Any]) -> ListedPaper:
    return ListedPaper(
        DocumentId(row.id), CaseId(row.case_id), StepId(row.step_id), row.form, row.title,
        PaperState(row.state), row.number, row.pages, row.back, datetime.fromisoformat(row.changed),
        optional_time(row.issued), row.local_no, str(row.party or ""))


def listed(tx: Tx, wanted: Wanted, *, limit: int) -> list[ListedPaper]:
    """Those wanted, the newest first, at most ``limit``."""
    return [_listed(row) for row in tx.connection.execute(_query(wanted, limit))]


def forms_used(tx: Tx) -> list[str]:
    """Forms of which there is any paper."""
    rows = tx.connection.execute(select(paper_table.c.form).distinct().order_by(paper_table.c.form))
    return [row.form for row in rows]
