"""An officer's photo in a circle; where the card brings none, the first character of the name."""

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from field_app.ui.language import tr
from field_app.ui.theme import give_size, palette

FACE_PX = 36
_KEPT_PX = 256  # of the photo, so that a portrait of many million pixels is not kept


class OfficerFace(QWidget):
    """The photo is read once, at the login: the stick may be pulled afterwards."""

    def __init__(self) -> None:
        super().__init__()
        self._photo = QPixmap()
        self._name = ""
        give_size(self, width=FACE_PX, height=FACE_PX)

    def show_officer(self, name: str, photo: Path | None) -> None:
        """``photo``: the picture beside the key whose hash the certificate names, None without."""
        self._name = name
        read = QPixmap(str(photo)) if photo is not None else QPixmap()
        self._photo = read if read.isNull() else read.scaled(
            QSize(_KEPT_PX, _KEPT_PX), Qt.AspectRatioMode.KeepAspectRatioByExpanding,
            Qt.TransformationMode.SmoothTransformation)
        told = tr("{name}的照片", name=name) if self.has_photo else tr("{name}（证书没有照片）", name=name)
        self.setAccessibleName(told)
        self.setToolTip(told)
        self.update()

    @property
    def has_photo(self) -> bool:
        return not self._photo.isNull()

    def forget(self) -> None:
        """Show nobody (after a log-out)."""
        self._photo, self._name = QPixmap(), ""
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        p, side = palette(), min(self.width(), self.height())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        circle, whole = QPainterPath(), QRectF(0.5, 0.5, side - 1, side - 1)
        circle.addEllipse(whole)
        painter.fillPath(circle, QColor(p.action_soft))
        if self.has_photo:
            painter.setClipPath(circle)
            width = min(self._photo.width(), self._photo.height())
            # The face is in the upper part of a portrait.
            source = QRectF((self._photo.width() - width) / 2, 0, width, width)
            painter.drawPixmap(whole, self._photo, source)
            painter.setClipping(False)
        elif self._name:
            font = QFont(self.font())
            font.setPixelSize(round(side * 0.45))
            font.setBold(True)
            painter.setFont(font)
            painter.setPen(QColor(p.action))
            painter.drawText(whole, Qt.AlignmentFlag.AlignCenter, self._name[:1])
        painter.setPen(QColor(p.line))
        painter.drawPath(circle)
        painter.end()
