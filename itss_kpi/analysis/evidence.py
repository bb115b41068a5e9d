"""Evidence: the rows behind an indicator's assessments, with what each adds and why the others add nothing.

Convention: a `Ledger` holds a typed table's cells as a spreadsheet holds them (numbers, serial days, text; None where
blank). `evidence_of` puts an indicator's rows of all its periods under one row of `Heading`s. A row that nobody can be
sure of carries a `Weight`: what it adds where the value is lowest and where it is highest.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from itss_kpi.catalogue.catalogue import Catalogue, measure_kinds
from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.indicators import Indicator, Measure
from itss_kpi.catalogue.sources import SPAN_UNITS, SUBMITTER, Column, ColumnType, Source
from itss_kpi.catalogue.wording import said
from itss_kpi.core.period import Period
from itss_kpi.core.results import Assessment
from itss_kpi.core.text import pseudonym, row_place
from itss_kpi.engine.trace import TracedRow, Weight, trace_all, weigh
from itss_kpi.tables.table import Table, row_texts

"""The built-in column 提交部门: a text."""

PLACE = "位置"
"""What names the file, sheet and row of a row that is listed."""

_DAY = 86_400_000_000
_EPOCH_SERIAL = 25569
_PLACING = ("部门", "项目")
"""The dimensions that every row of evidence shows."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of the evidence: its name and the type of its cells, with the unit of a duration."""

    name: str
    type: ColumnType
    unit: str | None = None

    @classmethod
    def of(cls, source: Source, name: str) -> "Heading":
        """The heading for a column of the source."""
        declared = source.column(name)
        return cls(name, declared.type, declared.unit)

    def is_of(self, source: Source) -> bool:
        """Whether the source has such a column."""
        own = (SUBMITTER, *source.columns, *source.combined)
        return self.name in own and self == Heading.of(source, self.name)


class EvidenceRow(NamedTuple):
    """A row of an export: `cells` by heading, what it `adds` by measure (None: not known), and the `reason` why it
    doesn't count or isn't certain. `unread` are the headings whose cell can't be read as its type, `settled` is False
    where the doubt is not in a cell (two rows with one key, a row without one), or in a text that isn't believed."""

    traced: TracedRow
    place: tuple[str, str, int]
    cells: tuple[Any, ...]
    adds: Mapping[str, Fraction | None]
    reason: str
    unread: tuple[int, ...] = ()
    settled: bool = True
    weight: Weight | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of one period; `bounded` where the weights of its doubtful rows give the extremes of its value."""

    period: Period
    window: tuple[date, date]
    rows: Sequence[EvidenceRow]
    bounded: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """All rows behind an indicator's assessments in order of their periods; `total` is how many there are, more than
    are held where a limit cut them."""

    indicator: Indicator
    headings: tuple[Heading, ...]
    blocks: tuple[Block, ...]
    total: int

    @property
    def held(self) -> int:
        """How many rows are held."""
        return sum(len(block.rows) for block in self.blocks)

    @property
    def whole(self) -> bool:
        """Whether no row was cut off."""
        return self.held == self.total

    @property
    def doubtful(self) -> bool:
        """Whether a row carries a weight."""
        return any(row.weight for block in self.blocks for row in block.rows)

    def at(self, name: str) -> int | None:
        """The index of the heading with this name."""
        return next((at for at, heading in enumerate(self.headings) if heading.name == name), None)


def texts_of(catalogue: Catalogue, tables: Mapping[str, Table], row: TracedRow, indicator: Indicator) -> dict[str, str]:
    """A traced row's place, key, dates and the columns that the indicator reads, as the department wrote them."""
    source = catalogue.sources[row.source]
    read = [name for measure in indicator.all_measures.values() for name in catalogue.columns_read(measure)]
    wanted = dict.fromkeys([*source.key, *([source.date] if source.date else []), *read])
    table = tables[row.source]
    export = table.exports[row.export]
    place = {PLACE: row_place(export.path, export.sheet, row.row)}
    return place | row_texts(table, source, row.export, row.row, list(wanted))


