"""The recordings page, the player and its dialogs, driven through their real widgets."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QInputDialog,
    QLineEdit,
    QPlainTextEdit,
    QTableWidgetItem,
    QWidget,
)

from field_app.actions.context import Session
from field_app.actions.log_in import log_in, log_out
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from field_app.domain.case import Case, Clip
from field_app.domain.ids import ClipId
from field_app.domain.recorded import CopyKind
from field_app.storage import clips, events, transcripts
from field_app.ui.export_dialog import seconds_of
from field_app.ui.timeline_strip import TimelineStrip, lanes
from field_app.ui.transcript_pane import parse, written
from tests.journeys import films

# The offscreen screen has no window manager, and this machine may have no loudspeaker.
pytestmark = [pytest.mark.qt_log_ignore("pipewire-0.3|PulseAudioService|propagateSizeHints", extend=True)]


@dataclass(frozen=True)
class Desk:
    """A logged-in window on a case that holds one recording of two segments."""

    camera: Photographer
    case: Case
    clip: Clip

    @property
    def session(self) -> Session:
        return self.camera.window.shell.officers

    def events(self, kind: str) -> list[dict[str, object]]:
        with self.session.begin() as tx:
            found = [e.members() for e in events.of_case(tx, self.case.id)]
        return [e["body"] for e in found if e["typ"] == kind]


@pytest.fixture
def desk(world: World, new_case: Callable[[Session], Case]) -> Iterator[Desk]:
    session = log_in(world.laptop, *world.both())
    case = new_case(session)
    clip = films.recorded(session, case, films.first_step(session, case))
    log_out(session)
    camera = Photographer(world.laptop.data, world.pictures)
    camera.log_in()
    yield Desk(camera, case, clip)
    camera.close()


def names(place: QWidget) -> list[str]:
    """Controls that say nothing to a screen reader."""
    return [repr(w) for kind in (QAbstractButton, QComboBox, QLineEdit) for w in place.findChildren(kind)
            if w.isVisible() and w.isEnabled() and not w.accessibleName()
            and not (isinstance(w, QAbstractButton) and w.text())
            and w.objectName() not in ("qt_spinbox_lineedit",)
            and not isinstance(w.parent(), QComboBox) and "QTableCornerButton" not in repr(w)]


def test_a_click_on_the_timeline_plays_from_there(desk: Desk) -> None:
    camera = desk.camera
    window = camera.window
    window.go("media")
    camera.until(lambda: bool(window.media.page.findChildren(TimelineStrip)))
    (strip,) = window.media.page.findChildren(TimelineStrip)
    strip.grab()  # Painted once: what can be clicked is known.
    x = (strip.x_of(desk.clip.segments[1].started) + strip.x_of(desk.clip.segments[1].ended)) // 2
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(x, 78))
    camera.until(lambda: window.player.dialog is not None)
    dialog = window.player.dialog
    assert dialog is not None
    assert dialog.player.position_s == pytest.approx(8.0, abs=0.8)
    camera.until(lambda: "校验一致" in dialog.player.seal.text())
    (red,) = dialog.player.slider.red_spans
    assert red == pytest.approx((3.0, 4.0), abs=0.01)
    assert [dialog.points.item(n).text()[:10] for n in range(3)] == [
        "◆ 00:00:01", "✕ 00:00:03", "◆ 00:00:07"]
    QTest.keyClick(dialog.player, Qt.Key.Key_BracketLeft)
    assert dialog.player.position_s == 7.0
    QTest.keyClick(dialog.player, Qt.Key.Key_J)
    assert dialog.player.position_s == 2.0
    assert names(dialog) == [] and names(window.media.page) == []
    dialog.player.start()
    camera.until(lambda: dialog.player.position_s > 2.5)
    dialog.close()
    camera.until(lambda: True)
    (ended,) = desk.events("recording_view_ended")
    spans = ended["spans_ms"]
    assert isinstance(spans, list) and spans[0][0] == 2000 and spans[0][1] >= 2500
    QTest.keyClick(strip, Qt.Key.Key_Return)  # The keyboard plays too.
    camera.until(lambda: window.player.dialog is not None)


def test_what_is_said_is_saved_while_it_is_typed(desk: Desk) -> None:
    camera = desk.camera
    camera.window.player.start(desk.clip)
    camera.until(lambda: True)
    dialog = camera.window.player.dialog
    assert dialog is not None
    dialog.player.seek(2.0)
    editor = dialog.transcript.editor
    QTest.keyClicks(editor, "hello")
    assert 0 < dialog.transcript._timer.remainingTime() <= 2000  # It runs from the first key.
    camera.until(lambda: dialog.transcript.saved.text().startswith("已保存"))
    dialog.player.seek(5.0)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QTest.keyClicks(editor, "goods")
    assert editor.toPlainText() == "00:00:02 hello\n00:00:05 goods"
    dialog.close()  # Before the pause after the last key is over.
    camera.until(lambda: True)
    with desk.session.begin() as tx:
        kept = transcripts.newest(tx, desk.clip.id)
    assert kept is not None and [(x.at_ms, x.text) for x in kept.lines] == [
        (2000, "hello"), (5000, "goods")]
    assert [e["ended"] for e in desk.events("transcript_saved")] == [False, True]
    assert desk.events("transcript_saved")[-1]["text_sha256"] == kept.sha256
    camera.window.player.start(desk.clip)
    camera.until(lambda: True)
    again = camera.window.player.dialog
    assert again is not None and "第1稿" in again.transcript.saved.text()
    assert again.transcript.editor.toPlainText() == "00:00:02 hello\n00:00:05 goods"


def test_a_megabyte_of_words_is_shown_and_saved(desk: Desk) -> None:
    camera = desk.camera
    camera.window.player.start(desk.clip)
    camera.until(lambda: True)
    dialog = camera.window.player.dialog
    assert dialog is not None

    def cost(lines: int) -> float:
        """Processor time of the screen's thread until they are saved; judged against what stands in the store."""
        text = "\n".join(f"00:00:0{n % 9} {'现场检查记录' * 10}" for n in range(lines))
        began = time.thread_time()
        dialog.transcript.editor.setPlainText(text)
        camera.until(lambda: dialog.transcript.saved.text().startswith("已保存"))
        spent = time.thread_time() - began
        with desk.session.begin() as tx:
            kept = transcripts.newest(tx, desk.clip.id)
        assert kept is not None and written(kept.lines) == text == dialog.transcript.editor.toPlainText()
        return spent

    few, many = cost(750), cost(6000)
    assert len(dialog.transcript.editor.toPlainText().encode()) > 1 << 20
    # Eight times the words cost some eight times the work on any machine; work that grows with their square, 64.
    assert many < 24 * few


