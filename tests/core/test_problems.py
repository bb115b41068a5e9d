"""Problems: places print as `file:line` or `file!Sheet!F12`, and the code table is complete."""

import re
from pathlib import Path

import pytest

from itss_kpi.app.manual import passage
from itss_kpi.core.problem_codes import CODES, Kind, Severity
from itss_kpi.core.problems import KpiError, Place, Problem, count, errors, row_of, worst_first
from itss_kpi.pages.problems import codes_page
from itss_kpi.render import markdown


@pytest.mark.parametrize(
    ("place", "written"),
    [
        (Place(), ""),
        (Place("kpi.yaml"), "kpi.yaml"),
        (Place("kpi.yaml", line=12, key="target"), "kpi.yaml:12"),
        (Place("信息部/工单.xlsx", "Sheet1", "F12"), "信息部/工单.xlsx!Sheet1!F12"),
        (Place("信息部/工单.xlsx", "Sheet1"), "信息部/工单.xlsx!Sheet1"),
        (Place("工单.csv", cell="F12"), "工单.csv!F12"),
    ],
)
def test_a_place_as_printed(place: Place, written: str) -> None:
    assert str(place) == written


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (Problem("D203", "取值不对", Place("工单.xlsx", "7月", "F12")), "工单.xlsx!7月!F12: D203 取值不对"),
        (Problem("C101", "缩进有误", Place("kpi.yaml", line=3)), "kpi.yaml:3: C101 缩进有误"),
        (Problem("D101", "没有交"), "D101 没有交"),
    ],
)
def test_a_problem_as_printed(problem: Problem, line: str) -> None:
    assert str(problem) == line


def test_places_sort_by_path_then_sheet_then_cell() -> None:
    first, second, third = Place("a", "1", "A1"), Place("a", "2", "A1"), Place("b")
    assert sorted([third, second, first]) == [first, second, third]


@pytest.mark.parametrize(
    ("severity", "word"), [(Severity.ERROR, "错误"), (Severity.WARNING, "警告"), (Severity.INFO, "提示")]
)
def test_a_severity_has_a_word(severity: Severity, word: str) -> None:
    assert severity.label == word


@pytest.mark.parametrize(
    ("code", "severity"),
    [("C101", "error"), ("C201", "warning"), ("D106", "info"), ("D301", "warning"), ("D302", "error")],
)
def test_a_problem_is_as_severe_as_its_code(code: str, severity: str) -> None:
    assert Problem(code, "…").severity == severity


def test_a_problem_says_how_to_mend_it() -> None:
    assert "补填" in Problem("D204", "必填单元格为空").remedy


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_a_letter_and_three_digits_and_explained(code: str) -> None:
    assert re.fullmatch(r"[ACDV][1-9]\d\d", code)
    kind = CODES[code]
    for text in (kind.title, kind.remedy, kind.meaning, kind.effect, kind.example):
        assert re.search("[\u4e00-\u9fff]", text) or text == kind.example
        assert text == text.strip(" 。")


@pytest.mark.parametrize("code", CODES)
def test_no_code_explains_itself_by_its_title(code: str) -> None:
    kind = CODES[code]
    assert len({kind.title, kind.remedy, kind.meaning, kind.effect, kind.example}) == 5


def test_a_code_without_an_explanation_is_impossible() -> None:
    with pytest.raises(TypeError):
        Kind(Severity.ERROR, "题", "改")  # type: ignore[call-arg]


def test_no_two_codes_mean_the_same() -> None:
    assert len({kind.title for kind in CODES.values()}) == len(CODES)


def test_an_error_carries_its_problems_and_the_exit_code() -> None:
    error = KpiError(iter([Problem("D101", "甲"), Problem("D102", "乙")]), 4)
    assert (error.exit_code, [problem.code for problem in error.problems], str(error)) == (
        4,
        ["D101", "D102"],
        "D101 甲\nD102 乙",
    )


@pytest.mark.parametrize(
    ("problem", "department"),
    [
        (Problem("D201", "…", Place("甲部/a.xlsx", "表", "B2")), "甲部"),
        (Problem("D101", "…", Place("甲部")), "甲部"),
        (Problem("D103", "…", Place("甲部门/a.xlsx")), None),
        (Problem("C101", "…", Place("甲部/kpi.yaml", line=3)), None),
        (Problem("V404", "…"), None),
    ],
)
def test_a_problem_is_that_of_the_department_in_whose_folder_it_lies(problem: Problem, department: str | None) -> None:
    assert problem.department(["甲部", "乙部"]) == department


@pytest.mark.parametrize(
    ("place", "row"),
    [
        (Place("a.xlsx", "表", "AB12"), 12),
        (Place("a.xlsx", "表", "第7行"), 7),
        (Place("a.yaml", line=5), 5),
        (Place("a.xlsx", "表"), 0),
    ],
)
def test_row_of_a_place(place: Place, row: int) -> None:
    assert row_of(place) == row


def test_worst_first_and_then_as_it_stands_in_the_file() -> None:
    cells = ["F12", "F2", "AB2", "B2"]
    listed = [Problem("D303", "…", Place("a", "表")), *(Problem("D201", "…", Place("a", "表", cell)) for cell in cells)]
    listed.append(Problem("D301", "…", Place("a", "表", "A1")))
    assert [(one.code, one.place.cell) for one in worst_first(listed)] == [
        ("D201", "B2"), ("D201", "F2"), ("D201", "AB2"), ("D201", "F12"), ("D301", "A1"), ("D303", ""),
    ]  # fmt: skip


def test_count_has_every_severity() -> None:
    found = count([Problem("D101", "a"), Problem("D103", "b"), Problem("D102", "c")])
    assert found == {Severity.ERROR: 2, Severity.WARNING: 1, Severity.INFO: 0}


def test_errors_leaves_warnings_and_infos_out() -> None:
    bad, warned, noted = Problem("D101", "a"), Problem("D103", "b"), Problem("D106", "c")
    assert errors([bad, warned, noted]) == [bad]


def test_the_manual_lists_every_code_as_it_is() -> None:
    rows = re.findall(r"^\| ([A-Z]\d{3}) \| (.*) \|$", passage("问题代码").text, re.MULTILINE)
    expected = [(code, f"{kind.severity.label} | {kind.title} | {kind.remedy}") for code, kind in CODES.items()]
    assert sorted(rows) == sorted(expected)


def test_the_committed_page_of_problems_is_the_code_table() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "problems.md").read_text(encoding="utf-8")
    assert page == markdown.render(codes_page()) + "\n", "make problems"
    assert re.findall(r"^### ([A-Z]\d{3}) ", page, re.MULTILINE) == list(CODES)
