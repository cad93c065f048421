"""Sends what is sealed to headquarters and keeps its signed receipts; only they turn green."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from field_app.actions.audit_log import sign_head
from field_app.actions.clock_offset import ask_headquarters, note_receipt
from field_app.actions.context import Session, refuse
from field_app.actions.seal_case import adopt_sealed
from field_app.actions.take_orders import Taken, take_inbox
from field_app.credentials.keys import SoftKey
from field_app.credentials.pem_keys import tls_identity
from field_app.crypto.hashing import sha256_hex
from field_app.domain.case import Case, SyncState
from field_app.errors import Cancelled, UserError
from field_app.storage import cases, orders, outbox
from field_app.storage.orders import OrderOutcome, TakenOrder
from field_app.storage.outbox import OutboxState, Outgoing
from field_app.storage.store import Tx
from field_app.sync.client import HeadquartersClient, is_proxy, parse_address
from field_app.sync.errors import SyncFailed
from field_app.sync.pace import Limit, Pace, parse_hours
from field_app.sync.patience import Patience, Persistence
from field_app.sync.send import SendOutcome, SendState, send_package

_NOTE_EVERY_S = 0.5
# Someone waits at the screen: a dead network is told after some ten seconds, not minutes.
_MOST_KILOBYTES = 1_000_000
AT_THE_DESK = Patience(tries=4, longest=20.0)
# So many cases in a row that headquarters cannot take now: it is not the cases.
_MOST_IN_A_ROW = 3
_ON_ITS_WAY = (SyncState.SEALED, SyncState.SENDING, SyncState.DELIVERED)


@dataclass(frozen=True)
class Sent:
    """How one revision fared; ``problem`` is empty when it was received."""

    case: Case
    revision: int
    received: bool
    problem: str = ""


def _refusal_words(outcome: SendOutcome) -> str:
    if outcome.receipt is None or not outcome.receipt.reasons:
        return "总部没有说明原因。"
    first = outcome.receipt.reasons[0]
    more = f"（共{len(outcome.receipt.reasons)}处）" if len(outcome.receipt.reasons) > 1 else ""
    return f"{first.text}{more}{first.remedy}"


def _progress(session: Session, case: Case) -> Callable[[int, int], None]:
    """Notes confirmed bytes in the store, at most twice a second."""
    noted = [0.0]

    def note(confirmed: int, total: int) -> None:
        now = time.monotonic()
        if now - noted[0] < _NOTE_EVERY_S and confirmed < total:
            return
        noted[0] = now
        with session.begin() as tx:
            cases.note_progress(tx, case.id, confirmed=confirmed, total=total)

    return note


def settle(session: Session, case: Case, outgoing: Outgoing, outcome: SendOutcome) -> Sent:
    """Store what headquarters said; green only when nothing was added since sealing."""
    received = outcome.state is SendState.RECEIVED
    with session.begin() as tx:
        now = cases.get(tx, case.id)
        newest = now.revision == outgoing.revision
        cases.note_problem(tx, case.id, "")
        if outcome.state is SendState.SENT:
            outbox.note_try(tx, outgoing.package, outgoing.revision, error="")
            outbox.advance(tx, outgoing.package, outgoing.revision, OutboxState.DELIVERED)
            cases.note_progress(tx, case.id, confirmed=outcome.confirmed, total=outcome.total)
            if newest and now.sync in (SyncState.SEALED, SyncState.SENDING):
                cases.set_sync(tx, case.id, SyncState.DELIVERED)
            return Sent(case, outgoing.revision, False, "已全部送达，等待总部核验签收，稍后再同步一次。")
        if outcome.document is not None:
            outbox.keep_receipt(tx, outgoing.package, outgoing.revision,
                                outcome.document.document, outcome.document.signature, at=session.at)
        state = OutboxState.RECEIVED if received else OutboxState.REFUSED
        problem = "" if received else _refusal_words(outcome)
        if not outbox.finish(tx, outgoing.package, outgoing.revision, state, at=session.at,
                             error=problem):
            return Sent(case, outgoing.revision, received, problem)  # Settled before, and on record.
        if received:
            _keep_remarks(session, tx, now, outcome)
        if outcome.receipt is not None and outcome.made is not None:
            note_receipt(session, tx, made=outcome.made, signed=outcome.receipt.at, kept=session.at)
        session.note(tx, "receipt_kept" if received else "revision_refused", case=case.id, body={
            "revision": outgoing.revision, "bytes": outcome.total})
        if newest and now.sync in _ON_ITS_WAY:
            cases.set_sync(
                tx, case.id, SyncState.RECEIVED if received else SyncState.REFUSED,
                confirmed=outcome.confirmed, total=outcome.total, problem=problem)
    return Sent(case, outgoing.revision, received, problem)


def _keep_remarks(session: Session, tx: Tx, case: Case, outcome: SendOutcome) -> None:
    """What headquarters remarked on a revision that it accepted (a signer withdrawn since, ...)."""
    if outcome.receipt is None or outcome.document is None or not outcome.receipt.reasons:
        return
    orders.keep(tx, TakenOrder(
        sha256_hex(outcome.document.document), "remark", session.at, OrderOutcome.APPLIED,
        f"案件{case.local_no}第{outcome.revision}版：总部签收时的附注", case=case.id,
        lines=tuple({"text": r.text, "remedy": r.remedy, "where": r.where}
                    for r in outcome.receipt.reasons)))


def _send(session: Session, client: HeadquartersClient, outgoing: Outgoing, patience: Patience,
          pace: Pace | None, cancelled: Callable[[], bool]) -> Sent:
    """Send one revision and store how it fared; a :class:`SyncFailed` is on record before it is raised."""
    with session.begin() as tx:
        case = cases.by_package(tx, outgoing.package)
        outbox.advance(tx, outgoing.package, outgoing.revision, OutboxState.SENDING)
        if case.sync is SyncState.SEALED and case.revision == outgoing.revision:
            cases.set_sync(tx, case.id, SyncState.SENDING)
    folder = session.context.data.packages / outgoing.package
    try:
        outcome = send_package(
            folder, outgoing.revision, client, trust=session.trust, cancelled=cancelled,
            on_progress=_progress(session, case), now=lambda: session.at, patience=patience,
            pace=pace)
    except SyncFailed as error:
        with session.begin() as tx:
            outbox.note_try(tx, outgoing.package, outgoing.revision, error=error.what)
            cases.note_problem(tx, case.id, f"{error.what}{error.remedy}")
            session.note(tx, "sync_failed", case=case.id, body={
                "revision": outgoing.revision, "error": type(error).__name__})
        raise
    except OSError as error:
        raise receipt_not_written() from error
    return settle(session, case, outgoing, outcome)


def receipt_not_written() -> UserError:
    """This laptop's disk does not take the receipt."""
    return refuse("磁盘写不进去，总部的回执没有保存。", "请清理磁盘空间后再收一次回执；已送达总部的内容不会重传。",
                  code="disk.write")


