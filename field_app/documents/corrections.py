"""Corrections of a record: the old words struck but legible, the new ones beside, a place to sign.

A record that was read over and corrected shows what was corrected (案卷评查: 笔录更正处应当由当事人
签名、盖章或者捺指印); the earlier answers and the new ones are all that is needed to print that.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from difflib import SequenceMatcher
from typing import Any

from lxml import etree

from field_app.documents.layout.styles import parse_xml
from field_app.documents.marks import STRUCK, STRUCK_END

SIGN_HERE = "（更正处签名捺印：\u3000\u3000\u3000\u3000\u3000）"
_SHORT = 2
_TOKEN = re.compile(r"[0-9A-Za-z.:/@-]+|.", re.DOTALL)
_PIECE = re.compile(f"({STRUCK}|{STRUCK_END})")
_PART = re.compile(r"\[([0-9]+)\]|([^.\[\]]+)")
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_BEFORE_STRIKE = ("rStyle", "rFonts", "b", "bCs", "i", "iCs", "caps", "smallCaps")


def earlier_at(answers: Mapping[str, Any], path: str) -> Any:
    """What stood at a path such as ``qa[2].a``; None when there was nothing."""
    here: Any = answers
    for place, key in _PART.findall(path):
        if place and isinstance(here, list) and int(place) < len(here):
            here = here[int(place)]
        elif key and isinstance(here, Mapping):
            here = here.get(key)
        else:
            return None
    return here


def corrected(old: str, new: str) -> str:
    """``new`` with the words of ``old`` that it no longer has, marked as struck, before theirs.

    A number is struck and written whole: one digit of a telephone number beside its struck neighbour
    would be read as a number of one digit more.
    """
    pieces: list[tuple[str, str]] = []  # struck, then kept or new
    was, now = _TOKEN.findall(old), _TOKEN.findall(new)
    for kind, a, b, c, d in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        gone, here = "".join(was[a:b]), "".join(now[c:d])
        if kind == "equal" and (len(here) > _SHORT or not pieces):
            pieces += [("", here), ("", "")]
        elif pieces and pieces[-1] != ("", ""):
            # A character or two that happen to agree do not break a correction in pieces.
            struck, added = pieces[-1]
            pieces[-1] = (struck + gone, added + here)
        else:
            pieces.append((gone, here))
    return "".join(_struck(struck) + kept for struck, kept in pieces) + SIGN_HERE


def _struck(text: str) -> str:
    """Marked line by line, since a line is a paragraph of its own."""
    return "".join(f"{STRUCK}{line}{STRUCK_END}" for line in text.split("\n") if line)


def split_struck(xml: str, part: str) -> str:
    """The part with every marked stretch in a run of its own that is struck through."""
    if STRUCK not in xml:
        return xml
    root = parse_xml(xml.encode("utf-8"), part)
    for text in list(root.iter(f"{_W}t")):
        if text.text and STRUCK in text.text:
            _split(text)
    return etree.tostring(root, encoding="unicode")


def _split(text: etree._Element) -> None:
    run = text.getparent()
    if run is None or run.tag != f"{_W}r":
        return
    struck = False
    made = []
    for piece in _PIECE.split(text.text or ""):
        if piece in (STRUCK, STRUCK_END):
            struck = piece == STRUCK
        elif piece:
            made.append(_run(run, piece, struck=struck))
    at, parent = run.index(text), run.getparent()
    if parent is None:
        return
    head, tail = deepcopy(run), deepcopy(run)
    for element, unwanted in ((head, list(head)[at:]), (tail, list(tail)[:at + 1])):
        for child in unwanted:
            if child.tag != f"{_W}rPr":
                element.remove(child)
    place = parent.index(run)
    parent.remove(run)
    new = [head, *made, tail]
    parent[place:place] = [r for r in new if any(c.tag != f"{_W}rPr" for c in r)]


def _run(like: etree._Element, words: str, *, struck: bool) -> etree._Element:
    run = etree.Element(f"{_W}r")
    properties = like.find(f"{_W}rPr")
    if properties is not None:
        run.append(deepcopy(properties))
    if struck:
        _strike(run)
    text = etree.SubElement(run, f"{_W}t")
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    text.text = words
    return run


def _strike(run: etree._Element) -> None:
    """Add ``w:strike`` where the schema's order wants it (ISO/IEC 29500-1 CT_RPr)."""
    properties = run.find(f"{_W}rPr")
    if properties is None:
        properties = etree.Element(f"{_W}rPr")
        run.insert(0, properties)
    place = sum(1 for child in properties
                if etree.QName(child).localname in _BEFORE_STRIKE)
    properties.insert(place, etree.Element(f"{_W}strike"))
