"""A form whose work runs off the screen's thread: it stays with what is wrong, and goes when it is done."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QLineEdit, QProgressBar, QVBoxLayout, QWidget

from field_app.errors import UserError
from field_app.ui.jobs import Lane
from field_app.ui.language import told, tr
from field_app.ui.parts import button, label, row
from field_app.ui.place_line import PlaceLine
from field_app.ui.shell import Shell
from field_app.ui.theme import give_size

Work = Callable[[], str]
MAX_TEXT = 100


def text_line(name: str, hint: str = "", text: str = "") -> QLineEdit:
    line = QLineEdit(text)
    line.setMaxLength(MAX_TEXT)
    line.setAccessibleName(name)
    line.setPlaceholderText(hint)
    return line


def needed(place: PlaceLine, words: str) -> Path:
    """The place typed; ``UserError`` when none was."""
    if place.path is None:
        raise UserError(tr("还没有选择{words}。", words=words), tr("请选择{words}。", words=words), code="form.place")
    return place.path


def same_secret(first: QLineEdit, second: QLineEdit) -> str:
    """What was typed twice alike; ``UserError`` when it differs."""
    if first.text() != second.text():
        raise UserError(tr("两次输入的口令不一样。"), tr("请重新输入两次。"), code="form.secret")
    return first.text()


class WorkDialog(QDialog):
    """``made`` carries what happened and what to do next, in words.

    Subclasses add rows and say what to do in :meth:`work`. :meth:`doubt` is asked first: what it
    returns is shown, and the button must be pressed once more.
    """

    made = Signal(str)

    def __init__(self, shell: Shell, parent: QWidget, title: str, hint: str, go: str) -> None:
        super().__init__(parent)
        self._shell, self._go_words = shell, go
        self._running, self._sure_of = False, ""
        self._stops: list[QWidget] = []
        self.setWindowTitle(title)
        give_size(self, least_width=760)
        self.form = QFormLayout()
        self.form.setSpacing(12)
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        self.problem = label("", "problem", wrap=True)
        self.doubted = label("", "warning", wrap=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("正在办理"))
        for quiet in (self.problem, self.doubted, self.bar):
            quiet.hide()
        self.go, self.back = button(go, "action"), button(tr("返回"))
        self.go.setAutoDefault(False)
        self.back.setAutoDefault(False)
        self.go.clicked.connect(self.start)
        self.back.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(label(title, "heading"))
        column.addWidget(label(hint, "muted", wrap=True))
        column.addLayout(self.form)
        column.addWidget(self.problem)
        column.addWidget(self.doubted)
        column.addWidget(self.bar)
        column.addLayout(row(None, self.back, self.go))

    def add(self, words: str, widget: QWidget) -> None:
        """One more row; Enter in a line begins the work."""
        self.form.addRow(words, self._stop(widget))

    def add_pair(self, words: str, first: QWidget, other: str, second: QWidget) -> QWidget:
        """Two on one row, so that long forms fit a small screen; the row."""
        line = QWidget()
        between = label(other)
        between.setMinimumWidth(between.fontMetrics().horizontalAdvance(tr("执法证号")))
        between.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        inside = row(self._stop(first), between, self._stop(second), spacing=12)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setStretch(0, 1)
        inside.setStretch(2, 1)
        line.setLayout(inside)
        self.form.addRow(words, line)
        return line

    def _stop(self, widget: QWidget) -> QWidget:
        """Where Tab stops, in the order of the rows."""
        parts = [widget.line, widget.choose] if isinstance(widget, PlaceLine) else [widget]
        line = parts[0].lineEdit() if isinstance(parts[0], QComboBox) else parts[0]
        if isinstance(line, QLineEdit):
            line.returnPressed.connect(self.start)
        self._stops += parts
        return widget

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        for before, after in pairwise([*self._stops, self.go, self.back]):
            QWidget.setTabOrder(before, after)
        first = next((w for w in self._stops if w.isEnabled()
                      and not (isinstance(w, QLineEdit) and w.isReadOnly())), self.back)
        first.setFocus()

    def work(self) -> Work:
        """What to do with what is typed, read here on the screen's thread; may raise ``UserError``."""
        raise NotImplementedError

    def doubt(self) -> Work:
        """What must be said before; empty words when nothing need be."""
        return lambda: ""

    @property
    def running(self) -> bool:
        return self._running

    def start(self) -> None:
        """Read what is typed and begin."""
        if self._running:
            return
        self._tell("")
        try:
            work, doubt = self.work(), self.doubt()
        except UserError as error:
            self._failed(error)
            return

        def doubted(words: str) -> None:
            if words and words != self._sure_of:
                self._rest()
                self._sure_of = words
                self.doubted.setText(words)
                self.doubted.show()
                self.go.setText(tr("确认并继续"))
                self._make_room()
                return
            self._shell.jobs.run(Lane.WORK, work, done=self._done, failed=self._failed)

        self._work_on(True)
        self._shell.jobs.run(Lane.WORK, doubt, done=doubted, failed=self._failed)

    def _work_on(self, on: bool) -> None:
        self._running = on
        self.bar.setVisible(on)
        self.go.setEnabled(not on)
        self.back.setEnabled(not on)

    def _rest(self) -> None:
        self._work_on(False)
        self.go.setText(self._go_words)

    def _tell(self, words: str) -> None:
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        self.doubted.hide()
        self._make_room()

    def _make_room(self) -> None:
        """Words of several lines need more height than Qt gives a window by itself: the rows above were cut."""
        layout = self.layout()
        if layout is not None and self.isVisible():
            layout.activate()
            self.resize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))

    def _done(self, words: str) -> None:
        self._rest()
        self.made.emit(words)
        self.accept()

    def _failed(self, error: BaseException) -> None:
        self._rest()
        self._sure_of = ""
        if isinstance(error, UserError):
            self._tell(told(error))
        else:
            self._shell.messages.error(error)
            self._tell(tr("程序出现意外，没有办完；登记簿没有损坏，请关闭后重试。"))

    def reject(self) -> None:
        """Not while keys are being made: they would be neither here nor there."""
        if not self._running:
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._running:
            event.ignore()
        else:
            super().closeEvent(event)
