"""Handwriting caught as strokes: kept as JSON, drawn as ink with a pen's thick and thin."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from math import hypot
from typing import Any

from field_app.crypto.canonical import MalformedJson, canonical, parse
from field_app.errors import FieldAppError

FORMAT = "le-strokes/1"
MAX_STROKES, MAX_POINTS = 400, 60_000
MAX_BYTES = 8 << 20
_MAX_SIDE = 20_000  # of the canvas, in its own units
_LEAST_LENGTH = 0.12  # of the canvas height: less ink than that is a slip of the pen
_STEPS = 6  # straight pieces a curve between two points is drawn with
_PEN = (0.011, 0.026)  # thin and thick, of the ink's larger side
_FAST = 2.2  # canvas heights in a second at which a pen without pressure writes thin
_INK = (20, 26, 58)  # blue-black
_PIXELS, _FINER = 900, 4
_MARGIN = 0.02


class StrokesRefused(FieldAppError):
    """Strokes from outside that are malformed, too many, or hardly any ink; ``fact`` says which."""

    def __init__(self, fact: str) -> None:
        super().__init__(f"strokes refused: {fact}")
        self.fact = fact


@dataclass(frozen=True)
class PenPoint:
    """Where the pen was: ``x`` right and ``y`` down on the canvas, ``ms`` since the first touch,
    ``pressure`` in thousandths, 0 where the device tells none."""

    x: int
    y: int
    ms: int
    pressure: int = 0


@dataclass(frozen=True)
class Strokes:
    """All strokes on a canvas of ``width`` x ``height`` units; ``device``: pen, touch or mouse."""

    width: int
    height: int
    device: str
    lines: tuple[tuple[PenPoint, ...], ...]

    def to_bytes(self) -> bytes:
        """The canonical JSON that is hashed and sealed."""
        return canonical({
            "format": FORMAT, "width": self.width, "height": self.height, "device": self.device,
            "lines": [[[p.x, p.y, p.ms, p.pressure] for p in line] for line in self.lines]})


@dataclass(frozen=True)
class Piece:
    """A straight piece of ink in shares of its box's width (x, ``width``) and of the same unit
    downwards (y)."""

    x: float
    y: float
    x2: float
    y2: float
    width: float


@dataclass(frozen=True)
class Ink:
    """A drawn signature: ``ratio`` is its box's height by its width."""

    ratio: float
    pieces: tuple[Piece, ...]


def read_strokes(data: bytes) -> Strokes:
    """Strokes from their JSON; raises :class:`StrokesRefused`."""
    try:
        value = parse(data, limit=MAX_BYTES)
        if value["format"] != FORMAT:
            raise StrokesRefused("format")
        made = Strokes(value["width"], value["height"], str(value["device"])[:20], tuple(
            tuple(PenPoint(*point) for point in line) for line in value["lines"]))
    except (MalformedJson, KeyError, TypeError) as error:
        raise StrokesRefused("malformed") from error
    check_strokes(made)
    return made


def check_strokes(strokes: Strokes) -> None:
    """Refuse strokes out of bounds or with hardly any ink; raises :class:`StrokesRefused`."""
    points = [p for line in strokes.lines for p in line]
    if len(strokes.lines) > MAX_STROKES or len(points) > MAX_POINTS:
        raise StrokesRefused("too many")
    if not 0 < strokes.width <= _MAX_SIDE or not 0 < strokes.height <= _MAX_SIDE:
        raise StrokesRefused("canvas")
    for p in points:
        if not all(type(v) is int for v in (p.x, p.y, p.ms, p.pressure)):
            raise StrokesRefused("malformed")
        if abs(p.x) > _MAX_SIDE or abs(p.y) > _MAX_SIDE or not 0 <= p.ms < 1 << 31 \
                or not 0 <= p.pressure <= 1000:
            raise StrokesRefused("out of bounds")
    length = sum(hypot(b.x - a.x, b.y - a.y) for line in strokes.lines for a, b in pairwise(line))
    if length < _LEAST_LENGTH * strokes.height:
        raise StrokesRefused("no ink")


