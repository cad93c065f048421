"""What headquarters sends down, by network and stick: believed by signature, applied once, on record."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from field_app.actions import administer
from field_app.actions.case_fields import conflicts_of, write_field
from field_app.actions.context import AppContext, Session
from field_app.actions.log_in import log_in, log_out
from field_app.actions.number_document import numbers_left
from field_app.actions.seal_case import seal_case
from field_app.actions.send_cases import Exchanged, exchange
from field_app.actions.shred_case import shred_case
from field_app.actions.stick import bring_orders
from field_app.actions.sync_lines import sync_view
from field_app.cli import main
from field_app.cli.demo import hq_process
from field_app.cli.demo.world import CA_WORDS, DEVICE, HOST, HQ_UNIT, World, make_world
from field_app.domain.case import Case, SyncState
from field_app.domain.clock import SystemClock
from field_app.errors import UserError
from field_app.headquarters.depot import open_depot
from field_app.headquarters.examine import Examiner
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.intake import post
from field_app.headquarters.orders import send_order
from field_app.headquarters.sharing import devices_of
from field_app.headquarters.store import open_store
from field_app.headquarters.tables import event, inbox
from field_app.headquarters.worker import make_examiner
from field_app.paths import RESOURCES, DataFolder
from field_app.protocol.messages import InboxKind, SignedDocument
from field_app.protocol.orders import Notice, NumberBlock, NumberBlocks, OrderKind, OtherEvents
from field_app.storage import cases, events, orders, outbox
from field_app.storage.orders import OrderOutcome, TakenOrder
from field_app.storage.outbox import OutboxState
from tests.journeys.test_sending import with_paper

WHY = "现场检查笔录缺见证人签名"
YEAR = SystemClock().now().wall.year


@pytest.fixture
def hq(world: World) -> Iterator[Examiner]:
    """Headquarters' keys and tables, as its command line has them."""
    folder = HqFolder(world.headquarters)
    store = open_store(folder)
    depot = open_depot(folder)
    yield make_examiner(folder, store, depot)
    depot.close()
    store.close()


@pytest.fixture
def address(world: World) -> Iterator[str]:
    with hq_process.running(world.headquarters, host=HOST) as port:
        yield f"https://{HOST}:{port}"


def send(world: World, *words: str) -> int:
    return main(["headquarters", "send", *words, "--folder", str(world.headquarters)])


def down(done: Exchanged) -> dict[str, TakenOrder]:
    return {each.kind: each for each in done.taken.orders}


def noted(session: Session, kind: str) -> list[dict[str, object]]:
    with session.begin() as tx:
        return [e.members()["body"] for e in events.all_of_kind(tx, kind)]


def in_session(session: Session, case: Case) -> Case:
    with session.begin() as tx:
        return cases.get(tx, case.id)


def test_a_returned_case_comes_back_with_its_reason_and_goes_out_again(
        world: World, session: Session, hq: Examiner, address: str,
        new_case: Callable[[Session], Case]) -> None:
    case = new_case(session)
    with_paper(session, case)
    seal_case(session, case.id, world.both())
    assert [r.received for r in exchange(session, address).sent] == [True]
    assert sync_view(session).lines[0].state is SyncState.RECEIVED
    assert send(world, "return", case.package, "--reason", WHY, "--by", "法制审核 陈静") == 0
    # The upload service and its tables never see the words.
    with hq.store.read() as connection:
        lying = [row.data + row.signature for row in connection.execute(inbox.select())]
    assert lying and not any(WHY.encode() in data for data in lying)
    done = exchange(session, address)
    assert down(done)["returned"].outcome is OrderOutcome.APPLIED
    (line,) = sync_view(session).lines
    assert (line.state, line.label) == (SyncState.RETURNED, "已退回")
    assert WHY in line.case.problem and "陈静" in line.case.problem
    assert [body["reason"] for body in noted(session, "case_returned")] == [WHY]
    with pytest.raises(UserError) as kept:  # What is to be mended is not destroyed.
        shred_case(session, case.id, world.both(), reason="已移交")
    assert kept.value.code == "shred.not_received"
    assert exchange(session, address).taken.orders == ()  # Nothing twice.
    with_paper(session, case)
    assert in_session(session, case).sync is SyncState.RETURNED  # Its reason stays in sight.
    seal_case(session, case.id, world.both())
    assert in_session(session, case).sync is SyncState.SEALED
    assert [r.received for r in exchange(session, address).sent] == [True]
    assert in_session(session, case).sync is SyncState.RECEIVED
    with session.begin() as tx:
        assert events.first_break(tx) is None
        assert outbox.one(tx, case.package, 1).state is OutboxState.RETURNED  # type: ignore[union-attr]


