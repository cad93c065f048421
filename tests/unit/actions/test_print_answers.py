"""What print tools answer is read within bounds, and every reason finds its words."""

import plistlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.actions.context import AppContext
from field_app.actions.print_cups import CupsPrinting, read_answer
from field_app.actions.print_profiles import (
    MAX_OFFSET_UM,
    PrinterProfile,
    keep_profile,
    load_profiles,
    moved_pages,
    remember_printer,
)
from field_app.actions.printing import PrinterState, Stage, Trouble
from field_app.domain.clock import SystemClock
from field_app.paths import DataFolder


@pytest.fixture
def context(tmp_path: Path) -> AppContext:
    return AppContext(SystemClock(), DataFolder(tmp_path))


def _answer(**attributes: Any) -> bytes:
    return plistlib.dumps({"Tests": [{
        "Successful": True, "ResponseAttributes": [{"attributes-charset": "utf-8"}, attributes]}]})


def _tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, printer: bytes = b"",
           job: bytes = b"") -> CupsPrinting:
    """Print tools that say what they are told to: what no real printer here can be made to say."""
    for name, said in (("printer.test", printer), ("job.test", job)):
        (tmp_path / name).write_bytes(said)
    ipptool = tmp_path / "ipptool"
    ipptool.write_text(
        f'#!/bin/sh\nfor last; do :; done\n/bin/cat {tmp_path}/"${{last##*/}}"\n', "utf-8")
    lpstat = tmp_path / "lpstat"
    lpstat.write_text("#!/bin/sh\necho localhost:631\n", "utf-8")
    for tool in (ipptool, lpstat):
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return CupsPrinting()


@pytest.mark.parametrize(("reasons", "trouble"), [
    ("none", None), ("media-low-warning", None), ("media-empty-warning", Trouble.PAPER_OUT),
    (["toner-low-report", "door-open-error"], Trouble.COVER_OPEN),
    (["media-jam-error", "media-needed-report"], Trouble.PAPER_OUT),
    ("offline-report", Trouble.AWAY), ("connecting-to-device", Trouble.CONNECTING),
    ("toner-empty", Trouble.INK_OUT), ("moving-to-paused", Trouble.STOPPED),
    ("fuser-over-temp-error", Trouble.OTHER), ("fuser-over-temp-report", None),
    (["x" * 10_000, 7, None], None)])
def test_a_printers_reasons_become_one_trouble(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reasons: Any,
        trouble: Trouble | None) -> None:
    told = reasons if isinstance(reasons, str) else [r for r in reasons if r is not None]
    usb = _answer(**{"printer-state": 3, "printer-state-reasons": told,
                     "device-uri": "usb://HP/OfficeJet"})
    assert _tools(tmp_path, monkeypatch, printer=usb).state("a").trouble is trouble


def test_a_stopped_queue_and_one_that_takes_nothing(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = _tools(tmp_path, monkeypatch, printer=_answer(**{
        "printer-state": 5, "printer-state-reasons": "none", "printer-is-accepting-jobs": False,
        "media-ready": ["iso_a4_210x297mm"]})).state("a")
    assert state == PrinterState(Trouble.STOPPED, accepting=False, papers=("iso_a4_210x297mm",))
    assert state.has_a4
    assert PrinterState().has_a4 is None


@pytest.mark.parametrize(("state", "stage"), [
    (3, Stage.WAITING), (4, Stage.WAITING), (5, Stage.PRINTING), (6, Stage.WAITING),
    (7, Stage.CANCELLED), (8, Stage.FAILED), (9, Stage.PRINTED), (77, Stage.HANDED_OVER)])
def test_every_job_state_has_its_stage(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: int, stage: Stage) -> None:
    tools = _tools(tmp_path, monkeypatch, printer=_answer(**{"printer-state": 3}),
                   job=_answer(**{"job-state": state, "job-impressions-completed": 2}))
    told = tools.job("a", "a-12")
    assert told.stage is stage
    assert (told.trouble is Trouble.STOPPED) is (state in (4, 6))
    assert tools.job("a", "no number").stage is Stage.HANDED_OVER


def test_too_long_an_answer_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = _tools(tmp_path, monkeypatch, printer=_answer(**{"printer-state": 5, "x": "y" * 600_000}))
    assert tools.state("a") == PrinterState()


@given(st.one_of(st.binary(max_size=300), st.text(max_size=200).map(
    lambda t: f"<?xml version='1.0'?><plist><dict><key>Tests</key>{t}</dict></plist>".encode())))
def test_no_answer_breaks_the_reader(data: bytes) -> None:
    assert read_answer(data) is None


def test_a_failed_request_is_no_answer() -> None:
    told = {"Tests": [{"Successful": False, "ResponseAttributes": [{"job-state": 9}]}]}
    assert read_answer(plistlib.dumps(told)) is None
    assert read_answer(plistlib.dumps({"Tests": []})) is None
    bomb = b'<?xml version="1.0"?><!DOCTYPE p [<!ENTITY a "x">]><plist><string>&a;</string></plist>'
    assert read_answer(bomb) is None


def test_profiles_are_kept_and_a_broken_file_is_as_if_none(context: AppContext) -> None:
    keep_profile(context, "便携机", PrinterProfile(2500, -1000))
    remember_printer(context, "便携机")
    keep_profile(context, "HP \"x\"", PrinterProfile(0, 300))
    found = load_profiles(context)
    assert (found.last, found.of("便携机")) == ("便携机", PrinterProfile(2500, -1000))
    assert found.of("HP \"x\"").words == "下移0.3毫米"
    assert not found.of("另一台").moved
    path = context.data.root / "printers.json"
    for broken in (b"", b"[]", b"\xff", b"{" * 100_000, b'{"last": "a", "printers": {"a": {}}}',
                   b'{"last": "a", "printers": {"a": {"right_um": 1e9, "down_um": 0}}}',
                   b'{"last": "a", "printers": {"a": {"right_um": 99999999, "down_um": 0}}}'):
        path.write_bytes(broken)
        assert load_profiles(context).of("a") == PrinterProfile()
    with pytest.raises(ValueError, match="micrometres"):
        PrinterProfile(MAX_OFFSET_UM + 1, 0)


def test_nothing_to_move_is_the_very_same_bytes() -> None:
    pdf = b"%PDF-1.7 not even read"
    assert moved_pages(pdf, PrinterProfile()) is pdf
