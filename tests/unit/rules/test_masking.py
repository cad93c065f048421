"""Personal data is hidden before publication, and what is left is told."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.domain.identity import citizen_check_character
from field_app.rules.masking import mask, mask_name, personal_data


@pytest.mark.parametrize(("name", "masked"), [
    ("张三", "张某"), ("张喆堃", "张某某"), ("欧阳修", "欧阳某"), ("司马相如", "司马某某"), ("欧阳", "欧某"),
    ("买买提·艾力", "买某某"), ("冉𬍛", "冉某"), (" 李四 ", "李某"), ("王", "王某"), ("", "")])
def test_names_keep_the_family_name(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(("text", "masked"), [
    ("证号999999198604123111。", "证号999999********3111。"),
    ("证号99999919860412311x，", "证号999999********311x，"),
    ("旧证号999999860412311，", "旧证号999999******311，"),
    ("电话13800000002、+86 138-0000-0003", "电话138****0002、138****0003"),
    ("座机023-77712345", "座机023-********"),
    ("账号6222021234567890123", "账号6222********0123"),
    ("渝A12345号车、渝D·12345、渝AD12345", "渝A***45号车、渝D***45、渝A***45"),
    ("住武隆区演练乡桐麻村二组6号", "住武隆区演练乡桐麻村＊号"),
    ("住巷口镇芙蓉西路12号3幢2单元4-1室", "住巷口镇芙蓉西路＊号"),
    ("罚款15,000.00元，武演乡罚〔2026〕3号", "罚款15,000.00元，武演乡罚〔2026〕3号"),
    ("统一社会信用代码91999999MAYL0001XU", "统一社会信用代码91999999MAYL0001XU"),
    ("《中华人民共和国安全生产法》第九十九条第（一）项", "《中华人民共和国安全生产法》第九十九条第（一）项")])
def test_what_is_personal_is_hidden_and_nothing_else(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert mask(masked) == masked
    assert personal_data(masked) == []


def test_names_and_addresses_of_the_case() -> None:
    text = "张三（住某省某市无名小院）与张三丰，电话13800000002"
    hidden = mask(text, names=["张三", "张三丰", ""], addresses=["某省某市无名小院", " "])
    assert hidden == "张某（住＊＊＊）与张某某，电话138****0002"
    found = personal_data(text, names=["张三", "李四"])
    assert [(f.kind, f.text) for f in found] == [("手机号码", "13800000002"), ("姓名", "张三")]


@given(st.dates(date(1900, 1, 1)).map(lambda d: f"{d:%Y%m%d}"), st.integers(0, 999), st.text(max_size=20),
       st.text(max_size=20))
def test_no_identity_number_survives(born: str, order: int, before: str, after: str) -> None:
    first = f"500156{born}{order:03d}"
    number = first + citizen_check_character(first)
    hidden = mask(f"{before} {number} {after}")
    assert number not in hidden
    assert not [f for f in personal_data(hidden) if f.text == number]


@given(st.text(max_size=200))
def test_any_text_is_taken(text: str) -> None:
    assert isinstance(mask(text, names=[text[:3]], addresses=[text[3:9]]), str)
