"""Small building blocks of pages: cards, headings, chips, empty states."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QHideEvent, QKeySequence, QPaintEvent, QPalette, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from field_app.ui.language import capital, tr
from field_app.ui.theme import give_icon


class Elided(QLabel):
    """A line that says less or ends in an ellipsis when there is no room; the whole text is its tool tip."""

    def __init__(self, name: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._whole = ""
        self._shorter: tuple[str, ...] = ()

    @property
    def whole(self) -> str:
        return self._whole

    def show_text(self, text: str, *shorter: str) -> None:
        """``shorter``: what is said instead where ``text`` has no room, the longest first; the last is cut."""
        self._whole, self._shorter = text, shorter
        self.setAccessibleName(text)
        self.setToolTip(text)
        self._elide()

    def sizeHint(self) -> QSize:
        """As wide as the whole text; less is enough."""
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + 4, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        metrics, said = self.fontMetrics(), (self._whole, *self._shorter)
        words = next((text for text in said if metrics.horizontalAdvance(text) <= self.width()), said[-1])
        self.setText(metrics.elidedText(words, Qt.TextElideMode.ElideRight, self.width()))


class Flowing(QLabel):
    """Words in one line where there is room, else in as many lines as they need: for rows that flow."""

    def __init__(self, text: str = "", name: str = "") -> None:
        super().__init__(text)
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)

    def sizeHint(self) -> QSize:
        """All in one line."""
        line = self.fontMetrics()
        return QSize(line.horizontalAdvance(self.text()) + 4, line.height())


class ElidedLink(QPushButton):
    """A link whose words end in an ellipsis when there is no room; they are its name, and its tool tip then.
    What is said shorter is never cut itself."""

    def __init__(self, text: str, *, tip: str = "") -> None:
        super().__init__(text)
        self._whole, self._tip = text, tip
        self._shorter: tuple[str, ...] = ()
        self.setObjectName("link")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)
        self.setToolTip(tip)

    def _around(self) -> int:
        """What is needed beside the words, and one pixel against rounding."""
        return super().sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text()) + 1

    def show_text(self, text: str, *shorter: str, tip: str = "") -> None:
        """Another text; ``shorter``: what to say where it has no room, the longest first."""
        self._whole, self._shorter, self._tip = text, shorter, tip
        self.setAccessibleName(text)
        self._say()
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        words = self.fontMetrics()
        least = words.horizontalAdvance(self._shorter[-1]) if self._shorter else 2 * words.height()
        return QSize(self._around() + least, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        """As wide as the whole text; less is enough."""
        return QSize(self._around() + self.fontMetrics().horizontalAdvance(self._whole), super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._say()

    def _say(self) -> None:
        metrics, room = self.fontMetrics(), self.width() - self._around() + 1
        said = (self._whole, *self._shorter)
        words = metrics.elidedText(next((text for text in said if metrics.horizontalAdvance(text) <= room), said[-1]),
                                   Qt.TextElideMode.ElideRight, room)
        if words != self.text():
            self.setText(words)
        self.setToolTip(self._whole if words != self._whole and not self._tip else self._tip)


class ElidedBox(QComboBox):
    """A choice whose words end in an ellipsis when there is no room for them."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        """As Qt paints it, but for the words. They are shortened here and nowhere else: how it is to be drawn is
        asked for with every layout."""
        option, painter = QStyleOptionComboBox(), QStylePainter(self)
        self.initStyleOption(option)
        whole = option.currentText
        if self.currentIndex() < 0 and self.placeholderText():
            whole = self.placeholderText()
            option.palette.setBrush(QPalette.ColorRole.ButtonText, option.palette.placeholderText())
        room = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, self).width()
        option.currentText = self.fontMetrics().elidedText(whole, Qt.TextElideMode.ElideRight, room - 4)
        self.setToolTip(whole if option.currentText != whole else "")
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()


class OneOf(QStackedWidget):
    """Pages of which one is shown; only that one says how much room it needs."""

    def sizeHint(self) -> QSize:
        shown = self.currentWidget()
        return super().sizeHint() if shown is None else shown.sizeHint()

    def minimumSizeHint(self) -> QSize:
        shown = self.currentWidget()
        return super().minimumSizeHint() if shown is None else shown.minimumSizeHint()

    def hasHeightForWidth(self) -> bool:
        """It fills the room it is given. Qt's stack would ask every page, shown or not, how high it is for each
        width, and each of them all its words: a long form that nobody sees, with every change of the page."""
        return False


def label(text: str = "", name: str = "", *, wrap: bool = False) -> QLabel:
    """A label; ``name`` is its style (title, heading, muted, problem, warning, good)."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if name:
        made.setObjectName(name)
    made.setWordWrap(wrap)
    return made


