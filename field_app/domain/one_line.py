"""Words as one line of text: what was pasted brings line ends, tabs and cell marks that nobody sees."""

import unicodedata

_BREAKS = frozenset({"Cc", "Cs", "Zl", "Zp"})


def one_line(text: str) -> str:
    """``text`` with every control character, broken half of a character and run of blanks as one blank."""
    return " ".join("".join(" " if unicodedata.category(c) in _BREAKS else c for c in text).split())
