"""纵向对比 of an indicator that nothing is known of yet."""

import io

import openpyxl
from kit.tables import catalogue_of, report_of, tables_of

from itss_kpi.plan.year import PlanYear
from itss_kpi.workbook.workbook import Contents, compliance_workbook

CATALOGUE = catalogue_of("""
sources:
  t:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    columns:
      编号: {type: text, required: true}
      日期: {type: date, required: true}
      项目: {type: text, required: true}
indicators:
  - {id: each, number: 1, domain: 甲, name: 各项目成功率, formula: 成功, target: '>= 90%', period: month, for_each: 项目, department: [甲部],
     numerator: {within: denominator, where: 编号 == '1'}, denominator: {measure: count, source: t}}
  - {id: all, number: 2, domain: 甲, name: 数量, formula: 数量, target: '>= 1次', period: month, department: [甲部],
     value: {measure: count, source: t}}
""")


def test_an_indicator_without_groups_has_a_row_all_the_same() -> None:
    tables = tables_of(CATALOGUE, t=[])
    year = PlanYear(CATALOGUE, CATALOGUE.indicators, tables, {}, report_of(CATALOGUE, tables, "2022-01"))
    content = compliance_workbook(Contents(year, "", (), {}, 100)).workbook
    sheet = openpyxl.load_workbook(io.BytesIO(content))["纵向对比"]
    rows = [[row[at].value for at in (0, 1, 15)] for row in sheet.iter_rows(min_row=5, max_row=6)]
    assert rows == [[1, "各项目成功率", "—"], [2, "数量", 0]]
