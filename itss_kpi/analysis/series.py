"""Series: the assessments of an indicator along the periods, and how one differs from the one before.

Convention: every number is worked out by `engine.evaluate` from the rows, never from finer rates, and compared exactly;
what can't be known leaves no difference.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from typing import ClassVar

from itss_kpi.analysis.breakdown import Tables, across_all, by_indicator, group_rank
from itss_kpi.analysis.to_date import to_date
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator, Last, Measure
from itss_kpi.core.jsonable import published
from itss_kpi.core.period import Period, PeriodKind
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Assessment, WhatIf
from itss_kpi.core.targets import Unit, show
from itss_kpi.engine import error_budget
from itss_kpi.engine.evaluate import evaluate

# ---- along the periods


@published("*item on_before on_year_before outlook archived")
@dataclass(frozen=True, slots=True)
class Point:
    """An assessment and by how much its value differs from that of the period before (环比) and of the year before
    (同比): None where it still runs, there is none, or either isn't known exactly. `outlook`: what if more come.
    `archived`: it is what was found when the period was closed, as exports are missing today."""

    item: Assessment
    on_before: Fraction | None = None
    on_year_before: Fraction | None = None
    outlook: WhatIf | None = None
    archived: bool = False


@published("indicator=indicator.id number name=indicator.name group reason points to_date part")
@dataclass(frozen=True, slots=True)
class Series:
    """An indicator under one of its numbers along the periods, as a whole or as one of its groups. `to_date`: the year
    of the last day seen, up to that day, due only where the year has ended; `part` says of which periods it is, where
    some are missing or undecided. `reason`: of a whole that was to be broken down, why it has no groups or why they
    don't add up."""

    number: int
    indicator: Indicator
    group: str | None
    points: tuple[Point, ...]
    to_date: Assessment | None = None
    reason: str = ""
    part: str = ""

    @property
    def to_date_text(self) -> str:
        """The year to date as shown."""
        if self.to_date is None:
            return "—"
        return f"{self.to_date.display}({self.part})" if self.part else self.to_date.display


@published("schema from=first to=last as_of by=dimension next=further catalogue series problems")
@dataclass(frozen=True, slots=True)
class Trends:
    """The series from `first` to `last` as of a day, by a `dimension` where one was asked for."""

    schema: ClassVar[str] = "itss-kpi/trend/1"
    catalogue: Mapping[str, str]
    first: Period
    last: Period
    as_of: date
    dimension: str | None
    further: int | None
    series: Sequence[Series]
    problems: Sequence[Problem] = ()

    @property
    def span(self) -> str:
        """The periods as written."""
        return str(self.first) if self.first == self.last else f"{self.first}~{self.last}"


@dataclass(slots=True)
class _Line:
    """What belongs to a series: the assessments of all years in order, each with why its groups don't add up; `then`:
    what was found when a period was closed, where that stands for it."""

    items: list[tuple[Assessment, str]] = field(default_factory=list)
    then: Mapping[Period, Assessment] = field(default_factory=dict)
    to_date: Assessment | None = None


