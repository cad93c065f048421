"""Before they set out officers see how printer and battery stand, and whether days off are known."""

import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel

from field_app.actions import check_equipment as equipment
from field_app.actions.check_equipment import check_equipment
from field_app.actions.check_readiness import Check, Light, calendar_check, worst_first
from field_app.actions.context import Session
from field_app.actions.print_cups import CupsPrinting
from field_app.actions.print_document import paper_item, start_print
from field_app.actions.print_profiles import remember_printer
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from field_app.domain.case import PaperRecord
from field_app.domain.workdays import Calendar, shipped_calendar

_CUPS = CupsPrinting()
Charge = Callable[..., Path]


@pytest.fixture
def charge(tmp_path: Path) -> Charge:
    """A machine's supplies as Linux shows them; without words it has no battery."""
    def make(**words: str) -> Path:
        folder = tmp_path / "power_supply"
        (folder / "AC").mkdir(parents=True, exist_ok=True)
        (folder / "AC" / "type").write_text("Mains\n")
        if words:
            (folder / "BAT0").mkdir(exist_ok=True)
            for name, text in {"type": "Battery", **words}.items():
                (folder / "BAT0" / name).write_text(f"{text}\n")
        return folder

    return make


def _lines(world: World, supplies: Path) -> dict[str, tuple[Light, str, str]]:
    return {c.name: (c.light, c.text, c.remedy) for c in check_equipment(world.laptop, _CUPS, supplies=supplies)}


def test_the_printer_tells_how_it_stands(
        world: World, session: Session, printer: Any, record: PaperRecord, charge: Charge) -> None:
    supplies = charge()
    assert _lines(world, supplies) == {
        "打印机": (Light.AMBER, f"{printer.name}：没有装A4纸", "请装入A4纸")}, "Letter lies in this printer"
    printer.be_in_trouble("media-empty")
    start_print(session, _CUPS, paper_item(record), printer=printer.name, copies=1)
    end = time.monotonic() + 30
    while "缺纸" not in _lines(world, supplies)["打印机"][1]:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert _lines(world, supplies)["打印机"] == (Light.RED, f"{printer.name}：打印机缺纸", "请装入A4纸")
    printer.be_in_trouble()
    printer.received(1)
    printer.switch_off()
    light, text, remedy = _lines(world, supplies)["打印机"]
    assert light is Light.RED and "没有应答" in text and "开机" in remedy and "自动继续" not in remedy
    printer.switch_on()
    remember_printer(world.laptop, "another one, gone since")
    assert _lines(world, supplies)["打印机"][1].startswith(printer.name)


def test_no_printer_and_no_print_service_are_two_things(
        world: World, printer: Any, charge: Charge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUPS_SERVER", "localhost:9")
    assert not _CUPS.answers()
    light, text, remedy = _lines(world, charge())["打印机"]
    assert light is Light.RED and text == "打印服务没有应答" and "重新启动" in remedy
    monkeypatch.setenv("CUPS_SERVER", printer.service)
    assert _CUPS.answers()
    monkeypatch.setattr(CupsPrinting, "printers", lambda _self: [])  # One with none set up.
    light, text, remedy = _lines(world, charge())["打印机"]
    assert light is Light.AMBER and text == "没有打印机" and "接好" in remedy


@pytest.mark.parametrize(("words", "light", "text", "remedy"), [
    ({"capacity": "97", "status": "Discharging"}, Light.GREEN, "97%，没有接电源", ""),
    ({"capacity": "50", "status": "Discharging"}, Light.GREEN, "50%，没有接电源", ""),
    ({"capacity": "49", "status": "Discharging"}, Light.AMBER, "49%，没有接电源", "请接上电源，充到50%以上再出发"),
    ({"capacity": "20", "status": "Discharging"}, Light.RED, "20%，没有接电源", "请接上电源，充到50%以上再出发"),
    ({"capacity": "100", "status": "Full"}, Light.GREEN, "100%，已接电源", ""),
    ({"capacity": "12", "status": "Charging"}, Light.AMBER, "12%，已接电源", "请充到50%以上再出发，并带上电源")])
def test_the_battery_is_full_enough_to_set_out(
        charge: Charge, words: dict[str, str], light: Light, text: str, remedy: str) -> None:
    assert equipment._battery(charge(**words)) == Check("电池", light, text, remedy)


def test_a_machine_without_a_battery_has_no_line_of_it(charge: Charge) -> None:
    assert equipment._battery(charge()) is None
    assert equipment._battery(charge(capacity="80", status="Discharging", scope="Device")) is None, "a mouse's"


@pytest.mark.parametrize(("day", "light", "text"), [
    (date(2026, 11, 27), Light.GREEN, "到2026年底都有"),
    (date(2026, 12, 3), Light.GREEN, "到2026年底都有"),  # Its twentieth working day is the last of the year.
    (date(2026, 12, 4), Light.AMBER, "没有2027年的，今天起算的期限可能跨到2027年"),
    (date(2026, 12, 31), Light.AMBER, "没有2027年的，今天起算的期限可能跨到2027年"),
    (date(2027, 1, 1), Light.RED, "没有2027年的，按工作日计的期限算不出来"),
    (date(2024, 12, 31), Light.GREEN, "到2026年底都有")])
def test_days_off_that_are_not_known_are_told_before_a_term_needs_them(day: date, light: Light, text: str) -> None:
    known = Calendar(frozenset(range(2019, 2027)), shipped_calendar().off, shipped_calendar().worked)
    found = calendar_check(known, day)
    assert (found.name, found.light, found.text) == ("放假安排", light, text)
    assert ("2027年放假安排" in found.remedy) == (light is not Light.GREEN)
    assert calendar_check(known.joined(Calendar(frozenset({2027}))), day).light is Light.GREEN


@pytest.fixture
def officer(world: World, printer: Any) -> Iterator[Photographer]:
    made = Photographer(world.laptop.data, world.pictures)
    made.log_in()
    yield made
    made.close()


def test_today_shows_them_among_the_others(
        officer: Photographer, printer: Any, charge: Charge, monkeypatch: pytest.MonkeyPatch) -> None:
    supplies = charge(capacity="31", status="Discharging")
    monkeypatch.setattr(equipment.check_equipment, "__kwdefaults__", {"supplies": supplies})
    page = officer.window.today
    officer.window.go("today")
    officer.until(lambda: {"打印机", "电池", "放假安排"} <= {c.name for c in page._checks})
    names = [c.name for c in page._checks]
    assert len(names) == len(set(names)) and page._checks == worst_first(page._checks)
    shown = [one.text() for one in page.findChildren(QLabel) if one.isVisible()]
    assert f"{printer.name}：没有装A4纸" in shown and "31%，没有接电源" in shown
    officer.take("today-equipment")
    officer.window.go("today")
    officer.until(lambda: True)
    assert sorted(c.name for c in page._checks) == sorted(names), "each once, however often it is looked at"
