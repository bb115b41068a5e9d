"""Tables: raw grids + declared source -> one typed table a source, its row accounting and its problems.

Convention: that of a `Table`. Where some row's date can't be read or is astray (in another year than its file's
time), `_file_from` and `_file_to` bound when it may be; `_apart` rows have a date outside their file's time.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.sources import SUBMITTER, Source
from itss_kpi.catalogue.usage import Usage
from itss_kpi.core.likeness import folded
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Export, ExportRows
from itss_kpi.core.rulings import Ruling
from itss_kpi.core.text import BLANK_GROUP
from itss_kpi.reading.grid import RawExport
from itss_kpi.tables import dated, figures, instants, keys, twice, versions
from itss_kpi.tables.columns import type_column
from itss_kpi.tables.rows import Rows, covered_days, keyless_rows
from itss_kpi.tables.ruled import Doubtful, ended, rule_cells, standing, with_rows
from itss_kpi.tables.sheets.data_rows import each_row
from itss_kpi.tables.sheets.ledger_sheets import declared_period, without_some
from itss_kpi.tables.sheets.other_units import mark_other_units
from itss_kpi.tables.spelling import in_one_spelling
from itss_kpi.tables.table import Physical, Table
from itss_kpi.tables.until import until

NOTHING_KNOWN = Usage()
MARKS = {"_uncertain", "_many", "_file_from", "_file_to", "_apart"}


def build_table(
    name: str,
    source: Source,
    raws: Iterable[RawExport],
    departments: Sequence[str],
    year: int,
    usage: Usage = NOTHING_KNOWN,
    as_of: date = date.max,
    rulings: Sequence[Ruling] = (),
) -> tuple[Table, list[Problem]]:
    """The typed table of `source` from its exports (any order; the result doesn't depend on it).

    `departments` and `year` are the plan's; `usage` is what the indicators make of its columns. An export without a
    recognisable header is left out, so that it answers for no month. What is of a time after the day `as_of` is not
    there yet. `rulings` are what persons have ruled of the ledger's files.
    """
    found = sorted(raws, key=lambda raw: (raw.path, raw.grid.sheet))

    def built(ordered: Iterable[RawExport], stand: Sequence[Ruling] = ()) -> tuple[Table, Rows, list[Problem]]:
        files = [list(sheets) for _, sheets in groupby(ordered, key=lambda raw: raw.path)]
        there = until(files, source, departments, year, date.max if usage.planned else as_of)
        rows = Rows(name, source, there.pieces, departments, usage)
        table = _table_of(rows, year, stand, there.problems)
        exports = (*table.exports, *(_unread(raw, source, year) for raw in there.unread))
        begins, later = tuple(sorted(there.begins)), tuple(sorted(there.later))
        return replace(table, exports=exports, begins=begins, later=later), rows, there.problems

    table, rows, problems = built(found)
    if not rulings:
        return table, problems
    stand, void = standing(rulings, Doubtful(table, rows))
    if not stand:
        return table, [*problems, *void]
    table, rows, problems = built(with_rows(found, stand), stand)
    applied, left = ended(stand, Doubtful(table, rows), problems)
    return replace(table, rulings=tuple(applied)), [*left, *void]


def _table_of(rows: Rows, year: int, rulings: Sequence[Ruling], problems: list[Problem]) -> Table:
    """The table of all rows, after it was said what is wrong with them."""
    _type_columns(rows, rulings, problems)
    for rule in _RULES:
        problems += rule(rows)
    times = dated.row_times(rows, year, problems)
    return _with_folded(_assemble(rows, keys.resolve_keys(rows, problems), times), rows.usage.joined)


def _type_columns(rows: Rows, rulings: Sequence[Ruling], problems: list[Problem]) -> None:
    """The declared columns over all rows, with what of them is doubtful."""
    for piece in rows.pieces:
        mark_other_units(piece, rows.source, rows.usage.yuan, problems)
    # the year of each row's file, 0 where it says none: of it are the days that are written without one
    years = each_row(rows.pieces, np.array([one.time[0].year if one.time else 0 for one in rows.pieces], np.int64))
    for name, declared in rows.source.columns.items():
        rows.typed[name] = type_column(name, declared, rows.pieces, rows.departments, years, problems)
    for column in rows.typed.values():
        if column.kind is Kind.INSTANT:
            dated.in_nearest_year(column)
        problems += dated.doubt_first_or_tenth(column) if column.declared.type == "period" else ()
    for column in rows.typed.values():
        problems += in_one_spelling(column, rows.usage)
    rule_cells(rows, rulings, years)


def _parts_alone(rows: Rows) -> Iterator[Problem]:
    """Says which files are only a part by their names, where no other file has the whole."""
    for piece in rows.pieces:
        others = [one.covers for one in rows.pieces if one.raw.department == piece.raw.department and one.covers]
        time = piece.time
        if piece.raw.part and time and not any(days[0] <= time[0] and time[1] <= days[1] for days in others):
            yield Problem("D108", "看不出考核期是否交齐:文件名说它只是一部分", piece.raw.place)


_RULES: tuple[Callable[[Rows], Iterator[Problem]], ...] = (
    figures.doubt_percents,
    figures.doubt_units,
    figures.doubt_products,
    instants.distrust_early,
    instants.distrust_longer,
    instants.distrust_named_once,
    instants.distrust_contradicted,
    instants.distrust_both,
    instants.distrust_other_units,
    instants.distrust_blank_states,
    instants.distrust_unborn,
    instants.report_unclear,
    instants.report_open,
    instants.report_running,
    keys.say_twice_covered,
    dated.settle_covers,
    dated.doubt_newcomers,
    _parts_alone,
    versions.doubt_set_aside,
    versions.doubt_foreign,
    versions.doubt_other_ledgers,
    versions.doubt_other_items,
    versions.doubt_filtered,
    versions.doubt_copies,
    lambda rows: without_some(rows.pieces, rows.source),
    dated.doubt_longer,
    dated.cut_at_gaps,
    versions.doubt_versions,
    keys.doubt_near_keys,
    twice.doubt_twice,
    twice.doubt_pasted,
    twice.doubt_passed_on,
    twice.doubt_told,
    twice.doubt_withdrawn,
    keys.say_keyless,
)
"""What is asked of all rows together, in this order; each may take from a sheet what it answers for."""


def _unread(raw: RawExport, source: Source, year: int) -> Export:
    """A file, or a sheet of it, that could not be read, by whatever reason."""
    covers = raw.covers or declared_period(source, year, raw.department)
    export = Export(raw.source, raw.department, raw.path, raw.grid.sheet, 0, raw.sha256, covers)
    return replace(export, format=raw.format, saved=raw.saved, readable=False)


def _assemble(rows: Rows, resolved: keys.Resolved, times: dated.RowTimes | None) -> Table:
    keep, conflict = resolved.keep, resolved.conflict
    data: dict[str, Any] = {}
    columns: dict[str, Physical] = {SUBMITTER: Physical(Kind.TEXT)}
    for name, typed in rows.typed.items():
        data[name] = typed.values[keep]
        columns[name] = typed.physical
        for state in ("blank", "bad", "days", "never"):
            data |= {f"{name}?{state}": getattr(typed, state)[keep]} if getattr(columns[name], state) else {}
        data |= {f"{name}?end": typed.ends[keep]} if typed.ends is not None else {}
    data[SUBMITTER] = rows.submitters()[keep]
    if (shared := rows.flags("shared")[keep]).any():
        data[f"{SUBMITTER}?bad"] = shared
        columns[SUBMITTER] = Physical(Kind.TEXT, bad=True)
    for name, parts in rows.source.combined.items():
        data[name] = _joined([data[part] for part in parts])
        unread = [data[f"{part}?bad"] for part in parts if f"{part}?bad" in data]
        data |= {f"{name}?bad": np.logical_or.reduce(unread)} if unread else {}
        columns[name] = Physical(Kind.TEXT, bad=bool(unread))
    for _, limit, running in instants.still_running(rows):
        data[limit], columns[limit] = running[keep], Physical(Kind.TRUTH)
    data |= {"_export": rows.export[keep], "_row": rows.row[keep], "_conflict": conflict[keep]}
    keyless = keyless_rows(rows)[keep]
    if rows.source.snapshot:
        data |= dict(zip(("_from", "_to"), (edge[keep] for edge in covered_days(rows)), strict=True))
    data |= {"_uncertain": keyless} if keyless.any() else {}
    many = rows.flags("many")[keep]
    data |= {"_many": many} if many.any() else {}
    if times and rows.source.date:
        columns[rows.source.date] = replace(columns[rows.source.date], astray=bool(times.astray[keep].any()))
        data |= _time_columns(times, keep, rows.source.date, rows.typed[rows.source.date].bad)
    numbers = conflict[keep & (conflict > 0)]
    conflicts = len(np.unique(numbers))
    exports = tuple(_export(rows, at, keep, conflict, times) for at in range(len(rows.pieces)))
    texts = {name: typed.texts if keep.all() else typed.texts.filter(keep) for name, typed in rows.typed.items()}
    return Table(
        rows.name,
        pd.DataFrame(data),
        columns,
        int(keep.sum()) - len(numbers) + conflicts,
        conflicts,
        frozenset(MARKS & data.keys()),
        exports,
        texts,
        resolved.several,
    )


def _joined(parts: Sequence[Any]) -> Any:
    """The names of what stands in several columns; a blank one is as it is shown."""
    rows = zip(*([text or BLANK_GROUP for text in part] for part in parts), strict=True)
    return pd.array([" / ".join(row) for row in rows], dtype="str")


def _with_folded(table: Table, joined: Collection[str]) -> Table:
    """The table with the folded texts of columns by which another ledger's rows are found, or are."""
    names = [name for name in sorted(joined) if table.columns[name].kind is Kind.TEXT]
    for name in names:
        codes, texts = pd.factorize(table.frame[name])
        compared = np.array([folded(str(text)) for text in texts], dtype=object)
        table.frame[f"{name}?folded"] = pd.array(compared[codes], dtype="str")
    return replace(
        table, columns={**table.columns, **{name: replace(table.columns[name], folded=True) for name in names}}
    )


def _time_columns(times: dated.RowTimes, keep: np.ndarray, name: str, bad: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of `times` that some row needs."""
    bounded = bool((bad | times.astray)[keep].any())
    data = {"_file_from": times.start[keep], "_file_to": times.end[keep]} if bounded else {}
    data |= {f"{name}?astray": times.astray[keep]} if times.astray[keep].any() else {}
    return data | ({"_apart": times.apart[keep]} if times.apart[keep].any() else {})


def _export(rows: Rows, at: int, keep: np.ndarray, conflict: np.ndarray, times: dated.RowTimes | None) -> Export:
    piece = rows.pieces[at]
    mine = rows.export == at
    # one key is one record: the first of its variants is kept, the others count as duplicates
    later = (conflict > 0) & (conflict - 1 != np.arange(len(conflict)))
    kept = int((mine & keep & ~later).sum())
    counts = ExportRows(
        piece.counts["read"], kept, piece.counts["blank"], piece.counts["non_data"], int(mine.sum()) - kept
    )
    raw = piece.raw
    export = Export(rows.name, raw.department, raw.path, raw.grid.sheet, piece.header_row, raw.sha256, piece.covers)
    return replace(
        export, rows=counts, format=raw.format, saved=raw.saved, carries=dated.begins_before(rows, at, times)
    )
