"""Sheets: what a sheet's own facts (merges, hidden rows, epoch, titles) make of its rows and of the days it answers for."""

import time
from datetime import date

import pyarrow as pa
import pytest
from kit.grids import HEADER, Q3, YEAR, YEAR_BEFORE, raw, table, ticket
from kit.tables import catalogue_of, codes

from itss_kpi.reading.grid import Grid, RawExport
from itss_kpi.tables.build import build_table

# ---- merged cells


def test_a_vertical_merge_is_filled() -> None:
    rows = [HEADER, ticket("A1"), ticket("A2", None), ticket("A3", None), ticket("A4", "乙")]
    found, problems = table(raw(rows, merges=((1, 1, 3, 1),)))
    assert (found.pandas["项目"].tolist(), problems) == (["甲", "甲", "甲", "乙"], [])


def test_a_merge_makes_no_rows_where_nothing_else_stands() -> None:
    rows = [HEADER, ticket("A1"), ticket("A2", None), [None] * 4, [None] * 4]
    found, problems = table(raw(rows, merges=((1, 1, 4, 1),)))
    assert (found.pandas["编号"].tolist(), problems) == (["A1", "A2"], [])
    assert found.exports[0].rows.adds_up


def test_a_merged_error_is_an_error_in_each_row() -> None:
    rows = [HEADER, ticket("A1", day=None), ticket("A2", day=None), ticket("A3")]
    found, problems = table(raw(rows, errors=((1, 2),), merges=((1, 2, 2, 2),)))
    assert found.pandas["日期?bad"].tolist() == [True, True, False]
    assert [problem.place.cell for problem in problems if problem.code == "D202"] == ["C2", "C3"]


def test_merges_of_titles_and_of_unused_columns_change_nothing() -> None:
    rows = [["标题", None, None, None, None], [*HEADER, "备用"], [*ticket("A1"), "x"], [*ticket("A2", None), None]]
    found, _ = table(raw(rows, merges=((0, 0, 0, 4), (2, 4, 3, 4), (2, 0, 2, 0))))
    assert found.pandas["项目"].tolist() == ["甲", ""]


def test_a_merge_reaches_as_far_as_there_are_columns() -> None:
    # that of a damaged workbook may go on for billions of them
    rows = [["标题", None, None, None], HEADER, ticket("A1")]
    began = time.monotonic()
    found, problems = table(raw(rows, merges=((0, 0, 0, 2**32 - 1), (2, 0, 2**32 - 1, 0))))
    assert (found.pandas["编号"].tolist(), problems) == (["A1"], [])
    assert time.monotonic() - began < 5


# ---- hidden rows and sheets


def test_hidden_rows_count_and_their_number_is_said() -> None:
    rows = [HEADER, ticket("A1"), ticket("A2"), ticket("A3"), [None] * 4]
    found, problems = table(raw(rows, hidden_rows=(0, 2, 3, 4, 99)))
    assert (found.kept, [str(problem) for problem in problems]) == (
        3, ["甲部/工单.xlsx!Sheet1: D304 有 2 个隐藏行,已计入"],
    )  # fmt: skip


def test_hidden_rows_may_be_set_aside() -> None:
    found, problems = table(raw([HEADER, ticket("A1"), ticket("A2")], hidden_rows=(2,)), extra="hidden: skip")
    assert found.pandas["编号"].tolist() == ["A1"]
    assert (found.exports[0].rows.non_data, found.exports[0].rows.adds_up) == (1, True)
    assert [problem.message for problem in problems] == ["未计入的非数据行:隐藏行 1 行"]


@pytest.mark.parametrize(("extra", "kept", "word"), [("", 2, "已计入"), ("hidden: skip", 1, "未计入")])
def test_hidden_sheets(extra: str, kept: int, word: str) -> None:
    sheets = [raw([HEADER, ticket("A1")], sheet="7月"), raw([HEADER, ticket("A2")], sheet="8月", hidden=True)]
    sheets[1] = raw([HEADER, ticket("A2", day="2022-08-05")], sheet="8月", hidden=True)
    found, problems = table(*sheets, extra=extra)
    assert (found.kept, [problem.message for problem in problems]) == (kept, [f"隐藏的工作表“8月”{word}"])


def test_a_format_that_tells_nothing_of_them_is_said() -> None:
    _, problems = table(raw([HEADER, ticket("A1")], unseen=True))
    assert codes(problems) == ["D122"]


def test_an_empty_sheet_beside_the_ledger_says_nothing() -> None:
    nothing = RawExport("tickets", "甲部", "甲部/工单.xlsx", "0", YEAR, Grid("工单", pa.table({}), ()))
    found, problems = table(nothing, raw([HEADER, ticket("A1")], sheet="7月"))
    assert (found.kept, problems, [export.readable for export in found.exports]) == (1, [], [True])


# ---- the epoch of 1904


