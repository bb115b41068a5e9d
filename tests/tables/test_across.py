"""Months and items across the columns, and what stands once a sheet: from files, with verdicts worked out by hand."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from itss_kpi.app.evaluation import Evaluation, evaluate_files
from itss_kpi.app.inputs import Inputs
from itss_kpi.catalogue.load import load

HEAD = """
format: itss-kpi/catalogue/1
plan: {title: 计划, document: D-1, version: V1, organization: 测试公司, year: YEAR, departments: [甲部]}
data: 台账
"""
MONTHS = """
sources:
  t:
    name: 完成情况
    departments: [甲部]
    files: 完成情况_*
    key: [系统, 月份]
    date: 月份
    across: {headings: 月份, cells: [CELLS]}
    columns:
      系统: {type: text, required: true}
      月份: {type: period, required: true}
      计划: {type: decimal, optional: true}
      实际: {type: decimal, required: true}
indicators:
  - {id: x, number: 1, domain: 质量指标, name: 合计, formula: f, period: PERIOD, target: '>= 10件',
     value: {measure: sum, source: t, of: OF}}
"""
ITEMS = """
sources:
  t:
    name: 技能
    departments: [甲部]
    files: 技能_*
    key: [姓名, 项目]
    date: 月份
    across: {headings: 项目, cells: [得分]}
    columns:
      姓名: {type: text, required: true}
      项目: {type: choice, values: {网络: [], 数据库: [DB]}, required: true}
      得分: {type: decimal, required: true, maximum: 100}
      月份: {type: period, required: true, above: 考核月份}
indicators:
  - {id: x, number: 1, domain: 质量指标, name: 平均, formula: f, period: month, target: '>= 80分', for_each: 项目,
     value: {measure: mean, source: t, of: 得分}}
"""
NAMED = """
sources:
  t:
    name: 巡检
    departments: [甲部]
    files: FILES
    sheet: SHEET
    key: [系统, 编号]
    date: 日期
    columns:
      系统: {type: TYPE, required: true}
      编号: {type: text, required: true}
      日期: {type: date, required: true}
      异常: {type: integer, required: true}
indicators:
  - {id: x, number: 1, domain: 质量指标, name: 异常, formula: f, period: month, target: '<= 1次', for_each: 系统,
     value: {measure: sum, source: t, of: 异常}}
