"""The steps of a case down the left: what ran, what can be done next, what waits and why."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from field_app.actions.case_desk import Desk, DeskStep
from field_app.domain.case import StepState
from field_app.domain.ids import StepId
from field_app.rules.procedure_model import Need
from field_app.ui.language import capital, said, tr, tr_later
from field_app.ui.parts import Elided, button, chip, clear, label, scroller, set_tone
from field_app.ui.theme import give_size

_HEIGHT = 76
_STATES = {
    StepState.TODO: (tr_later("未开始"), "plain"), StepState.NOW: (tr_later("办理中"), "soon"),
    StepState.DONE: (tr_later("已完成"), "plain"), StepState.SKIPPED: (tr_later("不需要"), "plain")}


def debt_words(step: DeskStep) -> tuple[str, str]:
    """What a step still owes, in a few words, and their style."""
    if step.step.state is StepState.TODO:
        if step.reached and step.waits_for:
            return capital(said(step.waits_for[0].text)), "warning"
        return capital(said(step.rule.hint)), "muted"
    if step.step.state is StepState.DONE and step.outcome is not None:
        label = said(step.outcome.label)
        told = (tr("{label}，文书作废后欠{count}份", label=label, count=len(step.lost)) if step.lost else
                tr("{label}，欠签字件", label=label) if step.unsigned else label)
        return told, "muted" if told == label else "warning"
    owed = [d for d in step.owes if d.need is not Need.MAY and not d.outcomes]
    papers = [d for d in owed if d.kind == "paper"]
    words = [tr("{papers_count}份文书", papers_count=len(papers))] if papers else []
    if any(d.kind == "approval" for d in owed):
        words.append(tr("审批"))
    if any(d.kind == "recording" for d in owed):
        words.append(tr("录音录像"))
    if step.unsigned:
        words.append(tr("签字件"))
    if not words and any(d.need is not Need.MAY for d in step.owes):
        return tr("欠什么要看本环节的结果"), "warning"
    return (tr("欠") + tr("、").join(words), "warning") if words else (tr("文书、音像齐全"), "muted")


def state_words(step: DeskStep) -> tuple[str, str]:
    """Where a step stands, in one word, and its tone."""
    if step.step.state is StepState.TODO and step.reached:
        return (tr("可办理"), "plain") if step.can_begin else (tr("等待"), "soon")
    words, tone = _STATES[step.step.state]
    return tr(words), tone


class StepButton(QPushButton):
    """One step: title, state, and what matters of it now."""

    def __init__(self, step: DeskStep) -> None:
        super().__init__()
        self.setObjectName("step")
        self.setCheckable(True)
        give_size(self, least_height=_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Minimum)  # As high as its words need.
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        column.addStretch(1)
        words, tone = state_words(step)
        title = Elided()
        title.show_text(said(step.rule.title))
        top = QHBoxLayout()
        top.addWidget(title, 1)
        self._state, self._tone = chip(words, tone), tone
        top.addWidget(self._state)
        owed, style = debt_words(step)
        column.addLayout(top)
        column.addWidget(label(owed, style, wrap=True))
        column.addStretch(1)
        self.setAccessibleName(tr("{title}，{words}，{owed}", title=said(step.rule.title), words=words, owed=owed))
        self.setToolTip(owed)
        self.toggled.connect(self._chosen)
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def _chosen(self, on: bool) -> None:
        """A pale word would be lost on the ground of the chosen step."""
        set_tone(self._state, "chosen" if on and self._tone == "plain" else self._tone)


class StepRail(QFrame):
    """The steps; the chosen one is framed. Later steps are folded away until asked for."""

    chosen = Signal(object)
    taken_on = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rail")
        give_size(self, words_width=264)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(12, 12, 12, 12)
        self._column.setSpacing(8)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._area = scroller(inner)
        # Only behind the layout is it known where a step stands.
        self._area.verticalScrollBar().rangeChanged.connect(lambda _least, _most: self._in_view())
        outer.addWidget(self._area)
        self.buttons: dict[StepId, StepButton] = {}
        self._all = False
        self._shown: tuple[Desk, StepId] | None = None

    def show_desk(self, desk: Desk, here: StepId) -> None:
        """Show the steps of a case with ``here`` chosen."""
        self._shown = (desk, here)
        clear(self._column)
        self.buttons = {}
        ran = [s for s in desk.steps if s.step.state is not StepState.TODO]
        ready = [s for s in desk.steps if s.step.state is StepState.TODO and s.reached]
        later = [s for s in desk.steps if not s.reached]
        self._add(ran, here)
        if desk.ended:
            self._column.addWidget(label(tr("办理结果：{ended}", ended=said(desk.ended)), "muted", wrap=True))
        for name, title in desk.continues:
            on = button(tr("转入{title}", title=said(title)), "action")
            on.clicked.connect(lambda _=False, n=name: self.taken_on.emit(n))
            self._column.addWidget(on)
        if ready:
            self._column.addWidget(label(tr("接下来"), "muted"))
            self._add(ready, here)
        if later:
            fold = button(tr("收起以后的环节") if self._all
                          else tr("以后的环节（{later_count}）", later_count=len(later)), "link")
            fold.clicked.connect(self._fold)
            self._column.addWidget(fold)
            self._add(later if self._all else [s for s in later if s.step.id == here], here)
        self._column.addStretch(1)
        QTimer.singleShot(0, self, self._in_view)

    def hold(self, step: StepId) -> None:
        """The keys to this step's button."""
        if (made := self.buttons.get(step)) is not None:
            made.setFocus()

    def _in_view(self) -> None:
        if self._shown is not None and (made := self.buttons.get(self._shown[1])) is not None:
            self._area.ensureWidgetVisible(made, 0, _HEIGHT // 2)

    def begin(self) -> None:
        """Another case: its later steps are folded away."""
        self._all = False

    def forget(self) -> None:
        """Show and hold nothing: what was shown holds the case's key."""
        self._shown = None
        self.buttons = {}
        clear(self._column)

    def _add(self, steps: list[DeskStep], here: StepId) -> None:
        for step in steps:
            made = StepButton(step)
            made.setChecked(step.step.id == here)
            made.clicked.connect(lambda _=False, i=step.step.id: self.chosen.emit(i))
            self.buttons[step.step.id] = made
            self._column.addWidget(made)

    def _fold(self) -> None:
        self._all = not self._all
        if self._shown is not None:
            _desk, here = self._shown
            self.show_desk(*self._shown)
            QTimer.singleShot(0, self, lambda: self.hold(here))  # Once the new buttons are in sight.
