"""更多: what is seldom done with a paper, and what is asked before it."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from field_app.actions.context import Session
from field_app.actions.correct_record import correct_record, may_correct, may_write_anew, write_anew
from field_app.actions.number_document import void_paper
from field_app.actions.paper_proof import paper_proof
from field_app.domain.case import PaperRecord, PaperState
from field_app.domain.ids import DocumentId
from field_app.ui.ask_text import ask_text
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr
from field_app.ui.parts import button
from field_app.ui.shell import Shell


class PaperMore(QObject):
    """The menu of one paper. ``voided``: it is void now; ``started``: another was written from it."""

    log = Signal(object)
    sheets = Signal(object)
    voided = Signal(object)
    started = Signal(object)

    def __init__(self, shell: Shell, parent: QWidget, paper: PaperRecord) -> None:
        super().__init__(parent)
        self._shell, self._parent, self._paper = shell, parent, paper
        self.button = button(tr("更多"), "link", tip=tr("打印记录、签字件、电子签名、更正、作废"))
        self._menu = QMenu(self.button)
        self._menu.setToolTipsVisible(True)
        self.printed = self._entry(tr("打印记录"), tr("这份文书打印过几次"), lambda: self.log.emit(self._paper))
        self.signed = self._entry(tr("查看签字件"), tr("拍回的签字件，一页一页看"),
                                  lambda: self.sheets.emit(self._paper))
        self.proof = self._entry(tr("电子签名"), tr("核验这份文书由谁电子签名"), self.tell_proof)
        self.correct = self._entry(tr("更正"), tr("笔录有误时更正：原文划去可见，旁留签名处"), self._ask_correction)
        self.anew = self._entry(tr("作废重做"), tr("文书有误时作废，照原来的内容另起一份改正"), self._ask_anew)
        self.void = self._entry(tr("作废"), tr("文书有误时作废，文号留痕、不再使用"), self._ask_void)
        self.button.setMenu(self._menu)

    def _entry(self, words: str, tip: str, call: Callable[[], None]) -> QAction:
        made = self._menu.addAction(words)
        made.setToolTip(tip)
        made.triggered.connect(lambda _checked: call())
        return made

    def show_paper(self, paper: PaperRecord, *, replaced: bool) -> None:
        """Offer what can be done with it as it stands; ``replaced``: another was written from it already."""
        self._paper = paper
        issued, void = paper.state is PaperState.ISSUED, paper.state is PaperState.VOID
        self.printed.setVisible(paper.pdf is not None)
        self.signed.setVisible(paper.pdf is not None)
        self.proof.setVisible(issued)
        self.void.setVisible(not void)
        self.void.setText(tr("作废") if issued else tr("作废草稿"))
        self.correct.setVisible(may_correct(paper))
        self.anew.setVisible(may_write_anew(paper) and not replaced)
        self.anew.setText(tr("照此重做") if void else tr("作废重做"))

    def tell_proof(self) -> None:
        """Verify now who signed this paper electronically, and how."""
        session, paper_id = self._shell.officers, self._paper.id
        self._shell.jobs.run(Lane.WORK, lambda: paper_proof(session, paper_id),
                             done=lambda proof: self._shell.messages.note(said(proof.words)))

    def _ask_void(self) -> None:
        draft = self._paper.state is PaperState.DRAFT
        reason = ask_text(
            self._parent, tr("作废文书"),
            tr("这份草稿作废后不再填写，写过的内容留存，需要时可以照此重做。\n请写明理由：") if draft else
            tr("{number}作废后不能恢复，文号不再使用。\n请写明理由：", number=self._paper.number),
            yes=tr("作废"), name=tr("理由"))
        if reason:
            self.make_void(reason)

    def _ask_correction(self) -> None:
        reason = ask_text(
            self._parent, tr("更正笔录"), tr("{number}将作废，另起一份更正笔录：改动处划去原文，旁留签名处。\n"
                                         "请写明为什么更正：", number=self._paper.number),
            yes=tr("另起更正笔录"), name=tr("理由"))
        if reason:
            self.make_correction(reason)

    def _ask_anew(self) -> None:
        if self._paper.state is PaperState.VOID:
            self.make_anew("")
            return
        reason = ask_text(
            self._parent, tr("作废重做"),
            tr("{number}作废后不能恢复，文号不再使用；照它的内容另起一份草稿，改正后重新定稿、打印、送达。\n请写明为什么作废：",
               number=self._paper.number),
            yes=tr("作废并另起一份"), name=tr("理由"))
        if reason:
            self.make_anew(reason)

    def make_anew(self, reason: str) -> None:
        """Start another of this paper with what it says; one in force becomes void for ``reason``."""
        self._start_from(write_anew, reason, tr("已照原来的内容另起一份草稿，请改正后定稿、打印。"))

    def make_correction(self, reason: str) -> None:
        """Start the record that shows corrections of this one."""
        self._start_from(correct_record, reason, tr("已另起一份更正笔录，请改正后重新定稿、打印、签名。"))

    def _start_from(self, write: Callable[[Session, DocumentId, str], PaperRecord], reason: str, words: str) -> None:
        session, paper_id = self._shell.officers, self._paper.id

        def done(paper: PaperRecord) -> None:
            self._shell.messages.good(words)
            self.started.emit(paper)

        self._shell.jobs.run(Lane.STORE, lambda: write(session, paper_id, reason), done=done)

    def make_void(self, reason: str) -> None:
        """Make this paper void for ``reason``."""
        session, paper_id = self._shell.officers, self._paper.id

        def done(paper: PaperRecord) -> None:
            self._shell.messages.good(tr("{number}已作废，已留痕。", number=paper.number) if paper.number else
                                      tr("草稿已作废，已留痕。"))
            self.voided.emit(paper)

        self._shell.jobs.run(Lane.STORE, lambda: void_paper(session, paper_id, reason), done=done)
