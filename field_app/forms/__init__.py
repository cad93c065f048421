"""What officers are asked: form definitions, read strictly, and the checking of answers."""

from field_app.forms.catalogue import check_forms, list_forms, load_form
from field_app.forms.checking import check_answers
from field_app.forms.definition import (
    Field,
    FormDefinition,
    FormFileError,
    FormSummary,
    FormUnknown,
    Kind,
    Need,
)

__all__ = [
    "Field",
    "FormDefinition",
    "FormFileError",
    "FormSummary",
    "FormUnknown",
    "Kind",
    "Need",
    "check_answers",
    "check_forms",
    "list_forms",
    "load_form",
]
