"""Where a case stands in its procedure: replayed from the steps that ran, in the order they ended."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from field_app.domain.case import StepState
from field_app.domain.workdays import Calendar
from field_app.rules.procedure_model import Gate, Outcome, Procedure, StepRule


@dataclass(frozen=True)
class Run:
    """One time a step was begun. ``turn`` counts the ends of steps in the case from 1; ``issued``:
    forms of the papers issued in it; ``recorded``: whether a recording is tied to it."""

    kind: str
    state: StepState
    outcome: str = ""
    turn: int = 0
    began: datetime | None = None
    ended: datetime | None = None
    issued: frozenset[str] = frozenset()
    recorded: bool = False

    @property
    def open(self) -> bool:
        return self.state is StepState.NOW

    @property
    def over(self) -> bool:
        return self.state in (StepState.DONE, StepState.SKIPPED)


@dataclass(frozen=True)
class Facts:
    """All that a procedure asks about a case. ``triggers``: those told from outside; ``answers``:
    of the newest issued paper of each form; ``served``: when a form's paper was served;
    ``handlers``: names of the officers who handle the case."""

    runs: tuple[Run, ...]
    today: date
    calendar: Calendar
    triggers: frozenset[str] = frozenset()
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    served: Mapping[str, datetime] = field(default_factory=dict)
    handlers: frozenset[str] = frozenset()

    @property
    def issued(self) -> frozenset[str]:
        """Forms of all papers issued in the case."""
        return frozenset().union(*(r.issued for r in self.runs))

    def answer(self, form: str, path: str) -> Any:
        """The answer at a dotted path of the newest paper of ``form``; None when there is none."""
        value: Any = self.answers.get(form)
        for key in path.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def names(self, form: str, path: str) -> frozenset[str]:
        """The people named there: one or several, as text or with a name of their own."""
        value = self.answer(form, path)
        many = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        found = [v.get("name") or v.get("person") if isinstance(v, Mapping) else v for v in many]
        return frozenset(str(v).strip() for v in found if v)


@dataclass(frozen=True)
class Standing:
    """``enabled``: steps the way is open to; ``done``: ends that count now (work done anew wipes
    what followed from it); ``open``: steps in hand; ``final``: the outcome that ended it all."""

    enabled: frozenset[str]
    done: Mapping[str, Run]
    open: Mapping[str, Run]
    raised: Mapping[str, frozenset[str]]
    cleared: frozenset[str]
    final: Outcome | None

    def triggers(self, facts: Facts, *, besides: str = "") -> frozenset[str]:
        """What holds now; what the step ``besides`` raised itself is left out."""
        raised = (names for kind, names in self.raised.items() if kind != besides)
        return facts.triggers.union(*raised) - self.cleared


class _Replay:
    def __init__(self, made: Procedure) -> None:
        self.made = made
        self.enabled = {s.kind for s in made.steps if s.start}
        self.done: dict[str, Run] = {}
        self.raised: dict[str, frozenset[str]] = {}
        self.cleared: set[str] = set()
        self.final: Outcome | None = None

    def end(self, run: Run) -> None:
        if not self.made.has(run.kind):
            # The step of another procedure that handed the case over.
            if not self.done:
                self.enabled = set(self.made.takes_over)
            return
        rule = self.made.step(run.kind)
        outcome = rule.outcome(run.outcome or rule.outcomes[0].key)
        if not self.done and self.made.standalone:
            # A case begins one way; the beginnings of a part stand side by side.
            self.enabled -= {s.kind for s in self.made.steps if s.start}
        wiped = self.made.downstream[run.kind]
        self.enabled -= wiped | {run.kind}
        self.done = {k: r for k, r in self.done.items() if k not in wiped}
        self.raised = {k: v for k, v in self.raised.items() if k not in wiped}
        self.done[run.kind] = run
        self.raised[run.kind] = frozenset(outcome.raises)
        self.cleared = (self.cleared - set(outcome.raises)) | set(outcome.clears)
        if outcome.ends and rule.group:
            self.enabled -= {s.kind for s in self.made.group(rule.group)}
        self.enabled |= {s.kind for s in self.made.followers(run.kind, outcome.key)}
        if rule.repeat and not rule.during:
            self.enabled.add(run.kind)
        if outcome.final:
            self.final, self.enabled = outcome, set()


def standing(made: Procedure, facts: Facts) -> Standing:
    """Replay what ran; steps that open while another is in hand are added at the end."""
    replay = _Replay(made)
    for run in sorted((r for r in facts.runs if r.over), key=lambda r: r.turn):
        replay.end(run)
    in_hand = {r.kind: r for r in facts.runs if r.open and made.has(r.kind)}
    enabled = replay.enabled - in_hand.keys()
    if made.standalone and in_hand and not replay.done:
        enabled -= {s.kind for s in made.steps if s.start}  # It has begun another way.
    for rule in made.steps:
        if rule.kind in enabled or rule.kind in in_hand:
            continue
        if any(p in in_hand for p in rule.during) and _may_open(
                made, rule, replay.done, in_hand, enabled):
            enabled = enabled | {rule.kind}
    return Standing(frozenset(enabled), replay.done, in_hand, replay.raised,
                    frozenset(replay.cleared), replay.final)


def _may_open(made: Procedure, rule: StepRule, done: Mapping[str, Run],
              in_hand: Collection[str], enabled: Collection[str]) -> bool:
    """Whether a step that runs while another is in hand can be opened (again)."""
    if not rule.group:
        return rule.repeat or rule.kind not in done
    members = {s.kind for s in made.group(rule.group)}
    if not members.isdisjoint(in_hand) or not members.isdisjoint(enabled):
        return False
    newest = newest_of(made, rule.group, done)
    return newest is None or (rule.repeat and bool(newest.ends))


def newest_of(made: Procedure, group: str, done: Mapping[str, Run]) -> Outcome | None:
    """The outcome a sub-procedure's newest step ended with."""
    runs = [r for s in made.group(group) if (r := done.get(s.kind)) is not None]
    if not runs:
        return None
    newest = max(runs, key=lambda r: r.turn)
    rule = made.step(newest.kind)
    return rule.outcome(newest.outcome or rule.outcomes[0].key)


