"""Cases: one indicator in one period each, and what they ask of the tables.

Convention: all cases ask before any is answered, so that a table is gone through once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.expression import Blank, Both, Column, Either, Kind, columns_of
from itss_kpi.catalogue.indicators import TO_DATE, Indicator, Last, Measure, Window, sources_of
from itss_kpi.catalogue.usage import sums_shared_out
from itss_kpi.core.period import Period, PeriodKind, period_running, periods_ending
from itss_kpi.core.results import MissingExport
from itss_kpi.engine.rows.populations import SHIFTED, Group, Span, first_to_date, window_of
from itss_kpi.engine.rows.queries import TableQuery
from itss_kpi.tables.table import Table


@dataclass(slots=True)
class Case:
    """One indicator in one period: `span` is what is seen of the period, `query_ids` where its answers are."""

    indicator: Indicator
    period: Period
    due: bool
    span: Span
    absent: tuple[MissingExport, ...] = ()
    rulings: tuple[str, ...] = ()
    query_ids: dict[str, tuple[str, int]] = field(default_factory=dict)
    members: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    """Where it is answered what another indicator's groups have in a column in which groups are alike."""
    there: list[tuple[str, int]] = field(default_factory=list)
    """Where it is answered which groups its sources have up to the end of the period."""

    def __post_init__(self) -> None:
        self.span = replace(self.span, opens=self.indicator.opens)

    @property
    def begun(self) -> bool:
        return self.span.start < self.span.end

    @property
    def whole(self) -> Span:
        """All days of the period, seen or not."""
        return Span(self.period.start, self.period.end, opens=self.indicator.opens)

    @property
    def group(self) -> Group:
        """What its rows are grouped by; no average is lifted by what isn't of any group."""
        over = self.indicator.averaged_over
        return Group(over or self.indicator.for_each or "", named=over is not None)


def cases_of(indicator: Indicator, period: Period, as_of: date) -> Iterator[Case]:
    running = period_running(indicator.period, period, indicator.lag)
    for due in [*indicator.due_in(period), *([running] if running else [])]:
        end = min(due.end, period.end, as_of + timedelta(days=1))
        ended = due.last_day <= min(as_of, period.last_day)
        yield Case(indicator, due, ended, Span(due.start, max(due.start, end), due.end))


def whole_years(indicators: Iterable[Indicator], period: Period, as_of: date) -> Iterator[Case]:
    """The whole year of those indicators that say so (`annual: whole`), of a year that has ended."""
    if period.kind is PeriodKind.YEAR and period.last_day <= as_of:
        for indicator in indicators:
            if indicator.annual == "whole":
                yield Case(indicator, period, True, Span(period.start, period.end, period.end))


# ---- what indicators are made of


def parts_of_all(catalogue: Catalogue, cases: Sequence[Case]) -> dict[tuple[str, Period], Case]:
    """All cases that these are made of, by indicator and period; what others are made of comes first."""
    known = {case_key(case): case for case in cases if catalogue.by_id.get(case.indicator.id) is case.indicator}
    found: dict[tuple[str, Period], Case] = {}
    for case in cases:
        for measure in case.indicator.all_measures.values():
            parts = [known.get(case_key(part), part) for part in parts_of(catalogue, case, measure)]
            found |= parts_of_all(catalogue, parts) | {case_key(part): part for part in parts}
    return found


def case_key(case: Case) -> tuple[str, Period]:
    return case.indicator.id, case.period


def part_keys(catalogue: Catalogue, case: Case) -> list[tuple[str, Period]]:
    """Of which cases a case is made."""
    return [case_key(part) for one in case.indicator.all_measures.values() for part in parts_of(catalogue, case, one)]


def parts_of(catalogue: Catalogue, case: Case, measure: Measure) -> Iterator[Case]:
    """The cases over which a measure of other indicators goes, in order of their periods."""
    base = _shifted(case.period, measure.window)
    seen = case.span.end if base == case.period else base.end
    for name in measure.indicator:
        other = catalogue.by_id[name]
        alone = measure.measure in (None, "rank")
        for period in [base] if alone else _within(other, base, measure.window, case.span.opens):
            if (period.end <= seen or (alone and period.start < seen)) and not _is_before_all(catalogue, other, period):
                yield Case(other, period, period.end <= seen, Span(period.start, min(period.end, seen), period.end))


