"""The upload service (``le-sync/1``): takes statements and parts, hands out receipts.

It holds neither the key that opens packages nor the key that signs receipts; the one key it signs
with tells the time and nothing else.
"""

import asyncio
import errno
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from field_app import logs
from field_app.credentials.cms import sign_detached
from field_app.credentials.keys import SigningKey
from field_app.credentials.profile import subject_name
from field_app.crypto.canonical import MalformedJson, canonical, parse
from field_app.headquarters.admission import Device, FreshTrust, Gate
from field_app.headquarters.alarms import FORK, note_alarm
from field_app.headquarters.away import StoreAway
from field_app.headquarters.contacts import Contacts
from field_app.headquarters.depot import Depot
from field_app.headquarters.intake import (
    how_far,
    known_statement,
    read_inbox,
    read_signed,
    receive_statement,
)
from field_app.headquarters.meters import count_away, count_received, count_request
from field_app.headquarters.operations import Pulse
from field_app.headquarters.parts import keep_batch, keep_part, list_parts, missing_parts
from field_app.headquarters.pieces import Pieces
from field_app.headquarters.store import HqStore
from field_app.headquarters.tls_protocol import TLS_EXTENSION
from field_app.protocol.batch import read_batch
from field_app.protocol.errors import WireError, WireRefused
from field_app.protocol.limits import (
    MAX_BATCH_BODY,
    MAX_FILE_PARTS,
    MAX_LIST_BODY,
    MAX_SMALL_BODY,
    MAX_STATEMENT_BODY,
    PART_SIZE,
    REQUEST_SECONDS,
    VERSION,
    VERSION_HEADER,
)
from field_app.protocol.messages import Hello, Missing, PartHeld, PartList, SignedDocument, Waiting
from field_app.protocol.signed_time import SignedTime, TimeRequest
from field_app.protocol.strict import SHA256, UUID, Malformed

MAX_REVISION = 9999
_DRAIN_BYTES = 4 << 20
_STATEMENTS_AT_ONCE = 4
_MAX_VALUES = 4096  # of a body; the longest is a list of 1024 hashes
_RETRY_AFTER = {WireError.TOO_MANY_REQUESTS: "2", WireError.NOT_READY: "5",
                WireError.STORAGE_FULL: "300"}

Answer = tuple[int, dict[str, Any]]
Handler = Callable[["Desk", Device, Request], Awaitable[Answer]]


@dataclass(frozen=True)
class Desk:
    """What the service works with; ``notify`` wakes the worker; ``statements``: so many are read at once."""

    depot: Depot
    store: HqStore
    trust: FreshTrust
    gate: Gate
    notify: Callable[[], None]
    contacts: Contacts
    pulse: Pulse
    pieces: Pieces
    time_signer: SigningKey | None = None
    statements: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_STATEMENTS_AT_ONCE))


def _json(status: int, body: dict[str, Any], **headers: str) -> Response:
    return Response(json.dumps(body, ensure_ascii=False).encode(), status,
                    media_type="application/json",
                    headers={VERSION_HEADER: VERSION, "Cache-Control": "no-store", **headers})


def _refusal(refused: WireRefused, **headers: str) -> Response:
    if wait := _RETRY_AFTER.get(refused.error):
        headers["Retry-After"] = wait
    # A refused upload may be unread; the connection is not worth keeping in step.
    return _json(refused.error.status, refused.body().to_json(), Connection="close", **headers)


async def _body(request: Request, limit: int) -> bytes:
    pieces, seen = [], 0
    async for piece in request.stream():
        seen += len(piece)
        if seen <= limit:
            pieces.append(piece)
        elif seen > limit + _DRAIN_BYTES:
            break
    # A little too much is read to its end: whoever still writes would not hear the refusal.
    if seen > limit:
        raise WireRefused(WireError.TOO_LARGE)
    return b"".join(pieces)


async def _json_body(request: Request, limit: int) -> Any:
    try:
        return parse(await _body(request, limit), limit=limit, values=_MAX_VALUES, must_be_canonical=False)
    except MalformedJson as error:
        raise WireRefused(WireError.MALFORMED, detail=str(error)[:200]) from error


def _revision(request: Request) -> tuple[str, int]:
    package, number = request.path_params["package"], request.path_params["revision"]
    if not UUID.fullmatch(package) or not number.isascii() or not number.isdecimal() or len(number) > 6 or (
            not 1 <= int(number) <= MAX_REVISION):
        raise WireRefused(WireError.MALFORMED, detail="package or revision")
    return package, int(number)


