"""Identity numbers, dates and money as Chinese papers need them."""

from datetime import date, datetime

import pytest

from field_app.domain.chinese import date_cn, moment_cn, money_words
from field_app.domain.clock import CHINA, SystemClock
from field_app.domain.identity import check_phone, parse_citizen_number, parse_uscc


def test_citizen_number_of_the_standard() -> None:
    found = parse_citizen_number("11010519491231002x")  # The example of GB 11643-1999.
    assert (found.number, found.birth, found.gender) == (
        "11010519491231002X", date(1949, 12, 31), "女")
    assert found.age_on(date(2026, 12, 30)) == 76
    assert found.age_on(date(2026, 12, 31)) == 77


@pytest.mark.parametrize(("number", "words"), [
    ("110105194912310021", "校验位"), ("11010519491331002X", "出生日期"), ("1101051949", "18位"),
    ("１１０１０５１９４９１２３１００２Ｘ", "18位")])
def test_wrong_citizen_numbers_say_why(number: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_citizen_number(number)


def test_uscc() -> None:
    assert parse_uscc("91350100m000100y43") == "91350100M000100Y43"  # GB 32100-2015, example.
    with pytest.raises(ValueError, match="校验位"):
        parse_uscc("91350100M000100Y44")
    with pytest.raises(ValueError, match="18位"):
        parse_uscc("91350100I000100Y43")


def test_phones() -> None:
    for good in ("13900000000", "023-77712345", "77712345", "400-8001234"):
        assert check_phone(good) == good
    for wrong in ("12345", "23900000000", "1390000000", "电话"):
        with pytest.raises(ValueError, match="电话"):
            check_phone(wrong)


@pytest.mark.parametrize(("fen", "words"), [
    (0, "零元整"), (1, "壹分"), (10, "壹角整"), (105, "壹元零伍分"), (150, "壹元伍角整"),
    (500_000, "伍仟元整"), (1_000_100, "壹万零壹元整"), (10_001_000, "壹拾万零壹拾元整"),
    (123_456_789, "壹佰贰拾叁万肆仟伍佰陆拾柒元捌角玖分"), (10_000_000_000, "壹亿元整"),
    (20_000_000_100, "贰亿零壹元整")])
def test_money(fen: int, words: str) -> None:
    assert money_words(fen) == "人民币" + words


def test_dates() -> None:
    assert date_cn(date(2026, 5, 2)) == "2026年5月2日"
    assert moment_cn(datetime(2026, 5, 14, 9, 5, tzinfo=CHINA)) == "2026年5月14日9时05分"


def test_clock_tells_everything() -> None:
    clock = SystemClock()
    first, second = clock.now(), clock.now()
    assert second.mono_ms >= first.mono_ms
    assert first.boot == second.boot
    assert first.iso().endswith("+08:00")
