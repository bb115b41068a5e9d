"""Batch: a workbook for each period that fell due, an index, and only what is missing or changed the second time."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import time
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from kit import console
from kit.console import Capture, quietly
from kit.processes import process, program
from openpyxl import load_workbook

from itss_kpi.app import batch
from itss_kpi.cli.main import run

CATALOGUE = """\
format: itss-kpi/catalogue/1
plan: {title: 计划, document: D-1, version: V1, organization: NAME, year: 2022, departments: [运维部]}
data: data
sources:
  tickets:
    name: 工单
    departments: [运维部]
    files: 工单_*
    key: [编号]
    date: 时间
    columns:
      编号: {type: text, required: true}
      时间: {type: datetime, required: true}
      状态: {type: choice, values: {好: [], 坏: []}, required: true}
indicators:
  - {id: good, number: 1, domain: 过程管理, name: 合格率, formula: 好/全部, target: '>= 50%', period: quarter,
     numerator: {within: denominator, where: 状态 == '好'}, denominator: {measure: count, source: tickets}}
"""
ROWS = [[f"{month:03}", f"2022-{month:02}-15 09:00:00", "坏" if month == 8 else "好"] for month in range(1, 13)]
NAMES = [f"2022Q{quarter}运维服务指标达成情况.xlsx" for quarter in range(1, 5)]


def project(folder: Path, name: str) -> Path:
    export = folder / "data" / "运维部" / "工单_2022.csv"
    export.parent.mkdir(parents=True)
    with export.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([["编号", "时间", "状态"], *ROWS])
    catalogue = folder / "kpi_definitions.yaml"
    catalogue.write_text(CATALOGUE.replace("NAME", name), encoding="utf-8")
    return catalogue


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project(tmp_path, "甲公司")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(capsys: Capture, *arguments: str) -> tuple[int, list[str], str]:
    code, out, err = console.call(capsys, "batch", *arguments)
    return code, out.splitlines(), err


def test_each_period_that_fell_due_gets_its_workbook_and_a_line_in_the_index(small: Path, capsys: Capture) -> None:
    code, out, err = call(capsys, "-o", "报告", "--each", "quarter")
    assert (code, err) == (0, "")
    assert [line.split()[:2] for line in out] == [[f"2022Q{at}", "写出(到期"] for at in range(1, 5)]
    assert sorted(path.name for path in (small / "报告").iterdir()) == sorted(
        [*NAMES, *(name.replace(".xlsx", "_证据.xlsx") for name in NAMES), "2022索引.xlsx", "summary.json"]
    )
    summary = json.loads((small / "报告" / "summary.json").read_bytes())
    assert [(one["period"], one["file"], one["summary"]["attained"], one["error"]) for one in summary["periods"]] == [
        (f"2022Q{at}", NAMES[at - 1], 1, "") for at in range(1, 5)
    ]
    index = load_workbook(small / "报告" / "2022索引.xlsx")["索引"]
    rows = [[cell.value for cell in row] for row in index.iter_rows(min_row=4, max_row=7)]
    assert [row[:4] for row in rows] == [["甲公司", f"2022Q{at}", 1, 1] for at in range(1, 5)]
    assert rows[0][-1] == f'=HYPERLINK("{NAMES[0]}","打开 {NAMES[0]}")'
    # and the same as `report` alone
    one = load_workbook(small / "报告" / NAMES[2])["指标达成情况"]
    assert one["I4"].value == 2
    # what somebody has written into one stays, and the new one stands beside it
    path = small / "报告" / NAMES[1]
    book = load_workbook(path)
    book["总览"]["B9"] = "张三 2022-07-05"
    book.save(path)
    signed = path.read_bytes()
    path.with_name(NAMES[1].replace(".xlsx", "_证据.xlsx")).unlink()
    code, out, err = call(capsys, "-o", "报告", "--each", "quarter")
    assert (code, [line.split()[1][:2] for line in out]) == (1, ["未变", "失败", "未变", "未变"])
    assert f"{NAMES[1]} 没有覆盖:其中有带不进新工作簿的内容(“总览”的单元格的内容)" in err
    assert path.read_bytes() == signed
    assert path.with_name(NAMES[1].replace(".xlsx", "_新.xlsx")).is_file()


def test_a_second_run_does_only_what_is_missing_or_changed(small: Path, capsys: Capture) -> None:
    call(capsys, "-o", "报告", "--each", "quarter")
    folder = small / "报告"
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    (folder / NAMES[1]).unlink()
    assert [line.split()[1] for line in call(capsys, "-o", "报告", "--each", "quarter", "--plan")[1]] == [
        "已有,未变", "待生成", "已有,未变", "已有,未变",
    ]  # fmt: skip
    assert not (folder / NAMES[1]).exists()
    call(capsys, "-o", "报告", "--each", "quarter")
    after = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert [name for name in NAMES if before[name] != after[name]] == [NAMES[1]]
    text = CATALOGUE.replace("NAME", "甲公司").replace(">= 50%", ">= 70%")
    (small / "kpi_definitions.yaml").write_text(text, encoding="utf-8")
    out = call(capsys, "-o", "报告", "--each", "quarter", "--plan")[1]
    assert {line.split()[1] for line in out} == {"有变化,重新生成"}
    out = call(capsys, "-o", "报告", "--each", "quarter")[1]
    assert [",达成 1," in line for line in out] == [True, True, False, True]


def test_one_failure_does_not_stop_the_others(small: Path, capsys: Capture) -> None:
    (small / "报告").mkdir()
    (small / "报告" / NAMES[1]).write_bytes(b"not ours")
    code, out, err = call(capsys, "-o", "报告", "--each", "quarter")
    assert code == 1
    assert [line.split()[1][:2] for line in out] == ["写出", "失败", "写出", "写出"]
    assert "2022Q2 没有生成" in err
    assert "不是本程序写出的工作簿" in err
    assert (small / "报告" / NAMES[1]).read_bytes() == b"not ours"
    index = load_workbook(small / "报告" / "2022索引.xlsx")["索引"]
    assert "不是本程序写出的工作簿" in index.cell(5, index.max_column).value
    (small / "报告" / NAMES[1]).unlink()
    code, out, _ = call(capsys, "-o", "报告", "--each", "quarter")
    assert (code, [line.split()[1][:2] for line in out]) == (0, ["未变", "写出", "未变", "未变"])


def test_an_interrupted_run_goes_on_where_it_was(small: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    written = batch.write_workbook
    calls = iter(range(9))

    def interrupted(*arguments: object) -> object:
        if next(calls) == 2:
            raise KeyboardInterrupt
        return written(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(batch, "write_workbook", interrupted)
        assert call(capsys, "-o", "报告", "--each", "quarter")[0] == 130
    out = call(capsys, "-o", "报告", "--each", "quarter")[1]
    assert [line.split()[1][:2] for line in out] == ["未变", "未变", "写出", "写出"]


def test_only_what_has_ended_and_only_the_wanted_kinds(small: Path, capsys: Capture) -> None:
    out = call(capsys, "-o", "报告", "--as-of", "2022-08-31", "--plan")[1]
    assert [line.split()[0] for line in out] == [
        "2022-01", "2022-02", "2022-03", "2022Q1", "2022-04", "2022-05", "2022-06", "2022Q2", "2022H1", "2022-07", "2022-08",
    ]  # fmt: skip
    code, _, err = call(capsys, "-o", "报告", "--each", "weekly")
    assert code == 2
    assert "--each 没有“weekly”,是否应为“week”?;可用 month、quarter、half、year、week、day" in err


def test_two_companies_have_a_folder_each_and_one_index(tmp_path: Path, capsys: Capture) -> None:
    paths = [project(tmp_path / name, name) for name in ("甲公司", "乙公司")]
    options = [part for path in paths for part in ("--catalogue", str(path))]
    code, _, err = call(capsys, *options, "-o", str(tmp_path / "报告"), "--each", "year")
    assert (code, err) == (0, "")
    assert (tmp_path / "报告" / "甲公司" / "2022运维服务指标达成情况.xlsx").is_file()
    index = load_workbook(tmp_path / "报告" / "2022索引.xlsx")["索引"]
    assert [index.cell(row, 1).value for row in (4, 5)] == ["甲公司", "乙公司"]
    assert "乙公司/2022运维服务指标达成情况.xlsx" in index.cell(5, index.max_column).value


def test_two_projects_of_one_company_do_not_share_a_folder(tmp_path: Path, capsys: Capture) -> None:
    paths = [project(tmp_path / name, "甲公司") for name in ("一", "二")]
    options = [part for path in paths for part in ("--catalogue", str(path))]
    code, _, err = call(capsys, *options, "-o", str(tmp_path / "报告"), "--each", "year")
    assert (code, err) == (0, "")
    folders = sorted(path.name for path in (tmp_path / "报告").iterdir() if path.is_dir())
    assert folders == ["甲公司", "甲公司-二"]
    index = load_workbook(tmp_path / "报告" / "2022索引.xlsx")["索引"]
    assert [index.cell(row, 1).value for row in (4, 5)] == ["甲公司", "甲公司-二"]


# ---- several processes


def workbooks(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Every workbook of the year by one process: their folder, and what is said of them."""
    folder = tmp_path_factory.mktemp("year")
    project(folder, "甲公司")
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as said:
        patch.chdir(folder)
        assert run(["batch", "-o", "报告", "--jobs", "1"]) == 0
    return folder / "报告", said.getvalue().splitlines()


