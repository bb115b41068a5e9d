"""The workbooks that the benchmarks read, made once and kept among temporary files.

Convention: a data set is a folder of exports; its name holds a hash of what it is made from, so that it is made anew
when that changes. Large workbooks are written as XML by hand, as nothing else writes a million rows in a minute. Of the
sample's ledgers nothing is known here but what the catalogue says.
"""

import contextlib
import functools
import hashlib
import itertools
import random
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import sources_of
from itss_kpi.catalogue.load import load
from itss_kpi.reading.exports import find_exports

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "sample_data"
CATALOGUE = ROOT / "kpi_definitions.yaml"
KEPT = Path(tempfile.gettempdir()) / "itss-kpi-benchmarks"
LARGE = Path("信息部", "事件工单_2022.xlsx")
HEADER = (
    "工单编号", "项目名称", "客户单位", "事件标题", "优先级", "受理时间", "响应时间",
    "响应时限", "解决时间", "关闭时间", "工单状态", "解决结果", "处理人", "备注",
)  # fmt: skip


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The folder of a data set; made where it isn't there yet."""
    content = b"".join(path.read_bytes() for path in [Path(__file__), CATALOGUE, *sorted(SAMPLE.rglob("*.xlsx"))])
    folder = KEPT / f"{name}-{hashlib.sha256(content).hexdigest()[:12]}"
    if not folder.is_dir():
        print(f"making {name} …", flush=True)
        KEPT.mkdir(exist_ok=True)
        making = Path(tempfile.mkdtemp(dir=KEPT))
        make(making)
        making.rename(folder)
    return folder


@functools.cache
def catalogue() -> Catalogue:
    """The sample's catalogue."""
    found, problems = load(CATALOGUE.read_text(encoding="utf-8"), CATALOGUE.name)
    assert found, problems
    return found


def files_of(folder: Path, numbers: Collection[int] = ()) -> list[Path]:
    """The files of the folder that an evaluation of these indicators (of all, where none is named) reads."""
    known = catalogue()
    wanted = [one for one in known.indicators if one.number in numbers or not numbers]
    return [found.path for found in find_exports(known, folder, sources_of(wanted))[0]]


def rows_of(path: Path, sheet: str | None = None) -> list[tuple[Any, ...]]:
    """The values of a sheet (of the first one, where none is named), a tuple a row."""
    with contextlib.closing(openpyxl.load_workbook(path, read_only=True)) as book:
        return list(book[sheet or book.sheetnames[0]].iter_rows(values_only=True))


# ---- one large ledger


def large(rows: int) -> Path:
    """One department's incidents of the year in one workbook of 14 columns; the other department's as in the sample."""

    def make(folder: Path) -> None:
        shutil.copytree(SAMPLE / "通信部", folder / "通信部")
        (folder / LARGE).parent.mkdir()
        _write_large(folder / LARGE, rows)

    return kept(f"{rows}-rows", make)


def alone(rows: int) -> Path:
    """The large ledger by itself, and its rows in Parquet (`ROWS`), as somebody would keep them."""

    def make(folder: Path) -> None:
        from peers.groups_by_hand import read

        (folder / LARGE).parent.mkdir()
        shutil.copy(large(rows) / LARGE, folder / LARGE)
        read(folder / LARGE).write_parquet(folder / ROWS)

    return kept(f"{rows}-rows-alone", make)


ROWS = "rows.parquet"


def _write_large(path: Path, rows: int) -> None:
    texts: dict[str, int] = {}
    seed = BytesIO()
    book = openpyxl.Workbook()
    book.worksheets[0].title = "事件工单"
    book.worksheets[0]["A1"] = datetime(2022, 7, 1, 9, 30)  # brings the style of a moment
    book.save(seed)
    with zipfile.ZipFile(seed) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        with new.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
            part.write(f'<?xml version="1.0"?><worksheet xmlns="{main}"><sheetData>'.encode())
            for at, row in enumerate(itertools.chain([HEADER], _incidents(rows)), 1):
                part.write(_row_xml(at, row, texts).encode())
            part.write(b"</sheetData></worksheet>")
        listed = "".join(f"<si><t>{text}</t></si>" for text in texts)
        new.writestr("xl/sharedStrings.xml", f'<?xml version="1.0"?><sst xmlns="{main}">{listed}</sst>')
        for name in old.namelist():
            if name not in ("xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"):
                new.writestr(name, _with_shared_strings(name, old.read(name)))


