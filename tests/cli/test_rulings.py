"""What a person has ruled, from the line that `check` offers to the archive."""

import shutil
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path

import openpyxl
import pytest
from kit.console import Capture, call

CASE = Path(__file__).parents[1] / "examples" / "cases" / "ruled-by-the-quality-manager"
LEDGER = "data/质量部/裁定_2022.xlsx"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Run:
    """The program in a copy of the project, without its rulings."""
    shutil.copytree(CASE, tmp_path / "case")
    monkeypatch.chdir(tmp_path / "case")
    monkeypatch.setenv("COLUMNS", "100")
    Path(LEDGER).unlink()
    return partial(call, capsys)


def rule(run: Run) -> None:
    """Copy the lines that are offered, as they come, and fill in what is left to decide."""
    code, out, _ = run("check", "--rulings", "--period", "2022Q3")
    assert code == 0
    head, *lines = (line.split("\t") for line in out.splitlines())
    book = openpyxl.Workbook()
    book.active.append(head)
    readings = {"C5": datetime(2022, 7, 4, 9, 25), "22": "不计"}
    for at, line in enumerate(lines, 1):
        told = dict(zip(head, line, strict=True))
        told |= {"裁定编号": f"R{at}", "读作": readings[told["位置"]], "裁定人": "质量经理", "理由": "值班电话记录"}
        book.active.append([*(told | {"裁定日期": date(2022, 10, 9)}).values()])
    book.save(LEDGER)


def test_lines_to_copy_end_the_doubt_and_are_shown_wherever_the_verdict_is(run: Run) -> None:
    assert "? 待核实" in run("evaluate", "--period", "2022Q3")[1]
    rule(run)
    for args in (["evaluate", "--period", "2022Q3"], ["explain", "late", "--period", "2022Q3"]):
        out = run(*args)[1]
        assert "✓ 达成※" in out
        assert "按裁定读取的 2 处" in out
        assert "C5 读作“2022-07-04 09:25:00”(质量经理,2022-10-09)" in out.replace("\n", "")
    out = run("trend", "late")[1]
    assert "✓ 达成※" in out
    assert "※ 用到裁定" in out
    assert run("evaluate", "--period", "2022Q3", "--format", "csv")[1].splitlines()[1].endswith("R1、R2")
    assert run("check", "--rulings")[1].splitlines()[1:] == []


def test_lines_are_offered_of_the_files_that_are_asked_for(run: Run) -> None:
    assert len(run("check", "--rulings", "--file", "工单_2022Q3.xlsx")[1].splitlines()) == 3
    assert len(run("check", "--rulings", "--file", "kpi_definitions.yaml")[1].splitlines()) == 1  # the head alone
    assert run("check", "--rulings", "--file", "别的.xlsx")[:2] == (2, "")


def test_the_workbook_says_what_was_ruled(run: Run) -> None:
    rule(run)
    assert run("report", "--period", "2022Q3", "--output", "book.xlsx")[0] == 0
    books = [openpyxl.load_workbook(name) for name in ("book.xlsx", "book_证据.xlsx")]
    sheets = [sheet for book in books for sheet in book]
    cells = {sheet.title: [str(cell.value) for row in sheet for cell in row if cell.value] for sheet in sheets}
    assert any("※ 裁定 R1、R2" in text for text in cells["指标达成情况"])
    assert {"R2", "第 22 行", "不计", "质量经理", "2022-10-09 00:00:00", "值班电话记录"} <= set(cells["运行信息"])


def test_the_archive_knows_by_which_rulings_it_was_closed(run: Run) -> None:
    rule(run)
    assert run("close", "--period", "2022Q3")[0] == 0
    assert run("verify")[0] == 0
    Path(LEDGER).unlink()
    code, out, _ = run("verify")
    assert code == 1
    assert "裁定_2022.xlsx" in out
    assert "待核实" in out


def test_without_a_ledger_of_rulings_there_is_no_line(run: Run) -> None:
    text = Path("kpi_definitions.yaml").read_text(encoding="utf-8")
    start, end = text.index("  rulings:"), text.index("indicators:")
    Path("kpi_definitions.yaml").write_text(text[:start] + text[end:], encoding="utf-8")
    code, _, err = run("check", "--rulings")
    assert code == 2
    assert "没有声明裁定台账" in err
