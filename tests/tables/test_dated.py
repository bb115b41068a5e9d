"""Rows' dates against the time of their file: astray, far, unreadable; and until when a file can answer."""

from dataclasses import replace
from datetime import date

import pytest

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.usage import Usage
from itss_kpi.core.period import parse_period
from itss_kpi.core.results import Report, Verdict
from itss_kpi.engine.evaluate import evaluate
from itss_kpi.reading.grid import RawExport
from itss_kpi.tables.build import build_table
from tests.kit.tables import catalogue_of, raw_export

_CATALOGUE = """
sources:
  tickets:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    columns: {编号: {required: true}, 日期: {type: date, required: true}}
indicators:
  - {id: count, number: 1, domain: 过程管理, name: 件数, formula: 件数, target: '<= 2次', period: month, value: {measure: count, source: tickets}}
  - {id: open, number: 2, domain: 过程管理, name: 积压, formula: 积压, target: '<= 2次', period: month, value: {measure: count, source: tickets, window: until_end}}
"""
CATALOGUE, WEEKLY = catalogue_of(_CATALOGUE), catalogue_of(_CATALOGUE.replace("period: month", "period: week"))
LAST_YEAR = (date(2021, 1, 1), date(2022, 1, 1))
JULY = (date(2022, 7, 1), date(2022, 8, 1))
Q3 = (date(2022, 7, 1), date(2022, 10, 1))
Q4 = (date(2022, 10, 1), date(2023, 1, 1))
YEAR = (date(2022, 1, 1), date(2023, 1, 1))


def file(days: list[str], covers: tuple[date, date] | None = JULY, **of_file: object) -> RawExport:
    rows = [{"编号": f"{covers[0] if covers else ''}-{at}", "日期": day} for at, day in enumerate(days)]
    return replace(raw_export(CATALOGUE, "tickets", rows, covers=covers, path=f"甲部/工单_{covers}.xlsx"), **of_file)


def reported(
    period: str, *raws: RawExport, earlier: bool = False, catalogue: Catalogue = CATALOGUE
) -> tuple[Report, list[str]]:
    table, problems = build_table("tickets", CATALOGUE.sources["tickets"], raws, ["甲部"], 2022, Usage(earlier))
    assessed = parse_period(period)
    assert assessed
    return evaluate(catalogue, {"tickets": table}, assessed), [problem.code for problem in problems]


def ranges(report: Report) -> list[tuple[str, str, int]]:
    """Of each indicator lowest, highest and how many rows are outside their file's time."""
    return [(str(one.lowest), str(one.highest), one.accounting[0].elsewhere) for one in report.assessments]


GOOD = ["2022-07-04", "2022-07-05"]


@pytest.mark.parametrize(
    ("day", "count", "codes"),
    [
        ("2021-07-06", ("2", "3", 0), ["D208"]),  # the year is mistyped
        ("2202-07-06", ("2", "3", 0), ["D208"]),
        ("2021-12-31", ("2", "3", 0), ["D208"]),
        ("2022-06-30", ("2", "2", 1), []),  # next to it
        ("2022-06-01", ("2", "2", 1), []),
        ("2022-05-31", ("2", "2", 1), []),
        ("2022-05-30", ("2", "2", 1), ["D209"]),  # the same year, but more than a month away
        ("2022-08-31", ("2", "2", 1), []),
        ("2022-09-01", ("2", "2", 1), ["D209"]),
    ],
)
def test_a_date_in_another_year_may_be_of_its_file_s_time(
    day: str, count: tuple[str, str, int], codes: list[str]
) -> None:
    report, said = reported("2022-07", file([*GOOD, day]))
    assert (ranges(report)[0], said) == (count, codes)


