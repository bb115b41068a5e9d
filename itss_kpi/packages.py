"""Packages: .xlsx, .xlsm and .xlsb workbooks, read by fastexcel, and beside it what fastexcel doesn't tell.

Convention: part of the worker. fastexcel gives every cell as text: numbers with nine decimals, error values and
formulas without a stored value as blanks, durations as days of 1900. So the XML of each sheet is looked through once,
as a stream: limits before the parser allocates anything, then the cells of which more must be known. Each value that
stands in the XML must have come out, else the file is refused.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc

from itss_kpi.cell_texts import clock_of_moment, fifteen, moment_of_iso, padding_of, too_long
from itss_kpi.formats import MOST_CELLS, MOST_ROWS, Limits, UnreadableError, check_package, open_package
from itss_kpi.grid_file import SheetGrid, Spots

_CHUNK = 4 << 20


def read_workbook(content: bytes, limits: Limits) -> Iterator[SheetGrid]:
    """The worksheets with contents of an .xlsx, .xlsm or .xlsb file, in their order."""
    with open_package(content) as package:
        check_package(package, limits)
        book = _Book.of(package)
        facts = {sheet.name: _facts(package, sheet, book) for sheet in book.sheets if sheet.part.endswith(".xml")}
    yield from _grids(content, book, facts)


def read_values(content: bytes) -> Iterator[SheetGrid]:
    """The worksheets of any workbook that the parser knows, without what it doesn't tell."""
    return _grids(content, _Book(), {})


def _grids(content: bytes, book: "_Book", facts: "dict[str, _Facts]") -> Iterator[SheetGrid]:
    reader = fastexcel.read_excel(content)
    known = {sheet.name: sheet for sheet in book.sheets}
    for at, name in enumerate(reader.sheet_names):
        sheet = known.get(name)
        if sheet is None or sheet.part:
            yield from _grid(reader, at, name, book, sheet, facts.get(name))


# ---- the workbook's own parts


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    part: str
    hidden: bool


@dataclass(slots=True)
class _Book:
    """What workbook.xml and styles.xml say. `padded` maps a style to the (prefix, digits) that it shows."""

    sheets: list[_Sheet] = field(default_factory=list)
    epoch_1904: bool = False
    padded: dict[int, tuple[str, int]] = field(default_factory=dict)

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
        if "xl/styles.xml" in parts:
            book.padded = _padded_styles(_xml(package, parts["xl/styles.xml"]))
        return book


def _xml(package: zipfile.ZipFile, name: str) -> ElementTree.Element:
    text = package.read(name)
    if b"<!DOCTYPE" in text[:4096] or b"<!ENTITY" in text:
        raise UnreadableError("D102", f"{name} 带有 DTD 声明,工作簿不会有,拒绝读取")
    return ElementTree.fromstring(text)


def _sheet(element: ElementTree.Element, links: dict[str | None, ElementTree.Element], parts: dict[str, str]) -> _Sheet:
    relation = next((value for key, value in element.attrib.items() if key.endswith("}id")), None)
    link = links.get(relation)
    part = ""
    if link is not None and str(link.get("Type")).endswith("/worksheet"):
        target = str(link.get("Target")).replace("\\", "/")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target.removeprefix('./')}"
        part = parts.get(path.lower(), "")
    return _Sheet(str(element.get("name")), part, element.get("state") in ("hidden", "veryHidden"))


def _padded_styles(root: ElementTree.Element) -> dict[int, tuple[str, int]]:
    """Styles of cells whose number is shown with leading zeros, such as 000123 or "INC"0001."""
    shown: dict[str | None, tuple[str, int]] = {}
    for element in root.iter():
        if element.tag.endswith("}numFmt"):
            padding = padding_of(str(element.get("formatCode")))
            if padding:
                shown[element.get("numFmtId")] = padding
    formats = next((element for element in root if element.tag.endswith("}cellXfs")), ())
    return {at: shown[xf.get("numFmtId")] for at, xf in enumerate(formats) if xf.get("numFmtId") in shown}


def _binary_epoch(package: zipfile.ZipFile, parts: dict[str, str]) -> bool:
    """Of an .xlsb file: the first bit of the record BrtWbProp (153: two bytes of id, one of length)."""
    name = parts.get("xl/workbook.bin")
    head = package.read(name)[:4096] if name else b""
    at = head.find(b"\x99\x01")
    return at >= 0 and at + 3 < len(head) and bool(head[at + 3] & 1)


# ---- one sheet's XML


@dataclass(slots=True)
class _Facts:
    """What a sheet's XML says beyond the cells' texts. `patches` replace a cell's text."""

    values: int = 0
    last_row: int = 0
    last_column: int = 0
    decimals: bool = False
    unsaved: Spots = field(default_factory=list)
    inexact: Spots = field(default_factory=list)
    patches: dict[tuple[int, int], str] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)


