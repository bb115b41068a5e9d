"""Indicators on indicators: aggregates over what others came to, by hand; and rosters, bands and targets by group."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from kit.tables import catalogue_of, codes, raw_export, report_of, table_of, tables_of

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Band, Measure
from itss_kpi.catalogue.parsing import parse
from itss_kpi.core.period import Period, PeriodKind
from itss_kpi.core.results import Assessment, Verdict
from itss_kpi.core.text import BLANK_GROUP
from itss_kpi.engine.bounds import Range
from itss_kpi.engine.derived import ATTAINED, EITHER, Part, aggregate, ranked, scored
from itss_kpi.engine.formulas import UNKNOWN, VOID
from itss_kpi.engine.rows.populations import Span, first_to_date, window_of
from itss_kpi.engine.trace import trace, weigh

Written = int | tuple[int | None, int | None] | None | str


def ranged(value: Written) -> Range:
    """A value, a pair of bounds, None for none, or `?` for one that may be 5 or none."""
    match value:
        case None:
            return VOID
        case "?":
            return Range(Fraction(5), Fraction(5), void=True)
        case (low, high):
            return Range(*(None if end is None else Fraction(end) for end in (low, high)))
        case _:
            return Range(Fraction(value), Fraction(value))


def came(*values: Written, name: str = "a") -> list[Part]:
    return [
        Part(name, Period(PeriodKind.MONTH, 2022, at), "", ranged(one), ranged(one), EITHER)
        for at, one in enumerate(values, 1)
    ]


@pytest.mark.parametrize(
    ("measure", "values", "expected"),
    [
        ({}, [3], 3),
        ({}, [], None),
        ({"of": "score"}, [(1, 2)], (1, 2)),
        ({"measure": "count"}, [1, 2, None], (2, 2)),
        ({"measure": "count", "where": "value > 1"}, [1, 2, (1, 2), (3, 4), None, "?"], (2, 4)),
        ({"measure": "count", "of": "attained", "where": "attained == 1"}, [1, 2], (0, 2)),
        ({"measure": "sum"}, [1, 2, None], 3),
        ({"measure": "sum"}, [1, (2, 4), "?"], (3, 10)),
        ({"measure": "sum"}, [1, (2, None)], (3, None)),
        ({"measure": "sum", "where": "value < 0"}, [(-3, 1), (None, -1)], (None, 0)),
        ({"measure": "mean"}, [1, 2, 6, None], 3),
        ({"measure": "mean"}, [1, (2, 4)], (Fraction(3, 2), Fraction(5, 2))),
        ({"measure": "mean", "where": "value >= 2"}, [4, (1, 2)], (Fraction(5, 2), 4)),
        ({"measure": "min"}, [3, 1, None], 1),
        ({"measure": "max"}, [3, (1, 5)], (3, 5)),
        ({"measure": "max"}, [3, "?"], (3, 5)),
        ({"measure": "max"}, [3, (1, None)], (3, None)),
        ({"measure": "median"}, [3, 1, (5, 9)], 3),
        ({"measure": "percentile", "at": 50}, [1, 2, 3, 10], Fraction(5, 2)),
        ({"measure": "percentile", "at": 50, "nearest": True}, [1, 2, 3, 10], 2),
        ({"measure": "percentile", "at": 75, "nearest": True}, [1, 2, (3, 11), 10], (3, 10)),
        ({"measure": "streak", "where": "value > 1"}, [2, 2, 1, 2], 2),
        ({"measure": "streak", "where": "value > 1"}, [2, (1, 2), 2, 1, 3], (1, 3)),
        ({"measure": "streak", "where": "value > 1"}, [], 0),
        ({"measure": "sum", "top": 2}, [1, 5, 3], 8),
        ({"measure": "sum", "top": 2}, [-4, None], -4),
        ({"measure": "sum", "top": 2}, [1, (2, 6), 3], (5, 9)),
        ({"measure": "sum", "top": 2}, [-1, (None, 6), 3], (None, 9)),
        ({"measure": "sum", "top": 2, "where": "value < 3"}, [-1, -2, (-9, 2)], (-3, 1)),
        ({"measure": "sum", "top": 2, "where": "value < 3"}, [-1, (-9, 4)], (-10, 3)),
    ],
)
def test_an_aggregate_over_what_another_indicator_came_to(
    measure: Any, values: list[Written], expected: Written
) -> None:
    one = Measure(indicator=("a",), **measure)
    found = aggregate(one, parse(one.where) if one.where else None, came(*values))
    wanted = ranged(expected)
    assert (found.lowest, found.highest, found.empty) == (wanted.lowest, wanted.highest, wanted.empty)


@pytest.mark.parametrize(
    ("how", "values", "expected"),
    [
        ("dropped", (1, 0), 60),
        ("dropped", (1, None), 60),
        ("dropped", (1, (0, 1)), (60, 100)),
        ("dropped", (None, None), None),
        ("shared", (1, None), 100),
        ("shared", (1, "?"), (100, 260)),
        ("shared", (None, None), None),
        ("full", (0, None), 40),
        ("full", (0, "?"), (40, 200)),
        ("full", (1, 1), 100),
    ],
)
def test_weights_of_what_does_not_apply(how: Any, values: tuple[Written, Written], expected: Written) -> None:
    measure = Measure(measure="weighted", indicator=("a", "b"), weights={"a": 60, "b": 40}, not_applicable=how)
    found = aggregate(measure, None, [*came(values[0]), *came(values[1], name="b")])
    wanted = ranged(expected)
    assert (found.lowest, found.highest, found.empty) == (wanted.lowest, wanted.highest, wanted.empty)


def test_whether_it_is_attained() -> None:
    assert {Verdict.ATTAINED: ranged(1), Verdict.MISSED: ranged(0), Verdict.NOT_APPLICABLE: VOID} == ATTAINED
    assert ranged((0, 1)) == EITHER


BANDS = (
    Band(when="value >= 90", score=10, grade="优"),
    Band(when="value > 80", score="value / 10", grade="良"),
    Band(when="value == 80", score=7),
    Band(score="-1 * (80 - value)", grade="差"),
)


@pytest.mark.parametrize(
    ("value", "score", "grades"),
    [
        (95, 10, ("优",)),
        (85, Fraction(17, 2), ("良",)),
        (80, 7, ()),
        (70, -10, ("差",)),
        ((85, 95), (Fraction(17, 2), 10), ("优", "良")),
        ((81, 89), (Fraction(81, 10), Fraction(89, 10)), ("良",)),
        ((60, 85), (-20, Fraction(17, 2)), ("良", "差")),
        ((None, 95), (None, 10), ("优", "良", "差")),
        (None, None, ()),
    ],
)
def test_the_first_band_that_holds_decides(value: Written, score: Written, grades: tuple[str, ...]) -> None:
    found = scored(catalogue_of("sources: {}\nindicators: []\n"), BANDS, ranged(value), {})
    wanted = ranged(score)
    assert (found[0].lowest, found[0].highest, found[1]) == (wanted.lowest, wanted.highest, grades)


def test_a_band_without_a_score_has_none() -> None:
    bands = (Band(when="value <= 20", score=3, grade="扣款"), Band(grade="终止"))
    catalogue = catalogue_of("sources: {}\nindicators: []\n")
    assert scored(catalogue, bands, ranged((18, 25)), {}) == (
        Range(Fraction(3), Fraction(3), void=True),
        ("扣款", "终止"),
    )
    assert scored(catalogue, bands, ranged(25), {}) == (VOID, ("终止",))


def test_a_value_that_may_not_be_has_no_score_then() -> None:
    found, grades = scored(
        catalogue_of("sources: {}\nindicators: []\n"), BANDS[:1], Range(Fraction(95), Fraction(95), True), {}
    )
    assert (found.void, found.highest, grades) == (True, 10, ("优",))
    assert scored(catalogue_of("sources: {}\nindicators: []\n"), (), UNKNOWN, {}) == (VOID, ())


SCORED = """
sources:
  t: {name: 巡检, departments: [甲部], files: 巡检*, key: [编号], date: 日, columns: {编号: {required: true}, 日: {type: date, required: true}, 完成: {type: yes_no}, 重大: {type: yes_no}}}
