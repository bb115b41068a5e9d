"""One workbook with two ledgers, through the commands: each sheet is its ledger's, and the file is kept once."""

import json
from pathlib import Path

import pytest
from kit.console import Capture, as_json, call
from openpyxl import Workbook

CATALOGUE = """
format: itss-kpi/catalogue/1
plan: {title: 计划, document: D, version: V1, organization: 公司, year: 2022, departments: [甲部]}
data: 台账
sources:
  t: {name: 工单, departments: [甲部], files: 台账_*.xlsx, sheet: 工单, key: [编号], date: 日期, columns: {编号: {required: true}, 日期: {type: date, required: true}}}
  c: {name: 投诉, departments: [甲部], files: 台账_*.xlsx, sheet: 投诉, key: [号码], date: 日期, columns: {号码: {required: true}, 日期: {type: date, required: true}}}
  actions: {name: 纠正措施台账, departments: [甲部], files: 台账_*.xlsx, sheet: 措施, key: [措施编号], date: 提出日期,
    columns: {措施编号: {required: true}, 指标编号: {}, 考核期: {}, 提出日期: {type: date}, 原因: {}, 措施: {}, 责任人: {}, 计划完成日期: {type: date}, 完成日期: {type: date}, 验证日期: {type: date}, 验证人: {}, 验证结果: {}}}
indicators:
  - {id: a, number: 1, domain: 域, name: 工单数, formula: f, period: quarter, target: '<= 2次', value: {measure: count, source: t}}
  - {id: b, number: 2, domain: 域, name: 投诉数, formula: f, period: quarter, target: '<= 2次', value: {measure: count, source: c}}
"""  # fmt: skip
SHEETS = {
    "工单": [["编号", "日期"], ["A1", "2022-07-05"], ["A2", "2022-08-05"], ["A3", "2022-09-05"]],
    "投诉": [["号码", "日期"], ["B1", "2022-09-06"], ["B2", "去年"]],
    "措施": [["措施编号", "指标编号", "考核期", "提出日期"], ["X1", "1", "2022Q3", "2022-09-30"]],
}


@pytest.fixture
def handed_in(here: Path) -> Path:
    """The project, in the current folder."""
    (here / "kpi_definitions.yaml").write_text(CATALOGUE, encoding="utf-8")
    (here / "台账" / "甲部").mkdir(parents=True)
    written(here, *SHEETS)
    return here


def written(here: Path, *names: str) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name in names:
        sheet = book.create_sheet(name)
        for row in SHEETS[name]:
            sheet.append(row)
    book.save(here / "台账" / "甲部" / "台账_2022Q3.xlsx")


def found(capsys: Capture) -> tuple[dict[str, tuple[str, str]], list[str]]:
    told = as_json(capsys, "evaluate", "-p", "2022Q3")
    values = {one["indicator"]: (one["verdict"], one["display"]) for one in told["assessments"]}
    return values, [f"{one['code']} {one.get('sheet')}" for one in told["problems"] if one["severity"] == "error"]


def test_each_sheet_is_its_ledger_s_cold_and_warm(handed_in: Path, capsys: Capture) -> None:
    cold = found(capsys)
    assert cold[0]["a"] == ("missed", "3次")
    assert cold[0]["b"][0] == "attained"  # 1 or 2 of at most 2
    assert any(one.endswith(" 投诉") for one in cold[1])
    assert found(capsys) == cold


def test_a_sheet_that_is_not_there_is_missing_data_of_its_ledger_alone(handed_in: Path, capsys: Capture) -> None:
    written(handed_in, "工单", "措施")
    values, codes = found(capsys)
    assert (values["a"][0], values["b"][0]) == ("missed", "missing_data")
    assert "D127 投诉" in codes
    assert found(capsys) == (values, codes)


def test_each_ledger_s_line_of_the_state_has_its_own_mistakes(handed_in: Path, capsys: Capture) -> None:
    entries = {one["source"]: one for one in as_json(capsys, "status", "-p", "2022Q3")["entries"]}
    assert {name: entry["problems"]["error"] for name, entry in entries.items()} == {"t": 0, "c": 1}


def test_the_file_is_closed_once_and_verified(handed_in: Path, capsys: Capture) -> None:
    accept = ("--accept", "missing_data", "--accept", "problems")
    code, _, err = call(capsys, "close", "-p", "2022Q3", "--by", "甲", *accept)
    assert code == 0, err
    (manifest,) = handed_in.rglob("manifest.json")
    assert [one["path"] for one in json.loads(manifest.read_text("utf-8"))["inputs"]] == ["甲部/台账_2022Q3.xlsx"]
    assert call(capsys, "verify")[0] == 0
