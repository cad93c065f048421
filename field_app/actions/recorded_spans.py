"""How much of what a step or a record owes was recorded, from what is stored of its case."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from field_app.domain.case import Clip, ClipState, PaperRecord, PaperState, Step
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId, DocumentId, StepId
from field_app.domain.reasons import Level, Reason
from field_app.domain.signed import Outcome, Signature
from field_app.rules.coverage import Coverage, Stretch, Taken, coverage, less, minutes_not_covered
from field_app.rules.procedure import reason
from field_app.rules.procedure_model import Need, StepRule
from field_app.rules.recording_spans import (
    StepTimes,
    coverage_words,
    holes_words,
    owed_stretch,
    span_rules,
)
from field_app.storage import clips, signed
from field_app.storage.store import Tx


@dataclass(frozen=True)
class Covered:
    """One owed recording and what there is of it; ``words`` for the screen."""

    item: str
    found: Coverage

    @property
    def words(self) -> str:
        return coverage_words(self.found)


def _here(moment: datetime) -> datetime:
    return moment.astimezone(CHINA)


def _gaps(clip: Clip, *kinds: str) -> list[Stretch]:
    made = []
    for gap in clip.gaps:
        began, ended = gap.get("from"), gap.get("to")
        if isinstance(began, str) and isinstance(ended, str) and gap.get("kind") in kinds:
            made.append(Stretch(_here(datetime.fromisoformat(began)),
                                _here(datetime.fromisoformat(ended))))
    return made


def taken_of(clip: Clip, now: datetime) -> Taken:
    """What a clip holds; one that is recorded just now holds all since it began."""
    if clip.state is ClipState.RECORDING:
        spans = [Stretch(_here(clip.started), _here(now))]
    elif clip.segments:
        spans = [Stretch(_here(s.started), _here(s.ended)) for s in clip.segments]
    else:
        spans = [Stretch(_here(clip.started), _here(clip.ended or clip.started))]
    return Taken(
        clip.number,
        less(spans, _gaps(clip, "camera", "clock")) if clip.has_video else (),
        less(spans, _gaps(clip, "microphone", "clock")) if clip.has_audio else ())


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return _here(moment) if moment.tzinfo is not None else None


def _times(step: Step, papers: Sequence[PaperRecord], signatures: Iterable[Signature]) -> StepTimes:
    here = [p for p in papers if p.step == step.id and p.state is not PaperState.VOID]
    starts = [m for p in here if (m := _moment(p.answers.get("start_at"))) is not None]
    ends = [m for p in here if (m := _moment(p.answers.get("end_at"))) is not None]
    ids = {p.id for p in here}
    given = [_here(s.at) for s in signatures
             if s.paper in ids and s.withdrawn is None and s.outcome is Outcome.SIGNED]
    return StepTimes(
        step_begun=_here(step.started) if step.started else None,
        step_ended=_here(step.finished) if step.finished else None,
        record_start=min(starts, default=None), record_end=max(ends, default=None),
        last_signature=max(given, default=None))


def _compare(owed: Stretch, found: Iterable[Clip], now: datetime) -> Coverage:
    rules = span_rules()
    return coverage(owed, [taken_of(c, now) for c in found], least_gap=rules.least_gap,
                    edge=rules.minute)


def signatures_by_step(tx: Tx, case: CaseId, papers: Sequence[PaperRecord]
                       ) -> Mapping[StepId, list[Signature]]:
    """A case's signatures given on the screen, by the step of their paper."""
    steps: dict[DocumentId, StepId] = {p.id: p.step for p in papers}
    made: dict[StepId, list[Signature]] = {}
    for one in signed.signatures_of_case(tx, case):
        if one.paper in steps:
            made.setdefault(steps[one.paper], []).append(one)
    return made


def step_covered(step: Step, rule: StepRule, *, papers: Sequence[PaperRecord],
                 found: Sequence[Clip], signatures: Iterable[Signature],
                 now: datetime) -> tuple[Covered, ...]:
    """What there is of each recording that a step owes; none while the step has not begun.

    Clips of other steps count for the time they cover: two steps are often recorded in one go.
    """
    if step.started is None:
        return ()
    times, given = _times(step, papers, signatures), []
    for item in rule.recordings:
        owed = owed_stretch(item.span, times, _here(now))
        if owed is not None:
            given.append(Covered(item.item, _compare(owed, found, now)))
    return tuple(given)


def gap_reasons(rule: StepRule, outcome: str, found: Iterable[Covered]) -> list[Reason]:
    """Warnings for a step's recordings that have holes; that there is none at all warns elsewhere."""
    by_item = {r.item: r for r in rule.recordings
               if r.need is not Need.MAY and (not r.outcomes or outcome in r.outcomes)}
    return [reason(
        by_item[one.item].rule, f"“{one.item}”的录音录像不完整：{one.words}",
        "请补录音像；确实不能补的，写明缺少的原因", level=Level.WARN, where=one.item)
        for one in found
        if one.item in by_item and one.found.holes]


def paper_covered(tx: Tx, paper: PaperRecord, answers: Mapping[str, Any],
                  now: datetime) -> Covered | None:
    """Which clips cover a record's own time, and which minutes they do not; None where none is owed
    or the record's times are not written yet."""
    owed = span_rules().papers.get(paper.form)
    began, ended = _moment(answers.get("start_at")), _moment(answers.get("end_at"))
    if owed is None or began is None or ended is None or ended <= began:
        return None
    return Covered(owed[0], _compare(
        Stretch(began, ended), clips.of_case(tx, paper.case), now))


def paper_reasons(paper: PaperRecord, found: Covered | None) -> list[Reason]:
    """A warning for a record whose time is not wholly recorded."""
    if found is None or found.found.complete:
        return []
    rule = span_rules().papers[paper.form][1]
    lacking = minutes_not_covered(found.found.owed, found.found)
    if not found.found.clips:
        text = f"{found.item}时段（{found.words.split('，')[0].removeprefix('应录 ')}）没有录音录像"
    else:
        told = "，".join(holes_words(found.found.holes))
        text = f"{found.item}时段有{len(lacking)}分钟录音录像不完整：{told}"
    return [reason(rule, text, "请补录音像，或更正起止时间；确实不能补的，写明原因",
                   level=Level.WARN, where="start_at")]
