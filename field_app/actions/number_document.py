"""Gives a paper its number: from headquarters' reserved block, or its own series; voids it too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from field_app.actions.catalogues import agency_of
from field_app.actions.context import Session, refuse
from field_app.documents import numbering
from field_app.domain.case import Case, PaperRecord, PaperState
from field_app.domain.clock import CHINA
from field_app.domain.ids import DocumentId
from field_app.forms import FormDefinition
from field_app.storage import numbers, orders, papers
from field_app.storage.numbers import Block, NumbersUsedUp, VoidNumber
from field_app.storage.store import Tx

FEW = 20


@dataclass(frozen=True)
class Stock:
    """What this laptop may still give of one reserved series this year."""

    series: str
    year: int
    left: int
    reserved: int

    @property
    def few(self) -> bool:
        return self.left < FEW


def _series(session: Session, case: Case, kind_word: str) -> numbering.Series:
    agency = agency_of(session, case)
    return numbering.Series(area=str(agency.get("area", "")),
                            agency_word=str(agency.get("word", "")), kind_word=kind_word)


def _key(series: numbering.Series) -> str:
    return f"{series.area}{series.agency_word}{series.kind_word}"


def reserved(session: Session, tx: Tx, series: str, year: int) -> list[Block] | None:
    """This laptop's blocks of a series, from the signed trust bundle and from orders.

    None when headquarters reserves none at all: then the series runs on this laptop alone.
    """
    rows: Any = session.trust.agency.get("number_blocks")
    given = orders.blocks(tx, series, year)
    if not isinstance(rows, list):
        return given if series in orders.block_series(tx) else None
    told = [Block(int(r["first"]), int(r["last"])) for r in rows
            if isinstance(r, dict) and r.get("series") == series and r.get("year") == year
            and r.get("device") == session.header.device]
    return told + [b for b in given if b not in told]


def number_paper(session: Session, tx: Tx, case: Case, form: FormDefinition) -> str:
    """The next number, given once; ``UserError`` when the reserved block is used up."""
    if form.numbering == "case":
        count = numbers.take(tx, f"{case.local_no}/{form.form_id}", 0)
        return numbering.record_number(case.local_no, form.number_word, count)
    year = session.at.astimezone(CHINA).year
    series = _series(session, case, form.number_word)
    try:
        count = numbers.take(tx, _key(series), year,
                             reserved(session, tx, _key(series), year))
    except NumbersUsedUp as error:
        raise refuse(f"“{error.series}〔{year}〕”的号段已经用完，不能定稿。",
                     "内容已保存为草稿；请联网同步或从总部领取新的号段后再定稿。",
                     code="number.used_up") from error
    return numbering.document_number(series, year=year, number=count)


def numbers_left(session: Session) -> list[Stock]:
    """Every series of this laptop's blocks as it stands this year, the scarcest first.

    Empty when nothing is reserved; a series whose blocks are all of another year has none left.
    """
    year = session.at.astimezone(CHINA).year
    rows: Any = session.trust.agency.get("number_blocks")
    mine = [r for r in rows if isinstance(r, dict) and r.get("device") == session.header.device] \
        if isinstance(rows, list) else []
    found = []
    with session.begin() as tx:
        for name in sorted({*(str(r.get("series")) for r in mine), *orders.block_series(tx)}):
            blocks = reserved(session, tx, name, year) or []
            found.append(Stock(name, year, numbers.left(tx, name, year, blocks), _count(blocks)))
    return sorted(found, key=lambda s: s.left)


def _count(blocks: Sequence[Block]) -> int:
    return sum(max(0, block.last - block.first + 1) for block in blocks)


@dataclass(frozen=True)
class Voided:
    """A number that was given and is never given again."""

    number: str
    reason: str
    at: datetime


def void_numbers(session: Session) -> list[Voided]:
    """Every number that was made void, oldest first."""
    with session.begin() as tx:
        return [Voided(v.number, v.reason, v.at) for v in numbers.voids(tx)]


def void_paper(session: Session, paper_id: DocumentId, reason: str) -> PaperRecord:
    """Make a paper void. Its number is kept on record and never given again; a draft has none, and what was
    typed into it stays."""
    if not reason.strip():
        raise refuse("还没有填写作废理由。", "请写明为什么作废，理由会记入日志。", code="void.reason")
    with session.begin() as tx:
        paper = papers.get(tx, paper_id)
        if paper.state is PaperState.VOID:
            raise refuse("这份文书已经作废。", "需要的，打开它，点“照此重做”。", code="void.state")
        voided = papers.make_void(tx, paper_id)
        if paper.state is PaperState.ISSUED:
            numbers.make_void(tx, VoidNumber(
                series=paper.form, year=session.at.astimezone(CHINA).year, number=paper.number,
                paper=paper_id, reason=reason.strip(), at=session.at))
        session.note(tx, "paper_void", case=paper.case, body={
            "paper": paper_id, "number": paper.number, "reason": reason.strip()})
    return voided
