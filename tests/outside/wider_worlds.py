"""Worlds whose indicators show each function, window and form of the grammar: a table of shapes, each with its YAML and how
a person would work it out from the manual.

Convention: as in `worlds`. What nobody knows of one row, though the row itself is plain (a blank in arithmetic, a name that
a table doesn't list, a year without a calendar), is `AnyOf` what it may be.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import groupby
from math import ceil, floor
from typing import Any

from outside.worlds import (
    HUGE,
    LEDGERS,
    MINUTE,
    NEW,
    YEAR,
    AnyOf,
    Days,
    File,
    Guess,
    Indicator,
    Ledger,
    Measure,
    Record,
    Row,
    Shape,
    Span,
    World,
    at_share,
    day_after,
    files_of,
    first_day,
    later,
    mean,
    months_of,
    new_row,
)

from itss_kpi.core.results import Assessment

HOUR, DAY = 60 * MINUTE, 24 * 60 * MINUTE
DEVICES = ("水泵", "风机", "电梯")
REMARKS = ("重复报修", "已换件", "第二次重复", "更换UPS电池")
LISTS = ("A柜", "A柜、B柜", "B柜;AB柜;C柜", "C柜,A柜")
COSTS = (0, 1, 2, Fraction("4.5"), 9, 20, 60)
DRIFTS = (-4, Fraction("-2.5"), Fraction("-0.3"), 0, 1, Fraction("2.5"), 7)


# ---- ledgers


def _fresh_call(rng: random.Random, key: str, day: date) -> Record:
    at = datetime(day.year, day.month, day.day, rng.choice((7, 8, 9, 11, 12, 16, 18, 20)), rng.randint(1, 59))
    took = rng.choice((20, 50, 100, 200, 600, 1500, 3000, 9000, None))
    return {
        "报修号": key,
        "报修": at,
        "修复": None if took is None else at + timedelta(minutes=took),
        "设备": rng.choice((*DEVICES, *DEVICES, None)),
        "级别": rng.choice(("急", "急", "缓", "缓", "其他", None)),
        "费用": rng.choice((*map(Fraction, COSTS), None)),
        "偏差": rng.choice((*map(Fraction, DRIFTS), None)),
        "备注": rng.choice((*REMARKS, None)),
        "涉及": rng.choice((*LISTS, None)),
        "挂起": rng.choice((5 * MINUTE, 30 * MINUTE, None)),
        "达标": rng.choice((True, True, False, None)),
    }


def _repaired(record: Record) -> list[datetime | None]:
    start = record["报修"]
    soon = [start + timedelta(minutes=many) for many in (1, 100, 300, 700, *(day * 1440 for day in range(2, 8)))]
    return [
        None,
        *soon,
        start + timedelta(20),
        start + timedelta(99),
        datetime(start.year, start.month, start.day, 23, 59),
        start + timedelta(999),
    ]


CALLS = Ledger(
    "calls",
    "报修台账",
    "报修号",
    "报修",
    {
        "报修号": "{type: text, required: true}",
        "报修": "{type: datetime, required: true}",
        "修复": "{type: datetime}",
        "设备": "{type: text}",
        "级别": "{type: choice, values: {急: [], 缓: [], 其他: []}}",
        "费用": "{type: decimal, minimum: 0}",
        "偏差": "{type: decimal}",
        "备注": "{type: text}",
        "涉及": "{type: text}",
        "挂起": "{type: duration, unit: minute}",
        "达标": "{type: yes_no}",
    },
    {"设备": DEVICES},
    {
        "修复": _repaired,
        "设备": lambda r: map(Guess, (*DEVICES, "锅炉", NEW)),
        "级别": lambda r: ("急", "缓", "其他"),
        "费用": lambda r: (*COSTS, HUGE),
        "偏差": lambda r: (-HUGE, *DRIFTS, HUGE),
        "备注": lambda r: (*REMARKS, NEW),
        "涉及": lambda r: (*LISTS, "、".join(["B柜"] * 3000), "、".join(["C柜"] * 3000)),
        "挂起": lambda r: (0, 10 * MINUTE, HUGE * MINUTE),
        "达标": lambda r: (True, False),
    },
    _fresh_call,
    ("修复",),
)
VISITS = Ledger(
    "visits",
    "回访台账",
    "回访号",
    "回访日",
    {
        "回访号": "{type: text, required: true}",
        "回访日": "{type: date, required: true}",
        "机器": "{type: text}",
        "评分": "{type: decimal, minimum: 0, maximum: 10}",
    },
    {"机器": DEVICES},
    {"机器": lambda r: map(Guess, (*DEVICES, NEW)), "评分": lambda r: (0, 4, 6, 8, 10)},
    lambda rng, key, day: {
        "回访号": key,
        "回访日": day,
        "机器": rng.choice((*DEVICES, None)),
        "评分": rng.choice((3, 5, 6, 8, 9, None)),
    },
)
REGISTER = Ledger(
    "register",
    "设备清单",
    "名称",
    "登记",
    {
        "名称": "{type: text, required: true}",
        "登记": "{type: date, required: true}",
        "限时": "{type: duration, unit: minute}",
        "在用": "{type: yes_no, required: true}",
    },
    {},
    {"限时": lambda r: (0, 100 * MINUTE, 1000 * MINUTE, HUGE * MINUTE), "在用": lambda r: (True, False)},
    lambda rng, key, day: {
        "名称": key,
        "登记": date(YEAR, 1, day.day % 20 + 1),
        "限时": rng.choice((60, 240, 1600, None)) and rng.choice((60, 240, 1600)) * MINUTE,
        "在用": rng.choice((True, True, False)),
    },
)
LEDGERS |= {one.id: one for one in (CALLS, VISITS, REGISTER)}
ROSTERS = {"register": [{"名称": name} for name in (*DEVICES, "锅炉")]}
SNAPSHOTS: dict[str, list[dict[str, str]]] = {}
"""Ledgers that are handed in once, and lists as of a day; with their keys."""


# ---- what functions say of a row


def known(value: Any, made: Callable[[Any], Any], may: Iterable[Any]) -> Any:
    """What is made of a value, or of each that it may be where it is blank."""
    return AnyOf(made(one) for one in may) if value is None else made(value)


def cost(made: Callable[[Any], Any]) -> Callable[[Record, Days], Any]:
    return lambda r, d: known(r["费用"], made, (*COSTS, 10, HUGE))


def drift(made: Callable[[Any], Any]) -> Callable[[Record, Days], Any]:
    return lambda r, d: known(r["偏差"], made, (-HUGE, *DRIFTS, HUGE))


def there(column: str, made: Callable[[Any], bool]) -> Callable[[Record, Days], bool]:
    """A condition on a value: it doesn't hold of a blank."""
    return lambda r, d: r[column] is not None and made(r[column])


