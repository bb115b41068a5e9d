"""A small company that declares everything: each ledger, each section of the plan."""

from collections.abc import Sequence
from datetime import date

from kit import actions
from kit.activities import LOG, TICKETS
from kit.clauses import EVERYTHING, PLAN, Rows, ledgers
from kit.nonconformities import FAULTS, MORE, PLANS
from kit.supervision import LEDGER
from kit.tables import catalogue_of, period_of, report_of

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.plan.year import PlanYear

SATISFACTION = """
  survey:
    name: 回访
    departments: [甲部]
    files: 回访_*.xlsx
    key: [单号]
    date: 日期
    columns:
      单号: {type: text, required: true}
      日期: {type: date, required: true}
      单位: {type: text}
      分: {type: decimal, minimum: 0}
"""
ASKED = """
customers: [{name: 东厂, questionnaires: 2}, {name: 西厂}]
satisfaction: {indicator: 9, source: survey, questionnaire: 单号, customer: 单位, score: 分, scale: 5}
"""
SCORE = """
  - {id: score, number: 9, domain: 质量指标, name: 回访得分, formula: 平均, target: '>= 4分', period: year, value: {measure: mean, source: survey, of: 分}}
"""
BODY = PLAN.replace("indicators:\n", f"indicators:{SCORE}", 1)
RECORDS = LEDGER.removeprefix("\nsources:") + actions.LEDGER.removeprefix("\nsources:") + FAULTS + MORE + PLANS
WHOLE = catalogue_of(LOG + TICKETS + RECORDS + SATISFACTION + BODY + ASKED)
HANDED_IN: Rows = {
    **EVERYTHING,
    ("corrective_actions", "甲部"): [],
    ("nonconformities", "甲部"): [
        {"编号": "N1", "来源": "内审", "责任部门": "甲部", "发现日期": "2022-01-10", "完成期限": "2022-02-10", "指标序号": "1", "考核期": "2022-01"},
    ],
    ("improvements", "甲部"): [
        {"改进编号": "P1", "类别": "过程", "责任部门": "甲部", "计划完成": "2022-03-01", "实际完成": "2022-03-01", "进度": "100%"},
    ],
    ("survey", "甲部"): [{"单号": "Q1", "日期": "2022-02-01", "单位": "东厂", "分": "5"}],
}  # fmt: skip


def year_of(
    catalogue: Catalogue, rows: Rows, period: str = "2022Q1", numbers: Sequence[int] = (), as_of: date | None = None
) -> PlanYear:
    """The year as of a period's last day, of the indicators with these `numbers`, by default all."""
    tables = ledgers({key: rows for key, rows in rows.items() if key[0] in catalogue.sources}, catalogue)
    records = {name: tables.pop(name) for name in catalogue.records if name in tables}
    chosen = [one for one in catalogue.indicators if not numbers or one.number in numbers]
    report = report_of(catalogue, tables, period, indicators=chosen, as_of=as_of or period_of(period).last_day)
    return PlanYear(catalogue, chosen, tables, records, report)
