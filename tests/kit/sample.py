"""The repository's own catalogue, its `sample_data`, the answers planted in it, and its golden texts."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from kit.tables import report_of

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.load import load
from itss_kpi.catalogue.usage import usage_of
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Report
from itss_kpi.reading.exports import find_exports, read_exports
from itss_kpi.reading.grid import RawExport
from itss_kpi.reading.reader import Reader
from itss_kpi.tables.build import build_table
from itss_kpi.tables.table import Table

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "kpi_definitions.yaml"

DATA = ROOT / "sample_data"
GOLDEN = ROOT / "tests" / "golden"
BEFORE = ROOT / "tests" / "examples" / "year_before"
"""The survey of 2021, which stands apart from the sample."""
OFFICE = "综合管理部"

Key = tuple[str, str, str, str]


def key_of(path: Path = DATA / "answers_activities.csv") -> dict[Key, str]:
    """The planted answers: (topic, day, item, measure) -> value."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = {(row["topic"], row["as_of"], row["item"], row["measure"]): row["value"] for row in rows}
    assert len(found) == len(rows)
    return found


def planted(topic: str, day: date | str, path: Path = DATA / "answers_activities.csv") -> dict[tuple[str, str], str]:
    """The planted answers of a topic on a day: (item, measure) -> value, in the order of the key."""
    found = {
        (item, name): value
        for (about, on, item, name), value in key_of(path).items()
        if (about, on) == (topic, str(day))
    }
    assert found
    return found


def golden(name: str) -> list[str]:
    """The lines of a golden text. They hold no spaces at their ends; otherwise they are the text as printed."""
    return (GOLDEN / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def read_in(catalogue: Catalogue, folder: Path, names: Sequence[str]) -> dict[str, tuple[Table, list[Problem]]]:
    """Each source's typed table and its problems."""
    with Reader() as reader:
        files, problems = find_exports(catalogue, folder, set(names))
        reader.ask([found.path for found in files])
        raws, more = read_exports(catalogue, files, reader)
        assert problems == more == []
        plan = catalogue.plan
        return {
            name: build_table(name, catalogue.sources[name], raws[name], plan.departments, plan.year) for name in names
        }


@dataclass(frozen=True)
class Sample:
    """The sample: its catalogue, its exports as read, the typed tables of every ledger, and those that indicators
    read."""

    catalogue: Catalogue
    raws: Mapping[str, Sequence[RawExport]]
    ledgers: Mapping[str, Table]
    tables: Mapping[str, Table]

    known: dict[tuple[str, date | None], Report] = field(default_factory=dict)

    def report(self, period: str, as_of: date | None = None) -> Report:
        """The report of a written period, worked out once."""
        if (period, as_of) not in self.known:
            self.known[period, as_of] = report_of(self.catalogue, self.tables, period, as_of=as_of)
        return self.known[period, as_of]

    def until(self, day: date) -> dict[str, Table]:
        """The tables of what there was on a day."""
        plan = self.catalogue.plan
        return {
            name: build_table(
                name, self.catalogue.sources[name], self.raws.get(name, []), plan.departments, plan.year,
                usage_of(self.catalogue, name), day,
            )[0]
            for name in self.tables
        }  # fmt: skip


def read_sample() -> Sample:
    """The repository's own catalogue over `sample_data`."""
    catalogue, problems = load(CATALOGUE.read_text(encoding="utf-8"), CATALOGUE.name)
    assert catalogue, problems
    with Reader() as reader:
        files, _ = find_exports(catalogue, DATA, set(catalogue.sources))
        reader.ask([found.path for found in files])
        raws, _ = read_exports(catalogue, files, reader)
    plan = catalogue.plan
    ledgers = {
        name: build_table(name, source, raws.get(name, []), plan.departments, plan.year, usage_of(catalogue, name))[0]
        for name, source in catalogue.sources.items()
    }
    tables = {name: table for name, table in ledgers.items() if name not in catalogue.records}
    return Sample(catalogue, raws, ledgers, tables)
