"""Sheet XML: what a worksheet's XML says beyond the texts of its cells, found in one pass over it as a stream.

Convention: part of the worker. The XML is not parsed but looked through with regular expressions, block by block, each
ending with a row: that is as quick as the parser itself, which goes over it too and refuses what is no XML. Cells that
need a closer look are few in an honest file.
"""

import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from itertools import pairwise
from math import isinf

from itss_kpi.reading.worker.file_types import MOST_CELLS, MOST_ROWS, UnreadableError
from itss_kpi.reading.worker.grid_file import SheetGrid, Spots, column_letter
from itss_kpi.reading.worker.number_texts import Shown, Way, fifteen, moment_of_iso, too_long
from itss_kpi.reading.worker.ooxml_book import Book, Styles, check_form, column_of, unended

_CHUNK, _HEAD = 4 << 20, 1 << 16


@dataclass(slots=True)
class Facts:
    """What a sheet's XML says: of its `grid` the facts beside the cells.

    `values` is how many cells hold something, `decimals` whether a number has more decimals than the parser gives,
    `patches` the text of cells that are shown otherwise than the parser says, `struck` how many cells of a row are
    struck through, `new_errors` whether there are error values that the parser doesn't know.
    """

    grid: SheetGrid
    values: int = 0
    last_row: int = 0
    last_column: int = 0
    decimals: bool = False
    patches: dict[tuple[int, int], str] = field(default_factory=dict)
    struck: Counter[int] = field(default_factory=Counter)
    new_errors: bool = False


_ROW = re.compile(rb"<row\b[^>]*>")
_ROW_NUMBER = re.compile(rb"""<row\b[^>]*?\sr=["'](\d+)["']""")
_HIDDEN = re.compile(rb"""\s(?:hidden=["'](?:1|true)|ht=["']0(?:\.0+)?)["']""")  # or of no height
_NARROW = 39
_SMALL, _SPARSE = 8_000_000, 100
"""A box of more cells than that, of which not one in so many holds something, is refused."""
_WIDE = re.compile(rb""" r="(?:[A-Z]{3}|[B-Z][A-Z]|A[N-Z])\d""")  # a column beyond AM, the 39th
_COLUMN = re.compile(rb"""<c\b[^>]*?\sr=["']([A-Z]{1,7})\d""")
# a text that isn't named by its index, an error; else neither a whole number of up to 15 digits nor what most cells of
# dates hold: long, in ISO form, or with many decimals
_UNUSUAL = re.compile(
    rb"<v>(?!\d{1,15}<|[3-5]\d{4}\.\d++<)(?:(?P<index>(?<=t=\"s\"><v>))|(?P<error>#)|P(?:\d+D)?T\d"
    rb"|(?P<blank>\s|[-+.\deE]++\s)|-?(?:\d{16}|\d{4}-|\d\d:|(?P<decimals>\d*+\.\d{10}|[\d.]++[eE]-)|[\d.]++[eE]))"
)
_VALUE = re.compile(rb"<v>([^<]*)<")
_FULL_CELL = re.compile(rb"<c\b((?:[^>/]|/(?!>))*)>\s*<(?!/)")
_FORMULA = re.compile(rb"<c\b(?P<attributes>[^>]*)>\s*<f\b.*?</c>", re.DOTALL)
_RESULT = re.compile(rb"<v\b[^>]*>([^<]+)|<is\b")
_NEW_ERROR = re.compile(rb"<v>#(?!N/A<|REF!<|DIV/0!<|VALUE!<|NAME\?<|NUM!<|NULL!<)[A-Z_/0-9]+[!?]?</v>")
_EACH_ADDRESS = re.compile(rb"""<c\b[^>]*?\sr=["']([A-Z]{1,3}\d{1,7})["']""")
_ESCAPED_RESULT = re.compile(
    rb"""<c\b([^>]*\st="str"[^>]*)>(?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)?<v[^>]*>([^<]*_x[0-9A-Fa-f]{4}_[^<]*)</v>"""
)
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")
_ADDRESS = re.compile(rb"""\sr=["'](?P<letters>[A-Z]{1,3})(?P<row>\d{1,7})["']""")
_TYPE = re.compile(rb"""\st=["'](\w+)["']""")
_MERGE = re.compile(rb"""<mergeCell\b[^>]*?\sref=["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["']""")
_PREFIX = re.compile(rb"<(\w+):worksheet\b")


