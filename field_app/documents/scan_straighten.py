"""Lays a sheet of a picture flat as A4 at 200 dpi, the right way up, on evenly white paper."""

from typing import TYPE_CHECKING, Any

from field_app.documents.scan_sheets import A4_MM, Corners

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]
    Matrix = NDArray[np.float64]

DPI = 200
WIDTH, HEIGHT = round(A4_MM[0] / 25.4 * DPI), round(A4_MM[1] / 25.4 * DPI)
_TILES = (42, 30)
_PAPER = 246  # what evened paper is brought to, of 255
_DEGREE = 3


def flat_matrix(corners: Corners) -> "Matrix":
    """From pixels of the picture to pixels of the flat sheet."""
    import cv2
    import numpy as np

    sheet = np.array([[0, 0], [WIDTH - 1, 0], [WIDTH - 1, HEIGHT - 1], [0, HEIGHT - 1]], np.float32)
    return cv2.getPerspectiveTransform(corners.points, sheet).astype(np.float64)


def whole_matrix(rows: int, columns: int) -> "Matrix":
    """The whole picture as the sheet, a lying one turned; its shape is kept."""
    import numpy as np

    turn = np.eye(3)
    if columns > rows:
        turn = np.array([[0, -1, rows - 1], [1, 0, 0], [0, 0, 1]], np.float64)
        rows, columns = columns, rows
    scale = min(WIDTH / columns, HEIGHT / rows)
    left, top = (WIDTH - columns * scale) / 2, (HEIGHT - rows * scale) / 2
    return np.array([[scale, 0, left], [0, scale, top], [0, 0, 1]], np.float64) @ turn


def upside_down() -> "Matrix":
    """Turns a flat sheet by half a turn."""
    import numpy as np

    return np.array([[-1, 0, WIDTH - 1], [0, -1, HEIGHT - 1], [0, 0, 1]], np.float64)


def laid_flat(picture: "Image", matrix: "Matrix", *, scale: float = 1.0,
              window: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)) -> "Image":
    """The sheet, ``scale`` times 1654 x 2339 pixels; white where the picture ends.

    ``window``: only this part of the sheet, left, top, right and bottom as shares of it.
    """
    import cv2
    import numpy as np

    left, top = window[0] * WIDTH * scale, window[1] * HEIGHT * scale
    size = (round((window[2] - window[0]) * WIDTH * scale),
            round((window[3] - window[1]) * HEIGHT * scale))
    grown = np.array([[scale, 0, -left], [0, scale, -top], [0, 0, 1.0]]) @ matrix
    # Averaging first: a strong reduction by linear interpolation alone breaks thin strokes.
    reduced, back = _reduced(picture, grown)
    flat = cv2.warpPerspective(reduced, grown @ back, size, flags=cv2.INTER_LINEAR,
                               borderMode=cv2.BORDER_CONSTANT, borderValue=(255, 255, 255))
    return flat.astype(np.uint8, copy=False)


def _reduced(picture: "Image", matrix: "Matrix") -> tuple["Image", "Matrix"]:
    """The picture brought near the sheet's resolution, and the way back to its own pixels."""
    import cv2
    import numpy as np

    rows, columns = picture.shape[:2]
    x, y, w = matrix @ np.array([columns / 2, rows / 2, 1.0])
    dx = matrix @ np.array([columns / 2 + 1, rows / 2, 1.0])
    dy = matrix @ np.array([columns / 2, rows / 2 + 1, 1.0])
    steps = [np.hypot(d[0] / d[2] - x / w, d[1] / d[2] - y / w) for d in (dx, dy)]
    step = float(max(steps))
    if not 0 < step < 0.6:
        return picture, np.eye(3)
    factor = step * 1.25
    smaller = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    back = np.array([[columns / smaller.shape[1], 0, 0], [0, rows / smaller.shape[0], 0],
                     [0, 0, 1.0]])
    return smaller.astype(np.uint8, copy=False), back


def evened(sheet: "Image") -> "Image":
    """The sheet as under even white light: shade and tint of the lamp go, ink and seals stay.

    The light is taken to change smoothly (a surface of third degree, each colour by itself, through
    the brightest paper of 1260 tiles), so that printed photographs keep their tones.
    """
    import cv2
    import numpy as np

    rows, columns = _TILES
    small = cv2.resize(sheet, (columns * 16, rows * 16), interpolation=cv2.INTER_AREA)
    tiles = small.reshape(rows, 16, columns, 16, 3).transpose(0, 2, 1, 3, 4).reshape(-1, 256, 3)
    order = np.argsort(tiles.sum(axis=2, dtype=np.int32), axis=1)[:, 200:240]
    paper = np.take_along_axis(tiles, order[:, :, None], axis=1).mean(axis=1)
    y, x = (a.ravel() for a in np.mgrid[-1:1:rows * 1j, -1:1:columns * 1j])
    light = _surface(x, y, paper)
    fine = np.linspace(-1, 1, 96)
    gx, gy = np.meshgrid(fine, fine)
    surface = (_terms(gx.ravel(), gy.ravel()) @ light).reshape(96, 96, 3)
    full = cv2.resize(np.clip(surface, 24, 255), (sheet.shape[1], sheet.shape[0])).astype(np.uint8)
    return cv2.divide(sheet, full, scale=_PAPER).astype(np.uint8, copy=False)


def _terms(x: Any, y: Any) -> Any:
    import numpy as np

    return np.stack([x**i * y**j for i in range(_DEGREE + 1) for j in range(_DEGREE + 1 - i)], axis=1)


def _surface(x: Any, y: Any, paper: Any) -> Any:
    """Least squares through the tiles that are paper; darker and coloured ones drop out."""
    import numpy as np

    terms = _terms(x, y)
    brightness = paper.sum(axis=1)
    use = brightness > 0.55 * np.percentile(brightness, 90)
    light = np.linalg.lstsq(terms[use], paper[use], rcond=None)[0]
    for _ in range(4):
        off = (paper - terms @ light).mean(axis=1)
        spread = max(2.0, 1.5 * float(np.median(np.abs(off[use]))))
        kept = (off > -spread) & (off < 3 * spread)
        if kept.sum() < 0.15 * len(kept):
            break
        use = kept
        light = np.linalg.lstsq(terms[use], paper[use], rcond=None)[0]
    return light
