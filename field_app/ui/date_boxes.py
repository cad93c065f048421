"""Boxes for days and moments that may be empty, worked by keys alone.

Qt's own keep Tab for themselves while they are empty, and take no digit then.
"""

from PySide6.QtCore import QDate, QDateTime, Qt, QTime
from PySide6.QtGui import QKeyEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QCalendarWidget, QDateEdit, QDateTimeEdit, QWidget

from field_app.ui.language import tr, tr_later
from field_app.ui.still_boxes import Still
from field_app.ui.theme import give_size

_CALENDAR = (340, 270)
NO_DATE = QDate(1900, 1, 1)
UNSET = tr_later("未填")
_STARTS = frozenset({Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Space,
                     *(Qt.Key(k) for k in range(Qt.Key.Key_0.value, Qt.Key.Key_9.value + 1))})


class Calendar(QCalendarWidget):
    """A month at a glance; opened from an empty box it shows this month, not that of :data:`NO_DATE`."""

    def __init__(self) -> None:
        super().__init__()
        self.setHorizontalHeaderFormat(QCalendarWidget.HorizontalHeaderFormat.SingleLetterDayNames)
        self.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        give_size(self, least_width=_CALENDAR[0], least_height=_CALENDAR[1])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.selectedDate() == NO_DATE:
            self.showToday()


def _dress(box: QDateTimeEdit, shown: str) -> None:
    box.setCalendarPopup(True)
    box.setDisplayFormat(shown)
    box.setMinimumDate(NO_DATE)
    box.setSpecialValueText(tr(UNSET))
    box.setStatusTip(tr("数字直接输入年月日，上下键增减，Delete 清空"))


def _bring_calendar(box: QDateTimeEdit) -> None:
    """Made when it is first to be seen: a calendar costs as much as all the other fields around it."""
    if box.findChild(Calendar) is None:
        box.setCalendarWidget(Calendar())


def _pressed(box: QDateTimeEdit, event: QKeyEvent) -> bool:
    """Whether the key is done with: Delete empties; a first key into an empty box begins at now."""
    if event.key() == Qt.Key.Key_Delete:
        box.setDateTime(QDateTime(NO_DATE, QTime(0, 0), box.timeZone()))
        return True
    if box.date() != NO_DATE or event.key() not in _STARTS:
        return False
    box.setDateTime(QDateTime.currentDateTime(box.timeZone()))
    digit = bool(event.text().strip())
    box.setSelectedSection(box.Section.YearSection if digit else box.Section.DaySection)
    return not digit


class DayBox(Still, QDateEdit):
    """A day; :data:`NO_DATE` for none."""

    def __init__(self) -> None:
        super().__init__()
        _dress(self, tr("yyyy年M月d日"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        _bring_calendar(self)
        super().mousePressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        return QWidget.focusNextPrevChild(self, forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not _pressed(self, event):
            super().keyPressEvent(event)


class MomentBox(Still, QDateTimeEdit):
    """A moment to the minute; the day :data:`NO_DATE` for none."""

    def __init__(self) -> None:
        super().__init__()
        _dress(self, tr("yyyy年M月d日 HH:mm"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        _bring_calendar(self)
        super().mousePressEvent(event)

    def take_now(self) -> None:
        """This minute, by the machine's clock."""
        self.setDateTime(QDateTime.currentDateTime(self.timeZone()))

    def focusNextPrevChild(self, forward: bool) -> bool:
        return QWidget.focusNextPrevChild(self, forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not _pressed(self, event):
            super().keyPressEvent(event)


class MonthBox(QDateEdit):
    """A month; the day in it means nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.setDisplayFormat(tr("yyyy年M月"))
        self.setMinimumDate(QDate(2000, 1, 1))
        self.setCalendarPopup(True)
        self.setStatusTip(tr("数字直接输入年月，上下键增减"))

    def focusNextPrevChild(self, forward: bool) -> bool:
        return QWidget.focusNextPrevChild(self, forward)