def _is_before_all(catalogue: Catalogue, indicator: Indicator, period: Period) -> bool:
    """Whether a period ended before any ledger of the indicator began: then there was nothing yet."""
    sources = [catalogue.sources[name] for name in sources_of(catalogue.with_parts([indicator]))]
    return bool(sources) and all(one.begins and period.end <= one.begins for one in sources)


def is_before(catalogue: Catalogue, measure: Measure, span: Span) -> bool:
    """Whether an earlier period of which a measure asks ended before its ledger began."""
    begins = catalogue.sources[measure.source].begins if measure.source in catalogue.sources else None
    return begins is not None and measure.window in SHIFTED and window_of(measure, span).end <= begins


def _within(other: Indicator, base: Period, window: Window, opens: tuple[int, int]) -> list[Period]:
    """The periods of an indicator that end within another one, within the year so far, or the last so many of them."""
    first = first_to_date(window, base.last_day, opens) if window in TO_DATE else base.start
    found = periods_ending(other.period, first, base.end, other.lag)
    if isinstance(window, Last) and found:
        found = [found[-1]]
        for _ in range((window.periods or 1) - 1):
            found.insert(0, found[0].before)
    return found


def _shifted(period: Period, window: object) -> Period:
    """The period of which a measure with this window asks."""
    return period.before if window == "previous" else period.year_before if window == "year_before" else period


# ---- asking


def ask(catalogue: Catalogue, queries: Mapping[str, TableQuery], case: Case) -> None:
    indicator = case.indicator
    means = sums_shared_out(catalogue, indicator)
    measures = indicator.all_measures
    pair = (measures["numerator"], measures["denominator"]) if indicator.is_subset else None
    for name, measure in measures.items():
        whole = indicator.denominator if measure.within else None
        if measure.source is not None and measure.source in queries:
            query = queries[measure.source]
            query_id = query.add(measure, case.span, case.group, whole=whole, pair=pair, mean=name in means)
            case.query_ids[name] = (measure.source, query_id)
            if name == "denominator" and measure.fixed and not case.due:
                case.query_ids["planned"] = (measure.source, query.add(measure, case.whole, case.group))
            if not case.due and (still_open := _still_open(catalogue, measure, whole)):
                case.query_ids["open"] = (measure.source, query.add(still_open, case.span))
        for other in measure.indicator if measure.alike else ():
            alike = measure.alike or ""
            listed = catalogue.members(catalogue.by_id[other], alike)
            if listed and listed.source and listed.source in queries:
                query_id = queries[listed.source].add(listed, case.span, Group(alike, named=True))
                case.members[other, alike] = listed.source, query_id
    for source in sorted({one.source for one in measures.values() if one.source} if case.group else ()):
        if source in queries:  # a group is there from its first row on, whatever a later file has
            there = Measure(measure="count", source=source, window="until_end")
            case.there.append((source, queries[source].add(there, case.span, case.group)))
    beside = {f"beside{at}": extra.value for at, extra in enumerate(indicator.beside)}
    for name, one in {"roster": indicator.roster, **beside}.items():
        if one and one.source is not None and one.source in queries:
            case.query_ids[name] = (one.source, queries[one.source].add(one, case.span))


def _still_open(catalogue: Catalogue, measure: Measure, whole: Measure | None) -> Measure | None:
    """The rows that may yet turn out otherwise: an instant is blank that the measure's condition reads. None where it
    reads none."""
    if measure.where is None:
        return None
    kinds = catalogue.names(measure.source or "").columns
    read = sorted(columns_of(catalogue.expression(measure.where)))
    blank = tuple(Blank(Column(name)) for name in read if kinds.get(name) is Kind.INSTANT)
    if not blank:
        return None
    counted = whole.where if whole else measure.where
    where = f"open in {measure.where} of {counted}"  # which nobody wrote
    parts: list[Any] = [catalogue.expression(counted)] if counted else []
    catalogue.parsed[where] = Both((*parts, Either(blank)))
    return Measure(measure="count", source=measure.source, date=measure.date, window=measure.window, where=where)


def queries_of(catalogue: Catalogue, tables: Mapping[str, Table], indicator: Indicator) -> dict[str, TableQuery]:
    read = {measure.source for measure in indicator.all_measures.values()}
    return {name: TableQuery(catalogue, table, tables) for name, table in tables.items() if name in read}


def case_of(indicator: Indicator, assessed: Period, as_of: date) -> Case:
    return next(case for case in cases_of(indicator, assessed, as_of) if case.period == assessed)
