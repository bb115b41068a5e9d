"""Slips that people make in files, each with the ways in which the truth may be for somebody who knows only the manual.

Convention: a slip takes a row, or a file, that has no other; it returns whether the world had a place for it. `ways`
of a row are as in `worlds`; where nobody knows an amount, the least that it can be and a huge one stand for all.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from outside.worlds import (
    HUGE,
    MINUTE,
    NEW,
    OUTSIDE,
    STOCK,
    TICKETS,
    WHO,
    YEAR,
    File,
    Ledger,
    Month,
    Record,
    Row,
    Way,
    World,
    clean,
    day_after,
    first_day,
    months_of,
    new_row,
    text_of,
)  # fmt: skip

BY_THE_WAY = ("no ledger of the year before",)
"""What a world without slips may lack already."""

SLIPS: dict[str, Callable[[World, random.Random], bool]] = {}
Slip = Callable[[World, random.Random], bool]


def slip(name: str) -> Callable[[Slip], Slip]:
    """Registers what makes a slip; it says whether the world has a place for it."""

    def register(make: Slip) -> Slip:
        SLIPS[name] = make
        return make

    return register


def make_world(
    seed: int, clean: Callable[[int], tuple[World, random.Random]] = clean, slips: Mapping[str, Slip] = SLIPS
) -> World:
    """The world of a seed: mostly with one to three slips."""
    world, rng = clean(seed)
    wanted = rng.choice((0, 1, 1, 1, 2, 2, 3))
    for name in rng.sample(sorted(slips), len(slips)):
        if len(world.slips) < wanted and slips[name](world, rng):
            world.slips.append(name)
    return world


def a_file(world: World, rng: random.Random, least: int = 0, ledger: Ledger | None = None) -> File | None:
    """A file of the time that is asked, without a slip of its own."""
    found = [one for one in world.files if one.plain and len(one.rows) >= least and ledger in (None, one.ledger)]
    return rng.choice(found) if found else None


def a_row(world: World, rng: random.Random, columns: Iterable[str]) -> tuple[File, Row, str] | None:
    """A row without a slip in a file without one, and one of the columns: mostly one that is read."""
    named = [name for name in columns if name != "受理" or not has(world, "answered_first")]
    wanted = [name for name in named if name in world.reads] or (named if rng.random() < 0.2 else [])
    found = [
        (one, row, name)
        for one in world.files
        for name in wanted
        if one.plain and len(one.rows) > 2 and name in one.ledger.columns
        for row in one.rows
        if row.free
    ]
    if not found:
        return None
    file, row, name = rng.choice(found)
    row.free = False
    return file, row, name


def but(record: Record, **changes: Any) -> Record:
    return {**record, **changes}


def anything(file: File, record: Record, column: str, world: World) -> list[Record]:
    """The records that this one may be where nobody knows what stands in the column."""
    if column == "修复" and has(world, *BY_END):
        months = [datetime(YEAR, month, 15) for month in range(1, 13)]
        record_days = dict.fromkeys(
            (*file.ledger.may["修复"](record), *(day for day in months if day > record["报修"]))
        )
        return [but(record, 修复=at) for at in record_days]
    if column in file.ledger.may:
        return [but(record, **{column: value}) for value in dict.fromkeys(file.ledger.may[column](record))]
    if column == "报修":
        return _called(file, record)
    match column:
        case "回访日" | "登记":
            days = [first_day(month) + timedelta(14) for month in file.months]
            return [*(but(record, **{column: day}) for day in days), but(record, **{column: OUTSIDE})]
        case "受理" | "日期":
            until = _followed(file, record, world) if column == "受理" else date.max
            return [*_anywhere(file, record, column, world, until), but(record, **{column: OUTSIDE})]
        case "响应":
            near, far = record["受理"] + timedelta(minutes=1), record["受理"] + timedelta(99)
            return [but(record, 响应=near), but(record, 响应=far), but(record, 响应=None)]
        case "关闭":
            start = record["受理"].date()
            later = [first_day((YEAR, month)) + timedelta(14) for month in range(1, 13)]
            return [
                but(record, 关闭=day) for day in (None, start, *(day for day in later if day > start), date(2023, 5, 5))
            ]
        case "数量":
            return [but(record, 数量=record["合格"] or 0), but(record, 数量=HUGE)]
        case "合格":
            return [but(record, 合格=0), but(record, 合格=record["数量"])]
        case "得分":
            return [but(record, 得分=value) for value in (0, 5, 6, 10)]
        case "金额" | "时长":
            return [but(record, **{column: value}) for value in (0, HUGE * MINUTE)]
        case "比例":
            return [but(record, 比例=value) for value in (-HUGE, HUGE)]
        case "状态":
            return [but(record, 状态=value) for value in file.ledger.names["状态"]]
        case _:
            return [but(record, **{column: value}) for value in (*file.ledger.names[column], NEW)]


def _anywhere(file: File, record: Record, column: str, world: World, until: date) -> list[Record]:
    """The record on days of its file's time, up to a day."""
    days = (15, 27) if has(world, "recent") else (15,)
    placed = [(month, day) for month in file.months for day in days if date(*month, day) <= until]
    return [one for month, day in placed for one in _moved(record, column, month, day)]


def _followed(file: File, record: Record, world: World) -> date:
    """The day up to which a ticket was received, as its answer and its end that are read say; of a day before the
    file's time nothing follows."""
    ends = [record[name] for name in ("响应", "关闭") if name in world.reads and record[name] is not None]
    last = min((date(*one.timetuple()[:3]) for one in ends), default=date.max)
    return last if last >= first_day(file.months[0]) else date.max


def _any_call(file: File) -> list[datetime]:
    """A morning on a working day and an evening at a weekend of each month."""
    found = []
    for month in file.months:
        saturday = next(day for day in range(21, 28) if date(*month, day).isoweekday() == 6)
        found += [datetime(*month, saturday - 11, 9, 5), datetime(*month, saturday, 20, 5)]
    return found


def _called(file: File, record: Record) -> list[Record]:
    """A repair's record with each time of the call that its file leaves: by day and night, just before the repair."""
    hours = _any_call(file)
    end = record["修复"]
    if end:
        hours = [at for at in hours if at <= end]
        hours += [
            at
            for many in (1, 200, 3000)
            if (at := end - timedelta(minutes=many)) and (at.year, at.month) in file.months
        ]
    return [*(but(record, 报修=at) for at in hours), but(record, 报修=OUTSIDE)]


