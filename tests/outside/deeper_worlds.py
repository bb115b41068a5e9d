"""Worlds of what reads further: other ledgers by several keys, parts of a whole by functions, grades, indicators on
indicators on indicators.

Convention: as in `wider_worlds`, whose ledgers and dice these worlds have.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from outside import wider_worlds
from outside.wider_worlds import (
    DEVICES,
    HOUR,
    HOURS,
    SHARES,
    built,
    compared,
    counted,
    deduction,
    in_limit,
    one_by_one,
    share,
    span,
    streak,
    summed,
    taken,
    there,
    values,
    weighted,
    within_span,
    workdays,
)  # fmt: skip
from outside.worlds import (
    HUGE,
    LEDGERS,
    MINUTE,
    NEW,
    YEAR,
    AnyOf,
    Days,
    Guess,
    Ledger,
    Measure,
    Record,
    Shape,
    World,
    mean,
)  # fmt: skip

# ---- ledgers with several keys

PAIRS = (("水泵", "急"), ("水泵", "缓"), ("风机", "急"), ("电梯", "缓"), ("锅炉", "急"))
AGREED = Ledger(
    "agreed",
    "服务协议",
    "机型",
    "生效",
    {
        "机型": "{type: text, required: true}",
        "急缓": "{type: choice, values: {急: [], 缓: [], 其他: []}, required: true}",
        "生效": "{type: date, required: true}",
        "限时": "{type: duration, unit: minute}",
    },
    {},
    {"限时": lambda r: (0, 100 * MINUTE, 1000 * MINUTE, HUGE * MINUTE)},
    lambda rng, key, day: {
        "机型": key,
        "急缓": "急",
        "生效": date(YEAR, 1, day.day % 20 + 1),
        "限时": rng.choice((60, 240, 1600)) * MINUTE if rng.random() < 0.8 else None,
    },
    keys=("急缓",),
)
TOURS = Ledger(
    "tours",
    "巡查台账",
    "巡查号",
    "巡查日",
    {
        "巡查号": "{type: text, required: true}",
        "巡查日": "{type: date, required: true}",
        "机器": "{type: text}",
        "缓急": "{type: choice, values: {急: [], 缓: [], 其他: []}}",
        "评分": "{type: decimal, minimum: 0, maximum: 10}",
    },
    {"机器": DEVICES},
    {
        "机器": lambda r: map(Guess, (*DEVICES, NEW)),
        "缓急": lambda r: ("急", "缓", "其他"),
        "评分": lambda r: (0, 4, 6, 8, 10),
    },
    lambda rng, key, day: {
        "巡查号": key,
        "巡查日": day,
        "机器": rng.choice((*DEVICES, None)),
        "缓急": rng.choice(("急", "缓", None)),
        "评分": rng.choice((3, 5, 6, 8, 9, None)),
    },
)
LEDGERS |= {one.id: one for one in (AGREED, TOURS)}
wider_worlds.ROSTERS["agreed"] = [{"机型": device, "急缓": degree} for device, degree in PAIRS]


def limits_of(record: Record, days: Days) -> list[Any]:
    """The limits that are agreed for a call's device and degree."""
    asked = (record["设备"], record["级别"])
    rows = days.rows["agreed"]
    return [] if None in asked else [one["限时"] for one in rows if (one["机型"], one["急缓"]) == asked]


def as_agreed(record: Record, days: Days) -> Any:
    """Unknown where nothing is agreed, or several limits that differ."""
    found = {*limits_of(record, days)}
    return in_limit(record, found if len(found) == 1 and None not in found else (0, HUGE * MINUTE))


def as_agreed_or(record: Record, days: Days) -> Any:
    """Three hours where nothing is agreed; of a call whose device or degree is blank nothing is."""
    found = {3 * HOUR if one is None else one for one in limits_of(record, days)} or {3 * HOUR}
    return in_limit(record, found if len(found) == 1 else (0, HUGE * MINUTE))


def tours_of(record: Record, days: Days) -> int:
    pairs = [(one["机器"], one["缓急"]) for one in days.rows["tours"]]
    return sum(None not in one and one == (record["设备"], record["级别"]) for one in pairs)


def toured(name: str, test: Callable[[int], bool], where: str, make: Callable[..., Shape], **more: Any) -> Shape:
    shows = where.split("(")[0].split()[-1] + "(keys)"
    return make(shows, where.replace("()", "(tours.机器, 设备, tours.缓急, 级别)"), lambda r, d: test(tours_of(r, d)),
                "设备 级别 机器 缓急", looks=("tours",), name=name, **more)  # fmt: skip


