"""Columns: the texts of a declared column -> exact values, and which of them can't be read.

Convention: a text that isn't just what its column declares is unreadable, never a guess.
"""

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.sources import SPAN_UNITS, Column
from itss_kpi.catalogue.usage import PLANNED
from itss_kpi.core.problems import Problem
from itss_kpi.core.text import fold, plain
from itss_kpi.reading.worker.number_texts import UNITS
from itss_kpi.tables.cell_problems import cell_message
from itss_kpi.tables.oddities import oddities
from itss_kpi.tables.sheets import cell_values as cells
from itss_kpi.tables.sheets.body import cell_place, is_filled, matches
from itss_kpi.tables.sheets.data_rows import MARKS, Piece, each_row, placed
from itss_kpi.tables.table import Physical

LONGEST_VALUE = 200
"""Characters of a cell that may be a number, a date or a choice; a longer text is none."""


# ---- from texts to exact values


@dataclass(slots=True)
class TypedColumn:
    """A declared column's values over all pieces: int64, bool or text of this `kind` and `scale`, with masks of blank
    and unreadable rows; somebody has ruled what those are that are `sure`. Of the others `Physical` says what they
    are."""

    name: str
    declared: Column
    pieces: Sequence[Piece]
    scale: int
    values: Any
    blank: np.ndarray
    bad: np.ndarray
    texts: pa.Array
    days: np.ndarray
    never: np.ndarray
    sure: np.ndarray
    ends: np.ndarray | None = None
    listed: int = 0

    @property
    def kind(self) -> Kind:
        """The kind of its values."""
        return self.declared.kind

    @property
    def there(self) -> np.ndarray:
        """The rows that have a readable value."""
        return np.asarray(~(self.blank | self.bad))

    @property
    def told_apart(self) -> Any:
        """The values, those of periods that begin together but don't end together told apart."""
        return self.values if self.ends is None else self.values + (self.ends - self.values) // _DAY

    @property
    def bound(self) -> int:
        """The largest magnitude of its numbers."""
        counted = self.kind not in (Kind.TEXT, Kind.TRUTH) and len(self.values)
        return int(np.abs(self.values).max()) if counted else 0

    @property
    def physical(self) -> Physical:
        """What the column is now that its values are: instants and durations are whole minutes or days."""
        counted = self.kind in (Kind.INSTANT, Kind.SPAN) and len(self.values)
        return Physical(
            self.kind,
            self.scale,
            self.bound,
            blank=bool(self.blank.any()),
            bad=bool(self.bad.any()),
            day=self.declared.type == "date",
            days=bool(self.days.any()),
            never=bool(self.never.any()),
            ends=self.ends is not None,
            listed=self.listed,
            step=int(np.gcd.reduce(self.values)) or 1 if counted else 1,
        )

    def distrust(self, rows: np.ndarray) -> None:
        """Take the values of these rows for unreadable, but for those that are ruled."""
        rows = rows & ~self.sure
        self.bad = self.bad | rows
        self.blank = self.blank & ~rows

    def say(self, code: str, rows: np.ndarray, said: str | None = None) -> Iterator[Problem]:
        """Each cell of these rows; `said` of each, or as the code and the column have it."""
        for piece, mine in placed(self.pieces) if rows.any() else ():
            for at in np.flatnonzero(rows[mine]).tolist() if self.name in piece.where else ():
                place = cell_place(piece.raw, int(piece.rows[at]) - 1, piece.where[self.name])
                text = str(self.texts[mine.start + at].as_py() or "")
                yield Problem(code, said or cell_message(code, self.name, self.declared, text), place)

    def doubt(self, code: str, rows: np.ndarray, said: str | None = None) -> Iterator[Problem]:
        """Take the cells of these rows for unreadable, and say it of each."""
        self.distrust(rows)
        yield from self.say(code, rows, said)


