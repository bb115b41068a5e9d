"""The engine against the answer key, against DuckDB SQL, over two backends, and against small cases worked out by hand."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import duckdb
import pytest
from kit.sample import ROOT, Sample
from kit.tables import Row, catalogue_of, codes, only, over_duckdb, raw_export, report_of, table_of, tables_of
from outside import oracle

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.expression import micros_of
from itss_kpi.catalogue.usage import usage_of
from itss_kpi.core.period import parse_period
from itss_kpi.core.results import Assessment, ErrorBudget, Report, Verdict
from itss_kpi.engine.coverage import wanted_months
from itss_kpi.engine.trace import Weight, trace, weigh
from itss_kpi.tables.build import build_table
from itss_kpi.tables.table import Table

MONTHS = [f"2022-{month:02}" for month in range(1, 13)]
QUARTERS = [f"2022Q{quarter}" for quarter in range(1, 5)]
HALVES = ["2022H1", "2022H2"]

with (ROOT / "sample_data" / "answers.csv").open(encoding="utf-8-sig", newline="") as opened:
    ANSWERS = list(csv.DictReader(opened))


# ---- the sample against the answer key


def _planted(rows: Sequence[Mapping[str, str]]) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    def number(text: str) -> Fraction | None:
        return Fraction(text) if text else None

    exact = ("numerator", "denominator", "value", "lowest", "highest")
    return {
        (row["number"], row["indicator"], row["period"]): (*(number(row[name]) for name in exact), row["verdict"])
        for row in rows
    }


def _worked_out(report: Report) -> dict[tuple[str, str, str], tuple[Any, ...]]:
    return {
        (str(a.number), a.indicator, str(a.period)): (
            a.numerator, a.denominator, a.value, a.lowest, a.highest, str(a.verdict),
        )
        for a in report.due
    }  # fmt: skip


def test_year_equals_the_answer_key(sample: Sample) -> None:
    assert _worked_out(sample.report("2022")) == _planted(ANSWERS)


@pytest.mark.parametrize("periods", [MONTHS, QUARTERS, HALVES], ids=["months", "quarters", "halves"])
def test_shorter_periods_together_equal_the_answer_key(sample: Sample, periods: list[str]) -> None:
    found: dict[tuple[str, str, str], tuple[Any, ...]] = {}
    for period in periods:
        mine = _worked_out(sample.report(period))
        assert not found.keys() & mine.keys()
        found |= mine
    assert found == _planted(ANSWERS)


@pytest.mark.parametrize("period", ["2022", "2022Q3", "2022-08", "2022H1"])
def test_duckdb_gives_the_same_report(sample: Sample, period: str) -> None:
    lazy = over_duckdb(sample.tables, shuffled=True)
    assert report_of(sample.catalogue, lazy, period) == sample.report(period)


def test_order_of_rows_does_not_matter(sample: Sample) -> None:
    shuffled = {name: replace(t, frame=t.pandas.sample(frac=1, random_state=3)) for name, t in sample.tables.items()}
    assert report_of(sample.catalogue, shuffled, "2022") == sample.report("2022")


@pytest.fixture(scope="module")
def connection(sample: Sample) -> duckdb.DuckDBPyConnection:
    found = duckdb.connect()
    for name, table in sample.tables.items():
        states = {"_uncertain"} | {f"{column}?{state}" for column in table.columns for state in ("blank", "bad")}
        found.register(name, table.pandas.assign(**dict.fromkeys(states - set(table.pandas.columns), False)))
    return found


@pytest.mark.parametrize("period", ["2022", "2022-11"])
def test_sample_equals_sql_written_by_hand(sample: Sample, connection: duckdb.DuckDBPyConnection, period: str) -> None:
    scales = {(name, c): found.scale for name, table in sample.tables.items() for c, found in table.columns.items()}
    report = sample.report(period)
    assert period != "2022" or {item.number for item in report.due} == set(range(1, 26))
    for item in report.assessments:
        if item.absent:
            continue
        start, end = map(micros_of, item.window)
        numerator, denominator = oracle.evaluate(connection, item.number, start, end, scales)
        assert (item.numerator, item.denominator) == (numerator, denominator), (item.number, item.period)
        if str(item.verdict) == "undefined":
            continue
        assert (item.lowest, item.highest) == oracle.interval(connection, item.number, start, end, scales)
        assert item.doubtful_rows == oracle.doubtful_count(connection, item.number, start, end)


def test_every_row_of_the_sample_is_accounted_for(sample: Sample) -> None:
    report = sample.report("2022")
    assert "V402" not in codes(report.problems)
    for item in report.assessments:
        for account in item.accounting:
            assert account.adds_up
            assert (
                account.counted + account.outside + account.elsewhere + account.excluded + account.doubtful
                == account.kept
            )


# ---- which periods are assessed


def _periods(report: Report, *, due: bool) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for item in report.assessments:
        if item.due is due:
            found.setdefault(str(item.period.kind), set()).add(str(item.period))
    return found


@pytest.mark.parametrize(
    ("period", "due", "running"),
    [
        (
            "2022Q3",
            {"month": {"2022-07", "2022-08", "2022-09"}, "quarter": {"2022Q3"}},
            {"half": {"2022H2"}, "year": {"2022"}},
        ),
        ("2022-09", {"month": {"2022-09"}, "quarter": {"2022Q3"}}, {"half": {"2022H2"}, "year": {"2022"}}),
        (
            "2022-08",
            {"month": {"2022-08"}},
            {"quarter": {"2022Q3"}, "half": {"2022H2"}, "year": {"2022"}},
        ),
        (
            "2022Q4",
            {"month": set(MONTHS[9:]), "quarter": {"2022Q4"}, "half": {"2022H2"}, "year": {"2022"}},
            {},
        ),
        (
            "2022H2",
            {"month": set(MONTHS[6:]), "quarter": {"2022Q3", "2022Q4"}, "half": {"2022H2"}, "year": {"2022"}},
            {},
        ),
        (
            "2022",
            {"month": set(MONTHS), "quarter": set(QUARTERS), "half": set(HALVES), "year": {"2022"}},
            {},
        ),
    ],
)
def test_what_is_due_and_what_runs(
    sample: Sample, period: str, due: dict[str, set[str]], running: dict[str, set[str]]
) -> None:
    report = sample.report(period)
    assert _periods(report, due=True) == due
    assert _periods(report, due=False) == running
    assert {str(item.verdict) for item in report.assessments if not item.due} <= {"in_progress"}


# ---- small cases


SMALL = """
sources:
  t:
    name: 工单
    departments: [甲部]
    files: 工单*
    key: [编号]
    date: 时间
    columns:
      编号: {type: text}
      时间: {type: datetime}
      响应: {type: datetime}
      状态: {type: choice, values: {好: [], 坏: [], 消: []}}
      组: {type: choice, values: {东: [], 西: []}}
      人: {type: text}
      部分: {type: decimal, minimum: 0}
      全部: {type: decimal, minimum: 0}
      用时: {type: duration, unit: minute}
      级别: {type: choice, values: {高: [], 低: []}}
  u:
    name: 计划
    departments: [甲部, 乙部]
    files: 计划*
    key: [编号]
    date: 时间
    columns:
      编号: {type: text}
      时间: {type: date}
      组: {type: text}
      数量: {type: integer, minimum: 0}
  k:
    name: 清单
    departments: [甲部]
    files: 清单*
    key: [编号]
    snapshot: true
    columns:
      编号: {type: text}
      用否: {type: yes_no}
lookups:
  时限: {unit: minute, values: {高: 15, 低: 0.5}}
