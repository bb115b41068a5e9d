"""Worlds of what the others leave out: conditions on lists, days and departments, when another ledger's rows were first and
last, times within times, other windows, groups of groups, and a cell that names several.

Convention: as in `wider_worlds`, whose ledgers and dice these worlds have.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

from outside import deeper_worlds, further_worlds, wider_worlds
from outside.slips import SLIPS, make_world
from outside.wider_worlds import (
    DEVICES,
    FEW,
    GOOD,
    HOUR,
    HOURS,
    NUMBER,
    SUMS,
    built,
    count_of,
    counted,
    inside,
    micros,
    one,
    share,
    summed,
    taken,
    there,
    values,
)  # fmt: skip
from outside.worlds import (
    HUGE,
    LEDGERS,
    MINUTE,
    UNPLACED,
    WHO,
    YEAR,
    AnyOf,
    Days,
    Ledger,
    Measure,
    Record,
    Shape,
    World,
    at_share,
    later,
    mean,
)  # fmt: skip

EARLY, LATE = date(1950, 1, 1), date(2090, 1, 1)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


# ---- conditions


def begins(days: Days) -> date:
    return days.begins or days.start


def _by_degree(record: Record, days: Days) -> bool:
    limit = date(YEAR, 2, 10) if record["级别"] == "急" else date(YEAR, 2, 24)
    return record["修复"] is not None and record["修复"].date() <= limit


CONDITIONS = (
    share("in", "级别 in ('急', '其他')", lambda r, d: r["级别"] in ("急", "其他"), "级别"),
    counted("in", "设备 in ('水泵', '电梯')", lambda r, d: r["设备"] in ("水泵", "电梯"), "设备", name="in_names"),
    counted("not_in", "级别 not in ('急', '其他')", lambda r, d: r["级别"] not in ("急", "其他"), "级别"),
    share("not_in", "设备 not in ('水泵', '电梯')", lambda r, d: r["设备"] not in ("水泵", "电梯"), "设备", name="not_in_names"),
    counted("!=", "备注 != '已换件' and 级别 != '缓'", lambda r, d: r["备注"] != "已换件" and r["级别"] != "缓", "备注 级别", name="other"),
    counted("between", "1 <= 费用 < 10", there("费用", lambda x: 1 <= x < 10), "费用"),
    share("between", "-2 < 偏差 <= 1", there("偏差", lambda x: -2 < x <= 1), "偏差", name="between_drifts"),
    counted("period_start", "报修 < period_start + days(12) or 费用 > 4",
            lambda r, d: r["报修"].date() < d.start + timedelta(12) or (r["费用"] or 0) > 4, "费用"),
    one("period_start", count_of("修复 >= period_start", lambda r, d: r["修复"] is not None and r["修复"].date() >= begins(d), window="until_end"),
        FEW, "修复", name="ended_since"),
    one("period_start(previous)", count_of("修复 < period_start + days(15)", lambda r, d: r["修复"] is not None and
                                           r["修复"].date() < d.start + timedelta(15), window="previous"), FEW, "修复", name="ended_before"),
    counted("department", "提交部门 == '甲部' or 费用 > 4", lambda r, d: r[WHO] == "甲部" or (r["费用"] or 0) > 4, "费用"),
    counted("date(text)", "修复 <= '2022-02-20'", there("修复", lambda x: x.date() <= date(YEAR, 2, 20)), "修复", name="until_day"),
    share("if(dates)", "修复 <= if(级别 == '急', date('2022-02-10'), date('2022-02-24'))", _by_degree, "修复 级别", name="by_degree"),
    share("default(period_end)", "default(修复, period_end) - 报修 <= hours(100)",
          lambda r, d: (r["修复"] or midnight(d.end)) - r["报修"] <= timedelta(hours=100), "修复 报修", name="or_end"),
    summed("min(times)", "min(default(修复, period_end), period_end) - 报修",
           lambda r, d: micros(min(r["修复"] or midnight(d.end), midnight(d.end)) - r["报修"]), "修复 报修", HOURS, name="up_to_end", scale=MINUTE),
    counted("months_after(period)", "修复 >= months_after(period_start, 1)",
            lambda r, d: r["修复"] is not None and r["修复"].date() >= later(d.start, 1), "修复", name="a_month_on"),
)  # fmt: skip


# ---- other ledgers


def visits_of(
    record: Record, days: Days, test: Callable[[Record], bool] = lambda r: True
) -> list[tuple[date | None, Record]]:
    rows = days.rows["visits"]
    return [(one["回访日"], one) for one in rows if one["机器"] == record["设备"] is not None and test(one)]


def on_days(record: Record, found: Iterable[date | None], made: Callable[[list[date]], bool]) -> Any:
    """What is made of days; one that nobody knows may be any."""
    dates = [*found]
    known, at = [one for one in dates if one], record["报修"].date()
    if len(known) == len(dates):
        return made(known)
    return AnyOf(made([*known, other]) for other in (EARLY, at - timedelta(1), at, at + timedelta(1), LATE))


def first_day_of(
    name: str,
    shows: str,
    where: str,
    make: Callable[..., Shape],
    made: Callable[[Record, Days, list[date]], bool],
    test: Callable[[Record], bool] = lambda r: True,
    **more: Any,
) -> Shape:
    """Of the days on which a call's device was visited."""

    def holds(record: Record, days: Days) -> Any:
        return on_days(record, [at for at, _ in visits_of(record, days, test)], lambda found: made(record, days, found))

    where = where.replace("KEYS", "visits.机器, 设备")
    reads = "设备 报修 机器 回访日" + " 评分" * ("评分" in where)
    return make(shows, where, holds, reads, looks=("visits",), name=name, grows=False, **more)


