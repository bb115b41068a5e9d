"""Keys: which rows are one record: exact duplicates, and rows of one key with different contents.

Convention: keys are compared folded. What can't be decided is a conflict, in which one of the rows holds and nobody
knows which, or each of them is a record of its own.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.expression import Kind, micros_of
from itss_kpi.catalogue.sources import SUBMITTER, Source
from itss_kpi.core.problems import Place, Problem
from itss_kpi.tables.body import cell_place, is_filled, matches
from itss_kpi.tables.columns import TypedColumn, cell_problems
from itss_kpi.tables.data_rows import Piece
from itss_kpi.tables.spelling import alike
from itss_kpi.tables.table import shown_text

LONGEST_RUN = 10_000
"""Rows of a sheet whose keys may be a running number that a department gives by hand."""


@dataclass(slots=True)
class Rows:
    """All data rows of a source: the pieces they come from and their typed columns. Rows with one number above 0 in
    `near` may be one record."""

    name: str
    source: Source
    pieces: Sequence[Piece]
    typed: Mapping[str, TypedColumn]
    unsettled: set[int]
    export: np.ndarray = field(init=False)
    row: np.ndarray = field(init=False)
    near: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        sizes = [len(piece.rows) for piece in self.pieces]
        self.export = np.repeat(np.arange(len(sizes)), sizes)
        self.row = np.concatenate([piece.rows for piece in self.pieces]) if sizes else np.zeros(0, dtype=np.int64)
        self.near = np.zeros(len(self.row), dtype=np.int64)

    def submitters(self) -> Any:
        names = [piece.raw.department for piece in self.pieces]
        return pd.array(np.array([*names, ""], dtype=object)[self.export], dtype="str")

    def flags(self, name: str) -> np.ndarray:
        """What the pieces say of each row: `doubted`, `many`, `merged` or `counted`."""
        return np.concatenate([getattr(piece, name) for piece in self.pieces] or [np.zeros(0, dtype=bool)])

    @property
    def doubted(self) -> np.ndarray:
        """Which rows may be no records, and nobody has ruled that they are."""
        found: np.ndarray = self.flags("doubted") & ~self.flags("counted")
        return found

    def place(self, at: int) -> Place:
        """The cell of the row's key, or of its first column."""
        piece = self.pieces[int(self.export[at])]
        column = next(name for name in (*self.source.key, *piece.where) if name in piece.where)
        return cell_place(piece.raw, int(self.row[at]) - 1, piece.where[column])


@dataclass(slots=True)
class Resolved:
    """Which rows stay, the conflict number of each row (0: none), and the numbers of those conflicts in which there may
    be as many records as rows."""

    keep: np.ndarray
    conflict: np.ndarray
    several: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Repeats:
    """Rows whose key stands more than once: where `at` in the table, with numbers of their key, contents and date;
    whether the key is a running number (`numbered`), which may begin `anew` where an equal row stands."""

    at: np.ndarray
    key: np.ndarray
    content: np.ndarray
    date: np.ndarray
    ambiguous: np.ndarray
    numbered: np.ndarray
    anew: np.ndarray

    def where(self, mask: np.ndarray) -> "Repeats":
        """Those rows whose key still stands more than once among them."""
        known = self.key[mask]
        mask = np.flatnonzero(mask)[np.bincount(known)[known] > 1] if len(known) else np.flatnonzero(mask)
        return Repeats(*(getattr(self, each.name)[mask] for each in fields(self)))


def key_numbers(rows: Rows) -> np.ndarray:
    """A number for each row's key."""
    return numbers_of(_key_columns(rows))


def content_numbers(rows: Rows) -> np.ndarray:
    """A number for what each row holds beside its key."""
    every = np.arange(len(rows.row))
    return numbers_of([every * 0, *(_codes(rows, name, every) for name in rows.typed if name not in rows.source.key)])


_UNEVEN = (r"\s", r"[-_]", r"(?:^|\D)0\d", "^['`\u2019]")
"""What some keys may have and others not, though they are meant for the same."""


