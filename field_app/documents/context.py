"""Answers and facts of a sheet turned into what a template prints."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from field_app.documents.corrections import corrected, earlier_at
from field_app.documents.values import Paths, Printed, PrintedList, group
from field_app.domain.chinese import date_cn, moment_cn, money_words
from field_app.domain.clock import CHINA
from field_app.domain.identity import parse_citizen_number
from field_app.forms.definition import Field, FormDefinition, Kind

_SPACE = "\u3000"
_BLANK = {
    Kind.DATE: f"{_SPACE * 3}年{_SPACE * 2}月{_SPACE * 2}日",
    Kind.MOMENT: f"{_SPACE * 2}年{_SPACE}月{_SPACE}日{_SPACE}时{_SPACE}分",
    Kind.LONG: _SPACE * 16, Kind.INT: _SPACE * 2, Kind.CHOICE: _SPACE * 4, Kind.SIGN: _SPACE * 6,
    Kind.BOOL: _SPACE * 2}
_COUNTS = "零一二三四五六七八九十"
_UNPRINTABLE = re.compile(
    "[^\n\u0020-\ud7ff\uf900-\ufffd\U00010000-\U000effff]")
_MAX_WHOLE = 10**15


@dataclass(frozen=True)
class PaperFacts:
    """What a sheet says besides the answers.

    ``doc_no``: number of a series or of the record; ``short_code``: printed beside the QR code;
    ``verify_text``: what the QR code holds, none when empty; ``log_head``: head of the event log,
    its first 16 figures are printed small; ``agency_name``: letterhead of forms that do not ask
    for the agency; ``party_name``: the case's party, for forms that do not ask for it;
    ``earlier``: answers of the record that this one corrects: what differs is shown struck, with
    a place to sign.
    """

    doc_no: str = ""
    case_no: str = ""
    short_code: str = ""
    verify_text: str = ""
    draft: bool = False
    log_head: str = ""
    agency_name: str = ""
    party_name: str = ""
    earlier: Mapping[str, Any] | None = None


def build_context(form: FormDefinition, answers: Mapping[str, Any],
                  facts: PaperFacts) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What templates of ``form`` may name, and the path of every marked value by its number.

    Takes answers of any state, drafts with gaps and wrong shapes too; what cannot be shown is
    shown blank.
    """
    builder = _Builder(form, answers, facts)
    context: dict[str, Any] = {
        field.key: builder.value(field, answers.get(field.key), field.key)
        for field in form.fields}
    context["paper"] = _paper(form, answers, facts)
    if facts.case_no and not answers.get("case_no"):
        context["case_no"] = facts.case_no
    return context, builder.paths.all


def _paper(form: FormDefinition, answers: Mapping[str, Any], facts: PaperFacts) -> dict[str, Any]:
    block = answers.get("ENT")
    block = block if isinstance(block, Mapping) else {}
    number = facts.doc_no or _words(block.get("doc_no"))
    if not number and form.numbering == "series":
        number = f"{_SPACE * 4}〔{_SPACE * 2}〕{_SPACE * 2}号"
    return {
        "doc_no": number or facts.case_no, "case_no": facts.case_no or _words(answers.get("case_no")),
        "short_code": facts.short_code, "log16": facts.log_head[:16], "draft": facts.draft,
        "agency": _words(block.get("agency_name")) or facts.agency_name
        or _first_agency(answers), "party": facts.party_name, "title": form.title, "copies": copies_text(form)}


def _first_agency(answers: Mapping[str, Any]) -> str:
    for key in ("officers", "servers"):
        people = answers.get(key)
        if isinstance(people, list) and people and isinstance(people[0], Mapping):
            return _words(people[0].get("agency"))
    return ""


def copies_text(form: FormDefinition) -> str:
    """``本文书一式两份：一份入卷，一份交当事人。``"""
    total = sum(copy.count for copy in form.copies)
    words = "两" if total == 2 else _count(total)
    return f"本文书一式{words}份：" + "，".join(
        f"{_count(c.count)}份{c.holder}" for c in form.copies) + "。"


def _count(number: int) -> str:
    return _COUNTS[number] if number < len(_COUNTS) else str(number)


