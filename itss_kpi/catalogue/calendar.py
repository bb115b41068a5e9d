"""The calendar (工作日历): working days and hours, with the holidays and make-up days that the state publishes.

Convention: data of the catalogue, never guessed: an instant in a year that isn't declared has no working time.
"""

import functools
import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from pydantic import Field, field_validator

from itss_kpi.catalogue.forms import Model, Texts

MINUTE = 60_000_000
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)-(\d{1,2}):([0-5]\d)", re.ASCII)
_DAYS = re.compile(r"(\d{4}-\d\d-\d\d)(?:~(\d{4}-\d\d-\d\d))?", re.ASCII)


class Calendar(Model):
    """Working time: the `hours` of each of the `weekdays`, without the `holidays`, with the `workdays` at weekends.
    It holds for the declared `years` alone."""

    years: tuple[int, ...] = Field(min_length=1, description="放假安排已写全的年份")
    hours: Texts = Field(("00:00-24:00",), description="工作时间,如 08:30-12:00")
    weekdays: tuple[int, ...] = Field((1, 2, 3, 4, 5), description="工作日是星期几,1~7")
    holidays: Texts = Field((), description="放假的日子:2022-10-01 或 2022-10-01~2022-10-07")
    workdays: Texts = Field((), description="调休上班的日子")

    @field_validator("hours")
    @classmethod
    def _in_order(cls, hours: tuple[str, ...]) -> tuple[str, ...]:
        edges = [edge for pair in map(_session, hours) for edge in pair]
        if not edges or edges != sorted(set(edges)) or edges[-1] > 1440 * MINUTE:
            raise ValueError("工作时间写成 08:30-12:00,先后不重叠")
        return hours

    @field_validator("weekdays")
    @classmethod
    def _of_week(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if not days or not set(days) <= set(range(1, 8)):
            raise ValueError("weekdays 是 1~7 中的几个")
        return days

    @field_validator("holidays", "workdays", mode="before")
    @classmethod
    def _of_dates(cls, days: Any) -> Any:
        # YAML makes a date of one that isn't quoted
        listed = isinstance(days, list | tuple)
        return tuple(str(day) if isinstance(day, date) else day for day in days) if listed else days

    @field_validator("holidays", "workdays")
    @classmethod
    def _of_days(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        list(_days(texts))
        return texts

    @functools.cached_property
    def sessions(self) -> tuple[tuple[int, int], ...]:
        """The working hours of a day, in microseconds since its midnight."""
        return tuple(map(_session, self.hours))

    @functools.cached_property
    def exceptions(self) -> dict[date, bool]:
        """The days that are otherwise than their weekday says, in order, with whether they are working days."""
        told = dict.fromkeys(_days(self.holidays), False) | dict.fromkeys(_days(self.workdays), True)
        return {day: works for day, works in sorted(told.items()) if works is not (day.isoweekday() in self.weekdays)}


def _session(text: str) -> tuple[int, int]:
    found = _CLOCK.fullmatch(text.strip())
    if not found:
        raise ValueError("工作时间写成 08:30-12:00,先后不重叠")
    first, second, third, fourth = map(int, found.groups())
    return (first * 60 + second) * MINUTE, (third * 60 + fourth) * MINUTE


def _days(texts: Iterable[str]) -> Iterator[date]:
    for text in texts:
        found = _DAYS.fullmatch(text.strip())
        if not found:
            raise ValueError(f"日子写成 2022-10-01 或 2022-10-01~2022-10-07:{text}")
        day, last = date.fromisoformat(found[1]), date.fromisoformat(found[2] or found[1])
        if last < day:
            raise ValueError(f"后一天早于前一天:{text}")
        while day <= last:
            yield day
            day += timedelta(days=1)
