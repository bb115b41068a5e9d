"""Binary packages: .xlsb workbooks -> grids, read record by record ([MS-XLSB] 2.1.4).

Convention: part of the worker. A record's numbers and the offsets of its fields are those of the specification; what is
read of one is said beside it. Each part's checksum is that of the zip package.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite

from itss_kpi.reading.worker.file_types import MOST_CELLS, MOST_ROWS, UnreadableError, open_package
from itss_kpi.reading.worker.grid_file import SheetGrid, Spots, refuse_wider
from itss_kpi.reading.worker.number_texts import BUILT_IN, fifteen, shown_by, too_long
from itss_kpi.reading.worker.ooxml_book import Book, BookSheet, Styles, linked, main_part, parts_of, worksheets

_ROW, _SST_ITEM, _FONT, _FORMAT, _XF = 0, 19, 43, 44, 47
_MERGE, _BOOK, _SHEET, _CALC = 176, 153, 156, 157
_CELL_XFS, _END_CELL_XFS = 617, 618
_BLANK, _RK, _ERROR, _BOOL, _REAL, _TEXT, _SHARED = range(1, 8)
_F_TEXT, _F_REAL, _F_BOOL, _F_ERROR = range(8, 12)
_SHORT = 11
"""What the number of a short cell record (12 to 18), whose column is the next one, is above that of the long one."""
_RICH = 62
_CELLS = frozenset({*range(1, 19), _RICH})
_OTHERS, _END_OTHERS = 35, 36
"""Between them stand records of later or other programs, with numbers of their own (BrtFRTBegin, BrtFRTEnd)."""
_NUMBERS = (_RK, _REAL, _F_REAL)
_TEXTS = (_TEXT, _F_TEXT, _RICH, _SHARED)

Record = tuple[int, bytes]


@dataclass(slots=True)
class _Book(Book):
    """With the texts themselves."""

    items: Sequence[str] = ()


def read_xlsb(content: bytes) -> Iterator[SheetGrid]:
    """The worksheets in their order."""
    with open_package(content) as package:
        try:
            book = _book(package)
            for sheet in book.sheets:
                yield _Rows(sheet, book).read(package.read(sheet.part))
        except (zipfile.BadZipFile, zlib.error, EOFError, IndexError, struct.error):
            raise UnreadableError("D116", "工作簿的内容不完整,或在传送中损坏") from None


def _records(data: bytes) -> Iterator[Record]:
    at = 0
    while at < len(data):
        kind = data[at]
        at += 1
        if kind & 0x80:
            kind = kind & 0x7F | (data[at] & 0x7F) << 7
            at += 1
        size = shift = 0
        while True:
            part = data[at]
            at += 1
            size |= (part & 0x7F) << shift
            shift += 7
            if part < 0x80 or shift > 21:
                break
        if at + size > len(data):
            raise EOFError
        yield kind, data[at : at + size]
        at += size


def _wide(data: bytes, at: int) -> tuple[str, int]:
    """A text with its length before it (XLWideString; none where the length is -1), and where it ends."""
    length = struct.unpack_from("<I", data, at)[0]
    if length == 0xFFFFFFFF:
        return "", at + 4
    end = at + 4 + 2 * length
    if end > len(data):
        raise EOFError
    return data[at + 4 : end].decode("utf-16-le", "replace"), end


# ---- the workbook's own parts


def _book(package: zipfile.ZipFile) -> _Book:
    parts = parts_of(package)
    main = main_part(package, parts, "xl/workbook.bin")
    links = {one.id: (one.kind, parts.get(one.path.casefold(), "")) for one in linked(package, parts, main)}
    book, listed = _Book(), []
    for kind, data in _records(package.read(main)):
        if kind == _BOOK:
            book.epoch_1904 = bool(data[0] & 1)
        elif kind == _CALC:
            book.on_load = len(data) > 24 and bool(data[24] & 1)
        elif kind == _SHEET:
            link, end = _wide(data, 8)
            name, _ = _wide(data, end)
            listed.append((name, link, data[0] != 0))
    book.sheets = worksheets(listed, links)
    named = {kind: part for kind, part in links.values() if part}
    if "sharedStrings" in named:
        items = (data for kind, data in _records(package.read(named["sharedStrings"])) if kind == _SST_ITEM)
        book.items = [_wide(data, 1)[0] for data in items]
    if "styles" in named:
        book.styles = _styles(package.read(named["styles"]))
    return book


def _styles(data: bytes) -> Styles:
    codes, fonts, formats = dict(BUILT_IN), [], []
    inside = False
    for kind, record in _records(data):
        if kind == _FORMAT:
            codes[struct.unpack_from("<H", record)[0]] = _wide(record, 2)[0]
        elif kind == _FONT:
            fonts.append(bool(record[2] & 8))
        elif kind in (_CELL_XFS, _END_CELL_XFS):
            inside = kind == _CELL_XFS
        elif kind == _XF and inside:
            formats.append(struct.unpack_from("<HH", record, 2))
    known = ((at, shown_by(codes[number])) for at, (number, _) in enumerate(formats) if number in codes)
    struck = frozenset(at for at, (_, font) in enumerate(formats) if any(fonts[font : font + 1]))
    return Styles({at: shown for at, shown in known if shown}, struck=struck)


# ---- one sheet's cells


class _Rows:
    """The rows of one worksheet while they are read."""

    def __init__(self, sheet: BookSheet, book: _Book) -> None:
        self.grid = SheetGrid(sheet.name, hidden=sheet.hidden, epoch_1904=book.epoch_1904)
        self.book = book
        self.rows: list[list[str | None]] = []
        self.row = -1
        self.column = -1
        self.width = 0
        self.nothing: Spots = []
        self.calculated = False
        self.struck = 0

    def read(self, data: bytes) -> SheetGrid:
        """The grid of all of them."""
        cells, row = _CELLS, _ROW
        for kind, record in _records(data):
            if kind in cells:
                self._take_cell(kind, record)
            elif kind == row:
                self._take_row(record)
            elif kind in (_OTHERS, _END_OTHERS):
                cells, row = (_CELLS, _ROW) if kind == _END_OTHERS else (frozenset(), -1)
            elif kind == _MERGE:
                top, bottom, left, right = struct.unpack_from("<4I", record)
                self.grid.merges.append((top, left, bottom, right))
        self._end_row()
        self.grid.unsaved = [] if self.calculated else self.nothing
        return self.grid.of_rows(self.rows)

    def _take_row(self, record: bytes) -> None:
        self._end_row()
        row = struct.unpack_from("<I", record)[0]
        if row <= self.row or row >= MOST_ROWS:
            raise UnreadableError(
                "D121", f"工作表“{self.grid.sheet}”的第 {row + 1} 行出现不止一次,或行号倒退,读出来会丢行"
            )
        self.row, self.column, self.struck = row, -1, 0
        if record[11] & 0x10:
            self.grid.hidden_rows.append(row)

    def _end_row(self) -> None:
        filled = sum(map(bool, self.rows[self.row])) if 0 <= self.row < len(self.rows) else 0
        if self.struck > 1 and 2 * self.struck > filled:
            self.grid.struck_rows.append(self.row)

    def _take_cell(self, kind: int, record: bytes) -> None:
        if 12 <= kind <= 18:
            kind, column, at = kind - _SHORT, self.column + 1, 4
        else:
            column, at = struct.unpack_from("<I", record)[0], 8
        if column <= self.column or self.row < 0:
            raise UnreadableError(
                "D121", f"工作表“{self.grid.sheet}”有单元格互相覆盖,读出来会丢内容;请用 Excel 打开后另存"
            )
        self.column = column
        style = int.from_bytes(record[at - 4 : at - 1], "little")
        text = self._text(kind, record, at, style)
        if _F_TEXT <= kind <= _F_ERROR:
            if self.book.on_load and (text or "0") == "0":
                self.nothing.append((self.row, column))
            else:
                self.calculated = True
        if text:
            self._put(column, text)
            self.struck += style in self.book.styles.struck

    def _put(self, column: int, text: str) -> None:
        refuse_wider(column + 1)
        self.width = max(self.width, column + 1)
        if (self.row + 1) * self.width > MOST_CELLS:
            what = f"工作表“{self.grid.sheet}”的内容一直到第 {self.row + 1} 行、第 {self.width} 列,范围过大"
            raise UnreadableError("D113", f"{what};请删去远处的单元格")
        self.rows += [[] for _ in range(self.row + 1 - len(self.rows))]
        cells = self.rows[self.row]
        cells += [None] * (column - len(cells))
        cells.append(text)

    def _text(self, kind: int, record: bytes, at: int, style: int) -> str | None:
        if kind in _NUMBERS:
            number = _packed(record, at) if kind == _RK else repr(struct.unpack_from("<d", record, at)[0])
            if not isfinite(float(number)):
                self.grid.errors.append((self.row, self.column))
                return None
            if too_long(fifteen(number)):
                self.grid.inexact.append((self.row, self.column))
            shown = self.book.styles.shown.get(style)
            return shown.text(number, self.book.epoch_1904) if shown else fifteen(number)
        if kind in (_BOOL, _F_BOOL):
            return ("false", "true")[record[at]]
        if kind in (_ERROR, _F_ERROR):
            self.grid.errors.append((self.row, self.column))
            return None
        if kind not in _TEXTS:
            return None
        if kind == _SHARED:
            return self.book.items[int.from_bytes(record[at : at + 4], "little")]
        return _wide(record, at + (kind == _RICH))[0]


def _packed(record: bytes, at: int) -> str:
    """An RkNumber (2.5.122): a whole number or the upper half of a float, perhaps a hundredfold."""
    (bits,) = struct.unpack_from("<i", record, at)
    if bits & 2:
        number = repr(bits >> 2)
    else:
        number = repr(struct.unpack("<d", b"\0\0\0\0" + struct.pack("<i", bits & ~3))[0])
    return str(Decimal(number) / 100) if bits & 1 else number
