"""Files that attack: each is read in full or named with a code, and costs only itself.

Each test runs the command in a process of its own with a limit of time. `Project.apart` and `Result.refused` hold what
every one must keep: no traceback, no signal, no control byte on the terminal, the other ledger read.
"""

import binascii
import io
import os
import random
import re
import socket
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from kit.ledgers import (
    CATALOGUE,
    COLUMNS,
    NAME,
    SHEET,
    Page,
    Project,
    Result,
    Row,
    address,
    grid,
    html,
    inside,
    ods,
    page,
    text,
    tickets,
    xls,
    xlsx,
    xml_2003,
)

PATH = f"运维部/{NAME}.xlsx"
LIMIT = 60.0  # seconds for a command over one attack; an ordinary run takes less than one
SECRET = "TOP-SECRET-4711"
ESCAPES = "\x1b[31mred\x1b[0m\x1b]0;title\x07\x9b2J\x7f"
MARKUP = "[bold red]shouting[/bold red][link=https://example.com]click[/link]"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Project(tmp_path)


def attack(project: Project, content: bytes, name: str = f"{NAME}.xlsx", *, apart: bool = True) -> tuple[Result, str]:
    """The report over a folder with one file of tickets, and that file's path."""
    path = project.put(content, name)
    return project.evaluate(apart=apart), path


def plain_text(project: Project, content: bytes) -> tuple[Result, str]:
    """The same for text, in this process: what it attacks is the meaning."""
    return attack(project, content, f"{NAME}.csv", apart=False)


def read_or_named(result: Result, path: str, kept: int) -> None:
    """All rows are there, or the file is refused; never a part of it in silence."""
    result.other_ledger_is_read()
    if result.rows(path)["kept"] != kept:
        result.refused(path)


# ---- packages


Entry = tuple[str, bytes, int, int, int]  # name, stored bytes, method, CRC, unpacked size


def entry(name: str, content: bytes) -> Entry:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return name, packer.compress(content) + packer.flush(), 8, binascii.crc32(content), len(content)


def blown_up(name: str, head: bytes, filler: bytes, times: int, tail: bytes) -> Entry:
    """An entry of `head`, `times` × `filler`, `tail`: the filler is deflated once and its bytes repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    middle = packer.compress(filler) + packer.flush(zlib.Z_FULL_FLUSH)
    last = packer.compress(tail) + packer.flush()
    crc = binascii.crc32(head)
    for _ in range(times):
        crc = binascii.crc32(filler, crc)
    return (
        name,
        first + middle * times + last,
        8,
        binascii.crc32(tail, crc),
        len(head) + len(filler) * times + len(tail),
    )


def package(entries: Sequence[Entry], declared: Callable[[int], int] = lambda size: size) -> bytes:
    """A zip of the entries as they are; `declared` may tell lies about their unpacked sizes."""
    out, directory = io.BytesIO(), io.BytesIO()
    for name, stored, method, crc, size in entries:
        at, raw, told = out.tell(), name.encode(), declared(size)
        common = struct.pack("<HHHHHIIIHH", 20, 0x800, method, 0, 0x21, crc, len(stored), told, len(raw), 0)
        out.write(b"PK\x03\x04" + common + raw + stored)
        directory.write(b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, at) + raw)
    start, size = out.tell(), directory.tell()
    end = struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), size, start, 0)
    return out.getvalue() + directory.getvalue() + b"PK\x05\x06" + end


def entries_of(content: bytes, without: str = "") -> list[Entry]:
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        return [entry(name, old.read(name)) for name in old.namelist() if name != without]


def sheet_of(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        return old.read(SHEET)


def bomb(rows: bool) -> Entry:
    """A sheet of more than 1 GiB, of blank space inside the XML or of rows that are all there is."""
    head, tail = sheet_of(xlsx(page())).split(b"</sheetData>")
    filler = (b'<row><c t="inlineStr"><is><t>x</t></is></c></row>' * 21846) if rows else b" " * (1 << 20)
    return blown_up(SHEET, head, filler, (1 << 30) // len(filler) + 2, b"</sheetData>" + tail)


@pytest.mark.parametrize("honest", [True, False], ids=["honest", "lying about its size"])
@pytest.mark.parametrize("rows", [True, False], ids=["of rows", "of spaces"])
def test_a_zip_bomb_is_refused_with_its_limit(project: Project, rows: bool, honest: bool) -> None:
    entries = [*entries_of(xlsx(page()), SHEET), bomb(rows)]
    content = package(entries, (lambda size: size) if honest else (lambda size: min(size, 60_000)))
    assert len(content) < 8 << 20
    result, path = attack(project, content)
    messages = [problem["message"] for problem in result.refused(path)]
    if honest:
        assert any(re.search(r"\d", message) for message in messages), messages  # it names the limit


def test_a_bomb_in_a_part_that_is_no_sheet_is_refused_too(project: Project) -> None:
    part = blown_up("xl/sharedStrings.xml", b"<sst>", b" " * (1 << 20), 1030, b"</sst>")
    result, path = attack(project, package([*entries_of(xlsx(page()), "xl/sharedStrings.xml"), part]))
    result.refused(path)


def test_a_bomb_in_an_ods_is_refused(project: Project) -> None:
    part = blown_up("content.xml", b"<a>", b" " * (1 << 20), 1030, b"</a>")
    result, path = attack(project, package([*entries_of(ods(page()), "content.xml"), part]), f"{NAME}.ods")
    result.refused(path)


def test_an_ods_that_repeats_one_cell_without_end_is_read_or_refused(project: Project) -> None:
    def repeated(part: bytes) -> bytes:
        cell = b'<table:table-cell office:value-type="string" table:number-columns-repeated="16384"><text:p>x</text:p>'
        row = (
            b'<table:table-row table:number-rows-repeated="1048576">' + cell + b"</table:table-cell></table:table-row>"
        )
        return part.replace(b"</table:table>", row + b"</table:table>", 1)

    result, path = attack(project, inside(ods(page()), "content.xml", repeated), f"{NAME}.ods")
    read_or_named(result, path, 30)


def test_tens_of_thousands_of_entries_are_refused(project: Project) -> None:
    empty: list[Entry] = [(f"xl/media/{at}", b"", 0, 0, 0) for at in range(65_000)]
    result, path = attack(project, package([*entries_of(xlsx(page())), *empty]))
    result.refused(path)


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "[Content_Types].xml"])
def test_an_entry_that_is_there_twice_is_refused(project: Project, part: str) -> None:
    entries = entries_of(xlsx(page()))
    (twin,) = [found for found in entries_of(xlsx(page(tickets()[:10]))) if found[0] == part]
    result, path = attack(project, package([*entries, twin]))
    result.refused(path)


@pytest.mark.parametrize("name", ["../../../escaped.txt", "/tmp/escaped.txt", "xl\\..\\..\\escaped.txt"])
def test_an_entry_that_climbs_out_is_never_written(project: Project, name: str) -> None:
    result, path = attack(project, package([*entries_of(xlsx(page())), entry(name, b"escaped")]))
    read_or_named(result, path, 30)
    assert not list(project.root.rglob("*escaped.txt*"))
    assert not Path("/tmp/escaped.txt").exists()


@pytest.mark.parametrize("share", [0.2, 0.9, 0.999])
def test_a_truncated_workbook_says_that_it_is_not_whole(project: Project, share: float) -> None:
    whole = xlsx(page())
    result, path = attack(project, whole[: int(len(whole) * share)], apart=False)
    cut = {problem["message"] for problem in result.refused(path)}
    (project.folder / f"{NAME}.xlsx").unlink()
    result, path = attack(project, random.Random(5).randbytes(5000), apart=False)
    assert cut != {problem["message"] for problem in result.refused(path)}


def test_a_package_whose_checksums_are_wrong_is_read_or_refused(project: Project) -> None:
    content = package([(*found[:3], found[3] ^ 1, found[4]) for found in entries_of(xlsx(page()))])
    result, path = attack(project, content)
    read_or_named(result, path, 30)


# ---- XML


LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{at} '{f'&a{at - 1};' * 10}'>" for at in range(1, 12)) + "]>"
)


def declared(part: bytes, doctype: str) -> bytes:
    """The XML with a document type after its declaration, and the first record's note replaced by its entity."""
    body = re.sub(rb"^<\?xml.*?\?>\s*", b"", part)
    assert "第0条".encode() in body
    entity = b"&a11;" if "a11" in doctype else b"&x;"
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + doctype.encode() + body.replace("第0条".encode(), entity, 1)


