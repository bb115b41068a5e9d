"""The compliance workbook on paper: what LibreOffice prints of it."""

import re
from pathlib import Path

import openpyxl
import pytest
from kit import books
from kit.office import CAN_PRINT, WHY_NOT_PRINTED, on_paper, pages_of
from kit.shared import Shared
from openpyxl.utils import range_boundaries

pytestmark = pytest.mark.skipif(not CAN_PRINT, reason=WHY_NOT_PRINTED)


@pytest.fixture(scope="module")
def papers(shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The third quarter's workbook, its evidence, and the year's workbook."""
    short = shared.short()
    return on_paper(tmp_path_factory.mktemp("paper"), short, books.evidence_of(short), shared.sample("2022"))


@pytest.fixture(scope="module")
def pages(papers: list[Path]) -> list[str]:
    return pages_of(papers[0])


@pytest.fixture(scope="module")
def proof(papers: list[Path]) -> list[str]:
    return pages_of(papers[1])


def test_a_management_review_can_read_it(pages: list[str], papers: list[Path]) -> None:
    assert len(pages) <= 40
    assert len(pages_of(papers[2])) <= 40


def test_no_type_is_smaller_than_seven_points(shared: Shared) -> None:
    for path in (shared.sample("2022Q3"), shared.sample("2022")):
        for sheet in openpyxl.load_workbook(path).worksheets:
            area = sheet.print_area.replace("$", "").split("!")[-1].split(",")[0] or sheet.dimensions
            _, _, last, _ = range_boundaries(area)
            spans = [(one.min, min(one.max, last), one.width) for one in sheet.column_dimensions.values() if one.max]
            wide = sum((to - first + 1) * width for first, to, width in spans if first <= to)
            fitted = sheet.sheet_properties.pageSetUpPr.fitToPage
            # 119 characters of ten points go across the page
            scale = min(1, 119 / wide) if fitted else sheet.page_setup.scale / 100
            cells = (cell for row in sheet.iter_rows(max_col=last) for cell in row)
            sizes = [cell.font.sz for cell in cells if cell.value is not None and cell.font.sz]
            assert min(sizes) * scale >= 6.95, (sheet.title, scale)


def of(pages: list[str], sheet: str) -> list[str]:
    """The pages of a sheet, whose name stands at the right of their first line."""
    return [page for page in pages if page.lstrip("\n").splitlines()[0].split()[-1] == sheet]


def test_no_number_is_too_wide_for_its_cell(pages: list[str]) -> None:
    assert not [page for page in pages if "###" in page]


def test_the_answer_stands_on_the_first_page(pages: list[str]) -> None:
    first, *rest = of(pages, "总览")
    assert len(rest) == 1
    assert "到期14项:达成9项、未达成3项、待核实1项、不适用1项;达成率75.00%(达成÷(达成+未达成))" in bare(first)
    assert "原因:坐席交接班时漏派;措施:交接班时核对未派工单;责任:信息部、Y1131;完成期限2022-11-30(进行中)" in bare(
        first
    )
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
    points = re.findall(r"[✗?] (未达成|待核实|已失守) +(\d+) ", first)
    assert points == [("未达成", "9"), ("未达成", "18"), ("未达成", "20"), ("待核实", "18"), ("已失守", "25")]


def test_pages_are_numbered_and_carry_the_document(pages: list[str]) -> None:
    for at, page in enumerate(pages, 1):
        assert page.lstrip("\n").splitlines()[0].split()[:2] == ["TFDL-ITSS-08-09", "V1.0"]
        assert f"第 {at} 页 共 {len(pages)} 页" in page


def test_each_analysis_is_whole_on_a_page(pages: list[str]) -> None:
    found = of(pages, "未达成分析")
    blocks = [page.count("考核要求") for page in found]
    assert sum(blocks) == 4
    for page, count in zip(found, blocks, strict=True):
        for words in ("原因分析", "纠正措施", "责任部门", "责任人", "完成期限", "验证结果"):
            assert len(re.findall(rf"^ *{words}", page, re.MULTILINE)) == count


def test_headers_of_long_tables_stand_on_each_page(pages: list[str], proof: list[str]) -> None:
    for results, head in ((of(pages, "指标达成情况"), "考核要求"), (of(proof, "复算"), "复算结论")):
        assert len(results) > 1
        assert all(head in bare(page) for page in results)
    evidence = of(proof, "证据-18事件及时响应率")
    assert len(evidence) > 1
    assert all("计入分子" in page for page in evidence)


PRINTED = {"质量活动": 24, "监督检查": 24, "不符合项与改进": 24, "满意度分析": 24, "条款矩阵": 24}
"""The columns of the year's sheets that are printed."""


def test_what_else_the_plan_has_done_is_printed_whole(shared: Shared, papers: list[Path]) -> None:
    raw = [page for paper in papers[:2] for page in pages_of(paper, "-raw")]
    book = books.read(shared.short())
    areas = {sheet: area for name, sheet, area in book.names if name == "_xlnm.Print_Area"}
    for sheet in PRINTED:
        text = bare("".join(of(raw, sheet)))
        rows = [tuple(map(int, re.findall(r"\$(\d+)", one))) for one in areas[sheet].split(",")]
        cells = [cell for cell in book[sheet].cells.values() if isinstance(cell.value, str)]
        inside = [cell for cell in cells if books.place(cell.ref)[1] <= PRINTED[sheet]]
        inside = [cell for cell in inside if any(first <= cell.row <= last for first, last in rows)]
        assert len(inside) > (100 if sheet != "条款矩阵" else 20)
        # a cell's lines are written one after the other, so a text that is cut off isn't there as a whole; a sign
        # that the text's font doesn't have may come after it
        assert [cell.ref for cell in inside if bare(cell.text).lstrip("✗") not in text] == [], sheet


def bare(text: str) -> str:
    return "".join(text.split())


def test_heads_of_the_year_s_lists_stand_on_each_page(pages: list[str]) -> None:
    # one list after the other: each page has the head of one of them
    findings = of(pages, "不符合项与改进")
    assert len(findings) > 1
    assert all("发现日期" in bare(page) or "计划完成" in bare(page) for page in findings)


def test_every_record_stands_on_the_sheet_and_not_on_paper(shared: Shared, pages: list[str]) -> None:
    sheet = books.read(shared.short())["监督检查"]
    assert sum("监督检查记录_" in cell.text for cell in sheet.cells.values()) > 100
    assert sum(page.count("监督检查记录_") for page in of(pages, "监督检查")) < 40


def test_every_sheet_is_printed_in_chinese(pages: list[str], proof: list[str]) -> None:
    for sheet in ("纵向对比", "口径说明", "变更履历"):
        assert of(pages, sheet), sheet
    for sheet in ("横向对比", "数据核对", "数据问题", "运行信息"):
        assert of(proof, sheet), sheet
    text = " ".join(of(pages, "总览") + of(pages, "纵向对比") + of(pages, "未达成分析"))
    words = re.findall(r"[A-Za-z]{4,}", re.sub("[0-9a-f]{64}|short_证据", "", text))
    assert set(words) <= {"TFDL", "ITSS", "XXSJ", "TXSJ", "xlsx"}
