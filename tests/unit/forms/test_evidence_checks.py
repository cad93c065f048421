"""Checks of evidence speak at the right place when one thing is spoiled, and are silent otherwise."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from field_app.domain.reasons import Level, Reason
from field_app.forms import check_answers, load_form

TODAY = date(2026, 11, 24)
Good = Callable[[str], dict[str, Any]]
MAKES = ("G2-01", "G2-03", "G2-04", "G2-05", "G2-06", "G2-07", "G2-08", "G2-09", "G2-10", "G2-11",
         "G2-13", "G2-14", "G2-15", "G2-16", "G2-17", "G2-18", "G2-19", "G2-26", "G2-27", "G4-01")
OTHER_LAW = "《中华人民共和国行政处罚法》第三十七条"

SPOILED = [
    # form, place to spoil, value, where it is told, level, part of the text
    ("G2-03", "surveyors/1/off/cert_no", "演练50015600101", "surveyors[1].off.cert_no", Level.BLOCK,
     "填了两次"),
    ("G2-03", "surveyors/0/off/valid_to", "2026-05-13", "surveyors[0].off.valid_to", Level.BLOCK,
     "到期"),
    ("G2-03", "measures/0/value", "0", "measures[0].value", Level.BLOCK, "大于零"),
    ("G2-03", "measures/0/value", "约3", "measures[0].value", Level.BLOCK, "大于零"),
    ("G2-05", "hash", "ABC", "hash", Level.BLOCK, "64位"),
    ("G2-06", "match_note", False, "match_note", Level.BLOCK, "与原件核对无误"),
    ("G2-07", "items/0/hash", "f" * 63, "items[0].hash", Level.BLOCK, "64位"),
    ("G2-09", "basis", OTHER_LAW, "basis", Level.BLOCK, "修订前"),
    ("G2-09", "basis", "《中华人民共和国行政处罚法》第五十五条", "basis", Level.WARN, "五十六条"),
    ("G2-19", "powers/0", "全权委托", "powers[0]", Level.BLOCK, "全权委托"),
    ("G2-19", "valid_to", "2026-05-13", "valid_to", Level.BLOCK, "早于授权期限起"),
    ("G4-01", "channels/0", "信鸽", "channels[0]", Level.BLOCK, "“信鸽”不是可选项"),
]


def told(form_id: str, answers: dict[str, Any]) -> list[Reason]:
    return check_answers(load_form(form_id), answers, today=TODAY)


@pytest.mark.parametrize("form_id", MAKES)
def test_good_answers_have_no_reason_against_them(form_id: str, good: Good) -> None:
    assert told(form_id, good(form_id)) == []


@pytest.mark.parametrize(("form_id", "where", "value", "path", "level", "text"), SPOILED)
def test_what_is_spoiled_is_told(form_id: str, where: str, value: Any, path: str, level: Level,
                                 text: str, good: Good) -> None:
    answers = good(form_id)
    *way, last = [int(step) if step.isdigit() else step for step in where.split("/")]
    here: Any = answers
    for step in way:
        here = here[step]
    here[last] = value
    against = told(form_id, answers)
    assert (path, level) in [(r.where, r.level) for r in against]
    assert any(text in r.text for r in against)


def test_one_surveyor_is_too_few(good: Good) -> None:
    answers = good("G2-03")
    del answers["surveyors"][1]
    assert [r.where for r in told("G2-03", answers)] == ["surveyors"]


def test_sound_needs_its_words(good: Good) -> None:
    answers = good("G2-08")
    answers["items"][0].pop("transcript")
    assert told("G2-08", answers) == []
    answers["items"][0]["file"] = "20260514-电话录音.M4A"
    assert [r.where for r in told("G2-08", answers)] == ["items[0].transcript"]


def test_absent_party_needs_a_witness(good: Good) -> None:
    answers = good("G2-23") | {"party_present": False}
    assert {r.where for r in told("G2-23", answers)} == {"witness"}
    assert told("G2-23", answers | {"witness": {"name": "李见证（演练）"}}) == []


def test_an_agent_needs_powers_and_a_term(good: Good) -> None:
    answers = good("G2-19")
    for key in ("powers", "valid_from", "valid_to"):
        del answers[key]
    assert [r.where for r in told("G2-19", answers)] == ["powers", "valid_from", "valid_to"]
    del answers["agent"]
    assert told("G2-19", answers) == []


def test_electronic_service_needs_a_channel(good: Good) -> None:
    answers = good("G4-01")
    del answers["channels"], answers["account"]
    assert [r.where for r in told("G4-01", answers)] == ["channels", "account"]
    assert told("G4-01", answers | {"e_ok": False}) == []
