"""Which editor a list has; and the officers, who are shown and not typed."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from field_app.forms import Field, Kind
from field_app.ui.field_editors import Editor
from field_app.ui.inquiry_editor import PairsEditor
from field_app.ui.language import tr
from field_app.ui.parts import chip, row
from field_app.ui.rows_editor import RowsEditor

_AT_WORK = frozenset({"officers", "handlers", "servers"})  # those who are logged in; all others are typed


class OfficersEditor(QWidget):
    """Officers come from the login: shown, not typed, so that names and numbers always agree."""

    changed = Signal()
    focused = Signal(str)
    told = Signal(str)

    def __init__(self, field: Field, path: str, value: Any) -> None:
        super().__init__()
        self.field = field
        self.path = path
        self._value = value
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for officer in value or []:
            column.addLayout(row(
                chip(tr("{name}　{number}", name=officer.get("name", ""), number=officer.get("cert_no", ""))), None))

    @property
    def editors(self) -> list[Editor]:
        return []

    def value(self) -> Any:
        return self._value


ListEditor = RowsEditor | OfficersEditor | PairsEditor


def list_editor(field: Field, path: str, value: Any) -> ListEditor | None:
    """The editor of a list field."""
    item = field.item
    if item is None:
        return None
    if {f.key for f in item.fields} == {"q", "a"}:
        return PairsEditor(field, path, value)
    if item.block == "OFFICER" and field.key in _AT_WORK:
        return OfficersEditor(field, path, value)
    if item.kind in (Kind.SIGN, Kind.AUTO):
        return None
    return RowsEditor(field, path, value)
