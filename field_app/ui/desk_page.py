"""The case desk: step rail, the step's work, and the paper in hand."""

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from field_app.actions.case_desk import (
    Desk,
    StepNotReady,
    begin_step,
    case_desk,
    continue_case,
    end_step,
)
from field_app.actions.case_fields import FieldNow, fields_of, write_field
from field_app.actions.fill_document import start_paper
from field_app.actions.powers import matters_for
from field_app.actions.tie_recording import tie_recording, tie_steps
from field_app.domain.case import Clip, PaperRecord, StepState
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId, DocumentId, StepId
from field_app.domain.reasons import Level, Reason
from field_app.errors import UserError
from field_app.rules.catalogue import CatalogueMatter
from field_app.ui.ask_matter import ask_matter
from field_app.ui.ask_reason import ask_reason
from field_app.ui.case_head import CaseHead
from field_app.ui.circumstances_page import CircumstancesPage
from field_app.ui.jobs import Lane
from field_app.ui.language import tr
from field_app.ui.letting_go import LettingGo
from field_app.ui.next_thing import ended_words
from field_app.ui.paper_editor import PaperEditor
from field_app.ui.parts import OneOf
from field_app.ui.photo_view import PhotoView
from field_app.ui.shared_bar import FieldsDialog, SharedBar
from field_app.ui.shell import Shell
from field_app.ui.step_page import StepPage
from field_app.ui.step_rail import StepRail
from field_app.ui.text_cursor import put_cursor
from field_app.ui.theme import words_px
from field_app.ui.tie_dialog import TieDialog
from field_app.ui.waiting import ask
from field_app.ui.why_dialog import tell_why

_PAPER_PX = 780  # for a form and the paper beside it


