"""Which issued papers still lack their signed pages, and which were signed on the screen."""

from collections.abc import Sequence
from dataclasses import dataclass

from field_app.actions.context import Session
from field_app.domain.case import PaperRecord, PaperState
from field_app.domain.ids import CaseId, DocumentId
from field_app.domain.signed import Outcome
from field_app.forms import FormDefinition, FormUnknown, load_form
from field_app.forms.definition import Field, Kind
from field_app.storage import papers, signed
from field_app.storage.store import Tx


@dataclass(frozen=True)
class PagesBack:
    """What came back of one issued paper; pages from 1. ``on_screen``: signed on the screen."""

    paper: DocumentId
    pages: int
    back: frozenset[int]
    on_screen: bool

    @property
    def missing(self) -> tuple[int, ...]:
        return tuple(n for n in range(1, self.pages + 1) if n not in self.back)

    @property
    def owed(self) -> bool:
        """Whether signed pages are still awaited: a debt that warns and never blocks.

        A signature on the screen does not pay it: whether such signatures are accepted is for the
        agency to confirm, so signing on paper stays the rule.
        """
        return bool(self.missing)

    @property
    def words(self) -> str:
        """``签字件 1/2页已拍回，第2页还没有拍回``."""
        told = f"签字件 {len(self.back)}/{self.pages}页已拍回"
        if self.on_screen:
            told = f"已有屏幕签名；{told}"
        if self.back and self.missing:
            told += f"，第{'、'.join(map(str, self.missing))}页还没有拍回"
        return told


def pages_back(tx: Tx, case: CaseId, found: Sequence[PaperRecord]) -> list[PagesBack]:
    """Of every issued paper of ``found`` that people sign, in their order."""
    returned: dict[DocumentId, set[int]] = {}
    for page in signed.pages_of_case(tx, case):
        returned.setdefault(page.paper, set()).add(page.page)
    on_screen = {s.paper for s in signed.signatures_of_case(tx, case)
                 if s.withdrawn is None and s.outcome is Outcome.SIGNED}
    return [PagesBack(p.id, p.pages, frozenset(returned.get(p.id, ())), p.id in on_screen)
            for p in found
            if p.state is PaperState.ISSUED and (p.id in returned or is_signed_by_hand(p))]


def papers_to_sign(session: Session, case: CaseId) -> list[tuple[PaperRecord, PagesBack]]:
    """A case's issued papers that people sign, with what came back of each."""
    with session.begin() as tx:
        found = {p.id: p for p in papers.of_case(tx, case)}
        return [(found[back.paper], back) for back in pages_back(tx, case, list(found.values()))]


def is_signed_by_hand(paper: PaperRecord) -> bool:
    """Whether the paper's form asks anybody's signature."""
    try:
        form = load_form(paper.form, paper.form_version)
    except FormUnknown:
        return False
    return form_is_signed(form)


def form_is_signed(form: FormDefinition) -> bool:
    """Whether papers of the form are signed by anybody."""
    return any(map(_asks_signature, form.fields))


def _asks_signature(field: Field) -> bool:
    return (field.kind is Kind.SIGN or any(map(_asks_signature, field.fields))
            or (field.item is not None and _asks_signature(field.item)))
