"""Fills a template with answers: the .docx that leaves, and the marked parts the layout draws."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateError

from field_app.documents import qr
from field_app.documents.context import PaperFacts, build_context
from field_app.documents.corrections import split_struck
from field_app.documents.fitting import with_pitch
from field_app.documents.marks import unmarked
from field_app.documents.package import write_package
from field_app.documents.refusal import MAX_PAGES, PaperTooLong, TemplateRefused
from field_app.documents.templates import PaperTemplate
from field_app.forms.definition import FormDefinition

_MAX_XML = 8 * 1024 * 1024  # characters; the longest paper has less than half


@dataclass(frozen=True)
class Filled:
    """``docx``: the finished file without marks; ``parts``: the same with marks, for the layout;
    ``paths``: the path of value n at place n."""

    docx: bytes
    parts: Mapping[str, bytes]
    paths: tuple[str, ...]


def fill(template: PaperTemplate, form: FormDefinition, answers: Mapping[str, Any],
         facts: PaperFacts, *, pitch: float = 1.0) -> Filled:
    """Fill ``template``; the same input gives the same bytes. ``pitch``: share of its line pitch.

    Raises :class:`TemplateRefused`, :class:`PaperTooLong`.
    """
    context, paths = build_context(form, answers, facts)
    marked_parts = dict(template.parts)
    clean_parts = dict(template.parts)
    for part in template.compiled:
        xml = split_struck(_render(template, part, context), part)
        marked_parts[part] = xml.encode("utf-8")
        clean_parts[part] = unmarked(xml).encode("utf-8")
    if template.meta.qr_part:
        clean_parts[template.meta.qr_part] = qr.png(facts.verify_text)
    return Filled(write_package(with_pitch(clean_parts, pitch)), with_pitch(marked_parts, pitch), paths)


def _render(template: PaperTemplate, part: str, context: Mapping[str, Any]) -> str:
    pieces: list[str] = []
    size = 0
    try:
        for piece in template.compiled[part].generate(context):
            size += len(piece)
            if size > _MAX_XML:
                raise PaperTooLong(MAX_PAGES + 1, MAX_PAGES)
            pieces.append(piece)
    except TemplateError as error:
        raise TemplateRefused(template.name, part, f"占位符无法填写：{error.message}") from error
    return "".join(pieces)
