"""屏幕签名: the party and witnesses read the paper and sign it place by place, or do not."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QPixmap, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from field_app.actions.sign_on_screen import (
    PlaceNow,
    SigningDesk,
    not_signed,
    paper_as_stored,
    sign,
    signature_picture,
    signing_desk,
    withdraw_signatures,
)
from field_app.domain.case import PaperRecord
from field_app.domain.chinese import date_cn
from field_app.domain.clock import CHINA
from field_app.domain.ids import DocumentId
from field_app.domain.signed import Outcome, Signature
from field_app.ui.flow_row import FlowRow
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr
from field_app.ui.list_table import wrap
from field_app.ui.messages import Banner, Messages
from field_app.ui.paper_view import PageImage, PaperView, draw_pages
from field_app.ui.parts import answers, button, label, row
from field_app.ui.shell import Shell
from field_app.ui.stroke_pad import StrokePad
from field_app.ui.theme import give_size, open_at
from field_app.ui.waiting import ask

_SIZE = (1180, 690)
_PIXELS = 1000
_Shown = tuple[SigningDesk, list[PageImage]]


class ReasonDialog(QDialog):
    """Why somebody did not sign, and who saw it."""

    def __init__(self, parent: QWidget, title: str, hint: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        open_at(self, 520, 320)
        self.reason = QPlainTextEdit()
        self.reason.setAccessibleName(tr("原因"))
        self.reason.setPlaceholderText(tr("原因，例如：认为检查结论与事实不符，拒绝签名"))
        self.reason.setTabChangesFocus(True)
        self.witness = QLineEdit()
        self.witness.setAccessibleName(tr("见证人姓名"))
        self.witness.setPlaceholderText(tr("没有见证人的留空，并全程录音录像"))
        self.witness.setMaxLength(60)
        self.sure, foot = answers(self, tr("记入文书和日志"))
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(label(hint, wrap=True))
        column.addWidget(self.reason, 1)
        column.addLayout(row(label(tr("见证人")), self.witness))
        column.addLayout(foot)


class SignDialog(QDialog):
    """All signing places of a draft, its text, and a large sheet to sign on."""

    def __init__(self, shell: Shell, parent: QWidget | None, paper: PaperRecord) -> None:
        super().__init__(parent)
        self._shell = shell
        self.paper = paper
        self.desk: SigningDesk | None = None
        self._busy = False
        self._gone = False
        self.setWindowTitle(tr("屏幕签名"))
        open_at(self, *_SIZE)
        self.banner = Banner()
        self.messages = Messages(self.banner)
        today = shell.officers.at.astimezone(CHINA).date()
        self.pad = StrokePad(date_cn(today))
        self.places = QListWidget()
        self.places.setAccessibleName(tr("签名处"))
        give_size(self.places, words_width=300)
        wrap(self.places)
        self.view = PaperView()
        self.given = QLabel()
        self.given.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.given.setAccessibleName(tr("已有的签名"))
        self.where = label("", "heading", wrap=True)
        self.now = label("", "muted", wrap=True)
        self.signer = QLineEdit()
        self.signer.setAccessibleName(tr("签名人姓名"))
        self.signer.setPlaceholderText(tr("签名人姓名，便于核对"))
        self.signer.setMaxLength(60)
        self._make_buttons()
        self._arrange()
        self.places.currentRowChanged.connect(self._chosen)
        self.pad.changed.connect(self._enable)
        self._read()

    def _make_buttons(self) -> None:
        self.read = button(tr("看全文"))
        self.read.setCheckable(True)
        self.undo = button(tr("撤销一笔"), tip="Ctrl+Z")
        self.clear = button(tr("清除"), tip="Delete")
        self.accept_it = button(tr("确定签名"), "action", tip="Ctrl+Enter")
        self.again = button(tr("重新签名"))
        self.refuse = button(tr("拒绝签名…"), "link", tip=tr("注明原因，可以请见证人签名"))
        self.absent = button(tr("不在场…"), "link", tip=tr("注明原因，可以请见证人到场签名"))
        self.withdraw = button(tr("撤回签名"), "link", tip=tr("撤回的签名留有记录，不再使用"))
        self.done_ = button(tr("完成"), tip="Esc")
        self.read.toggled.connect(self._show_text)
        self.undo.clicked.connect(self.pad.undo)
        self.clear.clicked.connect(self.pad.clear)
        self.accept_it.clicked.connect(self.sign)
        self.again.clicked.connect(self._sign_again)
        self.refuse.clicked.connect(lambda: self._ask(Outcome.REFUSED))
        self.absent.clicked.connect(lambda: self._ask(Outcome.ABSENT))
        self.withdraw.clicked.connect(self._withdraw)
        self.done_.clicked.connect(self.close)
        QShortcut(QKeySequence("Ctrl+Z"), self).activated.connect(self.pad.undo)
        QShortcut(QKeySequence("Ctrl+Return"), self).activated.connect(self.sign)

    def _arrange(self) -> None:
        work = QWidget()
        column = QVBoxLayout(work)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.where)
        column.addWidget(self.now)
        self.sheet = QStackedWidget()
        self.sheet.addWidget(self.pad)
        self.sheet.addWidget(self.given)
        column.addWidget(self.sheet, 1)
        column.addWidget(self.banner)  # Above the buttons, which it would move onto each other.
        column.addLayout(FlowRow(label(tr("签名人")), self.signer, self.undo, self.clear, self.again,
                                 self.accept_it, right=self.undo))
        column.addLayout(FlowRow(self.refuse, self.absent, self.withdraw, right=self.withdraw))
        self.stack = QStackedWidget()
        self.stack.addWidget(work)
        self.stack.addWidget(self.view)
        body = row(self.places, self.stack, spacing=16)
        body.setStretch(1, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 16)
        outer.setSpacing(12)
        outer.addLayout(
            row(label(tr("《{title}》", title=said(self.paper.title)), "heading"), None, self.read, self.done_))
        outer.addLayout(body, 1)

    # What stands.

    def _read(self) -> None:
        session, paper_id = self._shell.officers, self.paper.id

        def read() -> _Shown:
            desk = signing_desk(session, paper_id)
            return desk, draw_pages(desk.pdf, pixels_wide=_PIXELS)

        self._busy = True
        self._enable()
        self._shell.jobs.run(Lane.WORK, read, done=self._show, failed=self._failed)

    def _show(self, shown: _Shown) -> None:
        self._busy = False
        if self._gone:
            return
        self.desk, pages = shown
        self.paper = self.desk.paper
        at = self.places.currentRow()
        self.places.blockSignals(True)
        self.places.clear()
        for place in self.desk.places:
            self.places.addItem(
                QListWidgetItem(tr("{words}\n　{state}", words=said(place.words), state=self._state(place))))
        self.places.blockSignals(False)
        self.view.show_pages(pages, [])
        if not self.desk.places:
            self.where.setText(tr("这份文书没有签名处"))
            self._enable()
            return
        self.places.setCurrentRow(at if 0 <= at < len(self.desk.places) else self._next_open())
        self._chosen(self.places.currentRow())

    @staticmethod
    def _state(place: PlaceNow) -> str:
        one = place.signature
        if one is None:
            return tr("未签名")
        if one.outcome is Outcome.SIGNED and not place.current:
            return tr("版面已改动，请撤回这处签名") if place.gone else tr("内容已改动，须重新签名")
        gone = tr("　改动后的版面没有这一处") if place.gone else ""
        return tr("{label}　{at:%H:%M}{gone}", label=said(one.outcome.label), at=one.at.astimezone(CHINA), gone=gone)

    def _next_open(self) -> int:
        """The first place that still waits."""
        if self.desk is None:
            return 0
        return next((n for n, p in enumerate(self.desk.places)
                     if p.signature is None or (p.signature.outcome is Outcome.SIGNED
                                                and not p.current)), 0)

    @property
    def place(self) -> PlaceNow | None:
        """The place in hand."""
        row_ = self.places.currentRow()
        return None if self.desk is None or not 0 <= row_ < len(self.desk.places) \
            else self.desk.places[row_]

    def _chosen(self, _row: int) -> None:
        place = self.place
        if place is None:
            return
        self.pad.clear()
        self.where.setText(said(place.words))
        one = place.signature
        self.now.setText("" if one is None else self._told(place, one))
        self.now.setVisible(one is not None)
        self.signer.setText(one.signer if one is not None else "")
        shown = one is not None and one.outcome is Outcome.SIGNED and place.current
        self.sheet.setCurrentIndex(1 if shown else 0)
        if shown and one is not None:
            session = self._shell.officers
            self._shell.jobs.run(Lane.STORE, lambda: signature_picture(session, one),
                                 done=self._show_picture, failed=self._failed)
        else:
            self.pad.setFocus()
        self._enable()

    def _told(self, place: PlaceNow, one: Signature) -> str:
        told = self._state(place)
        if one.reason:
            told += tr("，原因：{reason}", reason=one.reason)
        if one.witness:
            told += tr("，见证人：{witness}", witness=one.witness)
        if one.outcome is Outcome.REFUSED and self.desk is not None and not self.desk.keeps_refusal:
            told += tr("。这种文书没有拒签栏，请在正文中注明")
        return told

    def _show_picture(self, png: bytes) -> None:
        picture = QPixmap()
        picture.loadFromData(png)
        if not picture.isNull():
            self.given.setPixmap(picture.scaled(
                520, 260, Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation))

    def _enable(self) -> None:
        place, ready = self.place, not self._busy
        writing = self.sheet.currentIndex() == 0
        has = place is not None and place.signature is not None
        here = ready and place is not None and not place.gone
        self.pad.set_open(here)
        self.undo.setVisible(writing)
        self.clear.setVisible(writing)
        self.accept_it.setVisible(writing)
        self.again.setVisible(not writing)
        self.undo.setEnabled(not self.pad.empty)
        self.clear.setEnabled(not self.pad.empty)
        self.accept_it.setEnabled(here and not self.pad.empty)
        self.signer.setEnabled(writing)
        self.again.setEnabled(ready)
        self.refuse.setEnabled(here)
        self.absent.setEnabled(here)
        self.withdraw.setEnabled(ready and has)

    def _show_text(self, on: bool) -> None:
        self.stack.setCurrentIndex(1 if on else 0)
        self.read.setText(tr("回到签名") if on else tr("看全文"))

    # What is done.

    def sign(self) -> None:
        """Take what is written as the signature of the place in hand."""
        place = self.place
        if place is None or self._busy or self.pad.empty:
            return
        session, paper_id, strokes = self._shell.officers, self.paper.id, self.pad.strokes()
        signer = self.signer.text()
        self._work(lambda: sign(session, paper_id, place.place, signer=signer, strokes=strokes))

    def _sign_again(self) -> None:
        self.sheet.setCurrentIndex(0)
        self.pad.clear()
        self.pad.setFocus()
        self._enable()

    def _ask(self, outcome: Outcome) -> None:
        place = self.place
        if place is None or self._busy:
            return
        refused = outcome is Outcome.REFUSED
        hint = tr("{words}：{refused}。请写明原因；可以请其他人见证签名。", words=said(place.words),
                  refused=tr("拒绝签名") if refused else tr("不在场"))
        dialog = ReasonDialog(self, outcome.label, hint)
        if ask(dialog) == QDialog.DialogCode.Accepted:
            self.record(outcome, dialog.reason.toPlainText(), dialog.witness.text())

    def record(self, outcome: Outcome, reason: str, witness: str) -> None:
        """Record that the place in hand is not signed, and why."""
        place, session, paper_id = self.place, self._shell.officers, self.paper.id
        if place is not None:
            self._work(lambda: not_signed(session, paper_id, place.place, outcome, reason=reason,
                                          witness=witness))

    def _withdraw(self) -> None:
        place, session, paper_id = self.place, self._shell.officers, self.paper.id
        if place is not None:
            self._work(lambda: withdraw_signatures(session, paper_id, place.place), stay=True)

    def _work(self, work: Callable[[], object], *, stay: bool = False) -> None:
        self._busy = True
        self._enable()

        def done(_value: object) -> None:
            self.banner.hide()
            if not stay:
                self.places.blockSignals(True)
                self.places.setCurrentRow(-1)
                self.places.blockSignals(False)
            if not self._gone:
                self._read()

        self._shell.jobs.run(Lane.STORE, work, done=done, failed=self._failed)

    def _failed(self, error: BaseException) -> None:
        self._busy = False
        if not self._gone:
            self.read.setChecked(False)  # The message stands beside the pad.
            self.messages.error(error)
            self._enable()

    def done(self, result: int) -> None:
        """Closed by whatever way."""
        self._gone = True
        super().done(result)


class SignOnScreen(QObject):
    """Opens the dialog, one at a time; ``closed`` tells the paper as it is stored by then."""

    closed = Signal(object)

    def __init__(self, shell: Shell, window: QWidget) -> None:
        super().__init__(window)
        self._shell = shell
        self._window = window
        self.dialog: SignDialog | None = None

    def start(self, paper: PaperRecord) -> None:
        """Sign ``paper``, a draft whose text is stored."""
        if self.dialog is not None:
            self.dialog.close()
        self.dialog = SignDialog(self._shell, self._window, paper)
        self.dialog.setWindowModality(Qt.WindowModality.WindowModal)
        self.dialog.finished.connect(lambda _result: self._finished(paper.id))
        self.dialog.show()

    def _finished(self, paper_id: DocumentId) -> None:
        session = self._shell.officers
        self._shell.jobs.run(Lane.STORE, lambda: paper_as_stored(session, paper_id),
                             done=self.closed.emit)