def gap(record: Record, day: date) -> int:
    """By days: from a call to a day."""
    return (day - record["报修"].date()).days


def _well(record: Record) -> bool:
    return record["评分"] is not None and record["评分"] >= 6


def _since(record: Record, found: Iterable[date]) -> list[date]:
    return [day for day in found if gap(record, day) >= 0]


def _before(record: Record, found: Iterable[date]) -> list[date]:
    return [day for day in found if gap(record, day) <= 0]


def before_it(record: Record, days: Days) -> list[datetime]:
    """When its device was called for within the twenty days before."""
    others = [one["报修"] for one in days.rows["calls"] if one["设备"] == record["设备"] is not None]
    return [at for at in others if at and record["报修"] - timedelta(20) <= at < record["报修"]]


_IN_BEFORE = "calls.设备, 设备, where=报修 < this.报修 and this.报修 - 报修 <= days(20)"
_LOOKS: dict[str, Any] = {"looks": ("calls",), "back": 20}


def again(record: Record, days: Days) -> bool:
    at, asked = record["报修"], (record["设备"], record["级别"])
    same = [one["报修"] for one in days.rows["calls"] if None not in asked and (one["设备"], one["级别"]) == asked]
    return any(one and at - timedelta(20) <= one < at for one in same)


def little(record: Record, days: Days) -> int:
    scores = [one["评分"] for _, one in visits_of(record, days) if one["评分"] is not None]
    return sum(one for one in scores if one < 8)


def in_period(record: Record, days: Days) -> list[date]:
    """On which days of the period its device was visited."""
    return [at for at, _ in visits_of(record, days) if at and days.start <= at < days.end]


def since_known(record: Record, days: Days) -> Any:
    """Whether a call came within fifty days of the day on which its device was put on the list; unknown where it isn't."""
    found = {one["登记"] for one in days.rows["register"] if one["名称"] == record["设备"] is not None}
    if len(found) != 1 or None in found:
        return AnyOf((True, False))
    return (record["报修"].date() - found.pop()).days <= 50


