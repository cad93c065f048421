"""A warning that was passed convicts whoever changes it afterwards."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from field_app.actions.case_desk import case_desk, end_step
from field_app.actions.context import AppContext, Session
from field_app.actions.fill_document import issue_paper, save_draft, start_paper
from field_app.actions.log_in import log_in, log_out
from field_app.actions.pass_warning import passed_warnings
from field_app.cli.demo.day import sample_answers, typed
from field_app.cli.demo.world import World
from field_app.domain.case import Case
from field_app.storage.tables import passed_warning

WHY = "摄像头损坏，当事人和村干部均在场"


@pytest.fixture
def world(either_world: World) -> World:
    """Signed with the keys of a session, P-256 or SM2."""
    return either_world


@pytest.fixture
def passed(session: Session, new_case: Callable[[Session], Case]) -> Case:
    case = new_case(session)
    step = case_desk(session, case.id).step("inspection").step
    draft = start_paper(session, case.id, step.id, "G1-04")
    answers = typed(draft.answers, sample_answers("G1-04")) | {"av_refs": ["执法记录仪-07"]}
    save_draft(session, draft.id, answers | {"PARTY": draft.answers["PARTY"]})
    issue_paper(session, draft.id)
    end_step(session, case.id, step.id, outcome="rectify", reason=WHY)
    return case


def test_it_holds_also_after_another_pair_logged_in(
        session: Session, passed: Case, world: World) -> None:
    traces = passed_warnings(session, passed.id)
    assert traces and all(t.holds and t.passed.reason == WHY for t in traces)
    log_out(session)
    later = log_in(AppContext(session.context.clock, session.context.data), *world.both())
    assert [t.holds for t in passed_warnings(later, passed.id)] == [True] * len(traces)
    log_out(later)


@pytest.mark.parametrize("column", ["record", "signatures", "sha256"])
def test_a_changed_row_no_longer_holds(session: Session, passed: Case, column: str) -> None:
    with session.begin() as tx:
        (row,) = tx.connection.execute(select(passed_warning))
        changed = {"record": dict(row.record) | {"reason": "现场断电"},
                   "signatures": list(reversed(row.signatures)), "sha256": "0" * 64}
        tx.connection.execute(update(passed_warning).values({column: changed[column]}))
    (trace,) = passed_warnings(session, passed.id)
    assert not trace.holds
