"""Findings: nonconformities and improvements: what is open, overdue or done, and whether it helped.

Source: sections 3.1, 3.3 and 3.8 of the plan; GB/T 28827.1 5.4 and 5.5. Convention: a row of the ledgers
(`nonconformities`, `improvements`) is seen as of a day: nothing dated after `as_of` is, what can't be read is never
guessed, and what is due on a day is overdue from the day after. Rows of one number with different contents are one,
of which nobody knows how it stands. The effect on a named indicator is judged as in `effects`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from statistics import median
from typing import Any

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.core.period import Period
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Absence, Assessment, assessment_json, problem_json
from itss_kpi.core.targets import exact
from itss_kpi.plan.effects import (
    GROUP,
    NUMBER,
    PERIOD,
    Effect,
    Known,
    Trial,
    doubt_of_period,
    missed_again,
    remarks_on_subject,
    trial,
)
from itss_kpi.plan.records import Record, absence_json, absences, merged, place_json, records
from itss_kpi.tables.table import Table

SCHEMA = "itss-kpi/findings/1"
NONCONFORMITIES, IMPROVEMENTS = SOURCES = ("nonconformities", "improvements")
UNREAD, UNWRITTEN = "(读不出来)", "(没有写)"
"""The group of what has no readable word."""
GATES = ("overdue", "open", "doubtful", "unevaluated", "contradictory", "ineffective", "missing_data")
"""What `--fail-on` may name."""


class State(StrEnum):
    """How a nonconformity stands."""

    OVERDUE = "overdue"
    UNKNOWN = "unknown"
    OPEN = "open"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The word the user sees."""
        return {"overdue": "逾期未关闭", "unknown": "存疑", "open": "处理中", "closed": "已关闭"}[self.value]


class Progress(StrEnum):
    """How an improvement stands."""

    OVERDUE = "overdue"
    UNKNOWN = "unknown"
    COMING = "coming"
    LATE = "late"
    DONE = "done"

    @property
    def label(self) -> str:
        """The word the user sees."""
        return {"overdue": "逾期", "unknown": "存疑", "coming": "未到期", "late": "迟完成", "done": "已完成"}[
            self.value
        ]


@dataclass(frozen=True, slots=True)
class Nonconformity:
    """A row of 不符合项台账 as of a day. `origin` and `department` are `UNREAD` where they can't be read; `closed` is
    as seen on the day, `overdue` how many days it is, `days` from 发现日期 to 关闭日期; `doubts`: what can't be read.
    """

    record: Record
    origin: str
    department: str
    found: date | None
    due: date | None
    closed: date | None
    state: State
    overdue: int
    days: int | None
    tried: Trial
    doubts: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Whether it is not closed, overdue or not."""
        return self.state in (State.OPEN, State.OVERDUE)

    @property
    def late(self) -> bool:
        """Whether it was closed after its term."""
        return (
            self.closed is not None and self.state is State.CLOSED and self.due is not None and self.closed > self.due
        )


@dataclass(frozen=True, slots=True)
class Improvement:
    """A row of 体系改进计划 as of a day; `done`, `overdue` and `doubts` as of a `Nonconformity`. `progress` is as the
    ledger says it, whatever the day; `contradictory`: it doesn't fit 实际完成."""

    record: Record
    category: str
    department: str
    due: date | None
    done: date | None
    progress: Fraction | None
    state: Progress
    overdue: int
    contradictory: bool
    tried: Trial
    doubts: tuple[str, ...]
    remarks: tuple[str, ...]

    @property
    def unevaluated(self) -> bool:
        """Whether it is done without a 效果评价."""
        return self.state in (Progress.DONE, Progress.LATE) and self.record.is_blank("效果评价")


