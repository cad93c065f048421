"""A whole day of two officers through the real desk: from the readiness check to headquarters' receipt.

Every step leaves a picture, to be looked at (``pytest -m soak --basetemp DIR``).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QDate, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDateEdit, QDialog, QLabel, QPlainTextEdit, QPushButton, QWidget

from field_app.actions.procedure_facts import form_titles
from field_app.cli.demo import card, hq_process
from field_app.cli.demo.day import sample_answers
from field_app.cli.demo.moving_picture import moving_picture
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import HOST, World, point_to
from field_app.domain.case import PaperState, StepState, SyncState
from field_app.ui.field_editors import Editor
from field_app.ui.import_clock import TypedClock
from field_app.ui.inquiry_editor import PairsEditor
from field_app.ui.rows_editor import RowsEditor
from tests.journeys.test_desk import click, give, log_in, new_case, press, record_a_little, type_text
from tests.journeys.test_signed_paper_desk import photo_of

# Known from login, agency and recording: left as prefilled.
_KEPT = ("officers", "recorder", "ENT", "av_refs", "photos")
# The trial's minute is an hour of work: the inspection is over when the inquiry begins.
_TIMES = {("G1-04", "start_at"): timedelta(minutes=-40), ("G1-04", "end_at"): timedelta(minutes=-2),
          ("G4-02", "served_at"): timedelta(minutes=-1), ("G2-02", "end_at"): timedelta(minutes=20)}
_AHEAD = timedelta(hours=1, minutes=35)
CTRL, RETURN = Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_Return


@pytest.fixture
def officer(world: World) -> Iterator[Photographer]:
    made = Photographer(world.laptop.data, world.pictures)
    yield made
    made.close()


def _answer(sample: dict[str, Any], path: str) -> Any:
    value: Any = sample
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _ask(field: PairsEditor, pairs: list[dict[str, str]]) -> None:
    """Question, Enter, answer, Enter: as it is typed in the yard."""
    box: QWidget | None = field.findChildren(QPlainTextEdit)[0]
    texts = [text for pair in pairs for text in (pair["q"], pair["a"])]
    for number, text in enumerate(texts, 1):
        assert box is not None and field.isAncestorOf(box)
        type_text(box, text)
        if number < len(texts):
            QTest.keyClick(box, RETURN)
            box = QApplication.focusWidget()


def _to_front(officer: Photographer) -> None:
    """A question may have taken the keys; without a window manager nobody gives them back."""
    officer.window.activateWindow()
    officer.until(officer.window.isActiveWindow)


def _write(officer: Photographer, form: str) -> None:
    """Open the step's first unwritten paper, type what the form still lacks, issue it."""
    window = officer.window
    buttons = [b for b in window.desk.step.findChildren(QPushButton) if b.isVisible()]
    title = f"《{form_titles()[form]}》"
    named = [b for b in buttons if b.text() == "填写" and title in b.accessibleName()]
    if named:
        QTest.mouseClick(named[0], Qt.MouseButton.LeftButton)
    else:
        [choice] = [a for b in buttons if b.menu() is not None for a in b.menu().actions() if a.text() == title]
        choice.trigger()
    officer.until(lambda: window.desk.editor is not None and bool(window.desk.editor.view.pages))
    editor = window.desk.editor
    assert editor is not None and editor.paper.form == form
    sample = sample_answers(form)
    for path, field in list(editor.form.editors.items()):
        value = _TIMES.get((form, path), _answer(sample, path))
        if isinstance(value, timedelta):
            value = (datetime.now() + value).isoformat()  # noqa: DTZ005 - as the widget shows it
        if value in (None, "", []) or path.startswith(_KEPT) or (
                (form, path) not in _TIMES and _answer(dict(editor.paper.answers), path)):
            continue
        if isinstance(field, PairsEditor):
            _ask(field, value)
        elif isinstance(field, Editor) and isinstance(field.inner, QDateEdit):
            field.inner.setDate(QDate.fromString(str(value), "yyyy-MM-dd"))
        elif isinstance(field, Editor):
            give(field, value)
        elif isinstance(field, RowsEditor):
            for text in value:
                field.add()
                give(field.editors[-1], text)
    officer.take(f"{form}-filled")
    _to_front(officer)
    press(officer, RETURN, CTRL)
    officer.until(lambda: editor.paper.state is PaperState.ISSUED or window.banner.isVisible())
    officer.take(f"{form}-issued")
    assert editor.paper.state is PaperState.ISSUED, window.banner.text
    _to_front(officer)
    press(officer, Qt.Key.Key_Escape)
    officer.until(lambda: window.desk.editor is None)


def _say_why(asked: list[str]) -> None:
    """What a rule warns of is answered with a reason, typed into the question."""
    dialog = QApplication.activeModalWidget()
    if isinstance(dialog, QDialog) and dialog.windowTitle() == "说明理由":
        [box] = dialog.findChildren(QPlainTextEdit)
        if not box.toPlainText():
            asked.append("".join(label.text() for label in dialog.findChildren(QLabel)))
            type_text(box, "演练：只录几秒，其余另有执法记录仪")
            QTest.keyClick(box, RETURN, CTRL)


def _record(officer: Photographer, picture: str) -> None:
    """F9, a photo, a mark, F9."""
    window = officer.window
    _to_front(officer)
    record_a_little(officer)
    officer.take(picture)
    _to_front(officer)
    press(officer, Qt.Key.Key_F9)
    officer.until(lambda: not window.recording.running)


