"""打印记录: every print of a case or of one paper, in a table."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from field_app.actions.print_log import PrintLine
from field_app.domain.clock import CHINA
from field_app.ui.language import said, tr, tr_later
from field_app.ui.parts import button, label, row
from field_app.ui.print_choice import copies_words
from field_app.ui.theme import open_at

_HEADS = (tr_later("时间"), tr_later("文书"), tr_later("文号"), tr_later("份数"), tr_later("打印机"), tr_later("结果"),
          tr_later("执法人员"), tr_later("校验值（SHA-256）"))
_TITLE = 1


class PrintLogDialog(QDialog):
    """Shows prints, the newest first; nothing can be changed."""

    def __init__(self, parent: QWidget, lines: Sequence[PrintLine], what: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("打印记录"))
        open_at(self, 1180, 480)
        self.table = QTableWidget(len(lines), len(_HEADS))
        self.table.setTabKeyNavigation(False)  # Tab leaves the table; arrows move in it.
        self.table.setHorizontalHeaderLabels([tr(words) for words in _HEADS])
        self.table.setAccessibleName(tr("打印记录"))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        for n, line in enumerate(lines):
            self._fill(n, line)
        head = self.table.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setSectionResizeMode(_TITLE, QHeaderView.ResizeMode.Stretch)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.resizeRowsToContents()
        self.table.selectRow(0)
        close = button(tr("关闭"), "action")
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(label(tr("打印记录　{what}", what=said(what)), "heading", wrap=True))
        if lines:
            column.addWidget(self.table, 1)
            column.addWidget(label(tr("校验值前12位，鼠标停留可看全部；按打印机偏移量移动过的，另列送出文件的校验值。"),
                                   "muted", wrap=True))
        else:
            column.addWidget(label(tr("还没有打印过。文书定稿后，点“打印”。"), "muted"))
            column.addStretch(1)
        column.addLayout(row(None, close))

    def _fill(self, n: int, line: PrintLine) -> None:
        moved = tr("（{moved}）", moved=said(line.moved)) if line.moved else ""
        hashes = tr("文书 {pdf_sha256}", pdf_sha256=line.pdf_sha256)
        if line.sent_sha256 != line.pdf_sha256:
            hashes += tr("\n送出 {sent_sha256}", sent_sha256=line.sent_sha256)
        cells = (tr("{at:%m月%d日 %H:%M:%S}", at=line.at.astimezone(CHINA)), said(line.title), line.number,
                 copies_words(line.page, line.copies), f"{line.printer}{moved}", said(line.result),
                 tr("、").join(line.officers), line.pdf_sha256[:12])
        for column, text in enumerate(cells):
            cell = QTableWidgetItem(text)
            cell.setToolTip(hashes if column == len(cells) - 1 else text)
            self.table.setItem(n, column, cell)
