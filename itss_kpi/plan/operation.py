"""Operation: for how long the records of what the plan does are there without a gap.

Source: an assessor asks for at least six months of records. Convention: a month has its records where every ledger that
is looked at for it was handed in by each department that has to; a month that hasn't ended counts for nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.core.jsonable import published
from itss_kpi.core.period import Period, PeriodKind, periods_due
from itss_kpi.engine.coverage import wanted_months
from itss_kpi.plan.records import Ledgers, lacking_of

WANTED = 6
"""Months of records without a gap that an assessor asks for."""


@published("month wanted lacking")
@dataclass(frozen=True, slots=True)
class Month:
    """A month: how many ledgers of departments belong to it, and which of them weren't handed in."""

    month: Period
    wanted: int
    lacking: tuple[str, ...]


@published("enough longest months")
@dataclass(frozen=True, slots=True)
class Operation:
    """The months since the first of which anything was handed in, in order; without those before."""

    months: tuple[Month, ...]

    @property
    def longest(self) -> Sequence[Month]:
        """The longest run of months without a gap, the latest of several."""
        best: list[Month] = []
        run: list[Month] = []
        for one in self.months:
            run = [] if one.lacking else [*run, one]
            best = run if run and len(run) >= len(best) else best
        return best

    @property
    def enough(self) -> bool:
        """Whether that is as long as an assessor asks for."""
        return len(self.longest) >= WANTED


def operation_of(
    catalogue: Catalogue, ledgers: Ledgers, indicators: Iterable[Indicator], records: Iterable[str], seen: date
) -> Operation:
    """The records of the year of `seen`, up to that day, and of the year before: the ledgers of the indicators, and the
    `records` for each month."""
    chosen, kept = list(indicators), list(records)
    months: list[Month] = []
    for year in (seen.year - 1, seen.year):
        wanted = _wanted(catalogue, chosen, kept, Period(PeriodKind.YEAR, year), seen)
        for month in sorted(wanted, key=lambda one: one.start):
            sources = [(name, source) for name, source in catalogue.sources.items() if name in wanted[month]]
            asked = [(name, source.name, department) for name, source in sources for department in source.departments]
            lacking = (f"{title}({one})" for name, title, one in asked if lacking_of(ledgers, name, one, [month]))
            months.append(Month(month, len(asked), tuple(lacking)))
    begun = next((at for at, one in enumerate(months) if len(one.lacking) < one.wanted), len(months))
    return Operation(tuple(months[begun:]))


def _wanted(
    catalogue: Catalogue, indicators: Sequence[Indicator], records: Sequence[str], year: Period, seen: date
) -> Mapping[Period, set[str]]:
    """The ledgers that belong to each month of the year that had ended by the day."""
    whole = periods_due(PeriodKind.MONTH, year)
    named = wanted_months(catalogue, indicators, year, min(seen, year.last_day))
    found: dict[Period, set[str]] = defaultdict(set)
    for name, months in (*named.items(), *((name, whole) for name in records)):
        for month in months:
            if month.last_day <= seen and month.year == year.year:
                found[month].add(name)
    return found
