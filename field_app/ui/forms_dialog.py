"""文书与依据: every form with its source and how sure it is, for those who administer the desk."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from field_app.actions.form_sources import FormSource, form_sources, form_told
from field_app.ui.language import capital, said, tr, tr_later
from field_app.ui.list_table import dress
from field_app.ui.parts import label
from field_app.ui.theme import open_at

_HEADS = (tr_later("编号"), tr_later("文书"), tr_later("出处"), tr_later("把握程度"), tr_later("待核对"))
_WIDE = (1, 2)
_PADDING = 20


class FormsDialog(QDialog):
    """A table of all forms, the doubtful ones first to be seen by sorting; details below."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("文书与依据"))
        open_at(self, 1100, 640)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("按编号、名称、出处查找"))
        self.search.setAccessibleName(tr("查找文书"))
        self.table = QTableWidget(0, len(_HEADS))
        dress(self.table)
        self.table.setAccessibleName(tr("文书和依据"))
        self.table.setHorizontalHeaderLabels([capital(tr(words)) for words in _HEADS])
        heads = self.table.horizontalHeader()
        for column in range(len(_HEADS)):
            heads.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch if column in _WIDE
                                       else QHeaderView.ResizeMode.ResizeToContents)
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        self.details.setAccessibleName(tr("所选文书的栏目、法定内容和依据"))
        both = QSplitter(Qt.Orientation.Vertical)
        both.addWidget(self.table)
        both.addWidget(self.details)
        both.setSizes([380, 260])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(20, 16, 20, 16)
        outer.setSpacing(12)
        outer.addWidget(self.search)
        outer.addWidget(label(tr("“待核对”是栏目、法定内容里尚未对照原文的条数。"), "muted", wrap=True))
        outer.addWidget(both, 1)
        self._fill(form_sources())
        self.search.textChanged.connect(self._narrow)
        self.table.itemSelectionChanged.connect(self._tell)
        self.table.selectRow(0)

    def _fill(self, sources: list[FormSource]) -> None:
        self.table.setRowCount(len(sources))
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + _PADDING)
        for line, source in enumerate(sources):
            doubts = QTableWidgetItem()
            doubts.setData(Qt.ItemDataRole.DisplayRole, source.doubts)
            for column, item in enumerate((
                    QTableWidgetItem(source.form_id), QTableWidgetItem(said(source.title)),
                    QTableWidgetItem(source.source), QTableWidgetItem(capital(said(source.confidence))), doubts)):
                item.setToolTip(item.text())
                self.table.setItem(line, column, item)
        self.table.setSortingEnabled(True)
        self.table.sortItems(0)

    def _narrow(self, wanted: str) -> None:
        for line in range(self.table.rowCount()):
            texts = [item.text() for column in range(3)
                     if (item := self.table.item(line, column)) is not None]
            self.table.setRowHidden(line, not any(wanted.strip() in text for text in texts))

    def _tell(self) -> None:
        item = self.table.item(self.table.currentRow(), 0)
        if item is not None:
            self.details.setPlainText("\n".join(map(_said, form_told(item.text()))))


def _said(line: str) -> str:
    """A line of the form in the desk's language, as far in as it stood."""
    bare = line.lstrip()
    return line[:len(line) - len(bare)] + said(bare)
