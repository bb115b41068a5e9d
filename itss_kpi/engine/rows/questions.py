"""Questions: measures in windows -> the conditions under which a table's rows count for them, surely or possibly.

Convention: every distinct condition becomes one column of the table, worked out once for all that ask it; `queries`
answers what is asked here.
"""

import functools
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import narwhals as nw

from itss_kpi.catalogue import expression as ex
from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.expression import Kind, Node, columns_of, is_whole_day, micros_of, nodes_of, speaks_of_period
from itss_kpi.catalogue.functions import FUNCTIONS
from itss_kpi.catalogue.indicators import Measure
from itss_kpi.catalogue.kinds import keyed, kind_of, with_row
from itss_kpi.catalogue.usage import is_lasting
from itss_kpi.engine.bounds import Range
from itss_kpi.engine.formulas import enclose, exactly
from itss_kpi.engine.moments import MONTH, MONTHS_AFTER, on_day
from itss_kpi.engine.rows import other_ledgers
from itss_kpi.engine.rows.conditions import Compiler
from itss_kpi.engine.rows.populations import (
    ALWAYS,
    SHIFTED,
    UNGROUPED,
    Conjunction,
    Edges,
    Flag,
    Flags,
    Group,
    Population,
    Span,
    Spread,
    Window,
    window_of,
)
from itss_kpi.engine.rows.terms import (
    Mask,
    Term,
    Truth,
    any_of,
    both,
    certain,
    conjoined,
    either,
    expressed,
    judged,
    marked,
    negated,
    picked,
)
from itss_kpi.tables.table import Physical, Table

Pair = tuple[Measure, Measure]
"""A part and its whole, which can't be less."""


