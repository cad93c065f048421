"""A thin bar of an owed recording: what there is, what lacks picture or sound, what is missing."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from field_app.actions.recorded_spans import Covered
from field_app.rules.coverage import Coverage, Stretch
from field_app.ui import theme
from field_app.ui.language import said, tr
from field_app.ui.parts import label

_HEIGHT = 10
_LEAST_PIXELS = 3.0


class _Strip(QWidget):
    def __init__(self, found: Coverage, look: theme.Palette) -> None:
        super().__init__()
        self._found = found
        self._look = look
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(200, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._look.line))
        painter.drawRoundedRect(QRectF(0, 0, self.width(), self.height()), 3, 3)
        for stretch in self._found.recorded:
            self._draw(painter, stretch, self._look.action)
        for hole in self._found.holes:
            self._draw(painter, hole.stretch, self._look.stop if hole.whole else self._look.soon)
        painter.end()

    def _draw(self, painter: QPainter, stretch: Stretch, colour: str) -> None:
        owed = self._found.owed
        length = max(1.0, owed.seconds)
        wide = max(_LEAST_PIXELS, stretch.seconds / length * self.width())
        left = (stretch.began - owed.began).total_seconds() / length * self.width()
        painter.setBrush(QColor(colour))
        painter.drawRect(QRectF(min(left, self.width() - wide), 0, wide, self.height()))


class CoverageBar(QWidget):
    """The words and the bar. Red is missing, amber lacks picture or sound, blue is recorded."""

    def __init__(self, covered: Covered, look: theme.Palette) -> None:
        super().__init__()
        self.words = label(said(covered.words), "muted" if covered.found.complete else "warning", wrap=True)
        strip = _Strip(covered.found, look)
        strip.setAccessibleName(tr("{item}：{words}", item=said(covered.item), words=said(covered.words)))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.words)
        column.addWidget(strip)
