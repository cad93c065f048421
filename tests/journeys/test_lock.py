"""The desk locks itself: by the key pulled, by nobody's hand; either officer goes on; people change."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QInputDialog, QMessageBox, QPlainTextEdit

from field_app.actions.context import AppContext
from field_app.actions.find_cards import Card, find_cards
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import OFFICERS, PINS, World
from field_app.domain.people import Role
from field_app.domain.reasons import Level, Reason
from field_app.storage import events
from field_app.ui import keys_here
from field_app.ui.ask_reason import ask_reason
from field_app.ui.lock_guard import IDLE_LOCK_MS
from field_app.ui.people_dialog import PeopleDialog
from tests.journeys.test_refusals import issue


@pytest.fixture
def desk(world: World) -> Iterator[Photographer]:
    made = Photographer(world.laptop.data, world.pictures)
    made.log_in()
    yield made
    made.close()


def told(desk: Photographer) -> list[str]:
    session = desk.window.shell.officers
    with session.begin() as tx:
        return [str(e.members()["typ"]) for e in events.since(tx, 0)]


def test_a_pulled_key_locks_at_once_and_either_goes_on(desk: Photographer, world: World) -> None:
    window, guard = desk.window, desk.window.guard
    card = world.cards / f"{OFFICERS[1]}.p12"
    away = card.rename(world.root / "pulled")
    desk.until(lambda: guard.locked)
    desk.until(lambda: True)
    assert "拔出" in guard.page.why.text() and window.shell.session is not None
    assert guard.page.who.count() == 1  # only the other's key is still there
    window.go("cases")
    QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert guard.locked  # no key opens a page
    away.rename(card)
    guard.page.look()
    desk.until(lambda: guard.page.who.count() == 2)
    desk.take("锁定")
    guard.page.pin.setText("000000")
    guard.page.enter.click()
    desk.until(lambda: "口令不对" in guard.page.refusal.text())
    assert guard.locked and guard.page.pin.text() == ""
    guard.page.who.setCurrentIndex(1)
    guard.page.pin.setText(PINS[1])
    guard.page.enter.click()
    desk.until(lambda: not guard.locked)
    assert told(desk)[-2:] == ["locked", "unlocked"]


def test_nobody_at_the_desk_locks_and_later_logs_out(desk: Photographer) -> None:
    window, guard = desk.window, desk.window.guard
    guard._idle.setInterval(1)
    guard._idle.start()
    desk.until(lambda: guard.locked)
    assert "没有操作" in guard.page.why.text()
    guard._out.setInterval(1)
    guard._out.start()
    desk.until(lambda: window.shell.session is None)
    assert window.root.currentWidget() is window.login


def test_people_change_through_the_dialog(world: World) -> None:
    helper = issue(world, "龙小协（演练）", "F-003", role=Role.AUXILIARY)
    desk = Photographer(world.laptop.data, world.pictures)
    desk.log_in()
    window = desk.window
    dialog = PeopleDialog(window.shell, window)
    desk.until(lambda: True)
    dialog.changed.connect(window._people_changed)
    dialog.join.click()
    assert "请先选择" in dialog.refusal.text()
    dialog.helper.choice.setCurrentIndex(1)
    dialog.helper.pin.setText(helper.pin)
    dialog.join.click()
    desk.until(lambda: bool(window.shell.officers.assistants))
    assert "协助：龙小协（演练）" in window.top.officers.text()
    dialog.show()
    desk.app.processEvents()
    dialog.grab().save(str(world.pictures / "人员.png"))
    assert [c.officer.cert_no for c in dialog.coming._cards] == []  # an auxiliary is no partner
    dialog.close()
    desk.close()


def unlock(desk: Photographer) -> None:
    guard = desk.window.guard
    guard.page.pin.setFocus()
    QTest.keyClicks(guard.page.pin, PINS[guard.page.who.currentIndex()])
    QTest.keyClick(guard.page.pin, Qt.Key.Key_Return)
    desk.until(lambda: not guard.locked)


def ask_behind(desk: Photographer, then: Callable[[QInputDialog], None]) -> str:
    """A reason is asked for and half typed when nobody touches the desk; ``then`` goes on at the locked desk."""
    guard = desk.window.guard
    failed: list[BaseException] = []

    def half() -> None:
        dialog = QApplication.activeModalWidget()
        try:
            assert isinstance(dialog, QInputDialog)
            box = dialog.findChildren(QPlainTextEdit)[0]
            QTest.keyClicks(box, "half")
            guard._idle.setInterval(1)
            guard._idle.start()
            desk.until(lambda: guard.locked)
            guard._idle.setInterval(IDLE_LOCK_MS)
            assert not dialog.isVisible() and QApplication.activeModalWidget() is None
            then(dialog)
        except BaseException as error:
            failed.append(error)
            if isinstance(dialog, QInputDialog):
                dialog.reject()

    QTimer.singleShot(50, half)
    typed = ask_reason(desk.window, (Reason("B-6", Level.WARN, "还欠一份", "请补齐"),), then="完成本环节")
    if failed:
        raise failed[0]
    return typed


def test_a_question_is_hidden_by_the_lock_and_keeps_what_was_typed(desk: Photographer) -> None:
    def back_again(dialog: QInputDialog) -> None:
        unlock(desk)
        assert dialog.isVisible() and QApplication.activeModalWidget() is dialog
        box = dialog.findChildren(QPlainTextEdit)[0]
        assert box.toPlainText() == "half"
        QTest.keyClicks(box, " more")
        QTest.keyClick(box, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    assert ask_behind(desk, back_again) == "half more"


def test_what_comes_while_locked_waits_behind_the_lock(desk: Photographer) -> None:
    window, guard = desk.window, desk.window.guard
    paper = QDialog(window)
    for one in (paper, window.help):
        one.show()
    window.lock()
    assert guard.locked and not paper.isVisible()
    assert window.help.isVisible()  # the manual tells nothing of a case
    desk.until(lambda: guard.page.who.count() > 0)
    guard.page.who.showPopup()
    for _ in range(3):
        desk.app.processEvents()
    assert guard.page.who.view().isVisible()  # who unlocks is still chosen from the list
    guard.page.who.hidePopup()
    failed: list[BaseException] = []

    def look() -> None:
        [box] = window.findChildren(QMessageBox)
        try:
            desk.until(lambda: not box.isVisible())
            unlock(desk)
            assert paper.isVisible() and box.isVisible()
            box.buttons()[0].click()
        except BaseException as error:
            failed.append(error)
            box.reject()

    QTimer.singleShot(50, look)
    assert window.shell.messages.ask("打印没有完成", "某某案件的文书", yes="再印") and not failed, failed


def test_a_log_out_turns_back_what_was_asked(desk: Photographer) -> None:
    window, guard = desk.window, desk.window.guard

    def log_out(dialog: QInputDialog) -> None:
        guard._out.setInterval(1)
        guard._out.start()
        desk.until(lambda: window.shell.session is None)
        assert not dialog.isVisible()

    assert ask_behind(desk, log_out) == ""


def test_a_key_that_is_slow_to_answer_holds_nothing(desk: Photographer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver answers when it likes; what is typed meanwhile waits for it."""
    page, answers = desk.window.guard.page, threading.Event()

    def slow(context: AppContext, folder: Path | None, module: Path | None = None) -> list[Card]:
        assert answers.wait(60)
        return find_cards(context, folder, module)

    monkeypatch.setattr(keys_here, "find_cards", slow)
    desk.window.lock()
    desk.app.processEvents()
    QTest.keyClicks(page.pin, PINS[0])
    QTest.keyClick(page.pin, Qt.Key.Key_Return)
    assert desk.window.guard.locked and page.isVisible() and page.who.count() == 0
    assert page.pin.text() == PINS[0] and not page.enter.isEnabled()
    answers.set()
    desk.until(lambda: page.who.count() == 2)
    QTest.keyClick(page.pin, Qt.Key.Key_Return)
    desk.until(lambda: not desk.window.guard.locked)
