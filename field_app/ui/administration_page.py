"""证书管理: the district's authority opened by who holds its key: what it issued, and what it issues."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QProgressBar, QStackedWidget, QVBoxLayout, QWidget

from field_app.actions.ceremony import write_ceremony
from field_app.actions.district import District, open_district
from field_app.actions.district_register import Issued, employers
from field_app.errors import UserError
from field_app.ui.district_board import DistrictBoard, choose_record
from field_app.ui.district_dialogs import (
    BundleDialog,
    CustodianDialog,
    EnrolDialog,
    FoundDialog,
    IssueDialog,
    TryShareDialog,
    WithdrawDialog,
)
from field_app.ui.hands import Hands
from field_app.ui.jobs import Lane
from field_app.ui.language import said, told, tr
from field_app.ui.messages import Banner, Messages
from field_app.ui.parts import button, card, chip, label, row
from field_app.ui.pin_line import PinLine
from field_app.ui.place_line import PlaceLine
from field_app.ui.shell import Shell
from field_app.ui.theme import give_size
from field_app.ui.work_dialog import WorkDialog, needed

CLOSE_MS = 10 * 60 * 1000


class OpenAuthority(QWidget):
    """The folder and its passphrase."""

    asked = Signal()
    found = Signal()
    tried = Signal()
    blank = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.folder = PlaceLine(tr("证书机构文件夹"), tr("里面有root.pem、district.key和register.json"))
        self.secret = PinLine(tr("证书机构口令"), tr("由保管口令的人输入"))
        self.refusal = label("", "problem", wrap=True)
        self.refusal.hide()
        self.bar = QProgressBar()
        self.bar.setRange(0, 0)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("正在打开证书机构"))
        self.bar.hide()
        self.open, self.new = button(tr("打开"), "action"), button(tr("建立新的证书机构…"), "link")
        self.trial = button(tr("试用保管人钥匙…"), "link", tip=tr("在本机上试一份保管人钥匙能不能用"))
        for line in (self.folder.line, self.secret):
            line.returnPressed.connect(self.asked)
        self.open.clicked.connect(self.asked)
        self.new.clicked.connect(self.found)
        self.trial.clicked.connect(self.tried)
        self.paper = button(tr("空白仪式记录…"), "link", tip=tr("建立证书机构前打印，逐步填写"))
        self.paper.clicked.connect(self.blank)
        frame, column = card()
        give_size(frame, width=640)
        column.addWidget(label(tr("打开证书机构"), "heading"))
        column.addWidget(label(
            tr("证书机构的钥匙平时断网保管，由系统管理员使用；这不是执法人员的登录。签发、换发、吊销都要先打开它，"
               "用完请关闭并收回介质。"), "muted", wrap=True))
        for words, widget in ((tr("文件夹"), self.folder), (tr("口令"), self.secret)):
            column.addWidget(label(words))
            column.addWidget(widget)
        column.addWidget(self.refusal)
        column.addWidget(self.bar)
        column.addLayout(row(self.new, self.trial, self.paper, None, self.open))
        outer = QVBoxLayout(self)
        outer.addStretch(1)
        outer.addLayout(row(None, frame, None))
        outer.addStretch(2)

    def working(self, on: bool) -> None:
        self.bar.setVisible(on)
        self.open.setEnabled(not on)

    def tell(self, words: str) -> None:
        self.refusal.setText(words)
        self.refusal.setVisible(bool(words))


class AdministrationPage(QWidget):
    """Stands beside the login and beside 设置. ``left``: go back to where it was opened from."""

    left = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self.setObjectName("ground")
        self._shell = shell
        self.district: District | None = None
        self.dialog: WorkDialog | None = None
        self._close_soon = False
        self.banner = Banner()
        self.messages = Messages(self.banner)
        self.opening, self.board = OpenAuthority(), DistrictBoard(shell)
        self.about = chip("")
        self.close_it, self.back = button(tr("关闭证书机构"), tip=tr("忘记钥匙和口令")), button(tr("返回"), tip="Esc")
        self.pages = QStackedWidget()
        self.pages.addWidget(self.opening)
        self.pages.addWidget(self.board)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        column.addLayout(row(label(tr("证书管理"), "title"), self.about, None, self.close_it, self.back))
        column.addWidget(self.pages, 1)
        column.addWidget(self.banner)
        self._hands = Hands(self)
        self._hands.moved.connect(self._touched)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(CLOSE_MS)
        self._idle.timeout.connect(self._left_alone)
        self._connect()
        self._show_closed()

    def _connect(self) -> None:
        self.opening.asked.connect(self._open)
        self.opening.found.connect(lambda: self._ask(FoundDialog(self._shell, self)))
        self.opening.blank.connect(lambda: choose_record(self, self.print_ceremony))
        self.opening.tried.connect(lambda: self._ask(TryShareDialog(self._shell, self)))
        self.close_it.clicked.connect(self.close_authority)
        self.back.clicked.connect(self.left)
        board = self.board
        board.issue.connect(lambda: self._with(lambda d: IssueDialog(
            self._shell, self, d, known=employers(board.issued))))
        board.renew.connect(lambda officer: self._with(
            lambda d: IssueDialog(self._shell, self, d, officer)))
        board.withdraw.connect(lambda one, others: self._with(
            lambda d: WithdrawDialog(self._shell, self, d, one, others)))
        board.enrol.connect(lambda: self._with(lambda d: EnrolDialog(self._shell, self, d)))
        board.custodian.connect(lambda: self._with(lambda d: CustodianDialog(self._shell, self, d)))
        board.bundle.connect(lambda: self._with(
            lambda d: BundleDialog(self._shell, self, d, self.board.issued)))
        board.ceremony.connect(self.print_ceremony)

    # Open and closed

    @property
    def busy(self) -> bool:
        """Whether keys are being made right now."""
        return self.dialog is not None and self.dialog.running

    def _open(self) -> None:
        secret, context = self.opening.secret.text(), self._shell.context
        try:
            folder = needed(self.opening.folder, tr("证书机构的文件夹"))
        except UserError as error:
            self._refused(error)
            return
        self.opening.tell("")
        self.opening.working(True)
        self._shell.jobs.run(Lane.WORK, lambda: open_district(context, folder, secret),
                             done=self.use, failed=self._refused)

    def _refused(self, error: BaseException) -> None:
        self.opening.working(False)
        self.opening.secret.forget()
        if isinstance(error, UserError):
            self.opening.tell(told(error))
        else:
            self.messages.error(error)

    def use(self, district: District) -> None:
        """Work with an opened authority."""
        self.opening.working(False)
        self.opening.secret.forget()
        self.district = district
        self.about.setText(tr("{name}　可签发至{valid_to:%Y-%m-%d}", name=district.name, valid_to=district.valid_to))
        self.about.show()
        self.close_it.show()
        self.pages.setCurrentWidget(self.board)
        self._watch(True)
        self.refresh()
        self.board.table.setFocus()

    def _show_closed(self) -> None:
        self.about.hide()
        self.close_it.hide()
        self.pages.setCurrentWidget(self.opening)

    def close_authority(self) -> None:
        """Forget the authority's keys; while they are in use, as soon as they no longer are."""
        self._close_soon = self.busy
        if self.busy:
            return
        if self.dialog is not None:
            self.dialog.close()
        self._watch(False)
        self.district = None
        self.board.show_issued([])
        self.banner.hide()
        self._show_closed()

    def _left_alone(self) -> None:
        self.close_authority()
        self.messages.note(tr("十分钟没有操作，证书机构已关闭。继续办理的，请重新打开。"))

    def _watch(self, on: bool) -> None:
        self._hands.watch(on)
        if on:
            self._idle.start()
        else:
            self._idle.stop()

    def _touched(self) -> None:
        if self._idle.isActive():
            self._idle.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        (self.opening.folder if self.district is None else self.board.table).setFocus()

    # At work

    def refresh(self) -> None:
        """Read the register anew."""
        if self.district is not None:
            self._shell.jobs.run(Lane.WORK, self.district.issued, done=self._show_issued,
                                 failed=self.messages.error)

    def _show_issued(self, issued: list[Issued]) -> None:
        if self.district is not None:
            self.board.show_issued(issued)

    def _with(self, make: Callable[[District], WorkDialog]) -> None:
        if self.district is not None:
            self._ask(make(self.district))

    def _ask(self, dialog: WorkDialog) -> None:
        if self.busy:
            dialog.deleteLater()
            return
        if self.dialog is not None:
            self.dialog.close()
        self.dialog = dialog
        dialog.made.connect(lambda words: self._made(dialog, words))
        dialog.finished.connect(lambda _: self._gone(dialog))
        dialog.setModal(True)
        dialog.show()

    def _made(self, dialog: WorkDialog, words: str) -> None:
        if isinstance(dialog, FoundDialog) and dialog.found is not None:
            self.use(dialog.found)
        self.messages.note(said(words))
        self.refresh()

    def _gone(self, dialog: WorkDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
        dialog.deleteLater()
        if self._close_soon:
            self.close_authority()

    def print_ceremony(self, path: Path) -> None:
        """Write the ceremony's record, filled from the authority that is open, or blank."""
        context = self._shell.context
        folder = self.district.folder if self.district is not None else None

        def done(pages: int) -> None:
            self.messages.note(tr("仪式记录已写到{path}，共{pages}页。下一步：打印，当场逐步填写、签名，"
                                  "与密封的介质一起保管。", path=path, pages=pages))

        self._shell.jobs.run(Lane.WORK, lambda: write_ceremony(context, folder, path),
                             done=done, failed=self.messages.error)
