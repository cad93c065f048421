"""The visit over time: steps above, what the laptop recorded, what lies on the card."""

from datetime import datetime, timedelta

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from field_app.actions.import_plan import ImportPlan, PlannedFile, Verdict
from field_app.actions.step_windows import StepWindow
from field_app.domain.clock import CHINA
from field_app.domain.imports import MediaKind
from field_app.ui.language import said, tr, tr_later
from field_app.ui.theme import THEMES, give_size, px

_ROWS = (tr_later("环节"), tr_later("已有录制"), tr_later("卡上文件"))
_HINT = tr_later("插入存储卡，先看计划（只读卡，不复制），核对记录仪时钟，再开始导入")
# Pixels at 100 %.
_TOP, _ROW, _GAP, _RIGHT, _AXIS, _BESIDE = 2, 22, 2, 12, 20, 10
_STEPS_S = (60, 300, 900, 1800, 3600, 7200, 14_400, 21_600, 86_400, 7 * 86_400)
_LABEL_PX, _WORDS_PX, _DOT_PX = 74, 90, 5
_MOST_DRAWN = 4000
_MARGIN = timedelta(minutes=1)
_LONGEST = timedelta(hours=36)


class Timeline(QWidget):
    """Draws the day that most kept files are of; empty without a plan."""

    def __init__(self) -> None:
        super().__init__()
        self._plan: ImportPlan | None = None
        self._from = self._to = datetime.now(CHINA)
        self.theme = "light"
        give_size(self, height=_TOP + 3 * (_ROW + _GAP) + _AXIS)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("时间轴"))

    def show_plan(self, plan: ImportPlan | None) -> None:
        """Draw this plan's time."""
        self._plan = plan
        files = self._placed()
        if files:
            last = max(f.span.end for f in files if f.span is not None)
            first = min(f.span.start for f in files
                        if f.span is not None and last - f.span.start <= _LONGEST)
            for window in self._windows():
                if not window.open and last - window.span.start <= _LONGEST:
                    first, last = min(first, window.span.start), max(last, window.span.end)
            margin = max(_MARGIN, (last - first) / 25)
            self._from, self._to = first - margin, last + margin
        words = tr("{files_count}个文件", files_count=len(files)) if files else tr("没有文件")
        self.setAccessibleDescription(words)
        self.update()

    def _placed(self) -> list[PlannedFile]:
        plan = self._plan
        found = [f for f in plan.files if f.span is not None] if plan is not None else []
        return [f for f in found if f.verdict in (Verdict.KEEP, Verdict.DUPLICATE)] or found

    def _windows(self) -> list[StepWindow]:
        plan = self._plan
        if plan is None:
            return []
        wanted = {f.step for f in plan.files}
        return [w for w in plan.windows if w.step in wanted]

    def _left(self) -> int:
        """Where the time begins: behind the names of the rows, in any language and size."""
        return max(self.fontMetrics().horizontalAdvance(tr(words)) for words in _ROWS) + px(2 * _BESIDE)

    @staticmethod
    def _top(row: int) -> int:
        return px(_TOP) + row * px(_ROW + _GAP)

    def _room(self) -> int:
        return self.width() - self._left() - px(_RIGHT)

    def _x(self, at: datetime) -> float:
        return self._left() + self._room() * ((at - self._from) / (self._to - self._from))

    def _bar(self, start: datetime, end: datetime, row: int) -> QRectF:
        left = max(float(self._left()), self._x(start))
        right = min(float(self.width() - px(_RIGHT)), max(self._x(end), left + 3))
        return QRectF(left, self._top(row), max(0.0, right - left), px(_ROW))

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = THEMES.get(self.theme, THEMES["light"])
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(colours.muted))
        for row, words in enumerate(map(tr, _ROWS)):
            place = QRectF(0, self._top(row), self._left() - px(_BESIDE), px(_ROW))
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, words)
            painter.fillRect(QRectF(self._left(), place.top(), self._room(), px(_ROW)),
                             QColor(colours.ground))
        if self._plan is None or not self._placed():
            if self._plan is None:
                painter.drawText(QRectF(self._left() + px(12), self._top(1), self.width(), px(_ROW)),
                                 Qt.AlignmentFlag.AlignVCenter, tr(_HINT))
            painter.end()
            return
        self._draw_scale(painter, colours.line, colours.muted)
        for window in self._windows():
            self._draw_window(painter, window)
        for file in self._placed()[:_MOST_DRAWN]:
            self._draw_file(painter, file)
        painter.end()

    def _draw_scale(self, painter: QPainter, line: str, text: str) -> None:
        seconds = (self._to - self._from).total_seconds()
        room = max(1.0, self._room() / px(_LABEL_PX))
        step = next((s for s in _STEPS_S if seconds / s <= room), _STEPS_S[-1])
        at = datetime.fromtimestamp(
            (self._from.timestamp() + 28_800) // step * step - 28_800 + step, CHINA)
        bottom, wide = self._top(3), px(_WORDS_PX)
        layout = "%m-%d" if step >= 86_400 else "%m-%d %H:%M" if seconds > 86_400 else "%H:%M"
        while at < self._to:
            x = self._x(at)
            painter.setPen(QColor(line))
            painter.drawLine(int(x), self._top(0), int(x), bottom - 2)
            painter.setPen(QColor(text))
            words = at.strftime(layout)
            half = painter.fontMetrics().horizontalAdvance(words) / 2 + 1
            middle = min(x, self.width() - half)  # The last one is not cut by the edge.
            painter.drawText(QRectF(middle - wide / 2, bottom, wide, px(_AXIS)), Qt.AlignmentFlag.AlignCenter,
                             words)
            at += timedelta(seconds=step)

    def _draw_window(self, painter: QPainter, window: StepWindow) -> None:
        colours = THEMES.get(self.theme, THEMES["light"])
        bar = self._bar(window.span.start, min(window.span.end, self._to), 0)
        painter.setPen(QColor(colours.action))
        painter.setBrush(QColor(colours.action_soft))
        painter.drawRoundedRect(bar.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        words = painter.fontMetrics().elidedText(
            said(window.title), Qt.TextElideMode.ElideRight, max(0, int(bar.width()) - 10))
        painter.drawText(bar, Qt.AlignmentFlag.AlignCenter, words)
        missing = self._bar(window.span.start, min(window.span.end, self._to), 1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(missing, QColor(colours.stop_soft))
        painter.setPen(QColor(colours.stop))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(missing.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setPen(Qt.PenStyle.NoPen)
        for span in window.recorded:
            painter.fillRect(self._bar(span.start, span.end, 1), QColor(colours.muted))

    def _draw_file(self, painter: QPainter, file: PlannedFile) -> None:
        colours = THEMES.get(self.theme, THEMES["light"])
        if file.span is None:
            return
        bar = self._bar(file.span.start, file.span.end, 2)
        kept = file.verdict is Verdict.KEEP
        colour = QColor(colours.soon if file.doubtful else colours.action if kept else colours.edge)
        if file.found.kind is MediaKind.PHOTO:
            painter.setBrush(colour)
            painter.setPen(QColor(colours.card))
            painter.drawEllipse(bar.center(), px(_DOT_PX), px(_DOT_PX))
        else:
            painter.setPen(QColor(colours.card))
            painter.setBrush(colour)
            painter.drawRoundedRect(bar, 3, 3)