def _moved(record: Record, column: str, month: Month, on: int = 15) -> list[Record]:
    """The record in another month; what was answered may then have been in time or not."""
    day = first_day(month) + timedelta(on - 1)
    if column == "日期":
        return [but(record, 日期=day)]
    at = datetime(day.year, day.month, day.day, 9)
    spans = (None,) if record["响应"] is None else (timedelta(minutes=1), timedelta(99))
    return [but(record, 受理=at, 响应=None if span is None else at + span) for span in spans]


def unreadable(file: File, row: Row, column: str, world: World) -> None:
    """Says of the row that nobody knows what stands there."""
    assert row.ways
    row.ways = [(one,) for way in row.ways for record in way for one in anything(file, record, column, world)]
    if column == "报修":
        row.taken = [*row.ways, *((but(row.record, 报修=at),) for at in _any_call(file))]
        row.why = "a call that can't be read may be after its repair"
    if column in NAMES:
        row.taken = [*row.ways, (but(row.record, **{column: None}),)]
        row.why = "a name that can't be read may be a blank"


_BAD = {
    "受理": ("待补", "3/5/2022", "2月某日", "2022-02-30 09:00", "昨天"),
    "日期": ("待补", "3/5/2022", "2022-02-30", "?", "2022-02-10 23:59:17"),
    "响应": ("待补", "上午", "2022-13-01 09:00"),
    "关闭": ("待补", "2022-02-30", "3/5/2022"),
    "状态": ("完结", "完成?", "已处理", "同上"),
    "项目": ("同上", "〃"),
    "类别": ("同上", "〃"),
    "人员": ("同上",),
    "时长": ("半小时", "约30", "--"),
    "数量": ("若干", "3个", "--"),
    "合格": ("若干", "全部", "/"),
    "金额": ("约12", "12吨", "-5"),
    "比例": ("95", "较高", "97左右"),
    "得分": ("良好", "11", "/"),
    "报修": ("待补", "3/5/2022", "2月某日", "昨天"),
    "修复": ("待补", "上午", "2022-13-01 09:00"),
    "回访日": ("待补", "3/5/2022", "2022-02-30"),
    "设备": ("同上", "〃"),
    "机器": ("同上",),
    "级别": ("紧急", "?", "同上"),
    "缓急": ("紧急", "?"),
    "费用": ("约12", "12吨", "-5"),
    "偏差": ("若干", "+-1", "--"),
    "备注": ("同上", "〃"),
    "涉及": ("同上", "〃"),
    "挂起": ("半小时", "约30", "--"),
    "达标": ("大概", "?"),
    "评分": ("良好", "11", "/"),
    "限时": ("半小时", "--"),
    "在用": ("大概", "?"),
    "班组": ("三班", "?"),
}
TELLING = (
    "状态", "关闭", "响应", "数量", "金额", "得分", "时长", "比例", "项目", "类别", "修复", "设备", "级别", "费用", "偏差", "备注", "涉及",
    "挂起", "达标", "机器", "评分", "限时", "在用", "缓急", "班组",
)  # fmt: skip
"""Columns that may be what a row is asked for."""
CALLS_MAY_BE_BLANK = ("修复", "级别", "费用", "偏差", "备注", "涉及", "挂起", "达标", "评分", "限时", "班组")
SPANNED = tuple(f"w_{name}" for name in (
    "if_where", "days", "hours", "overlap", "overlap_where", "workdays", "workdays_sum", "worktime", "worktime_where", "by_table",
    "by_register", "by_blank", "percentile_span", "union",
))  # fmt: skip
"""Shapes that ask for the time between two moments."""
BY_END = ("w_repaired", "w_repaired_cost")
"""Shapes that count by the day on which something ended."""
NAMES = ("项目", "类别", "人员", "设备", "机器")


@slip("unreadable cell")
def _unreadable(world: World, rng: random.Random) -> bool:
    if found := a_row(world, rng, _BAD):
        file, row, column = found
        row.cells[column] = rng.choice(_BAD[column][: 1 if column in world.declared else None])
        unreadable(file, row, column, world)
    return bool(found)


@slip("blank group or name")
def _blank_name(world: World, rng: random.Random) -> bool:
    if found := a_row(world, rng, NAMES):
        _, row, column = found
        row.cells[column] = ""
        row.ways = [(but(row.record, **{column: None}),)]
    return bool(found)


# ---- cells


def has(world: World, *shapes: str) -> bool:
    return any(one.shape.id in shapes for one in world.indicators)


def early_is_normal(world: World, ledger: str) -> bool:
    """Whether a ledger's rows from before their file's time are: it is declared, or all are counted up to a day."""
    own = {
        measure.window
        for one in world.indicators
        for measure in one.shape.measures.values()
        if measure.ledger == ledger
    }
    return bool(world.more.get(ledger)) or own == {"until_end"}


@slip("blank required cell")
def _blank_required(world: World, rng: random.Random) -> bool:
    if found := a_row(world, rng, ("受理", "日期", "状态", "报修", "回访日")):
        file, row, column = found
        row.cells[column] = ""
        unreadable(file, row, column, world)
    return bool(found)


@slip("blank amount")
def _blank_amount(world: World, rng: random.Random) -> bool:
    """In a plain sum nothing, in a mean left out, in arithmetic unknown."""
    columns = {"金额", "得分", "时长", "响应", "关闭", "比例", "数量", *CALLS_MAY_BE_BLANK}
    columns -= {"数量"} if has(world, "good", "good_mean") else set()
    columns -= {"金额"} & world.declared.keys()
    columns -= {"金额", "数量"} if has(world, "worth") and has(world, "money") else set()
    columns -= {"得分"} if has(world, "score_of_all") else set()
    if found := a_row(world, rng, sorted(columns)):
        _, row, column = found
        row.cells[column] = ""
        known = not (
            (column in ("金额", "数量") and has(world, "worth")) or (column == "数量" and has(world, "machine_days"))
        )
        row.ways = [(but(row.record, **{column: value}),) for value in ((None,) if known else (0, HUGE))]
    return bool(found)


@slip("error value")
def _error(world: World, rng: random.Random) -> bool:
    if found := a_row(world, rng, [name for name in _BAD if name not in ("受理", "日期", "报修", "回访日")]):
        file, row, column = found
        row.cells[column] = rng.choice(("#N/A", "#REF!", "#DIV/0!"))
        file.errors.append((row, column))
        unreadable(file, row, column, world)
    return bool(found)


