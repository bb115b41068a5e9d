"""Worlds of what looks further still: the first and the last of another ledger, times that are added up, months after a day, a
quarter to date, and groups held against each other.

Convention: as in `wider_worlds`, whose ledgers and dice these worlds have.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from outside import wider_worlds
from outside.deeper_worlds import scores_of
from outside.wider_worlds import (
    DEVICES,
    HOUR,
    LIMITS,
    NUMBER,
    SUMS,
    WEIGHTS,
    built,
    count_of,
    counted,
    in_limit,
    inside,
    one,
    share,
    span,
    summed,
    taken,
    values,
    worktime,
)  # fmt: skip
from outside.worlds import HUGE, LEDGERS, MINUTE, YEAR, AnyOf, Days, Ledger, Measure, Record, Shape, World, later, mean

# ---- other ledgers

_KEYS = "tours.机器, 设备, tours.缓急, 级别"


def ends(name: str, test: Callable[[list[Any]], bool], where: str, make: Callable[..., Shape]) -> Shape:
    """Of the least and the greatest score that tours of a call's device and degree were given."""

    def holds(record: Record, days: Days) -> bool:
        return test(sorted(score for score in scores_of(record, days) if score is not None))

    shows = " ".join(f"{word}(ledger)" for word in ("first", "last") if f"{word}(" in where)
    reads = "设备 级别 机器 缓急 评分"
    return make(shows, where.replace("KEYS", _KEYS), holds, reads, looks=("tours",), name=name, grows=False)


def spent(record: Record, days: Days) -> Any:
    """How long all repairs of a call's device took; unknown where one hasn't ended."""
    if record["设备"] is None:
        return 0
    took = [span(other) for other in days.rows["calls"] if other["设备"] == record["设备"]]
    return AnyOf((0, HUGE * MINUTE)) if None in took else sum(filter(None, took))


def within(found: Any, test: Callable[[Any], bool]) -> Any:
    return AnyOf(map(test, found)) if isinstance(found, AnyOf) else test(found)


def worked(record: Record, days: Days) -> Any:
    """How long its device's repairs took in working time; unknown where that isn't known of one."""
    if record["设备"] is None:
        return 0
    took = [worktime(other) for other in days.rows["calls"] if other["设备"] == record["设备"]]
    known = not any(one is None or isinstance(one, AnyOf) for one in took)
    return sum(took) if known else AnyOf((0, HUGE * MINUTE))


def visited(record: Record, days: Days) -> bool:
    return any(one["机器"] == record["设备"] is not None for one in days.rows["tours"])


def called_before(record: Record, days: Days) -> int:
    """How many calls of its device came within the twenty days before it."""
    others = [one["报修"] for one in days.rows["calls"] if one["设备"] == record["设备"] is not None]
    return sum(at is not None and record["报修"] - timedelta(20) <= at < record["报修"] for at in others)


_BEFORE = "(calls.设备, 设备, where=报修 < this.报修 and this.报修 - 报修 <= days(20))"
_LOOKS: dict[str, Any] = {"looks": ("calls",), "back": 20}
_SPENT = "sum(calls.修复 - calls.报修, calls.设备, 设备)"
OTHERS = (
    ends("least", lambda scores: bool(scores) and scores[0] >= 6, "first(tours.评分, KEYS) >= 6", share),
    ends("most", lambda scores: bool(scores) and scores[-1] < 8, "last(tours.评分, KEYS) < 8", counted),
    ends("least_or", lambda scores: not scores or scores[0] < 5, "default(first(tours.评分, KEYS), 0) < 5", counted),
    ends("most_of", lambda scores: any(6 <= one <= 8 for one in scores),
         "last(tours.评分, KEYS, where=评分 <= 8) >= 6", share),
    ends("apart", lambda scores: bool(scores) and scores[-1] - scores[0] >= 3,
         "last(tours.评分, KEYS) - first(tours.评分, KEYS) >= 3", counted),
    share("sum(times)", f"{_SPENT} <= hours(20)", lambda r, d: within(spent(r, d), lambda x: x <= 20 * HOUR),
          "设备 修复 报修", looks=("calls",), name="spent"),
    counted("sum(times)", f"{_SPENT} > hours(8)", lambda r, d: within(spent(r, d), lambda x: x > 8 * HOUR),
            "设备 修复 报修", looks=("calls",), name="spent_long"),
    share("sum(worktime)", "sum(worktime(calls.报修, calls.修复), calls.设备, 设备) <= hours(9)",
          lambda r, d: within(worked(r, d), lambda x: x <= 9 * HOUR), "设备 修复 报修", looks=("calls",), name="spent_work"),
    counted("exists(this)", f"exists{_BEFORE}", lambda r, d: called_before(r, d) > 0, "设备", name="again", **_LOOKS),
    share("count(this)", f"count{_BEFORE} < 2", lambda r, d: called_before(r, d) < 2, "设备", name="again_few", **_LOOKS),
)  # fmt: skip


