"""Text files, web tables and OpenDocument: what is read of them cell by cell."""

from collections.abc import Callable
from pathlib import Path

import pytest

from itss_kpi.reading.worker.delimited import decoded, read_delimited
from itss_kpi.reading.worker.file_types import Reading, UnreadableError, form_of
from itss_kpi.reading.worker.grid_file import SheetGrid
from itss_kpi.reading.worker.html import read_html
from itss_kpi.reading.worker.main import answer
from itss_kpi.reading.worker.opendocument import read_flat_ods
from itss_kpi.reading.worker.spreadsheet_xml import read_xml


def cells(found: SheetGrid) -> list[list[str | None]]:
    return [list(one.values()) for one in found.cells.to_pylist()]


# ---- delimited


@pytest.mark.parametrize("mark", [",", "\t", ";", "|"])
def test_the_delimiter_is_what_splits_most_lines(mark: str) -> None:
    text = "\n".join(mark.join(row) for row in [("编号", "说明"), ("A1", "甲,乙"), ("A2", "丙|丁")])
    if mark in ",|":
        text = text.replace("甲,乙", '"甲,乙"').replace("丙|丁", '"丙|丁"')
    (found,), encoding = read_delimited(text.encode())
    assert cells(found) == [["编号", "说明"], ["A1", "甲,乙"], ["A2", "丙|丁"]]
    assert encoding == f"UTF-8 {'tab' if mark == chr(9) else mark}"


def test_one_nul_byte_makes_no_other_encoding() -> None:
    for content in ("编号,数量\nA1,1\nA2,2\0\n".encode(), b"id,n\nA1,1\nA2,2\0\n"):
        with pytest.raises(UnreadableError, match="不可读的字节") as refused:
            read_delimited(content)
        assert refused.value.code == "D117"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_needs_no_mark(encoding: str) -> None:
    assert decoded("编号,数量\r\nA1,1\r\n".encode(encoding)) == ("编号,数量\r\nA1,1\r\n", encoding.upper())


@pytest.mark.parametrize(
    "text",
    [
        "编号,姓名\nA1,李鑫淼\nA2,王喆\n",
        "编号,地点\nA1,浏阳市澄潭江镇\n",
        "编号,姓名\nA1,\U00020bb7野家\nA2,张三,工单,数量\n",
        "工单,项目\nA1,甲\n",
    ],
)
def test_rare_characters_are_chinese_too(text: str) -> None:
    assert decoded(text.encode("gb18030")) == (text, "GB18030")


@pytest.mark.parametrize("text", ["編號,數量\nA1,一百二十個\nA2,變電站檢修記錄\n", "工單編號,處理結果\nA1,已經解決\n"])
def test_big5_is_not_taken_for_it(text: str) -> None:
    with pytest.raises(UnreadableError, match="Big5"):
        decoded(text.encode("big5"))


# ---- web tables


def table(*cells_of_row: str) -> list[str | None]:
    (found,) = read_html(f"<html><table><tr>{''.join(cells_of_row)}</tr></table></html>".encode())[0]
    return cells(found)[0]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<td x:num="0.496">50%</td>', "49.6%"),
        ('<td x:num="1234.5678">1,234.57</td>', "1234.5678"),
        ('<td x:num="44747.375">2022-7-5 9:00</td>', "2022-07-05 09:00:00"),
        ('<td x:num="44747">7月5日</td>', "2022-07-05 00:00:00"),
        ('<td x:num="0.25">6:00</td>', "6:00:00"),
        ("<td x:num>12</td>", "12"),
        ('<td x:num="12">约 12 次</td>', "约 12 次"),
        ('<td x:num="x">12</td>', "12"),
    ],
)
def test_a_cell_is_the_number_behind_it(cell: str, text: str) -> None:
    assert table(cell) == [text]


def test_what_nobody_sees_is_no_text() -> None:
    shown = table(
        '<td><span style="display:none">0001</span>A1</td>',
        '<td>甲<div style="DISPLAY: none">乙<b>丙</b><br>丁</div>戊</td>',
        "<td><p>一</p><p>二</p></td>",
        '<td><span style="display:none">x</td>',
        "<td>3</td>",
    )
    assert [one and one.replace(" ", "") for one in shown] == ["A1", "甲戊", "一二", "3"]


# ---- OpenDocument

_ODF = ("office", "table", "text", "drawing", "chart", "style")
NAMES = "".join(f' xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"' for one in _ODF)
NAMES += ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
NAMES += ' xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"'
NAMES += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'


def row(*texts: str) -> str:
    inner = "".join(f"<table:table-cell><text:p>{text}</text:p></table:table-cell>" for text in texts)
    return f"<table:table-row>{inner}</table:table-row>"


