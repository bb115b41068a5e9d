"""Independent readings of a workbook, for `compare_readers`: openpyxl, xlrd, pyxlsb and LibreOffice, each where it is
installed, told in one form.

Convention: a number is the serial that is stored, with the kind that its format makes it; positions are 0-based.
"""

import contextlib
import importlib
import math
import re
import shutil
import subprocess
import tempfile
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from itss_kpi.reading.worker.xls import mended

SECONDS = 120
TO_1904 = 1462
MOST_CELLS = 4_000_000
Spot = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """A cell as a reader tells it: `kind` is number, text, bool, error or unsaved; a number's `what` is the kind that
    its format makes it, and `shown` what the reader would show for it, where it says."""

    kind: str
    value: Any = None
    what: str = "number"
    format: str = ""
    shown: str | None = None
    formula: bool = False
    covered: bool = False


@dataclass(slots=True)
class Book:
    """A reading: the cells that hold something, by sheet in their order; `start` is day 0 since 1899-12-30, `pivots`
    where it has drawn pivot tables (sheet, first and last cell)."""

    sheets: list[tuple[str, dict[Spot, Seen]]] = field(default_factory=list)
    start: int = 0
    pivots: list[tuple[str, Spot, Spot]] = field(default_factory=list)


def module(name: str) -> Any:
    """The module, or None where it isn't installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


# ---- what a number format makes of a number (ECMA-376 part 1, 18.8.30 and 18.8.31)

_BUILTIN = """General|0|0.00|#,##0|#,##0.00|¥0;¥-0|¥0;¥-0|¥0.00;¥-0.00|¥0.00;¥-0.00|0%|0.00%|0.00E+00|# ?/?|# ??/??|
yyyy/m/d|d-mmm-yy|d-mmm|mmm-yy|h:mm AM/PM|h:mm:ss AM/PM|h:mm|h:mm:ss|yyyy/m/d h:mm|General|General|General|General|
yyyy"年"m"月"|m"月"d"日"|m"月"d"日"|m-d-yy|yyyy"年"m"月"d"日"|h"时"mm"分"|h"时"mm"分"ss"秒"|
上午/下午h"时"mm"分"|上午/下午h"时"mm"分"ss"秒"|yyyy"年"m"月"|#,##0;-#,##0|#,##0;-#,##0|#,##0.00;-#,##0.00|
#,##0.00;-#,##0.00|_ * #,##0_ |_ ¥* #,##0_ |_ * #,##0.00_ |_ ¥* #,##0.00_ |mm:ss|[h]:mm:ss|mm:ss.0|##0.0E+0|@|
yyyy"年"m"月"|m"月"d"日"|yyyy"年"m"月"|m"月"d"日"|m"月"d"日"|上午/下午h"时"mm"分"|
上午/下午h"时"mm"分"ss"秒"|yyyy"年"m"月"|m"月"d"日"
"""
BUILTIN = dict(enumerate(_BUILTIN.replace("\n", "").split("|")))
"""The built-in formats 0 to 58 as a Chinese Excel shows them."""
_LITERAL = re.compile(r'"[^"]*"?|\\.|_.|\*.')
_CONDITION = re.compile(r"\[[<>=]")


@cache
def kind_of(code: str, sign: int = 1) -> str:
    """What a format makes of a positive (1), negative (-1) or zero (0) number: date, time, elapsed, percent, number."""
    sections = _LITERAL.sub("", code).split(";")
    if len(sections) > 1 and "@" in sections[-1]:
        sections.pop()  # that of texts
    if _CONDITION.search(code):
        sign = 1
    at = {1: 0, -1: 1, 0: 2}[sign]
    bare = (sections[at] if at < len(sections) else sections[0]).lower()
    if re.search(r"\[(h+|m+|s+)\]", bare):
        return "elapsed"
    bare = re.sub(r"\[[^\]]*\]", "", bare)
    if "general" in bare:
        return "number"
    plain = re.sub(r"am/pm|a/p|上午/下午", "h", bare)
    if re.search(r"[yd]|g+e|(?<![0#?.])e(?![+-])", plain):
        return "date"
    if re.search(r"[hs]", plain):
        return "time"
    return "date" if "m" in plain else "percent" if "%" in plain else "number"


def number(value: float, code: str, **more: Any) -> Seen:
    """A number in a cell of this format."""
    return Seen("number", value, kind_of(code, (value > 0) - (value < 0)), code, **more)


# ---- the readers


_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """A text of OOXML (ECMA-376 part 1, 22.9.2.19: ST_Xstring)."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def by_openpyxl(content: bytes) -> Book:
    """The worksheets of an .xlsx, with raw numbers and with formulas that have no result."""
    content = _transitional(content)
    excel, reader = module("openpyxl.reader.excel"), module("openpyxl.worksheet._reader")
    text, tags = module("openpyxl.cell.text").Text, module("openpyxl.xml.constants")
    opened = excel.ExcelReader(BytesIO(content), read_only=True, data_only=True)
    opened.read_strings = lambda: None
    with warnings.catch_warnings(action="ignore"):
        opened.read()
    part = opened.package.find(tags.SHARED_STRINGS)
    strings: list[str] = []
    if part:
        for _, node in ElementTree.iterparse(opened.archive.open(part.PartName[1:])):
            if node.tag == f"{{{tags.SHEET_MAIN_NS}}}si":
                strings.append(text.from_tree(node).content)
                node.clear()
    book = opened.wb
    codes = [_code_of(book, style.numFmtId) for style in book._cell_styles]
    found = Book(start=TO_1904 if book.epoch.year == 1904 else 0)
    for sheet in book.worksheets:
        if "macrosheets/" in sheet._worksheet_path:
            continue  # one of Excel 4, which openpyxl takes for a worksheet
        with sheet._get_source() as source:
            parser = reader.WorkSheetParser(source, strings, data_only=True, epoch=book.epoch)
            formulas: set[Spot] = set()
            inner = parser.parse_cell

            def noted(element: Element, inner: Any = inner, formulas: set[Spot] = formulas) -> Any:
                cell = inner(element)
                if element.find(reader.FORMULA_TAG) is not None:
                    formulas.add((cell["row"] - 1, cell["column"] - 1))
                return cell

            parser.parse_cell = noted
            cells = {}
            for _, row in parser.parse():
                for cell in row:
                    spot = (cell["row"] - 1, cell["column"] - 1)
                    seen = _of_openpyxl(cell, codes, spot in formulas, found.start)
                    if seen:
                        cells[spot] = seen
        found.sheets.append((sheet.title, cells))
    return found


