"""Papers gone with to their very end: written, issued, out of a real printer, signed, and back as photographs."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pypdfium2
import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QPushButton

from field_app.actions.case_desk import begin_step, case_desk, end_step
from field_app.actions.case_photos import signed_sheets
from field_app.actions.context import Session
from field_app.actions.fill_document import issue_paper, save_draft, start_paper
from field_app.actions.paper_back import Returning
from field_app.cli.demo.day import sample_answers, typed
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from field_app.domain.case import Case, PaperRecord, PaperState, StepState
from field_app.domain.workdays import YearUnknown, shipped_calendar
from field_app.ui.print_dialog import PrintDialog
from field_app.ui.step_rail import debt_words
from field_app.ui.why_dialog import WhyDialog
from tests.journeys.test_paper_back import issued, on_a_desk, sheets

WHY = "本机没有摄像头，已用执法记录仪录制"
_CTRL = Qt.KeyboardModifier.ControlModifier


class Officer:
    """At the desk with a printer beside it; goes on by keys."""

    def __init__(self, desk: Photographer, printer: Any) -> None:
        self.desk, self.window, self.page, self.printer = desk, desk.window, desk.window.desk, printer
        self.until = desk.until
        self.front()

    @property
    def session(self) -> Session:
        return self.window.shell.officers

    def front(self) -> None:
        """As every window manager does when a window that asked is closed."""
        self.window.activateWindow()
        self.until(self.window.isActiveWindow)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.front()
        QTest.keyClick(self.window.focusWidget() or self.window, key, modifier)
        self.until(lambda: True)

    def opened(self, form: str) -> PaperRecord:
        """The paper in hand, all its pages drawn."""
        self.until(lambda: self.page.editor is not None and bool(self.page.editor.view.pages))
        assert self.page.editor is not None and self.page.editor.paper.form == form
        return self.page.editor.paper

    def write(self, form: str) -> None:
        """Everything that the paper asks, and 定稿."""
        paper = self.opened(form)
        save_draft(self.session, paper.id, typed(paper.answers, sample_answers(form)))
        self.page.open_paper(next(p for s in case_desk(self.session, paper.case).steps for p in s.papers
                                  if p.id == paper.id))
        self.opened(form)
        self.key(Qt.Key.Key_Return, _CTRL)
        assert self.page.editor is not None and self.page.editor.paper.state is PaperState.ISSUED
        assert "拍回签字件" in self.window.banner.text
        assert self.page.editor.print_.hasFocus(), "the next thing is under the keys"

    def print_it(self) -> list[Any]:
        """Enter prints what was just issued; what came out, as photographs of the sheets."""
        self.key(Qt.Key.Key_Return)
        self.until(lambda: isinstance(self.window.printing.dialog, PrintDialog)
                   and self.window.printing.dialog.choice.print_.isEnabled())
        dialog = self.window.printing.dialog
        assert isinstance(dialog, PrintDialog)
        dialog.choice.print_.click()
        self.until(dialog.finish.isVisible)
        dialog.finish.click()
        with pypdfium2.PdfDocument(self.printer.received(1)[-1]) as pdf:
            return [on_a_desk(sheet.render(scale=250 / 72).to_numpy()[:, :, :3].copy(), 4) for sheet in pdf]

    def bring_back(self, photographs: list[Any]) -> None:
        """Each is looked at and taken with Enter; the last Enter closes the window."""
        editor = self.page.editor
        assert editor is not None
        editor.back_.click()
        self.until(lambda: self.window.paper_back.dialog is not None)
        back = self.window.paper_back.dialog
        assert back is not None
        back.activateWindow()
        back.take(photographs)
        for _sheet in photographs:
            self.until(lambda: back.pages.currentWidget() is back.look and back.look.accept_it.isEnabled())
            assert back.look.accept_it.hasFocus() and back.by_camera.objectName() == ""
            QTest.keyClick(back.look.accept_it, Qt.Key.Key_Return)
            self.until(lambda: True)
        self.until(back.done_.hasFocus)
        QTest.keyClick(back.done_, Qt.Key.Key_Return)
        self.until(lambda: not back.isVisible())
        pages = len(photographs)
        self.until(lambda: f"签字件 {pages}/{pages}页已拍回" in self.window.banner.text)

    def answer(self, words: str) -> list[str]:
        """Type ``words`` as soon as the desk asks why; what it asked."""
        asked: list[str] = []

        def look() -> None:
            dialog = QApplication.activeModalWidget()
            if not isinstance(dialog, QInputDialog) or not dialog.isActiveWindow() or dialog.focusWidget() is None:
                QTimer.singleShot(20, self.window, look)
                return
            asked.append(dialog.labelText())
            dialog.setTextValue(words)
            QTest.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Return, _CTRL)

        QTimer.singleShot(0, self.window, look)
        return asked

    def owed(self, kind: str) -> str:
        """What the rail says a step owes."""
        assert self.page.desk is not None
        return debt_words(self.page.desk.step(kind))[0]


@pytest.fixture
def officer(world: World, printer: Any) -> Iterator[Officer]:
    desk = Photographer(world.laptop.data, world.pictures)
    desk.log_in()
    yield Officer(desk, printer)
    desk.close()


def signed_inquiry(session: Session, case: Case) -> PaperRecord:
    """A record of an inquiry whose signed pages are back, in a step that is done."""
    issued(session, case)
    end_step(session, case.id, case_desk(session, case.id).step("inspection").step.id, outcome="rectify", reason=WHY)
    step = case_desk(session, case.id).step("inquiry").step
    begin_step(session, case.id, step.id)
    draft = start_paper(session, case.id, step.id, "G2-02")
    save_draft(session, draft.id, typed(draft.answers, sample_answers("G2-02")))
    paper = issue_paper(session, draft.id, reason=WHY)
    end_step(session, case.id, step.id, outcome="done", reason=WHY)
    returning = Returning(session, case.id)
    for number, sheet in enumerate(sheets(session, paper), 1):
        (found,) = returning.look(on_a_desk(sheet, 3))
        returning.keep(found, paper.id, number)
    return paper


def test_a_signed_record_is_corrected_and_comes_back_signed(
        officer: Officer, new_case: Callable[[Session], Case]) -> None:
    window, page = officer.window, officer.page
    old = signed_inquiry(officer.session, new_case(officer.session))
    window.office.open_paper(old)
    officer.opened("G2-02")
    assert page.editor is not None
    asked = officer.answer("被询问人的电话号码记错了一位")
    page.editor.more.correct.trigger()
    officer.until(lambda: bool(asked) and page.editor is not None and page.editor.paper.state is PaperState.DRAFT)
    officer.opened("G2-02")
    assert "文书作废后欠1份" in officer.owed("inquiry")
    editor = page.editor
    assert editor is not None and editor.form.focus("inq_tel")
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_A, _CTRL)
    QTest.keyClicks(window.focusWidget(), "13800000009")
    asked = officer.answer(WHY)
    officer.key(Qt.Key.Key_Return, _CTRL)
    officer.until(lambda: editor.paper.state is PaperState.ISSUED)
    assert len(asked) == 1 and "没有任何改动" not in asked[0]
    officer.until(lambda: "欠签字件" in officer.owed("inquiry"))
    officer.bring_back(officer.print_it())
    officer.until(lambda: "签字件" not in officer.owed("inquiry"))
    session, new = officer.session, editor.paper
    assert len(signed_sheets(session, new)) == new.pages and len(signed_sheets(session, old)) == old.pages
    desk = case_desk(session, old.case)
    assert [(p.number, p.state) for p in desk.step("inquiry").papers] == [
        (old.number, PaperState.VOID), (new.number, PaperState.ISSUED)]


def _seventh_workday(day: date) -> str | None:
    """None in a year whose days off are not known: no term is guessed."""
    try:
        return shipped_calendar().after(day, 7).isoformat()
    except YearUnknown:
        return None


def test_evidence_is_kept_from_the_blocked_step_to_the_signed_notice(
        officer: Officer, new_case: Callable[[Session], Case]) -> None:
    window, page = officer.window, officer.page
    window.open_case(new_case(officer.session).id)
    officer.until(lambda: page.desk is not None)
    assert page.desk is not None
    page.choose(page.desk.step("preservation_act").step.id)
    officer.until(lambda: True)

    def lead() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, WhyDialog) or not dialog.isActiveWindow():
            QTimer.singleShot(20, page, lead)
            return
        QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)  # Enter leads to the step before.

    QTimer.singleShot(0, page, lead)
    [why] = [b for b in page.step.findChildren(QPushButton) if b.text() == "为什么不能做？"]
    why.click()
    officer.front()
    officer.until(lambda: page.rail.isAncestorOf(window.focusWidget()))
    assert page.here == page.desk.step("preservation_approval").step.id
    officer.key(Qt.Key.Key_F4)  # begin it
    officer.key(Qt.Key.Key_F4)  # its paper
    officer.write("G2-11")
    officer.key(Qt.Key.Key_F4)  # how it ended
    officer.key(Qt.Key.Key_Down)
    officer.key(Qt.Key.Key_Return)
    assert "按 F4 去“先行登记保存”" in window.banner.text
    officer.key(Qt.Key.Key_F4)  # and not back to the inspection, in the midst of which it was begun
    assert page.here == page.desk.step("preservation_act").step.id
    officer.key(Qt.Key.Key_F4)
    officer.key(Qt.Key.Key_F4)
    assert page.editor is not None
    prefilled = page.editor.form.answers()
    assert prefilled.get("due_at") == _seventh_workday(date.fromisoformat(prefilled["start_at"][:10]))
    officer.write("G2-12")
    officer.bring_back(officer.print_it())
    officer.key(Qt.Key.Key_F4)
    asked = officer.answer(WHY)  # 先行登记保存 must be recorded.
    officer.key(Qt.Key.Key_Return)
    officer.until(lambda: bool(asked) and page.desk is not None
                  and page.desk.step("preservation_act").step.state is StepState.DONE)
    assert officer.owed("preservation_act") == "已登记保存"
    for kind in ("preservation_act", "preservation_disposal"):
        (term,) = page.desk.step(kind).timers
        assert "7个工作日内" in term.text and term.due is not None
    window.go("today")
    officer.until(lambda: window.today.shown is not None)
    assert window.today.shown is not None
    assert any("先行登记保存的证据作出处理决定" in item.title for item in window.today.shown.due)
