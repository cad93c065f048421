"""Counts from this laptop's own store, of a span of months: cases, papers, recordings, what is overdue.

What other laptops hold is not in them: headquarters counts the whole district.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from field_app.actions.board import follow
from field_app.actions.context import Session
from field_app.actions.procedure_facts import form_titles, rule_of
from field_app.domain.clock import CHINA
from field_app.errors import Cancelled
from field_app.rules.procedure import in_force, names, procedure
from field_app.rules.procedure_model import ALWAYS, Need
from field_app.rules.table import RulesBroken
from field_app.storage import board as stored
from field_app.storage import counting
from field_app.storage.counting import StepCount
from field_app.storage.store import Tx

Tell = Callable[[int, int], None]
NO_MATTER = "（没有填写执法事项）"
_PARTS = 6


@dataclass(frozen=True)
class Period:
    """From the first to the last month, both included, as ``YYYY-MM``."""

    first: str
    last: str

    def holds(self, month: str) -> bool:
        return self.first <= month <= self.last

    @property
    def months(self) -> tuple[str, ...]:
        """Every month of it, in order."""
        year, month = (int(part) for part in self.first.split("-"))
        found = []
        while (text := f"{year:04d}-{month:02d}") <= self.last:
            found.append(text)
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        return tuple(found)


@dataclass(frozen=True)
class Line:
    """One line of a table: its name, and as many counts as the table has heads."""

    name: str
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Table:
    """``heads``: names of the counts; ``note``: what is counted and what is not."""

    title: str
    heads: tuple[str, ...]
    lines: tuple[Line, ...]
    note: str = ""

    @property
    def total(self) -> tuple[int, ...]:
        return tuple(sum(line.counts[i] for line in self.lines) for i in range(len(self.heads)))


@dataclass(frozen=True)
class Statistics:
    """All tables of a period, counted at ``at``; ``waiting``: cases whose terms are not counted yet."""

    period: Period
    at: datetime
    tables: tuple[Table, ...]
    waiting: int

    def table(self, title: str) -> Table:
        return next(t for t in self.tables if t.title == title)


MONTHS, PROCEDURES, FORMS, MATTERS, OVERDUE, RECORDED = (
    "按月", "按程序", "按文书", "按执法事项", "逾期事项", "音像覆盖")


def this_month(session: Session) -> str:
    """The month it is in China."""
    return f"{session.at.astimezone(CHINA):%Y-%m}"


def periods(session: Session) -> dict[str, Period]:
    """Spans that are asked for most, by name; the last one has all there is."""
    now = session.at.astimezone(CHINA).date()
    month = f"{now:%Y-%m}"
    before = _shift(now, -1)
    quarter = f"{now.year:04d}-{(now.month - 1) // 3 * 3 + 1:02d}"
    with session.begin() as tx:
        first = counting.first_month(tx) or month
    return {"本月": Period(month, month), "上月": Period(before, before), "本季度": Period(quarter, month),
            "本年": Period(f"{now.year:04d}-01", month),
            "上年": Period(f"{now.year - 1:04d}-01", f"{now.year - 1:04d}-12"),
            "近12个月": Period(_shift(now, -11), month), "全部": Period(min(first, month), month)}


def _shift(day: date, months: int) -> str:
    total = day.year * 12 + day.month - 1 + months
    return f"{total // 12:04d}-{total % 12 + 1:02d}"


def count_all(session: Session, period: Period, *, progress: Tell = lambda _done, _of: None,
              cancelled: Callable[[], bool] = lambda: False) -> Statistics:
    """Count everything of a period; ``Cancelled`` when it is called off.

    Each part reads by itself, so that typing is not held up meanwhile.
    """
    done = 0

    def part() -> None:
        nonlocal done
        if cancelled():
            raise Cancelled
        done += 1
        progress(done, _PARTS)

    with session.begin() as tx:
        cases, planned = counting.cases_by_month(tx), counting.planned_by_month(tx)
    part()
    with session.begin() as tx:
        papers, drafts = counting.papers_by_month(tx), counting.drafts(tx)
    part()
    with session.begin() as tx:
        clips = counting.clips_by_month(tx)
    part()
    with session.begin() as tx:
        recorded = _recorded(tx, period, session.at)
    part()
    with session.begin() as tx:
        waiting = follow(session, tx)
        overdue = stored.overdue(tx, session.at.astimezone(CHINA).date())
    part()
    tables = (
        _by_month(period, cases, planned, papers, clips),
        _by_procedure(period, cases), _by_form(period, papers, drafts), _by_matter(period, cases),
        _overdue(overdue), recorded)
    part()
    return Statistics(period, session.at, tables, waiting)


def _by_month(period: Period, cases: Iterable[counting.CaseCount], planned: dict[str, int],
              papers: Iterable[counting.PaperCount], clips: Iterable[counting.ClipCount]) -> Table:
    opened, received, issued, minutes, number = (Counter[str]() for _ in range(5))
    for c in cases:
        opened[c.month] += c.count
        received[c.month] += c.count if c.sync == "received" else 0
    for p in papers:
        issued[p.month] += 0 if p.void else p.count
    milliseconds = Counter[str]()
    for clip in clips:
        milliseconds[clip.month] += clip.duration_ms
        number[clip.month] += clip.count
    for month, ms in milliseconds.items():
        minutes[month] = round(ms / 60_000)
    return Table(
        MONTHS, ("立项", "其中按计划检查", "总部已签收", "定稿文书", "录音录像（段）", "录音录像（分钟）"),
        tuple(Line(m, (opened[m], planned.get(m, 0), received[m], issued[m], number[m], minutes[m]))
              for m in period.months),
        "立项按新建日期；文书按定稿日期，作废的不计；录音录像按开始录制的日期，副本不计。")


def _by_procedure(period: Period, cases: Iterable[counting.CaseCount]) -> Table:
    opened, received = Counter[str](), Counter[str]()
    for c in cases:
        if period.holds(c.month):
            opened[c.procedure] += c.count
            received[c.procedure] += c.count if c.sync == "received" else 0
    titles = _procedure_titles()
    return Table(
        PROCEDURES, ("立项", "总部已签收"),
        tuple(Line(titles.get(name, name), (count, received[name]))
              for name, count in opened.most_common()),
        "转入其他程序的，按现在的程序计。")


@lru_cache(maxsize=1)
def _procedure_titles() -> dict[str, str]:
    return {name: in_force(name, date.max).title for name in names()}


def _by_form(period: Period, papers: Iterable[counting.PaperCount], drafts: int) -> Table:
    issued, void = Counter[str](), Counter[str]()
    for p in papers:
        if period.holds(p.month):
            (void if p.void else issued)[p.form] += p.count
    titles = form_titles()
    forms = sorted(issued.keys() | void.keys(), key=lambda f: (-issued[f], f))
    return Table(
        FORMS, ("定稿", "作废"),
        tuple(Line(f"{f} {titles.get(f, '')}".strip(), (issued[f], void[f])) for f in forms),
        f"另有草稿{drafts}份没有定稿，不分月份。")


def _by_matter(period: Period, cases: Iterable[counting.CaseCount]) -> Table:
    found = Counter[str]()
    for c in cases:
        if period.holds(c.month):
            found[c.matter or NO_MATTER] += c.count
    return Table(MATTERS, ("立项",), tuple(
        Line(name, (count,)) for name, count in sorted(found.items(), key=lambda i: (-i[1], i[0]))))


def _overdue(found: Iterable[stored.Overdue]) -> Table:
    lines = tuple(Line(f"{o.title}（{o.law}）" if o.law else o.title, (o.cases,)) for o in found)
    return Table(OVERDUE, ("案件",), lines, "现在已经超过期限还没有办的，不分月份；期限依据写在后面。")


def _owes_recording(step: StepCount) -> bool:
    """Whether the steps' procedure owes a recording of them, however they ended, whatever else holds."""
    try:
        rule = rule_of(procedure(step.procedure, step.version), step.kind, step.opened)
    except (KeyError, RulesBroken):
        return False  # A step of a procedure this version of the program does not know.
    return any(
        r.need is not Need.MAY and r.condition == ALWAYS
        and (not r.outcomes or step.outcome in ("", *r.outcomes)) for r in rule.recordings)


def _recorded(tx: Tx, period: Period, now: datetime) -> Table:
    """Of steps that owe a recording, how many have one that ran meanwhile."""
    owed, has = Counter[str](), Counter[str]()
    for step in counting.steps_recorded(tx, period.first, period.last, now=now):
        if _owes_recording(step):
            title = rule_of(procedure(step.procedure, step.version), step.kind, step.opened).title
            owed[title] += step.begun
            has[title] += step.recorded
    return Table(
        RECORDED, ("应录环节", "已录环节"),
        tuple(Line(title, (count, has[title])) for title, count in owed.most_common()),
        "应录的环节按程序规定，附条件的不计；环节期间有本案录音录像的算已录，是否完整看案件里的覆盖条。")


def share(line: Line) -> str:
    """Of a line with owed and recorded: ``87%``; a dash where nothing is owed."""
    owed, has = line.counts
    return f"{has * 100 // owed}%" if owed else "—"
