"""Terms against an independent calendar library, across Spring Festival and National Day of 2024-2026."""

from calendar import monthrange
from datetime import date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.domain.clock import CHINA
from field_app.domain.workdays import Calendar, YearUnknown, shipped_calendar
from field_app.rules.deadlines import DeadlineRefused, Question, Suspension, compute
from field_app.rules.terms import Length, Side, Term, TermKind, TermUnknown, find_term, terms

DAY = timedelta(days=1)
# The eve of long holidays, days off themselves, worked weekends, month ends, 29 February.
STARTS = [date.fromisoformat(d) for d in (
    "2024-02-04", "2024-02-09", "2024-02-17", "2024-02-29", "2024-04-30", "2024-09-29", "2024-10-07",
    "2025-01-24", "2025-01-26", "2025-01-27", "2025-02-03", "2025-04-25", "2025-09-28", "2025-09-30",
    "2025-10-11", "2025-12-31", "2026-01-04", "2026-01-31", "2026-02-10", "2026-02-13", "2026-02-14",
    "2026-02-22", "2026-02-28", "2026-04-30")]
COUNTED = [t for t in terms().values()
           if t.length.unit in ("day", "workday", "month") and t.kind is not TermKind.MONEY]


def worked(day: date) -> bool:
    return bool(chinese_calendar.is_workday(day))


def nth_workday(day: date, count: int, step: int = 1) -> date:
    while count:
        day += step * DAY
        count -= worked(day)
    return day


def last_day(day: date, length: Length) -> date:
    """Told the slow way: every day looked at, months by their names."""
    if length.unit == "workday":
        return nth_workday(day, length.amount)
    if length.unit == "day":
        for _ in range(length.amount):
            day += DAY
        return day
    year, month = day.year, day.month
    for _ in range(length.amount):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def moved(day: date, side: Side) -> date:
    while not worked(day):
        day += DAY if side is Side.PARTY else -DAY
    return day


@pytest.mark.parametrize("start", STARTS, ids=str)
@pytest.mark.parametrize("term", COUNTED, ids=lambda t: t.id)
def test_each_term_agrees_with_the_judge(term: Term, start: date) -> None:
    answer = compute(term, Question(start), shipped_calendar())
    if term.kind is TermKind.LATEST:
        assert answer.due is not None and isinstance(answer.due, date)
        assert worked(answer.due)
        assert nth_workday(answer.due, term.length.amount) <= start
        following = nth_workday(answer.due, 1)
        assert nth_workday(following, term.length.amount) > start
        return
    base = start
    if term.opens is not None:
        base = moved(last_day(start, term.opens), Side.PARTY)
        assert answer.opens == base
    last = last_day(base, term.length)
    if last.year > 2026:
        assert answer.unknown_years == (last.year,)
        return
    if not term.fixed:
        last = moved(last, term.side)
    if term.next_day:
        last += DAY
    assert (answer.earliest if term.kind is TermKind.EARLIEST else answer.due) == last
    assert str(last) in answer.explanation and term.law in answer.explanation


@given(st.dates(date(2019, 1, 1), date(2026, 12, 31)))
def test_every_day_agrees_with_the_judge(day: date) -> None:
    assert shipped_calendar().is_workday(day) is worked(day)


@pytest.mark.parametrize(("name", "start", "side", "due"), [
    ("EV-09.dispose", "2026-02-10", None, "2026-02-26"),
    ("EX-01.pay", "2026-01-30", None, "2026-02-14"),      # a worked Saturday is no day off
    ("EX-01.pay", "2025-12-18", None, "2026-01-04"),      # 2 January off, 3 a Saturday, 4 worked
    ("EX-01.pay", "2025-12-18", "agency", "2025-12-31"),
    ("EX-04.sue", "2025-08-31", None, "2026-02-28"),      # no 31 February; a worked Saturday
    ("EX-04.sue", "2024-08-29", "party", "2025-02-28"),
    ("DC-05.decide", "2025-11-19", None, "2026-02-14"),   # 17 February is a holiday: brought forward
    ("SV-06.deemed_served", "2026-01-18", None, "2026-02-17"),  # a legal effect never moves
    ("EX-15", "2024-02-29", None, "2027-02-28"),
])
def test_known_cases(name: str, start: str, side: str | None, due: str) -> None:
    answer = compute(find_term(name), Question(
        date.fromisoformat(start), side=None if side is None else Side(side)), shipped_calendar())
    assert answer.due == date.fromisoformat(due)


