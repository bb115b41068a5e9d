"""Until a day: which sheets of a ledger were there on it.

Convention: as of a day nothing later exists. A sheet is later where the time of which it speaks begins after the day,
but for one of an earlier time under a later name, most rows of which are of that day or before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from itss_kpi.catalogue.expression import micros_of
from itss_kpi.catalogue.sources import Source
from itss_kpi.core.problems import Problem
from itss_kpi.reading.grid import RawExport
from itss_kpi.tables.columns import type_column
from itss_kpi.tables.sheets.data_rows import Piece
from itss_kpi.tables.sheets.ledger_sheets import cut_file


@dataclass(slots=True)
class Until:
    """The pieces that were there by a day, the sheets that were not `unread`, and what is wrong with them; the `later`
    files, by path, of which nothing was; and the days on which the times of all sheets begin."""

    pieces: list[Piece] = field(default_factory=list)
    unread: list[RawExport] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    later: set[str] = field(default_factory=set)
    begins: set[date] = field(default_factory=set)


def until(
    files: Sequence[Sequence[RawExport]], source: Source, departments: Sequence[str], year: int, as_of: date
) -> Until:
    """Cut each file to its tables, but for what is later than the day `as_of`."""
    made = Until()
    for sheets in files:
        problems: list[Problem] = []
        pieces, unread = cut_file(sheets, source, year, problems) if sheets[0].readable else ([], sheets[:1])
        times = [*(piece.time for piece in pieces), *(raw.covers for raw in unread)]
        made.begins |= {time[0] for time in times if time}
        there = [piece for piece in pieces if not _is_later(piece, source, departments, as_of)]
        left = [raw for raw in unread if not raw.covers or raw.covers[0] <= as_of]
        kept = {one.raw.grid.sheet for one in there} | {raw.grid.sheet for raw in left}
        gone = {one.raw.grid.sheet for one in pieces} | {raw.grid.sheet for raw in unread}
        if gone and not kept:
            made.later.add(sheets[0].path)
            continue
        made.pieces += there
        made.unread += left
        made.problems += [one for one in problems if one.place.sheet not in gone - kept]
    return made


def _is_later(piece: Piece, source: Source, departments: Sequence[str], as_of: date) -> bool:
    if not piece.time or piece.time[0] <= as_of:
        return False
    if source.date not in source.columns:
        return True
    years = np.full(len(piece.rows), piece.time[0].year)
    dates = type_column(source.date, source.columns[source.date], [piece], departments, years, [])
    before = dates.values[dates.there] < micros_of(as_of + timedelta(days=1))
    return 2 * int(before.sum()) <= len(before)
