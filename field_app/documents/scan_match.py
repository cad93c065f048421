"""Compares a flat sheet with the pages that were printed: which one it is, and lays it exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from field_app.documents.scan_straighten import HEIGHT, WIDTH, upside_down

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]
    Matrix = NDArray[np.float64]

_SHARE = 0.5  # of 200 dpi: print of 10.5 pt is still told apart
_SIZE = (round(WIDTH * _SHARE), round(HEIGHT * _SHARE))
_FEATURES = 2000
_SHIFT = 0.14  # of the sheet's height: how far a point may lie from where it was printed
_LEAST_PAIRS = 18
_ALIKE = 0.45  # likeness from which a page is taken for the printed one


@dataclass(frozen=True)
class PrintedPage:
    """A page as it was printed, prepared for comparing."""

    grey: "Image"
    points: "NDArray[np.float32]"
    descriptions: Any


@dataclass(frozen=True)
class Likeness:
    """``page`` from 0, ``likeness`` 0 to 1 of the ink of both, ``matrix`` from the flat sheet's
    pixels to the printed page's."""

    page: int
    likeness: float
    matrix: "Matrix"

    @property
    def sure(self) -> bool:
        return self.likeness >= _ALIKE


def prepared(page: "Image") -> PrintedPage:
    """A picture of a page (any size of A4, BGR) ready for :func:`best_page`."""
    import cv2
    import numpy as np

    grey = cv2.resize(cv2.cvtColor(page, cv2.COLOR_BGR2GRAY), _SIZE, interpolation=cv2.INTER_AREA)
    # Corners of print with their description (ORB).
    finder = cv2.ORB.create(nfeatures=_FEATURES, scaleFactor=1.25, nlevels=4, fastThreshold=12)
    points, descriptions = finder.detectAndCompute(grey, None)
    places = np.array([p.pt for p in points], np.float32).reshape(-1, 2)
    return PrintedPage(grey.astype(np.uint8, copy=False), places, descriptions)


def best_page(sheet: "Image", printed: Sequence[PrintedPage], *,
              both_ways: bool) -> Likeness | None:
    """The printed page most like the flat ``sheet`` (1654 x 2339, BGR).

    ``both_ways`` tries it upside down too. None when no page is like it in any detail.
    """
    import numpy as np

    found: list[Likeness] = []
    for way in ([np.eye(3), upside_down()] if both_ways else [np.eye(3)]):
        shown = prepared(sheet if way[0, 0] > 0 else sheet[::-1, ::-1])
        for number, page in enumerate(printed):
            made = _laid_on(shown, page)
            if made is not None:
                found.append(Likeness(number, made[0], made[1] @ way))
    return max(found, key=lambda one: one.likeness, default=None)


def _laid_on(sheet: PrintedPage, page: PrintedPage) -> tuple[float, "Matrix"] | None:
    import cv2
    import numpy as np

    if sheet.descriptions is None or page.descriptions is None:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(
        sheet.descriptions, page.descriptions)
    ours = sheet.points[[p.queryIdx for p in pairs]]
    theirs = page.points[[p.trainIdx for p in pairs]]
    near = np.hypot(*(ours - theirs).T) < _SHIFT * HEIGHT * _SHARE
    if near.sum() < _LEAST_PAIRS:
        return None
    half, good = cv2.findHomography(ours[near], theirs[near], cv2.RANSAC, 2.5,
                                    maxIters=1500, confidence=0.995)
    if half is None or good.sum() < _LEAST_PAIRS or not _sound(half):
        return None
    laid = cv2.warpPerspective(sheet.grey, half, _SIZE, borderValue=255)
    grown = np.diag([1 / _SHARE, 1 / _SHARE, 1.0])
    return (likeness(laid.astype(np.uint8, copy=False), page.grey),
            grown @ half @ np.linalg.inv(grown))


def _sound(matrix: Any) -> bool:
    """Whether it only shifts, turns and stretches a little: corners stay near corners."""
    import cv2
    import numpy as np

    width, height = _SIZE
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    moved = cv2.perspectiveTransform(corners, matrix)
    return bool(np.abs(moved - corners).max() < 0.3 * height
                and cv2.contourArea(moved[0].astype(np.float32)) > 0.5 * width * height)


def likeness(one: "Image", other: "Image") -> float:
    """How alike the print of two grey pictures of one size is: 0 not at all, 1 the same.

    The correlation of their ink (dark against the paper around it), slightly blurred; seals and
    signatures that only one of them has lower it little.
    """
    import numpy as np

    a, b = (_ink(picture) for picture in (one, other))
    a, b = a - a.mean(), b - b.mean()
    both = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return max(0.0, float((a * b).sum()) / both) if both else 0.0


def _ink(grey: "Image") -> Any:
    import cv2
    import numpy as np

    paper = cv2.blur(cv2.dilate(grey, np.ones((15, 15), np.uint8)), (17, 17))
    dark = np.clip(cv2.subtract(paper, grey).astype(np.float32) - 24, 0, 120)
    return cv2.GaussianBlur(dark, (0, 0), 1.6)