indicators:
"""
RATIO = "numerator: {within: denominator, where: 状态 == '好'}, denominator: {measure: count, source: t}"


def _catalogue(*bodies: str) -> Catalogue:
    listed = (
        f"  - {{id: i{at}, number: {at}, domain: 域, name: 指标{at}, formula: 式, {body}}}\n"
        for at, body in enumerate(bodies, start=1)
    )
    return catalogue_of(SMALL + "".join(listed))


def _row(at: int, **cells: str) -> Row:
    return {"编号": f"N{at}", "时间": "2022-07-05 08:00:00", **cells}


def _rows(**counts: int) -> list[Row]:
    states = [state for state, count in counts.items() for _ in range(count)]
    return [_row(at, 状态=state) for at, state in enumerate(states)]


def _assess(body: str, rows: Sequence[Row], period: str = "2022-07", **options: Any) -> Assessment:
    catalogue = _catalogue(body)
    return only(report_of(catalogue, tables_of(catalogue, t=rows), period, **options))


def _parts(item: Assessment) -> tuple[Any, ...]:
    return item.numerator, item.denominator, str(item.verdict)


def _range(item: Assessment) -> tuple[Any, ...]:
    return item.value, item.lowest, item.highest, str(item.verdict), item.doubtful_rows


def test_first_and_last_instant_of_a_month() -> None:
    times = ["2022-06-30 23:59:59", "2022-07-01 00:00:00", "2022-07-31 23:59:59", "2022-08-01 00:00:00"]
    rows = [_row(at, 时间=time) for at, time in enumerate(times)]
    item = _assess("period: month, value: {measure: count, source: t}, target: '= 2次'", rows)
    assert _parts(item) == (2, None, "attained")
    (account,) = item.accounting
    assert (account.counted, account.outside, account.excluded, account.doubtful) == (2, 2, 0, 0)


def test_a_second_more_than_the_limit_is_late() -> None:
    rows = [_row(0, 响应="2022-07-05 08:30:00"), _row(1, 响应="2022-07-05 08:30:01"), _row(2)]
    body = (
        "period: month, target: '>= 50%', denominator: {measure: count, source: t}, "
        "numerator: {within: denominator, where: 响应 - 时间 <= minutes(30)}"
    )
    assert _parts(_assess(body, rows)) == (1, 3, "missed")


def test_limit_looked_up_by_priority() -> None:
    rows = [
        _row(0, 级别="高", 响应="2022-07-05 08:15:00"),
        _row(1, 级别="低", 响应="2022-07-05 08:00:31"),
        _row(2, 响应="2022-07-05 08:00:01"),
    ]
    body = (
        "period: month, target: '>= 60%', denominator: {measure: count, source: t}, "
        'numerator: {within: denominator, where: "响应 - 时间 <= lookup(时限, 级别)"}'
    )
    # a priority without an entry has no known limit: 1/3 or 2/3
    assert _range(_assess(body, rows)) == (Fraction(1, 3), Fraction(1, 3), Fraction(2, 3), "unverified", 1)


def test_a_coarser_period_is_no_mean_of_finer_ones() -> None:
    rows = [_row(0, 时间="2022-07-01", 状态="好")] + [
        _row(at, 时间="2022-08-01", 状态="好" if at == 1 else "坏") for at in range(1, 10)
    ]
    item = _assess(f"period: quarter, target: '>= 50%', {RATIO}", rows, "2022Q3")
    assert _parts(item) == (2, 10, "missed")  # the mean of 1/1 and 1/9 would be above 50%


def test_as_of_hides_later_rows_and_later_ends() -> None:
    rows = [_row(0, 时间="2022-07-10 23:59:59", 状态="好"), _row(1, 时间="2022-07-11 00:00:00", 状态="坏")]
    body = f"period: month, target: '>= 90%', {RATIO}"
    item = _assess(body, rows, as_of=date(2022, 7, 10))
    assert _parts(item) == (1, 1, "in_progress")
    assert item.window == (date(2022, 7, 1), date(2022, 7, 11))
    assert _parts(_assess(body, rows, as_of=date(2022, 7, 31))) == (1, 2, "missed")
    # a period that has not begun has no value, which is not the same as none of nothing
    assert _parts(_assess(body, rows, as_of=date(2022, 6, 30))) == (None, None, "in_progress")
    catalogue = _catalogue(body)
    report = report_of(catalogue, tables_of(catalogue, t=rows), "2022-07", as_of=date(2022, 7, 10))
    assert report.partial


def test_as_of_after_the_period_changes_nothing(sample: Sample) -> None:
    plain = sample.report("2022Q3")
    later = sample.report("2022Q3", date(2023, 5, 1))
    assert later.assessments == plain.assessments


# ---- exports that are not there


def test_missing_export_is_never_an_attainment(sample: Sample) -> None:
    bare = table_of(sample.catalogue, "security_incidents")
    report = report_of(sample.catalogue, sample.tables | {"security_incidents": bare}, "2022")
    (item,) = [found for found in report.due if found.number == 25]
    assert (str(item.verdict), item.value, item.lowest, item.highest) == ("missing_data", None, None, None)
    (absence,) = item.absent
    assert (absence.source, absence.department, absence.months) == ("security_incidents", "信息部", tuple(MONTHS))
    assert "D101" in codes(report.problems)


def test_header_only_ledger_says_nothing_happened(sample: Sample) -> None:
    empty = table_of(
        sample.catalogue,
        "security_incidents",
        raw_export(sample.catalogue, "security_incidents", [], department="信息部"),
    )
    report = report_of(sample.catalogue, sample.tables | {"security_incidents": empty}, "2022")
    (item,) = [found for found in report.due if found.number == 25]
    assert (item.value, str(item.verdict)) == (0, "attained")


def test_source_without_a_table_is_missing() -> None:
    bodies = [
        RATIO,
        "value: {measure: count, source: t}",
        "value: 1 - a, measures: {a: {measure: count, source: t}}",
        f"for_each: 组, {RATIO}",
        "for_each: 组, value: 1 - a, measures: {a: {measure: count, source: t}}",
        "value: {measure: count, source: t}, beside: [{label: 全年, value: {measure: count, source: t}}]",
    ]
    catalogue = _catalogue(*(f"period: month, target: '>= 1', {body}" for body in bodies))
    report = report_of(catalogue, {}, "2022-07")
    assert {str(item.verdict) for item in report.assessments} == {"missing_data"}
    assert {item.indicator for item in report.assessments} >= {"i1", "i2", "i3", "i6"}


def test_one_department_of_two_and_the_months_it_lacks() -> None:
    catalogue = _catalogue("period: quarter, target: '>= 1', value: {measure: sum, source: u, of: 数量}")
    first = raw_export(catalogue, "u", [{"编号": "1", "时间": "2022-07-01", "数量": "5"}])
    second = raw_export(catalogue, "u", [], department="乙部", covers=(date(2022, 7, 1), date(2022, 8, 1)))
    unnamed = raw_export(catalogue, "u", [], department="乙部", covers=None, path="乙部/计划.xlsx")
    item = only(report_of(catalogue, {"u": table_of(catalogue, "u", first, second, unnamed)}, "2022Q3"))
    assert [(found.department, found.months) for found in item.absent] == [("乙部", ("2022-08", "2022-09"))]
    assert str(item.verdict) == "missing_data"


def test_rows_by_another_date_may_stand_in_any_export_of_the_year() -> None:
    body = "period: month, target: '>= 0', value: {measure: count, source: t, date: 响应}"
    catalogue = _catalogue(body, "period: month, value: {measure: count, source: t, window: until_end}")
    only_july = raw_export(catalogue, "t", [], covers=(date(2022, 7, 1), date(2022, 8, 1)))
    report = report_of(catalogue, {"t": table_of(catalogue, "t", only_july)}, "2022-07")
    # and of all that is open some may be of the year before
    lacking = [tuple(MONTHS[:6]), ("2021", *MONTHS[:6])]
    assert [item.absent[0].months for item in report.assessments] == lacking
    assert codes(report.problems) == ["D101", "D134"]


@pytest.mark.parametrize(
    ("measure", "carries", "lacking"),
    [
        ("measure: count, source: t", "", ["2021-09"]),
        ("measure: count, source: t, date: 响应", "", ["2021-09"]),
        ("measure: count, source: t, window: until_end", "", ["2021-06", "2021-09"]),
        ("measure: count, source: t", "carries: earlier", ["2021-09"]),
        ("measure: count, source: t, window: until_end", "carries: earlier", ["2021-09"]),
    ],
)
def test_a_year_that_begins_in_july_asks_for_all_of_its_months(measure: str, carries: str, lacking: list[str]) -> None:
    catalogue = _catalogue(f"period: year, starts: 07-01, target: '>= 0', value: {{{measure}}}")
    if carries:
        sources = {"t": catalogue.sources["t"].model_copy(update={"carries": "earlier"})}
        catalogue = catalogue.model_copy(update={"sources": {**catalogue.sources, **sources}})
    spans = [(date(2021, 7, 1), date(2021, 9, 1)), (date(2021, 10, 1), date(2022, 7, 1))]
    raws = [raw_export(catalogue, "t", [], covers=span, path=f"甲部/{at}") for at, span in enumerate(spans)]
    report = report_of(catalogue, {"t": table_of(catalogue, "t", *raws)}, "2022")
    (item,) = [one for one in report.assessments if str(one.period) == "2021-07~2022-06"]
    assert item.absent[0].months == tuple(lacking)
    # and nothing lacks where September is there, and what was open before, where that is asked for
    spans += [(date(2021, 9, 1), date(2021, 10, 1)), (date(2021, 6, 1), date(2021, 7, 1))]
    raws = [raw_export(catalogue, "t", [], covers=span, path=f"甲部/{at}") for at, span in enumerate(spans)]
    report = report_of(catalogue, {"t": table_of(catalogue, "t", *raws)}, "2022")
    assert [one.absent for one in report.assessments if str(one.period) == "2021-07~2022-06"] == [()]


def test_snapshot_is_the_one_that_holds_the_last_day() -> None:
    catalogue = _catalogue(
        "period: year, target: '>= 50%', denominator: {measure: count, source: k}, "
        "numerator: {within: denominator, where: 用否}"
    )
    early = raw_export(
        catalogue, "k", [{"编号": "1", "用否": "否"}], covers=(date(2022, 1, 1), date(2022, 7, 1)), path="甲部/a"
    )
    late = raw_export(
        catalogue,
        "k",
        [{"编号": "1", "用否": "是"}, {"编号": "2", "用否": "否"}, {"编号": "3", "用否": "是"}],
        covers=(date(2022, 7, 1), date(2023, 1, 1)),
        path="甲部/b",
    )
    item = only(report_of(catalogue, {"k": table_of(catalogue, "k", early, late)}, "2022"))
    assert _parts(item) == (2, 3, "attained")
    lacking = only(report_of(catalogue, {"k": table_of(catalogue, "k", early)}, "2022"))
    assert lacking.absent[0].months == ("2022-12",)


@pytest.mark.parametrize(("as_of", "parts"), [(date(2022, 6, 30), (0, 1)), (date(2022, 7, 1), (2, 2))])
def test_a_snapshot_is_seen_from_its_first_day_on(as_of: date, parts: tuple[int, int]) -> None:
    catalogue = _catalogue(
        "period: year, denominator: {measure: count, source: k}, numerator: {within: denominator, where: 用否}"
    )
    spans = [(date(2022, 1, 1), date(2022, 7, 1)), (date(2022, 7, 1), date(2023, 1, 1))]
    halves = [[{"编号": "1", "用否": "否"}], [{"编号": "1", "用否": "是"}, {"编号": "2", "用否": "是"}]]
    raws = [
        raw_export(catalogue, "k", rows, covers=span, path=f"甲部/{at}")
        for at, (rows, span) in enumerate(zip(halves, spans, strict=True))
    ]
    item = only(report_of(catalogue, {"k": table_of(catalogue, "k", *raws)}, "2022", as_of=as_of))
    assert (item.numerator, item.denominator) == parts


# ---- doubtful rows


def test_an_unreadable_cell_is_neither_true_nor_false() -> None:
    item = _assess(f"period: month, target: '>= 50%', {RATIO}", [*_rows(好=1, 坏=1), _row(9, 状态="待补")])
    assert _range(item) == (Fraction(1, 3), Fraction(1, 3), Fraction(2, 3), "unverified", 1)
    assert (item.numerator, item.denominator) == (1, 3)


def test_conflicting_copies_are_one_doubtful_row() -> None:
    rows = [_row(1, 状态="好"), _row(1, 状态="坏"), _row(2, 状态="好"), _row(2, 状态="好")]
    item = _assess(f"period: month, target: '>= 50%', {RATIO}", rows)
    assert _range(item) == (Fraction(1, 2), Fraction(1, 2), Fraction(1), "attained", 1)
    top, bottom = item.accounting
    assert (top.kept, top.counted, top.doubtful) == (2, 1, 1)
    assert (bottom.kept, bottom.counted, bottom.doubtful) == (2, 2, 0)


def test_copies_that_differ_elsewhere_count_for_certain() -> None:
    rows = [_row(1, 状态="好", 人="赵"), _row(1, 状态="好", 人="钱"), _row(2, 状态="坏")]
    assert _range(_assess(f"period: month, target: '>= 50%', {RATIO}", rows))[:4] == (
        Fraction(1, 2), Fraction(1, 2), Fraction(1, 2), "attained",
    )  # fmt: skip


def test_of_conflicting_copies_what_they_agree_on_is_shown() -> None:
    # a second 好 or none: the count shows the one that is certain
    count = "period: month, target: '<= 1次', value: {measure: count, source: t, where: 状态 == '好'}"
    rows = [_row(0, 状态="好"), _row(1, 状态="好"), _row(1, 状态="坏")]
    assert _range(_assess(count, rows)) == (1, 1, 2, "unverified", 1)
    # the last record is a 好 of July or nothing: 1 of 2 or 2 of 3
    rows = [_row(0, 状态="好"), _row(1, 状态="坏"), _row(2, 状态="好"), _row(2, 状态="好", 时间="2022-09-01")]
    item = _assess(f"period: month, target: '>= 50%', {RATIO}", rows)
    assert (item.numerator, item.denominator) == (1, 2)
    assert _range(item) == (Fraction(1, 2), Fraction(1, 2), Fraction(2, 3), "attained", 1)


def test_a_part_that_copies_agree_on_is_not_shown_without_its_whole() -> None:
    catalogue = _catalogue(f"period: month, target: '>= 50%', {SUMS}")
    rows = [_row(0, 部分="1", 全部="1"), _row(1, 部分="9", 全部="10"), _row(1, 部分="9", 全部="12")]
    report = report_of(catalogue, tables_of(catalogue, t=rows), "2022-07")
    assert (_range(only(report))[1:], report.problems) == ((Fraction(10, 13), Fraction(10, 11), "attained", 1), ())
    assert (only(report).numerator, only(report).denominator) == (1, 1)


def test_a_mean_does_not_count_copies_that_differ() -> None:
    body = "period: month, target: '>= 5', value: {measure: mean, source: t, of: 全部}"
    item = _assess(body, [_row(0, 全部="2"), _row(1, 全部="6"), _row(1, 全部="10")])
    assert (item.numerator, item.denominator) == (2, 1)
    assert _range(item)[1:] == (4, 6, "unverified", 1)


def test_a_copy_outside_and_one_excluded_is_excluded() -> None:
    body = "period: month, target: '= 0次', value: {measure: count, source: t, where: 状态 == '好'}"
    item = _assess(body, [_row(1, 状态="坏"), _row(1, 状态="好", 时间="2022-09-01")])
    assert _range(item) == (0, 0, 0, "attained", 0)
    (account,) = item.accounting
    assert (account.kept, account.excluded) == (1, 1)


@pytest.mark.parametrize(
    ("target", "verdict", "shortfall"),
    [
        (">= 66%", "attained", None),
        (">= 67%", "missed", 1),
        ("> 66%", "attained", None),
        ("<= 66%", "missed", 1),
        ("<= 67%", "attained", None),
    ],
)
def test_target_a_point_either_side_of_two_thirds(target: str, verdict: str, shortfall: int | None) -> None:
    item = _assess(f"period: month, target: '{target}', {RATIO}", _rows(好=2, 坏=1))
    assert (str(item.verdict), item.shortfall) == (verdict, shortfall)


@pytest.mark.parametrize(
    ("target", "verdict"), [("= 2次", "attained"), ("= 1次", "missed"), ("= 3次", "missed"), ("<= 2次", "attained")]
)
def test_target_one_either_side_of_a_count(target: str, verdict: str) -> None:
    item = _assess(f"period: month, target: '{target}', value: {{measure: count, source: t}}", _rows(好=2))
    assert str(item.verdict) == verdict


def test_targets_by_date_none_and_not_agreed() -> None:
    count = "value: {measure: count, source: t}"
    changing = "target: [{requirement: '>= 1次'}, {since: 2022-08-01, requirement: '>= 2次'}]"
    rows = [_row(0, 时间="2022-07-01"), _row(1, 时间="2022-08-01")]
    catalogue = _catalogue(
        f"period: month, {changing}, {count}",
        f"period: month, {count}",
        f"period: month, target: '>= 1次', agreed: false, {count}",
    )
    report = report_of(catalogue, tables_of(catalogue, t=rows), "2022Q3")
    found = [(item.indicator, str(item.period), str(item.verdict)) for item in report.assessments]
    assert found[:2] == [("i1", "2022-07", "attained"), ("i1", "2022-08", "missed")]
    assert {verdict for name, _, verdict in found if name == "i2"} == {"monitored"}
    assert {verdict for name, _, verdict in found if name == "i3"} == {"undefined"}


@pytest.mark.parametrize("zero", ["not_applicable", "undefined", "attained", "missed"])
def test_denominator_of_zero(zero: str) -> None:
    item = _assess(f"period: month, target: '>= 90%', zero: {zero}, {RATIO}", [_row(0, 时间="2022-01-01")])
    assert (item.numerator, item.denominator, item.value, str(item.verdict)) == (0, 0, None, zero)


# ---- above 100%

SUMS = "denominator: {measure: sum, source: t, of: 全部}, numerator: {within: denominator, of: 部分}"


def test_a_part_above_its_whole_is_a_data_error() -> None:
    catalogue = _catalogue(f"period: month, target: '>= 90%', {SUMS}")
    rows = [_row(0, 部分="3", 全部="2"), _row(1, 部分="2", 全部="2")]
    report = report_of(catalogue, tables_of(catalogue, t=rows), "2022-07")
    item = only(report)
    # one of the two is wrong, and nobody knows which
    assert (item.value, item.lowest, item.highest, str(item.verdict)) == (1, 0, 1, "unverified")
    assert [(problem.code, problem.place.cell) for problem in report.problems] == [("V401", "第2行")]


def test_one_part_above_its_whole_hidden_in_the_sum() -> None:
    catalogue = _catalogue(f"period: month, target: '>= 90%', {SUMS}")
    rows = [_row(0, 部分="3", 全部="2"), _row(1, 部分="98", 全部="108")]
    report = report_of(catalogue, tables_of(catalogue, t=rows), "2022-07")
    assert (only(report).value, only(report).lowest, only(report).highest) == (Fraction(98, 108), 0, 1)
    assert str(only(report).verdict) == "unverified"
    assert codes(report.problems) == ["V401"]


def test_a_part_beside_an_unreadable_whole_is_not_shown_as_more_than_all() -> None:
    item = _assess(
        f"period: month, target: '>= 90%', {SUMS}", [_row(0, 部分="2", 全部="2"), _row(1, 部分="5", 全部="#")]
    )
    assert (item.numerator, item.denominator, item.value, str(item.verdict)) == (2, 2, 1, "unverified")


def test_what_isn_t_in_the_part_may_be_more_than_the_whole() -> None:
    catalogue = _catalogue(
        f"period: month, target: '>= 40%', {SUMS.replace('of: 部分', 'of: 部分, where: 状态 == 好')}".replace(
            "== 好", "== '好'"
        )
    )
    rows = [_row(0, 部分="9", 全部="2", 状态="坏"), _row(1, 部分="2", 全部="2", 状态="好")]
    report = report_of(catalogue, tables_of(catalogue, t=rows), "2022-07")
    assert (only(report).value, str(only(report).verdict), report.problems) == (Fraction(1, 2), "attained", ())


def test_actual_may_exceed_plan() -> None:
    item = _assess(f"period: month, target: '>= 90%', may_exceed: true, {SUMS}", [_row(0, 部分="3", 全部="2")])
    assert _parts(item) == (3, 2, "attained")


def test_above_100_without_a_target_is_only_monitored() -> None:
    item = _assess(f"period: month, {SUMS}", [_row(0, 部分="3", 全部="2")])
    assert str(item.verdict) == "monitored"


@pytest.mark.parametrize(
    ("part", "whole", "lowest", "highest"),
    [
        ("待补", "4", 0, 1),
        ("2", "待补", 0, 1),
        ("待补", "待补", 0, 1),
    ],
)
def test_unreadable_amounts_of_a_subset(part: str, whole: str, lowest: int | None, highest: int | None) -> None:
    item = _assess(f"period: month, target: '>= 90%', {SUMS}", [_row(0, 部分=part, 全部=whole)])
    assert (item.lowest, item.highest, str(item.verdict)) == (lowest, highest, "unverified")


@pytest.mark.parametrize(
    ("minimum", "row", "lowest", "highest"),
    [
        # beside the certain 2 of 2: 0 to 3 of 3, never less than none of it, whatever its column allows
        (-5, {"状态": "好", "部分": "待补", "全部": "3"}, Fraction(2, 5), 1),
        # 1 to 3 of 3
        (1, {"状态": "好", "部分": "待补", "全部": "3"}, Fraction(3, 5), 1),
        # 0 of 0 or more
        (-5, {"状态": "坏", "部分": "1", "全部": "待补"}, 0, 1),
        # 0 of 1 or more
        (1, {"状态": "坏", "部分": "1", "全部": "待补"}, 0, Fraction(2, 3)),
    ],
)
def test_what_the_minimum_of_a_column_says_of_a_part_and_its_whole(
    minimum: int, row: Row, lowest: Fraction | None, highest: Fraction | int
) -> None:
    (unreadable,) = (name for name, text in row.items() if text == "待补")
    kind = f"{unreadable}: {{type: decimal, minimum: "
    columns = SMALL.replace(f"{kind}0", f"{kind}{minimum}")
    share = SUMS.replace("of: 部分", "of: 部分, where: 状态 == '好'")
    catalogue = catalogue_of(
        f"{columns}  - {{id: i, number: 1, domain: 域, name: 名, formula: 式, period: month, {share}}}"
    )
    rows = [_row(0, 状态="好", 部分="2", 全部="2"), _row(1, **row)]
    item = only(report_of(catalogue, tables_of(catalogue, t=rows), "2022-07"))
    assert (item.lowest, item.highest) == (lowest, highest)


def test_unreadable_actual_has_no_upper_bound() -> None:
    rows = [_row(0, 部分="3", 全部="2"), _row(1, 部分="待补", 全部="1")]
    item = _assess(f"period: month, target: '>= 90%', may_exceed: true, {SUMS}", rows)
    assert (item.lowest, item.highest, str(item.verdict)) == (1, None, "attained")


# ---- plans


PLAN = (
    "period: year, target: '>= 80%', numerator: {measure: count, source: t}, "
    "denominator: {measure: sum, source: u, of: 数量, fixed: true"
)


def _plan(
    body: str, done: int, *amounts: str, period: str = "2022-07", second: bool = True
) -> tuple[Assessment, Report]:
    catalogue = _catalogue(body)
    days = ["2022-02-01", "2022-11-01"]
    rows = [{"编号": str(at), "时间": days[at], "数量": text} for at, text in enumerate(amounts)]
    raws = [raw_export(catalogue, "u", rows)]
    raws.append(
        raw_export(catalogue, "u", [{"编号": "乙", "时间": days[0], "数量": "0"}] if second else [], department="乙部")
    )
    tables = tables_of(catalogue, t=_rows(好=done)) | {"u": table_of(catalogue, "u", *raws)}
    report = report_of(catalogue, tables, period)
    return only(report), report


def test_room_of_a_plan() -> None:
    item, _ = _plan(PLAN + "}", 3, "4", "6")
    assert (item.numerator, item.denominator, item.value) == (3, 4, Fraction(3, 4))
    assert item.room
    assert (item.room.successes, item.room.planned, item.room.settled) == (5, "10", None)
    settled, _ = _plan(PLAN + "}", 8, "4", "6")
    assert settled.room
    assert settled.room.settled == "已稳达"


@pytest.mark.parametrize("amount", ["x", "-", "6个"])
def test_a_plan_that_cannot_be_read_in_full_settles_nothing(amount: str) -> None:
    # 8 of 4 would be safe whatever comes, were it not for what is planned in November
    item, _ = _plan(PLAN + "}", 8, "4", amount)
    assert (item.numerator, item.denominator, item.room) == (8, 4, None)


def test_a_doubtful_row_of_something_else_does_not_hide_the_room_of_a_plan() -> None:
    planned = "denominator: {measure: count, source: t, where: 组 == '东', fixed: true}"
    catalogue = _catalogue(
        f"period: year, target: '>= 50%', numerator: {{within: denominator, where: 人 == '赵'}}, {planned}",
        "period: year, value: {measure: count, source: t, where: 状态 == '好'}",
    )
    # one of two that are planned is done; of two rows nobody knows whether they are 好: one is planned, one surely not
    rows = [
        _row(0, 组="东", 人="赵", 状态="?"),
        _row(1, 组="西", 人="赵", 状态="?"),
        _row(2, 组="东", 人="钱", 状态="好", 时间="2022-11-01"),
    ]
    ratio, count = report_of(catalogue, tables_of(catalogue, t=rows), "2022-07").assessments
    assert (ratio.room, count.doubtful_rows) == (ErrorBudget(settled="已稳达", planned="2"), 2)


def test_a_plan_with_a_record_in_two_versions_settles_nothing() -> None:
    """Though each of them is planned, they need not add the same."""
    body = "target: '>= 50%', may_exceed: true, numerator: {within: denominator, of: 部分}"
    planned = "denominator: {measure: sum, source: t, of: 全部, fixed: true}"
    later = {"时间": "2022-11-01", "部分": "1"}
    rows = [_row(0, 部分="4", 全部="4"), _row(1, **later, 全部="2"), _row(1, **later, 全部="9")]
    # 4 of 6 would be safe, 4 of 13 would not
    assert _assess(f"period: year, {body}, {planned}", rows).room is None


def test_each_department_must_have_a_plan() -> None:
    body = PLAN + ", each_department: true}, zero: undefined"
    item, report = _plan(body, 10, "4", "6", period="2022")
    assert (str(item.verdict), codes(report.problems)) == ("attained", [])
    item, report = _plan(body, 10, "4", "6", period="2022", second=False)
    assert (str(item.verdict), codes(report.problems)) == ("undefined", ["V404"])


@pytest.mark.parametrize("zero", ["attained", "missed"])
def test_that_a_department_lacks_is_neither_attained_nor_missed(zero: str) -> None:
    body = PLAN + f", each_department: true}}, zero: {zero}"
    item, report = _plan(body, 10, "4", "6", period="2022", second=False)
    assert (str(item.verdict), codes(report.problems)) == ("undefined", ["V404"])


@pytest.mark.parametrize(
    ("target", "good", "bad", "room"),
    [
        (">= 90%", 20, 1, (1, None, None)),  # 20/22 is 90.9%, 20/23 is 87%
        (">= 90%", 8, 1, (None, 1, None)),  # 8/9 is below, 9/10 holds
        (">= 90%", 0, 0, (None, None, None)),
    ],
)
def test_room_of_a_running_ratio(target: str, good: int, bad: int, room: tuple[Any, ...]) -> None:
    item = _assess(f"period: year, target: '{target}', {RATIO}", _rows(好=good, 坏=bad))
    assert item.room
    assert (item.room.failures, item.room.successes, item.room.settled) == room


@pytest.mark.parametrize(
    ("target", "count", "room"),
    [
        ("= 0次", 1, (None, None, "已失守")),
        ("<= 3次", 1, (2, None, None)),
        (">= 1次", 1, (None, None, "已稳达")),
        (">= 3次", 1, (None, 2, None)),
    ],
)
def test_room_of_a_running_count(target: str, count: int, room: tuple[Any, ...]) -> None:
    item = _assess(f"period: year, target: '{target}', value: {{measure: count, source: t}}", _rows(好=count))
    assert item.room
    assert (item.room.failures, item.room.successes, item.room.settled) == room


def test_no_room_where_it_cannot_be_known() -> None:
    ratio = f"period: year, target: '>= 90%', {RATIO}"
    assert _assess(ratio, [*_rows(好=1), _row(9, 状态="?")]).room is None
    assert _assess(f"period: year, {RATIO}", _rows(好=1)).room is None
    assert _assess(f"{ratio}, averaged_over: 组", _rows(好=1)).room is None
    value = "period: year, target: '>= 1', value: {measure: sum, source: t, of: 部分}"
    assert _assess(value, [_row(0, 部分="1.5")]).room is None
    exceeding = f"period: year, target: '>= 90%', may_exceed: true, {SUMS}"
    assert _assess(exceeding, [_row(0, 部分="1", 全部="2")]).room is None
    assert _assess(f"period: year, target: '>= 90%', {SUMS}", [_row(0, 部分="1.5", 全部="2")]).room is None


OPEN = """
sources:
  t:
    name: 问题台账
    departments: [甲部]
    files: 问题台账_*
    key: [编号]
    date: 登记
    columns: {编号: {required: true}, 登记: {type: date, required: true}, 解决: {type: date}, 数量: {type: integer, minimum: 0}}
