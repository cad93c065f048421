"""What a first inquiry needs: the cursor where one types next, whole questions, nothing changed by a wheel."""

from datetime import date

import pytest
from PySide6.QtCore import QDate, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCalendarWidget, QComboBox, QTableView
from pytestqt.qtbot import QtBot

from field_app.domain.clock import SystemClock
from field_app.forms import check_answers, load_form
from field_app.ui.date_boxes import NO_DATE, DayBox
from field_app.ui.field_editors import ChoiceEditor, MomentEditor
from field_app.ui.form_editor import FormEditor
from field_app.ui.inquiry_editor import PairsEditor
from field_app.ui.list_editors import OfficersEditor
from field_app.ui.rows_editor import RowsEditor

pytestmark = pytest.mark.qt_log_ignore("does not support", extend=True)
LONG = "你单位有没有建立安全管理制度，由谁负责落实，落实的情况有没有书面记录，记录放在哪里？" * 3


@pytest.fixture
def form(qtbot: QtBot) -> FormEditor:
    made = FormEditor(load_form("G2-02"), {
        "recorder": {"name": "王五"}, "officers": [{"name": "张三", "cert_no": "A001"}]})
    made.resize(420, 700)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    made.finish()
    return made


def test_the_cursor_goes_from_answer_to_answer(form: FormEditor) -> None:
    pairs = form.editors["qa"]
    assert isinstance(pairs, PairsEditor)
    pairs.ask(["甲？", "乙？"])
    first, second = pairs._rows
    assert QApplication.focusWidget() is first.answer
    QTest.keyClicks(first.answer, "one")
    QTest.keyClick(first.answer, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is second.answer  # the question is asked already
    QTest.keyClicks(second.answer, "two")
    QTest.keyClick(second.answer, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is pairs._rows[2].question  # a new one is not
    assert pairs.value()[:2] == [{"q": "甲？", "a": "one"}, {"q": "乙？", "a": "two"}]


def test_a_long_question_is_seen_whole(form: FormEditor, qtbot: QtBot) -> None:
    pairs = form.editors["qa"]
    assert isinstance(pairs, PairsEditor)
    pairs.ask([LONG])
    box = pairs._rows[0].question
    low = pairs._rows[0].answer.height()
    qtbot.waitUntil(lambda: box.height() > low)
    line = box.fontMetrics().lineSpacing()
    qtbot.waitUntil(lambda: box.viewport().height() >= box.document().size().height() * line)
    assert box.verticalScrollBar().value() == 0 and not box.verticalScrollBar().isVisible()
    box.clear()
    qtbot.waitUntil(lambda: box.height() < low)


def test_the_wheel_changes_no_choice_even_in_hand(form: FormEditor) -> None:
    editor = form.editors["inq_gender"]
    assert isinstance(editor, ChoiceEditor)
    box = editor.inner
    assert isinstance(box, QComboBox)
    for in_hand in (False, True):
        if in_hand:
            box.setFocus()
        down = QWheelEvent(QPointF(5, 5), QPointF(box.mapToGlobal(QPoint(5, 5))), QPoint(), QPoint(0, -240),
                           Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase,
                           False)
        QApplication.sendEvent(box, down)
        assert box.currentText() == "" and box.hasFocus() is in_hand


def test_what_the_paper_does_not_print_is_folded_away(form: FormEditor) -> None:
    name, number = form.editors["recorder.name"], form.editors["recorder.id_no"]
    form.fold({"recorder.name"})
    assert name.isVisible() and not number.isVisible()
    assert form.focus("recorder.id_no") and number.isVisible()  # asked for by its place
    form.fold({"recorder.name"})
    assert number.isVisible()  # it has the keys
    name.setFocus()
    form.fold({"recorder.name"})
    assert not number.isVisible()
    form._folds["recorder"].more.click()
    assert number.isVisible() and form.editors["recorder.post"].isVisible()
    form.fold({"recorder.name"})
    assert number.isVisible()  # nothing folds again under somebody's hands
    assert form.answers()["recorder"] == {"name": "王五", "on_duty_in_quota": False}


def test_people_who_do_not_log_in_are_typed(form: FormEditor) -> None:
    assert isinstance(form.editors["officers"], OfficersEditor)
    others = form.editors["others"]
    assert isinstance(others, RowsEditor)
    others.add()
    box = QApplication.focusWidget()
    assert box is not None
    QTest.keyClicks(box, "Wang")
    shown = [e.path for e in others.editors if not e.isHidden()]
    assert "others[0].relation" in shown and "others[0].valid_to" not in shown
    answers = form.answers()
    assert answers["others"][0]["name"] == "Wang"
    found = check_answers(load_form("G2-02"), answers, today=date(2026, 5, 14))
    assert not [r for r in found if r.where.startswith("others")]


def test_the_calendar_of_an_empty_box_opens_at_this_month(qtbot: QtBot) -> None:
    box = DayBox()
    qtbot.addWidget(box)
    box.resize(300, 36)
    with qtbot.waitExposed(box):
        box.show()
    QTest.mouseClick(box, Qt.MouseButton.LeftButton)  # as one who comes to it
    calendar = box.calendarWidget()
    for day, month in ((NO_DATE, QDate.currentDate()), (QDate(1986, 4, 12), QDate(1986, 4, 1))):
        box.setDate(day)
        QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(box.width() - 8, 18))
        qtbot.waitUntil(calendar.isVisible)
        assert (calendar.yearShown(), calendar.monthShown()) == (month.year(), month.month())
        assert calendar.findChildren(QTableView)[0].verticalScrollBar().maximum() == 0  # the last week is whole
        QTest.keyClick(calendar, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: not calendar.isVisible())
    assert calendar.horizontalHeaderFormat() is QCalendarWidget.HorizontalHeaderFormat.SingleLetterDayNames


def test_the_end_is_this_minute_at_a_press(form: FormEditor) -> None:
    editor = form.editors["end_at"]
    assert isinstance(editor, MomentEditor) and editor.value() is None
    before = SystemClock().now().wall.replace(second=0, microsecond=0)
    QTest.mouseClick(editor.now, Qt.MouseButton.LeftButton)
    assert before.isoformat() <= editor.value() <= SystemClock().now().wall.isoformat()
