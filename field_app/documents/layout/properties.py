"""Reads paragraph and run properties of WordprocessingML, refusing those that are not drawn."""

from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from field_app.documents import fonts
from field_app.documents.layout.model import Border, ParagraphStyle, RunStyle, TabStop

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
Bag = dict[str, Any]
Refuse = Callable[[str], Exception]

_IGNORED_RUN = frozenset({"lang", "noProof", "bCs", "iCs", "szCs", "kern", "snapToGrid"})
_IGNORED_PARAGRAPH = frozenset({
    "snapToGrid", "kinsoku", "wordWrap", "overflowPunct", "adjustRightInd", "textAlignment",
    "outlineLvl", "rPr", "cnfStyle", "topLinePunct", "suppressAutoHyphens",
    "suppressLineNumbers"})
_ALIGN = {"left": "left", "start": "left", "center": "center", "right": "right", "end": "right",
          "both": "both", "distribute": "distribute"}
_BLACK = "000000"


def attribute(element: etree._Element, name: str) -> str | None:
    """A ``w:`` attribute."""
    return element.get(W + name)


def local(element: etree._Element) -> str:
    """The tag without its namespace; with a foreign namespace, the whole tag."""
    tag = str(element.tag)
    return tag.removeprefix(W)


def switch(element: etree._Element) -> bool:
    """A toggle such as ``w:b``: on unless its value says otherwise."""
    return attribute(element, "val") not in ("0", "false", "off", "none")


def whole(element: etree._Element, name: str, refuse: Refuse, *, limit: int = 40_000) -> int:
    """A whole number, within bounds that no paper exceeds."""
    text = attribute(element, name)
    try:
        number = round(float(text)) if text is not None else 0
    except ValueError:
        number = limit + 1
    if abs(number) > limit:
        raise refuse(f"{local(element)}的数值{text!r}无法识别")
    return number


def border(element: etree._Element, refuse: Refuse) -> Border | None:
    """A border element; None for ``nil`` and ``none``."""
    style = attribute(element, "val") or "none"
    if style in ("nil", "none"):
        return None
    if style not in ("single", "thick"):
        raise refuse(f"边框样式{style}不支持，请改用单实线")
    width = whole(element, "sz", refuse, limit=96) / 8
    return Border(width or 0.5, _color(attribute(element, "color")),
                  whole(element, "space", refuse, limit=31))


def _color(text: str | None) -> str:
    return _BLACK if text in (None, "auto") else str(text).upper()


def run_bag(element: etree._Element | None, refuse: Refuse) -> Bag:
    """What an ``rPr`` sets, by name; points where it is a length."""
    bag: Bag = {}
    for child in element if element is not None else ():
        name = local(child)
        if name in _IGNORED_RUN or name.startswith("{"):
            continue
        reader = _RUN.get(name)
        if reader is None:
            raise refuse(f"字符格式{name}不支持")
        reader(child, bag, refuse)
    return bag


def _run_fonts(element: etree._Element, bag: Bag, refuse: Refuse) -> None:
    if any(attribute(element, key) for key in ("asciiTheme", "eastAsiaTheme", "hAnsiTheme")):
        raise refuse("使用了主题字体，请改为具体字体")
    for key in ("ascii", "eastAsia"):
        name = attribute(element, key)
        if name is not None:
            if fonts.family(name) is None:
                raise refuse(f"字体“{name}”不在可用字体之内")
            bag[key] = name


def _run_underline(element: etree._Element, bag: Bag, refuse: Refuse) -> None:
    style = attribute(element, "val") or "single"
    if style not in ("single", "none"):
        raise refuse(f"下划线样式{style}不支持，请改用单线")
    bag["underline"] = style == "single"


def _run_color(element: etree._Element, bag: Bag, refuse: Refuse) -> None:
    text = _color(attribute(element, "val"))
    if len(text) != 6 or set(text) - set("0123456789ABCDEF"):
        raise refuse(f"颜色{text!r}无法识别")
    bag["color"] = text


def _run_size(element: etree._Element, bag: Bag, refuse: Refuse) -> None:
    size = whole(element, "val", refuse, limit=400) / 2
    if not 1 <= size <= 100:
        raise refuse(f"字号{size}磅超出范围")
    bag["size"] = size


def _set(key: str, unit: float) -> Callable[[etree._Element, Bag, Refuse], None]:
    def read(element: etree._Element, bag: Bag, refuse: Refuse) -> None:
        bag[key] = whole(element, "val", refuse) / unit
    return read


def _toggle(key: str) -> Callable[[etree._Element, Bag, Refuse], None]:
    def read(element: etree._Element, bag: Bag, refuse: Refuse) -> None:
        bag[key] = switch(element)
    return read


def _name(key: str) -> Callable[[etree._Element, Bag, Refuse], None]:
    def read(element: etree._Element, bag: Bag, refuse: Refuse) -> None:
        bag[key] = attribute(element, "val") or ""
    return read


_RUN: Mapping[str, Callable[[etree._Element, Bag, Refuse], None]] = {
    "rStyle": _name("style"), "rFonts": _run_fonts, "b": _toggle("bold"),
    "u": _run_underline, "strike": _toggle("strike"),
    "color": _run_color, "sz": _run_size, "spacing": _set("tracking", 20),
    "position": _set("rise", 2)}


