"""Comparison: groups of the sample against SQL written by hand, sums against their whole, small cases by hand.

Convention: a group is written as (numerator, denominator); the SQL says of every row what it is for certain, NULL where
a cell can't be read, and takes all variants of a conflicting record as one row that adds what they agree on.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import duckdb
import pytest
from kit.comparison import RATIO, along, both_departments, cut, indicator_of, row, small
from kit.sample import Sample
from kit.tables import Row, catalogue_of, over_duckdb, period_of, raw_export, report_of, table_of, tables_of
from outside.oracle import cells, during

from itss_kpi.analysis.breakdown import Breakdown, across_all, extremes, shares
from itss_kpi.analysis.series import Series, before, change, change_text, outlook, series, year_before
from itss_kpi.catalogue.catalogue import Catalogue, dimensions_of
from itss_kpi.catalogue.expression import micros_of
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.core.period import Period, PeriodKind
from itss_kpi.core.results import Assessment, Verdict, WhatIf
from itss_kpi.core.targets import Unit, parse_target

Groups = dict[str | None, tuple[Fraction | None, Fraction | None]]


def groups_of(breakdown: Breakdown) -> Groups:
    return {one.group: (one.numerator, one.denominator) for one in breakdown.groups}


def total(amounts: Sequence[Fraction | None]) -> Fraction:
    return sum((amount or Fraction(0) for amount in amounts), Fraction(0))


# ---- the sample against SQL


@pytest.fixture(scope="module")
def connection(sample: Sample) -> duckdb.DuckDBPyConnection:
    found = duckdb.connect()
    for name, table in sample.tables.items():
        states = {"_uncertain"} | {f"{column}?{state}" for column in table.columns for state in ("blank", "bad")}
        found.register(name, table.pandas.assign(**dict.fromkeys(states - set(table.pandas.columns), False)))
    return found


COUNT = "1 AS top, 1 AS bottom"
CALLED = """during AND 工单状态 <> '已取消' AS d,
    NOT "响应时间?blank" AND NOT "响应时限?blank" AND 响应时间 - 受理时间 <= 响应时限 AS n"""


def rows_of(number: int, group: str) -> str:
    """Every row of the indicator: its group, whether it is in the denominator and the numerator, what it adds."""
    g = f'"{group}" AS g, _conflict'
    match number:
        case 18:
            source = cells("incidents", instants="受理时间 响应时间 响应时限", texts=f"工单状态 {group}")
            return f"SELECT {g}, {CALLED.replace('during', during('受理时间'))}, {COUNT} FROM {source}"
        case 19:
            source = cells("incidents", instants="关闭时间", texts=f"工单状态 解决结果 {group}")
            return f"""SELECT {g}, {during("关闭时间")} AND 工单状态 = '已关闭' AS d, 解决结果 = '已解决' AS n, {COUNT}
                       FROM {source}"""
        case 20:
            return f"""
            SELECT {g}, 登记日期 < $end AND (登记日期 >= $start OR "解决日期?blank" OR 解决日期 >= $start) AS d,
                   NOT "解决日期?blank" AND 解决日期 < $end AS n, {COUNT}
            FROM {cells("problems", instants="登记日期 解决日期", texts=group)}"""
        case 21:
            source = cells("changes", instants="实施日期", texts=f"变更结果 {group}")
            return f"""SELECT {g}, {during("实施日期")} AND 变更结果 <> '已取消' AS d, 变更结果 = '成功' AS n, {COUNT}
                       FROM {source}"""
        case 12:
            source = cells("spares", instants="出库日期", texts=group, amounts="合格数量 出库数量")
            return (
                f"SELECT {g}, {during('出库日期')} AS d, TRUE AS n, 合格数量 AS top, 出库数量 AS bottom FROM {source}"
            )
        case 1:
            source = cells("sla", instants="统计月份", texts=group, amounts="SLA达成项数 SLA承诺项数")
            return f"SELECT {g}, {during('统计月份')} AS d, TRUE AS n, SLA达成项数 AS top, SLA承诺项数 AS bottom FROM {source}"
        case _:
            raise AssertionError(number)


def sql_groups(connection: duckdb.DuckDBPyConnection, rows: str, period: str) -> Groups:
    """What is certain in each group."""
    span = period_of(period)
    query = f"""
    WITH fact AS (
        SELECT g, CASE WHEN _conflict > 0 THEN -_conflict ELSE row_number() OVER () END AS record,
               CASE WHEN d AND n THEN top WHEN NOT (d AND n) THEN 0 END AS n,
               CASE WHEN d THEN bottom WHEN NOT d THEN 0 END AS d
        FROM ({rows})
    ), each AS (
        SELECT min(g) AS g, if(count(n) = count(*) AND min(n) = max(n), min(n), 0) AS n,
               if(count(d) = count(*) AND min(d) = max(d), min(d), 0) AS d
        FROM fact GROUP BY record HAVING count(DISTINCT g) = 1
    )
    SELECT if(g = '', '未填', g), sum(n)::BIGINT, sum(d)::BIGINT FROM each GROUP BY g
    """
    found = connection.execute(query, {"start": micros_of(span.start), "end": micros_of(span.end)}).fetchall()
    return {name: (Fraction(n), Fraction(d)) for name, n, d in found}


@pytest.mark.parametrize(
    ("number", "dimension", "column", "period"),
    [
        (18, "部门", "提交部门", "2022Q3"),
        (18, "项目", "项目名称", "2022Q3"),
        (18, "优先级", "优先级", "2022Q3"),
        (18, "客户", "客户单位", "2022Q2"),
        (19, "部门", "提交部门", "2022Q3"),
        (19, "项目", "项目名称", "2022Q2"),
        (20, "部门", "提交部门", "2022"),
        (20, "项目", "项目名称", "2022Q4"),
        (21, "变更类型", "变更类型", "2022"),
        (12, "备件", "备件名称", "2022"),
        (12, "部门", "提交部门", "2022"),
        (1, "项目", "项目名称", "2022"),
    ],
)
def test_groups_of_the_sample_equal_sql(
    sample: Sample, connection: duckdb.DuckDBPyConnection, number: int, dimension: str, column: str, period: str
) -> None:
    found = cut(sample.catalogue, sample.tables, number, period, dimension)
    assert len(found) == {1: 1, 18: 3, 19: 3, 20: 4 if period == "2022" else 1}.get(number, 4)
    for name, breakdown in found.items():
        expected = sql_groups(connection, rows_of(number, column), name)
        assert len(expected) > 1
        assert groups_of(breakdown) == expected
        if number != 1:
            assert breakdown.reason == ""
            assert breakdown.whole.numerator == total([n for n, _ in expected.values()])
            assert breakdown.whole.denominator == total([d for _, d in expected.values()])


def test_sla_by_department_is_the_mean_of_its_projects(sample: Sample, connection: duckdb.DuckDBPyConnection) -> None:
    (found,) = cut(sample.catalogue, sample.tables, 1, "2022", "部门").values()
    query = "SELECT 提交部门, 项目名称, sum(SLA达成项数)::INT, sum(SLA承诺项数)::INT FROM sla GROUP BY ALL"
    ratios: dict[str, list[Fraction]] = {}
    for department, _, reached, promised in connection.execute(query).fetchall():
        ratios.setdefault(department, []).append(Fraction(reached, promised))
    assert groups_of(found) == {name: (sum(each), len(each)) for name, each in ratios.items()}
    assert found.reason == "总值是各项目名称比率的平均,不是各组分子分母的合计"
    assert [one.group for one in found.groups] == ["通信部", "信息部"]  # the plan's order
    (listed,) = across_all(
        sample.catalogue,
        sample.tables,
        [indicator_of(sample.catalogue, 1)],
        period_of("2022"),
        date(2022, 12, 31),
        "部门",
    )[16]
    assert (listed.whole.number, groups_of(listed)) == (16, groups_of(found))


def test_customers_satisfaction_by_project_is_worked_out_over_its_rows(
    sample: Sample, connection: duckdb.DuckDBPyConnection
) -> None:
    (found,) = cut(sample.catalogue, sample.tables, 2, "2022", "项目").values()
    query = "SELECT 项目名称, 调查项, sum(得分)::BIGINT, sum(满分)::BIGINT FROM satisfaction GROUP BY ALL"
    top, bottom = (sample.tables["satisfaction"].columns[name].scale for name in ("得分", "满分"))
    means: dict[str, list[Fraction]] = {}
    for project, _, given, most in connection.execute(query).fetchall():
        means.setdefault(project, []).append(Fraction(given, 10**top) / Fraction(most, 10**bottom))
    assert len(means) == 14
    assert groups_of(found) == {name: (sum(each), len(each)) for name, each in means.items()}
    by_item = cut(sample.catalogue, sample.tables, 2, "2022", "调查项")["2022"]
    assert total([one.value for one in by_item.groups]) == by_item.whole.numerator


def test_distinct_people_and_two_ledgers_by_department(sample: Sample, connection: duckdb.DuckDBPyConnection) -> None:
    for quarter, found in cut(sample.catalogue, sample.tables, 8, "2022", "所属部门").items():
        span = period_of(quarter)
        query = """
        SELECT 所属部门, count(DISTINCT 工号) FILTER (mine AND 是否参加考核), count(DISTINCT 工号) FILTER (mine)
        FROM (SELECT *, 岗位类别 = '运维岗' AND 考核季度 >= $start AND 考核季度 < $end AS mine FROM performance_reviews)
        GROUP BY 所属部门
        """
        rows = connection.execute(query, {"start": micros_of(span.start), "end": micros_of(span.end)}).fetchall()
        assert groups_of(found) == {name: (n, d) for name, n, d in rows}
        assert found.reason == ""
    for quarter, found in cut(sample.catalogue, sample.tables, 11, "2022", "部门").items():
        span = period_of(quarter)
        query = """
        SELECT 提交部门, (SELECT count(*) FROM knowledge k WHERE k.提交部门 = d.提交部门 AND 入库日期 >= $start AND 入库日期 < $end),
               (SELECT coalesce(sum(计划新增数量), 0)::INT FROM knowledge_plan p
                WHERE p.提交部门 = d.提交部门 AND 季度 >= $start AND 季度 < $end)
        FROM (SELECT DISTINCT 提交部门 FROM knowledge) d
        """
        rows = connection.execute(query, {"start": micros_of(span.start), "end": micros_of(span.end)}).fetchall()
        assert groups_of(found) == {name: (n, d) for name, n, d in rows}
        assert found.reason == ""
    assert [
        str(one.verdict) for one in cut(sample.catalogue, sample.tables, 11, "2022Q1", "部门")["2022Q1"].groups
    ] == ["undefined"] * 3


def test_counts_without_a_denominator_and_departments_of_a_plan(sample: Sample) -> None:
    by_department = cut(sample.catalogue, sample.tables, 25, "2022", "部门")["2022"]
    assert groups_of(by_department) == {"信息部": (1, None)}
    assert by_department.reason == ""
    by_level = cut(sample.catalogue, sample.tables, 25, "2022", "事件等级")["2022"]
    assert total([one.numerator for one in by_level.groups]) == by_level.whole.numerator == 1
    declared = cut(sample.catalogue, sample.tables, 3, "2022", "部门")["2022"]
    assert (declared.groups, declared.reason) == ((), "分母是计划声明的部门数,不能按部门分")
    assert declared.whole.value == 1
    without = cut(sample.catalogue, sample.tables, 11, "2022Q3", "分类")["2022Q3"]
    assert (without.groups, without.reason) == ((), "台账“知识条目新增计划”没有“分类”这个维度")


def test_months_without_an_export_have_no_values_in_any_group(sample: Sample) -> None:
    found = cut(sample.catalogue, sample.tables, 18, "2022-10", "部门")["2022-10"]
    assert found.reason == "数据缺失,总值与各组都没有值"
    assert groups_of(found) == {"通信部": (None, None), "信息部": (None, None)}
    assert {str(one.verdict) for one in (found.whole, *found.groups)} == {"missing_data"}


def all_dimensions(catalogue: Catalogue) -> list[str]:
    return list(dict.fromkeys(name for source in catalogue.sources.values() for name in source.dimensions))


@pytest.mark.parametrize("period", ["2022", "2022-08"])
def test_the_groups_of_every_indicator_and_dimension_add_up_or_say_why_not(sample: Sample, period: str) -> None:
    parsed = period_of(period)
    report = sample.report(period)
    # that of the month is worked out again with every dimension
    known = report.assessments if period == "2022" else ()
    reasons = set()
    for dimension in all_dimensions(sample.catalogue):
        found = across_all(
            sample.catalogue, sample.tables, sample.catalogue.indicators, parsed, parsed.last_day, dimension, known
        )
        # what it is about is the report, no more and no less
        assert [one.whole for each in found.values() for one in each] == list(report.assessments)
        for breakdown in (one for each in found.values() for one in each):
            reasons.add(breakdown.reason.partition("“")[0])
            if not breakdown.reason:
                assert total([one.numerator for one in breakdown.groups]) == breakdown.whole.numerator
                assert total([one.denominator for one in breakdown.groups]) == (breakdown.whole.denominator or 0)
            names = [one.group for one in breakdown.groups]
            assert len(set(names)) == len(names)
            assert (
                dimension in dimensions_of(sample.catalogue, indicator_by_id(sample.catalogue, breakdown)) or not names
            )
    assert {reason[:4] for reason in reasons} <= {"", "台账", "数据缺失", "总值是各", "分母是计"}


def indicator_by_id(catalogue: Catalogue, breakdown: Breakdown) -> Indicator:
    (found,) = [one for one in catalogue.indicators if one.id == breakdown.whole.indicator]
    return found


def test_duckdb_and_what_is_known_already_give_the_same_breakdowns(sample: Sample) -> None:
    chosen = [one for one in sample.catalogue.indicators if one.number in (1, 2, 8, 18, 22)]
    period = period_of("2022Q3")
    expected = across_all(sample.catalogue, sample.tables, chosen, period, period.last_day, "项目")
    lazy = over_duckdb(sample.tables, shuffled=True)
    assert across_all(sample.catalogue, lazy, chosen, period, period.last_day, "项目") == expected
    known = sample.report("2022Q3").assessments
    again = across_all(sample.catalogue, sample.tables, chosen, period, period.last_day, "项目", known=known)
    assert again == expected


# ---- periods


def items_of(found: Sequence[Series]) -> list[Assessment]:
    """The assessments of all series, in the order of a report."""
    items = [point.item for one in found for point in one.points]
    return sorted(items, key=lambda item: (item.number, item.period.start, item.group or ""))


def test_series_of_the_sample_are_the_assessments_of_its_reports(sample: Sample) -> None:
    year = sample.report("2022")
    assert items_of(along(sample.catalogue, sample.tables, "2022", "2022")) == list(year.assessments)
    # what falls due in a part of the year, and what runs at its end
    for last, as_of in (("2022Q3", date(2022, 11, 5)), ("2022Q3", date(2022, 8, 31)), ("2022-08", date(2022, 8, 31))):
        seen = min(as_of, period_of(last).last_day)
        whole = sample.report("2022", seen).assessments
        found = items_of(along(sample.catalogue, sample.tables, "2022-03", last, as_of))
        assert found == [
            item for item in whole if item.period.last_day >= date(2022, 3, 1) and item.period.start <= seen
        ]
        assert {item.due for item in found} == {True, False}
    numbers = [(one.number, one.group) for one in along(sample.catalogue, sample.tables, "2022", "2022")]
    assert numbers == [(number, None) for number in range(1, 26)]


def test_what_is_known_is_not_worked_out_again(sample: Sample) -> None:
    year = sample.report("2022").assessments
    expected = along(sample.catalogue, sample.tables, "2022", "2022")
    assert along(sample.catalogue, sample.tables, "2022", "2022", known=year) == expected
    other = [replace(item, value=Fraction(7)) for item in year]
    assert {item.value for item in items_of(along(sample.catalogue, sample.tables, "2022", "2022", known=other))} == {7}


EVERY_PERIOD = [*(f"2022-{at:02}" for at in range(1, 13)), *(f"2022Q{at}" for at in range(1, 5)), "2022H1", "2022H2"]


@pytest.mark.parametrize("text", EVERY_PERIOD)
def test_an_assessment_that_has_ended_is_the_same_from_any_later_day(sample: Sample, text: str) -> None:
    """So a year that was worked out once gives those of every period in it."""
    period = period_of(text)
    due = [item for item in sample.report("2022").due if period.holds(item.period.last_day)]
    assert due == sample.report(text).due


@pytest.mark.parametrize("text", EVERY_PERIOD[:12])
def test_so_series_are_too(sample: Sample, text: str) -> None:
    """Those up to a longer period are seen up to the same day as those up to its last month."""
    ended = [item for item in sample.report("2022").due if item.period.last_day <= period_of(text).last_day]
    first = along(sample.catalogue, sample.tables, "2022", text)
    again = along(sample.catalogue, sample.tables, "2022", text, known=ended)
    assert [(one.number, one.group, one.to_date) for one in again] == [
        (one.number, one.group, one.to_date) for one in first
    ]
    assert [[point for point in one.points if point.item.due] for one in again] == [
        [point for point in one.points if point.item.due] for one in first
    ]


def test_so_it_is_with_groups_windows_and_snapshots() -> None:
    catalogue = catalogue_of(LATER)
    rows = [
        {"编号": f"{at}", "日期": f"2022-{1 + at % 12:02}-{1 + at % 28:02}", "组": "甲乙丙丁"[at % 4 if at > 30 else at % 2],
         "完成": ["", f"2022-{1 + (at + 2) % 12:02}-05"][at % 2]}
        for at in range(60)
    ]  # fmt: skip
    tables = tables_of(catalogue, work=rows)
    year = report_of(catalogue, tables, "2022")
    assert len({item.group for item in year.due}) > 3
    for text in EVERY_PERIOD:
        alone = report_of(catalogue, tables, text)
        found = [item for item in year.due if period_of(text).holds(item.period.last_day)]
        assert found == alone.due


LATER = """
sources:
  work:
    name: 工作
    departments: [甲部]
    files: 工作_*.xlsx
    key: [编号]
    date: 日期
    columns:
      编号: {type: text, required: true}
      日期: {type: date, required: true}
      组: {type: text}
      完成: {type: date}
