"""The compliance workbook on paper: what LibreOffice prints of it."""

import re
from pathlib import Path

import pytest
from kit import books
from kit.office import CAN_PRINT, WHY_NOT_PRINTED, on_paper, pages_of
from kit.shared import Shared

pytestmark = pytest.mark.skipif(not CAN_PRINT, reason=WHY_NOT_PRINTED)


@pytest.fixture(scope="module")
def paper(shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return on_paper(tmp_path_factory.mktemp("paper"), shared.short())[0]


@pytest.fixture(scope="module")
def pages(paper: Path) -> list[str]:
    return pages_of(paper)


def of(pages: list[str], sheet: str) -> list[str]:
    """The pages of a sheet, whose name stands at the right of their first line."""
    return [page for page in pages if page.lstrip("\n").splitlines()[0].split()[-1] == sheet]


def test_no_number_is_too_wide_for_its_cell(pages: list[str]) -> None:
    assert not [page for page in pages if "###" in page]


def test_the_answer_stands_on_the_first_page(pages: list[str]) -> None:
    first, *rest = of(pages, "总览")
    assert len(rest) == 1
    assert pages[0] == first
    for words in (
        "湖南同飞电力调度信息有限责任公司",
        "2022Q3 运维服务指标达成情况",
        "TFDL-ITSS-08-09",
        "编制",
        "审核",
        "批准",
    ):
        assert words in first
    points = re.findall(r"(未达成|待核实|已失守) +(\d+) ", first)
    assert points == [("未达成", "9"), ("未达成", "18"), ("未达成", "20"), ("待核实", "18"), ("已失守", "25")]


def test_pages_are_numbered_and_carry_the_document(pages: list[str]) -> None:
    for at, page in enumerate(pages, 1):
        assert page.lstrip("\n").splitlines()[0].split()[:2] == ["TFDL-ITSS-08-09", "V1.0"]
        assert f"第 {at} 页 共 {len(pages)} 页" in page


def test_each_analysis_is_whole_on_a_page(pages: list[str]) -> None:
    blocks = of(pages, "未达成分析")
    assert len(blocks) == 4
    for page in blocks:
        for words in ("考核要求", "原因分析", "纠正措施", "责任部门", "责任人", "完成期限", "验证结果"):
            assert words in page


def test_headers_of_long_tables_stand_on_each_page(pages: list[str]) -> None:
    results = of(pages, "指标达成情况")
    assert len(results) > 1
    assert all("复算结论" in page.replace(" ", "").replace("\n", "") for page in results)
    evidence = of(pages, "证据-18事件及时响应率")
    assert len(evidence) > 1
    assert all("计入分子" in page for page in evidence)


PRINTED = {"质量活动": 24, "监督检查": 24, "不符合项与改进": 24, "满意度分析": 24, "条款矩阵": 24}
"""The columns of the year's sheets that are printed."""


def test_what_else_the_plan_has_done_is_printed_whole(shared: Shared, paper: Path) -> None:
    raw = pages_of(paper, "-raw")
    for sheet in PRINTED:
        text = bare("".join(of(raw, sheet)))
        cells = [cell for cell in books.read(shared.short())[sheet].cells.values() if isinstance(cell.value, str)]
        inside = [cell for cell in cells if books.place(cell.ref)[1] <= PRINTED[sheet]]
        assert len(inside) > 100
        # a cell's lines are written one after the other, so a text that is cut off isn't there as a whole; a sign
        # that the text's font doesn't have may come after it
        assert [cell.ref for cell in inside if bare(cell.text).lstrip("✗") not in text] == [], sheet


def bare(text: str) -> str:
    return "".join(text.split())


def test_heads_of_the_year_s_lists_stand_on_each_page(pages: list[str]) -> None:
    for sheet, head in (
        ("质量活动", "记录编号"),
        ("不符合项与改进", "来源或类别"),
        ("条款矩阵", "证据文件与行数"),
    ):
        mine = of(pages, sheet)
        assert len(mine) > 1
        assert all(head in bare(page) for page in mine), sheet
    # of the records of checks, on the pages that follow their head
    records = [page for page in of(pages, "监督检查") if page.count("监督检查记录_") > 20]
    assert len(records) > 1
    assert all("被检查部门" in page for page in records)


def test_every_sheet_is_printed_in_chinese(pages: list[str]) -> None:
    for sheet in ("纵向对比", "横向对比", "数据核对", "数据问题", "口径说明", "变更履历", "运行信息"):
        assert of(pages, sheet), sheet
    words = re.findall(r"[A-Za-z]{4,}", " ".join(of(pages, "总览") + of(pages, "纵向对比") + of(pages, "未达成分析")))
    assert set(words) <= {"TFDL", "ITSS", "XXSJ", "TXSJ", "xlsx"}
