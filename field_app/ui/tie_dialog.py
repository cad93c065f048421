"""Asks to which step a recording belongs after all, and why."""

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from field_app.actions.tie_recording import MAX_REASON, TieStep
from field_app.domain.case import Clip
from field_app.domain.ids import StepId
from field_app.ui.language import said, tr
from field_app.ui.parts import answers, label
from field_app.ui.theme import open_at


class TieDialog(QDialog):
    """Offers the steps that have begun, without the one the clip belongs to now.

    ``step``: the one it was dragged to; ``reason``: what was said last, to be kept or changed.
    """

    def __init__(self, parent: QWidget | None, clip: Clip, steps: Sequence[TieStep], *,
                 step: StepId | None = None, reason: str = "") -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("改归环节"))
        self.step = QComboBox()
        self.step.setAccessibleName(tr("归入的环节"))
        for one in steps:
            if one.id != clip.step and one.begun:
                self.step.addItem(said(one.title), one.id)
        self.reason = QLineEdit()
        self.reason.setAccessibleName(tr("改归的原因"))
        self.reason.setMaxLength(MAX_REASON)
        self.reason.setPlaceholderText(tr("如：录制时选错环节"))
        self.accept_, foot = answers(self, tr("改归"))
        form = QFormLayout()
        form.setSpacing(12)
        form.addRow(tr("归入环节"), self.step)
        form.addRow(tr("原因"), self.reason)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(
            label(tr("{number}的录像文件不变，只改所属环节；改归会记入日志。", number=clip.number), wrap=True))
        if not self.step.count():
            column.addWidget(label(tr("本案还没有其他已经开始的环节。"), "warning"))
        column.addLayout(form)
        column.addLayout(foot)
        self.reason.textChanged.connect(self._show)
        open_at(self, 520)
        self.step.setEnabled(self.step.count() > 0)
        self.reason.setText(reason)
        if step is not None:
            self.step.setCurrentIndex(max(0, self.step.findData(step)))
            self.reason.setFocus()
            self.reason.selectAll()
        self._show()

    def _show(self) -> None:
        self.accept_.setEnabled(bool(self.step.count() and self.reason.text().strip()))

    @property
    def chosen(self) -> tuple[StepId, str]:
        """The step and the reason."""
        return StepId(str(self.step.currentData())), self.reason.text().strip()
