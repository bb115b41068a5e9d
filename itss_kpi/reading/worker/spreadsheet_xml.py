"""XML workbooks of Excel 2003.

Convention: part of the worker. No DTD is accepted, so nothing is expanded and nothing fetched.
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from itss_kpi.reading.worker.file_types import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, UnreadableError
from itss_kpi.reading.worker.grid_file import SheetGrid
from itss_kpi.reading.worker.number_texts import Shown, Way, clock_of_moment, fifteen, moment_of_iso, shown_by, too_long

_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_STYLE, _DOWN, _ACROSS = (f"{_SS}{name}" for name in ("StyleID", "MergeDown", "MergeAcross"))


def read_xml(content: bytes) -> Iterator[SheetGrid]:
    """The worksheets of an XML Spreadsheet 2003 file, in their order."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise UnreadableError("D102", "带有 DTD 声明,工作簿不会有,拒绝读取")
    try:
        root = ElementTree.fromstring(_as_utf8(content))
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise UnreadableError("D116", f"XML 不完整或写法有误({error})") from None
    styles = _styles(root)
    for sheet in root.iter(f"{_SS}Worksheet"):
        rows = _XmlRows(SheetGrid(str(sheet.get(f"{_SS}Name")), hidden=_is_hidden(sheet)), styles)
        for table in sheet.iterfind(f"{_SS}Table"):
            rows.common = table.get(_STYLE)
            rows.columns = dict(_styled_columns(table))
            for row in table.iterfind(f"{_SS}Row"):
                rows.take(row)
        yield rows.sheet.of_rows(rows.rows)


def _styles(root: ElementTree.Element) -> dict[str, Shown]:
    """How styles show numbers; of what one doesn't say, its parent does."""
    listed = {str(one.get(f"{_SS}ID")): one for one in root.iterfind(f"{_SS}Styles/{_SS}Style") if one.get(f"{_SS}ID")}
    found = {}
    for name, style in listed.items():
        part, above = style.find(f"{_SS}NumberFormat"), {name}
        while part is None and (parent := style.get(f"{_SS}Parent", "Default")) in listed.keys() - above:
            above.add(parent)
            style = listed[parent]
            part = style.find(f"{_SS}NumberFormat")
        shown = shown_by(_named(part.get(f"{_SS}Format", ""))) if part is not None else None
        if shown:
            found[name] = shown
    return found


def _styled_columns(table: ElementTree.Element) -> Iterator[tuple[int, str]]:
    """The columns that have a style, for the cells that have none."""
    following = 0
    for column in table.iterfind(f"{_SS}Column"):
        first = _index(column, following)
        following = first + 1 + min(int(column.get(f"{_SS}Span", "0") or 0), MOST_COLUMNS)
        if style := column.get(_STYLE):
            yield from ((at, style) for at in range(first, following))


def _named(number_format: str) -> str:
    """A format that is called by a name as it is written."""
    names = {
        "Percent": "0%",
        "Standard": "#,##0.00",
        "Fixed": "0.00",
        "Scientific": "0.00E+00",
        "General Number": "",
        "General Date": "yyyy/m/d h:mm",
        "Medium Time": "h:mm AM/PM",
        "Long Time": "h:mm:ss AM/PM",
        "Short Time": "h:mm",
        **dict.fromkeys(("Long Date", "Medium Date", "Short Date"), "yyyy/m/d"),
        **dict.fromkeys(("Currency", "Euro Currency", "Yes/No", "True/False", "On/Off"), ""),
    }
    return names.get(number_format, number_format)


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

    def __init__(self, sheet: SheetGrid, styles: dict[str, Shown]) -> None:
        self.sheet = sheet
        self.styles = styles
        self.columns: dict[int, str] = {}
        self.common: str | None = None
        self.style: str | None = None
        self.rows: list[list[str | None]] = []

    def take(self, row: ElementTree.Element) -> None:
        at = _index(row, len(self.rows))
        self.rows += [[] for _ in range(at - len(self.rows))]
        self.style = row.get(_STYLE)
        cells: list[str | None] = []
        for cell in row.iterfind(f"{_SS}Cell"):
            column = _index(cell, len(cells))
            cells += [None] * (column - len(cells))
            cells.append(self._text(cell, at, column))
            down, across = int(cell.get(_DOWN) or 0), int(cell.get(_ACROSS) or 0)
            cells += [None] * min(across, MOST_ROWS)
            if down or across:
                self.sheet.merges.append((at, column, at + down, column + across))
        if row.get(f"{_SS}Hidden") == "1":
            self.sheet.hidden_rows.append(at)
        self.rows.append(cells)
        if len(self.rows) * len(cells) > MOST_CELLS:
            raise UnreadableError("D113", f"内容一直到第 {at + 1} 行、第 {len(cells)} 列,范围过大")

    def _text(self, cell: ElementTree.Element, row: int, column: int) -> str | None:
        data = cell.find(f"{_SS}Data")
        if data is None:
            if cell.get(f"{_SS}Formula"):
                self.sheet.unsaved.append((row, column))
            return None
        text = "".join(data.itertext())
        match data.get(f"{_SS}Type"):
            case "Number":
                if too_long(text):
                    self.sheet.inexact.append((row, column))
                shown = fifteen(text)
                style = self._style(cell, column)
                return style.text(shown) if style else shown
            case "DateTime":
                style = self._style(cell, column)
                moment = moment_of_iso(text)
                elapsed = style is not None and style.way is Way.ELAPSED
                return clock_of_moment(moment, epoch_1904=False) if elapsed else moment
            case "Error":
                self.sheet.errors.append((row, column))
                return None
            case "Boolean":
                return "true" if text == "1" else "false"
            case _:
                return text or None

    def _style(self, cell: ElementTree.Element, column: int) -> Shown | None:
        own = cell.get(_STYLE)
        return self.styles.get(own or self.style or self.columns.get(column) or self.common or "Default")


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
