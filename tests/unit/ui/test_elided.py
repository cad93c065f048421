"""Lines that are cut where there is no room, and what they say instead."""

from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from field_app.ui.parts import Elided, ElidedLink


def made(qtbot: QtBot, *words: str) -> Elided:
    line = Elided()
    qtbot.addWidget(line)
    line.show_text(*words)
    line.show()
    return line


def test_less_is_said_before_words_are_cut(qtbot: QtBot) -> None:
    line = made(qtbot, "synced 4 min ago, 76 GB free", "synced 4 min ago")
    wide = line.fontMetrics().horizontalAdvance
    said = {width: (line.resize(width, 20), line.text())[1] for width in (
        wide(line.whole) + 1, wide(line.whole) - 1, wide("synced 4 min ago") + 1, wide("synced"))}
    assert list(said.values())[:3] == [line.whole, "synced 4 min ago", "synced 4 min ago"]
    assert list(said.values())[3].endswith("\u2026")
    assert line.toolTip() == line.accessibleName() == line.whole


def test_nothing_stands_where_nothing_is_better_than_a_piece(qtbot: QtBot) -> None:
    line = made(qtbot, "agency", "")
    line.resize(line.fontMetrics().horizontalAdvance("agency") - 1, 20)
    assert line.text() == "" and line.toolTip() == "agency"


def test_a_link_says_less_before_it_is_cut(qtbot: QtBot) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    line = QHBoxLayout(page)
    link = ElidedLink("")
    line.addWidget(link)
    page.resize(900, 60)
    page.show()
    whole = "甲甲甲（YL50015600101）　乙乙乙（YL50015600102）　协助：丙丙丙"
    names, fewer = "甲甲甲　乙乙乙　协助：丙丙丙", "甲甲甲　乙乙乙　协助1人"
    link.show_text(whole, names, fewer)
    told = []
    for width in (900, 300, 10):
        page.resize(width, 60)
        QApplication.processEvents()
        told.append(link.text())
    assert told == [whole, names, fewer] and link.accessibleName() == whole
    assert link.fontMetrics().horizontalAdvance(fewer) <= link.width()  # the window is no narrower
