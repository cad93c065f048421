"""封存报送: both officers confirm, the package is sealed with progress, then waits to be sent."""

import threading

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QProgressDialog, QWidget

from field_app.actions.case_desk import Desk
from field_app.actions.find_cards import Card
from field_app.actions.log_in import CardAndPin
from field_app.actions.seal_case import Sealed, check_sealing, seal_case
from field_app.ui.jobs import Lane
from field_app.ui.keys_here import both_keys
from field_app.ui.language import tr
from field_app.ui.pin_dialog import PinDialog
from field_app.ui.shell import Shell
from field_app.ui.waiting import ask


class SealFlow(QObject):
    """One sealing at a time."""

    sealed = Signal()
    _progressed = Signal(object, object)  # Bytes: from 2 GiB on they are no int of Qt's.

    def __init__(self, shell: Shell, window: QWidget) -> None:
        super().__init__(window)
        self._shell = shell
        self._window = window
        self._stop = threading.Event()
        self._bar: QProgressDialog | None = None
        self._progressed.connect(self._show_progress)

    def start(self, desk: Desk | None) -> None:
        """Ask both PINs, then seal; what stands against it is told before anybody types one."""
        if desk is None:
            return
        self._shell.messages.clear()
        session, case = self._shell.officers, desk.case.id
        self._shell.jobs.run(Lane.STORE, lambda: check_sealing(session, case),
                             done=lambda _: both_keys(self._shell, lambda cards: self._ask(desk, cards)))

    def _ask(self, desk: Desk, cards: tuple[Card, Card]) -> None:
        dialog = PinDialog(self._window, cards, tr("封存案件{local_no}", local_no=desk.case.local_no))
        if ask(dialog) == QDialog.DialogCode.Accepted:
            self.seal(desk, dialog.answer())

    def seal(self, desk: Desk, cards: tuple[CardAndPin, CardAndPin]) -> None:
        """Seal off the screen's thread, with progress and cancel."""
        self._stop.clear()
        self._bar = QProgressDialog(tr("正在封存案件包…"), tr("取消"), 0, 1000, self._window)
        self._bar.setWindowModality(Qt.WindowModality.WindowModal)
        self._bar.setMinimumDuration(500)
        self._bar.canceled.connect(self._stop.set)
        session, case = self._shell.officers, desk.case.id
        self._shell.jobs.run(
            Lane.WORK, lambda: seal_case(
                session, case, cards, progress=self._progressed.emit,
                cancelled=self._stop.is_set),
            done=self._done, failed=self._failed)

    def _show_progress(self, done: int, total: int) -> None:
        if self._bar is not None and total:
            self._bar.setValue(min(999, done * 1000 // total))  # At its end it would hide itself.

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.canceled.disconnect()
            self._bar.close()
            self._bar.deleteLater()
            self._bar = None

    def _done(self, done: Sealed) -> None:
        self._close()
        self._shell.messages.good(
            tr("已封存第{revision}版，等待报送。到“同步”页报送，总部签收后变绿。", revision=done.revision))
        self.sealed.emit()

    def _failed(self, error: BaseException) -> None:
        self._close()
        self._shell.messages.error(error)