indicators:
  - id: x
    number: 1
    domain: 域
    name: 完成率
    formula: f
    target: 100%
    period: month
    numerator: {within: denominator, where: 完成}
    denominator: {measure: count, source: t}
    bands: [{score: -5 * (denominator - numerator)}]
  - id: y
    number: 2
    domain: 域
    name: 等级
    formula: f
    period: month
    value: 100 - 4 * 缺
    measures: {缺: {measure: count, source: t, where: not 完成}, 重: {measure: count, source: t, where: 重大}}
    bands: [{when: 重 > 0, grade: 不合格}, {when: value >= 95, grade: 优}, {grade: 良}]
  - {id: z, number: 3, domain: 域, name: 扣分, formula: f, period: month, value: {indicator: [x], of: score}}
"""


@pytest.mark.parametrize(
    ("rows", "score", "grade"),
    [
        (["是否", "是否", "是否"], (0, 0), "优"),
        (["是否", "否否", "是否"], (-5, -5), "优"),
        (["否否", "否否", "是否"], (-10, -10), "良"),
        (["是否", "是是", "是否"], (0, 0), "不合格"),
        (["是否", "是?", "是否"], (0, 0), "不合格或优"),
        (["否否", "否?", "?否"], (-15, -10), "不合格或良"),
    ],
)
def test_a_band_may_ask_for_the_measures_too(rows: list[str], score: tuple[int, int], grade: str) -> None:
    catalogue = catalogue_of(SCORED)
    told = [{"编号": str(at), "日": "2022-07-05", "完成": a, "重大": b} for at, (a, b) in enumerate(rows)]
    items = {one.indicator: one for one in report_of(catalogue, tables_of(catalogue, t=told), "2022-07").due}
    low, high = score
    assert dict(items["x"].beside)["得分"] == (str(low) if low == high else f"{low}~{high}")
    assert (items["z"].lowest, items["z"].highest) == score
    assert dict(items["y"].beside)["等级"] == grade
    assert len(items["y"].steps) == 1 + ("或" in grade)


# ---- groups that are to be there


SOURCES = """
sources:
  t:
    name: 记录
    departments: [甲部]
    files: 记录*
    key: [编号]
    date: 时间
    columns:
      编号: {type: text, required: true}
      时间: {type: date, required: true}
      系统: {type: text}
      数: {type: integer}
  r:
    name: 名单
    departments: [甲部]
    files: 名单*
    key: [系统]
    date: 启用
    carries: earlier
    columns:
      系统: {type: text, required: true}
      启用: {type: date}
      权: {type: integer}