@slip("year mistyped")
def _wrong_year(world: World, rng: random.Random) -> bool:
    dates = {"受理": "tickets", "日期": "stock", "报修": "calls", "回访日": "visits"}
    dated = [column for column, ledger in dates.items() if not early_is_normal(world, ledger)]
    found = None if has(world, "answered_first") else a_date(world, rng, dated)
    if found:
        file, row, column = found
        typed = row.record[column].replace(year=rng.choice((2012, 2020, 2032, 2202)))
        row.cells[column] = text_of(typed)
        ways = [one for one in anything(file, row.record, column, world) if one[column] is not OUTSIDE]
        if column == "受理" and typed.year > YEAR:  # then what follows lies before it, and isn't believed
            ways = _anywhere(file, row.record, column, world, date.max)
        if file.ledger.fresh:
            unreadable(file, row, column, world)
            row.ways = [(one,) for one in (*ways, but(row.record, **{column: typed}))]
            return True
        spans = [None] if row.record.get("响应") is None else [timedelta(minutes=1), timedelta(99)]
        own = (
            [but(row.record, **{column: typed})]
            if column == "日期"
            else [but(row.record, 受理=typed, 响应=span and typed + span) for span in spans]
        )
        row.ways = [(one,) for one in (*ways, *own)]
    return bool(found)


def a_date(
    world: World, rng: random.Random, columns: Iterable[str] = ("受理", "日期", "报修", "回访日")
) -> tuple[File, Row, str] | None:
    """A row, and its date column."""
    names = set(columns)
    found = [
        (one, row, one.ledger.date)
        for one in world.files
        if one.plain
        and one.ledger.date in names
        and len(one.rows) > 2
        and all(row.free or row.ways for row in one.rows)
        for row in one.rows
        if row.free
    ]
    spoilt = {id(one) for one in world.files if sum(not row.free for row in one.rows) > 0}
    found = [one for one in found if id(one[0]) not in spoilt]
    if not found:
        return None
    file, row, name = rng.choice(found)
    row.free = False
    return file, row, name


def _dated(row: Row, column: str, day: date, follows: Iterable[str]) -> None:
    """The row on another day, as it should be written; what comes after it moves, too."""
    old = row.record[column]
    at = old.replace(year=day.year, month=day.month, day=day.day)
    changes = {column: at}
    for name in follows:
        if row.record[name] is not None:
            changes[name] = row.record[name] + (at - old)
    row.ways = [(but(row.record, **changes),)]
    row.cells |= {name: text_of(value, name) for name, value in changes.items()}


@slip("date far from the file's time")
def _far(world: World, rng: random.Random) -> bool:
    found = a_date(world, rng)
    if not found or len(found[0].months) == 12:
        return False
    file, row, column = found
    far = [m for m in range(1, 13) if all(abs(m - month) > 2 for _, month in file.months)]
    _dated(row, column, date(YEAR, rng.choice(far), 15), file.ledger.follows)
    return True


@slip("date next to the file's time")
def _next(world: World, rng: random.Random) -> bool:
    found = a_date(world, rng)
    if not found:
        return False
    file, row, column = found
    start = first_day(file.months[0])
    _dated(
        row,
        column,
        rng.choice((start - timedelta(rng.randint(1, 20)), day_after(file.months[-1]) + timedelta(3))),
        file.ledger.follows,
    )
    if row.record[column].year < YEAR and (file.ledger.id == "calls" or file.ledger.id in world.last_year):
        world.last_year.setdefault(file.ledger.id, set()).add(file.department)
    return True


@slip("date without its year")
def _no_year(world: World, rng: random.Random) -> bool:
    if found := a_date(world, rng):
        file, row, column = found
        at = row.record[column]
        row.cells[column] = f"{at.month}月{at.day}日" + (f" {at:%H:%M}" if isinstance(at, datetime) else "")
        if isinstance(at, datetime):
            row.taken = [(one,) for one in anything(file, row.record, column, world)]
            row.why = "a day without its year is read, but not with a time"
    return bool(found)


@slip("day without a time")
def _day_only(world: World, rng: random.Random) -> bool:
    """Any moment of the day; what was answered on the same day may have been in time or not."""
    found = a_row(world, rng, ("响应", "受理", "报修", "修复"))
    if not found:
        return False
    file, row, column = found
    name, follows = file.ledger.date, file.ledger.follows[0]
    if row.record[follows] is None or not has(world, "in_time", "mean_answer", *SPANNED):
        return False
    row.cells[column] = row.cells[column][:10]
    received, answered = row.record[name], row.record[follows]
    midnight = datetime(*row.record[column].timetuple()[:3])
    moments = [midnight + timedelta(hours=hour) for hour in (0, 7, 9, 13, 19, 23.9)]
    least, most = (received, midnight + timedelta(1)) if column == follows else (midnight, answered)
    kept = [at for at in (*moments, max(least, midnight), min(most, moments[-1])) if least <= at <= most]
    row.ways = [(but(row.record, **{column: at}),) for at in dict.fromkeys(kept)]
    return True


@slip("answered before it was received")
def _backwards(world: World, rng: random.Random) -> bool:
    found = a_row(world, rng, ("响应", "修复"))
    if not found or not has(world, "in_time", "mean_answer", *SPANNED):
        return False
    file, row, column = found
    row.cells[column] = text_of(row.record[file.ledger.date] - timedelta(hours=rng.choice((2, 12, 24))))
    row.ways = [(one,) for one in anything(file, row.record, column, world) if one[column] is not None]
    return True


@slip("a date that stands for never")
def _never(world: World, rng: random.Random) -> bool:
    if found := a_row(world, rng, ("关闭", "修复")):
        _file, row, column = found
        day = rng.choice((date(2099, 12, 31), date(9999, 12, 31)))
        row.cells[column] = day.isoformat()
        there = datetime(day.year, day.month, day.day) if column == "修复" else day
        row.ways = [(but(row.record, **{column: value}),) for value in (None, there)]
    return bool(found)


@slip("a program's date for none")
def _epoch(world: World, rng: random.Random) -> bool:
    if found := a_row(world, rng, ("响应", "关闭", "修复")):
        file, row, column = found
        row.cells[column] = rng.choice(("1970-01-01", "1900-01-01", "1970-01-01 08:00"))
        unreadable(file, row, column, world)
    return bool(found)


