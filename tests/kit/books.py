"""Workbooks as the tests read and change them: straight from the package, by no library that might mend on the way.

Convention: a cell is looked for by the header above it, never by its letter. Numbers stay numbers, dates too (`day`).
"""

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_BUILT_IN = {0: "General", 1: "0", 2: "0.00", 9: "0%", 10: "0.00%", 14: "mm-dd-yy", 49: "@"}
_EPOCH = datetime(1899, 12, 30)

Value = str | float | bool | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its value (as cached, where it is a formula), formula, number format, fill and where its link leads."""

    sheet: str
    ref: str
    value: Value = None
    formula: str | None = None
    format: str = "General"
    fill: str = ""
    error: bool = False

    @property
    def text(self) -> str:
        """The value as text, '' for an empty cell."""
        return "" if self.value is None else str(self.value)

    @property
    def number(self) -> float:
        """The value, which has to be a number."""
        assert isinstance(self.value, float), self
        return self.value

    @property
    def row(self) -> int:
        return place(self.ref)[0]

    @property
    def shown(self) -> str:
        """What a spreadsheet program shows of the value, for the few number formats that the reports use."""
        return displayed(self.value, self.format)


Row = Mapping[str, Cell]


@dataclass(slots=True)
class Sheet:
    """A sheet: its cells by (row, column), its links by reference, and its XML without the cells."""

    name: str
    cells: dict[tuple[int, int], Cell]
    links: dict[str, str]
    root: ET.Element
    outside: list[str] = field(default_factory=list)

    def at(self, ref: str) -> Cell:
        """The cell, an empty one where there is none."""
        return self.cells.get(place(ref)) or Cell(self.name, ref)

    def rows(self) -> dict[int, dict[int, Cell]]:
        """The cells that hold something, by row and column."""
        found: dict[int, dict[int, Cell]] = {}
        for (row, column), cell in self.cells.items():
            if cell.value is not None or cell.formula:
                found.setdefault(row, {})[column] = cell
        return found

    def headers(self, *names: str) -> Iterator[tuple[int, dict[str, int]]]:
        """Each row that holds all the names, with the column of each of its texts (the first, where there are two)."""
        for row, cells in sorted(self.rows().items()):
            columns: dict[str, int] = {}
            for column, cell in sorted(cells.items()):
                columns.setdefault(cell.text, column)
            if set(names) <= set(columns):
                yield row, columns

    def table(self, *names: str, gap: bool = False) -> list[dict[str, Cell]]:
        """The rows below the first header with all the names, up to an empty row (`gap`: empty rows are skipped)."""
        header, columns = next(self.headers(*names))
        return self.below(header, columns, gap=gap)

    def below(self, header: int, columns: Mapping[str, int], *, gap: bool = False) -> list[dict[str, Cell]]:
        """The rows below a header, as `table` gives them."""
        last = max((row for row, _ in self.cells), default=0)
        found = []
        for row in range(header + 1, last + 1):
            line = {name: self.at(ref(row, column)) for name, column in columns.items()}
            if any(cell.value is not None for cell in line.values()):
                found.append(line)
            elif not gap:
                break
        return found

    def tag(self, name: str) -> ET.Element | None:
        """The first element of the name in the sheet's XML."""
        return next(self.root.iter(_MAIN + name), None)

    def tags(self, name: str) -> list[ET.Element]:
        """Every element of the name in the sheet's XML."""
        return list(self.root.iter(_MAIN + name))


@dataclass(slots=True)
class Book:
    """A workbook: the files of its sheets by name in order, its defined names as (name, sheet, text), and the package's
    parts. A sheet is read when it is asked for."""

    path: Path
    files: dict[str, str]
    names: list[tuple[str, str, str]]
    parts: list[str]
    shared: list[str]
    styles: list[tuple[str, str]]
    known: dict[str, Sheet] = field(default_factory=dict)
    beside: "Book | None" = None

    def __getitem__(self, name: str) -> Sheet:
        if self.beside and name in self.beside.files:
            return self.beside[name]
        if name not in self.known:
            with zipfile.ZipFile(self.path) as package:
                self.known[name] = _sheet(package, name, self.files[name], self.shared, self.styles)
        return self.known[name]

    def sheets(self) -> Iterator[Sheet]:
        """Every sheet, in order."""
        return (self[name] for name in self.files)

    def all_cells(self) -> Iterator[Cell]:
        """Every cell of every sheet."""
        for sheet in self.sheets():
            yield from sheet.cells.values()

    def sheet_with(self, *names: str) -> Sheet:
        """The one sheet in front of the evidence, or after it, that has a header with these names."""
        (found,) = [sheet for name, sheet in self._plain() if any(sheet.headers(*names))]
        return found

    def _plain(self) -> Iterator[tuple[str, Sheet]]:
        return ((name, self[name]) for name in self.files if not name.startswith("证据"))


