"""未达成分析: what somebody filled in is there again when the report is made anew, whatever happened in between.

Convention: a workbook is made, filled in with openpyxl as a person would in Excel, read, and made again.
"""

import functools
import io
import itertools
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from kit.office import HAS_OFFICE, WHY_NOT, recalculated
from kit.tables import Row, catalogue_of, report_of, tables_of

from itss_kpi.plan.year import PlanYear
from itss_kpi.workbook.unmet import FIELDS, SHEET, Earlier, Key
from itss_kpi.workbook.workbook import Contents, blank_workbook, compliance_workbook, filled_in

CATALOGUE = catalogue_of("""
sources:
  t:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    columns:
      编号: {type: text, required: true}
      日期: {type: date, required: true}
      结果: {type: choice, values: {成功: [], 失败: []}, required: true}
      项目: {type: text}
indicators:
  - id: whole
    number: 1
    domain: 过程管理
    name: 工单成功率
    formula: 成功/全部
    target: '>= 90%'
    period: month
    numerator: {within: denominator, where: 结果 == '成功'}
    denominator: {measure: count, source: t}
    department: [甲部]
  - id: each
    number: 2
    domain: 过程管理
    name: 各项目成功率
    formula: 成功/全部
    target: '>= 90%'
    period: quarter
    for_each: 项目
    numerator: {within: denominator, where: 结果 == '成功'}
    denominator: {measure: count, source: t}
    department: [甲部]
""")
GROUPS = ("甲|乙", "_x0041_", "铃\x07", "普通")
FAILED = [
    {"编号": f"T{at}", "日期": f"2022-0{7 + at % 3}-04", "结果": "失败", "项目": group}
    for at, group in enumerate(GROUPS)
]
MENDED = [{**row, "结果": "成功"} for row in FAILED]
MORE = [{"编号": "T9", "日期": "2022-07-09", "结果": "失败", "项目": "另一"}, *reversed(FAILED)]
BLOCKS = {(1, "2022-07", ""), (1, "2022-08", ""), (1, "2022-09", "")} | {
    (2, "2022Q3", group) for group in ("甲|乙", "_x0041_", "铃\\x07", "普通")
}
FILLED: dict[str, Any] = {
    "原因分析": "一、备件不足;\n二、无人值守。\n\n  缩进的一行",
    "纠正措施": "=1+1",
    "责任部门": "甲部",
    "责任人": "张三",
    "完成期限": date(2022, 10, 31),
    "验证结果": "有效",
}


@functools.cache
def plain() -> bytes:
    return _made(FAILED, {}, "2022Q3")


def made(rows: list[Row] | None = None, kept: Mapping[Key, Any] | None = None, period: str = "2022Q3") -> bytes:
    """The workbook of a period."""
    if rows is None and not kept and period == "2022Q3":
        return plain()
    return _made(FAILED if rows is None else rows, kept or {}, period)


def _made(rows: list[Row], kept: Mapping[Key, Any], period: str) -> bytes:
    tables = tables_of(CATALOGUE, t=rows)
    report = report_of(CATALOGUE, tables, period)
    return compliance_workbook(
        Contents(PlanYear(CATALOGUE, CATALOGUE.indicators, tables, {}, report), "", (), kept, 100_000)
    ).workbook


