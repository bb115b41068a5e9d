"""The catalogue (指标目录): its frozen models, and what can be asked of them (docs/design.md, 5).

Convention: a model refuses what is wrong in itself; what is wrong between models is found by `load`, so a catalogue
that came from there is fully checked. A complete commented example is the company's own `kpi_definitions.yaml`.
"""

import functools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, Literal

from pydantic import Field, PrivateAttr, TypeAdapter

from itss_kpi.catalogue import plan as plans
from itss_kpi.catalogue.calendar import Calendar
from itss_kpi.catalogue.expression import Column, ExpressionError, Kind, Node, nodes_of
from itss_kpi.catalogue.forms import Id, Identifier, Model
from itss_kpi.catalogue.indicators import Indicator, Measure
from itss_kpi.catalogue.kinds import Names, kind_of
from itss_kpi.catalogue.ledgers import RECORDS
from itss_kpi.catalogue.parsing import parse
from itss_kpi.catalogue.schedule import Span, read_when, spans_of
from itss_kpi.catalogue.sources import SUBMITTER, Lookup, ReadingLimits, Source
from itss_kpi.core.period import PeriodKind
from itss_kpi.core.text import fold

FORMAT = "itss-kpi/catalogue/1"


class Catalogue(Model):
    """The whole file."""

    format: Literal["itss-kpi/catalogue/1"]
    plan: plans.Plan
    data: str = "."
    archive: str = Field("archive", description="关账归档的文件夹,相对于台账文件夹")
    reading: ReadingLimits = ReadingLimits()
    sources: dict[Id, Source]
    lookups: dict[Identifier, Lookup] = Field({})
    calendar: Calendar | None = None
    indicators: tuple[Indicator, ...]
    activities: tuple[plans.Activity, ...] = ()
    supervision: tuple[plans.RequiredCheck, ...] = ()
    clauses: tuple[plans.StandardClause, ...] = ()
    customers: tuple[plans.Customer, ...] = ()
    satisfaction: plans.CustomerSurvey | None = None
    review: plans.ManagementReview | None = None
    _named: tuple[tuple[Any, ...], dict[str, Names]] = PrivateAttr(((), {}))

    def claims(self, department: str, name: str) -> list[str]:
        """The sources that claim a file of this name in the department's folder: one, or each for its own sheets."""
        return [source for source, declared in self.sources.items() if declared.claims(department, name)]

    def are_apart(self, sources: Sequence[str]) -> bool:
        """Whether each of these sources means sheets of its own, so that one file may hold them all."""
        return all(
            _are_apart(self.sources[one].sheets, self.sources[other].sheets) for one, other in combinations(sources, 2)
        )

    def claimed(self, name: str) -> bool:
        """Whether a file of this name would be claimed in some department's folder."""
        return any(one.claims(one.departments[0], name) for one in self.sources.values())

    def words_of_name(self, source: str) -> tuple[str, ...]:
        """Words in the name of a source's file that say nothing of time."""
        declared = self.sources[source]
        literal = re.split(r"[*?_-]|\[.*?\]", declared.pattern.rpartition(".")[0])
        words = (declared.name, *declared.departments, *self.plan.departments, *literal)
        return tuple(word for word in words if not re.search(r"\d{4}|^[\x00-\x7f]*$", word))

    @property
    def records(self) -> list[str]:
        """The declared sources that are ledgers of what was done and decided."""
        return [name for name in self.sources if name in RECORDS]

    def carries_earlier(self, source: str) -> bool:
        """Whether rows from before its files' time are normal in a ledger: it says so, or whatever is measured over it
        counts all up to a day."""
        declared = self.sources[source]
        measures = [one for item in self.indicators for one in item.all_measures.values() if one.source == source]
        dated = [one for one in measures if one.date in (None, declared.date)]
        return declared.carries == "earlier" or (bool(dated) and all(one.window == "until_end" for one in dated))

    def names(self, source: str) -> Names:
        """What an expression over `source` may name."""
        made_of, known = self._named
        # a copy with other sources has taken this one's names along
        if [*map(id, made_of)] != [id(one) for one in (self.sources, self.lookups, self.plan, self.calendar)]:
            alone = {name: self._own_names(name) for name in self.sources}
            known = {name: replace(own, ledgers=alone) for name, own in alone.items()}
            self._named = (self.sources, self.lookups, self.plan, self.calendar), known
        return known[source]

    def _own_names(self, source: str) -> Names:
        """Those without other ledgers."""
        own = self.sources[source]
        kinds = {name: column.kind for name, column in own.columns.items()}
        kinds |= dict.fromkeys((SUBMITTER, *own.combined), Kind.TEXT)
        options: dict[str, Collection[str]] = {SUBMITTER: own.departments}
        for name, column in own.columns.items():
            if column.type == "choice":
                options[name] = column.values or self.plan.departments
        lookups = {name: lookup.kind for name, lookup in self.lookups.items()}
        periods = {name for name, column in own.columns.items() if column.type == "period"}
        return Names(kinds, options, lookups, key=own.key, periods=periods, calendar=self.calendar is not None)

    @functools.cached_property
    def shown(self) -> list[Indicator]:
        """The indicators of the plan's table, without those that only others are built on."""
        return [one for one in self.indicators if not one.helper]

    def percents(self, source: str) -> set[str]:
        """The columns of a source that hold percents: 95 % is 0.95."""
        declared = self.sources.get(source)
        return {name for name, one in declared.columns.items() if one.type == "percent"} if declared else set()

    @functools.cached_property
    def parsed(self) -> dict[str, Node]:
        """Every expression's text with its parsed form."""
        return {}

    def expression(self, text: str) -> Node:
        """The parsed form of a (checked) expression."""
        if text not in self.parsed:
            self.parsed[text] = parse(text)
        return self.parsed[text]

    def knowing(self, expressions: Mapping[str, Node]) -> "Catalogue":
        """The same, in which these texts stand for expressions that nobody wrote."""
        known = self.model_copy()
        known.__dict__["parsed"] = {**self.parsed, **expressions}
        return known

    def columns_read(self, measure: Measure) -> list[str]:
        """The columns that a measure reads, in order of their declaration."""
        columns = self.sources[measure.source].columns if measure.source else {}
        read = {measure.date, *(one.name for one in self.nodes(measure) if isinstance(one, Column))}
        return [name for name in columns if name in read]

    def nodes(self, measure: Measure) -> Iterator[Node]:
        """All parts of a measure's condition and value."""
        for text in filter(None, (measure.where, measure.of)):
            yield from nodes_of(self.expression(text))

    def planned(self, activity: plans.Activity) -> tuple[Span, ...]:
        """The days in which the activity is to be done in the plan's year, in order; none where it can't be told."""
        if activity.due:
            read = [read_when(text, self.plan.year) for text in activity.due]
            found = [when.spans if when else () for when in read]
            return tuple(sorted(span for spans in found for span in spans)) if all(found) else ()
        when = read_when(activity.when, self.plan.year)
        each = activity.each or (when and when.each)
        if not each and when and when.follows:
            each = self._shortest_period(activity.serves)
        return spans_of(each, self.plan.year) if each else when.spans if when else ()

    def _shortest_period(self, numbers: Collection[int]) -> PeriodKind | None:
        # as shorter periods divide longer ones, this falls due whenever one of the indicators does
        kinds = [item.period for item in self.indicators if not numbers or set(numbers) & set(item.numbers)]
        return min(kinds, key=lambda kind: kind.months, default=None)

    @property
    def titles(self) -> dict[str, str]:
        """What ledgers and indicators are called, for sentences about measures."""
        indicators = {f"indicator {item.id}": item.name for item in self.indicators}
        return {name: source.name for name, source in self.sources.items()} | indicators

    @functools.cached_property
    def by_id(self) -> dict[str, Indicator]:
        return {item.id: item for item in self.indicators}

    def with_parts(self, indicators: Iterable[Indicator]) -> list[Indicator]:
        """The indicators, and all that they are made of."""
        found: dict[str, Indicator] = {}
        for item in indicators:
            names = [name for one in item.all_measures.values() for name in one.indicator if name in self.by_id]
            found |= {part.id: part for part in self.with_parts(self.by_id[name] for name in names)}
            found[item.id] = item
        return list(found.values())

    def members(self, indicator: Indicator, column: str) -> Measure | None:
        """What says of an indicator's groups what they have in another column: its roster, else a ledger that it
        reads. None where none has it."""
        roster, name = indicator.roster, indicator.for_each
        listed = [roster] if roster else []
        listed += [
            Measure(measure="distinct", source=one.source, of=name, window="until_end")
            for one in indicator.all_measures.values()
            if one.source and name
        ]
        for one in listed:
            kinds = self.names(one.source).columns if one.source in self.sources else {}
            if {kinds.get(one.of or ""), kinds.get(column)} == {Kind.TEXT}:
                return one
        return None

    def find(self, wanted: str) -> list[Indicator]:
        return [item for item in self.indicators if wanted in {item.id, item.name, *map(str, item.numbers)}]