def scores_of(record: Record, days: Days) -> list[Any]:
    """The scores of the tours of a call's device and degree."""
    asked = (record["设备"], record["级别"])
    rows = days.rows["tours"]
    return [] if None in asked else [one["评分"] for one in rows if (one["机器"], one["缓急"]) == asked]


def scored(name: str, test: Callable[[list[Any]], Any], where: str, make: Callable[..., Shape]) -> Shape:
    """Of rows of another ledger that are meant, or of what they add up to."""
    keys = "tours.机器, 设备, tours.缓急, 级别"
    shows = "sum(ledger)" if where.startswith("sum") else "where(ledger)"
    return make(shows, where.replace("KEYS", keys), lambda r, d: test(scores_of(r, d)),
                "设备 级别 机器 缓急 评分", looks=("tours",), name=name)  # fmt: skip


def at_least(score: int, found: list[Any]) -> int:
    return sum(one is not None and one >= score for one in found)


def added(found: list[Any]) -> Any:
    """A sum with a blank in it may be anything."""
    return AnyOf((0, HUGE)) if None in found else sum(found)


_AGREED = {"reads": "修复 报修 设备 级别 机型 急缓 限时", "looks": ("agreed",)}
KEYED = (
    share("lookup(keys)", "修复 - 报修 <= lookup(agreed.限时, 设备, 级别)", as_agreed, name="agreed", **_AGREED),
    share("lookup(keys) default", "修复 - 报修 <= default(lookup(agreed.限时, 设备, 级别), hours(3))", as_agreed_or, name="agreed_or", **_AGREED),
    counted("lookup(keys)", "not (修复 - 报修 <= lookup(agreed.限时, 设备, 级别)) and not blank(修复)",
            lambda r, d: r["修复"] is not None and compared(as_agreed(r, d), lambda x: not x), name="not_agreed", **_AGREED),
    toured("toured", lambda x: x > 0, "exists()", counted),
    toured("toured_not", lambda x: x == 0, "not exists()", counted, grows=False),
    toured("toured_share", lambda x: x > 0, "exists()", share),
    toured("toured_few", lambda x: x < 2, "count() < 2", share),
    toured("toured_often", lambda x: x >= 2, "count() >= 2", counted),
    scored("toured_well", lambda found: at_least(8, found) > 0, "exists(KEYS, where=评分 >= 8)", counted),
    scored("toured_well_twice", lambda found: at_least(6, found) > 1, "count(KEYS, where=评分 >= 6) > 1", share),
    scored("toured_sum", lambda found: compared(added(found), lambda x: x >= 12), "sum(tours.评分, KEYS) >= 12", share),
    scored("toured_little", lambda found: compared(added(found), lambda x: x < 9), "sum(tours.评分, KEYS) < 9", counted),
)  # fmt: skip


# ---- parts of a whole


def part(
    name: str, where: str, test: Callable[[Record, Days], Any], reads: str, of: str = "", take: Any = None, **more: Any
) -> Shape:
    """Of the costs of those that have one."""
    base = Measure("calls", "sum", '{measure: sum, source: calls, of: 费用, where: "not blank(费用)"}',
                   lambda r, d: r["费用"] is not None, lambda r, d: r["费用"])  # fmt: skip
    text = ", ".join([f'of: "{of}"'] * bool(of) + [f'where: "{where}"'] * bool(where))
    made = Measure("calls", "sum", f"{{within: denominator, {text}}}", test, take or base.of, within=True)
    return Shape(f"w_{name}", {"numerator": made, "denominator": base}, SHARES, reads=frozenset(f"费用 {reads}".split()),
                 shows=("within(of)",) if of else ("within(function)",), whole="denominator", **more)  # fmt: skip


def persons(name: str, where: str, test: Callable[[Record, Days], Any], reads: str) -> Shape:
    base = taken("distinct", "设备", lambda r, d: r["设备"])
    made = replace(base, text=f'{{within: denominator, where: "{where}"}}', where=test, within=True)
    return Shape(f"w_{name}", {"numerator": made, "denominator": base}, SHARES, reads=frozenset(f"设备 {reads}".split()),
                 shows=("within(distinct)",), whole="denominator")  # fmt: skip


def dear_or(record: Record, days: Days) -> Any:
    """`if(达标, 费用, 0)`: what isn't said to be good isn't."""
    return record["费用"] if record["达标"] else 0


