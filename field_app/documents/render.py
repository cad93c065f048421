"""One call from answers to paper: the filled .docx, its PDF, and where every field lies on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from field_app.documents import qr
from field_app.documents.context import PaperFacts
from field_app.documents.fill import fill
from field_app.documents.fitting import pitch_that_saves_a_page
from field_app.documents.layout.display import MarkOp, PictureOp
from field_app.documents.layout.drawing import Inscription, draw_pdf
from field_app.documents.layout.pages import LaidDocument, lay_document
from field_app.documents.layout.reader import read_document
from field_app.documents.release import check_templates
from field_app.documents.seam import is_crossed, with_seam
from field_app.documents.signing_places import PART, SigningPlace, signing_places, with_signatures
from field_app.documents.strokes import Ink
from field_app.documents.strokes import paint as paint_ink
from field_app.documents.templates import PaperTemplate, template_for
from field_app.domain.signed import Place
from field_app.forms.definition import FormDefinition

__all__ = ["Anchor", "Paper", "PaperFacts", "check_templates", "render"]

_WATERMARK = "草稿"


@dataclass(frozen=True)
class Anchor:
    """Part of a field's print on paper: ``page`` from 1, the box in PDF points from the lower left
    corner of the sheet (x0 < x1, y0 < y1), ``path`` as in answers (``PARTY.name``, ``qa[2].a``)."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    path: str


@dataclass(frozen=True)
class Paper:
    """A rendered paper; ``warnings`` are in Chinese, for officers; ``template``: its file name and
    SHA-256 as ``name sha256``; ``places``: where it is signed; ``looks``: one value for each page, equal
    when two pages look the same."""

    docx: bytes
    pdf: bytes
    pages: int
    anchors: tuple[Anchor, ...]
    warnings: tuple[str, ...]
    template: str
    places: tuple[SigningPlace, ...] = ()
    looks: tuple[object, ...] = ()


def render(form: FormDefinition, answers: Mapping[str, Any], facts: PaperFacts, *,
           template: PaperTemplate | None = None,
           signatures: Mapping[Place, Ink] | None = None) -> Paper:
    """Render answers of any state; the same input gives the same bytes on every machine.

    ``template``: an agency's own, released one; without it the newest that ships.
    ``signatures``: ink drawn on the PDF's lines; a place the paper does not have is left out.

    Raises :class:`field_app.documents.refusal.TemplateRefused` when the form has no sound
    template, :class:`field_app.documents.refusal.PaperTooLong`.
    """
    template = template or template_for(form)
    filled = fill(template, form, answers, facts)
    document = read_document(filled.parts)
    laid = lay_document(document)
    if (pitch := pitch_that_saves_a_page(filled.parts, laid)) != 1:
        filled = fill(template, form, answers, facts, pitch=pitch)
        document = read_document(filled.parts)
        laid = lay_document(document)
    if is_crossed(form):
        laid = with_seam(laid)
    places, inks = signing_places(laid), dict(signatures or {})
    laid = with_signatures(laid, inks)
    inscription = Inscription(
        title=" ".join(part for part in (form.title, facts.doc_no) if part),
        author=facts.agency_name, subject=facts.short_code,
        watermark=_WATERMARK if facts.draft else "")
    painters = {template.meta.qr_part: partial(qr.paint, facts.verify_text)} \
        if template.meta.qr_part else {}
    painters |= {f"{PART}{n}": partial(_paint_ink, ink) for n, ink in enumerate(inks.values())}
    pdf = draw_pdf(laid, inscription, pictures=document.pictures, painters=painters)
    pictures: dict[str, object] = {**document.pictures, template.meta.qr_part: facts.verify_text}
    pictures |= {f"{PART}{n}": ink for n, ink in enumerate(inks.values())}
    return Paper(filled.docx, pdf, len(laid.pages), _anchors(laid, filled.paths), _warnings(laid),
                 f"{template.name} {template.meta.docx_sha256}", places,
                 _looks(laid, inscription.watermark, pictures))


def _looks(laid: LaidDocument, watermark: str, pictures: Mapping[str, object]) -> tuple[object, ...]:
    made = []
    for ops in laid.pages:
        seen = tuple(op for op in ops if not isinstance(op, MarkOp))
        made.append((laid.width, laid.height, watermark, seen,
                     tuple(pictures.get(op.part) for op in seen if isinstance(op, PictureOp))))
    return tuple(made)


def _paint_ink(ink: Ink, canvas: Any, op: PictureOp, page_height: float) -> None:
    paint_ink(ink, canvas, x=op.x, y=page_height - op.y - op.height, width=op.width)


def _anchors(laid: LaidDocument, paths: tuple[str, ...]) -> tuple[Anchor, ...]:
    return tuple(
        Anchor(number, op.x, laid.height - op.y2, op.x2, laid.height - op.y, paths[op.mark])
        for number, ops in enumerate(laid.pages, 1) for op in ops
        if isinstance(op, MarkOp) and op.mark < len(paths))


def _warnings(laid: LaidDocument) -> tuple[str, ...]:
    found = []
    if laid.missing:
        found.append(f"没有可打印的字形，已印作□：{'、'.join(sorted(laid.missing))}")
    if laid.clipped:
        found.append("有内容超出页面，请精简后再打印")
    return tuple(found)
