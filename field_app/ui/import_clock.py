"""The laptop's clock in large for a recorder to photograph, and the two times typed instead."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from field_app.actions.import_clock import clock_code, typed_clock
from field_app.domain.imports import DeviceClock
from field_app.errors import UserError
from field_app.ui.language import told, tr, tr_later
from field_app.ui.parts import button, label, row
from field_app.ui.shell import Shell
from field_app.ui.theme import give_size

_REFRESH_MS = 500
_WEEKDAYS = (tr_later("星期一"), tr_later("星期二"), tr_later("星期三"), tr_later("星期四"), tr_later("星期五"),
             tr_later("星期六"), tr_later("星期日"))


class ClockFace(QWidget):
    """Date and time as large as fits, beside a code that tells the same; always black on white."""

    def __init__(self) -> None:
        super().__init__()
        self.at: datetime | None = None
        self._rows: Sequence[Sequence[bool]] = ()
        self.setMinimumSize(640, 360)

    def show_time(self, at: datetime, rows: Sequence[Sequence[bool]]) -> None:
        """Show this moment."""
        self.at, self._rows = at, rows
        self.setAccessibleName(tr("电脑时间 {at:%Y年%m月%d日 %H:%M:%S}", at=at))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("#FFFFFF"))
        if self.at is not None:
            side = min(self.height() * 0.86, self.width() * 0.46)
            self._draw_code(painter, QRectF(
                self.width() * 0.97 - side, (self.height() - side) / 2, side, side))
            self._draw_words(painter, self.width() * 0.95 - side)
        painter.end()

    def _draw_code(self, painter: QPainter, place: QRectF) -> None:
        count = len(self._rows)
        cell = int(place.width() // count)
        left = place.left() + (place.width() - cell * count) / 2
        top = place.top() + (place.height() - cell * count) / 2
        for y, line in enumerate(self._rows):
            for x, dark in enumerate(line):
                if dark:
                    painter.fillRect(QRectF(left + x * cell, top + y * cell, cell, cell),
                                     QColor("#000000"))

    def _draw_words(self, painter: QPainter, width: float) -> None:
        if self.at is None:
            return
        painter.setPen(QColor("#000000"))
        font = QFont(self.font())
        font.setPixelSize(max(24, int(width / 5.2)))
        font.setBold(True)
        painter.setFont(font)
        middle = QRectF(0, self.height() * 0.3, width, self.height() * 0.3)
        painter.drawText(middle, Qt.AlignmentFlag.AlignCenter, f"{self.at:%H:%M:%S}")
        font.setPixelSize(max(16, int(width / 15)))
        painter.setFont(font)
        day = tr("{at:%Y年%m月%d日}　{weekday}", at=self.at, weekday=tr(_WEEKDAYS[self.at.weekday()]))
        painter.drawText(QRectF(0, self.height() * 0.58, width, self.height() * 0.15),
                         Qt.AlignmentFlag.AlignCenter, day)


class ClockPage(QDialog):
    """Over the whole screen until it is closed."""

    def __init__(self, shell: Shell, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = shell.officers
        self.setWindowTitle(tr("校时页面"))
        self.face = ClockFace()
        close = button(tr("拍好了"), "action")
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.addLayout(row(
            label(tr("用记录仪对着屏幕拍一张照片，二维码要完整、清楚"), "heading"), None, close))
        column.addWidget(self.face, 1)
        self._timer = QTimer(self)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()
        self.finished.connect(self._timer.stop)
        self._tick()

    def _tick(self) -> None:
        self.face.show_time(*clock_code(self._session))


class TypedClock(QDialog):
    """What the recorder and the laptop show at one moment."""

    def __init__(self, shell: Shell, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = shell.officers
        self.clock: DeviceClock | None = None
        self.setWindowTitle(tr("填写两个时间"))
        self.device, self.laptop = QLineEdit(), QLineEdit()
        self.device.setAccessibleName(tr("记录仪显示的时间"))
        self.laptop.setAccessibleName(tr("电脑显示的时间"))
        now = f"{self._session.at:%Y-%m-%d %H:%M:%S}"
        self.device.setText(now)
        self.laptop.setText(now)
        self.problem = label("", "problem", wrap=True)
        form = QFormLayout()
        form.addRow(tr("记录仪显示"), self.device)
        form.addRow(tr("电脑显示"), self.laptop)
        take, back = button(tr("采用"), "action"), button(tr("返回"))
        take.setDefault(True)
        back.setAutoDefault(False)
        take.clicked.connect(self._take)
        back.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.addWidget(label(tr("看着记录仪的屏幕，把同一时刻两边显示的时间填在这里。"), "muted", wrap=True))
        column.addLayout(form)
        column.addWidget(self.problem)
        column.addLayout(row(None, back, take))
        give_size(self, least_width=440)
        self.device.setFocus()

    def _take(self) -> None:
        try:
            self.clock = typed_clock(self.device.text(), self.laptop.text())
        except UserError as error:
            self.problem.setText(told(error))
            return
        self.accept()
