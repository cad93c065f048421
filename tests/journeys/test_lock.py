"""The desk locks itself: by the key pulled, by nobody's hand; either officer goes on; people change."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import OFFICERS, PINS, World
from field_app.domain.people import Role
from field_app.storage import events
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
    assert "拔出" in guard.page.why.text() and window.shell.session is not None
    assert guard.page.who.count() == 1  # only the other's key is still there
    window.go("cases")
    QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert guard.locked  # no key opens a page
    away.rename(card)
    guard.page.look()
    assert guard.page.who.count() == 2
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
