"""Makes a PDF one that archives keep: metadata inside and colours told exactly (PDF/A-2b).

ISO 19005-2:2011 asks for XMP metadata that name the part and level (6.6), an output intent when
device colours are used (6.2.4.3), embedded fonts (6.2.11, see embedding.py) and a file identifier
(6.1.3). Nothing here reads a clock: a paper's dates are on its face, not in the file's properties.
"""

import struct
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from reportlab.pdfbase import pdfdoc

from field_app.interpreter import give_way

PDF_VERSION = (1, 7)
MAKER = "field-enforcement-desk"
_CONDITION = "sRGB IEC61966-2.1"
_CURVE_POINTS = 1024
# ICC.1:2001-04 (version 2.4): profile connection space is XYZ under D50.
_D50, _D65 = (0.9642, 1.0, 0.8249), (0.9505, 1.0, 1.0891)
# The three primaries of IEC 61966-2-1 adapted to D50 (Bradford).
_RED, _GREEN, _BLUE = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708),
                       (0.14307, 0.06061, 0.71410))


class _Properties(pdfdoc.PDFInfo):
    """The document information dictionary, with nothing that XMP does not say too."""

    def format(self, document: Any) -> Any:
        told = {"Title": self.title, "Author": self.author, "Subject": self.subject,
                "Creator": MAKER, "Producer": MAKER}
        return pdfdoc.PDFDictionary(
            {key: pdfdoc.PDFString(text) for key, text in told.items() if text}).format(document)


class _Ended(pdfdoc.PDFObject):
    """A stream's bytes with the end of line before ``endstream`` (6.1.7.1), which does not count."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __len__(self) -> int:
        return len(self._content)

    def format(self, document: Any) -> bytes:
        return self._content + b"\n"


class _EndsStreams(pdfdoc.NoEncryption):
    """The one place where reportlab passes every stream, and nothing else when not encrypting."""

    def encode(self, t: bytes | str) -> Any:
        give_way()
        return _Ended(t if isinstance(t, bytes) else pdfdoc.pdfdocEnc(t))


def make_archival(doc: Any, *, title: str, author: str, subject: str) -> None:
    """Give a reportlab document (``canvas._doc``) what PDF/A-2b asks for, before it is written."""
    info = _Properties()
    info.title, info.author, info.subject = title, author, subject
    doc.info, doc.encrypt = info, _EndsStreams()
    catalog = doc.Catalog
    # reportlab writes only the keys it knows; one more for this document.
    catalog.__NoDefault__ = [*catalog.__NoDefault__, "OutputIntents"]
    catalog.Metadata = _metadata(xmp(title, author, subject))
    profile = pdfdoc.PDFStream(pdfdoc.PDFDictionary({"N": 3}), srgb_profile(),
                               filters=[pdfdoc.PDFZCompress])
    catalog.OutputIntents = pdfdoc.PDFArray([pdfdoc.PDFDictionary({
        "Type": pdfdoc.PDFName("OutputIntent"), "S": pdfdoc.PDFName("GTS_PDFA1"),
        "OutputConditionIdentifier": pdfdoc.PDFString(_CONDITION),
        "Info": pdfdoc.PDFString(_CONDITION),
        "DestOutputProfile": doc.Reference(profile, "srgb")})])


def _metadata(content: bytes) -> Any:
    return pdfdoc.PDFStream(pdfdoc.PDFDictionary({
        "Type": pdfdoc.PDFName("Metadata"), "Subtype": pdfdoc.PDFName("XML")}), content, filters=[])


def xmp(title: str, author: str, subject: str) -> bytes:
    """The XMP packet (ISO 16684-1): the same facts as the properties, and the conformance."""
    said = f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title>'
    if author:
        said += f"<dc:creator><rdf:Seq><rdf:li>{escape(author)}</rdf:li></rdf:Seq></dc:creator>"
    if subject:
        said += ('<dc:description><rdf:Alt><rdf:li xml:lang="x-default">'
                 f"{escape(subject)}</rdf:li></rdf:Alt></dc:description>")
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"'
        ' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">\n'
        f"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>\n{said}\n"
        f"<xmp:CreatorTool>{MAKER}</xmp:CreatorTool><pdf:Producer>{MAKER}</pdf:Producer>\n"
        '</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end="r"?>').encode()


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """An ICC display profile of sRGB, reckoned from the standard's own figures."""
    curve = b"curv\0\0\0\0" + struct.pack(">I", _CURVE_POINTS) + b"".join(
        struct.pack(">H", round(65535 * _linear(n / (_CURVE_POINTS - 1))))
        for n in range(_CURVE_POINTS))
    name = _CONDITION.encode("ascii") + b"\0"
    described = b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(4 + 4 + 2 + 1 + 67)
    blocks = [described, b"text\0\0\0\0No rights reserved\0", _xyz(_D65), _xyz(_RED),
              _xyz(_GREEN), _xyz(_BLUE), curve]
    names = {b"desc": 0, b"cprt": 1, b"wtpt": 2, b"rXYZ": 3, b"gXYZ": 4, b"bXYZ": 5,
             b"rTRC": 6, b"gTRC": 6, b"bTRC": 6}
    start = 128 + 4 + 12 * len(names)
    places, body = [], b""
    for block in blocks:
        places.append((start + len(body), len(block)))
        body += block + bytes(-len(block) % 4)
    table = struct.pack(">I", len(names)) + b"".join(
        tag + struct.pack(">II", *places[index]) for tag, index in names.items())
    # 36 bytes to the signature, 28 that are all zero (platform to intent), the illuminant, 48 more.
    header = struct.pack(
        ">I4xI4s4s4s6H4s28x12s48x", start + len(body), 0x02400000, b"mntr", b"RGB ", b"XYZ ",
        1999, 10, 18, 0, 0, 0, b"acsp", _xyz(_D50)[8:])
    return header + table + body


def _linear(value: float) -> float:
    """IEC 61966-2-1: from the stored value to light, both 0 to 1."""
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in values))
