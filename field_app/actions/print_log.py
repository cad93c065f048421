"""The print log of a case, read from the event log: who, when, what, where, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from field_app.actions.context import Session
from field_app.actions.print_document import ENDED, LEFT, REFUSED, STARTED
from field_app.actions.print_profiles import MAX_OFFSET_UM, PrinterProfile
from field_app.actions.printing import Stage
from field_app.domain.ids import CaseId, DocumentId
from field_app.storage import events

_RESULTS = {
    Stage.PRINTED.value: "已印出", Stage.CANCELLED.value: "已取消", Stage.FAILED.value: "没有印成",
    Stage.HANDED_OVER.value: "已交打印服务", REFUSED: "打印机没有接收", LEFT: "留在打印队列"}
_UNKNOWN = "没有记到结果，请核对纸质件"


@dataclass(frozen=True)
class PrintLine:
    """One print. ``officers``: names of those logged in, else certificate numbers; ``moved``: the
    printer's offset in words, empty when the paper's own bytes were sent (then both hashes are
    the same); ``page``: only this one was printed, 0 for all."""

    at: datetime
    paper: DocumentId
    title: str
    number: str
    copies: int
    printer: str
    result: str
    good: bool
    officers: tuple[str, ...]
    pdf_sha256: str
    sent_sha256: str
    moved: str
    page: int = 0


def print_log(session: Session, case: CaseId, paper: DocumentId | None = None) -> list[PrintLine]:
    """All prints of a case, or of one of its papers; the newest first."""
    names = {o.cert_no: o.name for o in session.pair.both}
    started: list[dict[str, Any]] = []
    results: dict[str, str] = {}
    with session.begin() as tx:
        for stored in events.of_case(tx, case):
            members = stored.members()
            body = members["body"]
            if members["typ"] == STARTED and paper in (None, body.get("paper")):
                started.append(members)
            elif members["typ"] == ENDED:
                results[str(body.get("print"))] = str(body.get("result"))
    return [_line(m, results.get(str(m["body"].get("print")), ""), names)
            for m in reversed(started)]


def _line(members: Mapping[str, Any], result: str, names: Mapping[str, str]) -> PrintLine:
    body = members["body"]
    right, down = (max(-MAX_OFFSET_UM, min(MAX_OFFSET_UM, int(um))) for um in body["offset_um"])
    return PrintLine(
        at=datetime.fromisoformat(members["at"]["wall"]), paper=DocumentId(body["paper"]),
        title=body["title"], number=body["number"], copies=int(body["copies"]),
        printer=body["printer"], result=_RESULTS.get(result, _UNKNOWN),
        good=result == Stage.PRINTED.value,
        officers=tuple(names.get(a, a) for a in members["actors"]),
        pdf_sha256=body["pdf_sha256"], sent_sha256=body["sent_sha256"],
        moved=PrinterProfile(right, down).words, page=int(body.get("page", 0)))
