"""Finds Chinese words on a page: what is shown, told by tool tips, and read out."""

import re
from collections.abc import Iterator

from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QTableWidget,
    QTabWidget,
    QWidget,
)

from field_app.ui.form_editor import FormEditor
from field_app.ui.paper_view import PaperView
from field_app.ui.parts import Elided

_CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+")


def chinese(page: QWidget, names: tuple[str, ...]) -> list[str]:
    """Every text of ``page`` with Chinese in it besides ``names``; papers and their fields are their own words."""
    found = []
    for one in (page, *page.findChildren(QWidget)):
        if not _of_a_paper(one):
            for text in (*_texts(one), one.toolTip(), one.accessibleName(), one.windowTitle()):
                bare = text
                for name in names:
                    bare = bare.replace(name, "")
                if _CHINESE.search(bare):
                    found.append(f"{type(one).__name__}: {text}")
    return list(dict.fromkeys(found))


def _of_a_paper(widget: QWidget) -> bool:
    one: QWidget | None = widget
    while one is not None:
        if isinstance(one, FormEditor | PaperView):
            return True
        one = one.parentWidget()
    return False


def _texts(one: QWidget) -> Iterator[str]:
    if isinstance(one, Elided):
        yield one.whole
    elif isinstance(one, QLabel | QAbstractButton):
        yield one.text()
    elif isinstance(one, QLineEdit):
        yield one.placeholderText()
    elif isinstance(one, QComboBox):
        yield from (one.itemText(n) for n in range(one.count()))
    elif isinstance(one, QProgressBar):
        yield one.format()
    elif isinstance(one, QTabWidget):
        yield from (one.tabText(n) for n in range(one.count()))
    elif isinstance(one, QListWidget):
        yield from (one.item(n).text() for n in range(one.count()))
    elif isinstance(one, QTableWidget):
        for column in range(one.columnCount()):
            cells = [one.horizontalHeaderItem(column), *(one.item(line, column) for line in range(one.rowCount()))]
            yield from (cell.text() for cell in cells if cell is not None)