indicators:
"""
ROWS = [
    {"编号": "1", "时间": "2022-07-01", "系统": "OA", "数": "1"},
    {"编号": "2", "时间": "2022-07-02", "系统": "OA", "数": "3"},
    {"编号": "3", "时间": "2022-07-03", "系统": "ERP", "数": "5"},
]
NAMES = [
    {"系统": "OA", "启用": "2021-01-01"},
    {"系统": "ERP", "启用": "2022-03-01"},
    {"系统": "MES", "启用": "2022-08-01"},
]


def grouped(among: str, target: str = "'<= 1次'") -> Catalogue:
    return catalogue_of(
        f"{SOURCES}  - {{id: x, number: 1, domain: 质量指标, name: 数量, formula: f, period: month, for_each: 系统, "
        f"among: {among}, target: {target}, value: {{measure: count, source: t}}}}\n"
    )


def july(catalogue: Catalogue, rows: Any = ROWS, names: Any = NAMES) -> tuple[dict[str, Assessment], list[str]]:
    report = report_of(catalogue, tables_of(catalogue, t=rows, r=names), "2022-07")
    return {one.group or "": one for one in report.due}, codes(report.problems)


def test_a_group_without_rows_is_there() -> None:
    found, problems = july(grouped("[OA, ERP, MES]"))
    assert {name: (one.value, one.verdict) for name, one in found.items()} == {
        "OA": (2, Verdict.MISSED),
        "ERP": (1, Verdict.ATTAINED),
        "MES": (0, Verdict.ATTAINED),
    }
    assert problems == []


def test_a_row_of_a_group_that_is_not_listed_may_be_of_each() -> None:
    found, problems = july(grouped("[OA, ERP]"), [*ROWS, {"编号": "4", "时间": "2022-07-09", "系统": "0A", "数": "1"}])
    assert {name: one.verdict for name, one in found.items()} == dict.fromkeys(("OA", "ERP"), Verdict.UNVERIFIED)
    assert problems == ["V406"]


def test_a_row_of_another_time_is_no_stranger() -> None:
    found, problems = july(grouped("[OA, ERP]"), [*ROWS, {"编号": "4", "时间": "2022-06-30", "系统": "XX", "数": "1"}])
    assert {name: one.verdict for name, one in found.items()} == {"OA": Verdict.MISSED, "ERP": Verdict.ATTAINED}
    assert problems == []


def test_a_stranger_of_an_unknown_day_is_one() -> None:
    found, problems = july(grouped("[OA, ERP]"), [*ROWS, {"编号": "4", "时间": "待定", "系统": "XX", "数": "1"}])
    assert {one.verdict for one in found.values()} == {Verdict.UNVERIFIED}
    assert problems == ["V406"]


def test_groups_of_a_sensitive_column_are_covered_everywhere() -> None:
    text = SOURCES.replace("系统: {type: text}\n      数", "系统: {type: text, sensitive: true}\n      数")
    group = "domain: 质量指标, formula: f, period: month, for_each: 系统, target: '<= 1次'"
    catalogue = catalogue_of(
        f"{text}  - {{id: x, number: 1, name: 甲, {group}, among: [OA], value: {{measure: count, source: t}}}}\n"
        f"  - {{id: y, number: 2, name: 乙, {group}, value: {{indicator: [x]}}}}\n"
    )
    report = report_of(catalogue, tables_of(catalogue, t=ROWS, r=NAMES), "2022-07")
    assert len(report.due) == 2
    said = [*(one.group or "" for one in report.due), *(one.message for one in report.problems)]
    assert not any(name in text for text in said for name in ("OA", "ERP"))


def test_another_ledger_lists_the_groups_at_the_end_of_the_period() -> None:
    found, problems = july(grouped("{source: r, column: 系统}"))
    assert {name: one.value for name, one in found.items()} == {"OA": 2, "ERP": 1}
    assert problems == []


def test_a_roster_that_is_open_to_doubt_decides_nothing() -> None:
    found, _ = july(grouped("{source: r, column: 系统}"), names=[*NAMES, {"系统": "MES2", "启用": "待定"}])
    assert {one.verdict for one in found.values()} == {Verdict.UNVERIFIED}


def test_a_roster_that_nobody_handed_in_lists_nothing() -> None:
    catalogue = grouped("{source: r, column: 系统}")
    report = report_of(catalogue, tables_of(catalogue, t=ROWS), "2022-07")
    assert [one for one in report.due if one.verdict is not Verdict.MISSING_DATA] == []


def test_a_group_has_its_own_target() -> None:
    target = "[{requirement: '<= 1次'}, {group: OA, requirement: '<= 2次'}, {group: OA, since: 2022-08-01, requirement: '= 0次'}]"
    found, _ = july(grouped("[OA, ERP]", target))
    assert {name: (one.verdict, one.target.text if one.target else "") for name, one in found.items()} == {
        "OA": (Verdict.ATTAINED, "<= 2次"),
        "ERP": (Verdict.ATTAINED, "<= 1次"),
    }


def test_a_mean_over_a_roster_is_of_its_groups_alone() -> None:
    text = (
        f"{SOURCES}  - {{id: x, number: 1, domain: 质量指标, name: 比率, formula: f, period: month, averaged_over: 系统, "
        "among: [OA, ERP], target: '>= 50%', denominator: {measure: count, source: t}, "
        "numerator: {within: denominator, where: 数 > 1}}\n"
    )
    found, problems = july(catalogue_of(text))
    assert (found[""].value, found[""].verdict, problems) == (Fraction(3, 4), Verdict.ATTAINED, [])
    strange = [*ROWS, {"编号": "4", "时间": "2022-07-09", "系统": "XX", "数": "1"}]
    found, problems = july(catalogue_of(text), strange)
    assert (found[""].verdict, problems) == (Verdict.UNVERIFIED, ["V406"])


RANKED = """
  - {id: x, number: 1, domain: 质量指标, name: 数量, formula: f, period: month, for_each: 系统, TARGET, value: {measure: sum, source: t, of: 数}}
  - {id: y, number: 2, domain: 质量指标, name: 名次, formula: f, period: month, for_each: 系统, target: '<= 2名',
     value: {measure: rank, indicator: [x]}}
  - {id: z, number: 3, domain: 质量指标, name: 前两名占比, formula: f, period: month, value: top / all,
     measures: {top: {measure: sum, indicator: [x], top: 2}, all: {measure: sum, indicator: [x]}}}
"""


def ranks(target: str, **amounts: str) -> dict[str, Assessment]:
    rows = [{"编号": name, "时间": "2022-07-01", "系统": name, "数": amount} for name, amount in amounts.items()]
    catalogue = catalogue_of(SOURCES + RANKED.replace("TARGET", target))
    due = report_of(catalogue, tables_of(catalogue, t=rows), "2022-07").due
    return {one.group or one.indicator: one for one in due if one.indicator != "x"}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("target: '>= 5次'", {"A": 1, "B": 2, "C": 2, "D": 4}),
        ("unit: 次", {"A": 1, "B": 2, "C": 2, "D": 4}),
        ("target: '<= 5次'", {"A": 4, "B": 2, "C": 2, "D": 1}),
    ],
)
def test_the_best_is_first_and_equal_ones_share_their_rank(target: str, expected: dict[str, int]) -> None:
    found = ranks(target, A="9", B="5", C="5", D="1")
    assert {name: found[name].value for name in expected} == expected
    assert found["z"].value == Fraction(14, 20)


def test_the_rank_of_what_cannot_be_read_is_any_and_others_move() -> None:
    found = ranks("target: '>= 5次'", A="9", B="5", C="x", D="1")
    assert {name: (found[name].lowest, found[name].highest) for name in "ABCD"} == {
        "A": (1, 2), "B": (2, 3), "C": (1, 4), "D": (3, 4),
    }  # fmt: skip
    assert [found[name].verdict for name in "ABCD"] == [
        Verdict.ATTAINED, Verdict.UNVERIFIED, Verdict.UNVERIFIED, Verdict.MISSED,
    ]  # fmt: skip


OF_GROUPS = """
  - {id: x, number: 1, domain: 质量指标, name: 数量, formula: f, period: month, for_each: 系统, value: {measure: sum, source: t, of: 数}}
  - {id: y, number: 2, domain: 质量指标, name: 与平均之比, formula: f, period: month, for_each: 系统, target: '>= 80%', value: own / all,
     measures: {own: {indicator: [x]}, all: {measure: mean, indicator: [x], over: all}}}
  - {id: z, number: 3, domain: 质量指标, name: 名单内的名次, formula: f, period: month, for_each: 系统, among: [B, C],
     value: {measure: rank, indicator: [x]}}
