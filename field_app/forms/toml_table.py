"""A TOML file read strictly: every value is asked for by name and type, errors name file and place."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from field_app.forms.definition import FormFileError

_MAX_FILE = 256 * 1024
_CONFIDENCE = ("V", "P", "M", "I")


@dataclass(frozen=True)
class TomlTable:
    """A table of a TOML file; ``place`` is its path inside the file, empty for the whole."""

    data: Mapping[str, Any]
    file: Path
    place: str = ""

    def refuse(self, problem: str) -> FormFileError:
        """The error to raise about this table."""
        return FormFileError(self.file, self.place, problem)

    def only(self, known: frozenset[str]) -> None:
        """Refuse any key that is not known."""
        unknown = sorted(set(self.data) - known)
        if unknown:
            raise self.refuse(f"unknown key {', '.join(unknown)}")

    def text(self, key: str, default: str | None = None) -> str:
        """Text; without a default it must be there and not empty."""
        value = self.data.get(key, default)
        if value is None:
            raise self.refuse(f"{key} is missing")
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.refuse(f"{key} must be text")
        return value

    def one_of(self, key: str, known: tuple[str, ...], default: str | None = None) -> str:
        """Text out of a closed list."""
        value = self.text(key, default)
        if value not in known:
            raise self.refuse(f"{key} must be one of {', '.join(known)}, not {value!r}")
        return value

    def confidence(self) -> str:
        """The mark of confidence: V read, P summary, M memory, I inference (the default)."""
        return self.one_of("confidence", _CONFIDENCE, "I")

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number."""
        value = self.data.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refuse(f"{key} must be a whole number")
        return value

    def number(self, key: str) -> float:
        """A number."""
        value = self.data.get(key)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.refuse(f"{key} must be a number")
        return float(value)

    def flag(self, key: str) -> bool:
        """True or false; false when absent."""
        value = self.data.get(key, False)
        if not isinstance(value, bool):
            raise self.refuse(f"{key} must be true or false")
        return value

    def day(self, key: str) -> date:
        """A TOML date."""
        value = self.data.get(key)
        if type(value) is not date:
            raise self.refuse(f"{key} must be a date")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty when absent."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, str) and v for v in value):
            raise self.refuse(f"{key} must be a list of texts")
        return tuple(value)

    def table(self, key: str) -> "TomlTable":
        """A table inside this one; empty when absent."""
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            raise self.refuse(f"{key} must be a table")
        return TomlTable(value, self.file, self._inside(key))

    def tables(self, key: str) -> list["TomlTable"]:
        """An array of tables; empty when absent."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise self.refuse(f"{key} must be tables")
        return [TomlTable(v, self.file, self._inside(f"{key}[{n}]")) for n, v in enumerate(value)]

    def _inside(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key


def read_toml(path: Path) -> tuple[TomlTable, str]:
    """The whole file as a table, and the SHA-256 of its bytes; raises :class:`FormFileError`."""
    try:
        if path.stat().st_size > _MAX_FILE:
            raise FormFileError(path, "", "the file is too large")
        data = path.read_bytes()
        table = tomllib.loads(data.decode("utf-8"))
    except OSError as error:
        raise FormFileError(path, "", f"cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FormFileError(path, "", str(error)) from error
    return TomlTable(table, path), hashlib.sha256(data).hexdigest()