_VISITS = "回访日 >= period_start and 回访日 < period_end"
OTHERS = (
    first_day_of("soon_seen", "first(time)", "first(visits.回访日, KEYS) - 报修 <= days(2)", share,
                 lambda r, d, found: bool(found) and gap(r, min(found)) <= 2),
    first_day_of("seen_late", "first(time,where)", "first(visits.回访日, KEYS, where=评分 >= 6) >= period_start + days(9)", counted,
                 lambda r, d, found: bool(found) and min(found) >= d.start + timedelta(9), _well),
    first_day_of("last_seen", "last(time)", "last(visits.回访日, KEYS) - 报修 > days(4)", counted,
                 lambda r, d, found: bool(found) and gap(r, max(found)) > 4),
    first_day_of("seen_after", "first(time,this)", "first(visits.回访日, KEYS, where=回访日 >= this.报修) - 报修 <= days(5)", counted,
                 lambda r, d, found: bool(_since(r, found)) and gap(r, min(_since(r, found))) <= 5),
    first_day_of("seen_before", "last(time,this)", "报修 - last(visits.回访日, KEYS, where=回访日 <= this.报修) <= days(6)", share,
                 lambda r, d, found: bool(_before(r, found)) and -gap(r, max(_before(r, found))) <= 6),
    first_day_of("seen_or_end", "default(first)", "default(first(visits.回访日, KEYS, where=回访日 >= this.报修), period_end) - 报修 <= days(4)",
                 share, lambda r, d, found: gap(r, min(_since(r, found), default=d.end)) <= 4),
    first_day_of("seen_apart", "last(time) first(time)", "last(visits.回访日, KEYS) - first(visits.回访日, KEYS) > days(10)", counted,
                 lambda r, d, found: bool(found) and (max(found) - min(found)).days > 10),
    share("last(own,this)", f"报修 - last(calls.报修, {_IN_BEFORE}) <= days(8)",
          lambda r, d: bool(found := before_it(r, d)) and r["报修"] - max(found) <= timedelta(8), "设备", name="since_last", **_LOOKS),
    counted("first(own,this)", f"报修 - first(calls.报修, {_IN_BEFORE}) > days(8)",
            lambda r, d: bool(found := before_it(r, d)) and r["报修"] - min(found) > timedelta(8), "设备", name="since_first", **_LOOKS),
    counted("repeated(two)", "repeated(days(20), 设备, 级别)", again, "设备 级别", name="repeated_two", **_LOOKS),
    share("sum(ledger,where)", "sum(visits.评分, visits.机器, 设备, where=评分 < 8) >= 6", lambda r, d: little(r, d) >= 6, "设备 机器 评分",
          looks=("visits",), name="little"),
    counted("exists(period)", f"exists(visits.机器, 设备, where={_VISITS})", lambda r, d: bool(in_period(r, d)), "设备 机器 回访日",
            looks=("visits",), name="seen_now"),
    share("count(period)", f"count(visits.机器, 设备, where={_VISITS}) < 2", lambda r, d: len(in_period(r, d)) < 2, "设备 机器 回访日",
          looks=("visits",), name="seen_twice"),
    share("lookup(date)", "报修 - lookup(register.登记, 设备) <= days(50)", since_known, "设备 报修 名称 登记", looks=("register",), name="since_known"),
)  # fmt: skip


MODELS = Ledger(
    "models",
    "型号清单",
    "名称",
    "时点",
    {"名称": "{type: text, required: true}", "限时": "{type: duration, unit: minute}", "在用": "{type: yes_no}"},
    {},
    {"限时": lambda r: (0, 100 * MINUTE, 1000 * MINUTE, HUGE * MINUTE), "在用": lambda r: (True, False)},
    lambda rng, key, day: {
        "名称": key,
        "限时": rng.choice((60, 240, 1600, None)) and rng.choice((60, 240, 1600)) * MINUTE,
        "在用": rng.choice((True, True, False, None)),
        "时点": None,
    },
)


def models_of(record: Record, days: Days) -> list[Record]:
    """What the list that covers the end of the period says of a call's device."""
    rows = [one for one in days.rows["models"] if one["时点"].start < days.end <= one["时点"].end]
    return [one for one in rows if one["名称"] == record["设备"] is not None]


