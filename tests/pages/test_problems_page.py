"""How problems look in each form: grouped, worst first, whole, and harmless whatever stands in files and names."""

import io
import re
from xml.etree import ElementTree as ET

import pytest
from rich.cells import cell_len
from rich.console import Console, RenderableType

from itss_kpi.core.problem_codes import CODES, Severity
from itss_kpi.core.problems import Place, Problem, chosen, condensed, count
from itss_kpi.core.text import escape_controls
from itss_kpi.pages.problems import SECTIONS, code_page, codes_page, problems_page, to_json
from itss_kpi.render import github, junit, markdown
from itss_kpi.render.terminal import render

DEPARTMENTS = ("乙部", "甲部")
FILE = Place("甲部/[red]a.xlsx", "表", "B2")
PROBLEMS = [
    Problem("V404", "甲部没有记录"),
    Problem("D303", "非数据行", Place("甲部/[red]a.xlsx", "表")),
    Problem("D301", "重复", FILE),
    Problem("D201", "读不成日期:“[bold]\x1b[0m”", Place("甲部/[red]a.xlsx", "表", "C12")),
    Problem("D201", "读不成日期:“待补”", Place("甲部/[red]a.xlsx", "表", "C3")),
    Problem("D101", "甲部没有交“工单”", Place("甲部")),
    Problem("D103", "没有这个部门", Place("甲部门")),
    Problem("D102", "已损坏", Place("乙部/b.xlsx")),
    Problem("C205", "target:没有写比较符号", Place("kpi.yaml", line=7, key="target")),
]
HOSTILE = '\x1b]0;x\x07\u202e]]>&<b a="1">\r\n::error::x%0A,y:z\ufffe\uffff\ud800\x00'


def printed(renderable: RenderableType, *, colour: bool = False) -> list[str]:
    console = Console(
        width=200, file=io.StringIO(), highlight=False, force_terminal=colour, color_system="standard" if colour else None
    )  # fmt: skip
    with console.capture() as capture:
        console.print(renderable, soft_wrap=True)
    return capture.get().splitlines()


def test_text_is_by_department_and_file_with_the_catalogue_first_and_worst_first() -> None:
    assert printed(render(problems_page(PROBLEMS, DEPARTMENTS, every=True))) == [
        "指标目录",
        "  kpi.yaml",
        "    警告 kpi.yaml:7: C205 target:没有写比较符号 — 写明 '>= 100%' 或 '= 100%'",
        "乙部",
        "  乙部/b.xlsx",
        "    错误 乙部/b.xlsx: D102 已损坏 — 用 Excel 或 WPS 打开后另存为 .xlsx 再交",
        "甲部",
        "  错误 甲部: D101 甲部没有交“工单” — 请责任部门补交所缺月份的文件",
        "  甲部/[red]a.xlsx",
        "    错误 甲部/[red]a.xlsx!表!C3: D201 读不成日期:“待补” — 在原台账中改成正确的值",
        "    错误 甲部/[red]a.xlsx!表!C12: D201 读不成日期:“[bold]\\x1b[0m” — 在原台账中改成正确的值",
        "    警告 甲部/[red]a.xlsx!表!B2: D301 重复 — 只计一次;建议在台账中去重",
        "    提示 甲部/[red]a.xlsx!表: D303 非数据行 — 无须处理",
        "其他文件夹",
        "  甲部门",
        "    警告 甲部门: D103 没有这个部门 — 按台账名称与考核期改名,如 事件工单_2022Q3.xlsx",
        "计算结果",
        "  错误 V404 甲部没有记录 — 请该部门补报",
        "共 错误 4、警告 3、提示 1",
    ]


def test_problems_of_one_cause_are_one_line() -> None:
    listed = [line.strip() for line in printed(render(problems_page(PROBLEMS, DEPARTMENTS)))]
    assert [line for line in listed if "D201" in line] == [
        "错误 甲部/[red]a.xlsx!表!C3: D201 读不成日期:“待补”;同样的共 2 处(C 列第 3、12 行) — 在原台账中改成正确的值"
    ]
    assert listed[-1] == "共 错误 4、警告 3、提示 1"


def test_what_is_said_of_two_tables_of_a_sheet_is_one_line() -> None:
    said = Problem("D131", "名称写着“旧”", Place("甲部/a.xlsx", "旧"))
    listed = [line.strip() for line in printed(render(problems_page([said, said], DEPARTMENTS))) if "D131" in line]
    assert [line.partition(" — ")[0] for line in listed] == ["错误 甲部/a.xlsx!旧: D131 名称写着“旧”"]


