"""Every character a Chinese official paper may hold has a glyph in the bundled fonts."""

import pytest
from reportlab.pdfbase.ttfonts import TTFontFace

from field_app.documents.font_face import SharedFace
from field_app.documents.fonts import Face, missing_characters
from field_app.paths import FONTS

RARE = "㙦𠅤㛃䶮喆堃翀祎赟𬍛"


def _double_byte(encoding: str, lead: range, trail: range) -> str:
    return "".join(bytes([high, low]).decode(encoding, errors="ignore")
                   for high in lead for low in trail if low != 0x7F)


def test_every_character_of_gbk_prints() -> None:
    text = _double_byte("gbk", range(0x81, 0xFF), range(0x40, 0xFF))
    assert len(text) > 21_000
    assert missing_characters(text) == []


def test_han_of_the_basic_block_and_extension_a_prints() -> None:
    """GB 18030-2022, implementation level 1: U+4E00 to U+9FEF and U+3400 to U+4DB5."""
    for first, last in ((0x4E00, 0x9FEF), (0x3400, 0x4DB5)):
        assert missing_characters("".join(map(chr, range(first, last + 1)))) == []


def test_rare_name_characters_print() -> None:
    assert missing_characters(RARE) == []
    assert missing_characters("車𓀀") == ["𓀀"]


@pytest.mark.parametrize("face", [Face.SANS, Face.KAI])
def test_a_subset_is_what_reportlab_makes(face: Face) -> None:
    file = str(FONTS / f"{face.value}.ttf")
    characters = [0, *map(ord, "现场检查笔录éÀ一丁七㙦⑴㈠" + RARE)]
    assert SharedFace(file).makeSubset(characters) == TTFontFace(file).makeSubset(characters)
