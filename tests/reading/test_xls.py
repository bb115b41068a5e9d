"""Binary workbooks: what xlrd doesn't say by itself."""

import io
import math
import struct
import tracemalloc
from types import SimpleNamespace
from typing import Any

import pytest
import xlrd
import xlwt

from itss_kpi.reading.worker.file_types import UnreadableError
from itss_kpi.reading.worker.grid_file import SheetGrid
from itss_kpi.reading.worker.ooxml import read_values
from itss_kpi.reading.worker.xls import read_xls


def grid(content: bytes) -> SheetGrid:
    found = read_xls(content)
    assert found
    return found[0]


def written(*cells: tuple[Any, str]) -> bytes:
    """A workbook of one row, each cell with its format, by a program that calculates nothing."""
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("台账")
    for column, (value, number_format) in enumerate(cells):
        sheet.write(0, column, value, xlwt.easyxf(num_format_str=number_format))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_formulas_that_nobody_calculated_have_no_result() -> None:
    content = written((xlwt.Formula("1+1"), "General"), ("甲", "General"), (xlwt.Formula("0"), "General"))
    found = grid(content)
    assert found.unsaved == [(0, 0), (0, 2)]
    assert list(found.cells.to_pylist()[0].values()) == ["甲"]
    # a program that says who it is has calculated; an empty text is what its formula gives
    assert grid(content + "SummaryInformation".encode("utf-16-le")).unsaved == []


def noted(row: int, column: int, number: int, author: str, text: str) -> bytes:
    """A note: its object, its text and what it belongs to ([MS-XLS] 2.4.181, 2.4.329, 2.4.179)."""
    records = [
        (0x5D, struct.pack("<5H12x2H", 0x15, 18, 0x19, number, 0, 0, 0)),
        (0x1B6, struct.pack("<2H6x3H4x", 0, 0, len(text), 0, 0)),
        (0x3C, b"\1" + text.encode("utf-16-le")),
        (0x1C, struct.pack("<5HB", row, column, 0, number, len(author), 0) + author.encode() + b"\0"),
    ]
    return b"".join(struct.pack("<2H", kind, len(content)) + content for kind, content in records)


def test_people_s_notes_are_read_and_the_program_s_own_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    notes = noted(0, 1, 1, "LiNa", "重复登记") + noted(0, 0, 2, "itss-kpi", "请改")
    data = xlwt.Worksheet.get_biff_data
    end = struct.pack("<2H", 0x0A, 0)  # EOF
    monkeypatch.setattr(xlwt.Worksheet, "get_biff_data", lambda sheet: data(sheet).removesuffix(end) + notes + end)
    found = grid(written(("甲", "General"), ("乙", "General")))
    assert found.comments == [(0, 1, "重复登记")]
    assert list(found.cells.to_pylist()[0].values()) == ["甲", "乙"]


def test_numbers_are_what_their_format_shows() -> None:
    found = grid(
        written(
            (0.25, '[m]"分钟"'), (60.5, "[h]:mm"), (0.5, '0.0"%"'), (7, "0000"), (0.496, "0%"), (44747, "[$-804]aaaa")
        )
    )
    assert list(found.cells.to_pylist()[0].values()) == [
        "6:00:00",
        "1452:00:00",
        "0.5%",
        "0007",
        "49.6%",
        "2022-07-05 00:00:00",
    ]


@pytest.mark.parametrize(
    ("version", "codepage", "asked"),
    [(50, None, [None, "gb18030"]), (50, 936, [None]), (80, None, [None]), (80, 1200, [None])],
)
def test_what_says_nothing_of_its_encoding_is_chinese(
    monkeypatch: pytest.MonkeyPatch, version: int, codepage: int | None, asked: list[str | None]
) -> None:
    given: list[str | None] = []

    def opened(*, encoding_override: str | None, **_: Any) -> Any:
        given.append(encoding_override)
        return SimpleNamespace(biff_version=version, codepage=codepage, sheets=list)

    monkeypatch.setattr(xlrd, "open_workbook", opened)
    assert read_xls(b"") == []
    assert given == asked


