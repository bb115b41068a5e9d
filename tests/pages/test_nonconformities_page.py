"""Nonconformities and improvements as their users meet them: the lists, the gates, and what is said where a ledger
isn't there.

Convention: a small project has a month that was missed (2022-02), a nonconformity about it and an improvement; the
sample is for the golden texts.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from kit.console import Capture, as_json, call, refused
from kit.nonconformities import FAULT, FAULTS, MORE, PLAN, PLANS
from kit.projects import save, save_rows
from kit.tables import PLAN as HEAD
from kit.tickets import REST

from itss_kpi.cli import main as cli

FILES = {"nonconformities": "不符合项台账_2022.xlsx", "improvements": "改进计划_2022.xlsx"}
NAMES = {
    "nonconformities": (
        "编号", "来源", "依据条款", "责任部门", "事实描述", "性质", "原因", "纠正措施", "完成期限", "关闭日期", "验证人工号", "发现日期",
        "指标序号", "考核期", "分组",
    ),
    "improvements": (
        "改进编号", "类别", "改进项", "改进目标", "责任部门", "计划完成", "实际完成", "进度", "效果评价", "指标序号", "分组",
    ),
}  # fmt: skip
ONE = {**FAULT, "完成期限": "2022-03-20", "关闭日期": "2022-03-25", "指标序号": "1", "考核期": "2022-02"}


def hand_in(folder: Path, name: str, *rows: Mapping[str, str]) -> Path:
    return save_rows(folder / "甲部" / FILES[name], NAMES[name], rows)


def settle(folder: Path, sources: str) -> None:
    (folder / cli.CATALOGUE).write_text(HEAD + "sources:" + sources + REST, encoding="utf-8")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small project, and the current folder in it."""
    settle(tmp_path, FAULTS + MORE + PLANS)
    months = ("成功", "失败", "失败", "成功", "失败", "成功")
    rows = [(f"T{at}", f"2022-{at:02}-10", result, "东") for at, result in enumerate(months, 1)]
    save(tmp_path / "甲部" / "工单_2022.xlsx", ("编号", "日期", "结果", "项目"), rows)
    hand_in(tmp_path, "nonconformities", ONE, {**FAULT, "编号": "B2", "完成期限": "2022-05-01"})
    hand_in(tmp_path, "improvements", PLAN)
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ---- in the terminal


def test_what_needs_somebody_comes_first(small: Path, capsys: Capture) -> None:
    code, out, err = call(capsys, "findings", "--as-of", "2022-05-31")
    assert (code, err) == (0, "")
    assert out.index("B2  内审  甲部  ✗ 逾期未关闭 30 天") < out.index("B1  内审  甲部") < out.index("G1  过程  乙部")
    assert "日期 发现 2022-03-01  期限 2022-03-20  关闭 2022-03-25(用 24 天)" in out
    assert "指标 1 成功率 2022-02" in out
    # finished in March: April decides
    assert "后续 (2022-03 ✗ 0.00%)  2022-04 ✓ 100.00%  2022-05 ✗ 0.00%" in out
    assert "效果 有效(看 2022-04)" in out
    assert "说明 晚于期限 5 天关闭;2022-05 又未达成" in out
    assert "出处 甲部/不符合项台账_2022.xlsx!Sheet!2" in out


# ---- ledgers that aren't there


def test_a_missing_ledger_is_known_to_programs(small: Path, capsys: Capture) -> None:
    (small / "甲部" / FILES["improvements"]).unlink()
    found = as_json(capsys, "findings", "--as-of", "2022-02-28")
    assert (found["nonconformities"]["complete"], found["improvements"]["complete"]) == (True, False)
    assert found["improvements"]["missing"] == [{"department": "甲部", "months": ["2022-01", "2022-02"]}]
    assert call(capsys, "findings", "--fail-on", "contradictory")[0] == 1