def by_model(record: Record, days: Days) -> Any:
    found = {one["限时"] for one in models_of(record, days)}
    return wider_worlds.in_limit(record, found if len(found) == 1 and None not in found else (0, HUGE * MINUTE))


LISTS = (
    share("lookup(snapshot)", "修复 - 报修 <= lookup(models.限时, 设备)", by_model, "修复 报修 设备 名称 限时 时点", looks=("models",), name="by_model"),
)  # fmt: skip


# ---- measures and windows


def spans_of(more: str = "", where: str = "", test: Callable[[Record, Days], Any] = lambda r, d: True) -> Measure:
    text = f'{{measure: union, source: calls, of: "overlap(报修, 修复)", window: until_end{more}, where: "{where}"}}'
    return Measure("calls", "spans", text, test, inside, "until_end")


Spans = Sequence[tuple[datetime, datetime]]


def covered(within: Sequence[Spans], without: Sequence[Spans] = ()) -> Fraction:
    """How many hours lie in some time of each list, and in none of others."""
    edges = sorted({at for spans in (*within, *without) for one in spans for at in one})
    total = timedelta()
    for start, end in pairwise(edges):
        held = [any(a <= start and end <= b for a, b in spans) for spans in (*within, *without)]
        total += (end - start) * (all(held[: len(within)]) and not any(held[len(within) :]))
    return Fraction(micros(total), HOUR)


def times(name: str, shows: str, made: Any, each: str = "", **measures: Measure) -> Shape:
    wanted = ("<= 2", ">= 1", "<= 5", ">= 20", "<= 60")
    reads = frozenset(("修复", "报修", "达标", "费用", "级别"))
    return Shape(f"w_{name}", measures, wanted, made, "a / hours(1)", each, reads=reads, shows=(shows,))


def _dear(record: Record, days: Days) -> bool:
    return record["费用"] is not None and record["费用"] > 1


def _fine(record: Record, days: Days) -> bool:
    return record["达标"] is True


def _urgent(record: Record, days: Days) -> bool:
    return record["级别"] != "缓"


def late_part(record: Record, days: Days) -> int:
    """What lies in the period of a repair's time after its first two hours; of one that was sooner nothing."""
    first, last = inside({**record, "报修": record["报修"] + timedelta(hours=2)}, days)
    return micros(last - first)


