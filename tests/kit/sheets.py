"""The tables of a sheet that was made from a page, read back by their heads."""

from typing import Any

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
