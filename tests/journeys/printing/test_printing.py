"""Papers go to a real printer as they were sealed; each trouble is told, and nothing is lost."""

import hashlib
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pypdfium2
import pytest

from field_app.actions.case_desk import case_desk
from field_app.actions.context import Session
from field_app.actions.fill_document import (
    issue_paper,
    paper_files,
    save_draft,
    start_paper,
)
from field_app.actions.number_document import void_paper
from field_app.actions.print_cups import CupsPrinting
from field_app.actions.print_document import (
    PrintItem,
    PrintJob,
    cancel_print,
    follow_print,
    leave_print,
    paper_item,
    start_print,
)
from field_app.actions.print_log import print_log
from field_app.actions.print_profiles import PrinterProfile, keep_profile, load_profiles
from field_app.actions.print_set import step_papers
from field_app.actions.printing import JobState, Stage, Trouble
from field_app.cli.demo.day import sample_answers, typed
from field_app.domain.case import PaperRecord, PaperState
from field_app.errors import UserError
from field_app.storage import events, papers

_CUPS = CupsPrinting()
_WAIT_S = 30


def _until(session: Session, job: PrintJob, seen: Callable[[JobState], bool]) -> JobState:
    end = time.monotonic() + _WAIT_S
    while not seen(state := follow_print(session, _CUPS, job)):
        assert time.monotonic() < end, state
        time.sleep(0.1)
    return state


def _printed(state: JobState) -> bool:
    return state.stage.final


def _bodies(session: Session, case: str, kind: str) -> list[dict[str, Any]]:
    with session.begin() as tx:
        return [e.members()["body"] for e in events.of_case(tx, case)
                if e.members()["typ"] == kind]


def test_the_very_bytes_are_printed(session: Session, printer: Any, record: PaperRecord) -> None:
    assert _CUPS.printers() == [printer.name]
    state = _CUPS.state(printer.name)
    # Letter lies in this printer, and it says so.
    assert (state.trouble, state.accepting, state.has_a4) == (None, True, False)
    previewed, _docx = paper_files(session, record, why="viewed")
    item = paper_item(record)
    assert (item.copies, item.holders) == (2, "1份入卷，1份交当事人")
    job = start_print(session, _CUPS, item, printer=printer.name, copies=item.copies)
    assert _until(session, job, _printed).stage is Stage.PRINTED
    (received,) = printer.received(1)
    assert received == previewed
    assert hashlib.sha256(received).hexdigest() == record.pdf_sha256
    (started,) = _bodies(session, record.case, "print_started")
    assert (started["copies"], started["printer"], started["pdf_sha256"], started["sent_sha256"],
            started["offset_um"]) == (2, printer.name, record.pdf_sha256, record.pdf_sha256, [0, 0])
    (line,) = print_log(session, record.case, record.id)
    assert (line.result, line.good, line.copies, line.number) == ("已印出", True, 2, record.number)
    assert line.officers == tuple(o.name for o in session.pair.both)
    assert load_profiles(session.context).last == printer.name


def _boxes(pdf: bytes) -> tuple[list[tuple[float, float]], list[str]]:
    """Where each character of a PDF stands, in points, and each page's text."""
    spots, texts = [], []
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            text = page.get_textpage()
            spots += [text.get_charbox(n)[:2] for n in range(text.count_chars())]
            texts.append(text.get_text_range())
            text.close()
            page.close()
    return spots, texts


def test_an_offset_only_moves_the_pages(
        session: Session, printer: Any, record: PaperRecord) -> None:
    keep_profile(session.context, printer.name, PrinterProfile(right_um=3000, down_um=-1500))
    job = start_print(session, _CUPS, paper_item(record), printer=printer.name, copies=1)
    assert _until(session, job, _printed).stage is Stage.PRINTED
    (received,) = printer.received(1)
    sealed, _docx = paper_files(session, record, why="viewed")
    (before, words), (after, moved_words) = _boxes(sealed), _boxes(received)
    assert words == moved_words
    assert len(before) > 300
    for (x, y), (new_x, new_y) in zip(before, after, strict=True):
        assert abs(new_x - x - 3 / 25.4 * 72) < 0.02
        assert abs(new_y - y - 1.5 / 25.4 * 72) < 0.02
    (started,) = _bodies(session, record.case, "print_started")
    assert started["pdf_sha256"] == record.pdf_sha256
    assert started["sent_sha256"] == hashlib.sha256(received).hexdigest() != record.pdf_sha256
    assert started["offset_um"] == [3000, -1500]
    (line,) = print_log(session, record.case)
    assert line.moved == "右移3毫米、上移1.5毫米"


@pytest.mark.parametrize(("reason", "trouble"), [
    ("cover-open-error", Trouble.COVER_OPEN),
    pytest.param("media-jam-error", Trouble.JAM, marks=pytest.mark.soak)])
