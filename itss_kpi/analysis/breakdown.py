"""Breakdowns: an indicator by department, project or another dimension, and whether the groups add up to the whole.

Convention: every group is worked out by `engine.evaluate` from its own rows. A group is called best or worst only where
it is so however the doubtful rows turn out.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any, ClassVar

import narwhals as nw

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.expression import Blank, Both, Column, Condition, Either, Kind, Member, Node
from itss_kpi.catalogue.indicators import Indicator, Measure
from itss_kpi.catalogue.sources import SUBMITTER
from itss_kpi.core.jsonable import as_json, published
from itss_kpi.core.period import Period
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Assessment
from itss_kpi.core.targets import Target
from itss_kpi.core.text import BLANK_GROUP, pseudonym
from itss_kpi.engine.evaluate import evaluate
from itss_kpi.engine.rows.terms import Mask
from itss_kpi.tables.table import Table

Tables = Mapping[str, Table]


# ---- across the groups


@dataclass(frozen=True, slots=True)
class Breakdown:
    """An assessment and those of its groups by one dimension. `reason`: '' where the groups' numerators and
    denominators add up to the whole's, else why they don't, or why there are no groups."""

    dimension: str
    whole: Assessment
    groups: tuple[Assessment, ...]
    reason: str


@as_json.register
def _(one: Breakdown) -> dict[str, Any]:
    (best, worst), parts = extremes(one), shares(one)
    groups = [
        as_json(item)
        | {"best": item.group in best, "worst": item.group in worst, "share": as_json(parts.get(item.group or ""))}
        for item in one.groups
    ]
    head = {"dimension": one.dimension, "adds_up": not one.reason, "reason": one.reason}
    return head | {"whole": as_json(one.whole), "groups": groups}


@published("schema period as_of by=dimension catalogue comparisons=breakdowns problems")
@dataclass(frozen=True, slots=True)
class Comparison:
    """The breakdowns of a period by a dimension."""

    schema: ClassVar[str] = "itss-kpi/compare/1"
    catalogue: Mapping[str, str]
    period: Period
    as_of: date
    dimension: str
    breakdowns: Sequence[Breakdown]
    problems: Sequence[Problem] = ()


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
    wholes = by_indicator(known)
    asked = [cut.indicator for cut in cuts if cut.indicator.id not in wholes]
    grouped = [cut.grouped for cut in cuts if not cut.apart and not cut.refusal]
    every = {_seen_as(dimension): {name for names in ledgers.names.values() for name in names}}
    report = evaluate(catalogue, ledgers.tables, period, as_of=as_of, indicators=[*asked, *grouped], groups=every)
    refused = {cut.indicator.id for cut in cuts if cut.refusal}
    wholes |= by_indicator(one for one in report.assessments if one.group is None or one.indicator in refused)
    pieces = by_indicator(one for one in report.assessments if one.group is not None)
    found: dict[int, list[Breakdown]] = {}
    for cut in cuts:
        groups = [] if cut.refusal else ledgers.groups(cut, pieces.get(cut.indicator.id, ()), period, as_of)
        for whole in wholes.get(cut.indicator.id, ()):
            own = tuple(one for one in groups if (one.number, one.period) == (whole.number, whole.period))
            found.setdefault(whole.number, []).append(
                Breakdown(dimension, whole, own, cut.refusal or _reason(cut, whole, own))
            )
    return dict(sorted(found.items()))


def by_indicator(items: Iterable[Assessment]) -> dict[str, list[Assessment]]:
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


def extremes(breakdown: Breakdown) -> tuple[frozenset[str], frozenset[str]]:
    """The groups that do best and worst by the target, whatever the doubtful rows turn out to be. Groups in which
    nothing happened are not compared; none is named where all are alike, or where one can't be placed."""
    target, ranges = breakdown.whole.target, {}
    for one in breakdown.groups:
        if one.value is None and not one.doubtful_rows:
            continue
        if target is None or one.lowest is None or one.highest is None:
            return frozenset(), frozenset()
        ranges[one.group or ""] = _merit(target, one.lowest, one.highest)
    best, worst = (
        frozenset(
            name
            for name, own in ranges.items()
            if all(sign * own[at] >= sign * other[1 - at] for its, other in ranges.items() if its != name)
        )
        for at, sign in ((0, 1), (1, -1))
    )
    return (frozenset(), frozenset()) if best & worst else (best, worst)