@slip("units and forms that are understood")
def _understood(world: World, rng: random.Random) -> bool:
    if found := a_row(world, rng, ("时长", "比例", "金额", "日期", "状态", "响应", "修复", "费用", "挂起")):
        _, row, column = found
        value = row.record[column]
        if value is None:
            return False
        match column:
            case "时长" | "挂起":
                minutes = value // MINUTE
                forms = (f"{minutes}分钟", f"{minutes // 60}小时{minutes % 60}分", f"{minutes // 60}:{minutes % 60:02}")
            case "比例":
                forms = (f"{value * 100}%", f"{float(value)}")
            case "金额" | "费用":
                forms = (f"{float(value):.2f}", f"{float(value):,.2f}")
            case "状态":
                forms = ("已完成", " 完成 ") if value == "完成" else (f"{value} ",)
            case "响应" | "修复":
                forms = (f"{value:%Y/%m/%d %H:%M:%S}", f"{value.year}年{value.month}月{value.day}日 {value:%H:%M}")
            case _:
                forms = (
                    f"{value:%Y%m%d}",
                    f"{value.year}/{value.month}/{value.day}",
                    str((value - date(1899, 12, 30)).days),
                )
        row.cells[column] = rng.choice(forms)
    return bool(found)


@slip("a name in another width or with blanks around")
def _folded(world: World, rng: random.Random) -> bool:
    if found := a_row(world, rng, NAMES):
        _, row, column = found
        text = row.cells[column]
        wide = text.translate({ord(a): ord(a) + 0xFEE0 for a in "0123456789"})
        row.cells[column] = rng.choice((f" {text}", f"{text}\u200b", f"{text}\u3000", wide))
    return bool(found)


@slip("a name with a blank inside")
def _inner_blank(world: World, rng: random.Random) -> bool:
    """The same name, or one of its own; only where the other spelling is the common one."""
    found = a_row(world, rng, ("项目", "人员", "设备", "机器"))
    if not found or not found[1].record[found[2]]:
        return False
    file, row, column = found
    text = row.record[column]
    if (
        sum(text == other.cells.get(column) for one in world.files if one.ledger is file.ledger for other in one.rows)
        < 4
    ):
        return False
    row.cells[column] = f"{text[:1]} {text[1:]}"
    row.taken = [(one,) for one in anything(file, row.record, column, world)]
    row.why = "a name that differs in a blank may be any name"
    row.ways = [(but(row.record, **{column: name}),) for name in (text, row.cells[column])]
    return True


@slip("a remark in what is compared")
def _remark(world: World, rng: random.Random) -> bool:
    if not has(world, "grave") or has(world, "good_mean"):
        return False
    if found := a_row(world, rng, ("类别",)):
        _, row, _ = found
        row.cells["类别"] = rng.choice(("重大。", "重大(一级)", "重大!"))
        row.ways = [(but(row.record, 类别=name),) for name in ("重大", NEW)]
    return bool(found)


@slip("a part above its whole")
def _above(world: World, rng: random.Random) -> bool:
    """One of the two was mistyped, and nobody knows which."""
    if has(world, "worth", "machine_days") or not has(world, "good", "good_mean"):
        return False
    if found := a_row(world, rng, ("合格", "数量")):
        _, row, _ = found
        part, whole = row.record["数量"] + rng.randint(1, 20), row.record["数量"]
        row.cells["合格"] = str(part)
        pairs = ((0, whole), (whole, whole), (0, 0), (0, HUGE), (HUGE, HUGE))
        row.ways = [(but(row.record, 合格=top, 数量=base),) for top, base in pairs]
    return bool(found)


@slip("a number merged over rows")
def _merged(world: World, rng: random.Random) -> bool:
    found = a_row(world, rng, ("数量", "金额", "时长", "费用", "偏差", "挂起"))
    if not found or found[1].record[found[2]] is None:
        return False
    file, row, column = found
    at = file.rows.index(row)
    if at + 1 == len(file.rows) or not file.rows[at + 1].free or (column == "数量" and has(world, "good", "good_mean")):
        return False
    below = file.rows[at + 1]
    below.free = False
    below.cells[column] = ""
    file.merged.append((row, below, column))
    for one in (row, below):
        unreadable(file, one, column, world)
    return True


# ---- rows


@slip("hidden row")
def _hidden(world: World, rng: random.Random) -> bool:
    file = a_file(world, rng, 1)
    if not file or "hidden: skip" in world.more.get(file.ledger.id, ""):
        return False
    file.hidden.append(rng.choice(file.rows))
    return True


@slip("key blank or lost")
def _keyless(world: World, rng: random.Random) -> bool:
    if (found := a_row(world, rng, TELLING)) and found[0].ledger.key not in world.reads:
        file, row, _ = found
        row.cells[file.ledger.key] = rng.choice(("", "", "2.02207E+11", "2.0220705E+17"))
        row.ways = [(row.record,), ()]
    return bool(found)


@slip("an example row with a record")
def _example(world: World, rng: random.Random) -> bool:
    if (found := a_row(world, rng, TELLING)) and found[0].ledger.key not in world.reads:
        file, row, _ = found
        row.cells[file.ledger.key] = f"【示例】{row.cells[file.ledger.key]}"
        row.ways = [(row.record,), ()]
    return bool(found)


def other_row(world: World, rng: random.Random, file: File, row: Row, *, same_day: bool) -> Row | None:
    """A row of the same key whose contents differ in what is read; on another day if not `same_day`. None where the
    dice don't give one."""
    key = file.ledger.key
    if file.ledger.date not in file.ledger.columns:  # as of a day: there is one only
        return _other_line(rng, file, row) if same_day else None
    for _ in range(30):
        made = new_row(rng, file, row.cells[key], rng.choice(file.months[:1]))
        kept = [file.ledger.date] * same_day + [*file.ledger.keys]
        record = made.record | {name: row.record[name] for name in kept}
        if file.ledger.follows and same_day:
            shift = row.record[file.ledger.date] - made.record[file.ledger.date]
            for name in file.ledger.follows:
                record[name] = record[name] and record[name] + shift
        days = [one[file.ledger.date].strftime("%m%d") for one in (record, row.record)]
        if (
            any(record[name] != row.record[name] for name in world.reads & record.keys())
            and (days[0] == days[1]) == same_day
        ):
            return Row(
                {name: text_of(value, name) for name, value in record.items() if name != WHO}, [(record,)], free=False
            )
    return None


def _other_line(rng: random.Random, file: File, row: Row) -> Row | None:
    """A line of a list with the key of another one."""
    for _ in range(30):
        made = new_row(rng, file, row.cells[file.ledger.key], file.months[0])
        record = made.record | {file.ledger.date: row.record[file.ledger.date]}
        if record != row.record:
            return Row({name: text_of(record[name], name) for name in file.ledger.columns}, [(record,)], free=False)
    return None


