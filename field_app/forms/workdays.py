"""Counts working days for checks: short terms of the penalty and coercion laws are working days."""

from datetime import date, timedelta

from field_app.domain.workdays import YearUnknown, shipped_calendar

_SATURDAY = 5


def workdays_after(day: date, count: int) -> date:
    """The ``count``-th working day after ``day`` (行政处罚法第八十五条、行政强制法第六十九条).

    In a year whose days off are not known weekdays are counted, so checks that use it warn and do
    not block.
    """
    try:
        return shipped_calendar().after(day, count)
    except YearUnknown:
        while count > 0:
            day += timedelta(days=1)
            count -= day.weekday() < _SATURDAY
        return day
