"""Evidence: each row once a period, with cells as a spreadsheet holds them, what it adds, and why it doesn't count."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from fractions import Fraction

import pytest
from kit.sample import Sample
from kit.tables import Row, catalogue_of, raw_export, report_of, table_of, tables_of

from itss_kpi.analysis.evidence import Evidence, evidence_of, last_seen, ledgers_of
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.usage import usage_of
from itss_kpi.engine.trace import trace, weigh
from itss_kpi.tables.build import build_table
from itss_kpi.tables.table import Table

SOURCES = """
sources:
  t:
    name: 工单
    departments: [甲部]
    files: 工单*
    key: [编号]
    date: 时间
    dimensions: {部门: 提交部门, 项目: 项目}
    columns:
      编号: {type: text, required: true}
      时间: {type: datetime, required: true}
      项目: {type: text}
      人: {type: text, sensitive: true}
      状态: {type: choice, values: {好: [], 坏: []}, required: true}
      长: {type: duration, unit: hour}
      数: {type: integer, minimum: 0}
      总: {type: integer, minimum: 0}
      钱: {type: decimal}
      是: {type: yes_no}
  p:
    name: 计划
    departments: [甲部]
    files: 计划*
    key: [编号]
    date: 时间
    columns:
      编号: {type: integer, required: true}
      时间: {type: date, required: true}
      量: {type: decimal, required: true}
