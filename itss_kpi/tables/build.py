"""Tables: raw grids + declared source -> one typed table a source, its row accounting and its problems.

Convention: a typed table holds integers, text and booleans only, never a null. A declared column `X` is one physical
column `X`; `X?blank` and `X?bad` (unreadable) stand beside it only where some row needs them. An instant or duration is
int64 microseconds, a number is int64 scaled by its column's power of ten. Rows keep where they come from: `_export`
(index of `Table.exports`) and `_row` (the sheet's row number). Rows of one key with different contents share a
`_conflict` number above 0 and are one record; `_uncertain` rows have no readable key, or stand in one of two snapshots
of the same day.
"""

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.catalogue import RECORDS, SPAN_UNITS, SUBMITTER, Column, Source
from itss_kpi.catalogue.expression import Kind, micros_of
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.results import Export, ExportRows
from itss_kpi.core.text import fold, masked
from itss_kpi.reading.grid import RawExport
from itss_kpi.tables import cell_values as cells
from itss_kpi.tables.data_rows import MARKS, Piece, cell_place, is_filled
from itss_kpi.tables.ledger_sheets import cut_file, declared_period

LISTED_PER_COLUMN = 20
LONGEST_VALUE = 200
"""Characters of a cell that may be a number, a date or a choice; a longer text is none."""


@dataclass(frozen=True, slots=True)
class Physical:
    """A physical column: its values' kind, scale (power of ten) and largest magnitude, and its state columns."""

    kind: Kind
    scale: int = 0
    bound: int = 0
    blank: bool = False
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A source's typed table. `frame` is a pandas frame here; the engine takes any frame that narwhals knows."""

    source: str
    frame: Any
    columns: Mapping[str, Physical]
    kept: int
    conflicts: int
    uncertain: bool
    exports: tuple[Export, ...]
    texts: Mapping[str, Any] = field(default_factory=dict)


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
        column: _type_column(column, declared, pieces, departments, year, problems)
        for column, declared in source.columns.items()
    }
    rows = _Rows(name, source, pieces, typed, _twice_covered(pieces, problems) if source.snapshot else set())
    keep, conflict = _resolve_keys(rows, problems)
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


def row_texts(table: Table, source: Source, export: int, row: int, columns: Sequence[str]) -> dict[str, str]:
    """What the department wrote in these columns of one row; a sensitive text as a short stable hash."""
    found = table.frame[(table.frame["_export"] == export) & (table.frame["_row"] == row)].index[0]
    texts = {name: str(table.texts[name][int(found)].as_py() or "") for name in columns if name in table.texts}
    return {name: _shown(text, source.columns[name]) for name, text in texts.items()}


def _shown(text: str, column: Column) -> str:
    if column.sensitive:
        return masked(text)
    return text.removesuffix(" 00:00:00") if column.type == "date" else text


# ---- from texts to exact values


@dataclass(slots=True)
class _Typed:
    """A column's values over all pieces: int64, bool or text, with masks of blank and unreadable rows."""

    physical: Physical
    values: Any
    blank: np.ndarray
    bad: np.ndarray
    texts: pa.Array


def _type_column(
    name: str, column: Column, pieces: Sequence[Piece], departments: Sequence[str], year: int, problems: list[Problem]
) -> _Typed:
    texts = pa.concat_arrays([piece.texts[name] for piece in pieces] or [pa.array([], pa.string())])
    blank = ~is_filled(texts)
    marked = {code: _mask(code, name, pieces) for code in MARKS if any(piece.marks[code].get(name) for piece in pieces)}
    valueless = functools.reduce(np.logical_or, marked.values(), np.zeros_like(blank))
    blank &= ~valueless
    values, scale, bad = _read_column(column, texts, blank | valueless, departments, year)
    codes = [*marked.items(), ("D203" if column.type == "choice" else "D201", bad.copy())]
    if column.minimum is not None and column.kind is Kind.NUMBER:
        low = ~(blank | valueless | bad) & (values < column.minimum * 10**scale)
        codes.append(("D205", low))
        bad |= low
    if column.required:
        codes.append(("D204", blank.copy()))
        bad |= blank
        blank = np.zeros_like(blank)
    bad |= valueless
    for code, mask in codes:
        if mask.any():
            problems.extend(_cell_problems(code, name, column, pieces, mask, texts))
    if column.kind is Kind.TEXT:
        values = pd.array(values, dtype="str")
        bound = 0
    else:
        values[blank | bad] = 0
        bound = int(np.abs(values).max()) if len(values) and column.kind is not Kind.TRUTH else 0
    physical = Physical(column.kind, scale, bound, bool(blank.any()), bool(bad.any()))
    return _Typed(physical, values, blank, bad, texts)


def _mask(code: str, name: str, pieces: Sequence[Piece]) -> np.ndarray:
    masks = [np.zeros(len(piece.rows), dtype=bool) for piece in pieces]
    for mask, piece in zip(masks, pieces, strict=True):
        mask[piece.marks[code].get(name, [])] = True
    return np.concatenate(masks)


