"""Every list of the desk looks and is worked the same: arrows move in it, Tab leaves it, Enter opens.

Only what is in sight is drawn, so that a list of hundreds of lines costs no more than one of ten.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QListWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from field_app.ui.columns import ColumnTable
from field_app.ui.language import capital
from field_app.ui.theme import px

# (line, column) of a cell, and its colour
Colours = Mapping[tuple[int, int], str]
_Index = QModelIndex | QPersistentModelIndex
_BESIDE_BOX = 12
_WIDE_CHARACTERS = 8  # of a column that stretches, seen in any case
_PADDING = 20  # of a line above and below its words, together
_PADDING_OF_ENTRY = 8  # of a list's entry, as the style sheet has it
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def line_height(table: QTableView) -> int:
    """In pixels, of every line of a list: high enough for a finger."""
    return table.fontMetrics().height() + _PADDING


class _Coloured(QStyledItemDelegate):
    """Words that have a colour of their own keep it in the line that is lit."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        colour = index.data(Qt.ItemDataRole.ForegroundRole)
        if isinstance(colour, QColor):
            option.palette.setColor(QPalette.ColorRole.HighlightedText, colour)
        super().paint(painter, option, index)


def keep_colours(table: QTableView, columns: Iterable[int]) -> None:
    """What has a colour in these columns keeps it in the line that is lit; Qt paints the others by itself."""
    for column in columns:
        if table.itemDelegateForColumn(column) is None:
            table.setItemDelegateForColumn(column, _Coloured(table))


def dress(table: QTableView) -> None:
    """Looks and keys of every table; what stands in it cannot be typed over."""
    table.setTabKeyNavigation(False)  # Tab leaves the table; arrows move in it.
    table.setWordWrap(False)
    table.setShowGrid(False)
    table.setAlternatingRowColors(True)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.verticalHeader().hide()
    table.horizontalHeader().setDefaultAlignment(_LEFT)
    table.horizontalHeader().setHighlightSections(False)


class _Wrapped(QStyledItemDelegate):
    """Qt counts the lines of an entry as if the style sheet's padding were free for words, and cuts the last."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        narrow = QStyleOptionViewItem(option)
        narrow.rect.setWidth(option.rect.width() - 2 * px(_PADDING_OF_ENTRY))
        return super().sizeHint(narrow, index)


def wrap(entries: QListWidget) -> None:
    """Entries of a list go on in the next line, and are as high as their lines."""
    entries.setWordWrap(True)
    entries.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    entries.setItemDelegate(_Wrapped(entries))


class _Rows(QAbstractTableModel):
    ticked = Signal()

    def __init__(self, parent: QObject, heads: Sequence[str]) -> None:
        super().__init__(parent)
        self._heads = tuple(heads)
        self.rows: Sequence[Sequence[str]] = ()
        self.tips: Sequence[str] = ()
        self.colours: Colours = {}
        self.numbers: frozenset[int] = frozenset()
        self.ticks: dict[int, bool] = {}

    def show_rows(self, rows: Sequence[Sequence[str]], colours: Colours, numbers: Iterable[int],
                  tips: Sequence[str], tickable: Iterable[int]) -> None:
        self.beginResetModel()
        self.rows, self.colours, self.numbers, self.tips = rows, colours, frozenset(numbers), tips
        self.ticks = dict.fromkeys(tickable, False)
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._heads)

    def headerData(self, section: int, orientation: Qt.Orientation,
                   role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return capital(self._heads[section])
        if (orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole
                and section in self.numbers):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        made = super().flags(index)
        return made | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 and index.row() in self.ticks else made

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Asked some thousand times for each picture of the list, most often for what it does not tell."""
        told = _TOLD.get(role)
        return None if told is None else told(self, index.row(), index.column())

    def _words(self, line: int, column: int) -> str:
        return self.rows[line][column]

    def _tip(self, line: int, column: int) -> str:
        return self.tips[line] if self.tips and column == 0 else self.rows[line][column]

    def _side(self, _line: int, column: int) -> Any:
        return (Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter) if column in self.numbers else None

    def _colour(self, line: int, column: int) -> QColor | None:
        return QColor(self.colours[line, column]) if (line, column) in self.colours else None

    def _tick(self, line: int, column: int) -> Any:
        if column or line not in self.ticks:
            return None
        return Qt.CheckState.Checked if self.ticks[line] else Qt.CheckState.Unchecked

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or index.column() or index.row() not in self.ticks:
            return False
        self.ticks[index.row()] = Qt.CheckState(value) is Qt.CheckState.Checked
        self.dataChanged.emit(index, index, [role])
        self.ticked.emit()
        return True


