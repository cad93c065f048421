"""Every character that Chinese names and places may hold prints, in every face, and is found again.

What must be there: GB 18030-2022 names three levels (M: told from memory of the standard). Level 1
is the one- and two-byte part with CJK Unified Ideographs up to U+9FEF and Extension A; level 2 adds
all of 通用规范汉字表 (国发〔2013〕23号, 8 105 characters; the list is that of Unicode's kTGH property,
in samples/standard-characters.txt). Level 3 (rare books, minority scripts) is not promised; what a
font lacks is refused when it is typed.
"""

import re
import struct
import subprocess
from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from field_app.documents.fonts import Face, glyph, missing_characters
from field_app.documents.layout.drawing import Inscription, draw_pdf
from field_app.documents.layout.model import (
    Document,
    Margins,
    Paragraph,
    ParagraphStyle,
    RunStyle,
    Section,
    Text,
)
from field_app.documents.layout.pages import lay_document
from field_app.documents.render import PaperFacts, render
from field_app.forms import load_form
from field_app.forms.text_safety import bad_characters
from field_app.paths import FONTS

STANDARD = "".join((Path(__file__).parent / "samples" / "standard-characters.txt").read_text(
    "utf-8").split())
RARE = "㙦𠅤㛃䶮喆堃翀祎赟𬍛"
FACES = [Face.FANG, *(pytest.param(face, marks=pytest.mark.soak)
                      for face in (Face.SERIF, Face.SANS, Face.KAI))]
PLAIN = ParagraphStyle("both", 0, 0, 0, 0, 0, 15, "exact", False, False, False, True, True, (),
                       None, None, 12.0)


def two_bytes() -> str:
    """What GB 18030 writes with two bytes, without its private use area."""
    found = []
    for high in range(0x81, 0xFF):
        for low in (*range(0x40, 0x7F), *range(0x80, 0xFF)):
            text = bytes([high, low]).decode("gb18030", errors="ignore")
            if len(text) == 1 and not 0xE000 <= ord(text) <= 0xF8FF:
                found.append(text)
    return "".join(found)


def level_1() -> str:
    ascii_part = "".join(map(chr, range(0x21, 0x7F)))
    return ascii_part + two_bytes() + "".join(map(chr, (*range(0x4E00, 0x9FF0),
                                                        *range(0x3400, 0x4DB6))))


@lru_cache(maxsize=len(Face))
def drawn(face: Face) -> frozenset[int]:
    """Numbers of the glyphs that have an outline, read from the font's own tables."""
    data = (FONTS / f"{face.value}.ttf").read_bytes()
    count = struct.unpack(">H", data[4:6])[0]
    tables = {data[p:p + 4]: struct.unpack(">II", data[p + 8:p + 16])
              for p in range(12, 12 + 16 * count, 16)}
    long = struct.unpack(">h", data[tables[b"head"][0] + 50:tables[b"head"][0] + 52])[0]
    start, size = tables[b"loca"]
    places = struct.unpack(f">{size // (4 if long else 2)}{'L' if long else 'H'}",
                           data[start:start + size])
    return frozenset(n for n, (a, b) in enumerate(pairwise(places)) if b > a)


def test_the_lists_are_what_they_are_called() -> None:
    assert len(STANDARD) == len(set(STANDARD)) == 8105
    assert sum(len(c.encode("gb18030")) == 2 for c in STANDARD) > 7800
    assert len(two_bytes()) > 21_800


@pytest.mark.parametrize("bold", [False, pytest.param(True, marks=pytest.mark.soak)])
@pytest.mark.parametrize("face", FACES)
def test_levels_1_and_2_have_a_drawn_glyph_in_every_face(face: Face, bold: bool) -> None:
    from field_app.documents.fonts import parsed

    wanted = dict.fromkeys(level_1() + STANDARD + RARE)
    wanted.pop("\u3000")
    for character in wanted:
        found = glyph(character, face, bold)
        assert found is not None, f"U+{ord(character):04X}"
        number = parsed(found.face).charToGlyph[ord(character)]
        assert number in drawn(found.face) or found.width == 0, f"U+{ord(character):04X}"
    assert missing_characters("".join(wanted)) == []


@pytest.mark.parametrize("face", FACES)
def test_all_standard_characters_are_drawn_and_read_back(face: Face) -> None:
    """All 8 105 in one document per face: poppler finds each exactly as often as it was written."""
    style = RunStyle(face, face, False, False, 12.0, False, False, "000000", 0.0, 0.0)
    section = Section(595.3, 841.9, Margins(60, 60, 60, 60), 20, 20)
    text = STANDARD + RARE
    document = Document(section, tuple(Paragraph(PLAIN, (Text(text[n:n + 400], style),))
                                       for n in range(0, len(text), 400)), (), (), {})
    laid = lay_document(document)
    assert laid.missing == frozenset() and not laid.clipped
    pdf = draw_pdf(laid, Inscription("字", "", ""), pictures={}, painters={})
    done = subprocess.run(["pdftotext", "-raw", "-enc", "UTF-8", "-", "-"], input=pdf,
                          capture_output=True, check=True, timeout=60)
    assert not done.stderr
    assert Counter(re.sub(r"\s", "", done.stdout.decode())) == Counter(text)


def test_standard_characters_may_be_typed_and_stand_on_a_paper(
        sample: Callable[[str], dict[str, Any]], finished: Callable[[str], PaperFacts],
        pages_text: Callable[[bytes], list[str]]) -> None:
    assert bad_characters(STANDARD + RARE, lines=False) == []
    beyond = "".join(c for c in STANDARD if ord(c) > 0xFFFF) + RARE
    answers = sample("G2-02")
    answers["qa"] = [*answers["qa"], {"q": "请写下这些字。", "a": beyond}]
    made = render(load_form("G2-02"), answers, finished("G2-02"))
    assert made.warnings == ()
    assert set(beyond) <= set("".join(pages_text(made.pdf)))
