"""Strokes are kept as they were written, bounded, and drawn the same every time."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from field_app.cli.demo.day import sample_answers
from field_app.documents.render import PaperFacts, render
from field_app.documents.strokes import (
    MAX_POINTS,
    PenPoint,
    Strokes,
    StrokesRefused,
    ink_of,
    png_of,
    read_strokes,
)
from field_app.domain.signed import Place
from field_app.forms import load_form

WAVE = tuple(PenPoint(100 + n * 20, 200 + (n % 7) * 15, n * 12, 300 + n * 9) for n in range(40))
WRITTEN = Strokes(1600, 800, "pen", (WAVE, (PenPoint(500, 500, 900, 400),)))


def test_strokes_survive_their_json() -> None:
    assert read_strokes(WRITTEN.to_bytes()) == WRITTEN
    assert WRITTEN.to_bytes() == WRITTEN.to_bytes()


def test_ink_is_the_same_every_time_and_transparent() -> None:
    one, two = png_of(ink_of(WRITTEN)), png_of(ink_of(read_strokes(WRITTEN.to_bytes())))
    assert one == two
    picture = np.asarray(Image.open(BytesIO(one)))
    assert picture.shape[2] == 4 and max(picture.shape) == 900
    alpha = picture[:, :, 3]
    assert alpha[0].max() == alpha[-1].max() == 0  # A margin all around.
    assert 0.01 < (alpha > 128).mean() < 0.4


def test_more_pressure_is_more_ink() -> None:
    def inked(pressure: int) -> float:
        line = tuple(replace(p, pressure=pressure + p.ms % 7) for p in WAVE)
        return sum(p.width for p in ink_of(Strokes(1600, 800, "pen", (line,))).pieces)

    assert inked(900) > 1.5 * inked(100)


@pytest.mark.parametrize(("data", "fact"), [
    (b"{}", "malformed"), (b"nothing", "malformed"),
    (b'{"device":"pen","format":"le-strokes/9","height":1,"lines":[],"width":1}', "format"),
    (Strokes(100, 100, "pen", ()).to_bytes(), "no ink"),
    (Strokes(100, 0, "pen", (WAVE,)).to_bytes(), "canvas"),
    (Strokes(1600, 800, "pen", ((PenPoint(1, 1, 0), PenPoint(99999, 1, 5)),)).to_bytes(),
     "out of bounds"),
    (b'{"device":"pen","format":"le-strokes/1","height":9,"lines":[[["a",1,2,3]]],"width":9}',
     "malformed")])
def test_strokes_out_of_bounds_are_refused(data: bytes, fact: str) -> None:
    with pytest.raises(StrokesRefused) as refused:
        ink_of(read_strokes(data))
    assert refused.value.fact == fact


def test_too_many_points_are_refused() -> None:
    line = tuple(PenPoint(n % 900, n % 700, n) for n in range(MAX_POINTS + 1))
    with pytest.raises(StrokesRefused):
        ink_of(Strokes(1600, 800, "mouse", (line,)))


def test_ink_stands_on_its_line_and_nowhere_else() -> None:
    form, answers = load_form("G2-02"), sample_answers("G2-02")
    facts = PaperFacts(doc_no="甲", case_no="乙", short_code="7K3MQ9TXW", verify_text="LE1")
    plain = render(form, answers, facts)
    assert next(p.place for p in plain.places if p.place.page == 1) == Place(1, "被询问人（签名、捺指印）")
    spot = next(p for p in plain.places if p.place.page == 2)
    inked = render(form, answers, facts, signatures={spot.place: ink_of(WRITTEN)})
    again = render(form, answers, facts, signatures={spot.place: ink_of(WRITTEN)})
    assert inked.pdf == again.pdf and inked.places == plain.places and inked.docx == plain.docx
    before, after = (pages_of(made.pdf) for made in (plain, inked))
    assert np.array_equal(before[0], after[0])
    changed = np.argwhere((before[1] != after[1]).any(axis=2)) / 2
    top, left = changed.min(axis=0)
    bottom, right = changed.max(axis=0)
    assert spot.x - 1 <= left and right <= spot.x2 + 1
    assert spot.y - 40 <= top and bottom <= spot.y + 6
    gone = render(form, answers, facts, signatures={Place(9, "无此处"): ink_of(WRITTEN)})
    assert gone.pdf == plain.pdf


def pages_of(pdf: bytes) -> list[np.ndarray]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=2).to_numpy().copy() for page in document]
    finally:
        document.close()


@pytest.mark.parametrize("form_id", ["G1-04", "G2-02", "G2-03", "G2-23", "G3-03", "G3-09", "G4-01"])
def test_records_have_a_place_on_every_page(form_id: str) -> None:
    form = load_form(form_id)
    made = render(form, sample_answers(form_id), PaperFacts(verify_text="LE1"))
    assert {p.place.page for p in made.places} == set(range(1, made.pages + 1))
    assert len({p.place for p in made.places}) == len(made.places)
