"""The board follows the log; old cases go on as they were opened; marks and returns are kept."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from field_app.actions.board import board, count_on, still_counting
from field_app.actions.case_desk import begin_step, case_desk, continue_case, end_step
from field_app.actions.circumstances import Answer, tell_circumstances
from field_app.actions.context import AppContext, Session
from field_app.actions.fill_document import issue_paper, save_draft, start_paper
from field_app.actions.log_in import log_in, log_out
from field_app.actions.open_case import NewCase, open_case
from field_app.cli.demo.day import sample_answers, typed
from field_app.cli.demo.world import World
from field_app.domain.case import Case, PaperState
from field_app.domain.clock import Moment, SystemClock
from field_app.domain.ids import CaseId
from field_app.errors import UserError
from field_app.storage import board as stored
from field_app.storage import cases

MakeCase = Callable[[Session], Case]
STALLS = "对临街门店超出门窗外墙摆卖经营、在人行天桥和地下通道摆摊等占道经营行为的行政处罚"
WHY = "本机没有摄像头，已用执法记录仪录制"


class Later:
    """A clock some days ahead of the machine's."""

    def __init__(self, days: int) -> None:
        self._clock, self._ahead = SystemClock(), timedelta(days=days)

    def now(self) -> Moment:
        real = self._clock.now()
        return Moment(real.wall + self._ahead, real.mono_ms, real.boot)


def fill(session: Session, case: Case, kind: str, form: str, **changes: Any) -> None:
    step = case_desk(session, case.id).step(kind).step
    draft = start_paper(session, case.id, step.id, form)
    answers = typed(draft.answers, sample_answers(form)) | {"PARTY": draft.answers.get("PARTY")}
    save_draft(session, draft.id, {k: v for k, v in (answers | changes).items() if v is not None})
    assert issue_paper(session, draft.id).state is PaperState.ISSUED


def begin(session: Session, case: Case, kind: str) -> None:
    begin_step(session, case.id, case_desk(session, case.id).step(kind).step.id)


def end(session: Session, case: Case, kind: str, outcome: str) -> None:
    end_step(session, case.id, case_desk(session, case.id).step(kind).step.id, outcome=outcome,
             reason=WHY)


def told(session: Session, case: Case | None = None) -> list[tuple[str, str]]:
    return [(i.kind, i.title) for i in board(session, case=None if case is None else case.id)]


def test_the_board_follows_what_is_done(session: Session, new_case: MakeCase) -> None:
    case, other = new_case(session), new_case(session)
    assert told(session, case) == [("owed", "“现场检查”还欠1项")]
    assert len(told(session)) == 2
    fill(session, case, "inspection", "G1-04", av_refs=["执法记录仪-07"])
    end(session, case, "inspection", "file")
    (due,) = board(session, case=case.id)
    assert (due.kind, due.party) == ("due", case.party_name)
    assert due.days is not None and 4 < due.days < 20
    assert "第五十四条" in due.law
    with pytest.raises(UserError, match="不能据此处罚"):
        continue_case(session, case.id, "ordinary")  # a matter to inspect gives no power to fine
    continue_case(session, case.id, "ordinary", matter=STALLS)
    tell_circumstances(session, case.id, {n: Answer(False) for n in ("outside", "filed_elsewhere")})
    begin(session, case, "filing")
    fill(session, case, "filing", "G1-09")
    end(session, case, "filing", "filed")
    assert ("due", "应当作出行政处罚决定") in told(session, case)
    assert told(session, other) == [("owed", "“现场检查”还欠1项")]
    assert told(session)[0][0] == "due"  # What has a day stands first.


def test_only_changed_cases_are_counted_anew(session: Session, new_case: MakeCase) -> None:
    made = [new_case(session) for _ in range(3)]
    board(session)
    with session.begin() as tx:
        before = stored.mark(tx)
        stored.replace_cases(tx, [made[0].id], [])  # Seen again only if it is counted again.
        session.note(tx, "paper_viewed", case=made[1].id)
    assert told(session, made[0]) == [] and told(session, made[1]) != []
    with session.begin() as tx:
        after = stored.mark(tx)
    assert before is not None and after is not None and after.seq > before.seq