"""
Sheets = dict[str, list[list[Any]]]


def evaluated(folder: Path, catalogue: str, files: dict[str, Sheets], period: str, year: str = "2022") -> Evaluation:
    """What comes of a catalogue over workbooks."""
    (folder / "台账/甲部").mkdir(parents=True)
    (folder / "kpi.yaml").write_text(HEAD.replace("YEAR", year) + catalogue, encoding="utf-8")
    for name, sheets in files.items():
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        book.save(folder / "台账/甲部" / name)
    return evaluate_files(Inputs(folder / "kpi.yaml", folder / "台账", cached=False), period)


def said(found: Evaluation) -> dict[str, str]:
    """Verdict and value by period or group."""
    return {
        str(
            one.group or one.period
        ): f"{one.verdict.value} {one.value if one.lowest == one.highest is not None else '?'}"
        for one in found.report.assessments
    }


def codes(found: Evaluation) -> list[str]:
    return sorted({one.code for one in found.report.problems} - {"D101", "D106", "D303"})


def months(cells: str = "实际", of: str = "实际", period: str = "month") -> str:
    return MONTHS.replace("CELLS", cells).replace("OF", of).replace("PERIOD", period)


def test_each_month_across_is_a_record_and_one_without_anything_is_not_handed_in(tmp_path: Path) -> None:
    rows = [["2022年完成情况"], ["系统", "1月", "2月", "3月"], ["OA", 4, 6, None], ["ERP", 5, 4, None]]
    rows.append(["合计", 9, 10, None])
    found = evaluated(tmp_path, months(), {"完成情况_2022.xlsx": {"Sheet": rows}}, "2022Q1")
    assert said(found) == {"2022-01": "missed 9", "2022-02": "attained 10", "2022-03": "missing_data ?"}
    assert codes(found) == []


def test_a_blank_among_the_months_values_is_unknown(tmp_path: Path) -> None:
    rows = [["系统", "1月", "2月"], ["OA", 14, None], ["ERP", None, 4]]
    found = evaluated(tmp_path, months(), {"完成情况_2022.xlsx": {"Sheet": rows}}, "2022Q1")
    assert said(found)["2022-01"] == "unverified ?"
    assert said(found)["2022-02"] == "unverified ?"


@pytest.mark.parametrize(
    "head",
    [
        [["系统", "1月", None, "2月", None], [None, "计划", "实际", "计划", "实际"]],
        [["系统", "1月计划", "1月实际", "2月计划", "2月实际"]],
        [["系统", "2022年1月(计划)", "2022年1月(实际)", "2022-02计划", "2022-02实际"]],
        [["系统", "计划1月", "实际1月", "计划-2月", "实际-2月"]],
    ],
)
def test_two_values_a_month_stand_side_by_side(tmp_path: Path, head: list[list[str | None]]) -> None:
    files = {"完成情况_2022.xlsx": {"Sheet": [*head, ["OA", 10, 9, 20, 12], ["ERP", 10, 2, 20, None]]}}
    found = evaluated(tmp_path, months("计划, 实际", "实际"), files, "2022Q1")
    assert said(found) == {"2022-01": "attained 11", "2022-02": "unverified ?", "2022-03": "missing_data ?"}


def test_sums_of_months_among_them_are_no_records(tmp_path: Path) -> None:
    head = ["系统", "1月", "2月", "3月", "一季度", "4月", "上半年", "全年", "平均"]
    files = {"完成情况_2022.xlsx": {"Sheet": [head, ["OA", 1, 2, 3, 6, 10, 16, 16, 4]]}}
    found = evaluated(tmp_path, months(period="quarter"), files, "2022")
    assert said(found)["2022Q1"] == "missed 6"
    assert said(found)["2022Q2"].startswith("missing_data")


def test_a_month_that_stands_there_twice_is_unknown(tmp_path: Path) -> None:
    files = {"完成情况_2022.xlsx": {"Sheet": [["系统", "1月", "1月", "2月"], ["OA", 11, 12, 13]]}}
    found = evaluated(tmp_path, months(), files, "2022-02")
    assert said(found) == {"2022-02": "attained 13"}
    assert codes(found) == ["D107"]
    assert said(evaluated(tmp_path / "again", months(), files, "2022-01")) == {"2022-01": "unverified ?"}


def test_months_of_a_year_that_begins_in_april_are_of_two_years(tmp_path: Path) -> None:
    rows = [["统计期间:2022-04至2023-03"], ["系统", "4月", "12月", "1月"], ["OA", 11, 12, 13]]
    found = evaluated(tmp_path, months(), {"完成情况_1.xlsx": {"Sheet": rows}}, "2023-01", "2023")
    assert said(found) == {"2023-01": "attained 13"}


def test_the_long_form_is_read_too(tmp_path: Path) -> None:
    rows = [["系统", "月份", "实际"], ["OA", "2022-01", 11], ["OA", "2022-02", 9]]
    found = evaluated(tmp_path, months(), {"完成情况_2022Q1.xlsx": {"Sheet": rows}}, "2022Q1")
    assert said(found) == {"2022-01": "attained 11", "2022-02": "missed 9", "2022-03": "missed 0"}


def test_an_error_in_a_months_cell_is_no_blank(tmp_path: Path) -> None:
    files = {"完成情况_2022.xlsx": {"Sheet": [["系统", "1月", "2月"], ["OA", "#N/A", 12]]}}
    found = evaluated(tmp_path, months(), files, "2022Q1")
    assert said(found) == {"2022-01": "unverified ?", "2022-02": "attained 12", "2022-03": "missing_data ?"}


def test_each_item_across_is_a_record_of_the_month_above(tmp_path: Path) -> None:
    rows = [["考核月份:2022年3月"], ["序号", "姓名", "网络", "DB", "总分", "备注"]]
    rows += [["1", "张", 90, 70, 160, "a"], ["2", "李", 80, 60, 140, None]]
    found = evaluated(tmp_path, ITEMS, {"技能_2022-03.xlsx": {"Sheet": rows}}, "2022-03")
    assert said(found) == {"网络": "attained 85", "数据库": "missed 65"}
    assert codes(found) == []


@pytest.mark.parametrize("head", [["姓名", "网络"], ["姓名", "网络", "数据厍"]])
def test_an_item_without_its_column_is_unknown_and_said(tmp_path: Path, head: list[str]) -> None:
    files = {"技能_2022-03.xlsx": {"Sheet": [["考核月份:2022年3月"], head, ["张", 90, 99][: len(head)]]}}
    found = evaluated(tmp_path, ITEMS, files, "2022-03")
    # 99 under the misspelt heading may be one for 网络, and changes nothing
    assert said(found)["网络"] == ("attained 90" if len(head) == 2 else "attained ?")
    assert said(found)["数据库"] == "unverified ?"
    assert codes(found)[0] == "D105"


def test_a_month_that_isnt_above_is_not_guessed(tmp_path: Path) -> None:
    files = {"技能_2022-03.xlsx": {"Sheet": [["姓名", "网络", "DB"], ["张", 90, 70]]}}
    found = evaluated(tmp_path, ITEMS, files, "2022-03")
    assert {one.split()[0] for one in said(found).values()} == {"unverified"}


ROWS = [["编号", "日期", "异常"], ["1", "2022-03-04", 1], ["2", "2022-03-05", 0]]
MORE = [["编号", "日期", "异常"], ["1", "2022-03-04", 2]]
CHOICE = "choice, values: {OA: [], 二号楼: []}"


def named(files: str, sheet: str = "null", kind: str = "text") -> str:
    return NAMED.replace("FILES", files).replace("SHEET", sheet).replace("TYPE", kind)


@pytest.mark.parametrize("kind", ["text", CHOICE])
def test_a_files_name_gives_a_column_its_value(tmp_path: Path, kind: str) -> None:
    files = {"巡检_OA_2022-03.xlsx": {"Sheet": ROWS}, "巡检_二号楼_2022-03.xlsx": {"Sheet": MORE}}
    found = evaluated(tmp_path, named("巡检_{系统}_*.xlsx", kind=kind), files, "2022-03")
    assert said(found) == {"OA": "attained 1", "二号楼": "missed 2"}
    assert codes(found) == []


@pytest.mark.parametrize("kind", ["text", CHOICE])
def test_a_sheets_name_gives_a_column_its_value(tmp_path: Path, kind: str) -> None:
    catalogue = named("巡检_*.xlsx", "'{系统}'", kind)
    found = evaluated(tmp_path, catalogue, {"巡检_2022-03.xlsx": {"OA": ROWS, "二号楼": MORE}}, "2022-03")
    assert said(found) == {"OA": "attained 1", "二号楼": "missed 2"}
    assert codes(found) == []


def test_a_month_for_which_one_of_them_has_no_file_is_not_handed_in(tmp_path: Path) -> None:
    files = {"巡检_OA_2022Q1.xlsx": {"Sheet": ROWS}, "巡检_二号楼_2022-03.xlsx": {"Sheet": MORE}}
    found = evaluated(tmp_path, named("巡检_{系统}_*.xlsx", kind=CHOICE), files, "2022-03")
    assert said(found) == {"OA": "attained 1", "二号楼": "missed 2"}
    assert codes(found) == ["D136"]
    alone = evaluated(tmp_path / "alone", named("巡检_{系统}_*.xlsx", kind=CHOICE), files, "2022-02")
    assert {one.split()[0] for one in said(alone).values()} == {"missing_data"}


def test_months_that_each_has_stay_those_that_the_sheet_answers_for(tmp_path: Path) -> None:
    files: dict[str, Sheets] = {"巡检_OA_2022Q1.xlsx": {"Sheet": ROWS}}
    files |= {f"巡检_二号楼_2022-{month:02}.xlsx": {"Sheet": MORE[:1]} for month in (1, 2)}
    found = evaluated(tmp_path, named("巡检_{系统}_*.xlsx", kind=CHOICE), files, "2022Q1")
    assert {str(one.covers and one.covers[1]) for one in found.report.exports} == {"2022-02-01", "2022-03-01"}
    assert codes(found) == ["D136"]


def test_other_titles_above_say_nothing_of_it(tmp_path: Path) -> None:
    rows = [["部门:甲", "考核月份:"], ["考核月份", "2022年3月"], ["姓名", "网络", "DB"], ["张", 90, 70]]
    found = evaluated(tmp_path, ITEMS, {"技能_2022-03.xlsx": {"Sheet": rows}}, "2022-03")
    assert said(found) == {"网络": "attained 90", "数据库": "missed 70"}


def test_a_part_of_a_month_is_not_the_month(tmp_path: Path) -> None:
    files = {"巡检_OA_2022年3月1日至15日.xlsx": {"Sheet": ROWS}, "巡检_二号楼_2022-03.xlsx": {"Sheet": MORE}}
    found = evaluated(tmp_path, named("巡检_{系统}_*.xlsx", kind=CHOICE), files, "2022-03")
    assert {one.split()[0] for one in said(found).values()} == {"missing_data"}
    assert codes(found) == ["D136"]
    assert [one.covers for one in found.report.exports] == [None, None]


def test_a_name_that_is_no_choice_is_unknown(tmp_path: Path) -> None:
    files = {"巡检_OA_2022-03.xlsx": {"Sheet": ROWS}, "巡检_三号楼_2022-03.xlsx": {"Sheet": MORE}}
    found = evaluated(tmp_path, named("巡检_{系统}_*.xlsx", kind=CHOICE), files, "2022-03")
    assert {one.split()[0] for one in said(found).values()} == {"missing_data"}
    assert codes(found) == ["D136", "D203"]


@pytest.mark.parametrize("aside", ["作废", "旧"])
def test_a_file_that_is_set_aside_is_none_of_its_item(tmp_path: Path, aside: str) -> None:
    files = {"巡检_OA_2022-03.xlsx": {"Sheet": ROWS}, f"巡检_二号楼_2022-03_{aside}.xlsx": {"Sheet": MORE}}
    found = evaluated(tmp_path, named("巡检_{系统}_*.xlsx", kind=CHOICE), files, "2022-03")
    assert {one.split()[0] for one in said(found).values()} == {"missing_data"}
    assert codes(found) == ["D131", "D136"]


def test_a_name_that_is_no_choice_answers_for_nothing_even_alone(tmp_path: Path) -> None:
    files = {"巡检_三号楼_2022-03.xlsx": {"Sheet": MORE}}
    found = evaluated(
        tmp_path, named("巡检_{系统}_*.xlsx", kind=CHOICE).replace(", for_each: 系统", ""), files, "2022-03"
    )
    assert said(found) == {"2022-03": "missing_data ?"}
    assert codes(found) == ["D136", "D203"]


def test_a_table_without_its_title_is_none_of_an_item(tmp_path: Path) -> None:
    catalogue = named("巡检_*.xlsx", kind=f"{CHOICE}, above: 系统名称")
    files = {
        "巡检_甲组_2022-03.xlsx": {"Sheet": [["系统名称:OA"], *ROWS]},
        "巡检_乙组_2022-03.xlsx": {"Sheet": MORE},
    }
    found = evaluated(tmp_path, catalogue, files, "2022-03")
    assert {one.split()[0] for one in said(found).values()} == {"missing_data"}
    assert codes(found) == ["D105", "D136"]


def test_a_column_of_its_own_is_believed_before_the_files_name(tmp_path: Path) -> None:
    rows = [["系统", *ROWS[0]], ["ERP", *ROWS[1]]]
    found = evaluated(tmp_path, named("巡检_{系统}_*.xlsx"), {"巡检_OA_2022-03.xlsx": {"Sheet": rows}}, "2022-03")
    assert said(found) == {"ERP": "attained 1"}


@pytest.mark.parametrize(
    ("catalogue", "message"),
    [
        (months("月份"), "列头下面不能是"),
        (months().replace("headings: 月份", "heading: 月份"), "没有这一项,是否应为“headings”?"),
        (months().replace("headings: 月份", "headings: 系统"), "列头须是 period 列"),
        (months().replace("headings: 月份", "headings: 月"), "没有声明的列:月"),
        (named("巡检_{项目}_*.xlsx"), "没有声明的列:项目"),
        (named("巡检_*.xlsx", "'{项目}'"), "没有声明的列:项目"),
    ],
)
def test_a_slip_of_the_declaration_is_said(catalogue: str, message: str) -> None:
    _, problems = load(HEAD.replace("YEAR", "2022") + catalogue, "kpi.yaml")
    assert any(message in str(one) for one in problems)
