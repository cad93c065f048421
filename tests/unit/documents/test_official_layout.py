"""Templates keep to the parameters of official papers, and each departure is told."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from field_app.documents.context import PaperFacts
from field_app.documents.fill import fill
from field_app.documents.layout.model import Document, Paragraph, Text
from field_app.documents.layout.reader import read_document
from field_app.documents.official_layout import layout_problems
from field_app.documents.templates import template_for
from field_app.forms import load_form

TITLE = "责令限期整改指令书"
MM = 72 / 25.4


@pytest.fixture
def order(sample: Callable[[str], dict[str, Any]]) -> Document:
    form = load_form("G1-15")
    return read_document(fill(template_for(form), form, sample("G1-15"), PaperFacts()).parts)


def _restyled(document: Document, change: Callable[[Paragraph], Paragraph]) -> Document:
    """The document with its title paragraph changed."""
    def told(block: Any) -> Any:
        words = "".join(i.text for i in getattr(block, "inlines", ()) if isinstance(i, Text))
        return change(block) if words.replace(" ", "") == TITLE else block

    return replace(document, body=tuple(map(told, document.body)))


def _sized(size: float) -> Callable[[Paragraph], Paragraph]:
    return lambda p: replace(p, inlines=tuple(
        replace(i, style=replace(i.style, size=size)) if isinstance(i, Text) else i
        for i in p.inlines))


def test_a_sound_template_has_no_problem(order: Document) -> None:
    assert layout_problems(order, TITLE) == []


def test_each_departure_is_told(order: Document) -> None:
    section = order.section
    narrow = replace(order, section=replace(section, margins=replace(section.margins, left=10 * MM)))
    letter = replace(order, section=replace(section, width=216 * MM, height=279 * MM))
    left = _restyled(order, lambda p: replace(p, style=replace(p.style, align="left")))
    unnumbered = replace(order, footer=())
    cases = [(narrow, "左边距10.0毫米"), (letter, "应为A4"), (left, "没有居中"),
             (_restyled(order, _sized(12)), "文书名12磅"), (unnumbered, "第×页"),
             (_restyled(order, _sized(30)), "文书名30磅")]
    for document, words in cases:
        (problem,) = layout_problems(document, TITLE)
        assert words in problem
    assert "没有单独成行的文书名" in layout_problems(order, "另一种文书")[0]


def test_small_print_is_told(order: Document) -> None:
    def tiny(block: Any) -> Any:
        return _sized(6)(block) if isinstance(block, Paragraph) and any(
            isinstance(i, Text) and "整改期间" in i.text for i in block.inlines) else block

    document = replace(order, body=tuple(map(tiny, order.body)))
    assert any("只有6磅" in problem for problem in layout_problems(document, TITLE))
