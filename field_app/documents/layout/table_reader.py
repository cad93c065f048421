"""Reads blocks, that is paragraphs and tables, of a document part."""

from collections.abc import Iterable, Iterator

from lxml import etree

from field_app.documents.layout.model import (
    Block,
    Border,
    Cell,
    Edges,
    Margins,
    Paragraph,
    Row,
    Table,
)
from field_app.documents.layout.paragraph_reader import Reading, read_paragraph
from field_app.documents.layout.properties import W, attribute, border, local, switch, whole

_IGNORED_TABLE = frozenset({"tblW", "tblLook", "tblLayout", "tblStyle", "tblOverlap"})
_IGNORED_ROW = frozenset({"cnfStyle", "tblCellSpacing", "gridBefore", "gridAfter", "wBefore",
                          "wAfter", "jc"})
_IGNORED_CELL = frozenset({"tcW", "noWrap", "cnfStyle", "hideMark"})
_SIDES = ("top", "left", "bottom", "right")
_DEFAULT_MARGINS = {"top": 0.0, "left": 5.4, "bottom": 0.0, "right": 5.4}
Borders = dict[str, Border | None]


def read_blocks(elements: Iterable[etree._Element], reading: Reading) -> Iterator[Block]:
    """Every block in order; raises :class:`field_app.documents.refusal.TemplateRefused`."""
    paragraphs = tables = 0
    for element in elements:
        name = local(element)
        if name == "p":
            paragraphs += 1
            reading.place = [f"第{paragraphs}段"]
            yield read_paragraph(element, reading)
        elif name == "tbl":
            tables += 1
            reading.place = [f"第{tables}个表格"]
            yield _table(element, reading)
        elif name not in ("bookmarkStart", "bookmarkEnd", "proofErr"):
            raise reading.unknown(element)


class _TableProperties:
    """Borders, cell margins and position that a table and its style give."""

    def __init__(self, table: etree._Element, reading: Reading) -> None:
        self.borders: Borders = {}
        self.margins = dict(_DEFAULT_MARGINS)
        self.indent, self.centered = 0.0, False
        direct = table.find(f"{W}tblPr")
        named = direct.find(f"{W}tblStyle") if direct is not None else None
        inherited = reading.sheet.style(attribute(named, "val") or "", reading.refuse).table \
            if named is not None else ()
        for properties in (*inherited, *((direct,) if direct is not None else ())):
            for child in properties:
                self._take(child, reading)

    def _take(self, child: etree._Element, reading: Reading) -> None:
        name = local(child)
        if name == "tblBorders":
            self.borders |= {_side(b): border(b, reading.refuse) for b in child}
        elif name == "tblCellMar":
            self.margins |= _margins(child, reading)
        elif name == "tblInd":
            self.indent = whole(child, "w", reading.refuse) / 20
        elif name == "jc":
            value = attribute(child, "val")
            if value not in ("left", "start", "center"):
                raise reading.refuse(f"表格对齐方式{value}不支持")
            self.centered = value == "center"
        elif name == "tblpPr":
            raise reading.refuse("表格文字环绕不支持，请改为“无”环绕")
        elif name not in _IGNORED_TABLE:
            raise reading.refuse(f"表格格式{name}不支持")


def _side(element: etree._Element) -> str:
    return {"start": "left", "end": "right"}.get(local(element), local(element))


def _margins(element: etree._Element, reading: Reading) -> dict[str, float]:
    return {_side(m): whole(m, "w", reading.refuse) / 20 for m in element}


def _table(element: etree._Element, reading: Reading) -> Table:
    own = _TableProperties(element, reading)
    grid = element.find(f"{W}tblGrid")
    columns = tuple(whole(c, "w", reading.refuse) / 20 for c in grid) if grid is not None else ()
    if not columns or min(columns) <= 0:
        raise reading.refuse("表格没有列宽")
    table_place = list(reading.place)
    trs = [child for child in element if local(child) not in ("tblPr", "tblGrid", "bookmarkStart",
                                                              "bookmarkEnd")]
    rows = []
    for n, tr in enumerate(trs):
        reading.place = [*table_place, f"第{n + 1}行"]
        if local(tr) != "tr":
            raise reading.unknown(tr)
        rows.append(_row(tr, reading, own, columns, first=n == 0, last=n == len(trs) - 1))
    return Table(columns, own.indent, own.centered, tuple(rows))


