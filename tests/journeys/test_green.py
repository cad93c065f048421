"""Green is what headquarters signed for, and nothing that came after; what is sealed, headquarters can read."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from field_app.actions.case_fields import write_field
from field_app.actions.check_readiness import Light, check_readiness
from field_app.actions.context import Session
from field_app.actions.log_in import log_in, log_out
from field_app.actions.open_case import NewCase, open_case
from field_app.actions.overview import today
from field_app.actions.record_step import Devices
from field_app.actions.seal_case import check_sealing, seal_case
from field_app.actions.send_cases import send_cases
from field_app.actions.sync_lines import sync_view
from field_app.cli.demo import hq_process
from field_app.cli.demo.day import sample_answers
from field_app.cli.demo.world import HOST, World
from field_app.domain.case import Case, SyncState
from field_app.errors import UserError
from field_app.packages.layout import statement_name
from field_app.storage import outbox
from tests.journeys.test_clock_offset import with_clock
from tests.journeys.test_sending import state, with_paper

MakeCase = Callable[[Session], Case]


def send(world: World, session: Session) -> list[bool]:
    with hq_process.running(world.headquarters, host=HOST) as port:
        return [sent.received for sent in send_cases(session, f"https://{HOST}:{port}")]


def test_a_fact_set_right_puts_the_green_out(world: World, session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    seal_case(session, case.id, world.both())
    assert send(world, session) == [True] and state(session) is SyncState.RECEIVED
    write_field(session, case.id, "place", "二号车间")
    assert state(session) is SyncState.DRAFT
    (line,) = sync_view(session).lines
    assert line.label == "封存后有改动" and "第1版总部已签收，以后又有改动" in line.words
    seal_case(session, case.id, world.both())
    assert send(world, session) == [True] and state(session) is SyncState.RECEIVED


@pytest.mark.parametrize("kind", ["recording_tied", "recording_lost"])
def test_what_changes_the_recordings_of_a_case_puts_its_green_out(
        world: World, session: Session, new_case: MakeCase, kind: str) -> None:
    case = new_case(session)
    seal_case(session, case.id, world.both())
    assert state(session) is SyncState.SEALED
    with session.begin() as tx:
        session.note(tx, kind, case=case.id)
    assert state(session) is SyncState.DRAFT


def test_what_was_done_after_a_crash_is_not_green_by_what_was_sealed_before(
        world: World, session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    seal_case(session, case.id, world.both())
    with session.begin() as tx:  # Killed between the package and the store.
        tx.connection.exec_driver_sql("DELETE FROM outbox")
        tx.connection.exec_driver_sql("UPDATE case_file SET revision = 0, sync = 'draft'")
    with_paper(session, case)
    assert send(world, session) == [True]
    assert state(session) is SyncState.DRAFT
    assert seal_case(session, case.id, world.both()).revision == 2
    assert send(world, session) == [True] and state(session) is SyncState.RECEIVED


def test_what_is_done_while_a_case_is_being_sealed_is_still_to_be_sealed(
        world: World, session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    with_paper(session, case)
    done: list[Case] = []

    def meanwhile(_done: int, _total: int) -> None:
        if not done:
            done.append(write_field(session, case.id, "place", "三号仓库"))

    seal_case(session, case.id, world.both(), progress=meanwhile)
    assert done and state(session) is SyncState.DRAFT
    assert send(world, session) == [True] and state(session) is SyncState.DRAFT


def pasted(session: Session) -> Case:
    """As it comes out of a table of a text program."""
    record = sample_answers("G1-04")
    return open_case(session, NewCase(
        cause="安全\x07生产\t日常检查", matter="对生产经营单位安全生产状况的监督检查", place="一号\u2028车间",
        party={**record["PARTY"], "name": "武隆区\r\n木制品厂"}))


def test_what_was_pasted_in_lines_is_one_line_and_arrives(world: World, session: Session) -> None:
    case = pasted(session)
    assert (case.cause, case.place, case.party_name) == ("安全 生产 日常检查", "一号 车间", "武隆区 木制品厂")
    assert write_field(session, case.id, "cause", "安全\x07检查\n").cause == "安全 检查"
    with session.begin() as tx:  # As a version before this one let them in.
        tx.connection.exec_driver_sql("UPDATE case_file SET cause = '安全' || char(7) || char(10) || '检查'")
    seal_case(session, case.id, world.both())
    assert send(world, session) == [True]


def test_what_headquarters_could_not_read_is_not_sealed(world: World, session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    with session.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE case_file SET cause = ''")
    with pytest.raises(UserError, match="没有封存") as told:
        seal_case(session, case.id, world.both())
    assert told.value.code == "seal.index_malformed" and "案件信息" in told.value.remedy
    write_field(session, case.id, "cause", "安全检查")
    assert seal_case(session, case.id, world.both()).revision == 1


@pytest.mark.parametrize("spoil", [lambda path: path.unlink(), lambda path: path.write_bytes(b"{}")])
def test_a_damaged_package_is_told_before_anybody_types_a_pin(
        world: World, session: Session, new_case: MakeCase, spoil: Callable[[Any], None]) -> None:
    case, other = new_case(session), new_case(session)
    seal_case(session, case.id, world.both())
    spoil(world.laptop.data.packages / case.package / statement_name(1))
    for refused in (lambda: check_sealing(session, case.id),
                    lambda: seal_case(session, case.id, world.both())):
        with pytest.raises(UserError, match="已损坏") as told:
            refused()
        assert told.value.code == "seal.package_damaged"
    seal_case(session, other.id, world.both())
    assert sorted(send(world, session)) == [False, True]  # It does not hold up the other.


def test_what_headquarters_refused_is_no_record_of_its_signing(
        world: World, session: Session, new_case: MakeCase) -> None:
    devices = Devices(None, None)

    def light() -> Light:
        (check,) = (c for c in check_readiness(session, devices, headquarters="") if c.name == "报送总部")
        return check.light

    case = new_case(session)
    seal_case(session, case.id, world.both())
    with session.begin() as tx:
        outbox.keep_receipt(tx, case.package, 1, b"refused", b"", at=session.at)
        outbox.finish(tx, case.package, 1, outbox.OutboxState.REFUSED, at=session.at, error="签名无效")
    assert light() is Light.AMBER and today(session).last_receipt is None
    seal_case(session, case.id, world.both())
    assert send(world, session) == [True]
    assert light() is Light.GREEN and today(session).last_receipt is not None


def test_a_receipt_kept_while_the_clock_ran_ahead_silences_nothing(
        world: World, new_case: MakeCase) -> None:
    session = log_in(world.laptop, *world.both())
    seal_case(session, new_case(session).id, world.both())
    log_out(session)
    ahead = with_clock(world, timedelta(days=20))
    session = log_in(ahead.laptop, *ahead.both())
    assert send(world, session) == [True]
    log_out(session)
    session = log_in(world.laptop, *world.both())
    new_case(session)
    assert today(session).last_receipt is None and today(session).behind == ""
    log_out(session)
    later = with_clock(world, timedelta(days=5))
    session = log_in(later.laptop, *later.both())
    assert today(session).behind == "已5天没有报送"
    log_out(session)
