"""When each step was in hand and what the laptop recorded of it: what recordings are placed by."""

from dataclasses import dataclass
from datetime import datetime

from field_app.actions.context import Session
from field_app.actions.procedure_facts import rule_of
from field_app.domain.case import Clip, ClipState
from field_app.domain.ids import CaseId, StepId
from field_app.media.importing.placing import Span, without
from field_app.rules.procedure import procedure
from field_app.storage import cases, clips, imports


@dataclass(frozen=True)
class StepWindow:
    """A step's time in hand (until now while it is not ended) and the spans the laptop recorded."""

    case: CaseId
    case_no: str
    party: str
    step: StepId
    title: str
    span: Span
    open: bool
    recorded: tuple[Span, ...]

    @property
    def label(self) -> str:
        """As offered in a list."""
        return f"{self.case_no}　{self.party}　{self.title}"


def recorded_spans(clip: Clip) -> list[Span]:
    """What a clip really holds: its span less its gaps."""
    if clip.ended is None or clip.state is ClipState.RECORDING:
        return []
    gaps = [Span(datetime.fromisoformat(g["from"]), datetime.fromisoformat(g["to"]))
            for g in clip.gaps if "from" in g and "to" in g]
    return without(Span(clip.started, clip.ended), gaps)


def step_windows(session: Session, first: datetime, last: datetime) -> list[StepWindow]:
    """Every step in hand from ``first`` to ``last``, oldest first."""
    made: list[StepWindow] = []
    now = session.at
    with session.begin() as tx:
        wanted = imports.steps_between(tx, first, last)
        for case_id in dict.fromkeys(case for case, _step in wanted):
            case = cases.get(tx, CaseId(case_id))
            rules = procedure(case.procedure, case.procedure_version)
            recorded: dict[str, list[Span]] = {}
            for clip in clips.of_case(tx, case.id):
                recorded.setdefault(clip.step, []).extend(recorded_spans(clip))
            here = {step for owner, step in wanted if owner == case_id}
            for step in cases.steps(tx, case.id):
                if step.id in here and step.started is not None:
                    made.append(StepWindow(
                        case=case.id, case_no=case.local_no, party=case.party_name, step=step.id,
                        title=rule_of(rules, step.kind, case.opened).title,
                        span=Span(step.started, step.finished or max(now, step.started)),
                        open=step.finished is None, recorded=tuple(recorded.get(step.id, ()))))
    return sorted(made, key=lambda w: w.span.start)
