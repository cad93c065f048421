"""The editor of questions and answers: Enter goes on, long records are built in slices."""

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from field_app.domain.inquiry import MAX_PAIRS, Dialogue, Pair
from field_app.forms import Field
from field_app.ui.clean_text import TextBox
from field_app.ui.field_editors import Editor
from field_app.ui.language import tr
from field_app.ui.parts import button, row
from field_app.ui.slices import Slices, tab_on

_QUESTION_LINES, _ANSWER_LINES, _MOST_LINES = 1, 2, 8


class _Box(TextBox):
    """A box in which Enter goes on and Shift+Enter makes a new line; as high as what stands in it."""

    forward = Signal()

    def __init__(self, text: str, *, lines: int) -> None:
        super().__init__(text)
        self._least, self._edges = lines, 0
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().documentLayout().documentSizeChanged.connect(self._fit)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._edges = self.height() - event.size().height()  # The event tells the size of what is inside.
        self._fit()

    def _fit(self) -> None:
        """The document counts its height in lines, as they are wrapped."""
        written = round(self.document().size().height())
        lines = max(self._least, min(_MOST_LINES, written))
        wanted = (lines * self.fontMetrics().lineSpacing() + self._edges
                  + 2 * round(self.document().documentMargin()))
        if wanted != self.height():
            self.setFixedHeight(wanted)
        elif written <= _MOST_LINES:
            self.verticalScrollBar().setValue(0)  # It was scrolled to the cursor while it was lower.
        self.setVerticalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAsNeeded if written > _MOST_LINES else Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.forward.emit()
        else:
            super().keyPressEvent(event)


