"""Procedures as data: steps, their order, and the papers and recordings each owes."""

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Any

from field_app.domain.case import Step, StepState
from field_app.domain.reasons import Level, Reason
from field_app.paths import RESOURCES
from field_app.rules.table import RulesBroken, rules

FORMAT = "le-procedure/1"


class Need(Enum):
    """``MUST`` blocks the end of a step, ``SHOULD`` takes a reason, ``MAY`` is free."""

    MUST = "must"
    SHOULD = "should"
    MAY = "may"


@dataclass(frozen=True)
class OwedPaper:
    form: str
    need: Need
    rule: str


@dataclass(frozen=True)
class OwedRecording:
    """``item`` names the recording item, ``span`` from where to where it must run."""

    item: str
    need: Need
    span: str
    rule: str


@dataclass(frozen=True)
class StepRule:
    """One step of a procedure; ``after`` lists the steps that must have ended before."""

    kind: str
    title: str
    after: tuple[str, ...]
    need: Need
    hint: str
    papers: tuple[OwedPaper, ...]
    recordings: tuple[OwedRecording, ...]


@dataclass(frozen=True)
class Procedure:
    id: str
    version: int
    title: str
    steps: tuple[StepRule, ...]

    def step(self, kind: str) -> StepRule:
        """The step of this kind; ``KeyError`` when the procedure has none."""
        for step in self.steps:
            if step.kind == kind:
                return step
        raise KeyError(kind)


@dataclass(frozen=True)
class Debt:
    """Something a step owes: ``kind`` is ``paper`` or ``recording``; ``key`` form or item."""

    kind: str
    key: str
    need: Need
    paid: bool
    text: str
    basis: str


def _step(row: Mapping[str, Any]) -> StepRule:
    return StepRule(
        kind=row["kind"], title=row["title"], after=tuple(row["after"]), need=Need(row["need"]),
        hint=row["hint"],
        papers=tuple(OwedPaper(p["form"], Need(p["need"]), p["rule"])
                     for p in row.get("paper", ())),
        recordings=tuple(OwedRecording(r["item"], Need(r["need"]), r["span"], r["rule"])
                         for r in row.get("recording", ())))


def read_procedure(path: Path) -> Procedure:
    """Read one procedure file; :class:`RulesBroken` names what is wrong."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        if raw["format"] != FORMAT:
            raise RulesBroken(f"{path.name}: unknown format")
        made = Procedure(raw["id"], raw["version"], raw["title"],
                         tuple(_step(row) for row in raw["step"]))
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise RulesBroken(f"{path}: {error}") from error
    seen: set[str] = set()
    for step in made.steps:
        if not seen.issuperset(step.after) or step.kind in seen:
            raise RulesBroken(f"{path}: step {step.kind} is out of order")
        seen.add(step.kind)
        cited = {p.rule for p in step.papers} | {r.rule for r in step.recordings}
        if unknown := cited - rules().keys():
            raise RulesBroken(f"{path}: unknown rules {sorted(unknown)}")
    return made


@lru_cache(maxsize=16)
def procedure(name: str, version: int) -> Procedure:
    """A procedure as it was released; a case keeps the version it was opened with."""
    return read_procedure(RESOURCES / "procedures" / name / f"{version}.toml")


def debts(rule: StepRule, *, issued_forms: Collection[str], recorded: bool,
          titles: Mapping[str, str]) -> list[Debt]:
    """What a step owes and whether it is paid; ``titles`` names forms for the screen."""
    table = rules()
    owed = [Debt("paper", p.form, p.need, p.form in issued_forms,
                 titles.get(p.form, p.form), table[p.rule].law) for p in rule.papers]
    owed += [Debt("recording", r.item, r.need, recorded,
                  f"{r.item}录音录像（{r.span}）", table[r.rule].law) for r in rule.recordings]
    return owed


def may_begin(made: Procedure, kind: str, steps: Collection[Step]) -> list[Reason]:
    """Reasons why a step cannot begin yet: steps before it that have not ended."""
    states = {s.kind: s.state for s in steps}
    return [
        Reason(rule="B-6", level=Level.BLOCK, text=f"“{made.step(before).title}”环节尚未完成",
               remedy="请先完成前一环节", confidence="I")
        for before in made.step(kind).after if states.get(before) is not StepState.DONE]


def may_end(rule: StepRule, *, issued_forms: Collection[str], recorded: bool,
            titles: Mapping[str, str]) -> list[Reason]:
    """Reasons that stand against ending a step: unpaid papers block, recordings warn."""
    table, found = rules(), []
    for paper in rule.papers:
        if paper.need is Need.MUST and paper.form not in issued_forms:
            found.append(table[paper.rule].reason(
                f"本环节还缺《{titles.get(paper.form, paper.form)}》", where=paper.form))
    for recording in rule.recordings:
        if recording.need is not Need.MAY and not recorded:
            found.append(table[recording.rule].reason(
                f"本环节没有“{recording.item}”的音像记录", where=recording.item))
    return found
