"""The recording bar on every page: state, elapsed time, step, level, thumbnail, warnings, keys."""

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QImage, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from field_app.ui.language import said, tr
from field_app.ui.parts import Elided, button, chip, label, set_tone
from field_app.ui.theme import give_icon, give_size

_QUIETEST_DB = -60
_THUMBNAIL = QSize(80, 45)
# As high idle as running, so that pages do not jump when a recording starts.
_HEIGHT = 66


@dataclass(frozen=True)
class RecordingBarState:
    """What the bar shows.

    ``busy``: devices are being opened or the recording is being closed; ``can_record``: a step is
    chosen that a recording would belong to; ``standby``: the last ``preroll_s`` seconds are held in
    memory; ``ended``: it stopped by itself and waits to be put away. ``safe_s``: how much was read
    back from the disk, whole. ``level_db`` is dBFS, ``None`` without a microphone; ``thumbnail`` is
    width, height and RGB bytes, ``second`` the other camera's; ``warnings`` are sentences, most
    pressing first.
    """

    recording: bool = False
    busy: bool = False
    ended: bool = False
    standby: bool = False
    can_record: bool = False
    elapsed_s: float = 0.0
    step: str = ""
    level_db: float | None = None
    thumbnail: tuple[int, int, bytes] | None = None
    second: tuple[int, int, bytes] | None = None
    warnings: tuple[str, ...] = ()
    bytes_on_disk: int = 0
    hours_left: float | None = None
    preroll_s: float = 0.0
    safe_s: float | None = None

    @property
    def tone(self) -> str:
        """``plain``, ``soon`` while held in memory, ``stop`` while recording."""
        return "stop" if self.recording else "soon" if self.standby else "plain"


class Picture(Protocol):
    """A small picture: pixels across and down, 3 bytes RGB each."""

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    @property
    def rgb(self) -> bytes: ...


def small(picture: Picture | None) -> tuple[int, int, bytes] | None:
    """A picture as the bar takes it."""
    return (picture.width, picture.height, picture.rgb) if picture is not None else None


def clock_text(seconds: float) -> str:
    """``hh:mm:ss`` of a span."""
    whole = max(0, int(seconds))
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _hours(state: RecordingBarState) -> str:
    if state.hours_left is None:
        return ""
    if state.hours_left < 1:
        return tr("，还可录约 {hours_left:.0f} 分钟", hours_left=state.hours_left * 60)
    return tr("，还可录约 {hours_left:.0f} 小时", hours_left=state.hours_left)


def _calm_text(state: RecordingBarState) -> str:
    if state.busy:
        return tr("正在连接或关闭设备，请稍候")
    if state.recording:
        size = state.bytes_on_disk
        taken = f"{size / 1e6:.1f} MB" if size < 1e9 else f"{size / 1e9:.2f} GB"
        if state.safe_s is None:
            return tr("已加密写入 {taken}{state}", taken=taken, state=_hours(state))
        return tr("已写入磁盘并核对到 {safe_s}（{taken}）{state}", safe_s=clock_text(state.safe_s), taken=taken,
                  state=_hours(state))
    if state.standby:
        return tr("已在内存中预录 {preroll_s:.0f} 秒，没有写盘；按 F9 开始录制，预录一并保存{state}",
                  preroll_s=state.preroll_s, state=_hours(state))
    if state.can_record:
        return tr("按 F9 开始录制{state}", state=_hours(state))
    return tr("先打开案件里“办理中”的环节，再开始录制")


