"""Orders that headquarters signed and that say what no order says: told, and nothing is held up by them."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from field_app.actions import take_orders
from field_app.actions.applied import Applied
from field_app.actions.case_desk import case_desk
from field_app.actions.case_fields import conflicts_of
from field_app.actions.context import Session
from field_app.actions.overview import today
from field_app.actions.seal_case import seal_case
from field_app.actions.send_cases import exchange
from field_app.cli.demo.world import DEVICE, World
from field_app.crypto.canonical import canonical
from field_app.domain.case import Case, SyncState
from field_app.domain.clock import SystemClock
from field_app.headquarters.examine import Examiner
from field_app.headquarters.orders import send_order
from field_app.protocol.orders import AssignedCase, Notice, OrderKind, OtherEvents
from field_app.storage import orders
from field_app.storage.orders import OrderOutcome
from tests.journeys.test_orders import address, hq, in_session

__all__ = ["address", "hq"]  # Fixtures of that file.
MakeCase = Callable[[Session], Case]


@pytest.fixture
def known(world: World, session: Session, address: str, new_case: MakeCase) -> Case:
    """A case at headquarters, which knows what to seal to since."""
    case = new_case(session)
    seal_case(session, case.id, world.both())
    assert [sent.received for sent in exchange(session, address).sent] == [True]
    return case


@pytest.mark.parametrize("field", [[], {"place": 1}, None, "place\u0000"])
def test_an_odd_event_of_another_laptop_holds_up_nothing(
        world: World, session: Session, hq: Examiner, address: str, known: Case, new_case: MakeCase,
        field: Any) -> None:
    line = canonical({
        "v": 1, "dev": "D002", "seq": 7, "prev": "1" * 64, "case": known.id, "typ": "field_written",
        "hlc": "000000000000007-0000", "actors": ["YL50015600101"],
        "at": {"wall": "2026-01-01T08:00:00+08:00", "mono_ms": 1, "boot": "b"},
        "body": {"field": field, "value": "别处", "was": "", "replaces": []}}).decode()
    with hq.store.write() as connection:
        send_order(hq, connection, OrderKind.EVENTS, OtherEvents(known.id, (line,)), device=DEVICE)
    seal_case(session, new_case(session).id, world.both())
    done = exchange(session, address)
    assert [sent.received for sent in done.sent] == [True]
    assert [(o.kind, o.outcome) for o in done.taken.orders if o.kind == "events"] == [
        ("events", OrderOutcome.APPLIED)]
    assert conflicts_of(session, known.id) == () and in_session(session, known).place == known.place


@pytest.mark.parametrize("odd", [
    {"opened": "0001-01-01T00:00:00+14:00"}, {"opened": "9999-12-31T23:59:59-14:00"},
    {"party": {"name": "乙厂", "party_type": []}}, {"party": {"name": {}}}])
def test_an_odd_case_is_not_taken_and_holds_up_nothing(
        world: World, session: Session, hq: Examiner, address: str, known: Case, new_case: MakeCase,
        odd: dict[str, Any]) -> None:
    told = AssignedCase(
        str(uuid.uuid4()), "D002", "D002-2026-0001", known.procedure, known.procedure_version, "检查", known.matter,
        "甲村", SystemClock().now().wall, ("YL50015600101",), {"name": "乙厂"})

    class Odd:
        def to_json(self) -> dict[str, Any]:
            return {**told.to_json(), **odd}

    with hq.store.write() as connection:
        send_order(hq, connection, OrderKind.ASSIGNED, Odd(), device=DEVICE)
    seal_case(session, new_case(session).id, world.both())
    done = exchange(session, address)
    assert [sent.received for sent in done.sent] == [True]
    (refused,) = done.taken.refused
    assert "没有采用" in refused.problem
    case_desk(session, known.id)
    today(session)


def test_an_order_that_this_program_fails_at_waits_and_holds_up_no_case(
        world: World, session: Session, hq: Examiner, address: str, known: Case, new_case: MakeCase,
        monkeypatch: pytest.MonkeyPatch) -> None:
    with hq.store.write() as connection:
        send_order(hq, connection, OrderKind.NOTICE, Notice("请核对时钟", ()), device=DEVICE, sealed=False)
    case = new_case(session)
    seal_case(session, case.id, world.both())

    def fails(*_given: object) -> Applied:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(take_orders, "APPLY", {OrderKind.NOTICE: fails})
        with pytest.raises(ZeroDivisionError):
            exchange(session, address)
    assert in_session(session, case).sync is SyncState.RECEIVED
    with session.begin() as tx:
        assert not [o for o in orders.newest(tx) if o.kind == "notice"]
    assert [o.title for o in exchange(session, address).taken.orders if o.kind == "notice"] == ["请核对时钟"]
