"""The road by stick (PROTOCOL.md, section 6): packages are carried out, receipts carried back.

What lies on a stick is ciphertext under opaque names, so nobody's PIN is asked for. A laptop whose
certificate is SM2 has no other road, since its TLS speaks no SM2.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from field_app.actions.audit_log import sign_head
from field_app.actions.context import Session, refuse
from field_app.actions.seal_case import adopt_sealed
from field_app.actions.send_cases import Sent, receipt_not_written, settle
from field_app.actions.take_orders import Taken, take_from_folder
from field_app.domain.case import Case
from field_app.packages.carry import CarriedBadly, SourceDamaged, carry_package
from field_app.packages.existing import SignedStatement, read_statement
from field_app.packages.orders_folder import read_orders
from field_app.packages.receipts import ReceiptInvalid, check_receipt, keep_receipt, read_receipt
from field_app.protocol.receipt import Verdict
from field_app.protocol.strict import Malformed
from field_app.storage import cases, clips, outbox
from field_app.storage.outbox import OutboxState, Outgoing
from field_app.sync.send import SendOutcome, SendState

Progress = Callable[[int, int], None]
_SPARE_BYTES = 1 << 20
_MOST_NAMED = 5


@dataclass(frozen=True)
class Carried:
    """A case whose package now lies whole on the stick."""

    case: Case
    revision: int
    folder: Path


def _waiting(session: Session) -> list[Outgoing]:
    with session.begin() as tx:
        return outbox.waiting(tx)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


@contextmanager
def _stick() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise refuse("U盘读写出错，没有完成。", "请检查U盘是否写保护、是否已满或被拔出，再试一次；本机的资料不受影响。",
                     code="stick.io") from error


def carry_out(session: Session, stick: Path, *, progress: Progress = lambda _done, _total: None,
              cancelled: Callable[[], bool] = lambda: False) -> list[Carried]:
    """Copy every package that waits for headquarters into ``stick``, each under its own id.

    What lies there already and is whole is not copied again. Each copy is read back. Raises
    ``UserError`` or ``Cancelled``; an unfinished copy is none to headquarters, and is continued by
    carrying again. Packages that are damaged here are told when the others are copied.
    """
    adopt_sealed(session)
    packages = session.context.data.packages
    waiting = _waiting(session)
    newest = {each.package: each.revision for each in waiting}
    if not stick.is_dir():
        raise refuse("找不到要拷到的文件夹。", "请插好U盘，重新选择文件夹。", code="stick.folder")
    with _stick():
        total = sum(_size(packages / package) for package in newest)
        there = sum(_size(stick / package) for package in newest if (stick / package).is_dir())
        if shutil.disk_usage(stick).free < total - there + _SPARE_BYTES:
            raise refuse(f"U盘空间不够，需要{(total - there >> 20) + 1}兆字节。", "请换一个U盘。",
                         code="stick.full")
    with session.begin() as tx:
        sign_head(session, tx, "stick")
    done = [0]

    def tick(count: int) -> None:
        done[0] += count
        progress(min(done[0], total), total)

    carried, damaged = list[Carried](), list[str]()
    for package, revision in newest.items():
        with session.begin() as tx:
            case = cases.by_package(tx, package)
        try:
            carried.append(_carry(session, stick, case, revision, tick=tick, cancelled=cancelled))
        except SourceDamaged:
            damaged.append(case.local_no)
    if damaged:
        raise refuse(f"{len(damaged)}件的案件包在本机已损坏，没有拷到U盘：{'、'.join(damaged[:_MOST_NAMED])}。"
                     f"其余{len(carried)}件已拷好。", "请核验损坏的案件包，并联系系统管理员；不要删除任何文件。",
                     code="stick.damaged")
    return carried


def _carry(session: Session, stick: Path, case: Case, revision: int, *,
           tick: Callable[[int], None], cancelled: Callable[[], bool]) -> Carried:
    package = case.package
    with session.begin() as tx:
        gone = {s.ct_sha256 for c in clips.with_copies(tx, case.id) if c.deleted for s in c.segments}
    try:
        with _stick():
            carry_package(session.context.data.packages / package, stick / package, revision=revision, gone=gone,
                          tick=tick, cancelled=cancelled)
    except SourceDamaged:
        raise
    except CarriedBadly as error:
        raise refuse("U盘上的内容与本机的不一致，没有拷完。", "请换一个U盘再试；本机的案件包不受影响。",
                     code="stick.differs") from error
    with session.begin() as tx:
        outbox.note_try(tx, package, revision, error="")
        outbox.advance(tx, package, revision, OutboxState.CARRIED)
        session.note(tx, "case_carried", case=case.id, body={"revision": revision})
    return Carried(case, revision, stick / package)


def _outcome(session: Session, kept: SignedStatement, folder: Path) -> SendOutcome | None:
    """What headquarters wrote back about a revision; None when it wrote nothing.

    Raises ``ReceiptInvalid``.
    """
    revision = kept.statement.revision
    with _stick():
        document = read_receipt(folder, revision)
    if document is None:
        return None
    receipt = check_receipt(document, kept, session.trust, at=session.at)
    state = SendState.RECEIVED if receipt.verdict is Verdict.ACCEPTED else SendState.REFUSED
    total = sum(file.size for file in kept.statement.files())
    return SendOutcome(kept.statement.package, revision, state, total, total, receipt, document, kept.statement.made)


def bring_back(session: Session, stick: Path) -> list[Sent]:
    """Apply the receipts that headquarters wrote onto ``stick``: only they turn a case green.

    ``stick``: where packages were carried, or one package. One entry for each revision that waited
    and was answered; a receipt that proves nothing changes nothing and is told as a problem.
    ``UserError`` when the stick cannot be read.
    """
    settled = []
    for each in _waiting(session):
        folder = stick if stick.name == each.package else stick / each.package
        found = _settled(session, each, folder)
        settled += [found] if found is not None else []
    return settled


def bring_orders(session: Session, stick: Path) -> Taken:
    """Take what headquarters wrote onto ``stick`` for this laptop; ``UserError`` when it cannot be
    read."""
    with _stick():
        found = read_orders(stick)
    return take_from_folder(session, found)


def _settled(session: Session, outgoing: Outgoing, folder: Path) -> Sent | None:
    own = session.context.data.packages / outgoing.package
    with session.begin() as tx:
        case = cases.by_package(tx, outgoing.package)
    damaged = Sent(case, outgoing.revision, False, "本机的案件包已损坏，请先核验，并联系系统管理员。")
    try:
        kept = read_statement(own, outgoing.revision)
    except (OSError, Malformed):
        return damaged
    if kept is None:
        return damaged
    try:
        found = _outcome(session, kept, folder)
    except ReceiptInvalid:
        return Sent(case, outgoing.revision, False,
                    "U盘上的总部回执无效，没有收下。请先导入最新的信任包；仍不行的，请总部重新写回回执。")
    if found is None or found.document is None:
        return None
    try:
        keep_receipt(own, outgoing.package, outgoing.revision, found.document)
    except OSError as error:
        raise receipt_not_written() from error
    return settle(session, case, outgoing, found)