def _transitional(content: bytes) -> bytes:
    """The package with names that openpyxl knows: of a strict workbook it would pass over all cells, and over styles
    that lie elsewhere."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as package, zipfile.ZipFile(out, "w") as plain:
        names = package.namelist()
        strict = any(b"purl.oclc.org/ooxml" in package.read(name) for name in names if "workbook" in name)
        styles = next((name for name in names if name.endswith("styles.xml")), _STYLES)
        if not strict and (styles == _STYLES or _STYLES in names):
            return content
        for name in names:
            named = _STYLES if name == styles else name
            plain.writestr(named, _STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/", package.read(name)))
    return out.getvalue()


_STYLES = "xl/styles.xml"
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")


def _code_of(book: Any, number: int) -> str:
    return book._number_formats[number - 164] if number >= 164 else BUILTIN.get(number, "General")


def _of_openpyxl(cell: dict[str, Any], codes: list[str], formula: bool, start: int) -> Seen | None:
    value, kind = cell["value"], cell["data_type"]
    code = codes[int(cell["style_id"])] if int(cell["style_id"]) < len(codes) else "General"
    match kind, value:
        case _, None:
            return Seen("unsaved", formula=True) if formula and kind not in ("s", "str") else None
        case "e", _:
            return Seen("error", value, formula=formula)
        case "b", _:
            return Seen("bool", value, formula=formula)
        case "n", _:
            return number(value, code, formula=formula)
        case "d", timedelta():
            return Seen("number", value / timedelta(days=1), "elapsed", "t=d")
        case "d", datetime():
            return Seen("number", (value - datetime(1899, 12, 30)) / timedelta(days=1) - start, "date", "t=d")
        case "d", date():
            return Seen("number", (value - date(1899, 12, 30)).days - start, "date", "t=d")
        case "d", time():
            seconds = (value.hour * 60 + value.minute) * 60 + value.second + value.microsecond / 1e6
            return Seen("number", seconds / 86400, "time", "t=d")
        case _:
            return Seen("text", unescaped(str(value)), format=code, formula=formula) if value != "" else None


def by_xlrd(content: bytes) -> Book:
    """The worksheets of an .xls."""
    options = {"logfile": StringIO(), "formatting_info": True}
    try:
        book = module("xlrd").open_workbook(file_contents=content, **options)
    except Exception:  # what the product reads in spite of it
        book = module("xlrd").open_workbook(file_contents=mended(content), **options)
    found = Book(start=TO_1904 if book.datemode else 0)
    for sheet in book.sheets():
        cells = {}
        for row in range(sheet.nrows):
            for column, (kind, value) in enumerate(zip(sheet.row_types(row), sheet.row_values(row), strict=True)):
                key = book.xf_list[sheet.cell_xf_index(row, column)].format_key
                known = book.format_map.get(key)
                # of older versions the key is a place in a list
                unwritten = BUILTIN.get(key, "") if book.biff_version >= 80 else ""
                code = (known.format_str if known else None) or unwritten
                match kind:
                    case 1:
                        cells[row, column] = Seen("text", value, format=code)
                    case 2 | 3:
                        cells[row, column] = number(value, code)
                    case 4:
                        cells[row, column] = Seen("bool", bool(value))
                    case 5:
                        cells[row, column] = Seen("error", value)
                    case _:
                        pass
        found.sheets.append((sheet.name, cells))
    return found


def by_pyxlsb(content: bytes) -> Book:
    """The worksheets of an .xlsb; the formats are taken from its records ([MS-XLSB] 2.4.657, 2.4.861, 2.4.305)."""
    pyxlsb = module("pyxlsb.workbook")
    kinds = module("pyxlsb.biff12")
    with zipfile.ZipFile(BytesIO(content)) as package:
        parts = {name.lower(): name for name in package.namelist()}
        codes = list(_xlsb_formats(package.read(parts["xl/styles.bin"]))) if "xl/styles.bin" in parts else []
        flags = next((data for kind, data in _records(package.read(parts["xl/workbook.bin"])) if kind == 153), b"\0")
        found = Book(start=TO_1904 if flags[0] & 1 else 0)
        book = pyxlsb.Workbook(package)
        for name, _ in book._sheets:
            sheet = book.get_sheet(name)
            cells: dict[Spot, Seen] = {}
            sheet._reader.seek(sheet._data_offset)
            row = -1
            for kind, item in sheet._reader:
                if kind == kinds.SHEETDATA_END:
                    break
                if kind == kinds.ROW:
                    row = item.r
                elif kinds.BLANK < kind <= kinds.FORMULA_BOOLERR and item.v is not None:
                    style = item.style & 0xFFFFFF
                    code = codes[style] if style < len(codes) else "General"
                    cells[row, item.c] = _of_pyxlsb(kind, item.v, code, book, kinds)
            found.sheets.append((name, cells))
    return found


def _of_pyxlsb(kind: int, value: Any, code: str, book: Any, kinds: Any) -> Seen:
    formula = kind >= kinds.FORMULA_STRING
    if kind in (kinds.STRING, kinds.FORMULA_STRING):
        return Seen("text", book.stringtable[value] if kind == kinds.STRING else value, format=code, formula=formula)
    if kind in (kinds.BOOLERR, kinds.FORMULA_BOOLERR):
        return Seen("error", value, formula=formula)
    if isinstance(value, bool):
        return Seen("bool", value, formula=formula)
    return number(value, code, formula=formula)


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        kind = data[at]
        at += 1
        if kind & 0x80 and at < len(data):
            kind = (kind & 0x7F) | (data[at] << 7)
            at += 1
        size = shift = 0
        while at < len(data):
            size |= (data[at] & 0x7F) << shift
            shift += 7
            at += 1
            if data[at - 1] < 0x80:
                break
        yield kind, data[at : at + size]
        at += size


def _xlsb_formats(data: bytes) -> Iterator[str]:
    known = dict(BUILTIN)
    inside = False
    for kind, record in _records(data):
        if kind == 44:
            known[int.from_bytes(record[:2], "little")] = record[6:].decode("utf-16-le", "replace")
        elif kind in (617, 618):
            inside = kind == 617
        elif kind == 47 and inside:
            yield known.get(int.from_bytes(record[2:4], "little"), "General")


# ---- XML of Excel 2003

_SHEETS = "{urn:schemas-microsoft-com:office:spreadsheet}"
_CODES = {
    "Percent": "0%",
    "General Date": "yyyy/m/d h:mm",
    **dict.fromkeys(("Long Date", "Medium Date", "Short Date"), "yyyy/m/d"),
    **dict.fromkeys(("Long Time", "Medium Time", "Short Time"), "h:mm"),
    **dict.fromkeys(("Standard", "Fixed", "Scientific", "Currency", "Euro Currency", "Yes/No", "True/False"), "0"),
    **dict.fromkeys(("On/Off", "General Number", "General"), "General"),
}


def by_elements(content: bytes) -> Book:
    """The worksheets of an XML of Excel 2003, element by element: styles go from parent to child, and from table,
    column and row to cell."""
    root = ElementTree.fromstring(content)

    def said(element: Element, name: str) -> str:
        return element.get(_SHEETS + name, "")

    codes = {"Default": "General"}
    left = {said(style, "ID"): style for style in root.iter(f"{_SHEETS}Style") if said(style, "ID")}
    while left:
        name = next((one for one in left if said(left[one], "Parent") not in left), next(iter(left)))
        style = left.pop(name)
        own = style.find(f"{_SHEETS}NumberFormat")
        above = codes.get(said(style, "Parent") or "Default", "General")
        code = above if own is None else said(own, "Format") or "General"
        codes[name] = _CODES.get(code, code)
    found = Book()
    for sheet in root.iter(f"{_SHEETS}Worksheet"):
        cells: dict[Spot, Seen] = {}
        for table in sheet.iter(f"{_SHEETS}Table"):
            of_columns: dict[int, str] = {}
            for at, column in _placed(table, "Column"):
                of_columns |= {at + more: said(column, "StyleID") for more in range(int(said(column, "Span") or 0) + 1)}
            for down, row in _placed(table, "Row"):
                for across, cell in _placed(row, "Cell"):
                    style_id = said(cell, "StyleID") or said(row, "StyleID") or of_columns.get(across)
                    code = codes.get(style_id or said(table, "StyleID") or "Default", "General")
                    if seen := _of_element(cell, code):
                        cells[down, across] = seen
        found.sheets.append((said(sheet, "Name"), cells))
    return found


def _placed(parent: Element, name: str) -> Iterator[tuple[int, Element]]:
    """The elements of a name with their places: `ss:Index`, or the next one."""
    at = 0
    for element in parent.iterfind(_SHEETS + name):
        at = int(element.get(f"{_SHEETS}Index") or at + 1)
        yield at - 1, element
        at += int(
            element.get(f"{_SHEETS}MergeAcross") or (element.get(f"{_SHEETS}Span") if name == "Column" else 0) or 0
        )


def _of_element(cell: Element, code: str) -> Seen | None:
    data = cell.find(f"{_SHEETS}Data")
    formula = bool(cell.get(f"{_SHEETS}Formula"))
    if data is None:
        return Seen("unsaved", formula=True) if formula else None
    text = "".join(data.itertext())
    match data.get(f"{_SHEETS}Type"):
        case "Number":
            return number(float(text), code, formula=formula)
        case "DateTime":
            moment = datetime.fromisoformat(text)
            days = (moment - datetime(1899, 12, 30)) / timedelta(days=1) - (moment < datetime(1900, 3, 1))
            what = kind_of(code)
            return Seen("number", days, what if what in ("date", "time", "elapsed") else "date", code, formula=formula)
        case "Boolean":
            return Seen("bool", text == "1", formula=formula)
        case "Error":
            return Seen("error", text, formula=formula)
        case _:
            return Seen("text", text, format=code, formula=formula)


# ---- LibreOffice

_OFFICE, _TABLE, _TEXT, _NUMBER, _STYLE = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}"
    for name in ("office", "table", "text", "datastyle", "style")
)
_CALCEXT = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_PERIOD = re.compile(r"(-?)P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?")
_CHINESE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Setup/L10N">
<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>zh-CN</value></prop></item></oor:items>"""


