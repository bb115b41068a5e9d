"""Other tables: what stands in a sheet below its records, or under other headings than the ledger's.

Convention: its title and its headings are no records; what stands below them may be some that were moved.
"""

import re

import numpy as np
import pyarrow.compute as pc

from itss_kpi.core.text import plain
from itss_kpi.tables.sheets import cell_values as cells
from itss_kpi.tables.sheets.body import ANY_YEAR, Body, among, is_filled, is_undated, matches

_FEW_WORDS = 50


def below(body: Body, keep: np.ndarray) -> np.ndarray:
    """The rows of a table with headings of its own below."""
    return among(np.arange(len(body)) >= _begins(body)[0], keep)


def titles_below(body: Body, keep: np.ndarray) -> np.ndarray:
    """The title and the headings of such a table, where they are no record for certain: a word stands in the date's
    place, and none of them above."""
    first, row = _begins(body)
    found = np.zeros(len(body), dtype=bool)
    if row < len(body) and row not in body.marked and is_undated(body, row, body.cells(row)):
        titles = [column for column in body.columns if column[row].as_py()]
        found[first : row + 1] = not any(pc.any(pc.equal(one[:row], one[row])).as_py() for one in titles)
    return among(found, keep)


def _begins(body: Body) -> tuple[int, int]:
    """The first row of a table below, its title, and its row of headings: after a blank row or a title, words above
    more; both are the number of all rows where there is none."""
    none = len(body), len(body)
    key = next(iter(body.odd_keys.values()), None)
    if key is None:
        return none
    words = is_filled(key) & ~matches(key, r"\d")
    candidates = np.flatnonzero(words).tolist()
    if len(candidates) > min(_FEW_WORDS, int(is_filled(key).sum()) // 2):
        return none  # where keys are words, they tell nothing
    for row in candidates:
        above = len(body.cells(row - 1)) if row else 2
        if above <= 1 and row + 1 < len(body) and _is_heading(body, row):
            return row - above, row
    return none


def _is_heading(body: Body, row: int) -> bool:
    filled = [plain(cell) for cell in body.cells(row)]
    words = not any(":" in cell or any(map(str.isdigit, cell)) for cell in filled)
    return len(filled) > 2 and words and not set(filled) <= set(body.header.titles)


def beside(body: Body, keep: np.ndarray) -> np.ndarray:
    """The rows of a sheet whose own columns are all blank, under other headings."""
    if all(is_filled(key).all() for key in body.keys.values()) and body.keys:
        return np.zeros(len(body), dtype=bool)
    return among(np.isin(np.arange(len(body)), list(under_other_headings(body))), keep)


def under_other_headings(body: Body) -> set[int]:
    """The rows of a sheet with nothing in its columns that look like records under other headings: each has a day, and
    as many cells as are required of one."""
    if not body.header.extra or any(is_filled(text).any() for text in body.texts.values()):
        return set()
    needed = max(2, sum(column.required for column in body.source.columns.values()))
    rows = np.flatnonzero(body.widths >= needed).tolist()
    return {row for row in rows if any(map(_is_day, body.cells(row)))}


def _is_day(cell: str) -> bool:
    return bool(re.match(r"\d{4}[-/.年]", cell)) and cells.read_datetime(cell, ANY_YEAR) is not None
