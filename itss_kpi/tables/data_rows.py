"""Sheets: one sheet of an export file -> its data rows, as a text array for each declared column.

Convention: row and column numbers inside are 0-based positions of the grid; an address is that of the sheet (`F12`).
A row is set aside only by what stands in it: blank, a repeated header, or a label (合计, 备注 …) beside which nothing
stands that a record would have.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.catalogue.expression import Kind, suggestion
from itss_kpi.catalogue.sources import Source
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.text import fold
from itss_kpi.reading.grid import Grid, RawExport
from itss_kpi.tables import cell_values as cells
from itss_kpi.tables.cell_values import column_letter
from itss_kpi.tables.header import HEADER_WITHIN, Header, find_header

_TOTALS = ("合计", "小计", "总计", "累计", "共计", "平均", "平均值")
_NOTES = ("制表", "填表", "填报", "审核", "复核", "备注", "说明", "注", "打印日期", "统计人", "负责人", "编制", "批准")
_ANY_YEAR = 2000
_NOTE_ENDS = (*_NOTES, "人", "日期", "时间", "部门")
EXAMPLE = "【示例】"
"""How the key of a template's example row begins: the row shows how to fill in and is never counted."""
_GAP = r"[\s\p{Z}]*"


def _spaced(words: Sequence[str]) -> str:
    """The words as alternatives of a pattern, each with blanks anywhere in it: 合 计."""
    return "|".join(_GAP.join(word) for word in words)


_OF_LABELS = f"[{''.join(sorted({*''.join(_TOTALS), *(word[0] for word in _NOTES), EXAMPLE[0]}))}]"
"""A character without which no text is a label: most keys have none, and then the pattern below need not be tried."""
_LABEL = (
    rf"^{_GAP}{_GAP.join(EXAMPLE)}|^{_GAP}[【\[(（]?{_GAP}(?:{_spaced(_NOTES)})"
    rf"|(?:{_spaced(_TOTALS)}){_GAP}[】\])）:：\s\p{{Z}}]*$"
)
_DAYS_TO_1904 = 1462
_AMOUNTS = (Kind.NUMBER, Kind.SPAN)
HEADER_MOSTLY_WITHIN = 5
"""Rows in which nearly every header stands; the others up to `HEADER_WITHIN` are looked at only where it doesn't."""
MARKS = ("D202", "D206", "D207", "D211", "")
"""The codes of cells without a value that could be read; without a code where it was said of the whole column."""


@dataclass(slots=True)
class Piece:
    """One sheet cut to its data rows: a text array per declared column, marked rows by code, row numbers.

    `time` is the days of which it speaks, `covers` those that it answers for, `made` when it is said to have been made;
    of an `ambiguous` one nobody knows whether it counts, an `incomplete` one lacks a column.
    """

    raw: RawExport
    header_row: int
    where: Mapping[str, int]
    covers: tuple[date, date] | None
    texts: dict[str, pa.Array]
    marks: dict[str, dict[str, list[int]]]
    rows: np.ndarray
    counts: Counter[str]
    ambiguous: bool = False
    incomplete: bool = False
    made: tuple[date, ...] = ()
    time: tuple[date, date] | None = None


def header_of(raw: RawExport, source: Source) -> Header | None:
    """The header of a sheet, or None where it names fewer than two columns of the ledger."""
    first = _header_within(raw, source, HEADER_MOSTLY_WITHIN)
    complete = first is not None and first.score == len(source.columns)  # then no other row can name more
    return first if complete else _header_within(raw, source, HEADER_WITHIN)


def _header_within(raw: RawExport, source: Source, within: int) -> Header | None:
    head = [column.slice(0, within).to_pylist() for column in raw.grid.cells.columns]
    rows = [[str(cell).strip() if cell else "" for cell in row] for row in zip(*head, strict=True)]
    place = {index: at for at, index in enumerate(raw.grid.indexes)}
    merges = [
        (top, place[left], bottom, max(place[i] for i in range(left, right + 1) if i in place))
        for top, left, bottom, right in raw.grid.merges
        if left in place and top < HEADER_WITHIN
    ]
    return find_header(rows, merges, source)


def cut(raw: RawExport, header: Header, source: Source, problems: list[Problem]) -> Piece:
    """The sheet's data rows below its header."""
    lost = _report_columns(raw, header, source, problems)
    below = header.row + header.height
    height = raw.grid.cells.num_rows - below
    columns = {
        name: pc.utf8_trim_whitespace(raw.grid.cells.column(at).slice(below).combine_chunks())
        for name, at in header.where.items()
    }
    texts = {name: columns.get(name, pa.nulls(max(height, 0), pa.string())) for name in source.columns}
    filled = _filled(raw.grid, below)
    marks = _marks(raw.grid, below, header.where, source)
    for name in lost:
        marks[""][name] = list(range(height))
    counted = {name for name, one in source.columns.items() if one.kind in _AMOUNTS and name not in source.key}
    _fill_merges(raw.grid, below, header.where, texts, marks, counted)
    if raw.grid.epoch_1904:
        _shift_serials(texts, source)
    keep, counts = _data_rows(raw, source, header, texts, marks, filled, problems)
    indices = np.flatnonzero(keep)
    if len(indices) < height:
        position = {row: at for at, row in enumerate(indices.tolist())}
        marks = {
            code: {name: [position[row] for row in rows if row in position] for name, rows in found.items()}
            for code, found in marks.items()
        }
        texts = {name: text.take(pa.array(indices)) for name, text in texts.items()}
    piece = Piece(raw, header.row + header.height, header.where, None, texts, marks, indices + below + 1, counts)
    piece.incomplete = bool(lost)
    return piece


