"""Moments: the day, hour, weekday and month of an instant, for whole columns and for single instants alike.

Convention: as in `worktime`: instants are microseconds since 1970, and everything is integer arithmetic.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any

from itss_kpi.engine.worktime import DAY

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
