"""One headquarters as the laptop calls it: each method is one call of ``le-sync/1``.

Nothing is repeated here; :mod:`field_app.sync.send` decides about that. Order in which an
answer is judged: transport, ``LE-Sync`` header, size, status, JSON, form.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from field_app.credentials.pem_keys import TlsIdentity
from field_app.crypto.canonical import MalformedJson, parse
from field_app.protocol.batch import write_batch
from field_app.protocol.errors import ErrorBody
from field_app.protocol.limits import (
    MAX_ERROR_BODY,
    MAX_INBOX_BODY,
    MAX_LIST_BODY,
    MAX_RECEIPT_BODY,
    MAX_SMALL_BODY,
    VERSION,
    VERSION_HEADER,
)
from field_app.protocol.messages import Hello, Inbox, Missing, PartHeld, PartList, SignedDocument, Waiting
from field_app.protocol.signed_time import TimeRequest
from field_app.protocol.strict import Malformed
from field_app.sync.errors import (
    CaptivePortal,
    DeviceRefused,
    HeadquartersAway,
    HeadquartersBusy,
    ProtocolBroken,
    SyncFailed,
    WrongHeadquarters,
    refusal,
)
from field_app.sync.tls import client_context

if TYPE_CHECKING:
    # Taken where a connection is made: the desk starts without it.
    import httpx

_Form = TypeVar("_Form")

# Loopback and office lines are waited for, not filled, by fewer; a bad road gets two (send.py).
CONNECTIONS = 4
# Seconds.
_TIMEOUT = {"connect": 15, "read": 60, "write": 60, "pool": 120}
# Alerts of TLS (RFC 8446, 6.2) by which the server speaks of our certificate.
_ABOUT_OUR_CERTIFICATE = ("CERTIFICATE_REQUIRED", "BAD_CERTIFICATE", "UNSUPPORTED_CERTIFICATE",
                          "CERTIFICATE_REVOKED", "CERTIFICATE_EXPIRED", "CERTIFICATE_UNKNOWN",
                          "UNKNOWN_CA", "ACCESS_DENIED")
_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE",
            "PACKET_LENGTH_TOO_LONG", "UNEXPECTED_MESSAGE", "RECORD_TOO_SMALL")
_OTHER_VERSION = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL")
_GATEWAY_STATUSES = (502, 503, 504)


def _tls_failure(error: ssl.SSLError) -> SyncFailed:
    reason = error.reason or ""
    if isinstance(error, ssl.SSLCertVerificationError):
        return WrongHeadquarters(error.verify_message)
    if any(word in reason for word in _ABOUT_OUR_CERTIFICATE):
        return DeviceRefused(reason)
    if any(word in reason for word in _OTHER_VERSION):
        return WrongHeadquarters(reason)
    if any(word in reason for word in _NOT_TLS):
        return CaptivePortal(reason)
    return HeadquartersAway(reason)


def _transport_failure(error: httpx.TransportError) -> SyncFailed:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return _tls_failure(cause)
        cause = cause.__cause__ or cause.__context__
    return HeadquartersAway(type(error).__name__)


def _wait_of(response: httpx.Response) -> float:
    stated = response.headers.get("retry-after", "")
    return float(min(int(stated), 3600)) if stated.isdecimal() and len(stated) < 8 else 0.0


def _check_is_headquarters(response: httpx.Response) -> None:
    if response.headers.get(VERSION_HEADER) == VERSION:
        return
    if response.status_code in _GATEWAY_STATUSES:
        raise HeadquartersBusy(str(response.status_code))
    raise CaptivePortal(str(response.status_code))


def _form(read: Callable[[object], _Form], value: object) -> _Form:
    try:
        return read(value)
    except Malformed as error:
        raise ProtocolBroken(str(error)) from error


def _read(response: httpx.Response, limit: int) -> bytes:
    data = bytearray()
    for piece in response.iter_raw():
        data += piece
        if len(data) > limit:
            raise ProtocolBroken("answer too large")
    return bytes(data)


def _names_host(url: httpx.URL) -> bool:
    """Whether the system can be asked for this host: RFC 5891 labels of 1 to 63 octets."""
    try:
        return bool(url.host and url.raw_host.decode("ascii").encode("idna"))
    except UnicodeError:
        return False


def is_proxy(address: str) -> bool:
    """Whether this names a proxy: ``http://host:port`` and nothing more (no names, no passwords)."""
    import httpx

    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        return False
    return (url.scheme == "http" and _names_host(url) and not url.userinfo
            and 0 < (url.port or 0) < 1 << 16
            and url.path in ("", "/") and not url.query)


def parse_address(address: str) -> httpx.URL:
    """Headquarters' address: ``https://host:port``; ``ValueError`` when it is none."""
    import httpx

    if not address.startswith("https://"):
        raise ValueError("headquarters is reached by https only")
    try:
        base = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise ValueError("not an address") from error
    if not _names_host(base) or "%" in base.host or " " in address or not 0 < (base.port or 443) < 1 << 16:
        raise ValueError("an address names a host and a port")
    return base


