"""Breaks a paragraph into lines and places every character on them."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from field_app.documents.layout.atoms import (
    BREAK,
    IDEOGRAPH,
    PICTURE,
    TAB,
    Atom,
    PageNumbers,
    measure,
    squeezable,
    squeeze,
)
from field_app.documents.layout.breaking import CLOSING, in_word, may_break, may_not_start
from field_app.documents.layout.display import MarkOp, Op, PictureOp, RuleOp, TextOp
from field_app.documents.layout.model import Paragraph, ParagraphStyle, RunStyle
from field_app.interpreter import give_way

SINGLE = 1.3  # single line spacing, in font sizes
_ASCENT = 0.86  # from the top of the em box to the baseline
_DEFAULT_TAB = 21.0
_UNDERLINE_DROP, _UNDERLINE_WIDTH = 0.16, 0.5
_STRIKE_DROP = -0.34  # through the middle of an ideograph
_WIDEST_GAP = 0.09  # em between two characters; from a tenth on it would be read as a space
_NEAR = 0.01


@dataclass(frozen=True, slots=True)
class Line:
    """A laid line: its height and what it draws, from its own top and the column's left."""

    height: float
    ops: tuple[Op, ...]


def lay_lines(paragraph: Paragraph, width: float, numbers: PageNumbers | None,
              missing: set[str]) -> list[Line]:
    """The paragraph's lines in a column of ``width`` points; at least one."""
    give_way()
    style = paragraph.style
    atoms = measure(paragraph.inlines, numbers, auto_space=style.auto_space, missing=missing)
    lines: list[Line] = []
    start = 0
    while start < len(atoms) or not lines:
        indent = style.left + (style.first if not lines else 0.0)
        end, after = _line_end(atoms, start, indent, width - style.right, style)
        last = after >= len(atoms) or (after > start and atoms[after - 1].char == BREAK)
        lines.append(_place(atoms[start:end], indent, width - style.right, style, last=last))
        start = after
    return lines


def _line_end(atoms: list[Atom], start: int, indent: float, limit: float,
              style: ParagraphStyle) -> tuple[int, int]:
    """Where the line's atoms end and where the next line starts."""
    x, break_at = indent, -1
    for i in range(start, len(atoms)):
        atom = atoms[i]
        if atom.char == BREAK:
            return i, i + 1
        if i > start and (atom.sort == atoms[i - 1].sort == IDEOGRAPH
                          or _may_end(atoms[i - 1], atom)):
            break_at = i
        if atom.char == TAB:
            atom.advance = _tab_width(atoms, i, x, style, limit)
        if x + atom.advance > limit + _NEAR and atom.char != " " and i > start:
            end = _fit_closing(atoms, start, i, limit - x)
            if end == 0:
                end = break_at if break_at > start else i
            return _without_spaces(atoms, start, end)
        x += atom.advance
    return len(atoms), len(atoms)


def _may_end(before: Atom, after: Atom) -> bool:
    if TAB in (before.char, after.char) or PICTURE in (before.char, after.char):
        return True
    return may_break(before.char, after.char)


def _without_spaces(atoms: list[Atom], start: int, end: int) -> tuple[int, int]:
    """ASCII spaces at a line's end are not carried over."""
    after = end
    while after < len(atoms) and atoms[after].char == " ":
        after += 1
    while end > start + 1 and atoms[end - 1].char == " ":
        end -= 1
    return end, after


def _fit_closing(atoms: list[Atom], start: int, i: int, room: float) -> int:
    """Keep a mark that may not start a line on this one, by hanging or narrowing; 0 if it cannot."""
    atom = atoms[i]
    if not may_not_start(atom.char) or atom.style is None:
        return 0
    if i + 1 < len(atoms) and atoms[i + 1].char != " " and not _may_end(atom, atoms[i + 1]):
        return 0  # the line could not end after it either: 0.95 stays whole
    over = atom.advance - room
    if atom.char in CLOSING and over <= squeezable(atom) + _NEAR:
        squeeze(atom, max(over, 0.0))
        return i + 1
    marks = [a for a in atoms[start:i + 1] if squeezable(a)]
    if not marks or over > sum(squeezable(a) for a in marks):
        return 0
    share = over / sum(squeezable(a) for a in marks)
    for mark in marks:
        squeeze(mark, squeezable(mark) * share)
    return i + 1


def _tab_width(atoms: list[Atom], i: int, x: float, style: ParagraphStyle, limit: float) -> float:
    stop = next((t for t in style.tabs if t.position > x + _NEAR), None)
    if stop is None:
        if style.first < 0 and x < style.left - _NEAR:
            return style.left - x
        return _DEFAULT_TAB - x % _DEFAULT_TAB
    if stop.align == "left":
        return stop.position - x
    follow = 0.0
    for atom in atoms[i + 1:]:
        if atom.char in (TAB, BREAK):
            break
        follow += atom.advance
    position = min(stop.position, limit) if stop.align == "right" else stop.position
    share = 1.0 if stop.align == "right" else 0.5
    return max(position - follow * share - x, 0.0)