def ods(body: str, after: str = "", styles: str = "") -> list[SheetGrid]:
    text = f"<office:document{NAMES}>{styles}<office:body><office:spreadsheet>{body}</office:spreadsheet>{after}</office:body></office:document>"
    return list(read_flat_ods(text.encode()))


def test_only_sheets_are_sheets() -> None:
    source = '<table:table-source table:mode="copy-results-only"/>'
    body = (
        f'<table:table table:name="一">{row("甲")}</table:table>'
        f"<table:table table:name=\"'file:///d/b.ods'#一\">{source}{row('乙')}</table:table>"
        f'<table:table table:name="连">{source}{row("丙")}</table:table>'
        f"<table:dde-links><table:dde-link><table:table>{row('丁')}</table:table></table:dde-link></table:dde-links>"
    )
    chart = f'<office:spreadsheet><table:table table:name="图">{row("戊")}</table:table></office:spreadsheet>'
    assert [(sheet.sheet, cells(sheet)) for sheet in ods(body, chart)] == [("一", [["甲"]]), ("连", [["丙"]])]


def test_an_error_is_one_whatever_it_is_called() -> None:
    cell = '<table:table-cell office:value-type="string" calcext:value-type="error"><text:p>错误:502</text:p></table:table-cell>'
    (found,) = ods(f'<table:table table:name="一"><table:table-row>{cell}</table:table-row></table:table>')
    assert found.errors == [(0, 0)]


def test_comments_and_struck_rows_of_its_cells_are_told() -> None:
    def said(author: str, text: str) -> str:
        return f"<office:annotation><dc:creator>{author}</dc:creator><text:p>{text}</text:p></office:annotation>"

    struck, plain = (f'<table:table-cell table:style-name="{name}">' for name in ("划", "不划"))
    rows = [
        f"{struck}<text:p>甲</text:p></table:table-cell>" * 2,
        f"{struck}<text:p>甲</text:p></table:table-cell>" + f"{plain}<text:p>乙</text:p></table:table-cell>" * 3,
        f"{plain}{said('某人', '重复登记')}<text:p>甲</text:p></table:table-cell>"
        f"{plain}{said('itss-kpi', '请改')}</table:table-cell>{plain}{said('', '不计')}</table:table-cell>",
    ]
    body = "".join(f"<table:table-row>{one}</table:table-row>" for one in rows)
    styles = "".join(
        f'<style:style style:name="{name}"><style:text-properties{lined}/></style:style>'
        for name, lined in (("划", ' style:text-line-through-style="solid"'), ("不划", ""), ("无", ""))
    )
    (found,) = ods(f'<table:table table:name="一">{body}</table:table>', styles=styles)
    assert found.struck_rows == [0]
    assert found.comments == [(2, 0, "重复登记"), (2, 2, "不计")]
    assert cells(found)[2] == ["甲", None, None, None]


def test_its_days_are_counted_from_the_thirtieth() -> None:
    values = ["1899-12-30T06:00:00", "1899-12-31", "1900-02-28T12:00:00", "2022-07-05"]
    row_of_days = "".join(f'<table:table-cell office:value-type="date" office:date-value="{one}"/>' for one in values)
    (found,) = ods(f'<table:table table:name="一"><table:table-row>{row_of_days}</table:table-row></table:table>')
    assert cells(found) == [["6:00:00", "24:00:00", "1452:00:00", "2022-07-05 00:00:00"]]


def test_its_durations_are_hours_to_the_millisecond() -> None:
    values = ["PT09H30M00S", "P1DT1H", "PT90M00S", "PT00H00M00.999999999S", "PT00H00M01.5S", "-PT24H00M00S"]
    spans = "".join(f'<table:table-cell office:value-type="time" office:time-value="{one}"/>' for one in values)
    (found,) = ods(f'<table:table table:name="一"><table:table-row>{spans}</table:table-row></table:table>')
    assert cells(found) == [["9:30:00", "25:00:00", "1:30:00", "0:00:01", "0:00:01.5", "-PT24H00M00S"]]


def test_leading_zeros_that_a_style_shows_are_part_of_the_number() -> None:
    styles = (
        '<number:number-style style:name="N1"><number:text>INC-</number:text><number:number number:min-integer-digits="5"/></number:number-style>'
        '<number:number-style style:name="N2"><number:number number:min-integer-digits="2" number:decimal-places="2"/></number:number-style>'
        '<style:style style:name="ce1" style:family="table-cell" style:data-style-name="N1"/>'
        '<style:style style:name="ce2" style:family="table-cell" style:data-style-name="N2"/>'
    )
    row_of_numbers = "".join(
        f'<table:table-cell table:style-name="{style}" office:value-type="float" office:value="{value}"/>'
        for style, value in [("ce1", 12), ("ce2", 1.5), ("ce3", 7), ("ce1", 1.5)]
    )
    (found,) = ods(
        f'<table:table table:name="一"><table:table-row>{row_of_numbers}</table:table-row></table:table>',
        styles=f"<office:automatic-styles>{styles}</office:automatic-styles>",
    )
    assert cells(found) == [["INC-00012", "1.5", "7", "1.5"]]


