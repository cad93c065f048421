"""Reads procedures: one file a version, sub-procedures laid in, every reference checked."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from field_app.domain.reasons import Level, Reason
from field_app.paths import RESOURCES
from field_app.rules.procedure_model import (
    Approval,
    Condition,
    Gate,
    Need,
    Outcome,
    OwedPaper,
    OwedRecording,
    Person,
    Procedure,
    Ref,
    Start,
    StepRule,
    TimerRule,
    Wait,
)
from field_app.rules.table import Rule, RulesBroken, read_rules, rules
from field_app.rules.terms import TermUnknown, find_term

FORMATS = ("le-procedure/1", "le-procedure/2")
FOLDER = RESOURCES / "procedures"
_MAX_BYTES = 256 << 10
_STEP_KEYS = frozenset({
    "kind", "title", "hint", "start", "after", "during", "repeat", "when", "unless",
    "condition_rule", "needs", "rules", "who", "confidence", "papers", "recordings", "approvals",
    "people", "timers", "not_before", "outcomes"})
_USES_KEYS = frozenset({"uses", "version", "start", "after", "during", "repeat", "entries",
                        "when", "unless", "condition_rule", "ends_case"})
WHO = {
    "two_officers": "两名以上执法人员", "leader": "机关负责人", "legal_reviewer": "法制审核人员",
    "hearing_host": "听证主持人", "leaders": "机关负责人集体", "archivist": "立卷人"}


@lru_cache(maxsize=1)
def bases() -> dict[str, Rule]:
    """The law behind what procedures owe, for rules that the table of rules does not hold."""
    return read_rules(FOLDER / "bases.toml")


def basis(rule: str) -> Rule:
    """The rule of this id: from the table of rules, or from the procedures' own list of bases."""
    found = rules().get(rule) or bases().get(rule)
    if found is None:
        raise RulesBroken(f"unknown rule {rule}")
    return found


def reason(rule: str, detail: str, remedy: str, *, level: Level = Level.BLOCK,
           where: str = "") -> Reason:
    """A finding of a procedure under ``rule``, in its own words and with that rule's law."""
    of = basis(rule)
    return Reason(rule=rule, level=level, text=detail, remedy=remedy, basis=of.law,
                  confidence=of.confidence, where=where)


@lru_cache(maxsize=1)
def triggers() -> dict[str, str]:
    """Names of triggers, each with its meaning."""
    raw = _read_toml(FOLDER / "triggers.toml")
    return {row["name"]: row["meaning"] for row in raw["trigger"]}


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(v) for v in value)


def _ref(row: Any) -> Ref:
    return Ref(row) if isinstance(row, str) else Ref(
        row["step"], _texts(row.get("outcome", ())), bool(row.get("back", False)))


def _condition(row: Mapping[str, Any]) -> Condition:
    made = Condition(_texts(row.get("when", ())), _texts(row.get("unless", ())))
    _known_triggers(*made.when, *made.unless)
    return made


def _known_triggers(*named: str) -> tuple[str, ...]:
    if unknown := set(named) - triggers().keys():
        raise ValueError(f"unknown triggers {sorted(unknown)}")
    return named


def _start(value: Any) -> Start:
    if isinstance(value, dict):
        return Start("field", value["paper"], value["field"])
    word, _, form = str(value).partition(":")
    if (word, bool(form)) not in {("step_began", False), ("step_ended", False), ("served", True)}:
        raise ValueError(f"a term cannot run from {value!r}")
    return Start(word.removeprefix("step_"), form)


def _paper(row: Mapping[str, Any]) -> OwedPaper:
    forms = tuple(row["any_of"]) if "any_of" in row else (row["form"],)
    return OwedPaper(forms, Need(row["need"]), row["rule"], _texts(row.get("outcome", ())),
                     _condition(row), bool(row.get("anywhere", False)))


def _recording(row: Mapping[str, Any]) -> OwedRecording:
    return OwedRecording(row["item"], Need(row["need"]), row["span"], row["rule"],
                         _texts(row.get("outcome", ())), _condition(row))


def _approval(row: Mapping[str, Any]) -> Approval:
    return Approval(row["by"], row["form"], row.get("field", "APPROVE.leader_opinion.choice"),
                    row.get("value", "同意"), row["rule"], _texts(row.get("outcome", ())))


def _timer(row: Mapping[str, Any]) -> TimerRule:
    if ("from" in row) == ("due" in row):
        raise ValueError(f"timer {row.get('term')}: either from or due")
    return TimerRule(
        row["term"], _start(row["from"]) if "from" in row else None,
        _start(row["due"]) if "due" in row else None, tuple(map(_ref, row["until"])),
        _texts(row.get("outcome", ())), _condition(row))


def _outcome(row: Mapping[str, Any]) -> Outcome:
    return Outcome(row["key"], row["label"], row.get("ends", ""), tuple(row.get("continues", ())),
                   _known_triggers(*_texts(row.get("raises", ()))),
                   _known_triggers(*_texts(row.get("clears", ()))), _condition(row), row.get("rule", ""),
                   owes_reason=bool(row.get("owes_reason", False)))


