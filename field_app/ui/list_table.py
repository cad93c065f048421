"""A list whose lines are chosen whole: arrows move in it, Tab leaves it, Enter opens.

Only what is in sight is drawn, so that a list of hundreds of lines costs no more than one of ten.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

# (line, column) of a cell, and its colour
Colours = Mapping[tuple[int, int], str]
_Index = QModelIndex | QPersistentModelIndex
_LOOKED_AT = 40  # rows that say how wide the narrow columns are
_PADDING = 20  # of a line above and below its words, together


class _Rows(QAbstractTableModel):
    def __init__(self, parent: QObject, heads: Sequence[str]) -> None:
        super().__init__(parent)
        self._heads = tuple(heads)
        self.rows: Sequence[Sequence[str]] = ()
        self.tips: Sequence[str] = ()
        self.colours: Colours = {}
        self.numbers: frozenset[int] = frozenset()

    def show_rows(self, rows: Sequence[Sequence[str]], colours: Colours, numbers: Iterable[int],
                  tips: Sequence[str]) -> None:
        self.beginResetModel()
        self.rows, self.colours, self.numbers, self.tips = rows, colours, frozenset(numbers), tips
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._heads)

    def headerData(self, section: int, orientation: Qt.Orientation,
                   role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._heads[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self.rows[line][column]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.tips[line] if self.tips and column == 0 else self.rows[line][column]
        if role == Qt.ItemDataRole.TextAlignmentRole and column in self.numbers:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole and (line, column) in self.colours:
            return QColor(self.colours[line, column])
        return None


class ListTable(QTableView):
    """``opened`` tells the line on Enter or a double click, ``chosen`` the line that is lit now, -1
    for none."""

    opened = Signal(int)
    chosen = Signal(int)

    def __init__(self, name: str, heads: Sequence[str], *, wide: Iterable[int] = ()) -> None:
        super().__init__()
        self._rows = _Rows(self, heads)
        self.setModel(self._rows)
        self.setAccessibleName(name)
        self.setTabKeyNavigation(False)  # Tab leaves the table; arrows move in it.
        self.setWordWrap(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header, stretched = self.horizontalHeader(), frozenset(wide)
        header.setResizeContentsPrecision(_LOOKED_AT)
        for column in range(len(heads)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch if column in stretched
                                        else QHeaderView.ResizeMode.ResizeToContents)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))

    @property
    def line(self) -> int:
        """The line that is lit, -1 for none."""
        return self.currentIndex().row()

    def count(self) -> int:
        return self._rows.rowCount()

    def words(self, line: int, column: int) -> str:
        """What a cell says."""
        return self._rows.rows[line][column]

    def light(self, line: int) -> None:
        """Light a line, as the arrows do."""
        self.setCurrentIndex(self._rows.index(line, 0))

    def show_rows(self, rows: Sequence[Sequence[str]], colours: Colours | None = None, *,
                  numbers: Iterable[int] = (), tips: Sequence[str] = ()) -> None:
        """Show these lines; the whole text of a cell is its tool tip, for the first column the line of
        ``tips`` where there are any. Columns of ``numbers`` stand at the right. The place that was lit
        stays lit."""
        at = max(self.line, 0)
        self._rows.show_rows(rows, colours or {}, numbers, tips)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + _PADDING)
        if rows:
            self.light(min(at, len(rows) - 1))
        else:
            self.chosen.emit(-1)

    def currentChanged(self, now: _Index, before: _Index) -> None:
        super().currentChanged(now, before)
        if now.row() != before.row():
            self.chosen.emit(now.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the line, on every system."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.line >= 0:
            self.opened.emit(self.line)
            return
        super().keyPressEvent(event)
