"""One paper at work: the form on the left, the live paper on the right, saved as it is typed."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from field_app.actions.correct_record import may_correct
from field_app.actions.fill_document import (
    PaperNeedsReason,
    PaperNotReady,
    find_problems,
    form_of,
    issue_paper,
    save_draft,
)
from field_app.actions.paper_history import PaperHistory, paper_history
from field_app.actions.phrases import offered
from field_app.actions.recorded_spans import Covered
from field_app.actions.signed_pages import is_signed_by_hand
from field_app.domain.case import PaperRecord, PaperState
from field_app.domain.clock import CHINA
from field_app.domain.reasons import Level, Reason
from field_app.ui.ask_reason import ask_reason
from field_app.ui.flow_row import FlowRow
from field_app.ui.form_editor import FormEditor
from field_app.ui.in_view import KeepInView
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr
from field_app.ui.live_paper import Judged, LivePaper, Shown
from field_app.ui.paper_history import HistoryLine
from field_app.ui.paper_more import PaperMore
from field_app.ui.paper_view import PageImage, PaperView
from field_app.ui.parts import button, chip, label, scroller, set_tone, take_enter
from field_app.ui.party_view import PartyView
from field_app.ui.shell import Shell

_SAVE_MS = 1000


class PaperEditor(QWidget):
    """Edits a draft or shows an issued paper; ``about``: the case's matter and cause."""

    issued = Signal(object)
    printed = Signal(object)
    print_log = Signal(object)
    corrected = Signal(object)
    sheets = Signal(object)
    sign = Signal(object)
    back = Signal(object)
    closed = Signal()

    def __init__(self, shell: Shell, paper: PaperRecord, *, about: str = "") -> None:
        super().__init__()
        self._shell = shell
        self.paper = paper
        form = form_of(paper.form, paper.form_version)
        self.form = FormEditor(form, paper.answers, phrases=lambda path: offered(form, path, about=about))
        self.view = PaperView()
        self.saved = label("", "muted")
        self.covered = label("", "muted", wrap=True)
        self.covered.setContentsMargins(16, 0, 16, 8)
        self.covered.hide()
        self.state = chip(tr("草稿"))
        self.issue = button(tr("定稿"), "action", tip=tr("编号、定稿后不能再改（Ctrl+Enter）"), icon="issue")
        self.sign_ = button(tr("屏幕签名"), tip=tr("当事人、见证人在屏幕上签名，签好后再定稿"), icon="sign")
        self.back_ = button(tr("拍回签字件"), tip=tr("把签好的纸拍回来，与这份文书一并封存"), icon="scan")
        self.print_ = button(tr("打印"), "action", tip=tr("打印这份文书（Ctrl+P）"), icon="print")
        self.party_ = button(tr("给当事人看"), "link", icon="screen",
                             tip=tr("只把这份文书放到另一块屏幕，可换大字、朗读（F5）"))
        self.more = PaperMore(shell, self, paper)
        self.history = HistoryLine()
        self._dirty = False
        self._checked = False
        self._gone = False
        self._pages: Sequence[PageImage] = ()
        self.party: PartyView | None = None
        self.field = ""  # path of the field with the cursor
        self._save_timer = self._timer(_SAVE_MS, self.save)
        self._live = LivePaper(shell, self, given=lambda: (self.paper, self.form.answers()), views=self._views)
        self._arrange()
        self.form.changed.connect(self._typed)
        self.form.focused.connect(self._focused)
        self.form.complete.connect(self._first_field)
        self.form.complete.connect(self._in_view.soon)
        self.form.all_said.connect(self._in_view.soon)
        self.view.resized.connect(self._resized)
        self._live.drawn.connect(self._drawn)
        self._live.judged.connect(self._judged)
        self._live.failed.connect(shell.messages.error)
        self.form.told.connect(lambda words: shell.messages.note(tr("{words}。", words=words)))
        self.view.clicked.connect(self._to_field)
        self.issue.clicked.connect(self._issue_first)
        self.party_.clicked.connect(self.show_party)
        take_enter(self.print_)
        self.print_.clicked.connect(lambda: self.printed.emit(self.paper))
        self.sign_.clicked.connect(self._sign)
        self.back_.clicked.connect(lambda: self.back.emit(self.paper))
        self._connect_more()
        self._show_state()
        # Once it is in sight the page's size is known.
        QTimer.singleShot(0, self, self.draw)

    def _views(self) -> Sequence[PaperView]:
        return (self.view,) if self.party is None else (self.view, self.party.view)

    def _timer(self, ms: int, call: Callable[[], None]) -> QTimer:
        made = QTimer(self)
        made.setSingleShot(True)
        made.setInterval(ms)
        made.timeout.connect(call)
        return made

    def _connect_more(self) -> None:
        self.more.log.connect(self.print_log)
        self.more.sheets.connect(self.sheets)
        self.more.started.connect(self.corrected)
        self.more.voided.connect(self._voided)
        self.history.opened.connect(self.corrected)

    def _arrange(self) -> None:
        back = self._back = button(tr("返回环节"), "link", tip="Esc")
        back.clicked.connect(self.leave)
        head = FlowRow(back, label(tr("《{title}》", title=said(self.paper.title)), "heading"), self.state, self.saved,
                       self.party_, self.more.button, self.back_, self.print_, self.sign_, self.issue, right=self.saved)
        head.setContentsMargins(12, 8, 12, 8)
        both = QSplitter(Qt.Orientation.Horizontal)
        area = scroller(self.form, whole=True)
        self._in_view = KeepInView(area, self.form)
        both.addWidget(area)
        both.addWidget(self.view)
        both.setStretchFactor(0, 5)
        both.setStretchFactor(1, 6)
        both.setChildrenCollapsible(False)
        both.setSizes([440, 520])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(head)
        outer.addWidget(self.history)
        outer.addWidget(self.covered)
        outer.addWidget(both, 1)

    def _show_state(self) -> None:
        draft = self.paper.state is PaperState.DRAFT
        void = self.paper.state is PaperState.VOID
        words = tr("已作废") if void else tr("已定稿")
        self.state.setText(tr("草稿") if draft else tr("{words}　{number}", words=words, number=self.paper.number)
                           if self.paper.number else words)
        set_tone(self.state, "soon" if draft else "stop" if void else "plain")
        self.issue.setVisible(draft)
        self.print_.setVisible(not draft and not void)
        self.more.show_paper(self.paper, replaced=self.history.history.after is not None)
        self.sign_.setVisible(draft)
        self.back_.setVisible(not draft and not void)
        if not draft:
            self.form.lock()
        self._show_way()
        session, paper = self._shell.officers, self.paper
        self._shell.jobs.run(Lane.STORE, lambda: paper_history(session, paper), done=self._told_history)

    def _told_history(self, history: PaperHistory) -> None:
        if not self._gone:
            self.history.show_history(history)
            self.more.show_paper(self.paper, replaced=history.after is not None)
            self._show_way()

    def _show_way(self) -> None:
        """What to do with one that is found to be wrong."""
        if self.paper.state is PaperState.VOID:
            self.saved.setText("" if self.history.history.after is not None else
                               tr("作废的文书；需要的，点“更多”照此重做"))
        elif self.paper.state is PaperState.ISSUED:
            self.saved.setText(tr("有误的，点“更多”更正") if may_correct(self.paper) else
                               tr("有误的，点“更多”作废重做"))

    def _typed(self) -> None:
        if self._gone:
            return
        self._dirty = True
        self._in_view.follow()
        self.saved.setText(tr("正在输入…"))
        if not self._save_timer.isActive():
            self._save_timer.start()
        self._live.draw_soon()

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Store what is typed now; ``then`` is called once it is on disk."""
        self._save_timer.stop()
        if not self._dirty:
            if then is not None:
                then()
            return
        self._dirty = False
        session, paper_id, answers = self._shell.officers, self.paper.id, self.form.answers()

        def done(paper: PaperRecord) -> None:
            self.paper = paper
            if not self._dirty and not self._gone:
                self.saved.setText(tr("已保存 {changed:%H:%M:%S}", changed=paper.changed.astimezone(CHINA)))
            if then is not None and not self._gone:
                then()

        def failed(error: BaseException) -> None:
            self._dirty = True
            if not self._gone:
                self.saved.setText(tr("没有保存"))
            self._shell.messages.error(error)

        self._shell.jobs.run(Lane.STORE, lambda: save_draft(session, paper_id, answers),
                             done=done, failed=failed)

    def draw(self) -> None:
        """Show the paper as it stands."""
        self._live.draw()

    def _drawn(self, shown: Shown) -> None:
        self.view.show_pages(shown.pages, shown.spots)
        if self.paper.state is PaperState.DRAFT:
            self.form.fold({spot.path for spot in shown.spots})
        self._pages = shown.pages
        self._tell_party()

    def _judged(self, found: Judged) -> None:
        self._show_covered(found.covered)
        if self.paper.state is PaperState.DRAFT:
            self.form.show_reasons(found.problems, missing_too=self._checked)

    def _show_covered(self, covered: Covered | None) -> None:
        """How much of the record's own time was recorded, and which minutes were not."""
        self.covered.setVisible(covered is not None)
        if covered is not None:
            name = "muted" if covered.found.complete else "warning"
            if name != self.covered.objectName():
                self.covered.setObjectName(name)
                self.covered.style().unpolish(self.covered)
                self.covered.style().polish(self.covered)
            by = tr("（{clips}）", clips=tr("、").join(covered.found.clips)) if covered.found.clips else ""
            self.covered.setText(tr("录音录像：{words}{by}", words=said(covered.words), by=by))

    def _focused(self, path: str) -> None:
        """Frame the field's place on the paper, and keep the field itself in view."""
        self.field = path
        self.view.light(path)
        self._in_view.follow()

    def take_keys(self) -> None:
        """The keys are on the page, not on whatever Qt finds when the one before it goes."""
        self._back.setFocus()

    def _first_field(self) -> None:
        """A draft that was just opened is typed into: the keys do not wait on the way back."""
        if self.paper.state is PaperState.DRAFT and self._back.hasFocus():
            self.form.focus_first()

    def _resized(self) -> None:
        """Another size of type, a message below, a smaller window: what one types into stays in sight."""
        self._live.fit()
        self._in_view.soon()

    def _to_field(self, path: str) -> None:
        if self.paper.state is PaperState.DRAFT:
            self.form.focus(path)

    def _sign(self) -> None:
        """Signatures hold for the stored text, so what the form shows is stored first."""
        self._dirty = True
        self.save(lambda: self.sign.emit(self.paper))

    def _issue_first(self) -> None:
        self._issue()

    def _issue(self, reason: str = "") -> None:
        self._checked = True
        self._shell.messages.clear()  # What was said of an earlier try.
        session, paper_id = self._shell.officers, self.paper.id

        def issue() -> None:
            self._shell.jobs.run(Lane.STORE, lambda: issue_paper(session, paper_id, reason=reason),
                                 done=self._done, failed=self._refused)

        self.save(issue)

    def _done(self, paper: PaperRecord) -> None:
        self.paper = paper
        self._show_state()
        self.draw()
        words = tr("《{title}》已定稿：{number}", title=said(paper.title), number=paper.number)
        if is_signed_by_hand(paper):
            words = tr("{words}。请打印、签名，再拍回签字件。", words=words)
        self._shell.messages.good(words)
        self.print_.setFocus()  # What was typed into is locked now, and would let the keys go to the top bar.
        self.issued.emit(paper)

    def _voided(self, paper: PaperRecord) -> None:
        self.paper = paper
        self._show_state()
        self.issued.emit(paper)

    def _refused(self, error: BaseException) -> None:
        if isinstance(error, PaperNeedsReason):
            self._ask_reason(error)
            return
        self._shell.messages.error(error)
        if isinstance(error, PaperNotReady):
            self.form.show_reasons(error.reasons)
            self.form.focus(error.reasons[0].where)

    def _ask_reason(self, error: PaperNeedsReason) -> None:
        """Only warnings are left: with a reason, which the log keeps, the paper is issued."""
        self.form.show_reasons(error.reasons)
        reason = ask_reason(self, error.reasons, then=tr("定稿"))
        if reason:
            self._issue(reason)

    def next_open(self) -> None:
        """To the next field that stands against issuing, after the one with the cursor; none left: to 定稿."""
        session, paper, answers = self._shell.officers, self.paper, self.form.answers()
        self._shell.jobs.run(Lane.WORK, lambda: find_problems(session, paper, answers), done=self._go_to_open)

    def _go_to_open(self, problems: list[Reason]) -> None:
        if self._gone:
            return
        where = [r.where for r in problems if r.level is Level.BLOCK and r.where]
        if self.form.focus_next(where, after=self.field):
            return
        self.issue.setFocus()
        self._shell.messages.good(tr("必填的都填好了。按 Ctrl+Enter 定稿。"))

    def show_party(self) -> None:
        """Show this paper alone, to be read by the party; it follows what is typed."""
        if self.party is None:
            self.party = PartyView(self.window(), self._shell.screens)
            self.party.view.resized.connect(self._live.fit)
            self.party.lost.connect(self._shell.messages.note)
        self._tell_party()
        self.party.open()

    def _tell_party(self) -> None:
        if self.party is not None and self._pages:
            self.party.show_paper(self.paper.title, self._pages, "\n".join(p.text for p in self._pages))

    def hide_party(self) -> None:
        """Nothing of the case stays on the other screen (at lock, and when the paper is left)."""
        if self.party is not None:
            self.party.close()
            self.party.deleteLater()
            self.party = None

    def put_away(self) -> None:
        """The editor is about to be deleted: what jobs bring after it has no place any more."""
        self._gone = True
        self.hide_party()
        self._save_timer.stop()
        self._live.stop()
        self.form.put_away()

    def leave(self) -> None:
        """Save and go back to the step."""
        self.save(self.closed.emit)
