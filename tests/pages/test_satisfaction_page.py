"""The customer survey as its users meet it: the golden texts, every form, the gates, what isn't declared.

Convention: the sample is for the golden texts; a small project of another company has a scale of 5 and no projects.
"""

import csv
import io
import json
import re
import shutil
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from kit.console import Capture, as_json, call, refused
from kit.projects import save_rows
from kit.sample import BEFORE, OFFICE, ROOT
from kit.survey import ROWS, SMALL, answer
from kit.tables import PLAN, Row, catalogue_of, period_of, tables_of

from itss_kpi.cli import main as cli
from itss_kpi.pages.page import Chart, Line, Note, On
from itss_kpi.pages.satisfaction import satisfaction_page
from itss_kpi.plan.satisfaction import survey_of

NAMES = ("答卷", "答复日", "单位", "问题", "星级", "有效", "想说的话")


def fill(folder: Path, rows: Sequence[Row], year: int = 2022) -> Path:
    return save_rows(folder / "甲部" / f"回访_{year}.xlsx", NAMES, rows)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small project with its five answers, and the current folder in it."""
    (tmp_path / cli.CATALOGUE).write_text(PLAN + SMALL, encoding="utf-8")
    fill(tmp_path, ROWS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def without(folder: Path, start: str, end: str = "") -> None:
    """The catalogue without what stands from one key on, up to another."""
    text = PLAN + SMALL
    cut = text[: text.index(start)] + (text[text.index(end) :] if end else "")
    (folder / cli.CATALOGUE).write_text(cut, encoding="utf-8")


# ---- the sample


def test_the_change_on_the_year_before_is_shown(capsys: Capture, tmp_path: Path) -> None:
    for folder in (ROOT / "sample_data", BEFORE):
        for path in folder.glob(f"{OFFICE}/客户满意度调查_*.xlsx"):
            (tmp_path / OFFICE).mkdir(exist_ok=True)
            shutil.copy(path, tmp_path / OFFICE)
    where = ("-c", str(ROOT / cli.CATALOGUE), "-d", str(tmp_path))
    _, out, _ = call(capsys, "satisfaction", *where)
    # 149/24000, -11/1200, 1/60
    assert "上一年 95.50%  变化 +0.62个百分点" in out
    assert re.search(r"技术水平 ▼ +60 ✗ 94.83% 95.75% −0.92个百分点", out)
    assert re.search(r"响应速度 +60 ✗ 95.17% 93.50% \+1.67个百分点", out)
    assert "变化 " not in out[out.index("调查项") : out.index("分布")].replace("变化\n", "")
    found = as_json(capsys, "satisfaction", *where, "--year", "2021")
    assert (found["period"], found["as_of"], found["total"]["assessment"]["value"]) == (
        "2021", "2021-12-31", "22921/24000",
    )  # fmt: skip
    # the plan of 2022 says nothing of how many were sent in 2021
    assert found["response"]["sent"] is None


def test_its_total_is_what_evaluate_says(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    _, out, _ = call(capsys, "evaluate", "-p", "2022", "-i", "2", "-f", "json")
    found = as_json(capsys, "satisfaction")
    assert [found["total"]["assessment"]] == json.loads(out)["assessments"]
    assert found["total"]["assessment"]["value"] == "769/800"


# ---- every form


def test_as_csv(small: Path, capsys: Capture) -> None:
    fill(small, [*ROWS, answer("4", "丁公司", "快", "五", 想说的话="忙")])
    code, out, err = call(capsys, "satisfaction", "-f", "csv")
    assert (code, err, out[0]) == (0, "", "\ufeff")
    rows = list(csv.DictReader(io.StringIO(out[1:])))
    kinds = [row["类别"] for row in rows]
    assert list(dict.fromkeys(kinds)) == ["总分", "客户", "调查项", "问卷分布", "答案分布", "问卷", "意见", "存疑"]
    customers = {row["名称"]: row for row in rows if row["类别"] == "客户"}
    assert [
        [customers[name][field] for field in ("状态", "发放", "收回", "回收率", "得分")]
        for name in ("丙公司", "甲公司", "乙公司", "丁公司")
    ] == [
        ["未答复", "", "0", "", ""], ["已答复", "2", "2", "1", "3.25"], ["已答复", "1", "1", "1", "5"],
        ["未声明", "", "1", "", ""],
    ]  # fmt: skip
    assert [row["名称"] for row in rows if row["最低者"]] == []
    (total,) = [row for row in rows if row["类别"] == "总分"]
    assert [total[name] for name in ("收回", "收回最多", "显示", "分子", "分母", "考核要求", "结论")] == [
        "4", "4", "3.60分?", "18", "5", "≥4分", "待核实",
    ]  # fmt: skip
    sheets = [row for row in rows if row["类别"] == "问卷"]
    assert [(row["问卷编号"], row["客户"], row["得分"], row["状态"]) for row in sheets] == [
        ("1", "甲公司", "0.9", ""), ("2", "甲公司", "0.4", ""), ("3", "乙公司", "1", ""), ("4", "丁公司", "", "存疑"),
    ]  # fmt: skip
    assert sheets[0]["出处"] == "甲部/回访_2022.xlsx!Sheet!2、甲部/回访_2022.xlsx!Sheet!3"
    assert [(row["说明"], row["出处"]) for row in rows if row["类别"] == "存疑"] == [
        ("“星级”读不出来", "甲部/回访_2022.xlsx!Sheet!7")
    ]
    assert [row["份数"] for row in rows if row["类别"] == "问卷分布"] == ["2", "0", "1", "1", "0"]
    assert {row["名称"]: row["份数"] for row in rows if row["类别"] == "答案分布"} == {
        "5/5": "2", "4/5": "1", "3/5": "1", "1/5": "1", "存疑": "1", "没有打分": "0",
    }  # fmt: skip


def test_in_the_terminal(small: Path, capsys: Capture) -> None:
    fill(small, [*ROWS, answer("4", "丁公司", "快", "五", 想说的话="忙")])
    _, out, _ = call(capsys, "satisfaction")
    assert "应问 3 家:✗ 未答复 1  ✓ 已答复 2  + 未声明 1\n" in out
    assert "项目" not in out
    assert "? 存疑(1)\n  甲部/回访_2022.xlsx!Sheet!7  “星级”读不出来\n" in out
    assert "  问卷(平均得分率)  ≥80%:2  50%~80%:0  <50%:1  存疑:1\n" in out
    assert "  答案(满分 5)  5分:2  4分:1  3分:1  1分:1\n  答案 存疑:1\n" in out


def test_without_the_ledger_nobody_is_said_not_to_have_answered(small: Path, capsys: Capture) -> None:
    (small / "甲部" / "回访_2022.xlsx").unlink()
    _, out, _ = call(capsys, "satisfaction", "--as-of", "2022-02-28")
    assert "“回访记录”没有交齐(甲部 2022-01、2022-02):不能说得分,也不能说谁没有答复" in out.replace("\n", "")
    assert "✗ 未答复" not in out
    found = as_json(capsys, "satisfaction")
    assert found["missing"][0]["department"] == "甲部"
    assert [problem["code"] for problem in found["problems"]] == ["D101"]
    assert found["total"]["assessment"]["verdict"] == "missing_data"


def test_the_archive_answers_for_a_year_before_that_is_gone(small: Path, capsys: Capture) -> None:
    yearly = (PLAN + SMALL).replace("period: half", "period: year")
    (small / cli.CATALOGUE).write_text(yearly, encoding="utf-8")
    before = fill(small, [{**row, "答卷": f"B{row['答卷']}", "答复日": "2021-11-05"} for row in ROWS[:2]], 2021)
    assert call(capsys, "close", "-p", "2021")[0] == 0
    there = as_json(capsys, "satisfaction")
    assert (there["total"]["archived"], there["total"]["change"]) == (False, "-9/10")
    before.unlink()
    found = as_json(capsys, "satisfaction")
    assert (found["total"]["archived"], found["total"]["change"]) == (True, "-9/10")
    assert found["items"]["scores"][0]["reason"] == "没有 2021 年的台账(甲部)"
    _, out, _ = call(capsys, "satisfaction")
    assert "上一年 4.50分(归档)  变化 −0.90分" in out
    assert "变化 问题:没有 2021 年的台账(甲部)\n" in out


def test_scores_without_a_requirement_or_bands() -> None:
    text = SMALL.replace("target: '>= 4分'", "unit: '%'").replace("  bands: [50, 80]\n", "")
    catalogue = catalogue_of(text)
    tables, day = tables_of(catalogue, feedback=ROWS), date(2022, 12, 31)
    found = survey_of(catalogue, tables, period_of("2022"), day)
    assert found
    parts = satisfaction_page(catalogue, found).parts
    (chart,) = [part for part in parts if isinstance(part, Chart)]
    assert chart == Chart("各调查项得分", ("好", "快"), (Line("得分", (Fraction(5, 2), Fraction(13, 3))),), rates=True)
    lines = [part.text for part in parts if isinstance(part, Note) and On.TERMINAL in part.on]
    assert lines[-1] == "  答案(满分 5)  5分:2  4分:1  3分:1  1分:1"


# ---- gates, days and what isn't declared


def test_the_gates(small: Path, capsys: Capture) -> None:
    assert call(capsys, "satisfaction", "--fail-on", "missing_data")[0] == 0
    assert call(capsys, "satisfaction", "--fail-on", "missing_data,uncovered")[0] == 1
    fill(small, [*ROWS, answer("4", "丙公司", "快", "5")])
    assert call(capsys, "satisfaction", "--fail-on", "missing_data,uncovered")[0] == 0
    assert call(capsys, "satisfaction", "--fail-on", "uncovered", "--as-of", "2022-12-04")[0] == 1
    (small / "甲部" / "回访_2022.xlsx").unlink()
    assert call(capsys, "satisfaction", "--fail-on", "missing_data")[0] == 1
    assert call(capsys, "satisfaction", "--fail-on", "uncovered")[0] == 1
    assert "可用 uncovered、missing_data" in refused(capsys, "satisfaction", "--fail-on", "missed")


def test_a_year_that_runs_is_said_to(small: Path, capsys: Capture) -> None:
    _, out, _ = call(capsys, "satisfaction", "--as-of", "2022-12-06")
    assert "2022 客户满意度(截至 2022-12-06,尚未结束)" in out
    assert "变化 总分:2022 年还没有结束,不与上一年比\n" in out
    found = as_json(capsys, "satisfaction", "--as-of", "2022-12-06")
    assert (found["as_of"], found["partial"], as_json(capsys, "satisfaction")["as_of"]) == (
        "2022-12-06",
        True,
        "2022-12-31",
    )
    assert "--year 不能是“99”" in refused(capsys, "satisfaction", "--year", "99")


def test_a_catalogue_without_the_section_says_how_to_declare_it(small: Path, capsys: Capture) -> None:
    without(small, "satisfaction:")
    assert "没有声明满意度调查;请加上 satisfaction" in refused(capsys, "satisfaction")


def test_without_customers_there_is_no_coverage(small: Path, capsys: Capture) -> None:
    without(small, "customers:", "satisfaction:")
    code, out, _ = call(capsys, "satisfaction")
    assert code == 0
    assert "没有声明应问哪些客户:+ 未声明 3" in out
    assert "请加上 customers" in out.replace("\n", "")
    assert "请加上 customers" in refused(capsys, "satisfaction", "--fail-on", "uncovered")
