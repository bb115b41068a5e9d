"""Packages: what fastexcel doesn't tell of a workbook, found in its XML; files that would lose something are refused."""

import io
import zipfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment

from itss_kpi.reading.worker import ooxml_book
from itss_kpi.reading.worker.file_types import Reading, UnreadableError, form_of
from itss_kpi.reading.worker.grid_file import SheetGrid
from itss_kpi.reading.worker.ooxml import read_workbook

SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
HEAD = f'<worksheet xmlns="{MAIN}"><sheetData>'


def with_xml(rows: str, after: str = "", parts: Mapping[str, bytes] | None = None) -> bytes:
    """A workbook whose sheet has these rows of XML."""
    seed = io.BytesIO()
    openpyxl.Workbook().save(seed)
    written = {SHEET: f"{HEAD}{rows}</sheetData>{after}</worksheet>".encode()} | dict(parts or {})
    return changed(seed.getvalue(), written)


def changed(content: bytes, parts: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, parts.get(name, old.read(name)))
    return out.getvalue()


def grid(content: bytes) -> SheetGrid:
    (found,) = read_workbook(content)
    return found


def column(found: SheetGrid, index: int = 0) -> list[Any]:
    return found.cells.column(str(index)).to_pylist()  # type: ignore[no-any-return]


def cells_of(*values: Any, number_format: str | None = None, epoch: datetime | None = None) -> list[Any]:
    """The texts of a column with these values."""
    book = openpyxl.Workbook()
    if epoch:
        book.epoch = epoch
    for at, value in enumerate(values, 1):
        cell = book.worksheets[0].cell(at, 1, value)
        if number_format:
            cell.number_format = number_format
    out = io.BytesIO()
    book.save(out)
    return column(grid(out.getvalue()))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"), (30, "30"), (0.95, "0.95"), (0.949999999999, "0.949999999999"), (0.94999999996, "0.94999999996"),
        (1e-10, "0.0000000001"), (-1e-10, "-0.0000000001"), (0.1 + 0.2, "0.3"), (1 / 3, "0.333333333333333"),
        (12345678901234.56, "12345678901234.6"), (44747.3000000001, "44747.3000000001"), (30.0000000001, "30.0000000001"),
        (True, "true"), ("00123", "00123"), ("N/A", "N/A"), ("1.50", "1.50"), ("0.9499999999999999999", "0.9499999999999999999"),
    ],
)  # fmt: skip
def test_a_cell_keeps_its_value(value: Any, text: str) -> None:
    # a neighbour with many decimals makes the sheet one that is looked at twice
    assert cells_of(value, 0.123456789012)[0] == text


def test_moments_and_durations() -> None:
    moment = datetime(2022, 7, 5, 9, 30)
    assert cells_of(moment, moment + timedelta(milliseconds=500)) == ["2022-07-05 09:30:00", "2022-07-05 09:30:00.500"]
    spans = [timedelta(hours=36), timedelta(minutes=9, seconds=30), timedelta(hours=24), timedelta(days=70, hours=1)]
    shown = ["36:00:00", "0:09:30", "24:00:00", "1681:00:00"]
    assert cells_of(*spans, number_format="[h]:mm:ss") == shown
    epoch_1904 = openpyxl.utils.datetime.MAC_EPOCH
    assert cells_of(*spans, number_format="[h]:mm:ss", epoch=epoch_1904) == shown
    assert cells_of(moment, epoch=epoch_1904) == ["2022-07-05 09:30:00"]


@pytest.mark.parametrize(
    ("number_format", "text"), [("000000", "000123"), ('"INC"00000', "INC00123"), ("0", "123"), ("0.00", "123")]
)
def test_leading_zeros_that_a_format_shows_are_part_of_the_number(number_format: str, text: str) -> None:
    assert cells_of(123, number_format=number_format) == [text]


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (0.92, "0%", "92%"), (1, "0.00%", "100%"), (0.9499, "0%", "94.99%"), (1.2, '0.0%" 左右"', "120%"), (-0.05, "0%;[Red]-0%", "-5%"),
        (0.1 + 0.2, "0%", "30%"), (0.92, '0.00"%"', "0.92%"), (92, r"0\%", "92%"), ("待补", "0%", "待补"),
    ],
)  # fmt: skip
def test_a_percent_is_what_its_cell_shows(value: Any, number_format: str, text: str) -> None:
    assert cells_of(value, number_format=number_format) == [text]


