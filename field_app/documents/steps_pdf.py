"""A record of steps as PDF: what to do, what is known already, and places to write and sign."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from field_app.documents.fonts import Face
from field_app.documents.list_pdf import ListColumn, numbering, text_style

_MARGIN, _SMALL, _BASE = 42.0, 8.0, 10.0
_ROW = 27.0  # High enough to write in by hand.
_HEADING_KEPT = 150.0  # A step's heading never stands alone at a page's foot.


@dataclass(frozen=True)
class RecordStep:
    """One step. ``rows`` stand in the table as they are; an empty cell is a place to write.

    ``lines`` get a box each, to be ticked; ``signed`` is the line below the table.
    """

    title: str
    lines: tuple[str, ...]
    columns: tuple[ListColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    signed: str = ""


def steps_pdf(title: str, facts: Sequence[str], steps: Sequence[RecordStep], *, footer: str,
              ) -> tuple[bytes, int]:
    """A4 upright, and how many pages; the same input gives the same bytes.

    Each page tells how many there are, so that none of a signed record can be left out.
    """
    _, pages = _built(title, facts, steps, footer, 0)
    return _built(title, facts, steps, footer, pages)


def _built(title: str, facts: Sequence[str], steps: Sequence[RecordStep], footer: str, pages: int,
           ) -> tuple[bytes, int]:
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import CondPageBreak, Paragraph, SimpleDocTemplate, Spacer

    from field_app.documents.embedding import registered

    serif, bold = registered(Face.SERIF), registered(Face.SERIF_BOLD)
    wide = A4[0] - 2 * _MARGIN
    text, heading = text_style(serif, _BASE), text_style(bold, _BASE * 1.2)
    parts: list[Any] = [Paragraph(escape(title), text_style(bold, _BASE * 1.8)), Spacer(1, 8),
                        *(Paragraph(escape(fact), text) for fact in facts)]
    for step in steps:
        parts += [Spacer(1, 12), CondPageBreak(_HEADING_KEPT), Paragraph(escape(step.title), heading),
                  Spacer(1, 3), *(Paragraph(f"□ {escape(line)}", text) for line in step.lines),
                  Spacer(1, 5), _table(step, wide, serif, bold)]
        if step.signed:
            parts += [Spacer(1, 10), Paragraph(escape(step.signed), text)]
    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=_MARGIN, rightMargin=_MARGIN, topMargin=_MARGIN,
        bottomMargin=_MARGIN, title=title, invariant=1, lang="zh-CN", initialFontName=serif)
    numbered = numbering(serif, A4[0], footer, pages)
    document.build(parts, onFirstPage=numbered, onLaterPages=numbered)
    return buffer.getvalue(), int(document.page)


def _table(step: RecordStep, wide: float, serif: str, bold: str) -> Any:
    from reportlab.platypus import LongTable, Paragraph, TableStyle

    whole = sum(c.width for c in step.columns)
    cell, head = text_style(serif, _SMALL), text_style(bold, _SMALL)
    rows = [[Paragraph(escape(words).replace("\n", "<br/>"), cell) for words in row] for row in step.rows]
    table = LongTable(
        [[Paragraph(escape(c.title), head) for c in step.columns], *rows],
        colWidths=[wide * c.width / whole for c in step.columns], repeatRows=1)
    table.setStyle(TableStyle([
        ("GRID", (0, 0), (-1, -1), 0.4, "black"), ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("TOPPADDING", (0, 1), (-1, -1), 4), ("BOTTOMPADDING", (0, 1), (-1, -1), 5),
        *(("BOTTOMPADDING", (0, n), (-1, n), _ROW - 12) for n, row in enumerate(step.rows, 1)
          if not any(row))]))
    return table
