"""Comparison: an indicator along the periods of the years, and across departments, projects and other groups.

Convention: every number is worked out by `engine.evaluate` from the rows, never from finer rates, and compared exactly.
Each ledger's column of a dimension is seen as `=dimension` (no declared column can be called so), so that ledgers may
name it differently and all groups come from one evaluation; a group of means of ratios is evaluated over its own rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

import narwhals as nw

from itss_kpi.catalogue import SUBMITTER, Catalogue, Indicator
from itss_kpi.conditions import Mask, both, either, negated
from itss_kpi.engine import BLANK_GROUP, evaluate
from itss_kpi.expression import Kind
from itss_kpi.period import Period, PeriodKind, period_of
from itss_kpi.results import Assessment, Unit, show
from itss_kpi.tables import Table
from itss_kpi.text import masked

Tables = Mapping[str, Table]


# ---- along the periods


def history(
    catalogue: Catalogue,
    tables: Tables,
    period: Period,
    as_of: date,
    indicators: Iterable[Indicator],
    known: Iterable[Assessment] = (),
) -> list[Assessment]:
    """Every assessment of the year of `period` that has ended by its last day (and by `as_of`), and of the year before
    where any export covers a day of that one, in order of number, start and group. `known`: those of `period` and
    `as_of`, which are not worked out again where `period` is the year."""
    chosen = list(indicators)
    year, last = Period(PeriodKind.YEAR, period.year), Period(PeriodKind.YEAR, period.year - 1)
    ended = [item for item in known if item.due] if period == year else []
    if not ended:
        ended = evaluate(catalogue, tables, year, as_of=min(as_of, period.last_day), indicators=chosen).due
    covered = [export.covers for table in tables.values() for export in table.exports if export.covers]
    earlier = evaluate(catalogue, tables, last, indicators=chosen).due if _any_in(last, covered) else []
    return sorted([*earlier, *ended], key=lambda item: (item.number, item.period.start, item.group or ""))


def _any_in(period: Period, covered: Iterable[tuple[date, date]]) -> bool:
    return any(start < period.end and period.start < end for start, end in covered)


def to_date(
    catalogue: Catalogue, tables: Tables, period: Period, as_of: date, indicators: Iterable[Indicator]
) -> dict[tuple[int, str], Assessment]:
    """For each (number, group or ''): the assessment from the year's first day to the end of `period` (or to `as_of`),
    worked out from the rows. It is due only where `period` ends the year."""
    yearly = [indicator.model_copy(update={"period": PeriodKind.YEAR}) for indicator in indicators]
    report = evaluate(catalogue, tables, period, as_of=as_of, indicators=yearly)
    return {(item.number, item.group or ""): item for item in report.assessments}


def before(item: Assessment, known: Iterable[Assessment]) -> Assessment | None:
    """The assessment of the period just before, of the same kind, number and group: across the year's edge too."""
    period = item.period
    return _of_period(item, period_of(period.kind, period.start - timedelta(days=1)), known)


def year_before(item: Assessment, known: Iterable[Assessment]) -> Assessment | None:
    """The assessment of the same period of the year before, of the same number and group."""
    return _of_period(item, replace(item.period, year=item.period.year - 1), known)


def _of_period(item: Assessment, period: Period, known: Iterable[Assessment]) -> Assessment | None:
    wanted = (item.number, item.group, period)
    return next((one for one in known if (one.number, one.group, one.period) == wanted), None)


def change(item: Assessment, earlier: Assessment | None) -> Fraction | None:
    """By how much the value differs from the earlier one, exactly; None where either has none or only an interval."""
    if earlier is None or item.value is None or earlier.value is None:
        return None
    sure = all(one.lowest == one.highest == one.value for one in (item, earlier))
    return item.value - earlier.value if sure else None


