"""Blank papers: every form, with room to write, without number, code or answers."""

import pypdfium2
import pytest

from field_app.documents.blank import MARK, BlankPaper, render_blank
from field_app.forms import list_forms, load_form
from field_app.forms.definition import FormDefinition

_EVERY = [f.form_id for f in list_forms()]
_SOME = ["G1-04", "G1-15", "G2-02", "G2-22", "G4-02", "G5-01"]
_AGENCY = "重庆市武隆区演练乡人民政府"


def _texts(blank: BlankPaper) -> list[str]:
    with pypdfium2.PdfDocument(blank.pdf) as document:
        return [page.get_textpage().get_text_range() for page in document]


def _lines(blank: BlankPaper) -> int:
    """Drawn paths on the first page: the ink lines and the template's own."""
    with pypdfium2.PdfDocument(blank.pdf) as document:
        return sum(o.type == pypdfium2.raw.FPDF_PAGEOBJ_PATH for o in document[0].get_objects())


def _check(form: FormDefinition) -> None:
    blank = render_blank(form, agency_name=_AGENCY)
    texts = _texts(blank)
    assert len(texts) == blank.pages
    assert blank.pages <= 4
    whole = "".join("".join(texts).split())
    assert "＿" not in whole
    assert "以下空白" not in whole
    assert "草稿" not in whole
    assert _lines(blank) > 0
    words = "".join(form.title.split("（", maxsplit=1)[0].split())
    assert words[:4] in whole


@pytest.mark.parametrize("form_id", _SOME)
def test_has_room_to_write_and_nothing_written(form_id: str) -> None:
    _check(load_form(form_id))


@pytest.mark.soak
@pytest.mark.parametrize("form_id", _EVERY)
def test_each_of_all_forms(form_id: str) -> None:
    _check(load_form(form_id))


def test_is_said_to_be_blank_and_the_same_each_time() -> None:
    form = load_form("G2-22")
    blank = render_blank(form, agency_name=_AGENCY)
    texts = _texts(blank)
    assert all(MARK in text for text in texts)
    assert _AGENCY in texts[0]
    assert "合计：" in texts[0]
    assert "合计：6" not in texts[0]
    assert render_blank(form, agency_name=_AGENCY) == blank


def test_prints_no_word_where_a_pen_should_write() -> None:
    """An issued paper says 无 for what was not answered; a blank one leaves the line free."""
    (first, *_) = _texts(render_blank(load_form("G1-04")))
    head = first[first.index("法定代表人"):first.index("检查场所")]
    assert "无" not in head


def test_a_long_answer_has_several_lines() -> None:
    before = _lines(render_blank(load_form("G2-10")))
    assert _lines(render_blank(load_form("G1-15"))) > before
