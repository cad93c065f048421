"""The way Windows prints, tried with Qt's printer: pages, size and place are the paper's own."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication

from field_app.actions.print_profiles import PrinterProfile
from field_app.actions.print_test_page import test_page as make_test_page
from field_app.actions.printing import Stage
from field_app.cli.demo.day import sample_answers
from field_app.documents.render import PaperFacts, render
from field_app.forms import load_form
from field_app.ui.print_qt import draw_on

_A4_MM = (210, 297)


@pytest.fixture(scope="module")
def application() -> Iterator[Any]:
    yield QApplication.instance() or QApplication(["field-app"])


def _pages(pdf: bytes) -> list[tuple[tuple[float, float], Any]]:
    """Each page's size in millimetres and how dark it is, at 50 points an inch."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [(tuple(side / 72 * 25.4 for side in page.get_size()),
                 255 - page.render(scale=50 / 72, grayscale=True).to_numpy().astype(int))
                for page in document]


def _same_place(left: Any, right: Any) -> bool:
    """Whether the ink of two pages lies in the same rows and columns, within half a millimetre."""
    for axis in (0, 1):
        a, b = (np.flatnonzero(page.squeeze().sum(axis=axis) > 200) for page in (left, right))
        if abs(int(a[0]) - int(b[0])) > 1 or abs(int(a[-1]) - int(b[-1])) > 1:
            return False
    return True


def test_pages_keep_number_size_and_place(application: Any, tmp_path: Path) -> None:
    pdf = render(load_form("G1-04"), sample_answers("G1-04"), PaperFacts()).pdf
    file = tmp_path / "printed.pdf"
    device = QPrinter(QPrinter.PrinterMode.HighResolution)
    device.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    device.setOutputFileName(str(file))
    draw_on(device, pdf)
    assert device.resolution() == 600
    before, after = _pages(pdf), _pages(file.read_bytes())
    assert len(before) == len(after) == 2
    for (_, ink), (size, printed) in zip(before, after, strict=True):
        assert tuple(round(side) for side in size) == _A4_MM
        assert _same_place(ink, printed)


# Qt asks once, when it first prints, where the print service is: so a program of its own.
_SEND = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from field_app.actions.printing import PrinterRefused
from field_app.ui.print_qt import QtPrinting

app = QApplication(["print"])
name, pdf = sys.argv[1], Path(sys.argv[2]).read_bytes()
qt = QtPrinting()
assert name in qt.printers(), qt.printers()
assert qt.state(name).trouble is None
assert not qt.state("gone").accepting
for call in (lambda: qt.send(pdf, printer="gone", copies=1, title="-"),
             lambda: qt.cancel(name, "-")):
    try:
        call()
    except PrinterRefused:
        continue
    raise AssertionError("not refused")
print(qt.job(name, qt.send(pdf, printer=name, copies=1, title="test")).stage.value)
"""


@pytest.mark.soak
def test_goes_through_the_systems_queue(printer: Any, tmp_path: Path) -> None:
    pdf = make_test_page(printer.name, PrinterProfile())
    (tmp_path / "page.pdf").write_bytes(pdf)
    told = subprocess.run([sys.executable, "-c", _SEND, printer.name, str(tmp_path / "page.pdf")],
                          capture_output=True, text=True, timeout=60, check=False)
    assert (told.stdout.strip(), told.returncode) == (Stage.HANDED_OVER.value, 0), told.stderr
    assert not told.stderr
    (received,) = printer.received(1)
    ((size, ink),) = _pages(received)
    assert tuple(round(side) for side in size) == _A4_MM
    assert _same_place(_pages(pdf)[0][1], ink)
