"""Clauses: for each clause of the standard what the plan does for it, what proves it, and whether that is in place.

Source: the clauses that the catalogue lists (`clauses`), and those that indicators (`clause`), activities (`clauses`)
and required checks (`clause`) name; one that is listed and that nothing is done for is empty.
Convention: an item of a clause is made of parts that have to be there for the year up to a day:

- of an indicator, each ledger of each department that has to hand it in, for the months that the indicator reads; an
  assessment that has ended and is 待核实 or 口径待确认 is a doubtful part;
- of an activity, each occurrence that was due by the day: done, with a 记录编号; and for those months each other ledger
  in which it is recorded, from the departments that lead it (from all, where none of those hands it in);
- of a required check, each project or item of each period that had ended by the day;
- of a ledger that is the record which a clause requires, the same as of an indicator, for each month.

Whether a target was met is no part of it: a missed one is in place as well as an attained one. `State.of` says what the
parts make together, and what the items of a clause make.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from itss_kpi.analysis.collection import month_ranges
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator, sources_of
from itss_kpi.catalogue.ledgers import Record
from itss_kpi.catalogue.plan import Activity, RequiredCheck
from itss_kpi.catalogue.wording import lacking_text, name_text
from itss_kpi.core.jsonable import picked, published
from itss_kpi.core.labelled import Labelled
from itss_kpi.core.period import Period, PeriodKind, periods_due
from itss_kpi.core.results import Assessment, Export, Verdict
from itss_kpi.core.text import fold, half_width
from itss_kpi.engine.coverage import wanted_months
from itss_kpi.plan import activities
from itss_kpi.plan.activities import Occurrence, Planned, YearPlan
from itss_kpi.plan.operation import Operation, operation_of
from itss_kpi.plan.records import Ledgers, lacking_of
from itss_kpi.plan.status import PlanStatus, counts_of
from itss_kpi.plan.supervision import SOURCE as CHECKS
from itss_kpi.plan.supervision import Coverage, Required, Supervision


class State(Labelled):
    """Whether what a clause asks for is in place."""

    EMPTY = "empty", "空白"
    MISSING = "missing_data", "数据缺失"
    LACKING = "not_in_place", "未到位"
    PARTLY = "partly", "部分到位"
    DOUBTFUL = "doubtful", "存疑"
    IN_PLACE = "in_place", "到位"
    COMING = "coming", "未到期"

    @classmethod
    def of(cls, states: Iterable["State"]) -> "State":
        """What several make together: 数据缺失 where any is, as nobody knows the rest; else, of what was due by the
        day, 到位 where all is, 未到位 where nothing is, 部分到位 where something is and something is not; 存疑 where
        that can't be told. 未到期 where nothing was due."""
        due = {state for state in states if state is not cls.COMING}
        if len(due) < 2:
            return next(iter(due), cls.COMING)
        if cls.MISSING in due:
            return cls.MISSING
        there, lacking = due & {cls.IN_PLACE, cls.PARTLY}, due & {cls.LACKING, cls.PARTLY}
        return cls.PARTLY if there and lacking else cls.DOUBTFUL


@dataclass(frozen=True, slots=True)
class Part:
    """Something that has to be there, and why it isn't."""

    state: State
    reason: str = ""


@published(
    "kind number? name state due in_place=there reasons record_numbers=numbers files rows",
)
@dataclass(frozen=True, slots=True)
class Item:
    """What the plan does for a clause: an `indicator` (its id), `activity`, `check` or `ledger` (its `kind`), and its
    numbers in the plan: `1、16`; its parts, the exports that were read for it, and the rows of ledgers that prove it,
    with their 记录编号 (`numbers`) where it is an activity."""

    kind: str
    name: str
    parts: tuple[Part, ...]
    exports: tuple[Export, ...]
    number: str = ""
    indicator: str = ""
    rows: tuple[Record, ...] = ()
    numbers: tuple[str, ...] = ()

    @property
    def state(self) -> State:
        """What its parts make together."""
        return State.of(part.state for part in self.parts)

    @property
    def due(self) -> int:
        """How many parts had to be there by the day."""
        return sum(part.state is not State.COMING for part in self.parts)

    @property
    def there(self) -> int:
        """How many of them are."""
        return sum(part.state is State.IN_PLACE for part in self.parts)

    @property
    def reasons(self) -> list[str]:
        """Why it isn't in place, each reason once."""
        return list(dict.fromkeys(part.reason for part in self.parts if part.reason))

    @property
    def files(self) -> list[dict[str, Any]]:
        """Its exports, as JSON."""
        return [picked(one, "source department path sheet rows=rows.kept") for one in self.exports]


