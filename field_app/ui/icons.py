"""Our icons, drawn in the theme's colours from resources/icons."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from field_app.paths import ICONS


@lru_cache(maxsize=64)
def icon(name: str, colour: str = "#1F4E9E", size: int = 24) -> QIcon:
    """The icon ``name`` in ``colour`` (``#RRGGBB``), crisp at ``size`` pixels and twice that."""
    text = (ICONS / f"{name}.svg").read_text("utf-8").replace("#1F4E9E", colour)
    renderer = QSvgRenderer(QByteArray(text.encode()))
    made = QIcon()
    for scale in (1, 2):
        pixmap = QPixmap(QSize(size * scale, size * scale))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter)
        painter.end()
        pixmap.setDevicePixelRatio(scale)
        made.addPixmap(pixmap)
    return made
