"""The plan of inspections: made, changed, cancelled, carried out; headquarters' lines; re-inspections."""

import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from field_app.actions.case_desk import begin_step, case_desk, end_step
from field_app.actions.catalogues import today
from field_app.actions.context import Session
from field_app.actions.fill_document import start_paper
from field_app.actions.open_case import NewCase, open_case
from field_app.actions.plan import (
    Plan,
    PlanFacts,
    PlanLine,
    PlanState,
    add_plan,
    cancel_plan,
    change_plan,
    plan_of,
)
from field_app.actions.plan_checks import plan_reasons
from field_app.cli.demo.day import sample_answers
from field_app.domain.case import Case
from field_app.errors import UserError
from field_app.paths import RESOURCES
from field_app.storage import events
from tests.journeys.test_board import WHY, fill

SAFETY, FIRE = "对生产经营单位安全生产状况的监督检查", "消防安全检查"
KEY = "91999999MAYL0001XU"
MakeCase = Callable[[Session], Case]


def facts(**changes: object) -> PlanFacts:
    made = PlanFacts("演练乡桐梓小吃店（演练）", "个体工商户", "演练路12号", "", (FIRE, SAFETY), "日常检查")
    return replace(made, **changes)  # type: ignore[arg-type]


def one(plan: Plan, line: str) -> PlanLine:
    return next(p for p in plan.lines if p.id == line)


def kinds_logged(session: Session) -> list[str]:
    with session.begin() as tx:
        return [str(e.members()["typ"]) for e in events.since(tx, 0)
                if str(e.members()["typ"]).startswith("plan_")]


def test_a_line_is_planned_changed_carried_out_and_told(session: Session) -> None:
    day = today(session)
    line = add_plan(session, facts(), day, day + timedelta(days=30))
    found = one(plan_of(session), line)
    assert (found.state, found.facts.cause, found.own) == (
        PlanState.WAITING, f"日常检查：{FIRE}等2项", True)
    change_plan(session, line, facts(kind="专项检查", cause="燃气专项"), day, day)
    found = one(plan_of(session), line)
    assert (found.facts.kind, found.facts.cause, found.last) == ("专项检查", "燃气专项", day)
    case = open_case(session, NewCase(
        found.facts.cause, found.facts.matters[0], found.facts.place,
        dict(sample_answers("G1-04")["PARTY"]), plan=line))
    assert one(plan_of(session), line).state is PlanState.BEGUN
    with pytest.raises(UserError, match="检查中"):
        open_case(session, NewCase("再查", FIRE, "演练路12号", {"name": "同一家"}, plan=line))
    with pytest.raises(UserError, match="检查中"):
        change_plan(session, line, facts(), day, day)
    fill(session, case, "inspection", "G1-04", av_refs=["执法记录仪-07"])
    end_step(session, case.id, case_desk(session, case.id).step("inspection").step.id, outcome="file",
             reason=WHY)
    done = one(plan_of(session), line)
    assert (done.state, done.case, done.inspected) == (PlanState.DONE, case.id, day)
    assert kinds_logged(session) == ["plan_added", "plan_changed"]
    with session.begin() as tx:
        (opened,) = events.of_case_and_kind(tx, case.id, "case_opened")
    assert opened.members()["body"]["plan"] == line


def test_papers_of_a_planned_case_begin_with_its_matters(session: Session) -> None:
    day = today(session)
    line = add_plan(session, facts(), day, day)
    case = open_case(session, NewCase("日常检查", FIRE, "演练路12号", {
        "name": "演练乡桐梓小吃店（演练）", "party_type": "个体工商户"}, plan=line, first="lead"))
    step = case_desk(session, case.id).step("lead").step
    answers = start_paper(session, case.id, step.id, "G1-01").answers
    assert (answers["check_type"], answers["task_source"]) == ("日常检查", "计划")
    assert answers["check_item_ids"] == [FIRE, SAFETY]
    assert answers["legal_basis"] == ["《中华人民共和国消防法》第三十一条", "《重庆市安全生产条例》第六条第三款"]


