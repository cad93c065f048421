"""What papers of a case that was planned begin with: the kind of inspection, its matters, their bases."""

from typing import Any

from field_app.actions.catalogues import catalogue_in_use
from field_app.actions.context import Session
from field_app.actions.plan import plan_line
from field_app.actions.prefill import INSPECTION_FORMS, inspection_bases
from field_app.domain.case import Case
from field_app.domain.clock import CHINA
from field_app.errors import UserError
from field_app.storage import plans
from field_app.storage.store import Tx


def plan_answers(session: Session, tx: Tx, form: str, case: Case) -> dict[str, Any]:
    """Answers for the approval and the notice; empty for other forms and cases that were not planned."""
    line = plans.line_of(tx, case.id) if form in INSPECTION_FORMS else ""
    if not line:
        return {}
    try:
        told, catalogue = plan_line(session, tx, line).facts, catalogue_in_use(session)
    except UserError:
        return {}  # Headquarters took the line out of its plan; the case goes on without it.
    day = case.opened.astimezone(CHINA).date()
    found = [catalogue.matter(name, day) for name in told.matters] if catalogue is not None else []
    bases = dict.fromkeys(b for m in found if m is not None for b in inspection_bases(m))
    made: dict[str, Any] = {"check_type": told.kind, "task_source": "计划"}
    if len(told.matters) > 1:
        made |= {"check_items": list(told.matters), "check_item_ids": list(told.matters),
                 "legal_basis": list(bases)}
    return made