def begun(made: Procedure, name: str, at: Standing) -> bool:
    """Whether a step or sub-procedure was begun and that still counts."""
    kinds = {name} if made.has(name) else {s.kind for s in made.group(name)}
    return not kinds.isdisjoint(at.done.keys() | at.open.keys())


def met(made: Procedure, gate: Gate, at: Standing) -> bool:
    """Whether what the gate asks for has ended as it should."""
    name = gate.ref.step
    if made.has(name):
        run = at.done.get(name)
        return run is not None and name not in at.open and gate.ref.met_by(run.outcome)
    members = made.group(name)
    if not members:
        return gate.if_present or gate.if_begun
    if any(s.kind in at.open for s in members):
        return False
    newest = newest_of(made, name, at.done)
    return newest is not None and bool(newest.ends)


def applies(made: Procedure, gate: Gate, at: Standing, holding: frozenset[str]) -> bool:
    """Whether the gate asks for anything now."""
    if not gate.condition.holds(holding):
        return False
    known = made.has(gate.ref.step) or bool(made.group(gate.ref.step))
    if not known:
        return False
    return not gate.if_begun or begun(made, gate.ref.step, at)


def unfinished_sides(made: Procedure, at: Standing) -> list[str]:
    """Sub-procedures that run beside the way (seizure, preservation) and have not ended."""
    groups = {s.group for s in made.steps if s.group and s.during}
    found = []
    for group in sorted(groups):
        newest = newest_of(made, group, at.done)
        if begun(made, group, at) and (newest is None or not newest.ends):
            found.append(group)
    return found
