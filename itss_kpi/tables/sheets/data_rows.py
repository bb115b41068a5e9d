"""Sheets: one sheet of an export file -> its data rows, as a text array for each declared column.

Convention: row and column numbers inside are 0-based positions of the grid; an address is that of the sheet (`F12`).
A row is set aside only by what stands in it: blank, a repeated header, or a label (合计, 备注 …) beside which nothing
stands that a record would have.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.sources import Source
from itss_kpi.core.problems import Problem
from itss_kpi.core.text import fold, plain
from itss_kpi.reading.grid import RawExport
from itss_kpi.tables.sheets.across import Part
from itss_kpi.tables.sheets.body import Body
from itss_kpi.tables.sheets.cover import rows_above
from itss_kpi.tables.sheets.headed import Marks, mark_texts, report_columns
from itss_kpi.tables.sheets.header import FULL_MARKS, Header
from itss_kpi.tables.sheets.row_kinds import sort_rows

_DAYS_TO_1904 = 1462
_AMOUNTS = (Kind.NUMBER, Kind.SPAN)
_PERCENT = re.compile(r"%|[(\[]百分[比点号]+[)\]]")
_BETWEEN = re.compile(r"[、,;+|\uff0c\uff1b\uff0b\uff5c\s]+")
MARKS = ("D202", "D206", "D207", "D211", "")
"""The codes of cells without a value that could be read; without a code where it was said of the whole column."""


@dataclass(slots=True)
class Piece:
    """One sheet cut to its data rows: a text array per declared column, marked rows by code, row numbers.

    `time` is the days of which it speaks, `covers` those that it answers for, `made` when it is said to have been made;
    an `incomplete` one lacks a column, and what is `lacking` says that it lacks rows. Of the `doubted` rows nobody
    knows whether they count, of the `shared` ones whose they are; one of `many` records counts for several; the key of
    a `merged` one is that of the row above. The headings of the columns in `points` say that their numbers are
    percents; `full_marks` are the least and the most that a heading lets a column be. `part` is what this is of a
    table: its columns with one value, the days that its heading says.
    """

    raw: RawExport
    header_row: int
    where: Mapping[str, int]
    covers: tuple[date, date] | None
    texts: dict[str, pa.Array]
    marks: Marks
    rows: np.ndarray
    counts: Counter[str]
    part: Part
    incomplete: bool = False
    lacking: str = ""
    made: tuple[date, ...] = ()
    time: tuple[date, date] | None = None
    doubted: np.ndarray = field(init=False)
    many: np.ndarray = field(init=False)
    merged: np.ndarray = field(init=False)
    shared: np.ndarray = field(init=False)
    points: Collection[str] = ()
    full_marks: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.doubted, self.many, self.merged, self.shared = np.zeros((4, len(self.rows)), dtype=bool)

    @property
    def counted(self) -> np.ndarray:
        """Which rows are records because somebody has ruled so."""
        return np.isin(self.rows, list(self.raw.counted))

    def only(self, rows: np.ndarray) -> "Piece":
        """These of its rows."""
        position = {row: at for at, row in enumerate(rows.tolist())}
        marks = {
            code: {name: [position[row] for row in marked if row in position] for name, marked in found.items()}
            for code, found in self.marks.items()
        }
        texts = {name: text.take(pa.array(rows)) for name, text in self.texts.items()}
        made = replace(self, texts=texts, marks=marks, rows=self.rows[rows])
        for name in ("doubted", "many", "merged", "shared"):
            setattr(made, name, getattr(self, name)[rows])
        return made

    def column(self, at: int) -> pa.Array:
        """What stands in a column of the sheet, for each row."""
        cells = self.raw.grid.cells.column(at).take(pa.array(self.raw.grid.positions_of(self.rows)))
        return cells.combine_chunks()

    def undeclared(self, headings: re.Pattern[str]) -> Iterator[tuple[int, str, pa.Array]]:
        """The columns that nothing declares with such a heading: place, heading, and a text for each row."""
        for at, title in enumerate(self.part.header.titles):
            if title in self.part.header.extra and headings.search(fold(title)):
                texts = [plain(str(text or "")).strip() for text in self.column(at).to_pylist()]
                yield at, title, pa.array(texts, pa.string())


def placed(pieces: Iterable[Piece]) -> Iterator[tuple[Piece, slice]]:
    """Each piece, and where its rows stand among those of all."""
    start = 0
    for piece in pieces:
        yield piece, slice(start, start := start + len(piece.rows))


def each_row(pieces: Sequence[Piece], values: Sequence[Any] | np.ndarray) -> np.ndarray:
    """For each row the value of its piece."""
    return np.repeat(np.asarray(values), [len(piece.rows) for piece in pieces])


def cut(raw: RawExport, part: Part, end: int, source: Source, problems: list[Problem]) -> Piece:
    """The data rows of one table of a sheet, or of a part of it, which ends before row `end`."""
    header = part.header
    below = header.row + header.height
    height = max(end - below, 0)
    columns = {
        name: pc.utf8_trim_whitespace(raw.grid.cells.column(at).slice(below, height).combine_chunks())
        for name, at in header.where.items()
        if name not in part.given
    }
    columns |= {name: pa.repeat(pa.scalar(text, pa.string()), height) for name, text in part.given.items()}
    nothing = pa.nulls(height, pa.string())
    texts = {name: columns.get(name, nothing) for name in source.columns}
    body = Body(raw, source, header, below, end, texts)
    lost = report_columns(body, problems)
    marks = _marks(body) | {"": {name: list(range(height)) for name in lost}}
    mark_texts(body, marks, problems)
    merged = _fill_merges(body, texts, marks)
    if raw.grid.epoch_1904:
        _shift_serials(texts, source)
    own_texts = texts | dict.fromkeys(part.given, nothing)
    kinds = sort_rows(Body(raw, source, part.own_header, below, end, own_texts), problems)
    for name in header.where.keys() - set(source.key) if kinds.shifted.any() else ():
        marks[""].setdefault(name, []).extend(np.flatnonzero(kinds.shifted).tolist())
    own = np.arange(height)
    numbers = raw.grid.numbers_of(own + below)
    piece = Piece(raw, below, header.where, None, texts, marks, numbers, kinds.counts, part, bool(lost), kinds.lacking)
    piece.doubted, piece.many = kinds.doubted, kinds.many
    from_above = [merged[name] != own for name in source.key if name in merged]
    piece.merged = np.logical_or.reduce(from_above) if from_above else piece.merged
    _mark_headings(piece, header)
    return piece if kinds.keep.all() else piece.only(np.flatnonzero(kinds.keep))


def _mark_headings(piece: Piece, header: Header) -> None:
    """What the headings say of the numbers below them: that they are percents, and what a score can be, which a title
    may say of all scores."""
    titles = {name: plain(header.titles[at]).replace(" ", "") for name, at in header.where.items()}
    piece.points = {name for name, title in titles.items() if _PERCENT.search(title)}
    above = FULL_MARKS.search(plain(" ".join(text for row in rows_above(piece.raw, header.row) for text in row)))
    found = {name: FULL_MARKS.search(title) or ("分" in title and above) for name, title in titles.items()}
    piece.full_marks = {
        name: (int(full[4] or 0), int(full[1] or full[2] or full[5] or 100)) for name, full in found.items() if full
    }


def split(piece: Piece, source: Source) -> list[Piece]:
    """The piece, and one more for each further name that stands in a cell of the column that is split: of the rows that
    have so many, with that name."""
    if source.split is None:
        return [piece]
    names = (_BETWEEN.split(text or "") for text in piece.texts[source.split].to_pylist())
    listed = [[name for name in found if name] or [""] for found in names]
    return [_nth(piece, source.split, listed, at) for at in range(max(map(len, listed), default=1))]


def _nth(piece: Piece, column: str, listed: Sequence[Sequence[str]], at: int) -> Piece:
    """The rows that have so many names in the column, with this one of them."""
    rows = [row for row, names in enumerate(listed) if len(names) > at]
    made = piece.only(np.array(rows, dtype=np.int64))
    made.texts[column] = pa.array([listed[row][at] for row in rows], pa.string())
    made.counts = piece.counts if not at else Counter({"read": len(rows)})
    return made


def _marks(body: Body) -> Marks:
    """By code and column, the data rows whose cell has no value that could be read."""
    grid, where, key, columns = body.raw.grid, body.header.where, body.source.key, body.source.columns
    names = {at: name for name, at in where.items()}
    exact = {at: name for name, at in where.items() if name in key or columns[name].kind is Kind.NUMBER}
    marks: Marks = {code: defaultdict(list) for code in MARKS}
    for code, spots, named in zip(
        MARKS, (grid.errors, grid.unsaved, grid.inexact), (names, names, exact), strict=False
    ):
        for row, at in spots:
            if body.start <= row < body.start + len(body) and at in named:
                marks[code][named[at]].append(row - body.start)
    return marks


def _fill_merges(body: Body, texts: dict[str, pa.Array], marks: Marks) -> dict[str, np.ndarray]:
    """Give every row of a vertical merge the value that is shown beside it; of an amount nobody knows each row's. By
    column the row from which each row has its text."""
    grid, source, below = body.raw.grid, body.source, body.start
    counted = {name for name, one in source.columns.items() if one.kind in _AMOUNTS and name not in source.key}
    timed: set[str | None] = {name for name, one in source.columns.items() if one.kind in (Kind.INSTANT, *_AMOUNTS)}
    names = {grid.indexes[at]: name for name, at in body.header.where.items()}
    taken: dict[str, np.ndarray] = {}
    for top, left, bottom, right in grid.merges:
        within = list(range(max(top - below, 0), min(bottom - below, len(body) - 1) + 1))
        for lost in timed & {names.get(at) for at in range(left + 1, right + 1)} if within else ():
            marks["D211"].setdefault(str(lost), []).extend(within)  # what is merged over it may be said of it, too
        name = names.get(left)
        if source.across and name in counted and right > left:
            marks["D211"].setdefault(name, []).extend(within)  # it may be of all the months together
        first, last = top - below, min(bottom - below, len(texts[name]) - 1 if name else 0)
        if name is None or first < 0 or last <= first:
            continue
        taken.setdefault(name, np.arange(len(texts[name])))[first + 1 : last + 1] = first
        if name in counted and texts[name][first].as_py():
            marks["D211"].setdefault(name, []).extend(range(first, last + 1))
        for found in marks.values():
            if first in found.get(name, ()):
                found[name] += range(first + 1, last + 1)
    for name, rows in taken.items():
        texts[name] = texts[name].take(pa.array(rows))
    return taken


def _shift_serials(texts: dict[str, pa.Array], source: Source) -> None:
    """Dates that stand as plain numbers in a workbook that counts its days from 1904."""
    for name, column in source.columns.items():
        if column.kind is Kind.INSTANT:
            serial = pc.fill_null(pc.match_substring_regex(texts[name], r"^\d{5}(?:\.\d+)?$"), False)
            if pc.any(serial).as_py():
                pairs = zip(texts[name].to_pylist(), serial.to_pylist(), strict=True)
                shifted = [str(Decimal(text) + _DAYS_TO_1904) if sure else text for text, sure in pairs]
                texts[name] = pa.array(shifted, pa.string())