def _step(row: Mapping[str, Any]) -> StepRule:
    if extra := row.keys() - _STEP_KEYS:
        raise ValueError(f"step {row.get('kind')}: unknown keys {sorted(extra)}")
    return StepRule(
        kind=row["kind"], title=row["title"], hint=row["hint"], group="",
        start=bool(row.get("start", False)), after=tuple(map(_ref, row.get("after", ()))),
        during=_texts(row.get("during", ())), repeat=bool(row.get("repeat", False)),
        condition=_condition(row), condition_rule=row.get("condition_rule", ""),
        needs=tuple(Gate(_ref(g), g["rule"], _condition(g), bool(g.get("if_begun", False)),
                         bool(g.get("if_present", False)))
                    for g in row.get("needs", ())),
        rules=tuple(row["rules"]), who=row["who"], confidence=row["confidence"],
        papers=tuple(map(_paper, row.get("papers", ()))),
        recordings=tuple(map(_recording, row.get("recordings", ()))),
        approvals=tuple(map(_approval, row.get("approvals", ()))),
        people=tuple(Person(p["role"], p["form"], p["field"], tuple(p.get("not_same_as", ())),
                            p["rule"]) for p in row.get("people", ())),
        timers=tuple(map(_timer, row.get("timers", ()))),
        waits=tuple(Wait(w["term"], _start(w["from"]), w["rule"], w.get("unless_paper", ""))
                    for w in row.get("not_before", ())),
        outcomes=tuple(map(_outcome, row["outcomes"])))


def _step_of_format_1(row: Mapping[str, Any]) -> StepRule:
    """A step of the first format: no branches, one way to end."""
    return _step({
        "kind": row["kind"], "title": row["title"], "hint": row["hint"],
        "start": not row["after"], "after": row["after"], "rules": [], "who": "two_officers",
        "confidence": "I", "papers": row.get("paper", ()), "recordings": row.get("recording", ()),
        "outcomes": [{"key": "done", "label": "完成"}]})


def _used(row: Mapping[str, Any]) -> list[StepRule]:
    """The steps of a sub-procedure, entered as the row says."""
    if extra := row.keys() - _USES_KEYS:
        raise ValueError(f"uses {row.get('uses')}: unknown keys {sorted(extra)}")
    inner = procedure(row["uses"], row["version"])
    entries = {k: tuple(map(_ref, v)) for k, v in row.get("entries", {}).items()}
    if unknown := entries.keys() - {s.kind for s in inner.steps}:
        raise ValueError(f"uses {row['uses']}: no steps {sorted(unknown)}")
    entered, made = tuple(map(_ref, row.get("after", ()))), []
    for step in inner.steps:
        changed = replace(step, group=step.group or inner.id, after=step.after + entries.get(step.kind, ()),
                          start=step.start and bool(row.get("start", False)),
                          outcomes=tuple(replace(o, final=bool(o.ends and row.get("ends_case")))
                                         for o in step.outcomes))
        if step.start and step.group == "":
            outer = _condition(row)
            changed = replace(
                changed, after=changed.after + entered, during=_texts(row.get("during", ())),
                repeat=bool(row.get("repeat", False)),
                condition=Condition(step.condition.when + outer.when,
                                    step.condition.unless + outer.unless),
                condition_rule=row.get("condition_rule", "") or step.condition_rule)
        made.append(changed)
    return made


def _with_finals(made: Procedure) -> Procedure:
    """Mark the outcomes that end the case here: what ends, or what only another takes on."""
    def marked(step: StepRule, one: Outcome) -> Outcome:
        others = tuple(c for c in one.continues if c != made.id)
        leads = any(not f.repeat for f in made.followers(step.kind, one.key))
        final = one.final or bool(one.ends and not step.group) or bool(others and not leads)
        return replace(one, continues=others, final=final)

    return replace(
        made, downstream={s.kind: _downstream(made, s.kind) for s in made.steps},
        steps=tuple(replace(s, outcomes=tuple(marked(s, o) for o in s.outcomes))
                    for s in made.steps))


def _check_refs(made: Procedure) -> Iterable[str]:
    groups = {s.group for s in made.steps if s.group}
    for step in made.steps:
        refs = [*step.after, *(g.ref for g in step.needs if not (g.if_begun or g.if_present))]
        for ref in refs:
            if not made.has(ref.step):
                if ref.step not in groups:
                    yield f"step {step.kind} is out of order: no step {ref.step}"
                continue
            keys = {o.key for o in made.step(ref.step).outcomes}
            if unknown := set(ref.outcomes) - keys:
                yield f"step {step.kind}: {ref.step} has no outcome {sorted(unknown)}"
        own = {o.key for o in step.outcomes}
        named = {k for paper in step.papers for k in paper.outcomes}
        named |= {k for item in step.recordings for k in item.outcomes}
        named |= {k for one in step.approvals for k in one.outcomes}
        named |= {k for timer in step.timers for k in timer.outcomes}
        if unknown := named - own:
            yield f"step {step.kind} has no outcome {sorted(unknown)}"
        if not step.outcomes or len(own) != len(step.outcomes):
            yield f"step {step.kind}: outcomes"
        if step.who not in WHO:
            yield f"step {step.kind}: nobody is called {step.who}"


