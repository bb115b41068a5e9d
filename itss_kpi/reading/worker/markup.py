"""Markup: an HTML table or an Excel 2003 XML sheet, which ITSM systems name .xls -> grids.

Convention: part of the worker. No DTD is accepted, so nothing is expanded and nothing fetched. An HTML cell is text as
shown; an XML cell has a type.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from xml.etree import ElementTree

from itss_kpi.reading.worker.delimited import decoded
from itss_kpi.reading.worker.file_types import MOST_CELLS, MOST_ROWS, UnreadableError
from itss_kpi.reading.worker.grid_file import SheetGrid, Spots, error_spots, grid_of_rows
from itss_kpi.reading.worker.number_texts import fifteen, moment_of_iso, too_long

_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"


# ---- HTML


def read_html(content: bytes) -> tuple[list[SheetGrid], str]:
    """A grid for each outermost table, and the encoding found."""
    text, encoding = decoded(content)
    parser = _Tables()
    parser.feed(text)
    parser.close()
    if parser.depth:
        raise UnreadableError("D116", "表格没有结束标记,文件可能没有传完")
    if not parser.tables:
        raise UnreadableError("D102", "HTML 文件里没有表格")
    names = [""] if len(parser.tables) == 1 else [f"表{at}" for at in range(1, len(parser.tables) + 1)]
    return [table.grid(name) for name, table in zip(names, parser.tables, strict=True)], encoding


class _Table:
    """One table while it is read; a cell that spans rows or columns leaves its other places to the merge."""

    def __init__(self) -> None:
        self.rows: list[list[str | None]] = []
        self.taken: dict[int, int] = {}  # column -> the first row that is free again
        self.merges: list[tuple[int, int, int, int]] = []
        self.hidden_rows: list[int] = []

    def start_row(self, hidden: bool) -> None:
        if hidden:
            self.hidden_rows.append(len(self.rows))
        self.rows.append([])

    def add(self, text: str, down: int, across: int) -> None:
        if not self.rows:
            self.start_row(False)
        at, row = len(self.rows) - 1, self.rows[-1]
        column = len(row)
        while self.taken.get(column, 0) > at:
            column += 1
        row += [None] * (column - len(row)) + [text or None] + [None] * (across - 1)
        if down > 1 or across > 1:
            self.merges.append((at, column, at + down - 1, column + across - 1))
            self.taken |= dict.fromkeys(range(column, column + across), at + down)

    def grid(self, name: str) -> SheetGrid:
        width = max(map(len, self.rows), default=0)
        if len(self.rows) > MOST_ROWS or width * len(self.rows) > MOST_CELLS:
            raise UnreadableError("D113", f"表格有 {len(self.rows)} 行、{width} 列,范围过大")
        return grid_of_rows(
            name, self.rows, errors=error_spots(self.rows), merges=self.merges, hidden_rows=self.hidden_rows
        )


class _Tables(HTMLParser):
    """Collects the tables; a table within a cell is text of that cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self.depth = 0
        self.text: list[str] | None = None
        self.spans = (1, 1)
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "table":
            self.depth += 1
            if self.depth == 1:
                self.tables.append(_Table())
        elif tag in ("style", "script"):
            self.silent += 1
        elif self.depth == 1 and tag == "tr":
            self._end_cell()
            self.tables[-1].start_row("display:none" in values.get("style", "").replace(" ", "").lower())
        elif self.depth == 1 and tag in ("td", "th"):
            self._end_cell()
            self.text, self.spans = [], (_span(values.get("rowspan")), _span(values.get("colspan")))
        elif tag in ("br", "p", "div") and self.text:
            self.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self.depth:
            if self.depth == 1:
                self._end_cell()
            self.depth -= 1
        elif tag in ("style", "script"):
            self.silent = max(0, self.silent - 1)
        elif self.depth == 1 and tag in ("td", "th", "tr"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self.text is not None and not self.silent:
            self.text.append(data)

    def _end_cell(self) -> None:
        if self.text is not None:
            shown = " ".join("".join(self.text).replace("\xa0", " ").split())
            self.tables[-1].add(shown, *self.spans)
        self.text = None


def _span(text: str | None) -> int:
    return max(1, min(int(text), 1000)) if text and text.isascii() and text.isdigit() and len(text) < 9 else 1


# ---- XML of Excel 2003


def read_xml(content: bytes) -> Iterator[SheetGrid]:
    """The worksheets of an XML Spreadsheet 2003 file, in their order."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise UnreadableError("D102", "带有 DTD 声明,工作簿不会有,拒绝读取")
    try:
        root = ElementTree.fromstring(_as_utf8(content))
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise UnreadableError("D116", f"XML 不完整或写法有误({error})") from None
    padded = {
        style.get(f"{_SS}ID"): len(fmt)
        for style in root.iter(f"{_SS}Style")
        for part in style.iter(f"{_SS}NumberFormat")
        if re.fullmatch("0{2,}", fmt := part.get(f"{_SS}Format", ""))
    }
    for sheet in root.iter(f"{_SS}Worksheet"):
        rows = _XmlRows(padded)
        for row in sheet.iterfind(f"{_SS}Table/{_SS}Row"):
            rows.take(row)
        yield rows.grid(sheet)


_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding=["'](gb2312|gbk|gb18030)["'][^>]*\?>""", re.IGNORECASE)