CLASSES = Ledger(
    "classes",
    "设备分级",
    "名称",
    "登记",
    {
        "名称": "{type: text, required: true}",
        "登记": "{type: date, required: true}",
        "等级": "{type: choice, values: {急: [], 缓: [], 其他: []}}",
        "数量": "{type: decimal, minimum: 0}",
    },
    {},
    {"等级": lambda r: ("急", "缓", "其他"), "数量": lambda r: (0, HUGE)},
    lambda rng, key, day: {
        "名称": key,
        "登记": date(YEAR, 1, day.day % 20 + 1),
        "等级": rng.choice(("急", "缓", "缓", "其他", None)),
        "数量": Fraction(1),
    },
)
LEDGERS[CLASSES.id] = CLASSES
wider_worlds.ROSTERS[CLASSES.id] = [{"名称": name} for name in (*DEVICES, "锅炉")]


def class_of(record: Record, days: Days) -> str | None:
    """The class of a call's device; None where it isn't known."""
    found = {one["等级"] for one in days.rows["classes"] if one["名称"] == record["设备"] is not None}
    return found.pop() if len(found) == 1 else None


def by_class(record: Record, days: Days) -> Any:
    limit = LIMITS.get(class_of(record, days) or "")
    return in_limit(record, (0, HUGE * MINUTE) if limit is None else (limit,))


def is_urgent(record: Record, days: Days) -> Any:
    found = class_of(record, days)
    return AnyOf((True, False)) if found is None else found == "急"


def as_agreed(record: Record, days: Days) -> Any:
    """In the limit that is agreed for a device and its class; unknown where none is, or several that differ."""
    asked = (record["设备"], class_of(record, days))
    found = {one["限时"] for one in days.rows["agreed"] if None not in asked and (one["机型"], one["急缓"]) == asked}
    return in_limit(record, found if len(found) == 1 and None not in found else (0, HUGE * MINUTE))


def toured_by_class(record: Record, days: Days) -> Any:
    """Whether something of the class of its device was toured."""
    degree = class_of(record, days)
    if degree is None:
        return AnyOf((True, False))
    return any(one["缓急"] == degree for one in days.rows["tours"])


_CLASS: dict[str, Any] = {"looks": ("classes",)}
NESTED = (
    share("lookup(nested)", "修复 - 报修 <= lookup(时限, lookup(classes.等级, 设备))", by_class, "修复 报修 设备 名称 等级", name="by_class", **_CLASS),
    summed("lookup(nested)", "lookup(权重, lookup(classes.等级, 设备))",
           lambda r, d: WEIGHTS.get(class_of(r, d) or "", AnyOf((-HUGE, 0, HUGE))), "设备 名称 等级", name="class_weights", **_CLASS),
    counted("lookup(text)", "lookup(classes.等级, 设备) == '急'", is_urgent, "设备 名称 等级", name="class_urgent", **_CLASS),
    share("lookup(nested:keys)", "修复 - 报修 <= lookup(agreed.限时, 设备, lookup(classes.等级, 设备))", as_agreed,
          "修复 报修 设备 名称 等级 机型 急缓 限时", looks=("classes", "agreed"), name="class_agreed"),
    counted("exists(nested:key)", "exists(tours.缓急, lookup(classes.等级, 设备))", toured_by_class, "设备 名称 等级 缓急",
            looks=("classes", "tours"), name="toured_class"),
    summed("if(exists)", "if(exists(tours.机器, 设备), 2, 1)", lambda r, d: 2 if visited(r, d) else 1, "设备 机器", looks=("tours",), name="if_toured"),
)  # fmt: skip


# ---- time


def _month_later(record: Record, days: Days) -> bool:
    at = record["报修"].date()
    return later(at.replace(day=1), 1) + timedelta(at.day - 1) < days.end


