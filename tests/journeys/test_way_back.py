"""Esc leads one level up, and from 设置 back to where the officers came from, with the cursor there."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit

from field_app.cli.demo.photographs import Photographer
from field_app.languages import CHINESE
from field_app.ui.language import speak
from tests.journeys.desk_walk import begin_paper

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)


def _press(officer: Photographer, key: Qt.Key, *, ctrl: bool = False) -> None:
    officer.window.activateWindow()
    modifier = Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier
    QTest.keyClick(officer.window.focusWidget() or officer.window, key, modifier)
    officer.until(lambda: True)


def _typing(officer: Photographer) -> QPlainTextEdit:
    """A draft in hand, a field half written."""
    window = officer.window
    editor = begin_paper(officer)
    editor.form.focus("check_findings")
    box = window.focusWidget()
    assert isinstance(box, QPlainTextEdit)
    QTest.keyClicks(box, "gas bottle 2")
    QTest.keyClick(box, Qt.Key.Key_Left)
    return box


@pytest.mark.parametrize("how", ["key", "hand"])
def test_from_settings_to_the_paper_in_hand(officer: Photographer, how: str) -> None:
    window, box = officer.window, _typing(officer)
    if how == "key":
        _press(officer, Qt.Key.Key_9, ctrl=True)
    else:
        QTest.mouseClick(window.nav["settings"], Qt.MouseButton.LeftButton)
        QTest.mouseClick(window.settings.proxy, Qt.MouseButton.LeftButton)
    assert window.place == "settings"
    _press(officer, Qt.Key.Key_9, ctrl=True)  # Already there: it is not where they came from.
    _press(officer, Qt.Key.Key_Escape)
    assert window.place == "desk" and window.nav["cases"].isChecked() and box.isVisible()
    assert window.focusWidget() is box and box.textCursor().position() == len("gas bottle ")
    QTest.keyClicks(box, "no. ")
    assert box.toPlainText() == "gas bottle no. 2"


def test_from_settings_in_another_language_to_the_paper_in_hand(officer: Photographer) -> None:
    _typing(officer)
    officer.window.go("settings")
    box = officer.window.settings.language
    try:
        box.setCurrentIndex(box.findData("en"))
        box.activated.emit(box.currentIndex())
        officer.until(lambda: officer.window.desk.editor is not None and officer.window.place == "settings")
        _press(officer, Qt.Key.Key_Escape)
        editor = officer.window.desk.editor
        assert officer.window.place == "desk" and editor is not None and editor.isVisible()
        assert editor.form.answers()["check_findings"] == "gas bottle 2"
    finally:
        speak(CHINESE)


def test_from_settings_to_a_page(officer: Photographer) -> None:
    window = officer.window
    window.go("new")
    window.new.name.setText("演练公司")
    window.new.name.setFocus()
    window.go("settings")
    window.settings.administer.emit()
    _press(officer, Qt.Key.Key_Escape)
    assert window.place == "settings", "one level, not two"
    _press(officer, Qt.Key.Key_Escape)
    assert window.place == "new" and window.new.name.text() == "演练公司" and window.new.name.hasFocus()
    for page in ("laws", "sync", "today"):
        window.go(page)
        window.go("settings")
        _press(officer, Qt.Key.Key_Escape)
        assert window.place == page and window.nav[page].isChecked()