_DEAR, _FINE, _URGENT = ("费用 > 1", _dear), ("达标", _fine), ("级别 != '缓'", _urgent)
_DONE: dict[str, Any] = {"date": "修复"}
MEASURES = (
    times("both", "union(inside)", lambda m: covered([m["a"], m["b"]]), a=spans_of(", inside: b", *_DEAR), b=spans_of("", *_FINE)),
    times("all_three", "union(inside inside)", lambda m: covered([m["a"], m["b"], m["c"]]),
          a=spans_of(", inside: b", *_DEAR), b=spans_of(", inside: c", *_FINE), c=spans_of("", *_URGENT)),
    times("but", "union(outside)", lambda m: covered([m["a"]], [m["b"]]), a=spans_of(", outside: b", *_DEAR), b=spans_of("", *_FINE)),
    times("both_each", "union(inside, each)", lambda m: covered([m["a"], m["b"]]), "级别", a=spans_of(", inside: b", *_DEAR), b=spans_of("", *_FINE)),
    times("but_each", "union(outside, each)", lambda m: covered([m["a"]], [m["b"]]), "级别", a=spans_of(", outside: b", *_DEAR), b=spans_of("", *_FINE)),
    one("overlap(reckoned)", taken("sum", "overlap(报修 + hours(2), 修复)", late_part, window="until_end"), HOURS, "修复 报修", name="late_part",
        scale=MINUTE),
    one("date", Measure("calls", "count", "{measure: count, source: calls, date: 修复}", **_DONE), FEW, "修复", name="repaired"),
    one("date", Measure("calls", "sum", "{measure: sum, source: calls, of: 费用, date: 修复}", of=lambda r, d: r["费用"], **_DONE), SUMS, "修复 费用",
        name="repaired_cost"),
    Shape("w_of_departments", {"numerator": Measure("calls", "distinct", '{measure: distinct, source: calls, of: 提交部门, where: "费用 >= 2"}',
                                                    lambda r, d: r["费用"] is not None and r["费用"] >= 2, lambda r, d: r[WHO])},
          (">= 50%", ">= 100%", "<= 50%"), lambda m: Fraction(m["numerator"], 2), extra=("denominator: {declared: departments}",),
          reads=frozenset(("费用",)), shows=("declared",)),
    one("each_department", Measure("calls", "sum", "{measure: sum, source: calls, of: 费用, each_department: true}", of=lambda r, d: r["费用"]), SUMS,
        "费用", name="of_each", every_department=True),
    one("{days:40}", taken("sum", "费用", lambda r, d: r["费用"], window="{days: 40}"), SUMS, "费用", name="forty_days"),
    one("{days:40}", count_of("达标", _fine, window="{days: 40}"), FEW, "达标", name="forty_fine"),
    one("quarter_to_date(each)", taken("sum", "费用", lambda r, d: r["费用"], window="quarter_to_date"), SUMS, "费用 级别", name="quarter_each", each="级别"),
    one("year_to_date(starts)", taken("sum", "费用", lambda r, d: r["费用"], window="year_to_date"), ("<= 20", "<= 60", ">= 40", ">= 90"), "费用",
        name="from_april", starts="04-01"),
    one("year_before(each)", count_of("费用 > 1", _dear, window="year_before"), FEW, "费用 级别", name="dear_before", each="级别"),
)  # fmt: skip


# ---- groups of groups

CREWS = Ledger(
    "crews",
    "班组名单",
    "名称",
    "登记",
    {
        "名称": "{type: text, required: true}",
        "登记": "{type: date, required: true}",
        "班组": "{type: choice, values: {一班: [], 二班: []}}",
        "数量": "{type: decimal, minimum: 0}",
    },
    {},
    {"班组": lambda r: ("一班", "二班"), "数量": lambda r: (0, HUGE)},
    lambda rng, key, day: {
        "名称": key,
        "登记": date(YEAR, 1, day.day % 20 + 1),
        "班组": rng.choice(("一班", "一班", "二班")),
        "数量": Fraction(1),
    },
)
LEDGERS |= {one.id: one for one in (CREWS, MODELS)}
wider_worlds.ROSTERS[CREWS.id] = [{"名称": name} for name in (*DEVICES, "锅炉")]
wider_worlds.SNAPSHOTS[MODELS.id] = [{"名称": name} for name in (*DEVICES, "锅炉")]


def members(days: Days) -> dict[str, set[Any]]:
    """By name, the crews of which it is said at the period's end to be."""
    found: dict[str, set[Any]] = {}
    for row in days.rows["crews"]:
        if row["登记"] < days.end:
            found.setdefault(row["名称"], set()).add(row["班组"])
    return found


Came = Mapping[str, Any]


def _each_crew(below: Any, days: Days) -> tuple[dict[str, Fraction | None], dict[str, Any]] | None:
    """What came of each name, and its crew; nothing where a row is of none of them, or a name of no crew or of two."""
    came, crews = below[0](days), members(days)
    clear = all(len(one) == 1 and None not in one for one in crews.values())
    if not clear or any(verdict == UNPLACED for verdict, _ in came.values()):
        return None
    return {name: value for name, (_, value) in came.items()}, {name: next(iter(one)) for name, one in crews.items()}


def in_crew(made: Callable[[Fraction, list[Fraction]], Any]) -> Callable[[Any, Days], Came]:
    """Of each name, held against those of its crew."""

    def derived(below: Any, days: Days) -> Came:
        found = _each_crew(below, days)
        if found is None:
            return dict.fromkeys(members(days), UNPLACED)
        came, crews = found
        mates = {name: [came[other] for other in came if crews[other] == crews[name]] for name in came}
        return {name: None if mine is None else made(mine, [x for x in mates[name] if x is not None])
                for name, mine in came.items()}  # fmt: skip

    return derived