def _after_two(record: Record, days: Days) -> bool:
    start, end = record["报修"], record["修复"]
    return end is not None and (end.year * 12 + end.month, end.day, end.time()) > (
        start.year * 12 + start.month + 2,
        start.day,
        start.time(),
    )


_COST = taken("sum", "费用", lambda r, d: r["费用"], window="quarter_to_date")
_DEAR = count_of("费用 > 4", lambda r, d: r["费用"] is not None and r["费用"] > 4, window="quarter_to_date")
_FINE = Measure(
    "calls", "union", '{measure: union, source: calls, of: "overlap(报修, 修复)", window: until_end, where: 达标}',
    lambda r, d: r["达标"], inside, "until_end",
)  # fmt: skip


def a_unit(record: Record, days: Days) -> Any:
    """The drift for each unit of cost and one more; unknown where one is blank."""
    drift, cost = record["偏差"], record["费用"]
    drifts = (drift,) if drift is not None else (-HUGE, 0, HUGE)
    costs = (cost,) if cost is not None else (0, 20, HUGE)
    found = {Fraction(one, other + 1) for one in drifts for other in costs}
    return found.pop() if len(found) == 1 else AnyOf(found)


_QUOTIENT = "偏差 / (费用 + 1)"
ROWWISE = tuple(
    one("of(quotient)", taken(kind, _QUOTIENT, a_unit), targets, "偏差 费用", name=f"a_unit_{kind}")
    for kind, targets in (
        ("max", (">= 0", "<= 1", ">= 0.5")),
        ("min", (">= -1", "<= 0", ">= -0.2")),
        ("mean", (">= 0", "<= 0.5", "<= -0.1")),
        ("sum", (">= 0", "<= 2", ">= 1")),
    )
)
TIMES = (
    *ROWWISE,
    share("months_after", "months_after(报修, 1) <= period_end", _month_later, "报修"),
    counted("months_after", "修复 > months_after(报修, 2)", _after_two, "修复 报修", name="months_after_end"),
    one("quarter_to_date", _COST, SUMS, "费用"),
    one("quarter_to_date", _DEAR, ("<= 0次", "<= 1次", ">= 2次", "<= 3次"), "费用", name="quarter_dear"),
    Shape(
        "w_inside",
        {"both": replace(_FINE, text=_FINE.text.replace(", where: 达标", ", inside: fine"), where=lambda r, d: r["达标"]), "fine": _FINE},
        ("<= 2", ">= 1", "<= 5", ">= 20", "<= 60"),
        lambda m: Fraction(m["both"], 60 * MINUTE),
        "both / hours(1)",
        reads=frozenset(("修复", "报修", "达标")),
        shows=("union(inside)",),
    ),
)  # fmt: skip


_OPEN = "blank(修复) or 修复 >= period_end"
_NOW = {
    "now": wider_worlds.ALL,
    "last": Measure("calls", "count", "{measure: count, source: calls, window: previous}", window="previous"),
}


def in_each(shows: str, measure: Measure, targets: Iterable[str], reads: str) -> Shape:
    return one(
        shows, measure, targets, f"{reads} 级别", name=f"each_{measure.window.split(':')[0].strip('{')}", each="级别"
    )


EACH = (
    in_each("previous(each)", taken("sum", "费用", lambda r, d: r["费用"], window="previous"), SUMS, "费用"),
    in_each("until_end(each)", count_of(_OPEN, lambda r, d: r["修复"] is None or r["修复"].date() >= d.end, window="until_end"),
            ("<= 0次", "<= 2次", ">= 2次"), "修复"),
    in_each("year_to_date(each)", taken("distinct", "设备", lambda r, d: r["设备"], window="year_to_date"), (">= 2个", "<= 1个", ">= 1个"), "设备"),
    in_each("{days:15}(each)", taken("max", "费用", lambda r, d: r["费用"], window="{days: 15}"), SUMS, "费用"),
    in_each("median(each)", taken("median", "偏差", lambda r, d: r["偏差"]), (">= 0", "<= 0", ">= 1"), "偏差"),
    Shape("w_each_growth", _NOW, (">= 0", "<= 1", ">= -1"), lambda m: m["now"] - m["last"], "now - last", "级别",
          reads=frozenset(("级别",)), shows=("previous(each formula)",)),
)  # fmt: skip


# ---- groups held against each other