def place(ref: str) -> tuple[int, int]:
    """Row and column of `AB12`."""
    letters = ref.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return int(ref[len(letters) :]), column


def ref(row: int, column: int) -> str:
    """`AB12` of row and column."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def day(value: Value) -> datetime:
    """The instant that a cell's number stands for, to the millisecond."""
    assert isinstance(value, float), value
    return _EPOCH + timedelta(milliseconds=round(value * 86_400_000))


def serial(instant: date) -> float:
    """The number that stands for an instant in a cell."""
    moment = instant if isinstance(instant, datetime) else datetime(instant.year, instant.month, instant.day)
    return (moment - _EPOCH) / timedelta(days=1)


def displayed(value: Value, format: str) -> str:
    """A value under a number format: `0.00%`, `0"次"`, `0.00%"▼"`, General; texts as they are."""
    if not isinstance(value, float):
        return "" if value is None else str(value)
    if format == "General":
        return f"{value:.10g}"
    # LibreOffice writes "次" as \\次
    format = re.sub(r"\\(.)", r'"\1"', format).replace('""', "")
    match = re.fullmatch(
        r'(?:"(?P<sign>[^"]*)")?(?P<whole>#,##)?0(?:\.(?P<places>0+))?(?P<percent>%)?(?:"(?P<unit>[^"]*)")?', format
    )
    assert match, format
    number = Decimal(repr(value)) * (100 if match["percent"] else 1)
    places = Decimal(1).scaleb(-len(match["places"] or ""))
    written = f"{number.quantize(places, ROUND_HALF_UP):f}{match['percent'] or ''}"
    return f"{match['sign'] or ''}{written}{match['unit'] or ''}"


# ---- reading


@lru_cache(maxsize=24)
def read(path: Path) -> Book:
    """The workbook, with the one that holds its evidence where there is one; read once, so it isn't to be changed."""
    book = _read(path)
    if evidence_of(path).is_file():
        book.beside = _read(evidence_of(path))
        assert not book.files.keys() & book.beside.files.keys()
        book.files |= book.beside.files
        book.names += book.beside.names
    return book


def evidence_of(path: Path) -> Path:
    """Where the evidence of a workbook stands."""
    return path.with_name(f"{path.stem}_证据.xlsx")


def _read(path: Path) -> Book:
    with zipfile.ZipFile(path) as package:
        parts = package.namelist()
        assert len(parts) == len(set(parts))
        root = ET.fromstring(package.read("xl/workbook.xml"))
        targets = _relations(package, "xl/_rels/workbook.xml.rels")
        shared = _shared(package) if "xl/sharedStrings.xml" in parts else []
        styles = _styles(package)
    names = [one.get("name", "") for one in root.iter(_MAIN + "sheet")]
    assert len(names) == len(set(names))
    files = [_inside(targets[one.get(_LINK, "")][0]) for one in root.iter(_MAIN + "sheet")]
    defined = [
        (one.get("name", ""), names[int(one.get("localSheetId", 0))], one.text or "")
        for one in root.iter(_MAIN + "definedName")
    ]
    return Book(path, dict(zip(names, files, strict=True)), defined, parts, shared, styles)


