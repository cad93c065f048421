"""The pages of the console, made on the server; a browser needs no script."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from field_app import logs
from field_app.errors import UserError
from field_app.headquarters.away import StoreAway
from field_app.headquarters.console import reading
from field_app.headquarters.console.accounts import (
    Reader,
    SignInRefused,
    looked,
    note,
    sign_in,
    sign_out,
    signed_in,
)
from field_app.headquarters.console.contents import (
    SHOWN,
    Contents,
    NoSuchRange,
    Stretch,
    asked_stretch,
    draw_page,
)
from field_app.headquarters.console.pages import STATIC, render
from field_app.headquarters.orders import NotSent
from field_app.headquarters.store import HqStore
from field_app.headquarters.wishes import wish_return
from field_app.paths import FONTS
from field_app.protocol.strict import UUID

COOKIE = "__Host-le-console"
_MAX_FORM = 16 << 10
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self';"
                               " font-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000"}


@dataclass(frozen=True)
class Console:
    """What the pages work with."""

    store: HqStore
    contents: Contents
    unit: str


_NOT_RETURNED = {
    "case": ("总部还没有收下这个案件，没有退回。", "收下以后再办。"),
    "reason": ("还没有写明退回理由，没有退回。", "请返回上一页写明理由。"),
    "twice": ("这一版已经退回过。", "等该电脑报送新的一版后再办。")}

Page = Callable[[Console, Reader, Request], Awaitable[Response]]


def _now() -> datetime:
    return datetime.now(UTC)


def _html(template: str, status: int = 200, **facts: object) -> Response:
    return Response(render(template, **facts), status, media_type="text/html",
                    headers=_HEADERS)


def _same_origin(request: Request) -> bool:
    """Whether a form was sent by a page of ours."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("origin", "")).netloc == request.headers.get("host", "-")


async def _form(request: Request) -> dict[str, str]:
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > _MAX_FORM or not _same_origin(request):
        raise HTTPException(400)
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > _MAX_FORM:
            raise HTTPException(400)
    try:
        return dict(parse_qsl(data.decode("utf-8"), keep_blank_values=True, max_num_fields=10))
    except ValueError as error:
        raise HTTPException(400) from error


def _page(console: Console, page: Page) -> Callable[[Request], Awaitable[Response]]:
    """Only for somebody signed in; every error becomes a page that says what to do."""
    async def answer(request: Request) -> Response:
        token = request.cookies.get(COOKIE, "")
        reader = await run_in_threadpool(signed_in, console.store, token, at=_now()) if token else None
        if reader is None:
            return RedirectResponse("/login", 303, headers=_HEADERS)
        try:
            return await page(console, reader, request)
        except UserError as error:
            return _html("problem.html", 422, reader=reader, unit=console.unit, error=error)

    return answer


# Signing in and out

def _sign_in_page(console: Console) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        if request.method != "POST":
            return _html("login.html", reader=None, unit=console.unit, name="", error=None)
        form = await _form(request)
        name = form.get("name", "").strip()
        try:
            token = await run_in_threadpool(
                sign_in, console.store, name, form.get("password", ""), at=_now())
        except SignInRefused as error:
            return _html("login.html", 403, reader=None, unit=console.unit, name=name[:40], error=error)
        made = RedirectResponse("/", 303, headers=_HEADERS)
        made.set_cookie(COOKIE, token, secure=True, httponly=True, samesite="strict", path="/")
        return made

    return answer


async def _sign_out(console: Console, reader: Reader, request: Request) -> Response:
    form = await _form(request)
    if form.get("form") != reader.form:
        raise HTTPException(400)
    await run_in_threadpool(sign_out, console.store, request.cookies[COOKIE], at=_now())
    made = RedirectResponse("/login", 303, headers=_HEADERS)
    made.delete_cookie(COOKIE, secure=True, httponly=True, samesite="strict", path="/")
    return made


# Pages

async def _cases(console: Console, reader: Reader, request: Request) -> Response:
    query = request.query_params.get("q", "")[:reading.MAX_QUERY]
    page = request.query_params.get("page", "1")
    number = int(page) if page.isascii() and page.isdecimal() and len(page) < 8 else 1

    def look() -> reading.CasePage:
        with console.store.read() as connection:
            return reading.list_cases(connection, query, page=number)

    found = await run_in_threadpool(look)
    return _html("cases.html", reader=reader, unit=console.unit, here="cases", found=found,
                 query=query)


