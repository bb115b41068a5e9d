"""The year: one answer to what is known of it, however it was come by."""

from datetime import date

import pytest
from kit.sample import Sample
from kit.tables import catalogue_of, report_of, tables_of

from itss_kpi.core.results import Assessment, Report
from itss_kpi.plan.year import PlanYear


def year_of(sample: Sample, period: str, as_of: date | None = None, ended: list[Assessment] | None = None) -> PlanYear:
    report = report_of(sample.catalogue, sample.tables, period, as_of=as_of)
    records = {name: table for name, table in sample.ledgers.items() if name in sample.catalogue.records}
    return PlanYear(sample.catalogue, sample.catalogue.indicators, sample.tables, records, report, ended=ended or ())


def ended_by(items: tuple[Assessment, ...] | list[Assessment], day: date) -> list[Assessment]:
    return [item for item in items if item.period.last_day <= day and item.due]


@pytest.fixture(scope="module")
def whole(sample: Sample) -> Report:
    """The report of the whole year as of its end."""
    return report_of(sample.catalogue, sample.tables, "2022")


def test_the_report_of_a_year_is_its_year(sample: Sample) -> None:
    year = year_of(sample, "2022")
    assert year.assessments is year.report.assessments


def test_a_quarter_s_year_is_the_same_from_what_is_known_as_worked_out_anew(sample: Sample, whole: Report) -> None:
    day = date(2022, 9, 30)
    known = year_of(sample, "2022Q3", ended=ended_by(whole.due, day))
    anew = year_of(sample, "2022Q3")
    assert ended_by(known.assessments, day) == ended_by(anew.assessments, day)
    assert known.actions == anew.actions
    assert known.nonconformities == anew.nonconformities
    assert known.survey == anew.survey
    assert [one.points for one in known.series] == [one.points for one in anew.series]


def test_what_has_ended_since_the_period_did_is_seen_from_a_later_day(sample: Sample, whole: Report) -> None:
    later = year_of(sample, "2022-07", date(2022, 12, 31), ended=list(whole.due))
    assert {str(item.period) for item in later.assessments} >= {"2022-12", "2022Q4", "2022"}
    # the series looks no further than the report's period
    assert {str(point.item.period) for one in later.series for point in one.points if point.item.due} <= {
        *(f"2022-0{month}" for month in range(1, 8)), "2022Q1", "2022Q2", "2022H1",
    }  # fmt: skip


def test_another_year_than_the_plan_s_has_no_activities(sample: Sample) -> None:
    assert year_of(sample, "2021").activities is None
    assert year_of(sample, "2022").activities is not None


def test_of_some_indicators_alone_nothing_is_said_that_needs_others(sample: Sample) -> None:
    catalogue = sample.catalogue
    one = catalogue.indicators[:1]
    report = report_of(catalogue, sample.tables, "2022", indicators=one)
    year = PlanYear(catalogue, one, sample.tables, {}, report)
    assert (year.survey, year.clauses) == (None, None)


def test_what_the_catalogue_doesn_t_declare_isn_t_there() -> None:
    catalogue = catalogue_of(
        "sources:\n  t:\n    name: 工单\n    departments: [甲部]\n    files: 工单_*.xlsx\n    key: [编号]\n    date: 日期\n"
        "    columns: {编号: {type: text}, 日期: {type: date}}\n"
        "indicators:\n  - {id: n, number: 1, domain: 过程管理, name: 数, formula: 数, target: '<= 9次', period: year,"
        " department: [甲部], value: {measure: count, source: t}}\n"
    )
    tables = tables_of(catalogue, t=[{"编号": "1", "日期": "2022-07-01"}])
    report = report_of(catalogue, tables, "2022")
    year = PlanYear(catalogue, catalogue.indicators, tables, {}, report)
    assert (year.actions, year.nonconformities, year.activities, year.checks, year.survey) == (None,) * 5
    assert year.clauses is None
    assert [export.path for export in year.exports] == ["甲部/工单.xlsx"]
    assert year.problems == report.problems