def test_a_row_astray_is_doubtful_in_its_own_period_too() -> None:
    before = (date(2021, 7, 1), date(2021, 8, 1))
    report, _ = reported("2021-07", file(["2021-07-02"], before), file([*GOOD, "2021-07-06"]))
    assert ranges(report)[0] == ("1", "2", 0)
    report, _ = reported("2022-08", file([], (date(2022, 8, 1), date(2022, 9, 1))), file([*GOOD, "2021-07-06"]))
    assert ranges(report)[0] == ("0", "0", 1)  # neither that month nor its file's


def test_what_counts_all_up_to_a_day_takes_an_early_row_as_written_and_doubts_a_late_one() -> None:
    raws = [file([*GOOD, "2021-03-06", "2202-07-06"], (date(2022, 1, 1), date(2022, 8, 1)))]
    report, said = reported("2022-07", *raws)
    # a year that may be mistyped doesn't say that what was open before is here
    assert (ranges(report)[1], said) == (("3", "None", 0), ["D208", "D208"])
    before = file(["2021-12-30"], LAST_YEAR)
    assert ranges(reported("2022-07", *raws, before)[0])[1][:2] == ("4", "5")
    report, said = reported("2022-07", *raws, earlier=True)  # a roster: only what is later is odd
    assert (ranges(report)[1], said) == (("3", "4", 0), ["D208"])


def test_a_file_without_a_time_is_held_against_the_plan_s_year() -> None:
    covered = file([], JULY)
    report, said = reported("2022-07", covered, file([*GOOD, "2021-07-06", "待补"], None))
    assert (ranges(report)[0], sorted(said)) == (("2", "4", 0), ["D108", "D201", "D208"])


def test_an_unreadable_date_is_of_its_file_s_time() -> None:
    third, fourth = file(["2022-07-04"], Q3), file(["2022-10-04", "待补"], Q4)
    report, _ = reported("2022-07", third, fourth)
    assert ranges(report)[0][:2] == ("1", "1")
    report, _ = reported("2022-10", third, fourth, file([], YEAR))
    # of all that is open some may be of the year before, for which nobody answers
    assert [found[:2] for found in ranges(report)] == [("1", "2"), ("None", "None")]
    report, _ = reported("2022-10", third, fourth, file([], YEAR), file(["2021-12-30"], LAST_YEAR))
    assert [found[:2] for found in ranges(report)] == [("1", "2"), ("3", "4")]


@pytest.mark.parametrize(
    ("covers", "day"),
    [(JULY, date(2022, 7, 5)), ((date(2021, 7, 1), date(2021, 8, 1)), date(2021, 7, 5)), (None, None)],
)
def test_a_day_without_a_year_is_in_its_file_s(covers: tuple[date, date] | None, day: date | None) -> None:
    table, _ = build_table("tickets", CATALOGUE.sources["tickets"], [file(["7月5日"], covers)], ["甲部"], 2022)
    assert (bool(table.pandas["日期?bad"][0]) if "日期?bad" in table.pandas else False) is (day is None)
    if day:
        assert table.pandas["日期"][0] == (day - date(1970, 1, 1)).days * 86_400_000_000


# ---- until when it answers


@pytest.mark.parametrize(
    ("saved", "days", "lacking"),
    [
        (date(2022, 7, 20), [], ["2022-07", "2022-08", "2022-09"]),
        (date(2022, 7, 20), ["2022-07-04"], ["2022-07", "2022-08", "2022-09"]),
        (date(2022, 7, 24), [], ["2022-08", "2022-09"]),  # a week before the month's end
        (date(2022, 7, 23), [], ["2022-07", "2022-08", "2022-09"]),
        (date(2022, 9, 23), [], []),
        (date(2022, 10, 8), [], []),
        (date(2022, 7, 20), ["2022-07-04", "2022-09-28"], []),  # a plan, or a date that a tool left
        (date(2006, 9, 16), [], []),  # older than any table of that year
        (date(2022, 6, 20), [], ["2022-07", "2022-08", "2022-09"]),  # a form that was never opened again
    ],
)
def test_a_ledger_says_nothing_of_the_days_after_it_was_saved(saved: date, days: list[str], lacking: list[str]) -> None:
    report, said = reported("2022Q3", file(days, Q3, saved=saved))
    verdict = {str(one.period): one.verdict for one in report.assessments if one.indicator == "count"}
    assert [month for month, found in verdict.items() if found is Verdict.MISSING_DATA] == lacking
    assert ("D128" in said) == bool(lacking)


