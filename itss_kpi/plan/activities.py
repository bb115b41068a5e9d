"""Activities: what has become of the plan's quality activities, and when which indicators are checked.

Source: section 1 of the plan (what is done when), its sections 2 and 3 (by whom, with which records), section 2 for the
check calendar. Convention: a row of the log (`activity_log`) belongs to the occurrence of its activity that ends on the
last day of its 计划时间; a date stands for its month, since Excel makes one of `2022-07`. What is due on `as_of` is not
overdue yet, nothing dated after it is seen. A row that can't be placed is kept and said, and where it may be what
seems not to be done, that is 存疑.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.catalogue.ledgers import ActivityRow
from itss_kpi.catalogue.plan import Activity
from itss_kpi.catalogue.schedule import Span, read_when
from itss_kpi.core.jsonable import as_json, picked, published
from itss_kpi.core.labelled import Labelled
from itss_kpi.core.period import Period, PeriodKind, period_of, periods_due
from itss_kpi.core.text import fold, half_width
from itss_kpi.engine.coverage import wanted_months
from itss_kpi.plan.records import Ledgers, absent_until, rows_of
from itss_kpi.plan.status import PlanStatus, counts_of
from itss_kpi.tables.sheets.cell_values import read_date

SOURCE = ActivityRow.source
NUMBER, WHEN, DONE, EVIDENCE = "活动序号", "计划时间", "实际完成日期", "记录编号"
_SAID = (EVIDENCE, "结论", "责任部门")
"""What a row says of an activity that nothing is decided by."""


class State(Labelled):
    """How an occurrence of an activity stands."""

    OVERDUE = "overdue", "逾期", "✗"
    UNKNOWN = "unknown", "存疑", "?"
    MISSING = "missing_data", "数据缺失", "!"
    LATE = "late", "超期完成", "▲"
    COMING = "coming", "未到期", "…"
    DONE = "done", "已完成", "✓"


@published(
    "span start=span.start due=span.last_day state days done record=evidence? conclusion? department?",
    "without_record=unrecorded remarks rows=records",
)
@dataclass(frozen=True, slots=True)
class Occurrence:
    """An activity once: the days in which it is to be done, due on the last. `days`: for how many it is overdue, or was
    late. `done`, `evidence` (记录编号), `conclusion` and `department` are as seen on the day; `records` are the rows
    that speak of it. `unrecorded`: done without a 记录编号. `remarks`: what else is to be known."""

    span: Span
    state: State
    days: int
    done: date | None
    evidence: str
    conclusion: str
    department: str
    unrecorded: bool
    remarks: tuple[str, ...]
    records: tuple[ActivityRow, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """An activity of the plan, the indicators that it serves, and its occurrences in order."""

    activity: Activity
    serves: tuple[Indicator, ...]
    occurrences: tuple[Occurrence, ...]


@as_json.register
def _(one: Planned) -> dict[str, Any]:
    found = picked(one.activity, "number name when lead participants evidence sources serves clauses section note")
    return found | {"serves": as_json(one.serves), "occurrences": as_json(one.occurrences)}


@published(
    "number=record.number name=record.name? written=record.when? done record=record.evidence? reason doubtful *record",
)
@dataclass(frozen=True, slots=True)
class Unplanned:
    """A row of the log that belongs to no occurrence, and why; `activity`: that of its number, where there is one.
    `doubtful`: it may belong to one, but nobody can tell."""

    record: ActivityRow
    activity: Activity | None
    done: date | None
    reason: str
    doubtful: bool


@published("*indicator period")
@dataclass(frozen=True, slots=True)
class Due:
    """An indicator that falls due in a month, and its period."""

    indicator: Indicator
    period: Period


@dataclass(frozen=True, slots=True)
class Ledger:
    """A ledger that a department hands in for what is due, and the months it has to answer for."""

    department: str
    source: str
    name: str
    months: tuple[Period, ...]


@published("month hand_in due collect=ledgers")
@dataclass(frozen=True, slots=True)
class Check:
    """A month of the check calendar: what falls due in it, from whom which ledgers are to be collected, and by when;
    `hand_in` is None where the plan doesn't say (`hand_in_days`)."""

    month: Period
    due: tuple[Due, ...]
    ledgers: tuple[Ledger, ...]
    hand_in: date | None


@published("ledger summary activities unplanned calendar")
@dataclass(frozen=True, slots=True)
class YearPlan(PlanStatus):
    """The plan's year: its activities, the rows of the log that are none of them, and the check calendar. Where the log
    wasn't handed in, what isn't recorded may have been done."""

    schema = "itss-kpi/plan/1"
    source = SOURCE
    activities: tuple[Planned, ...]
    unplanned: tuple[Unplanned, ...]
    calendar: tuple[Check, ...]

    @property
    def occurrences(self) -> list[Occurrence]:
        """Those of all activities."""
        return [one for planned in self.activities for one in planned.occurrences]

    @property
    def counts(self) -> dict[str, int]:
        """How many occurrences are in each state."""
        return counts_of(State, (one.state for one in self.occurrences))

    @property
    def unrecorded(self) -> int:
        """How many are done without a 记录编号."""
        return sum(one.unrecorded for one in self.occurrences)

    @property
    def summary(self) -> dict[str, int]:
        """How much of each there is."""
        return {
            "activities": len(self.activities),
            "occurrences": len(self.occurrences),
            **self.counts,
            "without_record": self.unrecorded,
            "unplanned": len(self.unplanned),
        }