def _spread(below: Any, days: Days) -> Came:
    """Of each crew, the greatest and the least of its names."""
    found = _each_crew(below, days)
    if found is None:
        return dict.fromkeys({crew for one in members(days).values() for crew in one if crew}, UNPLACED)
    came, crews = found
    by_crew = {
        crew: [v for name, v in came.items() if crews[name] == crew and v is not None] for crew in crews.values()
    }
    return {crew: max(mine) - min(mine) if mine else None for crew, mine in by_crew.items()}


def place(mine: Fraction, mates: list[Fraction]) -> Fraction:
    return Fraction(1 + sum(one < mine for one in mates))


_SPENT = replace(
    taken("sum", "费用", lambda r, d: r["费用"], where='"not blank(设备)"'), where=lambda r, d: r["设备"] is not None
)
_BY_DEVICE = one(
    "each", _SPENT, ("<= 12",), "费用 设备 名称 班组", name="device_cost", each="设备", looks=("crews",),
    among=lambda d: sorted(members(d)), extra=("among: {source: crews, column: 名称}",),
)  # fmt: skip
_OF_CREW = (
    "measures:\n      v: {{indicator: [{0}]}}\n      m: {{measure: %s, indicator: [{0}], over: %s}}\n    value: v - m"
)
_CREW: dict[str, Any] = {"periods": ("month",), "each": "设备", "looks": ("crews",)}
_RATE = replace(
    share("each", "达标", _fine, "达标 级别", name="rate_of_each", each="级别"), targets=(">= 50%",)
)  # fmt: skip
_COSTLY = replace(
    share("each", "费用 > 4", there("费用", lambda x: x > 4), "费用 级别", name="costly_each", each="级别"),
    targets=("<= 50%",),
)
_EACH: dict[str, Any] = {"periods": ("month",), "each": "级别"}
_COMBINED = one(
    "combined", taken("mean", "费用", lambda r, d: r["费用"]), SUMS, "费用 级别", name="combined", each="部级", combined=(WHO, "级别"),
    declares={"calls": "combined: {部级: [提交部门, 级别]}"},
)  # fmt: skip


def _to_least(below: Any, days: Days) -> Came:
    came = {name: value for name, (_, value) in below[0](days).items()}
    least = min((one for one in came.values() if one is not None), default=None)
    return {name: None if one is None else one - least for name, one in came.items()}


def _best_of_department(below: Any, days: Days) -> Came:
    found: dict[str, list[Fraction]] = {}
    for name, (_, value) in below[0](days).items():
        found.setdefault(name.split(" / ")[0], []).extend([] if value is None else [value])
    return {name: max(mine, default=None) for name, mine in found.items()}


def weighted_each(below: Any, days: Days) -> Came:
    """Of each group; what doesn't apply isn't counted."""
    came = [{name: value for name, (_, value) in one(days).items()} for one in below]
    found: dict[str, Any] = {}
    for name in {**came[0], **came[1]}:
        pairs = [(one.get(name), weight) for one, weight in zip(came, (60, 40), strict=True)]
        there = [value * weight for value, weight in pairs if value is not None]
        found[name] = sum(there, Fraction()) if there else None
    return found


def latest(below: Any, days: Days) -> Fraction | None:
    """The mean of three months, up to the last of the period."""
    return mean(values(below[0], days._replace(start=later(days.end, -3))))


def by_number(below: Any, days: Days) -> Fraction:
    """Two points for each call that isn't good, in each month in which less than four of five are."""
    total, start = Fraction(), days.start
    while start < days.end:
        end = later(start, 1)
        rows = [one for one in days.rows["calls"] if one["报修"] and start <= one["报修"].date() < end]
        good = sum(one["达标"] is True for one in rows)
        total -= 2 * (len(rows) - good) * (5 * good < 4 * len(rows))
        start = end
    return 100 + total


