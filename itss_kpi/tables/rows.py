"""Rows: all data rows of a source, what their keys are, and which have none.

Convention: keys are compared folded, within the scope that the ledger declares.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.expression import micros_of
from itss_kpi.catalogue.sources import SUBMITTER, Source
from itss_kpi.catalogue.usage import Usage
from itss_kpi.core.problems import Place
from itss_kpi.core.stated import Days
from itss_kpi.tables.columns import TypedColumn
from itss_kpi.tables.sheets.body import cell_place
from itss_kpi.tables.sheets.data_rows import Piece, each_row, placed
from itss_kpi.tables.table import shown_text


@dataclass(slots=True)
class Rows:
    """All data rows of a source: the pieces they come from, their typed columns and what the indicators make of them.
    Of the `unsettled` snapshots (by index) nobody knows which holds. Rows with one number above 0 in `near` may be one
    record."""

    name: str
    source: Source
    pieces: Sequence[Piece]
    departments: Sequence[str]
    usage: Usage
    typed: dict[str, TypedColumn] = field(default_factory=dict)
    unsettled: set[int] = field(default_factory=set)
    export: np.ndarray = field(init=False)
    row: np.ndarray = field(init=False)
    near: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.export = each_row(self.pieces, np.arange(len(self.pieces)))
        self.row = np.concatenate([np.zeros(0, dtype=np.int64), *(piece.rows for piece in self.pieces)])
        self.near = np.zeros(len(self.row), dtype=np.int64)

    def submitters(self) -> Any:
        names = [piece.raw.department for piece in self.pieces]
        return pd.array(np.array([*names, ""], dtype=object)[self.export], dtype="str")

    def flags(self, name: str) -> np.ndarray:
        """What the pieces say of each row: `doubted`, `many`, `merged`, `shared` or `counted`."""
        return np.concatenate([getattr(piece, name) for piece in self.pieces] or [np.zeros(0, dtype=bool)])

    @property
    def doubted(self) -> np.ndarray:
        """Which rows may be no records, and nobody has ruled that they are."""
        return np.asarray(self.flags("doubted") & ~self.flags("counted"))

    @property
    def dates(self) -> TypedColumn | None:
        """The column that dates them."""
        return self.typed.get(self.source.date or "")

    def having(self, rows: np.ndarray) -> Iterator[tuple[Piece, slice]]:
        """Each piece that has some of these rows, and where its own stand."""
        return ((piece, mine) for piece, mine in placed(self.pieces) if rows[mine].any())

    def place(self, at: int) -> Place:
        """The cell of the row's key, or of its first column."""
        piece = self.pieces[int(self.export[at])]
        column = next(name for name in (*self.source.key, *piece.where) if name in piece.where)
        return cell_place(piece.raw, int(self.row[at]) - 1, piece.where[column])


def key_numbers(rows: Rows) -> np.ndarray:
    """A number for each row's key."""
    return numbers_of(key_columns(rows))


def content_numbers(rows: Rows) -> np.ndarray:
    """A number for what each row holds beside its key."""
    every = np.arange(len(rows.row))
    return numbers_of([every * 0, *(codes_of(rows, name, every) for name in rows.typed if name not in rows.source.key)])


def numbers_of(columns: Sequence[np.ndarray]) -> np.ndarray:
    """A number for each row, the same for rows that are equal in all columns."""
    found = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes, known = pd.factorize(column)
        found = pd.factorize(found * (len(known) + 1) + codes)[0]
    return found


class Groups:
    """Rows in groups: what is least or most in the group of each row."""

    def __init__(self, key: np.ndarray) -> None:
        self.order = np.argsort(key, kind="stable")
        ordered = key[self.order]
        self.starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(key) else self.order
        self.place = np.empty(len(key), dtype=np.int64)
        self.place[self.order] = np.cumsum(np.isin(np.arange(len(key)), self.starts)) - 1

    def least(self, values: np.ndarray) -> np.ndarray:
        """For each row the least value (or row of values) of its group."""
        return self._of(np.minimum, values)

    def most(self, values: np.ndarray) -> np.ndarray:
        """For each row the greatest value (or row of values) of its group."""
        return self._of(np.maximum, values)

    def total(self, values: np.ndarray) -> np.ndarray:
        """For each row the sum of its group."""
        return self._of(np.add, values)

    def _of(self, pick: np.ufunc, values: np.ndarray) -> np.ndarray:
        found: np.ndarray = (
            pick.reduceat(values[self.order], self.starts, axis=0)[self.place] if len(values) else values
        )
        return found