class _Builder:
    def __init__(self, form: FormDefinition, answers: Mapping[str, Any],
                 facts: PaperFacts) -> None:
        self.paths = Paths()
        self._draft = facts.draft
        self._earlier = facts.earlier
        start = _moment(answers.get("start_at"))
        self._day = start.date() if start is not None else None

    def value(self, field: Field, raw: Any, path: str) -> Printed:
        if field.kind is Kind.STRUCT:
            return self._group(field, raw if isinstance(raw, Mapping) else {}, path)
        if field.kind is Kind.LIST and field.item is not None:
            return self._list(field, field.item, raw if isinstance(raw, list) else [], path)
        text = _text(field, raw)
        number = self.paths.number(path)
        shown = self._with_correction(field, text, path) if text else self._blank(field)
        parts = self._parts(field, raw, shown, number)
        answered = raw is True if field.kind is Kind.BOOL else bool(text)
        return Printed(shown, number, answered=answered, raw=raw, parts=parts)

    def _with_correction(self, field: Field, text: str, path: str) -> str:
        if self._earlier is None:
            return text
        old = _text(field, earlier_at(self._earlier, path))
        return text if old in ("", text) else corrected(old, text)

    def _blank(self, field: Field) -> str:
        if field.kind is Kind.INT and field.default:
            return field.default
        if field.when_empty:
            return field.when_empty
        if self._draft or field.after_printing:
            return _BLANK.get(field.kind, _SPACE * 6)
        return ""

    def _group(self, field: Field, given: Mapping[str, Any], path: str) -> Printed:
        known = {**_from_id_number(given), **given}
        parts = {child.key: self.value(child, known.get(child.key), f"{path}.{child.key}")
                 for child in field.fields}
        return group(parts, title=parts.get("name", next(iter(parts.values()))), raw=given)

    def _list(self, field: Field, item: Field, given: list[Any], path: str) -> PrintedList:
        number = self.paths.number(path)
        raws = given or [None] * (self._blank_rows(field))
        items = [self.value(item, raw, f"{path}[{n}]") for n, raw in enumerate(raws)]
        return PrintedList(items, self._blank(field) if not items else "", number,
                           answered=bool(given))

    def _blank_rows(self, field: Field) -> int:
        """Officers' lines are drawn on a draft, and one row of anything else that is required."""
        if not self._draft:
            return 0
        item = field.item
        officers = item is not None and item.block == "OFFICER"
        return field.min_items if officers else min(field.min_items, 1)

    def _parts(self, field: Field, raw: Any, shown: str, number: int) -> dict[str, Any]:
        if field.kind in (Kind.LONG, Kind.TEXT):
            return {"lines": [Printed(line, number, answered=True) for line in _lines(shown)]}
        if field.kind is Kind.MOMENT:
            return self._moment_parts(_moment(raw), number)
        if field.kind is Kind.DATE:
            return {"age": Printed(self._age(_day(raw)), number, answered=bool(raw))}
        if field.kind is Kind.MONEY and isinstance(raw, int) and not isinstance(raw, bool) \
                and 0 <= raw < 10**18:
            return {"words": Printed(money_words(raw), number, answered=True)}
        if field.kind in (Kind.CHOICE, Kind.CHOICE_TEXT):
            chosen = raw.get("choice") if isinstance(raw, Mapping) else raw
            options = [{"box": Printed("■" if c == chosen else "□", number, answered=True),
                        "label": Printed(c, number, answered=True)} for c in field.choices]
            note = raw.get("text") if isinstance(raw, Mapping) else ""
            return {"options": options,
                    "text": Printed(_words(note), number, answered=bool(note))}
        return {"words": Printed("", number, answered=False)} if field.kind is Kind.MONEY else {}

    def _moment_parts(self, moment: datetime | None, number: int) -> dict[str, Any]:
        if moment is None:
            blank = _BLANK[Kind.MOMENT]
            cut = blank.index("日") + 1
            return {"day": Printed(blank[:cut], number, answered=False),
                    "clock": Printed(blank[cut:], number, answered=False)}
        return {"day": Printed(date_cn(moment.date()), number, answered=True),
                "clock": Printed(f"{moment.hour}时{moment.minute:02d}分", number, answered=True)}

    def _age(self, birth: date | None) -> str:
        if birth is None or self._day is None or birth > self._day:
            return _SPACE * 2
        before = (self._day.month, self._day.day) < (birth.month, birth.day)
        return str(self._day.year - birth.year - int(before))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()] or [text]


def _from_id_number(given: Mapping[str, Any]) -> dict[str, Any]:
    """Gender and birth as a citizen number tells them."""
    number, kind = given.get("id_no"), given.get("id_type")
    if not isinstance(number, str) or "身份证" not in str(kind or "身份证"):
        return {}
    try:
        citizen = parse_citizen_number(number)
    except ValueError:
        return {}
    return {"gender": citizen.gender, "birth": citizen.birth.isoformat()}


def _day(raw: Any) -> date | None:
    try:
        return date.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        return None


def _moment(raw: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(raw) if isinstance(raw, str) and "T" in raw else None
    except ValueError:
        return None
    if moment is None or moment.tzinfo is None:
        return None
    return moment.astimezone(CHINA)


def _text(field: Field, raw: Any) -> str:
    """The answer as it is printed on one line; empty when there is none or it has no such shape."""
    whole = isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < _MAX_WHOLE
    if field.kind is Kind.DATE:
        day = _day(raw)
        return date_cn(day) if day is not None else ""
    if field.kind is Kind.MOMENT:
        moment = _moment(raw)
        return moment_cn(moment) if moment is not None else ""
    if field.kind is Kind.BOOL:
        return ("是" if raw else "否") if isinstance(raw, bool) else ""
    if field.kind is Kind.MONEY:
        return f"{raw // 100:,}.{raw % 100:02d}元" if whole else ""
    return str(raw) if field.kind is Kind.INT and whole else _words(raw)


def _words(raw: Any) -> str:
    if isinstance(raw, Mapping):
        said, note = raw.get("choice") or raw.get("name"), raw.get("text")
        return "。".join(_printable(part) for part in (said, note) if isinstance(part, str))
    return _printable(raw) if isinstance(raw, str) else ""


def _printable(text: str) -> str:
    """A draft's text without what no XML file can hold, and without anything like our marks."""
    return _UNPRINTABLE.sub("", text).strip()
