"""Returned workbooks: a department's own workbook with what is wrong marked in it, to be mended and sent back.

Convention: values, formulas and sheets stay as they are; a sheet before them lists what is to be mended, with links. A
workbook of which something would be lost on the way isn't marked at all: the list stands beside it.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, PatternFill, Side
from openpyxl.worksheet.hyperlink import Hyperlink

from itss_kpi.core.problem_codes import Severity
from itss_kpi.core.problems import Problem, row_of
from itss_kpi.pages.making import together
from itss_kpi.render.xlsx import fixed, font, lines, place, safe, seal
from itss_kpi.tables.sheets.ledger_sheets import RETURNED

_KEPT = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(?:core|app|custom|thumbnail)\.\w+|customXml/.*"
    r"|xl/(?:_rels/)?workbook\.xml(?:\.rels)?|xl/worksheets/(?:_rels/)?sheet\d+\.xml(?:\.rels)?"
    r"|xl/(?:styles|sharedStrings|calcChain|metadata)\.xml|xl/theme/.*|xl/printerSettings/.*"
    r"|xl/comments/?\w*\.xml|xl/drawings/(?:commentsDrawing|vmlDrawing)\d+\.vml|xl/persons/.*"
)
"""The parts of a package that openpyxl writes again, or that nobody misses."""
_LOST = re.compile(rb"<extLst|<sparkline|<controls|<oleObjects|<legacyDrawingHF")
_MOST = 30_000_000
"""Bytes of a sheet beyond which a workbook isn't opened for this."""
_FILLS = {Severity.ERROR: "FFC7CE", Severity.WARNING: "FFEB9C", Severity.INFO: "DDEBF7"}
_HEAD, _WIDTHS = ("序号", "级别", "在哪里", "是什么问题", "怎么改"), (6, 8, 26, 60, 60)
_WROTE, _BAND = "itss-kpi", "D6E3F0"
_LINE = Side("thin", "BFBFBF")
_EDGES = Border(_LINE, _LINE, _LINE, _LINE)


class Marked(NamedTuple):
    """A workbook to be sent back, and why it isn't the department's own; '' where it is."""

    content: bytes
    reason: str


def marked(name: str, content: bytes, problems: Sequence[Problem], stamp: datetime) -> Marked:
    """The workbook `name` with its problems marked and listed, or else the list alone."""
    if reason := _unmarkable(name, content):
        book = Workbook()
        book.remove(book.worksheets[0])
    else:
        book = load_workbook(io.BytesIO(content), rich_text=True)
        _clean(book)
        _mark(book, problems)
        book.calculation.fullCalcOnLoad = True  # openpyxl writes formulas without what they came to
    _list(book, problems, links=not reason)
    seal(book)
    saved = io.BytesIO()
    book.save(saved)
    return Marked(fixed(saved, stamp), reason)


def _unmarkable(name: str, content: bytes) -> str:
    """Why a workbook can't be carried over whole."""
    if not name.lower().endswith(".xlsx"):
        return "不是 .xlsx 文件"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            for part in package.infolist():
                if not _KEPT.fullmatch(part.filename):
                    return "其中有图形、图表、宏或其他带不过来的内容"
                sheet = part.filename.startswith("xl/worksheets/sheet")
                if sheet and part.file_size > _MOST:
                    return "文件太大"
                if sheet and _LOST.search(package.read(part)):
                    return "其中有新版 Excel 的条件格式、迷你图或控件"
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return "加密了或打不开"
    return ""


def _clean(book: Any) -> None:
    """Take away what was marked in it when it was sent back before."""
    book.custom_doc_props.props = [one for one in book.custom_doc_props.props if not one.name.startswith(_WROTE)]
    if RETURNED in book.sheetnames:
        book.remove(book[RETURNED])
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.comment and cell.comment.author == _WROTE:
                    cell.comment = None
                    cell.fill = PatternFill()


def _mark(book: Any, problems: Iterable[Problem]) -> None:
    """Colour the cells at fault, and say in a comment what is wrong; a row is marked in its first cell."""
    marked = ((one.place.sheet, _cell(one), one) for one in problems if one.place.sheet in book.sheetnames)
    for (title, cell), own in together(((title, cell), one) for title, cell, one in marked if cell).items():
        at = book[title][cell]
        if type(at).__name__ == "MergedCell":
            continue
        worst = min(own, key=lambda one: list(Severity).index(one.severity)).severity
        at.fill = PatternFill("solid", fgColor=_FILLS[worst])
        said = [at.comment.text] if at.comment else []
        said += [f"{one.severity.label}:{one.message}\n怎么改:{one.remedy}" for one in own]
        at.comment = Comment(safe("\n".join(said)), _WROTE, width=320, height=60 + 40 * len(own))


def _cell(one: Problem) -> str:
    """The cell in which a problem is marked; '' of one that is of the whole sheet."""
    cell = one.place.cell
    if re.fullmatch(r"[A-Z]{1,3}[1-9]\d*", cell):
        return cell
    return f"A{row_of(one.place)}" if row_of(one.place) else ""


def _list(book: Any, problems: Sequence[Problem], *, links: bool) -> None:
    sheet = book.create_sheet(RETURNED, 0)
    book.active = 0
    for other in book.worksheets[1:]:
        other.sheet_view.tabSelected = False
    sheet.append([f"{sum(one.times for one in problems)} 处要看一看:改好后把整个文件发回,本页不用删。"])
    sheet.append(list(_HEAD))
    for at, one in enumerate(problems, 1):
        where = str(one.place).removeprefix(f"{one.place.path}!") if one.place.sheet else "整个文件"
        times = f"(共 {one.times} 处)" if one.times > 1 else ""
        texts = (one.severity.label, where, f"{one.message}{times}", one.remedy)
        sheet.append([at, *map(safe, texts)])
        row = sheet.max_row
        # not every program makes rows as high as their text by itself
        high = max(lines(text, width - 1.5) for text, width in zip(texts, _WIDTHS[1:], strict=True))
        sheet.row_dimensions[row].height = 14.5 * high + 3
        sheet.cell(row, 2).fill = PatternFill("solid", fgColor=_FILLS[one.severity])
        for cell in sheet[row]:
            cell.font, cell.alignment, cell.border = font(), Alignment(wrap_text=True, vertical="top"), _EDGES
            if cell.data_type == "f":
                cell.data_type = "s"
        if links and one.place.sheet in book.sheetnames:
            where = place(one.place.sheet, _cell(one) or "A1")
            sheet.cell(row, 3).hyperlink = Hyperlink(f"C{row}", location=where)
            sheet.cell(row, 3).font = font(color="0000FF", underline="single")
    _dress(sheet)


def _dress(sheet: Any) -> None:
    sheet["A1"].font = font(bold=True, size=12)
    for letter, width in zip("ABCDE", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
        sheet[f"{letter}2"].font, sheet[f"{letter}2"].border = font(bold=True), _EDGES
        sheet[f"{letter}2"].fill = PatternFill("solid", fgColor=_BAND)
    sheet.freeze_panes = "A3"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage = 0, True
