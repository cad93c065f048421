"""Draws laid pages as PDF/A-2b: embedded subsets, no clock, the same bytes for the same input."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Any

from field_app.documents.fonts import Face
from field_app.documents.layout.display import FillOp, Op, PictureOp, RuleOp, TextOp
from field_app.documents.layout.pages import LaidDocument
from field_app.interpreter import give_way

# Subsetting reads a shared font file by position, so two papers are never drawn at once.
_ONE_AT_A_TIME = Lock()
_OUTLINE = 1 / 32  # stroke of an outlined glyph, in font sizes
_FILL, _FILL_AND_STROKE = 0, 2
_WATERMARK_SIZE, _WATERMARK_ANGLE, _WATERMARK_GREY = 150, 45, 0.93

Painter = Callable[[Any, PictureOp, float], None]


@dataclass(frozen=True)
class Inscription:
    """What the PDF says of itself, and the light words across every sheet of a draft."""

    title: str
    author: str
    subject: str
    watermark: str = ""


def draw_pdf(laid: LaidDocument, inscription: Inscription, *, pictures: Mapping[str, bytes],
             painters: Mapping[str, Painter]) -> bytes:
    """The PDF; ``painters`` draw those picture parts themselves (canvas, place, page height)."""
    from reportlab import rl_config
    from reportlab.pdfgen.canvas import Canvas

    from field_app.documents.archival import PDF_VERSION, make_archival

    rl_config.useA85 = 0  # streams as bytes, not spelt in letters
    with _ONE_AT_A_TIME:
        buffer = BytesIO()
        # Without an initial font of ours, every page would name Helvetica, which is not embedded.
        first: Any = _font(Face.SERIF)
        canvas: Any = Canvas(buffer, pagesize=(laid.width, laid.height), invariant=1,
                             pageCompression=1, lang="zh-CN", initialFontName=first,
                             pdfVersion=PDF_VERSION)
        make_archival(canvas._doc, title=inscription.title, author=inscription.author,
                      subject=inscription.subject)
        for ops in laid.pages:
            if inscription.watermark:
                _watermark(canvas, laid, inscription.watermark)
            _page(canvas, ops, laid.height, pictures, painters)
            canvas.showPage()
        canvas.save()  # Gives way at each font and each stream, see embedding and archival.
        return buffer.getvalue()


def _font(face: Face) -> str:
    from field_app.documents.embedding import registered

    return registered(face)


def _watermark(canvas: Any, laid: LaidDocument, words: str) -> None:
    canvas.saveState()
    canvas.translate(laid.width / 2, laid.height / 2)
    canvas.rotate(_WATERMARK_ANGLE)
    canvas.setFillGray(_WATERMARK_GREY)
    canvas.setFont(_font(Face.SANS_BOLD), _WATERMARK_SIZE)
    canvas.drawCentredString(0, -_WATERMARK_SIZE * 0.35, words)
    canvas.restoreState()


def _page(canvas: Any, ops: tuple[Op, ...], height: float, pictures: Mapping[str, bytes],
          painters: Mapping[str, Painter]) -> None:
    give_way()
    for op in ops:
        if isinstance(op, FillOp):
            canvas.setFillColor(_color(op.color))
            canvas.rect(op.x, height - op.y - op.height, op.width, op.height, stroke=0, fill=1)
    for op in ops:
        if isinstance(op, PictureOp):
            painter = painters.get(op.part)
            if painter is not None:
                painter(canvas, op, height)
            else:
                _picture(canvas, op, height, pictures[op.part])
    _texts(canvas, [op for op in ops if isinstance(op, TextOp)], height)
    canvas.setLineCap(2)  # square ends, so that corners of a grid close
    for op in ops:
        if isinstance(op, RuleOp):
            canvas.setLineWidth(op.width)
            canvas.setStrokeColor(_color(op.color))
            canvas.line(op.x, height - op.y, op.x2, height - op.y2)


def _color(text: str) -> Any:
    from reportlab.lib.colors import HexColor

    return HexColor(f"#{text}")


def _picture(canvas: Any, op: PictureOp, height: float, data: bytes) -> None:
    from reportlab.lib.utils import ImageReader

    canvas.drawImage(ImageReader(BytesIO(data)), op.x, height - op.y - op.height, op.width,
                     op.height, mask="auto")


def _texts(canvas: Any, ops: list[TextOp], height: float) -> None:
    """Write the text operators themselves (ISO 32000-1, 9.4): most of a paper's bytes pass here."""
    from field_app.documents.embedding import font

    code = ["BT"]
    written: tuple[Face, float] | None = None
    color, tracking, outlined = "", 0.0, False
    for op in ops:
        face = font(op.face)
        if (op.face, op.size) != written:
            written = (op.face, op.size)
            code.append(f"{face.getSubsetInternalName(0, canvas._doc)} {_number(op.size)} Tf")
        if op.color != color:
            color = op.color
            parts = " ".join(_number(int(color[n:n + 2], 16) / 255) for n in (0, 2, 4))
            code.append(f"{parts} rg {parts} RG")
        if abs(op.tracking - tracking) > 1e-6:
            tracking = op.tracking
            code.append(f"{_number(tracking)} Tc")
        if op.outlined != outlined:
            outlined = op.outlined
            code.append(f"{_FILL_AND_STROKE if outlined else _FILL} Tr")
        if outlined:
            code.append(f"{_number(op.size * _OUTLINE)} w")
        ((_, codes),) = face.splitString(op.text, canvas._doc)
        code.append(f"1 0 0 1 {_number(op.x)} {_number(height - op.y)} Tm <{codes.hex()}> Tj")
    code.append(f"0 Tc {_FILL} Tr ET")
    canvas._code.append("\n".join(code))


def _number(value: float) -> str:
    """A number as PDF writes it: a thousandth of a point is finer than any printer."""
    return f"{value:.3f}".rstrip("0").rstrip(".")
