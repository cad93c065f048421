"""The picture on which areas to be hidden are drawn: drag to draw, click to choose."""

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen

from field_app.actions.export_clip import Area
from field_app.ui.language import tr
from field_app.ui.player_screen import Screen

_SMALLEST = 8
_LINE, _CHOSEN, _FILL = QColor("#FFD24A"), QColor("#FF5A4E"), QColor(0, 0, 0, 110)


class MaskScreen(Screen):
    """``drawn`` carries a new rectangle in pixels of the picture, ``chosen`` the number of one."""

    drawn = Signal(QRect)
    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("录像画面，拖动鼠标画遮挡框"))
        self.setMouseTracking(True)
        self.drawing = True
        self._areas: list[tuple[int, Area]] = []
        self._active = -1
        self._from: QPoint | None = None
        self._now = QPoint()

    def show_areas(self, areas: list[tuple[int, Area]], active: int) -> None:
        """Areas in force at the frame that is shown, by number; ``active`` is the chosen one."""
        self._areas, self._active = areas, active
        self.update()

    def _dragged(self) -> QRect:
        if self._from is None:
            return QRect()
        return QRect(self._from, self._now).normalized()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.drawing and event.button() is Qt.MouseButton.LeftButton and not self.image.isNull():
            self._from = self._now = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.setCursor(Qt.CursorShape.CrossCursor if self.drawing else Qt.CursorShape.ArrowCursor)
        if self._from is not None:
            self._now = event.position().toPoint()
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._from is None:
            return
        dragged, self._from = self._dragged(), None
        self.update()
        if dragged.width() < _SMALLEST or dragged.height() < _SMALLEST:
            self._choose(event.position().toPoint())
            return
        made = QRect(self.to_picture(dragged.topLeft()), self.to_picture(dragged.bottomRight()))
        inside = made.intersected(self.image.rect())
        if inside.width() >= 4 and inside.height() >= 4:
            self.drawn.emit(inside)

    def _choose(self, point: QPoint) -> None:
        for number, area in reversed(self._areas):
            if self.to_widget(QRect(area.x, area.y, area.width, area.height)).contains(point):
                self.chosen.emit(number)
                return

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        for number, area in self._areas:
            place = self.to_widget(QRect(area.x, area.y, area.width, area.height))
            painter.fillRect(place, _FILL)
            painter.setPen(QPen(_CHOSEN if number == self._active else _LINE, 2))
            painter.drawRect(place)
            painter.drawText(place.adjusted(4, 2, 0, 0), str(number + 1))
        if self._from is not None:
            painter.setPen(QPen(_CHOSEN, 2, Qt.PenStyle.DashLine))
            painter.drawRect(self._dragged())
