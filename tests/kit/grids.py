"""Grids: small sheets of one ledger of tickets, as the reader leaves them, and the table made of them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pyarrow as pa

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.core.problems import Problem
from itss_kpi.reading.grid import Grid, RawExport
from itss_kpi.tables.build import build_table
from itss_kpi.tables.table import Table
from tests.kit.tables import catalogue_of

TEXT = """
sources:
  tickets:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
{extra}
    columns:
      编号: {{type: text, required: true}}
      项目: {{type: text}}
      日期: {{type: datetime, required: true}}
      数量: {{type: integer}}
indicators: []
"""
HEADER = ["编号", "项目", "日期", "数量"]
Q3 = (date(2022, 7, 1), date(2022, 10, 1))
YEAR = (date(2022, 1, 1), date(2023, 1, 1))
YEAR_BEFORE = (date(2021, 1, 1), date(2022, 1, 1))


def catalogue(extra: str = "") -> Catalogue:
    return catalogue_of(TEXT.format(extra=f"    {extra}" if extra else ""))


def raw(
    rows: Sequence[Sequence[str | None]],
    *,
    sheet: str = "Sheet1",
    covers: tuple[date, date] | None = YEAR,
    path: str = "甲部/工单.xlsx",
    form: str = "xlsx",
    department: str = "甲部",
    sha256: str = "",
    **facts: Any,
) -> RawExport:
    width = max(map(len, rows))
    full = [[*row, *[None] * (width - len(row))] for row in rows]
    cells = pa.table({str(at): pa.array([row[at] for row in full], pa.string()) for at in range(width)})
    grid = Grid(sheet, cells, tuple(range(width)), **facts)
    return RawExport("tickets", department, path, sha256 or f"sha256 of {path}", covers, grid, form)


def table(*raws: RawExport, extra: str = "") -> tuple[Table, list[Problem]]:
    found = catalogue(extra)
    return build_table("tickets", found.sources["tickets"], raws, found.plan.departments, 2022)


def ticket(key: str | None, project: str | None = "甲", day: str | None = "2022-07-05", number: str = "1") -> list[Any]:
    return [key, project, day, number]
