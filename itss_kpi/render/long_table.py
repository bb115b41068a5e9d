"""The long table as a file: CSV for Excel and Power BI, or Parquet with types."""

import io
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import pyarrow as pa
import pyarrow.parquet as pq

from itss_kpi.core.targets import plain_number
from itss_kpi.core.text import csv_table
from itss_kpi.pages.long_table import COLUMNS, Value

_TYPES = {str: pa.string(), int: pa.int64(), bool: pa.bool_(), date: pa.date32(), Fraction: pa.float64()}
_BOM = "\ufeff"
_MARK = b"itss-kpi.long-table"


def long_csv(rows: Sequence[Sequence[Value]]) -> bytes:
    """The table as CSV in UTF-8, with the mark by which Excel knows that."""
    return (_BOM + csv_table(list(COLUMNS), (list(map(_text, row)) for row in rows))).encode()


def long_parquet(rows: Sequence[Sequence[Value]]) -> bytes:
    """The table as Parquet, each column with its type."""
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    schema = pa.schema([(name, _TYPES[kind]) for name, kind in COLUMNS.items()], metadata={_MARK: b"1"})
    arrays = [
        pa.array([float(one) if isinstance(one, Fraction) else one for one in values], type=field.type)
        for field, values in zip(schema, columns, strict=True)
    ]
    written = io.BytesIO()
    pq.write_table(pa.table(arrays, schema=schema), written)
    return written.getvalue()


def is_ours(content: bytes) -> bool:
    """Whether a file is such a table, in either form."""
    if content.startswith(b"PAR1"):
        return _MARK in content
    return content.startswith((_BOM + csv_table(list(COLUMNS), [])).encode())


def _text(value: Value) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case Fraction():
            return plain_number(value)
        case _:
            return str(value)
