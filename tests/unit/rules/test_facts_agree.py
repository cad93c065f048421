"""Facts of several papers: the training case agrees with itself; each kind of slip is told."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from field_app.domain.reasons import Level
from field_app.forms import list_forms, load_form
from field_app.forms.references import references
from field_app.paths import RESOURCES
from field_app.rules.facts_agree import (
    Told,
    agreement,
    facts_that_differ,
    references_that_miss,
    values_at,
)


def sample(form_id: str) -> dict[str, Any]:
    path = RESOURCES / "training" / "answers" / f"{form_id}.json"
    made: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return made


def told(form_id: str, change: Callable[[dict[str, Any]], None] = lambda a: None,
         number: str = "武演〔2026〕1号") -> Told:
    answers = copy.deepcopy(sample(form_id))
    change(answers)
    return Told(form_id, load_form(form_id).title, number, answers)


def test_every_place_of_the_table_exists() -> None:
    for fact in agreement()[0]:
        for form, place in ((f, p) for p in fact.places for f in p.forms):
            field = load_form(form).field_at(place.path.replace("[]", "[0]"))
            assert field is not None, (form, place)
            assert not place.by or load_form(form).field_at(place.by) is not None, (form, place)
            assert values_at(sample(form), place.path) or form == "G1-16", (form, place)


def test_the_training_case_agrees_with_itself() -> None:
    papers = [told(f.form_id, number="武演乡罚〔2026〕2号") for f in list_forms()]
    for paper in papers:
        assert facts_that_differ(paper.form, paper.answers, papers) == [], paper.form


@pytest.mark.parametrize(("form", "change", "rule", "level"), [
    ("G3-15", lambda a: a["penalties"][0].update(amount=99_999_900), "AGREE-NOT-HARSHER",
     Level.BLOCK),
    ("G3-15", lambda a: a["penalties"][0].update(amount=100), "AGREE-FINE", Level.WARN),
    ("G3-15", lambda a: a.update(penalty_law=["《某法》第一条"]), "AGREE-BASIS", Level.WARN),
    ("G4-05", lambda a: a.update(decision="武演〔2026〕1号"), "AGREE-PRINCIPAL", Level.WARN),
    ("G4-07", lambda a: a.update(decision="武演〔2026〕1号", amount=99_999_900), "AGREE-URGED",
     Level.WARN),
    ("G2-24", lambda a: a.update(new_end="2020-01-01"), "AGREE-SEIZURE-END", Level.BLOCK),
])
def test_each_slip_is_told_at_its_field(
        form: str, change: Callable[[dict[str, Any]], None], rule: str, level: Level) -> None:
    papers = [told(f) for f in ("G2-21", "G3-02", "G3-01", "G3-13", "G3-15")]
    slipped = told(form, change)
    others = [p for p in papers if p.form != form]
    found = {r.rule: r for r in facts_that_differ(form, slipped.answers, others)}
    assert found[rule].level is level
    assert found[rule].where in slipped.answers
    assert "《" in found[rule].text


def test_an_earlier_paper_made_anew_is_held_against_the_later_one() -> None:
    """A new notice with a lower amount than the decision already issued."""
    notice = told("G3-01", lambda a: a["penalties"][0].update(amount=1))
    found = facts_that_differ("G3-01", notice.answers, [told("G3-15")])
    assert "AGREE-NOT-HARSHER" in {r.rule for r in found}


def test_references_lead_to_papers_of_the_case() -> None:
    form, answers = load_form("G1-15"), sample("G1-15")
    right = Told("G1-04", "现场检查笔录", str(answers["check_ref"]), {})
    assert references_that_miss(references(form, answers), [right]) == []
    assert references_that_miss(references(form, answers), []) == []
    (miss,) = references_that_miss(references(form, answers), [Told("G1-04", "现场检查笔录", "另一号", {})])
    assert miss.where == "check_ref" and "另一号" in miss.text and miss.level is Level.WARN


@pytest.mark.parametrize("answers", [
    {}, {"penalties": None}, {"penalties": [None, 3, {"amount": "x"}]}, {"penalties": {"amount": 1}}])
def test_answers_of_any_shape_are_borne(answers: dict[str, Any]) -> None:
    facts_that_differ("G3-15", answers, [told("G3-13"), told("G3-01")])
    assert references_that_miss(references(load_form("G1-15"), answers), []) == []