"""


def test_a_group_is_held_against_all_of_them() -> None:
    rows = [
        {"编号": name, "时间": "2022-07-01", "系统": name, "数": amount}
        for name, amount in zip("ABC", "951", strict=True)
    ]
    catalogue = catalogue_of(SOURCES + OF_GROUPS)
    due = report_of(catalogue, tables_of(catalogue, t=rows), "2022-07").due
    assert {one.group: one.value for one in due if one.indicator == "y"} == {
        "A": Fraction(9, 5), "B": 1, "C": Fraction(1, 5),
    }  # fmt: skip
    assert {one.group: one.value for one in due if one.indicator == "z"} == {"B": 1, "C": 2}


HOW_MANY = """
  - {id: x, number: 1, domain: 质量指标, name: 数量, formula: f, period: month, for_each: 系统, value: {measure: sum, source: t, of: 数}}
  - {id: y, number: 2, domain: 质量指标, name: 系统个数, formula: f, period: month, target: '<= 3个', value: {measure: count, indicator: [x]}}
"""


@pytest.mark.parametrize(
    ("names", "number", "verdict", "shown"),
    [
        ("ABCx", (3, 4), Verdict.UNVERIFIED, ["A", "B", "C"]),
        ("ABCC", (3, 3), Verdict.ATTAINED, ["A", "B", "C"]),
        ("x", (0, 1), Verdict.ATTAINED, [BLANK_GROUP]),
    ],
)
def test_a_group_that_cannot_be_read_may_be_one_more(
    names: str, number: tuple[int, int], verdict: Verdict, shown: list[str]
) -> None:
    """x stands for a cell with an error."""
    catalogue = catalogue_of(SOURCES + HOW_MANY)
    rows = [{"编号": str(at), "时间": "2022-07-01", "系统": name, "数": "7"} for at, name in enumerate(names)]
    raw = raw_export(catalogue, "t", rows)
    column = list(catalogue.sources["t"].columns).index("系统")
    errors = [(at, column) for at, name in enumerate(names, 1) if name == "x"]
    raw = replace(raw, grid=replace(raw.grid, errors=errors))
    due = report_of(catalogue, {"t": table_of(catalogue, "t", raw)}, "2022-07").due
    assert [(one.lowest, one.highest, one.verdict) for one in due if one.indicator == "y"] == [(*number, verdict)]
    assert [one.group for one in due if one.indicator == "x"] == shown


def test_what_has_no_value_has_no_rank_and_takes_none() -> None:
    parts = [replace(part, group=name) for part, name in zip(came(None, 3, 5), "ABC", strict=True)]
    assert ranked("A", parts, None, [("a", False)]) == VOID
    assert ranked("B", parts, None, [("a", False)]) == Range(Fraction(2), Fraction(2))


@pytest.mark.parametrize(
    ("scores", "rates", "expected"),
    [
        ((5, 5, 3), (2, 4, 9), [(2, 2), (1, 1), (3, 3)]),  # of those with the same score the one with the greater rate
        ((5, 5, 5), (2, 2, 2), [(1, 1), (1, 1), (1, 1)]),
        ((5, (4, 6), 3), (2, 4, 9), [(1, 2), (1, 2), (3, 3)]),
        ((5, 5, 3), (2, (1, 4), 9), [(1, 2), (1, 2), (3, 3)]),
        (((4, 5), (5, 6), 3), (9, 4, 9), [(1, 2), (1, 2), (3, 3)]),  # equal at 5, and then the first is better
        (((4, 5), (5, 6), 3), (4, 9, 9), [(2, 2), (1, 1), (3, 3)]),  # and here it is not
        ((5, 5, 3), (2, None, 9), [(1, 1), (1, 1), (3, 3)]),  # of which the next one says nothing
    ],
)
def test_of_equal_ones_the_better_by_the_next_indicator_comes_first(
    scores: list[Written], rates: list[Written], expected: list[tuple[int, int]]
) -> None:
    parts = [
        replace(part, group=name)
        for values, indicator in ((scores, "a"), (rates, "b"))
        for part, name in zip(came(*values, name=indicator), "ABC", strict=True)
    ]
    found = [ranked(name, parts, None, [("a", False), ("b", False)]) for name in "ABC"]
    assert [(one.lowest, one.highest) for one in found] == expected


def test_a_group_whose_record_stands_in_two_variants_is_on_the_roster() -> None:
    twice = [*NAMES, {"系统": "OA", "启用": "2021-01-01", "权": "7"}]
    found, _ = july(grouped("{source: r, column: 系统}"), names=twice)
    assert {name: (one.value, one.verdict) for name, one in found.items()} == {
        "OA": (2, Verdict.MISSED), "ERP": (1, Verdict.ATTAINED),
    }  # fmt: skip


def test_a_limit_is_not_passed_by_rows_of_which_a_missing_ledger_may_say_otherwise() -> None:
    text = (
        f"{SOURCES}  - {{id: x, number: 1, domain: 质量指标, name: 数量, formula: f, period: month, target: '<= 0次', "
        "value: {measure: count, source: t, where: 'not exists(r.系统, 系统)'}}\n"
    )
    catalogue = catalogue_of(text)
    early = raw_export(catalogue, "r", [], covers=(date(2022, 1, 1), date(2022, 2, 1)))
    tables = tables_of(catalogue, t=ROWS) | {"r": table_of(catalogue, "r", early)}
    (one,) = report_of(catalogue, tables, "2022-07").due
    assert one.verdict is Verdict.MISSING_DATA


def test_a_helper_is_worked_out_and_not_listed() -> None:
    catalogue = catalogue_of(
        SOURCES
        + OF_GROUPS.replace(
            "for_each: 系统, value: {measure: sum", "for_each: 系统, helper: true, value: {measure: sum"
        )
    )
    tables = tables_of(catalogue, t=ROWS)
    found = report_of(catalogue, tables, "2022-07")
    assert {one.indicator for one in found.due} == {"y", "z"}
    assert {one.group: one.value for one in found.due if one.indicator == "y"} == {
        "OA": Fraction(8, 9),
        "ERP": Fraction(10, 9),
    }
    named = report_of(catalogue, tables, "2022-07", indicators=[catalogue.by_id["x"]])
    assert {one.indicator for one in named.due} == {"x"}


def test_a_period_in_which_nothing_applies_does_not_end_a_run() -> None:
    parts = came(1, None, 1)
    nothing = Part("a", parts[1].period, "", VOID, VOID, VOID)
    measure = Measure(indicator=("a",), measure="streak", where="value < 2")
    found = aggregate(measure, parse("value < 2"), [parts[0], nothing, parts[2]])
    assert (found.lowest, found.highest) == (2, 2)


def test_a_total_of_what_may_not_apply_may_not_apply() -> None:
    measure = Measure(indicator=("a",), measure="weighted", weights={"a": 1})
    found = aggregate(measure, None, came("?"))
    assert (found.lowest, found.highest, found.void) == (0, 5, True)


def test_the_last_periods_reach_into_the_year_before() -> None:
    catalogue = catalogue_of(
        f"{SOURCES}  - {{id: x, number: 1, domain: 质量指标, name: 数量, formula: f, period: month, value: {{measure: sum, source: t, of: 数}}}}\n"
        "  - {id: y, number: 2, domain: 质量指标, name: 近三月, formula: f, period: month, target: '<= 5次', "
        "value: {measure: mean, indicator: [x], window: {periods: 3}}}\n"
    )
    days = ("2021-10-31", "2021-11-01", "2021-12-31", "2022-01-01", "2022-01-31")
    rows = [{"编号": str(at), "时间": day, "数": str(10**at)} for at, day in enumerate(days)]
    exports = [
        raw_export(
            catalogue, "t", [row for row in rows if row["时间"][:4] == str(year)],
            covers=(date(year, 1, 1), date(year + 1, 1, 1)), path=f"甲部/记录{year}.xlsx",
        )
        for year in (2021, 2022)
    ]  # fmt: skip

    def came_to(*known: Any) -> Assessment:
        due = report_of(catalogue, {"t": table_of(catalogue, "t", *known)}, "2022-01").due
        return next(one for one in due if one.indicator == "y")

    assert came_to(*exports).value == Fraction(10 + 100 + 11000, 3)
    assert came_to(exports[1]).verdict is Verdict.MISSING_DATA


# ---- doubt goes through


CHAIN = """
  - {id: a, number: 1, domain: 质量指标, name: 甲, formula: f, period: month, target: '>= 4次', value: {measure: sum, source: t, of: 数},
     bands: [{when: value >= 4, score: 10}, {score: 0}]}
  - {id: b, number: 2, domain: 质量指标, name: 乙, formula: f, period: month, agreed: AGREED, target: '<= 3次', value: {measure: count, source: t}}
  - {id: c, number: 3, domain: 质量指标, name: 总分, formula: f, period: month, target: '>= 8分', value: points + 2 * met,
     measures: {points: {indicator: [a], of: score}, met: {measure: count, indicator: [a, b], where: attained == 1}}}
  - {id: d, number: 4, domain: 质量指标, name: 全年, formula: f, period: year, target: '>= 10分', value: {measure: max, indicator: [c]}}
  - {id: e, number: 5, domain: 质量指标, name: 环比, formula: f, period: month, target: '<= 0分', value: now - before,
     measures: {now: {indicator: [c]}, before: {indicator: [c], window: previous}}}
