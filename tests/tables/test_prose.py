"""Sentences around a table: which say that records are lacking or that cells mean something else, and which don't."""

import pytest
from kit.grids import raw
from kit.tables import WHOLE_YEAR, catalogue_of, raw_export

from itss_kpi.catalogue.usage import usage_of
from itss_kpi.tables.build import build_table
from itss_kpi.tables.sheets.prose import has_all_pages, is_lacking


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("备注:另有2起故障电话报修,未录入本表", True),
        ("7月16日起由李四登记,另表", True),
        ("(仅含一级故障,二、三级另行统计)", True),
        ("1—3月记录在旧系统中,未导出", True),
        ("其余从略", True),
        ("第1/2页", True),
        ("共2页 第1页", True),
        ("本月共发生故障7起,其中一级1起。", True),
        # what is asked of people, what there isn't, and what a table is called
        ("请勿漏报,漏登的补录后重新报送", False),
        ("本月无未登记的故障", False),
        ("没有发现漏登", False),
        ("监控数据缺失统计表", False),
        ("第1/1页", False),
        ("本月共巡检120次,发现故障5起", False),  # of the rows there may be five
        ("共5条", False),
        ("本部门12人", False),
    ],
)
def test_what_says_that_records_are_lacking(text: str, lacking: bool) -> None:
    assert is_lacking(text, 5) is lacking


@pytest.mark.parametrize(
    ("marks", "whole"),
    [
        (["第1页 共3页", "第2页 共3页", "第3页 共3页"], True),
        (["第1/2页", "第2/2页"], True),
        (["第1页 共3页", "第3页 共3页"], False),
        (["备注"], False),
    ],
)
def test_a_sheet_with_all_of_its_pages_lacks_none(marks: list[str], whole: bool) -> None:
    rows = [row for mark in marks for row in (["A1", "甲", "2022-07-05"], [mark, None, None])]
    assert has_all_pages(raw([["编号", "项目", "日期"], *rows]), 0) is whole


CATALOGUE = catalogue_of("""
sources:
  s:
    name: 拨测
    departments: [甲部]
    files: 拨测_*
    key: [编号]
    date: 日
    columns: {编号: {required: true}, 日: {type: date}, 耗时: {type: duration, unit: minute}, 评分: {type: decimal}, 正常: {type: yes_no}}
indicators:
  - {id: a, number: 1, domain: 域, name: 耗时, formula: f, period: year, value: {measure: mean, source: s, of: 耗时}}
  - {id: b, number: 2, domain: 域, name: 评分, formula: f, period: year, value: {measure: mean, source: s, of: 评分}}
  - {id: c, number: 3, domain: 域, name: 正常, formula: f, period: year, value: {measure: count, source: s, where: 正常}}
""")  # fmt: skip
ROWS = [
    {"编号": "1", "日": "2022-07-01", "耗时": "0", "评分": "0", "正常": "√"},
    {"编号": "2", "日": "2022-07-02", "耗时": "1.30", "评分": "4", "正常": ""},
]


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ("注:耗时为0表示拨测超时", {"耗时": [True, False]}),
        ("注:没有评的记为0", {"耗时": [True, False], "评分": [True, False]}),
        ("注:1.30 表示 1 小时 30 分", {"耗时": [False, True]}),
        ("注:√ 发现异常 × 未发现异常", {"正常": [True, False]}),
        ("注:1=非常满意 5=很不满意", {"评分": [True, True]}),
        ("注:评分为年初至今累计数", {"评分": [True, True]}),
        ("注:耗时按小时填写", {"耗时": [True, True]}),
        # as it is read anyway, of nothing that is there, or of a count that is 0
        ("注:√ 表示正常,× 表示异常", {}),
        ("注:没有超时的填0", {}),
        ("注:5=非常满意 1=很不满意", {}),
        ("注:1.45 表示 1 小时 45 分,评分不限", {}),
        ("注:耗时按分钟填写", {}),
        ("注:编号为季初以来的累计数", {}),
        ("注:正常为年初累计的结果", {}),
        ("注:正常为空的,用时 2.15 表示 2 小时 15 分", {}),
    ],
)
def test_what_says_that_cells_mean_something_else(text: str, lost: dict[str, list[bool]]) -> None:
    note = {"编号": text, "日": "", "耗时": "", "评分": "", "正常": ""}
    raw = raw_export(CATALOGUE, "s", [*ROWS, note], covers=WHOLE_YEAR)
    table, _ = build_table("s", CATALOGUE.sources["s"], [raw], ["甲部"], 2022, usage_of(CATALOGUE, "s"))
    bad = {name: table.pandas[f"{name}?bad"].tolist()[:2] for name, one in table.columns.items() if one.bad}
    assert {name: found for name, found in bad.items() if any(found)} == lost


def test_a_legend_of_what_isn_t_there_changes_nothing() -> None:
    rows = [ROWS[1], {"编号": "注:评分为0表示未评", "日": "", "耗时": "", "评分": "", "正常": ""}]
    raw = raw_export(CATALOGUE, "s", rows, covers=WHOLE_YEAR)
    _, problems = build_table("s", CATALOGUE.sources["s"], [raw], ["甲部"], 2022, usage_of(CATALOGUE, "s"))
    assert [problem.code for problem in problems] == ["D303"]


def test_rows_of_a_narrow_table_are_no_sentences() -> None:
    narrow = catalogue_of("""
sources:
  s: {name: 用量, departments: [甲部], files: 用量_*, key: [月], date: 月, columns: {月: {type: period, required: true}, 量: {type: decimal}}}
indicators:
  - {id: a, number: 1, domain: 域, name: 量, formula: f, period: month, value: {measure: sum, source: s, of: 量}}
""")  # fmt: skip
    raw = raw_export(
        narrow, "s", [{"月": "2022-07", "量": "0"}, {"月": "2022-08", "量": "未测的记0"}], covers=WHOLE_YEAR
    )
    table, problems = build_table("s", narrow.sources["s"], [raw], ["甲部"], 2022, usage_of(narrow, "s"))
    assert table.pandas["量?bad"].tolist() == [False, True]
    assert [problem.code for problem in problems] == ["D201"]
