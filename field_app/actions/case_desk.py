"""What the case desk shows, and the steps begun, ended, marked and taken on by its procedure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from field_app.actions.case_fields import Conflict, conflicts_in
from field_app.actions.context import Session, refuse
from field_app.actions.pass_warning import pass_warnings
from field_app.actions.powers import check_powers
from field_app.actions.procedure_facts import CaseNow, case_now, form_titles, rule_of
from field_app.actions.recorded_spans import (
    Covered,
    gap_reasons,
    signatures_by_step,
    step_covered,
)
from field_app.actions.signed_pages import PagesBack, pages_back
from field_app.domain.case import Case, Clip, PaperRecord, PaperState, Step, StepState
from field_app.domain.clock import CHINA
from field_app.domain.ids import CaseId, StepId, new_id
from field_app.domain.reasons import Level, Reason
from field_app.errors import UserError
from field_app.rules.procedure import in_force
from field_app.rules.procedure_debts import Debt, before_closing, debts, may_end, why_not
from field_app.rules.procedure_model import Outcome, Procedure, StepRule
from field_app.rules.procedure_state import Standing, standing
from field_app.rules.procedure_timers import Timer, timers
from field_app.storage import cases
from field_app.storage.store import Tx

MAX_REASON = 500


@dataclass(frozen=True)
class DeskStep:
    """One step as shown. ``reached``: done, in hand, or the way is open to it; ``can_begin``: it
    can begin now (again); ``waits_for`` says why it cannot; ``choices``: the outcomes it can have;
    ``timers``: the terms it set running; ``covered``: how much of each owed recording there is."""

    step: Step
    rule: StepRule
    debts: tuple[Debt, ...]
    papers: tuple[PaperRecord, ...]
    clips: tuple[Clip, ...]
    waits_for: tuple[Reason, ...]
    signed: tuple[PagesBack, ...] = ()
    reached: bool = True
    can_begin: bool = False
    choices: tuple[Outcome, ...] = ()
    timers: tuple[Timer, ...] = ()
    covered: tuple[Covered, ...] = ()

    @property
    def unsigned(self) -> tuple[PagesBack, ...]:
        """Issued papers whose signed pages have not all come back; they warn, never block."""
        return tuple(s for s in self.signed if s.owed)

    @property
    def owes(self) -> tuple[Debt, ...]:
        """What is not yet paid."""
        return tuple(d for d in self.debts if not d.paid)

    @property
    def lost(self) -> tuple[Debt, ...]:
        """What a finished step had and owes again, since its paper, or what its proof of service names, is void."""
        if self.step.state is not StepState.DONE:
            return ()
        had = {paper.form for paper in self.papers if paper.state is not PaperState.DRAFT}
        return tuple(d for d in self.owes if d.kind == "paper" and had & {d.key, *d.forms})

    @property
    def outcome(self) -> Outcome | None:
        """How it ended."""
        return self.rule.outcome(self.step.outcome) if self.step.outcome else None


@dataclass(frozen=True)
class Desk:
    """A case with its steps, those that ran or can run first. ``ended``: how the procedure ended;
    ``continues``: procedures that may take it on, with their titles; ``to_close``: what must
    still happen before it can be closed; ``conflicts``: what two laptops wrote differently."""

    case: Case
    steps: tuple[DeskStep, ...]
    title: str = ""
    ended: str = ""
    continues: tuple[tuple[str, str], ...] = ()
    to_close: tuple[Reason, ...] = ()
    timers: tuple[Timer, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    def step(self, kind: str) -> DeskStep:
        """The newest step of this kind."""
        return [s for s in self.steps if s.step.kind == kind][-1]


class StepNotReady(UserError):
    """A step cannot begin or end; ``reasons`` in order, blocking ones first."""

    def __init__(self, what: str, reasons: Sequence[Reason]) -> None:
        self.reasons = tuple(sorted(reasons, key=lambda r: r.level is not Level.BLOCK))
        first = self.reasons[0]
        basis = f"（{first.basis}）" if first.basis else ""
        super().__init__(f"{what}：{first.text}{basis}。", f"{first.remedy}。", code=first.rule)


class OutcomeNotChosen(UserError):
    """A step has several outcomes and none was named; ``choices`` are those it has."""

    def __init__(self, title: str, choices: Sequence[Outcome]) -> None:
        self.choices = tuple(choices)
        words = "、".join(f"“{c.label}”" for c in choices)
        super().__init__(f"“{title}”的结果还没有选择。", f"请从{words}中选择。", code="step.outcome")


def _order(step: Step, reached: bool) -> tuple[int, float, int]:
    begun = step.started.timestamp() if step.started is not None else 0.0
    state = 0 if step.state is not StepState.TODO else 1 if reached else 2
    return state, begun, step.ordinal


def _desk_step(now: CaseNow, step: Step, at: Standing, signed: list[PagesBack],
               running: list[Timer], covered: tuple[Covered, ...]) -> DeskStep:
    made, facts, known = now.made, now.facts, now.made.has(step.kind)
    rule = rule_of(made, step.kind, now.case.opened)
    here = {p.id for p in now.papers if p.step == step.id}
    newest = not any(s.kind == step.kind and s.turn > step.turn > 0 for s in now.steps)
    against = why_not(made, facts, step.kind, at) if known and newest else []
    todo = step.state is StepState.TODO
    reached = not todo or step.kind in at.enabled
    # A term is seen where it began, and where it is kept.
    shown = [t for t in running if t.step == step.kind or (
        step.kind in t.until and reached and step.state is not StepState.DONE)]
    return DeskStep(
        step=step, rule=rule,
        debts=tuple(debts(made, facts, step.kind, titles=form_titles(), at=at)) if known else (),
        papers=tuple(p for p in now.papers if p.step == step.id),
        clips=tuple(c for c in now.clips if c.step == step.id),
        waits_for=tuple(against) if todo else (), signed=tuple(s for s in signed if s.paper in here),
        reached=reached,
        can_begin=known and newest and not against and step.state is not StepState.NOW,
        choices=rule.outcomes if step.state is StepState.NOW else (),
        timers=tuple(shown) if newest else (),
        covered=covered)


def _covered(tx: Tx, now: CaseNow) -> dict[StepId, tuple[Covered, ...]]:
    given = signatures_by_step(tx, now.case.id, now.papers)
    return {step.id: step_covered(
        step, rule_of(now.made, step.kind, now.case.opened), papers=now.papers, found=now.clips,
        signatures=given.get(step.id, []), now=now.at) for step in now.steps}


def _continues(made: Procedure, at: Standing, now: CaseNow) -> tuple[tuple[str, str], ...]:
    if at.final is None:
        return ()
    day = now.facts.today
    return tuple((name, in_force(name, day).title) for name in at.final.continues)


def _read(session: Session, tx: Tx, case_id: CaseId) -> Desk:
    return _desk(tx, case_now(session, tx, cases.get(tx, case_id)))


def _desk(tx: Tx, now: CaseNow) -> Desk:
    signed = pages_back(tx, now.case.id, list(now.papers))
    at = standing(now.made, now.facts)
    running = timers(now.made, now.facts, at)
    covered = _covered(tx, now)
    shown = [_desk_step(now, s, at, signed, running, covered[s.id]) for s in now.steps]
    shown.sort(key=lambda s: _order(s.step, s.reached))
    return Desk(
        now.case, tuple(shown), title=now.made.title, ended=at.final.label if at.final else "",
        continues=_continues(now.made, at, now),
        to_close=tuple(before_closing(now.made, now.facts)), timers=tuple(running),
        conflicts=conflicts_in(tx, now.case.id))


def case_desk(session: Session, case_id: CaseId) -> Desk:
    """A case as it stands now."""
    with session.begin() as tx:
        return _read(session, tx, case_id)


def _by_id(desk: Desk, step_id: StepId) -> DeskStep:
    return next(s for s in desk.steps if s.step.id == step_id)


def begin_step(session: Session, case_id: CaseId, step_id: StepId) -> Desk:
    """Begin a step (again); :class:`StepNotReady` while something stands against it."""
    with session.begin() as tx:
        now = case_now(session, tx, cases.get(tx, case_id))
        here = next(s for s in now.steps if s.id == step_id)
        if here.state is StepState.NOW:
            return _desk(tx, now)
        rule = rule_of(now.made, here.kind, now.case.opened)
        against = why_not(now.made, now.facts, here.kind)
        if against:
            raise StepNotReady(f"还不能开始“{rule.title}”", against)
        if here.state is StepState.TODO:
            cases.set_step(tx, step_id, StepState.NOW, at=session.at)
        else:
            cases.add_steps(tx, [Step(StepId(new_id()), case_id, here.kind, here.ordinal,
                                      StepState.NOW, started=session.at)])
        session.note(tx, "step_begun", case=case_id, body={"step": here.kind})
        return _read(session, tx, case_id)


def end_step(session: Session, case_id: CaseId, step_id: StepId, *, outcome: str = "",
             reason: str = "") -> Desk:
    """End a step with ``outcome`` (one that has a single outcome needs none).

    Unpaid papers, missing approvals and people who must not act block; what warns takes a
    ``reason`` and leaves an event for each. Raises :class:`StepNotReady` or
    :class:`OutcomeNotChosen`.
    """
    said = reason.strip()[:MAX_REASON]
    with session.begin() as tx:
        now = case_now(session, tx, cases.get(tx, case_id))
        here = next(s for s in now.steps if s.id == step_id)
        rule = rule_of(now.made, here.kind, now.case.opened)
        if here.state is not StepState.NOW:
            raise refuse(f"“{rule.title}”还没有开始，或已经结束。", "请从左侧选择正在办理的环节。",
                         code="step.state")
        chosen = _chosen(rule, outcome)
        against = may_end(now.made, now.facts, here.kind, chosen.key, titles=form_titles())
        if any(c.step == step_id for c in now.clips):
            against += gap_reasons(rule, chosen.key, _covered(tx, now)[step_id])
        if any(r.level is Level.BLOCK for r in against) or (against and not said):
            raise StepNotReady(f"还不能结束“{rule.title}”", against)
        pass_warnings(session, tx, case_id, against, about=here.kind, reason=said)
        cases.set_step(tx, step_id, StepState.DONE, at=session.at, reason=said,
                       outcome=chosen.key)
        session.note(tx, "step_ended", case=case_id, body={
            "step": here.kind, "outcome": chosen.key, "warned": [r.rule for r in against]})
        return _read(session, tx, case_id)


def _chosen(rule: StepRule, outcome: str) -> Outcome:
    if not outcome and len(rule.outcomes) == 1:
        return rule.outcomes[0]
    for one in rule.outcomes:
        if one.key == outcome:
            return one
    raise OutcomeNotChosen(rule.title, rule.outcomes)


def continue_case(session: Session, case_id: CaseId, name: str, *, matter: str = "") -> Desk:
    """Take a case on under another procedure, as its last outcome allows; ``matter``: what it then
    rests on, empty for the one it had."""
    with session.begin() as tx:
        now = case_now(session, tx, cases.get(tx, case_id))
        at = standing(now.made, now.facts)
        if at.final is None or name not in at.final.continues:
            raise refuse("本案现在不能转入这个程序。", "请先按程序办完当前环节。", code="case.continue")
        made = in_force(name, session.at.astimezone(CHINA).date())
        rests_on = matter.strip() or now.case.matter
        check_powers(session, rests_on, made.id)
        known = {s.kind for s in now.steps}
        cases.save(tx, replace(now.case, procedure=made.id, procedure_version=made.version,
                               matter=rests_on))
        cases.add_steps(tx, new_steps(made, case_id, known=frozenset(known)))
        session.note(tx, "case_continued", case=case_id, body={
            "from": f"{now.made.id}/{now.made.version}", "to": f"{made.id}/{made.version}",
            "outcome": at.final.key, "matter_changed": rests_on != now.case.matter})
        return _read(session, tx, case_id)


def new_steps(made: Procedure, case: CaseId, *, known: frozenset[str] = frozenset()) -> list[Step]:
    """Steps of a procedure that a case does not have yet, none begun."""
    return [Step(StepId(new_id()), case, rule.kind, i, StepState.TODO)
            for i, rule in enumerate(made.steps) if rule.kind not in known]
