"""统计: counts of this laptop by month, procedure, form, matter, overdue terms and recordings."""

from pathlib import Path

from PySide6.QtCore import QDate
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QDateEdit, QFileDialog, QTabBar, QVBoxLayout, QWidget

from field_app.actions.export_statistics import export_statistics
from field_app.actions.statistics import (
    FORMS,
    MATTERS,
    MONTHS,
    OVERDUE,
    PROCEDURES,
    RECORDED,
    Line,
    Period,
    Statistics,
    Table,
    count_all,
    periods,
    share,
)
from field_app.domain.clock import CHINA
from field_app.ui.bar_chart import BarChart
from field_app.ui.date_boxes import MonthBox
from field_app.ui.flow_row import FlowRow
from field_app.ui.jobs import Lane
from field_app.ui.language import said, tr, tr_later
from field_app.ui.list_table import ListTable, line_height
from field_app.ui.parts import button, label, row, scroller
from field_app.ui.progress import Progress
from field_app.ui.shell import Shell
from field_app.ui.theme import px

_TABS = {MONTHS: tr_later("按月"), PROCEDURES: tr_later("按程序"), FORMS: tr_later("按文书"),
         MATTERS: tr_later("按执法事项"), OVERDUE: tr_later("逾期事项"), RECORDED: tr_later("音像覆盖")}
_PERIODS = {"本月": tr_later("本月"), "上月": tr_later("上月"), "本季度": tr_later("本季度"),
            "本年": tr_later("本年"), "上年": tr_later("上年"), "近12个月": tr_later("近12个月"),
            "全部": tr_later("全部")}
_FIRST = "近12个月"
_OWN = "own"
_MOST_BARS = 40
_BOTH_PX, _SIDE_PX, _GAP = 1000, 24, 16
_LEAST_LINES = 6  # of the table, its heads among them
_TABLE, _BARS = 2, 1  # how the two share the width


