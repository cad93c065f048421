"""Where headquarters' address is not known, the main button of 同步 leads to it; the stick is there beside."""

from collections.abc import Iterator

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


@pytest.fixture
def officer(qtbot: QtBot, world: World) -> Iterator[Photographer]:
    made = Photographer(world.laptop.data, world.pictures)
    made.log_in()
    yield made
    made.close()


def test_the_main_button_leads_to_the_address(officer: Photographer) -> None:
    window = officer.window
    sync, line = window.sync, window.settings.headquarters
    assert not window.shell.settings.headquarters
    window.go("sync")
    officer.until(lambda: True)
    assert sync.address.isVisible() and not sync.send.isVisible() and sync.carry.isVisible()
    officer.take("sync-no-address")
    sync.address.click()
    officer.until(lambda: window.focusWidget() is line)
    assert window.place == "settings"
    assert line.visibleRegion().boundingRect().height() == line.height(), "seen whole"
    QTest.keyClicks(line, "https://hq.example:8443")
    window.settings._save()
    officer.until(lambda: window.shell.settings.headquarters != "")
    window.go("sync")
    officer.until(lambda: True)
    assert sync.send.isVisible() and not sync.address.isVisible()
    assert "hq.example" in sync.place.text()