def _read_column(
    column: Column, texts: pa.Array, skip: np.ndarray, departments: Sequence[str], year: int
) -> tuple[Any, int, np.ndarray]:
    match column.type:
        case "text":
            return _half_width(pc.fill_null(texts, "")), 0, np.zeros(len(texts), dtype=bool)
        case "choice":
            words = _words(column, departments)
            known, at, bad = _read_each(texts, skip, lambda text: words.get(fold(text)))
            return pa.array([value or "" for value in known], pa.string()).take(pa.array(at)), 0, bad
        case "datetime" | "date":
            return _read_moments(column, texts, skip, year)
        case "yes_no":
            known, at, bad = _read_each(texts, skip, cells.read_yes_no)
            return np.array([bool(value) for value in known], dtype=bool)[at], 0, bad
        case _:
            return _read_numbers(column, texts, skip, year)


def _half_width(texts: pa.Array) -> pa.Array:
    # normalizing is slow, and full-width letters and digits are few
    wide = pc.match_substring_regex(texts, "[\uff01-\uff5e\u3000]")
    return pc.if_else(wide, pc.utf8_normalize(texts, "NFKC"), texts) if pc.any(wide).as_py() else texts


def _words(column: Column, departments: Sequence[str]) -> dict[str, str]:
    listed = column.values or dict.fromkeys(departments, ())
    return {fold(word): value for value, synonyms in listed.items() for word in (value, *synonyms)}


def _read_each(texts: pa.Array, skip: np.ndarray, read: Any) -> tuple[list[Any], np.ndarray, np.ndarray]:
    """Each distinct text read once: what it is (None: unreadable, or no text), which one each row has, and whether the
    row is unreadable."""
    encoded = texts.dictionary_encode()
    known = [read(text) if text and len(text) <= LONGEST_VALUE else None for text in encoded.dictionary.to_pylist()]
    known.append(None)
    indices = np.asarray(pc.fill_null(encoded.indices, len(known) - 1))
    unread = np.array([value is None for value in known], dtype=bool)
    return known, indices, unread[indices] & ~skip


def _read_moments(column: Column, texts: pa.Array, skip: np.ndarray, year: int) -> tuple[Any, int, np.ndarray]:
    values = np.zeros(len(texts), dtype=np.int64)
    bad = np.zeros(len(texts), dtype=bool)
    easy = np.zeros(len(texts), dtype=bool)
    for candidates in _canonical(texts):
        try:
            moments = texts.filter(candidates & ~skip).cast(pa.timestamp("us"))
        except pa.ArrowInvalid:
            continue
        easy = candidates & ~skip
        values[easy] = np.asarray(moments.cast(pa.int64()))
        break
    rest = ~easy & ~skip
    if rest.any():
        hard = texts.filter(pa.array(rest))
        known, at, unread = _read_each(hard, np.zeros(len(hard), bool), lambda text: cells.read_datetime(text, year))
        values[rest] = np.array([value or 0 for value in known], dtype=np.int64)[at]
        bad[rest] = unread
    if column.type == "date":
        values = values // 86_400_000_000 * 86_400_000_000
    return values, 0, bad


