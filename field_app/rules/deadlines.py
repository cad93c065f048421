"""Computes terms exactly and says why: days, workdays, months, hours, suspensions, moved last days.

The first day is not counted; a party's last day that is a day off moves to the next workday
(民事诉讼法第八十五条); an agency's own last day is brought forward to the workday before, which is our
conservative reading (rule TM-05). A year whose days off are not known is told, never guessed.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from field_app.domain.clock import CHINA
from field_app.domain.workdays import Calendar, YearUnknown
from field_app.errors import FieldAppError
from field_app.rules.terms import Length, Side, Term, TermKind

_DAY = timedelta(days=1)
_MAX_YEAR = 9000
_UNIT_WORDS = {"hour": "小时", "day": "日", "workday": "个工作日", "month": "个月", "year": "年"}


class DeadlineRefused(FieldAppError):
    """What was asked cannot be computed; ``what`` and ``remedy`` are for people, in Chinese."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


@dataclass(frozen=True)
class Suspension:
    """Days that do not count, both ends included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise DeadlineRefused("中止的结束日早于开始日。", "请按 开始日..结束日 填写。")


@dataclass(frozen=True)
class Question:
    """What is asked of a term. ``start``: a day, or an aware moment for terms in hours;
    ``term_days`` and ``extension_days``: what the decision set, where the law lets it; ``amount``
    in fen and ``paid`` for money."""

    start: date | datetime
    side: Side | None = None
    suspended: tuple[Suspension, ...] = ()
    term_days: int | None = None
    extension_days: int = 0
    amount: int | None = None
    paid: date | None = None


@dataclass(frozen=True)
class Answer:
    """``due``: last day or moment; ``opens``: first day of a window; ``earliest``: first day;
    ``fen``: money; ``statutory_last``: the last day before it was moved; ``unknown_years``: years
    whose days off would matter but are not known; ``explanation``: one sentence with the law."""

    term: Term
    due: date | datetime | None = None
    opens: date | None = None
    earliest: date | None = None
    fen: int | None = None
    statutory_last: date | None = None
    explanation: str = ""
    unknown_years: tuple[int, ...] = field(default=())


def compute(term: Term, question: Question, calendar: Calendar) -> Answer:
    """The answer for one term; :class:`DeadlineRefused` when it cannot be told."""
    try:
        if term.kind is TermKind.MONEY:
            return _surcharge(term, question)
        if term.length.unit == "hour":
            return _hours(term, question)
        day = _day(question.start)
        if day.year > _MAX_YEAR:
            raise DeadlineRefused("日期超出可计算的范围。", "请核对起算日期。")
        if term.kind is TermKind.LATEST:
            return _latest(term, day, calendar)
        return _days(term, question, day, calendar)
    except YearUnknown as unknown:
        raise DeadlineRefused(
            f"没有{unknown.year}年的节假日安排，不能计算这个期限。",
            "请导入国务院办公厅公布的当年放假安排（admin calendar）后再算。") from unknown


def _day(start: date | datetime) -> date:
    if isinstance(start, datetime):
        return start.astimezone(CHINA).date()
    return start


def add_length(day: date, length: Length, calendar: Calendar) -> date:
    """The last day of a term whose first day, ``day``, is not counted; not moved yet."""
    if length.unit == "workday":
        return calendar.after(day, length.amount)
    if length.unit == "day":
        return day + timedelta(days=length.amount)
    if length.unit == "january":
        return date(day.year + 1, 1, length.amount)
    months = day.month - 1 + length.amount * (12 if length.unit == "year" else 1)
    year, month = day.year + months // 12, months % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def merged_days(suspended: Sequence[Suspension]) -> frozenset[date]:
    """Every day that does not count, once each."""
    days: set[date] = set()
    for span in suspended:
        length = (span.last - span.first).days + 1
        if length > 3660:
            raise DeadlineRefused("中止期间超过十年。", "请核对中止的起止日期。")
        days.update(span.first + timedelta(days=n) for n in range(length))
    return frozenset(days)


def _with_suspension(day: date, length: Length, calendar: Calendar,
                     stopped: frozenset[date]) -> date:
    last = add_length(day, length, calendar)
    if not stopped:
        return last
    if length.unit == "workday":
        left, here = length.amount, day
        while left > 0:
            here += _DAY
            left -= calendar.is_workday(here) and here not in stopped
        return here
    left = sum(1 for d in stopped if day < d <= last)
    while left > 0:
        last += _DAY
        left -= last not in stopped
    return last


def _moved(term: Term, side: Side, day: date, calendar: Calendar) -> tuple[date, tuple[int, ...]]:
    """The last day moved as TM-05 says, and the years that would have been needed for that."""
    if term.fixed or term.length.unit == "workday":
        return day, ()
    try:
        moved = calendar.on_or_after(day) if side is Side.PARTY else calendar.on_or_before(day)
    except YearUnknown as unknown:
        return day, (unknown.year,)
    return moved, ()


def _length(term: Term, question: Question) -> Length:
    if not term.max_term:
        if question.term_days is not None or question.extension_days:
            raise DeadlineRefused("这个期限不能另定或者延长。", "请去掉期限和延长的天数。")
        return term.length
    days = term.length.amount if question.term_days is None else question.term_days
    if not 1 <= days <= term.max_term or not 0 <= question.extension_days <= term.max_extension:
        raise DeadlineRefused(
            f"期限不得超过{term.max_term}日，延长不得超过{term.max_extension}日（{term.law}）。",
            "请改正天数；法律、行政法规另有规定的，请按规定人工计算。")
    return Length(days + question.extension_days, term.length.unit)


def _days(term: Term, question: Question, day: date, calendar: Calendar) -> Answer:
    side = question.side or term.side
    stopped = merged_days(question.suspended)
    length = _length(term, question)
    opens: date | None = None
    unknown: tuple[int, ...] = ()
    base = day
    if term.opens is not None:
        first = _with_suspension(day, term.opens, calendar, stopped)
        opens, unknown = _moved(replace(term, fixed=False, length=term.opens), Side.PARTY, first,
                                calendar)
        base = opens
    last = _with_suspension(base, length, calendar, stopped)
    moved, more = _moved(term, side, last, calendar)
    if term.next_day:
        moved += _DAY
    answer = Answer(term, opens=opens, statutory_last=last,
                    unknown_years=tuple(sorted({*unknown, *more})))
    answer = replace(answer, earliest=moved) if term.kind is TermKind.EARLIEST \
        else replace(answer, due=moved)
    return replace(answer, explanation=_explain(answer, day, length, stopped, moved))


def _latest(term: Term, day: date, calendar: Calendar) -> Answer:
    # A day off is no day to hold it on, so it is counted from the workday before.
    due = calendar.before(calendar.on_or_before(day), term.length.amount)
    answer = Answer(term, due=due, statutory_last=due)
    return replace(answer, explanation=(
        f"{term.event}之日为{day}，{term.length.amount}个工作日前{term.duty}，"
        f"最迟{due}；依据：{term.law}。"))


def _hours(term: Term, question: Question) -> Answer:
    start = question.start
    if not isinstance(start, datetime) or start.tzinfo is None:
        raise DeadlineRefused("这个期限按小时计算，起算要写明时刻。",
                              "请写成 2026-05-14T09:30:00+08:00 这样的时刻。")
    if question.suspended:
        raise DeadlineRefused("按小时计算的期限没有中止。", "请去掉中止期间。")
    due = start + timedelta(hours=term.length.amount)
    return Answer(term, due=due, explanation=(
        f"{term.event}的时刻为{_clock(start)}，{term.length.amount}小时内{term.duty}，"
        f"最迟{_clock(due)}；依据：{term.law}。"))


def _surcharge(term: Term, question: Question) -> Answer:
    """行政处罚法第七十二条: 3 % of the principal a day, never above the principal."""
    principal, ended, paid = question.amount, _day(question.start), question.paid
    if principal is None or principal < 0 or paid is None:
        raise DeadlineRefused("计算加处罚款要写明罚款本金（分）和计算到哪一日。", "请补充 --amount 和 --paid。")
    stopped = merged_days(question.suspended)
    days = sum(1 for n in range(1, min((paid - ended).days, 36_600) + 1)
               if ended + timedelta(days=n) not in stopped)
    full = (principal * term.length.amount * days + 50) // 100
    fen = min(principal, full)
    capped = "，已达到本金，不再增加" if full >= principal > 0 else ""
    return Answer(term, fen=fen, explanation=(
        f"缴纳期限于{ended}届满，至{paid}逾期{days}日（不含复议、诉讼期间），每日按罚款数额的百分之"
        f"{term.length.amount}加处罚款，共{fen // 100}.{fen % 100:02d}元{capped}；依据：{term.law}。"))


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M}"


def _explain(answer: Answer, day: date, length: Length, stopped: frozenset[date],
             moved: date) -> str:
    term, last = answer.term, answer.statutory_last
    if length.unit == "january":
        counted = f"次年1月{length.amount}日以前{term.duty}"
    elif answer.opens is not None and term.opens is not None:
        counted = (f"{term.opens.amount}{_UNIT_WORDS[term.opens.unit]}的期限于{answer.opens}届满，自该日起"
                   f"{length.amount}{_UNIT_WORDS[length.unit]}内{term.duty}")
    else:
        within = "后" if term.kind is TermKind.EARLIEST else "届满，" if term.fixed else "内"
        counted = f"开始当日不计，{length.amount}{_UNIT_WORDS[length.unit]}{within}{term.duty}"
    parts = [f"自{term.event}之日（{day}）起，{counted}"]
    if stopped:
        parts.append(f"扣除中止的{len(stopped)}日")
    if last is not None and moved != last and not term.next_day:
        parts.append(f"最后一日{last}是休假日，顺延到其后第一个工作日" if moved > last
                     else f"最后一日{last}是休假日，机关内部提前到前一个工作日")
    parts.append(f"最早{moved}" if term.kind is TermKind.EARLIEST else f"截止{moved}")
    if answer.unknown_years:
        years = "、".join(map(str, answer.unknown_years))
        parts.append(f"{years}年的放假安排还不知道，最后一日没有顺延或提前，导入后请重算")
    return "，".join(parts) + f"；依据：{term.law}。"
