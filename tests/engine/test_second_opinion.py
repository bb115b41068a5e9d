"""What a second implementation of the rules found: each world by itself, with the extremes worked out by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from itss_kpi.core.results import Assessment
from tests.kit.tables import catalogue_of, only, raw_export, report_of, table_of

Row = Mapping[str, str]
Days = tuple[date, date]
FIRST, FEBRUARY = (date(2022, 1, 1), date(2022, 4, 1)), (date(2022, 1, 1), date(2022, 3, 1))
MARCH, YEAR = (date(2022, 3, 1), date(2022, 4, 1)), (date(2022, 1, 1), date(2023, 1, 1))
DAY, PERIOD = "日: {type: date, required: true}", "日: {type: period, required: true}"
AMOUNT = "数: {type: integer, minimum: 0}"
SUM, COUNT = "value: {measure: sum, source: s, of: 数}", "value: {measure: count, source: s}"
SHARE = "numerator: {within: denominator, where: 好}, denominator: {measure: count, source: s}"


def assessed(
    columns: str, body: str, period: str, *files: tuple[str, Days, Sequence[Row]], key: str = "编号", more: str = ""
) -> Assessment:
    """The one assessment over files (department, time, rows)."""
    departments = "、".join(dict.fromkeys(department for department, _, _ in files)).replace("、", ", ")
    catalogue = catalogue_of(f"""
sources:
  s:
    {{name: 记录, departments: [{departments}], files: 记录*, key: [{key}], date: 日, {more}
     columns: {{编号: {{required: true}}, {columns}}}}}
indicators:
  - {{id: x, number: 1, domain: 域, name: 名, formula: 式, {body}}}
