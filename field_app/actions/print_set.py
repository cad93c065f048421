"""All papers of one step in the order the procedure asks for them, ready to be printed at once."""

from dataclasses import dataclass

from field_app.actions.case_desk import case_desk
from field_app.actions.context import Session
from field_app.actions.print_document import PrintItem, paper_item
from field_app.domain.case import PaperState
from field_app.domain.ids import CaseId, StepId
from field_app.rules.procedure_model import Need


@dataclass(frozen=True)
class PrintSet:
    """``items`` in order; ``missing``: titles of owed papers that are not issued yet."""

    items: tuple[PrintItem, ...]
    missing: tuple[str, ...]


def step_papers(session: Session, case: CaseId, step: StepId) -> PrintSet:
    """Every issued paper of the step with its form's copies: owed ones first, in their order."""
    desk = case_desk(session, case)
    here = next(s for s in desk.steps if s.step.id == step)
    order = [debt.key for debt in here.debts if debt.kind == "paper"]
    issued = [p for p in here.papers if p.state is PaperState.ISSUED]
    issued.sort(key=lambda p: order.index(p.form) if p.form in order else len(order))
    drafts = [p.title for p in here.papers if p.state is PaperState.DRAFT]
    owed = [d.text for d in here.owes if d.kind == "paper" and d.need is not Need.MAY]
    return PrintSet(tuple(paper_item(p) for p in issued), tuple(dict.fromkeys([*owed, *drafts])))
