"""Findings: nonconformities and improvements: what is open, overdue or done, and whether it helped.

Source: sections 3.1, 3.3 and 3.8 of the plan; GB/T 28827.1 5.4 and 5.5. Convention: a row of the ledgers
(`nonconformities`, `improvements`) is seen as of a day: nothing dated after `as_of` is, what can't be read is never
guessed, and what is due on a day is overdue from the day after. Rows of one number with different contents are one,
of which nobody knows how it stands. The effect on a named indicator is judged as in `effects`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction
from statistics import median
from typing import Any, ClassVar, Generic, Self, TypeVar

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.catalogue.ledgers import ImprovementRow, IndicatorRow, NonconformityRow, Record
from itss_kpi.core.jsonable import as_json, published
from itss_kpi.core.labelled import Labelled
from itss_kpi.core.period import Period
from itss_kpi.core.results import Assessment, MissingExport
from itss_kpi.plan.effects import (
    GROUP,
    NUMBER,
    PERIOD,
    Assessed,
    Effect,
    EffectCheck,
    Entry,
    R,
    S,
    doubts_of_period,
    missed_again,
)
from itss_kpi.plan.records import Ledgers, absent_until, merged, rows_of
from itss_kpi.plan.status import PlanStatus, counts_of, ledger_json

NONCONFORMITIES, IMPROVEMENTS = SOURCES = NonconformityRow.source, ImprovementRow.source
UNREAD, UNWRITTEN = "(读不出来)", "(没有写)"
"""The group of what has no readable word."""
GATES = ("overdue", "open", "doubtful", "unevaluated", "contradictory", "ineffective", "missing_data")
"""What `--fail-on` may name."""


class State(Labelled):
    """How a nonconformity stands."""

    OVERDUE = "overdue", "逾期未关闭", "✗"
    UNKNOWN = "unknown", "存疑", "?"
    OPEN = "open", "处理中", "…"
    CLOSED = "closed", "已关闭", "✓"


class Progress(Labelled):
    """How an improvement stands."""

    OVERDUE = "overdue", "逾期", "✗"
    UNKNOWN = "unknown", "存疑", "?"
    COMING = "coming", "未到期", "…"
    LATE = "late", "迟完成", "▲"
    DONE = "done", "已完成", "✓"


@dataclass(frozen=True, slots=True)
class Finding(Entry[R, S]):
    """What both ledgers say. `kind` (来源, 类别) and `department` are `UNREAD` where they can't be read; `doubts`: what
    can't be read."""

    kind: str
    department: str
    due: date | None
    doubts: tuple[str, ...]

    @property
    def doubtful(self) -> bool:
        """Whether something of it can't be read."""
        return bool(self.doubts)


@published(
    "id=record.id origin=kind department clause=record.clause fact=record.fact severity=record.severity",
    "cause=record.cause measure=record.measure found due closed state days_overdue=overdue days late",
    "number=record.number *tried doubtful remarks *record",
)
@dataclass(frozen=True, slots=True)
class Nonconformity(Finding[NonconformityRow, State]):
    """A row of 不符合项台账. `closed` is as seen on the day, `days` from 发现日期 to 关闭日期."""

    found: date | None
    closed: date | None
    days: int | None

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


@published(
    "id=record.id category=kind department topic=record.topic goal=record.goal due done progress",
    "evaluation=record.evaluation state days_overdue=overdue unevaluated contradictory",
    "number=record.number *tried doubtful remarks *record",
)
@dataclass(frozen=True, slots=True)
class Improvement(Finding[ImprovementRow, Progress]):
    """A row of 体系改进计划. `done` is as seen on the day; `progress` is as the ledger says it, whatever the day;
    `contradictory`: it doesn't fit 实际完成."""

    done: date | None
    progress: Fraction | None
    contradictory: bool

    @property
    def unevaluated(self) -> bool:
        """Whether it is done without a 效果评价."""
        return self.state in (Progress.DONE, Progress.LATE) and self.record.is_blank("效果评价")


E = TypeVar("E", bound=Finding[Any, Any])


@dataclass(frozen=True, slots=True)
class Group(Generic[E]):
    """The entries of a kind, a department or both; '' is all."""

    states: ClassVar[type[StrEnum]]
    kind: str
    department: str
    items: tuple[E, ...]

    @classmethod
    def of(cls, kind: str, department: str, items: Iterable[E] | None) -> Self:
        """Those of the items that are of the kind and department."""
        mine = (one for one in items or () if kind in ("", one.kind) and department in ("", one.department))
        return cls(kind, department, tuple(mine))

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.items)

    @property
    def counts(self) -> dict[str, int]:
        """How many are in each state."""
        return counts_of(self.states, (one.state for one in self.items))


