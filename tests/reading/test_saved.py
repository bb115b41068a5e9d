"""The day on which a file says that it was last saved, by files of a few bytes."""

import io
import struct
import zipfile

import pytest
import xlwt
from openpyxl import Workbook

from itss_kpi.reading.worker.file_types import Reading, form_of
from itss_kpi.reading.worker.saved import saved_of_compound

NAME = "\x05SummaryInformation"
ODF = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
OF_1601 = 116_444_736_000_000_000  # in units of 100 ns, to 1970


def packed(**parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, text in parts.items():
            package.writestr(name.replace("__", "."), text)
    return out.getvalue()


@pytest.mark.parametrize(("day", "saved"), [("2022-10-08", "2022-10-08"), ("2022-02-31", None), ("2022-13-01", None)])
def test_of_an_open_document(day: str, saved: str | None) -> None:
    meta = f"<office:meta><meta:creation-date>2021-01-01T08:00:00</meta:creation-date><dc:date>{day}T16:42:05</dc:date>"
    content = packed(mimetype="application/vnd.oasis.opendocument.spreadsheet", meta__xml=meta)
    assert form_of(content, Reading()) == ("ods", saved)
    flat = f'<office:document xmlns:office="{ODF}" office:mimetype="application/vnd.oasis.opendocument.spreadsheet">'
    assert form_of((flat + meta).encode(), Reading()) == ("fods", saved)


@pytest.mark.parametrize("tag", ["LastSaved", "o:LastSaved"])
def test_of_a_workbook_in_xml(tag: str) -> None:
    head = '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><DocumentProperties>'
    assert form_of(f"{head}<{tag}>2022-10-08T01:32:42Z</{tag}>".encode(), Reading()) == ("xml", "2022-10-08")
    assert form_of(head.encode(), Reading()) == ("xml", None)


def compound(summary: bytes) -> bytes:
    """A compound file ([MS-CFB]) of four sectors: its table, its directory, the stream, whose size is that of a whole one."""
    stream = summary.ljust(4096, b"\0")
    entries = [("Root Entry", 5, 0xFFFFFFFE, 0, 1), ("Workbook", 2, 0xFFFFFFFE, 0, 0xFFFFFFFF)]
    entries += [(NAME, 2, 2, len(stream), 0xFFFFFFFF)]
    directory = b""
    for at, (name, kind, start, size, child) in enumerate(entries):
        encoded = name.encode("utf-16-le")
        right = 2 if at == 1 else 0xFFFFFFFF
        directory += encoded.ljust(64, b"\0") + struct.pack(
            "<HBBIII", len(encoded) + 2, kind, 1, 0xFFFFFFFF, right, child
        )
        directory += bytes(36) + struct.pack("<III", start, size, 0)
    directory = directory.ljust(512, b"\0")
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 10), 0xFFFFFFFE]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(512, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    header += struct.pack("<IIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0)
    return header.ljust(512, b"\xff") + table + directory + stream


def summary(moment: int, number: int = 13) -> bytes:
    properties = struct.pack("<IIII", 24, 1, number, 16) + struct.pack("<IQ", 0x40, moment)
    return b"\xfe\xff".ljust(44, b"\0") + struct.pack("<I", 48) + properties


def test_of_an_excel_97_workbook() -> None:
    of_2022 = OF_1601 + 1_665_187_200 * 10**7  # 8 October 2022, 00:00 UTC
    assert form_of(compound(summary(of_2022)), Reading()) == ("xls", "2022-10-08")
    assert form_of(compound(summary(0)), Reading()) == ("xls", None)
    assert form_of(compound(summary(of_2022, number=12)), Reading()) == ("xls", None)  # when it was made
    assert saved_of_compound(compound(summary(2**63))) is None
    assert saved_of_compound(NAME.encode("utf-16-le")) is None


def test_of_one_that_says_nothing() -> None:
    book, out = xlwt.Workbook(), io.BytesIO()
    book.add_sheet("一").write(0, 0, "甲")
    book.save(out)
    assert form_of(out.getvalue(), Reading()) == ("xls", None)
    plain, written = Workbook(), io.BytesIO()
    plain.save(written)
    assert form_of(written.getvalue(), Reading())[1] is not None
