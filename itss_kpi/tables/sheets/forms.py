"""Forms: rows that stood in a sheet before anybody filled it in.

Convention: of such a row nobody knows whether it is a record; what is dragged down from above says nothing of its own.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa

from itss_kpi.core.text import fold
from itss_kpi.tables.sheets import cell_values as cells
from itss_kpi.tables.sheets.body import ANY_YEAR, Body, is_filled

_A_WEEK = 7
_FEW = 3


def calendar(body: Body, keep: np.ndarray) -> np.ndarray:
    """Rows that nobody has filled in, of a form in which each day of a time is printed, once or for each shift."""
    found = np.zeros(len(body), dtype=bool)
    date = body.source.columns.get(body.source.date or "")
    if date is None or date.type != "date" or body.source.date not in body.header.where or not body.keys:
        return found
    others = [name for name in body.header.where if name not in (*body.keys, body.source.date)]
    filled = {name: is_filled(body.texts[name])[keep] for name in others}
    blanks = [name for name, rows in filled.items() if not rows.all()]
    if not blanks:
        return found
    bare = keep & (body.widths <= len({*body.keys, body.source.date}))
    if not bare.any() and all(body.source.columns[name].type == "text" for name in blanks):
        bare = _left_over(keep, [filled[name] for name in blanks])
    if not bare.any() or bare.sum() == keep.sum():
        return found
    texts = body.texts[body.source.date or ""].filter(pa.array(keep)).to_pylist()
    return bare if _each_day([cells.read_date(str(text or ""), ANY_YEAR) for text in texts]) else found


def _left_over(keep: np.ndarray, columns: Sequence[np.ndarray]) -> np.ndarray:
    """The last of the kept rows, where two or more columns are filled down to them, and none in them."""
    found = np.zeros(len(keep), dtype=bool)
    first = int(columns[0].argmin())
    if len(columns) > 1 and all(rows[:first].all() and not rows[first:].any() for rows in columns):
        found[np.flatnonzero(keep)[first:]] = True
    return found


def _each_day(days: Sequence[int | None]) -> bool:
    """Whether these are the days of at least a week, one after the other, each as often as the others."""
    times = Counter(days)
    steps = {after - before for before, after in pairwise(days) if before is not None and after is not None}
    whole = None not in times and len(times) >= _A_WEEK and len(set(times.values())) == 1
    return whole and steps <= {0, 86_400_000_000}


def dragged(body: Body, keep: np.ndarray) -> np.ndarray:
    """The last rows, which have a number and nothing else but what the last filled one has in the same column, where
    two columns and more are filled down to that one, and none of them in these."""
    found = np.zeros(len(body), dtype=bool)
    rows = np.flatnonzero(keep)
    last = len(body.cells(int(rows[-1]))) if len(rows) > _FEW else 0
    if len(body.keys) != 1 or not 1 < last < len(body.columns) - 1:
        return found
    numbers = {body.header.where[name] for name in body.keys}
    numbers |= {at for at, title in enumerate(body.header.titles) if _NUMBERS.fullmatch(fold(title))}
    others = [column.take(pa.array(rows)) for at, column in enumerate(body.columns) if at not in numbers]
    ended = Counter(_end_of(is_filled(column)) for column in others)
    first = max(ended)
    if ended[first] < 2 or not _FEW <= first < len(rows) - 1:
        return found
    told = [({column[first - 1].as_py()}, {*column[first:].to_pylist()}) for column in others]
    if all(below <= {None, ""} or above == below for above, below in told):
        found[rows[first:]] = True
    return found


_NUMBERS = re.compile("序号|编号|no\\.?")


def _end_of(filled: np.ndarray) -> int:
    """The first row from which on a column is blank that was filled before; 0 where there is none."""
    first = int(filled.argmin())
    return first if filled[:first].all() and not filled[first:].any() else 0