def test_several_processes_write_the_same_files(
    small: Path, year: tuple[Path, list[str]], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(capsys, "-o", "报告", "--jobs", "2") == (0, year[1], "")
    assert len(year[1]) == 19
    assert workbooks(small / "报告") == workbooks(year[0])
    assert {line.split()[1][:2] for line in call(capsys, "-o", "报告", "--jobs", "2")[1]} == {"未变"}


@pytest.mark.parametrize("period", ["2022-01", "2022-08", "2022Q2", "2022H2", "2022"])
def test_a_workbook_of_the_batch_is_the_one_that_report_writes(
    small: Path, year: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch, period: str
) -> None:
    """Though the batch works the year out once and takes from it what has ended."""
    name = f"{period}运维服务指标达成情况.xlsx"
    assert quietly("report", "--period", period, "--output", name) == 0
    assert (year[0] / name).read_bytes() == (small / name).read_bytes()


def test_a_failure_in_another_process_is_said_like_any_other(small: Path, capsys: Capture) -> None:
    (small / "报告").mkdir()
    (small / "报告" / NAMES[1]).write_bytes(b"not ours")
    code, out, err = call(capsys, "-o", "报告", "--each", "quarter", "--jobs", "2")
    assert code == 1
    assert [line.split()[1][:2] for line in out] == ["写出", "失败", "写出", "写出"]
    assert "不是本程序写出的工作簿" in err


def killed(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no such signal on this system")
def test_a_process_that_is_killed_fails_its_workbooks_alone(
    small: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "_written_here", killed)
    code, out, err = call(capsys, "-o", "报告", "--each", "quarter", "--jobs", "2")
    assert code == 1
    assert {line.split()[1] for line in out} == {"失败"}
    assert err.count("写工作簿的进程意外结束") == 4
    assert (small / "报告" / "2022索引.xlsx").is_file()
    monkeypatch.undo()
    monkeypatch.chdir(small)
    code, out, _ = call(capsys, "-o", "报告", "--each", "quarter")
    assert (code, {line.split()[1][:2] for line in out}) == (0, {"写出"})


def is_gone(group: int) -> bool:
    """Whether nobody of a group of processes runs any more, given some time to leave."""
    for _ in range(600):
        listed = subprocess.run(["ps", "-eo", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
        # who has ended, but wasn't waited for by who took him over, is gone
        if not re.search(rf"^ *{group} +[^Z\s]", listed, re.MULTILINE):
            return True
        time.sleep(0.1)
    return False


def test_ctrl_c_leaves_no_process_and_no_half_file(tmp_path: Path) -> None:
    project(tmp_path, "甲公司")
    asked = ("batch", "-o", "报告", "--jobs", "2", "--each", "year,half,quarter,month")
    running = process(*asked, cwd=tmp_path)
    deadline = time.monotonic() + 120
    while not (tmp_path / "报告" / "summary.json").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=120)
    assert (running.returncode, out, err) == (130, "", "已中断\n")
    written = workbooks(tmp_path / "报告")
    assert 1 <= len([name for name in written if name.endswith(".xlsx")]) < 19
    assert not [name for name in written if name.startswith(".")]
    assert is_gone(running.pid)
    again, err = program(*asked, "--jobs", "1", cwd=tmp_path).communicate(timeout=120)
    assert (len(again.splitlines()), err) == (19, "")
    assert "未变" in again


# ---- where index and summary can't be written


def test_an_index_that_is_open_elsewhere_is_said(small: Path, capsys: Capture) -> None:
    call(capsys, "-o", "报告", "--each", "year")
    (small / "报告" / "~$2022索引.xlsx").write_bytes(b"")
    before = (small / "报告" / "2022索引.xlsx").read_bytes()
    code, out, err = call(capsys, "-o", "报告", "--each", "year,quarter")
    assert code == 1
    assert len(out) == 5
    assert "2022索引.xlsx 正在 Excel 等程序中打开(~$2022索引.xlsx),没有改动" in err
    assert (small / "报告" / "2022索引.xlsx").read_bytes() == before


def test_a_folder_that_cannot_be_made_is_said(small: Path, capsys: Capture) -> None:
    (small / "报告").write_text("a file")
    code, out, err = call(capsys, "-o", "报告", "--each", "year")
    assert (code, out) == (2, [])
    assert "--output-dir 须是文件夹,报告 是文件" in err


def test_a_summary_that_cannot_be_written_is_said(small: Path, capsys: Capture) -> None:
    (small / "报告" / "summary.json").mkdir(parents=True)
    code, out, err = call(capsys, "-o", "报告", "--each", "year")
    assert (code, out) == (1, [])
    assert "summary.json:这是一个文件夹" in err