indicators:
  - {id: x, number: 1, domain: 域, name: 名, formula: 式, period: quarter, target: '%s', %s}
"""
SOLVED = "numerator: {within: denominator, where: not blank(解决)}, denominator: {measure: count, source: t}"
BACKLOG = "value: {measure: count, source: t, where: blank(解决) or 解决 >= period_end}"


@pytest.mark.parametrize(
    ("target", "body", "solved", "room"),
    [
        (">= 90%", SOLVED, 9, None),  # the open one can still be solved
        (">= 90%", SOLVED, 10, ErrorBudget(failures=1)),
        ("<= 0个", BACKLOG, 9, None),  # what is open now need not be at the end
        ("<= 9个", "value: {measure: count, source: t, window: {days: 30}}", 10, None),  # the first ones leave
        ("<= 9个", "value: {measure: count, source: t}", 10, ErrorBudget(settled="已失守")),
    ],
)
def test_no_room_where_records_can_turn_out_otherwise(
    target: str, body: str, solved: int, room: ErrorBudget | None
) -> None:
    catalogue = catalogue_of(OPEN % (target, body))
    rows = [
        {"编号": str(at), "登记": f"2022-08-{at + 1:02}", "解决": "2022-08-20" if at < solved else ""}
        for at in range(10)
    ]
    item = only(report_of(catalogue, tables_of(catalogue, t=rows), "2022-08"))
    assert item.room == room


def test_a_plan_that_comes_by_quarters_is_not_known_before_the_last() -> None:
    planned = (
        "numerator: {within: denominator, of: 数量}, denominator: {measure: sum, source: t, of: 数量, fixed: true}"
    )
    catalogue = catalogue_of(
        (OPEN % (">= 90%", planned)).replace("period: quarter", "period: year").replace("解决: {type: date}, ", "")
    )
    rows = [{"编号": "1", "登记": "2022-08-01", "数量": "3"}]
    raw = raw_export(catalogue, "t", rows)
    for covers, room in ((date(2023, 1, 1), True), (date(2022, 10, 1), False)):
        table = table_of(catalogue, "t", replace(raw, covers=(date(2022, 1, 1), covers)))
        assert bool(only(report_of(catalogue, {"t": table}, "2022Q3")).room) is room


def test_a_limit_that_is_passed_stays_passed_whatever_is_lacking() -> None:
    whole = "value: {measure: sum, source: t, of: 数量}"
    for target, amount, verdict, shown, body in (
        ("<= 3个", "4", "missed", "≥4个", whole),
        ("<= 3个", "3", "missing_data", "—", whole),
        (">= 3个", "4", "missing_data", "—", whole),  # nothing is attained without what is lacking
        ("<= 3个", "4", "missing_data", "—", whole.replace("sum", "mean")),  # which may become less
    ):
        catalogue = catalogue_of((OPEN % (target, body)).replace("[甲部]", "[甲部, 乙部]"))
        rows = [{"编号": "1", "登记": "2022-08-01", "解决": "", "数量": amount}]
        report = report_of(catalogue, {"t": table_of(catalogue, "t", raw_export(catalogue, "t", rows))}, "2022Q3")
        assert (str(only(report).verdict), only(report).display) == (verdict, shown)
        assert (only(report).value, codes(report.problems)) == (None, ["D101"])


def test_no_room_where_a_doubtful_row_may_be_one_more_of_the_same() -> None:
    # 0 of 5 or 0 of 6: the value is known, but it takes 45 or 54 successes in a row
    rows = [*_rows(坏=5), _row(9, 状态="坏", 时间="某日")]
    item = _assess(f"period: year, target: '>= 90%', {RATIO}", rows)
    assert (item.value, item.lowest, item.highest, item.doubtful_rows) == (0, 0, 0, 1)
    assert item.room is None
    # a count knows: one more of a person who is counted already changes nothing
    people = "period: year, target: '<= 3次', value: {measure: distinct, source: t, of: 组}"
    known = _assess(people, [_row(1, 组="东"), _row(2, 组="东", 时间="某日")])
    assert (known.lowest, known.highest) == (1, 1)
    assert known.room
    assert known.room.failures == 2


@pytest.mark.parametrize(
    ("where", "counted"),
    [
        ("响应 <= '2022-07-05'", 2), ("响应 > '2022-07-05'", 1), ("响应 == '2022-07-05'", 1), ("响应 != '2022-07-05'", 2),
        ("响应 < '2022-07-06'", 2), ("响应 >= '2022-07-05'", 2), ("响应 <= '2022-07-05 09:00'", 1),
    ],
)  # fmt: skip
def test_a_moment_beside_a_written_day_is_compared_by_days(where: str, counted: int) -> None:
    rows = [_row(at, 响应=text) for at, text in enumerate(("2022-07-04 23:59", "2022-07-05 10:00", "2022-07-06 00:00"))]
    assert _assess(f'period: month, value: {{measure: count, source: t, where: "{where}"}}', rows).value == counted


# ---- periods in a column

BY_PERIOD = """
sources:
  p:
    name: 填报
    departments: [甲部]
    files: 填报_*
    key: [期]
    date: 期
    columns: {期: {type: period, required: true}, 分: {type: integer, minimum: 0}}
