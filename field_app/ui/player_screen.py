"""The picture of a recording, as large as fits, on black."""

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from field_app.ui.language import tr


class Screen(QWidget):
    """Shows one frame, or words where there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("screen")
        self.setMinimumSize(320, 180)
        self.setAccessibleName(tr("录像画面"))
        self.image = QImage()
        self.words = ""

    def show_frame(self, frame: tuple[int, int, bytes] | None, words: str = "") -> None:
        """Show a frame (width, height, RGB), or ``words``."""
        if frame is None:
            self.image, self.words = QImage(), words or tr("本段只有录音，没有画面")
        else:
            width, height, rgb = frame
            self.image = QImage(rgb, width, height, width * 3, QImage.Format.Format_RGB888).copy()
            self.words = ""
        self.update()

    def place(self) -> QRect:
        """Where the picture lies in the widget."""
        size = self.image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        return QRect((self.width() - size.width()) // 2, (self.height() - size.height()) // 2,
                     size.width(), size.height())

    def to_picture(self, point: QPoint) -> QPoint:
        """A point of the widget in pixels of the picture, also outside of it."""
        place = self.place()
        if not place.width():
            return QPoint()
        scale = self.image.width() / place.width()
        return QPoint(round((point.x() - place.x()) * scale), round((point.y() - place.y()) * scale))

    def to_widget(self, rect: QRect) -> QRect:
        """A rectangle of the picture where it is drawn."""
        place = self.place()
        scale = place.width() / max(1, self.image.width())
        return QRect(place.x() + round(rect.x() * scale), place.y() + round(rect.y() * scale),
                     round(rect.width() * scale), round(rect.height() * scale))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        if self.image.isNull():
            painter.setPen(Qt.GlobalColor.white)
            painter.drawText(self.rect().adjusted(24, 24, -24, -24), int(
                Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self.words)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.place(), self.image)