"""


def chained(rows: Any, period: str, agreed: str = "true") -> dict[str, Assessment]:
    catalogue = catalogue_of(SOURCES + CHAIN.replace("AGREED", agreed))
    report = report_of(catalogue, tables_of(catalogue, t=rows, r=NAMES), period)
    return {one.indicator: one for one in report.due}


def test_a_total_rests_on_the_scores_and_verdicts_of_others() -> None:
    found = chained(ROWS, "2022-07")
    assert (found["c"].value, found["c"].verdict) == (14, Verdict.ATTAINED)
    # June: 0 of 4, and 0 of at most 3
    assert (found["e"].value, found["e"].verdict) == (12, Verdict.MISSED)
    assert chained(ROWS, "2022")["d"].value == 14


def test_the_doubt_of_a_part_is_the_total_s() -> None:
    found = chained([*ROWS[:2], {"编号": "3", "时间": "2022-07-03", "系统": "ERP", "数": "五"}], "2022-07")
    assert (found["a"].lowest, found["a"].highest, found["a"].verdict) == (None, None, Verdict.UNVERIFIED)
    assert (found["c"].lowest, found["c"].highest, found["c"].verdict) == (2, 14, Verdict.UNVERIFIED)
    assert found["c"].doubtful_rows > 0


def test_no_row_weighs_in_what_other_indicators_came_to() -> None:
    catalogue = catalogue_of(
        SOURCES
        + CHAIN.replace("AGREED", "true").replace("{measure: max, indicator: [c]}", "{measure: count, indicator: [c]}")
    )
    tables = tables_of(catalogue, t=ROWS, r=NAMES)
    assert weigh(catalogue, tables, catalogue.by_id["d"], Period(PeriodKind.YEAR, 2022), date(2022, 12, 31)) is None
    assert trace(catalogue, tables, catalogue.by_id["d"], Period(PeriodKind.YEAR, 2022), date(2022, 12, 31)) == []


def test_what_is_not_agreed_and_what_is_missing_goes_on() -> None:
    assert chained(ROWS, "2022-07", "false")["c"].verdict is Verdict.UNDEFINED
    catalogue = catalogue_of(SOURCES + CHAIN.replace("AGREED", "true"))
    report = report_of(catalogue, {}, "2022-07")
    assert {one.verdict for one in report.due} == {Verdict.MISSING_DATA}
    assert all(one.absent for one in report.due)


@pytest.mark.parametrize(
    ("measure", "verdict"), [("count, where: value > 1", Verdict.MISSED), ("sum", Verdict.MISSING_DATA)]
)
def test_a_limit_that_is_passed_stays_passed_whatever_the_other_months_hold(measure: str, verdict: Verdict) -> None:
    text = CHAIN.replace("AGREED", "true") + (
        "  - {id: f, number: 6, domain: 质量指标, name: 超标月数, formula: f, period: year, target: '<= 0次',\n"
        f"     value: {{measure: {measure}, indicator: [b]}}}}\n"
    )
    catalogue = catalogue_of(SOURCES + text)
    summer = raw_export(catalogue, "t", ROWS, covers=(date(2022, 7, 1), date(2022, 9, 1)))
    report = report_of(catalogue, {"t": table_of(catalogue, "t", summer)}, "2022")
    (found,) = [one for one in report.due if one.indicator == "f"]
    assert (found.verdict, bool(found.absent)) == (verdict, True)


def test_the_total_of_a_running_month_is_of_what_is_seen() -> None:
    catalogue = catalogue_of(SOURCES + CHAIN.replace("AGREED", "true"))
    tables = tables_of(catalogue, t=ROWS, r=NAMES)
    running = {one.indicator: one for one in report_of(catalogue, tables, "2022-07").running}
    assert (running["d"].verdict, running["d"].value) == (Verdict.IN_PROGRESS, 14)


def test_what_has_not_begun_has_no_parts() -> None:
    catalogue = catalogue_of(SOURCES + CHAIN.replace("AGREED", "true"))
    report = report_of(catalogue, tables_of(catalogue, t=ROWS, r=NAMES), "2022-07", as_of=date(2022, 6, 30))
    assert {one.verdict for one in report.running} == {Verdict.IN_PROGRESS}
    assert {one.value for one in report.running if one.indicator in "ce"} == {None}


@pytest.mark.parametrize(
    ("window", "days", "expected"),
    [
        ("previous", ("2022-07-01", "2022-08-01"), ("2022-06-01", "2022-07-01")),
        ("previous", ("2022-01-01", "2022-04-01"), ("2021-10-01", "2022-01-01")),
        ("previous", ("2022-01-03", "2022-01-10"), ("2021-12-27", "2022-01-03")),
        ("previous", ("2021-12-26", "2022-01-26"), ("2021-11-26", "2021-12-26")),
        ("year_before", ("2022-07-01", "2022-08-01"), ("2021-07-01", "2021-08-01")),
        ("year_before", ("2022-01-03", "2022-01-10"), ("2021-01-04", "2021-01-11")),
        ("year_to_date", ("2022-07-01", "2022-08-01"), ("2022-01-01", "2022-08-01")),
        ("quarter_to_date", ("2022-09-01", "2022-10-01"), ("2022-07-01", "2022-10-01")),
        ("quarter_to_date", ("2022-10-01", "2022-10-09"), ("2022-10-01", "2022-10-09")),
        ("quarter_to_date", ("2022-02-01", "2022-03-01"), ("2022-01-01", "2022-03-01")),
    ],
)
def test_the_windows_of_earlier_periods(window: Any, days: tuple[str, str], expected: tuple[str, str]) -> None:
    start, end = map(date.fromisoformat, days)
    found = window_of(Measure(measure="count", source="t", window=window), Span(start, end, end))
    assert (str(found.start), str(found.end)) == expected


# ---- what a cell that can't be read can be


@pytest.mark.parametrize(
    ("limits", "of", "lowest", "highest"),
    [
        ("", "数", None, None),
        (", minimum: 0", "数", 4, None),
        (", maximum: 10", "数", None, 14),
        (", minimum: 0, maximum: 10", "数", 4, 14),
        (", minimum: 0, maximum: 10", "10 - 数", 16, 26),
        ("", "if(数 > 2, 1, 0)", 1, 2),
        ("", "min(5, 数)", None, 9),
        ("", "max(0, min(5, 数))", 4, 9),
        ("", "数 * count(r.系统, 系统)", None, None),
        ("", "hour(时间) + 0 * 数", 0, 23),
        ("", "items(系统) + 0 * 数", 2, None),
        ("", "0 * 数 + default(lookup(r.权, 系统), 0)", None, None),
        (", minimum: 0, maximum: 10", "数 * lookup(权重, 系统)", None, None),
        (", minimum: 0, maximum: 10", "(period_end - period_start) / days(31) * 数", 4, 14),
        ("", "overlap(时间, period_end) / days(31) + 0 * 数", Fraction(61, 31), Fraction(92, 31)),
    ],
)
def test_the_bounds_of_a_cell_that_cannot_be_read(
    limits: str, of: str, lowest: int | Fraction | None, highest: int | Fraction | None
) -> None:
    text = SOURCES.replace("数: {type: integer}", f"数: {{type: integer{limits}}}").replace(
        "indicators:", "lookups: {权重: {values: {OA: 2, ERP: 3}}}\nindicators:"
    )
    window = ", window: until_end" if "overlap" in of else ""
    value = f"value: {{measure: sum, source: t, of: '{of}'{window}}}"
    catalogue = catalogue_of(
        f"{text}  - {{id: x, number: 1, domain: 质量指标, name: 合计, formula: f, period: month, {value}}}\n"
    )
    found, _ = july(catalogue, [*ROWS[:2], {"编号": "3", "时间": "2022-07-03", "系统": "ERP", "数": "五"}])
    assert (found[""].lowest, found[""].highest) == (lowest, highest)


def test_a_part_is_no_more_than_its_column_allows() -> None:
    text = SOURCES.replace(
        "数: {type: integer}",
        "数: {type: integer, minimum: 0, maximum: 10}\n      满: {type: integer, minimum: 1, maximum: 20}",
    )
    ratio = "denominator: {measure: sum, source: t, of: 满}, numerator: {within: denominator, of: 数}"
    catalogue = catalogue_of(
        f"{text}  - {{id: x, number: 1, domain: 质量指标, name: 比率, formula: f, period: month, {ratio}}}\n"
    )
    rows = [{**ROWS[0], "满": "20"}, {**ROWS[1], "数": "?", "满": "20"}]
    assert [(one.lowest, one.highest) for one in july(catalogue, rows)[0].values()] == [
        (Fraction(1, 40), Fraction(11, 40))
    ]
    rows = [{**ROWS[0], "满": "20"}, {**ROWS[1], "数": "10", "满": "?"}]
    assert [(one.lowest, one.highest) for one in july(catalogue, rows)[0].values()] == [
        (Fraction(11, 40), Fraction(11, 30))
    ]


# ---- what speaks of the period is each period's own


OUTAGES = """
sources:
  o:
    name: 中断
    departments: [甲部]
    files: 中断*
    key: [编号]
    date: 起
    carries: earlier
    columns:
      编号: {type: text, required: true}
      起: {type: datetime, required: true}
      止: {type: datetime}