@dataclass(frozen=True, slots=True)
class Nonconformities:
    """The nonconformities of an origin, a department or both; '' is all."""

    origin: str
    department: str
    items: tuple[Nonconformity, ...]

    def count(self, state: State) -> int:
        """How many are in that state."""
        return sum(one.state is state for one in self.items)

    @property
    def open(self) -> int:
        """How many are not closed, overdue or not."""
        return sum(one.is_open for one in self.items)

    @property
    def late(self) -> int:
        """How many were closed after their term."""
        return sum(one.late for one in self.items)

    @property
    def days(self) -> list[Fraction]:
        """The days to close of those that are closed, where both days are known."""
        return [Fraction(one.days) for one in self.items if one.days is not None]

    @property
    def mean(self) -> Fraction | None:
        """The mean of the days to close."""
        return sum(self.days, Fraction(0)) / len(self.days) if self.days else None

    @property
    def median(self) -> Fraction | None:
        """The median of the days to close."""
        return median(self.days) if self.days else None


@dataclass(frozen=True, slots=True)
class Improvements:
    """The improvements of a category, a department or both; '' is all."""

    category: str
    department: str
    items: tuple[Improvement, ...]

    def count(self, state: Progress) -> int:
        """How many are in that state."""
        return sum(one.state is state for one in self.items)

    @property
    def unevaluated(self) -> int:
        """How many are done without a 效果评价."""
        return sum(one.unevaluated for one in self.items)

    @property
    def contradictory(self) -> int:
        """Of how many 进度 and 实际完成 don't fit together."""
        return sum(one.contradictory for one in self.items)

    @property
    def progress(self) -> Fraction | None:
        """The mean of the 进度 that can be read."""
        known = [one.progress for one in self.items if one.progress is not None]
        return sum(known, Fraction(0)) / len(known) if known else None


@dataclass(frozen=True, slots=True)
class Findings:
    """A year's nonconformities and improvements as of a day; None where the catalogue declares no such ledger.

    Those that were closed or done before the year are not among them. `origins`, `categories` and `departments`: the
    words by which they are grouped, in the catalogue's order. `absent`: where a ledger wasn't handed in.
    """

    period: Period
    as_of: date
    nonconformities: tuple[Nonconformity, ...] | None
    improvements: tuple[Improvement, ...] | None
    origins: tuple[str, ...]
    categories: tuple[str, ...]
    departments: tuple[str, ...]
    absent: tuple[Absence, ...]

    @property
    def partial(self) -> bool:
        """Whether the year hasn't ended."""
        return self.as_of < self.period.last_day

    def lacking(self, source: str) -> tuple[Absence, ...]:
        """Where that ledger wasn't handed in."""
        return tuple(one for one in self.absent if one.source == source)

    def of(self, origin: str = "", department: str = "") -> Nonconformities:
        """The nonconformities of an origin, a department, both, or all."""
        mine = (
            one
            for one in self.nonconformities or ()
            if origin in ("", one.origin) and department in ("", one.department)
        )
        return Nonconformities(origin, department, tuple(mine))

    def improved(self, category: str = "", department: str = "") -> Improvements:
        """The improvements of a category, a department, both, or all."""
        mine = (
            one
            for one in self.improvements or ()
            if category in ("", one.category) and department in ("", one.department)
        )
        return Improvements(category, department, tuple(mine))

    def conditions(self) -> set[str]:
        """The gates that don't hold; none does where part of a ledger is missing."""
        if self.absent:
            return set(GATES)
        faults, plans = self.of(), self.improved()
        both: list[Nonconformity | Improvement] = [*faults.items, *plans.items]
        found = {
            "overdue": any(one.overdue for one in both),
            "open": faults.open > 0,
            "doubtful": any(one.doubts for one in both),
            "unevaluated": plans.unevaluated > 0,
            "contradictory": plans.contradictory > 0,
            "ineffective": any(one.tried.effect is Effect.INEFFECTIVE for one in both),
        }
        return {name for name, there in found.items() if there}


Ledgers = Mapping[str, Table]
"""The ledgers of what was done and decided, as read."""


