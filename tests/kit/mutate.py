"""A bounded fuzz of the reader: small files of tickets in every format, changed, and what may come of each.

All files of a batch lie in one data folder and are read by the public path at once. Whatever a file has become: it is
refused with a code of the table and a sentence, or read and every row of it accounted for; nothing is raised, nothing
takes longer than `SECONDS`. Then, by the kind of change:

- *edited*: a note is replaced by another one of the same length, wherever the format keeps it. It must be read, and its
  cells are exactly those of the whole file with this note replaced.
- *sealed*: the bytes of a zip package are damaged, and its checksums tell. Its cells are exactly those of the whole
  file, or it is refused.
- *damaged*: the bytes of any other file, or of a part within a package that is then zipped again. Nobody can say what
  it should be, but a reader makes nothing up: every cell is one of the whole file, or stands in the damaged bytes, as
  they are, without the tags and entities within one cell, as a number (days, or a percent where there are formats), or
  as a moment to the millisecond. Where a cell stands, and what is lost, isn't looked at.

A file that makes the worker die costs only itself (D114). That is how a damaged .xls or .xlsx may end, where a header or
a cell's address asks for gigabytes; in any other format it is a failure.

    python tests/kit/mutate.py --seed 1 --runs 2000

One seed gives the same files every time; a file that fails is kept in `--keep`, under its name.
"""

import argparse
import functools
import html as markup
import io
import itertools
import operator
import random
import re
import struct
import sys
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kit.ledgers import (
    CATALOGUE,
    NAME,
    Page,
    covered,
    html,
    merged_page,
    ods,
    page,
    shown,
    text,
    tickets,
    xls,
    xlsx,
    xml_2003,
)
from kit.xlsb import xlsb

from itss_kpi.catalogue.indicators import sources_of
from itss_kpi.catalogue.load import load
from itss_kpi.core.problem_codes import CODES
from itss_kpi.reading.exports import find_exports, read_exports
from itss_kpi.reading.grid import RawExport
from itss_kpi.reading.reader import Reader
from itss_kpi.reading.worker.file_types import Reading
from itss_kpi.tables.build import build_table

OLE = b"\xd0\xcf\x11\xe0"
BATCH = 60  # files in one folder
SECONDS = 20  # for one file of a few kilobytes
FOLDER = "运维部"
MAY_DIE = ("xlsx", "xls")
Cells = dict[tuple[int, int, int], str]  # by sheet, row and column


def pages() -> Sequence[Page]:
    """Two sheets of a few records, with a title, merged cells, a hidden row and a total."""
    rows = tickets()
    return page(rows[:8], hidden_rows=(3,)), merged_page(rows[10:18], "8月")


@dataclass(frozen=True)
class Seed:
    """A file of one format: its bytes, the encoding of its texts, and the cells that were written into it."""

    content: bytes
    encoding: str
    cells: Cells


@functools.cache  # a workbook says when it was written
def seeds() -> dict[str, Seed]:
    """A small file of each format, by extension."""
    first, second = both = pages()
    of_both, of_second, plain = _written(_typed, *both), _written(shown, second), replace(second, merged=[])
    return {
        "xlsx": Seed(xlsx(*both), "utf-8", of_both),
        "xls": Seed(xls(*both), "utf-16-le", of_both),
        "ods": Seed(ods(*both), "utf-8", of_both),
        "html.xls": Seed(html(second), "utf-8", of_second),
        "xml.xls": Seed(xml_2003(*both), "utf-8", of_both),
        "csv": Seed(text(first).encode("gb18030"), "gb18030", _written(shown, first)),
        "tsv": Seed(text(plain, "\t").encode("utf-16"), "utf-16-le", _written(shown, plain)),
        "txt": Seed(text(first, ";").encode("utf-8-sig"), "utf-8", _written(shown, first)),
        "xlsb": Seed(xlsb(*both), "utf-16-le", of_both),
    }


def _written(show: Callable[[Any], str], *written: Page) -> Cells:
    return {
        (at, row, column): show(value)
        for at, found in enumerate(written)
        for row, cells in enumerate(found.cells)
        for column, value in enumerate(cells)
        if value is not None and (row + 1, column + 1) not in covered(found)
    }


