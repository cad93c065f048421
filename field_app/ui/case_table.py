"""The list of cases as a table: only what is in sight is drawn, however often the list changes."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView

from field_app.domain.case import Case, SyncState
from field_app.ui.columns import ColumnTable
from field_app.ui.language import capital, said, tr, tr_later
from field_app.ui.list_table import dress, keep_colours, line_height
from field_app.ui.theme import palette

_HEADS = (tr_later("案号"), tr_later("当事人"), tr_later("事由"), tr_later("地点"), tr_later("立项时间"),
          tr_later("报送"))
_CELLS: tuple[Callable[[Case], str], ...] = (
    lambda case: case.local_no, lambda case: case.party_name, lambda case: case.cause, lambda case: case.place,
    lambda case: f"{case.opened:%Y-%m-%d %H:%M}", lambda case: said(case.sync_label))
_WIDE = (1, 2, 3)
_STATE = len(_HEADS) - 1
_WORDS = frozenset({int(Qt.ItemDataRole.DisplayRole), int(Qt.ItemDataRole.ToolTipRole)})
_COLOUR = int(Qt.ItemDataRole.ForegroundRole)
_Index = QModelIndex | QPersistentModelIndex


class _Cases(QAbstractTableModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.cases: list[Case] = []

    def show_cases(self, found: Sequence[Case]) -> None:
        self.beginResetModel()
        self.cases = list(found)
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.cases)

    def columnCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(_HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation,
                   role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return capital(tr(_HEADS[section]))
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role in _WORDS:  # Asked some thousand times for each picture of the list.
            return _CELLS[index.column()](self.cases[index.row()])
        if role == _COLOUR and index.column() == _STATE:
            case, worn = self.cases[index.row()], palette()
            colour = {SyncState.RECEIVED: worn.sealed, SyncState.REFUSED: worn.stop,
                      SyncState.RETURNED: worn.stop}.get(case.sync)
            return None if colour is None else QColor(colour)
        return None


class CaseTable(ColumnTable):
    """``chosen`` carries the case that was clicked, or entered with the keyboard."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._model = _Cases(self)
        self.setModel(self._model)
        self.setAccessibleName(tr("案件列表"))
        dress(self)
        keep_colours(self, [_STATE])
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.keep_columns(_WIDE)
        self.activated.connect(self._choose)
        self.clicked.connect(self._choose)

    @property
    def cases(self) -> list[Case]:
        """What is listed, in order."""
        return self._model.cases

    def show_cases(self, found: Sequence[Case]) -> None:
        """List these in place of what was listed."""
        self._model.show_cases(found)
        if found:  # All rows have one height; it follows the type's size.
            self.verticalHeader().setDefaultSectionSize(line_height(self))

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(self._model.cases[index.row()])
