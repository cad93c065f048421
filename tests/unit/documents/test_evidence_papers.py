"""What evidence, seizure and service papers print when answers are other than the usual ones."""

from collections.abc import Callable
from typing import Any

import pytest

from field_app.documents.render import PaperFacts, render
from field_app.forms import load_form

Sample = Callable[[str], dict[str, Any]]
Printed = Callable[[str, dict[str, Any]], str]


@pytest.fixture
def printed(sample: Sample, finished: Callable[..., PaperFacts], squeezed: Callable[[str], str],
            docx_text: Callable[[bytes], str]) -> Printed:
    """The text of a paper whose typical answers were changed."""
    def text(form_id: str, changed: dict[str, Any]) -> str:
        paper = render(load_form(form_id), sample(form_id) | changed, finished(form_id))
        assert paper.warnings == ()
        return squeezed(docx_text(paper.docx))
    return text


@pytest.mark.parametrize(("agreed", "boxes"), [(True, "■同意□不同意"), (False, "□同意■不同意")])
def test_electronic_service_is_agreed_to_or_not(agreed: bool, boxes: str,
                                                printed: Printed) -> None:
    assert boxes in printed("G4-01", {"e_ok": agreed})


def test_refused_deferral_has_no_instalments(printed: Printed) -> None:
    text = printed("G4-06", {"kind": "不同意", "plan": []})
    assert "不同意延期（分期）缴纳罚款" in text
    assert "第1期" not in text


@pytest.mark.parametrize(("purpose", "article"), [("申请法院执行", "第五十四条"),
                                                  ("行政机关强制执行", "第三十五条")])
def test_urging_cites_the_article_of_its_purpose(purpose: str, article: str,
                                                 printed: Printed) -> None:
    assert f"《中华人民共和国行政强制法》{article}的规定" in printed("G4-07", {"purpose": purpose})


def test_survey_without_the_party_names_the_witness(printed: Printed) -> None:
    text = printed("G2-03", {"party_present": [], "invitee": {"name": "李见证（演练）"}})
    assert "当事人未到场" in text
    assert "见证人李见证（演练）" in text


def test_seizure_record_follows_the_nine_items(printed: Printed) -> None:
    text = printed("G2-23", {})
    places = [text.find(f"（{n}）") for n in "一二三四五六七八九"]
    assert -1 not in places
    assert places == sorted(places)
