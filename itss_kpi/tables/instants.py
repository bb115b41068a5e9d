"""Instants that can't be what they say, or may be more than one thing.

Convention: of an answer before its question nobody knows when it was: its cell is as good as unreadable.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import chain

import numpy as np
import pyarrow as pa

from itss_kpi.catalogue.expression import Kind, micros_of
from itss_kpi.catalogue.sources import Source
from itss_kpi.catalogue.usage import DONE, PLANNED, Usage
from itss_kpi.core.problems import Problem
from itss_kpi.tables.cell_problems import cell_problems
from itss_kpi.tables.columns import TypedColumn
from itss_kpi.tables.sheets.body import cell_place, matches
from itss_kpi.tables.sheets.data_rows import Piece

_DAY = 86_400_000_000


def _distrust(
    code: str, name: str, column: TypedColumn, rows: np.ndarray, pieces: Sequence[Piece], said: str
) -> Iterator[Problem]:
    """Take the cells of these rows for unreadable, and say of each why."""
    if rows.any():
        column.distrust(rows)
        yield from cell_problems(code, name, pieces, rows, column.texts, said)


def distrust_early(
    typed: Mapping[str, TypedColumn], usage: Usage, pieces: Sequence[Piece], problems: list[Problem]
) -> None:
    """Mark the cells of instants before those that they follow as unreadable; days are compared with days."""
    for later, before in sorted(usage.orders):
        one, other = typed[later], typed[before]
        there = ~(one.blank | one.bad | other.blank | other.bad)
        by_day = np.full(len(there), one.physical.day or other.physical.day)
        for column in (one, other):
            by_day |= column.days if column.days is not None else False
        unit = np.where(by_day, _DAY, 1)
        lasts = one.values if one.ends is None else one.ends - 1
        early = there & (lasts // unit < other.values // unit)
        problems += _distrust("D210", later, one, early, pieces, f"“{later}”早于“{before}”")


def distrust_unborn(
    typed: Mapping[str, TypedColumn], source: Source, usage: Usage, pieces: Sequence[Piece], problems: list[Problem]
) -> None:
    """Mark the cells of what is said to be done as unreadable where their day is after that on which the file was
    saved; a day of saving that lies before rows of the ledger is no such day."""
    own = typed.get(source.date or "")
    done = [name for name in sorted(usage.compared - {source.date}) if name in typed and _is_done(name)]
    if own is None or usage.planned or not done:
        return
    start, saved = 0, np.full(len(own.values), np.iinfo(np.int64).max)
    for piece in pieces:
        mine = slice(start, start := start + len(piece.rows))
        day = micros_of(piece.raw.saved + timedelta(days=2)) if piece.raw.saved else 0
        if day and (own.blank | own.bad | (own.values < day))[mine].all():
            saved[mine] = day
    for name in done:
        column = typed[name]
        never = column.never if column.never is not None else False
        late = ~(column.blank | column.bad | never) & (column.values >= saved)
        problems += _distrust("D210", name, column, late, pieces, f"“{name}”在文件最后一次保存以后")


def distrust_contradicted(
    typed: Mapping[str, TypedColumn], usage: Usage, pieces: Sequence[Piece], problems: list[Problem]
) -> None:
    """Mark as unreadable the instants that are blank beside a word that says that it was done, 关闭时间 beside 已关闭,
    or are there beside one that says that it is open again, and durations of 0 beside one that says that it isn't."""
    words = {name: one.texts for name, one in typed.items() if one.physical.kind is Kind.TEXT and _STATES.search(name)}
    words |= _beside(pieces)
    for name, column in typed.items() if words else ():
        there = ~(column.blank | column.bad)
        found: list[tuple[np.ndarray, str, str]] = []
        if column.physical.kind is Kind.INSTANT and name in usage.compared and (verb := DONE.search(name)):
            found.append((column.blank, f"^已{verb[0]}$", "空着"))
            found += [(there, _AGAIN, "填着")] if _ENDED.search(name) and not PLANNED.search(name) else []
        elif column.physical.kind is Kind.SPAN:
            found.append((there & (column.values == 0), _OPEN, "是 0"))
        for rows, pattern, what in found:
            for other, states in words.items() if rows.any() else ():
                at_odds = rows & matches(states, pattern)
                problems += _distrust("D227", name, column, at_odds, pieces, f"“{name}”{what},“{other}”却说是另一回事")


