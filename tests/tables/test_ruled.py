"""What persons have ruled of cells and rows: it ends a doubt, and turns nothing that is known."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from itss_kpi.catalogue.usage import usage_of
from itss_kpi.core.problems import Problem
from itss_kpi.core.rulings import Ruling, spots_of
from itss_kpi.tables.build import build_table
from itss_kpi.tables.table import Table
from tests.kit.tables import Row, catalogue_of, codes, raw_export

CATALOGUE = catalogue_of("""
sources:
  tickets:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    columns:
      编号: {}
      日期: {type: date}
      受理: {type: datetime}
      完成: {type: datetime}
      数量: {type: decimal, minimum: 0, maximum: 100}
      人员: {sensitive: true}
      金额: {type: decimal}
      季度: {type: period}
      员别: {type: choice, values: {内: [], 外: []}, sensitive: true}
indicators:
  - {id: twice, number: 2, domain: 过程管理, name: 两倍, formula: 两倍, target: '>= 1次', period: month,
     value: {measure: sum, source: tickets, of: 数量 * 2}}
  - id: late
    number: 1
    domain: 过程管理
    name: 超时
    formula: 超时
    target: '<= 2次'
    period: month
    value: {measure: count, source: tickets, where: 完成 - 受理 > minutes(30) and 数量 >= 0}
