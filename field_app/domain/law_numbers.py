"""Numbers that the law sets, read from the tables of rules and terms, as they stand on one day.

Forms and rules know nothing of each other; both take their thresholds from the same rows of
``resources/rules`` and ``resources/terms``, so that a number stands in one place.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from field_app.paths import RESOURCES

_RULES, _TERMS = RESOURCES / "rules" / "1.toml", RESOURCES / "terms" / "1.toml"
Row = Mapping[str, Any]


@lru_cache(maxsize=1)
def _rules() -> Mapping[str, tuple[Row, ...]]:
    found: dict[str, list[Row]] = {}
    for row in tomllib.loads(_RULES.read_text("utf-8"))["rule"]:
        found.setdefault(row["id"], []).append(row)
    return {name: tuple(rows) for name, rows in found.items()}


@lru_cache(maxsize=1)
def _terms() -> Mapping[str, tuple[Row, ...]]:
    found: dict[str, list[Row]] = {}
    for row in tomllib.loads(_TERMS.read_text("utf-8"))["term"]:
        found.setdefault(f"{row['rule']}.{row['term']}", []).append(row)
    return {name: tuple(rows) for name, rows in found.items()}


def _in_force(rows: tuple[Row, ...], day: date) -> Row:
    """The row of the day; before the first one that first one, after the last one that last."""
    ordered = sorted(rows, key=lambda r: r.get("effective_from") or date.min)
    begun = [r for r in ordered if (r.get("effective_from") or date.min) <= day]
    return begun[-1] if begun else ordered[0]


def rule_number(rule: str, key: str, day: date) -> int:
    """A threshold of a rule (money in fen, days, years, hours, points); ``KeyError`` for none."""
    return int(_in_force(_rules()[rule], day)["values"][key])


def rule_words(rule: str, key: str, day: date) -> tuple[str, ...]:
    """A list of words that a rule names; ``KeyError`` for none."""
    return tuple(map(str, _in_force(_rules()[rule], day)["values"][key]))


def term_number(term: str, day: date) -> int:
    """How long the term ``RULE.TERM`` is, in its own unit; ``KeyError`` for none."""
    return int(_in_force(_terms()[term], day)["amount"])
