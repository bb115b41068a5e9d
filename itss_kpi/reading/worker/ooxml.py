"""Packages: .xlsx and .xlsm workbooks, read by fastexcel, and beside it what fastexcel doesn't tell.

Convention: part of the worker. fastexcel gives every cell as text: numbers with nine decimals, error values and
formulas without a stored value as blanks, durations as days of 1900. So the XML of each sheet is looked through once,
as a stream (`sheet_xml`). Each value that stands in the XML must have come out, else the file is refused.
"""

import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.reading.worker import ooxml_scan as scan
from itss_kpi.reading.worker.file_types import UnreadableError, open_package
from itss_kpi.reading.worker.grid_file import SheetGrid, Spots, refuse_wider
from itss_kpi.reading.worker.number_texts import clock_of_moment, fifteen
from itss_kpi.reading.worker.ooxml_book import Book, BookSheet, boxes_of, comments_of, marked_runs, rewritten

_LARGE = 16 << 20
"""Bytes of a sheet's XML from which on it is looked through while it is parsed, and not before."""


def read_workbook(content: bytes) -> Iterator[SheetGrid]:
    """The worksheets of an .xlsx or .xlsm file, in their order."""
    with open_package(content) as package:
        book = Book.of(package)
        if not book.plain:
            yield from read_workbook(book.made_plain(package))
            return
        if marked := marked_runs(package, filter(None, (book.texts, *(sheet.part for sheet in book.sheets)))):
            content = rewritten(package, marked)
        reader = fastexcel.read_excel(content)
        places = {name: at for at, name in enumerate(reader.sheet_names)}
        for sheet in book.sheets:
            yield _whole(package, reader, places[sheet.name], book, sheet)


def read_values(content: bytes) -> Iterator[SheetGrid]:
    """The worksheets of any workbook that the parser knows, without what it doesn't tell."""
    reader = fastexcel.read_excel(content)
    for at in range(len(reader.sheet_names)):
        grid = _load(reader, at)
        if grid.indexes:
            grid.unseen = True
            grid.cells = _with_durations(_with_all_digits(reader, at, grid.cells))
        yield grid


def _whole(package: zipfile.ZipFile, reader: Any, at: int, book: Book, sheet: BookSheet) -> SheetGrid:
    """A sheet with its facts."""
    with ThreadPoolExecutor(1) as beside:
        large = package.getinfo(sheet.part).file_size > _LARGE
        early = beside.submit(_load, reader, at) if large else None
        facts = scan.look_through(package, sheet.part, sheet.name, book)
        if facts.new_errors:  # which the parser doesn't know, and then reads nothing at all
            parts = {sheet.part: scan.with_known_errors(package.read(sheet.part))}
            reader = fastexcel.read_excel(rewritten(package, parts))
            grid = _load(reader, at)
        else:
            grid = early.result() if early else _load(reader, at)
    if grid.indexes:
        if facts.decimals or _might_lack_digits(_texts(grid.cells)):
            grid.cells = _with_all_digits(reader, at, grid.cells)
        facts.grid.indexes, facts.grid.errors = grid.indexes, grid.errors
        facts.grid.hidden, facts.grid.epoch_1904 = sheet.hidden, book.epoch_1904
        facts.grid.cells = _as_long(grid.cells, facts.grid.unsaved)
        grid = facts.grid
        _patch(grid, facts.patches)
        struck = ((row, number) for row, number in facts.struck.items() if number > 1)
        grid.struck_rows = [row for row, number in struck if 2 * number > _filled(grid.cells, row)]
    if _of_first_year(_texts(grid.cells), book.epoch_1904):
        _patch(grid, scan.of_first_year(package, sheet.part, sheet.name, book.styles))
    mixed = _with_and_without_time(grid) if book.styles.timeless else []
    if mixed:
        _patch(grid, scan.timeless(package, sheet.part, sheet.name, book.styles, book.epoch_1904, mixed))
    _refuse_lost(package, sheet, grid, facts.values)
    grid.comments, grid.boxes = comments_of(package, sheet.part), boxes_of(package, sheet.part)
    return grid


def _refuse_lost(package: zipfile.ZipFile, sheet: BookSheet, grid: SheetGrid, values: int) -> None:
    """Every cell that holds something in the XML must have come out; else cells share an address or are of a kind that
    the parser drops."""
    found = sum(len(column) - column.null_count for column in grid.cells.columns) + len(grid.errors)
    full = found - sum(pc.sum(pc.equal(pc.binary_length(column), 0)).as_py() or 0 for column in grid.cells.columns)
    lost = found < values and full < values - scan.empty_values(package, sheet.part, sheet.name)
    if lost or (full != values and scan.has_address_twice(package, sheet.part, sheet.name)):
        raise UnreadableError("D121", f"工作表“{sheet.name}”有单元格互相覆盖,读出来会丢内容;请用 Excel 打开后另存")


def _with_and_without_time(grid: SheetGrid) -> list[int]:
    """The columns of moments of which some are days without a time, and others not."""
    found = []
    for index, column in zip(grid.indexes, grid.cells.columns, strict=True):
        midnight = pc.ends_with(column, " 00:00:00")
        if pc.any(midnight).as_py():
            others = column.filter(pc.invert(pc.fill_null(midnight, True)))
            found += [index] if pc.any(pc.match_substring_regex(others, r"^\d{4}-\d\d-\d\d \d")).as_py() else []
    return found


