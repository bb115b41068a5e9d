"""What was read of a file: a sheet as text, and whose it is.

Convention: row and column numbers inside are 0-based positions of the grid.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.sources import SUBMITTER, Source
from itss_kpi.core.problems import Place
from itss_kpi.reading.worker.grid_file import SheetGrid


@dataclass(slots=True)
class Grid(SheetGrid):
    """A sheet as the worker leaves it, but that its `errors`, `unsaved`, `inexact` and `comments` name the columns by
    their positions in `cells`. Of a part of a file, `rows` says which each row of `cells` is."""

    rows: np.ndarray | None = None

    def numbers_of(self, positions: np.ndarray) -> np.ndarray:
        """The sheet's row numbers, from 1, of positions in `cells`."""
        return np.asarray((positions if self.rows is None else self.rows[positions]) + 1)

    def positions_of(self, numbers: np.ndarray) -> np.ndarray:
        """The positions in `cells` of the sheet's row numbers, from 1."""
        return np.asarray(numbers - 1 if self.rows is None else np.searchsorted(self.rows, numbers - 1))

    def part(self, rows: np.ndarray, without: int) -> "Grid":
        """The grid of a lake's file with these rows alone, without one of its columns."""
        names = [name for at, name in enumerate(self.cells.column_names) if at != without]
        places = {row: at for at, row in enumerate(rows.tolist())}
        errors = [
            (places[row], column - (column > without))
            for row, column in self.errors
            if row in places and column != without
        ]
        indexes = [index for at, index in enumerate(self.indexes) if at != without]
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


# ---- of what the worker answers


def grids_for(source: Source, sheets: Sequence[Mapping[str, Any]], is_shared: bool) -> list[Grid]:
    """The sheets of the declared name, else all that hold something; a file with one sheet, and of one source, needs no
    name."""
    filled = [sheet for sheet in sheets if sheet["indexes"]]
    if source.sheet is None:
        meant = [sheet for sheet in sheets if sheet["indexes"] or sheet["sheet"] == source.name]
    else:
        meant = [sheet for sheet in sheets if any(map(source.means, (sheet["sheet"], _COPY.sub("", sheet["sheet"]))))]
        meant = meant or (filled if len(filled) == 1 and not is_shared else [])
    return [grid_of(sheet) for sheet in meant]


_COPY = re.compile(r"\s*[(\uff08]\d+[)\uff09]$|[-_ ]*(?:副本|copy)$", re.IGNORECASE)
"""What a spreadsheet calls the copy of a sheet."""


def grid_of(sheet: Mapping[str, Any]) -> Grid:
    """The grid that the reader left of a sheet of its answer."""
    with pa.memory_map(sheet["path"]) as mapped:
        cells = pa.ipc.open_file(mapped).read_all()
    at = {index: column for column, index in enumerate(sheet["indexes"])}
    facts = {one.name: sheet[one.name] for one in fields(SheetGrid) if one.name != "cells"}
    for name in ("errors", "unsaved", "inexact", "comments"):
        facts[name] = [(row, at[column], *text) for row, column, *text in sheet[name] if column in at]
    facts["merges"] = [box for box in map(tuple, sheet["merges"]) if box[0] <= box[2] and box[1] <= box[3]]
    return Grid(cells=cells, **facts)


def by_department(grid: Grid, department: str, source: Source) -> Iterator[tuple[str, Grid]]:
    """The grid of this department, or where its rows say whose they are one for each, even without rows: the lake, or
    the database, answers for all."""
    at = next((at for at, column in enumerate(grid.cells.columns) if column[0].as_py() == SUBMITTER), None)
    if department or at is None:
        yield department, grid if at is None else grid.part(np.arange(grid.cells.num_rows), at)
        return
    names = pc.fill_null(grid.cells.column(at), "")
    for name in dict.fromkeys([*source.departments, *names.slice(1).unique().to_pylist()]):
        mine = np.array(pc.equal(names, name))
        mine[0] = True  # the header
        yield name, grid.part(np.flatnonzero(mine), at)
