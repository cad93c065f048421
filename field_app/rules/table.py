"""The table of rules: each with its text, law, level and confidence, read from data."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from field_app.domain.reasons import Level, Reason
from field_app.errors import FieldAppError
from field_app.paths import RESOURCES

FORMAT = "le-rules/1"


class RulesBroken(FieldAppError):
    """A shipped rule or procedure file is not what the program expects."""


@dataclass(frozen=True)
class Rule:
    """One row of the table; ``forms`` are those it speaks of, where it speaks of forms."""

    id: str
    level: Level
    law: str
    text: str
    remedy: str
    confidence: str
    forms: tuple[str, ...] = ()

    def reason(self, detail: str = "", *, where: str = "", remedy: str = "") -> Reason:
        """A finding of this rule; ``detail`` is what was found, put before the rule's text."""
        text = f"{detail}。{self.text}" if detail else self.text
        return Reason(rule=self.id, level=self.level, text=text, remedy=remedy or self.remedy,
                      basis=self.law, confidence=self.confidence, where=where)


def read_rules(path: Path) -> dict[str, Rule]:
    """All rules of one file; :class:`RulesBroken` names what is wrong."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        if raw["format"] != FORMAT:
            raise RulesBroken(f"{path.name}: unknown format")
        rules = {
            row["id"]: Rule(row["id"], Level(row["level"]), row["law"], row["text"],
                            row["remedy"], row["confidence"], tuple(row.get("forms", ())))
            for row in raw["rule"]}
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise RulesBroken(f"{path.name}: {error}") from error
    if len(rules) != len(raw["rule"]):
        raise RulesBroken(f"{path.name}: a rule id stands twice")
    return rules


@lru_cache(maxsize=4)
def rules(version: int = 1) -> dict[str, Rule]:
    """The rules of a version, by id."""
    return read_rules(RESOURCES / "rules" / f"{version}.toml")
