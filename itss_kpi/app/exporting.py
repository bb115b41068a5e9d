"""Export: the typed rows of all ledgers as a lake."""

import io
from collections.abc import Iterator
from pathlib import Path

from itss_kpi.app.evaluation import evaluate_files
from itss_kpi.app.inputs import Inputs
from itss_kpi.app.whole_files import write_over


def export(inputs: Inputs, period: str | None, folder: Path) -> Iterator[tuple[Path, int]]:
    """Write a Parquet file for each department, ledger and time below `folder`; each with its number of rows."""
    import pyarrow.parquet as pq

    from itss_kpi.analysis.lake_rows import lake_files

    evaluation = evaluate_files(inputs, period, records=True)
    for name, table in evaluation.ledgers.items():
        for path, rows in lake_files(table, evaluation.catalogue.sources[name]):
            written = io.BytesIO()
            pq.write_table(rows, written, compression="zstd")
            write_over(folder / path, written.getvalue())
            yield folder / path, rows.num_rows
