"""执法事项 is found by any of its words, chosen by keyboard, and told with what it means."""

import tomllib
from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from field_app.paths import RESOURCES
from field_app.rules.catalogue import read_catalogue
from field_app.ui.matter_picker import MatterPicker
from field_app.ui.shell import Shell

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
MATTERS = read_catalogue(tomllib.loads(
    (RESOURCES / "training" / "catalogue.toml").read_text("utf-8"))).matters_of(
        "重庆市武隆区演练乡人民政府", date(2026, 11, 24))


@pytest.fixture
def picker(qtbot: QtBot) -> Iterator[MatterPicker]:
    window, line = QWidget(), QLineEdit()
    made = MatterPicker(cast(Shell, SimpleNamespace()), line)
    column = QVBoxLayout(window)
    column.addWidget(line)
    column.addWidget(made.note)
    qtbot.addWidget(window)
    made.show_matters(MATTERS)
    with qtbot.waitExposed(window):
        window.show()
    line.setFocus()
    yield made
    window.close()


def _line(picker: MatterPicker) -> QLineEdit:
    return cast(QLineEdit, picker.parent())


def _type(line: QLineEdit, words: str) -> None:
    """As an input method commits them."""
    event = QInputMethodEvent()
    event.setCommitString(words)
    QApplication.sendEvent(line, event)


@pytest.mark.parametrize(("words", "found"), [
    ("入户安全检查", "演练-燃气-0001"), ("占道", "演练-城管-0001"), ("秸秆", "演练-环保-0001"),
    ("小餐饮", "演练-食品-0001"), ("演练-应急", "演练-应急-0001")])
def test_any_word_finds_it_and_down_and_enter_choose(
        words: str, found: str, picker: MatterPicker, qtbot: QtBot) -> None:
    line = _line(picker)
    pressed: list[bool] = []
    line.returnPressed.connect(lambda: pressed.append(True))
    _type(line, words)
    popup = line.completer().popup()
    assert popup is not None
    qtbot.waitUntil(popup.isVisible)
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert picker.chosen is not None and picker.chosen.code == found
    assert line.text() == picker.chosen.name and not pressed
    assert picker.chosen.capacity in picker.note.text() and "《" in picker.note.text()


def test_what_was_not_checked_and_what_is_unknown_are_told(picker: MatterPicker) -> None:
    line = _line(picker)
    line.setText("对在人口集中地区露天焚烧秸秆、落叶等产生烟尘污染的物质的行政处罚")
    assert "未经核对" in picker.note.text() and picker.note.objectName() == "muted"
    line.setText("自己写的事项")
    assert picker.chosen is None and picker.note.objectName() == "warning"
    assert "移交有权机关" in picker.note.text()
    line.clear()
    assert picker.note.isHidden()


def test_without_a_catalogue_it_says_so(picker: MatterPicker) -> None:
    picker.show_matters(())
    assert "还没有执法事项清单" in picker.note.text()
    _line(picker).setText("自己写的事项")
    assert picker.note.objectName() == "muted"
