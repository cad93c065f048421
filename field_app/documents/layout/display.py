"""What is put on a sheet, as plain operations; y grows downwards from the top of whatever holds them.

Tuples, since a long paper has a hundred thousand of them.
"""

from typing import NamedTuple

from field_app.documents.fonts import Face


class TextOp(NamedTuple):
    """Characters on one baseline; ``tracking`` is added after each, ``outlined`` thickens strokes."""

    x: float
    y: float
    text: str
    face: Face
    size: float
    color: str
    tracking: float
    outlined: bool


class RuleOp(NamedTuple):
    """A straight line from (x, y) to (x2, y2)."""

    x: float
    y: float
    x2: float
    y2: float
    width: float
    color: str


class FillOp(NamedTuple):
    """A filled box; (x, y) is its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    color: str


class PictureOp(NamedTuple):
    """A picture; (x, y) is its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    part: str


class MarkOp(NamedTuple):
    """Where part of value ``mark`` lies; (x, y) upper left, (x2, y2) lower right."""

    x: float
    y: float
    x2: float
    y2: float
    mark: int


Op = TextOp | RuleOp | FillOp | PictureOp | MarkOp


def shifted(op: Op, dx: float, dy: float) -> Op:
    """The same operation elsewhere."""
    # Every stroke and text of a paper passes here several times, so kind by kind and by hand.
    x, y = op.x + dx, op.y + dy
    if isinstance(op, TextOp):
        return TextOp(x, y, op.text, op.face, op.size, op.color, op.tracking, op.outlined)
    if isinstance(op, MarkOp):
        return MarkOp(x, y, op.x2 + dx, op.y2 + dy, op.mark)
    if isinstance(op, RuleOp):
        return RuleOp(x, y, op.x2 + dx, op.y2 + dy, op.width, op.color)
    return op._replace(x=x, y=y)
