"""The other papers that answers refer to by number."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from field_app.forms.definition import Field, FormDefinition, Kind

Reference = tuple[str, str, str, str]


def references(form: FormDefinition, answers: Mapping[str, Any]) -> list[Reference]:
    """(form referred to, label, path, number) of each reference that names a form."""
    return list(_references(form.fields, answers, ""))


def _references(fields: Iterable[Field], answers: Any, owner: str) -> Iterator[Reference]:
    if not isinstance(answers, Mapping):
        return
    for field in fields:
        value, path = answers.get(field.key), f"{owner}{field.key}"
        if field.kind is Kind.REF and field.ref_form and isinstance(value, str) and value:
            yield field.ref_form, field.label, path, value
        elif field.kind is Kind.STRUCT:
            yield from _references(field.fields, value, f"{path}.")
        elif field.kind is Kind.LIST and field.item is not None and isinstance(value, list):
            for n, item in enumerate(value):
                yield from _references(field.item.fields, item, f"{path}[{n}].")