@published("clause=text records state items")
@dataclass(frozen=True, slots=True)
class Clause:
    """A clause as the catalogue spells it first, the records that it requires, and its items: ledgers, indicators,
    activities, checks, each in their order."""

    text: str
    records: str
    items: tuple[Item, ...]

    @property
    def state(self) -> State:
        """What its items make together."""
        return State.of(item.state for item in self.items) if self.items else State.EMPTY


@published("summary=counts clauses operation")
@dataclass(frozen=True, slots=True)
class Matrix(PlanStatus):
    """The clauses in the standard's order, and since when there are records of all that is done for them."""

    schema = "itss-kpi/clauses/1"
    clauses: tuple[Clause, ...]
    operation: Operation

    @property
    def counts(self) -> dict[str, int]:
        """How many clauses are in each state."""
        return counts_of(State, (one.state for one in self.clauses))


def names_clauses(catalogue: Catalogue) -> bool:
    """Whether the catalogue names any."""
    named = [one.clause for one in catalogue.indicators] + [one.clause for one in catalogue.supervision]
    return any(named) or any(one.clauses for one in catalogue.activities) or bool(catalogue.clauses)


def clause_matrix(
    catalogue: Catalogue,
    ledgers: Ledgers,
    assessments: Iterable[Assessment],
    year: Period,
    as_of: date,
    plan: YearPlan | None,
    supervision: Supervision | None,
) -> Matrix | None:
    """The clauses that the catalogue names, for the `year` up to `as_of`; None where it names none.

    `assessments`: those of the year that have ended, of every indicator. `plan` and `supervision` are of the same year
    and day; None where the catalogue doesn't declare their ledgers, or where the plan is another year's.
    """
    finder = _Finder(catalogue, ledgers, year, min(as_of, year.last_day))
    required = {fold(one.clause): one.records or "" for one in catalogue.clauses}
    found: dict[str, tuple[str, list[Item]]] = {fold(one.clause): (one.clause, []) for one in catalogue.clauses}
    for texts, item in finder.items(_doubts(assessments), plan, supervision):
        for text in texts:
            _, listed = found.setdefault(fold(text), (text, []))
            if not listed or listed[-1] is not item:
                listed.append(item)
    ordered = sorted(found.values(), key=lambda one: clause_order(one[0]))
    clauses = tuple(Clause(text, required.get(fold(text), ""), tuple(items)) for text, items in ordered)
    if not found:
        return None
    records = _recording_sources(catalogue)
    return Matrix(year, as_of, (), clauses, operation_of(catalogue, ledgers, catalogue.shown, records, finder.seen))


_DESIGNATION = re.compile(r"^[A-Z]+(?:/[A-Z]+)*\s*\d+(?:\.\d+)*(?:[-:]\d+)*", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"(\d+(?:\.\d+)*)\s*([a-z]\b)?", re.ASCII)
_DIGITS = {digit: at for at, digit in enumerate("一二三四五六七八九", 1)}
_CHAPTER = re.compile("第([一二三四五六七八九])?(十)?([一二三四五六七八九])?(?:章|条)")


def clause_order(text: str) -> tuple[bool, tuple[int, ...], str]:
    """Where a clause comes among others: `GB/T 28827.1 第5章` before 5.4, and 5.10 c) after 5.9; first those that have
    a number. The standard's own number is none of the clause's."""
    rest = _DESIGNATION.sub("", half_width(text))
    chapter = _CHAPTER.search(rest)
    if chapter and (chapter[1] or chapter[2]):
        tens, ones = (_DIGITS.get(chapter[1], 1), chapter[3]) if chapter[2] else (0, chapter[1])
        return False, (10 * tens + _DIGITS.get(ones, 0),), ""
    number = _NUMBER.search(rest) or _NUMBER.search(half_width(text))
    return (False, tuple(map(int, number[1].split("."))), number[2] or "") if number else (True, (), "")


