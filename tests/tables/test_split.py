"""Names that stand together in a cell, each as a row of its own: by hand, through the reader's grids.

Convention: a ticket's number and the person are its key; an interval is written `low~high`.
"""

from collections.abc import Sequence
from datetime import date

import pytest
from kit.tables import PLAN, WHOLE_YEAR, catalogue_of, codes, raw_export, report_of

from itss_kpi.catalogue.load import load
from itss_kpi.catalogue.usage import usage_of
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Report
from itss_kpi.tables.build import build_table

BODY = """
sources:
  s:
    name: 工单
    departments: [甲部]
    files: 工单_*
    split: 人
    key: [编号, 人]
    date: 日
    columns:
      编号: {required: true}
      日: {type: date, required: true}
      人: {}
      分: {type: integer}
indicators:
  - {id: each, number: 1, domain: 过程管理, name: 参与数, formula: f, target: '>= 2', period: year, for_each: 人, value: {measure: count, source: s}}
  - {id: tickets, number: 2, domain: 过程管理, name: 工单数, formula: f, period: year, value: {measure: distinct, source: s, of: 编号}}
  - {id: persons, number: 3, domain: 过程管理, name: 人数, formula: f, period: year, value: {measure: distinct, source: s, of: 人}}
  - {id: points, number: 4, domain: 过程管理, name: 得分, formula: f, period: year, for_each: 人, value: {measure: sum, source: s, of: 分}}
"""
ROWS = [("1", "张伟、李娜", "3"), ("2", "李娜", "4"), ("3", "王强,李娜;张伟", "5"), ("4", "", "6")]


def report(rows: Sequence[tuple[str, str, str]]) -> tuple[Report, list[Problem]]:
    catalogue = catalogue_of(BODY)
    cells = [{"编号": number, "日": "2022-07-05", "人": names, "分": points} for number, names, points in rows]
    raw = raw_export(catalogue, "s", cells, covers=WHOLE_YEAR)
    table, problems = build_table("s", catalogue.sources["s"], [raw], ["甲部"], 2022, usage_of(catalogue, "s"))
    return report_of(catalogue, {"s": table}, "2022", as_of=date(2022, 12, 31)), problems


def values(found: Report, name: str) -> dict[str | None, object]:
    return {one.group: one.value for one in found.due if one.indicator == name}


def test_each_name_is_a_row_of_its_own() -> None:
    found, problems = report(ROWS[:3])
    assert codes(problems) == []
    assert values(found, "each") == {"张伟": 2, "李娜": 3, "王强": 1}
    assert values(found, "points") == {"张伟": 8, "李娜": 12, "王强": 5}
    assert (values(found, "tickets"), values(found, "persons")) == ({None: 3}, {None: 3})


def test_every_row_is_where_it_stands_in_the_sheet() -> None:
    catalogue = catalogue_of(BODY)
    cells = [{"编号": number, "日": "2022-07-05", "人": names, "分": points} for number, names, points in ROWS[:3]]
    raw = raw_export(catalogue, "s", cells, covers=WHOLE_YEAR)
    table, _ = build_table("s", catalogue.sources["s"], [raw], ["甲部"], 2022, usage_of(catalogue, "s"))
    rows = sorted(zip(table.pandas["人"], table.pandas["编号"], table.pandas["_row"], strict=True))
    assert rows == [
        ("张伟", "1", 2), ("张伟", "3", 4), ("李娜", "1", 2), ("李娜", "2", 3), ("李娜", "3", 4), ("王强", "3", 4),
    ]  # fmt: skip


def test_a_ticket_without_a_name_is_nobody_s() -> None:
    found, _ = report(ROWS)
    each = {one.group: (one.lowest, one.highest) for one in found.due if one.indicator == "each"}
    assert each["王强"] == (1, 1)
    # its key lacks a part, so that it may be a repeat of another
    assert each["未填"] == (0, 1)


def test_a_cell_that_can_t_be_read_stays_so_for_each_name() -> None:
    found, problems = report([("1", "张伟、李娜", "?"), ("2", "李娜", "4")])
    assert codes(problems) == ["D201", "D201"]
    points = {one.group: (one.lowest, one.highest) for one in found.due if one.indicator == "points"}
    assert points["李娜"][1] is None or points["李娜"][0] != points["李娜"][1]


def test_numbers_that_are_split_are_no_several_records_in_a_row() -> None:
    found, problems = report([("1", "C-01、C-02", "3"), ("2", "C-03;C-04;C-05", "4")])
    assert (codes(problems), values(found, "persons")) == ([], {None: 5})


@pytest.mark.parametrize(
    "changed", [("key: [编号, 人]", "key: [编号]"), ("split: 人", "split: 分"), ("split: 人", "split: 某")]
)
def test_what_is_split_is_a_text_of_the_key(changed: tuple[str, str]) -> None:
    catalogue, problems = load(PLAN + BODY.replace(*changed), "kpi.yaml")
    assert not catalogue
    assert any(one.code == "C102" and "split 须是 key 中的文本列" in one.message for one in problems)
