"""The editor of a list: rows of lines or of a table that are added, removed and moved."""

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from field_app.forms import Field
from field_app.ui.field_editors import Editor, editor_for
from field_app.ui.language import tr
from field_app.ui.parts import button, label, row
from field_app.ui.person_fold import PERSON, PersonFold
from field_app.ui.slices import Slices, tab_on

_OF_A_PERSON = frozenset({"name", "id_type", "id_no", "phone", "relation"})  # asked of whoever is listed
_ONE = ""  # the member of a list of lines, whose rows have no members


def members_of(field: Field) -> list[Field]:
    """What one row is asked: the members of a table's row, or the line itself."""
    item = field.item
    if item is None:
        return []
    return [f for f in item.fields if not f.after_printing] if item.fields else [item]


class ListRow(QFrame):
    """One row; ``given``: its value as it came, of which members that are not shown are kept."""

    changed = Signal()
    focused = Signal(str)
    told = Signal(str)

    def __init__(self, field: Field, given: Any) -> None:
        super().__init__()
        self.setObjectName("card")
        self._given = given
        self._simple = field.item is not None and not field.item.fields
        self.editors: dict[str, Editor] = {}
        self._fold = PersonFold()
        self._place = label("", "muted")
        self.up, self.remove = button(tr("上移"), "link"), button(tr("删除"), "link")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.addLayout(row(self._place, None, self.up, self.remove))
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        for line, member in enumerate(members_of(field)):
            value = given if self._simple else given.get(member.key) if isinstance(given, dict) else None
            editor = editor_for(member, member.key, value)
            if editor is None:
                continue
            editor.changed.connect(self.changed)
            editor.told.connect(self.told)
            editor.focused.connect(self.focused)
            if not self._simple:
                name = QLabel(member.label)
                grid.addWidget(name, line, 0, Qt.AlignmentFlag.AlignTop)
                self._fold.add(member.key, name, editor)
            grid.addWidget(editor, line, 1)
            self.editors[_ONE if self._simple else member.key] = editor
        column.addLayout(grid)
        if field.item is not None and field.item.block == PERSON:
            column.addLayout(row(self._fold.more, None))
            self._fold.fold({k for k, e in self.editors.items() if k not in _OF_A_PERSON and not e.value()})

    def number(self, index: int, path: str) -> None:
        """Its place in the list, from 0, as names and paths say it."""
        self._place.setText(tr("第{index}项", index=index + 1))
        self.remove.setAccessibleName(tr("删除第{index}项", index=index + 1))
        self.up.setAccessibleName(tr("上移第{index}项", index=index + 1))
        self.up.setEnabled(index > 0)
        for key, editor in self.editors.items():
            editor.path = f"{path}[{index}]" + (f".{key}" if key else "")

    def value(self) -> Any:
        """What stands in it; a table's row gives empty texts for what is empty."""
        if self._simple:
            return self.editors[_ONE].value() or ""
        before = self._given if isinstance(self._given, dict) else {}
        shown = {k: e.value() for k, e in self.editors.items()}
        return {k: v for k, v in before.items() if k not in shown} | {
            k: ("" if v is None else v) for k, v in shown.items()}

    def begin(self) -> None:
        """The cursor into its first member that is typed."""
        keys = list(self.editors)
        if keys:
            self.editors[keys[1] if keys[0] == "no" and len(keys) > 1 else keys[0]].setFocus()


def _says_something(value: Any) -> bool:
    if isinstance(value, dict):
        return any(v not in ("", None) for k, v in value.items() if k != "no")
    return bool(value)


