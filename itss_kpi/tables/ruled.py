"""Ruled: what persons have ruled of a ledger's cells and rows, where something was in doubt.

Convention: a ruling ends a doubt and turns nothing that is known: only what is in doubt in the table as it is without
any is read as ruled. How other cells are read doesn't depend on it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from itss_kpi.core.problem_codes import Severity
from itss_kpi.core.problems import Place, Problem, row_of
from itss_kpi.core.rulings import BLANK, COUNTS, LEFT_OUT, Ruling
from itss_kpi.core.text import pseudonym
from itss_kpi.reading.grid import RawExport
from itss_kpi.reading.worker.grid_file import column_letter
from itss_kpi.tables.columns import read_again
from itss_kpi.tables.rows import Rows
from itss_kpi.tables.sheets.data_rows import Piece, placed
from itss_kpi.tables.table import Table

Spot = tuple[str, str, str, int]
"""A path, a sheet, a column's letters (none for a whole row), a row."""


def with_rows(raws: Iterable[RawExport], rulings: Sequence[Ruling]) -> list[RawExport]:
    """The sheets with the rows that rulings count, and leave out."""
    found = []
    for raw in raws:
        mine = [one for one in rulings if _speaks_of(one, raw)]
        sorts = (COUNTS, LEFT_OUT)
        counted, left = (frozenset(row for one in mine if one.reading == sort for row in one.rows) for sort in sorts)
        found.append(replace(raw, counted=counted, left_out=left) if counted or left else raw)
    return found


def rule_cells(rows: Rows, rulings: Sequence[Ruling], years: np.ndarray) -> None:
    """Read the ruled cells as they are ruled."""
    readings: dict[str, dict[int, str]] = defaultdict(dict)
    starts = [mine.start for _, mine in placed(rows.pieces)]
    for one in rulings:
        for name, piece, at in filter(None, cells_of(one, rows.pieces)):
            readings[name][starts[piece] + at] = "" if one.reading == BLANK else one.reading
    for name, own in readings.items():
        read_again(rows.typed[name], own, rows.departments, years)


@dataclass(frozen=True)
class Doubtful:
    """What is in doubt in a table, by cell and row; of its exports the first are those of the rows' pieces."""

    table: Table
    rows: Rows

    def is_there(self, ruling: Ruling) -> bool:
        """Whether the content of which a ruling speaks was read."""
        return any(_speaks_of(ruling, piece.raw) for piece in self.rows.pieces)

    def of(self, ruling: Ruling, *, once_ruled: bool = False) -> list[bool | None]:
        """Whether each cell or row of which a ruling speaks is in doubt; None where it is none of a record. To count a
        row doesn't say which one of a conflict holds."""
        conflicts = once_ruled or ruling.reading != COUNTS
        rows = [None if at is None else self._row(at, conflicts) for at in self._rows(ruling, ruling.rows)]
        return rows + [None if cell is None else self._cell(*cell) for cell in self._cells(ruling)]

    def is_unread(self, ruling: Ruling) -> bool:
        """Whether the reading of some cell is none that its column can have."""
        return any(cell is not None and self._flag(f"{cell[0]}?bad", cell[1]) for cell in self._cells(ruling))

    def _cells(self, ruling: Ruling) -> list[tuple[str, int] | None]:
        """The column and the row of the frame of each cell; None where it is no cell of a record."""
        rows = self._rows(ruling, [row for _, row in ruling.cells])
        pairs = zip(cells_of(ruling, self.rows.pieces), rows, strict=True)
        return [(found[0], row) if found and row is not None else None for found, row in pairs]

    def _rows(self, ruling: Ruling, rows: Iterable[int]) -> list[int | None]:
        """Where rows of a sheet stand in the frame; None where they are no records."""
        frame = self.table.pandas
        mine = [at for at, piece in enumerate(self.rows.pieces) if _speaks_of(ruling, piece.raw)]
        own = frame["_row"][frame["_export"].isin(mine)]
        where = dict(zip(own.tolist(), own.index.tolist(), strict=True))
        return [where.get(row) for row in rows]

    def _row(self, at: int, conflicts: bool) -> bool:
        conflict = conflicts and self.table.pandas["_conflict"].iloc[at] > 0
        return bool(conflict) or any(self._flag(mark, at) for mark in ("_uncertain", "_many"))

    def _cell(self, name: str, at: int) -> bool:
        states = [f"{name}?{state}" for state in ("bad", "days", "never", "astray")]
        if name in self.rows.usage.figured | self.rows.usage.averaged:
            states.append(f"{name}?blank")
        frame = self.table.pandas
        # a cell that couldn't be read holds 0
        early = (
            0 != frame[later].iloc[at] < frame[before].iloc[at]
            for later, before in self.rows.usage.orders
            if before == name
        )
        states += ["_uncertain"] if name in self.rows.source.key else []
        return frame["_conflict"].iloc[at] > 0 or any(early) or any(self._flag(state, at) for state in states)

    def _flag(self, column: str, at: int) -> bool:
        return column in self.table.pandas and bool(self.table.pandas[column].iloc[at])


