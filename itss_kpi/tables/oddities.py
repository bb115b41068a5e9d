"""Oddities: values that can be read and not believed.

Convention: a number beyond its limits, an amount in another unit, a day that programs write for none: each is as good
as unreadable, under a code of its own.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.sources import Column
from itss_kpi.tables.sheets.body import is_filled, matches
from itss_kpi.tables.sheets.data_rows import Piece, each_row, placed

_RATED = re.compile("评分|打分|满意度|评价分|测评分")
"""What columns are called in which people rate, all on one scale."""
_DEDUCTED = re.compile("扣[分减除罚款]|罚款")
"""What columns are called whose numbers are taken off, with a minus or without."""
_TENFOLD_WHOLE, _TWO, _OFTEN = 10, 2, 4
_DAY = 86_400_000_000
_MONTHS = 12


def oddities(
    name: str, column: Column, values: Any, scale: int, texts: pa.Array, bad: np.ndarray, pieces: Sequence[Piece]
) -> Iterator[tuple[str, np.ndarray]]:
    """By code, the values that can be read and not believed."""
    for limit, beyond in ((column.minimum, np.less), (column.maximum, np.greater)):
        if limit is not None and column.kind is Kind.NUMBER:
            yield "D205", beyond(values, limit * 10**scale)
    if column.kind is Kind.NUMBER and column.maximum is None and any(name in one.full_marks for one in pieces):
        least, most = (
            each_row(pieces, [piece.full_marks.get(name, (-np.inf, np.inf))[end] for piece in pieces]) for end in (0, 1)
        )
        yield "D221", (values > most * 10**scale) | ((least > 0) & (values < least * 10**scale))
    if column.type == "percent" and column.maximum is None and len(values):
        sizes = np.abs(values[~bad])
        far = np.abs(values) > _TENFOLD_WHOLE * 10**scale
        if far.any() and len(sizes) > _TWO and np.median(sizes) <= 2 * 10**scale:
            yield "D223", far
        # 0.98 typed into a cell that shows percents is 0.98 %
        small = ~bad & (100 * np.abs(values) <= 10**scale) & (200 * np.abs(values) >= 10**scale)
        rest = np.abs(values[~small & ~bad])
        if small.any() and len(rest) >= _OFTEN * int(small.sum()) and 2 * rest.min() >= 10**scale:
            yield "D223", small
    if column.kind is Kind.NUMBER and column.maximum is None and _RATED.search(name):
        yield "D231", _of_a_hundred(values, ~bad & is_filled(texts), 10**scale)
    if column.kind is Kind.NUMBER and _DEDUCTED.search(name) and (values > 0).any():
        yield "D205", values < 0
    if column.type == "decimal":
        signed = matches(texts, r"[%%]\s*$")
        if signed.any() and (~signed & ~bad & (np.abs(values) > 10**scale)).any():
            yield "D223", signed
    if column.kind in (Kind.NUMBER, Kind.SPAN) and column.maximum is None:
        titles = [one.part.header.titles[one.where[name]] for one in pieces if name in one.where]
        lasting = column.kind is Kind.SPAN or bool(_LASTING.search(name))
        far = _far_off(values, texts, ~bad & is_filled(texts), lasting, any("万元" in title for title in titles))
        yield "D231", far
    if column.kind is Kind.INSTANT:
        yield "D214", _no_moment(values, texts, column) | _universal(texts, column, pieces)
        yield "D219", _swapped(values, texts, bad, pieces, column.formats)


def _far_off(values: Any, texts: pa.Array, there: np.ndarray, lasting: bool, in_wan: bool) -> np.ndarray:
    """Of durations the nines that stand for none (9999), ten times what the others are at most; and of amounts in 万元
    the few that are a thousand times the next one, and may be in 元."""
    nines = there & matches(texts, r"^9{3,}(?:\.0+)?$") if lasting else np.zeros(len(there), dtype=bool)
    others = np.abs(values[there & ~nines])
    found: np.ndarray = nines & (len(others) > 2 * int(nines.sum())) & (np.abs(values) // 10 >= max(others, default=0))
    sizes = np.sort(np.unique(others)) if in_wan else others[:0]
    above = [size for before, size in pairwise(sizes.tolist()) if before and size // _IN_YUAN >= before]
    few = there & (np.abs(values) >= above[-1]) if above else found
    return found | few if 5 * int(few.sum()) <= int(there.sum()) else found


_IN_YUAN = 1000
_LASTING = re.compile("时|耗|延|分钟|秒")


_NO_DAYS = (-719162, -134774, -79257, -25569, -25568, -25567, 0)
"""Days that programs write for none, counted from 1970: the first of the years 1, 1601 and 1753, the last two of 1899,
the first of 1900 and of 1970."""


def _of_a_hundred(values: Any, there: np.ndarray, one: int) -> np.ndarray:
    """Which ratings are of a hundred among those that are mostly of five or of ten."""
    high = there & (values >= 50 * one)
    low = there & ~high
    few = int(high.sum()) * _THREE <= int(low.sum()) and bool(high.any())
    return high if few and (values[low] <= 10 * one).all() else np.zeros_like(high)


_THREE = 3


def _no_moment(values: np.ndarray, texts: pa.Array, column: Column) -> np.ndarray:
    """Which instants are what a program writes for none, or a day that lost some seconds to the one before."""
    none: np.ndarray = values < 2 * _DAY  # seldom any, and looked at more closely only then
    none = none & np.isin(values // _DAY, _NO_DAYS) if none.any() else none
    if column.type != "date":
        return none
    if not pc.any(pc.match_substring(texts, "23:59:")).as_py():
        return none
    late = pc.match_substring_regex(texts, r"23:59:(?:[0-4]\d|5[0-8]|59\.\d)")
    return np.asarray(none | np.asarray(pc.fill_null(late, False)))


def _universal(texts: pa.Array, column: Column, pieces: Sequence[Piece]) -> np.ndarray:
    """The days of sheets in which all stand at 16:00: midnight here, kept in universal time, is of the day before."""
    found = np.zeros(len(texts), dtype=bool)
    if column.type == "date":
        found = matches(texts, r"[ T]16:00(?::00(?:\.0+)?)?Z?$")
    for _, mine in placed(pieces if found.any() else ()):
        others = is_filled(texts)[mine] & ~found[mine]
        if others.any() or found[mine].sum() < _TWO:
            found[mine] = False
    return found


def _swapped(
    values: np.ndarray, texts: pa.Array, bad: np.ndarray, pieces: Sequence[Piece], formats: Sequence[str]
) -> np.ndarray:
    """Which dates of a sheet may have day and month swapped: a program that reads the month first, or the day, has left
    as texts those beside them that it couldn't take for one, and none of them is of a day after the 12th."""
    found = np.zeros(len(values), dtype=bool)
    if not (bad.any() or formats):
        return found
    left = matches(texts, rf"^(?:{_PAST_12}[/.-]{_UP_TO_12}|{_UP_TO_12}[/.-]{_PAST_12})[/.-](?:\d\d)?\d\d\b")
    for _, rows in placed(pieces if left.any() else ()):
        mine = np.arange(rows.start, rows.stop)
        # what isn't written so is a cell of a date
        read = mine[~bad[mine] & matches(texts.take(pa.array(mine)), r"^\d{4}-")]
        days = values[read].astype("datetime64[us]").astype("datetime64[D]")
        late = (days - days.astype("datetime64[M]")).astype(np.int64) >= _MONTHS
        if left[mine].any() and not late.any():
            found[read] = True
    return found


_PAST_12, _UP_TO_12 = r"(?:1[3-9]|2\d|3[01])", "(?:0?[1-9]|1[0-2])"
