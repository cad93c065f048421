"""Writes lean WordprocessingML: just what FORMAT.md lists, so that what is drafted is also drawn.

Lengths are given in millimetres and points and turned into dxa (1/20 pt) and half points
(ISO/IEC 29500-1). Every function returns XML text of one element.
"""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from field_app.documents.package import write_package

DXA_PER_MM = 1440 / 25.4
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_NAMES = (f'xmlns:w="{_W}" xmlns:r="{_OFFICE}" xmlns:wp="{_DRAWING}/wordprocessingDrawing" '
          f'xmlns:a="{_DRAWING}/main" xmlns:pic="{_DRAWING}/picture"')
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
QR_PART = "word/media/qr.png"
_SIDES = ("top", "left", "bottom", "right", "insideH", "insideV")


def dxa(millimetres: float) -> int:
    """Millimetres in twentieths of a point."""
    return round(millimetres * DXA_PER_MM)


def run(text: str, *, face: str = "", size: float = 0, bold: bool = False,
        underline: bool = False) -> str:
    """A run of text; ``size`` in points, 0 keeps the style's."""
    inside = ""
    if face:
        latin = face if face in ("仿宋", "黑体") else "Times New Roman"
        inside += f'<w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:eastAsia="{face}"/>'
    if bold:
        inside += "<w:b/>"
    if size:
        inside += f'<w:sz w:val="{round(size * 2)}"/><w:szCs w:val="{round(size * 2)}"/>'
    if underline:
        inside += '<w:u w:val="single"/>'
    properties = f"<w:rPr>{inside}</w:rPr>" if inside else ""
    return f'<w:r>{properties}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def page_field(name: str) -> str:
    """A field of headers and footers: ``PAGE`` or ``NUMPAGES``."""
    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    return (mark("begin") + f'<w:r><w:instrText xml:space="preserve"> {name} </w:instrText></w:r>'
            + mark("separate") + run("1") + mark("end"))


def paragraph(*runs: str, style: str = "", align: str = "", before: float = 0,
              keep_next: bool = False, rule_above: bool = False) -> str:
    """A paragraph of runs; ``before`` in points."""
    inside = f'<w:pStyle w:val="{style}"/>' if style else ""
    if keep_next:
        inside += "<w:keepNext/>"
    if rule_above:
        inside += '<w:pBdr><w:top w:val="single" w:sz="6" w:space="4" w:color="auto"/></w:pBdr>'
    if before:
        inside += f'<w:spacing w:before="{round(before * 20)}"/>'
    if align:
        inside += f'<w:jc w:val="{align}"/>'
    properties = f"<w:pPr>{inside}</w:pPr>" if inside else ""
    return f"<w:p>{properties}{''.join(runs)}</w:p>"


def tag(placeholder: str) -> str:
    """A ``{%p ... %}`` alone in its paragraph."""
    return paragraph(run(placeholder))


def cell(width: int, *paragraphs: str, span: int = 1) -> str:
    """A cell ``width`` dxa wide."""
    joined = f'<w:gridSpan w:val="{span}"/>' if span > 1 else ""
    return (f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{joined}'
            f'<w:vAlign w:val="center"/></w:tcPr>{"".join(paragraphs) or paragraph()}</w:tc>')


def row(*cells: str, head: bool = False, height: float = 0) -> str:
    """A row; ``head`` is repeated on each page; ``height`` in millimetres, at least."""
    inside = "" if height else "<w:cantSplit/>" if head else ""
    if height:
        inside += f'<w:trHeight w:val="{dxa(height)}" w:hRule="atLeast"/>'
    if head:
        inside += "<w:tblHeader/>"
    properties = f"<w:trPr>{inside}</w:trPr>" if inside else ""
    return f"<w:tr>{properties}{''.join(cells)}</w:tr>"


def row_tag(placeholder: str, widths: Sequence[int]) -> str:
    """A ``{%tr ... %}`` alone in its row."""
    return row(cell(sum(widths), tag(placeholder), span=len(widths)))


def table(widths: Sequence[int], *rows: str) -> str:
    """A ruled table of the given column widths (dxa)."""
    borders = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>'
                      for side in _SIDES)
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
            f'<w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>'
            '<w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar>'
            f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>")


def qr_picture(side: float) -> str:
    """The picture that the QR code is drawn into; ``side`` in millimetres."""
    size = round(side * 36_000)
    return (
        '<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">'
        f'<wp:extent cx="{size}" cy="{size}"/><wp:docPr id="1" name="二维码" descr="核验二维码"/>'
        f'<a:graphic><a:graphicData uri="{_DRAWING}/picture"><pic:pic><pic:nvPicPr>'
        '<pic:cNvPr id="1" name="qr.png"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>'
        '<a:blip r:embed="rId1"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr>'
        f'<a:xfrm><a:off x="0" y="0"/><a:ext cx="{size}" cy="{size}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData>'
        "</a:graphic></wp:inline></w:drawing></w:r>")


