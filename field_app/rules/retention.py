"""How long a recording is kept, by the retention table: a class, a last day, or for good."""

import calendar
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from field_app.paths import RESOURCES
from field_app.rules.table import RulesBroken

FORMAT = "le-retention/1"
_FOLDER = RESOURCES / "retention"


@dataclass(frozen=True)
class RetentionClass:
    """One class; ``months`` of keeping where the table itself says how long."""

    key: str
    title: str
    text: str
    source: str
    confidence: str
    months: int | None


@dataclass(frozen=True)
class Ground:
    """Why a recording is kept for good. ``marks``: circumstances of a case that raise it;
    ``refused_signature``: a refusal to sign that is on record raises it."""

    key: str
    title: str
    marks: frozenset[str]
    refused_signature: bool


@dataclass(frozen=True)
class RetentionTable:
    """One version of the table. ``archive_years``: an archive term's words and its years."""

    version: int
    remind_days: int
    classes: Mapping[str, RetentionClass]
    grounds: Mapping[str, Ground]
    archive_form: str
    archive_field: str
    archive_years: Mapping[str, int]
    archive_permanent: frozenset[str]


@dataclass(frozen=True)
class RecordingFacts:
    """``linked``: the case holds an issued paper; ``grounds``: keys that hold; ``archive``: the
    archive term chosen on the case's cover and ``archived``, when that was issued."""

    recorded: date
    linked: bool
    grounds: frozenset[str] = frozenset()
    archive: str = ""
    archived: date | None = None


@dataclass(frozen=True)
class Keeping:
    """The class a recording falls into and its last day; ``until`` None: no day is set."""

    rule: RetentionClass
    until: date | None
    why: str


def _class(raw: Mapping[str, Any]) -> RetentionClass:
    months = raw.get("months")
    return RetentionClass(str(raw["key"]), str(raw["title"]), str(raw["text"]), str(raw["source"]),
                          str(raw["confidence"]), None if months is None else int(months))


def _table(raw: Mapping[str, Any]) -> RetentionTable:
    if raw.get("format") != FORMAT:
        raise RulesBroken("another format of the retention table")
    try:
        classes = {c.key: c for c in map(_class, raw["class"])}
        grounds = {str(g["key"]): Ground(
            str(g["key"]), str(g["title"]), frozenset(g.get("marks", ())),
            bool(g.get("refused_signature", False))) for g in raw["ground"]}
        archive = raw["archive"]
        made = RetentionTable(
            int(raw["version"]), int(raw["remind_days"]), classes, grounds, str(archive["form"]),
            str(archive["field"]), {str(k): int(v) for k, v in archive["years"].items()},
            frozenset(archive["permanent"]))
    except (KeyError, TypeError, ValueError) as error:
        raise RulesBroken(f"retention table: {error}") from error
    if made.classes.keys() != {"unlinked", "case", "permanent"} or (
            made.classes["unlinked"].months is None):
        raise RulesBroken("retention table: classes")
    return made


@lru_cache(maxsize=4)
def retention_table(version: int = 1) -> RetentionTable:
    """A version of the table; raises ``RulesBroken``."""
    path = _FOLDER / f"{version}.toml"
    return _table(tomllib.loads(path.read_text("utf-8")))


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def keeping(facts: RecordingFacts, table: RetentionTable) -> Keeping:
    """Until when a recording must be kept; for good wins over every term."""
    held = [g.title for g in table.grounds.values() if g.key in facts.grounds]
    if held:
        return Keeping(table.classes["permanent"], None, f"有{'、'.join(held)}情形，永久保存")
    if not facts.linked:
        rule = table.classes["unlinked"]
        return Keeping(rule, months_after(facts.recorded, rule.months or 0), rule.text)
    rule = table.classes["case"]
    if facts.archive in table.archive_permanent:
        return Keeping(table.classes["permanent"], None, "案卷永久保管，录音录像一并永久保存")
    years = table.archive_years.get(facts.archive)
    if years is None or facts.archived is None:
        return Keeping(rule, None, "同案卷保存；案卷封面还没有登记保管期限")
    return Keeping(rule, months_after(facts.archived, 12 * years),
                   f"同案卷保存{facts.archive}，自{facts.archived:%Y年%m月%d日}立卷起算")
