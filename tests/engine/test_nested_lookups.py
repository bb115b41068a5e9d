"""What is looked up by what is looked up, and in a list that is handed in anew each quarter: by hand."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from kit.tables import catalogue_of, codes, over_duckdb, raw_export, report_of, table_of, tables_of

SOURCES = """
sources:
  t: {name: 故障, departments: [甲部], files: 故障*, key: [单号], date: 时间,
      columns: {单号: {}, 时间: {type: datetime}, 客户: {}, 优先级: {}, 用时: {type: duration, unit: hour}}}
  c: {name: 客户, departments: [甲部], files: 客户*, key: [客户], snapshot: true, columns: {客户: {}, 等级: {}}}
  l: {name: 时限, departments: [甲部], files: 时限*, key: [等级, 优先级], snapshot: true,
      columns: {等级: {}, 优先级: {}, 时限: {type: duration, unit: hour}}}
lookups: {权重: {values: {金: 3, 银: 1.5}}}
indicators:
  - {id: x, number: 1, domain: 域, name: 名, formula: f, period: quarter, unit: UNIT, value: VALUE}
"""
FAULTS = ["1,甲,高,3", "2,甲,低,9", "3,乙,高,3", "4,丙,高,1"]
FIRST, SECOND = (date(2022, 1, 1), date(2022, 4, 1)), (date(2022, 4, 1), date(2022, 7, 1))
LIMITS = [("金", "高", "2"), ("金", "低", "8"), ("银", "高", "4"), ("银", "低", "24")]


def quarter(
    value: str, period: str, *, customers: dict[str, dict[str, str]], lazy: bool = False, unit: str = "次"
) -> Any:
    """Each fault is there in both quarters; the list of customers is the quarter's own."""
    catalogue = catalogue_of(SOURCES.replace("VALUE", value).replace("UNIT", unit))
    faults = [
        dict(zip(("单号", "客户", "优先级", "用时"), row.split(","), strict=True))
        | {"时间": f"2022-0{month}-05 10:00", "单号": f"{row[0]}{month}"}
        for row in FAULTS
        for month in (2, 5)
    ]
    lists = [
        raw_export(
            catalogue,
            "c",
            [{"客户": name, "等级": level} for name, level in found.items()],
            covers=days,
            path=f"甲部/客户_{quarter}.xlsx",
        )
        for (quarter, found), days in zip(customers.items(), (FIRST, SECOND), strict=False)
    ]
    limits = [dict(zip(("等级", "优先级", "时限"), row, strict=True)) for row in LIMITS]
    tables = tables_of(catalogue, t=faults, l=limits) | {"c": table_of(catalogue, "c", *lists)}
    report = report_of(catalogue, over_duckdb(tables) if lazy else tables, period)
    return report.due[0], codes(report.problems)


LISTS = {"2022Q1": {"甲": "金", "乙": "银", "丙": "金"}, "2022Q2": {"甲": "银", "乙": "银", "丙": "金"}}
GOLD = "{measure: count, source: t, where: \"lookup(c.等级, 客户) == '金'\"}"
IN_TIME = '{measure: count, source: t, where: "用时 <= lookup(l.时限, lookup(c.等级, 客户), 优先级)"}'
WEIGHED = '{measure: sum, source: t, of: "用时 / hours(1) * lookup(权重, lookup(c.等级, 客户))"}'


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize(
    ("value", "unit", "first", "second"),
    [
        (GOLD, "次", 3, 1),  # 甲 twice and 丙; then 丙 alone
        (IN_TIME, "次", 2, 4),  # 乙 and 丙; then 甲's, too: 3 <= 4 and 9 <= 24
        (WEIGHED, "分", Fraction(87, 2), Fraction(51, 2)),  # 3 (3 + 9 + 1) + 1.5 × 3; 1.5 (3 + 9 + 3) + 3 × 1
    ],
)
def test_a_quarter_asks_its_own_list(value: str, unit: str, first: int, second: int, lazy: bool) -> None:
    for period, expected in (("2022Q1", first), ("2022Q2", second)):
        found, problems = quarter(value, period, customers=LISTS, lazy=lazy, unit=unit)
        assert (found.value, found.lowest, found.highest, problems) == (expected, expected, expected, [])


@pytest.mark.parametrize("value", [GOLD, IN_TIME])
def test_who_is_not_on_the_quarters_list_is_doubtful(value: str) -> None:
    found, problems = quarter(value, "2022Q2", customers={**LISTS, "2022Q2": {"甲": "银", "丙": "金"}})
    assert found.highest - found.lowest == 1
    assert "V407" in problems


@pytest.mark.parametrize("value", [GOLD, IN_TIME])
def test_where_no_list_of_the_quarter_was_handed_in_none_lacks_in_it(value: str) -> None:
    _, problems = quarter(value, "2022Q2", customers={"2022Q1": LISTS["2022Q1"]})
    assert ("D101" in problems, "V407" in problems) == (True, False)


SUSPENDED = """
sources:
  t: {name: 故障, departments: [甲部], files: 故障*, key: [单号], date: 受理, columns: {单号: {}, 受理: {type: datetime}, 恢复: {type: datetime}}}
  h: {name: 挂起, departments: [甲部], files: 挂起*, key: [序号], date: 起, columns: {序号: {}, 单号: {}, 起: {type: datetime}, 止: {type: datetime}}}
indicators:
  - {id: x, number: 1, domain: 域, name: 名, formula: f, period: month, target: '>= 0次',
     value: {measure: count, source: t, where: "恢复 - 受理 - sum(h.止 - h.起, h.单号, 单号) <= hours(4)"}}
"""


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ([], (2, 2)),  # A: six hours but two and a half; B: five hours, none of them suspended; C: three hours
        (["B,13:00,14:30"], (3, 3)),
        (["B,13:00,"], (2, 3)),  # of which nobody knows how long
        (["B,13:00,12:00"], (2, 3)),  # which can't be
        (["C,11:00,?"], (1, 2)),  # that none is below 0 isn't known of a sum
    ],
)
def test_times_of_another_ledger_are_summed(more: list[str], expected: tuple[int, int], lazy: bool) -> None:
    catalogue = catalogue_of(SUSPENDED)
    faults = [("A", "08:00", "14:00"), ("B", "10:00", "15:00"), ("C", "10:00", "13:00")]
    held = [row.split(",") for row in ["A,09:00,10:00", "A,11:00,12:30", *more]]

    def at(clock: str) -> str:
        return f"2022-07-05 {clock}" if ":" in clock else clock

    tables = tables_of(
        catalogue,
        t=[{"单号": name, "受理": at(begin), "恢复": at(end)} for name, begin, end in faults],
        h=[{"序号": str(n), "单号": name, "起": at(begin), "止": at(end)} for n, (name, begin, end) in enumerate(held)],
    )
    found = report_of(catalogue, over_duckdb(tables) if lazy else tables, "2022-07").due[0]
    assert (found.lowest, found.highest) == expected