def codes_of(rows: Rows, name: str, at: np.ndarray) -> np.ndarray:
    """A number for each row's value of a column, the same for equal ones; 0 for a blank."""
    column = rows.typed[name]
    bad = column.bad[at]
    texts = column.texts.take(pa.array(at)).to_pandas() if bad.any() else None
    told = column.told_apart
    values = pd.Series(told[at] if not isinstance(told, pa.Array) else told.take(at))
    written = values.astype(object).where(~bad, "?" + texts.astype(str)) if texts is not None else values
    codes = pd.factorize(written)[0] + 1
    codes[column.blank[at] & ~bad] = 0
    return codes


def key_columns(rows: Rows) -> list[np.ndarray]:
    """What tells records apart: the key's columns, or all where each row is one, or each line of a file."""
    source = rows.source
    if source.key_scope in ("row", "line"):
        every = np.arange(len(rows.row))
        columns = [codes_of(rows, name, every) for name in rows.typed]
        columns += [codes_by(rows, "department")] if SUBMITTER in source.key and rows.pieces else []
        return [*columns, _nth_in_file(rows, columns)] if source.key_scope == "line" else columns
    return [column for _, column in named_keys(rows)]


def _nth_in_file(rows: Rows, columns: Sequence[np.ndarray]) -> np.ndarray:
    """For each row how many of its file that are equal to it stand before it: in two files the same ones are one."""
    alike = pd.Series(numbers_of([*columns, codes_by(rows, "path")]))
    return np.asarray(alike.groupby(alike).cumcount())


def named_keys(rows: Rows) -> list[tuple[str, np.ndarray]]:
    """The key's columns by name, and within what it is one record's."""
    source = rows.source
    columns = [
        (name, codes_by(rows, "department") if name == SUBMITTER else _folded(rows.typed[name].told_apart))
        for name in source.key
    ]
    if source.snapshot:
        columns.append(("", covered_days(rows)[1]))
    scope = scope_codes(rows, source.key_scope)
    if scope is None:
        return columns
    date = rows.dates
    if source.key_scope == "month" and date is not None and (undated := ~date.there).any():
        # one of no known month may be one with that of any
        key = numbers_of([column for _, column in columns])
        scope = np.where(np.isin(key, key[undated]), -1, scope)
    return [*columns, ("", scope)]


SCOPES = {"department": "部门", "file": "文件", "sheet": "工作表", "month": "月"}
"""Within what a key may be one record's, and what that is called."""


def scope_codes(rows: Rows, scope: str) -> np.ndarray | None:
    """For each row the number of the department, file, sheet or month that it stands in."""
    match scope:
        case "department":
            return codes_by(rows, "department")
        case "file":
            return codes_by(rows, "path")
        case "month" if rows.source.date in rows.typed:
            moments = rows.typed[rows.source.date or ""].values
            return np.asarray(np.asarray(moments).astype("datetime64[us]").astype("datetime64[M]").astype(np.int64))
        case "sheet":
            return rows.export
        case _:
            return None


def codes_by(rows: Rows, of: str) -> np.ndarray:
    """A number for each row by the `department` or the `path` of its file."""
    names = [getattr(piece.raw, of) for piece in rows.pieces]
    return np.asarray(pd.factorize(np.array([*names, ""], dtype=object))[0][rows.export])


def _folded(values: Any) -> np.ndarray:
    """Keys as they are compared, texts as numbers: without case, and without the `.0` of a spreadsheet."""
    if isinstance(values, np.ndarray):
        return values
    texts = pa.array(values, pa.string())
    upper = pc.utf8_upper(texts)
    return np.asarray(pc.replace_substring_regex(upper, r"^(\d+)\.0+$", r"\1").dictionary_encode().indices)


def covered_days(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """For each row the instants between which its sheet answers."""
    return edges_of(rows, [piece.covers or (date.max, date.max) for piece in rows.pieces])


def edges_of(rows: Rows, days: Sequence[Days]) -> tuple[np.ndarray, np.ndarray]:
    """For each row the first and the last instant of what its piece has of these days."""
    edges = np.array([[micros_of(start), micros_of(end)] for start, end in days] or [[0, 0]], dtype=np.int64)
    return edges[rows.export, 0], edges[rows.export, 1]


def keyless_rows(rows: Rows) -> np.ndarray:
    """Which rows may be no records of their own, and nobody has ruled that they are."""
    return np.asarray((without_key(rows) & ~rows.flags("counted")) | rows.doubted)


def without_key(rows: Rows) -> np.ndarray:
    """Which rows have no readable key, or stand in one of two snapshots of a day."""
    missing = np.isin(rows.export, list(rows.unsettled))
    for name in rows.source.key:
        if name != SUBMITTER:
            missing |= rows.typed[name].blank | rows.typed[name].bad
    return missing


def key_text(rows: Rows, at: int) -> str:
    """A row's key as it is shown."""
    parts = []
    for name in rows.source.key:
        if name == SUBMITTER:
            parts.append(rows.pieces[int(rows.export[at])].raw.department)
        else:
            parts.append(shown_text(str(rows.typed[name].texts[at]), rows.source.columns[name]))
    return "、".join(parts)
