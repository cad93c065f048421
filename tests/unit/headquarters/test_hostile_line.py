"""Connections of a hostile laptop, and of nobody at all: others are served as if there were none."""

import base64
import json
import resource
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from field_app.cli import main
from field_app.credentials.pem_keys import tls_identity
from field_app.headquarters.serve import _MAX_CONCURRENT
from field_app.headquarters.stick import import_package
from field_app.headquarters.store import open_store
from field_app.headquarters.tables import inbox
from field_app.headquarters.tls_protocol import MAX_OF_ONE
from field_app.packages.statement import State
from field_app.protocol.errors import WireRefused
from field_app.sync.tls import client_context
from tests.unit.headquarters.site import until

# A service that waits two seconds for a head instead of thirty.
_IMPATIENT = "from field_app.headquarters import tls_protocol; tls_protocol.HEAD_SECONDS = 2.0; "


def _context(work: Any) -> ssl.SSLContext:
    return client_context(work.district.trust.authorities_pem(), tls_identity(work.device))


@pytest.fixture
def other(build: Any, district: Any, tmp_path: Path) -> Any:
    """A second laptop."""
    return build.case_of_new_laptop(district, tmp_path / "other")


def _line(hq: Any, work: Any) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", hq.port), timeout=30)
    return _context(work).wrap_socket(plain, server_hostname="127.0.0.1")


def _ask(hq: Any, work: Any, method: str, path: str, **more: Any) -> httpx.Response:
    with httpx.Client(base_url=hq.address, verify=_context(work), trust_env=False, timeout=60) as client:
        return client.request(method, path, **more)


def _peak_mib(hq: Any) -> int:
    [line] = [line for line in Path(f"/proc/{hq.process.pid}/status").read_text().splitlines()
              if line.startswith("VmHWM")]
    return int(line.split()[1]) >> 10


def test_one_laptops_connections_leave_room_for_others(shared_hq: Any, work: Any, other: Any) -> None:
    with ExitStack() as lines:
        for _ in range(_MAX_CONCURRENT + 5):
            lines.enter_context(_line(shared_hq, work))
        assert _ask(shared_hq, other, "GET", "/v1/hello").status_code == 200
    with ExitStack() as lines:
        for _ in range(MAX_OF_ONE - 2):
            lines.enter_context(_line(shared_hq, work))
        assert _ask(shared_hq, work, "GET", "/v1/hello").status_code == 200


_HELLO = b"GET /v1/hello HTTP/1.1\r\nHost: h\r\n"


@pytest.mark.parametrize(("asked", "begun"), [
    pytest.param(False, b"", marks=pytest.mark.soak), pytest.param(False, _HELLO, marks=pytest.mark.soak),
    (True, _HELLO)])
def test_a_head_that_does_not_come_is_not_waited_for(
        start: Callable[..., Any], running: Any, work: Any, monkeypatch: pytest.MonkeyPatch,
        asked: bool, begun: bytes) -> None:
    monkeypatch.setattr(running, "_SERVE", _IMPATIENT + running._SERVE)
    with _line(start(), work) as line:
        if asked:
            line.sendall(_HELLO + b"\r\n")
            assert line.recv(65536).startswith(b"HTTP/1.1 200")
        line.sendall(begun)
        with suppress(ssl.SSLEOFError, ConnectionResetError):
            while line.recv(65536):
                pass


def test_a_body_of_nothing_but_brackets_costs_no_more_than_its_bytes(shared_hq: Any, work: Any) -> None:
    place = f"/v1/packages/{work.package}/revisions/1/statement"
    nothing = b"[" + b"[]," * ((8 << 20) // 3 - 2) + b"[]]"
    inside = json.dumps({"document": base64.b64encode(nothing).decode(), "signature": ""}).encode()
    assert _ask(shared_hq, work, "GET", "/v1/hello").status_code == 200
    before = _peak_mib(shared_hq)
    for body, status in ((nothing, 400), (inside, 422)):
        assert _ask(shared_hq, work, "POST", place, content=body).status_code == status
    assert _peak_mib(shared_hq) - before < 100


@contextmanager
def _few_files(count: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_sockets_that_never_come_to_tls(start: Callable[..., Any], work: Any) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and min(soft, hard) < 1024:
        pytest.skip("this machine lets nobody open so many files")
    with _few_files(300):
        hq = start()
    with ExitStack() as sockets:
        for _ in range(400):
            sockets.enter_context(socket.create_connection(("127.0.0.1", hq.port), timeout=30))
        assert _ask(hq, work, "GET", "/v1/hello").status_code == 200


def _lay(hq: Any, bundle: tuple[bytes, bytes]) -> None:
    for name, data in zip(("bundle.p7s", "bundle.json"), bundle[::-1], strict=True):
        (hq.folder.trust / name).write_bytes(data)


def test_an_older_bundle_lets_nobody_in_again(
        build: Any, start: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a restored folder brings it, or somebody who takes the wrong stick."""
    district = build.new_district()
    older = district.bundle
    thief = build.case_of_new_laptop(district, tmp_path / "thief")
    hq = start(district)
    assert _ask(hq, thief, "GET", "/v1/hello").status_code == 200
    district.authority.withdraw(str(thief.device.certificate.serial_number), at=district.now)
    hq.renew_trust()
    assert _ask(hq, thief, "GET", "/v1/hello").status_code == 403
    newer = district.bundle
    thief.add("检查笔录.pdf", b"a" * 100)
    thief.seal(State.DRAFT)
    with pytest.raises(WireRefused):
        import_package(hq.folder.root, thief.folder)
    until(lambda: _handed_down(hq) == newer[0])
    _lay(hq, older)
    assert _ask(hq, thief, "GET", "/v1/hello").status_code == 403
    hq.stop()
    for verb in (["serve", "--port", "0"], ["import", str(thief.folder)]):
        assert main(["headquarters", *verb, "--folder", str(hq.folder.root)]) != 0
        assert "比已经下发的旧" in capsys.readouterr().err
    _lay(hq, newer)
    hq.start()
    assert _ask(hq, thief, "GET", "/v1/hello").status_code == 403


def _handed_down(hq: Any) -> bytes:
    store = open_store(hq.folder)
    try:
        with store.read() as connection:
            found: bytes = connection.execute(select(inbox.c.data)).scalar_one()
            return found
    finally:
        store.close()