def test_an_area_is_drawn_and_a_masked_copy_made(desk: Desk) -> None:
    camera = desk.camera
    window = camera.window
    window.go("media")
    camera.until(lambda: window.media.page.desk is not None)
    window.media.page.export.emit(desk.clip)
    camera.until(lambda: window.media.exports.dialog is not None)
    dialog = window.media.exports.dialog
    assert dialog is not None
    dialog.masked.setChecked(True)
    dialog.end.setText("00:00:02")
    dialog.slider.setValue(500)
    camera.until(lambda: True)
    screen = dialog.screen_area
    place = screen.place()
    begin, end = place.center(), place.center() + QPoint(120, 90)
    QTest.mousePress(screen, Qt.MouseButton.LeftButton, pos=begin)
    QTest.mouseMove(screen, end)
    QTest.mouseRelease(screen, Qt.MouseButton.LeftButton, pos=end)
    assert dialog.table.rowCount() == 1

    def cell(column: int) -> QTableWidgetItem:
        found = dialog.table.item(0, column)
        assert found is not None
        return found

    assert (cell(1).text(), cell(2).text()) == ("00:00:00.500", "00:00:02.000")
    cell(1).setText("soon")
    assert cell(1).text() == "00:00:00.500"  # No time: kept as it was.
    cell(1).setText("00:00:00.2")
    sure = next(b for b in dialog.findChildren(QAbstractButton) if b.text() == "导出")
    QTest.mouseClick(sure, Qt.MouseButton.LeftButton)
    assert "用途" in dialog.problem.text() and dialog.problem.isVisible()
    dialog.reason.setText("向当事人公开")
    assert names(dialog) == []
    QTest.mouseClick(sure, Qt.MouseButton.LeftButton)
    camera.until(lambda: window.media.exports.dialog is None)
    assert "遮挡01" in window.banner.text
    with desk.session.begin() as tx:
        (made,) = clips.copies_of(tx, desk.clip.id)
    assert made.copy is not None and made.copy.kind is CopyKind.MASKED
    ((x, y, width, height, from_ms, to_ms),) = made.copy.done["areas"]
    assert (from_ms, to_ms) == (200, 2000) and abs(x - 160) <= 2 and abs(y - 90) <= 2
    assert width > 20 and height > 20
    camera.until(lambda: window.media.page.desk is not None and len(window.media.page.desk.clips) == 2)