def _place(atoms: list[Atom], indent: float, limit: float, style: ParagraphStyle, *,
           last: bool) -> Line:
    height, size = _height(atoms, style)
    baseline = (height - size) / 2 + _ASCENT * size
    spare = limit - indent - sum(a.advance for a in atoms)
    x = indent
    if style.align == "center":
        x += spare / 2
    elif style.align == "right":
        x += spare
    gaps = _gaps(atoms, spare, style, last=last, size=size)
    ops: list[Op] = []
    placed: list[tuple[Atom, float, float]] = []
    for atom, gap in zip(atoms, gaps, strict=True):
        placed.append((atom, x, atom.advance + gap))
        x += atom.advance + gap
    for atom, left, _ in placed:
        if atom.picture is not None:
            top = height - atom.picture.height
            ops.append(PictureOp(left, top, atom.picture.width, atom.picture.height,
                                 atom.picture.part))
    ops += _texts(placed, baseline)
    styles = {id(a.style): a.style for a in atoms}.values()
    if any(style is not None and style.underline for style in styles):
        ops += _rules(placed, baseline, _UNDERLINE_DROP, lambda style: style.underline)
    if any(style is not None and style.strike for style in styles):
        ops += _rules(placed, baseline, _STRIKE_DROP, lambda style: style.strike)
    ops += _marks(placed, height)
    return Line(height, tuple(ops))


def _height(atoms: list[Atom], style: ParagraphStyle) -> tuple[float, float]:
    """The line's height and the font size its baseline is reckoned by."""
    sizes = [a.style.size for a in atoms if a.style is not None]
    size = max(sizes, default=style.size)
    natural = max([SINGLE * size, *(a.picture.height for a in atoms if a.picture is not None)])
    if style.line_rule == "exact":
        return style.line, size
    if style.line_rule == "atLeast":
        return max(style.line, natural), size
    return natural * style.line, size


def _gaps(atoms: list[Atom], spare: float, style: ParagraphStyle, *, last: bool,
          size: float) -> list[float]:
    """What justification adds after each atom; a line that would need wide gaps stays ragged."""
    none = [0.0] * len(atoms)
    spread = style.align == "distribute" or (style.align == "both" and not last)
    if not spread or spare <= _NEAR or any(a.char == TAB for a in atoms):
        return none
    opened = [not (in_word(a.char) and in_word(b.char)) for a, b in pairwise(atoms)] + [False]
    if style.align == "distribute":
        count = sum(opened)
        return [spare / count if o else 0.0 for o in opened] if count else none
    rooms = [max(_WIDEST_GAP * size - a.gap, 0.0) if o else 0.0
             for a, o in zip(atoms, opened, strict=True)]
    if spare > sum(rooms):
        return none
    return _shared(spare, rooms)


def _shared(spare: float, rooms: list[float]) -> list[float]:
    """``spare`` spread evenly over places that each take at most their room."""
    given = [0.0] * len(rooms)
    open_places = [n for n, room in enumerate(rooms) if room > 0]
    while open_places and spare > _NEAR:
        share = spare / len(open_places)
        narrow = [n for n in open_places if rooms[n] < share]
        for n in narrow or open_places:
            given[n] = rooms[n] if narrow else share
            spare -= given[n]
        open_places = [n for n in open_places if n not in narrow] if narrow else []
    return given


def _alike(one: Atom, two: Atom) -> bool:
    """Whether two drawn characters look the same, so that one piece can hold both."""
    if one.face is not two.face or one.outlined != two.outlined:
        return False
    a, b = one.style, two.style
    if a is b or a is None or b is None:
        return a is b
    return (a.size, a.color, a.rise) == (b.size, b.color, b.rise)


def _texts(placed: list[tuple[Atom, float, float]], baseline: float) -> list[Op]:
    """Characters in as few pieces as their advances allow."""
    ops: list[Op] = []
    piece: list[tuple[Atom, float, float]] = []
    tracking = 0.0

    def flush() -> None:
        if not piece:
            return
        atom, left, _ = piece[0]
        style = atom.style
        if style is not None:
            ops.append(TextOp(left - atom.shift, baseline - style.rise,
                              "".join(a.char for a, _, _ in piece), atom.face, style.size,
                              style.color, tracking, atom.outlined))
        piece.clear()

    for entry in placed:
        atom = entry[0]
        if atom.style is None or atom.char in (TAB, PICTURE):
            flush()
            continue
        if piece:
            before = piece[-1]
            extra = before[2] - before[0].natural
            same = _alike(atom, before[0]) and not atom.shift and not before[0].shift
            if not same or (len(piece) > 1 and abs(extra - tracking) > _NEAR):
                flush()
            elif len(piece) == 1:
                tracking = extra
        if not piece:
            tracking = 0.0
        piece.append(entry)
    flush()
    return ops


def _rules(placed: list[tuple[Atom, float, float]], baseline: float, drop: float,
           wanted: Callable[[RunStyle], bool]) -> list[Op]:
    """Lines under or through the runs that want one; ``drop`` below the baseline, in sizes."""
    ops: list[Op] = []
    style: RunStyle | None = None
    left = right = 0.0

    def flush() -> None:
        if style is not None and right > left:
            y = baseline + drop * style.size
            ops.append(RuleOp(left, y, right, y, _UNDERLINE_WIDTH, style.color))

    for atom, x, advance in placed:
        ruled = atom.style if atom.style is not None and wanted(atom.style) else None
        if ruled is None or style is None or ruled.color != style.color \
                or ruled.size != style.size:
            flush()
            style, left = ruled, x
        right = x + advance
    flush()
    return ops


def _marks(placed: list[tuple[Atom, float, float]], height: float) -> list[Op]:
    ops: list[Op] = []
    mark, left, right = -1, 0.0, 0.0
    for atom, x, advance in placed:
        if atom.mark != mark or abs(right - x) >= _NEAR:
            if mark >= 0:
                ops.append(MarkOp(left, 0.0, right, height, mark))
            mark, left = atom.mark, x
        right = x + advance
    if mark >= 0:
        ops.append(MarkOp(left, 0.0, right, height, mark))
    return ops
