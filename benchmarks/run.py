"""Measures the speed of itss-kpi as ratios of two times, and writes the table into README.

Usage: python benchmarks/run.py [--check]. Run it with the Python that itss-kpi is installed for. Convention: the two
sides of a ratio are run in turn, each in a process of its own, and the medians are compared; so the numbers mean
something on another machine too. With --check the exit code is 1 where a limit is not met.
"""

import hashlib
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "sample_data"
PROGRAM = str(Path(sys.executable).with_name("itss-kpi"))
EVALUATE = [PROGRAM, "evaluate", "--period", "2022Q3"]
KEYS = ("工单编号", "工单号")
ROWS = 100_000
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


def measure(ours: Sequence[str], theirs: Sequence[str], rounds: int) -> tuple[list[float], list[float]]:
    """Seconds that each side takes, run in turn, after one run of each that isn't counted."""
    times: tuple[list[float], list[float]] = ([], [])
    for at in range(rounds + 1):
        for found, command in zip(times, (ours, theirs), strict=True):
            seconds = _seconds(command)
            if at:
                found.append(seconds)
    return times


def _seconds(command: Sequence[str]) -> float:
    # a program is compiled once and not at every start
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def scaled_sample() -> Path:
    """The sample with its incidents repeated until there are about `ROWS`; made once and kept among temporary files."""
    books = sorted(SAMPLE.rglob("事件工单_*.xlsx"))
    content = b"".join(path.read_bytes() for path in [Path(__file__), *sorted(SAMPLE.rglob("*.xlsx"))])
    folder = Path(tempfile.gettempdir()) / f"itss-kpi-benchmark-{hashlib.sha256(content).hexdigest()[:16]}"
    if folder.is_dir():
        return folder
    print("making the workbooks …", flush=True)
    making = Path(tempfile.mkdtemp(prefix="itss-kpi-benchmark-"))
    shutil.copytree(SAMPLE, making, dirs_exist_ok=True)
    sheets = {path: openpyxl.load_workbook(path, read_only=True).worksheets[0] for path in books}
    rows = {path: [list(row) for row in sheet.iter_rows(values_only=True)] for path, sheet in sheets.items()}
    copies = ROWS // sum(len(found) for found in rows.values()) + 1
    for path, found in rows.items():
        _write(making / path.relative_to(SAMPLE), sheets[path].title, found, copies)
    return making.rename(folder)


def _write(path: Path, title: str, rows: Sequence[Sequence[object]], copies: int) -> None:
    """The rows below the header `copies` times, with keys of their own; what stands above and below them, once."""
    header, key = next((at, row.index(name)) for at, row in enumerate(rows) for name in KEYS if name in row)
    filled = [at for at, row in enumerate(rows) if at > header and sum(cell is not None for cell in row) > 5]
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in rows[: header + 1]:
        sheet.append(row)
    for copy in range(copies):
        for at in filled:
            sheet.append([*rows[at][:key], f"{rows[at][key]}-{copy}", *rows[at][key + 1 :]])
    for row in rows[filled[-1] + 1 :]:
        sheet.append(row)
    book.save(path)


def ratios() -> list[Ratio]:
    """The three measurements."""
    python = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE, encoding="utf-8")
        help_times = measure([PROGRAM, "--help"], [python, str(bare), "--help"], 15)
    sample_times = measure(EVALUATE, [python, "-c", "import pandas"], 15)
    large = scaled_sample()
    large_times = measure([*EVALUATE, "--data", str(large)], [python, "-c", READ, str(large)], 3)
    return [
        Ratio("`itss-kpi --help`", "`--help` of a bare one-command Typer app", 1.5, help_times),
        Ratio("`itss-kpi evaluate --period 2022Q3`, sample data", '`python -c "import pandas"`', 2.5, sample_times),
        Ratio(
            f"the same over {ROWS:,} incident rows",
            "pandas and openpyxl only reading the same files",
            6,
            large_times,
            faster=True,
        ),
    ]


def table(found: Sequence[Ratio]) -> str:
    """The table and the machine it is from."""
    head = ["| measured | compared with | ours | theirs | ratio | limit |", "|---|---|---|---|---|---|"]
    machine = f"Medians, on {os.cpu_count()} cores with Python {platform.python_version()}."
    return "\n".join([*head, *(ratio.line() for ratio in found), "", machine])


def main() -> int:
    """Measure, print, write; the exit code."""
    found = ratios()
    for ratio in found:
        for side, times in zip(("ours", "theirs"), ratio.times, strict=True):
            print(f"{ratio.what}, {side}: {' '.join(f'{seconds:.3f}' for seconds in times)}")
    text = table(found)
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
