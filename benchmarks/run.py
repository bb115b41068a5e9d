"""Measures the speed of itss-kpi as ratios of two times, and writes the table into docs/benchmarks.md.

Usage: python benchmarks/run.py [--check] [--beside FOLDER]. Run it with a Python that can import itss-kpi. Convention:
the two sides of a comparison are run in turn, each in a process of its own, and the medians are compared; so the
numbers mean something on another machine too. "Cold" has nothing in the cache of read files and fills it, "warm" finds
everything there. With --check the exit code is 1 where a limit is not met. With --beside, this checkout is measured
beside another one, by the same Python, and the document stays as it is.
"""

import argparse
import csv
import json
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import data

ROOT = data.ROOT
MARKS = "<!-- benchmarks:start -->", "<!-- benchmarks:end -->"
CACHE = data.KEPT / "cache"
OTHER_CACHE = data.KEPT / "other cache"
QUARTER = ("evaluate", "--period", "2022Q3")
LAST = ("evaluate", "--period", "2022Q4")
"""Which reads all files of the year, as those of later times would not be."""
INCIDENTS = (18, 19)
OF_INCIDENTS = (*LAST, *(word for number in INCIDENTS for word in ("--indicator", str(number))))


def nothing() -> None:
    """What is to be done before most measurements."""


@dataclass(frozen=True)
class Side:
    """One side: a command of the program in a checkout (`root`), or a function of `sides` with its arguments."""

    words: tuple[str, ...]
    root: Path | None = None
    cache: Path | None = None

    def seconds(self) -> float:
        """How long it takes in a process of its own; a side that measures itself says so."""
        program = ["-m", "itss_kpi"] if self.root else [str(ROOT / "benchmarks" / "sides.py")]
        root = self.root or ROOT
        environment = os.environ | {"ITSS_KPI_CACHE": str(self.cache or CACHE), "PYTHONPATH": str(root)}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # a program is compiled once and not at every start
        start = time.perf_counter()
        command = [sys.executable, *program, *self.words]
        done = subprocess.run(command, cwd=root, env=environment, check=True, capture_output=True, encoding="utf-8")
        whole = time.perf_counter() - start
        said = re.search(r"^seconds (\S+)$", done.stderr, re.MULTILINE)
        return float(said[1]) if said else whole


def ours(*words: str) -> Side:
    """A command of this checkout."""
    return Side(words, ROOT)


@dataclass(frozen=True)
class Comparison:
    """Two sides and the limit of their ratio; `faster` turns both round: at least so many times as fast.

    `same` is whether both found the same: the text that a command wrote, or what a function of `sides` returned.
    """

    what: str
    against: str
    limit: float
    ours: Side
    theirs: Side
    rounds: int
    same: Callable[[Any, Any], bool]
    before: Callable[[], None] = nothing
    faster: bool = False

    def measured(self) -> "Ratio":
        """Both sides in turn, after one run of each that isn't counted (but for a single round)."""
        times: tuple[list[float], list[float]] = ([], [])
        for at in range(self.rounds + (self.rounds > 1)):
            self.before()
            for found, side in zip(times, (self.ours, self.theirs), strict=True):
                seconds = side.seconds()
                if at or self.rounds == 1:
                    found.append(seconds)
        return Ratio(self, times)


@dataclass(frozen=True)
class Ratio:
    """One line of the table: a comparison and the seconds of both sides."""

    comparison: Comparison
    times: tuple[list[float], list[float]]

    @property
    def value(self) -> float:
        """The ratio of the medians."""
        ours, theirs = map(statistics.median, self.times)
        return theirs / ours if self.comparison.faster else ours / theirs

    @property
    def held(self) -> bool:
        """Whether the limit was met."""
        limit = self.comparison.limit
        return self.value >= limit if self.comparison.faster else self.value <= limit

    def line(self) -> str:
        """The line in Markdown."""
        it = self.comparison
        ours, theirs = (f"{statistics.median(times):.2f} s" for times in self.times)
        shown = f"{self.value:.1f}× faster" if it.faster else f"{self.value:.2f}×"
        limit = f"at least {it.limit:g}×" if it.faster else f"at most {it.limit:g}×"
        return f"| {it.what} | {it.against} | {ours} | {theirs} | {shown} | {limit} |"


# ---- what is compared


