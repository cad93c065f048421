"""下一步 (F4): the one key that goes on with the work, wherever the officers are."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton

from field_app.actions.case_desk import Desk, DeskStep
from field_app.domain.case import PaperState, StepState
from field_app.domain.ids import StepId
from field_app.rules.procedure_model import Need
from field_app.ui.language import said, tr

if TYPE_CHECKING:
    from field_app.ui.desk_page import DeskPage

_MOST_READY = 4


def following(desk: Desk, here: StepId) -> StepId | None:
    """The step to go to after ``here``: one in hand, else the first that its end leads to.

    What was begun in the midst of another step (先行登记保存 during an inspection) first goes on to its own end.
    """
    steps = [s for s in desk.steps if s.step.id != here]
    at = next(s for s in desk.steps if s.step.id == here)
    ready = _ready(desk, here)
    led = [s for s in ready if any(
        r.step == at.step.kind and r.met_by(at.step.outcome) for r in s.rule.after)]
    in_hand = [s for s in steps if s.step.state is StepState.NOW]
    if in_hand:
        own = [s for s in led if any(r.step == at.step.kind and r.outcomes for r in s.rule.after)]
        midst = all(s.step.started and at.step.started and s.step.started < at.step.started for s in in_hand)
        return (own if own and midst else in_hand)[0].step.id
    # What owes papers comes before what may be left, what this very end leads to before what any would.
    led.sort(key=lambda s: (not _musts(s), not any(r.step == at.step.kind and r.outcomes for r in s.rule.after)))
    return led[0].step.id if led else ready[0].step.id if ready else None


def ended_words(desk: Desk, here: StepId) -> str:
    """What to tell once ``here`` is ended: what can be done now, and where the next key leads."""
    ready, titles = _ready(desk, here), {s.step.id: tr("“{title}”", title=said(s.rule.title)) for s in desk.steps}
    if not ready or (after := following(desk, here)) is None:
        return ""
    return tr("{ended}已完成。接下来可以办：{ready}。按 F4 去{next}。", ended=titles[here], next=titles[after],
              ready=tr("、").join(titles[s.step.id] for s in ready[:_MOST_READY]))


def _ready(desk: Desk, here: StepId) -> list[DeskStep]:
    return [s for s in desk.steps if s.step.id != here and s.step.state is StepState.TODO and s.reached
            and s.can_begin]


def _musts(step: DeskStep) -> bool:
    return any(d.kind == "paper" and d.need is Need.MUST for d in step.debts)


def go_on(page: "DeskPage") -> str:
    """Do the next thing on the desk; returns what to tell, empty when it is plain to see."""
    if page.editor is not None:
        if page.editor.paper.state is PaperState.DRAFT:
            page.editor.next_open()
            return ""
        page.leave_paper()  # Nothing is left to fill in: on with the step.
    desk, here = page.desk, page.here
    if desk is None or here is None:
        return ""
    step = next(s for s in desk.steps if s.step.id == here)
    draft = next((p for p in step.papers if p.state is PaperState.DRAFT), None)
    if draft is not None:
        page.open_paper(draft)
        return ""
    if step.step.state is StepState.DONE or (
            step.step.state is StepState.TODO and not step.can_begin):
        after = following(desk, here)
        if after is None:
            return tr("本案没有等着办的环节了。办完的，点“封存报送”。")
        page.choose(after)
        return ""
    return _in_step(page, step)


def _in_step(page: "DeskPage", step: DeskStep) -> str:
    if step.step.state is StepState.TODO:
        page.step.begin.emit()
        return ""
    for make in page.step.owed_buttons():
        _press(make)
        return ""
    page.step.focus_end()
    return ""


def _press(made: QPushButton) -> None:
    """A button with a menu only gets the focus: which of its papers is the officer's choice."""
    if made.menu() is None:
        made.click()
    else:
        made.setFocus()
        made.menu().popup(made.mapToGlobal(made.rect().bottomLeft()))
        made.menu().setActiveAction(made.menu().actions()[0])