PARTS = (
    part("cost_soon", "workdays(报修, 修复) <= 2", lambda r, d: compared(workdays(r), lambda x: x <= 2), "修复 报修"),
    part("cost_repeated", "contains(备注, '重复')", there("备注", lambda x: "重复" in x), "备注"),
    part("cost_graded", "费用 <= 4 * lookup(权重, 级别)", lambda r, d: AnyOf(
        r["费用"] <= 4 * weight for weight in {"急": (3,), "缓": (1,)}.get(r["级别"], (-HUGE, HUGE))), "级别"),
    part("cost_least", "", lambda r, d: True, "", "min(费用, 4)", lambda r, d: min(r["费用"], 4)),
    part("cost_if", "", lambda r, d: True, "达标", "if(达标, 费用, 0)", dear_or),
    part("cost_drift", "偏差 >= 0", there("偏差", lambda x: x >= 0), "偏差", "min(费用, 偏差)",
         lambda r, d: min(r["费用"], r["偏差"])),
    persons("devices_soon", "修复 - 报修 <= hours(4)", within_span(4 * HOUR), "修复 报修"),
    persons("devices_listed", "items(涉及) >= 2 or default(费用, 0) > 4",
            lambda r, d: len(wider_worlds.listed(r["涉及"])) >= 2 or (r["费用"] or 0) > 4, "涉及 费用"),
)  # fmt: skip


# ---- grades


def grades(*steps: tuple[str, str, Any], rest: str) -> tuple[tuple[str, ...], Callable[[Fraction], str]]:
    """Bands of grades: the YAML, and the grade of a value."""
    text = ", ".join(f"{{when: {when}, grade: {word}}}" for when, word, _ in steps)

    def graded(value: Fraction) -> str:
        return next((word for _, word, holds in steps if holds(value)), rest)

    return (f"bands: [{text}, {{grade: {rest}}}]",), graded


def with_grades(shape: Shape, name: str, *steps: tuple[str, str, Any], rest: str = "差") -> Shape:
    extra, graded = grades(*steps, rest=rest)
    if shape.parts:  # which are written into the text
        extra = (extra[0].replace("{", "{{").replace("}", "}}"),)
    return replace(shape, id=f"w_{name}", extra=(*shape.extra, *extra), graded=graded, shows=("bands(grade)",))


_SPAN = summed("mean", "修复 - 报修", lambda r, d: span(r), "修复 报修", HOURS, scale=MINUTE, kind="mean")
GRADED = (
    with_grades(share("x", "达标", lambda r, d: r["达标"] is True, "达标"), "graded",
                ("value >= 0.75", "优", lambda x: x >= Fraction(3, 4)), ("value >= 0.5", "良", lambda x: x >= Fraction(1, 2))),
    with_grades(share("x", "费用 > 4", there("费用", lambda x: x > 4), "费用"), "graded_between",
                ("0.25 <= value < 0.5", "中", lambda x: Fraction(1, 4) <= x < Fraction(1, 2)), ("value == 1", "满", lambda x: x == 1)),
    with_grades(counted("x", "费用 >= 2", there("费用", lambda x: x >= 2), "费用"), "graded_count",
                ("value > 2", "多", lambda x: x > 2), ("value > 0", "少", lambda x: x > 0), rest="无"),
    with_grades(summed("x", "费用", lambda r, d: r["费用"], "费用"), "graded_sum",
                ("floor(value / 10) >= 2", "高", lambda x: x >= 20), ("not value > 5", "低", lambda x: x <= 5), rest="中"),
    with_grades(_SPAN, "graded_span", ("value <= hours(5)", "快", lambda x: x <= 5 * HOUR),
                ("value <= hours(20)", "中", lambda x: x <= 20 * HOUR), rest="慢"),
    with_grades(share("x", "达标", lambda r, d: r["达标"] is True, "达标 级别", each="级别"), "graded_each",
                ("value >= 0.5", "优", lambda x: x >= Fraction(1, 2))),
)  # fmt: skip


# ---- indicators on indicators on indicators

_GOOD, _NUMBER = wider_worlds.GOOD, wider_worlds.NUMBER
_COSTLY = share("weighted", "费用 > 4", there("费用", lambda x: x > 4), "费用", name="costly")
_MONTH = {"periods": ("month",)}
_TOTAL = built("total", "score(indicator)", "measures:\n      p: {{measure: sum, of: score, indicator: [{0}]}}\n    value: 100 + p", (">= 98", ">= 99"),
               lambda b, d: 100 + sum(map(deduction, values(b[0], d)), Fraction()), _GOOD, **_MONTH)  # fmt: skip
