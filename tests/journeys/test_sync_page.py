"""同步: its main button leads to headquarters' address while none is known; very many cases are listed by parts."""

from collections.abc import Callable

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from field_app.actions.context import Session
from field_app.cli.demo.photographs import Photographer
from field_app.domain.case import Case

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


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


def test_very_many_cases_are_listed_by_parts(officer: Photographer, new_case: Callable[[Session], Case]) -> None:
    window = officer.window
    numbers = [new_case(window.shell.officers).local_no for _ in range(25)]
    window.go("sync")
    officer.until(lambda: True)

    def listed() -> int:
        shown = [b.text() for b in window.sync.findChildren(QPushButton) if b.isVisible()]
        return sum(any(words.startswith(number) for words in shown) for number in numbers)

    def more() -> list[QPushButton]:
        return [b for b in window.sync.findChildren(QPushButton) if b.isVisible() and b.text().startswith("再列")]

    assert listed() == 20 and [b.text() for b in more()] == ["再列5件"]
    officer.bottom(window.sync, "sync-many")
    more()[0].click()
    officer.until(lambda: not more())
    assert listed() == 25
    window.sync.refresh()
    officer.until(lambda: True)
    assert listed() == 25, "as many as were asked for"
