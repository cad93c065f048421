"""What all pages of the console are answered with: headers, templates, forms that are ours."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from urllib.parse import parse_qsl, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from field_app.headquarters.console.accounts import Reader, note
from field_app.headquarters.console.contents import Contents
from field_app.headquarters.console.pages import render
from field_app.headquarters.store import HqStore
from field_app.protocol.strict import UUID

COOKIE = "__Host-le-console"
_MAX_FORM, _FORM_SECONDS = 16 << 10, 20
_POLICY = ("default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; font-src 'self';"
           " form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
# Headers of styles, icon and font too.
SAFE = {"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin",
        "Strict-Transport-Security": "max-age=31536000"}
HEADERS = {
    **SAFE, "Content-Security-Policy": _POLICY, "Referrer-Policy": "same-origin", "Cache-Control": "no-store"}
# What a laptop sent is a guest: no script, no form, no origin of ours, whatever a browser takes it for.
GUEST = {**HEADERS, "Content-Security-Policy": f"{_POLICY}; sandbox"}


@dataclass
class Looks:
    """Which looks were put on record lately, so that a film or a paper is one line and not hundreds.

    Only ever leaves out what the same reader did to the same thing within ``AGAIN``.
    """

    AGAIN = timedelta(minutes=10)
    _MOST = 10_000
    _known: "OrderedDict[tuple[str, str, str, str], datetime]" = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def is_new(self, reader: Reader, what: str, package: str, object_id: str, at: datetime) -> bool:
        """Whether this look is not on record yet."""
        with self._lock:
            known = self._known.get((reader.form, what, package, object_id))
            return known is None or at - known > self.AGAIN

    def remember(self, reader: Reader, what: str, package: str, object_id: str, at: datetime) -> None:
        """This look is on record now."""
        with self._lock:
            self._known[reader.form, what, package, object_id] = at
            self._known.move_to_end((reader.form, what, package, object_id))
            while len(self._known) > self._MOST:
                self._known.popitem(last=False)


@dataclass(frozen=True)
class Console:
    """What the pages work with."""

    store: HqStore
    contents: Contents
    unit: str
    looks: Looks = field(default_factory=Looks)

    def on_record(self, reader: Reader, what: str, package: str, object_id: str = "", detail: str = "", *,
                  again: bool = True) -> None:
        """Put a look on record before anything is shown; without ``again`` once in a while is enough."""
        at = now()
        if not again and not self.looks.is_new(reader, what, package, object_id, at):
            return
        with self.store.write() as connection:
            note(connection, reader.name, what, at=at, package=package, object_id=object_id, detail=detail)
        self.looks.remember(reader, what, package, object_id, at)


Page = Callable[[Console, Reader, Request], Awaitable[Response]]


def now() -> datetime:
    return datetime.now(UTC)


def html(template: str, status: int = 200, **facts: object) -> Response:
    return Response(render(template, **facts), status, media_type="text/html", headers=HEADERS)


def asked(request: Request, name: str) -> str:
    """A word of the address; no database takes a NUL."""
    return request.query_params.get(name, "").replace("\0", "\ufffd")


def asked_number(request: Request, name: str) -> int:
    """A number of the address, at least 1."""
    told = asked(request, name)
    return max(1, int(told)) if told.isascii() and told.isdecimal() and len(told) < 16 else 1


def package_of(request: Request) -> str:
    package = str(request.path_params["package"])
    if not UUID.fullmatch(package):
        raise HTTPException(404)
    return package


def _same_origin(request: Request) -> bool:
    """Whether a form was sent by a page of ours."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("origin", "")).netloc == request.headers.get("host", "-")


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form of ours, else ``HTTPException``."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > _MAX_FORM or not _same_origin(request):
        raise HTTPException(400)
    data = bytearray()
    try:
        async with asyncio.timeout(_FORM_SECONDS):
            async for piece in request.stream():
                data += piece
                if len(data) > _MAX_FORM:
                    raise HTTPException(400)
    except TimeoutError as error:
        raise HTTPException(408) from error
    try:
        told = parse_qsl(data.decode("utf-8"), keep_blank_values=True, max_num_fields=10)
    except ValueError as error:
        raise HTTPException(400) from error
    return {name: value.replace("\0", "\ufffd") for name, value in told}
