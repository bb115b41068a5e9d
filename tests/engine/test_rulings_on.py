"""Which verdicts rest on a ruling."""

from dataclasses import replace
from datetime import date

import pytest
from kit.tables import catalogue_of, raw_export, report_of, table_of

from itss_kpi.core.rulings import Ruling

CATALOGUE = catalogue_of("""
sources:
  tickets:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    columns: {编号: {}, 日期: {type: date}, 完成: {type: date}, 数量: {type: integer}, 项目: {}}
indicators:
  - {id: done, number: 1, domain: 过程管理, name: 完成, formula: 完成, target: '>= 1次', period: quarter,
     value: {measure: count, source: tickets, where: not blank(完成)}}
  - {id: sum, number: 2, domain: 过程管理, name: 数量, formula: 数量, target: '>= 1次', period: quarter,
     value: {measure: sum, of: 数量, source: tickets}}
  - {id: each, number: 3, domain: 过程管理, name: 各项目, formula: 件数, target: '>= 1次', period: quarter, for_each: 项目,
     value: {measure: count, source: tickets}}
""")  # fmt: skip
Q1, Q2 = (date(2022, 1, 1), date(2022, 4, 1)), (date(2022, 4, 1), date(2022, 7, 1))


@pytest.mark.parametrize(
    ("columns", "path", "resting"),
    [
        (("完成",), "甲部/一.xlsx", {("done", "2022Q1")}),
        (("数量",), "甲部/二.xlsx", {("sum", "2022Q2")}),
        (("项目",), "甲部/二.xlsx", {("each", "2022Q2")}),
        (("编号",), "甲部/一.xlsx", {("done", "2022Q1"), ("sum", "2022Q1"), ("each", "2022Q1")}),
        ((), "甲部/二.xlsx", {("done", "2022Q2"), ("sum", "2022Q2"), ("each", "2022Q2")}),
        (("完成",), "甲部/三.xlsx", {("done", "2022Q1"), ("done", "2022Q2")}),
    ],
)
def test_what_rests_on_a_ruling(columns: tuple[str, ...], path: str, resting: set[tuple[str, str]]) -> None:
    files = {"一": Q1, "二": Q2, "三": None}
    raws = [
        raw_export(
            CATALOGUE,
            "tickets",
            [{"编号": name, "日期": days[0].isoformat() if days else "2022-03-05", "项目": "甲"}],
            covers=days,
            path=f"甲部/{name}.xlsx",
        )
        for name, days in files.items()
    ]
    one = Ruling("R1", path, "", "Sheet1", "C2", "", "质量经理", date(2022, 7, 9), "查过", columns=columns)
    table = replace(table_of(CATALOGUE, "tickets", *raws), rulings=(one,))
    report = report_of(CATALOGUE, {"tickets": table}, "2022", as_of=date(2022, 6, 30))
    assert {(item.indicator, str(item.period)) for item in report.assessments if item.rulings} == resting
    assert report.rulings == (one,)
