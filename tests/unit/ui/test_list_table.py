"""The desk's lists: ticks by the space bar and the mouse, heads, and the room they need."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from field_app.ui.language import speak
from field_app.ui.list_table import ListTable
from field_app.ui.theme import THEMES, apply

_ROWS = [(f"D001-2026-{n:04d}", "overdue", str(n * 1000)) for n in range(1, 6)]


@pytest.fixture
def table(qtbot: QtBot, qapp: QApplication) -> ListTable:
    apply(qapp, "light")
    made = ListTable("list", ("number", "state", "count"), wide=(0,))
    qtbot.addWidget(made)
    made.resize(500, 300)
    made.show_rows(_ROWS, numbers=(2,), tickable=(1, 3))
    made.show()
    return made


def test_the_space_bar_ticks_what_can_be_ticked(table: ListTable) -> None:
    told: list[tuple[int, ...]] = []
    table.ticked.connect(lambda: told.append(table.ticks))
    table.setFocus()
    for _ in _ROWS:  # Every line in turn: three of them have no box.
        QTest.keyClick(table, Qt.Key.Key_Space)
        QTest.keyClick(table, Qt.Key.Key_Down)
    assert told == [(1,), (1, 3)] and told[-1] == table.tickable
    table.setCurrentIndex(table.model().index(1, 2))  # Whichever cell is lit, the line is meant.
    QTest.keyClick(table, Qt.Key.Key_Space)
    assert told[-1] == (3,)
    table.show_rows(_ROWS, tickable=(1, 3))
    assert not table.ticks


def test_the_mouse_ticks_the_box_alone(table: ListTable) -> None:
    place = table.visualRect(table.model().index(3, 0))
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place.left() + 16, place.center().y()))
    assert table.ticks == (3,)
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place.right() - 8, place.center().y()))
    assert table.ticks == (3,) and table.line == 3


def test_nothing_can_be_typed_over(table: ListTable) -> None:
    first = table.model().index(0, 0)
    assert not table.model().setData(first, "x") and table.words(0, 0) == _ROWS[0][0]
    assert not table.model().setData(first, Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)


def test_words_beside_a_box_are_whole(qtbot: QtBot, qapp: QApplication) -> None:
    apply(qapp, "light")
    made = ListTable("list", ("number", "why"), wide=(1,))
    qtbot.addWidget(made)
    made.resize(900, 300)
    made.show_rows([("D001-2026-0003-01", "because")], tickable=(0,))
    made.show()
    qtbot.waitExposed(made)
    words = made.model().index(0, 0)
    option = QStyleOptionViewItem()
    made.initViewItemOption(option)
    option.rect = made.visualRect(words)
    delegate = made.itemDelegate()
    assert isinstance(delegate, QStyledItemDelegate)
    delegate.initStyleOption(option, words)
    place = made.style().subElementRect(QStyle.SubElement.SE_ItemViewItemText, option, made)
    margin = 2 * (made.style().pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, option, made) + 1)
    assert place.width() >= made.fontMetrics().horizontalAdvance("D001-2026-0003-01") + margin


def test_heads_stand_over_what_they_name(table: ListTable) -> None:
    model, role = table.model(), Qt.ItemDataRole.TextAlignmentRole
    assert model.headerData(2, Qt.Orientation.Horizontal, role) == model.data(model.index(0, 2), role)
    assert model.headerData(0, Qt.Orientation.Horizontal, role) is None


def test_a_head_begins_with_a_capital_where_the_language_has_them(table: ListTable) -> None:
    assert table.model().headerData(0, Qt.Orientation.Horizontal) == "number"  # Chinese words are never touched.
    try:
        speak("en")
        assert table.model().headerData(0, Qt.Orientation.Horizontal) == "Number"
    finally:
        speak("zh")


def test_it_knows_the_room_it_needs(table: ListTable) -> None:
    needed = table.needed_width()
    table.resize(needed, 300)
    assert table.horizontalHeader().length() <= table.viewport().width()
    many = ListTable("list", tuple(f"a long head of column {n}" for n in range(9)), wide=(0,))
    many.show_rows([("1",) * 9])
    assert many.needed_width() > needed
    many.deleteLater()


def test_what_has_a_colour_keeps_it_in_the_line_that_is_lit(table: ListTable) -> None:
    red = QColor(THEMES["light"].stop)
    table.show_rows(_ROWS, {(0, 1): THEMES["light"].stop})
    assert table.line == 0
    image = table.viewport().grab(table.visualRect(table.model().index(0, 1))).toImage()
    drawn = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    assert any(max(abs(c.red() - red.red()), abs(c.green() - red.green()), abs(c.blue() - red.blue())) < 30
               for c in drawn)