def listed(text: str | None) -> list[str]:
    for sign in "、,;,;":
        text = (text or "").replace(sign, " ")
    return (text or "").split()


def rounded(value: Any, places: int = 0) -> Fraction:
    """Halves away from zero."""
    scaled = abs(Fraction(value)) * 10**places
    return (1 if value >= 0 else -1) * Fraction(floor(scaled + Fraction(1, 2)), 10**places)


def span(record: Record) -> int | None:
    return None if None in (record["修复"], record["报修"]) else micros(record["修复"] - record["报修"])


def micros(time: timedelta) -> int:
    return time // timedelta(microseconds=1)


def within_span(least: int) -> Callable[[Record, Days], bool]:
    return lambda r, d: (took := span(r)) is not None and took <= least


def inside(record: Record, days: Days) -> tuple[datetime, datetime]:
    """The part of a repair's time that lies in the period."""
    start, end = (datetime(day.year, day.month, day.day) for day in (days.begins or days.start, days.end))
    first = max(start, record["报修"])
    return first, max(first, min(end, record["修复"] or end))


def overlapping(record: Record, days: Days) -> int:
    first, last = inside(record, days)
    return micros(last - first)


HOLIDAYS = {
    date(YEAR, month, day)
    for month, days in ((2, range(7, 14)), (3, range(14, 17)), (5, range(10, 13)))
    for day in days
}
MADE_UP = {date(YEAR, 2, 19), date(YEAR, 3, 20), date(YEAR, 5, 14)}
HEAD = f"""calendar:
  years: [{YEAR}]
  hours: [08:30-12:00, 13:30-17:30]
  holidays: [2022-02-07~2022-02-13, 2022-03-14~2022-03-16, 2022-05-10~2022-05-12]
  workdays: [2022-02-19, 2022-03-20, 2022-05-14]
lookups:
  时限: {{unit: minute, values: {{急: 120, 缓: 1440}}}}
  权重: {{values: {{急: 3, 缓: 1}}}}
"""
SESSIONS = ((timedelta(hours=8.5), timedelta(hours=12)), (timedelta(hours=13.5), timedelta(hours=17.5)))


def working(start: datetime, end: datetime) -> Iterator[datetime]:
    """The working days on which something of it lies."""
    day = datetime(start.year, start.month, start.day)
    while day <= end:
        if day.date() in MADE_UP or (day.isoweekday() < 6 and day.date() not in HOLIDAYS):
            yield day
        day += timedelta(1)


def by_calendar(record: Record, counted: Callable[[datetime, datetime], int], may: Iterable[int]) -> Any:
    """None where one is blank, anything where a year has no calendar; but years are more than anybody asks for."""
    start, end = record["报修"], record["修复"]
    if start is None or end is None:
        return None
    if end.year > YEAR + 1:
        return HUGE * MINUTE
    return AnyOf(may) if {start.year, end.year} != {YEAR} else counted(start, end)


def workdays(record: Record) -> Any:
    return by_calendar(record, lambda a, b: sum(day.date() > a.date() for day in working(a, b)), (0, 3, HUGE))


def worktime(record: Record) -> Any:
    def counted(start: datetime, end: datetime) -> int:
        parts = [(day + a, day + b) for day in working(start, end) for a, b in SESSIONS]
        return sum(micros(max(timedelta(), min(b, end) - max(a, start))) for a, b in parts)

    return by_calendar(record, counted, (0, 3 * HOUR, HUGE * MINUTE))


def compared(found: Any, made: Callable[[Any], bool]) -> Any:
    """A condition on what a function gives."""
    return AnyOf(map(made, found)) if isinstance(found, AnyOf) else found is not None and made(found)


def unknown_sum(found: Any, may: Iterable[Any]) -> Any:
    """What a blank leaves unknown in a sum."""
    return AnyOf(may) if found is None else found


LIMITS = {"急": 120 * MINUTE, "缓": 1440 * MINUTE}
WEIGHTS = {"急": 3, "缓": 1}


def in_limit(record: Record, limits: Iterable[int]) -> Any:
    took = span(record)
    return False if took is None else AnyOf(took <= limit for limit in limits)


def by_table(record: Record, days: Days) -> Any:
    limit = LIMITS.get(record["级别"])
    return in_limit(record, (0, HUGE * MINUTE) if limit is None else (limit,))


