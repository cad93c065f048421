"""Our icons, drawn in the theme's colours from resources/icons."""

from functools import lru_cache

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from field_app.paths import ICONS


@lru_cache(maxsize=256)
def icon(name: str, colour: str = "#1F4E9E", size: int = 24, off: str = "") -> QIcon:
    """The icon ``name`` in ``colour`` (``#RRGGBB``), crisp at ``size`` pixels and twice that; ``off``
    is its colour on a button that cannot be pressed."""
    made = QIcon()
    for mode, shade in ((QIcon.Mode.Normal, colour), (QIcon.Mode.Disabled, off)):
        for scale in (1, 2) if shade else ():
            made.addPixmap(_drawn(name, shade, size, scale), mode)
    return made


def _drawn(name: str, colour: str, size: int, scale: int) -> QPixmap:
    text = (ICONS / f"{name}.svg").read_text("utf-8").replace("#1F4E9E", colour)
    pixmap = QPixmap(QSize(size * scale, size * scale))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(text.encode())).render(painter)
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap
