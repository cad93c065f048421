"""The print dialog driven through its widgets, against a real printer with real troubles."""

from collections.abc import Callable, Iterator
from typing import Any

import pypdfium2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from field_app.actions.print_log import print_log
from field_app.actions.print_profiles import PrinterProfile, Profiles, load_profiles
from field_app.cli.demo.photographs import Photographer
from field_app.cli.demo.world import World
from field_app.domain.case import PaperRecord
from field_app.ui.blank_forms import BlankFormsDialog
from field_app.ui.print_dialog import PrintDialog
from field_app.ui.print_log import PrintLogDialog


@pytest.fixture
def officer(world: World, printer: Any) -> Iterator[Photographer]:
    """At the desk, logged in, with a printer beside it."""
    made = Photographer(world.laptop.data, world.pictures)
    made.log_in()
    yield made
    made.close()


@pytest.fixture
def paper(officer: Photographer, issue: Callable[..., PaperRecord]) -> PaperRecord:
    made = issue(officer.window.shell.officers)
    officer.window.open_case(made.case)
    officer.until(lambda: officer.window.desk.desk is not None)
    return made


def _dialog(officer: Photographer) -> PrintDialog:
    officer.until(lambda: isinstance(officer.window.printing.dialog, PrintDialog))
    dialog = officer.window.printing.dialog
    assert isinstance(dialog, PrintDialog)
    officer.until(dialog.choice.print_.isEnabled)
    return dialog


def _results(officer: Photographer, paper: PaperRecord) -> list[str]:
    return [line.result for line in print_log(officer.window.shell.officers, paper.case)]


def test_one_page_that_jammed_is_printed_again_by_itself(
        officer: Photographer, paper: PaperRecord, printer: Any) -> None:
    assert paper.pages > 1
    officer.window.printing.start(paper)
    dialog = _dialog(officer)
    [page], [copies] = dialog.choice.pages, dialog.choice.copies
    page.setCurrentIndex(page.findData(2))
    assert copies.box.value() == 1 and "单面约1张纸" in dialog.choice.total.text()
    dialog.choice.print_.click()
    officer.until(dialog.finish.isVisible)
    (sent,) = printer.received(1)
    with pypdfium2.PdfDocument(sent) as pdf:
        assert len(pdf) == 1 and "第2页" in "".join(pdf[0].get_textpage().get_text_range().split())
    (line,) = print_log(officer.window.shell.officers, paper.case)
    assert (line.page, line.copies) == (2, 1)


def test_a_step_is_printed_with_one_click(
        officer: Photographer, paper: PaperRecord, printer: Any) -> None:
    officer.window.desk.step.print_all.emit()
    dialog = _dialog(officer)
    assert dialog.choice.printer.currentText() == printer.name
    assert dialog.choice.copies[0].box.value() == 2
    officer.until(lambda: dialog.choice.state.text() == "没有装A4纸")
    QTest.keyClick(dialog.choice.copies[0].box, Qt.Key.Key_Up)
    assert "3份" in dialog.choice.total.text()
    dialog.choice.print_.click()
    officer.until(dialog.finish.isVisible)
    assert dialog.told.text() == "全部印出。"
    assert len(printer.received(1)) == 1
    dialog.finish.click()
    officer.window.printing.log(paper.case, paper)
    officer.until(lambda: isinstance(officer.window.printing.dialog, PrintLogDialog))
    log = officer.window.printing.dialog
    assert isinstance(log, PrintLogDialog)
    cells = [item.text() for n in range(log.table.columnCount())
             if (item := log.table.item(0, n)) is not None]
    assert cells[2:6] == [paper.number, "3份", printer.name, "已印出"]
    assert cells[7] == paper.pdf_sha256[:12]
    log.accept()


def test_no_paper_is_told_and_cancelling_is_the_officers_word(
        officer: Photographer, paper: PaperRecord, printer: Any) -> None:
    printer.be_in_trouble("media-empty-error")
    officer.window.printing.start(paper)
    dialog = _dialog(officer)
    dialog.choice.print_.click()
    officer.until(lambda: dialog.told.text() == "打印机缺纸。")
    assert "A4纸" in dialog.remedy.text()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()  # Only the two buttons end a print half-way.
    dialog.cancel.click()
    officer.until(dialog.finish.isVisible)
    assert "已取消" in dialog.told.text()
    assert _results(officer, paper) == ["已取消"]
    printer.be_in_trouble()
    printer.switch_off()
    printer.switch_on()
    dialog.again.click()
    officer.until(dialog.choice.print_.isEnabled)
    dialog.choice.print_.click()
    officer.until(dialog.finish.isVisible)
    assert _results(officer, paper) == ["已印出", "已取消"]
    dialog.finish.click()


def test_a_printer_that_is_off_keeps_the_job(
        officer: Photographer, paper: PaperRecord, printer: Any) -> None:
    printer.switch_off()
    officer.window.printing.start(paper)
    dialog = _dialog(officer)
    officer.until(lambda: dialog.choice.state.text() == "打印机没有应答")
    assert dialog.choice.advice.isVisible() and dialog.choice.paper.text() == "A4（210×297毫米）"
    dialog.choice.print_.click()
    officer.until(lambda: dialog.told.text() == "打印机没有应答。")
    dialog.leave.click()
    officer.until(lambda: "打印队列" in officer.window.banner.text)
    assert officer.window.printing.dialog is None
    assert _results(officer, paper) == ["留在打印队列"]
    printer.switch_on()
    assert len(printer.received(1)) == 1


def test_without_a_printer_only_what_to_do_is_told(officer: Photographer, paper: PaperRecord) -> None:
    officer.window.printing.start(paper)
    choice = _dialog(officer).choice
    assert choice.paper.isVisible() and choice.moved.isVisible()
    choice.show_printers([], Profiles())
    assert choice.advice.isVisible() and "便携打印机" in choice.advice.text()
    assert not choice.paper.isVisible() and not choice.moved.isVisible()


def test_blank_forms_are_found_and_printed(officer: Photographer, printer: Any) -> None:
    officer.window.printing.blank_forms()
    chooser = officer.window.printing.dialog
    assert isinstance(chooser, BlankFormsDialog)
    assert sum(bool(chooser.list.item(n).flags()) for n in range(chooser.list.count())) == 98
    QTest.keyClicks(chooser.search, "g2-02")
    (only,) = [chooser.list.item(n) for n in range(chooser.list.count())
               if chooser.list.item(n).flags()]
    assert only.text() == "G2-02　询问笔录"
    chooser.list.setCurrentItem(only)
    QTest.keyClick(chooser.list, Qt.Key.Key_Space)
    chooser.search.setText("没有这种")
    assert chooser.count.text() == "已选1种"
    chooser.print_.click()
    dialog = _dialog(officer)
    dialog.choice.print_.click()
    officer.until(dialog.finish.isVisible)
    assert len(printer.received(1)) == 1
    dialog.finish.click()


def test_an_offset_is_set_and_kept(officer: Photographer, printer: Any) -> None:
    window = officer.window
    window.go("settings")
    printers = window.settings.printers
    officer.until(lambda: printers.printer.currentText() == printer.name)
    printers.right.setValue(2.5)
    printers.down.setValue(-1)
    printers.save.click()
    officer.until(lambda: "右移2.5毫米、上移1毫米" in window.banner.text)
    kept = load_profiles(window.shell.context).of(printer.name)
    assert kept == PrinterProfile(right_um=2500, down_um=-1000)
    printers.test_.click()
    dialog = _dialog(officer)
    assert dialog.choice.moved.text() == "右移2.5毫米、上移1毫米"
    dialog.choice.print_.click()
    officer.until(dialog.finish.isVisible)
    assert len(printer.received(1)) == 1
    dialog.finish.click()
