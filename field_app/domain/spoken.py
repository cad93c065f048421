"""What is said of a paper when it is read aloud, and where a reader pauses."""

import re
from dataclasses import dataclass

_ENDS = "。！？；"
_CLOSES = "”』」）)"
# Blanks to be filled in and boxes to be ticked are not words.
_NOT_SPOKEN = re.compile(r"[_＿□☐■☑\s]+")
_WORD = re.compile(r"\w")
# A line this much shorter than the longest ends a paragraph even without a full stop: a title, a name.
_FULL_LINE = 0.8
_MOST = 120


@dataclass(frozen=True)
class Sentence:
    """``spoken`` is what is said of the characters from ``start`` to ``end`` of a text."""

    start: int
    end: int
    spoken: str


def sentences(text: str) -> list[Sentence]:
    """A paper's text cut where a reader pauses: at full stops, and at lines that end early."""
    longest = max((len(line) for line in text.split("\n")), default=0)
    found, start, line_start = [], 0, 0
    for at, sign in enumerate(text):
        if sign == "\n":
            ends = at - line_start < _FULL_LINE * longest
            line_start = at + 1
        else:
            after = text[at + 1:at + 2]
            ends = (sign in _ENDS and (not after or after not in _CLOSES)) or (
                sign in _CLOSES and text[at - 1:at] in tuple(_ENDS)) or (
                sign in "，、：" and at - start >= _MOST)
        if ends:
            found.append((start, at + 1))
            start = at + 1
    found.append((start, len(text)))
    return [Sentence(begin, end, spoken) for begin, end in found
            if _WORD.search(spoken := _NOT_SPOKEN.sub("", text[begin:end]).strip("-—"))]