def type_column(
    name: str,
    column: Column,
    pieces: Sequence[Piece],
    departments: Sequence[str],
    years: np.ndarray,
    problems: list[Problem],
) -> TypedColumn:
    """The column over all rows; `years` are those of the rows' files, in which days without a year are."""
    texts = pa.concat_arrays([piece.texts[name] for piece in pieces] or [pa.array([], pa.string())])
    texts = _without_blank_words(_without_unseen(texts), column)
    blank = ~is_filled(texts)
    marked = {code: _mask(code, name, pieces) for code in MARKS if any(piece.marks[code].get(name) for piece in pieces)}
    valueless = functools.reduce(np.logical_or, marked.values(), np.zeros_like(blank))
    blank &= ~valueless
    meant = _as_percents(name, column, _without_unit(texts, column), pieces)
    values, scale, bad = _read_column(column, meant, blank | valueless, departments, years)
    codes = [*marked.items(), ("D203" if column.type == "choice" else "D201", bad.copy())]
    for code, odd in oddities(name, column, values, scale, texts, bad, pieces):
        found = odd & ~(blank | valueless | bad)
        codes.append((code, found))
        bad |= found
    if column.blank is not None:
        values[blank] = column.blank * 10**scale if column.kind is Kind.NUMBER else 0
        blank = np.zeros_like(blank)
    if column.required:
        # of the others it is said why they may be no records
        known = [~piece.doubted | piece.counted for piece in pieces]
        codes.append(("D204", blank & np.concatenate(known) if known else blank.copy()))
        bad |= blank
        blank = np.zeros_like(blank)
    bad |= valueless
    if column.kind is Kind.TEXT:
        values = pd.array(values, dtype="str")
    else:
        values[blank | bad] = 0
    nothing = np.zeros_like(bad)
    made = TypedColumn(name, column, pieces, scale, values, blank, bad, texts, nothing, nothing, nothing)
    for code, mask in codes:
        problems += made.say(code, mask) if code else ()
    if column.kind is Kind.INSTANT:
        _mark_months(made)
        _mark_days_and_never(made)
    if column.type == "period":
        _mark_ends(made, years)
    return made


def read_again(typed: TypedColumn, readings: Mapping[int, str], departments: Sequence[str], years: np.ndarray) -> None:
    """Read the cells at these rows as these texts; an empty one is a blank."""
    column = typed.declared
    at = np.array([*readings], dtype=np.int64)
    texts = pa.array(readings.values(), pa.string())
    blank = ~is_filled(texts)
    values, scale, bad = _read_column(column, texts, blank, departments, years[at])
    there = typed.values.copy()
    if column.kind is Kind.TEXT:
        there[at] = pa.array(values, pa.string()).to_pylist()
    else:
        finer = max(scale, typed.scale)
        exact = [int(value) * 10 ** (finer - scale) for value in values]
        if typed.bound * 10 ** (finer - typed.scale) >= _TOO_LARGE:
            finer, bad = typed.scale, np.ones_like(bad)  # beside the others its digits can't be held
        there = there if finer == typed.scale else there * 10 ** (finer - typed.scale)
        bad |= np.array([abs(value) >= _TOO_LARGE for value in exact], dtype=bool)
        there[at] = [0 if lost else value for value, lost in zip(exact, bad | blank, strict=True)]
        typed.scale = finer
    ruled = np.zeros(len(there), dtype=bool)
    ruled[at] = True
    typed.values, typed.blank, typed.bad = there, typed.blank & ~ruled, typed.bad & ~ruled
    typed.blank[at], typed.bad[at] = blank, bad
    given = texts.take(pa.array(np.argsort(at)))  # in the order of the rows
    typed.texts = pc.replace_with_mask(typed.texts, pa.array(ruled), given)
    typed.sure = ruled & ~typed.bad
    if column.kind is Kind.INSTANT:
        short = np.array([len(text) <= _A_DAY for text in readings.values()], dtype=bool)
        never = ~(blank | bad) & (there[at] >= _NEVER)
        typed.never, typed.days = typed.never.copy(), typed.days.copy()
        typed.never[at], typed.days[at] = never, short & ~(blank | bad | never) & (column.type == "datetime")
    if column.type == "period":
        _mark_ends(typed, years)
    elif typed.ends is not None:  # what is ruled is no month
        typed.ends[at] = there[at] + (_DAY if column.type == "date" else 1)
        typed.ends = typed.ends if typed.days.any() else None


def _without_unseen(texts: pa.Array) -> pa.Array:
    """The texts with a blank for each in which nobody sees anything."""
    unseen = pc.match_substring_regex(texts, _UNSEEN)
    return pc.if_else(unseen, "", texts) if pc.any(unseen).as_py() else texts


_UNSEEN = "^[\\s\u3000\u00a0\u00ad\u2000-\u200f\u202a-\u202f\u2060-\u2069\ufeff]+$"


def _without_blank_words(texts: pa.Array, column: Column) -> pa.Array:
    """The texts with a blank for each that the column declares to mean one."""
    if not column.blank_words:
        return texts
    words = {fold(word) for word in column.blank_words}
    known = [text for text in texts.unique().to_pylist() if text and len(text) <= LONGEST_VALUE and fold(text) in words]
    return pc.if_else(pc.is_in(texts, value_set=pa.array(known, pa.string())), "", texts)