def look_into(
    catalogue: Catalogue,
    ledgers: Ledgers,
    assessments: Iterable[Assessment],
    year: Period,
    as_of: date,
    indicators: Iterable[Indicator] | None = None,
) -> Findings | None:
    """How the nonconformities and improvements of a `year` stand, whose `assessments` are those up to `as_of`; None
    where the catalogue declares neither ledger. `indicators`: those that were evaluated, by default all."""
    declared = [name for name in SOURCES if name in catalogue.sources]
    if not declared:
        return None
    known = Known.of(catalogue, [item for item in assessments if item.due], indicators)
    rows = {name: _rows(catalogue, ledgers, name) for name in declared}
    faults = [_nonconformity(known, row, year, as_of) for row in rows.get(NONCONFORMITIES, ())]
    plans = [_improvement(known, row, year, as_of) for row in rows.get(IMPROVEMENTS, ())]
    seen = tuple(one for one in faults if _was(one.found, as_of) and not _before(one.closed, year))
    planned = tuple(one for one in plans if not _before(one.done, year))
    absent = [
        one for name in declared for one in absences(catalogue, name, ledgers, year.start, min(as_of, year.last_day))
    ]
    return Findings(
        year,
        as_of,
        seen if NONCONFORMITIES in rows else None,
        planned if IMPROVEMENTS in rows else None,
        _words(catalogue, NONCONFORMITIES, "来源", (one.origin for one in seen)),
        _words(catalogue, IMPROVEMENTS, "类别", (one.category for one in planned)),
        _named(catalogue.plan.departments, [*(one.department for one in seen), *(one.department for one in planned)]),
        tuple(absent),
    )


def _rows(catalogue: Catalogue, ledgers: Ledgers, name: str) -> list[Record]:
    return merged(records(catalogue.sources[name], ledgers[name])) if name in ledgers else []


def _was(found: date | None, as_of: date) -> bool:
    return found is None or found <= as_of


def _before(done: date | None, year: Period) -> bool:
    return done is not None and done < year.start


def _words(catalogue: Catalogue, source: str, column: str, there: Iterable[str]) -> tuple[str, ...]:
    """The column's declared values, and whatever else stands there."""
    values = catalogue.sources[source].columns[column].values if source in catalogue.sources else None
    return tuple(dict.fromkeys((*(values or ()), *there)))


def _named(order: Sequence[str], there: Iterable[str]) -> tuple[str, ...]:
    """Those that are there, in order."""
    names = list(dict.fromkeys(there))
    return (*(name for name in order if name in names), *(name for name in names if name not in order))


# ---- how they stand


def _nonconformity(known: Known, row: Record, year: Period, as_of: date) -> Nonconformity:
    found, due, written = row.day("发现日期"), row.day("完成期限"), row.day("关闭日期")
    unknown = row.disputed or "关闭日期" in row.unread
    closed = None if unknown else _seen(written, as_of)
    state, overdue = _standing(unknown, due, closed, as_of)
    after = closed is not None and found is not None and closed >= found
    doubts = tuple(
        _doubts(row, "编号", ("来源", "责任部门", "发现日期", "完成期限", "关闭日期", NUMBER, PERIOD, GROUP))
    )
    tried = trial(known, row, closed, doubtful=unknown, any_period=True)
    remarks = (
        *doubts,
        *_remarks_on_days(row, "关闭", due, written, as_of),
        *(["没有写完成期限"] if row.is_blank("完成期限") else []),
        *(["没有写发现日期,不知道用了几天"] if closed and row.is_blank("发现日期") else []),
        *(["关闭日期早于发现日期"] if closed and found and not after else []),
        *_remarks_on_trial(known, row, tried, year, as_of),
    )
    days = (closed - found).days if closed and found and after else None
    return Nonconformity(
        row,
        _word(row, "来源"),
        _word(row, "责任部门"),
        found,
        due,
        closed,
        state,
        overdue,
        days,
        tried,
        doubts,
        remarks,
    )


def _standing(unknown: bool, due: date | None, closed: date | None, as_of: date) -> tuple[State, int]:
    if unknown or closed:
        return (State.UNKNOWN if unknown else State.CLOSED), 0
    late = due is not None and due < as_of
    return (State.OVERDUE, (as_of - due).days) if late and due else (State.OPEN, 0)