def _speaks_of(ruling: Ruling, raw: RawExport) -> bool:
    return ruling.is_of(raw.path, raw.sha256) and ruling.sheet == raw.grid.sheet


def cells_of(ruling: Ruling, pieces: Sequence[Piece]) -> list[tuple[str, int, int] | None]:
    """Of each cell of which a ruling speaks the column, the number of the table that has it, and where it has the row;
    None for none of a declared column. Several tables of a sheet have their own columns."""
    own = [at for at, piece in enumerate(pieces) if _speaks_of(ruling, piece.raw)]
    where = {int(row): (at, place) for at in own for place, row in enumerate(pieces[at].rows.tolist())}
    found: list[tuple[str, int, int] | None] = []
    for letters, row in ruling.cells:
        piece, place = where.get(row, (-1, -1))
        columns = pieces[piece].where.items() if piece >= 0 else ()
        name = next((one for one, at in columns if column_letter(pieces[piece].raw.grid.indexes[at]) == letters), None)
        found.append((name, piece, place) if name else None)
    return found


def standing(rulings: Sequence[Ruling], before: Doubtful) -> tuple[list[Ruling], list[Problem]]:
    """Those of the rulings that speak of what is in doubt, and why the others don't count."""
    found, problems = [], []
    for one in rulings:
        if not before.is_there(one):
            problems.append(void(one, f"没有这个指纹的 {one.of_sheet}:文件已改变或不在了"))
        elif not all(before.of(one)):
            problems.append(void(one, f"{one.shown} 没有存疑(或不是记录、不是声明的列),照原样读取"))
        else:
            found.append(one)
    return found, problems


def ended(
    rulings: Sequence[Ruling], after: Doubtful, problems: Iterable[Problem]
) -> tuple[list[Ruling], list[Problem]]:
    """The rulings that count, those of sensitive cells with hidden readings; and what is wrong after them."""
    rulings = [_told(one, after) for one in rulings]
    unread = [one for one in rulings if after.is_unread(one)]
    open_still = [one for one in rulings if one not in unread and any(after.of(one, once_ruled=True))]
    settled = {spot for one in rulings if one not in (*unread, *open_still) for spot in one.spots}
    left = [one for one in problems if one.severity is Severity.INFO or _spot_of(one.place) not in settled]
    left += [void(one, f"“{one.reading}”不是 {one.shown} 那一列能有的值") for one in unread]
    left += [void(one, f"{one.shown} 读作“{one.reading}”以后仍有存疑") for one in open_still]
    stand = [one for one in rulings if one not in unread]
    return stand, [*left, *map(_said, stand)]


def void(ruling: Ruling, why: str) -> Problem:
    """That a ruling doesn't count, and why."""
    return Problem("D319", f"裁定 {ruling.id} 不起作用:{why}", ruling.at)


def _spot_of(place: Place) -> Spot:
    return place.path, place.sheet, place.cell.rstrip("0123456789"), row_of(place)


def _told(ruling: Ruling, after: Doubtful) -> Ruling:
    """With the columns of which it speaks; the reading of a sensitive one as a hash."""
    names = tuple(dict.fromkeys(found[0] for found in cells_of(ruling, after.rows.pieces) if found))
    hidden = any(after.rows.source.columns[name].sensitive for name in names)
    return replace(ruling, columns=names, reading=pseudonym(ruling.reading) if hidden else ruling.reading)


def _said(ruling: Ruling) -> Problem:
    what = f"{ruling.shown} 按裁定 {ruling.id}({ruling.by},{ruling.day})读作“{ruling.reading}”:{ruling.reason}"
    return Problem("D320", what, Place(ruling.path, ruling.sheet))
