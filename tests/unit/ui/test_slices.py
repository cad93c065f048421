"""A form is built in slices: order, focus, answers and locks are right at any moment of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from field_app.domain.reasons import Level, Reason
from field_app.forms import load_form
from field_app.ui.form_editor import FormEditor
from field_app.ui.inquiry_editor import PairsEditor
from field_app.ui.parts import scroller
from field_app.ui.slices import Slices

ANSWERS = {"PARTY": {"name": "演练木制品厂"}, "check_place": "车间", "check_findings": "防护罩缺失",
           "issues": ["一", "二"]}


class Page(QWidget):
    """A form between a button above it and one below."""

    def __init__(self, form: str = "G1-04", answers: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.form = FormEditor(load_form(form), ANSWERS if answers is None else answers)
        self.above, self.below = QPushButton("above"), QPushButton("below")
        column = QVBoxLayout(self)
        for widget in (self.above, scroller(self.form), self.below):
            column.addWidget(widget)


@pytest.fixture
def page(qtbot: QtBot) -> Page:
    made = Page()
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def whole(page: Page, qtbot: QtBot) -> None:
    """Until all is built, and shown, which Qt does a turn later."""
    qtbot.waitUntil(lambda: not page.form._slices.pending)
    qtbot.wait(20)


def built(form: FormEditor) -> int:
    return len(form.findChildren(QLineEdit))


def test_tab_goes_through_a_sliced_form_in_its_order_and_on(page: Page, qtbot: QtBot) -> None:
    whole(page, qtbot)
    page.above.setFocus()
    passed: list[str] = []
    for _ in range(200):
        here = QApplication.focusWidget()
        assert here is not None
        if here is page.below:
            break
        passed.append(here.accessibleName())
        QTest.keyClick(here, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is page.below
    order = [e.field.label for e in page.form.editors.values()]
    places = [passed.index(name) for name in ("检查场所", "开始时间", "结束时间", "检查情况")]
    assert places == sorted(places) and order.index("检查场所") < order.index("检查情况")
    QTest.keyClick(page.below, Qt.Key.Key_Backtab)
    back = QApplication.focusWidget()
    assert back is not None and page.form.isAncestorOf(back)  # And back the same way.


def test_what_is_not_built_answers_as_given_and_is_built_when_asked_for(qtbot: QtBot) -> None:
    form = FormEditor(load_form("G1-04"), ANSWERS)
    qtbot.addWidget(form)
    assert built(form) == 0 and form.answers() == ANSWERS
    assert form.focus("PARTY.name")
    some = built(form)
    assert some > 0
    assert form.focus("check_findings") and built(form) > some
    assert {k: form.answers()[k] for k in ANSWERS} == ANSWERS
    assert len(form.editors) > 40
    assert {k: form.answers()[k] for k in ANSWERS} == ANSWERS


def test_what_was_said_against_a_field_is_shown_once_it_is_built(page: Page, qtbot: QtBot) -> None:
    page.form.show_reasons([Reason("T-1", Level.BLOCK, "写得不清楚", "请写清楚", where="check_findings")])
    whole(page, qtbot)
    assert "写得不清楚" in page.form._notes["check_findings"].text()


def test_an_issued_paper_takes_no_word_in_any_slice(page: Page, qtbot: QtBot) -> None:
    page.form.lock()
    whole(page, qtbot)
    assert built(page.form) > 40
    assert not any(line.isEnabled() for line in page.form.findChildren(QLineEdit))


def test_a_form_that_is_put_away_is_built_no_further(page: Page, qtbot: QtBot) -> None:
    page.form.put_away()
    before = built(page.form)
    qtbot.wait(30)
    assert built(page.form) == before


def test_a_question_put_between_others_has_its_place_number_and_tab(qtbot: QtBot) -> None:
    page = Page("G2-02", {"qa": [{"q": f"问{n}", "a": f"答{n}"} for n in range(4)]})
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
    pairs = page.form.editors["qa"]
    assert isinstance(pairs, PairsEditor)
    pairs.insert_after(1)
    assert QApplication.focusWidget() is pairs._rows[2].question
    QTest.keyClicks(pairs._rows[2].question, "who")
    QTest.keyClick(pairs._rows[2].question, Qt.Key.Key_Return)
    QTest.keyClicks(pairs._rows[2].answer, "me")
    QTest.keyClick(pairs._rows[2].answer, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is pairs._rows[3].question
    assert [p["q"] for p in pairs.value()] == ["问0", "问1", "who", "问2", "问3"]
    assert [r.question.accessibleName() for r in pairs._rows] == [f"第{n}问" for n in range(1, 6)]
    assert pairs._rows[4].answer.property("path") == "qa[4].a"
    whole(page, qtbot)
    passed = []
    pairs._rows[0].question.setFocus()
    for _ in range(25):
        here = QApplication.focusWidget()
        assert here is not None
        passed.append(here.accessibleName())
        QTest.keyClick(here, Qt.Key.Key_Tab)
    assert [n for n in passed if n.endswith("问") and n.startswith("第")] == [f"第{n}问" for n in range(1, 6)]
    pairs._rows[1].up.click()
    assert [p["q"] for p in pairs.value()] == ["问1", "问0", "who", "问2", "问3"]
    pairs._rows[2].remove.click()
    assert [p["q"] for p in pairs.value()] == ["问1", "问0", "问2", "问3"]
    pairs.undo.click()
    assert [p["q"] for p in pairs.value()] == ["问1", "问0", "who", "问2", "问3"]


def test_a_record_has_an_end(qtbot: QtBot) -> None:
    page = Page("G2-02", {"qa": [{"q": f"问{n}", "a": "答"} for n in range(500)]})
    qtbot.addWidget(page)
    pairs = next(e for e in page.form.editors.values() if isinstance(e, PairsEditor))
    with qtbot.waitSignal(page.form.told) as told:
        pairs.insert_after(499)
    assert "500" in told.args[0] and len(pairs.value()) == 500


def test_slices_stop_advance_and_end(qtbot: QtBot) -> None:
    holder, done = QWidget(), list[int]()
    qtbot.addWidget(holder)
    slices = Slices(holder)

    def steps(count: int) -> Iterator[None]:
        for number in range(count):
            QTest.qSleep(5)
            done.append(number)
            yield

    slices.start(steps(40))
    assert 0 < len(done) < 40  # A slice, not all of it.
    slices.advance(lambda: len(done) >= 10)
    assert slices.pending and len(done) == 10
    with qtbot.waitSignal(slices.ended):
        pass
    assert done == list(range(40))
    slices.start(steps(3), now=False)
    slices.stop()
    qtbot.wait(20)
    assert len(done) == 40