def by_register(record: Record, days: Days) -> Any:
    """The limit that the register has for the device; unknown where it says none, or several that differ."""
    found = {one["限时"] for one in days.rows["register"] if one["名称"] == record["设备"] is not None}
    return in_limit(record, found if len(found) == 1 and None not in found else (0, HUGE * MINUTE))


def visits_of(record: Record, days: Days) -> int:
    return sum(one["机器"] == record["设备"] is not None for one in days.rows["visits"])


def repeated(record: Record, days: Days) -> bool:
    same = [one["报修"] for one in days.rows["calls"] if one["设备"] == record["设备"] is not None]
    return any(at and record["报修"] - timedelta(20) <= at < record["报修"] for at in same)


def in_use(days: Days) -> list[str]:
    return sorted({one["名称"] for one in days.rows["register"] if one["在用"] and one["登记"] < days.end})


# ---- the shapes

FEW = ("<= 0次", "<= 1次", "<= 2次", "<= 3次", ">= 2次", ">= 4次", ">= 1次")
SHARES = tuple(f"{sign} {share}%" for sign in (">=", ">=", "<=") for share in (25, 34, 50, 67, 75, 100))
SUMS = ("<= 5", "<= 12", "<= 25", ">= 3", ">= 10", ">= 20", "<= 90")
HOURS = ("<= 2小时", "<= 5小时", "<= 12小时", ">= 3小时", ">= 20小时", "<= 60小时", ">= 90小时")
ALL = Measure("calls", "count", "{measure: count, source: calls}")


def count_of(where: str, test: Callable[[Record, Days], Any], **more: Any) -> Measure:
    extra = "".join(f", {name}: {value}" for name, value in more.items())
    text = f'{{measure: count, source: calls{extra}, where: "{where}"}}'
    return Measure("calls", "count", text, test, window=more.get("window", "period"))


def taken(kind: str, of: str, take: Callable[[Record, Days], Any], ledger: str = "calls", **more: Any) -> Measure:
    extra = "".join(f", {name}: {value}" for name, value in more.items())
    text = f'{{measure: {kind}, source: {ledger}, of: "{of}"{extra}}}'
    return Measure(ledger, kind, text, of=take, window=more.get("window", "period"))


def one(shows: str, measure: Measure, targets: Iterable[str], reads: str, **more: Any) -> Shape:
    """A single measure."""
    name = "w_" + more.pop("name", shows.split()[0])
    shape: dict[str, Any] = {"reads": frozenset(reads.split()), "shows": tuple(shows.split()), **more}
    return Shape(name, {"value": measure}, tuple(targets), **shape)


def counted(shows: str, where: str, test: Callable[[Record, Days], Any], reads: str, **more: Any) -> Shape:
    return one(shows, count_of(where, test), FEW, reads, **more)


def summed(
    shows: str, of: str, take: Callable[[Record, Days], Any], reads: str, targets: Any = SUMS, **more: Any
) -> Shape:
    return one(shows, taken(more.pop("kind", "sum"), of, take), targets, reads, **more)


def share(shows: str, where: str, test: Callable[[Record, Days], Any], reads: str, **more: Any) -> Shape:
    part = Measure("calls", "count", f'{{within: denominator, where: "{where}"}}', test, within=True)
    name = "w_" + more.pop("name", shows.split()[0])
    shape: dict[str, Any] = {
        "reads": frozenset(reads.split()),
        "shows": tuple(shows.split()),
        "whole": "denominator",
        **more,
    }
    return Shape(name, {"numerator": part, "denominator": ALL}, SHARES, **shape)


