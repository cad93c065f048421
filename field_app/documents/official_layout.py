"""Holds a template against the parameters of official papers (resources/layout)."""

import tomllib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from field_app.documents.fonts import Face
from field_app.documents.layout.model import (
    Block,
    Document,
    PageField,
    Paragraph,
    Table,
    Text,
)
from field_app.paths import RESOURCES

_MM = 72 / 25.4
_NEAR = 1.0
_TITLE_FACES = frozenset({Face.SERIF, Face.SERIF_BOLD, Face.SANS, Face.SANS_BOLD})


@lru_cache(maxsize=1)
def parameters() -> dict[str, Any]:
    """The parameters with their sources and confidence."""
    return tomllib.loads((RESOURCES / "layout" / "1.toml").read_text("utf-8"))


def _paragraphs(blocks: tuple[Block, ...]) -> Iterator[Paragraph]:
    for block in blocks:
        if isinstance(block, Table):
            for row in block.rows:
                for cell in row.cells:
                    yield from cell.paragraphs
        else:
            yield block


def _sheet(document: Document) -> Iterator[str]:
    wanted, section = parameters()["sheet"], document.section
    width, height = section.width / _MM, section.height / _MM
    if abs(width - wanted["width"]) > _NEAR or abs(height - wanted["height"]) > _NEAR:
        yield f"纸张为{width:.0f}×{height:.0f}毫米，应为A4竖排（{wanted['source']}）"
    limits, margins = parameters()["margins"], section.margins
    for name, value in (("上", margins.top), ("右", margins.right), ("下", margins.bottom),
                        ("左", margins.left)):
        least = limits["left_least"] if name == "左" else limits["least"]
        if not least - _NEAR <= value / _MM <= limits["most"] + _NEAR:
            yield (f"{name}边距{value / _MM:.1f}毫米，应在{least}至{limits['most']}毫米"
                   f"（{limits['source']}）")


def _title(document: Document, title: str) -> Iterator[str]:
    wanted = parameters()["title"]
    for paragraph in _paragraphs(document.body):
        words = [t for t in paragraph.inlines if isinstance(t, Text)]
        text = "".join(t.text for t in words).replace(" ", "").replace("　", "")
        if text != title or not words:
            continue
        style = words[0].style
        if paragraph.style.align != "center":
            yield "文书名没有居中"
        if not wanted["least"] <= style.size <= wanted["most"]:
            yield f"文书名{style.size:g}磅，应为{wanted['least']}至{wanted['most']}磅（{wanted['source']}）"
        if not style.east_bold or style.east_face not in _TITLE_FACES:
            yield "文书名应为小标宋（加粗宋体）"
        return
    yield f"没有单独成行的文书名“{title}”"


def _body(document: Document) -> Iterator[str]:
    wanted = parameters()["body"]
    for paragraph in _paragraphs(document.body):
        for inline in paragraph.inlines:
            if isinstance(inline, Text) and inline.text.strip() and (
                    inline.style.size < wanted["least"]):
                yield (f"“{inline.text.strip()[:12]}”只有{inline.style.size:g}磅，"
                       f"正文不得小于{wanted['least']}磅（{wanted['source']}）")
                return


def _pages(document: Document) -> Iterator[str]:
    fields = [i for p in _paragraphs((*document.header, *document.footer)) for i in p.inlines
              if isinstance(i, PageField)]
    if {f.total for f in fields} != {True, False}:
        yield f"页眉或页脚没有“第×页 共×页”（{parameters()['pages']['source']}）"


def layout_problems(document: Document, title: str) -> list[str]:
    """What differs from the official parameters, each in a sentence; empty when nothing does.

    ``title``: the form's title, which must stand in a line of its own.
    """
    return [*_sheet(document), *_title(document, title), *_body(document), *_pages(document)]