""")
    raws = [
        raw_export(catalogue, "s", rows, department=department, covers=covers, path=f"{department}/{at}.xlsx")
        for at, (department, covers, rows) in enumerate(files)
    ]
    (item,) = report_of(catalogue, {"s": table_of(catalogue, "s", *raws)}, period).assessments
    return item


def extremes(item: Assessment) -> tuple[Fraction | None, Fraction | None, str]:
    return item.lowest, item.highest, str(item.verdict)


@pytest.mark.parametrize("order", [1, -1])
def test_a_month_and_its_quarter_are_two_times(order: int) -> None:
    rows = [{"编号": "A", "日": "2022-01", "数": "60"}, {"编号": "A", "日": "2022Q1", "数": "60"}][::order]
    month = assessed(f"{PERIOD}, {AMOUNT}", f"target: '>= 50', period: month, {SUM}", "2022-01", ("甲部", FIRST, rows))
    # one record, of either time, or two: of the quarter's nobody knows what is January's
    assert extremes(month) == (0, 120, "unverified")
    body = f"target: '<= 50', period: quarter, {SUM}"
    keyed = assessed(f"{PERIOD}, {AMOUNT}", body, "2022Q1", ("甲部", FIRST, rows), key="编号, 日")
    assert extremes(keyed) == (120, 120, "missed")


def test_two_records_of_one_number_may_be_of_two_projects() -> None:
    columns = f"{DAY}, 组: {{}}, 好: {{type: yes_no}}"
    body = f"target: '>= 30%', period: quarter, averaged_over: 组, {SHARE}"
    rows = [
        {"编号": "A", "日": "2022-01-17"},
        {"编号": "A", "日": "2022-01-11", "组": "东"},
        {"编号": "B", "日": "2022-01-17", "组": "西", "好": "是"},
    ]
    # 0 of 1 in 东, and 1 of 2 in 西
    item = assessed(columns, body, "2022Q1", ("甲部", FIRST, rows))
    assert item.lowest is not None
    assert (item.lowest <= Fraction(1, 4), str(item.verdict)) == (True, "unverified")


def test_a_row_of_no_known_month_may_be_one_with_that_of_any() -> None:
    rows = [{"编号": "A", "日": "2022-03-19", "好": "是"}, {"编号": "A", "日": "待补", "好": "否"}]
    body = f"target: '>= 1', period: quarter, {COUNT[:-1]}, where: 好}}"
    item = assessed(
        f"{DAY}, 好: {{type: yes_no}}", body, "2022Q1", ("甲部", FEBRUARY, []), ("甲部", MARCH, rows), more="key_scope: month,"
    )  # fmt: skip
    assert extremes(item) == (0, 1, "unverified")


def test_a_date_that_is_taken_for_mistyped_is_not_calculated_with() -> None:
    body = (
        "target: '>= 60%', period: month, numerator: {within: denominator, where: 完成 - 日 <= days(3)}, "
        "denominator: {measure: count, source: s}"
    )
    rows = [
        {"编号": "A", "日": "2021-02-05", "完成": "2022-02-06"},
        {"编号": "B", "日": "2022-02-05", "完成": "2022-02-28"},
        {"编号": "C", "日": "2022-02-05", "完成": "2022-02-08"},
    ]
    item = assessed(f"{DAY}, 完成: {{type: date}}", body, "2022-02", ("甲部", FIRST, rows))
    assert extremes(item) == (Fraction(1, 3), Fraction(2, 3), "unverified")


@pytest.mark.parametrize(
    ("columns", "body", "covers", "rows"),
    [
        # one person is there, whoever it is
        (f"{DAY}, 人: {{required: true}}", "target: '<= 1人', period: quarter, value: {measure: distinct, source: s, of: 人}", FEBRUARY, [{"编号": "A", "日": "2022-01-16"}]),
        # a further row may be of one who is there already
        (f"{DAY}, 人: {{}}, 好: {{type: yes_no}}", "target: '>= 80%', period: quarter, numerator: {within: denominator, where: 好}, denominator: {measure: distinct, source: s, of: 人}", FEBRUARY,
         [{"编号": "A", "日": "2022-01-16", "人": "赵", "好": "否"}, {"编号": "B", "日": "2022-01-16", "人": "钱", "好": "是"}]),
        # what can't be read may be all that was planned
        (f"{DAY}, {AMOUNT}, 划: {{type: integer, minimum: 0}}", "target: '>= 60%', period: year, may_exceed: true, numerator: {within: denominator, of: 数}, denominator: {measure: sum, source: s, of: 划, fixed: true}", YEAR,
         [{"编号": "A", "日": "2022-12-04", "划": "4"}, {"编号": "B", "日": "2022-01-04", "数": "待补"}]),
    ],
)  # fmt: skip
def test_no_room_where_more_may_be_the_same(columns: str, body: str, covers: Days, rows: Sequence[Row]) -> None:
    assert assessed(columns, body, "2022-02", ("甲部", covers, rows)).room is None


def test_a_department_has_a_record_whichever_of_its_variants_holds() -> None:
    body = f"target: '>= 2', period: quarter, {COUNT[:-1]}, each_department: true}}"
    two = [{"编号": "B", "日": "2022-02-23"}, {"编号": "B", "日": "2022-02-26"}]
    item = assessed(DAY, body, "2022Q1", ("甲部", FIRST, [{"编号": "A", "日": "2022-02-01"}]), ("乙部", FIRST, two))
    assert extremes(item) == (2, 3, "attained")


@pytest.mark.parametrize(
    ("measure", "found"),
    [("max", (2, None, "attained")), ("min", (0, 2, "unverified")), ("median", (1, None, "unverified"))],
)
def test_beside_an_amount_that_is_not_known_the_greatest_is_no_less(
    measure: str, found: tuple[int | None, int | None, str]
) -> None:
    """It is 0 at least, so that the middle of it and 2 is no less than 1."""
    body = f"target: '>= 2', period: quarter, value: {{measure: {measure}, source: s, of: 数}}"
    rows = [{"编号": "A", "日": "2022-02-01", "数": "2"}, {"编号": "B", "日": "2022-02-01", "数": "待补"}]
    assert extremes(assessed(f"{DAY}, {AMOUNT}", body, "2022Q1", ("甲部", FIRST, rows))) == found


def test_a_median_of_many_hangs_little_on_one_that_is_not_known() -> None:
    """Of 1, 3, 5, 7 and one more the middle one is 3, 5 or what lies between."""
    body = "target: '>= 3', period: quarter, value: {measure: median, source: s, of: 数}"
    rows = [{"编号": f"A{text}", "日": "2022-02-01", "数": text} for text in ("1", "3", "5", "7", "待补")]
    assert extremes(assessed(f"{DAY}, {AMOUNT}", body, "2022Q1", ("甲部", FIRST, rows))) == (3, 5, "attained")


def test_a_quarter_that_ends_where_its_file_begins_is_next_to_it() -> None:
    rows = [{"编号": "A", "日": "2021Q4", "数": "1"}, {"编号": "B", "日": "2022Q1", "数": "2"}]
    item = assessed(f"{PERIOD}, {AMOUNT}", f"target: '<= 2', period: quarter, {SUM}", "2022Q1", ("甲部", FIRST, rows))
    assert extremes(item) == (2, 2, "attained")


@pytest.mark.parametrize(
    ("days", "found"),
    [
        (["待补"], (1, 2, "unverified")),  # of which quarter it is nobody knows
        (["2022Q1", "2022-04"], (1, 2, "unverified")),  # one of one number, of this quarter or the next, or both
        (["2022Q1"], (2, 2, "attained")),
    ],
)
def test_whether_a_department_has_a_record_may_not_be_known(days: list[str], found: tuple[int, int, str]) -> None:
    body = f"target: '>= 1', period: quarter, {COUNT[:-1]}, each_department: true}}"
    rows = [{"编号": "B", "日": day} for day in days]
    one, other = ("甲部", YEAR, [{"编号": "A", "日": "2022Q1"}]), ("乙部", YEAR, rows)
    assert extremes(assessed(PERIOD, body, "2022Q1", one, other)) == found


def test_of_one_running_number_in_three_files_two_rows_may_be_one_record() -> None:
    """Of 10/10, 3/5 and 2/3 beside certain ones the least is what two of them make."""
    catalogue = catalogue_of("""
