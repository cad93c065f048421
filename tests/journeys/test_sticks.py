"""Sticks as they are in life: full, half copied, two of them, somebody else's, FAT."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from field_app.actions.context import Session
from field_app.actions.seal_case import seal_case
from field_app.actions.send_cases import Sent
from field_app.actions.stick import bring_back, bring_orders, carry_out
from field_app.actions.sync_lines import sync_view
from field_app.cli import main
from field_app.cli.demo.world import DEVICE, World, make_world
from field_app.domain.case import Case, SyncState
from field_app.errors import UserError
from field_app.headquarters.stick import import_package
from field_app.packages.layout import MAX_OBJECT_PLAIN
from field_app.storage import events
from tests.journeys.test_sending import with_paper

pytestmark = pytest.mark.soak
# What FAT and NTFS bear: no reserved letters, no name that differs by case alone, below 4 GiB.
_SAFE = re.compile(r"[A-Za-z0-9._-]{1,80}")


@pytest.fixture
def sealed(world: World, session: Session, new_case: Callable[[Session], Case]) -> Case:
    case = new_case(session)
    with_paper(session, case)
    seal_case(session, case.id, world.both())
    return case


def label(session: Session) -> str:
    (line,) = sync_view(session).lines
    return line.label


def test_a_full_stick_is_refused_before_and_told_while(
        world: World, session: Session, sealed: Case, small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    free = shutil.disk_usage(small_disk).free
    ballast.write_bytes(b"x" * (free - 50_000))
    with pytest.raises(UserError) as full:
        carry_out(session, small_disk)
    assert full.value.code == "stick.full" and label(session) == "已封存"
    # Filled by somebody else while it is being copied.
    ballast.write_bytes(b"")
    grown = [0]

    def fill(_done: int, _total: int) -> None:
        if not grown[0]:
            grown[0] = 1
            ballast.write_bytes(b"x" * max(0, shutil.disk_usage(small_disk).free - 4096))

    with pytest.raises(UserError) as torn:
        carry_out(session, small_disk, progress=fill)
    assert torn.value.code == "stick.io" and label(session) == "已封存"
    ballast.unlink()
    (carried,) = carry_out(session, small_disk)
    assert label(session) == "已拷到U盘"
    assert import_package(world.headquarters, carried.folder).ok


def test_half_of_it_is_none_and_the_rest_comes_later(
        world: World, session: Session, sealed: Case, tmp_path: Path) -> None:
    stick, torn = tmp_path / "stick", tmp_path / "torn"
    stick.mkdir()
    (carried,) = carry_out(session, stick)
    shutil.copytree(carried.folder, torn / sealed.package)
    lost = sorted((torn / sealed.package / "data" / "objects").rglob("*.age"))[0]
    lost.rename(lost.with_name(lost.name + ".part"))  # Pulled out in the middle.
    outcome = import_package(world.headquarters, torn / sealed.package)
    assert not outcome.ok and [r.status for r in outcome.revisions] == ["waiting"]
    assert bring_back(session, torn) == [] and label(session) == "已拷到U盘"
    assert import_package(world.headquarters, carried.folder).ok  # The whole stick brings the rest.
    received: list[Sent] = bring_back(session, stick)
    assert [r.received for r in received] == [True]


def test_two_sticks_of_one_case_and_receipts_on_either(
        world: World, session: Session, sealed: Case, tmp_path: Path) -> None:
    sticks = [tmp_path / "one", tmp_path / "two"]
    for stick in sticks:
        stick.mkdir()
        assert len(carry_out(session, stick)) == 1
    for stick in sticks:
        assert import_package(world.headquarters, stick / sealed.package).ok
    assert [r.received for r in bring_back(session, sticks[1])] == [True]
    assert bring_back(session, sticks[0]) == []  # Nothing waits any more, and nothing is done twice.
    with session.begin() as tx:
        assert len(events.all_of_kind(tx, "receipt_kept")) == 1


def test_the_stick_of_another_district_brings_nothing(
        world: World, session: Session, sealed: Case, tmp_path: Path) -> None:
    other = make_world(tmp_path / "other")
    stick = tmp_path / "stick"
    stick.mkdir()
    for words in (["headquarters", "send", "notice", "别区的通知", "--folder", str(other.headquarters)],
                  ["headquarters", "orders", "--folder", str(other.headquarters), "--device", DEVICE,
                   "--out", str(stick)]):
        assert main(words) == 0
    assert bring_back(session, stick) == []
    (told,) = bring_orders(session, stick).refused
    assert "没有采用" in told.problem
    (line,) = sync_view(session).lines
    assert line.state is SyncState.SEALED
    # Their headquarters does not take ours either.
    assert len(carry_out(session, stick)) == 1
    assert main(["headquarters", "import", str(stick / sealed.package), "--folder",
                 str(other.headquarters)]) == 1


def test_names_and_sizes_that_fat_bears(
        world: World, session: Session, sealed: Case, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    carry_out(session, stick)
    assert main(["headquarters", "orders", "--folder", str(world.headquarters), "--device", DEVICE,
                 "--out", str(stick)]) == 0
    for folder, _inner, names in os.walk(stick):
        parts = Path(folder).relative_to(stick).parts
        assert all(_SAFE.fullmatch(part) for part in (*parts, *names)), (folder, names)
        assert len({name.lower() for name in names}) == len(names)
        assert len(str(Path(folder).relative_to(stick))) < 120
    assert MAX_OBJECT_PLAIN + (64 << 20) < (4 << 30) - 1