_WEIGHTED = built("weighted_two", "weighted(indicator)", "value: {{measure: weighted, indicator: [{0}, {1}], weights: {{{0}: 70, {1}: 30}}}}", (">= 50", "<= 60"),
                  lambda b, d: weighted(b, d, (70, 30), "dropped"), _GOOD, _COSTLY, **_MONTH)  # fmt: skip
_TWICE = built("twice", "value(indicator)", "measures:\n      v: {{indicator: [{0}]}}\n    value: 2 * v - 1", (">= 1", "<= 3", "= 1"),
               lambda b, d: None if (v := next(iter(b[0](d).values()))[1]) is None else 2 * v - 1, _NUMBER, **_MONTH)  # fmt: skip
_GRADED_TOTAL = with_grades(_TOTAL, "graded_total", ("value >= 99", "合格", lambda x: x >= 99), rest="不合格")
_SCORED = replace(
    _TOTAL,
    id="w_scored_total",
    extra=(*_TOTAL.extra, "bands: [{{when: value >= 99, score: 0}}, {{score: value - 99}}]"),
)


def weighed_again(b: Any, d: Days) -> Fraction | None:
    return weighted(b, d, (2, 1), "dropped")


BUILT = (
    built("deep_mean", "mean(indicators)", "value: {{measure: mean, indicator: [{0}]}}", (">= 98", ">= 99", "<= 99"),
          lambda b, d: mean(values(b[0], d)), _TOTAL),
    built("deep_mean_weighted", "mean(indicators)", "value: {{measure: mean, indicator: [{0}]}}", (">= 50", "<= 60", "40~70"),
          lambda b, d: mean(values(b[0], d)), _WEIGHTED),
    built("deep_min", "min(indicators)", "value: {{measure: min, indicator: [{0}]}}", (">= 40", "<= 50", ">= 60"),
          lambda b, d: min(values(b[0], d), default=None), _WEIGHTED),
    built("deep_max", "max(indicators)", "value: {{measure: max, indicator: [{0}]}}", (">= 3", "<= 5", "<= 1"),
          lambda b, d: max(values(b[0], d), default=None), _TWICE),
    built("deep_sum", "sum(indicators)", "value: {{measure: sum, indicator: [{0}]}}", (">= 3", "<= 6", "<= 12"),
          lambda b, d: sum(values(b[0], d), Fraction()), _TWICE),
    built("deep_streak", "streak(indicators)", 'value: {{measure: streak, indicator: [{0}], where: "value < 99"}}', ("<= 1", "<= 0", ">= 2"),
          lambda b, d: Fraction(streak([one for _, one in one_by_one(b[0], d)], lambda one: one < 99)), _TOTAL),
    built("deep_attained", "count(indicators)", "value: {{measure: count, indicator: [{0}], where: attained == 1}}", (">= 1", "<= 1", ">= 3"),
          lambda b, d: Fraction(sum(verdict == "attained" and value is not None for verdict, value in one_by_one(b[0], d))), _WEIGHTED),
    built("deep_score", "score(indicators)", "value: {{measure: sum, of: score, indicator: [{0}]}}", (">= -1", ">= 0", "<= -2"),
          lambda b, d: sum((Fraction(0) if one >= 99 else one - 99 for one in values(b[0], d)), Fraction()), _SCORED),
    built("deep_weighted", "weighted(indicators)", "value: {{measure: weighted, indicator: [{0}, {1}], weights: {{{0}: 2, {1}: 1}}}}",
          (">= 240", "<= 250", "200~260"), weighed_again, _TOTAL, _WEIGHTED, **_MONTH),
    with_grades(built("x", "x", "value: {{measure: mean, indicator: [{0}]}}", (">= 98", ">= 99"), lambda b, d: mean(values(b[0], d)), _GRADED_TOTAL),
                "deep_grade", ("value > 99", "好", lambda x: x > 99)),
    built("deep_of_mean", "mean(indicators)", "value: {{measure: max, indicator: [{0}]}}", (">= 50%", "<= 60%"),
          lambda b, d: max(values(b[0], d), default=None),
          built("mean_below", "mean(indicator)", "value: {{measure: mean, indicator: [{0}]}}", (">= 50%",), lambda b, d: mean(values(b[0], d)), _GOOD)),
)  # fmt: skip
TABLES = (KEYED, PARTS, GRADED)
SHOWN = (*TABLES, BUILT)


def clean(seed: int) -> tuple[World, random.Random]:
    """A world in which every department took care."""
    return wider_worlds.clean(seed, TABLES, BUILT)
