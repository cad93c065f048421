"""Papers page by page as pictures, and the bytes of objects for players and downloads."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from field_app.headquarters.console import reading
from field_app.headquarters.console.accounts import Reader, signed_in
from field_app.headquarters.console.contents import (
    SHOWN,
    Drawn,
    NoSuchRange,
    Stretch,
    asked_stretch,
    draw_page,
)
from field_app.headquarters.console.web import COOKIE, GUEST, HEADERS, Console, html, now, package_of
from field_app.protocol.strict import UUID

# Each drawing is a process that may take 1 GiB.
_drawing = CapacityLimiter(max(2, os.cpu_count() or 2))


def _find(console: Console, request: Request) -> tuple[str, reading.Shown]:
    package, wanted = package_of(request), str(request.path_params["object"])
    if not UUID.fullmatch(wanted):
        raise HTTPException(404)
    with console.store.read() as connection:
        found = reading.shown_objects(connection, package, wanted)
    if not found:
        raise HTTPException(404)
    return package, found[0]


async def _drawn(pdf: Callable[[], bytes], number: int) -> Drawn:
    return await to_thread.run_sync(lambda: draw_page(pdf(), number), limiter=_drawing)


def _page_number(request: Request) -> int:
    number = str(request.path_params["page"])
    if not number.isascii() or not number.isdecimal() or len(number) > 5:
        raise HTTPException(404)
    return int(number)


async def _found_paper(console: Console, request: Request) -> tuple[str, reading.Shown]:
    package, shown = await run_in_threadpool(_find, console, request)
    if shown.mime != "application/pdf":
        raise HTTPException(404)
    return package, shown


async def paper(console: Console, reader: Reader, request: Request) -> Response:
    """A paper page by page, as pictures."""
    package, shown = await _found_paper(console, request)
    await run_in_threadpool(console.on_record, reader, "paper", package, shown.id, shown.name)
    drawn = await _drawn(partial(console.contents.read, package, shown), 0)
    return html("paper.html", reader=reader, unit=console.unit, here="cases", package=package,
                shown=shown, pages=drawn.pages, road="papers")


async def paper_page(console: Console, reader: Reader, request: Request) -> Response:
    """One page as a picture; on record even when nobody opened the paper before."""
    package, shown = await _found_paper(console, request)
    number = _page_number(request)
    await run_in_threadpool(
        partial(console.on_record, reader, "paper", package, shown.id, shown.name, again=False))
    drawn = await _drawn(partial(console.contents.read, package, shown), number)
    return Response(drawn.png, media_type="image/png", headers=HEADERS)


def _raised(console: Console, request: Request) -> tuple[str, reading.Shown, bytes]:
    package, shown = _find(console, request)
    return package, shown, console.contents.raised(package, shown)


async def raised_paper(console: Console, reader: Reader, request: Request) -> Response:
    """A paper with its time-stamp (B-LTA), page by page; or its bytes."""
    package, shown, pdf = await run_in_threadpool(_raised, console, request)
    download = "download" in request.query_params
    await run_in_threadpool(
        console.on_record, reader, "download" if download else "raised", package, shown.id, shown.name)
    if download:
        return Response(pdf, media_type="application/octet-stream", headers={
            **GUEST, "Content-Disposition": f"attachment; filename*=UTF-8''{quote('B-LTA-' + shown.name)}"})
    drawn = await _drawn(lambda: pdf, 0)
    return html("paper.html", reader=reader, unit=console.unit, here="cases", package=package,
                shown=shown, pages=drawn.pages, road="raised")


async def raised_page(console: Console, reader: Reader, request: Request) -> Response:
    """One page of it as a picture."""
    package, shown, pdf = await run_in_threadpool(_raised, console, request)
    number = _page_number(request)
    await run_in_threadpool(
        partial(console.on_record, reader, "raised", package, shown.id, shown.name, again=False))
    drawn = await _drawn(lambda: pdf, number)
    return Response(drawn.png, media_type="image/png", headers=HEADERS)


async def object_bytes(console: Console, reader: Reader, request: Request) -> Response:
    """The bytes of an object, or a stretch of them, for a player or a download."""
    package, shown = await run_in_threadpool(_find, console, request)
    download = "download" in request.query_params
    kind = shown.mime if shown.mime in SHOWN and not download else "application/octet-stream"
    mark = f'"{shown.sha256}"'
    headers = {
        **GUEST, "Accept-Ranges": "bytes", "ETag": mark, "Content-Disposition":
        f"{'inline' if kind == shown.mime else 'attachment'}; filename*=UTF-8''{quote(shown.name)}"}
    # Who goes on with a download says which bytes it began with (RFC 9110, section 13.1.5).
    ranged = request.headers.get("range", "") if request.headers.get("if-range", mark) == mark else ""
    try:
        stretch = asked_stretch(ranged, shown.size)
    except NoSuchRange as error:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{error.size}"})
    headers |= _lengths(stretch)
    status = 200 if stretch.whole else 206
    if request.method == "HEAD":
        return Response(status_code=status, media_type=kind, headers=headers)
    await run_in_threadpool(partial(
        console.on_record, reader, "download" if download else "played", package, shown.id, shown.name,
        again=download or stretch.first == 0))
    opened = await run_in_threadpool(console.contents.open, package, shown)
    pieces = _while_signed_in(console, request.cookies[COOKIE], opened.pieces(stretch))
    return StreamingResponse(iterate_in_threadpool(pieces), status, media_type=kind, headers=headers)


def _while_signed_in(console: Console, token: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Who plays a long film is not idle; who is signed out sees no more of it."""
    asked = now()
    for piece in pieces:
        if (now() - asked).total_seconds() > 30:
            asked = now()
            if signed_in(console.store, token, at=asked) is None:
                return
        yield piece


def _lengths(stretch: Stretch) -> dict[str, str]:
    told = {"Content-Length": str(stretch.length)}
    if not stretch.whole:
        told["Content-Range"] = f"bytes {stretch.first}-{stretch.last}/{stretch.size}"
    return told
