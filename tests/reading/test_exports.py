"""Exports: which files are found and claimed, and what the worker process makes of them."""

import hashlib
import os
import shutil
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from kit.ledgers import SHEET, Project, inside, merged_page, xlsx
from kit.ledgers import tickets as rows_of_tickets
from kit.tables import codes

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.load import load
from itss_kpi.core.period import Period, PeriodKind
from itss_kpi.core.problems import Problem
from itss_kpi.engine.coverage import lacking_months
from itss_kpi.reading.exports import Found, concerning, find_exports, paths_of, read_exports
from itss_kpi.reading.grid import RawExport
from itss_kpi.reading.reader import Reader
from itss_kpi.tables.build import build_table

CATALOGUE = """
format: itss-kpi/catalogue/1
plan: {title: 计划, document: D, version: V1, organization: 公司, year: 2022, departments: [信息部, 通信部, 营销部]}
sources:
  tickets:
    name: 工单台账
    departments: [信息部, 通信部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    columns:
      编号: {type: text, required: true}
      日期: {type: date, required: true}
      数量: {type: integer}
  plans:
    name: 年度计划
    departments: [信息部]
    files: "*计划*.xlsx"
    sheet: 计划表
    covers: year
    key: [编号]
    snapshot: true
    columns:
      编号: {type: text, required: true}
      数量: {type: integer}
indicators: []
"""
HEADER = ["编号", "日期", "数量"]
Q3 = (date(2022, 7, 1), date(2022, 10, 1))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    found, problems = load(CATALOGUE, "kpi.yaml")
    assert found, problems
    return found


