"""Imports cut short: a card pulled, a change of mind, a kill, a full disk; gone on with later."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from field_app.actions.case_desk import begin_step
from field_app.actions.context import AppContext, Session
from field_app.actions.import_plan import Verdict, plan_import
from field_app.actions.import_recorder import (
    ImportProgress,
    give_up_import,
    interrupted_imports,
    run_import,
    start_import,
)
from field_app.actions.log_in import log_in, log_out
from field_app.cli.demo import card
from field_app.cli.demo.world import World
from field_app.crypto.hashing import sha256_file
from field_app.domain.case import Case
from field_app.domain.clock import SystemClock
from field_app.domain.imports import ItemState
from field_app.errors import Cancelled, UserError
from field_app.paths import DataFolder
from field_app.storage import imports
from tests.journeys.cards.ways import MakeCase, bring, desk, step_of, told

HERE = Path(__file__).resolve().parent


def test_a_card_pulled_out_is_told_and_taken_up_again(session: Session, case: Case, root: Path) -> None:
    card.body_worn(root, began=session.at, pieces=3)
    run = start_import(session, plan_import(session, root))
    away = root.with_name("away")
    moved: list[bool] = []

    def pull(progress: ImportProgress) -> None:
        if progress.file == 3 and not moved:
            moved.append(True)
            root.rename(away)

    with pytest.raises(UserError, match="卡读不到了") as error:
        run_import(session, run, progress=pull)
    assert "插回" in error.value.remedy
    [left] = interrupted_imports(session)
    assert (left.run, left.left) == (run, 2)
    done = run_import(session, run, away)  # mounted elsewhere this time
    assert (done.kept, done.failed, done.left) == (4, 0, 0)
    assert interrupted_imports(session) == []


def test_a_change_of_mind_keeps_what_is_in(session: Session, case: Case, root: Path) -> None:
    card.body_worn(root, began=session.at, pieces=3)
    run = start_import(session, plan_import(session, root))
    seen: list[int] = []
    with pytest.raises(Cancelled):
        run_import(session, run, progress=lambda p: seen.append(p.file),
                   cancelled=lambda: bool(seen) and seen[-1] == 3)
    give_up_import(session, run)
    with session.begin() as tx:
        counts = imports.counts(tx, run)
    # The first is stored before the third begins; the second one's comparison may be done or not.
    assert (counts[ItemState.KEPT], counts[ItemState.DROPPED]) in ((1, 3), (2, 2))
    assert interrupted_imports(session) == []
    assert not list(session.context.data.media.glob("*.part"))


def test_killed_in_the_middle_loses_nothing_and_doubles_nothing(
        world: World, session: Session, case: Case, root: Path) -> None:
    at = session.at
    for number in range(4):
        begins = at + timedelta(seconds=number)
        card.voice(root / f"R{begins:%Y%m%d-%H%M%S}.WAV", seconds=400, began=begins, changed=begins,
                   shade=number)
    hashes = {sha256_file(path) for path in root.iterdir()}
    log_out(session)
    kept = []
    for file in (1, 3):  # in the middle of the first one, then in the middle of the third
        with subprocess.Popen([sys.executable, HERE / "import_until_killed.py", world.root, root],
                              stdout=subprocess.PIPE, text=True) as victim:
            assert victim.stdout is not None
            for line in victim.stdout:
                if line.startswith("at") and int(line.split()[1]) == file:
                    break
            victim.kill()
        again = log_in(world.laptop, *world.both())
        [left] = interrupted_imports(again)
        with again.begin() as tx:
            kept.append(imports.counts(tx, left.run).get(ItemState.KEPT, 0))
        give_up_import(again, left.run)
        assert not list(again.context.data.media.glob("*.part"))
        log_out(again)
    assert 1 <= sum(kept) <= 3, kept
    again = log_in(world.laptop, *world.both())
    plan = plan_import(again, root)
    assert plan.counts[Verdict.DUPLICATE] == sum(kept)
    assert bring(again, plan).kept == 4 - sum(kept)
    found = desk(again, case).step("inspection").clips
    with again.begin() as tx:
        assert {i.sha256 for i in imports.of_case(tx, case.id)} == hashes
    assert len(found) == 4
    stored = {p.name for p in again.context.data.media.iterdir()}
    assert stored == {s.path for c in found for s in c.segments}
    assert len(told(again, "media_imported")) == 4
    log_out(again)


def test_the_rest_of_a_killed_import_is_done_by_resuming(
        world: World, session: Session, case: Case, root: Path) -> None:
    card.body_worn(root, began=session.at, pieces=4)
    log_out(session)
    with subprocess.Popen([sys.executable, HERE / "import_until_killed.py", world.root, root],
                          stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        for line in victim.stdout:
            if line.startswith("at") and int(line.split()[1]) >= 3:
                break
        victim.kill()
    again = log_in(world.laptop, *world.both())
    [left] = interrupted_imports(again)
    assert 0 < left.left < 5
    assert run_import(again, left.run).kept == 5
    [clip] = desk(again, case).step("inspection").clips
    assert [s.file for s in clip.segments] == [1, 2, 3, 4]
    assert clip.duration_ms == pytest.approx(8000, abs=300)
    log_out(again)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    subprocess.run([*sudo, "mount", "-t", "tmpfs", "-o", "size=24M,mode=777", "tmpfs", disk], check=True)
    yield disk
    subprocess.run([*sudo, "umount", disk], check=True)


def test_a_full_disk_is_told_before_and_in_the_middle(
        world: World, small_disk: Path, new_case: MakeCase, root: Path,
        monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(world.laptop.data.root, small_disk / "laptop")
    session = log_in(AppContext(SystemClock(), DataFolder(small_disk / "laptop")), *world.both())
    case = new_case(session)
    begin_step(session, case.id, step_of(session, case))
    at = session.at
    for number in range(3):
        card.voice(root / f"R{at + timedelta(seconds=number):%Y%m%d-%H%M%S}.WAV", seconds=100,
                   began=at + timedelta(seconds=number), changed=at, shade=number)
    plan = plan_import(session, root)
    with pytest.raises(UserError, match="磁盘空间不够") as before:
        start_import(session, plan)
    assert "没有动" in before.value.remedy
    monkeypatch.setattr("field_app.actions.import_plan.RESERVE", 0)
    run = start_import(session, plan)
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(small_disk).free - (5 << 20))
    with pytest.raises(UserError, match="磁盘已满"):
        run_import(session, run)
    kept = len(desk(session, case).step("inspection").clips)
    assert kept < 3 and not list(session.context.data.media.glob("*.part"))
    filler.unlink()
    assert run_import(session, run).kept == 3
    log_out(session)
