"""Lists of rows: added, moved, removed and brought back without touching the other rows."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from field_app.forms import Field, load_form
from field_app.ui.rows_editor import RowsEditor, members_of


def field_of(form: str, key: str) -> Field:
    return next(f for f in load_form(form).fields if f.key == key)


def shown(qtbot: QtBot, form: str, key: str, value: Any) -> RowsEditor:
    made = RowsEditor(field_of(form, key), key, value)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    made.finish()
    qtbot.wait(20)
    return made


@pytest.fixture
def lines(qtbot: QtBot) -> RowsEditor:
    return shown(qtbot, "G1-04", "issues", ["甲", "乙", "丙"])


def places(rows: RowsEditor) -> list[str]:
    return [e.path for e in rows.editors]


def test_rows_move_and_go_without_being_made_anew(lines: RowsEditor) -> None:
    first = lines.editors[0]
    lines._rows[2].up.click()
    assert lines.value() == ["甲", "丙", "乙"] and lines.editors[0] is first
    lines._rows[1].remove.click()
    assert lines.value() == ["甲", "乙"] and lines.editors[0] is first
    assert places(lines) == ["issues[0]", "issues[1]"]
    assert [r.remove.accessibleName() for r in lines._rows] == ["删除第1项", "删除第2项"]
    assert not lines._rows[0].up.isEnabled() and lines._rows[1].up.isEnabled()


def test_a_removed_row_comes_back_and_what_was_typed_since_stays(lines: RowsEditor) -> None:
    lines._remove(1)
    lines._remove(0)
    assert lines.value() == ["丙"] and lines.undo.isVisible()
    lines.editors[0].insert_text("改")
    lines.undo.click()
    assert lines.value() == ["甲", "丙改"]
    lines.undo.click()
    assert lines.value() == ["甲", "乙", "丙改"] and not lines.undo.isVisible()


def test_a_new_row_is_typed_into_at_once_and_tab_finds_it(lines: RowsEditor, qtbot: QtBot) -> None:
    lines.add()
    qtbot.wait(20)
    here = QApplication.focusWidget()
    assert here is lines.editors[3].inner
    QTest.keyClicks(here, "d")
    assert lines.value() == ["甲", "乙", "丙", "d"]
    QTest.keyClick(here, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is lines._add  # Behind the last row, not somewhere else.
    QTest.keyClick(lines._add, Qt.Key.Key_Backtab)
    assert QApplication.focusWidget() is here


def test_members_that_are_not_shown_are_kept(qtbot: QtBot) -> None:
    rows = shown(qtbot, "G1-16", "items_result", [{"item": "防护罩", "of_old": 7}, {"item": "出口"}])
    rows._rows[1].up.click()
    assert [r["item"] for r in rows.value()] == ["出口", "防护罩"] and rows.value()[1]["of_old"] == 7


def test_a_long_list_is_whole_before_it_is_built(qtbot: QtBot) -> None:
    given = [{"item": f"第{n}样"} for n in range(60)]
    rows = RowsEditor(field_of("G1-16", "items_result"), "items_result", given)
    qtbot.addWidget(rows)
    assert len(rows._rows) < 60  # A slice of them.
    assert [r["item"] for r in rows.value()] == [r["item"] for r in given]
    qtbot.waitUntil(lambda: len(rows._rows) == 60)
    assert [r["item"] for r in rows.value()] == [r["item"] for r in given]
    assert len(rows.editors) == 60 * len(members_of(rows.field))