def _downstream(made: Procedure, kind: str) -> frozenset[str]:
    follows: dict[str, list[str]] = {}
    for step in made.steps:
        for ref in step.after:
            if not ref.back:
                follows.setdefault(ref.step, []).append(step.kind)
    seen: set[str] = set()
    waiting = list(follows.get(kind, ()))
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            waiting += follows.get(here, ())
    return frozenset(seen)


def _check(made: Procedure) -> None:
    problems = list(_check_refs(made))
    kinds = [s.kind for s in made.steps]
    problems += [f"step {k} stands twice" for k in {k for k in kinds if kinds.count(k) > 1}]
    problems += [f"no step {k}" for k in (made.first, made.closing, *made.takes_over)
                 if k and k not in kinds]
    asked = {g.ref.step for s in made.steps for g in s.needs}
    problems += [f"{k} names a step and a sub-procedure" for k in asked.intersection(kinds)
                 if any(s.group == k for s in made.steps)]
    problems += [f"step {s.kind} follows itself without a way back" for s in made.steps
                 if s.kind in made.downstream[s.kind]]
    for step in made.steps:
        cited = {*step.rules, *(g.rule for g in step.needs), *(p.rule for p in step.papers),
                 *(r.rule for r in step.recordings), *(a.rule for a in step.approvals),
                 *(p.rule for p in step.people), *(w.rule for w in step.waits),
                 *(o.rule for o in step.outcomes if o.rule)}
        for rule in sorted(cited):
            basis(rule)
        for term in (*(t.term for t in step.timers), *(w.term for w in step.waits)):
            find_term(term)
    if problems:
        raise RulesBroken(f"{made.id}/{made.version}: {problems[0]}")


def _read_toml(path: Path) -> dict[str, Any]:
    if path.stat().st_size > _MAX_BYTES:
        raise ValueError("too large")
    return tomllib.loads(path.read_text("utf-8"))


def _made(raw: Mapping[str, Any]) -> Procedure:
    old = raw["format"] == FORMATS[0]
    steps: list[StepRule] = []
    for row in raw["step"]:
        steps += [_step_of_format_1(row)] if old else _used(row) if "uses" in row else [_step(row)]
    used = {row["uses"]: procedure(row["uses"], row["version"]) for row in raw["step"]
            if "uses" in row}
    inner = {k: v for one in used.values() for k, v in one.group_titles.items()}
    return Procedure(
        id=raw["id"], version=raw["version"], title=raw["title"], hint=raw.get("hint", ""),
        effective_from=raw["effective_from"], effective_to=raw.get("effective_to"),
        standalone=bool(raw.get("standalone", old)), first=raw.get("first", steps[0].kind),
        closing=raw.get("closing", ""), takes_over=tuple(raw.get("takes_over", ())),
        sources=tuple(raw["sources"]), steps=tuple(steps),
        group_titles=inner | {k: one.title for k, one in used.items()})


def read_procedure(path: Path) -> Procedure:
    """Read one procedure file; :class:`RulesBroken` names what is wrong."""
    try:
        raw = _read_toml(path)
        if raw["format"] not in FORMATS:
            raise RulesBroken(f"{path.name}: unknown format")
        made = _with_finals(_made(raw))
        _check(made)
    except (OSError, KeyError, ValueError, TypeError, AttributeError, TermUnknown) as error:
        raise RulesBroken(f"{path}: {error}") from error
    return made


@lru_cache(maxsize=64)
def procedure(name: str, version: int) -> Procedure:
    """A procedure as it was released; a case keeps the version it was opened with."""
    return read_procedure(FOLDER / name / f"{version}.toml")


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Every procedure that ships, by name."""
    return tuple(sorted(p.name for p in FOLDER.iterdir() if p.is_dir()))


def in_force(name: str, day: date) -> Procedure:
    """The newest version in force on ``day``; :class:`RulesBroken` when there is none."""
    versions = sorted((int(p.stem) for p in (FOLDER / name).glob("*.toml")), reverse=True)
    for version in versions:
        made = procedure(name, version)
        if made.effective_from <= day and (made.effective_to is None or day <= made.effective_to):
            return made
    raise RulesBroken(f"no version of {name} is in force on {day}")


def offered(day: date) -> tuple[Procedure, ...]:
    """The procedures a new case can be opened under on ``day``."""
    made = (in_force(name, day) for name in names())
    order = ("inspection", "summary", "ordinary", "soft")
    return tuple(sorted((p for p in made if p.standalone),
                        key=lambda p: order.index(p.id) if p.id in order else len(order)))