class Office:
    """LibreOffice with a profile of its own in a folder, set to Chinese formats."""

    def __init__(self, folder: Path) -> None:
        self.command = shutil.which("soffice") or shutil.which("libreoffice")
        self.folder = folder
        (folder / "profile" / "user").mkdir(parents=True, exist_ok=True)
        (folder / "profile" / "user" / "registrymodifications.xcu").write_text(_CHINESE, encoding="utf-8")

    def convert(self, files: list[Path], to: str, out: Path) -> None:
        """Write each file as `out`/STEM.ENDING; what doesn't come is tried again alone."""
        ending = to.split(":")[0]
        self._run(files, to, out)
        left = [file for file in files if not (out / f"{file.stem}.{ending}").exists()]
        for file in left if len(files) > 1 else ():
            self._run([file], to, out)

    def _run(self, files: list[Path], to: str, out: Path) -> None:
        profile = f"-env:UserInstallation={(self.folder / 'profile').as_uri()}"
        command = [str(self.command), profile, "--headless", "--convert-to", to, "--outdir", str(out), *map(str, files)]
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, process_group=0
        ) as running:
            try:
                running.wait(SECONDS + len(files))
            except subprocess.TimeoutExpired:
                subprocess.run(["kill", "-KILL", f"-{running.pid}"], check=False)

    def read(self, files: dict[Path, str]) -> dict[Path, Book]:
        """The readings of these files, whose forms are given."""
        with tempfile.TemporaryDirectory(dir=self.folder) as name:
            folder = Path(name)
            links = {file: folder / f"{at}.{form}" for at, (file, form) in enumerate(files.items())}
            for file, link in links.items():
                shutil.copyfile(file, link)
            (folder / "out").mkdir()
            self.convert(list(links.values()), "fods:OpenDocument Spreadsheet Flat XML", folder / "out")
            found = {}
            for file, link in links.items():
                made = folder / "out" / f"{link.stem}.fods"
                if made.exists():
                    with contextlib.suppress(ElementTree.ParseError, OverflowError):
                        found[file] = by_office(made)
            return found


