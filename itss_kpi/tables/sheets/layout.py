"""Layout: where the tables of a sheet stand: the first header, and those below that map their rows anew.

Convention: row numbers are 0-based positions of the grid. A header below that names no column in another place is a
repeated one, as printing makes them, and begins no table.
"""

from collections.abc import Collection, Iterator

import numpy as np
import pyarrow.compute as pc

from itss_kpi.core.text import fold
from itss_kpi.reading.grid import RawExport
from itss_kpi.tables.sheets.cover import titles_of
from itss_kpi.tables.sheets.header import HEADER_WITHIN, ColumnNames, Header, find_header

HEADER_MOSTLY_WITHIN = 5
"""Rows in which nearly every header stands; the others up to `HEADER_WITHIN` are looked at only where it doesn't."""


def header_of(raw: RawExport, names: ColumnNames) -> Header | None:
    """The header of a sheet, or None where it names fewer than two columns of the ledger."""
    first = _header_within(raw, names, HEADER_MOSTLY_WITHIN)
    complete = first is not None and first.score == len(names.columns)  # then no other row can name more
    return first if complete else _header_within(raw, names, HEADER_WITHIN)


def _header_within(raw: RawExport, names: ColumnNames, within: int) -> Header | None:
    rows = list(_rows(raw, 0, within))
    place = {index: at for at, index in enumerate(raw.grid.indexes)}
    merges = [
        (top, place[left], bottom, max(at for index, at in place.items() if left <= index <= right))
        for top, left, bottom, right in raw.grid.merges
        if left in place and top < HEADER_WITHIN
    ]
    return find_header(rows, merges, names)


def _rows(raw: RawExport, start: int, number: int) -> Iterator[list[str]]:
    columns = [column.slice(start, number).to_pylist() for column in raw.grid.cells.columns]
    for row in zip(*columns, strict=True):
        yield [str(cell).strip() if cell else "" for cell in row]


def tables_of(raw: RawExport, header: Header, names: ColumnNames) -> list[tuple[Header, int]]:
    """The tables of a sheet whose first header is known, from above to below: their header, and the row before which
    they end."""
    headers = [header]
    for row in _rows_of_headings(raw, header, names):
        found = names.match(row, 1, next(_rows(raw, row, 1)))
        repeated = found.where.items() <= headers[-1].where.items() and not _says_anew(raw, row, names.above)
        if names.wanted <= found.named and not repeated:
            headers.append(found)
    ends = [_before_titles(raw, one.row, headers[0].row) for one in headers[1:]] + [raw.grid.cells.num_rows]
    return list(zip(headers, ends, strict=True))


def _rows_of_headings(raw: RawExport, header: Header, names: ColumnNames) -> list[int]:
    """The rows below the header that have a heading where its key or its date stands."""
    below = header.row + header.height
    hits = np.zeros(max(raw.grid.cells.num_rows - below, 0), dtype=bool)
    for at in {header.where[name] for name in names.wanted if name in header.where}:
        hits |= np.asarray(pc.is_in(raw.grid.cells.column(at).slice(below), value_set=names.written))
    return (np.flatnonzero(hits) + below).tolist()


def _says_anew(raw: RawExport, row: int, above: Collection[str]) -> bool:
    """Whether right above a row stands a title of which a column has its one value."""
    texts = list(filter(None, next(_rows(raw, row - 1, 1)))) if above else []
    return any(fold(label) in above for label, _ in titles_of(texts))


def _before_titles(raw: RawExport, row: int, first: int) -> int:
    """The row before which a table ends whose successor's header is at `row`: above that may be its title."""
    while row - 1 > first and sum(map(bool, next(_rows(raw, row - 1, 1)))) <= 1:
        row -= 1
    return row
