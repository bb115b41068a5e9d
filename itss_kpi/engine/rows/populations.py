"""Populations: a measure's rows in one window, as flags of a table's rows.

Convention: a flag is the name of a column of booleans that a query adds to the frame, or a constant; a conjunction of
flags is the set of their names.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from itss_kpi.catalogue.indicators import Last, Measure
from itss_kpi.engine.bounds import Range
from itss_kpi.engine.rows.terms import Term


@dataclass(frozen=True, slots=True)
class Span:
    """The days `[start, end)` in which a measure's rows are counted; `until` ends a period that is seen in part, and
    the year `opens` on that month and day."""

    start: date
    end: date
    until: date | None = None
    opens: tuple[int, int] = (1, 1)


def window_of(measure: Measure, span: Span) -> Span:
    """The days that the measure's window takes of an assessment whose period is `span`."""
    match measure.window:
        case "period":
            return span
        case Last(days=days):
            return Span(span.end - timedelta(days=days or 0), span.end)
        case "previous" | "year_before":
            until = span.until or span.end
            months = _month(until) - _month(span.start)
            whole = months and span.start.day == until.day
            if measure.window == "year_before":
                weeks = timedelta(days=364)
                start, end = (_earlier(one, 12) if whole else one - weeks for one in (span.start, until))
            else:
                first = _earlier(span.start, months) if whole else span.start - (until - span.start)
                start, end = first, span.start
            return Span(start, end, end)
        case "year_to_date" | "quarter_to_date":
            return Span(first_to_date(measure.window, span.end - timedelta(days=1), span.opens), span.end, span.until)
        case _:
            return Span(date.min, span.end, span.until)


def first_to_date(window: object, last: date, opens: tuple[int, int]) -> date:
    """The first day of the year (which opens on a month and day) or of its quarter up to a day."""
    month, day = opens
    months = 12 if window == "year_to_date" else 3
    back = (last.month - month - (last.day < day)) % months
    return _earlier(last.replace(day=day), back + (last.day < day))


SHIFTED = ("previous", "year_before")
"""Windows that are other periods: the edges of the period that conditions speak of are theirs."""


def _month(day: date) -> int:
    return day.year * 12 + day.month - 1


def _earlier(day: date, months: int) -> date:
    year, month = divmod(_month(day) - months, 12)
    return date(year, month + 1, min(day.day, 28))


@dataclass(frozen=True, slots=True)
class Group:
    """What rows are grouped by: a column, or nothing. Where groups are `named`, a row without a name is of one of them,
    and nobody knows of which."""

    column: str = ""
    named: bool = False

    def __bool__(self) -> bool:
        return bool(self.column)


UNGROUPED = Group()


@dataclass(frozen=True, slots=True)
class Window:
    """The microseconds `[start, end)` of whole days: a row whose date in this column is known lies in them or not."""

    column: str
    start: int
    end: int


Flag = str | bool
"""The name of a column of booleans that the query adds to the frame, or a constant."""

Edges = tuple[int, int] | None
"""The period's edges in microseconds, where something depends on them."""

Conjunction = frozenset[str] | None
"""Rows where all the named columns hold; None: no row."""


@dataclass(frozen=True, slots=True)
class Flags:
    """A materialised `Truth`: where it surely and where it possibly holds."""

    surely: Flag
    possibly: Flag


ALWAYS = Flags(True, True)


@dataclass(frozen=True, slots=True)
class Spread:
    """Between which amounts (as integers, like the amount itself) those rows lie of which only the time of a day isn't
    known, or only the day of a month: the rows where it `holds`."""

    low: Any
    high: Any
    holds: Any


@dataclass(frozen=True, slots=True)
class Population:
    """A measure's rows in one window, by `group`: those `inside` it that fulfil `base` (the measure's own condition, or
    that of the denominator it lies within) and `extra` (its own condition where it lies within one). Each has an
    `amount` (None: 1 a row) that is `known`, or is anything of its `spread`, or else of its `extent`; a row that may be
    a repeat is not `certain`, one whose group isn't known not `placed`, and a part is not `paired` where its whole
    can't be read. Rows that are `apart` lie outside of their file's time. The `edges` are the period's, where it
    depends on them."""

    measure: Measure
    group: Group
    inside: Flags
    base: Flags
    extra: Flags
    certain: Flag
    placed: Flag
    known: Flag
    paired: Flag
    amount: Term | None
    extent: Range
    apart: Flag = False
    edges: Edges = None
    spread: Spread | None = None

    @property
    def surely(self) -> Conjunction:
        """Rows that count for certain, with an amount that is known."""
        return all_of(
            self.inside.surely, self.base.surely, self.extra.surely, self.certain, self.placed, self.known, self.paired
        )

    @property
    def possibly(self) -> Conjunction:
        """Rows that may count."""
        return all_of(self.inside.possibly, self.base.possibly, self.extra.possibly)

    @property
    def flags(self) -> tuple[Flag, ...]:
        of_pairs = (flag for pair in (self.inside, self.base, self.extra) for flag in (pair.surely, pair.possibly))
        return (*of_pairs, self.certain, self.placed, self.known, self.paired)

    @property
    def addend(self) -> tuple[Hashable, ...]:
        """What the amount is known by: two populations with the same one have the same of each row."""
        return (self.measure.of, self.edges)

    @property
    def scale(self) -> int | None:
        """What integer sums of the amount are to be divided by; None where each row has its own."""
        bottom = self.amount.bottom if self.amount else 1
        return bottom if isinstance(bottom, int) else None


def all_of(*flags: Flag) -> Conjunction:
    """The conjunction of flags."""
    return None if False in flags else frozenset(flag for flag in flags if isinstance(flag, str))
