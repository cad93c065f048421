"""Random walks through every procedure: nothing is ever missing, nothing is ever stuck unsaid.

What must hold is read from the files by this test itself, not asked of the engine.
"""

import random
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from field_app.domain.case import StepState
from field_app.domain.clock import CHINA
from field_app.domain.reasons import Level
from field_app.domain.workdays import shipped_calendar
from field_app.rules.deadlines import Question, compute
from field_app.rules.procedure import FOLDER, in_force, names, triggers
from field_app.rules.procedure_debts import available, before_closing, blocked, may_end, why_not
from field_app.rules.procedure_model import Procedure, StepRule
from field_app.rules.procedure_state import Facts, Run, standing
from field_app.rules.procedure_timers import timers
from field_app.rules.terms import find_term

TODAY = date(2025, 3, 3)
CALENDAR = shipped_calendar()
HANDLERS = frozenset({"承办甲", "承办乙"})
# Dates that papers tell; they are set to the day the paper is issued.
DATES = ("filed_at", "start", "start_at", "end", "new_end", "deadline", "at")


def raw_steps() -> dict[str, dict[str, Any]]:
    """Every step of the newest files as written, by kind."""
    found = {}
    for name in names():
        path = max((FOLDER / name).glob("*.toml"), key=lambda p: int(p.stem))
        for row in tomllib.loads(path.read_text("utf-8"))["step"]:
            if "kind" in row:
                found[row["kind"]] = row
    return found


RAW = raw_steps()