def dimensions_of(catalogue: Catalogue, indicator: Indicator) -> list[str]:
    """The dimensions that every ledger of the indicator has, in order of declaration."""
    names = dict.fromkeys(measure.source for measure in indicator.all_measures.values() if measure.source)
    if not names or indicator.is_derived:
        return []
    first, *rest = (catalogue.sources[name].dimensions for name in names)
    return [dimension for dimension in first if all(dimension in other for other in rest)]


def measured_kind(catalogue: Catalogue, measure: Measure) -> Kind:
    takes_values = measure.indicator and measure.of in (None, "value")
    try:
        if takes_values and measure.measure not in ("count", "streak", "weighted", "rank"):
            named = (catalogue.by_id[name] for name in measure.indicator if name in catalogue.by_id)
            return next((value_kind(catalogue, one) for one in named), Kind.NUMBER)
        if measure.source not in catalogue.sources or measure.of is None or measure.measure in ("count", "distinct"):
            return Kind.NUMBER
        return kind_of(parse(measure.of), catalogue.names(measure.source))
    except ExpressionError:
        return Kind.NUMBER  # what is wrong is said where it stands


def _are_apart(one: str, other: str) -> bool:
    """Whether no sheet's name can be of both patterns."""
    first, second = fold(one), fold(other)
    heads = [re.split(r"[*?\[]", text)[0] for text in (first, second)]
    if heads == [first, second]:
        return first != second
    return not heads[0].startswith(heads[1]) and not heads[1].startswith(heads[0])


def measure_kinds(catalogue: Catalogue, indicator: Indicator) -> dict[str, Kind]:
    """What each measure of the indicator is: a number, or a duration in microseconds."""
    return {name: measured_kind(catalogue, measure) for name, measure in indicator.all_measures.items()}


def value_kind(catalogue: Catalogue, indicator: Indicator) -> Kind:
    """What the indicator's value is: a number, or a duration in microseconds."""
    kinds = measure_kinds(catalogue, indicator)
    if isinstance(indicator.value, str):
        return kind_of(parse(indicator.value), Names(kinds, rows=False, calendar=catalogue.calendar is not None))
    if indicator.value is not None:
        return kinds["value"]
    return Kind.NUMBER if kinds["numerator"] is kinds["denominator"] else kinds["numerator"]


def json_schema() -> dict[str, Any]:
    """The catalogue's JSON Schema, for editors and for checking a catalogue without this program."""
    return TypeAdapter(Catalogue).json_schema()