def activities_of(catalogue: Catalogue, ledgers: Ledgers, as_of: date) -> YearPlan | None:
    """What has become of the activities of the plan's year by `as_of`; `ledgers` as read (`Work.records`). None where
    the catalogue declares no activities or no log of them."""
    if SOURCE not in catalogue.sources or not catalogue.activities:
        return None
    year = Period(PeriodKind.YEAR, catalogue.plan.year)
    absent = absent_until(SOURCE, catalogue, ledgers, year, as_of)
    spans = {one.number: tuple(dict.fromkeys(catalogue.planned(one))) for one in catalogue.activities}
    placed = [_place(catalogue, spans, row) for row in rows_of(ActivityRow, catalogue, ledgers)]
    activities = []
    for one in catalogue.activities:
        serves = tuple(each for each in catalogue.indicators if set(one.serves) & set(each.numbers))
        keys = [(one.number, span) for span in spans[one.number]]
        occurrences = (_occurrence(key, placed, as_of, absent=bool(absent)) for key in keys)
        activities.append(Planned(one, serves, tuple(occurrences)))
    return YearPlan(
        year, as_of, absent, tuple(activities), tuple(_unplanned(placed, as_of)), check_calendar(catalogue, year)
    )


def check_calendar(catalogue: Catalogue, year: Period) -> tuple[Check, ...]:
    """For each month of the year what falls due in it, and what is to be collected from whom by when (section 2)."""
    return tuple(_check(catalogue, month) for month in periods_due(PeriodKind.MONTH, year))


def _check(catalogue: Catalogue, month: Period) -> Check:
    ordered = sorted(catalogue.indicators, key=lambda one: one.number)
    due = tuple(Due(one, period) for one in ordered for period in one.due_in(month))
    wanted = wanted_months(catalogue, [one.indicator for one in due], month, month.last_day)
    ledgers = tuple(
        Ledger(department, name, source.name, tuple(wanted[name]))
        for department in catalogue.plan.departments
        for name, source in catalogue.sources.items()
        if name in wanted and department in source.departments
    )
    days = catalogue.plan.hand_in_days
    return Check(month, due, ledgers, None if days is None else month.last_day + timedelta(days=days))


# ---- to which occurrence a row belongs


@dataclass(frozen=True, slots=True)
class _Placed:
    """A row: the occurrence that it belongs to, else those it may belong to, and why nobody knows more."""

    record: ActivityRow
    activity: Activity | None
    belongs: tuple[int, Span] | None = None
    perhaps: frozenset[tuple[int, Span]] = frozenset()
    reason: str = ""


def _place(catalogue: Catalogue, spans: Mapping[int, Sequence[Span]], row: ActivityRow) -> _Placed:
    year, number = catalogue.plan.year, row.number
    activity = next((one for one in catalogue.activities if one.number == number), None)
    other = _other_named(catalogue, row)
    if activity and not other:
        named, reason = _named(row, activity, spans[activity.number], year)
        keys = [(activity.number, span) for span in named]
        return _Placed(row, activity, None if reason else keys[0], frozenset(keys if reason else ()), reason)
    if number is not None and not other:
        return _Placed(row, None, reason=f"计划中没有序号为 {number} 的活动")
    reason = f"“{NUMBER}”空着或读不出来"
    if number is not None and other:
        reason = f"“{NUMBER}”是 {number},而“活动名称”是第 {other.number} 项的"
    meant = [one for one in (activity, other) if one] or catalogue.activities
    perhaps = {(one.number, span) for one in meant for span in _named(row, one, spans[one.number], year)[0]}
    return _Placed(row, activity, None, frozenset(perhaps), reason)


def _other_named(catalogue: Catalogue, row: ActivityRow) -> Activity | None:
    """The activity whose name stands in the row, where its number is another's."""
    named = [one for one in catalogue.activities if fold(one.name) == fold(row.name)]
    return None if any(one.number == row.number for one in named) else next(iter(named), None)


def _named(row: ActivityRow, activity: Activity, own: Sequence[Span], year: int) -> tuple[Sequence[Span], str]:
    """The occurrence of the activity that the row's 计划时间 names; or those it may mean, and what isn't clear."""
    written = row.when.strip()
    if not written:
        return own, f"“{WHEN}”空着或读不出来"
    if len(own) == 1 and fold(written) == fold(activity.when):
        return own, ""
    when = read_when(written, year)
    if when is None:
        return _named_by_date(written, own, year)
    if len(when.spans) != 1:
        return own, f"“{WHEN}”写“{written}”,没有写明是哪一期"
    return _ending(own, when.spans[0])