@dataclass
class Questions:
    """Everything that is asked of one table; a `query_id` is the number of one population. Of a column in which dates
    are looked for, the rows that are `dateless`: all of them, and those that may have one all the same."""

    catalogue: Catalogue
    table: Table
    others: Mapping[str, Table] = field(default_factory=dict)
    masks: dict[str, Any] = field(default_factory=dict)
    windows: dict[str, Window] = field(default_factory=dict)
    dateless: dict[str, tuple[Mask, Mask]] = field(default_factory=dict)
    flags: dict[Hashable, Flags] = field(default_factory=dict)
    populations: list[Population] = field(default_factory=list)
    overflowed: set[str] = field(default_factory=set)
    columns: dict[str, Physical] = field(init=False)
    compilers: list[Compiler] = field(default_factory=list)
    related: dict[str, tuple[ex.Related, other_ledgers.Pairs]] = field(default_factory=dict)
    worked: list[dict[str, Any]] = field(default_factory=list)
    excused: set[str] = field(default_factory=set)
    bit: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.columns = dict(self.table.columns)

    @property
    def groups(self) -> list[Group]:
        """By what anything is grouped."""
        return list(dict.fromkeys(one.group for one in self.populations))

    def add(
        self,
        measure: Measure,
        span: Span,
        group: Group = UNGROUPED,
        *,
        whole: Measure | None = None,
        pair: Pair | None = None,
        mean: bool = False,
    ) -> int:
        """Ask for a measure's population (`whole`: the denominator it lies within; `pair`: a part and its whole, which
        can't be less, of which it is one; a sum that is made a `mean`); the number of its answers."""
        compiler = self._of_window(measure, span)
        self.compilers.append(compiler)
        self._relate(compiler, measure.where, measure.of, whole.where if whole else None)
        inside = self._inside(compiler, measure.date, window_of(measure, span))
        condition = self._where(compiler, measure.where)
        term, extent, spread = self._amount(compiler, measure, mean)
        known = self._known(compiler, measure, term, pair, mean)
        paired = self._readable(compiler, whole) if pair and whole else True
        if whole and measure.measure == "distinct" and term and term.blank is not False:
            base, extra = self._where(compiler, whole.where), self._with_value(compiler, measure, term)
        elif whole:
            base, extra = self._where(compiler, whole.where), condition
        else:
            base, extra = condition, self._filled(compiler, measure, term)
        # a row without a readable key may be a repeat of another
        sure = self._none_of(["_uncertain"] if self.table.uncertain else []), self._none_of(self._unread(group))
        apart = "_apart" in self.table.marks and self._kept("apart", lambda: certain(nw.col("_apart"))).surely
        edges = self._edges(compiler, measure.of)
        self.populations.append(
            Population(measure, group, inside, base, extra, *sure, known, paired, term, extent, apart, edges, spread)
        )
        return len(self.populations) - 1

    def _of_window(self, measure: Measure, span: Span) -> Compiler:
        return self._compiler(window_of(measure, span) if measure.window in SHIFTED else span)

    def _compiler(self, span: Span) -> Compiler:
        return replace(_compiler(self.catalogue, self.table, self.columns, span), seen=self._seen)

    @functools.cached_property
    def _seen(self) -> dict[str, int]:
        """Until when each ledger was handed in, in microseconds."""
        return {name: micros_of(other.seen_until) for name, other in self.others.items()}

    def _relate(self, compiler: Compiler, *texts: str | None) -> None:
        """See to it that what the expressions say of other ledgers stands beside the rows."""
        for text in filter(None, texts):
            edges = compiler.start, compiler.end, compiler.snapshots
            # what is looked up by what is looked up comes after it
            for node in reversed(list(nodes_of(self.catalogue.expression(text)))):
                if isinstance(node, ex.Call):
                    self.worked += _worked_out(node, self.columns, self._compiler(_ALWAYS))
                if isinstance(node, ex.Call) and node.name == "default":
                    self.excused |= {part.settled(*edges).name for part in node.args if isinstance(part, ex.Related)}
                node = node.settled(*edges) if isinstance(node, ex.Related) else node
                if isinstance(node, ex.Related) and node.name not in self.related:
                    names = self.catalogue.names(self.table.source)
                    pairs = keyed(node, names)
                    if not node.source:
                        date = self.catalogue.sources[self.table.source].date or ""
                        pairs = [(date, ex.Column(date)), *pairs]
                    self.related[node.name] = node, pairs
                    own, other = kind_of(node, names), self.others.get(node.source)
                    self.columns[node.name] = other_ledgers.physical_of(node, own, other, self.catalogue.calendar)

    def steps(self, measure: Measure, span: Span) -> list[tuple[Node, Flag]]:
        """The conditions that must all hold for a row to count, each with where it possibly holds."""
        if measure.where is None:
            return []
        node = self.catalogue.expression(measure.where)
        compiler = self._of_window(measure, span)
        parts = node.parts if isinstance(node, ex.Both) else (node,)
        edges = self._edges(compiler, measure.where)
        return [
            (part, self._kept(("step", measure.where, at, edges), functools.partial(compiler.condition, part)).possibly)
            for at, part in enumerate(parts)
        ]

    def inside(self, query_ids: Iterable[int]) -> Mask:
        """The rows that may lie in the window of one of the populations."""
        masks = dict.fromkeys(self.populations[query_id].inside.possibly for query_id in query_ids)
        return any_of([self.holding(one) if isinstance(one, str) else one for one in masks])

    def bits(self, rows: Conjunction) -> int | None:
        """The flags that must hold as bits of a whole number; None where no row is."""
        return None if rows is None else sum(self.bit[flag] for flag in rows)

    def holding(self, flag: str) -> Any:
        """Where a flag holds: a column, but for windows, of which there are many and each is asked for few rows."""
        return self.masks[flag] if flag in self.windows else nw.col(flag)

    def _inside(self, compiler: Compiler, column: str | None, window: Span) -> Flags:
        source = self.catalogue.sources[self.table.source]
        start, end = micros_of(window.start), micros_of(window.end)
        if source.snapshot:
            last = micros_of(window.end - timedelta(days=1))
            return self._kept(("snapshot", last), lambda: certain((nw.col("_from") <= last) & (nw.col("_to") > last)))
        name = column or source.date or ""
        until = micros_of(window.until or window.end)
        within = functools.partial(self._within, name, start, end, until)
        term = replace(compiler, as_written=True).value(ex.Column(name))
        key = ("window", name, start, end, until)
        flags = self._kept(key, lambda: self._falls(name, term, within(), start, end))
        if not self.table.columns[name].ends:
            astray = marked(self.columns, [name], "astray")
            unclear = either(both(term.bad, negated(term.blank)), astray)
            self.dateless[name] = either(term.blank, unclear), unclear
            self.windows |= {str(flag): Window(name, start, end) for flag in (flags.surely, flags.possibly)}
        return flags

    def _within(self, name: str, start: int, end: int, until: int) -> Truth:
        """Whether an instant lies in `[start, end)`; a period lies in it that ends with it, and one that is longer
        nobody knows what part of it does."""
        top = nw.col(name)
        before = top < end
        holds = before if start == micros_of(date.min) else (top >= start) & before
        if not self.table.columns[name].ends:
            return certain(holds)
        ends = nw.col(f"{name}?end")
        return Truth(holds & (ends <= until), before & (ends > start))

    def _falls(self, name: str, term: Term, within: Truth, start: int, end: int) -> Truth:
        """Whether a date lies `within` a window. The ledger's own date may lie in its file's time, if it can't be read
        or is astray; a window without a beginning takes what is written there as it is."""
        own = name == self.catalogue.sources[self.table.source].date
        if not own or "_file_from" not in self.table.marks:
            least = judged(within.surely, term.blank, term.bad)
            if within.clean:
                return least
            return Truth(least.surely, judged(within.possibly, term.blank, term.bad).possibly)
        near = (nw.col("_file_from") < end) & (nw.col("_file_to") > start)
        astray = marked(self.columns, [name], "astray")
        there = both(negated(term.blank), negated(term.bad))
        surely = both(within.surely, there)
        surely = surely if start == micros_of(date.min) else both(surely, negated(astray))
        unsure = both(near, either(astray, both(term.bad, negated(term.blank))))
        return Truth(surely, either(both(within.possibly, there), unsure))

    def _where(self, compiler: Compiler, text: str | None) -> Flags:
        if text is None:
            return ALWAYS
        node = self.catalogue.expression(text)
        if compiler.overflows(node):
            self.overflowed.add(text)
        return self._kept(("where", text, self._edges(compiler, text)), lambda: compiler.condition(node))

    def _edges(self, compiler: Compiler, *texts: str | None) -> Edges:
        """The period's edges, where one of the expressions speaks of it: what it makes is that period's alone."""
        nodes = [self.catalogue.expression(text) for text in texts if text]
        parts = (part for node in nodes for part in nodes_of(node) if isinstance(part, ex.Related))
        spoken = any(map(speaks_of_period, nodes)) or any(part.source in compiler.snapshots for part in parts)
        return (compiler.start, compiler.end) if spoken else None

    def _none_of(self, doubts: Sequence[str]) -> Flag:
        if not doubts:
            return True
        return self._kept(("none of", *doubts), lambda: certain(conjoined([~nw.col(one) for one in doubts]))).surely

    def _amount(
        self, compiler: Compiler, measure: Measure, mean: bool = False
    ) -> tuple[Term | None, Range, Spread | None]:
        """The amount of each row, what it can be where it isn't known, and where only a time of day is lacking."""
        if measure.of is None or measure.measure == "count":
            return None, Range(Fraction(1), None), None  # a row that names several records counts for some
        node = self.catalogue.expression(measure.of)
        if compiler.overflows(node):
            self.overflowed.add(measure.of)
        term = compiler.value(node)
        # a day without its time, or one decades ahead, has no exact difference to another
        unclear = compiler.unclear(node) if measure.measure != "distinct" else False
        spread = self._spread(compiler, node, term) if unclear is not False else None
        term = replace(term, bad=either(term.bad, unclear)) if unclear is not False else term
        if measure.measure in ("sum", "max") and term.blank is not False and (mean or not isinstance(node, ex.Column)):
            term = replace(term, blank=False, bad=either(term.bad, term.blank))  # not yet known
        elif measure.measure == "sum" and term.blank is not False:
            # a blank cell adds nothing
            term = replace(term, top=nw.when(term.blank).then(nw.lit(0)).otherwise(term.top), blank=False)
        extent = enclose(node, functools.partial(self._extent, compiler), self.catalogue.calendar)
        if extent.lowest is None and is_lasting(node, compiler.names.columns):
            extent = replace(extent, lowest=Fraction(0))
        return term, extent, spread

    def _spread(self, compiler: Compiler, node: Node, term: Term) -> Spread | None:
        """The least and the most of the time between two instants, from the last moment of the one to the first of the
        other, and the other way round."""
        match node:
            case ex.Arithmetic("-", ex.Column(later), ex.Column(before)) | ex.Call(
                "worktime" | "workdays", (ex.Column(before), ex.Column(later))
            ):
                pass
            case _:
                return None
        low, high = (replace(compiler, late={later: last, before: not last}).value(node).top for last in (False, True))
        if is_lasting(node, compiler.names.columns):
            low = picked(low < 0, 0, low)
        never = marked(self.columns, (later, before), "never")
        return Spread(low, high, negated(any_of([term.bad, term.blank, never])))

    def _extent(self, compiler: Compiler, node: Node) -> Range:
        """What a part of an expression can be in any row, as far as the catalogue says."""
        match node:
            case ex.Column(name):
                declared = self.catalogue.sources[self.table.source].columns.get(name)
                limits = (declared.minimum, declared.maximum) if declared else (None, None)
                low, high = (None if limit is None else Fraction(limit) for limit in limits)
                return Range(low, high, void=True)  # it may be blank beside another that can't be read
            case ex.Edge(at_end):
                return exactly(Fraction(compiler.end if at_end else compiler.start))
            case ex.Call("overlap"):
                return Range(Fraction(0), Fraction(compiler.end - compiler.start))
            case ex.Call("hour" | "weekday" | "month" as name):
                first, last = map(Fraction, {"hour": (0, 23), "weekday": (1, 7), "month": (1, 12)}[name])
                return Range(first, last)
            case ex.Related(what="count") | ex.Call("items"):  # what is summed may be negative
                return Range(Fraction(0), None)
            case _:  # what a table says of a key that isn't in it, too
                return Range(None, None)

    def _filled(self, compiler: Compiler, measure: Measure, term: Term | None) -> Flags:
        # a row without a value has no mean, no extreme and is nobody
        if term is None or term.blank is False:
            return ALWAYS
        key = ("filled", measure.of, self._edges(compiler, measure.of))
        return self._kept(key, lambda: certain(negated(term.blank)))

    def _with_value(self, compiler: Compiler, measure: Measure, term: Term) -> Flags:
        # nobody is in the part, either
        text, filled = measure.where or "", certain(negated(term.blank))
        found = compiler.condition(self.catalogue.expression(text)) if text else certain(True)
        key = ("with value", text, measure.of, self._edges(compiler, text, measure.of))
        return self._kept(key, lambda: found & filled)

    def _known(self, compiler: Compiler, measure: Measure, term: Term | None, pair: Pair | None, mean: bool) -> Flag:
        many = nw.col("_many") if "_many" in self.table.marks else False
        if term is None:  # how many a row counts for that names several records is not known
            return self._kept("single", lambda: certain(negated(many))).surely
        several = many if measure.measure != "sum" else False
        bad = either(either(term.bad, several), self._above(compiler, *pair) if pair else False)
        if bad is False:
            return True
        parts = tuple((one.measure, one.of, one.where) for one in pair or ())
        edges = self._edges(compiler, *(text for one in (measure, *(pair or ())) for text in (one.of, one.where)))
        key = ("known", measure.measure, measure.of, mean, parts, edges)
        return self._kept(key, lambda: certain(negated(bad))).surely

    def _above(self, compiler: Compiler, part: Measure, whole: Measure) -> Mask:
        """Rows whose part is larger than its whole: one of the two is wrong, and nobody knows which."""
        one, other = self._amount(compiler, part)[0], self._amount(compiler, whole)[0]
        if one is None or other is None or part.measure != "sum" or part.of == whole.of:
            return False
        above = both(one.top * other.bottom > other.top * one.bottom, negated(either(one.bad, other.bad)))
        counted = compiler.condition(self.catalogue.expression(part.where)).possibly if part.where else True
        return both(above, counted)

    def _readable(self, compiler: Compiler, measure: Measure) -> Flag:
        """Rows whose whole can be read, without which their part is in no sum."""
        term = self._amount(compiler, measure)[0]
        if term is None or term.bad is False:
            return True
        key = ("readable", measure.measure, measure.of, self._edges(compiler, measure.of))
        return self._kept(key, lambda: certain(negated(term.bad))).surely

    def _kept(self, key: Hashable, build: Callable[[], Truth]) -> Flags:
        # each distinct mask becomes one column, computed once however many populations use it
        if key not in self.flags:
            truth = build()
            surely = self._column(truth.surely)
            self.flags[key] = Flags(surely, surely if truth.clean else self._column(truth.possibly))
        return self.flags[key]

    def _column(self, mask: Mask) -> Flag:
        if isinstance(mask, bool):
            return mask
        name = f"_m{len(self.masks)}"
        self.bit[name] = 1 << len(self.masks)
        self.masks[name] = mask
        return name

    def _meant(self, node: ex.Related) -> tuple[list[dict[str, Any]], Truth]:
        """Which rows of another ledger are meant, where not all of them are, and before it the steps to the columns on
        which that depends."""
        assert node.where is not None
        other = self.others[node.source]
        columns = {**other.columns, **{f"{ex.THIS}{one.name}": self.columns[one.name] for one in node.of_row}}
        compiler = _compiler(self.catalogue, other, columns, _ALWAYS)
        compiler = replace(compiler, names=with_row(compiler.names, self.catalogue.names(self.table.source)))
        calls = [one for one in reversed(list(nodes_of(node.where))) if isinstance(one, ex.Call)]
        steps = [step for one in calls for step in _worked_out(one, columns, compiler)]
        return steps, Truth(False, True) if compiler.overflows(node.where) else compiler.condition(node.where)

    def _unread(self, group: Group) -> list[str]:
        """The columns that say of a row that it isn't known of which group it is."""
        physical = self.table.columns[group.column] if group else Physical(Kind.TEXT)
        states = (("bad", physical.bad), ("blank", physical.blank and group.named))
        return [f"{group.column}?{state}" for state, there in states if there]