class _PairRow(QWidget):
    """One question, its answer, and what can be done with them."""

    changed = Signal()
    told = Signal(str)

    def __init__(self, pair: Pair) -> None:
        super().__init__()
        self.question = _Box(pair.question, lines=_QUESTION_LINES)
        self.answer = _Box(pair.answer, lines=_ANSWER_LINES)
        self.question.setPlaceholderText(tr("问什么（回车到答）"))
        self.answer.setPlaceholderText(tr("用被询问人原话记录（回车到下一问，Shift+回车换行）"))
        self.up, self.insert = self._button(tr("上移")), self._button(tr("插入"))
        self.remove = self._button(tr("删除"))
        grid, moves = QGridLayout(self), QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        for line, (box, words) in enumerate(((self.question, tr("问")), (self.answer, tr("答")))):
            grid.addWidget(QLabel(words), line, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(box, line, 1)
            box.textChanged.connect(self.changed)
            box.told.connect(self.told)
        moves.setSpacing(0)
        for line, move in enumerate((self.up, self.insert, self.remove)):
            moves.addWidget(move, line, 0)
        grid.addLayout(moves, 0, 2, 2, 1, Qt.AlignmentFlag.AlignTop)
        self.question.forward.connect(self.answer.setFocus)

    @staticmethod
    def _button(words: str) -> QPushButton:
        return button(words, "link")

    def number(self, index: int, path: str) -> None:
        """Its place in the record, from 0, as names and paths say it."""
        place = index + 1
        self.question.setAccessibleName(tr("第{index}问", index=place))
        self.answer.setAccessibleName(tr("第{index}答", index=place))
        self.up.setAccessibleName(tr("上移第{index}问", index=place))
        self.insert.setAccessibleName(tr("在第{index}问后插入", index=place))
        self.remove.setAccessibleName(tr("删除第{index}问", index=place))
        self.up.setEnabled(index > 0)
        self.question.setProperty("path", f"{path}[{index}].q")
        self.answer.setProperty("path", f"{path}[{index}].a")

    def pair(self) -> Pair:
        return Pair(self.question.toPlainText(), self.answer.toPlainText())

    def show_pair(self, pair: Pair) -> None:
        """Other words in the same boxes."""
        for box, words in ((self.question, pair.question), (self.answer, pair.answer)):
            if box.toPlainText() != words:
                box.setPlainText(words)


class PairsEditor(QWidget):
    """Questions and answers: Enter goes on, after the last answer a new question begins.

    ``focused`` is sent by the form that holds it, with the path of the box."""

    changed = Signal()
    focused = Signal(str)
    told = Signal(str)

    def __init__(self, field: Field, path: str, value: Any) -> None:
        super().__init__()
        self.field = field
        self.path = path
        self._rows: list[_PairRow] = []
        self._rest = list(Dialogue.from_answers(value).pairs) or [Pair()]  # not built yet
        self._before: list[Dialogue] = []  # as it was before each removal, newest last
        self._add = button(tr("＋ 添加一问"), "link", tip=tr("在最后一个答案里按回车也可以"))
        self._add.clicked.connect(lambda: self.insert_after(len(self._rows) - 1))
        self.undo = button(tr("撤销删除"), "link", tip=tr("找回刚才删掉的一问"))
        self.undo.clicked.connect(lambda: self._replace(self._before.pop()))
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

    @property
    def editors(self) -> list[Editor]:
        return []

    @property
    def dialogue(self) -> Dialogue:
        """What stands in the boxes now, and what is not built yet."""
        return Dialogue((*(r.pair() for r in self._rows), *self._rest))

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

    def _insert(self, place: int, pair: Pair) -> None:
        made = _PairRow(pair)
        behind = self._rows[0].question if self._rows else self._add
        before = self._rows[place - 1].remove if place else behind.previousInFocusChain()
        self._rows.insert(place, made)
        self._list.insertWidget(place, made)
        tab_on(before, made)
        made.changed.connect(self.changed)
        made.told.connect(self.told)
        made.answer.forward.connect(lambda: self._go_on(self._rows.index(made)))
        made.up.clicked.connect(lambda: self._up(self._rows.index(made)))
        made.insert.clicked.connect(lambda: self.insert_after(self._rows.index(made)))
        made.remove.clicked.connect(lambda: self._remove(self._rows.index(made)))
        self._number(place)

    def _number(self, first: int) -> None:
        for index in range(first, len(self._rows)):
            self._rows[index].number(index, self.path)

    def _take_out(self, place: int) -> None:
        gone = self._rows.pop(place)
        self._list.removeWidget(gone)
        gone.hide()
        gone.deleteLater()

    def _replace(self, dialogue: Dialogue) -> None:
        """The same boxes with other words, further ones behind them."""
        self.finish()
        pairs = dialogue.pairs or (Pair(),)
        blocked = self.blockSignals(True)
        for made, pair in zip(self._rows, pairs, strict=False):
            made.show_pair(pair)
        self.blockSignals(blocked)
        while len(self._rows) > len(pairs):
            self._take_out(len(self._rows) - 1)
        self._rest = list(pairs[len(self._rows):])
        self._slices.start(self._build())
        self.undo.setVisible(bool(self._before))
        self.changed.emit()

    def tell_focus(self, box: QWidget) -> None:
        """The keys are in ``box`` now, a question or an answer of it."""
        if isinstance(box, _Box):
            self.focused.emit(str(box.property("path")))

    def _up(self, index: int) -> None:
        self._replace(self.dialogue.move(index, index - 1))

    def _remove(self, index: int) -> None:
        self.finish()
        self._before.append(self.dialogue)
        self._take_out(index)
        if not self._rows:
            self._insert(0, Pair())
        self._number(index)
        self.undo.show()
        self.undo.setFocus()
        self.changed.emit()

    def _go_on(self, index: int) -> None:
        """To what is to be typed next: a question that is asked already leads straight to its answer."""
        self.finish()
        if index + 1 < len(self._rows):
            following = self._rows[index + 1]
            pair = following.pair()
            waits = pair.question.strip() and not pair.answer.strip()
            (following.answer if waits else following.question).setFocus()
        else:
            self.insert_after(index)

    def insert_after(self, index: int, question: str = "") -> None:
        """A new pair after ``index``; a given question leads straight to its answer."""
        self.finish()
        if len(self._rows) >= MAX_PAIRS:
            self.told.emit(tr("一份笔录最多记{most}问，请另起一份", most=MAX_PAIRS))
            return
        self._insert(index + 1, Pair(question))
        made = self._rows[index + 1]
        (made.answer if question else made.question).setFocus()
        self.changed.emit()

    def ask(self, questions: list[str]) -> None:
        """Put outline questions at the end, in place of empty pairs; the cursor waits for the first answer."""
        self._replace(self.dialogue.ask(questions))
        self._slices.advance(lambda: self._waiting() is not None)
        first = self._waiting()
        if first is not None:
            first.answer.setFocus()

    def _waiting(self) -> _PairRow | None:
        """The first question built that has no answer."""
        return next((r for r in self._rows if r.question.toPlainText() and not r.answer.toPlainText()), None)

    def focus_path(self, path: str) -> bool:
        """Put the cursor into the box of ``path``."""
        self.finish()
        for made in self._rows:
            for box in (made.question, made.answer):
                if box.property("path") == path:
                    box.setFocus()
                    return True
        return False

    def value(self) -> Any:
        return self.dialogue.to_answers() or None
