"""打印: the ways to the print dialog, for one paper, a step, blank forms, the test page; the log."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from field_app.actions.print_document import PrintItem, paper_item
from field_app.actions.print_log import PrintLine, print_log
from field_app.actions.print_set import PrintSet, step_papers
from field_app.domain.case import PaperRecord
from field_app.domain.ids import CaseId, StepId
from field_app.errors import UserError
from field_app.ui.blank_forms import BlankFormsDialog
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr
from field_app.ui.print_dialog import PrintDialog
from field_app.ui.print_log import PrintLogDialog
from field_app.ui.shell import Shell


class PrintPaper(QObject):
    """Opens the dialogs; ``dialog`` is the one that is open. ``printed`` when paper came out."""

    printed = Signal()

    def __init__(self, shell: Shell, window: QWidget) -> None:
        super().__init__(window)
        self._shell = shell
        self._window = window
        self.dialog: QDialog | None = None

    def start(self, paper: PaperRecord) -> None:
        """Print one issued paper."""
        try:
            self.open([paper_item(paper)], heading=tr("打印《{title}》", title=said(paper.title)))
        except UserError as error:
            self._shell.messages.error(error)

    def start_step(self, case: CaseId, step: StepId) -> None:
        """Print all papers of a step, each with its copies, in their order."""
        session = self._shell.officers

        def show(found: PrintSet) -> None:
            if found.items:
                self.open(found.items, missing=found.missing, heading=tr("打印本环节全部文书"))
            else:
                names = tr("、").join(tr("《{t}》", t=said(t)) for t in found.missing)
                self._shell.messages.note(tr("本环节还没有已定稿的文书可打印。")
                                          + (tr("还没有定稿：{names}。", names=names) if names else ""))

        self._shell.jobs.run(Lane.STORE, lambda: step_papers(session, case, step), done=show)

    def blank_forms(self) -> None:
        """Choose blank forms, then print them."""
        dialog = BlankFormsDialog(self._window)
        dialog.chosen.connect(lambda items: self.open(items, heading=tr("打印空白文书")))
        self._show(dialog)

    def test_page(self, printer: str) -> None:
        """Print the test page, on ``printer`` unless another is chosen."""
        self.open([PrintItem(title=tr("打印测试页"))], heading=tr("打印测试页"), printer=printer)

    def log(self, case: CaseId, paper: PaperRecord | None = None) -> None:
        """Show the prints of a case, or of one of its papers."""
        session = self._shell.officers
        what = tr("《{title}》{number}", title=said(paper.title),
                  number=paper.number) if paper is not None else tr("本案全部文书")

        def show(lines: list[PrintLine]) -> None:
            self._show(PrintLogDialog(self._window, lines, what))

        self._shell.jobs.run(
            Lane.STORE, lambda: print_log(session, case, paper.id if paper is not None else None),
            done=show)

    def open(self, items: Sequence[PrintItem], *, missing: Sequence[str] = (),
             heading: str = "", printer: str = "") -> None:
        """Open the print dialog for ``items``."""
        dialog = PrintDialog(self._window, self._shell, items, missing=missing, heading=heading,
                             printer=printer)
        dialog.printed.connect(self._told)
        self._show(dialog)

    @property
    def busy(self) -> bool:
        """Whether a print is on its way to paper."""
        return isinstance(self.dialog, PrintDialog) and self.dialog.busy

    def put_away(self) -> None:
        """Close what is open (at lock)."""
        if self.dialog is not None:
            self.dialog.done(QDialog.DialogCode.Rejected)

    def _show(self, dialog: QDialog) -> None:
        self.dialog = dialog
        dialog.finished.connect(lambda _: self._closed(dialog))
        dialog.open()

    def _closed(self, dialog: QDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
        dialog.deleteLater()

    def _told(self, count: int) -> None:
        if count:
            self._shell.messages.good(tr("{count}件已送打印机印出，已记入打印记录。", count=count))
            self.printed.emit()
