"""HTML tables that were saved under an Excel ending: one sheet a table.

Convention: part of the worker. A cell's text is what a browser would show; nothing is fetched.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from html.parser import HTMLParser

from itss_kpi.reading.worker.delimited import decoded
from itss_kpi.reading.worker.file_types import MOST_CELLS, MOST_ROWS, MOST_SHEETS, UnreadableError
from itss_kpi.reading.worker.grid_file import SheetGrid, error_spots
from itss_kpi.reading.worker.number_texts import PERCENT, fifteen, moment_of_serial


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
        self.sheet = SheetGrid("")
        self.rows: list[list[str | None]] = []
        self.taken: dict[int, int] = {}  # column -> the first row that is free again

    def start_row(self, hidden: bool) -> None:
        if hidden:
            self.sheet.hidden_rows.append(len(self.rows))
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
            self.sheet.merges.append((at, column, at + down - 1, column + across - 1))
            self.taken |= dict.fromkeys(range(column, column + across), at + down)

    def grid(self, name: str) -> SheetGrid:
        width = max(map(len, self.rows), default=0)
        if len(self.rows) > MOST_ROWS or width * len(self.rows) > MOST_CELLS:
            raise UnreadableError("D113", f"表格有 {len(self.rows)} 行、{width} 列,范围过大")
        self.sheet.sheet, self.sheet.errors = name, error_spots(self.rows)
        return self.sheet.of_rows(self.rows)


class _Tables(HTMLParser):
    """Collects the tables; a table within a cell is text of that cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self.depth = 0
        self.text: list[str] | None = None
        self.spans = (1, 1)
        self.silent = 0
        self.stored = ""
        self.within: list[tuple[str, bool]] = []  # the open elements of a cell, and whether each is hidden

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if self.text is not None and self.depth == 1 and tag not in (*_CELLS, *_ALONE):
            self.within.append((tag, _is_hidden(values)))
        if tag == "table":
            self.depth += 1
            if self.depth == 1:
                self.tables.append(_Table())
                if len(self.tables) > MOST_SHEETS:
                    raise UnreadableError("D113", f"有 {MOST_SHEETS} 个以上的表格;此限不可调")
        elif tag in ("style", "script"):
            self.silent += 1
        elif self.depth == 1 and tag == "tr":
            self._end_cell()
            self.tables[-1].start_row(_is_hidden(values))
        elif self.depth == 1 and tag in ("td", "th"):
            self._end_cell()
            self.stored = values.get("x:num") or values.get("sdval", "")
            self.text, self.spans = [], (_span(values.get("rowspan")), _span(values.get("colspan")))
        elif tag in ("br", "p", "div") and self.text:
            self.text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in [name for name, _ in self.within]:
            while self.within and self.within.pop()[0] != tag:
                pass
        if tag == "table" and self.depth:
            if self.depth == 1:
                self._end_cell()
            self.depth -= 1
        elif tag in ("style", "script"):
            self.silent = max(0, self.silent - 1)
        elif self.depth == 1 and tag in ("td", "th", "tr"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self.text is not None and not self.silent and not any(hidden for _, hidden in self.within):
            self.text.append(data)

    def _end_cell(self) -> None:
        if self.text is not None:
            shown = " ".join("".join(self.text).replace("\xa0", " ").split())
            self.tables[-1].add(_meant(shown, self.stored), *self.spans)
        self.text, self.within = None, []


_CELLS = ("table", "tr", "td", "th", "tbody", "thead", "tfoot")
_ALONE = ("br", "img", "input", "hr", "wbr", "col", "meta", "link")
"""Elements that have no end."""


def _is_hidden(values: Mapping[str, str]) -> bool:
    return "display:none" in values.get("style", "").replace(" ", "").lower()


def _meant(shown: str, stored: str) -> str:
    """A cell's text by the number that is stored behind it, of which it shows less: Excel's `x:num`, LibreOffice's
    `sdval`."""
    if not re.fullmatch(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?", stored):
        return shown
    if shown.endswith("%"):
        return PERCENT.text(stored)
    if re.search(r"\d:\d|\d{4}[-/年]\d|\d[-/月]\d+", shown):
        return moment_of_serial(Decimal(stored), epoch_1904=False)
    return fifteen(stored) if re.fullmatch(r"[-+(￥¥$]*[\d,.]+(?:[eE][-+]\d+)?\)?", shown) else shown


def _span(text: str | None) -> int:
    return max(1, min(int(text), 1000)) if text and text.isascii() and text.isdigit() and len(text) < 9 else 1