@slip("one key with other contents")
def _conflict(world: World, rng: random.Random) -> bool:
    found = a_row(world, rng, TELLING)
    if not found or "latest:" in world.more.get(found[0].ledger.id, ""):
        return False  # the ledger says which one holds
    file, row, _ = found
    same = rng.random() < 0.5
    other = other_row(world, rng, file, row, same_day=same)
    if other is None:
        return False
    ways: list[Way] = [(row.record,), (other.record,)]
    row.ways, other.ways = [*ways, *([] if same else [(row.record, other.record)])], None
    file.rows.insert(rng.randint(0, len(file.rows)), other)
    return True


@slip("a key that differs in a dash or blank")
def _near_key(world: World, rng: random.Random) -> bool:
    found = a_row(world, rng, TELLING)
    if not found:
        return False
    file, row, _ = found
    other = other_row(world, rng, file, row, same_day=rng.random() < 0.5)
    if other is None or file.ledger.key in world.reads:
        return False
    key = file.ledger.key
    other.cells[key] = rng.choice(
        (f"{row.cells[key][:2]}-{row.cells[key][2:]}", f"{row.cells[key][:2]} {row.cells[key][2:]}")
    )
    row.ways, other.ways = [(row.record,), (other.record,), (row.record, other.record)], None
    row.taken = [row.ways[0], row.ways[2]]
    row.why = "of two keys that differ in a dash, the first row's contents are thought certain"
    file.rows.append(other)
    return True


@slip("a row twice")
def _twice(world: World, rng: random.Random) -> bool:
    if file := a_file(world, rng, 1):
        row = rng.choice(file.rows)
        if not row.free:
            return False
        row.free = False
        file.rows.insert(rng.randint(0, len(file.rows)), Row(dict(row.cells), None, free=False))
    return bool(file)


@slip("several records in a row")
def _several(world: World, rng: random.Random) -> bool:
    kinds = {measure.kind for one in world.indicators for measure in one.shape.measures.values()}
    found = a_row(world, rng, ("状态", "关闭", "响应", "类别", "项目")) if kinds <= {"count", "distinct"} else None
    if not found:
        return False
    file, row, _ = found
    row.cells[file.ledger.key] += rng.choice(("、A7、A8", "~39", "等3起"))
    own = row.record
    row.ways = [(own,) * times for times in (1, 2, 3, 5, 2000)]
    others = [but(own, **{column: name}) for column, names in file.ledger.names.items() for name in names]
    others += [but(own, 响应=None, 关闭=None)] if file.ledger is TICKETS else []
    row.taken = [*row.ways, *(way for other in others for way in ((own, *[other] * 2000), (other,) * 2000))]
    row.why = "of several records in a row, the others may be anything"
    return True


@slip("a total with a date")
def _dated_total(world: World, rng: random.Random) -> bool:
    file = a_file(world, rng, 3)
    if not file or file.ledger.fresh or not all(row.free for row in file.rows):
        return False
    last = file.rows[-1].record
    numbers = ("数量", "合格", "金额") if file.ledger is STOCK else ("时长",)
    record: Record = dict.fromkeys(last)
    record |= {file.ledger.date: last[file.ledger.date], WHO: file.department}
    record |= {name: sum(row.record[name] for row in file.rows) for name in numbers}
    cells = {name: text_of(value, name) for name, value in record.items() if name != WHO}
    cells[file.ledger.key] = rng.choice(("合计", "小计", "本期累计", "上月结转", "全年合计"))
    ways: list[Way] = [(), (record,)]
    if file.ledger is TICKETS:
        ways = [(), *((but(record, 状态=value),) for value in TICKETS.names["状态"])]
    file.rows.append(Row(cells, ways, free=False))
    return True


@slip("lines below that are no records")
def _below(world: World, rng: random.Random) -> bool:
    if file := a_file(world, rng, 3):
        blank = [""] * len(file.headings)
        numbers = {"数量", "时长", "费用", "评分", "限时"}
        number = next(at for at, (name, _) in enumerate(file.headings) if name in numbers)
        total = ["合计" if at == 0 else "0" if at == number else "" for at in range(len(blank))]
        file.below = [*rng.choice(([], [blank])), total, *rng.choice(([["制表:质量组"]], [["备注:以上为全部"]], []))]
    return bool(file)


@slip("a remark in two cells below")
def _remark_below(world: World, rng: random.Random) -> bool:
    file = a_file(world, rng, 3)
    if not file or file.ledger is not TICKETS or file.below:
        return False
    nothing: Record = dict.fromkeys(file.rows[0].cells) | {WHO: file.department}
    row = Row({"编号": "备注:", "受理": "以上为全部"}, [()], free=False)
    dated = [one for state in TICKETS.names["状态"] for one in anything(file, but(nothing, 状态=state), "受理", world)]
    row.taken, row.why = [(), *((one,) for one in dated)], "备注: is a record where a cell stands beside it"
    file.rows.append(row)
    return True


@slip("parent and parts")
def _parent(world: World, rng: random.Random) -> bool:
    found = a_file(world, rng, 3)
    if not found or found.ledger.key in world.reads or not all(row.free for row in found.rows):
        return False
    for row, number in zip(found.rows, ("7001", "7001.1", "7001.2"), strict=False):
        row.cells[found.ledger.key] = number
        row.free = False
    found.rows[0].ways = [(found.rows[0].record,), ()]
    return True


# ---- whole files


def whole(world: World, rng: random.Random, least: int = 1, most_months: int = 12) -> File | None:
    """A file in which no row has a slip; it is taken."""
    found = [
        one
        for one in world.files
        if one.plain and len(one.rows) >= least and all(row.free for row in one.rows) and len(one.months) <= most_months
    ]
    if not found:
        return None
    file = rng.choice(found)
    file.plain = False
    return file


def beside(world: World, file: File, stem: str, rows: list[Row], proves: Iterable[Month] = ()) -> File:
    """Another file of the same department and time."""
    made = File(
        file.ledger, file.department, stem, file.months, set(proves), rows, headings=list(file.headings), plain=False
    )
    world.files.append(made)
    return made


def said_again(file: File) -> list[Row]:
    """The file's rows once more; the first ones speak for them."""
    return [Row(dict(row.cells), None, free=False) for row in file.rows]


@slip("a file is lacking")
def _lacking(world: World, rng: random.Random) -> bool:
    if file := whole(world, rng):
        world.files.remove(file)
    return bool(file)