class StatisticsPage(QWidget):
    """Counts when it is shown and when another span is chosen; long counting can be called off."""

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        self.counted: Statistics | None = None
        self._offered: dict[str, Period] = {}
        self.progress = Progress(shell, self)
        self.period = QComboBox()
        self.period.setAccessibleName(tr("统计时段"))
        for key, words in _PERIODS.items():
            self.period.addItem(tr(words), key)
        self.period.addItem(tr("自选月份"), _OWN)
        self.period.setCurrentIndex(self.period.findData(_FIRST))
        self.period.activated.connect(lambda _index: self._choose())
        self.first, self.last = MonthBox(), MonthBox()
        self.first.setAccessibleName(tr("从哪个月"))
        self.last.setAccessibleName(tr("到哪个月"))
        for box in (self.first, self.last):
            box.editingFinished.connect(self._typed)
        self.export = button(tr("导出"), "action", tip=tr("导出为 Excel 工作簿（.xlsx）或者 CSV"), icon="export")
        self.export.clicked.connect(self._export)
        again = button(tr("重新统计"), tip=tr("按现在的数据再统计一次"), icon="sync")
        again.clicked.connect(self.refresh)
        self.tabs = QTabBar()
        self.tabs.setAccessibleName(tr("统计表"))
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        for words in _TABS.values():
            self.tabs.addTab(tr(words))
        self.tabs.currentChanged.connect(lambda _tab: self._show_table())
        self.note = label("", "muted", wrap=True)
        self.state = label("", "muted", wrap=True)
        self.table: ListTable | None = None
        self._headed: tuple[str, list[str]] = ("", [])  # the table's name and heads
        self.chart, self.charted = BarChart(), label("", "muted")
        self._left = QVBoxLayout()
        self._left.setContentsMargins(0, 0, 0, 0)
        self._arrange(again)

    def _arrange(self, again: QWidget) -> None:
        whole = QWidget()
        outer = QVBoxLayout(whole)
        outer.setContentsMargins(24, 20, 24, 16)
        outer.setSpacing(12)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(scroller(whole))  # The largest type leaves no room for a table on a small screen.
        outer.addLayout(FlowRow(self.period, self.first, label(tr("至"), "muted"), self.last, again, self.export,
                                right=again))
        outer.addWidget(self.tabs)
        inner = QWidget()
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.charted)
        inside.addWidget(self.chart)
        inside.addStretch(1)
        body = row(spacing=_GAP)
        body.addLayout(self._left, _TABLE)
        self._bars = scroller(inner)
        body.addWidget(self._bars, _BARS)
        outer.addLayout(body, 1)
        outer.addWidget(self.note)
        outer.addWidget(self.state)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is no room for both, the numbers stay: the bars say the same."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """The bars are shown where the table beside them is seen whole."""
        margins = self.contentsMargins()
        room = (self.width() - margins.left() - margins.right() - 2 * px(_SIDE_PX) - _GAP) * _TABLE // (_TABLE + _BARS)
        need = 0 if self.table is None else self.table.needed_width()
        self._bars.setVisible(self.width() >= px(_BOTH_PX) and need <= room)

    def refresh(self) -> None:
        """Count anew, off the screen's thread."""
        session = self._shell.officers
        self._shell.jobs.run(Lane.STORE, lambda: periods(session), done=self._offer)

    def _offer(self, offered: dict[str, Period]) -> None:
        self._offered = offered
        self._choose()

    def _choose(self) -> None:
        key = str(self.period.currentData())
        own = key == _OWN
        for box in (self.first, self.last):
            box.setEnabled(own)
        if own:
            self._typed()
        elif key in self._offered:
            self._show_period(self._offered[key])
            self._count(self._offered[key])

    def _show_period(self, period: Period) -> None:
        for box, month in ((self.first, period.first), (self.last, period.last)):
            box.blockSignals(True)
            year, number = (int(part) for part in month.split("-"))
            box.setDate(QDate(year, number, 1))
            box.blockSignals(False)

    def _typed(self) -> None:
        if self.period.currentData() != _OWN:
            return
        first, last = _month(self.first), _month(self.last)
        period = Period(min(first, last), max(first, last))
        if self.counted is None or self.counted.period != period:
            self._count(period)

    def _count(self, period: Period) -> None:
        session = self._shell.session
        if self.progress.busy or session is None:
            return
        self.progress.run(tr("正在统计…"), lambda progress, cancelled: count_all(
            session, period, progress=progress, cancelled=cancelled), done=self._show)

    def _show(self, counted: Statistics) -> None:
        self.counted = counted
        told = tr("{at:%Y-%m-%d %H:%M} 统计，只含本机的案件，全区数字以总部为准。", at=counted.at.astimezone(CHINA))
        if counted.waiting:
            told += tr("还有{count}件案件的期限没有清点完，逾期事项可能不全，稍后请重新统计。", count=counted.waiting)
        self.state.setText(told)
        self.export.setEnabled(True)
        self._show_table()

    def _show_table(self) -> None:
        if self.counted is None:
            return
        title = list(_TABS)[self.tabs.currentIndex()]
        table = self.counted.table(title)
        heads = [tr("项目"), *map(said, table.heads), *([tr("覆盖率")] if title == RECORDED else [])]
        if self.table is None or (tr(_TABS[title]), heads) != self._headed:
            self.table = self._head(tr(_TABS[title]), heads)
        rows = [_row(title, line) for line in table.lines]
        if table.lines and title != OVERDUE:
            rows.append((tr("合计"), *map(str, table.total), *([""] if title == RECORDED else [])))
        self.table.show_rows(rows, numbers=range(1, len(heads)))
        self.table.setMinimumHeight(_LEAST_LINES * line_height(self.table))
        self._fit()
        self._show_bars(title, table)
        self.note.setText(said(table.note) if table.lines else tr("这个时段没有可统计的。换一个时段试试。"))

    def _head(self, name: str, heads: list[str]) -> ListTable:
        """A new table under these heads, in place of the one before."""
        if self.table is not None:
            self._left.removeWidget(self.table)
            self.table.setParent(None)
            self.table.deleteLater()
        made, self._headed = ListTable(name, heads, wide=(0,)), (name, heads)
        self._left.addWidget(made)
        QWidget.setTabOrder(self.tabs, made)
        return made

    def _show_bars(self, title: str, table: Table) -> None:
        bars = [(said(line.name), line.counts[0],
                 tr("{count} / {share}", count=line.counts[1], share=share(line)) if title == RECORDED
                 else str(line.counts[0])) for line in table.lines[:_MOST_BARS]]
        self.charted.setText(
            tr("{count} / {share}", count=said(table.heads[1]), share=tr("覆盖率")) if title == RECORDED
            else said(table.heads[0]))
        self.charted.setVisible(bool(bars))
        self.chart.show_bars(tr(_TABS[title]), bars)

    def _export(self) -> None:
        counted = self.counted
        if counted is None:
            return
        name = f"执法统计{counted.period.first}至{counted.period.last}"
        chosen, kind = QFileDialog.getSaveFileName(
            self, tr("导出统计"), f"{name}.xlsx", tr("Excel 工作簿 (*.xlsx);;CSV 表格 (*.csv)"))
        if chosen:
            path = Path(chosen)
            self.export_to(path if path.suffix else path.with_suffix(".csv" if "csv" in kind else ".xlsx"))

    def export_to(self, path: Path) -> None:
        """Write what is shown, all tables of it, to ``path``."""
        session, counted = self._shell.officers, self.counted
        if counted is not None:
            self._shell.jobs.run(
                Lane.WORK, lambda: export_statistics(session, counted, path),
                done=lambda made: self._shell.messages.good(tr("已导出到 {path}。", path=made)))


def _row(title: str, line: Line) -> tuple[str, ...]:
    more = (share(line),) if title == RECORDED else ()
    return (said(line.name), *(f"{count:,}" for count in line.counts), *more)


def _month(box: QDateEdit) -> str:
    return f"{box.date().year():04d}-{box.date().month():02d}"