def _hash(request: Request) -> str:
    sha256 = str(request.path_params["sha256"])
    if not SHA256.fullmatch(sha256):
        raise WireRefused(WireError.MALFORMED, detail="hash")
    return sha256


async def _hello(desk: Desk, _device: Device, _request: Request) -> Answer:
    trust = await run_in_threadpool(desk.trust.now)
    return 200, Hello(datetime.now(UTC), trust.number).to_json()


async def _time(desk: Desk, device: Device, request: Request) -> Answer:
    signer = desk.time_signer
    if signer is None:
        raise WireRefused(WireError.NOT_FOUND)
    asked = TimeRequest.from_json(await _json_body(request, MAX_SMALL_BODY))

    def sign() -> SignedDocument:
        at = datetime.now(UTC)
        data = canonical(SignedTime(asked.nonce, device.number, subject_name(signer.certificate),
                                    at).to_json())
        return SignedDocument(data, sign_detached(
            data, [signer], at=at, extra_certs=desk.trust.now().intermediates))

    return 200, (await run_in_threadpool(sign)).to_json()


async def _statement(desk: Desk, device: Device, request: Request) -> Answer:
    package, revision = _revision(request)
    body = SignedDocument.from_json(await _json_body(request, MAX_STATEMENT_BODY))

    def receive() -> bool:
        signed = read_signed(package, revision, body)
        if signed.statement.device_cert != device.fingerprint:
            raise WireRefused(WireError.OTHER_DEVICE)
        try:
            return receive_statement(desk.store, desk.trust.now(), signed, at=datetime.now(UTC))
        except WireRefused as refused:
            if refused.error is WireError.FORK:
                with desk.store.write() as connection:
                    note_alarm(connection, device.number, package, revision, FORK)
            raise

    # Each may take a hundred MiB while it is read.
    async with desk.statements:
        new = await run_in_threadpool(receive)
    desk.notify()
    return (201 if new else 200), {"state": "known"}


async def _file_parts(desk: Desk, _device: Device, request: Request) -> Answer:
    sha256 = _hash(request)
    parts = PartList.from_json(await _json_body(request, MAX_LIST_BODY), limit=MAX_FILE_PARTS)

    def replace() -> tuple[str, ...]:
        with desk.store.write() as connection:
            return list_parts(connection, sha256, parts.parts)

    missing = await run_in_threadpool(replace)
    desk.notify()
    return 200, Missing(missing).to_json()


async def _missing(desk: Desk, _device: Device, request: Request) -> Answer:
    parts = PartList.from_json(await _json_body(request, MAX_LIST_BODY))

    def ask() -> tuple[str, ...]:
        with desk.store.read() as connection:
            return missing_parts(connection, parts.parts)

    return 200, Missing(await run_in_threadpool(ask)).to_json()


def _number(request: Request, name: str, high: int) -> int:
    text = request.query_params.get(name, "")
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or int(text) > high:
        raise WireRefused(WireError.MALFORMED, detail=name)
    return int(text)


async def _part(desk: Desk, _device: Device, request: Request) -> Answer:
    sha256 = _hash(request)
    if request.method != "PUT":
        return await _part_held(desk, sha256)
    if "offset" in request.query_params:
        return await _piece(desk, request, sha256)
    data = await _body(request, PART_SIZE)
    new = await run_in_threadpool(keep_part, desk.depot, desk.store, sha256, data)
    count_received(len(data) if new else 0)
    desk.notify()
    return (201 if new else 200), {"state": "held"}


async def _batch(desk: Desk, _device: Device, request: Request) -> Answer:
    parts = list(read_batch(await _body(request, MAX_BATCH_BODY)))
    held = await run_in_threadpool(keep_batch, desk.depot, desk.store, parts)
    count_received(sum(len(data) for _sha256, data in parts))
    desk.notify()
    return 200, PartList(held).to_json()


async def _piece(desk: Desk, request: Request, sha256: str) -> Answer:
    size = _number(request, "size", PART_SIZE)
    offset = _number(request, "offset", size)
    data = await _body(request, PART_SIZE)
    held, whole = await run_in_threadpool(desk.pieces.add, sha256, offset, size, data)
    count_received(len(data))
    if whole:
        desk.notify()
    return 200, PartHeld(held, whole).to_json()


async def _part_held(desk: Desk, sha256: str) -> Answer:
    held, whole = await run_in_threadpool(desk.pieces.held, sha256)
    return 200, PartHeld(held, whole).to_json()


