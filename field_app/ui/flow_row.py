"""A row that goes on in the next line where there is no room: nothing is cut at any scale."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowRow(QLayout):
    """Widgets from the left; from ``right`` on they stand at the right end of their line.

    Where not all have room in one line, those from ``right`` on go together to the next. What may be cut asks
    for room for its whole text, what wraps is as high as its lines, and what expands takes what is left."""

    def __init__(self, *widgets: QWidget, right: QWidget | None = None, gap: int = 8) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._right, self._gap = right, gap
        self._forget()
        for widget in widgets:
            self.addWidget(widget)

    def _forget(self) -> None:
        """What was asked of the widgets, and what came of it: Qt asks for the same many times over."""
        self._hints: list[tuple[QLayoutItem, QSize]] | None = None
        self._lines_at: dict[int, list[list[tuple[QLayoutItem, QSize]]]] = {}
        self._heights: dict[int, int] = {}
        self._least: QSize | None = None

    def add_right(self, widget: QWidget) -> None:
        """One more at the right end."""
        self._right = self._right or widget
        self.addWidget(widget)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if width not in self._heights:
            self._heights[width] = self._place(QRect(0, 0, width, 0), move=False)
        return self._heights[width]

    def sizeHint(self) -> QSize:
        """All in one line."""
        margins = self.contentsMargins()
        return QSize(self._wide(self._shown()) + margins.left() + margins.right(), self.minimumSize().height())

    def minimumSize(self) -> QSize:
        """Room for the widest alone."""
        if self._least is None:
            margins = self.contentsMargins()
            shown = [i.minimumSize() for i in self._items if not i.isEmpty()]
            self._least = QSize(max((s.width() for s in shown), default=0) + margins.left() + margins.right(),
                                max((s.height() for s in shown), default=0) + margins.top() + margins.bottom())
        return self._least

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def invalidate(self) -> None:
        self._forget()
        super().invalidate()

    def _shown(self) -> list[tuple[QLayoutItem, QSize]]:
        """What is shown and how large it would be; asked once for each change, for styled sizes are slow."""
        if self._hints is None:
            self._hints = [(i, _wanted(i)) for i in self._items if not i.isEmpty()]
        return self._hints

    def _lines(self, width: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        if width not in self._lines_at:
            self._lines_at[width] = self._broken(width)
        return self._lines_at[width]

    def _broken(self, width: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        lines: list[list[tuple[QLayoutItem, QSize]]] = []
        used, first = 0, self._first_right()
        together = first is not None and self._wide(self._shown()) > width
        for item, size in self._shown():
            wide = min(size.width(), width)
            if not lines or used + self._gap + wide > width or (together and item is first):
                lines.append([])
                used = -self._gap
            lines[-1].append((item, size))
            used += self._gap + wide
        return lines

    def _wide(self, items: list[tuple[QLayoutItem, QSize]]) -> int:
        return sum(size.width() for _, size in items) + self._gap * max(0, len(items) - 1)

    def _first_right(self) -> QLayoutItem | None:
        """The first of those at the right that is shown."""
        at = next((n for n, item in enumerate(self._items) if item.widget() is self._right), len(self._items))
        shown = [item for item, _ in self._shown()]
        return next((item for item in self._items[at:] if item in shown), None)

    def _place(self, rect: QRect, *, move: bool) -> int:
        """Put every line in its place, or only count the height."""
        margins = self.contentsMargins()
        width = rect.width() - margins.left() - margins.right()
        y = rect.y() + margins.top()
        for line in self._lines(width):
            height = max(_tall(item, size, width) for item, size in line)
            if move:
                self._put(line, rect.x() + margins.left(), y, width, height)
            y += height + self._gap
        return y - self._gap + margins.bottom() - rect.y()

    def _put(self, line: list[tuple[QLayoutItem, QSize]], left: int, top: int, width: int,
             height: int) -> None:
        sizes = [min(size.width(), width) for _, size in line]
        free = width - sum(sizes) - self._gap * (len(line) - 1)
        x = left
        greedy = next((n for n, (item, _) in enumerate(line) if item.expandingDirections() & Qt.Orientation.Horizontal),
                      None)
        if greedy is not None:
            more = min(free, max(0, line[greedy][0].maximumSize().width() - sizes[greedy]))
            sizes[greedy] += more
            free -= more
        split = self._split([item for item, _ in line])
        for number, ((item, size), wide) in enumerate(zip(line, sizes, strict=True)):
            if number == split:
                x += free
            tall = min(_tall(item, size, wide), height)
            item.setGeometry(QRect(x, top + (height - tall) // 2, wide, tall))
            x += wide + self._gap

    def _split(self, line: list[QLayoutItem]) -> int:
        """The item from which a line stands at the right: from ``right`` on in its own line, all in later ones."""
        widgets = [i.widget() for i in self._items]
        if self._right is None or self._right not in widgets:
            return -1
        first = widgets.index(self._right)
        places = [self._items.index(i) for i in line]
        return next((n for n, place in enumerate(places) if place >= first), -1)


def _wanted(item: QLayoutItem) -> QSize:
    """What it would be in one line; Qt leaves out the width of what may be cut."""
    size, widget = item.sizeHint(), item.widget()
    return size if widget is None else size.expandedTo(QSize(widget.sizeHint().width(), 0))


def _tall(item: QLayoutItem, size: QSize, width: int) -> int:
    wide = min(size.width(), width)
    return item.heightForWidth(wide) if item.hasHeightForWidth() and wide < size.width() else size.height()
