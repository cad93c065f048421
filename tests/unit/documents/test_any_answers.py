"""Any answers that a form's definition allows are drawn whole, for every form."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from field_app.documents.fonts import missing_characters
from field_app.documents.render import Paper, PaperFacts, render
from field_app.domain.reasons import Level
from field_app.forms import Field, FormDefinition, Kind, check_answers, list_forms, load_form
from field_app.forms.conditions import CONDITIONS, Scope
from field_app.forms.longest import longest_answers

FORMS = [f.form_id for f in list_forms()]
TODAY = date(2026, 11, 24)
SIGNS = "现场检查安全生产行政处罚决定当事人执法文书龘喆堃㙦䶮𬍛𠅤，。、；：？！（）《》“”……——·％0123456789AZaz.-/ "
Sample = Callable[[str], dict[str, Any]]
DAYS = st.dates(date(2020, 1, 1), date(2029, 12, 31)).map(date.isoformat)
MOMENTS = st.tuples(DAYS, st.integers(0, 23), st.integers(0, 59)).map(
    lambda t: f"{t[0]}T{t[1]:02d}:{t[2]:02d}:00+08:00")


def words(field: Field, *, lines: bool = False) -> st.SearchStrategy[str]:
    """Text within the field's bounds, now and then as long as it takes."""
    low, high = max(field.min_length, 1), max(min(field.max_length or 60, 400), 1)
    letters = SIGNS + ("\n" if lines else "")
    short = st.text(letters, min_size=low, max_size=max(min(high, 40), low))
    full = st.integers(low, max(high, low)).map(lambda n: ("关于现场情况的说明，" * (n // 9 + 1))[:n])
    return st.one_of(short, full).filter(lambda t: len(t.strip()) >= low)


def value(field: Field) -> st.SearchStrategy[Any]:
    """What the field's kind, choices and bounds allow."""
    low, high = field.minimum or 0, field.maximum if field.maximum is not None else 10**9
    made: dict[Kind, Callable[[], st.SearchStrategy[Any]]] = {
        Kind.TEXT: lambda: words(field), Kind.LONG: lambda: words(field, lines=True),
        Kind.REF: lambda: words(field), Kind.SIGN: lambda: words(field),
        Kind.AUTO: st.none, Kind.DATE: lambda: DAYS, Kind.MOMENT: lambda: MOMENTS,
        Kind.BOOL: st.booleans, Kind.INT: lambda: st.integers(low, high),
        Kind.MONEY: lambda: st.integers(low, high),
        Kind.CHOICE: lambda: st.sampled_from(field.choices) if not field.open_choice else st.one_of(
            st.sampled_from(field.choices), words(field)),
        Kind.CHOICE_TEXT: lambda: st.fixed_dictionaries(
            {"choice": st.sampled_from(field.choices), "text": words(field)}),
        Kind.STRUCT: lambda: group(field.fields), Kind.LIST: lambda: several(field)}
    return made[field.kind]()


def group(fields: tuple[Field, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={f.key: value(f) for f in fields})


def several(field: Field) -> st.SearchStrategy[list[Any]]:
    assert field.item is not None
    low = field.min_items
    return st.lists(value(field.item), min_size=low, max_size=max(low, min(field.max_items, 6)))


def changed(form: FormDefinition, answers: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """The training answers with a few fields drawn anew; those the checks refuse are put back."""
    keys = data.draw(st.lists(st.sampled_from([f.key for f in form.fields]), min_size=1, max_size=4,
                              unique=True))
    drawn = {f.key: data.draw(value(f)) for f in form.fields if f.key in keys}
    given = answers | {k: v for k, v in drawn.items() if v is not None}
    for _ in range(len(keys)):
        wrong = {re.split(r"[.\[]", r.where)[0] for r in blocking(form, given)}
        if not wrong:
            return given
        given |= {k: answers[k] for k in keys if k in answers and (k in wrong or not wrong & set(keys))}
        given = {k: v for k, v in given.items() if k in answers or k not in wrong}
    return given if not blocking(form, given) else answers


def blocking(form: FormDefinition, answers: dict[str, Any]) -> list[Any]:
    return [r for r in check_answers(form, answers, today=TODAY,
                                     missing_characters=missing_characters)
            if r.level is Level.BLOCK]


def check_paper(form: FormDefinition, answers: dict[str, Any], made: Paper,
                pages_text: Callable[[bytes], list[str]], docx_text: Callable[[bytes], str]) -> None:
    """Nothing overflows, the PDF has what the .docx has, statements stand, pages are counted."""
    assert made.warnings == ()
    pages = pages_text(made.pdf)
    assert len(pages) == made.pages
    flat = re.sub(r"\s+", "", "".join(pages)).replace("\ufffe", "-")
    written = re.sub(r"\s+", "", docx_text(made.docx))
    lost = Counter(written) - Counter(flat)
    lost.subtract({"1": 1})  # the number of pages that the .docx holds until Word counts them
    assert not +lost, lost
    scope = Scope(siblings=answers, answers=answers)
    for statement in form.statements:
        if not statement.applies or CONDITIONS[statement.applies](scope):
            for phrase in statement.phrases:
                # In the PDF a page's foot may stand between; that nothing is lost was counted above.
                assert re.sub(r"\s+", "", phrase) in written, (statement.key, phrase)


def trial(examples: int) -> Callable[[Any], Any]:
    return settings(max_examples=examples, deadline=None, database=None, derandomize=True,
                    phases=[Phase.generate], suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("form_id", FORMS[::7])
def test_answers_within_the_definition_print(
        form_id: str, sample: Sample, finished: Callable[[str], PaperFacts],
        pages_text: Callable[[bytes], list[str]], docx_text: Callable[[bytes], str]) -> None:
    _try(form_id, 2, sample, finished, pages_text, docx_text)


@pytest.mark.soak
@pytest.mark.parametrize("form_id", FORMS)
def test_many_answers_within_the_definition_print(
        form_id: str, sample: Sample, finished: Callable[[str], PaperFacts],
        pages_text: Callable[[bytes], list[str]], docx_text: Callable[[bytes], str]) -> None:
    _try(form_id, 15, sample, finished, pages_text, docx_text)


def _try(form_id: str, examples: int, sample: Sample, finished: Callable[[str], PaperFacts],
         pages_text: Callable[[bytes], list[str]], docx_text: Callable[[bytes], str]) -> None:
    form = load_form(form_id)

    @trial(examples)
    @given(data=st.data())
    def run(data: st.DataObject) -> None:
        answers = changed(form, sample(form_id), data)
        made = render(form, answers, finished(form_id))
        check_paper(form, answers, made, pages_text, docx_text)

    run()


@pytest.mark.parametrize("form_id", [
    pytest.param(f, marks=() if n % 24 == 0 else pytest.mark.soak) for n, f in enumerate(FORMS)])
def test_the_longest_answers_overflow_nowhere(
        form_id: str, finished: Callable[[str], PaperFacts],
        pages_text: Callable[[bytes], list[str]], docx_text: Callable[[bytes], str]) -> None:
    """Every field at its bound: all of it stands in the PDF as often as in the .docx."""
    form = load_form(form_id)
    made = render(form, longest_answers(form), finished(form_id))
    assert made.warnings == ()
    flat = re.sub(r"\s+", "", "".join(pages_text(made.pdf)))
    written = re.sub(r"\s+", "", docx_text(made.docx))
    assert sum((Counter(written) - Counter(flat.replace("\ufffe", "-"))).values()) <= 1