async def _receipt(desk: Desk, device: Device, request: Request) -> Answer:
    package, revision = _revision(request)

    def look() -> SignedDocument | Waiting:
        with desk.store.read() as connection:
            known = known_statement(connection, package, revision)
            if known is not None and known.signed.statement.device_cert != device.fingerprint:
                raise WireRefused(WireError.OTHER_DEVICE)
            return how_far(connection, package, revision)

    found = await run_in_threadpool(look)
    return (202 if isinstance(found, Waiting) else 200), found.to_json()


async def _inbox(desk: Desk, device: Device, request: Request) -> Answer:
    after = request.query_params.get("after", "0")
    if not after.isascii() or not after.isdecimal() or len(after) > 15:
        raise WireRefused(WireError.MALFORMED, detail="cursor")

    def look() -> dict[str, Any]:
        with desk.store.read() as connection:
            return read_inbox(connection, device.number, after=int(after)).to_json()

    return 200, await run_in_threadpool(look)


async def _health(desk: Desk, _device: Device, _request: Request) -> Answer:
    state = await run_in_threadpool(desk.pulse.state)
    if any(value != "ok" for value in state.values()):
        raise WireRefused(WireError.NOT_READY, **state)
    return 200, {"live": True, "ready": True, "parts": state}


def _refusal_of(error: Exception) -> WireRefused:
    if isinstance(error, WireRefused):
        return error
    if isinstance(error, Malformed):
        return WireRefused(WireError.MALFORMED, detail=str(error)[:200])
    if isinstance(error, StoreAway):
        count_away(error)
        return WireRefused(WireError.NOT_READY)
    if isinstance(error, TimeoutError):
        return WireRefused(WireError.NOT_READY)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return WireRefused(WireError.STORAGE_FULL)
    return WireRefused(WireError.SERVER_ERROR, number=logs.defect(error))


def _admit(desk: Desk, certificate: bytes | None) -> Device:
    device = desk.gate.admit(certificate)
    desk.contacts.heard(device.number)
    return device


def _admit_at_once(desk: Desk, certificate: bytes | None) -> Device | None:
    """Most calls follow another of the same laptop: nothing is to be read, a thread not worth it."""
    device = desk.gate.recall(certificate)
    if device is None or desk.contacts.is_due(device.number):
        return None
    desk.gate.count(device)
    return device


async def _admitted(desk: Desk, certificate: bytes | None) -> Device:
    device = _admit_at_once(desk, certificate)
    return device if device is not None else await run_in_threadpool(_admit, desk, certificate)


def _endpoint(desk: Desk, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    call = handler.__name__.strip("_")

    async def answer(request: Request) -> Response:
        began, device = time.monotonic(), None
        certificate = request.scope.get("extensions", {}).get(TLS_EXTENSION)
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                device = await _admitted(desk, certificate)
                status, body = await handler(desk, device, request)
            answered = _json(status, body)
        except ClientDisconnect:
            answered = _json(400, WireRefused(WireError.MALFORMED).body().to_json())
        except Exception as error:
            answered = _refusal(_refusal_of(error))
        count_request(call, answered.status_code, time.monotonic() - began,
                      device.number if device is not None else None)
        return answered

    return answer


async def _no_such_call(_request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException) and error.status_code == 405:
        # Which methods there are, RFC 9110 section 15.5.6.
        return _refusal(WireRefused(WireError.METHOD_NOT_ALLOWED), **dict(error.headers or {}))
    return _refusal(WireRefused(WireError.NOT_FOUND))


def make_service(desk: Desk) -> Starlette:
    """The ASGI application; TLS and the client's certificate are the server's part."""
    revision = "/v1/packages/{package}/revisions/{revision}"
    calls: list[tuple[str, str, Handler]] = [
        ("GET", "/v1/hello", _hello),
        ("GET", "/v1/health", _health),
        ("POST", "/v1/time", _time),
        ("POST", f"{revision}/statement", _statement),
        ("GET", f"{revision}/receipt", _receipt),
        ("PUT", "/v1/files/{sha256}/parts", _file_parts),
        ("POST", "/v1/parts/missing", _missing),
        ("PUT", "/v1/parts", _batch),
        ("GET PUT", "/v1/parts/{sha256}", _part),
        ("GET", "/v1/inbox", _inbox)]
    return Starlette(
        routes=[Route(path, _endpoint(desk, handler), methods=method.split())
                for method, path, handler in calls],
        exception_handlers={HTTPException: _no_such_call})