SHAPES = (
    summed("if", "if(级别 == '急', 2, 1)", lambda r, d: 2 if r["级别"] == "急" else 1, "级别"),
    summed("if", "if(达标, 费用, 1)", lambda r, d: cost(lambda x: x)(r, d) if r["达标"] else 1, "达标 费用", name="if_cost"),
    counted("if", "if(费用 > 4, 修复 - 报修, hours(1)) > hours(2)",
            lambda r, d: r["费用"] is not None and r["费用"] > 4 and (span(r) or 0) > 2 * HOUR, "费用 修复 报修", name="if_where"),
    summed("default minutes", "default(挂起, minutes(10))", lambda r, d: 10 * MINUTE if r["挂起"] is None else r["挂起"], "挂起",
           ("<= 30分钟", "<= 60分钟", ">= 50分钟", "<= 2小时"), scale=MINUTE),
    counted("default", "default(偏差, 0) + 1 > 1", lambda r, d: (r["偏差"] or 0) > 0, "偏差", name="default_where"),
    summed("min", "min(5, 费用)", cost(lambda x: min(5, x)), "费用"),
    summed("max", "max(0, 10 - 费用)", cost(lambda x: max(0, 10 - x)), "费用"),
    counted("max min", "max(费用, 偏差 + 3) - min(费用, 2) > 1", lambda r, d: AnyOf(
        max(a, b + 3) - min(a, 2) > 1 for a in ((r["费用"],) if r["费用"] is not None else (0, 1, 2, 20, HUGE))
        for b in ((r["偏差"],) if r["偏差"] is not None else (-HUGE, 0, HUGE))), "费用 偏差", name="max_min"),
    counted("abs", "abs(偏差 - 1) <= 2", drift(lambda x: abs(x - 1) <= 2), "偏差"),
    summed("abs", "abs(偏差)", drift(abs), "偏差", name="abs_sum"),
    summed("floor", "floor(费用 / 3)", cost(lambda x: floor(Fraction(x) / 3)), "费用"),
    summed("ceil", "ceil(偏差 / 2)", drift(lambda x: ceil(Fraction(x) / 2)), "偏差"),
    summed("round", "round(偏差, 0)", drift(rounded), "偏差"),
    counted("round", "round(费用 / 7, 1) <= 0.6", cost(lambda x: rounded(Fraction(x) / 7, 1) <= Fraction("0.6")), "费用", name="round_where"),
    share("contains", "contains(备注, '重复')", there("备注", lambda x: "重复" in x), "备注"),
    counted("contains", "not contains(备注, 'ups')", lambda r, d: "UPS" not in (r["备注"] or ""), "备注", name="contains_not"),
    share("starts_with", "starts_with(备注, '重复')", there("备注", lambda x: x.startswith("重复")), "备注"),
    counted("matches", "matches(备注, '*重?*')", there("备注", lambda x: "重" in x[:-1]), "备注"),
    summed("items", "items(涉及)", lambda r, d: unknown_sum(len(listed(r["涉及"])) or None, (0, HUGE)), "涉及"),
    counted("items", "items(涉及) >= 2", there("涉及", lambda x: len(listed(x)) >= 2), "涉及", name="items_where"),
    share("has_item", "has_item(涉及, 'B柜')", there("涉及", lambda x: "B柜" in listed(x)), "涉及"),
    share("day", "day(修复) == day(报修)", there("修复", lambda x: x) and (
        lambda r, d: r["修复"] is not None and r["修复"].date() == r["报修"].date()), "修复 报修"),
    counted("hour", "hour(报修) >= 18 or hour(报修) < 8", lambda r, d: not 8 <= r["报修"].hour < 18, "报修"),
    counted("hour", "hour(修复) >= 12", there("修复", lambda x: x.hour >= 12), "修复", name="hour_end"),
    counted("weekday", "weekday(报修) >= 6", lambda r, d: r["报修"].isoweekday() >= 6, "报修"),
    share("weekday", "weekday(修复) == 5", there("修复", lambda x: x.isoweekday() == 5), "修复", name="weekday_end"),
    counted("month", "month(修复) == month(报修)", there("修复", lambda x: x) and (
        lambda r, d: r["修复"] is not None and r["修复"].month == r["报修"].month), "修复 报修"),
    counted("date", "修复 >= date('2022-02-15')", there("修复", lambda x: x.date() >= date(YEAR, 2, 15)), "修复"),
    counted("days seconds", "修复 - 报修 > days(1.5) or 修复 - 报修 <= seconds(3000)",
            lambda r, d: (took := span(r)) is not None and (took > 36 * HOUR or took <= 50 * MINUTE), "修复 报修"),
    share("hours blank", "修复 - 报修 <= hours(4) and not blank(设备)",
          lambda r, d: within_span(4 * HOUR)(r, d) and r["设备"] is not None, "修复 报修 设备"),
    one("overlap", taken("sum", "overlap(报修, 修复)", overlapping, window="until_end"), HOURS, "修复 报修", scale=MINUTE),
    one("overlap", count_of("overlap(报修, 修复) > hours(12)", lambda r, d: overlapping(r, d) > 12 * HOUR, window="until_end"),
        FEW, "修复 报修", name="overlap_where"),
    counted("workdays", "workdays(报修, 修复) <= 1", lambda r, d: compared(workdays(r), lambda x: x <= 1), "修复 报修"),
    summed("workdays", "workdays(报修, 修复)", lambda r, d: unknown_sum(workdays(r), (0, HUGE)), "修复 报修", name="workdays_sum"),
    summed("worktime", "worktime(报修, 修复)", lambda r, d: worktime(r), "修复 报修", HOURS, scale=MINUTE, kind="mean"),
    share("worktime", "worktime(报修, 修复) <= hours(3)", lambda r, d: compared(worktime(r), lambda x: x <= 3 * HOUR), "修复 报修",
          name="worktime_where"),
    share("lookup(table)", "修复 - 报修 <= lookup(时限, 级别)", by_table, "修复 报修 级别", name="by_table"),
    summed("lookup(table)", "lookup(权重, 级别)", lambda r, d: WEIGHTS.get(r["级别"], AnyOf((-HUGE, 0, HUGE))), "级别", name="weights"),
    share("lookup(ledger)", "not blank(设备) and 修复 - 报修 <= lookup(register.限时, 设备)",
          lambda r, d: r["设备"] is not None and by_register(r, d), "修复 报修 设备 名称 限时", name="by_register", looks=("register",)),
    share("lookup(blank)", "修复 - 报修 <= lookup(register.限时, 设备)", by_register, "修复 报修 设备 名称 限时", name="by_blank",
          looks=("register",)),
    counted("exists", "exists(visits.机器, 设备)", lambda r, d: visits_of(r, d) > 0, "设备 机器", looks=("visits",)),
    counted("exists", "not exists(visits.机器, 设备)", lambda r, d: visits_of(r, d) == 0, "设备 机器", looks=("visits",), name="exists_not", grows=False),
    counted("count", "count(visits.机器, 设备) < 2", lambda r, d: visits_of(r, d) < 2, "设备 机器", looks=("visits",), name="count_few", grows=False),
    counted("repeated", "not repeated(days(20), 设备)", lambda r, d: not repeated(r, d), "设备", looks=("calls",), back=20, name="repeated_not",
            grows=False),
    share("count", "count(visits.机器, 设备) >= 2", lambda r, d: visits_of(r, d) >= 2, "设备 机器", looks=("visits",)),
    counted("repeated", "repeated(days(20), 设备)", repeated, "设备", looks=("calls",), back=20),
    one("until_end", count_of("blank(修复) or 修复 >= period_end", lambda r, d: r["修复"] is None or r["修复"].date() >= d.end,
                              window="until_end"), FEW, "修复"),
    one("previous", taken("sum", "费用", lambda r, d: r["费用"], window="previous"), SUMS, "费用"),
    one("year_before", count_of("达标", lambda r, d: r["达标"], window="year_before"), FEW, "达标"),
    one("year_to_date", taken("max", "费用", lambda r, d: r["费用"], window="year_to_date"), SUMS, "费用"),
    one("{days:15}", taken("mean", "费用", lambda r, d: r["费用"], window="{days: 15}"), SUMS, "费用", name="last_days"),
    one("percentile", taken("percentile", "费用", lambda r, d: r["费用"], at=75), SUMS, "费用"),
    one("percentile", taken("percentile", "修复 - 报修", lambda r, d: span(r), at=75), HOURS, "修复 报修", name="percentile_span", scale=MINUTE),
    one("percentile", replace(taken("percentile", "费用", lambda r, d: r["费用"], at=75, nearest="true"), kind="nearest"), SUMS, "费用",
        name="percentile_nearest"),
    one("median", taken("median", "偏差", lambda r, d: r["偏差"]), ("<= 0", ">= 0", ">= 1", ">= -1", "<= 2"), "偏差"),
    one("union", taken("union", "overlap(报修, 修复)", inside, window="until_end"), HOURS, "修复 报修", scale=MINUTE),
    one("distinct", taken("distinct", "级别", lambda r, d: r["级别"]), (">= 2个", "<= 2个", ">= 3个", "<= 1个"), "级别"),
    one("min", taken("min", "偏差", lambda r, d: r["偏差"]), (">= -3", ">= 0", "<= -1", ">= -5"), "偏差", name="least"),
)  # fmt: skip


