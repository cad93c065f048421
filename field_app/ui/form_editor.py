"""The form beside the paper: fields in the paper's groups, checked as they are typed."""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QFrame, QGroupBox, QLabel, QVBoxLayout, QWidget

from field_app.actions.phrases import STANDARD, Offer
from field_app.domain.reasons import Level, Reason
from field_app.forms import Field, FormDefinition, Kind, Need
from field_app.ui.field_editors import Editor, editor_for
from field_app.ui.inquiry_editor import PairsEditor
from field_app.ui.language import said, tr, tr_later
from field_app.ui.list_editors import ListEditor, list_editor
from field_app.ui.parts import label, row
from field_app.ui.person_fold import FOLDED, PersonFold
from field_app.ui.phrase_button import PhraseButton
from field_app.ui.rows_editor import RowsEditor
from field_app.ui.slices import Slices, tab_on

_UNGROUPED = tr_later("内容")
# Filled from the agency's own data: shown last, so that officers begin with what they must type.
_OF_AGENCY = frozenset({"ENT", "REMEDY", "CONTACT", "SEAL"})
_MARK = {Need.REQUIRED: "＊", Need.CONDITIONAL: "", Need.OPTIONAL: ""}


class FormEditor(QWidget):
    """All fields of one form. ``answers`` gives what is typed; unknown members are kept.

    ``phrases`` tells what a field, by its path, offers to insert. Fields are built in slices, the first
    screen first; what is not built yet answers as it was given, and is built at once when it is asked for.
    """

    changed = Signal()
    complete = Signal()
    all_said = Signal()  # what stands against the fields is written under them
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
        self._places: dict[str, QVBoxLayout] = {}
        self._folds: dict[str, PersonFold] = {}  # by the person's path
        self._printed: Collection[str] | None = None
        self._optional: set[str] = set()  # members of persons that may be left out, some not always
        self._reasons: tuple[Sequence[Reason], bool] | None = None
        self._locked = False
        self._last: QWidget = self
        self._slices = Slices(self)
        self._slices.ended.connect(self._built)
        self._saying = Slices(self)
        self._saying.ended.connect(self.all_said)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._focus_moved)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 12, 16, 24)
        self._column.setSpacing(12)
        self._column.addStretch(1)
        # Once the paper's own frame is in sight, of which that would be the longer half.
        self._slices.start(self._build(), now=False)

    def _build(self) -> Iterator[None]:
        groups: dict[str, QVBoxLayout] = {}
        for field in sorted(self._form.fields, key=lambda f: f.block in _OF_AGENCY):
            if not self._asked(field):
                continue
            name = field.label if field.kind is Kind.STRUCT else field.group or tr(_UNGROUPED)
            if field.block in _OF_AGENCY:
                name += tr("（已自动填写）")
            if name not in groups:
                groups[name] = self._group(name)
            yield from self._add(groups[name], field, field.key, self._before.get(field.key))

    def _built(self) -> None:
        if self._printed is not None:
            self.fold(self._printed)
        if self._reasons is not None:
            self._saying.start(self._say_each(*self._reasons))
        self.complete.emit()

    def _focus_moved(self, _before: QWidget | None, now: QWidget | None) -> None:
        """Which field has the keys now, if it is one of this form's."""
        if now is None or not self.isAncestorOf(now):
            return
        here: QWidget | None = now
        while here is not None and not isinstance(here, Editor | PairsEditor | FormEditor):
            here = here.parentWidget()
        if isinstance(here, PairsEditor):
            here.tell_focus(now)
        elif isinstance(here, Editor):
            here.focused.emit(here.path)

    def finish(self) -> None:
        """Build now what is not built yet."""
        self._slices.advance()
        for made in self._long():
            made.finish()
        self._saying.advance()

    def put_away(self) -> None:
        """Nobody looks at it any more: what is not built stays unbuilt."""
        self._slices.stop()
        self._saying.stop()
        for made in self._long():
            made.put_away()

    def pieces(self) -> list[QWidget]:
        """What it is made of, for letting it go piece by piece: what holds others before them."""
        return [piece for made in self._editors.values()
                for piece in (made.pieces() if isinstance(made, PairsEditor | RowsEditor) else (made,))]

    def _long(self) -> list[PairsEditor | RowsEditor]:
        """Fields that are built in slices themselves."""
        return [e for e in self._editors.values() if isinstance(e, PairsEditor | RowsEditor)]

    @staticmethod
    def _asked(field: Field) -> bool:
        return not field.after_printing and field.kind not in (Kind.SIGN, Kind.AUTO)

    def _group(self, name: str) -> QVBoxLayout:
        box = QGroupBox(name)
        column = QVBoxLayout(box)
        column.setSpacing(8)
        self._column.insertWidget(self._column.count() - 1, box)
        return column

    def _add(self, column: QVBoxLayout, field: Field, path: str, value: Any) -> Iterator[None]:
        if field.kind is Kind.STRUCT:
            given = value if isinstance(value, dict) else {}
            if field.block in FOLDED:
                self._folds[path] = PersonFold()
            for member in field.fields:
                if self._asked(member):
                    yield from self._add(column, member, f"{path}.{member.key}", given.get(member.key))
            if path in self._folds:
                column.addLayout(row(self._folds[path].more, None))
            return
        made: Editor | ListEditor | None = (
            list_editor(field, path, value) if field.kind is Kind.LIST
            else editor_for(field, path, value))
        if made is None:
            return
        fold = self._folds.get(path.rpartition(".")[0])
        if field.kind is not Kind.BOOL:
            name, offer = label(f"{field.label}{_MARK[field.need]}"), self._phrases(path)
            if offer is None:
                column.addLayout(row(name, None))
            else:
                choice = self._phrase_button(made, offer, field.label)
                column.addLayout(row(name, None, choice))
                self._place(choice)
            if fold is not None:
                fold.add(path, name)
        column.addWidget(made)
        if fold is not None:
            fold.add(path, made)
            self._optional.update({path} if field.need is not Need.REQUIRED else ())
        made.changed.connect(self.changed)
        made.focused.connect(self.focused)
        made.told.connect(self.told)
        self._editors[path] = made
        self._places[path] = column
        self._place(made)
        yield

    def fold(self, printed: Collection[str]) -> None:
        """Fold away what is asked of persons and stands neither on the paper (``printed``) nor in the form."""
        self._printed = printed
        in_hand = self.focusWidget()
        for person, fold in self._folds.items():
            if not fold.whole:
                continue
            fold.fold({p for p, e in self._editors.items()
                       if p.startswith(person + ".") and p in self._optional and p not in printed
                       and not e.value() and p not in self._notes
                       and not (in_hand is not None and e.isAncestorOf(in_hand))})

    def _show_folded(self, path: str) -> None:
        fold = self._folds.get(path.rpartition(".")[0])
        if fold is not None:
            fold.show(path)

    def _place(self, made: QWidget) -> None:
        """Tab comes to it behind what was built before it; in an issued paper nothing can be typed."""
        self._last = tab_on(self._last, made)
        if self._locked:
            self._disable(made)

    def _note(self, path: str) -> QLabel:
        """What is said under a field; most fields never have anything to say."""
        self._show_folded(path)
        if path not in self._notes:
            note, column = label("", "problem", wrap=True), self._places[path]
            note.hide()
            column.insertWidget(column.indexOf(self._editors[path]) + 1, note)
            self._notes[path] = note
        return self._notes[path]

    @staticmethod
    def _phrase_button(made: Editor | ListEditor, offer: Offer, name: str) -> PhraseButton:
        choice = PhraseButton(offer, name)
        if isinstance(made, PairsEditor):
            choice.asked.connect(made.ask)
        elif isinstance(made, RowsEditor):
            choice.chosen.connect(lambda phrase: made.put(phrase, offer.member))
        elif isinstance(made, Editor):
            choice.chosen.connect(made.take_sentence if offer.kind == STANDARD else made.insert_phrase)
        return choice

    @property
    def editors(self) -> dict[str, Editor | ListEditor]:
        """Each field's editor by its path, all built."""
        self.finish()
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
        self._reasons = (reasons, missing_too)
        if not self._slices.pending:
            self._saying.start(self._say_each(reasons, missing_too))

    def _say_each(self, reasons: Sequence[Reason], missing_too: bool) -> Iterator[None]:
        by_path: dict[str, list[Reason]] = {}
        for reason in reasons:
            owner = self._owner(reason.where)
            if missing_too or (owner and self._editors[owner].value()):
                by_path.setdefault(owner, []).append(reason)
        for path, editor in self._editors.items():
            found = by_path.get(path, [])
            blocks = any(r.level is Level.BLOCK for r in found)
            if found or path in self._notes:
                self._say(self._note(path), found, "problem" if blocks else "warning")
            if isinstance(editor, Editor):
                editor.set_wrong(blocks)
            yield

    @staticmethod
    def _say(note: QLabel, found: Sequence[Reason], style: str) -> None:
        words = "\n".join(
            tr("{words}。{remedy}", words=said(r.text), remedy=said(r.remedy)) + (tr("（{basis}）", basis=said(r.basis))
                                                                                  if r.basis
                                                                      else "") for r in found)
        if words == note.text() and style == note.objectName():
            return  # Styling is slow, and this comes with every key.
        note.setText(words)
        if style != note.objectName():
            note.setObjectName(style)
            note.style().unpolish(note)
            note.style().polish(note)
        note.setVisible(bool(found))

    def _owner(self, path: str) -> str:
        """The editor that answers for ``path``: itself, the list it lies in, or of a group its first member."""
        whole = path
        while path and path not in self._editors:
            cut = max(path.rfind("."), path.rfind("["))
            path = path[:cut] if cut > 0 else ""
        return path or next((known for known in self._editors if whole and known.startswith(f"{whole}.")), "")

    def focus(self, path: str) -> bool:
        """Put the cursor into the field of ``path``; False when the form has no such field."""
        self._slices.advance(lambda: bool(self._owner(path)))
        owner = self._owner(path)
        editor = self._editors.get(owner)
        if editor is None:
            self.finish()
            editor = self._editors.get(self._owner(path))
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
        self._show_folded(editor.path)
        editor.setFocus()
        return True

    def focus_first(self) -> None:
        """Put the cursor into the first field that can be typed into."""
        first = next((e for e in self._editors.values() if isinstance(e, Editor)), None)
        if first is not None:
            first.setFocus()

    def focus_next(self, paths: Sequence[str], *, after: str) -> bool:
        """Put the cursor into the next of ``paths`` in the form's order, around its end; False when
        the form has none of them."""
        self.finish()
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
        self.finish()
        order = list(self._editors.values())
        at = self._owner(after)
        here = list(self._editors).index(at) if at else 0
        lists = [e for e in (*order[here:], *order[:here]) if isinstance(e, RowsEditor)]
        if lists:
            lists[0].add()
        return bool(lists)

    def lock(self) -> None:
        """Show without letting anything be typed (an issued paper)."""
        self._locked = True
        for child in self.findChildren(QWidget):
            self._disable(child)

    @staticmethod
    def _disable(child: QWidget) -> None:
        if not isinstance(child, QFrame | QLabel | QGroupBox):
            child.setEnabled(False)
