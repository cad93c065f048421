"""What a step owes and what stands against beginning or ending it, each with its law."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from field_app.domain.reasons import Level, Reason
from field_app.rules.procedure import WHO, basis, reason
from field_app.rules.procedure_model import (
    Approval,
    Need,
    OwedPaper,
    OwedRecording,
    Person,
    Procedure,
    StepRule,
)
from field_app.rules.procedure_state import (
    Facts,
    Run,
    Standing,
    applies,
    met,
    standing,
    unfinished_sides,
)
from field_app.rules.procedure_timers import opens_on

_ROLES = WHO | {"handlers": "承办人", "maker": "立卷人", "checker": "检查人"}


@dataclass(frozen=True)
class Debt:
    """Something a step owes. ``kind``: ``paper``, ``recording`` or ``approval``; ``key``: a form
    or the recording's item; ``forms``: any of them pays; ``outcomes``: labels of the ends that it
    is owed for, none when for all; ``only``: the same in words.
    """

    kind: str
    key: str
    need: Need
    paid: bool
    text: str
    basis: str
    forms: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    only: str = ""


def _title(forms: Iterable[str], titles: Mapping[str, str]) -> str:
    return "》或者《".join(titles.get(f, f) for f in forms)


def _run(at: Standing, kind: str) -> Run | None:
    return at.open.get(kind) or at.done.get(kind)


def _paper_paid(paper: OwedPaper, facts: Facts, run: Run | None) -> bool:
    where = facts.issued if paper.anywhere else run.issued if run else frozenset()
    return not where.isdisjoint(paper.forms)


def _approved(one: Approval, facts: Facts, run: Run | None) -> bool:
    return (run is not None and one.form in run.issued
            and facts.answer(one.form, one.field) == one.value)


def _only(outcomes: tuple[str, ...], rule: StepRule) -> tuple[tuple[str, ...], str]:
    """The labels of the ends that something is owed for, and the shorter way to say so."""
    if not outcomes or len(outcomes) == len(rule.outcomes):
        return (), ""
    labels = tuple(rule.outcome(o).label for o in outcomes)
    others = [o.label for o in rule.outcomes if o.key not in outcomes]
    if len(others) < len(labels):
        return labels, f"结果为“{'”“'.join(others)}”的不需要"
    return labels, f"结果为“{'”“'.join(labels)}”的才需要"


def debts(made: Procedure, facts: Facts, kind: str, *, titles: Mapping[str, str],
          at: Standing | None = None) -> list[Debt]:
    """What a step owes and whether it is paid; ``titles`` names forms for the screen."""
    here, rule = at or standing(made, facts), made.step(kind)
    holding, run, owed = here.triggers(facts), _run(here, kind), []
    for paper in rule.papers:
        if paper.condition.holds(holding):
            labels, only = _only(paper.outcomes, rule)
            owed.append(Debt(
                "paper", paper.forms[0], paper.need, _paper_paid(paper, facts, run),
                _title(paper.forms, titles), basis(paper.rule).law, paper.forms,
                labels, only))
    for item in rule.recordings:
        if item.condition.holds(holding):
            labels, only = _only(item.outcomes, rule)
            owed.append(Debt(
                "recording", item.item, item.need, run is not None and run.recorded,
                f"{item.item}录音录像（{item.span}）", basis(item.rule).law,
                outcomes=labels, only=only))
    for one in rule.approvals:
        labels, only = _only(one.outcomes, rule)
        owed.append(Debt(
            "approval", one.form, Need.MUST, _approved(one, facts, run),
            f"{_ROLES[one.by]}在《{titles.get(one.form, one.form)}》上签“{one.value}”",
            basis(one.rule).law, (one.form,), labels, only))
    return owed


def why_not(made: Procedure, facts: Facts, kind: str,
            at: Standing | None = None) -> list[Reason]:
    """Reasons why a step cannot begin now; empty when it can."""
    here, rule = at or standing(made, facts), made.step(kind)
    if kind in here.open:
        return [reason("B-6", f"“{rule.title}”正在办理", "请先完成本环节")]
    found = _not_reached(made, rule, here)
    if found:
        return found
    holding = here.triggers(facts)
    if not rule.condition.holds(holding):
        found.append(_condition_reason(rule))
    for gate in rule.needs:
        if applies(made, gate, here, holding) and not met(made, gate, here):
            title = made.title_of(gate.ref.step)
            found.append(reason(gate.rule, f"“{title}”还没有办结", f"请先办结“{title}”",
                                where=gate.ref.step))
    for other in here.open:
        if rule.kind in made.downstream[other] or other in made.downstream[rule.kind]:
            title = made.step(other).title
            found.append(reason("B-6", f"“{title}”正在办理", f"请先完成“{title}”", where=other))
    return found + _too_early(rule, facts)


def _not_reached(made: Procedure, rule: StepRule, here: Standing) -> list[Reason]:
    if rule.kind in here.enabled:
        return []
    if here.final is not None:
        return [reason("B-6", f"案件已经办结（{here.final.label}）", "不再开始新的环节")]
    ways = [f"“{made.step(r.step).title}”" + (
        "（" + "或者".join(made.step(r.step).outcome(o).label for o in r.outcomes) + "）"
        if r.outcomes else "") for r in rule.after if made.has(r.step)]
    ways += [f"“{made.step(k).title}”办理期间" for k in rule.during if made.has(k)]
    if rule.kind in here.done:
        return [reason("B-6", f"“{rule.title}”已经完成", "需要重办的，请先按程序退回")]
    return [reason("B-6", f"尚未办到“{rule.title}”，它在{'；'.join(ways) or '开始时'}之后",
                   _way_there(made, rule), where=rule.after[0].step if rule.after else "")]


def _way_there(made: Procedure, rule: StepRule) -> str:
    """What to do to come to a step that is not reached yet."""
    before = [made.step(r.step).title for r in rule.after if made.has(r.step)]
    if len(before) == 1:
        return f"请先打开“{before[0]}”，选好结果，点“完成本环节”"
    return "请先办上面说的环节，选好结果，点“完成本环节”" if before else "请按次序办理"


def _condition_reason(rule: StepRule) -> Reason:
    from field_app.rules.procedure import triggers

    names = triggers()
    lacking = [names[t] for t in rule.condition.when]
    present = [names[t] for t in rule.condition.unless]
    text = f"只在下列情形办理：{'；'.join(lacking)}" if lacking else f"下列情形不能办理：{'；'.join(present)}"
    return reason(rule.condition_rule or "B-6", text, "情形变化的，请先在案件情形中登记")


def _too_early(rule: StepRule, facts: Facts) -> list[Reason]:
    found = []
    for wait in rule.waits:
        day, words = opens_on(wait, facts)
        if day is not None and facts.today < day:
            found.append(reason(wait.rule, f"还不到时候，最早{day}：{words.rstrip('。')}",
                                f"请在{day}以后办理", where=wait.start.form))
        elif day is None and words:
            found.append(reason(wait.rule, words, "请先送达，并把送达回证定稿", where=wait.start.form))
    return found


def available(made: Procedure, facts: Facts, at: Standing | None = None) -> list[StepRule]:
    """The steps that can begin now."""
    here = at or standing(made, facts)
    return [made.step(s.kind) for s in made.steps
            if s.kind in here.enabled and not why_not(made, facts, s.kind, here)]


def blocked(made: Procedure, facts: Facts,
            at: Standing | None = None) -> list[tuple[StepRule, list[Reason]]]:
    """The steps the way is open to, yet something stands against them."""
    here = at or standing(made, facts)
    pairs = ((s, why_not(made, facts, s.kind, here)) for s in made.steps if s.kind in here.enabled)
    return [(step, found) for step, found in pairs if found]


def may_end(made: Procedure, facts: Facts, kind: str, outcome: str, *,
            titles: Mapping[str, str], at: Standing | None = None) -> list[Reason]:
    """Reasons against ending a step so: blocks first, then what takes a reason."""
    here, rule = at or standing(made, facts), made.step(kind)
    one = rule.outcome(outcome)
    holding = here.triggers(facts, besides=kind)
    found: list[Reason] = []
    if not one.condition.holds(holding):
        found.append(reason(one.rule or "B-6", f"不能选择“{one.label}”：{basis(one.rule or 'B-6').text}",
                            "请选择其他结果"))
    found += _still_open(made, rule, one.final and not one.continues, bool(one.ends), here)
    run = _run(here, kind)
    now = here.triggers(facts)
    found += [_paper_reason(p, titles) for p in rule.papers
              if p.need is not Need.MAY and (not p.outcomes or outcome in p.outcomes)
              and p.condition.holds(now) and not _paper_paid(p, facts, run)]
    found += [_approval_reason(a, titles) for a in rule.approvals
              if (not a.outcomes or outcome in a.outcomes) and not _approved(a, facts, run)]
    found += [r for p in rule.people for r in _person_reasons(p, rule, facts, run, titles)]
    found += [_recording_reason(r) for r in rule.recordings
              if r.need is not Need.MAY and (not r.outcomes or outcome in r.outcomes)
              and r.condition.holds(now) and not (run and run.recorded)]
    if one.owes_reason:
        found.append(reason("B-6", f"“{one.label}”", "请写明情况和理由", level=Level.WARN))
    return sorted(found, key=lambda r: r.level is not Level.BLOCK)


def _still_open(made: Procedure, rule: StepRule, ends_all: bool, ends: bool,
                here: Standing) -> list[Reason]:
    others = [made.step(k) for k in here.open if k != rule.kind]
    waiting = [s for s in others if ends_all or rule.kind in s.during
               or (ends and rule.group and s.group == rule.group and s.kind != rule.kind)]
    found = [reason("B-6", f"“{s.title}”正在办理", f"请先完成“{s.title}”", where=s.kind)
             for s in waiting]
    if ends_all:
        sides = [g for g in unfinished_sides(made, here) if g != rule.group]
        found += [reason("B-6", f"“{made.title_of(g)}”还没有处理完毕", "请先作出处理决定", where=g)
                  for g in sides]
    return found


def _paper_reason(paper: OwedPaper, titles: Mapping[str, str]) -> Reason:
    level = Level.BLOCK if paper.need is Need.MUST else Level.WARN
    where = "本案" if paper.anywhere else "本环节"
    return reason(paper.rule, f"{where}还缺《{_title(paper.forms, titles)}》：{basis(paper.rule).text}",
                  "请填写并定稿" if level is Level.BLOCK else "请填写并定稿；确实没有的，写明理由",
                  level=level, where=paper.forms[0])


def _approval_reason(one: Approval, titles: Mapping[str, str]) -> Reason:
    return reason(one.rule, f"《{titles.get(one.form, one.form)}》上没有{_ROLES[one.by]}“{one.value}”的意见："
                  f"{basis(one.rule).text}", f"请由{_ROLES[one.by]}签署意见后定稿", where=one.form)


def _recording_reason(item: OwedRecording) -> Reason:
    word = "必须" if item.need is Need.MUST else "应当"
    return reason(item.rule, f"“{item.item}”{word}录音录像（{item.span}），本环节没有音像记录",
                  "请补录音像；确实不能录的，填写理由后继续", level=Level.WARN, where=item.item)


def _person_reasons(one: Person, rule: StepRule, facts: Facts, run: Run | None,
                    titles: Mapping[str, str]) -> list[Reason]:
    if run is None or one.form not in run.issued:
        return []
    names = facts.names(one.form, one.field)
    title = titles.get(one.form, one.form)
    if not names:
        return [reason(one.rule, f"《{title}》没有写明{_ROLES[one.role]}", "请补填后重新制作", where=one.form)]
    found = []
    for other in one.not_same_as:
        theirs = facts.handlers if other == "handlers" else frozenset().union(
            *(facts.names(p.form, p.field) for p in rule.people if p.role == other))
        for name in sorted(names & theirs):
            found.append(reason(
                one.rule, f"{_ROLES[one.role]}{name}同时是{_ROLES[other]}：{basis(one.rule).text}",
                f"请另行确定{_ROLES[one.role]}", where=one.form))
    return found


def before_closing(made: Procedure, facts: Facts) -> list[Reason]:
    """What must still happen before the case may be closed; empty when it may be or is closed."""
    here = standing(made, facts)
    kind = made.closing
    if here.final is not None or not kind or kind in here.done or kind in here.open:
        return []
    return why_not(made, facts, kind, here)
