"""Usage: what the indicators make of a ledger's columns, which decides what a cell may be taken for.

Convention: what is found in conditions and values is true of every measure; `beside` figures are measures, too.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeVar

from itss_kpi.catalogue import expression as ex
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.expression import Kind, Node, columns_of, nodes_of, seen_from_row
from itss_kpi.catalogue.functions import FUNCTIONS
from itss_kpi.catalogue.indicators import Indicator, Measure, Roster, sources_of
from itss_kpi.catalogue.kinds import keyed
from itss_kpi.catalogue.sources import Source

_T = TypeVar("_T")
Limit = tuple[str, str, str, str, tuple[tuple[str, int], ...]]
"""An end, its beginning, the name of their condition, and of the column that says how long it may last, with the
microseconds for each of its texts, if it isn't a span itself; no column for a limit of all rows."""
_SEARCHING = [one.name for one in FUNCTIONS.values() if one.takes[0] == {Kind.TEXT}]

PLANNED = re.compile(
    "计划|预[计期定]|暂定|初定|要求|承诺|(?<!响)应|到期|截止|期限|时限|目标|约定|规定|拟|有效|[上下]次|最[早晚迟]"
)
"""What columns are called that say when something is to be: what is done may well lie before that."""

DONE = re.compile("完成|关闭|解决|恢复|修复|整改|响应|办结|闭环|处理|反馈|回复|实际|归还")
"""What columns are called that say when something was done."""
_BEGUN = re.compile("受理|发现|发生|提出|下[达发单]|布置|安排|立项|派[单工发]|申请|创建|开始|报[修障]|接[单到收]|交办")


@dataclass(frozen=True, slots=True)
class Usage:
    """Rows `earlier` than their files' time are normal; of the pairs in `orders` the first instant can't lie before the
    second; by a span of the `shortened` the time between two instants is shortened, which can't be less; the `limits`
    are the ends, beginnings and microseconds of what is to last no longer; `literals` are the texts that a column is
    compared with; `grouped` columns name groups or are counted; `timed` ones stand in differences, to the minute;
    `compared` ones are instants that conditions or values read; `fractions` are to be shares between 0 and 1; `figured`
    ones are quantities that are calculated with; of amounts of money, `yuan` has how many 元 one is taken for; over the
    groups of `averaged` columns means are taken; in the texts of `searched` ones words are looked for; by the `joined`
    ones rows of other ledgers, or earlier ones, belong to a row. A `planned` ledger says what is to be: what it says of
    later times is known before. Whether `filled` columns are blank is asked, or what stands in them is counted;
    `listing` ones may hold several items in a cell. `shares` are the texts that must stand in a column for a row to be
    of a rate's numerator, or of its denominator. Sums are made of the times between `lasting` ones; the `added` ones
    are added up, where a blank is nothing. Some measure reads the `read` ones. The names of the `others` are those of
    ledgers that have nothing to do with this one. Of some column `means` are taken."""

    earlier: bool = False
    orders: frozenset[tuple[str, str]] = frozenset()
    shortened: frozenset[tuple[str, str, str]] = frozenset()
    limits: frozenset[Limit] = frozenset()
    literals: Mapping[str, frozenset[str]] = field(default_factory=dict)
    grouped: frozenset[str] = frozenset()
    timed: frozenset[str] = frozenset()
    compared: frozenset[str] = frozenset()
    figured: frozenset[str] = frozenset()
    yuan: Mapping[str, frozenset[Fraction]] = field(default_factory=dict)
    fractions: frozenset[str] = frozenset()
    averaged: frozenset[str] = frozenset()
    searched: frozenset[str] = frozenset()
    joined: frozenset[str] = frozenset()
    planned: bool = False
    filled: frozenset[str] = frozenset()
    listing: frozenset[str] = frozenset()
    shares: Mapping[str, frozenset[str]] = field(default_factory=dict)
    lasting: frozenset[str] = frozenset()
    added: frozenset[str] = frozenset()
    passed_over: frozenset[tuple[str, str]] = frozenset()
    read: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    means: bool = False


