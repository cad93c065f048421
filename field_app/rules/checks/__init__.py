"""One pure function for each rule that can be computed: facts of the day in, reasons out.

Facts that are None are not known: that is told (``Level.INFO``), never guessed.
"""

from datetime import date
from types import MappingProxyType

from field_app.domain.reasons import Level, Reason
from field_app.domain.workdays import Calendar
from field_app.rules.checks import (
    authority,
    coercion,
    decision,
    evidence,
    execution,
    filing,
    hearing,
    inspection,
    notice,
    people,
    publication,
    records,
    review,
    service,
    summary,
    supervision,
    terms_and_clocks,
    transfer,
)
from field_app.rules.checks.findings import Checks
from field_app.rules.table import RuleNotInForce, rules_at

_TRADES: tuple[Checks, ...] = (
    terms_and_clocks.CHECKS, authority.CHECKS, people.CHECKS, inspection.CHECKS, filing.CHECKS,
    evidence.CHECKS, coercion.CHECKS, notice.CHECKS, decision.CHECKS, hearing.CHECKS,
    review.CHECKS, summary.CHECKS, transfer.CHECKS, service.CHECKS, execution.CHECKS,
    publication.CHECKS, supervision.CHECKS, records.CHECKS)

CHECKS: Checks = MappingProxyType(
    {rule: check for trade in _TRADES for rule, check in trade.items()})


def check(rule: str, facts: object, *, day: date, calendar: Calendar | None = None) -> list[Reason]:
    """What ``rule`` says of ``facts`` by the table in force on the ``day`` of the act.

    ``facts`` is the dataclass the rule's function takes; a rule without a row for that day is told
    as one that must be looked up. ``KeyError`` for a rule without a function.
    """
    table = rules_at(day, calendar=calendar)
    try:
        return CHECKS[rule](facts, table=table)
    except RuleNotInForce as error:
        return [error.row.reason(f"{day}适用的规定本机没有收录", level=Level.INFO,
                                 remedy="请查阅当时的规定，人工核对")]


def known(found: list[Reason]) -> list[Reason]:
    """Findings without those that only tell what is not known."""
    return [reason for reason in found if reason.level is not Level.INFO]
