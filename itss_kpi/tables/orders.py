"""Orders: instants that can't be what they say, because they lie before what they follow.

Convention: of an answer before its question nobody knows when it was: its cell is as good as unreadable.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from itss_kpi.catalogue.usage import Usage
from itss_kpi.core.problems import Problem
from itss_kpi.tables.columns import TypedColumn, cell_problems
from itss_kpi.tables.data_rows import Piece

_DAY = 86_400_000_000


def distrust_early(
    typed: Mapping[str, TypedColumn], usage: Usage, pieces: Sequence[Piece], problems: list[Problem]
) -> None:
    """Mark the cells of instants before those that they follow as unreadable; days are compared with days."""
    for later, before in sorted(usage.orders):
        if later not in typed or before not in typed:
            continue
        one, other = typed[later], typed[before]
        there = ~(one.blank | one.bad | other.blank | other.bad)
        days = one.physical.day or other.physical.day
        unit = _DAY if days else 1
        early = there & (np.asarray(one.values) // unit < np.asarray(other.values) // unit)
        if early.any():
            one.distrust(early)
            problems += cell_problems("D210", later, pieces, early, one.texts, f"“{later}”早于“{before}”")