def _as_percents(name: str, column: Column, texts: pa.Array, pieces: Sequence[Piece]) -> pa.Array:
    """Bare numbers under a heading that says percent with their sign; one below 1 may be a fraction, and is neither."""
    if column.type != "percent" or column.percent is not None or not any(name in piece.points for piece in pieces):
        return texts
    bare = each_row(pieces, [name in piece.points for piece in pieces]) & matches(texts, r"^[\d.,]+$")
    fractions = bare & matches(texts, r"^0*\.\d|^0\.0*[1-9]")
    signed = pc.binary_join_element_wise(texts, "%", "")
    made = pc.if_else(pa.array(bare), signed, texts)
    return pc.if_else(pa.array(fractions), pc.binary_join_element_wise(texts, "?", ""), made)


def _without_unit(texts: pa.Array, column: Column) -> pa.Array:
    """The numbers without the unit behind each, where all have the same one; beside 480元, 300 is 元, too."""
    if column.kind is not Kind.NUMBER or column.type in ("percent", "period"):
        return texts
    written = matches(texts, _WITH_UNIT)
    if not written.any():
        return texts
    units = pc.replace_substring_regex(texts.filter(pa.array(written)), _WITH_UNIT, "\\2").unique().to_pylist()
    if len(units) > 1 or (units != ["元"] and (is_filled(texts) & ~written).any()):
        return texts
    return pc.replace_substring_regex(texts, _WITH_UNIT, "\\1")


_WITH_UNIT = rf"^([-+(]?[\d.,]+\)?)\s*((?i:{UNITS}))$"
_DAY = 86_400_000_000
_NEVER = 2_840_140_800_000_000  # 2060-01-01
_A_DAY = 10
"""Characters of a moment that has no time."""
_TOO_LARGE = 2**62
_FINE = 12
"""Decimals that a column keeps where its largest number leaves no room for more."""
_LONGEST_MONTH = 31 * _DAY


def _mark_months(column: TypedColumn) -> None:
    """Say of days that only their month is known, and when that ends; what is planned for a month has all of it."""
    months = column.there & matches(column.texts, f"^{cells.MONTH}$")
    if column.declared.type == "period" or not months.any():
        return
    first = column.values.astype("datetime64[us]").astype("datetime64[M]")
    following = (first + 1).astype("datetime64[us]").astype(np.int64)
    if PLANNED.search(column.name):
        column.values = np.where(months, following - _DAY, column.values)
        return
    column.days = months
    column.ends = np.where(months, following, column.values + (_DAY if column.declared.type == "date" else 1))


_UNTIL = re.compile("到期|有效|失效|届满|期满|终止日|期限")


def _mark_days_and_never(column: TypedColumn) -> None:
    there = column.there
    if not _UNTIL.search(column.name):  # there it says for ever, which is as late as it stands
        column.never = there & (column.values >= _NEVER)
    if column.declared.type != "datetime":
        return
    midnight = there & (column.values % _DAY == 0)
    days = midnight & np.asarray(pc.fill_null(pc.less_equal(pc.utf8_length(column.texts), _A_DAY), False))
    for _, mine in placed(() if column.declared.midnight else column.pieces):
        if (midnight[mine] == there[mine]).all():
            days[mine] |= there[mine]  # no cell of the sheet has a time
    column.days = (days & ~column.never) | column.days


def _mark_ends(column: TypedColumn, years: np.ndarray) -> None:
    """Say when each period ends, where one is longer than a month."""
    ends, _ = _read_by_year(column.texts, years, cells.read_period_end)
    if (column.there & (ends - column.values > _LONGEST_MONTH)).any():
        column.ends = np.where(column.there, ends, 0)


def _mask(code: str, name: str, pieces: Sequence[Piece]) -> np.ndarray:
    masks = [np.zeros(len(piece.rows), dtype=bool) for piece in pieces]
    for mask, piece in zip(masks, pieces, strict=True):
        mask[piece.marks[code].get(name, [])] = True
    return np.concatenate(masks)


def _read_column(
    column: Column,
    texts: pa.Array,
    skip: np.ndarray,
    departments: Sequence[str],
    years: np.ndarray,
) -> tuple[Any, int, np.ndarray]:
    match column.type:
        case "text":
            return _plain(pc.fill_null(texts, "")), 0, np.zeros(len(texts), dtype=bool)
        case "choice":
            words = _words(column, departments)
            known, at, bad = _read_each(texts, skip, lambda text: words.get(fold(text)))
            return pa.array([value or "" for value in known], pa.string()).take(pa.array(at)), 0, bad
        case "datetime" | "date":
            return _read_moments(column, texts, skip, years)
        case "yes_no":
            known, at, bad = _read_each(texts, skip, cells.read_yes_no)
            return np.array([bool(value) for value in known], dtype=bool)[at], 0, bad
        case _:
            return _read_numbers(column, texts, skip, years)


