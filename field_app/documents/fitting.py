"""Saves the sheet that would hold next to nothing: lines stand a little closer where that spares a page.

GB/T 9704-2012 sets 22 lines a page in general and lets that be adapted (5.2.3), as where the text leaves no
room for seal and date (7.3.5.5); a reader gets one sheet instead of two, the signature stands with its text.
"""

import re
from collections.abc import Mapping

from field_app.documents.layout.pages import LaidDocument, lay_document
from field_app.documents.layout.reader import read_document

# 28 pt become 25.2 at the closest, still more than one and a half times a type of 16 pt.
_LEAST, _SHARES = 0.90, (0.98, 0.96, 0.94, 0.92)
# Twentieths of a point: lines of running text, not of notes, tables and footers.
_RUNNING = 500
_PARTS = ("word/document.xml", "word/styles.xml")
_SPACING = re.compile(rb"<w:spacing\b[^>]*>")
_LINE = re.compile(rb'(?<=w:line=")\d{1,5}(?=")')


def with_pitch(parts: Mapping[str, bytes], share: float) -> dict[str, bytes]:
    """The parts of a document with lines of running text at ``share`` of their pitch."""
    if share == 1:
        return dict(parts)

    def closer(line: re.Match[bytes]) -> bytes:
        pitch = int(line.group())
        return b"%d" % (round(pitch * share) if pitch >= _RUNNING else pitch)

    def spacing(tag: re.Match[bytes]) -> bytes:
        found = tag.group()
        return _LINE.sub(closer, found) if b'w:lineRule="exact"' in found else found

    return {name: _SPACING.sub(spacing, data) if name in _PARTS else data
            for name, data in parts.items()}


def pitch_that_saves_a_page(parts: Mapping[str, bytes], laid: LaidDocument) -> float:
    """The widest share of the template's line pitch with which ``parts`` take a page less than ``laid``;
    1 where none does."""
    fewer = len(laid.pages) - 1
    if not fewer or laid.filled * _LEAST > fewer * laid.room or not _fits(parts, _LEAST, fewer):
        return 1.0
    return next((share for share in _SHARES if _fits(parts, share, fewer)), _LEAST)


def _fits(parts: Mapping[str, bytes], share: float, pages: int) -> bool:
    return len(lay_document(read_document(with_pitch(parts, share))).pages) <= pages
