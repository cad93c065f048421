"""What each order of headquarters does here: numbers, returned and shared cases, notices."""

from collections.abc import Callable, Mapping
from typing import Any

from field_app.actions.applied import Applied
from field_app.actions.case_desk import new_steps
from field_app.actions.case_fields import refold
from field_app.actions.context import Session, refuse
from field_app.actions.number_document import reserved
from field_app.actions.take_files import take_template
from field_app.actions.take_plan import take_plan
from field_app.crypto.suite_keys import new_identity, secret_text
from field_app.domain.case import Case, SyncState
from field_app.domain.ids import CaseId, PackageId, new_id
from field_app.packages.events import LoggedEvent, read_event
from field_app.protocol.orders import (
    AssignedCase,
    Notice,
    NumberBlocks,
    Order,
    OrderKind,
    OtherEvents,
    ReturnedCase,
)
from field_app.rules.procedure import names, procedure
from field_app.rules.procedure_model import Procedure
from field_app.rules.table import RulesBroken
from field_app.storage import cases, orders, outbox
from field_app.storage.cases import NoSuchRecord
from field_app.storage.numbers import Block
from field_app.storage.orders import OtherEvent
from field_app.storage.outbox import OutboxState
from field_app.storage.store import Tx

Apply = Callable[[Session, Order, dict[str, Any], str], Applied]


def _numbers(session: Session, _order: Order, body: dict[str, Any], sha256: str) -> Applied:
    blocks = NumberBlocks.from_json(body).blocks
    title = "号段：" + "；".join(f"{b.series}〔{b.year}〕{b.first}—{b.last}号" for b in blocks)
    with session.begin() as tx:
        for b in blocks:
            here = reserved(session, tx, b.series, b.year) or []
            if Block(b.first, b.last) in here:
                continue  # Applied before a crash, or told by the bundle too.
            if any(b.first <= known.last and known.first <= b.last for known in here):
                raise refuse(f"下发的号段{b.series}〔{b.year}〕{b.first}—{b.last}号与本机已有的号段重叠，没有收下。",
                             "请告知总部核对号段，重新下发。", code="numbers.overlap")
            orders.add_block(tx, b.series, b.year, Block(b.first, b.last), given=sha256)
    return Applied(title, facts={"blocks": [b.to_json() for b in blocks]})


def _returned(session: Session, _order: Order, body: dict[str, Any], _sha256: str) -> Applied:
    told = ReturnedCase.from_json(body)
    with session.begin() as tx:
        try:
            case = cases.by_package(tx, PackageId(told.package))
        except NoSuchRecord as error:
            raise refuse("总部退回的案件不在本机，没有处理。", "请告知总部核对是哪一台电脑的案件。",
                         code="returned.unknown") from error
        title = f"总部退回案件{case.local_no}第{told.revision}版"
        facts = {"revision": told.revision, "reason": told.reason, "by": told.by}
        if case.revision > told.revision:
            return Applied(title, older=True, case=case.id, facts=facts,
                           problem=f"本机已封存更新的第{case.revision}版，退回理由：{told.reason}（{told.by}）")
        outbox.finish(tx, case.package, told.revision, OutboxState.RETURNED, at=session.at,
                      error=told.reason)
        cases.set_sync(tx, case.id, SyncState.RETURNED, problem=f"退回理由：{told.reason}（{told.by}）")
        session.note(tx, "case_returned", case=case.id, body=facts)
    return Applied(title, case=case.id, facts={"revision": told.revision},
                   lines=({"text": told.reason, "remedy": "请改正后重新封存报送。", "where": told.by},))


def _procedure(told: AssignedCase) -> Procedure:
    missing = refuse(f"本机没有案件{told.local_no}所用的办案程序，没有收下。",
                     "请先升级本机程序，再请总部重新下发。", code="assigned.procedure")
    if told.procedure not in names():
        raise missing
    try:
        return procedure(told.procedure, told.procedure_version)
    except (RulesBroken, OSError) as error:
        raise missing from error


def _assigned(session: Session, _order: Order, body: dict[str, Any], _sha256: str) -> Applied:
    told = AssignedCase.from_json(body)
    title = f"总部指派案件{told.local_no}（{told.device}也在办理）"
    with session.begin() as tx:
        try:
            cases.get(tx, CaseId(told.case))
        except NoSuchRecord:
            made = _procedure(told)
        else:
            return Applied(title, older=True, problem="本机已有这个案件。", case=told.case)
        case = Case(
            id=CaseId(told.case), package=PackageId(new_id()), local_no=told.local_no,
            procedure=told.procedure, procedure_version=told.procedure_version, cause=told.cause,
            matter=told.matter, party=dict(told.party), place=told.place, opened=told.opened,
            officers=told.officers, identity=secret_text(new_identity(session.suite)))
        cases.add(tx, case, new_steps(made, case.id))
        session.note(tx, "case_assigned", case=case.id, body={
            "local_no": case.local_no, "package": case.package, "device": told.device})
        refold(tx, case.id)
    return Applied(title, case=case.id, facts={"device": told.device})


def _other(event: LoggedEvent) -> OtherEvent:
    return OtherEvent(event.device, event.seq, event.hash, event.case, event.kind,
                      str(event.members["hlc"])[:40], event.line)


def _contradiction(session: Session, tx: Tx, found: list[OtherEvent]) -> OtherEvent | None:
    own = next((e for e in found if e.device == session.header.device), None)
    return own or orders.contradicting(tx, found)


def _events(session: Session, _order: Order, body: dict[str, Any], _sha256: str) -> Applied:
    told = OtherEvents.from_json(body)
    found = [_other(read_event(line.encode())) for line in told.lines]
    if any(each.case != told.case for each in found):
        raise refuse("总部下发的记录里混有别的案件，没有收下。", "请告知总部系统管理员。", code="events.case")
    devices = "、".join(sorted({each.device for each in found}))
    with session.begin() as tx:
        odd = _contradiction(session, tx, found)
        if odd is not None:
            raise refuse(f"{odd.device}的第{odd.seq}条记录有两份，内容不同，没有收下；其磁盘可能被复制或还原过。",
                         "请立即告知总部系统管理员，停用那台电脑。", code="events.fork")
        new = orders.add_other_events(tx, found)
        try:
            case = cases.get(tx, CaseId(told.case))
            refold(tx, case.id)
            name = case.local_no
        except NoSuchRecord:
            name = "（尚未收到案件）"  # The case itself comes with another order; nothing is lost.
    return Applied(f"案件{name}：{devices}的{new}条新记录", case=told.case,
                   facts={"devices": devices, "events": new})


def _notice(session: Session, _order: Order, body: dict[str, Any], _sha256: str) -> Applied:
    told = Notice.from_json(body)
    case = ""
    if told.package:
        with session.begin() as tx:
            try:
                case = cases.by_package(tx, PackageId(told.package)).id
            except NoSuchRecord:
                case = ""
    return Applied(told.title, case=case, facts={"revision": told.revision},
                   lines=tuple({"text": r.text, "remedy": r.remedy, "where": r.where}
                               for r in told.lines))


APPLY: Mapping[OrderKind, Apply] = {
    OrderKind.NUMBERS: _numbers, OrderKind.TEMPLATE: take_template, OrderKind.RETURNED: _returned,
    OrderKind.ASSIGNED: _assigned, OrderKind.EVENTS: _events, OrderKind.NOTICE: _notice,
    OrderKind.PLAN: take_plan}
