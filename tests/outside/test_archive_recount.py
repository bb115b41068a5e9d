"""A closed year recounted from its own rows, by SQL written by hand: the archive proves itself without the program.

Convention: nothing of the program is imported; what decides are the archived Parquet files, the archived report and the
manifest's dates.
"""

import json
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from outside import oracle

YEAR = Path(__file__).parents[2] / "sample_data" / "archive" / "2022"
MICROS = 86_400_000_000


@pytest.fixture(scope="module")
def scales() -> oracle.Scales:
    found: dict[tuple[str, str], int] = {}
    for path in (YEAR / "tables").glob("*.parquet"):
        said = json.loads(pq.read_schema(path).metadata[b"itss-kpi/table/1"])
        found |= {(path.stem, name): column["scale"] for name, column in said["columns"].items()}
    return found


@pytest.fixture(scope="module")
def archived(scales: oracle.Scales) -> duckdb.DuckDBPyConnection:
    found = duckdb.connect()
    for path in (YEAR / "tables").glob("*.parquet"):
        there = set(pq.read_schema(path).names)
        wanted = {"_uncertain"} | {
            f"{name}?{state}" for source, name in scales if source == path.stem for state in ("blank", "bad")
        }
        added = "".join(f', FALSE AS "{name}"' for name in sorted(wanted - there))
        found.execute(f"CREATE TABLE {path.stem} AS SELECT *{added} FROM read_parquet('{path}')")
    return found


def assessments() -> list[dict[str, Any]]:
    report = json.loads((YEAR / "report.json").read_bytes())
    return [one for one in report["assessments"] if one["due"] and not one["missing"]]


def micros(day: str) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * MICROS


def number(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def judged(target: str, lowest: Fraction | None, highest: Fraction | None) -> str:
    """The verdict of an interval, by what the plan's table asks for."""
    if lowest is None or highest is None:
        return "not_applicable"
    sign, limit = target.split()
    wanted = Fraction(limit.removesuffix("%")) / 100 if limit.endswith("%") else Fraction(limit.removesuffix("次"))
    passes = [{">=": end >= wanted, "=": end == wanted}[sign] for end in (lowest, highest)]
    if sign == "=" and lowest < wanted < highest:
        return "unverified"
    return "unverified" if passes[0] != passes[1] else "attained" if passes[0] else "missed"


@pytest.mark.parametrize("one", assessments(), ids=lambda one: f"{one['number']}-{one['period']}")
def test_an_archived_verdict_follows_from_the_archived_rows(
    one: dict[str, Any], archived: duckdb.DuckDBPyConnection, scales: oracle.Scales
) -> None:
    start, end = map(micros, one["window"])
    parts = oracle.evaluate(archived, one["number"], start, end, scales)
    assert (number(one["numerator"]), number(one["denominator"])) == parts
    if one["verdict"] == "undefined":
        return  # its denominator, this quarter's plan, was never made: there is nothing to judge
    ends = oracle.interval(archived, one["number"], start, end, scales)
    assert (number(one["lowest"]), number(one["highest"])) == ends
    assert one["verdict"] == judged(one["target"], *ends)
    assert one["doubtful_rows"] == oracle.doubtful_count(archived, one["number"], start, end)


def test_a_closed_year_is_small() -> None:
    assert sum(path.stat().st_size for path in YEAR.rglob("*") if path.is_file()) < 3_000_000


def test_what_is_left_out_lacks_a_ledger_that_the_closing_accepted() -> None:
    report = json.loads((YEAR / "report.json").read_bytes())
    left = [one for one in report["assessments"] if one["due"] and one["missing"]]
    assert {one["verdict"] for one in left} == {"missing_data"}
    assert len(left) + len(assessments()) == 74
    assert "通信部事件工单" in json.loads((YEAR / "manifest.json").read_bytes())["accepted"]["missing_data"]