""")  # fmt: skip
SHA = "ab" * 32
GOOD: Row = {"编号": "A1", "日期": "2022-07-05", "受理": "2022-07-05 09:00:00", "完成": "2022-07-05 09:20:00", "数量": "3"}  # fmt: skip


def ruling(places: str, reading: str, **others: Any) -> Ruling:
    found = spots_of(places)
    assert found
    cells, rows = found
    made = Ruling(
        "R1", "甲部/工单.xlsx", SHA[:16], "Sheet1", places, reading, "质量负责人", date(2022, 10, 8), "查过值班记录"
    )
    return replace(made, cells=cells, rows=rows, **others)


def built(rows: Sequence[Row], *rulings: Ruling) -> tuple[Table, list[Problem]]:
    raw = replace(raw_export(CATALOGUE, "tickets", rows), sha256=SHA)
    usage = usage_of(CATALOGUE, "tickets")
    return build_table("tickets", CATALOGUE.sources["tickets"], [raw], ["甲部"], 2022, usage, rulings=rulings)


def without_rulings(table: Table) -> Table:
    return replace(table, rulings=())


def same(one: Table, other: Table) -> bool:
    return one.pandas.equals(other.pandas) and one.columns == other.columns and one.exports == other.exports


def test_an_unreadable_cell_is_read_as_ruled() -> None:
    bad = GOOD | {"完成": "待补"}
    table, problems = built([bad], ruling("D2", "2022-07-05 09:20:00"))
    meant, _ = built([GOOD])
    assert same(table, meant)
    assert table.texts["完成"].to_pylist() == ["2022-07-05 09:20:00"]
    assert codes(problems) == ["D320"]
    assert "读作“2022-07-05 09:20:00”:查过值班记录" in problems[0].message
    assert [one.columns for one in table.rulings] == [("完成",)]


def test_which_day_of_a_month_it_was_may_be_ruled() -> None:
    table, problems = built([GOOD | {"完成": "2022年7月"}], ruling("D2", "2022-07-05 09:20:00"))
    assert same(table, built([GOOD])[0])
    assert codes(problems) == ["D320"]
    other = GOOD | {"编号": "A2", "完成": "2022-08"}
    table, problems = built([GOOD | {"完成": "2022年7月"}, other], ruling("D2", "2022-07-05 09:20:00"))
    assert (table.pandas["完成?days"].tolist(), codes(problems)) == ([False, True], ["D228", "D320"])
    spans = table.pandas["完成?end"] - table.pandas["完成"]
    assert spans.tolist() == [1, 31 * 86_400 * 10**6]


def test_a_cell_may_be_blank() -> None:
    table, problems = built([GOOD, GOOD | {"编号": "A2", "完成": "待补"}], ruling("D3", "空白"))
    meant, _ = built([GOOD, GOOD | {"编号": "A2", "完成": ""}])
    assert same(table, meant)
    assert codes(problems) == ["D320"]


@pytest.mark.parametrize(
    ("row", "places", "reading"),
    [
        pytest.param({}, "D2", "2022-07-05 12:00:00", id="a cell that can be read"),
        pytest.param({"完成": ""}, "D2", "2022-07-05 12:00:00", id="a blank that means something"),
        pytest.param({}, "2", "不计", id="a record"),
        pytest.param({}, "2", "计入", id="a record that counts"),
        pytest.param({"完成": "待补"}, "D3", "2022-07-05 12:00:00", id="a row that isn't there"),
        pytest.param({"完成": "待补"}, "Z2", "2022-07-05 12:00:00", id="a column that isn't there"),
        pytest.param({"完成": "待补"}, "C2、D2", "2022-07-05 12:00:00", id="one cell of two"),
    ],
)
def test_what_is_known_is_never_turned(row: Row, places: str, reading: str) -> None:
    rows = [GOOD | row]
    table, problems = built(rows, ruling(places, reading))
    meant, before = built(rows)
    assert same(table, meant)
    assert not table.rulings
    assert codes(problems) == sorted([*codes(before), "D319"])


@pytest.mark.parametrize("change", [{"digest": "cd" * 8}, {"path": "甲部/工单2.xlsx"}, {"sheet": "Sheet2"}])
def test_of_another_file_nothing_was_ruled(change: dict[str, str]) -> None:
    table, problems = built([GOOD | {"完成": "待补"}], ruling("D2", "2022-07-05 09:20:00", **change))
    assert same(table, built([GOOD | {"完成": "待补"}])[0])
    assert codes(problems) == ["D201", "D319"]
    assert "!0" not in problems[1].message
    assert "文件已改变或不在了" in problems[1].message


def test_a_reading_that_the_column_cannot_have_ends_nothing() -> None:
    for reading in ("上午", "2022-13-40 09:00"):
        table, problems = built([GOOD | {"完成": "待补"}], ruling("D2", reading))
        assert table.columns["完成"].bad
        assert not table.rulings
        assert codes(problems) == ["D201", "D319"]


def test_a_day_is_no_moment_in_a_ruling_either() -> None:
    table, problems = built([GOOD, GOOD | {"编号": "A2", "完成": "待补"}], ruling("D3", "2022-07-05"))
    assert table.pandas["完成?days"].tolist() == [False, True]
    assert "D319" in codes(problems)
    assert "仍有存疑" in problems[-2].message + problems[-1].message


def test_a_value_that_was_doubted_may_be_right() -> None:
    large, early = GOOD | {"数量": "250"}, GOOD | {"日期": "2012-07-05"}
    table, problems = built([large], ruling("E2", "250"))
    assert table.pandas["数量"].tolist() == [250]
    assert not table.columns["数量"].bad
    assert codes(problems) == ["D320"]
    table, problems = built([early, GOOD | {"编号": "A2"}], ruling("B2", "2012-07-05"))
    assert not table.columns["日期"].astray
    assert codes(problems) == ["D320"]


def test_digits_finer_than_the_columns_make_no_other_value() -> None:
    table, _ = built([GOOD, GOOD | {"编号": "A2", "数量": "若干"}], ruling("E3", "0.125"))
    assert (table.pandas["数量"].tolist(), table.columns["数量"].scale) == ([3000, 125], 3)


def test_digits_that_do_not_fit_beside_the_others_are_no_reading() -> None:
    rows = [GOOD | {"金额": "400000000000000"}, GOOD | {"编号": "A2", "金额": "若干"}]
    table, problems = built(rows, ruling("G3", "0.123456"))
    assert (table.pandas["金额"].tolist(), table.pandas["金额?bad"].tolist()) == ([400000000000000, 0], [False, True])
    assert codes(problems) == ["D201", "D319"]


def test_a_blank_amount_and_a_period_may_be_ruled() -> None:
    table, problems = built([GOOD | {"数量": ""}], ruling("E2", "5"))
    assert (table.pandas["数量"].tolist(), codes(problems)) == ([5], ["D320"])
    table, problems = built([GOOD | {"季度": "某季"}], ruling("H2", "2022Q3"))
    assert (table.columns["季度"].ends, codes(problems)) == (True, ["D320"])


def test_a_row_below_a_later_header_is_ruled_by_the_columns_there() -> None:
    swapped = {
        "编号": "日期",
        "日期": "编号",
        **{name: name for name in ("受理", "完成", "数量", "人员", "金额", "季度", "员别")},
    }
    below = GOOD | {"编号": "2022-07-06", "日期": "A2", "完成": "待补"}
    table, problems = built([GOOD, swapped, below], ruling("D4", "空白"))
    assert (table.pandas["编号"].tolist(), table.pandas["完成?blank"].tolist()) == (["A1", "A2"], [False, True])
    assert codes(problems) == ["D320"]


def test_an_instant_before_another_is_ended_by_the_one_that_was_wrong() -> None:
    row = GOOD | {"受理": "2022-07-06 09:00:00"}
    assert codes(built([row])[1]) == ["D210"]
    table, problems = built([row], ruling("C2", "2022-07-05 09:00:00"))
    assert same(table, built([GOOD])[0])
    assert codes(problems) == ["D320"]


def test_rows_count_or_do_not() -> None:
    rows = [GOOD, GOOD | {"编号": "其中"}]
    assert built(rows)[0].uncertain
    table, problems = built(rows, ruling("3", "不计"))
    assert (table.pandas["编号"].tolist(), table.kept, codes(problems)) == (["A1"], 1, ["D320"])
    assert table.exports[0].rows.adds_up
    assert table.exports[0].rows.non_data == 1
    table, problems = built(rows, ruling("3", "计入"))
    assert (table.pandas["编号"].tolist(), table.uncertain, codes(problems)) == (["A1", "其中"], False, ["D320"])


def test_a_row_without_a_number_may_count() -> None:
    rows = [GOOD, GOOD | {"编号": ""}]
    table, problems = built(rows, ruling("3", "计入"))
    assert (len(table.pandas), table.uncertain, codes(problems)) == (2, False, ["D320"])
    table, problems = built(rows, ruling("A3", "A7"))
    assert (table.pandas["编号"].tolist(), table.uncertain, codes(problems)) == (["A1", "A7"], False, ["D320"])


def test_a_conflict_ends_with_the_row_that_does_not_hold() -> None:
    rows = [GOOD, GOOD | {"数量": "4"}]
    assert built(rows)[0].conflicts == 1
    table, problems = built(rows, ruling("2", "不计"))
    assert (table.pandas["数量"].tolist(), table.conflicts, codes(problems)) == ([4], 0, ["D320"])
    # that one holds doesn't say what the other is
    table, problems = built(rows, ruling("2", "计入"))
    assert (table.conflicts, codes(problems)) == (1, ["D302", "D319"])
    table, problems = built(rows, ruling("A3", "A2"))
    assert (table.pandas["编号"].tolist(), table.conflicts, codes(problems)) == (["A1", "A2"], 0, ["D320"])


def test_a_doubted_row_that_counts_still_meets_another_of_its_number() -> None:
    rows = [GOOD, GOOD | {"编号": "其中"}, GOOD | {"编号": "其中", "数量": "4"}]
    table, problems = built(rows, ruling("3~4", "计入"))
    assert table.conflicts == 1
    assert codes(problems) == ["D302", "D319", "D320"]


def test_how_other_cells_are_read_does_not_depend_on_a_ruling() -> None:
    """In a sheet without any time 00:00 is a day; a ruling with a time changes nothing of the others."""
    midnight = GOOD | {"受理": "2022-07-05 00:00:00", "完成": "2022-07-05 00:00:00"}
    rows = [midnight, midnight | {"编号": "A2"}]
    assert built(rows)[0].pandas["完成?days"].tolist() == [True, True]
    table, _ = built(rows, ruling("D3", "2022-07-05 09:30:00"))
    assert table.pandas["完成?days"].tolist() == [True, False]


def test_a_sensitive_reading_is_not_shown() -> None:
    rows = [GOOD | {"人员": "甲"}, GOOD | {"人员": "乙"}]
    table, problems = built(rows, ruling("F3", "甲"))
    assert (table.pandas["人员"].tolist(), table.conflicts) == (["甲"], 0)
    assert "“甲”" not in str(problems[-1])
    assert table.rulings[0].reading.startswith("#")


def test_nor_is_one_that_ends_nothing() -> None:
    rows = [GOOD | {"员别": "甲方的人"}]
    assert codes(built(rows)[1]) == ["D203"]
    _, problems = built(rows, ruling("I2", "乙方的人"))
    assert codes(problems) == ["D203", "D319"]
    assert not any("乙方的人" in problem.message for problem in problems)


def test_each_table_of_a_sheet_has_its_own_columns() -> None:
    """Below a later header A is the date: what is ruled of A4 is one, and A2 a number."""
    swapped = {
        "编号": "日期",
        "日期": "编号",
        **{name: name for name in ("受理", "完成", "数量", "人员", "金额", "季度", "员别")},
    }
    below = GOOD | {"编号": "待补", "日期": "A2"}
    table, problems = built(
        [GOOD | {"编号": ""}, swapped, below], ruling("A4", "2022-07-06"), ruling("A2", "A9", id="R2")
    )
    assert table.pandas["编号"].tolist() == ["A9", "A2"]
    assert (table.columns["日期"].bad, table.uncertain, codes(problems)) == (False, False, ["D320", "D320"])
    assert [one.columns for one in table.rulings] == [("日期",), ("编号",)]


@pytest.mark.parametrize(
    ("text", "cells", "rows"),
    [("F12、f15", (("F", 12), ("F", 15)), ()), ("12~14,20", (), (12, 13, 14, 20)), ("AB3", (("AB", 3),), ())],
)
def test_places(text: str, cells: object, rows: object) -> None:
    assert spots_of(text) == (cells, rows)


@pytest.mark.parametrize("text", ["", "F", "F12、13", "14~12", "1~5000", "F1~F3", "2022-12-14 00:00:00", "0"])
def test_what_is_no_place(text: str) -> None:
    assert spots_of(text) is None
