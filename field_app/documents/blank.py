"""Blank papers for handwriting: a form's own template with ink lines where its answers would stand."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import Any

from field_app.documents import qr
from field_app.documents.fill import fill
from field_app.documents.fonts import advance
from field_app.documents.layout.display import MarkOp, Op, RuleOp, TextOp
from field_app.documents.layout.drawing import Inscription, draw_pdf
from field_app.documents.layout.pages import LaidDocument, lay_document
from field_app.documents.layout.reader import read_document
from field_app.documents.render import PaperFacts
from field_app.documents.templates import template_for
from field_app.forms.definition import Field, FormDefinition, Kind

MARK = "空白 手工填写"
_INK = "＿"
# Full-width characters of room for one answer by hand.
_ROOMS = {Kind.INT: 2, Kind.BOOL: 2, Kind.AUTO: 4, Kind.CHOICE: 5, Kind.SIGN: 6, Kind.MONEY: 6}
_TEXT, _LONG, _LONG_IN_LIST, _IN_GRID = 8, 112, 56, 2
_ROWS, _GRID_ROWS, _OFFICERS = 2, 6, 2
# A line of a table or of the template within this many points below an answer is line enough.
_NEAR_PT = 9.0
_LINE_PT, _DROP = 0.5, 0.16
# In a table's cell only lines of a long answer are drawn, not the room of a short one.
_LONG_RUN = 10
# Templates print these by themselves; here a pen must be able to write.
_NOTHING = ("无", "（以下空白）", "(以下空白)")
# How many rows there are is counted by templates; on a blank paper by hand.
_COUNTED = re.compile("(?<=合计：)[0-9]+")


@dataclass(frozen=True)
class BlankPaper:
    """A blank paper's PDF; it has no number, no code and belongs to no case."""

    pdf: bytes
    pages: int


def render_blank(form: FormDefinition, *, agency_name: str = "") -> BlankPaper:
    """The form without answers, said in its footer to be blank; the letterhead when it is known.

    The same input gives the same bytes. Raises as :func:`field_app.documents.render.render`.
    """
    template = template_for(form)
    facts = PaperFacts(agency_name=agency_name, short_code=MARK)
    first = fill(template, _blank_form(form, frozenset()),
                 _answers(form, agency_name, frozenset()), facts)
    grid = _in_grid(lay_document(read_document(first.parts)), first.paths)
    second = fill(template, _blank_form(form, grid), _answers(form, agency_name, grid), facts)
    document = read_document(second.parts)
    laid = lay_document(document)
    inked = replace(laid, pages=tuple(tuple(_inked(ops)) for ops in laid.pages))
    part = template.meta.qr_part
    pdf = draw_pdf(
        inked, Inscription(title=f"{form.title} {MARK}", author=agency_name, subject=MARK),
        pictures=document.pictures, painters={part: partial(qr.paint, "")} if part else {})
    return BlankPaper(pdf, len(laid.pages))


def _answers(form: FormDefinition, agency_name: str, grid: frozenset[str]) -> dict[str, Any]:
    """Empty rows for every list, so that their lines are drawn; the agency where a form asks it."""
    found: dict[str, Any] = {
        field.key: [None] * _row_count(field, in_grid=any(p.startswith(field.key) for p in grid))
        for field in form.fields if field.item is not None}
    if agency_name and form.field_at("ENT.agency_name") is not None:
        found["ENT"] = {"agency_name": agency_name}
    return found


def _row_count(field: Field, *, in_grid: bool) -> int:
    item = field.item
    if item is not None and item.block == "OFFICER":
        return max(field.min_items, _OFFICERS)
    if item is None or item.kind is not Kind.STRUCT:
        return max(field.min_items, 1)
    return max(field.min_items, _GRID_ROWS if in_grid else _ROWS)


