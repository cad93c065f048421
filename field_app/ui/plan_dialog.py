"""安排检查: whom, where, which matters, from when to when."""

from datetime import date, timedelta

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from field_app.actions.catalogues import today
from field_app.actions.plan import MAX_TEXT, PARTY_TYPES, PlanFacts, PlanLine, add_plan, change_plan, kinds
from field_app.errors import UserError
from field_app.ui.date_boxes import DayBox
from field_app.ui.jobs import Lane
from field_app.ui.language import said, told, tr
from field_app.ui.matter_picker import MatterPicker
from field_app.ui.parts import button, label, row
from field_app.ui.shell import Shell
from field_app.ui.theme import give_size

_DAYS_AHEAD = 30


class PlanDialog(QDialog):
    """``kept``: the line is stored; tells its last day. A refusal stands in the window and nothing
    typed is lost."""

    kept = Signal(object)

    def __init__(self, shell: Shell, parent: QWidget, line: PlanLine | None = None) -> None:
        super().__init__(parent)
        self._shell, self._line = shell, line
        self.setWindowTitle(tr("更改检查计划") if line is not None else tr("安排检查"))
        give_size(self, least_width=720)
        self.name = self._text(tr("检查对象"), tr("营业执照或身份证上的全称"))
        self.party = self._choice(tr("对象类型"), PARTY_TYPES)
        self.number = self._text(tr("证件号码"), tr("统一社会信用代码；有了才能核对一年检查了几次"))
        self.place = self._text(tr("检查地点"), tr("乡镇、村（社区）、门牌或方位"))
        self.kind = self._choice(tr("检查类型"), kinds())
        self.matter = self._text(tr("检查事项"), tr("输入名称里的字，从清单里选，按回车加入"))
        self.picker = MatterPicker(shell, self.matter)
        self.matters = QListWidget()
        self.matters.setAccessibleName(tr("已选的检查事项，Delete 去掉"))
        give_size(self.matters, height=60)
        self.cause = self._text(tr("事由"), tr("不写则为检查类型和第一个事项"))
        self.note = self._text(tr("备注"), tr("超过频次、不能合并检查的理由也写在这里"))
        self.first, self.last = DayBox(), DayBox()
        self.first.setAccessibleName(tr("开始日期"))
        self.last.setAccessibleName(tr("截止日期"))
        self.refusal = label("", "problem", wrap=True)
        self.refusal.hide()
        self._arrange()
        self._begin(line)
        self.picker.refresh()

    def _arrange(self) -> None:
        days = QHBoxLayout()
        days.addWidget(self.first)
        days.addWidget(label(tr("至")))
        days.addWidget(self.last)
        days.addStretch(1)
        add = button(tr("加入"), tip=tr("把这个事项加入本次检查（回车）"))
        add.setAccessibleName(tr("加入检查事项"))
        add.setAutoDefault(False)
        add.clicked.connect(self._add)
        matter = row(self.matter, add)
        form = QFormLayout()
        form.setSpacing(8)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignRight)
        form.addRow(tr("检查对象"), self.name)
        form.addRow(tr("对象类型"), self.party)
        form.addRow(tr("证件号码"), self.number)
        form.addRow(tr("检查地点"), self.place)
        form.addRow(tr("检查类型"), self.kind)
        form.addRow(tr("检查事项"), matter)
        form.addRow("", self.picker.note)
        form.addRow("", self.matters)
        form.addRow(tr("起止日期"), days)
        form.addRow(tr("事由"), self.cause)
        form.addRow(tr("备注"), self.note)
        self.keep, back = button(tr("列入计划"), "action", tip="Ctrl+Enter"), button(tr("返回"))
        for made in (self.keep, back):
            made.setAutoDefault(False)
        self.keep.clicked.connect(self._keep)
        back.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(self.refusal)
        column.addLayout(row(None, back, self.keep))

    @staticmethod
    def _text(name: str, hint: str) -> QLineEdit:
        line = QLineEdit()
        line.setAccessibleName(name)
        line.setPlaceholderText(hint)
        line.setMaxLength(MAX_TEXT)
        return line

    @staticmethod
    def _choice(name: str, choices: tuple[str, ...]) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(name)
        for choice in choices:
            box.addItem(said(choice), choice)
        return box

    def _begin(self, line: PlanLine | None) -> None:
        now = today(self._shell.officers)
        self.first.setDate(_shown(now))
        self.last.setDate(_shown(now + timedelta(days=_DAYS_AHEAD)))
        if line is None:
            return
        told = line.facts
        for box, text in ((self.name, told.name), (self.number, told.uscc), (self.place, told.place),
                          (self.cause, told.cause), (self.note, told.note)):
            box.setText(text)
            box.setCursorPosition(0)
        self.party.setCurrentIndex(max(0, self.party.findData(told.party_type)))
        self.kind.setCurrentIndex(max(0, self.kind.findData(told.kind)))
        for matter in told.matters:
            self.matters.addItem(matter)
        self.first.setDate(_shown(line.first))
        self.last.setDate(_shown(line.last))

    def _add(self) -> None:
        """The matter in the line joins the list; the line is free for the next."""
        text = self.matter.text().strip()
        if text and not self.matters.findItems(text, Qt.MatchFlag.MatchExactly):
            item = QListWidgetItem(text)
            item.setToolTip(text)
            self.matters.addItem(item)
        self.matter.clear()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter keeps the line; Enter in the matter's line adds that; Delete in the list takes
        the lit one out."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.keep.click()
            elif self.matter.hasFocus():
                self._add()
        elif event.key() == Qt.Key.Key_Delete and self.matters.hasFocus():
            self.matters.takeItem(self.matters.currentRow())
        else:
            super().keyPressEvent(event)

    def _facts(self) -> PlanFacts:
        self._add()
        return PlanFacts(
            self.name.text(), str(self.party.currentData()), self.place.text(), self.number.text(),
            tuple(self.matters.item(i).text() for i in range(self.matters.count())),
            str(self.kind.currentData()), self.cause.text(), self.note.text())

    def _keep(self) -> None:
        session, line, told = self._shell.officers, self._line, self._facts()
        first, last = _day(self.first), _day(self.last)

        def work() -> None:
            if line is None:
                add_plan(session, told, first, last)
            else:
                change_plan(session, line.id, told, first, last)

        self.keep.setEnabled(False)
        self._shell.jobs.run(Lane.STORE, work, done=lambda _: self._kept(last), failed=self._refused)

    def _kept(self, last: date) -> None:
        self.accept()
        self.kept.emit(last)

    def _refused(self, error: BaseException) -> None:
        self.keep.setEnabled(True)
        if isinstance(error, UserError):
            self.refusal.setText(told(error))
            self.refusal.show()
        else:
            self._shell.messages.error(error)


def _shown(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)


def _day(box: DayBox) -> date:
    shown = box.date()
    return date(shown.year(), shown.month(), shown.day())
