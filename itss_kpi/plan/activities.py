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
from enum import StrEnum
from typing import Any

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator, listed_numbers
from itss_kpi.catalogue.plan import Activity
from itss_kpi.catalogue.schedule import Span, read_when
from itss_kpi.core.period import Period, PeriodKind, period_of, periods_due
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Absence, problem_json
from itss_kpi.core.text import fold, plain
from itss_kpi.engine.coverage import wanted_months
from itss_kpi.plan.records import Record, absences, records
from itss_kpi.tables.cell_values import read_date
from itss_kpi.tables.table import Table

SCHEMA = "itss-kpi/plan/1"
SOURCE = "activity_log"
NUMBER, WHEN, DONE, EVIDENCE = "活动序号", "计划时间", "实际完成日期", "记录编号"
_SAID = (EVIDENCE, "结论", "责任部门")
"""What a row says of an activity that nothing is decided by."""


class State(StrEnum):
    """How an occurrence of an activity stands."""

    OVERDUE = "overdue"
    UNKNOWN = "unknown"
    MISSING = "missing_data"
    LATE = "late"
    COMING = "coming"
    DONE = "done"

    @property
    def label(self) -> str:
        """The word the user sees."""
        return _STATES[self]


_STATES = {
    State.OVERDUE: "逾期",
    State.UNKNOWN: "存疑",
    State.MISSING: "数据缺失",
    State.LATE: "超期完成",
    State.COMING: "未到期",
    State.DONE: "已完成",
}


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
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """An activity of the plan, the indicators that it serves, and its occurrences in order."""

    activity: Activity
    serves: tuple[Indicator, ...]
    occurrences: tuple[Occurrence, ...]


@dataclass(frozen=True, slots=True)
class Unplanned:
    """A row of the log that belongs to no occurrence, and why; `activity`: that of its number, where there is one.
    `doubtful`: it may belong to one, but nobody can tell."""

    record: Record
    activity: Activity | None
    done: date | None
    reason: str
    doubtful: bool


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


@dataclass(frozen=True, slots=True)
class Check:
    """A month of the check calendar: what falls due in it, from whom which ledgers are to be collected, and by when;
    `hand_in` is None where the plan doesn't say (`hand_in_days`)."""

    month: Period
    due: tuple[Due, ...]
    ledgers: tuple[Ledger, ...]
    hand_in: date | None


@dataclass(frozen=True, slots=True)
class YearPlan:
    """The plan's year as of a day: its activities, the rows of the log that are none of them, and the check calendar.
    `absent`: where the log wasn't handed in, so that what isn't recorded may have been done."""

    year: Period
    as_of: date
    activities: tuple[Planned, ...]
    unplanned: tuple[Unplanned, ...]
    calendar: tuple[Check, ...]
    absent: tuple[Absence, ...]

    @property
    def occurrences(self) -> list[Occurrence]:
        """Those of all activities."""
        return [one for planned in self.activities for one in planned.occurrences]

    def count(self, state: State) -> int:
        """How many occurrences are in that state."""
        return sum(one.state is state for one in self.occurrences)

    @property
    def unrecorded(self) -> int:
        """How many are done without a 记录编号."""
        return sum(one.unrecorded for one in self.occurrences)


def year_plan(catalogue: Catalogue, ledgers: Mapping[str, Table], as_of: date) -> YearPlan | None:
    """What has become of the activities of the plan's year by `as_of`; `ledgers` as read (`Work.records`). None where
    the catalogue declares no activities or no log of them."""
    if SOURCE not in catalogue.sources or not catalogue.activities:
        return None
    year = Period(PeriodKind.YEAR, catalogue.plan.year)
    rows = records(catalogue.sources[SOURCE], ledgers[SOURCE]) if SOURCE in ledgers else []
    absent = absences(catalogue, SOURCE, ledgers, year.start, min(as_of, year.last_day))
    placed = _placed(catalogue, rows)
    activities = tuple(_planned(catalogue, one, placed, as_of, bool(absent)) for one in catalogue.activities)
    return YearPlan(
        year, as_of, activities, tuple(_unplanned(placed, as_of)), check_calendar(catalogue, year), tuple(absent)
    )


def check_calendar(catalogue: Catalogue, year: Period) -> tuple[Check, ...]:
    """For each month of the year what falls due in it, and what is to be collected from whom by when (section 2)."""
    return tuple(_check(catalogue, month) for month in periods_due(PeriodKind.MONTH, year))