class DeskPage(QWidget):
    """One case at work."""

    seal = Signal(object)
    play = Signal(object)
    printed = Signal(object)
    print_step = Signal(object, object)
    print_log = Signal(object, object)
    paper_back = Signal(object)
    sign = Signal(object)
    blank_forms = Signal()
    import_media = Signal()
    media = Signal(object)

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.desk: Desk | None = None
        self.here: StepId | None = None
        self.editor: PaperEditor | None = None
        self._bin = LettingGo(self)
        self._fresh = False  # a case was opened and is not shown yet
        self.wanting: tuple[StepId | None, DocumentId | None, str, int] | None = None
        self.head = CaseHead()
        self.head.left.connect(lambda: shell.go("cases"))
        self.head.correct.connect(self._ask_fields)
        self.head.media.connect(lambda: self.media.emit(self._case()))
        self.head.circumstances.connect(self.open_circumstances)
        self.head.seal.connect(lambda: self.seal.emit(self.desk))
        self.shared = SharedBar()
        self.shared.chosen.connect(lambda name, value: self._write_fields({name: value}))
        self.rail = StepRail()
        self.rail.chosen.connect(self.choose)
        self.rail.taken_on.connect(self._continue)
        self.step = StepPage()
        self.step.begin.connect(self._begin)
        self.step.why.connect(self._tell_why)
        self.step.end.connect(self._end)
        self.step.start_paper.connect(self._start_paper)
        self.step.open_paper.connect(self.open_paper)
        self.step.play.connect(self.play)
        self.step.tie.connect(self._tie)
        self.step.print_all.connect(lambda: self.print_step.emit(self._case(), self.here))
        self.step.paper_back.connect(self.paper_back)
        self.step.print_log.connect(lambda: self.print_log.emit(self._case(), None))
        self.step.blank_forms.connect(self.blank_forms)
        self.step.import_media.connect(self.import_media)
        self.step.photos.connect(self._show_photos)
        self.circumstances = CircumstancesPage(shell)
        self.circumstances.closed.connect(self._back_to_step)
        self.circumstances.told.connect(self.refresh)
        self.stack = OneOf()
        self._arrange()

    def _arrange(self) -> None:
        self.stack.addWidget(self.step)
        self.stack.addWidget(self.circumstances)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self.rail)
        work = QVBoxLayout()
        work.addWidget(self.stack, 1)
        self.for_messages = QVBoxLayout()
        self.for_messages.setContentsMargins(16, 0, 16, 8)
        work.addLayout(self.for_messages)
        body.addLayout(work, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.head)
        outer.addWidget(self.shared)
        outer.addLayout(body, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self._fit()

    def _fit(self) -> None:
        """On a small screen the steps and what is done with the case give way to the paper in hand."""
        whole = self.editor is None or self.width() - self.rail.width() >= words_px(_PAPER_PX)
        self.rail.setVisible(whole)
        self.head.show_whole(whole)

    @property
    def step_id(self) -> StepId | None:
        """The step that a recording would belong to."""
        return self.here

    def open(self, case: CaseId) -> None:
        """Show a case at the step in hand."""
        self.here = None
        self.desk = None
        self.wanting = None
        self._fresh = True
        self.rail.begin()
        self.step.begin_anew()
        self._close_editor()
        self.refresh(case)

    def want(self, step: StepId | None, paper: DocumentId | None, field: str, cursor: int) -> None:
        """Once the case is shown, go to this step, paper, field and place in its text."""
        self.wanting = (step, paper, field, cursor)

    def _go_there(self, desk: Desk) -> None:
        wanted, self.wanting = self.wanting, None
        if wanted is None:
            return
        step, paper_id, field, cursor = wanted
        if step is not None and step in {s.step.id for s in desk.steps}:
            self.choose(step)
        paper = next((p for s in desk.steps for p in s.papers if p.id == paper_id), None)
        if paper is not None:
            self.open_paper(paper)
        if self.editor is not None and field and self.editor.form.focus(field):
            put_cursor(self.focusWidget(), cursor)

    def refresh(self, case: CaseId | None = None) -> None:
        """Read the case anew."""
        session = self._shell.officers
        wanted = case or (self.desk.case.id if self.desk else None)
        if wanted is not None:
            self._shell.jobs.run(Lane.STORE, lambda: case_desk(session, wanted), done=self._show)

    def _show(self, desk: Desk) -> None:
        if self._shell.session is None:
            return  # Read before the log-out, come after it.
        self.desk = desk
        ids = [s.step.id for s in desk.steps]
        if self.here not in ids:
            now = [s for s in desk.steps if s.step.state is StepState.NOW]
            self.here = (now[0] if now else desk.steps[0]).step.id
        case = desk.case
        self.head.show_case(case)
        self.shared.show_case(case, desk.conflicts)
        in_hand = (self.step.focusWidget(), self.rail.focusWidget())
        held = self._fresh or any(one is not None and one.hasFocus() for one in in_hand)
        self._fresh = False
        self.rail.show_desk(desk, self.here)
        self.step.set_theme(self._shell.settings.theme)
        self.step.show_step(next(s for s in desk.steps if s.step.id == self.here),
                            self._shell.officers.at.astimezone(CHINA).date())
        if held:
            # The button that was pressed is gone: Tab goes on from the step, once the new ones are in sight.
            here = self.here
            self.rail.hold(here)
            QTimer.singleShot(0, self, lambda: self._hold(here))
        self._go_there(desk)

    def _hold(self, step: StepId) -> None:
        if self.stack.currentWidget() is self.step and self.here == step:
            self.rail.hold(step)

    def choose(self, step: StepId) -> None:
        """Go to a step; a paper in hand is saved first."""
        self.here = step
        self._leave_editor()
        if self.desk is not None:
            self._show(self.desk)

    def _case(self) -> CaseId:
        if self.desk is None:
            raise RuntimeError("no case is open")
        return self.desk.case.id

    def _begin(self) -> None:
        session, case, step = self._shell.officers, self._case(), self.here
        if step is not None:
            self._shell.jobs.run(Lane.STORE, lambda: begin_step(session, case, step), done=self._begun)

    def _tell_why(self, title: str, reasons: tuple[Reason, ...]) -> None:
        steps = {s.step.kind: s for s in self.desk.steps} if self.desk is not None else {}
        wanted = tell_why(self, title, reasons, steps={kind: s.rule.title for kind, s in steps.items()})
        if wanted in steps:
            there = steps[wanted].step.id
            self.choose(there)
            QTimer.singleShot(0, self, lambda: self._hold(there))

    def _begun(self, desk: Desk) -> None:
        """A step begun again is a new one: go to the one in hand that began last."""
        in_hand = [s for s in desk.steps if s.step.state is StepState.NOW]
        self.here = in_hand[-1].step.id if in_hand else self.here
        self._show(desk)

    def _continue(self, procedure: str, matter: str = "") -> None:
        session, case = self._shell.officers, self._case()
        self._shell.jobs.run(
            Lane.STORE, lambda: continue_case(session, case, procedure, matter=matter),
            done=self._show, failed=lambda error: self._not_continued(error, procedure))

    def _not_continued(self, error: BaseException, procedure: str) -> None:
        """Where the matter gives no power, another is chosen on the spot."""
        session = self._shell.officers
        if not isinstance(error, UserError) or error.code != "AU-01":
            self._shell.messages.error(error)
            return
        self._shell.jobs.run(Lane.STORE, lambda: matters_for(session, procedure),
                             done=lambda found: self._choose_matter(error, procedure, found))

    def _choose_matter(self, error: UserError, procedure: str,
                       found: tuple[CatalogueMatter, ...]) -> None:
        matter = ask_matter(self, found, error.what) if found else ""
        if matter:
            self._continue(procedure, matter)
        elif not found:
            self._shell.messages.error(error)

    def _ask_fields(self) -> None:
        session, case = self._shell.officers, self._case()
        self._shell.jobs.run(Lane.STORE, lambda: fields_of(session, case), done=self._fields)

    def _fields(self, found: tuple[FieldNow, ...]) -> None:
        dialog = FieldsDialog(self, found)
        if ask(dialog) and dialog.changed:
            self._write_fields(dialog.changed)
        dialog.deleteLater()

    def _write_fields(self, changed: dict[str, str]) -> None:
        session, case = self._shell.officers, self._case()

        def write() -> None:
            for name, value in changed.items():
                write_field(session, case, name, value)

        self._shell.jobs.run(Lane.STORE, write, done=lambda _: self.refresh(case), failed=self._shell.messages.error)

    def open_circumstances(self) -> None:
        """Show what is told of the case; a paper in hand is saved first."""
        if self.desk is not None:
            self._leave_editor()
            self.circumstances.open(self.desk.case.id)
            self.stack.setCurrentWidget(self.circumstances)

    def _end(self, outcome: str, reason: str = "") -> None:
        session, case, step = self._shell.officers, self._case(), self.here
        if step is not None:
            self._shell.jobs.run(
                Lane.STORE, lambda: end_step(session, case, step, outcome=outcome, reason=reason),
                done=self._ended, failed=lambda error: self._not_ended(error, outcome))

    def _ended(self, desk: Desk) -> None:
        self._shell.messages.clear()
        self._show(desk)
        if self.here is not None and (words := ended_words(desk, self.here)):
            self._shell.messages.good(words)

    def _not_ended(self, error: BaseException, outcome: str) -> None:
        if not isinstance(error, StepNotReady) or any(
                r.level is Level.BLOCK for r in error.reasons):
            self._shell.messages.error(error)
            return
        reason = ask_reason(self, error.reasons, then=tr("完成本环节"))
        if reason:
            self._end(outcome, reason)

    def _show_photos(self, paper: PaperRecord | None = None) -> None:
        PhotoView(self._shell, self, self._case(), paper).show()

    def _tie(self, clip: Clip) -> None:
        """Let a recording belong to another step of this case."""
        if self.desk is None:
            return
        case = self.desk.case
        dialog = TieDialog(self, clip, tie_steps(case, [s.step for s in self.desk.steps]))
        if ask(dialog):
            self.tie_to(clip, *dialog.chosen)
        dialog.deleteLater()

    def tie_to(self, clip: Clip, step: StepId, reason: str) -> None:
        """Move ``clip`` and show what came of it."""
        session = self._shell.officers

        def done(tied: Clip) -> None:
            self._shell.messages.good(tr("{number}已改归，录像文件没有改动。", number=tied.number))
            self.refresh()

        self._shell.jobs.run(Lane.STORE, lambda: tie_recording(session, clip.id, step, reason=reason), done=done)

    def _start_paper(self, form: str) -> None:
        session, case, step = self._shell.officers, self._case(), self.here
        if step is not None:
            self._shell.jobs.run(Lane.STORE, lambda: start_paper(session, case, step, form), done=self.open_paper)

    def open_paper(self, paper: PaperRecord) -> None:
        """Put a paper into hand."""
        self._close_editor()
        case = self.desk.case if self.desk is not None else None
        self.editor = PaperEditor(
            self._shell, paper, about=tr("{matter}　{cause}", matter=case.matter, cause=case.cause) if case is not None
            else "")
        self.editor.closed.connect(self._back_to_step)
        self.editor.issued.connect(lambda _paper: self.refresh())
        self.editor.printed.connect(self.printed)
        self.editor.print_log.connect(lambda paper: self.print_log.emit(self._case(), paper))
        self.editor.back.connect(self.paper_back)
        self.editor.sign.connect(self.sign)
        self.editor.corrected.connect(self._open_correction)
        self.editor.sheets.connect(self._show_photos)
        self.stack.addWidget(self.editor)
        self.stack.setCurrentWidget(self.editor)
        self._fit()
        self.editor.take_keys()

    def _open_correction(self, paper: PaperRecord) -> None:
        self.refresh()
        self.open_paper(paper)

    def show_signed(self, paper: PaperRecord) -> None:
        """After signing: a refusal stands in the answers, signatures on the paper."""
        if self.editor is not None and self.editor.paper.id == paper.id:
            self.open_paper(paper)

    def _back_to_step(self) -> None:
        self._close_editor()
        self.refresh()

    def _leave_editor(self) -> None:
        if self.editor is not None:
            self.editor.save()
        self._close_editor()

    def leave_paper(self) -> None:
        """From the paper in hand to the step as it was read last."""
        self._leave_editor()

    def _close_editor(self) -> None:
        if self.editor is not None:
            self.editor.put_away()
            self.stack.removeWidget(self.editor)
            self._bin.take(self.editor, self.editor.form.pieces())
            self.editor = None
        self.stack.setCurrentWidget(self.step)
        self._fit()

    def back(self) -> bool:
        """Esc: from the paper or the circumstances to the step; False when there is nothing to leave."""
        if self.stack.currentWidget() is self.circumstances:
            self._back_to_step()
            return True
        if self.editor is None:
            return False
        self.editor.leave()
        return True

    def choose_nothing(self) -> None:
        """Put everything away (at lock)."""
        self._close_editor()
        self.rail.forget()
        self.desk = None
        self.here = None
