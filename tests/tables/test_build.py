"""Tables from grids made by hand: headers, rows set aside, cells, keys, accounting."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itss_kpi.catalogue.sources import Column, Source
from itss_kpi.core.problem_codes import CODES
from itss_kpi.core.problems import LISTED, Problem, condensed
from itss_kpi.core.results import Export, ExportRows
from itss_kpi.reading.grid import Grid, RawExport
from itss_kpi.tables.build import build_table
from itss_kpi.tables.table import Table, row_texts

DEPARTMENTS = ("信息部", "通信部", "研发部")
YEAR_2022 = (date(2022, 1, 1), date(2023, 1, 1))
DAY = 86_400_000_000
MINUTE = 60_000_000

COLUMNS = {
    "编号": Column(required=True, aliases=("工单号",)),
    "受理时间": Column(type="datetime", required=True),
    "等级": Column(type="choice", values={"P1": ("一级",), "P2": ("二级",)}),
    "响应时限": Column(type="duration", unit="minute", aliases=("响应时限(分钟)",)),
    "已回访": Column(type="yes_no"),
    "数量": Column(type="integer", minimum=0),
    "处理人": Column(sensitive=True),
}
TICKETS = Source(
    name="工单台账",
    departments=("信息部", "通信部"),
    files="工单_*.xlsx",
    key=("编号",),
    date="受理时间",
    columns=COLUMNS,
)
HEADER = list(COLUMNS)
Row = Sequence[str | None]


def ticket(key: str | None, day: str | None = "2022-07-05 08:00:00", **cells: str | None) -> list[str | None]:
    """A good row; `cells` replaces some of it."""
    good = {"编号": key, "受理时间": day, "等级": "P1", "响应时限": "30", "已回访": "是", "数量": "2", "处理人": "Y1"}
    return list((good | cells).values())


def source(columns: dict[str, Column], key: Sequence[str], **changed: Any) -> Source:
    """A small source without a date unless `changed` says so."""
    fields = {"name": "台账", "departments": DEPARTMENTS, "files": "*", "snapshot": "date" not in changed}
    return Source(**(fields | changed), key=tuple(key), columns=columns)


def raw(
    rows: Sequence[Row],
    *,
    path: str = "信息部/工单_2022.xlsx",
    indexes: Sequence[int] | None = None,
    errors: Sequence[tuple[int, int]] = (),
    unsaved: Sequence[tuple[int, int]] = (),
    covers: tuple[date, date] | None = YEAR_2022,
) -> RawExport:
    """An export whose sheet holds `rows` from its first row on."""
    width = max(map(len, rows), default=0)
    padded = [[*row, *[None] * (width - len(row))] for row in rows]
    cells = {f"c{at}": pa.array([row[at] for row in padded], pa.string()) for at in range(width)}
    grid = Grid("Sheet1", pa.table(cells), tuple(indexes or range(width)), tuple(errors), tuple(unsaved))
    return RawExport("tickets", path.split("/")[0], path, f"sha of {path}", covers, grid)


def build(declared: Source, *raws: RawExport) -> tuple[Table, list[Problem]]:
    return build_table("tickets", declared, raws, DEPARTMENTS, 2022)


def one(rows: Sequence[Row], declared: Source = TICKETS, **options: Any) -> tuple[Table, list[Problem]]:
    """The table of one export with `rows`, and its problems."""
    return build(declared, raw(rows, **options))


def column(values: Sequence[str | None], declared: Column, **options: Any) -> tuple[Table, list[Problem]]:
    """The table of a single declared column `值` beside a running key."""
    keyed = source({"编号": Column(required=True), "值": declared}, ["编号"])
    return one([["编号", "值"], *([f"A{at}", value] for at, value in enumerate(values))], keyed, **options)


def lines(problems: Sequence[Problem], *codes: str) -> list[str]:
    return [str(problem) for problem in problems if not codes or problem.code in codes]


def counts(table: Table) -> list[ExportRows]:
    return [export.rows for export in table.exports]


def values(table: Table, name: str) -> list[Any]:
    return table.pandas[name].tolist()


def micros(*moment: int) -> int:
    return int((datetime(*moment) - datetime(1970, 1, 1)).total_seconds()) * 1_000_000  # type: ignore[arg-type]


def contents(table: Table) -> list[tuple[Any, ...]]:
    """What a typed table says, whatever its order and wherever its rows stand."""
    found = []
    for _, row in table.pandas.iterrows():
        cells = [
            (name, row[name], bool(row.get(f"{name}?blank", False)), bool(row.get(f"{name}?bad", False)))
            for name in sorted(table.columns)
        ]
        found.append((*cells, row["_conflict"] > 0, bool(row.get("_uncertain", False))))
    return sorted(found)


def assert_typed(table: Table) -> None:
    """Only int64, bool and str, and no nulls (docs/design.md, 4)."""
    assert {str(dtype) for dtype in table.pandas.dtypes} <= {"int64", "bool", "str"}
    assert not table.pandas.isna().any().any()


# ---- headers


def test_a_good_export_is_read_without_problems() -> None:
    table, problems = one([HEADER, ticket("A1"), ticket("A2", 等级="二级", 已回访="×", 数量="12")])
    assert problems == []
    assert values(table, "编号") == ["A1", "A2"]
    assert values(table, "受理时间") == [micros(2022, 7, 5, 8)] * 2
    assert values(table, "等级") == ["P1", "P2"]
    assert values(table, "响应时限") == [30 * MINUTE] * 2
    assert values(table, "已回访") == [True, False]
    assert values(table, "数量") == [2, 12]
    assert values(table, "提交部门") == ["信息部"] * 2
    assert values(table, "_row") == [2, 3]
    assert values(table, "_conflict") == [0, 0]
    assert not [name for name in table.pandas if "?" in name or name == "_uncertain"]
    assert (table.kept, table.conflicts, table.uncertain) == (2, 0, False)
    assert table.columns["数量"].bound == 12
    assert_typed(table)
    assert table.exports == (
        Export(
            "tickets", "信息部", "信息部/工单_2022.xlsx", "Sheet1", 1, "sha of 信息部/工单_2022.xlsx", YEAR_2022,
            ExportRows(2, 2, 0, 0, 0),
        ),
    )  # fmt: skip


@pytest.mark.parametrize("titles", [0, 1, 2, 29])
def test_the_header_is_found_below_title_rows(titles: int) -> None:
    rows: list[Row] = [[f"2022年度工单台账({at})"] for at in range(titles)]
    table, problems = one([*rows, HEADER, ticket("A1")])
    assert problems == []
    assert table.exports[0].header_row == titles + 1
    assert values(table, "_row") == [titles + 2]
    assert counts(table) == [ExportRows(1, 1, 0, 0, 0)]


def test_a_header_below_the_first_thirty_rows_is_not_found() -> None:
    table, problems = one([*[["标题"]] * 30, HEADER, ticket("A1")])
    assert lines(problems) == ["信息部/工单_2022.xlsx!Sheet1: D104 前 30 行内没有“工单台账”的表头"]
    assert [export.readable for export in table.exports] == [False]
    assert len(table.pandas) == 0


@pytest.mark.parametrize("rows", [[], [[]], [["编号"], ["A1"]], [["说明", "见附件"], ["A1", "2022-07-05"]]])
def test_no_header_leaves_the_export_out(rows: list[Row]) -> None:
    table, problems = one(rows)
    assert [problem.code for problem in problems] == ["D104"]
    assert [export.readable for export in table.exports] == [False]
    assert table.kept == 0
    assert_typed(table)


def test_one_known_word_is_header_enough_for_a_source_of_one_column() -> None:
    table, problems = one([["标题"], ["编号"], ["A1"]], source({"编号": Column(required=True)}, ["编号"]))
    assert problems == []
    assert values(table, "编号") == ["A1"]


def test_aliases_full_width_brackets_blanks_and_line_breaks_in_headers() -> None:
    header = [" 工单号 ", "受理\n时间", "等 级", "响应时限（分钟）", "已回访", "数　量", "处理人"]
    table, problems = one([header, ticket("A1")])
    assert problems == []
    assert values(table, "响应时限") == [30 * MINUTE]
    assert values(table, "数量") == [2]


def test_a_missing_column_makes_all_its_cells_doubtful() -> None:
    header = ["编号", "受理时间", "级别", "响应时限", "已回访", "数量", "处理人"]
    table, problems = one([header, ticket("A1"), ["合计"], ticket("A2")])
    assert lines(problems, "D105", "D106") == [
        "信息部/工单_2022.xlsx!Sheet1: D106 未使用的列:级别",
        "信息部/工单_2022.xlsx!Sheet1: D105 没有“等级”列,是否应为“级别”?;该列按无法读取处理",
    ]
    assert [problem.code for problem in problems] == ["D106", "D105", "D303"]
    assert values(table, "等级?bad") == [True, True]
    assert values(table, "等级") == ["", ""]
    assert "等级?blank" not in table.pandas
    assert_typed(table)


def test_a_column_missing_in_one_of_two_exports_is_doubtful_there_only() -> None:
    short = [HEADER[:2] + HEADER[3:], ticket("A2")[:2] + ticket("A2")[3:]]
    table, problems = build(TICKETS, raw([HEADER, ticket("A1")]), raw(short, path="通信部/工单_2022.xlsx"))
    assert [(problem.code, problem.place.path) for problem in problems] == [("D105", "通信部/工单_2022.xlsx")]
    assert values(table, "等级?bad") == [False, True]


def test_an_optional_column_may_be_missing() -> None:
    declared = source({"编号": Column(required=True), "比率": Column(type="percent", optional=True)}, ["编号"])
    table, problems = one([["编号", "标题"], ["A1", "x"]], declared)
    # one known word of two is no header
    assert [problem.code for problem in problems] == ["D104"]
    wider = source({"编号": Column(required=True), "名称": Column(), "比率": Column(optional=True)}, ["编号"])
    table, problems = one([["编号", "名称"], ["A1", "x"]], wider)
    assert problems == []
    assert values(table, "比率?blank") == [True]
    assert "比率?bad" not in table.pandas


def test_a_column_that_stands_twice_is_unreadable_in_all_rows() -> None:
    header = [*HEADER, "序号", "数 量", " 备用 "]
    table, problems = one([header, [*ticket("A1"), "1", "2", None], [*ticket("A2"), None, None, None]])
    assert lines(problems) == [
        "信息部/工单_2022.xlsx!Sheet1!I1: D107 两列都是“数量”;该列按无法读取处理",
        "信息部/工单_2022.xlsx!Sheet1: D106 未使用的列:序号、备用",
    ]
    assert values(table, "数量?bad") == [True, True]
    assert values(table, "数量") == [0, 0]
    assert values(table, "编号") == ["A1", "A2"]
    assert "_uncertain" not in table.pandas
    assert_typed(table)


def test_a_key_that_stands_three_times_is_no_key() -> None:
    table, problems = one([[*HEADER, "工单号", "编号"], [*ticket("A1"), "B1", "A1"], [*ticket("A2"), None, None]])
    place = "信息部/工单_2022.xlsx!Sheet1"
    assert lines(problems) == [f"{place}!{at}1: D107 两列都是“编号”;该列按无法读取处理" for at in "HI"]
    assert values(table, "编号?bad") == [True, True]
    assert values(table, "_uncertain") == [True, True]
    assert counts(table) == [ExportRows(2, 2, 0, 0, 0)]


def test_a_column_twice_in_one_of_two_exports_is_unreadable_there_only() -> None:
    twice = [[*HEADER, "等级"], [*ticket("A2"), "P2"]]
    table, problems = build(TICKETS, raw([HEADER, ticket("A1")]), raw(twice, path="通信部/工单_2022.xlsx"))
    assert lines(problems) == ["通信部/工单_2022.xlsx!Sheet1!H1: D107 两列都是“等级”;该列按无法读取处理"]
    assert values(table, "等级?bad") == [False, True]


def test_columns_may_stand_in_any_order() -> None:
    order = random.Random(7).sample(range(len(HEADER)), len(HEADER))
    rows = [HEADER, ticket("A1"), ticket("A2", 数量="7", 等级=None), ticket("A3", 受理时间="昨天")]
    table, _ = one(rows)
    permuted, _ = one([[row[at] for at in order] for row in rows])
    assert contents(permuted) == contents(table)
    assert counts(permuted) == counts(table)


# ---- rows that hold no data


NO_DATA = [
    ["合计", None, None, None, None, "12"],
    [" 合 计 ", None, None, None, None, "12"],
    ["小计:", None, None, None, None, "12"],
    ["总计：", None, None, None, None, "12"],
    ["【合计】", None, None, None, None, "12"],
    ["（小计）", None, None, None, None, "12"],
    [None, None, "合计", None, None, "12"],
    ["平均值", None, None, None, None, "12"],
    ["合　计", None, None, None, None, "12"],
    ["共 计", None, None, None, None, "1,234.50"],
    ["本页合计", None, None, "90", None, "12"],
    ["7月累计：", None, None, None, None, "12"],
    ["备注:已取消工单不计入考核。"],
    ["注:数据截至月底"],
    ["制表人：Y1023    审核人：Y1001"],
    ["填报日期:2022年7月31日"],
    ["制表人", None, None, None, None, None, "Y1"],
    ["审核日期", None, None, None, None, "20220731"],
    ["备注"],
    ["说明", None, "说明"],
    ["(注:数据截至月底)", None, None, None, None, None, "综合部"],
    [None, None, None, None, None, None, None, "只有未使用的列"],
    [" ", None, "　"],
]


@pytest.mark.parametrize("row", NO_DATA, ids=[str(next(filter(None, row))) for row in NO_DATA])
def test_totals_notes_and_signatures_are_set_aside(row: Row) -> None:
    table, problems = one([HEADER, ticket("A1"), row, ticket("A2")])
    assert values(table, "编号") == ["A1", "A2"]
    assert values(table, "_row") == [2, 4]
    assert counts(table) == [ExportRows(3, 2, 0, 1, 0)]
    at = NO_DATA.index(row)
    kind = "合计" if at < 12 else "说明" if at < 21 else "不属于任何列的内容"
    assert lines(problems) == [f"信息部/工单_2022.xlsx!Sheet1: D303 未计入的非数据行:{kind} 1 行"]


@pytest.mark.parametrize(
    "again", [HEADER, [None, *HEADER[1:]], ["编 号", "受理时间"], HEADER[:3]], ids=["same", "no key", "spaced", "part"]
)
def test_a_repeated_header_is_set_aside(again: Row) -> None:
    rows = [HEADER, ticket("A1"), [again[0] if again[0] != "编 号" else "编号", *again[1:]], ticket("A2")]
    table, problems = one(rows)
    assert counts(table) == [ExportRows(3, 2, 0, 1, 0)]
    assert [problem.code for problem in problems] == ["D303"]


@pytest.mark.parametrize(
    "row",
    [
        ticket("合计-01"),
        ticket("备注系统-7"),
        ticket("编号"),
        ticket("A9", 等级=None, 响应时限=None, 已回访=None, 数量=None, 处理人="合计"),
        ["A9", None, "合计"],
        ["本页合计", "2022-07-31", None, None, None, "12"],
        ["合计", None, None, None, None, None, "张三"],
        ["合计", None, "P1", None, None, "12"],
        ticket("电量累计"),
        ["电量累计", "20220705", None, None, None, "12"],
        ticket("合计"),
        ["备注", "2022-07-05"],
        ["备注系统", None, None, None, None, "3"],
        ["审核平台运维", None, None, None, "否"],
        ["注册", None, "P1"],
        [None, "2022-07-05"],
    ],
)
def test_a_row_with_a_key_or_a_date_is_data(row: Row) -> None:
    table, _ = one([HEADER, ticket("A1"), row])
    assert counts(table) == [ExportRows(2, 2, 0, 0, 0)]


def test_a_title_before_the_header_and_a_note_beside_a_key_are_no_data_rows() -> None:
    rows: list[Row] = [["合计表"], [None], HEADER, ticket("A1", 处理人="备注:无")]
    table, problems = one(rows)
    assert counts(table) == [ExportRows(1, 1, 0, 0, 0)]
    assert problems == []


def test_blank_rows_between_and_after() -> None:
    rows = [HEADER, [None], ticket("A1"), ["", None], [None], ticket("A2"), [None], [""]]
    table, problems = one(rows)
    # the blank rows after the last filled one are no rows of the export
    assert counts(table) == [ExportRows(5, 2, 3, 0, 0)]
    assert values(table, "_row") == [3, 6]
    assert problems == []


def test_rows_are_recognised_where_the_key_column_is_missing() -> None:
    rows = [HEADER[1:], ticket("A1")[1:], ["合计", None, None, None, "4"], HEADER[1:]]
    table, problems = one(rows)
    assert counts(table) == [ExportRows(3, 1, 0, 2, 0)]
    assert table.uncertain
    assert values(table, "_uncertain") == [True]
    assert [problem.code for problem in problems] == ["D105", "D303"]


def test_totals_of_a_snapshot_without_a_date() -> None:
    declared = source({"编号": Column(required=True), "用工具": Column(type="yes_no", required=True)}, ["编号"])
    table, problems = one([["编号", "用工具"], ["A1", "是"], ["合计", "1"]], declared)
    assert counts(table) == [ExportRows(2, 1, 0, 1, 0)]
    assert [problem.code for problem in problems] == ["D303"]


@pytest.mark.parametrize(
    ("row", "data"),
    [
        (["审核平台运维", "否"], True),
        (["备注系统", "是"], True),
        (["说明书管理", "#"], True),
        (["合计", "否"], True),
        (["审核人", "张三"], False),
        (["审核平台运维"], False),
        (["审核:", "否"], False),
        (["合计", "12"], False),
    ],
)
def test_a_snapshot_s_name_that_begins_like_a_note_is_data(row: Row, data: bool) -> None:
    declared = source({"名称": Column(required=True), "用工具": Column()}, ["名称"])
    table, _ = one([["名称", "用工具"], ["A1", "是"], row], declared)
    assert counts(table) == [ExportRows(2, 1 + data, 0, 1 - data, 0)]
    assert values(table, "名称") == ["A1", *([row[0]] if data else [])]


@pytest.mark.parametrize(
    "again",
    [[*HEADER, "序号", "备用"], [None, *HEADER[1:], "序号", "备用"], [*[None] * 7, "序号", "备 用"], [*HEADER[:3], None, None, None, None, "序号"], [None, "备用", *HEADER[2:]]],
    ids=["same", "no key", "unused only", "part", "shifted"],
)  # fmt: skip
def test_a_repeated_header_with_unused_columns_is_set_aside(again: Row) -> None:
    rows = [[*HEADER, "序号", "备用"], [*ticket("A1"), "1", None], again, [*ticket("A2"), "2", "x"]]
    table, problems = one(rows)
    assert values(table, "编号") == ["A1", "A2"]
    assert counts(table) == [ExportRows(3, 2, 0, 1, 0)]
    assert [problem.code for problem in problems] == ["D106", "D303"]


@pytest.mark.parametrize("rows", [[HEADER], [["标题"], HEADER], [HEADER, [None], [""]]])
def test_a_header_without_rows_is_an_export_of_nothing(rows: list[Row]) -> None:
    table, problems = one(rows)
    assert problems == []
    assert counts(table) == [ExportRows(0, 0, 0, 0, 0)]
    assert len(table.pandas) == 0
    assert (table.kept, table.conflicts, table.uncertain) == (0, 0, False)
    assert_typed(table)


def test_no_export_at_all_is_an_empty_table() -> None:
    for declared in (TICKETS, source({"编号": Column(required=True)}, ["编号"])):
        table, problems = build(declared)
        assert problems == []
        assert table.exports == ()
        assert len(table.pandas) == 0
        assert {"编号", "提交部门", "_export", "_row", "_conflict"} <= set(table.pandas)
        assert_typed(table)


# ---- cells


def test_problems_name_the_cell_of_the_sheet() -> None:
    # titles in rows 1 to 3, the header in row 4, and the first two columns of the sheet are empty: 数量 is H
    rows: list[Row] = [["标题"], [None], [None], HEADER]
    rows += [ticket(f"A{at}") for at in range(5, 12)]
    rows += [ticket("A12", day=None, 等级="特级", 响应时限="很快", 已回访="可能", 数量="-1")]
    table, problems = one(rows, indexes=range(2, 9), errors=[(11, 6)])
    assert lines(problems) == [
        "信息部/工单_2022.xlsx!Sheet1!D12: D204 “受理时间”必填,却为空",
        "信息部/工单_2022.xlsx!Sheet1!E12: D203 “等级”没有取值“特级”",
        "信息部/工单_2022.xlsx!Sheet1!F12: D201 “响应时限”读不成时长:“很快”",
        "信息部/工单_2022.xlsx!Sheet1!G12: D201 “已回访”读不成是/否:“可能”",
        "信息部/工单_2022.xlsx!Sheet1!H12: D205 “数量”小于 0:“-1”",
        "信息部/工单_2022.xlsx!Sheet1!I12: D202 “处理人”是错误值",
    ]
    assert values(table, "_row")[-1] == 12


def test_an_unreadable_cell_is_bad_and_no_value() -> None:
    rows = [HEADER, ticket("A1"), ticket("A2", day="2022-02-30", 等级="特级", 响应时限="x", 已回访="?", 数量="2.5")]
    table, problems = one(rows)
    for name in ("受理时间", "等级", "响应时限", "已回访", "数量"):
        assert values(table, f"{name}?bad") == [False, True]
        assert values(table, name)[1] in (0, "", False)
    assert [problem.code for problem in problems] == ["D201", "D203", "D201", "D201", "D201"]
    assert problems[0].message == "“受理时间”读不成日期时间:“2022-02-30”"
    assert problems[-1].message == "“数量”读不成整数:“2.5”"
    assert_typed(table)


def test_an_error_cell_is_bad_whatever_its_type() -> None:
    rows = [HEADER, ["合计"], [None, *ticket("A1")[1:]], ticket("A2", 数量=None, 处理人=None), ticket("A3")]
    table, problems = one(rows, errors=[(0, 1), (2, 0), (3, 5), (3, 6), (4, 6)])
    assert lines(problems, "D202") == [
        "信息部/工单_2022.xlsx!Sheet1!A3: D202 “编号”是错误值",
        "信息部/工单_2022.xlsx!Sheet1!F4: D202 “数量”是错误值",
        "信息部/工单_2022.xlsx!Sheet1!G4: D202 “处理人”是错误值",
        "信息部/工单_2022.xlsx!Sheet1!G5: D202 “处理人”是错误值",
    ]
    assert {problem.code for problem in problems} == {"D202", "D303"}
    assert values(table, "编号?bad") == [True, False, False]
    assert values(table, "数量?bad") == [False, True, False]
    assert values(table, "_uncertain") == [True, False, False]
    assert "数量?blank" not in table.pandas


@pytest.mark.parametrize("kind", ["errors", "unsaved"])
@pytest.mark.parametrize(
    "row",
    [["合计"], ["合计", None, None, None, None, "12"], ["备注:无"], HEADER[:3], [None]],
    ids=["total", "figure", "note", "header", "nothing else"],
)
def test_a_row_with_an_error_or_an_unsaved_formula_is_never_set_aside(row: Row, kind: str) -> None:
    table, problems = one([HEADER, ticket("A1"), row, ticket("A2")], **{kind: [(2, 3)]})
    assert counts(table) == [ExportRows(3, 3, 0, 0, 0)]
    assert values(table, "_row") == [2, 3, 4]
    assert values(table, "响应时限?bad") == [False, True, False]
    word = "是错误值" if kind == "errors" else "是公式,但没有保存计算结果"
    code = "D202" if kind == "errors" else "D206"
    assert lines(problems, code) == [f"信息部/工单_2022.xlsx!Sheet1!D3: {code} “响应时限”{word}"]
    assert lines(problems, "D303") == []
    assert values(table, "受理时间?bad") == [False, True, False]


def test_rows_of_nothing_but_errors_are_rows_also_at_the_end() -> None:
    width = len(HEADER)
    rows: list[Row] = [HEADER, [None] * width, ticket("A1"), [None] * width, [None] * width]
    errors = [(row, column) for row in (1, 4) for column in range(width)]
    table, problems = one(rows, errors=errors)
    assert counts(table) == [ExportRows(4, 3, 1, 0, 0)]
    assert values(table, "_row") == [2, 3, 5]
    assert values(table, "_uncertain") == [True, False, True]
    assert len(lines(problems)) == len(lines(problems, "D202")) == 2 * width


def test_a_formula_without_a_stored_value_is_bad() -> None:
    rows = [HEADER, ticket("A1", 数量=None, 处理人=None), ticket("A2"), ["合计"]]
    table, problems = one(rows, unsaved=[(1, 5), (1, 6)])
    assert lines(problems, "D206") == [
        "信息部/工单_2022.xlsx!Sheet1!F2: D206 “数量”是公式,但没有保存计算结果",
        "信息部/工单_2022.xlsx!Sheet1!G2: D206 “处理人”是公式,但没有保存计算结果",
    ]
    assert values(table, "数量?bad") == [True, False]
    assert "数量?blank" not in table.pandas
    assert counts(table) == [ExportRows(3, 2, 0, 1, 0)]


def test_an_error_in_a_column_that_is_not_used_changes_nothing() -> None:
    table, problems = one([[*HEADER, "序号"], [*ticket("A1"), None]], errors=[(1, 7)])
    assert [problem.code for problem in problems] == ["D106"]
    assert counts(table) == [ExportRows(1, 1, 0, 0, 0)]


def test_a_blank_is_not_done_unless_the_column_is_required() -> None:
    rows = [HEADER, ticket("A1"), ["A2", "2022-07-05", None, "", " ", "　", None]]
    table, problems = one(rows)
    assert problems == []
    for name in ("等级", "响应时限", "已回访", "数量", "处理人"):
        assert values(table, f"{name}?blank") == [False, True]
        assert f"{name}?bad" not in table.pandas
    assert [values(table, name)[1] for name in HEADER[2:]] == ["", 0, False, 0, ""]


def test_a_required_blank_is_doubtful() -> None:
    table, problems = one([HEADER, ticket("A1", day=None), ticket("A2")])
    assert lines(problems) == ["信息部/工单_2022.xlsx!Sheet1!B2: D204 “受理时间”必填,却为空"]
    assert values(table, "受理时间?bad") == [True, False]
    assert "受理时间?blank" not in table.pandas


@pytest.mark.parametrize("bad", [1, LISTED, LISTED + 1, LISTED + 5])
def test_a_column_lists_at_most_twenty_problems_of_one_kind(bad: int) -> None:
    rows = [HEADER, *(ticket(f"A{at}", 数量="待补") for at in range(bad)), ticket("B1", 数量="-1")]
    table, problems = one(rows)
    assert len(lines(problems, "D201")) == bad
    found = lines(condensed(problems), "D201")
    assert found[0] == "信息部/工单_2022.xlsx!Sheet1!F2: D201 “数量”读不成整数:“待补”"
    more = bad - LISTED
    assert len(found) == min(bad, LISTED) + (more > 0)
    if more > 0:
        assert found[-1] == f"信息部/工单_2022.xlsx!Sheet1!F: D201 F 列另有 {more} 处同样的问题"
    assert len(lines(problems, "D205")) == 1
    assert sum(values(table, "数量?bad")) == bad + 1


def test_a_sensitive_text_is_not_shown_in_a_problem() -> None:
    _, problems = column(["Y12"], Column(type="integer", sensitive=True))
    assert lines(problems) == ["信息部/工单_2022.xlsx!Sheet1!B2: D201 “值”读不成整数:#5c67e2ba"]
    _, problems = column(["-3"], Column(type="integer", sensitive=True, minimum=0))
    assert problems[0].message == "“值”小于 0:#615bdd17"


def test_a_long_text_is_cut_in_a_problem() -> None:
    _, problems = column(["长" * 41], Column(type="integer"))
    assert problems[0].message == f"“值”读不成整数:“{'长' * 40}”"


@pytest.mark.parametrize(
    ("declared", "texts", "expected", "scale"),
    [
        (Column(type="integer"), ["1", "１２", "-3", "1,234"], [1, 12, -3, 1234], 0),
        (Column(type="decimal"), ["1", "0.25", "1.5", "2.10"], [100, 25, 150, 210], 2),
        (Column(type="decimal"), ["10", "20"], [10, 20], 0),
        (Column(type="percent"), ["95%", "97.5％", "0.5", "1"], [950, 975, 500, 1000], 3),
        (Column(type="percent", percent="whole"), ["95", "97.5%"], [950, 975], 3),
        (Column(type="date"), ["2022-07-05 23:59:59", "2022年7月5日"], [micros(2022, 7, 5)] * 2, 0),
        (Column(type="date"), ["1969-12-31 23:59:59"], [-DAY], 0),
        (Column(type="datetime"), ["2022-07-05 23:59:59", "２０２２．７．５"], [micros(2022, 7, 5, 23, 59, 59), micros(2022, 7, 5)], 0),
        (Column(type="datetime"), ["7月5日"], [micros(2022, 7, 5)], 0),
        (Column(type="period"), ["2022-07", "2022年三季度", "2022年"], [micros(2022, 7, 1)] * 2 + [micros(2022, 1, 1)], 0),
        (Column(type="duration", unit="hour"), ["2", "0:30", "1小时1分钟"], [120 * MINUTE, 30 * MINUTE, 61 * MINUTE], 0),
        (Column(type="yes_no"), ["是", "√", "n", "否"], [True, True, False, False], 0),
        (Column(type="choice", values_from="departments"), ["信息部", "研 发 部"], ["信息部", "研发部"], 0),
        (Column(), ["Ａ１", "a 1", "007"], ["A1", "a 1", "007"], 0),
    ],
)  # fmt: skip
def test_values_of_each_type(declared: Column, texts: list[str], expected: list[Any], scale: int) -> None:
    table, problems = column(texts, declared)
    assert problems == []
    assert values(table, "值") == expected
    assert table.columns["值"].scale == scale
    assert table.columns["值"].kind is declared.kind
    numbers = [abs(value) for value in expected if type(value) is int]
    assert table.columns["值"].bound == max(numbers, default=0)
    assert_typed(table)


def test_one_impossible_date_among_plain_ones_spoils_only_itself() -> None:
    plain = "2022-07-05 08:00:00"
    table, problems = column([plain, "2022-02-30 08:00:00", plain, None, "2022.7.5"], Column(type="datetime"))
    assert values(table, "值?bad") == [False, True, False, False, False]
    assert values(table, "值?blank") == [False, False, False, True, False]
    assert values(table, "值") == [micros(2022, 7, 5, 8), 0, micros(2022, 7, 5, 8), 0, micros(2022, 7, 5)]
    assert [problem.place.cell for problem in problems] == ["B3"]


def test_the_minimum_is_compared_on_the_columns_scale() -> None:
    table, problems = column(["2.99", "3", "3.5", "x", None], Column(type="decimal", minimum=3))
    assert [(problem.code, problem.place.cell) for problem in problems] == [("D201", "B5"), ("D205", "B2")]
    assert values(table, "值") == [0, 300, 350, 0, 0]
    assert values(table, "值?bad") == [True, False, False, True, False]


def test_a_number_too_large_for_the_scale_of_its_column_is_bad() -> None:
    # each has 15 digits or fewer, but beside six decimals the first needs 21
    table, problems = column(["999999999999999", "0.000001"], Column(type="decimal"))
    assert values(table, "值?bad") == [True, False]
    assert values(table, "值") == [0, 1]
    assert [problem.code for problem in problems] == ["D201"]
    assert table.columns["值"].scale == 6
    assert table.columns["值"].bound == 1


def test_more_than_fifteen_digits_are_refused() -> None:
    table, problems = column(["1234567890123456", "123456789012345"], Column(type="integer"))
    assert values(table, "值?bad") == [True, False]
    assert values(table, "值") == [0, 123456789012345]
    assert [problem.place.cell for problem in problems] == ["B2"]


# ---- keys and duplicates


def test_exact_duplicates_count_once() -> None:
    rows = [HEADER, ticket("A1"), ticket("A2"), ticket("A1"), ticket("A1", day="2022年7月5日 8:00", 等级="一级")]
    table, problems = one(rows)
    place = "信息部/工单_2022.xlsx!Sheet1"
    assert lines(problems) == [
        f"{place}!A4: D301 A1 与 {place}!A2 重复,内容相同",
        f"{place}!A5: D301 A1 与 {place}!A2 重复,内容相同",
    ]
    assert values(table, "_row") == [2, 3]
    assert counts(table) == [ExportRows(4, 2, 0, 0, 2)]
    assert (table.kept, table.conflicts) == (2, 0)


@pytest.mark.parametrize("more", [0, 3])
def test_a_file_handed_in_twice_lists_its_first_twenty_repeats(more: int) -> None:
    rows = [HEADER, *(ticket(f"A{at}") for at in range(LISTED + more))]
    table, problems = build(TICKETS, raw(rows), raw(rows, path="信息部/工单_2022Q3.xlsx"))
    assert {problem.code for problem in problems} == {"D301"}
    problems = condensed(problems)
    listed = [f"信息部/工单_2022Q3.xlsx!Sheet1!A{at + 2}" for at in range(LISTED)]
    assert [str(problem.place) for problem in problems[:LISTED]] == listed
    rest = [f"信息部/工单_2022Q3.xlsx!Sheet1!A: D301 A 列另有 {more} 处同样的问题"] if more else []
    assert lines(problems[LISTED:]) == rest
    total = LISTED + more
    assert counts(table) == [ExportRows(total, total, 0, 0, 0), ExportRows(total, 0, 0, 0, total)]


def test_one_key_with_different_contents_is_one_doubtful_record() -> None:
    rows = [HEADER, ticket("A1"), ticket("A1", 数量="3", 等级="P2"), ticket("A2"), ticket("A1"), ticket("A1", 数量="4")]
    table, problems = one(rows)
    place = "信息部/工单_2022.xlsx!Sheet1"
    assert set(lines(problems)) == {
        f"{place}!A5: D301 A1 与 {place}!A2 重复,内容相同",
        f"{place}!A3: D302 A1 与 {place}!A2 编号相同,内容不同(等级、数量)",
        f"{place}!A6: D302 A1 与 {place}!A2 编号相同,内容不同(数量)",
    }
    conflict = values(table, "_conflict")
    assert values(table, "_row") == [2, 3, 4, 6]
    assert conflict[0] > 0
    assert conflict == [conflict[0], conflict[0], 0, conflict[0]]
    assert counts(table) == [ExportRows(5, 2, 0, 0, 3)]
    assert (table.kept, table.conflicts) == (2, 1)


def test_a_blank_and_an_unreadable_cell_are_different_contents() -> None:
    rows = [HEADER, ticket("A1", 数量=None), ticket("A1", 数量="x"), ticket("A1", 数量="y"), ticket("A1", 数量="0")]
    table, problems = one(rows)
    assert [problem.code for problem in problems] == ["D201", "D201", "D302", "D302", "D302"]
    assert table.kept == 1
    assert len(set(values(table, "_conflict"))) == 1
    same, problems = one([HEADER, ticket("A1", 数量="x"), ticket("A1", 数量="x")])
    assert [problem.code for problem in problems] == ["D201", "D201", "D301"]
    assert (same.kept, same.conflicts) == (1, 0)


PATHS = ["信息部/工单_2022Q2.xlsx", "信息部/工单_2022Q3.xlsx", "通信部/工单_2022Q3.xlsx"]


def test_duplicates_across_exports_and_departments_whatever_the_order() -> None:
    raws = [
        raw([HEADER, ticket("A1"), ticket("A2")], path=PATHS[0]),
        raw([["标题"], HEADER, ticket("A2"), ticket("A3")], path=PATHS[1]),
        raw([HEADER, ticket("A3", 数量="9"), ticket("A1")], path=PATHS[2]),
    ]
    table, problems = build(TICKETS, *raws)
    assert set(lines(problems)) == {
        f"{PATHS[1]}!Sheet1!A3: D301 A2 与 {PATHS[0]}!Sheet1!A3 重复,内容相同",
        f"{PATHS[2]}!Sheet1!A3: D301 A1 与 {PATHS[0]}!Sheet1!A2 重复,内容相同",
        f"{PATHS[2]}!Sheet1!A2: D302 A3 与 {PATHS[1]}!Sheet1!A4 编号相同,内容不同(数量)",
    }
    assert counts(table) == [ExportRows(2, 2, 0, 0, 0), ExportRows(2, 1, 0, 0, 1), ExportRows(2, 0, 0, 0, 2)]
    assert (table.kept, table.conflicts) == (3, 1)
    for order in ([2, 1, 0], [1, 0, 2], [2, 0, 1]):
        other, found = build(TICKETS, *(raws[at] for at in order))
        assert other.pandas.equals(table.pandas)
        assert other.exports == table.exports
        assert found == problems


def test_the_department_can_be_part_of_the_key() -> None:
    declared = source(
        {"季度": Column(type="period", required=True), "计划": Column(type="integer")},
        ["提交部门", "季度"],
        date="季度",
    )
    header = ["季度", "计划"]
    raws = [
        raw([header, ["2022Q1", "5"], ["2022年一季度", "6"]], path="信息部/计划_2022.xlsx"),
        raw([header, ["2022Q1", "5"]], path="通信部/计划_2022.xlsx"),
    ]
    table, problems = build(declared, *raws)
    place = "信息部/计划_2022.xlsx!Sheet1"
    assert lines(problems) == [f"{place}!A3: D302 信息部、2022Q1 与 {place}!A2 编号相同,内容不同(计划)"]
    assert table.kept == 2


def test_a_sensitive_key_is_not_shown() -> None:
    declared = source({"工号": Column(required=True, sensitive=True), "级": Column()}, ["工号"])
    _, problems = one([["工号", "级"], ["Y1", "A"], ["Y1", "A"]], declared)
    assert problems[0].message.startswith("#e7424eff 与 ")
    assert "Y1" not in problems[0].message


def test_a_sensitive_key_of_a_conflict_is_not_shown_nor_what_differs() -> None:
    declared = source({"工号": Column(required=True, sensitive=True), "电话": Column(sensitive=True)}, ["工号"])
    _, problems = one([["工号", "电话"], ["Y1", "13900000001"], ["Y1", "13900000002"]], declared)
    place = "信息部/工单_2022.xlsx!Sheet1"
    assert lines(problems) == [f"{place}!A3: D302 #e7424eff 与 {place}!A2 编号相同,内容不同(电话)"]


def test_a_sensitive_choice_is_not_shown_in_a_problem() -> None:
    _, problems = column(["张三丰"], Column(type="choice", values={"在职": (), "离职": ()}, sensitive=True))
    assert [problem.message for problem in problems] == ["“值”没有取值#cd61f667"]


def test_a_sensitive_text_is_the_same_hash_in_problems_and_in_rows() -> None:
    declared = source({"编号": Column(required=True), "工号": Column(type="integer", sensitive=True)}, ["编号"])
    table, problems = one([["编号", "工号"], ["A1", "Y12"]], declared)
    assert row_texts(table, declared, 0, 2, ["工号"]) == {"工号": "#5c67e2ba"}
    assert problems[0].message == "“工号”读不成整数:#5c67e2ba"


def test_a_key_that_is_a_day_is_shown_as_one() -> None:
    declared = source({"日期": Column(type="date", required=True), "值": Column()}, ["日期"], date="日期")
    _, problems = one([["日期", "值"], ["2022-07-05 00:00:00", "1"], ["2022/7/5", "1"]], declared)
    assert problems[0].message.startswith("2022-07-05 与 ")


def test_of_near_keys_with_other_contents_either_holds_or_both() -> None:
    rows = [HEADER, ticket("A-1", 数量="1"), ticket("A1", 数量="2"), ticket("B-1"), ticket("B1"), ticket("C1")]
    table, problems = one(rows)
    assert values(table, "_conflict") == [1, 1, 0, 0, 0]
    assert table.several == {1}
    assert values(table, "_uncertain") == [False, False, False, True, False]
    assert [problem.code for problem in problems] == ["D318"]


def test_the_day_on_which_a_file_was_saved_is_handed_on() -> None:
    saved = date(2022, 10, 8)
    table, _ = build(TICKETS, replace(raw([HEADER, ticket("A1")]), saved=saved))
    assert [export.saved for export in table.exports] == [saved]
    assert one([HEADER, ticket("A1")])[0].exports[0].saved is None


def test_keys_are_compared_as_text_without_their_width() -> None:
    rows = [HEADER, ticket("007"), ticket("7"), ticket("００７"), ticket(" 007 ")]
    table, problems = one(rows)
    assert values(table, "编号") == ["007", "7"]
    # 7 may be 007 whose zeros a spreadsheet took
    assert [problem.code for problem in problems] == ["D318", "D301", "D301"]
    assert values(table, "_uncertain") == [False, True]


def test_rows_without_a_readable_key_are_uncertain_each_for_itself() -> None:
    rows = [HEADER, ticket(None), ticket(None), ticket("A1"), ticket(None)]
    table, problems = one(rows, errors=[(4, 0)])
    assert values(table, "_uncertain") == [True, True, False, True]
    assert values(table, "_conflict") == [0] * 4
    assert table.uncertain
    assert table.kept == 4
    assert [problem.code for problem in problems] == ["D202", "D204", "D204"]
    assert counts(table) == [ExportRows(4, 4, 0, 0, 0)]


def test_a_key_that_may_be_blank_is_uncertain_where_it_is() -> None:
    declared = source({"编号": Column(), "季度": Column(type="period"), "数": Column()}, ["编号", "季度"], date="季度")
    rows = [["编号", "季度", "数"], ["A", "2022Q1", "1"], ["A", None, "1"], ["A", None, "1"], ["A", "x", "1"]]
    table, _ = one(rows, declared)
    assert values(table, "_uncertain") == [False, True, True, True]


TOOLS = source({"编号": Column(required=True), "用": Column(type="yes_no")}, ["编号"])
QUARTER = (date(2022, 7, 1), date(2022, 10, 1))


def test_a_snapshot_tells_the_days_it_covers() -> None:
    header = ["编号", "用"]
    raws = [
        raw([header, ["A1", "否"], ["A2", "是"]], path="信息部/a_2022Q3.xlsx", covers=QUARTER),
        raw([header, ["A1", "是"], ["A2", "是"]], path="研发部/b_2022.xlsx"),
        raw([header, ["A2", "是"], ["A1", "是"]], path="通信部/b_2022.xlsx"),
        raw([header, ["A1", "是"]], path="通信部/c.xlsx", covers=None),
    ]
    table, problems = build(TOOLS, *raws)
    # one project in snapshots of different days is no repetition; in two of one day it is
    assert {(problem.code, str(problem.place)) for problem in problems} == {
        ("D301", "通信部/b_2022.xlsx!Sheet1!A2"),
        ("D301", "通信部/b_2022.xlsx!Sheet1!A3"),
        ("D108", "通信部/c.xlsx!Sheet1"),
    }
    assert values(table, "_from")[:4] == [micros(2022, 7, 1)] * 2 + [micros(2022, 1, 1)] * 2
    assert values(table, "_to")[:4] == [micros(2022, 10, 1)] * 2 + [micros(2023, 1, 1)] * 2
    assert values(table, "_from")[4] == values(table, "_to")[4]  # answers for no day
    assert table.kept == 5
    assert_typed(table)


@pytest.mark.parametrize(
    ("other", "overlap"),
    [
        ((date(2022, 9, 30), date(2022, 10, 1)), True),
        ((date(2022, 10, 1), date(2023, 1, 1)), False),
        ((date(2022, 4, 1), date(2022, 7, 1)), False),
        ((date(2022, 4, 1), date(2022, 7, 2)), True),
    ],
)
def test_snapshots_of_neighbouring_periods_do_not_overlap(other: tuple[date, date], overlap: bool) -> None:
    rows = [["编号", "用"], ["A1", "否"]]
    table, problems = build(
        TOOLS, raw(rows, path="信息部/a.xlsx", covers=QUARTER), raw(rows, path="信息部/b.xlsx", covers=other)
    )
    assert [problem.code for problem in problems] == ["D110"] * overlap
    assert table.uncertain is overlap
    assert table.kept == 2


def test_two_snapshots_of_one_department_and_day_are_doubtful() -> None:
    header = ["编号", "用"]
    raws = [
        raw([header, ["A1", "否"]], path="信息部/a_2022.xlsx"),
        raw([header, ["A1", "否"]], path="信息部/b_2022Q3.xlsx", covers=QUARTER),
        raw([header, ["A2", "否"]], path="信息部/c_2022H1.xlsx", covers=(date(2023, 1, 1), date(2023, 7, 1))),
        raw([header, ["A1", "是"]], path="信息部/d.xlsx", covers=None),
        raw([header, ["A3", "是"]], path="通信部/a_2022.xlsx"),
    ]
    table, problems = build(TOOLS, *raws)
    assert lines(problems) == [
        "信息部/d.xlsx!Sheet1: D108 看不出考核期:文件名、工作表名和标题行都没有写明一个",
        "信息部/b_2022Q3.xlsx!Sheet1: D110 与 信息部/a_2022.xlsx 覆盖同一天,各行按存疑处理",
    ]
    assert values(table, "_uncertain") == [True, True, False, False, False]


# ---- files named for another period


THIRD = (date(2022, 7, 1), date(2022, 10, 1))


@pytest.mark.parametrize(
    ("days", "elsewhere"),
    [
        (["2022-04-05", "2022-10-01"], True),
        (["2022-06-30 23:59:59"], True),
        (["2022-04-05", "2022-07-01"], False),
        (["2022-10-01", "2022-09-30 23:59:59"], False),
        ([], False),
        ([None, "昨天"], False),
        ([None, "2022-10-01"], True),
    ],
)
def test_an_export_named_for_another_period_answers_for_no_month(days: list[str | None], elsewhere: bool) -> None:
    rows = [HEADER, *(ticket(f"A{at}", day) for at, day in enumerate(days))]
    table, problems = one(rows, path="信息部/工单_2022Q3.xlsx", covers=THIRD)
    place = "信息部/工单_2022Q3.xlsx!Sheet1"
    assert lines(problems, "D111") == [f"{place}: D111 没有一行的日期在所写的考核期内"] * elsewhere
    assert [export.covers for export in table.exports] == [None if elsewhere else THIRD]
    # its rows are kept: they count in the months of their dates
    assert counts(table) == [ExportRows(len(days), len(days), 0, 0, 0)]


def test_only_the_export_with_the_wrong_name_answers_for_no_month() -> None:
    table, problems = build(
        TICKETS,
        raw([HEADER, ticket("A1", "2022-02-05")], path="信息部/工单_2022Q1.xlsx", covers=(date(2022, 1, 1), date(2022, 4, 1))),
        raw([HEADER, ticket("A2", "2022-11-05")], path="信息部/工单_2022Q3.xlsx", covers=THIRD),
        raw([HEADER, ticket("A3", "2022-11-05")], path="信息部/工单_新.xlsx", covers=None),
        raw([HEADER, ticket("A4", "2022-11-05")], path="通信部/工单_2022.xlsx"),
    )  # fmt: skip
    assert [(problem.code, problem.place.path) for problem in problems] == [
        ("D108", "信息部/工单_新.xlsx"),
        ("D111", "信息部/工单_2022Q3.xlsx"),
    ]
    covers = [export.covers for export in table.exports]
    assert covers == [(date(2022, 1, 1), date(2022, 4, 1)), None, None, YEAR_2022]


def test_a_copy_under_another_quarter_s_name_answers_for_no_month() -> None:
    rows = [HEADER, ticket("A1"), ticket("A2")]
    paths = ("信息部/工单_2022Q3.xlsx", "信息部/工单_2022Q4.xlsx")
    fourth = (date(2022, 10, 1), date(2023, 1, 1))
    table, problems = build(TICKETS, raw(rows, path=paths[0], covers=THIRD), raw(rows, path=paths[1], covers=fourth))
    assert [problem.code for problem in problems] == ["D111", "D301", "D301"]
    assert [export.covers for export in table.exports] == [THIRD, None]
    assert counts(table) == [ExportRows(2, 2, 0, 0, 0), ExportRows(2, 0, 0, 0, 2)]


def test_a_snapshot_has_no_dates_to_tell_its_period_by() -> None:
    table, problems = one([["编号", "用"], ["A1", "是"]], TOOLS, path="信息部/a_2022Q3.xlsx", covers=THIRD)
    assert (problems, table.exports[0].covers) == ([], THIRD)


# ---- what the department wrote


def test_row_texts_are_as_written_and_sensitive_ones_masked() -> None:
    # the same digest by hand: printf Y1023 | sha256sum
    rows = [
        HEADER,
        ticket("A1"),
        ticket("A1"),
        ticket("Ａ２", day="2022年7月5日", 数量=None, 处理人="Y1023"),
        ticket("A3", 处理人=None),
    ]
    table, _ = one(rows)
    texts = row_texts(table, TICKETS, 0, 4, ["编号", "受理时间", "数量", "处理人", "提交部门"])
    masked = texts.pop("处理人")
    assert texts == {"编号": "Ａ２", "受理时间": "2022年7月5日", "数量": ""}
    assert masked == "#6a24dd82"
    assert row_texts(table, TICKETS, 0, 5, ["处理人"]) == {"处理人": ""}


# ---- whatever a sheet holds


def sheets() -> st.SearchStrategy[list[tuple[str, list[str | None]]]]:
    """Rows with what becomes of each: data (of some key and some contents), blank, or no data."""
    data = st.builds(
        lambda key, amount: ("data", ticket(f"K{key}", 数量=str(amount))), st.integers(0, 5), st.integers(0, 1)
    )
    keyless = st.just(("keyless", ticket(None)))
    unread = st.builds(lambda key: ("data", ticket(f"K{key}", 数量="待补")), st.integers(0, 5))
    blank = st.sampled_from([("blank", [None]), ("blank", [""]), ("blank", list[str | None]([]))])
    nothing = st.sampled_from([("non_data", row) for row in [*NO_DATA, HEADER, [*HEADER, "序号"]]])
    return st.lists(st.one_of(data, data, unread, keyless, blank, nothing), max_size=14)


@settings(max_examples=60, deadline=None)
@given(sheets(), st.integers(0, 2))
def test_every_row_read_is_accounted_for(sheet: list[tuple[str, list[str | None]]], titles: int) -> None:
    width = [None] * 8
    table, _ = one([*[["标题"]] * titles, [*HEADER, "序号"], *([*row, *width][:8] for _, row in sheet)])
    while sheet and sheet[-1][0] == "blank":
        sheet.pop()
    kinds = [kind for kind, _ in sheet]
    data = [row for kind, row in sheet if kind == "data"]
    kept = len({row[0] for row in data}) + kinds.count("keyless")
    records = {tuple(row) for row in data}
    expected = ExportRows(
        len(sheet), kept, kinds.count("blank"), kinds.count("non_data"), len(data) + kinds.count("keyless") - kept
    )
    assert counts(table) == [expected]
    assert expected.adds_up
    assert table.kept == kept
    assert len(table.pandas) == len(records) + kinds.count("keyless")
    assert table.conflicts == sum(len({row for row in records if row[0] == key}) > 1 for key in {r[0] for r in records})
    assert_typed(table)


@settings(max_examples=40, deadline=None)
@given(sheets(), st.randoms(use_true_random=False), st.integers(0, 14))
def test_order_of_rows_and_columns_and_splitting_change_nothing(
    sheet: list[tuple[str, list[str | None]]], rng: random.Random, cut: int
) -> None:
    header = [*HEADER, "序号"]
    # a label is looked for in the first filled cell of a row, so nothing may come to stand before it
    beside = [row for row in NO_DATA if sum(bool(cell and cell.strip()) for cell in row) > 1]
    rows = [[*row, *[None] * 8][:8] for kind, row in sheet if kind != "non_data" or row not in beside]
    whole, _ = one([header, *rows])
    shuffled = rng.sample(rows, len(rows))
    order = rng.sample(range(8), 8)
    permuted, _ = one([[row[at] for at in order] for row in [header, *shuffled]])
    # of files that say no time nobody can tell that one is a version of the other
    second = raw([["标题"], header, *rows[cut:]], path="信息部/工单_2022Q4.xlsx", covers=None)
    parts = [raw([header, *rows[:cut]], covers=None), second]
    split, _ = build(TICKETS, *parts)
    for other in (permuted, split):
        assert contents(other) == contents(whole)
        assert other.columns == whole.columns
        assert (other.kept, other.conflicts, other.uncertain) == (whole.kept, whole.conflicts, whole.uncertain)
    assert all(found.adds_up for found in counts(split))
    assert sum(found.kept for found in counts(split)) == whole.kept


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.one_of(st.none(), st.text(max_size=6), st.sampled_from(HEADER)), max_size=8), max_size=8))
def test_any_sheet_of_texts_is_read_and_adds_up(rows: list[list[str | None]]) -> None:
    for table, problems in (one(rows), one([HEADER, *rows])):
        assert all(found.adds_up for found in counts(table))
        assert all(problem.code in CODES and problem.message and problem.place.path for problem in problems)
        assert_typed(table)


# ---- at the edges


@pytest.mark.parametrize(("large", "held"), [("300000000000000", True), ("500000000000000", False)])
def test_beside_four_decimals_a_number_of_fifteen_digits_may_be_too_large(large: str, held: bool) -> None:
    # 3e14 * 10**4 is between 2**61 and 2**62, 5e14 * 10**4 beyond
    table, _ = column([large, "0.0001"], Column(type="decimal"))
    assert values(table, "值") == [3 * 10**18 if held else 0, 1]
    assert table.columns["值"].scale == 4
    assert "值?bad" not in table.pandas if held else values(table, "值?bad") == [True, False]


def test_a_cell_of_the_second_file_is_named_with_its_own_text() -> None:
    first = raw([HEADER, ticket("A1"), ticket("A2", 数量="甲")], path="信息部/a_2022.xlsx")
    second = raw([HEADER, ticket("B1", 数量="乙"), ticket("B2"), ticket("B3", 数量="丙")], path="信息部/b_2022.xlsx")
    _, problems = build(TICKETS, first, second)
    assert lines(problems, "D201") == [
        "信息部/a_2022.xlsx!Sheet1!F3: D201 “数量”读不成整数:“甲”",
        "信息部/b_2022.xlsx!Sheet1!F2: D201 “数量”读不成整数:“乙”",
        "信息部/b_2022.xlsx!Sheet1!F4: D201 “数量”读不成整数:“丙”",
    ]


def test_a_number_that_lost_its_last_digits_is_said_with_what_is_left() -> None:
    export = raw([HEADER, ticket("A1", 数量="123456789012345000")])
    inexact = replace(export, grid=replace(export.grid, inexact=((1, 5),)))
    table, problems = build(TICKETS, inexact)
    assert lines(problems) == [
        "信息部/工单_2022.xlsx!Sheet1!F2: D207 “数量”是超过 15 位的数字,末几位已丢失:“123456789012345000”"
    ]
    assert values(table, "数量?bad") == [True]


@pytest.mark.parametrize(
    ("covers", "repeated"),
    [((date(2022, 7, 1), date(2023, 1, 1)), True), ((date(2022, 1, 1), date(2022, 4, 1)), False)],
)
def test_snapshots_that_end_on_one_day_tell_of_one_thing(covers: tuple[date, date], repeated: bool) -> None:
    rows = [["编号", "用"], ["A1", "是"]]
    other = raw(rows, path="通信部/b.xlsx", covers=covers)
    table, problems = build(TOOLS, raw(rows, path="信息部/a_2022.xlsx"), other)
    assert [problem.code for problem in problems] == ["D301"] * repeated
    assert table.kept == 2 - repeated


def test_fifteen_decimals_where_they_fit_and_twelve_where_they_do_not() -> None:
    declared = source({"编号": Column(), "值": Column(type="decimal")}, ["编号"])
    rows = [["编号", "值"], ["A", "0.818181818181818"], ["B", "0.5"]]
    table, problems = one(rows, declared)
    assert (values(table, "值"), table.columns["值"].scale, problems) == ([818181818181818, 500000000000000], 15, [])
    table, problems = one([*rows, ["C", "12345"]], declared)
    assert (values(table, "值"), values(table, "值?bad")) == ([0, 5 * 10**11, 12345 * 10**12], [True, False, False])
    assert [problem.code for problem in problems] == ["D201"]
