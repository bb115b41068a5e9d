"""How the collection matrix looks: exact texts at 80 and 100 columns, read through by a person, and its CSV."""

import csv
import io
from dataclasses import replace
from datetime import date

import pytest
from kit.collection import GOOD, QUARTER, YEAR, collected, file, handed_in
from kit.sample import ROOT
from rich.cells import cell_len
from rich.console import Console

from itss_kpi.analysis.collection import Collection, State
from itss_kpi.core.problems import Place, Problem
from itss_kpi.pages.status import SIGNS, status_page
from itss_kpi.render import csv as csv_form
from itss_kpi.render.terminal import render

HOSTILE = "\x1b]0;x\x07[bold]\u202e"


def printed(found: Collection, width: int) -> str:
    """The text as a console of `width` columns prints it, without spaces at the ends of lines."""
    console = Console(width=width, file=io.StringIO(), highlight=False, color_system=None)
    with console.capture() as capture:
        console.print(render(status_page(found)))
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


@pytest.fixture
def small() -> Collection:
    """2022Q3 of two departments: a late file with errors, one without a period in its name, a misnamed one, a folder
    of nobody, and a ledger that isn't there."""
    rows = [{"编号": str(at), "日期": "昨天"} for at in range(5)]
    late = file("tickets", "甲部", "工单_2022Q3.xlsx", QUARTER, *rows, saved=date(2022, 10, 15))
    tools = file("tools", "甲部", "工具_2022.xlsx", YEAR, {"编号": "1", "名称": "a"}, {"编号": "1", "名称": "b"})
    problems = [
        Problem("D108", "文件名没有写明考核期", Place("乙部/工单_修订.xlsx")),
        Problem("D103", "不属于任何台账", Place("乙部/2022年工单.xls")),
        Problem("D103", "没有这个部门的台账声明,是否应为“乙部”?;其中的文件未读", Place("乙部门")),
    ]
    unread = [handed_in("tickets", "乙部", "乙部/工单_修订.xlsx", None)]
    return collected(
        [late, tools], hand_in_days=10, as_of=date(2022, 10, 20), unread=unread, problems=problems
    )  # fmt: skip


@pytest.mark.parametrize("width", [100, 80])
def test_a_missing_and_a_late_file_print_exactly(width: int, small: Collection) -> None:
    expected = (ROOT / "tests" / "golden" / f"status-small-{width}.txt").read_text(encoding="utf-8")
    assert printed(small, width) == expected


def test_before_the_day_what_is_not_there_is_only_pending() -> None:
    found = collected([GOOD[0], GOOD[2]], hand_in_days=10, as_of=date(2022, 9, 30))
    assert printed(found, 80).splitlines()[-3:] == [
        "催交清单",
        "乙部",
        "  待交 工单_2022Q3.xlsx(2022-07~2022-09),不晚于 2022-10-10",
    ]


def test_nothing_to_ask_and_nothing_wanted() -> None:
    found = collected(GOOD)
    assert "催交清单" not in printed(found, 80)
    assert printed(replace(found, entries=()), 80) == (
        "公司 2022Q3 台账收交情况(截至 2022-09-30)\n没有应交的台账\n"
    )  # fmt: skip


def test_every_state_has_a_sign_of_its_own() -> None:
    assert set(SIGNS) == set(State)
    assert len({sign for sign, _ in SIGNS.values()}) == len(State)
    assert all(cell_len(sign) == 1 for sign, _ in SIGNS.values())


def wide(found: Collection) -> Collection:
    """Twenty ledgers of seven departments, with long names, a million rows and many problems."""
    base = found.entries[0]
    problems = tuple(Problem("D201", f"坏 {at}") for at in range(120))
    entries = tuple(
        replace(
            base,
            name=f"运维项目工具使用台账{ledger}",
            department=f"部门{department}",
            rows=1_234_567,
            problems=problems,
        )
        for department in range(7)
        for ledger in range(20)
    )
    return replace(found, entries=entries, requests=())


@pytest.mark.parametrize("width", [100, 80])
def test_twenty_ledgers_of_seven_departments_are_readable(width: int, small: Collection) -> None:
    lines = printed(wide(small), width).splitlines()
    assert max(map(cell_len, lines)) <= width
    rows = [line for line in lines if "1234567" in line]
    assert len(rows) == 140
    assert all("▲ 迟交" in row and " 120 " in row for row in rows)
    assert lines[2] == "部门0"


def test_csv_is_for_excel_and_runs_nothing(small: Collection) -> None:
    first = small.entries[0]
    hostile = replace(small, entries=(*small.entries, replace(first, name="=HYPERLINK(1)", files=(HOSTILE,))))
    rows = list(csv.DictReader(io.StringIO(csv_form.render(status_page(hostile)))))
    assert rows[0] == {
        "部门": "甲部", "台账": "工单", "状态": "迟交", "应交月份": "2022-07~2022-09", "缺少月份": "",
        "文件": "甲部/工单_2022Q3.xlsx", "行数": "5", "错误": "1", "警告": "0", "提示": "0",
        "迟交文件": "甲部/工单_2022Q3.xlsx", "补交文件": "",
    }  # fmt: skip
    assert (rows[2]["状态"], rows[2]["缺少月份"], rows[2]["补交文件"]) == (
        "没读出来",
        "2022-07~2022-09",
        "工单_2022Q3.xlsx",
    )
    assert rows[3]["台账"] == "'=HYPERLINK(1)"
    assert rows[3]["文件"] == "\\x1b]0;x\\x07[bold]\\x202e"
