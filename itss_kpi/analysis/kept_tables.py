"""Kept tables: a typed table as a file of its own, from which the engine works out the same results again.

Convention: Parquet with the frame's columns; what else a `Table` says is JSON in the file's metadata. Sensitive texts
are kept as hashes, which tell people apart as well as names do.
"""

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
from pydantic import TypeAdapter

from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.sources import Source
from itss_kpi.core.text import pseudonym
from itss_kpi.tables.table import Table

_FACTS = b"itss-kpi/table/1"


_ADAPTER = TypeAdapter(Table)


def to_rows(table: Table) -> pa.Table:
    """The table's rows, with all that it says besides in their metadata."""
    rows = pa.Table.from_pandas(table.pandas, preserve_index=False)
    return rows.replace_schema_metadata({_FACTS: _ADAPTER.dump_json(replace(table, frame=None, texts={}))})


def from_rows(rows: pa.Table) -> Table:
    """The table, without its texts; raises `ValueError` where the rows are of no such table."""
    metadata: Mapping[bytes, Any] = rows.schema.metadata or {}
    if _FACTS not in metadata:
        raise ValueError("no table of the program")
    return replace(_ADAPTER.validate_json(metadata[_FACTS]), frame=rows.replace_schema_metadata(None))


def packed(table: Table, source: Source) -> bytes:
    """The file's bytes."""
    rows = to_rows(table)
    for name, declared in source.columns.items():
        for column in (name, f"{name}?folded") if declared.sensitive else ():
            if column in rows.column_names and table.columns[name].kind is Kind.TEXT:
                hashes = pa.array([pseudonym(text) for text in rows[column].to_pylist()], pa.large_string())
                rows = rows.set_column(rows.column_names.index(column), column, hashes)
    return parquet(rows)


def parquet(rows: pa.Table) -> bytes:
    """Rows as a Parquet file, as small as can be: it is written once and kept for years."""
    import pyarrow.parquet as pq

    written = io.BytesIO()
    pq.write_table(rows, written, compression="zstd", compression_level=19, write_statistics=False)
    return written.getvalue()


def unpacked(content: bytes) -> Table:
    """The table; raises `ValueError` where the bytes are of no such file."""
    import pyarrow.parquet as pq

    try:
        return from_rows(pq.read_table(io.BytesIO(content)))
    except (pa.ArrowInvalid, OSError) as error:
        raise ValueError(str(error)) from None
