"""A row that goes on in the next line where there is no room: nothing is cut at any scale."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


@dataclass(frozen=True, slots=True)
class _Piece:
    """What stands in the row: its width and height in one line, in pixels; ``bends``: higher where it is narrower.

    Figures, since each question to Qt costs as much as all that is reckoned with its answer."""

    item: QLayoutItem
    wide: int
    tall: int
    bends: bool

    @classmethod
    def of(cls, item: QLayoutItem) -> "_Piece":
        hint, widget = item.sizeHint(), item.widget()
        # Qt leaves out the width of what may be cut.
        wide = hint.width() if widget is None else max(hint.width(), widget.sizeHint().width())
        return cls(item, wide, hint.height(), item.hasHeightForWidth())

    def high(self, width: int) -> int:
        """Its height where there is so much room."""
        return self.item.heightForWidth(width) if self.bends and width < self.wide else self.tall


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
        self._pieces: list[_Piece] | None = None
        self._lines_at: dict[int, list[list[_Piece]]] = {}
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
            margins = self.contentsMargins()
            room = width - margins.left() - margins.right()
            lines = self._lines(room)
            self._heights[width] = (sum(_height(line, room) for line in lines) + self._gap * (len(lines) - 1)
                                    + margins.top() + margins.bottom())
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
        margins = self.contentsMargins()
        left, width = rect.x() + margins.left(), rect.width() - margins.left() - margins.right()
        y = rect.y() + margins.top()
        for line in self._lines(width):
            height = _height(line, width)
            self._put(line, left, y, width, height)
            y += height + self._gap

    def invalidate(self) -> None:
        self._forget()
        super().invalidate()

    def _shown(self) -> list[_Piece]:
        """What is shown and how large it would be; asked once for each change, for styled sizes are slow."""
        if self._pieces is None:
            self._pieces = [_Piece.of(i) for i in self._items if not i.isEmpty()]
        return self._pieces

    def _lines(self, width: int) -> list[list[_Piece]]:
        """At least one line, be it empty."""
        if width not in self._lines_at:
            shown = self._shown()
            self._lines_at[width] = [shown] if self._wide(shown) <= width else self._broken(width)
        return self._lines_at[width]

    def _broken(self, width: int) -> list[list[_Piece]]:
        """More than there is room for in one line."""
        lines: list[list[_Piece]] = []
        used, first = 0, self._first_right()
        for piece in self._shown():
            wide = min(piece.wide, width)
            if not lines or used + self._gap + wide > width or piece.item is first:
                lines.append([])
                used = -self._gap
            lines[-1].append(piece)
            used += self._gap + wide
        return lines

    def _wide(self, pieces: list[_Piece]) -> int:
        return sum(piece.wide for piece in pieces) + self._gap * max(0, len(pieces) - 1)

    def _first_right(self) -> QLayoutItem | None:
        """The first of those at the right that is shown."""
        at = next((n for n, item in enumerate(self._items) if item.widget() is self._right), len(self._items))
        return next((item for item in self._items[at:] if not item.isEmpty()), None)

    def _put(self, line: list[_Piece], left: int, top: int, width: int, height: int) -> None:
        wides = [min(piece.wide, width) for piece in line]
        free = width - sum(wides) - self._gap * (len(line) - 1)
        x = left
        greedy = next((n for n, piece in enumerate(line)
                       if piece.item.expandingDirections() & Qt.Orientation.Horizontal), None)
        if greedy is not None:
            more = min(free, max(0, line[greedy].item.maximumSize().width() - wides[greedy]))
            wides[greedy] += more
            free -= more
        split = self._split([piece.item for piece in line])
        for number, (piece, wide) in enumerate(zip(line, wides, strict=True)):
            if number == split:
                x += free
            tall = min(piece.high(wide), height)
            piece.item.setGeometry(QRect(x, top + (height - tall) // 2, wide, tall))
            x += wide + self._gap

    def _split(self, line: list[QLayoutItem]) -> int:
        """The item from which a line stands at the right: from ``right`` on in its own line, all in later ones."""
        widgets = [i.widget() for i in self._items]
        if self._right is None or self._right not in widgets:
            return -1
        first = widgets.index(self._right)
        places = [self._items.index(i) for i in line]
        return next((n for n, place in enumerate(places) if place >= first), -1)


def _height(line: list[_Piece], width: int) -> int:
    return max((piece.high(min(piece.wide, width)) for piece in line), default=0)
