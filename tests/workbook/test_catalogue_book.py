"""The catalogue as a workbook: all of it, harmless, the same each time, and never in place of anything else."""

from pathlib import Path
from typing import Any

import openpyxl
import yaml
from kit.console import Capture, call, refused
from kit.sample import ROOT

SAMPLE = ROOT / "kpi_definitions.yaml"


def written(capsys: Capture, path: Path, catalogue: Path = SAMPLE) -> Any:
    code, out, _ = call(capsys, "catalogue", "--to", str(path), "-c", str(catalogue))
    assert (code, out) == (0, f"写出 {path}\n")
    return openpyxl.load_workbook(path)


def texts(sheet: Any) -> list[list[str]]:
    return [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]


def test_all_that_the_catalogue_declares_is_there(here: Path, capsys: Capture) -> None:
    book = written(capsys, Path("目录.xlsx"))
    declared = yaml.safe_load(SAMPLE.read_text(encoding="utf-8"))
    assert book.sheetnames == [
        "指标目录", "口径说明", "台账", "列", "质量活动", "监督检查", "标准条款", "变更履历",
    ]  # fmt: skip
    numbers = [row[0] for row in texts(book["指标目录"]) if row[0].isdigit()]
    assert (
        numbers == [str(at) for at in range(1, 26)] == [row[0] for row in texts(book["口径说明"]) if row[0].isdigit()]
    )
    sources = declared["sources"].values()
    ledgers = {row[0]: row for row in texts(book["台账"])}
    assert all(ledgers[one["name"]][1] == "、".join(one["departments"]) for one in sources)
    assert ledgers["事件工单"][7] == "18、19"
    columns = {(row[0], row[1]): row for row in texts(book["列"])}
    for one in sources:
        for name, column in one["columns"].items():
            row = columns[one["name"], name]
            assert row[3] == ("必填" if column.get("required") else "可空")
            assert all(alias in row[6] for alias in column.get("aliases", []))
            assert all(value in row[4] for value in column.get("values", {}))
    shown = [row[1] for row in texts(book["质量活动"])]
    assert all(one["name"] in shown for one in declared["activities"])
    assert {one["clause"] for one in declared["clauses"]} <= {row[0] for row in texts(book["标准条款"])}
    assert sum(row[0] == one["category"] for one in declared["supervision"] for row in texts(book["监督检查"])) >= len(
        declared["supervision"]
    )
    assert "SHA-256" in texts(book["指标目录"])[1][0]


SMALL = """\
format: itss-kpi/catalogue/1
plan: {title: 计划, document: D-1, version: V1, organization: 公司, year: 2022, departments: [甲部]}
lookups: {时限: {unit: hour, values: {高: 0.5, 低: 24}}}
sources:
  t:
    name: '=1+1'
    departments: [甲部]
    files: 工单_*
    sheet: 表
    key: [编号]
    snapshot: true
    checks: [{rule: 数 > 0, says: '@不是正数'}]
    columns: {编号: {required: true}, 数: {type: integer}, 人: {sensitive: true}}
indicators:
  - {id: a, number: 1, domain: 域, name: 数, formula: '=HYPERLINK("x")', period: year, value: {measure: count, source: t}}
"""


def test_texts_stay_texts_and_what_is_not_declared_has_no_sheet(here: Path, capsys: Capture) -> None:
    (here / "小.yaml").write_text(SMALL, encoding="utf-8")
    book = written(capsys, Path("小.xlsx"), here / "小.yaml")
    assert book.sheetnames == ["指标目录", "口径说明", "台账", "列", "换算表", "变更履历"]
    assert texts(book["换算表"])[-2:] == [["时限", "高", "0.5", "小时"], ["时限", "低", "24", "小时"]]
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    (ledger,) = [row for row in texts(book["台账"]) if row[0] == "=1+1"]
    assert ledger[3:] == ["表", "编号", "—", "@不是正数:数 > 0", "1"]
    assert any("敏感内容" in row[5] for row in texts(book["列"]))


def test_it_is_the_same_each_time_and_stands_in_place_of_nothing_else(here: Path, capsys: Capture) -> None:
    written(capsys, Path("目录.xlsx"))
    first = Path("目录.xlsx").read_bytes()
    written(capsys, Path("目录.xlsx"))
    assert Path("目录.xlsx").read_bytes() == first
    book = openpyxl.load_workbook("目录.xlsx")
    book["口径说明"]["A1"] = "同意"
    book.save("目录.xlsx")
    common = ("catalogue", "-c", str(SAMPLE), "--to")
    assert "写出后改动过,没有覆盖" in refused(capsys, *common, "目录.xlsx")
    assert "工作簿的文件名须以 .xlsx 结尾" in refused(capsys, *common, "目录.pdf")