def book(path: Path, sheets: dict[str, Sequence[Sequence[Any]]]) -> Path:
    """A workbook with these sheets, each from its first row on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


def tickets(folder: Path, name: str, *keys: str) -> Path:
    return book(folder / name, {"工单台账": [HEADER, *([key, "2022-07-05", 1] for key in keys)]})


def find(catalogue: Catalogue, data: Path, *wanted: str) -> tuple[list[Found], list[Problem]]:
    return find_exports(catalogue, data, set(wanted or catalogue.sources))


def read(catalogue: Catalogue, data: Path) -> tuple[dict[str, list[RawExport]], list[Problem]]:
    files, problems = find(catalogue, data)
    with Reader() as reader:
        reader.ask(paths_of(files))
        raws, found = read_exports(catalogue, files, reader)
    return raws, [*problems, *found]


def lines(problems: Sequence[Problem]) -> list[str]:
    return [str(problem) for problem in problems]


def typed(catalogue: Catalogue, raws: dict[str, list[RawExport]], source: str = "tickets") -> tuple[Any, list[Problem]]:
    plan = catalogue.plan
    return build_table(source, catalogue.sources[source], raws.get(source, []), plan.departments, plan.year)


# ---- finding


def touch(data: Path, *names: str) -> None:
    for name in names:
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_bytes(b"")


def test_files_are_claimed_by_department_and_pattern(catalogue: Catalogue, tmp_path: Path) -> None:
    touch(
        tmp_path, "通信部/工单_2022Q3.xlsx", "信息部/旧/工单_2022Q2.xlsx", "信息部/工单_2022Q3.xlsx",
        "营销部/工单_2022Q3.xlsx", "别处/工单_2022Q3.xlsx", "工单_2022Q3.xlsx",
    )  # fmt: skip
    found, problems = find(catalogue, tmp_path)
    assert [(item.shown, item.department, item.source) for item in found] == [
        ("信息部/工单_2022Q3.xlsx", "信息部", "tickets"),
        ("信息部/旧/工单_2022Q2.xlsx", "信息部", "tickets"),
        ("工单_2022Q3.xlsx", "信息部", "tickets"),
        ("工单_2022Q3.xlsx", "通信部", "tickets"),
        ("通信部/工单_2022Q3.xlsx", "通信部", "tickets"),
    ]
    assert [item.path for item in found] == [tmp_path / item.shown for item in found]
    # 营销部 and 别处 owe no ledger: nothing is read there; what lies beside the folders may be a department's
    assert [item.shown for item in found if item.near] == ["工单_2022Q3.xlsx"] * 2
    assert [(problem.code, str(problem.place)) for problem in problems] == [
        ("D103", "别处"), ("D103", "营销部"), ("D130", "工单_2022Q3.xlsx"),
    ]  # fmt: skip


def test_a_file_that_no_source_claims_is_named(catalogue: Catalogue, tmp_path: Path) -> None:
    strays = [
        "信息部/工单 模板 2022Q3.xlsx",
        "信息部/工单统计_2022Q3.xlsx",
        "通信部/工单_2022Q3.docx",
        "通信部/计划_2022.xlsx",
    ]
    touch(tmp_path, *strays, "通信部/.DS_Store")
    found, problems = find(catalogue, tmp_path)
    assert found == []
    assert lines(problems) == [f"{name}: D103 不属于任何台账" for name in strays]


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("信息部/工单2022Q3.xlsx", "把文件名改成 工单_*.xlsx 的形式"),
        ("信息部/工单 2022-07补.csv", "把文件名改成 工单_*.xlsx 的形式"),
        ("信息部/工单 二车间 2022-07.xlsx", "把文件名改成 工单_*.xlsx 的形式"),
        ("信息部/副本工单_2022Q3.xlsx", "把文件名改成 工单_*.xlsx 的形式"),
        ("信息部/工单2022-07_二车间.xlsx", "把文件名改成 工单_*.xlsx 的形式"),
        ("信息部门/工单_2022Q3.xlsx", "移到部门文件夹“信息部”"),
        ("信息部们/工单2022Q3.xlsx", "把文件名改成 工单_*.xlsx 的形式,移到部门文件夹“信息部”"),
    ],
)
def test_a_file_just_outside_is_not_read_and_not_missing(
    catalogue: Catalogue, tmp_path: Path, name: str, how: str
) -> None:
    touch(tmp_path, name)
    found, problems = find(catalogue, tmp_path)
    assert [(item.shown, item.source, item.department, item.near) for item in found] == [
        (name, "tickets", "信息部", True)
    ]
    assert lines(problems)[-1] == f"{name}: D130 像是“工单台账”,没有读:请{how}"
    with Reader() as reader:
        reader.ask([item.path for item in found])
        raws, _ = read_exports(catalogue, found, reader)
    assert [(raw.readable, raw.covers) for raw in raws["tickets"]] == [(False, found[0].covers)]


def test_a_file_that_two_sources_claim_is_read_by_neither(catalogue: Catalogue, tmp_path: Path) -> None:
    touch(tmp_path, "信息部/工单_计划_2022.xlsx")
    found, problems = find(catalogue, tmp_path)
    assert found == []
    assert lines(problems) == ["信息部/工单_计划_2022.xlsx: D103 同时属于 工单台账、年度计划"]


BOTH = load(
    """
format: itss-kpi/catalogue/1
plan: {title: 计划, document: D, version: V1, organization: 公司, year: 2022, departments: [信息部]}
sources:
  t: {name: 工单, departments: [信息部], files: 台账_*.xlsx, sheet: 工单, key: [编号], date: 日期, columns: {编号: {}, 日期: {type: date}}}
  c: {name: 投诉, departments: [信息部], files: 台账_*.xlsx, sheet: 投诉*, key: [号码], date: 日期, columns: {号码: {}, 日期: {type: date}}}
