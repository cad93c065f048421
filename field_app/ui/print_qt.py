"""Printing on Windows: the PDF's pages are drawn at 600 dpi and handed to the system's spooler.

Windows printers do not take PDF. The spooler tells Qt nothing of a job once it has it, so such a
job ends as handed over and officers are told to look at the printer.
"""

from collections.abc import Iterator

from PySide6.QtCore import QMarginsF, QRectF, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter
from PySide6.QtPrintSupport import QPrinter, QPrinterInfo

from field_app.actions.printing import (
    JobState,
    PrinterRefused,
    PrinterState,
    PrintServiceAway,
    Stage,
    Trouble,
)

DPI = 600
_POINTS = 72
MAX_PAGES = 300
_BROKEN = (QPrinter.PrinterState.Aborted, QPrinter.PrinterState.Error)


class QtPrinting:
    """Any printer that Qt knows. The paper is A4 and is never scaled."""

    def printers(self) -> list[str]:
        """See :class:`field_app.actions.printing.Printing`."""
        chosen = QPrinterInfo.defaultPrinterName()
        return sorted(QPrinterInfo.availablePrinterNames(), key=lambda n: n != chosen)

    def answers(self) -> bool:
        """See :class:`field_app.actions.printing.Printing`."""
        return True

    def state(self, printer: str) -> PrinterState:
        """What the system says of the printer; paper is known only as supported sizes."""
        info = QPrinterInfo.printerInfo(printer)
        if info.isNull():
            return PrinterState(accepting=False)
        stopped = info.state() is QPrinter.PrinterState.Error
        return PrinterState(Trouble.STOPPED if stopped else None)

    def send(self, pdf: bytes, *, printer: str, copies: int, title: str) -> str:
        """Draw every page onto the printer, each ``copies`` times as the printer can."""
        if QPrinterInfo.printerInfo(printer).isNull():
            raise PrinterRefused(printer)
        device = QPrinter(QPrinterInfo.printerInfo(printer), QPrinter.PrinterMode.HighResolution)
        device.setDocName(title)
        device.setCopyCount(copies)
        draw_on(device, pdf)
        return title

    def job(self, printer: str, job: str) -> JobState:
        """See :class:`field_app.actions.printing.Printing`."""
        return JobState(Stage.HANDED_OVER)

    def cancel(self, printer: str, job: str) -> None:
        """The spooler has it: it can only be taken back there."""
        raise PrinterRefused(printer)


def draw_on(device: QPrinter, pdf: bytes) -> None:
    """Draw a PDF's pages onto a printer: in their own size, from the very corner of the sheet.

    Raises :class:`PrintServiceAway` when the printer does not begin or breaks off.
    """
    device.setResolution(DPI)
    device.setFullPage(True)
    painter = QPainter()
    try:
        for n, (size, image) in enumerate(_pages(pdf)):
            layout = QPageLayout(
                QPageSize(size, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.FuzzyMatch),
                QPageLayout.Orientation.Portrait, QMarginsF(), QPageLayout.Unit.Point)
            layout.setMode(QPageLayout.Mode.FullPageMode)
            device.setPageLayout(layout)
            if not (device.newPage() if n else painter.begin(device)):
                raise PrintServiceAway("the printer did not begin the page")
            per_point = device.resolution() / _POINTS
            painter.drawImage(QRectF(0, 0, size.width() * per_point, size.height() * per_point),
                              image)
        ended = painter.isActive() and painter.end()
        if not ended or device.printerState() in _BROKEN:
            raise PrintServiceAway("the printer did not take the last page")
    finally:
        if painter.isActive():
            device.abort()
            painter.end()


def _pages(pdf: bytes) -> Iterator[tuple[QSizeF, QImage]]:
    """Each page's size in points and its picture; one at a time, about 100 MB each."""
    import pypdfium2 as pdfium

    with pdfium.PdfDocument(pdf) as document:
        if len(document) > MAX_PAGES:
            raise PrinterRefused(f"more than {MAX_PAGES} pages")
        for page in document:
            width, height = page.get_size()
            bitmap = page.render(scale=DPI / _POINTS)
            image = QImage(memoryview(bitmap.buffer), bitmap.width, bitmap.height,
                           bitmap.stride, QImage.Format.Format_BGR888).copy()
            bitmap.close()
            page.close()
            yield QSizeF(width, height), image
