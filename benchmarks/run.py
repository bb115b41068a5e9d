"""Measures the speed of itss-kpi as ratios of two times, and writes the table into README.

Usage: python benchmarks/run.py [--check]. Run it with the Python that itss-kpi is installed for. Convention: the two
sides of a ratio are run in turn, each in a process of its own, and the medians are compared; so the numbers mean
something on another machine too. "Cold" has nothing in the cache of read files and fills it, "warm" finds everything
there. With --check the exit code is 1 where a limit is not met.
"""

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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import data

ROOT = data.ROOT
PROGRAM = str(Path(sys.executable).with_name("itss-kpi"))
EVALUATE = [PROGRAM, "evaluate", "--period", "2022Q3"]
INCIDENTS = [*EVALUATE, "--indicator", "18", "--indicator", "19"]
CACHE = Path(tempfile.gettempdir()) / "itss-kpi-benchmark-cache"
MARKS = "<!-- benchmarks:start -->", "<!-- benchmarks:end -->"

BARE = """
import typer

app = typer.Typer()


@app.command()
def main(name: str = "") -> None:
    print(name)


app()
"""
READ = """
import pathlib, sys, pandas

for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.xlsx")):
    pandas.read_excel(path, engine="openpyxl")
"""


PARSE = """
import pathlib, sys, fastexcel

for path in sorted(pathlib.Path(sys.argv[1]).rglob("事件工单_2022.xlsx")):
    sheet = fastexcel.read_excel(path.read_bytes()).load_sheet(0, header_row=None, skip_rows=0, dtypes="string")
    sheet.to_arrow_with_errors()
"""
GRIDS = """
import pathlib, resource, sys
from itss_kpi.reading.worker.file_types import Reading
from itss_kpi.reading.reader import Reader

files = sorted(pathlib.Path(sys.argv[1]).rglob("事件工单_2022.xlsx"))
with Reader() as reader:
    reader.ask(files, Reading(seconds=600, cache=pathlib.Path(sys.argv[2])))
    assert all("sheets" in answer for answer in reader.answers())
"""


@dataclass(frozen=True)
class Ratio:
    """One line of the table. `faster` turns the ratio and its limit round: at least so many times as fast."""

    what: str
    against: str
    limit: float
    times: tuple[list[float], list[float]]
    faster: bool = False

    @property
    def value(self) -> float:
        """The ratio of the medians."""
        ours, theirs = map(statistics.median, self.times)
        return theirs / ours if self.faster else ours / theirs

    @property
    def held(self) -> bool:
        """Whether the limit was met."""
        return self.value >= self.limit if self.faster else self.value <= self.limit

    def line(self) -> str:
        """The line in Markdown."""
        ours, theirs = (f"{statistics.median(times):.2f} s" for times in self.times)
        shown = f"{self.value:.1f}× faster" if self.faster else f"{self.value:.2f}×"
        limit = f"at least {self.limit:g}×" if self.faster else f"at most {self.limit:g}×"
        return f"| {self.what} | {self.against} | {ours} | {theirs} | {shown} | {limit} |"


def measure(
    ours: Sequence[str], theirs: Sequence[str], rounds: int, before: Callable[[], None] = lambda: None
) -> tuple[list[float], list[float]]:
    """Seconds that each side takes, run in turn, after one run of each that isn't counted (but for a single round)."""
    times: tuple[list[float], list[float]] = ([], [])
    for at in range(rounds + (rounds > 1)):
        before()
        for found, command in zip(times, (ours, theirs), strict=True):
            seconds = _seconds(command)
            if at or rounds == 1:
                found.append(seconds)
    return times


def _seconds(command: Sequence[str]) -> float:
    # a program is compiled once and not at every start
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment | {"ITSS_KPI_CACHE": str(CACHE)}, check=True, capture_output=True)
    return time.perf_counter() - start


def empty_cache() -> None:
    """Forget all that was read."""
    shutil.rmtree(CACHE, ignore_errors=True)