def change_text(difference: Fraction | None, unit: Unit) -> str:
    """A change as shown: `+2.35个百分点`, `−1次`, `持平`; never 0 where there is one, `—` where it isn't known."""
    if not difference:
        return "—" if difference is None else "持平"
    amount = show(abs(difference), unit)
    shown = f"{amount.removesuffix(unit)}个百分点" if unit is Unit.PERCENT else amount
    return f"{'+' if difference > 0 else '−'}{shown}"


# ---- across the groups


@dataclass(frozen=True, slots=True)
class Breakdown:
    """An assessment and those of its groups by one dimension. `reason`: '' where the groups' numerators and
    denominators add up to the whole's, else why they don't, or why there are no groups."""

    dimension: str
    whole: Assessment
    groups: tuple[Assessment, ...]
    reason: str


def dimensions_of(catalogue: Catalogue, indicator: Indicator) -> list[str]:
    """The dimensions that every ledger of the indicator has, in order of declaration."""
    first, *rest = (catalogue.sources[name].dimensions for name in _sources(indicator))
    return [dimension for dimension in first if all(dimension in other for other in rest)]


def across(
    catalogue: Catalogue, tables: Tables, indicator: Indicator, period: Period, as_of: date, dimension: str
) -> list[Breakdown]:
    """A breakdown for each assessment of the indicator (under its own number) that is due in or runs over `period`."""
    return across_all(catalogue, tables, [indicator], period, as_of, dimension).get(indicator.number, [])


def across_all(
    catalogue: Catalogue,
    tables: Tables,
    indicators: Iterable[Indicator],
    period: Period,
    as_of: date,
    dimension: str,
    known: Iterable[Assessment] = (),
) -> dict[int, list[Breakdown]]:
    """The breakdowns of all the indicators by every number that lists them, in order of number and start.

    Each has the groups that stand in a ledger, in whichever period, and the departments that are to hand one in; in the
    plan's order of departments, then by text, then 未填. Names of a sensitive column are masked. `known`: assessments
    of the same period and day, which are then not worked out again.
    """
    cuts = [_cut(catalogue, indicator, dimension) for indicator in indicators]
    ledgers = _Ledgers.of(catalogue, tables, dimension, cuts)
    wholes = _by_indicator(known)
    asked = [cut.indicator for cut in cuts if cut.indicator.id not in wholes]
    grouped = [cut.grouped for cut in cuts if not cut.apart and not cut.refusal]
    report = evaluate(catalogue, ledgers.tables, period, as_of=as_of, indicators=[*asked, *grouped])
    refused = {cut.indicator.id for cut in cuts if cut.refusal}
    wholes |= _by_indicator(one for one in report.assessments if one.group is None or one.indicator in refused)
    pieces = _by_indicator(one for one in report.assessments if one.group is not None)
    found: dict[int, list[Breakdown]] = {}
    for cut in cuts:
        groups = [] if cut.refusal else ledgers.groups(cut, pieces.get(cut.indicator.id, ()), period, as_of)
        for whole in wholes.get(cut.indicator.id, ()):
            own = tuple(one for one in groups if (one.number, one.period) == (whole.number, whole.period))
            found.setdefault(whole.number, []).append(
                Breakdown(dimension, whole, own, cut.refusal or _reason(cut, whole, own))
            )
    return dict(sorted(found.items()))


def _by_indicator(items: Iterable[Assessment]) -> dict[str, list[Assessment]]:
    found: dict[str, list[Assessment]] = defaultdict(list)
    for item in items:
        found[item.indicator].append(item)
    return found


def shares(breakdown: Breakdown) -> dict[str, Fraction]:
    """By how many units of the numerator each group falls short of the target (negative: how many it has to spare).

    They add up to the whole's. Only for a ratio with one bound >= or > whose groups add up; else empty.
    """
    target = breakdown.whole.target
    if breakdown.reason or not target or len(target.bounds) > 1 or target.bounds[0].op not in (">=", ">"):
        return {}
    limit = target.bounds[0].limit
    return {
        one.group or "": limit * one.denominator - one.numerator
        for one in breakdown.groups
        if one.numerator is not None and one.denominator is not None
    }