def test_a_waiting_printer_says_why_and_goes_on(
        session: Session, printer: Any, record: PaperRecord, reason: str,
        trouble: Trouble) -> None:
    printer.be_in_trouble(reason)
    job = start_print(session, _CUPS, paper_item(record), printer=printer.name, copies=1)
    told = _until(session, job, lambda s: s.trouble is trouble)
    assert told.stage is Stage.PRINTING
    assert _CUPS.state(printer.name).trouble is trouble
    printer.be_in_trouble()
    assert _until(session, job, _printed).stage is Stage.PRINTED
    assert [line.result for line in print_log(session, record.case)] == ["已印出"]


def test_a_printer_that_dies_in_the_middle_prints_when_it_is_back(
        session: Session, printer: Any, record: PaperRecord) -> None:
    printer.be_in_trouble("media-empty-error")
    job = start_print(session, _CUPS, paper_item(record), printer=printer.name, copies=1)
    _until(session, job, lambda s: s.trouble is Trouble.PAPER_OUT)
    printer.switch_off()
    assert _until(session, job, lambda s: s.trouble is Trouble.AWAY).stage is Stage.PRINTING
    assert "没有应答" in Trouble.AWAY.what
    state = cancel_print(session, _CUPS, job)
    assert state.stage is Stage.CANCELLED
    printer.be_in_trouble()
    # Off from the start: the job waits, and comes out once the printer is there.
    later = start_print(session, _CUPS, paper_item(record), printer=printer.name, copies=1)
    _until(session, later, lambda s: s.trouble is Trouble.AWAY)
    assert not leave_print(session, _CUPS, later).stage.final
    results = [line.result for line in print_log(session, record.case)]
    assert results == ["留在打印队列", "已取消"]
    printer.switch_on()
    sealed, _docx = paper_files(session, record, why="viewed")
    assert sealed in printer.received(1)
    with session.begin() as tx:
        kept = papers.get(tx, record.id)
    assert (kept.state, kept.pdf_sha256) == (PaperState.ISSUED, record.pdf_sha256)


def test_refusals_print_nothing(
        session: Session, printer: Any, record: PaperRecord, tmp_path: Any,
        monkeypatch: pytest.MonkeyPatch) -> None:
    item = paper_item(record)
    with pytest.raises(UserError, match="没有接收"):
        start_print(session, _CUPS, item, printer="gone", copies=1)
    assert [line.result for line in print_log(session, record.case)] == ["打印机没有接收"]
    for copies in (0, 21):
        with pytest.raises(UserError, match="份数"):
            start_print(session, _CUPS, item, printer=printer.name, copies=copies)
    void = void_paper(session, record.id, "当事人名称写错")
    with pytest.raises(UserError, match="作废"):
        paper_item(void)
    with monkeypatch.context() as bare:
        bare.setenv("PATH", str(tmp_path))
        _no_service(session, printer)


def _no_service(session: Session, printer: Any) -> None:
    assert _CUPS.printers() == []
    with pytest.raises(UserError, match="没有应答"):
        start_print(session, _CUPS, PrintItem(title="打印测试页"), printer=printer.name, copies=1)


def test_a_step_prints_as_one_set(
        session: Session, printer: Any, record: PaperRecord) -> None:
    """The order of the procedure, each paper with its copies; what is not issued is told."""
    step = case_desk(session, record.case).step("inspection").step
    draft = start_paper(session, record.case, step.id, "G1-03")
    found = step_papers(session, record.case, step.id)
    assert [(i.title, i.copies) for i in found.items] == [("现场检查笔录", 2)]
    assert draft.title in found.missing
    second = start_paper(session, record.case, step.id, "G1-04")
    later = {"start_at": _shifted(record.answers["end_at"], 10),
             "end_at": _shifted(record.answers["end_at"], 40), "av_refs": ["执法记录仪-08"]}
    save_draft(session, second.id, typed(second.answers, sample_answers("G1-04")) | later)
    issue_paper(session, second.id)
    jobs = [start_print(session, _CUPS, item, printer=printer.name, copies=item.copies)
            for item in step_papers(session, record.case, step.id).items]
    assert len(jobs) == 2
    for job in jobs:
        assert _until(session, job, _printed).stage is Stage.PRINTED
    received = printer.received(2)
    assert [hashlib.sha256(r).hexdigest() for r in received] == [
        j.item.paper.pdf_sha256 for j in jobs if j.item.paper is not None]
    assert len(print_log(session, record.case)) == 2


def _shifted(moment: str, minutes: int) -> str:
    return (datetime.fromisoformat(moment) + timedelta(minutes=minutes)).isoformat()


def test_blank_forms_and_the_test_page_are_printed_and_noted(
        session: Session, printer: Any) -> None:
    items = [PrintItem(title="询问笔录", form="G2-02"), PrintItem(title="打印测试页")]
    for item in items:
        job = start_print(session, _CUPS, item, printer=printer.name, copies=1)
        assert _until(session, job, _printed).stage is Stage.PRINTED
    blank, test = printer.received(2)
    assert "询问笔录" in _boxes(blank)[1][0]
    assert "空白 手工填写" in _boxes(blank)[1][0]
    assert printer.name in _boxes(test)[1][0]
    started = _bodies(session, "", "print_started")
    assert [(s["kind"], s["form"], s["number"]) for s in started] == [
        ("blank", "G2-02", ""), ("test_page", "", "")]
