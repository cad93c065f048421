"""What the rules say of a planned inspection before it is made: how often, and what is close by."""

from datetime import date

from field_app.actions.case_around import inspected_days
from field_app.actions.catalogues import catalogue_in_use, own_name
from field_app.actions.context import Session
from field_app.actions.plan import PlanFacts, PlanLine
from field_app.domain.clock import CHINA
from field_app.domain.reasons import Reason
from field_app.rules.checks import check
from field_app.rules.checks.inspection import FrequencyFacts
from field_app.storage.store import Tx

_ENTERPRISES = frozenset({"个体工商户", "法人", "其他组织"})


def _limit(session: Session, told: PlanFacts, day: date) -> int | None:
    """The lowest yearly limit that the catalogue tells for the matters of a line."""
    catalogue = catalogue_in_use(session)
    if catalogue is None:
        return None
    found = (catalogue.matter(name, day) for name in told.matters)
    told_limits = [catalogue.yearly_limit(m.agency.code, m.field, day) for m in found if m is not None]
    if not told.matters:
        own = next((r["code"] for r in catalogue.at("agency", day) if r["name"] == own_name(session)), "")
        told_limits = [catalogue.yearly_limit(own, "不限", day)]
    return min((n for n in told_limits if n is not None), default=None)


def _earlier(tx: Tx, told: PlanFacts) -> tuple[date, ...] | None:
    """Days of earlier inspections; unknown without a number that names the party."""
    return inspected_days(tx, told.uscc) if told.uscc else None


def plan_reasons(session: Session, line: PlanLine) -> list[Reason]:
    """IN-04 and IN-06 for a line that waits, judged as if it were inspected today or, where its time
    has not come, on its first day; each finding carries its law and how sure it is."""
    if not line.open or line.facts.party_type not in _ENTERPRISES:
        return []
    day = max(session.at.astimezone(CHINA).date(), line.first)
    with session.begin() as tx:
        earlier = _earlier(tx, line.facts)
    facts = FrequencyFacts(earlier, day, _limit(session, line.facts, day), line.facts.kind, line.facts.note)
    return [*check("IN-04", facts, day=day), *_merging(facts, day)]


def _merging(facts: FrequencyFacts, day: date) -> list[Reason]:
    """That nothing is known was told by IN-04 already."""
    return [] if facts.earlier is None else list(check("IN-06", facts, day=day))
