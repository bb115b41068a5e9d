"""What one part of a sheet says against another: durations, comments, numbers, units, names; each slip and its twin."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from kit.grids import raw
from kit.tables import catalogue_of, codes

from itss_kpi.catalogue.usage import usage_of
from itss_kpi.reading.grid import RawExport
from itss_kpi.tables.build import build_table
from itss_kpi.tables.table import Table

CATALOGUE = """
sources:
  s:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    MORE
    columns:
      编号: {required: true}
      日期: {type: datetime, required: true}
      完成: {type: datetime}
      时长: {type: duration, unit: hour}
      系统: {}
      评分: {type: decimal, aliases: [评分(1-5分), 评分(0-5分)]}
      数量: {type: integer}
      单价: {type: decimal}
      金额: {type: decimal}
indicators: [{id: a, number: 1, domain: 域, name: 名, formula: f, target: '>= 1', period: month, value: VALUE}]
"""
COUNT = "{measure: count, source: s}"
SUM = "{measure: sum, source: s, of: 金额}"
QUARTER = (date(2022, 7, 1), date(2022, 10, 1))
Rows = Sequence[Sequence[str | None]]


def sheet(header: str, rows: Rows, above: Rows = (), path: str = "甲部/工单_2022Q3.xlsx", **facts: Any) -> RawExport:
    return raw([*above, header.split(), *rows], path=path, covers=QUARTER, **facts)


def built(*sheets: RawExport, value: str = COUNT, more: str = "") -> tuple[Table, list[str]]:
    """The table, and the codes of what was said."""
    text = CATALOGUE.replace("    date: 日期\n    MORE", f"    {more}") if more else CATALOGUE.replace("MORE", "")
    catalogue = catalogue_of(text.replace("VALUE", value))
    table, problems = build_table("s", catalogue.sources["s"], sheets, ["甲部"], 2022, usage_of(catalogue, "s"))
    return table, [code for code in codes(problems) if code not in ("D105", "D106", "D215", "D303")]


def marked(table: Table, state: str) -> list[str]:
    """The numbers of the rows with a mark, or with an unreadable cell (`时长?bad`)."""
    marks = table.pandas[state] if state in table.pandas else [False] * len(table.pandas)
    return [key for key, mark in zip(table.pandas["编号"], marks, strict=True) if mark]


def lasting(*pairs: tuple[int, str]) -> list[list[str | None]]:
    """Rows of so many minutes each, with what stands as the duration."""
    return [
        [f"A{at}", f"2022-07-0{at} 08:00", f"2022-07-0{at} {8 + minutes // 60:02}:{minutes % 60:02}", text]
        for at, (minutes, text) in enumerate(pairs, 1)
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (lasting((105, "1.45"), (55, "0.55"), (130, "2.10"), (80, "1.20")), 4),  # minutes behind the point
        (lasting((105, "1.75"), (55, "0.92"), (130, "2.17"), (80, "1.33")), 0),
        (lasting((60, "1"), (120, "2"), (180, "3"), (60, "1"), (120, "2")), 0),  # whole hours are both
        (lasting((105, "105"), (55, "55"), (130, "130"), (80, "80")), 4),  # in minutes
        (lasting((105, "105"), (55, "55"), (130, "130")), 0),  # of three nobody knows what they are
        (lasting((105, "0.5"), (55, "0.2"), (130, "1"), (80, "0.1")), 0),  # it may be of something else
    ],
)
def test_durations_beside_the_moments_between_which_they_are(rows: Rows, expected: int) -> None:
    table, found = built(sheet("编号 日期 完成 时长", rows))
    assert (len(marked(table, "时长?bad")), "D231" in found) == (expected, bool(expected))


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("应为 15:04,录入时看错表", 2, ["A1"]),
        ("时间有误", 2, ["A1"]),
        ("班长核实:实际到达 13:52", 2, ["A1"]),
        ("应为周末值班人员填写", 2, []),
        ("客户电话有误,已更正", 2, []),
        ("应为 15:04", 3, []),  # of a column that nothing declares
    ],
)
def test_comments_that_say_what_a_cell_should_be(text: str, at: int, expected: list[str]) -> None:
    rows = [["A1", "2022-07-05 08:00", "2022-07-05 09:00", "甲"], ["A2", "2022-07-06 08:00", "2022-07-06 09:00", "乙"]]
    table, found = built(sheet("编号 日期 完成 客户", rows, comments=((1, at, text),)))
    assert (marked(table, "完成?bad"), "D321" in found) == (expected, bool(expected))


@pytest.mark.parametrize(
    ("header", "scores", "expected"),
    [
        ("评分(1-5分)", ["5", "0", "4"], ["A1"]),
        ("评分(0-5分)", ["5", "0", "4"], []),
        ("评分(1-5分)", ["5", "6", "4"], ["A1"]),
        ("评分", ["4.2", "4", "4.4", "92"], ["A3"]),
        ("评分", ["92", "88", "60", "5"], []),  # of a hundred, one very bad
        ("评分", ["4.2", "92", "4.4", "88"], []),  # which of both it is, nobody knows
    ],
)
def test_scores_off_their_scale(header: str, scores: list[str], expected: list[str]) -> None:
    rows = [[f"A{at}", f"2022-07-0{at + 1}", score] for at, score in enumerate(scores)]
    assert marked(built(sheet(f"编号 日期 {header}", rows))[0], "评分?bad") == expected


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ([None, "年-月-日", "分钟"], ["A1", "A2"]),
        ([None, "年-月-日", "小时"], []),
        ([None, "年-月-日", "(h)"], []),
    ],
)
def test_a_row_of_units_is_none_and_is_read(units: list[str | None], expected: list[str]) -> None:
    rows = [units, ["A1", "2022-07-05", "1.5"], ["A2", "2022-07-06", "2"]]
    table, found = built(sheet("编号 日期 时长", rows))
    assert (len(table.pandas), marked(table, "时长?bad"), found) == (2, expected, ["D218"] * bool(expected))


@pytest.mark.parametrize(
    ("names", "proven"),
    [
        (["工单_2022Q3_已关闭.xlsx"], 0),
        (["工单_2022Q3_已关闭.xlsx", "工单_2022Q3_未关闭.xlsx"], 2),  # together they are all
        (["工单_2022Q3_已审核.xlsx"], 1),
    ],
)
def test_a_file_of_what_is_in_one_state_proves_nothing(names: list[str], proven: int) -> None:
    sheets = [sheet("编号 日期", [[f"A{at}", "2022-07-05"]], path=f"甲部/{name}") for at, name in enumerate(names)]
    table, found = built(*sheets)
    assert (sum(bool(one.covers) for one in table.exports), "D108" in found) == (proven, not proven)


@pytest.mark.parametrize(
    ("days", "cut"),
    [(["2022-07-05", "2022-08-05", "2022-09-05"], True), (["2022-07-05", "2022-08-05", "2022-08-06"], False)],
)
def test_tabs_that_are_numbered_are_months_where_all_their_days_are(days: list[str], cut: bool) -> None:
    sheets = [sheet("编号 日期", [[f"A{at}", day]], sheet=str(at)) for at, day in enumerate(days, 7)]
    table, _ = built(*sheets)
    assert [one.covers == QUARTER for one in table.exports] == [not cut] * 3


@pytest.mark.parametrize(
    ("remark", "value", "doubtful"),
    [
        ("与A1同一故障,并入处理", COUNT, ["A2"]),
        ("与A1同一故障,已另行修复", COUNT, []),
        ("已并入监控平台", COUNT, []),
        ("红字冲销 A1", COUNT, ["A1", "A2"]),
        ("红字冲销 A1", SUM, []),  # of amounts it is what it says
    ],
)
def test_a_row_that_is_joined_to_another_or_takes_it_back(remark: str, value: str, doubtful: list[str]) -> None:
    rows = [["A1", "2022-07-05", "8", None], ["A2", "2022-07-06", "-8", remark], ["A3", "2022-07-07", "5", None]]
    table, found = built(sheet("编号 日期 金额 处理说明", rows), value=value)
    assert (marked(table, "_uncertain"), "D321" in found) == (doubtful, bool(doubtful))


@pytest.mark.parametrize(
    ("kinds", "doubtful"),
    [(["计划", "实际", "实际"], ["A0"]), (["计划", "完成", "执行中"], []), (["计划", "计划", "计划"], [])],
)
def test_rows_of_the_plan_between_those_of_what_came_of_it(kinds: list[str], doubtful: list[str]) -> None:
    rows = [[f"A{at}", f"2022-07-0{at + 1}", kind, "8"] for at, kind in enumerate(kinds)]
    assert marked(built(sheet("编号 日期 项目 数量", rows))[0], "_uncertain") == doubtful


@pytest.mark.parametrize(("more", "doubtful"), [("snapshot: true", ["A2"]), ("", [])])
def test_a_vacant_post_in_a_list_of_persons(more: str, doubtful: list[str]) -> None:
    rows = [["A1", "2022-07-05", "张三"], ["A2", "2022-07-06", "(空缺)"]]
    assert marked(built(sheet("编号 日期 姓名", rows), more=more)[0], "_uncertain") == doubtful


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["核心", None, None, "网银", None, None, "短信", None, None], 6),
        (["核心", None, None, "网银", None, None, "核心", None, None], 0),  # it is named again
        ([None, None, "核心", None, None, "网银", None, None, "短信"], 0),
    ],
)
def test_what_is_named_in_the_first_row_of_each_block(names: list[str | None], expected: int) -> None:
    rows = [[f"A{at}", f"2022-07-0{at + 1}", name] for at, name in enumerate(names)]
    table, _ = built(sheet("编号 日期 系统", rows), value="{measure: count, source: s, where: 系统 == '核心'}")
    assert len(marked(table, "系统?bad")) == expected


@pytest.mark.parametrize(
    ("price", "amount", "expected"),
    [("3.5", "70", ["A0"]), ("3.5", "7", []), ("3.333", "6.67", []), ("3.5", "6.5", [])],
)
def test_an_amount_that_is_ten_times_quantity_by_price(price: str, amount: str, expected: list[str]) -> None:
    rows = [["A0", "2022-07-05", "2", price, amount]]
    rows += [[f"A{at}", f"2022-07-0{at}", str(at), "5", str(5 * at)] for at in range(1, 6)]
    table, _ = built(sheet("编号 日期 数量 单价 金额", rows), value=SUM)
    assert marked(table, "金额?bad") == expected


@pytest.mark.parametrize(("parts", "doubtful"), [(["5", "3"], ["A2", "A3"]), (["5", "4"], [])])
def test_rows_that_are_moved_in_below_their_sum(parts: list[str], doubtful: list[str]) -> None:
    names = ["车辆", "\u3000\u3000燃油", "\u3000\u3000维修", "会务"]
    rows = [
        [f"A{at}", "2022-07-05", name, one]
        for at, (name, one) in enumerate(zip(names, ["8", *parts, "2"], strict=True), 1)
    ]
    assert marked(built(sheet("编号 日期 系统 金额", rows), value=SUM)[0], "_uncertain") == doubtful


@pytest.mark.parametrize(("name", "other", "expected"), [("金额", "元", 2), ("金额", "万元", 0), ("数量", "元", 0)])
def test_titles_of_two_files_that_say_different_units(name: str, other: str, expected: int) -> None:
    catalogue = CATALOGUE.replace(", value: VALUE}", ", value: now / before, measures: {now: NOW, before: BEFORE}}")
    value = SUM.replace("金额", name)
    now, before = value, value.replace("}", ", window: previous}")
    read = catalogue_of(catalogue.replace("NOW", now).replace("BEFORE", before).replace("MORE", ""))
    sheets = [
        sheet(f"编号 日期 {name}", [[f"A{at}", f"2022-0{at + 7}-05", "8"]], [[f"单位:{unit}"]], f"甲部/工单_{at}.xlsx")
        for at, unit in enumerate(("万元", other))
    ]
    table, problems = build_table("s", read.sources["s"], sheets, ["甲部"], 2022, usage_of(read, "s"))
    assert (len(marked(table, f"{name}?bad")), codes(problems).count("D218")) == (expected, expected)


NUMBERED = [f"2022-07-{at:02}" for at in range(1, 13)]


@pytest.mark.parametrize(
    ("number", "astray"),
    [("A20220815", ["A20220815"]), ("A20220711", []), ("A11", [])],  # weeks away, the day before, no day
)
def test_a_day_that_is_weeks_from_the_one_in_the_number(number: str, astray: list[str]) -> None:
    rows = [[f"A{day.replace('-', '')}", day] for day in NUMBERED] + [[number, "2022-07-12"]]
    assert marked(built(sheet("编号 日期", rows))[0], "日期?astray") == astray


ACROSS = """
sources:
  s: {name: 跳闸, departments: [甲部], files: 跳闸_*, key: [线路, 月份], date: 月份,
      columns: {线路: {}, 月份: {type: period, required: true}, 次数: {type: integer, required: true}}}
