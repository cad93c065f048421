"""The live paper: the very PDF, page under page; a click on it leads to the field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from field_app.ui.language import tr
from field_app.ui.parts import clear, label

_GAP = 14
_BASE_DPI = 96 / 72


@dataclass(frozen=True)
class Spot:
    """Where an answer stands: page from 1, PDF points from the bottom left, and its path."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    path: str


@dataclass(frozen=True)
class PageImage:
    """One rendered page; ``width`` and ``height`` in PDF points; ``text`` is what stands on it."""

    image: QImage
    width: float
    height: float
    text: str = ""


def draw_pages(pdf: bytes, *, pixels_wide: int,
               known: Mapping[int, PageImage] | None = None) -> list[PageImage]:
    """Render all pages ``pixels_wide`` across; those of ``known``, by their place from 0, are taken from
    there. Run it in the work lane only."""
    import pypdfium2

    pages, there = [], known or {}
    document = pypdfium2.PdfDocument(pdf)
    try:
        for place in range(len(document)):
            if place in there:
                pages.append(there[place])
                continue
            page = document[place]
            width, height = page.get_size()
            bitmap = page.render(scale=pixels_wide / width, rev_byteorder=True, prefer_bgrx=True)
            image = QImage(memoryview(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride,
                           QImage.Format.Format_RGBX8888).copy()
            bitmap.close()
            words = page.get_textpage()
            pages.append(PageImage(image, width, height, words.get_text_range().replace("\r\n", "\n")))
            words.close()
            page.close()
    finally:
        document.close()
    return pages


class PageWidget(QWidget):
    """One page, scaled to the width it is given."""

    clicked = Signal(str)

    def __init__(self, page: PageImage, spots: Sequence[Spot], number: int) -> None:
        super().__init__()
        self.page = page
        self._spots = list(spots)
        self._lit = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(tr("文书第{number}页", number=number))

    def show_page(self, page: PageImage, spots: Sequence[Spot]) -> None:
        """The same sheet as it looks now."""
        new = list(spots)
        if page is not self.page or (self._lit and new != self._spots):
            self.update()
        self.page, self._spots = page, new

    def fit(self, width: int) -> None:
        """Take the height that ``width`` pixels need."""
        self.setFixedHeight(round(width * self.page.height / self.page.width))

    def light(self, path: str) -> None:
        """Frame where ``path`` stands."""
        if path != self._lit:
            self._lit = path
            self.update()

    def spot_rect(self, path: str) -> QRectF | None:
        """Where the first spot of ``path`` is drawn on this widget."""
        return next((self._rect(s) for s in self._spots if s.path == path), None)

    def _rect(self, spot: Spot) -> QRectF:
        scale = self.width() / self.page.width
        return QRectF(spot.x0 * scale, (self.page.height - spot.y1) * scale,
                      (spot.x1 - spot.x0) * scale, (spot.y1 - spot.y0) * scale)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(0, 0, self.width(), self.height())
        image = self.page.image
        if abs(image.width() - self.width() * self.devicePixelRatioF()) < 1:
            image.setDevicePixelRatio(self.devicePixelRatioF())
            painter.drawImage(QPointF(0, 0), image)  # Rendered for this very size: nothing is blurred.
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(area, image)
        painter.setPen(QPen(QColor("#B8C2CF"), 1))
        painter.drawRect(area.adjusted(0, 0, -1, -1))
        if self._lit:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(31, 78, 158, 46))
            for spot in self._spots:
                if spot.path == self._lit or spot.path.startswith((self._lit + ".",
                                                                   self._lit + "[")):
                    painter.drawRoundedRect(self._rect(spot).adjusted(-2, -1, 2, 1), 3, 3)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        path = self.path_at(event.position())
        if path:
            self.clicked.emit(path)

    def path_at(self, point: QPointF) -> str:
        """The path of the answer at ``point``, or of the nearest one in the same line."""
        for spot in self._spots:
            if self._rect(spot).adjusted(-2, -2, 2, 2).contains(point):
                return spot.path
        line = [s for s in self._spots if self._rect(s).top() - 3 <= point.y()
                <= self._rect(s).bottom() + 3]
        nearest = min(line, key=lambda s: abs(self._rect(s).center().x() - point.x()), default=None)
        return nearest.path if nearest else ""


class PaperView(QScrollArea):
    """All pages of a paper."""

    clicked = Signal(str)
    resized = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("文书预览"))
        self.setObjectName("paper")
        self._inner = QWidget()
        self._inner.setObjectName("ground")
        self._column = QVBoxLayout(self._inner)
        self._column.setContentsMargins(12, 12, 12, 12)
        self._column.setSpacing(_GAP)
        self.setWidget(self._inner)
        self._pages: list[PageWidget] = []
        self._lit = ""
        self.say(tr("文书会显示在这里，与打印出来的完全一样。"))

    def say(self, text: str) -> None:
        """Show words instead of a paper."""
        self._pages = []
        clear(self._column)
        words = label(text, "muted", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._column.addStretch(1)
        self._column.addWidget(words)
        self._column.addStretch(1)

    def show_pages(self, pages: Sequence[PageImage], spots: Sequence[Spot]) -> None:
        """Show a paper; the place in it is kept."""
        if len(pages) == len(self._pages):
            for number, (widget, page) in enumerate(zip(self._pages, pages, strict=True), 1):
                widget.show_page(page, [s for s in spots if s.page == number])
                widget.fit(self._page_width())
            return
        place = self.verticalScrollBar().value()
        clear(self._column)
        self._pages = []
        for number, page in enumerate(pages, 1):
            widget = PageWidget(page, [s for s in spots if s.page == number], number)
            widget.clicked.connect(self.clicked)
            widget.light(self._lit)
            widget.fit(self._page_width())
            self._pages.append(widget)
            self._column.addWidget(widget)
        self._column.addStretch(1)
        self._column.activate()
        self._inner.resize(self.viewport().width(), self._column.minimumSize().height())
        self.verticalScrollBar().setValue(place)

    def _page_width(self) -> int:
        margins = self._column.contentsMargins()
        return max(200, self.viewport().width() - margins.left() - margins.right())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for page in self._pages:
            page.fit(self._page_width())
        self.resized.emit()

    def pixels_wide(self) -> int:
        """How many pixels across a page has on this screen."""
        return round(self._page_width() * self.devicePixelRatioF())

    @property
    def pages(self) -> list[PageWidget]:
        return self._pages

    def light(self, path: str) -> None:
        """Frame an answer on the paper and bring it into view."""
        self._lit = path
        for page in self._pages:
            page.light(path)
            found = page.spot_rect(path)
            if found is not None:
                self.ensureVisible(page.x() + int(found.center().x()),
                                   page.y() + int(found.center().y()), 0, 120)
