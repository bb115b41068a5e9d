"""Additions: what people have added to a workbook since the program wrote it, and what no new one can take over.

Convention: a workbook carries the `marks` of its sheets as it was written, in its document properties, which office
programs keep. They are hashes of what a saving by Excel, WPS or LibreOffice leaves as it is.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook

from itss_kpi.render.sheet_style import FILLABLE
from itss_kpi.render.xlsx import facts_of, opened, seal, untouched

_KINDS = ("单元格的内容", "批注", "颜色", "筛选或隐藏的行列", "打印设置")
_PREFIX, _PICTURES = "itss-kpi:", "itss-kpi/pictures"
_DIGITS = 12


def mark(book: Workbook, kept: str) -> None:
    """Write the marks of a workbook's sheets into it; in the sheet `kept` cells to fill in are left out, as what stands
    in them is taken over."""
    seal(book, {f"{_PREFIX}{sheet.title}": _line(sheet, kept) for sheet in book.worksheets} | {_PICTURES: "0"})


def additions(content: bytes, kept: str) -> list[str]:
    """What has been added to a workbook since it was written, in words; nothing is known of one without marks."""
    if untouched(content):
        return []
    book = opened(content, whole=True)
    written = facts_of(book)
    before = {name.removeprefix(_PREFIX): line for name, line in written.items() if name.startswith(_PREFIX)}
    if not before:
        return []
    found = list(_changed(book, before, kept))
    if _pictures(content) > int(written.get(_PICTURES, "0")):
        found.append("图片")
    return found


def _changed(book: Workbook, before: Mapping[str, str], kept: str) -> Iterator[str]:
    now = {sheet.title: sheet for sheet in book.worksheets}
    for title in before.keys() - now.keys():
        yield f"工作表“{title}”改了名或不在了"
    for title, sheet in now.items():
        if title not in before:
            yield f"添加的工作表“{title}”"
            continue
        pairs = zip(_KINDS, before[title].split(), _line(sheet, kept).split(), strict=True)
        if said := [name for name, one, other in pairs if one != other]:
            yield f"“{title}”的{'、'.join(said)}"


def _pictures(content: bytes) -> int:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return sum(name.startswith("xl/media/") for name in package.namelist())


# ---- the marks of a sheet


def _line(sheet: Any, kept: str) -> str:
    """A mark for each of `_KINDS`."""
    cells = list(_all(sheet))
    parts = (
        sorted(_texts(cells, fillable=sheet.title != kept)),
        sorted(f"{cell.coordinate}:{cell.comment.text.strip()}" for cell in cells if cell.comment),
        sorted(f"{cell.coordinate}:{colour}" for cell in cells if (colour := _colour(cell))),
        _filters(sheet),
        _paper(sheet),
    )
    return " ".join(hashlib.sha256("\n".join(part).encode()).hexdigest()[:_DIGITS] for part in parts)


def _all(sheet: Any) -> Iterator[Any]:
    """The cells but for those that another one is merged over."""
    covered = {place for merged in sheet.merged_cells.ranges for place in list(merged.cells)[1:]}
    return (cell for place, cell in sheet._cells.items() if place not in covered)


def _texts(cells: Iterable[Any], *, fillable: bool) -> Iterator[str]:
    for cell in cells:
        text = _text(cell)
        if text and (fillable or not _colour(cell).endswith(FILLABLE)):
            yield f"{cell.coordinate}:{text}"


def _text(cell: Any) -> str:
    """A cell's content, whoever has written it: of a formula, that it is one."""
    match cell.value:
        case _ if cell.data_type == "f":
            return "="
        case None:
            return ""
        case bool(value):
            return str(value)
        case int(value) | float(value):
            return f"{value:.{_DIGITS}g}"
        case datetime() | date() as value:
            return value.isoformat()[:19].removesuffix("T00:00:00")
        case value:
            return "".join(str(value).split())


def _colour(cell: Any) -> str:
    fill = cell.fill
    return str(fill.fgColor.rgb)[-6:] if fill.fill_type == "solid" else ""


def _filters(sheet: Any) -> list[str]:
    hidden = [str(at) for at, row in sheet.row_dimensions.items() if row.hidden]
    hidden += [str(at) for at, column in sheet.column_dimensions.items() if column.hidden]
    return [*(f"filter {one.colId}" for one in sheet.auto_filter.filterColumn), *hidden, str(sheet.sheet_state)]


def _paper(sheet: Any) -> list[str]:
    setup = sheet.page_setup
    area = str(sheet.print_area or "").replace("$", "").split("!")[-1]
    breaks = sorted(str(one.id) for one in sheet.row_breaks.brk)
    return [str(setup.orientation), str(setup.paperSize), area, *breaks]