"""
RATIO = "numerator: {within: denominator, where: 状态 == '好'}, denominator: {measure: count, source: t}"


def made(indicator: str, target: str = ">= 50%") -> Catalogue:
    head = f"id: one, number: 1, domain: 域, name: 名, formula: 式, target: '{target}', period: month"
    return catalogue_of(f"{SOURCES}\nindicators:\n  - {{{head}, {indicator}}}\n")


def row(number: int, **cells: str) -> Row:
    return {"编号": f"{number:03}", "时间": "2022-07-05 09:30:00", "状态": "好", **cells}


def gathered(catalogue: Catalogue, tables: dict[str, Table], period: str = "2022-07", limit: int = 1000) -> Evidence:
    report = report_of(catalogue, tables, period)
    return evidence_of(catalogue, ledgers_of(catalogue, tables), catalogue.indicators[0], report.assessments, limit)


def of(indicator: str, rows: Sequence[Row], limit: int = 1000) -> Evidence:
    catalogue = made(indicator)
    return gathered(catalogue, tables_of(catalogue, t=rows), limit=limit)


def test_rows_of_the_period_with_what_they_add_and_why() -> None:
    found = of(
        "numerator: {within: denominator, where: 状态 == '好' and 数 > 1}, "
        "denominator: {measure: count, source: t, where: 项目 != '乙'}",
        [
            row(1, 数="2"),
            row(2, 数="1"),
            row(3, 项目="乙"),
            row(4, 时间="2022-08-01"),
            row(5, 状态="?"),
            row(6, 状态="坏"),
        ],
    )
    assert [heading.name for heading in found.headings] == ["编号", "提交部门", "项目", "时间", "状态", "数"]
    (block,) = found.blocks
    assert (found.total, found.held, found.whole, found.doubtful) == (5, 5, True, False)
    kinds = {one.cells[0]: (one.traced.kind, one.reason) for one in block.rows}
    assert kinds == {
        "001": ("counted", ""),
        "002": ("failing", "不满足:数 > 1"),
        "003": ("excluded", "不满足:项目 ≠ 乙"),
        "005": ("failing", "不满足:数 > 1"),  # a blank number: false whatever the status is
        "006": ("failing", "不满足:状态 = 好"),
    }
    assert [dict(one.adds) for one in block.rows][:3] == [
        {"numerator": 1, "denominator": 1},
        {"numerator": 0, "denominator": 1},
        {"numerator": 0, "denominator": 0},
    ]
    assert block.rows[0].place == ("甲部/工单.xlsx", "Sheet1", 2)
    assert (found.at("数"), found.at("没有")) == (5, None)


def test_a_row_in_doubt_says_which_cell_and_what_it_may_add() -> None:
    found = of(RATIO, [row(1), row(2, 状态="?"), row(3, 状态="坏")])
    doubtful = found.blocks[0].rows[1]
    assert (doubtful.traced.kind, doubtful.reason, doubtful.settled) == ("doubtful", "状态 读不出“?”", True)
    assert dict(doubtful.adds) == {"numerator": None, "denominator": 1}
    assert doubtful.cells[doubtful.unread[0]] == "?"
    assert doubtful.weight
    assert (doubtful.weight.lowest, doubtful.weight.highest, doubtful.weight.least) == ((0, 1), (1, 1), 1)
    assert found.blocks[0].bounded


def test_two_rows_of_one_record_add_once_what_they_agree_on() -> None:
    found = of(RATIO, [row(1), row(1, 状态="坏"), row(2), row(2, 数="7"), row(3)])
    rows = found.blocks[0].rows
    assert [(one.cells[0], one.adds["numerator"], one.adds["denominator"]) for one in rows] == [
        ("001", None, 1), ("001", 0, 0), ("002", 1, 1), ("002", 0, 0), ("003", 1, 1),
    ]  # fmt: skip
    assert [one.settled for one in rows] == [False, False, False, False, True]
    assert [bool(one.weight) for one in rows] == [True, False, False, False, False]
    assert rows[0].reason == "同一编号有内容不同的几行"


def test_rows_without_a_key_and_parts_larger_than_their_whole() -> None:
    found = of(
        "numerator: {within: denominator, of: 数}, denominator: {measure: sum, source: t, of: 总}",
        [row(1, 数="2", 总="3"), {**row(2, 数="1", 总="1"), "编号": ""}, row(3, 数="5", 总="4")],
    )
    assert [one.reason for one in found.blocks[0].rows] == [
        "", "没有可靠的编号,或不知该不该计入", "分子大于分母,或所涉的值不能确定",
    ]  # fmt: skip
    assert [one.settled for one in found.blocks[0].rows] == [True, False, True]


def test_cells_as_a_spreadsheet_holds_them() -> None:
    measures = (
        "a: {measure: sum, source: t, of: 数, where: 是}, b: {measure: sum, source: t, of: 钱, where: 长 > hours(1)}"
    )
    found = of(
        f"value: a + b, measures: {{{measures}, c: {{measure: distinct, source: t, of: 人}}}}".replace(
            "a + b", "a + b + c"
        ),
        [
            row(1, 数="12", 钱="3.25", 是="是", 长="1.5", 人="张"),
            row(2, 数="", 钱="12", 是="否", 长="2", 人="", 时间="2022-07-06"),
        ],
    )
    by_name = {heading.name: at for at, heading in enumerate(found.headings)}
    cells = [{name: one.cells[at] for name, at in by_name.items()} for one in found.blocks[0].rows]
    assert cells[0]["时间"] == pytest.approx(44747 + 19 / 48, abs=1e-9)  # 09:30 of the day
    assert (cells[0]["数"], cells[0]["钱"], cells[0]["是"], cells[0]["长"]) == (12, 3.25, "是", 1.5)
    assert cells[0]["人"].startswith("#")
    assert cells[1] | {"编号": "002"} == {
        "编号": "002", "提交部门": "甲部", "项目": None, "时间": 44748, "数": None, "是": "否", "钱": 12, "长": 2, "人": None,
    }  # fmt: skip
    assert isinstance(cells[1]["时间"], int)
    # a row without a person is nobody
    assert found.blocks[0].rows[1].adds["c"] == 0
    assert found.blocks[0].rows[0].adds["c"] == 1


def test_two_ledgers_stand_under_one_row_of_headings() -> None:
    catalogue = made("numerator: {measure: count, source: t}, denominator: {measure: sum, source: p, of: 量}")
    tables = tables_of(catalogue, t=[row(1)], p=[{"编号": "7", "时间": "2022-07-01", "量": "2.5"}])
    found = gathered(catalogue, tables)
    # the same names with other types are other columns
    assert [(one.name, one.type) for one in found.headings] == [
        ("编号", "text"), ("提交部门", "text"), ("项目", "text"), ("时间", "datetime"),
        ("编号", "integer"), ("时间", "date"), ("量", "decimal"),
    ]  # fmt: skip
    tickets, plan = found.blocks[0].rows
    assert tickets.cells[:2] == ("001", "甲部")
    assert tickets.cells[4:] == (None, None, None)
    assert plan.cells == (None, "甲部", None, None, 7, 44743, 2.5)
    assert (dict(tickets.adds), dict(plan.adds)) == ({"numerator": 1}, {"denominator": Fraction(5, 2)})


def test_a_limit_leaves_what_costs_something() -> None:
    rows = [row(1), row(2, 状态="坏"), row(3), row(4, 状态="?"), row(5)]
    found = of(RATIO, rows, limit=3)
    assert (found.total, found.held, found.whole) == (5, 3, False)
    assert [one.traced.kind for one in found.blocks[0].rows] == ["doubtful", "failing", "counted"]


def test_no_rows_no_ledger_and_a_period_that_has_not_begun() -> None:
    catalogue = made(RATIO)
    assert gathered(catalogue, tables_of(catalogue, t=[])).blocks[0].rows == []
    assert gathered(catalogue, {}).total == 0
    tables = tables_of(catalogue, t=[row(1)])
    report = report_of(catalogue, tables, "2022", as_of=date(2022, 7, 31))
    found = evidence_of(catalogue, ledgers_of(catalogue, tables), catalogue.indicators[0], report.assessments, 9)
    assert [str(block.period) for block in found.blocks] == [f"2022-{month:02}" for month in range(1, 8)]


def test_every_row_of_the_sample_stands_once_a_period(sample: Sample) -> None:
    report = sample.report("2022")
    ledgers = ledgers_of(sample.catalogue, sample.tables)
    for indicator in sample.catalogue.indicators:
        items = [item for item in report.assessments if item.indicator == indicator.id]
        found = evidence_of(sample.catalogue, ledgers, indicator, items, 100_000)
        for item in {item.period: item for item in items}.values():
            (block,) = [block for block in found.blocks if block.period == item.period]
            traced = trace(sample.catalogue, sample.tables, indicator, item.period, last_seen(item))
            assert [one.traced for one in block.rows] == traced
            if (
                not item.absent
                and not indicator.averaged_over
                and indicator.all_measures.keys() <= {"numerator", "denominator"}
            ):
                sums = Counter[str]()
                for one in block.rows:
                    sums.update({name: added or 0 for name, added in one.adds.items()})  # type: ignore[misc]
                assert sums["numerator"] == item.numerator
                assert sums["denominator"] == item.denominator or indicator.id == "internal_audit_coverage"


@pytest.mark.parametrize(
    "indicator",
    [
        RATIO,
        "numerator: {within: denominator, of: 数}, denominator: {measure: sum, source: t, of: 总}",
        "numerator: {within: denominator, of: 数}, denominator: {measure: sum, source: t, of: 总}, averaged_over: 项目",
        "value: {measure: count, source: t, where: 状态 == '好'}, unit: 次",
        "numerator: {measure: count, source: t}, denominator: {measure: sum, source: t, of: 总, where: 状态 == '好'}",
        "numerator: {measure: count, source: t, where: 状态 == '坏'}, denominator: {measure: sum, source: t, of: 总, where: 状态 == '好'}",
    ],
)
def test_weights_add_up_to_the_extremes(indicator: str) -> None:
    catalogue = made(indicator.replace("unit: 次", "unit: '%'"))
    rows = [
        row(1, 数="1", 总="4", 项目="a"), row(2, 数="x", 总="5", 项目="a"), row(3, 数="2", 总="2", 项目="b", 状态="?"),
        row(4, 数="1", 总="3", 项目="b"), row(4, 数="3", 总="3", 项目="b"), row(5, 数="0", 总="1", 项目="b", 状态="坏"),
    ]  # fmt: skip
    tables = tables_of(catalogue, t=rows)
    report = report_of(catalogue, tables, "2022-07")
    (item,) = report.assessments
    found = gathered(catalogue, tables)
    weights = weigh(catalogue, tables, catalogue.indicators[0], item.period, date(2022, 7, 31))
    assert weights
    assert found.blocks[0].bounded
    if catalogue.indicators[0].averaged_over:
        return  # the groups' extremes, whose mean is the value's
    name = "numerator" if catalogue.indicators[0].numerator else "value"
    for side, wanted in (("lowest", item.lowest), ("highest", item.highest)):
        top = bottom = Fraction(0)
        for one in found.blocks[0].rows:
            if one.weight:
                share = getattr(one.weight, side)
                top, bottom = top + share[0], bottom + share[1]
            elif None not in one.adds.values():
                top += one.adds.get(name) or 0
                bottom += one.adds.get("denominator") or 0
        assert (top / bottom if name == "numerator" else top) == wanted


@pytest.mark.parametrize(
    "indicator",
    [
        "numerator: {within: denominator, where: 状态 == '好'}, denominator: {measure: distinct, source: t, of: 人}",
        "value: {measure: mean, source: t, of: 数}, unit: 分",
        "value: {measure: sum, source: t, of: 钱}, unit: 分",  # an unreadable amount has no bound
        "value: a, measures: {a: {measure: count, source: t, where: 状态 == '好'}}, unit: 分",
    ],
)
def test_extremes_that_no_sum_gives(indicator: str) -> None:
    catalogue = made(indicator, ">= 50%" if "within" in indicator else ">= 50分")
    rows = [row(1, 人="张", 数="1", 钱="2"), row(2, 人="李", 数="x", 钱="?", 状态="?")]
    found = gathered(catalogue, tables_of(catalogue, t=rows))
    assert not found.blocks[0].bounded
    assert all(one.weight is None for one in found.blocks[0].rows)


def test_of_copies_that_agree_on_the_part_alone_nothing_is_added() -> None:
    found = of(
        "numerator: {within: denominator, of: 数}, denominator: {measure: sum, source: t, of: 总}",
        [row(1, 数="1", 总="2"), row(2, 数="9", 总="10"), row(2, 数="9", 总="12")],
    )
    assert [dict(one.adds) for one in found.blocks[0].rows] == [
        {"numerator": 1, "denominator": 2}, {"numerator": None, "denominator": None}, {"numerator": 0, "denominator": 0},
    ]  # fmt: skip


def test_a_text_that_is_not_believed_leaves_its_row_to_nobody_s_formula() -> None:
    catalogue = made("numerator: {within: denominator, where: 人 == '项目A'}, denominator: {measure: count, source: t}")
    raw = raw_export(catalogue, "t", [row(1, 人="项目A"), row(2, 人="项目A"), row(3, 人="项目 A"), row(4, 人="")])
    table, _ = build_table("t", catalogue.sources["t"], [raw], ["甲部"], 2022, usage_of(catalogue, "t"))
    rows = gathered(catalogue, {"t": table}).blocks[0].rows
    assert [(one.settled, one.adds["numerator"], one.traced.kind) for one in rows] == [
        (True, 1, "counted"), (True, 1, "counted"), (False, None, "doubtful"), (True, 0, "failing"),
    ]  # fmt: skip


def test_a_row_of_no_known_group_bounds_nothing() -> None:
    columns = "项目: {type: choice, values: {a: [], b: []}, required: true}"
    text = f"{SOURCES}\nindicators:\n  - {{id: one, number: 1, domain: 域, name: 名, formula: 式, target: '>= 50%', period: month, for_each: 项目, {RATIO}}}\n"
    catalogue = catalogue_of(text.replace("项目: {type: text}", columns))
    tables = {"t": table_of(catalogue, "t", raw_export(catalogue, "t", [row(1, 项目="a"), row(2, 项目="?")]))}
    assert not gathered(catalogue, tables).blocks[0].bounded