def test_hours_run_by_the_clock() -> None:
    begun = datetime(2026, 2, 16, 22, 30, tzinfo=CHINA)
    assert compute(find_term("CM-03"), Question(begun), shipped_calendar()).due \
        == datetime(2026, 2, 17, 22, 30, tzinfo=CHINA)
    with pytest.raises(DeadlineRefused, match="时刻"):
        compute(find_term("CM-03"), Question(date(2026, 2, 16)), shipped_calendar())


def test_suspended_days_do_not_count_once_each() -> None:
    term, start = find_term("DC-05"), date(2026, 3, 2)
    plain = compute(term, Question(start), shipped_calendar()).statutory_last
    spans = (Suspension(date(2026, 4, 1), date(2026, 4, 10)),
             Suspension(date(2026, 4, 5), date(2026, 4, 12)),   # overlapping
             Suspension(date(2026, 1, 1), date(2026, 1, 31)),   # before the term
             Suspension(date(2026, 6, 10), date(2026, 6, 11)))  # begins in the days added
    later = compute(term, Question(start, suspended=spans), shipped_calendar()).statutory_last
    assert plain is not None and later == plain + timedelta(days=14)
    workdays = compute(find_term("EV-09"), Question(
        date(2026, 3, 2), suspended=(Suspension(date(2026, 3, 4), date(2026, 3, 8)),)),
        shipped_calendar())
    assert workdays.due == date(2026, 3, 16)  # 3, 9-13, 16 March
    with pytest.raises(DeadlineRefused, match="早于"):
        Suspension(date(2026, 3, 2), date(2026, 3, 1))


@pytest.mark.parametrize(("amount", "paid", "fen"), [
    (1_000_000, "2026-02-11", 30_000), (1_000_000, "2026-02-10", 0), (1_000_000, "2026-02-01", 0),
    (1_000_000, "2026-03-15", 990_000), (1_000_000, "2026-03-16", 1_000_000),
    (1_000_000, "2030-01-01", 1_000_000), (33, "2026-02-11", 1), (0, "2026-12-31", 0)])
def test_surcharge_is_capped_by_the_principal(amount: int, paid: str, fen: int) -> None:
    question = Question(date(2026, 2, 10), amount=amount, paid=date.fromisoformat(paid))
    assert compute(find_term("EX-02"), question, shipped_calendar()).fen == fen


def test_surcharge_stands_still_during_remedies() -> None:
    span = (Suspension(date(2026, 2, 12), date(2026, 3, 31)),)
    question = Question(date(2026, 2, 10), amount=1_000_000, paid=date(2026, 4, 2), suspended=span)
    answer = compute(find_term("EX-02"), question, shipped_calendar())
    assert answer.fen == 3 * 30_000
    with pytest.raises(DeadlineRefused, match="本金"):
        compute(find_term("EX-02"), Question(date(2026, 2, 10)), shipped_calendar())


def test_a_seizure_lasts_as_decided_within_the_law() -> None:
    term = find_term("CM-05")

    def due(term_days: int | None = None, extension_days: int = 0) -> date | datetime | None:
        return compute(term, Question(date(2026, 3, 2), term_days=term_days,
                                      extension_days=extension_days), shipped_calendar()).due

    assert due() == date(2026, 4, 1)
    assert due(term_days=10) == date(2026, 3, 12)
    assert due(term_days=30, extension_days=30) == date(2026, 4, 30)  # 1 May brought forward
    for decided, extended in ((31, 0), (0, 0), (None, 31)):
        with pytest.raises(DeadlineRefused, match="不得超过"):
            due(decided, extended)
    with pytest.raises(DeadlineRefused, match="不能另定"):
        compute(find_term("EV-09"), Question(date(2026, 3, 2), term_days=5), shipped_calendar())


def test_an_unknown_year_is_told_not_guessed() -> None:
    with pytest.raises(DeadlineRefused, match="2027年"):
        compute(find_term("EV-09"), Question(date(2026, 12, 28)), shipped_calendar())
    answer = compute(find_term("EX-04.sue"), Question(date(2026, 8, 1)), shipped_calendar())
    assert answer.due == date(2027, 2, 1) and answer.unknown_years == (2027,)
    assert "还不知道" in answer.explanation
    known = shipped_calendar().joined(Calendar(years=frozenset({2027})))
    assert compute(find_term("EV-09"), Question(date(2026, 12, 28)), known).due \
        == date(2027, 1, 6)
    with pytest.raises(YearUnknown):
        shipped_calendar().is_workday(date(2018, 5, 5))


def test_names_of_terms() -> None:
    assert find_term("EV-09") is find_term("EV-09.dispose")
    for wrong in ("EX-04", "EX-04.nothing", "ZZ-01", "", "EV-09."):
        with pytest.raises(TermUnknown) as told:
            find_term(wrong)
        assert told.value.known
