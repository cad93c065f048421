"""Every form that is installed: typical, least and longest answers are printed whole."""

import copy
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from field_app.documents.render import Paper, PaperFacts, render
from field_app.domain.reasons import Level
from field_app.forms import Field, FormDefinition, Kind, Need, check_answers, list_forms, load_form
from field_app.forms.conditions import CONDITIONS, Scope

FORMS = [f.form_id for f in list_forms()]
# In the ordinary run every form is tried with typical answers, and some with the others.
SOME = [f if n % 5 == 0 else pytest.param(f, marks=pytest.mark.soak) for n, f in enumerate(FORMS)]
TODAY = date(2026, 11, 24)
LONG = "现场情况经核对属实，有关材料已收集在案，"
Sample = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="session")
def typical(sample: Sample, finished: Callable[[str], PaperFacts]) -> Callable[[str], Paper]:
    made: dict[str, Paper] = {}

    def get(form_id: str) -> Paper:
        if form_id not in made:
            made[form_id] = render(load_form(form_id), sample(form_id), finished(form_id))
        return made[form_id]

    return get


@pytest.mark.parametrize("form_id", FORMS)
def test_typical_answers_pass_and_print(
        form_id: str, sample: Sample, typical: Callable[[str], Paper],
        squeezed: Callable[[str], str], pages_text: Callable[[bytes], list[str]],
        docx_text: Callable[[bytes], str]) -> None:
    form, answers = load_form(form_id), sample(form_id)
    blocking = [r for r in check_answers(form, answers, today=TODAY) if r.level is Level.BLOCK]
    assert blocking == []
    paper = typical(form_id)
    assert paper.warnings == ()
    assert paper.pages <= 4
    in_docx = squeezed(docx_text(paper.docx))
    in_pdf = squeezed("".join(pages_text(paper.pdf)))
    scope = Scope(siblings=answers, answers=answers)
    for statement in form.statements:
        if statement.applies and not CONDITIONS[statement.applies](scope):
            continue
        for phrase in statement.phrases:
            assert squeezed(phrase) in in_docx, (statement.key, phrase)
            assert squeezed(phrase) in in_pdf, (statement.key, phrase)


def _free_texts(field: Field, value: Any) -> list[str]:
    """All longer free texts among the answers, line by line; people and officers are told by name."""
    if field.block or (field.item is not None and field.item.block):
        return []
    if isinstance(value, dict):
        return [t for k, v in value.items() if (child := field.child(k))
                for t in _free_texts(child, v)]
    if isinstance(value, list) and field.item is not None:
        return [t for v in value for t in _free_texts(field.item, v)]
    if isinstance(value, str) and field.kind in (Kind.LONG, Kind.TEXT) and len(value) > 8:
        return value.split("\n")
    return []


@pytest.mark.parametrize("form_id", FORMS)
def test_no_free_text_is_lost(
        form_id: str, sample: Sample, typical: Callable[[str], Paper],
        squeezed: Callable[[str], str], docx_text: Callable[[bytes], str]) -> None:
    form, answers = load_form(form_id), sample(form_id)
    tree = Field("", "", Kind.STRUCT, Need.REQUIRED,
                 fields=tuple(f for f in form.fields if not f.block))
    in_docx = squeezed(docx_text(typical(form_id).docx))
    for text in _free_texts(tree, answers):
        assert squeezed(text) in in_docx


@pytest.mark.parametrize("form_id", FORMS)
def test_paper_says_where_it_comes_from(
        form_id: str, typical: Callable[[str], Paper], finished: Callable[[str], PaperFacts],
        pages_text: Callable[[bytes], list[str]]) -> None:
    pages = pages_text(typical(form_id).pdf)
    for number, text in enumerate(pages, 1):
        flat = re.sub(r"\s+", "", text)
        assert f"第{number}页共{len(pages)}页" in flat
        assert finished(form_id).short_code in flat


def _stretched(field: Field, value: Any) -> Any:
    """The same answer as long as the form allows (free text only)."""
    if isinstance(value, dict):
        return {k: _stretched(child, v) if (child := field.child(k)) else v
                for k, v in value.items()}
    if isinstance(value, list) and field.item is not None:
        return [_stretched(field.item, v) for v in value]
    if isinstance(value, str) and field.kind is Kind.LONG and not field.checks:
        room = min(field.max_length or 600, 600)
        return (value + "。" + LONG * 60)[:max(room, len(value))]
    return value


def _least(form: FormDefinition, answers: dict[str, Any]) -> dict[str, Any]:
    """Without what is optional."""
    kept = copy.deepcopy(answers)
    for field in form.fields:
        if field.need is Need.OPTIONAL:
            kept.pop(field.key, None)
    return kept


@pytest.mark.parametrize("form_id", SOME)
def test_longest_and_least_answers_lose_nothing(
        form_id: str, sample: Sample, typical: Callable[[str], Paper],
        finished: Callable[[str], PaperFacts],
        squeezed: Callable[[str], str], pages_text: Callable[[bytes], list[str]]) -> None:
    form = load_form(form_id)
    tree = Field("", "", Kind.STRUCT, Need.REQUIRED, fields=form.fields)
    long = _stretched(tree, sample(form_id))
    paper = render(form, long, finished(form_id))
    assert paper.warnings == ()
    ours = squeezed("".join(pages_text(paper.pdf)))
    usual = squeezed("".join(pages_text(typical(form_id).pdf)))
    assert ours.count("有关材料已收集在案") >= usual.count("有关材料已收集在案")
    least = render(form, _least(form, sample(form_id)), finished(form_id))
    assert least.warnings == ()


@pytest.mark.parametrize("form_id", SOME)
def test_empty_draft_prints(form_id: str, finished: Callable[..., PaperFacts]) -> None:
    paper = render(load_form(form_id), {}, finished(form_id, draft=True))
    assert paper.pages >= 1
    assert paper.anchors
