"""Sheets: one export's grid -> its data rows, as a text array for each declared column.

Convention: row and column numbers inside are 0-based positions of the grid; an address is that of the sheet (`F12`).
A row is set aside only by what stands in it: blank, a repeated header, or a label (合计, 备注 …) beside which nothing
stands that a record would have.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi import cells
from itss_kpi.catalogue import Source
from itss_kpi.cells import column_letter
from itss_kpi.expression import suggestion
from itss_kpi.problems import Place, Problem
from itss_kpi.text import fold

HEADER_WITHIN = 30
_TOTALS = ("合计", "小计", "总计", "累计", "共计", "平均", "平均值")
_NOTES = ("制表", "填表", "填报", "审核", "复核", "备注", "说明", "注", "打印日期", "统计人", "负责人", "编制", "批准")
_ANY_YEAR = 2000
_NOTE_ENDS = (*_NOTES, "人", "日期", "时间", "部门")
EXAMPLE = "【示例】"
"""How the key of a template's example row begins: the row shows how to fill in and is never counted."""
_LABEL = rf"^{EXAMPLE}|^[【\[(（]?(?:{'|'.join(_NOTES)})|(?:{'|'.join(_TOTALS)})[】\])）:：]*$"


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet as text: column i of `cells` is the sheet's column number `indexes[i]` (from 0), row j its row j + 1.

    `errors` are the (row, column) positions in `cells` that hold an error value, `unsaved` those of formulas without a
    stored value; neither is a blank.
    """

    sheet: str
    cells: pa.Table
    indexes: tuple[int, ...]
    errors: tuple[tuple[int, int], ...] = ()
    unsaved: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class RawExport:
    """One file that a department handed in, as read: `path` relative to the data folder, `covers` half-open days,
    `saved` the day on which it was last saved, where that is known."""

    source: str
    department: str
    path: str
    sha256: str
    covers: tuple[date, date] | None
    grid: Grid
    saved: date | None = None


@dataclass(slots=True)
class Piece:
    """One export cut to its data rows: a text array per declared column, error marks, row numbers."""

    raw: RawExport
    header_row: int
    where: dict[str, int]
    texts: dict[str, pa.Array]
    errors: dict[str, list[int]]
    unsaved: dict[str, list[int]]
    rows: np.ndarray
    counts: Counter[str]


def cut(raw: RawExport, source: Source, problems: list[Problem]) -> Piece | None:
    header, where, lost = _find_header(raw, source, problems)
    if header is None:
        return None
    grid = raw.grid.cells
    height = grid.num_rows - header - 1
    columns = {
        name: pc.utf8_trim_whitespace(grid.column(at).slice(header + 1).combine_chunks()) for name, at in where.items()
    }
    nothing = pa.nulls(height, pa.string())
    texts = {name: columns.get(name, nothing) for name in source.columns}
    errors = _rows_below(raw.grid.errors, header, where)
    unsaved = _rows_below(raw.grid.unsaved, header, where)
    for name in source.columns:
        if name in lost:
            errors[name] = list(range(height))
    keep, counts = _data_rows(raw, source, header, where, texts)
    indices = np.flatnonzero(keep)
    if len(indices) < height:
        position = {row: at for at, row in enumerate(indices.tolist())}
        errors, unsaved = (
            {name: [position[row] for row in found if row in position] for name, found in marks.items()}
            for marks in (errors, unsaved)
        )
        texts = {name: text.take(pa.array(indices)) for name, text in texts.items()}
    if counts["non_data"]:
        place = Place(raw.path, raw.grid.sheet)
        problems.append(Problem("D303", f"{counts['non_data']} 行合计、备注等非数据行未计入", place))
    return Piece(raw, header + 1, where, texts, errors, unsaved, indices + header + 2, counts)


def _find_header(
    raw: RawExport, source: Source, problems: list[Problem]
) -> tuple[int | None, dict[str, int], set[str]]:
    """The header's row, where each declared column stands, and the columns that are lost: missing, or there twice."""
    grid = raw.grid.cells
    spellings = {fold(word): name for name, column in source.columns.items() for word in (name, *column.aliases)}
    head = [column.slice(0, HEADER_WITHIN).to_pylist() for column in grid.columns]
    rows = [[fold(str(cell)) if cell else "" for cell in row] for row in zip(*head, strict=True)]
    scores = [len({spellings[cell] for cell in row if cell in spellings}) for row in rows]
    place = Place(raw.path, raw.grid.sheet)
    if not scores or max(scores) < min(2, len(source.columns)):
        problems.append(Problem("D104", f"前 {HEADER_WITHIN} 行内没有“{source.name}”的表头", place))
        return None, {}, set()
    header = scores.index(max(scores))
    where, twice, extra = _match(rows[header], spellings)
    for name, at in twice:
        problems.append(Problem("D107", f"两列都是“{name}”;该列按无法读取处理", cell_place(raw, header, at)))
    titles = [str(head[at][header]).strip() for at in extra]
    if titles:
        problems.append(Problem("D106", f"未使用的列:{'、'.join(titles)}", place))
    missing = [name for name, one in source.columns.items() if not one.optional and name not in {*where, *dict(twice)}]
    for name in missing:
        near = suggestion(name, titles)
        problems.append(Problem("D105", f"没有“{name}”列{near};该列按无法读取处理", place))
    return header, where, {*missing, *dict(twice)}