def evidence_of(
    catalogue: Catalogue, ledgers: Mapping[str, "Ledger"], indicator: Indicator, items: Sequence[Assessment], limit: int
) -> Evidence:
    """The rows behind the assessments `items` of one indicator, at most `limit` of them.

    Where there are more, those that cost something come first: doubtful, failing, counted, excluded.
    """
    headings = _headings(catalogue, indicator)
    spans = {name for name, kind in measure_kinds(catalogue, indicator).items() if kind is Kind.SPAN}
    tables = {name: ledger.table for name, ledger in ledgers.items()}
    begun = {item.period: item for item in items if item.window[0] < item.window[1]}
    # of several groups in a period, one with doubtful rows is enough
    doubtful = {item.period for item in items if item.doubtful_rows}
    seen = [(item.period, last_seen(item)) for item in begun.values()]
    traced = (
        trace_all(catalogue, tables, indicator, seen) if all(name in tables for name in _by_source(indicator)) else []
    )
    total = sum(map(len, traced))
    shelves = {name: _Shelf.of(ledgers[name], headings) for name in {row.source for rows in traced for row in rows}}
    blocks = []
    left = limit
    for item, rows in zip(begun.values(), traced, strict=False):
        held = _most_telling(rows, left)
        left -= len(held)
        open_value = item.period in doubtful
        weights = weigh(catalogue, tables, indicator, item.period, last_seen(item)) if open_value else {}
        added = _Added(indicator, held)
        shown = [shelves[row.source].row(row, added.of(row), weights or {}) for row in held]
        if indicator.numerator and not indicator.numerator.within:
            shown = [_with_certain(row) if row.weight else row for row in shown]
        shown = [_in_milliseconds(row, spans) for row in shown] if spans else shown
        blocks.append(Block(item.period, item.window, shown, weights is not None))
    return Evidence(indicator, headings, tuple(blocks), total)


def _with_certain(row: EvidenceRow) -> EvidenceRow:
    """A row that is doubtful to one measure, with what it adds to the other for certain."""
    top, bottom = (row.adds.get(name) or Fraction(0) for name in ("numerator", "denominator"))
    known = Weight((top, bottom), (top, bottom), bottom)
    return row._replace(weight=row.weight + known) if row.weight else row


def _in_milliseconds(row: EvidenceRow, spans: Collection[str]) -> EvidenceRow:
    """The row with durations as formulas have them."""
    top, bottom = (Fraction(1, 1000) if names & set(spans) else Fraction(1) for names in _PARTS)
    adds = {name: added / 1000 if added is not None and name in spans else added for name, added in row.adds.items()}
    weight = row.weight and Weight(
        (Fraction(row.weight.lowest[0]) * top, Fraction(row.weight.lowest[1]) * bottom),
        (Fraction(row.weight.highest[0]) * top, Fraction(row.weight.highest[1]) * bottom),
        Fraction(row.weight.least) * bottom,
    )
    return row._replace(adds=adds, weight=weight)


_PARTS = ({"numerator", "value"}, {"denominator"})


def last_seen(item: Assessment) -> date:
    """The last day that the assessment sees."""
    return item.window[1] - timedelta(days=1)


def _most_telling(rows: list[TracedRow], most: int) -> list[TracedRow]:
    if len(rows) <= most:
        return rows
    order = {"doubtful": 0, "failing": 1, "counted": 2, "excluded": 3}
    return sorted(rows, key=lambda row: order[row.kind])[:most]


