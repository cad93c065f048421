"""Citations are written in full, and those that cannot be right are found."""

from pathlib import Path

import pytest

from field_app.rules.laws import (
    citation_reasons,
    cite,
    doubtful_citations,
    laws,
    number_of,
    numeral,
    read_laws,
)
from field_app.rules.table import RulesBroken

PENALTY = laws()[0]


@pytest.mark.parametrize(("number", "words"), [
    (1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (86, "八十六"), (100, "一百"),
    (105, "一百零五"), (110, "一百一十"), (306, "三百零六"), (1000, "一千"), (1010, "一千零一十")])
def test_numerals_both_ways(number: int, words: str) -> None:
    assert numeral(number) == words
    assert number_of(words) == number


def test_every_numeral_reads_back() -> None:
    assert all(number_of(numeral(n)) == n for n in range(1, 2000))
    with pytest.raises(ValueError, match="9999"):
        numeral(0)


def test_citations() -> None:
    assert cite(PENALTY, 59, paragraph=1, item=5) == (
        "《中华人民共和国行政处罚法》第五十九条第一款第（五）项")
    assert cite(PENALTY, 28) == "《中华人民共和国行政处罚法》第二十八条"
    with pytest.raises(ValueError, match="86"):
        cite(PENALTY, 87)


def test_doubtful_citations() -> None:
    assert doubtful_citations("依据《中华人民共和国行政处罚法》第五十五条和《某县规定》第三百条") == []
    (short,) = doubtful_citations("《行政处罚法》第五十五条")
    assert "全称" in short
    (beyond,) = doubtful_citations("《中华人民共和国安全生产法》第一百二十条第一款")
    assert "119" in beyond


def test_data_is_complete(tmp_path: Path) -> None:
    for law in laws():
        assert law.articles > 0
        assert law.confidence in "VPMI"
        assert law.title.startswith("中华人民共和国")
    (tmp_path / "1.toml").write_text("format = 'x'")
    with pytest.raises(RulesBroken):
        read_laws(tmp_path / "1.toml")


def test_reasons_stand_at_their_place() -> None:
    (reason,) = citation_reasons({"problems": [{"law": "《安全生产法》第三十六条"}], "n": 1})
    assert (reason.where, reason.rule) == ("problems[0].law", "DC-13")
