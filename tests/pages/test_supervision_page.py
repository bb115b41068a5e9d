"""Supervision as its users meet it: the lists, the gates, and what is said where a ledger or a rule isn't there.

Convention: a small project checks three projects by month and two items by quarter; the sample is for the golden texts.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from kit.console import Capture, as_json, call, refused
from kit.projects import save_rows
from kit.supervision import LEDGER, RULES, check
from kit.tables import PLAN, Row

from itss_kpi.cli import main as cli

NAMES = ("检查编号", "检查类别", "检查日期", "被检查部门", "项目名称", "检查项", "结果", "说明", "检查人工号")


def hand_in(folder: Path, rows: Sequence[Mapping[str, str]], department: str = "甲部", period: str = "2022") -> Path:
    numbered = [{"检查编号": f"{department}{at}", **row} for at, row in enumerate(rows, 1)]
    return save_rows(folder / department / f"检查记录_{period}.xlsx", NAMES, numbered)


BOTH: list[Row] = [
    check("2022-01-05", "不符合", 说明="限期"),
    check("2022-01-06", 项目名称="西"),
    check("2022-02-05", "不符合"),
    check("2022-02-06", "还行", 项目名称="西"),
    check("2022-01-08", 检查类别="资源", 项目名称="", 检查项="备品备件"),
    check("月底", 检查类别="资源", 项目名称="", 检查项="台账"),
]


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small project, in which 乙部 handed in January only; and the current folder in it."""
    (tmp_path / cli.CATALOGUE).write_text(PLAN + LEDGER + RULES, encoding="utf-8")
    hand_in(tmp_path, BOTH)
    hand_in(tmp_path, [check("2022-01-09", 项目名称="南")], "乙部", "2022-01")
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ---- in the terminal


def test_what_was_not_checked_is_named(small: Path, capsys: Capture) -> None:
    code, out, err = call(capsys, "supervision", "--as-of", "2022-03-31")
    assert (code, err) == (0, "")
    assert "✗ 应查未查(2)" in out
    assert re.search(r"^服务 +甲部 +2022-03 +东 +计划3.3", out, re.MULTILINE)
    assert "! 数据缺失(2)" in out
    assert "? 存疑(1)" in out
    assert re.search(r"^资源 +甲部 +2022Q1 +台账", out, re.MULTILINE)
    assert "数据缺失:“检查记录”没有交齐(乙部2022-02、2022-03)" in "".join(out.split())
    assert "甲部  服务  东  值班  ✗ 未关闭(自 2022-01-05)  重复 1 次" in out
    assert "甲部/检查记录_2022.xlsx!Sheet!2" in out


def test_where_nothing_was_found(small: Path, capsys: Capture) -> None:
    hand_in(small, [check("2022-01-06")])
    assert "数据缺失,不能说没有" in call(capsys, "supervision", "--as-of", "2022-03-31")[1]
    assert re.search(r"^没有$", call(capsys, "supervision", "-p", "2022-01")[1], re.MULTILINE)


# ---- the period and the day


def test_the_year_is_the_plan_s_and_the_day_its_last(small: Path, capsys: Capture) -> None:
    found = as_json(capsys, "supervision")
    assert (found["period"], found["as_of"], found["partial"]) == ("2022", "2022-12-31", False)
    assert found["summary"]["expected"] == 12 * 3 + 4 * 2
    assert as_json(capsys, "supervision", "--year", "2021")["summary"]["checked"] == 0
    found = as_json(capsys, "supervision", "--period", "2022年1月")
    assert (found["period"], found["as_of"], found["summary"]["expected"]) == ("2022-01", "2022-01-31", 3)
    assert as_json(capsys, "supervision", "-p", "2022Q1", "--as-of", "2022-02-10")["partial"] is True
    assert "--year 与 --period 只写一个" in refused(capsys, "supervision", "--year", "2022", "-p", "2022Q1")
    assert "看不懂的考核期" in refused(capsys, "supervision", "-p", "上季度")
    assert "--year 不能是“99”" in refused(capsys, "supervision", "--year", "99")


# ---- for other programs


def test_every_record_is_in_the_json_with_its_place(small: Path, capsys: Capture) -> None:
    found = as_json(capsys, "supervision", "--as-of", "2022-03-31")
    assert found["schema"] == "itss-kpi/supervision/1"
    places = [(one["path"], one["sheet"], one["row"]) for one in found["checks"]]
    assert sorted(places) == sorted(
        [
            *(("甲部/检查记录_2022.xlsx", "Sheet", row) for row in range(2, 8)),
            ("乙部/检查记录_2022-01.xlsx", "Sheet", 2),
        ]
    )
    assert [(problem["code"], problem["cell"]) for problem in found["problems"]] == [("D201", "C7"), ("D203", "G5")]
    assert found["ledger"]["missing"] == [{"department": "乙部", "months": ["2022-02", "2022-03"]}]


