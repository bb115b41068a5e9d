"""Grid files: a sheet as the worker leaves it, text cells in an Arrow file and beside it what text can't say.

Convention: part of the worker. Row and column numbers are 0-based positions of the sheet; row i of the Arrow file is
the sheet's row i, its column j the sheet's column `indexes[j]`. A null is a blank cell.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from itss_kpi.reading.worker.file_types import MOST_COLUMNS, UnreadableError

ERROR_TEXTS = frozenset(("#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"))
OWN_AUTHOR = "itss-kpi"
"""Who has written the comments of a form, and those in a workbook that was sent back."""
Spots = list[tuple[int, int]]
Merge = tuple[int, int, int, int]


@dataclass(slots=True)
class SheetGrid:
    """One sheet: `cells` as text, and the cells (row, column) or rows of which more must be known.

    `errors` hold an error value, `unsaved` a formula without a stored value, `inexact` a number that lost digits
    (more than 15 of them): none is a blank. `merges` are inclusive (first row, first column, last row, last
    column). `struck_rows` are struck through, `comments` people's (row, column, text), `boxes` the texts that lie over
    the cells. `unseen` says that this format doesn't tell which cells are merged and which rows are hidden.
    """

    sheet: str
    cells: pa.Table = field(default_factory=lambda: pa.table({}))
    indexes: list[int] = field(default_factory=list)
    errors: Spots = field(default_factory=list)
    unsaved: Spots = field(default_factory=list)
    inexact: Spots = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden: bool = False
    epoch_1904: bool = False
    unseen: bool = False
    struck_rows: list[int] = field(default_factory=list)
    comments: list[tuple[int, int, str]] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        """Everything but the cells, as JSON can hold it."""
        names = [name for name in self.__slots__ if name != "cells"]
        return {name: getattr(self, name) for name in names}

    def of_rows(self, rows: Sequence[Sequence[str | None]]) -> "SheetGrid":
        """It with these rows, of any lengths, for cells; a text without a visible character is a blank."""
        width = max(map(len, rows), default=0)
        refuse_wider(width)
        columns: list[list[str | None]] = [[None] * len(rows) for _ in range(width)]
        for at, row in enumerate(rows):
            for column, cell in zip(columns, row, strict=False):
                column[at] = cell or None
        self.indexes = [at for at, column in enumerate(columns) if any(column)]
        self.cells = pa.table({str(at): pa.array(columns[at], pa.string()) for at in self.indexes})
        return self


def refuse_wider(width: int) -> None:
    """Refuse what is wider than any sheet."""
    if width > MOST_COLUMNS:
        raise UnreadableError("D113", f"有一行写到第 {width} 列,超过 Excel 的 {MOST_COLUMNS} 列")


@functools.lru_cache(maxsize=1024)
def column_letter(index: int) -> str:
    """The letters of the 0-based column `index`: 0 is A, 26 is AA."""
    above, last = divmod(index, 26)
    return (column_letter(above - 1) if above else "") + chr(65 + last)


def error_spots(rows: Sequence[Sequence[str | None]]) -> Spots:
    """Where a file that holds text only shows one of Excel's error values."""
    return [(at, column) for at, row in enumerate(rows) for column, cell in enumerate(row) if cell in ERROR_TEXTS]


def write_grid(path: Path, cells: pa.Table) -> None:
    """Write the cells as an Arrow file that can be mapped into memory."""
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, cells.schema) as writer:
        writer.write_table(cells)
