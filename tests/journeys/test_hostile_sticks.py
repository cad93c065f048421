"""Sticks on which somebody laid what does not belong there, and what a receipt by stick tells of the clock."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from field_app.actions.context import Session
from field_app.actions.log_in import log_in, log_out
from field_app.actions.seal_case import seal_case
from field_app.actions.stick import bring_back, bring_orders, carry_out
from field_app.cli import main
from field_app.cli.demo.world import DEVICE, World
from field_app.domain.case import Case
from field_app.errors import UserError
from field_app.headquarters.stick import import_package
from field_app.packages.layout import receipt_names
from tests.journeys.test_clock_offset import sealed_case, told, with_clock

MakeCase = Callable[[Session], Case]


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    made = tmp_path / "stick"
    made.mkdir()
    return made


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