@dataclass(frozen=True, slots=True)
class _Finder:
    """Finds what is there in the `year`, up to the day `seen`."""

    catalogue: Catalogue
    ledgers: Ledgers
    year: Period
    seen: date

    def items(
        self, doubts: Mapping[str, Sequence[str]], plan: YearPlan | None, supervision: Supervision | None
    ) -> Iterator[tuple[Sequence[str], Item]]:
        """Everything that is done for clauses, with the clauses."""
        for one in self.catalogue.clauses:
            for name in one.sources:
                yield [one.clause], self.record(name)
        for indicator in sorted(self.catalogue.indicators, key=lambda one: one.number):
            if indicator.clause:
                yield [indicator.clause], self.indicator(indicator, doubts.get(indicator.id, ()))
        planned = {one.activity.number: one for one in plan.activities} if plan else {}
        for activity in self.catalogue.activities:
            if activity.clauses:
                yield activity.clauses, self.activity(activity, planned.get(activity.number))
        for rule in self.catalogue.supervision:
            if rule.clause:
                yield [rule.clause], self.check(rule, supervision)

    def exports(self, sources: Iterable[str], departments: Sequence[str] | None = None) -> tuple[Export, ...]:
        """What was really read for the sources (from these departments), in order."""
        tables = [self.ledgers[name] for name in sources if name in self.ledgers]
        found = [one for table in tables for one in table.exports if one.readable]
        mine = (one for one in found if departments is None or one.department in departments)
        return tuple(sorted(mine, key=lambda one: (one.source, one.path, one.sheet)))

    def ledger(self, source: str, departments: Iterable[str], months: Sequence[Period]) -> Iterator[Part]:
        """A ledger of each of the departments, which has to be there for the months."""
        name = self.catalogue.sources[source].name
        for department in departments:
            lacking = lacking_of(self.ledgers, source, department, months)
            reason = f"“{name}”没有交齐({department} {month_ranges(lacking)})" if lacking else ""
            yield Part(State.MISSING if lacking else State.IN_PLACE, reason)

    def record(self, name: str) -> Item:
        """A ledger that a clause requires."""
        source = self.catalogue.sources[name]
        months = [month for month in periods_due(PeriodKind.MONTH, self.year) if month.start <= self.seen]
        return Item("ledger", source.name, tuple(self.ledger(name, source.departments, months)), self.exports([name]))

    def indicator(self, indicator: Indicator, doubts: Iterable[str]) -> Item:
        """An indicator, and what can't be known of it."""
        parts = [
            part
            for source, months in wanted_months(self.catalogue, [indicator], self.year, self.seen).items()
            for part in self.ledger(source, self.catalogue.sources[source].departments, months)
        ]
        parts += [Part(State.DOUBTFUL, text) for text in dict.fromkeys(doubts)]
        exports, number = self.exports(sorted(sources_of([indicator]))), "、".join(map(str, indicator.numbers))
        return Item("indicator", indicator.name, tuple(parts), exports, number, indicator.id)

    def activity(self, activity: Activity, planned: Planned | None) -> Item:
        """An activity, as it was done."""
        exports = self.exports([activities.SOURCE])
        for source in _other_sources(activity):
            exports += self.exports([source], self.recording(activity, source))
        due = [one for one in planned.occurrences if one.state is not activities.State.COMING] if planned else []
        parts = [_occurrence(one) for one in planned.occurrences] if planned else [self.unplanned()]
        return Item(
            "activity",
            activity.name,
            (*parts, *self.recorded(activity, due)),
            exports,
            str(activity.number),
            rows=_rows(row for one in due for row in one.records),
            numbers=tuple(dict.fromkeys(one.evidence for one in due if one.evidence)),
        )

    def unplanned(self) -> Part:
        """Why nobody knows whether activities were done."""
        planned, seen = self.catalogue.plan.year, self.seen.year
        if planned != seen:
            return Part(State.MISSING, f"指标目录是 {planned} 年度的计划,没有 {seen} 年的质量活动")
        return Part(State.MISSING, f"指标目录没有声明质量活动台账({activities.SOURCE}),不知道做了没有")

    def recorded(self, activity: Activity, due: Sequence[Occurrence]) -> Iterator[Part]:
        """The ledgers beside the log, from whom they have to be there for the days of what was due."""
        year = Period(PeriodKind.YEAR, self.catalogue.plan.year)
        months = [
            month
            for month in periods_due(PeriodKind.MONTH, year)
            if any(one.span.start < month.end and month.start <= one.span.last_day for one in due)
        ]
        for source in _other_sources(activity) if months else ():
            yield from self.ledger(source, self.recording(activity, source), months)

    def recording(self, activity: Activity, source: str) -> Sequence[str]:
        """The departments whose ledger records the activity: those that lead it, else all that hand it in."""
        handing = self.catalogue.sources[source].departments
        return [name for name in handing if name in activity.lead] or handing

    def check(self, rule: RequiredCheck, supervision: Supervision | None) -> Item:
        """A required check: its category, and who checks."""
        required = supervision.required_by(rule) if supervision else []
        parts = [_covered(self.catalogue.sources[CHECKS].name, one) for one in required]
        if supervision is None:
            parts = [Part(State.MISSING, f"指标目录没有声明监督检查记录({CHECKS})")]
        name = f"{rule.category}({'、'.join(rule.departments)},{rule.each.label})"
        exports, checks = self.exports([CHECKS], rule.departments), (one for need in required for one in need.checks)
        return Item("check", name, tuple(parts), exports, rows=_rows(one.record for one in checks))


