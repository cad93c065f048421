"""What became of a paper: why it is void, what was written in its place, and what it stands in the place of."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from field_app.actions.context import Session
from field_app.domain.case import PaperRecord, PaperState
from field_app.domain.clock import CHINA
from field_app.domain.ids import DocumentId
from field_app.storage import events, papers
from field_app.storage.store import Tx

# Events that tell of a new paper, and the member that names the one it was written from.
_FROM = (("paper_corrected", "corrects"), ("paper_started", "instead_of"))


@dataclass(frozen=True)
class PaperHistory:
    """``after``: the newest paper in hand or in force that was written from this one; ``before``: what this
    one was written from; ``void``: when it was made void, and why."""

    before: PaperRecord | None = None
    after: PaperRecord | None = None
    void: datetime | None = None
    reason: str = ""

    @property
    def words(self) -> str:
        """As officers read it; empty for a paper that nothing happened to."""
        told = []
        if self.void is not None:
            told.append(f"{self.void.astimezone(CHINA):%Y-%m-%d %H:%M}作废，理由：{self.reason}")
        if self.after is not None:
            told.append(f"现行的是{self.after.number}" if self.after.number else "另起的一份还是草稿")
        if self.before is not None:
            told.append(f"由{self.before.number}改来，原文书已作废留存" if self.before.number else "由作废的草稿改来")
        return "；".join(told)


def paper_history(session: Session, paper: PaperRecord) -> PaperHistory:
    """Read from the log, which both papers are named in."""
    with session.begin() as tx:
        came_from = _came_from(tx, paper)
        known = {p.id: p for p in papers.of_case(tx, paper.case)}
        void = next((e.members() for e in events.of_case_and_kind(tx, paper.case, "paper_void")
                     if e.members()["body"]["paper"] == paper.id), None)
    return PaperHistory(
        before=known.get(came_from.get(paper.id, DocumentId(""))),
        after=next((p for p in _after(paper.id, came_from, known) if p.state is not PaperState.VOID), None),
        void=datetime.fromisoformat(void["at"]["wall"]) if void is not None else None,
        reason=str(void["body"]["reason"]).removeprefix("更正：") if void is not None else "")


def _came_from(tx: Tx, paper: PaperRecord) -> dict[DocumentId, DocumentId]:
    """Each paper of the case that was written from another, and that other one; oldest first."""
    return {DocumentId(body["paper"]): DocumentId(body[old])
            for kind, old in _FROM for event in events.of_case_and_kind(tx, paper.case, kind)
            if old in (body := event.members()["body"])}


def _after(paper: DocumentId, came_from: dict[DocumentId, DocumentId],
           known: dict[DocumentId, PaperRecord]) -> Iterator[PaperRecord]:
    """What was written from a paper, the newest first, and from each of those in turn."""
    for new, old in reversed(came_from.items()):
        if old == paper and new in known:
            yield known[new]
            yield from _after(new, came_from, known)
