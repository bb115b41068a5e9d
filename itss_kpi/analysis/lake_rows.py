"""Lake rows: what a ledger's files say, as typed tables that others read, and that read again say the same.

Convention: a table for each department and time, under the column names of the catalogue. What could not be read stands
as it was written in a column of its own, `列?原文`; of whom and where a row is, and whether it counts, in columns whose
names begin with `_`. Sensitive texts are hashes.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.analysis.drift import exact, mask_of
from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.sources import SUBMITTER, Column, Source
from itss_kpi.core.period import period_text
from itss_kpi.core.text import pseudonym
from itss_kpi.reading.worker.parquet import AS_WRITTEN, MARKS
from itss_kpi.tables.table import Table

_DIGITS = 38
_PARTS = ((SUBMITTER, "department"), ("_文件", "path"), ("_工作表", "sheet"))


def lake_files(table: Table, source: Source) -> Iterator[tuple[str, pa.Table]]:
    """By its path in the lake, each file's rows."""
    grouped: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, export in enumerate(table.exports):
        if export.readable:
            time = period_text(*export.covers).replace(" ", "") if export.covers else "考核期不明"
            grouped[export.department, time].append(at)
    for (department, time), exports in sorted(grouped.items()):
        rows = np.flatnonzero(table.pandas["_export"].isin(exports))
        yield f"{department}/{source.name}_{time}.parquet", _rows(table, source, rows)


def _rows(table: Table, source: Source, at: np.ndarray) -> pa.Table:
    frame = table.pandas.iloc[at]
    made: dict[str, Any] = {}
    for name, column in source.columns.items():
        texts = table.texts[name].take(pa.array(at)).to_pylist()
        bad, blank, days = (mask_of(frame, f"{name}?{state}") for state in ("bad", "blank", "days"))
        made[name] = _values(table, name, column, frame, texts, blank | bad)
        kept = _as_written(column, texts, bad, days)
        made |= {f"{name}{AS_WRITTEN}": pa.array(kept, pa.string())} if any(kept) else {}
    exports = [table.exports[one] for one in frame["_export"]]
    made |= {name: pa.array([getattr(one, field) for one in exports], pa.string()) for name, field in _PARTS}
    made["_行"] = pa.array(frame["_row"].to_numpy(), pa.int64())
    for title, mark in MARKS.items():
        made |= {title: pa.array(flags)} if (flags := mask_of(frame, mark)).any() else {}
    return pa.table(made)


def _as_written(column: Column, texts: Sequence[str | None], bad: np.ndarray, days: np.ndarray) -> list[str | None]:
    """What was written in the cells that could not be read, with a word by which it can't be read now either; and in
    those that have a day without its time."""
    word = "" if column.kind is Kind.TEXT else "(存疑)"
    return [
        (pseudonym(text) if column.sensitive else text + word) if lost and text else text if day else None
        for text, lost, day in zip(texts, bad, days, strict=True)
    ]


def _values(
    table: Table, name: str, column: Column, frame: Any, texts: Sequence[str | None], without: np.ndarray
) -> pa.Array:
    values = frame[name]
    if column.kind is Kind.TEXT:
        shown = [pseudonym(text) if column.sensitive and text else text or None for text in values]
        return pa.array(shown, pa.string())
    if column.type == "period":
        return pa.array(texts, pa.string(), mask=without)
    physical = table.columns[name]
    if column.type == "percent":
        shown = [f"{Decimal(one).scaleb(2 - physical.scale):f}%" for one in values.tolist()]
        return pa.array(shown, pa.string(), mask=without)
    known = exact(values, physical, _DIGITS)
    known = pc.if_else(pa.array(without), pa.scalar(None, known.type), known)
    return known.cast(pa.date32()) if column.type == "date" else known
