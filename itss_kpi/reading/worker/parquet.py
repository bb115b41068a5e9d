"""Parquet: a table of a data lake -> a grid, with the names of its columns for a header.

Convention: part of the worker. A value becomes the text that a spreadsheet would show of it, so that everything after
this reads it as it reads any other cell; what is null is blank.
"""

import json
from io import BytesIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from itss_kpi.reading.worker.file_types import MOST_CELLS, UnreadableError
from itss_kpi.reading.worker.grid_file import ERROR_TEXTS, SheetGrid, refuse_wider
from itss_kpi.reading.worker.number_texts import clock

AS_WRITTEN = "?原文"
"""How the column is called that says what was written where a column beside it is null."""
MARKS = {"_存疑": "_uncertain", "_多条": "_many"}
"""The columns by which a lake says that a row may not count, or stands for several; and a typed table's."""


def read_parquet(content: bytes) -> list[SheetGrid]:
    """The grid of the file's only table."""
    try:
        file = pq.ParquetFile(BytesIO(content))
        refuse_wider(len(file.schema_arrow.names))
        if file.metadata.num_rows * len(file.schema_arrow.names) > MOST_CELLS:
            raise UnreadableError("D113", f"有 {file.metadata.num_rows} 行,格数超过 {MOST_CELLS};此限不可调")
        table = file.read()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError):
        raise UnreadableError("D116", "Parquet 文件不完整,或用了读不了的写法") from None
    return [_grid_of(table)]


def _grid_of(table: pa.Table) -> SheetGrid:
    texts = {name: _texts(column) for name, column in zip(table.schema.names, table.columns, strict=True)}
    for name in [one for one in texts if one.endswith(AS_WRITTEN) and one.removesuffix(AS_WRITTEN) in texts]:
        own = name.removesuffix(AS_WRITTEN)
        texts[own] = pc.coalesce(texts.pop(name), texts[own])
    names = [*texts]
    columns = [pa.concat_arrays([pa.array([name], pa.string()), column]) for name, column in texts.items()]
    cells = pa.table(columns, names=[str(at) for at in range(len(names))])
    errors = [(row, at) for at, column in enumerate(columns) for row in _rows_of_errors(column)]
    return SheetGrid("", cells, list(range(len(names))), errors=errors)


def _rows_of_errors(column: pa.Array) -> list[int]:
    found = pc.indices_nonzero(pc.is_in(column, value_set=pa.array(sorted(ERROR_TEXTS))))
    rows: list[int] = found.to_pylist()
    return rows


def _texts(column: pa.ChunkedArray) -> pa.Array:
    """The values as texts."""
    values, kind = column.combine_chunks(), column.type
    if isinstance(values, pa.ChunkedArray):  # of no chunks
        values = pa.concat_arrays([*values.chunks, pa.array([], kind)])
    if pa.types.is_dictionary(kind):
        values, kind = values.dictionary_decode(), kind.value_type
    if pa.types.is_boolean(kind):
        return pc.if_else(values, "是", "否")
    if pa.types.is_duration(kind) or pa.types.is_time(kind):
        return _clocks(values)
    if pa.types.is_timestamp(kind):
        # a zone stays with the moment, as without it the moment would be another one
        exact = pc.replace_substring_regex(pc.cast(values, pa.string()), r"(\.\d*?)0+(Z?)$", r"\1\2")
        return pc.replace_substring_regex(exact, r"\.(Z?)$", r"\1")
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        texts = [None if one is None else _listed(one) for one in values.to_pylist()]
        return pa.array(texts, pa.string())
    return pc.cast(values, pa.string())


def _clocks(values: pa.Array) -> pa.Array:
    """Durations and times of day as hours, minutes and seconds."""
    whole = pc.cast(values, pa.duration("us") if pa.types.is_duration(values.type) else pa.time64("us"), safe=False)
    micros = pc.cast(whole, pa.int64()).to_pylist()
    return pa.array([None if one is None else _clock(one) for one in micros], pa.string())


def _clock(micros: int) -> str:
    return ("-" if micros < 0 else "") + clock(*divmod(abs(micros), 1_000_000))


def _listed(value: object) -> str:
    """A list as its items; what is neither that nor a text as JSON, which is no value of any column."""
    if isinstance(value, list):
        return "、".join(map(str, value))
    return json.dumps(value, ensure_ascii=False, default=repr)
