"""Terms that steps set running: from when, until when, how many days are left, by which law."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from field_app.domain.clock import CHINA
from field_app.rules.deadlines import Answer, DeadlineRefused, Question, compute
from field_app.rules.procedure_model import Procedure, Start, StepRule, TimerRule, Wait
from field_app.rules.procedure_state import Facts, Run, Standing
from field_app.rules.terms import Term, TermKind, find_term


@dataclass(frozen=True)
class Timer:
    """A running term. ``due``: its last day, None while it cannot be told (``text`` says why);
    ``exact``: the moment, for terms in hours; ``text``: what must be done, in full; ``step``: the
    step that set it running; ``until``: the steps of which one ends it."""

    step: str
    term: str
    duty: str
    due: date | None
    exact: datetime | None
    text: str
    law: str
    confidence: str
    until: tuple[str, ...] = ()

    def days_left(self, today: date) -> int | None:
        """Days until the last day, negative when it is past."""
        return None if self.due is None else (self.due - today).days


def _moment(value: object) -> datetime | date | None:
    if isinstance(value, datetime | date):
        return value
    if not isinstance(value, str) or not value:
        return None
    try:
        if len(value) <= 10:
            return date.fromisoformat(value)
        made = datetime.fromisoformat(value)
    except ValueError:
        return None
    return made if made.tzinfo is not None else made.replace(tzinfo=CHINA)


def _day(value: datetime | date) -> date:
    return value.astimezone(CHINA).date() if isinstance(value, datetime) else value


def started(start: Start, facts: Facts, run: Run | None) -> datetime | date | None:
    """The moment or day a term runs from, None while that has not come."""
    if start.kind == "began":
        return run.began if run else None
    if start.kind == "ended":
        return run.ended if run else None
    if start.form not in facts.issued:
        return None
    if start.kind == "served":
        return facts.served.get(start.form)
    return _moment(facts.answer(start.form, start.field))


def _asked(term: Term, start: datetime | date) -> Question:
    if term.length.unit == "hour" and not isinstance(start, datetime):
        start = datetime(start.year, start.month, start.day, tzinfo=CHINA)
    return Question(start)


def _answered(term: Term, start: datetime | date, facts: Facts) -> Answer:
    return compute(term, _asked(term, start), facts.calendar)


def _stopped(rule: TimerRule, at: Standing, since: int) -> bool:
    """Whether a step that stops the term ended after the one that set it running did."""
    runs = ((at.done.get(ref.step), ref) for ref in rule.until)
    return any(run is not None and ref.met_by(run.outcome) and (not since or run.turn > since)
               for run, ref in runs)


def _timer(step: StepRule, rule: TimerRule, facts: Facts, run: Run) -> Timer | None:
    """The timer that one rule sets running, or None while it does not run."""
    term = find_term(rule.term)
    of = rule.due or rule.start
    if of is None or (of.kind == "ended" and run.open):
        return None
    since = started(of, facts, run)
    if since is None:
        if of.kind != "served" or of.form not in facts.issued:
            return None
        return _told(step, term, None, f"还没有送达，期限没有起算：{term.duty}；依据：{term.law}。")
    if rule.due is not None:
        return _told(step, term, _day(since),
                     f"文书写明的期限到{_day(since)}，{term.duty}；依据：{term.law}。")
    try:
        answer = _answered(term, since, facts)
    except DeadlineRefused as refused:
        return _told(step, term, None, f"{term.duty}：{refused.what}{refused.remedy}")
    due = answer.due or answer.earliest
    return None if due is None else _told(step, term, due, answer.explanation)


def _told(step: StepRule, term: Term, due: date | datetime | None, text: str) -> Timer:
    exact = due if isinstance(due, datetime) else None
    return Timer(step.kind, term.id, term.duty, None if due is None else _day(due), exact, text,
                 term.law, term.confidence)


def timers(made: Procedure, facts: Facts, at: Standing) -> list[Timer]:
    """All terms that run now, the first due first, those that cannot be told last."""
    found = []
    for step in made.steps:
        run = at.open.get(step.kind) or at.done.get(step.kind)
        if run is None:
            continue
        for rule in step.timers:
            if rule.outcomes and run.outcome not in rule.outcomes:
                continue
            if not rule.condition.holds(at.triggers(facts)) or _stopped(rule, at, run.turn):
                continue
            if (timer := _timer(step, rule, facts, run)) is not None:
                found.append(replace(timer, until=tuple(ref.step for ref in rule.until)))
    return sorted(found, key=lambda t: (t.due is None, t.due or date.max, t.term))


def opens_on(wait: Wait, facts: Facts) -> tuple[date | None, str]:
    """The first day a step may begin, and the words for it; ``(None, "")`` when nothing waits.

    ``(None, words)``: the term has not even begun to run, or cannot be computed.
    """
    if wait.start.form not in facts.issued or (
            wait.unless_paper and wait.unless_paper in facts.issued):
        return None, ""
    term, start = find_term(wait.term), started(wait.start, facts, None)
    if start is None:
        return None, "还没有送达，期限没有起算"
    try:
        answer = _answered(term, start, facts)
    except DeadlineRefused as refused:
        return None, refused.what.rstrip("。")
    if term.kind is TermKind.EARLIEST and answer.earliest is not None:
        return answer.earliest, answer.explanation
    last = answer.opens if term.kind is TermKind.WINDOW else answer.due
    if last is None:
        return None, ""
    return date.fromordinal(_day(last).toordinal() + 1), answer.explanation
