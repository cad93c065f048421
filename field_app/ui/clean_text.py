"""Boxes for text that take whatever is pasted: what cannot be printed is left out, and said so."""

import re

from PySide6.QtCore import QMimeData, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from field_app.forms.text_safety import bad_characters
from field_app.ui.language import tr

MAX_LINE, MAX_LONG = 500, 20_000
_PICTURES = re.compile("[\U0001f000-\U0001faff\ufe0e\ufe0f\u200d\u20e3]")  # emoji and what joins them
# A character of a private area may be somebody's name: that is told at the field, not dropped.
_DROPPED = frozenset({"控制字符", "不可见字符", "换行控制符",
                      "改变文字方向的字符", "残缺字符"})
_BREAKS = str.maketrans({"\r": "\n", "\x0b": "\n", "\x0c": "\n", "\u2028": "\n", "\u2029": "\n", "\u0085": "\n",
                         "\t": " ", "\xa0": " "})


def clean(text: str, *, lines: bool, most: int) -> tuple[str, str]:
    """``text`` as it can stand on paper, at most ``most`` characters, and what was left out, in words.

    Kinds of line ends and blanks of other programs become ours; a single line has none.
    """
    cut = len(text) > most
    kept = text[:most].replace("\r\n", "\n").translate(_BREAKS)
    if not lines:
        kept = " ".join(part for part in kept.split("\n") if part)
    bare = _PICTURES.sub("", kept)
    bad = {one.character for one in bad_characters(bare, lines=lines) if one.kind in _DROPPED}
    bare = bare.translate({ord(c): None for c in bad})
    told = []
    if len(bare) < len(kept):
        told.append(tr("去掉了{n}个印不出来的字符（表情、控制字符等）", n=len(kept) - len(bare)))
    if cut:
        told.append(tr("这一栏最多{most}字，超出的没有放进来", most=most))
    return bare, tr("；").join(told)


class LineCleaner(QValidator):
    """For a single line: cleans on every change, typed or pasted. ``told`` says what was left out."""

    told = Signal(str)

    def __init__(self, line: QLineEdit) -> None:
        super().__init__(line)

    def validate(self, text: str, place: int) -> tuple[QValidator.State, str, int]:
        kept, told = clean(text, lines=False, most=MAX_LINE)
        if told:
            self.told.emit(told)
        return QValidator.State.Acceptable, kept, min(place, len(kept))


class TextBox(QPlainTextEdit):
    """Several lines. ``told`` says what was left out of something pasted."""

    told = Signal(str)

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setTabChangesFocus(True)

    def insertFromMimeData(self, source: QMimeData) -> None:
        room = MAX_LONG - (self.document().characterCount() - 1) + len(self.textCursor().selectedText())
        kept, told = clean(source.text(), lines=True, most=max(0, room))
        self.insertPlainText(kept)
        if told:
            self.told.emit(told)