indicators:
"""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # from 30 November 12:00 to 2 December 6:00: 12 h in November, 30 h in December, 42 h in the quarter
        (
            "{measure: sum, source: o, of: 'overlap(起, 止)', window: until_end}",
            {"2022-11": 12, "2022-12": 30, "2022Q4": 42},
        ),
        (
            "{measure: union, source: o, of: 'overlap(起, 止)', window: until_end}",
            {"2022-11": 12, "2022-12": 30, "2022Q4": 42},
        ),
        (  # what is worked out may end before it begins: then it is none
            "{measure: sum, source: o, of: 'overlap(max(起, period_start + minutes(420)), min(止, period_start + minutes(1020)))', window: until_end}",
            {"2022-11": 0, "2022-12": 10, "2022Q4": 0},
        ),
        (
            "{measure: max, source: o, of: 'overlap(起, 止)', window: until_end}",
            {"2022-11": 12, "2022-12": 30, "2022Q4": 42},
        ),
        (
            "{measure: count, source: o, where: 'overlap(起, 止) >= hours(20)', window: until_end}",
            {"2022-11": 0, "2022-12": 1, "2022Q4": 1},
        ),
    ],
)
def test_an_overlap_is_that_of_its_own_period(value: str, expected: dict[str, int]) -> None:
    common = f"domain: 质量指标, formula: f, value: {value}"
    catalogue = catalogue_of(
        f"{OUTAGES}  - {{id: m, number: 1, name: 月, period: month, {common}}}\n"
        f"  - {{id: q, number: 2, name: 季, period: quarter, {common}}}\n"
    )
    rows = [{"编号": "1", "起": "2022-11-30 12:00", "止": "2022-12-02 06:00"}]
    report = report_of(catalogue, tables_of(catalogue, o=rows), "2022Q4")
    hours = 3_600_000_000 if "hours" not in value else 1
    found = {str(one.period): one.value / hours for one in report.due if one.value is not None}
    assert {period: found[period] for period in expected} == expected


def test_what_no_table_says_may_be_anything() -> None:
    text = SOURCES.replace("indicators:", "lookups: {权重: {values: {OA: 2}}}\nindicators:")
    value = "target: '<= 10次', value: {measure: sum, source: t, of: 'lookup(权重, 系统)'}"
    catalogue = catalogue_of(
        f"{text}  - {{id: x, number: 1, domain: 质量指标, name: 合计, formula: f, period: month, {value}}}\n"
    )
    found, _ = july(catalogue)
    assert (found[""].lowest, found[""].highest, found[""].verdict) == (None, None, Verdict.UNVERIFIED)


@pytest.mark.parametrize(
    ("of", "lowest", "highest"), [("default(数, 0) + 满", 0, 30), ("if(数 > 0, 5, 1) + 0 * 满", 1, 5)]
)
def test_a_cell_beside_one_that_cannot_be_read_may_be_blank(of: str, lowest: int, highest: int) -> None:
    limits = "数: {type: integer, minimum: 1, maximum: 10}\n      满: {type: integer, minimum: 0, maximum: 20}"
    text = SOURCES.replace("数: {type: integer}", limits)
    window = ", window: until_end" if "overlap" in of else ""
    value = f"value: {{measure: sum, source: t, of: '{of}'{window}}}"
    catalogue = catalogue_of(
        f"{text}  - {{id: x, number: 1, domain: 质量指标, name: 合计, formula: f, period: month, {value}}}\n"
    )
    found, _ = july(catalogue, [{**ROWS[0], "数": "", "满": "?"}])
    assert (found[""].lowest, found[""].highest) == (lowest, highest)


AVAILABLE = """
sources:
  o: {name: 中断, departments: [甲部], files: 中断*, key: [编号], date: 起, carries: earlier, columns: COLUMNS}
  w: {name: 维护, departments: [甲部], files: 维护*, key: [编号], date: 起, carries: earlier, columns: COLUMNS}
