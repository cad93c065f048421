"""What stands over a case's desk when headquarters gave it back, or two laptops wrote differently."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from field_app.actions.case_fields import MAX_VALUE, Conflict, FieldNow
from field_app.domain.case import Case, SyncState
from field_app.ui.language import said, tr
from field_app.ui.parts import answers, button, clear, label, row
from field_app.ui.theme import open_at


class SharedBar(QWidget):
    """Hidden unless there is something; a choice is told by ``chosen`` (field, value)."""

    chosen = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 4, 16, 8)
        self._column.setSpacing(4)
        self.hide()

    def show_case(self, case: Case, conflicts: Sequence[Conflict]) -> None:
        """Tell why the case came back, and every field of which two values stand."""
        clear(self._column)
        returned = case.sync is SyncState.RETURNED
        if returned:
            self._column.addWidget(
                label(tr("总部退回了本案。{problem}。改正后请重新封存报送。", problem=said(case.problem)), "problem",
                                         wrap=True))
        for conflict in conflicts:
            self._column.addWidget(label(
                tr("“{label}”在两台电脑上写得不一样，请选择以哪个为准：", label=said(conflict.label)), "problem",
                wrap=True))
            for choice in conflict.choices:
                take = button(tr("以此为准：{value}", value=choice.value))
                take.clicked.connect(
                    lambda _on=False, name=conflict.name, value=choice.value:
                    self.chosen.emit(name, value))
                self._column.addLayout(row(take, label(
                    tr("{device}　{by}", device=choice.device, by=tr("、").join(choice.by)), "muted"), None))
        self.setVisible(returned or bool(conflicts))


class FieldsDialog(QDialog):
    """Sets facts of the case right; papers that were issued keep what they say."""

    def __init__(self, parent: QWidget | None, fields: Sequence[FieldNow]) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("案件信息"))
        self._was = {f.name: f.value for f in fields}
        self.edits: dict[str, QLineEdit] = {}
        form = QFormLayout()
        for each in fields:
            edit = QLineEdit(each.value)
            edit.setMaxLength(MAX_VALUE)
            edit.setAccessibleName(said(each.label))
            self.edits[each.name] = edit
            form.addRow(said(each.label), edit)
        form.setSpacing(12)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(label(tr("更正后写入日志；已定稿的文书不变，以后的文书用新的内容。"
                                  "更正某一份文书的，打开它，点“更多”。"), wrap=True))
        column.addLayout(form)
        column.addLayout(answers(self, tr("保存"))[1])
        open_at(self, 620)

    @property
    def changed(self) -> dict[str, str]:
        """What was typed anew, by field."""
        return {name: edit.text() for name, edit in self.edits.items()
                if edit.text() != self._was[name]}
