"""The steps of a case as places to drop a recording on; the same list is walked by keyboard."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListWidget, QListWidgetItem, QVBoxLayout

from field_app.actions.tie_recording import TieStep
from field_app.domain.case import Clip
from field_app.domain.ids import StepId
from field_app.ui.language import said, tr, tr_later
from field_app.ui.list_table import wrap
from field_app.ui.parts import label
from field_app.ui.theme import Palette, give_size

_EDGE, _SCROLL_MS, _SCROLL_PX = 28, 30, 8
_HINT = tr_later("把时间轴上的录音录像拖到这里的环节，改归到它；按 G 键也可以。")


class _List(QListWidget):
    """Enter takes, Esc gives up; Esc must not leave the page meanwhile."""

    taken = Signal()
    given_up = Signal()

    def event(self, event: QEvent) -> bool:
        if (event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
                and event.key() == Qt.Key.Key_Escape):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.taken.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.given_up.emit()


class StepTargets(QFrame):
    """``chosen`` carries the clip and the step it is to belong to."""

    chosen = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        give_size(self, width=288)
        self._steps: Sequence[TieStep] = ()
        self._clip: Clip | None = None
        self._way = 0
        self.hint = label(tr(_HINT), "muted", wrap=True)
        self.list = _List()
        self.list.setAccessibleName(tr("本案的环节，录音录像可以归入"))
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        wrap(self.list)
        self.list.taken.connect(self._take)
        self.list.given_up.connect(self.rest)
        self.list.itemClicked.connect(lambda _: self._take())
        self._scroll = QTimer(self)
        self._scroll.setInterval(_SCROLL_MS)
        self._scroll.timeout.connect(self._roll)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(label(tr("归入环节"), "heading"))
        column.addWidget(self.hint)
        column.addWidget(self.list, 1)

    def show_steps(self, steps: Sequence[TieStep], palette: Palette) -> None:
        """The steps of the case that is shown; those not begun cannot take a recording yet."""
        self._steps = sorted(steps, key=lambda s: not s.begun)
        self.list.clear()
        for step in self._steps:
            item = QListWidgetItem(said(step.title) if step.begun else tr("{title}（未开始）", title=said(step.title)))
            item.setToolTip(said(step.title) if step.begun
                            else tr("“{title}”还没有开始，先到办案台开始它", title=said(step.title)))
            if not step.begun:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
                item.setForeground(QColor(palette.muted))
            self.list.addItem(item)
        self.rest()

    def ask(self, clip: Clip) -> None:
        """Let the step be chosen by keyboard."""
        self._clip = clip
        self.hint.setText(
            tr("{number}归入哪个环节？上下键选择，回车确定，Esc取消。", number=clip.number.rsplit("-", 1)[-1]))
        first = next((n for n, s in enumerate(self._steps) if s.begun and s.id != clip.step), -1)
        self.list.setCurrentRow(first)
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def rest(self) -> None:
        """No clip waits any more."""
        self._clip = None
        self._scroll.stop()
        self.hint.setText(tr(_HINT))
        self.list.clearSelection()
        self.list.setCurrentRow(-1)

    def _take(self) -> None:
        clip, row = self._clip, self.list.currentRow()
        if clip is not None and 0 <= row < len(self._steps) and self._steps[row].begun:
            self.rest()
            self.chosen.emit(clip, self._steps[row].id)

    def over(self, place: QPoint) -> StepId | None:
        """A clip is held above a place of the screen: the step there is lit, and near an edge the list
        rolls on."""
        here = self.list.viewport().mapFromGlobal(place)
        inside = 0 <= here.x() < self.list.viewport().width()
        height = self.list.viewport().height()
        self._way = 0
        if inside and -_EDGE <= here.y() < _EDGE:
            self._way = -1
        elif inside and height - _EDGE <= here.y() < height + _EDGE:
            self._way = 1
        if self._way and not self._scroll.isActive():
            self._scroll.start()
        elif not self._way:
            self._scroll.stop()
        row = self.list.indexAt(here).row()
        begun = row >= 0 and self._steps[row].begun
        self.list.setCurrentRow(row if begun else -1)
        return self._steps[row].id if begun else None

    def _roll(self) -> None:
        bar = self.list.verticalScrollBar()
        bar.setValue(bar.value() + self._way * _SCROLL_PX)
