"""Sheet XML: what a worksheet's XML says beyond the texts of its cells, found in one pass over it as a stream.

Convention: part of the worker. The XML is not parsed but looked through with regular expressions, block by block, each
ending with a row: that is as quick as the parser itself, which goes over it too and refuses what is no XML. Cells that
need a closer look are few in an honest file.
"""

import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from itss_kpi.reading.worker.file_types import MOST_CELLS, MOST_ROWS, UnreadableError
from itss_kpi.reading.worker.grid_file import Spots
from itss_kpi.reading.worker.number_texts import Shown, moment_of_iso, too_long

_CHUNK = 4 << 20


@dataclass(frozen=True, slots=True)
class Styles:
    """The styles of cells by which numbers are `shown` otherwise than they are stored, and those that are `struck`
    through."""

    shown: Mapping[int, Shown] = field(default_factory=dict)
    struck: Collection[int] = ()


@dataclass(slots=True)
class Facts:
    """What a sheet's XML says.

    `values` is how many cells hold something, `decimals` whether a number has more decimals than the parser gives,
    `patches` the text of cells that are shown otherwise than the parser says, `struck` how many cells of a row are
    struck through; `unsaved`, `inexact`, `merges` and `hidden_rows` are those of `SheetGrid`.
    """

    values: int = 0
    last_row: int = 0
    last_column: int = 0
    decimals: bool = False
    unsaved: Spots = field(default_factory=list)
    inexact: Spots = field(default_factory=list)
    patches: dict[tuple[int, int], str] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    struck: Counter[int] = field(default_factory=Counter)


_ROW = re.compile(rb"<row\b[^>]*>")
_ROW_NUMBER = re.compile(rb"""<row\b[^>]*?\sr=["'](\d+)["']""")
_HIDDEN = re.compile(rb"""\shidden=["'](?:1|true)["']""")
_NARROW = 39
_WIDE = re.compile(rb""" r="(?:[A-Z]{3}|[B-Z][A-Z]|A[N-Z])\d""")  # a column beyond AM, the 39th
_COLUMN = re.compile(rb"""<c\b[^>]*?\sr=["']([A-Z]{1,7})\d""")
# neither a whole number of up to 15 digits nor what most cells of dates hold: long, in ISO form, or with many decimals
_UNUSUAL = re.compile(
    rb"<v>(?!\d{1,15}<|[3-5]\d{4}\.\d++<)-?(?:\d{16}|\d{4}-|\d\d:|(?P<decimals>\d*+\.\d{10}|[\d.]++[eE]-)|[\d.]++[eE])"
)
_VALUE = re.compile(rb"<v>([^<]*)<")
_FULL_CELL = re.compile(rb"<c\b((?:[^>/]|/(?!>))*)>\s*<(?!/)")
_FORMULA = re.compile(rb"<c\b(?P<attributes>[^>]*)>\s*<f\b.*?</c>", re.DOTALL)
_STORED = re.compile(rb"<v\b[^>]*>[^<]|<is\b")
_ADDRESS = re.compile(rb"""\sr=["'](?P<letters>[A-Z]{1,3})(?P<row>\d{1,7})["']""")
_TYPE = re.compile(rb"""\st=["'](\w+)["']""")
_MERGE = re.compile(rb"""<mergeCell\b[^>]*?\sref=["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["']""")
_PREFIX = re.compile(rb"<(\w+):worksheet\b")


def look_through(package: zipfile.ZipFile, part: str, name: str, styles: Styles) -> Facts:
    """The facts of the worksheet `name`; `styles` are those that change what a cell says.

    Refuses rows that would be lost and a box of cells that no memory would hold, before the parser comes upon them.
    """
    facts = Facts()
    numbers = _Numbers(styles.shown)
    struck = _cells_of(styles.struck, rb"[^>]*(?<!/))>") if styles.struck else None
    try:
        for block in _blocks(package, part, name):
            _look_at_rows(block, facts, name)
            _look_at_columns(block, facts)
            facts.values += block.count(b"</v>") + block.count(b"</is>")
            if b"<f" in block:
                facts.unsaved += _unsaved(block, name)
            numbers.look_at(block, facts, name)
            if struck:
                facts.struck.update(position(cell[1], name)[0] for cell in struck.finditer(block))
        for first, top, last, bottom in _MERGE.findall(block):  # what follows the last row
            facts.merges.append((int(top) - 1, _column(first), int(bottom) - 1, _column(last)))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError):
        raise UnreadableError("D116", f"工作表“{name}”不完整,可能正在写入或没有传完") from None
    _check_box(package, part, name, facts)
    return facts