def _canonical(texts: pa.Array) -> Iterator[np.ndarray]:
    """Which texts look like `2022-07-05 09:30:00`: by their length, or more slowly by their form. A cast tells."""
    yield np.asarray(pc.fill_null(pc.equal(pc.binary_length(texts), 19), False))
    yield np.asarray(pc.fill_null(pc.match_substring_regex(texts, r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"), False))


def _read_numbers(column: Column, texts: pa.Array, skip: np.ndarray, year: int) -> tuple[Any, int, np.ndarray]:
    def read(text: str) -> Fraction | int | None:
        match column.type:
            case "integer":
                return cells.read_integer(text)
            case "decimal":
                return cells.read_number(text)
            case "percent":
                return cells.read_percent(text, column.percent)
            case "duration":
                return cells.read_span(text, SPAN_UNITS[column.unit or "minute"])
            case _:
                return cells.read_period(text, year)

    known, at, bad = _read_each(texts, skip, read)
    scale = max((_decimals(value) for value in known if isinstance(value, Fraction)), default=0)
    scaled = [0 if value is None else int(value * 10**scale) for value in known]
    # 15 significant digits beside a finer scale than theirs can pass what an int64 holds
    large = np.array([abs(value) >= 2**62 for value in scaled], dtype=bool)
    held = np.array([0 if over else value for value, over in zip(scaled, large, strict=True)], dtype=np.int64)
    return held[at], scale, bad | large[at]


def _decimals(value: Fraction) -> int:
    digits = 0
    while 10**digits % value.denominator:
        digits += 1
    return digits


def _cell_problems(
    code: str, name: str, column: Column, pieces: Sequence[Piece], mask: np.ndarray, texts: pa.Array
) -> Iterator[Problem]:
    start = 0
    for piece in pieces:
        found = np.flatnonzero(mask[start : start + len(piece.rows)])
        if name in piece.where:
            for at in found[:LISTED_PER_COLUMN].tolist():
                place = cell_place(piece.raw, int(piece.rows[at]) - 1, piece.where[name])
                yield Problem(code, _cell_message(code, name, column, str(texts[start + at].as_py() or "")), place)
            if len(found) > LISTED_PER_COLUMN:
                place = Place(piece.raw.path, piece.raw.grid.sheet)
                yield Problem(code, f"“{name}”列另有 {len(found) - LISTED_PER_COLUMN} 处同样的问题", place)
        start += len(piece.rows)


_TYPE_WORDS = {
    "integer": "整数",
    "decimal": "数值",
    "percent": "百分比",
    "date": "日期",
    "datetime": "日期时间",
    "period": "考核期",
    "duration": "时长",
    "yes_no": "是/否",
}


def _cell_message(code: str, name: str, column: Column, text: str) -> str:
    shown = masked(text) if column.sensitive else f"“{text[:40]}”"
    match code:
        case "D202":
            return f"“{name}”是错误值"
        case "D206":
            return f"“{name}”是公式,但没有保存计算结果"
        case "D207":
            return f"“{name}”是超过 15 位的数字,末几位已丢失:{shown}"
        case "D203":
            return f"“{name}”没有取值{shown}"
        case "D204":
            return f"“{name}”必填,却为空"
        case "D205":
            return f"“{name}”小于 {column.minimum}:{shown}"
        case _:
            return f"“{name}”读不成{_TYPE_WORDS[column.type]}:{shown}"


# ---- keys, duplicates, the table


@dataclass(slots=True)
class _Rows:
    """All data rows of a source: the pieces they come from and their typed columns."""

    name: str
    source: Source
    pieces: Sequence[Piece]
    typed: Mapping[str, _Typed]
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


def _resolve_keys(rows: _Rows, problems: list[Problem]) -> tuple[np.ndarray, np.ndarray]:
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


def _key_columns(rows: _Rows) -> list[Any]:
    columns = [rows.submitters() if name == SUBMITTER else rows.typed[name].values for name in rows.source.key]
    if rows.source.snapshot:
        columns.append(_covered(rows)[1])
    return columns


def _covered(rows: _Rows) -> tuple[np.ndarray, np.ndarray]:
    days = [piece.covers or (date.max, date.max) for piece in rows.pieces]
    edges = np.array([[micros_of(start), micros_of(end)] for start, end in days] or [[0, 0]], dtype=np.int64)
    return edges[rows.export, 0], edges[rows.export, 1]


def _twice_covered(pieces: Sequence[Piece], problems: list[Problem]) -> set[int]:
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


def _keyless(rows: _Rows) -> np.ndarray:
    doubtful = [at for at, piece in enumerate(rows.pieces) if piece.ambiguous]
    keyless: np.ndarray = _without_key(rows) | np.isin(rows.export, doubtful)
    return keyless


def _without_key(rows: _Rows) -> np.ndarray:
    missing = np.isin(rows.export, list(rows.unsettled))
    for name in rows.source.key:
        if name != SUBMITTER:
            missing |= rows.typed[name].blank | rows.typed[name].bad
    return missing


def _resolve_group(
    rows: _Rows,
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


def _key_text(rows: _Rows, at: int) -> Iterator[str]:
    for name in rows.source.key:
        if name == SUBMITTER:
            yield rows.pieces[int(rows.export[at])].raw.department
        else:
            yield _shown(str(rows.typed[name].texts[at]), rows.source.columns[name])


def _differences(rows: _Rows, one: int, other: int) -> str:
    pairs = zip(rows.typed, rows.contents(one), rows.contents(other), strict=True)
    return "、".join(name for name, left, right in pairs if left != right)


def _assemble(rows: _Rows, keep: np.ndarray, conflict: np.ndarray, problems: list[Problem]) -> Table:
    data: dict[str, Any] = {}
    columns: dict[str, Physical] = {SUBMITTER: Physical(Kind.TEXT)}
    for name, typed in rows.typed.items():
        data[name] = typed.values[keep]
        columns[name] = typed.physical
        data |= {f"{name}?blank": typed.blank[keep]} if typed.physical.blank else {}
        data |= {f"{name}?bad": typed.bad[keep]} if typed.physical.bad else {}
    data[SUBMITTER] = rows.submitters()[keep]
    data |= {"_export": rows.export[keep], "_row": rows.row[keep], "_conflict": conflict[keep]}
    keyless = _keyless(rows)[keep]
    if rows.source.snapshot:
        data |= dict(zip(("_from", "_to"), (edge[keep] for edge in _covered(rows)), strict=True))
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


def _export(rows: _Rows, at: int, keep: np.ndarray, conflict: np.ndarray, problems: list[Problem]) -> Export:
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


def _is_elsewhere(rows: _Rows, mine: np.ndarray, covers: tuple[date, date]) -> bool:
    """Whether an export has dated rows but none in the period of its name: it is another period's, named wrongly. What
    was decided in one year may be due in the next, so that of a ledger of records nothing is concluded."""
    if rows.source.date is None or rows.name in RECORDS:
        return False
    dates = rows.typed[rows.source.date]
    dated = mine & ~dates.blank & ~dates.bad
    start, end = map(micros_of, covers)
    return bool(dated.any()) and not (dated & (dates.values >= start) & (dates.values < end)).any()