def test_a_catalogue_with_one_ledger_says_what_the_other_is(small: Path, capsys: Capture) -> None:
    settle(small, FAULTS + MORE)
    for form in ("table", "markdown"):
        code, out, _ = call(capsys, "findings", "-f", form)
        assert code == 0
        assert "没有声明体系改进计划(sources 中的 improvements)" in out
        assert "B1" in out
    assert as_json(capsys, "findings")["improvements"] is None
    settle(small, PLANS)
    assert "没有声明不符合项台账(sources 中的 nonconformities)" in call(capsys, "findings")[1]
    assert "没有声明不符合项台账" in call(capsys, "findings", "-f", "markdown")[1]
    settle(small, "")
    assert "请在 sources 中加上 nonconformities、improvements" in refused(capsys, "findings")


def test_the_year_and_the_day(small: Path, capsys: Capture) -> None:
    found = as_json(capsys, "findings")
    assert (found["period"], found["as_of"], found["partial"]) == ("2022", "2022-12-31", False)
    assert [one["id"] for one in found["nonconformities"]["items"]] == ["B1", "B2"]
    # of the year after, what was closed before it is no longer
    found = as_json(capsys, "findings", "--year", "2023", "--as-of", "2023-01-31")
    assert [(one["id"], one["days_overdue"]) for one in found["nonconformities"]["items"]] == [("B2", 275)]
    assert found["nonconformities"]["complete"] is False


# ---- for other programs


def test_as_csv(small: Path, capsys: Capture) -> None:
    hand_in(small, "improvements", {**PLAN, "改进项": "=1+1", "进度": "100%"})
    code, out, err = call(capsys, "findings", "-f", "csv", "--as-of", "2022-05-31")
    assert (code, err, out[0]) == (0, "", "\ufeff")
    second, first, third = csv.DictReader(io.StringIO(out[1:]))  # what needs somebody comes first
    wanted = {
        "类别": "不符合项", "编号": "B1", "来源或类别": "内审", "责任部门": "甲部", "事实或改进项": "没有记录", "发现日期": "2022-03-01",
        "期限": "2022-03-20", "关闭或完成": "2022-03-25", "状态": "已关闭", "逾期天数": "", "用时天数": "24", "超期": "是",
        "指标序号": "1", "指标": "1 成功率 2022-02", "决定的一期": "2022-04", "效果": "有效",
        "出处": "甲部/不符合项台账_2022.xlsx!Sheet!2",
    }  # fmt: skip
    assert {name: first[name] for name in wanted} == wanted
    assert [second[name] for name in ("编号", "状态", "逾期天数", "用时天数")] == ["B2", "逾期未关闭", "30", ""]
    assert [third[name] for name in ("类别", "事实或改进项", "进度", "矛盾", "状态", "逾期天数", "说明")] == [
        "改进计划", "'=1+1", "1", "是", "逾期", "41", "进度 100%,却没有实际完成日期",
    ]  # fmt: skip


# ---- gates


def test_the_gates(small: Path, capsys: Capture) -> None:
    gates = "doubtful,unevaluated,contradictory,ineffective,missing_data"
    for day, gate, code in (
        ("2022-04-20", "overdue", 0), ("2022-04-21", "overdue", 1), ("2022-02-28", "open,overdue", 0),
        ("2022-03-01", "open", 1), ("2022-05-31", gates, 0),
    ):  # fmt: skip
        assert call(capsys, "findings", "--as-of", day, "--fail-on", gate)[0] == code, (day, gate)
    hand_in(small, "nonconformities", {**ONE, "关闭日期": "2022-04-20"})  # May decides, which was missed
    assert call(capsys, "findings", "--as-of", "2022-05-31", "--fail-on", "ineffective")[0] == 1
    assert call(capsys, "findings", "--as-of", "2022-05-30", "--fail-on", "ineffective")[0] == 0
    assert "可用 overdue、open" in refused(capsys, "findings", "--fail-on", "missed")


def test_problems_of_the_ledgers_are_named(small: Path, capsys: Capture) -> None:
    hand_in(small, "nonconformities", {**ONE, "关闭日期": "已整改"})
    rows: Sequence[Mapping[str, Any]] = as_json(capsys, "findings")["problems"]
    assert [(one["code"], one["path"], one["cell"]) for one in rows] == [("D201", "甲部/不符合项台账_2022.xlsx", "J2")]
    assert call(capsys, "findings", "--as-of", "2022-12-31", "--fail-on", "doubtful")[0] == 1