def _merit(target: Target, lowest: Fraction, highest: Fraction) -> tuple[Fraction, Fraction]:
    """How good values from `lowest` to `highest` are, at the worst and at the best: more is better."""
    ways = {bound.op[0] for bound in target.bounds}
    if ways == {">"}:
        return lowest, highest
    if ways == {"<"}:
        return -highest, -lowest
    far = [_distance(target, value) for value in (lowest, highest)]
    inside = any(lowest <= bound.limit <= highest for bound in target.bounds)
    return -max(far), Fraction(0) if inside else -min(far)


def _distance(target: Target, value: Fraction) -> Fraction:
    """How far a value is from what the target allows."""
    return max(abs(value - bound.limit) if bound.side(value) else Fraction(0) for bound in target.bounds)


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
        apart = {label: names[label] for label in sorted(names.keys() - {item.group for item in found})}
        found += self._alone(cut, apart, period, as_of) if apart else ()
        shown = [replace(item, group=self._label(sources, item.group or ""), accounting=()) for item in found]
        return sorted(shown, key=lambda item: group_rank(self.catalogue.plan.departments, item.group or ""))

    def _alone(self, cut: _Cut, names: Mapping[str, str], period: Period, as_of: date) -> Iterator[Assessment]:
        """The assessments of groups (by label: its text) that have to be taken apart: each as an indicator of its own,
        which counts what the one counts where the row is the group's. All of them in one evaluation."""
        column = Column(_seen_as(self.dimension))
        conditions: dict[str, Node] = {}
        ones: dict[str, tuple[str, Indicator]] = {}
        for label, text in names.items():
            held = Member(column, (text,))
            mine: Condition = held if text else Either((Blank(column), held))
            ones[f"{cut.one.id}={label}"] = label, _only(self.catalogue, cut.one, f"={label}", mine, conditions)
        own = {name: self.tables[name] for name in _sources(cut.one) if name in self.tables}
        catalogue = self.catalogue.knowing(conditions)
        report = evaluate(catalogue, own, period, as_of=as_of, indicators=[one for _, one in ones.values()])
        for item in report.assessments:
            yield replace(item, indicator=cut.one.id, group=ones[item.indicator][0])

    def _label(self, sources: Iterable[str], name: str) -> str:
        """A group's name as shown: a hash where a ledger's column is sensitive."""
        declared = [self.catalogue.sources[one] for one in sources]
        columns = [source.columns.get(source.dimensions[self.dimension]) for source in declared]
        hidden = name != BLANK_GROUP and any(column.sensitive for column in columns if column)
        return pseudonym(name) if hidden else name


def _only(
    catalogue: Catalogue, indicator: Indicator, suffix: str, condition: Condition, conditions: dict[str, Node]
) -> Indicator:
    """The indicator where a condition holds too; the texts of its conditions are added to `conditions`."""

    def narrowed(measure: Any) -> Any:
        if not isinstance(measure, Measure) or measure.within or not measure.source:
            return measure
        written: Any = catalogue.expression(measure.where) if measure.where else None
        text = f"{measure.where or ''}{suffix}"
        conditions[text] = Both((written, condition)) if written else condition
        return measure.model_copy(update={"where": text})

    parts = {name: narrowed(getattr(indicator, name)) for name in ("numerator", "denominator", "value")}
    measures = {name: narrowed(measure) for name, measure in indicator.measures.items()}
    copied = indicator.model_copy(update={"id": f"{indicator.id}{suffix}", "measures": measures, **parts})
    copied.__dict__.pop("all_measures", None)  # those of the one that was copied
    return copied


def group_rank(departments: Sequence[str], name: str) -> tuple[bool, int, str]:
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


def _unread(table: Table, column: str) -> Mask:
    return nw.col(f"{column}?bad") if table.columns[column].bad else False