def usage_of(catalogue: Catalogue, source: str) -> Usage:
    """What the catalogue's indicators make of a source's columns."""
    declared = catalogue.sources[source]
    kinds = catalogue.names(source).columns
    measures = [one for item in catalogue.indicators for one in _measures(item) if one.source == source]
    nodes = _nodes(catalogue, source, measures)
    groups = _groups(catalogue, declared)
    counted = {one.of for one in measures if one.measure == "distinct" and one.of}
    texts = {name for name, kind in kinds.items() if kind is Kind.TEXT and name in declared.columns}
    yuan: dict[str, set[Fraction]] = defaultdict(set)
    for found, name, amount in (one for item in catalogue.indicators for one in money_of(catalogue, item)):
        if found == source:
            yuan[name].add(amount)
    read_by_measures = {name for one in measures for name in catalogue.columns_read(one)}
    return Usage(
        earlier=catalogue.carries_earlier(source),
        orders=_ordered(declared, kinds, measures, nodes),
        shortened=frozenset(found for node in nodes for found in _shortened(node, kinds)),
        limits=frozenset(_limits(catalogue, kinds, nodes)),
        literals=_frozen(_literals(catalogue, source, nodes), texts),
        grouped=frozenset(texts & (groups | counted | set(declared.dimensions.values()))),
        timed=frozenset(_instants(kinds, [node for node in nodes if _is_timed(node)])),
        compared=frozenset(_instants(kinds, nodes)),
        figured=frozenset({*_figured(catalogue, source, kinds, measures), *_shared_out(catalogue, source)}),
        yuan=_frozen(yuan, kinds),
        fractions=frozenset(_fractions(catalogue, source)),
        averaged=frozenset(
            texts & {item.averaged_over for item in catalogue.indicators if source in sources_of([item])}
        ),
        searched=frozenset(texts & _in_calls(nodes, _SEARCHING)),
        joined=frozenset(texts & set(_joined(catalogue, source))),
        planned=any(one.fixed for one in measures),
        filled=frozenset(texts & (_asked(nodes) | _in_calls(nodes, ("items",)) | counted)),
        listing=frozenset(_in_calls(nodes, ("items", "has_item"))),
        shares=_frozen(_shares(catalogue, source), texts),
        lasting=frozenset(
            {
                *_lasting(catalogue, kinds, [one for one in measures if one.measure in ("sum", "max")]),
                *_summed_beside(catalogue, source),
            }
        ),
        added=frozenset(_added(catalogue, measures)),
        passed_over=frozenset(_passed_over(catalogue, kinds, declared.date, measures)),
        others=frozenset(_others(catalogue, declared)),
        means=any(one.measure in ("mean", "median", "percentile") for one in measures),
        read=frozenset({declared.date or "", *declared.dimensions.values(), *groups, *read_by_measures}),
    )


def _others(catalogue: Catalogue, declared: Source) -> set[str]:
    """The names of the other ledgers that have nothing to do with this one's."""
    names = {one.name for one in catalogue.sources.values() if one.date} - {declared.name}
    return {name for name in names if len(name) > 2 and name not in declared.name and declared.name not in name}


def _frozen(found: Mapping[str, set[_T]], names: Collection[str]) -> dict[str, frozenset[_T]]:
    return {name: frozenset(one) for name, one in found.items() if name in names}


def _nodes(catalogue: Catalogue, source: str, measures: list[Measure]) -> list[Node]:
    """All parts of the expressions that speak of a source's rows."""
    nodes = [node for one in measures for node in catalogue.nodes(one)]
    asked = [node.where for node in nodes if isinstance(node, ex.Related) and node.where is not None]
    nodes += [node for where in asked for node in nodes_of(seen_from_row(where))]
    return nodes + [node for where in _meant(catalogue, source) for node in nodes_of(where)]


def _ordered(
    declared: Source, kinds: Mapping[str, Kind], measures: list[Measure], nodes: list[Node]
) -> frozenset[tuple[str, str]]:
    """The pairs of instants of which the first can't lie before the second."""
    orders = {pair for node in nodes for pair in _orders(node)}
    own = declared.date or ""
    orders |= {(one.date, own) for one in measures if own and one.date and one.date != own}
    done = {name for name in _instants(kinds, nodes) if DONE.search(name)}
    orders |= {(name, own) for name in done - {own} if _BEGUN.search(own)}
    return frozenset(pair for pair in orders if _happen(kinds, pair))


def _happen(kinds: Mapping[str, Kind], names: Iterable[str]) -> bool:
    """Whether these are instants at which something happens, and not when it is to."""
    return all(kinds.get(name) is Kind.INSTANT and not PLANNED.search(name) for name in names)


