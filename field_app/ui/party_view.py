"""给当事人看: the paper alone, large, on the second screen where there is one; read aloud if asked."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QScreen, QShortcut, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QStackedWidget, QTextEdit, QVBoxLayout, QWidget

from field_app.domain.spoken import Sentence
from field_app.ui.language import tr, tr_later
from field_app.ui.paper_view import PageImage, PaperView
from field_app.ui.parts import button, label, row
from field_app.ui.reading_aloud import ReadingAloud
from field_app.ui.screens import Screens, screen_beside, screen_of
from field_app.ui.theme import px

_SIZES = (22, 28, 36, 48)
_GONE = tr_later("当事人看的屏幕断开了，文书没有转到这块屏幕上。接好后按 F5 再给当事人看。")
_SHARED = tr_later("给当事人看的文书已收起，免得盖住这里：现在没有另一块屏幕单独显示它。"
                   "接好另一块屏幕并设为“扩展”（不是“复制”）后，按 F5 再给当事人看。")
_BROKE = tr_later("朗读中断了。请再按“朗读”，仍不出声就由执法人员读给当事人听。")
_NO_VOICE = tr_later("这台电脑没有装中文朗读，请由执法人员读给当事人听。")


class PartyView(QWidget):
    """A window of its own that shows nothing but one paper: no other case, no list, no name.

    ``show_paper`` is called with what the editor draws, so it is the very paper, at once. ``lost``: the
    screen it was shown on is gone, or shows the desk now; it does not come over to the officers'. Says so.
    """

    lost = Signal(str)

    def __init__(self, parent: QWidget, screens: Screens) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._desk = parent
        self.setObjectName("ground")
        self.setWindowTitle(tr("请当事人核对"))
        self.view = PaperView()
        self.large = QPlainTextEdit()
        self.large.setReadOnly(True)
        self.large.setAccessibleName(tr("大字全文"))
        self.stack = QStackedWidget()
        self.stack.addWidget(self.view)
        self.stack.addWidget(self.large)
        self._size = 1
        self.voice = ReadingAloud(self)
        self.voice.reads.connect(self._show_read)
        self.voice.changed.connect(self._say_state)
        self.voice.broke.connect(lambda: self._tell(tr(_BROKE)))
        self._text = ""
        self.title = label("", "heading")
        self.told = label("", "warning", wrap=True)
        self.told.hide()
        self.type_ = button(tr("大字"), tip=tr("换成大字全文，再按一次更大"), icon="new")
        self.paper_ = button(tr("原样"), tip=tr("换回文书原样"), icon="paper")
        self.aloud = button(tr("朗读"), tip=tr("用中文读出全文"), icon="voice")
        close = button(tr("关闭"), tip="Esc")
        self.type_.clicked.connect(self.larger)
        self.paper_.clicked.connect(lambda: self.stack.setCurrentWidget(self.view))
        self.aloud.clicked.connect(self.read_aloud)
        close.clicked.connect(self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addLayout(row(self.title, None, self.paper_, self.type_, self.aloud, close))
        column.addWidget(self.told)
        column.addWidget(self.stack, 1)
        QShortcut(QKeySequence("Escape"), self).activated.connect(self.close)
        self._other: QScreen | None = None
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.screenRemoved.connect(self._screen_gone)
        screens.changed.connect(self.look_again)

    def show_paper(self, title: str, pages: Sequence[PageImage], text: str) -> None:
        """Show the paper as it is drawn now; ``text`` is what stands on it, for large type and voice."""
        self.title.setText(tr("《{title}》", title=title))
        self.view.show_pages(pages, ())
        if text != self._text:
            self.voice.stop()
            self._text = text
            self.large.setPlainText(text)

    def open(self) -> None:
        """On the second screen, filling it; beside the desk where there is only one."""
        self._other = screen_beside(self._desk)
        if self._other is not None:
            self._fill(self._other)
        else:
            self.setWindowState(Qt.WindowState.WindowNoState)
            self.resize(screen_of(self._desk).availableGeometry().size() * 0.85)
            self.show()
        self.type_.setFocus()

    def _fill(self, screen: QScreen) -> None:
        self.setWindowState(Qt.WindowState.WindowNoState)  # A window that fills one screen moves to no other.
        self.setGeometry(screen.geometry())
        self.showFullScreen()

    def look_again(self) -> None:
        """Screens have changed: fill the party's as it is now, and go if it shows the desk as well."""
        if self._other is None or not self.isVisible():
            return
        if self._other.geometry().intersects(screen_of(self._desk).geometry()):
            self._lose(_SHARED)
        elif self.geometry() != self._other.geometry():
            self._fill(self._other)

    def _screen_gone(self, screen: QScreen) -> None:
        if screen is self._other:
            self._lose(_GONE)

    def _lose(self, why: str) -> None:
        self._other = None
        if self.isVisible():
            self.close()
            self.lost.emit(tr(why))

    def larger(self) -> None:
        """The whole text in large type; once more is larger still."""
        if self.stack.currentWidget() is self.large:
            self._size = (self._size + 1) % len(_SIZES)
        self.large.setStyleSheet(f"QPlainTextEdit {{ font-size: {px(_SIZES[self._size])}px; }}")
        self.stack.setCurrentWidget(self.large)

    def read_aloud(self) -> None:
        """Begin or stop reading; says so where no Chinese voice is installed."""
        if self.voice.reading:
            self.voice.stop()
        elif self.voice.is_able():
            self.voice.read(self._text)
        else:
            self._tell(tr(_NO_VOICE))

    def _tell(self, words: str) -> None:
        self.told.setText(words)
        self.told.show()

    def _say_state(self) -> None:
        self.aloud.setText(tr("停止朗读") if self.voice.reading else tr("朗读"))
        if not self.voice.reading:
            self.large.setExtraSelections([])

    def _show_read(self, sentence: Sentence) -> None:
        """Mark in the large type what is being read, and keep it in sight."""
        place = self.large.textCursor()
        place.setPosition(sentence.start)
        self.large.setTextCursor(place)
        self.large.ensureCursorVisible()
        place.setPosition(sentence.end, QTextCursor.MoveMode.KeepAnchor)
        mark = QTextEdit.ExtraSelection()
        mark.cursor = place
        mark.format.setBackground(self.palette().highlight())
        mark.format.setForeground(self.palette().highlightedText())
        self.large.setExtraSelections([mark])

    def hideEvent(self, event: object) -> None:
        self.voice.stop()
        super().hideEvent(event)  # type: ignore[arg-type]