def _beside(pieces: Sequence[Piece]) -> dict[str, pa.Array]:
    """The states in columns that nothing declares, by heading, a text for each row."""
    beside = [{title: texts for _, title, texts in piece.undeclared(_STATES)} for piece in pieces]
    return {
        title: pa.concat_arrays(
            [one.get(title, pa.nulls(len(piece.rows), pa.string())) for piece, one in zip(pieces, beside, strict=True)]
        )
        for title in dict.fromkeys(chain(*beside))
    }


def distrust_named_once(
    typed: Mapping[str, TypedColumn], usage: Usage, pieces: Sequence[Piece], problems: list[Problem]
) -> None:
    """Mark as unreadable the blank cells of groups in a sheet that names each only in the first of its rows."""
    for name in sorted(usage.grouped):
        column, start = typed[name], 0
        unnamed = np.zeros(len(column.blank), dtype=bool)
        for piece in pieces:
            mine = slice(start, start := start + len(piece.rows))
            blank, named = column.blank[mine], len(piece.rows) - int(column.blank[mine].sum())
            if 1 < named <= blank.sum() / 2 and not blank[0] and (blank[:-1] | blank[1:]).all():
                unnamed[mine] = blank & (len(set(column.values[mine][~blank])) == named)
        problems += _distrust("D222", name, column, unnamed, pieces, f"“{name}”像是只写在每组的第一行")


def distrust_blank_states(
    typed: Mapping[str, TypedColumn], usage: Usage, pieces: Sequence[Piece], problems: list[Problem]
) -> None:
    """Mark as unreadable the states that are blank beside a moment at which it was done."""
    done = [
        one
        for name, one in typed.items()
        if one.physical.kind is Kind.INSTANT and _is_done(name) and _ENDED.search(name)
    ]
    for name, column in typed.items():
        if "状态" in name and usage.literals.get(name) and column.blank.any():
            lost = column.blank & np.logical_or.reduce([~(one.blank | one.bad) for one in done] or [column.bad])
            problems += _distrust("D227", name, column, lost, pieces, f"“{name}”空着,旁边却有完成的时间")


def _is_done(name: str) -> bool:
    return bool(DONE.search(name)) and not PLANNED.search(name)


_ENDED = re.compile("完成|关闭|解决|办结|闭环|恢复")
_STATES = re.compile("状态|进度|进展|情况|结果")
_AGAIN = "^(?:重新打开|重开|已重开|返工中?)$"
_OPEN = "^(?:处理中|进行中|未完成|未关闭|未解决|待处理|挂起|处理|受理中|在途)$"


def report_unclear(
    typed: Mapping[str, TypedColumn], usage: Usage, pieces: Sequence[Piece], problems: list[Problem]
) -> None:
    """Says which instants have two meanings, where the indicators ask for one: days without their time in a difference,
    and days decades ahead in a condition; which quantities are blank that are calculated with, and which rows are of
    none of the groups that are averaged over."""
    for name, column in typed.items():
        if name in usage.averaged and column.physical.blank:
            said = f"“{name}”空着,不知属于哪一个"
            problems += cell_problems("D222", name, pieces, column.blank, column.texts, said)
        if name in usage.figured and column.physical.blank:
            said = f"“{name}”空着,而指标要用它计算"
            problems += cell_problems("D217", name, pieces, column.blank, column.texts, said)
        elif name in usage.added and column.physical.blank:
            problems += _not_added(name, column.blank, pieces)
        if name in usage.lasting and column.physical.blank:
            said = f"“{name}”空着,还不知有多长"
            problems += cell_problems("D226", name, pieces, column.blank, column.texts, said)
        if column.ends is not None and column.days is not None and name in {*usage.timed, *chain(*usage.orders)}:
            months = column.ends - column.values > _DAY
            said = f"“{name}”只有年月,没有日"
            problems += cell_problems("D228", name, pieces, months, column.texts, said)
        elif column.days is not None and name in usage.timed:
            said = f"“{name}”只有日期,没有时间"
            problems += cell_problems("D215", name, pieces, column.days, column.texts, said)
        if column.never is not None and name in usage.compared:
            said = f"“{name}”在几十年以后,可能表示还没有"
            problems += cell_problems("D216", name, pieces, column.never, column.texts, said)


def _not_added(name: str, blank: np.ndarray, pieces: Sequence[Piece]) -> Iterator[Problem]:
    """Says of each sheet how many cells are blank of a column that is added up."""
    for piece, found in zip(pieces, np.split(blank, np.cumsum([len(piece.rows) for piece in pieces])), strict=False):
        rows = piece.rows[np.flatnonzero(found)]
        if len(rows) and name in piece.where:
            place = cell_place(piece.raw, int(rows[0]) - 1, piece.where[name])
            yield Problem("D229", f"“{name}”有 {len(rows)} 格空着,相加时没有算", place)