def _ending(own: Sequence[Span], named: Span) -> tuple[Sequence[Span], str]:
    found = [span for span in own if span == named] or [span for span in own if span.last_day == named.last_day]
    return (found[:1], "") if found else ((), f"该活动没有在 {named.last_day} 到期的一期({WHEN} {named})")


def _named_by_date(written: str, own: Sequence[Span], year: int) -> tuple[Sequence[Span], str]:
    # a number alone may be a day as Excel counts them, or anything else
    micros = None if _BARE.fullmatch(half_width(written)) else read_date(written, year)
    if micros is None:
        return own, f"看不懂的{WHEN}“{written}”"
    day = date(1970, 1, 1) + timedelta(microseconds=micros)
    month = period_of(PeriodKind.MONTH, day)
    found, reason = _ending(own, Span(month.start, month.last_day))
    around = [span for span in own if span.start <= month.start and month.last_day <= span.last_day]
    if found or not around:
        return found, reason
    return around, f"{WHEN}写的是日期 {day},不知是 {month} 还是 {'、'.join(map(str, around))}"


_BARE = re.compile(r"\d{1,6}(?:\.\d*)?", re.ASCII)


# ---- how an occurrence stands


def _occurrence(key: tuple[int, Span], placed: Iterable[_Placed], as_of: date, *, absent: bool) -> Occurrence:
    _, span = key
    rows = [one.record for one in placed if one.belongs == key]
    seen = [row for row in rows if not _later(row, as_of)]
    doubts = list(_doubts(rows, seen))
    # where rows differ, none of them is what happened
    row = seen[0] if seen and all(_contents(one) == _contents(seen[0]) for one in seen) else None
    done = row.done if row and not doubts else None
    maybe = [one for one in placed if key in one.perhaps and _may_be_done(one.record, as_of)] if done is None else []
    state = State.UNKNOWN if doubts else _state(span, done, as_of, absent=absent, maybe=bool(maybe))
    past = {State.LATE: done, State.OVERDUE: as_of}.get(state) or span.last_day
    evidence, conclusion, department = (row.text(name) if row else "" for name in _SAID)
    remarks = [
        *doubts,
        *(_remarks(span, done, row) if row else ()),
        *(f"{one.record.shown_place} 可能是这一期:{one.reason}" for one in maybe),
    ]
    return Occurrence(
        span,
        state,
        (past - span.last_day).days,
        done,
        evidence,
        conclusion,
        department,
        bool(done and row and _is_bare(row)),
        tuple(remarks),
        tuple(rows),
    )


def _later(row: ActivityRow, as_of: date) -> bool:
    """Whether the row says that something was done after the day: on that day it didn't say so yet."""
    done = row.done
    return done is not None and done > as_of


def _may_be_done(row: ActivityRow, as_of: date) -> bool:
    done = row.done
    return DONE in row.unread or (done is not None and done <= as_of)


def _doubts(rows: Sequence[ActivityRow], seen: Sequence[ActivityRow]) -> Iterator[str]:
    """Why nobody knows whether it was done. Of rows that differ only in what was done later, none says so yet."""
    if len(seen) < len(rows) and not any(row.done or DONE in row.unread for row in seen):
        return
    if any(row.disputed for row in seen):
        yield "同一活动、同一时间的几行内容不同,或所在的工作表不知是否计入"
    elif any(_contents(row) != _contents(rows[0]) for row in rows):
        yield "几行写的是同一期,内容却不同"
    if any(DONE in row.unread for row in seen):
        yield f"“{DONE}”读不出来"


def _contents(row: ActivityRow) -> tuple[Any, ...]:
    return {name: cell for name, cell in row.cells.items() if name != WHEN}, row.unread - {WHEN}


def _state(span: Span, done: date | None, as_of: date, *, absent: bool, maybe: bool) -> State:
    if done is not None:
        return State.LATE if done > span.last_day else State.DONE
    if span.last_day >= as_of:
        return State.COMING
    return State.MISSING if absent else State.UNKNOWN if maybe else State.OVERDUE


def _remarks(span: Span, done: date | None, row: ActivityRow) -> Iterator[str]:
    if done is not None and done < span.start:
        yield f"在计划时间({span})以前完成"
    if done is not None and _is_bare(row):
        yield f"没有{EVIDENCE}"
    if row.is_blank(DONE) and row.evidence.strip():
        yield f"写了{EVIDENCE},却没有{DONE}"
    for name in _SAID:
        if name in row.unread:
            yield f"“{name}”读不出来"


def _is_bare(row: ActivityRow) -> bool:
    return EVIDENCE not in row.unread and not row.evidence.strip()


def _unplanned(placed: Iterable[_Placed], as_of: date) -> Iterator[Unplanned]:
    for one in placed:
        if one.belongs is None and not _later(one.record, as_of):
            doubtful = bool(one.perhaps) or one.record.disputed or DONE in one.record.unread
            yield Unplanned(one.record, one.activity, one.record.done, one.reason, doubtful)
