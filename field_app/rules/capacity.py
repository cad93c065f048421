"""The three capacities (法定, 赋权, 委托): what an entrusted organization may not do."""

from field_app.domain.reasons import Reason
from field_app.rules.table import rules

ENTRUSTED = "委托"


def may_make(form: str, *, capacity: str) -> list[Reason]:
    """Reasons why a paper may not be made in this capacity (AU-05: no coercive measures)."""
    rule = rules()["AU-05"]
    return [rule.reason()] if capacity == ENTRUSTED and form in rule.forms else []