@dataclass
class Walker:
    """One case that is walked at random; ``seen`` counts what was reached."""

    made: Procedure
    dice: random.Random
    seen: Counter[tuple[str, str]]
    facts: Facts = field(init=False)
    turn: int = 0
    side_ways: int = 0

    def __post_init__(self) -> None:
        told = frozenset(t for t in ("enterprise", "complaint", "hearing_due", "entrusted",
                                     "over_summary_limit", "goods_confiscated", "urgent")
                         if self.dice.random() < 0.2)
        told |= {t for t in ("legal_review_due", "collective_due") if self.dice.random() < 0.4}
        self.side_ways = self.dice.choice((0, 0, 1, 1, 2))
        self.facts = Facts((), TODAY, CALENDAR, told, handlers=HANDLERS)

    @property
    def now(self) -> datetime:
        return datetime.combine(self.facts.today, time(9, self.turn % 60), CHINA)

    def change(self, old: Run | None, new: Run) -> None:
        runs = tuple(r for r in self.facts.runs if r is not old)
        self.facts = replace(self.facts, runs=(*runs, new))

    def run(self, kind: str) -> Run:
        return next(r for r in self.facts.runs if r.kind == kind and r.open)

    def issue(self, kind: str, form: str) -> None:
        """Issue a paper: approved or not, with people of one's own or not."""
        answers: dict[str, Any] = {d: self.now.isoformat() for d in DATES}
        yes = self.dice.random() < 0.85
        answers["APPROVE"] = {"leader_opinion": {"choice": "同意" if yes else "不同意"}}
        answers["opinion"] = "同意" if yes else "不同意"
        other = "旁人" if self.dice.random() < 0.9 else "承办甲"
        answers |= {"reviewer": {"name": other}, "host": {"name": other}, "maker": "立卷人",
                    "checker": {"name": "检查人" if yes else "立卷人"}}
        run = self.run(kind)
        self.change(run, replace(run, issued=run.issued | {form}))
        served = dict(self.facts.served)
        if form == "G4-02":
            served |= {f: self.now for f in self.facts.issued if f not in served}
        self.facts = replace(self.facts, served=served,
                             answers={**self.facts.answers, form: answers})

    def pay(self, kind: str) -> None:
        """Pay something that an open step may owe."""
        rule, run = self.made.step(kind), self.run(kind)
        have = self.facts.issued
        forms = [f for p in rule.papers for f in p.forms
                 if have.isdisjoint(p.forms) or not (p.anywhere or f in run.issued)]
        if not forms or self.dice.random() < 0.2:
            forms += [a.form for a in rule.approvals] + [p.form for p in rule.people]
        if rule.recordings and not run.recorded and self.dice.random() < 0.4:
            self.change(run, replace(run, recorded=True))
        elif forms:
            self.issue(kind, self.dice.choice(forms))

    def begin(self, kind: str) -> None:
        assert why_not(self.made, self.facts, kind) == []
        self.check_begun(RAW[kind])
        self.change(None, Run(kind, StepState.NOW, began=self.now))
        self.seen[kind, ""] += 1

    def check_begun(self, row: dict[str, Any]) -> None:
        """Terms that must be over, counted anew."""
        for wait in row.get("not_before", ()):
            start = wait["from"]
            form = start["paper"] if isinstance(start, dict) else start.partition(":")[2]
            if form not in self.facts.issued or wait.get("unless_paper") in self.facts.issued:
                continue
            since = self.facts.served[form] if not isinstance(start, dict) else \
                datetime.fromisoformat(self.facts.answers[form][start["field"]])
            answer = compute(find_term(wait["term"]), Question(since), CALENDAR)
            over = answer.opens or answer.due
            day = answer.earliest if over is None else over
            assert day is not None
            assert self.facts.today > day or (over is None and self.facts.today == day), row["kind"]

    def end(self, kind: str) -> None:
        rule = self.made.step(kind)
        outcome = self.dice.choice(rule.outcomes)
        against = may_end(self.made, self.facts, kind, outcome.key, titles={})
        if any(r.level is Level.BLOCK for r in against):
            assert all(r.text and r.remedy for r in against)
            return
        run = self.run(kind)
        self.check_ended(RAW[kind], outcome.key, run, against=[r.rule for r in against])
        self.turn += 1
        self.change(run, replace(run, state=StepState.DONE, outcome=outcome.key, turn=self.turn,
                                 ended=self.now))
        self.seen[kind, outcome.key] += 1

    def check_ended(self, row: dict[str, Any], outcome: str, run: Run, *,
                    against: list[str]) -> None:
        """Nothing that the file asks for is missing: the test's own reading of it."""
        holding = standing(self.made, self.facts).triggers(self.facts)

        def asked(one: dict[str, Any]) -> bool:
            only = one.get("outcome", outcome)
            when, unless = one.get("when", []), one.get("unless", [])
            when = [when] if isinstance(when, str) else when
            unless = [unless] if isinstance(unless, str) else unless
            return (outcome in ([only] if isinstance(only, str) else only)
                    and holding.issuperset(when) and holding.isdisjoint(unless))

        for paper in filter(asked, row.get("papers", ())):
            forms = set(paper.get("any_of") or [paper["form"]])
            have = self.facts.issued if paper.get("anywhere") else run.issued
            if paper["need"] == "must":
                assert forms & have, (row["kind"], outcome, forms)
            elif paper["need"] == "should" and not forms & have:
                assert paper["rule"] in against
        for item in filter(asked, row.get("recordings", ())):
            assert run.recorded or item["rule"] in against or item["need"] == "may"
        for one in filter(asked, row.get("approvals", ())):
            answers = self.facts.answers[one["form"]]
            signed = (answers["opinion"] if one.get("field") == "opinion"
                      else answers["APPROVE"]["leader_opinion"]["choice"])
            assert signed == "同意"
        for person in row.get("people", ()):
            if person["form"] in run.issued and "handlers" in person.get("not_same_as", ()):
                assert self.facts.answers[person["form"]][person["field"]]["name"] not in HANDLERS

    def zeal(self, step: StepRule) -> int:
        """How much a step is wanted: those beside the way once, some walks none of them."""
        if not (step.during or step.repeat):
            return 12
        often = sum(r.kind == step.kind for r in self.facts.runs)
        return 1 if self.side_ways and often < self.side_ways else 0

    def step(self) -> bool:
        """One move; False when the case is over."""
        at = standing(self.made, self.facts)
        if at.final is not None:
            assert not available(self.made, self.facts)
            if not at.final.continues:
                assert at.open.keys() == set()
            return False
        ready = available(self.made, self.facts, at)
        waiting = blocked(self.made, self.facts, at)
        assert at.open or ready or waiting, f"stuck in {self.made.id}: {self.facts.runs}"
        assert all(r.text and r.remedy for _, found in waiting for r in found)
        moves = [("pay", k) for k in at.open for _ in range(4)]
        moves += [("end", k) for k in at.open for _ in range(3)]
        moves += [("begin", s.kind) for s in ready for _ in range(self.zeal(s))]
        if not moves:
            self.pass_days()
            return True
        move, kind = self.dice.choice(moves)
        getattr(self, move)(kind)
        if self.dice.random() < 0.1:
            self.pass_days()
        return True

    def pass_days(self) -> None:
        self.facts = replace(self.facts, today=min(
            self.facts.today + timedelta(days=self.dice.randint(1, 60)), date(2026, 11, 20)))