def doubt_near_keys(rows: Rows) -> Iterator[Problem]:
    """Doubt rows whose key differs from an earlier one's only by inner blanks, dashes or leading zeros; where the
    contents differ, too, nobody knows which of them hold, and they are `near` each other."""
    names = [one for one in rows.source.key if one != SUBMITTER and rows.source.columns[one].kind is Kind.TEXT]
    uneven = any(_is_mixed(rows.typed[name].texts, form) for name in names for form in _UNEVEN)
    if not uneven or rows.source.key_scope == "row":
        return
    known = np.flatnonzero(~_without_key(rows))
    exact = key_numbers(rows)[known]
    texts = {name: pa.array(rows.typed[name].values, pa.string()) for name in names}
    loose = [_loose_codes(texts[name]) if name in texts else column for name, column in _named_keys(rows)]
    near = numbers_of([column[known] for column in loose])
    first = exact[np.unique(near, return_index=True)[1]][near] if len(near) else exact
    counted = rows.flags("counted")[known]
    uneven_ones = (exact != first) & ~counted
    groups, contents = Groups(near), content_numbers(rows)[known]
    differ = groups.most(uneven_ones) & (groups.least(contents) != groups.most(contents)) & ~counted
    rows.near[known[differ]] = near[differ] + 1
    for export in np.unique(rows.export[known[uneven_ones]]).tolist():
        piece = rows.pieces[export]
        mine = (rows.export[known] == export) & uneven_ones
        piece.doubted[known[mine & ~differ] - int(np.argmax(rows.export == export))] = True
        at = int(known[mine][0])
        what = f"{int(mine.sum())} 行的编号与别的行只差空格、横线或前面的零(如 {_key_text(rows, at)}),不知是不是同一条"
        yield Problem("D318", what, rows.place(at))


def _is_mixed(texts: pa.Array, form: str) -> bool:
    lengths = pc.min_max(pc.binary_length(texts)).as_py()
    if lengths["min"] == lengths["max"]:
        return False  # what lacks a sign that others have is shorter
    found = matches(texts, form)
    return bool(found.any()) and not bool(found[is_filled(texts)].all())


def _loose_codes(texts: pa.Array) -> np.ndarray:
    encoded = texts.dictionary_encode()
    common = alike(str(text) for text in encoded.dictionary.to_pylist())
    codes: np.ndarray = pd.factorize(np.array([*common.values()], dtype=object))[0][np.asarray(encoded.indices)]
    return codes


def say_keyless(rows: Rows) -> Iterator[Problem]:
    """Says which rows have no number, where the catalogue doesn't say that they must."""
    for name in rows.source.key:
        column = rows.typed.get(name)
        if column is not None and (said := column.blank & ~rows.flags("counted")).any():
            what = f"“{name}”空着,不知是不是一条记录"
            yield from cell_problems("D204", name, rows.pieces, said, column.texts, what)


def resolve_keys(rows: Rows, problems: list[Problem]) -> Resolved:
    """Which rows of one key are one record, whatever order the files come in; those near each other are one or many."""
    found = _resolve_equal(rows, problems)
    at = np.flatnonzero((rows.near > 0) & found.keep)
    if len(at):
        groups = Groups(rows.near[at])
        several = groups.total(np.ones(len(at), dtype=np.int64)) > 1
        found.conflict[at[several]] = groups.least(at)[several] + 1
        found.several |= frozenset(found.conflict[at[several]].tolist())
    return found


def _resolve_equal(rows: Rows, problems: list[Problem]) -> Resolved:
    found = Resolved(np.ones(len(rows.row), dtype=bool), np.zeros(len(rows.row), dtype=np.int64))
    known = np.flatnonzero(~_without_key(rows))
    key = numbers_of([column[known] for column in _key_columns(rows)])
    again = np.bincount(key)[key] > 1 if len(key) else key > 0
    if not again.any():
        return found
    repeats = _repeats(rows, key[again], known[again])
    pairs = numbers_of([repeats.key, repeats.content])
    first = np.unique(pairs, return_index=True)[1][pairs]
    twin = (first != np.arange(len(first))) & ~repeats.anew
    found.keep[repeats.at[twin]] = False
    # a key that was merged over its rows on purpose needs no word
    said = twin & ~rows.flags("merged")[repeats.at]
    problems += _said_twice(rows, repeats.at[said].tolist(), repeats.at[first[said]].tolist())
    left = repeats.where(~twin & ~repeats.ambiguous)
    earlier = _is_older_version(rows, left) if rows.source.latest else _is_earlier_state(rows, left)
    found.keep[left.at[earlier]] = False
    problems += _said_earlier(rows, left.at[earlier])
    left = left.where(~earlier)
    groups = Groups(left.key)
    found.conflict[left.at] = groups.least(left.at) + 1
    apart = left.numbered | (groups.least(left.date) != groups.most(left.date))
    found.several = frozenset(found.conflict[left.at[apart]].tolist())
    problems += _said_conflicts(rows, left)
    return found


def _repeats(rows: Rows, key: np.ndarray, at: np.ndarray) -> Repeats:
    # first the rows that count for certain: one of a sheet that may not count is the same record again
    doubtful = rows.doubted[at]
    order = np.lexsort((at, doubtful))
    at, key, doubtful = at[order], key[order], doubtful[order]
    codes = [_codes(rows, name, at) for name in rows.typed]
    date = codes[[*rows.typed].index(rows.source.date)] if rows.source.date else np.zeros(len(at))
    numbered = _numbered(rows)[rows.export[at]]
    made = Repeats(at, key, numbers_of(codes), date, doubtful, numbered, numbered)
    return replace(made, anew=numbered & ~_one_record(rows, made)) if numbered.any() else made


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


