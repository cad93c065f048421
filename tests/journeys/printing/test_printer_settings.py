"""Offsets typed in the settings and not saved yet stay, whatever page or language is looked at meanwhile."""

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from field_app.actions.print_profiles import load_profiles
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from field_app.languages import CHINESE
from field_app.ui.language import speak
from field_app.ui.printer_settings import PrinterSettings


@pytest.fixture
def officer(world: World, printer: Any) -> Iterator[Photographer]:
    made = Photographer(world.laptop.data, world.pictures)
    made.log_in()
    yield made
    speak(CHINESE)
    made.close()


def shown(officer: Photographer, printer: Any) -> PrinterSettings:
    officer.window.go("settings")
    officer.until(lambda: officer.window.settings.printers.printer.currentText() == printer.name)
    officer.until(lambda: True)
    return officer.window.settings.printers


def test_offsets_stay_until_they_are_saved(officer: Photographer, printer: Any) -> None:
    page = shown(officer, printer)
    page.right.setFocus()
    page.right.selectAll()
    QTest.keyClicks(page.right, "1.5")
    page.down.setFocus()
    page.down.selectAll()
    QTest.keyClicks(page.down, "-2.0")
    officer.window.go("today")
    page = shown(officer, printer)
    assert (page.right.value(), page.down.value()) == (1.5, -2.0)
    language = officer.window.settings.language
    language.setCurrentIndex(language.findData("en"))
    language.activated.emit(language.currentIndex())
    before = page
    officer.until(lambda: officer.window.settings.printers is not before)
    page = shown(officer, printer)
    assert (page.right.value(), page.down.value()) == (1.5, -2.0)
    QTest.mouseClick(page.save, Qt.MouseButton.LeftButton)
    officer.until(lambda: page.typed() is None)
    kept = load_profiles(officer.window.shell.context).of(printer.name)
    assert (kept.right_um, kept.down_um) == (1500, -2000)