indicators:
  - id: x
    number: 1
    domain: 质量指标
    name: 计划外停用
    formula: f
    period: month
    for_each: 系统
    value: 停 / hours(1)
    measures:
      停: {measure: union, source: o, of: 'overlap(起, 止)', window: until_end, outside: 维护}
      维护: {measure: union, source: w, of: 'overlap(起, 止)', window: until_end}
""".replace(
    "COLUMNS",
    "{编号: {required: true}, 系统: {required: true}, 起: {type: datetime, required: true}, 止: {type: datetime}}",
)
OUT = [
    ("A", "2022-07-10 08:00", "2022-07-10 12:00"),
    ("A", "2022-07-10 09:00", "2022-07-10 13:00"),
    ("B", "2022-06-30 22:00", "2022-07-01 02:00"),
    ("C", "2022-07-31 20:00", ""),
]
PLANNED = [("A", "2022-07-10 10:00", "2022-07-10 11:00"), ("B", "2022-06-30 23:00", "2022-07-01 01:00")]


@pytest.mark.parametrize(
    ("out", "planned", "expected"),
    [
        # A: from 8 to 13 but for an hour; B: two hours of July, one of them planned; C: open, to the end of the month
        ([], [], {"A": (4, 4), "B": (1, 1), "C": (4, 4)}),
        ([], [("A", "2022-07-10 10:30", "2022-07-10 14:00")], {"A": (2, 2), "B": (1, 1), "C": (4, 4)}),
        ([], [("D", "2022-07-10 10:30", "2022-07-10 14:00")], {"A": (4, 4), "B": (1, 1), "C": (4, 4), "D": (0, 0)}),
        # an hour of B that isn't planned, or is; all of what may be planned of C
        ([("B", "2022-07-01 00:30", "?")], [], {"A": (4, 4), "B": (1, 743), "C": (4, 4)}),
        ([], [("C", "2022-07-31 22:00", "?")], {"A": (4, 4), "B": (1, 1), "C": (0, 4)}),
        ([], [("", "2022-07-31 20:00", "2022-07-31 21:00")], {"A": (4, 4), "B": (1, 1), "C": (3, 4)}),
        ([], [("", "2022-07-10 09:00", "2022-07-10 11:00")], {"A": (3, 4), "B": (1, 1), "C": (4, 4)}),
    ],
)
def test_what_was_planned_is_no_outage(
    out: list[tuple[str, str, str]], planned: list[tuple[str, str, str]], expected: dict[str, tuple[int, int]]
) -> None:
    catalogue = catalogue_of(AVAILABLE)
    tables = {
        ledger: [{"编号": str(at), "系统": one, "起": begin, "止": end} for at, (one, begin, end) in enumerate(rows)]
        for ledger, rows in (("o", [*OUT, *out]), ("w", [*PLANNED, *planned]))
    }
    items = report_of(catalogue, tables_of(catalogue, **tables), "2022-07").due
    assert {one.group: (one.lowest, one.highest) for one in items if one.group in expected} == expected


@pytest.mark.parametrize(
    ("period", "as_of"), [("2022-06", "2022-06-30"), ("2022-06", "2022-12-31"), ("2022", "2022-12-31")]
)
def test_a_group_is_there_from_its_first_row_on_whatever_is_handed_in_later(period: str, as_of: str) -> None:
    """In June there are OA and ERP with a row each, and none of what comes in December; in July they have none."""
    catalogue = catalogue_of(
        f"{SOURCES}  - {{id: x, number: 1, domain: 质量指标, name: 数量, formula: f, period: month, for_each: 系统, "
        "target: '<= 3次', value: {measure: count, source: t}}\n"
        "  - {id: y, number: 2, domain: 质量指标, name: 平均, formula: f, period: month, target: '< 0.9次', "
        "value: {measure: mean, indicator: [x]}}\n"
    )
    rows = [
        {"编号": name, "时间": day, "系统": name, "数": "1"}
        for name, day in {"OA": "2022-06-10", "ERP": "2022-06-20", "NEW": "2022-12-10"}.items()
    ]
    report = report_of(catalogue, tables_of(catalogue, t=rows), period, as_of=date.fromisoformat(as_of))
    june = [one for one in report.due if str(one.period) == "2022-06"]
    assert {one.group: (one.value, one.verdict) for one in june} == {
        "OA": (1, Verdict.ATTAINED), "ERP": (1, Verdict.ATTAINED), None: (1, Verdict.MISSED),
    }  # fmt: skip
    july = [one.group for one in report.due if str(one.period) == "2022-07" and one.indicator == "x"]
    assert july == ["ERP", "OA"] or period != "2022"


@pytest.mark.parametrize(("period", "expected"), [("2022-01", Fraction(1, 5)), ("2022-11", Fraction(3, 10))])
def test_a_formula_may_ask_for_the_month_of_the_period(period: str, expected: Fraction) -> None:
    text = (
        f"{SOURCES}  - {{id: x, number: 1, domain: 质量指标, name: 权重, formula: f, period: month, unit: 分, "
        "value: 'a * if(month(period_start) <= 3, 0.2, 0.3)', measures: {a: {measure: count, source: t}}}\n"
    )
    catalogue = catalogue_of(text)
    rows = [{"编号": day, "时间": day, "系统": "OA", "数": "1"} for day in ("2022-01-05", "2022-11-05")]
    assert report_of(catalogue, tables_of(catalogue, t=rows), period).due[0].value == expected


def test_a_group_has_its_own_weighted_total_and_shares_out_what_does_not_apply() -> None:
    """OA: 3 and a mean of 6, weighed 40 and 60; ERP: 1, and no mean as nothing of it is above 4."""
    text = (
        f"{SOURCES}  - {{id: a, number: 1, domain: 质量指标, name: 甲, formula: f, period: month, for_each: 系统, "
        "unit: 分, value: {measure: count, source: t}}\n"
        "  - {id: b, number: 2, domain: 质量指标, name: 乙, formula: f, period: month, for_each: 系统, unit: 分, "
        "value: {measure: mean, source: t, of: 数, where: 数 > 4}}\n"
        "  - {id: c, number: 3, domain: 质量指标, name: 总, formula: f, period: month, for_each: 系统, unit: 分, "
        "value: {measure: weighted, weights: {a: 40, b: 60}, not_applicable: shared}}\n"
    )
    catalogue = catalogue_of(text)
    rows = [
        {"编号": str(at), "时间": "2022-07-05", "系统": name, "数": amount}
        for at, (name, amount) in enumerate([("OA", "5"), ("OA", "7"), ("OA", "1"), ("ERP", "2")])
    ]
    due = report_of(catalogue, tables_of(catalogue, t=rows), "2022-07").due
    assert {one.group: one.value for one in due if one.indicator == "c"} == {"OA": 3 * 40 + 6 * 60, "ERP": 100}


@pytest.mark.parametrize(
    ("window", "opens", "last", "first"),
    [
        ("year_to_date", (4, 1), "2022-06-30", "2022-04-01"),
        ("year_to_date", (4, 1), "2022-03-31", "2021-04-01"),
        ("year_to_date", (4, 1), "2022-04-01", "2022-04-01"),
        ("year_to_date", (7, 16), "2022-07-15", "2021-07-16"),
        ("year_to_date", (7, 16), "2022-07-16", "2022-07-16"),
        ("quarter_to_date", (4, 1), "2022-03-31", "2022-01-01"),
        ("quarter_to_date", (2, 1), "2022-04-30", "2022-02-01"),
        ("quarter_to_date", (2, 1), "2022-01-31", "2021-11-01"),
    ],
)
def test_a_year_to_date_begins_where_the_year_does(window: str, opens: tuple[int, int], last: str, first: str) -> None:
    assert first_to_date(window, date.fromisoformat(last), opens) == date.fromisoformat(first)


def test_a_monthly_count_to_date_of_a_fiscal_year() -> None:
    """March has January's and March's tickets, and those since April of the year before; June those since April."""
    text = (
        f"{SOURCES}  - {{id: x, number: 1, domain: 质量指标, name: 累计, formula: f, period: month, starts: '04-01', unit: 次, "
        "value: {measure: count, source: t, window: year_to_date}}\n"
    )
    catalogue = catalogue_of(text)
    days = ("2021-12-05", "2022-01-05", "2022-03-05", "2022-04-05", "2022-06-05")
    tables = tables_of(catalogue, t=[{"编号": day, "时间": day, "系统": "OA", "数": "1"} for day in days])
    found = {period: report_of(catalogue, tables, period).due[0].value for period in ("2022-03", "2022-04", "2022-06")}
    assert found == {"2022-03": 3, "2022-04": 1, "2022-06": 2}


THREE_ZONES = """
sources:
  o: {name: 中断, departments: [甲部], files: 中断*, key: [编号], date: 起, columns: {编号: {}, 区: {}, 起: {type: datetime}, 止: {type: datetime}}}
