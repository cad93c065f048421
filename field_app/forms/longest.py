"""Answers as long as a form allows, to see whether a template holds them."""

from typing import Any

from field_app.forms.definition import Field, FormDefinition, Kind

_WORDS = "现场情况经核对属实，有关材料已收集在案；"
_TEXT, _LINE, _LONG, _ITEMS = 60, 300, 2000, 12
_NAME = "重庆市武隆区某某街道某某农业综合开发有限责任公司"


def longest_answers(form: FormDefinition) -> dict[str, Any]:
    """Every field filled to its bound, yet at most 300 characters on one line, 2,000 in a long text
    and 12 items in a list (60 and 2,000 where the form sets none). Meant for layout only: the
    answers contradict each other."""
    return {field.key: _longest(field) for field in form.fields if field.kind is not Kind.AUTO}


def _words(length: int) -> str:
    return (_WORDS * (length // len(_WORDS) + 1))[:length]


def _longest(field: Field) -> Any:
    if field.kind is Kind.STRUCT:
        return {c.key: _longest(c) for c in field.fields if c.kind is not Kind.AUTO}
    if field.kind is Kind.LIST and field.item is not None:
        many = max(min(field.max_items or _ITEMS, _ITEMS), field.min_items)
        return [_longest(field.item) for _ in range(many)]
    line = _words(min(field.max_length or _TEXT, _LINE))
    choice = max(field.choices, key=len, default=line)
    by_kind: dict[Kind, Any] = {
        Kind.DATE: "2026-12-31", Kind.MOMENT: "2026-12-31T23:59:00+08:00", Kind.BOOL: True,
        Kind.INT: 999_999 if field.maximum is None else field.maximum,
        Kind.MONEY: 123_456_789_012, Kind.CHOICE: choice,
        Kind.CHOICE_TEXT: {"choice": choice, "text": line},
        Kind.LONG: _words(min(field.max_length or _LONG, _LONG))}
    name = _NAME[:field.max_length or None] if field.key == "name" else line
    return by_kind.get(field.kind, name)