def _package(request: Request) -> str:
    package = str(request.path_params["package"])
    if not UUID.fullmatch(package):
        raise HTTPException(404)
    return package


async def _case(console: Console, reader: Reader, request: Request) -> Response:
    package = _package(request)

    def look() -> reading.CaseView | None:
        with console.store.write() as connection:
            view = reading.read_case(connection, package)
            if view is not None:
                note(connection, reader.name, "case", at=_now(), package=package)
            return view

    view = await run_in_threadpool(look)
    if view is None:
        raise HTTPException(404)
    return _html("case.html", reader=reader, unit=console.unit, here="cases", case=view)


def _find(console: Console, request: Request) -> tuple[str, reading.Shown]:
    package, wanted = _package(request), str(request.path_params["object"])
    if not UUID.fullmatch(wanted):
        raise HTTPException(404)
    with console.store.read() as connection:
        found = reading.shown_objects(connection, package, wanted)
    if not found:
        raise HTTPException(404)
    return package, found[0]


def _note_object(console: Console, reader: Reader, what: str, package: str,
                 shown: reading.Shown) -> None:
    with console.store.write() as connection:
        note(connection, reader.name, what, at=_now(), package=package, object_id=shown.id,
             detail=shown.name)


async def _paper(console: Console, reader: Reader, request: Request) -> Response:
    """A paper page by page, as pictures."""
    package, shown = await run_in_threadpool(_find, console, request)
    if shown.mime != "application/pdf":
        raise HTTPException(404)

    def first() -> int:
        _note_object(console, reader, "paper", package, shown)
        return draw_page(console.contents.read(package, shown), 1).pages

    pages = await run_in_threadpool(first)
    return _html("paper.html", reader=reader, unit=console.unit, here="cases", package=package,
                 shown=shown, pages=pages, road="papers")


def _page_number(request: Request) -> int:
    number = str(request.path_params["page"])
    if not number.isascii() or not number.isdecimal() or len(number) > 5:
        raise HTTPException(404)
    return int(number)


async def _paper_page(console: Console, _reader: Reader, request: Request) -> Response:
    package, shown = await run_in_threadpool(_find, console, request)
    number = _page_number(request)
    if shown.mime != "application/pdf":
        raise HTTPException(404)

    def draw() -> bytes:
        return draw_page(console.contents.read(package, shown), number).png

    return Response(await run_in_threadpool(draw), media_type="image/png", headers=_HEADERS)


def _raised(console: Console, request: Request) -> tuple[str, reading.Shown, bytes]:
    package, shown = _find(console, request)
    return package, shown, console.contents.raised(package, shown)


async def _raised_paper(console: Console, reader: Reader, request: Request) -> Response:
    """A paper with its time-stamp (B-LTA), page by page; or its bytes."""
    package, shown, pdf = await run_in_threadpool(_raised, console, request)
    download = "download" in request.query_params
    await run_in_threadpool(_note_object, console, reader, "download" if download else "raised",
                            package, shown)
    if download:
        return Response(pdf, media_type="application/octet-stream", headers={
            **_HEADERS, "Content-Disposition": f"attachment; filename*=UTF-8''{quote('B-LTA-' + shown.name)}"})
    pages = await run_in_threadpool(lambda: draw_page(pdf, 1).pages)
    return _html("paper.html", reader=reader, unit=console.unit, here="cases", package=package,
                 shown=shown, pages=pages, road="raised")


async def _raised_page(console: Console, _reader: Reader, request: Request) -> Response:
    _package_id, _shown, pdf = await run_in_threadpool(_raised, console, request)
    number = _page_number(request)
    return Response(await run_in_threadpool(lambda: draw_page(pdf, number).png),
                    media_type="image/png", headers=_HEADERS)


async def _return(console: Console, reader: Reader, request: Request) -> Response:
    """Give the newest accepted revision back with a reason; the worker signs and sends it."""
    package, form = _package(request), await _form(request)
    if form.get("form") != reader.form:
        raise HTTPException(400)

    def ask() -> None:
        with console.store.write() as connection:
            wish_return(connection, package, reason=form.get("reason", ""), by=reader.title)
            note(connection, reader.name, "returned", at=_now(), package=package)

    try:
        await run_in_threadpool(ask)
    except NotSent as error:
        what, remedy = _NOT_RETURNED[error.code]
        raise UserError(what, remedy, code=f"return.{error.code}") from error
    return RedirectResponse(f"/cases/{package}", 303, headers=_HEADERS)