def is_lasting(node: Node, kinds: Mapping[str, Kind]) -> bool:
    """Whether a value is the time from one event to another, in their order: none below 0 is believed (D210)."""
    match node:
        case ex.Arithmetic("-", ex.Column(later), ex.Column(before)):
            return _happen(kinds, (later, before))
        case _:
            return False


def _literals(catalogue: Catalogue, source: str, nodes: list[Node]) -> dict[str, set[str]]:
    """The texts with which columns are compared, and the groups that are known."""
    literals: dict[str, set[str]] = defaultdict(set)
    for node in nodes:
        for name, text in _compared(node):
            literals[name].add(text)
        if isinstance(node, ex.Lookup):
            literals[node.key.name] |= catalogue.lookups[node.table].values.keys()
    for item in catalogue.indicators:
        if not isinstance(item.among, Roster) and source in sources_of([item]):
            literals[item.for_each or item.averaged_over or ""] |= set(item.among)
        if source in sources_of([item]):
            literals[item.for_each or ""] |= item.groups_with_targets
    return literals


def _groups(catalogue: Catalogue, declared: Source) -> set[str]:
    """The columns that name groups, or are parts of one, or in which groups are alike."""
    groups = {item.for_each or item.averaged_over or "" for item in catalogue.indicators}
    groups |= {part for name in groups for part in declared.combined.get(name, ())}
    return groups | {one.alike for item in catalogue.indicators for one in item.all_measures.values() if one.alike}


