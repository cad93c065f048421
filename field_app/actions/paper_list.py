"""The papers of all cases on this laptop: found at once, by form and by what they still lack."""

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from field_app.actions.context import Session
from field_app.actions.signed_pages import form_is_signed
from field_app.domain.case import PaperRecord, PaperState
from field_app.domain.ids import DocumentId
from field_app.forms import FormDefinition, list_forms, load_form
from field_app.storage import paper_list, papers
from field_app.storage.paper_list import ListedPaper, Owes, Wanted

__all__ = ["MOST", "ListedPaper", "PaperFilter", "PaperRow", "forms_in_use", "list_papers", "whole_paper"]

MOST = 300
_RECEIPT = "RECEIPT"
# Who gets a copy, as forms write it, when it leaves the agency for the person it concerns.
_HANDED = ("交当事人", "交被检查单位", "交被复查单位", "交协助机关", "抄送当事人")


class PaperFilter(Enum):
    """What the list can be cut to; the value is what officers read."""

    ALL = "全部"
    DRAFT = "草稿"
    ISSUED = "已定稿"
    UNSIGNED = "待签名"
    UNSERVED = "缺回执"
    VOID = "已作废"


_STATES = {PaperFilter.DRAFT: (PaperState.DRAFT,), PaperFilter.ISSUED: (PaperState.ISSUED,),
           PaperFilter.VOID: (PaperState.VOID,)}
_OWES = {PaperFilter.UNSIGNED: Owes.SIGNATURE, PaperFilter.UNSERVED: Owes.RECEIPT}


@dataclass(frozen=True)
class PaperRow:
    """A paper in the list; ``words``: its state and what it lacks, in plain words."""

    paper: ListedPaper
    words: str
    owes: bool


@dataclass(frozen=True)
class _Forms:
    signed: frozenset[str]
    served: frozenset[str]
    receipt: frozenset[str]


def _is_served(form: FormDefinition) -> bool:
    return (form.numbering == "series" and not form.internal
            and any(copy.holder in _HANDED for copy in form.copies))


@lru_cache(maxsize=1)
def _forms() -> _Forms:
    """Of every form: whether people sign it, whether it is served, whether on the paper itself."""
    every = [load_form(summary.form_id) for summary in list_forms()]
    served = [form for form in every if _is_served(form)]
    return _Forms(
        frozenset(f.form_id for f in every if form_is_signed(f)),
        frozenset(f.form_id for f in served),
        frozenset(f.form_id for f in served if any(b.name == _RECEIPT for b in f.blocks)))


def _row(paper: ListedPaper) -> PaperRow:
    if paper.state is PaperState.DRAFT:
        return PaperRow(paper, "草稿", owes=False)
    if paper.state is PaperState.VOID:
        return PaperRow(paper, "已作废", owes=False)
    if paper.form in _forms().signed and paper.back < paper.pages:
        return PaperRow(paper, f"已定稿，签字件拍回{paper.back}/{paper.pages}页", owes=True)
    return PaperRow(paper, "已定稿", owes=False)


def list_papers(session: Session, words: str = "", *, only: PaperFilter = PaperFilter.ALL,
                form: str = "") -> list[PaperRow]:
    """The newest papers, of all cases, that hold every word; one character is enough.

    ``form``: of this form alone. What needs a proof of service is by its form: numbered, handed to
    the person concerned; it has one when a proof (送达回证) or an announcement names its number, or
    when it is signed for on the paper itself and all signed pages came back (rule SV-02).
    """
    known = _forms()
    wanted = Wanted(
        words=words, states=_STATES.get(only, ()), forms=(form,) if form else (),
        owes=_OWES.get(only, Owes.NOTHING), signed_forms=known.signed, served_forms=known.served,
        receipt_forms=known.receipt)
    with session.begin() as tx:
        found = paper_list.listed(tx, wanted, limit=MOST)
    return [_row(paper) for paper in found]


def forms_in_use(session: Session) -> list[tuple[str, str]]:
    """Form and title of every form this laptop has a paper of."""
    titles = {summary.form_id: summary.title for summary in list_forms()}
    with session.begin() as tx:
        return [(form, titles.get(form, form)) for form in paper_list.forms_used(tx)]


def whole_paper(session: Session, paper: DocumentId) -> PaperRecord:
    """The paper with its answers, to be printed."""
    with session.begin() as tx:
        return papers.get(tx, paper)