def with_doctype(kind: str, doctype: str) -> tuple[bytes, str]:
    match kind:
        case "xlsx sheet":
            content = xlsx(page())
            with zipfile.ZipFile(io.BytesIO(content)) as package:
                shared = "xl/sharedStrings.xml"  # openpyxl writes texts there or into the sheet
                part = shared if shared in package.namelist() else SHEET
            return inside(content, part, lambda part: declared(part, doctype)), f"{NAME}.xlsx"
        case "ods":
            return inside(ods(page()), "content.xml", lambda part: declared(part, doctype)), f"{NAME}.ods"
        case "XML 2003":
            return declared(xml_2003(page()), doctype), f"{NAME}.xls"
        case _:
            content = html(page()).replace("第0条".encode(), b"&a11;" if "a11" in doctype else b"&x;")
            return doctype.encode() + content, f"{NAME}.xls"


XML_KINDS = ("xlsx sheet", "ods", "XML 2003", "html")


@pytest.mark.parametrize("kind", XML_KINDS)
def test_entities_are_never_expanded(project: Project, kind: str) -> None:
    content, name = with_doctype(kind, LAUGHS)
    result, path = attack(project, content, name)
    result.other_ledger_is_read()
    assert result.problems(path, None, "error", "warning") or kind == "html", result.report["problems"]
    assert b"hahaha" not in project.here("explain", "1", "-p", "2022Q3", "--rows", "all").out


@pytest.mark.parametrize(("kind", "scheme"), [*((kind, "file://") for kind in XML_KINDS), ("XML 2003", "")])
def test_external_entities_are_never_fetched(project: Project, kind: str, scheme: str) -> None:
    secret = project.root / "secret.txt"
    secret.write_text(SECRET, encoding="utf-8")
    content, name = with_doctype(kind, f'<!DOCTYPE x [<!ENTITY x SYSTEM "{scheme}{secret}">]>')
    result, path = attack(project, content, name)
    result.other_ledger_is_read()
    assert result.problems(path, None, "error", "warning") or kind == "html", result.report["problems"]
    shown = result.printed.shown
    for command in (("explain", "4", "-p", "2022-07", "--rows", "all"),):
        printed = project.here(*command)
        printed.clean()
        shown += printed.shown
    assert SECRET not in shown
    written = [found for found in (project.root / "cache").rglob("*") if found.is_file()]
    assert not [found for found in written if SECRET.encode() in found.read_bytes()]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFO on this system")
