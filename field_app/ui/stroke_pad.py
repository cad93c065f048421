"""A sheet to sign on with pen, finger or mouse; the strokes keep their time and pressure."""

from itertools import pairwise

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPointingDevice,
    QTabletEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from field_app.actions.sign_on_screen import PenPoint, Strokes
from field_app.ui.language import tr
from field_app.ui.theme import px

_FINE = 4  # units in a pixel, so that a pen's finer places are kept
_INK, _PAPER, _LINE, _FOCUS = QColor(20, 26, 58), QColor("#FFFFFF"), QColor("#B8C2CF"), QColor("#1F4E9E")
_THIN, _THICK = 2.0, 5.0
_DATE_PX = 20


class StrokePad(QWidget):
    """Catches strokes. ``date`` is shown at the lower right, where it stands on paper."""

    changed = Signal()

    def __init__(self, date: str = "") -> None:
        super().__init__()
        self._date = date
        self._lines: list[list[PenPoint]] = []
        self._device = "mouse"
        self._began: int | None = None
        self._drawing = False
        self._open = True
        self.setMinimumSize(420, 220)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(tr("签名框"))
        self.setAccessibleDescription(tr("用手写笔、手指或鼠标在此签名；Ctrl+Z撤销一笔，Delete清除"))

    @property
    def empty(self) -> bool:
        return not self._lines

    @property
    def count(self) -> int:
        """How many strokes there are."""
        return len(self._lines)

    def strokes(self) -> Strokes:
        """What was written, in quarters of a pixel."""
        return Strokes(self.width() * _FINE, self.height() * _FINE, self._device,
                       tuple(tuple(line) for line in self._lines))

    def undo(self) -> None:
        """Take the last stroke back."""
        if self._lines and not self._drawing:
            self._lines.pop()
            self._told()

    def clear(self) -> None:
        """Start again."""
        self._lines, self._began, self._drawing = [], None, False
        self._told()

    def set_open(self, value: bool) -> None:
        """Whether one can write."""
        self._open = value
        self.setCursor(Qt.CursorShape.CrossCursor if value else Qt.CursorShape.ForbiddenCursor)
        self.update()

    def _told(self) -> None:
        self.update()
        self.changed.emit()

    def _point(self, at: QPointF, time_ms: int, pressure: float) -> PenPoint:
        if self._began is None:
            self._began = time_ms
        x = min(max(at.x(), 0.0), self.width() - 1.0)
        y = min(max(at.y(), 0.0), self.height() - 1.0)
        return PenPoint(round(x * _FINE), round(y * _FINE), max(0, time_ms - self._began),
                        min(1000, max(0, round(pressure * 1000))))

    def _down(self, at: QPointF, time_ms: int, pressure: float, device: str) -> None:
        if not self._open:
            return
        self._device = device
        self._drawing = True
        self._lines.append([self._point(at, time_ms, pressure)])
        self._told()

    def _move(self, at: QPointF, time_ms: int, pressure: float) -> None:
        if self._drawing:
            self._lines[-1].append(self._point(at, time_ms, pressure))
            self.update()

    def _up(self, at: QPointF, time_ms: int, pressure: float) -> None:
        if self._drawing:
            self._move(at, time_ms, pressure)
            self._drawing = False
            self._told()

    def tabletEvent(self, event: QTabletEvent) -> None:
        """A pen: with its pressure. The mouse events Qt would make of it are not taken too."""
        kind, at = event.type(), event.position()
        if kind == QTabletEvent.Type.TabletPress:
            self._down(at, event.timestamp(), event.pressure(), "pen")
        elif kind == QTabletEvent.Type.TabletMove:
            self._move(at, event.timestamp(), event.pressure())
        elif kind == QTabletEvent.Type.TabletRelease:
            self._up(at, event.timestamp(), event.pressure())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            touch = event.device().type() is QPointingDevice.DeviceType.TouchScreen
            self._down(event.position(), event.timestamp(), 0.0, "touch" if touch else "mouse")

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._move(event.position(), event.timestamp(), 0.0)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._up(event.position(), event.timestamp(), 0.0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.clear()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), _PAPER)
        painter.setPen(QPen(_FOCUS if self.hasFocus() else _LINE, 2 if self.hasFocus() else 1))
        painter.drawRect(self.rect().adjusted(1, 1, -2, -2))
        base = self.height() * 0.78
        painter.setPen(QPen(_LINE, 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(24, base), QPointF(self.width() - 24, base))
        font = painter.font()
        font.setPixelSize(px(_DATE_PX))
        painter.setFont(font)
        painter.setPen(QColor("#556274"))
        low = self.rect().adjusted(24, round(base), -24, 0)
        painter.drawText(low, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._date)
        if self.empty and self._open:
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, tr("请在这里签名"))
        for line in self._lines:
            self._ink(painter, line)
        painter.end()

    @staticmethod
    def _ink(painter: QPainter, line: list[PenPoint]) -> None:
        pen = QPen(_INK, _THICK, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap,
                   Qt.PenJoinStyle.RoundJoin)
        if len(line) == 1:
            painter.setPen(pen)
            painter.drawPoint(QPointF(line[0].x / _FINE, line[0].y / _FINE))
        for a, b in pairwise(line):
            share = b.pressure / 1000 if b.pressure else 0.6
            pen.setWidthF(_THIN + (_THICK - _THIN) * share)
            painter.setPen(pen)
            painter.drawLine(QPointF(a.x / _FINE, a.y / _FINE), QPointF(b.x / _FINE, b.y / _FINE))