indicators:
  - id: x
    number: 1
    domain: 质量指标
    name: 三区同时不可用
    formula: f
    period: month
    target: '<= 1小时'
    value: all * 1
    measures:
      all: {measure: union, source: o, of: 'overlap(起, 止)', window: until_end, where: "区 == '甲'", inside: two}
      two: {measure: union, source: o, of: 'overlap(起, 止)', window: until_end, where: "区 == '乙'", inside: three}
      three: {measure: union, source: o, of: 'overlap(起, 止)', window: until_end, where: "区 == '丙'"}
"""
ZONES = [
    "甲,5 08:00,5 12:00",
    "甲,5 10:00,5 14:00",
    "乙,5 11:00,5 18:00",
    "丙,5 09:00,5 11:30",
    "丙,5 13:00,5 13:20",
    "甲,9 01:00,9 02:00",
]


@pytest.mark.parametrize(
    ("more", "minutes"),
    [
        ([], (50, 50)),  # 11:00 to 11:30 and 13:00 to 13:20
        (["丙,9 00:00,9 03:00"], (50, 50)),  # then 乙 has none
        (["丙,9 00:00,9 03:00", "乙,9 01:30,9 01:45"], (65, 65)),
        (["丙,9 00:00,9 03:00", "乙,9 01:30,?"], (50, 230)),  # which can't be read: 乙 may have been down all the time
    ],
)
def test_only_the_time_counts_in_which_all_are_down(more: list[str], minutes: tuple[int, int]) -> None:
    catalogue = catalogue_of(THREE_ZONES)
    rows = [
        dict(
            zip(("区", "起", "止"), (zone, f"2022-07-0{begin}", end if end == "?" else f"2022-07-0{end}"), strict=True)
        )
        | {"编号": str(at)}
        for at, (zone, begin, end) in enumerate(row.split(",") for row in [*ZONES, *more])
    ]
    (found,) = report_of(catalogue, tables_of(catalogue, o=rows), "2022-07").due
    low, high = (Fraction(one, 60 * 10**6) if one is not None else None for one in (found.lowest, found.highest))
    assert (low, high) == minutes