def _row(tr: etree._Element, reading: Reading, own: _TableProperties,
         columns: tuple[float, ...], *, first: bool, last: bool) -> Row:
    height, exact, cant_split, header = 0.0, False, False, False
    properties = tr.find(f"{W}trPr")
    for child in properties if properties is not None else ():
        name = local(child)
        if name == "trHeight":
            height = whole(child, "val", reading.refuse) / 20
            exact = attribute(child, "hRule") == "exact"
        elif name == "cantSplit":
            cant_split = switch(child)
        elif name == "tblHeader":
            header = switch(child)
        elif name not in _IGNORED_ROW:
            raise reading.refuse(f"表格行格式{name}不支持")
    row_place = list(reading.place)
    cells: list[Cell] = []
    tcs = [child for child in tr if local(child) not in ("trPr", "tblPrEx", "bookmarkStart",
                                                         "bookmarkEnd")]
    filled = 0
    for n, tc in enumerate(tcs):
        reading.place = [*row_place, f"第{n + 1}格"]
        if local(tc) != "tc":
            raise reading.unknown(tc)
        edge = {"top": first, "bottom": last, "left": n == 0, "right": n == len(tcs) - 1}
        cells.append(_cell(tc, reading, own, edge))
        filled += cells[-1].span
    if filled != len(columns):
        reading.place = row_place
        raise reading.refuse(f"各格共占{filled}列，表格有{len(columns)}列")
    return Row(tuple(cells), height, exact, cant_split, header)


def _cell(tc: etree._Element, reading: Reading, own: _TableProperties,
          outer: dict[str, bool]) -> Cell:
    inner = {"top": "insideH", "bottom": "insideH", "left": "insideV", "right": "insideV"}
    borders = {side: own.borders.get(side if outer[side] else inner[side]) for side in _SIDES}
    margins = dict(own.margins)
    span, merge, fill, valign = 1, "", "", "top"
    properties = tc.find(f"{W}tcPr")
    for child in properties if properties is not None else ():
        name = local(child)
        if name == "gridSpan":
            span = whole(child, "val", reading.refuse, limit=64)
        elif name == "vMerge":
            merge = attribute(child, "val") or "continue"
        elif name == "tcBorders":
            borders |= {_side(b): border(b, reading.refuse) for b in child}
        elif name == "tcMar":
            margins |= _margins(child, reading)
        elif name == "shd":
            fill = _fill(child, reading)
        elif name == "vAlign":
            valign = attribute(child, "val") or "top"
        elif name not in _IGNORED_CELL:
            raise reading.refuse(f"单元格格式{name}不支持")
    if valign not in ("top", "center", "bottom"):
        raise reading.refuse(f"单元格垂直对齐{valign}不支持")
    return Cell(max(span, 1), merge, Edges(**{s: borders.get(s) for s in _SIDES}),
                Margins(**margins), fill, valign, tuple(_paragraphs(tc, reading)))


def _fill(shading: etree._Element, reading: Reading) -> str:
    if attribute(shading, "val") not in ("clear", None, "nil"):
        raise reading.refuse("单元格底纹只支持纯色")
    color = attribute(shading, "fill") or "auto"
    return "" if color == "auto" else color.upper()


def _paragraphs(tc: etree._Element, reading: Reading) -> Iterator[Paragraph]:
    place, count = list(reading.place), 0
    for child in tc:
        name = local(child)
        if name in ("tcPr", "bookmarkStart", "bookmarkEnd"):
            continue
        count += 1
        reading.place = [*place, f"第{count}段"]
        if name == "tbl":
            raise reading.refuse("表格内不能再套表格")
        if name != "p":
            raise reading.unknown(child)
        yield read_paragraph(child, reading)
