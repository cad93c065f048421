"""Headquarters, or what answers in its place, is faulty: each wait ends, each case fares by itself."""

import json
import threading
import time
from collections.abc import Callable

import pytest

from field_app.actions.case_fields import write_field
from field_app.actions.context import Session
from field_app.actions.seal_case import seal_case
from field_app.actions.send_cases import send_cases
from field_app.cli.demo.world import World
from field_app.domain.case import Case, SyncState
from field_app.errors import Cancelled, UserError
from field_app.protocol.errors import WireError
from field_app.storage import cases, events, outbox
from field_app.sync.patience import Patience
from tests.journeys.faulty_headquarters import Answer, Faulty, error, faulty

MakeCase = Callable[[Session], Case]
QUICK = Patience(tries=2, first=0.01)
_LONG = 20.0  # Far more than stopping takes on a busy machine, far less than what would be waited for.


@pytest.fixture
def three(world: World, session: Session, new_case: MakeCase) -> list[Case]:
    made = [new_case(session) for _ in range(3)]
    for case in made:
        seal_case(session, case.id, world.both())
    return made


def states(session: Session, found: list[Case]) -> list[SyncState]:
    with session.begin() as tx:
        return [cases.get(tx, case.id).sync for case in found]


def failures(session: Session) -> int:
    with session.begin() as tx:
        return len(events.all_of_kind(tx, "sync_failed"))


@pytest.mark.parametrize("fault", [
    error(WireError.SERVER_ERROR), pytest.param(Answer(502, b"<html>too large</html>", {}), marks=pytest.mark.soak)])
def test_a_case_that_headquarters_chokes_on_holds_up_no_other(
        world: World, session: Session, three: list[Case], fault: Answer) -> None:
    def answers(_method: str, path: str, _body: bytes) -> Answer | None:
        return fault if three[0].package in path else None

    with faulty(world.headquarters, session, answers) as hq:
        sent = send_cases(session, hq.address, patience=QUICK)
        assert [s.received for s in sent] == [False, True, True] and "本机" in sent[0].problem
        assert states(session, three) == [SyncState.SENDING, SyncState.RECEIVED, SyncState.RECEIVED]
        hq.answers = lambda *_: None
        assert [s.received for s in send_cases(session, hq.address)] == [True]


def test_a_headquarters_that_takes_nothing_is_not_asked_for_every_case(
        world: World, session: Session, new_case: MakeCase, three: list[Case]) -> None:
    for _ in range(3):
        seal_case(session, new_case(session).id, world.both())

    def answers(_method: str, path: str, _body: bytes) -> Answer | None:
        return error(WireError.SERVER_ERROR) if path.endswith("/statement") else None

    with faulty(world.headquarters, session, answers) as hq, pytest.raises(UserError, match="总部暂时"):
        send_cases(session, hq.address, patience=QUICK)
    assert failures(session) == 3


@pytest.mark.parametrize(("answer", "words"), [
    (Answer(200, b"<html>login</html>", {}), "先登录网页"), (error(WireError.DEVICE_REFUSED), "设备证书"),
    pytest.param(error(WireError.STORAGE_FULL, **{"Retry-After": "300"}), "存储空间已满", marks=pytest.mark.soak)])
def test_what_stands_against_every_case_is_told_once(
        world: World, session: Session, three: list[Case], answer: Answer, words: str) -> None:
    with faulty(world.headquarters, session, lambda *_: answer) as hq, pytest.raises(UserError, match=words):
        send_cases(session, hq.address)
    assert failures(session) == 1
    with session.begin() as tx:
        assert len(outbox.waiting(tx)) == 3


def test_receipts_that_do_not_come_are_waited_for_together(
        world: World, session: Session, three: list[Case]) -> None:
    waiting = Answer(202, json.dumps(
        {"state": "waiting", "files_missing": 0, "bytes_held": 1, "bytes_total": 1}).encode())

    def answers(_method: str, path: str, _body: bytes) -> Answer | None:
        return waiting if path.endswith("/receipt") else None

    with faulty(world.headquarters, session, answers) as hq:
        sent = send_cases(session, hq.address, patience=Patience(receipt_seconds=1.0, receipt_longest=0.3))
        first = [hq.calls.index(f"GET /v1/packages/{case.package}/revisions/1/receipt") for case in three]
        asked = [sum(case.package in call and call.endswith("receipt") for call in hq.calls) for case in three]
        assert [s.received for s in sent] == [False] * 3
        assert states(session, three) == [SyncState.DELIVERED] * 3
        # All were sent, and each was asked for once, before any was waited for.
        again = hq.calls.index(f"GET /v1/packages/{three[0].package}/revisions/1/receipt", first[0] + 1)
        assert max(first) < again and asked[0] > 2 and asked[1:] == [2, 2]
        hq.answers = lambda *_: None
        assert [s.received for s in send_cases(session, hq.address)] == [True] * 3


