"""What a form is: a frozen tree of fields with their labels, kinds, needs and named checks."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from field_app.errors import FieldAppError


class FormFileError(FieldAppError):
    """A form's file is not what forms/README.md allows; ``place`` says where in the file."""

    def __init__(self, file: Path, place: str, problem: str) -> None:
        super().__init__(f"{file}: {place}: {problem}" if place else f"{file}: {problem}")
        self.file = file
        self.place = place
        self.problem = problem


class FormUnknown(FieldAppError):
    """No form of that id, or not in that version."""

    def __init__(self, form_id: str, version: int | None) -> None:
        super().__init__(f"no form {form_id!r}" + (f" version {version}" if version else ""))
        self.form_id = form_id
        self.version = version


class Kind(Enum):
    """What an answer is; the JSON shape stands beside each."""

    TEXT = "text"  # one line
    LONG = "long"  # several lines, "\n" between paragraphs
    DATE = "date"  # "2026-05-20"
    MOMENT = "moment"  # "2026-05-14T09:30:00+08:00"
    BOOL = "bool"
    INT = "int"
    MONEY = "money"  # fen, null where there is none
    CHOICE = "choice"  # one of the field's choices
    CHOICE_TEXT = "choice_text"  # {"choice": ..., "text": ...}
    REF = "ref"  # another paper, recording or photo, by its number
    SIGN = "sign"  # who signed, told after printing: a name or {"name", "at"}
    AUTO = "auto"  # the desk's own: page numbers and the like; may be absent
    STRUCT = "struct"  # an object with the field's own fields
    LIST = "list"  # of items like the field's ``item``


class Need(Enum):
    """R required, C required when the named condition holds, O optional."""

    REQUIRED = "R"
    CONDITIONAL = "C"
    OPTIONAL = "O"


@dataclass(frozen=True)
class Field:
    """One thing that is asked.

    ``block``: name of the shared block that gave a struct its fields, else empty;
    ``condition``: rule name (field_app.forms.conditions) for ``Need.CONDITIONAL``, empty when the
    need is judged by a check; ``checks``: rule names (field_app.forms.checks); ``min_length`` and
    ``max_length`` in characters, ``min_items`` and ``max_items`` for lists; ``after_printing``:
    comes after the paper was printed and is never missed before; ``open_choice``: other values
    than ``choices`` may be typed; ``when_empty``: what the paper shows where there is no answer;
    ``default``: text offered to officers; ``confidence``: V, P, M or I.
    """

    key: str
    label: str
    kind: Kind
    need: Need
    block: str = ""
    condition: str = ""
    checks: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    open_choice: bool = False
    min_length: int = 0
    max_length: int = 0
    min_items: int = 0
    max_items: int = 0
    minimum: int | None = None
    maximum: int | None = None
    fields: tuple["Field", ...] = ()
    item: "Field | None" = None
    ref_form: str = ""
    after_printing: bool = False
    when_empty: str = ""
    default: str = ""
    help: str = ""
    group: str = ""
    source: str = ""
    confidence: str = "I"

    def child(self, key: str) -> "Field | None":
        """The field of a struct with that key."""
        return next((field for field in self.fields if field.key == key), None)


@dataclass(frozen=True)
class Statement:
    """What the paper must say by law: every one of ``phrases`` is printed word for word.

    ``applies``: condition rule name, empty when always.
    """

    key: str
    text: str
    phrases: tuple[str, ...]
    applies: str
    source: str
    confidence: str


@dataclass(frozen=True)
class Copy:
    """One copy of a paper and who gets it."""

    holder: str
    count: int


@dataclass(frozen=True)
class BlockUse:
    """A shared block in the version a form was written with."""

    name: str
    version: int
    sha256: str


@dataclass(frozen=True)
class FormSummary:
    """A line of the list of forms."""

    form_id: str
    version: int
    title: str
    group: int
    number_word: str


@dataclass(frozen=True)
class FormDefinition:
    """A released form.

    ``sha256``: of the form's file, lower-case hex; ``blocks``: the shared blocks it pins;
    ``numbering``: ``series`` for a document number of a yearly series, ``case`` for
    ``案号-文种-序``; ``internal``: never leaves the agency; ``av_required``: must be recorded.
    """

    form_id: str
    version: int
    sha256: str
    title: str
    group: int
    when: str
    who: str
    number_word: str
    numbering: str
    copies: tuple[Copy, ...]
    entrusted: str
    internal: bool
    av_required: bool
    statements: tuple[Statement, ...]
    fields: tuple[Field, ...]
    blocks: tuple[BlockUse, ...]
    source: str
    confidence: str

    @property
    def summary(self) -> FormSummary:
        """The form's line in a list."""
        return FormSummary(self.form_id, self.version, self.title, self.group, self.number_word)

    def field_at(self, path: str) -> Field | None:
        """The field a path such as ``PARTY.id_no`` or ``qa[2].a`` leads to."""
        here: Field | None = Field("", "", Kind.STRUCT, Need.REQUIRED, fields=self.fields)
        for step in path.replace("[", ".[").split("."):
            if here is None:
                return None
            here = here.item if step.startswith("[") else here.child(step)
        return here
