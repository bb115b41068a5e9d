"""What people add to a workbook: each kind is seen, and saving alone is none."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from kit.office import HAS_OFFICE, WHY_NOT, recalculated
from kit.whole import HANDED_IN, WHOLE, year_of
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet.filters import FilterColumn
from openpyxl.worksheet.pagebreak import Break

from itss_kpi.render.additions import additions
from itss_kpi.render.xlsx import untouched
from itss_kpi.workbook.unmet import SHEET
from itss_kpi.workbook.workbook import Contents, blank_workbook, compliance_workbook

Change = Callable[[Any], object]


@pytest.fixture(scope="module")
def written() -> bytes:
    """A small company's workbook."""
    return compliance_workbook(Contents(year_of(WHOLE, HANDED_IN, "2022Q1"), "", (), {}, 100)).workbook


def changed(content: bytes, change: Change) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    change(book)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def put(sheet: str, cell: str, value: object) -> Change:
    return lambda book: book[sheet].__setitem__(cell, value)


def colour(book: Any) -> None:
    book["指标达成情况"]["C6"].fill = PatternFill("solid", fgColor="FFFF00")


def comment(book: Any) -> None:
    book["总览"]["B12"].comment = Comment("请核对", "质量组")


def filtered(book: Any) -> None:
    book["指标达成情况"].auto_filter.filterColumn.append(FilterColumn(colId=1))


ADDED: dict[str, tuple[Change, str]] = {
    "a signature": (put("总览", "B9", "张三 2022-04-05"), "“总览”的单元格的内容"),
    "a date of approval": (put("变更履历", "C5", "2022-04-05"), "“变更履历”的单元格的内容"),
    "a confirmation": (put("口径说明", "I5", "同意"), "“口径说明”的单元格的内容"),
    "a column": (put("指标达成情况", "Z5", "备注"), "“指标达成情况”的单元格的内容"),
    "a note below a table": (put("纠正措施跟踪", "A60", "以上已核对"), "“纠正措施跟踪”的单元格的内容"),
    "a note beside an analysis": (put(SHEET, "L3", "见附件"), f"“{SHEET}”的单元格的内容"),
    "a figure typed over": (put("指标达成情况", "I6", 0.5), "“指标达成情况”的单元格的内容"),
    "a formula": (put("总览", "L30", "=1+1"), "“总览”的单元格的内容"),
    "a cell emptied": (put("总览", "A1", None), "“总览”的单元格的内容"),
    "a comment": (comment, "“总览”的批注"),
    "a colour": (colour, "“指标达成情况”的颜色"),
    "a sheet": (lambda book: book.create_sheet("会议记录"), "添加的工作表“会议记录”"),
    "a renamed sheet": (lambda book: setattr(book["质量活动"], "title", "活动"), "工作表“质量活动”改了名或不在了"),
    "a sheet taken out": (lambda book: book.remove(book["监督检查"]), "工作表“监督检查”改了名或不在了"),
    "a filter": (filtered, "“指标达成情况”的筛选或隐藏的行列"),
    "a hidden row": (
        lambda book: setattr(book["指标达成情况"].row_dimensions[6], "hidden", True),
        "“指标达成情况”的筛选或隐藏的行列",
    ),
    "a print area": (lambda book: setattr(book["总览"], "print_area", "A1:C9"), "“总览”的打印设置"),
    "a page break": (lambda book: book["总览"].row_breaks.append(Break(id=7)), "“总览”的打印设置"),
    "another paper": (lambda book: setattr(book["总览"].page_setup, "paperSize", "8"), "“总览”的打印设置"),
}


@pytest.mark.parametrize("kind", ADDED)
def test_each_kind_of_addition_is_named(kind: str, written: bytes) -> None:
    change, said = ADDED[kind]
    assert said in additions(changed(written, change), SHEET)


def test_saving_adds_nothing(written: bytes) -> None:
    assert additions(written, SHEET) == []
    assert additions(changed(written, lambda book: None), SHEET) == []


def test_what_is_filled_in_where_it_is_kept_is_no_addition(written: bytes) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(written))[SHEET]
    cells = [f"B{row[0].row}" for row in sheet.iter_rows() if row[0].value in ("原因分析", "责任人")]
    assert cells
    for cell in cells:
        assert additions(changed(written, put(SHEET, cell, "备件不足")), SHEET) == []


def test_a_picture_is_an_addition(written: bytes) -> None:
    added = io.BytesIO(written)
    with zipfile.ZipFile(added, "a") as package:
        package.writestr("xl/media/image1.png", b"\x89PNG")
    assert additions(added.getvalue(), SHEET) == ["图片"]


def test_nothing_is_known_of_a_workbook_without_marks() -> None:
    book = openpyxl.Workbook()
    saved = io.BytesIO()
    book.save(saved)
    assert additions(saved.getvalue(), SHEET) == []


def test_a_file_is_untouched_until_it_is_saved_or_a_byte_of_it_changes() -> None:
    for content in compliance_workbook(Contents(year_of(WHOLE, HANDED_IN, "2022Q1"), "", (), {}, 100)):
        assert untouched(content)
        assert not untouched(changed(content, lambda book: None))
        assert not untouched(content[: len(content) // 2])
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = {name: package.read(name) for name in package.namelist()}
        for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml"):
            made = io.BytesIO()
            with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
                for one, part in parts.items():
                    package.writestr(one, part.replace(b">", b"> ", 1) if one == name else part)
            assert not untouched(made.getvalue())


@pytest.mark.skipif(not HAS_OFFICE, reason=WHY_NOT)
def test_what_another_program_saves_has_no_addition_but_those_made(tmp_path: Path, written: bytes) -> None:
    made = {
        "plain.xlsx": written,
        "blank.xlsx": blank_workbook(Contents(year_of(WHOLE, HANDED_IN, "2022Q1"), "", (), {}, 100)),
        "signed.xlsx": changed(written, ADDED["a signature"][0]),
        "noted.xlsx": changed(written, comment),
    }
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    saved = recalculated(tmp_path, *(tmp_path / name for name in made))
    found = {path.name: additions(path.read_bytes(), SHEET) for path in saved}
    assert found == {
        "plain.xlsx": [],
        "blank.xlsx": [],
        "signed.xlsx": ["“总览”的单元格的内容"],
        "noted.xlsx": ["“总览”的批注"],
    }