@pytest.mark.parametrize("counted", [0, 1, 2, 3, 255])
def test_its_texts_are_those_that_are_there_whatever_their_count_says(counted: int) -> None:
    """[MS-XLS] 2.4.265: cstTotal, cstUnique and the texts, each five bytes."""
    content = written(("乙", "General"), ("丙", "General"), (0.5, "0%"))
    table = struct.pack("<HHii", 0xFC, 18, 2, 2)
    assert content.count(table) == 1
    found = grid(content.replace(table, struct.pack("<HHii", 0xFC, 18, counted, counted)))
    assert list(found.cells.to_pylist()[0].values()) == ["乙", "丙", "50%"]


def test_a_text_that_is_not_there_is_no_empty_one() -> None:
    content = written(("乙", "General"), (0.5, "0%"))
    cell = struct.pack("<HHHHHi", 0xFD, 10, 0, 0, 17, 0)
    assert content.count(cell) == 1
    assert read_xls(content.replace(cell, cell[:-4] + struct.pack("<i", 7))) is None


@pytest.mark.parametrize("kind", [0x18, 0x23])
def test_a_name_that_nobody_looks_at_costs_nothing(kind: int) -> None:
    content = written(("乙", "General"), (0.5, "0%"))
    spare = struct.pack("<HH", 0xE1, 2)
    assert content.count(spare) == 1
    found = grid(content.replace(spare, struct.pack("<HH", kind, 2)))
    assert list(found.cells.to_pylist()[0].values()) == ["乙", "50%"]


def test_a_sector_claimed_twice_is_the_workbook_s() -> None:
    """[MS-CFB] 2.6.1: the root's entry has the first sector and the size of the small streams, here those of another."""
    content = bytearray(written(("乙", "General"), (0.5, "0%")))
    struct.pack_into("<iI", content, content.index("Root Entry".encode("utf-16-le")) + 0x74, 0, 4096)
    with pytest.raises(xlrd.compdoc.CompDocError, match="seen"):
        xlrd.open_workbook(file_contents=bytes(content), logfile=io.StringIO())
    assert list(grid(bytes(content)).cells.to_pylist()[0].values()) == ["乙", "50%"]


@pytest.mark.parametrize(
    ("known", "other"),
    [
        (struct.pack("<HHHH", 0xE0, 20, 7, 164), struct.pack("<HHHH", 0xE0, 20, 99, 164)),
        (struct.pack("<HHHHHi", 0xFD, 10, 0, 0, 17, 0), struct.pack("<HHHHHi", 0xFD, 10, 0, 0, 999, 0)),
    ],
)
def test_a_font_or_a_format_that_is_not_there_costs_nothing(known: bytes, other: bytes) -> None:
    """[MS-XLS] 2.4.353 (ifnt) and IXFCell: fonts and formats by their number."""
    content = written(("乙", "General"), (0.5, "0%"))
    assert content.count(known) == 1
    assert list(grid(content.replace(known, other)).cells.to_pylist()[0].values()) == ["乙", "50%"]


def patched(content: bytes, old: bytes, new: bytes) -> bytes:
    assert content.count(old) == 1
    return content.replace(old, new)


def test_what_is_no_number_is_an_error() -> None:
    content = written(("甲", "General"), (0.123456789, "General"))
    found = grid(patched(content, struct.pack("<d", 0.123456789), struct.pack("<d", math.inf)))
    assert (list(found.cells.to_pylist()[0].values()), found.errors) == (["甲"], [(0, 1)])


def test_a_row_costs_what_stands_in_it() -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("台账")
    sheet.write_merge(0, 0, 0, 1, "甲")
    sheet.write(1, 0, "乙")
    out = io.BytesIO()
    book.save(out)
    # the rows and columns of the one merge: a box of 64 million cells, of which two hold something
    content = patched(out.getvalue(), struct.pack("<5H", 1, 0, 0, 0, 1), struct.pack("<5H", 1, 0, 7999, 0, 7999))
    tracemalloc.start()
    found = grid(content)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.cells.column("0").to_pylist()[:3] == ["甲", "乙", None]
    assert most < 50 << 20


def test_what_is_wider_than_any_sheet_is_refused_by_the_other_parser_too() -> None:
    content = written(("甲", "General"), (1.5, "General"))
    # an RK in row 0, column 1, put into column 65280
    content = patched(content, bytes.fromhex("7e020a00 0000 0100"), bytes.fromhex("7e020a00 0000 00ff"))
    assert read_xls(content) is None
    with pytest.raises(UnreadableError, match="65281") as refused:
        list(read_values(content))
    assert refused.value.code == "D113"
