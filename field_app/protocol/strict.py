"""Reads members of JSON objects from outside: every member known, typed and bounded, or refused."""

import base64
import binascii
import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

from field_app.errors import FieldAppError

SHA256 = re.compile(r"[0-9a-f]{64}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UNTELLABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
MAX_INTEGER = (1 << 53) - 1
TEXT_LIMIT = 2000


class Malformed(FieldAppError):
    """A value from outside is not what its format says; ``where`` is its place, ``why`` what."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


def checked_text(value: object, where: str, *, limit: int = TEXT_LIMIT, empty: bool = False,
                 pattern: re.Pattern[str] | None = None) -> str:
    """A string of at most ``limit`` characters, free of control characters and surrogates."""
    if not isinstance(value, str):
        raise Malformed(where, "not a string")
    if len(value) > limit or (not value and not empty) or _CONTROL.search(value):
        raise Malformed(where, "length or characters")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Malformed(where, "not Unicode text") from error
    if pattern is not None and not pattern.fullmatch(value):
        raise Malformed(where, "form")
    return value


def tellable(text: str, limit: int = 200) -> str:
    """What strict readers take of any text: at most ``limit`` characters, none of them control or surrogate."""
    return _UNTELLABLE.sub("?", text[:limit])


def checked_integer(value: object, where: str, *, low: int = 0, high: int = MAX_INTEGER) -> int:
    """An integer (never a boolean) from ``low`` to ``high``."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Malformed(where, "not an integer in range")
    return value


def checked_list(value: object, where: str, *, limit: int) -> list[Any]:
    """A list of at most ``limit`` items."""
    if not isinstance(value, list) or len(value) > limit:
        raise Malformed(where, "not a list in range")
    return value


class Members:
    """The members of one JSON object; exactly ``names`` must be there."""

    def __init__(self, value: object, where: str, names: Collection[str]) -> None:
        if not isinstance(value, dict):
            raise Malformed(where, "not an object")
        if set(value) != set(names):
            odd = sorted(str(name)[:40] for name in set(value) ^ set(names))
            raise Malformed(where, f"members {', '.join(odd[:5])}")
        self._value: dict[str, Any] = value
        self._where = where

    def place(self, name: str) -> str:
        return f"{self._where}.{name}"

    def raw(self, name: str) -> Any:
        return self._value[name]

    def is_null(self, name: str) -> bool:
        return self._value[name] is None

    def text(self, name: str, *, limit: int = TEXT_LIMIT, empty: bool = False,
             pattern: re.Pattern[str] | None = None) -> str:
        return checked_text(
            self._value[name], self.place(name), limit=limit, empty=empty, pattern=pattern)

    def text_or_none(self, name: str, *, pattern: re.Pattern[str] | None = None) -> str | None:
        return None if self.is_null(name) else self.text(name, pattern=pattern)

    def sha256(self, name: str) -> str:
        return self.text(name, limit=64, pattern=SHA256)

    def sha256_or_none(self, name: str) -> str | None:
        return None if self.is_null(name) else self.sha256(name)

    def uuid(self, name: str) -> str:
        return self.text(name, limit=36, pattern=UUID)

    def choice(self, name: str, allowed: Collection[str]) -> str:
        value = self.text(name, limit=40)
        if value not in allowed:
            raise Malformed(self.place(name), "unknown value")
        return value

    def integer(self, name: str, *, low: int = 0, high: int = MAX_INTEGER) -> int:
        return checked_integer(self._value[name], self.place(name), low=low, high=high)

    def flag(self, name: str) -> bool:
        value = self._value[name]
        if not isinstance(value, bool):
            raise Malformed(self.place(name), "not true or false")
        return value

    def time(self, name: str) -> datetime:
        """An aware time in RFC 3339."""
        try:
            value = datetime.fromisoformat(self.text(name, limit=40))
        except ValueError as error:
            raise Malformed(self.place(name), "not a time") from error
        if value.tzinfo is None:
            raise Malformed(self.place(name), "time without offset")
        return value

    def data(self, name: str, *, limit: int) -> bytes:
        """Bytes told as base64, at most ``limit`` of them."""
        value = self._value[name]
        if not isinstance(value, str) or len(value) > limit * 4 // 3 + 4:
            raise Malformed(self.place(name), "not base64 in range")
        try:
            return base64.b64decode(value.encode("ascii"), validate=True)
        except (binascii.Error, UnicodeEncodeError) as error:
            raise Malformed(self.place(name), "not base64") from error

    def items(self, name: str, *, limit: int) -> list[Any]:
        return checked_list(self._value[name], self.place(name), limit=limit)

    def hashes(self, name: str, *, limit: int) -> tuple[str, ...]:
        """A list of hashes."""
        return tuple(
            checked_text(item, self.place(name), limit=64, pattern=SHA256)
            for item in self.items(name, limit=limit))


def require(condition: bool, where: str, why: str) -> None:
    """Raise :class:`Malformed` unless ``condition`` holds."""
    if not condition:
        raise Malformed(where, why)
