"""检查计划: what is to be inspected, by whom it was planned, until when; begun from here."""

from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QInputDialog, QVBoxLayout, QWidget

from field_app.actions.board import BoardItem
from field_app.actions.plan import Plan, PlanLine, PlanState, cancel_plan, plan_of
from field_app.actions.plan_checks import plan_reasons
from field_app.domain.ids import CaseId
from field_app.domain.reasons import Reason
from field_app.forms.telling import CONFIDENCE
from field_app.ui.ask_text import ask_text
from field_app.ui.jobs import Lane
from field_app.ui.language import capital, said, tr, tr_later
from field_app.ui.list_table import ListTable
from field_app.ui.parts import button, card, chip, clear, label, row, scroller
from field_app.ui.plan_dialog import PlanDialog
from field_app.ui.search_line import SearchLine
from field_app.ui.shell import Shell
from field_app.ui.step_page import due_words
from field_app.ui.theme import give_size, palette

_HEADS = (tr_later("状态"), tr_later("检查对象"), tr_later("检查事项"), tr_later("截止"), tr_later("类型"))
_ALL, _OPEN, _RECHECK = "all", "open", "recheck"
_FILTERS = ((_OPEN, tr_later("待检查和逾期")), (_RECHECK, tr_later("待复查")),
            (PlanState.BEGUN.value, tr_later("检查中")), (PlanState.DONE.value, tr_later("已检查")),
            (PlanState.CANCELLED.value, tr_later("已取消")), (_ALL, tr_later("全部")))
_STATES = {PlanState.OVERDUE: tr_later("逾期"), PlanState.WAITING: tr_later("待检查"),
           PlanState.BEGUN: tr_later("检查中"), PlanState.DONE: tr_later("已检查"),
           PlanState.CANCELLED: tr_later("已取消")}
_TONES = {PlanState.OVERDUE: "stop", PlanState.WAITING: "plain", PlanState.BEGUN: "soon"}
_ASIDE = 320

Line = PlanLine | BoardItem


def _late(line: Line) -> bool:
    if isinstance(line, BoardItem):
        return line.days is not None and line.days < 0
    return line.state is PlanState.OVERDUE


def _words(line: Line) -> tuple[str, str, str, str, str]:
    if isinstance(line, BoardItem):
        return (tr("逾期") if _late(line) else tr("待复查"), line.party, capital(said(line.title)), str(line.day or ""),
                tr("整改复查"))
    return (tr(_STATES[line.state]), line.facts.name, tr("；").join(line.facts.matters), str(line.last),
            said(line.facts.kind) if line.own else tr("{kind}（总部）", kind=said(line.facts.kind)))