def _in_grid(laid: LaidDocument, paths: tuple[str, ...]) -> frozenset[str]:
    """Paths of a list's columns that stand side by side in cells of a table."""
    cells: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for ops in laid.pages:
        rules = [op for op in ops if isinstance(op, RuleOp)]
        for op in ops:
            if isinstance(op, MarkOp) and op.mark < len(paths) and "]." in paths[op.mark]:
                left = _cell(op.x, (op.y + op.y2) / 2, rules)
                if left is not None:
                    path = _general(paths[op.mark])
                    cells[path.partition(".")[0]].add((round(left), path))
    return frozenset(path for column in cells.values()
                     if len({left for left, _ in column}) > 1 for _, path in column)


def _general(path: str) -> str:
    """The path without places in lists, as the form's fields have it: ``qa[2].a`` is ``qa.a``."""
    return "".join(part.partition("]")[2] if n else part
                   for n, part in enumerate(path.split("[")))


def _blank_form(form: FormDefinition, grid: frozenset[str]) -> FormDefinition:
    """The form with ink characters in place of every answer."""
    return replace(form, fields=tuple(_blank(f, f.key, grid) for f in form.fields))


def _blank(field: Field, path: str, grid: frozenset[str], *, in_list: bool = False) -> Field:
    if field.kind is Kind.STRUCT:
        return replace(field, fields=tuple(
            _blank(child, f"{path}.{child.key}", grid, in_list=in_list)
            for child in field.fields))
    item = field.item
    if item is not None:
        item = _blank(item, path, grid, in_list=in_list or item.kind is Kind.STRUCT)
    room = _INK * _IN_GRID if path in grid else _room(field.kind, in_list=in_list)
    return replace(field, item=item, default="", when_empty=room)


def _room(kind: Kind, *, in_list: bool) -> str:
    if kind is Kind.DATE:
        return f"{_INK * 3}年{_INK * 2}月{_INK * 2}日"
    if kind is Kind.MOMENT:
        return f"{_INK * 2}年{_INK}月{_INK}日{_INK}时{_INK}分"
    if kind is Kind.LONG:
        return _INK * (_LONG_IN_LIST if in_list else _LONG)
    return _INK * _ROOMS.get(kind, _TEXT)


def _inked(ops: tuple[Op, ...]) -> Iterator[Op]:
    """One page with every run of ink characters drawn as one line, where none is there yet."""
    marks = [op for op in ops if isinstance(op, MarkOp)]
    rules = [op for op in ops if isinstance(op, RuleOp)]
    for op in ops:
        if not isinstance(op, TextOp):
            yield op
        elif op.text not in _NOTHING or _answers_there(op, marks):
            yield from _lines_for_ink(op, rules)


def _answers_there(text: TextOp, marks: list[MarkOp]) -> bool:
    return any(mark.x - 1 <= text.x <= mark.x2 and mark.y <= text.y <= mark.y2 for mark in marks)


def _lines_for_ink(op: TextOp, rules: list[RuleOp]) -> Iterator[Op]:
    if _INK not in op.text:
        yield op._replace(text=_COUNTED.sub("", op.text))
        return
    x, y = op.x, op.y + _DROP * op.size
    for ink, run in groupby(op.text, key=lambda c: c == _INK):
        text = "".join(run)
        width = sum(advance(op.face, c) * op.size + op.tracking for c in text)
        middle = x + width / 2
        if not ink:
            yield op._replace(x=x, text=text)
        elif not _on_line(middle, op.y, rules) and (
                len(text) >= _LONG_RUN or _cell(middle, op.y, rules) is None):
            yield RuleOp(x, y, x + width, y, _LINE_PT, op.color)
        x += width


def _on_line(x: float, y: float, rules: list[RuleOp]) -> bool:
    return any(abs(r.y2 - r.y) < _LINE_PT and -1 < r.y - y < _NEAR_PT
               and min(r.x, r.x2) <= x <= max(r.x, r.x2) for r in rules)


def _cell(x: float, y: float, rules: list[RuleOp]) -> float | None:
    """The left edge of the cell that holds a place, None outside of tables."""
    upright = [r.x for r in rules if abs(r.x2 - r.x) < _LINE_PT
               and min(r.y, r.y2) <= y <= max(r.y, r.y2)]
    before = [u for u in upright if u <= x]
    return max(before) if before and len(before) < len(upright) else None