indicators:
  - {id: x, number: 1, domain: 域, name: 名, formula: 式, period: %s, target: '>= 90', value: {measure: %s, source: p, of: 分}}
"""


@pytest.mark.parametrize(
    ("kind", "measure", "rows", "period", "found"),
    [
        # of a figure of the quarter nobody knows what part is the month's
        ("month", "mean", {"2022Q1": "95"}, "2022-01", (None, "unverified")),
        ("month", "sum", {"2022Q1": "95"}, "2022-02", (0, "unverified")),
        ("month", "sum", {"2022-01": "95"}, "2022-01", (95, "attained")),
        ("quarter", "sum", {"2022-01": "40", "2022-02": "60", "2022Q2": "1"}, "2022Q1", (100, "attained")),
        ("quarter", "sum", {"2022H1": "95"}, "2022Q2", (0, "unverified")),
        ("half", "sum", {"2022Q1": "40", "2022Q2": "60"}, "2022H1", (100, "attained")),
        ("year", "sum", {"2022H1": "40", "2022Q3": "60"}, "2022", (100, "attained")),
    ],
)
def test_a_period_counts_in_what_it_lies_in(
    kind: str, measure: str, rows: Mapping[str, str], period: str, found: tuple[int | None, str]
) -> None:
    catalogue = catalogue_of(BY_PERIOD % (kind, measure))
    table = table_of(catalogue, "p", raw_export(catalogue, "p", [{"期": text, "分": n} for text, n in rows.items()]))
    report = report_of(catalogue, {"p": table}, period)
    assert (only(report).value, str(only(report).verdict)) == found
    assert codes(report.problems) == (["V405"] if found[1] == "unverified" else [])


def test_a_plan_of_the_running_quarter_counts_before_its_end() -> None:
    catalogue = catalogue_of(BY_PERIOD % ("quarter", "sum"))
    table = table_of(catalogue, "p", raw_export(catalogue, "p", [{"期": "2022Q3", "分": "95"}]))
    (item,) = report_of(catalogue, {"p": table}, "2022-08").running
    assert (item.value, item.doubtful_rows) == (95, 0)


# ---- groups


def test_a_group_of_a_sensitive_column_is_named_by_its_hash() -> None:
    text = """
