"""Records: the rows of a ledger of what was done and decided (纠正措施台账 …) as plain Python values.

Convention: such a ledger is a source with an id that `catalogue.RECORDS` knows; its rows are read and typed like every
export's. A cell is a text, date, datetime, bool or exact `Fraction`, None where blank; one that can't be read is named
in `unread`. Rows of one key with different contents are `disputed`: nobody knows which of them holds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.sources import SPAN_UNITS, Column, Source
from itss_kpi.core.period import Period, PeriodKind, periods_due
from itss_kpi.core.results import Absence
from itss_kpi.core.text import masked, row_place
from itss_kpi.engine.coverage import lacking_months
from itss_kpi.tables.table import Table

_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a ledger: who handed it in, its `place` (file, sheet, row), its cells by column, what can't be read.

    `conflict`: the number that rows of one key with different contents share, 0 for all others; `uncertain`: it has no
    key, or nobody knows whether its sheet counts; both are `disputed`. `versions`: the rows `merged` in it."""

    department: str
    place: tuple[str, str, int]
    cells: Mapping[str, Any]
    unread: frozenset[str] = frozenset()
    disputed: bool = False
    conflict: int = 0
    uncertain: bool = False
    versions: tuple["Record", ...] = ()

    def text(self, column: str) -> str:
        """A text cell; '' where it is blank or can't be read."""
        return str(self.cells.get(column) or "")

    def day(self, column: str) -> date | None:
        """A day; None where it is blank or can't be read."""
        found = self.cells.get(column)
        return found.date() if isinstance(found, datetime) else found

    @property
    def also(self) -> tuple[tuple[str, str, int], ...]:
        """Where the other rows stand that were merged in it."""
        return tuple(row.place for row in self.versions[1:])

    @property
    def shown_place(self) -> str:
        """The place as shown: `综合管理部/纠正措施台账_2022.xlsx!Sheet1!5`; of merged rows all of them."""
        return "、".join(row_place(*place) for place in (self.place, *self.also))

    def is_blank(self, column: str) -> bool:
        """Whether nothing is written in a cell, or nothing but blanks; one that can't be read is not blank."""
        cell = self.cells.get(column)
        return column not in self.unread and not str("" if cell is None else cell).strip()


def records(source: Source, table: Table) -> list[Record]:
    """The ledger's kept rows in order of file, sheet and row."""
    frame = table.frame
    rows = list(zip(frame["_export"].tolist(), frame["_row"].tolist(), strict=True))
    columns = {name: _cells(table, name, column) for name, column in source.columns.items()}
    bad = {name: frame[f"{name}?bad"].tolist() for name in columns if f"{name}?bad" in frame}
    conflict = frame["_conflict"].tolist() if table.conflicts else [0] * len(rows)
    uncertain = frame["_uncertain"].tolist() if table.uncertain else [False] * len(rows)
    found = [
        Record(
            table.exports[export].department,
            (table.exports[export].path, table.exports[export].sheet, row),
            {name: cells[at] for name, cells in columns.items()},
            frozenset(name for name, flags in bad.items() if flags[at]),
            bool(conflict[at] or uncertain[at]),
            int(conflict[at]),
            bool(uncertain[at]),
        )
        for at, (export, row) in enumerate(rows)
    ]
    return sorted(found, key=lambda one: one.place)


def merged(rows: Iterable[Record]) -> list[Record]:
    """Rows of one key as one record, at the place of the first: where they differ nobody knows what holds (`unread`).
    It is `uncertain` only where each of them is."""
    groups: dict[Any, list[Record]] = {}
    for row in rows:
        groups.setdefault(row.conflict or row.place, []).append(row)
    return [_merged(own) if len(own) > 1 else own[0] for own in groups.values()]


def _merged(rows: list[Record]) -> Record:
    first, *others = rows
    differ = {name for name, cell in first.cells.items() if any(other.cells[name] != cell for other in others)}
    return replace(
        first,
        cells={name: None if name in differ else cell for name, cell in first.cells.items()},
        unread=frozenset(differ).union(*(row.unread for row in rows)),
        uncertain=all(row.uncertain for row in rows),
        versions=tuple(rows),
    )


def shown_rows(rows: Iterable[Record]) -> list[str]:
    """Where many rows stand, in short: `信息部/监督检查记录_2022Q1.xlsx!Sheet1!4-9、12`, one text a sheet."""
    sheets: dict[tuple[str, str], set[int]] = {}
    for path, sheet, line in (place for row in rows for place in (row.place, *row.also)):
        sheets.setdefault((path, sheet), set()).add(line)
    found = {pair: _ranges(sorted(lines)) for pair, lines in sorted(sheets.items())}
    return ["!".join(filter(None, (path, sheet, lines))) for (path, sheet), lines in found.items()]


def _ranges(lines: list[int]) -> str:
    starts = [line for line in lines if line - 1 not in lines]
    ends = [line for line in lines if line + 1 not in lines]
    return "、".join(str(low) if low == high else f"{low}-{high}" for low, high in zip(starts, ends, strict=True))


def place_json(row: Record) -> dict[str, Any]:
    """Where a record stands, for other programs; `also`: its other rows."""
    (path, sheet, line), others = row.place, row.also
    also = {"also": [{"path": path, "sheet": sheet, "row": line} for path, sheet, line in others]} if others else {}
    return {"path": path, "sheet": sheet, "row": line} | also


def absence_json(one: Absence) -> dict[str, Any]:
    """A department whose ledger isn't there for some months, for other programs."""
    return {"department": one.department, "months": list(one.months)}


def _cells(table: Table, name: str, column: Column) -> list[Any]:
    frame = table.frame
    none = [False] * len(frame)
    for state in (f"{name}?blank", f"{name}?bad"):
        if state in frame:
            none = [old or bool(new) for old, new in zip(none, frame[state].tolist(), strict=True)]
    scale = 10 ** table.columns[name].scale
    return [
        None if left else _cell(value, column, scale) for value, left in zip(frame[name].tolist(), none, strict=True)
    ]


def _cell(value: Any, column: Column, scale: int) -> Any:
    match column.kind:
        case Kind.TEXT:
            return (masked(value) if column.sensitive else value) or None
        case Kind.TRUTH:
            return bool(value)
        case Kind.INSTANT:
            moment = _EPOCH + timedelta(microseconds=value)
            return moment if column.type == "datetime" else moment.date()
        case Kind.SPAN:
            return Fraction(value, SPAN_UNITS[column.unit or "minute"])
        case _:
            return Fraction(value, scale)


def absences(catalogue: Catalogue, name: str, tables: Mapping[str, Table], first: date, as_of: date) -> list[Absence]:
    """The departments whose ledger doesn't answer for some month from that of `first` to that of `as_of`."""
    months = [
        month
        for year in range(first.year, as_of.year + 1)
        for month in periods_due(PeriodKind.MONTH, Period(PeriodKind.YEAR, year))
        if month.end > first and month.start <= as_of
    ]
    exports = tables[name].exports if name in tables else ()
    lacking = {one: lacking_months(months, exports, one) for one in catalogue.sources[name].departments}
    return [Absence(name, one, tuple(map(str, months))) for one, months in lacking.items() if months]