def _plain(texts: pa.Array) -> pa.Array:
    # few texts have anything that isn't plain
    odd = pc.match_substring_regex(texts, _ODD)
    if not pc.any(odd).as_py():
        return texts
    made = pa.array([plain(text) for text in texts.filter(odd).to_pylist()], pa.string())
    return pc.replace_with_mask(texts, odd, made)


_ODD = "[\uff01-\uff5e\u3000\u00a0\u00ad\u2000-\u2015\u202a-\u202f\u2060-\u2069\u2212\ufe63\ufeff]"


def _words(column: Column, departments: Sequence[str]) -> dict[str, str]:
    return column.spellings or {fold(name): name for name in departments}


def _read_each(texts: pa.Array, skip: np.ndarray, read: Any) -> tuple[list[Any], np.ndarray, np.ndarray]:
    """Each distinct text read once: what it is (None: unreadable, or no text), which one each row has, and whether the
    row is unreadable."""
    encoded = texts.dictionary_encode()
    known = [read(text) if text and len(text) <= LONGEST_VALUE else None for text in encoded.dictionary.to_pylist()]
    known.append(None)
    indices = np.asarray(pc.fill_null(encoded.indices, len(known) - 1))
    unread = np.array([value is None for value in known], dtype=bool)
    return known, indices, unread[indices] & ~skip


def _read_moments(column: Column, texts: pa.Array, skip: np.ndarray, years: np.ndarray) -> tuple[Any, int, np.ndarray]:
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
        read = functools.partial(cells.read_moment, formats=column.formats, zone=column.zone)
        values[rest], bad[rest] = _read_by_year(texts.filter(pa.array(rest)), years[rest], read)
    if column.zone:
        values[easy] += cells.shift_of(column.zone)
    if column.type == "date":
        values = values // 86_400_000_000 * 86_400_000_000
    return values, 0, bad


def _read_by_year(
    texts: pa.Array, years: np.ndarray, read: Callable[[str, int], int | None]
) -> tuple[np.ndarray, np.ndarray]:
    """Moments of which some are written without their year."""
    values, bad = np.zeros(len(texts), dtype=np.int64), np.zeros(len(texts), dtype=bool)
    for year in np.unique(years).tolist():
        mine = years == year
        known, at, unread = _read_each(
            texts.filter(pa.array(mine)), np.zeros(int(mine.sum()), bool), lambda text, year=year: read(text, year)
        )
        values[mine] = np.array([value or 0 for value in known], dtype=np.int64)[at]
        bad[mine] = unread
    return values, bad


def _canonical(texts: pa.Array) -> Iterator[np.ndarray]:
    """Which texts look like `2022-07-05 09:30:00`: by their length, or more slowly by their form. A cast tells."""
    yield np.asarray(pc.fill_null(pc.equal(pc.binary_length(texts), 19), False))
    yield np.asarray(pc.fill_null(pc.match_substring_regex(texts, r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"), False))


def _read_numbers(column: Column, texts: pa.Array, skip: np.ndarray, years: np.ndarray) -> tuple[Any, int, np.ndarray]:
    if column.type == "period":
        values, bad = _read_by_year(texts, years, cells.read_period)
        return values, 0, bad & ~skip

    readers: dict[str, Callable[[str], Fraction | int | None]] = {
        "integer": cells.read_integer,
        "decimal": cells.read_decimal,
        "percent": lambda text: cells.read_percent(text, column.percent),
        "duration": lambda text: cells.read_span(text, SPAN_UNITS[column.unit or "minute"]),
    }
    known, at, bad = _read_each(texts, skip, readers[column.type])
    scale = max((_decimals(value) for value in known if isinstance(value, Fraction)), default=0)
    # 15 significant digits beside a finer scale than theirs can pass what an int64 holds
    if scale > _FINE and any(abs(value or 0) * 10**scale >= _TOO_LARGE for value in known):
        scale = _FINE
    scaled = [Fraction(value or 0) * 10**scale for value in known]
    lost = np.array([abs(value) >= _TOO_LARGE or value.denominator > 1 for value in scaled], dtype=bool)
    held = np.array([0 if over else int(value) for value, over in zip(scaled, lost, strict=True)], dtype=np.int64)
    return held[at], scale, bad | lost[at]


def _decimals(value: Fraction) -> int:
    digits = 0
    while 10**digits % value.denominator:
        digits += 1
    return digits
