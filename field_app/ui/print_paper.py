"""打印: the very bytes that were previewed and sealed go to the printer."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog, QWidget

from field_app.actions.print_document import print_document, printers
from field_app.domain.case import PaperRecord
from field_app.errors import UserError
from field_app.ui.jobs import Lane
from field_app.ui.shell import Shell


class PrintPaper(QObject):
    """Asks for the printer and copies, then prints."""

    def __init__(self, shell: Shell, window: QWidget) -> None:
        super().__init__(window)
        self._shell = shell
        self._window = window

    def start(self, paper: PaperRecord) -> None:
        """Choose a printer, then print ``paper``."""
        def ask(names: list[str]) -> None:
            if not names:
                self._shell.messages.error(UserError(
                    "没有找到打印机。", "请接好便携打印机并开机，或在系统设置里添加后再打印。"))
                return
            name, sure = QInputDialog.getItem(self._window, "打印", "打印机", names, 0, False)
            if sure:
                self.send(paper, name)

        self._shell.jobs.run(Lane.WORK, printers, done=ask)

    def send(self, paper: PaperRecord, printer: str, copies: int = 2) -> None:
        """Print ``copies`` (one for the file, one for the party)."""
        session = self._shell.officers
        self._shell.jobs.run(
            Lane.WORK, lambda: print_document(session, paper, printer, copies=copies),
            done=lambda _: self._shell.messages.good(f"《{paper.title}》已送打印机，共{copies}份。"))