class RowsEditor(QWidget):
    """A list of rows that can be added, removed and moved; one editor for each member."""

    changed = Signal()
    focused = Signal(str)
    told = Signal(str)

    def __init__(self, field: Field, path: str, value: Any) -> None:
        super().__init__()
        self.field = field
        self.path = path
        self._rows: list[ListRow] = []
        self._rest: list[Any] = list(value) if isinstance(value, list) else []  # not built yet
        self._at: ListRow | None = None  # the row last worked in
        self._removed: list[tuple[int, Any]] = []  # where it stood and what it said, newest last
        self._add = button(tr("＋ 添加一项{label}", label=field.label), "link")
        self._add.clicked.connect(self.add)
        self.undo = button(tr("撤销删除"), "link", tip=tr("找回刚才删掉的一项"))
        self.undo.clicked.connect(self._undo)
        self.undo.hide()
        listed = QWidget()
        self._list = QVBoxLayout(listed)
        column = QVBoxLayout(self)
        for layout in (self._list, column):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(8)
        column.addWidget(listed)
        column.addLayout(row(self._add, self.undo, None))
        self._slices = Slices(self)
        self._slices.start(self._build())

    def _build(self) -> Iterator[None]:
        while self._rest:
            self._insert(len(self._rows), self._rest.pop(0))
            yield

    def finish(self) -> None:
        """Build now what is not built yet."""
        self._slices.advance()

    def put_away(self) -> None:
        """Nobody looks at it any more: what is not built stays unbuilt."""
        self._slices.stop()

    def pieces(self) -> list[QWidget]:
        """What it is made of, for letting it go piece by piece."""
        return [self, *self._rows]

    @property
    def editors(self) -> list[Editor]:
        """All members of all rows in order."""
        self.finish()
        return [e for made in self._rows for e in made.editors.values()]

    def _insert(self, place: int, value: Any) -> ListRow:
        made = ListRow(self.field, value)
        behind = self._rows[0].up if self._rows else self._add
        before = self._last_of(self._rows[place - 1]) if place else behind.previousInFocusChain()
        self._rows.insert(place, made)
        self._list.insertWidget(place, made)
        tab_on(before, made)
        made.changed.connect(self.changed)
        made.told.connect(self.told)
        made.focused.connect(self.focused)
        made.focused.connect(lambda _path: self._worked_in(made))
        made.up.clicked.connect(lambda: self._up(self._rows.index(made)))
        made.remove.clicked.connect(lambda: self._remove(self._rows.index(made)))
        self._number(place)
        return made

    @staticmethod
    def _last_of(made: ListRow) -> QWidget:
        return next(reversed(made.editors.values()), made.remove)

    def _number(self, first: int) -> None:
        for index in range(first, len(self._rows)):
            self._rows[index].number(index, self.path)

    def _take_out(self, place: int) -> ListRow:
        gone = self._rows.pop(place)
        self._list.removeWidget(gone)
        if self._at is gone:
            self._at = None
        return gone

    def _worked_in(self, made: ListRow) -> None:
        self._at = made

    def _new(self) -> Any:
        if self.field.item is not None and not self.field.item.fields:
            return ""
        numbered = any(m.key == "no" for m in members_of(self.field))
        return {"no": len(self._rows) + 1} if numbered else {}

    def add(self) -> None:
        """A new row at the end, ready for typing."""
        self.finish()
        self._insert(len(self._rows), self._new()).begin()
        self.changed.emit()

    def put(self, phrase: str, member: str = "") -> None:
        """Write a phrase into the row with the cursor if it is empty there, else into a new row.

        ``member``: of a table's rows; empty for a list of lines.
        """
        self.finish()
        place = self._empty_row(member)
        if place is None:
            place, value = len(self._rows), self._new()
        else:
            value = self._rows[place].value()
            self._drop(place)
        made = self._insert(place, {**value, member: phrase} if member else phrase)
        made.editors[member].setFocus()
        made.editors[member].select_blank()
        self.changed.emit()

    def _empty_row(self, member: str) -> int | None:
        """Where a phrase goes without a new row: the row last worked in, or an unused last one."""
        tried = [made for made in (self._at, *self._rows[-1:]) if made is not None]
        return next((self._rows.index(made) for made in tried if not made.editors[member].value()), None)

    def _drop(self, place: int) -> None:
        gone = self._take_out(place)
        gone.hide()
        gone.deleteLater()

    def _remove(self, index: int) -> None:
        self.finish()
        self._removed.append((index, self._rows[index].value()))
        self._drop(index)
        self._number(index)
        self.undo.show()
        self.undo.setFocus()
        self.changed.emit()

    def _undo(self) -> None:
        """The row removed last is back where it stood; what was typed since stays."""
        place, value = self._removed.pop()
        self._insert(min(place, len(self._rows)), value)
        self.undo.setVisible(bool(self._removed))
        self.changed.emit()

    def _up(self, index: int) -> None:
        self.finish()
        value = self._rows[index].value()
        self._drop(index)
        self._insert(index - 1, value).up.setFocus()
        self.changed.emit()

    def value(self) -> Any:
        """The rows that say something."""
        return [v for v in (*(made.value() for made in self._rows), *self._rest) if _says_something(v)] or None
