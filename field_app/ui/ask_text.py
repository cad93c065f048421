"""Asks for a few words that go into the log: why a planned inspection is cancelled, and the like."""

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QInputDialog, QLabel, QPlainTextEdit, QWidget

from field_app.ui.language import tr
from field_app.ui.theme import px

_WIDTH = 520


def ask_text(parent: QWidget, title: str, question: str, *, yes: str, name: str) -> str:
    """What was typed, empty when the officer turned back; ``name`` is the box's accessible name."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setOption(QInputDialog.InputDialogOption.UsePlainTextEditForTextInput)
    dialog.setLabelText(question)
    dialog.setOkButtonText(yes)
    dialog.setCancelButtonText(tr("返回"))
    for label in dialog.findChildren(QLabel):
        label.setWordWrap(True)
    for box in dialog.findChildren(QPlainTextEdit):
        box.setTabChangesFocus(True)
        box.setAccessibleName(name)
        box.setToolTip(tr("写好后按 Ctrl+Enter"))
    QShortcut(QKeySequence("Ctrl+Return"), dialog).activated.connect(dialog.accept)
    dialog.resize(px(_WIDTH), dialog.sizeHint().height())
    said = dialog.textValue().strip() if dialog.exec() else ""
    dialog.deleteLater()
    return said