sources:
  t:
    name: 台账
    departments: [甲部]
    files: 台账_*.xlsx
    key: [编号]
    date: 日期
    columns: {编号: {required: true}, 日期: {type: date, required: true}, 组: {sensitive: true}}
indicators:
  - {id: x, number: 1, domain: 域, name: 名, formula: 式, period: month, for_each: 组,
     value: {measure: count, source: t}}
"""
    catalogue = catalogue_of(text)
    rows = [{"编号": "1", "日期": "2022-07-01", "组": "张三丰"}, {"编号": "2", "日期": "2022-07-01"}]
    found = report_of(catalogue, tables_of(catalogue, t=rows), "2022-07").assessments
    assert [item.group for item in found] == ["未填", "#cd61f667"]


@pytest.mark.parametrize(
    ("period", "as_of", "months"),
    [
        ("2022-08", date(2022, 8, 31), ["2022-08"]),
        ("2022-08", date(2022, 12, 31), ["2022-08"]),
        ("2022Q3", date(2022, 8, 15), ["2022-07", "2022-08"]),
        ("2022Q3", date(2022, 6, 30), []),
    ],
)
def test_months_that_are_wanted(period: str, as_of: date, months: list[str]) -> None:
    catalogue = _catalogue("period: month, value: {measure: count, source: t}")
    parsed = parse_period(period)
    assert parsed
    found = wanted_months(catalogue, catalogue.indicators, parsed, as_of)
    assert [str(month) for month in found.get("t", [])] == months


def test_for_each_value_of_a_column() -> None:
    body = f"period: month, target: '>= 60%', for_each: 组, {RATIO}"
    rows = [_row(0, 组="东", 状态="好"), _row(1, 组="西", 状态="坏"), _row(2, 组="西", 状态="好"), _row(3, 状态="好")]
    catalogue = _catalogue(body)
    report = report_of(catalogue, tables_of(catalogue, t=rows), "2022-07")
    found = {item.group: (item.numerator, item.denominator, str(item.verdict)) for item in report.assessments}
    assert found == {"东": (1, 1, "attained"), "西": (1, 2, "missed"), "未填": (1, 1, "attained")}


@pytest.mark.parametrize("value", ["{measure: count, source: t}", "{measure: sum, source: t, of: 部分}"])
def test_for_each_of_a_value(value: str) -> None:
    catalogue = _catalogue(f"period: month, target: '>= 2', for_each: 组, value: {value}")
    rows = [_row(0, 组="东", 部分="1"), _row(1, 组="西", 部分="1"), _row(2, 组="西", 部分="1")]
    report = report_of(catalogue, tables_of(catalogue, t=rows), "2022-07")
    assert {item.group: str(item.verdict) for item in report.assessments} == {"东": "missed", "西": "attained"}


def test_for_each_of_an_arithmetic() -> None:
    catalogue = _catalogue(
        "period: month, target: '>= 50%', for_each: 组, value: 1 - a / b, measures: "
        "{a: {measure: count, source: t, where: 状态 == '坏'}, b: {measure: count, source: t}}"
    )
    rows = [_row(0, 组="东", 状态="好"), _row(1, 组="西", 状态="坏")]
    report = report_of(catalogue, tables_of(catalogue, t=rows), "2022-07")
    assert {item.group: item.value for item in report.assessments} == {"东": 1, "西": 0}


@pytest.mark.parametrize("measure", ["mean", "min", "max", "median"])
def test_a_group_of_which_no_amount_can_be_read_is_there(measure: str) -> None:
    catalogue = _catalogue(
        f"period: month, target: '>= 2', for_each: 组, value: {{measure: {measure}, source: t, of: 部分}}"
    )
    rows = [_row(0, 组="东", 部分="3"), _row(1, 组="西", 部分="约3")]
    report = report_of(catalogue, tables_of(catalogue, t=rows), "2022-07")
    assert {item.group: str(item.verdict) for item in report.assessments} == {"东": "attained", "西": "unverified"}


UNREADABLE_GROUP = """
sources:
  t:
    name: 台账
    departments: [甲部]
    files: 台账_*.xlsx
    key: [编号]
    date: 日期
    columns:
      {编号: {required: true}, 日期: {type: date, required: true}, 组: {type: choice, values: {东: [], 西: []}},
       人: {}, 数: {type: integer, minimum: 0}}
