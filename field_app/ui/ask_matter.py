"""Asks which matter a case goes on under, where the one it had gives no power to penalise."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from field_app.rules.catalogue import CatalogueMatter
from field_app.ui.ask_text import ask_one
from field_app.ui.language import said, tr


def ask_matter(parent: QWidget, matters: Sequence[CatalogueMatter], why: str) -> str:
    """The matter chosen, empty when the officer turned back."""
    place = ask_one(parent, tr("选择执法事项"), tr("{why}\n\n请选择立案依据的执法事项：", why=said(why)),
                    [m.name for m in matters], yes=tr("按所选事项转入"))
    return matters[place].name if place >= 0 else ""