def test_of_many_problems_of_one_cause_the_first_are_kept_and_the_rest_counted() -> None:
    many = [Problem("D201", "坏", Place("甲部/a.xlsx", "表", f"AB{row}")) for row in range(2, 24_002)]
    other = Problem("D201", "坏", Place("甲部/a.xlsx", "表", "C2"))
    kept = condensed([*many, other])
    assert (len(kept), kept[19], kept[20], kept[21].times) == (22, many[19], other, 23_980)
    assert count(kept)[Severity.ERROR] == count([*many, other])[Severity.ERROR] == 2
    lines = [line.strip() for line in printed(render(problems_page(kept, DEPARTMENTS)))]
    assert "错误 甲部/a.xlsx!表!AB2: D201 坏;同样的共 24000 处(AB 列第 2~21 行等) — 在原台账中改成正确的值" in lines


def test_problems_are_chosen_by_level_department_and_file() -> None:
    assert {one.code for one in chosen(PROBLEMS, DEPARTMENTS, Severity.WARNING)} == {
        "V404", "D301", "D201", "D101", "D103", "D102", "C205",
    }  # fmt: skip
    assert [one.code for one in chosen(PROBLEMS, DEPARTMENTS, Severity.ERROR, "甲部")] == ["D201", "D201", "D101"]
    assert [one.code for one in chosen(PROBLEMS, DEPARTMENTS, file="b.xlsx")] == ["D102"]


def test_text_of_no_problems_and_its_colours() -> None:
    assert printed(render(problems_page([], DEPARTMENTS))) == ["没有发现问题"]
    assert "\x1b[1;31m错误" in "".join(printed(render(problems_page(PROBLEMS, DEPARTMENTS)), colour=True))


def test_json_is_whole_and_in_the_order_of_the_text() -> None:
    found = to_json(PROBLEMS, DEPARTMENTS)
    assert (found["schema"], found["counts"]) == ("itss-kpi/problems/1", {"error": 4, "warning": 3, "info": 1})
    assert [(one["code"], one["department"]) for one in found["problems"]] == [
        ("C205", None), ("D102", "乙部"), ("D101", "甲部"), ("D201", "甲部"), ("D201", "甲部"), ("D301", "甲部"),
        ("D303", "甲部"), ("D103", None), ("V404", None),
    ]  # fmt: skip
    assert found["problems"][3] == {
        "code": "D201", "severity": "error", "message": "读不成日期:“待补”", "path": "甲部/[red]a.xlsx", "sheet": "表",
        "cell": "C3", "department": "甲部", "title": "单元格内容无法按声明的类型读取", "remedy": "在原台账中改成正确的值",
    }  # fmt: skip


# ---- JUnit


def suites(text: str) -> dict[str, list[tuple[str, str, bool]]]:
    """For each suite, its cases: class, name, and whether it passes."""
    root = ET.fromstring(text)
    for element in (root, *root):
        assert element.get("tests") == str(len(element.findall(".//testcase")))
        assert element.get("failures") == str(len(element.findall(".//failure")))
        assert element.get("errors") == "0"
    return {
        suite.get("name", ""): [
            (case.get("classname", ""), case.get("name", ""), case.find("failure") is None) for case in suite
        ]
        for suite in root
    }


def test_junit_has_a_suite_a_department_and_a_case_a_file_and_a_code() -> None:
    text = junit.render(PROBLEMS, DEPARTMENTS, ["甲部/[red]a.xlsx", "甲部/c.xlsx", "甲部/c.xlsx"])
    assert text.startswith('<?xml version="1.0" encoding="utf-8"?>\n<testsuites ')
    assert suites(text) == {
        "指标目录": [("kpi.yaml", "没有错误", True), ("kpi.yaml", "C205 考核要求没有比较符号", True)],
        "乙部": [("乙部/b.xlsx", "D102 文件读不出来", False)],
        "甲部": [
            ("甲部", "D101 应交的导出文件没有交", False),
            ("甲部/[red]a.xlsx", "D201 单元格内容无法按声明的类型读取", False),
            ("甲部/[red]a.xlsx", "D301 同一记录重复出现且内容相同", True),
            ("甲部/[red]a.xlsx", "D303 合计、备注等非数据行未计入", True),
            ("甲部/c.xlsx", "没有错误", True),
        ],
        "其他文件夹": [("甲部门", "没有错误", True), ("甲部门", "D103 文件不属于任何台账", True)],
        "计算结果": [("计算结果", "V404 某部门本期没有应有的记录", False)],
    }
    failure = ET.fromstring(text).find(".//failure[@type='D201']")
    assert failure is not None
    assert failure.get("message") == "单元格内容无法按声明的类型读取(2 项)"
    assert (failure.text or "").splitlines() == [
        "甲部/[red]a.xlsx!表!C3: D201 读不成日期:“待补”",
        "甲部/[red]a.xlsx!表!C12: D201 读不成日期:“[bold]\\x1b[0m”",
        "怎么办:在原台账中改成正确的值",
    ]
    warning = ET.fromstring(text).find(".//testcase[@name='D301 同一记录重复出现且内容相同']/system-out")
    assert warning is not None
    assert (warning.text or "").splitlines()[:2] == ["警告", "甲部/[red]a.xlsx!表!B2: D301 重复"]


