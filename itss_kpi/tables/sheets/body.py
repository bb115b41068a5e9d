"""Bodies: the rows of a sheet below its header, as the departments wrote them.

Convention: rows inside are 0-based from the first row below the header; the texts of declared columns are trimmed.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.sources import Source
from itss_kpi.core.problems import Place
from itss_kpi.reading.grid import RawExport
from itss_kpi.reading.worker.grid_file import column_letter
from itss_kpi.tables.sheets import cell_values as cells
from itss_kpi.tables.sheets.header import Header

ANY_YEAR = 2000
_ODD = "[^A-Za-z0-9/_-]"


def cell_place(raw: RawExport, row: int, column: int) -> Place:
    """The place of a grid's cell."""
    letter = column_letter(raw.grid.indexes[column])
    return Place(raw.path, raw.grid.sheet, f"{letter}{row + 1}")


def is_filled(texts: pa.Array) -> np.ndarray:
    """Which texts are not blank."""
    return np.asarray(pc.fill_null(pc.not_equal(texts, ""), False))


def matches(texts: pa.Array, pattern: str) -> np.ndarray:
    """Which texts a pattern is found in."""
    return np.asarray(pc.fill_null(pc.match_substring_regex(texts, pattern), False))


def tried(texts: pa.Array, character: str, pattern: str) -> np.ndarray:
    """Which texts a pattern is found in that is costly to prepare, and of no use where no text has such a character."""
    some = pc.any(pc.match_substring_regex(texts, character)).as_py()
    return matches(texts, pattern) if some else np.zeros(len(texts), dtype=bool)


def among(rows: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Those of the rows that are kept."""
    return np.asarray(rows & keep)


@dataclass(frozen=True)
class Body:
    """The rows of a sheet from below its header (`start`) to before row `end` of the grid; `texts` are the declared
    columns' cells, those of a merge in each of its rows."""

    raw: RawExport
    source: Source
    header: Header
    start: int
    end: int
    texts: Mapping[str, pa.Array]

    def __len__(self) -> int:
        return max(self.end - self.start, 0)

    @functools.cached_property
    def columns(self) -> list[pa.Array]:
        """All columns of the grid, as they are written."""
        rows = self.raw.grid.cells.slice(self.start, len(self))
        return [column.combine_chunks() for column in rows.columns]

    @functools.cached_property
    def marked(self) -> set[int]:
        """The rows in which a cell holds an error, or a formula without a result."""
        spots = (*self.raw.grid.errors, *self.raw.grid.unsaved)
        return {row - self.start for row, _ in spots if self.start <= row < self.end}

    @functools.cached_property
    def filled(self) -> np.ndarray:
        """Which rows have anything in them, declared or not."""
        found = np.zeros(len(self), dtype=bool)
        found[list(self.marked)] = True
        for column in self.columns:
            if found.all():
                break  # most often after the first column, that of the key
            found |= is_filled(column)
        return found

    @functools.cached_property
    def widths(self) -> np.ndarray:
        """How many cells of each row are filled; those of a merge count in each of its rows."""
        names = {at: name for name, at in self.header.where.items()}
        found = np.zeros(len(self), dtype=np.int64)
        for at, column in enumerate(self.columns):
            found += is_filled(self.texts[names[at]] if at in names else column)
        return found

    @functools.cached_property
    def keys(self) -> dict[str, pa.Array]:
        """The key's columns that the header names."""
        return {name: self.texts[name] for name in self.source.key if name in self.header.where}

    @functools.cached_property
    def odd_keys(self) -> dict[str, pa.Array]:
        """The columns of the key in which some text has more than what most numbers consist of."""
        return {name: key for name, key in self.keys.items() if pc.any(pc.match_substring_regex(key, _ODD)).as_py()}

    def cells(self, row: int) -> list[str]:
        """The filled cells of a row, trimmed."""
        found = (str(column[row].as_py() or "").strip() for column in self.columns)
        return [cell for cell in found if cell]

    def place(self, row: int) -> Place:
        """The row's first cell of a declared column."""
        first = next((name for name in (*self.source.key, *self.header.where) if name in self.header.where), None)
        column = self.header.where[first] if first else 0
        return cell_place(self.raw, self.numbers([row])[0] - 1, column)

    def numbers(self, rows: Sequence[int]) -> list[int]:
        """The sheet's numbers of rows."""
        found: list[int] = self.raw.grid.numbers_of(np.array(rows, dtype=np.int64) + self.start).tolist()
        return found


def is_dated(texts: Mapping[str, str], source: Source) -> bool:
    """Whether a date stands in the row's date column: `202207` is a figure too."""
    text = texts.get(source.date or "")
    if text is None or source.date not in source.columns:
        return False
    read = cells.read_period if source.columns[source.date].type == "period" else cells.read_datetime
    return read(text, ANY_YEAR) is not None


def is_undated(body: Body, row: int, texts: Sequence[str]) -> bool:
    """Whether something else than a date stands where a row has one, and no date elsewhere."""
    name = body.source.date or ""
    own = {name: str(body.texts[name][row].as_py() or "")} if name in body.header.where else {}
    undated = bool(own.get(name)) and not is_dated(own, body.source)
    return undated and all(cells.read_datetime(text, ANY_YEAR) is None for text in texts)