def look_through(package: zipfile.ZipFile, part: str, name: str, book: Book) -> Facts:
    """The facts of the worksheet `name` of a book, whose styles say what changes what a cell says.

    Refuses rows that would be lost and a box of cells that no memory would hold, before the parser comes upon them.
    """
    facts, missing = Facts(SheetGrid(name)), 0
    numbers, formulas = _Numbers(book), _Formulas(on_load=book.on_load)
    struck = _cells_of(book.styles.struck, rb"[^>]*(?<!/))>") if book.styles.struck else None
    try:
        for block in _blocks(package, part, name):
            _look_at_rows(block, facts, name)
            _look_at_columns(block, facts)
            facts.values += block.count(b"</v>")
            if b"i" in block and (b"is>" in block or b"<is" in block):  # a single letter is found much faster
                facts.values += block.count(b"</is>")
                missing += unended(block, b"is")
            if b"f" in block and b"<f" in block:
                formulas.look_at(block, name)
                facts.patches.update(_escaped_results(block, name))
            numbers.look_at(block, facts, name)
            if struck:
                facts.struck.update(position(cell[1], name)[0] for cell in struck.finditer(block))
        for first, top, last, bottom in _MERGE.findall(block):  # what follows the last row
            facts.grid.merges.append((int(top) - 1, column_of(first), int(bottom) - 1, column_of(last)))
        if missing:
            check_form(package, part)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError):
        raise UnreadableError("D116", f"工作表“{name}”不完整,可能正在写入或没有传完") from None
    facts.grid.unsaved = formulas.unsaved
    _check_box(package, part, name, facts)
    return facts


def with_known_errors(content: bytes) -> bytes:
    """A sheet's XML in which the error values of newer programs are one that every program knows."""
    return _NEW_ERROR.sub(b"<v>#N/A</v>", content)


def has_address_twice(package: zipfile.ZipFile, part: str, name: str) -> bool:
    """Whether two cells of a row have the same address; no row is there twice."""
    listed = (_EACH_ADDRESS.findall(block) for block in _blocks(package, part, name))
    return any(len(set(addresses)) < len(addresses) for addresses in listed)


def empty_values(package: zipfile.ZipFile, part: str, name: str) -> int:
    """How many of the counted values hold nothing, or stand in a cell that is counted twice."""
    nothing = (b"<v></v>", b"<is></is>", b"<is><t></t></is>", b"</is><v>", b"</v><is>")
    return sum(sum(map(block.count, nothing)) for block in _blocks(package, part, name))


def _blocks(package: zipfile.ZipFile, part: str, name: str) -> Iterator[bytes]:
    """The XML in blocks that end with a row, without namespace prefixes and blanks between the elements of a cell; the
    last is what follows the rows."""
    carry = b""
    prefix = b""
    ending = b"</row>"
    quoted = False
    with package.open(part) as stream:
        head = stream.read(_CHUNK)
        if b"\0" in head[:64]:
            raise UnreadableError("D102", f"工作表“{name}”是 UTF-16 编码,请用 Excel 打开后另存")
        if b"<!" in head[: head.find(b"worksheet")].replace(b"<!--", b""):
            raise UnreadableError("D102", f"工作表“{name}”带有 DTD 声明,工作簿不会有,拒绝读取")
        if found := _PREFIX.search(head[:4096]):
            prefix = found[1] + b":"
            ending = b"</" + prefix + b"row>"
        quoted = b" r='" in head
        first = head[:_HEAD].replace(prefix, b"")
        indented = _INDENTED.search(first) is not None
        bare = _Addresses() if _BARE.search(first) else None
        chunk = head
        while chunk:
            carry += chunk
            end = carry.rfind(ending) + len(ending)
            if end >= len(ending):
                block = _plain(carry[:end], prefix, quoted)
                block = _BETWEEN.sub(b">", block) if indented else block
                yield bare.given(block) if bare else block
                carry = carry[end:]
            chunk = stream.read(_CHUNK)
        yield _plain(carry, prefix, quoted)


class _Addresses:
    """Gives rows and cells the addresses that they may go without (ECMA-376 part 1, 18.3.1.4 and 18.3.1.73): each is
    the one after that before it."""

    def __init__(self) -> None:
        self.row = self.column = 0

    def given(self, block: bytes) -> bytes:
        """The block with an address in every row and cell."""
        return _ROW_OR_CELL.sub(self._one, block)

    def _one(self, found: re.Match[bytes]) -> bytes:
        tag, attributes, end = found.groups()
        own = _OWN_ADDRESS.search(attributes)
        if tag == b"row":
            self.row, self.column = int(own[2]) if own else self.row + 1, 0
        else:
            self.column = column_of(own[1]) + 1 if own else self.column + 1
        letters = column_letter(self.column - 1).encode() if tag == b"c" else b""
        shown = b"%b%d" % (letters, self.row)
        return found.group() if own else b'<%b r="%b"%b%b' % (tag, shown, attributes, end)