# ---- how an indicator is cut


@dataclass(frozen=True, slots=True)
class _Cut:
    """An indicator by a dimension: `one` is what is worked out over the rows of one group, `grouped` for each group at
    once; not where its groups have to be taken `apart`, or there are none by reason of a `refusal`."""

    indicator: Indicator
    one: Indicator
    grouped: Indicator
    apart: bool
    refusal: str


def _cut(catalogue: Catalogue, indicator: Indicator, dimension: str) -> _Cut:
    columns = {catalogue.sources[name].dimensions.get(dimension) for name in _sources(indicator)}
    over = None if columns == {indicator.averaged_over} else indicator.averaged_over
    one = indicator.model_copy(update={"beside": (), "averaged_over": over})
    grouped = one.model_copy(update={"for_each": _seen_as(dimension)})
    return _Cut(indicator, one, grouped, over is not None, _refusal(catalogue, indicator, dimension))


def _refusal(catalogue: Catalogue, indicator: Indicator, dimension: str) -> str:
    if indicator.for_each:
        return f"该指标已按{indicator.for_each}分别考核,不再按{dimension}分"
    if indicator.denominator and indicator.denominator.declared:
        return f"分母是计划声明的部门数,不能按{dimension}分"
    for name in _sources(indicator):
        source = catalogue.sources[name]
        column = source.dimensions.get(dimension)
        if column is None:
            return f"台账“{source.name}”没有“{dimension}”这个维度"
        if catalogue.names(name).columns[column] is not Kind.TEXT:
            return f"台账“{source.name}”的“{column}”不是文本列,不能按它分组"
    if indicator.averaged_over and any(measure.each_department for measure in indicator.all_measures.values()):
        return f"每个部门都须有记录,不能只取一个{dimension}的各行求平均"
    return ""


def _sources(indicator: Indicator) -> list[str]:
    return list(dict.fromkeys(measure.source for measure in indicator.all_measures.values() if measure.source))


def _reason(cut: _Cut, whole: Assessment, groups: Sequence[Assessment]) -> str:
    """Why the groups don't add up to the whole; '' where they do, exactly."""
    if whole.absent:
        return "数据缺失,总值与各组都没有值"
    if whole.window[0] == whole.window[1]:
        return "考核期还没有开始"
    if cut.indicator.averaged_over:
        return f"总值是各{cut.indicator.averaged_over}比率的平均,不是各组分子分母的合计"
    if whole.numerator is None:
        return "算式、最大最小值与中位数,各组的值不能相加"
    above = (
        _sum(one.numerator for one in groups) - whole.numerator,
        _sum(one.denominator for one in groups) - (whole.denominator or 0),
    )
    if any(more > 0 for more in above) and _counts_distinct(cut.indicator):
        return "去重计数:同一个可以属于几组,在总数中只计一次"
    return "有的行不知属于哪一组(分组的单元格读不出,或同号而内容不同),没有计入任何一组" if any(above) else ""


def _sum(amounts: Iterable[Fraction | None]) -> Fraction:
    return sum((amount or Fraction(0) for amount in amounts), Fraction(0))


def _counts_distinct(indicator: Indicator) -> bool:
    return any(measure.measure == "distinct" for measure in indicator.all_measures.values())


# ---- the groups and their rows