def walk(made: Procedure, seed: int, seen: Counter[tuple[str, str]], moves: int = 400) -> bool:
    """One walk; whether the case came to its end."""
    walker = Walker(made, random.Random(seed), seen)
    for _ in range(moves):
        if not walker.step():
            return True
        for timer in timers(made, walker.facts, standing(made, walker.facts)):
            assert timer.text and (timer.due is not None or "没有" in timer.text)
    assert before_closing(made, walker.facts) or made.closing in standing(
        made, walker.facts).open.keys() | standing(made, walker.facts).done.keys() | {
        s.kind for s in available(made, walker.facts)} or not made.closing
    return False


def newest() -> Iterator[Procedure]:
    for name in names():
        yield in_force(name, TODAY)


def reachable(made: Procedure) -> Iterator[tuple[StepRule, str]]:
    """Every step with every outcome."""
    for step in made.steps:
        for outcome in step.outcomes:
            yield step, outcome.key


@pytest.mark.parametrize("made", list(newest()), ids=lambda m: m.id)
def test_walks_keep_every_rule(made: Procedure) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    ended = sum(walk(made, seed, seen, moves=160) for seed in range(30))
    assert ended


@pytest.mark.soak
def test_ten_thousand_walks_reach_everything() -> None:
    everywhere: Counter[tuple[str, str]] = Counter()
    made_all = list(newest())
    # The ordinary procedure is as long as all others together.
    turns = [*made_all, *(in_force("ordinary", TODAY) for _ in range(3))]
    for number in range(10_000):
        made = turns[number % len(turns)]
        walk(made, number, everywhere, moves=600)
    missing = {(s.kind, key) for made in made_all for s, key in reachable(made)
               if not everywhere[s.kind, key]}
    assert missing == set()


def test_every_step_and_outcome_can_be_reached() -> None:
    """Directly: each outcome lies on a way from a start, over steps that can all be begun."""
    for made in newest():
        known: set[tuple[str, str]] = set()
        open_to = {s.kind for s in made.steps if s.start} | {s.kind for s in made.steps if s.during}
        while True:
            more = {(k, o.key) for k in open_to for o in made.step(k).outcomes} - known
            if not more:
                break
            known |= more
            open_to |= {f.kind for k, o in more for f in made.followers(k, o)}
        assert {(s.kind, key) for s, key in reachable(made)} == known, made.id


def test_triggers_are_used_and_named() -> None:
    conditions = [c for made in newest() for s in made.steps for c in (
        s.condition, *(p.condition for p in s.papers), *(g.condition for g in s.needs),
        *(o.condition for o in s.outcomes))]
    used = {t for c in conditions for t in (*c.when, *c.unless)}
    used |= {t for made in newest() for s in made.steps for o in s.outcomes for t in o.raises}
    assert used == set(triggers())
