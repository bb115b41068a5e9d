"""What was read of a file: a sheet as text, and whose it is.

Convention: row and column numbers inside are 0-based positions of the grid.
"""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa

from itss_kpi.core.problems import Place

Spots = tuple[tuple[int, int], ...]
Merge = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet as text: column i of `cells` is the sheet's column number `indexes[i]` (from 0), row j its row j + 1.

    `errors` are the (row, column) positions in `cells` that hold an error value, `unsaved` those of formulas
    without a stored value, `inexact` those of numbers that lost digits; none is a blank. `merges` are the sheet's
    own inclusive (first row, first column, last row, last column). `unseen`: the format doesn't tell merges and
    hidden rows. What stands in the `struck_rows` is struck through; `comments` are people's, each of a row and
    column. Of a part of a file, `rows` says which each row of `cells` is.
    """

    sheet: str
    cells: pa.Table
    indexes: tuple[int, ...]
    errors: Spots = ()
    unsaved: Spots = ()
    inexact: Spots = ()
    merges: tuple[Merge, ...] = ()
    hidden_rows: tuple[int, ...] = ()
    hidden: bool = False
    epoch_1904: bool = False
    unseen: bool = False
    struck_rows: tuple[int, ...] = ()
    comments: tuple[tuple[int, int, str], ...] = ()
    rows: np.ndarray | None = None

    def numbers_of(self, positions: np.ndarray) -> np.ndarray:
        """The sheet's row numbers, from 1, of positions in `cells`."""
        numbers: np.ndarray = (positions if self.rows is None else self.rows[positions]) + 1
        return numbers

    def positions_of(self, numbers: np.ndarray) -> np.ndarray:
        """The positions in `cells` of the sheet's row numbers, from 1."""
        found: np.ndarray = numbers - 1 if self.rows is None else np.searchsorted(self.rows, numbers - 1)
        return found

    def part(self, rows: np.ndarray, without: int) -> "Grid":
        """The grid of a lake's file with these rows alone, without one of its columns."""
        names = [name for at, name in enumerate(self.cells.column_names) if at != without]
        places = {row: at for at, row in enumerate(rows.tolist())}
        errors = tuple(
            (places[row], column - (column > without))
            for row, column in self.errors
            if row in places and column != without
        )
        indexes = tuple(index for at, index in enumerate(self.indexes) if at != without)
        cells = self.cells.select(names).take(pa.array(rows))
        return replace(self, cells=cells, indexes=indexes, errors=errors, rows=rows)


@dataclass(frozen=True, slots=True)
class RawExport:
    """One sheet of a file that a department handed in, as read: `path` relative to the data folder.

    `covers` is the half-open days that the file's name says; it `asks` where the name says something of time that isn't
    understood, and is a `part` where it says so; `saved` is the day it was last saved, `made` that of the export that
    the name says. A file that is not `readable` has an empty grid. `counted` and `left_out` are the rows of which
    somebody has ruled so.
    """

    source: str
    department: str
    path: str
    sha256: str
    covers: tuple[date, date] | None
    grid: Grid
    format: str = "xlsx"
    saved: date | None = None
    readable: bool = True
    made: date | None = None
    asks: bool = False
    part: bool = False
    counted: frozenset[int] = frozenset()
    left_out: frozenset[int] = frozenset()

    @property
    def place(self) -> Place:
        """The sheet."""
        return Place(self.path, self.grid.sheet)
