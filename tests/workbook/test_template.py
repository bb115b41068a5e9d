"""Templates: what the workbook holds, cell by cell, and that a filled one reads back without a problem.

Convention: expected values are those of issue 3 and of the reader's rules, written out here; books are reopened.
"""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from kit.console import Capture, call
from kit.sample import ROOT
from kit.tables import catalogue_of, codes

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.load import load
from itss_kpi.catalogue.sources import SUBMITTER, Column
from itss_kpi.cli import main as cli
from itss_kpi.core.period import Period, PeriodKind, parse_period
from itss_kpi.core.problems import Problem
from itss_kpi.reading.exports import find_exports, read_exports
from itss_kpi.reading.reader import Reader
from itss_kpi.tables.build import build_table
from itss_kpi.tables.table import Table
from itss_kpi.workbook.template import LAST_ROW, file_name, workbook

YEAR, Q3 = Period(PeriodKind.YEAR, 2022), Period(PeriodKind.QUARTER, 2022, 3)


def own_catalogue() -> Catalogue:
    catalogue, _ = load((ROOT / "kpi_definitions.yaml").read_text(encoding="utf-8"), "kpi_definitions.yaml")
    assert catalogue
    return catalogue


def source_text(
    columns: str, *, key: str = "编号", name: str = "记录", files: str = "记录_*.xlsx", more: str = ""
) -> str:
    return f"""
sources:
  records:
    name: {name}
    departments: [甲部, 乙部]
    files: {files}
    key: [{key}]
    snapshot: true
    {more}
    columns:
      编号: {{type: text, required: true}}
{columns}
indicators:
  - {{id: a, number: 1, domain: 过程管理, name: 数, formula: 数, period: year, value: {{measure: count, source: records}}}}
"""


EVERY_TYPE = """\
      文本: {type: text}
      整数: {type: integer, minimum: 3}
      小数: {type: decimal}
      百分比: {type: percent}
      整百分比: {type: percent, percent: whole, minimum: 0}
      分数百分比: {type: percent, percent: fraction, minimum: 0}
      日期: {type: date}
      时刻: {type: datetime}
      月份: {type: period}
      季度: {type: period}
      时长: {type: duration, unit: hour}
      是否: {type: yes_no}
      选择: {type: choice, values: {好: [], 坏: []}}
      部门: {type: choice, values_from: departments}
      处理人: {type: text, sensitive: true, optional: true}
"""


def book_of(catalogue: Catalogue, source: str, department: str = "甲部", period: Period = YEAR) -> Any:
    name, remark = file_name(catalogue, source, department, period)
    assert (bool(name), remark) == (True, "")
    return openpyxl.load_workbook(io.BytesIO(workbook(catalogue, source, department, period, name)))


def checks(book: Any) -> dict[str, Any]:
    """Header -> its data validation."""
    sheet = book.worksheets[0]
    titles = {cell.column_letter: cell.value for cell in sheet[1]}
    found = {}
    for rule in sheet.data_validations.dataValidation:
        letter = re.match("[A-Z]+", str(rule.sqref))
        assert letter
        assert str(rule.sqref) == f"{letter[0]}2:{letter[0]}{LAST_ROW}"
        found[titles[letter[0]]] = rule
    return found


# ---- the two sheets