def _match(row: Sequence[str], spellings: Mapping[str, str]) -> tuple[dict[str, int], list[tuple[str, int]], list[int]]:
    """Where each declared column stands, columns that stand twice (then in neither place), and the others."""
    where: dict[str, int] = {}
    twice: list[tuple[str, int]] = []
    extra: list[int] = []
    for at, cell in enumerate(row):
        name = spellings.get(cell)
        if name is None:
            extra += [at] if cell else []
        elif name in where:
            twice.append((name, at))
        else:
            where[name] = at
    return {name: at for name, at in where.items() if name not in dict(twice)}, twice, extra


def cell_place(raw: RawExport, row: int, column: int) -> Place:
    letter = column_letter(raw.grid.indexes[column])
    return Place(raw.path, raw.grid.sheet, f"{letter}{row + 1}")


def _rows_below(positions: Iterable[tuple[int, int]], header: int, where: Mapping[str, int]) -> dict[str, list[int]]:
    names = {at: name for name, at in where.items()}
    found: dict[str, list[int]] = defaultdict(list)
    for row, column in positions:
        if row > header and column in names:
            found[names[column]].append(row - header - 1)
    return found


def _data_rows(
    raw: RawExport, source: Source, header: int, where: Mapping[str, int], texts: Mapping[str, pa.Array]
) -> tuple[np.ndarray, Counter[str]]:
    grid = raw.grid.cells.slice(header + 1)
    height = grid.num_rows
    filled = np.zeros(height, dtype=bool)
    for column in grid.columns:
        filled |= is_filled(column.combine_chunks())
    for row, _ in (*raw.grid.errors, *raw.grid.unsaved):
        if row > header:
            filled[row - header - 1] = True
    keep = filled.copy()
    titles = {fold(str(column[header].as_py() or "")) for column in raw.grid.cells.columns}
    marked = {row - header - 1 for row, _ in (*raw.grid.errors, *raw.grid.unsaved)}
    keys = {name: str(raw.grid.cells.column(where[name])[header]).strip() for name in source.key if name in where}
    for row in _suspects([texts[name] for name in keys], list(keys.values()), filled):
        if row not in marked and _is_no_data(row, source, raw, header, titles, texts):
            keep[row] = False
    read = int(np.flatnonzero(filled)[-1]) + 1 if filled.any() else 0
    counts = Counter({"read": read, "blank": read - int(filled.sum()), "non_data": int((filled & ~keep).sum())})
    return keep, counts


def is_filled(texts: pa.Array) -> np.ndarray:
    return np.asarray(pc.fill_null(pc.greater(pc.utf8_length(texts), 0), False))


def _suspects(keys: Sequence[pa.Array], titles: Sequence[str], filled: np.ndarray) -> list[int]:
    # rows that may hold no data: a key is blank, reads like a label, or repeats its own title
    odd = np.full(len(filled), not keys)
    for key, title in zip(keys, titles, strict=True):
        spaced = pc.replace_substring_regex(key, r"[\s\p{Z}]+", "")
        odd |= ~is_filled(key) | np.asarray(pc.fill_null(pc.match_substring_regex(spaced, _LABEL), False))
        odd |= np.asarray(pc.fill_null(pc.equal(key, title), False))
    return np.flatnonzero(odd & filled).tolist()


def _is_no_data(
    row: int, source: Source, raw: RawExport, header: int, titles: set[str], texts: Mapping[str, pa.Array]
) -> bool:
    cells_of_row = [column[header + 1 + row].as_py() for column in raw.grid.cells.columns]
    filled = [str(cell).strip() for cell in cells_of_row if cell and str(cell).strip()]
    declared = {name: str(text[row].as_py() or "") for name, text in texts.items()}
    if not filled or not any(declared.values()):
        return True
    if {fold(cell) for cell in filled} <= titles or any(declared.get(key, "").startswith(EXAMPLE) for key in source.key):
        return True
    total = next((cell for cell in filled if _bare(cell).endswith(_TOTALS)), None)
    others = {name: text for name, text in declared.items() if text and text != (total or filled[0])}
    if total is not None:
        # a total has figures beside it, wherever they stand, and nothing else
        figures = all(cells.read_number(text) is not None for text in others.values())
        return figures and not others.keys() & set(source.key) and not _is_dated(others, source)
    label = _bare(filled[0])
    note = label.startswith(_NOTES) and (":" in fold(filled[0]) or label.endswith(_NOTE_ENDS) or not others)
    return note and not others.keys() & {*source.key, source.date}


def _is_dated(texts: Mapping[str, str], source: Source) -> bool:
    """Whether a date stands in the row's date column: `202207` is a figure too."""
    text = texts.get(source.date or "")
    if text is None or source.date not in source.columns:
        return False
    read = cells.read_period if source.columns[source.date].type == "period" else cells.read_datetime
    return read(text, _ANY_YEAR) is not None


def _bare(cell: str) -> str:
    return fold(cell).strip("[]()【】:")
