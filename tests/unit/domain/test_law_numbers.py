"""Numbers of the law are read from the tables, by the day."""

import re
from datetime import date
from pathlib import Path

import pytest

from field_app.domain.law_numbers import rule_number, rule_words, term_number
from field_app.rules.table import rules
from field_app.rules.terms import find_term

DAY = date(2026, 6, 1)
FORMS = Path(__file__).parents[3] / "field_app" / "forms"


def test_they_are_those_that_the_rules_use() -> None:
    for rule, key in (("HR-02", "citizen_fen"), ("HR-02", "unit_fen"), ("SP-01", "citizen_fen"),
                      ("CM-05", "days"), ("CF-03", "years"), ("PE-07", "hours")):
        assert rule_number(rule, key, DAY) == rules()[rule].values[key]
    for term in ("EX-01.pay", "EV-09.dispose", "HR-03.request", "DC-05.decide", "TR-02.decide"):
        assert term_number(term, DAY) == find_term(term).length.amount
    assert rule_words("SP-01", "single", DAY) == ("公民", "个体工商户")


def test_a_day_before_the_first_row_has_that_row() -> None:
    assert rule_number("HR-02", "citizen_fen", date(1999, 1, 1)) == 500_000


@pytest.mark.parametrize("call", [
    lambda: rule_number("XX-01", "days", DAY), lambda: rule_number("HR-02", "days", DAY),
    lambda: term_number("EX-01.nothing", DAY)])
def test_what_is_not_there_is_an_error(call: object) -> None:
    with pytest.raises(KeyError):
        call()  # type: ignore[operator]


def test_checks_of_forms_hold_no_threshold() -> None:
    """A number of days, months, yuan or hours in a check would be law hidden in code."""
    hidden = re.compile(r"timedelta\((days|hours)=\d|_00\b|workdays_after\([^)]*, \d|[<>]=? \d{2,}\b")
    found = [f"{path.name}:{n}" for path in sorted(FORMS.glob("*_checks.py"))
             for n, line in enumerate(path.read_text("utf-8").splitlines(), 1)
             if hidden.search(line) and "10**15" not in line and "9999" not in line]
    assert found == ["paper_checks.py:32"]  # a record longer than a day: a slip of the pen, no law
