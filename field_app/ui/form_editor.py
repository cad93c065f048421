"""The form beside the paper: fields in the paper's groups, checked as they are typed."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGroupBox, QLabel, QVBoxLayout, QWidget

from field_app.actions.phrases import Offer
from field_app.domain.reasons import Level, Reason
from field_app.forms import Field, FormDefinition, Kind, Need
from field_app.ui.field_editors import Editor, editor_for
from field_app.ui.language import tr, tr_later
from field_app.ui.list_editors import ListEditor, PairsEditor, RowsEditor, list_editor
from field_app.ui.parts import label, row
from field_app.ui.phrase_button import PhraseButton

_UNGROUPED = tr_later("内容")
# Filled from the agency's own data: shown last, so that officers begin with what they must type.
_OF_AGENCY = frozenset({"ENT", "REMEDY", "CONTACT", "SEAL"})
_MARK = {Need.REQUIRED: "＊", Need.CONDITIONAL: "", Need.OPTIONAL: ""}


class FormEditor(QWidget):
    """All fields of one form. ``answers`` gives what is typed; unknown members are kept.

    ``phrases`` tells what a field, by its path, offers to insert.
    """

    changed = Signal()
    focused = Signal(str)
    told = Signal(str)

    def __init__(self, form: FormDefinition, answers: dict[str, Any], *,
                 phrases: Callable[[str], Offer | None] = lambda _path: None) -> None:
        super().__init__()
        self._form = form
        self._before = answers
        self._phrases = phrases
        self._editors: dict[str, Editor | ListEditor] = {}
        self._notes: dict[str, QLabel] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 12, 16, 24)
        self._column.setSpacing(12)
        groups: dict[str, QVBoxLayout] = {}
        for field in sorted(form.fields, key=lambda f: f.block in _OF_AGENCY):
            if not self._asked(field):
                continue
            name = field.label if field.kind is Kind.STRUCT else field.group or tr(_UNGROUPED)
            if field.block in _OF_AGENCY:
                name += tr("（已自动填写）")
            if name not in groups:
                groups[name] = self._group(name)
            self._add(groups[name], field, field.key, answers.get(field.key))
        self._column.addStretch(1)

    @staticmethod
    def _asked(field: Field) -> bool:
        return not field.after_printing and field.kind not in (Kind.SIGN, Kind.AUTO)

    def _group(self, name: str) -> QVBoxLayout:
        box = QGroupBox(name)
        column = QVBoxLayout(box)
        column.setSpacing(8)
        self._column.addWidget(box)
        return column

    def _add(self, column: QVBoxLayout, field: Field, path: str, value: Any) -> None:
        if field.kind is Kind.STRUCT:
            given = value if isinstance(value, dict) else {}
            for member in field.fields:
                if self._asked(member):
                    self._add(column, member, f"{path}.{member.key}", given.get(member.key))
            return
        made: Editor | ListEditor | None = (
            list_editor(field, path, value) if field.kind is Kind.LIST
            else editor_for(field, path, value))
        if made is None:
            return
        if field.kind is not Kind.BOOL:
            name, offer = label(f"{field.label}{_MARK[field.need]}"), self._phrases(path)
            column.addLayout(row(name, None) if offer is None else row(
                name, None, self._phrase_button(made, offer, field.label)))
        column.addWidget(made)
        note = label("", "problem", wrap=True)
        note.hide()
        column.addWidget(note)
        made.changed.connect(self.changed)
        made.focused.connect(self.focused)
        made.told.connect(self.told)
        self._editors[path] = made
        self._notes[path] = note

    @staticmethod
    def _phrase_button(made: Editor | ListEditor, offer: Offer, name: str) -> PhraseButton:
        choice = PhraseButton(offer, name)
        if isinstance(made, PairsEditor):
            choice.asked.connect(made.ask)
        elif isinstance(made, RowsEditor):
            choice.chosen.connect(lambda phrase: made.put(phrase, offer.member))
        elif isinstance(made, Editor):
            choice.chosen.connect(made.insert_phrase)
        return choice

    @property
    def editors(self) -> dict[str, Editor | ListEditor]:
        """Each field's editor by its path."""
        return dict(self._editors)

    def answers(self) -> dict[str, Any]:
        """Everything typed, in the shape answers are stored."""
        made: dict[str, Any] = dict(self._before)
        for path, editor in self._editors.items():
            keys = path.split(".")
            place = made
            for key in keys[:-1]:
                inner = place.get(key)
                place[key] = dict(inner) if isinstance(inner, dict) else {}
                place = place[key]
            value = editor.value()
            if value is None:
                place.pop(keys[-1], None)
            else:
                place[keys[-1]] = value
        return {k: v for k, v in made.items() if v not in ({}, None)}

    def show_reasons(self, reasons: Sequence[Reason], *, missing_too: bool = True) -> None:
        """Write under each field what stands against it; blocking ones in red.

        Without ``missing_too`` only fields that say something are judged: nobody is scolded for
        what he has not come to yet.
        """
        by_path: dict[str, list[Reason]] = {}
        for reason in reasons:
            owner = self._owner(reason.where)
            if missing_too or (owner and self._editors[owner].value()):
                by_path.setdefault(owner, []).append(reason)
        for path, note in self._notes.items():
            found = by_path.get(path, [])
            blocks = any(r.level is Level.BLOCK for r in found)
            note.setText("\n".join(
                tr("{words}。{remedy}", words=r.text, remedy=r.remedy) + (tr("（{basis}）", basis=r.basis) if r.basis
                                                                          else "") for r in found))
            note.setObjectName("problem" if blocks else "warning")
            note.style().unpolish(note)
            note.style().polish(note)
            note.setVisible(bool(found))
            editor = self._editors[path]
            if isinstance(editor, Editor):
                editor.set_wrong(blocks)

    def _owner(self, path: str) -> str:
        """The editor that answers for ``path``: itself, or the list or struct it lies in."""
        while path and path not in self._editors:
            cut = max(path.rfind("."), path.rfind("["))
            path = path[:cut] if cut > 0 else ""
        return path

    def focus(self, path: str) -> bool:
        """Put the cursor into the field of ``path``; False when the form has no such field."""
        owner = self._owner(path)
        editor = self._editors.get(owner)
        if editor is None:
            for known, other in self._editors.items():
                if known.startswith(path + "."):
                    editor = other
                    break
        if editor is None:
            return False
        if isinstance(editor, PairsEditor):
            return editor.focus_path(path)
        if not isinstance(editor, Editor):
            inner = next((e for e in editor.editors if e.path == path), None)
            if inner is None:
                return False
            inner.setFocus()
            return True
        editor.setFocus()
        return True

    def focus_next(self, paths: Sequence[str], *, after: str) -> bool:
        """Put the cursor into the next of ``paths`` in the form's order, around its end; False when
        the form has none of them."""
        order = list(self._editors)
        owners = sorted({order.index(o) for p in paths if (o := self._owner(p))})
        if not owners:
            return False
        at = self._owner(after)
        here = order.index(at) if at else -1
        wanted = order[next((o for o in owners if o > here), owners[0])]
        editor = self._editors[wanted]
        if isinstance(editor, RowsEditor) and not editor.editors:
            editor.add()  # An empty list has no field yet to type into.
            return True
        inner = [p for p in paths if self._owner(p) == wanted]
        return self.focus(inner[0]) or self.focus(wanted)

    def add_row(self, *, after: str) -> bool:
        """A new row in the list with the cursor, or in the nearest one below it; False when there is none."""
        order = list(self._editors.values())
        at = self._owner(after)
        here = list(self._editors).index(at) if at else 0
        lists = [e for e in (*order[here:], *order[:here]) if isinstance(e, RowsEditor)]
        if lists:
            lists[0].add()
        return bool(lists)

    def lock(self) -> None:
        """Show without letting anything be typed (an issued paper)."""
        for child in self.findChildren(QWidget):
            if not isinstance(child, QFrame | QLabel | QGroupBox):
                child.setEnabled(False)
