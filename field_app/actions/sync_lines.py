"""What the sync page shows: each case where the outbox says it is, and what headquarters sent down."""

from dataclasses import dataclass

from field_app.actions.context import Session
from field_app.domain.case import Case, SyncState
from field_app.storage import cases, orders, outbox
from field_app.storage.orders import OrderOutcome, TakenOrder
from field_app.storage.outbox import OutboxState, Outgoing

_SHOWN_ORDERS, _SHOWN_UNSENT = 20, 200
_WORDS = {
    SyncState.DRAFT: "还没有封存。打开案件，点“封存报送”。", SyncState.SEALED: "已封存在本机，等待报送。",
    SyncState.SENDING: "正在报送；断线后会从断点继续。",
    SyncState.DELIVERED: "全部内容已到总部，等待总部核验签收，稍后再同步一次。",
    SyncState.RECEIVED: "总部已签收，回执已保存。", SyncState.REFUSED: "总部没有接收。",
    SyncState.RETURNED: "总部退回，请改正后重新封存报送。"}
_CARRIED = "已拷到U盘，等待总部导入后带回回执。"


@dataclass(frozen=True)
class SyncLine:
    """One case: ``state`` as its newest revision's row in the outbox says, ``words`` what to do."""

    case: Case
    state: SyncState
    label: str
    words: str
    attempts: int = 0


@dataclass(frozen=True)
class CameDown:
    """One thing that headquarters sent; ``applied``: it took effect here."""

    title: str
    words: str
    applied: bool
    refused: bool
    when: str


@dataclass(frozen=True)
class SyncView:
    """The whole page."""

    lines: tuple[SyncLine, ...]
    came_down: tuple[CameDown, ...]


def _line(case: Case, row: Outgoing | None) -> SyncLine:
    known = row is not None and row.revision == case.revision
    if row is None or not known or case.sync is SyncState.DRAFT:
        words = _WORDS[case.sync]
        if row is not None and known and case.revision:
            words = f"第{case.revision}版{row.state.label}，以后又有改动，{words}"
        return SyncLine(case, case.sync, case.sync_label, words)
    if row.state is OutboxState.CARRIED:
        return SyncLine(case, SyncState.SEALED, row.state.label, _CARRIED, row.attempts)
    state = SyncState(row.state.value)
    return SyncLine(case, state, state.label, _WORDS[state], row.attempts)


def _came_down(order: TakenOrder) -> CameDown:
    told = order.problem or "；".join(
        "。".join(filter(None, (str(line.get(part, "")).rstrip("。") for part in ("text", "remedy"))))
        for line in order.lines)
    return CameDown(order.title, told, order.outcome is OrderOutcome.APPLIED,
                    order.outcome is OrderOutcome.REFUSED, f"{order.at:%m-%d %H:%M}")


def sync_view(session: Session) -> SyncView:
    """Everything the page shows, read in one transaction: the newest cases, and older ones that
    headquarters has not signed for."""
    with session.begin() as tx:
        found = cases.listed(tx)
        shown = {c.id for c in found}
        found += sorted((c for c in cases.unsent(tx, limit=_SHOWN_UNSENT).some if c.id not in shown),
                        key=lambda c: c.opened, reverse=True)
        rows = outbox.newest(tx, [c.package for c in found])
        down = orders.newest(tx, limit=_SHOWN_ORDERS)
    return SyncView(tuple(_line(c, rows.get(c.package)) for c in found),
                    tuple(map(_came_down, down)))
