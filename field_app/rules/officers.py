"""Who may act: two qualified officers with valid certificates and fresh trust."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from field_app.domain.people import Officer, Role
from field_app.domain.reasons import Reason
from field_app.rules.table import rules

MINIMUM = 2


def may_act(officers: Sequence[Officer], *, at: datetime) -> list[Reason]:
    """Reasons why these officers may not act together at ``at`` (PE-01, PE-03, PE-05)."""
    table, found = rules(), []
    for officer in officers:
        if officer.role is not Role.QUALIFIED:
            found.append(table["PE-05"].reason(f"{officer.name}是辅助人员"))
        elif not officer.valid_from <= at <= officer.valid_to:
            found.append(table["PE-03"].reason(f"{officer.name}的执法证不在有效期内"))
    numbers = {o.cert_no for o in officers if o.role is Role.QUALIFIED}
    if len(numbers) < MINIMUM:
        found.append(table["PE-01"].reason(f"现只有{len(numbers)}名执法人员"))
    return found


def may_open_case(officers: Sequence[Officer], *, at: datetime, trust_age: timedelta,
                  refuse_after: timedelta) -> list[Reason]:
    """Reasons why no new case may be opened now."""
    found = may_act(officers, at=at)
    if trust_age > refuse_after:
        found.append(rules()["TRUST-30"].reason(f"信任包已有{trust_age.days}天"))
    return found
