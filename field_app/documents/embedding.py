"""Embeds a face in a PDF as a subset with two-byte codes, one code for each character typed.

reportlab's own TrueType embedding writes five-digit codes for characters beyond U+FFFF into the
ToUnicode map, which readers cannot search, and splits a face into many fonts of 256 characters.
This is a Type 0 font over a CIDFontType2 (ISO 32000-1, 9.7) instead: code = order of first use.
"""

from typing import Any, cast
from weakref import WeakKeyDictionary

from reportlab.pdfbase import pdfdoc, pdfmetrics

from field_app.documents.fonts import Face, advance, parsed
from field_app.interpreter import give_way

_SYMBOLIC, _NONSYMBOLIC = 4, 32
_CMAP_BLOCK = 100  # ISO 32000-1, 9.7.5.4: at most 100 entries in one bfchar block


class _Used:
    """What one document uses of a face: code -> character; code 0 is .notdef and never used."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.characters = [0]
        self.codes: dict[str, bytes] = {}

    def encode(self, text: str) -> bytes:
        for character in text:
            if character not in self.codes:
                self.codes[character] = len(self.characters).to_bytes(2, "big")
                self.characters.append(ord(character))
        return b"".join(self.codes[c] for c in text)


class EmbeddedFont:
    """What reportlab's canvas asks of a dynamic font (the interface of its TTFont)."""

    _multiByte = 1  # noqa: N815 - reportlab's name
    _dynamicFont = 1  # noqa: N815 - reportlab's name
    shapable = False

    def __init__(self, face: Face) -> None:
        self._face = face
        self.fontName = face.value
        self.face = parsed(face)
        self._used: WeakKeyDictionary[Any, _Used] = WeakKeyDictionary()

    def stringWidth(self, text: str, size: float, encoding: str = "utf8") -> float:  # noqa: N802
        """Width in points."""
        # Asked for each piece of text that is drawn.
        widths, default = self.face.charWidths, self.face.defaultWidth
        return float(sum([widths.get(ord(c), default) for c in text])) / 1000 * size

    def _in(self, doc: Any) -> _Used:
        if doc not in self._used:
            self._used[doc] = _Used(f"F{len(doc.fontMapping) + 1}")
            doc.fontMapping[self.fontName] = "/" + self._used[doc].name
            doc.delayedFonts.append(self)
        return self._used[doc]

    def splitString(self, text: str, doc: Any, encoding: str = "utf-8") -> list[tuple[int, bytes]]:  # noqa: N802
        """The text as codes of the one subset."""
        return [(0, self._in(doc).encode(text))]

    def getSubsetInternalName(self, subset: int, doc: Any) -> str:  # noqa: N802
        """The font's resource name in this document."""
        return "/" + self._in(doc).name

    def addObjects(self, doc: Any) -> None:  # noqa: N802
        """Write the font's objects when the document is finished."""
        give_way()
        used = self._used.pop(doc)
        # A subset's name starts with six capital letters (ISO 32000-1, 9.6.4), here by its face.
        base = "LEDES" + "ABCDEF"[list(Face).index(self._face)] + "+" + self.fontName
        font = pdfdoc.PDFDictionary({
            "Type": pdfdoc.PDFName("Font"), "Subtype": pdfdoc.PDFName("Type0"),
            "BaseFont": pdfdoc.PDFName(base), "Encoding": pdfdoc.PDFName("Identity-H"),
            "DescendantFonts": pdfdoc.PDFArray([self._descendant(doc, used, base)]),
            "ToUnicode": _stream(doc, _to_unicode(used.characters), f"unicode:{base}")})
        doc.idToObject["BasicFonts"].dict[used.name] = doc.Reference(font, f"font:{base}")

    def _descendant(self, doc: Any, used: _Used, base: str) -> Any:
        face = self.face
        descriptor = pdfdoc.PDFDictionary({
            "Type": pdfdoc.PDFName("FontDescriptor"), "FontName": pdfdoc.PDFName(base),
            "Flags": face.flags & ~_NONSYMBOLIC | _SYMBOLIC,
            "FontBBox": pdfdoc.PDFArray(face.bbox), "ItalicAngle": face.italicAngle,
            "Ascent": face.ascent, "Descent": face.descent, "CapHeight": face.capHeight,
            "StemV": face.stemV,
            "FontFile2": _stream(doc, face.makeSubset(used.characters), f"file:{base}",
                                 with_length=True)})
        widths = [advance(self._face, chr(c)) * 1000 for c in used.characters]
        return doc.Reference(pdfdoc.PDFDictionary({
            "Type": pdfdoc.PDFName("Font"), "Subtype": pdfdoc.PDFName("CIDFontType2"),
            "BaseFont": pdfdoc.PDFName(base),
            "CIDSystemInfo": pdfdoc.PDFDictionary({
                "Registry": pdfdoc.PDFString("Adobe"), "Ordering": pdfdoc.PDFString("Identity"),
                "Supplement": 0}),
            "FontDescriptor": doc.Reference(descriptor, f"descriptor:{base}"),
            "DW": 1000, "W": pdfdoc.PDFArray([0, pdfdoc.PDFArray(widths)]),
            "CIDToGIDMap": _stream(doc, self._glyph_map(used.characters), f"gids:{base}")}),
            f"descendant:{base}")

    def _glyph_map(self, characters: list[int]) -> bytes:
        # makeSubset numbers glyphs in the order in which the characters first need them.
        order = {0: 0}
        for character in characters:
            order.setdefault(self.face.charToGlyph.get(character, 0), len(order))
        return b"".join(order[self.face.charToGlyph.get(c, 0)].to_bytes(2, "big")
                        for c in characters)


def _stream(doc: Any, content: bytes, name: str, *, with_length: bool = False) -> Any:
    stream = pdfdoc.PDFStream(content=content)
    if with_length:
        stream.dictionary["Length1"] = len(content)
    stream.filters = [pdfdoc.PDFZCompress]
    return doc.Reference(stream, name)


def _to_unicode(characters: list[int]) -> bytes:
    lines = ["/CIDInit /ProcSet findresource begin", "12 dict begin", "begincmap",
             "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
             "/CMapName /Adobe-Identity-UCS def", "/CMapType 2 def", "1 begincodespacerange",
             "<0000> <FFFF>", "endcodespacerange"]
    codes = list(enumerate(characters))[1:]
    for start in range(0, len(codes), _CMAP_BLOCK):
        block = codes[start:start + _CMAP_BLOCK]
        lines.append(f"{len(block)} beginbfchar")
        lines += [f"<{code:04X}> <{chr(c).encode('utf-16-be').hex().upper()}>"
                  for code, c in block]
        lines.append("endbfchar")
    lines += ["endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end"]
    return "\n".join(lines).encode("ascii")


def registered(face: Face) -> str:
    """Make a face known to reportlab, once, and say the name it is drawn under."""
    if face.value not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(EmbeddedFont(face))
    return face.value


def font(face: Face) -> EmbeddedFont:
    """The face as reportlab knows it."""
    return cast(EmbeddedFont, pdfmetrics.getFont(registered(face)))