def test_the_result_of_a_formula_is_shown_by_its_format_too() -> None:
    book = openpyxl.Workbook()
    for at, form in enumerate(("0%", "0.00%", "General"), 1):
        book.worksheets[0].cell(at, 1, 0.5).number_format = form
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(io.BytesIO(out.getvalue())) as package:
        sheet = package.read(SHEET).decode()
    assert sheet.count("<v>0.5</v>") == 3
    formulas = sheet.replace("<v>0.5</v>", "<f>B1/C1</f><v>0.5</v>").replace(' t="n"', "")
    assert column(grid(changed(out.getvalue(), {SHEET: formulas.encode()}))) == ["50%", "50%", "0.5"]


def test_rows_that_are_struck_through_are_told() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    struck = openpyxl.styles.Font(strike=True)
    for row in ((1, "甲", None), (2, "乙", 3), (3, None, "丙"), (4, "丁", 5), (5, "戊", "改作他用")):
        sheet.append(row)
    # all of the second row, half of the third, a cell of the fourth, and all but the remark of the fifth
    for cell in ("A2", "B2", "C2", "A3", "B3", "A4", "A5", "B5"):
        sheet[cell].font = struck
    out = io.BytesIO()
    book.save(out)
    assert grid(out.getvalue()).struck_rows == [1, 4]


@pytest.mark.parametrize(
    ("cell", "inexact"),
    [
        ("<v>123456789012345</v>", False), ("<v>1234567890123456</v>", True), ("<v>2.02207050000012E+17</v>", True),
        ("<v>1E5</v>", False), ("<v>999999999999999.5</v>", False), ("<v>1000000000000000.5</v>", True),
    ],
)  # fmt: skip
def test_numbers_that_lost_digits_are_found(cell: str, inexact: bool) -> None:
    found = grid(with_xml(f'<row r="3"><c r="B3">{cell}</c></row>'))
    assert found.inexact == ([(2, 1)] if inexact else [])


def test_long_digits_as_text_are_no_lost_digits() -> None:
    text = "<is><t>202207050000012345</t></is>"
    result = '<c r="B1" t="str"><f>A1</f><v>202207050000012345</v></c>'
    found = grid(with_xml(f'<row r="1"><c r="A1" t="inlineStr">{text}</c>{result}</row>'))
    assert (found.inexact, column(found), column(found, 1)) == ([], ["202207050000012345"], ["202207050000012345"])


def test_formulas_without_a_value_are_found() -> None:
    rows = (
        '<row r="1"><c r="A1"><f>1+1</f></c><c r="B1"><f>1+1</f><v>2</v></c><c r="C1" t="str"><f>""</f><v></v></c></row>'
        '<row r="2"><c r="A2"><f>1</f><v/></c><c r="B2"><v>7</v></c></row>'
    )
    found = grid(with_xml(rows))
    assert found.unsaved == [(0, 0), (1, 0)]
    assert column(found, 1) == ["2", "7"]


