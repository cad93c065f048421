"""The faces that papers are drawn with, and which of them has a character."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from field_app.documents.refusal import FontDamaged
from field_app.interpreter import no_collection
from field_app.paths import FONTS

if TYPE_CHECKING:
    from reportlab.pdfbase.ttfonts import TTFontFace


class Face(Enum):
    """A shipped font file, without ending."""

    SERIF = "NotoSerifSC-Regular"
    SERIF_BOLD = "NotoSerifSC-Bold"
    SANS = "NotoSansSC-Regular"
    SANS_BOLD = "NotoSansSC-Bold"
    KAI = "LXGWWenKai-Regular"
    FANG = "FandolFang-Regular"


_FALLBACK = (Face.SERIF, Face.SANS, Face.KAI)
_BOLD = {Face.SERIF: Face.SERIF_BOLD, Face.SANS: Face.SANS_BOLD}
_BOLD_FALLBACK = (Face.SERIF_BOLD, Face.SANS_BOLD, Face.KAI)
# The strokes of 楷 sit better among those of 仿宋 than the heavier 宋.
_FANG_FALLBACK = (Face.KAI, Face.SERIF, Face.SANS)
_SERIF_NAMES = ("宋体", "SimSun", "Times New Roman", "Noto Serif SC")
_TITLE_NAMES = ("华文中宋", "STZhongsong", "方正小标宋简体", "方正小标宋_GBK")
_FAMILIES: dict[str, tuple[Face, bool]] = {
    **dict.fromkeys(("仿宋", "仿宋_GB2312", "FangSong", "FandolFang"), (Face.FANG, False)),
    **dict.fromkeys(_SERIF_NAMES, (Face.SERIF, False)),
    **dict.fromkeys(_TITLE_NAMES, (Face.SERIF, True)),
    **dict.fromkeys(("黑体", "SimHei", "Arial", "微软雅黑", "Noto Sans SC"), (Face.SANS, False)),
    **dict.fromkeys(("楷体", "楷体_GB2312", "KaiTi", "LXGW WenKai"), (Face.KAI, False)),
}
# Never drawn, so never missing.
_INKLESS = frozenset("\n\t \u00a0\u3000")


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character in the face that has it; ``width`` in em; ``outlined`` where boldness must be
    drawn because the face has no bold."""

    face: Face
    width: float
    outlined: bool


def family(name: str) -> tuple[Face, bool] | None:
    """The face a template's font name stands for, and whether it is always bold."""
    return _FAMILIES.get(name)


@lru_cache(maxsize=len(Face))
def parsed(face: Face) -> "TTFontFace":
    """The font's tables (about 0.1 s the first time); raises :class:`FontDamaged`."""
    from reportlab.pdfbase.ttfonts import TTFError

    from field_app.documents.font_face import SharedFace

    file = f"{face.value}.ttf"
    try:
        _refuse_cut(FONTS / file)
        with no_collection():
            read = SharedFace(str(FONTS / file))
    except (OSError, TTFError, struct.error, IndexError, KeyError, ValueError) as error:
        raise FontDamaged(file) from error
    # Thirty thousand lists that only reportlab's own subsets ask for, not ours.
    vars(read)["glyphToChar"] = {}
    return read


def _refuse_cut(path: Path) -> None:
    """A font whose tables reach beyond its end would draw blanks without any error."""
    with path.open("rb") as font:
        count = struct.unpack(">4xH6x", font.read(12))[0]
        tables = [struct.unpack(">8xII", font.read(16)) for _ in range(count)]
    if path.stat().st_size < max(start + length for start, length in tables):
        raise ValueError("cut off")


def _has(face: Face, character: str) -> bool:
    return bool(parsed(face).charToGlyph.get(ord(character), 0))


def advance(face: Face, character: str) -> float:
    """How wide a face draws a character, in em."""
    widths = parsed(face)
    return float(widths.charWidths.get(ord(character), widths.defaultWidth)) / 1000


@lru_cache(maxsize=65536)
def glyph(character: str, face: Face, bold: bool) -> Glyph | None:
    """The glyph that draws ``character``, from ``face`` or the next face that has it, or None."""
    wanted = _BOLD.get(face, face) if bold else face
    others = _BOLD_FALLBACK if bold else _FANG_FALLBACK if face is Face.FANG else _FALLBACK
    for candidate in (wanted, *others):
        if _has(candidate, character):
            width = advance(candidate, character)
            has_bold = candidate in (Face.SERIF_BOLD, Face.SANS_BOLD)
            return Glyph(candidate, width, bold and not has_bold)
    return None


def missing_characters(text: str | Iterable[str]) -> list[str]:
    """The characters of ``text`` that no shipped font can draw, each once, in order."""
    found: dict[str, None] = {}
    for character in text:
        if character not in _INKLESS and character not in found \
                and not any(_has(face, character) for face in _FALLBACK):
            found[character] = None
    return list(found)
