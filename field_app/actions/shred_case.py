"""Destroys the key of a case on this laptop, once headquarters has signed for everything of it.

Whatever the case's sealed files are then copied to, they open at headquarters only. The row, the
log and headquarters' receipts stay.
"""

from dataclasses import replace

from field_app.actions.context import Session, refuse
from field_app.actions.log_in import CardAndPin, confirm_both
from field_app.domain.case import Case, ClipState, PaperState, SyncState
from field_app.domain.ids import CaseId
from field_app.storage import cases, clips, outbox, papers
from field_app.storage.store import Tx

MAX_REASON = 200


def _may(tx: Tx, case: Case) -> None:
    if case.shredded:
        raise refuse(f"案件{case.local_no}的本机密钥已经销毁过。", "不必再做。", code="shred.done")
    if case.sync is not SyncState.RECEIVED or outbox.receipt(tx, case.package, case.revision) is None:
        raise refuse(f"总部还没有签收案件{case.local_no}的全部内容。", "请先封存报送，收到总部回执后再销毁。",
                     code="shred.not_received")
    if any(p.state is PaperState.DRAFT for p in papers.of_case(tx, case.id)) or any(
            c.state is ClipState.RECORDING for c in clips.of_case(tx, case.id)):
        raise refuse("案件还有未定稿的文书或者正在录制。", "请先办完，再封存报送。", code="shred.open")


def shred_case(session: Session, case_id: CaseId, cards: tuple[CardAndPin, CardAndPin], *,
               reason: str) -> Case:
    """Destroy the key; both officers give their PINs and say why. ``UserError`` tells what stands
    against it. Copies of the store made before an upgrade hold the key too, so they go as well.
    """
    if not reason.strip():
        raise refuse("没有写明理由。", "请写明理由后再销毁。", code="shred.reason")
    with session.begin() as tx:
        _may(tx, cases.get(tx, case_id))
    for key in confirm_both(session, *cards):
        key.forget()
    with session.begin() as tx:
        case = cases.get(tx, case_id)
        _may(tx, case)
        done = replace(case, identity="", problem=f"本机密钥已销毁：{reason.strip()[:MAX_REASON]}")
        cases.save(tx, done)
        session.note(tx, "case_shredded", case=case_id, body={
            "revision": case.revision, "package": case.package})
    session.store.forget_deleted()
    for old in session.context.data.backups.glob("store-*"):
        old.unlink()
    return done
