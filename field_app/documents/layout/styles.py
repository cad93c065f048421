"""The style sheet of a document: named styles with what they inherit."""

from dataclasses import dataclass
from functools import lru_cache

from lxml import etree

from field_app.documents.layout.properties import (
    Bag,
    Refuse,
    W,
    attribute,
    local,
    paragraph_bag,
    run_bag,
)
from field_app.documents.refusal import TemplateRefused

_MAX_DEPTH = 12


@dataclass(frozen=True)
class Style:
    """One named style with everything it inherits; ``element`` gives table properties."""

    paragraph: Bag
    run: Bag
    table: tuple[etree._Element, ...]


class StyleSheet:
    """Styles by id; the default paragraph style under the empty id."""

    def __init__(self, root: etree._Element) -> None:
        self._elements = {attribute(s, "styleId") or "": s for s in root.iter(W + "style")}
        defaults = root.find(f"{W}docDefaults")
        rpr = defaults.find(f"{W}rPrDefault/{W}rPr") if defaults is not None else None
        ppr = defaults.find(f"{W}pPrDefault/{W}pPr") if defaults is not None else None
        self.run = run_bag(rpr, _refuse("文档默认格式"))
        self.paragraph = paragraph_bag(ppr, _refuse("文档默认格式"))
        self._default = next((attribute(s, "styleId") or "" for s in root.iter(W + "style")
                              if attribute(s, "type") == "paragraph"
                              and attribute(s, "default") in ("1", "true")), "")
        self._made: dict[str, Style] = {}

    def style(self, style_id: str, refuse: Refuse) -> Style:
        """A style, by id; the default paragraph style for the empty id."""
        wanted = style_id or self._default
        if wanted not in self._made:
            if wanted and wanted not in self._elements:
                raise refuse(f"没有样式{wanted}")
            self._made[wanted] = self._make(wanted, 0)
        return self._made[wanted]

    def _make(self, style_id: str, depth: int) -> Style:
        element = self._elements.get(style_id)
        if element is None or depth > _MAX_DEPTH:
            return Style({}, {}, ())
        refuse = _refuse(f"样式{style_id}")
        based = element.find(f"{W}basedOn")
        parent = self._make(attribute(based, "val") or "", depth + 1) if based is not None \
            else Style({}, {}, ())
        if any(local(child) == "tblStylePr" for child in element):
            raise refuse("表格样式含有条件格式（首行、末行等），请改用直接格式")
        own_table = element.find(f"{W}tblPr")
        return Style({**parent.paragraph, **paragraph_bag(element.find(f"{W}pPr"), refuse)},
                     {**parent.run, **run_bag(element.find(f"{W}rPr"), refuse)},
                     parent.table + ((own_table,) if own_table is not None else ()))


def _refuse(place: str) -> Refuse:
    return lambda problem: TemplateRefused("word/styles.xml", place, problem)


@lru_cache(maxsize=128)
def read_styles(data: bytes) -> StyleSheet:
    """The style sheet of ``word/styles.xml``; the same bytes are read once."""
    return StyleSheet(parse_xml(data, "word/styles.xml"))


def parse_xml(data: bytes, part: str) -> etree._Element:
    """An XML part, without entities, DTD or network."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False,
                             huge_tree=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise TemplateRefused(part, "", f"XML 无法读取：{error.msg}") from error
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data:
        raise TemplateRefused(part, "", "XML 中含有 DTD")
    return root