def test_an_external_entity_that_would_hang_does_not(project: Project) -> None:
    fifo = project.root / "fifo"
    os.mkfifo(fifo)
    content, name = with_doctype("XML 2003", f'<!DOCTYPE x [<!ENTITY x SYSTEM "file://{fifo}">]>')
    attack(project, content, name)[0].other_ledger_is_read()


@pytest.mark.parametrize("kind", ["xlsx", "xml", "html"])
def test_elements_nested_a_hundred_thousand_deep_are_no_overflow(project: Project, kind: str) -> None:
    deep, plain = 100_000, page()
    match kind:
        case "xlsx":
            nest = b"<a>" * deep + b"</a>" * deep
            content = inside(xlsx(plain), SHEET, lambda part: part.replace(b"</sheetData>", nest + b"</sheetData>"))
        case "xml":
            nest = b"<a>" * deep + b"</a>" * deep
            content = xml_2003(plain).replace(b"</Table>", nest + b"</Table>")
        case _:
            content = html(plain).replace(b"</table>", b"<tr><td>" + b"<table><tr><td>" * deep + b"</table>")
    result, path = attack(project, content, f"{NAME}.xls")
    result.other_ledger_is_read()
    assert result.rows(path)["kept"] >= 30 or result.errors(path)


# ---- cells far away and rows that are there twice


def cell_xml(place: str, value: str) -> bytes:
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'.encode()


def with_rows(*rows: bytes) -> bytes:
    """The plain workbook with more rows at its end."""
    added = b"".join(rows)
    return inside(xlsx(page()), SHEET, lambda part: part.replace(b"</sheetData>", added + b"</sheetData>"))


@pytest.mark.parametrize(
    "place", ["XFD1048576", "A1048576", "XFD31", "ZZZ40", "XFE5", "A1048577", "A99999999999", "A0"]
)
def test_a_single_cell_far_away_costs_only_itself(project: Project, place: str) -> None:
    row = re.sub(r"\D", "", place)
    content = with_rows(f'<row r="{row}">'.encode() + cell_xml(place, "x") + b"</row>")
    result, path = attack(project, content)
    result.other_ledger_is_read()
    if result.rows(path)["kept"] < 30:
        result.refused(path)


def test_a_single_cell_in_the_last_corner_and_nothing_else_is_named(project: Project) -> None:
    content = inside(
        xlsx(Page([["x"]])),
        SHEET,
        lambda part: re.sub(
            rb"<sheetData>.*</sheetData>",
            b'<sheetData><row r="1048576">' + cell_xml("XFD1048576", "x") + b"</row></sheetData>",
            part,
        ),
    )
    result, path = attack(project, content)
    result.refused(path)


@pytest.mark.parametrize("dimension", ["A1:XFD1048576", "A1:A1", "nonsense", "A1:ZZZZ99999999999"])
def test_a_dimension_that_lies_changes_nothing(project: Project, dimension: str) -> None:
    content = inside(
        xlsx(page()),
        SHEET,
        lambda part: re.sub(rb'<dimension ref="[^"]*"', f'<dimension ref="{dimension}"'.encode(), part),
    )
    result, path = attack(project, content)
    read_or_named(result, path, 30)


def record(number: int, row: str) -> bytes:
    """One more record that is whole, as the XML of a row called `row`."""
    values = [f"9{number:05d}", "2022-08-15 10:00:00", "2022-08-15 10:05:00", "30", "P1", "1", "1", "95%", "否", "", ""]
    cells = b"".join(cell_xml(f"{chr(65 + at)}{row}", value) for at, value in enumerate(values) if value)
    return f'<row r="{row}">'.encode() + cells + b"</row>"


@pytest.mark.parametrize(
    "rows",
    [
        ("4294967297",),  # 2^32 + 1: wraps to row 1
        ("4294967306",),
        ("18446744073709551625",),  # 2^64 + 9
        ("1048577",),
        ("-1",),
        ("0",),
        ("1e3",),
        ("40", "40"),
        ("5",),
        ("31", "32"),
        ("40", "39"),
    ],
)
def test_no_row_is_lost_to_a_row_number(project: Project, rows: tuple[str, ...]) -> None:
    result, path = attack(project, with_rows(*(record(at, row) for at, row in enumerate(rows))), apart=False)
    read_or_named(result, path, 30 + len(rows))


def test_two_cells_at_one_place_are_never_one_of_them(project: Project) -> None:
    def doubled(part: bytes) -> bytes:
        return part.replace(b"</row></sheetData>", cell_xml("D31", "999") + b"</row></sheetData>")

    result, path = attack(project, inside(xlsx(page()), SHEET, doubled))
    assert (result.errors(path) and "missing_data" in result.verdicts()) or result.errors(path, "D31")


def test_rows_without_numbers_are_rows(project: Project) -> None:
    def bare(part: bytes) -> bytes:
        return re.sub(rb' r="[A-Z]*\d+"', b"", part)

    columns = [name for name in COLUMNS if name not in ("响应时间", "数量", "回访日期")]
    full = [{name: row[name] for name in columns} | {"响应时间": "2022-07-01", "数量": 1} for row in tickets()]
    full = [row | {"回访日期": "2022-07-01"} for row in full]
    result, path = attack(project, inside(xlsx(page(full)), SHEET, bare))
    read_or_named(result, path, 30)


