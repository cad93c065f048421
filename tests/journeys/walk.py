"""Walks over a page as somebody without a mouse does, and looks at what is rendered."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QScrollBar,
    QTableView,
    QTextBrowser,
    QWidget,
)

from field_app.ui.parts import Elided, ElidedLink

CONTROLS = (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QAbstractSpinBox, QAbstractItemView,
            QAbstractSlider, QTextBrowser)
_MOST_TABS = 600


def name_of(widget: QWidget) -> str:
    words = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or words


def told(widget: QWidget) -> str:
    """For a failure's message: what it is and where."""
    return f"{type(widget).__name__}“{name_of(widget) or widget.objectName()}”"


def _own(widget: QWidget) -> bool:
    """Ours, not a part of one of Qt's composed widgets."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QComboBox | QAbstractSpinBox | QAbstractItemView):
            return False
        parent = parent.parentWidget()
    return not widget.objectName().startswith("qt_") and not isinstance(widget, QScrollBar)


def controls(page: QWidget) -> list[QWidget]:
    """What can be worked on the page as it is shown."""
    found: list[QWidget] = []
    for kind in CONTROLS:
        found += [w for w in page.findChildren(kind) if w.isVisible() and w.isEnabled() and _own(w)]
    return found


def nameless(page: QWidget) -> list[str]:
    return [told(w) for w in controls(page) if not name_of(w).strip()]


def _reached(page: QWidget) -> set[QWidget]:
    """What Tab comes to, round once."""
    window = page.window()
    first = controls(page)[0]
    first.setFocus()
    seen: set[QWidget] = set()
    for _ in range(_MOST_TABS):
        here = window.focusWidget()
        if here is None or (here in seen and here is first):
            break
        seen.add(here)
        QTest.keyClick(here, Qt.Key.Key_Tab)
    return seen


def unreached(page: QWidget) -> list[str]:
    """Controls of the page that Tab never comes to; of a group of which one is chosen, one is enough."""
    seen = _reached(page)
    seen |= {proxy for w in seen for proxy in (w.parentWidget(),) if proxy is not None and proxy.focusProxy() is w}
    groups = {w.group() for w in seen if isinstance(w, QAbstractButton) and w.group() is not None}
    missed = []
    for w in controls(page):
        grouped = isinstance(w, QAbstractButton) and w.group() is not None and w.group() in groups
        if w not in seen and w.focusProxy() not in seen and not grouped:
            missed.append(told(w))
    return missed


def focus_unseen(page: QWidget) -> list[str]:
    """Kinds of controls that look the same with the focus and without."""
    unseen, tried = [], set()
    for w in controls(page):
        kind = (type(w), w.objectName())
        if kind in tried or w.focusPolicy() is Qt.FocusPolicy.NoFocus or not w.visibleRegion().contains(
                w.rect().center()):
            continue
        tried.add(kind)
        w.setFocus()
        with_it = _picture(w)
        w.clearFocus()
        if with_it == _picture(w):
            unseen.append(told(w))
    return unseen


def _picture(widget: QWidget) -> QImage:
    QApplication.processEvents()
    return widget.grab().toImage()


def _light(pixel: int) -> float:
    parts = [((pixel >> shift) & 0xFF) / 255 for shift in (16, 8, 0)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: float, other: float) -> float:
    high, low = max(one, other), min(one, other)
    return (high + 0.05) / (low + 0.05)


@dataclass(frozen=True)
class Words:
    """A widget with words, and the part of the page's picture it stands on."""

    widget: QWidget
    place: QRect


def _with_words(page: QWidget) -> list[QLabel | QPushButton]:
    return [*page.findChildren(QLabel), *page.findChildren(QPushButton)]


def _worded(page: QWidget) -> Iterator[Words]:
    for w in _with_words(page):
        words = w.text().strip()
        whole = w.visibleRegion().boundingRect() == w.rect()  # not cut by the end of what scrolls
        if words and whole and w.isVisible() and w.isEnabled() and (
                not isinstance(w, QLabel) or w.pixmap().isNull()):
            yield Words(w, QRect(w.mapTo(page, QPoint(0, 0)), w.size()))


def pale(page: QWidget, *, least: float = 4.5) -> list[str]:
    """Words whose rendered ink and ground differ by less than ``least``, with what was measured.

    The ground is the commonest colour of the place, the ink the one that differs most from it: the
    heart of a stroke, that smoothing of edges leaves as it is.
    """
    image = page.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    ratio = image.devicePixelRatio()
    weak = []
    for one in _worded(page):
        box = QRect(one.place.topLeft() * ratio, one.place.size() * ratio).adjusted(4, 4, -4, -4)
        counted = Counter(image.pixel(x, y) for x in range(box.left(), box.right(), 1)
                          for y in range(box.top(), box.bottom(), 1))
        if not counted:
            continue
        ground = _light(counted.most_common(1)[0][0])
        ink = max(_contrast(ground, _light(pixel)) for pixel in counted)
        if ink < least:
            weak.append(f"{told(one.widget)} {one.widget.property('text')}: {ink:.2f}")
    return weak


def clipped(page: QWidget) -> list[str]:
    """Words that do not fit where they stand, and controls that reach beyond the window."""
    bad = []
    window = page.window()
    for w in _with_words(page):
        if not w.isVisible() or isinstance(w, Elided | ElidedLink) or not w.text().strip() or not _own(w):
            continue
        if isinstance(w, QLabel) and w.wordWrap():
            if w.heightForWidth(w.width()) > w.height() + 1:
                bad.append(f"{told(w)}{w.text()[:20]}：要{w.heightForWidth(w.width())}高，只有{w.height()}")
        elif w.sizeHint().width() > w.width() + 1 or w.fontMetrics().height() > w.height():
            bad.append(f"{told(w)}{w.text()[:20]}：要{w.sizeHint().toTuple()}，只有{w.size().toTuple()}")
    bad += _cut_inside(page)
    for control in controls(page):
        right = control.mapTo(window, QPoint(control.width(), 0)).x()
        if right > window.width() + 1 and not _scrolls_sideways(control):
            bad.append(f"{told(control)}：伸出窗口右边{right - window.width()}像素")
    return bad


def _cut_inside(page: QWidget) -> list[str]:
    """Areas and lists that are too narrow for what they hold: cut at the right, or scrolling sideways."""
    bad = []
    for area in page.findChildren(QAbstractScrollArea):
        if not area.isVisible() or not _own(area):
            continue
        if area.horizontalScrollBar().isVisible():
            bad.append(f"{told(area)}：左右滚动")
        elif isinstance(area, QScrollArea) and (inner := area.widget()) is not None:
            needed = inner.minimumSizeHint().width() if area.widgetResizable() else inner.width()
            over = needed - area.viewport().width()
            if over > 1:
                bad.append(f"{told(area)}：右边切掉{over}像素")
        elif isinstance(area, QTableView):
            header = area.horizontalHeader()
            if header.textElideMode() is Qt.TextElideMode.ElideNone:
                bad += [f"{told(area)}第{n + 1}列：要{header.sectionSizeHint(n)}宽，只有{header.sectionSize(n)}"
                        for n in range(header.count())
                        if not header.isSectionHidden(n) and header.sectionSizeHint(n) > header.sectionSize(n) + 1]
            if header.length() > area.viewport().width() + 1:
                bad.append(f"{told(area)}：右边切掉{header.length() - area.viewport().width()}像素")
    return bad


def _scrolls_sideways(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea) and (
                parent.horizontalScrollBarPolicy() is not Qt.ScrollBarPolicy.ScrollBarAlwaysOff):
            return True
        parent = parent.parentWidget()
    return False
