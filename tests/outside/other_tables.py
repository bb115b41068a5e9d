"""A second reckoning of the six tables of tests/examples/tables, from their ledgers alone.

It was written from the wording of the rows, without the tables' definitions and without the package, so that a number
on which both agree was found in two ways.  Everything is exact: `fractions.Fraction` throughout, no floats, and times
as whole seconds.

Interface::

    expected(folder)  # (table, row, period, group) -> value; None where nothing happened (a denominator of 0)
    scores(folder)    # the points of table A's rows, same keys; a row without points in a period has no key
    grades(folder)    # the grades of table A's rows, same keys

Ratios are plain fractions (95% is 19/20), durations are hours, counts are numbers.  Periods are written '2022-07',
'2022Q3', '2022H1', '2022', '2022-W05' and '2022-04~2023-03'; the group is '' where a row has none.

How every row is read stands in the docstring of its function, in the order of the tables.  Common to all of them:

- the files <folder>/<letter>/台账/<部门>/<台账>_<year>.csv of all years are one ledger, in the order of their years;
- a cell of nothing but blanks is blank, a date is the midnight at its start;
- a period holds its first moment and not its last: [start, end);
- a condition on a blank time is false ("solved in time"), unless the row says otherwise.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

Key = tuple[str, str, str, str]
Row = dict[str, str]
Value = Fraction | None
Span = tuple[datetime, datetime]

YEAR = 2022
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


# --- periods -----------------------------------------------------------------------------------------------------


class Period(NamedTuple):
    """One period: its name in the keys, its first moment and the moment it is over."""

    name: str
    start: datetime
    end: datetime

    def holds(self, moment: datetime | None) -> bool:
        """Whether the moment lies within the period; a blank one does not."""
        return moment is not None and self.start <= moment < self.end


def first_of(year: int, month: int) -> datetime:
    """The first moment of a month; months beyond 12 run on into the next year."""
    return datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def stretch(name: str, month: int, length: int) -> Period:
    """The period of `length` months of the year that starts with `month`."""
    return Period(name, first_of(YEAR, month), first_of(YEAR, month + length))


MONTHS = [stretch(f"{YEAR}-{month:02}", month, 1) for month in range(1, 13)]
QUARTERS = [stretch(f"{YEAR}Q{n + 1}", 3 * n + 1, 3) for n in range(4)]
HALVES = [stretch(f"{YEAR}H{n + 1}", 6 * n + 1, 6) for n in range(2)]
YEARS = [stretch(str(YEAR), 1, 12)]
FISCAL = [stretch(f"{YEAR}-04~{YEAR + 1}-03", 4, 12)]


def iso_week(week: int) -> Period:
    """An ISO week of the year, Monday to Sunday."""
    monday = datetime.combine(date.fromisocalendar(YEAR, week, 1), time())
    return Period(f"{YEAR}-W{week:02}", monday, monday + 7 * DAY)


WEEKS = [iso_week(week) for week in range(1, 53)]


# --- ledgers -----------------------------------------------------------------------------------------------------


class Book:
    """The ledgers of one table, each read once."""

    def __init__(self, folder: Path) -> None:
        """Remember where the ledgers lie."""
        self.folder = folder
        self.known: dict[str, list[Row]] = {}

    def __call__(self, name: str) -> list[Row]:
        """All rows of a ledger, its years one after the other."""
        if name not in self.known:
            paths = self.folder.glob(f"台账/*/{name}_[0-9][0-9][0-9][0-9].csv")
            found = sorted(paths, key=lambda path: (path.stem, path.parent.name))
            if not found:
                raise FileNotFoundError(f"{self.folder}: {name}")
            self.known[name] = [row for path in found for row in read(path)]
        return self.known[name]

    def of(self, name: str, period: Period, column: str) -> list[Row]:
        """The rows of a ledger whose time in `column` lies within the period."""
        return [row for row in self(name) if period.holds(when(row, column))]


def read(path: Path) -> list[Row]:
    """The rows of one file, cells without the blanks around them."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [{column: (cell or "").strip() for column, cell in row.items()} for row in csv.DictReader(file)]


def when(row: Row, column: str) -> datetime | None:
    """The time in a cell: '2022-07-01 08:30', '2022-07-01' or '2022-07'; None if it is blank."""
    cell = row[column]
    if not cell:
        return None
    return datetime.fromisoformat(f"{cell}-01" if len(cell) == len("2022-07") else cell)


def moment(row: Row, column: str) -> datetime:
    """The time in a cell that must not be blank."""
    found = when(row, column)
    if found is None:
        raise ValueError(f"{column} is blank: {row}")
    return found


# --- arithmetic --------------------------------------------------------------------------------------------------


def seconds(length: timedelta) -> int:
    """A length in whole seconds."""
    return length // timedelta(seconds=1)


