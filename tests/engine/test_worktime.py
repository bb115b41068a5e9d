"""Working time: days and hours counted one by one, for plain instants and for columns."""

from datetime import date, datetime, timedelta

import narwhals as nw
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itss_kpi.catalogue.calendar import Calendar
from itss_kpi.catalogue.expression import EPOCH, MICROSECOND
from itss_kpi.engine import moments as worktime

CALENDAR = Calendar(
    years=(2022,),
    hours=("08:30-12:00", "13:30-17:30"),
    holidays=("2022-10-01~2022-10-07", "2022-09-12"),
    workdays=("2022-10-08", "2022-10-09"),
)
SATURDAYS = Calendar(years=(2022,), weekdays=(1, 2, 4, 6), holidays=("2022-03-05",))
moments = st.datetimes(datetime(2022, 1, 1), datetime(2022, 12, 31)).map(
    lambda one: one.replace(second=0, microsecond=0)
)


def micros(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def works(calendar: Calendar, day: date) -> bool:
    return calendar.exceptions.get(day, day.isoweekday() in calendar.weekdays)


def counted(calendar: Calendar, begin: datetime, end: datetime) -> tuple[int, int]:
    """The working days after that of `begin` until that of `end`, and the working time between them."""
    days = [begin.date() + timedelta(days=at) for at in range((end.date() - begin.date()).days + 1)]
    time = 0
    for day in filter(lambda one: works(calendar, one), days):
        midnight = datetime(day.year, day.month, day.day)
        for first, last in calendar.sessions:
            start, stop = (max(midnight + edge * MICROSECOND, begin) for edge in (first, last))
            time += max(0, micros(min(stop, end)) - micros(min(start, end)))
    return sum(works(calendar, day) for day in days[1:]), time


@settings(max_examples=10)
@given(st.sampled_from([CALENDAR, SATURDAYS]), st.lists(st.tuples(moments, moments).map(sorted), min_size=10))
def test_working_time_is_what_is_counted_day_by_day(calendar: Calendar, spans: list[list[datetime]]) -> None:
    """A frame of many spans costs what a frame of one does."""
    edges = [[micros(begin), micros(end)] for begin, end in spans]
    plain = [
        (
            worktime.workdays_before(calendar, last) - worktime.workdays_before(calendar, first),
            worktime.worked_before(calendar, last) - worktime.worked_before(calendar, first),
        )
        for first, last in edges
    ]
    a, b = nw.col("a"), nw.col("b")
    columns = (
        nw.from_native(pd.DataFrame(edges, columns=["a", "b"]))
        .lazy()
        .select(
            days=worktime.workdays_before(calendar, b) - worktime.workdays_before(calendar, a),
            time=worktime.worked_before(calendar, b) - worktime.worked_before(calendar, a),
        )
        .collect()
    )
    assert plain == [counted(calendar, begin, end) for begin, end in spans]
    assert columns.rows() == plain


def test_a_year_that_is_not_declared_is_not_known() -> None:
    assert worktime.known(CALENDAR, micros(datetime(2022, 5, 1)))
    assert not worktime.known(CALENDAR, micros(datetime(2021, 12, 31, 23, 59)))
    assert worktime.known(Calendar(years=(2021, 2022)), micros(datetime(2021, 12, 31)))


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ({"hours": ("9点-12点",)}, "工作时间写成 08:30-12:00,先后不重叠"),
        ({"hours": ("13:00-17:00", "08:00-12:00")}, "工作时间写成 08:30-12:00,先后不重叠"),
        ({"hours": ()}, "工作时间写成 08:30-12:00,先后不重叠"),
        ({"weekdays": (0, 1)}, "weekdays 是 1~7 中的几个"),
        ({"holidays": ("国庆",)}, "日子写成 2022-10-01 或 2022-10-01~2022-10-07:国庆"),
        ({"workdays": ("2022-10-07~2022-10-01",)}, "后一天早于前一天:2022-10-07~2022-10-01"),
    ],
)
def test_what_no_calendar_says(what: dict[str, tuple[object, ...]], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Calendar(years=(2022,), **what)


def test_days_may_be_written_without_quotes() -> None:
    assert Calendar(years=(2022,), holidays=[date(2022, 10, 3)]).exceptions == {date(2022, 10, 3): False}