def _inside(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _relations(package: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """Target and mode of each relation by its id."""
    if part not in package.namelist():
        return {}
    found = ET.fromstring(package.read(part))
    return {one.get("Id", ""): (one.get("Target", ""), one.get("TargetMode", "")) for one in found}


def _shared(package: zipfile.ZipFile) -> list[str]:
    root = ET.fromstring(package.read("xl/sharedStrings.xml"))
    return ["".join(text.text or "" for text in item.iter(_MAIN + "t")) for item in root]


def _styles(package: zipfile.ZipFile) -> list[tuple[str, str]]:
    """Number format and fill of each cell style."""
    root = ET.fromstring(package.read("xl/styles.xml"))
    formats = {int(one.get("numFmtId", 0)): one.get("formatCode", "") for one in root.iter(_MAIN + "numFmt")}
    fills = []
    for fill in root.iterfind(f"{_MAIN}fills/{_MAIN}fill"):
        color = fill.find(f"{_MAIN}patternFill/{_MAIN}fgColor")
        solid = fill.find(f"{_MAIN}patternFill[@patternType='solid']") is not None
        fills.append(color.get("rgb", "")[-6:] if solid and color is not None else "")
    found = []
    for one in root.iterfind(f"{_MAIN}cellXfs/{_MAIN}xf"):
        number = int(one.get("numFmtId", 0))
        found.append(
            (formats.get(number) or _BUILT_IN.get(number, f"built-in {number}"), fills[int(one.get("fillId", 0))])
        )
    return found


def _sheet(
    package: zipfile.ZipFile, name: str, file: str, shared: Sequence[str], styles: Sequence[tuple[str, str]]
) -> Sheet:
    root = ET.fromstring(package.read(file))
    data = root.find(_MAIN + "sheetData")
    assert data is not None
    cells = {}
    for element in data.iter(_MAIN + "c"):
        cell = _cell(name, element, shared, styles)
        where = place(cell.ref)
        assert where not in cells, f"{name}!{cell.ref} twice"
        cells[where] = cell
    data.clear()
    folder, _, base = file.rpartition("/")
    relations = _relations(package, f"{folder}/_rels/{base}.rels")
    links = {one.get("ref", ""): one.get("location", "") for one in root.iter(_MAIN + "hyperlink")}
    assert all(links.values()), name
    outside = [target for target, mode in relations.values() if mode == "External"]
    return Sheet(name, cells, links, root, outside)


def _cell(name: str, element: ET.Element, shared: Sequence[str], styles: Sequence[tuple[str, str]]) -> Cell:
    kind, found, formula, inline = element.get("t", "n"), None, None, None
    for child in element:
        if child.tag == _MAIN + "v":
            found = child.text
        elif child.tag == _MAIN + "f":
            formula = child.text or ""
        elif child.tag == _MAIN + "is":
            inline = "".join(text.text or "" for text in child.iter(_MAIN + "t"))
    value: Value = inline
    if found is not None:
        value = {"s": lambda x: shared[int(x)], "n": float, "b": lambda x: x == "1"}.get(kind, str)(found)
    elif kind == "str" and formula is not None:
        value = ""
    format, fill = styles[int(element.get("s", 0))]
    return Cell(name, element.get("r", ""), value, formula, format, fill, kind == "e")


# ---- changing


def change(path: Path, made: Path, edits: Mapping[Cell, Value]) -> Path:
    """A copy of the workbook (and of its evidence) with the cells' contents changed as a reader would: typed over, the
    format kept.

    A cell that has to be changed must stand in the sheet. What formulas gave before stays in the file.
    """
    left = set(edits)
    for one in (path, evidence_of(path)):
        if one.is_file():
            book = _read(one)
            mine = {cell: value for cell, value in edits.items() if cell.sheet in book.files}
            _change(book, made if one == path else evidence_of(made), mine)
            left -= mine.keys()
    assert not left
    return made


def _change(book: Book, made: Path, edits: Mapping[Cell, Value]) -> None:
    path = book.path
    files = {file: name for name, file in book.files.items()}
    with zipfile.ZipFile(path) as package, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        left = set(edits)
        for part in package.namelist():
            content = package.read(part)
            mine = {cell: value for cell, value in edits.items() if cell.sheet == files.get(part)}
            if mine:
                text = content.decode("utf-8")
                for cell, value in mine.items():
                    assert cell == book[cell.sheet].at(cell.ref)
                    text = _typed(text, cell, value)
                    left.remove(cell)
                content = text.encode("utf-8")
            copy.writestr(part, content)
    assert not left


def _typed(text: str, cell: Cell, value: Value) -> str:
    found = re.search(rf'<c r="{cell.ref}"([^>]*?)(/>|>.*?</c>)', text, re.DOTALL)
    assert found, cell
    style = re.search(r' s="\d+"', found[1])
    head = f'<c r="{cell.ref}"{style[0] if style else ""}'
    if value is None:
        new = f"{head}/>"
    elif isinstance(value, str):
        new = f'{head} t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    else:
        new = f"{head}><v>{value!r}</v></c>"
    return text[: found.start()] + new + text[found.end() :]
