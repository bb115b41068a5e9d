"""OpenDocument: .ods spreadsheets (OpenDocument 1.3 part 3, sections 9 and 19.385) -> grids, read in one pass.

Convention: part of the worker. A cell is what its `office:value` says, exactly; only text cells are taken as shown.
Repeated rows and cells are repeated where something stands in them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from itss_kpi.reading.worker.file_types import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, UnreadableError, open_package
from itss_kpi.reading.worker.grid_file import ERROR_TEXTS, OWN_AUTHOR, SheetGrid
from itss_kpi.reading.worker.number_texts import PERCENT, Shown, Way, clock_of_period, fifteen, moment_of_iso, too_long

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_CALCEXT = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_ZERO = date(1899, 12, 30)
"""The day from which LibreOffice and WPS count."""


def read_ods(content: bytes) -> Iterator[SheetGrid]:
    """The sheets with contents, in their order."""
    with open_package(content) as package:
        if "content.xml" not in package.NameToInfo:
            raise UnreadableError("D102", "OpenDocument 文件里没有 content.xml")
        if "META-INF/manifest.xml" in package.NameToInfo and b"encryption-data" in package.read(
            "META-INF/manifest.xml"
        ):
            raise UnreadableError("D112", "文件已加密;请去掉密码后再交")
        text = package.read("content.xml")
    return read_flat_ods(text)


def read_flat_ods(text: bytes) -> Iterator[SheetGrid]:
    """The same of one XML text: a package's content, or a whole .fods file."""
    if b"<!DOCTYPE" in text[:4096] or b"<!ENTITY" in text:
        raise UnreadableError("D102", "带有 DTD 声明,电子表格不会有,拒绝读取")
    root = ElementTree.fromstring(text)
    hidden_styles = {
        style.get(f"{_STYLE}name")
        for style in root.iter(f"{_STYLE}style")
        if any(part.get(f"{_TABLE}display") == "false" for part in style)
    }
    padded, struck = _padded(root), _struck(root)
    for table in _tables(root):
        hidden = table.get(f"{_TABLE}style-name") in hidden_styles
        sheet = _Sheet(SheetGrid(str(table.get(f"{_TABLE}name")), hidden=hidden), padded, struck)
        for row in _rows_of(table):
            sheet.take(row)
        yield sheet.grid.of_rows(sheet.rows)


def _tables(root: Element) -> Iterator[Element]:
    """The sheets: neither what a chart or a link within one holds, nor what is kept of another document's sheets."""
    for spreadsheet in root.iter(f"{_OFFICE}spreadsheet"):
        for table in spreadsheet.iterfind(f"{_TABLE}table"):
            linked = table.find(f"{_TABLE}table-source") is not None
            if not (linked and _OF_ANOTHER.match(table.get(f"{_TABLE}name", ""))):
                yield table
        break  # what an embedded object holds comes after


_OF_ANOTHER = re.compile(r"'.+'#")


def _rows_of(parent: Element) -> Iterator[Element]:
    for child in parent:
        if child.tag == f"{_TABLE}table-row":
            yield child
        elif child.tag in (f"{_TABLE}table-header-rows", f"{_TABLE}table-rows", f"{_TABLE}table-row-group"):
            yield from _rows_of(child)


_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_NUMBER = "{urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0}"


def _padded(root: Element) -> dict[str | None, Shown]:
    """The styles of cells that show numbers with leading zeros, perhaps behind a prefix (16.29.3, 19.353)."""
    formats: dict[str | None, Shown] = {}
    for one in root.iter(f"{_NUMBER}number-style"):
        parts = list(one)
        number = next((part for part in parts if part.tag == f"{_NUMBER}number"), None)
        digits = 0 if number is None else int(number.get(f"{_NUMBER}min-integer-digits", "0"))
        if number is not None and digits > 1 and number.get(f"{_NUMBER}decimal-places", "0") == "0":
            before = parts[: parts.index(number)]
            if number is parts[-1] and all(part.tag == f"{_NUMBER}text" for part in before):
                prefix = "".join(part.text or "" for part in before)
                formats[one.get(f"{_STYLE}name")] = Shown(Way.PADDED, prefix, digits)
    styles = root.iter(f"{_STYLE}style") if formats else ()
    named = ((one.get(f"{_STYLE}name"), one.get(f"{_STYLE}data-style-name")) for one in styles)
    return {style: formats[data] for style, data in named if data in formats}


def _struck(root: Element) -> set[str | None]:
    """The styles of cells whose text is struck through (20.403)."""
    return {
        style.get(f"{_STYLE}name")
        for style in root.iter(f"{_STYLE}style")
        for text in style.iterfind(f"{_STYLE}text-properties")
        if text.get(f"{_STYLE}text-line-through-style", "none") != "none"
    }