_ROW = re.compile(rb"<row\b[^>]*>")
_ROW_NUMBER = re.compile(rb"""<row\b[^>]*?\sr=["'](\d+)["']""")
_WIDE = re.compile(rb"""\sr=["'](?:[A-Z]{3}|[B-Z][A-Z]|A[N-Z])\d""")
_COLUMN = re.compile(rb"""<c\b[^>]*?\sr=["']([A-Z]{1,7})\d""")
_NARROW = 39  # _WIDE is a column beyond AM
_UNUSUAL = re.compile(rb"<v>(?:\d{16}|-?(?![3-5]\d{4}\.)\d*\.\d{10}|-?\d+(?:\.\d+)?[eE])")
_CELL = re.compile(rb"<c\b(?P<attributes>[^>]*)>\s*(?:<f\b[^>]*>[^<]*</f>|<f\b[^>]*/>)?\s*<v>(?P<value>[^<]*)</v>")
_FULL_CELL = re.compile(rb"<c\b((?:[^>/]|/(?!>))*)>\s*<(?!/)")
_FORMULA = re.compile(rb"<c\b(?P<attributes>[^>]*)>\s*<f\b.*?</c>", re.DOTALL)
_STORED = re.compile(rb"<v\b[^>]*>[^<]|<is\b")
_ADDRESS = re.compile(rb"""\sr=["'](?P<letters>[A-Z]{1,3})(?P<row>\d{1,7})["']""")
_TEXT_CELL = re.compile(rb"""\st=["'](?:s|str|inlineStr|e|d|b)["']""")
_STYLE = re.compile(rb"""\ss=["'](\d+)["']""")
_HIDDEN = re.compile(rb"""\shidden=["'](?:1|true)["']""")
_MERGE = re.compile(rb"""<mergeCell\b[^>]*?\sref=["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["']""")
_PREFIX = re.compile(rb"<(\w+):worksheet\b")


def _facts(package: zipfile.ZipFile, sheet: _Sheet, book: _Book) -> _Facts:
    facts = _Facts()
    try:
        for block in _blocks(package, sheet.part):
            _look_through(block, facts, sheet.name, book)
    except (zipfile.BadZipFile, zipfile.zlib.error, EOFError, OSError):  # type: ignore[attr-defined]
        raise UnreadableError("D116", f"工作表“{sheet.name}”不完整,可能正在写入或没有传完") from None
    rows = max(facts.last_row, 1)
    if facts.last_row > MOST_ROWS:
        raise UnreadableError("D113", f"工作表“{sheet.name}”有行号 {facts.last_row},超过 Excel 的 {MOST_ROWS} 行")
    if rows * max(facts.last_column, 1) > MOST_CELLS:
        rows, facts.last_column = _box(package, sheet)
    if rows * facts.last_column > MOST_CELLS:
        raise UnreadableError(
            "D113",
            f"工作表“{sheet.name}”的内容一直到第 {rows} 行、第 {facts.last_column} 列,范围过大;请删去远处的单元格",
        )
    return facts


def _box(package: zipfile.ZipFile, sheet: _Sheet) -> tuple[int, int]:
    """Rows and columns up to the last cells that hold something; cells that are only formatted do not count."""
    rows = columns = 0
    for block in _blocks(package, sheet.part):
        for cell in _FULL_CELL.finditer(block):
            row, column = _position(cell[1], sheet.name)
            rows, columns = max(rows, row + 1), max(columns, column + 1)
    return rows, columns