def _improvement(known: Known, row: Record, year: Period, as_of: date) -> Improvement:
    due, written, progress = row.day("计划完成"), row.day("实际完成"), row.cells.get("进度")
    unknown = row.disputed or "实际完成" in row.unread or due is None
    finished = _seen(written, as_of)
    done = None if unknown else finished
    state, overdue = _progress(None if unknown else due, done, as_of)
    whole, blank = progress is not None and progress >= 1, row.is_blank("实际完成")
    odd = whole if blank else finished is not None and not whole
    opposite = odd and progress is not None and not row.disputed
    doubts = tuple(_doubts(row, "改进编号", ("类别", "责任部门", "计划完成", "实际完成", "进度", NUMBER, GROUP)))
    tried = trial(known, row, done, doubtful=unknown, any_period=True)
    remarks = (
        *doubts,
        *_remarks_on_days(row, "完成", due, written, as_of),
        *(["没有写计划完成日期"] if row.is_blank("计划完成") else []),
        *([f"进度 {'100%' if whole else '不到 100%'},却{'没有' if blank else '写了'}实际完成日期"] if opposite else []),
        *(["没有效果评价"] if done and row.is_blank("效果评价") else []),
        *_remarks_on_trial(known, row, tried, year, as_of),
    )
    return Improvement(
        row,
        _word(row, "类别"),
        _word(row, "责任部门"),
        due,
        done,
        progress,
        state,
        overdue,
        opposite,
        tried,
        doubts,
        remarks,
    )


def _progress(due: date | None, done: date | None, as_of: date) -> tuple[Progress, int]:
    if due is None:
        return Progress.UNKNOWN, 0
    if done is not None:
        return (Progress.DONE if done <= due else Progress.LATE), 0
    return (Progress.OVERDUE, (as_of - due).days) if due < as_of else (Progress.COMING, 0)


def _word(row: Record, column: str) -> str:
    return UNREAD if column in row.unread else row.text(column) or UNWRITTEN


def _seen(day: date | None, as_of: date) -> date | None:
    return day if day is not None and day <= as_of else None


# ---- what is to be known


def _doubts(row: Record, key: str, columns: Iterable[str]) -> Iterator[str]:
    if row.uncertain:
        yield "所在的工作表不知是否计入" if row.text(key) else "没有编号"
    differ = [name for name in columns if name in row.unread]
    if row.conflict:
        named = f",其中{'、'.join(f'“{name}”' for name in differ)}不同或读不出来" if differ else ""
        yield f"同一编号的几行内容不同{named}"
    else:
        yield from (f"“{name}”读不出来" for name in differ)
    if doubt := doubt_of_period(row):
        yield doubt


def _remarks_on_days(row: Record, what: str, due: date | None, day: date | None, as_of: date) -> Iterator[str]:
    if day is not None and day > as_of:
        yield f"{what}日期 {day} 在 {as_of} 之后,按未{what}看"
    elif day is not None and due is not None and day > due and not row.disputed:
        yield f"晚于期限 {(day - due).days} 天{what}"


def _remarks_on_trial(known: Known, row: Record, tried: Trial, year: Period, as_of: date) -> Iterator[str]:
    yield from remarks_on_subject(known, row, year, as_of, any_period=True)
    if again := missed_again(tried.following, tried.decisive, tried.effect):
        yield again


# ---- for other programs


def to_json(found: Findings, identity: Mapping[str, str], problems: Sequence[Problem]) -> dict[str, Any]:
    """The whole as an object: numbers that decide are exact strings, days are ISO dates, each row has its place. A
    ledger that isn't declared is null. `identity` is that of the catalogue, `problems` are the ledgers'."""
    return {
        "schema": SCHEMA,
        "period": str(found.period),
        "as_of": found.as_of.isoformat(),
        "partial": found.partial,
        "catalogue": dict(identity),
        "nonconformities": None
        if found.nonconformities is None
        else {
            **_ledger_json(found, NONCONFORMITIES),
            "summary": group_json(found.of()),
            "groups": [group_json(one) for one in groups(found)],
            "items": [_nonconformity_json(one) for one in found.nonconformities],
        },
        "improvements": None
        if found.improvements is None
        else {
            **_ledger_json(found, IMPROVEMENTS),
            "summary": improved_json(found.improved()),
            "groups": [improved_json(one) for one in improved_groups(found)],
            "items": [_improvement_json(one) for one in found.improvements],
        },
        "problems": [problem_json(problem) for problem in problems],
    }


