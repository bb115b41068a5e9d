"""The compliance workbook on paper: what LibreOffice prints of it."""

import re
from pathlib import Path

import pytest
from office import CAN_PRINT, WHY_NOT_PRINTED, printed

from itss_kpi.cli import run

pytestmark = pytest.mark.skipif(not CAN_PRINT, reason=WHY_NOT_PRINTED)
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("pages")
    path = folder / "2022Q3.xlsx"
    catalogue = str(ROOT / "kpi_definitions.yaml")
    assert run(["report", "-p", "2022Q3", "-c", catalogue, "-o", str(path), "--evidence-rows", "120"]) == 0
    return printed(path, folder)


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


def test_every_sheet_is_printed_in_chinese(pages: list[str]) -> None:
    for sheet in ("纵向对比", "横向对比", "数据核对", "数据问题", "口径说明", "变更履历", "运行信息"):
        assert of(pages, sheet), sheet
    words = re.findall(r"[A-Za-z]{4,}", " ".join(of(pages, "总览") + of(pages, "纵向对比") + of(pages, "未达成分析")))
    assert set(words) <= {"TFDL", "ITSS", "XXSJ", "TXSJ", "xlsx"}
