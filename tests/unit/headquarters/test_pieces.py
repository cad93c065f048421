"""Parts in pieces: whichever process of the service takes in the next one, and after a kill."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from field_app.crypto.hashing import sha256_hex
from field_app.headquarters.depot import part_key
from field_app.headquarters.stick import import_package
from field_app.headquarters.store import open_store
from field_app.headquarters.tables import piece
from field_app.packages.existing import read_statement
from field_app.packages.layout import PART_SIZE, object_name
from field_app.protocol.messages import SignedDocument
from tests.unit.headquarters.backends import BOTH, SHARED, Backend
from tests.unit.headquarters.site import case_of

STEP = 50_000


@pytest.fixture
def hq(running: Any, district: Any, backend: Backend, tmp_path: Path) -> Iterator[Any]:
    made = running.Headquarters(district, backend.configure(running.lay_out(district, tmp_path / "hq")))
    yield made.start()
    made.end()


def _announced(client: Any, work: Any) -> tuple[str, bytes]:
    """Tell headquarters of the film's parts; hash and bytes of the first."""
    signed = read_statement(work.folder, 1)
    assert signed is not None
    sealed = work.objects[1].entry.ct_sha256
    film = (work.folder / object_name(sealed)).read_bytes()
    parts = [film[at:at + PART_SIZE] for at in range(0, len(film), PART_SIZE)]
    client.send_statement(work.package, 1, SignedDocument(signed.data, signed.signature))
    client.list_parts(sealed, [sha256_hex(part) for part in parts])
    return sha256_hex(parts[0]), parts[0]


def _pieces_kept(hq: Any) -> int:
    store = open_store(hq.folder)
    with store.read() as connection:
        count = connection.execute(select(func.count()).select_from(piece)).scalar_one()
    store.close()
    return int(count)


@BOTH
def test_pieces_outlive_the_process_that_took_them_in(
        hq: Any, build: Any, district: Any, backend: Backend, tmp_path: Path) -> None:
    work = case_of(build, district, tmp_path / "laptop", video=3 << 20)
    with hq.client(device=work.device) as client:
        sha, data = _announced(client, work)
        assert client.put_piece(sha, 0, len(data), data[:STEP]).held == STEP
    hq.kill()
    with hq.start().client(device=work.device) as client:
        assert client.part_held(sha).held == STEP
        assert client.put_piece(sha, STEP, len(data), data[STEP:]).whole
    with backend.depot(hq.folder) as depot:
        assert depot.bytes.get(part_key(sha), PART_SIZE) == data
    assert _pieces_kept(hq) == 0


@SHARED
def test_two_processes_take_in_the_pieces_of_one_part_at_once(
        hq: Any, running: Any, build: Any, district: Any, backend: Backend, tmp_path: Path) -> None:
    """Each piece goes to both at the same moment, as when a call is repeated by another way."""
    work = case_of(build, district, tmp_path / "laptop", video=3 << 20)
    other = running.Headquarters(district, hq.folder).start()
    try:
        with ExitStack() as stack, ThreadPoolExecutor(2) as pool:
            clients = [stack.enter_context(each.client(device=work.device)) for each in (hq, other)]
            sha, data = _announced(clients[0], work)

            def put(client: Any, at: int) -> int:
                return int(client.put_piece(sha, at, len(data), data[at:at + STEP]).held)

            for at in range(0, len(data), STEP):
                held = list(pool.map(lambda client, at=at: put(client, at), clients))
                assert held == [min(at + STEP, len(data))] * 2
            assert all(client.part_held(sha).whole for client in clients)
        with backend.depot(hq.folder) as depot:
            assert depot.bytes.get(part_key(sha), PART_SIZE) == data
        assert _pieces_kept(hq) == 0
    finally:
        other.end()


@pytest.fixture
def embedded(running: Any, district: Any, tmp_path: Path) -> Iterator[Any]:
    made = running.Headquarters(district, running.lay_out(district, tmp_path / "hq"))
    yield made.start()
    made.end()


def test_a_stick_brings_what_came_in_pieces(embedded: Any, build: Any, district: Any, tmp_path: Path) -> None:
    work = case_of(build, district, tmp_path / "laptop", video=3 << 20)
    with embedded.client(device=work.device) as client:
        sha, data = _announced(client, work)
        client.put_piece(sha, 0, len(data), data[:STEP])
    assert _pieces_kept(embedded) == 1
    embedded.kill()
    assert import_package(embedded.folder.root, work.folder).ok
    assert _pieces_kept(embedded) == 0


def test_another_list_of_parts_forgets_the_pieces_of_the_first(
        embedded: Any, build: Any, district: Any, tmp_path: Path) -> None:
    work = case_of(build, district, tmp_path / "laptop", video=3 << 20)
    with embedded.client(device=work.device) as client:
        sha, data = _announced(client, work)
        client.put_piece(sha, 0, len(data), data[:STEP])
        client.list_parts(work.objects[1].entry.ct_sha256, [sha256_hex(os.urandom(8)) for _ in range(2)])
        assert _pieces_kept(embedded) == 0
        _announced(client, work)
        assert client.part_held(sha).held == 0
        # The same list once more, as after each start of sending, forgets nothing.
        client.put_piece(sha, 0, len(data), data[:STEP])
        _announced(client, work)
        assert client.part_held(sha).held == STEP