def empty_values(package: zipfile.ZipFile, part: str, name: str) -> int:
    """How many of the counted values hold nothing, or stand in a cell that is counted twice."""
    nothing = (b"<v></v>", b"<is></is>", b"<is><t></t></is>", b"</is><v>", b"</v><is>")
    return sum(sum(map(block.count, nothing)) for block in _blocks(package, part, name))


def _blocks(package: zipfile.ZipFile, part: str, name: str) -> Iterator[bytes]:
    """The XML in blocks that end with a row, without namespace prefixes; the last is what follows the rows."""
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
        chunk = head
        while chunk:
            carry += chunk
            end = carry.rfind(ending) + len(ending)
            if end >= len(ending):
                yield _plain(carry[:end], prefix, quoted)
                carry = carry[end:]
            chunk = stream.read(_CHUNK)
        yield _plain(carry, prefix, quoted)


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
    if b"hidden=" in block:
        for row in _ROW.findall(block):
            number = _ROW_NUMBER.match(row)
            if number and _HIDDEN.search(row):
                facts.hidden_rows.append(int(number[1]) - 1)


def _look_at_columns(block: bytes, facts: Facts) -> None:
    # nearly every sheet is narrow, and then it isn't worth knowing how narrow
    facts.last_column = max(facts.last_column, _NARROW)
    if _WIDE.search(block):
        facts.last_column = max(facts.last_column, *(_column(letters) + 1 for letters in _COLUMN.findall(block)))


def _check_box(package: zipfile.ZipFile, part: str, name: str, facts: Facts) -> None:
    if facts.last_row > MOST_ROWS:
        raise UnreadableError("D113", f"工作表“{name}”有行号 {facts.last_row},超过 Excel 的 {MOST_ROWS} 行")
    rows, columns = facts.last_row, facts.last_column
    if rows * columns > MOST_CELLS:
        rows, columns = _box(package, part, name)
    if rows * columns > MOST_CELLS:
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


def _unsaved(block: bytes, name: str) -> Iterator[tuple[int, int]]:
    for cell in _FORMULA.finditer(block):
        # a text result may well be empty; a cell of another type has a value or was never calculated
        if b't="str"' not in cell["attributes"] and not _STORED.search(cell.group()):
            yield position(cell["attributes"], name)


class _Numbers:
    """Looks for numbers that are shown otherwise, or hold more, than the parser says."""

    def __init__(self, shown: Mapping[int, Shown]) -> None:
        self.shown = shown
        self.styled = _cells_of(shown, rb"[^>]*)>(?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)?<v>([^<]+)</v>") if shown else None

    def look_at(self, block: bytes, facts: Facts, name: str) -> None:
        """Add what the block shows to the facts."""
        if self.styled:
            for cell in self.styled.finditer(block):
                if not _is_text(cell[1]):
                    facts.patches[position(cell[1], name)] = self.shown[int(cell[2])].text(cell[3].decode())
        for found in _UNUSUAL.finditer(block):
            value = _VALUE.match(block, found.start())
            text = value[1].decode("ascii", "replace") if value else ""
            long = too_long(text)
            if found["decimals"] and facts.decimals and not long:
                continue
            attributes = block[block.rfind(b"<c ", 0, found.start()) : found.start()]
            if b't="d"' in attributes:
                facts.patches[position(attributes, name)] = moment_of_iso(text)
            elif not _is_text(attributes):
                facts.decimals |= bool(found["decimals"])
                if long:
                    facts.inexact.append(position(attributes, name))


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
    return int(address["row"]) - 1, _column(address["letters"])


def _column(letters: bytes) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return column - 1