def test_without_any_check_the_findings_have_no_table_of_departments(small: Path, capsys: Capture) -> None:
    hand_in(small, [check("2022-02-05")])
    lines = [line.strip() for line in call(capsys, "supervision", "--as-of", "2022-01-01")[1].splitlines()]
    assert lines[lines.index("发现的问题:未关闭与重复发生") + 1] == "没有"
    assert not [line for line in lines if line.startswith("被检查部门")]


def test_as_csv(small: Path, capsys: Capture) -> None:
    code, out, err = call(capsys, "supervision", "-f", "csv", "--as-of", "2022-03-31")
    assert (code, err, out[0]) == (0, "", "\ufeff")
    rows = list(csv.DictReader(io.StringIO(out[1:])))
    kinds = [row["类别"] for row in rows]
    assert kinds == [
        "数据缺失", *["覆盖率"] * 4, *["符合率"] * 3, *["应查未查"] * 2, *["数据缺失"] * 2, "存疑", "各部门的问题", "发现的问题", *["记录"] * 7,
    ]  # fmt: skip
    assert [rows[1][name] for name in ("检查类别", "应查", "已查", "未查", "存疑", "缺失", "覆盖率")] == [
        "服务", "6", "4", "2", "0", "0", "0.666666666667",
    ]  # fmt: skip
    assert [rows[7][name] for name in ("检查类别", "符合", "不符合", "不适用", "不明", "符合率", "说明")] == [
        "合计", "3", "2", "0", "1", "0.6", "记录没有交齐",
    ]  # fmt: skip
    assert [rows[8][name] for name in ("项目或检查项", "应查期", "检查部门")] == ["东", "2022-03", "甲部"]
    by_kind = {row["类别"]: row for row in rows}
    assert (by_kind["存疑"]["项目或检查项"], by_kind["存疑"]["出处"]) == ("台账", "甲部/检查记录_2022.xlsx!Sheet!7")
    assert [by_kind["发现的问题"][name] for name in ("被检查部门", "未关闭自", "重复", "出处")] == [
        "甲部", "2022-01-05", "1", "甲部/检查记录_2022.xlsx!Sheet!2、4",
    ]  # fmt: skip
    assert [rows[-1][name] for name in ("检查日期", "结果", "存疑原因")] == ["(读不出来)", "符合", "“检查日期”读不出来"]
    assert list(rows[0])[-2:] == ["说明", "出处"]


# ---- gates, and what isn't declared


def test_the_gates(small: Path, capsys: Capture) -> None:
    for period, gate, code in (
        ("2022-01", "unchecked,repeated,missing_data", 0), ("2022-01", "open", 1), ("2022-02", "repeated", 1),
        ("2022-02", "unchecked", 1), ("2022-01", "doubtful", 1),
    ):  # fmt: skip
        assert call(capsys, "supervision", "-p", period, "--fail-on", gate)[0] == code, (period, gate)
    assert "可用 unchecked、open" in refused(capsys, "supervision", "--fail-on", "missed")


def test_a_file_that_can_t_be_read_leaves_its_months_unknown(small: Path, capsys: Capture) -> None:
    (small / "甲部" / "检查记录_2022.xlsx").write_bytes(b"PK\x03\x04 half")
    found = as_json(capsys, "supervision", "-p", "2022-01")
    assert found["summary"]["missing_data"] == 2
    assert [problem["code"] for problem in found["problems"]] == ["D116"]
    assert call(capsys, "supervision", "-p", "2022-01", "--fail-on", "unchecked")[0] == 1


def test_a_catalogue_without_the_ledger_or_the_rules_says_how_to_declare_them(small: Path, capsys: Capture) -> None:
    for text in (LEDGER + "indicators: []\n", "sources: {}\nindicators: []\n"):
        (small / cli.CATALOGUE).write_text(PLAN + text, encoding="utf-8")
        assert "请在 sources 中加上台账 supervision,并在 supervision 一节写明" in refused(capsys, "supervision")


def test_a_ledger_that_an_indicator_reads_is_read_once(small: Path, capsys: Capture) -> None:
    before = as_json(capsys, "supervision", "--as-of", "2022-03-31")
    indicator = """
indicators:
  - id: conformity
    number: 1
    domain: 质量指标
    name: 检查符合率
    formula: 符合/检查
    period: month
    numerator: {within: denominator, where: 结果 == '符合'}
    denominator: {measure: count, source: supervision}
"""
    text = (small / cli.CATALOGUE).read_text(encoding="utf-8").replace("\nindicators: []\n", indicator)
    (small / cli.CATALOGUE).write_text(text, encoding="utf-8")
    after = as_json(capsys, "supervision", "--as-of", "2022-03-31")
    assert after["catalogue"].pop("sha256") != before["catalogue"].pop("sha256")
    assert after == before