# ---- files that are something else


PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    + bytes(64)
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
NO_TABLES = {
    "random bytes": random.Random(1).randbytes(4000),
    "random bytes after a zip's mark": b"PK\x03\x04" + random.Random(2).randbytes(4000),
    "random bytes after an OLE mark": OLE + random.Random(3).randbytes(8000),
    "an OLE mark alone": OLE,
    "a picture": PNG,
    "a PDF": b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF",
    "a zip without a workbook": package([entry("readme.txt", b"nothing")]),
    "an empty zip": package([]),
    "a document": package([entry("[Content_Types].xml", b"<Types/>"), entry("word/document.xml", b"<document/>")]),
    "a gzip": b"\x1f\x8b\x08\x00" + bytes(100),
    "zeros": bytes(10_000),
    "a shell script": b"#!/bin/sh\ntouch canary\n",
    "JSON": b'{"a": [1, 2, 3]}\n',
    "a parquet file": b"PAR1" + bytes(100) + b"PAR1",
}


@pytest.mark.parametrize("name", [f"{NAME}.xlsx", f"{NAME}.xls", f"{NAME}.csv", f"{NAME}.ods", f"{NAME}.xlsb"])
def test_what_is_no_table_is_refused_under_every_name(project: Project, name: str) -> None:
    stem, dot, extension = name.rpartition(".")
    paths = [project.put(content, f"{stem}({at}){dot}{extension}") for at, content in enumerate(NO_TABLES.values())]
    result = project.evaluate()
    for path in paths:
        result.refused(path)
    assert not list(project.root.rglob("canary"))