def groups(found: Findings) -> list[Nonconformities]:
    """The nonconformities by origin, by department, and by both where there are any."""
    single = [found.of(origin) for origin in found.origins] + [found.of("", name) for name in found.departments]
    both = [found.of(origin, name) for origin in found.origins for name in found.departments]
    return [*single, *(one for one in both if one.items)]


def improved_groups(found: Findings) -> list[Improvements]:
    """The improvements by category, by department, and by both where there are any."""
    single = [found.improved(kind) for kind in found.categories]
    single += [found.improved("", name) for name in found.departments]
    both = [found.improved(kind, name) for kind in found.categories for name in found.departments]
    return [*single, *(one for one in both if one.items)]


def _ledger_json(found: Findings, source: str) -> dict[str, Any]:
    lacking = found.lacking(source)
    return {"source": source, "complete": not lacking, "missing": [absence_json(one) for one in lacking]}


def group_json(group: Nonconformities) -> dict[str, Any]:
    """The counts of a group of nonconformities; `open` are the overdue ones too."""
    return {
        "origin": group.origin or None,
        "department": group.department or None,
        "found": len(group.items),
        "open": group.open,
        "overdue": group.count(State.OVERDUE),
        "closed": group.count(State.CLOSED),
        "unknown": group.count(State.UNKNOWN),
        "closed_late": group.late,
        "days_total": exact(sum(group.days, Fraction(0))),
        "days_mean": exact(group.mean),
        "days_median": exact(group.median),
    }


def improved_json(group: Improvements) -> dict[str, Any]:
    """The counts of a group of improvements."""
    return {
        "category": group.category or None,
        "department": group.department or None,
        "improvements": len(group.items),
        **{state.value: group.count(state) for state in Progress},
        "unevaluated": group.unevaluated,
        "contradictory": group.contradictory,
        "progress": exact(group.progress),
    }


def _nonconformity_json(one: Nonconformity) -> dict[str, Any]:
    row = one.record
    return {
        "id": row.text("编号"),
        "origin": one.origin,
        "department": one.department,
        "clause": row.text("依据条款"),
        "fact": row.text("事实描述"),
        "severity": row.text("性质"),
        "cause": row.text("原因"),
        "measure": row.text("纠正措施"),
        "found": _day(one.found),
        "due": _day(one.due),
        "closed": _day(one.closed),
        "state": one.state.value,
        "days_overdue": one.overdue,
        "days": one.days,
        "late": one.late,
        **_trial_json(one.record, one.tried),
        "doubtful": bool(one.doubts),
        "remarks": list(one.remarks),
        **place_json(row),
    }


def _improvement_json(one: Improvement) -> dict[str, Any]:
    row = one.record
    return {
        "id": row.text("改进编号"),
        "category": one.category,
        "department": one.department,
        "topic": row.text("改进项"),
        "goal": row.text("改进目标"),
        "due": _day(one.due),
        "done": _day(one.done),
        "progress": exact(one.progress),
        "evaluation": row.text("效果评价"),
        "state": one.state.value,
        "days_overdue": one.overdue,
        "unevaluated": one.unevaluated,
        "contradictory": one.contradictory,
        **_trial_json(row, one.tried),
        "doubtful": bool(one.doubts),
        "remarks": list(one.remarks),
        **place_json(row),
    }


def _trial_json(row: Record, tried: Trial) -> dict[str, Any]:
    number = row.cells.get(NUMBER)
    return {
        "number": None if number is None else str(number),
        "indicator": tried.indicator.id if tried.indicator else None,
        "period": str(tried.period) if tried.period else None,
        "effect": tried.effect.value if tried.effect else None,
        "decisive": str(tried.decisive) if tried.decisive else None,
        "following": [assessment_json(item) for item in tried.following],
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
