"""A full disk is told in words; what was saved stays, and work goes on once there is room."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from field_app.actions.case_desk import begin_step, case_desk
from field_app.actions.context import AppContext, Session
from field_app.actions.fill_document import issue_paper, save_draft, start_paper
from field_app.actions.log_in import log_in, log_out
from field_app.cli.demo.day import sample_answers, typed
from field_app.cli.demo.world import World
from field_app.domain.case import Case, PaperState
from field_app.domain.clock import SystemClock
from field_app.errors import UserError
from field_app.paths import DataFolder
from field_app.storage import papers


@pytest.fixture
def session(world: World, small_disk: Path) -> Iterator[Session]:
    shutil.copytree(world.laptop.data.root, small_disk / "laptop")
    context = AppContext(SystemClock(), DataFolder(small_disk / "laptop"))
    made = log_in(context, *world.both())
    yield made
    log_out(made)


def test_full_disk_while_typing_and_issuing(
        session: Session, small_disk: Path, new_case: Callable[[Session], Case]) -> None:
    case = new_case(session)
    step = case_desk(session, case.id).step("inspection").step
    begin_step(session, case.id, step.id)
    paper = start_paper(session, case.id, step.id, "G1-04")
    answers = typed(paper.answers, sample_answers("G1-04")) | {"av_refs": ["执法记录仪-07"]}
    save_draft(session, paper.id, answers)
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(small_disk).free)
    longer = answers | {"party_opinion": "没有意见。" * 20_000}
    with pytest.raises(UserError, match="磁盘") as error:
        save_draft(session, paper.id, longer)
    assert "不受影响" in error.value.remedy
    with pytest.raises(UserError, match="磁盘"):
        issue_paper(session, paper.id)
    with session.begin() as tx:
        kept = papers.get(tx, paper.id)
    assert (kept.state, kept.answers) == (PaperState.DRAFT, answers)
    assert list(session.context.data.blobs.iterdir()) == []
    filler.unlink()
    assert issue_paper(session, paper.id).state is PaperState.ISSUED
