"""Asks for a few words that go into the log, or for one of several: why an inspection is cancelled, and the like."""

from collections.abc import Sequence

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QDialogButtonBox, QInputDialog, QLabel, QPlainTextEdit, QPushButton, QWidget

from field_app.ui.language import tr
from field_app.ui.theme import px
from field_app.ui.waiting import ask

_WIDTH, _CHOICE_WIDTH = 520, 720


def _main_button(dialog: QInputDialog) -> QPushButton:
    """The button that answers, in the look of what is to be pressed."""
    [buttons] = dialog.findChildren(QDialogButtonBox)
    made = buttons.button(QDialogButtonBox.StandardButton.Ok)
    made.setObjectName("action")
    made.style().unpolish(made)
    made.style().polish(made)
    return made


def ask_text(parent: QWidget, title: str, question: str, *, yes: str, name: str, no: str = "",
             width: int = _WIDTH) -> str:
    """What was typed, empty when the officer turned back; ``name`` is the box's accessible name, ``no`` the
    button that turns back, ``width`` in px at 100 %."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setOption(QInputDialog.InputDialogOption.UsePlainTextEditForTextInput)
    dialog.setLabelText(question)
    dialog.setOkButtonText(yes)
    dialog.setCancelButtonText(no or tr("返回"))
    for label in dialog.findChildren(QLabel):
        label.setWordWrap(True)
    for box in dialog.findChildren(QPlainTextEdit):
        box.setTabChangesFocus(True)
        box.setAccessibleName(name)
        box.setPlaceholderText(tr("写好后按 Ctrl+Enter"))
    accept = _main_button(dialog)
    accept.setEnabled(False)
    dialog.textValueChanged.connect(lambda text: accept.setEnabled(bool(text.strip())))
    QShortcut(QKeySequence("Ctrl+Return"), dialog).activated.connect(accept.click)
    dialog.resize(px(width), dialog.sizeHint().height())
    said = dialog.textValue().strip() if ask(dialog) else ""
    dialog.deleteLater()
    return said


def ask_one(parent: QWidget, title: str, question: str, choices: Sequence[str], *, yes: str) -> int:
    """The place of the one chosen, -1 when the officer turned back."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setLabelText(question)
    dialog.setComboBoxItems(choices)
    dialog.setComboBoxEditable(False)
    dialog.setOkButtonText(yes)
    dialog.setCancelButtonText(tr("返回"))
    for label in dialog.findChildren(QLabel):
        label.setWordWrap(True)
    _main_button(dialog)
    dialog.resize(px(_CHOICE_WIDTH), dialog.sizeHint().height())
    chosen = dialog.textValue() if ask(dialog) else ""
    dialog.deleteLater()
    return list(choices).index(chosen) if chosen in choices else -1
