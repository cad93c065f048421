"""What the 音像 page shows: the visits of a case with steps, recordings, gaps and marks in time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from field_app.actions.context import Session
from field_app.actions.tie_recording import TieStep, tie_steps
from field_app.domain.case import Case, Clip, ClipState, StepState
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId, StepId
from field_app.storage import cases, clips

_SHORTEST = timedelta(minutes=2)


@dataclass(frozen=True)
class StepSpan:
    """A step as far as it lies on one day."""

    title: str
    begin: datetime
    end: datetime
    open: bool
    step: StepId


@dataclass(frozen=True)
class Visit:
    """One day of a case: its steps and recordings, from ``begin`` to ``end``.

    ``uncovered``: times of steps in which something was recorded, but not then.
    """

    day: date
    begin: datetime
    end: datetime
    steps: tuple[StepSpan, ...]
    clips: tuple[Clip, ...]
    copies: tuple[Clip, ...]
    uncovered: tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True)
class MediaDesk:
    """A case's recordings by day, newest day first."""

    case: Case
    visits: tuple[Visit, ...]
    titles: dict[str, str]
    steps: tuple[TieStep, ...] = ()

    @property
    def clips(self) -> tuple[Clip, ...]:
        return tuple(c for v in self.visits for c in (*v.clips, *v.copies))


@dataclass(frozen=True)
class CaseWithMedia:
    """A case in the page's list, with how many originals it holds."""

    case: Case
    count: int


def cases_with_media(session: Session) -> list[CaseWithMedia]:
    """Cases, newest first, with the number of their recordings."""
    with session.begin() as tx:
        counted: dict[CaseId, int] = {}
        for clip in clips.everything(tx):
            counted[clip.case] = counted.get(clip.case, 0) + (clip.copy is None)
        return [CaseWithMedia(c, counted.get(c.id, 0)) for c in cases.listed(tx, limit=1000)]


def _ended(clip: Clip, now: datetime) -> datetime:
    return clip.ended or now


def _day(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()


def media_desk(session: Session, case_id: CaseId) -> MediaDesk:
    """The recordings of one case as they stand now."""
    now = session.at
    with session.begin() as tx:
        case = cases.get(tx, case_id)
        steps, found = cases.steps(tx, case_id), clips.with_copies(tx, case_id)
    to_tie = tie_steps(case, steps)
    titles = {str(s.id): s.title for s in to_tie}
    spans = [StepSpan(titles[str(s.id)], s.started, s.finished or now, s.state is StepState.NOW, s.id)
             for s in steps if s.started is not None]
    days = sorted({_day(c.started) for c in found}, reverse=True)
    return MediaDesk(case, tuple(_visit(d, spans, found, now) for d in days), titles, to_tie)


def _visit(day: date, spans: list[StepSpan], found: list[Clip], now: datetime) -> Visit:
    here = [c for c in found if _day(c.started) == day]
    originals = tuple(c for c in here if c.copy is None)
    begin = min(c.started for c in here)
    end = max(*(_ended(c, now) for c in here), begin + _SHORTEST)
    near = [s for s in spans if s.begin < end + timedelta(hours=1) and s.end > begin - timedelta(hours=1)]
    # A step in hand reaches to the last recording: its own end is not known yet.
    shown = [StepSpan(s.title, max(s.begin, begin - timedelta(hours=1)),
                      min(s.end, end if s.open else end + timedelta(hours=1)), s.open, s.step) for s in near]
    shown = [s for s in shown if s.end > s.begin]
    whole_begin = min([begin, *(s.begin for s in shown)])
    whole_end = max([end, *(s.end for s in shown)])
    return Visit(day, whole_begin, whole_end, tuple(shown), originals,
                 tuple(c for c in here if c.copy is not None), _uncovered(shown, originals, now))


def _uncovered(spans: list[StepSpan], originals: tuple[Clip, ...],
               now: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """Times within steps that have a recording, in which nothing was recorded."""
    made = []
    for span in spans:
        covering = sorted((c.started, _ended(c, now)) for c in originals
                          if c.started < span.end and _ended(c, now) > span.begin
                          and c.state is not ClipState.RECORDING)
        at = span.begin
        for begin, end in covering:
            if (begin - at).total_seconds() > 1:
                made.append((at, begin))
            at = max(at, end)
        if covering and (span.end - at).total_seconds() > 1:
            made.append((at, span.end))
    return tuple(made)
