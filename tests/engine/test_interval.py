"""The interval against brute force: every way in which doubtful cells, keys and conflicts could turn out.

Convention: a cell is a text as typed; `BAD` can't be read, "" is blank. A way replaces every bad cell by a value that it
could hold and every record by one of its variants; what an indicator is in that way is worked out in plain Python.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import chain, product
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from kit.tables import Row, catalogue_of, codes, only, report_of, tables_of

from itss_kpi.engine.bounds import Choice, point, ratio_range

BAD = "待补"
LARGE = 10**9
ANY_SHARE = [(str(part), str(whole)) for part, whole in ((0, 0), (0, 1), (1, 1), (0, LARGE), (LARGE, LARGE))]
IN, BEFORE, AFTER = "2022-05-05", "2021-05-05", "2023-05-05"
NEW = ("新一", "新二", "新三", "新四", "新五")

CATALOGUE = catalogue_of(
    """
sources:
  s:
    name: 记录
    departments: [甲部]
    files: 记录*
    key: [编号]
    date: 日期
    columns:
      编号: {type: text, required: true}
      日期: {type: date}
      状态: {type: choice, values: {好: [], 坏: [], 消: []}}
      结果: {type: choice, values: {成: [], 败: []}}
      旗: {type: yes_no}
      部分: {type: integer, minimum: 0}
      全部: {type: integer, minimum: 0}
      人: {type: text, required: true}
      组: {type: text}
indicators:
  - {id: count_ratio, number: 1, domain: 甲, name: 甲, formula: 甲, target: '>= 50%', period: year,
     numerator: {within: denominator, where: 结果 == '成'},
     denominator: {measure: count, source: s, where: 状态 != '消'}}
  - {id: sum_ratio, number: 2, domain: 甲, name: 甲, formula: 甲, target: '>= 50%', period: year,
     numerator: {within: denominator, of: 部分, where: not 旗},
     denominator: {measure: sum, source: s, of: 全部, where: "状态 in ('好', '坏')"}}
  - {id: distinct_ratio, number: 3, domain: 甲, name: 甲, formula: 甲, target: '>= 50%', period: year,
     numerator: {within: denominator, where: 旗},
     denominator: {measure: distinct, source: s, of: 人, where: 状态 == '好'}}
  - {id: averaged_count, number: 4, domain: 甲, name: 甲, formula: 甲, target: '>= 50%', period: year, averaged_over: 组,
     numerator: {within: denominator, where: 结果 == '成'},
     denominator: {measure: count, source: s, where: 状态 != '消'}}
  - {id: count_value, number: 5, domain: 甲, name: 甲, formula: 甲, target: '<= 2次', period: year,
     value: {measure: count, source: s, where: 状态 == '好' or 旗 and not 结果 == '成'}}
  - {id: distinct_value, number: 6, domain: 甲, name: 甲, formula: 甲, target: '<= 2人', period: year,
     value: {measure: distinct, source: s, of: 人, where: 状态 == '好'}}
  - {id: mean_value, number: 7, domain: 甲, name: 甲, formula: 甲, target: '>= 2', period: year,
     value: {measure: mean, source: s, of: 部分, where: 状态 == '好'}}
  - {id: median_value, number: 8, domain: 甲, name: 甲, formula: 甲, target: '>= 2', period: year,
     value: {measure: median, source: s, of: 部分, where: 状态 == '好'}}
  - {id: least_value, number: 9, domain: 甲, name: 甲, formula: 甲, target: '>= 2', period: year,
     value: {measure: min, source: s, of: 部分, where: 状态 == '好'}}
  - {id: greatest_value, number: 10, domain: 甲, name: 甲, formula: 甲, target: '>= 2', period: year,
     value: {measure: max, source: s, of: 部分, where: 状态 == '好'}}
  - {id: sum_value, number: 11, domain: 甲, name: 甲, formula: 甲, target: '>= 2', period: year,
     value: {measure: sum, source: s, of: 部分, where: 状态 == '好'}}
  - {id: apart_ratio, number: 12, domain: 甲, name: 甲, formula: 甲, target: '>= 50%', period: year,
     numerator: {measure: count, source: s, where: 结果 == '成'},
     denominator: {measure: count, source: s, where: 状态 == '好'}}
  - {id: actual_to_plan, number: 13, domain: 甲, name: 甲, formula: 甲, target: '>= 50%', period: year,
     may_exceed: true,
     numerator: {within: denominator, of: 部分}, denominator: {measure: sum, source: s, of: 全部}}
  - {id: arithmetic, number: 14, domain: 甲, name: 甲, formula: 甲, target: '>= 50%', period: year,
     value: 1 - a / b,
     measures: {a: {measure: count, source: s, where: 结果 == '成'}, b: {measure: count, source: s, where: 状态 == '好'}}}
  - {id: averaged_sum, number: 15, domain: 甲, name: 甲, formula: 甲, target: '>= 50%', period: year, averaged_over: 组,
     numerator: {within: denominator, of: 部分},
     denominator: {measure: sum, source: s, of: 全部, where: 状态 != '消'}}