def test_dates_in_iso_form_are_read() -> None:
    # as strict Open XML has them
    values = ["2022-07-05T09:30:00.000", "2022-07-05", "2022-07-05T23:59:59.5Z", "2022-07-05T15:59:59.999999790452424"]
    rows = "".join(f'<row r="{at}"><c r="A{at}" t="d"><v>{value}</v></c></row>' for at, value in enumerate(values, 1))
    assert column(grid(with_xml(rows))) == [
        "2022-07-05 09:30:00",
        "2022-07-05 00:00:00",
        "2022-07-05 23:59:59.5Z",
        "2022-07-05 16:00:00",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("11:12:01.00000000000239300", "11:12:01"), ("11:01:29.99999999999808300", "11:01:30"), ("09:05:00", "9:05:00"),
        ("23:59:59.9999999999", "24:00:00"), ("12:00:00.250", "12:00:00.25"), ("PT0H0M0.000S", "0:00:00"), ("PT36H5M7.500S", "36:05:07.5"),
        ("PT1440H0M0.000S", "1440:00:00"), ("PT90M", "1:30:00"), ("P1DT2H", "26:00:00"), ("-PT2H", "-PT2H"),
        ("1899-12-30", "0:00:00"), ("1899-12-31", "0:00:00"), ("1899-12-30T12:00:00.000", "12:00:00"), ("1900-01-01", "24:00:00"),
    ],
)  # fmt: skip
def test_clocks_in_iso_form_are_read(value: str, text: str) -> None:
    """As strict Open XML has them: times of day, hours that count on ([h]:mm), and days of no date. Excel writes day 0
    as either of the last two days of 1899."""
    assert column(grid(with_xml(f'<row r="1"><c r="A1" t="d"><v>{value}</v></c></row>'))) == [text]


def test_merges_and_hidden_rows_are_told() -> None:
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="2" hidden="1"><c r="A2"><v>2</v></c></row>'
        '<row hidden="true" r="5"><c r="A5"><v>5</v></c></row><row r="6" hidden="0"><c r="A6"><v>6</v></c></row>'
    )
    found = grid(with_xml(rows, '<mergeCells count="1"><mergeCell ref="B2:C4"/></mergeCells>'))
    assert (found.merges, found.hidden_rows) == ([(1, 1, 3, 2)], [1, 4])
    assert column(found) == ["1", "2", None, None, "5", "6"]


def test_a_namespace_prefix_and_single_quotes_change_nothing() -> None:
    rows = "<row r='1' hidden='1'><c r='A1'><v>0.1234567890123</v></c><c r='B1'><f>1</f></c></row>"
    plain = with_xml(rows)
    with zipfile.ZipFile(io.BytesIO(plain)) as package:
        text = package.read(SHEET).decode()
    prefixed = text.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:").replace("xmlns=", "xmlns:x=")
    for content in (plain, changed(plain, {SHEET: prefixed.encode()})):
        found = grid(content)
        assert (found.hidden_rows, found.unsaved, column(found)) == ([0], [(0, 1)], ["0.1234567890123"])