indicators:
"""
UNPLACED = [
    {"编号": "1", "日期": "2022-07-01", "组": "东", "人": "甲", "数": "1"},
    {"编号": "2", "日期": "2022-07-01", "组": "待补", "人": "乙", "数": "5"},
    {"编号": "3", "日期": "2022-07-01", "组": "待定", "人": "丙", "数": "5"},
    {"编号": "4", "日期": "2022-07-01", "组": "西", "人": "丁", "数": "2"},
]


def _unplaced(body: str) -> dict[str | None, Assessment]:
    indicator = f"  - {{id: x, number: 1, domain: 域, name: 名, formula: 式, for_each: 组, {body}}}"
    catalogue = catalogue_of(UNREADABLE_GROUP + indicator)
    report = report_of(catalogue, tables_of(catalogue, t=UNPLACED), "2022-07")
    assert "V402" not in codes(report.problems)
    return {item.group: item for item in report.assessments}


@pytest.mark.parametrize(
    "value",
    [
        "{measure: count, source: t}",
        "{measure: distinct, source: t, of: 人}",
        "{measure: sum, source: t, of: 数}",
        "{measure: mean, source: t, of: 数}",
        "{measure: max, source: t, of: 数}",
    ],
)
def test_a_row_whose_group_cannot_be_read_may_be_of_each_group_and_is_none_of_its_own(value: str) -> None:
    found = _unplaced(f"period: month, target: '<= 2', value: {value}")
    assert {group: str(item.verdict) for group, item in found.items()} == {"东": "unverified", "西": "unverified"}


def test_a_share_of_people_in_groups_with_a_group_that_cannot_be_read() -> None:
    ratio = "numerator: {within: denominator, where: 数 > 1}, denominator: {measure: distinct, source: t, of: 人}"
    found = _unplaced(f"period: month, target: '>= 50%', {ratio}")
    # 甲 is the only one in 东 and not in the part; 乙 and 丙, both in the part, may be there too
    assert _range(found["东"]) == (0, 0, Fraction(2, 3), "unverified", 2)
    # wider than need be: whether they are in the part is not tied to their being in 西 at all
    assert _range(found["西"]) == (1, Fraction(1, 3), 1, "unverified", 2)


def test_a_group_has_the_plan_of_its_own_rows_and_no_room_where_some_row_may_be_its_own() -> None:
    ratio = "numerator: {within: denominator, where: 数 > 1}, denominator: {measure: count, source: t, fixed: true}"
    body = f"period: year, target: '>= 50%', for_each: 组, {ratio}"
    assert {group: item.room for group, item in _unplaced(body.replace("for_each: 组, ", "")).items()} == {
        "东": None, "西": None,
    }  # fmt: skip
    catalogue = catalogue_of(UNREADABLE_GROUP + f"  - {{id: x, number: 1, domain: 域, name: 名, formula: 式, {body}}}")
    rows = [UNPLACED[0], UNPLACED[3], {**UNPLACED[3], "编号": "5", "日期": "2022-08-01"}]
    report = report_of(catalogue, tables_of(catalogue, t=rows), "2022-07")
    assert {item.group: item.room for item in report.assessments} == {
        "东": ErrorBudget(settled="已失守", planned="1"), "西": ErrorBudget(settled="已稳达", planned="2"),
    }  # fmt: skip


def test_mean_of_projects_with_a_doubtful_row() -> None:
    body = f"period: month, target: '>= 50%', averaged_over: 组, {RATIO}"
    rows = [_row(0, 组="东", 状态="好"), _row(1, 组="西", 状态="坏"), _row(2, 组="西", 状态="待补")]
    # 东 is 1/1; 西 is 0/2 or 1/2
    assert _range(_assess(body, rows)) == (Fraction(1, 2), Fraction(1, 2), Fraction(3, 4), "attained", 1)


def test_a_row_of_an_unreadable_project_belongs_anywhere() -> None:
    body = f"period: month, target: '>= 50%', averaged_over: 组, {RATIO}"
    item = _assess(body, [_row(0, 组="东", 状态="好"), _row(1, 组="?", 状态="坏")])
    # one of two in 东, none of one in a project of its own beside all of 东, or of no project beside all of 东
    assert (item.lowest, item.highest, str(item.verdict)) == (Fraction(1, 2), Fraction(1), "attained")
    assert item.display == "50.00%~100.00%"


def test_a_row_without_a_project_is_of_one_of_them_and_no_project() -> None:
    body = f"period: month, target: '>= 90%', averaged_over: 组, {RATIO}"
    good = [_row(at, 组="东" if at < 10 else "西", 状态="坏" if at == 19 else "好") for at in range(20)]
    # (10/11 + 9/10)/2 or (1 + 9/11)/2, and not (1 + 9/10 + 0)/3
    item = _assess(body, [*good, _row(20, 组="", 状态="坏")])
    assert (item.lowest, item.highest, str(item.verdict)) == (Fraction(199, 220), Fraction(10, 11), "attained")
    # with one more 10/12 and 9/10, 1 and 9/12, or 10/11 and 9/11
    item = _assess(body, [*good, _row(20, 组="", 状态="坏"), _row(21, 组="", 状态="坏")])
    assert (item.lowest, item.highest, str(item.verdict)) == (Fraction(19, 22), Fraction(7, 8), "missed")


def test_a_row_without_a_project_below_numerators_of_their_own() -> None:
    # 1 of 1 in 东 and 1 of 2 in 西, and one more below in either: (1/2 + 1/2)/2 or (1 + 1/3)/2
    body = (
        "period: month, target: '>= 50%', averaged_over: 组, numerator: {measure: count, source: t, where: 状态 == '好'}, "
        "denominator: {measure: count, source: t, where: 状态 != '消'}"
    )
    rows = [
        _row(0, 组="东", 状态="好"),
        _row(1, 组="西", 状态="好"),
        _row(2, 组="西", 状态="坏"),
        _row(3, 组="", 状态="坏"),
    ]
    item = _assess(body, rows)
    assert (item.lowest, item.highest, str(item.verdict)) == (Fraction(1, 2), Fraction(2, 3), "attained")


def test_a_group_without_rows_of_a_measure_has_none_of_it_in_a_formula() -> None:
    catalogue = catalogue_of(
        OPEN.replace("columns: {", "columns: {项目: {}, ")
        % (
            "<= 50%",
            "measures: {好: {measure: count, source: t, where: 数量 > 5}, 全: {measure: count, source: t}}, value: 1 - 好 / 全, for_each: 项目",
        )
    )
    rows = [{"编号": "1", "登记": "2022-08-01", "解决": "", "数量": "9", "项目": "甲"}]
    rows += [{"编号": "2", "登记": "2022-08-01", "解决": "", "数量": "1", "项目": "乙"}]
    report = report_of(catalogue, tables_of(catalogue, t=rows), "2022Q3")
    assert {item.group: (item.value, str(item.verdict)) for item in report.due} == {
        "乙": (1, "missed"), "甲": (0, "attained"),
    }  # fmt: skip


# ---- distinct


PERSONS = (
    "period: month, target: '>= 50%', denominator: {measure: distinct, source: t, of: 人}, "
    "numerator: {within: denominator, where: 状态 == '好'}"
)


def test_persons_count_once() -> None:
    rows = [_row(0, 人="赵", 状态="坏"), _row(1, 人="赵", 状态="好"), _row(2, 人="钱", 状态="坏"), _row(3, 状态="好")]
    assert _parts(_assess(PERSONS, rows)) == (1, 2, "attained")


@pytest.mark.parametrize("unseen", ["\u200b", "\u3000", "\u00a0 ", "\ufeff"])
def test_what_nobody_sees_is_a_blank(unseen: str) -> None:
    rows = [_row(0, 组="东", 部分="1"), _row(1, 组=unseen, 部分=unseen)]
    people = _assess("period: month, target: '>= 2', value: {measure: distinct, source: t, of: 组}", rows)
    amount = _assess("period: month, target: '>= 2', value: {measure: mean, source: t, of: 部分}", rows)
    assert (people.value, people.highest, amount.value, amount.highest) == (1, 1, 1, 1)


def test_persons_with_a_doubtful_row() -> None:
    rows = [_row(0, 人="赵", 状态="?"), _row(1, 人="赵", 状态="好"), _row(2, 人="钱", 状态="?")]
    assert _range(_assess(PERSONS, rows)) == (Fraction(1, 2), Fraction(1, 2), 1, "attained", 1)


def test_a_name_that_can_t_be_read_may_be_one_that_counts_already() -> None:
    body = (
        "period: month, target: '>= 50%', denominator: {measure: distinct, source: t, of: 组}, "
        "numerator: {within: denominator, where: 状态 == '好'}"
    )
    # 东 again, or another one: 1 of 1 or 2 of 2
    item = _assess(body, [_row(0, 组="?", 状态="好"), _row(1, 组="东", 状态="好")])
    assert (item.lowest, item.highest, str(item.verdict), item.doubtful_rows) == (1, 1, "attained", 1)
    # 西 is not in the part: 1 of 1 where it is 西, else 1 of 2
    item = _assess(body, [_row(0, 组="?", 状态="好"), _row(1, 组="西", 状态="坏")])
    assert (item.lowest, item.highest) == (Fraction(1, 2), 1)
    # beside one in the part and one not: 东 again is 1 of 2, 西 is 2 of 2, another one is 2 of 3
    rows = [_row(0, 组="?", 状态="好"), _row(1, 组="东", 状态="好"), _row(2, 组="西", 状态="坏")]
    item = _assess(body, rows)
    assert (item.lowest, item.highest) == (Fraction(1, 2), 1)
    # neither 东 nor 西 is: 1 of 2 where it is one of them, else 1 of 3
    item = _assess(body, [_row(0, 组="?", 状态="好"), _row(1, 组="西", 状态="坏"), _row(2, 组="东", 状态="坏")])
    assert (item.lowest, item.highest) == (Fraction(1, 3), Fraction(1, 2))


_GROUPS = PERSONS.replace("of: 人", "of: 组")
_ONE_GROUP = "period: month, target: '= 1', value: {measure: distinct, source: t, of: 组}"


def test_nothing_is_known_but_that_there_are_two_unreadable_names() -> None:
    rows = [_row(0, 组="?", 状态="?"), _row(1, 组="?", 状态="?")]
    # at most each of the whole is in the part
    assert _range(_assess(_GROUPS, rows)) == (None, 0, 1, "unverified", 2)
    # one twice, or two; 0 is wider than need be
    assert _range(_assess(_ONE_GROUP, rows)) == (0, 0, 2, "unverified", 2)


def test_two_versions_of_one_unreadable_name_are_no_more_than_all() -> None:
    # 1 of 1 in either version
    item = _assess(_GROUPS, [_row(0, 组="?", 状态="好"), _row(0, 组="?", 状态="好", 人="赵")])
    assert item.highest == 1


def test_an_unreadable_name_is_none_of_another_month() -> None:
    # 1 of 1 whoever it is: 西 is not there in July
    item = _assess(_GROUPS, [_row(0, 组="?", 状态="好"), _row(1, 组="西", 状态="坏", 时间="2022-09-01")])
    assert (item.lowest, item.highest, str(item.verdict)) == (1, 1, "attained")


@pytest.mark.parametrize(
    "rows",
    [
        [_row(0, 组="?", 时间="?")],
        [_row(0, 组="?"), _row(0, 组="?", 时间="2022-09-01")],
    ],
    ids=["no date", "two dates"],
)
def test_an_unreadable_name_that_may_be_of_another_month_may_be_none(rows: list[Row]) -> None:
    item = _assess(_ONE_GROUP, rows)
    assert (item.lowest, item.highest, str(item.verdict)) == (0, 1, "unverified")


def test_departments_against_the_declared_list() -> None:
    body = (
        "period: month, target: '>= 100%', numerator: {measure: distinct, source: t, of: 组}, "
        "denominator: {declared: departments}"
    )
    rows = [_row(0, 组="东"), _row(1, 组="东"), _row(2, 组="西")]
    assert _parts(_assess(body, rows)) == (2, 3, "missed")
    doubtful = _assess(body, [*rows, _row(3, 组="?")])
    assert (doubtful.lowest, doubtful.highest) == (Fraction(2, 3), 1)


# ---- other aggregates


def _value_of(measure: str, rows: Sequence[Row], target: str = ">= 2", window: str = "period") -> Assessment:
    body = f"period: month, target: '{target}', value: {{measure: {measure}, source: t, of: 部分, window: {window}}}"
    return _assess(body, rows)


@pytest.mark.parametrize(
    ("measure", "value"), [("sum", "8.5"), ("mean", "17/6"), ("median", "2.5"), ("min", "1"), ("max", "5")]
)
def test_aggregates(measure: str, value: str) -> None:
    rows = [_row(0, 部分="5"), _row(1, 部分="1"), _row(2, 部分="2.5"), _row(3)]
    item = _value_of(measure, rows)
    assert (item.value, item.lowest, item.highest) == (Fraction(value),) * 3


def test_median_and_mean_of_nothing() -> None:
    assert [str(_value_of(name, [_row(0)]).verdict) for name in ("median", "mean")] == ["not_applicable"] * 2


def test_extremes_with_doubtful_rows() -> None:
    rows = [_row(0, 部分="5"), _row(1, 部分="1", 时间="?")]
    assert _range(_value_of("min", rows)) == (5, 1, 5, "unverified", 1)
    assert _range(_value_of("median", rows)) == (5, 3, 5, "attained", 1)
    assert _range(_value_of("max", [*rows, _row(2, 部分="?")]))[1:3] == (5, None)
    # 5 and 0 and perhaps 1; what could not be read may be as large as it likes
    assert _range(_value_of("mean", [*rows, _row(2, 部分="?")]))[1:3] == (2, None)


def test_time_taken_in_minutes() -> None:
    body = "period: month, target: '<= 4小时', value: {measure: mean, source: t, of: 用时}"
    item = _assess(body, [_row(0, 用时="180"), _row(1, 用时="301")])
    assert (item.value, str(item.verdict)) == (Fraction(481, 2) * 60_000_000, "missed")
    assert str(item.unit) == "小时"


@pytest.mark.parametrize(("window", "count"), [("period", 1), ("year_to_date", 3), ("until_end", 4), ("{days: 32}", 2)])
def test_windows(window: str, count: int) -> None:
    days = ["2021-12-31", "2022-01-01", "2022-06-30", "2022-07-31", "2022-08-01"]
    rows = [_row(at, 时间=day) for at, day in enumerate(days)]
    body = f"period: month, target: '>= 0次', value: {{measure: count, source: t, window: {window}}}"
    assert _assess(body, rows).value == count


def test_figure_beside_the_value() -> None:
    body = (
        "period: month, target: '>= 1次', value: {measure: count, source: t}, "
        "beside: [{label: 全年累计, value: {measure: count, source: t, window: year_to_date}}]"
    )
    assert _assess(body, [_row(0, 时间="2022-02-01"), _row(1)]).beside == (("全年累计", "2"),)


def test_listed_twice_worked_out_once() -> None:
    catalogue = _catalogue(f"also: [{{number: 9, domain: 另}}], period: month, target: '>= 50%', {RATIO}")
    report = report_of(catalogue, tables_of(catalogue, t=_rows(好=1)), "2022-07")
    first, second = report.assessments
    assert [(item.number, item.domain) for item in (first, second)] == [(1, "域"), (9, "另")]
    assert replace(second, number=1, domain="域") == first


# ---- tracing


def _traced(catalogue: Catalogue, tables: Mapping[str, Table], at: int = 0) -> Counter[str]:
    period = parse_period("2022-07")
    assert period
    return Counter(row.kind for row in trace(catalogue, tables, catalogue.indicators[at], period, date(2022, 7, 31)))


def test_kinds_of_traced_rows() -> None:
    ratio = (
        "period: month, numerator: {within: denominator, where: 状态 == '好'}, "
        "denominator: {measure: count, source: t, where: 人 == '赵'}"
    )
    catalogue = _catalogue(ratio)
    rows = [
        _row(0, 人="赵", 状态="好"),
        _row(1, 人="赵", 状态="坏"),
        _row(2, 人="钱", 状态="好"),
        _row(3, 人="赵", 状态="?"),
        _row(4, 人="赵", 时间="2022-09-01"),
        _row(5, 人="赵", 状态="好"),
        _row(5, 人="赵", 状态="坏"),
    ]
    found = _traced(catalogue, tables_of(catalogue, t=rows))
    assert found == {"counted": 1, "failing": 1, "excluded": 1, "doubtful": 3}


def test_the_first_condition_that_a_row_fails_is_told() -> None:
    catalogue = _catalogue("period: month, value: {measure: count, source: t, where: 人 == '赵' and 状态 == '好'}")
    rows = [_row(0, 人="赵", 状态="好"), _row(1, 人="赵", 状态="坏"), _row(2, 人="钱", 状态="坏")]
    period = parse_period("2022-07")
    assert period
    traced = trace(catalogue, tables_of(catalogue, t=rows), catalogue.indicators[0], period, date(2022, 7, 31))
    first, second = map(catalogue.expression, ("人 == '赵'", "状态 == '好'"))
    assert [row.unmet for row in traced] == [{}, {"value": second}, {"value": first}]


def test_an_extreme_is_not_doubted_for_a_row_of_another_month() -> None:
    rows = [_row(0, 部分="3"), _row(1, 部分="?", 时间="2022-08-05 08:00:00")]
    catalogue = _catalogue("period: month, value: {measure: max, source: t, of: 部分}, target: '<= 5'")
    july, august, _ = report_of(catalogue, tables_of(catalogue, t=rows), "2022Q3").assessments
    assert (_range(july), august.doubtful_rows) == ((3, 3, 3, "attained", 0), 1)


def test_what_a_sum_lacks_is_as_fine_as_its_column() -> None:
    body = "period: month, value: {measure: sum, source: t, of: 部分}, target: '>= 5'"
    # two decimals are written, so a hundredth is the least that can be added; of whole numbers it is one
    assert _assess(body, [_row(0, 部分="4.75")]).shortfall == Fraction(1, 4)
    assert _assess(body.replace(">= 5", "> 5"), [_row(0, 部分="4.75")]).shortfall == Fraction(26, 100)
    assert _assess(body.replace(">= 5", "> 5"), [_row(0, 部分="4")]).shortfall == 2


def test_a_part_as_large_as_its_whole_is_no_mistake_though_one_has_more_decimals() -> None:
    body = "numerator: {within: denominator, of: 部分}, denominator: {measure: sum, source: t, of: 全部}"
    item = _assess(
        f"period: month, {body}, target: '>= 50%'", [_row(0, 部分="3.00", 全部="3"), _row(1, 部分="0.25", 全部="1")]
    )
    assert _range(item) == (Fraction(13, 16), Fraction(13, 16), Fraction(13, 16), "attained", 0)


def _weights(body: str, rows: Sequence[Row]) -> dict[tuple[str, int, int], Weight] | None:
    catalogue = _catalogue(f"period: month, {body}")
    period = parse_period("2022-07")
    assert period
    return weigh(catalogue, tables_of(catalogue, t=rows), catalogue.indicators[0], period, date(2022, 7, 31))


def test_what_a_doubtful_row_adds_where_the_value_is_lowest_and_highest() -> None:
    certain = [_row(0, 状态="好"), _row(1, 状态="好"), _row(2, 状态="坏")]
    doubtful = [_row(3, 状态="?"), _row(4, 状态="好", 时间="?"), _row(5, 状态="坏", 时间="?")]
    # 2 of 3 are certain; the lowest is 2/5: the unreadable state is no 好, the second bad row is there, the good one not;
    # the highest is 4/5: it is 好, the good row is there, the bad one not
    assert _weights(RATIO, [*certain, *doubtful]) == {
        ("t", 0, 5): Weight((0, 1), (1, 1), 1),
        ("t", 0, 6): Weight((0, 0), (1, 1), 0),
        ("t", 0, 7): Weight((0, 1), (0, 0), 0),
    }
    assert _weights(RATIO, certain) is None


def test_what_a_record_in_two_versions_adds_stands_at_the_first() -> None:
    rows = [_row(0, 状态="好"), _row(1, 状态="好"), _row(1, 状态="坏")]
    assert _weights(RATIO, rows) == {("t", 0, 3): Weight((0, 1), (1, 1), 1)}


def test_a_group_without_rows_of_the_month_does_not_hide_what_those_of_another_add() -> None:
    rows = [_row(0, 组="东", 状态="好", 时间="2022-08-05"), _row(1, 组="西", 状态="好"), _row(2, 组="西", 状态="?")]
    assert _weights(f"for_each: 组, {RATIO}", rows) == {("t", 0, 4): Weight((0, 1), (1, 1), 1)}


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ("value: {measure: max, source: t, of: 部分}", [_row(0, 部分="1", 时间="?")]),
        ("value: {measure: distinct, source: t, of: 人}", [_row(0, 人="赵", 时间="?")]),
        # the whole may be as large as it likes: no lowest value
        (SUMS, [_row(0, 部分="1", 全部="1"), _row(1, 部分="0", 全部="?")]),
        # 5 over 2, 3 or both: one of them has to be there, though each by itself makes the value lower
        (
            f"may_exceed: true, {SUMS}",
            [_row(0, 部分="5", 全部="0"), *(_row(at, 部分="0", 全部=str(at + 1), 时间="?") for at in (1, 2))],
        ),
        # of one group alone
        (
            f"for_each: 组, {RATIO}",
            [_row(0, 组="东", 状态="好"), _row(1, 组="西", 状态="好"), _row(2, 组="?", 状态="坏")],
        ),
    ],
    ids=["extreme", "distinct", "no bound", "nothing certain below", "of no known group"],
)
def test_where_the_extremes_are_no_sums_over_rows_no_row_has_a_weight(body: str, rows: list[Row]) -> None:
    assert _weights(body, rows) is None


def test_trace_adds_up_to_the_accounting(sample: Sample) -> None:
    report = sample.report("2022")
    for number, period in ((18, "2022-08"), (12, "2022Q2"), (8, "2022Q2"), (11, "2022Q2"), (20, "2022Q4")):
        (item,) = [a for a in report.due if a.number == number and str(a.period) == period]
        indicator = sample.catalogue.find(str(number))[0]
        rows = trace(sample.catalogue, sample.tables, indicator, item.period, item.period.last_day)
        for account in item.accounting:
            records = {
                (row.source, row.conflict or (row.export, row.row)): row.standings[account.measure]
                for row in rows
                if account.measure in row.standings
            }
            tally = Counter(records.values())
            assert (tally["counted"], tally["excluded"], tally["doubtful"]) == (
                account.counted, account.excluded, account.doubtful,
            )  # fmt: skip
            assert len(records) - tally["outside"] + account.outside + account.elsewhere == account.kept


# ---- what must not be certain


def test_an_unknown_plan_is_never_a_plan_of_zero() -> None:
    body = f"period: month, target: '>= 90%', zero: attained, may_exceed: true, {SUMS}"
    assert str(_assess(body, [_row(0, 部分="1", 全部="待补")]).verdict) == "unverified"


def test_a_part_beside_an_unreadable_whole_is_known() -> None:
    # (2 + 2)/(2 + w) with w from 2 upwards
    item = _assess(
        f"period: month, target: '>= 90%', {SUMS}", [_row(0, 部分="2", 全部="2"), _row(1, 部分="2", 全部="?")]
    )
    assert (item.lowest, item.highest, str(item.verdict)) == (0, 1, "unverified")


KEYED = SMALL.replace("编号: {type: text}", "编号: {type: text, required: true}", 1)


def test_a_row_without_a_key_may_repeat_another() -> None:
    catalogue = catalogue_of(
        KEYED + "  - {id: a, number: 1, domain: 域, name: 名, formula: 式, period: month, target: '= 1次', "
        "value: {measure: count, source: t, where: 状态 == '好'}}"
    )
    rows = [*_rows(好=1), {**_row(1, 状态="好"), "编号": ""}]
    item = only(report_of(catalogue, tables_of(catalogue, t=rows), "2022-07"))
    assert _range(item) == (1, 1, 2, "unverified", 1)


def test_a_row_without_a_key_where_all_rows_count() -> None:
    catalogue = catalogue_of(
        KEYED + "  - {id: a, number: 1, domain: 域, name: 名, formula: 式, period: month, target: '= 1次', "
        "value: {measure: count, source: t}}"
    )
    rows = [*_rows(好=1), {**_row(1, 状态="好"), "编号": ""}]
    item = only(report_of(catalogue, tables_of(catalogue, t=rows), "2022-07"))
    assert _range(item) == (1, 1, 2, "unverified", 1)


NAMED = SMALL.replace("人: {type: text}", "人: {type: text, required: true}", 1)


def _people(rows: Sequence[Row]) -> Assessment:
    catalogue = catalogue_of(NAMED + f"  - {{id: a, number: 1, domain: 域, name: 名, formula: 式, {PERSONS}}}")
    return only(report_of(catalogue, tables_of(catalogue, t=rows), "2022-07"))


def test_somebody_without_a_name_may_be_one_of_the_others() -> None:
    # the second row is 赵 (1/1) or somebody else (1/2)
    item = _people([_row(0, 人="赵", 状态="坏"), _row(1, 状态="好")])
    assert (item.lowest, item.highest) == (Fraction(1, 2), 1)


def test_conflicting_copies_of_persons() -> None:
    rows = [_row(1, 人="赵", 状态="好"), _row(1, 人="赵", 状态="坏"), _row(2, 人="钱", 状态="好")]
    assert (_people(rows).lowest, _people(rows).highest) == (Fraction(1, 2), 1)
    other = [_row(1, 人="赵", 状态="好"), _row(1, 人="赵", 状态="好", 组="东"), _row(2, 人="钱", 状态="坏")]
    assert (_people(other).lowest, _people(other).highest) == (Fraction(1, 2),) * 2
    names = [_row(1, 人="赵", 状态="好"), _row(1, 人="孙", 状态="坏"), _row(1, 状态="坏")]
    assert (_people(names).lowest or 0, _people(names).highest) == (0, 1)


def test_nothing_out_of_an_unknown_whole() -> None:
    # (1 + 0)/(1 + w) with w from 0 upwards
    item = _assess(
        f"period: month, target: '>= 90%', {SUMS}", [_row(0, 部分="1", 全部="1"), _row(1, 部分="0", 全部="?")]
    )
    assert (item.lowest, item.highest, str(item.verdict)) == (0, 1, "unverified")


def test_grouped_and_plain_indicators_of_one_table() -> None:
    catalogue = _catalogue(
        f"period: month, target: '>= 60%', averaged_over: 组, {RATIO}",
        "period: month, target: '>= 60%', value: {measure: count, source: t}",
    )
    rows = [_row(0, 组="东", 状态="好"), _row(1, 组="西", 状态="坏"), _row(2, 组="西", 状态="坏")]
    report = report_of(catalogue, tables_of(catalogue, t=rows), "2022-07")
    assert [item.value for item in report.assessments] == [Fraction(1, 2), 3]


def test_rows_that_are_not_accounted_for_are_a_problem() -> None:
    catalogue = _catalogue("period: month, value: {measure: count, source: t, where: 状态 == '好'}")
    (table,) = tables_of(catalogue, t=_rows(好=1)).values()
    lacking = {"t": replace(table, kept=0)}
    assert codes(report_of(catalogue, lacking, "2022-07").problems) == ["V402"]


def test_the_time_from_one_event_to_another_is_never_below_0() -> None:
    """Five tickets of five hours and one whose end can't be read: the mean is 25 / 6 hours at least."""
    catalogue = catalogue_of(
        "sources: {t: {name: 工单, departments: [甲部], files: 工单*, key: [单号], date: 受理, "
        "columns: {单号: {}, 受理: {type: datetime}, 修复: {type: datetime}}}}\n"
        "indicators: [{id: x, number: 1, domain: 域, name: 平均, formula: f, period: month, target: '<= 4小时', "
        "value: {measure: mean, source: t, of: 修复 - 受理}}]\n"
    )
    rows = [{"单号": f"{at}", "受理": f"2022-07-0{at} 08:00", "修复": f"2022-07-0{at} 13:00"} for at in range(1, 6)]
    rows.append({"单号": "6", "受理": "2022-07-06 08:00", "修复": "见单"})
    found = only(report_of(catalogue, tables_of(catalogue, t=rows), "2022-07"))
    assert (found.lowest, found.highest, found.verdict) == (Fraction(25, 6) * 3600 * 10**6, None, Verdict.MISSED)


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize(
    ("measure", "hours"),
    [
        # four hours, two hours, and from 18 to 42 hours less a microsecond: done on the 6th, reported on the 5th at 6
        ("mean", (8, 16)),
        ("sum", (24, 48)),
        ("max", (18, 42)),
        ("median", (4, 4)),
        ("min", (2, 2)),
    ],
)
def test_a_day_without_its_time_is_one_of_its_moments(measure: str, hours: tuple[int, int], lazy: bool) -> None:
    catalogue = catalogue_of(
        "sources: {t: {name: 工单, departments: [甲部], files: 工单*, key: [单号], date: 受理, "
        "columns: {单号: {}, 受理: {type: datetime}, 修复: {type: datetime}}}}\n"
        "indicators: [{id: x, number: 1, domain: 域, name: 时长, formula: f, period: month, unit: 小时, "
        f"value: {{measure: {measure}, source: t, of: 修复 - 受理}}}}]\n"
    )
    times = [
        ("2022-07-01 08:00", "2022-07-01 12:00"),
        ("2022-07-02 08:00", "2022-07-02 10:00"),
        ("2022-07-05 06:00", "2022-07-06"),
    ]
    tables = tables_of(catalogue, t=[{"单号": begin, "受理": begin, "修复": end} for begin, end in times])
    found = only(report_of(catalogue, over_duckdb(tables) if lazy else tables, "2022-07"))
    least, most = (Fraction(one, 3600 * 10**6) for one in (found.lowest, found.highest))
    assert (least, round(most, 6)) == hours


