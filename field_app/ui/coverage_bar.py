"""A thin bar of an owed recording: what there is, what lacks picture or sound, what is missing."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from field_app.actions.recorded_spans import Covered
from field_app.rules.coverage import Coverage
from field_app.ui import theme
from field_app.ui.parts import Elided

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
        whole = QRectF(0, 0, self.width(), self.height())
        painter.setBrush(QColor(self._look.action))
        painter.drawRoundedRect(whole, 3, 3)
        owed = self._found.owed
        length = max(1.0, owed.seconds)
        for hole in self._found.holes:
            left = (hole.stretch.began - owed.began).total_seconds() / length * self.width()
            wide = max(_LEAST_PIXELS, hole.stretch.seconds / length * self.width())
            left = min(left, self.width() - wide)
            painter.setBrush(QColor(self._look.stop if hole.whole else self._look.soon))
            painter.drawRect(QRectF(left, 0, wide, self.height()))
        painter.end()


class CoverageBar(QWidget):
    """The words and the bar. Red is missing, amber lacks picture or sound, blue is recorded."""

    def __init__(self, covered: Covered, look: theme.Palette) -> None:
        super().__init__()
        self.words = Elided("muted" if covered.found.complete else "warning")
        self.words.show_text(covered.words)
        strip = _Strip(covered.found, look)
        strip.setAccessibleName(f"{covered.item}：{covered.words}")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.words)
        column.addWidget(strip)