def hours(length: timedelta) -> Fraction:
    """A length in hours."""
    return Fraction(seconds(length), 3600)


def ratio(part: Fraction | int, whole: Fraction | int) -> Value:
    """part / whole, None where there is no whole."""
    return Fraction(part) / Fraction(whole) if whole else None


def mean(values: Iterable[Fraction | int]) -> Value:
    """The mean, None of nothing."""
    listed = list(values)
    return ratio(sum(listed, Fraction(0)), len(listed))


def share(rows: list[Row], test: Callable[[Row], bool]) -> Value:
    """The share of the rows that pass the test, None of nothing."""
    return ratio(sum(map(test, rows)), len(rows))


def total_of(rows: list[Row], column: str) -> Fraction:
    """The sum of a column of numbers."""
    return sum((Fraction(row[column]) for row in rows), Fraction(0))


def says(column: str, word: str) -> Callable[[Row], bool]:
    """The test whether a cell holds just this word."""
    return lambda row: row[column] == word


def within(row: Row, start: str, end: str, limit: timedelta) -> bool:
    """Whether no more than `limit` passed between two times of a row; not if the second is blank."""
    last = when(row, end)
    return last is not None and last - moment(row, start) <= limit


def elapsed(row: Row, start: str, end: str) -> Fraction:
    """The hours between two times of a row."""
    return hours(moment(row, end) - moment(row, start))


def clipped(row: Row, start: str, end: str, period: Period) -> Span:
    """The part of [start, end) within the period (first >= last: none); open ones last until the period's end."""
    last = when(row, end) or period.end
    return max(moment(row, start), period.start), min(last, period.end)


def covered(spans: Iterable[Span]) -> timedelta:
    """The time that any of the spans covers; where they overlap it counts once."""
    sum_, reached = timedelta(), datetime.min
    for first, last in sorted(spans):
        if last > max(first, reached):
            sum_ += last - max(first, reached)
            reached = last
    return sum_


def added(spans: Iterable[Span]) -> timedelta:
    """The lengths of the spans one by one; where they overlap it counts for each."""
    return sum((max(last - first, timedelta()) for first, last in spans), timedelta())


def workdays_after(first: datetime, last: datetime, holidays: frozenset[date]) -> int:
    """Working days after the day of `first`, up to and including the day of `last`."""
    days = (first.date() + n * DAY for n in range(1, (last.date() - first.date()).days + 1))
    return sum(day.weekday() < 5 and day not in holidays for day in days)


def days_from(first: date, last: date) -> frozenset[date]:
    """The days from the first to the last, both included."""
    return frozenset(first + n * DAY for n in range((last - first).days + 1))


# --- table A -----------------------------------------------------------------------------------------------------

ON_SITE = {"一级": 1 * HOUR, "二级": 2 * HOUR, "三级": 4 * HOUR}
MID_AUTUMN = days_from(date(2022, 9, 10), date(2022, 9, 12))


def hotline(book: Book, period: Period) -> Value:
    """Answered calls (是否接通 = 是) among the calls, by 来电时间."""
    return share(book.of("热线", period, "来电时间"), says("是否接通", "是"))


def hotline_points(value: Fraction) -> Fraction:
    """0 from 90% on, else -0.5 for each whole percentage point below 90% (89.5% is not yet one)."""
    below = (Fraction(90) - 100 * value) // 1
    return -Fraction(1, 2) * max(below, 0)


def camera_times(book: Book, period: Period) -> dict[str, Fraction]:
    """Hours of the month in which each camera was down.

    The cameras are those of 图像清单 whose 启用日期 is not after the month's last day; one without a fault has 0.
    [发生时间, 恢复时间) is cut at the month's edges, overlaps count once, and a fault without 恢复时间 lasts until the
    end of every month from its own on.
    """
    spans: dict[str, list[Span]] = defaultdict(list)
    for row in book("故障"):
        spans[row["图像编号"]].append(clipped(row, "发生时间", "恢复时间", period))
    cameras = [row["图像编号"] for row in book("图像清单") if moment(row, "启用日期") < period.end]
    return {camera: hours(covered(spans[camera])) for camera in cameras}


def cameras_down(book: Book, period: Period) -> Value:
    """Number of cameras that were down for more than 8 h of the month. Points: -1 each."""
    return Fraction(sum(time_ > 8 for time_ in camera_times(book, period).values()))


def late_on_site(book: Book, period: Period) -> Value:
    """Number of faults, by 发生时间, with 到场时间 later than the limit of their 级别. Points: -1 each."""
    faults = book.of("故障", period, "发生时间")
    return Fraction(sum(elapsed(row, "发生时间", "到场时间") > hours(ON_SITE[row["级别"]]) for row in faults))


