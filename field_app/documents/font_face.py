"""reportlab's reader of a font, without its copy of all outlines for each paper."""

from typing import Any

from reportlab.pdfbase.ttfonts import TTFontFace

_OUTLINES = "glyf"


class _Part:
    """A table of which single slices are taken."""

    def __init__(self, font: bytes, start: int) -> None:
        self._font = font
        self._start = start

    def __getitem__(self, wanted: slice) -> bytes:
        return self._font[self._start + wanted.start:self._start + wanted.stop]


class SharedFace(TTFontFace):
    """A font whose outlines, up to 15 MB, are cut from where they are: copying them held the interpreter, and
    so the screen, for some 10 ms each time that a paper was laid out."""

    _ttf_data: bytes

    def get_table(self, tag: str) -> Any:
        start, length = self.get_table_pos(tag)
        if tag == _OUTLINES:
            return _Part(self._ttf_data, start)
        return self._ttf_data[start:start + length]