@published(
    "origin=kind? department? found=size open overdue=counts.overdue closed=counts.closed unknown=counts.unknown",
    "closed_late=late days_total days_mean=mean days_median=median",
)
@dataclass(frozen=True, slots=True)
class Nonconformities(Group[Nonconformity]):
    """The nonconformities of an origin, a department or both."""

    states = State

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
    def days_total(self) -> Fraction:
        """All their days to close."""
        return sum(self.days, Fraction(0))

    @property
    def mean(self) -> Fraction | None:
        """The mean of the days to close."""
        return self.days_total / len(self.days) if self.days else None

    @property
    def median(self) -> Fraction | None:
        """The median of the days to close."""
        return median(self.days) if self.days else None


@published("category=kind? department? improvements=size *counts unevaluated contradictory progress")
@dataclass(frozen=True, slots=True)
class Improvements(Group[Improvement]):
    """The improvements of a category, a department or both."""

    states = Progress

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
class Findings(PlanStatus):
    """A year's nonconformities and improvements; None where the catalogue declares no such ledger.

    Those that were closed or done before the year are not among them. `origins`, `categories` and `departments`: the
    words by which they are grouped, in the catalogue's order.
    """

    schema = "itss-kpi/findings/1"
    nonconformities: tuple[Nonconformity, ...] | None
    improvements: tuple[Improvement, ...] | None
    origins: tuple[str, ...]
    categories: tuple[str, ...]
    departments: tuple[str, ...]

    def lacking(self, source: str) -> tuple[MissingExport, ...]:
        """Where that ledger wasn't handed in."""
        return tuple(one for one in self.absent if one.source == source)

    def of(self, origin: str = "", department: str = "") -> Nonconformities:
        """The nonconformities of an origin, a department, both, or all."""
        return Nonconformities.of(origin, department, self.nonconformities)

    def improved(self, category: str = "", department: str = "") -> Improvements:
        """The improvements of a category, a department, both, or all."""
        return Improvements.of(category, department, self.improvements)

    @property
    def groups(self) -> list[Nonconformities]:
        """The nonconformities by origin, by department, and by both where there are any."""
        return _groups(self.of, self.origins, self.departments)

    @property
    def improved_groups(self) -> list[Improvements]:
        """The improvements by category, by department, and by both where there are any."""
        return _groups(self.improved, self.categories, self.departments)

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


@as_json.register
def _(found: Findings) -> dict[str, Any]:
    """Both ledgers; null is one that isn't declared."""
    halves: dict[str, tuple[Any, Group[Any], Any]] = {
        NONCONFORMITIES: (found.nonconformities, found.of(), found.groups),
        IMPROVEMENTS: (found.improvements, found.improved(), found.improved_groups),
    }
    return {
        source: None
        if items is None
        else ledger_json(source, found.lacking(source)) | as_json({"summary": whole, "groups": groups, "items": items})
        for source, (items, whole, groups) in halves.items()
    }


G = TypeVar("G", bound=Group[Any])


def _groups(of: Callable[[str, str], G], kinds: Iterable[str], departments: Sequence[str]) -> list[G]:
    pairs = [(kind, "") for kind in kinds] + [("", name) for name in departments]
    both = (of(kind, name) for kind in kinds for name in departments)
    return [*(of(kind, name) for kind, name in pairs), *(one for one in both if one.items)]