def not_inspected(book: Book, period: Period) -> Value:
    """Number of inspections, by 计划日期, with 完成日期 blank or after 计划日期. Points: -5 each."""
    planned = book.of("巡检", period, "计划日期")
    return Fraction(sum(not within(row, "计划日期", "完成日期", timedelta()) for row in planned))


def visited(book: Book, period: Period) -> Value:
    """Number of visits within the 92 days that end with the month's last day. Points: 0 if any, else -1."""
    window = Period(period.name, period.end - 92 * DAY, period.end)
    return Fraction(len(book.of("走访", window, "走访日期")))


def called_back(book: Book, period: Period) -> Value:
    """Faults with 是否回访 = 是 among the faults, by 发生时间."""
    return share(book.of("故障", period, "发生时间"), says("是否回访", "是"))


def called_back_points(value: Fraction) -> Fraction:
    """0 from 3% on, else -0.5 for each percentage point below 3%, parts of one in proportion."""
    return -Fraction(1, 2) * max(3 - 100 * value, Fraction(0))


def guarded(book: Book, period: Period) -> Value:
    """Failed tasks among the tasks, by 保障日期. Points: -3 if any failed, else 0; none without tasks."""
    return share(book.of("保障", period, "保障日期"), says("结果", "失败"))


def reported(book: Book, period: Period) -> Value:
    """Late reports + 3 times the falsified ones, by 应交日期. Points: minus that.

    Falsified: 是否造假 = 是. Late: not falsified, and 提交日期 blank or after 应交日期.
    """
    due = book.of("报告", period, "应交日期")
    honest = [row for row in due if row["是否造假"] != "是"]
    late = sum(not within(row, "应交日期", "提交日期", timedelta()) for row in honest)
    return Fraction(late + 3 * (len(due) - len(honest)))


def order_weight(row: Row) -> Fraction:
    """What a late order weighs: by its w working days late, w/2 up to 2 days, else w - 1, at most 5 for one order."""
    late = workdays_after(moment(row, "要求完成日期"), moment(row, "完成日期"), MID_AUTUMN)
    return Fraction(late, 2) if late <= 2 else min(Fraction(late - 1), Fraction(5))


def late_orders(book: Book, period: Period) -> Value:
    """The sum of the weights of the orders with 完成日期 after 要求完成日期, by 要求完成日期. Points: minus that.

    A working day is Mon-Fri, but for 2022-09-10 to 2022-09-12; an order that is late by a weekend only weighs 0.
    """
    orders = book.of("派工", period, "要求完成日期")
    done = [row for row in orders if row["完成日期"]]
    late = [row for row in done if moment(row, "完成日期") > moment(row, "要求完成日期")]
    return sum(map(order_weight, late), Fraction(0))


def helped(book: Book, period: Period) -> Value:
    """Number of times others were helped, by 支援日期. Points: +2 each."""
    return Fraction(len(book.of("支援", period, "支援日期")))


Measure = Callable[[Book, Period], Value]
Points = Callable[[Fraction], Fraction]

# The monthly rows with points; a row without a value has no points, and counts 0 in the total.
SCORED: dict[str, tuple[Measure, Points]] = {
    "hotline": (hotline, hotline_points),
    "cameras_down": (cameras_down, lambda value: -value),
    "late_on_site": (late_on_site, lambda value: -value),
    "not_inspected": (not_inspected, lambda value: -5 * value),
    "visited": (visited, lambda value: Fraction(0 if value >= 1 else -1)),
    "called_back": (called_back, called_back_points),
    "guarded": (guarded, lambda value: Fraction(-3 if value > 0 else 0)),
    "reported": (reported, lambda value: -value),
    "late_orders": (late_orders, lambda value: -value),
    "helped": (helped, lambda value: 2 * value),
}


class Sheet(NamedTuple):
    """What one table comes to."""

    values: dict[Key, Value]
    points: dict[Key, Fraction]
    grades: dict[Key, str]


def longest_run(marks: Iterable[bool]) -> int:
    """The length of the longest run of true ones."""
    longest = run = 0
    for mark in marks:
        run = run + 1 if mark else 0
        longest = max(longest, run)
    return longest


def month_grade(total: Fraction) -> str:
    """The grade of a month's total."""
    return "合格" if total >= 90 else "一般" if total >= 80 else "不合格"


def year_grade(deducted: Fraction) -> str:
    """The grade of the year's deduction."""
    return "优秀" if deducted <= 10 else "扣款" if deducted <= 20 else "终止"


def deducted_points(deducted: Fraction) -> Value:
    """0 up to 10, -0.02 for each beyond 10 up to 20, none beyond 20."""
    if deducted > 20:
        return None
    return -Fraction(2, 100) * max(deducted - 10, Fraction(0))