def _headings(catalogue: Catalogue, indicator: Indicator) -> tuple[Heading, ...]:
    found: dict[Heading, None] = {}
    for name, measures in _by_source(indicator).items():
        source = catalogue.sources[name]
        placing = [source.dimensions[one] for one in _PLACING if one in source.dimensions]
        read = [column for measure in measures for column in catalogue.columns_read(measure)]
        groups = [one for one in (indicator.averaged_over, indicator.for_each) if one]
        wanted = [*source.key, *placing, *([source.date] if source.date else []), *read, *groups]
        for column in dict.fromkeys(wanted):
            found[Heading.of(source, column)] = None
    return tuple(found)


def _by_source(indicator: Indicator) -> dict[str, list[Measure]]:
    found: dict[str, list[Measure]] = {}
    for measure in indicator.all_measures.values():
        if measure.source:
            found.setdefault(measure.source, []).append(measure)
    return found


class _Added:
    """What rows add by measure: 0 where a row doesn't count, None where nobody knows; a record whose variants stand in
    several rows adds what they agree on, once, in the first of them."""

    def __init__(self, indicator: Indicator, rows: Sequence[TracedRow]) -> None:
        self.measures = indicator.all_measures
        self.within = indicator.numerator is not None and indicator.numerator.within is not None
        self.variants: dict[tuple[str, int], list[TracedRow]] = {}
        for row in rows:
            if row.conflict:
                self.variants.setdefault((row.source, row.conflict), []).append(row)

    def of(self, row: TracedRow) -> dict[str, Fraction | None]:
        """What the row adds."""
        if not row.conflict:
            return {name: self._single(name, row) for name in row.standings}
        variants = self.variants[row.source, row.conflict]
        if row is not variants[0]:
            return dict.fromkeys(row.standings, Fraction(0))
        adds = {name: self._agreed(name, variants) for name in row.standings}
        if self.within and adds.get("denominator") is None:
            adds["numerator"] = None  # no part without its whole
        return adds

    def _agreed(self, name: str, variants: Sequence[TracedRow]) -> Fraction | None:
        first, *others = (self._single(name, row) for row in variants)
        return first if all(one == first for one in others) else None

    def _single(self, name: str, row: TracedRow) -> Fraction | None:
        match row.standings[name]:
            case "doubtful":
                return None
            case "counted":
                return Fraction(1) if self.measures[name].measure == "distinct" else row.amounts[name]
            case _:
                return Fraction(0)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """A ledger's cells under the evidence's headings: the columns (None: another source's), and those with unreadable
    cells."""

    ledger: "Ledger"
    columns: Sequence[list[Any] | None]
    unread: Sequence[tuple[int, str, list[bool]]]

    @classmethod
    def of(cls, ledger: "Ledger", headings: Sequence[Heading]) -> "_Shelf":
        """The ledger's columns in order of the headings."""
        own = [heading.is_of(ledger.source) for heading in headings]
        columns = [ledger.column(heading.name) if mine else None for heading, mine in zip(headings, own, strict=True)]
        flags = [(at, heading.name, ledger.unreadable(heading.name)) for at, heading in enumerate(headings) if own[at]]
        return cls(ledger, columns, [(at, name, found) for at, name, found in flags if found])

    def row(
        self, row: TracedRow, adds: Mapping[str, Fraction | None], weights: Mapping[tuple[str, int, int], Weight]
    ) -> EvidenceRow:
        """A traced row with its cells."""
        at = self.ledger.places[row.export, row.row]
        cells = tuple(column[at] if column else None for column in self.columns)
        unread = [(index, name) for index, name, flags in self.unread if flags[at]]
        export = self.ledger.table.exports[row.export]
        alone = not row.conflict and not self.ledger.uncertain[at]
        reason = _reason(row, [_unread(name, cells[index]) for index, name in unread], alone)
        # that a text is not taken for what it says, no formula sees
        columns = self.ledger.source.columns
        texts = (index for index, name in unread if name in columns and columns[name].type == "text")
        settled = alone and not any(cells[index] for index in texts)
        weight = weights.get((row.source, row.export, row.row)) if weights else None
        place = (export.path, export.sheet, row.row)
        return EvidenceRow(row, place, cells, adds, reason, tuple(index for index, _ in unread), settled, weight)


