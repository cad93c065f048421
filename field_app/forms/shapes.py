"""Whether one answer has the JSON shape of its kind, within its bounds."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from field_app.forms.definition import Field, Kind
from field_app.forms.finding import Finding, moment_of

_SIGN_KEYS = frozenset({"name", "at", "sign", "fingerprint", "note"})
_MAX_NUMBER = 10**15


def shape_problem(field: Field, value: Any) -> Finding | None:
    """What is wrong with the shape, or None; the value is not empty."""
    return _JUDGES[field.kind](field, value)


def _wrong(field: Field, should: str) -> Finding:
    return Finding(f"“{field.label}”的格式不对", f"应为{should}")


def _text(field: Field, value: Any) -> Finding | None:
    if not isinstance(value, str):
        return _wrong(field, "文字")
    if len(value) > field.max_length:
        return Finding(f"“{field.label}”有{len(value)}字，超过{field.max_length}字",
                       "请精简，或另附材料并在此注明")
    if len(value.strip()) < field.min_length:
        return Finding(f"“{field.label}”只有{len(value.strip())}字，少于{field.min_length}字",
                       field.help or "请写完整", confidence=field.confidence)
    return None


def _date(field: Field, value: Any) -> Finding | None:
    try:
        # Only 2026-05-20: fromisoformat alone would also take 20260520 and week dates.
        ok = isinstance(value, str) and len(value) == 10 and value[4] == value[7] == "-" \
            and bool(date.fromisoformat(value))
    except ValueError:
        ok = False
    return None if ok else _wrong(field, "日期，例如2026-05-20")


def _moment(field: Field, value: Any) -> Finding | None:
    ok = isinstance(value, str) and len(value) >= 22 and value[4] == value[7] == "-" \
        and moment_of(value) is not None
    return None if ok else _wrong(field, "带时区的时间，精确到分，例如2026-05-14T09:30:00+08:00")


def _bool(field: Field, value: Any) -> Finding | None:
    return None if isinstance(value, bool) else _wrong(field, "是（true）或否（false）")


def _whole(field: Field, value: Any) -> Finding | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return _wrong(field, "整数")
    low = 0 if field.minimum is None else field.minimum
    high = _MAX_NUMBER if field.maximum is None else field.maximum
    if not low <= value <= high:
        return _wrong(field, f"{low}至{high}之间的整数")
    return None


def _choice(field: Field, value: Any) -> Finding | None:
    if field.open_choice:
        return _text(field, value)
    if not isinstance(value, str) or value not in field.choices:
        return Finding(f"“{field.label}”填的不是可选项", f"请选择：{'、'.join(field.choices)}")
    return None


def _choice_text(field: Field, value: Any) -> Finding | None:
    if not isinstance(value, Mapping) or not set(value) <= {"choice", "text"}:
        return _wrong(field, "选择和说明（choice、text）")
    text = value.get("text", "")
    if not isinstance(text, str) or len(text) > field.max_length:
        return _wrong(field, f"不超过{field.max_length}字的说明")
    return _choice(field, value.get("choice"))


def _sign(field: Field, value: Any) -> Finding | None:
    if isinstance(value, str):
        return _text(field, value)
    if not isinstance(value, Mapping) or not set(value) <= _SIGN_KEYS:
        return _wrong(field, "签名人姓名，或姓名和时间（name、at）")
    for part in value.values():
        if not isinstance(part, str | bool) or (isinstance(part, str) and len(part) > 60):
            return _wrong(field, "签名人姓名和时间")
    return None


def _auto(field: Field, value: Any) -> Finding | None:
    if isinstance(value, bool | int):
        return None
    return _text(field, value)


def _struct(field: Field, value: Any) -> Finding | None:
    return None if isinstance(value, Mapping) else _wrong(field, "带栏目名的一组内容")


def _list(field: Field, value: Any) -> Finding | None:
    if not isinstance(value, list):
        return _wrong(field, "列表")
    if len(value) > field.max_items:
        return Finding(f"“{field.label}”有{len(value)}项，超过{field.max_items}项",
                       "请精简，或另附清单并在此注明")
    if field.item is not None and any(item is None or item == "" for item in value):
        return Finding(f"“{field.label}”中有空项", "请填写或删去空项")
    return None


_JUDGES: Mapping[Kind, Callable[[Field, Any], Finding | None]] = {
    Kind.TEXT: _text, Kind.LONG: _text, Kind.DATE: _date, Kind.MOMENT: _moment, Kind.BOOL: _bool,
    Kind.INT: _whole, Kind.MONEY: _whole, Kind.CHOICE: _choice, Kind.CHOICE_TEXT: _choice_text,
    Kind.REF: _text, Kind.SIGN: _sign, Kind.AUTO: _auto, Kind.STRUCT: _struct, Kind.LIST: _list,
}
