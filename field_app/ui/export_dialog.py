"""导出副本: a span of a recording, as it is or with faces, plates and words hidden."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QRadioButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from field_app.actions.export_clip import Area, Hidden
from field_app.domain.case import Clip
from field_app.errors import FieldAppError
from field_app.ui.language import tr, tr_later
from field_app.ui.mask_screen import MaskScreen
from field_app.ui.parts import button, label, row
from field_app.ui.playable import FrameSource, time_text
from field_app.ui.player_bar import PlayerBar
from field_app.ui.theme import give_size, open_at

_BURNS = (("time", tr_later("时间")), ("place", tr_later("地点")), ("officers", tr_later("人员")),
          ("step", tr_later("环节")))
_TIME = re.compile(r"(?:(\d{1,2})[:：])?(\d{1,3})[:：](\d{1,2}(?:\.\d{1,3})?)")


def seconds_of(text: str) -> float | None:
    """Seconds of ``hh:mm:ss.mmm`` or ``mm:ss``; None when it is no time."""
    found = _TIME.fullmatch(text.strip())
    if found is None or float(found[3]) >= 60:
        return None
    return int(found[1] or 0) * 3600 + int(found[2]) * 60 + float(found[3])


@dataclass(frozen=True)
class Wish:
    """What the officer wants exported; ``hidden`` None: as it is."""

    from_s: float
    to_s: float
    reason: str
    hidden: Hidden | None


@dataclass(frozen=True)
class _Row:
    """One line of the table: an area, or (without one) a span to be muted."""

    from_s: float
    to_s: float
    area: Area | None = None

    def moved(self, seconds: float, *, begin: bool) -> "_Row":
        """The same, beginning or ending at another second."""
        return replace(self, from_s=seconds) if begin else replace(self, to_s=seconds)


class ExportDialog(QDialog):
    """``wanted`` carries the :class:`Wish`; the dialog stays open until it is done or closed."""

    wanted = Signal(object)

    def __init__(self, parent: QWidget, clip: Clip, source: FrameSource, at: float) -> None:
        super().__init__(parent)
        self._clip, self._source = clip, source
        self._rows: list[_Row] = []
        self._at = min(at, max(0.0, source.duration_s - source.frame_s))
        self.setWindowTitle(tr("导出副本　{number}", number=clip.number))
        open_at(self, 1240, 660)
        self._make()
        self._lay_out()
        self._seek = QTimer(self)
        self._seek.setSingleShot(True)
        self._seek.setInterval(0)
        self._seek.timeout.connect(self._show_frame)
        self.slider.valueChanged.connect(self._moved)
        self._mode()
        self.slider.setValue(round(self._at * 1000))
        self._show_frame()
        self.finished.connect(lambda _: source.close())

    def _make(self) -> None:
        source = self._source
        self.table: QTableWidget = QTableWidget(0, 3)
        self.table.setTabKeyNavigation(False)  # Tab leaves the table; arrows move in it.
        self.screen_area = MaskScreen()
        self.screen_area.drawn.connect(self._drawn)
        self.screen_area.chosen.connect(self.table.selectRow)
        self.slider: PlayerBar = PlayerBar()
        self.slider.setAccessibleName(tr("画面位置"))
        self.slider.setRange(0, max(0, round((source.duration_s - source.frame_s) * 1000)))
        self.slider.setSingleStep(round(source.frame_s * 1000))
        self.place = label("")
        self.plain = QRadioButton(tr("原样剪辑"))
        self.plain.setToolTip(tr("不重新编码，起止对齐到整秒的关键帧，画面声音与原件逐字节相同"))
        self.masked = QRadioButton(tr("遮挡副本"))
        self.masked.setToolTip(tr("遮挡人脸、车牌，静音个人信息；重新编码，另存为新的封存件"))
        self.plain.setChecked(True)
        self.plain.toggled.connect(self._mode)
        self.begin, self.end = self._time(tr("开始时间"), 0.0), self._time(tr("结束时间"), source.duration_s)
        self.reason = QLineEdit()
        self.reason.setAccessibleName(tr("用途"))
        self.reason.setPlaceholderText(tr("例如：报送法制审核、向当事人公开"))
        self.reason.setMaxLength(500)
        self.table.setAccessibleName(tr("遮挡和静音"))
        self.table.setHorizontalHeaderLabels([tr("内容"), tr("从"), tr("到")])
        self.table.verticalHeader().hide()
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in (1, 2):
            self.table.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.itemChanged.connect(self._edited)
        self.table.itemSelectionChanged.connect(self._show_areas)
        self.burns = {key: QCheckBox(tr(words)) for key, words in _BURNS}
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()

    def _time(self, name: str, seconds: float) -> QLineEdit:
        line = QLineEdit(time_text(seconds))
        line.setAccessibleName(name)
        line.setMaxLength(14)
        return line

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.addWidget(self.screen_area, 1)
        left.addWidget(self.slider)
        self.hint = label("", "muted", wrap=True)
        below = row(self.hint, self.place, spacing=16)
        below.setStretchFactor(self.hint, 1)
        left.addLayout(below)
        span = QGridLayout()
        for line, (words, edit) in enumerate(((tr("从"), self.begin), (tr("到"), self.end))):
            here = button(tr("设为当前"), "link", tip=tr("取画面现在的位置"))
            here.setAccessibleName(tr("{what}设为当前", what=edit.accessibleName()))
            here.clicked.connect(lambda _=False, e=edit: e.setText(time_text(self._at)))
            here.setAutoDefault(False)
            for column, made in enumerate((label(words), edit, here)):
                span.addWidget(made, line, column)
        side = QVBoxLayout()
        side.setSpacing(8)
        side.addLayout(row(self.plain, self.masked, None))
        side.addLayout(span)
        side.addWidget(self._mask_part(), 1)
        side.addWidget(label(tr("用途")))
        side.addWidget(self.reason)
        side.addWidget(self.problem)
        sure, back = button(tr("导出"), "action"), button(tr("关闭"))
        sure.setAutoDefault(False)
        back.setAutoDefault(False)
        sure.clicked.connect(self._sure)
        back.clicked.connect(self.reject)
        side.addWidget(
            label(tr("原件不动；副本另行封存，记下原件校验值、起止、处理内容和经手人。"), "muted", wrap=True))
        side.addLayout(row(None, back, sure))
        holder = QWidget()
        holder.setLayout(side)
        give_size(holder, width=352)
        side.setContentsMargins(0, 0, 0, 0)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(16, 16, 16, 16)
        outer.setSpacing(16)
        outer.addLayout(left, 1)
        outer.addWidget(holder)

    def _mask_part(self) -> QWidget:
        self.mask_part = QWidget()
        column = QVBoxLayout(self.mask_part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.table, 1)
        buttons = []
        for words, tip, call in (
                (tr("加静音"), tr("在当前位置起加一段静音"), self._add_mute),
                (tr("从当前起"), tr("选中项从当前位置开始"), lambda: self._set_end(True)),
                (tr("到当前止"), tr("选中项到当前位置为止"), lambda: self._set_end(False)),
                (tr("删去"), tr("删去选中项"), self._remove)):
            made = button(words, "link", tip=tip)
            made.setAutoDefault(False)
            made.clicked.connect(call)
            buttons.append(made)
        column.addLayout(row(*buttons, None, spacing=4))
        column.addWidget(label(tr("画面下方加注"), "muted"))
        column.addLayout(row(*self.burns.values(), None, spacing=16))
        return self.mask_part

    # The span and the mode

    def _mode(self) -> None:
        masked = self.masked.isChecked()
        self.mask_part.setEnabled(masked)
        self.screen_area.drawing = masked
        self.hint.setText(tr("在画面上拖动鼠标画出要遮挡的地方。") if masked else
                          tr("起止会向外对齐到关键帧（整秒），不重新编码。"))
        self._show_areas()

    def _span(self) -> tuple[float, float] | None:
        begin, end = seconds_of(self.begin.text()), seconds_of(self.end.text())
        if begin is None or end is None or end <= begin or begin >= self._source.duration_s:
            return None
        return begin, min(end, self._source.duration_s)

    # Areas and muted spans

    def _to_end(self) -> float:
        span = self._span()
        return span[1] if span is not None and span[1] > self._at else self._source.duration_s

    def _drawn(self, rect: QRect) -> None:
        area = Area(rect.x(), rect.y(), rect.width(), rect.height(), self._at, self._to_end())
        self._put(_Row(area.from_s, area.to_s, area))

    def _add_mute(self) -> None:
        self._put(_Row(self._at, min(self._at + 2.0, self._to_end())))

    def _put(self, made: _Row) -> None:
        self._rows.append(made)
        self._fill()
        self.table.selectRow(len(self._rows) - 1)

    def _fill(self) -> None:
        chosen = self.table.currentRow()
        self.table.blockSignals(True)
        self.table.setRowCount(len(self._rows))
        for line, one in enumerate(self._rows):
            what = QTableWidgetItem(f"{line + 1} " + (tr("静音") if one.area is None else tr("遮挡")))
            what.setFlags(what.flags() & ~Qt.ItemFlag.ItemIsEditable)
            self.table.setItem(line, 0, what)
            self.table.setItem(line, 1, QTableWidgetItem(time_text(one.from_s)))
            self.table.setItem(line, 2, QTableWidgetItem(time_text(one.to_s)))
        self.table.blockSignals(False)
        if 0 <= chosen < len(self._rows):
            self.table.selectRow(chosen)
        self._show_areas()

    def _edited(self, item: QTableWidgetItem) -> None:
        seconds, line = seconds_of(item.text()), item.row()
        if seconds is not None:
            self._rows[line] = self._rows[line].moved(seconds, begin=item.column() == 1)
        self._fill()

    def _set_end(self, begin: bool) -> None:
        line = self.table.currentRow()
        if 0 <= line < len(self._rows):
            self._rows[line] = self._rows[line].moved(self._at, begin=begin)
            self._fill()

    def _remove(self) -> None:
        line = self.table.currentRow()
        if 0 <= line < len(self._rows):
            del self._rows[line]
            self._fill()

    def _show_areas(self) -> None:
        here = [(n, one.area) for n, one in enumerate(self._rows) if one.area is not None
                and one.from_s <= self._at + 1e-3 and (self._at < one.to_s)]
        self.screen_area.show_areas(here if self.masked.isChecked() else [],
                                    self.table.currentRow())

    # The picture

    def _moved(self, value: int) -> None:
        self._at = value / 1000
        self._seek.start()

    def _show_frame(self) -> None:
        try:
            frame = self._source.frame_at(self._at)
        except (FieldAppError, OSError):
            frame = None
        self.screen_area.show_frame(frame, tr("这里没有画面或者已损坏"))
        self.place.setText(f"{time_text(self._at)} / {time_text(self._source.duration_s)}")
        self._show_areas()

    # The wish

    def _sure(self) -> None:
        span = self._span()
        checks: tuple[tuple[Callable[[], bool], str], ...] = (
            (lambda: span is None, tr("起止时间不对：写成 时:分:秒，结束要晚于开始。")),
            (lambda: not self.reason.text().strip(), tr("请写明用途。")),
            (lambda: self.masked.isChecked() and self._hidden().nothing,
             tr("还没有画遮挡框，也没有选静音或加注。")))
        wrong = next((words for check, words in checks if check()), "")
        self.tell(wrong)
        if wrong or span is None:
            return
        self.wanted.emit(Wish(*span, self.reason.text().strip(),
                              self._hidden() if self.masked.isChecked() else None))

    def tell(self, words: str) -> None:
        """Say what is wrong, beside the button; empty takes it away."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))

    def _hidden(self) -> Hidden:
        areas = tuple(replace(one.area, from_s=one.from_s, to_s=one.to_s)
                      for one in self._rows if one.area is not None)
        muted = tuple((one.from_s, one.to_s) for one in self._rows if one.area is None)
        return Hidden(areas, muted, frozenset(k for k, box in self.burns.items() if box.isChecked()))