def _codes(rows: Rows, name: str, at: np.ndarray) -> np.ndarray:
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


def _numbered(rows: Rows) -> np.ndarray:
    """Whether the pieces number their own rows: 1, 2, 3 and so on, perhaps several times."""
    names = [name for name in rows.source.key if name != SUBMITTER]
    found = np.zeros(len(rows.pieces), dtype=bool)
    if len(names) != 1 or rows.source.snapshot:
        return found
    for at, piece in enumerate(rows.pieces):
        column = piece.texts[names[0]]
        texts = [text for text in column.to_pylist() if text] if 0 < len(column) <= LONGEST_RUN else []
        # a heading between (3号楼) is no number
        counted = [text for text in texts if text.isascii() and text.isdigit()]
        begins = bool(counted) and counted[0] == "1" and 4 * (len(texts) - len(counted)) <= len(texts)
        numbers = [int(text) if len(text) < 5 else -1 for text in (counted if begins else [])]
        steps = sum(one == before + 1 or one == 1 for before, one in pairwise([0, *numbers]))
        found[at] = begins and 10 * steps >= 9 * len(numbers)
    return found


def _one_record(rows: Rows, found: Repeats) -> np.ndarray:
    """Whether a row with a running number is, where its contents stand again, the same record: in another file of the
    same department whose time meets that of its own."""
    same = np.zeros(len(found.at), dtype=bool)
    pairs = numbers_of([found.key, found.content])
    order = np.argsort(pairs, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(pairs[order])) + 1):
        files = rows.export[found.at[group]].tolist()
        pieces = [rows.pieces[at] for at in files]
        times = [piece.time or (date.min, date.max) for piece in pieces]
        meet = all(one[0] < other[1] and other[0] < one[1] for one, other in pairwise(times))
        apart = len({piece.raw.path for piece in pieces}) == len(pieces)
        same[group] = meet and apart and len({piece.raw.department for piece in pieces}) == 1
    return same


def _is_older_version(rows: Rows, left: Repeats) -> np.ndarray:
    """Which rows are older than another of their key by the column that tells the latest."""
    column = rows.typed[rows.source.latest or ""]
    groups = Groups(left.key)
    values = np.asarray(column.values)[left.at]
    unknown = groups.most((column.bad | column.blank)[left.at])
    newest = values == groups.most(values)
    older: np.ndarray = ~newest & ~unknown & (groups.total(newest.astype(int)) == 1)
    return older


def _is_earlier_state(rows: Rows, left: Repeats) -> np.ndarray:
    """Which rows are an earlier state of a record that stands in a later file: there blanks have been filled in."""
    groups = Groups(left.key)
    codes = np.column_stack([_codes(rows, name, left.at) for name in rows.typed])
    bad = np.logical_or.reduce([column.bad[left.at] for column in rows.typed.values()])
    most = groups.most(codes)
    agreed = ((groups.least(np.where(codes == 0, most, codes)) == most).all(axis=1)) & ~groups.most(bad)
    # the day to which a file answers tells which is the later one
    ends = np.array([(piece.time[1] if piece.time else date.min).toordinal() for piece in rows.pieces])
    end = ends[rows.export[left.at]]
    latest = end == groups.most(end)
    whole = latest & ((codes > 0).sum(axis=1) == (most > 0).sum(axis=1))
    once = (groups.total(latest.astype(int)) == 1) & groups.most(whole)
    earlier: np.ndarray = agreed & once & ~latest
    return earlier


# ---- what is said


def _said_twice(rows: Rows, twins: Sequence[int], firsts: Sequence[int]) -> Iterator[Problem]:
    for at, first in zip(twins, firsts, strict=True):
        yield Problem("D301", f"{_key_text(rows, first)} 与 {rows.place(first)} 重复,内容相同", rows.place(at))


def _said_earlier(rows: Rows, earlier: np.ndarray) -> Iterator[Problem]:
    counts = Counter(rows.export[earlier].tolist())
    for export, number in sorted(counts.items()):
        raw = rows.pieces[export].raw
        what = f"{number} 行在以后的文件中补填了空着的列,按以后的计"
        yield Problem("D306", what, Place(raw.path, raw.grid.sheet))


