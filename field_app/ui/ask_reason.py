"""Asks an officer why something is done although rules warn; the reason goes into the log."""

from collections.abc import Sequence

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QInputDialog, QLabel, QPlainTextEdit, QWidget

from field_app.domain.reasons import Reason
from field_app.ui.language import said, tr

_WIDTH = 680


def told_lines(reasons: Sequence[Reason]) -> str:
    """Each warning on its own line, with its law."""
    return "\n".join(tr("• {words}（{basis}）", words=said(r.text), basis=said(r.basis)) if r.basis
                     else f"• {said(r.text)}"
                     for r in reasons)


def ask_reason(parent: QWidget, reasons: Sequence[Reason], *, then: str) -> str:
    """The reason typed, empty when the officer turned back; ``then`` names what it lets happen."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(tr("说明理由"))
    dialog.setOption(QInputDialog.InputDialogOption.UsePlainTextEditForTextInput)
    dialog.setLabelText(
        tr("{reasons}\n\n确实需要{then}的，请写明理由，理由会记入日志：", reasons=told_lines(reasons), then=then))
    dialog.setOkButtonText(tr("写明理由，{then}", then=then))
    dialog.setCancelButtonText(tr("返回修改"))
    for label in dialog.findChildren(QLabel):
        label.setWordWrap(True)
    for box in dialog.findChildren(QPlainTextEdit):
        box.setTabChangesFocus(True)
        box.setAccessibleName(tr("理由"))
        box.setToolTip(tr("写好后按 Ctrl+Enter"))
    QShortcut(QKeySequence("Ctrl+Return"), dialog).activated.connect(dialog.accept)
    dialog.resize(_WIDTH, dialog.sizeHint().height())
    said = dialog.textValue().strip() if dialog.exec() else ""
    dialog.deleteLater()
    return said