def ink_of(strokes: Strokes) -> Ink:
    """The strokes as smooth ink, cut to their own box; the same strokes give the same ink."""
    check_strokes(strokes)
    drawn = [list(_curve(line, strokes.height)) for line in strokes.lines if line]
    spots = [spot for line in drawn for spot in line]
    left, right = min(x for x, _, _ in spots), max(x for x, _, _ in spots)
    top, bottom = min(y for _, y, _ in spots), max(y for _, y, _ in spots)
    side = max(right - left, bottom - top)
    margin = (_PEN[1] + _MARGIN) * side
    width = right - left + 2 * margin
    pieces = [
        Piece((a[0] - left + margin) / width, (a[1] - top + margin) / width,
              (b[0] - left + margin) / width, (b[1] - top + margin) / width,
              (_PEN[0] + (_PEN[1] - _PEN[0]) * (a[2] + b[2]) / 2) * side / width)
        for line in drawn for a, b in pairwise(line)]
    return Ink((bottom - top + 2 * margin) / width, tuple(pieces))


def _curve(line: tuple[PenPoint, ...], height: int) -> Iterator[tuple[float, float, float]]:
    """The line through its points as a smooth curve (Catmull-Rom): x, y and thickness 0 to 1."""
    points = _thinned(line)
    thick = _thickness(points, height)
    if len(points) == 1:
        x, y = points[0].x, points[0].y
        yield from ((x, y, 1.0), (x + height / 300, y, 1.0))
        return
    yield (points[0].x, points[0].y, thick[0])
    for n in range(len(points) - 1):
        a, b = points[max(n - 1, 0)], points[n]
        c, d = points[n + 1], points[min(n + 2, len(points) - 1)]
        for step in range(1, _STEPS + 1):
            t = step / _STEPS
            yield (_between(a.x, b.x, c.x, d.x, t), _between(a.y, b.y, c.y, d.y, t),
                   thick[n] + (thick[n + 1] - thick[n]) * t)


def _between(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t
                  + (3 * b - a - 3 * c + d) * t * t * t)


def _thinned(line: tuple[PenPoint, ...]) -> list[PenPoint]:
    """Without points that stand on the one before."""
    kept = [line[0]]
    for point in line[1:]:
        if hypot(point.x - kept[-1].x, point.y - kept[-1].y) >= 1.5:
            kept.append(point)
    return kept


def _thickness(points: list[PenPoint], height: int) -> list[float]:
    """0 thin to 1 thick at each point: by pressure where it is told, else slow is thick."""
    if len({p.pressure for p in points}) > 1:
        raw = [p.pressure / 1000 for p in points]
    else:
        raw = [0.75]
        for a, b in pairwise(points):
            speed = hypot(b.x - a.x, b.y - a.y) / height / max((b.ms - a.ms) / 1000, 0.004)
            raw.append(max(0.0, 1 - speed / _FAST))
    smooth, last = [], raw[0]
    for value in raw:
        last += (value - last) * 0.35
        smooth.append(last)
    return smooth


def png_of(ink: Ink) -> bytes:
    """The ink on nothing (transparent PNG), its larger side 900 pixels."""
    import cv2
    import numpy as np
    from PIL import Image

    wide = _PIXELS if ink.ratio <= 1 else round(_PIXELS / ink.ratio)
    high = max(1, round(wide * ink.ratio))
    mask = np.zeros((high * _FINER, wide * _FINER), np.uint8)
    scale = wide * _FINER
    for p in ink.pieces:
        cv2.line(mask, (round(p.x * scale), round(p.y * scale)),
                 (round(p.x2 * scale), round(p.y2 * scale)), 255, max(1, round(p.width * scale)))
    alpha = cv2.resize(mask, (wide, high), interpolation=cv2.INTER_AREA)
    made = np.empty((high, wide, 4), np.uint8)
    made[:, :, :3], made[:, :, 3] = _INK, alpha
    buffer = BytesIO()
    Image.fromarray(made).save(buffer, "PNG")
    return buffer.getvalue()


def paint(ink: Ink, canvas: Any, *, x: float, y: float, width: float) -> None:
    """Draw the ink on a PDF page: lower left corner at (x, y), ``width`` in points."""
    canvas.saveState()
    canvas.setStrokeColorRGB(*(channel / 255 for channel in _INK))
    canvas.setLineCap(1)
    top = y + ink.ratio * width
    for p in ink.pieces:
        canvas.setLineWidth(p.width * width)
        canvas.line(x + p.x * width, top - p.y * width, x + p.x2 * width, top - p.y2 * width)
    canvas.restoreState()
