"""What a sheet makes of a page's cells: numbers that can be reckoned with, where they are what the text shows."""

import io
from datetime import datetime
from fractions import Fraction

import openpyxl
import pytest
from kit.sheets import tables_of

from itss_kpi.pages.making import columns
from itss_kpi.pages.page import Cell, Chart, Line, Note, Page, Table, Tone
from itss_kpi.render.sheet import write_page
from itss_kpi.render.xlsx import Book


@pytest.mark.parametrize(
    ("cell", "written", "format"),
    [
        (Cell("✓ 96.13%", value="0.96125"), 0.96125, '"✓ "0.00%'),
        (Cell("4.50分(归档)", value="4.5"), 4.5, '0.00"分(归档)"'),
        (Cell("−1", value="-0.6"), -0.6, "0"),
        (Cell("−0.92个百分点", value="-0.0092"), "−0.92个百分点", "General"),  # of another unit
        (Cell("<0.01%", value="0.00001"), "<0.01%", "General"),
        (Cell("95%~96%", value="0.95"), "95%~96%", "General"),
        (Cell("✗ 逾期 61 天", value="逾期"), "✗ 逾期 61 天", "General"),
        (Cell("—", value=""), "—", "General"),
        (Cell("12.5"), "12.5", "General"),
    ],
)
def test_a_number_is_written_as_one(cell: Cell, written: float | str, format: str) -> None:
    book = Book(datetime(2022, 1, 1), "")
    page = Page("", parts=[Table("表", columns("名称 数"), [["甲", cell]])])
    write_page(book, "表", page, "2022", {})
    sheet = openpyxl.load_workbook(io.BytesIO(book.content()))["表"]
    assert tables_of(sheet) == {"表": [{"名称": "甲", "数": written}]}
    (found,) = [one for row in sheet.iter_rows() for one in row if one.value == written]
    assert found.number_format == format


def test_a_chart_of_one_series_needs_no_legend() -> None:
    book = Book(datetime(2022, 1, 1), "")
    chart = Chart("图", ("甲", "乙"), (Line("数", (None, Fraction(2))),))
    write_page(book, "表", Page("", parts=[chart]), "2022", {})
    (found,) = openpyxl.load_workbook(io.BytesIO(book.content()))["表"]._charts
    assert (found.legend, len(found.ser)) == (None, 1)


def test_a_long_text_leaves_the_others_their_room() -> None:
    book = Book(datetime(2022, 1, 1), "")
    numbers = "、".join(["ZLHD-12-2022-01"] * 9)
    rows = [["发布2022年运维服务质量管理计划", *[numbers] * 7]]
    write_page(
        book, "表", Page("", parts=[Note("注"), Table("表", columns("名称 一 二 三 四 五 六 七"), rows)]), "2022", {}
    )
    sheet = openpyxl.load_workbook(io.BytesIO(book.content()))["表"]
    (head,) = [cell.row for row in sheet.iter_rows() for cell in row if cell.value == "名称"]
    wide = [one.max_col - one.min_col + 1 for one in sheet.merged_cells.ranges if one.min_row == head]
    assert wide == [3] * 8


def test_tables_with_the_same_columns_share_one_grid() -> None:
    """On paper the head of the longest stands above the rows of the others, too."""
    head = columns("名称 来源 进度 说明")
    long = [[f"甲{at}", "内审", "", "一句相当长的说明,要占不少地方"] for at in range(12)]
    parts = [
        Table("长", head, long),
        Table("短", head, [["乙", "", "50%", ""]]),
        Table("别的", columns("名称 来源"), [["丙", ""], ["丁", "外审"]]),
    ]
    book = Book(datetime(2022, 1, 1), "")
    write_page(book, "表", Page("", parts=parts), "2022", {})
    sheet = openpyxl.load_workbook(io.BytesIO(book.content()))["表"]
    found = tables_of(sheet)
    assert list(found["长"][0]) == list(found["短"][0]) == ["名称", "来源", "进度", "说明"]
    assert list(found["别的"][0]) == ["名称", "来源"]
    at = {title: row[0].row + 1 for row in sheet.iter_rows() for title in found if row[0].value == title}
    spans = {
        row: sorted((one.min_col, one.max_col) for one in sheet.merged_cells.ranges if one.min_row == row)
        for row in at.values()
    }
    assert spans[at["长"]] == spans[at["短"]]
    assert sheet.print_title_rows == f"${at['长']}:${at['长']}"


def test_a_single_cell_is_not_merged() -> None:
    """Excel takes a workbook with such a range for a damaged one."""
    book = Book(datetime(2022, 1, 1), "")
    write_page(book, "表", Page("", parts=[Note("注"), Table("表", columns("甲 乙"), [["1", "长" * 40]])]), "2022", {})
    sheet = openpyxl.load_workbook(io.BytesIO(book.content()))["表"]
    assert [one.coord for one in sheet.merged_cells.ranges if one.size["rows"] * one.size["columns"] == 1] == []


def test_a_sheet_that_is_one_table_can_be_sorted_and_filtered() -> None:
    book = Book(datetime(2022, 1, 1), "")
    rows = [["1", Cell("去看", leads_to="x"), ""], ["2", "一句" * 40, Cell("", Tone.FILL_IN)]]
    write_page(
        book,
        "表",
        Page("", parts=[Table("", columns("序号 说明 签字 空"), [[*row, ""] for row in rows])]),
        "",
        {"x": "'表'!A1"},
    )
    sheet = openpyxl.load_workbook(io.BytesIO(book.content()))["表"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["表", None, None],
        ["序号", "说明", "签字"],
        [1, "去看", None],
        [2, "一句" * 40, None],
    ]
    assert (sheet.auto_filter.ref, sheet.freeze_panes, sheet.merged_cells.ranges) == ("A2:C4", "A3", set())
    assert sheet["B3"].hyperlink.location == "'表'!A1"
    assert sheet["C4"].fill.fgColor.rgb == "00FFF9E5"
    assert sheet.row_dimensions[4].height > sheet.row_dimensions[3].height