indicators:
  - {id: each, number: 1, domain: 过程管理, name: 各组完成率, formula: f, target: '>= 50%', period: month, for_each: 组,
     numerator: {within: denominator, where: 完成 < period_end}, denominator: {measure: count, source: work}}
  - {id: since, number: 2, domain: 过程管理, name: 年初以来, formula: 全年, target: '>= 3次', period: month, note: n,
     value: {measure: count, source: work, window: year_to_date}}
  - {id: until, number: 3, domain: 过程管理, name: 截至, formula: f, target: '>= 3次', period: quarter,
     value: {measure: count, source: work, window: until_end}}
  - {id: recent, number: 4, domain: 过程管理, name: 近期, formula: f, target: '>= 50%', period: half,
     numerator: {measure: count, source: work, window: {days: 100}, date: 完成},
     denominator: {measure: count, source: work, window: {days: 45}}}
"""


def test_the_year_to_date_is_worked_out_from_the_rows(sample: Sample, connection: duckdb.DuckDBPyConnection) -> None:
    found = {one.number: one for one in along(sample.catalogue, sample.tables, "2022Q3", "2022Q3")}
    assert len(found) == 25
    query = "SELECT sum(合格数量)::INT, sum(出库数量)::INT FROM spares WHERE 出库日期 < $end"
    ((good, issued),) = connection.execute(query, {"end": micros_of(date(2022, 10, 1))}).fetchall()
    item = found[12].to_date
    assert item
    assert (item.numerator, item.denominator) == (good, issued) == (289 + 305 + 268, 300 + 320 + 280)
    assert (item.window, item.due, item.indicator) == (
        (date(2022, 1, 1), date(2022, 10, 1)), False, "spare_availability",
    )  # fmt: skip
    # of an indicator that is assessed by the year it is the assessment itself
    assert found[25].to_date == found[25].points[-1].item
    year = {one.number: one.to_date for one in along(sample.catalogue, sample.tables, "2022", "2022")}
    assert year[25] == sample.report("2022").assessments[-1]
    month = {one.number: one.to_date for one in along(sample.catalogue, sample.tables, "2022-02", "2022-02")}
    assert month[18]
    assert (month[18].numerator, month[18].denominator) == (179 + 153, 193 + 164)


@pytest.mark.parametrize(
    ("number", "dimension", "column"),
    [(18, "部门", "提交部门"), (18, "优先级", "优先级"), (21, "变更类型", "变更类型")],
)
def test_series_of_groups_equal_sql(
    sample: Sample, connection: duckdb.DuckDBPyConnection, number: int, dimension: str, column: str
) -> None:
    chosen = [indicator_of(sample.catalogue, number)]
    year = period_of("2022Q3" if number == 18 else "2022")
    first = period_of("2022-01")
    whole, *groups = series(sample.catalogue, sample.tables, chosen, first, year, year.last_day, dimension)
    assert (whole.group, whole.reason) == (None, "")
    assert len(groups) > 1
    for at, point in enumerate(whole.points):
        expected = sql_groups(connection, rows_of(number, column), str(point.item.period))
        at_period = {one.group: one.points[at].item for one in groups}
        assert {item.period for item in at_period.values()} == {point.item.period}
        assert {name: (item.numerator, item.denominator) for name, item in at_period.items()} == expected
        assert total([item.numerator for item in at_period.values()]) == point.item.numerator
    so_far = {one.group: one.to_date for one in groups}
    assert None not in so_far.values()
    assert total([item.numerator for item in so_far.values() if item]) == (whole.to_date and whole.to_date.numerator)
    for one in groups:
        for earlier, later in zip(one.points, one.points[1:], strict=False):
            assert later.on_before == change(later.item, earlier.item)
            assert later.on_year_before is None


def test_groups_of_means_and_of_what_has_none(sample: Sample) -> None:
    chosen = [indicator_of(sample.catalogue, number) for number in (1, 3, 11)]
    year = period_of("2022")
    found = series(sample.catalogue, sample.tables, chosen, year, year, year.last_day, "部门")
    by_number: dict[int, list[Series]] = {}
    for one in found:
        by_number.setdefault(one.number, []).append(one)
    assert {number: [one.group for one in listed] for number, listed in by_number.items()} == {
        1: [None, "通信部", "信息部"], 3: [None], 11: [None, "通信部", "信息部", "研发部"], 16: [None, "通信部", "信息部"],
    }  # fmt: skip
    assert by_number[1][0].reason == "总值是各项目名称比率的平均,不是各组分子分母的合计"
    assert by_number[3][0].reason == "分母是计划声明的部门数,不能按部门分"
    known = report_of(sample.catalogue, sample.tables, "2022", indicators=chosen)
    again = series(sample.catalogue, sample.tables, chosen, year, year, year.last_day, "部门", known=known.assessments)
    assert again == found


TWO_LEDGERS = "numerator: {measure: count, source: t}, denominator: {measure: sum, source: u, of: 计划%s}"
PLANS = [
    {"编号": "1", "日期": "2022-07-01", "归口": "甲部", "班组": "东", "计划": "4"},
    {"编号": "2", "日期": "2022-07-01", "归口": "丙部", "班组": "北", "计划": "2"},
]


def taken(body: str, rows: Sequence[Row], dimension: str, period: str = "2022-07", **more: Sequence[Row]) -> Breakdown:
    catalogue = small(body)
    found = cut(catalogue, both_departments(catalogue, t=rows, **more), 1, period, dimension)
    (one,) = found.values()
    return one


def months(items: Sequence[Assessment]) -> list[str]:
    return [str(item.period) for item in items]


def test_before_and_the_year_before_across_the_edge_of_the_year() -> None:
    catalogue = small(f"target: '>= 50%', {RATIO}", f"for_each: 组, {RATIO}")
    rows = [
        row(1, 日期="2021-12-05", 好="否", 组="东"), row(2, 日期="2022-01-05", 组="东"), row(3, 日期="2021-01-07", 组="西"),
        row(4, 日期="2022-02-05", 好="否"), row(5, 日期="2022-02-06"), row(6, 日期="2021-02-06"),
    ]  # fmt: skip
    tables = both_departments(catalogue, t=rows)
    lines = along(catalogue, tables, "2022-01", "2022-02", date(2022, 3, 9))
    assert [(one.number, one.group, len(one.points)) for one in lines] == [
        (1, None, 2), (2, "东", 2), (2, "西", 2), (2, "未填", 2),
    ]  # fmt: skip
    # the first has a period before it, and one of the year before
    assert [(point.on_before, point.on_year_before) for point in lines[0].points] == [
        (1, 0), (Fraction(-1, 2), Fraction(-1, 2)),
    ]  # fmt: skip
    found = items_of(along(catalogue, tables, "2021", "2022-02"))
    ratio = [item for item in found if item.number == 1]
    assert months(ratio) == [f"2021-{month:02}" for month in range(1, 13)] + ["2022-01", "2022-02"]
    january, february = ratio[-2:]
    assert before(january, found) == ratio[11]
    assert before(february, found) == january
    assert year_before(january, found) == ratio[0]
    assert (before(ratio[0], found), year_before(ratio[0], found)) == (None, None)
    assert (change(january, before(january, found)), change(february, before(february, found))) == (1, Fraction(-1, 2))
    assert change(february, year_before(february, found)) == Fraction(-1, 2)
    assert change(ratio[0], before(ratio[0], found)) is None
    assert change(ratio[1], ratio[2]) is change(ratio[2], ratio[1]) is None  # nothing happened in 2021-03
    east = [item for item in found if (item.number, item.group) == (2, "东")][-2]
    earlier = before(east, found)
    assert earlier
    assert (str(east.period), str(earlier.period), earlier.group, earlier.value) == ("2022-01", "2021-12", "东", 0)


def test_no_history_of_a_year_that_no_export_covers() -> None:
    catalogue = small(RATIO)
    raw = raw_export(catalogue, "t", [row(1, 日期="2022-01-05")], covers=(date(2022, 1, 1), date(2023, 1, 1)))
    other = raw_export(catalogue, "t", [], department="乙部", covers=(date(2022, 1, 1), date(2023, 1, 1)))
    unnamed = raw_export(catalogue, "t", [], covers=None, path="甲部/工单_x.xlsx")
    tables = {"t": table_of(catalogue, "t", raw, other, unnamed)}
    (found,) = along(catalogue, tables, "2022-01", "2022-01")
    assert months([point.item for point in found.points]) == ["2022-01"]
    assert found.points[0].on_before is found.points[0].on_year_before is None


def test_the_year_to_date_of_each_group() -> None:
    catalogue = small(f"for_each: 组, {RATIO}")
    rows = [row(1, 组="东"), row(2, 组="东", 好="否", 日期="2022-03-01"), row(3), row(4, 组="东", 日期="2022-08-01")]
    tables = both_departments(catalogue, t=rows)
    found = along(catalogue, tables, "2022-07", "2022-07", date(2022, 12, 31))
    assert {one.group: (one.to_date.numerator, one.to_date.denominator) for one in found if one.to_date} == {
        "东": (1, 2), "未填": (1, 1),
    }  # fmt: skip


def test_a_group_without_rows_in_a_period_has_a_point_there() -> None:
    catalogue = small(f"target: '>= 50%', {RATIO}")
    rows = [row(1, 组="东", 日期="2022-01-05"), row(2, 组="西", 日期="2022-02-05", 好="否"), row(3, 日期="2022-03-01")]
    found = along(catalogue, both_departments(catalogue, t=rows), "2022-01", "2022-03", dimension="组")
    assert {one.group: [point.item.denominator for point in one.points] for one in found} == {
        None: [1, 1, 1], "东": [1, 0, 0], "西": [0, 1, 0], "未填": [0, 0, 1],
    }  # fmt: skip
    assert [one.group for one in found] == [None, "东", "西", "未填"]
    assert [[str(point.item.verdict) for point in one.points] for one in found[1:2]] == [
        ["attained", "not_applicable", "not_applicable"]
    ]


def test_nothing_is_shown_of_what_has_not_begun() -> None:
    catalogue = small(RATIO)
    tables = both_departments(catalogue, t=[row(1)])
    (later,) = along(catalogue, tables, "2022-07", "2022-08", date(2022, 6, 30))
    assert later.points == ()
    assert along(catalogue, tables, "2022-07", "2022-08", date(2021, 12, 31)) == []
    (running,) = along(catalogue, tables, "2022-07", "2022-09", date(2022, 8, 10))
    assert [(str(point.item.period), point.item.due) for point in running.points] == [
        ("2022-07", True), ("2022-08", False),
    ]  # fmt: skip


def test_what_runs_is_not_compared_with_a_whole_period() -> None:
    catalogue = small(f"target: '>= 50%', {RATIO}")
    rows = [row(1), row(2, 日期="2022-08-05", 好="否"), row(3, 日期="2021-08-05")]
    (found,) = along(catalogue, both_departments(catalogue, t=rows), "2022-07", "2022-09", date(2022, 8, 10))
    july, august = found.points
    assert (august.item.value, august.on_before, august.on_year_before) == (0, None, None)
    assert (july.item.value, july.outlook, august.outlook) == (1, None, None)


def test_what_is_due_across_several_years() -> None:
    catalogue = small(RATIO)
    rows = [row(1, 日期="2021-03-05"), row(2, 日期="2022-03-05", 好="否"), row(3, 日期="2023-03-05")]
    (found,) = along(catalogue, both_departments(catalogue, t=rows), "2021-12", "2023-03")
    assert months([point.item for point in found.points])[::12] == ["2021-12", "2022-12"]
    assert len(found.points) == 16
    assert [(str(p.item.period), p.on_year_before) for p in found.points if p.on_year_before is not None] == [
        ("2022-03", -1), ("2023-03", 1),
    ]  # fmt: skip
    # of the last year only
    assert found.to_date
    assert (str(found.to_date.period), found.to_date.denominator) == ("2023", 1)


# ---- what if more come


def running(body: str, rows: Sequence[Row], as_of: date = date(2022, 7, 10)) -> tuple[Indicator, Assessment]:
    catalogue = small(body)
    report = report_of(catalogue, both_departments(catalogue, t=rows, u=PLANS), "2022-07", as_of=as_of)
    (item,) = report.assessments
    return catalogue.indicators[0], item


COUNTED = [row(1), row(2), row(3, 好="否")]


@pytest.mark.parametrize(
    ("body", "rows", "expected"),
    [
        (f"target: '>= 90%', {RATIO}", COUNTED, WhatIf(20, 19, 20)),  # (2 + s) / 23
        (f"target: '>= 99%', {RATIO}", COUNTED, WhatIf(20)),
        (f"target: '<= 50%', {RATIO}", COUNTED, WhatIf(20, 0, 9)),
        (f"target: '>= 50%', {RATIO}", [], WhatIf(20, 10, 20)),
        ("target: '<= 4次', unit: 次, value: {measure: count, source: t}", COUNTED, WhatIf(20, 0, 1)),
        ("target: '>= 4个', unit: 个, value: {measure: distinct, source: t, of: 编号}", COUNTED, WhatIf(20, 1, 20)),
        # no target, no numerator, a sum, a mean of ratios, a plan, parts of a unit, two ledgers
        (RATIO, COUNTED, None),
        ("target: '<= 4', value: {measure: max, source: t, of: 数}", COUNTED, None),
        ("target: '<= 4', value: {measure: sum, source: t, of: 数}", COUNTED, None),
        (f"target: '>= 90%', averaged_over: 组, {RATIO}", COUNTED, None),
        (f"target: '>= 90%', {RATIO[:-1]}, fixed: true}}", COUNTED, None),
        (f"target: '>= 90%', {TWO_LEDGERS % ''}", COUNTED, None),
        # a row that may be in the denominator: nobody knows of how many the next are a part
        (f"target: '>= 90%', {RATIO}", [*COUNTED[:2], row(3, 日期="某日")], None),
        ("target: '<= 4次', unit: 次, value: {measure: count, source: t}", [*COUNTED, row(4, 日期="某日")], None),
        ("target: '<= 4次', unit: 次, value: {measure: count, source: t, window: {days: 5}}", COUNTED, None),
    ],
)  # fmt: skip
def test_what_the_next_rows_can_do(body: str, rows: Sequence[Row], expected: WhatIf | None) -> None:
    indicator, item = running(body, rows)
    assert not item.due
    assert outlook(indicator, item, 20) == expected


def test_a_period_that_has_ended_has_no_outlook() -> None:
    indicator, item = running(f"target: '>= 90%', {RATIO}", COUNTED, as_of=date(2022, 7, 31))
    assert item.due
    assert outlook(indicator, item, 20) is None


def test_an_outlook_is_what_the_engine_says_once_the_rows_have_come() -> None:
    body = f"target: '>= 80%', {RATIO}"
    indicator, item = running(body, COUNTED)
    found = outlook(indicator, item, 6)
    assert found == WhatIf(6, 6, 6)
    for successes in range(7):
        more = [row(10 + at, 日期="2022-07-20", 好="是" if at < successes else "否") for at in range(6)]
        _, later = running(body, [*COUNTED, *more], as_of=date(2022, 7, 31))
        assert (later.verdict is Verdict.ATTAINED) == (successes >= 6)


def known(value: Fraction | int | None, lowest: Any = "same", highest: Any = "same") -> Assessment:
    found = report_of(small(RATIO), {}, "2022-07").assessments[0]
    exact = None if value is None else Fraction(value)
    edges = [exact if edge == "same" else edge for edge in (lowest, highest)]
    return replace(found, value=exact, lowest=edges[0], highest=edges[1])


def test_there_is_no_change_from_or_to_what_is_not_known() -> None:
    assert change(known(Fraction(19, 20)), known(Fraction(9, 10))) == Fraction(1, 20)
    assert change(known(Fraction(9, 10)), known(Fraction(9, 10))) == 0
    unknown = [known(None), known(1, lowest=Fraction(0)), known(1, lowest=None, highest=None), None]
    assert [change(known(1), other) for other in unknown] == [None] * 4
    assert [change(other, known(1)) for other in unknown if other] == [None] * 3


@pytest.mark.parametrize(
    ("difference", "unit", "shown"),
    [
        (Fraction(47, 2000), Unit.PERCENT, "+2.35个百分点"),
        (Fraction(-1, 3), Unit.PERCENT, "−33.33个百分点"),
        (Fraction(1), Unit.PERCENT, "+100.00个百分点"),
        (Fraction(-1, 1_000_000), Unit.PERCENT, "−0.0001个百分点"),
        (Fraction(1), Unit("次"), "+1次"),
        (Fraction(-3), Unit("次"), "−3次"),
        (Fraction(1, 3000), Unit.BARE, "+0.0003"),
        (Fraction(90 * 60_000_000), Unit.HOUR, "+1.50小时"),
        (Fraction(0), Unit.PERCENT, "持平"),
        (None, Unit.PERCENT, "—"),
    ],
)
def test_a_change_as_shown(difference: Fraction | None, unit: Unit, shown: str) -> None:
    assert change_text(difference, unit) == shown


# ---- small tables


def test_a_blank_group_is_shown_last_and_others_by_text() -> None:
    rows = [row(1, 组="乙"), row(2), row(3, 组="丙", 好="否"), row(4, 组="东"), row(5, 组="东", 日期="2022-08-01")]
    found = taken(f"target: '>= 90%', {RATIO}", rows, "组")
    assert [one.group for one in found.groups] == ["丙", "东", "乙", "未填"]
    assert groups_of(found) == {"东": (1, 1), "丙": (0, 1), "乙": (1, 1), "未填": (1, 1)}
    assert [str(one.verdict) for one in found.groups] == ["missed", "attained", "attained", "attained"]
    assert found.reason == ""
    assert shares(found) == {
        "东": Fraction(-1, 10), "丙": Fraction(9, 10), "乙": Fraction(-1, 10), "未填": Fraction(-1, 10),
    }  # fmt: skip


def test_a_department_without_a_row_is_compared_too() -> None:
    found = taken("target: '>= 1次', unit: 次, value: {measure: count, source: t}", [row(1)], "部门")
    assert groups_of(found) == {"甲部": (1, None), "乙部": (0, None)}
    assert [str(one.verdict) for one in found.groups] == ["attained", "missed"]
    assert (found.reason, shares(found)) == ("", {})
    empty = taken("target: '<= 0次', unit: 次, value: {measure: count, source: t}", [], "部门")
    assert groups_of(empty) == {"甲部": (0, None), "乙部": (0, None)}
    # no row: no group of a column
    assert taken("value: {measure: count, source: t}", [], "组").groups == ()


def test_a_row_whose_group_cannot_be_read_is_in_none_and_may_be_in_each() -> None:
    rows = [row(1, 级="高"), row(2, 级="特", 好="否"), row(3, 级="低"), row(4)]
    found = taken(f"target: '>= 60%', {RATIO}", rows, "级")
    assert groups_of(found) == {"低": (1, 1), "高": (1, 1), "未填": (1, 1)}
    assert {str(one.verdict) for one in found.groups} == {"unverified"}
    assert found.reason == "有的行不知属于哪一组(分组的单元格读不出,或同号而内容不同),没有计入任何一组"
    assert shares(found) == {}
    # another month's
    assert taken(RATIO, [row(1, 级="高"), row(2, 级="特", 日期="2022-06-01")], "级").reason == ""


def test_variants_of_one_record_in_two_groups() -> None:
    found = taken(f"target: '>= 50%', {RATIO}", [row(1, 组="东"), row(1, 组="西"), row(2, 组="东")], "组")
    assert groups_of(found) == {"东": (1, 1), "西": (0, 0)}
    assert found.whole.denominator == 2
    assert found.reason.startswith("有的行不知属于哪一组")


def test_a_person_in_two_groups_counts_once_in_the_whole() -> None:
    body = "numerator: {within: denominator, where: 好}, denominator: {measure: distinct, source: t, of: 人}"
    rows = [row(1, 组="东", 人="张"), row(2, 组="西", 人="张"), row(3, 组="西", 人="李", 好="否")]
    found = taken(body, rows, "组")
    assert groups_of(found) == {"东": (1, 1), "西": (1, 2)}
    assert (found.whole.numerator, found.whole.denominator) == (1, 2)
    assert found.reason == "去重计数:同一个可以属于几组,在总数中只计一次"
    assert taken(body, rows[:1] + rows[2:], "组").reason == ""
    # two groups and a cell that can't be read: what is missing is said
    lost = taken(body, [row(1, 级="高", 人="张"), row(2, 级="特", 人="李")], "级")
    assert lost.reason.startswith("有的行不知属于哪一组")


def test_names_of_a_sensitive_column_are_masked() -> None:
    found = taken(RATIO, [row(1, 人="张三丰"), row(2)], "人")
    assert groups_of(found) == {"#cd61f667": (1, 1), "未填": (1, 1)}
    apart = taken(f"averaged_over: 组, {RATIO}", [row(1, 组="东", 人="张三丰"), row(2, 组="东")], "人")
    assert groups_of(apart) == {"#cd61f667": (1, 1), "未填": (1, 1)}


def test_two_ledgers_that_name_the_dimension_differently() -> None:
    rows = [row(1, 组="东"), row(2, 组="东"), row(3, 组="西")]
    found = taken(TWO_LEDGERS % "", rows, "组", u=PLANS)
    assert groups_of(found) == {"东": (2, 4), "北": (0, 2), "西": (1, 0)}
    assert found.reason == ""
    # every department that has to plan does, though no single group has the rows of all
    by_department = taken(f"zero: undefined, {TWO_LEDGERS % ', each_department: true'}", rows, "部门", u=PLANS)
    assert groups_of(by_department) == {"甲部": (3, 4), "乙部": (0, 0), "丙部": (0, 2)}
    assert by_department.reason == ""
    assert dimensions_of(small(TWO_LEDGERS % ""), small(TWO_LEDGERS % "").indicators[0]) == ["部门", "组"]


def test_means_of_ratios_by_another_dimension() -> None:
    body = f"target: '>= 60%', averaged_over: 组, {RATIO}"
    rows = [
        row(1, 组="东", 级="高"),
        row(2, 组="东", 级="低", 好="否"),
        row(3, 组="西", 级="低"),
        row(4, 组="西", 级="低"),
    ]
    found = taken(body, rows, "级")
    assert (found.whole.numerator, found.whole.denominator) == (Fraction(3, 2), 2)
    assert groups_of(found) == {"低": (1, 2), "高": (1, 1)}
    assert [str(one.verdict) for one in found.groups] == ["missed", "attained"]
    assert found.reason == "总值是各组比率的平均,不是各组分子分母的合计"
    own = taken(body, rows, "组")
    assert groups_of(own) == {"东": (1, 2), "西": (2, 2)}
    assert own.reason == found.reason
    by_department = taken(body, rows, "部门")
    assert groups_of(by_department) == {"甲部": (Fraction(3, 2), 2), "乙部": (0, 0)}


def test_a_mean_of_ratios_over_rows_that_may_be_another_group_s() -> None:
    body = f"target: '>= 60%', averaged_over: 组, {RATIO}"
    # the second may be of 高: then 东 is 1/2 there, else 1/1
    found = taken(body, [row(1, 组="东", 级="高"), row(2, 组="东", 级="特", 好="否")], "级")
    ((high,),) = [found.groups]
    assert (high.value, high.lowest, high.highest, str(high.verdict)) == (1, Fraction(1, 2), 1, "unverified")
    # a record with a variant in each group is in one of them
    rows = [
        row(1, 组="东", 级="高", 好="否"),
        row(1, 组="东", 级="低"),
        row(2, 组="东", 级="高"),
        row(3, 组="东", 级="低"),
    ]
    low, high = taken(body, rows, "级").groups
    assert (low.lowest, low.highest) == (1, 1)
    assert (high.lowest, high.highest) == (Fraction(1, 2), 1)
    # a record whose variants are both in one group surely is in it
    rows = [row(1, 组="东", 级="高", 数="1"), row(1, 组="东", 级="高", 数="2"), row(2, 组="东", 级="高", 好="否")]
    ((high,),) = [taken(body, [*rows, row(3, 组="东", 级="高", 数="1"), row(3, 组="东", 级="高", 数="2")], "级").groups]
    assert (high.lowest, high.highest) == (Fraction(2, 3), Fraction(2, 3))
    # and one without a key may be a repeat
    low, high = taken(
        body, [row(1, 组="东", 级="高"), {**row(2, 组="东", 级="高", 好="否"), "编号": ""}, row(3, 级="低")], "级"
    ).groups
    assert (high.lowest, high.highest) == (Fraction(1, 2), 1)
    assert (low.lowest, low.highest) == (1, 1)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("{measure: count, source: t}", ""),
        ("{measure: sum, source: t, of: 数}", ""),
        ("{measure: mean, source: t, of: 数}", ""),  # sums and numbers of rows
        ("{measure: max, source: t, of: 数}", "算式、最大最小值与中位数,各组的值不能相加"),
        ("{measure: median, source: t, of: 数}", "算式、最大最小值与中位数,各组的值不能相加"),
        ("a / b, measures: {a: {measure: sum, source: t, of: 数}, b: {measure: count, source: t}}",
         "算式、最大最小值与中位数,各组的值不能相加"),
    ],
)  # fmt: skip
def test_values_by_group(value: str, reason: str) -> None:
    rows = [row(1, 组="东", 数="3"), row(2, 组="西", 数="5"), row(3, 组="西", 数="7")]
    found = taken(f"value: {value}", rows, "组")
    assert [one.group for one in found.groups] == ["东", "西"]
    assert all(one.value is not None for one in found.groups)
    assert found.reason == reason


@pytest.mark.parametrize(
    ("body", "dimension", "reason"),
    [
        (f"for_each: 组, {RATIO}", "部门", "该指标已按组分别考核,不再按部门分"),
        (RATIO, "量", "台账“工单”的“数”不是文本列,不能按它分组"),
        (TWO_LEDGERS % "", "级", "台账“计划”没有“级”这个维度"),
        (
            "averaged_over: 组, numerator: {within: denominator, where: 好}, "
            "denominator: {measure: count, source: t, each_department: true}",
            "级",
            "每个部门都须有记录,不能只取一个级的各行求平均",
        ),
        (
            "numerator: {measure: count, source: t}, denominator: {declared: departments}",
            "组",
            "分母是计划声明的部门数,不能按组分",
        ),
    ],
)
def test_indicators_that_have_no_groups(body: str, dimension: str, reason: str) -> None:
    catalogue = small(body)
    found = cut(catalogue, both_departments(catalogue, t=[row(1, 组="东")], u=PLANS), 1, "2022-07", dimension)[
        "2022-07"
    ]
    assert (found.groups, found.reason) == ((), reason)
    assert found.whole.number == 1
    known_ = report_of(catalogue, both_departments(catalogue, t=[row(1, 组="东")], u=PLANS), "2022-07").assessments
    assert found.whole == known_[0]


def test_an_indicator_of_groups_without_a_row_has_nothing_to_break_down() -> None:
    catalogue = small(f"for_each: 组, {RATIO}")
    assert cut(catalogue, both_departments(catalogue, t=[]), 1, "2022-07", "部门") == {}


def test_what_no_export_covers_and_what_has_not_begun() -> None:
    catalogue = small(RATIO)
    found = cut(catalogue, {}, 1, "2022-07", "部门")["2022-07"]
    assert found.reason == "数据缺失,总值与各组都没有值"
    assert groups_of(found) == {"甲部": (None, None), "乙部": (None, None)}
    assert cut(catalogue, {}, 1, "2022-07", "组")["2022-07"].groups == ()
    tables = both_departments(catalogue, t=[row(1)])
    found = across_all(catalogue, tables, catalogue.indicators[:1], period_of("2022-07"), date(2022, 6, 1), "部门")
    (later,) = found[catalogue.indicators[0].number]
    assert later.reason == "考核期还没有开始"
    assert {one.value for one in later.groups} == {None}


@pytest.mark.parametrize("target", ["target: '<= 50%', ", "target: '>= 50% and <= 80%', ", ""])
def test_shares_are_of_one_lower_bound_only(target: str) -> None:
    assert shares(taken(f"{target}{RATIO}", [row(1, 组="东"), row(2, 组="西")], "组")) == {}


def test_what_each_group_adds_to_the_shortfall_adds_up(sample: Sample) -> None:
    found = cut(sample.catalogue, sample.tables, 18, "2022-07", "项目")["2022-07"]
    assert sum(shares(found).values()) == Fraction(9, 10) * 224 - 193


# ---- best and worst


def ranked(*ranges: tuple[Fraction | int | None, Fraction | int | None], target: str = ">= 90%") -> tuple[str, str]:
    """The best and the worst of groups named a, b … with these extremes; two None: nothing happened."""
    whole = replace(known(1), target=parse_target(target) if target else None)
    groups = []
    for name, (low, high) in zip("abcd", ranges, strict=False):
        value = None if low is None or high is None else Fraction(low)
        edges = [None if edge is None else Fraction(edge) for edge in (low, high)]
        doubtful = int(low != high)
        one = replace(whole, group=name, value=value, lowest=edges[0], highest=edges[1], doubtful_rows=doubtful)
        groups.append(one)
    best, worst = extremes(Breakdown("组", whole, tuple(groups), ""))
    return "".join(sorted(best)), "".join(sorted(worst))


HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


@pytest.mark.parametrize(
    ("ranges", "target", "expected"),
    [
        ([(1, 1), (HALF, HALF), (THIRD, THIRD)], ">= 90%", ("a", "c")),
        ([(1, 1), (HALF, HALF), (THIRD, THIRD)], "<= 90%", ("c", "a")),
        ([(1, 1), (HALF, HALF), (1, 1)], "> 90%", ("ac", "b")),
        ([(1, 1), (1, 1)], ">= 90%", ("", "")),  # alike
        ([(1, 1)], ">= 90%", ("", "")),  # one
        ([], ">= 90%", ("", "")),
        ([(1, 1), (None, None), (0, 0)], ">= 90%", ("a", "c")),
        # by doubtful rows: b may be better than a, and is surely not the worst
        ([(HALF, HALF), (THIRD, 1), (0, 0)], ">= 90%", ("", "c")),
        ([(HALF, 1), (THIRD, HALF), (0, THIRD)], ">= 90%", ("a", "c")),
        ([(1, 1), (None, 1), (0, 0)], ">= 90%", ("", "")),  # may be anything
        ([(1, 1), (0, None), (0, 0)], ">= 90%", ("", "")),
        ([(1, 1), (0, 0)], "", ("", "")),  # nothing to be good at
        # near to a point, or within an interval
        ([(0, 0), (2, 2), (1, 1)], "= 0次", ("a", "b")),
        ([(0, 2), (3, 3), (4, 4)], "= 1次", ("a", "c")),
        ([(1, 1), (2, 2), (4, 4)], ">= 1次 and <= 3次", ("ab", "c")),
        ([(0, 1), (2, 2), (4, 4)], ">= 1次 and <= 3次", ("b", "c")),
        ([(0, Fraction(1, 4)), (2, 2), (4, 5)], ">= 1次 and <= 3次", ("b", "c")),
    ],
)
def test_the_best_and_the_worst_group(ranges: list[tuple[Any, Any]], target: str, expected: tuple[str, str]) -> None:
    assert ranked(*ranges, target=target) == expected


def test_the_best_and_worst_of_the_sample(sample: Sample, connection: duckdb.DuckDBPyConnection) -> None:
    found = cut(sample.catalogue, sample.tables, 18, "2022Q3", "项目")["2022-07"]
    expected = sql_groups(connection, rows_of(18, "项目名称"), "2022-07")
    rates = {name: n / d for name, (n, d) in expected.items() if n is not None and d}
    best, worst = extremes(found)
    assert best == {name for name, rate in rates.items() if rate == max(rates.values())}
    assert worst == {name for name, rate in rates.items() if rate == min(rates.values())}
    # 2022-08 is doubtful in one of the departments, which is the worst all the same
    august = cut(sample.catalogue, sample.tables, 18, "2022Q3", "部门")["2022-08"]
    assert extremes(august) == ({"信息部"}, {"通信部"})


def test_what_is_built_on_other_indicators_has_no_year_to_date() -> None:
    catalogue = catalogue_of(
        """
sources:
  t: {name: 记录, departments: [甲部], files: 记录*, key: [编号], date: 时间,
      columns: {编号: {type: text, required: true}, 时间: {type: date, required: true}}}
indicators:
  - {id: a, number: 1, domain: 质量指标, name: 甲, formula: f, period: month, value: {measure: count, source: t}}
  - {id: b, number: 2, domain: 质量指标, name: 乙, formula: f, period: month, value: 100 - n, measures: {n: {indicator: [a]}}}
"""
    )
    tables = tables_of(catalogue, t=[{"编号": "1", "时间": "2022-02-01"}])
    march = Period(PeriodKind.MONTH, 2022, 3)
    first, second = series(
        catalogue, tables, catalogue.indicators, Period(PeriodKind.MONTH, 2022), march, march.last_day
    )
    assert first.to_date
    assert first.to_date.value == 1
    assert (second.to_date, [point.item.value for point in second.points if point.item.due]) == (None, [100, 99, 100])
