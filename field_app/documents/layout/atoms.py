"""Text measured character by character: every glyph chosen, every advance known."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from field_app.documents.fonts import Face, Glyph, glyph
from field_app.documents.layout.breaking import CLOSING, OPENING, is_ascii_word, is_ideograph
from field_app.documents.layout.model import (
    Inline,
    LineBreak,
    PageField,
    Picture,
    RunStyle,
    Tab,
    Text,
)
from field_app.documents.refusal import MAX_PAGES, PaperTooLong

# Latin-1 signs that stand in Chinese text and belong to its face.
_EAST_SIGNS = frozenset("·×÷°±§¤")
_LATIN_END = 0x0250
_HALF = 0.5
# Between ideographs and ASCII words, in em. Gaps of a tenth and more would be read as spaces by
# whoever extracts the text.
GAP = 0.06
_FULL = 0.9  # em; from this width on a mark counts as full-width
UNPRINTABLE = "□"
_MOST_IN_PARAGRAPH = 200_000  # characters: more than the pages of a paper hold at any usual size


class Atom:
    """One character, tab, forced end of line or picture, with its advance in points.

    ``natural`` is the advance of the face itself, without tracking and gaps; ``gap`` is what was
    added after it; ``shift`` moves the ink left (an opening mark whose empty half was taken away);
    ``sort`` is one of the constants below.
    """

    __slots__ = ("advance", "char", "face", "gap", "mark", "natural", "outlined", "picture",
                 "shift", "sort", "style")

    def __init__(self, char: str, style: RunStyle | None, mark: int, face: Face = Face.SERIF,
                 natural: float = 0.0, outlined: bool = False, sort: int = 0) -> None:
        self.char, self.style, self.mark = char, style, mark
        self.face, self.natural, self.outlined, self.sort = face, natural, outlined, sort
        self.advance, self.shift, self.gap = natural, 0.0, 0.0
        self.picture: Picture | None = None


# What a character is to its neighbours.
_OTHER, IDEOGRAPH, _WORD, _CLOSES, _OPENS = range(5)
_Known = tuple[str, Face, float, bool, int]


TAB, BREAK, PICTURE = "\t", "\n", "\ufffc"


@dataclass(frozen=True)
class PageNumbers:
    """What PAGE and NUMPAGES print."""

    page: int
    total: int


@lru_cache(maxsize=64)
def _known_to(ascii_face: Face, ascii_bold: bool, east_face: Face,
              east_bold: bool) -> dict[str, _Known]:
    """What was found for each character in these faces; filled as characters come.

    A paper measures every character many times while it is typed.
    """
    return {}


def _find(char: str, style: RunStyle, known: dict[str, _Known], missing: set[str]) -> _Known:
    found = _glyph(char, style)
    if found is None and char == UNPRINTABLE:
        return (char, Face.SERIF, 0.0, False, _OTHER)
    if found is None:
        missing.add(char)  # Not kept, so that it is told each time.
        return _find(UNPRINTABLE, style, known, missing)
    sort = _CLOSES if char in CLOSING else _OPENS if char in OPENING \
        else IDEOGRAPH if is_ideograph(char) else _WORD if is_ascii_word(char) else _OTHER
    known[char] = (char, found.face, found.width, found.outlined, sort)
    return known[char]


def _glyph(char: str, style: RunStyle) -> Glyph | None:
    if ord(char) < _LATIN_END and char not in _EAST_SIGNS:
        return glyph(char, style.ascii_face, style.ascii_bold)
    return glyph(char, style.east_face, style.east_bold)


def measure(inlines: Iterable[Inline], numbers: PageNumbers | None, *, auto_space: bool,
            missing: set[str]) -> list[Atom]:
    """Every atom of a paragraph; characters no face has are noted in ``missing``, drawn as □.

    Raises :class:`PaperTooLong` before measuring what no paper could hold.
    """
    inlines = tuple(inlines)
    if sum(len(i.text) for i in inlines if isinstance(i, Text)) > _MOST_IN_PARAGRAPH:
        raise PaperTooLong(MAX_PAGES + 1, MAX_PAGES)
    atoms: list[Atom] = []
    for inline in inlines:
        if isinstance(inline, Text):
            _add_text(atoms, inline, auto_space, missing)
        elif isinstance(inline, PageField):
            for text in _page_text(inline, numbers):
                _add_text(atoms, text, auto_space, missing)
        else:
            atoms.append(_other(inline))
    return atoms


def _page_text(inline: PageField, numbers: PageNumbers | None) -> Iterator[Text]:
    shown = numbers or PageNumbers(1, 1)
    yield Text(str(shown.total if inline.total else shown.page), inline.style)


def _other(inline: Tab | LineBreak | Picture) -> Atom:
    if isinstance(inline, Tab):
        return Atom(TAB, inline.style, -1)
    if isinstance(inline, LineBreak):
        return Atom(BREAK, None, -1)
    atom = Atom(PICTURE, None, -1)
    atom.picture, atom.advance = inline, inline.width
    return atom


def _add_text(atoms: list[Atom], text: Text, auto_space: bool, missing: set[str]) -> None:
    style = text.style
    known = _known_to(style.ascii_face, style.ascii_bold, style.east_face, style.east_bold)
    size, tracking, mark = style.size, style.tracking, text.mark
    before = atoms[-1] if atoms else None
    for char in text.text:
        drawn, face, width, outlined, sort = known.get(char) or _find(char, style, known, missing)
        atom = Atom(drawn, style, mark, face, width * size, outlined, sort)
        if tracking:
            atom.advance += tracking
        # Two ideographs, by far the most, leave each other alone.
        if before is not None and (sort != IDEOGRAPH or before.sort != IDEOGRAPH):
            _fit_together(before, atom, auto_space)
        atoms.append(atom)
        before = atom


def _is_full(atom: Atom) -> bool:
    return atom.style is not None and atom.advance >= _FULL * atom.style.size


def _fit_together(before: Atom, atom: Atom, auto_space: bool) -> None:
    """Narrow two marks that meet; open a gap between an ideograph and an ASCII word."""
    if before.style is None or atom.style is None:
        return
    size, pair = atom.style.size, (before.sort, atom.sort)
    if before.sort == _CLOSES and atom.sort in (_CLOSES, _OPENS) and _is_full(before):
        before.advance -= _HALF * size
    elif pair == (_OPENS, _OPENS) and _is_full(atom):
        atom.advance -= _HALF * size
        atom.shift = _HALF * size
    elif auto_space and pair in ((IDEOGRAPH, _WORD), (_WORD, IDEOGRAPH)):
        before.gap = GAP * size
        before.advance += before.gap


def squeezable(atom: Atom) -> float:
    """How far a full-width mark can still be narrowed, in points."""
    if atom.style is None or atom.sort not in (_CLOSES, _OPENS) or not _is_full(atom):
        return 0.0
    return _HALF * atom.style.size


def squeeze(atom: Atom, by: float) -> None:
    """Narrow a mark by ``by`` points on its empty side."""
    atom.advance -= by
    if atom.char in OPENING:
        atom.shift += by
