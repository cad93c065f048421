"""The upload service over real TLS, met with everything a laptop should never send."""

import contextlib
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from field_app.credentials.cms import sign_detached
from field_app.credentials.pem_keys import tls_identity
from field_app.headquarters.admission import FreshTrust, Gate
from field_app.headquarters.folder import HeadquartersIncomplete
from field_app.headquarters.stick import import_package
from field_app.packages import layout
from field_app.packages.existing import read_statement
from field_app.packages.statement import State
from field_app.protocol.errors import WireError, WireRefused
from field_app.protocol.limits import CALL_BURST, CALLS_PER_SECOND, PART_SIZE
from field_app.protocol.messages import SignedDocument, Waiting
from field_app.sync.patience import Patience
from field_app.sync.send import SendState, send_package
from field_app.sync.tls import client_context

Ask = Callable[..., httpx.Response]
NOWHERE = "0" * 64


@pytest.fixture
def ask(shared_hq: Any, work: Any) -> Iterator[Ask]:
    """Raw requests as the laptop of ``work``."""
    context = client_context(work.district.trust.authorities_pem(), tls_identity(work.device))
    with httpx.Client(base_url=shared_hq.address, verify=context, trust_env=False) as client:
        yield client.request


def _signed(work: Any, revision: int = 1) -> SignedDocument:
    found = read_statement(work.folder, revision)
    assert found is not None
    return SignedDocument(found.data, found.signature)


def _place(work: Any, revision: int = 1, what: str = "statement") -> str:
    return f"/v1/packages/{work.package}/revisions/{revision}/{what}"


