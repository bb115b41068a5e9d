"""Keys: which rows are one record: exact duplicates, and rows of one key with different contents.

Convention: keys are compared folded. What can't be decided is a conflict, in which one of the rows holds and nobody
knows which, or each of them is a record of its own.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.expression import micros_of
from itss_kpi.catalogue.sources import SUBMITTER, Source
from itss_kpi.core.problems import Place, Problem
from itss_kpi.tables.columns import LISTED_PER_COLUMN, TypedColumn
from itss_kpi.tables.data_rows import Piece, cell_place
from itss_kpi.tables.table import shown_text

LONGEST_RUN = 10_000
"""Rows of a sheet whose keys may be a running number that a department gives by hand."""


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


@dataclass(slots=True)
class Resolved:
    """Which rows stay, the conflict number of each row (0: none), and the numbers of those conflicts in which there may
    be as many records as rows."""

    keep: np.ndarray
    conflict: np.ndarray
    several: frozenset[int] = frozenset()


def resolve_keys(rows: Rows, problems: list[Problem]) -> Resolved:
    """Which rows of one key are one record, whatever order the files come in."""
    found = Resolved(np.ones(len(rows.row), dtype=bool), np.zeros(len(rows.row), dtype=np.int64))
    repeats = _repeats(rows)
    if not len(repeats):
        return found
    equal = repeats.duplicated(["key", "content"], keep=False) & ~repeats["anew"]
    twins = repeats[equal & repeats.duplicated(["key", "content"])]
    found.keep[twins.index] = False
    problems += _said_twice(rows, twins, repeats)
    left = repeats.drop(twins.index)
    left = left[~left["ambiguous"] & left.duplicated("key", keep=False)]
    earlier = _earlier_states(rows, left)
    found.keep[earlier] = False
    problems += _said_earlier(rows, earlier)
    left = left.drop(earlier)
    left = left[left.duplicated("key", keep=False)]
    found.conflict[left.index] = left.groupby("key")["at"].transform("min") + 1
    apart = left["numbered"] | (left.groupby("key")["date"].transform("nunique") > 1)
    found.several = frozenset(found.conflict[left.index[apart]].tolist())
    problems += _said_conflicts(rows, left)
    return found


def _repeats(rows: Rows) -> pd.DataFrame:
    """The rows whose key stands more than once, by their number in the table, with codes of their key and contents;
    whether the key is a running number (`numbered`), which may begin `anew` where an equal row stands."""
    keys = pd.DataFrame(dict(enumerate(_key_columns(rows))))[~_without_key(rows)]
    at = keys.index[keys.duplicated(keep=False)].to_numpy()
    # first the rows that count for certain: one of a sheet that may not count is the same record again
    doubtful = np.isin(rows.export, [at for at, piece in enumerate(rows.pieces) if piece.ambiguous])
    at = at[np.lexsort((at, doubtful[at]))]
    codes = [_codes(rows, name, at) for name in rows.typed]
    key, content = _numbers(keys.loc[at]), _numbers(pd.DataFrame(dict(enumerate(codes))))
    dates = codes[[*rows.typed].index(rows.source.date)] if rows.source.date else np.zeros(len(at))
    found = pd.DataFrame({"at": at, "key": key, "content": content, "date": dates}, index=at)
    found["ambiguous"] = doubtful[at]
    found["numbered"] = _numbered(rows)[rows.export[at]] if len(at) else False
    found["anew"] = found["numbered"] & ~_one_record(rows, found)
    return found


def _numbers(frame: pd.DataFrame) -> np.ndarray:
    """A number for each row, the same for equal ones."""
    found: np.ndarray = frame.groupby(list(frame.columns), sort=False).ngroup().to_numpy()
    return found


def _codes(rows: Rows, name: str, at: np.ndarray) -> np.ndarray:
    """A number for each row's value of a column, the same for equal ones; 0 for a blank."""
    column = rows.typed[name]
    bad = column.bad[at]
    texts = column.texts.take(pa.array(at)).to_pandas() if bad.any() else None
    values = pd.Series(column.values[at] if not isinstance(column.values, pa.Array) else column.values.take(at))
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
        begins = 0 < len(column) <= LONGEST_RUN and column[0].as_py() == "1"
        texts = [text for text in column.to_pylist() if text] if begins else []
        numbers = [int(text) if re.fullmatch(r"\d{1,4}", text) else -1 for text in texts]
        steps = sum(one == before + 1 or one == 1 for before, one in pairwise([0, *numbers]))
        found[at] = begins and 10 * steps >= 9 * len(numbers)
    return found


