"""Working time: how much of it lies before an instant, for whole columns and for single instants alike.

Convention: instants are microseconds since 1970; everything is a sum of integers, so that the same lines work on plain
numbers and on any backend of narwhals. Working time between two instants is the difference of what lies before them.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import narwhals as nw

from itss_kpi.catalogue.calendar import Calendar
from itss_kpi.catalogue.expression import micros_of

DAY = 86_400_000_000
_THURSDAY = 3
"""1970-01-01 was a Thursday: so many days after a Monday."""


def clipped(value: Any, low: int, high: int) -> Any:
    """The value, at least `low` and at most `high`."""
    if isinstance(value, int):
        return min(max(value, low), high)
    return nw.when(value < low).then(nw.lit(low)).when(value > high).then(nw.lit(high)).otherwise(value)


def worked_before(calendar: Calendar, instant: Any) -> Any:
    """The working time since some day long ago until `instant`, in microseconds."""
    whole = sum(end - start for start, end in calendar.sessions)
    day, rest = instant // DAY, instant % DAY
    today = _total([clipped(rest, start, end) - start for start, end in calendar.sessions])
    return _days_before(calendar, day) * whole + today * _works(calendar, day)


def workdays_before(calendar: Calendar, instant: Any) -> Any:
    """The working days until that of `instant`, it included."""
    return _days_before(calendar, instant // DAY + 1)


def known(calendar: Calendar, instant: Any) -> Any:
    """Whether the instant lies in a year that the calendar declares."""
    spans = [(micros_of(date(year, 1, 1)), micros_of(date(year + 1, 1, 1))) for year in calendar.years]
    inside = [(instant >= start) & (instant <= end) for start, end in spans]
    found = inside[0]
    for one in inside[1:]:
        found = found | one
    return found


def _days_before(calendar: Calendar, day: Any) -> Any:
    """The working days before a day, a number of days since 1970."""
    since = day + _THURSDAY
    weeks, weekday = since // 7, since % 7
    within = _total([_one(weekday >= number) for number in sorted(set(calendar.weekdays))])
    total = weeks * len(set(calendar.weekdays)) + within
    for exception, works in calendar.exceptions.items():
        passed = _one(day > micros_of(exception) // DAY)
        total = total + passed if works else total - passed
    return total


def _works(calendar: Calendar, day: Any) -> Any:
    """1 for a working day, else 0."""
    regular = [number - 1 for number in sorted(set(calendar.weekdays))]
    number = {
        works: [micros_of(one) // DAY for one, its in calendar.exceptions.items() if its is works]
        for works in (True, False)
    }
    weekday = (day + _THURSDAY) % 7
    if isinstance(day, int):
        return int((weekday in regular or day in number[True]) and day not in number[False])
    return _one((weekday.is_in(regular) | day.is_in(number[True])) & ~day.is_in(number[False]))


def _one(holds: Any) -> Any:
    """1 where it holds, else 0."""
    return int(holds) if isinstance(holds, bool) else holds.cast(nw.Int64)


def _total(parts: Sequence[Any]) -> Any:
    first, *others = parts
    for one in others:
        first = first + one
    return first
