"""Columns share a table's width: nothing that has room is cut, nothing scrolls sideways."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QListWidget, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from field_app.ui.columns import shared
from field_app.ui.list_table import ListTable, wrap
from field_app.ui.theme import apply, give_size, load_fonts

_PARTY = "武隆区演练乡桐麻沟木制品有限公司（演练）"


@pytest.fixture(autouse=True)
def undressed(qapp: QApplication) -> Iterator[None]:
    load_fonts()
    apply(qapp, "light")
    yield
    apply(qapp, "light")


@pytest.mark.parametrize(("needs", "room", "given"), [
    ((100, 300), 500, [150, 350]), ((100, 300), 300, [100, 200]), ((300, 300), 400, [200, 200]),
    ((10, 20, 900), 300, [10, 20, 270]), ((5, 5), 0, [0, 0]), ((), 10, []), ((1,), 7, [7])])
def test_room_is_shared_by_what_is_needed(needs: tuple[int, ...], room: int, given: list[int]) -> None:
    assert shared(needs, room) == given


def _table(qtbot: QtBot, width: int, *, party: str = "当事人") -> ListTable:
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    table = ListTable("案件", ("案号", party, "事由", "时间"), wide=(1, 2))
    column.addWidget(table)
    page.resize(width, 300)
    page.show()
    table.show_rows([("D001-2026-0001", _PARTY, "检查", "2026-11-27 09:28")] * 3)
    QApplication.processEvents()
    table.page = page  # type: ignore[attr-defined]  # kept alive with it
    return table


def _widths(table: ListTable) -> list[int]:
    return [table.columnWidth(column) for column in range(4)]


def test_a_long_name_takes_the_room_that_a_short_word_leaves(qtbot: QtBot) -> None:
    table = _table(qtbot, 720)
    widths = _widths(table)
    assert sum(widths) == table.viewport().width()
    assert widths[1] >= table.sizeHintForColumn(1) > (widths[1] + widths[2]) / 2


def test_a_head_is_cut_before_what_is_never_cut(qapp: QApplication, qtbot: QtBot) -> None:
    """A date says nothing by halves; where even the first characters of names have no room, all give way."""
    table = _table(qtbot, 420, party="当事人姓名或者名称")
    least = 4 * table.fontMetrics().horizontalAdvance("字")
    number, _party, _cause, day = _widths(table)
    assert number >= table.sizeHintForColumn(0) and day >= table.sizeHintForColumn(3)
    table.window().resize(number + day + least, 300)
    QApplication.processEvents()
    assert _widths(table)[3] < day and _widths(table)[1] > 0


@pytest.mark.parametrize("scale", [100, 150, 200])
def test_the_columns_follow_window_and_type_and_never_scroll_sideways(
        qapp: QApplication, qtbot: QtBot, scale: int) -> None:
    table = _table(qtbot, 900)
    apply(qapp, "sunlight", scale)
    for width in (900, 420, 260):
        table.window().resize(width, 300)
        QApplication.processEvents()
        assert sum(_widths(table)) == table.viewport().width()
        assert not table.horizontalScrollBar().isVisible()
    assert table.horizontalHeader().textElideMode() is Qt.TextElideMode.ElideRight


@pytest.mark.parametrize("theme", ["light", "sunlight", "dark"])
@pytest.mark.parametrize("scale", [100, 125, 200])
def test_an_entry_of_several_lines_shows_its_last(
        qapp: QApplication, qtbot: QtBot, theme: str, scale: int) -> None:
    """Whatever width its first line has, it is as high as a label of the same words needs to be."""
    apply(qapp, theme, scale)
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    entries = QListWidget()
    wrap(entries)
    give_size(entries, width=300, height=300)
    column.addWidget(entries)
    for length in range(12, 22):
        entries.addItem("第1页　" + "签" * length + "\n　未签名")
    page.show()
    QApplication.processEvents()
    metrics, padding = entries.fontMetrics(), 2 * round(8 * scale / 100)
    for line in range(entries.count()):
        place = entries.visualItemRect(entries.item(line))
        # What Qt keeps free at each side of the words.
        room = entries.viewport().width() - padding - 2 * (entries.style().pixelMetric(
            entries.style().PixelMetric.PM_FocusFrameHMargin) + 1)
        needed = metrics.boundingRect(
            0, 0, room, 10_000, int(Qt.TextFlag.TextWrapAnywhere), entries.item(line).text()).height()
        assert place.height() >= needed + padding, entries.item(line).text()
