"""The recording bar: what it shows, what it lets through, and that nothing is clipped."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from field_app.ui import theme
from field_app.ui.recording_bar import RecordingBar, RecordingBarState, clock_text

# The offscreen screen has no window manager to tell sizes to.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", extend=True)

RED = bytes((220, 30, 30)) * (160 * 90)
RUNNING = RecordingBarState(
    recording=True, can_record=True, elapsed_s=3725.9, step="现场检查", level_db=-21.4,
    thumbnail=(160, 90, RED), bytes_on_disk=48_300_000, hours_left=16.2)


@pytest.fixture
def bar(qtbot: QtBot, qapp: QApplication) -> RecordingBar:
    theme.load_fonts()
    theme.apply(qapp, "light")
    made = RecordingBar()
    qtbot.addWidget(made)
    made.resize(1366, 60)
    made.show()
    return made


def test_idle_says_what_to_do_next(bar: RecordingBar) -> None:
    assert bar.dot.text() == "○ 未录制" and not bar.elapsed.isVisible()
    assert "先打开案件" in bar.note.whole
    assert not any(b.isEnabled() for b in (bar.record, bar.mark, bar.photo))
    bar.show_state(RecordingBarState(can_record=True, step="现场检查"))
    assert bar.record.isEnabled() and "F9" in bar.note.whole


def test_running_shows_everything(bar: RecordingBar) -> None:
    bar.show_state(RUNNING)
    assert bar.dot.text() == "● 录制中" and bar.elapsed.text() == "01:02:05"
    assert bar.property("recording") == "true" and bar.dot.property("tone") == "stop"
    assert bar.step.whole == "现场检查" and "48.3 MB" in bar.note.whole
    assert bar.level.value() == -21 and bar.level_text.text() == "音量 -21 dB"
    assert bar.record.text() == "停止录制 F9"
    colour = bar.thumbnail.pixmap().toImage().pixelColor(20, 20)
    assert colour.red() > 200 and colour.blue() < 60
    bar.show_state(RecordingBarState())
    assert bar.property("recording") == "false" and not bar.thumbnail.isVisible()


def test_standing_by_says_that_nothing_is_written(bar: RecordingBar) -> None:
    bar.show_state(replace(RUNNING, recording=False, standby=True, preroll_s=24.2, hours_left=0.4))
    assert bar.dot.text() == "◐ 预录中" and bar.dot.property("tone") == "soon"
    assert "已在内存中预录 24 秒，没有写盘" in bar.note.whole and "24 分钟" in bar.note.whole
    assert bar.property("recording") == "false" and not bar.elapsed.isVisible()
    assert bar.thumbnail.isVisible() and bar.level.isVisible() and bar.record.isEnabled()


def test_what_was_read_back_from_the_disk_is_shown_and_both_cameras(bar: RecordingBar) -> None:
    bar.show_state(replace(RUNNING, safe_s=3724.0, second=(160, 90, RED)))
    assert "已写入磁盘并核对到 01:02:04（48.3 MB）" in bar.note.whole
    assert "还可录约 16 小时" in bar.note.whole and bar.second.isVisible()
    assert bar.property("trouble") == "false"
    bar.show_state(replace(RUNNING, warnings=("画面全黑",)))
    assert bar.dot.text() == "▲ 录制有异常" and bar.property("trouble") == "true"
    assert not bar.second.isVisible()


def test_the_most_pressing_warning_is_shown_and_the_others_counted(bar: RecordingBar) -> None:
    warnings = ("摄像头无画面", "话筒无声", "磁盘将满")
    bar.show_state(replace(RUNNING, warnings=warnings))
    assert bar.note.whole == "摄像头无画面（另有 2 项）"
    assert bar.note.objectName() == "problem"
    assert all(warning in bar.note.toolTip() for warning in warnings)
    bar.show_state(RUNNING)
    assert bar.note.objectName() == "muted"


def test_presses_come_out_as_signals(bar: RecordingBar, qtbot: QtBot) -> None:
    bar.show_state(RUNNING)
    for pushed, signal in ((bar.record, bar.record_pressed), (bar.mark, bar.mark_pressed),
                           (bar.photo, bar.photo_pressed)):
        with qtbot.waitSignal(signal):
            QTest.mouseClick(pushed, Qt.MouseButton.LeftButton)
    bar.show_state(replace(RUNNING, busy=True))
    with qtbot.assertNotEmitted(bar.record_pressed):
        QTest.mouseClick(bar.record, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("name", ["light", "sunlight", "dark"])
def test_nothing_is_clipped_or_out_of_view(
        bar: RecordingBar, qapp: QApplication, name: str) -> None:
    theme.apply(qapp, name)
    bar.show_state(replace(
        RUNNING, second=(160, 90, RED), step="先行登记保存证据物品清点与交付保管" * 4, elapsed_s=99 * 3600,
        warnings=("摄像头无画面，正在重新连接；录音仍在继续", "磁盘将满")))
    bar.resize(1366, bar.sizeHint().height())
    qapp.processEvents()
    assert bar.width() == 1366 and bar.minimumSizeHint().width() <= 1366
    for pushed in bar.findChildren(QPushButton):
        assert pushed.width() >= pushed.sizeHint().width()
        assert pushed.geometry().right() < 1366
    assert bar.note.text().endswith(("）", "…")) and bar.step.text().endswith("…")
    theme.apply(qapp, "light")


def test_every_control_has_a_name(bar: RecordingBar) -> None:
    bar.show_state(RUNNING)
    for widget in (bar, bar.dot, bar.elapsed, bar.level, bar.thumbnail, bar.mark, bar.photo,
                   bar.record):
        assert widget.accessibleName()


def test_clock_text() -> None:
    assert [clock_text(s) for s in (-1, 0, 59.99, 3600, 360000)] == [
        "00:00:00", "00:00:00", "00:00:59", "01:00:00", "100:00:00"]
