"""Naming and folders of recorders as data (``resources/recorders``), read strictly.

Patterns come from files, and names from cards of others: patterns may only repeat within bounds,
never a group, never without end, so that no name can keep the search busy.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path, PurePosixPath

from field_app.domain.imports import MediaKind
from field_app.forms.toml_table import TomlTable, read_toml
from field_app.paths import RESOURCES

FOLDER = RESOURCES / "recorders"
FORMAT = "le-recorder/1"
MAX_NAME = 120
MAX_PATTERN = 300
_MAX_OPEN = 6  # repeats of changing length in one pattern
_GROUPS = frozenset({"serial", "officer", "time", "sequence"})
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")
_REPEAT = re.compile(r"\{(\d{1,2})(?:,(\d{1,2}))?\}")
_MARKS = ("start", "end")


@dataclass(frozen=True)
class NameRule:
    """One way of naming: ``pattern`` on the whole file name, ``time`` the group's layout."""

    pattern: re.Pattern[str]
    time: str


@dataclass(frozen=True)
class NameFacts:
    """What a name tells; ``at`` is aware."""

    serial: str = ""
    officer: str = ""
    sequence: int | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Profile:
    """One family of recorders. ``folders``: endings of the folder's path in capitals;
    ``container_zone``: what MP4 times are written in (UTC by the standard, often the device's own);
    ``*_marks``: whether that time is a recording's ``start`` or ``end``;
    ``join_s``: seconds between continuous files, 0 for never."""

    id: str
    version: int
    title: str
    source: str
    confidence: str
    zone: timezone
    container_zone: timezone
    container_marks: str
    name_marks: str
    mtime_marks: str
    folders: tuple[str, ...]
    names: tuple[NameRule, ...]
    kinds: dict[str, MediaKind]
    join_s: float
    join_serial: bool

    @property
    def key(self) -> str:
        return f"{self.id}/{self.version}"

    def holds(self, folder: str) -> bool:
        """Whether files of this folder (``/`` between) are the profile's, by its name."""
        upper = PurePosixPath("/", *folder.upper().split("/"))
        return not self.folders or any(
            part.match(ending) for part in (upper, *upper.parents) for ending in self.folders)

    def read(self, name: str) -> NameFacts | None:
        """What the profile reads in a file name; None when it is not one of its names."""
        if len(name) > MAX_NAME:
            return None
        for rule in self.names:
            found = rule.pattern.fullmatch(name)
            if found is not None:
                return _facts(found.groupdict(), rule.time, self.zone)
        return None


def _facts(groups: dict[str, str | None], layout: str, zone: timezone) -> NameFacts | None:
    text, sequence = groups.get("time"), groups.get("sequence")
    at = None
    if text and layout:
        try:
            at = datetime.strptime(text, layout).replace(tzinfo=zone)
        except ValueError:
            return None
    return NameFacts(groups.get("serial") or "", groups.get("officer") or "",
                     int(sequence) if sequence else None, at)


def check_pattern(text: str) -> str:
    """What is wrong with a pattern for names of strangers; empty when nothing is."""
    bare = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "x", text)
    changing = sum(m[2] is not None for m in _REPEAT.finditer(bare))
    changing += bare.count("?") - bare.count("(?")
    faults = {
        "the pattern is too long": len(text) > MAX_PATTERN,
        "no *, + or look-around; repeat within bounds":
            bool(re.search(r"[*+]|\(\?(?!P<[a-z]+>|:)", bare)),
        "a group cannot be repeated": ")" + "{" in bare,
        "no reference to a group": any(c.isdigit() for c in re.findall(r"\\(.)", text)),
        f"at most {_MAX_OPEN} repeats of changing length": changing > _MAX_OPEN,
        "a repeat must have an end below 100": "{" in _REPEAT.sub("", bare)}
    return next((fault for fault, found in faults.items() if found), "")


def _zone(table: TomlTable, key: str, default: str = "+08:00") -> timezone:
    found = _OFFSET.fullmatch(table.text(key, default))
    if found is None:
        raise table.refuse(f"{key} must be like +08:00")
    minutes = int(found[2]) * 60 + int(found[3])
    return timezone(timedelta(minutes=minutes if found[1] == "+" else -minutes))


def _rule(table: TomlTable) -> NameRule:
    table.only(frozenset({"pattern", "time", "example"}))
    text = table.text("pattern")
    if (wrong := check_pattern(text)):
        raise table.refuse(wrong)
    try:
        pattern = re.compile(text, re.IGNORECASE | re.ASCII)
    except re.error as error:
        raise table.refuse(f"pattern: {error}") from error
    if set(pattern.groupindex) - _GROUPS:
        raise table.refuse("groups are serial, officer, time, sequence")
    layout = table.text("time", "")
    if ("time" in pattern.groupindex) != bool(layout):
        raise table.refuse("a time group needs its layout")
    made = NameRule(pattern, layout)
    example = table.text("example")
    found = pattern.fullmatch(example)
    if found is None or _facts(found.groupdict(), layout, UTC) is None:
        raise table.refuse("the example is not one of its names")
    return made


def _kinds(table: TomlTable) -> dict[str, MediaKind]:
    table.only(frozenset(kind.value for kind in MediaKind))
    return {suffix: kind for kind in MediaKind for suffix in table.texts(kind.value)}


def read_profile(path: Path) -> Profile:
    """One profile; ``FormFileError`` names file and place of what is wrong."""
    table, _digest = read_toml(path)
    table.only(frozenset({"format", "id", "version", "title", "source", "confidence", "zone",
                          "folders", "name", "kinds", "join", "times"}))
    table.one_of("format", (FORMAT,))
    times, join = table.table("times"), table.table("join")
    times.only(frozenset({"container_zone", "container", "name", "mtime"}))
    join.only(frozenset({"within_s", "same_serial"}))
    return Profile(
        id=table.text("id"), version=table.whole("version"), title=table.text("title"),
        source=table.text("source"), confidence=table.confidence(), zone=_zone(table, "zone"),
        container_zone=_zone(times, "container_zone", "+00:00"),
        container_marks=times.one_of("container", _MARKS, "start"),
        name_marks=times.one_of("name", _MARKS, "start"),
        mtime_marks=times.one_of("mtime", _MARKS, "end"),
        folders=tuple(f.upper() for f in table.texts("folders")),
        names=tuple(_rule(t) for t in table.tables("name")), kinds=_kinds(table.table("kinds")),
        join_s=float(join.whole("within_s", 0)), join_serial=join.flag("same_serial"))


@lru_cache(maxsize=4)
def profiles(folder: Path = FOLDER) -> tuple[Profile, ...]:
    """All profiles, the more particular first (they lie in the order of their file names)."""
    return tuple(read_profile(path) for path in sorted(folder.glob("*.toml")))