def _code(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["LE-Sync"] == "1"
    body = response.json()
    assert body["text"].endswith("。") and body["remedy"].endswith("。")
    return response.status_code, body["error"]


def _chunks(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b"0" * 65536


NOBODY = "5b0c9c2e-8f5e-4b39-9d3c-6b1f6f1c7a10"  # No package has this id.


@pytest.mark.parametrize(("method", "path", "body", "answer"), [
    ("GET", "/", b"", (404, "not_found")),
    ("GET", "/v1/../../etc/passwd", b"", (404, "not_found")),
    ("GET", "/v1/time", b"", (405, "method_not_allowed")),
    ("DELETE", "/v1/hello", b"", (405, "method_not_allowed")),
    ("POST", "/v1/parts/missing", b"", (400, "malformed")),
    ("POST", "/v1/parts/missing", b"{", (400, "malformed")),
    ("POST", "/v1/parts/missing", b"[" * 9000, (400, "malformed")),
    ("POST", "/v1/parts/missing", b'{"parts":["x"]}', (400, "malformed")),
    ("POST", "/v1/parts/missing", b'{"parts":[],"parts":[]}', (400, "malformed")),
    ("POST", "/v1/parts/missing", b"\xff", (400, "malformed")),
    ("POST", "/v1/parts/missing", b"1" * 200_000, (413, "too_large")),
    ("PUT", f"/v1/files/{NOWHERE}/parts", b'{"parts":["' + b"1" * 64 + b'"]}',
     (404, "file_unknown")),
    ("PUT", "/v1/parts/zz", b"x", (400, "malformed")),
    ("PUT", f"/v1/parts/{NOWHERE}", b"x", (422, "part_mismatch")),
    ("PUT", "/v1/parts/2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", b"x",
     (404, "part_not_wanted")),
    ("PUT", f"/v1/parts/{NOWHERE}", b"x" * (PART_SIZE + 1), (413, "too_large")),
    ("GET", "/v1/packages/nothing/revisions/1/receipt", b"", (400, "malformed")),
    ("GET", f"/v1/packages/{NOBODY}/revisions/1/receipt", b"", (404, "package_unknown")),
    ("GET", f"/v1/packages/{NOBODY}/revisions/0/receipt", b"", (400, "malformed")),
    ("GET", f"/v1/packages/{NOBODY}/revisions/10000000000/receipt", b"", (400, "malformed")),
    ("GET", f"/v1/packages/{NOBODY}/revisions/000000001{'9' * 30}/receipt", b"", (400, "malformed")),
    ("GET", "/v1/inbox?after=-1", b"", (400, "malformed")),
    ("GET", "/v1/inbox?after=9999999999999999", b"", (400, "malformed")),
])
def test_what_is_not_the_protocol(
        ask: Ask, method: str, path: str, body: bytes, answer: tuple[int, str]) -> None:
    assert _code(ask(method, path, content=body)) == answer


def test_bodies_without_a_length_are_bounded_too(ask: Ask) -> None:
    response = ask("PUT", f"/v1/parts/{NOWHERE}", content=_chunks(40))
    assert _code(response) == (413, "too_large")


_CHUNKED = b"PUT /v1/parts HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"


def _flood(shared_hq: Any, work: Any, begin: bytes) -> int:
    """Bytes sent before the service ended the connection."""
    context = client_context(work.district.trust.authorities_pem(), tls_identity(work.device))
    sent = 0
    with (socket.create_connection(("127.0.0.1", shared_hq.port), timeout=20) as plain,
          context.wrap_socket(plain, server_hostname="127.0.0.1") as line, contextlib.suppress(OSError)):
        line.sendall(begin)
        while sent < 64 << 20:
            line.sendall(b"x" * 65536)
            sent += 65536
    return sent


@pytest.mark.parametrize("begin", [
    b"GET /", b"GET /v1/hello HTTP/1.1\r\nX-Long: ", b"GET /v1/hello HTTP/1.1\r\nHost: h\r\nX-Long",
    _CHUNKED + b"0\r\nX-Long: ", _CHUNKED + b"1;"])
def test_a_request_head_without_end_is_cut_off(shared_hq: Any, work: Any, ask: Ask, begin: bytes) -> None:
    assert _flood(shared_hq, work, begin) < 16 << 20
    assert ask("GET", "/v1/hello").status_code == 200


def test_statements_that_are_not_heard(ask: Ask, work: Any, district: Any) -> None:
    work.add("甲.pdf", b"a")
    work.seal(State.DRAFT)
    good = _signed(work)

    def post(signed: SignedDocument, path: str = "") -> tuple[int, str, str]:
        response = ask("POST", path or _place(work), json=signed.to_json())
        return *_code(response), response.json()["facts"].get("verdict", "")

    assert post(SignedDocument(b"{}", good.signature)) == (
        422, "statement_refused", "statement_malformed")
    assert post(good, _place(work, 2)) == (400, "malformed", "")
    assert post(SignedDocument(good.document, b"")) == (
        422, "statement_refused", "signature_invalid")
    by_officer = sign_detached(good.document, [district.officers[0]], at=district.now)
    assert post(SignedDocument(good.document, by_officer)) == (
        422, "statement_refused", "device_not_signed")
    assert ask("POST", _place(work), json=good.to_json()).status_code == 201
    assert ask("POST", _place(work), json=good.to_json()).status_code == 200


def test_revisions_come_in_order(ask: Ask, work: Any) -> None:
    work.seal(State.DRAFT)
    work.seal(State.DRAFT, events=0)
    assert _code(ask("POST", _place(work, 2), json=_signed(work, 2).to_json())) == (
        412, "previous_missing")


def test_a_revision_waits_until_its_files_are_there(
        shared_hq: Any, work: Any) -> None:
    work.add("甲.pdf", os.urandom(3000))
    sealed = work.seal(State.SUBMITTED)
    with shared_hq.client(device=work.device) as client:
        client.send_statement(work.package, 1, _signed(work))
        told = client.receipt(work.package, 1)
        assert told == Waiting(3, 0, sealed.total_bytes)
        first = sealed.statement.files()[0]
        client.put_part(first.sha256, (work.folder / first.path).read_bytes())
        told = client.receipt(work.package, 1)
        assert isinstance(told, Waiting)
        assert told.bytes_held == first.size


def test_both_roads_are_harmless(shared_hq: Any, work: Any, tmp_path: Path) -> None:
    work.add("甲.pdf", os.urandom(3000))
    work.seal(State.SUBMITTED)
    stick = tmp_path / "stick"
    shutil.copytree(work.folder, stick)
    assert import_package(shared_hq.folder.root, stick).ok  # While the service runs.
    with shared_hq.client(device=work.device) as client:
        outcome = send_package(work.folder, 1, client, trust=work.district.trust)
    assert outcome.state is SendState.RECEIVED
    assert outcome.document is not None
    assert (stick / layout.receipt_names(1)[0]).read_bytes() == outcome.document.document


@pytest.mark.soak
def test_the_service_neither_opens_nor_signs(start: Any, work: Any) -> None:
    """Without its keys headquarters still receives, and settles once they are back.

    Even the worker may die meanwhile.
    """
    hq = start()
    hidden = [(hq.folder.keys / name, hq.folder.keys / f"{name}.away")
              for name in ("age.key", "signer.key")]
    for here, away in hidden:
        here.rename(away)
    work.add("甲.pdf", os.urandom(3000))
    work.seal(State.SUBMITTED)
    quick = Patience(receipt_seconds=0.3, receipt_first=0.1)
    with hq.client(device=work.device) as client:
        outcome = send_package(work.folder, 1, client, trust=work.district.trust, patience=quick)
        assert outcome.state is SendState.SENT
        assert outcome.confirmed == outcome.total
        for here, away in hidden:
            away.rename(here)
        found = subprocess.run(["pgrep", "-P", str(hq.process.pid)], capture_output=True,
                               text=True, check=True)
        (worker,) = found.stdout.split()
        os.kill(int(worker), 9)
        outcome = send_package(work.folder, 1, client, trust=work.district.trust,
                               patience=Patience(receipt_seconds=40, receipt_longest=0.5))
    assert outcome.state is SendState.RECEIVED
    assert hq.stop() == 0


def test_bursts_are_slowed(running: Any, district: Any, tmp_path: Path) -> None:
    from field_app.credentials.cms import certificate_der

    now = 0.0
    gate = Gate(FreshTrust(running.lay_out(district, tmp_path / "hq")), clock=lambda: now)
    certificate = certificate_der(district.device.certificate)
    for _ in range(CALL_BURST):
        gate.admit(certificate)
    with pytest.raises(WireRefused) as slow:
        gate.admit(certificate)
    assert slow.value.error is WireError.TOO_MANY_REQUESTS
    now = 1.0
    for _ in range(CALLS_PER_SECOND):
        gate.admit(certificate)
    with pytest.raises(WireRefused):
        gate.admit(certificate)


def test_laptops_that_fell_silent_are_forgotten(running: Any, district: Any, build: Any, tmp_path: Path) -> None:
    """A service runs for years: it keeps nothing of whoever is not there."""
    from field_app.credentials.cms import certificate_der

    now = 0.0
    gate = Gate(FreshTrust(running.lay_out(district, tmp_path / "hq")), clock=lambda: now)
    first = certificate_der(district.device.certificate)
    for _ in range(CALL_BURST):
        gate.admit(first)
    other = build.case_of_new_laptop(district, tmp_path / "laptop").device.certificate
    now = 61.0
    gate.admit(certificate_der(other))
    assert len(gate._admitted) == len(gate._buckets) == 1
    gate.admit(first)
    assert len(gate._admitted) == len(gate._buckets) == 2


def test_a_fresh_bundle_counts_at_once(
        running: Any, build: Any, tmp_path: Path) -> None:
    from field_app.credentials.cms import certificate_der

    district = build.new_district()
    folder = running.lay_out(district, tmp_path / "hq")
    trust = FreshTrust(folder)
    gate = Gate(trust)
    certificate = certificate_der(district.device.certificate)
    assert gate.recall(certificate) is None
    assert gate.admit(certificate).number == "D012"
    recalled = gate.recall(certificate)
    assert recalled is not None and recalled.number == "D012"
    assert gate.recall(None) is None and gate.recall(b"other") is None
    district.authority.withdraw(str(district.device.certificate.serial_number), at=district.now)
    district.new_bundle()
    (folder.trust / "bundle.json").write_bytes(b"half-written")
    assert gate.recall(certificate) is None
    assert gate.admit(certificate).number == "D012"
    for name, data in zip(("bundle.json", "bundle.p7s"), district.bundle, strict=True):
        (folder.trust / name).write_bytes(data)
    assert gate.recall(certificate) is None
    with pytest.raises(WireRefused) as refused:
        gate.admit(certificate)
    assert gate.recall(certificate) is None
    assert refused.value.facts == {"reason": "revoked"}
    for wrong in (None, b"", b"\x30\x00"):
        with pytest.raises(WireRefused):
            gate.admit(wrong)


def test_serving_needs_its_keys(running: Any, district: Any, tmp_path: Path) -> None:
    folder = running.lay_out(district, tmp_path / "hq")
    (folder.trust / "root.pem").unlink()
    with pytest.raises(HeadquartersIncomplete) as incomplete:
        folder.load_trust()
    assert incomplete.value.where == "trust/root.pem"
    (folder.keys / "age.key").write_text("nothing")
    with pytest.raises(HeadquartersIncomplete):
        folder.identity()
    (folder.keys / "signer.key").write_text("nothing")
    with pytest.raises(HeadquartersIncomplete):
        folder.signer()


def test_object_names_cannot_leave_the_folder(shared_hq: Any) -> None:
    assert layout.classify("data/objects/../../keys/age.key") is None
    assert shared_hq.folder.file("a" * 64).is_relative_to(shared_hq.folder.data)