@pytest.mark.soak
def test_numbers_catalogue_template_and_bundle_come_down(
        world: World, session: Session, hq: Examiner, address: str, tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    numbers = ("numbers", "--device", DEVICE, "--series", "演应急罚", "--year", str(YEAR))
    assert send(world, *numbers, "--count", "20") == 0
    assert send(world, *numbers, "--count", "5") == 0
    assert send(world, *numbers, "--count", "5", "--first", "10") == 1
    assert "重叠" in capsys.readouterr().err
    catalogue = str(RESOURCES / "training" / "catalogue.toml")
    # The training world took release 1 into its laptop; 2 is newer.
    assert main(["catalogue", "release", catalogue, "--headquarters", str(world.headquarters),
                 "--out", str(world.root / "catalogue")]) == 0
    assert send(world, "catalogue", str(world.root / "catalogue" / "2.json")) == 0
    authority = administer.open_ca(world.root / "ca", CA_WORDS)
    administer.make_bundle(
        world.laptop, authority, world.headquarters, world.root / "bundle2",
        recipients=[administer.headquarters_recipient(world.headquarters, HQ_UNIT)],
        agency=session.trust.agency)
    assert send(world, "bundle") == 0
    found = exchange(session, address).taken
    assert found.refused == () and {o.kind for o in found.orders} == {"numbers", "catalogue", "bundle"}
    stock = {s.series: (s.left, s.reserved) for s in numbers_left(session)}
    assert stock["演应急罚"] == (25, 25)
    assert (world.laptop.data.catalogues / "2.json").is_file()
    log_out(session)
    again = log_in(world.laptop, *world.both())
    assert again.trust.number == session.trust.number + 1
    applied = [body["kind"] for body in noted(again, "order_applied")]
    assert sorted(map(str, applied)) == ["bundle", "catalogue", "numbers", "numbers"]
    # An older release, signed as well as ever, changes nothing.
    older = world.root / "catalogue" / "1.json"
    with hq.store.write() as connection:
        post(connection, InboxKind.CATALOGUE, SignedDocument(
            older.read_bytes(), older.with_suffix(".p7s").read_bytes()), device=DEVICE)
    (told,) = exchange(again, address).taken.orders
    assert told.outcome is OrderOutcome.OLDER and "第2号" in told.problem
    log_out(again)


@pytest.mark.soak
def test_what_headquarters_did_not_sign_is_refused_in_words(
        world: World, session: Session, hq: Examiner, address: str, tmp_path: Path) -> None:
    other = make_world(tmp_path / "other")
    folder = HqFolder(other.headquarters)
    foreign_store = open_store(folder)
    foreign = make_examiner(folder, foreign_store, open_depot(folder))
    blocks = NumberBlocks((NumberBlock("演应急罚", YEAR, 1, 99),))
    with foreign_store.write() as connection:
        send_order(foreign, connection, OrderKind.NUMBERS, blocks, device=DEVICE, sealed=False)
        row = connection.execute(inbox.select()).one()
    foreign_store.close()
    with hq.store.write() as connection:
        post(connection, InboxKind.ORDER, SignedDocument(row.data, row.signature), device=DEVICE)
        send_order(hq, connection, OrderKind.NUMBERS, blocks, device="D777", sealed=False)
        mine = connection.execute(inbox.select().where(inbox.c.device == "D777")).one()
        # Meant for another laptop, changed on the way, and no JSON at all.
        for data in (mine.data, mine.data.replace(b'"last":99', b'"last":98'), b"{}"):
            post(connection, InboxKind.ORDER, SignedDocument(data, mine.signature), device=DEVICE)
    found = exchange(session, address).taken
    assert [o.outcome for o in found.orders if o.kind == "bundle"] == [OrderOutcome.OLDER]
    assert len(found.orders) == 5 and len(found.refused) == 4
    assert [s for s in numbers_left(session) if s.series == "演应急罚"] == []
    codes = [body["code"] for body in noted(session, "order_refused")]
    assert codes == ["signature", "other_device", "signature", "signature"]
    told = [line for line in sync_view(session).came_down if line.refused]
    assert len(told) == 4 and all("没有采用" in line.words for line in told)
    assert exchange(session, address).taken.orders == ()


@pytest.mark.soak
def test_the_inbox_is_read_anew_when_headquarters_was_restored(
        world: World, session: Session, hq: Examiner, address: str) -> None:
    with session.begin() as tx:
        orders.set_cursor(tx, 10**6)
    assert send(world, "notice", "请于周五前同步", "--device", DEVICE) == 0
    (told,) = [o for o in exchange(session, address).taken.orders if o.kind == "notice"]
    assert told.title == "请于周五前同步"
    with session.begin() as tx:
        assert 0 < orders.cursor(tx) < 10**6


@pytest.mark.soak
def test_orders_by_stick(world: World, session: Session, hq: Examiner, tmp_path: Path,
                         new_case: Callable[[Session], Case]) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    assert bring_orders(session, stick).orders == ()
    assert send(world, "numbers", "--device", DEVICE, "--series", "演应急罚", "--year", str(YEAR),
                "--count", "3") == 0
    assert send(world, "return", "0" * 8 + "-0000-4000-8000-" + "0" * 12, "--reason", WHY,
                "--by", "陈静") == 1
    with hq.store.write() as connection:
        send_order(hq, connection, OrderKind.NOTICE, Notice("请核对时钟", ()), device="", sealed=False)
    out = ["headquarters", "orders", "--folder", str(world.headquarters), "--device", DEVICE,
           "--out", str(stick)]
    assert main(out) == 0
    lying = sorted(p.name for p in (stick / "headquarters-orders").iterdir())
    assert all(len(name) < 40 and name.isascii() for name in lying) and len(lying) == 4
    # A half-copied one is passed over, the rest is taken; put right, it comes too.
    half = stick / "headquarters-orders" / lying[0]
    data = half.read_bytes()
    half.unlink()
    assert [o.kind for o in bring_orders(session, stick).orders] == ["notice"]
    half.write_bytes(data)
    assert [o.kind for o in bring_orders(session, stick).orders] == ["numbers"]
    assert main(out) == 0 and bring_orders(session, stick).orders == ()


@pytest.fixture
def second(world: World) -> Iterator[Session]:
    """The same officers on a second laptop of the district."""
    authority = administer.open_ca(world.root / "ca", CA_WORDS)
    laptop = AppContext(SystemClock(), DataFolder(world.root / "laptop2"))
    administer.enrol_device(laptop, authority, world.root / "bundle", "D002")
    made = log_in(laptop, *world.both())
    yield made
    log_out(made)


def sealed_and_sent(world: World, session: Session, case: Case, address: str) -> Exchanged:
    seal_case(session, case.id, world.both())
    return exchange(session, address)


def test_one_case_on_two_laptops(
        world: World, session: Session, second: Session, hq: Examiner, address: str,
        new_case: Callable[[Session], Case], capsys: pytest.CaptureFixture[str]) -> None:
    case = new_case(session)
    write_field(session, case.id, "place", "一号车间")
    sealed_and_sent(world, session, case, address)
    # The other laptop has not told its key yet: nothing can be sealed to it.
    assert send(world, "assign", case.package, "--device", "D002") == 1
    assert "接收密钥" in capsys.readouterr().err
    own = new_case(second)
    sealed_and_sent(world, second, own, address)
    assert send(world, "assign", case.package, "--device", "D002") == 0
    kinds = [o.kind for o in exchange(second, address).taken.orders]
    assert kinds == ["assigned", "events"]
    shared = in_session(second, case)
    assert (shared.local_no, shared.place, shared.party) == (
        case.local_no, "一号车间", in_session(session, case).party)
    assert shared.package != case.package  # A package is one case on one laptop.

    # Both write the same field without knowing of each other, and one writes another field.
    write_field(session, case.id, "place", "二号车间")
    write_field(second, shared.id, "place", "三号仓库")
    write_field(second, shared.id, "party.phone", "13900000009")
    for _round in range(2):
        sealed_and_sent(world, session, in_session(session, case), address)
        sealed_and_sent(world, second, in_session(second, case), address)
    exchange(session, address)
    for laptop in (session, second):
        (conflict,) = conflicts_of(laptop, case.id)
        assert (conflict.label, {(c.device, c.value) for c in conflict.choices}) == (
            "检查地点", {("D001", "二号车间"), ("D002", "三号仓库")})
        assert in_session(laptop, case).place == "三号仓库"  # The later one is shown meanwhile.
        assert in_session(laptop, case).party["phone"] == "13900000009"
    # A person chooses, once, on one of them; papers that were issued stay as they are.
    write_field(session, case.id, "place", "二号车间")
    sealed_and_sent(world, session, in_session(session, case), address)
    exchange(second, address)
    for laptop in (session, second):
        assert conflicts_of(laptop, case.id) == () and in_session(laptop, case).place == "二号车间"
        with laptop.begin() as tx:
            assert events.first_break(tx) is None
    with hq.store.read() as connection:
        assert set(devices_of(connection, case.id)) == {"D001", "D002"}


@pytest.mark.soak
def test_a_log_that_contradicts_itself_is_told_on_the_other_laptop(
        world: World, session: Session, second: Session, hq: Examiner, address: str,
        new_case: Callable[[Session], Case]) -> None:
    case = new_case(session)
    sealed_and_sent(world, session, case, address)
    sealed_and_sent(world, second, new_case(second), address)
    assert send(world, "assign", case.package, "--device", "D002") == 0
    exchange(second, address)
    with hq.store.read() as connection:
        row = connection.execute(event.select().where(
            event.c.device == "D001", event.c.case_id == case.id)).first()
    assert row is not None
    forged = row.data.decode().replace('"case_opened"', '"case_opened2"')
    with hq.store.write() as connection:
        send_order(hq, connection, OrderKind.EVENTS, OtherEvents(case.id, (forged,)), device="D002")
    (told,) = exchange(second, address).taken.refused
    assert "磁盘可能被复制或还原过" in told.problem
    with second.begin() as tx:
        kept = [e for e in orders.other_events(tx, case.id) if e.seq == row.seq]
    assert [e.hash for e in kept] == [row.hash]
