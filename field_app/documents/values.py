"""Answers as templates see them: values that print themselves between marks, groups and lists."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from field_app.documents.marks import MAX_VALUES, marked


class Paths:
    """Numbers every value as it is made, so that a mark leads back to its path."""

    def __init__(self) -> None:
        self._paths: list[str] = []

    def number(self, path: str) -> int:
        """A new number for a path; -1 when there are too many to mark."""
        if len(self._paths) > MAX_VALUES:
            return -1
        self._paths.append(path)
        return len(self._paths) - 1

    @property
    def all(self) -> tuple[str, ...]:
        """Paths by number."""
        return tuple(self._paths)


class Printed:
    """What a template may print and ask: its text, whether it was answered, its parts by name.

    Parts are reached by ``value.name``; nothing else of the object can be (see FORMAT.md).
    """

    def __init__(self, text: str, number: int, *, answered: bool, raw: Any = None,
                 parts: Mapping[str, Any] | None = None) -> None:
        self._text, self._number, self._answered = text, number, answered
        self._raw, self._parts = raw, dict(parts or {})

    def __str__(self) -> str:
        return marked(self._text, self._number) if self._text and self._number >= 0 else self._text

    def __bool__(self) -> bool:
        return self._answered

    def __eq__(self, other: object) -> bool:
        return bool((other._raw if isinstance(other, Printed) else other) == self._raw)

    def __hash__(self) -> int:
        return hash((self._number, self._text))

    def __getitem__(self, name: str) -> Any:
        return self._parts[name]


def group(parts: Mapping[str, Printed], *, title: Printed, raw: Any) -> Printed:
    """Answers with their own parts; printed by itself, a group prints its ``title``."""
    return Printed(title._text, title._number, answered=any(parts.values()), raw=raw, parts=parts)


class PrintedList(Printed):
    """A list: can be looped over, and prints its items with 、 between."""

    def __init__(self, items: Sequence[Printed], text: str, number: int, *, answered: bool) -> None:
        super().__init__(text, number, answered=answered)
        self._items = tuple(items)

    def __str__(self) -> str:
        return "、".join(map(str, self._items)) if self._items else super().__str__()

    def __iter__(self) -> Iterator[Printed]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, name: Any) -> Any:
        if name == "joined":
            return str(self)
        if isinstance(name, int) and 0 <= name < len(self._items):
            return self._items[name]
        raise KeyError(name)
