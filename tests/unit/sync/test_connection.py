"""Who answers: headquarters, nobody, an impostor, a login page, an old TLS."""

import http.server
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from field_app.credentials.cms import certificate_pem
from field_app.credentials.pem_keys import tls_identity
from field_app.protocol.errors import ErrorBody, WireError
from field_app.protocol.limits import PROTOCOL
from field_app.protocol.messages import InboxKind, SignedDocument
from field_app.sync import errors, tls
from field_app.sync.client import HeadquartersClient
from field_app.sync.errors import (
    CaptivePortal,
    DeviceRefused,
    ForkRefused,
    HeadquartersAway,
    HeadquartersBusy,
    HeadquartersFull,
    ProtocolBroken,
    RequestRefused,
    StatementRefused,
    SyncFailed,
    WrongHeadquarters,
    refusal,
)
from field_app.sync.patience import Patience, Persistence
from field_app.sync.tls import client_context

Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def _server(answer: Answer, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Answers everything the same, over TLS when given a context."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = answer
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A refused handshake is what some tests want."""

    server = Server(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def _tls(district: Any, tmp_path: Path, key: Any = None) -> ssl.SSLContext:
    from field_app.credentials.pem_keys import private_pem

    owner = key or district.tls
    (tmp_path / "t.crt").write_bytes(
        certificate_pem(owner.certificate) + certificate_pem(district.authority.district))
    (tmp_path / "t.key").write_bytes(private_pem(owner))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "t.crt", tmp_path / "t.key")
    return context


@pytest.fixture
def call(district: Any) -> Callable[[str], Any]:
    def hello(address: str) -> Any:
        with HeadquartersClient(
                address, authorities_pem=district.trust.authorities_pem(),
                identity=tls_identity(district.device)) as client:
            return client.hello()

    return hello


def test_headquarters_says_hello(shared_hq: Any, district: Any) -> None:
    with shared_hq.client() as client:
        hello = client.hello()
        assert hello.bundle == district.trust.number
        page = client.inbox(after=0)
        assert client.inbox(after=page.next).items == ()
    assert page.items[-1].kind is InboxKind.BUNDLE
    assert page.items[-1].signed == SignedDocument(*district.bundle)


def test_an_impostor_with_another_root_learns_nothing(
        build: Any, tmp_path: Path, call: Callable[[str], Any]) -> None:
    other = build.new_district()
    with (_server((200, {}, b"{}"), _tls(other, tmp_path)) as address,
          pytest.raises(WrongHeadquarters) as wrong):
        call(address)
    assert "没有发送任何内容" in wrong.value.what


def test_an_officers_certificate_is_no_headquarters(
        district: Any, tmp_path: Path, call: Callable[[str], Any]) -> None:
    for key in (district.officers[0], district.device):
        with (_server((200, {}, b"{}"), _tls(district, tmp_path, key)) as address,
              pytest.raises(WrongHeadquarters)):
            call(address)


def test_another_name_is_no_headquarters(
        district: Any, tmp_path: Path, call: Callable[[str], Any]) -> None:
    key = district.authority.issue_server("别处", hosts=["elsewhere.invalid"],
                                                valid=district.valid)
    with (_server((200, {}, b"{}"), _tls(district, tmp_path, key)) as address,
          pytest.raises(WrongHeadquarters)):
        call(address)


def test_old_tls_is_refused(
        district: Any, tmp_path: Path, call: Callable[[str], Any]) -> None:
    context = _tls(district, tmp_path)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with _server((200, {}, b"{}"), context) as address, pytest.raises(WrongHeadquarters):
        call(address)


def test_a_plain_http_portal_is_told_apart(call: Callable[[str], Any]) -> None:
    with _server((200, {}, b"<html>")) as address, pytest.raises(CaptivePortal):
        call(address)


@pytest.mark.parametrize(("answer", "error"), [
    ((200, {"Content-Type": "text/html"}, b"<html>login</html>"), CaptivePortal),
    ((302, {"Location": "http://portal.invalid/"}, b""), CaptivePortal),
    ((302, {"Location": "https://xn--a/"}, b""), CaptivePortal),
    ((307, {"Location": "mailto:x"}, b""), CaptivePortal),
    ((511, {}, b""), CaptivePortal),
    ((503, {}, b"busy"), HeadquartersBusy),
    ((200, {"LE-Sync": "1"}, b"<html>"), ProtocolBroken),
    ((200, {"LE-Sync": "1"}, b"[" * 60_000), ProtocolBroken),
    ((200, {"LE-Sync": "1"}, b" " * 70_000), ProtocolBroken),
    ((200, {"LE-Sync": "1"}, b'{"protocol":"le-sync/9"}'), ProtocolBroken),
    ((500, {"LE-Sync": "1"}, b"oops"), ProtocolBroken),
    ((200, {"LE-Sync": "2"}, b"{}"), CaptivePortal),
])
def test_answers_that_are_not_headquarters(
        district: Any, tmp_path: Path, call: Callable[[str], Any], answer: Answer,
        error: type[SyncFailed]) -> None:
    with _server(answer, _tls(district, tmp_path)) as address, pytest.raises(error):
        call(address)


def test_an_answer_that_drips_ends(district: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls, "_ANSWER", 0.5)
    listener = _tls(district, tmp_path).wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
    ended = threading.Event()

    def drip() -> None:
        with suppress(OSError):
            near, _address = listener.accept()
            with near:
                near.recv(65536)
                near.sendall(b"HTTP/1.1 200 OK\r\nLE-Sync: 1\r\nContent-Length: 60000\r\n\r\n")
                while not ended.wait(0.05):
                    near.sendall(b" ")

    dripping = threading.Thread(target=drip)
    dripping.start()
    address = f"https://127.0.0.1:{listener.getsockname()[1]}"
    with (HeadquartersClient(address, authorities_pem=district.trust.authorities_pem(),
                             identity=tls_identity(district.device)) as client,
          pytest.raises(HeadquartersAway)):
        client.hello()  # Every byte comes well within the time of a read; all of them never.
    ended.set()
    dripping.join()
    listener.close()


def test_stopping_ends_what_nobody_takes(district: Any, tmp_path: Path) -> None:
    listener = _tls(district, tmp_path).wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
    stop, ended = threading.Event(), threading.Event()

    def take_nothing() -> None:
        near, _address = listener.accept()
        with near:
            stop.set()
            ended.wait()

    taking = threading.Thread(target=take_nothing)
    taking.start()
    began = time.monotonic()
    with (HeadquartersClient(f"https://127.0.0.1:{listener.getsockname()[1]}", cancelled=stop.is_set,
                             authorities_pem=district.trust.authorities_pem(),
                             identity=tls_identity(district.device)) as client,
          pytest.raises(HeadquartersAway)):
        client.put_part("0" * 64, bytes(64 << 20))  # More than lies in buffers on the way.
    assert time.monotonic() - began < 30  # Not the minute that a road may take.
    ended.set()
    taking.join()
    listener.close()


def test_nobody_there(call: Callable[[str], Any]) -> None:
    with pytest.raises(HeadquartersAway):
        call("https://127.0.0.1:9")


def test_a_stranger_is_refused_in_the_handshake(
        shared_hq: Any, build: Any, district: Any) -> None:
    for key in (build.new_district().device, district.officers[0], district.signer):
        with shared_hq.client(device=key) as client, pytest.raises(
                (DeviceRefused, HeadquartersAway)):
            client.hello()


def test_an_expired_laptop_is_told_why(shared_hq: Any, district: Any) -> None:
    past = (district.now - timedelta(days=200), district.now - timedelta(days=1))
    expired = district.authority.issue_device("D098", agency="某某镇", valid=past)
    with shared_hq.client(device=expired) as client, pytest.raises(DeviceRefused) as refused:
        client.hello()
    assert refused.value.detail == "expired"


@pytest.mark.parametrize(("address", "why"), [
    ("http://127.0.0.1", "https"), ("https://", "host"), ("https://a:b", "address"),
    ("https://[", "host"), ("https://a b", "host"), ("https://h:999999", "port"), ("https://ho\x00st", "address"),
    ("https://a..b", "host"), ("https://xn--a", "host"), (f"https://{'a' * 64}.cn", "host")])
def test_only_addresses_by_https(district: Any, address: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        HeadquartersClient(address, authorities_pem=b"", identity=tls_identity(district.device))


def test_a_plain_key_is_never_put_on_disk(
        district: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from field_app.credentials.pem_keys import private_pem

    plain = replace(tls_identity(district.device), encrypted_key_pem=private_pem(district.device))
    with pytest.raises(ValueError, match="encrypted"):
        client_context(district.trust.authorities_pem(), plain)

    written: list[bytes] = []
    real = Path.write_bytes

    def spy(self: Path, data: bytes) -> int:
        written.append(data)
        return real(self, data)

    monkeypatch.setattr(Path, "write_bytes", spy)
    client_context(district.trust.authorities_pem(), tls_identity(district.device))
    assert len(written) == 2
    assert not any(b"BEGIN PRIVATE KEY" in data or b"BEGIN EC PRIVATE" in data
                   for data in written)


@pytest.mark.parametrize(("wire", "error"), [
    (WireError.FORK, ForkRefused), (WireError.DEVICE_REFUSED, DeviceRefused),
    (WireError.STORAGE_FULL, HeadquartersFull), (WireError.SERVER_ERROR, HeadquartersBusy),
    (WireError.STATEMENT_REFUSED, StatementRefused), (WireError.TOO_LARGE, RequestRefused),
])
def test_refusals_have_their_types(wire: WireError, error: type[SyncFailed]) -> None:
    failed = refusal(ErrorBody.about(wire, verdict="device_differs", detail="设备不符。"))
    assert type(failed) is error
    assert failed.again is wire.again
    assert failed.what.startswith(wire.text) or error is HeadquartersBusy


def test_every_failure_speaks_to_the_officer() -> None:
    kinds = [kind for kind in vars(errors).values()
             if isinstance(kind, type) and issubclass(kind, SyncFailed)]
    assert len(kinds) > 12
    for kind in kinds:
        assert kind.what.endswith("。") and kind.remedy.endswith("。")


def test_waits_double_with_jitter_and_end() -> None:
    waits: list[float] = []
    tries = 0

    def fail() -> None:
        nonlocal tries
        tries += 1
        raise HeadquartersBusy("x", wait=7.0 if tries == 2 else 0.0)

    persistence = Persistence(Patience(tries=8), sleep=waits.append, factor=lambda: 0.5)
    with pytest.raises(HeadquartersBusy):
        persistence.call(fail)
    assert tries == 8
    assert waits == [0.5, 7.0, 2.0, 4.0, 8.0, 16.0, 32.0]
    persistence.progressed()
    waits.clear()
    with pytest.raises(HeadquartersBusy):
        persistence.call(fail)
    assert waits[0] == 0.5


def test_what_cannot_get_better_is_not_repeated() -> None:
    waits: list[float] = []

    def fail() -> None:
        raise ForkRefused("x")

    with pytest.raises(ForkRefused):
        Persistence(Patience(), sleep=waits.append).call(fail)
    assert waits == []


def test_the_protocol_has_its_name() -> None:
    assert PROTOCOL == "le-sync/1"


class _Relay(http.server.BaseHTTPRequestHandler):
    """A proxy as offices have: passes TLS through for CONNECT, and nothing else."""

    portal = False

    def do_CONNECT(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        if self.portal:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n<html>log in</html>")
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as far:
            self.send_response(200)
            self.end_headers()
            self.wfile.flush()
            pump = threading.Thread(target=_pump, args=(far, self.connection), daemon=True)
            pump.start()
            _pump(self.connection, far)
            pump.join(5)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


class _Portal(_Relay):
    portal = True


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    for way in (source, target):
        with suppress(OSError):
            way.shutdown(socket.SHUT_RDWR)


@contextmanager
def _proxy(handler: type[_Relay]) -> Iterator[tuple[str, list[str]]]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    asked: list[str] = []
    server.asked = asked  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()


def test_through_a_proxy_that_passes_tls_on(shared_hq: Any) -> None:
    with _proxy(_Relay) as (proxy, asked), shared_hq.client(proxy=proxy) as client:
        assert client.hello().bundle >= 1
    assert asked == [f"127.0.0.1:{shared_hq.port}"]


def test_a_proxy_that_answers_itself_is_told(shared_hq: Any) -> None:
    with _proxy(_Portal) as (proxy, _asked), shared_hq.client(proxy=proxy) as client, \
            pytest.raises(SyncFailed) as error:
        client.hello()
    assert error.value.remedy.endswith("。")


def test_a_proxy_that_is_not_there_is_told(shared_hq: Any) -> None:
    with shared_hq.client(proxy="http://127.0.0.1:9") as client, pytest.raises(HeadquartersAway):
        client.hello()
    with pytest.raises(ValueError, match="proxy"):
        shared_hq.client(proxy="http://user:word@127.0.0.1:9")
