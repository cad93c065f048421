"""Checks a filled form against its definition and says, place by place, what is wrong and what to do."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from field_app.domain.reasons import Level, Reason
from field_app.forms.checks import CHECKS
from field_app.forms.conditions import CONDITIONS, Scope
from field_app.forms.definition import Field, FormDefinition, Kind, Need
from field_app.forms.finding import Finding, Place
from field_app.forms.shapes import shape_problem
from field_app.forms.text_safety import bad_characters

MissingCharacters = Callable[[str], list[str]]
_INDEX = re.compile(r"\[[0-9]+\]")
_MAX_CHARACTERS = 400_000


def check_answers(
    form: FormDefinition, answers: Any, *, today: date,
    missing_characters: MissingCharacters | None = None,
) -> list[Reason]:
    """Everything wrong with ``answers``; empty when the paper may be printed.

    ``today`` is the local day. ``missing_characters`` says which characters of a text no font
    has (``field_app.documents.fonts.missing_characters``); without it fonts are not asked.
    What comes after printing (signatures, receipts) is never missed.
    """
    if not isinstance(answers, Mapping):
        return [Reason(form.form_id, Level.BLOCK, "填写内容不是一个对象",
                       "请提供以字段名为键的内容", confidence="I")]
    if _size(answers, 0) > _MAX_CHARACTERS:
        return [Reason(form.form_id, Level.BLOCK, "填写内容过长",
                       f"全部内容不超过{_MAX_CHARACTERS}字，过长的请另附材料", confidence="I")]
    walk = _Walk(form, answers, today, missing_characters)
    return [walk.reason(where, finding) for where, finding in
            walk.struct(form.fields, answers, "")]


def _size(value: Any, depth: int) -> int:
    if depth > 8:
        return _MAX_CHARACTERS + 1
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(_size(k, depth + 1) + _size(v, depth + 1) for k, v in value.items())
    if isinstance(value, list):
        return len(value) + sum(_size(v, depth + 1) for v in value)
    return 1


def is_empty(value: Any) -> bool:
    """No answer: null, blank text, an empty list or object."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, list | Mapping) and not value)


Found = Iterator[tuple[str, Finding]]


@dataclass(frozen=True)
class _Walk:
    form: FormDefinition
    answers: Mapping[str, Any]
    today: date
    missing_characters: MissingCharacters | None

    def reason(self, where: str, finding: Finding) -> Reason:
        place = finding.where or where
        return Reason(f"{self.form.form_id}.{_INDEX.sub('', place)}", finding.level, finding.text,
                      finding.remedy.rstrip("。"), finding.basis, finding.confidence, place)

    def struct(self, fields: tuple[Field, ...], given: Mapping[str, Any], path: str) -> Found:
        known = {field.key for field in fields}
        for key in given:
            if key not in known:
                yield f"{path}{key}", Finding(f"没有名为“{key}”的栏目", "请核对栏目名称后删除或改正")
        for field in fields:
            yield from self.field(field, given.get(field.key), given, f"{path}{field.key}")

    def field(self, field: Field, value: Any, siblings: Mapping[str, Any], path: str) -> Found:
        if is_empty(value):
            if self._needed(field, siblings):
                yield path, Finding(f"“{field.label}”没有填写", field.help or "请填写后再定稿",
                                    basis="", confidence=field.confidence)
            return
        problem = shape_problem(field, value)
        if problem is not None:
            yield path, problem
            return
        place = Place(value, path, field, siblings, self.answers, self.today)
        found = [finding for name in field.checks for finding in CHECKS[name](place)]
        yield from self._text(field, value, path)
        if field.kind is Kind.STRUCT:
            yield from self.struct(field.fields, value, f"{path}.")
        elif field.kind is Kind.LIST:
            # A check that already speaks of the list says better what is missing than a count.
            counted = any(not finding.where for finding in found)
            yield from self._list(field, value, path, counted=counted)
        for finding in found:
            yield path, finding

    def _needed(self, field: Field, siblings: Mapping[str, Any]) -> bool:
        if field.after_printing:
            return False
        if field.need is Need.CONDITIONAL and field.condition:
            return CONDITIONS[field.condition](Scope(siblings, self.answers))
        return field.need is Need.REQUIRED

    def _list(self, field: Field, items: list[Any], path: str, *, counted: bool) -> Found:
        if len(items) < field.min_items and not counted:
            yield path, Finding(f"“{field.label}”至少填写{field.min_items}项，现有{len(items)}项",
                                "请补充完整", confidence=field.confidence)
        if field.item is not None:
            for n, item in enumerate(items):
                yield from self.field(field.item, item, {}, f"{path}[{n}]")

    def _text(self, field: Field, value: Any, path: str) -> Found:
        texts = value.values() if isinstance(value, Mapping) and field.kind in (
            Kind.CHOICE_TEXT, Kind.SIGN) else [value]
        for text in texts:
            if isinstance(text, str):
                yield from self._characters(field, text, path)

    def _characters(self, field: Field, text: str, path: str) -> Found:
        bad = bad_characters(text, lines=field.kind in (Kind.LONG, Kind.CHOICE_TEXT))
        for character in bad:
            remedy = f"请改用“{character.instead}”" if character.instead else "请删除该字符"
            yield path, Finding(f"“{field.label}”含有{character.kind}（{character.code}）", remedy)
        if self.missing_characters is not None and not bad:
            missing = self.missing_characters(text)
            if missing:
                yield path, Finding(f"“{field.label}”中的“{'、'.join(missing)}”没有可打印的字形",
                                    "请核对该字；确需使用的，请联系管理员补充字库")
