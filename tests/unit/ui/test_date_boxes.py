"""A day typed, counted and emptied by keys; Tab always leaves the box."""

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from field_app.ui.date_boxes import NO_DATE, UNSET, DayBox, MomentBox


@pytest.mark.parametrize("kind", [DayBox, MomentBox])
def test_tab_goes_in_and_out_of_an_empty_and_a_filled_box(qtbot: QtBot, kind: type[DayBox | MomentBox]) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    before, box, after = QLineEdit(), kind(), QLineEdit()
    column = QVBoxLayout(page)
    for part in (before, box, after):
        column.addWidget(part)
    page.show()
    for day in (NO_DATE, QDate(2026, 5, 14)):
        box.setDate(day)
        before.setFocus()
        QTest.keyClick(before, Qt.Key.Key_Tab)
        assert page.focusWidget() is box
        QTest.keyClick(box, Qt.Key.Key_Tab)
        assert page.focusWidget() is after
        QTest.keyClick(after, Qt.Key.Key_Backtab)
        assert page.focusWidget() is box


def test_digits_arrows_and_delete(qtbot: QtBot) -> None:
    box = DayBox()
    qtbot.addWidget(box)
    box.setDate(NO_DATE)
    box.show()
    assert box.text() == UNSET
    QTest.keyClicks(box, "20261225")
    assert box.date() == QDate(2026, 12, 25)
    QTest.keyClick(box, Qt.Key.Key_Up)
    assert box.date() == QDate(2026, 12, 26)
    QTest.keyClick(box, Qt.Key.Key_Delete)
    assert box.text() == UNSET
    QTest.keyClick(box, Qt.Key.Key_Up)
    assert box.date() == QDate.currentDate()
