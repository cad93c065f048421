"""Where the papers come from and how sure that is, for administrators."""

from dataclasses import dataclass

from field_app.forms import Field, list_forms, load_form
from field_app.forms.telling import CONFIDENCE, show_form, show_lines


@dataclass(frozen=True)
class FormSource:
    """A form with its source; ``doubts``: fields and statements with a source not yet read."""

    form_id: str
    title: str
    source: str
    confidence: str
    doubts: int


def _doubts(field: Field) -> int:
    here = int(bool(field.source) and field.confidence != "V")
    inner = field.item.fields if field.item is not None else field.fields
    return here + sum(_doubts(child) for child in inner)


def form_sources() -> list[FormSource]:
    """All forms of this desk, in the order of the catalogue."""
    found = []
    for summary in list_forms():
        form = load_form(summary.form_id)
        doubts = sum(_doubts(f) for f in form.fields) + sum(
            s.confidence != "V" for s in form.statements)
        found.append(FormSource(form.form_id, form.title, form.source,
                                CONFIDENCE[form.confidence], doubts))
    return found


def form_told(form_id: str) -> list[str]:
    """One form line by line, with its doubts marked; fields by the names officers know."""
    return list(show_lines(show_form(load_form(form_id)), keys=False))
