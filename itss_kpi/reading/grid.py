"""What was read of a file: a sheet as text, and whose it is.

Convention: row and column numbers inside are 0-based positions of the grid.
"""

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

Spots = tuple[tuple[int, int], ...]
Merge = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet as text: column i of `cells` is the sheet's column number `indexes[i]` (from 0), row j its row j + 1.

    `errors` are the (row, column) positions in `cells` that hold an error value, `unsaved` those of formulas without a
    stored value, `inexact` those of numbers that lost digits; none is a blank. `merges` are the sheet's own inclusive
    (first row, first column, last row, last column). `unseen`: the format doesn't tell merges and hidden rows. What
    stands in the `struck_rows` is struck through.
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
