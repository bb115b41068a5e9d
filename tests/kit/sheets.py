"""The tables of a sheet that was made from a page, read back by their heads."""

import io
from typing import Any

import openpyxl

from itss_kpi.workbook.workbook import Written

_BAND = "00D6E3F0"


def tables_of(sheet: Any) -> dict[str, list[dict[str, Any]]]:
    """The rows of each table by the names of its columns, under the title that stands above it."""
    found: dict[str, list[dict[str, Any]]] = {}
    title, head = "", {}
    for row in sheet.iter_rows():
        cells = {cell.column: cell.value for cell in row if cell.value is not None}
        banded = row[0].fill.fgColor.rgb == _BAND and row[0].value != "合计"
        if not cells:
            head = {}
        elif banded and len(cells) == 1:
            title, head = str(row[0].value), {}
        elif banded:
            head = {at: str(name) for at, name in cells.items()}
        elif head:
            found.setdefault(title, []).append({name: cells.get(at) for at, name in head.items()})
    return found


class Both:
    """A workbook and that with its evidence, as openpyxl reads them: the sheets of both."""

    def __init__(self, written: Written) -> None:
        self.books = [openpyxl.load_workbook(io.BytesIO(content)) for content in written]
        self.sheetnames = [name for book in self.books for name in book.sheetnames]

    def __getitem__(self, name: str) -> Any:
        return next(book[name] for book in self.books if name in book.sheetnames)
