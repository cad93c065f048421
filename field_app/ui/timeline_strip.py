"""One visit on a line of time: steps above, recordings below, what is missing in red, marks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QFont, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from field_app.actions.clip_time import gaps_of, second_at, wall_at
from field_app.actions.media_desk import Visit
from field_app.domain.case import Clip
from field_app.domain.clock import CHINA
from field_app.domain.ids import StepId
from field_app.ui.language import said, tr
from field_app.ui.theme import Palette, give_size, px, words_px

# Pixels at 100 %.
_LEFT, _RIGHT = 84, 16
_AXIS, _STEPS, _STEP, _CLIPS = 18, 26, 28, 62
_CLIP, _LANE, _COPY = 34, 40, 22
_STEPS_OF_AXIS = (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


def lanes(clips: Sequence[Clip], last: datetime) -> list[list[Clip]]:
    """Clips in as few rows as hold them without one over another; two cameras make two rows."""
    made: list[list[Clip]] = []
    for clip in sorted(clips, key=lambda c: (c.started, c.number)):
        row = next((r for r in made if (r[-1].ended or last) <= clip.started), None)
        if row is None:
            made.append([clip])
        else:
            row.append(clip)
    return made


@dataclass(frozen=True)
class _Spot:
    rect: QRect
    clip: Clip


class TimelineStrip(QWidget):
    """``play`` carries the clip and the second that was clicked.

    A clip that is pulled away from its place tells where it is (``dragged``: clip and place on the
    screen) and where it was let go (``dropped``; a clip of None: it was not let go after all).
    ``wanted``: the same by keyboard, for the chosen clip.
    """

    play = Signal(object, float)
    dragged = Signal(object, QPoint)
    dropped = Signal(object, QPoint)
    wanted = Signal(object)

    def __init__(self, visit: Visit, palette: Palette, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._visit, self._palette = visit, palette
        self._spots: list[_Spot] = []
        self._chosen = 0
        self._pressed: tuple[QPoint, Clip] | None = None
        self._dragging = False
        self._bars: list[tuple[QRect, StepId]] = []
        self._lit: StepId | None = None
        self._lanes = lanes(visit.clips, visit.end)
        self._copies = _CLIPS + _LANE * max(1, len(self._lanes)) + 2
        give_size(self, height=self._copies + (28 if visit.copies else -4))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        count = len(visit.clips)
        self.setAccessibleName(tr("{day:%m月%d日}的时间轴，{count}段录音录像，左右键选择，回车播放，G键归入环节",
                                  day=visit.day, count=count))

    def x_of(self, moment: datetime) -> int:
        """Where a moment lies, in pixels."""
        whole = max(1.0, (self._visit.end - self._visit.begin).total_seconds())
        part = (moment - self._visit.begin).total_seconds() / whole
        return px(_LEFT) + round(part * (self.width() - px(_LEFT) - px(_RIGHT)))

    def _moment_at(self, x: int) -> datetime:
        part = (x - px(_LEFT)) / max(1, self.width() - px(_LEFT) - px(_RIGHT))
        return self._visit.begin + (self._visit.end - self._visit.begin) * part

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        small = QFont(self.font())
        small.setPixelSize(words_px(12))
        painter.setFont(small)
        self._spots = []
        self._axis(painter)
        self._steps(painter)
        for begin, end in self._visit.uncovered:
            gap = self._bar(painter, begin, end, _CLIPS, _CLIP, self._palette.stop_soft, "")
            painter.setPen(QColor(self._palette.stop))
            painter.drawRoundedRect(gap.adjusted(0, 0, -1, -1), 4, 4)
        for number, lane in enumerate(self._lanes):
            for clip in lane:
                self._clip(painter, clip, _CLIPS + number * _LANE, _CLIP, self._palette.action,
                           self._palette.on_action)
        for clip in self._visit.copies:
            self._clip(painter, clip, self._copies, _COPY, self._palette.action_soft,
                       self._palette.action)
        self._names(painter)

    def _names(self, painter: QPainter) -> None:
        painter.setPen(QColor(self._palette.muted))
        rows = [(tr("环节"), _STEPS, _STEP), (tr("录音录像"), _CLIPS, _CLIP)]
        if self._visit.copies:
            rows.append((tr("副本"), self._copies, _COPY))
        for words, top, height in rows:
            painter.drawText(QRect(0, px(top), px(_LEFT - 8), px(height)), int(
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), words)

    def _axis(self, painter: QPainter) -> None:
        whole = (self._visit.end - self._visit.begin).total_seconds()
        room = max(1, (self.width() - px(_LEFT) - px(_RIGHT)) // px(90))
        step = next((s for s in _STEPS_OF_AXIS if whole / s <= room), _STEPS_OF_AXIS[-1])
        first = self._visit.begin.astimezone(CHINA)
        at = first.replace(hour=0, minute=0, second=0, microsecond=0)
        at += timedelta(seconds=-(-(first - at).total_seconds() // step) * step)
        while at <= self._visit.end:
            x = self.x_of(at)
            painter.setPen(QColor(self._palette.line))
            painter.drawLine(x, px(_AXIS), x, self.height())
            painter.setPen(QColor(self._palette.muted))
            words = f"{at:%H:%M:%S}" if step < 60 else f"{at:%H:%M}"
            half = painter.fontMetrics().horizontalAdvance(words) // 2 + 1
            middle = min(x, self.width() - half)  # The last one is not cut by the edge.
            painter.drawText(QRect(middle - half, 0, 2 * half, px(_AXIS - 2)), int(Qt.AlignmentFlag.AlignCenter), words)
            at += timedelta(seconds=step)

    def _steps(self, painter: QPainter) -> None:
        self._bars = []
        for span in self._visit.steps:
            rect = self._bar(painter, span.begin, span.end, _STEPS, _STEP, self._palette.action_soft, said(span.title))
            self._bars.append((rect, span.step))
            if span.step == self._lit:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QColor(self._palette.action))
                painter.drawRoundedRect(rect.adjusted(0, 0, -1, -1), 4, 4)

    def _bar(self, painter: QPainter, begin: datetime, end: datetime, top: int, height: int,
             colour: str, words: str, pen: str = "") -> QRect:
        """``top`` and ``height`` in pixels of 100 %."""
        left = self.x_of(begin)
        rect = QRect(left, px(top), max(6, self.x_of(end) - left), px(height))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(rect, 4, 4)
        if words and rect.width() > 30:
            painter.setPen(QColor(pen or self._palette.text))
            inside = rect.adjusted(6, 0, -4, 0)
            painter.drawText(inside, int(Qt.AlignmentFlag.AlignVCenter), painter.fontMetrics().elidedText(
                words, Qt.TextElideMode.ElideRight, inside.width()))
        return rect

    def _clip(self, painter: QPainter, clip: Clip, top: int, height: int, colour: str,
              pen: str) -> None:
        end = clip.ended or self._visit.end
        gone = clip.deleted is not None
        words = clip.number.rsplit("-", 1)[-1] + (tr("（已销毁）") if gone else "")
        rect = self._bar(painter, clip.started, end, top, height,
                         self._palette.band if gone else colour, words,
                         self._palette.muted if gone else pen)
        self._spots.append(_Spot(rect, clip))
        if self.hasFocus() and len(self._spots) - 1 == self._chosen:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(self._palette.text))
            painter.drawRoundedRect(rect.adjusted(-2, -2, 2, 2), 5, 5)
        painter.setPen(Qt.PenStyle.NoPen)
        for begin, until, _kind in gaps_of(clip):
            a, b = self.x_of(wall_at(clip, begin)), self.x_of(wall_at(clip, until))
            painter.setBrush(QColor(self._palette.stop))
            painter.drawRect(a, px(top), max(3, b - a), px(height))
        for mark in clip.marks:
            x = self.x_of(wall_at(clip, int(mark["offset_ms"]) / 1000))
            painter.setBrush(QColor(self._palette.soon))
            high, low, side = px(top - 2), px(top + 7), px(5)
            painter.drawPolygon([QPoint(x - side, high), QPoint(x + side, high), QPoint(x, low)])

    def _spot_at(self, point: QPoint) -> _Spot | None:
        return next((s for s in reversed(self._spots) if s.rect.adjusted(0, -3, 0, 3).contains(point)),
                    None)

    def step_at(self, place: QPoint) -> StepId | None:
        """The step whose bar lies at a place of the screen."""
        here = self.mapFromGlobal(place)
        return next((step for rect, step in self._bars if rect.contains(here)), None)

    def light(self, step: StepId | None) -> None:
        """Show where a clip would go."""
        if step != self._lit:
            self._lit = step
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        spot = self._spot_at(at)
        if spot is not None and event.button() is Qt.MouseButton.LeftButton:
            self._pressed = (at, spot.clip)
            self._chosen = self._spots.index(spot)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        if self._pressed is not None:
            begun, clip = self._pressed
            far = (at - begun).manhattanLength() >= QApplication.startDragDistance()
            if self._dragging or (far and clip.copy is None):
                self._dragging = True
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                self.dragged.emit(clip, self.mapToGlobal(at))
            return
        over = self._spot_at(at)
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        at = event.position().toPoint()
        if self._dragging:
            self._dragging = False
            self.setCursor(Qt.CursorShape.ArrowCursor)
            self.dropped.emit(pressed[1] if pressed else None, self.mapToGlobal(at))
            return
        spot = self._spot_at(at)
        if spot is not None and pressed is not None and event.button() is Qt.MouseButton.LeftButton:
            self.play.emit(spot.clip, second_at(spot.clip, self._moment_at(at.x())))

    def _cancel(self) -> None:
        self._pressed, self._dragging = None, False
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.dropped.emit(None, QPoint())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._spots:
            way = 1 if event.key() == Qt.Key.Key_Right else -1
            self._chosen = (self._chosen + way) % len(self._spots)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._spots:
            self.play.emit(self._spots[min(self._chosen, len(self._spots) - 1)].clip, 0.0)
        elif event.key() == Qt.Key.Key_G and self._spots:
            clip = self._spots[min(self._chosen, len(self._spots) - 1)].clip
            if clip.copy is None:
                self.wanted.emit(clip)
        elif event.key() == Qt.Key.Key_Escape and self._dragging:
            self._cancel()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if (event.type() is QEvent.Type.ShortcutOverride and self._dragging
                and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape):
            event.accept()  # Esc lets the clip go, and does not leave the page.
            return True
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._words_at(event.pos()), self)
            return True
        return super().event(event)

    def _words_at(self, point: QPoint) -> str:
        spot = self._spot_at(point)
        if spot is not None:
            at = second_at(spot.clip, self._moment_at(point.x()))
            for mark in spot.clip.marks:
                if abs(self.x_of(wall_at(spot.clip, int(mark["offset_ms"]) / 1000)) - point.x()) < 6:
                    return tr("标记：{mark}", mark=said(mark["label"]) or tr("无说明"))
            return tr("{number}　{clip:%H:%M:%S}　点击播放，拖到环节上改归", number=spot.clip.number,
                      clip=wall_at(spot.clip, at).astimezone(CHINA))
        moment = self._moment_at(point.x())
        for begin, end in self._visit.uncovered:
            if begin <= moment <= end and point.y() >= px(_CLIPS):
                return tr("{begin:%H:%M:%S}—{end:%H:%M:%S} 环节在进行，没有录音录像", begin=begin.astimezone(CHINA),
                          end=end.astimezone(CHINA))
        return ""
