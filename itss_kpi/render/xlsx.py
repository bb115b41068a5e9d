"""Workbooks: what every workbook that the program writes has in common, on top of openpyxl.

Convention: text is written as text, never as a formula, a link or one of the format's own escapes; characters that
can't be seen are shown. A formula is written with the value that it had when the workbook was made, which openpyxl
can't do, so that a preview shows it too. Long tables are streamed past openpyxl's cells (`Book.stream`). The same
content gives the same bytes: no time of day, fixed zip times.
"""

import functools
import hashlib
import io
import itertools
import re
import unicodedata
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.comments.comment_sheet import CommentRecord
from openpyxl.compat import safe_string
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils.cell import get_column_letter, quote_sheetname
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.writer.excel import ExcelWriter

from itss_kpi.core.text import cells_wide, escape_controls

FACE = "微软雅黑"
LONGEST_TEXT = 32_767
"""What a cell takes, in Excel's characters: an emoji is two of them."""
_CUT_OFF = "…(过长,已截断)"
_ROWS_AT_ONCE = 500
_LONGEST_TITLE = 31
_A4 = 9


# ---- text


def safe(text: str) -> str:
    """Text that a workbook holds as it is: what looks like the format's own escapes is escaped."""
    text = visible(text)
    if len(text) > LONGEST_TEXT // 2:
        text = _cut_off(text)
    return re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text) if "_x" in text else text


