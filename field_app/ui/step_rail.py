"""The steps of a case down the left: what ran, what can be done next, what waits and why."""

from dataclasses import dataclass

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


@dataclass(frozen=True)
class _Line:
    """One line of the rail as it reads: a step, words, a way on, or the fold. ``name``: of the step, or of where
    the way leads."""

    what: str
    words: str
    name: str = ""
    state: tuple[str, str] = ("", "")
    owed: tuple[str, str] = ("", "")


_STEP, _WORDS, _ON, _FOLD = "step", "words", "on", "fold"


def _step_line(step: DeskStep) -> _Line:
    return _Line(_STEP, said(step.rule.title), step.step.id, state_words(step), debt_words(step))


class StepButton(QPushButton):
    """One step: title, state, and what matters of it now."""

    def __init__(self, line: _Line) -> None:
        super().__init__()
        self.setObjectName("step")
        self.setCheckable(True)
        give_size(self, least_height=_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Minimum)  # As high as its words need.
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        column.addStretch(1)
        words, self._tone = line.state
        title = Elided()
        title.show_text(line.words)
        top = QHBoxLayout()
        top.addWidget(title, 1)
        self._state = chip(words, self._tone)
        top.addWidget(self._state)
        owed, style = line.owed
        column.addLayout(top)
        column.addWidget(label(owed, style, wrap=True))
        column.addStretch(1)
        self.setAccessibleName(tr("{title}，{words}，{owed}", title=line.words, words=words, owed=owed))
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
        self._read: list[_Line] = []

    def show_desk(self, desk: Desk, here: StepId) -> None:
        """Show the steps of a case with ``here`` chosen. What reads as before stays, and keeps the keys."""
        self._shown = (desk, here)
        lines = self._lines(desk, here)
        if lines != self._read:
            self._read = lines
            clear(self._column)
            self.buttons = {}
            for line in lines:
                self._column.addWidget(self._made(line))
            self._column.addStretch(1)
        for step, made in self.buttons.items():
            made.setChecked(step == here)
        QTimer.singleShot(0, self, self._in_view)

    def _lines(self, desk: Desk, here: StepId) -> list[_Line]:
        """All that is read on the rail, from its top."""
        ran = [s for s in desk.steps if s.step.state is not StepState.TODO]
        ready = [s for s in desk.steps if s.step.state is StepState.TODO and s.reached]
        later = [s for s in desk.steps if not s.reached]
        lines = [_step_line(step) for step in ran]
        if desk.ended:
            lines.append(_Line(_WORDS, tr("办理结果：{ended}", ended=said(desk.ended))))
        lines += [_Line(_ON, tr("转入{title}", title=said(title)), name) for name, title in desk.continues]
        if ready:
            lines += [_Line(_WORDS, tr("接下来")), *map(_step_line, ready)]
        if later:
            lines.append(_Line(_FOLD, tr("收起以后的环节") if self._all
                               else tr("以后的环节（{later_count}）", later_count=len(later))))
            lines += [_step_line(step) for step in later if self._all or step.step.id == here]
        return lines

    def _made(self, line: _Line) -> QWidget:
        if line.what == _WORDS:
            return label(line.words, "muted", wrap=True)
        if line.what == _ON:
            on = button(line.words, "action")
            on.clicked.connect(lambda: self.taken_on.emit(line.name))
            return on
        if line.what == _FOLD:
            fold = button(line.words, "link")
            fold.clicked.connect(self._fold)
            return fold
        step, made = StepId(line.name), StepButton(line)
        made.clicked.connect(lambda: self.chosen.emit(step))
        self.buttons[step] = made
        return made

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
        self._read = []
        self.buttons = {}
        clear(self._column)

    def _fold(self) -> None:
        self._all = not self._all
        if self._shown is not None:
            _desk, here = self._shown
            self.show_desk(*self._shown)
            QTimer.singleShot(0, self, lambda: self.hold(here))  # Once the new buttons are in sight.
