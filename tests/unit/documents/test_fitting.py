"""Lines stand closer where that spares a sheet, and nowhere else."""

import re
from collections.abc import Callable
from io import BytesIO
from zipfile import ZipFile

import pytest

from field_app.documents.blank import render_blank
from field_app.documents.fitting import with_pitch
from field_app.documents.package import write_package
from field_app.documents.render import Paper
from field_app.documents.templates import template_for
from field_app.forms import load_form


def _pitches(docx: bytes) -> set[int]:
    """Pitches of running text in a .docx, in twentieths of a point."""
    with ZipFile(BytesIO(docx)) as package:
        xml = package.read("word/document.xml") + package.read("word/styles.xml")
    return {pitch for pitch in map(int, re.findall(rb'w:line="(\d+)" w:lineRule="exact"', xml)) if pitch > 500}


@pytest.mark.parametrize(("name", "pages"), [
    ("G2-09", 1), ("G4-08", 1), ("G4-09", 1), ("G4-13", 1), ("G3-01", 2), ("G3-15", 3)])
def test_a_sheet_with_little_on_it_is_spared(
        paper: Callable[[str], Paper], name: str, pages: int) -> None:
    made = paper(name)
    assert made.pages == pages and not made.warnings
    # Still more than one and a half times the type; .docx and PDF are one paper.
    assert min(_pitches(made.docx)) >= 504


@pytest.mark.parametrize("name", ["G2-02-long", "G1-01", "G2-01"])
def test_a_paper_keeps_its_pitch_where_no_sheet_is_spared(
        paper: Callable[[str], Paper], name: str) -> None:
    form = load_form(name[:5])
    assert _pitches(paper(name).docx) == _pitches(write_package(template_for(form).parts))


def test_a_blank_paper_keeps_the_room_that_a_pen_needs() -> None:
    assert render_blank(load_form("G4-08")).pages == 2


def test_only_lines_of_running_text_come_closer() -> None:
    xml = (b'<w:spacing w:line="560" w:lineRule="exact"/><w:spacing w:line="400" w:lineRule="exact"/>'
           b'<w:spacing w:line="560" w:lineRule="auto"/><w:spacing w:val="36"/>')
    parts = {"word/document.xml": xml, "word/footer1.xml": xml}
    closer = with_pitch(parts, 0.9)
    assert closer["word/document.xml"] == xml.replace(b'line="560" w:lineRule="exact"',
                                                      b'line="504" w:lineRule="exact"')
    assert closer["word/footer1.xml"] == xml and with_pitch(parts, 1) == parts