@dataclass(frozen=True)
class Size:
    """How much of everything; `project` is another catalogue than the sample's, for what writes workbooks, and `each`
    the lengths of the periods that a batch writes."""

    workbooks: int = 60
    year: int = 50_000
    ledgers: tuple[int, int] = (100_000, 1_000_000)
    project: tuple[str, ...] = ()
    each: str = "month,quarter,half,year"

    def writes(self, root: Path, folder: Path) -> tuple[Side, Side]:
        """The year's workbook and those of all its periods, into a folder."""
        report = ("report", "--period", "2022", "--output", str(folder / "2022.xlsx"), *self.project)
        batch = ("batch", "--year", "2022", "--output-dir", str(folder / "all"), "--each", self.each, *self.project)
        return Side(report, root, folder / "cache"), Side(batch, root, folder / "cache")


def written(folder: Path) -> tuple[Path, Path]:
    """The year's workbook as `Size.writes` leaves it, alone and among the others."""
    return folder / "2022.xlsx", folder / "all" / "2022运维服务指标达成情况.xlsx"


def afresh(*folders: Path) -> Callable[[], None]:
    """Removes what was written: a workbook that is there already is read for what was filled in."""

    def remove() -> None:
        for folder in folders:
            shutil.rmtree(folder / "all", ignore_errors=True)
            (folder / "2022.xlsx").unlink(missing_ok=True)

    return remove


def comparisons(size: Size, scratch: Path) -> Iterator[Comparison]:
    """All of them, the short ones first; workbooks are written into `scratch`."""
    small, large = size.ledgers
    yield from _commands()
    yield from _workbooks(size, scratch)
    yield _evidence(small, scratch)
    yield from _year(size.workbooks, size.year)
    yield from _ledger(small, 9, 3)
    yield from _ledger(large, 12, 1)
    yield _warm(large)
    evaluate = ours(*OF_INCIDENTS, "--data", str(data.large(large)), "--format", "json")
    named = f"`evaluate` over a ledger of {large:,} rows × 14 columns, warm"
    yield Comparison(named, IMPORT, 2.5, evaluate, PANDAS, 5, _printed)
    yield from _by_hand(small, 1.4, 5, scratch)
    yield from _by_hand(large, 1.35, 3, scratch)


def _by_hand(rows: int, cold: float, rounds: int, scratch: Path) -> Iterator[Comparison]:
    """Three indicators by month and project beside what somebody would write for them."""
    folder, catalogue = data.alone(rows), str(ROOT / "benchmarks" / "peers" / "kpi_definitions.yaml")
    parquet, book, out = str(folder / data.ROWS), str(folder / data.LARGE), str(scratch / "by hand.xlsx")
    words = ("evaluate", "--period", "2022", "-c", catalogue, "--data", str(folder), "--format", "json")
    what, own = f"3 indicators × month × project over {rows:,} rows", "polars over its own Parquet, whole process"
    yield Comparison(f"{what}, warm", own, 3, ours(*words), Side(("polars_groups", parquet)), rounds, _same_groups)
    alone = Side(("our_groups_alone", str(folder), catalogue)), Side(("polars_groups_alone", parquet))
    yield Comparison(f"{what}, the engine alone", "polars by hand, rows in memory", 2.5, *alone, rounds, dict.__eq__)
    whole, theirs = "fastexcel, polars and xlsxwriter, whole process", Side(("polars_from_workbook", book, out))
    yield Comparison(f"{what}, cold", whole, cold, ours(*words), theirs, rounds, _same_groups, empty_cache)


PANDAS = Side(("import_pandas",))
IMPORT = '`python -c "import pandas"`'


def _commands() -> Iterator[Comparison]:
    bare = "`--help` of a bare one-command Typer app"
    yield Comparison("`itss-kpi --help`", bare, 1.1, ours("--help"), Side(("bare_help",)), 15, _both_help)
    warm = "`evaluate --period 2022Q3`, sample data, warm"
    yield Comparison(warm, IMPORT, 1.7, ours(*QUARTER), PANDAS, 15, _printed)


