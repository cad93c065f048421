"""Sealing and sending: away, foreign and cut headquarters lose nothing; only a receipt is green."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from field_app.actions.case_desk import begin_step, case_desk
from field_app.actions.context import Session
from field_app.actions.fill_document import issue_paper, paper_files, save_draft, start_paper
from field_app.actions.overview import behind_words, list_cases
from field_app.actions.seal_case import adopt_sealed, seal_case
from field_app.actions.send_cases import send_cases
from field_app.cli.demo import hq_process
from field_app.cli.demo.day import sample_answers, typed
from field_app.cli.demo.world import HOST, World, make_world
from field_app.domain.case import Case, PaperRecord, SyncState
from field_app.errors import Cancelled, UserError
from field_app.packages.layout import statement_name
from field_app.storage import cases, outbox
from field_app.sync.patience import Patience

MakeCase = Callable[[Session], Case]


def with_paper(session: Session, case: Case) -> PaperRecord:
    """One more record, an hour after the one before: nobody is in two at once."""
    step = case_desk(session, case.id).step("inspection")
    begin_step(session, case.id, step.step.id)
    paper = start_paper(session, case.id, step.step.id, "G1-04")
    answers = typed(paper.answers, sample_answers("G1-04")) | {"av_refs": ["执法记录仪-07"]}
    for key in ("start_at", "end_at"):
        later = datetime.fromisoformat(answers[key]) + timedelta(hours=len(step.papers))
        answers[key] = later.isoformat()
    save_draft(session, paper.id, answers)
    return issue_paper(session, paper.id)


def state(session: Session) -> SyncState:
    (case,) = list_cases(session)
    return case.sync


@pytest.fixture
def sealed(world: World, session: Session, new_case: MakeCase) -> Case:
    case = new_case(session)
    with_paper(session, case)
    seal_case(session, case.id, world.both())
    return case


@contextmanager
def cutting(port: int, after: int, cuts: list[int]) -> Iterator[int]:
    """A relay to ``port`` that drops every connection after so many bytes, and counts that."""
    listener = socket.create_server((HOST, 0))
    listener.settimeout(0.2)
    stop = threading.Event()

    def pump(source: socket.socket, target: socket.socket, left: list[int]) -> None:
        try:
            while left[0] > 0 and (data := source.recv(4096)):
                left[0] -= len(data)
                target.sendall(data)
        except OSError:
            pass
        if left[0] <= 0:
            cuts.append(1)
        for end in (source, target):
            end.close()

    def accept() -> None:
        while not stop.is_set():
            try:
                near, _ = listener.accept()
            except TimeoutError:
                continue
            near.settimeout(20)
            far = socket.create_connection((HOST, port), timeout=20)
            left = [after]
            for pair in ((near, far), (far, near)):
                threading.Thread(target=pump, args=(*pair, left), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        stop.set()
        thread.join()
        listener.close()


def test_green_only_by_receipt_and_out_again_when_the_case_grows(
        world: World, session: Session, sealed: Case) -> None:
    assert state(session) is SyncState.SEALED
    with hq_process.running(world.headquarters, host=HOST) as port:
        (sent,) = send_cases(session, f"https://{HOST}:{port}")
        assert sent.received
        assert state(session) is SyncState.RECEIVED
        assert send_cases(session, f"https://{HOST}:{port}") == []
        with_paper(session, sealed)
        assert state(session) is SyncState.DRAFT
        second = seal_case(session, sealed.id, world.both())
        assert second.revision == 2
        assert send_cases(session, f"https://{HOST}:{port}")[0].received
    assert state(session) is SyncState.RECEIVED
    with session.begin() as tx:
        assert outbox.receipt(tx, sealed.package, 2) is not None


def test_headquarters_away(session: Session, sealed: Case) -> None:
    with closing(socket.create_server((HOST, 0))) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(UserError, match="连接") as error:
        send_cases(session, f"https://{HOST}:{port}", patience=Patience(tries=2, first=0.01))
    assert "本机" in error.value.remedy
    assert state(session) is SyncState.SENDING
    with session.begin() as tx:
        assert cases.get(tx, sealed.id).problem
        assert len(outbox.waiting(tx)) == 1


def test_foreign_headquarters_gets_nothing(
        session: Session, sealed: Case, tmp_path: Path) -> None:
    other = make_world(tmp_path / "other")
    with hq_process.running(other.headquarters, host=HOST) as port, pytest.raises(UserError, match="不是总部"):
        send_cases(session, f"https://{HOST}:{port}")
    assert state(session) is SyncState.SENDING
    assert not list((other.headquarters / "data").rglob("*.age"))


@pytest.mark.soak
def test_cut_connection_goes_on_where_it_stopped(
        world: World, session: Session, new_case: MakeCase) -> None:
    """Three large papers over two connections that bear one and a half: cuts are certain."""
    case = new_case(session)
    for _ in range(3):
        with_paper(session, case)
    seal_case(session, case.id, world.both())
    largest = max(p.stat().st_size for p in world.laptop.data.blobs.iterdir())
    cuts: list[int] = []
    with (hq_process.running(world.headquarters, host=HOST) as port,
          cutting(port, largest * 3 // 2, cuts) as poor):
        (sent,) = send_cases(session, f"https://{HOST}:{poor}")
    assert sent.received
    assert cuts


def test_wrong_pin_and_cancel_seal_nothing(
        world: World, session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    with_paper(session, case)
    first, second = world.both()
    with pytest.raises(UserError):
        seal_case(session, case.id, (first, replace(second, pin="错")))
    with pytest.raises(UserError):
        seal_case(session, case.id, (first, first))
    with pytest.raises(Cancelled):
        seal_case(session, case.id, world.both(), cancelled=lambda: True)
    folder = world.laptop.data.packages / case.package
    assert not (folder / statement_name(1)).exists()
    assert state(session) is SyncState.DRAFT
    assert seal_case(session, case.id, world.both()).revision == 1


def test_draft_papers_are_not_sealed_over(
        world: World, session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    step = case_desk(session, case.id).step("inspection").step
    start_paper(session, case.id, step.id, "G1-04")
    with pytest.raises(UserError, match="定稿"):
        seal_case(session, case.id, world.both())


def test_revision_sealed_before_a_crash_is_found_again(
        world: World, session: Session, sealed: Case) -> None:
    with session.begin() as tx:
        tx.connection.exec_driver_sql("DELETE FROM outbox")
        tx.connection.exec_driver_sql("UPDATE case_file SET revision = 0, sync = 'draft'")
    assert adopt_sealed(session) == [sealed.id]
    assert adopt_sealed(session) == []
    with session.begin() as tx:
        assert [w.revision for w in outbox.waiting(tx)] == [1]


def test_changed_paper_file_is_refused(
        world: World, session: Session, new_case: MakeCase) -> None:
    case = new_case(session)
    paper = with_paper(session, case)
    for blob in world.laptop.data.blobs.glob("*.age"):
        data = bytearray(blob.read_bytes())
        data[-20] ^= 1
        blob.write_bytes(data)
    with pytest.raises(UserError, match="改动"):
        paper_files(session, paper, why="viewed")
    with pytest.raises(UserError, match="打不开"):
        seal_case(session, case.id, world.both())


def test_a_laptop_that_sent_nothing_for_days_says_so(sealed: Case) -> None:
    opened = sealed.opened

    def said(days: float, last: datetime | None = None, *cases_: Case) -> str:
        return behind_words(min(c.opened for c in cases_ or (sealed,)), last, opened + timedelta(days=days))

    assert said(2.9) == "" and said(3) == "已3天没有报送" and said(11.5) == "已11天没有报送"
    # Something arrived since: counted from then. What is younger than that is counted from itself.
    assert said(5, opened + timedelta(days=4)) == ""
    assert said(5, opened - timedelta(days=30)) == "已5天没有报送"
    assert behind_words(None, None, opened + timedelta(days=90)) == ""
    young = replace(sealed, opened=opened + timedelta(days=4))
    assert said(5, None, sealed, young) == "已5天没有报送" and said(5, None, young) == ""