def _typed(value: Any) -> str:
    """A value as the reader shows a typed cell of a workbook."""
    match value:
        case Decimal():
            return f"{value.normalize():f}"
        case date() if not isinstance(value, datetime):
            return f"{value} 00:00:00"
        case _:
            return shown(value)


# ---- mutations: bytes to bytes


Mutation = Callable[[random.Random, bytearray], None]
# what parsers stumble over, rather than bytes at random
TOKENS = (
    b"4294967297", b"-1", b"99999999999999999999", b"1048577", b'r="1"', b"XFD1048576", b"<", b">", b"&", b"&#0;", b"&#x1b;",
    b'"', b"]]>", b"<!--", b"\x00", b"\xff\xfe", b"\x1b[31m", b"</row>", b"<c/>", b"</table>", b"NaN", b"1e999", b"\n", b",", b"=",
    b"<!DOCTYPE x [<!ENTITY y 'z'>]>", b"PK\x05\x06", OLE, "合计".encode(), "合计".encode("gb18030"),
)  # fmt: skip


def _flip(dice: random.Random, data: bytearray) -> None:
    for _ in range(dice.choice((1, 1, 4, 40))):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _cut(dice: random.Random, data: bytearray) -> None:
    start, end = _span(dice, data)
    del data[start:end]


def _end(dice: random.Random, data: bytearray) -> None:
    del data[dice.randrange(len(data)) :]


def _double(dice: random.Random, data: bytearray) -> None:
    start, end = _span(dice, data)
    data[end:end] = data[start:end] * dice.choice((1, 1, 2, 50))


def _swap(dice: random.Random, data: bytearray) -> None:
    start, end = _span(dice, data)
    moved = bytes(data[start:end])
    del data[start:end]
    at = dice.randrange(len(data) + 1)
    data[at:at] = moved


def _insert(dice: random.Random, data: bytearray) -> None:
    at = dice.randrange(len(data) + 1)
    data[at:at] = dice.choice(TOKENS)