"""
)
INDICATORS = {indicator.id: indicator for indicator in CATALOGUE.indicators}

# ---- every way that a table could turn out


def _domain(row: Row, column: str) -> Sequence[str]:
    match column:
        case "日期":
            return (IN, BEFORE, AFTER)
        case "状态":
            return ("好", "坏", "消")
        case "结果":
            return ("成", "败")
        case "旗":
            return ("是", "否")
        case "全部":
            part = row["部分"] if row["部分"].isdigit() else "0"
            return (part, str(int(part) + 1), str(LARGE))
        case _:
            return ("0", "1", str(LARGE))


Counts = Callable[[Row], bool]
"""Whether a row counts in the part of its whole."""


def _meanings(row: Row, used: set[str], names: Sequence[str], in_part: Counts | None) -> Iterator[Row]:
    """The row with each of its unreadable cells (of the columns in use) replaced in every way."""
    doubtful = [column for column in sorted(used) if row[column] == BAD or (column == "人" and not row[column])]
    choices = [names if column == "人" else _domain(row, column) for column in doubtful]
    for values in product(*choices):
        made = {**row, **dict(zip(doubtful, values, strict=True))}
        if not in_part or not in_part(made) or _amount(made, "部分") <= _amount(made, "全部"):
            yield made
        elif "部分" in doubtful:
            yield made | {"部分": made["全部"] or "0"}
        elif row["全部"] != BAD:
            # a part above its whole is an error of the row, of whichever
            yield from (made | {"部分": part, "全部": whole} for part, whole in ANY_SHARE)


def _amount(row: Row, column: str) -> int:
    return int(row[column] or 0)


Share = Callable[[Row], Any]


def _records(rows: Sequence[Row], used: set[str], share: Share, in_part: Counts | None) -> list[set[tuple[Any, ...]]]:
    """For each record, everything that it could contribute: nothing, something, or as much as several records."""
    names = [*{row["人"]: None for row in rows if row["人"]}, *NEW[: sum(not row["人"] for row in rows)]]
    variants: dict[Any, dict[Any, Row]] = {}
    for at, row in enumerate(rows):
        variants.setdefault(row["编号"] or at, {})[tuple(row.values())] = row
    found = []
    for key, alternatives in variants.items():
        ways = [
            {() if one is None else (one,) for m in _meanings(row, used, names, in_part) for one in [share(m)]}
            for row in alternatives.values()
        ]
        options = set().union(*ways)
        # rows of different days may be as many records
        if len({row["日期"] for row in alternatives.values()}) > 1:
            options |= {tuple(chain(*world)) for world in product(*ways)}
        # a row without a key may repeat another one
        found.append(options | ({()} if isinstance(key, int) else set()))
    return found


def _worlds(records: Sequence[set[Any]]) -> set[tuple[Any, ...]]:
    worlds: set[tuple[Any, ...]] = {()}
    for options in records:
        worlds = {tuple(sorted((*world, *added))) for world in worlds for added in options}
    return worlds


# ---- what each indicator is in one way


def _dated(row: Row) -> bool:
    return row["日期"] == IN


def _good(row: Row) -> bool:
    return _dated(row) and row["状态"] == "好"


def _share_count(row: Row) -> Any:
    # a blank differs from everything
    return ("", int(row["结果"] == "成"), 1) if _dated(row) and row["状态"] != "消" else None


def _share_sum(row: Row) -> Any:
    counted = _dated(row) and row["状态"] in ("好", "坏")
    return ("", 0 if row["旗"] == "是" else _amount(row, "部分"), _amount(row, "全部")) if counted else None


def _share_person(row: Row) -> Any:
    return (row["人"], int(row["旗"] == "是")) if _good(row) else None


def _share_groups(row: Row) -> Any:
    found = _share_count(row)
    return (row["组"], *found[1:]) if found else None


def _share_group_sums(row: Row) -> Any:
    counted = _dated(row) and row["状态"] != "消"
    return (row["组"], _amount(row, "部分"), _amount(row, "全部")) if counted else None


def _share_one(row: Row) -> Any:
    holds = row["状态"] == "好" or (row["旗"] == "是" and row["结果"] != "成")
    return (1,) if _dated(row) and holds else None


def _share_filled(row: Row) -> Any:
    return (_amount(row, "部分"),) if _good(row) and row["部分"] else None


def _share_apart(row: Row) -> Any:
    return ("", int(row["结果"] == "成"), int(row["状态"] == "好")) if _dated(row) else None


def _share_plan(row: Row) -> Any:
    return ("", _amount(row, "部分"), _amount(row, "全部")) if _dated(row) else None


World = Sequence[Any]


def _quotient(top: int, bottom: int) -> Fraction | None:
    return Fraction(top, bottom) if bottom else None


def _ratio(world: World) -> Fraction | None:
    return _quotient(sum(one[1] for one in world), sum(one[2] for one in world))


def _mean_of_groups(world: World) -> Fraction | None:
    groups = {one[0] for one in world}
    ratios = [_ratio([one for one in world if one[0] == group]) for group in groups]
    known = [ratio for ratio in ratios if ratio is not None]
    return sum(known, Fraction(0)) / len(known) if known else None


def _persons(world: World) -> Fraction | None:
    return _quotient(len({name for name, flag in world if flag}), len({name for name, _ in world}))


def _amounts(world: World) -> list[int]:
    return sorted(one[0] for one in world)


def _median(world: World) -> Fraction | None:
    found = _amounts(world)
    half = len(found) // 2
    return Fraction(found[half] + found[-half - 1], 2) if found else None


def _one_minus(world: World) -> Fraction | None:
    ratio = _ratio(world)
    return None if ratio is None else 1 - ratio


COLUMNS = {
    "count_ratio": ({"日期", "状态", "结果"}, _share_count, _ratio),
    "sum_ratio": ({"日期", "状态", "旗", "部分", "全部"}, _share_sum, _ratio),
    "distinct_ratio": ({"日期", "状态", "旗", "人"}, _share_person, _persons),
    "averaged_count": ({"日期", "状态", "结果"}, _share_groups, _mean_of_groups),
    "count_value": ({"日期", "状态", "旗", "结果"}, _share_one, lambda world: Fraction(len(world))),
    "distinct_value": ({"日期", "状态", "人"}, _share_person, lambda world: Fraction(len({one[0] for one in world}))),
    "mean_value": ({"日期", "状态", "部分"}, _share_filled, lambda w: _quotient(sum(_amounts(w)), len(w))),
    "median_value": ({"日期", "状态", "部分"}, _share_filled, _median),
    "least_value": ({"日期", "状态", "部分"}, _share_filled, lambda w: Fraction(_amounts(w)[0]) if w else None),
    "greatest_value": ({"日期", "状态", "部分"}, _share_filled, lambda w: Fraction(_amounts(w)[-1]) if w else None),
    "sum_value": ({"日期", "状态", "部分"}, _share_filled, lambda w: Fraction(sum(_amounts(w)))),
    "apart_ratio": ({"日期", "状态", "结果"}, _share_apart, _ratio),
    "actual_to_plan": ({"日期", "部分", "全部"}, _share_plan, _ratio),
    "arithmetic": ({"日期", "状态", "结果"}, _share_apart, _one_minus),
    "averaged_sum": ({"日期", "状态", "部分", "全部"}, _share_group_sums, _mean_of_groups),
}
IN_PART: Mapping[str, Counts] = {"sum_ratio": lambda row: row["旗"] != "是", "averaged_sum": lambda _: True}
"""The ratios whose numerator is a part of their denominator, row by row."""


def _values(name: str, rows: Sequence[Row]) -> set[Fraction | None]:
    used, share, value = COLUMNS[name]
    worlds = _worlds(_records(rows, used, share, IN_PART.get(name)))
    if name.startswith("averaged"):
        groups = sorted({row["组"] for row in rows} - {""}) or [""]
        return {value(placed) for world in worlds for placed in _placed(world, groups)}
    return {value(world) for world in worlds}


def _placed(world: World, groups: Sequence[str]) -> Iterator[World]:
    """The world with each row that names no group in each of them."""
    for names in product(*(groups if one[0] == "" else [one[0]] for one in world)):
        yield [(name, *one[1:]) for name, one in zip(names, world, strict=True)]


def _verdicts(name: str, values: set[Fraction | None]) -> set[str]:
    target = INDICATORS[name].target_on(CATALOGUE.indicators[0].targets[0][0])
    assert target
    return {"not_applicable" if v is None else "attained" if target.passes(v) else "missed" for v in values}


def _limit(value: Fraction) -> Fraction:
    """What the value comes near to as an amount without a bound grows."""
    near = value.limit_denominator(LARGE // 100)
    return near if value.denominator > LARGE // 100 and abs(value - near) < Fraction(100, LARGE) else value


def _check(name: str, rows: Sequence[Row], *, exact: bool) -> None:
    """The interval and the verdict against every way."""
    report = report_of(CATALOGUE, tables_of(CATALOGUE, s=rows), "2022", indicators=[INDICATORS[name]])
    item, problems, values = only(report), codes(report.problems), _values(name, rows)
    known = [value for value in values if value is not None]
    assert "V402" not in problems
    if exact:
        extremes = (_limit(min(known)), _limit(max(known))) if known else (None, None)
        assert (item.lowest, item.highest) == extremes
    elif known:
        assert item.lowest is None or item.lowest <= min(known)
        assert item.highest is None or item.highest >= max(known)
    verdicts = _verdicts(name, values)
    if item.verdict != "unverified":
        assert verdicts == {item.verdict}
    elif exact and "V401" not in problems:
        assert len(verdicts) > 1


# ---- random tables


def _cell(*values: str, bad: bool = True) -> st.SearchStrategy[str]:
    return st.sampled_from([*values, *values, *values, "", *([BAD] if bad else [])])


def _tables(**cells: st.SearchStrategy[str]) -> st.SearchStrategy[list[Row]]:
    usual: Mapping[str, st.SearchStrategy[str]] = {
        "编号": st.sampled_from([f"K{number}" for number in range(1, 9)]),
        "日期": _cell(IN, IN, BEFORE, AFTER),
        "状态": _cell("好", "坏", "消"),
        "结果": _cell("成", "败"),
        "旗": _cell("是", "否"),
        "部分": _cell("0", "1", "2", "3", "5"),
        "全部": _cell("0", "2", "3", "4"),
        "人": st.sampled_from(["赵", "钱", "孙", "赵", "钱", "孙", ""]),
        "组": st.sampled_from(["东", "西", ""]),
    }
    columns = {name: cells.get(name, usual[name]) for name in usual}
    # hypothesis likes to draw a number twice: where two rows are to be two records, they have to be
    unique = (lambda row: row["编号"]) if columns["编号"] is UNIQUE else None
    return st.lists(st.fixed_dictionaries(columns), max_size=6, unique_by=unique)


def _fixed(value: str) -> st.SearchStrategy[str]:
    return st.just(value)


def _narrow(used: set[str], **cells: st.SearchStrategy[str]) -> st.SearchStrategy[list[Row]]:
    """Tables in which only the columns in use vary."""
    plain = {"日期": IN, "状态": "好", "结果": "成", "旗": "是", "部分": "1", "全部": "2", "人": "赵", "组": "东"}
    rest = {name: _fixed(value) for name, value in plain.items() if name not in used}
    return _tables(**(rest | cells))


KEYED = st.sampled_from(["1", "2", "3", "4", "5", "6"])
UNIQUE = st.integers(min_value=0, max_value=10**9).map(str)
READABLE_PARTS = _cell("0", "1", "2", "3", "5", bad=False)
READABLE_WHOLES = _cell("0", "2", "3", "4", bad=False)

EXACT = {
    "count_ratio": {},
    "sum_ratio": {"全部": READABLE_WHOLES},
    "averaged_count": {"编号": UNIQUE, "组": st.sampled_from(["东", "西", ""])},
    "count_value": {},
    "mean_value": {"部分": READABLE_PARTS},
    "median_value": {"编号": UNIQUE, "部分": READABLE_PARTS},
    "least_value": {"编号": UNIQUE, "部分": READABLE_PARTS},
    "greatest_value": {"编号": UNIQUE, "部分": READABLE_PARTS},
    "sum_value": {"部分": READABLE_PARTS},
    "actual_to_plan": {"部分": READABLE_PARTS, "全部": READABLE_WHOLES},
    "averaged_sum": {"编号": UNIQUE, "全部": READABLE_WHOLES},
}
QUICK = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("name", EXACT)
@QUICK
@given(data=st.data())
def test_interval_is_exactly_what_could_be(name: str, data: st.DataObject) -> None:
    groups = {"组"} if name.startswith("averaged") else set()
    _check(name, data.draw(_narrow(COLUMNS[name][0] | groups, **EXACT[name])), exact=True)


def test_least_denominator_above_zero() -> None:
    # 1 over 0, 1 or 2: at most 1/1, and perhaps nothing
    rows = [frozenset({point(0), Choice(0, 0, 1, 1)})] * 2
    assert (ratio_range(1, 0, rows).lowest, ratio_range(1, 0, rows).highest) == (Fraction(1, 2), 1)


@pytest.mark.parametrize("name", COLUMNS)
@QUICK
@given(data=st.data())
def test_interval_is_never_narrower_and_verdict_holds_in_every_way(name: str, data: st.DataObject) -> None:
    _check(name, data.draw(_narrow(COLUMNS[name][0] | {"组", "人"})), exact=False)


def test_one_of_several_records_in_another_group_that_never_counts() -> None:
    """One number on two days: one record, whichever, or both. 西's row counts in no way, so nothing is open there."""
    catalogue = catalogue_of("""
sources:
  t:
    name: 工单
    departments: [甲部]
    files: 工单*
    key: [编号]
    date: 日期
    columns: {编号: {required: true}, 日期: {type: date, required: true}, 组: {}, 果: {type: choice, values: {好: [], 坏: []}}}
indicators:
  - {id: x, number: 1, domain: 甲, name: 好, formula: f, period: month, target: '>= 2次', for_each: 组,
     value: {measure: count, source: t, where: 果 == '好'}}
""")
    rows = [
        {"编号": "1", "日期": "2022-07-05", "组": "东", "果": "好"},
        {"编号": "1", "日期": "2022-07-20", "组": "西", "果": "坏"},
        {"编号": "2", "日期": "2022-07-21", "组": "东", "果": "好"},
        {"编号": "3", "日期": "2022-07-22", "组": "西", "果": "坏"},
    ]
    found = report_of(catalogue, tables_of(catalogue, t=rows), "2022-07").assessments
    assert {one.group: (one.lowest, one.highest) for one in found} == {"东": (1, 2), "西": (0, 0)}
