"""A small catalogue of another standard, and everything that was handed in for its clauses."""

from collections.abc import Mapping, Sequence

from kit.activities import INCIDENTS, LOG, RATE, TICKETS
from kit.activities import row as logged
from kit.supervision import EAST, LEDGER
from kit.tables import WHOLE_YEAR, Row, catalogue_of, raw_export, table_of

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.reading.grid import RawExport
from itss_kpi.tables.table import Table

CHECKS = LEDGER.removeprefix("\nsources:")
PLAN = f"""
indicators:
{RATE}\
    clause: ISO 20000 8.10
  - {{id: loose, number: 2, domain: 质量指标, name: 无条款, formula: 次数, period: year, value: {{measure: count, source: t}}}}
{INCIDENTS}\
    clause: ISO 20000 8.9 b)
    agreed: false
activities:
  - {{number: 1, name: 内审, when: 1月, lead: [甲部], sources: [activity_log, supervision], clauses: [ISO20000 9.2, ISO 20000 9.2]}}
  - {{number: 2, name: 修订, when: 10-12月, clauses: [改进]}}
  - {{number: 4, name: 季检, when: 每季度, lead: [丙部], sources: [s], clauses: [ISO 20000 8.9 b)]}}
  - {{number: 5, name: 无条款的, when: 1月}}
supervision:
  - {{category: 服务, each: quarter, departments: [甲部], projects: [东, 西], clause: ISO 20000 8.10}}
  - {{category: 资源, each: quarter, departments: [乙部]}}
"""
CATALOGUE = catalogue_of(LOG + TICKETS + CHECKS + PLAN)
NUMBERS = {"1": "内审", "2": "修订", "4": "季检", "5": "无条款的"}


def row(number: str, when: str, done: str = "", **cells: str) -> Row:
    return logged(number, when, done, **{"活动名称": NUMBERS[number], **cells})


def check(day: str, project: str, number: str) -> Row:
    return {**EAST, "检查编号": number, "检查日期": day, "项目名称": project}


Rows = Mapping[tuple[str, str], Sequence[Row]]
EVERYTHING: Rows = {
    ("t", "甲部"): [{"编号": "T1", "日期": "2022-01-05", "结果": "失败"}],
    ("t", "乙部"): [
        {"编号": "T2", "日期": "2022-01-06", "结果": "成功"},
        {"编号": "T3", "日期": "2022-02-06", "结果": "成功"},
    ],
    ("s", "乙部"): [],
    ("activity_log", "甲部"): [row("1", "2022-01", "2022-01-20"), row("4", "2022Q1", "2022-03-30")],
    ("supervision", "甲部"): [check("2022-01-10", "东", "C1"), check("2022-02-10", "西", "C2")],
    ("supervision", "乙部"): [],
}
"""What everybody handed in for the year, with what was due by the end of March."""


def ledgers(rows: Rows, catalogue: Catalogue = CATALOGUE) -> dict[str, Table]:
    found: dict[str, list[RawExport]] = {}
    for (name, department), listed in rows.items():
        path = f"{department}/{name}.xlsx"
        found.setdefault(name, []).append(
            raw_export(catalogue, name, listed, department=department, covers=WHOLE_YEAR, path=path)
        )
    return {name: table_of(catalogue, name, *raws) for name, raws in found.items()}


def changed(key: tuple[str, str], rows: Sequence[Row]) -> Rows:
    return {**EVERYTHING, key: rows}
