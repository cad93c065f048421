"""A screen smaller than promised: a projector of 1024x768, a paper in hand, the largest type."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from field_app.ui import theme
from field_app.ui.nav_rail import NAV
from tests.journeys import walk

SMALL, BASE = (1024, 728), (1366, 728)  # the taskbar takes 40 rows
_PAPER_PX = 400  # a sheet that can be read


@pytest.fixture
def officer(world: World) -> Iterator[Photographer]:
    made = Photographer(world.laptop.data, world.pictures)
    made.log_in()
    yield made
    theme.apply(made.app, "light")
    made.close()


def begin_a_record(officer: Photographer) -> None:
    window = officer.window
    window.go("new")
    for line, text in ((window.new.name, "武隆区演练乡桐麻沟木制品有限公司（演练）"),
                       (window.new.place, "重庆市武隆区演练乡桐麻村一组18号"), (window.new.cause, "安全生产日常检查")):
        line.setText(text)
    QTest.keyClick(window.new.matter, Qt.Key.Key_Return)
    officer.until(lambda: window.desk.desk is not None)
    window.desk.step.start_paper.emit("G1-04")
    officer.until(lambda: window.desk.editor is not None and bool(window.desk.editor.view.pages))


def test_the_steps_give_way_to_the_paper_and_come_back(officer: Photographer) -> None:
    desk = officer.window.desk
    officer.window.resize(*SMALL)
    begin_a_record(officer)
    assert desk.editor is not None
    assert not desk.rail.isVisible() and desk.editor.view.width() >= _PAPER_PX
    assert desk.head.title.text() == desk.head.title.whole
    assert walk.clipped(officer.window) == [] and officer.window.width() == SMALL[0]
    officer.window.resize(*BASE)  # onto the laptop's own screen again
    officer.app.processEvents()
    assert desk.rail.isVisible() and desk.head.facts.isVisible()
    officer.window.resize(*SMALL)
    QTest.keyClick(officer.window, Qt.Key.Key_Escape)
    officer.until(lambda: desk.editor is None)
    officer.until(lambda: True)
    assert desk.rail.isVisible() and desk.head.facts.isVisible()
    assert walk.clipped(officer.window) == []


@pytest.mark.parametrize("scale", [150, 200])
def test_every_page_is_reached_where_the_screen_is_too_low_for_the_rail(officer: Photographer, scale: int) -> None:
    theme.apply(officer.app, "sunlight", scale)
    officer.window.resize(*BASE)
    officer.app.processEvents()
    assert officer.window.minimumSizeHint().height() <= BASE[1]
    last = officer.window.nav[NAV[-1][0]]
    for name, _words in NAV:
        officer.go(name, f"low-{name}")
        assert officer.window.minimumSizeHint().height() <= BASE[1], name
    assert last.isChecked() and last.visibleRegion().boundingRect() == last.rect()


@pytest.mark.parametrize(("look", "scale"), [("light", 100), ("sunlight", 150), ("light", 200), ("sunlight", 200)])
def test_two_log_in_with_any_type_without_scrolling(world: World, look: str, scale: int) -> None:
    """With the largest the second officer's half was cut off at the edge, and 登录 lay below it."""
    desk = Photographer(world.laptop.data, world.pictures, theme=look, percent=scale, size=BASE)
    try:
        login = desk.window.login
        desk.until(lambda: all(half.card is not None for half in login.halves))
        needed = [login.enter, *(part for half in login.halves for part in (half.choice, half.pin, half.facts))]
        assert [n.accessibleName() for n in needed if n.visibleRegion().boundingRect() != n.rect()] == []
        assert walk.clipped(login) == [] and desk.window.width() == BASE[0]
        for half, pin in zip(login.halves, ("wrong-pin-1", "wrong-pin-2"), strict=True):
            half.pin.setText(pin)
        login.enter.click()
        desk.until(lambda: bool(login.refusal.text()))
        desk.until(lambda: True)
        assert login.refusal.visibleRegion().boundingRect() == login.refusal.rect()
        assert "口令" in login.refusal.text()
    finally:
        theme.apply(desk.app, "light")
        desk.close()