_TOLD: dict[int, Callable[[_Rows, int, int], Any]] = {
    int(Qt.ItemDataRole.DisplayRole): _Rows._words, int(Qt.ItemDataRole.ToolTipRole): _Rows._tip,
    int(Qt.ItemDataRole.TextAlignmentRole): _Rows._side, int(Qt.ItemDataRole.ForegroundRole): _Rows._colour,
    int(Qt.ItemDataRole.CheckStateRole): _Rows._tick}


class ListTable(ColumnTable):
    """``opened`` tells the line on Enter or a double click, ``chosen`` the line that is lit now, -1
    for none; ``ticked``: a tick was set or taken away, by the mouse or the space bar."""

    opened = Signal(int)
    chosen = Signal(int)
    ticked = Signal()

    def __init__(self, name: str, heads: Sequence[str], *, wide: Iterable[int] = ()) -> None:
        super().__init__()
        self._rows = _Rows(self, heads)
        self._rows.ticked.connect(self.ticked)
        self.setModel(self._rows)
        self.setAccessibleName(name)
        dress(self)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.keep_columns(wide)
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))

    @property
    def line(self) -> int:
        """The line that is lit, -1 for none."""
        return self.currentIndex().row()

    @property
    def ticks(self) -> tuple[int, ...]:
        """The lines that are ticked."""
        return tuple(line for line, on in self._rows.ticks.items() if on)

    @property
    def tickable(self) -> tuple[int, ...]:
        """The lines that can be ticked."""
        return tuple(self._rows.ticks)

    def count(self) -> int:
        return self._rows.rowCount()

    def words(self, line: int, column: int) -> str:
        """What a cell says."""
        return self._rows.rows[line][column]

    def needed_width(self) -> int:
        """In pixels, so that all columns are seen whole, those that stretch at least their heads and the
        first characters of what stands in them."""
        most, wide = _WIDE_CHARACTERS * self.fontMetrics().height(), self._wide or ()
        return 2 * self.frameWidth() + self.verticalScrollBar().sizeHint().width() + sum(
            max(head, min(need, most)) if column in wide else need
            for column, (head, need) in enumerate(zip(*self.measure(), strict=True)))

    def sizeHintForColumn(self, column: int) -> int:
        """Qt counts a box before the words smaller than the style sheet draws it."""
        return super().sizeHintForColumn(column) + (px(_BESIDE_BOX) if column == 0 and self._rows.ticks else 0)

    def light(self, line: int) -> None:
        """Light a line, as the arrows do."""
        self.setCurrentIndex(self._rows.index(line, 0))

    def show_rows(self, rows: Sequence[Sequence[str]], colours: Colours | None = None, *,
                  numbers: Iterable[int] = (), tips: Sequence[str] = (), tickable: Iterable[int] = ()) -> None:
        """Show these lines; the whole text of a cell is its tool tip, for the first column the line of
        ``tips`` where there are any. Columns of ``numbers`` stand at the right. The place that was lit
        stays lit. ``tickable``: lines with a box before their first words; none is ticked."""
        at = max(self.line, 0)
        self._rows.show_rows(rows, colours or {}, numbers, tips, tickable)
        keep_colours(self, {column for _line, column in colours or {}})
        self.verticalHeader().setDefaultSectionSize(line_height(self))
        if rows:
            self.light(min(at, len(rows) - 1))
        else:
            self.chosen.emit(-1)

    def currentChanged(self, now: _Index, before: _Index) -> None:
        super().currentChanged(now, before)
        if now.row() != before.row():
            self.chosen.emit(now.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the line, on every system; the space bar ticks it, whichever cell is lit."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.line >= 0:
            self.opened.emit(self.line)
            return
        if event.key() == Qt.Key.Key_Space and self.line in self._rows.ticks:
            on = self._rows.ticks[self.line]
            self._rows.setData(self._rows.index(self.line, 0),
                               Qt.CheckState.Unchecked if on else Qt.CheckState.Checked,
                               Qt.ItemDataRole.CheckStateRole)
            return
        super().keyPressEvent(event)