def test_header_formats_and_example_of_every_type() -> None:
    book = book_of(catalogue_of(source_text(EVERY_TYPE)), "records", period=Q3)
    sheet = book.worksheets[0]
    assert book.sheetnames == ["记录", "填写说明"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:P5001"
    assert sheet.max_row == 2
    rows = {
        cell.value: (example.value, example.number_format) for cell, example in zip(sheet[1], sheet[2], strict=True)
    }
    assert rows == {
        "编号": ("【示例】0001", "@"),
        "文本": ("示例文本", "@"),
        "整数": (10, "0"),
        "小数": (9.5, "General"),
        "百分比": (0.95, "0.00%"),
        "整百分比": ("95%", "@"),
        "分数百分比": (0.95, "0.00%"),
        "日期": (datetime(2022, 7, 5), "yyyy-mm-dd"),
        "时刻": (datetime(2022, 7, 1, 9), "yyyy-mm-dd hh:mm"),
        "月份": ("2022-07", "@"),
        "季度": ("2022Q3", "@"),
        "时长": (2, "General"),
        "是否": ("是", "@"),
        "选择": ("好", "@"),
        "部门": ("甲部", "@"),
        "处理人": ("E0001", "@"),
    }
    assert all(cell.font.i and cell.font.color.rgb == "007F7F7F" for cell in sheet[2])
    # the empty cells below have their column's format
    formats = [sheet.column_dimensions[cell.column_letter].number_format for cell in sheet[1]]
    assert formats == [form for _, form in rows.values()]


def test_required_columns_are_marked_by_colour_only() -> None:
    sheet = book_of(own_catalogue(), "incidents", "信息部").worksheets[0]
    colours = {cell.value: cell.fill.fgColor.rgb for cell in sheet[1]}
    columns = own_catalogue().sources["incidents"].columns
    assert list(colours) == list(columns)
    assert {colours[name] for name, column in columns.items() if column.required} == {"00C55A11"}
    assert {colours[name] for name, column in columns.items() if not column.required} == {"0044546A"}


def test_checks_of_every_type() -> None:
    found = checks(book_of(catalogue_of(source_text(EVERY_TYPE)), "records"))
    shown = {
        name: (rule.type, rule.operator, rule.formula1, rule.formula2, rule.errorStyle) for name, rule in found.items()
    }
    text = ("textLength", "lessThanOrEqual", "500", None, "warning")
    months = ",".join(f"2022-{month:02}" for month in range(1, 13))
    assert shown == {
        "编号": text,
        "文本": text,
        "整数": ("whole", "greaterThanOrEqual", "3", None, "stop"),
        "小数": ("decimal", "greaterThanOrEqual", "-999999999999999", None, "stop"),
        "百分比": ("decimal", "between", "0", "1", "stop"),
        "整百分比": ("custom", None, 'IFERROR(VALUE(SUBSTITUTE(F2,"%",""))>=0,FALSE)', None, "stop"),
        "分数百分比": ("decimal", "greaterThanOrEqual", "0", None, "stop"),
        # 2021-01-01 is Excel's day 44197, 2023-12-31 is 45291
        "日期": ("date", "between", "44197", "45291", "warning"),
        "时刻": ("date", "between", "44197", "45291.99999", "warning"),
        "月份": ("list", None, f'"{months}"', None, "warning"),
        "季度": ("list", None, '"2022Q1,2022Q2,2022Q3,2022Q4"', None, "warning"),
        "时长": ("decimal", "greaterThanOrEqual", "0", None, "stop"),
        "是否": ("list", None, '"是,否"', None, "stop"),
        "选择": ("list", None, '"好,坏"', None, "stop"),
        "部门": ("list", None, '"甲部,乙部,丙部"', None, "stop"),
        "处理人": text,
    }
    for rule in found.values():
        assert rule.allow_blank
        assert rule.showErrorMessage
        assert rule.showInputMessage
    assert found["整数"].prompt == "可空。整数,不小于 3"
    assert found["整数"].error == "“整数”须填整数,不小于 3"
    assert found["编号"].prompt == "必填。文字"


def test_a_date_outside_the_period_s_own_column_only_warns() -> None:
    found = checks(book_of(own_catalogue(), "problems", "信息部"))
    assert (found["登记日期"].errorStyle, found["解决日期"].errorStyle) == ("stop", "warning")


def test_notes_say_type_need_options_unit_and_what_a_blank_means() -> None:
    book = book_of(own_catalogue(), "incidents", "信息部")
    notes = {cell.value: cell.comment.text for cell in book.worksheets[0][1]}
    assert notes["工单编号"] == "工单编号(必填)\n类型:文本\n可填:文字\n不能空着\n编号列:同一编号只写一次"
    assert notes["响应时间"] == (
        "响应时间(可空)\n类型:日期时间\n可填:日期和时间,如 2022-01-01 09:30(2021 至 2023 年)\n"
        "空着表示没有发生,不要写“/”“无”“待定”"
    )
    assert notes["响应时限"] == "响应时限(必填)\n类型:时长\n可填:数字,单位为分钟\n不能空着"
    assert notes["优先级"] == "优先级(可空)\n类型:选择\n可填:其中之一:P1、P2、P3、P4\n没有时可以空着"
    assert notes["处理人"].endswith("敏感内容,报告中不显示")


def test_rules_have_a_row_a_column() -> None:
    book = book_of(own_catalogue(), "spares", "通信部", Q3)
    rows = [[cell.value for cell in row[:5]] for row in book["填写说明"].iter_rows()]
    start = rows.index(["列名", "类型", "是否必填", "可填内容", "说明"])
    assert rows[start + 1 :] == [
        ["出库单号", "文本", "必填", "文字", "不能空着;编号列:同一编号只写一次"],
        ["出库日期", "日期", "必填", "日期,如 2022-07-01(2021 至 2023 年)", "不能空着;决定本行属于哪个考核期"],
        ["备件名称", "文本", "可空", "文字", "没有时可以空着"],
        ["出库数量", "整数", "必填", "整数,不小于 0", "不能空着"],
        ["合格数量", "整数", "必填", "整数,不小于 0", "不能空着"],
    ]
    said = "\n".join(str(row[0]) for row in rows[:start])
    for words in (
        "一行一条记录",
        "合计行",
        "合并单元格",
        "没有发生",
        "备品备件出库台账_2022Q3.xlsx",
        "“通信部”文件夹",
        "列名不要改",
    ):
        assert words in said


def test_a_period_column_may_be_a_month_or_a_quarter() -> None:
    rule = checks(book_of(catalogue_of(source_text("      期间: {type: period}\n")), "records"))["期间"]
    assert (
        rule.formula1
        == '"' + ",".join([f"2022-{m:02}" for m in range(1, 13)] + [f"2022Q{q}" for q in range(1, 5)]) + '"'
    )


def test_many_options_stand_on_the_second_sheet() -> None:
    many = [f"取值第{at}号" for at in range(60)]
    columns = f"      选择: {{type: choice, values: {{{', '.join(f'{one}: []' for one in many)}}}}}\n"
    book = book_of(catalogue_of(source_text(columns)), "records")
    rule = checks(book)["选择"]
    found = re.fullmatch(r"'填写说明'!\$G\$(\d+):\$G\$(\d+)", rule.formula1)
    assert found, rule.formula1
    cells = book["填写说明"][f"G{found[1]}:G{found[2]}"]
    assert [row[0].value for row in cells] == many
    assert "(共 60 种,见“填写说明”)" in book.worksheets[0]["B1"].comment.text


def test_options_of_255_characters_stand_in_the_check_and_256_do_not() -> None:
    def formula(length: int) -> str:
        columns = f"      选择: {{type: choice, values: {{{'甲' * (length - 2)}: [], 乙: []}}}}\n"
        return str(checks(book_of(catalogue_of(source_text(columns)), "records"))["选择"].formula1)

    assert formula(255) == f'"{"甲" * 253},乙"'
    assert formula(256).startswith("'填写说明'!")


def test_a_key_that_is_not_in_the_sheet_leaves_no_example() -> None:
    text = source_text("      数: {type: integer}\n", key=SUBMITTER)
    assert book_of(catalogue_of(text), "records").worksheets[0].max_row == 1


# ---- hostile catalogues


HOSTILE = source_text(
    """\
      选择: {type: choice, values: {"=1+1": [], "@a": ["+b"], "甲,乙": [], "a\\"b": [], "_x0041_": [], "\\u202e倒": []}}
""",
    name='"=cmd|''/c calc''!A1[]:*?/很长的名称很长的名称很长的名称很长的名称"',
)  # fmt: skip


def test_no_text_of_the_catalogue_becomes_a_formula() -> None:
    catalogue = catalogue_of(HOSTILE)
    name, _ = file_name(catalogue, "records", "甲部", YEAR)
    content = workbook(catalogue, "records", "甲部", YEAR, name)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = {part: package.read(part).decode() for part in package.namelist()}
    for part, text in parts.items():
        if part.startswith("xl/worksheets/sheet"):
            assert "<f>" not in text
            assert "<f " not in text
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    assert len(book.sheetnames[0]) <= 31
    assert not set(book.sheetnames[0]) & set("[]:*?/\\")
    rule = checks(book)["选择"]
    found = re.fullmatch(r"'填写说明'!\$G\$(\d+):\$G\$(\d+)", rule.formula1)
    assert found
    cells = [row[0] for row in book["填写说明"][f"G{found[1]}:G{found[2]}"]]
    assert [cell.value for cell in cells] == ["=1+1", "@a", "甲,乙", 'a"b', "_x005F_x0041_", "\\x202e倒"]
    assert [cell.quotePrefix for cell in cells] == [True, True, False, False, False, False]


def test_messages_keep_to_what_excel_opens() -> None:
    long = "很" * 80
    columns = f"      {long}: {{type: choice, values: {{{', '.join(f'{long}{at}: []' for at in range(30))}}}}}\n"
    rule = checks(book_of(catalogue_of(source_text(columns)), "records"))[long]
    assert (len(rule.promptTitle), len(rule.prompt) <= 255, len(rule.error) <= 225) == (32, True, True)


@pytest.mark.parametrize("title", ["history", "''", "'"])
def test_names_that_no_sheet_may_have(title: str) -> None:
    book = book_of(catalogue_of(source_text("", more=f'sheet: "{title}"')), "records")
    assert book.sheetnames[0] == "台账"


def test_the_same_input_gives_the_same_bytes() -> None:
    catalogue = own_catalogue()
    one, two = (workbook(catalogue, "incidents", "信息部", Q3, "事件工单_2022Q3.xlsx") for _ in range(2))
    assert one == two
    with zipfile.ZipFile(io.BytesIO(one)) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = package.read("docProps/core.xml").decode()
    assert re.findall(r"W3CDTF\">([^<]*)", core) == ["2000-01-01T00:00:00Z"] * 2


# ---- names


@pytest.mark.parametrize(
    ("files", "period", "name"),
    [
        ("事件工单_*.xlsx", "2022Q3", "事件工单_2022Q3.xlsx"),
        ("事件工单_*.xlsx", "2022-07", "事件工单_2022-07.xlsx"),
        ("事件工单_*.xlsx", "2022", "事件工单_2022.xlsx"),
        ('"*事件工单*.xlsx"', "2022H2", "事件工单2022H2.xlsx"),
        ('"*.xlsx"', "2022", "2022.xlsx"),
        ("P1*.xlsx", "2022Q3", "P1_2022Q3.xlsx"),
        ("事件工单_*.xls*", "2022", "事件工单_2022.xlsx"),
        ("事件工单_*", "2022", "事件工单_2022.xlsx"),
        ("事件工单_v1.0_*", "2022Q3", "事件工单_v1.0_2022Q3.xlsx"),
        ("事件工单_*.XLSX", "2022", "事件工单_2022.XLSX"),
        ("事件工单_2022.xlsx", "2022Q3", "事件工单_2022.xlsx"),
    ],
)  # fmt: skip
def test_the_name_is_claimed_and_holds_the_period(files: str, period: str, name: str) -> None:
    parsed = parse_period(period)
    assert parsed
    catalogue = catalogue_of(source_text("", files=files))
    assert file_name(catalogue, "records", "甲部", parsed) == (name, "")
    assert catalogue.claims("甲部", name) == ["records"]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ('"../../事件工单_*.xlsx"', "没有一个符合它、又写明考核期的 .xlsx 文件名"),
        ('".*.xlsx"', "没有一个符合它、又写明考核期的 .xlsx 文件名"),
        ("事件工单_????.xlsx", "没有一个符合它、又写明考核期的 .xlsx 文件名"),
        ("2021年记录_*.xlsx", "从文件名 2021年记录_2022Q3.xlsx 看不出考核期 2022Q3"),
    ],
)
def test_where_there_is_no_name_it_is_said(files: str, reason: str) -> None:
    catalogue = catalogue_of(source_text("", files=files))
    shown = files.strip('"')
    assert file_name(catalogue, "records", "甲部", Q3) == ("", f"记录的 files“{shown}”:{reason}")


