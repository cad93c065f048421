"""Pages with more, longer and stranger things on them than a demonstration has."""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import escape

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from sqlalchemy import Connection, delete, insert, select

from field_app.headquarters.folder import HqFolder
from field_app.headquarters.store import HqStore, open_store
from field_app.headquarters.tables import case_object, device_alarm, device_contact, receipt, statement
from field_app.packages.receipts import receipt_bytes
from field_app.packages.verdicts import finding
from field_app.protocol.receipt import Receipt, ReceiptReason, Verdict
from tests.journeys.console.conftest import NAME, PASSWORD, Site, links

_HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)>'{{7*7}}"
_TURNED = "现场照片\u202egpj.exe"
_CODES = ("signature_invalid", "file_changed", "officers_missing", "log_gap")


@pytest.fixture
def full(site: Site) -> Iterator[HqStore]:
    """130 photos more, one of them with a name that turns around; refused packages; laptops silent and cloned."""
    store, now, photos = open_store(HqFolder(site.world.headquarters)), datetime.now(UTC), []
    refused, silent = [str(uuid.uuid4()) for _ in range(60)], ["D400", "D-" + "很长" * 15]
    with store.write() as connection:
        one = connection.execute(select(case_object).where(
            case_object.c.package == site.case.package, case_object.c.kind == "photo")).mappings().first()
        assert one is not None
        for number in range(130):
            photos.append(str(uuid.uuid4()))
            connection.execute(insert(case_object).values({
                **one, "id": photos[-1], "ordinal": 500 + number,
                "name": _TURNED if number == 0 else f"{_HOSTILE}{number}"}))
        for number, package in enumerate([*refused, site.case.package]):
            _refuse(connection, package, number, now)
        for device, days in zip(silent, (400, 3), strict=True):
            connection.execute(insert(device_contact).values(
                device=device, at=(now - timedelta(days=days)).isoformat(), road="stick"))
            connection.execute(insert(device_alarm).values(
                device=device, package=site.case.package, revision=1, kind="fork", at=now.isoformat()))
    yield store
    with store.write() as connection:
        connection.execute(delete(case_object).where(case_object.c.id.in_(photos)))
        for table in (statement, receipt):
            connection.execute(delete(table).where(table.c.revision == 7))
        for devices in (device_contact, device_alarm):
            connection.execute(delete(devices).where(devices.c.device.in_(silent)))
    store.close()


def _refuse(connection: Connection, package: str, number: int, now: datetime) -> None:
    why = finding(_CODES[number % len(_CODES)])
    told = Receipt(package, 7, "0" * 64, Verdict.REFUSED, (), (
        ReceiptReason(why.code, why.text, why.remedy, f"data/files/{number}"),
        ReceiptReason("odd", _HOSTILE, "请核实" * 90, "0123456789abcdef" * 20)), "总部",
        now - timedelta(minutes=number))
    connection.execute(insert(statement).values(
        package=package, revision=7, sha256="0" * 64, device="D" + "9" * 31, state="submitted", status="refused",
        data=b"", signature=b""))
    connection.execute(insert(receipt).values(
        package=package, revision=7, verdict="refused", at=told.at.isoformat(), data=receipt_bytes(told),
        signature=b""))


def test_long_lists_come_by_pages(site: Site, full: HqStore) -> None:
    package = site.case.package
    with site.signed_in() as client:
        seen: list[str] = []
        for number in (1, 2, 3):
            page = client.get(f"/cases/{package}?photos={number}").text
            assert f"第{number}页，共3页" in page and "131张" in page
            seen += [link for link in links(page.split('id="photos"')[1], f"/cases/{package}/objects/")
                     if link.endswith("?download=1")]
        assert len(set(seen)) >= 131
        assert client.get(f"/cases/{package}?photos=999").text.count("第3页，共3页") == 2
        first, second = client.get("/quarantine").text, client.get("/quarantine?page=2").text
        assert "61版" in first and first.count("不予接收</span>") == 50 and second.count("不予接收</span>") == 11
        assert "data/files/0<" in first and "data/files/59<" in second
        # A case that was received is named; what never was leads nowhere.
        assert site.case.local_no in second and first.count("还没有收下过，不能查阅") == 50
        for page in (first, second):
            assert all(client.get(link).status_code == 200 for link in links(page, "/cases/"))


def test_nothing_that_a_laptop_says_becomes_part_of_a_page(site: Site, full: HqStore, browser: WebDriver,
                                                           until: Callable[[Callable[[], object]], None]) -> None:
    browser.get(site.address + "/receipts")
    if browser.find_elements(By.NAME, "password"):
        browser.find_element(By.NAME, "name").send_keys(NAME)
        browser.find_element(By.NAME, "password").send_keys(PASSWORD)
        browser.find_element(By.CSS_SELECTOR, "main button").click()
        until(lambda: browser.find_elements(By.TAG_NAME, "table"))
    for path in (f"/cases/{site.case.package}", "/quarantine", "/receipts", "/devices", "/"):
        browser.get(site.address + path)
        assert browser.find_elements(By.CSS_SELECTOR, "script, img[src='x']") == []
        assert escape(_HOSTILE[2:30]) in browser.page_source or path in ("/devices", "/")
        assert "\u202e" not in browser.page_source and "49" not in browser.find_element(By.TAG_NAME, "h1").text
        for width in (1366, 390):
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                "width": width, "height": 768, "deviceScaleFactor": 1, "mobile": False})
            assert browser.execute_script(
                "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"), (path, width)
    # On a telephone an alarm does not press the number of its laptop into one character a line.
    browser.get(site.address + "/devices")
    number: object = browser.execute_script(
        "const cell = [...document.querySelectorAll('td')].find(td => td.textContent.trim() === 'D400');"
        "return cell.getBoundingClientRect().height < 40")
    assert number
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.delete_all_cookies()