def _texts(cells: pa.Table) -> pa.ChunkedArray:
    return pa.chunked_array([chunk for column in cells.columns for chunk in column.chunks], pa.string())


def _load(reader: Any, at: int) -> SheetGrid:
    """A sheet as the parser gives it: texts, errors, and whether it is hidden."""
    # skip_rows=0 keeps leading blank rows, so that row numbers stay those of the sheet
    loaded = reader.load_sheet(at, header_row=None, skip_rows=0, dtypes="string")
    grid = SheetGrid(loaded.name, indexes=[column.absolute_index for column in loaded.selected_columns])
    if not grid.indexes:
        return grid
    refuse_wider(len(grid.indexes))
    batch, found = loaded.to_arrow_with_errors()
    cells = pa.Table.from_batches([pa.record_batch(batch)])
    grid.cells = cells.rename_columns(list(map(str, grid.indexes)))
    grid.cells = grid.cells.cast(pa.schema([(str(index), pa.string()) for index in grid.indexes]))
    spots = [error.offset_position for error in found.errors] if found else []
    grid.errors = [(row, grid.indexes[column]) for row, column in spots]
    grid.hidden = loaded.visible != "visible"
    return grid


# ---- one sheet's cells


def _filled(cells: pa.Table, row: int) -> int:
    return sum(bool(column[row].as_py()) for column in cells.columns) if row < cells.num_rows else 0


def _might_lack_digits(texts: pa.ChunkedArray) -> bool:
    """Whether a number stands there that looks like a day's: those are passed over in the XML, being dates mostly."""
    return bool(pc.any(pc.match_substring_regex(texts, r"^[3-5]\d{4}\.\d{1,9}$")).as_py())


def _with_all_digits(reader: Any, at: int, cells: pa.Table) -> pa.Table:
    """Numbers with the 15 digits that Excel keeps, where nine decimals were too few; dates and texts as they are."""
    loaded = reader.load_sheet(at, header_row=None, skip_rows=0, dtypes="float")
    batch = pa.record_batch(loaded.to_arrow_with_errors()[0])
    floats = {str(column.absolute_index): batch.column(place) for place, column in enumerate(loaded.selected_columns)}
    columns = [_exact(cells.column(name).combine_chunks(), floats.get(name)) for name in cells.column_names]
    return pa.table(dict(zip(cells.column_names, columns, strict=True)))


def _exact(texts: pa.Array, floats: pa.Array | None) -> pa.Array:
    plain = pc.fill_null(pc.match_substring_regex(texts, r"^-?\d{1,15}(?:\.\d{1,9})?$"), False)
    known = pc.and_(plain, pc.is_valid(floats)) if floats is not None else plain
    if floats is None or not pc.any(known).as_py():
        return texts
    rows = zip(texts.to_pylist(), floats.to_pylist(), known.to_pylist(), strict=True)
    return pa.array(
        [fifteen(repr(number)) if sure and _nine(number) == text else text for text, number, sure in rows], pa.string()
    )


def _nine(number: float) -> str:
    # as the parser writes a number
    return f"{number:.9f}".rstrip("0").rstrip(".")


def _of_first_year(texts: pa.ChunkedArray, epoch_1904: bool) -> bool:
    first = ("1904-",) if epoch_1904 else ("1899-12-3", "1900-")
    return any(pc.any(pc.starts_with(texts, year)).as_py() for year in first)


def _with_durations(cells: pa.Table) -> pa.Table:
    """Durations and times of day as `36:00:00`: the parser gives them as days of the first year."""
    for place, name in enumerate(cells.column_names):
        found = pc.fill_null(pc.match_substring_regex(cells.column(name), "^(?:1899-12-3|1900-)"), False)
        if pc.any(found).as_py():
            known = zip(cells.column(name).to_pylist(), found.to_pylist(), strict=True)
            written = [clock_of_moment(text, epoch_1904=False) if sure else text for text, sure in known]
            cells = cells.set_column(place, name, pa.array(written, pa.string()))
    return cells


def _as_long(cells: pa.Table, unsaved: Spots) -> pa.Table:
    """With rows at the end that hold nothing but formulas without a value."""
    lacking = max((row + 1 for row, _ in unsaved), default=0) - cells.num_rows
    if lacking <= 0:
        return cells
    return pa.concat_tables([cells, pa.table(dict.fromkeys(cells.column_names, pa.nulls(lacking, pa.string())))])


def _patch(grid: SheetGrid, patches: Mapping[tuple[int, int], str]) -> None:
    """Write other texts into some cells."""
    columns: dict[int, dict[int, str]] = defaultdict(dict)
    for (row, column), text in patches.items():
        columns[column][row] = text
    for index in sorted(columns.keys() & set(grid.indexes)):
        texts = grid.cells.column(str(index)).to_pylist()
        for row, text in columns[index].items():
            if row < len(texts):
                texts[row] = text
        grid.cells = grid.cells.set_column(grid.indexes.index(index), str(index), pa.array(texts, pa.string()))
