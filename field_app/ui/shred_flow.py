"""清除本机内容: why is asked first, then both PINs; what it means is said before anything is done."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from field_app.actions.find_cards import Card
from field_app.actions.log_in import CardAndPin
from field_app.actions.shred_case import MAX_REASON, shred_case
from field_app.domain.case import Case
from field_app.ui.ask_text import ask_text
from field_app.ui.jobs import Lane
from field_app.ui.keys_here import both_keys
from field_app.ui.language import tr, tr_later
from field_app.ui.pin_dialog import PinDialog
from field_app.ui.shell import Shell
from field_app.ui.waiting import ask

_MEANS = tr_later("总部已经签收本案全部内容。清除（销毁本案的本机密钥）后，"
                  "本机的文书、照片和音像都打不开，只能到总部查阅；"
                  "案件的登记、日志和回执保留。\n\n请写明理由：")


class ShredFlow(QObject):
    """One case at a time."""

    shredded = Signal()

    def __init__(self, shell: Shell, window: QWidget) -> None:
        super().__init__(window)
        self._shell, self._window = shell, window

    def start(self, case: Case) -> None:
        """Ask why and by whom, then destroy."""
        both_keys(self._shell, lambda cards: self._ask(case, cards))

    def _ask(self, case: Case, cards: tuple[Card, Card]) -> None:
        reason = self._why(case)
        if not reason:
            return
        dialog = PinDialog(self._window, cards, tr("清除案件{local_no}的本机内容", local_no=case.local_no))
        if ask(dialog) == QDialog.DialogCode.Accepted:
            self.shred(case, dialog.answer(), reason)

    def _why(self, case: Case) -> str:
        return ask_text(self._window, tr("清除案件{local_no}的本机内容", local_no=case.local_no), tr(_MEANS),
                        yes=tr("继续，两人确认"), name=tr("理由"), width=640)[:MAX_REASON]

    def shred(self, case: Case, cards: tuple[CardAndPin, CardAndPin], reason: str) -> None:
        """Destroy off the screen's thread."""
        session = self._shell.officers
        self._shell.jobs.run(
            Lane.STORE, lambda: shred_case(session, case.id, cards, reason=reason),
            done=self._done)

    def _done(self, case: Case) -> None:
        self._shell.messages.good(tr("案件{local_no}的本机内容已清除，登记、日志和回执保留。", local_no=case.local_no))
        self.shredded.emit()
