"""English on the whole desk: chosen while it is open, nothing typed lost, no Chinese left but names and papers."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDialogButtonBox, QMessageBox, QPlainTextEdit, QWidget

from field_app.actions.find_cards import find_cards
from field_app.actions.open_case import NewCase, open_case
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import PINS, World
from field_app.languages import CHINESE
from field_app.settings import load_settings
from field_app.ui.forms_dialog import FormsDialog
from field_app.ui.language import language, speak
from tests.journeys import walk
from tests.journeys.leftovers import chinese
from tests.journeys.test_accessibility import pages, windows

# What stays as it was written: the party, its place, the matter; what the papers quote.
_WRITTEN = (
    "安全生产日常检查", "武隆区演练乡桐麻沟木制品有限公司（演练）", "演练乡桐麻村", "对生产经营单位安全生产的监督检查",
    "语言 / ", "简体中文", "空白 手工填写", "涉嫌", "案", "拟", "无", "武隆府办发〔2021〕53号",
    "国办发〔2018〕118号", "国办发〔2024〕54号", "渝府令第375号",
    "演练乡凤凰岭农家乐（演练）", "日常检查：消防安全检查", "消防安全检查",
    "三、（五）", "五、（二）", "《中华人民共和国行政处罚法》第一条")


@pytest.fixture
def officer(world: World) -> Iterator[Photographer]:
    made = Photographer(world.laptop.data, world.pictures)
    yield made
    speak(CHINESE)
    made.close()


def choose(officer: Photographer, box: QComboBox, name: str) -> None:
    """Choose a language as a hand does, and wait for the window that speaks it."""
    box.setCurrentIndex(box.findData(name))
    box.activated.emit(box.currentIndex())
    officer.until(lambda: language() == name)
    officer.until(lambda: True)


def test_before_the_login_the_choice_and_the_pins_stay(officer: Photographer) -> None:
    for half, pin in zip(officer.window.login.halves, PINS, strict=True):
        half.pin.setText(pin)
    officer.window.login.halves[0].choice.setCurrentIndex(2)
    choose(officer, officer.window.login.language, "en")
    login = officer.window.login
    assert login.enter.text() == "Log in"
    assert [half.pin.text() for half in login.halves] == list(PINS)
    assert login.halves[0].choice.currentIndex() == 2
    box = QMessageBox(QMessageBox.Icon.Question, "", "", QMessageBox.StandardButton.Cancel)
    assert [b.text().replace("&", "") for b in box.buttons()] == ["Cancel"]
    choose(officer, login.language, CHINESE)
    assert officer.window.login.enter.text() == "登录"
    assert load_settings(officer.window.shell.context.data.settings).language == CHINESE
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    assert [b.text() for b in buttons.buttons()] == ["取消"]


def test_switching_while_typing_keeps_text_place_and_cursor(officer: Photographer) -> None:
    officer.log_in()
    case = open_case(officer.window.shell.officers, NewCase(
        cause=_WRITTEN[0], matter=_WRITTEN[3], place=_WRITTEN[2],
        party={"name": _WRITTEN[1], "party_type": "法人"}))
    officer.window.open_case(case.id)
    officer.until(lambda: officer.window.desk.desk is not None)
    officer.window.desk.step.start_paper.emit("G1-04")
    officer.until(lambda: officer.window.desk.editor is not None)
    editor = officer.window.desk.editor
    assert editor is not None
    editor.form.focus("check_findings")
    box = officer.window.focusWidget()
    assert isinstance(box, QPlainTextEdit)
    QTest.keyClicks(box, "gas bottle 2")
    QTest.keyClick(box, Qt.Key.Key_Left)
    before = officer.window
    choose(officer, before.settings.language, "en")
    window = officer.window
    officer.until(lambda: window.desk.editor is not None)
    editor = window.desk.editor
    assert window is not before
    assert editor is not None
    assert window.place == "desk"
    assert editor.form.answers()["check_findings"] == "gas bottle 2"
    assert (editor.field, editor.issue.text()) == ("check_findings", "Issue")
    box = window.focusWidget()
    assert isinstance(box, QPlainTextEdit)
    assert box.textCursor().position() == len("gas bottle ")
    assert window.windowTitle() == "Field Enforcement Desk"
    window.desk.open_circumstances()
    officer.until(lambda: bool(window.desk.circumstances.questions))
    question = window.desk.circumstances.questions[0]
    question.choices[0].setChecked(True)
    question.reason.setText("written, not saved")
    choose(officer, window.settings.language, CHINESE)
    officer.until(lambda: bool(officer.window.desk.circumstances.questions))
    question = officer.window.desk.circumstances.questions[0]
    assert question.choices[0].isChecked()
    assert question.reason.text() == "written, not saved"


def test_no_chinese_is_left_in_english_and_nothing_is_cut(officer: Photographer) -> None:
    choose(officer, officer.window.login.language, "en")
    shell = officer.window.shell
    people = [c.officer.name for c in find_cards(shell.context, *shell.settings.card_places)]
    names = (*people, *_WRITTEN, "重庆市武隆区演练乡人民政府", "综合行政执法大队")
    wrong: dict[str, list[str]] = {}

    def visit(name: str, page: QWidget) -> None:
        officer.app.processEvents()
        wrong[name] = [*chinese(page, names), *(f"cut: {w}" for w in walk.clipped(page))]
        assert page.window().minimumSizeHint().width() <= 1366

    pages(officer, visit)
    officer.window.guard.page.unlocked.emit()
    for dialog in windows(officer):
        if not isinstance(dialog, FormsDialog):  # It cites where papers come from.
            dialog.show()
            visit(type(dialog).__name__, dialog)
        dialog.close()
    assert {name: found for name, found in wrong.items() if found} == {}


def test_a_desk_that_is_closed_leaves_no_window_behind(world: World) -> None:
    """Each change of language makes one anew."""
    before = QApplication.topLevelWidgets()
    made = Photographer(world.laptop.data, world.pictures)
    made.log_in()
    made.close()
    assert [type(w).__name__ for w in QApplication.topLevelWidgets() if w not in before] == []
