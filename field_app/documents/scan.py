"""From a picture of signed paper to straight sheets: found, read by their code, laid on the print."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from field_app.documents.scan_code import code_of_sheet
from field_app.documents.scan_match import PrintedPage, best_page
from field_app.documents.scan_sheets import find_sheets
from field_app.documents.scan_straighten import (
    evened,
    flat_matrix,
    laid_flat,
    upside_down,
    whole_matrix,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]
    Matrix = NDArray[np.float64]

MAX_SHEETS = 4  # in one picture
JPEG_QUALITY = 90
_CLEAR = 0.35  # of the picture: a sheet this large is the one that was meant


@dataclass(frozen=True)
class Sheet:
    """One sheet seen in a picture. ``matrix``: from the picture's pixels to the flat sheet's;
    ``code``: text of its QR code, empty when none was read; ``upright``: the code said which way up
    it lies; ``edges``: its edges were seen, otherwise the whole picture was taken for it."""

    matrix: "Matrix"
    code: str
    upright: bool
    edges: bool


@dataclass(frozen=True)
class Straightened:
    """``image``: 1654 x 2339, BGR; ``page`` from 0 of the printed pages, None when unlike all;
    ``likeness`` to that page, 0 to 1."""

    image: "Image"
    page: int | None
    likeness: float


def sheets_in(picture: "Image") -> list[Sheet]:
    """Every sheet in ``picture`` (height x width x 3, BGR), at least one: the picture itself."""
    outlines = find_sheets(picture)[:MAX_SHEETS]
    found = [_sheet(picture, flat_matrix(corners), edges=True) for corners in outlines]
    if found and (len(found) > 1 or found[0].code
                  or outlines[0].area > _CLEAR * picture.shape[0] * picture.shape[1]):
        return found
    whole = _sheet(picture, whole_matrix(*picture.shape[:2]), edges=False)
    # Something small that looks like a sheet may lie on one; the code decides which it is.
    return [whole] if whole.code or not found else found


def _sheet(picture: "Image", matrix: "Matrix", *, edges: bool) -> Sheet:
    code = code_of_sheet(picture, matrix)
    if code is None:
        return Sheet(matrix, "", upright=False, edges=edges)
    turned = upside_down() @ matrix if code.turned else matrix
    return Sheet(turned, code.text, upright=True, edges=edges)


def straighten(picture: "Image", sheet: Sheet, printed: Sequence[PrintedPage]) -> Straightened:
    """Lay ``sheet`` flat, on the page of ``printed`` it is like, and even its light."""
    flat = laid_flat(picture, sheet.matrix)
    best = best_page(flat, printed, both_ways=not sheet.upright) if printed else None
    if best is None or not best.sure:
        return Straightened(evened(flat), None, best.likeness if best else 0.0)
    exact = laid_flat(picture, best.matrix @ sheet.matrix)
    return Straightened(evened(exact), best.page, best.likeness)


def jpeg_of(image: "Image", quality: int = JPEG_QUALITY) -> bytes:
    """A picture as JPEG with full colour resolution, so that a seal's edge stays red."""
    import cv2

    _, data = cv2.imencode(".jpg", image, [
        cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444])
    return data.tobytes()


def small_jpeg(image: "Image", side: int) -> bytes:
    """A preview, ``side`` pixels at most."""
    import cv2

    scale = min(1.0, side / max(image.shape[:2]))
    made = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return jpeg_of(made.astype("uint8", copy=False), 85)
