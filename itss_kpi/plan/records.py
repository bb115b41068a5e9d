"""Records: the rows of a ledger of what was done and decided (`catalogue.ledgers`), read and typed like every export's,
as plain Python values; and whose ledger wasn't handed in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, TypeVar

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.ledgers import Record
from itss_kpi.catalogue.sources import SPAN_UNITS, Column, Source
from itss_kpi.core.period import Period, PeriodKind, periods_due
from itss_kpi.core.results import MissingExport
from itss_kpi.core.text import pseudonym, ranges_text
from itss_kpi.engine.coverage import lacking_months
from itss_kpi.tables.table import Table

Ledgers = Mapping[str, Table]
"""The ledgers of what was done and decided, as read."""
R = TypeVar("R", bound=Record)
_EPOCH = datetime(1970, 1, 1)


def rows_of(kind: type[R], catalogue: Catalogue, tables: Mapping[str, Table]) -> list[R]:
    """The rows of a ledger as records of its kind; none where it isn't declared, or wasn't read."""
    source, table = catalogue.sources.get(kind.source), tables.get(kind.source)
    return records(source, table, kind) if source and table else []


def records(source: Source, table: Table, kind: type[R]) -> list[R]:
    """The ledger's kept rows in order of file, sheet and row."""
    frame = table.rows
    rows = list(zip(frame["_export"].to_list(), frame["_row"].to_list(), strict=True))
    columns = {name: _cells(table, name, column) for name, column in source.columns.items()}
    bad = {name: frame[f"{name}?bad"].to_list() for name in columns if f"{name}?bad" in frame.columns}
    conflict = frame["_conflict"].to_list() if table.conflicts else [0] * len(rows)
    uncertain = frame["_uncertain"].to_list() if table.uncertain else [False] * len(rows)
    found = [
        kind(
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


def merged(rows: Iterable[R]) -> list[R]:
    """Rows of one key as one record, at the place of the first: where they differ nobody knows what holds (`unread`).
    It is `uncertain` only where each of them is."""
    groups: dict[Any, list[R]] = {}
    for row in rows:
        groups.setdefault(row.conflict or row.place, []).append(row)
    return [_merged(own) if len(own) > 1 else own[0] for own in groups.values()]


def _merged(rows: list[R]) -> R:
    first, *others = rows
    differ = {name for name, cell in first.cells.items() if any(other.cells[name] != cell for other in others)}
    return replace(
        first,
        cells={name: None if name in differ else cell for name, cell in first.cells.items()},
        unread=frozenset(differ).union(*(row.unread for row in rows)),
        uncertain=all(row.uncertain for row in rows),
        versions=tuple(rows),
    )


def shown_rows(rows: Iterable[Record], between: str = "-") -> list[str]:
    """Where many rows stand, in short: `信息部/监督检查记录_2022Q1.xlsx!Sheet1!4-9、12`, one text a sheet."""
    sheets: dict[tuple[str, str], set[int]] = {}
    for path, sheet, line in (place for row in rows for place in (row.place, *row.also)):
        sheets.setdefault((path, sheet), set()).add(line)
    found = {pair: ranges_text(lines, between) for pair, lines in sorted(sheets.items())}
    return ["!".join(filter(None, (path, sheet, lines))) for (path, sheet), lines in found.items()]


def _cells(table: Table, name: str, column: Column) -> list[Any]:
    frame = table.rows
    none = [False] * len(frame)
    for state in (f"{name}?blank", f"{name}?bad"):
        if state in frame.columns:
            none = [old or bool(new) for old, new in zip(none, frame[state].to_list(), strict=True)]
    scale = 10 ** table.columns[name].scale
    return [
        None if left else _cell(value, column, scale) for value, left in zip(frame[name].to_list(), none, strict=True)
    ]


def _cell(value: Any, column: Column, scale: int) -> Any:
    match column.kind:
        case Kind.TEXT:
            return (pseudonym(value) if column.sensitive else value) or None
        case Kind.TRUTH:
            return bool(value)
        case Kind.INSTANT:
            moment = _EPOCH + timedelta(microseconds=value)
            return moment if column.type == "datetime" else moment.date()
        case Kind.SPAN:
            return Fraction(value, SPAN_UNITS[column.unit or "minute"])
        case _:
            return Fraction(value, scale)


def absent_until(
    name: str, catalogue: Catalogue, tables: Ledgers, period: Period, as_of: date
) -> tuple[MissingExport, ...]:
    """Where a ledger wasn't handed in since the period began, up to a day in it."""
    return tuple(absences(catalogue, name, tables, period.start, min(as_of, period.last_day)))


def absences(
    catalogue: Catalogue, name: str, tables: Mapping[str, Table], first: date, as_of: date
) -> list[MissingExport]:
    """The departments whose ledger doesn't answer for some month from that of `first` to that of `as_of`."""
    months = [
        month
        for year in range(first.year, as_of.year + 1)
        for month in periods_due(PeriodKind.MONTH, Period(PeriodKind.YEAR, year))
        if month.end > first and month.start <= as_of
    ]
    lacking = {one: lacking_of(tables, name, one, months) for one in catalogue.sources[name].departments}
    return [MissingExport(name, one, tuple(map(str, months))) for one, months in lacking.items() if months]


def lacking_of(ledgers: Ledgers, name: str, department: str, months: Iterable[Period]) -> list[Period]:
    """Those of the months for which a department's ledger doesn't answer."""
    return lacking_months(months, ledgers[name].exports if name in ledgers else (), department)