def chip(text: str, tone: str = "plain") -> QLabel:
    """A small rounded word; ``tone`` is plain, soon, stop or sealed."""
    made = label(capital(text))
    made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    made.setProperty("tone", tone)
    return made


def set_tone(widget: QWidget, tone: str) -> None:
    """Change a widget's tone and redraw it."""
    widget.setProperty("tone", tone)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def button(text: str, name: str = "", *, tip: str = "", icon: str = "") -> QPushButton:
    """A push button; ``name`` is its style (action, link, record, nav, step), ``icon`` one of ours."""
    made = QPushButton(text)
    if name:
        made.setObjectName(name)
    made.setAccessibleName(text)
    if tip:
        made.setToolTip(tip)
    if icon:
        give_icon(made, icon)
    return made


def take_enter(made: QPushButton) -> None:
    """Enter presses it while it has the focus, as in windows that ask; elsewhere only the space bar would."""
    for key in ("Return", "Enter"):
        pressed = QShortcut(QKeySequence(key), made)
        pressed.setContext(Qt.ShortcutContext.WidgetShortcut)
        pressed.activated.connect(made.click)


def answers(dialog: QDialog, words: str) -> tuple[QPushButton, QHBoxLayout]:
    """The foot of a window that asks: 返回, and at its right what is agreed to, which Enter presses."""
    sure, back = button(words, "action"), button(tr("返回"), tip="Esc")
    sure.setDefault(True)
    back.setAutoDefault(False)
    sure.clicked.connect(dialog.accept)
    back.clicked.connect(dialog.reject)
    return sure, row(None, back, sure)


def card() -> tuple[QFrame, QVBoxLayout]:
    """A white card and its column."""
    frame = QFrame()
    frame.setObjectName("card")
    column = QVBoxLayout(frame)
    column.setContentsMargins(20, 16, 20, 16)
    column.setSpacing(12)
    return frame, column


def row(*widgets: QWidget | None, spacing: int = 8) -> QHBoxLayout:
    """A row; ``None`` stands for the stretch."""
    made = QHBoxLayout()
    made.setSpacing(spacing)
    for widget in widgets:
        if widget is None:
            made.addStretch(1)
        else:
            made.addWidget(widget)
    return made


class Steady(QScrollArea):
    """Scrolls down only. Where it wins room below (a message goes) what is seen of it stays where it is under the
    hand: what the end of it lacks is left empty until it is scrolled."""

    def __init__(self) -> None:
        super().__init__()
        self._empty = 0
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    @property
    def stands(self) -> int:
        """How far it is scrolled, the empty strip apart."""
        bar = self.verticalScrollBar()
        return min(bar.value(), bar.maximum() - self._empty)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.oldSize().width() == event.size().width():
            self._stay(event.size().height())
        super().resizeEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._leave_empty(0)
        super().hideEvent(event)

    def _scrolled(self, _value: int) -> None:
        if self._empty:
            self._stay(self.viewport().height())

    def _stay(self, height: int) -> None:
        inner, seen = self.widget(), self.verticalScrollBar().value()
        if inner is not None:
            self._leave_empty(max(0, seen + height - inner.height() + self._empty) if seen else 0)

    def _leave_empty(self, height: int) -> None:
        inner = self.widget()
        layout = inner.layout() if inner is not None else None
        if layout is not None and height != self._empty:
            margins = layout.contentsMargins()
            margins.setBottom(margins.bottom() + height - self._empty)
            self._empty = height
            layout.setContentsMargins(margins)


class _Whole(Steady):
    """Is never narrower than what it holds, which would be cut at the right."""

    _told = 0  # what was said to need, in pixels

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest and self.minimumSizeHint().width() != self._told:
            self._told = self.minimumSizeHint().width()
            self.updateGeometry()  # Qt tells it of itself only when the area is new.
        return done

    def minimumSizeHint(self) -> QSize:
        least = super().minimumSizeHint()
        inner = self.widget()
        if inner is None:
            return least
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(max(least.width(), inner.minimumSizeHint().width() + bar), least.height())


def scroller(inner: QWidget, *, whole: bool = False) -> Steady:
    """A vertical scroll area on the page's ground; ``whole``: what stands beside it gives way to what it holds."""
    inner.setObjectName("ground")
    area = _Whole() if whole else Steady()
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # What it holds takes the focus; keys scroll it from there.
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(inner)
    return area


def clear(layout: QLayout) -> None:
    """Take everything out of a layout."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)