def _report_columns(raw: RawExport, header: Header, source: Source, problems: list[Problem]) -> set[str]:
    """The columns that are lost, missing or there twice, after each was reported."""
    place = Place(raw.path, raw.grid.sheet)
    for name, at in header.twice:
        where = cell_place(raw, header.row + header.height - 1, at)
        problems.append(Problem("D107", f"两列都是“{name}”;该列按无法读取处理", where))
    if header.extra:
        problems.append(Problem("D106", f"未使用的列:{'、'.join(header.extra)}", place))
    missing = [name for name, one in source.columns.items() if not one.optional and name not in header.named]
    for name in missing:
        near = suggestion(name, header.extra)
        problems.append(Problem("D105", f"没有“{name}”列{near};该列按无法读取处理", place))
    if raw.grid.unseen:
        problems.append(Problem("D122", "这种格式看不出合并单元格与隐藏行", place))
    return {*missing, *dict(header.twice)}


def cell_place(raw: RawExport, row: int, column: int) -> Place:
    letter = column_letter(raw.grid.indexes[column])
    return Place(raw.path, raw.grid.sheet, f"{letter}{row + 1}")


def _filled(grid: Grid, below: int) -> np.ndarray:
    """Which rows have anything in them, declared or not."""
    filled = np.zeros(max(grid.cells.num_rows - below, 0), dtype=bool)
    for row, _ in (*grid.errors, *grid.unsaved):
        if row >= below:
            filled[row - below] = True
    for column in grid.cells.slice(below).columns:
        if filled.all():
            break  # most often after the first column, that of the key
        filled |= is_filled(column.combine_chunks())
    return filled


def _marks(grid: Grid, below: int, where: Mapping[str, int], source: Source) -> dict[str, dict[str, list[int]]]:
    """By code and column, the data rows whose cell has no value that could be read."""
    exact = {name for name, column in source.columns.items() if name in source.key or column.kind is Kind.NUMBER}
    inexact = {name: at for name, at in where.items() if name in exact}
    found = ((grid.errors, where), (grid.unsaved, where), (grid.inexact, inexact))
    marks = {code: _rows_below(spots, below, at) for code, (spots, at) in zip(MARKS, found, strict=False)}
    return marks | {code: {} for code in MARKS[len(found) :]}


def _rows_below(positions: Iterable[tuple[int, int]], below: int, where: Mapping[str, int]) -> dict[str, list[int]]:
    names = {at: name for name, at in where.items()}
    found: dict[str, list[int]] = defaultdict(list)
    for row, column in positions:
        if row >= below and column in names:
            found[names[column]].append(row - below)
    return found


def _fill_merges(
    grid: Grid,
    below: int,
    where: Mapping[str, int],
    texts: dict[str, pa.Array],
    marks: dict[str, dict[str, list[int]]],
    counted: Collection[str],
) -> None:
    """Give every row of a vertical merge the value that is shown beside it; of an amount nobody knows each row's."""
    names = {grid.indexes[at]: name for name, at in where.items()}
    taken: dict[str, np.ndarray] = {}
    for top, left, bottom, _ in grid.merges:
        name = names.get(left)
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


def _shift_serials(texts: dict[str, pa.Array], source: Source) -> None:
    """Dates that stand as plain numbers in a workbook that counts its days from 1904."""
    for name, column in source.columns.items():
        if column.kind is Kind.INSTANT:
            serial = pc.fill_null(pc.match_substring_regex(texts[name], r"^\d{5}(?:\.\d+)?$"), False)
            if pc.any(serial).as_py():
                pairs = zip(texts[name].to_pylist(), serial.to_pylist(), strict=True)
                shifted = [str(Decimal(text) + _DAYS_TO_1904) if sure else text for text, sure in pairs]
                texts[name] = pa.array(shifted, pa.string())


# ---- rows that are data


