"""Which days are worked, by the State Council's yearly arrangement; a year not known is told.

行政处罚法第八十五条、行政强制法第六十九条、行政复议法第八十八条 count short terms in working days,
not counting legal days off; days off and worked weekends are data (resources/calendars).
"""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from field_app.errors import FieldAppError
from field_app.paths import RESOURCES

FORMAT = "le-calendar/1"
_SATURDAY = 5
_MAX_BYTES = 64 << 10
_DAY = timedelta(days=1)


class CalendarBroken(FieldAppError):
    """A calendar file is not what resources/calendars allows."""


class YearUnknown(FieldAppError):
    """No arrangement of days off is known for ``year``."""

    def __init__(self, year: int) -> None:
        super().__init__(f"no calendar for {year}")
        self.year = year


@dataclass(frozen=True)
class Calendar:
    """``years``: those known; ``off``: weekdays that are days off; ``worked``: worked weekend days."""

    years: frozenset[int] = frozenset()
    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def joined(self, other: "Calendar") -> "Calendar":
        """This calendar, with years that ``other`` knows taken from it."""
        return Calendar(
            self.years | other.years,
            frozenset(d for d in self.off if d.year not in other.years) | other.off,
            frozenset(d for d in self.worked if d.year not in other.years) | other.worked)

    def is_workday(self, day: date) -> bool:
        """Whether ``day`` is worked; :class:`YearUnknown`."""
        if day.year not in self.years:
            raise YearUnknown(day.year)
        return day in self.worked or (day.weekday() < _SATURDAY and day not in self.off)

    def after(self, day: date, count: int) -> date:
        """The ``count``-th workday after ``day``, which itself is not counted."""
        while count > 0:
            day += _DAY
            count -= self.is_workday(day)
        return day

    def before(self, day: date, count: int) -> date:
        """The ``count``-th workday before ``day``."""
        while count > 0:
            day -= _DAY
            count -= self.is_workday(day)
        return day

    def on_or_after(self, day: date) -> date:
        """``day`` itself when it is worked, else the next workday."""
        while not self.is_workday(day):
            day += _DAY
        return day

    def on_or_before(self, day: date) -> date:
        """``day`` itself when it is worked, else the workday before."""
        while not self.is_workday(day):
            day -= _DAY
        return day


def read_calendar(path: Path) -> Calendar:
    """A calendar file; :class:`CalendarBroken` names what is wrong."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise CalendarBroken(f"{path.name}: too large")
        raw = tomllib.loads(path.read_text("utf-8"))
        if raw["format"] != FORMAT:
            raise CalendarBroken(f"{path.name}: unknown format")
        made = Calendar()
        for row in raw["year"]:
            made = made.joined(_year(row, path))
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise CalendarBroken(f"{path.name}: {error}") from error
    return made


def _year(row: dict[str, object], path: Path) -> Calendar:
    year, off, worked = row["year"], row["off"], row["worked"]
    if not isinstance(year, int) or not isinstance(off, list) or not isinstance(worked, list):
        raise CalendarBroken(f"{path.name}: a year needs year, off and worked")
    for day in (*off, *worked):
        if type(day) is not date or day.year != year:
            raise CalendarBroken(f"{path.name}: {day} is not a day of {year}")
    if any(d.weekday() >= _SATURDAY for d in off) or any(d.weekday() < _SATURDAY for d in worked):
        raise CalendarBroken(f"{path.name}: {year}: off holds weekdays, worked holds weekend days")
    return Calendar(frozenset({year}), frozenset(off), frozenset(worked))


@lru_cache(maxsize=1)
def shipped_calendar() -> Calendar:
    """The calendar that ships with the program."""
    return read_calendar(RESOURCES / "calendars" / "1.toml")


def calendar_with(folder: Path) -> Calendar:
    """The shipped calendar and the years imported into ``folder``."""
    made = shipped_calendar()
    if folder.is_dir():
        for path in sorted(folder.glob("*.toml")):
            made = made.joined(read_calendar(path))
    return made
