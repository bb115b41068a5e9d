"""Keys: which rows are one record: exact duplicates, and rows of one key with different contents.

Convention: what can't be decided is a conflict, in which one of the rows holds and nobody knows which.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from itss_kpi.catalogue.expression import micros_of
from itss_kpi.catalogue.sources import SUBMITTER, Source
from itss_kpi.core.problems import Place, Problem
from itss_kpi.tables.columns import LISTED_PER_COLUMN, TypedColumn
from itss_kpi.tables.data_rows import Piece, cell_place
from itss_kpi.tables.table import shown_text

# ---- keys, duplicates, the table


@dataclass(slots=True)
class Rows:
    """All data rows of a source: the pieces they come from and their typed columns."""

    name: str
    source: Source
    pieces: Sequence[Piece]
    typed: Mapping[str, TypedColumn]
    unsettled: set[int]
    export: np.ndarray = field(init=False)
    row: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        sizes = [len(piece.rows) for piece in self.pieces]
        self.export = np.repeat(np.arange(len(sizes)), sizes)
        self.row = np.concatenate([piece.rows for piece in self.pieces]) if sizes else np.zeros(0, dtype=np.int64)

    def submitters(self) -> Any:
        names = [piece.raw.department for piece in self.pieces]
        return pd.array(np.array([*names, ""], dtype=object)[self.export], dtype="str")

    def place(self, at: int) -> Place:
        """The cell of the row's key, or of its first column."""
        piece = self.pieces[int(self.export[at])]
        column = next(name for name in (*self.source.key, *piece.where) if name in piece.where)
        return cell_place(piece.raw, int(self.row[at]) - 1, piece.where[column])

    def contents(self, at: int) -> tuple[Any, ...]:
        parts: list[Any] = []
        for column in self.typed.values():
            unread = bool(column.bad[at])
            parts.append((bool(column.blank[at]), unread, str(column.texts[at]) if unread else column.values[at]))
        return tuple(parts)


def resolve_keys(rows: Rows, problems: list[Problem]) -> tuple[np.ndarray, np.ndarray]:
    """Which rows stay, and the conflict number of each row (0: none)."""
    keep = np.ones(len(rows.row), dtype=bool)
    conflict = np.zeros(len(rows.row), dtype=np.int64)
    if not len(keep):
        return keep, conflict
    frame = pd.DataFrame(dict(enumerate(_key_columns(rows))))
    known = ~_without_key(rows)
    repeated = np.flatnonzero(frame.duplicated(keep=False).to_numpy() & known)
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for at, key in zip(repeated.tolist(), frame.iloc[repeated].itertuples(index=False, name=None), strict=True):
        groups[key].append(at)
    repeats: list[Problem] = []
    for members in groups.values():
        _resolve_group(rows, members, keep, conflict, repeats, problems)
    problems.extend(_capped(repeats))
    return keep, conflict


def _capped(repeats: Sequence[Problem]) -> Iterator[Problem]:
    """The first of each export's repeats, and how many more there are: a file handed in twice repeats every row."""
    by_export: dict[Place, list[Problem]] = defaultdict(list)
    for problem in repeats:
        by_export[replace(problem.place, cell="")].append(problem)
    for place, found in by_export.items():
        yield from found[:LISTED_PER_COLUMN]
        if len(found) > LISTED_PER_COLUMN:
            yield Problem("D301", f"另有 {len(found) - LISTED_PER_COLUMN} 行重复", place)


def _key_columns(rows: Rows) -> list[Any]:
    columns = [rows.submitters() if name == SUBMITTER else rows.typed[name].values for name in rows.source.key]
    if rows.source.snapshot:
        columns.append(covered_days(rows)[1])
    return columns


def covered_days(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    days = [piece.covers or (date.max, date.max) for piece in rows.pieces]
    edges = np.array([[micros_of(start), micros_of(end)] for start, end in days] or [[0, 0]], dtype=np.int64)
    return edges[rows.export, 0], edges[rows.export, 1]


def twice_covered(pieces: Sequence[Piece], problems: list[Problem]) -> set[int]:
    """The snapshots (by index) of one department that answer for the same day: which of them holds is not known."""
    found: set[int] = set()
    for at, piece in enumerate(pieces):
        for before, other in enumerate(pieces[:at]):
            one, two = piece.covers, other.covers
            if piece.raw.path == other.raw.path or piece.raw.department != other.raw.department:
                continue  # several sheets of one file are one table
            if one and two and one[0] < two[1] and two[0] < one[1]:
                found |= {at, before}
                place = Place(piece.raw.path, piece.raw.grid.sheet)
                problems.append(Problem("D110", f"与 {other.raw.path} 覆盖同一天,各行按存疑处理", place))
    return found


def keyless_rows(rows: Rows) -> np.ndarray:
    doubtful = [at for at, piece in enumerate(rows.pieces) if piece.ambiguous]
    keyless: np.ndarray = _without_key(rows) | np.isin(rows.export, doubtful)
    return keyless


def _without_key(rows: Rows) -> np.ndarray:
    missing = np.isin(rows.export, list(rows.unsettled))
    for name in rows.source.key:
        if name != SUBMITTER:
            missing |= rows.typed[name].blank | rows.typed[name].bad
    return missing


def _resolve_group(
    rows: Rows,
    members: Sequence[int],
    keep: np.ndarray,
    conflict: np.ndarray,
    repeats: list[Problem],
    problems: list[Problem],
) -> None:
    first: dict[tuple[Any, ...], int] = {}
    key = "、".join(_key_text(rows, members[0]))
    # a row of a sheet that may not count is the same record again, or else doubtful by itself
    doubtful = {at for at in members if rows.pieces[int(rows.export[at])].ambiguous}
    for at in sorted(members, key=lambda at: (at in doubtful, at)):
        twin = first.setdefault(rows.contents(at), at)
        if twin != at:
            keep[at] = False
            repeats.append(Problem("D301", f"{key} 与 {rows.place(twin)} 重复,内容相同", rows.place(at)))
    variants = [at for at in first.values() if at not in doubtful]
    if len(variants) > 1:
        conflict[variants] = variants[0] + 1
        for at in variants[1:]:
            what = f"{key} 与 {rows.place(variants[0])} 编号相同,内容不同({_differences(rows, variants[0], at)})"
            problems.append(Problem("D302", what, rows.place(at)))


def _key_text(rows: Rows, at: int) -> Iterator[str]:
    for name in rows.source.key:
        if name == SUBMITTER:
            yield rows.pieces[int(rows.export[at])].raw.department
        else:
            yield shown_text(str(rows.typed[name].texts[at]), rows.source.columns[name])


def _differences(rows: Rows, one: int, other: int) -> str:
    pairs = zip(rows.typed, rows.contents(one), rows.contents(other), strict=True)
    return "、".join(name for name, left, right in pairs if left != right)
