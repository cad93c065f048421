"""Corrections: old words struck and legible, new ones beside, in Word and in PDF alike."""

import copy
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.documents.corrections import SIGN_HERE, corrected, earlier_at, split_struck
from field_app.documents.marks import STRUCK, STRUCK_END
from field_app.documents.render import PaperFacts, render
from field_app.forms import load_form

_STRETCH = re.compile(f"{STRUCK}(.*?){STRUCK_END}", re.DOTALL)
WORDS = st.text(alphabet="工人员共456名，。\n甲乙", max_size=40)
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


@given(old=WORDS, new=WORDS)
def test_without_the_struck_words_the_new_ones_stand(old: str, new: str) -> None:
    shown = corrected(old, new)
    assert shown.endswith(SIGN_HERE)
    assert _STRETCH.sub("", shown).removesuffix(SIGN_HERE) == new
    struck = "".join(_STRETCH.findall(shown))
    for character in set(old.replace("\n", "")):
        assert (struck + new).count(character) >= old.count(character)


def test_small_agreements_do_not_break_a_correction() -> None:
    assert corrected("共有5个工人在场", "共有6个员工在场").count(STRUCK) == 1
    assert corrected("甲乙丙丁戊己庚辛", "甲乙丙丁戊己庚") == f"甲乙丙丁戊己庚{STRUCK}辛{STRUCK_END}{SIGN_HERE}"


def test_a_number_is_struck_whole() -> None:
    """On paper 1380000000 2 9 with a struck 2 would be read as a number of twelve digits."""
    assert corrected("电话13800000002", "电话13800000009") == (
        f"电话{STRUCK}13800000002{STRUCK_END}13800000009{SIGN_HERE}")
    assert corrected("共有54名工人", "共有56名工人") == f"共有{STRUCK}54{STRUCK_END}56名工人{SIGN_HERE}"


@pytest.mark.parametrize(("path", "value"), [
    ("a", 1), ("b.c", 2), ("d[1].e", 3), ("d[5].e", None), ("nobody", None), ("a.x", None)])
def test_earlier_answers_are_found_by_path(path: str, value: Any) -> None:
    assert earlier_at({"a": 1, "b": {"c": 2}, "d": [{}, {"e": 3}]}, path) == value


def test_a_run_is_split_and_keeps_its_look() -> None:
    xml = (f'<w:p xmlns:w="{W}"><w:r><w:rPr><w:b/><w:sz w:val="28"/></w:rPr><w:tab/>'
           f"<w:t>甲{STRUCK}乙{STRUCK_END}丙</w:t><w:br/></w:r></w:p>")
    made = split_struck(xml, "word/document.xml")
    assert re.findall(r">([甲乙丙])</w:t>", made) == ["甲", "乙", "丙"]
    assert made.count("<w:strike/>") == 1
    assert made.index("<w:b/><w:strike/><w:sz") > made.index("甲")
    assert made.index("<w:tab/>") < made.index("甲") and made.index("<w:br/>") > made.index("丙")


def test_a_corrected_record_shows_what_changed(
        sample: Callable[[str], dict[str, Any]], finished: Callable[[str], PaperFacts],
        squeezed: Callable[[str], str], pages_text: Callable[[bytes], list[str]]) -> None:
    form, old = load_form("G2-02"), sample("G2-02")
    new = copy.deepcopy(old)
    new["qa"][1]["a"] = "第一段说错了。\n实际上有六个人。"
    facts = finished("G2-02")
    made = render(form, new, PaperFacts(
        doc_no=facts.doc_no, case_no=facts.case_no, short_code=facts.short_code,
        verify_text=facts.verify_text, earlier=old))
    assert made.warnings == ()
    text = squeezed("".join(pages_text(made.pdf)))
    assert squeezed(old["qa"][1]["a"][:12]) in text
    assert squeezed("实际上有六个人") in text and "更正处签名捺印" in text
    assert text.count("更正处签名捺印") == 1
    struck = "".join(r.text for p in docx.Document(BytesIO(made.docx)).paragraphs
                     for r in p.runs if r.font.strike)
    assert struck.replace("。", "") in old["qa"][1]["a"].replace("。", "").replace("\n", "")
    assert {a.path for a in made.anchors} >= {"qa[1].a", "qa[2].a"}
    assert render(form, new, facts).pdf != made.pdf
