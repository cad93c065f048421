"""今日: what is due, drafts to finish, cases to send, and what to know."""

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import QElapsedTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from field_app.actions.board import BoardItem
from field_app.actions.check_equipment import check_equipment
from field_app.actions.check_readiness import Check, check_readiness, worst_first
from field_app.actions.overview import Today, today
from field_app.actions.retention import reminders
from field_app.domain.case import SyncState
from field_app.domain.chinese import date_cn
from field_app.rules.table import rules
from field_app.ui.board_counter import BoardCounter
from field_app.ui.check_lines import add_checks
from field_app.ui.device_trial import DeviceTrial
from field_app.ui.flow_row import FlowRow
from field_app.ui.jobs import Lane
from field_app.ui.language import capital, said, tr
from field_app.ui.parts import ElidedLink, button, card, chip, clear, label, row, scroller
from field_app.ui.shell import Shell
from field_app.ui.slices import Slices
from field_app.ui.step_page import due_words

_MOST = 8
_READ_ON_MS = 2000


class TodayPage(QWidget):
    """The first page after login. ``retention``: the list of what is kept how long is asked for;
    ``opened``: a paper is to be gone on with."""

    retention = Signal()
    opened = Signal(object)

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self._kept = (0, 0)
        self.shown: Today | None = None
        self._checks: list[Check] = []
        self._equipment: list[Check] = []
        self.trial = DeviceTrial(shell, self)
        self.trial.changed.connect(self._trial_changed)
        self._counting = label("", "muted", wrap=True)
        self._counter = BoardCounter(shell, self)
        self._counter.counted.connect(self._counted)
        self._since = QElapsedTimer()
        self._kept_place, self._ready_place = QVBoxLayout(), QVBoxLayout()
        inner = QWidget()
        self._slices, self._readying = Slices(self), Slices(self)
        self._columns = QHBoxLayout()
        self._columns.setSpacing(16)
        column = QVBoxLayout(inner)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        column.addWidget(self._counting)
        column.addLayout(self._columns, 1)
        self._counting.hide()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroller(inner))

    def refresh(self) -> None:
        """Read everything anew, off the screen's thread."""
        self.shown = None
        self._read()
        self._check()
        session = self._shell.officers
        # Every recording is judged for this: once for each visit, behind what is read at once.
        self._shell.jobs.run(Lane.STORE, lambda: reminders(session), done=self._remind)

    def _check(self) -> None:
        shell = self._shell
        session, devices, tried, address = shell.officers, shell.devices, shell.tried, shell.settings.headquarters
        shell.jobs.run(Lane.STORE, lambda: check_readiness(session, devices, headquarters=address, tried=tried),
                       done=self._checked)
        # A print service may think for seconds, behind which nothing of the store shall wait.
        shell.jobs.run(Lane.WATCH, lambda: check_equipment(shell.context, shell.printing), done=self._equipped)

    def _checked(self, found: list[Check]) -> None:
        self._ready(worst_first([*found, *self._equipment]))

    def _equipped(self, found: list[Check]) -> None:
        known = [c for c in self._checks if c not in self._equipment]
        self._equipment = found
        if known:
            self._ready(worst_first([*known, *found]))

    def _trial_changed(self) -> None:
        self._show_ready()
        if not self.trial.running:
            self._check()

    def _read(self) -> None:
        session = self._shell.officers
        self._since.start()
        self._shell.jobs.run(Lane.STORE, lambda: today(session), done=self._show)

    def _show(self, found: Today) -> None:
        self._show_counting(found.counting)
        if found.counting:
            self._counter.begin()
        found = replace(found, counting=0)
        if found == self.shown:
            return  # Built anew it would take the focus from under the officer's hands.
        self.shown = found
        self._slices.start(self._build(found))

    def _build(self, found: Today) -> Iterator[None]:
        """Card by card: all of them in one turn would hold the keys."""
        self._readying.stop()
        clear(self._columns)
        self._kept_place, self._ready_place = QVBoxLayout(), QVBoxLayout()
        left, right = QVBoxLayout(), QVBoxLayout()
        for column, share in ((left, 3), (right, 2)):
            column.setSpacing(16)
            column.addStretch(1)
            self._columns.addLayout(column, share)
        left.insertLayout(0, self._kept_place)
        right.insertLayout(0, self._ready_place)
        yield
        made = [self._due_card, *([self._owed_card] if found.owed else []), self._draft_card, self._unsent_card]
        for place, make in enumerate(made):
            left.insertWidget(place, make(found))
            yield
        if found.notices:
            right.insertWidget(0, self._notice_card(found))
            yield
        if not self._kept_place.count():  # Else it came meanwhile.
            self._remind(self._kept)
            yield
        yield from self._build_ready()

    @property
    def counting(self) -> bool:
        """Whether cases are still being counted."""
        return self._counter.running

    def _show_counting(self, left: int) -> None:
        self._counting.setVisible(left > 0)
        self._counting.setText(tr("正在清点案件，还有{counting}件没有清点完；清点期间可以正常办案。", counting=left))

    def _counted(self, left: int) -> None:
        """The page follows the counting while it is looked at, now and then and at its end."""
        self._show_counting(left)
        due = not left or self._since.elapsed() > _READ_ON_MS
        if due and self.isVisible() and self._shell.session is not None:
            self._read()

    def _ready(self, checks: list[Check]) -> None:
        if checks != self._checks or not self._ready_place.count():
            self._checks = checks
            self._show_ready()

    def _show_ready(self) -> None:
        if not self._slices.pending:  # Else the page is being built, and ends with this.
            self._readying.start(self._build_ready())

    def _build_ready(self) -> Iterator[None]:
        shown: list[Check] | None = None
        while shown is not self._checks:  # Others may come while these are being shown.
            shown = self._checks
            clear(self._ready_place)
            if shown:
                frame, column = self._ready_card()
                self._ready_place.addWidget(frame)
                yield
                yield from add_checks(column, shown)

    def _remind(self, found: tuple[int, int]) -> None:
        """Recordings whose time is over wait for both officers; those that come due are told."""
        self._kept = found
        clear(self._kept_place)
        over, soon = found
        if not over and not soon:
            return
        frame, column = card()
        column.addWidget(label(tr("录音录像保存期限"), "heading"))
        look = button(tr("查看保存期限"), "link", tip=tr("打开音像的保存期限表"))
        look.clicked.connect(self.retention)
        words = tr("{over}件保存期已满，总部签收过的，由两名执法人员确认后才能销毁。", over=over) if over else ""
        words += tr("{soon}件即将到期。", soon=soon) if soon else ""
        line = row(chip(tr("待确认") if over else tr("即将到期"), "soon"), label(words, wrap=True), look)
        line.setStretch(1, 1)
        column.addLayout(line)
        self._kept_place.addWidget(frame)

    def _due_card(self, found: Today) -> QWidget:
        frame, column = card()
        new = button(tr("新建案件"), "action", tip="Ctrl+N", icon="new")
        new.clicked.connect(lambda: self._shell.go("new"))
        column.addLayout(row(label(tr("到期事项"), "heading"), None, new))
        for due in found.due[:_MOST]:
            column.addLayout(self._item(due))
        if not found.due:
            column.addWidget(label(tr("没有到期事项。立案、送达、查封扣押等的法定期限会列在这里。"),
                                   "muted", wrap=True))
        return frame

    def _owed_card(self, found: Today) -> QWidget:
        frame, column = card()
        column.addWidget(label(tr("还欠的和等待的"), "heading"))
        for item in found.owed[:_MOST]:
            column.addLayout(self._item(item))
        return frame

    def _item(self, item: BoardItem) -> QVBoxLayout:
        """Two lines of the board: how urgent, whose, what, until when; the law is its tool tip."""
        if item.kind == "due":
            words, tone = due_words(item.days)
        else:
            words, tone = (tr("还欠"), "soon") if item.kind == "owed" else (tr("等待"), "plain")
        open_it = ElidedLink(item.party, tip=item.local_no)
        open_it.setAccessibleName(
            tr("{party}，{words}，{title}", party=item.party, words=words, title=said(item.title)))
        open_it.clicked.connect(lambda: self._shell.open_case(item.case))
        title = capital(said(item.title))
        owed = item.kind == "owed" and item.text
        what = label(tr("{title}：{words}", title=title, words=said(item.text)) if owed else title, wrap=True)
        what.setToolTip(said(f"{item.text}\n{item.law}" if item.law not in item.text else item.text))
        line = QVBoxLayout()
        line.setSpacing(0)
        until = label(said(date_cn(item.day)) if item.day else "", "muted")
        line.addLayout(FlowRow(chip(words, tone), open_it, until, right=until))
        line.addWidget(what)
        return line

    def _draft_card(self, found: Today) -> QWidget:
        frame, column = card()
        column.addWidget(label(tr("未完成的文书"), "heading"))
        for draft in found.drafts[:_MOST]:
            open_it = ElidedLink(
                tr("《{title}》　{party_name}", title=said(draft.paper.title), party_name=draft.case.party_name))
            open_it.clicked.connect(lambda _=False, p=draft.paper: self.opened.emit(p))
            column.addLayout(row(open_it, None, label(
                tr("{changed:%m月%d日 %H:%M} 保存", changed=draft.paper.changed), "muted")))
        if found.drafts_count > _MOST:
            column.addLayout(self._more(tr("还有{count}份，到“文书”查看", count=found.drafts_count - _MOST), "papers"))
        if not found.drafts:
            column.addWidget(label(tr("没有未完成的文书。"), "muted"))
        return frame

    def _unsent_card(self, found: Today) -> QWidget:
        frame, column = card()
        column.addWidget(label(tr("未报送的案件"), "heading"))
        for case in found.unsent.some[:_MOST]:
            tone = "stop" if case.sync in (SyncState.REFUSED, SyncState.RETURNED) else "plain"
            open_it = ElidedLink(tr("{local_no}　{party_name}　{cause}", local_no=case.local_no,
                                    party_name=case.party_name, cause=case.cause))
            open_it.clicked.connect(lambda _=False, c=case.id: self._shell.open_case(c))
            column.addLayout(row(chip(said(case.sync_label), tone), open_it, None))
        if found.unsent.count > _MOST:
            column.addLayout(self._more(tr("还有{count}件，到“同步”查看", count=found.unsent.count - _MOST), "sync"))
        if not found.unsent.count:
            column.addWidget(label(tr("没有未报送的案件。到达现场后，点“新建案件”开始。"), "muted",
                                   wrap=True))
        return frame

    def _more(self, words: str, page: str) -> QHBoxLayout:
        """What has no room here stands there."""
        go_on = button(words, "link")
        go_on.clicked.connect(lambda: self._shell.go(page))
        return row(go_on, None)

    def _notice_card(self, found: Today) -> QWidget:
        frame, column = card()
        column.addWidget(label(tr("提醒"), "heading"))
        for notice in found.notices:
            column.addWidget(label(tr("{words}。{remedy}。", words=said(notice.text), remedy=said(notice.remedy)),
                                   "problem" if notice.serious else "warning", wrap=True))
        return frame

    def _ready_card(self) -> tuple[QWidget, QVBoxLayout]:
        """The head of the card, and where its lines go."""
        frame, column = card()
        devices = self._shell.devices
        attempt = button(tr("正在试，请对着话筒说话…") if self.trial.running else tr("试画面和声音"), "link",
                         tip=tr("打开摄像头和话筒几秒，不录制、不保存"))
        attempt.setEnabled(not self.trial.running)
        attempt.clicked.connect(lambda: self.trial.start(self._shell.devices))
        chosen = devices.camera is not None or devices.microphone is not None
        column.addLayout(row(label(tr("出发前检查"), "heading"), None, *([attempt] if chosen else [])))
        column.addWidget(
            label(tr("两人互查：{values}。", values=tr("；").join(map(said, rules()["PE-12"].asks.values()))), "muted",
                               wrap=True))
        return frame, column
