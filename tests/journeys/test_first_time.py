"""What a first-time officer stumbles over: a PIN mistyped, a stick to be found, where the steps stand."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from field_app.actions.context import Session
from field_app.actions.seal_case import seal_case
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import OFFICERS, PINS, World
from field_app.domain.case import Case
from field_app.domain.clock import Moment, SystemClock
from field_app.domain.people import Role
from field_app.ui import ask_place
from field_app.ui.ask_place import PlaceDialog
from tests.journeys.test_refusals import PIN, issue


@pytest.fixture
def officer(world: World) -> Iterator[Photographer]:
    made = Photographer(world.laptop.data, world.pictures)
    yield made
    made.close()


def test_a_mistyped_pin_is_typed_over(officer: Photographer) -> None:
    login = officer.window.login
    officer.until(lambda: all(half.card is not None for half in login.halves))
    first, second = login.halves
    QTest.keyClicks(first.pin, PINS[0])
    QTest.keyClick(first.pin, Qt.Key.Key_Return)
    QTest.keyClicks(second.pin, "mistyped")
    QTest.keyClick(second.pin, Qt.Key.Key_Return)
    officer.until(lambda: "口令不对" in login.refusal.text())
    assert QApplication.focusWidget() is second.pin
    QTest.keyClicks(second.pin, PINS[1])
    QTest.keyClick(second.pin, Qt.Key.Key_Return)
    officer.until(lambda: officer.window.shell.session is not None)


def test_two_officers_are_chosen_beside_an_auxiliary(world: World) -> None:
    issue(world, "丙（演练）", "F-003", role=Role.AUXILIARY)
    made = Photographer(world.laptop.data, world.pictures)
    try:
        login = made.window.login
        made.until(lambda: all(half.card is not None for half in login.halves))
        assert [half.card.officer.cert_no for half in login.halves if half.card] == [
            name.rpartition("-")[2] for name in OFFICERS]
        assert "3份证书" in login.folder.text() and QApplication.focusWidget() is login.halves[0].pin
        # Whoever may not be one of the two is told why and what to do, and both halves stay alike.
        first, second = login.halves
        first.choice.setCurrentIndex(next(n for n in range(first.choice.count()) if "丙" in first.choice.itemText(n)))
        made.until(lambda: "辅助人员" in first.state.text())
        assert abs(first.width() - second.width()) <= 1
        first.pin.setText(PIN)  # Not of ASCII: no keys for it here.
        QTest.keyClicks(second.pin, PINS[1])
        QTest.keyClick(second.pin, Qt.Key.Key_Return)
        made.until(lambda: "点左上角的姓名" in login.refusal.text())
    finally:
        made.close()


class NextYear:
    """The machine's clock when these certificates are over."""

    def now(self) -> Moment:
        real = SystemClock().now()
        return replace(real, wall=real.wall + timedelta(days=400))


def test_certificates_that_are_over_say_so_before_anybody_chooses(officer: Photographer) -> None:
    login, shell = officer.window.login, officer.window.shell
    shell.context = replace(shell.context, clock=NextYear())
    for half in login.halves:
        half.choice.setCurrentIndex(0)
    login.look()
    officer.until(lambda: True)
    assert all(half.card is None for half in login.halves)
    told = login.refusal.text()
    assert told.count("过期") == 2 and "不足两份" in told and "换发" in told


