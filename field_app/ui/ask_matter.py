"""Asks which matter a case goes on under, where the one it had gives no power to penalise."""

from collections.abc import Sequence

from PySide6.QtWidgets import QInputDialog, QWidget

from field_app.rules.catalogue import CatalogueMatter


def ask_matter(parent: QWidget, matters: Sequence[CatalogueMatter], why: str) -> str:
    """The matter chosen, empty when the officer turned back."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle("选择执法事项")
    dialog.setLabelText(f"{why}\n\n请选择立案依据的执法事项：")
    dialog.setComboBoxItems([m.name for m in matters])
    dialog.setComboBoxEditable(False)
    dialog.setOkButtonText("按所选事项转入")
    dialog.setCancelButtonText("返回")
    dialog.resize(720, dialog.sizeHint().height())
    chosen = dialog.textValue() if dialog.exec() else ""
    dialog.deleteLater()
    return chosen