def _check(catalogue: Catalogue, month: Period) -> Check:
    ordered = sorted(catalogue.indicators, key=lambda one: one.number)
    due = tuple(Due(one, period) for one in ordered for period in periods_due(one.period, month))
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

    record: Record
    activity: Activity | None
    belongs: tuple[int, Span] | None = None
    perhaps: frozenset[tuple[int, Span]] = frozenset()
    reason: str = ""


def _placed(catalogue: Catalogue, rows: Iterable[Record]) -> list[_Placed]:
    spans = {one.number: tuple(dict.fromkeys(catalogue.planned(one))) for one in catalogue.activities}
    return [_place(catalogue, spans, row) for row in rows]


def _place(catalogue: Catalogue, spans: Mapping[int, Sequence[Span]], row: Record) -> _Placed:
    year, number = catalogue.plan.year, row.cells[NUMBER]
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


def _other_named(catalogue: Catalogue, row: Record) -> Activity | None:
    """The activity whose name stands in the row, where its number is another's."""
    named = [one for one in catalogue.activities if fold(one.name) == fold(row.text("活动名称"))]
    return None if any(one.number == row.cells[NUMBER] for one in named) else next(iter(named), None)


def _named(row: Record, activity: Activity, own: Sequence[Span], year: int) -> tuple[Sequence[Span], str]:
    """The occurrence of the activity that the row's 计划时间 names; or those it may mean, and what isn't clear."""
    written = row.text(WHEN).strip()
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
    micros = None if _BARE.fullmatch(plain(written)) else read_date(written, year)
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


def _planned(catalogue: Catalogue, activity: Activity, placed: Sequence[_Placed], as_of: date, absent: bool) -> Planned:
    numbers = set(activity.serves)
    serves = tuple(one for one in catalogue.indicators if numbers & set(listed_numbers(one)))
    spans = tuple(dict.fromkeys(catalogue.planned(activity)))
    return Planned(
        activity, serves, tuple(_occurrence(span, (activity.number, span), placed, as_of, absent) for span in spans)
    )


def _occurrence(span: Span, key: tuple[int, Span], placed: Iterable[_Placed], as_of: date, absent: bool) -> Occurrence:
    rows = [one.record for one in placed if one.belongs == key]
    seen = [row for row in rows if not _later(row, as_of)]
    doubts = list(_doubts(rows, seen))
    # where rows differ, none of them is what happened
    row = seen[0] if seen and all(_contents(one) == _contents(seen[0]) for one in seen) else None
    done = row.day(DONE) if row and not doubts else None
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


def _later(row: Record, as_of: date) -> bool:
    """Whether the row says that something was done after the day: on that day it didn't say so yet."""
    done = row.day(DONE)
    return done is not None and done > as_of


def _may_be_done(row: Record, as_of: date) -> bool:
    done = row.day(DONE)
    return DONE in row.unread or (done is not None and done <= as_of)


def _doubts(rows: Sequence[Record], seen: Sequence[Record]) -> Iterator[str]:
    """Why nobody knows whether it was done. Of rows that differ only in what was done later, none says so yet."""
    if len(seen) < len(rows) and not any(row.day(DONE) or DONE in row.unread for row in seen):
        return
    if any(row.disputed for row in seen):
        yield "同一活动、同一时间的几行内容不同,或所在的工作表不知是否计入"
    elif any(_contents(row) != _contents(rows[0]) for row in rows):
        yield "几行写的是同一期,内容却不同"
    if any(DONE in row.unread for row in seen):
        yield f"“{DONE}”读不出来"


def _contents(row: Record) -> tuple[Any, ...]:
    return {name: cell for name, cell in row.cells.items() if name != WHEN}, row.unread - {WHEN}


def _state(span: Span, done: date | None, as_of: date, *, absent: bool, maybe: bool) -> State:
    if done is not None:
        return State.LATE if done > span.last_day else State.DONE
    if span.last_day >= as_of:
        return State.COMING
    return State.MISSING if absent else State.UNKNOWN if maybe else State.OVERDUE