def encrypted(content: bytes) -> bytes:
    """The workbook with a password, as Excel writes it: an OLE file that holds an EncryptedPackage."""
    from msoffcrypto.format.ooxml import OOXMLFile

    buffer = io.BytesIO()
    OOXMLFile(io.BytesIO(content)).encrypt("pass-phrase-for-the-test", buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("name", [f"{NAME}.xlsx", f"{NAME}.xls", NAME])
def test_an_encrypted_workbook_is_named_as_such(project: Project, name: str) -> None:
    content = encrypted(xlsx(page()))
    assert content.startswith(OLE)
    result, path = attack(project, content, name, apart=False)
    messages = [problem["message"] for problem in result.refused(path)]
    assert any("加密" in message or "密码" in message for message in messages), messages


# ---- text


def csv_bytes(encoding: str, rows: Sequence[Row] | None = None) -> bytes:
    return text(page(rows)).encode(encoding)


TRADITIONAL = "網路設備發生異常，經電話確認後已由值班人員處理完畢，客戶表示滿意並結案歸檔"
ENGLISH = ("ticket", "received", "answered", "limit", "priority", "items", "cost", "rate", "visited", "visit", "note")


def in_big5() -> bytes:
    rows = [row | {"是否回访": "Y" if row["是否回访"] == "是" else "N", "说明": TRADITIONAL} for row in tickets()]
    rows[12]["响应时间"] = None
    return text(Page([list(ENGLISH), *grid(rows)[1:]])).encode("big5")


def mixed(first: str, second: str) -> bytes:
    lines = text(page([row | {"说明": "网络故障已经恢复"} for row in tickets()])).splitlines(keepends=True)
    return "".join(lines[:15]).encode(first) + "".join(lines[15:]).encode(second)


@pytest.mark.parametrize(
    "content",
    [
        mixed("utf-8", "gb18030"),
        mixed("gb18030", "utf-8"),
        mixed("utf-8-sig", "gb18030"),
        mixed("utf-8", "utf-16-le"),
        csv_bytes("utf-8")[:-20] + b"\xff\xfe\xff" + csv_bytes("utf-8")[-20:],
        csv_bytes("utf-16")[:-1],
        csv_bytes("utf-8").replace("第3条".encode(), "第3条".encode()[:-1]),
        in_big5(),
        # GB18030 throughout, but for a note in UTF-8 whose bytes are GB18030 too: 网络故障 would be read as 缃戠粶鏁呴殰
        csv_bytes("gb18030").replace("第3条".encode("gb18030"), "网络故障".encode()),
    ],
    ids=["utf-8 then gb18030", "gb18030 then utf-8", "mark then gb18030", "utf-8 then utf-16", "stray bytes", "odd utf-16",
         "half a character", "big5", "both valid"],
)  # fmt: skip
def test_mixed_or_broken_bytes_are_refused_and_never_read_as_nonsense(project: Project, content: bytes) -> None:
    result, path = plain_text(project, content)
    result.refused(path)


@pytest.mark.parametrize(
    "content",
    [
        *(csv_bytes(encoding) for encoding in ("utf-16-le", "utf-16-be", "utf-32", "utf-7")),
        *(csv_bytes("utf-8").replace(f"第{row}条".encode(), f'"第{row}条'.encode()) for row in (0, 5, 29)),
        *(csv_bytes("utf-8").replace(b"\r\n", ending) for ending in (b"\r", b"\n", b"\n\r\n")),
    ],
    ids=[
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "utf-7",
        "quote in 0",
        "quote in 5",
        "quote in 29",
        "CR",
        "LF",
        "LF CR LF",
    ],
)
def test_what_nothing_marks_or_closes_is_read_whole_or_refused(project: Project, content: bytes) -> None:
    result, path = plain_text(project, content)
    read_or_named(result, path, 30)


def test_an_unclosed_quote_in_the_last_cell_is_named(project: Project) -> None:
    content = csv_bytes("utf-8") + b'900001,2022-08-15 10:00:00,,30,P1,1,1,95%,"\xe5\x90\xa6,,\r\n' + b"x,y\r\n" * 3
    result, path = plain_text(project, content)
    result.other_ledger_is_read()
    assert result.errors(path) or result.problems(path, None, "warning")


@pytest.mark.parametrize("at", ["header", "cell", "end", "everywhere"])
def test_nul_bytes_lose_no_row_in_silence(project: Project, at: str) -> None:
    content = csv_bytes("utf-8")
    match at:
        case "header":
            content = content.replace(b"\r\n", b"\x00\r\n", 1)
        case "cell":
            content = content.replace("第3条".encode(), "第\x003条".encode())
        case "end":
            content += bytes(5000)
        case _:
            content = content.replace(b",", b",\x00")
    result, path = plain_text(project, content)
    result.other_ledger_is_read()
    assert result.errors(path) or result.rows(path)["kept"] == 30


def test_lines_with_more_or_fewer_cells_than_the_header_are_not_shifted_in_silence(project: Project) -> None:
    lines = csv_bytes("utf-8").decode().splitlines()
    lines[5] = lines[5].replace(",", ",多出,", 1) + ",再多"
    lines[6] = ",".join(lines[6].split(",")[:4])
    result, path = plain_text(project, "\r\n".join(lines).encode())
    assert result.problems(path, None, "error", "warning")
    read_or_named(result, path, 30)


def test_a_line_of_half_a_million_cells_is_bounded(project: Project) -> None:
    result, path = attack(project, csv_bytes("utf-8") + b"," * 500_000 + b"\r\n", f"{NAME}.csv")
    result.other_ledger_is_read()
    assert result.rows(path)["kept"] == 30 or result.errors(path)


# ---- what lies in the folder


def with_good(project: Project) -> None:
    project.put(xlsx(page()))


def good_is_read(project: Project, *, apart: bool = False) -> Result:
    """The report, once it has been seen that the good workbook was read whole."""
    result = project.evaluate(apart=apart)
    result.other_ledger_is_read()
    assert result.rows(PATH)["kept"] == 30
    return result


def named(result: Result, name: str) -> None:
    """The file is said to have been skipped, in a path or a message."""
    found = [problem for problem in result.problems() if name in problem.get("path", "") + problem["message"]]
    assert found, result.report["problems"]


@pytest.mark.parametrize("name", [f"~${NAME}.xlsx", f".~lock.{NAME}.xlsx#"])
def test_lock_files_are_skipped_and_said(project: Project, name: str) -> None:
    with_good(project)
    project.put(b"\x05user" + bytes(160), name)
    result = good_is_read(project)
    named(result, name)
    assert len(result.errors()) == 1  # the base's own doubtful cell


def linked(link: Path, target: Path) -> None:
    try:
        link.symlink_to(target)
    except OSError:
        pytest.skip("no symbolic links here")


def test_a_link_out_of_the_folder_is_not_followed(project: Project) -> None:
    with_good(project)
    rows = [row | {"工单号": f"9{row['工单号']}", "说明": SECRET} for row in tickets()]
    outside = project.root / "outside.xlsx"
    outside.write_bytes(xlsx(page(rows)))
    linked(project.folder / f"{NAME}(1).xlsx", outside)
    result = good_is_read(project)
    named(result, f"{NAME}(1).xlsx")
    assert result.rows()["kept"] == 30


@pytest.mark.parametrize("depth", ["department", "folder"])
def test_a_linked_folder_out_of_the_folder_is_not_followed(project: Project, depth: str) -> None:
    outside = project.root / "outside"
    outside.mkdir()
    rows = [row | {"工单号": f"9{row['工单号']}"} for row in tickets()]
    (outside / f"{NAME}(1).xlsx").write_bytes(xlsx(page(rows)))
    if depth == "folder":
        with_good(project)
        linked(project.folder / "更多", outside)
        result = good_is_read(project)
        assert result.rows()["kept"] == 30
    else:
        project.folder.rmdir()
        linked(project.folder, outside)
        result = project.evaluate(apart=True)
        assert result.verdicts() == {"missing_data"}
    assert result.problems()


def test_links_in_a_ring_and_links_to_nothing_do_not_hang(project: Project) -> None:
    with_good(project)
    linked(project.folder / f"{NAME}(1).xlsx", project.folder / f"{NAME}(2).xlsx")
    linked(project.folder / f"{NAME}(2).xlsx", project.folder / f"{NAME}(1).xlsx")
    linked(project.folder / f"{NAME}(3).xlsx", project.folder / "nothing")
    linked(project.folder / "更多", project.folder)
    result = good_is_read(project, apart=True)
    for at in (1, 2, 3):
        named(result, f"{NAME}({at}).xlsx")
    assert result.rows()["kept"] == 30


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFO on this system")
def test_a_fifo_does_not_hang(project: Project) -> None:
    with_good(project)
    os.mkfifo(project.folder / f"{NAME}(1).xlsx")
    named(good_is_read(project, apart=True), f"{NAME}(1).xlsx")


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no such socket on this system")
def test_a_socket_is_skipped_and_said(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with_good(project)
    monkeypatch.chdir(project.folder)  # a socket's path may be no longer than 108 bytes
    with socket.socket(socket.AF_UNIX) as found:
        found.bind(f"{NAME}(1).xlsx")
        named(good_is_read(project, apart=True), f"{NAME}(1).xlsx")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no devices on this system")
def test_a_link_to_a_device_is_skipped_and_said(project: Project) -> None:
    with_good(project)
    linked(project.folder / f"{NAME}(1).xlsx", Path("/dev/zero"))
    named(good_is_read(project, apart=True), f"{NAME}(1).xlsx")


def test_a_folder_with_a_workbook_s_name_is_no_workbook(project: Project) -> None:
    with_good(project)
    (project.folder / f"{NAME}(1).xlsx").mkdir()
    good_is_read(project)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="may read everything")
def test_a_file_that_may_not_be_read_is_named(project: Project) -> None:
    with_good(project)
    (project.folder / f"{NAME}.xlsx").chmod(0)
    result = project.evaluate(apart=True)
    result.refused(PATH)


@pytest.mark.skipif(sys.platform != "linux", reason="file names are UTF-8 here")
def test_a_name_that_is_not_utf_8_is_printed_escaped(project: Project) -> None:
    rows = tickets()
    rows[5]["费用"] = "待核"
    name = os.fsencode(project.folder) + b"/" + NAME.encode() + b"(\xff\xb9\xa4).xlsx"
    with open(name, "wb") as stream:
        stream.write(xlsx(page(rows)))
    result = project.evaluate(apart=True)  # its output is UTF-8, or this fails
    result.other_ledger_is_read()
    said = [problem.get("path", "") for problem in result.errors() if NAME in problem.get("path", "")]
    assert said
    assert all("ff" in path.encode("unicode_escape").decode().lower() for path in said), said
    printed = project.here("check", "-p", "2022Q3")
    printed.clean()
    assert NAME in printed.out.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="such names are not allowed")
