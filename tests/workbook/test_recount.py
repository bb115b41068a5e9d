"""Recounts over ledgers whose columns have the names of the evidence sheet's own."""

from pathlib import Path

import pytest
from kit import books
from kit.office import HAS_OFFICE, WHY_NOT, recalculated
from kit.tables import catalogue_of, report_of, tables_of

from itss_kpi.plan.year import PlanYear
from itss_kpi.workbook.workbook import Contents, compliance_workbook

CATALOGUE = catalogue_of("""
sources:
  t:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [行号]
    date: 考核期
    columns:
      行号: {type: text, required: true}
      考核期: {type: date, required: true}
      归类: {type: choice, values: {成功: [], 失败: []}, required: true}
      期号: {type: text, required: true}
indicators:
  - {id: whole, number: 1, domain: 甲, name: 成功率, formula: 成功/全部, target: '>= 90%', period: month, department: [甲部],
     numerator: {within: denominator, where: 归类 == '成功'}, denominator: {measure: count, source: t}}
  - {id: each, number: 2, domain: 甲, name: 各期成功率, formula: 成功/全部, target: '>= 90%', period: month, department: [甲部],
     for_each: 期号, numerator: {within: denominator, where: 归类 == '成功'}, denominator: {measure: count, source: t}}
  - {id: kinds, number: 3, domain: 甲, name: 期数, formula: 期数, target: '>= 2', period: month, department: [甲部],
     value: {measure: distinct, of: 期号, source: t}}
""")
ROWS = [
    {"行号": "1", "考核期": "2022-07-01", "归类": "成功", "期号": "一"},
    {"行号": "2", "考核期": "2022-07-02", "归类": "失败", "期号": "一"},
    {"行号": "3", "考核期": "2022-07-03", "归类": "成功", "期号": "二"},
]


@pytest.mark.skipif(not HAS_OFFICE, reason=WHY_NOT)
def test_a_ledgers_column_may_be_named_as_one_of_the_sheets_own(tmp_path: Path) -> None:
    tables = tables_of(CATALOGUE, t=ROWS)
    year = PlanYear(CATALOGUE, CATALOGUE.indicators, tables, {}, report_of(CATALOGUE, tables, "2022-07"))
    path = tmp_path / "r.xlsx"
    path.write_bytes(compliance_workbook(Contents(year, "", (), {}, 100_000)).evidence)
    names = ("序号", "考核期", "复算分子", "复算分母", "核对")
    lines = books.read(recalculated(tmp_path, path)[0]).sheet_with(*names).table(*names)
    found = [[line[name].value for name in names] for line in lines if line["核对"].text]
    assert found == [
        [1, "2022-07", 2, 3, "一致"],
        [2, "2022-07 一", 1, 2, "一致"],
        [2, "2022-07 二", 1, 1, "一致"],
        [3, "2022-07", 2, "—", "一致"],
    ]