def _unread(name: str, cell: Any) -> str:
    return f"{name} 读不出“{cell}”" if cell else f"{name} 是错误值、没有结果的公式,或必填而空着"


def _reason(row: TracedRow, unread: Sequence[str], settled: bool) -> str:
    match row.kind:
        case "counted":
            return ""
        case "doubtful" if not settled:
            return "同一编号有内容不同的几行" if row.conflict else "没有可靠的编号,或不知该不该计入"
        case "doubtful":
            return ";".join(unread) or "分子大于分母,或所涉的值不能确定"
        case _:
            unmet = row.unmet.get("denominator") or next(iter(row.unmet.values()), None)
            return f"不满足:{said(unmet)}" if unmet else "不在统计区间内,或没有取值"


# ---- a typed table as a spreadsheet holds it


@dataclass(slots=True)
class Ledger:
    """A source's typed table, each of its columns turned into spreadsheet cells when it is first asked for; `places`:
    where a row of an export stands in it; `uncertain`: of which nobody knows if they are rows of their own."""

    source: Source
    table: Table
    places: dict[tuple[int, int], int] = field(init=False)
    uncertain: list[bool] = field(init=False)
    columns: dict[str, list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rows = self.table.rows
        placed = zip(rows["_export"].to_list(), rows["_row"].to_list(), strict=True)
        self.places = {key: at for at, key in enumerate(placed)}
        self.uncertain = rows["_uncertain"].to_list() if self.table.uncertain else [False] * len(rows)

    def unreadable(self, name: str) -> list[bool]:
        """Which cells of a column can't be read as its type; nothing where all can."""
        state = f"{name}?bad"
        return self.table.rows[state].to_list() if state in self.table.rows.columns else []

    def column(self, name: str) -> list[Any]:
        """A column's cells: numbers, serial days, texts, None where blank."""
        if name not in self.columns:
            self.columns[name] = self._cells(name)
        return self.columns[name]

    def _cells(self, name: str) -> list[Any]:
        declared = self.source.column(name)
        frame = self.table.rows
        cells = _spreadsheet_cells(frame[name].to_numpy(), declared, self.table.columns[name].scale)
        if f"{name}?blank" in frame.columns:
            for at in np.flatnonzero(frame[f"{name}?blank"].to_numpy()).tolist():
                cells[at] = None
        if f"{name}?bad" in frame.columns:
            for at in np.flatnonzero(frame[f"{name}?bad"].to_numpy()).tolist():
                text = str(self.table.texts[name][at].as_py() or "") if name in self.table.texts else ""
                cells[at] = pseudonym(text) if declared.sensitive else text
        return cells


def _spreadsheet_cells(values: Any, column: Column, scale: int) -> list[Any]:
    match column.kind:
        case Kind.TEXT:
            return [(pseudonym(text) if column.sensitive else text) or None for text in values.tolist()]
        case Kind.TRUTH:
            return ["是" if value else "否" for value in values.tolist()]
        case Kind.INSTANT:
            days: list[Any] = ((values + _EPOCH_SERIAL * _DAY) / _DAY).tolist()
            return [int(day) if day.is_integer() else day for day in days]
        case Kind.SPAN:
            return [_plain(value, SPAN_UNITS[column.unit or "minute"]) for value in values.tolist()]
        case _:
            return [_plain(value, 10**scale) for value in values.tolist()]


def _plain(value: int, scale: int) -> int | float:
    return value // scale if value % scale == 0 else value / scale


def ledgers_of(catalogue: Catalogue, tables: Mapping[str, Table]) -> dict[str, Ledger]:
    """The ledgers of all tables."""
    return {name: Ledger(catalogue.sources[name], table) for name, table in tables.items()}
