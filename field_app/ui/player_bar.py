"""The player's slider: gaps and lost spans in red, marks as ticks, seams of segments as thin lines."""

from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider, QToolTip, QWidget

from field_app.ui.language import said, tr
from field_app.ui.theme import give_size, palette

_BAND = 5


class PlayerBar(QSlider):
    """A slider in ms that shows what lies along the recording; a click goes to that very place."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        give_size(self, least_height=34)
        self._gaps: tuple[tuple[float, float, str], ...] = ()
        self._lost: tuple[tuple[float, float], ...] = ()
        self._marks: tuple[tuple[float, str], ...] = ()
        self._seams: tuple[float, ...] = ()

    def show_along(self, *, gaps: tuple[tuple[float, float, str], ...] = (),
                   lost: tuple[tuple[float, float], ...] = (),
                   marks: tuple[tuple[float, str], ...] = (), seams: tuple[float, ...] = ()) -> None:
        """Seconds of gaps (with their words), lost spans, marks and seams."""
        self._gaps, self._lost, self._marks, self._seams = gaps, lost, marks, seams
        self.update()

    @property
    def red_spans(self) -> tuple[tuple[float, float], ...]:
        """What is drawn in red: gaps and losses."""
        return tuple((a, b) for a, b, _ in self._gaps) + self._lost

    def _groove(self) -> QRect:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self.style().subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self)
        half = handle.width() // 2
        return QRect(half, 0, max(1, self.width() - 2 * half), self.height())

    def x_of(self, seconds: float) -> int:
        """Where a second lies, in pixels of the widget."""
        groove = self._groove()
        return groove.x() + round(seconds * 1000 / max(1, self.maximum()) * groove.width())

    def _second_at(self, x: int) -> float:
        groove = self._groove()
        return max(0, min(1, (x - groove.x()) / groove.width())) * self.maximum() / 1000

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, worn = QPainter(self), palette()
        stop, soon = QColor(worn.stop), QColor(worn.soon)
        middle = self.height() // 2
        for at in self._seams:
            painter.fillRect(self.x_of(at), middle - 9, 1, 18, QColor(worn.edge))
        for begin, end, _words in self._gaps:
            self._band(painter, begin, end, middle + 6, soon if end == begin else stop)
        for begin, end in self._lost:
            self._band(painter, begin, end, middle + 6, stop)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(worn.action))
        for at, _words in self._marks:
            x = self.x_of(at)
            painter.drawPolygon([QPoint(x - 5, 1), QPoint(x + 5, 1), QPoint(x, 9)])
        painter.end()
        super().paintEvent(event)

    def _band(self, painter: QPainter, begin: float, end: float, y: int, colour: QColor) -> None:
        left = self.x_of(begin)
        painter.fillRect(left, y, max(3, self.x_of(end) - left), _BAND, colour)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.isEnabled():
            self.setValue(round(self._second_at(round(event.position().x())) * 1000))
        super().mousePressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            words = self._words_at(event.pos().x())
            if words:
                QToolTip.showText(event.globalPos(), words, self)
                return True
        return super().event(event)

    def _words_at(self, x: int) -> str:
        for at, words in self._marks:
            if abs(self.x_of(at) - x) <= 6:
                return tr("标记：{words}", words=said(words) or tr("无说明"))
        for begin, end, words in self._gaps:
            if self.x_of(begin) - 2 <= x <= self.x_of(end) + 2:
                return words
        if any(self.x_of(a) - 2 <= x <= self.x_of(b) + 2 for a, b in self._lost):
            return tr("这里的录像已损坏，无法播放")
        return ""