@pytest.mark.parametrize(
    ("of", "hours"),
    [
        # done on the 6th, received on the 5th at 6, planned for the 6th at 12
        ("修复 - 计划完成", (-12, 12)),
        ("worktime(受理, 修复)", (9, 18)),  # of the 5th from 9 to 18, and of the 6th none or all
        ("(修复 - 受理) * 2", (None, None)),  # of what is made of such a time nothing is known
    ],
)
def test_what_a_day_without_its_time_spans(of: str, hours: tuple[int | None, int | None]) -> None:
    catalogue = catalogue_of(
        "calendar: {years: [2022], hours: ['09:00-18:00']}\n"
        "sources: {t: {name: 工单, departments: [甲部], files: 工单*, key: [单号], date: 受理, "
        "columns: {单号: {}, 受理: {type: datetime}, 计划完成: {type: datetime}, 修复: {type: datetime}}}}\n"
        "indicators: [{id: x, number: 1, domain: 域, name: 时长, formula: f, period: month, unit: 小时, "
        f"value: {{measure: sum, source: t, of: '{of}'}}}}]\n"
    )
    row = {"单号": "1", "受理": "2022-07-05 06:00", "计划完成": "2022-07-06 12:00", "修复": "2022-07-06"}
    found = only(report_of(catalogue, tables_of(catalogue, t=[row]), "2022-07"))
    ends = [None if one is None else round(Fraction(one, 3600 * 10**6), 6) for one in (found.lowest, found.highest)]
    assert tuple(ends) == hours


