"""What is printed, where, and how many copies: the first face of the print dialog."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QGridLayout,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from field_app.actions.print_document import MAX_COPIES, PrintItem
from field_app.actions.print_profiles import Profiles
from field_app.actions.printing import PrinterState
from field_app.ui.language import said, tr
from field_app.ui.parts import button, card, chip, clear, label, row, scroller, set_tone
from field_app.ui.still_boxes import Choice
from field_app.ui.theme import give_size


def copies_words(page: int, copies: int) -> str:
    """``2份``, or ``第2页1份`` of one page."""
    return tr("第{page}页{copies}份", page=page, copies=copies) if page else tr("{copies}份", copies=copies)


def framed(card_frame: QWidget) -> QWidget:
    """A card that keeps its frame inside a scroll area."""
    ground = QWidget()
    column = QVBoxLayout(ground)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(card_frame)
    return ground


class Copies(QWidget):
    """A number of copies with large − and + for fingers."""

    changed = Signal()

    def __init__(self, value: int, title: str) -> None:
        super().__init__()
        self.box = QSpinBox()
        self.box.setRange(0, MAX_COPIES)
        self.box.setValue(value)
        give_size(self.box, width=52)
        self.box.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.box.setAccessibleName(tr("{title}的份数", title=said(title)))
        less, more = button("－", tip=tr("少一份")), button("＋", tip=tr("多一份"))
        for one, step, words in ((less, -1, tr("减少")), (more, 1, tr("增加"))):
            give_size(one, width=44)
            one.setStyleSheet("padding: 6px 0;")
            one.setAccessibleName(tr("{words}{title}的份数", words=words, title=said(title)))
            one.setAutoDefault(False)
            one.clicked.connect(lambda _=False, s=step: self.box.setValue(self.box.value() + s))
        self.box.valueChanged.connect(self.changed)
        line = row(less, self.box, more, spacing=4)
        line.setContentsMargins(0, 0, 0, 0)
        self.setLayout(line)


class PrintChoice(QWidget):
    """Printer and copies; tells when it is all there to be printed."""

    sure = Signal()
    back = Signal()
    printer_chosen = Signal(str)

    def __init__(self, items: Sequence[PrintItem], missing: Sequence[str],
                 printer: str = "") -> None:
        super().__init__()
        self._wished = printer
        self._items = list(items)
        self._profiles = Profiles()
        self.copies: list[Copies] = []
        self.pages: list[QComboBox] = []  # of each item: all of it, or one page
        self.printer = QComboBox()
        self.printer.setAccessibleName(tr("打印机"))
        give_size(self.printer, least_width=300)
        self.printer.addItem(tr("正在查找打印机…"))
        self.printer.setEnabled(False)
        self.state = chip(tr("正在查询"))
        self.paper = label(tr("A4（210×297毫米）"), "muted")
        self.moved = label("", "muted")
        self.advice = label("", "warning", wrap=True)
        self.advice.hide()
        self.total = label("", "muted")
        self.print_: QPushButton = button(tr("打印"), "action", icon="print")
        self.print_.setEnabled(False)
        self._rows = QGridLayout()
        self._arrange(missing)
        self.printer.currentTextChanged.connect(self._chosen)
        self._show_items()

    def _arrange(self, missing: Sequence[str]) -> None:
        self._form = form = QFormLayout()
        form.setSpacing(12)
        form.addRow(tr("打印机"), row(self.printer, None, self.state))
        form.addRow(tr("纸　张"), self.paper)
        form.addRow(tr("偏　移"), self.moved)
        form.addRow(self.advice)
        top, above = card()
        above.addLayout(form)
        inner, below = card()
        self._rows.setHorizontalSpacing(16)
        self._rows.setColumnStretch(0, 1)
        below.addLayout(self._rows)
        below.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(top)
        column.addWidget(scroller(framed(inner)), 1)
        if missing:
            names = tr("、").join(tr("《{title}》", title=said(title)) for title in missing)
            column.addWidget(label(tr("还没有定稿，这次不打印：{names}。", names=names), "warning", wrap=True))
        back = button(tr("返回"))
        for one in (back, self.print_):
            one.setAutoDefault(False)
        back.clicked.connect(self.back)
        self.print_.clicked.connect(self.sure)
        column.addLayout(row(self.total, None, back, self.print_))

    def _show_items(self) -> None:
        clear(self._rows)
        self.copies, self.pages = [], []
        for n, item in enumerate(self._items):
            words = label(tr("《{title}》", title=said(item.title)) if item.kind != "test_page" else said(item.title))
            facts = []
            if item.paper is not None:
                facts = [item.paper.number, tr("共{pages}页", pages=item.paper.pages)]
            elif item.form:
                facts = [tr("空白，手工填写")]
            if said(item.holders):
                facts.append(said(item.holders))
            under = label(tr("　").join(facts), "muted", wrap=True)
            copies = Copies(item.copies, item.title)
            copies.changed.connect(self._sum)
            self.copies.append(copies)
            self.pages.append(self._page_choice(item, copies))
            self._rows.addWidget(words, 2 * n, 0)
            self._rows.addWidget(under, 2 * n + 1, 0)
            self._rows.addWidget(self.pages[-1], 2 * n, 1, 2, 1)
            self._rows.addWidget(copies, 2 * n, 2, 2, 1)
            self._rows.addWidget(label(tr("份")), 2 * n, 3, 2, 1)
        self._sum()

    def _page_choice(self, item: PrintItem, copies: Copies) -> QComboBox:
        """Which page is printed: a sheet that jammed is printed again by itself."""
        made = Choice()
        made.setAccessibleName(tr("打印《{title}》的哪一页", title=said(item.title)))
        made.addItem(tr("全部页"), 0)
        count = item.paper.pages if item.paper is not None else 0
        for page in range(1, count + 1):
            made.addItem(tr("只印第{page}页", page=page), page)
        if count < 2:
            made.hide()

        def chosen() -> None:
            copies.box.setValue(1 if made.currentData() else item.copies)
            self._sum()

        made.currentIndexChanged.connect(lambda _: chosen())
        return made

    def show_printers(self, names: Sequence[str], profiles: Profiles) -> None:
        """Offer printers: the one wished for, chosen before or used last stands first."""
        before = self.printer.currentText()
        self._profiles = profiles
        self.printer.blockSignals(True)
        self.printer.clear()
        self.printer.addItems(list(names) or [tr("没有找到打印机")])
        for name in (profiles.last, self._wished, before):
            if name in names:
                self.printer.setCurrentText(name)
        self.printer.blockSignals(False)
        self.printer.setEnabled(bool(names))
        for told in (self.paper, self.moved):  # of a printer; without one there is nothing to tell
            self._form.setRowVisible(told, bool(names))
        if names:
            self._chosen(self.printer.currentText())
            self.printer.setFocus()
        else:
            self.state.setText(tr("没有打印机"))
            set_tone(self.state, "stop")
            self._advise(tr("请接好便携打印机并开机，或在系统设置里添加；也可以先不打印，文书已经保存。"))

    def _advise(self, words: str) -> None:
        """What to do before paper comes out; nothing where all is well."""
        self.advice.setText(words)
        self.advice.setVisible(bool(words))

    def _chosen(self, name: str) -> None:
        self.state.setText(tr("正在查询"))
        set_tone(self.state, "plain")
        self.moved.setText(said(self._profiles.of(name).words) or tr("没有（可在设置中按测试页校准）"))
        self._sum()
        self.printer_chosen.emit(name)

    def show_state(self, state: PrinterState) -> None:
        """Say whether the chosen printer is ready; what is wrong never forbids printing."""
        if state.trouble is not None:
            self.state.setText(said(state.trouble.what))
            set_tone(self.state, "stop")
        elif not state.accepting:
            self.state.setText(tr("打印机不接收打印"))
            set_tone(self.state, "stop")
        elif state.has_a4 is False:
            self.state.setText(tr("没有装A4纸"))
            set_tone(self.state, "soon")
        else:
            self.state.setText(tr("就绪"))
            set_tone(self.state, "plain")
        if state.trouble is not None:
            self._advise(tr("{remedy}。", remedy=said(state.trouble.remedy)))
        else:
            self._advise(tr("打印机里装的不是A4纸，请换装A4纸。") if state.has_a4 is False else "")

    def wanted(self) -> list[tuple[PrintItem, int]]:
        """What is to be printed, in order; items of which no copy is wanted are left out."""
        return [(replace(item, page=int(page.currentData())), c.box.value())
                for item, page, c in zip(self._items, self.pages, self.copies, strict=True) if c.box.value()]

    def leave_out(self, item: PrintItem) -> None:
        """Print no copy of ``item`` next time: it is on paper."""
        self.copies[self._items.index(replace(item, page=0))].box.setValue(0)

    def _sum(self) -> None:
        wanted = self.wanted()
        sheets = sum((1 if i.page else i.paper.pages) * n for i, n in wanted if i.paper is not None)
        words = tr("共{wanted_count}件{copies}份", wanted_count=len(wanted), copies=sum(n for _, n in wanted))
        self.total.setText(words + (tr("，单面约{sheets}张纸", sheets=sheets) if sheets else ""))
        self.print_.setEnabled(bool(wanted) and self.printer.isEnabled())
