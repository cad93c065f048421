"""Counts weekdays: terms of two to seven days, and up to ten in coercion law, are working days."""

from datetime import date, timedelta

_SATURDAY = 5


def weekdays_after(day: date, count: int) -> date:
    """The ``count``-th weekday after ``day``.

    Public holidays and exchanged weekends are set each year by the State Council and not known
    here; so the day is a measure for warnings, not a legal term (行政处罚法第八十五条、
    行政强制法第六十九条).
    """
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < _SATURDAY
    return day
