"""What the case desk shows: each step with its state, its debts, papers and recordings."""

from collections.abc import Sequence
from dataclasses import dataclass

from field_app.actions.context import Session, refuse
from field_app.actions.signed_pages import PagesBack, pages_back
from field_app.domain.case import Case, Clip, ClipState, PaperRecord, PaperState, Step, StepState
from field_app.domain.ids import CaseId, StepId
from field_app.domain.reasons import Level, Reason
from field_app.errors import UserError
from field_app.forms import list_forms
from field_app.rules.procedure import Debt, StepRule, debts, may_begin, may_end, procedure
from field_app.storage import cases, clips, papers
from field_app.storage.store import Tx


@dataclass(frozen=True)
class DeskStep:
    """One step as shown: ``waits_for`` says why it cannot begin yet."""

    step: Step
    rule: StepRule
    debts: tuple[Debt, ...]
    papers: tuple[PaperRecord, ...]
    clips: tuple[Clip, ...]
    waits_for: tuple[Reason, ...]
    signed: tuple[PagesBack, ...] = ()

    @property
    def unsigned(self) -> tuple[PagesBack, ...]:
        """Issued papers whose signed pages have not all come back; they warn, never block."""
        return tuple(s for s in self.signed if s.owed)

    @property
    def owes(self) -> tuple[Debt, ...]:
        """What is not yet paid."""
        return tuple(d for d in self.debts if not d.paid)


@dataclass(frozen=True)
class Desk:
    """A case with all its steps."""

    case: Case
    steps: tuple[DeskStep, ...]

    def step(self, kind: str) -> DeskStep:
        return next(s for s in self.steps if s.step.kind == kind)


class StepNotReady(UserError):
    """A step cannot begin or end; ``reasons`` in order, blocking ones first."""

    def __init__(self, what: str, reasons: Sequence[Reason]) -> None:
        self.reasons = tuple(sorted(reasons, key=lambda r: r.level is not Level.BLOCK))
        first = self.reasons[0]
        basis = f"（{first.basis}）" if first.basis else ""
        super().__init__(f"{what}：{first.text}{basis}。", f"{first.remedy}。", code=first.rule)


def form_titles() -> dict[str, str]:
    """Titles of the forms that are installed, by id."""
    return {f.form_id: f.title for f in list_forms()}


def _paid(step: Step, all_papers: list[PaperRecord], all_clips: list[Clip]) -> tuple[set[str], bool]:
    issued = {p.form for p in all_papers if p.step == step.id and p.state is PaperState.ISSUED}
    recorded = any(c.step == step.id and c.state is not ClipState.RECORDING for c in all_clips)
    return issued, recorded


def _desk_step(case: Case, step: Step, steps: list[Step], all_papers: list[PaperRecord],
               all_clips: list[Clip], signed: list[PagesBack]) -> DeskStep:
    made = procedure(case.procedure, case.procedure_version)
    issued, recorded = _paid(step, all_papers, all_clips)
    rule = made.step(step.kind)
    waits = may_begin(made, step.kind, steps) if step.state is StepState.TODO else []
    here = {p.id for p in all_papers if p.step == step.id}
    return DeskStep(
        step=step, rule=rule,
        debts=tuple(debts(rule, issued_forms=issued, recorded=recorded, titles=form_titles())),
        papers=tuple(p for p in all_papers if p.step == step.id),
        clips=tuple(c for c in all_clips if c.step == step.id), waits_for=tuple(waits),
        signed=tuple(s for s in signed if s.paper in here))


def _read(tx: Tx, case_id: CaseId) -> Desk:
    case, steps = cases.get(tx, case_id), cases.steps(tx, case_id)
    found_papers, found_clips = papers.of_case(tx, case_id), clips.of_case(tx, case_id)
    signed = pages_back(tx, case_id, found_papers)
    return Desk(case, tuple(
        _desk_step(case, step, steps, found_papers, found_clips, signed) for step in steps))


def case_desk(session: Session, case_id: CaseId) -> Desk:
    """A case as it stands now."""
    with session.begin() as tx:
        return _read(tx, case_id)


def _by_id(desk: Desk, step_id: StepId) -> DeskStep:
    return next(s for s in desk.steps if s.step.id == step_id)


def begin_step(session: Session, case_id: CaseId, step_id: StepId) -> Desk:
    """Begin a step; :class:`StepNotReady` while a step before it is open."""
    with session.begin() as tx:
        here = _by_id(_read(tx, case_id), step_id)
        if here.waits_for:
            raise StepNotReady(f"还不能开始“{here.rule.title}”", here.waits_for)
        if here.step.state is StepState.TODO:
            cases.set_step(tx, step_id, StepState.NOW, at=session.at)
            session.note(tx, "step_begun", case=case_id, body={"step": here.step.kind})
        return _read(tx, case_id)


def end_step(session: Session, case_id: CaseId, step_id: StepId, *, reason: str = "") -> Desk:
    """End a step. Unpaid papers block; a missing recording needs a ``reason`` (RC-01)."""
    with session.begin() as tx:
        here = _by_id(_read(tx, case_id), step_id)
        if here.step.state is not StepState.NOW:
            raise refuse(f"“{here.rule.title}”还没有开始，或已经结束。", "请从左侧选择正在办理的环节。",
                         code="step.state")
        issued = {p.form for p in here.papers if p.state is PaperState.ISSUED}
        recorded = any(c.state is not ClipState.RECORDING for c in here.clips)
        against = may_end(here.rule, issued_forms=issued, recorded=recorded, titles=form_titles())
        if any(r.level is Level.BLOCK for r in against) or (against and not reason.strip()):
            raise StepNotReady(f"还不能结束“{here.rule.title}”", against)
        cases.set_step(tx, step_id, StepState.DONE, at=session.at, reason=reason.strip())
        session.note(tx, "step_ended", case=case_id, body={
            "step": here.step.kind, "warned": [r.rule for r in against], "reason": reason.strip()})
        return _read(tx, case_id)
