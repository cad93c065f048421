"""One editor for each kind of answer; each gives its value and tells when it changes."""

from datetime import date, datetime
from typing import Any

from PySide6.QtCore import QDate, QDateTime, Qt, QTime, QTimeZone, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from field_app.domain.clock import CHINA
from field_app.forms import Field, Kind
from field_app.rules.blanks import BLANK
from field_app.ui.clean_text import MAX_LINE, LineCleaner, TextBox
from field_app.ui.date_boxes import NO_DATE, DayBox, MomentBox
from field_app.ui.language import tr
from field_app.ui.law_picker import LawPicker
from field_app.ui.parts import button, row
from field_app.ui.still_boxes import Choice, Number
from field_app.ui.theme import NUMBER_PX, give_size
from field_app.ui.waiting import ask

_LAW_CHECKS = frozenset({"law_reference", "law_references"})
_LONG_LINES, _LINE_PX = 5, 24
_INT_MAX = 999_999_999


class Editor(QWidget):
    """What all editors share: ``path`` in the answers, a value, a change, a place for focus.

    ``focused`` is sent by the form that holds it: a filter of its own would see every event of its box."""

    changed = Signal()
    focused = Signal(str)
    told = Signal(str)

    def __init__(self, field: Field, path: str, inner: QWidget) -> None:
        super().__init__()
        self.field = field
        self.path = path
        self.inner = inner
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(inner)
        if _LAW_CHECKS.intersection(field.checks):
            pick = button(tr("选法条"), "link", tip=tr("从法律法规目录选择，插入全称和条款项"))
            pick.clicked.connect(self._pick_law)
            column.addLayout(row(pick, None))
        inner.setAccessibleName(field.label)
        inner.setToolTip(field.help)
        if isinstance(inner, QComboBox | QSpinBox | QDateTimeEdit):
            inner.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # The wheel that scrolls past does not take the keys.
        # Qt orders by Tab only what takes it, and moves what it holds together with it.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocusProxy(inner)

    def _pick_law(self) -> None:
        picker = LawPicker(self)
        if ask(picker) == LawPicker.DialogCode.Accepted:
            self.insert_text(picker.citation)

    def insert_text(self, text: str) -> None:
        """Put ``text`` where the cursor stands."""
        if isinstance(self.inner, QLineEdit):
            if not self.inner.cursorPosition() and not self.inner.hasSelectedText():
                self.inner.end(False)  # Nobody has put the cursor anywhere.
            self.inner.insert(text)
        elif isinstance(self.inner, QPlainTextEdit):
            self.inner.insertPlainText(text)
        self.changed.emit()

    def take_sentence(self, text: str) -> None:
        """Put ``text`` in the place of what is there; Ctrl+Z brings that back."""
        if isinstance(self.inner, QLineEdit | QPlainTextEdit):
            self.inner.selectAll()
        self.insert_text(text)
        self.inner.setFocus()

    def insert_phrase(self, phrase: str) -> None:
        """Put a phrase at the cursor, on a line of its own; its first blank is left selected."""
        if not isinstance(self.inner, QPlainTextEdit):
            self.insert_text(phrase)
            return
        cursor = self.inner.textCursor()
        if not cursor.atBlockStart():
            phrase = "\n" + phrase
        start = cursor.selectionStart()
        cursor.insertText(phrase)
        self.inner.setTextCursor(cursor)
        self.inner.setFocus()
        self.select_blank(start)

    def select_blank(self, start: int = 0) -> None:
        """Select the first blank after ``start``, so that typing fills it."""
        if isinstance(self.inner, QLineEdit):
            if (place := self.inner.text().find(BLANK, start)) >= 0:
                self.inner.setSelection(place, len(BLANK))
        elif isinstance(self.inner, QPlainTextEdit):
            place = self.inner.toPlainText().find(BLANK, start)
            if place >= 0:
                cursor = self.inner.textCursor()
                cursor.setPosition(place)
                cursor.setPosition(place + len(BLANK), QTextCursor.MoveMode.KeepAnchor)
                self.inner.setTextCursor(cursor)

    def value(self) -> Any:
        """The answer, or None where there is none."""
        raise TypeError("each kind of editor has its own value")

    def set_wrong(self, wrong: bool) -> None:
        """Mark the field as wrong or right."""
        if bool(self.inner.property("wrong")) == wrong:
            return
        self.inner.setProperty("wrong", wrong)
        self.inner.style().unpolish(self.inner)
        self.inner.style().polish(self.inner)