def _shares(catalogue: Catalogue, source: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for item in catalogue.indicators:
        for name in ("numerator", "denominator"):
            one = item.all_measures.get(name)
            if one and one.source == source and one.where:
                node = catalogue.expression(one.where)
                for part in node.parts if isinstance(node, ex.Both) else (node,):
                    if isinstance(part, ex.Member) or (isinstance(part, ex.Compare) and part.op == "=="):
                        for column, text in _compared(part):
                            found[column].add(text)
    return found


def _in_calls(nodes: Iterable[Node], names: Collection[str]) -> set[str]:
    """The columns that stand first in calls of these functions."""
    first = [node.args[0] for node in nodes if isinstance(node, ex.Call) and node.name in names]
    return {one.name for one in first if isinstance(one, ex.Column)}


def _asked(nodes: Iterable[Node]) -> set[str]:
    """The columns of which it is asked whether they are blank."""
    return {node.column.name for node in nodes if isinstance(node, ex.Blank)}


def _meant(catalogue: Catalogue, source: str) -> Iterator[Node]:
    """What other ledgers' rows say of which rows of this one they mean."""
    for item in catalogue.indicators:
        for node in (one for _, one in _related(catalogue, item)):
            if node.source == source and node.where is not None:
                yield node.where  # of the row's own columns, which it names too, none is of this ledger


def _related(catalogue: Catalogue, item: Indicator) -> Iterator[tuple[str, ex.Related]]:
    """What is asked of other ledgers, with the ledger whose rows ask."""
    for one in _measures(item):
        if source := one.source:
            yield from ((source, node) for node in catalogue.nodes(one) if isinstance(node, ex.Related))


def _joined(catalogue: Catalogue, source: str) -> Iterator[str]:
    """The columns by which the rows of this ledger and others belong together, or are listed as groups."""
    for item in catalogue.indicators:
        yield from [item.among.column] if isinstance(item.among, Roster) and item.among.source == source else []
        for asking, node in _related(catalogue, item):
            pairs = keyed(node, catalogue.names(asking))
            yield from [own.name for _, own in pairs] if asking == source else []
            yield from [other for other, _ in pairs] if node.source == source else []


MONEY = {"元": 1, "百元": 100, "千元": 1000, "万元": 10_000, "百万元": 10**6, "千万元": 10**7, "亿元": 10**8}
"""What money is written in, each in 元."""


def money_of(catalogue: Catalogue, item: Indicator) -> Iterator[tuple[str, str, Fraction]]:
    """The ledger and column of which an indicator in money is made, and how many 元 one of the column is taken for."""
    unit = money_unit(item)
    for source, name, times in quantity_of(catalogue, item) if unit else ():
        yield source, name, MONEY[unit or ""] * times


def quantity_of(catalogue: Catalogue, item: Indicator) -> Iterator[tuple[str, str, Fraction]]:
    """The ledger and column of which an indicator is made, and how often one of the column is taken."""
    measure = item.value
    if not isinstance(measure, Measure) or not measure.source or not measure.of:
        return
    match catalogue.expression(measure.of):
        case ex.Column(name):
            yield measure.source, name, Fraction(1)
        case ex.Arithmetic("/", ex.Column(name), ex.Number(by)) if by:
            yield measure.source, name, 1 / Fraction(by)
        case ex.Arithmetic("*", ex.Column(name), ex.Number(by)) | ex.Arithmetic("*", ex.Number(by), ex.Column(name)):
            yield measure.source, name, Fraction(by)
        case _:
            return


def _fractions(catalogue: Catalogue, source: str) -> Iterator[str]:
    """The decimals called rates that are compared as they are with a plain number between 0 and 1."""
    for item in catalogue.indicators:
        bounds = [(target.unit, bound.limit) for _, target in item.targets for bound in target.bounds]
        if bounds and all(not unit and 0 < limit <= 1 for unit, limit in bounds):
            for ledger, name, times in quantity_of(catalogue, item):
                column = catalogue.sources[ledger].columns.get(name)
                plain = column and column.type == "decimal" and column.maximum is None and times == 1
                if ledger == source and plain and _RATE.search(name):
                    yield name


_RATE = re.compile("率|占?比(?!分)")


def money_unit(item: Indicator) -> str | None:
    """In what money an indicator is written; None where it isn't, or in several."""
    units = {str(unit) for unit in (item.unit, *(target.unit for _, target in item.targets)) if unit} & MONEY.keys()
    return units.pop() if len(units) == 1 else None


def _figured(catalogue: Catalogue, source: str, kinds: Mapping[str, Kind], measures: list[Measure]) -> Iterator[str]:
    """The quantities that are calculated with, where nothing asks whether they are blank."""
    for nodes in (_nodes(catalogue, source, []), *(list(catalogue.nodes(one)) for one in measures)):
        yield from {*_quantities(kinds, nodes)} - _asked(nodes)


def _quantities(kinds: Mapping[str, Kind], nodes: list[Node]) -> Iterator[str]:
    """The numbers and durations that stand in arithmetic as they are, without a `default`."""
    for node in nodes:
        for part in (node.left, node.right) if isinstance(node, ex.Arithmetic) else ():
            if isinstance(part, ex.Column) and kinds.get(part.name) in (Kind.NUMBER, Kind.SPAN):
                yield part.name


def sums_shared_out(catalogue: Catalogue, item: Indicator) -> set[str]:
    """The measures of an indicator that are sums of a column, divided by a number of rows: a mean in another form, in
    which a blank is no 0."""
    found = item.all_measures
    pairs = [("numerator", "denominator")] if item.denominator and not item.denominator.declared else []
    if isinstance(item.value, str):
        divisions = (one for one in nodes_of(catalogue.expression(item.value)) if isinstance(one, ex.Arithmetic))
        pairs = [
            (top, bottom)
            for one in divisions
            if one.op == "/"
            for top in columns_of(one.left)
            for bottom in columns_of(one.right)
        ]
    return {
        top
        for top, bottom in pairs
        if top in found and bottom in found and (found[top].measure, found[bottom].measure) == ("sum", "count")
        if not _counts_filled(catalogue, found[bottom], found[top].of)
    }


def _counts_filled(catalogue: Catalogue, one: Measure, column: str | None) -> bool:
    """Whether only the rows are counted in which a column is filled."""
    node = catalogue.expression(one.where) if one.where else None
    return ex.Not(ex.Blank(ex.Column(column or ""))) in (node.parts if isinstance(node, ex.Both) else (node,))


def _lasting(catalogue: Catalogue, kinds: Mapping[str, Kind], measures: Iterable[Measure]) -> set[str]:
    """The instants between which these measures (of something each) take times, where nothing asks whether they are
    there: of what hasn't ended nobody knows how long it lasts, but overlap takes it for open."""
    found: set[str] = set()
    for one in measures:
        asked = columns_of(catalogue.expression(one.where)) if one.where else set()
        node = catalogue.expression(one.of or "")
        spans = [each for each in nodes_of(node) if isinstance(each, ex.Call) and each.name == "overlap"]
        asked |= {name for each in spans for name in columns_of(each.args[1])}
        found |= _instants(kinds, [node]) - asked - _asked(nodes_of(node))
    return found


def _summed_beside(catalogue: Catalogue, source: str) -> Iterator[str]:
    """The instants between which times are summed for the rows of other ledgers."""
    for item in catalogue.indicators:
        for _, node in _related(catalogue, item):
            if node.source == source and node.what == "sum" and node.since:
                yield from (node.column, node.since)


def _passed_over(
    catalogue: Catalogue, kinds: Mapping[str, Kind], date: str | None, measures: list[Measure]
) -> Iterator[tuple[str, str]]:
    """The ends and beginnings of times of which means are made, but of those dated by their ends: what hasn't ended is
    left out."""
    for one in measures:
        if one.measure in ("mean", "median", "percentile"):
            lasting = _lasting(catalogue, kinds, [one])
            pairs = {pair for node in nodes_of(catalogue.expression(one.of or "")) for pair in _orders(node)}
            yield from ((end, begin) for end, begin in pairs if end in lasting and end != (one.date or date))


def _added(catalogue: Catalogue, measures: list[Measure]) -> Iterator[str]:
    """The columns of plain sums, where nothing asks whether they are filled."""
    for one in measures:
        node = catalogue.expression(one.of) if one.measure == "sum" and one.of else None
        if isinstance(node, ex.Column) and not _counts_filled(catalogue, one, node.name):
            yield node.name


def _shared_out(catalogue: Catalogue, source: str) -> Iterator[str]:
    for item in catalogue.indicators:
        for name in sums_shared_out(catalogue, item):
            measure = item.all_measures[name]
            if measure.source == source and isinstance(catalogue.expression(measure.of or ""), ex.Column):
                yield measure.of or ""


def _instants(kinds: Mapping[str, Kind], nodes: list[Node]) -> set[str]:
    return {name for node in nodes for name in columns_of(node) if kinds.get(name) is Kind.INSTANT}


def _is_timed(node: Node) -> bool:
    return isinstance(node, ex.Arithmetic) or (
        isinstance(node, ex.Call) and node.name in ("overlap", "worktime", "hour")
    )


def _measures(item: Indicator) -> list[Measure]:
    return [*item.all_measures.values(), *(extra.value for extra in item.beside)]


def _orders(node: Node) -> Iterator[tuple[str, str]]:
    """Pairs of columns of which the first follows the second: 响应时间 - 受理时间, 响应时间 <= 受理时间 + 30 分, and of
    what takes its time: overlap(中断开始, 恢复时间)."""
    match node:
        case ex.Call("overlap" | "workdays" | "worktime", (ex.Column(before), ex.Column(later))):
            yield later, before
        case ex.Arithmetic("-", ex.Column(later), ex.Column(before)):
            yield later, before
        case ex.Compare(_, ex.Column(later), ex.Arithmetic("+", left, right)):
            yield from ((later, side.name) for side in (left, right) if isinstance(side, ex.Column))
        case ex.Compare(op, ex.Arithmetic("+") as limit, ex.Column() as follows):
            yield from _orders(ex.Compare(op, follows, limit))
        case _:
            return


def _limits(catalogue: Catalogue, kinds: Mapping[str, Kind], nodes: Iterable[Node]) -> Iterator[Limit]:
    """The limits within which something is to end."""
    for end, begin, limit in (one for node in nodes if (one := ex.limit_of(node)) and _happen(kinds, one[:2])):
        name = ex.may_yet_be((end, begin, limit))
        match limit:
            case ex.Span(micros):
                yield end, begin, name, "", (("", micros),)
            case ex.Column(of):
                yield end, begin, name, of, ()
            case ex.Lookup(table, ex.Column(of)):
                texts = catalogue.lookups[table]
                yield end, begin, name, of, tuple((text, int(texts.exact(text))) for text in texts.values)
            case _:
                pass  # what is looked up by what another ledger says


def _shortened(node: Node, kinds: Mapping[str, Kind]) -> Iterator[tuple[str, str, str]]:
    """The later and the earlier instant of a time, and the span that is taken off it: 完成 - 受理 - 挂起时长."""
    match node:
        case ex.Arithmetic("-", ex.Arithmetic("-") as left, ex.Column(name) | ex.Call("default", (ex.Column(name), _))):
            times = [pair for one in nodes_of(left) for pair in _orders(one)]
            yield from ((*pair, name) for pair in times if _happen(kinds, pair) and kinds.get(name) is Kind.SPAN)
        case _:
            return


def _compared(node: Node) -> Iterator[tuple[str, str]]:
    match node:
        case ex.Compare("==" | "!=", ex.Column(name), ex.Text(text)) | ex.Compare(
            "==" | "!=", ex.Text(text), ex.Column(name)
        ):
            yield name, text
        case ex.Member(ex.Column(name), options):
            yield from ((name, text) for text in options)
        case _:
            return
