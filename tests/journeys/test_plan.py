"""The plan of inspections: made, changed, cancelled, carried out; headquarters' lines; re-inspections."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook

from field_app.actions.applied import Applied
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
from field_app.actions.read_plan import HEADS, read_plan
from field_app.actions.seal_case import seal_case
from field_app.actions.send_cases import exchange
from field_app.actions.take_plan import take_plan
from field_app.cli import main
from field_app.cli.demo import hq_process
from field_app.cli.demo.day import sample_answers
from field_app.cli.demo.world import DEVICE, HOST, World
from field_app.domain.case import Case
from field_app.domain.ids import new_id
from field_app.errors import UserError
from field_app.protocol.orders import Order, OrderKind
from field_app.protocol.plan_order import InspectionPlan, PlannedLine
from field_app.storage import events
from tests.journeys.test_board import WHY, fill
from tests.journeys.test_sending import with_paper

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


def planned(*codes: str, name: str = "演练乡桐麻沟木制品有限公司", last: date | None = None) -> dict[str, object]:
    day = last or date(2027, 12, 31)
    return InspectionPlan("2027年度检查计划", tuple(PlannedLine(
        code, f"{name}{code}", "法人", "", "桐麻村", (SAFETY, FIRE), "日常检查", date(2026, 1, 1), day)
        for code in codes)).to_json()


def sent(session: Session, body: dict[str, object], *, minutes: int) -> Applied:
    at = session.at + timedelta(minutes=minutes)
    return take_plan(session, Order(new_id(), OrderKind.PLAN, "D001", "司法局", at, body), body, "")


def theirs(session: Session) -> dict[str, PlanState]:
    return {p.facts.name[-1]: p.state for p in plan_of(session).lines if not p.own}


def test_a_newer_plan_of_headquarters_takes_the_place_of_the_one_before(session: Session) -> None:
    assert sent(session, planned("1", "2"), minutes=0).title == "检查计划：2027年度检查计划，2项"
    assert theirs(session) == {"1": PlanState.WAITING, "2": PlanState.WAITING}
    first = next(p for p in plan_of(session).lines if p.facts.name.endswith("1"))
    assert (first.facts.matters, first.source) == ((SAFETY, FIRE), "2027年度检查计划")
    with pytest.raises(UserError, match="总部下达"):
        cancel_plan(session, first.id, "不想查")
    case = open_case(session, NewCase(
        first.facts.cause, SAFETY, first.facts.place, {"name": first.facts.name}, plan=first.id))
    assert sent(session, planned("1"), minutes=-5).older
    assert sent(session, planned("2", "3", last=date(2026, 1, 31)), minutes=5).facts["withdrawn"] == 1
    assert theirs(session) == {
        "1": PlanState.BEGUN, "2": PlanState.OVERDUE, "3": PlanState.OVERDUE}
    assert one(plan_of(session), first.id).case == case.id
    sent(session, planned("3"), minutes=9)
    assert theirs(session)["2"] is PlanState.CANCELLED
    sent(session, planned("2", "3"), minutes=12)
    assert theirs(session)["2"] is PlanState.WAITING


def test_a_plan_comes_down_from_a_spreadsheet_sealed_to_its_laptop(
        world: World, session: Session, new_case: MakeCase, tmp_path: Path) -> None:
    table = tmp_path / "检查计划.xlsx"
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(HEADS))
    sheet.append(["P-1", "演练乡白云采石场", "法人", "", "白云村", f"{SAFETY}、{FIRE}", "专项检查", "2026/1/1",
                  date(2027, 12, 31)])
    book.save(table)
    with hq_process.running(world.headquarters, host=HOST) as port:
        case = new_case(session)
        with_paper(session, case)
        seal_case(session, case.id, world.both())
        exchange(session, f"https://{HOST}:{port}")
        words = ["headquarters", "send", "plan", str(table), "--device", DEVICE, "--folder",
                 str(world.headquarters)]
        assert main(words) == 0
        assert not any("白云".encode() in p.read_bytes() for p in world.headquarters.rglob("*")
                       if p.is_file())
        (taken,) = exchange(session, f"https://{HOST}:{port}").taken.orders
    assert (taken.kind, taken.title) == ("plan", "检查计划：检查计划，1项")
    (line,) = [p for p in plan_of(session).lines if not p.own]
    assert (line.facts.name, line.facts.matters, line.last) == (
        "演练乡白云采石场", (SAFETY, FIRE), date(2027, 12, 31))
    # Whom headquarters wants inspected lies nowhere in the open on a laptop.
    assert not any("白云".encode() in p.read_bytes() for p in world.laptop.data.root.rglob("*") if p.is_file())


@pytest.mark.parametrize(("row", "told"), [
    (("P-1", "甲", "法人", "", "", FIRE, "日常检查", "2026-02-01", "2026-01-01"), "第2行：截止日期早于开始日期"),
    (("P-1", "甲", "公司", "", "", FIRE, "日常检查", "2026-01-01", "2026-02-01"), "“公司”不对"),
    (("P-1", "", "法人", "", "", FIRE, "日常检查", "2026-01-01", "2026-02-01"), "“检查对象”没有填写"),
    (("P-1", "甲", "法人", "", "", FIRE, "日常检查", "一月", "2026-02-01"), "不是日期")])
def test_a_wrong_line_of_the_spreadsheet_is_told(tmp_path: Path, row: tuple[str, ...], told: str) -> None:
    table = tmp_path / "计划.csv"
    table.write_text("\n".join([",".join(HEADS), ",".join(row)]), encoding="utf-8")
    with pytest.raises(UserError, match=told):
        read_plan(table)
    table.write_text("检查对象,检查事项\n甲,消防\n", encoding="gb18030")
    with pytest.raises(UserError, match="缺少列：计划编号"):
        read_plan(table)


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