# ---- groups


def in_groups(
    name: str, shows: str, measure: Measure, targets: Iterable[str], reads: str, among: Any, **more: Any
) -> Shape:
    text = f"among: {more.pop('text')}"
    return one(shows, measure, targets, f"设备 {reads}", name=name, each="设备", among=among, extra=(text,), **more)


_ROSTER = "{source: register, column: 名称, where: 在用}"
_FILLED = count_of("not blank(设备)", lambda r, d: r["设备"] is not None)
_OF_DEVICES = taken("sum", "费用", lambda r, d: r["费用"])
GROUPED = (
    in_groups("among", "among(list)", _FILLED, FEW, "", lambda d: DEVICES, text="[水泵, 风机, 电梯]"),
    in_groups("among_blank", "among(list)", ALL, FEW, "", lambda d: DEVICES, text="[水泵, 风机, 电梯]"),
    in_groups("among_own", "among(list) target(group)", _FILLED, FEW, "", lambda d: (*DEVICES, "锅炉"), text="[水泵, 风机, 电梯, 锅炉]",
              own={"水泵": ">= 1次", "锅炉": "<= 0次"}),
    in_groups("roster", "among(ledger)", _FILLED, FEW, "名称 在用", in_use, text=_ROSTER, looks=("register",)),
    in_groups("roster_sum", "among(ledger)", _OF_DEVICES, SUMS, "费用 名称 在用", in_use, text=_ROSTER, looks=("register",)),
    share("averaged_over", "达标", lambda r, d: r["达标"] is True, "达标 级别", averaged="级别", name="averaged"),
    share("for_each", "contains(备注, '重复')", there("备注", lambda x: "重复" in x), "备注 级别", each="级别", name="each_grade"),
)  # fmt: skip


# ---- formulas


def formula(shows: str, written: str, made: Callable[[Any], Any], targets: Iterable[str], **more: Any) -> Shape:
    name = "w_f_" + more.pop("name", shows.split()[0].split("(")[0])
    measures = more.pop("measures", {"a": _OF_DEVICES, "b": ALL, "c": count_of("达标", lambda r, d: r["达标"])})
    shown = tuple(f"{one}(formula)" for one in shows.split())
    return Shape(name, measures, tuple(targets), made, written, reads=frozenset(("费用", "达标")), shows=shown, **more)


def rate(m: Any) -> Fraction:
    return Fraction(m["c"], m["b"])


def _spent(more: str) -> Measure:
    """The time that repairs cover; in the catalogue with `more` said of it."""
    text = f'{{measure: union, source: calls, of: "overlap(报修, 修复)", window: until_end{more}}}'
    return Measure("calls", "union", text, of=inside, window="until_end")