def _problem(session: Session, outgoing: Outgoing, error: SyncFailed) -> Sent:
    with session.begin() as tx:
        case = cases.by_package(tx, outgoing.package)
    return Sent(case, outgoing.revision, False, f"{error.what}{error.remedy}")


def _answers(client: HeadquartersClient) -> bool:
    try:
        client.hello()
    except SyncFailed:
        return False
    return True


def _send_each(session: Session, client: HeadquartersClient, waiting: Sequence[Outgoing],
               send: Callable[[Outgoing], Sent]) -> list[Sent]:
    """Send one after the other. One that headquarters cannot take does not hold up those behind it.

    ``UserError`` when no other would fare better.
    """
    sent: list[Sent] = []
    in_a_row = 0
    for each in waiting:
        try:
            sent.append(send(each))
            in_a_row = 0
        except SyncFailed as error:
            in_a_row += error.again
            if error.everywhere or (error.again and (in_a_row >= _MOST_IN_A_ROW or not _answers(client))):
                raise UserError(error.what, error.remedy, code=type(error).__name__) from error
            sent.append(_problem(session, each, error))
    return sent


def _send_all(session: Session, client: HeadquartersClient, patience: Patience, pace: Pace | None,
              cancelled: Callable[[], bool]) -> list[Sent]:
    """Send what waits, what was never tried first; then wait for the receipts of all together, as long as
    for one: headquarters judges the first cases while the last are sent."""
    with session.begin() as tx:
        waiting = sorted(outbox.waiting(tx), key=lambda each: each.attempts)  # Else oldest first.
    ends = [0.0]

    def send(each: Outgoing) -> Sent:
        left = max(0.0, ends[0] - time.monotonic())
        return _send(session, client, each, replace(patience, receipt_seconds=left), pace, cancelled)

    sent = {(s.case.package, s.revision): s for s in _send_each(session, client, waiting, send)}
    with session.begin() as tx:
        judged = [each for each in outbox.waiting(tx) if each.state is OutboxState.DELIVERED]
    ends[0] = time.monotonic() + patience.receipt_seconds
    sent |= {(s.case.package, s.revision): s for s in _send_each(
        session, client, [e for e in judged if (e.package, e.revision) in sent], send)}
    return list(sent.values())


