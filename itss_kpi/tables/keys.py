"""Keys: which rows are one record: exact duplicates, and rows of one key with different contents.

Convention: keys are compared folded. What can't be decided is a conflict, in which one of the rows holds and nobody
knows which, or each of them is a record of its own.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.expression import Kind, micros_of
from itss_kpi.catalogue.sources import SUBMITTER
from itss_kpi.core.likeness import alike
from itss_kpi.core.problems import Problem
from itss_kpi.tables.rows import (
    SCOPES,
    Groups,
    Rows,
    codes_by,
    codes_of,
    content_numbers,
    key_columns,
    key_numbers,
    key_text,
    named_keys,
    numbers_of,
    scope_codes,
    without_key,
)
from itss_kpi.tables.sheets.body import is_filled, matches, tried
from itss_kpi.tables.sheets.data_rows import each_row

LONGEST_RUN = 10_000
"""Rows of a sheet whose keys may be a running number that a department gives by hand."""


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


_UNEVEN = (r"\s", r"[-_]", r"(?:^|\D)0\d", "^['`\u2019]")
"""What some keys may have and others not, though they are meant for the same."""


def doubt_near_keys(rows: Rows) -> Iterator[Problem]:
    """Doubt rows whose key differs from an earlier one's only by inner blanks, dashes or leading zeros; where the
    contents differ, too, nobody knows which of them hold, and they are `near` each other."""
    names = [one for one in rows.source.key if one != SUBMITTER and rows.source.columns[one].kind is Kind.TEXT]
    uneven = any(_is_mixed(rows.typed[name].texts, form) for name in names for form in _UNEVEN)
    uneven = uneven or any(tried(rows.typed[name].texts, "[Oo]", r"\d[Oo]|[Oo]\d").any() for name in names)
    if not uneven or rows.source.key_scope in ("row", "line"):
        return
    known = np.flatnonzero(~without_key(rows))
    exact = key_numbers(rows)[known]
    texts = {name: pa.array(rows.typed[name].values, pa.string()) for name in names}
    loose = [_loose_codes(texts[name]) if name in texts else column for name, column in named_keys(rows)]
    near = numbers_of([column[known] for column in loose])
    first = exact[np.unique(near, return_index=True)[1]][near] if len(near) else exact
    counted = rows.flags("counted")[known]
    uneven_ones = (exact != first) & ~counted
    groups, contents = Groups(near), content_numbers(rows)[known]
    differ = groups.most(uneven_ones) & (groups.least(contents) != groups.most(contents)) & ~counted
    rows.near[known[differ]] = near[differ] + 1
    said, doubted = np.zeros((2, len(rows.row)), dtype=bool)
    said[known[uneven_ones]] = True
    doubted[known[uneven_ones & ~differ]] = True
    for piece, mine in rows.having(said):
        piece.doubted |= doubted[mine]
        at = mine.start + int(said[mine].argmax())
        what = f"{int(said[mine].sum())} 行的编号与别的行只差空格、横线或前面的零(如 {key_text(rows, at)})"
        yield Problem("D318", f"{what},不知是不是同一条", rows.place(at))


def _is_mixed(texts: pa.Array, form: str) -> bool:
    lengths = pc.min_max(pc.binary_length(texts)).as_py()
    if lengths["min"] == lengths["max"]:
        return False  # what lacks a sign that others have is shorter
    found = matches(texts, form)
    return bool(found.any()) and not bool(found[is_filled(texts)].all())


def _loose_codes(texts: pa.Array) -> np.ndarray:
    encoded = texts.dictionary_encode()
    common = alike(str(text) for text in encoded.dictionary.to_pylist())
    return np.asarray(pd.factorize(np.array([*common.values()], dtype=object))[0][np.asarray(encoded.indices)])


def say_keyless(rows: Rows) -> Iterator[Problem]:
    """Says which rows have no number, where the catalogue doesn't say that they must."""
    for name in rows.source.key:
        if name in rows.typed:
            blank = rows.typed[name].blank & ~rows.flags("counted")
            yield from rows.typed[name].say("D204", blank, f"“{name}”空着,不知是不是一条记录")


def resolve_keys(rows: Rows, problems: list[Problem]) -> Resolved:
    """Which rows of one key are one record, whatever order the files come in; those near each other are one or many.
    Columns that nothing reads may have changed since."""
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
    known = np.flatnonzero(~without_key(rows))
    key = numbers_of([column[known] for column in key_columns(rows)])
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
    if rows.source.carries:  # each file has what the one before it had
        paths = each_row(rows.pieces, [piece.raw.path for piece in rows.pieces])[repeats.at]
        said &= paths == paths[first]
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
    codes = [codes_of(rows, name, at) for name in rows.typed]
    date = codes[[*rows.typed].index(rows.source.date)] if rows.source.date else np.zeros(len(at))
    anew = numbered(rows)[rows.export[at]]
    made = Repeats(at, key, numbers_of(codes), date, doubtful, anew, anew)
    return replace(made, anew=anew & ~_one_record(rows, made)) if anew.any() else made


def numbered(rows: Rows) -> np.ndarray:
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


_A_DAY = timedelta(days=1)


