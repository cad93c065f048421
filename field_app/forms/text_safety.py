"""Which characters an answer may hold: those that print, mean what they look like, and can be found."""

import unicodedata
from dataclasses import dataclass

_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_REFUSED = {"Cc": "控制字符", "Cf": "不可见字符", "Cs": "残缺字符", "Co": "私用区字符",
            "Cn": "未定义字符", "Zl": "换行控制符", "Zp": "换行控制符"}
# Ideographs younger than this Python's Unicode tables are judged by the fonts instead.
_IDEOGRAPHIC_PLANES = range(0x20000, 0x3FFFE)


@dataclass(frozen=True)
class BadCharacter:
    """A character that may not be entered, what it is, and what to type instead (or empty)."""

    character: str
    kind: str
    instead: str = ""

    @property
    def code(self) -> str:
        """``U+202E``."""
        return f"U+{ord(self.character):04X}"


def _judge(character: str) -> BadCharacter | None:
    if character in _BIDIRECTIONAL:
        return BadCharacter(character, "改变文字方向的字符")
    if 0x2E80 <= ord(character) <= 0x2FDF:
        plain = unicodedata.normalize("NFKC", character)
        return BadCharacter(character, "部首字符", plain if plain != character else "")
    category = unicodedata.category(character)
    if category == "Cn" and ord(character) in _IDEOGRAPHIC_PLANES:
        return None
    return BadCharacter(character, _REFUSED[category]) if category in _REFUSED else None


def bad_characters(text: str, *, lines: bool) -> list[BadCharacter]:
    """Every refused character once, in order; ``lines`` allows line ends (``\\n``)."""
    found = []
    for character in dict.fromkeys(text):
        if character == "\n" and lines:
            continue
        bad = _judge(character)
        if bad is not None:
            found.append(bad)
    return found