def _workbooks(size: Size, scratch: Path) -> Iterator[Comparison]:
    report, batch = size.writes(ROOT, scratch)
    one, among = written(scratch)
    command = "`report --period 2022`"
    whole = Side(("evaluate", "--period", "2022", "--format", "csv", *size.project), ROOT, report.cache)

    def concluded(_: str, listed: str) -> bool:
        return _conclusions(one) == [row["结论"] for row in csv.DictReader(listed.splitlines())]

    def alike(*_: str) -> bool:
        return _conclusions(one) == _conclusions(among)

    yield Comparison(
        f"{command}, sample data, warm", "`evaluate --period 2022`", 2.5, report, whole, 7, concluded, afresh(scratch)
    )
    yield Comparison("`batch --year 2022`, 19 workbooks, warm", command, 3, batch, report, 3, alike, afresh(scratch))


def _evidence(rows: int, scratch: Path) -> Comparison:
    mine, other = str(scratch / "ours.xlsx"), str(scratch / "theirs.xlsx")
    return Comparison(
        f"writing {rows:,} rows of evidence", "openpyxl's write-only mode, the same cells", 1.5,
        Side(("our_evidence", str(data.large(rows)), mine)), Side(("openpyxl_evidence", mine, other)), 3,
        lambda *_: _cells(Path(mine)) == _cells(Path(other)),
    )  # fmt: skip


def _year(workbooks: int, rows: int) -> Iterator[Comparison]:
    folder = data.year(workbooks, rows)
    every = ours(*LAST, "--data", str(folder), "--format", "json")
    named = f"`evaluate` over a year of {len(list(folder.rglob('*.xlsx')))} workbooks with {rows:,} rows"
    yield Comparison(f"{named}, warm", IMPORT, 2, every, PANDAS, 7, _printed)
    yield _beside_pandas(named, 8, every, data.files_of(folder), 3)


def _ledger(rows: int, least: float, rounds: int) -> Iterator[Comparison]:
    folder = data.large(rows)
    named, cells = _reading(rows, CACHE)
    theirs = Side(("fastexcel_cells", cells.words[1]))
    loading = "fastexcel loading the same file"
    yield Comparison(f"reading {named}, cold", loading, 1.35, cells, theirs, 3, _same_cells, empty_cache)
    evaluate = ours(*OF_INCIDENTS, "--data", str(folder), "--format", "json")
    yield _beside_pandas(f"`evaluate` over {named}", least, evaluate, data.files_of(folder, INCIDENTS), rounds)


def _warm(rows: int) -> Comparison:
    named, warm = _reading(rows, CACHE)
    _, cold = _reading(rows, OTHER_CACHE)
    return Comparison(
        f"reading {named}, warm",
        "reading it cold",
        10,
        warm,
        cold,
        3,
        _same_cells,
        lambda: empty_cache(OTHER_CACHE),
        True,
    )


def _reading(rows: int, cache: Path) -> tuple[str, Side]:
    file = data.large(rows) / data.LARGE
    return f"a ledger of {rows:,} rows × 14 columns", Side(("our_cells", str(file), str(cache)))


def _beside_pandas(named: str, least: float, evaluate: Side, files: Sequence[Path], rounds: int) -> Comparison:
    theirs = Side(("pandas_rows", *map(str, files)))
    reading = "pandas and openpyxl only reading the same files"
    return Comparison(f"{named}, cold", reading, least, evaluate, theirs, rounds, _same_rows, empty_cache, True)


def empty_cache(cache: Path = CACHE) -> None:
    """Forget all that was read."""
    shutil.rmtree(cache, ignore_errors=True)


# ---- whether both sides found the same


def _both_help(mine: str, other: str) -> bool:
    return "--help" in mine and "--help" in other


def _printed(mine: str, _: None) -> bool:
    return bool(mine)


def _same_groups(mine: str, other: dict[tuple[str, int, str], tuple[int, int]]) -> bool:
    found = {
        (one["indicator"], int(one["period"][5:]), one["group"]): (
            Fraction(one["numerator"]),
            Fraction(one["denominator"]),
        )
        for one in json.loads(mine)["assessments"]
        if one["denominator"] != "0"
    }
    return bool(found) and found == other


def _same_rows(mine: str, other: dict[str, int]) -> bool:
    return {one["path"]: one["header_row"] + one["rows"]["read"] for one in json.loads(mine)["sources"]} == other


def _same_cells(mine: Any, other: Any) -> bool:
    first, second = ([column.to_pylist() for column in table.columns] for table in (mine, other))
    return first == second