def _remarks(span: Span, done: date | None, row: Record) -> Iterator[str]:
    if done is not None and done < span.start:
        yield f"在计划时间({span})以前完成"
    if done is not None and _is_bare(row):
        yield f"没有{EVIDENCE}"
    if row.cells[DONE] is None and DONE not in row.unread and row.text(EVIDENCE).strip():
        yield f"写了{EVIDENCE},却没有{DONE}"
    for name in _SAID:
        if name in row.unread:
            yield f"“{name}”读不出来"


def _is_bare(row: Record) -> bool:
    return EVIDENCE not in row.unread and not row.text(EVIDENCE).strip()


def _unplanned(placed: Iterable[_Placed], as_of: date) -> Iterator[Unplanned]:
    for one in placed:
        if one.belongs is None and not _later(one.record, as_of):
            doubtful = bool(one.perhaps) or one.record.disputed or DONE in one.record.unread
            yield Unplanned(one.record, one.activity, one.record.day(DONE), one.reason, doubtful)


# ---- for other programs


def to_json(found: YearPlan, identity: Mapping[str, str], problems: Sequence[Problem]) -> dict[str, Any]:
    """The year as an object: days are ISO dates, each row has its place. `identity` is that of the catalogue,
    `problems` are the log's."""
    return {
        "schema": SCHEMA,
        "period": str(found.year),
        "as_of": found.as_of.isoformat(),
        "partial": found.as_of < found.year.last_day,
        "catalogue": dict(identity),
        "ledger": {
            "source": SOURCE,
            "complete": not found.absent,
            "missing": [{"department": one.department, "months": list(one.months)} for one in found.absent],
        },
        "summary": summary(found),
        "activities": [_planned_json(one) for one in found.activities],
        "unplanned": [_unplanned_json(one) for one in found.unplanned],
        "calendar": [_check_json(one) for one in found.calendar],
        "problems": [problem_json(problem) for problem in problems],
    }


def summary(found: YearPlan) -> dict[str, int]:
    """How much of each there is."""
    return {
        "activities": len(found.activities),
        "occurrences": len(found.occurrences),
        **{state.value: found.count(state) for state in State},
        "without_record": found.unrecorded,
        "unplanned": len(found.unplanned),
    }


def _planned_json(one: Planned) -> dict[str, Any]:
    activity = one.activity
    return {
        "number": activity.number,
        "name": activity.name,
        "when": activity.when,
        "lead": list(activity.lead),
        "participants": list(activity.participants),
        "evidence": list(activity.evidence),
        "sources": list(activity.sources),
        "serves": [{"indicator": item.id, "numbers": listed_numbers(item), "name": item.name} for item in one.serves],
        "clauses": list(activity.clauses),
        "section": activity.section,
        "note": activity.note,
        "occurrences": [_occurrence_json(item) for item in one.occurrences],
    }


def _occurrence_json(one: Occurrence) -> dict[str, Any]:
    return {
        "span": str(one.span),
        "start": one.span.start.isoformat(),
        "due": one.span.last_day.isoformat(),
        "state": one.state.value,
        "days": one.days,
        "done": _day(one.done),
        "record": one.evidence or None,
        "conclusion": one.conclusion or None,
        "department": one.department or None,
        "without_record": one.unrecorded,
        "remarks": list(one.remarks),
        "rows": [_row_json(row) for row in one.records],
    }


def _unplanned_json(one: Unplanned) -> dict[str, Any]:
    row = one.record
    return {
        "number": None if row.cells[NUMBER] is None else str(row.cells[NUMBER]),
        "name": row.text("活动名称") or None,
        "written": row.text(WHEN) or None,
        "done": _day(one.done),
        "record": row.text(EVIDENCE) or None,
        "reason": one.reason,
        "doubtful": one.doubtful,
        **_row_json(row),
    }


def _check_json(one: Check) -> dict[str, Any]:
    return {
        "month": str(one.month),
        "hand_in": _day(one.hand_in),
        "due": [
            {
                "indicator": due.indicator.id,
                "numbers": listed_numbers(due.indicator),
                "name": due.indicator.name,
                "period": str(due.period),
            }
            for due in one.due
        ],
        "collect": [
            {
                "department": ledger.department,
                "source": ledger.source,
                "name": ledger.name,
                "months": list(map(str, ledger.months)),
            }
            for ledger in one.ledgers
        ],
    }


def _row_json(row: Record) -> dict[str, Any]:
    path, sheet, line = row.place
    return {"path": path, "sheet": sheet, "row": line}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
