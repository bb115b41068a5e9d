"""What a sheet makes of a page's cells: numbers that can be reckoned with, where they are what the text shows."""

import io
from datetime import datetime
from fractions import Fraction

import openpyxl
import pytest
from kit.sheets import tables_of

from itss_kpi.pages.page import Cell, Chart, Line, Page, Table, columns
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
    write_page(book, "表", page, "2022", "D", {})
    sheet = openpyxl.load_workbook(io.BytesIO(book.content()))["表"]
    assert tables_of(sheet) == {"表": [{"名称": "甲", "数": written}]}
    (found,) = [one for row in sheet.iter_rows() for one in row if one.value == written]
    assert found.number_format == format


def test_a_chart_of_one_series_needs_no_legend() -> None:
    book = Book(datetime(2022, 1, 1), "")
    chart = Chart("图", ("甲", "乙"), (Line("数", (None, Fraction(2))),))
    write_page(book, "表", Page("", parts=[chart]), "2022", "D", {})
    (found,) = openpyxl.load_workbook(io.BytesIO(book.content()))["表"]._charts
    assert (found.legend, len(found.ser)) == (None, 1)


def test_a_long_text_leaves_the_others_their_room() -> None:
    book = Book(datetime(2022, 1, 1), "")
    numbers = "、".join(["ZLHD-12-2022-01"] * 9)
    rows = [["发布2022年运维服务质量管理计划", *[numbers] * 7]]
    write_page(book, "表", Page("", parts=[Table("表", columns("名称 一 二 三 四 五 六 七"), rows)]), "2022", "D", {})
    sheet = openpyxl.load_workbook(io.BytesIO(book.content()))["表"]
    (head,) = [cell.row for row in sheet.iter_rows() for cell in row if cell.value == "名称"]
    wide = [one.max_col - one.min_col + 1 for one in sheet.merged_cells.ranges if one.min_row == head]
    assert wide == [3] * 8
