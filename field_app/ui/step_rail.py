"""The steps of a case down the left: state, and the two debts of each, papers and recordings."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from field_app.actions.case_desk import Desk, DeskStep
from field_app.domain.case import StepState
from field_app.domain.ids import StepId
from field_app.rules.procedure_model import Need
from field_app.ui.parts import chip, clear, label

_STATES = {
    StepState.TODO: ("未开始", "plain"), StepState.NOW: ("办理中", "soon"),
    StepState.DONE: ("已完成", "plain"), StepState.SKIPPED: ("不需要", "plain")}


def debt_words(step: DeskStep) -> tuple[str, str]:
    """What a step still owes, in a few words, and their style."""
    papers = [d for d in step.owes if d.kind == "paper" and d.need is not Need.MAY]
    recordings = [d for d in step.owes if d.kind == "recording" and d.need is not Need.MAY]
    words = []
    if papers:
        words.append(f"{len(papers)}份文书")
    if recordings:
        words.append("录音录像")
    if step.unsigned:
        words.append("签字件")
    if not words:
        return "文书、音像齐全", "muted"
    return "欠" + "、".join(words), "warning" if step.step.state is not StepState.TODO else "muted"


class StepButton(QPushButton):
    """One step: number, title, state, debts."""

    def __init__(self, step: DeskStep) -> None:
        super().__init__()
        self.setObjectName("step")
        self.setCheckable(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(4)
        words, tone = _STATES[step.step.state]
        top = QHBoxLayout()
        top.addWidget(label(f"{step.step.ordinal + 1}　{step.rule.title}"), 1)
        top.addWidget(chip(words, tone))
        owed, style = debt_words(step)
        column.addLayout(top)
        column.addWidget(label(owed, style))
        self.setAccessibleName(f"{step.rule.title}，{words}，{owed}")
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


class StepRail(QFrame):
    """All steps; the chosen one is framed."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setFixedWidth(232)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(10, 12, 10, 12)
        self._column.setSpacing(6)
        self.buttons: dict[StepId, StepButton] = {}

    def show_desk(self, desk: Desk, here: StepId) -> None:
        """Show all steps of a case with ``here`` chosen."""
        clear(self._column)
        self.buttons = {}
        for step in desk.steps:
            made = StepButton(step)
            made.setChecked(step.step.id == here)
            made.clicked.connect(lambda _=False, i=step.step.id: self.chosen.emit(i))
            self.buttons[step.step.id] = made
            self._column.addWidget(made)
        self._column.addStretch(1)