@pytest.mark.parametrize("epoch_1904", [False, True])
def test_a_serial_in_a_general_cell_is_of_the_workbooks_epoch(epoch_1904: bool) -> None:
    serial = 44747.5 - 1462 * epoch_1904  # 2022-07-05 12:00
    rows = [HEADER, ticket("A1", day=str(serial)), ticket("A2", day="2022-07-05 12:00:00"), ticket("40000")]
    found, problems = table(raw(rows, epoch_1904=epoch_1904))
    first, second, _ = found.pandas["日期"].tolist()
    assert (first, problems) == (second, [])
    assert found.pandas["编号"].tolist()[2] == "40000"


# ---- digits


def test_lost_digits_matter_in_a_key_and_in_a_number_only() -> None:
    rows = [HEADER, ticket("202207050000012000", "202207050000012000", number="1234567890123456")]
    found, problems = table(raw(rows, inexact=((1, 0), (1, 1), (1, 3))))
    assert [problem.place.cell for problem in problems if problem.code == "D207"] == ["A2", "D2"]
    assert (found.pandas["_uncertain"].tolist(), found.pandas["项目"].tolist()) == ([True], ["202207050000012000"])


# ---- the days that a sheet answers for


@pytest.mark.parametrize(
    ("title", "covers"),
    [
        (["2022年第三季度工单"], Q3),
        (["统计期间:2022年第三季度"], Q3),
        (["考核期", "2022Q3"], Q3),
        (["填报部门:甲部  统计期间:2022年第三季度"], Q3),
        (["填报部门:甲部 统计期间:2022年 第三季度 填报人:W001"], Q3),
        (["填报部门:甲部,统计期间:2022Q3;共 1 行"], Q3),
        (["工单", None, "统计月份:", "2022年7月"], (date(2022, 7, 1), date(2022, 8, 1))),
        (["2022年运维服务质量管理计划", "2022年7月"], (date(2022, 7, 1), date(2022, 8, 1))),
        (["统计年度:2022年"], YEAR),
        (["2022年工单"], None),
        (["打印日期:2022-10-08"], None),
        (["工单"], None),
        (["编制时间:2022年8月"], None),
        (["填报日期 2022年8月"], None),
        (["月份:7月"], (date(2022, 7, 1), date(2022, 8, 1))),
        (["统计期间:2022-07-01至2022-09-30"], Q3),
        (["统计期间:2022年1月1日—2022年12月31日"], YEAR),
        (["统计期间:2022-07-01至2022-09-29"], (date(2022, 7, 1), date(2022, 9, 30))),
        (["统计期间:2022-07-01至2022-09-31"], None),
        (["统计期间:二季度之后"], None),
    ],
)
def test_the_title_rows_may_state_the_period(title: list[str | None], covers: tuple[date, date] | None) -> None:
    found, problems = table(raw([title, HEADER, ticket("A1")], covers=None))
    assert found.exports[0].covers == covers
    assert codes(problems) == ([] if covers else ["D108"])


@pytest.mark.parametrize(
    ("sheet", "covers"),
    [
        ("2022年7月", (date(2022, 7, 1), date(2022, 8, 1))),
        ("7月", (date(2022, 7, 1), date(2022, 8, 1))),
        ("三季度", Q3),
        ("2022", None),
        ("Sheet7", None),
    ],
)
def test_the_sheets_name_may_state_the_period(sheet: str, covers: tuple[date, date] | None) -> None:
    found, _ = table(raw([HEADER, ticket("A1")], sheet=sheet, covers=None))
    assert found.exports[0].covers == covers


@pytest.mark.parametrize(
    ("title", "sheet", "covers"),
    [
        ("工单", "Sheet1", Q3),
        ("工单", "7月", (date(2022, 7, 1), date(2022, 8, 1))),
        ("2022年7月", "Sheet1", (date(2022, 7, 1), date(2022, 8, 1))),
        ("统计期间:2022-07-01至2022-08-31", "Sheet1", (date(2022, 7, 1), date(2022, 9, 1))),
        ("统计期间:2022-06-01至2022-07-31", "Sheet1", (date(2022, 7, 1), date(2022, 8, 1))),
        ("统计期间:2022年度", "三季度", Q3),
    ],
)
def test_a_sheet_covers_what_all_that_is_written_agrees_on(title: str, sheet: str, covers: tuple[date, date]) -> None:
    found, problems = table(raw([[title], HEADER, ticket("A1")], sheet=sheet, covers=Q3))
    assert (found.exports[0].covers, problems) == (covers, [])


@pytest.mark.parametrize(
    ("titles", "sheet", "covers"),
    [(["2022年7月", "2022年8月"], "Sheet1", None), (["2022年8月"], "7月", Q3), (["2022年7月"], "Sheet1", YEAR_BEFORE)],
)
def test_what_has_no_day_in_common_answers_for_none(
    titles: list[str | None], sheet: str, covers: tuple[date, date] | None
) -> None:
    found, problems = table(raw([titles, HEADER, ticket("A1")], sheet=sheet, covers=covers))
    assert found.exports[0].covers is None
    assert [problem.message for problem in problems] == ["文件名、工作表名与标题行所写的时间没有共同的一天"]