def test_a_line_is_cancelled_with_a_reason_and_stays(session: Session) -> None:
    day = today(session)
    line = add_plan(session, facts(), day, day)
    with pytest.raises(UserError, match="理由"):
        cancel_plan(session, line, "  ")
    cancel_plan(session, line, "该店已经停业")
    found = one(plan_of(session), line)
    assert (found.state, found.reason) == (PlanState.CANCELLED, "该店已经停业")
    with pytest.raises(UserError, match="已取消"):
        cancel_plan(session, line, "再取消一次")
    assert kinds_logged(session) == ["plan_added", "plan_cancelled"]


@pytest.mark.parametrize(("wrong", "told"), [
    ({"name": " "}, "检查对象"), ({"matters": ()}, "检查事项"), ({"kind": "即时检查"}, "类型"),
    ({"matters": ("没有公布的事项",)}, "国办发"), ({"place": "路" * 201}, "超过200字")])
def test_what_cannot_be_planned_is_told(session: Session, wrong: dict[str, object], told: str) -> None:
    day = today(session)
    with pytest.raises(UserError, match=told):
        add_plan(session, facts(**wrong), day, day)
    with pytest.raises(UserError, match="早于"):
        add_plan(session, facts(), day, day - timedelta(days=1))
    assert [p for p in plan_of(session).lines if p.own] == []


def test_headquarters_lines_come_with_its_catalogue(session: Session) -> None:
    rows = tomllib.loads((RESOURCES / "training" / "catalogue.toml").read_text("utf-8"))["tables"]["plan"]
    theirs = [p for p in plan_of(session).lines if not p.own]
    assert {p.facts.name for p in theirs} == {r["object"] for r in rows}
    first = next(p for p in theirs if len(p.facts.matters) == 2)
    assert first.facts.matters == (SAFETY, FIRE)
    with pytest.raises(UserError, match="总部下达"):
        cancel_plan(session, first.id, "不想查")
    case = open_case(session, NewCase(
        first.facts.cause, SAFETY, first.facts.place, {"name": first.facts.name}, plan=first.id))
    assert one(plan_of(session), first.id).case == case.id


def test_how_often_is_told_as_far_as_the_law_says(session: Session, new_case: MakeCase) -> None:
    day = today(session)
    line = add_plan(session, facts(uscc=KEY, party_type="法人"), day, day)
    assert plan_reasons(session, one(plan_of(session), line)) == []
    case = new_case(session)
    fill(session, case, "inspection", "G1-04", av_refs=["执法记录仪-07"],
         start_at=f"{day}T09:00:00+08:00", end_at=f"{day}T10:00:00+08:00")
    (near,) = plan_reasons(session, one(plan_of(session), line))
    assert near.rule == "IN-06" and near.confidence == "I"
    unknown = add_plan(session, facts(), day, day)
    (asked,) = plan_reasons(session, one(plan_of(session), unknown))
    assert asked.rule == "IN-04" and "渝府令第375号" in asked.basis
    person = add_plan(session, facts(party_type="公民"), day, day)
    assert plan_reasons(session, one(plan_of(session), person)) == []


def test_a_reinspection_that_an_order_owes_stands_in_the_plan(
        session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    fill(session, case, "inspection", "G1-04", av_refs=["执法记录仪-07"])
    end_step(session, case.id, case_desk(session, case.id).step("inspection").step.id,
             outcome="rectify", reason=WHY)
    begin_step(session, case.id, case_desk(session, case.id).step("rectification").step.id)
    fill(session, case, "rectification", "G1-15")
    (owed,) = plan_of(session).rechecks
    assert (owed.case, owed.party) == (case.id, case.party_name)
    assert owed.day is not None and "复查" in owed.title