def change(content: bytes, how: Callable[[Any], None]) -> bytes:
    """The workbook with its sheet changed by a person."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    how(book[SHEET])
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def rows_of(sheet: Any) -> dict[str, int]:
    """The rows of the cells to fill in by their keys."""
    return {row[9].value: row[0].row for row in sheet.iter_rows(max_col=10) if row[9].value}


def fill(content: bytes, values: Mapping[str, Any], *blocks: str) -> bytes:
    """The workbook with values filled in by field, in the blocks (by default the first)."""
    return _filled(content, tuple(values.items()), blocks or ("1|2022-07|",))


@functools.lru_cache(16)
def _filled(content: bytes, values: Sequence[tuple[str, Any]], blocks: Sequence[str]) -> bytes:
    def filling(sheet: Any) -> None:
        rows = rows_of(sheet)
        for block, (name, value) in itertools.product(blocks, values):
            cell = sheet.cell(rows[f"{block}|{name}"], 2)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # as typed into a cell whose format is text

    return change(content, filling)


@functools.lru_cache(8)
def looked_at(content: bytes) -> Any:
    """The workbook, to be looked at only."""
    return openpyxl.load_workbook(io.BytesIO(content))


def read(content: bytes) -> Earlier:
    found = filled_in(content)
    assert found
    return found


def kept(content: bytes) -> dict[Key, Any]:
    found = read(content)
    assert list(found.places) == []
    return dict(found.kept)


def of(values: Mapping[str, Any], block: tuple[int, str, str] = (1, "2022-07", "")) -> dict[Key, Any]:
    """What is kept where `values` were filled in."""
    return {(*block, name): value for name, value in values.items()}


# ---- what there is to fill in


def test_every_unmet_assessment_has_cells_with_keys() -> None:
    sheet = looked_at(made())[SHEET]
    assert set(rows_of(sheet)) == {
        f"{number}|{period}|{'_x005F_x0041_' if group == '_x0041_' else group}|{name}"
        for number, period, group in BLOCKS
        for name in FIELDS
    }
    # beside what is printed
    assert sheet.print_area.startswith(f"'{SHEET}'!$A$1:$H$")


def test_nothing_is_found_where_nothing_was_filled_in() -> None:
    assert read(made()) == Earlier({}, [])
    assert read(made([], period="2022-07")) == Earlier({}, [])


def test_every_block_is_kept() -> None:
    blocks = [(number, period, group.replace("_x0041_", "_x005F_x0041_")) for number, period, group in BLOCKS]
    content = fill(made(), FILLED, *(f"{number}|{period}|{group}" for number, period, group in blocks))
    wanted = {key: value for block in BLOCKS for key, value in of(FILLED, block).items()}
    assert kept(content) == wanted
    again = made(kept=wanted)
    assert kept(again) == wanted
    assert len(rows_of(looked_at(again)[SHEET])) == len(BLOCKS) * len(FIELDS)
    assert made(kept=kept(again)) == again


# ---- what was filled in

TEXTS: list[Any] = [
    "文字", "两行\n文字", "结尾换行\n\n", "  前后空格  ", "=1+1", "+86 10", "-", "@某人", "#N/A", "0", "TRUE", "😀👍🏽",
    "字" * 5000, "😀" * 16_000, "_x0041_ 与 _x000D_", "<b>&amp;\"'", "http://example.invalid/a?b=1&c=2", "a|b|c", "原因分析",
]  # fmt: skip
DATES: list[Any] = [
    date(2022, 10, 31),
    datetime(2022, 10, 31, 17, 30),
    "2022-10-31",
    "十月底",
    "待定\n待定",
    "=A1",
    date(2022, 1, 1),
]
OTHERS: list[Any] = [
    0,
    12,
    -1.5,
    0.1,
    True,
    False,
    date(2022, 10, 31),
    datetime(2022, 10, 31, 17, 30),
    "12",
    "2022-10-31",
]


def test_every_value_is_kept_as_it_is() -> None:
    blocks = sorted(BLOCKS)
    cells = [(*block, name) for block in blocks for name in FIELDS if name != "完成期限"]
    wanted = dict(zip(cells, TEXTS + OTHERS, strict=False))
    assert len(wanted) == len(TEXTS + OTHERS)
    wanted |= {(*block, "完成期限"): value for block, value in zip(blocks, DATES, strict=True)}

    def typed(sheet: Any) -> None:
        rows = rows_of(sheet)
        for (number, period, group, name), value in wanted.items():
            written = [part.replace("_x", "_x005F_x") if isinstance(part, str) else part for part in (group, value)]
            cell = sheet.cell(rows[f"{number}|{period}|{written[0]}|{name}"], 2)
            cell.value = written[1]
            if isinstance(value, str):
                cell.data_type = "s"

    content = change(made(), typed)
    for _ in range(2):
        found = kept(content)
        assert found == wanted
        assert {key: type(value) for key, value in found.items()} == {key: type(value) for key, value in wanted.items()}
        content = made(kept=found)
        sheet = looked_at(content)[SHEET]
        cells_now = [sheet.cell(row, 2) for row in rows_of(sheet).values()]
        assert {cell.data_type for cell in cells_now if isinstance(cell.value, str)} == {"s"}
        assert not [cell for cell in cells_now if cell.hyperlink]


def cell_of(content: bytes, name: str) -> Any:
    sheet = looked_at(content)[SHEET]
    return sheet.cell(rows_of(sheet)[f"1|2022-07||{name}"], 2)


def test_control_characters_are_shown_and_stay_so() -> None:
    content = fill(made(), {"原因分析": "a_x0007_b", "纠正措施": "一_x000D_\n二_x000d_三", "责任人": "a\tb"})
    shown = {"原因分析": "a\\x07b", "纠正措施": "一\n二\n三", "责任人": "a\\x09b"}
    content = made(kept=kept(content))
    assert kept(content) == of(shown)
    assert kept(made(kept=kept(content))) == of(shown)


def test_cells_show_what_they_hold() -> None:
    content = made(kept=of({"原因分析": date(2022, 10, 31), "纠正措施": 0.5, "责任人": "1"}))
    formats = {name: cell_of(content, name).number_format for name in FIELDS}
    assert formats == {
        "原因分析": "yyyy-mm-dd", "纠正措施": "General", "责任部门": "@", "责任人": "@", "完成期限": "yyyy-mm-dd",
        "验证结果": "@",
    }  # fmt: skip
    content = made(kept=of({"完成期限": datetime(2022, 10, 31, 17, 30)}))
    assert cell_of(content, "完成期限").number_format == "yyyy-mm-dd hh:mm"


def test_a_blank_is_nothing() -> None:
    assert kept(fill(made(), {"原因分析": " \n ", "责任人": ""})) == {}


def test_a_formula_is_kept_as_a_text_and_not_as_a_formula() -> None:
    def typed(sheet: Any) -> None:
        sheet.cell(rows_of(sheet)["1|2022-07||原因分析"], 2).value = '=HYPERLINK("http://x","y")'

    content = made(kept=kept(change(made(), typed)))
    assert kept(content) == of({"原因分析": '=HYPERLINK("http://x","y")'})
    assert cell_of(content, "原因分析").data_type == "s"


def test_a_value_that_cannot_be_told_is_not_dropped() -> None:
    def typed(sheet: Any) -> None:  # 20221031 in a cell that shows dates: no day of Excel's
        sheet.cell(rows_of(sheet)["1|2022-07||完成期限"], 2).value = 20221031

    content = change(made(), typed)
    row = rows_of(looked_at(made())[SHEET])["1|2022-07||完成期限"]
    assert read(content) == Earlier({}, [f"'{SHEET}'!B{row}"])


# ---- what happened in between


def test_what_is_attained_now_is_listed_apart() -> None:
    wanted = of(FILLED) | of({"原因分析": "旧"}, (2, "2022Q3", "甲|乙"))
    content = made(MENDED, wanted)
    assert kept(content) == wanted
    texts = [cell.value for (cell,) in looked_at(content)[SHEET].iter_rows(max_col=1)]
    assert "1  2022-07:以前填写的分析,本次不在未达成与待核实之列" in texts
    assert "2[甲|乙]  2022Q3:以前填写的分析,本次不在未达成与待核实之列" in texts
    assert kept(made(MENDED, kept(content))) == wanted
    # and unmet again, it is back in its block
    assert made(kept=kept(content)) == made(kept=wanted)


def test_another_order_of_blocks() -> None:
    wanted = of(FILLED, (2, "2022Q3", "普通")) | of({"原因分析": "七月"})
    assert kept(made(MORE, wanted)) == wanted


def test_another_period_loses_nothing() -> None:
    wanted = of(FILLED, (2, "2022Q3", "普通")) | of({"原因分析": "七月"})
    content = made(kept=wanted, period="2022-08")
    assert kept(content) == wanted
    content = fill(content, {"责任人": "李四"}, "1|2022-08|")
    assert kept(made(kept=kept(content))) == wanted | of({"责任人": "李四"}, (1, "2022-08", ""))


def test_rows_and_columns_moved_by_hand() -> None:
    content = fill(made(), FILLED)

    def moved(sheet: Any) -> None:
        for one in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(one))
        sheet.insert_rows(3, 4)
        sheet.insert_cols(1)
        sheet["A1"].value = "备忘"
        sheet.column_dimensions["B"].hidden = True
        sheet.row_dimensions[20].hidden = True
        sheet.protection.sheet = True

    assert kept(change(content, moved)) == of(FILLED)


def test_sorted_by_hand() -> None:
    content = fill(made(), FILLED)

    def turned(sheet: Any) -> None:
        for one in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(one))
        rows = [[cell.value for cell in row[:10]] for row in sheet.iter_rows()]
        for at, row in enumerate(reversed(rows), 1):
            for across, value in enumerate(row, 1):
                cell = sheet.cell(at, across)
                cell.value = value
                cell.fill = openpyxl.styles.PatternFill()
                if across == 2 and isinstance(value, date):
                    cell.number_format = "yyyy-mm-dd"
                elif isinstance(value, str):
                    cell.data_type = "s"
                    cell.number_format = "@"

    assert kept(change(content, turned)) == of(FILLED)


def test_cells_that_were_no_longer_merged() -> None:
    def spread(sheet: Any) -> None:
        row = rows_of(sheet)["1|2022-07||原因分析"]
        sheet.unmerge_cells(f"B{row}:H{row}")
        for column, text in ((2, "一"), (5, "二"), (9, "三")):
            sheet.cell(row, column).value = text

    assert kept(change(made(), spread)) == of({"原因分析": "一\n二\n三"})


def test_a_block_that_was_copied() -> None:
    content = fill(made(), {"原因分析": "一", "责任人": "张三"})

    def copied(sheet: Any) -> None:
        rows = rows_of(sheet)
        for name, text in (("原因分析", "二"), ("责任人", "张三")):
            for column, value in ((1, name), (2, text), (10, f"1|2022-07||{name}")):
                sheet.cell(sheet.max_row + (column == 1), column).value = value
        assert len(rows_of(sheet)) == len(rows)

    assert kept(change(content, copied)) == of({"原因分析": "一\n二", "责任人": "张三"})


def test_without_the_name_of_the_field() -> None:
    content = fill(made(), FILLED)

    def cut(sheet: Any) -> None:
        for one in list(sheet.merged_cells.ranges):
            sheet.unmerge_cells(str(one))
        sheet.delete_cols(1)

    assert kept(change(content, cut)) == of(FILLED)


def test_a_size_that_the_file_has_wrong() -> None:
    import re
    import zipfile

    content = fill(made(), FILLED)
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(target, "w") as written:
        for name in source.namelist():
            part = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:B2"', source.read(name))
            written.writestr(name, part)
    assert kept(target.getvalue()) == of(FILLED)


# ---- what can't be kept


def test_without_keys_what_was_filled_in_is_told() -> None:
    def cut(sheet: Any) -> None:
        sheet.delete_cols(10)

    content = fill(made(), {"原因分析": "一", "责任人": "张三"})
    rows = rows_of(looked_at(made())[SHEET])
    wanted = [f"'{SHEET}'!B{rows[f'1|2022-07||{name}']}" for name in ("原因分析", "责任人")]
    assert read(change(content, cut)) == Earlier({}, wanted)
    assert read(change(made(), cut)) == Earlier({}, [])

    def painted(sheet: Any) -> None:
        cut(sheet)
        for row in sheet.iter_rows():
            for cell in row:
                if not isinstance(cell, openpyxl.cell.cell.MergedCell):
                    cell.fill = openpyxl.styles.PatternFill()

    assert read(change(content, painted)) == Earlier({}, wanted)


@functools.cache
def blank() -> bytes:
    report = report_of(CATALOGUE, tables_of(CATALOGUE, t=[]), "2022Q3")
    return blank_workbook(Contents(PlanYear(CATALOGUE, CATALOGUE.indicators, {}, {}, report), "", (), {}, 100_000))


@pytest.mark.parametrize("sheet", ["总览", "指标达成情况", SHEET, "口径说明", "变更履历"])
@pytest.mark.parametrize("form", [made, blank])
def test_what_else_was_filled_in_is_told(form: Callable[[], bytes], sheet: str) -> None:
    assert read(form()) == Earlier({}, [])
    yellow = [
        cell
        for row in looked_at(form())[sheet].iter_rows()
        for cell in row
        if cell.fill.fgColor.rgb == "00FFF9E5" and not cell.value
    ]
    if form is made and sheet in ("总览", "指标达成情况", SHEET):
        return  # nothing to fill in there, or with a key
    book = openpyxl.load_workbook(io.BytesIO(form()))
    book[sheet][yellow[0].coordinate].value = "签字"
    saved = io.BytesIO()
    book.save(saved)
    assert read(saved.getvalue()) == Earlier({}, [f"'{sheet}'!{yellow[0].coordinate}"])


# ---- what is not ours


def other(titles: list[str]) -> bytes:
    book = openpyxl.Workbook()
    for title in titles:
        book.create_sheet(title)["A1"] = "别人的"
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", b"text", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), other(["Sheet"]), other([SHEET])],
    ids=["empty", "cut", "text", "encrypted", "workbook", "same sheet"],
)
def test_what_is_not_ours(content: bytes) -> None:
    assert filled_in(content) is None


def test_a_damaged_workbook_is_not_ours_and_never_a_crash() -> None:
    content = fill(made(), FILLED)
    for at in range(0, len(content), len(content) // 40):
        assert filled_in(content[:at]) is None
        harmed = bytearray(content)
        harmed[at : at + 200] = bytes(200)
        found = filled_in(bytes(harmed))
        assert found is None or set(found.kept.items()) <= set(of(FILLED).items())


# ---- other programs


@pytest.mark.skipif(not HAS_OFFICE, reason=WHY_NOT)
def test_saved_by_another_program(tmp_path: Path) -> None:
    texts = {"原因分析": "一、备件不足;\n  二、=1+1", "纠正措施": "😀" * 20 + "字" * 5000, "责任人": "0012"}
    values = {**FILLED, **texts}
    content = fill(fill(made(), values), FILLED, "2|2022Q3|甲|乙")
    wanted = of(values) | of(FILLED, (2, "2022Q3", "甲|乙"))
    for at in range(2):
        path = tmp_path / f"a{at}.xlsx"
        path.write_bytes(content)
        saved = recalculated(tmp_path, path)[0].read_bytes()
        assert kept(saved) == wanted
        content = made(kept=kept(saved))
    assert kept(content) == wanted


@pytest.mark.skipif(not HAS_OFFICE, reason=WHY_NOT)
def test_a_formula_that_another_program_worked_out(tmp_path: Path) -> None:
    def typed(sheet: Any) -> None:
        sheet.cell(rows_of(sheet)["1|2022-07||完成期限"], 2).value = "=DATE(2022,10,1)+30"
        sheet.cell(rows_of(sheet)["1|2022-07||原因分析"], 2).value = '="共"&1+2&"次"'

    (tmp_path / "a.xlsx").write_bytes(change(made(), typed))
    saved = recalculated(tmp_path, tmp_path / "a.xlsx")[0].read_bytes()
    assert kept(saved) == of({"原因分析": "共3次", "完成期限": date(2022, 10, 31)})