def style(ident: str, name: str, *, face: str = "", size: float = 0, bold: bool = False,
          line: float = 0, align: str = "", indent: int = 0) -> str:
    """A paragraph style on the default one; ``line`` exact in points, ``indent`` in characters."""
    inside = ""
    if line:
        inside += f'<w:spacing w:line="{round(line * 20)}" w:lineRule="exact"/>'
    if indent:
        inside += (f'<w:ind w:firstLineChars="{indent * 100}" '
                   f'w:firstLine="{round(indent * size * 20)}"/>')
    if align:
        inside += f'<w:jc w:val="{align}"/>'
    letters = ""
    if face:
        letters += f'<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="{face}"/>'
    if bold:
        letters += "<w:b/>"
    if size:
        letters += f'<w:sz w:val="{round(size * 2)}"/>'
    return (f'<w:style w:type="paragraph" w:styleId="{ident}"><w:name w:val={quoteattr(name)}/>'
            f'<w:basedOn w:val="a"/><w:qFormat/><w:pPr>{inside}</w:pPr><w:rPr>{letters}</w:rPr></w:style>')


def _styles(size: float, line: float, styles: Sequence[str]) -> str:
    return (
        f"{_HEAD}<w:styles {_NAMES}><w:docDefaults><w:rPrDefault><w:rPr>"
        '<w:rFonts w:ascii="仿宋" w:hAnsi="仿宋" w:eastAsia="仿宋" w:cs="Times New Roman"/>'
        f'<w:sz w:val="{round(size * 2)}"/><w:szCs w:val="{round(size * 2)}"/>'
        '<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
        '<w:pPrDefault/></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="a">'
        '<w:name w:val="Normal"/><w:qFormat/><w:pPr><w:widowControl/>'
        f'<w:spacing w:line="{round(line * 20)}" w:lineRule="exact"/><w:jc w:val="both"/></w:pPr>'
        f"</w:style>{''.join(styles)}</w:styles>")


def _relationships(kinds: Mapping[str, str]) -> str:
    rows = "".join(f'<Relationship Id="{ident}" Type="{_OFFICE}/{kind.partition(":")[0]}" '
                   f'Target="{kind.partition(":")[2]}"/>' for ident, kind in kinds.items())
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{rows}</Relationships>'


def _content_types() -> str:
    overrides = "".join(
        f'<Override PartName="/word/{part}.xml" ContentType="{_TYPE}.{kind}+xml"/>'
        for part, kind in (("document", "document.main"), ("styles", "styles"),
                           ("header1", "header"), ("footer1", "footer")))
    return (f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package'
            '.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
            f'<Default Extension="png" ContentType="image/png"/>{overrides}</Types>')


def word_file(body: str, *, footer: str, margins: tuple[float, float, float, float], size: float,
              line: float, styles: Sequence[str], picture: bytes) -> bytes:
    """A .docx on A4: ``margins`` top, right, bottom, left in mm; body ``size`` and ``line`` in pt."""
    top, right, bottom, left = (dxa(m) for m in margins)
    section = (
        '<w:sectPr><w:headerReference w:type="default" r:id="rId2"/>'
        '<w:footerReference w:type="default" r:id="rId3"/><w:pgSz w:w="11906" w:h="16838"/>'
        f'<w:pgMar w:top="{top}" w:right="{right}" w:bottom="{bottom}" w:left="{left}" '
        f'w:header="{dxa(12)}" w:footer="{dxa(10)}" w:gutter="0"/></w:sectPr>')
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relationships({"rId1": "officeDocument:word/document.xml"}),
        "word/document.xml": f"{_HEAD}<w:document {_NAMES}><w:body>{body}{section}</w:body></w:document>",
        "word/styles.xml": _styles(size, line, styles),
        "word/header1.xml": f"{_HEAD}<w:hdr {_NAMES}>{paragraph()}</w:hdr>",
        "word/footer1.xml": f"{_HEAD}<w:ftr {_NAMES}>{footer}</w:ftr>",
        "word/_rels/document.xml.rels": _relationships({
            "rId1": "styles:styles.xml", "rId2": "header:header1.xml", "rId3": "footer:footer1.xml"}),
        "word/_rels/footer1.xml.rels": _relationships({"rId1": "image:media/qr.png"}),
    }
    return write_package({**{k: v.encode("utf-8") for k, v in parts.items()}, QR_PART: picture})
