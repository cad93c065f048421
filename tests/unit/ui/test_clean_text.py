"""What is pasted: a page of Word, emoji, control characters, a million characters."""

import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from field_app.ui.clean_text import MAX_LINE, MAX_LONG, LineCleaner, TextBox, clean

_WORD = "一、现场情况\x0b\t1.\xa0灶间有钢瓶\r\n\u200b2.软管过长\x07\u2028完"


@pytest.fixture
def copied(qtbot: QtBot, put_on_clipboard: Callable[[QMimeData], None]) -> Callable[[str], None]:
    """Copies words as Word does."""
    def copy(text: str) -> None:
        held = QMimeData()
        held.setText(text)
        held.setHtml(f"<table style='mso-x'><tr><td><b>{text[:1000]}</b></td></tr></table>")
        put_on_clipboard(held)

    return copy


def test_a_page_of_word_becomes_plain_lines() -> None:
    kept, told = clean(_WORD, lines=True, most=MAX_LONG)
    assert kept == "一、现场情况\n 1. 灶间有钢瓶\n2.软管过长\n完"
    assert "去掉了2个印不出来的字符" in told


@pytest.mark.parametrize(("pasted", "kept"), [
    ("好👍的", "好的"), ("一家👨\u200d👩\u200d👧三口", "一家三口"), ("甲\u202e乙", "甲乙"), ("㎡①②", "㎡①②"),
    ("㙦、䶮、𬍛", "㙦、䶮、𬍛"), ("\ue000某", "\ue000某")])
def test_what_prints_stays_and_what_may_be_a_name(pasted: str, kept: str) -> None:
    assert clean(pasted, lines=False, most=99)[0] == kept


def test_a_million_characters_into_a_box_are_cut_at_once_and_told(
        qtbot: QtBot, copied: Callable[[str], None]) -> None:
    box = TextBox("前")
    qtbot.addWidget(box)
    told: list[str] = []
    box.told.connect(told.append)
    box.moveCursor(box.textCursor().MoveOperation.End)
    copied("字" * 1_000_000)
    began = time.monotonic()
    box.paste()
    assert time.monotonic() - began < 2
    assert len(box.toPlainText()) == MAX_LONG
    assert "超出的没有放进来" in told[0]
    box.undo()
    assert box.toPlainText() == "前"


def test_a_line_takes_a_paste_of_many_lines_as_one(qtbot: QtBot, copied: Callable[[str], None]) -> None:
    line = QLineEdit()
    qtbot.addWidget(line)
    line.setMaxLength(MAX_LINE)
    cleaner = LineCleaner(line)
    line.setValidator(cleaner)
    told: list[str] = []
    cleaner.told.connect(told.append)
    copied("演练乡\n桐麻村👍\t一组")
    line.paste()
    assert line.text() == "演练乡 桐麻村 一组"
    assert "1个" in told[0]
    line.clear()
    copied("长" * 1_000_000)
    line.paste()
    assert len(line.text()) == MAX_LINE
    line.clear()
    QTest.keyClicks(line, "abc")
    assert line.text() == "abc"
