"""Workbooks sent back to departments: as they came, with what is wrong marked, and clear once it is mended.

Convention: what has to be marked is planted by hand, in a small project, or stands in the sample's own files.
"""

import io
import shutil
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from kit.console import Capture, call, refused
from kit.projects import save
from kit.sample import ROOT
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment

CATALOGUE = """\
format: itss-kpi/catalogue/1
plan: {title: 计划, document: D-1, version: V1, organization: 公司, year: 2022, departments: [甲部, 乙部]}
data: data
sources:
  t:
    name: 工单
    departments: [甲部, 乙部]
    files: 工单_*
    key: [编号]
    date: 日期
    columns:
      编号: {type: text, required: true}
      日期: {type: date, required: true}
      结果: {type: choice, values: {好: [], 坏: []}, required: true}
      人: {type: text, sensitive: true}
indicators:
  - {id: good, number: 1, domain: 过程管理, name: 合格率, formula: 好/全部, target: '>= 50%', period: year,
     numerator: {within: denominator, where: 结果 == '好'}, denominator: {measure: count, source: t}}
"""
HEAD = ["编号", "日期", "结果", "人"]
ROWS: list[list[Any]] = [
    ["1", date(2022, 1, 5), "好", "张"],
    ["2", "不知道", "坏", "李"],
    ["3", date(2022, 3, 1), "还行", "王"],
    ["3", date(2022, 4, 1), "好", "王"],
]
FILE = Path("data") / "甲部" / "工单_2022.xlsx"
SENT = Path("退回") / "甲部" / "工单_2022.xlsx"


@pytest.fixture
def project(here: Path) -> Path:
    (here / "kpi_definitions.yaml").write_text(CATALOGUE, encoding="utf-8")
    save(here / FILE, HEAD, ROWS)
    save(here / "data" / "乙部" / "工单_2022.xlsx", HEAD, [["B1", date(2022, 1, 5), "好", "赵"]])
    return here


def send_back(capsys: Capture, *more: str) -> str:
    code, _, err = call(capsys, "check", "--return", "退回", *more)
    assert code == 1
    return err


def test_the_cells_at_fault_are_marked_and_everything_else_is_as_it_came(project: Path, capsys: Capture) -> None:
    assert send_back(capsys) == "写出 退回/甲部(1 个文件)\n"
    book = openpyxl.load_workbook(SENT)
    assert book.sheetnames == ["请先看这里", "Sheet"]
    sheet = book["Sheet"]
    told = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert told == [
        HEAD,
        *([datetime(one.year, one.month, one.day) if isinstance(one, date) else one for one in row] for row in ROWS),
    ]
    marked = {
        cell.coordinate: (cell.fill.fgColor.rgb, cell.comment)
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment
    }
    # the date, the word that is no choice, and the key that stands for two records
    assert {"B3", "C4"} <= marked.keys()
    assert marked.keys() & {"A4", "A5"}
    assert marked["B3"][0] == "00FFC7CE"
    assert marked["B3"][1].text.startswith("错误:“日期”读不成日期:“不知道”\n怎么改:")
    assert [sheet.cell(1, at).comment for at in range(1, 5)] == [None] * 4
    rows = [[cell.value for cell in row] for row in book["请先看这里"].iter_rows()]
    assert rows[0][0].startswith(f"{len(rows) - 2} 处要看一看")
    assert rows[1] == ["序号", "级别", "在哪里", "是什么问题", "怎么改"]
    assert {row[2] for row in rows[2:]} >= {"Sheet!B3", "Sheet!C4"}
    assert {row[2].hyperlink.location for row in book["请先看这里"].iter_rows(min_row=3)} >= {
        "'Sheet'!B3",
        "'Sheet'!C4",
    }


def test_the_letter_says_what_is_missing_too(project: Path, capsys: Capture) -> None:
    shutil.rmtree(Path("data") / "乙部")
    (Path("data") / "乙部").mkdir()
    assert send_back(capsys) == "写出 退回/甲部(1 个文件)\n写出 退回/乙部(0 个文件)\n"
    assert "乙部没有交齐“工单”" in (Path("退回") / "乙部" / "邮件.txt").read_text(encoding="utf-8")
    letter = (Path("退回") / "甲部" / "邮件.txt").read_text(encoding="utf-8")
    assert letter.startswith("甲部:\n\n2022 的台账(截至 2022-12-31)请处理下面几处:\n")
    assert "甲部/工单_2022.xlsx!Sheet!B3:“日期”读不成日期:“不知道”。" in letter
    assert "工单_2022.xlsx(" in letter
    assert "乙部" not in letter


def test_it_may_come_back_as_it_is_and_clears_once_mended(project: Path, capsys: Capture) -> None:
    before = call(capsys, "check")[1]
    send_back(capsys)
    shutil.copy(SENT, FILE)
    assert call(capsys, "check")[1] == before
    # mended as the comments say, with list and marks still in it
    book = openpyxl.load_workbook(FILE)
    sheet: Any = book["Sheet"]
    sheet["B3"], sheet["C4"], sheet["A5"] = date(2022, 2, 1), "坏", "4"
    book.save(FILE)
    code, out, _ = call(capsys, "check")
    assert (code, out) == (0, "没有发现问题\n")
    # sent back once more, what was marked before is gone
    sheet["C2"] = "差"
    book.save(FILE)
    send_back(capsys)
    again = openpyxl.load_workbook(SENT)
    assert again.sheetnames == ["请先看这里", "Sheet"]
    assert [cell.coordinate for row in again["Sheet"].iter_rows() for cell in row if cell.comment] == ["C2"]
    assert again["Sheet"]["B3"].fill.fill_type is None