def _is_older_version(rows: Rows, left: Repeats) -> np.ndarray:
    """Which rows are older than another of their key by the column that tells the latest."""
    column = rows.typed[rows.source.latest or ""]
    groups = Groups(left.key)
    values = np.asarray(column.values)[left.at]
    made = np.array([micros_of(max(piece.made, default=date.max - _A_DAY) + _A_DAY) for piece in rows.pieces])
    later = np.asarray(column.values)[left.at] >= made[rows.export[left.at]]  # than the file itself: a mistyped year
    unknown = groups.most((column.bad | column.blank)[left.at] | later)
    newest = values == groups.most(values)
    return np.asarray(~newest & ~unknown & (groups.total(newest.astype(int)) == 1))


def _is_earlier_state(rows: Rows, left: Repeats) -> np.ndarray:
    """Which rows are an earlier state of a record that stands in a later file: there blanks have been filled in."""
    groups = Groups(left.key)
    plain = not left.numbered.any()  # of rows that are numbered anew nothing but all that they say tells
    names = [name for name in rows.typed if name in {*rows.usage.read, *rows.source.key} or not plain]
    codes = np.column_stack([codes_of(rows, name, left.at) for name in names])
    bad = np.logical_or.reduce([rows.typed[name].bad[left.at] for name in names])
    most = groups.most(codes)
    agreed = ((groups.least(np.where(codes == 0, most, codes)) == most).all(axis=1)) & ~groups.most(bad)
    # the day to which a file answers tells which is the later one, and of one department's that on which it was made
    ends, made = (
        np.array([day.toordinal() for day in days])[rows.export[left.at]]
        for days in (
            [piece.time[1] if piece.time else date.min for piece in rows.pieces],
            [min(piece.made, default=date.min) for piece in rows.pieces],
        )
    )
    own = codes_by(rows, "department")[left.at]
    one_department = groups.least(own) == groups.most(own)
    latest = ends == groups.most(ends)
    latest &= ~one_department | (made == groups.most(np.where(latest, made, 0)))
    whole = latest & ((codes > 0).sum(axis=1) == (most > 0).sum(axis=1))
    once = (groups.total(latest.astype(int)) == 1) & groups.most(whole)
    return np.asarray(agreed & once & ~latest)


# ---- what is said


def _said_twice(rows: Rows, twins: Sequence[int], firsts: Sequence[int]) -> Iterator[Problem]:
    for at, first in zip(twins, firsts, strict=True):
        yield Problem("D301", f"{key_text(rows, first)} 与 {rows.place(first)} 重复,内容相同", rows.place(at))


def _said_earlier(rows: Rows, earlier: np.ndarray) -> Iterator[Problem]:
    counts = Counter(rows.export[earlier].tolist())
    for export, number in sorted(counts.items()):
        what = f"{number} 行在以后的文件中补填了空着的列,按以后的计"
        yield Problem("D306", what, rows.pieces[export].raw.place)


def _said_conflicts(rows: Rows, left: Repeats) -> Iterator[Problem]:
    """Each conflict, or one problem for all those of a running number that begins anew."""
    groups = Groups(left.key)
    scope = _scope(rows, left)
    systematic = groups.least(left.numbered) & bool(scope)
    if systematic.any():
        at = int(left.at[systematic].min())
        what = (
            f"{len(set(left.key[systematic].tolist()))} 个编号各有几行,内容不同:编号在各{SCOPES[scope]}中重新编起"
            f"(如 {key_text(rows, at)});各按一条或几条都有可能"
        )
        yield Problem("D307", f"{what};在台账中声明 key_scope: {scope} 后各是一条", rows.place(at))
    singly = ~systematic & (groups.least(left.at) != left.at)
    for at, first in zip(left.at[singly].tolist(), groups.least(left.at)[singly].tolist(), strict=True):
        differing = _differences(rows, first, at)
        what = f"编号相同,内容不同({differing})" if differing else "编号相同,是一条还是几条不知道"
        yield Problem("D302", f"{key_text(rows, first)} 与 {rows.place(first)} {what}", rows.place(at))


def _scope(rows: Rows, left: Repeats) -> str:
    """The widest scope within which no key is left twice; "" where there is none."""
    for scope in SCOPES:
        part = scope_codes(rows, scope)
        if part is not None and len(np.unique(numbers_of([left.key, part[left.at]]))) == len(left.at):
            return scope
    return ""


def say_twice_covered(rows: Rows) -> Iterator[Problem]:
    """Finds the snapshots of one department that answer for the same day: which of them holds is not known."""
    for at, piece in enumerate(rows.pieces if rows.source.snapshot else ()):
        for before, other in enumerate(rows.pieces[:at]):
            one, two = piece.covers, other.covers
            if piece.raw.path == other.raw.path or piece.raw.department != other.raw.department:
                continue  # several sheets of one file are one table
            if one and two and one[0] < two[1] and two[0] < one[1]:
                rows.unsettled |= {at, before}
                yield Problem("D110", f"与 {other.raw.path} 覆盖同一天,各行按存疑处理", piece.raw.place)


def _differences(rows: Rows, one: int, other: int) -> str:
    pair = np.array([one, other])
    return "、".join(name for name in rows.typed if len(set(codes_of(rows, name, pair).tolist())) > 1)
