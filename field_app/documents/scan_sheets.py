"""Finds the sheets of paper in a picture: four corners each, against whatever desk lies behind."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]
    Points = NDArray[np.float32]

A4_MM = (210.0, 297.0)
_LONG_SIDE = 1000  # pixels in which sheets are looked for
_LEAST_SHARE = 0.08  # of the picture's area
_WHOLE_SHARE = 0.985
_FILLED = 0.88  # of the four corners' area that its outline covers
_RATIOS = (1.05, 1.95)  # of long to short side, A4 seen at an angle
_STRIP = 0.018  # of the sheet's width: how far from an edge inside and outside are compared
_CONTRAST = 12.0  # in CIE Lab, between paper and desk
_OVERLAP = 0.3


@dataclass(frozen=True)
class Corners:
    """A sheet's corners in pixels of the picture, clockwise, its short side first and last.

    ``points``: 4 x 2. Which short side is the top is not known from the outline.
    """

    points: "Points"

    @property
    def area(self) -> float:
        import cv2

        return float(cv2.contourArea(self.points))


def find_sheets(picture: "Image") -> list[Corners]:
    """All sheets of A4 in ``picture`` (height x width x 3, BGR), largest first.

    None where no edge of a sheet is seen: it fills the picture, or there is none.
    """
    import cv2
    import numpy as np

    scale = min(1.0, _LONG_SIDE / max(picture.shape[:2]))
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (5, 5), 0), cv2.COLOR_BGR2LAB).astype(
        np.uint8, copy=False)
    found: list[tuple[float, Points]] = []
    for mask in _masks(lab):
        for outline in _outlines(mask):
            quad = _quad(outline, small.shape)
            if quad is not None:
                worth = _contrast(lab, quad)
                if worth > 0:
                    found.append((worth * cv2.contourArea(quad), quad))
    kept: list[Points] = []
    for _, quad in sorted(found, key=lambda entry: -entry[0]):
        if all(_overlap(quad, other) < _OVERLAP for other in kept):
            kept.append(quad)
    kept.sort(key=lambda quad: -float(cv2.contourArea(quad)))
    return [Corners(((quad + 0.5) / scale - 0.5).astype(np.float32)) for quad in kept]


def _masks(lab: "Image") -> "Iterator[Image]":
    """Where a sheet may lie, by several signs, since no one of them holds on every desk."""
    import cv2
    import numpy as np

    light = lab[:, :, 0]
    colour = np.hypot(lab[:, :, 1].astype(np.float32) - 128, lab[:, :, 2].astype(np.float32) - 128)
    white = np.clip(light.astype(np.float32) - 2 * colour, 0, 255).astype(np.uint8)
    ring = np.concatenate([lab[:8].reshape(-1, 3), lab[-8:].reshape(-1, 3),
                           lab[:, :8].reshape(-1, 3), lab[:, -8:].reshape(-1, 3)])
    apart = np.linalg.norm(lab.astype(np.float32) - np.median(ring, axis=0), axis=2)
    other = np.clip(apart * 2, 0, 255).astype(np.uint8)
    for sign in (light, white, other):
        _, mask = cv2.threshold(sign, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
        yield _mended(mask)
    blocks = cv2.adaptiveThreshold(light, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 301, -4)
    yield _mended(blocks)
    edges = cv2.dilate(cv2.Canny(light, 30, 90), np.ones((3, 3), np.uint8))
    yield _mended(cv2.bitwise_not(edges), opening=3)
    yield _mended(cv2.bitwise_and(cv2.bitwise_not(edges), mask_of(white)), opening=3)


def mask_of(sign: "Image") -> "Image":
    """The brighter part of a picture by Otsu's threshold."""
    import cv2

    _, mask = cv2.threshold(sign, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return mask.astype("uint8", copy=False)


def _mended(mask: Any, opening: int = 9) -> "Image":
    """Without threads to other bright things, and with the print on the sheet filled in."""
    import cv2
    import numpy as np

    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((opening, opening), np.uint8))
    return cv2.morphologyEx(opened, cv2.MORPH_CLOSE, np.ones((13, 13), np.uint8)).astype(np.uint8)


def _outlines(mask: "Image") -> "Iterator[Any]":
    import cv2

    least = _LEAST_SHARE * mask.shape[0] * mask.shape[1]
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    for contour in contours:
        if cv2.contourArea(contour) >= least:
            yield contour


def _quad(outline: Any, shape: tuple[int, ...]) -> "Points | None":
    """The outline's four sides as straight lines, met in four corners; None for other shapes."""
    import cv2
    import numpy as np

    hull = cv2.convexHull(outline)
    around = cv2.arcLength(hull, True)
    rough = None
    for share in (0.02, 0.03, 0.045, 0.06, 0.08):
        rough = cv2.approxPolyDP(hull, share * around, True)
        if len(rough) <= 4:
            break
    if rough is None or len(rough) != 4:
        return None
    corners = rough.reshape(4, 2).astype(np.float32)
    points = outline.reshape(-1, 2).astype(np.float32)
    for _ in range(2):
        better = _met([_side(points, a, b) for a, b in pairwise([*corners, corners[0]])])
        if better is None or np.abs(better - corners).max() > 0.08 * max(shape[:2]):
            return None
        corners = better
    return _checked(corners, outline, shape)


