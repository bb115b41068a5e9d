"""Layout: where the tables of a sheet stand: the first header, those below that map their rows anew, and where a table
of another kind begins.

Convention: row numbers are 0-based positions of the grid. A header below that names no column in another place is a
repeated one, as printing makes them, and begins no table.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.sources import Source
from itss_kpi.core.text import plain
from itss_kpi.reading.grid import RawExport
from itss_kpi.tables.body import is_filled, matches
from itss_kpi.tables.header import HEADER_WITHIN, ColumnNames, Header, find_header

HEADER_MOSTLY_WITHIN = 5
"""Rows in which nearly every header stands; the others up to `HEADER_WITHIN` are looked at only where it doesn't."""
_FEW = 50
"""Rows without a number in their key beyond which keys are words, and tell nothing of where another table begins."""


@dataclass(frozen=True, slots=True)
class LaidOut:
    """One table of a sheet: its header, the row before which it ends, and how many rows below the header a table of
    another kind begins (None: nowhere)."""

    header: Header
    end: int
    another: int | None = None


def header_of(raw: RawExport, source: Source) -> Header | None:
    """The header of a sheet, or None where it names fewer than two columns of the ledger."""
    first = _header_within(raw, source, HEADER_MOSTLY_WITHIN)
    complete = first is not None and first.score == len(source.columns)  # then no other row can name more
    return first if complete else _header_within(raw, source, HEADER_WITHIN)


def _header_within(raw: RawExport, source: Source, within: int) -> Header | None:
    rows = list(_rows(raw, 0, within))
    place = {index: at for at, index in enumerate(raw.grid.indexes)}
    merges = [
        (top, place[left], bottom, max(place[i] for i in range(left, right + 1) if i in place))
        for top, left, bottom, right in raw.grid.merges
        if left in place and top < HEADER_WITHIN
    ]
    return find_header(rows, merges, source)


def _rows(raw: RawExport, start: int, number: int) -> Iterator[list[str]]:
    columns = [column.slice(start, number).to_pylist() for column in raw.grid.cells.columns]
    for row in zip(*columns, strict=True):
        yield [str(cell).strip() if cell else "" for cell in row]


def tables_of(raw: RawExport, header: Header, source: Source) -> list[LaidOut]:
    """The tables of a sheet whose first header is known, from above to below."""
    headers = [header]
    names = ColumnNames(source)
    for row in _rows_of_headings(raw, header, names):
        found = names.match(row, 1, next(_rows(raw, row, 1)))
        if names.wanted <= found.named and not found.where.items() <= headers[-1].where.items():
            headers.append(found)
    ends = [_before_titles(raw, one.row, headers[0].row) for one in headers[1:]] + [raw.grid.cells.num_rows]
    return [LaidOut(one, end, _another(raw, one, end)) for one, end in zip(headers, ends, strict=True)]


def _rows_of_headings(raw: RawExport, header: Header, names: ColumnNames) -> list[int]:
    """The rows below the header that have a heading where its key or its date stands."""
    below = header.row + header.height
    hits = np.zeros(max(raw.grid.cells.num_rows - below, 0), dtype=bool)
    for at in {header.where[name] for name in names.wanted if name in header.where}:
        hits |= np.asarray(pc.is_in(_column(raw, at, below), value_set=pa.array(names.written, pa.string())))
    return (np.flatnonzero(hits) + below).tolist()


def _column(raw: RawExport, at: int, start: int, end: int | None = None) -> pa.Array:
    rows = raw.grid.cells.column(at).slice(start, None if end is None else max(end - start, 0))
    return pc.utf8_trim_whitespace(rows.combine_chunks())


def _before_titles(raw: RawExport, row: int, first: int) -> int:
    """The row before which a table ends whose successor's header is at `row`: above that may be its title."""
    while row - 1 > first and sum(map(bool, next(_rows(raw, row - 1, 1)))) <= 1:
        row -= 1
    return row


def _another(raw: RawExport, header: Header, end: int) -> int | None:
    """Where a table with headings of its own begins: after a blank row or a title, a row of words above more rows."""
    below = header.row + header.height
    key = min(header.where.values(), default=None)
    if key is None:
        return None
    texts = _column(raw, key, below, end)
    words = is_filled(texts) & ~matches(texts, r"\d")
    candidates = np.flatnonzero(words).tolist()
    if not 0 < len(candidates) <= min(_FEW, int(is_filled(texts).sum()) // 2):
        return None
    for row in candidates:
        titled = row > 0 and _is_heading(next(_rows(raw, below + row, 1)), header.titles)
        above = sum(map(bool, next(_rows(raw, below + row - 1, 1)))) if titled else 2
        if above <= 1 and below + row + 1 < end:
            return row - above
    return None


def _is_heading(cells: Sequence[str], titles: Sequence[str]) -> bool:
    filled = [plain(cell) for cell in cells if cell]
    words = not any(":" in cell or any(map(str.isdigit, cell)) for cell in filled)
    return len(filled) > 2 and words and not set(filled) <= set(titles)
