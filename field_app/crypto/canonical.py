"""Canonical JSON (RFC 8785), the only form in which anything is hashed or signed.

Floats are refused: their text differs between writers, and no signed fact of ours needs one.
"""

import json
import re
from typing import Any

import rfc8785

from field_app.errors import FieldAppError

MAX_JSON_BYTES = 16 << 20
MAX_DEPTH = 32
# A text of 16 MiB without a word in it would become a gigabyte of empty lists.
MAX_VALUES = 2_000_000


class MalformedJson(FieldAppError):
    """Bytes from outside are not the JSON we accept."""


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("floats are not canonical")
    if isinstance(value, dict):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)


def canonical(value: Any) -> bytes:
    """The one byte form of ``value``: dicts, lists, strings, integers, booleans, None."""
    _refuse_floats(value)
    return rfc8785.dumps(value)


# A string without end is one up to the end of the text: otherwise each of its quotation marks would be tried
# as a beginning, and a text of some MiB would hold a reader for hours. Nobody reads such a text further.
_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")


def _depth_ok(text: str) -> bool:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return True
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            return False
    return True


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise MalformedJson("duplicate key")
    return made


def _no_constant(name: str) -> Any:
    raise MalformedJson(f"{name} is not JSON")


def parse(data: bytes, *, limit: int = MAX_JSON_BYTES, values: int = MAX_VALUES,
          must_be_canonical: bool = True) -> Any:
    """Read JSON from outside: bounded in size, depth and ``values``, no duplicate keys, no floats.

    Raises :class:`MalformedJson`. With ``must_be_canonical`` the bytes must be the RFC 8785 form.
    """
    if len(data) > limit:
        raise MalformedJson(f"larger than {limit} bytes")
    try:
        # Each value is followed by a comma or ends what was opened; those inside strings count as well.
        if sum(map(data.count, (b",", b"[", b"{"))) > values:
            raise MalformedJson(f"more than {values} values")
        text = data.decode("utf-8")
        if not _depth_ok(text):
            raise MalformedJson(f"deeper than {MAX_DEPTH}")
        value = json.loads(
            text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
        if must_be_canonical and canonical(value) != data:
            raise MalformedJson("not in canonical form")
    except (UnicodeError, ValueError, TypeError, RecursionError,
            rfc8785.CanonicalizationError) as error:
        raise MalformedJson(type(error).__name__) from error
    return value