@slip("a void file beside the good one")
def _void_beside(world: World, rng: random.Random) -> bool:
    file = whole(world, rng)
    if file:
        rows = [new_row(rng, file, f"{file.department[0]}V{at}", file.months[0]) for at in (41, 42)]
        for row in rows:
            row.ways = [(row.record,), ()]
        beside(world, file, f"{file.stem}_{rng.choice(('作废', '误报', '旧', '草稿'))}", rows)
    return bool(file)


@slip("the only file is called void")
def _void(world: World, rng: random.Random) -> bool:
    file = whole(world, rng)
    if file:
        file.stem += rng.choice(("_作废", "(撤回)", "_测试数据", "_备份"))
        file.proves = set()
        for row in file.rows:
            row.ways = [(row.record,), ()]
    return bool(file)


@slip("a name that asks what time it is")
def _asks(world: World, rng: random.Random) -> bool:
    file = whole(world, rng)
    if file:
        more = ["_第一部分", "_部分", "(一)", "_上旬", *(["-Q4"] if not file.stem.endswith("2022") else [])]
        file.stem = rng.choice((f"{file.ledger.name}_修订", *(file.stem + one for one in more)))
        file.proves = set()
    return bool(file)


@slip("another period's name")
def _other_period(world: World, rng: random.Random) -> bool:
    """The rows count where they lie; of the name's time nothing is proven, nor of their own."""
    file = whole(world, rng, most_months=3)
    if file:
        ahead = 4 if len(file.months) == 1 else 6
        last = file.months[-1][1] + ahead
        if last > 12:
            last = file.months[-1][1] - ahead
        if last < len(file.months):
            return False
        file.stem = (
            f"{file.ledger.name}_2022-{last:02}_乙组"
            if len(file.months) == 1
            else f"{file.ledger.name}_2022Q{last // 3}_乙组"
        )
        file.proves = set()
    return bool(file)


@slip("a copy of a file")
def _copy(world: World, rng: random.Random) -> bool:
    file = whole(world, rng)
    if file:
        beside(world, file, file.stem + rng.choice(("(1)", "_副本", " (2)", "_终稿")), said_again(file))
    return bool(file)


@slip("sent again with rows taken out")
def _taken_out(world: World, rng: random.Random) -> bool:
    file = whole(world, rng, 4)
    if file:
        again = said_again(file)
        gone = rng.randrange(len(again))
        del again[gone]
        beside(world, file, file.stem + rng.choice(("_V2", "(1)", "_修订稿")), again)
        file.rows[gone].ways = [(file.rows[gone].record,), ()]
    return bool(file)


@slip("two versions, each with a row of its own")
def _versions(world: World, rng: random.Random) -> bool:
    file = whole(world, rng, 4)
    if file:
        again = said_again(file)
        gone = rng.randrange(len(again))
        again[gone] = new_row(rng, file, f"{file.department[0]}W51", file.months[0])
        beside(world, file, file.stem + rng.choice(("_V2", "(1)", "_修订稿")), again)
        for row in (file.rows[gone], again[gone]):
            row.ways = [(row.record,), ()]
    return bool(file)


@slip("one file of two departments")
def _two_departments(world: World, rng: random.Random) -> bool:
    pairs = [
        (one, other)
        for one in world.files
        for other in world.files
        if one.ledger is other.ledger and one.months == other.months and one.department < other.department
        and all(file.plain and all(row.free for row in file.rows) for file in (one, other))
    ]  # fmt: skip
    if not pairs:
        return False
    one, other = rng.choice(pairs)
    world.files.remove(other)
    made = beside(world, one, one.stem, said_again(one))
    made.department = other.department
    one.plain, one.proves = False, set()
    for row in one.rows:
        own = row.record
        row.ways = [(own,), (but(own, **{WHO: other.department}),)]
        row.taken, row.why = [row.ways[0]], "one file of two departments is certainly the first one's"
    return True


@slip("a title that says less")
def _title(world: World, rng: random.Random) -> bool:
    file = whole(world, rng, 4)
    if not file or len(file.months) < 3:
        return False
    last = file.months[-1][1] - 1
    first = file.months[0][1]
    if sum(row.record[file.ledger.date].month <= last for row in file.rows) * 3 < len(file.rows) * 2:
        return False
    file.above = rng.choice(([[f"统计期间:2022年{first}月-{last}月"]], [["统计期间", f"2022年{first}月-{last}月"]]))
    file.proves = {month for month in file.proves if month[1] <= last}
    return True


@slip("a title and what it says besides")
def _harmless_title(world: World, rng: random.Random) -> bool:
    if file := whole(world, rng):
        month = file.months[-1][1]
        file.above = [
            [rng.choice((file.ledger.name, "公司记录", f"2022年{month}月" if len(file.months) == 1 else "运维台账"))],
            [],
        ]
    return bool(file)


@slip("tabs of months")
def _tabs(world: World, rng: random.Random) -> bool:
    """All of them well, or one whose headings nobody knows."""
    file = whole(world, rng, 4)
    if not file or len(file.months) != 3:
        return False
    lost = rng.choice((None, None, *file.months))
    world.files.remove(file)
    months = {id(row): row.record[file.ledger.date].month for row in file.rows}
    for month in file.months:
        rows = [row for row in file.rows if months[id(row)] == month[1]]
        tab = beside(world, file, file.stem, rows, [month])
        tab.sheet = rng.choice((f"{month[1]}月", f"2022年{month[1]}月"))
        if month == lost:
            tab.headings = [(name, f"第{at}列") for at, (name, _) in enumerate(tab.headings)]
            tab.proves = set()
            for row in rows:
                row.ways = [()]
    return True


@slip("saved before the end")
def _saved(world: World, rng: random.Random) -> bool:
    file = whole(world, rng)
    if not file or "carries" in world.more.get(file.ledger.id, ""):
        return False
    day = max(row.record[file.ledger.date] for row in file.rows)
    last = (day.date() if isinstance(day, datetime) else day) + timedelta(1)
    for name in file.ledger.follows:
        days = [row.record[name] for row in file.rows if row.record[name]]
        last = max(last, *(date(one.year, one.month, one.day) + timedelta(1) for one in days), last)
    if last >= day_after(file.months[-1]) - timedelta(8):
        return False
    file.until = last
    if rng.random() < 0.5:
        file.saved = last
    else:
        file.stem += f"_{last:%Y%m%d}导出"
    file.proves = {month for month in file.proves if day_after(month) - timedelta(8) <= last}
    return True