def test_a_name_of_escapes_line_breaks_and_markup_is_printed_escaped(project: Project) -> None:
    rows = tickets()
    rows[5]["费用"] = "待核"
    name = f"{NAME}{MARKUP.replace('/', '')}\x1b[31m\n错误 D999\x07\u202e.xlsx"
    (project.folder / name).write_bytes(xlsx(page(rows)))
    result = project.evaluate(apart=True)
    result.other_ledger_is_read()
    assert result.rows()["kept"] == 30
    for command in (
        ("check", "-p", "2022Q3"),
        ("explain", "1", "-p", "2022-07", "--rows", "all"),
        ("evaluate", "-p", "2022Q3", "--format", "markdown"),
        ("evaluate", "-p", "2022Q3", "--format", "csv"),
        ("evaluate", "-p", "2022Q3"),
    ):
        printed = project.here(*command)
        printed.clean()
        if command[0] in ("check", "explain"):
            assert "[bold red]" in printed.out.decode()
            assert "\n错误 D999" not in printed.out.decode()


# ---- what stands in cells


def escaped(value: str) -> str:
    """Control characters as Excel writes them in XML."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda found: f"_x{ord(found[0]):04X}_", value)


def poisoned(at: Sequence[str]) -> list[Row]:
    """Records whose cells hold what a terminal or a spreadsheet might obey."""
    rows = tickets()
    poison = [
        ESCAPES,
        MARKUP,
        '=HYPERLINK("http://example.com","x")',
        "=cmd|' /C calc'!A0",
        "@SUM(1)",
        "\u202egnp.exe",
        "+1-2",
    ]
    for turn, value in enumerate(poison):
        for column in at:
            rows[turn][column] = value if column != "工单号" else f"{value}{turn}"
    return rows


@pytest.mark.parametrize("form", ["csv", "xlsx", "html"])
@pytest.mark.parametrize(
    "columns", [("说明", "工单号"), ("费用", "受理时间", "优先级", "是否回访")], ids=["text", "typed"]
)
def test_nothing_in_a_cell_reaches_the_terminal_raw(project: Project, form: str, columns: tuple[str, ...]) -> None:
    rows = poisoned(columns)
    match form:
        case "csv":
            path = project.put(text(page(rows)).encode(), f"{NAME}.csv")
        case "html":
            path = project.put(html(page(rows)), f"{NAME}.xls")
        case _:
            written = [
                {name: escaped(cell) if isinstance(cell, str) else cell for name, cell in row.items()} for row in rows
            ]
            content = xlsx(page(written))
            path = project.put(content)
    result = project.evaluate(apart=True)
    result.other_ledger_is_read()
    assert result.rows(path)["kept"] + result.rows(path)["duplicate"] == 30 or result.errors(path)
    for command in (
        ("check", "-p", "2022Q3"),
        ("explain", "1", "-p", "2022-07", "--rows", "all"),
        ("explain", "1", "-p", "2022-07", "--rows", "doubtful"),
        ("evaluate", "-p", "2022Q3", "--format", "csv"),
        ("evaluate", "-p", "2022Q3", "--format", "markdown"),
    ):
        project.here(*command).clean()


def test_markup_in_a_header_and_a_sheet_s_name_is_shown_as_it_is(project: Project) -> None:
    cells = [[*line, "x"] for line in grid(tickets())]
    cells[0][-1] = MARKUP
    cells[3][6] = "待核[/]"
    path = project.put(xlsx(Page(cells, "bold red")))
    printed = project.here("check", "-p", "2022Q3")
    printed.clean()
    assert MARKUP in printed.out.decode()
    assert "待核[/]" in printed.out.decode()
    assert path in printed.out.decode()


STRANGE = (
    "1" * 32_767, "9," * 16_000, "（" * 32_000, "2022-" * 6_500, "2022年" * 6_500, " " * 32_000 + "x", "%" * 32_000,
    "1e999999999", "9" * 400 + "%", "0x10", "1_000", "NaN", "-inf", "小时" * 16_000, "1:" * 16_000, "1e", "--1", "．",
)  # fmt: skip
TYPED = ("受理时间", "时限", "数量", "费用", "完成率", "是否回访", "回访日期")


@pytest.fixture(scope="module", params=["csv", "xlsx"])
def strange(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, str]:
    """Records of which the first eighteen hold one strange text in every typed column."""
    rows = [row | dict.fromkeys(TYPED, STRANGE[at]) if at < len(STRANGE) else row for at, row in enumerate(tickets())]
    project = Project(tmp_path_factory.mktemp("strange"))
    content = text(page(rows)).encode() if request.param == "csv" else xlsx(page(rows))
    return attack(project, content, f"{NAME}.{request.param}")


@pytest.mark.parametrize("at", range(len(STRANGE)), ids=[value[:12].strip() for value in STRANGE])
def test_no_text_in_a_typed_cell_hangs_or_passes_for_a_value(strange: tuple[Result, str], at: int) -> None:
    result, path = strange
    assert result.rows(path)["kept"] == 30
    unnamed = [column for column in TYPED if not result.errors(path, address(at, column))]
    assert unnamed == []


def test_a_cell_of_megabytes_is_bounded(project: Project) -> None:
    rows = tickets()
    rows[3]["说明"], rows[4]["费用"] = "长" * 2_000_000, "9" * 3_000_000
    result, path = attack(project, text(page(rows)).encode(), f"{NAME}.csv")
    result.other_ledger_is_read()
    assert result.errors(path)
    assert len(result.printed.out) < 1_000_000


# ---- the catalogue


def refused_catalogue(project: Project, content: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What was said when the catalogue was refused: exit code 3, and a code of the catalogue.

    In a process of its own where the text is long enough to overflow or to hang.
    """
    project.catalogue.write_text(content, encoding="utf-8")
    with_good(project)
    monkeypatch.chdir(project.root)
    run = project.apart if len(content) > len(CATALOGUE) + 1000 or "**" in content else project.here
    printed = run("evaluate", "-p", "2022Q3", "--format", "json")
    printed.clean()
    assert printed.code == 3, printed.shown
    assert re.search(r"kpi\.yaml.*C\d{3}", printed.shown), printed.shown
    assert not printed.out.strip()
    assert not list(project.root.rglob("canary*"))
    return printed.shown


