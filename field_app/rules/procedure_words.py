"""A procedure told in words: what a step is for, when it begins, what it owes, how it may end."""

from collections.abc import Iterable, Mapping
from typing import Any

from field_app.rules.procedure import WHO, basis, triggers
from field_app.rules.procedure_model import (
    Condition,
    Need,
    Procedure,
    Ref,
    Start,
    StepRule,
    TimerRule,
)
from field_app.rules.terms import find_term

_NEEDS = {Need.MUST: "必须", Need.SHOULD: "应当", Need.MAY: "可以"}
_CONFIDENCE = {"V": "已核对原文", "P": "只见摘要", "M": "凭记忆，须核对", "I": "我们的推断"}


def _ref(made: Procedure, ref: Ref) -> str:
    title = made.title_of(ref.step)
    if not ref.outcomes or not made.has(ref.step):
        return f"“{title}”"
    rule = made.step(ref.step)
    return f"“{title}”（{'、'.join(rule.outcome(o).label for o in ref.outcomes)}）"


def _when(condition: Condition) -> str:
    names = triggers()
    words = [names[t] for t in condition.when] + [f"不属于“{names[t]}”" for t in condition.unless]
    return f"（限于：{'；'.join(words)}）" if words else ""


def _only(outcomes: tuple[str, ...], rule: StepRule) -> str:
    if not outcomes:
        return ""
    return f"（结果为{'、'.join(rule.outcome(o).label for o in outcomes)}的）"


def _law(rule: str) -> str:
    of = basis(rule)
    return f"；{of.law}" if of.law else ""


def _from(start: Start, titles: Mapping[str, str]) -> str:
    title = f"《{titles.get(start.form, start.form)}》"
    return {"began": "自本环节开始", "ended": "自本环节完成", "served": f"自{title}送达",
            "field": f"自{title}写明的日期"}[start.kind]


def _timer(one: TimerRule, rule: StepRule, titles: Mapping[str, str]) -> str:
    term = find_term(one.term)
    if one.start is None:
        form = one.due.form if one.due else ""
        words = f"到《{titles.get(form, form)}》写明的期满日，{term.duty}"
    else:
        words = f"{_from(one.start, titles)}起，{term.duty}"
    return f"{words}{_only(one.outcomes, rule)}（{one.term}；{term.law}）"


def _begins(made: Procedure, rule: StepRule) -> Iterable[str]:
    ways = [_ref(made, r) for r in rule.after if made.has(r.step) or made.group(r.step)]
    ways += [f"“{made.step(k).title}”办理期间" for k in rule.during if made.has(k)]
    if rule.start:
        ways.insert(0, "办案开始时")
    if ways:
        yield f"什么时候办：{'；'.join(ways)}{_when(rule.condition)}" + ("，可以多次" if rule.repeat else "")
    for gate in rule.needs:
        if made.has(gate.ref.step) or made.group(gate.ref.step):
            begun = "已经开始的" if gate.if_begun else ""
            yield f"先要办结：{begun}{_ref(made, gate.ref)}{_when(gate.condition)}{_law(gate.rule)}"


def _owes(rule: StepRule, titles: Mapping[str, str]) -> Iterable[str]:
    for paper in rule.papers:
        title = "》或者《".join(titles.get(f, f) for f in paper.forms)
        where = "本案内" if paper.anywhere else ""
        yield (f"{_NEEDS[paper.need]}有文书：{where}《{title}》{_only(paper.outcomes, rule)}"
               f"{_when(paper.condition)}{_law(paper.rule)}")
    for item in rule.recordings:
        yield (f"{_NEEDS[item.need]}录音录像：{item.item}，{item.span}"
               f"{_only(item.outcomes, rule)}{_law(item.rule)}")
    for one in rule.approvals:
        yield (f"须经批准：{WHO[one.by]}在《{titles.get(one.form, one.form)}》上签“{one.value}”"
               f"{_only(one.outcomes, rule)}{_law(one.rule)}")
    for person in rule.people:
        if person.not_same_as:
            yield f"人员分开：《{titles.get(person.form, person.form)}》上的人员另行确定{_law(person.rule)}"


def explain(made: Procedure, kind: str, *, titles: Mapping[str, str]) -> list[str]:
    """A step in Chinese sentences; ``KeyError`` when there is none."""
    rule = made.step(kind)
    told = [f"{rule.title}：{rule.hint}", f"谁来办：{WHO[rule.who]}", *_begins(made, rule)]
    for wait in rule.waits:
        unless = f"（已有《{titles.get(wait.unless_paper, wait.unless_paper)}》的除外）" \
            if wait.unless_paper else ""
        term = find_term(wait.term)
        told.append(f"不得早于：{_from(wait.start, titles)}起的期限届满{unless}（{wait.term}；{term.law}）")
    told += _owes(rule, titles)
    told += [f"期限：{_timer(t, rule, titles)}" for t in rule.timers]
    for one in rule.outcomes:
        follows = [s.title for s in made.followers(kind, one.key)]
        words = "、".join(f"“{t}”" for t in follows)
        if not words and one.final:
            words = "办结" if not one.continues else "转入其他程序"
        told.append(f"可以这样结束：{one.label}{_when(one.condition)}" + (f" → {words}" if words else ""))
    laws = [basis(r).law for r in rule.rules if basis(r).law]
    if laws:
        told.append(f"依据：{'；'.join(dict.fromkeys(laws))}")
    told.append(f"依据的把握：{_CONFIDENCE[rule.confidence]}")
    return told


def as_data(made: Procedure) -> dict[str, Any]:
    """A procedure for programs: its steps, what each owes, and where each outcome leads."""
    return {
        "id": made.id, "version": made.version, "title": made.title,
        "effective_from": made.effective_from.isoformat(), "sources": list(made.sources),
        "first": made.first, "closing": made.closing, "standalone": made.standalone,
        "steps": [{
            "kind": s.kind, "title": s.title, "part_of": s.group or made.id, "who": s.who,
            "rules": list(s.rules), "confidence": s.confidence,
            "papers": [{"any_of": list(p.forms), "need": p.need.value, "rule": p.rule,
                        "outcomes": list(p.outcomes)} for p in s.papers],
            "recordings": [{"item": r.item, "need": r.need.value, "span": r.span, "rule": r.rule,
                            "outcomes": list(r.outcomes)} for r in s.recordings],
            "timers": [{"term": t.term, "outcomes": list(t.outcomes)} for t in s.timers],
            "outcomes": [{"key": o.key, "label": o.label, "final": o.final,
                          "continues": list(o.continues),
                          "leads_to": [f.kind for f in made.followers(s.kind, o.key)]}
                         for o in s.outcomes]} for s in made.steps]}
