"""Coverage: which exports an assessment needs, and which of them nobody handed in.

Convention: a month that no export of a department covers is lacking, and then nothing is known of it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from operator import attrgetter

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import TO_DATE, Indicator, Measure
from itss_kpi.catalogue.sources import Source
from itss_kpi.core.period import Period, PeriodKind, period_of
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.results import Export, MissingExport
from itss_kpi.core.stated import Days
from itss_kpi.engine.cases import Case, cases_of, is_before, parts_of_all
from itss_kpi.engine.rows.populations import SHIFTED, Span, window_of
from itss_kpi.tables.table import Table

ALWAYS = (date.min, date.max)

# ---- what must have been handed in


def wanted_months(
    catalogue: Catalogue, indicators: Iterable[Indicator], period: Period, as_of: date
) -> dict[str, list[Period]]:
    """For each source, the months that its exports must cover for what is due or running in `period`, in order."""
    found: dict[str, set[Period]] = defaultdict(set)
    cases = [case for indicator in indicators for case in cases_of(indicator, period, as_of)]
    for case in (*parts_of_all(catalogue, cases).values(), *cases):
        for name, times in _wanted(catalogue, case).items() if case.begun else ():
            found[name] |= _months(*times)
    return {name: sorted(months, key=attrgetter("start")) for name, months in found.items()}


def lacking_months(
    months: Iterable[Period], exports: Iterable[Export], department: str, days: Days = ALWAYS
) -> list[Period]:
    """Those of the months, as far as they lie within some days, for which the department's exports don't answer
    together, or an unreadable one may, in order."""
    mine = [export for export in exports if export.department == department]
    covered = [export.covers for export in mine if export.readable and export.covers]
    unknown = [export.covers or ALWAYS for export in mine if not export.readable]
    lacking = [
        month
        for month in months
        if not _is_within((max(month.start, days[0]), min(month.end, days[1])), covered)
        or any(start < month.end and month.start < end for start, end in unknown)
    ]
    return sorted(lacking, key=attrgetter("start"))


def _is_within(days: Days, covered: Iterable[Days]) -> bool:
    """Whether the stretches of days cover all these days together."""
    begin, end = days
    for first, last in sorted(covered):
        if first <= begin:
            begin = max(begin, last)
    return begin >= end


def absences_of(catalogue: Catalogue, tables: Mapping[str, Table], case: Case) -> Iterator[MissingExport]:
    for name, times in _wanted(catalogue, case).items():
        exports = tables[name].exports if name in tables else ()
        earlier = _time_before(catalogue, name, case)
        for department in catalogue.sources[name].departments:
            found = {month for days in times for month in lacking_months(_months(days), exports, department, days)}
            lacking = list(map(str, sorted(found, key=attrgetter("start"))))
            if earlier and not _knows_before(exports, department, earlier.end):
                lacking.insert(0, str(earlier))
            if lacking:
                yield MissingExport(name, department, tuple(lacking))


def rulings_on(catalogue: Catalogue, tables: Mapping[str, Table], case: Case) -> Iterator[str]:
    """The rulings by which something is read that the case may count: on rows, or cells of columns that it reads, in
    the files that answer for its months, or for none that is known."""
    for name, wanted in _wanted(catalogue, case).items():
        months = _months(*wanted)
        table, source = tables.get(name), catalogue.sources[name]
        if not table or not table.rulings:
            continue
        measures = [one for one in case.indicator.all_measures.values() if one.source == name]
        columns = (column for one in measures for column in catalogue.columns_read(one))
        read = {*source.key, source.date, case.group.column, *columns}
        for one in table.rulings:
            times = [export.covers or ALWAYS for export in table.exports if export.path == one.path]
            there = any(days[0] < month.end and month.start < days[1] for days in times for month in months)
            if there and (not one.columns or read & set(one.columns)):
                yield one.id


def _time_before(catalogue: Catalogue, name: str, case: Case) -> Period | None:
    """The year (or month) before all that is asked for, where the case counts whatever there was up to a day, and the
    ledger doesn't say that it has it."""
    source = catalogue.sources[name]
    measures = [one for one in case.indicator.all_measures.values() if one.source == name]
    if source.snapshot or source.carries or all(one.window != "until_end" for one in measures):
        return None
    begin = _begin(case.span.start, case.span.end - timedelta(days=1))
    if source.begins and source.begins >= begin:
        return None
    kind = PeriodKind.YEAR if (begin.month, begin.day) == (1, 1) else PeriodKind.MONTH
    return period_of(kind, begin - timedelta(days=1))


def _knows_before(exports: Iterable[Export], department: str, day: date) -> bool:
    """Whether a department handed in what was there before a day: that time's ledger, or one with rows from then."""
    mine = [one for one in exports if one.department == department and one.readable and one.covers]
    return any(one.carries or (one.covers and one.covers[0] < day) for one in mine)


def is_covered(catalogue: Catalogue, table: Table, measure: Measure, span: Span) -> bool:
    """Whether every department handed in what the measure needs for these days."""
    source = catalogue.sources[table.source]
    days = _days(source, measure, span)
    return not any(lacking_months(_months(days), table.exports, one, days) for one in source.departments)


def _wanted(catalogue: Catalogue, case: Case) -> dict[str, set[Days]]:
    """For each source the stretches of days for which its exports have to answer."""
    wanted: dict[str, set[Days]] = defaultdict(set)
    for measure in filter(None, (*case.indicator.all_measures.values(), case.indicator.roster)):
        if is_before(catalogue, measure, case.span):
            continue
        for name in ({measure.source} if measure.source else set()) | measure.related:
            wanted[name].add(_days(catalogue.sources[name], measure, case.span))
    return wanted


def _days(source: Source, measure: Measure, span: Span) -> Days:
    window = window_of(measure, span)
    last = window.end - timedelta(days=1)
    first = window.start
    if measure.reach_back and first > date.min:
        first -= timedelta(days=measure.reach_back)
    whole = measure.window in ("period", *TO_DATE, *SHIFTED)
    begin = _begin(window.start if whole else span.start, last)
    if source.snapshot:
        first = last
    elif window.start == date.min or measure.date not in (None, source.date):
        # rows that count by another date may stand in any export of the year so far, unless each has the earlier ones
        first = span.start if source.carries else begin
    elif source.carries:
        first = max(first, begin)
    if source.begins and source.begins <= last:
        first = max(first, source.begins)  # of a time wholly before it nothing is known
    return first, window.end


def _months(*times: Days) -> set[Period]:
    found: set[Period] = set()
    for first, end in times:
        while first < end:
            month = period_of(PeriodKind.MONTH, first)
            found.add(month)
            first = month.end
    return found


def _begin(start: date, last: date) -> date:
    """From which day on files are asked for: the year's first, or that of a period which began before it."""
    return min(start, date(last.year, 1, 1))


def absence_problems(catalogue: Catalogue, cases: Iterable[Case]) -> Iterator[Problem]:
    lacking: dict[tuple[str, str], set[str]] = defaultdict(set)
    for case in cases:
        for absence in case.absent:
            lacking[absence.source, absence.department] |= set(absence.months)
    for (source, department), periods in lacking.items():
        name = catalogue.sources[source].name
        for year in sorted(one for one in periods if one.isdigit()):
            what = f"看不到 {year} 年及以前的记录,而“截至期末”的数要连同那时的:{department}没有交 {year} 年的“{name}”"
            yield Problem("D134", f"{what},本年的文件里也没有那时的行", Place(department))
        if months := sorted(one for one in periods if not one.isdigit()):
            yield Problem("D101", f"{department}没有交齐“{name}”:{'、'.join(months)}", Place(department))
