"""Reads the parts of a filled .docx into blocks, refusing whatever FORMAT.md does not name."""

from collections.abc import Mapping

from lxml import etree

from field_app.documents.layout.model import Block, Document, Margins, Section
from field_app.documents.layout.paragraph_reader import RELATION, Reading
from field_app.documents.layout.properties import W, attribute, local, whole
from field_app.documents.layout.styles import parse_xml, read_styles
from field_app.documents.layout.table_reader import read_blocks
from field_app.documents.refusal import TemplateRefused


def read_document(parts: Mapping[str, bytes]) -> Document:
    """All blocks of a package's parts; raises :class:`TemplateRefused`."""
    sheet = read_styles(parts["word/styles.xml"])
    root = parse_xml(parts["word/document.xml"], "word/document.xml")
    body = root.find(f"{W}body")
    if body is None or len(body) == 0 or local(body[-1]) != "sectPr":
        raise TemplateRefused("word/document.xml", "", "没有正文或页面设置")
    targets = _relationships(parts, "word/document.xml")
    reading = Reading("word/document.xml", sheet, targets, paged=False)
    section, edges = _section(body[-1], reading)
    blocks: dict[str, tuple[Block, ...]] = {"header": (), "footer": ()}
    for kind, part in ((k, targets.get(r, "")) for k, r in edges):
        edge = Reading(part, sheet, _relationships(parts, part), paged=True)
        blocks[kind] = tuple(read_blocks(parse_xml(parts[part], part), edge))
    pictures = {name: data for name, data in parts.items() if name.startswith("word/media/")}
    return Document(section, tuple(read_blocks(list(body)[:-1], reading)), blocks["header"],
                    blocks["footer"], pictures)


def _relationships(parts: Mapping[str, bytes], part: str) -> dict[str, str]:
    folder, _, name = part.rpartition("/")
    data = parts.get(f"{folder}/_rels/{name}.rels")
    if data is None:
        return {}
    return {str(r.get("Id")): f"{folder}/{r.get('Target')}" for r in parse_xml(data, part)}


def _section(element: etree._Element, reading: Reading) -> tuple[Section, list[tuple[str, str]]]:
    reading.place = ["页面设置"]
    edges: list[tuple[str, str]] = []
    size = margins = None
    for child in element:
        name = local(child)
        if name in ("headerReference", "footerReference"):
            if attribute(child, "type") not in (None, "default"):
                raise reading.refuse("首页不同或奇偶页不同的页眉页脚不支持")
            edges.append((name[:6], str(child.get(RELATION + "id"))))
        elif name == "pgSz":
            size = child
        elif name == "pgMar":
            margins = child
        elif name == "docGrid" and attribute(child, "type") not in (None, "default"):
            raise reading.refuse("文档网格不支持，请在页面设置中选“无网格”")
        elif name == "cols" and attribute(child, "num") not in (None, "1"):
            raise reading.refuse("分栏不支持")
        elif name not in ("docGrid", "cols", "pgNumType", "type"):
            raise reading.unknown(child)
    if size is None or margins is None:
        raise reading.refuse("没有纸张大小或页边距")

    def points(of: etree._Element, name: str) -> float:
        return whole(of, name, reading.refuse) / 20

    return Section(
        points(size, "w"), points(size, "h"),
        Margins(points(margins, "top"), points(margins, "left") + points(margins, "gutter"),
                points(margins, "bottom"), points(margins, "right")),
        points(margins, "header"), points(margins, "footer")), edges
