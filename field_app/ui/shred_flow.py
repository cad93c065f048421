"""销毁本机密钥: why is asked first, then both PINs; what it means is said before anything is done."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QInputDialog, QWidget

from field_app.actions.log_in import CardAndPin
from field_app.actions.shred_case import MAX_REASON, shred_case
from field_app.domain.case import Case
from field_app.ui.both_officers import both_cards
from field_app.ui.jobs import Lane
from field_app.ui.language import tr, tr_later
from field_app.ui.pin_dialog import PinDialog
from field_app.ui.shell import Shell
from field_app.ui.theme import open_at
from field_app.ui.waiting import ask

_MEANS = tr_later("总部已经签收本案全部内容。销毁后，本机的文书、照片和音像都打不开，只能到总部查阅；"
                  "案件的登记、日志和回执保留。\n\n请写明理由：")


class ShredFlow(QObject):
    """One case at a time."""

    shredded = Signal()

    def __init__(self, shell: Shell, window: QWidget) -> None:
        super().__init__(window)
        self._shell, self._window = shell, window

    def start(self, case: Case) -> None:
        """Ask why and by whom, then destroy."""
        cards = both_cards(self._shell)
        if cards is None:
            return
        reason = self._why(case)
        if not reason:
            return
        dialog = PinDialog(self._window, cards, tr("销毁案件{local_no}的本机密钥", local_no=case.local_no))
        if ask(dialog) == QDialog.DialogCode.Accepted:
            self.shred(case, dialog.answer(), reason)

    def _why(self, case: Case) -> str:
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle(tr("销毁案件{local_no}的本机密钥", local_no=case.local_no))
        dialog.setLabelText(tr(_MEANS))
        dialog.setOkButtonText(tr("继续，两人确认"))
        dialog.setCancelButtonText(tr("返回"))
        open_at(dialog, 640)
        said = dialog.textValue().strip()[:MAX_REASON] if ask(dialog) else ""
        dialog.deleteLater()
        return said

    def shred(self, case: Case, cards: tuple[CardAndPin, CardAndPin], reason: str) -> None:
        """Destroy off the screen's thread."""
        session = self._shell.officers
        self._shell.jobs.run(
            Lane.STORE, lambda: shred_case(session, case.id, cards, reason=reason),
            done=self._done)

    def _done(self, case: Case) -> None:
        self._shell.messages.good(tr("案件{local_no}的本机密钥已销毁。", local_no=case.local_no))
        self.shredded.emit()