@pytest.mark.parametrize(("measure", "hours"), [("sum", 4), ("mean", 2), ("max", 3), ("median", 2), ("min", 1)])
def test_a_day_without_its_time_on_which_nobody_works_leaves_nothing_open(measure: str, hours: int) -> None:
    """Reported on a Saturday, whenever that was: worked on from Monday at 9 until 12."""
    catalogue = catalogue_of(
        "calendar: {years: [2022], hours: ['09:00-18:00']}\n"
        "sources: {t: {name: 工单, departments: [甲部], files: 工单*, key: [单号], date: 受理, "
        "columns: {单号: {}, 受理: {type: datetime}, 修复: {type: datetime}}}}\n"
        "indicators: [{id: x, number: 1, domain: 域, name: 时长, formula: f, period: month, target: '<= 2小时', "
        f"value: {{measure: {measure}, source: t, of: 'worktime(受理, 修复)'}}}}]\n"
    )
    times = [("2022-07-09", "2022-07-11 12:00"), ("2022-07-05 09:00", "2022-07-05 10:00")]
    tables = tables_of(catalogue, t=[{"单号": begin, "受理": begin, "修复": end} for begin, end in times])
    found = only(report_of(catalogue, tables, "2022-07"))
    assert [one and one / 3600 / 10**6 for one in (found.lowest, found.value, found.highest)] == [hours] * 3
    assert found.verdict is (Verdict.ATTAINED if hours <= 2 else Verdict.MISSED)


@pytest.mark.parametrize(
    ("received", "done", "open_months"),
    [
        ("2020-02-15 08:00", "2022-02-15 10:00", [1, 2]),  # its year was mistyped; it isn't of March
        ("见单", "2022-02-15 10:00", [1, 2]),
        ("见单", "", [*range(1, 13)]),
        ("见单", "2021-12-30 10:00", [*range(1, 13)]),  # done before its file's time: that can't be, either
    ],
)
def test_what_was_done_was_received_before(received: str, done: str, open_months: list[int]) -> None:
    catalogue = catalogue_of(
        "sources: {t: {name: 工单, departments: [甲部], files: 工单*, key: [单号], date: 受理, "
        "columns: {单号: {}, 受理: {type: datetime}, 修复: {type: datetime}}}}\n"
        "indicators: [{id: x, number: 1, domain: 域, name: 及时率, formula: f, period: month, target: '>= 90%', zero: attained, "
        "numerator: {within: denominator, where: 修复 - 受理 <= hours(4)}, denominator: {measure: count, source: t}}]\n"
    )
    rows = [
        {"单号": f"{at}", "受理": f"2022-{at:02}-05 08:00", "修复": f"2022-{at:02}-05 09:00"} for at in range(1, 13)
    ]
    raw = raw_export(
        catalogue,
        "t",
        [*rows, {"单号": "13", "受理": received, "修复": done}],
        covers=(date(2022, 1, 1), date(2023, 1, 1)),
    )
    usage = usage_of(catalogue, "t")
    table, _ = build_table("t", catalogue.sources["t"], [raw], ["甲部"], 2022, usage)
    due = report_of(catalogue, {"t": table}, "2022").due
    assert [one.period.start.month for one in due if one.verdict is Verdict.UNVERIFIED] == open_months