def test_a_name_of_two_sources_is_no_name() -> None:
    text = source_text("").replace(
        "indicators:",
        """\
  others:
    name: 其他
    departments: [甲部]
    files: 记录*2022*.xlsx
    key: [编号]
    snapshot: true
    columns: {编号: {type: text, required: true}}
indicators:""",
    )
    catalogue = catalogue_of(text)
    assert file_name(catalogue, "records", "甲部", Q3)[1].endswith("记录_2022Q3.xlsx 同时属于 记录、其他")
    assert file_name(catalogue, "records", "乙部", Q3) == ("记录_2022Q3.xlsx", "")


def test_a_fixed_name_without_a_period_is_used_and_said() -> None:
    catalogue = catalogue_of(source_text("", files="清单.xlsx"))
    assert file_name(catalogue, "records", "甲部", Q3) == (
        "清单.xlsx", "文件名 清单.xlsx 没有写明考核期;请在 files 中加上 *,或写 covers: year",
    )  # fmt: skip
    yearly = catalogue_of(source_text("", files="清单.xlsx", more="covers: year"))
    assert file_name(yearly, "records", "甲部", Q3) == ("清单.xlsx", "")
    assert "不要改" in str(list(book_of(yearly, "records")["填写说明"].values))


# ---- there and back