@slip("a file of a later time")
def _later(world: World, rng: random.Random) -> bool:
    """As of the day it isn't there, nor what it says of earlier records."""
    file = whole(world, rng)
    last = months_of(world.asked)[-1]
    if not file or last[1] > 9 or has(world, "closed_to_opened", *BY_END):
        return False
    month = (YEAR, last[1] + 2)
    rows = [new_row(rng, file, f"{file.department[0]}L{at}", month) for at in (61, 62, 63)]
    if rows[0].record[file.ledger.date].month != month[1]:
        return False
    if rng.random() < 0.5:
        rows[0].cells[file.ledger.key] = file.rows[0].cells[file.ledger.key]
    for row in rows:
        row.ways = [()]
    made = beside(world, file, f"{file.ledger.name}_2022-{month[1]:02}", rows)
    made.months = [month]
    return True


@slip("nothing happened")
def _nothing(world: World, rng: random.Random) -> bool:
    file = whole(world, rng)
    if file:
        line = rng.choice(([], ["无"], ["/"], ["本月未发生"]))
        file.rows, file.below = [], [[*line, *[""] * (len(file.headings) - len(line))]] if line else []
    return bool(file)


@slip("a file just outside of where files are read")
def _near_file(world: World, rng: random.Random) -> bool:
    file = whole(world, rng)
    if file:
        file.readable, file.proves = False, set()
        for row in file.rows:
            row.ways = [()]
    return bool(file)


# ---- columns


@slip("a column that is not there")
def _no_column(world: World, rng: random.Random) -> bool:
    """Missing, there twice, or with another unit or meaning in its heading: nobody knows what stands in it."""
    file = whole(world, rng)
    if not file:
        return False
    names = sorted(
        (world.reads & file.ledger.columns.keys())
        - {file.ledger.date, file.ledger.key, *file.ledger.keys, *NAMES, "关闭"}
    )
    if not names or len(file.rows) > 6:
        return False
    name = rng.choice(names)
    at = [column for column, _ in file.headings].index(name)
    unit = {
        "时长": "时长(小时)",
        "金额": "金额(万元)",
        "数量": "数量(箱)",
        "响应": "响应(计划)",
        "合格": "上年合格",
        "得分": "得分(要求)",
    }
    how = rng.choice(("gone", "twice", "renamed", "beside"))
    if how == "gone" or not any(row.cells[name] for row in file.rows):
        del file.headings[at]
    elif how == "beside":
        file.headings.append(("beside", f"实际{name}"))
        for row in file.rows:
            row.cells["beside"], row.cells[name] = row.cells[name], ""
    elif how == "twice":
        file.headings.append((name, name))
    else:
        file.headings[at] = (name, unit.get(name, f"第{at}列"))
    for row in file.rows:
        unreadable(file, row, name, world)
    return True


@slip("headings that say the same")
def _same_headings(world: World, rng: random.Random) -> bool:
    if file := whole(world, rng):
        other = {
            "时长": "时长(分钟)", "数量": "数量(个)", "合格": "合格(件)", "受理": "受理(精确到分)", "状态": "*状态", "项目": " 项 目 ",
            "单号": "单号:", "比例": "比例(%)",
        }  # fmt: skip
        file.headings = [(name, other.get(name, name) if rng.random() < 0.7 else name) for name, _ in file.headings]
        rng.shuffle(file.headings)
        if ("比例", "比例(%)") in file.headings and rng.random() < 0.5:
            for row in file.rows:
                row.cells["比例"] = row.cells["比例"].rstrip("%")
    return bool(file)


@slip("a title with another unit")
def _unit_above(world: World, rng: random.Random) -> bool:
    file = whole(world, rng)
    if not file or file.ledger is not TICKETS or len(file.rows) > 6:
        return False
    file.above = [["单位:小时"]]
    for row in file.rows:
        unreadable(file, row, "时长", world)
    return True


# ---- numbers


@slip("running numbers that begin anew")
def _running(world: World, rng: random.Random) -> bool:
    """One record or as many as rows; or, where the catalogue says the scope, as many as rows."""
    if not world.files:
        return False
    ledger = rng.choice(world.files).ledger
    files = [one for one in world.files if one.ledger is ledger]
    if (
        ledger.key in world.reads
        or not 2 <= len(files) <= 3
        or len({one.department for one in files}) > 1
        or world.more.get(ledger.id)
    ):
        return False
    if not all(one.plain and all(row.free for row in one.rows) for one in files):
        return False
    declared = rng.random() < 0.4
    if declared:
        scopes = ["file", "month"] if all(len(one.months) == 1 for one in files) else ["file"]
        world.more[ledger.id] = f"key_scope: {rng.choice(scopes)}"
    for one in files:
        one.plain = False
        for at, row in enumerate(one.rows, 1):
            row.cells[ledger.key] = str(at)
    for at in range(max(len(one.rows) for one in files)) if not declared else ():
        rows = [one.rows[at] for one in files if at < len(one.rows)]
        chosen = [[row.record for bit, row in enumerate(rows) if mask >> bit & 1] for mask in range(1, 2 ** len(rows))]
        for row in rows[1:]:
            row.ways = None
        rows[0].ways = [tuple(way) for way in chosen]
        rows[0].taken = [way for way in rows[0].ways if len(way) in (1, len(rows))]
        rows[0].why = "three rows of one number are thought to be one record or three, never two"
    return True


@slip("a blank that a later file fills in")
def _filled(world: World, rng: random.Random) -> bool:
    """The record's later state."""
    tickets = [one for one in world.files if one.ledger is TICKETS and one.plain and all(row.free for row in one.rows)]
    pairs = [
        (one, other) for one in tickets for other in tickets
        if one.department == other.department and one.months[-1][1] + 1 == other.months[0][1]
    ]  # fmt: skip
    if not pairs:
        return False
    one, other = rng.choice(pairs)
    one.plain = other.plain = False
    row = one.rows[0]
    month = one.months[-1]
    _dated(row, "受理", date(month[0], month[1], 20), TICKETS.follows)
    record = but(row.record, 关闭=None)
    later = but(record, 关闭=date(other.months[0][0], other.months[0][1], 9))
    row.cells["关闭"] = ""
    row.ways = [(later,)]
    other.rows.append(Row({name: text_of(later[name], name) for name in row.cells}, None, free=False))
    return True


@slip("a rule that a row breaks")
def _check(world: World, rng: random.Random) -> bool:
    if "stock" not in world.ledgers or world.more.get("stock") or has(world, "good", "good_mean", "worth"):
        return False
    rows = [row for one in world.files if one.ledger is STOCK and one.plain for row in one.rows]
    if not rows or not all(row.free for row in rows):
        return False
    world.more["stock"] = "checks: [{rule: 金额 < 1000, says: 金额过大}]"
    if found := a_row(world, rng, ("金额",)):
        file, row, _ = found
        row.cells["金额"] = "4500"
        unreadable(file, row, "金额", world)
    return True


