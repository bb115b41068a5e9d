"""Instants that can't be what they say, or may be more than one thing.

Convention: of an answer before its question nobody knows when it was: its cell is as good as unreadable.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from itss_kpi.catalogue.usage import Usage
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