sources:
  s:
    name: 备件
    departments: [甲部]
    files: 备件_*.xlsx
    key: [单号]
    date: 日期
    columns: {单号: {}, 日期: {type: date}, 数量: {type: integer, minimum: 0}, 合格: {type: integer, minimum: 0}}
indicators:
  - {id: good, number: 1, domain: 域, name: 合格率, formula: 合格/数量, target: '>= 90%', period: quarter,
     numerator: {within: denominator, of: 合格}, denominator: {measure: sum, source: s, of: 数量}}
""")  # fmt: skip
    parts = [("01", "10", "10"), ("02", "5", "3"), ("03", "3", "2")]
    files = []
    for month, number, good in parts:
        rows = [{"单号": str(at), "日期": f"2022-{month}-0{at}", "数量": "1", "合格": "1"} for at in (1, 2, 3)]
        rows[1] |= {"数量": number, "合格": good}
        days = (date(2022, int(month), 1), date(2022, int(month) + 1, 1))
        files.append(raw_export(catalogue, "s", rows, covers=days, path=f"甲部/备件_{month}.xlsx"))
    item = only(report_of(catalogue, {"s": table_of(catalogue, "s", *files)}, "2022Q1"), "2022Q1")
    # numbers 1 and 3 are one record of 1/1 at least; of number 2 the rows 3/5 and 2/3 may be the records
    assert item.lowest == Fraction(2 + 3 + 2, 2 + 5 + 3)


def test_a_file_of_two_departments_says_nothing_of_the_first() -> None:
    catalogue = catalogue_of("""
sources:
  s:
    name: 工单
    departments: [甲部, 乙部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    columns: {编号: {}, 日期: {type: date}}
indicators:
  - {id: each, number: 1, domain: 域, name: 件数, formula: 件数, target: '<= 0次', period: quarter, for_each: 提交部门,
     value: {measure: count, source: s}}
""")  # fmt: skip
    rows = [{"编号": f"A{at}", "日期": "2022-01-05"} for at in range(5)]
    days = (date(2022, 1, 1), date(2022, 4, 1))
    both = [
        replace(
            raw_export(catalogue, "s", rows, covers=days, department=one, path=f"{one}/工单_2022Q1.xlsx"), sha256="same"
        )
        for one in ("甲部", "乙部")
    ]
    report = report_of(catalogue, {"s": table_of(catalogue, "s", *both)}, "2022Q1")
    assert {(item.group, item.verdict.label) for item in report.assessments} == {
        ("甲部", "数据缺失"),
        ("乙部", "数据缺失"),
    }
