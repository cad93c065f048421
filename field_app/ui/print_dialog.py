"""The print dialog: choose, print, and stay until the paper is out or officers say otherwise."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from field_app.actions.print_document import (
    PrintItem,
    PrintJob,
    cancel_print,
    follow_print,
    leave_print,
    start_print,
)
from field_app.actions.print_profiles import load_profiles
from field_app.actions.printing import JobState, PrinterState, Stage
from field_app.errors import UserError
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr, tr_later
from field_app.ui.parts import button, card, chip, clear, label, row, scroller, set_tone
from field_app.ui.print_choice import PrintChoice, copies_words, framed
from field_app.ui.shell import Shell
from field_app.ui.theme import open_at

_POLL_MS = 1000
_WORDS = {
    Stage.WAITING: (tr_later("排队中"), "plain"), Stage.PRINTING: (tr_later("正在打印"), "plain"),
    Stage.PRINTED: (tr_later("已印出"), "plain"), Stage.CANCELLED: (tr_later("已取消"), "soon"),
    Stage.FAILED: (tr_later("没有印成"), "stop"), Stage.HANDED_OVER: (tr_later("已交打印服务"), "soon")}

_OUT = (Stage.PRINTED, Stage.HANDED_OVER)


class PrintDialog(QDialog):
    """Prints ``items``. ``printed`` tells how many came out when all is over."""

    printed = Signal(int)

    def __init__(self, parent: QWidget, shell: Shell, items: Sequence[PrintItem], *,
                 missing: Sequence[str] = (), heading: str = "", printer: str = "") -> None:
        super().__init__(parent)
        self._shell, self._session = shell, shell.officers
        heading = heading or tr("打印")
        self.setWindowTitle(heading)
        open_at(self, 700, min(640, 386 + 58 * len(items)))
        self.choice = PrintChoice(items, missing, printer)
        self.faces = QStackedWidget()
        self.faces.addWidget(self.choice)
        self.faces.addWidget(self._progress_face())
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(label(heading, "heading"))
        column.addWidget(self.faces, 1)
        self._wanted: list[tuple[PrintItem, int]] = []
        self._open = True
        self._jobs: dict[int, PrintJob] = {}
        self.states: dict[int, JobState] = {}
        self._marks: list[QLabel] = []
        self._poll = QTimer(self)
        self._poll.setSingleShot(True)
        self._poll.setInterval(_POLL_MS)
        self._poll.timeout.connect(self._follow)
        self.choice.back.connect(self.reject)
        self.choice.sure.connect(self._begin)
        self.choice.printer_chosen.connect(self._ask_state)
        self._look()

    def _progress_face(self) -> QWidget:
        face = QWidget()
        self.told = label("", "heading", wrap=True)
        self.remedy = label("", "warning", wrap=True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("打印进度"))
        self.bar.setTextVisible(False)
        self._lines = QGridLayout()
        self._lines.setColumnStretch(1, 1)
        self._lines.setHorizontalSpacing(12)
        inner, below = card()
        below.addLayout(self._lines)
        below.addStretch(1)
        self.cancel = button(tr("取消打印"), tip=tr("把还没印完的从打印机收回"))
        self.leave = button(tr("留在队列，先离开"), tip=tr("打印机恢复后会自动印出"))
        self.again = button(tr("再印没印成的"))
        self.finish = button(tr("完成"), "action")
        for one, call in ((self.cancel, self._cancel), (self.leave, self._leave),
                          (self.again, self._again), (self.finish, self.accept)):
            one.setAutoDefault(False)
            one.clicked.connect(call)
        column = QVBoxLayout(face)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.told)
        column.addWidget(self.bar)
        column.addWidget(self.remedy)
        column.addWidget(scroller(framed(inner)), 1)
        column.addLayout(row(self.cancel, self.leave, None, self.again, self.finish))
        return face

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter prints, and when all is over it leaves; a button with the focus is pressed by it."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif isinstance(pressed := self.focusWidget(), QPushButton) and pressed.isEnabled():
            pressed.click()
        elif self.faces.currentIndex() == 0 and self.choice.print_.isEnabled():
            self._begin()

    def _look(self) -> None:
        printing, context = self._shell.printing, self._session.context
        self._shell.jobs.run(
            Lane.WORK, lambda: (printing.printers(), load_profiles(context)),
            done=lambda both: self.choice.show_printers(*both) if self._open else None,
            failed=self._shell.messages.error)

    def _ask_state(self, name: str) -> None:
        printing = self._shell.printing

        def show(state: PrinterState) -> None:
            if self._open and self.choice.printer.currentText() == name:
                self.choice.show_state(state)

        self._shell.jobs.run(Lane.WORK, lambda: printing.state(name), done=show)

    @property
    def busy(self) -> bool:
        """Whether anything is still on its way to paper."""
        return self.faces.currentIndex() == 1 and not self.finish.isVisibleTo(self)

    def _begin(self) -> None:
        self._wanted = self.choice.wanted()
        self._jobs, self.states, self._printer = {}, {}, self.choice.printer.currentText()
        clear(self._lines)
        self._marks = []
        for n, (item, copies) in enumerate(self._wanted):
            mark = chip(tr("等待送出"))
            self._marks.append(mark)
            self._lines.addWidget(mark, n, 0)
            self._lines.addWidget(
                label(tr("《{title}》　{copies}", title=said(item.title), copies=copies_words(item.page, copies)),
                      wrap=True), n,
                                  1)
        self.bar.setRange(0, len(self._wanted))
        self.bar.setValue(0)
        self.faces.setCurrentIndex(1)
        self._say(tr("正在送到“{printer}”", printer=self._printer), "")
        self._buttons(over=False)
        self._send(0)

    def _send(self, n: int) -> None:
        """Hand item ``n`` over, then the next: the printer keeps their order."""
        if n == len(self._wanted):
            self._say(self._going(), "")
            self._follow()
            return
        item, copies = self._wanted[n]
        session, printing, printer = self._session, self._shell.printing, self._printer

        def sent(job: PrintJob) -> None:
            self._jobs[n] = job
            self._show(n, JobState(Stage.WAITING))
            self._send(n + 1)

        def failed(error: BaseException) -> None:
            self._refused(n, error)

        self._shell.jobs.run(
            Lane.WORK,
            lambda: start_print(session, printing, item, printer=printer, copies=copies),
            done=sent, failed=failed)

    def _refused(self, n: int, error: BaseException) -> None:
        """One was not taken: those after it are not sent, those before it go on."""
        for m in range(n, len(self._wanted)):
            self.states[m] = JobState(Stage.FAILED)
            self._marks[m].setText(tr("没有送出"))
            set_tone(self._marks[m], "stop")
        if isinstance(error, UserError):
            self._say(said(error.what), said(error.remedy))
        else:
            self._say(tr("没有送出。"), "")
            self._shell.messages.error(error)
        self._follow()

    def _follow(self) -> None:
        waiting = {n: job for n, job in self._jobs.items() if n not in self.states}
        if not waiting:
            self._over()
            return
        session, printing = self._session, self._shell.printing
        if self._shell.session is not session:  # Locked meanwhile; the service keeps the jobs.
            self.done_now()
            return
        self._shell.jobs.run(
            Lane.WORK, lambda: {n: follow_print(session, printing, j) for n, j in waiting.items()},
            done=self._followed, failed=self._lost)

    def _followed(self, states: dict[int, JobState]) -> None:
        if not self._open or not self.busy:
            return
        troubles = [s.trouble for s in states.values() if s.trouble is not None]
        for n, state in states.items():
            self._show(n, state)
        if troubles:
            self._say(tr("{what}。", what=said(troubles[0].what)),
                      tr("{remedy}。还没印完的都保留着，不会丢失。", remedy=said(troubles[0].remedy)))
        elif any(not s.stage.final for s in states.values()):
            self._say(self._going(), "")
        if len(self.states) == len(self._wanted):
            self._over()
        else:
            self._poll.start()

    def _lost(self, error: BaseException) -> None:
        self._shell.messages.error(error)
        if self._open:
            self._poll.start()

    def _show(self, n: int, state: JobState) -> None:
        words, tone = _WORDS[state.stage]
        words = tr(words)
        if state.trouble is not None and state.stage is Stage.PRINTING:
            words, tone = tr("等待打印机"), "soon"
        self._marks[n].setText(words)
        set_tone(self._marks[n], tone)
        if state.stage.final:
            self.states[n] = state
            self.bar.setValue(sum(s.stage in _OUT for s in self.states.values()))

    def _going(self) -> str:
        return tr("正在“{printer}”上打印：已完成{states_count}件，共{wanted_count}件", printer=self._printer,
                  states_count=len(self.states), wanted_count=len(self._wanted))

    def _say(self, what: str, remedy: str) -> None:
        self.told.setText(what)
        self.remedy.setText(remedy)
        self.remedy.setVisible(bool(remedy))

    def _buttons(self, *, over: bool) -> None:
        bad = any(s.stage in (Stage.FAILED, Stage.CANCELLED) for s in self.states.values())
        for one, shown in ((self.cancel, not over), (self.leave, not over), (self.finish, over),
                           (self.again, over and bad)):
            one.setVisible(shown)
            one.setEnabled(True)

    def _over(self) -> None:
        self._poll.stop()
        stages = [s.stage for s in self.states.values()]
        good, handed = stages.count(Stage.PRINTED), stages.count(Stage.HANDED_OVER)
        if good == len(stages):
            self._say(tr("全部印出。"), "")
        elif good + handed == len(stages):
            self._say(tr("已交给打印服务。"), tr("本机不能得知是否印完，请到打印机前核对份数。"))
        elif Stage.FAILED in stages and not self.remedy.text():
            self._say(tr("有文书没有印成。"), tr("请排除打印机故障后点“再印没印成的”；文书已定稿，不会丢失。"))
        elif Stage.CANCELLED in stages:
            self._say(tr("已取消。"), tr("打印机上已印出的半份请收好，不要交给当事人。文书不受影响。"))
        self._buttons(over=True)
        self.finish.setFocus()
        self.printed.emit(good + handed)

    def _cancel(self) -> None:
        self._poll.stop()
        self.cancel.setEnabled(False)
        self.leave.setEnabled(False)
        session, printing = self._session, self._shell.printing
        waiting = {n: job for n, job in self._jobs.items() if n not in self.states}

        def done(states: dict[int, JobState]) -> None:
            for n, state in states.items():
                self._show(n, state)
            self._over()

        def failed(error: BaseException) -> None:
            self._shell.messages.error(error)
            self._say(said(getattr(error, "what", "")) or tr("没有取消成功。"), said(getattr(error, "remedy", "")))
            self._buttons(over=False)
            self._poll.start()

        self._shell.jobs.run(
            Lane.WORK, lambda: {n: cancel_print(session, printing, j) for n, j in waiting.items()},
            done=done, failed=failed)

    def _leave(self) -> None:
        session, printing = self._session, self._shell.printing
        waiting = [job for n, job in self._jobs.items() if n not in self.states]

        def leave() -> int:
            return sum(not leave_print(session, printing, job).stage.final for job in waiting)

        self._shell.jobs.run(Lane.WORK, leave, done=lambda left: self._shell.messages.note(
            tr("{left}件留在“{printer}”的打印队列，打印机恢复后自动印出；请记得取走核对。", left=left,
               printer=self._printer)))
        self.done_now()

    def _again(self) -> None:
        """Back to the choice with what did not come out."""
        for n, (item, _) in enumerate(self._wanted):
            if self.states[n].stage in _OUT:
                self.choice.leave_out(item)
        self.faces.setCurrentIndex(0)
        self._look()

    def done(self, result: int) -> None:
        """Closed: what comes back from the printer now is for the log only."""
        self._open = False
        self._poll.stop()
        super().done(result)

    def done_now(self) -> None:
        """Close, whatever is on its way."""
        super().reject()

    def reject(self) -> None:
        """Esc leaves before and after, but never a print half-way: the two buttons decide."""
        if not self.busy:
            self.done_now()
