"""Marks where the seal (or the fingerprint) goes across the edges of a paper of several pages.

Two fine grey strokes at the right edge of every page, as far apart as a seal is wide: pages fanned
out so that the strokes meet show where the seal crosses them (骑缝章). A township government's seal
is 42 mm across (国发〔1999〕25号, from memory: M). Strokes are graphics, so that the text of a PDF
stays that of its .docx.
"""

from dataclasses import replace

from field_app.documents.layout.display import RuleOp
from field_app.documents.layout.pages import LaidDocument
from field_app.forms.definition import FormDefinition

SEAL_MM = 42.0
_STROKE_MM = 6.0
_WIDTH, _GREY = 0.5, "A6A6A6"
_POINTS = 72 / 25.4
_CROSSED = frozenset({"SEAL", "SIGNREC"})


def is_crossed(form: FormDefinition) -> bool:
    """Whether pages of this paper are sealed or fingerprinted across."""
    return any(field.block in _CROSSED for field in form.fields)


def with_seam(laid: LaidDocument) -> LaidDocument:
    """The same pages with the strokes; one page has no seam."""
    if len(laid.pages) < 2:
        return laid
    middle, half = laid.height / 2, SEAL_MM / 2 * _POINTS
    left = laid.width - _STROKE_MM * _POINTS
    strokes = tuple(RuleOp(left, y, laid.width, y, _WIDTH, _GREY)
                    for y in (middle - half, middle + half))
    return replace(laid, pages=tuple((*page, *strokes) for page in laid.pages))