class TextEditor(Editor):
    """One line of text, a reference or a number of a paper."""

    def __init__(self, field: Field, path: str, value: Any) -> None:
        line = QLineEdit(str(value or ""))
        line.setMaxLength(field.max_length or MAX_LINE)
        line.setPlaceholderText(field.when_empty or field.help[:40])
        super().__init__(field, path, line)
        self._line = line
        cleaner = LineCleaner(line)
        line.setValidator(cleaner)
        cleaner.told.connect(self.told)
        line.setCursorPosition(0)  # A long line shows its beginning.
        line.textEdited.connect(self.changed)

    def value(self) -> Any:
        return self._line.text().strip() or None


class LongEditor(Editor):
    """Several lines of text."""

    def __init__(self, field: Field, path: str, value: Any) -> None:
        text = TextBox(str(value or ""))
        give_size(text, least_height=_LONG_LINES * _LINE_PX)
        text.setPlaceholderText(field.help)
        super().__init__(field, path, text)
        self._text = text
        text.told.connect(self.told)
        text.textChanged.connect(self.changed)

    def value(self) -> Any:
        return self._text.toPlainText().strip() or None


class BoolEditor(Editor):
    def __init__(self, field: Field, path: str, value: Any) -> None:
        box = QCheckBox(field.label)
        box.setChecked(bool(value))
        super().__init__(field, path, box)
        self._box = box
        box.toggled.connect(self.changed)

    def value(self) -> Any:
        return self._box.isChecked()


class ChoiceEditor(Editor):
    """One of the field's choices; others may be typed where the form allows it."""

    def __init__(self, field: Field, path: str, value: Any) -> None:
        box = Choice()
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(6)
        box.addItem("")
        box.addItems(list(field.choices))
        box.setEditable(field.open_choice)
        text = str(value or "")
        if text and box.findText(text) < 0:
            box.addItem(text)
        box.setCurrentText(text)
        if not field.open_choice:
            box.setCurrentIndex(max(0, box.findText(text)))
        super().__init__(field, path, box)
        self._box = box
        if (typed := box.lineEdit()) is not None:
            typed.setAccessibleName(field.label)
        box.currentTextChanged.connect(self.changed)

    def value(self) -> Any:
        return self._box.currentText().strip() or None


class ChoiceTextEditor(Editor):
    """A choice with words of its own beside it."""

    def __init__(self, field: Field, path: str, value: Any) -> None:
        given = value if isinstance(value, dict) else {}
        both = QWidget()
        column = QVBoxLayout(both)
        column.setContentsMargins(0, 0, 0, 0)
        self._box = Choice()
        self._box.addItems(["", *field.choices])
        self._box.setCurrentText(str(given.get("choice", "")))
        self._box.setAccessibleName(field.label)
        self._text = TextBox(str(given.get("text", "")))
        self._text.setAccessibleName(tr("{label}说明", label=field.label))
        column.addWidget(self._box)
        column.addWidget(self._text)
        super().__init__(field, path, both)
        self.setFocusProxy(self._box)
        self._text.told.connect(self.told)
        self._box.currentTextChanged.connect(self.changed)
        self._text.textChanged.connect(self.changed)

    def value(self) -> Any:
        made = {"choice": self._box.currentText(), "text": self._text.toPlainText().strip()}
        return made if any(made.values()) else None


