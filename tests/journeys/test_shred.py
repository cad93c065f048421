"""A case's key is destroyed only after headquarters' receipt, by both, and nothing opens after."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from field_app.actions.case_desk import case_desk
from field_app.actions.context import Session
from field_app.actions.fill_document import issue_paper, paper_files, save_draft, start_paper
from field_app.actions.seal_case import seal_case
from field_app.actions.shred_case import shred_case
from field_app.cli.demo.day import sample_answers, typed
from field_app.cli.demo.world import World
from field_app.domain.case import Case, SyncState
from field_app.errors import UserError
from field_app.storage import cases, events, outbox

WHY = "案卷已移交区档案馆"


def refused(call: object) -> str:
    with pytest.raises(UserError) as error:
        call()  # type: ignore[operator]
    assert error.value.what and error.value.remedy
    return error.value.code


def test_only_after_the_receipt_and_then_for_good(
        session: Session, world: World, new_case: Callable[[Session], Case]) -> None:
    case = new_case(session)
    step = case_desk(session, case.id).step("inspection").step
    draft = start_paper(session, case.id, step.id, "G1-04")
    save_draft(session, draft.id, typed(draft.answers, sample_answers("G1-04"))
               | {"av_refs": ["执法记录仪-07"], "PARTY": draft.answers["PARTY"]})
    paper = issue_paper(session, draft.id)
    both = world.both()
    assert refused(lambda: shred_case(session, case.id, both, reason=WHY)) == "shred.not_received"
    sealed = seal_case(session, case.id, both)
    assert refused(lambda: shred_case(session, case.id, both, reason=WHY)) == "shred.not_received"
    with session.begin() as tx:
        outbox.keep_receipt(tx, case.package, sealed.revision, b"{}", b"p7s", at=session.at)
        cases.set_sync(tx, case.id, SyncState.RECEIVED, revision=sealed.revision)
        identity = cases.get(tx, case.id).identity
    first, second = both
    wrong = (first, replace(second, pin="000000"))
    assert refused(lambda: shred_case(session, case.id, wrong, reason=WHY)) == "login.wrong_pin"
    assert refused(lambda: shred_case(session, case.id, both, reason=" ")) == "shred.reason"
    backup = session.context.data.backups / "store-0010-x.db"
    backup.write_bytes(b"an older copy")
    done = shred_case(session, case.id, both, reason=WHY)
    assert done.shredded and not backup.exists()
    assert refused(lambda: paper_files(session, paper, why="viewed")) == "case.shredded"
    assert refused(lambda: start_paper(session, case.id, step.id, "G1-04") and seal_case(
        session, case.id, both)) in ("case.shredded", "seal.draft")
    assert refused(lambda: shred_case(session, case.id, both, reason=WHY)) == "shred.done"
    assert case_desk(session, case.id).case.local_no == case.local_no  # the register stays
    with session.begin() as tx:
        told = [e.members()["typ"] for e in events.of_case(tx, case.id)]
        assert "case_shredded" in told and events.first_break(tx) is None
        kept = tx.connection.exec_driver_sql("SELECT identity FROM case_file").scalars().all()
    assert identity and identity not in kept