def yaml_bomb() -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    for at in range(1, 12):
        lines.append(f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    "added",
    [
        yaml_bomb(),
        "activities: &a [*a]",
        "x: !!python/object/apply:os.system ['touch canary']",
        "x: !!python/object/new:subprocess.Popen [['touch', 'canary']]",
        "x: !!python/name:os.system",
        "x: !!python/module:os",
        "x: !!binary aGVsbG8=",
        "plan: {title: 又一个, document: D-2, version: V2, organization: 别人, year: 2023, departments: [运维部]}",
        "data: /etc\ndata: data",
        "<<: {data: /etc}",
        "--- \nformat: x",
        "x: " + "[" * 20_000,
        "x: " + "{a: " * 20_000,
        "\t- x",
        "x: \x1b[31m",
        "? " * 5_000 + "x",
    ],
    ids=["aliases", "an alias of itself", "os.system", "Popen", "name", "module", "binary", "plan twice", "data twice", "merge",
         "two documents", "brackets", "braces", "tab", "escape", "complex keys"],
)  # fmt: skip
def test_a_catalogue_that_attacks_is_refused(project: Project, added: str, monkeypatch: pytest.MonkeyPatch) -> None:
    refused_catalogue(project, CATALOGUE + added + "\n", monkeypatch)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("工单号: {type: text,", "工单号: {type: text, type: integer,"),
        ("  courses:\n", "  tickets: {}\n  courses:\n"),
        ("id: cost,", "id: cost, id: other,"),
    ],
)
def test_a_key_written_twice_is_refused_with_its_name(
    project: Project, old: str, new: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CATALOGUE.count(old) == 1
    shown = refused_catalogue(project, CATALOGUE.replace(old, new), monkeypatch)
    assert any(word in shown for word in ("type", "tickets", "id"))


@pytest.mark.parametrize(
    "where",
    [
        "__import__('os').system('touch canary')",
        "open('canary', 'w')",
        "exec('x')",
        "eval('1')",
        "工单号.__class__ == 'x'",
        "a.b",
        "工单号.str.len() == 6",
        "(lambda: 1)() == 1",
        "[x for x in (1, 2)] == 1",
        "{x: 1 for x in (1,)} == 1",
        "工单号[0] == '0'",
        "工单号 == f'{1}'",
        "(x := 1) == 1",
        "工单号 if True else 1",
        "9**9**9 == 1",
        "数量 ** 9 == 1",
        "1 << 999999999 == 1",
        "10 % 3 == 1",
        "'a' * 9999999999 == 'a'",
        "*工单号 == 1",
        "await 工单号",
        "yield",
        "数量 == 1; import os",
        "数量 == 1\nimport os",
        "数量 == " + "9" * 100_000,
        "(" * 10_000 + "数量 == 1" + ")" * 10_000,
        "[" * 10_000 + "]" * 10_000,
        "not " * 20_000 + "是否回访",
        "- " * 20_000 + "数量 == 1",
        " + ".join(["数量"] * 20_000) + " == 1",
        "数量 == " + "1e999",
        "工单号 == '" + "\\x00" * 10 + "' and regex(工单号, '(a|a)*b')",
        "费用 < lookup(__builtins__, 工单号)",
        "date('2022-13-45') < 受理时间",
        "seconds(9999999999999999999999) < 时限",
        "数量 is None",
        "print(数量)",
        "min(*[1])",
        "days(n=1) < 时限",
        "数量 @ 数量 == 1",
        "`id`",
        "$(touch canary)",
        "{{ 7*7 }}",
        "${7*7}",
        "1; drop table x",
    ],
    ids=lambda where: where[:30],
)  # fmt: skip
def test_an_expression_that_is_no_condition_is_refused(
    project: Project, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    quoted = '"' + where.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    old = "where: \"优先级 in ('P1', 'P2')\""
    assert CATALOGUE.count(old) == 1
    refused_catalogue(project, CATALOGUE.replace(old, f"where: {quoted}"), monkeypatch)


@pytest.mark.parametrize(
    "pattern", ["'" + "*a" * 40 + "*b'", "'" + "[!a]" * 200 + "*'", "'工单_" + "*" * 500 + "x'", "'['"]
)
def test_a_file_pattern_cannot_hang(project: Project, pattern: str) -> None:
    project.catalogue.write_text(CATALOGUE.replace("工单_2022Q3*", pattern), encoding="utf-8")
    project.put(xlsx(page()), "a" * 200 + ".xlsx")
    printed = project.apart("evaluate", "-p", "2022Q3", "--format", "json", timeout=30)
    printed.clean()
    assert printed.code in (0, 3)


@pytest.mark.parametrize("data", ["/dev", "..", "/proc/self/fd", "kpi.yaml"])
def test_a_catalogue_whose_data_points_elsewhere_ends_by_itself(project: Project, data: str) -> None:
    """Whatever it points to: no hang, no traceback. That folder has no departments, so nothing of it is an export."""
    project.catalogue.write_text(CATALOGUE.replace("data: data", f"data: '{data}'"), encoding="utf-8")
    (project.folder / "x.txt").write_text(SECRET, encoding="utf-8")
    arguments = project.arguments("evaluate", "-p", "2022Q3", "--format", "json")[:-2]
    project.arguments = lambda command, *options: arguments  # type: ignore[method-assign]
    printed = project.apart("evaluate", timeout=60)
    printed.clean()
    assert printed.code in (0, 3, 4), printed.shown
    assert SECRET not in printed.shown


# ---- all at once


def everything(project: Project) -> Iterator[tuple[str, str]]:
    """Every attack of this file that is a file, each beside the others; name and path."""
    attacks: dict[str, bytes] = {f"none {at}": content for at, content in enumerate(NO_TABLES.values())}
    attacks |= {
        "bomb": package([*entries_of(xlsx(page()), SHEET), bomb(False)]),
        "twin": package([*entries_of(xlsx(page())), entries_of(xlsx(page()))[0]]),
        "laughs": with_doctype("xlsx sheet", LAUGHS)[0],
        "xml laughs": with_doctype("XML 2003", LAUGHS)[0],
        "corner": with_rows(b'<row r="1048576">' + cell_xml("XFD1048576", "x") + b"</row>"),
        "wrapped": with_rows(record(1, "4294967297")),
        "encrypted": encrypted(xlsx(page())),
        "truncated": xlsx(page())[:3000],
        "truncated xls": xls(page())[:3000],
        "empty": b"",
        "mixed": mixed("utf-8", "gb18030"),
    }
    for at, (name, content) in enumerate(attacks.items()):
        yield name, project.put(content, f"{NAME}(9{at:02d}).xlsx")


def test_all_attacks_together_cost_only_themselves(project: Project, tmp_path: Path) -> None:
    with_good(project)
    paths = dict(everything(project))
    if hasattr(os, "mkfifo"):
        os.mkfifo(project.folder / f"{NAME}(800).xlsx")
    result = project.evaluate(apart=True)
    result.other_ledger_is_read()
    assert result.rows()["kept"] >= 30
    silent = [name for name, path in paths.items() if not result.problems(path) and not result.rows(path)["read"]]
    assert silent == []
    again = project.evaluate(apart=True)  # with whatever was cached
    assert again.assessments == result.assessments
    assert sorted(map(str, again.report["problems"])) == sorted(map(str, result.report["problems"]))


def test_nothing_is_left_behind(project: Project) -> None:
    """The departments' files and folders are as they were, and the folder of temporary files is empty."""
    with_good(project)
    dict(everything(project))
    temporary = project.root / "tmp"
    temporary.mkdir()
    before = {path: path.stat().st_mtime_ns for path in project.data.rglob("*")}
    told = {name: str(temporary) for name in ("TMPDIR", "TEMP", "TMP")}
    project.apart("evaluate", "-p", "2022Q3", env=told).clean()
    assert {path: path.stat().st_mtime_ns for path in project.data.rglob("*")} == before
    assert list(temporary.rglob("*")) == []
