"""The table in time: an act is judged by the row of its day; broken tables are refused."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from field_app.domain.reasons import Level
from field_app.domain.workdays import Calendar, shipped_calendar
from field_app.rules.checks import check
from field_app.rules.checks.hearing import HearingFacts, hearing_by_amount
from field_app.rules.table import (
    RuleNotInForce,
    RulesBroken,
    RuleTable,
    read_rows,
    read_rules,
    rules,
    rules_at,
)

TWO_VERSIONS = '''
format = "le-rules/1"
[[rule]]
id = "HR-02"
level = "block"
law = "旧规定"
text = "旧"
remedy = "办"
confidence = "I"
effective_from = 2023-03-01
effective_to = 2026-06-30
values = { citizen_fen = 500_000, unit_fen = 5_000_000, single = ["公民"] }
[[rule]]
id = "HR-02"
level = "block"
law = "新规定"
text = "新"
remedy = "办"
confidence = "I"
effective_from = 2026-07-01
values = { citizen_fen = 300_000, unit_fen = 3_000_000, single = ["公民"] }
'''
FACTS = HearingFacts("公民", 400_000, offered=False)


def written(folder: Path, text: str) -> Path:
    path = folder / "1.toml"
    path.write_text(text, "utf-8")
    return path


def test_old_cases_keep_old_rules(tmp_path: Path) -> None:
    rows = read_rows(written(tmp_path, TWO_VERSIONS))

    def at(day: date) -> RuleTable:
        return RuleTable(rows, day=day, calendar=shipped_calendar())

    assert hearing_by_amount(FACTS, table=at(date(2026, 6, 30))) == []
    (reason,) = hearing_by_amount(FACTS, table=at(date(2026, 7, 1)))
    assert (reason.basis, reason.level) == ("新规定", Level.BLOCK)
    with pytest.raises(RuleNotInForce):
        hearing_by_amount(FACTS, table=at(date(2023, 2, 28)))
    assert read_rules(tmp_path / "1.toml")["HR-02"].law == "新规定"
    assert list(at(date(2023, 2, 28))) == []
    assert len(at(date(2026, 1, 1))) == 1
    assert "HR-02" in at(date(2026, 1, 1))


def test_a_day_without_rows_is_told_as_one_to_look_up() -> None:
    (reason,) = check("HR-02", FACTS, day=date(2023, 2, 28))
    assert reason.level is Level.INFO and "2023-02-28" in reason.text and "没有收录" in reason.text
    assert check("HR-02", FACTS, day=date(2023, 3, 1)) == []
    with pytest.raises(KeyError):
        check("ZZ-99", FACTS, day=date(2026, 1, 1))


@given(st.dates(date(2005, 1, 1), date(2030, 1, 1)))
def test_every_day_has_at_most_one_row_of_a_rule(day: date) -> None:
    table = rules_at(day)
    assert set(table) <= set(rules())
    assert all(table[rule].in_force(day) for rule in table)


@pytest.mark.parametrize(("old", "new"), [
    ("effective_from = 2026-07-01", "effective_from = 2026-06-30"),     # overlapping
    ("effective_to = 2026-06-30", ""),                                  # never ends
    ("effective_from = 2026-07-01", ""),                                # always was
    ("effective_to = 2026-06-30", "effective_to = 2020-01-01"),         # ends before it begins
    ("effective_from = 2026-07-01", "effective_from = '2026-07-01'"),   # no date
    ("values = { citizen_fen = 500_000", "values = 5\nx = { citizen_fen = 500_000"),
    ('level = "block"', 'level = "loud"')])
def test_broken_tables_are_refused(tmp_path: Path, old: str, new: str) -> None:
    assert old in TWO_VERSIONS
    with pytest.raises(RulesBroken):
        read_rows(written(tmp_path, TWO_VERSIONS.replace(old, new)))


def test_thresholds_of_the_brief_are_data() -> None:
    table = rules_at(date(2026, 5, 14))
    assert table["HR-02"].values["citizen_fen"] == 500_000
    assert table["HR-02"].values["unit_fen"] == 5_000_000
    assert table["HR-02"].effective_from == date(2023, 3, 1)
    assert (table["SP-01"].values["citizen_fen"], table["SP-01"].values["unit_fen"]) \
        == (20_000, 300_000)
    assert table["SP-05"].values["small_fen"] == 10_000
    assert table["PE-07"].values["hours"] == 40 and table["PE-08"].values["percent"] == 5
    assert (table["CM-05"].values["days"], table["CM-05"].values["extension"]) == (30, 30)
    assert (table["CF-03"].values["years"], table["CF-03"].values["harmful_years"]) == (2, 5)
    assert table["TM-08"].values["max_skew_seconds"] == 60
    assert (table["EX-12"].values["night_from"], table["EX-12"].values["night_to"]) == (22, 6)
    assert table["AR-02"].values["terms"] == ["永久", "30年", "10年"]


def test_rules_at_takes_the_calendar_given() -> None:
    assert rules_at(date(2026, 1, 1), calendar=Calendar()).calendar.years == frozenset()
