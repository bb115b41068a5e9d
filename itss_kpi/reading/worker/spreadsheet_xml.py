"""XML workbooks of Excel 2003.

Convention: part of the worker. No DTD is accepted, so nothing is expanded and nothing fetched.
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from itss_kpi.reading.worker.file_types import MOST_CELLS, MOST_ROWS, UnreadableError
from itss_kpi.reading.worker.grid_file import SheetGrid, Spots, grid_of_rows
from itss_kpi.reading.worker.number_texts import Shown, fifteen, moment_of_iso, shown_by, too_long

_SS = "{urn:schemas-microsoft-com:office:spreadsheet}"


# ---- XML of Excel 2003


def read_xml(content: bytes) -> Iterator[SheetGrid]:
    """The worksheets of an XML Spreadsheet 2003 file, in their order."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise UnreadableError("D102", "带有 DTD 声明,工作簿不会有,拒绝读取")
    try:
        root = ElementTree.fromstring(_as_utf8(content))
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise UnreadableError("D116", f"XML 不完整或写法有误({error})") from None
    styles = {
        style.get(f"{_SS}ID"): shown
        for style in root.iter(f"{_SS}Style")
        for part in style.iter(f"{_SS}NumberFormat")
        if (shown := shown_by(_named(part.get(f"{_SS}Format", ""))))
    }
    for sheet in root.iter(f"{_SS}Worksheet"):
        rows = _XmlRows(styles)
        for row in sheet.iterfind(f"{_SS}Table/{_SS}Row"):
            rows.take(row)
        yield rows.grid(sheet)


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

    def __init__(self, styles: dict[str | None, Shown]) -> None:
        self.styles = styles
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
                style = self.styles.get(cell.get(f"{_SS}StyleID"))
                return style.text(shown) if style else shown
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
