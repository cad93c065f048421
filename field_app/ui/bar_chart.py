"""Bars side by side with their names and numbers, drawn in the theme's colours."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from field_app.ui.language import tr
from field_app.ui.theme import palette, px

_LINE, _BAR, _GAP, _NAME_SHARE = 32, 16, 12, 0.42


class BarChart(QWidget):
    """One bar a line, from the top; the longest fills the room. Told to screen readers as text."""

    def __init__(self) -> None:
        super().__init__()
        self._bars: tuple[tuple[str, int, str], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    def show_bars(self, name: str, bars: Sequence[tuple[str, int, str]]) -> None:
        """``bars``: each with its name, its value and the words for it; ``name``: what is drawn."""
        self._bars = tuple(bars)
        told = tr("；").join(tr("{name} {words}", name=n, words=words) for n, _value, words in bars)
        self.setAccessibleName(tr("{name}：{told}", name=name, told=told))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(320), max(1, len(self._bars)) * px(_LINE))

    def minimumSizeHint(self) -> QSize:
        """Lines come closer before the bars scroll."""
        return QSize(px(320), max(1, len(self._bars)) * self._least())

    def _least(self) -> int:
        return self.fontMetrics().height() + px(2)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        p, metrics = palette(), self.fontMetrics()
        most = max((value for _name, value, _words in self._bars), default=0)
        widest = max((metrics.horizontalAdvance(name) for name, _v, _w in self._bars), default=0)
        names = min(widest + 2 * px(_GAP), round(self.width() * _NAME_SHARE))
        told = max((metrics.horizontalAdvance(words) for _n, _v, words in self._bars), default=0)
        room = max(1, self.width() - names - told - 2 * px(_GAP))
        high = max(self._least(), min(px(_LINE), self.height() // max(1, len(self._bars))))
        for line, (name, value, words) in enumerate(self._bars):
            top = line * high
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.setPen(QColor(p.text))
            painter.drawText(QRect(0, top, names, high), middle,
                             metrics.elidedText(name, Qt.TextElideMode.ElideRight, names - px(_GAP)))
            wide = round(room * value / most) if most else 0
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(p.action))
            if value:
                painter.drawRoundedRect(
                    QRect(names, top + (high - px(_BAR)) // 2, max(2, wide), px(_BAR)), 3, 3)
            painter.setPen(QColor(p.text))
            painter.drawText(QRect(names + (wide if value else 0) + px(_GAP), top, told + px(_GAP), high),
                             middle, words)
        painter.end()
