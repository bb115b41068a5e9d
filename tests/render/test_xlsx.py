"""What every workbook that the program writes has in common: texts stay texts, names are valid, bytes are the same."""

import io
import re
import tempfile
import unicodedata
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.office import HAS_OFFICE, WHY_NOT, recalculated

from itss_kpi.core.text import cells_wide
from itss_kpi.render.xlsx import (
    LONGEST_TEXT,
    Book,
    Formula,
    Link,
    Look,
    lines,
    place,
    row_xml,
    safe,
    sheet_title,
)

STAMP = datetime(2022, 9, 30)
PLAIN = Look()


def excel_reads(text: str) -> str:
    """A text of a file as Excel reads it: `_x000D_` and the like are characters."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


def units(text: str) -> int:
    """How many characters Excel counts: those of UTF-16."""
    return len(text.encode("utf-16-le")) // 2


def opened(content: bytes, **options: Any) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content), **options)


def book() -> Book:
    return Book(STAMP, "题")


# ---- text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("普通 text 1", "普通 text 1"),
        ("a\nb", "a\nb"),
        ("a\r\nb", "a\\x0d\nb"),
        ("a\tb\x00\x07\x1b[31m", "a\\x09b\\x00\\x07\\x1b[31m"),
        ("\u202e翻转", "\\x202e翻转"),
        ("\ud800x", "\\xd800x"),
        ("\ufffe\uffff", "\\ufffe\\uffff"),
        ("\xa0\u3000", "\xa0\u3000"),
        ("😀", "😀"),
        ("_x0041_", "_x005F_x0041_"),
        ("_x000d_x000D_", "_x005F_x000d_x005F_x000D_"),
        ("_x41_ _xyz_", "_x41_ _xyz_"),
        ("=1+1", "=1+1"),
    ],
)
def test_safe(text: str, shown: str) -> None:
    assert safe(text) == shown


@given(st.text())
def test_a_safe_text_is_xml_and_means_the_same(text: str) -> None:
    shown = safe(text)
    assert ET.fromstring(f"<t>{shown.replace('&', '&amp;').replace('<', '&lt;')}</t>").text in (shown, shown or None)
    if all(unicodedata.category(char)[0] != "C" and unicodedata.category(char) not in ("Zl", "Zp") for char in text):
        assert excel_reads(shown) == text


@pytest.mark.parametrize("char", ["长", "😀", "x"])
def test_the_longest_text(char: str) -> None:
    most = LONGEST_TEXT // units(char)
    assert safe(char * most) == char * most
    cut = safe(char * (most + 1))
    assert cut.endswith("…(过长,已截断)")
    assert LONGEST_TEXT - 1 <= units(cut) <= LONGEST_TEXT


# ---- names of sheets


@pytest.mark.parametrize(
    ("text", "taken", "title"),
    [
        ("总览", [], "总览"),
        ("", [], ""),
        ("  ", [], ""),
        ("'''", [], ""),
        ("History", [], ""),
        ("'HISTORY'", [], ""),
        ("Historys", [], "Historys"),
        ("a[b]c:d*e?f/g\\h", [], "a_b_c_d_e_f_g_h"),
        ("'a'b'", [], "a'b"),
        ("a\x07b", [], "a_x07b"),
        ("字" * 40, [], "字" * 31),
        ("😀" * 40, [], "😀" * 15),
        ("x" * 30 + "'" + "y", [], "x" * 30),
        ("abc", ["ABC"], "abc~2"),
        ("ABC", ["abc"], "ABC~2"),
        ("abc", ["ABC", "Abc~2", "x"], "abc~3"),
        ("字" * 31, ["字" * 31], "字" * 29 + "~2"),
    ],
)
def test_sheet_title(text: str, taken: list[str], title: str) -> None:
    assert sheet_title(text, taken) == title


@given(st.lists(st.text(st.sampled_from("aA'[]:*?/\\字😀 \x07hHistory"), max_size=40), max_size=12))
def test_titles_are_valid_and_unlike_each_other(texts: list[str]) -> None:
    made = book()
    titles = [made.sheet(text).title for text in texts]
    for title in titles:
        assert 0 < units(title) <= 31
        assert not re.search(r"[\[\]:*?/\\\x00-\x1f]|^'|'$", title)
        assert title.casefold() != "history"
    assert len({title.casefold() for title in titles}) == len(texts)
    assert made.made.sheetnames == titles


def test_place() -> None:
    assert place("总览", "A1") == "'总览'!A1"
    assert place("a'b", "A1:B2") == "'a''b'!A1:B2"


# ---- widths


@pytest.mark.parametrize(
    ("text", "wide"), [("", 0), ("ab1", 3), ("中文", 4), ("中a", 3), ("\uff0c\uff21", 4), ("😀", 2)]
)
def test_cells_wide(text: str, wide: int) -> None:
    assert cells_wide(text) == wide


@pytest.mark.parametrize(
    ("text", "width", "count"),
    [
        ("", 10, 1),
        ("a" * 10, 10, 1),
        ("a" * 11, 10, 2),
        ("中" * 6, 10, 2),
        ("a\n\nb", 10, 3),
        ("ab", 0, 2),
        ("a\n", 5, 2),
    ],
)
def test_lines(text: str, width: float, count: int) -> None:
    assert lines(text, width) == count


# ---- cells


def test_texts_stay_texts() -> None:
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "#N/A", "#REF!", "TRUE", "1", "2022-01-01", " 空 格 ", "a\nb\n", "<&>\"'"]
    texts += ["http://example.invalid", '=HYPERLINK("http://x")', "='[外.xlsx]Sheet1'!A1", "\t"]
    made = book()
    sheet = made.sheet("a")
    for at, text in enumerate(texts, 1):
        made.put(sheet, at, 1, text, PLAIN)
    made.stream(sheet, [row_xml(len(texts) + at, [text], [0]) for at, text in enumerate(texts, 1)])
    content = made.content()
    found = opened(content).worksheets[0]
    wanted = [safe(text) for text in texts]
    assert [cell.value for (cell,) in found.iter_rows()] == wanted * 2
    assert {cell.data_type for (cell,) in found.iter_rows()} == {"s"}
    assert not [cell for (cell,) in found.iter_rows() if cell.hyperlink]
    assert [cell.value for (cell,) in found.iter_rows() if cell.quotePrefix] == [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        *texts[13:15],
    ]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not [name for name in archive.namelist() if "external" in name.lower()]
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
        assert not [
            name for name in archive.namelist() if name.endswith(".rels") and b'"External"' in archive.read(name)
        ]


def test_a_text_like_a_formula_changes_no_other_cell() -> None:
    # a cell that is marked as text turns what is typed into it into text, a formula too
    made = book()
    sheet = made.sheet("a")
    for at, value in enumerate([1, "=1+1", 2, Formula("=1+1", 2), "文"], 1):
        made.put(sheet, at, 1, value, PLAIN)
    read = opened(made.content())["a"]
    assert [bool(cell.quotePrefix) for (cell,) in read.iter_rows()] == [False, True, False, False, False]
    assert made.style_id(PLAIN) == made.style_id(Look())


def test_the_title_of_the_workbook_is_safe() -> None:
    made = Book(STAMP, "a\x07<b>")
    made.sheet("a")
    assert opened(made.content()).properties.title == "a\\x07<b>"


CELLS: list[Any] = [
    None, 0, -3, 10**15, 0.1, 1 / 3, 1e-300, 2.5e20, True, False, "文", "", " a ", "a\nb", "<&\"'>", "=1+1",
    Formula("=1<2", True), Formula('="a"&"<"', "a<"), Formula("=1/3", 1 / 3), Formula("=B1", None),
    Formula('="_x0041_"', "_x0041_"), Formula('=A1="a\nb\x07\ud800"', False),
]  # fmt: skip


@pytest.mark.parametrize("streamed", [False, True])
def test_values_come_back(streamed: bool) -> None:
    made = book()
    sheet = made.sheet("a")
    made.put(sheet, 1, 1, "头", PLAIN)
    if streamed:
        made.stream(sheet, [row_xml(2, CELLS, [made.style_id(PLAIN)] * len(CELLS))])
    else:
        for at, cell in enumerate(CELLS, 1):
            made.put(sheet, 2, at, cell, PLAIN)
    content = made.content()
    values = [excel_reads(cell) if isinstance(cell, str) else cell for cell in row_of(content, data_only=True)]
    wanted = [cell.value if isinstance(cell, Formula) else cell for cell in CELLS]
    assert [value or None for value in values] == [cell or None for cell in wanted]  # an empty text is no text
    assert [type(value) for value in values if value not in (None, "")] == [
        type(cell) for cell in wanted if cell not in (None, "")
    ]
    formulas = row_of(content)[-6:]
    assert formulas == [*(cell.text for cell in CELLS[-6:-1]), '=A1="a\nb\\x07\\xd800"']


def row_of(content: bytes, **options: Any) -> list[Any]:
    return [cell.value for cell in opened(content, **options).worksheets[0][2]]


def test_numbers_are_written_in_full() -> None:
    assert row_xml(3, [0.1 + 0.2, 10**15 + 1, 1e100], [0, 0, 0]) == (
        '<row r="3"><c r="A3" s="0"><v>0.30000000000000004</v></c><c r="B3" s="0"><v>1000000000000001</v></c>'
        '<c r="C3" s="0"><v>1e+100</v></c></row>'
    )


def test_row_xml() -> None:
    assert row_xml(7, [None, "a&<b>", " x", Formula("=1<2", "是")], [1, 2, 3, 4]) == (
        '<row r="7"><c r="A7" s="1"/>'
        '<c r="B7" s="2" t="inlineStr"><is><t>a&amp;&lt;b&gt;</t></is></c>'
        '<c r="C7" s="3" t="inlineStr"><is><t xml:space="preserve"> x</t></is></c>'
        '<c r="D7" s="4" t="str"><f>1&lt;2</f><v>是</v></c></row>'
    )


def test_many_columns() -> None:
    found = ET.fromstring(row_xml(1, list(range(120)), [0] * 120))
    assert [cell.get("r") for cell in found][25:28] == ["Z1", "AA1", "AB1"]
    assert len(found) == 120


# ---- a workbook


@pytest.mark.parametrize("options", [{}, {"read_only": True}])
def test_streamed_rows_follow_the_others(options: dict[str, Any]) -> None:
    made = book()
    for name in ("一", "二"):
        sheet = made.sheet(name)
        made.put(sheet, 1, 1, name, PLAIN)
        made.put(sheet, 2, 3, Formula("=1+1", 2), PLAIN)
        made.stream(sheet, [row_xml(at, [at, None, f"{name}{at}", None], [0] * 4) for at in range(3, 500)])
    read = opened(made.content(), data_only=True, **options)
    for name in ("一", "二"):
        rows = [[*row, None, None, None][:4] for row in read[name].iter_rows(values_only=True)]
        assert rows[:2] == [[name, None, None, None], [None, None, 2, None]]
        assert rows[2:] == [[at, None, f"{name}{at}", None] for at in range(3, 500)]
    read.close()


def test_the_same_content_gives_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    def made() -> bytes:
        one = book()
        for name in ("一", "二"):
            sheet = one.sheet(name)
            one.put(sheet, 1, 1, Link("二", place("二", "A1")), PLAIN)
            one.put(sheet, 1, 2, Formula("=1+1", 2), Look(bold=True, fill="FFFFFF"))
            one.stream(sheet, [row_xml(2, ["a", 1.5], [one.style_id(PLAIN)] * 2)])
        one.arrange(["二", "一"])
        return one.content()

    first = made()
    monkeypatch.setenv("TZ", "America/New_York")
    assert made() == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    read = opened(first)
    assert read.sheetnames == ["二", "一"]
    assert read.active.title == "二"
    assert (read.properties.created, read.properties.modified, read.properties.creator) == (STAMP, STAMP, "itss-kpi")
    assert read["一"]["A1"].hyperlink.location == "'二'!A1"
    assert read["一"]["A1"].hyperlink.target is None


def test_the_same_workbook_can_be_asked_for_twice() -> None:
    made = book()
    made.put(made.sheet("a"), 1, 1, Formula("=1+1", 2), PLAIN)
    assert made.content() == made.content()


def test_nothing_is_written_outside_of_the_workbook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # a disk with no room for temporary files, or a killed process: neither may stop a report nor leave its rows about
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    made = book()
    made.put(made.sheet("a"), 1, 1, "x", PLAIN)
    assert opened(made.content())["a"]["A1"].value == "x"


def test_merged_cells_and_dates() -> None:
    made = book()
    sheet = made.sheet("a")
    look = Look(format="yyyy-mm-dd", fill="FFF9E5")
    made.put(sheet, 1, 1, date(2022, 10, 31), look)
    made.merge(sheet, 1, 1, 3, look)
    made.merge(sheet, 2, 1, 1, look)
    content = made.content()
    read = opened(content)["a"]
    assert read["A1"].value == datetime(2022, 10, 31)
    assert [str(one) for one in read.merged_cells.ranges] == ["A1:C1"]
    assert read["A1"].fill.fgColor.rgb == "00FFF9E5"


@pytest.mark.skipif(not HAS_OFFICE, reason=WHY_NOT)
def test_a_spreadsheet_program_reads_the_same(tmp_path: Path) -> None:
    made = book()
    sheet = made.sheet("a'b")
    texts = ["=1+1", "_x0041_", " a ", "a\nb", "😀", "\x07", "<&>", "#N/A"]
    for at, text in enumerate(texts, 1):
        made.put(sheet, at, 1, text, PLAIN)
    made.stream(sheet, [row_xml(9, [*texts, True, Formula("=LEN(A2)", 0), 0.1], [0] * 11)])
    (tmp_path / "a.xlsx").write_bytes(made.content())
    (again,) = recalculated(tmp_path, tmp_path / "a.xlsx")
    read = openpyxl.load_workbook(again, data_only=True)["a'b"]
    shown = [text.replace("\x07", "\\x07") for text in texts]
    # of what looks like one of the format's own escapes it writes the text that it read, so its length is asked for
    shown[1] = "A"
    assert [excel_reads(read.cell(at, 1).value) for at in range(1, 9)] == shown
    assert [excel_reads(cell.value) for cell in read[9][:8]] == shown
    assert [cell.value for cell in read[9][8:]] == [True, len("_x0041_"), 0.1]
