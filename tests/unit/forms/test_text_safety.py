"""Characters that do not print, mislead or cannot be found again are refused by name."""

import pytest

from field_app.forms.text_safety import bad_characters


@pytest.mark.parametrize(("character", "kind"), [
    ("\x00", "控制字符"), ("\t", "控制字符"), ("\x7f", "控制字符"), ("\u202e", "改变文字方向"),
    ("\u2066", "改变文字方向"), ("\u200f", "改变文字方向"), ("\u200b", "不可见字符"),
    ("\ufeff", "不可见字符"), ("\ue000", "私用区"), ("\U000f0001", "私用区"), ("\ud800", "残缺"),
    ("\u2028", "换行"), ("\uffff", "未定义"), ("\u0378", "未定义"),
])
def test_refused(character: str, kind: str) -> None:
    found = bad_characters(f"甲{character}乙", lines=True)
    assert [bad.character for bad in found] == [character]
    assert kind in found[0].kind
    assert found[0].code == f"U+{ord(character):04X}"


def test_a_radical_is_refused_with_the_character_to_type_instead() -> None:
    (bad,) = bad_characters("\u2f06", lines=False)
    assert bad.instead == "二"


@pytest.mark.parametrize("text", [
    "张喆堃、㙦、䶮、𬍛", "“第一条”——《办法》……", "A-1 (3.5%)", "〇", "\u3000缩进", "\U000323af"])
def test_allowed(text: str) -> None:
    assert bad_characters(text, lines=False) == []


def test_line_ends_are_for_long_text_only() -> None:
    assert bad_characters("一\n二", lines=True) == []
    assert [bad.code for bad in bad_characters("一\n二", lines=False)] == ["U+000A"]
