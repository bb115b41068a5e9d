"""Seconds to write 100,000 rows of evidence, ours and those of openpyxl's write-only mode for the same cells.

Usage: python benchmarks/evidence.py FOLDER ROUNDS; two lines of seconds on stdout. FOLDER holds a ledger of incidents.
"""

import io
import sys
import time
from datetime import datetime
from itertools import islice
from pathlib import Path

from openpyxl import Workbook, load_workbook

from itss_kpi.analysis.evidence import gather, ledgers_of
from itss_kpi.app.evaluation import work_out
from itss_kpi.render.xlsx import Book
from itss_kpi.workbook.evidence import write_evidence


def main(folder: Path, rounds: int) -> None:
    """Measure both in turn."""
    work = work_out(None, folder, "2022", None, ["18"], None)
    catalogue, (indicator,) = work.catalogue, work.indicators
    evidence = gather(catalogue, ledgers_of(catalogue, work.tables), indicator, work.report.assessments, 1_000_000)

    def ours() -> bytes:
        book = Book(datetime(2022, 1, 1))
        write_evidence(book, catalogue, work.tables, evidence, "'x'!A1", "")
        return book.content()

    sheet = load_workbook(io.BytesIO(ours()), read_only=True).worksheets[0]
    cells = [list(row) for row in islice(sheet.iter_rows(values_only=True), 100_000)]

    def theirs() -> None:
        book = Workbook(write_only=True)
        written = book.create_sheet()
        for row in cells:
            written.append(row)
        book.save(io.BytesIO())

    times: tuple[list[str], list[str]] = ([], [])
    for _ in range(rounds):
        for found, write in zip(times, (ours, theirs), strict=True):
            start = time.perf_counter()
            write()
            found.append(f"{time.perf_counter() - start:.3f}")
    print(" ".join(times[0]))
    print(" ".join(times[1]))
    print(f"{evidence.held} rows, {len(cells[-1])} columns", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