def add_month(sheet: Sheet, book: Book, month: Period) -> None:
    """The rows of a month: camera_time by camera, those with points, and total: 100 + their points."""
    for camera, time_ in camera_times(book, month).items():
        sheet.values["a", "camera_time", month.name, camera] = time_
    total = Fraction(100)
    for row, (measure, points) in SCORED.items():
        key = ("a", row, month.name, "")
        value = sheet.values[key] = measure(book, month)
        if value is not None:
            sheet.points[key] = points(value)
            total += sheet.points[key]
    key = ("a", "total", month.name, "")
    sheet.values[key] = total
    sheet.grades[key] = month_grade(total)


def add_year(sheet: Sheet) -> None:
    """The rows of the year, from the months.

    year_score: the mean of the monthly totals. streak: the longest run of months with 80 <= total < 90. deducted: minus
    the sum of the months' points of all rows but helped.
    """
    totals = [sheet.values["a", "total", month.name, ""] or Fraction(0) for month in MONTHS]
    kept = [points for (_, row, _, _), points in sheet.points.items() if row != "helped"]
    deducted = -sum(kept, Fraction(0))
    year = YEARS[0].name
    sheet.values["a", "year_score", year, ""] = mean(totals)
    sheet.values["a", "streak", year, ""] = Fraction(longest_run(80 <= total < 90 for total in totals))
    sheet.values["a", "deducted", year, ""] = deducted
    sheet.grades["a", "deducted", year, ""] = year_grade(deducted)
    points = deducted_points(deducted)
    if points is not None:
        sheet.points["a", "deducted", year, ""] = points


def table_a(folder: Path) -> Sheet:
    """Table A: months, then the year."""
    sheet, book = Sheet({}, {}, {}), Book(folder / "a")
    for month in MONTHS:
        add_month(sheet, book, month)
    add_year(sheet)
    return sheet


# --- table B -----------------------------------------------------------------------------------------------------


def agreed(book: Book, row: Row, column: str) -> timedelta:
    """The limit of a request's customer and level, in minutes in 服务协议."""
    same = [line for line in book("服务协议") if line["客户"] == row["客户"] and line["级别"] == row["级别"]]
    if len(same) != 1:
        raise ValueError(f"{len(same)} agreements for {row}")
    return int(same[0][column]) * MINUTE


def response_in_time(book: Book, period: Period) -> Value:
    """1 - A/B: B the requests by 受理时间, A those with 响应时间 - 受理时间 > 响应时限."""
    requests = book.of("服务请求", period, "受理时间")
    return share(requests, lambda row: within(row, "受理时间", "响应时间", agreed(book, row, "响应时限")))


def solved_as_agreed(book: Book, row: Row) -> bool:
    """Whether 解决时间 - 受理时间 is at most 解决时限."""
    return within(row, "受理时间", "解决时间", agreed(book, row, "解决时限"))


def solve_in_time(book: Book, period: Period) -> Value:
    """1 - A/B: B the requests by 受理时间, A those with 解决时间 - 受理时间 > 解决时限."""
    return share(book.of("服务请求", period, "受理时间"), lambda row: solved_as_agreed(book, row))


def consult_in_time(book: Book, period: Period) -> Value:
    """Of the requests with 类型 = 咨询, by 受理时间, the share solved within 解决时限."""
    asked = list(filter(says("类型", "咨询"), book.of("服务请求", period, "受理时间")))
    return share(asked, lambda row: solved_as_agreed(book, row))


def functions(book: Book, period: Period) -> Value:
    """Of the functions with 约定 = 是, by 确认日期, the share with 验收结果 = 通过."""
    promised = list(filter(says("约定", "是"), book.of("功能清单", period, "确认日期")))
    return share(promised, says("验收结果", "通过"))


def risk(book: Book, period: Period) -> Value:
    """The mean of 评分 / 5, by 评审日期."""
    return mean(Fraction(row["评分"]) / 5 for row in book.of("风险评审", period, "评审日期"))


# --- table C -----------------------------------------------------------------------------------------------------

NO_HOLIDAYS: frozenset[date] = frozenset()


def incidents(book: Book, period: Period) -> list[Row]:
    """The incidents of the period, by 受理时间."""
    return book.of("事件单", period, "受理时间")


def mttr(book: Book, period: Period) -> Value:
    """The mean of 解决时间 - 受理时间 in hours, over incidents with 解决时间."""
    return mean(elapsed(row, "受理时间", "解决时间") for row in incidents(book, period) if row["解决时间"])


def by_change(book: Book, period: Period) -> Value:
    """Number of incidents whose 引起变更编号 is a 变更编号 of 变更单."""
    changes = {row["变更编号"] for row in book("变更单")} - {""}
    return Fraction(sum(row["引起变更编号"] in changes for row in incidents(book, period)))