def _side(points: "Points", start: "Points", end: "Points") -> Any:
    """The straight line through the outline's points near one side: a point and a direction."""
    import cv2
    import numpy as np

    along = end - start
    length = float(np.hypot(*along)) or 1.0
    along = along / length
    rel = points - start
    at = rel @ along
    off = np.abs(rel @ np.array([-along[1], along[0]]))
    near = points[(off < max(4.0, 0.02 * length)) & (at > 0.06 * length) & (at < 0.94 * length)]
    if len(near) < 0.3 * length:
        return None
    return cv2.fitLine(near, cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()


def _met(lines: list[Any]) -> "Points | None":
    """Where each line meets the one before it."""
    import numpy as np

    if any(line is None for line in lines):
        return None
    corners = []
    for before, line in zip([lines[-1], *lines[:-1]], lines, strict=True):
        matrix = np.array([[before[0], -line[0]], [before[1], -line[1]]], np.float64)
        if abs(np.linalg.det(matrix)) < 0.2:
            return None
        step = np.linalg.solve(matrix, np.array([line[2] - before[2], line[3] - before[3]]))
        corners.append([before[2] + step[0] * before[0], before[3] + step[0] * before[1]])
    return np.array(corners, np.float32)


def _checked(corners: "Points", outline: Any, shape: tuple[int, ...]) -> "Points | None":
    """The corners clockwise from a short side, if they can be an A4 sheet's; else None."""
    import cv2
    import numpy as np

    rows, columns = shape[:2]
    area = float(cv2.contourArea(corners))
    share = area / (rows * columns)
    if not _LEAST_SHARE <= share <= _WHOLE_SHARE or not cv2.isContourConvex(corners):
        return None
    if cv2.contourArea(cv2.convexHull(outline)) < _FILLED * area \
            or cv2.contourArea(outline) < 0.7 * area:
        return None
    margin = 0.25 * max(rows, columns)
    if corners.min() < -margin or corners[:, 0].max() > columns + margin \
            or corners[:, 1].max() > rows + margin:
        return None
    if cv2.contourArea(corners, oriented=True) < 0:
        corners = corners[::-1]
    sides = [float(np.hypot(*(b - a))) for a, b in pairwise([*corners, corners[0]])]
    if sides[0] + sides[2] > sides[1] + sides[3]:
        corners = np.roll(corners, -1, axis=0)
        sides = [*sides[1:], sides[0]]
    ratio = (sides[1] + sides[3]) / max(sides[0] + sides[2], 1.0)
    return np.ascontiguousarray(corners) if _RATIOS[0] <= ratio <= _RATIOS[1] else None


def _contrast(lab: "Image", quad: "Points") -> float:
    """How clearly three sides at least part paper from something else; 0 when they do not.

    A frame printed on a sheet has paper on both sides and is none.
    """
    import numpy as np

    rows, columns = lab.shape[:2]
    middle = quad.mean(axis=0)
    seen: list[float] = []
    cut = 0
    for start, end in pairwise([*quad, quad[0]]):
        share = np.linspace(0.1, 0.9, 60)[:, None]
        on = start + (end - start) * share
        out = np.array([end[1] - start[1], start[0] - end[0]], np.float32)
        out = out / (np.hypot(*out) or 1.0)
        if (middle - start) @ out > 0:
            out = -out
        step = max(4.0, _STRIP * float(np.hypot(*(end - start))))
        inner, outer = on - out * step, on + out * step
        inside = ((outer >= 0) & (outer < [columns, rows]) & (inner >= 0)
                  & (inner < [columns, rows])).all(axis=1)
        if inside.mean() < 0.5:
            cut += 1
            continue
        i, o = inner[inside].astype(int), outer[inside].astype(int)
        apart = np.linalg.norm(lab[i[:, 1], i[:, 0]].astype(np.float32)
                               - lab[o[:, 1], o[:, 0]].astype(np.float32), axis=1)
        seen.append(float(np.percentile(apart, 35)))
    clear = [value for value in seen if value >= _CONTRAST]
    if cut > 1 or len(clear) < 3 or len(clear) + cut < 4:
        return 0.0
    # A sheet that runs out of the picture is a worse guess than a whole one in it.
    return min(float(np.mean(clear)), 60.0) * (0.25 if cut else 1.0)


def _overlap(one: "Points", other: "Points") -> float:
    import cv2

    shared, _ = cv2.intersectConvexConvex(one, other)
    return float(shared) / max(min(cv2.contourArea(one), cv2.contourArea(other)), 1.0)