def read_back(catalogue: Catalogue, data: Path) -> tuple[dict[str, Table], list[Problem]]:
    """Every source's table as the program reads it, and every problem."""
    with Reader() as reader:
        files, problems = find_exports(catalogue, data, set(catalogue.sources))
        reader.ask([found.path for found in files])
        raws, found = read_exports(catalogue, files, reader)
    problems += found
    tables = {}
    for name, source in catalogue.sources.items():
        plan = catalogue.plan
        tables[name], found = build_table(name, source, raws[name], plan.departments, plan.year)
        problems += found
    return tables, problems


def value_of(name: str, column: Column, at: int, department: str, departments: Sequence[str]) -> Any:
    """A valid value that differs from row to row, as somebody would enter it."""
    match column.type:
        case "integer" | "duration":
            return at + 3
        case "decimal":
            return at + 0.25
        case "percent":
            return "88%" if column.percent == "whole" else 0.88
        case "date":
            return date(2022, 8, 1 + at)
        case "datetime":
            return datetime(2022, 8, 1 + at, 9, 30)
        case "period":
            return f"2022Q{1 + at}" if "季" in name else f"2022-0{7 + at}"
        case "yes_no":
            return ("是", "否")[at % 2]
        case "choice":
            return list(column.values or departments)[at % len(column.values or departments)]
        case _:
            return f"00{at}{department}{name}"