indicators: []
""",
    "kpi.yaml",
)[0]
"""Two ledgers in one workbook."""
TWO = {
    "工单": [["编号", "日期"], ["A1", "2022-07-05"]],
    "投诉(客户)": [["号码", "日期"], ["B1", "2022-07-06"], ["B2", "2022-07-07"]],
}


def test_a_workbook_may_hold_several_ledgers_each_on_its_sheet(tmp_path: Path) -> None:
    assert BOTH
    book(tmp_path / "信息部" / "台账_2022Q3.xlsx", TWO)
    files, problems = find(BOTH, tmp_path)
    assert (problems, len(paths_of(files))) == ([], 1)
    raws, problems = read(BOTH, tmp_path)
    assert {name: [raw.grid.sheet for raw in found] for name, found in raws.items()} == {
        "t": ["工单"],
        "c": ["投诉(客户)"],
    }
    assert [len(typed(BOTH, raws, name)[0].pandas) for name in ("t", "c")] == [1, 2]


@pytest.mark.parametrize("beside", [{}, {"说明": [["请看"]]}])
def test_a_sheet_that_is_not_there_is_missing_for_its_ledger_alone(tmp_path: Path, beside: dict[str, Any]) -> None:
    assert BOTH
    book(tmp_path / "信息部" / "台账_2022Q3.xlsx", {"工单": TWO["工单"], **beside})
    raws, problems = read(BOTH, tmp_path)
    assert {name: [raw.readable for raw in found] for name, found in raws.items()} == {"t": [True], "c": [False]}
    assert lines(problems) == ["信息部/台账_2022Q3.xlsx!投诉*: D127 没有名为“投诉*”的工作表"]
    files, _ = find(BOTH, tmp_path)
    assert [concerning([found], problems) for found in files] == [[], problems]


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("工单", "投诉", True), ("工单", "工单明细", True), ("工单", "工 单", False), ("工单*", "工单明细", False),
        ("工单*", "投诉*", True), ("工单*", "*明细", False), ("工单", "投诉*", True), ("工单", "*", False),
    ],
)  # fmt: skip
def test_sheets_of_one_file_must_be_told_apart_by_their_names(
    tmp_path: Path, one: str, other: str, apart: bool
) -> None:
    assert BOTH
    sheets = {"t": one, "c": None if other == "*" else other}
    sources = {name: source.model_copy(update={"sheet": sheets[name]}) for name, source in BOTH.sources.items()}
    touch(tmp_path, "信息部/台账_2022Q3.xlsx")
    found, problems = find(BOTH.model_copy(update={"sources": sources}), tmp_path)
    assert ([item.source for item in found], codes(problems)) == ((["t", "c"], []) if apart else ([], ["D103"]))


def test_lock_files_of_open_workbooks_are_skipped(catalogue: Catalogue, tmp_path: Path) -> None:
    touch(tmp_path, "信息部/~$工单_2022Q3.xlsx", "信息部/.~工单_2022Q3.xlsx", "信息部/工单_2022Q3.xlsx")
    found, problems = find(catalogue, tmp_path)
    assert [item.path.name for item in found] == ["工单_2022Q3.xlsx"]
    said = "有人正开着这个工作簿;读的是上次保存的内容"
    assert lines(problems) == [f"信息部/{name}: D120 {said}" for name in (".~工单_2022Q3.xlsx", "~$工单_2022Q3.xlsx")]


@pytest.mark.parametrize(
    ("name", "covers"),
    [
        ("工单_2022Q3.xlsx", Q3),
        ("工单_2022年第三季度.xlsx", Q3),
        ("工单_2022.xlsx", (date(2022, 1, 1), date(2023, 1, 1))),
        ("工单_2022年12月.xlsx", (date(2022, 12, 1), date(2023, 1, 1))),
        ("工单_2021H2.xlsx", (date(2021, 7, 1), date(2022, 1, 1))),
    ],
)
def test_the_name_says_which_months_the_file_answers_for(
    catalogue: Catalogue, tmp_path: Path, name: str, covers: tuple[date, date]
) -> None:
    touch(tmp_path, f"信息部/{name}")
    found, problems = find(catalogue, tmp_path)
    assert [item.covers for item in found] == [covers]
    assert problems == []


@pytest.mark.parametrize("name", ["工单_新.xlsx", "工单_2022Q1和2022Q2.xlsx"])
def test_a_name_without_one_period_answers_for_no_month(catalogue: Catalogue, tmp_path: Path, name: str) -> None:
    touch(tmp_path, f"信息部/{name}")
    found, problems = find(catalogue, tmp_path)
    assert ([item.covers for item in found], problems) == ([None], [])


def test_a_source_may_cover_the_year_without_a_name(catalogue: Catalogue, tmp_path: Path) -> None:
    touch(tmp_path, "信息部/计划.xlsx", "信息部/计划_2022Q3.xlsx")
    found, problems = find(catalogue, tmp_path)
    assert ([item.covers for item in found], problems) == ([None, Q3], [])
    for path in (tmp_path / "信息部").iterdir():
        book(path, {"计划表": [["编号", "数量"], [path.stem, 1]]})
    table, _ = typed(catalogue, read(catalogue, tmp_path)[0], "plans")
    assert [export.covers for export in table.exports] == [(date(2022, 1, 1), date(2023, 1, 1)), Q3]


def test_only_the_wanted_sources_are_read_but_every_stray_file_is_named(catalogue: Catalogue, tmp_path: Path) -> None:
    touch(tmp_path, "信息部/工单_2022Q3.xlsx", "信息部/计划.xlsx", "信息部/工单_x.xlsx", "信息部/其他.xlsx")
    found, problems = find(catalogue, tmp_path, "plans")
    assert [item.shown for item in found] == ["信息部/计划.xlsx"]
    assert [problem.code for problem in problems] == ["D103"]


def test_no_folder_of_a_department_is_no_file(catalogue: Catalogue, tmp_path: Path) -> None:
    touch(tmp_path, "信息部")
    assert find(catalogue, tmp_path) == ([], [])


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_links_out_of_the_data_folder_are_not_followed(catalogue: Catalogue, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    touch(outside, "工单_2022Q1.xlsx", "inner/工单_2022Q2.xlsx")
    data = tmp_path / "data"
    touch(data, "信息部/工单_2022Q3.xlsx", "通信部/工单_2022Q3.xlsx")
    (data / "信息部" / "工单_2022Q1.xlsx").symlink_to(outside / "工单_2022Q1.xlsx")
    (data / "信息部" / "linked").symlink_to(outside / "inner", target_is_directory=True)
    (data / "信息部" / "工单_2022Q4.xlsx").symlink_to(data / "通信部" / "工单_2022Q3.xlsx")
    (data / "信息部" / "工单_2021.xlsx").symlink_to(data / "nowhere.xlsx")
    (data / "信息部" / "loop").symlink_to(data / "信息部", target_is_directory=True)
    found, _ = find(catalogue, data)
    # the link to a file within the data folder is that file, handed in here too
    assert [item.shown for item in found] == [
        "信息部/工单_2022Q3.xlsx",
        "信息部/工单_2022Q4.xlsx",
        "通信部/工单_2022Q3.xlsx",
    ]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_department_folder_that_is_a_link_is_read_within_the_data_folder_only(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    touch(tmp_path / "outside", "工单_2022Q1.xlsx")
    touch(data, "旧/工单_2022Q2.xlsx")
    (data / "信息部").symlink_to(tmp_path / "outside", target_is_directory=True)
    (data / "通信部").symlink_to(data / "旧", target_is_directory=True)
    (data / "别处").symlink_to(tmp_path / "outside", target_is_directory=True)
    found, problems = find(catalogue, data)
    assert [(item.shown, item.department) for item in found] == [("通信部/工单_2022Q2.xlsx", "通信部")]
    assert [(problem.code, str(problem.place)) for problem in problems] == [
        ("D103", "旧"),
        ("D119", "信息部/工单_2022Q1.xlsx"),
    ]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_the_data_folder_itself_may_be_a_link(catalogue: Catalogue, tmp_path: Path) -> None:
    touch(tmp_path / "real", "信息部/工单_2022Q3.xlsx")
    (tmp_path / "data").symlink_to(tmp_path / "real", target_is_directory=True)
    found, problems = find(catalogue, tmp_path / "data")
    assert ([item.shown for item in found], problems) == (["信息部/工单_2022Q3.xlsx"], [])


# ---- reading


def test_a_file_is_read_with_its_hash_and_its_place(catalogue: Catalogue, tmp_path: Path) -> None:
    path = tickets(tmp_path, "信息部/工单_2022Q3.xlsx", "A1", "A2")
    raws, problems = read(catalogue, tmp_path)
    assert problems == []
    assert raws["tickets"][0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (raws["tickets"][0].path, raws["tickets"][0].covers) == ("信息部/工单_2022Q3.xlsx", Q3)
    table, problems = typed(catalogue, raws)
    assert problems == []
    assert table.pandas["编号"].tolist() == ["A1", "A2"]
    assert table.exports[0].rows.read == 2


def test_the_declared_sheet_alone_is_read(catalogue: Catalogue, tmp_path: Path) -> None:
    plans = {"年度计划": [["编号", "数量"], ["X", 1]], "计划表": [["编号", "数量"], ["Y", 1]]}
    book(tmp_path / "信息部/计划.xlsx", plans)
    raws, problems = read(catalogue, tmp_path)
    assert [raw.grid.sheet for raw in raws["plans"]] == ["计划表"]
    table, found = typed(catalogue, raws, "plans")
    assert (table.pandas["编号"].tolist(), [*problems, *found]) == (["Y"], [])


def test_the_declared_sheet_counts_even_if_it_is_empty(catalogue: Catalogue, tmp_path: Path) -> None:
    book(tmp_path / "信息部/计划.xlsx", {"年度计划": [["编号", "数量"], ["X", 1]], "计划表": []})
    raws, _ = read(catalogue, tmp_path)
    table, problems = typed(catalogue, raws, "plans")
    assert (table.kept, codes(problems)) == (0, ["D104"])


@pytest.mark.parametrize(
    "names", [("7月", "8月", "9月"), ("Sheet1", "2022年8月", "附"), ("工单台账", "8月", "2022年9月")]
)
def test_sheets_of_one_shape_are_one_table(catalogue: Catalogue, tmp_path: Path, names: tuple[str, str, str]) -> None:
    sheets = {name: [HEADER, [f"A{at}", f"2022-0{at}-05", 1]] for at, name in enumerate(names, 7)}
    book(tmp_path / "信息部/工单_2022Q3.xlsx", {"说明": [["见下"]], **sheets, "空": []})
    raws, _ = read(catalogue, tmp_path)
    table, problems = typed(catalogue, raws)
    # the sheet of remarks names no column: it is no ledger, and nothing need be said of it
    assert (sorted(table.pandas["编号"]), problems) == (["A7", "A8", "A9"], [])
    assert not table.uncertain


def test_a_like_sheet_beside_the_ledger_s_own_is_doubtful(catalogue: Catalogue, tmp_path: Path) -> None:
    rows = [HEADER, ["A1", "2022-07-05", 1]]
    other = [HEADER, ["B1", "2022-07-05", 1]]
    book(tmp_path / "信息部/工单_2022Q3.xlsx", {"工单台账": rows, "附": other, "填写说明": other})
    table, problems = typed(catalogue, read(catalogue, tmp_path)[0])
    assert lines(problems) == [
        "信息部/工单_2022Q3.xlsx!附: D124 与工作表“工单台账”的列相同,不知是否计入;各行按存疑处理"
    ]
    doubt = dict(zip(table.pandas["编号"], table.pandas["_uncertain"], strict=True))
    assert doubt == {"A1": False, "B1": True}


def test_a_like_sheet_with_the_very_same_rows_adds_nothing(catalogue: Catalogue, tmp_path: Path) -> None:
    rows = [HEADER, ["A1", "2022-07-05", 1], ["A2", "2022-07-06", 1]]
    book(tmp_path / "信息部/工单_2022Q3.xlsx", {"备份": rows, "工单台账": rows})
    table, problems = typed(catalogue, read(catalogue, tmp_path)[0])
    assert codes(problems) == ["D124", "D301", "D301"]
    assert (table.kept, table.pandas["_uncertain"].tolist() if table.uncertain else []) == (2, [])


def test_a_like_sheet_with_another_reading_of_a_row_is_doubtful_by_itself(catalogue: Catalogue, tmp_path: Path) -> None:
    sheets = {"备份": [HEADER, ["A1", "2022-07-05", 2]], "工单台账": [HEADER, ["A1", "2022-07-05", 1]]}
    book(tmp_path / "信息部/工单_2022Q3.xlsx", sheets)
    table, problems = typed(catalogue, read(catalogue, tmp_path)[0])
    assert (codes(problems), table.conflicts) == (["D124"], 0)
    assert sorted(zip(table.pandas["数量"], table.pandas["_uncertain"], strict=True)) == [(1, False), (2, True)]


@pytest.mark.parametrize(
    "august",
    [
        [["说明"]] * 31 + [HEADER, ["A8", "2022-08-05", 1]],
        [["单号", "时间", "几个"], ["A8", "2022-08-05", 1]],
        [["编号", "数量"], ["A8", 1]],
    ],
    ids=["header too low", "renamed", "no date"],
)
def test_a_month_s_sheet_that_can_t_be_read_leaves_the_month_open(
    catalogue: Catalogue, tmp_path: Path, august: list[list[Any]]
) -> None:
    sheets = {"7月": [HEADER, ["A7", "2022-07-05", 1]], "8月": august, "9月": [HEADER, ["A9", "2022-09-05", 1]]}
    book(tmp_path / "信息部/工单_2022Q3.xlsx", sheets)
    table, problems = typed(catalogue, read(catalogue, tmp_path)[0])
    assert codes(problems) == ["D126"]
    months = [Period(PeriodKind.MONTH, 2022, month) for month in (7, 8, 9)]
    assert list(map(str, lacking_months(months, table.exports, "信息部"))) == ["2022-08"]


def test_a_month_s_sheet_is_no_form_whatever_else_its_name_says(catalogue: Catalogue, tmp_path: Path) -> None:
    sheets = {"7月": [HEADER, ["A7", "2022-07-05", 1]], "8月(按模板)": [HEADER, ["A8", "2022-08-05", 1]]}
    book(tmp_path / "信息部/工单_2022Q3.xlsx", sheets)
    table, problems = typed(catalogue, read(catalogue, tmp_path)[0])
    assert (sorted(table.pandas["编号"]), codes(problems)) == (["A7", "A8"], ["D135"])


def test_another_sheet_beside_the_ledger_is_said(catalogue: Catalogue, tmp_path: Path) -> None:
    book(tmp_path / "信息部/工单_2022Q3.xlsx", {"Sheet1": [HEADER, ["A1", "2022-07-05", 1]], "字典": [["甲", "乙"]]})
    table, problems = typed(catalogue, read(catalogue, tmp_path)[0])
    assert table.kept == 1
    assert lines(problems) == ["信息部/工单_2022Q3.xlsx!字典: D125 前 30 行内没有表头,未作为本台账读取"]


def test_a_file_of_one_sheet_is_the_ledger_whatever_the_sheet_is_called(catalogue: Catalogue, tmp_path: Path) -> None:
    book(tmp_path / "信息部/工单_2022Q3.xlsx", {"模板": [HEADER, ["A1", "2022-07-05", 1]]})
    book(tmp_path / "信息部/计划.xlsx", {"Sheet1": [["编号", "数量"], ["X", 1]]})
    raws, problems = read(catalogue, tmp_path)
    assert (typed(catalogue, raws)[0].kept, typed(catalogue, raws, "plans")[0].kept, problems) == (1, 1, [])


def test_a_declared_sheet_that_isn_t_there_is_an_error(catalogue: Catalogue, tmp_path: Path) -> None:
    book(tmp_path / "信息部/计划.xlsx", {"甲": [["编号", "数量"], ["X", 1]], "乙": [["编号", "数量"], ["Y", 1]]})
    raws, problems = read(catalogue, tmp_path)
    assert lines(problems) == ["信息部/计划.xlsx: D127 没有名为“计划表”的工作表"]
    assert [raw.readable for raw in raws["plans"]] == [False]


def test_a_declared_sheet_is_found_whatever_blanks_and_case_its_name_has(catalogue: Catalogue, tmp_path: Path) -> None:
    book(tmp_path / "信息部/计划.xlsx", {"甲": [["编号", "数量"], ["X", 1]], "计划表 ": [["编号", "数量"], ["Y", 1]]})
    table, _ = typed(catalogue, read(catalogue, tmp_path)[0], "plans")
    assert table.pandas["编号"].tolist() == ["Y"]


def test_a_snapshot_on_two_sheets_is_one_snapshot(catalogue: Catalogue, tmp_path: Path) -> None:
    text = CATALOGUE.replace("    sheet: 计划表\n", "")
    loaded, _ = load(text, "kpi.yaml")
    assert loaded
    book(tmp_path / "信息部/计划.xlsx", {"甲": [["编号", "数量"], ["X", 1]], "乙": [["编号", "数量"], ["Y", 1]]})
    table, problems = typed(loaded, read(loaded, tmp_path)[0], "plans")
    assert (table.kept, table.uncertain, problems) == (2, False, [])


def test_an_empty_ledger_beside_a_template_is_an_honest_zero(catalogue: Catalogue, tmp_path: Path) -> None:
    form = [HEADER, ["示例", "2022-04-05", 1]]
    book(tmp_path / "信息部/工单_2022Q2.xlsx", {"模板": form, "工单台账": [HEADER]})
    table, problems = typed(catalogue, read(catalogue, tmp_path)[0])
    assert (table.kept, [export.rows.read for export in table.exports], problems) == (0, [0], [])


def test_a_like_sheet_without_its_key_is_said_and_not_read(catalogue: Catalogue, tmp_path: Path) -> None:
    rows = [HEADER, ["A1", "2022-07-05", 1]]
    book(tmp_path / "信息部/工单_2022Q3.xlsx", {"Sheet1": rows, "统计": [["日期", "数量"], ["2022-07-05", 1]]})
    table, problems = typed(catalogue, read(catalogue, tmp_path)[0])
    assert table.kept == 1
    assert lines(problems) == ["信息部/工单_2022Q3.xlsx!统计: D123 缺少编号列,未作为本台账读取"]


def test_a_row_of_error_values_alone_is_a_row(catalogue: Catalogue, tmp_path: Path) -> None:
    rows = [HEADER, ["A1", "2022-07-05", 1], ["#REF!", "#REF!", "#REF!"], [None, None, "#REF!"]]
    book(tmp_path / "信息部/工单_2022Q3.xlsx", {"工单台账": rows})
    table, problems = typed(catalogue, read(catalogue, tmp_path)[0])
    place = "信息部/工单_2022Q3.xlsx!工单台账"
    assert lines([problem for problem in problems if problem.code == "D202"]) == [
        f"{place}!A3: D202 “编号”是错误值",
        f"{place}!B3: D202 “日期”是错误值",
        f"{place}!C3: D202 “数量”是错误值",
        f"{place}!C4: D202 “数量”是错误值",
    ]
    assert table.pandas["_row"].tolist() == [2, 3, 4]
    assert table.pandas["_uncertain"].tolist() == [False, True, True]
    assert table.exports[0].rows.kept == 3


def test_addresses_are_those_of_the_sheet(catalogue: Catalogue, tmp_path: Path) -> None:
    # two empty columns and a blank row before the title: the header is in row 4, 数量 is column E
    rows: list[list[Any]] = [[], ["", "", "标题"], [], [None, None, *HEADER]]
    rows += [[None, None, "A1", "2022-07-05", "#N/A"], [], [None, None, "A2", "明天", "#DIV/0!"]]
    book(tmp_path / "信息部/工单_2022Q3.xlsx", {"工单台账": rows})
    raws, problems = read(catalogue, tmp_path)
    assert problems == []
    table, problems = typed(catalogue, raws)
    place = "信息部/工单_2022Q3.xlsx!工单台账"
    assert lines(problems) == [
        f"{place}!D7: D201 “日期”读不成日期:“明天”",
        f"{place}!E5: D202 “数量”是错误值",
        f"{place}!E7: D202 “数量”是错误值",
    ]
    assert table.exports[0].header_row == 4
    assert table.pandas["_row"].tolist() == [5, 7]


def test_cells_of_every_kind_arrive_exactly(catalogue: Catalogue, tmp_path: Path) -> None:
    rows = [
        HEADER,
        [7, date(2022, 7, 5), 3.0],
        ["008", "2022年7月6日", "１２"],
        ["A3", 44748, None],
        ["A4", "20220708", 0],
    ]
    book(tmp_path / "信息部/工单_2022Q3.xlsx", {"工单台账": rows})
    table, problems = typed(catalogue, read(catalogue, tmp_path)[0])
    assert problems == []
    days = [date.fromordinal(719163 + micros // 86_400_000_000) for micros in table.pandas["日期"]]
    assert days == [date(2022, 7, day) for day in (5, 6, 6, 8)]  # 44748 is Excel's number of 6 July 2022
    assert table.pandas["编号"].tolist() == ["7", "008", "A3", "A4"]
    assert table.pandas["数量"].tolist() == [3, 12, 0, 0]
    assert table.pandas["数量?blank"].tolist() == [False, False, True, False]


def test_a_formula_that_no_program_calculated_is_no_blank(catalogue: Catalogue, tmp_path: Path) -> None:
    # openpyxl writes formulas without their results; the last row holds nothing else
    rows = [[None, "标题"], [None, *HEADER], [None, "A1", "2022-07-05", "=1+1"], [None, None, None, "=SUM(D3:D3)"]]
    book(tmp_path / "信息部/工单_2022Q3.xlsx", {"工单台账": rows})
    table, problems = typed(catalogue, read(catalogue, tmp_path)[0])
    place = "信息部/工单_2022Q3.xlsx!工单台账"
    assert f"{place}!D3: D206 “数量”是公式,但没有保存计算结果" in lines(problems)
    assert table.pandas["数量?bad"].tolist()[0]
    assert table.exports[0].rows.adds_up


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "D102 文件是空的(0 字节)"),
        (b"\x89PNG\r\n", "D102 不是表格文件"),
        (b"PK\x03\x04broken", "D116 文件不完整,可能正在写入或没有传完"),
        (None, "D102 各工作表都没有填内容"),
    ],
    ids=["empty", "picture", "half a zip", "no cell"],
)
def test_a_broken_workbook_answers_for_no_month(
    catalogue: Catalogue, tmp_path: Path, content: bytes | None, said: str
) -> None:
    tickets(tmp_path, "信息部/工单_2022Q1.xlsx", "A1")
    tickets(tmp_path, "通信部/工单_2022Q3.xlsx", "A2")
    broken = tmp_path / "信息部/工单_2022Q3.xlsx"
    if content is None:
        book(broken, {"工单台账": []})
    else:
        broken.write_bytes(content)
    raws, problems = read(catalogue, tmp_path)
    assert lines(problems) == [f"信息部/工单_2022Q3.xlsx: {said}"]
    assert [raw.path for raw in raws["tickets"] if raw.readable] == [
        "信息部/工单_2022Q1.xlsx",
        "通信部/工单_2022Q3.xlsx",
    ]


def test_a_cut_off_workbook_is_no_shorter_ledger(catalogue: Catalogue, tmp_path: Path) -> None:
    path = tickets(tmp_path, "信息部/工单_2022Q3.xlsx", *(f"A{at}" for at in range(200)))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    raws, problems = read(catalogue, tmp_path)
    assert [raw.readable for raw in raws["tickets"]] == [False]
    assert [problem.code for problem in problems] == ["D116"]


def test_no_files_is_no_raw_export(catalogue: Catalogue, tmp_path: Path) -> None:
    assert read(catalogue, tmp_path) == ({}, [])


def test_a_grid_outlives_its_file(catalogue: Catalogue, tmp_path: Path) -> None:
    tickets(tmp_path, "信息部/工单_2022Q3.xlsx", *(f"A{at}" for at in range(50)))
    raws, _ = read(catalogue, tmp_path)
    shutil.rmtree(tmp_path / "信息部")
    assert typed(catalogue, raws)[0].kept == 50


@pytest.mark.parametrize("block", ["K3:A5", "K5:K3", "C2:B1"])
def test_a_merge_that_ends_before_it_begins_is_none(tmp_path: Path, block: str) -> None:
    made = xlsx(merged_page(rows_of_tickets()[:8], "工单"))
    project = Project(tmp_path)
    path = project.put(inside(made, SHEET, lambda part: part.replace(b'"K3:K5"', f'"{block}"'.encode())))
    assert project.evaluate().rows(path)["kept"] == 8