indicators: [{id: a, number: 1, domain: 域, name: 名, formula: f, target: '<= 3次', period: month, value: {measure: sum, source: s, of: 次数}}]
"""


@pytest.mark.parametrize(
    ("title", "december", "proven"),
    [
        (None, "0", date(2022, 10, 1)),  # noughts of months that hadn't come when it was saved
        (None, "1", date(2023, 1, 1)),  # it says of December that something was: the day of saving is none
        ("1—9月跳闸统计", "1", None),  # a figure since January, under the name of the quarter
    ],
)
def test_months_that_are_filled_in_before_they_come(title: str | None, december: str, proven: date | None) -> None:
    catalogue = catalogue_of(ACROSS)
    rows = [["甲线", f"2022-{month:02}", "2" if month < 10 else december] for month in (*range(7, 10), 12)]
    covers = QUARTER if title else (date(2022, 1, 1), date(2023, 1, 1))
    made = raw(
        [*([[title]] if title else []), ["线路", "月份", "次数"], *(rows[:3] if title else rows)],
        path="甲部/跳闸_2022.xlsx",
        covers=covers,
    )
    made = replace(made, saved=None if title else date(2022, 9, 26))
    table, _ = build_table("s", catalogue.sources["s"], [made], ["甲部"], 2022, usage_of(catalogue, "s"))
    assert [one.covers[1] if one.covers else None for one in table.exports] == [proven]