_RATE = replace(
    share("each", "达标", lambda r, d: r["达标"] is True, "达标 级别", name="rate_each", each="级别"),
    targets=(">= 50%",),
)
_MANY = replace(
    counted("each", "费用 >= 2", lambda r, d: r["费用"] is not None and r["费用"] >= 2, "费用 级别", name="many_each", each="级别"),
    targets=("<= 1次",),
)  # fmt: skip
Came = Mapping[str, Fraction | None]


def came(below: Any, days: Days) -> Came:
    return {group: value for group, (_, value) in below(days).items()}


def ranked(marks: Mapping[str, Any]) -> Came:
    """The places of those that have a mark, the least first; who is equal has the same place."""
    return {
        name: None if mine is None else Fraction(1 + sum(one is not None and one < mine for one in marks.values()))
        for name, mine in marks.items()
    }


def _by_rate(below: Any, days: Days) -> Came:
    return ranked({name: None if one is None else -one for name, one in came(below[0], days).items()})


def _by_both(below: Any, days: Days) -> Came:
    """The higher rate first, and of equal ones that which has less."""
    rates, many = (came(one, days) for one in below)
    return ranked({name: None if one is None else (-one, many.get(name, 0)) for name, one in rates.items()})


def _to_all(made: Callable[[Iterable[Fraction]], Any]) -> Callable[[Any, Days], Came]:
    def derived(below: Any, days: Days) -> Came:
        mine = came(below[0], days)
        known = [one for one in mine.values() if one is not None]
        return {name: None if one is None else one - made(known) for name, one in mine.items()}

    return derived


def last_two(below: Any, days: Days) -> Fraction | None:
    """The mean of the last two months of a quarter."""
    return mean(values(below[0], days._replace(start=later(days.end, -2))))


def greatest(below: Any, days: Days) -> Fraction:
    return sum(sorted(values(below[0], days))[-2:], Fraction())


def _worst(below: Any, days: Days) -> Came:
    """Of each group the least of its months."""
    found: dict[str, list[Fraction]] = {}
    start = days.start
    while start < days.end:
        for name, value in came(below[0], Days(start, later(start, days.step), days.rows)).items():
            found.setdefault(name, []).extend([] if value is None else [value])
        start = later(start, days.step)
    return {name: min(mine, default=None) for name, mine in found.items()}


_WORST = built(
    "worst",
    "min(each)",
    "value: {{measure: min, indicator: [{0}]}}",
    (">= 30%", ">= 50%", "<= 20%"),
    _worst,
    _RATE,
    each="级别",
)
_GROUPED: dict[str, Any] = {"periods": ("month",), "each": "级别"}
_OF = (
    "measures:\n      v: {{indicator: [{0}]}}\n      m: {{measure: %s, indicator: [{0}], over: all}}\n    value: v - m"
)
BUILT = (
    built("rank", "rank(indicator)", "value: {{measure: rank, indicator: [{0}]}}", ("<= 1", "<= 2"), _by_rate, _RATE, **_GROUPED),
    built("rank_two", "rank(two)", "value: {{measure: rank, indicator: [{0}, {1}]}}", ("<= 1", "<= 2"), _by_both, _RATE, _MANY, **_GROUPED),
    built("to_mean", "over(all)", _OF % "mean", (">= 0%", ">= -20%"), _to_all(mean), _RATE, **_GROUPED),
    built("to_best", "over(all)", _OF % "max", (">= 0%", ">= -50%"), _to_all(max), _RATE, **_GROUPED),
    built("last_two", "{periods:2}", "value: {{measure: mean, indicator: [{0}], window: {{periods: 2}}}}", (">= 2", "<= 1", "<= 3"),
          last_two, NUMBER, periods=("quarter",), reach=2),
    _WORST,
    built("mean_worst", "mean(of:worst)", "value: {{measure: mean, indicator: [{0}]}}", (">= 30%", ">= 50%", "<= 20%"),
          lambda b, d: mean(values(b[0], d)), _WORST),
    built("top", "top(indicator)", "value: {{measure: sum, indicator: [{0}], top: 2}}", (">= 4", "<= 3", "<= 6"), greatest, NUMBER),
)  # fmt: skip
TABLES = (OTHERS, NESTED, TIMES, EACH)
SHOWN = (*TABLES, BUILT)


def clean(seed: int) -> tuple[World, random.Random]:
    """A world in which every department took care."""
    return wider_worlds.clean(seed, TABLES, BUILT)