def _data_rows(
    raw: RawExport,
    source: Source,
    header: Header,
    texts: Mapping[str, pa.Array],
    marks: Mapping[str, Mapping[str, Sequence[int]]],
    filled: np.ndarray,
    problems: list[Problem],
) -> tuple[np.ndarray, Counter[str]]:
    """Which rows are data, and how many were read, blank and no data; what was set aside is said by kind."""
    keep = filled.copy()
    below = header.row + header.height
    titles = {fold(title) for title in header.titles} | {
        fold(str(column[header.row + header.height - 1].as_py() or "")) for column in raw.grid.cells.columns
    }
    marked = {row - below for row, _ in (*raw.grid.errors, *raw.grid.unsaved)}
    keys = {name: header.titles[header.where[name]] for name in source.key if name in header.where}
    kinds: Counter[str] = Counter()
    for row in _suspects([texts[name] for name in keys], list(keys.values()), filled):
        kind = None if row in marked else _kind_of_row(row, source, raw, below, titles, texts)
        if kind:
            keep[row] = False
            kinds[kind] += 1
    _set_aside_hidden(raw, source, below, filled, keep, kinds, problems)
    place = Place(raw.path, raw.grid.sheet)
    # one is the template's own; more may be records made by copying it
    if kinds[EXAMPLE] > 1:
        what = f"{kinds[EXAMPLE]} 行的编号以{EXAMPLE}开头,未计入;若是真实的记录,请去掉{EXAMPLE}"
        problems.append(Problem("D305", what, place))
    if said := "、".join(f"{kind} {count} 行" for kind, count in kinds.items() if kind != EXAMPLE):
        problems.append(Problem("D303", f"未计入的非数据行:{said}", place))
    read = int(np.flatnonzero(filled)[-1]) + 1 if filled.any() else 0
    counts = Counter({"read": read, "blank": read - int(filled.sum()), "non_data": int((filled & ~keep).sum())})
    return keep, counts


def _set_aside_hidden(
    raw: RawExport,
    source: Source,
    below: int,
    filled: np.ndarray,
    keep: np.ndarray,
    kinds: Counter[str],
    problems: list[Problem],
) -> None:
    rows = [row - below for row in raw.grid.hidden_rows if below <= row < below + len(filled)]
    hidden = np.zeros_like(keep)
    hidden[rows] = True
    number = int((hidden & keep).sum())
    if not number:
        return
    if source.hidden == "skip":
        kinds["隐藏行"] = number
        keep[hidden] = False
    else:
        problems.append(Problem("D304", f"有 {number} 个隐藏行,已计入", Place(raw.path, raw.grid.sheet)))


def is_filled(texts: pa.Array) -> np.ndarray:
    return np.asarray(pc.fill_null(pc.not_equal(texts, ""), False))


def _suspects(keys: Sequence[pa.Array], titles: Sequence[str], filled: np.ndarray) -> list[int]:
    # rows that may hold no data: a key is blank, reads like a label, or repeats its own title
    odd = np.full(len(filled), not keys)
    for key, title in zip(keys, titles, strict=True):
        odd |= ~is_filled(key)
        if pc.any(pc.match_substring_regex(key, _OF_LABELS)).as_py():
            odd |= np.asarray(pc.fill_null(pc.match_substring_regex(key, _LABEL), False))
        odd |= np.asarray(pc.fill_null(pc.equal(key, title), False))
    return np.flatnonzero(odd & filled).tolist()


def _kind_of_row(
    row: int, source: Source, raw: RawExport, below: int, titles: set[str], texts: Mapping[str, pa.Array]
) -> str | None:
    """What kind of row that is no data it is; None for data."""
    cells_of_row = [column[below + row].as_py() for column in raw.grid.cells.columns]
    filled = [str(cell).strip() for cell in cells_of_row if cell and str(cell).strip()]
    declared = {name: str(text[row].as_py() or "") for name, text in texts.items()}
    if any(declared.get(key, "").startswith(EXAMPLE) for key in source.key):
        return EXAMPLE
    if not filled or not any(declared.values()):
        return "不属于任何列的内容"
    if {fold(cell) for cell in filled} <= titles:
        return "重复表头"
    total = next((cell for cell in filled if _bare(cell).endswith(_TOTALS)), None)
    others = {name: text for name, text in declared.items() if text and text != (total or filled[0])}
    if total is not None:
        # a total has figures beside it, wherever they stand, and nothing else
        figures = all(cells.read_number(text) is not None for text in others.values())
        return "合计" if figures and not others.keys() & set(source.key) and not _is_dated(others, source) else None
    label = _bare(filled[0])
    note = label.startswith(_NOTES) and (":" in fold(filled[0]) or label.endswith(_NOTE_ENDS) or not others)
    return "说明" if note and not others.keys() & {*source.key, source.date} else None


def _is_dated(texts: Mapping[str, str], source: Source) -> bool:
    """Whether a date stands in the row's date column: `202207` is a figure too."""
    text = texts.get(source.date or "")
    if text is None or source.date not in source.columns:
        return False
    read = cells.read_period if source.columns[source.date].type == "period" else cells.read_datetime
    return read(text, _ANY_YEAR) is not None


def _bare(cell: str) -> str:
    return fold(cell).strip("[]()【】:")