def series(
    catalogue: Catalogue,
    tables: Tables,
    indicators: Iterable[Indicator],
    first: Period,
    last: Period,
    as_of: date,
    dimension: str | None = None,
    *,
    known: Sequence[Assessment] = (),
    archived: Iterable[Assessment] = (),
    further: int | None = None,
) -> list[Series]:
    """Every assessment that falls due from `first` to `last`, and what runs on the last day that is seen (that of
    `last` or, if earlier, `as_of`), in order of number; with a `dimension` each whole is followed by its groups.

    A year is evaluated once, the one before the first too where any export covers a day of it. `known`: assessments of
    the last year, all that have ended by the last day that is seen and perhaps those that run on it; an indicator that
    has any is not worked out again. `archived`: what was found when periods were closed, the first of several holding;
    it stands where exports are missing now.
    """
    chosen, seen = list(indicators), min(as_of, last.last_day)
    lines: dict[tuple[int, str | None], _Line] = defaultdict(_Line)
    for year in _years(tables, first.year, seen.year):
        now = year.year == seen.year
        shorter = (one for one in chosen if now and one.period is not year.kind and not one.is_derived)
        asked = [*chosen, *map(_so_far, shorter)]
        for item, reason in _of_year(catalogue, tables, asked, year, seen, dimension, known if now else ()):
            own, so_far, _ = item.indicator.partition(_SO_FAR)
            line = lines[item.number, item.group]
            if now and item.period == year:
                line.to_date = replace(item, indicator=own)
            if not so_far:
                line.items.append((item, reason))
    by_number = {number: one for one in chosen for number, _ in one.listings}
    closed = _Closed(archived, first)
    for (number, group), line in lines.items():
        line.then = closed.take(by_number[number], number, group, line.items)
    found = [_series(by_number[key[0]], *key, line, first, further) for key, line in lines.items()]
    departments = catalogue.plan.departments
    return sorted(found, key=lambda one: (one.number, one.group is not None, group_rank(departments, one.group or "")))


class _Closed:
    """What was found when periods were closed, by indicator, group and period."""

    def __init__(self, archived: Iterable[Assessment], first: Period) -> None:
        self.first = first
        self.items: dict[tuple[str, str | None], dict[Period, Assessment]] = defaultdict(dict)
        for item in archived:
            if not item.absent:
                self.items[item.indicator, item.group].setdefault(item.period, item)

    def take(
        self, indicator: Indicator, number: int, group: str | None, known: Iterable[tuple[Assessment, str]]
    ) -> dict[Period, Assessment]:
        """Of a series what stands for periods whose exports are missing today: for those of the years that are looked
        at, and for those of the years before of which nothing is known."""
        today = {item.period: item for item, _ in known}
        return {
            period: replace(item, number=number, domain=dict(indicator.listings)[number])
            for period, item in self.items[indicator.id, group].items()
            if (today[period].due and today[period].absent if period in today else period.year < self.first.year)
        }


def _series(
    indicator: Indicator,
    number: int,
    group: str | None,
    line: _Line,
    first: Period,
    further: int | None,
) -> Series:
    begun = [
        (line.then.get(item.period, item), reason)
        for item, reason in line.items
        if item.period.last_day >= first.start and item.window[0] < item.window[1]
    ]
    # what was found when the period was closed comes first, where it stands for a period
    own = [*line.then.values(), *(item for item, _ in line.items)]
    points = tuple(
        replace(_point(indicator, item, own, further), archived=item.period in line.then) for item, _ in begun
    )
    reasons = dict.fromkeys(reason for _, reason in begun if reason)
    so_far, part = line.then.get(line.to_date.period, line.to_date) if line.to_date else None, ""
    if so_far and so_far is line.to_date and indicator.period is not so_far.period.kind:
        year = [line.then.get(item.period, item) for item, _ in line.items if item.period.year == so_far.period.year]
        begun_ones = [item for item in year if item.window[0] < item.window[1]]
        so_far, part = to_date(indicator, so_far, begun_ones)
    return Series(number, indicator, group, points, so_far, "；".join(reasons), part)


def _point(indicator: Indicator, item: Assessment, own: Sequence[Assessment], further: int | None) -> Point:
    ahead = outlook(indicator, item, further) if further else None
    if not item.due:
        # part of a period against a whole one says nothing
        return Point(item, outlook=ahead)
    return Point(item, change(item, before(item, own)), change(item, year_before(item, own)))


_SO_FAR = "="
"""What the copy of an indicator that is assessed by the year has after its id; no declared id has it."""


def _so_far(indicator: Indicator) -> Indicator:
    return indicator.model_copy(
        update={"id": indicator.id + _SO_FAR, "period": PeriodKind.YEAR, "starts": None, "beside": (), "bands": ()}
    )