class RecordingBar(QFrame):
    """Shows a :class:`RecordingBarState`; what the officer presses comes out as signals."""

    record_pressed = Signal()
    mark_pressed = Signal()
    photo_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recordingBar")
        self.setAccessibleName(tr("录音录像"))
        give_size(self, least_height=_HEIGHT)
        self.state = RecordingBarState()
        self.dot = chip(tr("○ 未录制"))
        self.elapsed = label("00:00:00", "heading")
        self.elapsed.setAccessibleName(tr("已录时长"))
        self.elapsed.setFont(_tabular(self.elapsed.font()))
        self.step = Elided()
        self.note = Elided("muted")
        self.level = QProgressBar()
        self.level.setObjectName("levelMeter")
        self.level.setAccessibleName(tr("话筒音量"))
        self.level.setRange(_QUIETEST_DB, 0)
        self.level.setTextVisible(False)
        give_size(self.level, width=110)
        self.level_text = label("", "muted")
        self.thumbnail = QLabel()
        self.thumbnail.setObjectName("thumbnail")
        self.thumbnail.setAccessibleName(tr("摄像头画面"))
        self.thumbnail.setFixedSize(_THUMBNAIL)
        self.second = QLabel()
        self.second.setObjectName("thumbnail")
        self.second.setAccessibleName(tr("第二摄像头画面"))
        self.second.setFixedSize(_THUMBNAIL)
        self.mark = button(tr("标记 F8"), tip=tr("在录像中标记此刻（F8）"), icon="flag")
        self.photo = button(tr("拍照 F2"), tip=tr("从摄像头拍一张照片存入本案（F2）"), icon="camera")
        self.record = button(tr("开始录制 F9"), "record", tip=tr("开始或停止录制（F9）"), icon="record")
        self.mark.clicked.connect(self.mark_pressed)
        self.photo.clicked.connect(self.photo_pressed)
        self.record.clicked.connect(self.record_pressed)
        self._lay_out()
        self.show_state(self.state)

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self.step)
        words.addWidget(self.note)
        words.addStretch(1)
        sound = QVBoxLayout()
        sound.setSpacing(4)
        sound.addStretch(1)
        sound.addWidget(self.level_text)
        sound.addWidget(self.level)
        sound.addStretch(1)
        line = QHBoxLayout(self)
        line.setContentsMargins(20, 8, 16, 8)
        line.setSpacing(16)
        line.addWidget(self.dot, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self.elapsed)
        line.addLayout(words, 1)
        line.addLayout(sound)
        line.addWidget(self.thumbnail)
        line.addWidget(self.second)
        for pushed in (self.mark, self.photo, self.record):
            line.addWidget(pushed, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_state(self, state: RecordingBarState) -> None:
        """Show ``state`` whole; cheap enough to be called ten times a second."""
        before, self.state = self.state, state
        if _mode(before) != _mode(state):
            self._show_mode(state)
        self.elapsed.setText(clock_text(state.elapsed_s))
        self.elapsed.setVisible(state.recording)
        self.step.setVisible(bool(state.step))
        self.step.show_text(state.step)
        self._show_note(state)
        self._show_level(state)
        show_picture(self.thumbnail, state.thumbnail)
        show_picture(self.second, state.second)
        self.record.setEnabled(not state.busy and (state.recording or state.can_record))
        for each in (self.mark, self.photo):
            each.setEnabled(state.recording and not state.busy and not state.ended)

    def _show_mode(self, state: RecordingBarState) -> None:
        words = (tr("○ 请稍候") if state.busy else tr("● 录制中") if state.recording
                 else tr("◐ 预录中") if state.standby else tr("○ 未录制"))
        if state.warnings and state.recording:
            words = tr("▲ 录制已停止") if state.ended else tr("▲ 录制有异常")
        self.dot.setText(words)
        self.dot.setAccessibleName(words[2:])
        set_tone(self.dot, state.tone)
        press = tr("收好录像") if state.ended else tr("停止录制") if state.recording else tr("开始录制")
        self.record.setText(f"{press} F9")
        self.record.setAccessibleName(press)
        give_icon(self.record, "stop" if state.recording else "record")
        self.setProperty("recording", "true" if state.recording else "false")
        self.setProperty("trouble", "true" if state.recording and state.warnings else "false")
        self.style().unpolish(self)
        self.style().polish(self)

    def _show_note(self, state: RecordingBarState) -> None:
        more = tr("（另有 {warnings_count} 项）",
                  warnings_count=len(state.warnings) - 1) if len(state.warnings) > 1 else ""
        text = f"{said(state.warnings[0])}{more}" if state.warnings else _calm_text(state)
        name = "problem" if state.warnings else "muted"
        if self.note.objectName() != name:
            self.note.setObjectName(name)
            self.note.style().unpolish(self.note)
            self.note.style().polish(self.note)
        self.note.show_text(text)
        if len(state.warnings) > 1:
            self.note.setToolTip("\n".join(map(said, state.warnings)))
            self.note.setAccessibleName(tr("；").join(map(said, state.warnings)))

    def _show_level(self, state: RecordingBarState) -> None:
        heard = (state.recording or state.standby) and state.level_db is not None
        self.level.setVisible(heard)
        self.level_text.setVisible(heard)
        if state.level_db is not None:
            shown = max(_QUIETEST_DB, min(0, round(state.level_db)))
            self.level.setValue(shown)
            silent = shown == _QUIETEST_DB
            self.level_text.setText(tr("音量 无声") if silent else tr("音量 {shown} dB", shown=shown))


def _mode(state: RecordingBarState) -> tuple[bool, ...]:
    return state.recording, state.busy, state.ended, state.standby, bool(state.warnings)


def show_picture(place: QLabel, picture: tuple[int, int, bytes] | None, *, within: QSize = _THUMBNAIL) -> None:
    """Show a small picture as large as fits ``within``; without one there is no place for it."""
    place.setVisible(picture is not None)
    if picture is None:
        place.clear()
        return
    width, height, rgb = picture
    image = QImage(rgb, width, height, width * 3, QImage.Format.Format_RGB888)
    ratio = place.devicePixelRatioF()
    small = image.scaled(
        within * ratio, Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation)
    small.setDevicePixelRatio(ratio)
    place.setPixmap(QPixmap.fromImage(small))


def _tabular(font: QFont) -> QFont:
    """The same face with digits of one width, so that a running time does not tremble."""
    made = QFont(font)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made
