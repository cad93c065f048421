"""The console as a program meets it: who gets in, what is shown, what is refused and noted."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import unquote

import httpx
import pytest

from field_app.cli import main
from field_app.crypto.age_keys import Identity
from field_app.crypto.hashing import sha256_hex
from field_app.errors import UserError
from field_app.headquarters.console import accounts, reading
from field_app.headquarters.console.contents import NoSuchRange, asked_stretch, draw_page
from field_app.headquarters.depot import open_depot
from field_app.headquarters.folder import HqFolder
from field_app.headquarters.intake import read_inbox
from field_app.headquarters.store import HqStore, open_store
from field_app.headquarters.wishes import grant_wishes, wishes
from field_app.headquarters.worker import make_examiner
from field_app.packages.open import open_package
from field_app.protocol.messages import InboxKind
from tests.journeys.console.conftest import NAME, PASSWORD, TITLE, Site, links

SAME = {"Sec-Fetch-Site": "same-origin"}
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> HqStore:
    return open_store(HqFolder(tmp_path_factory.mktemp("hq")))


def test_nobody_sees_anything_without_signing_in(site: Site) -> None:
    package = site.case.package
    with site.client() as client:
        for path in ("/", f"/cases/{package}", "/receipts", "/quarantine", "/devices", "/looked",
                     f"/cases/{package}/objects/{package}", f"/cases/{package}/papers/{package}"):
            answer = client.get(path)
            assert answer.status_code == 303
            place, _, back = answer.headers["location"].partition("?to=")
            assert place == "/login" and unquote(back) == ("" if path == "/" or "/objects/" in path else path)
            assert site.case.package not in answer.text
        page = client.get("/login")
        assert page.status_code == 200 and "default-src 'none'" in page.headers[
            "Content-Security-Policy"]
        # A password that is sent from a page of somebody else is not even looked at.
        for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            answer = client.post("/login", data={"name": NAME, "password": PASSWORD}, headers=headers)
            assert answer.status_code == 400 and not answer.cookies
        client.cookies.set("__Host-le-console", "made up")
        assert client.get("/").status_code == 303


def test_what_was_received_is_shown_and_each_look_is_noted(site: Site) -> None:
    package = site.case.package
    with site.signed_in() as client:
        page = client.get("/").text
        assert f"/cases/{package}" in page and "总部签收" in page and TITLE in page
        case = client.get(f"/cases/{package}").text
        assert "现场检查" in case and "总部已签收" in case and "第1版" in case
        folder = HqFolder(site.world.headquarters)
        opened = open_package(folder.package(package), [folder.identity()])
        objects = {o.id: o for o in opened.index.objects}
        downloads = links(case, f"/cases/{package}/objects/")
        seen = set()
        for link in (x for x in downloads if x.endswith("?download=1")):
            answer = client.get(link)
            entry = objects[link.split("/")[-1].split("?")[0]]
            seen.add(entry.id)
            assert sha256_hex(answer.content) == entry.sha256
            assert answer.headers["Content-Disposition"].startswith("attachment")
            assert answer.headers["Content-Type"] == "application/octet-stream"
        assert seen == set(objects)
        papers = links(case, f"/cases/{package}/papers/")
        assert len(papers) == sum(o.mime == "application/pdf" for o in objects.values())
        paper = papers[0]
        shown = client.get(paper).text
        sheets = links(shown, paper + "/")
        assert len(sheets) == int(re.findall(r"(\d+)页</span>", shown)[0]) >= 2
        assert client.get(sheets[-1]).content.startswith(b"\x89PNG")
        assert client.get(paper + "/99.png").status_code == 422
        log = client.get("/looked").text
        for words in ("查看案件", "查看文书", "下载原件", "登录"):
            assert words in log
        for path, words in (("/receipts", "已收下"), ("/quarantine", "隔离区是空的"),
                            ("/devices", "今天有联系")):
            assert words in client.get(path).text


def test_a_case_is_given_back_with_a_reason(site: Site) -> None:
    package = site.case.package
    with site.signed_in() as client:
        page = client.get(f"/cases/{package}").text
        token = re.findall(r'name="form" value="([^"]+)"', page)[0]
        place, why = f"/cases/{package}/return", "笔录缺<见证人>签名"
        assert client.post(place, data={"form": token, "reason": why}).status_code == 400
        assert client.post(place, data={"form": "made up", "reason": why}, headers=SAME).status_code == 400
        assert client.post(place, data={"form": token, "reason": "  "}, headers=SAME).status_code == 422
        told = client.post(place, data={"form": token, "reason": why}, headers=SAME)
        assert (told.status_code, told.headers["location"]) == (303, f"/cases/{package}")
        page = client.get(f"/cases/{package}").text
        assert "笔录缺&lt;见证人&gt;签名" in page and TITLE in page and "退回电脑改正" not in page
        assert client.post(place, data={"form": token, "reason": why}, headers=SAME).status_code == 422
        assert "退回案件" in client.get("/looked").text
    # The console only asked; who holds the key sends it down, sealed.
    folder = HqFolder(site.world.headquarters)
    store, depot = open_store(folder), open_depot(folder)
    assert grant_wishes(make_examiner(folder, store, depot)) == 1
    with store.read() as connection:
        (made,) = wishes(connection, package)
        orders = [i for i in read_inbox(connection, made.device, after=0).items
                  if i.kind is InboxKind.ORDER]
    assert made.done is not None and orders and why.encode() not in orders[-1].signed.document
    store.close()
    depot.close()
    with site.signed_in() as client:
        assert "已送出" in client.get(f"/cases/{package}").text


def test_any_stretch_of_a_film_is_given(site: Site) -> None:
    package = site.case.package
    with site.signed_in() as client:
        case = client.get(f"/cases/{package}").text
        film = next(x for x in links(case, f"/cases/{package}/objects/") if "download" not in x)
        whole = client.get(film)
        data = whole.content
        assert whole.status_code == 200 and whole.headers["Accept-Ranges"] == "bytes"
        for asked, first, last in (("bytes=0-", 0, len(data) - 1), ("bytes=65500-65600", 65500, 65600),
                                   ("bytes=-100", len(data) - 100, len(data) - 1),
                                   (f"bytes=10-{len(data) + 9}", 10, len(data) - 1)):
            part = client.get(film, headers={"Range": asked})
            assert part.status_code == 206 and part.content == data[first:last + 1]
            assert part.headers["Content-Range"] == f"bytes {first}-{last}/{len(data)}"
        beyond = client.get(film, headers={"Range": f"bytes={len(data)}-"})
        assert beyond.status_code == 416 and beyond.headers["Content-Range"] == f"bytes */{len(data)}"
        for odd in ("bytes=1-2,4-5", "lines=1-2", "bytes=x-"):
            assert client.get(film, headers={"Range": odd}).status_code == 200


def test_addresses_that_nobody_gave(site: Site) -> None:
    package = site.case.package
    with site.signed_in() as client:
        for path in ("/cases/1", "/cases/..%2f..%2fkeys", f"/cases/{package}/objects/{package}",
                     f"/cases/{package}/objects/..%2f..", "/static/../pages.py", "/nothing",
                     "/cases/00000000-0000-4000-8000-000000000000"):
            answer = client.get(path)
            assert answer.status_code == 404, path
        assert client.get("/?page=9999999&q=%25").status_code == 200
        assert client.post("/logout", data={"form": "x"}, headers=SAME).status_code == 400
        form = re.search(r'name="form" value="([^"]+)"', client.get("/").text)
        assert form is not None
        gone = client.post("/logout", data={"form": form[1]}, headers=SAME)
        assert gone.headers["location"] == "/login"
        assert client.get("/").status_code == 303


def test_a_damaged_file_is_told_and_the_rest_goes_on(site: Site) -> None:
    package = site.case.package
    folder = HqFolder(site.world.headquarters)
    with site.signed_in() as client:
        case = client.get(f"/cases/{package}").text
        film = next(x for x in links(case, f"/cases/{package}/objects/") if "download" not in x)
        store = open_store(folder)
        with store.read() as connection:
            [shown] = reading.shown_objects(connection, package, film.split("/")[-1])
        store.close()
        path = next(folder.package(package).rglob(f"{shown.ct_sha256}*"))
        data = path.read_bytes()
        hidden = path.with_name("hidden")
        path.rename(hidden)
        try:
            path.write_bytes(data[:len(data) // 2])
            answer = client.get(film)
            assert answer.status_code == 422 and "可能已损坏" in answer.text
            path.unlink()
            assert client.get(film).status_code == 422
        finally:
            hidden.rename(path)
        assert client.get(film).status_code == 200


def test_wrong_passwords_wait_longer_each_time(store: HqStore) -> None:
    accounts.add_account(store, NAME, TITLE, PASSWORD, at=NOW)
    at = NOW
    for wait in (1, 5, 30, 30):
        for _ in range(5):
            with pytest.raises(accounts.SignInRefused, match="用户名或密码不对"):
                accounts.sign_in(store, NAME, "wrong", at=at)
        with pytest.raises(accounts.SignInRefused, match="暂时不能登录") as error:
            accounts.sign_in(store, NAME, PASSWORD, at=at + timedelta(minutes=wait, seconds=-1))
        assert "分钟后再试" in error.value.remedy
        at += timedelta(minutes=wait)
    token = accounts.sign_in(store, NAME, PASSWORD, at=at)
    with pytest.raises(accounts.SignInRefused, match="用户名或密码不对"):
        accounts.sign_in(store, "nobody", PASSWORD, at=at)
    with store.read() as connection:
        lines = accounts.looked(connection)
    assert [e.what for e in lines[:2]] == ["sign_in_refused", "sign_in"] and lines[0].user == ""
    assert token not in repr(lines)


def test_sessions_end_when_idle_too_old_or_taken_away(store: HqStore) -> None:
    accounts.add_account(store, NAME, TITLE, PASSWORD, at=NOW)
    token = accounts.sign_in(store, NAME, PASSWORD, at=NOW)
    at = NOW
    while at - NOW < accounts.LONGEST:
        reader = accounts.signed_in(store, token, at=at)
        assert reader is not None and (reader.name, reader.title) == (NAME, TITLE)
        at += timedelta(minutes=29)
    assert accounts.signed_in(store, token, at=NOW + accounts.LONGEST + timedelta(seconds=1)) is None
    token = accounts.sign_in(store, NAME, PASSWORD, at=at)
    assert accounts.signed_in(store, token, at=at + accounts.IDLE + timedelta(seconds=1)) is None
    token = accounts.sign_in(store, NAME, PASSWORD, at=at)
    accounts.change_password(store, NAME, PASSWORD + "x")
    assert accounts.signed_in(store, token, at=at) is None
    token = accounts.sign_in(store, NAME, PASSWORD + "x", at=at)
    accounts.remove_account(store, NAME, at=at)
    assert accounts.signed_in(store, token, at=at) is None
    with pytest.raises(accounts.SignInRefused):
        accounts.sign_in(store, NAME, PASSWORD + "x", at=at)


@pytest.mark.parametrize(("name", "title", "password", "words"), [
    ("a b", TITLE, PASSWORD, "不能用"), ("陈静", TITLE, PASSWORD, "不能用"),
    (NAME, "  ", PASSWORD, "没有写明姓名"), (NAME, TITLE, "short", "密码长度不对"),
    ("taken", TITLE, PASSWORD, "已经有了")])
def test_accounts_that_cannot_be(store: HqStore, name: str, title: str, password: str,
                                 words: str) -> None:
    accounts.add_account(store, "taken", TITLE, PASSWORD, at=NOW)
    with pytest.raises(UserError, match=words) as error:
        accounts.add_account(store, name, title, password, at=NOW)
    assert error.value.remedy.endswith("。")


def test_the_command_line_keeps_accounts(site: Site, capsys: pytest.CaptureFixture[str],
                                         tmp_path_factory: pytest.TempPathFactory) -> None:
    words = tmp_path_factory.mktemp("words") / "password"
    words.write_text("竹影扫阶尘不动，月穿潭底\n", "utf-8")
    user = ["headquarters", "user"]
    folder = ["--folder", str(site.world.headquarters)]
    assert main([*user, "add", *folder, "lilei", "--title", "李雷", "--password-file", str(words)]) == 0
    assert main([*user, "list", *folder]) == 0
    assert "lilei　李雷　可以登录" in capsys.readouterr().out
    with site.client() as client:
        answer = client.post("/login", headers=SAME, data={
            "name": "lilei", "password": words.read_text("utf-8").strip()})
        assert answer.status_code == 303
        assert client.get("/").status_code == 200
        assert main([*user, "remove", *folder, "lilei"]) == 0
        assert client.get("/").status_code == 303
    assert main([*user, "remove", *folder, "lilei"]) == 1
    assert "没有用户" in capsys.readouterr().err


def _looks(store: HqStore, what: str) -> int:
    with store.read() as connection:
        return sum(e.what == what for e in accounts.looked(connection))


def _film(client: httpx.Client, package: str) -> str:
    case = client.get(f"/cases/{package}").text
    return next(x for x in links(case, f"/cases/{package}/objects/") if "download" not in x)


def test_whatever_is_given_is_on_record(site: Site) -> None:
    """A film from its second byte and a page of a paper by itself are looks as well; asking how long it is, is none."""
    package, store = site.case.package, open_store(HqFolder(site.world.headquarters))
    with site.signed_in() as client:
        film = _film(client, package)
        before = _looks(store, "played")
        head = client.head(film)
        assert int(head.headers["Content-Length"]) > 1000 and head.content == b""
        assert client.get(film, headers={"Range": "bytes=999999999-"}).status_code == 416
        assert _looks(store, "played") == before
        for _ in range(3):
            assert client.get(film, headers={"Range": "bytes=1-"}).status_code == 206
        assert _looks(store, "played") == before + 1
        assert client.get(film).status_code == 200
        assert _looks(store, "played") == before + 2
    with site.signed_in() as client:
        papers = links(client.get(f"/cases/{package}").text, f"/cases/{package}/papers/")
        before = _looks(store, "paper")
        for number in (1, 2):
            assert client.get(f"{papers[0]}/{number}.png").status_code == 200
        assert _looks(store, "paper") == before + 1
        case = client.get(f"/looked?package={package}").text
        assert "只看一个案件" in case and f"{TITLE}（{NAME}）" in case and "退出" in case
        only = client.get("/looked?package=00000000-0000-4000-8000-000000000000").text
        assert "还没有人查阅过" in only
    store.close()


def test_a_download_goes_on_where_it_broke_off(site: Site) -> None:
    with site.signed_in() as client:
        film = _film(client, site.case.package) + "?download=1"
        whole = client.get(film)
        mark = whole.headers["ETag"]
        assert mark == f'"{sha256_hex(whole.content)}"'
        rest = client.get(film, headers={"Range": "bytes=100-", "If-Range": mark})
        assert (rest.status_code, rest.content) == (206, whole.content[100:])
        other = client.get(film, headers={"Range": "bytes=100-", "If-Range": '"another file"'})
        assert (other.status_code, other.content) == (200, whole.content)


def test_what_laptops_sent_is_a_guest_in_the_browser(site: Site) -> None:
    package = site.case.package
    with site.signed_in() as client:
        case = client.get(f"/cases/{package}").text
        kinds = {}
        for link in links(case, f"/cases/{package}/objects/"):
            told = client.head(link.removesuffix("?download=1")).headers
            assert "sandbox" in told["Content-Security-Policy"] and told["X-Content-Type-Options"] == "nosniff"
            assert "no-store" in told["Cache-Control"]
            kinds[told["Content-Type"]] = told["Content-Disposition"].partition(";")[0]
        assert {kind for kind, way in kinds.items() if way == "inline"} == {"video/mp4", "image/jpeg"}
        assert "application/pdf" not in kinds and kinds["application/octet-stream"] == "attachment"
        style = client.get("/static/console.css").headers
        assert (style["Cache-Control"], style["X-Content-Type-Options"]) == ("no-cache", "nosniff")


def test_signing_in_leads_back_and_nowhere_else(site: Site) -> None:
    package = site.case.package
    with site.client() as client:
        for path in (f"/cases/{package}", f"/cases/{package}?photos=2", "/?q=%E6%A3%80%E6%9F%A5&page=1", "/receipts"):
            asks = client.get(path)
            page = client.get(asks.headers["location"]).text
            assert "登录后回到刚才那一页" in page
            to = unescape(re.findall(r'name="to" value="([^"]+)"', page)[0])
            made = client.post("/login", data={"name": NAME, "password": PASSWORD, "to": to}, headers=SAME)
            assert made.headers["location"] == path and client.get(path).status_code == 200
            client.cookies.clear()
        for to in ("//evil.example", "https://evil.example", "/\\evil.example", "/logout", "/cases/1", "javascript:1",
                   f"/cases/{package}/raised/{package}?download=1", "/?q=\r\nSet-Cookie: a=b", "/receipts\n"):
            assert 'name="to"' not in client.get("/login", params={"to": to}).text
            made = client.post("/login", data={"name": NAME, "password": PASSWORD, "to": to}, headers=SAME)
            assert made.headers["location"] == "/", to
            client.cookies.clear()


def test_how_long_a_refusal_takes_tells_nothing(site: Site) -> None:
    with site.client() as client:
        for name in (NAME, "nobody", "某人"):
            told = client.post("/login", data={"name": name, "password": "wrong password"}, headers=SAME)
            assert told.status_code == 403 and told.elapsed >= timedelta(seconds=1), name


def test_a_reason_outlives_the_session(site: Site) -> None:
    with site.client() as client:
        place, why = f"/cases/{site.case.package}/return", "笔录缺<见证人>签名，请补正"
        told = client.post(place, data={"form": "x", "reason": why}, headers=SAME)
        assert told.status_code == 403 and "笔录缺&lt;见证人&gt;签名，请补正</textarea>" in told.text
        assert client.post(place, data={"form": "x", "reason": why}).status_code == 400


def test_a_page_that_is_not_there_keeps_its_way_out(site: Site) -> None:
    with site.signed_in() as client:
        gone = client.get("/cases/00000000-0000-4000-8000-000000000000")
        assert gone.status_code == 404 and "没有这一页" in gone.text and 'href="/quarantine"' in gone.text


def test_stretches_follow_the_rules_of_http() -> None:
    assert asked_stretch("", 10).whole and asked_stretch("bytes=-", 10).whole
    assert (asked_stretch("bytes=-20", 10).first, asked_stretch("bytes=3-", 10).length) == (0, 7)
    for bad in ("bytes=10-", "bytes=5-4", "bytes=-0"):
        with pytest.raises(NoSuchRange):
            asked_stretch(bad, 10)


def test_a_file_that_is_no_paper_is_told() -> None:
    for data in (b"", b"%PDF-1.7\n", bytes(5000), Identity.generate().secret_text().encode()):
        with pytest.raises(UserError, match="画不出来"):
            draw_page(data, 1)


def test_a_browser_of_yesterday_gets_no_plain_http(site: Site) -> None:
    with httpx.Client(trust_env=False) as client, pytest.raises(httpx.HTTPError):
        client.get(site.address.replace("https", "http"))
