"""Asks which matter a case goes on under, where the one it had gives no power to penalise."""

from collections.abc import Sequence

from PySide6.QtWidgets import QInputDialog, QWidget

from field_app.rules.catalogue import CatalogueMatter
from field_app.ui.language import said, tr


def ask_matter(parent: QWidget, matters: Sequence[CatalogueMatter], why: str) -> str:
    """The matter chosen, empty when the officer turned back."""
    dialog = QInputDialog(parent)
    dialog.setWindowTitle(tr("选择执法事项"))
    dialog.setLabelText(tr("{why}\n\n请选择立案依据的执法事项：", why=said(why)))
    dialog.setComboBoxItems([m.name for m in matters])
    dialog.setComboBoxEditable(False)
    dialog.setOkButtonText(tr("按所选事项转入"))
    dialog.setCancelButtonText(tr("返回"))
    dialog.resize(720, dialog.sizeHint().height())
    chosen = dialog.textValue() if dialog.exec() else ""
    dialog.deleteLater()
    return chosen