_NUMBERED = replace(
    GOOD,
    id="w_numbered",
    extra=("bands: [{when: value >= 0.8, score: 0}, {score: -2 * (denominator - numerator)}]",),
)
_HELPER = replace(NUMBER, id="w_helper", extra=("helper: true",))


def scores_below(below: Any, days: Days) -> Fraction:
    return Fraction(sum(value < Fraction(7, 10) for value in values(below[0], days)))


_BUILT_TOTAL = "measures:\n      p: {{measure: sum, of: score, indicator: [{0}]}}\n    value: 100 + p"
BUILT = (
    built("rank_crew", "rank(over)", "value: {{measure: rank, indicator: [{0}], over: 班组}}", ("<= 1", "<= 2"), in_crew(place), _BY_DEVICE, **_CREW),
    built("to_crew", "mean(over)", _OF_CREW % ("mean", "班组"), ("<= 0", "<= 10", ">= -5"), in_crew(lambda v, all_: v - mean(all_)), _BY_DEVICE, **_CREW),
    built("to_crew_most", "max(over)", _OF_CREW % ("max", "班组"), (">= 0", ">= -10"), in_crew(lambda v, all_: v - max(all_)), _BY_DEVICE, **_CREW),
    built("crew_spread", "for_each(crew)", "measures:\n      a: {{measure: max, indicator: [{0}], over: 班组}}\n      b: {{measure: min, indicator: [{0}], over: 班组}}\n    value: a - b",
          ("<= 5", "<= 20", ">= 9"), _spread, _BY_DEVICE, **{**_CREW, "each": "班组"}),
    built("to_least", "min(over:all)", _OF_CREW % ("min", "all"), ("<= 30%", "<= 0%", ">= 50%"), _to_least, _RATE, **_EACH),
    built("best_of", "over(department)", "value: {{measure: max, indicator: [{0}], over: 提交部门}}", ("<= 9", ">= 5", "<= 20"), _best_of_department,
          _COMBINED, periods=("month",), each=WHO),
    built("weighted_each", "weighted(each)", "value: {{measure: weighted, indicator: [{0}, {1}], weights: {{{0}: 60, {1}: 40}}}}", (">= 50", "<= 40", "20~80"),
          weighted_each, _RATE, _COSTLY, **_EACH),
    built("percentile_of", "percentile(indicator)", "value: {{measure: percentile, at: 75, indicator: [{0}]}}", ("<= 2", ">= 2", "<= 3"),
          lambda b, d: at_share(found, Fraction(3, 4)) if (found := values(b[0], d)) else None, NUMBER),
    built("score_where", "count(score)", 'value: {{measure: count, indicator: [{0}], where: "score < 0"}}', ("<= 0", "<= 1", ">= 2"), scores_below, GOOD),
    built("latest", "{periods:3}", "value: {{measure: mean, indicator: [{0}], window: {{periods: 3}}}}", (">= 2", "<= 1", "<= 3"), latest, NUMBER,
          periods=("month",), reach=3),
    built("by_number", "bands(numerator)", _BUILT_TOTAL, (">= 98", ">= 94", "<= 99"), by_number, _NUMBERED),
    built("of_helper", "helper", "value: {{measure: max, indicator: [{0}]}}", (">= 3", "<= 2"), lambda b, d: max(values(b[0], d), default=None), _HELPER),
)  # fmt: skip


# ---- a cell that names several

PEOPLE = ("张三", "李四", "王五", "张三、李四", "王五,张三", "李四 王五")
JOBS = Ledger(
    "jobs",
    "派工单",
    "派单号",
    "日期",
    {
        "派单号": "{type: text, required: true}",
        "日期": "{type: date, required: true}",
        "处理人": "{type: text, required: true}",
        "费用": "{type: decimal, minimum: 0}",
        "达标": "{type: yes_no}",
    },
    {},
    {"费用": lambda r: (*wider_worlds.COSTS, HUGE), "达标": lambda r: (True, False)},
    lambda rng, key, day: {
        "派单号": key,
        "日期": day,
        "处理人": rng.choice(PEOPLE),
        "费用": rng.choice((*map(Fraction, wider_worlds.COSTS), None)),
        "达标": rng.choice((True, True, False, None)),
    },
    keys=("处理人",),
    extra=("split: 处理人",),
    split="处理人",
)
LEDGERS[JOBS.id] = JOBS