# ---- what stands beside or below


@slip("headings once more, in another order")
def _reordered(world: World, rng: random.Random) -> bool:
    file = whole(world, rng, 4)
    if file:
        names = [name for name, _ in file.headings]
        rng.shuffle(names)
        rest = file.rows[2:]
        file.rows, file.elsewhere = file.rows[:2], rest
        file.below = [names, *([row.cells[name] for name in names] for row in rest)]
    return bool(file)


@slip("another table below")
def _other_table(world: World, rng: random.Random) -> bool:
    """Nobody moves a ledger's records there; but its rows may be some, though its title and headings are none."""
    file = whole(world, rng, 3)
    if not file or file.ledger is not TICKETS:
        return False
    day = first_day(file.months[0]) + timedelta(10)
    record: Record = dict.fromkeys(file.ledger.columns) | {WHO: file.department}
    record |= {"受理": datetime(day.year, day.month, day.day, 9), "响应": datetime(day.year, day.month, day.day, 10)}
    file.below = [
        [],
        ["未了事项跟踪"],
        ["事项编号", "要求日期", "跟踪人", "进展"],
        ["GZ1", day.isoformat(), "丙", "尚未"],
    ]
    may = [but(record, 状态=state) for state in TICKETS.names["状态"]]
    may = [
        two
        for one in may
        for three in anything(file, one, "响应", world)
        for two in anything(file, three, "关闭", world)
    ]
    file.elsewhere = [Row({}, [(), *((one,) for one in may)], free=False)]
    return True


@slip("a sheet beside the ledger's")
def _sheet_beside(world: World, rng: random.Random) -> bool:
    file = whole(world, rng, 3)
    if file:
        file.sheet = file.ledger.name
        extra = new_row(rng, file, f"{file.department[0]}B71", file.months[0])
        extra.ways = [(extra.record,), ()]
        made = beside(world, file, file.stem, [*said_again(file)[:2], extra])
        made.sheet = rng.choice(("备份", "Sheet2", "补充"))
    return bool(file)


@slip("a form numbered in advance")
def _numbered(world: World, rng: random.Random) -> bool:
    if file := whole(world, rng, 3):
        key = file.rows[-1].cells[file.ledger.key]
        if not key[2:].isdigit():
            return False
        file.below = [[f"{key[:2]}{int(key[2:]) + at}"] + [""] * 5 for at in (1, 2, 3)]
    return bool(file)


@slip("a CSV row with a cell too many")
def _overflow(world: World, rng: random.Random) -> bool:
    found = a_row(world, rng, ("状态", "响应", "金额", "得分", "时长", "比例"))
    if not found or not all(row.free or row is found[1] for row in found[0].rows):
        return False
    file, row, _ = found
    if has(world, "good", "good_mean") and file.ledger is STOCK:
        return False
    file.plain, file.format = False, "csv"
    file.headings.append(("over", ""))
    row.cells["over"] = "700"
    names = [name for name in file.ledger.columns if name in world.reads and name != file.ledger.date]
    records = [row.record]
    for name in (*names, file.ledger.date):
        records = [one for record in records for one in anything(file, record, name, world)]
    row.ways = [(one,) for one in records]
    return True


@slip("a fraction under a heading of percents")
def _fraction(world: World, rng: random.Random) -> bool:
    file = whole(world, rng, 3)
    if not file or file.ledger is not STOCK:
        return False
    file.headings = [(name, "比例(%)" if name == "比例" else name) for name, _ in file.headings]
    for row in file.rows:
        row.cells["比例"] = row.cells["比例"].rstrip("%")
    row = rng.choice(file.rows)
    row.cells["比例"] = f"{float(row.record['比例']) * 0.9:g}"
    unreadable(file, row, "比例", world)
    return True


# ---- what the catalogue says of it


@slip("declared: a blank amount is none")
def _blank_is_none(world: World, rng: random.Random) -> bool:
    blank = any(row.cells.get("金额") == "" for one in world.files for row in one.rows)
    if blank or "stock" not in world.ledgers or (found := a_row(world, rng, ("金额",))) is None:
        return False
    world.declared["金额"] = "{type: decimal, minimum: 0, blank: 0}"
    _, row, _ = found
    row.cells["金额"] = ""
    row.ways = [(but(row.record, 金额=Fraction(0)),)]
    return True


@slip("declared: words for a blank")
def _blank_words(world: World, rng: random.Random) -> bool:
    if "tickets" not in world.ledgers or (found := a_row(world, rng, ("关闭",))) is None:
        return False
    world.declared["关闭"] = "{type: date, blank_words: ['/', '-', 'NULL']}"
    _, row, _ = found
    row.cells["关闭"] = rng.choice(("/", "-", "NULL"))
    row.ways = [(but(row.record, 关闭=None),)]
    return True


@slip("declared: another form of dates")
def _formats(world: World, rng: random.Random) -> bool:
    slashed = any("/" in row.cells.get("日期", "") for one in world.files for row in one.rows)
    if slashed or "stock" not in world.ledgers or (found := a_date(world, rng, ("日期",))) is None:
        return False
    world.declared["日期"] = "{type: date, required: true, formats: ['%d/%m/%Y']}"
    for row in found[0].rows:
        row.free = False
        row.cells["日期"] = f"{row.record['日期']:%d/%m/%Y}"
    return True


@slip("declared: hidden rows don't count")
def _skipped(world: World, rng: random.Random) -> bool:
    file = whole(world, rng, 3)
    if not file or world.more.get(file.ledger.id) or any(one.hidden for one in world.files):
        return False
    world.more[file.ledger.id] = "hidden: skip"
    row = rng.choice(file.rows)
    row.ways = [()]
    file.hidden.append(row)
    return True


@slip("declared: the latest row of a key")
def _latest(world: World, rng: random.Random) -> bool:
    found = a_row(world, rng, TELLING)
    if not found or world.more.get(found[0].ledger.id) or "one key with other contents" in world.slips:
        return False
    file, row, _ = found
    other = other_row(world, rng, file, row, same_day=False)
    if other is None:
        return False
    world.more[file.ledger.id] = f"latest: {file.ledger.date}"
    row.ways = [(max(row.record, other.record, key=lambda record: record[file.ledger.date]),)]
    other.ways = None
    file.rows.append(other)
    return True