def test_what_the_department_wrote_itself_stays(project: Path, capsys: Capture) -> None:
    book = openpyxl.load_workbook(FILE)
    sheet: Any = book["Sheet"]
    sheet["B3"].comment = Comment("问过客户", "李")
    sheet["E1"], sheet["E2"] = "备注", "=LEN(A2)"
    book.save(FILE)
    send_back(capsys)
    made = openpyxl.load_workbook(SENT)
    assert made["Sheet"]["E2"].value == "=LEN(A2)"
    assert made["Sheet"]["B3"].comment.text.startswith("问过客户\n错误:")
    assert made.calculation.fullCalcOnLoad


def test_what_can_not_be_carried_over_gets_the_list_beside_it(project: Path, capsys: Capture) -> None:
    book = openpyxl.load_workbook(FILE)
    chart = BarChart()
    chart.add_data(Reference(book["Sheet"], min_col=1, min_row=1, max_row=3))
    book["Sheet"].add_chart(chart, "G2")
    book.save(FILE)
    (Path("data") / "乙部" / "工单_2022.xlsx").unlink()
    (Path("data") / "乙部" / "工单_2022.csv").write_text(
        "编号,日期,结果,人\nB1,2022-13-01,好,赵\n", encoding="utf-8-sig"
    )
    err = send_back(capsys)
    assert (
        "甲部/工单_2022.xlsx:其中有图形、图表、宏或其他带不过来的内容,没有标记,另写了清单 工单_2022.xlsx_问题清单.xlsx"
        in err
    )
    assert "乙部/工单_2022.csv:不是 .xlsx 文件,没有标记,另写了清单 工单_2022.csv_问题清单.xlsx" in err
    listed = openpyxl.load_workbook(SENT.with_name("工单_2022.xlsx_问题清单.xlsx"))
    assert listed.sheetnames == ["请先看这里"]
    assert not SENT.exists()
    rows = [[cell.value for cell in row] for row in listed["请先看这里"].iter_rows(min_row=3)]
    assert "Sheet!B3" in {row[2] for row in rows}


@pytest.mark.parametrize(
    ("part", "text", "reason"),
    [
        ("xl/vbaProject.bin", b"x", "其中有图形、图表、宏"),
        ("xl/worksheets/sheet1.xml", b"<extLst>", "其中有新版 Excel 的条件格式"),
    ],
)
def test_parts_that_would_be_lost(part: str, text: bytes, reason: str, project: Path, capsys: Capture) -> None:
    with zipfile.ZipFile(FILE) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts[part] = sheet.replace(b"</worksheet>", b"<extLst></extLst></worksheet>") if text == b"<extLst>" else text
    with zipfile.ZipFile(FILE, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    assert reason in send_back(capsys)


def test_what_is_personal_stays_covered(project: Path, capsys: Capture) -> None:
    save(
        Path("data") / "乙部" / "工单_2022.xlsx",
        HEAD,
        [["3", date(2022, 5, 1), "好", "欧阳某"], ["3", date(2022, 5, 1), "坏", "欧阳某"]],
    )
    send_back(capsys)
    sent = Path("退回") / "乙部" / "工单_2022.xlsx"
    listed = "\n".join(
        str(cell.value) for row in openpyxl.load_workbook(sent)["请先看这里"].iter_rows() for cell in row
    )
    assert "欧阳某" not in listed + (sent.with_name("邮件.txt")).read_text(encoding="utf-8")


def test_where_copies_are_written(project: Path, capsys: Capture) -> None:
    said = refused(capsys, "check", "--return", "data/退回")
    assert "--return 不能在台账文件夹里面" in said
    assert "--return 须是文件夹" in refused(capsys, "check", "--return", "kpi_definitions.yaml")
    send_back(capsys)
    book = openpyxl.load_workbook(SENT)
    book["Sheet"]["C2"] = "坏"
    book.save(SENT)
    assert "不是本程序写出的退回件,或写出后改动过,没有覆盖" in refused(capsys, "check", "--return", "退回")
    assert call(capsys, "check", "--return", "乙", "--department", "乙部")[2] == "没有要部门修改的问题\n"


def test_the_sample_s_files_come_back_whole(tmp_path: Path, capsys: Capture) -> None:
    common = ("-c", str(ROOT / "kpi_definitions.yaml"))
    before = call(capsys, "check", *common)[1]
    call(capsys, "check", "--return", str(tmp_path / "退回"), *common)
    copies = sorted((tmp_path / "退回").rglob("*.xlsx"))
    assert len(copies) == 15
    for copy in copies:
        original = ROOT / "sample_data" / copy.parent.name / copy.name
        was, now = (openpyxl.load_workbook(io.BytesIO(path.read_bytes())) for path in (original, copy))
        assert now.sheetnames == ["请先看这里", *was.sheetnames]
        for sheet in was:
            assert [[c.value for c in row] for row in now[sheet.title].iter_rows()] == [
                [c.value for c in row] for row in sheet.iter_rows()
            ]
    data = shutil.copytree(ROOT / "sample_data", tmp_path / "data", ignore=shutil.ignore_patterns("archive"))
    for copy in copies:
        shutil.copy(copy, data / copy.parent.name / copy.name)
    assert call(capsys, "check", *common, "--data", str(data))[1] == before
