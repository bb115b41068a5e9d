"""What two columns, a title, or a note say against a row: by sheets of a few rows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from kit.grids import raw
from kit.tables import catalogue_of, codes

from itss_kpi.catalogue.usage import usage_of
from itss_kpi.tables.build import build_table
from itss_kpi.tables.table import Table

CATALOGUE = """
sources:
  s:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 受理时间
    columns:
      编号: {required: true}
      受理时间: {type: datetime, required: true}
      完成时间: {type: datetime}
      状态: {}
      时长: {type: duration, unit: minute}
indicators:
  - {id: a, number: 1, domain: 域, name: 完成率, formula: f, target: '>= 90%', period: month,
     numerator: {within: denominator, where: 状态 == '已完成'}, denominator: {measure: count, source: s, where: not blank(完成时间)}}
  - {id: b, number: 2, domain: 域, name: 时长, formula: f, target: '<= 9分钟', period: month, value: {measure: median, source: s, of: 时长}}
"""  # fmt: skip
HEADER = ["编号", "受理时间", "完成时间", "状态", "时长"]
JULY = (date(2022, 7, 1), date(2022, 8, 1))
DONE = ["A1", "2022-07-05 09:10", "2022-07-05 10:10", "已完成", "60"]
OPEN = ["A2", "2022-07-06 09:10", None, "处理中", None]
Row = Sequence[str | None]


def built(*rows: Row, above: Sequence[Row] = ()) -> tuple[Table, list[str]]:
    catalogue = catalogue_of(CATALOGUE)
    sheet = raw([*above, HEADER, *rows], path="甲部/工单_2022-07.xlsx", covers=JULY)
    table, problems = build_table("s", catalogue.sources["s"], [sheet], ["甲部"], 2022, usage_of(catalogue, "s"))
    return table, codes(problems)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (OPEN, []),
        (["A3", "2022-07-06 09:10", None, "已完成", "9"], ["D227"]),  # done, and nobody wrote when
        (["A3", "2022-07-06 09:10", None, None, None], []),
        (["A3", "2022-07-06 09:10", "2022-07-06 10:10", None, "9"], ["D227"]),  # done, and its state was forgotten
        (["A3", "2022-07-06 09:10", None, "处理中", "0"], ["D227"]),  # no time yet
        (["A3", "2022-07-06 09:10", "2022-07-06 09:10", "已完成", "0"], []),
        (["A3", "2022-07-06 09:10", None, "待料", "0"], []),
    ],
)
def test_columns_that_contradict_each_other(row: Row, expected: list[str]) -> None:
    assert built(DONE, row)[1] == expected


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        ("2022-08-02 10:10", []),
        ("2022-09-02 10:10", ["D210"]),  # nobody knew of it when the file was saved
        ("2099-12-31", ["D216"]),  # which says that it hasn't happened, and so isn't late
    ],
)
def test_what_was_done_after_the_file_was_saved(done: str, expected: list[str]) -> None:
    catalogue = catalogue_of(CATALOGUE.replace("not blank(完成时间)", "完成时间 < period_end"))
    sheet = replace(
        raw([HEADER, DONE, ["A2", "2022-07-06 09:10", done, None, "9"]], covers=JULY), saved=date(2022, 8, 3)
    )
    problems = build_table("s", catalogue.sources["s"], [sheet], ["甲部"], 2022, usage_of(catalogue, "s"))[1]
    assert [code for code in codes(problems) if code != "D227"] == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("查询条件:状态=已完成", ["D108"]),
        ("筛选条件:状态 为 已完成;受理时间 2022-07", ["D108"]),
        ("查询条件:状态=处理中", []),  # of those, none would be done
        ("查询条件:区域=全部", []),
        ("状态:已完成", []),
    ],
)
def test_an_export_of_the_successes_alone_says_nothing_of_their_share(title: str, expected: list[str]) -> None:
    table, found = built(DONE, above=[[title]])
    assert (found, table.exports[0].covers is None) == (expected, bool(expected))


@pytest.mark.parametrize(
    ("title", "origins", "expected"),
    [
        ("来源单号", ["B1", None], ["D322"]),
        ("来源单号", ["C9", None], []),  # of another ledger
        ("来源单号", ["A2", None], []),  # of its own department
        ("关联单号", ["B1", None], []),
    ],
)
def test_what_another_department_passed_on_may_be_the_same(
    title: str, origins: list[str | None], expected: list[str]
) -> None:
    catalogue = catalogue_of(CATALOGUE.replace("[甲部]", "[甲部, 乙部]", 1))
    own = [[*row, origin] for row, origin in zip((DONE, OPEN), origins, strict=True)]
    sheets = [
        raw([[*HEADER, title], *own], path="甲部/工单_2022-07.xlsx", covers=JULY),
        raw([HEADER, ["B1", *DONE[1:]]], path="乙部/工单_2022-07.xlsx", department="乙部", covers=JULY),
    ]
    usage = usage_of(catalogue, "s")
    table, problems = build_table("s", catalogue.sources["s"], sheets, ["甲部", "乙部"], 2022, usage)
    assert [code for code in codes(problems) if code != "D106"] == expected
    assert table.uncertain is bool(expected)


@pytest.mark.parametrize(
    ("name", "remark", "expected"),
    [
        ("工单_2022-07补充", "客户撤销", []),  # who, is no word for it
        ("工单_2022-07补充", "已撤销", ["D321", "D321"]),
        ("工单_2022-07补充", "作废", ["D321", "D321"]),  # the row itself, and the one in July's file
        ("工单_2022-07补充", "重复登记,不计", ["D321"]),  # the other one is meant to count
        ("工单_2022-06", "作废", ["D321"]),  # and was entered again in July
    ],
)
def test_what_another_file_says_was_withdrawn(name: str, remark: str, expected: list[str]) -> None:
    catalogue = catalogue_of(CATALOGUE)
    june = "06" in name
    withdrawn = ["A1", "2022-06-05 09:10", *DONE[2:]] if june else DONE
    covers = (date(2022, 6, 1), date(2022, 7, 1)) if june else JULY
    sheets = [
        raw([HEADER, DONE, OPEN], path="甲部/工单_2022-07.xlsx", covers=JULY),
        raw([[*HEADER, "备注"], [*withdrawn, remark]], path=f"甲部/{name}.xlsx", covers=covers),
    ]
    table, problems = build_table("s", catalogue.sources["s"], sheets, ["甲部"], 2022, usage_of(catalogue, "s"))
    assert [code for code in codes(problems) if code == "D321"] == expected
    known = table.pandas[~table.pandas["_uncertain"]] if table.uncertain else table.pandas
    assert sorted(known["编号"]) == (["A2"] if len(expected) > 1 else ["A1", "A2"])


def days(*written: str) -> list[Row]:
    return [[f"A{at}", f"{day} 09:{at:02}", None, "处理中", None] for at, day in enumerate(written)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("07-01 07-03 07-05 01-08 07-09 07-11 07-13 07-15", ["D208"]),  # January for July
        ("07-01 07-03 07-05 07-08 07-09 07-11 07-13 07-15", []),
        ("07-01 07-03 07-05 06-28 07-09 07-11 07-13 07-15", []),  # days next to it
        ("07-05 07-03 07-05 01-08 07-09 07-02 07-13 07-15", ["D209"]),  # in no order
        ("07-01 01-08 07-09", ["D209"]),  # too few to be in an order
    ],
)
def test_a_date_months_out_of_the_order_of_its_sheet_was_mistyped(written: str, expected: list[str]) -> None:
    last = ["B1", "2022-07-20 09:10", "2022-07-20 10:10", "已完成", "60"]
    table, found = built(*days(*(f"2022-{day}" for day in written.split())), last)
    assert (found, table.columns["受理时间"].astray) == (expected, expected == ["D208"])


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["注:A1为外协,已核实"]], ["D303"]),
        ([["注:A1实际未完成"]], ["D303", "D321"]),
        ([["注:黄色的为误报,不计入"]], ["D303", "D321"]),
        ([["注:黄色的为外协"]], ["D303"]),
        ([["共2条", None, None, None, "第1页 共1页"]], ["D303"]),
        ([["第1页/共2页"]], ["D138", "D303"]),
    ],
)
def test_what_stands_below_the_rows(rows: list[list[str | None]], expected: list[str]) -> None:
    assert built(DONE, OPEN, *([*row, *[None] * (5 - len(row))] for row in rows))[1] == expected
