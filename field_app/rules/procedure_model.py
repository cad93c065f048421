"""What a procedure is made of: steps, outcomes, and what each owes, as read from data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from functools import cached_property


class Need(Enum):
    """``MUST`` blocks the end of a step, ``SHOULD`` takes a reason, ``MAY`` is free.

    What was not recorded cannot be recorded later, so a missing recording takes a reason even
    where it is a must.
    """

    MUST = "must"
    SHOULD = "should"
    MAY = "may"


@dataclass(frozen=True)
class Ref:
    """A step, or a sub-procedure, that ended with one of ``outcomes`` (none named: any).

    ``back``: the way leads back to work that was done before.
    """

    step: str
    outcomes: tuple[str, ...] = ()
    back: bool = False

    def met_by(self, outcome: str) -> bool:
        """Whether an end with ``outcome`` is meant."""
        return not self.outcomes or outcome in self.outcomes


@dataclass(frozen=True)
class Condition:
    """``when``: all of these triggers hold; ``unless``: none of these does."""

    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    def holds(self, triggers: frozenset[str]) -> bool:
        """Whether it applies while ``triggers`` hold."""
        return triggers.issuperset(self.when) and triggers.isdisjoint(self.unless)


ALWAYS = Condition()


@dataclass(frozen=True)
class Gate:
    """What must have ended before a step begins; ``if_begun``: only when it was begun at all;
    ``if_present``: only in procedures that have it."""

    ref: Ref
    rule: str
    condition: Condition = ALWAYS
    if_begun: bool = False
    if_present: bool = False


@dataclass(frozen=True)
class OwedPaper:
    """Any one of ``forms``, issued in the step, or anywhere in the case where ``anywhere``;
    owed for ``outcomes`` only, where some are named."""

    forms: tuple[str, ...]
    need: Need
    rule: str
    outcomes: tuple[str, ...] = ()
    condition: Condition = ALWAYS
    anywhere: bool = False


@dataclass(frozen=True)
class OwedRecording:
    """``item`` names the recording item, ``span`` from where to where it must run."""

    item: str
    need: Need
    span: str
    rule: str
    outcomes: tuple[str, ...] = ()
    condition: Condition = ALWAYS


@dataclass(frozen=True)
class Approval:
    """``by`` agrees on ``form``: its answer at ``field`` is ``value``."""

    by: str
    form: str
    field: str
    value: str
    rule: str
    outcomes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Person:
    """Who acts in ``role``, named by ``form`` at ``field``; nobody named in ``not_same_as``.

    ``not_same_as`` holds roles: ``handlers``, or another role of the same step.
    """

    role: str
    form: str
    field: str
    not_same_as: tuple[str, ...]
    rule: str


@dataclass(frozen=True)
class Start:
    """From when a term runs: ``began`` or ``ended`` (of the step), ``served`` (``form``), or
    ``field`` (the answer at ``field`` of ``form``)."""

    kind: str
    form: str = ""
    field: str = ""


@dataclass(frozen=True)
class TimerRule:
    """A term that a step sets running; it stops when one of ``until`` ended.

    It runs from ``start``, or the paper itself names its last day (``due``).
    """

    term: str
    start: Start | None
    due: Start | None
    until: tuple[Ref, ...]
    outcomes: tuple[str, ...] = ()
    condition: Condition = ALWAYS


@dataclass(frozen=True)
class Wait:
    """A step does not begin before a term is over, unless ``unless_paper`` was issued."""

    term: str
    start: Start
    rule: str
    unless_paper: str = ""


@dataclass(frozen=True)
class Outcome:
    """One way a step ends. ``ends``: the procedure ends so; ``continues``: other procedures that
    may take the case on; ``raises`` and ``clears``: triggers that hold, or no longer hold, from
    then on; ``owes_reason``: it is to be explained; ``final``: nothing follows."""

    key: str
    label: str
    ends: str = ""
    continues: tuple[str, ...] = ()
    raises: tuple[str, ...] = ()
    clears: tuple[str, ...] = ()
    condition: Condition = ALWAYS
    rule: str = ""
    final: bool = False
    owes_reason: bool = False


@dataclass(frozen=True)
class StepRule:
    """One step. ``group`` is the sub-procedure it came from, empty for the procedure's own."""

    kind: str
    title: str
    hint: str
    group: str
    start: bool
    after: tuple[Ref, ...]
    during: tuple[str, ...]
    repeat: bool
    condition: Condition
    condition_rule: str
    needs: tuple[Gate, ...]
    rules: tuple[str, ...]
    who: str
    confidence: str
    papers: tuple[OwedPaper, ...]
    recordings: tuple[OwedRecording, ...]
    approvals: tuple[Approval, ...]
    people: tuple[Person, ...]
    timers: tuple[TimerRule, ...]
    waits: tuple[Wait, ...]
    outcomes: tuple[Outcome, ...]

    def outcome(self, key: str) -> Outcome:
        """The outcome of this key; ``KeyError`` when the step has none."""
        for one in self.outcomes:
            if one.key == key:
                return one
        raise KeyError(key)


@dataclass(frozen=True)
class Procedure:
    """``first``: the step a new case begins with; ``closing``: the step that closes the case;
    ``takes_over``: the steps that a case coming from another procedure goes on with;
    ``standalone``: whether a case can be opened under it; ``downstream``: for each step, all
    that the way leads to from it, ways back left out."""

    id: str
    version: int
    title: str
    hint: str
    effective_from: date
    effective_to: date | None
    standalone: bool
    first: str
    closing: str
    takes_over: tuple[str, ...]
    sources: tuple[str, ...]
    steps: tuple[StepRule, ...]
    downstream: Mapping[str, frozenset[str]] = field(default_factory=dict, compare=False)
    group_titles: Mapping[str, str] = field(default_factory=dict, compare=False)

    @cached_property
    def _by_kind(self) -> dict[str, StepRule]:
        return {s.kind: s for s in self.steps}

    @cached_property
    def _groups(self) -> dict[str, tuple[StepRule, ...]]:
        names = {s.group for s in self.steps if s.group}
        return {n: tuple(s for s in self.steps if s.group == n) for n in names}

    @cached_property
    def _followers(self) -> dict[tuple[str, str], tuple[StepRule, ...]]:
        return {(s.kind, o.key): tuple(
            f for f in self.steps if any(r.step == s.kind and r.met_by(o.key) for r in f.after))
            for s in self.steps for o in s.outcomes}

    def step(self, kind: str) -> StepRule:
        """The step of this kind; ``KeyError`` when the procedure has none."""
        return self._by_kind[kind]

    def has(self, kind: str) -> bool:
        """Whether there is such a step."""
        return kind in self._by_kind

    def group(self, name: str) -> tuple[StepRule, ...]:
        """The steps of a sub-procedure; none when it is not part of this procedure."""
        return self._groups.get(name, ())

    def title_of(self, name: str) -> str:
        """The title of a step, or of a sub-procedure."""
        return self.step(name).title if self.has(name) else self.group_titles[name]

    def followers(self, kind: str, outcome: str) -> tuple[StepRule, ...]:
        """The steps that an end with ``outcome`` opens the way to."""
        return self._followers[kind, outcome]
