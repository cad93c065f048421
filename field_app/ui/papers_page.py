"""文书: the papers of all cases on this laptop, found at once; blank forms, the catalogue, numbers."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QComboBox, QDialog, QVBoxLayout, QWidget

from field_app.actions.paper_list import MOST, PaperFilter, PaperRow, forms_in_use, list_papers, whole_paper
from field_app.domain.case import PaperState
from field_app.domain.clock import CHINA
from field_app.rules.table import rules
from field_app.ui.flow_row import FlowRow
from field_app.ui.forms_dialog import FormsDialog
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr, tr_later
from field_app.ui.list_table import ListTable
from field_app.ui.number_stock import NumberStock
from field_app.ui.parts import button, label, row, scroller
from field_app.ui.search_line import SearchLine
from field_app.ui.shell import Shell
from field_app.ui.theme import give_size, open_at, palette

_HEADS = (tr_later("状态"), tr_later("文书"), tr_later("文号"), tr_later("当事人"), tr_later("案号"), tr_later("时间"))
_FILTERS = {PaperFilter.ALL: tr_later("全部"), PaperFilter.DRAFT: tr_later("草稿"),
            PaperFilter.ISSUED: tr_later("已定稿"), PaperFilter.UNSIGNED: tr_later("待签名"),
            PaperFilter.UNSERVED: tr_later("缺回执"), PaperFilter.VOID: tr_later("已作废")}
_STATE_PX, _FORM_PX = 110, 200


def _state(found: PaperRow) -> str:
    paper = found.paper
    if paper.state is PaperState.DRAFT:
        return tr("草稿")
    if paper.state is PaperState.VOID:
        return tr("已作废")
    if found.owes:
        return tr("待签名 {back}/{pages}", back=paper.back, pages=paper.pages)
    return tr("已定稿")


class NumbersDialog(QDialog):
    """What is left of the reserved numbers, and which are void."""

    def __init__(self, shell: Shell, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("文号"))
        open_at(self, 640, 480)
        self.stock = NumberStock(shell)
        close = button(tr("关闭"), "action")
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        inner = QWidget()
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.stock)
        inside.addStretch(1)
        column.addWidget(scroller(inner), 1)
        column.addLayout(row(None, close))
        self.stock.refresh()


class PapersPage(QWidget):
    """``opened``: the officer wants a paper at its place in its case; ``printed``: on paper;
    ``blank``: forms without answers."""

    opened = Signal(object)
    printed = Signal(object)
    blank = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.shown: list[PaperRow] = []
        self._asked = 0
        self.search = SearchLine(tr("查找文书"), tr("输入文书名称、文号、当事人、案号里的字，一个字也能找"))
        self.search.asked.connect(self._look)
        self.filter, self.form = QComboBox(), QComboBox()
        self.filter.setAccessibleName(tr("状态"))
        self.form.setAccessibleName(tr("文书种类"))
        for only, words in _FILTERS.items():
            self.filter.addItem(tr(words), only)
        self.filter.setToolTip(
            tr("缺回执：{text}（{law}）", text=said(rules()["SV-02"].text), law=said(rules()["SV-02"].law)))
        give_size(self.filter, least_width=_STATE_PX)
        give_size(self.form, least_width=_FORM_PX, most_width=_FORM_PX)
        for box in (self.filter, self.form):
            box.activated.connect(lambda _index: self._look())
        self.table = ListTable(tr("文书列表"), [tr(words) for words in _HEADS], wide=(1, 3))
        self.table.opened.connect(lambda _line: self._open())
        self.table.chosen.connect(lambda _line: self._doors())
        self.search.down.connect(self.table.setFocus)
        self.count = label("", "muted", wrap=True)
        self.open_ = button(tr("打开"), "action", tip=tr("打开案件里的这份文书（回车）"), icon="next")
        self.print_ = button(tr("打印"), tip="Ctrl+P", icon="print")
        self.open_.clicked.connect(self._open)
        self.print_.clicked.connect(self.print_paper)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 20, 24, 16)
        outer.setSpacing(12)
        head = row(self.search, self.filter, self.form)
        head.setStretch(0, 1)
        outer.addLayout(head)
        outer.addWidget(self.table, 1)
        self.for_messages = QVBoxLayout()
        outer.addLayout(self.for_messages)
        outer.addWidget(self.count)
        outer.addLayout(FlowRow(self.open_, self.print_, *self._others(), right=self._first_other))

    def _others(self) -> list[QWidget]:
        """Doors to what belongs to papers of no case."""
        blank = button(tr("空白文书"), tip=tr("打印空白文书，供手工填写"))
        blank.clicked.connect(self.blank)
        forms = button(tr("文书目录"), tip=tr("每种文书的出处、把握程度和尚待核对的内容"))
        forms.clicked.connect(self._forms)
        numbers = button(tr("文号"), tip=tr("还有多少文号，哪些已作废"))
        numbers.clicked.connect(self._numbers)
        self._first_other = blank
        return [blank, forms, numbers]

    def _forms(self) -> None:
        dialog = FormsDialog(self)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _numbers(self) -> None:
        dialog = NumbersDialog(self._shell, self)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def forget(self) -> None:
        """List nothing (after a log-out)."""
        self._asked += 1  # What is being looked for comes too late.
        self.shown = []
        self.search.clear()
        self.table.show_rows([])

    def hideEvent(self, event: QHideEvent) -> None:
        """At the lock no window of it stays in sight."""
        super().hideEvent(event)
        for dialog in self.findChildren(QDialog):
            dialog.reject()

    def refresh(self) -> None:
        """Read the forms in use and the list anew, off the screen's thread."""
        session = self._shell.officers
        self._shell.jobs.run(Lane.STORE, lambda: forms_in_use(session), done=self._show_forms)
        self._look()

    def _show_forms(self, found: list[tuple[str, str]]) -> None:
        before = self.form.currentData()
        self.form.clear()
        self.form.addItem(tr("全部文书"), "")
        for form, title in found:
            self.form.addItem(tr("{form} {title}", form=form, title=said(title)), form)
        self.form.setCurrentIndex(max(0, self.form.findData(before)))

    def _look(self) -> None:
        session, words = self._shell.session, self.search.text()
        if session is None:
            return  # The time to search came after the log-out.
        only, form = PaperFilter(self.filter.currentData()), str(self.form.currentData() or "")
        self._asked += 1
        asked = self._asked
        self._shell.jobs.run(
            Lane.STORE, lambda: list_papers(session, words, only=only, form=form),
            done=lambda found: self._show(found) if asked == self._asked else None)

    def _show(self, found: list[PaperRow]) -> None:
        self.shown = found
        rows = [(_state(f), said(f.paper.title), f.paper.number, f.paper.party, f.paper.local_no,
                 f"{(f.paper.issued or f.paper.changed).astimezone(CHINA):%Y-%m-%d %H:%M}") for f in found]
        colours = {(line, 0): palette().stop if f.paper.state is PaperState.VOID else palette().soon
                   for line, f in enumerate(found) if f.owes or f.paper.state is not PaperState.ISSUED}
        self.table.show_rows(rows, colours)
        self.count.setText(self._told(len(found)))
        self._doors()

    def _told(self, count: int) -> str:
        if count >= MOST:
            return tr("只列出最新的{count}份，更早的请输入字查找。", count=count)
        if count:
            return tr("共{count}份", count=count)
        if self.search.text().strip() or self.filter.currentIndex() or self.form.currentIndex() > 0:
            return tr("没有这样的文书。换一个字，或者换一个状态、种类试试。")
        return tr("还没有文书。打开案件，在环节里点“填写”开始第一份；要手工填写的，点“空白文书”打印。")

    @property
    def paper(self) -> PaperRow | None:
        """The one that is lit."""
        at = self.table.line
        return self.shown[at] if 0 <= at < len(self.shown) else None

    def _doors(self) -> None:
        found = self.paper
        self.open_.setEnabled(found is not None)
        self.print_.setEnabled(found is not None and found.paper.state is PaperState.ISSUED)

    def _open(self) -> None:
        if (found := self.paper) is not None:
            self.opened.emit(found.paper)

    def print_paper(self) -> None:
        """Print the one that is lit, again if it was printed before."""
        found = self.paper
        if found is None or found.paper.state is not PaperState.ISSUED:
            return
        session = self._shell.officers
        self._shell.jobs.run(Lane.STORE, lambda: whole_paper(session, found.paper.id), done=self.printed.emit)
