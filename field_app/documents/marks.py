"""Invisible marks around every value while a paper is filled, so that its place on paper is known.

Value n stands between U+F0000 + 2n and U+F0000 + 2n + 1 (private plane 15). Answers may not hold
private-use characters (field_app.forms.text_safety), so nothing typed can imitate a mark.
"""

import re

_FIRST = 0xF0000
MAX_VALUES = 0x7FFE
MARKER = re.compile("([\U000F0000-\U000FFFFD])")
_MARKERS = re.compile("[\U000F0000-\U000FFFFD]")

# Words taken back stand between these two (private plane 16) until their run is split.
STRUCK, STRUCK_END = "\U0010FFF0", "\U0010FFF1"


def marked(text: str, number: int) -> str:
    """``text`` between the marks of value ``number``."""
    return f"{chr(_FIRST + 2 * number)}{text}{chr(_FIRST + 2 * number + 1)}"


def number_of(piece: str) -> int | None:
    """The value a single mark belongs to; None for other text."""
    return (ord(piece) - _FIRST) // 2 if len(piece) == 1 and ord(piece) >= _FIRST else None


def unmarked(text: str) -> str:
    """The text without any marks."""
    return _MARKERS.sub("", text)
