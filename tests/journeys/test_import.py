"""A recorder's card from the plan to the package: placed, sealed, compared, played, deleted."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from field_app.actions.case_desk import Desk, begin_step, case_desk
from field_app.actions.context import Session
from field_app.actions.import_cleanup import delete_from_card
from field_app.actions.import_plan import ImportPlan, Verdict, plan_import
from field_app.actions.import_recorder import ImportResult, run_import, start_import
from field_app.actions.play_clip import play_clip
from field_app.cli.demo import card
from field_app.crypto.hashing import sha256_file
from field_app.domain.case import Case
from field_app.domain.imports import DeviceClock

AHEAD = timedelta(hours=3, seconds=7)


@pytest.fixture
def case(session: Session, new_case: Callable[[Session], Case]) -> Case:
    made = new_case(session)
    begin_step(session, made.id, case_desk(session, made.id).step("inspection").step.id)
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "card"


def measured(session: Session, ahead: timedelta = AHEAD) -> DeviceClock:
    now = session.at
    return DeviceClock(now + ahead, now, "typed")


def bring(session: Session, plan: ImportPlan) -> ImportResult:
    return run_import(session, start_import(session, plan))


def desk(session: Session, case: Case) -> Desk:
    return case_desk(session, case.id)


def test_a_card_pays_the_recording_it_was_made_for(session: Session, case: Case, root: Path) -> None:
    began = session.at + timedelta(seconds=1)
    files = card.body_worn(root, began=began, ahead=AHEAD, pieces=2)
    hashes = [sha256_file(path) for path in files]
    plan = plan_import(session, root, clock=measured(session))
    assert plan.counts[Verdict.KEEP] == 3 and plan.serial == "DSJ0700123"
    assert plan.profile_title.startswith("执法记录仪")
    films = [f for f in plan.files if f.visit]
    assert {f.visit for f in films} == {1} and len(films) == 2
    assert abs(films[0].span.start - began) < timedelta(seconds=1.1)  # type: ignore[union-attr]
    assert not any(d.paid for d in desk(session, case).step("inspection").debts
                   if d.kind == "recording")
    done = bring(session, plan)
    assert (done.kept, done.failed, done.left) == (3, 0, 0)
    step = desk(session, case).step("inspection")
    assert all(d.paid for d in step.debts if d.kind == "recording")
    [clip] = step.clips
    assert clip.imported and [s.sha256 for s in clip.segments] == hashes[:2]
    assert clip.duration_ms == pytest.approx(4000, abs=150)
    with_picture = play_clip(session, clip)
    shape = with_picture.frame_at(2.5)
    assert shape is not None and shape[:2] == (320, 180)
    with_picture.close()
    assert sum(path.suffix == ".part" for path in session.context.data.media.iterdir()) == 0
    again = plan_import(session, root, clock=measured(session))
    assert again.counts[Verdict.DUPLICATE] == 3
    assert all("已导入过" in f.told[0] for f in again.files)
    gone = delete_from_card(session, done.run)
    assert (gone.count, gone.refused) == (3, ())
    assert not any(path.exists() for path in files)
