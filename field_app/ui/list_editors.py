"""Editors of lists: lines of text, rows of a table, officers."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from field_app.forms import Field, Kind
from field_app.ui.field_editors import Editor, editor_for
from field_app.ui.inquiry_editor import PairsEditor
from field_app.ui.language import tr
from field_app.ui.parts import button, card, chip, clear, label, row


class RowsEditor(QWidget):
    """A list of rows that can be added, removed and moved; one editor for each member."""

    changed = Signal()
    focused = Signal(str)
    told = Signal(str)

    def __init__(self, field: Field, path: str, value: Any) -> None:
        super().__init__()
        self.field = field
        self.path = path
        self._rows: list[Any] = list(value) if isinstance(value, list) else []
        self._editors: list[dict[str, Editor]] = []
        self._at: int | None = None  # the row last worked in
        self._before: list[list[Any]] = []  # as it was before each removal, newest last
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._build()

    @property
    def editors(self) -> list[Editor]:
        return [e for row_ in self._editors for e in row_.values()]

    def _build(self) -> None:
        clear(self._column)
        self._editors = []
        for index, value in enumerate(self._rows):
            self._column.addWidget(self._row(index, value))
        add = button(tr("＋ 添加一项{label}", label=self.field.label), "link")
        add.clicked.connect(self.add)
        self.undo = button(tr("撤销删除"), "link", tip=tr("找回刚才删掉的一项"))
        self.undo.clicked.connect(self._undo)
        self.undo.setVisible(bool(self._before))
        self._column.addLayout(row(add, self.undo, None))

    def _members(self) -> list[Field]:
        item = self.field.item
        if item is None:
            return []
        return [f for f in item.fields if not f.after_printing] if item.fields else [item]

    def _row(self, index: int, value: Any) -> QWidget:
        frame, column = card()
        column.setContentsMargins(12, 8, 12, 8)
        remove, up = button(tr("删除"), "link"), button(tr("上移"), "link")
        remove.setAccessibleName(tr("删除第{index}项", index=index + 1))
        up.setAccessibleName(tr("上移第{index}项", index=index + 1))
        remove.clicked.connect(lambda: self._remove(index))
        up.clicked.connect(lambda: self._up(index))
        up.setEnabled(index > 0)
        column.addLayout(row(label(tr("第{index}项", index=index + 1), "muted"), None, up, remove))
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        made: dict[str, Editor] = {}
        simple = self.field.item is not None and not self.field.item.fields
        for line, member in enumerate(self._members()):
            path = f"{self.path}[{index}]" + ("" if simple else f".{member.key}")
            given = value if simple else (value.get(member.key) if isinstance(value, dict) else None)
            editor = editor_for(member, path, given)
            if editor is None:
                continue
            editor.changed.connect(self.changed)
            editor.told.connect(self.told)
            editor.focused.connect(self.focused)
            editor.focused.connect(self._worked_in)
            if not simple:
                grid.addWidget(label(member.label), line, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(editor, line, 1)
            made["" if simple else member.key] = editor
        column.addLayout(grid)
        self._editors.append(made)
        return frame

    def _remember(self) -> None:
        self._rows = self.value() or []

    def _new(self) -> Any:
        if self.field.item is not None and not self.field.item.fields:
            return ""
        numbered = any(m.key == "no" for m in self._members())
        return {"no": len(self._rows) + 1} if numbered else {}

    def add(self) -> None:
        """A new row at the end, ready for typing."""
        self._remember()
        self._rows.append(self._new())
        self._build()
        last = list(self._editors[-1].values())
        if last:
            (last[1] if len(last) > 1 and "no" in self._editors[-1] else last[0]).setFocus()
        self.changed.emit()

    def put(self, phrase: str, member: str = "") -> None:
        """Write a phrase into the row with the cursor if it is empty there, else into a new row.

        ``member``: of a table's rows; empty for a list of lines.
        """
        self._remember_all()
        place = self._empty_row(member)
        if place is None:
            place = len(self._rows)
            self._rows.append(self._new())
        if member:
            self._rows[place][member] = phrase
        else:
            self._rows[place] = phrase
        self._build()
        editor = self._editors[place][member]
        editor.setFocus()
        editor.select_blank()
        self.changed.emit()

    def _empty_row(self, member: str) -> int | None:
        """Where a phrase goes without a new row: the row last worked in, or an unused last one."""
        tried = [r for r in (self._at, len(self._rows) - 1) if r is not None]
        return next((r for r in tried if 0 <= r < len(self._editors)
                     and not self._editors[r][member].value()), None)

    def _worked_in(self, path: str) -> None:
        self._at = next((line for line, made in enumerate(self._editors)
                         if any(e.path == path for e in made.values())), None)

    def _remove(self, index: int) -> None:
        self._remember_all()
        self._before.append(list(self._rows))
        del self._rows[index]
        self._build()
        self.undo.setFocus()
        self.changed.emit()

    def _undo(self) -> None:
        """The row removed last is back, with what was typed since left out."""
        self._rows = self._before.pop()
        self._build()
        self.changed.emit()

    def _up(self, index: int) -> None:
        self._remember_all()
        self._rows[index - 1], self._rows[index] = self._rows[index], self._rows[index - 1]
        self._build()
        self.changed.emit()

    def _remember_all(self) -> None:
        """As :meth:`_remember`, but empty rows keep their place."""
        self._rows = [self._row_value(i) for i in range(len(self._editors))]

    def _row_value(self, index: int) -> Any:
        made = self._editors[index]
        if "" in made:
            return made[""].value() or ""
        before = self._rows[index] if isinstance(self._rows[index], dict) else {}
        shown = {k: e.value() for k, e in made.items()}
        kept = {k: v for k, v in before.items() if k not in shown}
        return kept | {k: ("" if v is None else v) for k, v in shown.items()}

    def value(self) -> Any:
        """The rows that say something."""
        rows = [self._row_value(i) for i in range(len(self._editors))]
        return [r for r in rows if (any(v not in ("", None) for k, v in r.items() if k != "no")
                                    if isinstance(r, dict) else r)] or None


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
    keys = {f.key for f in item.fields}
    if keys == {"q", "a"}:
        return PairsEditor(field, path, value)
    if "cert_no" in keys and "on_duty_in_quota" in keys:
        return OfficersEditor(field, path, value)
    if item.kind in (Kind.SIGN, Kind.AUTO):
        return None
    return RowsEditor(field, path, value)
