"""A long list as PDF: a title, a few lines of facts, one table whose head stands on every page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from field_app.documents.fonts import Face

_MARGIN, _SMALL, _BASE = 42.0, 8.0, 10.0
_LINE = 1.35


@dataclass(frozen=True)
class ListColumn:
    """``width``: its share of the line."""

    title: str
    width: float


def list_pdf(title: str, facts: Sequence[str], columns: Sequence[ListColumn],
             rows: Sequence[Sequence[str]], *, footer: str) -> bytes:
    """A4 across; the same input gives the same bytes. A cell longer than a page is cut by the page."""
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

    from field_app.documents.embedding import registered

    serif, bold = registered(Face.SERIF), registered(Face.SERIF_BOLD)
    size = landscape(A4)
    cell, head = text_style(serif, _SMALL), text_style(bold, _SMALL)
    wide = size[0] - 2 * _MARGIN
    whole = sum(c.width for c in columns)
    table = LongTable(
        [[Paragraph(escape(c.title), head) for c in columns],
         *([Paragraph(escape(text), cell) for text in row] for row in rows)],
        colWidths=[wide * c.width / whole for c in columns], repeatRows=1)
    table.setStyle(TableStyle([
        ("GRID", (0, 0), (-1, -1), 0.4, "black"), ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 2), ("BOTTOMPADDING", (0, 0), (-1, -1), 3)]))
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer, pagesize=size, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN,
        bottomMargin=_MARGIN, title=title, invariant=1, lang="zh-CN", initialFontName=serif)

    numbered = numbering(serif, size[0], footer)
    heading = text_style(bold, _BASE * 1.6)
    document.build(
        [Paragraph(escape(title), heading), Spacer(1, 6),
         *(Paragraph(escape(fact), text_style(serif, _BASE)) for fact in facts), Spacer(1, 8), table],
        onFirstPage=numbered, onLaterPages=numbered)
    return buffer.getvalue()


def numbering(face: str, wide: float, footer: str, pages: int = 0) -> Callable[[Any, Any], None]:
    """Draws a page's foot: ``footer`` at the left, its number (of ``pages``) at the right of ``wide``
    points."""
    of_all = f"　共{pages}页" if pages else ""

    def numbered(canvas: Any, doc: Any) -> None:
        canvas.setFont(face, _SMALL)
        canvas.drawString(_MARGIN, _MARGIN / 2, footer)
        canvas.drawRightString(wide - _MARGIN, _MARGIN / 2, f"第{doc.page}页{of_all}")

    return numbered


def text_style(face: str, size: float) -> Any:
    """Chinese text of so many points."""
    from reportlab.lib.styles import ParagraphStyle

    return ParagraphStyle(f"{face}-{size}", fontName=face, fontSize=size, leading=size * _LINE,
                          wordWrap="CJK", splitLongWords=1)