@dataclass(slots=True)
class _Sheet:
    grid: SheetGrid
    padded: dict[str | None, Shown]
    struck: set[str | None]
    rows: list[list[str | None]] = field(default_factory=list)
    at: int = 0
    width: int = 0

    def take(self, row: Element) -> None:
        """Add a row as often as it is repeated; blank rows at the end are not kept."""
        times = _number(row, "number-rows-repeated")
        cells = self._cells(row)
        if cells:
            if self.at + times > MOST_ROWS or (self.at + times) * max(self.width, len(cells)) > MOST_CELLS:
                raise UnreadableError("D113", f"内容一直到第 {self.at + times} 行、第 {len(cells)} 列,范围过大")
            self.width = max(self.width, len(cells))
            self.rows += [[] for _ in range(self.at - len(self.rows))]
            self.rows += [cells] * times
            if row.get(f"{_TABLE}visibility") in ("collapse", "filter"):
                self.grid.hidden_rows += range(self.at, self.at + times)
            struck = sum(cell.get(f"{_TABLE}style-name") in self.struck and bool(_cell_text(cell)) for cell in row)
            if struck > 1 and 2 * struck > sum(map(bool, cells)):
                self.grid.struck_rows += range(self.at, self.at + times)
        self.at += times

    def _cells(self, row: Element) -> list[str | None]:
        cells: list[str | None] = []
        at = 0
        for cell in row:
            times = _number(cell, "number-columns-repeated")
            self.grid.comments += [(self.at, at, said) for said in _comments_of(cell)]
            text = _cell_text(cell) if cell.tag == f"{_TABLE}table-cell" else None
            style = self.padded.get(cell.get(f"{_TABLE}style-name", row.get(f"{_TABLE}default-cell-style-name")))
            if style and text and cell.get(f"{_OFFICE}value-type") == "float":
                text = style.text(text)
            if cell.get(f"{_TABLE}formula") and cell.get(f"{_OFFICE}value-type") is None and not text:
                self.grid.unsaved.append((self.at, at))
                cells += [None] * (at + 1 - len(cells))
            if text:
                cells += [None] * (at - len(cells)) + [text] * min(times, MOST_COLUMNS + 1)
                spots = [(self.at, column) for column in range(at, at + min(times, MOST_COLUMNS))]
                if cell.get(f"{_CALCEXT}value-type") == "error" or text in ERROR_TEXTS or text.startswith("Err:"):
                    self.grid.errors += spots
                if cell.get(f"{_OFFICE}value-type") in ("float", "currency") and too_long(text):
                    self.grid.inexact += spots
                down = _number(cell, "number-rows-spanned")
                across = _number(cell, "number-columns-spanned")
                if down > 1 or across > 1:
                    self.grid.merges.append((self.at, at, self.at + down - 1, at + across - 1))
            at += times
        return cells


def _number(element: Element, name: str) -> int:
    text = element.get(f"{_TABLE}{name}", "1")
    return max(1, min(int(text), MOST_ROWS + 1)) if text.isascii() and text.isdigit() else 1


def _cell_text(cell: Element) -> str | None:
    match cell.get(f"{_OFFICE}value-type"):
        case "percentage":
            return PERCENT.text(cell.get(f"{_OFFICE}value", ""))
        case "float" | "currency":
            return fifteen(cell.get(f"{_OFFICE}value", ""))
        case "date":
            return moment_of_iso(cell.get(f"{_OFFICE}date-value", ""), _ZERO)
        case "time":
            return clock_of_period(cell.get(f"{_OFFICE}time-value", ""))
        case "boolean":
            return cell.get(f"{_OFFICE}boolean-value")
        case _:
            shown = "\n".join(_shown(line) for line in cell if line.tag == f"{_TEXT}p")
            return cell.get(f"{_OFFICE}string-value") or shown or None


def _comments_of(cell: Element) -> Iterator[str]:
    """What people have said of a cell (14.1)."""
    for said in cell.iterfind(f"{_OFFICE}annotation"):
        if said.findtext(_CREATOR) != OWN_AUTHOR:
            yield "\n".join(map(_shown, said.iterfind(f"{_TEXT}p")))


def _shown(line: Element) -> str:
    parts = [line.text or ""]
    for child in line:
        if child.tag == f"{_TEXT}s":
            parts.append(" " * min(int(child.get(f"{_TEXT}c", "1")), 100))
        elif child.tag == f"{_TEXT}tab":
            parts.append("\t")
        elif child.tag == f"{_TEXT}line-break":
            parts.append("\n")
        elif child.tag != f"{_OFFICE}annotation":
            parts.append(_shown(child))
        parts.append(child.tail or "")
    return "".join(parts)