def _compiler(catalogue: Catalogue, table: Table, columns: Mapping[str, Physical], span: Span) -> Compiler:
    names = catalogue.names(table.source)
    start, end = micros_of(span.start), micros_of(span.end)
    found = Compiler(columns, names, catalogue.lookups, start, end, calendar=catalogue.calendar)
    return replace(found, snapshots=[name for name, source in catalogue.sources.items() if source.snapshot])


_ALWAYS = Span(date(1970, 1, 1), date(1970, 1, 1))
_CENTURY = 37_000 * 86_400_000_000


def _worked_out(node: ex.Call, columns: dict[str, Physical], compiler: Compiler) -> Iterator[dict[str, Any]]:
    """The steps to a column for what takes long and is the same for all periods; it is one of the `columns` then."""
    related = any(isinstance(part, ex.Related) for part in nodes_of(node))
    two = any(columns[name].days or columns[name].never for name in columns_of(node))
    if not _is_long(node) or str(node) in columns or speaks_of_period(node) or related or two:
        return
    name = str(node)
    moment = compiler.value(node.args[0])
    if node.name == "months_after":
        first = {f"{name}?blank": expressed(moment.blank), f"{name}?bad": expressed(moment.bad)}
        yield first | {f"{name}#top": moment.top}
        yield from _shifted(name, int(compiler.value(node.args[1]).top))
        day = is_whole_day(node, [one for one, physical in columns.items() if physical.day])
        columns[name] = Physical(Kind.INSTANT, bound=moment.reach[0] + _CENTURY, blank=True, bad=True, day=day)
        return
    term = compiler.value(node)
    first = {f"{name}?blank": expressed(term.blank), f"{name}?bad": expressed(term.bad)}
    if node.name == "month":
        begin, *others = MONTH
        yield first | {name: begin(moment.top)}
        yield from ({name: step(nw.col(name))} for step in others)
    else:
        yield first | {name: term.top}
    columns[name] = Physical(Kind.NUMBER, bound=term.reach[0], blank=True, bad=True)


def _shifted(name: str, months: int) -> Iterator[dict[str, Any]]:
    """The steps to the instants so many months after those in the column `#top`, a column each."""
    found = {"top": nw.col(f"{name}#top")}
    for part, step in MONTHS_AFTER:
        yield {f"{name}#{part}": step(found, months)}
        found[part] = nw.col(f"{name}#{part}")
    yield {name: on_day(found, picked(found["same"] < found["last"], found["same"], found["last"]))}


def _is_long(node: ex.Call) -> bool:
    return FUNCTIONS[node.name].calendar or node.name in ("month", "months_after")