def by_opendocument(content: bytes) -> Book:
    """The cells as an .ods or .fods has them, whichever program wrote it."""
    if not content.startswith(b"PK"):
        return by_office(BytesIO(content))
    with zipfile.ZipFile(BytesIO(content)) as package:
        return by_office(BytesIO(package.read("content.xml")))


def by_office(made: Path | BytesIO) -> Book:
    """A flat OpenDocument file that LibreOffice wrote, or the contents of another."""
    book = Book()
    names: dict[str, str] = {}
    styles: dict[str, str] = {}
    stack: list[str] = []
    row = column = 0
    cells: dict[Spot, Seen] = {}
    defaults: list[tuple[int, str]] = []
    matrix: set[Spot] = set()
    for event, element in ElementTree.iterparse(made, ("start", "end")):
        tag = element.tag
        if event == "start":
            stack.append(tag)
            if tag == f"{_TABLE}table" and stack.count(tag) == 1 and f"{_OFFICE}chart" not in stack:
                row, cells, defaults, matrix = 0, {}, [], set()
                name = str(element.get(f"{_TABLE}name"))
                if "'#" not in name:  # else what it has kept of another workbook
                    book.sheets.append((name, cells))
            continue
        stack.pop()
        if tag == f"{_TABLE}null-date":
            start = element.get(f"{_TABLE}date-value", "1899-12-30")
            book.start = (date.fromisoformat(start) - date(1899, 12, 30)).days
        elif tag == f"{_TABLE}data-pilot-table":
            drawn = _RANGE.fullmatch(element.get(f"{_TABLE}target-range-address", ""))
            if drawn:
                book.pivots.append((drawn[1].replace("''", "'"), _spot(drawn[2], drawn[3]), _spot(drawn[4], drawn[5])))
        elif tag.startswith(_NUMBER) and tag.endswith("-style"):
            long = " elapsed" if element.get(f"{_NUMBER}truncate-on-overflow") == "false" else ""
            names[str(element.get(f"{_STYLE}name"))] = _signature(element) + long
        elif tag == f"{_STYLE}style":
            own = element.get(f"{_STYLE}data-style-name") or ""
            parent = styles.get(element.get(f"{_STYLE}parent-style-name") or "", "")
            styles[str(element.get(f"{_STYLE}name"))] = names.get(own, "") or parent
        elif tag == f"{_TABLE}table-column" and stack.count(f"{_TABLE}table") == 1:
            end = (defaults[-1][0] if defaults else 0) + int(element.get(f"{_TABLE}number-columns-repeated", "1"))
            defaults.append((end, element.get(f"{_TABLE}default-cell-style-name") or ""))
        elif tag == f"{_TABLE}table-row" and stack.count(f"{_TABLE}table") == 1:
            column = 0
            times = int(element.get(f"{_TABLE}number-rows-repeated", "1"))
            for cell in element:
                across = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
                if cell.get(f"{_OFFICE}value-type") or cell.get(f"{_TABLE}formula"):
                    style = cell.get(f"{_TABLE}style-name") or element.get(f"{_TABLE}default-cell-style-name")
                    style = style or next((name for end, name in defaults if column < end), "")
                    seen = _of_office(cell, styles.get(style, ""), book.start)
                    wide, high = (
                        int(cell.get(f"{_TABLE}number-matrix-{one}-spanned", "0")) for one in ("columns", "rows")
                    )
                    matrix |= {(row + down, column + at) for down in range(high) for at in range(wide)}
                    seen = replace(seen, formula=True) if seen and (row, column) in matrix else seen
                    for down in range(min(times, MOST_CELLS // across) if seen else 0):
                        cells |= {(row + down, column + at): seen for at in range(across) if seen}
                column += across
            row += times
            element.clear()
    return book


_RANGE = re.compile(r"\$?'?(.*?)'?\.\$?([A-Z]+)\$?(\d+):.*\.\$?([A-Z]+)\$?(\d+)")


def _spot(letters: str, row: str) -> Spot:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(row) - 1, column - 1


def _signature(style: Element) -> str:
    parts = [part.tag.rpartition("}")[2] if part.tag != f"{_NUMBER}text" else part.text or "" for part in style]
    return f"{style.tag.rpartition('}')[2].removesuffix('-style')}: {' '.join(parts)}"


def _of_office(cell: Element, style: str, start: int) -> Seen | None:
    lines = [_line(line) for line in cell if line.tag == f"{_TEXT}p"]
    shown = "\n".join(lines)
    more = {
        "format": style,
        "shown": shown,
        "formula": cell.get(f"{_TABLE}formula") is not None,
        "covered": cell.tag == f"{_TABLE}covered-table-cell",
    }
    if cell.get(f"{_CALCEXT}value-type") == "error":
        return Seen("error", shown, **more)  # type: ignore[arg-type]
    what, value = "number", cell.get(f"{_OFFICE}value", "")
    match cell.get(f"{_OFFICE}value-type"):
        case "string":
            text = cell.get(f"{_OFFICE}string-value", shown)
            return Seen("text", text, **more) if text or more["formula"] else None  # type: ignore[arg-type]
        case None:
            return Seen("text", "", **more)  # type: ignore[arg-type]
        case "boolean":
            return Seen("bool", cell.get(f"{_OFFICE}boolean-value") == "true", **more)  # type: ignore[arg-type]
        case "percentage":
            what = "percent"
        case "date":
            what, value = "date", str(_serial(cell.get(f"{_OFFICE}date-value", ""), start))
        case "time":
            what = "elapsed" if style.endswith("elapsed") else "time"
            found = _PERIOD.fullmatch(cell.get(f"{_OFFICE}time-value", ""))
            days, hours, minutes, seconds = (
                (float(part or 0) for part in found.groups()[1:]) if found else (math.nan,) * 4
            )
            value = str((days + hours / 24 + minutes / 1440 + seconds / 86400) * (-1 if found and found[1] else 1))
        case _:
            pass
    return Seen("number", float(value), what, **more)  # type: ignore[arg-type]


def _serial(text: str, start: int) -> float:
    try:
        return (datetime.fromisoformat(text[:26]) - datetime(1899, 12, 30)) / timedelta(days=1) - start
    except ValueError:
        return math.nan


def _line(line: Element) -> str:
    parts = [line.text or ""]
    for child in line:
        match child.tag.rpartition("}")[2]:
            case "s":
                parts.append(" " * int(child.get(f"{_TEXT}c", "1")))
            case "tab":
                parts.append("\t")
            case "line-break":
                parts.append("\n")
            case "annotation" | "ruby-text":
                pass
            case _:
                parts.append(_line(child))
        parts.append(child.tail or "")
    return "".join(parts)