# ---- more than any table has


def test_what_is_wider_than_any_sheet_is_refused_at_once() -> None:
    wide: list[Callable[[], object]] = [
        lambda: read_delimited(b"a," * 20_000 + b"\nb"),
        lambda: ods(
            '<table:table table:name="一"><table:table-row><table:table-cell table:number-columns-repeated="1000000">'
            "<text:p>x</text:p></table:table-cell></table:table-row></table:table>"
        ),
        lambda: read_html(b"<table><tr><td>x</td></tr></table>" * 1001),
    ]
    for read in wide:
        with pytest.raises(UnreadableError) as refused:
            read()
        assert refused.value.code == "D113"


def test_a_thousand_sheets_are_too_many(tmp_path: Path) -> None:
    body = f'<table:table table:name="一">{row("甲")}</table:table>'
    text = f"<office:document{NAMES} mime='opendocument.spreadsheet'><office:spreadsheet>{body * 1001}</office:spreadsheet></office:document>"
    path = tmp_path / "many.fods"
    path.write_text(text, encoding="utf-8")
    found = answer(path, 0, Reading(folder=tmp_path), None)
    assert (found["code"], found["message"]) == ("D113", "有 1000 张以上的工作表;此限不可调")


# ---- what kind of file


def test_a_stream_s_name_knows_no_case() -> None:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
    for name in ("Workbook", "WORKBOOK", "Book", "book"):
        assert form_of(head + name.encode("utf-16-le"), Reading()) == ("xls", None)
    with pytest.raises(UnreadableError, match="不是工作簿"):
        form_of(head + "WordDocument".encode("utf-16-le"), Reading())


# ---- XML of Excel 2003


def xml(styles: str, table: str, attributes: str = "") -> list[list[str | None]]:
    text = (
        f'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Styles>{styles}</Styles><Worksheet ss:Name="一"><Table{attributes}>{table}</Table></Worksheet></Workbook>'
    )
    (found,) = read_xml(text.encode())
    return cells(found)


STYLES = (
    '<Style ss:ID="Default"><NumberFormat/></Style><Style ss:ID="s1"><NumberFormat ss:Format="Percent"/></Style>'
    '<Style ss:ID="s2" ss:Parent="s1"><Font/></Style><Style ss:ID="s3" ss:Parent="s1"><NumberFormat/></Style>'
    '<Style ss:ID="s4"><NumberFormat ss:Format="0000"/></Style><Style ss:ID="s5"><NumberFormat ss:Format="[h]:mm"/></Style>'
    '<Style ss:ID="s6" ss:Parent="s6"/><Style><NumberFormat ss:Format="Short Date"/></Style>'
)


def number(value: str, style: str = "", kind: str = "Number") -> str:
    return f'<Cell{style and f" ss:StyleID={style!r}"}><Data ss:Type="{kind}">{value}</Data></Cell>'


def test_a_style_has_the_format_of_its_parent() -> None:
    row_of = "".join(number("5", style) for style in ("s1", "s2", "s3", "s4", "s6", "s7", "Default", ""))
    assert xml(STYLES, f"<Row>{row_of}</Row>") == [["500%", "500%", "5", "0005", "5", "5", "5", "5"]]


def test_a_cell_without_a_style_has_that_of_its_row_column_or_table() -> None:
    columns = '<Column/><Column ss:StyleID="s1" ss:Span="1"/><Column ss:Index="5" ss:StyleID="s4"/>'
    row_of = number("5") * 5 + number("5", "Default")
    table = f'{columns}<Row>{row_of}</Row><Row ss:StyleID="s4">{row_of}</Row>'
    assert xml(STYLES, table) == [["5", "500%", "500%", "5", "0005", "5"], ["0005"] * 5 + ["5"]]
    assert xml(STYLES, f"<Row>{number('5')}</Row>", ' ss:StyleID="s2"') == [["500%"]]


def test_a_moment_in_hours_that_count_on_is_a_duration() -> None:
    row_of = number("1903-05-18T13:36:28.800", "s5", "DateTime") + number("1899-12-31T12:00:00.000", "s5", "DateTime")
    assert xml(STYLES, f"<Row>{row_of}</Row>") == [["29629:36:28.8", "12:00:00"]]
