"""F1 where one is, the sheet of keys, why something cannot be done, and the paper alone for the party."""

import re

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from field_app.actions.manual import folder_of, manual
from field_app.actions.open_case import NewCase, open_case
from field_app.cli.demo.photographs import Photographer
from field_app.languages import LANGUAGES
from field_app.ui.nav_rail import NAV
from field_app.ui.why_dialog import WhyDialog


def _press(officer: Photographer, key: Qt.Key, *, ctrl: bool = False) -> None:
    officer.window.activateWindow()
    officer.until(officer.window.isActiveWindow)
    QTest.keyClick(officer.window, key, Qt.KeyboardModifier.ControlModifier if ctrl
                   else Qt.KeyboardModifier.NoModifier)
    officer.until(lambda: True)


def _words(widget: QWidget) -> str:
    return "\n".join(w.text() for w in widget.findChildren(QLabel))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_place_has_its_page_with_its_pictures(language: str) -> None:
    pages = {page.id: page for page in manual(language)}
    assert {name for name, _words in NAV} | {
        "login", "new", "desk", "paper", "import", "administration", "lock"} == set(pages)
    for page in pages.values():
        assert page.title and page.text
        for picture in re.findall(r"!\[.*?\]\((.+?)\)", page.text):
            assert 0 < (folder_of(language) / picture).stat().st_size < 60_000, picture


def test_help_why_and_the_party(officer: Photographer) -> None:
    window = officer.window
    for place, title in (("today", "今日"), ("sync", "同步")):
        window.go(place)
        _press(officer, Qt.Key.Key_F1)
        assert window.help.isVisible() and window.help.text.toPlainText().startswith(title)
        QTest.keyClick(window.help, Qt.Key.Key_Escape)
        assert not window.help.isVisible()
    _press(officer, Qt.Key.Key_Slash, ctrl=True)
    assert window.help.tabs.currentIndex() == 1 and "开始、停止录制" in _words(window.help.keys)
    window.help.close()
    case = open_case(window.shell.officers, NewCase(
        cause="日常检查", matter="", place="车间", party={"name": "演练公司"}))
    window.open_case(case.id)
    officer.until(lambda: window.desk.desk is not None)
    window.desk.step.end.emit("rectify")  # Without its record the step cannot end.
    officer.until(window.banner.isVisible)
    assert window.banner.why.isVisible()
    told: list[str] = []

    def read() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, WhyDialog):
            told.append(_words(dialog))
            dialog.accept()
        else:
            QTimer.singleShot(20, read)

    QTimer.singleShot(0, read)
    window.banner.why.click()
    assert "必须先办" in told[0] and "依据：《中华人民共和国行政处罚法》第" in told[0] and "怎么办：" in told[0]
    window.desk.step.start_paper.emit("G1-04")
    officer.until(lambda: window.desk.editor is not None and bool(window.desk.editor.view.pages))
    _press(officer, Qt.Key.Key_F5)
    editor = window.desk.editor
    assert editor is not None and editor.party is not None and editor.party.isVisible()
    party = editor.party
    assert len(party.view.pages) == len(editor.view.pages)
    assert "演练公司" in party.large.toPlainText() and "案件情形" not in _words(party)
    assert editor.form.focus("check_findings")
    QTest.keyClicks(window.focusWidget(), "saw without guard")
    officer.until(lambda: "saw without guard" in party.large.toPlainText())
    party.larger()
    small = party.large.font().pixelSize()
    party.larger()
    assert party.stack.currentWidget() is party.large and party.large.font().pixelSize() > small
    window.lock()
    assert editor.party is None, "nothing of the case stays on the other screen"


def test_removed_rows_and_questions_come_back(officer: Photographer) -> None:
    from field_app.actions.fill_document import form_of
    from field_app.ui.form_editor import FormEditor
    from field_app.ui.inquiry_editor import PairsEditor
    from field_app.ui.rows_editor import RowsEditor

    record = FormEditor(form_of("G1-04"), {"issues": ["甲", "乙"]})
    rows = record.editors["issues"]
    assert isinstance(rows, RowsEditor)
    rows._remove(0)
    assert rows.value() == ["乙"]
    rows.undo.click()
    assert rows.value() == ["甲", "乙"]
    inquiry = FormEditor(form_of("G2-02"), {"qa": [{"q": "问一", "a": "答一"}, {"q": "问二", "a": "答二"}]})
    pairs = next(e for e in inquiry.editors.values() if isinstance(e, PairsEditor))
    before = pairs.value()
    pairs._remove(0)
    assert pairs.value() != before
    pairs.undo.click()
    assert pairs.value() == before
    record.deleteLater()
    inquiry.deleteLater()
