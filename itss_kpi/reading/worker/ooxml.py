"""Packages: .xlsx, .xlsm and .xlsb workbooks, read by fastexcel, and beside it what fastexcel doesn't tell.

Convention: part of the worker. fastexcel gives every cell as text: numbers with nine decimals, error values and
formulas without a stored value as blanks, durations as days of 1900. So the XML of each sheet is looked through once,
as a stream (`sheet_xml`). Each value that stands in the XML must have come out, else the file is refused.
"""

import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.reading.worker.file_types import Reading, UnreadableError, check_package, open_package
from itss_kpi.reading.worker.grid_file import SheetGrid
from itss_kpi.reading.worker.number_texts import Shown, clock_of_moment, fifteen, shown_by
from itss_kpi.reading.worker.ooxml_scan import Facts, Styles, empty_values, look_through

_LARGE = 16 << 20
"""Bytes of a sheet's XML from which on it is looked through while it is parsed, and not before."""


def read_workbook(content: bytes, reading: Reading) -> Iterator[SheetGrid]:
    """The worksheets of an .xlsx, .xlsm or .xlsb file, in their order."""
    with open_package(content) as package:
        check_package(package, reading)
        book = _Book.of(package)
        known = {sheet.name: sheet for sheet in book.sheets}
        reader = fastexcel.read_excel(content)
        for at, name in enumerate(reader.sheet_names):
            sheet = known.get(name)
            if sheet is None:
                yield _grid(reader, at, name, book, _load(reader, at))
            elif sheet.part:  # else a chart or a macro
                yield _whole(package, reader, at, book, sheet)


def read_values(content: bytes) -> Iterator[SheetGrid]:
    """The worksheets of any workbook that the parser knows, without what it doesn't tell."""
    reader = fastexcel.read_excel(content)
    for at, name in enumerate(reader.sheet_names):
        yield _grid(reader, at, name, _Book(), _load(reader, at))


def _whole(package: zipfile.ZipFile, reader: Any, at: int, book: "_Book", sheet: "_Sheet") -> SheetGrid:
    """A sheet with its facts. Every cell that holds something in the XML must have come out; else cells share an
    address or are of a kind that the parser drops."""
    with ThreadPoolExecutor(1) as beside:
        large = package.getinfo(sheet.part).file_size > _LARGE
        early = beside.submit(_load, reader, at) if large else None
        facts = look_through(package, sheet.part, sheet.name, book.styles)
        loaded = early.result() if early else _load(reader, at)
    grid = _grid(reader, at, sheet.name, book, loaded, sheet, facts)
    found = sum(len(column) - column.null_count for column in grid.cells.columns) + len(grid.errors)
    if found < facts.values and _full(grid) < facts.values - empty_values(package, sheet.part, sheet.name):
        raise UnreadableError("D121", f"工作表“{sheet.name}”有单元格互相覆盖,读出来会丢内容;请用 Excel 打开后另存")
    return grid


def _full(grid: SheetGrid) -> int:
    return sum(pc.sum(pc.not_equal(column, "")).as_py() or 0 for column in grid.cells.columns) + len(grid.errors)


def _load(reader: Any, at: int) -> Any:
    # skip_rows=0 keeps leading blank rows, so that row numbers stay those of the sheet
    return reader.load_sheet(at, header_row=None, skip_rows=0, dtypes="string")


# ---- the workbook's own parts


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    part: str
    hidden: bool


@dataclass(slots=True)
class _Book:
    """What workbook.xml and styles.xml say. `styles` are those that change what a cell says."""

    sheets: list[_Sheet] = field(default_factory=list)
    epoch_1904: bool = False
    styles: Styles = field(default_factory=Styles)

    @staticmethod
    def of(package: zipfile.ZipFile) -> "_Book":
        parts = {name.replace("\\", "/").lstrip("/").lower(): name for name in package.namelist()}
        main = parts.get("xl/workbook.xml")
        if main is None:
            return _Book(epoch_1904=_binary_epoch(package, parts))
        root = _xml(package, main)
        links = {}
        if "xl/_rels/workbook.xml.rels" in parts:
            links = {link.get("Id"): link for link in _xml(package, parts["xl/_rels/workbook.xml.rels"])}
        book = _Book()
        for element in root.iter():
            if element.tag.endswith("}sheet"):
                book.sheets.append(_sheet(element, links, parts))
            elif element.tag.endswith("}workbookPr"):
                book.epoch_1904 = element.get("date1904") in ("1", "true")
        if "xl/sharedstrings.xml" in parts:
            _refuse_dtd(package, parts["xl/sharedstrings.xml"])
        if "xl/styles.xml" in parts:
            book.styles = _styles(_xml(package, parts["xl/styles.xml"]))
        return book


def _xml(package: zipfile.ZipFile, name: str) -> ElementTree.Element:
    text = package.read(name)
    if b"<!DOCTYPE" in text[:4096] or b"<!ENTITY" in text:
        raise UnreadableError("D102", f"{name} 带有 DTD 声明,工作簿不会有,拒绝读取")
    return ElementTree.fromstring(text)


def _refuse_dtd(package: zipfile.ZipFile, name: str) -> None:
    """Of the texts, which the parser reads: it would leave out what a DTD declares."""
    with package.open(name) as part:
        head = part.read(1 << 16)
    if b"<!DOCTYPE" in head[: head.find(b"<sst")]:
        raise UnreadableError("D102", f"{name} 带有 DTD 声明,工作簿不会有,拒绝读取")


