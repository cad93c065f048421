"""An officer who has only what the screen says is led to the next thing, and told before a PIN is typed."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QScrollArea, QWidget

from field_app.actions.case_desk import begin_step, case_desk
from field_app.actions.context import Session
from field_app.actions.fill_document import start_paper
from field_app.actions.seal_case import seal_case
from field_app.actions.sync_lines import sync_view
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from field_app.domain.case import Case, SyncState
from field_app.domain.reasons import Level, Reason
from field_app.storage import cases
from field_app.ui.parts import ElidedLink
from field_app.ui.pin_dialog import PinDialog
from field_app.ui.why_dialog import WhyDialog

MakeCase = Callable[[Session], Case]


def _press(place: QWidget, words: str) -> None:
    [found] = [b for b in place.findChildren(QPushButton) if b.text() == words and b.isVisible()]
    QTest.mouseClick(found, Qt.MouseButton.LeftButton)


def _open(officer: Photographer, case: Case) -> None:
    officer.window.open_case(case.id)
    officer.until(lambda: officer.window.desk.desk is not None)


def test_what_stands_against_sealing_is_told_before_any_pin(officer: Photographer, new_case: MakeCase) -> None:
    session, window = officer.window.shell.officers, officer.window
    case = new_case(session)
    start_paper(session, case.id, case_desk(session, case.id).steps[0].step.id, "G1-04")
    _open(officer, case)
    asked: list[bool] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        asked.append(isinstance(dialog, PinDialog))
        if isinstance(dialog, PinDialog):
            dialog.reject()

    QTimer.singleShot(300, look)
    _press(window.desk, "封存报送")
    officer.until(lambda: bool(asked))
    assert asked == [False] and "还没有定稿" in window.banner.text


def test_a_group_of_which_nothing_is_filled_in_is_not_taken_for_done(
        officer: Photographer, new_case: MakeCase) -> None:
    """The three opinions of an approval are one group: F4 told that all was filled in."""
    session, window = officer.window.shell.officers, officer.window
    case = new_case(session)
    step = case_desk(session, case.id).step("preservation_approval").step
    begin_step(session, case.id, step.id)
    paper = start_paper(session, case.id, step.id, "G2-11")
    window.office.open_paper(paper)
    officer.until(lambda: window.desk.editor is not None and bool(window.desk.editor.view.pages))
    editor = window.desk.editor
    assert editor is not None
    seen: list[str] = []
    while (field := editor.field) not in seen:
        seen.append(field)
        editor.next_open()
        officer.until(lambda: True)
    assert not editor.issue.hasFocus()
    opinions = {path for path in editor.form.editors if path.startswith("APPROVE.")}
    assert opinions and opinions & set(seen), seen


def test_what_one_types_into_stays_in_sight_in_a_smaller_window(officer: Photographer, new_case: MakeCase) -> None:
    session, window = officer.window.shell.officers, officer.window
    case = new_case(session)
    paper = start_paper(session, case.id, case_desk(session, case.id).steps[0].step.id, "G1-04")
    window.office.open_paper(paper)
    officer.until(lambda: window.desk.editor is not None and bool(window.desk.editor.view.pages))
    editor = window.desk.editor
    assert editor is not None and editor.form.focus("check_place")
    officer.until(lambda: True)
    field = window.focusWidget()
    assert field is not None and not field.visibleRegion().isEmpty()
    area = _area(editor.form)
    bar = area.verticalScrollBar()
    bar.setValue(bar.value() + field.mapTo(area.viewport(), field.rect().bottomLeft()).y()
                 - area.viewport().height() + 4)  # At the foot of what is seen.
    window.resize(1366, 560)
    officer.until(lambda: _seen_whole(field))


def _seen_whole(field: QWidget) -> bool:
    return field.visibleRegion().boundingRect().height() == field.height()


def _area(held: QWidget) -> QScrollArea:
    [found] = [area for area in held.window().findChildren(QScrollArea) if area.widget() is held]
    return found


def _wheel_up(over: QWidget) -> None:
    at = QPointF(over.rect().center())
    turned = QWheelEvent(at, over.mapToGlobal(at), QPoint(), QPoint(0, 240), Qt.MouseButton.NoButton,
                         Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(over, turned)


def test_what_one_types_into_is_not_pushed_out_of_sight(officer: Photographer, new_case: MakeCase) -> None:
    """Fields are still built and words come to stand under others after somebody came to one; who scrolled
    away himself is left where he is."""
    session, window = officer.window.shell.officers, officer.window
    case = new_case(session)
    paper = start_paper(session, case.id, case_desk(session, case.id).steps[0].step.id, "G1-04")
    window.office.open_paper(paper)
    officer.until(lambda: window.desk.editor is not None)
    editor = window.desk.editor
    assert editor is not None and editor.form.focus("check_findings")
    officer.until(lambda: bool(editor.view.pages))
    field = window.focusWidget()
    assert field is not None and _seen_whole(field)

    def told(words: str) -> None:
        before = field.mapTo(editor.form, QPoint(0, 0)).y()
        editor.form.show_reasons([
            Reason("TRY", Level.BLOCK, words, "请补填", where=path) for path in editor.form.editors])
        officer.until(lambda: field.mapTo(editor.form, QPoint(0, 0)).y() > before)

    told("还没有填写")
    officer.until(lambda: True)
    assert _seen_whole(field)
    for _turn in range(40):
        _wheel_up(_area(editor.form).viewport())
    officer.until(lambda: field.visibleRegion().isEmpty())
    told("还没有填写，" * 20)
    officer.until(lambda: True)
    assert field.visibleRegion().isEmpty()


def test_an_unfinished_paper_is_opened_from_today(officer: Photographer, new_case: MakeCase) -> None:
    session, window = officer.window.shell.officers, officer.window
    case = new_case(session)
    step = case_desk(session, case.id).steps[-1].step.id
    paper = start_paper(session, case.id, case_desk(session, case.id).steps[0].step.id, "G1-04")
    assert step != paper.step
    window.go("today")
    officer.until(lambda: any("《现场检查笔录》" in w.text() for w in window.today.findChildren(ElidedLink)))
    [link] = [w for w in window.today.findChildren(ElidedLink) if "《现场检查笔录》" in w.text()]
    QTest.mouseClick(link, Qt.MouseButton.LeftButton)
    officer.until(lambda: window.desk.editor is not None and window.desk.editor.paper.id == paper.id)


def test_a_case_that_changed_since_it_was_sealed_is_no_first_draft(
        world: World, session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    assert sync_view(session).lines[0].label == "草稿"
    seal_case(session, case.id, world.both())
    with session.begin() as tx:
        cases.set_sync(tx, case.id, SyncState.DRAFT)
    (line,) = sync_view(session).lines
    assert line.label == "封存后有改动"
    assert line.words.startswith("第1版已封存，以后又有改动，还没有封存。")


def test_why_a_step_is_blocked_leads_to_the_step_before(officer: Photographer, new_case: MakeCase) -> None:
    session, window = officer.window.shell.officers, officer.window
    case = new_case(session)
    _open(officer, case)
    desk = window.desk
    assert desk.desk is not None
    desk.choose(desk.desk.step("preservation_act").step.id)
    officer.until(lambda: True)
    failed: list[BaseException] = []

    def press() -> None:
        dialog = QApplication.activeModalWidget()
        try:
            assert isinstance(dialog, WhyDialog)
            _press(dialog, "打开“先行登记保存审批”")
        except BaseException as error:
            failed.append(error)
            if isinstance(dialog, WhyDialog):
                dialog.reject()

    QTimer.singleShot(300, press)
    _press(desk.step, "为什么不能做？")
    assert not failed
    assert desk.here == desk.desk.step("preservation_approval").step.id


def test_a_click_that_puts_a_message_away_leaves_the_cursor(officer: Photographer) -> None:
    window = officer.window
    window.go("new")
    window.new.name.setFocus()
    window.shell.messages.note("话")
    officer.until(window.banner.isVisible)
    _press(window.banner, "知道了")
    assert not window.banner.isVisible()
    assert QApplication.focusWidget() is window.new.name
    QTest.keyClicks(window.new.name, "a")
    assert isinstance(window.new.name, QLineEdit) and window.new.name.text() == "a"
