"""Tables: raw grids + declared source -> one typed table a source, its row accounting and its problems.

Convention: a typed table holds integers, text and booleans only, never a null. A declared column `X` is one physical
column `X`; `X?blank` and `X?bad` (unreadable) stand beside it only where some row needs them. An instant or duration is
int64 microseconds, a number is int64 scaled by its column's power of ten. Rows keep where they come from: `_export`
(index of `Table.exports`) and `_row` (the sheet's row number). Rows of one key with different contents share a
`_conflict` number above 0 and are one record; `_uncertain` rows have no readable key, or stand in one of two snapshots
of the same day.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from itss_kpi.catalogue.expression import Kind, micros_of
from itss_kpi.catalogue.ledgers import RECORDS
from itss_kpi.catalogue.sources import SUBMITTER, Source
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.results import Export, ExportRows
from itss_kpi.reading.grid import RawExport
from itss_kpi.tables.columns import type_column
from itss_kpi.tables.data_rows import Piece
from itss_kpi.tables.keys import Rows, covered_days, keyless_rows, resolve_keys, twice_covered
from itss_kpi.tables.ledger_sheets import cut_file, declared_period
from itss_kpi.tables.table import Physical, Table


def build_table(
    name: str, source: Source, raws: Iterable[RawExport], departments: Sequence[str], year: int
) -> tuple[Table, list[Problem]]:
    """The typed table of `source` from its exports (any order; the result doesn't depend on it).

    `departments` and `year` are the plan's. An export without a recognisable header is left out, so that it answers
    for no month.
    """
    problems: list[Problem] = []
    ordered = sorted(raws, key=lambda raw: (raw.path, raw.grid.sheet))
    files = [list(sheets) for _, sheets in groupby(ordered, key=lambda raw: raw.path)]
    cut = [cut_file(sheets, source, year, problems) if sheets[0].readable else ([], sheets[:1]) for sheets in files]
    pieces = [piece for found, _ in cut for piece in found]
    unread = [_unread(raw, source, year) for _, left in cut for raw in left]
    problems += _without_period(pieces)
    typed = {
        column: type_column(column, declared, pieces, departments, year, problems)
        for column, declared in source.columns.items()
    }
    rows = Rows(name, source, pieces, typed, twice_covered(pieces, problems) if source.snapshot else set())
    keep, conflict = resolve_keys(rows, problems)
    table = _assemble(rows, keep, conflict, problems)
    return replace(table, exports=(*table.exports, *unread)), problems


def _unread(raw: RawExport, source: Source, year: int) -> Export:
    """A file, or a sheet of it, that could not be read, by whatever reason."""
    covers = raw.covers or declared_period(source, year)
    export = Export(raw.source, raw.department, raw.path, raw.grid.sheet, 0, raw.sha256, covers)
    return replace(export, format=raw.format, saved=raw.saved, readable=False)


def _without_period(pieces: Sequence[Piece]) -> Iterator[Problem]:
    for piece in pieces:
        if piece.covers is None:
            place = Place(piece.raw.path, piece.raw.grid.sheet)
            yield Problem("D108", "看不出考核期:文件名、工作表名和标题行都没有写明一个", place)


def _assemble(rows: Rows, keep: np.ndarray, conflict: np.ndarray, problems: list[Problem]) -> Table:
    data: dict[str, Any] = {}
    columns: dict[str, Physical] = {SUBMITTER: Physical(Kind.TEXT)}
    for name, typed in rows.typed.items():
        data[name] = typed.values[keep]
        columns[name] = typed.physical
        data |= {f"{name}?blank": typed.blank[keep]} if typed.physical.blank else {}
        data |= {f"{name}?bad": typed.bad[keep]} if typed.physical.bad else {}
    data[SUBMITTER] = rows.submitters()[keep]
    data |= {"_export": rows.export[keep], "_row": rows.row[keep], "_conflict": conflict[keep]}
    keyless = keyless_rows(rows)[keep]
    if rows.source.snapshot:
        data |= dict(zip(("_from", "_to"), (edge[keep] for edge in covered_days(rows)), strict=True))
    data |= {"_uncertain": keyless} if keyless.any() else {}
    surplus = _surplus(conflict[keep])
    exports = tuple(_export(rows, at, keep, conflict, problems) for at in range(len(rows.pieces)))
    texts = {name: typed.texts if keep.all() else typed.texts.filter(keep) for name, typed in rows.typed.items()}
    return Table(
        rows.name,
        pd.DataFrame(data),
        columns,
        int(keep.sum()) - surplus,
        len(set(conflict[keep].tolist()) - {0}),
        bool(keyless.any()),
        exports,
        texts,
    )


def _surplus(conflict: np.ndarray) -> int:
    numbers = conflict[conflict > 0]
    return len(numbers) - len(set(numbers.tolist()))


def _export(rows: Rows, at: int, keep: np.ndarray, conflict: np.ndarray, problems: list[Problem]) -> Export:
    piece = rows.pieces[at]
    mine = rows.export == at
    covers = piece.covers
    if covers and _is_elsewhere(rows, mine, covers):
        problems.append(Problem("D111", "没有一行的日期在所写的考核期内", Place(piece.raw.path, piece.raw.grid.sheet)))
        covers = None
    # one key is one record: the first of its variants is kept, the others count as duplicates
    later = (conflict > 0) & (conflict - 1 != np.arange(len(conflict)))
    kept = int((mine & keep & ~later).sum())
    counts = ExportRows(
        piece.counts["read"], kept, piece.counts["blank"], piece.counts["non_data"], int(mine.sum()) - kept
    )
    raw = piece.raw
    export = Export(rows.name, raw.department, raw.path, raw.grid.sheet, piece.header_row, raw.sha256, covers)
    return replace(export, rows=counts, format=raw.format, saved=raw.saved)


def _is_elsewhere(rows: Rows, mine: np.ndarray, covers: tuple[date, date]) -> bool:
    """Whether an export has dated rows but none in the period of its name: it is another period's, named wrongly. What
    was decided in one year may be due in the next, so that of a ledger of records nothing is concluded."""
    if rows.source.date is None or rows.name in RECORDS:
        return False
    dates = rows.typed[rows.source.date]
    dated = mine & ~dates.blank & ~dates.bad
    start, end = map(micros_of, covers)
    return bool(dated.any()) and not (dated & (dates.values >= start) & (dates.values < end)).any()
