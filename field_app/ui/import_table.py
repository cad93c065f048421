"""The plan of an import as a table of any length: what happens to each file, and why."""

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from field_app.actions.import_plan import ImportPlan, PlannedFile, Verdict
from field_app.actions.import_words import span_cn, time_cn
from field_app.domain.ids import StepId
from field_app.ui.columns import ColumnTable
from field_app.ui.language import capital, said, tr, tr_later
from field_app.ui.theme import THEMES, give_size, px

Index = QModelIndex | QPersistentModelIndex
_HEADS = (tr_later("处理"), tr_later("文件"), tr_later("开始（已校时）"), tr_later("长度"), tr_later("环节"),
          tr_later("同一次"), tr_later("说明"))
_START, _UNMEASURED = 2, tr_later("开始（未校时）")
_WIDE = (1, 4, 6)
_LEAST = 68  # its heads and one file
_PADDING = 12  # of a line above and below its words, together
_TONES = {Verdict.KEEP: "action", Verdict.NO_STEP: "soon", Verdict.TROUBLE: "stop"}
_VERDICT = Qt.ItemDataRole.UserRole + 1


def _length(file: PlannedFile) -> str:
    found = file.found
    if found.duration_s:
        return said(span_cn(found.duration_s))
    size = found.size
    return f"{size / 1e6:.1f}MB" if size >= 100_000 else f"{size / 1e3:.1f}KB"


def _texts(file: PlannedFile, party: str) -> tuple[str, ...]:
    return (said(file.verdict.label), file.found.path,
            time_cn(file.span.start) if file.span else tr("不明"), _length(file),
            tr("{place}　{party}", place=said(file.place), party=party) if party and file.place else said(file.place),
            str(file.visit) if file.visit else "", tr("；").join(map(said, file.told)))


class PlanModel(QAbstractTableModel):
    """The files of a plan; a changed plan of the same card changes rows, not the table."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._files: tuple[PlannedFile, ...] = ()
        self._rows: dict[int, tuple[str, ...]] = {}
        self._parties: dict[StepId, str] = {}
        self._measured = True
        self.theme = "light"

    def show_plan(self, plan: ImportPlan | None) -> None:
        """Show these files."""
        files = plan.files if plan is not None else ()
        self._parties = {w.step: w.party for w in plan.windows} if plan is not None else {}
        measured = plan is None or bool(plan.clock_how)
        if measured != self._measured:
            self._measured = measured
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, _START, _START)
        same = len(files) == len(self._files) and bool(files)
        if same:
            self._files = files
            self._rows.clear()
            self.dataChanged.emit(self.index(0, 0), self.index(len(files) - 1, len(_HEADS) - 1))
            return
        self.beginResetModel()
        self._files = files
        self._rows.clear()
        self.endResetModel()

    def file(self, row: int) -> PlannedFile:
        return self._files[row]

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._files)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(_HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation,
                   role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return capital(tr(_HEADS[section] if section != _START or self._measured else _UNMEASURED))
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        file = self._files[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            texts = self._rows.get(index.row())
            if texts is None:
                texts = self._rows[index.row()] = _texts(
                    file, self._parties.get(file.step, "") if file.step is not None else "")
            return texts[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole:
            palette = THEMES.get(self.theme, THEMES["light"])
            tone = _TONES.get(file.verdict, "muted") if index.column() == 0 else (
                "soon" if index.column() == len(_HEADS) - 1 and file.doubtful
                and file.verdict is not Verdict.DUPLICATE else "")
            return QColor(getattr(palette, tone)) if tone else None
        return file.verdict if role == _VERDICT else None


class _Only(QSortFilterProxyModel):
    """Only files of one verdict."""

    wanted: Verdict | None = None

    def only(self, verdict: Verdict | None) -> None:
        self.beginFilterChange()
        self.wanted = verdict
        self.endFilterChange()

    def filterAcceptsRow(self, row: int, parent: Index) -> bool:
        model = self.sourceModel()
        return self.wanted is None or (
            isinstance(model, PlanModel) and model.file(row).verdict is self.wanted)


class _Path(QStyledItemDelegate):
    """A path keeps its end in sight: names differ there."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideMiddle


class PlanTable(ColumnTable):
    """Shows the plan; ``left_out`` and ``chosen`` tell what is asked for and what is selected."""

    left_out = Signal()
    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.plan_model = PlanModel(self)
        self._only = _Only(self)
        self._only.setSourceModel(self.plan_model)
        self.setModel(self._only)
        self.setTabKeyNavigation(False)  # Tab leaves the table; arrows move in it.
        self.setAccessibleName(tr("导入计划"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setItemDelegateForColumn(1, _Path(self))
        self.verticalHeader().hide()
        self.setShowGrid(False)
        give_size(self, least_height=_LEAST)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.keep_columns(_WIDE)
        self.selectionModel().selectionChanged.connect(self._selected)

    def show_plan(self, plan: ImportPlan | None) -> None:
        """Show a plan; what is selected stays selected when only places changed."""
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + px(_PADDING))
        self.plan_model.show_plan(plan)
        self._only.only(self._only.wanted)

    def only(self, verdict: Verdict | None) -> None:
        """Show one kind of files, or all."""
        self._only.only(verdict)
        self.scrollToTop()

    def selected(self) -> list[PlannedFile]:
        """The files of the selected rows."""
        rows = self.selectionModel().selectedRows()
        return [self.plan_model.file(self._only.mapToSource(index).row()) for index in rows]

    def _selected(self) -> None:
        self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.left_out.emit()
            return
        super().keyPressEvent(event)