def reopened(book: Book, period: Period) -> Value:
    """Incidents with 是否重开 = 是 among all."""
    return share(incidents(book, period), says("是否重开", "是"))


def solved_in_time(book: Book, period: Period) -> Value:
    """Incidents with 解决时间 - 受理时间 <= 24 h among all."""
    return share(incidents(book, period), lambda row: within(row, "受理时间", "解决时间", 24 * HOUR))


def in_two_workdays(row: Row) -> bool:
    """Whether at most 2 working days (Mon-Fri) lie after the day of 受理时间, up to and with that of 解决时间."""
    solved = when(row, "解决时间")
    return solved is not None and workdays_after(moment(row, "受理时间"), solved, NO_HOLIDAYS) <= 2


def solved_in_workdays(book: Book, period: Period) -> Value:
    """Incidents solved within 2 working days among all; the unsolved are not."""
    return share(incidents(book, period), in_two_workdays)


def on_same_day(row: Row) -> bool:
    """Whether an incident was solved on the day of 受理时间."""
    solved = when(row, "解决时间")
    return solved is not None and solved.date() == moment(row, "受理时间").date()


def same_day(book: Book, period: Period) -> Value:
    """Incidents solved on the day of 受理时间 among all."""
    return share(incidents(book, period), on_same_day)


def answered_in_time(book: Book, period: Period) -> Value:
    """Incidents with 响应时间 - 受理时间 <= 15 min among all."""
    return share(incidents(book, period), lambda row: within(row, "受理时间", "响应时间", 15 * MINUTE))


def became_change(book: Book, period: Period) -> Value:
    """Incidents whose 转变更编号 is not blank among all."""
    return share(incidents(book, period), lambda row: row["转变更编号"] != "")


def closed(book: Book, period: Period) -> Value:
    """Number of incidents with 解决时间 within the quarter, whenever they were received."""
    return Fraction(len(book.of("事件单", period, "解决时间")))


def in_progress(book: Book, period: Period) -> Value:
    """Number of incidents received until the quarter's end, from 2022 on, and not solved by then."""
    received_ = incidents(book, Period("", YEARS[0].start, period.end))
    return Fraction(sum((when(row, "解决时间") or datetime.max) >= period.end for row in received_))


def received(book: Book, period: Period) -> Value:
    """Number of incidents."""
    return Fraction(len(incidents(book, period)))


# --- table D -----------------------------------------------------------------------------------------------------

TYPES = ["标准变更", "一般变更", "重大变更", "紧急变更", "预批准变更"]


def changes(book: Book, period: Period) -> list[Row]:
    """The changes of the period, by 申请时间."""
    return book.of("变更记录", period, "申请时间")


def sla_by_customer(book: Book, period: Period, customer: str) -> Value:
    """Σ达成项 / Σ承诺项 of a customer, by 日期."""
    rows = list(filter(says("客户", customer), book.of("SLA记录", period, "日期")))
    return ratio(total_of(rows, "达成项"), total_of(rows, "承诺项"))


def unapproved(book: Book, period: Period) -> Value:
    """Number of changes with 是否批准 = 否."""
    return Fraction(sum(map(says("是否批准", "否"), changes(book, period))))


def unapproved_share(book: Book, period: Period) -> Value:
    """Changes with 是否批准 = 否 among all."""
    return share(changes(book, period), says("是否批准", "否"))


def by_type(book: Book, period: Period, kind: str) -> Value:
    """Number of changes of a 变更类型, 0 for one that did not occur."""
    return Fraction(sum(map(says("变更类型", kind), changes(book, period))))


def type_share(book: Book, period: Period, kind: str) -> Value:
    """Changes of a 变更类型 among all of the year."""
    return share(changes(book, period), says("变更类型", kind))


def cancelled_share(book: Book, period: Period) -> Value:
    """Changes with 状态 = 取消 among all."""
    return share(changes(book, period), says("状态", "取消"))


def items_touched(book: Book, period: Period) -> Value:
    """The mean number of 涉及配置项 of a change: the items in the cell between 、, each item once, none in a blank."""
    return mean(len(set(row["涉及配置项"].split("、")) - {""}) for row in changes(book, period))


def release_cmdb(book: Book, period: Period) -> Value:
    """Releases with 是否更新配置库 = 是 among all, by 发布日期."""
    return share(book.of("发布记录", period, "发布日期"), says("是否更新配置库", "是"))


def spares(book: Book, period: Period) -> Value:
    """Σ可用数量 / Σ应有数量, by 检查日期."""
    rows = book.of("备件检查", period, "检查日期")
    return ratio(total_of(rows, "可用数量"), total_of(rows, "应有数量"))


def leaves(row: Row) -> datetime:
    """When somebody left, or the end of time."""
    return when(row, "离职日期") or datetime.max