class HeadquartersClient:
    """A connection pool to one headquarters; safe to use from two threads. Close it after use.

    ``address``: ``https://host:port``, else ``ValueError``; ``authorities_pem``: the pinned root and
    its authorities; ``proxy``: ``http://host:port`` of a proxy that passes TLS through (CONNECT, RFC
    9110 section 9.3.6), empty for none; ``cancelled``: whether nobody waits for answers any more, then
    calls fail within a second.
    """

    def __init__(self, address: str, *, authorities_pem: bytes, identity: TlsIdentity,
                 timeout: httpx.Timeout | None = None, proxy: str = "",
                 cancelled: Callable[[], bool] = lambda: False) -> None:
        import httpx

        base = parse_address(address)
        if proxy and not is_proxy(proxy):
            raise ValueError("a proxy is http://host:port")
        self._http = httpx.Client(
            proxy=proxy or None, base_url=base,
            verify=client_context(authorities_pem, identity, cancelled=cancelled),
            timeout=timeout or httpx.Timeout(**_TIMEOUT),
            limits=httpx.Limits(max_connections=CONNECTIONS), trust_env=False,
            follow_redirects=False,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"})

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> HeadquartersClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def _call(self, method: str, path: str, *, body: Any = None, data: bytes | None = None,
              limit: int = MAX_SMALL_BODY) -> tuple[int, Any]:
        """Status and JSON of a successful answer; raises :class:`SyncFailed`."""
        import httpx

        content = data
        headers = {"Content-Type": "application/octet-stream"} if data is not None else {}
        if body is not None:
            content, headers = json.dumps(body).encode(), {"Content-Type": "application/json"}
        try:
            with self._http.stream(method, path, content=content, headers=headers) as response:
                _check_is_headquarters(response)
                good = 200 <= response.status_code < 300
                answer = _read(response, limit if good else MAX_ERROR_BODY)
        except httpx.TransportError as error:
            raise _transport_failure(error) from error
        except (httpx.InvalidURL, UnicodeError) as error:
            raise CaptivePortal("redirected nowhere") from error
        try:
            value = parse(answer, limit=limit if good else MAX_ERROR_BODY,
                          must_be_canonical=False)
            if good:
                return response.status_code, value
            told = ErrorBody.from_json(value)
        except (MalformedJson, Malformed) as error:
            raise ProtocolBroken(f"{response.status_code} {error}") from error
        raise refusal(told, wait=_wait_of(response))

    def hello(self) -> Hello:
        """Who answers, its time and its newest bundle's number."""
        return _form(Hello.from_json, self._call("GET", "/v1/hello")[1])

    def time(self, nonce: str) -> SignedDocument:
        """Headquarters' signed time in answer to ``nonce``, still to be verified."""
        _status, value = self._call("POST", "/v1/time", body=TimeRequest(nonce).to_json())
        return _form(SignedDocument.from_json, value)

    def send_statement(self, package: str, revision: int, signed: SignedDocument) -> None:
        """Announce a revision; the same again is harmless."""
        self._call("POST", f"/v1/packages/{package}/revisions/{revision}/statement",
                   body=signed.to_json())

    def list_parts(self, file: str, parts: Sequence[str]) -> tuple[str, ...]:
        """Tell the parts of a large file; returns those still wanted."""
        _status, value = self._call(
            "PUT", f"/v1/files/{file}/parts", body=PartList(tuple(parts)).to_json(),
            limit=MAX_LIST_BODY)
        return _form(Missing.from_json, value).missing

    def missing(self, parts: Sequence[str]) -> tuple[str, ...]:
        """Those of at most 1000 ``parts`` that headquarters lacks."""
        _status, value = self._call("POST", "/v1/parts/missing",
                                    body=PartList(tuple(parts)).to_json(), limit=MAX_LIST_BODY)
        return _form(Missing.from_json, value).missing

    def put_part(self, sha256: str, data: bytes) -> None:
        """Send a part; when this returns headquarters has it (a power cut there may ask for it again)."""
        self._call("PUT", f"/v1/parts/{sha256}", data=data)

    def put_batch(self, parts: Sequence[tuple[str, bytes]]) -> tuple[str, ...]:
        """Send many small parts at once; the hashes that headquarters has on disk when this returns."""
        _status, value = self._call("PUT", "/v1/parts", data=write_batch(parts), limit=MAX_LIST_BODY)
        return _form(PartList.from_json, value).parts

    def part_held(self, sha256: str) -> PartHeld:
        """How much of a part that was sent in pieces headquarters has."""
        return _form(PartHeld.from_json, self._call("GET", f"/v1/parts/{sha256}")[1])

    def put_piece(self, sha256: str, offset: int, size: int, data: bytes) -> PartHeld:
        """Send bytes from ``offset`` of a part of ``size``; how much of it headquarters has then."""
        _status, value = self._call("PUT", f"/v1/parts/{sha256}?offset={offset}&size={size}", data=data)
        return _form(PartHeld.from_json, value)

    def receipt(self, package: str, revision: int) -> SignedDocument | Waiting:
        """The receipt, unjudged, or how far headquarters is."""
        status, value = self._call(
            "GET", f"/v1/packages/{package}/revisions/{revision}/receipt", limit=MAX_RECEIPT_BODY)
        if status == 202:
            return _form(Waiting.from_json, value)
        return _form(SignedDocument.from_json, value)

    def inbox(self, *, after: int) -> Inbox:
        """What was sent down after this cursor; each document is still to be verified."""
        _status, value = self._call("GET", f"/v1/inbox?after={after}", limit=MAX_INBOX_BODY)
        return _form(Inbox.from_json, value)
