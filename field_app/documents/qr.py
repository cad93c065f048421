"""The QR code that binds a sheet to its record: as a picture for the .docx, as vectors for the PDF."""

from functools import lru_cache
from io import BytesIO
from typing import Any

from field_app.documents.layout.display import PictureOp

_QUIET = 2  # modules of white around the code; the sheet around it is white too
_PIXELS = 6  # of one module in the picture
_FORM = "code"


@lru_cache(maxsize=64)
def modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """The code's modules row by row, True is dark (ISO/IEC 18004, correction level M)."""
    import qrcode
    from qrcode.constants import ERROR_CORRECT_M

    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=_QUIET)
    # In one segment of bytes: many readers, OpenCV's among them, fail on a change of mode.
    code.add_data(text.encode("utf-8"), optimize=0)
    code.make(fit=True)
    return tuple(tuple(bool(m) for m in row) for row in code.get_matrix())


def png(text: str) -> bytes:
    """The code as a black and white PNG; a white picture for an empty text."""
    from PIL import Image

    rows = modules(text) if text else ((False,),)
    picture = Image.new("1", (len(rows), len(rows)), 1)
    picture.putdata([0 if m else 1 for row in rows for m in row])
    buffer = BytesIO()
    picture.resize((len(rows) * _PIXELS,) * 2).save(buffer, "PNG")
    return buffer.getvalue()


def paint(text: str, canvas: Any, op: PictureOp, page_height: float) -> None:
    """Draw the code into its place on the sheet; nothing for an empty text.

    The code is one form of the file (ISO 32000-1, 8.10) that every sheet shows: a paper of many
    pages carries it once.
    """
    if not text:
        return
    if not canvas.hasForm(_FORM):
        _define(text, canvas)
    canvas.saveState()
    canvas.translate(op.x, page_height - op.y - op.width)
    canvas.scale(op.width, op.width)
    canvas.doForm(_FORM)
    canvas.restoreState()


def _define(text: str, canvas: Any) -> None:
    """The dark runs of each row, on a square of side 1."""
    rows = modules(text)
    side = 1 / len(rows)
    canvas.beginForm(_FORM, 0, 0, 1, 1)
    canvas.setFillGray(0)
    path = canvas.beginPath()
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            run = x
            while run < len(row) and row[run]:
                run += 1
            if run > x:
                path.rect(x * side, 1 - (y + 1) * side, (run - x) * side, side)
            x = max(run, x + 1)
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.endForm()