@pytest.mark.parametrize(
    ("saved", "last"),
    [
        (date(2022, 8, 10), "2022-W31"),  # a Wednesday: Monday's week has four days more
        (date(2022, 8, 13), "2022-W31"),
        (date(2022, 8, 14), "2022-W32"),
        (date(2022, 8, 26), "2022-W34"),  # done for August, whose end is within a week, but that is a Wednesday
    ],
)
def test_a_week_that_had_not_ended_when_the_ledger_was_saved_is_not_there(saved: date, last: str) -> None:
    report, _ = reported("2022Q3", file([], Q3, saved=saved), catalogue=WEEKLY)
    there = [one for one in report.assessments if one.indicator == "count" and one.verdict is Verdict.ATTAINED]
    assert str(there[-1].period) == last


def test_what_the_name_says_of_the_export_s_day_counts_and_rosters_are_not_touched() -> None:
    _, said = reported("2022Q3", file([], Q3, made=date(2022, 7, 20)))
    assert said == ["D128"]
    # most of a list began before its time; a backlog is of events, and ends where it was saved
    listed, events = ["2019-03-01", "2021-05-05", "2022-07-04"], ["2021-05-05", "2022-07-01", "2022-07-04"]
    for days, codes in ((listed, []), (events, ["D128"]), ([], ["D128"])):
        _, said = reported("2022Q3", file(days, Q3, saved=date(2022, 7, 20)), earlier=True)
        assert said == codes


@pytest.mark.parametrize(
    ("days", "earlier", "elsewhere"),
    [
        (["2022-07-05", *["2022-10-08"] * 2], False, True),
        (["2022-07-05", *["2022-10-05"] * 2], False, False),  # exports end a few days later
        (["2022-07-05", *["2022-06-05"] * 2], False, False),  # and begin with what was open
        (["2022-07-05", *["2022-05-05"] * 2], False, True),
        (["2022-07-05", *["2022-05-05"] * 2], True, False),
        (["2015-07-05"] * 6, True, False),  # a roster that nobody joined
        (["2022-06-05"], False, True),
        (["2022-07-05", "2022-05-05"], False, False),
    ],
)
def test_a_file_whose_rows_mostly_lie_elsewhere_is_another_period_s(
    days: list[str], earlier: bool, elsewhere: bool
) -> None:
    _, said = reported("2022Q3", file(days, Q3), earlier=earlier)
    assert ("D111" in said) is elsewhere


@pytest.mark.parametrize(
    ("day", "covers", "doubtful"),
    [("2022-09-30", Q3, False), ("2022-10-01", Q3, True), ("", Q3, False), ("2022-10-01", YEAR, False)],
)
def test_who_came_after_a_list_s_time_may_not_belong_to_it(day: str, covers: tuple[date, date], doubtful: bool) -> None:
    catalogue = catalogue_of("""
sources:
  staff: {name: 花名册, departments: [甲部], files: 花名册_*, key: [工号], snapshot: true, columns: {工号: {}, 入职日期: {type: date}}}
indicators:
  - {id: a, number: 1, domain: 人员管理, name: 人数, formula: f, period: quarter, value: {measure: count, source: staff}}
""")  # fmt: skip
    rows = [{"工号": "1", "入职日期": "2020-03-01"}, {"工号": "2", "入职日期": day}]
    raw = raw_export(catalogue, "staff", rows, covers=covers)
    table, problems = build_table("staff", catalogue.sources["staff"], [raw], ["甲部"], 2022)
    assert ("D321" in [problem.code for problem in problems]) is doubtful
    assert table.uncertain is doubtful