def test_the_declared_year_comes_last() -> None:
    found, _ = table(raw([HEADER, ticket("A1")], covers=None), extra="covers: year")
    assert found.exports[0].covers == YEAR
    found, _ = table(raw([["2022Q3"], HEADER, ticket("A1")], covers=None), extra="covers: year")
    assert found.exports[0].covers == Q3


# ---- at the edges


def test_a_merge_to_the_last_row_fills_it_and_one_beyond_it_no_more() -> None:
    rows = [HEADER, ticket("A1"), ticket("A2", None)]
    for bottom in (2, 9):
        found, problems = table(raw(rows, merges=((1, 1, bottom, 1),), errors=((1, 1),)))
        assert found.pandas["项目?bad"].tolist() == [True, True]
        assert [str(problem.place) for problem in problems] == ["甲部/工单.xlsx!Sheet1!B2", "甲部/工单.xlsx!Sheet1!B3"]
    found, problems = table(raw(rows, merges=((1, 1, 2, 1),)))
    assert (found.pandas["项目"].tolist(), problems) == (["甲", "甲"], [])


def test_a_merged_heading_ends_with_its_merge() -> None:
    declared = catalogue_of("""
sources:
  tickets:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 受理日期
    columns:
      编号: {type: text, required: true}
      受理日期: {type: datetime, required: true}
      受理人: {type: text}
      受理数量: {type: integer, optional: true}
indicators: []
""")
    rows = [["编号", "受理", None, None], [None, "日期", "人", "数量"], ["A1", "2022-07-05", "甲", "3"]]
    export = raw(rows, merges=((0, 0, 1, 0), (0, 1, 0, 2)))
    found, problems = build_table("tickets", declared.sources["tickets"], [export], declared.plan.departments, 2022)
    assert [str(problem) for problem in problems] == ["甲部/工单.xlsx!Sheet1: D106 未使用的列:数量"]
    assert found.pandas[["编号", "受理人"]].to_numpy().tolist() == [["A1", "甲"]]
    assert found.pandas["受理数量?blank"].tolist() == [True]


def test_a_blank_date_beside_a_serial_of_1904_is_blank() -> None:
    rows = [HEADER, ticket("A1", day="43281"), ticket("A2", day=None)]
    found, problems = table(raw(rows, epoch_1904=True))
    assert found.pandas["日期?bad"].tolist() == [False, True]
    assert codes(problems) == ["D204"]
    assert found.pandas["日期"].tolist()[0] == 1656633600 * 1_000_000  # 2022-07-01


def test_the_template_s_example_is_set_aside_and_a_record_written_over_it_is_doubtful() -> None:
    example = ticket("【示例】0001", "示例项目")
    found, problems = table(raw([HEADER, example, ticket("A1")]))
    assert (found.kept, codes(problems), found.uncertain) == (1, [], False)
    found, problems = table(raw([HEADER, example, ticket("【示例】0001", "甲"), ticket("A1")]))
    assert (found.kept, codes(problems), found.uncertain) == (2, ["D305"], True)


def test_a_form_is_passed_over_beside_a_ledger_and_read_alone() -> None:
    rows = [HEADER, ticket("A1")]
    found, problems = table(raw(rows, sheet="模板"))
    assert (found.kept, problems) == (1, [])
    found, problems = table(raw([HEADER, ticket("A2")], sheet="7月"), raw(rows, sheet="模板"))
    assert (found.pandas["编号"].tolist(), problems) == (["A2"], [])


def test_of_two_sheets_without_the_key_the_first_is_read() -> None:
    rows = [HEADER[1:], ticket("A1")[1:]]
    found, problems = table(raw(rows, sheet="甲"), raw(rows, sheet="乙"))
    assert found.exports[0].sheet == "乙"  # in the order of their names
    assert len(found.pandas) == 1
    assert "D123" in codes(problems)


def test_the_rows_of_a_sheet_beside_the_one_of_the_ledger_s_name_are_doubtful() -> None:
    named, other = raw([HEADER, ticket("A1")], sheet="工单"), raw([HEADER, ticket("A2")], sheet="草稿")
    found, problems = table(named, other)
    assert codes(problems) == ["D124"]
    assert dict(zip(found.pandas["编号"], found.pandas["_uncertain"], strict=True)) == {"A1": False, "A2": True}


@pytest.mark.parametrize(
    ("title", "covers"),
    [
        (["编制部门", "统计期间", "7月"], (date(2022, 7, 1), date(2022, 8, 1))),
        (["8月", "统计期间", "7月"], (date(2022, 7, 1), date(2022, 8, 1))),
        (["2022年7月", "统计期间"], (date(2022, 7, 1), date(2022, 8, 1))),  # by itself
        (["甲部", "统计期间"], None),  # a label without a value
    ],
)
def test_a_label_s_value_stands_after_it(title: list[str], covers: tuple[date, date] | None) -> None:
    found, _ = table(raw([title, HEADER, ticket("A1")], covers=None))
    assert found.exports[0].covers == covers
