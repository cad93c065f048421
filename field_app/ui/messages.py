"""The one place that tells and asks: a banner below the page, and the few real questions."""

from collections.abc import Mapping

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from field_app import logs
from field_app.domain.reasons import Reason
from field_app.errors import Cancelled, UserError
from field_app.ui.language import told, tr
from field_app.ui.theme import px
from field_app.ui.waiting import ask
from field_app.ui.why_dialog import reasons_of, tell_why

_GOOD_MS = 6000
_WIDTH, _MARGIN = 640, 12


class Banner(QFrame):
    """Says what happened and what to do; stays until closed, unless it is good news.

    It stands below what it speaks of, never above: a click meant for one button would meet the next.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 12, 12)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QPushButton(tr("知道了"))
        close.setObjectName("link")
        close.setAccessibleName(tr("关闭提示"))
        close.clicked.connect(self.hide)
        self.why = QPushButton(tr("为什么不能做？"))
        self.why.setObjectName("link")
        self.why.setAccessibleName(tr("为什么不能做"))
        self.why.setToolTip(tr("逐条列出理由、依据和怎么办"))
        self.why.clicked.connect(self._tell_why)
        self._reasons: tuple[Reason, ...] = ()
        for each in (close, self.why):
            each.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # A click on it leaves the cursor where one types.
        row.addWidget(self._text, 1)
        row.addWidget(self.why, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self._home: QVBoxLayout | None = None
        self._within: Mapping[QWidget, QVBoxLayout] = {}
        self._pages: QStackedWidget | None = None
        self.hide()

    def lie_in(self, home: QVBoxLayout, pages: QStackedWidget, *, within: Mapping[QWidget, QVBoxLayout]) -> None:
        """``home`` is its place below ``pages``; ``within`` some of them it has another, so that what stands at their
        foot or beside stays under the hand. What passes by itself lies over the page: nothing moves when it goes."""
        self._home, self._pages, self._within = home, pages, within
        home.addWidget(self)

    def _take_place(self, *, floating: bool) -> None:
        home, pages = self._home, self._pages
        if home is None or pages is None or (frame := pages.parentWidget()) is None:
            return
        shown = pages.currentWidget()
        if not floating:
            (home if shown is None else self._within.get(shown, home)).addWidget(self)
            return
        for each in (home, *self._within.values()):
            each.removeWidget(self)
        self.setParent(frame)
        width = min(pages.width() - 2 * _MARGIN, px(_WIDTH))
        self.ensurePolished()
        self.resize(width, self.heightForWidth(width))
        self.move(pages.mapTo(frame, QPoint(
            (pages.width() - width) // 2, pages.height() - self.height() - _MARGIN)))
        self.raise_()

    def say(self, text: str, *, tone: str = "stop", passing: bool = False,
            reasons: tuple[Reason, ...] = ()) -> None:
        """Show ``text``; ``tone`` is ``stop``, ``note`` or ``good``; passing news goes by itself;
        ``reasons`` are one click away."""
        self._reasons = reasons
        self.why.setVisible(bool(reasons))
        self.setProperty("tone", tone)
        self.style().unpolish(self)
        self.style().polish(self)
        self._text.setText(text)
        self.setAccessibleName(text)
        self._take_place(floating=passing)
        self.show()
        self._timer.stop()
        if passing:
            self._timer.start(_GOOD_MS)

    def _tell_why(self) -> None:
        tell_why(self.window(), self._text.text(), self._reasons)

    @property
    def text(self) -> str:
        return self._text.text()


class Messages:
    """Tells officers about errors in plain words, and defects by their number."""

    def __init__(self, banner: Banner) -> None:
        self._banner = banner

    def good(self, text: str) -> None:
        """Something went well. Green is headquarters' alone: see :meth:`received`."""
        self._banner.say(text, tone="note", passing=True)

    def received(self, text: str) -> None:
        """Headquarters signed."""
        self._banner.say(text, tone="good", passing=True)

    def note(self, text: str) -> None:
        self._banner.say(text, tone="note")

    def error(self, error: BaseException) -> None:
        """An expected refusal in its own words; anything else by a number to report."""
        if isinstance(error, Cancelled):
            return
        if isinstance(error, UserError):
            self._banner.say(told(error), reasons=reasons_of(error))
            return
        number = logs.defect(error)
        self._banner.say(tr("程序出现意外（编号{number}），刚才的操作没有完成。已保存的内容不受影响；请重试，"
                            "仍不行的，把编号告诉系统管理员。", number=number))

    def clear(self) -> None:
        self._banner.hide()

    def ask(self, question: str, detail: str, *, yes: str, no: str = "") -> bool:
        """A question that must be answered before anything goes on."""
        box = QMessageBox(self._banner.window())
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(question)
        box.setInformativeText(detail)
        accept = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
        box.addButton(no or tr("返回"), QMessageBox.ButtonRole.RejectRole)
        ask(box)
        return box.clickedButton() is accept
