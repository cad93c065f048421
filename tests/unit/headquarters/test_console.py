"""Accounts of the console on either database, and connections that ask for nothing."""

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from field_app.headquarters.console import accounts, files, patience
from field_app.headquarters.console.contents import Contents
from field_app.headquarters.console.web import Console
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.store import HqStore, open_store
from tests.unit.headquarters.backends import BOTH, BOTH_LONG, Backend

NAME, TITLE, PASSWORD = "chenjing", "陈静", "雨后-青石板路-四十二阶"
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


@BOTH
def test_wrong_passwords_at_the_same_moment_all_count(tmp_path: Path, backend: Backend) -> None:
    """Of eleven sent together five are judged; the wait they brought is not lifted by those behind them."""
    store = open_store(backend.configure(HqFolder(tmp_path)))
    accounts.add_account(store, NAME, TITLE, PASSWORD, at=NOW)
    with ThreadPoolExecutor(11) as pool:
        told = Counter(pool.map(lambda n: _refusal(store, NAME, f"wrong password {n}"), range(11)))
    assert told == {"console.wrong": 5, "console.wait": 6}
    assert _refusal(store, NAME, PASSWORD) == "console.wait"
    accounts.sign_in(store, NAME, PASSWORD, at=NOW + timedelta(minutes=1))
    store.close()


@BOTH_LONG
def test_names_that_nobody_has_wait_as_others_do(tmp_path: Path, backend: Backend) -> None:
    store = open_store(backend.configure(HqFolder(tmp_path)))
    accounts.add_account(store, NAME, TITLE, PASSWORD, at=NOW)
    for name in (f"nobody-{tmp_path.name[-20:]}", f"雨后\0{tmp_path}", NAME):
        assert [_refusal(store, name, "wrong password") for _ in range(7)] == [
            *["console.wrong"] * 5, *["console.wait"] * 2], name
    with store.read() as connection:
        assert {e.user for e in accounts.looked(connection)} == {"", NAME}
    store.close()


def _refusal(store: HqStore, name: str, password: str) -> str:
    with pytest.raises(accounts.SignInRefused) as refused:
        accounts.sign_in(store, name, password, at=NOW)
    return str(refused.value.code)


def test_who_plays_a_long_film_is_not_idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, at = open_store(HqFolder(tmp_path)), NOW
    accounts.add_account(store, NAME, TITLE, PASSWORD, at=NOW)
    token = accounts.sign_in(store, NAME, PASSWORD, at=NOW)

    def later() -> datetime:
        nonlocal at
        at += timedelta(minutes=10)
        return at

    monkeypatch.setattr(files, "now", later)
    console = Console(store, cast("Contents", None), "")
    film = files._while_signed_in(console, token, iter([b"piece"] * 100))
    # Each piece asks for the time twice: an hour and a half of a film that is sent as it is watched.
    assert [next(film) for _ in range(4)] == [b"piece"] * 4 and at - NOW > timedelta(hours=1)
    assert accounts.signed_in(store, token, at=at) is not None
    accounts.remove_account(store, NAME, at=at)
    assert list(film) == []
    store.close()


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """A server by the console's protocol that loses patience soon, with one page and one that takes its time."""
    monkeypatch.setattr(patience, "QUIET_SECONDS", 0.2)

    async def page(request: Request) -> Response:
        if request.url.path == "/slow":
            await asyncio.sleep(1)
        return Response("here")

    server = uvicorn.Server(uvicorn.Config(
        Starlette(routes=[Route("/", page), Route("/slow", page)]), http=patience.PatientProtocol, ws="none",
        lifespan="off", log_config=None, timeout_keep_alive=60))
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield listener.getsockname()
    server.should_exit = True
    thread.join(30)
    listener.close()


@pytest.mark.parametrize("begun", [b"", b"GET / HTT", b"GET / HTTP/1.1\r\nHost: x\r\n",
                                   b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / "])
def test_connections_that_ask_for_nothing_end(address: tuple[str, int], begun: bytes) -> None:
    with socket.create_connection(address, 30) as connection:
        connection.sendall(begun)
        connection.settimeout(30)
        heard = b""
        try:
            while data := connection.recv(4096):
                heard += data
        except ConnectionResetError:
            pass
        assert (b"here" in heard) == begun.endswith(b"GET / ")
    # Whoever waits for an answer is not cut off.
    with httpx.Client(base_url=f"http://{address[0]}:{address[1]}", trust_env=False) as client:
        assert client.get("/slow").text == "here"