_INDENTED = re.compile(rb"<c\b[^>]*>\s+<[vfi]")
_BETWEEN = re.compile(rb">\s+(?=<(?:[vfc]|is|row|/c|/row)\b)")
_BARE = re.compile(rb"""<(?:row|c)(?:\s+(?!r=)[\w:]+=(?:"[^"]*"|'[^']*'))*\s*/?>""")
_ROW_OR_CELL = re.compile(rb"""<(row|c)((?:\s+[\w:]+=(?:"[^"]*"|'[^']*'))*)(\s*/?>)""")
_OWN_ADDRESS = re.compile(rb"""\sr=["']([A-Z]*)(\d+)["']""")


def _plain(block: bytes, prefix: bytes, quoted: bool) -> bytes:
    if prefix:
        block = block.replace(b"<" + prefix, b"<").replace(b"</" + prefix, b"</")
    return block.replace(b" r='", b' r="') if quoted else block


def _look_at_rows(block: bytes, facts: Facts, name: str) -> None:
    rows = list(map(int, _ROW_NUMBER.findall(block)))
    if not rows:
        return
    if rows[0] <= facts.last_row or any(one >= two for one, two in pairwise(rows)):
        twice = next(two for one, two in pairwise([facts.last_row, *rows]) if one >= two)
        raise UnreadableError("D121", f"工作表“{name}”的第 {twice} 行出现不止一次,或行号倒退,读出来会丢行")
    facts.last_row = rows[-1]
    if b"h" in block and (b"hidden=" in block or b'ht="0' in block):
        for row in _ROW.findall(block):
            number = _ROW_NUMBER.match(row)
            if number and _HIDDEN.search(row):
                facts.grid.hidden_rows.append(int(number[1]) - 1)


def _look_at_columns(block: bytes, facts: Facts) -> None:
    # nearly every sheet is narrow, and then it isn't worth knowing how narrow
    facts.last_column = max(facts.last_column, _NARROW)
    if _WIDE.search(block):
        facts.last_column = max(facts.last_column, *(column_of(letters) + 1 for letters in _COLUMN.findall(block)))


def _check_box(package: zipfile.ZipFile, part: str, name: str, facts: Facts) -> None:
    if facts.last_row > MOST_ROWS:
        raise UnreadableError("D113", f"工作表“{name}”有行号 {facts.last_row},超过 Excel 的 {MOST_ROWS} 行")
    rows, columns = facts.last_row, facts.last_column
    most = MOST_CELLS if _SPARSE * facts.values > MOST_CELLS else max(_SPARSE * facts.values, _SMALL)
    if rows * columns > most:
        rows, columns = _box(package, part, name)
    if rows * columns > most:
        what = f"工作表“{name}”的内容一直到第 {rows} 行、第 {columns} 列,范围过大;请删去远处的单元格"
        raise UnreadableError("D113", what)


def _box(package: zipfile.ZipFile, part: str, name: str) -> tuple[int, int]:
    """Rows and columns up to the last cells that hold something; cells that are only formatted do not count."""
    rows = columns = 0
    for block in _blocks(package, part, name):
        for cell in _FULL_CELL.finditer(block):
            row, column = position(cell[1], name)
            rows, columns = max(rows, row + 1), max(columns, column + 1)
    return rows, columns