def _years(tables: Tables, first: int, last: int) -> Iterator[Period]:
    covered = [export.covers for table in tables.values() for export in table.exports if export.covers]
    earlier = Period(PeriodKind.YEAR, first - 1)
    if first <= last and any(start < earlier.end and earlier.start < end for start, end in covered):
        yield earlier
    yield from (Period(PeriodKind.YEAR, year) for year in range(first, last + 1))


def _of_year(
    catalogue: Catalogue,
    tables: Tables,
    indicators: Sequence[Indicator],
    year: Period,
    as_of: date,
    dimension: str | None,
    known: Sequence[Assessment],
) -> Iterator[tuple[Assessment, str]]:
    """The assessments of the year, and of each whole why its groups don't add up."""
    if dimension is None:
        have = by_indicator(known)
        asked = [one for one in indicators if one.id not in have]
        report = evaluate(catalogue, tables, year, as_of=as_of, indicators=asked)
        yield from ((item, "") for item in (*known, *report.assessments))
        return
    for found in across_all(catalogue, tables, indicators, year, as_of, dimension, known).values():
        for one in found:
            yield one.whole, one.reason
            yield from ((item, "") for item in one.groups)


def outlook(indicator: Indicator, item: Assessment, further: int) -> WhatIf | None:
    """What the next `further` can do to a running assessment, if what is there already stays as it is. None where it
    isn't known what one more adds: other forms than shares of counted rows and counts, doubtful rows, moving windows,
    records that may yet turn out otherwise.
    """
    if item.room is None or item.target is None or item.numerator is None or _moves(indicator):
        return None
    count = int(item.numerator)
    if isinstance(indicator.value, Measure) and indicator.value.measure in ("count", "distinct"):
        return error_budget.what_if_of_count(item.target, count, further)
    whole = item.denominator is not None and item.numerator.denominator == item.denominator.denominator == 1
    alike = indicator.is_subset and not indicator.averaged_over and not item.doubtful_rows
    if not whole or not alike or (indicator.denominator and indicator.denominator.fixed):
        return None
    return error_budget.what_if_of_ratio(item.target, count, int(item.denominator or 0), further)


def _moves(indicator: Indicator) -> bool:
    return any(isinstance(measure.window, Last) for measure in indicator.all_measures.values())


def before(item: Assessment, known: Iterable[Assessment]) -> Assessment | None:
    """The assessment of the period just before, of the same kind, number and group: across the year's edge too."""
    return _of_period(item, item.period.before, known)


def year_before(item: Assessment, known: Iterable[Assessment]) -> Assessment | None:
    """The assessment of the same period of the year before, of the same number and group."""
    return _of_period(item, item.period.year_before, known)


def _of_period(item: Assessment, period: Period, known: Iterable[Assessment]) -> Assessment | None:
    wanted = (item.number, item.group, period)
    return next((one for one in known if (one.number, one.group, one.period) == wanted), None)


def change(item: Assessment, earlier: Assessment | None) -> Fraction | None:
    """By how much the value differs from the earlier one, exactly; None where either has none or only an interval, or
    they aren't of one unit."""
    if earlier is None or item.value is None or earlier.value is None:
        return None
    sure = all(one.lowest == one.highest == one.value for one in (item, earlier))
    return item.value - earlier.value if sure and item.unit == earlier.unit else None


def change_text(difference: Fraction | None, unit: Unit) -> str:
    """A change as shown: `+2.35个百分点`, `−1次`, `持平`; never 0 where there is one, `—` where it isn't known."""
    if not difference:
        return "—" if difference is None else "持平"
    amount = show(abs(difference), unit)
    shown = f"{amount.removesuffix(unit)}个百分点" if unit == Unit.PERCENT else amount
    return f"{'+' if difference > 0 else '−'}{shown}"
