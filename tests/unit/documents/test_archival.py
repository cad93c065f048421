"""Papers are PDF/A-2b: what ISO 19005-2 asks of a file's bytes, metadata, colours and fonts."""

import io
import json
import re
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from lxml import etree
from PIL import Image, ImageCms

from field_app.documents.archival import srgb_profile, xmp
from field_app.documents.render import Paper, PaperFacts, render
from field_app.forms import list_forms, load_form

FORMS = [f.form_id for f in list_forms()]
SAMPLE = ["G1-04", "G1-15", "G2-02", "G3-15", "G4-02", "G5-03"]
DEEP = [pytest.param(f, marks=() if f in SAMPLE else pytest.mark.soak) for f in FORMS]
NS = {"dc": "http://purl.org/dc/elements/1.1/", "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
      "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "xmp": "http://ns.adobe.com/xap/1.0/",
      "pdf": "http://ns.adobe.com/pdf/1.3/"}
# ISO 19005-2, 6.1.7, 6.1.10, 6.2.5, 6.5.1, 6.6.1, 6.8 and 6.11: what may not be in a file.
FORBIDDEN = {"/JavaScript", "/JS", "/Launch", "/EmbeddedFiles", "/EF", "/LZWDecode", "/Crypt",
             "/OpenAction", "/AA", "/TR", "/HTP", "/XFA", "/Movie", "/Sound", "/NeedAppearances",
             "/PresSteps", "/Alternates", "/OPI", "/PS", "/Ref", "/F", "/FFilter", "/AcroForm",
             "/Annots", "/Encrypt", "/SMask", "/Group", "/Interpolate"}
OPERATORS = re.compile(r"q|Q|cm|[wJjMdmlcvyhSsfFBbnWgGi'\"]|re|f\*|B\*|b\*|W\*|BT|ET|T[fdDmjJcwzLrs*]|"
                       r"rg|RG|Do|BMC|BDC|EMC|ri")


def read(pdf: bytes, path: Path) -> dict[str, Any]:
    """Every object as qpdf reads it; streams as files beside ``path``, decoded."""
    path.write_bytes(pdf)
    done = subprocess.run(
        ["qpdf", "--json=2", "--json-stream-data=file", f"--json-stream-prefix={path}-stream",
         "--decode-level=generalized", str(path)], capture_output=True, check=True, timeout=60)
    objects: dict[str, Any] = json.loads(done.stdout)["qpdf"][1]
    return objects


def streams(objects: dict[str, Any]) -> Iterator[tuple[dict[str, Any], bytes]]:
    for entry in objects.values():
        if "stream" in entry:
            yield entry["stream"]["dict"], Path(entry["stream"]["datafile"]).read_bytes()


def stream(objects: dict[str, Any], reference: str) -> tuple[dict[str, Any], bytes]:
    entry = objects[f"obj:{reference}"]["stream"]
    return entry["dict"], Path(entry["datafile"]).read_bytes()


def value(objects: dict[str, Any], reference: str) -> Any:
    return objects[f"obj:{reference}"]["value"]


def keys_and_names(thing: Any) -> Iterator[str]:
    if isinstance(thing, dict):
        for key, inner in thing.items():
            yield key
            yield from keys_and_names(inner)
    elif isinstance(thing, list):
        for inner in thing:
            yield from keys_and_names(inner)
    elif isinstance(thing, str) and thing.startswith("/"):
        yield thing


def check_bytes(pdf: bytes) -> None:
    """6.1.2 header, 6.1.3 trailer, 6.1.7 streams, 6.1.9 objects."""
    first, second = pdf.split(b"\n")[:2]
    assert re.fullmatch(rb"%PDF-1\.[0-7]", first)
    assert second[:1] == b"%" and len(second) >= 5 and all(b > 127 for b in second[1:5])
    assert pdf.rstrip(b"\r\n").endswith(b"%%EOF")
    starts = re.findall(rb"[\r\n]\d+ 0 obj[\r\n]", pdf)
    assert len(starts) == len(re.findall(rb"[\r\n]endobj[\r\n]", pdf)) > 5
    for place in re.finditer(rb"/Length (\d+)[^>]*>>\s*stream(\r\n|\n)", pdf):
        end = place.end() + int(place[1])
        assert re.match(rb"\r?\nendstream", pdf[end:end + 12]), pdf[end:end + 12]