def _sheet(element: ElementTree.Element, links: dict[str | None, ElementTree.Element], parts: dict[str, str]) -> _Sheet:
    relation = next((value for key, value in element.attrib.items() if key.endswith("}id")), None)
    link = links.get(relation)
    part = ""
    if link is not None and str(link.get("Type")).endswith("/worksheet"):
        target = str(link.get("Target")).replace("\\", "/")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target.removeprefix('./')}"
        part = parts.get(path.lower(), "")
    return _Sheet(str(element.get("name")), part, element.get("state") in ("hidden", "veryHidden"))


_PERCENTS: dict[str | None, Shown] = {"9": Shown(percent=True), "10": Shown(percent=True)}
"""The formats of percents that every workbook has."""


def _styles(root: ElementTree.Element) -> Styles:
    """The styles of cells that change what they say."""
    shown: dict[str | None, Shown] = dict(_PERCENTS)
    for element in root.iter():
        if element.tag.endswith("}numFmt"):
            found = shown_by(str(element.get("formatCode")))
            if found:
                shown[element.get("numFmtId")] = found
    listed = {element.tag.rpartition("}")[2]: element for element in root}
    fonts = [_is_struck(font) for font in listed.get("fonts", ())]
    formats = list(enumerate(listed.get("cellXfs", ())))
    struck = {at for at, xf in formats if (font := xf.get("fontId", "")).isdigit() and any(fonts[int(font) :][:1])}
    return Styles({at: shown[xf.get("numFmtId")] for at, xf in formats if xf.get("numFmtId") in shown}, struck)


def _is_struck(font: ElementTree.Element) -> bool:
    return any(part.tag.endswith("}strike") and part.get("val", "1") in ("1", "true") for part in font)


def _binary_epoch(package: zipfile.ZipFile, parts: dict[str, str]) -> bool:
    """Of an .xlsb file: the first bit of the record BrtWbProp (153: two bytes of id, one of length)."""
    name = parts.get("xl/workbook.bin")
    head = package.read(name)[:4096] if name else b""
    at = head.find(b"\x99\x01")
    return at >= 0 and at + 3 < len(head) and bool(head[at + 3] & 1)


# ---- one sheet's cells


def _grid(
    reader: Any, at: int, name: str, book: _Book, loaded: Any, sheet: _Sheet | None = None, facts: Facts | None = None
) -> SheetGrid:
    indexes = [column.absolute_index for column in loaded.selected_columns]
    if not indexes:
        return SheetGrid(name, pa.table({}), [])
    batch, found = loaded.to_arrow_with_errors()
    cells = pa.Table.from_batches([pa.record_batch(batch)])
    cells = cells.rename_columns(list(map(str, indexes))).cast(_text_schema(indexes))
    spots = [error.offset_position for error in found.errors] if found else []
    errors = [(row, indexes[column]) for row, column in spots]
    everything = pa.chunked_array([chunk for column in cells.columns for chunk in column.chunks], pa.string())
    if facts is None or facts.decimals or _might_lack_digits(everything):
        cells = _with_all_digits(reader, at, cells)
    if _of_first_year(everything, book.epoch_1904):
        cells = _with_durations(cells, book.epoch_1904)
    facts = facts or Facts()
    hidden = sheet.hidden if sheet else loaded.visible != "visible"
    patched = _patched(cells, indexes, facts)
    return SheetGrid(
        name,
        patched,
        indexes,
        errors,
        facts.unsaved,
        facts.inexact,
        facts.merges,
        facts.hidden_rows,
        hidden,
        book.epoch_1904,
        unseen=sheet is None,
        struck_rows=[row for row, number in facts.struck.items() if number > 1 and 2 * number > _filled(patched, row)],
    )


def _filled(cells: pa.Table, row: int) -> int:
    return sum(bool(column[row].as_py()) for column in cells.columns) if row < cells.num_rows else 0


def _text_schema(indexes: list[int]) -> pa.Schema:
    return pa.schema([(str(index), pa.string()) for index in indexes])


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


def _with_durations(cells: pa.Table, epoch_1904: bool) -> pa.Table:
    """Durations and times of day as `36:00:00`: the parser gives them as days of the epoch's first year."""
    first = "^1904-" if epoch_1904 else "^(?:1899-12-3|1900-)"
    for place, name in enumerate(cells.column_names):
        found = pc.fill_null(pc.match_substring_regex(cells.column(name), first), False)
        if pc.any(found).as_py():
            known = zip(cells.column(name).to_pylist(), found.to_pylist(), strict=True)
            written = [clock_of_moment(text, epoch_1904) if sure else text for text, sure in known]
            cells = cells.set_column(place, name, pa.array(written, pa.string()))
    return cells


def _patched(cells: pa.Table, indexes: list[int], facts: Facts) -> pa.Table:
    """With the texts that a number format shows, and with rows that hold nothing but formulas without a value."""
    lacking = max((row + 1 for row, _ in facts.unsaved), default=0) - cells.num_rows
    if lacking > 0:
        nothing = pa.nulls(lacking, pa.string())
        cells = pa.concat_tables([cells, pa.table(dict.fromkeys(cells.column_names, nothing))])
    for index in sorted({column for _, column in facts.patches}):
        if index in indexes:
            texts = cells.column(str(index)).to_pylist()
            for (row, column), text in facts.patches.items():
                if column == index and row < len(texts):
                    texts[row] = text
            cells = cells.set_column(indexes.index(index), str(index), pa.array(texts, pa.string()))
    return cells