def fill(path: Path, columns: Mapping[str, Column], department: str, departments: Sequence[str]) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == list(columns)
    for at in range(3):
        for letter, (name, column) in enumerate(columns.items(), 1):
            sheet.cell(3 + at, letter).value = value_of(name, column, at, department, departments)
    book.save(path)


def test_filled_templates_of_every_source_read_back_without_a_problem(tmp_path: Path) -> None:
    catalogue = own_catalogue()
    assert cli.run(["template", "-c", str(ROOT / "kpi_definitions.yaml"), "-o", str(tmp_path)]) == 0
    paths = sorted(tmp_path.rglob("*.xlsx"))
    assert len(paths) == sum(len(source.departments) for source in catalogue.sources.values()) == 41
    for path in paths:
        (name,) = catalogue.claims(path.parent.name, path.name)
        fill(path, catalogue.sources[name].columns, path.parent.name, catalogue.plan.departments)
    tables, problems = read_back(catalogue, tmp_path)
    assert [str(problem) for problem in problems] == []
    for name, table in tables.items():
        assert {(export.rows.read, export.rows.kept, export.rows.non_data) for export in table.exports} == {
            (4, 3, 1)
        }, name
    assert tables["incidents"].frame["工单编号"].tolist()[0] == "000信息部工单编号"


def test_a_filled_template_of_every_type_reads_back(tmp_path: Path) -> None:
    catalogue = catalogue_of(source_text(EVERY_TYPE))
    path = tmp_path / "甲部" / "记录_2022Q3.xlsx"
    path.parent.mkdir()
    path.write_bytes(workbook(catalogue, "records", "甲部", Q3, path.name))
    fill(path, catalogue.sources["records"].columns, "甲部", catalogue.plan.departments)
    tables, problems = read_back(catalogue, tmp_path)
    assert [str(problem) for problem in problems] == []
    frame = tables["records"].frame
    # 88% thrice over: as a whole number's text, as a fraction, and as a percent cell
    assert [
        (frame[name] / 10 ** tables["records"].columns[name].scale).tolist()
        for name in ("百分比", "整百分比", "分数百分比")
    ] == [[0.88] * 3] * 3


def test_the_example_s_other_cells_are_valid_too(tmp_path: Path) -> None:
    catalogue = catalogue_of(source_text(EVERY_TYPE))
    path = tmp_path / "甲部" / "记录_2022Q3.xlsx"
    path.parent.mkdir()
    path.write_bytes(workbook(catalogue, "records", "甲部", Q3, path.name))
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["A2"] = "R1"
    book.save(path)
    tables, problems = read_back(catalogue, tmp_path)
    assert ([str(problem) for problem in problems], tables["records"].kept) == ([], 1)


def test_blank_templates_are_empty_ledgers(tmp_path: Path) -> None:
    catalogue = own_catalogue()
    assert cli.run(["template", "-c", str(ROOT / "kpi_definitions.yaml"), "-o", str(tmp_path)]) == 0
    tables, problems = read_back(catalogue, tmp_path)
    assert [str(problem) for problem in problems] == []
    assert {table.kept for table in tables.values()} == {0}