def check_metadata(objects: dict[str, Any], title: str, code: str) -> None:
    """6.6: XMP with part and level, saying the same as the properties."""
    root = value(objects, objects["trailer"]["value"]["/Root"])
    told, packet = stream(objects, root["/Metadata"])
    assert told["/Type"] == "/Metadata" and told["/Subtype"] == "/XML"
    assert "encoding=" not in packet.decode() and packet.startswith(b"<?xpacket begin=")
    tree = etree.fromstring(packet)
    assert tree.findtext(".//pdfaid:part", namespaces=NS) == "2"
    assert tree.findtext(".//pdfaid:conformance", namespaces=NS) == "B"
    info = value(objects, objects["trailer"]["value"]["/Info"])
    said = {
        "/Title": tree.findtext(".//dc:title/rdf:Alt/rdf:li", namespaces=NS),
        "/Author": tree.findtext(".//dc:creator/rdf:Seq/rdf:li", namespaces=NS),
        "/Subject": tree.findtext(".//dc:description/rdf:Alt/rdf:li", namespaces=NS),
        "/Creator": tree.findtext(".//xmp:CreatorTool", namespaces=NS),
        "/Producer": tree.findtext(".//pdf:Producer", namespaces=NS)}
    assert {k: v for k, v in said.items() if v} == {k: v.removeprefix("u:")
                                                    for k, v in info.items()}
    assert title in (said["/Title"] or "") and said["/Subject"] == code
    identifiers = objects["trailer"]["value"]["/ID"]
    assert len(identifiers) == 2 and all(len(i) >= 16 for i in identifiers)


def check_colours(objects: dict[str, Any]) -> None:
    """6.2.4: device colours under an output intent whose profile is sound; known operators."""
    root = value(objects, objects["trailer"]["value"]["/Root"])
    intents = root["/OutputIntents"]
    intents = value(objects, intents) if isinstance(intents, str) else intents
    (intent,) = [value(objects, i) if isinstance(i, str) else i for i in intents]
    assert intent["/S"] == "/GTS_PDFA1"
    told, profile = stream(objects, intent["/DestOutputProfile"])
    assert told["/N"] == 3 and profile == srgb_profile()
    pages = [o["value"] for o in objects.values()
             if isinstance(o.get("value"), dict) and o["value"].get("/Type") == "/Page"]
    assert pages
    for page in pages:
        _, content = stream(objects, page["/Contents"])
        bare = re.sub(rb"\((?:[^()\\]|\\.)*\)|<[0-9A-Fa-f]*>", b"", content, flags=re.DOTALL)
        words = {w for w in bare.decode("latin-1").split() if re.match(r"[A-Za-z'\"]", w)}
        assert all(OPERATORS.fullmatch(word) for word in words), words
        assert "/ColorSpace" not in page["/Resources"]


def check_fonts(objects: dict[str, Any]) -> None:
    """6.2.11: embedded, glyphs found by code, widths as in the font program, no .notdef."""
    fonts = [o["value"] for o in objects.values() if isinstance(o.get("value"), dict)
             and o["value"].get("/Type") == "/Font"]
    descendants = [f for f in fonts if f["/Subtype"] == "/CIDFontType2"]
    assert descendants and {f["/Subtype"] for f in fonts} == {"/Type0", "/CIDFontType2"}
    for font in descendants:
        described = value(objects, font["/FontDescriptor"])
        assert re.fullmatch(r"/[A-Z]{6}\+.+", font["/BaseFont"])
        assert described["/FontName"] == font["/BaseFont"]
        _, program = stream(objects, described["/FontFile2"])
        _, glyphs = stream(objects, font["/CIDToGIDMap"])
        advances = widths_of(program)
        first, widths = font["/W"]
        places = struct.unpack(f">{len(glyphs) // 2}H", glyphs)
        assert first == 0 and len(widths) == len(places)
        assert all(0 < place < len(advances) for place in places[1:])
        for place, width in zip(places, widths, strict=True):
            assert abs(advances[place] - width) <= 1.0