_NOW_LAST = {
    "now": ALL,
    "last": Measure("calls", "count", "{measure: count, source: calls, window: previous}", window="previous"),
}
_NOW_THEN = {
    "now": ALL,
    "then": Measure("calls", "count", "{measure: count, source: calls, window: year_before}", window="year_before"),
}
FORMULAS = (
    formula("if", "if(b > 3, c / b, 0.5)", lambda m: rate(m) if m["b"] > 3 else Fraction(1, 2), ("40%~60%", ">= 50%", "50%±20%", "> 50%")),
    formula("min", "min(c / b, 0.5)", lambda m: min(rate(m), Fraction(1, 2)), (">= 40%", "<= 30%", ">= 50%")),
    formula("max", "max(0, 1 - 2 * c / b)", lambda m: max(0, 1 - 2 * rate(m)), ("<= 0%", "<= 20%", ">= 30%")),
    formula("floor", "floor(a / 10)", lambda m: floor(m["a"] / 10), ("<= 0", "1~3", ">= 2", "< 5")),
    formula("ceil", "ceil(a / 10) - b", lambda m: ceil(m["a"] / 10) - m["b"], (">= -1", "-2~2", "0±1", "<= 3")),
    formula("round", "round(c / b, 1)", lambda m: rounded(rate(m), 1), (">= 0.5", "0.3~0.7", "<= 0.4")),
    formula("abs", "abs(b - 2 * c)", lambda m: abs(m["b"] - 2 * m["c"]), ("<= 1", ">= 2", "<= 2 且 >= 1")),
    formula("default", "default(c / b, 1)", lambda m: rate(m) if m["b"] else 1, (">= 60%", "<= 50%", ">= 100%")),
    formula("previous", "(now - last) / last", lambda m: Fraction(m["now"] - m["last"], m["last"]), ("<= 20%", "-50%~50%", ">= -20%", "0%±30%"),
            measures=_NOW_LAST),
    Shape(
        "w_outside",
        {
            "down": _spent(", outside: fine"),
            "fine": replace(_spent(", where: 达标"), where=lambda r, d: r["达标"]),
        },
        ("<= 2", ">= 1", "<= 5", ">= 20", "<= 60"),
        lambda m: Fraction(m["down"] - m["fine"], 60 * MINUTE),
        "down / hours(1)",
        reads=frozenset(("修复", "报修", "达标")),
        shows=("union(formula)",),
    ),
    formula("year_before", "now - then", lambda m: m["now"] - m["then"], (">= -1", "<= 2", "-1~3"), measures=_NOW_THEN),
)  # fmt: skip


# ---- what is built on other indicators

Below = Callable[[Days], dict[str | None, tuple[str, Fraction | None]]]


def one_by_one(below: Below, days: Days) -> list[tuple[str, Fraction | None]]:
    """In each period of the indicator below."""
    found, start = [], days.start
    while start < days.end:
        found += below(Days(start, later(start, days.step))).values()
        start = later(start, days.step)
    return found


def values(below: Below, days: Days) -> list[Fraction]:
    """What it comes to in each month and group; what doesn't apply isn't counted."""
    return [value for _, value in one_by_one(below, days) if value is not None]


def streak(found: Sequence[Fraction | None], made: Callable[[Fraction], bool]) -> int:
    """The longest run; a month without a value neither adds to one nor ends it."""
    held = (made(one) for one in found if one is not None)
    return max((len(list(run)) for holds, run in groupby(held) if holds), default=0)


def weighted(below: Sequence[Below], days: Days, weights: Sequence[int], how: str) -> Fraction | None:
    came = [next(iter(one(days).values()))[1] for one in below]
    there = [(value, weight) for value, weight in zip(came, weights, strict=True) if value is not None]
    total = sum((value * weight for value, weight in there), Fraction())
    if how == "full":
        return total + sum(weight for value, weight in zip(came, weights, strict=True) if value is None)
    if not there:
        return None
    match how:
        case "shared":
            return total * sum(weights) / sum(weight for _, weight in there)
        case _:
            return total


def deduction(value: Fraction) -> Fraction:
    return Fraction(0) if value >= Fraction(4, 5) else -floor((Fraction(4, 5) - value) / Fraction(1, 10)) / Fraction(2)


_BANDS = ("bands: [{when: value >= 0.8, score: 0, grade: 优}, {score: -0.5 * floor((0.8 - value) / 0.1), grade: 差}]",)
GOOD = share("bands", "达标", lambda r, d: r["达标"] is True, "达标", name="good", extra=_BANDS)
NUMBER = counted("where", "费用 >= 2", there("费用", lambda x: x >= 2), "费用", name="dear")
_EACH = share("each", "达标", lambda r, d: r["达标"] is True, "达标 级别", name="good_each", each="级别")


def built(
    name: str, shows: str, measure: str, targets: Iterable[str], derive: Any, *parts: Shape, **more: Any
) -> Shape:
    """On the monthly values of other indicators; those of `same` are of the same period."""
    reads = frozenset().union(*(one.reads for one in parts))
    shape: dict[str, Any] = {
        "parts": parts,
        "derive": derive,
        "extra": (measure,),
        "periods": ("quarter", "year"),
    } | more
    return Shape(f"w_{name}", {}, tuple(targets), reads=reads, shows=tuple(shows.split()), **shape)


