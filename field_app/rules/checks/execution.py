"""Execution: payment, surcharge, instalments, remedies, demand, court, and force by day only."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from field_app.domain.clock import CHINA
from field_app.domain.reasons import Level, Reason
from field_app.domain.workdays import YearUnknown
from field_app.rules.checks.filing import years_later
from field_app.rules.checks.findings import (
    UNTOLD,
    Checklist,
    Checks,
    Timed,
    aware,
    computed,
    confirmed,
    lacking,
    last_day,
    not_before,
    term_kept,
    unknown,
)
from field_app.rules.deadlines import Question, Suspension, add_length
from field_app.rules.table import RuleTable
from field_app.rules.terms import find_term

_SATURDAY = 5


@dataclass(frozen=True)
class PaymentFacts:
    """When the decision was served and the last day to pay it tells."""

    served: date | None = None
    told_due: date | None = None


@dataclass(frozen=True)
class SurchargeFacts:
    """A surcharge in fen, what it is of, and the days it runs; ``suspended``: remedies."""

    principal: int | None = None
    term_ended: date | None = None
    until: date | None = None
    fee: int | None = None
    suspended: tuple[Suspension, ...] = ()


@dataclass(frozen=True)
class InstalmentFacts:
    """Instalments in fen, the fine, and whether asked for and approved; surcharge within them."""

    fine: int | None = None
    parts: tuple[int, ...] | None = None
    asked: bool | None = None
    approved: bool | None = None
    surcharged: bool = False


@dataclass(frozen=True)
class RemedyTerms:
    """When served and used, and whether the paper told the remedies."""

    served: date | None = None
    told: bool | None = None
    reconsidered: date | None = None
    sued: date | None = None


@dataclass(frozen=True)
class StandstillFacts:
    """Whether execution was stopped because of a remedy, and by a lawful decision."""

    stopped: bool | None = None
    ordered: bool | None = None


@dataclass(frozen=True)
class CourtFacts:
    """Days that an application to the court depends on."""

    served: date | None = None
    reconsideration_served: date | None = None
    paid_until: date | None = None
    applied: date | None = None
    today: date | None = None


@dataclass(frozen=True)
class OverdueFacts:
    """How long a surcharge runs, the demand, and whether the agency has force of its own."""

    surcharge_days: int | None = None
    demanded: bool | None = None
    acted: bool | None = None


@dataclass(frozen=True)
class ForceFacts:
    """When force is used; ``urgent`` lets it be at any time; ``cuts``: water, power, heat, gas."""

    at: datetime | None = None
    urgent: bool | None = None
    cuts_supply: bool | None = None

    def __post_init__(self) -> None:
        aware(self.at)


@dataclass(frozen=True)
class BuildingFacts:
    """An unlawful building: announced, remedies over, and the day of demolition."""

    announced: date | None = None
    remedies_over: date | None = None
    demolished: date | None = None


@dataclass(frozen=True)
class PerformanceFacts:
    """Performance by another: its demand and day; ``at_once``: what must be cleared at once."""

    demand_served: date | None = None
    performed: date | None = None
    at_once: bool | None = None
    told: Checklist = UNTOLD


@dataclass(frozen=True)
class SuspendedExecution:
    """Execution suspended, and whether it was resumed or ended."""

    suspended: date | None = None
    resumed: bool | None = None
    ended: bool | None = None
    today: date | None = None


def time_to_pay(facts: PaymentFacts, *, table: RuleTable) -> list[Reason]:
    """EX-01: fifteen days from service, moved off a day off."""
    row = table["EX-01"]
    missing = lacking(row, {"决定书送达日": facts.served, "缴款期限": facts.told_due})
    if missing or facts.served is None or facts.told_due is None:
        return missing
    last = last_day(row, "EX-01.pay", Question(facts.served), table)
    if isinstance(last, Reason):
        return [last]
    if facts.told_due >= last:
        return []
    return [row.reason(f"缴款期限填的是{facts.told_due}，自送达日起算到{last}")]


def surcharge_right(facts: SurchargeFacts, *, table: RuleTable) -> list[Reason]:
    """EX-02: three hundredths a day, to the fen, never above the principal."""
    row = table["EX-02"]
    missing = lacking(row, {"罚款本金": facts.principal, "缴纳期限届满日": facts.term_ended,
                            "计算到的日期": facts.until, "加处罚款": facts.fee})
    if missing or facts.term_ended is None or facts.fee is None or facts.principal is None:
        return missing
    if facts.fee > facts.principal:
        return [row.reason("加处罚款超出本金", level=Level.BLOCK)]
    answer = computed(row, "EX-02.surcharge", Question(
        facts.term_ended, amount=facts.principal, paid=facts.until, suspended=facts.suspended),
        table)
    if isinstance(answer, Reason):
        return [answer]
    if answer.fen == facts.fee or answer.fen is None:
        return []
    return [row.reason(f"填的是{facts.fee / 100:.2f}元，计算为{answer.fen / 100:.2f}元")]


def instalments(facts: InstalmentFacts, *, table: RuleTable) -> list[Reason]:
    """EX-03: asked for, approved, adding up; no surcharge meanwhile."""
    row = table["EX-03"]
    found = lacking(row, {"罚款数额": facts.fine, "各期金额": facts.parts,
                          "当事人是否申请": facts.asked, "是否批准": facts.approved})
    if facts.asked is False:
        found.append(row.reason("没有当事人的申请"))
    if facts.approved is False:
        found.append(row.reason("没有批准"))
    if facts.parts is not None and facts.fine is not None and sum(facts.parts) != facts.fine:
        found.append(row.reason(f"各期合计{sum(facts.parts) / 100:.2f}元，罚款{facts.fine / 100:.2f}元"))
    if facts.surcharged:
        found.append(row.reason("延期、分期期间加处了罚款"))
    return found


def remedy_in_time(facts: RemedyTerms, *, table: RuleTable) -> list[Reason]:
    """EX-04: sixty days and six months; a year where the paper did not tell of it."""
    row = table["EX-04"]
    missing = lacking(row, {"决定书送达日": facts.served, "是否告知救济期限": facts.told})
    if missing or facts.served is None:
        return missing
    if not facts.told:
        late = [f"没有告知救济期限，最长到{years_later(facts.served, row.values['untold_years'])}"]
        return [row.reason(text, level=Level.WARN) for text in late]
    found = []
    for term, done in (("EX-04.reconsider", facts.reconsidered), ("EX-04.sue", facts.sued)):
        if done is not None:
            found += term_kept(Timed(facts.served, done), table=table, rule="EX-04", term=term)
    return found


def goes_on(facts: StandstillFacts, *, table: RuleTable) -> list[Reason]:
    """EX-06: remedies do not stop execution by themselves."""
    row = table["EX-06"]
    if facts.stopped is None:
        return unknown(row, ["是否停止执行"])
    return [row.reason("停止执行没有依据")] if facts.stopped and not facts.ordered else []


def demand_over(facts: Timed, *, table: RuleTable) -> list[Reason]:
    """EX-08: only after ten full working days from service of the demand."""
    row = table["EX-08"]
    if facts.done is None:
        return unknown(row, ["申请日期"])
    return term_kept(facts, table=table, rule="EX-08", term="EX-08.earliest_filing")


def _window(facts: CourtFacts, table: RuleTable) -> tuple[date, date] | Reason | None:
    """First and last day to ask the court; None while nothing was served."""
    row = table["EX-09"]
    start, term = facts.reconsideration_served, "EX-09.reconsidered"
    if start is None:
        start, term = facts.served, "EX-09.no_remedy"
    if start is None:
        return None
    answer = computed(row, term, Question(start), table)
    if isinstance(answer, Reason):
        return answer
    opens, due = answer.opens, answer.statutory_last
    if opens is None or due is None:
        raise ValueError(f"{term} is no window")
    if facts.paid_until is not None and facts.paid_until > opens:
        # 行政处罚法 article 72: where payment was put off, the time runs from its end.
        return facts.paid_until, add_length(facts.paid_until, find_term(term).length,
                                            table.calendar)
    return opens, due


def court_window(facts: CourtFacts, *, table: RuleTable) -> list[Reason]:
    """EX-09: in the three months after the time to sue; after instalments, from their end."""
    row, window = table["EX-09"], _window(facts, table)
    if window is None:
        return unknown(row, ["决定书送达日"])
    if isinstance(window, Reason):
        return [window]
    opens, due = window
    if facts.applied is None:
        late = facts.today is not None and facts.today > due
        return [row.reason(f"申请期限{due}已经届满", level=Level.WARN)] if late else []
    if facts.applied < opens:
        return [row.reason(f"{facts.applied}申请，起诉期限到{opens}才届满")]
    return [row.reason(f"{facts.applied}申请，期限{due}已经届满")] if facts.applied > due else []


def demand_then_force(facts: OverdueFacts, *, table: RuleTable) -> list[Reason]:
    """EX-11: after thirty days of surcharge and a demand, execution goes on."""
    row = table["EX-11"]
    if facts.surcharge_days is None:
        return unknown(row, ["加处罚款的天数"])
    if facts.surcharge_days <= row.values["days"] or facts.acted:
        return []
    if facts.demanded:
        return [row.reason(f"加处罚款已{facts.surcharge_days}天，经催告仍不履行")]
    return [row.reason(f"加处罚款已{facts.surcharge_days}天，还没有催告")]


def by_day_only(facts: ForceFacts, *, table: RuleTable) -> list[Reason]:
    """EX-12: not at night, not on legal holidays but in urgency; never cutting off supply."""
    row = table["EX-12"]
    found = [row.reason("停止居民生活的水、电、热、气供应")] if facts.cuts_supply else []
    if facts.at is None:
        return found + unknown(row, ["实施时间"])
    if facts.urgent:
        return found
    # Urgency lifts the bar; while nobody said, an officer may still tell it as the reason.
    level = Level.WARN if facts.urgent is None else None
    at = facts.at.astimezone(CHINA)
    if at.hour >= row.values["night_from"] or at.hour < row.values["night_to"]:
        found.append(row.reason(f"{at:%H:%M}是夜间", level=level))
    try:
        off = not table.calendar.is_workday(at.date())
    except YearUnknown as error:
        return found + unknown(row, [f"{error.year}年的放假安排"])
    if off and at.weekday() >= _SATURDAY:
        # The calendar does not tell a plain weekend from one within a legal holiday.
        found.append(row.reason(f"{at:%Y-%m-%d}是周末，可能在法定节假日内", level=Level.WARN))
    elif off:
        found.append(row.reason(f"{at:%Y-%m-%d}是法定节假日", level=level))
    return found


def demolition_ready(facts: BuildingFacts, *, table: RuleTable) -> list[Reason]:
    """EX-13: announced first, and all remedies over before it comes down."""
    row = table["EX-13"]
    if facts.demolished is None:
        return []
    if facts.announced is None:
        return [row.reason("没有公告限期自行拆除")]
    found = not_before(row, ("公告日期", facts.announced), ("拆除日期", facts.demolished))
    if facts.remedies_over is None:
        return found + unknown(row, ["复议、诉讼期限届满日"])
    if facts.demolished <= facts.remedies_over:
        found.append(row.reason(f"{facts.demolished}拆除，复议、诉讼期限到{facts.remedies_over}才届满"))
    return found


def performed_after_demand(facts: PerformanceFacts, *, table: RuleTable) -> list[Reason]:
    """EX-14: decided, demanded three working days before, watched over and signed."""
    row = table["EX-14"]
    found = confirmed(facts.told, table=table, rule="EX-14")
    if facts.at_once:
        return found
    missing = lacking(row, {"代履行催告书送达日": facts.demand_served, "代履行日期": facts.performed})
    return found + (missing or term_kept(
        Timed(facts.demand_served, facts.performed), table=table, rule="EX-14",
        term="EX-14.earliest_performance"))


def suspended_too_long(facts: SuspendedExecution, *, table: RuleTable) -> list[Reason]:
    """EX-15: three years suspended and not resumed: it ends."""
    if facts.resumed or facts.ended:
        return []
    return term_kept(Timed(facts.suspended, None, facts.today), table=table, rule="EX-15",
                     term="EX-15.end_of_execution")


CHECKS: Checks = {
    "EX-01": time_to_pay, "EX-02": surcharge_right, "EX-03": instalments,
    "EX-04": remedy_in_time, "EX-05": partial(term_kept, rule="EX-05", term="EX-05.sue"),
    "EX-06": goes_on, "EX-07": partial(confirmed, rule="EX-07"), "EX-08": demand_over,
    "EX-09": court_window, "EX-10": partial(confirmed, rule="EX-10"),
    "EX-11": demand_then_force, "EX-12": by_day_only, "EX-13": demolition_ready,
    "EX-14": performed_after_demand, "EX-15": suspended_too_long}