class IntEditor(Editor):
    def __init__(self, field: Field, path: str, value: Any) -> None:
        box = Number()
        low = field.minimum if field.minimum is not None else 0
        box.setRange(low - 1, field.maximum if field.maximum is not None else _INT_MAX)
        box.setSpecialValueText(" ")
        give_size(box, indent=NUMBER_PX)
        box.setValue(value if isinstance(value, int) else low - 1)
        super().__init__(field, path, box)
        self._box = box
        box.valueChanged.connect(self.changed)

    def value(self) -> Any:
        return None if self._box.value() == self._box.minimum() else self._box.value()


class DateEditor(Editor):
    def __init__(self, field: Field, path: str, value: Any) -> None:
        box = DayBox()
        box.setDate(QDate(*_parts(value)) if value else NO_DATE)
        super().__init__(field, path, box)
        self._box = box
        box.dateChanged.connect(self.changed)

    def value(self) -> Any:
        day = self._box.date()
        return None if day == NO_DATE else date(day.year(), day.month(), day.day()).isoformat()


class MomentEditor(Editor):
    """A moment to the minute, in the device's own time zone."""

    def __init__(self, field: Field, path: str, value: Any) -> None:
        box = MomentBox()
        box.setTimeZone(QTimeZone(CHINA.utcoffset(None).seconds if CHINA.utcoffset(None) else 0))
        box.setDateTime(self._from(value, box))
        super().__init__(field, path, box)
        self._box = box
        self.now = button(tr("当前时间"), "link", tip=tr("填入现在的时间"))
        self.now.setAccessibleName(tr("{label}：填当前时间", label=field.label))
        self.now.clicked.connect(box.take_now)
        beside = row(box, self.now)
        beside.setStretch(0, 1)
        column = self.layout()
        if isinstance(column, QVBoxLayout):
            column.insertLayout(0, beside)
        box.dateTimeChanged.connect(self.changed)

    @staticmethod
    def _from(value: Any, box: QDateTimeEdit) -> QDateTime:
        try:
            moment = datetime.fromisoformat(str(value)).astimezone(CHINA)
        except ValueError:
            return QDateTime(NO_DATE, QTime(0, 0), box.timeZone())
        return QDateTime(QDate(moment.year, moment.month, moment.day),
                         QTime(moment.hour, moment.minute), box.timeZone())

    def value(self) -> Any:
        day, time = self._box.date(), self._box.time()
        if day == NO_DATE:
            return None
        return datetime(day.year(), day.month(), day.day(), time.hour(), time.minute(),
                        tzinfo=CHINA).isoformat()


class MoneyEditor(Editor):
    """Yuan with two decimals on the screen, whole fen in the answers."""

    def __init__(self, field: Field, path: str, value: Any) -> None:
        line = QLineEdit(f"{value / 100:.2f}" if isinstance(value, int) else "")
        line.setPlaceholderText(tr("元，例如 5000.00"))
        super().__init__(field, path, line)
        self._line = line
        line.textEdited.connect(self.changed)

    def value(self) -> Any:
        from decimal import Decimal, InvalidOperation

        try:
            return int((Decimal(self._line.text().strip()) * 100).to_integral_exact())
        except (InvalidOperation, ValueError):
            return None


def _parts(value: Any) -> tuple[int, int, int]:
    try:
        day = date.fromisoformat(str(value)[:10])
    except ValueError:
        return 1900, 1, 1
    return day.year, day.month, day.day


_EDITORS: dict[Kind, type[Editor]] = {
    Kind.TEXT: TextEditor, Kind.REF: TextEditor, Kind.LONG: LongEditor, Kind.BOOL: BoolEditor,
    Kind.CHOICE: ChoiceEditor, Kind.CHOICE_TEXT: ChoiceTextEditor, Kind.INT: IntEditor,
    Kind.DATE: DateEditor, Kind.MOMENT: MomentEditor, Kind.MONEY: MoneyEditor}


def editor_for(field: Field, path: str, value: Any) -> Editor | None:
    """The editor of a simple kind, or None for lists and structs."""
    made = _EDITORS.get(field.kind)
    return None if made is None else made(field, path, value)
