"""A case's key is destroyed only after headquarters' receipt, by both, and nothing opens after."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QLabel, QPlainTextEdit, QPushButton

from field_app.actions.case_desk import case_desk
from field_app.actions.context import Session
from field_app.actions.fill_document import issue_paper, paper_files, save_draft, start_paper
from field_app.actions.log_in import log_out
from field_app.actions.seal_case import seal_case
from field_app.actions.shred_case import shred_case
from field_app.cli.demo.day import sample_answers, typed
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import PINS, World
from field_app.domain.case import Case, SyncState
from field_app.errors import UserError
from field_app.storage import cases, events, outbox
from field_app.ui.pin_dialog import PinDialog

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


def test_it_is_cleared_on_request_and_told_as_what_was_wished(
        session: Session, world: World, new_case: Callable[[Session], Case]) -> None:
    case = new_case(session)
    with session.begin() as tx:
        outbox.keep_receipt(tx, case.package, 1, b"{}", b"p7s", at=session.at)
        cases.set_sync(tx, case.id, SyncState.RECEIVED, revision=1)
    log_out(session)
    desk = Photographer(world.laptop.data, world.pictures)
    asked: list[str] = []

    def answer() -> None:
        """Why, then both PINs; an empty reason is no answer."""
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QInputDialog):
            [accept] = [b for b in dialog.findChildren(QPushButton) if b.text() == "继续，两人确认"]
            asked.append(f"{dialog.labelText()[:20]} {accept.isEnabled()}")
            [box] = dialog.findChildren(QPlainTextEdit)
            QTest.keyClicks(box, "moved to the archive")
            accept.click()
        elif isinstance(dialog, PinDialog):
            for line, pin in zip(dialog.pins, PINS, strict=True):
                QTest.keyClicks(line, pin)
            timer.stop()
            QTest.keyClick(dialog.pins[1], Qt.Key.Key_Return)

    timer = QTimer()
    timer.timeout.connect(answer)
    try:
        desk.log_in()
        desk.window.go("sync")
        page = desk.window.sync

        def clear() -> list[QPushButton]:
            return [b for b in page.findChildren(QPushButton) if b.text() == "清除本机内容…" and b.isVisible()]

        desk.until(lambda: bool(clear()))
        timer.start(50)
        QTest.mouseClick(clear()[0], Qt.MouseButton.LeftButton)
        desk.until(lambda: not clear() and "已清除" in desk.window.banner._text.text())
        assert asked == ["总部已经签收本案全部内容。清除（销毁本案 False"]
        told = [one for one in page.findChildren(QLabel) if "本机密钥已销毁" in one.text()]
        assert told and told[0].objectName() == "good", "what was asked for is no trouble"
    finally:
        timer.stop()
        desk.close()