def _blocks(package: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The part in blocks that end with a row, without namespace prefixes."""
    carry = b""
    prefix = b""
    with package.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            if not carry and not prefix and (found := _PREFIX.search(chunk[:4096])):
                prefix = found[1]
            carry += chunk
            if b"\0" in carry[:64]:
                carry = carry.replace(b"\0", b"")  # UTF-16: its markup is ASCII
            end = carry.rfind(b"</" + prefix + b":row>" if prefix else b"</row>")
            if end >= 0:
                block, carry = carry[: end + 6 + len(prefix)], carry[end + 6 + len(prefix) :]
                yield _unprefixed(block, prefix)
        yield _unprefixed(carry, prefix)


def _unprefixed(block: bytes, prefix: bytes) -> bytes:
    return block.replace(b"<" + prefix + b":", b"<").replace(b"</" + prefix + b":", b"</") if prefix else block


def _look_through(block: bytes, facts: _Facts, name: str, book: _Book) -> None:
    if b"<!DOCTYPE" in block[:4096] or b"<!ENTITY" in block:
        raise UnreadableError("D102", f"工作表“{name}”带有 DTD 声明,工作簿不会有,拒绝读取")
    _look_at_rows(block, facts, name)
    empty = sum(map(block.count, (b"<v></v>", b"<v />", b"<is></is>", b"</is><v>", b"</v><is>")))
    facts.values += block.count(b"<v>") + block.count(b"<v ") + block.count(b"<is>") - empty
    if _WIDE.search(block):
        facts.last_column = max(facts.last_column, *(_column(letters) + 1 for letters in _COLUMN.findall(block)))
    else:
        facts.last_column = max(facts.last_column, _NARROW)
    if b"<f" in block:
        facts.unsaved += [
            _position(cell["attributes"], name)
            for cell in _FORMULA.finditer(block)
            # a text result may well be empty; a cell of another type has a value or was never calculated
            if b't="str"' not in cell["attributes"] and not _STORED.search(cell.group())
        ]
    if book.padded or _UNUSUAL.search(block) or b't="d"' in block:
        _look_at_numbers(block, facts, name, book)
    if b"<mergeCell" in block:
        for first, top, last, bottom in _MERGE.findall(block):
            facts.merges.append((int(top) - 1, _column(first), int(bottom) - 1, _column(last)))


def _look_at_rows(block: bytes, facts: _Facts, name: str) -> None:
    rows = list(map(int, _ROW_NUMBER.findall(block)))
    if not rows:
        return
    if rows[0] <= facts.last_row or any(one >= two for one, two in pairwise(rows)):
        seen = [facts.last_row, *rows]
        twice = next(two for one, two in pairwise(seen) if one >= two)
        raise UnreadableError("D121", f"工作表“{name}”的第 {twice} 行出现不止一次,或行号倒退,读出来会丢行")
    facts.last_row = rows[-1]
    if b"hidden" in block:
        for row in _ROW.findall(block):
            number = _ROW_NUMBER.match(row)
            if number and _HIDDEN.search(row):
                facts.hidden_rows.append(int(number[1]) - 1)


def _look_at_numbers(block: bytes, facts: _Facts, name: str, book: _Book) -> None:
    for cell in _CELL.finditer(block):
        attributes, value = cell["attributes"], cell["value"]
        if b't="d"' in attributes:
            facts.patches[_position(attributes, name)] = moment_of_iso(value.decode())
        if _TEXT_CELL.search(attributes):
            continue
        style = _STYLE.search(attributes)
        shown = book.padded.get(int(style[1])) if style and book.padded else None
        if shown and value.isdigit():
            facts.patches[_position(attributes, name)] = shown[0] + value.decode().zfill(shown[1])
        elif _UNUSUAL.match(b"<v>" + value):
            if too_long(value.decode()):
                facts.inexact.append(_position(attributes, name))
            else:
                facts.decimals = True


def _position(attributes: bytes, name: str) -> tuple[int, int]:
    address = _ADDRESS.search(attributes)
    if address is None:
        raise UnreadableError("D102", f"工作表“{name}”有单元格没有地址,请用 Excel 打开后另存")
    return int(address["row"]) - 1, _column(address["letters"])


def _column(letters: bytes) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return column - 1


# ---- one sheet's cells


def _grid(
    reader: Any, at: int, name: str, book: _Book, sheet: _Sheet | None, facts: _Facts | None
) -> Iterator[SheetGrid]:
    # skip_rows=0 keeps leading blank rows, so that row numbers stay those of the sheet
    loaded = reader.load_sheet(at, header_row=None, skip_rows=0, dtypes="string")
    indexes = [column.absolute_index for column in loaded.selected_columns]
    if not indexes:
        yield SheetGrid(name, pa.table({}), [])
        return
    batch, found = loaded.to_arrow_with_errors()
    cells = pa.Table.from_batches([pa.record_batch(batch)])
    cells = cells.rename_columns(list(map(str, indexes))).cast(_text_schema(indexes))
    errors = (
        [(row, indexes[column]) for row, column in (error.offset_position for error in found.errors)] if found else []
    )
    if facts is None or facts.decimals:
        cells = _with_all_digits(reader, at, cells)
    cells = _with_durations(cells, book.epoch_1904)
    facts = facts or _Facts()
    cells = _patched(cells, indexes, facts)
    if sum(len(column) - column.null_count for column in cells.columns) + len(errors) < facts.values:
        raise UnreadableError("D121", f"工作表“{name}”有单元格互相覆盖,读出来会丢内容;请用 Excel 打开后另存")
    hidden = sheet.hidden if sheet else loaded.visible != "visible"
    yield SheetGrid(
        name, cells, indexes, errors, facts.unsaved, facts.inexact, facts.merges, facts.hidden_rows, hidden,
        book.epoch_1904, unseen=sheet is None,
    )  # fmt: skip


def _text_schema(indexes: list[int]) -> pa.Schema:
    return pa.schema([(str(index), pa.string()) for index in indexes])


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


def _with_durations(cells: pa.Table, epoch_1904: bool) -> pa.Table:
    """Durations and times of day as `36:00:00`: the parser gives them as days of the epoch's first year."""
    first = "1904-" if epoch_1904 else "(1899-12-3|1900-)"
    for place, name in enumerate(cells.column_names):
        texts = cells.column(name)
        found = pc.fill_null(pc.match_substring_regex(texts, rf"^{first}.* "), False)
        if pc.any(found).as_py():
            known = zip(texts.to_pylist(), found.to_pylist(), strict=True)
            written = [clock_of_moment(text, epoch_1904) if sure else text for text, sure in known]
            cells = cells.set_column(place, name, pa.array(written, pa.string()))
    return cells


def _patched(cells: pa.Table, indexes: list[int], facts: _Facts) -> pa.Table:
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