def test_overdue_stands_first_and_says_so(world: World, session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    fill(session, case, "inspection", "G1-04", av_refs=["执法记录仪-07"])
    end(session, case, "inspection", "file")
    new_case(session)
    later = log_in(AppContext(Later(25), world.laptop.data), *world.both())
    first = board(later)[0]
    assert first.case == case.id and first.days is not None and first.days < 0
    log_out(later)


def test_a_case_of_the_first_format_goes_on(session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    with session.begin() as tx:
        cases.save(tx, replace(case, procedure_version=1))
    desk = case_desk(session, case.id)
    assert desk.title == "检查、责令整改与复查"
    fill(session, case, "inspection", "G1-04", av_refs=["执法记录仪-07"])
    end_step(session, case.id, desk.step("inspection").step.id, reason=WHY)
    begin(session, case, "rectification")
    assert case_desk(session, case.id).step("rectification").step.started is not None


def test_a_step_is_done_again_and_both_are_kept(session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    fill(session, case, "inspection", "G1-04", av_refs=["执法记录仪-07"])
    end(session, case, "inspection", "rectify")
    for _ in range(2):
        begin(session, case, "inquiry")
        end(session, case, "inquiry", "absent")
    held = [s for s in case_desk(session, case.id).steps if s.step.kind == "inquiry"]
    assert [s.step.turn for s in held] == [2, 3]
    assert [s.can_begin for s in held] == [False, True]


def test_circumstances_change_what_a_case_owes(session: Session) -> None:
    case = open_case(session, NewCase(cause="占道经营", matter=STALLS, place="村",
                                      procedure="ordinary",
                                      party={"name": "甲", "party_type": "公民"}))
    assert "投诉举报处理单" not in {d.text for d in case_desk(session, case.id).step("lead").debts}
    tell_circumstances(session, case.id, {"complaint": Answer(True, "12345 转来")})
    assert "投诉举报处理单" in {d.text for d in case_desk(session, case.id).step("lead").debts}
    assert any("答复" in i.title for i in board(session, case=case.id))
    tell_circumstances(session, case.id, {"complaint": Answer(False)})
    assert "投诉举报处理单" not in {d.text for d in case_desk(session, case.id).step("lead").debts}
    for name, reason in (("complaint", " "), ("no-such", "理由")):
        with pytest.raises(UserError):
            tell_circumstances(session, case.id, {name: Answer(True, reason)})


def test_only_what_is_allowed_is_opened_or_taken_on(session: Session, new_case: MakeCase) -> None:
    party = {"name": "甲"}
    for procedure, first in (("hearing", ""), ("nothing", ""), ("ordinary", "approval")):
        with pytest.raises(UserError):
            open_case(session, NewCase(cause="查", matter=STALLS, place="村", party=party,
                                       procedure=procedure, first=first))
    case = new_case(session)
    with pytest.raises(UserError):
        continue_case(session, CaseId(case.id), "ordinary")


def other_days_off(session: Session) -> None:
    """As if the days off that all cases were counted with had changed."""
    with session.begin() as tx:
        stored.set_mark(tx, stored.Mark(stored.last_event(tx), "days off of another year"))


def test_many_old_cases_are_counted_in_turns(
        session: Session, new_case: MakeCase, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [new_case(session) for _ in range(6)]
    board(session)
    monkeypatch.setattr("field_app.actions.board._AT_ONCE", 1)
    monkeypatch.setattr("field_app.actions.board._BATCH", 2)
    other_days_off(session)
    assert len(board(session)) == still_counting(session) == 6  # as they were counted before
    assert count_on(session, budget_s=0) == 4
    with session.begin() as tx:
        waiting = {one.id for one in made if stored.is_waiting(tx, one.id)}
    assert waiting == {one.id for one in made[:4]}  # the newest come first
    assert told(session, made[0]) == [("owed", "“现场检查”还欠1项")]  # asked for, so counted now
    assert count_on(session, budget_s=0) == 2 and count_on(session, budget_s=0) == 0
    assert len(told(session)) == 6


def test_many_changed_cases_wait_before_those_of_the_sweep(
        session: Session, new_case: MakeCase, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [new_case(session) for _ in range(5)]
    board(session)
    monkeypatch.setattr("field_app.actions.board._AT_ONCE", 1)
    other_days_off(session)
    board(session)
    monkeypatch.setattr("field_app.actions.board._BATCH", 2)
    with session.begin() as tx:
        stored.replace_cases(tx, [case.id for case in made[:2]], [])  # Seen again only once counted.
        for case in made[:2]:
            session.note(tx, "paper_viewed", case=case.id)
    assert len(told(session)) == 3
    assert still_counting(session) == 2 + 5
    assert count_on(session, budget_s=0) == 5
    assert len(told(session)) == 5
    assert count_on(session, budget_s=9) == 0
    assert len(told(session)) == 5