def _escaped_results(block: bytes, name: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Texts that formulas gave, with what is written as `_x000D_`; in other texts the parser reads it."""
    for cell in _ESCAPED_RESULT.finditer(block) if b"_x" in block else ():
        yield position(cell[1], name), _ESCAPE.sub(lambda found: chr(int(found[1], 16)), unescape(cell[2].decode()))


class _Formulas:
    """Looks for formulas whose result nobody has stored: it isn't there; or the workbook is to be calculated when it is
    opened, and all results of the sheet are 0 or empty, as programs write them that can't calculate."""

    def __init__(self, *, on_load: bool) -> None:
        self.on_load = on_load
        self.lacking: Spots = []
        self.nothing: Spots = []
        self.calculated = False

    def look_at(self, block: bytes, name: str) -> None:
        """Add the formulas of the block."""
        for cell in _FORMULA.finditer(block):
            result = _RESULT.search(cell.group())
            # a text result may well be empty; a cell of another type has a value or was never calculated
            if result is None and b't="str"' not in cell["attributes"]:
                self.lacking.append(position(cell["attributes"], name))
            elif self.on_load and (result is None or result[1] in (b"0", b"")):
                self.nothing.append(position(cell["attributes"], name))
            else:
                self.calculated = True

    @property
    def unsaved(self) -> Spots:
        """Where they stand."""
        return self.lacking if self.calculated else sorted(self.lacking + self.nothing)


class _Numbers:
    """Looks for numbers that are shown otherwise, or hold more, than the parser says."""

    def __init__(self, book: Book) -> None:
        self.shown = book.styles.shown
        self.epoch_1904 = book.epoch_1904
        self.styled = _cells_of(self.shown, _WITH_VALUE % rb"[^<]+") if self.shown else None

    def look_at(self, block: bytes, facts: Facts, name: str) -> None:
        """Add what the block shows to the facts."""
        if self.styled:
            for at, style, text in _stored(block, name, self.styled):
                facts.patches[at] = self.shown[style].text(text, self.epoch_1904)
        for found in _UNUSUAL.finditer(block):
            if found["error"]:
                facts.new_errors |= bool(_NEW_ERROR.match(block, found.start()))
                continue
            if found["index"] is not None:
                raise UnreadableError("D102", f"工作表“{name}”有单元格引用的文本不是整数编号,请用 Excel 打开后另存")
            value = _VALUE.match(block, found.start())
            text = value[1].decode("ascii", "replace").strip() if value else ""
            long = too_long(text)
            if found["decimals"] and facts.decimals and not long:
                continue
            start = block.rfind(b"<c ", 0, found.start())
            attributes = block[start : block.find(b">", start)]
            if b't="d"' in attributes:
                facts.patches[position(attributes, name)] = moment_of_iso(text)
            elif not _is_text(attributes):
                facts.decimals |= bool(found["decimals"])
                if long:
                    facts.grid.inexact.append(position(attributes, name))
                if found["blank"]:
                    facts.patches.setdefault(position(attributes, name), fifteen(text))
                if long and isinf(float(text)):
                    facts.patches.setdefault(position(attributes, name), text)


_WITH_VALUE = rb"[^>]*)>(?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)?<v>(%b)</v>"
_OF_FIRST_YEAR = rb"(?:[12]?\d?\d|3[0-5]\d|36[0-5])(?:\.\d*)?(?:[eE]-\d+)?|\d(?:\.\d*)?[eE][+]?[012]"


def of_first_year(package: zipfile.ZipFile, part: str, name: str, styles: Styles) -> dict[tuple[int, int], str]:
    """What is stored in the cells of days that are of the first year, and so are durations."""
    found = _all_stored(package, part, name, styles.days, _OF_FIRST_YEAR)
    return {at: Shown(Way.CLOCK).text(text) for at, text in found}


def timeless(
    package: zipfile.ZipFile, part: str, name: str, styles: Styles, epoch_1904: bool, columns: Collection[int]
) -> dict[tuple[int, int], str]:
    """The days in cells of these columns that show no time, and have none: `2022-07-05`, as a text would say it."""
    found = _all_stored(package, part, name, styles.timeless, rb"\d+")
    days = ((at, Shown(Way.DATE).text(text, epoch_1904)) for at, text in found if at[1] in columns)
    return {at: text.removesuffix(" 00:00:00") for at, text in days}


def _all_stored(
    package: zipfile.ZipFile, part: str, name: str, styles: Collection[int], number: bytes
) -> Iterator[tuple[tuple[int, int], str]]:
    """The stored numbers of this form in cells of these styles, by their place."""
    cells = _cells_of(styles, _WITH_VALUE % number)
    for block in _blocks(package, part, name) if styles else ():
        yield from ((at, text) for at, _, text in _stored(block, name, cells))


def _stored(block: bytes, name: str, cells: re.Pattern[bytes]) -> Iterator[tuple[tuple[int, int], int, str]]:
    """The place, the style and the stored number of cells that hold no text."""
    for cell in cells.finditer(block):
        if not _is_text(cell[1]):
            yield position(cell[1], name), int(cell[2]), cell[3].decode()


def _cells_of(styles: Iterable[int], rest: bytes) -> re.Pattern[bytes]:
    """Cells of these styles."""
    numbers = b"|".join(str(style).encode() for style in styles)
    return re.compile(rb"""<c\b([^>]*\ss=["'](%b)["']""" % numbers + rest)


def _is_text(attributes: bytes) -> bool:
    kind = _TYPE.search(attributes)
    return kind is not None and kind[1] != b"n"


def position(attributes: bytes, name: str) -> tuple[int, int]:
    """The (row, column) of a cell by its address."""
    address = _ADDRESS.search(attributes)
    if address is None:
        raise UnreadableError("D102", f"工作表“{name}”有单元格没有地址,请用 Excel 打开后另存")
    return int(address["row"]) - 1, column_of(address["letters"])
