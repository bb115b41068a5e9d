"""Binary workbooks: .xls of Excel 2.1 to 2003 (BIFF) -> grids, read by xlrd, which tells merges, formats and epochs.

Convention: part of the worker. xlrd raises whatever its code runs into on a damaged file, so everything it raises means
that the file can't be read.
"""

import struct
from collections.abc import Iterable
from io import StringIO
from math import isfinite
from typing import Any

from itss_kpi.reading.worker.file_types import UnreadableError
from itss_kpi.reading.worker.grid_file import OWN_AUTHOR, SheetGrid
from itss_kpi.reading.worker.number_texts import BUILT_IN, fifteen, shown_by


def read_any_xls(content: bytes) -> Iterable[SheetGrid]:
    """The worksheets in their order, by xlrd or else by another parser."""
    found = read_xls(content)
    if found is not None:
        return found
    from itss_kpi.reading.worker.ooxml import read_values

    return read_values(content)


def read_xls(content: bytes) -> list[SheetGrid] | None:
    """The worksheets in their order; None where xlrd can't read the file, which another parser may."""
    import xlrd

    def opened(stream: bytes, encoding: str | None = None) -> Any:
        # without `ragged_rows` one merge far away costs a whole box of cells
        options = {"formatting_info": True, "ragged_rows": True, "encoding_override": encoding}
        return xlrd.open_workbook(file_contents=stream, logfile=StringIO(), on_demand=False, **options)

    try:
        book = opened(content)
        if book.biff_version < _UNICODE and book.codepage is None:
            book = opened(content, "gb18030")  # which says nothing of its encoding; Excel takes that of the system
    except Exception as error:
        if "ncrypt" in str(error) or "assword" in str(error):
            raise UnreadableError("D112", "工作簿已加密") from None
        try:
            book = opened(mended(content))
        except Exception:
            return None
    # a program that can't calculate leaves an empty text for each result, and nothing about the document
    bare = _SUMMARY not in content
    return [_grid(book, sheet, bare) for sheet in book.sheets()]


def mended(content: bytes) -> bytes:
    """The stream of a workbook without names and drawings, of which xlrd reads more than anybody asks, and with the
    number of texts that stand there, which programs count wrongly ([MS-XLS] 2.4.265) and Excel doesn't look at. A
    sector that the file claims for its small streams too is taken for the workbook's."""
    from xlrd.book import unpack_SST_table
    from xlrd.compdoc import CompDoc

    document = CompDoc(content, logfile=StringIO(), ignore_workbook_corruption=True)
    inside, start, size = document.locate_named_stream("Workbook")
    stream = bytearray(inside[start : start + size])
    table, tables = 0, []
    at = last = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        last = last if kind == _CONTINUE else kind
        if last == _TEXTS:
            table = table or at
            tables.append(bytes(stream[at + 4 : at + 4 + length]))
        elif kind in _PASSED_OVER:
            struct.pack_into("<H", stream, at, _UNKNOWN)
        at += 4 + length
    most = sum(map(len, tables)) // 3
    texts, _ = unpack_SST_table([*tables, _NO_TEXT * most], most)
    while texts and texts[-1] == "\0":
        texts.pop()
    if any("\0" in text for text in texts):
        raise ValueError("the last text is cut off")
    struct.pack_into("<i", stream, table + 8, len(texts))
    return bytes(stream)


_TEXTS, _CONTINUE, _UNKNOWN = 0xFC, 0x3C, 0xFFFF
_PASSED_OVER = (0x18, 0x1C, 0x23, 0x5D, 0x1B6, 0x1B8)
"""Names, notes, names elsewhere, drawings, their texts and links."""
_NO_TEXT = b"\1\0\0\0"  # as one is written: a NUL, which no text has
_UNICODE = 80
_SUMMARY = "SummaryInformation".encode("utf-16-le")


def _grid(book: Any, sheet: Any, bare: bool) -> SheetGrid:
    grid = SheetGrid(sheet.name, hidden=bool(sheet.visibility), epoch_1904=bool(book.datemode))
    rows = []
    for row in range(sheet.nrows):
        texts: list[str | None] = []
        for column, (kind, value) in enumerate(zip(sheet.row_types(row), sheet.row_values(row), strict=True)):
            if kind in (2, 3) and not isfinite(value):
                kind = 5
            texts.append(_text(book, sheet, row, column, kind, value))
            if kind == 5:
                grid.errors.append((row, column))
            elif kind == 1 and not value and bare:
                grid.unsaved.append((row, column))
            elif kind in (2, 3) and abs(value) >= 1e15:
                grid.inexact.append((row, column))
        rows.append(texts)
    notes = sorted(sheet.cell_note_map.items())
    grid.struck_rows = [row for row in range(sheet.nrows) if _is_struck(book, sheet, row)]
    grid.hidden_rows = sorted(row for row, info in sheet.rowinfo_map.items() if info.hidden and row < sheet.nrows)
    grid.merges = [(top, left, bottom - 1, right - 1) for top, bottom, left, right in sheet.merged_cells]
    grid.comments = [(*at, note.text) for at, note in notes if note.author != OWN_AUTHOR]
    return grid.of_rows(rows)


def _is_struck(book: Any, sheet: Any, row: int) -> bool:
    """Whether most of what stands in a row is struck through."""
    # a cell may name a format that isn't there, and a format a font
    kinds = enumerate(sheet.row_types(row))
    named = [sheet.cell_xf_index(row, at) for at, kind in kinds if kind not in (0, 6)]
    fonts = [style.font_index for at in named for style in book.xf_list[at : at + 1]]
    struck = sum(bool(font.struck_out) for at in fonts for font in book.font_list[at : at + 1])
    return struck > 1 and 2 * struck > len(fonts)


def _text(book: Any, sheet: Any, row: int, column: int, kind: int, value: Any) -> str | None:
    match kind:
        case 1:
            return str(value)
        case 2 | 3:
            return _number(book, sheet, row, column, value)
        case 4:
            return "true" if value else "false"
        case _:
            return None


def _number(book: Any, sheet: Any, row: int, column: int, value: float) -> str:
    text = fifteen(repr(value))
    style = book.xf_list[sheet.cell_xf_index(row, column)]
    known = book.format_map.get(style.format_key)
    # of the older versions the key is a place in the workbook's own list; a standard format may have no text
    unwritten = BUILT_IN.get(style.format_key, "") if book.biff_version >= _UNICODE else ""
    code = (known.format_str if known else None) or unwritten
    shown = shown_by(code)
    return shown.text(text, bool(book.datemode)) if shown else text
