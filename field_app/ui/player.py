"""Plays a sealed recording: frame by frame, at other speeds, by marks; nothing is written out."""

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from field_app.errors import FieldAppError
from field_app.ui.flow_row import FlowRow
from field_app.ui.language import said, tr, tr_later
from field_app.ui.parts import button, chip, label, set_tone
from field_app.ui.playable import FrameSource, Playable, time_text
from field_app.ui.player_bar import PlayerBar
from field_app.ui.player_screen import Screen
from field_app.ui.player_sound import PlayerSound

__all__ = ["FrameSource", "Playable", "Player", "time_text"]

_SPEEDS = ((tr_later("0.5 倍速"), 0.5), (tr_later("1 倍速"), 1.0), (tr_later("1.5 倍速"), 1.5),
           (tr_later("2 倍速"), 2.0), (tr_later("4 倍速"), 4.0))
_SHORTEST_TICK_MS = 15
_JUMP_S = 5.0
KEYS = tr_later("空格 播放/暂停　， 。 逐帧　J L 退/进5秒　[ ] 上/下一标记　- = 减速/加速")


class Player(QWidget):
    """Shows one :class:`Playable` at a time. ``failed`` carries what could not be played, ``moved``
    the second that is shown; ``watched`` keeps the spans that were played."""

    failed = Signal(object)
    moved = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("player")
        self._source: FrameSource | None = None
        self._playable: Playable | None = None
        self._sound: PlayerSound | None = None
        self._at = 0.0
        self._frame_s = 0.04
        self._began = (0.0, 0.0)
        self.watched: list[tuple[float, float]] = []
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._on_tick)
        # Dragging asks for many places: only the last one before the screen is idle is decoded.
        self._seek = QTimer(self)
        self._seek.setSingleShot(True)
        self._seek.setInterval(0)
        self._seek.timeout.connect(lambda: self._go(self.slider.value() / 1000))
        self._make()
        self._lay_out()
        self._enable(False)

    def _make(self) -> None:
        self.screen_area = Screen()
        self.title = label("", "heading")
        self.seal = chip("")
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        self.place = label("00:00:00.000 / 00:00:00.000")
        self.place.setAccessibleName(tr("播放位置"))
        self.wall = label("", "muted")
        self.wall.setAccessibleName(tr("拍摄时间"))
        self.slider = PlayerBar()
        self.slider.setAccessibleName(tr("播放进度"))
        self.slider.setPageStep(10_000)
        self.play = button(tr("播放"), "action", tip=tr("播放或暂停（空格）"))
        self.back = button(tr("上一帧"), tip=tr("后退一帧（逗号）"))
        self.forward = button(tr("下一帧"), tip=tr("前进一帧（句号）"))
        self.speed = QComboBox()
        self.speed.setAccessibleName(tr("播放速度"))
        self.speed.setToolTip(tr("变速时声音不变调（- = 键）"))
        for words, value in ((tr(w), v) for w, v in _SPEEDS):
            self.speed.addItem(words, value)
        self.speed.setCurrentIndex(1)
        self.marks = QComboBox()
        self.marks.setAccessibleName(tr("跳到标记"))
        self.play.clicked.connect(self.toggle)
        self.back.clicked.connect(lambda: self.step(-1))
        self.forward.clicked.connect(lambda: self.step(1))
        self.slider.valueChanged.connect(self._on_slider)
        self.speed.currentIndexChanged.connect(self._on_speed)
        self.marks.activated.connect(self._on_mark)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addLayout(FlowRow(self.title, self.seal, right=self.seal))
        column.addWidget(self.screen_area, 1)
        column.addWidget(self.problem)
        column.addWidget(self.slider)
        column.addLayout(FlowRow(
            self.play, self.back, self.forward, self.speed, self.marks, self.wall, self.place, right=self.wall))
        column.addWidget(label(tr(KEYS), "muted", wrap=True))

    # What the page does with it

    @property
    def position_s(self) -> float:
        """Where the player stands, in seconds."""
        return self._at

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    @property
    def lost(self) -> tuple[tuple[float, float], ...]:
        """Damaged spans found so far."""
        return self._source.losses if self._source is not None else ()

    def show_clip(self, playable: Playable) -> None:
        """Open a recording and show its first picture; failure is shown and told."""
        self.close_clip()
        self._playable = playable
        self.title.setText(playable.title)
        self.seal.setText(playable.seal)
        self.seal.setAccessibleName(tr("封存状态：{seal}", seal=playable.seal))
        set_tone(self.seal, "plain" if playable.sealed_well else "stop")
        self._fill_marks(playable)
        try:
            source = self._source = playable.open()
            self._frame_s = source.frame_s
        except (FieldAppError, OSError) as error:
            self._tell(error)
            return
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, round((source.duration_s - self._frame_s) * 1000)))
        self.slider.setSingleStep(round(self._frame_s * 1000))
        self.slider.blockSignals(False)
        self._sound = PlayerSound(source.sound_from)
        self._show_along()
        self._enable(True)
        self._go(0.0)

    def close_clip(self) -> None:
        """Let go of the recording; its keys and pictures leave the memory with it."""
        self.pause()
        if self._source is not None:
            self._source.close()
        self._source = self._playable = self._sound = None
        self._at = 0.0
        self.watched = []
        self.slider.show_along()
        self.screen_area.show_frame(None)
        self.screen_area.words = ""
        self.problem.hide()
        self._enable(False)

    def toggle(self) -> None:
        """Play or pause."""
        if self.playing:
            self.pause()
        else:
            self.start()

    def start(self) -> None:
        """Play on from here; from the beginning when at the end."""
        if self._source is None:
            return
        if self._at >= self._last_s():
            self._go(0.0)
        self._began = (time.monotonic(), self._at)
        if self._sound is not None:
            self._sound.start(self._at, self._speed())
        self._timer.start(max(_SHORTEST_TICK_MS, round(self._frame_s * 1000 / self._speed() / 2)))
        self.play.setText(tr("暂停"))
        self.play.setAccessibleName(tr("暂停"))

    def pause(self) -> None:
        if self.playing and self._at > self._began[1]:
            self.watched.append((self._began[1], self._at))
        self._timer.stop()
        if self._sound is not None:
            self._sound.stop()
        self.play.setText(tr("播放"))
        self.play.setAccessibleName(tr("播放"))

    def step(self, frames: int) -> None:
        """Move by whole frames and stay there."""
        self.pause()
        self._go((round(self._at / self._frame_s) + frames) * self._frame_s)

    def seek(self, t: float) -> None:
        """Go to ``t`` seconds; plays on if it was playing."""
        playing = self.playing
        self.pause()
        self._go(t)
        if playing:
            self.start()

    def jump(self, seconds: float) -> None:
        """Go so many seconds on (or back); plays on if it was playing."""
        self.seek(self._at + seconds)

    def to_mark(self, way: int) -> None:
        """Go to the next mark, or with ``way`` -1 to the one before."""
        marks = sorted(at for at, _ in self._playable.marks) if self._playable else []
        beyond = [m for m in marks if m > self._at + 0.02] if way > 0 else [
            m for m in reversed(marks) if m < self._at - 0.5]
        if beyond:
            self.seek(beyond[0])

    def _change_speed(self, way: int) -> None:
        index = self.speed.currentIndex() + way
        if 0 <= index < self.speed.count():
            self.speed.setCurrentIndex(index)

    # How it does it

    def _last_s(self) -> float:
        return self.slider.maximum() / 1000

    def _speed(self) -> float:
        return float(self.speed.currentData())

    def _go(self, t: float) -> None:
        source = self._source
        if source is None:
            return
        self._at = max(0.0, min(t, self._last_s()))
        try:
            frame = source.frame_at(self._at)
        except (FieldAppError, OSError) as error:
            self._tell(error)
            return
        self._show(source, frame)
        self._show_place(source)

    def _show(self, source: FrameSource, frame: tuple[int, int, bytes] | None) -> None:
        """The picture, or in words that this second is lost and when play goes on."""
        lost = source.lost_at(self._at) if frame is None else None
        if lost is None:
            self.problem.hide()
            self.screen_area.show_frame(frame)
            return
        words = tr("{begin}—{end} 已损坏，缺{missing:.1f}秒，无法播放；播放会自动继续。", begin=time_text(lost[0]),
                   end=time_text(lost[1]), missing=lost[1] - lost[0])
        self.screen_area.show_frame(None, words)
        self.problem.setText(tr("{words}请勿删除原文件，并报告系统管理员核查。", words=words))
        self.problem.show()
        self._show_along()

    def _show_along(self) -> None:
        made, source = self._playable, self._source
        if made is not None and source is not None:
            self.slider.show_along(gaps=made.gaps, lost=source.losses, marks=made.marks,
                                   seams=made.seams)

    def _show_place(self, source: FrameSource) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(round(self._at * 1000))
        self.slider.blockSignals(False)
        self.place.setText(f"{time_text(self._at)} / {time_text(source.duration_s)}")
        wall_at = self._playable.wall_at if self._playable is not None else None
        self.moved.emit(self._at)
        self.wall.setText(tr("拍摄于 {at:%Y-%m-%d %H:%M:%S}", at=wall_at(self._at)) if wall_at else "")

    def _tell(self, error: Exception) -> None:
        self.pause()
        self.problem.setText(
            tr("这里的录音录像打不开或已被改动，无法播放。可拖到其他位置继续查看；"
               "请勿删除原文件，并报告系统管理员核查。"))
        self.problem.show()
        self.failed.emit(error)

    def _on_tick(self) -> None:
        clock, start = self._began
        t = start + (time.monotonic() - clock) * self._speed()
        if self._sound is not None:
            self._sound.feed()
        if t >= self._last_s():
            self._go(self._last_s())
            self.pause()
        elif t - self._at >= self._frame_s:
            self._go(t)

    def _on_slider(self, _value: int) -> None:
        if self.playing:
            self.pause()
        self._seek.start()

    def _on_speed(self) -> None:
        if self.playing:
            self.pause()
            self.start()

    def _on_mark(self, index: int) -> None:
        at = self.marks.itemData(index)
        if at is not None:
            self.seek(float(at))

    def _fill_marks(self, playable: Playable) -> None:
        self.marks.clear()
        self.marks.addItem(tr("标记（{marks_count}）", marks_count=len(playable.marks)), None)
        for at, words in playable.marks:
            self.marks.addItem(time_text(at)[:8] + " " + (said(words) or tr("标记")), at)
        self.marks.setVisible(bool(playable.marks))

    def _enable(self, on: bool) -> None:
        for widget in (self.slider, self.play, self.back, self.forward, self.speed, self.marks):
            widget.setEnabled(on)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Space: self.toggle, Qt.Key.Key_Comma: lambda: self.step(-1),
            Qt.Key.Key_Period: lambda: self.step(1), Qt.Key.Key_J: lambda: self.jump(-_JUMP_S),
            Qt.Key.Key_L: lambda: self.jump(_JUMP_S),
            Qt.Key.Key_BracketLeft: lambda: self.to_mark(-1),
            Qt.Key.Key_BracketRight: lambda: self.to_mark(1),
            Qt.Key.Key_Minus: lambda: self._change_speed(-1),
            Qt.Key.Key_Equal: lambda: self._change_speed(1)}
        action = keys.get(event.key())
        if action is None or self._source is None:
            super().keyPressEvent(event)
        else:
            action()
