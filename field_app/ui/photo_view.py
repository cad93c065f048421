"""Looks through the photos of a case: one at a time, with where it comes from."""

from PySide6.QtCore import QBuffer, QByteArray, QRect, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from field_app.actions.case_photos import CasePhoto, as_shown, case_photos, open_photo, signed_sheets
from field_app.domain.case import PaperRecord
from field_app.domain.ids import CaseId
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr
from field_app.ui.parts import Elided, button, label, row
from field_app.ui.shell import Shell
from field_app.ui.theme import open_at


class Picture(QWidget):
    """A picture as large as fits; words when it cannot be shown."""

    def __init__(self) -> None:
        super().__init__()
        self.image = QImage()
        self.words = ""
        self.setMinimumSize(480, 320)

    def show_bytes(self, data: bytes, words: str = "") -> None:
        """Show these, kept in memory only; ``words`` tell why there is nothing to show."""
        buffer = QBuffer()
        buffer.setData(QByteArray(data))
        reader = QImageReader(buffer)
        reader.setAutoTransform(True)  # As it was held when it was taken.
        self.image = reader.read()
        self.words = "" if not self.image.isNull() else (
            words or tr("这种格式的照片不能在这里显示，原件已封存完好"))
        self.update()

    def wait(self) -> None:
        """Say that the next one is being opened."""
        self.image, self.words = QImage(), tr("正在打开照片…")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.image.isNull():
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.words)
        else:
            size = self.image.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect((self.width() - size.width()) // 2, (self.height() - size.height()) // 2,
                          size.width(), size.height())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, self.image)
        painter.end()

    def sizeHint(self) -> QSize:
        return QSize(960, 560)


class PhotoView(QDialog):
    """The photos of ``case``, oldest first, or the signed pages of ``paper``; arrow keys go through them."""

    def __init__(self, shell: Shell, parent: QWidget, case: CaseId, paper: PaperRecord | None = None) -> None:
        super().__init__(parent)
        self._shell = shell
        self._photos: list[CasePhoto] = []
        self.number = 0
        self.setWindowTitle(tr("照片") if paper is None else tr("签字件"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        open_at(self, 1000, 680)
        self.picture = Picture()
        self.name, self.about = Elided("heading"), Elided("muted")
        self.count = label("", "muted")
        self.before, self.after = button(tr("上一张")), button(tr("下一张"))
        self.before.clicked.connect(lambda: self.go(-1))
        self.after.clicked.connect(lambda: self.go(1))
        line = row(self.name, self.count, self.before, self.after)
        line.setStretchFactor(self.name, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.addLayout(line)
        column.addWidget(self.picture, 1)
        column.addWidget(self.about)
        session = shell.officers
        shell.jobs.run(
            Lane.STORE, lambda: case_photos(session, case) if paper is None else signed_sheets(session, paper),
            done=lambda found: self._listed(found, signed=paper is not None))

    def _listed(self, photos: list[CasePhoto], *, signed: bool) -> None:
        self._photos = photos
        if not photos and signed:
            self.name.show_text(tr("这份文书还没有拍回签字件"))
            self.about.show_text(tr("打印、签字以后，点“拍回签字件”。"))
        elif not photos:
            self.name.show_text(tr("这个案件还没有照片"))
            self.about.show_text(tr("录制时按 F2 拍照，或者从记录仪、相机、手机导入。"))
        self.go(0)

    def go(self, by: int) -> None:
        """Show the photo so many further on."""
        last = len(self._photos) - 1
        self.number = min(max(0, self.number + by), max(0, last))
        self.before.setEnabled(self.number > 0)
        self.after.setEnabled(self.number < last)
        if not self._photos:
            return
        photo, session = self._photos[self.number], self._shell.officers
        self.count.setText(f"{self.number + 1}/{len(self._photos)}")
        self.name.show_text(photo.name)
        where = tr("　{step}", step=said(photo.step)) if photo.step else ""
        self.about.show_text(
            tr("{taken:%Y-%m-%d %H:%M:%S}{where}　{about}", taken=photo.taken, where=where, about=said(photo.about)))
        self.picture.wait()
        self._shell.jobs.run(Lane.STORE, lambda: open_photo(session, photo),
                             done=lambda data: self._opened(photo, data), failed=self._failed)

    def _opened(self, photo: CasePhoto, data: bytes) -> None:
        """Unpacked off the screen's thread and not in the store's lane; a later one is not covered."""
        def shown(made: tuple[bytes, str]) -> None:
            if self._photos[self.number] is photo:
                self.picture.show_bytes(*made)

        self._shell.jobs.run(Lane.WORK, lambda: as_shown(data), done=shown, failed=self._failed)

    def _failed(self, error: BaseException) -> None:
        self.picture.show_bytes(b"")
        self._shell.messages.error(error)
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() in steps:
            self.go(steps[Qt.Key(event.key())])
            return
        super().keyPressEvent(event)
