"""Records: the rows of a ledger of what was done and decided (纠正措施台账 …) as plain Python values.

Convention: such a ledger is a source with an id that `catalogue.RECORDS` knows; its rows are read and typed like every
export's. A cell is a text, date, datetime, bool or exact `Fraction`, None where blank; one that can't be read is named
in `unread`. Rows of one key with different contents are `disputed`: nobody knows which of them holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from itss_kpi.catalogue import SPAN_UNITS, Catalogue, Column, Source
from itss_kpi.engine import lacking_months
from itss_kpi.expression import Kind
from itss_kpi.period import Period, PeriodKind, periods_due
from itss_kpi.results import Absence
from itss_kpi.tables import Table
from itss_kpi.text import masked, row_place

_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a ledger: who handed it in, its `place` (file, sheet, row), its cells by column, what can't be read."""

    department: str
    place: tuple[str, str, int]
    cells: Mapping[str, Any]
    unread: frozenset[str] = frozenset()
    disputed: bool = False

    def text(self, column: str) -> str:
        """A text cell; '' where it is blank or can't be read."""
        return str(self.cells.get(column) or "")

    def day(self, column: str) -> date | None:
        """A day; None where it is blank or can't be read."""
        found = self.cells.get(column)
        return found.date() if isinstance(found, datetime) else found

    @property
    def shown_place(self) -> str:
        """The place as shown: `综合管理部/纠正措施台账_2022.xlsx!Sheet1!5`."""
        return row_place(*self.place)


def records(source: Source, table: Table) -> list[Record]:
    """The ledger's kept rows in order of file, sheet and row."""
    frame = table.frame
    rows = list(zip(frame["_export"].tolist(), frame["_row"].tolist(), strict=True))
    columns = {name: _cells(table, name, column) for name, column in source.columns.items()}
    bad = {name: frame[f"{name}?bad"].tolist() for name in columns if f"{name}?bad" in frame}
    doubtful = _disputed(table, len(rows))
    found = [
        Record(
            table.exports[export].department, (table.exports[export].path, table.exports[export].sheet, row),
            {name: cells[at] for name, cells in columns.items()},
            frozenset(name for name, flags in bad.items() if flags[at]), doubtful[at],
        )
        for at, (export, row) in enumerate(rows)
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.place)


def _disputed(table: Table, rows: int) -> list[bool]:
    found = [False] * rows
    for column, there in (("_conflict", table.conflicts), ("_uncertain", table.uncertain)):
        if there:
            found = [old or bool(new) for old, new in zip(found, table.frame[column].tolist(), strict=True)]
    return found


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
