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
from field_app.ui.parts import button, label, row

_HEADS = ("时间", "文书", "文号", "份数", "打印机", "结果", "执法人员", "校验值（SHA-256）")
_TITLE = 1


class PrintLogDialog(QDialog):
    """Shows prints, the newest first; nothing can be changed."""

    def __init__(self, parent: QWidget, lines: Sequence[PrintLine], what: str) -> None:
        super().__init__(parent)
        self.setWindowTitle("打印记录")
        self.resize(1180, 480)
        self.table = QTableWidget(len(lines), len(_HEADS))
        self.table.setTabKeyNavigation(False)  # Tab leaves the table; arrows move in it.
        self.table.setHorizontalHeaderLabels(list(_HEADS))
        self.table.setAccessibleName("打印记录")
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
        close = button("关闭", "action")
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(label(f"打印记录　{what}", "heading", wrap=True))
        if lines:
            column.addWidget(self.table, 1)
            column.addWidget(label("校验值前12位，鼠标停留可看全部；按打印机偏移量移动过的，另列送出文件的校验值。",
                                   "muted", wrap=True))
        else:
            column.addWidget(label("还没有打印过。文书定稿后，点“打印”。", "muted"))
            column.addStretch(1)
        column.addLayout(row(None, close))

    def _fill(self, n: int, line: PrintLine) -> None:
        moved = f"（{line.moved}）" if line.moved else ""
        hashes = f"文书 {line.pdf_sha256}"
        if line.sent_sha256 != line.pdf_sha256:
            hashes += f"\n送出 {line.sent_sha256}"
        cells = (f"{line.at.astimezone(CHINA):%m月%d日 %H:%M:%S}", line.title, line.number,
                 f"{line.copies}份", f"{line.printer}{moved}", line.result,
                 "、".join(line.officers), line.pdf_sha256[:12])
        for column, text in enumerate(cells):
            cell = QTableWidgetItem(text)
            cell.setToolTip(hashes if column == len(cells) - 1 else text)
            self.table.setItem(n, column, cell)