def limit_of(kilobytes: str, hours: str) -> Limit:
    """How fast may be sent, as the settings say it; ``UserError`` when they say nothing sensible."""
    try:
        begins, ends = parse_hours(hours)
        rate = int(kilobytes) if kilobytes.strip() else 0
        if not 0 <= rate <= _MOST_KILOBYTES:
            raise ValueError("rate")
    except ValueError as error:
        raise refuse("报送限速填得不对。", "速度填每秒多少KB（不限速留空），时段填如 08:30-18:00（全天留空）。",
                     code="sync.limit") from error
    return Limit(rate * 1000, begins, ends)


def check_road(proxy: str, kilobytes: str, hours: str) -> Limit:
    """The limit that these settings mean; ``UserError`` when one of them cannot be."""
    if proxy and not is_proxy(proxy):
        raise refuse(f"代理地址“{proxy}”不对。", "应为 http://主机:端口；不用代理就留空。", code="sync.proxy")
    return limit_of(kilobytes, hours)


def check_address(headquarters: str) -> None:
    """``UserError`` when headquarters cannot be at this address."""
    try:
        parse_address(headquarters)
    except ValueError as error:
        raise _no_address(headquarters) from error


def _no_address(headquarters: str) -> UserError:
    return refuse(f"总部地址“{headquarters}”不对。",
                  "请在“设置”里按 https://主机:端口 填写，例如 https://10.1.2.3:8443。", code="sync.address")


def _client(session: Session, headquarters: str, proxy: str, cancelled: Callable[[], bool]) -> HeadquartersClient:
    """Who is called; ``UserError`` when that cannot be."""
    if not headquarters:
        raise refuse("还没有填写总部地址。", "请到“设置”填写总部地址后再报送。", code="sync.address")
    if not isinstance(session.device_key, SoftKey):  # TLS speaks no SM2 here.
        raise refuse("本机使用国密证书，联网通道（TLS）不支持，不能直接联网报送。",
                     "请在“同步”页点“拷到U盘”，把案件包交总部导入，再带回回执。", code="sync.gm")
    if proxy:
        check_road(proxy, "", "")
    try:
        return HeadquartersClient(
            headquarters, authorities_pem=session.trust.root_pem(), proxy=proxy, cancelled=cancelled,
            identity=tls_identity(session.device_key, chain=session.trust.intermediates))
    except ValueError as error:
        raise _no_address(headquarters) from error


@dataclass(frozen=True)
class Exchanged:
    """One sync: how each waiting revision fared, and what came down."""

    sent: tuple[Sent, ...] = ()
    taken: Taken = field(default_factory=Taken)


def exchange(session: Session, headquarters: str, *, patience: Patience = AT_THE_DESK,
             limit: Limit | None = None, proxy: str = "",
             cancelled: Callable[[], bool] = lambda: False) -> Exchanged:
    """Take what headquarters sends down, send everything that waits, and take what that brought about;
    ``limit`` and ``proxy`` as the settings have them.

    Raises ``UserError`` when headquarters cannot be reached (what arrived stays there and is not
    sent twice) and ``Cancelled`` when stopped.
    """
    client = _client(session, headquarters, proxy, cancelled)
    adopt_sealed(session)
    with session.begin() as tx:
        sign_head(session, tx, "sync")
        waiting = bool(outbox.waiting(tx))
    pace = Pace(limit, now=lambda: session.at) if limit is not None else None
    with client:
        ask_headquarters(session, client)
        # Whatever hinders the inbox hinders sending too, which says it of each case.
        defect: Exception | None = None
        try:
            taken = _inbox(session, client, patience, cancelled, alone=not waiting)
        except (Cancelled, UserError):
            raise
        except Exception as error:  # What this program cannot take in waits, and holds up no case.
            defect, taken = error, []
        sent = _send_all(session, client, patience, pace, cancelled)
        if defect is not None:
            raise defect
        if sent:
            taken += _inbox(session, client, patience, cancelled, alone=False)
    return Exchanged(tuple(sent), Taken(tuple(taken)))


def _inbox(session: Session, client: HeadquartersClient, patience: Patience,
           cancelled: Callable[[], bool], *, alone: bool) -> list[TakenOrder]:
    """What came down; a failure is told only when there is nothing else to do (``alone``)."""
    tries = patience if alone else replace(patience, tries=1)
    try:
        return list(Persistence(tries, cancelled=cancelled).call(
            lambda: take_inbox(session, client, cancelled=cancelled)).orders)
    except SyncFailed as error:
        if not alone:
            return []
        raise UserError(error.what, error.remedy, code=type(error).__name__) from error


def send_cases(session: Session, headquarters: str, *, patience: Patience = AT_THE_DESK,
               limit: Limit | None = None, proxy: str = "",
               cancelled: Callable[[], bool] = lambda: False) -> list[Sent]:
    """As :func:`exchange`; how what waited fared."""
    return list(exchange(session, headquarters, patience=patience, limit=limit, proxy=proxy,
                         cancelled=cancelled).sent)
