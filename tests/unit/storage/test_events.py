"""The log is a chain that nothing changes unseen."""

import hashlib
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DatabaseError

from field_app.domain.clock import CHINA, Moment
from field_app.domain.ids import DeviceId
from field_app.storage import events
from field_app.storage.store import Store
from field_app.storage.tables import event

DEVICE = DeviceId("D001")
START = datetime(2026, 5, 14, 9, 30, tzinfo=CHINA)


def _moment(minutes: int) -> Moment:
    return Moment(START + timedelta(minutes=minutes), 1000 + minutes, "boot")


def _fill(store: Store, count: int = 5) -> None:
    for i in range(count):
        with store.begin() as tx:
            events.append(tx, "viewed", device=DEVICE, moment=_moment(i), case="c",
                          body={"number": i})


def test_chain_holds(store: Store) -> None:
    _fill(store)
    with store.begin() as tx:
        assert events.first_break(tx) is None and events.first_break(tx, start=3) is None
        found = list(events.of_case(tx, "c"))
        assert [e.members()["body"]["number"] for e in found] == [0, 1, 2, 3, 4]
        assert found[1].members()["prev"] == found[0].hash
        assert events.head(tx).hash == found[-1].hash


def test_log_refuses_update_and_delete(store: Store) -> None:
    _fill(store)
    for statement in ("UPDATE event SET kind = 'x' WHERE seq = 2", "DELETE FROM event"):
        with pytest.raises(DatabaseError, match="append-only"), store.begin() as tx:
            tx.connection.exec_driver_sql(statement)


@pytest.mark.parametrize(("statement", "place"), [
    ("UPDATE event SET data = CAST(replace(CAST(data AS TEXT), 'viewed', 'closed') AS BLOB) "
     "WHERE seq = 2", 2),
    ("UPDATE event SET data = 'text' WHERE seq = 4", 4),
    ("DELETE FROM event WHERE seq = 3", 3),
    ("UPDATE event SET seq = 99 WHERE seq = 5", 5),
])
def test_tampering_behind_the_triggers_is_found(
        store: Store, statement: str, place: int) -> None:
    _fill(store)
    with store.begin() as tx:
        tx.connection.exec_driver_sql("DROP TRIGGER event_no_update")
        tx.connection.exec_driver_sql("DROP TRIGGER event_no_delete")
        tx.connection.exec_driver_sql(statement)
        assert events.first_break(tx) == place
        assert events.first_break(tx, start=2) == events.first_break(tx, start=place) == place


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"7", b"\xff"])
def test_bytes_that_are_no_event_are_found(store: Store, data: bytes) -> None:
    _fill(store)
    with store.begin() as tx:
        tx.connection.exec_driver_sql("DROP TRIGGER event_no_update")
        tx.connection.execute(update(event).where(event.c.seq == 2).values(
            data=data, hash=hashlib.sha256(data).hexdigest()))
        assert events.first_break(tx) == 2


def test_a_clock_far_back_for_many_events_keeps_order_as_text(
        store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_MOST_COUNT", 3)
    for minutes in (10, *[0] * 9):
        with store.begin() as tx:
            events.append(tx, "viewed", device=DEVICE, moment=_moment(minutes))
    with store.begin() as tx:
        stamps = [e.members()["hlc"] for e in events.since(tx, 0)]
    assert stamps == sorted(set(stamps)) and {len(s) for s in stamps} == {20}


def test_clock_set_back_keeps_order(store: Store) -> None:
    for minutes in (10, 0, 5, 20):
        with store.begin() as tx:
            events.append(tx, "viewed", device=DEVICE, moment=_moment(minutes))
    with store.begin() as tx:
        stamps = [e.members()["hlc"] for e in events.since(tx, 0)]
        walls = [e.members()["at"]["wall"] for e in events.since(tx, 0)]
    assert stamps == sorted(stamps)
    assert len(set(stamps)) == 4
    assert walls[1] == "2026-05-14T09:30:00.000+08:00"  # Recorded times are never rewritten.