def service_days(book: Book, period: Period) -> Value:
    """The mean hours from 入职日期 to the year's end (midnight after its last day) of those employed then.

    Employed then: 入职日期 before that moment, 离职日期 blank or not before it.
    """
    staff = [row for row in book("花名册") if moment(row, "入职日期") < period.end <= leaves(row)]
    return mean(hours(period.end - moment(row, "入职日期")) for row in staff)


def turnover(book: Book, period: Period) -> Value:
    """Of the 关键岗位 employed at the year's start or joining in it, the share with 离职日期 within the year.

    That is 入职日期 before the year's end, and 离职日期 blank or not before the year's start.
    """
    key_posts = filter(says("岗位类别", "关键岗位"), book("花名册"))
    staff = [row for row in key_posts if moment(row, "入职日期") < period.end and leaves(row) >= period.start]
    return share(staff, lambda row: period.holds(when(row, "离职日期")))


def deviation(book: Book, period: Period) -> Value:
    """|Σ实际工时 - Σ计划工时| / Σ计划工时, by 结算日期; None where Σ计划工时 is 0."""
    rows = book.of("工作量", period, "结算日期")
    planned = total_of(rows, "计划工时")
    return ratio(abs(total_of(rows, "实际工时") - planned), planned)


def quantified(book: Book, period: Period) -> Value:
    """Projects with 有无量化SLA = 是 among all with 启动日期 before the year's end."""
    started = [row for row in book("项目清单") if moment(row, "启动日期") < period.end]
    return share(started, says("有无量化SLA", "是"))


# --- table E -----------------------------------------------------------------------------------------------------

NATIONAL_DAY = days_from(date(2022, 10, 1), date(2022, 10, 7))
MADE_UP = days_from(date(2022, 10, 8), date(2022, 10, 9))
SHIFTS = [(time(8, 30), time(12, 0)), (time(13, 30), time(17, 30))]
FILLED = ["问题编号", "发现时间", "设备", "现象", "处理人", "处理结果"]


def interrupted(book: Book, period: Period) -> Value:
    """Hours of the month covered by [开始时间, 恢复时间): overlaps once, open ones until the month's end."""
    return hours(covered(clipped(row, "开始时间", "恢复时间", period) for row in book("服务中断")))


def repeats(book: Book) -> list[Row]:
    """The problems with an earlier one of the same 设备 and 现象 at most 30 days (30 x 24 h) before.

    Earlier is in time, and of two at the very same time the one that stands first in the ledger. Sorted so, only the
    neighbour before has to be looked at: it is the nearest.
    """
    last: dict[tuple[str, str], datetime] = {}
    found = []
    for row in sorted(book("问题记录"), key=lambda row: moment(row, "发现时间")):
        thing, now = (row["设备"], row["现象"]), moment(row, "发现时间")
        if thing in last and now - last[thing] <= 30 * DAY:
            found.append(row)
        last[thing] = now
    return found


def repeated(book: Book, period: Period) -> Value:
    """Repeats among the problems of the month, by 发现时间; last year's problems serve as the past."""
    again = [row for row in repeats(book) if period.holds(when(row, "发现时间"))]
    return ratio(len(again), len(book.of("问题记录", period, "发现时间")))


def online(book: Book, period: Period) -> Value:
    """1 - (the parts of [停用时间, 恢复时间) within the month, added up) / (the month's length x devices)."""
    lost = added(clipped(row, "停用时间", "恢复时间", period) for row in book("设备停用"))
    whole = hours(period.end - period.start) * len(book("设备清单"))
    part = ratio(hours(lost), whole)
    return None if part is None else 1 - part


def works_on(day: date) -> bool:
    """Mon-Fri but for the National Day week, and the days made up for it."""
    return day in MADE_UP or (day.weekday() < 5 and day not in NATIONAL_DAY)


def worked(first: datetime, last: datetime) -> timedelta:
    """The working time between two moments: 8:30-12:00 and 13:30-17:30 of working days."""
    days = days_from(first.date(), last.date())
    shifts = [
        (datetime.combine(day, start), datetime.combine(day, end))
        for day in days
        if works_on(day)
        for start, end in SHIFTS
    ]
    return added((max(first, start), min(last, end)) for start, end in shifts)


def response_work(book: Book, period: Period) -> Value:
    """The mean working time between 报修时间 and 响应时间 in hours, by 报修时间; over requests with an answer."""
    answered = [row for row in book.of("报修记录", period, "报修时间") if row["响应时间"]]
    return mean(hours(worked(moment(row, "报修时间"), moment(row, "响应时间"))) for row in answered)