def _said_conflicts(rows: Rows, left: Repeats) -> Iterator[Problem]:
    """Each conflict, or one problem for all those of a running number that begins anew."""
    groups = Groups(left.key)
    scope = _scope(rows, left)
    systematic = groups.least(left.numbered) & bool(scope)
    if systematic.any():
        at = int(left.at[systematic].min())
        what = (
            f"{len(set(left.key[systematic].tolist()))} 个编号各有几行,内容不同:编号在各{SCOPES[scope]}中重新编起"
            f"(如 {_key_text(rows, at)});各按一条或几条都有可能"
        )
        yield Problem("D307", f"{what};在台账中声明 key_scope: {scope} 后各是一条", rows.place(at))
    singly = ~systematic & (groups.least(left.at) != left.at)
    for at, first in zip(left.at[singly].tolist(), groups.least(left.at)[singly].tolist(), strict=True):
        differing = _differences(rows, first, at)
        what = f"编号相同,内容不同({differing})" if differing else "编号相同,是一条还是几条不知道"
        yield Problem("D302", f"{_key_text(rows, first)} 与 {rows.place(first)} {what}", rows.place(at))


SCOPES = {"department": "部门", "file": "文件", "sheet": "工作表", "month": "月"}
"""Within what a key may be one record's, and what that is called."""


def _scope(rows: Rows, left: Repeats) -> str:
    """The widest scope within which no key is left twice; "" where there is none."""
    for scope in SCOPES:
        part = _scope_codes(rows, scope)
        if part is not None and len(np.unique(numbers_of([left.key, part[left.at]]))) == len(left.at):
            return scope
    return ""


def _scope_codes(rows: Rows, scope: str) -> np.ndarray | None:
    """For each row the number of the department, file, sheet or month that it stands in."""
    match scope:
        case "department":
            return _numbered_names(rows, [piece.raw.department for piece in rows.pieces])
        case "file":
            return _numbered_names(rows, [piece.raw.path for piece in rows.pieces])
        case "month" if rows.source.date in rows.typed:
            moments = rows.typed[rows.source.date or ""].values
            months: np.ndarray = np.asarray(moments).astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
            return months
        case "sheet":
            return rows.export
        case _:
            return None


def _numbered_names(rows: Rows, names: Sequence[str]) -> np.ndarray:
    """A number for each row by the name of its piece."""
    codes: np.ndarray = pd.factorize(np.array([*names, ""], dtype=object))[0][rows.export]
    return codes


def _key_columns(rows: Rows) -> list[np.ndarray]:
    source = rows.source
    if source.key_scope == "row":
        every = np.arange(len(rows.row))
        return [_codes(rows, name, every) for name in rows.typed]
    return [column for _, column in _named_keys(rows)]


def _named_keys(rows: Rows) -> list[tuple[str, np.ndarray]]:
    """The key's columns by name, and within what it is one record's."""
    source = rows.source
    departments = [piece.raw.department for piece in rows.pieces]
    columns = [
        (name, _numbered_names(rows, departments) if name == SUBMITTER else _folded(rows.typed[name].told_apart))
        for name in source.key
    ]
    scope = covered_days(rows)[1] if source.snapshot else _scope_codes(rows, source.key_scope)
    if scope is None:
        return columns
    date = rows.typed.get(source.date or "")
    if source.key_scope == "month" and date is not None and (undated := date.blank | date.bad).any():
        # one of no known month may be one with that of any
        key = numbers_of([column for _, column in columns])
        scope = np.where(np.isin(key, key[undated]), -1, scope)
    return [*columns, ("", scope)]


def _folded(values: Any) -> np.ndarray:
    """Keys as they are compared, texts as numbers: without case, and without the `.0` of a spreadsheet."""
    if isinstance(values, np.ndarray):
        return values
    texts = pa.array(values, pa.string())
    upper = pc.utf8_upper(texts)
    return np.asarray(pc.replace_substring_regex(upper, r"^(\d+)\.0+$", r"\1").dictionary_encode().indices)


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
    keyless: np.ndarray = (_without_key(rows) & ~rows.flags("counted")) | rows.doubted
    return keyless


def _without_key(rows: Rows) -> np.ndarray:
    missing = np.isin(rows.export, list(rows.unsettled))
    for name in rows.source.key:
        if name != SUBMITTER:
            missing |= rows.typed[name].blank | rows.typed[name].bad
    return missing


def _key_text(rows: Rows, at: int) -> str:
    parts = []
    for name in rows.source.key:
        if name == SUBMITTER:
            parts.append(rows.pieces[int(rows.export[at])].raw.department)
        else:
            parts.append(shown_text(str(rows.typed[name].texts[at]), rows.source.columns[name]))
    return "、".join(parts)


def _differences(rows: Rows, one: int, other: int) -> str:
    pair = np.array([one, other])
    return "、".join(name for name in rows.typed if len(set(_codes(rows, name, pair).tolist())) > 1)