def nonconformities_of(
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
    known = Assessed.of(catalogue, assessments, year, as_of, indicators)
    faults = [_nonconformity(known, row) for row in merged(rows_of(NonconformityRow, catalogue, ledgers))]
    plans = [_improvement(known, row) for row in merged(rows_of(ImprovementRow, catalogue, ledgers))]
    seen = tuple(one for one in faults if _was(one.found, as_of) and not _before(one.closed, year))
    planned = tuple(one for one in plans if not _before(one.done, year))
    absent = [one for name in declared for one in absent_until(name, catalogue, ledgers, year, as_of)]
    return Findings(
        year,
        as_of,
        tuple(absent),
        seen if NONCONFORMITIES in declared else None,
        planned if IMPROVEMENTS in declared else None,
        _words(catalogue, NONCONFORMITIES, "来源", (one.kind for one in seen)),
        _words(catalogue, IMPROVEMENTS, "类别", (one.kind for one in planned)),
        _named(catalogue.plan.departments, [*(one.department for one in seen), *(one.department for one in planned)]),
    )


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


def _nonconformity(known: Assessed, row: NonconformityRow) -> Nonconformity:
    found, due, written = row.found, row.due, row.closed
    unknown = row.disputed or "关闭日期" in row.unread
    closed = None if unknown else known.seen(written)
    state, overdue = _standing(unknown, due, closed, known.as_of)
    after = closed is not None and found is not None and closed >= found
    doubts = tuple(_doubts(row, ("来源", "责任部门", "发现日期", "完成期限", "关闭日期", NUMBER, PERIOD, GROUP)))
    tried = known.trial(row, closed, doubtful=unknown, any_period=True)
    remarks = (
        *doubts,
        *_remarks_on_days(row, "关闭", due, written, known.as_of),
        *(["没有写完成期限"] if row.is_blank("完成期限") else []),
        *(["没有写发现日期,不知道用了几天"] if closed and row.is_blank("发现日期") else []),
        *(["关闭日期早于发现日期"] if closed and found and not after else []),
        *_remarks_on_trial(known, row, tried),
    )
    days = (closed - found).days if closed and found and after else None
    return Nonconformity(
        row,
        state,
        overdue,
        tried,
        remarks,
        _word(row, "来源"),
        _word(row, "责任部门"),
        due,
        doubts,
        found,
        closed,
        days,
    )


def _standing(unknown: bool, due: date | None, closed: date | None, as_of: date) -> tuple[State, int]:
    if unknown or closed:
        return (State.UNKNOWN if unknown else State.CLOSED), 0
    late = due is not None and due < as_of
    return (State.OVERDUE, (as_of - due).days) if late and due else (State.OPEN, 0)


def _improvement(known: Assessed, row: ImprovementRow) -> Improvement:
    due, written, progress = row.due, row.done, row.progress
    unknown = row.disputed or "实际完成" in row.unread or due is None
    finished = known.seen(written)
    done = None if unknown else finished
    state, overdue = _progress(None if unknown else due, done, known.as_of)
    whole, blank = progress is not None and progress >= 1, row.is_blank("实际完成")
    odd = whole if blank else finished is not None and not whole
    opposite = odd and progress is not None and not row.disputed
    doubts = tuple(_doubts(row, ("类别", "责任部门", "计划完成", "实际完成", "进度", NUMBER, GROUP)))
    tried = known.trial(row, done, doubtful=unknown, any_period=True)
    remarks = (
        *doubts,
        *_remarks_on_days(row, "完成", due, written, known.as_of),
        *(["没有写计划完成日期"] if row.is_blank("计划完成") else []),
        *([f"进度 {'100%' if whole else '不到 100%'},却{'没有' if blank else '写了'}实际完成日期"] if opposite else []),
        *(["没有效果评价"] if done and row.is_blank("效果评价") else []),
        *_remarks_on_trial(known, row, tried),
    )
    return Improvement(
        row,
        state,
        overdue,
        tried,
        remarks,
        _word(row, "类别"),
        _word(row, "责任部门"),
        due,
        doubts,
        done,
        progress,
        opposite,
    )


def _progress(due: date | None, done: date | None, as_of: date) -> tuple[Progress, int]:
    if due is None:
        return Progress.UNKNOWN, 0
    if done is not None:
        return (Progress.DONE if done <= due else Progress.LATE), 0
    return (Progress.OVERDUE, (as_of - due).days) if due < as_of else (Progress.COMING, 0)


def _word(row: Record, column: str) -> str:
    return UNREAD if column in row.unread else row.text(column) or UNWRITTEN


# ---- what is to be known


def _doubts(row: NonconformityRow | ImprovementRow, columns: Iterable[str]) -> Iterator[str]:
    if row.uncertain:
        yield "所在的工作表不知是否计入" if row.id else "没有编号"
    differ = [name for name in columns if name in row.unread]
    if row.conflict:
        named = f",其中{'、'.join(f'“{name}”' for name in differ)}不同或读不出来" if differ else ""
        yield f"同一编号的几行内容不同{named}"
    else:
        yield from (f"“{name}”读不出来" for name in differ)
    yield from doubts_of_period(row)


def _remarks_on_days(row: Record, what: str, due: date | None, day: date | None, as_of: date) -> Iterator[str]:
    if day is not None and day > as_of:
        yield f"{what}日期 {day} 在 {as_of} 之后,按未{what}看"
    elif day is not None and due is not None and day > due and not row.disputed:
        yield f"晚于期限 {(day - due).days} 天{what}"


def _remarks_on_trial(known: Assessed, row: IndicatorRow, tried: EffectCheck) -> Iterator[str]:
    yield from known.remarks(row, any_period=True)
    yield from missed_again(tried)
