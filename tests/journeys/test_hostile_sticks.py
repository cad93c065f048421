"""Sticks on which somebody laid what does not belong there, and what a receipt by stick tells of the clock."""

import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from field_app.actions.context import Session
from field_app.actions.log_in import log_in, log_out
from field_app.actions.seal_blob import seal_blob
from field_app.actions.seal_case import seal_case
from field_app.actions.stick import bring_back, bring_orders, carry_out
from field_app.actions.sync_lines import sync_view
from field_app.cli import main
from field_app.cli.demo.world import DEVICE, World
from field_app.domain.case import Case
from field_app.errors import UserError
from field_app.headquarters.stick import import_package
from field_app.packages.carry import carry_package
from field_app.packages.layout import receipt_names
from tests.journeys.test_clock_offset import sealed_case, told, with_clock

MakeCase = Callable[[Session], Case]
Filling = Callable[[World, Session, Case, Path], Callable[[], object]]


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    made = tmp_path / "stick"
    made.mkdir()
    return made


def carry(world: World, session: Session, case: Case, disk: Path) -> Callable[[], object]:
    """To a stick that fills up when the room on it was looked at."""
    seal_case(session, case.id, world.both())
    return lambda: carry_package(world.laptop.data.packages / case.package, disk / case.package)


def seal(world: World, session: Session, case: Case, disk: Path) -> Callable[[], object]:
    """Onto a disk other than the blobs', where no file has two names."""
    packages = world.laptop.data.packages
    packages.mkdir(exist_ok=True)
    (disk / "packages").mkdir()
    packages.rmdir()
    packages.symlink_to(disk / "packages")
    return lambda: seal_case(session, case.id, world.both())


def link(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def large(path: Path) -> None:
    path.write_bytes(b" " * (9 << 20))


def folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("lay", [link, large, folder])
def test_what_stands_in_a_receipts_place_holds_up_no_other(
        world: World, session: Session, new_case: MakeCase, stick: Path, lay: Callable[[Path], None]) -> None:
    odd, good = new_case(session), new_case(session)
    for case in (odd, good):
        seal_case(session, case.id, world.both())
    carry_out(session, stick)
    assert import_package(world.headquarters, stick / good.package).ok
    (stick / odd.package / "receipts").mkdir(exist_ok=True)
    for name in receipt_names(1):
        lay(stick / odd.package / name)
    found = {sent.case.id: sent for sent in bring_back(session, stick)}
    assert found.pop(good.id).received
    assert all(not sent.received and "无效" in sent.problem for sent in found.values())


@pytest.mark.parametrize("lay", [link, large, folder])
def test_what_stands_in_an_orders_place_holds_up_no_other(
        world: World, session: Session, stick: Path, lay: Callable[[Path], None]) -> None:
    assert main(["headquarters", "send", "notice", "请于周五前同步", "--device", DEVICE,
                 "--folder", str(world.headquarters)]) == 0
    assert main(["headquarters", "orders", "--folder", str(world.headquarters), "--device", DEVICE,
                 "--out", str(stick)]) == 0
    for ending in ("json", "p7s"):
        lay(stick / "headquarters-orders" / f"0000000000-order.{ending}")
    assert [order.title for order in bring_orders(session, stick).orders if order.kind == "notice"] == [
        "请于周五前同步"]


def test_a_receipt_by_stick_tells_of_the_clock(world: World, new_case: MakeCase, stick: Path) -> None:
    ahead = with_clock(world, timedelta(minutes=9))
    session = log_in(ahead.laptop, *ahead.both())
    case = sealed_case(session, ahead, new_case)
    carry_out(session, stick)
    assert import_package(world.headquarters, stick / case.package).ok
    assert [sent.received for sent in bring_back(session, stick)] == [True]
    (event,) = told(session, "clock_offset")
    assert event["body"]["source"] == "receipt"
    off, wide = (event["body"][name] * timedelta(milliseconds=1) for name in ("offset_ms", "uncertainty_ms"))
    assert off - wide <= timedelta(minutes=-9) <= off + wide
    log_out(session)


def test_a_full_laptop_keeps_no_receipt_and_says_so(
        world: World, session: Session, new_case: MakeCase, stick: Path, small_disk: Path) -> None:
    case = new_case(session)
    seal_case(session, case.id, world.both())
    carry_out(session, stick)
    assert import_package(world.headquarters, stick / case.package).ok
    own = world.laptop.data.packages / case.package
    shutil.move(own, small_disk / "package")
    own.symlink_to(small_disk / "package")
    ballast = small_disk / "ballast"
    with pytest.raises(OSError), ballast.open("wb") as filling:
        while True:
            filling.write(b"x" * 4096)
            filling.flush()
    with pytest.raises(UserError, match="回执没有保存") as full:
        bring_back(session, stick)
    assert full.value.code == "disk.write"
    ballast.unlink()
    assert [sent.received for sent in bring_back(session, stick)] == [True]


@pytest.mark.parametrize("how", [carry, seal])
def test_a_disk_that_runs_full_gets_its_room_back(
        world: World, session: Session, new_case: MakeCase, small_disk: Path, how: Filling) -> None:
    case = new_case(session)
    with session.begin() as tx:
        seal_blob(session, tx, case, os.urandom(6 << 20), kind="attachment", name="附件", mime="application/pdf")
    begin = how(world, session, case, small_disk)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * (shutil.disk_usage(small_disk).free - (3 << 20)))
    free = shutil.disk_usage(small_disk).free
    with pytest.raises((UserError, OSError)):
        begin()
    assert not list(small_disk.rglob("*.part"))
    assert shutil.disk_usage(small_disk).free > free - (1 << 20)


@pytest.mark.parametrize("spoil", [
    lambda package: next((package / "data" / "index").iterdir()).unlink(),
    lambda package: next((package / "data" / "objects").rglob("*.age")).write_bytes(b"rotten"),
    lambda package: (package / "statements" / "000001.json").unlink(),
    lambda package: (package / "bag-info.txt").write_bytes(b"odd"),
    shutil.rmtree])
def test_a_package_damaged_on_the_laptop_is_told_as_that_and_holds_up_no_other(
        world: World, session: Session, new_case: MakeCase, stick: Path, spoil: Callable[[Path], object]) -> None:
    odd, good = new_case(session), new_case(session)
    for case in (odd, good):
        seal_case(session, case.id, world.both())
    spoil(world.laptop.data.packages / odd.package)
    with pytest.raises(UserError, match=odd.local_no) as told:
        carry_out(session, stick)
    assert told.value.code == "stick.damaged" and "不要删除" in told.value.remedy
    assert {line.case.id: line.label for line in sync_view(session).lines} == {
        odd.id: "已封存", good.id: "已拷到U盘"}
    assert import_package(world.headquarters, stick / good.package).ok
    assert good.id in [sent.case.id for sent in bring_back(session, stick) if sent.received]
