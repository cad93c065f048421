"""Where a line of Chinese text may end, and which marks may be narrowed (避头尾, 标点挤压)."""

_NO_START = frozenset("，。、；：？！）》」』】〕〉〗”’…—·％‰℃°,.;:?!)]}%'\"/\u2011々ー～-．｡､＂＇〞")
_NO_END = frozenset("（《「『【〔〈〖“‘([{￥$№#")
_PAIRED = frozenset("…—")
# Full-width marks whose right half is empty, and those whose left half is.
CLOSING = frozenset("，。、）》」』】〕〉〗”’")
OPENING = frozenset("（《「『【〔〈〖“‘")
_WORD = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.,/:@#%&+='\"?!~()")


def may_not_start(character: str) -> bool:
    """A line may not begin with it."""
    return character in _NO_START


def in_word(character: str) -> bool:
    """Part of an ASCII word or figure, kept together."""
    return character in _WORD


def may_break(before: str, after: str) -> bool:
    """Whether a line may end between two characters."""
    if after in _NO_START or before in _NO_END or after == " ":
        return False
    if before in _PAIRED and after == before:
        return False
    return not (before in _WORD and after in _WORD)


def is_ascii_word(character: str) -> bool:
    """An ASCII letter or figure: a small gap stands between it and an ideograph."""
    return character.isascii() and character.isalnum()


def is_ideograph(character: str) -> bool:
    """A Chinese character (not punctuation)."""
    code = ord(character)
    return 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or code >= 0x20000 \
        or character == "〇"