class PlanPage(QWidget):
    """``start``: the officer begins the inspection of a line."""

    start = Signal(object)
    recheck = Signal(object)

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.plan: Plan | None = None
        self.shown: list[Line] = []
        self.dialog: PlanDialog | None = None
        self.search = SearchLine(tr("查找检查计划"), tr("输入对象、地点、事项里的字"))
        self.search.asked.connect(self._narrow)
        self.filter = QComboBox()
        self.filter.setAccessibleName(tr("状态"))
        for key, words in _FILTERS:
            self.filter.addItem(tr(words), key)
        self.filter.activated.connect(lambda _index: self._narrow())
        new = button(tr("安排检查"), "action", tip=tr("安排一次检查：对象、事项、起止日期"), icon="new")
        new.clicked.connect(lambda: self._edit(None))
        self.table = ListTable(tr("检查计划"), [tr(words) for words in _HEADS], wide=(1, 2, 4))
        self.table.chosen.connect(self._tell)
        self.table.opened.connect(lambda _line: self._go_on())
        self.search.down.connect(self.table.setFocus)
        self.empty = label("", "muted", wrap=True)
        self._aside = QVBoxLayout()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 20, 24, 20)
        outer.setSpacing(12)
        outer.addLayout(row(self.search, self.filter, new))
        left = QVBoxLayout()
        left.addWidget(self.table, 1)
        left.addWidget(self.empty)
        inner = QWidget()
        inner.setLayout(self._aside)
        self._aside.setContentsMargins(0, 0, 0, 0)
        side = scroller(inner)
        give_size(side, width=_ASIDE)
        body = row(spacing=16)
        body.addLayout(left, 1)
        body.addWidget(side)
        outer.addLayout(body, 1)

    def forget(self) -> None:
        """Show nobody's plan (after a log-out)."""
        self._closed()
        self.plan, self.shown = None, []
        self.search.clear()
        self.table.show_rows([])

    def refresh(self) -> None:
        """Read the plan anew, off the screen's thread."""
        session = self._shell.officers
        self._shell.jobs.run(Lane.STORE, lambda: plan_of(session), done=self._show)

    def _show(self, plan: Plan) -> None:
        self.plan = plan
        self._narrow()

    def _wanted(self, line: Line) -> bool:
        key = self.filter.currentData()
        if isinstance(line, BoardItem):
            right = key in (_ALL, _OPEN, _RECHECK)
            text = f"{line.party}{line.title}{line.local_no}"
        else:
            right = key in (_ALL, line.state.value) or (key == _OPEN and line.open)
            told = line.facts
            text = f"{told.name}{told.place}{told.cause}{told.note}{''.join(told.matters)}{line.local_no}"
        return right and all(word in text for word in self.search.text().split())

    def _narrow(self) -> None:
        if self.plan is None:
            return
        every: list[Line] = [*self.plan.rechecks, *self.plan.lines]
        self.shown = sorted((line for line in every if self._wanted(line)), key=lambda line: not _late(line))
        red, amber = palette().stop, palette().soon
        colours = {}
        for at, line in enumerate(self.shown):
            late, begun = _late(line), isinstance(line, PlanLine) and line.state is PlanState.BEGUN
            if late or begun:
                colours[at, 0] = red if late else amber
        self.table.show_rows([_words(line) for line in self.shown], colours)
        self.empty.setText("" if self.shown else self._nothing())
        self.empty.setVisible(not self.shown)

    def _nothing(self) -> str:
        if self.search.text().strip() or self.filter.currentData() not in (_OPEN, _ALL):
            return tr("没有这样的检查计划。换一个字，或者换一个状态试试。")
        return tr("没有待检查的。总部的检查计划同步后列在这里；点“安排检查”自行安排；责令整改的复查期限会自动列出。")

    @property
    def line(self) -> Line | None:
        """The line that is lit."""
        at = self.table.line
        return self.shown[at] if 0 <= at < len(self.shown) else None

    def _tell(self, _at: int) -> None:
        """What is known of the line that is lit stands beside the list."""
        line = self.line
        clear(self._aside)
        if line is None:
            self._aside.addStretch(1)
            return
        frame, column = card()
        if isinstance(line, BoardItem):
            self._tell_recheck(column, line)
        else:
            self._tell_planned(column, line)
        self._aside.addWidget(frame)
        self._aside.addStretch(1)

    def _tell_recheck(self, column: QVBoxLayout, line: BoardItem) -> None:
        words, tone = due_words(line.days)
        column.addLayout(row(chip(words, tone), None))
        column.addWidget(label(line.party, "heading", wrap=True))
        go = button(tr("去复查"), "action", tip=tr("打开案件的整改复查环节"), icon="next")
        go.clicked.connect(self._go_on)
        column.addLayout(row(go, None))
        for text in (capital(said(line.title)), capital(said(line.text)), tr("案件 {number}", number=line.local_no)):
            column.addWidget(label(text, "muted", wrap=True))

    def _tell_planned(self, column: QVBoxLayout, line: PlanLine) -> None:
        told = line.facts
        column.addLayout(row(chip(tr(_STATES[line.state]), _TONES.get(line.state, "plain")), None))
        column.addWidget(label(told.name, "heading", wrap=True))
        column.addLayout(self._doors(line))
        for head, text in (
                (tr("类型"), tr("{party}，{kind}", party=said(told.party_type), kind=said(told.kind))),
                (tr("地点"), told.place),
                (tr("证件号码"), told.uscc), (tr("事项"), tr("；").join(told.matters)), (tr("事由"), told.cause),
                (tr("起止"), tr("{first} 至 {last}", first=line.first, last=line.last)), (tr("备注"), told.note),
                (tr("来源"), self._source(line)), (tr("取消理由"), line.reason),
                (tr("案件"), line.local_no), (tr("检查日期"), str(line.inspected or ""))):
            if text:
                column.addWidget(label(tr("{head}：{text}", head=head, text=text), "muted", wrap=True))
        self._told_by_law = QVBoxLayout()
        column.addLayout(self._told_by_law)
        session = self._shell.session
        if line.open and session is not None:
            self._shell.jobs.run(Lane.STORE, lambda: plan_reasons(session, line),
                                 done=lambda found: self._tell_law(line, found))

    @staticmethod
    def _source(line: PlanLine) -> str:
        if line.own:
            return tr("本机安排")
        return tr("总部下达：{source}", source=line.source)

    def _tell_law(self, line: PlanLine, found: list[Reason]) -> None:
        if self.line is not line:
            return  # Another one is lit by now.
        for reason in found:
            mark = CONFIDENCE.get(reason.confidence, reason.confidence)
            self._told_by_law.addWidget(label(
                tr("{text}（{law}；{mark}）", text=said(reason.text), law=said(reason.basis), mark=said(mark)),
                "warning", wrap=True))

    def _doors(self, line: PlanLine) -> QVBoxLayout:
        doors = QVBoxLayout()
        doors.setSpacing(8)
        if line.case is not None:
            go = button(tr("打开案件"), "action", icon="next")
        elif line.open:
            go = button(tr("开始检查"), "action", tip=tr("按这一项新建案件，内容都已填好"), icon="next")
        else:
            return doors
        go.clicked.connect(self._go_on)
        doors.addLayout(row(go, None))
        if line.own and line.open:
            change, cancel = button(tr("更改")), button(tr("取消"))
            change.setAccessibleName(tr("更改这一项计划"))
            cancel.setAccessibleName(tr("取消这一项计划"))
            change.clicked.connect(lambda: self._edit(line))
            cancel.clicked.connect(lambda: self._cancel(line))
            doors.addLayout(row(change, cancel, None))
        return doors

    def _go_on(self) -> None:
        """Enter: begin the inspection, or open the case that there is."""
        line = self.line
        if isinstance(line, BoardItem):
            self.recheck.emit(line.case)
        elif line is not None and line.case is not None:
            self._shell.open_case(CaseId(line.case))
        elif line is not None and line.open:
            self.start.emit(line)

    def _edit(self, line: PlanLine | None) -> None:
        dialog = self.dialog = PlanDialog(self._shell, self, line)
        dialog.kept.connect(self._kept)
        dialog.finished.connect(self._closed)
        dialog.open()

    def _closed(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None

    def hideEvent(self, event: QHideEvent) -> None:
        """At the lock: what was typed waits unseen, a question is taken back."""
        super().hideEvent(event)
        for asked in self.findChildren(QInputDialog):
            asked.reject()
        if self.dialog is not None:
            self.dialog.hide()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.dialog is not None:
            self.dialog.open()

    def _kept(self, last: date) -> None:
        self._shell.messages.good(tr("已列入检查计划，{last} 前检查。", last=last))
        self.refresh()

    def _cancel(self, line: PlanLine) -> None:
        reason = ask_text(self, tr("取消检查计划"),
                          tr("“{name}”不再按计划检查的，请写明理由，理由会记入日志：", name=line.facts.name),
                          yes=tr("取消这一项"), name=tr("理由"))
        if reason:
            session = self._shell.officers
            self._shell.jobs.run(Lane.STORE, lambda: cancel_plan(session, line.id, reason),
                                 done=lambda _: self.refresh())