def _digits(dice: random.Random, data: bytearray) -> None:
    found = [at for at, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    for at in dice.sample(found, min(len(found), dice.choice((1, 3)))):
        data[at : at + 1] = dice.choice((b"0", b"9", b"-", b"99999999999", b""))


def _fill(dice: random.Random, data: bytearray) -> None:
    start, end = _span(dice, data)
    data[start:end] = bytes([dice.randrange(256)]) * (end - start)


def _overwrite(dice: random.Random, data: bytearray) -> None:
    token = dice.choice(TOKENS)
    at = dice.randrange(len(data))
    data[at : at + len(token)] = token[: len(data) - at]


IN_PLACE: tuple[Mutation, ...] = (_flip, _overwrite, _fill)  # whose bytes stay where offsets expect them
MUTATIONS: tuple[Mutation, ...] = (_flip, _flip, _cut, _end, _double, _swap, _insert, _insert, _digits, _fill)


def _span(dice: random.Random, data: bytearray) -> tuple[int, int]:
    start = dice.randrange(len(data))
    return start, min(len(data), start + dice.choice((1, 4, 30, 300)))


def _damaged(dice: random.Random, content: bytes) -> bytes:
    """The bytes after one to three mutations; most of those of an OLE file keep its length."""
    data = bytearray(content)
    kinds = IN_PLACE if content.startswith(OLE) and dice.random() < 0.8 else MUTATIONS
    for _ in range(dice.choice((1, 1, 2, 3))):
        if data:
            dice.choice(kinds)(dice, data)
    return bytes(data)


def _inside(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The package with its parts changed, by name, and zipped again: the container is whole."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            undated = zipfile.ZipInfo(name)  # the same bytes whenever it is made
            undated.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(undated, change(name, old.read(name)))
    return buffer.getvalue()


# ---- cases


@dataclass(frozen=True)
class Case:
    """A changed file, by what its kind of change allows: the cells that it must have if it is read (any that it holds,
    where that is not known), and whether it may be refused."""

    name: str
    seed: Seed
    content: bytes
    cells: Cells | None
    refusable: bool = True

    @property
    def extension(self) -> str:
        """What seeds are named by."""
        return self.name.split(".", 1)[1]

    @property
    def path(self) -> str:
        """The file as problems name it."""
        return f"{FOLDER}/{self.name}"


def cases(seed: int, runs: int) -> Iterator[Case]:
    """The nth case of a seed is always the same, whatever `runs` is."""
    found = list(seeds().items())
    for at in range(runs):
        dice = random.Random(f"{seed}/{at}")
        extension, whole = found[at % len(found)]
        name, content = f"{NAME}_{at:06d}.{extension}", whole.content
        packed = content.startswith(b"PK")
        if dice.random() < 0.2:
            yield Case(name, whole, *_edited(dice, whole), refusable=False)
        elif packed and dice.random() < 0.25:
            damaged = _damaged(dice, content)  # which may be no package any more
            yield Case(name, whole, damaged, whole.cells if damaged.startswith(b"PK") else None)
        elif packed:
            yield Case(name, whole, _damaged_inside(dice, content), None)
        else:
            yield Case(name, whole, _damaged(dice, content), None)


def _edited(dice: random.Random, whole: Seed) -> tuple[bytes, Cells]:
    note = dice.choice([value for value in whole.cells.values() if value.startswith("第")])
    other = note.replace("条", dice.choice("件项次例"))

    def change(_: str, part: bytes) -> bytes:
        for encoding in (whole.encoding, "ascii"):
            old, new = (word.encode(encoding, "xmlcharrefreplace") for word in (note, other))
            part = part.replace(old, new)
        return part

    content = _inside(whole.content, change) if whole.content.startswith(b"PK") else change("", whole.content)
    return content, {place: other if value == note else value for place, value in whole.cells.items()}


def _damaged_inside(dice: random.Random, content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        names = package.namelist()
    sheets = [name for name in names if name.startswith("xl/worksheets/") or name == "content.xml"]
    chosen = dice.choice(sheets if dice.random() < 0.6 else names)
    return _inside(content, lambda name, part: _damaged(dice, part) if name == chosen else part)


# ---- what may come of a case


def wrong(case: Case, read: Cells | None, codes: Collection[str]) -> str | None:
    """What is wrong with the cells that were read of a case (None where it was refused) and the codes of its problems."""
    if "D115" in codes:
        return f"not read after {SECONDS} seconds"
    if "D114" in codes and case.extension not in MAY_DIE:
        return "the worker died"
    if read is None:
        return None if codes and case.refusable else "refused" if codes else "neither a table nor a problem"
    if case.cells is None:
        held = Held(case.content)
        made_up = {
            place: cell for place, cell in read.items() if cell not in case.seed.cells.values() and not held.has(cell)
        }
        return f"made up: {made_up}" if made_up else None
    places = read.items() ^ case.cells.items()
    return f"not the cells that were written: {sorted(places)}" if places else None


class Held:
    """What a file holds: its texts, as they are and without tags and entities, paragraphs of one cell, numbers, moments."""

    def __init__(self, content: bytes) -> None:
        parts, binary = [content], [content] if content.startswith(OLE) else []
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as package:
                named = {name: package.read(name) for name in package.namelist()}
            parts, binary = list(named.values()), [part for name, part in named.items() if name.endswith(".bin")]
        raw = "\n".join(part[start:].decode(code, "ignore") for part in parts for code, start in _ENCODINGS)
        self._typed = content.startswith((b"PK", OLE)) or b"urn:schemas-microsoft-com:office:spreadsheet" in content
        of_cell = _OF_WORKBOOK if self._typed else _OF_PAGE
        cells = _TAG.sub(lambda tag: "\0" if of_cell.match(tag[0]) else tag[0], raw)
        bare = (tag.sub("", cells) for tag in (_TAG, _WHOLE_TAG))
        forms = [text for one in (raw, *bare) for text in (one, markup.unescape(one), markup.unescape(_referred(one)))]
        booleans = {("false", "true")[ord(found)] for part in binary for found in _BOOLEAN.findall(part)}
        self._texts = "\0".join([*map(_squeezed, forms), *booleans])
        self._paragraphs = [
            [markup.unescape(_TAG.sub("", found)) for found in _PARAGRAPH.findall(cell)] for cell in cells.split("\0")
        ]
        self._moments = [datetime.fromisoformat(one) for one in _MOMENT.findall(raw) if _is_moment(one)]
        self._numbers = {float(number) for number in _NUMBER.findall(raw)}.union(*map(_binary_numbers, binary))

    def has(self, cell: str) -> bool:
        """Whether the file holds what a cell shows."""
        if _squeezed(cell.removesuffix(" 00:00:00")) in self._texts:
            return True
        if "\n" in cell and cell.split("\n") in self._paragraphs:
            return True
        if _is_moment(cell) and any(abs(datetime.fromisoformat(cell) - held) <= _ROUNDED for held in self._moments):
            return True
        stored = [*_stored(cell), *(_of_percent(cell) if self._typed else ())]
        return any(abs(one - held) <= wide + 1e-12 * abs(one) for one, wide in stored for held in self._numbers)


_ENCODINGS = (("utf-8", 0), ("gb18030", 0), ("utf-16-le", 0), ("utf-16-le", 1), ("utf-16-be", 0), ("latin-1", 0))
_TAG = re.compile("<[!/?a-zA-Z][^>]*>")
# what is on both sides of these is of two cells: of workbooks, and of web pages
_OF_WORKBOOK = re.compile(r"</?(?:c|si|Cell|table:table-cell)[ \t\n\r/>]")
_OF_PAGE = re.compile(r"</?(?:td|th)[ \t\n\f\r/>]", re.IGNORECASE)
_WHOLE_TAG = re.compile(r"""<[!/?a-zA-Z](?:[^>"']|"[^">]*"|'[^'>]*')*>""")  # another may be text
_PARAGRAPH = re.compile(r"<text:p\b[^>]*(?<!/)>(.*?)</text:p>", re.DOTALL)
_REFERENCE = re.compile(r"&#(?:(\d{1,6})|x([\da-fA-F]{1,5}));")
_NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d{1,3})?", re.ASCII)
_CLOCK = re.compile(r"(?:(\d{4}-\d\d-\d\d) )?(\d+):(\d\d):(\d\d(?:\.\d+)?)", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?", re.ASCII)
# of .xlsb: the kind, a length of one byte, a column (none in a short record) and a style of one byte out of four
_BOOLEAN = re.compile(rb"(?:[\x04\x0a][\x09-\x7f].\0\0\0|\x0f[\x05-\x7f])(?=.\0\0\0([\0\1]))", re.DOTALL)
_ROUNDED = timedelta(microseconds=501)  # a moment is read to the millisecond, and is here to the microsecond


def _squeezed(text: str) -> str:
    """Without blanks and quotes, and an instant as ISO 8601 writes it without its T."""
    return re.sub('[\\s\xa0"T]', "", text)


def _referred(text: str) -> str:
    """With the characters that references number, those among them that HTML has for another one or for none."""
    return _REFERENCE.sub(lambda found: chr(int(found[1]) if found[1] else int(found[2], 16)), text)


def _is_moment(text: str) -> bool:
    try:
        return bool(_MOMENT.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:  # no such day
        return False


def _stored(cell: str) -> Iterator[tuple[float, float]]:
    """The numbers as which a workbook may store what a cell shows, and how far off they may be: a number, or days since
    one of two epochs."""
    if clock := _CLOCK.fullmatch(cell):
        days = (int(clock[2]) + int(clock[3]) / 60 + float(clock[4]) / 3600) / 24
        for epoch in (date(1899, 12, 30), date(1904, 1, 1)):
            yield days + ((date.fromisoformat(clock[1]) - epoch).days if clock[1] else 0), 1e-8
        if not clock[1] and 59 <= days < 60:  # a known fault: the parser has no 29 February 1900, the 60th day
            yield days + 1, 1e-8
    elif _NUMBER.fullmatch(cell):
        yield float(cell), 1e-8


def _of_percent(cell: str) -> Iterator[tuple[float, float]]:
    """The number that a format shows as this percent."""
    if cell.endswith("%") and _NUMBER.fullmatch(cell[:-1]):
        yield float(cell[:-1]) / 100, 0


def _binary_numbers(content: bytes) -> Iterator[float]:
    """What may be a number in a binary workbook: eight bytes, or the four of an RK (30 bits of either kind, perhaps / 100)."""
    for at in range(len(content) - 8):
        yield struct.unpack_from("<d", content, at)[0]
        (packed,) = struct.unpack_from("<i", content, at)
        number = packed >> 2 if packed & 2 else struct.unpack("<d", struct.pack("<ii", 0, packed & ~3))[0]
        yield number / 100 if packed & 1 else number


# ---- runs


@dataclass(frozen=True)
class Outcome:
    """What came of the cases: how many were read, how many refused, and what is wrong, by path."""

    read: int
    refused: int
    failures: dict[str, str]

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(self.read + other.read, self.refused + other.refused, self.failures | other.failures)


def run(batch: Sequence[Case], root: Path) -> Outcome:
    """Read the cases by the public path, all from one folder."""
    catalogue, problems = load(CATALOGUE, "kpi.yaml")
    assert catalogue, problems
    plan, source = catalogue.plan, catalogue.sources["tickets"]
    (root / FOLDER).mkdir()
    for case in batch:
        (root / FOLDER / case.name).write_bytes(case.content)
    with Reader() as reader:
        files, found = find_exports(catalogue, root, sources_of(catalogue.indicators))
        reader.ask([file.path for file in files], Reading(seconds=SECONDS))
        raws, told = read_exports(catalogue, files, reader)
        table, of_cells = build_table("tickets", source, raws.get("tickets", []), plan.departments, plan.year)
    said = [*found, *told, *of_cells]
    failures = {one.place.path: f"{one.code} says nothing" for one in said if one.code not in CODES or not one.message}
    named = {one.place.path for one in said} | {export.path for export in table.exports}
    read = {}
    for case in batch:
        read[case.path] = _cells([raw for raw in raws["tickets"] if raw.path == case.path and raw.readable])
        codes = {one.code for one in told if one.place.path == case.path}
        what = wrong(case, read[case.path], codes) or (case.path not in named and "neither a table nor a problem")
        if what:
            failures.setdefault(case.path, what)
    refused = sum(cells is None for cells in read.values())
    return Outcome(len(batch) - refused, refused, failures)


def _cells(sheets: Sequence[RawExport]) -> Cells | None:
    cells = {
        (at, row, index): value
        for at, raw in enumerate(sheets)
        for index, column in zip(raw.grid.indexes, raw.grid.cells.columns, strict=True)
        for row, value in enumerate(column.to_pylist())
        if value is not None
    }
    return cells if sheets else None


def fuzz(seed: int, runs: int, keep: Path | None = None) -> Outcome:
    """Batches until `runs` files were read."""
    total = Outcome(0, 0, {})
    pending = iter(cases(seed, runs))
    while batch := list(itertools.islice(pending, BATCH)):
        outcome = _tried(batch)
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
            for case in batch:
                if case.path in outcome.failures:
                    (keep / case.name).write_bytes(case.content)
        total += outcome
    return total


def _tried(batch: Sequence[Case]) -> Outcome:
    """A batch in a folder of its own; where it raises, each file alone, so that the culprit is known."""
    with tempfile.TemporaryDirectory() as root:
        try:
            return run(batch, Path(root))
        except Exception as error:
            if len(batch) == 1:
                return Outcome(0, 0, {batch[0].path: f"raised {type(error).__name__}: {error}"})
    return functools.reduce(operator.add, (_tried([case]) for case in batch))


def main(arguments: Sequence[str] | None = None) -> int:
    """The script: exit code 1 where a file did what none may do."""
    parser = argparse.ArgumentParser(description="bounded fuzz of the reader")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--keep", type=Path, default=None, help="folder for the files that failed")
    given = parser.parse_args(arguments)
    outcome = fuzz(given.seed, given.runs, given.keep)
    for path, why in outcome.failures.items():
        sys.stdout.write(f"{path}: {why[:500]}\n".encode("utf-8", "backslashreplace").decode())
    sys.stdout.write(
        f"seed {given.seed}: {outcome.read} read, {outcome.refused} refused, {len(outcome.failures)} failed\n"
    )
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main())
