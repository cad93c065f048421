"""Reads the QR code of a sheet in a picture, and which way up the sheet lies by it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from field_app.documents.scan_straighten import laid_flat, upside_down

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]
    Matrix = NDArray[np.float64]

_MAX_TEXT = 400
# Where the code is printed, in shares of the sheet: the corner right below.
_CORNER = (0.66, 0.80, 1.0, 1.0)
_SCALES = (1.6, 3.0)


@dataclass(frozen=True)
class Code:
    """``text`` of the code; ``turned``: the flat sheet that showed it is upside down."""

    text: str
    turned: bool


def code_of_sheet(picture: "Image", matrix: "Matrix") -> Code | None:
    """The code on the sheet that ``matrix`` lays flat; None when none is read.

    Its usual corner is looked at first, in both ways up, then the whole sheet.
    """
    for scale in _SCALES:
        for turned in (False, True):
            way = upside_down() @ matrix if turned else matrix
            corner = laid_flat(picture, way, scale=scale, window=_CORNER)
            found = _read(_sharpened(corner)) or _read(corner)
            if found is not None:
                return Code(found[0], turned != _is_turned(found[1]))
    found = _read(laid_flat(picture, matrix))
    return None if found is None else Code(found[0], _is_turned(found[1]))


def _sharpened(picture: "Image") -> "Image":
    """Against the blur of a hand-held camera, which closes the gaps of a small code."""
    import cv2

    soft = cv2.GaussianBlur(picture, (0, 0), 2.0)
    return cv2.addWeighted(picture, 2.2, soft, -1.2, 0).astype("uint8", copy=False)


def _read(picture: "Image") -> tuple[str, Any] | None:
    """Text and corners of a code, in the code's own order; None when there is none."""
    import cv2

    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    try:
        text, corners, _ = cv2.QRCodeDetector().detectAndDecode(grey)
    except (cv2.error, UnicodeDecodeError):
        # OpenCV raises on some patterns that only look like a code, and on codes of other bytes.
        return None
    if not text or corners is None or len(text) > _MAX_TEXT:
        return None
    return text, corners.reshape(-1, 2)


def _is_turned(corners: Any) -> bool:
    """Whether the code's own first corner lies below its last one."""
    return bool(corners[0][1] > corners[3][1])


def read_code(picture: "Image") -> str:
    """The text of a code anywhere in a picture, as large as it is; empty when none is read.

    A picture of a screen has stripes and glare: smaller and sharpened ones are tried as well.
    """
    import cv2

    for scale in (1.0, 0.5, 0.25):
        size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
        smaller = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype("uint8", copy=False)
        found = _read(smaller) or _read(_sharpened(smaller))
        if found is not None:
            return found[0]
    return ""