async def _object(console: Console, reader: Reader, request: Request) -> Response:
    """The bytes of an object, or a stretch of them, for a player or a download."""
    package, shown = await run_in_threadpool(_find, console, request)
    download = "download" in request.query_params
    kind = shown.mime if shown.mime in SHOWN and not download else "application/octet-stream"
    name = quote(shown.name)
    headers = {
        **_HEADERS, "Accept-Ranges": "bytes",
        "Content-Disposition": f"{'inline' if kind == shown.mime else 'attachment'}; filename*=UTF-8''{name}"}
    try:
        stretch = asked_stretch(request.headers.get("range", ""), shown.size)
    except NoSuchRange as error:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{error.size}"})
    if download or stretch.first == 0:
        await run_in_threadpool(
            _note_object, console, reader, "download" if download else "played", package, shown)
    opened = await run_in_threadpool(console.contents.open, package, shown)
    return StreamingResponse(
        iterate_in_threadpool(opened.pieces(stretch)), 200 if stretch.whole else 206,
        media_type=kind, headers={**headers, **_lengths(stretch)})


def _lengths(stretch: Stretch) -> dict[str, str]:
    told = {"Content-Length": str(stretch.length)}
    if not stretch.whole:
        told["Content-Range"] = f"bytes {stretch.first}-{stretch.last}/{stretch.size}"
    return told


async def _listing(console: Console, reader: Reader, request: Request) -> Response:
    """Receipts, quarantine, devices and what was looked at: one list each."""
    here = request.url.path.strip("/")

    def look() -> object:
        with console.store.read() as connection:
            if here == "devices":
                return reading.list_devices(connection, _now())
            if here == "looked":
                return looked(connection)
            return reading.list_receipts(connection, refused_only=here == "quarantine")

    return _html(f"{here}.html", reader=reader, unit=console.unit, here=here,
                 rows=await run_in_threadpool(look))


async def _font(_request: Request) -> Response:
    """The bundled face, for machines that have none of the usual ones."""
    return FileResponse(FONTS / "NotoSansSC-Regular.ttf", media_type="font/ttf", headers={
        **_HEADERS, "Cache-Control": "public, max-age=31536000, immutable"})


async def _missing(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    told = UserError("没有这一页。", "请从“案件”重新进入。") if status == 404 else UserError(
        "这个请求不能处理。", "请返回上一页，刷新后再试。")
    return _html("problem.html", status, reader=None, unit="", error=told)


async def _away(_request: Request, error: Exception) -> Response:
    logs.warn("store away", exception=type(error).__name__)
    return _html("problem.html", 503, reader=None, unit="", error=UserError(
        "总部的数据库或者文件存储暂时没有应答。", "请过一会儿刷新本页；一直这样请告诉系统管理员。"))


async def _defect(_request: Request, error: Exception) -> Response:
    number = logs.defect(error)
    return _html("problem.html", 500, reader=None, unit="", error=UserError(
        "程序出错了。", f"请把编号{number}告诉系统管理员。"))


def make_console(console: Console) -> Starlette:
    """The ASGI application; TLS is the server's part."""
    pages: list[tuple[str, str, Page]] = [
        ("GET", "/", _cases), ("GET", "/cases/{package}", _case),
        ("GET", "/cases/{package}/papers/{object}", _paper),
        ("GET", "/cases/{package}/papers/{object}/{page}.png", _paper_page),
        ("GET", "/cases/{package}/objects/{object}", _object),
        ("GET", "/cases/{package}/raised/{object}", _raised_paper),
        ("GET", "/cases/{package}/raised/{object}/{page}.png", _raised_page),
        ("POST", "/cases/{package}/return", _return),
        ("GET", "/receipts", _listing), ("GET", "/quarantine", _listing),
        ("GET", "/devices", _listing), ("GET", "/looked", _listing), ("POST", "/logout", _sign_out)]
    return Starlette(
        routes=[Route("/login", _sign_in_page(console), methods=["GET", "POST"]),
                *(Route(path, _page(console, page), methods=[method]) for method, path, page in pages),
                Route("/font", _font), Mount("/static", StaticFiles(directory=STATIC))],
        exception_handlers={HTTPException: _missing, StoreAway: _away, Exception: _defect})
