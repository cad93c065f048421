"""Reads one paragraph of WordprocessingML: its runs, fields and pictures."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from field_app.documents.layout.model import (
    Inline,
    LineBreak,
    PageField,
    Paragraph,
    Picture,
    RunStyle,
    Tab,
    Text,
)
from field_app.documents.layout.properties import (
    Bag,
    Refuse,
    W,
    attribute,
    local,
    paragraph_bag,
    paragraph_style,
    run_bag,
    run_style,
)
from field_app.documents.layout.styles import StyleSheet
from field_app.documents.marks import MARKER, number_of
from field_app.documents.refusal import TemplateRefused
from field_app.interpreter import give_way

RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_EMU = 12700
_SKIPPED = frozenset({"proofErr", "bookmarkStart", "bookmarkEnd", "lastRenderedPageBreak", "pPr",
                      "rPr", "permStart", "permEnd"})
_FIELD = re.compile(r"\s*(PAGE|NUMPAGES)\s*(\\\*\s*(MERGEFORMAT|Arabic))?\s*")
_WHY = {"ins": "含有修订（插入），请接受全部修订", "del": "含有修订（删除），请接受全部修订",
        "hyperlink": "含有超链接", "sdt": "含有内容控件", "commentRangeStart": "含有批注",
        "commentReference": "含有批注", "pict": "含有文本框或旧式图形", "object": "含有嵌入对象",
        "AlternateContent": "含有文本框或图形", "footnoteReference": "含有脚注",
        "endnoteReference": "含有尾注", "sym": "含有符号字体字符"}


@dataclass
class Reading:
    """One part being read: where we are, for errors, and what its relationships point to."""

    part: str
    sheet: StyleSheet
    pictures: Mapping[str, str]
    paged: bool
    place: list[str] = field(default_factory=list)

    def refuse(self, problem: str) -> TemplateRefused:
        """The error for the present place."""
        return TemplateRefused(self.part, "".join(self.place), problem)

    def unknown(self, element: etree._Element) -> TemplateRefused:
        """The error for an element that is not drawn."""
        name = local(element).rpartition("}")[2]
        return self.refuse(_WHY.get(name, f"元素{name}不支持"))


def read_paragraph(element: etree._Element, reading: Reading) -> Paragraph:
    """A ``w:p``."""
    give_way()
    direct = paragraph_bag(element.find(f"{W}pPr"), reading.refuse)
    style = reading.sheet.style(direct.get("style", ""), reading.refuse)
    base: Bag = {**reading.sheet.run, **style.run}
    runs = _Runs(reading, base)
    inlines = tuple(runs.read(element))
    merged = {**reading.sheet.paragraph, **style.paragraph, **direct}
    if runs.page_breaks and (inlines or runs.page_breaks > 1):
        raise reading.refuse("分页符须独占一段")
    return Paragraph(paragraph_style(merged, base.get("size", 10.5)), inlines,
                     ends_page=bool(runs.page_breaks))


class _Runs:
    """Reads a paragraph's runs; complex fields span several of them."""

    def __init__(self, reading: Reading, base: Bag) -> None:
        self._reading, self._base = reading, base
        self._styles: dict[bytes, RunStyle] = {}
        self._field: str | None = None  # instruction text while between begin and end
        self._after_separator = False
        self.page_breaks = 0

    def read(self, paragraph: etree._Element) -> Iterator[Inline]:
        for child in paragraph:
            name = local(child)
            if name == "r":
                yield from self._run(child)
            elif name == "fldSimple":
                yield self._page_field(attribute(child, "instr") or "", self._style(
                    child.find(f"{W}r")))
            elif name not in _SKIPPED:
                raise self._reading.unknown(child)
        if self._field is not None:
            raise self._reading.refuse("域代码不完整")

    def _style(self, run: etree._Element | None) -> RunStyle:
        properties = run.find(f"{W}rPr") if run is not None else None
        key = etree.tostring(properties) if properties is not None else b""
        if key not in self._styles:
            direct = run_bag(properties, self._reading.refuse)
            named = self._reading.sheet.style(direct["style"], self._reading.refuse).run \
                if direct.get("style") else {}
            self._styles[key] = run_style({**self._base, **named, **direct})
        return self._styles[key]

    def _run(self, run: etree._Element) -> Iterator[Inline]:
        style = self._style(run)
        for child in run:
            name = local(child)
            if name == "fldChar":
                yield from self._field_mark(attribute(child, "fldCharType") or "", style)
            elif name == "instrText":
                if self._field is None:
                    raise self._reading.refuse("域代码不完整")
                self._field += child.text or ""
            elif name in _SKIPPED or self._after_separator:
                continue
            else:
                yield from self._content(child, name, style)

    def _content(self, child: etree._Element, name: str, style: RunStyle) -> Iterator[Inline]:
        if name == "t":
            yield from _texts(child.text or "", style)
        elif name == "tab":
            yield Tab(style)
        elif name == "noBreakHyphen":
            yield Text("\u2011", style)
        elif name == "br" and attribute(child, "type") in (None, "textWrapping"):
            yield LineBreak()
        elif name == "br" and attribute(child, "type") == "page":
            self.page_breaks += 1
        elif name == "drawing":
            yield self._picture(child)
        else:
            raise self._reading.unknown(child)

    def _field_mark(self, kind: str, style: RunStyle) -> Iterator[Inline]:
        if kind == "begin" and self._field is None:
            self._field = ""
        elif kind == "separate" and self._field is not None:
            self._after_separator = True
        elif kind == "end" and self._field is not None:
            instruction, self._field, self._after_separator = self._field, None, False
            yield self._page_field(instruction, style)
        else:
            raise self._reading.refuse("域代码不完整")

    def _page_field(self, instruction: str, style: RunStyle) -> PageField:
        found = _FIELD.fullmatch(instruction)
        if found is None:
            raise self._reading.refuse(f"域代码{instruction.strip()}不支持，只支持PAGE和NUMPAGES")
        if not self._reading.paged:
            raise self._reading.refuse("页码只能放在页眉或页脚")
        return PageField(style, total=found[1] == "NUMPAGES")

    def _picture(self, drawing: etree._Element) -> Picture:
        refuse: Refuse = self._reading.refuse
        inline = drawing.find(f"{_WP}inline")
        extent = inline.find(f"{_WP}extent") if inline is not None else None
        blip = next(iter(inline.iter(f"{_A}blip")), None) if inline is not None else None
        if extent is None or blip is None:
            raise refuse("图片须为“嵌入型”的图片文件")
        part = self._reading.pictures.get(str(blip.get(f"{RELATION}embed")), "")
        if not part.startswith("word/media/"):
            raise refuse("图片须保存在文件之内")
        try:
            width, height = (int(str(extent.get(k))) / _EMU for k in ("cx", "cy"))
        except ValueError:
            raise refuse("图片大小无法识别") from None
        if not (0 < width < 1000 and 0 < height < 1000):
            raise refuse("图片大小超出范围")
        return Picture(part, width, height)


def _texts(text: str, style: RunStyle) -> Iterator[Text]:
    mark = -1
    for piece in MARKER.split(text):
        if not piece:
            continue
        number = number_of(piece)
        if number is None:
            yield Text(piece.replace("\n", " ").replace("\t", " "), style, mark)
        else:
            mark = number if mark != number else -1
