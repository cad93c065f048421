"""The desk driven through its real widgets with real key presses: login to a sealed, sent case."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QDateTime, QPointF, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from field_app.cli.demo import hq_process
from field_app.cli.demo.day import sample_answers
from field_app.cli.demo.moving_picture import moving_picture
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import HOST, World, point_to
from field_app.domain.case import PaperState, StepState, SyncState
from field_app.domain.reasons import Reason
from field_app.ui import desk_page
from field_app.ui.field_editors import Editor
from field_app.ui.form_editor import FormEditor
from field_app.ui.rows_editor import RowsEditor

Officer = Photographer
# Known from login, agency and recording: left as prefilled.
_KEPT = ("officers", "recorder", "ENT", "av_refs", "photos", "start_at")


@pytest.fixture
def officer(world: World) -> Iterator[Officer]:
    made = Photographer(world.laptop.data, world.pictures)
    yield made
    made.close()


def press(officer: Officer, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(officer.window, key, modifier)
    officer.until(lambda: True)


def log_in(officer: Officer) -> None:
    """By keyboard alone: choose with the arrow, Tab, type, Enter."""
    from field_app.cli.demo.world import PINS

    first, second = officer.window.login.halves
    first.choice.setFocus()
    for steps, half, pin in ((1, first, PINS[0]), (2, second, PINS[1])):
        half.choice.setFocus()
        QTest.keyClick(half.choice, Qt.Key.Key_Home)
        for _ in range(steps):
            QTest.keyClick(half.choice, Qt.Key.Key_Down)
        QTest.keyClick(half.choice, Qt.Key.Key_Tab)
        QTest.keyClicks(half.pin, pin)
        QTest.keyClick(half.pin, Qt.Key.Key_Return)
    officer.until(lambda: officer.window.shell.session is not None)


def new_case(officer: Officer, name: str = "演练木制品厂") -> None:
    window = officer.window
    press(officer, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    for line, text in ((window.new.name, name), (window.new.place, "演练乡桐麻村"),
                       (window.new.cause, "安全生产日常检查"), (window.new.matter, "监督检查")):
        line.setFocus()
        line.insert(text)
    QTest.keyClick(window.new.matter, Qt.Key.Key_Return)
    officer.until(lambda: window.desk.desk is not None)


def click(officer: Officer, place: QWidget, text: str) -> None:
    """Click the visible button with this text."""
    (found,) = [b for b in place.findChildren(QPushButton) if b.text() == text and b.isVisible()]
    QTest.mouseClick(found, Qt.MouseButton.LeftButton)
    officer.until(lambda: True)


def test_wrong_pin_is_told_on_the_page(officer: Officer) -> None:
    login = officer.window.login
    assert [half.choice.currentIndex() for half in login.halves] == [1, 2]  # Two cards: one each.
    login.halves[1].choice.setCurrentIndex(0)
    login.enter.click()
    assert "第二名执法人员还没有选择证书" in login.refusal.text()
    login.halves[1].choice.setCurrentIndex(1)
    for half in login.halves:
        half.pin.setText("x")
    login.enter.click()
    officer.until(login.enter.isEnabled)
    assert "同一证件" in login.refusal.text()
    login.halves[1].choice.setCurrentIndex(2)
    login.enter.click()
    officer.until(login.enter.isEnabled)
    assert "口令不对" in login.refusal.text()
    assert officer.window.shell.session is None


def test_typing_is_saved_and_drawn_and_both_ways_lead(officer: Officer) -> None:
    log_in(officer)
    new_case(officer)
    window = officer.window
    click(officer, window.desk.step, "填写")
    officer.until(lambda: window.desk.editor is not None)
    editor = window.desk.editor
    assert editor is not None
    officer.until(lambda: bool(editor.view.pages))
    assert editor.form.focus("check_findings")
    box = window.focusWidget()
    assert isinstance(box, QPlainTextEdit)
    QTest.keyClicks(box, "saw without guard ")
    officer.until(lambda: editor.saved.text().startswith("已保存"))
    assert officer.window.desk.editor is editor
    assert "saw without guard" in str(editor.paper.answers["check_findings"])
    page = next(p for p in editor.view.pages if p.spot_rect("check_findings") is not None)
    spot = page.spot_rect("check_findings")
    assert spot is not None
    assert editor.form.focus("check_place")
    QTest.mouseClick(page, Qt.MouseButton.LeftButton, pos=spot.center().toPoint())
    assert window.focusWidget() is box  # A click on the paper leads to its field.
    assert page.path_at(QPointF(spot.center())) == "check_findings"
    QTest.keyClick(box, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "saw without guard" not in box.toPlainText()  # Undo.
    press(officer, Qt.Key.Key_Escape)
    officer.until(lambda: window.desk.editor is None)
    (paper,) = window.desk.desk.steps[0].papers  # type: ignore[union-attr]
    assert paper.state is PaperState.DRAFT


def test_missing_answers_are_shown_at_their_fields(officer: Officer) -> None:
    log_in(officer)
    new_case(officer)
    window = officer.window
    click(officer, window.desk.step, "填写")
    officer.until(lambda: window.desk.editor is not None)
    press(officer, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    editor = window.desk.editor
    assert editor is not None
    officer.until(lambda: "还不能定稿" in window.banner.text)
    assert editor.paper.state is PaperState.DRAFT
    assert isinstance(window.focusWidget(), QWidget)
    click(officer, window.banner, "知道了")
    assert not window.banner.isVisible()


def test_the_whole_way(world: World, officer: Officer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def say_why(_parent: QWidget, reasons: Sequence[Reason], *, then: str) -> str:
        asked.extend(reason.text for reason in reasons)
        return "只录了几秒，其余另有执法记录仪"

    monkeypatch.setattr(desk_page, "ask_reason", say_why)
    with moving_picture() as camera, hq_process.running(world.headquarters, host=HOST) as port:
        officer.window.shell.settings = point_to(world, port, camera, microphone="")
        log_in(officer)
        new_case(officer)
        _record_and_fill(officer)
        window = officer.window
        click(officer, window.desk.step, "完成本环节")
        officer.until(lambda: "结果还没有选择" in window.banner.text)
        (results,) = [b for b in window.desk.step.findChildren(QComboBox) if b.isVisible()]
        results.setCurrentText("发现问题，责令整改")
        click(officer, window.desk.step, "完成本环节")
        officer.until(lambda: window.desk.desk is not None
                      and window.desk.desk.steps[0].step.state is StepState.DONE)
        # The sample's inspection took long, of which a few seconds at most were recorded.
        assert len(asked) == 1 and asked[0].startswith("“现场检查”的录音录像不完整：应录 ")
        assert window.desk.desk is not None
        window.sealing.seal(window.desk.desk, world.both())
        officer.until(lambda: window.desk.desk is not None
                      and window.desk.desk.case.sync is SyncState.SEALED)
        window.go("sync")
        officer.until(lambda: True)
        click(officer, window.sync, "全部报送")
        officer.until(lambda: not window.sync.sending)
        assert "总部已签收1件" in window.banner.text
        officer.take("sync")
    assert (world.pictures / "sync.png").stat().st_size > 10_000


def record_a_little(officer: Officer) -> None:
    """F9, and after two seconds a mark and a photo; it goes on."""
    window = officer.window
    press(officer, Qt.Key.Key_F9)
    officer.until(lambda: window.shell.recording is not None)
    recording = window.shell.recording
    assert recording is not None
    officer.until(lambda: recording.status().elapsed_s > 2)
    press(officer, Qt.Key.Key_F8)
    press(officer, Qt.Key.Key_F2)


def _record_and_fill(officer: Officer) -> None:
    """A little recording; then the record with the sample's answers."""
    window = officer.window
    record_a_little(officer)
    assert window.recording.bar.state.recording
    press(officer, Qt.Key.Key_F9)
    officer.until(lambda: not window.recording.running)
    assert window.desk.desk is not None
    (clip,) = window.desk.desk.steps[0].clips
    assert len(clip.marks) == 1
    click(officer, window.desk.step, "填写")
    officer.until(lambda: window.desk.editor is not None)
    editor = window.desk.editor
    assert editor is not None
    _fill_from_sample(editor.form)
    press(officer, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    officer.until(lambda: editor.paper.state is PaperState.ISSUED)
    press(officer, Qt.Key.Key_Escape)
    officer.until(lambda: window.desk.editor is None)


def type_text(widget: QWidget, text: str) -> None:
    """As an input method does: all of it replaced by ``text``."""
    widget.setFocus()
    if isinstance(widget, QLineEdit | QPlainTextEdit):
        widget.selectAll()
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(widget, event)


def give(editor: Editor, value: Any) -> None:
    """Answer one field through its own widget."""
    inner = editor.inner
    if isinstance(inner, QCheckBox):
        inner.setChecked(bool(value))
    elif isinstance(inner, QComboBox):
        inner.setCurrentText(str(value))
    elif isinstance(inner, QDateTimeEdit):
        inner.setDateTime(QDateTime.fromString(str(value)[:16], "yyyy-MM-ddTHH:mm"))
    else:
        type_text(inner, str(value))


def _fill_from_sample(form: FormEditor) -> None:
    """Every answer of the sample, each through its own widget."""
    sample = sample_answers("G1-04")
    for path, editor in form.editors.items():
        value: Any = sample
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if path.startswith(_KEPT) or value in (None, "", []):
            continue
        if path == "end_at":  # Begun just now, whatever the hour of the day is.
            value = (datetime.now() + timedelta(minutes=38)).isoformat()  # noqa: DTZ005 - as the widget shows it
        if isinstance(editor, Editor):
            give(editor, value)
        elif isinstance(editor, RowsEditor) and path == "issues":
            for text in value:
                editor.add()
                give(editor.editors[-1], text)


def test_locking_hides_all_and_leaving_forgets_the_session(officer: Officer) -> None:
    log_in(officer)
    press(officer, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert officer.window.guard.locked
    officer.window.guard.page.left.emit()
    assert officer.window.shell.session is None
    assert officer.window.root.currentIndex() == 0
    assert all(half.pin.text() == "" for half in officer.window.login.halves)
    log_in(officer)
    assert officer.window.shell.session is not None


def test_every_control_has_a_name(officer: Officer) -> None:
    log_in(officer)
    new_case(officer)
    window = officer.window
    click(officer, window.desk.step, "填写")
    officer.until(lambda: window.desk.editor is not None)
    nameless = [
        w for kind in (QAbstractButton, QLineEdit, QPlainTextEdit)
        for w in window.findChildren(kind)
        if w.isVisible() and not w.accessibleName() and not w.objectName().startswith("qt_")
        and not (isinstance(w, QAbstractButton) and w.text())]
    assert nameless == []


def test_settings_are_kept(world: World, officer: Officer) -> None:
    log_in(officer)
    officer.window.go("settings")
    page = officer.window.settings
    for wrong in ("http://plain", "https://hq.example 8443", "https://:8443"):
        page.headquarters.setText(wrong)
        click(officer, page, "保存")
        assert "不对" in officer.window.banner.text and "https://" in officer.window.banner.text
        assert officer.window.focusWidget() is page.headquarters, "it is typed over at once"
    page.headquarters.setText("https://hq.example:8443/")
    page.recording.camera.show_chosen("0", "")
    for line, wrong, right, words in (
            (page.proxy, "10.0.0.8:3128", "http://10.0.0.8:3128", "代理地址"),
            (page.limit, "快", "200", "限速"), (page.hours, "白天", "08:30-18:00", "限速")):
        line.setText(wrong)
        click(officer, page, "保存")
        assert words in officer.window.banner.text and "留空" in officer.window.banner.text
        line.setText(right)
    click(officer, page, "保存")
    from field_app.settings import load_settings

    kept = load_settings(world.laptop.data.settings)
    assert (kept.headquarters, kept.camera) == ("https://hq.example:8443", "0")
    assert (kept.proxy, kept.send_limit, kept.send_hours) == (
        "http://10.0.0.8:3128", "200", "08:30-18:00")
    assert replace(kept, theme="dark") != kept
    assert Path(kept.cards) == world.cards
