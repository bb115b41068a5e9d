"""Moments: the day, hour, weekday and month of an instant, and the working time before it, for whole columns and for
single instants alike.

Convention: instants are microseconds since 1970; everything is a sum of integers, so that the same lines work on plain
numbers and on any backend of narwhals. Working time between two instants is the difference of what lies before them.
"""

import functools
import operator
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import narwhals as nw

from itss_kpi.catalogue.calendar import Calendar
from itss_kpi.catalogue.expression import micros_of

DAY = 86_400_000_000
HOUR = 3_600_000_000
_MARCH = 719_468
"""Days from the 1st of March of the year 0 until 1970-01-01."""
_LONG_BEFORE = 100_000


def _day(top: Any) -> Any:
    """The day of an instant, in days since 1970; what is counted from long before is never below 0."""
    return (top + _LONG_BEFORE * DAY) // DAY - _LONG_BEFORE


MONTH: tuple[Callable[[Any], Any], ...] = (
    lambda top: 4 * (_day(top) + _MARCH) + 3,
    lambda of_era: of_era % 146_097 // 4,
    lambda of_century: 2_939_745 * (4 * of_century + 3) % 2**32,
    lambda of_year: 2141 * (of_year // 2_939_745 // 4) + 197_913,
    lambda of_year: (of_year // 2**16 - 1) % 12 + 1,
)
"""From an instant to its month, each step a number of the one before, so that it can be a column of its own: backends
write what is divided twice (Neri and Schneider, Euclidean affine functions and their application to calendar
algorithms, 2022)."""


def _month(top: Any) -> Any:
    return functools.reduce(lambda found, step: step(found), MONTH, top)


PARTS: dict[str, Callable[[Any], Any]] = {
    "day": lambda top: _day(top) * DAY,
    "hour": lambda top: (top + _LONG_BEFORE * DAY) % DAY // HOUR,
    "weekday": lambda top: (_day(top) + 3 + 7 * _LONG_BEFORE) % 7 + 1,
    "month": _month,
}


def _begins(month: Any) -> Any:
    """The days from the 1st of March of the year 0 until a month begins, of so many months since. Years begin in March,
    so that a leap day is the last of one (Hinnant, chrono-compatible low-level date algorithms, 2013)."""
    year, of_year = month // 12, month % 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * of_year + 2) // 5


MONTHS_AFTER: tuple[tuple[str, Callable[[Mapping[str, Any], int], Any]], ...] = (
    ("days", lambda found, _: _day(found["top"]) + _MARCH),
    ("of_era", lambda found, _: found["days"] % 146_097),
    ("century", lambda found, _: found["of_era"] - found["of_era"] // 1460 + found["of_era"] // 36_524),
    ("year", lambda found, _: (found["century"] - found["of_era"] // 146_096) // 365),
    ("of_year", lambda found, _: found["of_era"] - 365 * found["year"] - found["year"] // 4 + found["year"] // 100),
    (
        "month",
        lambda found, _: (found["days"] // 146_097 * 400 + found["year"]) * 12 + (5 * found["of_year"] + 2) // 153,
    ),
    ("same", lambda found, months: _begins(found["month"] + months) + found["days"] - _begins(found["month"])),
    ("last", lambda found, months: _begins(found["month"] + months + 1) - 1),
)
"""From an instant (`top`) to the `same` day so many months later and the `last` of its month, in days as they are
counted here, each step by those before; the lesser of the two holds."""


def on_day(found: Mapping[str, Any], day: Any) -> Any:
    """The instant moved to another day."""
    return found["top"] + (day - found["days"]) * DAY


# ---- working time


_THURSDAY = 3
"""1970-01-01 was a Thursday: so many days after a Monday."""


def clipped(value: Any, low: int, high: int) -> Any:
    if isinstance(value, int):
        return min(max(value, low), high)
    return nw.when(value < low).then(nw.lit(low)).when(value > high).then(nw.lit(high)).otherwise(value)


def worked_before(calendar: Calendar, instant: Any) -> Any:
    """The working time since some day long ago until `instant`, in microseconds."""
    whole = sum(end - start for start, end in calendar.sessions)
    day, rest = instant // DAY, instant % DAY
    today = functools.reduce(operator.add, [clipped(rest, start, end) - start for start, end in calendar.sessions])
    return _days_before(calendar, day) * whole + today * _works(calendar, day)


def workdays_before(calendar: Calendar, instant: Any) -> Any:
    """The working days until that of `instant`, it included."""
    return _days_before(calendar, instant // DAY + 1)


def known(calendar: Calendar, instant: Any) -> Any:
    """Whether the instant lies in a year that the calendar declares."""
    spans = [(micros_of(date(year, 1, 1)), micros_of(date(year + 1, 1, 1))) for year in calendar.years]
    return functools.reduce(operator.or_, [(instant >= start) & (instant <= end) for start, end in spans])


def _days_before(calendar: Calendar, day: Any) -> Any:
    """The working days before a day, a number of days since 1970."""
    since = day + _THURSDAY
    weeks, weekday = since // 7, since % 7
    within = functools.reduce(operator.add, [_one(weekday >= number) for number in sorted(set(calendar.weekdays))])
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
    return int(holds) if isinstance(holds, bool) else holds.cast(nw.Int64)