def _one_record(rows: Rows, found: pd.DataFrame) -> np.ndarray:
    """Whether a row with a running number is, where its contents stand again, the same record: in another file of the
    same department whose time meets that of its own."""
    spans = {at: piece.time or (date.min, date.max) for at, piece in enumerate(rows.pieces)}
    same = np.zeros(len(found), dtype=bool)
    place = {at: number for number, at in enumerate(found.index)}
    for _, group in found[found["numbered"]].groupby(["key", "content"]):
        files = [int(rows.export[at]) for at in group.index]
        pieces = [rows.pieces[at] for at in files]
        meets = all(
            spans[one][0] < spans[other][1] and spans[other][0] < spans[one][1] for one, other in pairwise(files)
        )
        alike = len({piece.raw.department for piece in pieces}) == 1 and len(set(files)) == len(files) and meets
        same[[place[at] for at in group.index]] = alike
    return same


def _earlier_states(rows: Rows, left: pd.DataFrame) -> list[int]:
    """The rows that are an earlier state of a record that stands in a later file: there blanks have been filled in."""
    if not len(left):
        return []
    codes = pd.DataFrame({name: _codes(rows, name, left.index.to_numpy()) for name in rows.typed}, index=left.index)
    blank = codes == 0
    bad = np.zeros(len(left), dtype=bool)
    for column in rows.typed.values():
        bad |= column.bad[left.index]
    grouped = codes.mask(blank).groupby(left["key"])
    agreed = (grouped.nunique() <= 1).all(axis=1) & ~pd.Series(bad, index=left.index).groupby(left["key"]).any()
    # the day to which a file answers tells which is the later one
    ends = [piece.time[1] if piece.time else date.min for piece in rows.pieces]
    end = pd.Series([ends[at].toordinal() for at in rows.export[left.index].tolist()], index=left.index)
    filled = pd.DataFrame({"key": left["key"], "end": end, "filled": (~blank).sum(axis=1)})
    latest = filled.sort_values(["key", "end", "filled"]).groupby("key").tail(1)
    whole = (~blank).groupby(left["key"]).any().sum(axis=1)
    good = latest[latest["key"].map(agreed) & (latest["filled"] == latest["key"].map(whole)).to_numpy()]
    ties = filled.merge(good[["key", "end"]], on="key", suffixes=("", "_last"), how="inner")
    once = ties[ties["end"] == ties["end_last"]].groupby("key").size()
    keys = set(once[once == 1].index)
    return [int(at) for at in left.index[left["key"].isin(keys)].difference(good.index)]


# ---- what is said


def _said_twice(rows: Rows, twins: pd.DataFrame, repeats: pd.DataFrame) -> Iterator[Problem]:
    first = repeats.drop_duplicates(["key", "content"]).set_index(["key", "content"])["at"]
    said: dict[int, int] = defaultdict(int)
    for at, key, content in zip(twins.index.tolist(), twins["key"], twins["content"], strict=True):
        export = int(rows.export[at])
        said[export] += 1
        if said[export] <= LISTED_PER_COLUMN:
            twin = int(first[key, content])
            yield Problem("D301", f"{_key_text(rows, twin)} 与 {rows.place(twin)} 重复,内容相同", rows.place(at))
    yield from _more("D301", rows, said, "行重复")


def _said_earlier(rows: Rows, earlier: Sequence[int]) -> Iterator[Problem]:
    counts = Counter(int(rows.export[at]) for at in earlier)
    for export, number in sorted(counts.items()):
        raw = rows.pieces[export].raw
        what = f"{number} 行在以后的文件中补填了空着的列,按以后的计"
        yield Problem("D306", what, Place(raw.path, raw.grid.sheet))