def test_verifying_tells_what_is_wrong_and_can_be_stopped(desk: Desk) -> None:
    camera = desk.camera
    window = camera.window
    window.go("media")
    QTest.mouseClick(window.media.page.verify_button, Qt.MouseButton.LeftButton)
    camera.until(lambda: window.media.report is not None)
    assert window.media.report is not None
    assert "没有缺失" in window.media.report.text.toPlainText()
    path = desk.session.context.data.media / desk.clip.segments[0].path
    path.unlink()
    window.media.verify()
    camera.until(lambda: "不见了" in window.media.report.text.toPlainText())  # type: ignore[union-attr]
    window.media.verify()
    window.media.verifying.cancel()
    camera.until(lambda: not window.media.verifying.busy)
    assert not window.banner.isVisible()  # A cancel is nobody's failure.


def test_retention_shows_classes_and_keeps_for_good(desk: Desk) -> None:
    camera = desk.camera
    window = camera.window
    window.go("media")
    QTest.mouseClick(window.media.page.retention_button, Qt.MouseButton.LeftButton)
    dialog = window.media.retention
    assert dialog is not None
    camera.until(lambda: dialog.table.count() == 1)
    assert dialog.table.tickable == ()
    assert dialog.table.words(0, 2) == "未关联案件"
    assert not dialog.go.isEnabled() and names(dialog) == []
    dialog.table.light(0)
    assert "我们的推断" in dialog.source.text()
    assert "现在不能销毁：保存期未满" in dialog.source.text() and "勾选框" in dialog.source.text()
    kept = dialog._shown[0]
    dialog.keep(kept, "violent_resistance", " ")
    camera.until(dialog.problem.isVisible)
    assert "理由" in dialog.problem.text()
    dialog.keep(kept, "violent_resistance", "当事人推搡执法人员")
    camera.until(lambda: dialog.table.words(0, 2) == "永久")
    dialog.filter.setCurrentText("永久保存")
    assert dialog.table.count() == 1


def test_kept_for_good_by_its_button(desk: Desk) -> None:
    """Both questions are answered by keys."""
    camera = desk.camera
    window = camera.window
    window.go("media")
    QTest.mouseClick(window.media.page.retention_button, Qt.MouseButton.LeftButton)
    dialog = window.media.retention
    assert dialog is not None
    camera.until(lambda: dialog.table.count() == 1)
    asked: list[str] = []

    def answer() -> None:
        question = next((q for q in dialog.findChildren(QInputDialog) if q.isVisible()), None)
        if question is None or question.labelText() in asked or not question.isActiveWindow():
            QTimer.singleShot(20, answer)  # Keys go to the window that has them.
            return
        asked.append(question.labelText())
        if len(asked) == 1:
            QTimer.singleShot(20, answer)
            QTest.keyClick(question, Qt.Key.Key_Return)
        else:
            (box,) = question.findChildren(QPlainTextEdit)
            QTest.keyClicks(box, "kicked")
            QTest.keyClick(box, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    QTimer.singleShot(20, answer)
    QTest.mouseClick(dialog.hold, Qt.MouseButton.LeftButton)
    camera.until(lambda: dialog.table.words(0, 2) == "永久")
    assert len(asked) == 2 and asked[1].endswith("请写明具体情况")
    assert dialog.release.isEnabled() and not dialog.problem.isVisible()


def test_copying_out_writes_where_it_was_asked_to(desk: Desk, world: World, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    window = desk.camera.window
    window.media.exports.write_out(desk.clip, stick, world.both())
    desk.camera.until(lambda: not window.media.exports.progress.busy)
    assert len(list(stick.iterdir())) == 4 and "已复制到" in window.banner.text
    window.media.exports.write_out(desk.clip, stick, world.both())
    desk.camera.until(lambda: not window.media.exports.progress.busy)
    assert "同名" in window.banner.text


def test_locking_puts_every_window_away(desk: Desk) -> None:
    camera = desk.camera
    window = camera.window
    window.player.start(desk.clip)
    window.media.show_retention()
    camera.until(lambda: True)
    window.lock()
    camera.until(lambda: True)
    assert window.player.dialog is None and window.media.retention is None
    assert desk.events("recording_view_ended")  # What was watched is told all the same.


def test_two_cameras_lie_in_two_rows(desk: Desk) -> None:
    first = desk.clip
    end = first.segments[-1].ended
    beside = replace(first, id=ClipId("beside"), number="音像02", view="文书")
    after = replace(first, id=ClipId("after"), number="音像03", started=end, ended=end)
    assert lanes((first, beside, after), end) == [[first, after], [beside]]


def test_times_are_read_as_they_are_typed() -> None:
    assert [seconds_of(t) for t in ("00:01:02.5", "1:02", "02:00:00", "1:75", "abc", "")] == [
        62.5, 62.0, 7200.0, None, None, None]
    assert parse("一\n00:00:05 二\n三") == [
        *parse("00:00:00 一"), *parse("00:00:05 二"), *parse("00:00:05 三")]