def paragraph_bag(element: etree._Element | None, refuse: Refuse) -> Bag:
    """What a ``pPr`` sets, by name; points where it is a length."""
    bag: Bag = {}
    for child in element if element is not None else ():
        name = local(child)
        if name in _IGNORED_PARAGRAPH or name.startswith("{"):
            continue
        reader = _PARAGRAPH.get(name)
        if reader is None:
            raise refuse(f"段落格式{name}不支持")
        reader(child, bag, refuse)
    return bag


def _spacing(element: etree._Element, bag: Bag, refuse: Refuse) -> None:
    if any(switch_on(element, k) for k in ("beforeAutospacing", "afterAutospacing")):
        raise refuse("段前段后“自动”不支持，请填具体数值")
    if attribute(element, "beforeLines") not in (None, "0") \
            or attribute(element, "afterLines") not in (None, "0"):
        raise refuse("段前段后请用磅，不用行")
    for key in ("before", "after"):
        if attribute(element, key) is not None:
            bag[key] = whole(element, key, refuse) / 20
    if attribute(element, "line") is not None:
        rule = attribute(element, "lineRule") or "auto"
        bag["line_rule"] = rule
        bag["line"] = whole(element, "line", refuse) / (240 if rule == "auto" else 20)


def switch_on(element: etree._Element, name: str) -> bool:
    """An attribute that says yes."""
    return attribute(element, name) in ("1", "true", "on")


def _indent(element: etree._Element, bag: Bag, refuse: Refuse) -> None:
    for key, names in (("left", ("left", "start")), ("right", ("right", "end"))):
        for name in names:
            if attribute(element, name) is not None:
                bag[key], bag[key + "_chars"] = whole(element, name, refuse) / 20, 0.0
            if attribute(element, name + "Chars") not in (None, "0"):
                bag[key + "_chars"] = whole(element, name + "Chars", refuse) / 100
    for name, sign in (("firstLine", 1), ("hanging", -1)):
        if attribute(element, name) is not None:
            bag["first"], bag["first_chars"] = sign * whole(element, name, refuse) / 20, 0.0
        if attribute(element, name + "Chars") not in (None, "0"):
            bag["first_chars"] = sign * whole(element, name + "Chars", refuse) / 100


def _justify(element: etree._Element, bag: Bag, refuse: Refuse) -> None:
    value = attribute(element, "val") or "left"
    if value not in _ALIGN:
        raise refuse(f"对齐方式{value}不支持")
    bag["align"] = _ALIGN[value]


def _tabs(element: etree._Element, bag: Bag, refuse: Refuse) -> None:
    stops: dict[float, TabStop] = {stop.position: stop for stop in bag.get("tabs", ())}
    for tab in element:
        position, kind = whole(tab, "pos", refuse) / 20, attribute(tab, "val") or "left"
        if attribute(tab, "leader") not in (None, "none"):
            raise refuse("制表位前导符不支持")
        if kind == "clear":
            stops.pop(position, None)
        elif kind in ("left", "start", "center", "right", "end"):
            stops[position] = TabStop(position, _ALIGN[kind])
        else:
            raise refuse(f"制表位类型{kind}不支持")
    bag["tabs"] = tuple(stops[p] for p in sorted(stops))


def _paragraph_borders(element: etree._Element, bag: Bag, refuse: Refuse) -> None:
    for child in element:
        name = local(child)
        if name not in ("top", "bottom"):
            raise refuse(f"段落边框{name}不支持，只支持上、下边框")
        bag["border_" + name] = border(child, refuse)


_PARAGRAPH: Mapping[str, Callable[[etree._Element, Bag, Refuse], None]] = {
    "pStyle": _name("style"), "keepNext": _toggle("keep_next"), "keepLines": _toggle("keep_lines"),
    "pageBreakBefore": _toggle("page_break_before"), "widowControl": _toggle("widow_control"),
    "autoSpaceDE": _toggle("auto_space"), "autoSpaceDN": _toggle("auto_space"),
    "spacing": _spacing, "ind": _indent, "jc": _justify, "tabs": _tabs,
    "pBdr": _paragraph_borders}


def run_style(bag: Bag) -> RunStyle:
    """The look that a merged bag says."""
    ascii_face, ascii_heavy = fonts.family(bag.get("ascii", "Times New Roman")) or _SERIF
    east_face, east_heavy = fonts.family(bag.get("eastAsia", "仿宋")) or _SERIF
    bold = bool(bag.get("bold"))
    return RunStyle(ascii_face, east_face, bold or ascii_heavy or east_heavy, bold or east_heavy,
                    bag.get("size", 10.5), bool(bag.get("underline")), bool(bag.get("strike")),
                    bag.get("color", _BLACK),
                    bag.get("tracking", 0.0), bag.get("rise", 0.0))


_SERIF = (fonts.Face.SERIF, False)


def paragraph_style(bag: Bag, size: float) -> ParagraphStyle:
    """How a paragraph lies by a merged bag; ``size`` is its own style's font size."""
    def length(key: str) -> float:
        chars = bag.get(key + "_chars", 0.0)
        return float(chars * size if chars else bag.get(key, 0.0))

    return ParagraphStyle(
        bag.get("align", "left"), length("left"), length("right"), length("first"),
        bag.get("before", 0.0), bag.get("after", 0.0), bag.get("line", 1.0),
        bag.get("line_rule", "auto"), bag.get("keep_next", False), bag.get("keep_lines", False),
        bag.get("page_break_before", False), bag.get("widow_control", True),
        bag.get("auto_space", True), bag.get("tabs", ()), bag.get("border_top"),
        bag.get("border_bottom"), size)