def _cells(path: Path) -> list[dict[int, Any]]:
    return [{at: value for at, value in enumerate(row) if value is not None} for row in data.rows_of(path)]


def _conclusions(path: Path) -> list[str]:
    """The conclusion of every period, without its sign, in the order of the workbook's table of results."""
    _, _, header, *rows = data.rows_of(path, "指标达成情况")
    concluded, value = header.index("结论"), header.index("实际值")  # which is what no heading of a group has
    return [row[concluded].split()[-1] for row in rows if row[value] is not None]


# ---- this checkout beside another


def beside(other: Path, size: Size, scratch: Path) -> Iterator[Comparison]:
    """What must not become slower, each checkout over its own sample and with a cache of its own."""
    mine, theirs = folders = scratch / "ours", scratch / "theirs"
    for folder in folders:
        folder.mkdir()
    against = "the other checkout"

    def cold() -> None:
        for folder in folders:
            empty_cache(folder / "cache")

    def pair(*words: str) -> tuple[Side, Side]:
        return Side(words, ROOT, mine / "cache"), Side(words, other, theirs / "cache")

    yield Comparison("`--help`", against, 1.1, *pair("--help"), 15, str.__eq__)
    quarter = pair(*QUARTER, *size.project)
    yield Comparison("`evaluate --period 2022Q3`, cold", against, 1.1, *quarter, 7, str.__eq__, cold)
    yield Comparison("`evaluate --period 2022Q3`, warm", against, 1.1, *quarter, 15, str.__eq__)
    names = ("`report --period 2022`", 5), ("`batch --year 2022`", 3)
    pairs = zip(size.writes(ROOT, mine), size.writes(other, theirs), strict=True)
    books = zip(written(mine), written(theirs), strict=True)
    for (name, rounds), sides, (one, another) in zip(names, pairs, books, strict=True):

        def alike(*_: str, one: Path = one, another: Path = another) -> bool:
            return _conclusions(one) == _conclusions(another)

        yield Comparison(f"{name}, warm", against, 1.1, *sides, rounds, alike, afresh(*folders))


# ---- what is printed


def peak(rows: int) -> str:
    """The largest process of a cold evaluation over a ledger, as a sentence; the worker counts."""
    empty_cache()
    ours(*OF_INCIDENTS, "--data", str(data.large(rows))).seconds()
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    return f"The largest process over {rows:,} rows, cold, took {most:.2f} GiB (limit 1.2 GiB)."


def table(found: Sequence[Ratio], memory: str = "") -> str:
    """The table and the machine it is from."""
    head = ["| measured | compared with | ours | theirs | ratio | limit |", "|---|---|---|---|---|---|"]
    machine = f"Medians, on {os.cpu_count()} cores with Python {platform.python_version()}."
    return "\n".join([*head, *(ratio.line() for ratio in found), "", f"{machine} {memory}".strip()])


def filled(readme: str, text: str) -> str:
    """The document with the table between its marks, if it has them."""
    start, end = map(re.escape, MARKS)
    return re.sub(f"(?s)({start}\n).*?(\n{end})", lambda match: match[1] + text + match[2], readme)


def main() -> int:
    """Measure, print, write; the exit code."""
    parser = argparse.ArgumentParser(description="measures the speed of itss-kpi as ratios of two times")
    parser.add_argument("--check", action="store_true", help="exit with 1 where a limit is not met")
    parser.add_argument("--beside", type=Path, metavar="FOLDER", help="another checkout to measure this one beside")
    given = parser.parse_args()
    size = Size()
    memory = "" if given.beside else peak(size.ledgers[-1])  # first: of all children so far, the largest counts
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        wanted = beside(given.beside.resolve(), size, scratch) if given.beside else comparisons(size, scratch)
        found = []
        for comparison in wanted:
            found.append(comparison.measured())
            for side, times in zip(("ours", "theirs"), found[-1].times, strict=True):
                print(f"{comparison.what}, {side}: {' '.join(f'{seconds:.3f}' for seconds in times)}", flush=True)
    text = table(found, memory)
    print(f"\n{text}")
    if not given.beside:
        readme = ROOT / "docs" / "benchmarks.md"
        readme.write_text(filled(readme.read_text(encoding="utf-8"), text), encoding="utf-8", newline="\n")
    return int(given.check and not all(ratio.held for ratio in found))


if __name__ == "__main__":
    sys.exit(main())