def _said_conflicts(rows: Rows, left: pd.DataFrame) -> Iterator[Problem]:
    """Each conflict, or one problem for all those of a running number that begins anew."""
    scope = _scope(rows, left)
    numbered = left["numbered"].groupby(left["key"]).transform("all")
    systematic = left[numbered] if scope else left[:0]
    if len(systematic):
        at = int(systematic.index[0])
        what = (
            f"{systematic['key'].nunique()} 个编号各有几行,内容不同:编号在各{SCOPES[scope]}中重新编起"
            f"(如 {_key_text(rows, at)});各按一条或几条都有可能"
        )
        yield Problem("D307", f"{what};在台账中声明 key_scope: {scope} 后各是一条", rows.place(at))
    said: dict[int, int] = defaultdict(int)
    singly = left.drop(systematic.index)
    for _, group in singly.groupby("key", sort=False):
        first, *others = sorted(group.index.tolist())
        for at in others:
            export = int(rows.export[at])
            said[export] += 1
            if said[export] <= LISTED_PER_COLUMN:
                differing = _differences(rows, first, at)
                what = f"编号相同,内容不同({differing})" if differing else "编号相同,是一条还是几条不知道"
                yield Problem("D302", f"{_key_text(rows, first)} 与 {rows.place(first)} {what}", rows.place(at))
    yield from _more("D302", rows, said, "行与别的行编号相同、内容不同")


def _more(code: str, rows: Rows, said: Mapping[int, int], what: str) -> Iterator[Problem]:
    """How many more there are in each export: a file handed in twice repeats every row."""
    for export, number in said.items():
        if number > LISTED_PER_COLUMN:
            raw = rows.pieces[export].raw
            yield Problem(code, f"另有 {number - LISTED_PER_COLUMN} {what}", Place(raw.path, raw.grid.sheet))


SCOPES = {"department": "部门", "file": "文件", "sheet": "工作表", "month": "月"}
"""Within what a key may be one record's, and what that is called."""


def _scope(rows: Rows, left: pd.DataFrame) -> str:
    """The widest scope within which no key is left twice; "" where there is none."""
    at = left.index.to_numpy()
    for scope in SCOPES:
        part = _scope_codes(rows, scope)
        if part is not None and not pd.DataFrame({"key": left["key"].to_numpy(), "part": part[at]}).duplicated().any():
            return scope
    return ""


def _scope_codes(rows: Rows, scope: str) -> np.ndarray | None:
    """For each row the number of the department, file, sheet or month that it stands in."""
    names = [piece.raw.department if scope == "department" else piece.raw.path for piece in rows.pieces]
    match scope:
        case "department" | "file":
            codes: np.ndarray = pd.factorize(np.array(names, dtype=object))[0][rows.export]
            return codes
        case "month" if rows.source.date in rows.typed:
            moments = rows.typed[rows.source.date or ""].values
            months: np.ndarray = np.asarray(moments).astype("datetime64[us]").astype("datetime64[M]").astype(np.int64)
            return months
        case "sheet":
            return rows.export
        case _:
            return None


def _key_columns(rows: Rows) -> list[Any]:
    source = rows.source
    if source.key_scope == "row":
        every = np.arange(len(rows.row))
        return [_codes(rows, name, every) for name in rows.typed]
    columns = [rows.submitters() if name == SUBMITTER else _folded(rows.typed[name].values) for name in source.key]
    if source.snapshot:
        columns.append(covered_days(rows)[1])
    scope = _scope_codes(rows, source.key_scope)
    return columns if scope is None else [*columns, scope]


def _folded(values: Any) -> Any:
    """Keys as they are compared: without case, and a whole number without the `.0` of a spreadsheet."""
    if not isinstance(values, pa.Array | pd.api.extensions.ExtensionArray):
        return values
    texts = pa.array(values, pa.string())
    upper = pc.utf8_upper(texts)
    return pc.replace_substring_regex(upper, r"^(\d+)\.0+$", r"\1").to_pandas()


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