def widths_of(program: bytes) -> list[float]:
    """Every glyph's advance in thousandths of an em, from hmtx."""
    count = struct.unpack(">H", program[4:6])[0]
    tables = {program[p:p + 4]: struct.unpack(">II", program[p + 8:p + 16])
              for p in range(12, 12 + 16 * count, 16)}
    place = {name: program[start:start + size] for name, (start, size) in tables.items()}
    em = struct.unpack(">H", place[b"head"][18:20])[0]
    told = struct.unpack(">H", place[b"hhea"][34:36])[0]
    glyphs = struct.unpack(">H", place[b"maxp"][4:6])[0]
    raw = [struct.unpack(">H", place[b"hmtx"][4 * n:4 * n + 2])[0] for n in range(told)]
    return [1000 * w / em for w in raw + raw[-1:] * (glyphs - told)]


@pytest.mark.parametrize("form_id", DEEP)
def test_papers_are_pdfa_2b(form_id: str, paper: Callable[[str], Paper], tmp_path: Path,
                            finished: Callable[[str], PaperFacts]) -> None:
    pdf = paper(form_id).pdf
    objects = read(pdf, tmp_path / "p")
    check_bytes(pdf)
    check_metadata(objects, load_form(form_id).title, finished(form_id).short_code)
    check_colours(objects)
    check_fonts(objects)
    used = {name for thing in objects.values() for name in keys_and_names(
        thing.get("value", thing.get("stream", {}).get("dict")))}
    assert not used & FORBIDDEN, used & FORBIDDEN


@pytest.mark.parametrize("form_id", DEEP)
def test_qpdf_and_pdffonts_find_no_fault(form_id: str, paper: Callable[[str], Paper],
                                         tmp_path: Path) -> None:
    path = tmp_path / "paper.pdf"
    path.write_bytes(paper(form_id).pdf)
    checked = subprocess.run(["qpdf", "--check", str(path)], capture_output=True, text=True,
                             timeout=60, check=False)
    assert checked.returncode == 0 and "WARNING" not in checked.stderr, checked.stderr
    told = subprocess.run(["pdffonts", str(path)], capture_output=True, text=True, check=True,
                          timeout=60)
    rows = told.stdout.splitlines()[2:]
    assert rows and not told.stderr
    for row in rows:
        assert "CID TrueType" in row and " yes yes yes " in row, row


def test_a_draft_says_the_same_of_itself(tmp_path: Path) -> None:
    made = render(load_form("G1-09"), {}, PaperFacts(draft=True, agency_name='甲 & "乙" <丙>'))
    objects = read(made.pdf, tmp_path / "p")
    check_bytes(made.pdf)
    check_colours(objects)
    check_fonts(objects)
    info = pypdfium2.PdfDocument(made.pdf).get_metadata_dict()
    assert info["Author"] == '甲 & "乙" <丙>' and info["Title"] == "立案审批表"
    assert info["CreationDate"] == info["ModDate"] == ""


def test_metadata_are_sound_xml_whatever_is_said() -> None:
    tree = etree.fromstring(xmp("<&>'\"㙦𬍛", "", ""))
    assert tree.findtext(".//dc:title/rdf:Alt/rdf:li", namespaces=NS) == "<&>'\"㙦𬍛"
    assert tree.find(".//dc:creator", namespaces=NS) is None


def test_the_colour_profile_is_srgb() -> None:
    """littlecms turns every colour into itself between our profile and its own sRGB."""
    ours = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
    assert (ours.profile.xcolor_space, ours.profile.connection_space) == ("RGB ", "XYZ ")
    change = ImageCms.buildTransform(ours, ImageCms.createProfile("sRGB"), "RGB", "RGB")
    picture = Image.frombytes("RGB", (256, 256), bytes(
        v for i in range(65536) for v in (i % 256, i * 7 % 256, i * 31 % 256)))
    seen = ImageCms.applyTransform(picture, change)
    assert seen is not None
    assert max(abs(a - b) for a, b in zip(picture.tobytes(), seen.tobytes(), strict=True)) <= 1