def visible(text: str) -> str:
    """Text with what can't be seen shown, and nothing that XML can't hold; line breaks are kept."""
    if text.isprintable():
        return text
    text = "\n".join(map(escape_controls, text.split("\n")))
    return re.sub("[\ufffe\uffff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def _cut_off(text: str) -> str:
    return text if _first(text, LONGEST_TEXT) == text else _first(text, LONGEST_TEXT - len(_CUT_OFF)) + _CUT_OFF


def sheet_title(text: str, taken: Iterable[str] = ()) -> str:
    """A sheet's name as Excel takes it, unlike those that are taken whatever their case or width; "" where nothing is
    left."""
    title = _first(re.sub(r"[\[\]:*?/\\]", "_", escape_controls(text)), _LONGEST_TITLE).strip("' ")
    title = "" if _alike(title) == "history" else title
    used = {_alike(one) for one in taken}
    numbered, at = title, 1
    while title and _alike(numbered) in used:
        at += 1
        numbered = f"{_first(title, _LONGEST_TITLE - len(str(at)) - 1)}~{at}"
    return numbered


def _alike(title: str) -> str:
    return unicodedata.normalize("NFKC", title).casefold()


def _first(text: str, most: int) -> str:
    """So much of the text as fits into `most` of Excel's characters, of which an emoji takes two."""
    return text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")


@functools.lru_cache(maxsize=65536)
def lines(text: str, width: float) -> int:
    """How many lines the text takes in a column of `width` narrow characters."""
    return sum(-(-max(1, cells_wide(line)) // max(1, int(width))) for line in text.split("\n"))


# ---- looks


def font(**look: Any) -> Font:
    """The one font, changed by `look`."""
    plain: dict[str, Any] = {"name": FACE, "size": 10}
    return Font(**plain | look)


@dataclass(frozen=True, slots=True)
class Look:
    """How a cell looks. Colours are RRGGBB."""

    bold: bool = False
    italic: bool = False
    size: float = 10
    color: str = "262626"
    fill: str = ""
    across: str = "left"
    down: str = "center"
    wrap: bool = True
    edge: str = "BFBFBF"
    format: str = "General"
    underline: bool = False
    shrink: bool = False


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula (with its `=`) and the value it has now."""

    text: str
    value: Any


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to a `place` in the workbook, or `outside` of it."""

    text: str
    where: str


def check(sheet: Any, **rule: Any) -> Any:
    """A check of what is typed into the cells that it is given with `add`."""
    made = DataValidation(**{"allow_blank": True, "showErrorMessage": True} | rule)
    sheet.add_data_validation(made)
    return made


def add_note(sheet: Any, row: int, column: int, text: str) -> None:
    """Give a cell a note, as high as its text."""
    said = safe(text)
    sheet.cell(row, column).comment = Comment(said, "itss-kpi", height=24 + 18 * lines(said, 34), width=280)


def opened(content: bytes, *, values: bool = False, whole: bool = False) -> Any:
    """The workbook with these bytes, to be read: its formulas, or the `values` that they had; row by row, or the
    `whole` with what else its sheets have."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what openpyxl misses in the workbooks of other programs
        return load_workbook(io.BytesIO(content), read_only=not whole, data_only=values)


def on_paper(sheet: Any) -> None:
    """A4 across, as many pages down as it takes."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = _A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


# ---- a workbook


Cell = Any
"""What a cell holds: None, a number, a day, a text, a `Formula` or a `Link`; a streamed one no day and no link."""


@dataclass
class Book:
    """A workbook in the making; `stamp` is the time that it says it was made, `document` the number of the document
    that its pages carry. One that is `kept` for years is packed as small as can be, which takes its time."""

    stamp: datetime
    title: str = ""
    document: str = ""
    kept: bool = False
    made: Workbook = field(default_factory=Workbook)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    streams: dict[str, Iterable[str]] = field(default_factory=dict)
    styles: dict[Look, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.made.remove(self.made.worksheets[0])
        self.made._named_styles["Normal"].font = font()  # type: ignore[attr-defined]  # what is typed into empty cells
        self.made.calculation.fullCalcOnLoad = True

    def sheet(self, title: str) -> Any:
        """A new sheet under a name that is valid and not taken."""
        named = sheet_title(title, self.made.sheetnames) or sheet_title("表", self.made.sheetnames)
        return self.made.create_sheet(named)

    def style(self, look: Look) -> Any:
        """The openpyxl style of a look."""
        found = self.styles.get(look)
        if found is None:
            scratch: Any = WriteOnlyCell(self.made.worksheets[0])
            scratch.font = font(
                bold=look.bold,
                italic=look.italic,
                size=look.size,
                color=look.color,
                underline="single" if look.underline else None,
            )
            if look.fill:
                scratch.fill = PatternFill("solid", fgColor=look.fill)
            if look.edge:
                side = Side(style="thin", color=look.edge)
                scratch.border = Border(side, side, side, side)
            scratch.alignment = Alignment(look.across, look.down, wrap_text=look.wrap, shrink_to_fit=look.shrink)
            scratch.number_format = look.format
            found = self.styles[look] = scratch._style
        return found

    def style_id(self, look: Look) -> int:
        """The number of a look's style in the file."""
        found: int = self.made._cell_styles.add(self.style(look))  # type: ignore[attr-defined]
        return found

    def put(self, sheet: Any, row: int, column: int, value: Cell, look: Look) -> None:
        """Write a cell; a text stays a text."""
        cell, shown = sheet.cell(row, column), value.text if isinstance(value, Link) else value
        if isinstance(shown, Formula):
            cell.value = visible(shown.text)  # what it compares with cells is spelt as the cells are
            self.values.setdefault(sheet.title, {})[cell.coordinate] = shown.value
        elif isinstance(shown, str):
            cell._value, cell.data_type = safe(shown), "s"  # openpyxl takes =1+1 for a formula, and #N/A for an error
        else:
            cell.value = shown
        cell._style = self.style(look)  # after the value: openpyxl gives a day a format of its own
        if isinstance(shown, str) and shown.startswith(("=", "+", "-", "@")):
            cell._style = copy(cell._style)  # else every cell of that look would be marked as text
            cell.quotePrefix = True  # as a formula is what Excel makes of it when the cell is edited
        if isinstance(value, Link):
            file, _, inside = value.where.partition("#") if value.where.startswith(_BESIDE) else ("", "", value.where)
            cell._hyperlink = Hyperlink(ref=cell.coordinate, location=inside, target=file.removeprefix(_BESIDE) or None)

    def merge(self, sheet: Any, row: int, first: int, last: int, look: Look) -> None:
        """Merge cells of a row, where there are several: Excel takes a range of one for damage."""
        if last > first:
            style = self.style(look)
            for at in range(first + 1, last + 1):
                sheet.cell(row, at)._style = style
            # openpyxl's own way looks at every border again, which takes longer than all the rest
            sheet.merged_cells.ranges.add(CellRange(None, first, row, last, row))

    def stream(self, sheet: Any, rows: Iterable[str]) -> None:
        """Give the sheet rows made by `row_xml`, below the cells that it has (one at least)."""
        self.streams[sheet.title] = rows

    def arrange(self, titles: Sequence[str]) -> None:
        """Put the sheets in this order and open the workbook on the first."""
        self.made._sheets = [self.made[title] for title in titles]  # type: ignore[attr-defined]
        self.made.active = 0

    def content(self) -> bytes:
        """The workbook's bytes."""
        for sheet in self.made.worksheets:  # a list of checks without any is damage to Excel
            checks = sheet.data_validations
            checks.dataValidation = [one for one in checks.dataValidation if one.sqref]
        self.made.properties.creator = "itss-kpi"
        self.made.properties.title = safe(self.title)
        self.made.properties.created = self.made.properties.modified = self.stamp
        saved = io.BytesIO()
        # what is packed again below need not be packed twice
        with zipfile.ZipFile(saved, "w", zipfile.ZIP_STORED) as archive:
            _Writer(self, archive).write_data()
        sheets = {sheet.path[1:]: sheet.title for sheet in self.made.worksheets}
        return fixed(saved, self.stamp, functools.partial(self._part, sheets), _SMALLEST if self.kept else _SMALL)

    def _part(self, sheets: dict[str, str], name: str, part: bytes) -> Iterator[bytes]:
        title = sheets.get(name, "")
        if title in self.streams:
            # the size that openpyxl knows is that of its own cells; a reader that believes it stops there
            part = re.sub(rb"<dimension [^>]*>", b"", part, count=1)
            before, after = part.rsplit(b"</sheetData>", 1)
            yield before
            rows = iter(self.streams[title])
            while packed := "".join(itertools.islice(rows, _ROWS_AT_ONCE)):
                yield packed.encode()
            part = b"</sheetData>" + after
        yield part


class _Writer(ExcelWriter):
    """openpyxl's writer without its temporary files: they need room on another disk, and outlive a killed process."""

    _archive: Any

    def __init__(self, book: Book, archive: zipfile.ZipFile) -> None:
        super().__init__(book.made, archive)
        self.values = book.values

    def write_worksheet(self, ws: Any) -> None:
        ws._drawing = SpreadsheetDrawing()
        ws._drawing.charts, ws._drawing.images = ws._charts, ws._images
        written = io.BytesIO()
        writer: Any = _SheetWriter(ws, written, self.values.get(ws.title, {}))
        writer.write()
        ws._rels = writer._rels
        self._archive.writestr(ws.path[1:], written.getvalue().replace(_ROWS_HERE, writer.made.encode(), 1))
        self.manifest.append(ws)


_ROWS_HERE = b"</sheetData>"


class _SheetWriter(WorksheetWriter):
    """openpyxl's writer of a sheet, but for its rows: as texts they take a fifth of the time, and a formula has its
    value there."""

    ws: Any
    xf: Any
    made: str

    def __init__(self, sheet: Any, out: io.BytesIO, values: Mapping[str, Any]) -> None:
        super().__init__(sheet, out)
        self.values = values
        self.styles: dict[int, str] = {}

    def write_rows(self) -> None:
        with self.xf.send(True).element("sheetData"):
            pass  # where `made` is to stand
        self.xf.send(None)
        self.made = "".join(part for row in self.rows() for part in self._row(*row)) + _ROWS_HERE.decode()

    def write_merged_cells(self) -> None:
        if ranges := list(self.ws.merged_cells):
            merged = Element("mergeCells", count=str(len(ranges)))
            merged.extend(Element("mergeCell", ref=one.coord) for one in ranges)
            self.xf.send(merged)

    def _row(self, number: int, cells: Iterable[Any]) -> Iterator[str]:
        of_row = "".join(f' {name}="{value}"' for name, value in dict(self.ws.row_dimensions.get(number, {})).items())
        yield f'<row r="{number}"{of_row}>'
        for cell in cells:
            if cell._comment is not None:
                self.ws._comments.append(CommentRecord.from_cell(cell))
            if cell._hyperlink is not None:
                self.ws._hyperlinks.append(cell._hyperlink)
            yield self._cell(cell)
        yield "</row>"

    def _cell(self, cell: Any) -> str:
        place, value, kind = cell.coordinate, cell._value, cell.data_type
        style = self.styles.get(id(cell._style))
        if style is None:  # few, and shared by many cells
            style = self.styles[id(cell._style)] = f' s="{cell.style_id}"' if cell.has_style else ""
        head = f'<c r="{place}"{style}'
        if kind == "f":
            known, shown = _valued(self.values[place])
            return f"{head}{known}><f>{escape(value[1:])}</f><v>{shown}</v></c>"
        if kind == "s":
            space = ' xml:space="preserve"' if value.strip() not in ("", value) else ""
            said = f"><is><t{space}>{escape(value)}</t></is></c>" if value else " />"
            return f'{head} t="inlineStr"{said}'
        if kind == "d":
            kind, value = "n", to_excel(value)  # type: ignore[no-untyped-call]
        return f'{head} t="{kind}" />' if value is None else f'{head} t="{kind}"><v>{safe_string(value)}</v></c>'


_SMALL, _SMALLEST = 7, 8
"""How hard parts are packed: one more takes four times as long for 2 % less."""


def fixed(saved: io.BytesIO, stamp: datetime, rewrite: Any = None, level: int = _SMALL) -> bytes:
    """The saved workbook with `stamp` for the time of day, and fixed zip times; parts pass through `rewrite`. A sealed
    one says what its parts are."""
    target_bytes = io.BytesIO()
    modified = rb"\g<1>" + f"{stamp:%Y-%m-%dT%H:%M:%SZ}".encode()
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(target_bytes, "w") as target:
        for name in sorted(source.namelist(), key=lambda name: name == _PROPERTIES):
            part = source.read(name)
            if name == _PROPERTIES:
                part = part.replace(_TO_COME.encode(), _parts(target).encode())
            if name == "docProps/core.xml":
                part = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", modified, part)
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info._compresslevel = level  # type: ignore[attr-defined]
            with target.open(info, "w") as written:
                for piece in rewrite(name, part) if rewrite else (part,):
                    written.write(piece)
    return target_bytes.getvalue()


_PROPERTIES = "docProps/custom.xml"
_SEAL, _TO_COME = "itss-kpi/parts", "0" * 64


def seal(book: Workbook, facts: Mapping[str, str] | None = None) -> None:
    """Give a workbook properties of its own: `facts`, and a seal by which `untouched` knows it."""
    properties: Any = book.custom_doc_props  # type: ignore[attr-defined]  # the types know nothing of it
    for name, value in {**(facts or {}), _SEAL: _TO_COME}.items():
        properties.append(StringProperty(name=name, value=value))


def facts_of(book: Any) -> dict[str, str]:
    """The properties of its own of an opened workbook, by name."""
    return {str(one.name): str(one.value) for one in book.custom_doc_props.props}


def untouched(content: bytes) -> bool:
    """Whether a sealed workbook is byte for byte as it was written."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            return _PROPERTIES in package.namelist() and _parts(package).encode() in package.read(_PROPERTIES)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, zlib.error):
        return False


def _parts(package: zipfile.ZipFile) -> str:
    listed = sorted(f"{one.filename} {one.file_size} {one.CRC}" for one in package.infolist())
    return hashlib.sha256("\n".join(one for one in listed if not one.startswith(_PROPERTIES)).encode()).hexdigest()


def _valued(value: Any) -> tuple[str, str]:
    """A formula's value: the attribute that says what it is, and its text."""
    if isinstance(value, str):
        return ' t="str"', escape(safe(value))
    if isinstance(value, bool):
        return ' t="b"', str(int(value))
    return ("", "") if value is None else ("", repr(value))


# ---- streamed rows


_LETTERS = [get_column_letter(at) for at in range(1, 200)]


def row_xml(number: int, cells: Sequence[Cell], styles: Sequence[int]) -> str:
    """A row of a sheet as it stands in the file: the cells from column A on, each in the style with that number."""
    parts = [f'<row r="{number}">']
    for letter, value, style in zip(_LETTERS, cells, styles, strict=False):
        head = f'<c r="{letter}{number}" s="{style}"'
        if value is None:
            parts.append(f"{head}/>")
        elif isinstance(value, str):
            parts.append(f'{head} t="inlineStr">{_inline(value)}</c>')
        else:
            formula = isinstance(value, Formula)
            kind, shown = _valued(value.value if formula else value)
            said = f"<f>{escape(visible(value.text[1:]))}</f>" if formula else ""
            parts.append(f"{head}{kind}>{said}<v>{shown}</v></c>")
    parts.append("</row>")
    return "".join(parts)


@functools.lru_cache(maxsize=65536)
def _inline(text: str) -> str:
    space = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
    return f"<is><t{space}>{escape(safe(text))}</t></is>"


def quoted(text: str) -> str:
    """A text as formulas write it."""
    return '"' + text.replace('"', '""') + '"'


def place(sheet: str, cell: str) -> str:
    """A cell or range of a sheet as formulas and links write it."""
    return f"{quote_sheetname(sheet)}!{cell}"


_BESIDE = "./"


def outside(book: str, where: str) -> str:
    """A place in another workbook of the same folder, as links write it."""
    return _BESIDE + re.sub(r'[%#"<>\[\]^`{} ]', lambda found: f"%{ord(found[0]):02X}", book) + "#" + where


column = get_column_letter
"""The letters of the 1-based column."""