def of_jobs(kind: str, of: str = "", where: str = "", test: Any = lambda r, d: True) -> Measure:
    text = f"measure: {kind}, source: jobs" + f", of: {of}" * bool(of) + f', where: "{where}"' * bool(where)
    return Measure("jobs", kind, f"{{{text}}}", test, lambda r, d: r[of] if of else 1)


_JOBS = of_jobs("count")
SPLIT = (
    one("split", of_jobs("count", "", "达标", _fine), FEW, "处理人 达标", name="jobs"),
    one("split", of_jobs("sum", "费用"), SUMS, "处理人 费用", name="jobs_cost"),
    one("split", of_jobs("distinct", "派单号", "费用 >= 2", lambda r, d: (r["费用"] or 0) >= 2), (">= 2", "<= 2", "<= 4"), "派单号 处理人 费用", name="jobs_dear"),
    one("split(each)", of_jobs("count", "", "达标", _fine), FEW, "处理人 达标", name="jobs_each", each="处理人"),
    one("split(each)", of_jobs("max", "费用"), SUMS, "处理人 费用", name="jobs_most", each="处理人"),
)  # fmt: skip


# ---- what others show seldom in doubt

_SELDOM = {
    "attained(indicator)", "count", "count(keys)", "distinct", "rank(indicator)", "rank(two)", "streak(indicator)", "streak(indicators)",
    "sum(indicators)", "top(indicator)", "union", "union(formula)", "year_before", "year_to_date", "{days:15}", "{periods:2}", "over(all)",
    "contains", "starts_with", "hour", "weekday", "month", "date", "day", "has_item", "matches", "exists(this)", "count(this)", "previous",
    "first(ledger)", "last(ledger)", "months_after", "quarter_to_date", "target(group)", "year_before(formula)", "exists(keys)", "repeated",
}  # fmt: skip


def _seldom(tables: Iterable[Iterable[Shape]], of_others: bool) -> tuple[Shape, ...]:
    found = {shape.id: shape for table in tables for shape in table if _SELDOM & {*shape.shows}}
    return tuple(shape for shape in found.values() if bool(shape.parts) == of_others)


_ALL = (*wider_worlds.SHOWN, *deeper_worlds.SHOWN, *further_worlds.SHOWN)
AGAIN, BUILT_AGAIN = _seldom(_ALL, of_others=False), _seldom(_ALL, of_others=True)
DOUBTS = {
    name: SLIPS[name]
    for name in (
        "unreadable cell", "error value", "blank amount", "blank group or name", "key blank or lost",
        "one key with other contents", "year mistyped", "blank required cell", "an example row with a record", "two versions, each with a row of its own",
        "sent again with rows taken out", "the only file is called void", "day without a time", "date without its year", "parent and parts",
        "one file of two departments",
    )
}  # fmt: skip
"""Slips that leave rows in doubt."""
TABLES = (CONDITIONS, OTHERS, OTHERS, LISTS, MEASURES, MEASURES, SPLIT)
SHOWN = (*TABLES, BUILT)


def clean(seed: int) -> tuple[World, random.Random]:
    """A world in which every department took care."""
    if seed // 12 % 3:
        return wider_worlds.clean(seed, TABLES, BUILT)
    return wider_worlds.clean(seed, (AGAIN,), BUILT_AGAIN)


def make(seed: int) -> World:
    """The world of a seed; in every other one each slip leaves rows in doubt."""
    return make_world(seed, clean, DOUBTS if seed // 12 % 2 else SLIPS)