def ratios() -> list[Ratio]:
    """All measurements, the short ones first."""
    python = sys.executable
    pandas = [python, "-c", "import pandas"]
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE, encoding="utf-8")
        found = [
            Ratio(
                "`itss-kpi --help`", "`--help` of a bare one-command Typer app", 1.5,
                measure([PROGRAM, "--help"], [python, str(bare), "--help"], 15),
            )
        ]  # fmt: skip
    importing = '`python -c "import pandas"`'
    reading = "pandas and openpyxl only reading the same files"
    found.append(Ratio("`evaluate --period 2022Q3`, sample data, warm", importing, 2.5, measure(EVALUATE, pandas, 15)))
    found += [_report(), _evidence(), _batch()]
    books = data.year(60, 50_000)
    every = [*EVALUATE, "--data", str(books)]
    count = len(list(books.rglob("*.xlsx")))
    what = f"`evaluate` over a year of {count} workbooks with 50,000 rows"
    found += [
        Ratio(f"{what}, warm", importing, 2.5, measure(every, pandas, 7)),
        Ratio(f"{what}, cold", reading, 7, measure(every, [python, "-c", READ, str(books)], 3, empty_cache), True),
    ]
    for rows, least, rounds in ((100_000, 8, 3), (1_000_000, 10, 1)):
        folder = data.large(rows)
        grids = [python, "-c", GRIDS, str(folder), str(CACHE)]
        named = f"a ledger of {rows:,} rows × 14 columns"
        parsed = measure(grids, [python, "-c", PARSE, str(folder)], max(3, rounds), empty_cache)
        found.append(Ratio(f"reading {named}, cold", "fastexcel loading the same file", 2, parsed))
        whole = measure([*INCIDENTS, "--data", str(folder)], [python, "-c", READ, str(folder)], rounds, empty_cache)
        found.append(Ratio(f"`evaluate` over {named}, cold", reading, least, whole, True))
    warm = [_seconds(grids) for _ in range(4)][1:]
    found.append(Ratio(f"reading {named}, warm", "reading it cold", 10, (warm, parsed[0]), True))
    print(f"evaluate over {rows:,} rows, warm: {_seconds([*INCIDENTS, '--data', str(folder)]):.2f} s")
    return found


def _report() -> Ratio:
    """The whole year's workbook, with its 19,000 rows of evidence."""
    whole = [PROGRAM, "evaluate", "--period", "2022"]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "2022.xlsx"
        command = [PROGRAM, "report", "--period", "2022", "--output", str(out)]
        times = measure(command, whole, 7, lambda: out.unlink(missing_ok=True))
    return Ratio("`report --period 2022`, sample data, warm", "`evaluate --period 2022`", 4, times)


def _evidence() -> Ratio:
    command = [sys.executable, str(ROOT / "benchmarks" / "evidence.py"), str(data.large(100_000)), "3"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    ours, theirs = ([float(seconds) for seconds in line.split()] for line in done.stdout.splitlines())
    return Ratio("writing 100,000 rows of evidence", "openpyxl's write-only mode, the same cells", 1.5, (ours, theirs))


def _batch() -> Ratio:
    """All workbooks of the year against the largest of them."""
    with tempfile.TemporaryDirectory() as folder:
        out, one = Path(folder) / "all", Path(folder) / "2022.xlsx"
        every = [PROGRAM, "batch", "--year", "2022", "--output-dir", str(out)]
        single = [PROGRAM, "report", "--period", "2022", "--output", str(one)]

        def afresh() -> None:  # a workbook that is there already is read for what was filled in
            shutil.rmtree(out, ignore_errors=True)
            one.unlink(missing_ok=True)

        times = measure(every, single, 3, afresh)
    return Ratio("`batch --year 2022`, 19 workbooks, warm", "`report --period 2022`", 6, times)


def peak() -> str:
    """The largest process of a cold evaluation over a million rows, as a sentence; the worker counts."""
    empty_cache()
    _seconds([*INCIDENTS, "--data", str(data.large(1_000_000))])
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return f"The largest process over 1,000,000 rows, cold, took {most / 1024:.2f} GiB (limit 1.6 GiB)."


def table(found: Sequence[Ratio], memory: str) -> str:
    """The table and the machine it is from."""
    head = ["| measured | compared with | ours | theirs | ratio | limit |", "|---|---|---|---|---|---|"]
    machine = f"Medians, on {os.cpu_count()} cores with Python {platform.python_version()}."
    return "\n".join([*head, *(ratio.line() for ratio in found), "", f"{machine} {memory}"])


def main() -> int:
    """Measure, print, write; the exit code."""
    memory = peak()  # first: of all children so far, the largest counts
    found = ratios()
    for ratio in found:
        for side, times in zip(("ours", "theirs"), ratio.times, strict=True):
            print(f"{ratio.what}, {side}: {' '.join(f'{seconds:.3f}' for seconds in times)}")
    text = table(found, memory)
    print(f"\n{text}")
    readme = ROOT / "README.md"
    start, end = map(re.escape, MARKS)
    filled = re.sub(
        f"({start}\n).*?(\n{end})",
        lambda match: match[1] + text + match[2],
        readme.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    readme.write_text(filled, encoding="utf-8", newline="\n")
    return int("--check" in sys.argv[1:] and not all(ratio.held for ratio in found))


if __name__ == "__main__":
    sys.exit(main())