@dataclass(frozen=True, slots=True)
class _Ledgers:
    """The tables with the dimension's column, and for each the names of its groups: '' for blank cells."""

    catalogue: Catalogue
    dimension: str
    tables: Tables
    names: Mapping[str, set[str]]

    @classmethod
    def of(cls, catalogue: Catalogue, tables: Tables, dimension: str, cuts: Iterable[_Cut]) -> "_Ledgers":
        """With the column added to the tables that are cut."""
        used = {name for cut in cuts if not cut.refusal for name in _sources(cut.indicator)}
        seen = {name: _with_dimension(catalogue, tables[name], dimension) for name in used & tables.keys()}
        names = {name: _texts(table, _seen_as(dimension)) for name, table in seen.items()}
        for name in used:
            source = catalogue.sources[name]
            if source.dimensions[dimension] == SUBMITTER:
                # a department that has to hand in the ledger is compared though it have no row
                names[name] = names.get(name, set()) | set(source.departments)
        return cls(catalogue, dimension, {**tables, **seen}, names)

    def groups(self, cut: _Cut, known: Iterable[Assessment], period: Period, as_of: date) -> list[Assessment]:
        """The assessments of every group, in order; `known` are those that come from one evaluation."""
        sources = _sources(cut.indicator)
        names = {text or BLANK_GROUP: text for name in sources for text in self.names.get(name, ())}
        # without any row the engine speaks of one group all the same
        found = [item for item in known if item.group in names]
        for label in names.keys() - {item.group for item in found}:
            rows = {
                name: _rows_of(self.tables[name], _seen_as(self.dimension), names[label])
                for name in sources
                if name in self.tables
            }
            report = evaluate(self.catalogue, rows, period, as_of=as_of, indicators=[cut.one])
            found += [replace(item, group=label) for item in report.assessments]
        shown = [replace(item, group=self._label(sources, item.group or ""), accounting=()) for item in found]
        return sorted(shown, key=lambda item: _rank(self.catalogue.plan.departments, item.group or ""))

    def _label(self, sources: Iterable[str], name: str) -> str:
        """A group's name as shown: a hash where a ledger's column is sensitive."""
        declared = [self.catalogue.sources[one] for one in sources]
        columns = [source.columns.get(source.dimensions[self.dimension]) for source in declared]
        hidden = name != BLANK_GROUP and any(column.sensitive for column in columns if column)
        return masked(name) if hidden else name


def _rank(departments: Sequence[str], name: str) -> tuple[bool, int, str]:
    """Departments in the plan's order, then other groups by text, then 未填."""
    place = departments.index(name) if name in departments else len(departments)
    return name == BLANK_GROUP, place, name


def _texts(table: Table, column: str) -> set[str]:
    rows = nw.from_native(table.frame).lazy()
    unread = _unread(table, column)
    readable = rows if unread is False else rows.filter(~unread)
    return {text for (text,) in readable.select(column).unique().collect().rows()}


def _seen_as(dimension: str) -> str:
    return f"={dimension}"


def _with_dimension(catalogue: Catalogue, table: Table, dimension: str) -> Table:
    """The table with the dimension's column under the name that it has in every ledger."""
    own = catalogue.sources[table.source].dimensions[dimension]
    seen, physical = _seen_as(dimension), table.columns[own]
    states = [state for state, there in (("?blank", physical.blank), ("?bad", physical.bad)) if there]
    copies = [nw.col(f"{own}{state}").alias(f"{seen}{state}") for state in ("", *states)]
    frame = nw.from_native(table.frame).lazy().with_columns(*copies).to_native()
    return replace(table, frame=frame, columns={**table.columns, seen: physical})


def _rows_of(table: Table, column: str, text: str) -> Table:
    """The group's rows. A row is uncertain where it may be another group's: its own cell can't be read, or another
    variant of the same record stands in another group."""
    unread = _unread(table, column)
    mine = both(nw.col(column) == text, negated(unread))
    rows = nw.from_native(table.frame).lazy()
    doubtful: Mask = either(unread, nw.col("_uncertain") if table.uncertain else False)
    if table.conflicts:
        elsewhere = rows.filter(negated(mine), nw.col("_conflict") > 0).select("_conflict").unique().collect()
        doubtful = either(doubtful, nw.col("_conflict").is_in([number for (number,) in elsewhere.rows()]))
    kept = rows.filter(either(mine, unread))
    marked = kept if doubtful is False else kept.with_columns(doubtful.alias("_uncertain"))
    return replace(table, frame=marked.to_native(), uncertain=doubtful is not False)


def _unread(table: Table, column: str) -> Mask:
    return nw.col(f"{column}?bad") if table.columns[column].bad else False
