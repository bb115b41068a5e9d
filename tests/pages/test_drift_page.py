"""What `verify` says of closed periods; that it finds what changed is proved with the archive."""

from dataclasses import replace
from typing import Any

import pytest
from kit.console import printed

from itss_kpi.analysis.drift import Drift, InputChange, ResultChange, RowChange
from itss_kpi.core.problems import Place, Problem
from itss_kpi.pages.drift import ROWS_SHOWN, drift_page
from itss_kpi.render import terminal

SAME = Drift("2022-07", "2022-07", "2022-08-01", (), (), (), catalogue=False, program=False)
ROW = RowChange("tickets", "changed", "T1", ("a.xlsx", "表", 2), "结果", "", "好")


def said(*drifts: Drift) -> list[str]:
    return printed(terminal.render(drift_page(drifts, (), {"tickets": "工单"}))).splitlines()


def result(old: dict[str, Any], new: dict[str, Any], group: str = "") -> ResultChange:
    return ResultChange(1, "成功率", "2022-07", group, old, new, ("数据", "指标目录"))


def test_what_is_the_same_is_said_in_a_line() -> None:
    assert said(SAME) == ["✓ 2022-07(2022-08-01 关账) 与归档一致"]
    beside = "(文件或指标目录有改动,但不影响本期)"
    for one in (replace(SAME, catalogue=True), replace(SAME, inputs=(InputChange("a.xlsx", "changed"),))):
        assert said(one) == [f"✓ 2022-07(2022-08-01 关账) 与归档一致{beside}"]
    assert said() == ["归档中还没有关账的考核期"]


def test_each_kind_of_change_has_its_line() -> None:
    inputs = tuple(InputChange(f"{kind}.xlsx", kind) for kind in ("added", "removed", "changed"))
    rows = (ROW, replace(ROW, source="other", kind="removed", column=""))
    results = (
        result({"verdict": "attained", "due": False}, {"verdict": "missed", "due": True}, "甲部"),
        result({"display": "50.00%", "numerator": None}, {"display": "60.00%", "numerator": "3"}),
        result({"value": "1/3"}, {"value": "1/4"}),
    )
    assert said(replace(SAME, results=results, inputs=inputs, rows=rows, catalogue=True, program=True)) == [
        "✗ 2022-07(2022-08-01 关账) 与归档不同",
        "  指标目录已改动",
        "  程序不同(版本或代码)",
        "  结果 1 成功率[甲部] 2022-07:结论 达成 → 未达成、是否到期 否 → 是(因 数据、指标目录)",
        "  结果 1 成功率 2022-07:实际值 50.00% → 60.00%、分子 — → 3(因 数据、指标目录)",
        "  结果 1 成功率 2022-07:实际值 1/3 → 1/4(因 数据、指标目录)",
        "  文件 + 新增 added.xlsx",
        "  文件 - 删除 removed.xlsx",
        "  文件 ~ 改动 changed.xlsx",
        "  行 ~ 改动 工单 T1 结果:空 → 好(a.xlsx!表!2)",
        "  行 - 删除 other T1(a.xlsx!表!2)",
    ]


def test_a_damaged_archive_comes_first() -> None:
    problem = Problem("A101", "文件与写出时不同", Place("2022-07/report.json"))
    lines = printed(terminal.render(drift_page([SAME], [problem], {})), 200).splitlines()
    assert lines == ["归档本身有 1 处与写出时不同", f"  {problem} — {problem.remedy}", said(SAME)[0]]


@pytest.mark.parametrize("more", [0, 7])
def test_many_rows_are_counted(more: int) -> None:
    lines = said(replace(SAME, rows=(ROW,) * (ROWS_SHOWN + more)))
    rest = ["  另有 7 处行的变化(用 --format json 查看全部)"] if more else []
    assert lines[1:] == ["  行 ~ 改动 工单 T1 结果:空 → 好(a.xlsx!表!2)"] * ROWS_SHOWN + rest
