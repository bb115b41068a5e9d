"""What the program says is next, where nothing else was asked for."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from kit import actions
from kit.console import Capture, call
from kit.projects import save, save_rows
from kit.sample import ROOT

from itss_kpi.app import closing

CATALOGUE = f"""\
format: itss-kpi/catalogue/1
plan: {{title: 计划, document: D-1, version: V1, organization: 公司, year: 2022, departments: [甲部, 乙部]}}
data: data
sources:
  t:
    name: 工单
    departments: [甲部, 乙部]
    files: 工单_*
    key: [编号]
    date: 日期
    columns:
      编号: {{type: text, required: true}}
      日期: {{type: date, required: true}}
      结果: {{type: choice, values: {{好: [], 坏: []}}}}
{actions.LEDGER.removeprefix(chr(10) + "sources:").strip(chr(10))}
indicators:
  - {{id: good, number: 1, domain: 过程管理, name: 合格率, formula: 好/全部, target: '>= 60%', period: quarter,
     numerator: {{within: denominator, where: 结果 == '好'}}, denominator: {{measure: count, source: t}}}}
"""
HEAD = ["编号", "日期", "结果"]


def hand_in(department: str, *results: Any) -> None:
    rows = [[f"{department}{at}", date(2022, at % 12 + 1, 5), result] for at, result in enumerate(results)]
    save(Path("data") / department / "工单_2022.xlsx", HEAD, rows)


@pytest.fixture
def project(here: Path) -> Path:
    (here / "kpi_definitions.yaml").write_text(CATALOGUE, encoding="utf-8")
    hand_in("甲部", *["好"] * 12)
    hand_in("乙部", *["好"] * 12)
    columns = [
        "编号",
        "指标序号",
        "考核期",
        "原因分析",
        "纠正措施",
        "责任部门",
        "责任人",
        "完成期限",
        "完成日期",
        "验证结果",
    ]
    save_rows(here / "data" / "甲部" / "纠正措施_2022.xlsx", columns, [])
    return here


def steps(capsys: Capture) -> list[list[str]]:
    code, out, err = call(capsys)
    assert (code, err) == (0, "")
    title, *lines = out.splitlines()
    assert title == "公司 2022 年度(截至 2022-12-31)下一步"
    return [line.split(maxsplit=1) for line in lines]


def commands(capsys: Capture) -> list[str]:
    return [step[-1].rpartition("itss-kpi ")[2].strip() for step in steps(capsys)]


def test_what_is_good_can_be_closed_and_then_nothing_is_left(
    project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "now", lambda: datetime(2023, 1, 10, 8))
    assert commands(capsys) == ["close -p 2022Q4 --by 质量组", "close -p 2022 --by 质量组"]
    for period in ("2022Q4", "2022"):
        assert call(capsys, "close", "-p", period, "--by", "质量组")[0] == 0
    assert commands(capsys) == ["evaluate -p 2022"]


def test_what_lacks_comes_before_what_is_wrong_and_what_is_missed(project: Path, capsys: Capture) -> None:
    (project / "data" / "乙部" / "工单_2022.xlsx").unlink()
    assert commands(capsys) == ["status -p 2022"]
    # in the first quarter of each four of six are good; one that can't be read leaves 甲部's second open
    hand_in("乙部", *["好"] * 3, "坏", "坏", "坏", *["好"] * 6)
    hand_in("甲部", *["好"] * 6, "？", *["好"] * 5)
    assert commands(capsys) == ["check --level error --return 退回", "actions"]
    hand_in("甲部", *["好"] * 3, "？", *["好"] * 2, *["好"] * 6)
    hand_in("乙部", *["好"] * 3, "坏", "坏", "好", *["好"] * 6)
    assert commands(capsys) == ["check --level error --return 退回", "explain 1 -p 2022Q2 --rows doubtful"]


def test_where_there_is_no_catalogue_the_help_is_shown(here: Path, capsys: Capture) -> None:
    code, out, err = call(capsys)
    assert code == 2
    assert "算指标" in out
    assert err.startswith("当前文件夹没有指标目录;由指标表和现有台账起草:itss-kpi draft ")
    assert err.endswith("从样例开始:itss-kpi init 文件夹\n")
    assert call(capsys, "-h")[1] == call(capsys, "--help")[1]
    assert "例:itss-kpi evaluate -p 2022Q3" in call(capsys, "evaluate", "-h")[1]


def test_the_sample_s_next_steps(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    out = call(capsys)[1]
    # of 通信部 the tickets of the last quarter are missing; the year is closed
    assert "催交 1 份台账" in out
    assert "关账" not in out
