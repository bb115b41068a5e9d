"""Shared by the tests: the sample read once, and small tables written as Python rows.

Convention: a row is a mapping of column -> the text a department would have typed; what is not named is blank.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import settings

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.load import load
from itss_kpi.core.period import parse_period
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Assessment, Report
from itss_kpi.engine.evaluate import evaluate
from itss_kpi.reading.exports import find_exports, read_exports
from itss_kpi.reading.grid import Grid, RawExport
from itss_kpi.reading.reader import Reader
from itss_kpi.tables.build import Table, build_table

ROOT = Path(__file__).resolve().parent.parent
# wider than the year under test, so that rows of other years do not look like a wrongly named file
YEARS = (date(2021, 1, 1), date(2024, 1, 1))

Row = Mapping[str, str]

# a busy machine is no mistake of the code
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A cache of the tests' own, so that no earlier run can help or hurt."""
    os.environ["ITSS_KPI_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@dataclass(frozen=True)
class Sample:
    """The sample: its catalogue, its exports as read, the typed tables of every ledger, and those that indicators
    read."""

    catalogue: Catalogue
    raws: Mapping[str, Sequence[RawExport]]
    ledgers: Mapping[str, Table]
    tables: Mapping[str, Table]


@pytest.fixture(scope="session")
def sample() -> Sample:
    """The repository's own catalogue over `sample_data`."""
    text = (ROOT / "kpi_definitions.yaml").read_text(encoding="utf-8")
    catalogue, problems = load(text, "kpi_definitions.yaml")
    assert catalogue, problems
    with Reader() as reader:
        files, _ = find_exports(catalogue, ROOT / catalogue.data, set(catalogue.sources))
        reader.ask([found.path for found in files])
        raws, _ = read_exports(catalogue, files, reader)
        ledgers = {
            name: build_table(name, source, raws.get(name, []), catalogue.plan.departments, catalogue.plan.year)[0]
            for name, source in catalogue.sources.items()
        }
    tables = {name: table for name, table in ledgers.items() if name not in catalogue.records}
    return Sample(catalogue, raws, ledgers, tables)


# ---- small catalogues and tables


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
    return RawExport(source, department, shown, "0", covers, Grid("Sheet1", cells, tuple(range(len(names)))))


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
    for name, table in tables.items():
        frame = table.frame.sample(frac=1, random_state=7) if shuffled else table.frame
        connection = duckdb.connect()
        connection.execute("SET threads TO 1")
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
