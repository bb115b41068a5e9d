"""What the program is compared with, and its own parts where a whole command would measure too much.

Usage: python benchmarks/sides.py NAME ARGUMENT...: the function of that name, in a process of its own. Convention: a
function imports what it uses, as that is a part of its time, and returns what it found, so that both sides of a
comparison can be held against each other. One that measures only a part of itself says so on stderr: `seconds 1.234`.
"""

import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any


def bare_help() -> None:
    """`--help` of a Typer app with one command."""
    import typer

    app = typer.Typer()

    @app.command()
    def main(name: str = "") -> None:
        print(name)

    app(["--help"], standalone_mode=False)


def import_pandas() -> None:
    """Nothing but the import."""
    import pandas  # noqa: F401


def pandas_rows(*paths: str) -> dict[str, int]:
    """How many rows each workbook has, by department and name, as pandas and openpyxl read it."""
    import pandas

    read = {"/".join(Path(path).parts[-2:]): pandas.read_excel(path, engine="openpyxl", header=None) for path in paths}
    return {shown: len(frame) for shown, frame in read.items()}


def fastexcel_cells(path: str) -> Any:
    """All cells of the first sheet as text, in an Arrow table."""
    import fastexcel

    book = fastexcel.read_excel(Path(path).read_bytes())
    return book.load_sheet(0, header_row=None, skip_rows=0, dtypes="string").to_arrow_with_errors()[0]


def our_cells(path: str, cache: str) -> Any:
    """The same as our reader leaves it, in a file that is mapped and not yet read. The worker reads while this process
    imports, as it does in the program."""
    from itss_kpi.reading.reader import Reader
    from itss_kpi.reading.worker.file_types import Reading

    with Reader() as reader:
        reader.ask([Path(path)], Reading(seconds=600, cache=Path(cache)))
        import pyarrow

        (answer,) = reader.answers()
        with pyarrow.memory_map(answer["sheets"][0]["path"]) as mapped:
            return pyarrow.ipc.open_file(mapped).read_all()


def our_evidence(folder: str, out: str) -> None:
    """The year's incidents as evidence in a workbook; `folder` holds their ledgers."""
    from itss_kpi.analysis.evidence import evidence_of, ledgers_of
    from itss_kpi.app.evaluation import evaluate_files
    from itss_kpi.app.inputs import Inputs
    from itss_kpi.render.xlsx import Book
    from itss_kpi.workbook.evidence import write_evidence

    work = evaluate_files(Inputs(data=Path(folder)), "2022", indicators=["18"])
    catalogue, (indicator,) = work.catalogue, work.indicators
    evidence = evidence_of(catalogue, ledgers_of(catalogue, work.tables), indicator, work.report.assessments, 1_000_000)

    def write() -> None:
        book = Book(datetime(2022, 1, 1))
        write_evidence(book, "证据.xlsx", catalogue, work.tables, evidence, "'x'!A1")
        Path(out).write_bytes(book.content())

    _say_seconds(write)


def openpyxl_evidence(evidence: str, out: str) -> None:
    """The same cells in openpyxl's write-only mode; `evidence` is the workbook that we wrote."""
    from data import rows_of
    from openpyxl import Workbook

    cells = rows_of(Path(evidence))

    def write() -> None:
        book = Workbook(write_only=True)
        written = book.create_sheet()
        for row in cells:
            written.append(row)
        book.save(out)

    _say_seconds(write)


def polars_groups(parquet: str) -> Any:
    """Three indicators by month and project by hand, over a Parquet file of its own."""
    from peers.groups_by_hand import pl, worked_out

    return worked_out(pl.scan_parquet(parquet))


def polars_from_workbook(path: str, out: str) -> Any:
    """The same from the ledger itself, written into a workbook."""
    from peers.groups_by_hand import read, worked_out, written

    found = worked_out(read(Path(path)).lazy())
    written(found, Path(out))
    return found


def polars_groups_alone(parquet: str) -> Any:
    """The same over rows that are in memory: what is measured is only working them out."""
    from peers.groups_by_hand import pl, worked_out

    rows = pl.read_parquet(parquet).lazy()
    worked_out(rows)
    return _say_seconds(lambda: worked_out(rows))


def our_groups_alone(folder: str, catalogue: str) -> Any:
    """The engine over the same rows in memory."""
    from itss_kpi.app.evaluation import evaluate_files
    from itss_kpi.app.inputs import Inputs
    from itss_kpi.engine.evaluate import evaluate

    made = evaluate_files(Inputs(Path(catalogue), Path(folder)), "2022")
    tables, period = made.tables, made.report.period
    report = _say_seconds(lambda: evaluate(made.catalogue, tables, period, as_of=made.report.as_of))
    return {
        (one.indicator, one.period.start.month, one.group): (int(one.numerator or 0), int(one.denominator))
        for one in report.assessments
        if one.denominator
    }


def _say_seconds(work: Callable[[], Any]) -> Any:
    start = time.perf_counter()
    found = work()
    print(f"seconds {time.perf_counter() - start:.6f}", file=sys.stderr)
    return found


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
