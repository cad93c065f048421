"""Circumstances of a case that only officers can tell: named and asked as data, read as facts."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from field_app.paths import RESOURCES
from field_app.rules.table import RulesBroken

FORMAT = "le-circumstances/1"
FILE = RESOURCES / "procedures" / "circumstances.toml"
_KEYS = frozenset({"name", "about", "question", "rules", "forms", "trigger", "only_if"})


@dataclass(frozen=True)
class Circumstance:
    """One question. ``forms``: papers before whose issue it must be answered; ``only_if``: asked
    only where that other one holds; ``trigger``: procedures read it too."""

    name: str
    about: str
    question: str
    rules: tuple[str, ...]
    forms: tuple[str, ...] = ()
    trigger: bool = False
    only_if: str = ""


def read_circumstances(path: Path) -> tuple[Circumstance, ...]:
    """The questions of a file in order; :class:`field_app.rules.table.RulesBroken`."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        if raw.get("format") != FORMAT:
            raise RulesBroken(f"{path}: not {FORMAT}")
        made = tuple(_circumstance(row) for row in raw["circumstance"])
    except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise RulesBroken(f"{path}: {error}") from error
    names = [c.name for c in made]
    unknown = {c.only_if for c in made if c.only_if} - set(names)
    if len(set(names)) != len(names) or unknown:
        raise RulesBroken(f"{path}: names stand twice or are unknown: {sorted(unknown)}")
    return made


def _circumstance(row: Mapping[str, object]) -> Circumstance:
    if stray := row.keys() - _KEYS:
        raise RulesBroken(f"circumstance with {sorted(stray)}")
    rules, forms = row["rules"], row.get("forms", [])
    if not isinstance(rules, list) or not rules or not isinstance(forms, list):
        raise RulesBroken(f"circumstance {row.get('name')}: rules and forms are lists")
    return Circumstance(
        str(row["name"]), str(row["about"]), str(row["question"]), tuple(map(str, rules)),
        tuple(map(str, forms)), row.get("trigger") is True, str(row.get("only_if", "")))


@lru_cache(maxsize=1)
def circumstances() -> Mapping[str, Circumstance]:
    """Every circumstance by name, in the order in which they are asked."""
    return {c.name: c for c in read_circumstances(FILE)}


@dataclass(frozen=True)
class Told:
    """What officers said of a case: names that hold and names that do not."""

    holds: frozenset[str] = frozenset()
    denied: frozenset[str] = frozenset()

    def __call__(self, name: str) -> bool | None:
        """Yes, no, or None where nobody said; ``KeyError`` for a name that is not asked."""
        circumstances()[name]
        if name in self.holds:
            return True
        return False if name in self.denied else None

    def unless(self, name: str) -> bool | None:
        """The opposite of what was said; None where nobody said."""
        said = self(name)
        return None if said is None else not said

    def asked(self) -> tuple[Circumstance, ...]:
        """What can be asked now: a question that hangs on another waits for its yes."""
        return tuple(c for c in circumstances().values()
                     if not c.only_if or c.only_if in self.holds)

    def open_before(self, form: str) -> tuple[Circumstance, ...]:
        """What must still be told before a paper of ``form`` is issued."""
        return tuple(c for c in self.asked() if form in c.forms and self(c.name) is None)