def _as_utf8(content: bytes) -> bytes:
    """The XML without a declaration where that names an encoding which the parser doesn't know."""
    declared = _DECLARED.match(content)
    if declared is None:
        return content
    try:
        return content[declared.end() :].decode("gb18030").encode()
    except UnicodeDecodeError:
        raise UnreadableError("D117", "XML 声明为 GB2312,内容却不是") from None


class _XmlRows:
    """The rows of one worksheet while they are read; `ss:Index` jumps ahead."""

    def __init__(self, padded: dict[str | None, int]) -> None:
        self.padded = padded
        self.rows: list[list[str | None]] = []
        self.errors: Spots = []
        self.unsaved: Spots = []
        self.inexact: Spots = []
        self.merges: list[tuple[int, int, int, int]] = []
        self.hidden_rows: list[int] = []

    def take(self, row: ElementTree.Element) -> None:
        at = _index(row, len(self.rows))
        self.rows += [[] for _ in range(at - len(self.rows))]
        cells: list[str | None] = []
        for cell in row.iterfind(f"{_SS}Cell"):
            column = _index(cell, len(cells))
            cells += [None] * (column - len(cells))
            cells.append(self._text(cell, at, column))
            down, across = (int(cell.get(f"{_SS}{name}", "0") or 0) for name in ("MergeDown", "MergeAcross"))
            cells += [None] * min(across, MOST_ROWS)
            if down or across:
                self.merges.append((at, column, at + down, column + across))
        if row.get(f"{_SS}Hidden") == "1":
            self.hidden_rows.append(at)
        self.rows.append(cells)
        if len(self.rows) * len(cells) > MOST_CELLS:
            raise UnreadableError("D113", f"内容一直到第 {at + 1} 行、第 {len(cells)} 列,范围过大")

    def _text(self, cell: ElementTree.Element, row: int, column: int) -> str | None:
        data = cell.find(f"{_SS}Data")
        if data is None:
            if cell.get(f"{_SS}Formula"):
                self.unsaved.append((row, column))
            return None
        text = "".join(data.itertext())
        match data.get(f"{_SS}Type"):
            case "Number":
                if too_long(text):
                    self.inexact.append((row, column))
                shown = fifteen(text)
                digits = self.padded.get(cell.get(f"{_SS}StyleID"), 0)
                return shown.zfill(digits) if shown.isdigit() else shown
            case "DateTime":
                return moment_of_iso(text)
            case "Error":
                self.errors.append((row, column))
                return None
            case "Boolean":
                return "true" if text == "1" else "false"
            case _:
                return text or None

    def grid(self, sheet: ElementTree.Element) -> SheetGrid:
        return grid_of_rows(
            str(sheet.get(f"{_SS}Name")),
            self.rows,
            errors=self.errors,
            unsaved=self.unsaved,
            inexact=self.inexact,
            merges=self.merges,
            hidden_rows=self.hidden_rows,
            hidden=_is_hidden(sheet),
        )


def _index(element: ElementTree.Element, following: int) -> int:
    """The 0-based place of a row or cell: that of `ss:Index`, else the next one; going back would overwrite."""
    given = element.get(f"{_SS}Index")
    if given is None:
        return following
    if not given.isascii() or not given.isdigit() or not following < int(given) <= MOST_ROWS:
        raise UnreadableError("D121", f"XML 里的行列号 {given[:20]} 倒退或超出范围,读出来会丢内容")
    return int(given) - 1


def _is_hidden(sheet: ElementTree.Element) -> bool:
    return any(part.tag.endswith("}Visible") and (part.text or "") != "SheetVisible" for part in sheet.iter())
