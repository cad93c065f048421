"""The pages of the console, made on the server; a browser needs no script."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from field_app import logs
from field_app.errors import UserError
from field_app.headquarters.away import StoreAway
from field_app.headquarters.case_search import MAX_QUERY
from field_app.headquarters.console import files, reading
from field_app.headquarters.console.accounts import (
    Looked,
    Reader,
    SignInRefused,
    looked,
    note,
    sign_in,
    sign_out,
    signed_in,
)
from field_app.headquarters.console.pages import STATIC
from field_app.headquarters.console.web import (
    COOKIE,
    HEADERS,
    SAFE,
    Console,
    Page,
    asked,
    asked_number,
    form_of,
    html,
    now,
    package_of,
)
from field_app.headquarters.orders import NotSent
from field_app.headquarters.wishes import wish_return
from field_app.paths import FONTS

_NOT_RETURNED = {
    "case": ("总部还没有收下这个案件，没有退回。", "收下以后再办。"),
    "reason": ("还没有写明退回理由，没有退回。", "请返回上一页写明理由。"),
    "twice": ("这一版已经退回过。", "等该电脑报送新的一版后再办。")}

# Where one may come back to after signing in: pages of ours, nothing else.
_OWN = re.compile(r"/(?:receipts|quarantine|devices|looked|cases/[0-9a-f-]{36}(?:/(?:papers|raised)/[0-9a-f-]{36})?)?"
                  r"(?:\?(?!.*download)[A-Za-z0-9%=&+._~-]{1,600})?")
# Passwords are judged one at a time: who sends many waits in line for them, and nobody else for who does.
_IN_LINE = 20
# What is refused takes at least so long: what a known name takes more than an unknown one is not seen.
_REFUSED_SECONDS = 1.0
_passwords = CapacityLimiter(1)


def _page(console: Console, page: Page) -> Callable[[Request], Awaitable[Response]]:
    """Only for somebody signed in; every error becomes a page that says what to do."""
    async def answer(request: Request) -> Response:
        token = request.cookies.get(COOKIE, "")
        reader = await run_in_threadpool(signed_in, console.store, token, at=now()) if token else None
        if reader is None:
            return await _signed_out(console, request)
        try:
            return await page(console, reader, request)
        except UserError as error:
            return html("problem.html", 422, reader=reader, unit=console.unit, error=error)
        except HTTPException as error:
            return _problem(console, reader, error)

    return answer


async def _signed_out(console: Console, request: Request) -> Response:
    """Ask to sign in, and come back to the same page; a reason that was written is not lost."""
    if request.method == "POST":
        reason = (await form_of(request)).get("reason", "") if request.url.path.endswith("/return") else ""
        if reason.strip():
            return html("expired.html", 403, reader=None, unit=console.unit, reason=reason,
                        package=package_of(request))
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = f"?to={quote(here, safe='')}" if here != "/" and _OWN.fullmatch(here) else ""
    return RedirectResponse(f"/login{back}", 303, headers=HEADERS)


# Signing in and out

def _sign_in_page(console: Console) -> Callable[[Request], Awaitable[Response]]:
    def page(status: int, to: str, name: str = "", error: UserError | None = None) -> Response:
        return html("login.html", status, reader=None, unit=console.unit, name=name[:40], to=to, error=error)

    async def answer(request: Request) -> Response:
        if request.method != "POST":
            to = asked(request, "to")
            return page(200, to if _OWN.fullmatch(to) else "")
        form = await form_of(request)
        name, to = form.get("name", "").strip(), form.get("to", "")
        to = to if _OWN.fullmatch(to) else ""
        if _passwords.statistics().tasks_waiting >= _IN_LINE:
            return page(503, to, name, UserError("现在登录的人太多。", "请过半分钟再试。"))
        began = time.monotonic()
        try:
            token = await to_thread.run_sync(
                partial(sign_in, console.store, name, form.get("password", ""), at=now()), limiter=_passwords)
        except SignInRefused as error:
            await asyncio.sleep(began + _REFUSED_SECONDS - time.monotonic())
            return page(403, to, name, error)
        made = RedirectResponse(to or "/", 303, headers=HEADERS)
        made.set_cookie(COOKIE, token, secure=True, httponly=True, samesite="strict", path="/")
        return made

    return answer


async def _sign_out(console: Console, reader: Reader, request: Request) -> Response:
    form = await form_of(request)
    if form.get("form") != reader.form:
        raise HTTPException(400)
    await run_in_threadpool(sign_out, console.store, request.cookies[COOKIE], at=now())
    made = RedirectResponse("/login", 303, headers=HEADERS)
    made.delete_cookie(COOKIE, secure=True, httponly=True, samesite="strict", path="/")
    return made


# Pages

async def _cases(console: Console, reader: Reader, request: Request) -> Response:
    query, number = asked(request, "q")[:MAX_QUERY], asked_number(request, "page")

    def look() -> reading.Paged[reading.CaseLine]:
        with console.store.read() as connection:
            return reading.list_cases(connection, query, page=number)

    found = await run_in_threadpool(look)
    return html("cases.html", reader=reader, unit=console.unit, here="cases", found=found, query=query)


async def _case(console: Console, reader: Reader, request: Request) -> Response:
    package, photos = package_of(request), asked_number(request, "photos")

    def look() -> reading.CaseView | None:
        with console.store.read() as connection:
            view = reading.read_case(connection, package)
        if view is not None:
            console.on_record(reader, "case", package)
        return view

    view = await run_in_threadpool(look)
    if view is None:
        raise HTTPException(404)
    return html("case.html", reader=reader, unit=console.unit, here="cases", case=view,
                photos=reading.some_photos(view, photos))


async def _return(console: Console, reader: Reader, request: Request) -> Response:
    """Give the newest accepted revision back with a reason; the worker signs and sends it."""
    package, form = package_of(request), await form_of(request)
    if form.get("form") != reader.form:
        raise HTTPException(400)

    def ask() -> None:
        with console.store.write() as connection:
            wish_return(connection, package, reason=form.get("reason", ""), by=reader.title)
            note(connection, reader.name, "returned", at=now(), package=package)

    try:
        await run_in_threadpool(ask)
    except NotSent as error:
        what, remedy = _NOT_RETURNED[error.code]
        raise UserError(what, remedy, code=f"return.{error.code}") from error
    return RedirectResponse(f"/cases/{package}", 303, headers=HEADERS)


async def _settled(console: Console, reader: Reader, request: Request) -> Response:
    """Receipts, or those of them that refuse."""
    here, number = request.url.path.strip("/"), asked_number(request, "page")

    def look() -> reading.Paged[reading.Settled]:
        with console.store.read() as connection:
            return reading.list_receipts(connection, refused_only=here == "quarantine", page=number)

    return html(f"{here}.html", reader=reader, unit=console.unit, here=here, found=await run_in_threadpool(look))


async def _devices(console: Console, reader: Reader, request: Request) -> Response:
    query, number = asked(request, "q")[:MAX_QUERY], asked_number(request, "page")

    def look() -> reading.Paged[reading.DeviceLine]:
        with console.store.read() as connection:
            return reading.list_devices(connection, now(), query, page=number)

    return html("devices.html", reader=reader, unit=console.unit, here="devices", query=query,
                found=await run_in_threadpool(look))


async def _looked(console: Console, reader: Reader, request: Request) -> Response:
    """Who looked at what, at everything or at one case; older ones by the number of the last line."""
    package, before = asked(request, "package")[:36], asked_number(request, "before")

    def look() -> list[Looked]:
        with console.store.read() as connection:
            return looked(connection, package=package, before=before if before > 1 else None)

    return html("looked.html", reader=reader, unit=console.unit, here="looked", package=package,
                newest=before == 1, rows=await run_in_threadpool(look))


class _Static(StaticFiles):
    """Asked for anew each time: after an update no page has the styles of yesterday."""

    def file_response(self, *args: Any, **more: Any) -> Response:
        made = super().file_response(*args, **more)
        made.headers.update({**SAFE, "Cache-Control": "no-cache"})
        return made


async def _font(_request: Request) -> Response:
    """The bundled face, for machines that have none of the usual ones."""
    return FileResponse(FONTS / "NotoSansSC-Regular.ttf", media_type="font/ttf", headers={
        **HEADERS, "Cache-Control": "public, max-age=31536000, immutable"})


def _problem(console: Console | None, reader: Reader | None, error: HTTPException) -> Response:
    told = UserError("没有这一页。", "请从“案件”重新进入。") if error.status_code == 404 else UserError(
        "这个请求不能处理。", "请返回上一页，刷新后再试。")
    return html("problem.html", error.status_code, reader=reader, unit=console.unit if console else "", error=told)


async def _missing(_request: Request, error: Exception) -> Response:
    return _problem(None, None, error if isinstance(error, HTTPException) else HTTPException(500))


async def _away(_request: Request, error: Exception) -> Response:
    logs.warn("store away", exception=type(error).__name__)
    return html("problem.html", 503, reader=None, unit="", error=UserError(
        "总部的数据库或者文件存储暂时没有应答。", "请过一会儿刷新本页；一直这样请告诉系统管理员。"))


async def _defect(_request: Request, error: Exception) -> Response:
    number = logs.defect(error)
    return html("problem.html", 500, reader=None, unit="", error=UserError(
        "程序出错了。", f"请把编号{number}告诉系统管理员。"))


def make_console(console: Console) -> Starlette:
    """The ASGI application; TLS is the server's part."""
    pages: list[tuple[str, str, Page]] = [
        ("GET", "/", _cases), ("GET", "/cases/{package}", _case),
        ("GET", "/cases/{package}/papers/{object}", files.paper),
        ("GET", "/cases/{package}/papers/{object}/{page}.png", files.paper_page),
        ("GET", "/cases/{package}/objects/{object}", files.object_bytes),
        ("GET", "/cases/{package}/raised/{object}", files.raised_paper),
        ("GET", "/cases/{package}/raised/{object}/{page}.png", files.raised_page),
        ("POST", "/cases/{package}/return", _return),
        ("GET", "/receipts", _settled), ("GET", "/quarantine", _settled),
        ("GET", "/devices", _devices), ("GET", "/looked", _looked), ("POST", "/logout", _sign_out)]
    return Starlette(
        routes=[Route("/login", _sign_in_page(console), methods=["GET", "POST"]),
                *(Route(path, _page(console, page), methods=[method]) for method, path, page in pages),
                Route("/font", _font), Mount("/static", _Static(directory=STATIC))],
        exception_handlers={HTTPException: _missing, StoreAway: _away, Exception: _defect})
