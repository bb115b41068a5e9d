"""Small catalogues and tables written as Python rows.

Convention: a row is a mapping of column -> the text a department would have typed; what is not named is blank.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.load import load
from itss_kpi.core.period import Period, PeriodKind, parse_period
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Assessment, Report
from itss_kpi.engine.evaluate import evaluate
from itss_kpi.reading.grid import Grid, RawExport
from itss_kpi.tables.build import build_table
from itss_kpi.tables.table import Table

YEAR = Period(PeriodKind.YEAR, 2022)
WHOLE_YEAR = (date(2022, 1, 1), date(2023, 1, 1))
LAST = date(2022, 12, 31)

# wider than the year under test, so that rows of other years do not look like a wrongly named file
YEARS = (date(2021, 1, 1), date(2024, 1, 1))

Row = Mapping[str, str]

PLAN = """
format: itss-kpi/catalogue/1
plan: {title: 计划, document: D, version: V1, organization: 公司, year: 2022, departments: [甲部, 乙部, 丙部]}
"""


def catalogue_of(text: str) -> Catalogue:
    """The catalogue whose `sources`, `lookups` and `indicators` are written in `text`; it must have no error."""
    catalogue, problems = load(PLAN + text, "kpi.yaml")
    assert catalogue, [str(problem) for problem in problems]
    return catalogue


def raw_export(
    catalogue: Catalogue,
    source: str,
    rows: Sequence[Row],
    *,
    department: str = "甲部",
    covers: tuple[date, date] | None = YEARS,
    path: str | None = None,
) -> RawExport:
    """One file with a header in row 1 and `rows` from row 2 on."""
    names = list(catalogue.sources[source].columns)
    texts = {f"c{at}": [name, *(row.get(name) or None for row in rows)] for at, name in enumerate(names)}
    cells = pa.table({letter: pa.array(column, pa.string()) for letter, column in texts.items()})
    shown = path or f"{department}/{catalogue.sources[source].name}.xlsx"
    return RawExport(
        source, department, shown, f"sha256 of {shown}", covers, Grid("Sheet1", cells, tuple(range(len(names))))
    )


def table_of(catalogue: Catalogue, source: str, *raws: RawExport) -> Table:
    """The typed table of the exports."""
    plan = catalogue.plan
    return build_table(source, catalogue.sources[source], raws, plan.departments, plan.year)[0]


def tables_of(catalogue: Catalogue, **rows: Sequence[Row]) -> dict[str, Table]:
    """A table a source, each from one file of 甲部 for the whole year."""
    return {name: table_of(catalogue, name, raw_export(catalogue, name, found)) for name, found in rows.items()}


def over_duckdb(tables: Mapping[str, Table], *, shuffled: bool = False) -> dict[str, Table]:
    """The same tables, each frame a lazy DuckDB relation (rows in random order if `shuffled`)."""
    found: dict[str, Table] = {}
    connection = duckdb.connect()
    connection.execute("SET threads TO 1")
    for name, table in tables.items():
        frame = table.pandas.sample(frac=1, random_state=7) if shuffled else table.pandas
        found[name] = replace(table, frame=connection.from_df(frame))
    return found


def report_of(catalogue: Catalogue, tables: Mapping[str, Table], period: str, **options: Any) -> Report:
    """The report of a written period."""
    parsed = parse_period(period)
    assert parsed
    return evaluate(catalogue, tables, parsed, **options)


def only(report: Report, period: str | None = None) -> Assessment:
    """The one assessment of the report (of one period, where given)."""
    (found,) = [item for item in report.assessments if period in (None, str(item.period))]
    return found


def codes(problems: Sequence[Problem]) -> list[str]:
    """The problems' codes, sorted."""
    return sorted(problem.code for problem in problems)


def period_of(text: str) -> Period:
    found = parse_period(text)
    assert found
    return found