def test_indented_xml_changes_nothing() -> None:
    styles = (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="3"><xf numFmtId="0"/>'
        '<xf numFmtId="10"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    )
    cells = (
        '<c r="A1" s="1"><v>0.5</v></c><c r="B1" s="1"><f>1/4</f><v>0.25</v></c><c r="C1" s="2"><v>8</v></c><c r="D1"><f>1+1</f></c>'
        '<c r="E1" t="str"><f>A1</f><v>a_x000A_b</v></c><c r="F1" t="inlineStr"><is><t xml:space="preserve"> </t></is></c>'
    )
    rows = f'<row r="1">{cells}</row>'
    for content in (rows, rows.replace("><", ">\n  <")):
        found = grid(with_xml(content, parts={"xl/styles.xml": styles.encode()}))
        assert list(found.cells.to_pylist()[0].values()) == ["50%", "25%", "8", None, "a\nb", " "]
        assert found.unsaved == [(0, 3)]
    with pytest.raises(UnreadableError, match="整数编号"):
        grid(with_xml('<row r="1"><c r="A1" t="s">\n  <v>0.0</v></c></row>'))


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ('<row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>', "D121"),
        ('<row r="2"><c r="A2"><v>1</v></c></row><row r="1"><c r="A1"><v>2</v></c></row>', "D121"),
        ('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>', "D121"),
        ('<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A1"><v>2</v></c></row>', "D121"),
        ('<row r="4294967297"><c r="A4294967297"><v>1</v></c></row>', "D113"),
        ('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', "D113"),
        # beside it a formula whose empty text makes as many cells as values
        ('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c><c r="B1" t="str"><f>x</f></c></row>', "D121"),
        ('<row r="1"><c r="A1" t="s"><v>0.0</v></c></row>', "D102"),
        ('<row r="1"><c r="A1" t="s"><v>-1</v></c></row>', "D102"),
    ],
    ids=[
        "twice",
        "backwards",
        "one cell twice",
        "cell of another row",
        "wrapped",
        "far",
        "masked",
        "index",
        "negative",
    ],
)
def test_what_would_lose_something_is_refused(rows: str, code: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        grid(with_xml(rows))
    assert refused.value.code == code


def test_a_few_cells_far_apart_are_refused_at_once() -> None:
    rows = '<row r="1"><c r="XFD1"><v>1</v></c></row><row r="1000"><c r="A1000"><v>1</v></c></row>'
    with pytest.raises(UnreadableError, match="删去远处的单元格"):
        grid(with_xml(rows))
    few = '<row r="1"><c r="CV1"><v>1</v></c></row><row r="9000"><c r="A9000"><v>1</v></c></row>'
    assert column(grid(with_xml(few)))[-1] == "1"


def test_far_cells_that_are_only_formatted_are_no_obstacle() -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="0"/></row>'
    assert column(grid(with_xml(rows))) == ["1"]


def test_a_cell_that_the_parser_drops_is_no_blank() -> None:
    # a text both inline and as a value: no program writes it so, and the parser gives nothing
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>甲</t></is><v>甲</v></c><c r="B1" t="inlineStr"><is><t></t></is></c></row>'
    with pytest.raises(UnreadableError, match="互相覆盖"):
        grid(with_xml(rows))


@pytest.mark.parametrize("end", ["</iw>", "<&/is>", '<is a="1"></is>'])
def test_a_text_that_does_not_end_takes_nothing_from_the_next_cell(end: str) -> None:
    # the parser would read 甲乙 in A1, and B1 would be blank
    rows = (
        f'<row r="1"><c r="A1" t="inlineStr"><is><t>甲</t>{end}</c><c r="B1" t="inlineStr"><is><t>乙</t></is></c></row>'
    )
    with pytest.raises(UnreadableError, match="XML 不完整或写法有误") as refused:
        grid(with_xml(rows))
    assert refused.value.code == "D116"


def with_texts(items: str) -> bytes:
    """A workbook whose sheet holds the first two of the shared texts."""
    seed, out = io.BytesIO(), io.BytesIO()
    openpyxl.Workbook().save(seed)
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    link = b'<Relationship Id="t" Type="%b" Target="sharedStrings.xml"/></Relationships>' % kind
    with zipfile.ZipFile(seed) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == SHEET:
                content = f"{HEAD}{rows}</sheetData></worksheet>".encode()
            elif name == "xl/_rels/workbook.xml.rels":
                content = content.replace(b"</Relationships>", link)
            if name != "xl/sharedStrings.xml":
                new.writestr(name, content)
        new.writestr("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}">{items}</sst>')
    return out.getvalue()


@pytest.mark.parametrize("first", ["<si><t>甲</t></sj>", "<si><t>甲</u></si>", "<si><t>甲</t><&/si>"])
def test_a_shared_text_that_does_not_end_shifts_none_of_the_others(first: str) -> None:
    # the parser would read 甲乙 and 丙
    with pytest.raises(UnreadableError, match="XML 不完整或写法有误") as refused:
        grid(with_texts(f"{first}<si><t>乙</t></si><si><t>丙</t></si>"))
    assert refused.value.code == "D116"


def test_an_empty_text_with_attributes_ends() -> None:
    found = grid(with_texts('<si><t xml:space="preserve"/></si><si><t xml:space="preserve"> 乙</t></si>'))
    assert [list(row.values()) for row in found.cells.to_pylist()] == [["", " 乙"]]


def test_many_shared_texts_end(monkeypatch: pytest.MonkeyPatch) -> None:
    # wherever the part is cut while it is looked at: the first block is of 64 KiB
    def judged(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(ooxml_book, "check_form", judged)
    for length in range(65_440, 65_470):
        items = f"<si><t>{'甲' * (length // 3)}{'a' * (length % 3)}</t></si><si><t>乙</t></si>"
        assert column(grid(with_texts(items)), 1) == ["乙"]


def test_texts_without_a_character_are_blanks_and_no_loss() -> None:
    rows = '<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="inlineStr"><is><t></t></is></c><c r="C1" t="str"><v></v></c></row>'
    assert column(grid(with_xml(rows))) == ["1"]


@pytest.mark.parametrize("written", ["202207050000012345", "2.0220705000001234E+17", "2.02207050000012E+17"])
def test_lost_digits_are_found_behind_a_number_with_many_decimals(written: str) -> None:
    rows = (
        '<row r="1"><c r="A1"><v>0.12345678901234</v></c></row>'
        f'<row r="2"><c r="A2"><v>{written}</v></c></row><row r="3"><c r="A3"><v>{written}</v></c></row>'
    )
    assert grid(with_xml(rows)).inexact == [(1, 0), (2, 0)]


@pytest.mark.parametrize("written", [" 5 ", "\n5", "5 ", "+5", "5."])
def test_a_number_is_what_stands_between_its_blanks(written: str) -> None:
    row = f'<row r="1"><c r="A1"><v>{written}</v></c><c r="B1" t="str"><v> 5 </v></c></row>'
    assert (column(grid(with_xml(row))), column(grid(with_xml(row)), 1)) == (["5"], [" 5 "])


@pytest.mark.parametrize("written", ["1e309", "-5311.1e99919", "2E+4000000"])
def test_a_number_that_no_program_can_hold_stays_as_it_is_written(written: str) -> None:
    found = grid(with_xml(f'<row r="1"><c r="A1" t="n"><v>{written}</v></c><c r="B1"><v>1e-99919</v></c></row>'))
    assert (column(found), column(found, 1), found.inexact) == ([written], ["0"], [(0, 0)])


def test_a_large_sheet_is_looked_through_beside_the_parser() -> None:
    rows = "".join(
        f'<row r="{at}"><c r="A{at}"><v>{at}.12345678901</v></c><c r="B{at}"{" " * 100}><v>1</v></c></row>'
        for at in range(1, 100_001)
    )
    found = grid(with_xml(rows))
    assert (len(column(found)), column(found)[99_999]) == (100_000, "100000.123456789")


def test_rows_and_cells_may_go_without_addresses() -> None:
    rows = (
        '<row><c><v>1</v></c><c><f>1+1</f></c></row><row hidden="1"><c r="C2"><v>3</v></c><c><f>2</f></c></row>'
        '<row r="5"><c/><c t="str"><f>2</f><v>2</v></c></row><row><c><f>3</f></c></row>'
    )
    found = grid(with_xml(rows))
    assert (found.hidden_rows, found.unsaved) == ([1], [(0, 1), (1, 3), (5, 0)])
    assert (column(found, 0)[0], column(found, 2)[1]) == ("1", "3")
    with pytest.raises(UnreadableError, match="互相覆盖"):
        grid(with_xml('<row><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c><c><v>2</v></c></row>'))


def test_an_error_of_a_newer_program_costs_its_cell() -> None:
    rows = "".join(
        f'<row r="{at}"><c r="A{at}" t="e"><v>{error}</v></c><c r="B{at}"><v>{at}</v></c></row>'
        for at, error in enumerate(["#SPILL!", "#CALC!", "#FIELD!", "#BUSY!", "#GETTING_DATA", "#N/A"], 1)
    )
    found = grid(with_xml(rows))
    assert found.errors == [(at, 0) for at in range(6)]
    assert column(found, 1) == list("123456")


def test_a_text_may_look_like_an_error() -> None:
    assert column(grid(with_xml('<row r="1"><c r="A1" t="str"><f>x</f><v>#SPILL! 之后</v></c></row>'))) == [
        "#SPILL! 之后"
    ]


def test_characters_that_xml_cannot_hold_are_read_in_results_too() -> None:
    rows = '<row r="1"><c r="A1" t="str"><f>x</f><v>a_x000D_&amp;b</v></c><c r="B1" t="inlineStr"><is><t>a_x000D_b</t></is></c></row>'
    found = grid(with_xml(rows))
    assert (column(found), column(found, 1)) == (["a\r&b"], ["a\rb"])


def book_with(calculated: str) -> dict[str, bytes]:
    """The workbook's own part, which asks for a full calculation when it is opened."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    text = (
        f'<workbook xmlns="{main}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        f'<sheets><sheet name="Sheet" sheetId="1" r:id="rId1"/></sheets><calcPr fullCalcOnLoad="{calculated}"/></workbook>'
    )
    return {"xl/workbook.xml": text.encode()}


def test_results_of_a_program_that_cannot_calculate_are_none() -> None:
    rows = (
        '<row r="1"><c r="A1"><f>9/10</f><v>0</v></c><c r="B1" t="str"><f>x</f><v></v></c><c r="C1"><v>0</v></c></row>'
        '<row r="2"><c r="A2"><f>1+1</f><v>0</v></c></row>'
    )
    assert grid(with_xml(rows, parts=book_with("1"))).unsaved == [(0, 0), (0, 1), (1, 0)]
    assert grid(with_xml(rows, parts=book_with("0"))).unsaved == []
    calculated = rows.replace("<f>1+1</f><v>0</v>", "<f>1+1</f><v>2</v>")
    assert grid(with_xml(calculated, parts=book_with("1"))).unsaved == []


def test_durations_are_those_of_cells_and_not_of_texts() -> None:
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>1900-02-29 00:00:00</t></is></c></row>'
    assert column(grid(with_xml(rows))) == ["1900-02-29 00:00:00"]
    assert cells_of("1900-01-05 00:00:00", 0.5, number_format="yyyy-mm-dd hh:mm:ss") == [
        "1900-01-05 00:00:00",
        "12:00:00",
    ]


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def test_formats_are_those_of_cells() -> None:
    """One of a conditional format may have the same number; `e` is a day of which the parser knows nothing."""
    styles = (
        f'<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/><numFmt numFmtId="165" formatCode="e"/>'
        '</numFmts><fonts count="1"><font/></fonts><cellXfs count="3"><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="32"/></cellXfs>'
        '<dxfs count="1"><dxf><numFmt numFmtId="164" formatCode="0%"/></dxf></dxfs></styleSheet>'
    )
    rows = '<row r="1"><c r="A1" s="0"><v>44743</v></c><c r="B1" s="1"><v>44743</v></c><c r="C1" s="2"><v>0.25</v></c></row>'
    found = grid(with_xml(rows, parts={"xl/styles.xml": styles.encode()}))
    assert [column(found, at)[0] for at in range(3)] == ["2022-07-01 00:00:00", "2022-07-01 00:00:00", "6:00:00"]


def test_what_an_extension_says_does_not_change_the_epoch() -> None:
    """Excel 2013 writes an element of that name into an extension, by which the parser forgets the epoch."""
    book = (
        f'<workbook xmlns="{MAIN}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><workbookPr date1904="1"/>'
        '<sheets><sheet name="Sheet" sheetId="1" r:id="rId1"/></sheets><extLst><ext><x15:workbookPr chartTrackingRefBase="1" '
        'xmlns:x15="http://schemas.microsoft.com/office/spreadsheetml/2010/11/main"/></ext></extLst></workbook>'
    )
    styles = f'<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts><cellXfs count="1"><xf numFmtId="14"/></cellXfs></styleSheet>'
    rows = '<row r="1"><c r="A1" s="0"><v>43285</v></c></row>'
    parts = {"xl/workbook.xml": book.encode(), "xl/styles.xml": styles.encode()}
    found = grid(with_xml(rows, parts=parts))
    assert (column(found), found.epoch_1904) == (["2022-07-05 00:00:00"], True)


@pytest.mark.parametrize(("day", "saved"), [("2022-10-08", "2022-10-08"), ("2022-02-31", None), ("2022-13-01", None)])
def test_a_day_of_saving_that_no_calendar_has_says_nothing(day: str, saved: str | None) -> None:
    core = f'<x xmlns:dcterms="http://purl.org/dc/terms/"><dcterms:modified>{day}T08:00:00Z</dcterms:modified></x>'
    assert form_of(with_xml("", parts={"docProps/core.xml": core.encode()}), Reading()) == ("xlsx", saved)


# ---- which sheets there are


def moved(targets: Mapping[str, str], parts: Mapping[str, str] | None = None, main: str = "xl/workbook.xml") -> bytes:
    """A workbook of the sheets 七 and 八, whose relationships name other targets, and whose parts have other names."""
    book = openpyxl.Workbook()
    book.worksheets[0].title = "七"
    book.worksheets[0]["A1"] = "甲"
    book.create_sheet("八")["A1"] = "乙"
    seed, out = io.BytesIO(), io.BytesIO()
    book.save(seed)
    renamed = {"xl/workbook.xml": main} | dict(parts or {})
    with zipfile.ZipFile(seed) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("workbook.xml.rels"):
                for before, after in targets.items():
                    content = content.replace(before.encode(), after.encode())
            if name == "_rels/.rels":
                content = content.replace(b"xl/workbook.xml", main.encode())
            new.writestr(renamed.get(name, name), content)
    return out.getvalue()


RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SECOND = "/xl/worksheets/sheet2.xml"


@pytest.mark.parametrize(
    ("targets", "parts"),
    [
        ({}, {}),
        ({SECOND: "../xl/worksheets/sheet2.xml"}, {}),
        ({SECOND: "./worksheets/../worksheets/sheet2.xml"}, {}),
        ({SECOND: "worksheets/sheet%32.xml"}, {}),
        ({SECOND: "/sheet2.xml"}, {"xl/worksheets/sheet2.xml": "sheet2.xml"}),
        ({SECOND: "/XL/Worksheets/SHEET2.XML"}, {}),
        ({"/xl/sharedStrings.xml": "texts.xml"}, {"xl/sharedStrings.xml": "xl/texts.xml"}),
        ({}, {"xl/worksheets/sheet2.xml": "xl\\worksheets\\sheet2.xml"}),
        ({}, {"xl/worksheets/sheet2.xml": "/xl/worksheets/sheet2.xml"}),
    ],
)
def test_each_sheet_is_found_wherever_it_lies(targets: dict[str, str], parts: dict[str, str]) -> None:
    found = list(read_workbook(moved(targets, parts)))
    assert [(sheet.sheet, column(sheet)) for sheet in found] == [("七", ["甲"]), ("八", ["乙"])]


def test_the_workbook_itself_may_lie_elsewhere() -> None:
    places = {"xl/_rels/workbook.xml.rels": "book/_rels/main.xml.rels", "xl/styles.xml": "book/styles.xml"}
    content = moved({}, places, main="book/main.xml")
    assert [sheet.sheet for sheet in read_workbook(content)] == ["七", "八"]


def test_names_of_parts_may_have_backslashes() -> None:
    """As some programs write them, against APPNOTE 4.4.17.1."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(moved({}))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name.replace("/", "\\"), old.read(name))
    assert form_of(out.getvalue(), Reading())[0] == "xlsx"
    assert [sheet.sheet for sheet in read_workbook(out.getvalue())] == ["七", "八"]


@pytest.mark.parametrize("kind", ["xlMacrosheet", "dialogsheet"])
def test_a_sheet_of_excel_4_is_none(kind: str) -> None:
    content = moved({f'/worksheet" Target="{SECOND}"': f'/{kind}" Target="{SECOND}"'})
    assert [sheet.sheet for sheet in read_workbook(content)] == ["七"]


def test_a_module_of_excel_5_is_no_sheet() -> None:
    """Excel writes one as a hidden sheet without a relationship."""
    plain = moved({})
    with zipfile.ZipFile(io.BytesIO(plain)) as package:
        module = f'<sheet xmlns:r="{RELATED}" name="M" sheetId="9" r:id=""/></sheets>'
        book = package.read("xl/workbook.xml").replace(b"</sheets>", module.encode())
    found = read_workbook(changed(plain, {"xl/workbook.xml": book}))
    assert [sheet.sheet for sheet in found] == ["七", "八"]


def test_a_workbook_whose_formats_are_not_there_is_refused() -> None:
    with pytest.raises(UnreadableError, match="styles") as refused:
        list(read_workbook(moved({}, {"xl/styles.xml": "xl/sty_es.xml"})))
    assert refused.value.code == "D116"


def test_a_sheet_that_is_not_there_is_no_chart() -> None:
    with pytest.raises(UnreadableError, match="八") as refused:
        list(read_workbook(moved({SECOND: "/xl/worksheets/sheet3.xml"})))
    assert refused.value.code == "D116"


@pytest.mark.parametrize(
    ("look", "text"),
    [
        ("<strike/>", "~~12~~1"),
        ('<b/><strike val="1"/>', "~~12~~1"),
        ('<strike val="0"/>', "121"),
        ('<vertAlign val="superscript"/>', "¹²1"),
        ('<vertAlign val="subscript"/>', "121"),
    ],
)
def test_letters_that_are_struck_or_raised_are_not_read_as_the_others(look: str, text: str) -> None:
    runs = f"<r><rPr>{look}</rPr><t>12</t></r><r><t>1</t></r>"
    within = with_xml(f'<row r="1"><c r="A1" t="inlineStr"><is>{runs}</is></c></row>')
    assert column(grid(within)) == column(grid(with_texts(f"<si>{runs}</si><si><t>乙</t></si>"))) == [text]


def test_a_footnote_of_letters_is_read_with_the_word() -> None:
    note = '<si><r><t>编号</t></r><r><rPr><vertAlign val="superscript"/></rPr><t>*</t></r></si>'
    assert column(grid(with_texts(f"{note}<si><t>乙</t></si>"))) == ["编号*"]


# ---- comments


def commented(*comments: tuple[str, str, str]) -> bytes:
    """A workbook with comments: cell, text, author."""
    book = openpyxl.Workbook()
    for place, text, author in comments:
        book.worksheets[0][place] = "x"
        book.worksheets[0][place].comment = Comment(text, author)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_people_s_comments_are_read_and_the_program_s_own_are_not() -> None:
    content = commented(("A2", "与上一行重复登记", "小吕"), ("AB3", "作废", ""), ("B2", "读不成日期", "itss-kpi"))
    assert grid(content).comments == [(1, 0, "与上一行重复登记"), (2, 27, "作废")]
    assert grid(with_xml("")).comments == []


@pytest.mark.parametrize(
    "xml", [b"<comments", b"<!DOCTYPE x><comments/>", b"<comments><commentList><comment/></commentList></comments>"]
)
def test_a_part_of_comments_that_is_none_costs_no_cell(xml: bytes) -> None:
    content = commented(("A2", "作废", "小吕"))
    (part,) = [
        name for name in zipfile.ZipFile(io.BytesIO(content)).namelist() if "comment" in name and name.endswith("xml")
    ]
    found = grid(changed(content, {part: xml}))
    assert (found.comments, column(found)) == ([], [None, "x"])


# ---- text boxes


def test_what_stands_in_a_text_box_is_read_beside_the_cells() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "x")
        sheet.insert_textbox("C2", "注:6月下旬的3起\n尚未录入")
        sheet.insert_textbox("C9", " ")
    found = grid(out.getvalue())
    assert (found.boxes, column(found)) == (["注:6月下旬的3起尚未录入"], ["x"])
    broken = grid(changed(out.getvalue(), {"xl/drawings/drawing1.xml": b"<xdr:wsDr"}))
    assert (broken.boxes, column(broken)) == ([], ["x"])
