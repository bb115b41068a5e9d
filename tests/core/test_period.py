"""Periods: they tile the year, every spelling of docs/design.md, 3, is read, and nothing else is."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itss_kpi.core.period import (
    FORMS,
    Period,
    PeriodKind,
    lag_of,
    parse_assessed,
    parse_period,
    period_of,
    period_running,
    periods_due,
)

MONTH, QUARTER, HALF, YEAR = PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.HALF, PeriodKind.YEAR
PER_YEAR = {MONTH: 12, QUARTER: 4, HALF: 2, YEAR: 1}

kinds = st.sampled_from(list(PER_YEAR))
years = st.integers(1900, 2199)
periods = kinds.flatmap(lambda kind: st.builds(Period, st.just(kind), years, st.integers(1, PER_YEAR[kind])))
days = st.dates(date(1900, 1, 1), date(2199, 12, 31))


@pytest.mark.parametrize(
    ("kind", "months", "label"), [(MONTH, 1, "月度"), (QUARTER, 3, "季度"), (HALF, 6, "半年"), (YEAR, 12, "年度")]
)
def test_a_kind_has_a_length_and_a_word(kind: PeriodKind, months: int, label: str) -> None:
    assert (kind.months, kind.label) == (months, label)


@given(kinds, years)
def test_the_periods_of_a_kind_tile_the_year(kind: PeriodKind, year: int) -> None:
    tiles = [Period(kind, year, index) for index in range(1, PER_YEAR[kind] + 1)]
    assert tiles[0].start == date(year, 1, 1)
    assert [tile.end for tile in tiles] == [*(tile.start for tile in tiles[1:]), date(year + 1, 1, 1)]


@given(kinds, days)
def test_a_day_lies_in_exactly_the_period_of_that_day(kind: PeriodKind, day: date) -> None:
    holding = [p for index in range(1, PER_YEAR[kind] + 1) if (p := Period(kind, day.year, index)).holds(day)]
    assert holding == [period_of(kind, day)]


@given(periods)
def test_a_period_holds_its_first_and_last_day_and_neither_neighbour(period: Period) -> None:
    one = timedelta(days=1)
    assert [period.holds(day) for day in (period.start - one, period.start, period.last_day, period.end)] == [
        False,
        True,
        True,
        False,
    ]


@given(periods)
def test_what_is_written_is_read_back(period: Period) -> None:
    assert parse_period(str(period)) == period
    assert parse_assessed(str(period)) == period


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2022-07", date(2022, 7, 1), date(2022, 8, 1)),
        ("2022-12", date(2022, 12, 1), date(2023, 1, 1)),
        ("2022Q3", date(2022, 7, 1), date(2022, 10, 1)),
        ("2022Q4", date(2022, 10, 1), date(2023, 1, 1)),
        ("2022H1", date(2022, 1, 1), date(2022, 7, 1)),
        ("2022H2", date(2022, 7, 1), date(2023, 1, 1)),
        ("2022", date(2022, 1, 1), date(2023, 1, 1)),
    ],
)
def test_a_period_is_a_half_open_range_of_days(text: str, start: date, end: date) -> None:
    period = parse_period(text)
    assert period is not None
    assert (str(period), period.start, period.end) == (text, start, end)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2022M07", "2022-07"),
        ("2022m07", "2022-07"),
        ("202207", "2022-07"),
        ("2022-7", "2022-07"),
        ("2022/07", "2022-07"),
        ("2022.7", "2022-07"),
        ("2022年7月", "2022-07"),
        ("2022年07月", "2022-07"),
        ("2022年7月份", "2022-07"),
        ("２０２２年７月", "2022-07"),
        ("2022q3", "2022Q3"),
        ("2022-Q3", "2022Q3"),
        ("２０２２Ｑ３", "2022Q3"),
        ("2022年第三季度", "2022Q3"),
        ("2022年三季度", "2022Q3"),
        ("2022年第3季度", "2022Q3"),
        ("2022三季度", "2022Q3"),
        ("2022年第一季度", "2022Q1"),
        ("2022年二季度", "2022Q2"),
        ("2022年四季", "2022Q4"),
        ("2022h2", "2022H2"),
        ("2022-H2", "2022H2"),
        ("2022年下半年", "2022H2"),
        ("2022年上半年", "2022H1"),
        ("2022上半年", "2022H1"),
        ("2022年", "2022"),
        ("2022年度", "2022"),
        ("2022全年", "2022"),
        ("  2022Q3\n", "2022Q3"),
    ],
)
def test_other_spellings_are_accepted(text: str, written: str) -> None:
    assert str(parse_period(text)) == written


@pytest.mark.parametrize(
    "text",
    ["", "2022-13", "2022-00", "202213", "2022M13", "2022年13月", "2022Q5", "2022Q0", "2022H3", "2022H0", "22Q3", "1822", "2322", "20222", "2022年第五季度",
     "2022-07-05", "20220705", "2022Q3Q4", "2022-Q", "Q3", "7月", "下半年", "2022年中", "今年", "2022 07", "2022Q3;", "2022_07", "2022-1²"],
)  # fmt: skip
def test_anything_else_is_no_period(text: str) -> None:
    assert parse_period(text) is None


@pytest.mark.parametrize(
    "form",
    [
        "2022-07",
        "2022Q3",
        "2022H2",
        "2022M07",
        "202207",
        "2022年7月",
        "2022年第三季度",
        "2022年三季度",
        "2022年下半年",
        "2022年",
    ],
)
def test_the_forms_shown_in_an_error_are_forms_that_are_read(form: str) -> None:
    assert form in FORMS
    assert parse_period(form) is not None


@pytest.mark.parametrize(
    ("within", "due"),
    [
        ("2022Q3", ["2022-07", "2022-08", "2022-09", "2022Q3"]),
        ("2022-09", ["2022-09", "2022Q3"]),
        ("2022-08", ["2022-08"]),
        ("2022-06", ["2022-06", "2022Q2", "2022H1"]),
        ("2022Q4", ["2022-10", "2022-11", "2022-12", "2022Q4", "2022H2", "2022"]),
        ("2022H1", ["2022-01", "2022-02", "2022-03", "2022-04", "2022-05", "2022-06", "2022Q1", "2022Q2", "2022H1"]),
    ],
)
def test_what_falls_due_in_a_period(within: str, due: list[str]) -> None:
    period = parse_period(within)
    assert period is not None
    assert [str(found) for kind in PER_YEAR for found in periods_due(kind, period)] == due


@given(kinds, periods)
def test_due_are_exactly_the_periods_whose_last_day_lies_within(kind: PeriodKind, within: Period) -> None:
    around = [
        Period(kind, year, index)
        for year in (within.year - 1, within.year, within.year + 1)
        for index in range(1, PER_YEAR[kind] + 1)
    ]
    assert periods_due(kind, within) == [
        one for one in around if within.start <= one.end - timedelta(days=1) < within.end
    ]


@pytest.mark.parametrize(
    ("kind", "within", "running"),
    [
        (QUARTER, "2022-07", "2022Q3"),
        (QUARTER, "2022-09", None),
        (YEAR, "2022Q3", "2022"),
        (YEAR, "2022Q4", None),
        (MONTH, "2022Q3", None),
        (HALF, "2022-07", "2022H2"),
        (QUARTER, "2022Q3", None),
    ],
)
def test_the_running_period_holds_this_one_and_ends_later(kind: PeriodKind, within: str, running: str | None) -> None:
    period = parse_period(within)
    assert period is not None
    found = period_running(kind, period)
    assert (str(found) if found else None) == running


@given(kinds, periods)
def test_a_period_is_due_or_running_never_both_for_coarser_kinds(kind: PeriodKind, within: Period) -> None:
    if kind.months >= within.kind.months:
        assert bool(periods_due(kind, within)) != bool(period_running(kind, within))


# ---- weeks, days, and periods that begin on another day


@given(days)
def test_a_week_is_that_of_the_standard_and_a_day_itself(day: date) -> None:
    week, one = period_of(PeriodKind.WEEK, day), period_of(PeriodKind.DAY, day)
    assert (week.year, week.index) == day.isocalendar()[:2]
    assert (week.start.isoweekday(), week.last_day.isoweekday(), week.holds(day)) == (1, 7, True)
    assert (one.start, one.end) == (day, day + timedelta(days=1))
    assert str(one) == day.isoformat()
    assert parse_assessed(str(week)) == week
    assert parse_assessed(str(one)) == one
    assert week.before.end == week.start
    assert one.before.end == day


@given(kinds, st.integers(1, 12), st.integers(1, 28), days)
def test_periods_that_begin_on_another_day_tile_the_time(kind: PeriodKind, month: int, begin: int, day: date) -> None:
    lag = lag_of(kind, f"{month:02}-{begin:02}")
    assert lag is not None
    period = period_of(kind, day, lag)
    assert period.holds(day)
    assert (period.start.month - month) % kind.months == 0
    assert period.start.day == begin
    following = period_of(kind, period.end, lag)
    assert (following.start, following.before) == (period.end, period)
    assert parse_assessed(str(period)) == period


@pytest.mark.parametrize(
    ("text", "start", "end", "before", "year_before"),
    [
        ("2022-W01", "2022-01-03", "2022-01-10", "2021-W52", "2021-W01"),
        ("2020-W53", "2020-12-28", "2021-01-04", "2020-W52", "2019-W52"),
        ("2022W5", "2022-01-31", "2022-02-07", "2022-W04", "2021-W05"),
        ("2022年第5周", "2022-01-31", "2022-02-07", "2022-W04", "2021-W05"),
        ("2022-03-01", "2022-03-01", "2022-03-02", "2022-02-28", "2021-03-01"),
        ("2022-04~2023-03", "2022-04-01", "2023-04-01", "2021-04~2022-03", "2021-04~2022-03"),
        ("2021-12-26~2022-01-25", "2021-12-26", "2022-01-26", "2021-11-26~2021-12-25", "2020-12-26~2021-01-25"),
        ("2022-02~2022-04", "2022-02-01", "2022-05-01", "2021-11~2022-01", "2021-02~2021-04"),
        ("2022-07", "2022-07-01", "2022-08-01", "2022-06", "2021-07"),
        ("2022Q1", "2022-01-01", "2022-04-01", "2021Q4", "2021Q1"),
    ],
)
def test_periods_of_other_shapes(text: str, start: str, end: str, before: str, year_before: str) -> None:
    period = parse_assessed(text)
    assert period is not None
    assert (str(period.start), str(period.end)) == (start, end)
    assert (str(period.before), str(period.year_before)) == (before, year_before)


@pytest.mark.parametrize(
    "text", ["2021-W53", "2022-W00", "2022-13-01", "2022-02-30", "2022-04~2023-04", "2022-04~", "x"]
)
def test_what_is_no_period_of_any_shape(text: str) -> None:
    assert parse_assessed(text) is None


@pytest.mark.parametrize(
    ("kind", "starts", "lag"),
    [
        (YEAR, None, (0, 1)),
        (YEAR, "04-01", (3, 1)),
        (QUARTER, "04-01", (0, 1)),
        (MONTH, "26", (0, 26)),
        (MONTH, "29", None),
        (YEAR, "13-01", None),
        (YEAR, "四月", None),
        (PeriodKind.WEEK, "04-01", None),
        (PeriodKind.WEEK, None, (0, 1)),
    ],
)
def test_the_lag_of_periods(kind: PeriodKind, starts: str | None, lag: tuple[int, int] | None) -> None:
    assert lag_of(kind, starts) == lag


def test_weeks_fall_due_where_they_end() -> None:
    january = Period(MONTH, 2022, 1)
    assert [str(week) for week in periods_due(PeriodKind.WEEK, january)] == [
        "2021-W52", "2022-W01", "2022-W02", "2022-W03", "2022-W04",
    ]  # fmt: skip
    fiscal = period_running(YEAR, january, (3, 1))
    assert str(fiscal) == "2021-04~2022-03"