def test_a_stick_is_one_press_away(
        officer: Photographer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mounting needs more rights than a test has: which drives there are is told in its place."""
    from field_app.media.importing.drives import Drive

    stick = tmp_path / "STICK"
    stick.mkdir()
    found: list[Drive] = []
    monkeypatch.setattr(ask_place, "plugged_in", lambda: list(found))
    officer.log_in()
    failed: list[BaseException] = []

    def press() -> None:
        dialog = QApplication.activeModalWidget()
        try:
            assert isinstance(dialog, PlaceDialog)
            officer.until(lambda: "没有找到U盘" in dialog.none.text())
            found.append(Drive(stick, "STICK"))
            [again] = [b for b in dialog.findChildren(QPushButton) if b.text() == "刷新"]
            QTest.mouseClick(again, Qt.MouseButton.LeftButton)
            officer.until(lambda: "STICK" in str(getattr(dialog.focusWidget(), "text", str)()))
            QTest.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Space)
        except BaseException as error:
            failed.append(error)
            if isinstance(dialog, PlaceDialog):
                dialog.reject()

    QTimer.singleShot(50, press)
    assert ask_place.ask_place(officer.window.shell, officer.window, "拷到哪个U盘") == stick, failed


def test_the_chosen_step_stays_in_sight_and_keeps_the_keys(
        officer: Photographer, new_case: Callable[[Session], Case]) -> None:
    officer.log_in()
    case = new_case(officer.window.shell.officers)
    desk = officer.window.desk
    officer.window.open_case(case.id)
    officer.until(lambda: desk.desk is not None)
    [fold] = [b for b in desk.rail.findChildren(QPushButton) if b.text().startswith("以后的环节")]
    QTest.mouseClick(fold, Qt.MouseButton.LeftButton)
    assert desk.desk is not None
    last = desk.desk.steps[-1].step.id
    officer.until(lambda: last in desk.rail.buttons)
    desk.rail.buttons[last].setFocus()
    QTest.mouseClick(desk.rail.buttons[last], Qt.MouseButton.LeftButton)
    officer.until(lambda: desk.here == last)
    officer.until(lambda: desk.rail.buttons[last].visibleRegion().boundingRect().height()
                  == desk.rail.buttons[last].height())
    assert QApplication.focusWidget() is desk.rail.buttons[last]
    officer.window.open_case(case.id)
    officer.until(lambda: last not in desk.rail.buttons)  # folded away again


def test_a_case_opens_at_its_step_from_the_top(
        officer: Photographer, new_case: Callable[[Session], Case]) -> None:
    officer.log_in()
    case = new_case(officer.window.shell.officers)
    desk = officer.window.desk
    bar = desk.step._area.verticalScrollBar()
    for _ in range(2):
        officer.window.go("cases")
        officer.until(lambda: True)
        officer.window.open_case(case.id)
        officer.until(lambda: desk.desk is not None and desk.here in desk.rail.buttons)
        officer.until(lambda: bar.maximum() > 0 and bar.value() == 0)
        assert desk.here is not None
        assert QApplication.focusWidget() is desk.rail.buttons[desk.here]
        bar.setValue(bar.maximum())
    desk.refresh()
    officer.until(lambda: True)
    officer.until(lambda: bar.value() == bar.maximum() > 0)  # read anew it stays where it was looked at


def test_a_new_case_leads_to_what_is_missing(officer: Photographer) -> None:
    officer.log_in()
    window = officer.window
    window.go("new")
    QTest.keyClicks(window.new.name, "shop")
    QTest.mouseClick(window.new.start, Qt.MouseButton.LeftButton)
    officer.until(lambda: "检查地点" in window.banner.text)
    assert QApplication.focusWidget() is window.new.place


def test_carrying_keeps_the_keys_on_the_page(
        officer: Photographer, world: World, new_case: Callable[[Session], Case], tmp_path: Path) -> None:
    officer.log_in()
    session, sync = officer.window.shell.officers, officer.window.sync
    case = new_case(session)
    new_case(session)
    seal_case(session, case.id, world.both())
    officer.window.go("sync")
    officer.until(lambda: len(sync._frames) == 2)
    assert sync._frames[0][0].case.id == case.id  # what waits stands before what is still worked on
    sync.carry.setFocus()
    sync.carry_to(tmp_path)
    officer.until(lambda: not sync.sending)
    assert QApplication.focusWidget() is sync.carry
