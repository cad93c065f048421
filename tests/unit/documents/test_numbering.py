"""Numbers of papers and the short code."""

import os

import pytest

from field_app.documents.numbering import Series, document_number, record_number, short_code


def test_document_numbers() -> None:
    series = Series("武", "演乡", "责改")
    assert document_number(series, year=2026, number=12) == "武演乡责改〔2026〕12号"
    with_di = Series("武", "演乡", "罚", with_di=True)
    assert document_number(with_di, year=2026, number=1) == "武演乡罚〔2026〕第1号"
    for year, number in ((26, 1), (2026, 0), (2026, -1)):
        with pytest.raises(ValueError, match="four-figure"):
            document_number(series, year=year, number=number)


def test_record_numbers() -> None:
    assert record_number("武演乡执〔2026〕3", "询", 2) == "武演乡执〔2026〕3-询-2"
    with pytest.raises(ValueError, match="from 1"):
        record_number("案", "询", 0)


def test_short_codes_are_stable_unambiguous_and_spread() -> None:
    assert short_code(b"one") == short_code(b"one") != short_code(b"two")
    codes = {short_code(os.urandom(16)) for _ in range(3000)}
    assert len(codes) == 3000
    assert {len(code) for code in codes} == {9}
    assert not set("".join(codes)) & set("01258BILOSUVZ")