def _bring_back(officer: Photographer) -> None:
    """The inquiry's first signed page is photographed back."""
    window = officer.window
    assert window.desk.desk is not None
    [paper] = [p for p in window.desk.desk.step("inquiry").papers if p.form == "G2-02"]
    click(officer, window.desk.step, "拍回签字件")
    dialog = window.paper_back.dialog
    assert dialog is not None
    dialog.take([photo_of(officer, paper, 1)])
    officer.until(lambda: dialog.pages.currentIndex() == 2)
    dialog.grab().save(str(officer.pictures / "1040-paper-back.png"))
    QTest.keyClick(dialog, RETURN, CTRL)
    officer.until(lambda: dialog.state.text().startswith("签字件 1/"))
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    officer.until(lambda: not dialog.isVisible())
    officer.take("1040-paper-back-step")


def _card(officer: Photographer, root: Path) -> None:
    """A body-worn recorder's card: its clock is told, its files go to the steps of that time."""
    window, page = officer.window, officer.window.importing
    began = window.shell.officers.at + timedelta(seconds=1)
    card.body_worn(root, began=began, ahead=_AHEAD, pieces=2)
    _go_to(officer, "inspection")
    click(officer, window.desk.step, "从记录仪导入")
    officer.until(lambda: window.pages.currentWidget() is page)
    page.choose(root)
    click(officer, page, "查看计划")
    officer.until(lambda: page.plan is not None)

    def type_times() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, TypedClock)
        dialog.device.setText(f"{began + _AHEAD:%Y-%m-%d %H:%M:%S}")
        dialog.laptop.setText(f"{began:%Y-%m-%d %H:%M:%S}")
        QTest.keyClick(dialog.laptop, RETURN)

    QTimer.singleShot(200, type_times)
    click(officer, page, "填写两个时间")
    officer.until(lambda: page.plan is not None and page.plan.clock_how == "typed")
    officer.take("1700-card-plan")
    click(officer, page, "开始导入")
    officer.until(page.foot.clear.isVisible)
    assert "已导入并核对3个文件" in page.foot.words.text()
    officer.take("1700-card-done")


def _finish(officer: Photographer, result: str) -> None:
    desk = officer.window.desk
    here = desk.here
    [results] = [b for b in desk.step.findChildren(QComboBox) if b.isVisible()]
    results.setCurrentText(result)
    click(officer, desk.step, "完成本环节")
    officer.until(lambda: (desk.desk is not None and any(
        s.step.id == here and s.step.state is StepState.DONE for s in desk.desk.steps))
        or officer.window.banner.isVisible())
    assert desk.desk is not None
    [state] = [s.step.state for s in desk.desk.steps if s.step.id == here]
    assert state is StepState.DONE, officer.window.banner.text


def _go_to(officer: Photographer, kind: str) -> None:
    """Press the step on the rail, and begin it."""
    desk = officer.window.desk
    assert desk.desk is not None
    step = desk.desk.step(kind).step.id
    if step not in desk.rail.buttons:
        [fold] = [b for b in desk.rail.findChildren(QPushButton) if b.text().startswith("以后的环节")]
        QTest.mouseClick(fold, Qt.MouseButton.LeftButton)
        officer.until(lambda: step in desk.rail.buttons)
    QTest.mouseClick(desk.rail.buttons[step], Qt.MouseButton.LeftButton)
    officer.until(lambda: desk.here == step)
    if any(b.text() == "开始本环节" and b.isVisible() for b in desk.step.findChildren(QPushButton)):
        click(officer, desk.step, "开始本环节")


@pytest.mark.soak
def test_one_day(world: World, officer: Photographer, tmp_path: Path) -> None:
    asked: list[str] = []
    asking = QTimer()
    asking.timeout.connect(lambda: _say_why(asked))
    asking.start(200)
    window = officer.window
    with moving_picture() as camera, hq_process.running(world.headquarters, host=HOST) as port:
        window.shell.settings = point_to(world, port, camera, microphone="")
        officer.take("0830-login")
        log_in(officer)
        officer.take("0830-today")
        new_case(officer)
        assert window.desk.desk is not None
        case = window.desk.desk.case.id
        officer.take("0940-case")
        _record(officer, "0940-recording")
        _write(officer, "G1-04")
        _finish(officer, "发现问题，责令整改")
        assert any("录音录像不完整" in words for words in asked)
        officer.take("1020-step")
        _go_to(officer, "rectification")
        _write(officer, "G1-15")
        _write(officer, "G4-02")
        officer.take("1020-served")
        _go_to(officer, "inquiry")
        _record(officer, "1040-recording")
        _write(officer, "G2-02")
        officer.take("1040-inquiry")
        _bring_back(officer)
        _card(officer, tmp_path / "ZFY")
        officer.until(lambda: True)
        window.go("today")
        officer.until(lambda: True)
        officer.take("1700-today")
        window.open_case(case)
        officer.until(lambda: window.desk.desk is not None)
        assert window.desk.desk is not None
        window.sealing.seal(window.desk.desk, world.both())
        officer.until(lambda: window.desk.desk is not None
                      and window.desk.desk.case.sync is SyncState.SEALED)
        officer.take("1700-sealed")
        window.go("sync")
        officer.until(lambda: True)
        click(officer, window.sync, "全部报送")
        officer.until(lambda: not window.sync.sending)
        assert "总部已签收1件" in window.banner.text
        officer.take("1700-received")