BUILT = (
    built("mean_of", "mean(indicator)", "value: {{measure: mean, indicator: [{0}]}}", (">= 40%", "<= 60%", "40%~70%"),
          lambda b, d: mean(values(b[0], d)), GOOD),
    built("sum_of", "sum(indicator)", "value: {{measure: sum, indicator: [{0}]}}", ("<= 4", ">= 6", "3~9"),
          lambda b, d: sum(values(b[0], d), Fraction()), NUMBER),
    built("min_of", "min(indicator)", "value: {{measure: min, indicator: [{0}]}}", (">= 30%", "<= 20%"),
          lambda b, d: min(values(b[0], d), default=None), GOOD),
    built("max_of", "max(indicator)", "value: {{measure: max, indicator: [{0}]}}", (">= 3", "<= 2"),
          lambda b, d: max(values(b[0], d), default=None), NUMBER),
    built("count_of", "count(indicator)", 'value: {{measure: count, indicator: [{0}], where: "value >= 2"}}', ("<= 0", ">= 2", "<= 1"),
          lambda b, d: Fraction(sum(one >= 2 for one in values(b[0], d))), NUMBER),
    built("streak_of", "streak(indicator)", 'value: {{measure: streak, indicator: [{0}], where: "value < 0.6"}}', ("<= 1", "<= 0", ">= 2"),
          lambda b, d: Fraction(streak([one for _, one in one_by_one(b[0], d)], lambda one: one < Fraction(3, 5))), GOOD),
    built("median_of", "median(indicator)", "value: {{measure: median, indicator: [{0}]}}", ("<= 1", ">= 2"),
          lambda b, d: at_share(found, Fraction(1, 2)) if (found := values(b[0], d)) else None, NUMBER),
    built("over_groups", "mean(indicator)", "value: {{measure: mean, indicator: [{0}]}}", (">= 40%", "<= 60%"),
          lambda b, d: mean(values(b[0], d)), _EACH),
    built("attained_of", "attained(indicator)", "measures:\n      a: {{measure: count, indicator: [{0}], where: attained == 1}}\n"
          "      b: {{measure: count, indicator: [{0}]}}\n    value: a / b", (">= 50%", ">= 100%", "<= 60%"),
          lambda b, d: mean([Fraction(one == "attained") for one, value in one_by_one(b[0], d) if value is not None]), GOOD),
    built("score_of", "score(indicator) bands", "measures:\n      p: {{measure: sum, of: score, indicator: [{0}]}}\n    value: 100 + p",
          (">= 98", ">= 96", "<= 99"), lambda b, d: 100 + sum(map(deduction, values(b[0], d)), Fraction()), GOOD),
    built("same_of", "value(indicator)", "measures:\n      v: {{indicator: [{0}]}}\n      s: {{indicator: [{0}], of: score}}\n    value: 10 * v + s",
          (">= 5", "<= 4", "3~8"), lambda b, d: None if (v := next(iter(b[0](d).values()))[1]) is None else 10 * v + deduction(v), GOOD,
          periods=("month",)),
    *(built(f"weighted_{how}", "weighted(indicator)", "value: {{measure: weighted, indicator: [{0}, {1}], weights: {{{0}: 60, {1}: 40}}, "
            f"not_applicable: {how}}}}}", (">= 50", "<= 60", "40~80"), lambda b, d, how=how: weighted(b, d, (60, 40), how), GOOD,
            share("weighted", "费用 > 4", there("费用", lambda x: x > 4), "费用", name="costly"), periods=("month",))
      for how in ("dropped", "shared", "full")),
)  # fmt: skip


# ---- a world

TABLES = (SHAPES, SHAPES, GROUPED, FORMULAS)
SHOWN = (*TABLES, BUILT)


def clean(
    seed: int, tables: Sequence[Sequence[Shape]] = TABLES, derived: Sequence[Shape] = BUILT
) -> tuple[World, random.Random]:
    """A world in which every department took care, with shapes of the tables."""
    rng = random.Random(seed)
    asked = rng.choice(("2022Q1", "2022Q2", "2022-02", "2022-03", "2022-05", "2022"))
    kinds = (*tables, *((derived,) if asked[4:5] != "-" else ()))
    shapes = [rng.choice(rng.choice(kinds)) for _ in range(rng.choice((1, 2)))]
    indicators: list[Indicator] = []
    for shape in shapes:
        _declare(rng, shape, asked, indicators)
    names = sorted(
        {name for one in indicators for name in (*(m.ledger for m in one.shape.measures.values()), *one.shape.looks)}
    )
    ledgers = {
        name: ("甲部", "乙部") if rng.random() < 0.2 and name not in ROSTERS | SNAPSHOTS else ("甲部",)
        for name in names
    }
    world = World(seed, asked, ledgers, indicators, head=HEAD)
    size = rng.choice(("quarter", "year") if asked == "2022" else ("quarter", "month", "year", "quarter"))
    for name, departments in ledgers.items():
        for department in departments:
            world.files += files_of(
                rng, LEDGERS[name], department, "year" if name in ROSTERS else size, months_of(asked)[-1]
            )
    for name in ROSTERS.keys() & ledgers.keys():
        world.more[name] = "carries: earlier"
        _name_rows(next(one for one in world.files if one.ledger.id == name), ROSTERS[name])
    for file in [one for one in world.files if one.ledger.id in SNAPSHOTS]:
        _name_rows(file, SNAPSHOTS[file.ledger.id])
        file.rows[0].free = False  # no slip of the list as a whole
    if any(map(_reaches_back, indicators)):
        _year_before(world, rng)
    for file in world.files:
        _name_at_first(file)
    return world, rng


def _name_at_first(file: File) -> None:
    """No group looks as if it were written in its first row only."""
    for column in {"设备", "级别", "机器", "缓急"} & file.ledger.columns.keys():
        name = file.rows[0].record[column] or {"设备": "水泵", "机器": "水泵"}.get(column, "急")
        for row in file.rows[:2]:
            row.cells[column], row.ways = name, [({**row.record, column: name},)]