def percentile(values: list[Fraction], rank: Fraction) -> Value:
    """PERCENTILE.INC: linear between the neighbours of the position rank * (n - 1), None of nothing."""
    if not values:
        return None
    ordered, place = sorted(values), rank * (len(values) - 1)
    low = place // 1
    high = min(low + 1, len(values) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def response_p95(book: Book, period: Period) -> Value:
    """The 95th percentile of 响应时间 - 报修时间 in hours, by 报修时间; over requests with an answer."""
    answered = [row for row in book.of("报修记录", period, "报修时间") if row["响应时间"]]
    return percentile([elapsed(row, "报修时间", "响应时间") for row in answered], Fraction(95, 100))


def complete(book: Book, period: Period) -> Value:
    """Filled cells among the cells of six columns of the month's problems, by 发现时间."""
    cells = [row[column] for row in book.of("问题记录", period, "发现时间") for column in FILLED]
    return ratio(sum(cell != "" for cell in cells), len(cells))


def trained(book: Book, period: Period) -> Value:
    """Courses with 是否执行 = 是 among all, by 计划日期."""
    return share(book.of("培训计划", period, "计划日期"), says("是否执行", "是"))


# --- table F -----------------------------------------------------------------------------------------------------

SYSTEMS = ["OA", "ERP", "MES"]


def tickets(book: Book, period: Period) -> list[Row]:
    """The tickets of the period, by 受理时间."""
    return book.of("工单", period, "受理时间")


def mttr_f(book: Book, period: Period) -> Value:
    """The mean of 恢复时间 - 发生时间 in hours, by 发生时间; over failures with 恢复时间."""
    over = [row for row in book.of("故障", period, "发生时间") if row["恢复时间"]]
    return mean(elapsed(row, "发生时间", "恢复时间") for row in over)


def mtbf(book: Book, period: Period, system: str) -> Value:
    """The quarter's hours / the number of the system's failures, by 发生时间; None without a failure."""
    failures = sum(map(says("系统", system), book.of("故障", period, "发生时间")))
    return ratio(hours(period.end - period.start), failures)


def uptime(book: Book, period: Period, system: str) -> Value:
    """1 - (the part of the quarter that the system's [发生时间, 恢复时间) cover, overlaps once) / its length.

    Any failure that began before the quarter's end counts with its part; open ones last until the quarter's end.
    """
    failures = filter(says("系统", system), book("故障"))
    down = covered(clipped(row, "发生时间", "恢复时间", period) for row in failures)
    return 1 - hours(down) / hours(period.end - period.start)


def first_contact(book: Book, period: Period) -> Value:
    """Tickets with 是否一线解决 = 是 among all."""
    return share(tickets(book, period), says("是否一线解决", "是"))


def escalated(book: Book, period: Period) -> Value:
    """Tickets with 是否升级 = 是 among all."""
    return share(tickets(book, period), says("是否升级", "是"))


def reopen(book: Book, period: Period) -> Value:
    """Tickets with 是否重开 = 是 among all."""
    return share(tickets(book, period), says("是否重开", "是"))


def ageing(book: Book, period: Period) -> Value:
    """Of the tickets open at the month's end, the share received more than 7 days before it.

    Open: received before the end, last year's too, and 解决时间 blank or not before the end.
    """
    so_far = tickets(book, Period("", datetime.min, period.end))
    still = [row for row in so_far if (when(row, "解决时间") or datetime.max) >= period.end]
    return share(still, lambda row: period.end - moment(row, "受理时间") > 7 * DAY)


def change_success(book: Book, period: Period) -> Value:
    """Changes with 结果 = 成功 among all, by 实施日期."""
    return share(book.of("变更", period, "实施日期"), says("结果", "成功"))


def late_tickets(book: Book, period: Period, level: str, limit: timedelta) -> Fraction:
    """Number of tickets of a level that were not solved within the limit; the unsolved were not."""
    rows = filter(says("级别", level), tickets(book, period))
    return Fraction(sum(not within(row, "受理时间", "解决时间", limit) for row in rows))


def p1_late(book: Book, period: Period) -> Value:
    """Number of P1 tickets not solved within 1 h."""
    return late_tickets(book, period, "P1", 1 * HOUR)


def p2_late(book: Book, period: Period) -> Value:
    """Number of P2 tickets not solved within 4 h."""
    return late_tickets(book, period, "P2", 4 * HOUR)


def cost_per_user(book: Book, period: Period) -> Value:
    """Σ IT费用 / Σ 用户数, by 月份."""
    rows = book.of("费用", period, "月份")
    return ratio(total_of(rows, "IT费用"), total_of(rows, "用户数"))


def cost_trend(book: Book, period: Period) -> Value:
    """The quarter's cost per user / that of the quarter before - 1; last year's ledger serves as the past."""
    before = Period("", first_of(period.start.year - 1, period.start.month + 9), period.start)
    now, then = cost_per_user(book, period), cost_per_user(book, before)
    return None if now is None or not then else now / then - 1


def ticket_count(book: Book, period: Period) -> Value:
    """Number of tickets received in the ISO week (weekly_tickets), in the fiscal year (fiscal_tickets)."""
    return Fraction(len(tickets(book, period)))


# --- the tables as lists of rows ---------------------------------------------------------------------------------

Grouped = Callable[[Book, Period, str], Value]

# The rows without groups: table -> [(row, periods, how)]
PLAIN: dict[str, list[tuple[str, list[Period], Measure]]] = {
    "b": [
        ("response_in_time", QUARTERS, response_in_time),
        ("solve_in_time", QUARTERS, solve_in_time),
        ("consult_in_time", QUARTERS, consult_in_time),
        ("functions", YEARS, functions),
        ("risk", HALVES, risk),
    ],
    "c": [
        ("mttr", QUARTERS, mttr),
        ("by_change", QUARTERS, by_change),
        ("reopened", QUARTERS, reopened),
        ("solved_in_time", QUARTERS, solved_in_time),
        ("solved_in_workdays", QUARTERS, solved_in_workdays),
        ("same_day", QUARTERS, same_day),
        ("answered_in_time", QUARTERS, answered_in_time),
        ("became_change", QUARTERS, became_change),
        ("closed", QUARTERS, closed),
        ("in_progress", QUARTERS, in_progress),
        ("received", QUARTERS, received),
    ],
    "d": [
        ("unapproved", QUARTERS, unapproved),
        ("unapproved_share", QUARTERS, unapproved_share),
        ("cancelled_share", QUARTERS, cancelled_share),
        ("items_touched", QUARTERS, items_touched),
        ("release_cmdb", YEARS, release_cmdb),
        ("spares", QUARTERS, spares),
        ("service_days", YEARS, service_days),
        ("turnover", YEARS, turnover),
        ("deviation", QUARTERS, deviation),
        ("quantified", YEARS, quantified),
    ],
    "e": [
        ("interrupted", MONTHS, interrupted),
        ("repeated", MONTHS, repeated),
        ("online", MONTHS, online),
        ("response_work", MONTHS, response_work),
        ("response_p95", MONTHS, response_p95),
        ("complete", MONTHS, complete),
        ("trained", YEARS, trained),
    ],
    "f": [
        ("mttr_f", MONTHS, mttr_f),
        ("first_contact", MONTHS, first_contact),
        ("escalated", MONTHS, escalated),
        ("reopen", MONTHS, reopen),
        ("ageing", MONTHS, ageing),
        ("change_success", QUARTERS, change_success),
        ("p1_late", MONTHS, p1_late),
        ("p2_late", MONTHS, p2_late),
        ("cost_trend", QUARTERS, cost_trend),
        ("weekly_tickets", WEEKS, ticket_count),
        ("fiscal_tickets", FISCAL, ticket_count),
    ],
}


def customers(book: Book) -> list[str]:
    """The customers of SLA记录, in all of its years."""
    return sorted({row["客户"] for row in book("SLA记录")})


# The rows by groups: table -> [(row, periods, the groups, how)]
GROUPED: dict[str, list[tuple[str, list[Period], Callable[[Book], list[str]], Grouped]]] = {
    "d": [
        ("sla_by_customer", QUARTERS, customers, sla_by_customer),
        ("by_type", YEARS, lambda _: TYPES, by_type),
        ("type_share", YEARS, lambda _: TYPES, type_share),
    ],
    "f": [
        ("mtbf", QUARTERS, lambda _: SYSTEMS, mtbf),
        ("uptime", QUARTERS, lambda _: SYSTEMS, uptime),
    ],
}


def plain_rows(table: str, book: Book) -> dict[Key, Value]:
    """The values of a table's rows without groups."""
    rows = PLAIN.get(table, [])
    return {(table, row, period.name, ""): how(book, period) for row, periods, how in rows for period in periods}


def grouped_rows(table: str, book: Book) -> dict[Key, Value]:
    """The values of a table's rows by groups."""
    return {
        (table, row, period.name, group): how(book, period, group)
        for row, periods, groups, how in GROUPED.get(table, [])
        for period in periods
        for group in groups(book)
    }


# --- interface ---------------------------------------------------------------------------------------------------


def expected(folder: Path) -> dict[Key, Value]:
    """The value of every row, period and group of the six tables."""
    values = dict(table_a(folder).values)
    for table in PLAIN:
        book = Book(folder / table)
        values |= plain_rows(table, book) | grouped_rows(table, book)
    return values


def scores(folder: Path) -> dict[Key, Fraction]:
    """The points of the rows of table A that have points; no key where a row has none."""
    return table_a(folder).points


def grades(folder: Path) -> dict[Key, str]:
    """The grades of the rows of table A that have grades: total by month, deducted by year."""
    return table_a(folder).grades