def test_junit_is_never_empty() -> None:
    assert suites(junit.render([], [], [])) == {"指标目录": [("指标目录", "没有错误", True)]}
    assert suites(junit.render([], ["甲部"], ["甲部/a.xlsx"]))["甲部"] == [("甲部/a.xlsx", "没有错误", True)]


def test_junit_holds_whatever_stands_in_a_file() -> None:
    hostile = Problem("D201", HOSTILE, Place(f"甲部/{HOSTILE}.xlsx", HOSTILE, "B2"))
    text = junit.render([hostile], ["甲部"], [f"甲部/{HOSTILE}2.xlsx"])
    assert text.encode()  # no surrogates
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e\ufffe\uffff]", text)
    found = ET.fromstring(text)
    assert {element.tag for element in found.iter()} == {"testsuites", "testsuite", "testcase", "failure"}
    failure = found.find(".//failure")
    assert failure is not None
    assert ']]>&<b a="1">\\x0d\\x0a::error::x%0A,y:z\\xfffe\\xffff\\xd800\\x00' in (failure.text or "")


# ---- GitHub


def test_github_has_a_command_a_problem() -> None:
    assert github.render(PROBLEMS, DEPARTMENTS, "../台账").splitlines() == [
        "::warning file=kpi.yaml,line=7,title=C205 考核要求没有比较符号::kpi.yaml:7: C205 target:没有写比较符号%0A怎么办:写明 '>= 100%25' 或 '= 100%25'",
        "::error file=../台账/乙部/b.xlsx,title=D102 文件读不出来::乙部/b.xlsx: D102 已损坏%0A怎么办:用 Excel 或 WPS 打开后另存为 .xlsx 再交",
        "::error file=../台账/甲部,title=D101 应交的导出文件没有交::甲部: D101 甲部没有交“工单”%0A怎么办:请责任部门补交所缺月份的文件",
        "::error file=../台账/甲部/[red]a.xlsx,line=3,title=D201 单元格内容无法按声明的类型读取::甲部/[red]a.xlsx!表!C3: D201 读不成日期:“待补”%0A怎么办:在原台账中改成正确的值",
        "::error file=../台账/甲部/[red]a.xlsx,line=12,title=D201 单元格内容无法按声明的类型读取::甲部/[red]a.xlsx!表!C12: D201 读不成日期:“[bold]\\x1b[0m”%0A怎么办:在原台账中改成正确的值",
        "::warning file=../台账/甲部/[red]a.xlsx,line=2,title=D301 同一记录重复出现且内容相同::甲部/[red]a.xlsx!表!B2: D301 重复%0A怎么办:只计一次;建议在台账中去重",
        "::notice file=../台账/甲部/[red]a.xlsx,title=D303 合计、备注等非数据行未计入::甲部/[red]a.xlsx!表: D303 非数据行%0A怎么办:无须处理",
        "::warning file=../台账/甲部门,title=D103 文件不属于任何台账::甲部门: D103 没有这个部门%0A怎么办:按台账名称与考核期改名,如 事件工单_2022Q3.xlsx",
        "::error title=V404 某部门本期没有应有的记录::V404 甲部没有记录%0A怎么办:请该部门补报",
    ]
    assert github.render([], DEPARTMENTS, ".") == ""


def test_github_commands_cannot_be_forged() -> None:
    hostile = Problem("D201", HOSTILE, Place(f"甲部/{HOSTILE}.xlsx", "a,b:c", "B2"))
    text = github.render([hostile], ["甲部"], "a,b")
    assert text.count("\n") == 1
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e\ud800]", text)
    properties, _, message = text.removeprefix("::error ").partition("::")
    assert properties.count(",") == 2
    assert properties.startswith(
        'file=a%2Cb/甲部/\\x1b]0;x\\x07\\x202e]]>&<b a="1">\\x0d\\x0a%3A%3Aerror%3A%3Ax%250A%2Cy%3Az'
    )
    assert ":" not in properties
    assert "x%250A,y:z" in message


# ---- the code table


@pytest.mark.parametrize("code", CODES)
def test_a_code_explained_says_everything(code: str) -> None:
    kind = CODES[code]
    lines = printed(render(code_page(code)))
    assert lines[0] == f"{code} {kind.title}"
    for text in (kind.severity.label, kind.meaning, kind.effect, kind.remedy, kind.example):
        assert any(line.rstrip().endswith(text) for line in lines[1:]), text


def test_every_code_is_in_a_section_of_the_page() -> None:
    page = markdown.render(codes_page())
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == list(SECTIONS.values())
    assert page.count("\n- 何时出现:") == page.count("\n- 有何影响:") == page.count("\n- 例:") == len(CODES)


def test_codes_are_harmless_themselves() -> None:
    assert all(escape_controls(text) == text for text in markdown.render(codes_page()).splitlines())
    assert max(map(cell_len, markdown.render(codes_page()).splitlines())) < 240
