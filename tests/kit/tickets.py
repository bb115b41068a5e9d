"""A year's tickets, one a month, and two indicators over them."""

import functools
from datetime import date

from kit.tables import LAST, catalogue_of, raw_export, report_of, table_of

from itss_kpi.core.results import Report
from itss_kpi.tables.table import Table

SOURCE = """
  t:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    columns:
      编号: {type: text, required: true}
      日期: {type: date, required: true}
      结果: {type: choice, values: {成功: [], 失败: []}}
"""
"""A ledger of tickets, as it stands under `sources`."""
REST = (
    SOURCE
    + """\
      项目: {type: text}
indicators:
  - id: rate
    number: 1
    domain: 质量指标
    name: 成功率
    formula: 成功/全部
    target: '>= 90%'
    period: month
    numerator: {within: denominator, where: 结果 == '成功'}
    denominator: {measure: count, source: t}
  - id: by_project
    number: 2
    domain: 过程管理
    name: 项目成功率
    formula: 成功/全部
    target: '>= 90%'
    period: quarter
    for_each: 项目
    numerator: {within: denominator, where: 结果 == '成功'}
    denominator: {measure: count, source: t}
"""
)
"""The source and the indicators, behind other sources."""
CATALOGUE = catalogue_of("sources:" + REST)


def year(signs: str, project: str = "东") -> dict[str, Table]:
    """A ticket a month from January on: ✓ succeeded, ✗ failed, ? nobody knows, - there is none."""
    words = {"✓": "成功", "✗": "失败", "?": "不明"}
    rows = [
        {"编号": f"{project}{month}", "日期": f"2022-{month:02}-10", "结果": words[sign], "项目": project}
        for month, sign in enumerate(signs, 1)
        if sign != "-"
    ]
    return {"t": table_of(CATALOGUE, "t", raw_export(CATALOGUE, "t", rows))}


@functools.cache
def assessed(signs: str, project: str = "东", as_of: date = LAST, period: str = "2022") -> Report:
    """The report of such tickets, worked out once."""
    return report_of(CATALOGUE, year(signs, project), period, as_of=as_of)
