"""Takes headquarters' plan of inspections into the store: whole, in place of the one before."""

from datetime import datetime
from typing import Any

from field_app.actions.applied import Applied
from field_app.actions.context import Session
from field_app.actions.plan import HEADQUARTERS, PlanFacts, cause_of, stored_facts
from field_app.protocol.orders import Order
from field_app.protocol.plan_order import InspectionPlan, PlannedLine
from field_app.storage import kept, plans
from field_app.storage.plans import StoredPlan

_TAKEN = "headquarters_plan"
_GONE = "总部新的检查计划里没有这一项"


def _plan(told: PlannedLine, at: datetime, title: str) -> StoredPlan:
    facts = PlanFacts(told.name, told.party_type, told.place, told.uscc, told.matters, told.kind,
                      cause_of(told.kind, told.matters))
    return StoredPlan(HEADQUARTERS + told.code, {**stored_facts(facts), "source": title},
                      told.first, told.last, at)


def take_plan(session: Session, order: Order, body: dict[str, Any], _sha256: str) -> Applied:
    """Lines that are new or changed are put, those no longer told are cancelled; what was begun from a
    line stays tied to it. A plan that headquarters made earlier than the one here changes nothing."""
    told = InspectionPlan.from_json(body)
    title = f"检查计划：{told.title}，{len(told.lines)}项"
    with session.begin() as tx:
        before = kept.get(tx, _TAKEN)
        if isinstance(before, str) and order.at <= datetime.fromisoformat(before):
            return Applied(title, older=True, problem="本机已有总部更新的检查计划。")
        now = {line.id for line in plans.of_prefix(tx, HEADQUARTERS)}
        wanted = [_plan(line, session.at, told.title) for line in told.lines]
        for line in wanted:
            plans.put(tx, line)
        gone = sorted(now - {line.id for line in wanted})
        for line_id in gone:
            plans.cancel(tx, line_id, at=session.at, reason=_GONE)
        kept.put(tx, _TAKEN, order.at.isoformat())
    return Applied(title, facts={"lines": len(told.lines), "withdrawn": len(gone)})