def test_a_record_like_the_example_is_said(tmp_path: Path) -> None:
    catalogue = catalogue_of(source_text("      数: {type: integer}\n"))
    path = tmp_path / "甲部" / "记录_2022.xlsx"
    path.parent.mkdir()
    path.write_bytes(workbook(catalogue, "records", "甲部", YEAR, path.name))
    book = openpyxl.load_workbook(path)
    for row in (["【示例】0002", 4], ["R1", 5], ["合计", 9]):
        book.worksheets[0].append(row)
    book.save(path)
    tables, problems = read_back(catalogue, tmp_path)
    assert tables["records"].kept == 2
    assert codes(problems) == ["D303", "D305"]
    assert {problem.message for problem in problems} == {
        "未计入的非数据行:合计 1 行",
        "编号像示例,内容却不是模板的【示例】:第 3 行",
    }


# ---- the command


SMALL = (
    "format: itss-kpi/catalogue/1\nplan: {title: 计划, document: D, version: V1, organization: 公司, year: 2022, departments: [甲部, 乙部, 丙部]}\ndata: 台账\n"
    + source_text("")
)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / cli.CATALOGUE).write_text(SMALL, encoding="utf-8")
    (tmp_path / "台账").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_files_are_listed_and_nothing_is_overwritten(small: Path, capsys: Capture) -> None:
    (small / "out" / "甲部").mkdir(parents=True)
    (small / "out" / "甲部" / "记录_2022Q3.xlsx").write_text("mine")
    code, out, err = call(capsys, "template", "记录", "-p", "2022年三季度", "-o", "out")
    assert (code, out, err) == (
        1, "写出 out/乙部/记录_2022Q3.xlsx\n", "已有,未改动 out/甲部/记录_2022Q3.xlsx\n",
    )  # fmt: skip
    assert (small / "out" / "甲部" / "记录_2022Q3.xlsx").read_text() == "mine"
    assert [path.name for path in (small / "out" / "乙部").iterdir()] == ["记录_2022Q3.xlsx"]
    assert call(capsys, "template", "records", "-o", "out", "--department", "甲部") == (
        0,
        "写出 out/甲部/记录_2022.xlsx\n",
        "",
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["record"], "没有这个台账:record,是否应为“records”?"),
        (["--department", "甲"], "没有这个部门:甲,是否应为“甲部”?"),
        (["--department", "丙部"], "丙部不交任何台账"),
        (["记录", "--department", "丙部"], "丙部不交记录"),
        (["--period", "Q3"], "看不懂的考核期“Q3”"),
    ],
)
def test_wrong_use_is_refused(small: Path, capsys: Capture, arguments: list[str], said: str) -> None:
    code, out, err = call(capsys, "template", "-o", "out", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"用法有误:{said}")
    assert not (small / "out").exists()


def test_output_is_asked_for_and_a_file_in_the_way_is_named(small: Path, capsys: Capture) -> None:
    assert call(capsys, "template")[2].startswith("用法有误:缺少 --output/-o")
    (small / "out").write_text("")
    code, _, err = call(capsys, "template", "-o", "out")
    assert (code, err.startswith("写不了 out/甲部/记录_2022.xlsx:上级不是文件夹;")) == (1, True)


def test_blank_templates_among_the_exports_are_warned_of(small: Path, capsys: Capture) -> None:
    code, _, err = call(capsys, "template", "-o", "台账")
    assert (code, err) == (0, "注意 空白表写进了台账文件夹:没有填写的表会被当作“交了,没有发生”\n")


def test_names_that_leave_the_folder_are_not_written(small: Path, capsys: Capture) -> None:
    hostile = SMALL.replace("[甲部, 乙部, 丙部]", '["../外", 甲部]').replace("[甲部, 乙部]", '["../外", 甲部]')
    (small / cli.CATALOGUE).write_text(hostile, encoding="utf-8")
    code, out, err = call(capsys, "template", "-o", "out")
    assert (code, out, err) == (1, "写出 out/甲部/记录_2022.xlsx\n", "未写 “../外”不能作文件夹的名称\n")
    assert not (small / "外").exists()
    (small / cli.CATALOGUE).write_text(SMALL.replace("记录_*.xlsx", "清单.xlsx"), encoding="utf-8")
    code, out, err = call(capsys, "template", "-o", "fixed", "--department", "甲部")
    assert (code, out) == (0, "写出 fixed/甲部/清单.xlsx\n")
    assert err == "注意 文件名 清单.xlsx 没有写明考核期;请在 files 中加上 *,或写 covers: year\n"