def _rows(records: Iterable[Record]) -> tuple[Record, ...]:
    """The rows, each once, in order of their places."""
    rows = {one.place: one for one in records}
    return tuple(rows[place] for place in sorted(rows))


def _recording_sources(catalogue: Catalogue) -> list[str]:
    """The ledgers beside those of the indicators in which what is done for clauses is recorded."""
    named = {name for one in catalogue.clauses for name in one.sources}
    named |= {name for one in catalogue.activities for name in one.sources}
    return [name for name in catalogue.records if name in named or (name == CHECKS and catalogue.supervision)]


def _doubts(assessments: Iterable[Assessment]) -> dict[str, list[str]]:
    """Of which indicators something can't be known, and what."""
    found: dict[str, list[str]] = {}
    for item in assessments:
        if item.due and item.verdict in (Verdict.UNVERIFIED, Verdict.UNDEFINED):
            found.setdefault(item.indicator, []).append(
                f"{name_text(str(item.period), item.group)} {item.verdict.label}"
            )
    return found


def _occurrence(one: Occurrence) -> Part:
    match one.state:
        case activities.State.COMING:
            return Part(State.COMING)
        case activities.State.MISSING:
            return Part(State.MISSING, f"{one.span} 数据缺失")
        case activities.State.UNKNOWN:
            return Part(State.DOUBTFUL, f"{one.span} 存疑")
        case activities.State.OVERDUE:
            return Part(State.LACKING, f"{one.span} 没有完成")
        case _ if one.evidence:
            return Part(State.IN_PLACE)
        case _ if one.unrecorded:
            return Part(State.LACKING, f"{one.span} 没有记录编号")
        case _:
            return Part(State.DOUBTFUL, f"{one.span} 记录编号读不出来")


def _other_sources(activity: Activity) -> list[str]:
    """The ledgers beside the log in which the activity is recorded."""
    return [source for source in dict.fromkeys(activity.sources) if source != activities.SOURCE]


_COVERAGES = {
    Coverage.COVERED: State.IN_PLACE,
    Coverage.UNCHECKED: State.LACKING,
    Coverage.DOUBTFUL: State.DOUBTFUL,
    Coverage.MISSING_DATA: State.MISSING,
}


def _covered(name: str, one: Required) -> Part:
    covered = one.coverage is Coverage.COVERED
    lacking = lacking_text(name, one.absent) or f"{one.period} {one.name} {one.coverage.label}"
    return Part(_COVERAGES[one.coverage], "" if covered else lacking)
