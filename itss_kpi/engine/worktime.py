"""Working time: how much of it lies before an instant, for whole columns and for single instants alike.

Convention: instants are microseconds since 1970; everything is a sum of integers, so that the same lines work on plain
numbers and on any backend of narwhals. Working time between two instants is the difference of what lies before them.
"""

from collections.abc import Callable
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

    def within(moment: Any) -> Any:
        return _total(clipped(moment, start, end) - start for start, end in calendar.sessions)

    return _before(calendar, instant, sum(end - start for start, end in calendar.sessions), within)


def workdays_before(calendar: Calendar, instant: Any) -> Any:
    """The working days until that of `instant`, it included."""
    return _before(calendar, instant // DAY * DAY + DAY, 1, lambda moment: clipped(moment, 0, DAY) // DAY)


def known(calendar: Calendar, instant: Any) -> Any:
    """Whether the instant lies in a year that the calendar declares."""
    spans = [(micros_of(date(year, 1, 1)), micros_of(date(year + 1, 1, 1))) for year in calendar.years]
    inside = [(instant >= start) & (instant <= end) for start, end in spans]
    found = inside[0]
    for one in inside[1:]:
        found = found | one
    return found


def _before(calendar: Calendar, instant: Any, whole: int, within: Callable[[Any], Any]) -> Any:
    """What lies before an instant of something of which a working day has `whole`, and a part of a day what `within`
    says."""
    since = instant + _THURSDAY * DAY
    weeks, rest = since // (7 * DAY), since % (7 * DAY)
    regular = _total(within(rest - (weekday - 1) * DAY) for weekday in sorted(set(calendar.weekdays)))
    total = weeks * (len(set(calendar.weekdays)) * whole) + regular
    for day, works in calendar.exceptions.items():
        part = within(clipped(instant - micros_of(day), 0, DAY))
        total = total + part if works else total - part
    return total


def _total(parts: Any) -> Any:
    first, *others = parts
    for one in others:
        first = first + one
    return first