def _declare(rng: random.Random, shape: Shape, asked: str, declared: list[Indicator], period: str = "") -> Indicator:
    """An indicator of the shape, after those on which it is built."""
    longer = (("quarter",) if "Q" in asked else ()) + (("quarter", "year") if len(asked) == 4 else ())
    if shape.parts:
        period = period or rng.choice([one for one in shape.periods if one == "month" or one in longer] or ["month"])
        deep = period == "year" and any(one.parts for one in shape.parts)
        below = period if shape.periods == ("month",) else rng.choice(("month", "quarter")) if deep else "month"
        parts = tuple(_declare(rng, one, asked, declared, below) for one in shape.parts)
        declared.append(Indicator(shape, len(declared) + 1, period, rng.choice(shape.targets), parts=parts))
        return declared[-1]
    target = "" if not period and rng.random() < 0.05 else rng.choice(shape.targets)
    zero = rng.choice(("", "", "", "undefined", "attained", "missed")) if shape.whole and target and not period else ""
    starts = shape.starts
    if not period and starts:
        period = "month"
    elif not period:
        period = rng.choice(("month", "month", *longer))
        plain = not shape.looks and all(one.window == "period" and not one.date for one in shape.measures.values())
        if plain and rng.random() < 0.25:
            other = [("week", ""), ("month", "26"), ("quarter", "02-01"), ("year", "04-01"), ("half", "")] + [
                ("day", "")
            ] * ("-" in asked)
            period, starts = rng.choice(other)
    declared.append(Indicator(shape, len(declared) + 1, period, target, zero, starts))
    return declared[-1]


def _reaches_back(one: Indicator) -> bool:
    windows = {"previous", "year_before", "until_end", "{days: 40}"} & {
        measure.window for measure in one.shape.measures.values()
    }
    return bool(one.shape.back or one.shape.reach or windows or one.starts or one.period == "week")


def _name_rows(file: File, named: Sequence[dict[str, str]]) -> None:
    while len(file.rows) < len(named):
        file.rows.append(Row(dict(file.rows[0].cells), [(dict(file.rows[0].record),)]))
    del file.rows[len(named) :]
    for row, names in zip(file.rows, named, strict=True):
        span = (
            {"时点": Span(first_day(file.months[0]), day_after(file.months[-1]), True)} if "时点" in row.record else {}
        )
        row.ways = [({**row.record, **names, **span},)]
        row.cells |= names


def _year_before(world: World, rng: random.Random) -> None:
    if rng.random() < 0.1:
        return
    for department in world.ledgers.get("calls", ()):
        months = [(YEAR - 1, month) for month in range(1, 13)]
        file = File(CALLS, department, "报修台账_2021", months, set(months), plain=False)
        file.headings = [(name, name) for name in CALLS.columns]
        file.rows = [new_row(rng, file, f"{department[0]}旧{at + 31}", months[-at - 1]) for at in range(12)]
        for row in file.rows:
            row.free = False
        world.files.append(file)


# ---- what the program is known to do otherwise

_ROSTERS = ("w_roster", "w_roster_sum")


def imprecision_of(world: World, name: str, item: Assessment) -> str:
    """Which known imprecision a needless doubt may come from."""
    slips = {*world.slips}
    found = {
        "how long something takes until a day decades ahead isn't bounded": "a date that stands for never" in slips
        and name.startswith(("w_work", "w_cost_soon", "w_both", "w_all_three", "w_but")),
        "a doubt of two periods, or of two indicators, is taken as two": any(
            one.shape.id == name and one.parts for one in world.indicators
        ),
        "a row of one of two groups is taken as of both": name
        in (
            "w_averaged",
            "w_each_grade",
            "w_good_each",
            "w_graded_each",
            "w_rate_each",
            "w_many_each",
            "w_combined",
            "w_quarter_each",
            "w_dear_before",
            "w_rate_of_each",
            "w_costly_each",
        )
        or name.startswith("w_each_"),
        "a time that can't be read decides the period, and what is asked of it, each by itself": "a call that can't be read may be after its repair"
        in world.faults,
        "a roster in doubt makes each of its groups unknown": name in _ROSTERS or name == "w_device_cost",
        "a span or product is not known to be at least 0": item.lowest is None and name != "w_device_cost",
        "that what ends doesn't end before it begins isn't used": name
        in ("w_repaired", "w_repaired_cost", "w_until_day", "w_by_degree", "w_ended_before"),
        "a quotient by what can't be read is bounded on neither side": name.startswith("w_a_unit"),
        "a doubtful row makes each later one of its name doubtful": name
        in ("w_repeated", "w_repeated_not", "w_repeated_two"),
        "one row's doubt in two measures is taken as two": name.startswith("w_f_")
        or name in ("w_cost_drift", "w_cost_least", "w_cost_if", "w_cost_graded"),
        "a share whose whole may be near 0 isn't known, though its part is none or all of it": name.startswith(
            "w_cost_"
        )
        and (item.lowest, item.highest) == (0, 1),
        "what is worked from a day without a time isn't bounded by it": "day without a time" in slips,
        "what another ledger's rows come to is not bounded where one can't be read": name.startswith(
            (
                "w_count",
                "w_toured",
                "w_if_toured",
                "w_least",
                "w_most",
                "w_apart",
                "w_spent",
                "w_again",
                "w_seen",
                "w_soon_seen",
                "w_last_seen",
                "w_since_last",
                "w_since_first",
                "w_little",
            )
        ),
        "a condition or choice by what isn't known is unknown, whatever its bounds": name
        in ("w_max_min", "w_if_cost", "w_if_where"),
        "what can't be read may list nothing": name == "w_items",
        "one of two rows is taken as both or none": name
        in (
            "w_union",
            "w_both",
            "w_both_each",
            "w_all_three",
            "w_but",
            "w_but_each",
            "w_outside",
            "w_percentile",
            "w_percentile_span",
            "w_percentile_nearest",
            "w_median",
            "w_least",
            "w_devices_soon",
            "w_devices_listed",
        )
        or name in ("s_filled_each", "s_lowest", "s_min", "s_previous"),
        "what is said of a limit that is blank isn't taken from default": name == "w_agreed_or",
    }
    return next((why for why, holds in found.items() if holds), "")