def test_a_revision_taken_and_missed_ends_in_words(world: World, session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    for _ in range(2):
        seal_case(session, case.id, world.both())

    def answers(_method: str, path: str, _body: bytes) -> Answer | None:
        return error(WireError.PREVIOUS_MISSING) if path.endswith("/2/statement") else None

    with faulty(world.headquarters, session, answers) as hq:
        sent = send_cases(session, hq.address)
        assert [(s.revision, s.received) for s in sent] == [(1, True), (2, False)]
        assert "无法识别" in sent[1].problem
        assert sum(call.endswith("/2/statement") for call in hq.calls) == 2


def stopped(session: Session, hq: Faulty, once: str) -> float:
    """Seconds from 停止, pressed when a call that ends in ``once`` has come, to the end."""
    stop, pressed = threading.Event(), [0.0]

    def press() -> None:
        while not any(call.endswith(once) for call in hq.calls):
            time.sleep(0.01)
        pressed[0] = time.monotonic()
        stop.set()

    threading.Thread(target=press, daemon=True).start()
    with pytest.raises(Cancelled):
        send_cases(session, hq.address, cancelled=stop.is_set, patience=Patience())
    return time.monotonic() - pressed[0]


def test_stopping_does_not_wait_for_what_headquarters_asked_for(
        world: World, session: Session, three: list[Case]) -> None:
    def answers(_method: str, path: str, _body: bytes) -> Answer | None:
        return error(WireError.NOT_READY, **{"Retry-After": "250"}) if path.endswith("/statement") else None

    with faulty(world.headquarters, session, answers) as hq:
        assert stopped(session, hq, "/statement") < _LONG


def test_stopping_does_not_wait_for_an_answer_that_never_ends(
        world: World, session: Session, three: list[Case]) -> None:
    def answers(_method: str, path: str, _body: bytes) -> Answer | None:
        return Answer(200, b" ", {"LE-Sync": "1", "Content-Length": "60000"}) if path.endswith("/missing") else None

    with faulty(world.headquarters, session, answers) as hq:
        assert stopped(session, hq, "/missing") < _LONG


@pytest.mark.parametrize("wait", [
    "3600", *(pytest.param(wait, marks=pytest.mark.soak) for wait in ("999999", "21"))])
def test_headquarters_that_asks_for_hours_is_left_for_another_time(
        world: World, session: Session, three: list[Case], wait: str) -> None:
    def answers(_method: str, path: str, _body: bytes) -> Answer | None:
        return error(WireError.TOO_MANY_REQUESTS, **{"Retry-After": wait}) if path.endswith("/statement") else None

    with faulty(world.headquarters, session, answers) as hq, pytest.raises(UserError, match="总部暂时"):
        began = time.monotonic()
        send_cases(session, hq.address)
    assert time.monotonic() - began < _LONG


def test_what_hindered_the_last_try_is_not_told_after_one_that_went_well(
        world: World, session: Session, three: list[Case]) -> None:
    waiting = Answer(202, json.dumps(
        {"state": "waiting", "files_missing": 0, "bytes_held": 1, "bytes_total": 1}).encode())
    said = [waiting]

    def answers(_method: str, path: str, _body: bytes) -> Answer | None:
        return said[0] if path.endswith("/receipt") else None

    def problems() -> list[str]:
        with session.begin() as tx:
            return [cases.get(tx, case.id).problem for case in three]

    briefly = Patience(tries=1, receipt_seconds=0.0)
    with faulty(world.headquarters, session, answers) as hq:
        send_cases(session, hq.address, patience=briefly)
        assert states(session, three) == [SyncState.DELIVERED] * 3 and problems() == [""] * 3
        said[0] = error(WireError.SERVER_ERROR)
        with pytest.raises(UserError):
            send_cases(session, hq.address, patience=briefly)
        assert all("总部暂时" in problem for problem in problems())
        write_field(session, three[0].id, "place", "二号车间")
        said[0] = waiting
        send_cases(session, hq.address, patience=briefly)
        assert states(session, three) == [SyncState.DRAFT, SyncState.DELIVERED, SyncState.DELIVERED]
        assert problems() == [""] * 3


@pytest.mark.parametrize("state", [
    SyncState.RETURNED, pytest.param(SyncState.REFUSED, marks=pytest.mark.soak)])
def test_why_a_case_came_back_stays_in_sight_when_an_older_revision_fails(
        world: World, session: Session, three: list[Case], state: SyncState) -> None:
    with session.begin() as tx:
        for case in three:
            cases.set_sync(tx, case.id, state, problem="缺见证人签名")
    with (faulty(world.headquarters, session, lambda *_: error(WireError.SERVER_ERROR)) as hq,
          pytest.raises(UserError)):
        send_cases(session, hq.address, patience=QUICK)
    with session.begin() as tx:
        assert [cases.get(tx, case.id).problem for case in three] == ["缺见证人签名"] * 3
