"""The clause matrix as its users meet it: which clauses, what is lacking, what proves the rest.

Convention: the small project has what everybody handed in by the end of March; the sample is for the golden texts.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from kit.activities import LOG, TICKETS
from kit.clauses import CATALOGUE, CHECKS, EVERYTHING, PLAN
from kit.console import Capture, as_json, call, refused
from kit.projects import save_rows
from kit.tables import PLAN as HEAD

from itss_kpi.cli import main as cli

MARCH = ("--as-of", "2022-03-31")
FILES = {
    "t": "工单_2022.xlsx", "s": "安全_2022.xlsx", "activity_log": "质量活动台账_2022.xlsx", "supervision": "检查记录_2022.xlsx",
}  # fmt: skip


def hand_in(folder: Path, source: str, department: str, rows: Sequence[Mapping[str, str]]) -> Path:
    return save_rows(folder / department / FILES[source], list(CATALOGUE.sources[source].columns), rows)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small project, and the current folder in it."""
    (tmp_path / cli.CATALOGUE).write_text(HEAD + LOG + TICKETS + CHECKS + PLAN, encoding="utf-8")
    for (source, department), rows in EVERYTHING.items():
        hand_in(tmp_path, source, department, rows)
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ---- in the terminal


def test_each_clause_has_its_state_and_what_carries_it_out(small: Path, capsys: Capture) -> None:
    (small / "乙部" / FILES["t"]).unlink()
    code, out, err = call(capsys, "clauses", *MARCH)
    assert (code, err) == (0, "")
    assert out.startswith(
        "公司 2022 条款矩阵(截至 2022-03-31,尚未结束)\n条款 4 条  ! 数据缺失 1  ✓ 到位 2  … 未到期 1\n"
    )
    assert re.search(r"^ISO 20000 8\.10 +! 数据缺失 +2 +1 +0 +0 +0 +1 +0$", out, re.MULTILINE)
    rest = out[out.index("\nISO 20000 8.10  ! 数据缺失\n") : out.index("\nISO20000 9.2  ✓ 到位\n")]
    assert re.search(r"^指标 +1、16 成功率 +! 数据缺失 1/2 +“工单”没有交齐", rest, re.MULTILINE)
    assert re.search(r"^监督检查 +服务\(甲部,季度\) ✓ 到位 +2/2 *$", rest, re.MULTILINE)
    assert re.search(r"\n改进  … 未到期\n.*\n质量活动 2 +修订 … 未到期 — *\n", out)


def test_the_year_and_the_day(small: Path, capsys: Capture) -> None:
    out = call(capsys, "clauses")[1]
    assert out.startswith("公司 2022 条款矩阵(截至 2022-12-31)\n")
    assert "2022Q3 没有完成" in out
    out = call(capsys, "clauses", "--year", "2023", "--as-of", "2023-01-31")[1]
    assert "2023 条款矩阵(截至 2023-01-31,尚未结束)" in out
    assert "指标目录是 2022 年度的计划" in out


# ---- for other programs


def test_as_json(small: Path, capsys: Capture) -> None:
    found = as_json(capsys, "clauses", *MARCH)
    assert (found["schema"], found["period"], found["as_of"]) == ("itss-kpi/clauses/1", "2022", "2022-03-31")
    assert [(one["clause"], one["state"]) for one in found["clauses"]] == [
        ("ISO 20000 8.9 b)", "in_place"), ("ISO 20000 8.10", "in_place"), ("ISO20000 9.2", "in_place"), ("改进", "coming"),
    ]  # fmt: skip


def test_as_csv(small: Path, capsys: Capture) -> None:
    many = [f"X{at}" for at in range(10)]
    catalogue = (small / cli.CATALOGUE).read_text(encoding="utf-8")
    text = catalogue.replace("projects: [东, 西]", f"projects: [东, {', '.join(many)}]")
    (small / cli.CATALOGUE).write_text(text, encoding="utf-8")
    code, out, err = call(capsys, "clauses", "-f", "csv", *MARCH)
    assert (code, err, out[0]) == (0, "", "\ufeff")
    rows = list(csv.DictReader(io.StringIO(out[1:])))
    assert [row["类别"] for row in rows] == [
        *["条款"] * 4,
        "指标",
        "质量活动",
        "指标",
        "监督检查",
        "质量活动",
        "质量活动",
    ]
    assert [rows[1][name] for name in ("条款", "到位情况", "项数", "部分", "到位")] == [
        "ISO 20000 8.10", "部分到位", "2", "1", "1",
    ]  # fmt: skip
    wanted = {
        "条款": "ISO 20000 8.10", "序号": "1、16", "名称": "成功率", "到位情况": "到位", "已有": "2", "应有": "2", "没有到位的原因": "",
        "证据文件与行数": "乙部/工单_2022.xlsx!Sheet(2 行);甲部/工单_2022.xlsx!Sheet(1 行)", "记录编号": "", "出处": "",
    }  # fmt: skip
    assert {name: rows[6][name] for name in wanted} == wanted
    # each reason, however many
    assert (rows[7]["已有"], rows[7]["应有"]) == ("1", "11")
    assert rows[7]["没有到位的原因"] == ";".join(f"2022Q1 {name} 应查未查" for name in many)
    assert [rows[8][name] for name in ("名称", "记录编号", "出处")] == [
        "内审", "R", "甲部/质量活动台账_2022.xlsx!Sheet!2",
    ]  # fmt: skip
    assert [rows[9][name] for name in ("名称", "到位情况", "已有", "应有")] == ["修订", "未到期", "", ""]
    # a person reads the first of them, and how many there are
    out = call(capsys, "clauses", *MARCH)[1]
    assert "X7 应查未查" in out
    assert "等 10 处" in out
    assert "X8 应查未查" not in out


def test_a_catalogue_that_names_no_clause_says_how_to(small: Path, capsys: Capture) -> None:
    text = (small / cli.CATALOGUE).read_text(encoding="utf-8")
    bare = re.sub(r",? *clauses?: ?(\[[^\]]*\]|[^,}\n]*)", "", text)
    (small / cli.CATALOGUE).write_text(bare, encoding="utf-8")
    assert "指标目录没有写标准条款;请在指标的 clause、质量活动的 clauses" in refused(capsys, "clauses")
