"""Layout: tables below each other on one sheet, and what headings and titles say of a column."""

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pytest
from kit.grids import HEADER, raw, table, ticket
from kit.tables import catalogue_of, codes, raw_export

from itss_kpi.tables.build import build_table

Row = Sequence[str | None]
GOOD = [ticket("A1", number="3"), ticket("A2", number="5")]
SWAPPED = ["编号", "日期", "项目", "数量"]


def read(*rows: Row) -> tuple[list[tuple[str, str, int]], list[str]]:
    """Key, project and number of each record, and the codes of what was said."""
    found, problems = table(raw([list(row) for row in rows]))
    frame = found.pandas
    return list(zip(frame["编号"], frame["项目"], frame["数量"], strict=True)), codes(problems)


# ---- tables below each other


def test_a_later_header_maps_the_rows_below_it_anew() -> None:
    later = [["B1", "2022-07-05", "乙", "7"], ["B2", "2022-07-06", "乙", "8"]]
    assert read(HEADER, *GOOD, SWAPPED, *later) == (
        [("A1", "甲", 3), ("A2", "甲", 5), ("B1", "乙", 7), ("B2", "乙", 8)],
        [],
    )


def test_each_table_has_its_header_and_a_title_between_is_none_of_the_records() -> None:
    found, problems = table(raw([["七月"], HEADER, *GOOD, [None], ["八月"], SWAPPED, ["B1", "2022-08-05", "乙", "7"]]))
    assert problems == []
    assert [(one.header_row, one.rows.kept) for one in found.exports] == [(2, 2), (7, 1)]
    assert found.pandas["_row"].tolist() == [3, 4, 8]


def test_a_table_above_the_fullest_header_is_read() -> None:
    short = ["编号", "日期", "数量"]
    above = [["A1", "2022-07-05", "3"], ["A2", "2022-07-06", "5"]]
    assert read(short, *above, HEADER, ticket("B1", number="7"))[0] == [("A1", "", 3), ("A2", "", 5), ("B1", "甲", 7)]


@pytest.mark.parametrize("above", [["编号", "日期"], ["编号", "Q-01", "日期", "2022-07-01"]])
def test_what_stands_above_a_header_without_records_is_no_table(above: Row) -> None:
    assert read(above, [None], HEADER, *GOOD) == ([("A1", "甲", 3), ("A2", "甲", 5)], [])


def test_a_repeated_header_begins_no_table_and_its_title_is_no_record() -> None:
    found, problems = table(raw([HEADER, *GOOD, ["八月"], HEADER, ticket("B1")]))
    assert (len(found.exports), found.pandas["编号"].tolist()) == (1, ["A1", "A2", "B1"])
    assert [problem.message for problem in problems] == ["未计入的非数据行:重复表头 1 行、说明 1 行"]


@pytest.mark.parametrize(
    ("between", "doubtful"),
    [
        ([[None], ["未了事项"], ["跟踪号", "责任组", "登记日期", "进展"]], ["G-1"]),
        ([[None], ["跟踪号", "责任组", "登记日期", "进展"]], ["G-1"]),
        ([[None], ["补登", "甲", "待定", "未清"]], ["补登", "G-1"]),  # 甲 stands above: it may be a record
        ([[None], ["编制:张", "审核:李", "批准:王"]], []),  # signatures
        ([["跟踪号", "责任组", "登记日期", "进展"]], []),  # not after a blank row or a title
    ],
)
def test_below_headings_of_its_own_begins_another_table(between: list[Row], doubtful: list[str]) -> None:
    rows = [HEADER, *GOOD, ticket("A3"), ticket("A4"), *between, ["G-1", "甲", "2022-07-09", "1"]]
    found, problems = table(raw([list(row) for row in rows]))
    assert ("D316" in codes(problems)) == bool(doubtful)
    marks = found.pandas["_uncertain"].tolist() if found.uncertain else [False] * len(found.pandas)
    assert [key for key, mark in zip(found.pandas["编号"], marks, strict=True) if mark] == doubtful


# ---- headings


@pytest.mark.parametrize("title", ["日期(计划)", "日期（预计）", "日期(要求)", "日期(上年)", "日期【承诺】"])
def test_a_remark_makes_another_column_of_a_heading(title: str) -> None:
    assert "D105" in read(["编号", "项目", title, "数量"], *GOOD)[1]


@pytest.mark.parametrize("title", ["日期(填写)", "日期（受理）", "日期*", "日期(响应)"])
def test_a_remark_may_leave_a_heading_what_it_is(title: str) -> None:
    assert read(["编号", "项目", title, "数量"], *GOOD)[1] == []


def test_an_upper_heading_makes_another_column() -> None:
    above, below = [None, None, "计划", None], ["编号", "项目", "日期", "数量"]
    found, problems = table(raw([above, below, *GOOD]))
    assert codes(problems) == []  # the lower row alone is a header, and says no more
    found, problems = table(raw([["编号", "项目", "计划", "数量"], [None, None, "日期", None], *GOOD]))
    assert "D105" in codes(problems)
    del found


@pytest.mark.parametrize(
    ("title", "cell", "lost"),
    [
        ("实际数量", "3", True),
        ("实际数量", "三", False),  # no number
        ("计划数量", "3", False),  # what was planned
        ("备注", "3", False),
    ],
)
def test_a_column_that_is_empty_beside_its_values_is_not_blank(title: str, cell: str, *, lost: bool) -> None:
    found, problems = table(raw([[*HEADER, title], [*ticket("A1")[:3], None, cell]]))
    assert ("D105" in codes(problems)) == lost
    assert ("数量?bad" in found.pandas) == lost


def test_a_row_under_a_doubled_heading_is_a_record() -> None:
    found, problems = table(
        raw([["编号", "编号", "日期", "现象"], ["1", "G-7", "2022-07-05", "断电"], ["2", "G-9", None, "断网"]])
    )
    assert "D107" in codes(problems)
    assert (found.kept, found.uncertain) == (2, True)


FITTING = catalogue_of("""
sources:
  s:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    columns:
      编号: {required: true}
      日期: {type: date, required: true}
      完成: {type: datetime}
      时长: {type: duration, unit: hour}
      通过: {type: yes_no}
      等级: {type: choice, values: {高: [], 低: []}}
      备注: {}
indicators: []
""")


@pytest.mark.parametrize(
    ("name", "fitting", "other"),
    [
        ("完成", "2022-07-05 09:30", "待补"),
        ("时长", "2小时", "很久"),
        ("通过", "是", "好"),
        ("等级", "高", "中"),
        ("备注", "随便什么", ""),
    ],
)
def test_what_fits_a_column_depends_on_its_type(name: str, fitting: str, other: str) -> None:
    for cell, lost in ((fitting, True), (other, False)):
        raw = raw_export(FITTING, "s", [{"编号": "A1", "日期": "2022-07-05"}])
        columns = {
            **dict(zip(raw.grid.cells.column_names, raw.grid.cells.columns, strict=True)),
            "x": pa.chunked_array([pa.array([f"实际{name}", cell or None], pa.string())]),
        }
        grid = replace(raw.grid, cells=pa.table(columns), indexes=tuple(range(len(columns))))
        _, problems = build_table("s", FITTING.sources["s"], [replace(raw, grid=grid)], ["甲部"], 2022)
        assert ("D105" in codes(problems)) == lost, cell