def _with_shared_strings(name: str, content: bytes) -> bytes:
    if b"sharedStrings" in content:
        return content
    if name == "[Content_Types].xml":
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
        entry = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
        return content.replace(b"</Types>", entry.encode())
    if name == "xl/_rels/workbook.xml.rels":
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
        entry = f'<Relationship Id="rIdTexts" Type="{kind}" Target="sharedStrings.xml"/></Relationships>'
        return content.replace(b"</Relationships>", entry.encode())
    return content


def _incidents(rows: int) -> Iterator[Sequence[Any]]:
    chance = random.Random(1)
    for at in range(rows):
        start = 44562 + chance.randrange(525_000) / 1440
        minutes = [start + span / 1440 for span in (chance.randrange(60), 200, 300)]
        yield (
            f"INC2022{at:07}", f"项目{at % 20}", f"客户{at % 20}", f"事件标题说明{at % 5000}", f"P{at % 4 + 1}",
            start, minutes[0], 30, minutes[1], minutes[2], "已关闭", "已解决", f"W{at % 50:03}", f"备注{at % 300}",
        )  # fmt: skip


def _row_xml(at: int, row: Sequence[Any], texts: dict[str, int]) -> str:
    cells = (_cell_xml(f"{letter}{at}", value, texts) for letter, value in zip(_LETTERS, row, strict=True))
    return f'<row r="{at}">{"".join(cells)}</row>'


_LETTERS = [get_column_letter(at) for at in range(1, len(HEADER) + 1)]


def _cell_xml(place: str, value: Any, texts: dict[str, int]) -> str:
    if isinstance(value, str):
        return f'<c r="{place}" t="s"><v>{texts.setdefault(value, len(texts))}</v></c>'
    style = ' s="1"' if isinstance(value, float) else ""
    return f'<c r="{place}"{style}><v>{value!r}</v></c>'


# ---- a year of many workbooks


def year(workbooks: int, rows: int) -> Path:
    """The sample with its quarterly ledgers split by month and repeated: so many workbooks with so many rows in all."""
    return kept(f"{workbooks}-workbooks-{rows}-rows", lambda folder: _make_year(folder, workbooks, rows))


def _make_year(folder: Path, workbooks: int, rows: int) -> None:
    shutil.copytree(SAMPLE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("archive"))
    ledgers = {path: found for path in sorted(folder.rglob("*_2022Q?.xlsx")) if (found := _read(path))}
    each, more = divmod(workbooks - len(list(folder.rglob("*.xlsx"))) + len(ledgers), len(ledgers))
    all_rows = sum(len(body) for _, body, _ in ledgers.values())
    for at, (path, (head, body, key)) in enumerate(ledgers.items()):
        path.unlink()
        copies = ([*row[:key], f"{row[key]}-{copy}", *row[key + 1 :]] for copy in itertools.count() for row in body)
        grown = list(itertools.islice(copies, rows * len(body) // all_rows))
        for part in range(parts := each + (at < more)):
            # each part is named for the whole quarter: together they are the quarter's rows
            _write(path.with_name(f"{path.stem}({part + 1}).xlsx"), [*head, *grown[part::parts]])


def _read(path: Path) -> tuple[list[Any], list[Any], int] | None:
    """The rows above a ledger's records, the records, and where their key is; None where it has no one key.

    What the key is called is the catalogue's affair; a ledger without one can't be repeated and stays as it is.
    """
    (claimed,) = catalogue().claims(path.parent.name, path.name)
    source = catalogue().sources[claimed]
    names = {*source.key, *(alias for name in source.key for alias in source.columns[name].aliases)}
    rows = rows_of(path)
    headers = [(at, row.index(name)) for at, row in enumerate(rows) for name in names if name in row]
    if len(source.key) > 1 or not headers:
        return None
    header, key = headers[0]
    body = [row for row in rows[header + 1 :] if row[key] and sum(cell is not None for cell in row) > 4]
    return rows[: header + 1], body, key


def _write(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    book.save(path)
