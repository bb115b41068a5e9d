"""A small ledger of two departments, compared across groups and along periods."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from kit.tables import Row, catalogue_of, period_of, raw_export, table_of, tables_of

from itss_kpi.analysis.breakdown import Breakdown, across_all
from itss_kpi.analysis.series import Series, series
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.tables.table import Table


def indicator_of(catalogue: Catalogue, number: int) -> Indicator:
    (found,) = [one for one in catalogue.indicators if one.number == number]
    return found


def cut(
    catalogue: Catalogue, tables: Mapping[str, Table], number: int, period: str, dimension: str
) -> dict[str, Breakdown]:
    """The indicator's breakdowns by period."""
    parsed = period_of(period)
    indicator = indicator_of(catalogue, number)
    found = across_all(catalogue, tables, [indicator], parsed, parsed.last_day, dimension)
    return {str(one.whole.period): one for one in found.get(indicator.number, [])}


def along(
    catalogue: Catalogue, tables: Mapping[str, Table], first: str, last: str, as_of: date | None = None, **more: Any
) -> list[Series]:
    """The series of all indicators."""
    until = period_of(last)
    day = as_of or until.last_day
    return series(catalogue, tables, catalogue.indicators, period_of(first), until, day, **more)


SMALL = """
sources:
  t:
    name: 工单
    departments: [甲部, 乙部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    dimensions: {部门: 提交部门, 组: 组, 人: 人, 级: 级, 量: 数}
    columns:
      编号: {required: true}
      日期: {type: date, required: true}
      组: {}
      人: {sensitive: true}
      级: {type: choice, values: {高: [], 低: []}}
      数: {type: integer, minimum: 0}
      好: {type: yes_no}
  u:
    name: 计划
    departments: [甲部]
    files: 计划_*.xlsx
    key: [编号]
    date: 日期
    dimensions: {部门: 归口, 组: 班组}
    columns: {编号: {required: true}, 日期: {type: date, required: true}, 归口: {}, 班组: {}, 计划: {type: integer}}
indicators:
"""
RATIO = "numerator: {within: denominator, where: 好}, denominator: {measure: count, source: t}"


def small(*bodies: str) -> Catalogue:
    head = "  - {{id: i{0}, number: {0}, domain: 域, name: 名, formula: 式, period: month, {1}}}\n"
    return catalogue_of(SMALL + "".join(head.format(at, body) for at, body in enumerate(bodies, 1)))


def row(at: int, **cells_: str) -> Row:
    return {"编号": str(at), "日期": "2022-07-01", "好": "是", **cells_}


def both_departments(catalogue: Catalogue, **rows: Sequence[Row]) -> dict[str, Table]:
    """Tables of 甲部, and an empty one of 乙部 where it has to hand one in."""
    tables = tables_of(catalogue, **rows)
    mine = raw_export(catalogue, "t", rows["t"])
    return tables | {"t": table_of(catalogue, "t", mine, raw_export(catalogue, "t", [], department="乙部"))}
