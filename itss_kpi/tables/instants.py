"""Instants that can't be what they say, or may be more than one thing.

Convention: of an answer before its question nobody knows when it was: its cell is as good as unreadable.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np

from itss_kpi.catalogue.expression import micros_of
from itss_kpi.catalogue.sources import Source
from itss_kpi.catalogue.usage import PLANNED, Usage
from itss_kpi.core.problems import Problem
from itss_kpi.tables.cell_problems import cell_problems
from itss_kpi.tables.columns import TypedColumn
from itss_kpi.tables.data_rows import Piece

_DAY = 86_400_000_000


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
        early = there & (one.values // unit < other.values // unit)
        if early.any():
            one.distrust(early)
            problems += cell_problems("D210", later, pieces, early, one.texts, f"“{later}”早于“{before}”")


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
        late = ~(column.blank | column.bad) & (column.values >= saved)
        if late.any():
            column.distrust(late)
            said = f"“{name}”在文件最后一次保存以后"
            problems += cell_problems("D210", name, pieces, late, column.texts, said)


def _is_done(name: str) -> bool:
    return bool(_DONE.search(name)) and not PLANNED.search(name)


_DONE = re.compile("完成|关闭|解决|恢复|修复|响应|办结|闭环|处理|反馈|回复|实际|归还")


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
        if name in usage.lasting and column.physical.blank:
            said = f"“{name}”空着,还不知有多长"
            problems += cell_problems("D226", name, pieces, column.blank, column.texts, said)
        if column.days is not None and name in usage.timed:
            said = f"“{name}”只有日期,没有时间"
            problems += cell_problems("D215", name, pieces, column.days, column.texts, said)
        if column.never is not None and name in usage.compared:
            said = f"“{name}”在几十年以后,可能表示还没有"
            problems += cell_problems("D216", name, pieces, column.never, column.texts, said)
