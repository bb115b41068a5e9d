"""Queries: measures in windows -> exact sums over the certain rows, and the doubtful rows one by one.

Convention: `TableQuery` gathers everything that is asked of one table and answers it in one pass (and a second one over
the doubtful rows, where there are any). Frames stay lazy; only sums and doubtful rows are collected.
"""

import functools
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import narwhals as nw

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.expression import (
    Both,
    Call,
    Column,
    Edge,
    Kind,
    Node,
    Related,
    columns_of,
    micros_of,
    nodes_of,
    speaks_of_period,
)
from itss_kpi.catalogue.functions import FUNCTIONS
from itss_kpi.catalogue.indicators import Measure
from itss_kpi.catalogue.kinds import keyed, kind_of
from itss_kpi.catalogue.sources import SUBMITTER
from itss_kpi.core.problems import Place
from itss_kpi.core.results import Accounting
from itss_kpi.engine import other_ledgers
from itss_kpi.engine.bounds import Range
from itss_kpi.engine.conditions import Compiler
from itss_kpi.engine.formulas import enclose, exactly
from itss_kpi.engine.populations import (
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
    all_of,
    window_of,
)
from itss_kpi.engine.row_functions import MONTH
from itss_kpi.engine.statuses import QueriedRow, Statuses, joint_standings
from itss_kpi.engine.terms import LARGEST, Mask, Term, Truth, any_of, both, certain, either, expressed, judged, negated
from itss_kpi.tables.table import Physical, Table

_SPLIT = 2**20
_NO_ROW = 2**31
_AT_ONCE = 90
"""How many sums are grouped in one go."""


@dataclass(frozen=True, slots=True)
class Sums:
    """A population's sums over its certain rows; `possible` counts the doubtful ones as well, `elsewhere` those outside
    of the window and of their file's time."""

    inside: int
    possible: int
    counted: int
    total: Fraction
    elsewhere: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A row's stretch of time: whether it surely counts, its ends are `known`, and its group (None: it isn't known)."""

    begin: int
    end: int
    sure: bool
    known: bool
    group: str | None


@dataclass
class TableQuery:
    """Everything that is asked of one table; a `query_id` is the number of one population."""

    catalogue: Catalogue
    table: Table
    others: Mapping[str, Table] = field(default_factory=dict)
    masks: dict[str, Any] = field(default_factory=dict)
    flags: dict[Hashable, Flags] = field(default_factory=dict)
    populations: list[Population] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    overflowed: set[str] = field(default_factory=set)
    columns: dict[str, Physical] = field(init=False)
    compilers: list[Compiler] = field(default_factory=list)
    related: dict[str, tuple[Related, other_ledgers.Pairs]] = field(default_factory=dict)
    worked: list[dict[str, Any]] = field(default_factory=list)
    excused: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.columns = dict(self.table.columns)

    # ---- compiling

    def add(
        self,
        measure: Measure,
        span: Span,
        group: Group = UNGROUPED,
        *,
        whole: Measure | None = None,
        pair: tuple[Measure, Measure] | None = None,
    ) -> int:
        """Ask for a measure's population (`whole`: the denominator it lies within; `pair`: a part and its whole, which
        can't be less, of which it is one); the number of its answers."""
        self.populations.append(self._compile(measure, span, group, whole, pair))
        self.groups.append(group)
        return len(self.populations) - 1

    def _compile(
        self,
        measure: Measure,
        span: Span,
        group: Group,
        whole: Measure | None,
        pair: tuple[Measure, Measure] | None,
    ) -> Population:
        compiler = self._of_window(measure, span)
        self.compilers.append(compiler)
        self._relate(measure.where, measure.of, whole.where if whole else None)
        inside = self._inside(compiler, measure.date, window_of(measure, span))
        condition = self._where(compiler, measure.where)
        term, extent = self._amount(compiler, measure)
        known = self._known(compiler, measure, term, pair)
        paired = self._readable(compiler, whole) if pair and whole else True
        if whole and measure.measure == "distinct" and term and term.blank is not False:
            base, extra = self._where(compiler, whole.where), self._with_value(compiler, measure, term)
        elif whole:
            base, extra = self._where(compiler, whole.where), condition
        else:
            base, extra = condition, self._filled(compiler, measure, term)
        sure, elsewhere = (self._certain(), self._placed(group)), self._elsewhere(inside)
        edges = self._edges(compiler, measure.of)
        return Population(measure, inside, base, extra, *sure, known, paired, term, extent, elsewhere, edges)

    def _of_window(self, measure: Measure, span: Span) -> Compiler:
        return self._compiler(window_of(measure, span) if measure.window in SHIFTED else span)

    def _compiler(self, span: Span) -> Compiler:
        return _compiler(self.catalogue, self.table, self.columns, span)

    def _relate(self, *texts: str | None) -> None:
        """See to it that what the expressions say of other ledgers stands beside the rows."""
        for text in filter(None, texts):
            for node in nodes_of(self.catalogue.expression(text)):
                if isinstance(node, Call) and _is_long(node) and str(node) not in self.columns:
                    self._work_out(node)
                if isinstance(node, Call) and node.name == "default":
                    self.excused |= {part.name for part in node.args if isinstance(part, Related)}
                if isinstance(node, Related) and node.name not in self.related:
                    names = self.catalogue.names(self.table.source)
                    pairs = keyed(node, names)
                    if not node.source:
                        date = self.catalogue.sources[self.table.source].date or ""
                        pairs = [(date, Column(date)), *pairs]
                    self.related[node.name] = node, pairs
                    other = self.others.get(node.source)
                    self.columns[node.name] = other_ledgers.physical_of(node, kind_of(node, names), other)

    def _work_out(self, node: Call) -> None:
        """See to it that what takes long and is the same for all periods is worked out once, step by step."""
        related = any(isinstance(part, Related) for part in nodes_of(node))
        two = any(self.columns[name].days or self.columns[name].never for name in columns_of(node))
        if speaks_of_period(node) or related or two:
            return
        name, compiler = str(node), self._compiler(Span(date(1970, 1, 1), date(1970, 1, 1)))
        term = compiler.value(node)
        first = {f"{name}?blank": expressed(term.blank), f"{name}?bad": expressed(term.bad)}
        if node.name == "month":
            begin, *others = MONTH
            top = begin(compiler.value(node.args[0]).top)
            self.worked += [first | {name: top}, *({name: step(nw.col(name))} for step in others)]
        else:
            self.worked.append(first | {name: term.top})
        self.columns[name] = Physical(Kind.NUMBER, bound=term.reach[0], blank=True, bad=True)

    def steps(self, measure: Measure, span: Span) -> list[tuple[Node, Flag]]:
        """The conditions that must all hold for a row to count, each with where it possibly holds."""
        if measure.where is None:
            return []
        node = self.catalogue.expression(measure.where)
        compiler = self._of_window(measure, span)
        parts = node.parts if isinstance(node, Both) else (node,)
        edges = self._edges(compiler, measure.where)
        return [
            (part, self._kept(("step", measure.where, at, edges), functools.partial(compiler.condition, part)).possibly)
            for at, part in enumerate(parts)
        ]

    def inside(self, query_ids: Iterable[int]) -> Mask:
        """The rows that may lie in the window of one of the populations."""
        masks = dict.fromkeys(self.populations[query_id].inside.possibly for query_id in query_ids)
        return any_of([nw.col(one) if isinstance(one, str) else one for one in masks])

    def _inside(self, compiler: Compiler, column: str | None, window: Span) -> Flags:
        source = self.catalogue.sources[self.table.source]
        start, end = micros_of(window.start), micros_of(window.end)
        if source.snapshot:
            last = micros_of(window.end - timedelta(days=1))
            return self._kept(("snapshot", last), lambda: certain((nw.col("_from") <= last) & (nw.col("_to") > last)))
        name = column or source.date or ""
        until = micros_of(window.until or window.end)
        within = functools.partial(self._within, name, start, end, until)
        own = name == source.date
        return self._kept(
            ("window", name, start, end, until),
            lambda: self._falls(replace(compiler, astray="").value(Column(name)), within(), start, end, own=own),
        )

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

    def _falls(self, term: Term, within: Truth, start: int, end: int, *, own: bool) -> Truth:
        """Whether a date lies `within` a window. The ledger's own date may lie in its file's time, if it can't be read
        or is astray; a window without a beginning takes what is written there as it is."""
        if not own or "_file_from" not in self.table.marks:
            least = judged(within.surely, term.blank, term.bad)
            if within.clean:
                return least
            return Truth(least.surely, judged(within.possibly, term.blank, term.bad).possibly)
        near = (nw.col("_file_from") < end) & (nw.col("_file_to") > start)
        astray = nw.col("_astray") if "_astray" in self.table.marks else False
        there = both(negated(term.blank), negated(term.bad))
        surely = both(within.surely, there)
        surely = surely if start == micros_of(date.min) else both(surely, negated(astray))
        unsure = both(near, either(astray, both(term.bad, negated(term.blank))))
        return Truth(surely, either(both(within.possibly, there), unsure))

    def _elsewhere(self, inside: Flags) -> Flag:
        """The rows outside the window whose date lies outside their file's time, too."""
        if "_apart" not in self.table.marks or not isinstance(inside.possibly, str):
            return False
        apart = both(nw.col("_apart"), negated(self.masks[inside.possibly]))
        return self._kept(("apart", inside.possibly), lambda: certain(apart)).surely

    def _where(self, compiler: Compiler, text: str | None) -> Flags:
        if text is None:
            return ALWAYS
        node = self.catalogue.expression(text)
        if compiler.overflows(node):
            self.overflowed.add(text)
        return self._kept(("where", text, self._edges(compiler, text)), lambda: compiler.condition(node))

    def _edges(self, compiler: Compiler, *texts: str | None) -> Edges:
        """The period's edges, where one of the expressions speaks of it: what it makes is that period's alone."""
        spoken = any(speaks_of_period(self.catalogue.expression(text)) for text in texts if text)
        return (compiler.start, compiler.end) if spoken else None

    def _certain(self) -> Flag:
        # a row without a readable key may be a repeat of another
        return self._none_of(["_uncertain"] if self.table.uncertain else [])

    def _placed(self, group: Group) -> Flag:
        return self._none_of(self._unread(group))

    def _none_of(self, doubts: Sequence[str]) -> Flag:
        if not doubts:
            return True
        return self._kept(("none of", *doubts), lambda: certain(_conjoined([~nw.col(one) for one in doubts]))).surely

    def _amount(self, compiler: Compiler, measure: Measure) -> tuple[Term | None, Range]:
        """The amount of each row, and what it can be where it isn't known."""
        if measure.of is None or measure.measure == "count":
            return None, Range(Fraction(1), None)  # a row that names several records counts for some
        node = self.catalogue.expression(measure.of)
        if compiler.overflows(node):
            self.overflowed.add(measure.of)
        term = compiler.value(node)
        # a day without its time, or one decades ahead, has no exact difference to another
        unclear = compiler.unclear(node) if measure.measure != "distinct" else False
        term = replace(term, bad=either(term.bad, unclear)) if unclear is not False else term
        if measure.measure == "sum" and term.blank is not False and not isinstance(node, Column):
            term = replace(term, blank=False, bad=either(term.bad, term.blank))  # not yet known
        elif measure.measure == "sum" and term.blank is not False:
            # a blank cell adds nothing
            term = replace(term, top=nw.when(term.blank).then(nw.lit(0)).otherwise(term.top), blank=False)
        return term, enclose(node, functools.partial(self._extent, compiler), self.catalogue.calendar)

    def _extent(self, compiler: Compiler, node: Node) -> Range:
        """What a part of an expression can be in any row, as far as the catalogue says."""
        match node:
            case Column(name):
                declared = self.catalogue.sources[self.table.source].columns.get(name)
                limits = (declared.minimum, declared.maximum) if declared else (None, None)
                low, high = (None if limit is None else Fraction(limit) for limit in limits)
                return Range(low, high, void=True)  # it may be blank beside another that can't be read
            case Edge(at_end):
                return exactly(Fraction(compiler.end if at_end else compiler.start))
            case Call("overlap"):
                return Range(Fraction(0), Fraction(compiler.end - compiler.start))
            case Call("hour" | "weekday" | "month" as name):
                first, last = {"hour": (0, 23), "weekday": (1, 7), "month": (1, 12)}[name]
                return Range(Fraction(first), Fraction(last))
            case Related(what="count") | Call("items"):  # what is summed may be negative
                return Range(Fraction(0), None)
            case _:  # what a table says of a key that isn't in it, too
                return Range(None, None)

    def _single(self) -> Flag:
        # how many a row counts for that names several records is not known
        return self._kept("single", lambda: certain(~nw.col("_many"))).surely if "_many" in self.table.marks else True

    def _filled(self, compiler: Compiler, measure: Measure, term: Term | None) -> Flags:
        # a row without a value has no mean, no extreme and is nobody
        if term is None or term.blank is False:
            return ALWAYS
        return self._kept(
            ("filled", measure.of, self._edges(compiler, measure.of)), lambda: certain(negated(term.blank))
        )

    def _with_value(self, compiler: Compiler, measure: Measure, term: Term) -> Flags:
        # nobody is in the part, either
        text, filled = measure.where or "", certain(negated(term.blank))
        found = compiler.condition(self.catalogue.expression(text)) if text else certain(True)
        return self._kept(
            ("with value", text, measure.of, self._edges(compiler, text, measure.of)), lambda: found & filled
        )

    def _known(
        self, compiler: Compiler, measure: Measure, term: Term | None, pair: tuple[Measure, Measure] | None
    ) -> Flag:
        if term is None:
            return self._single()
        several = nw.col("_many") if "_many" in self.table.marks and measure.measure != "sum" else False
        bad = either(either(term.bad, several), self._above(compiler, *pair) if pair else False)
        if bad is False:
            return True
        parts = tuple((one.measure, one.of, one.where) for one in pair or ())
        key = ("known", measure.measure, measure.of, parts, self._edges(compiler, *_texts(measure, *(pair or ()))))
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
        self.masks[name] = mask
        return name

    # ---- answering

    @functools.cached_property
    def _all_rows(self) -> Any:
        frame = nw.from_native(self.table.frame).lazy()
        frame = other_ledgers.all_joined(frame, self.columns, self.related, self.table, self.others, self._meant)
        for columns in self.worked:
            frame = frame.with_columns(**columns)
        return frame.with_columns(**self.masks) if self.masks else frame

    def _meant(self, node: Related) -> Truth:
        """Which rows of another ledger are meant, where not all of them are."""
        assert node.where is not None
        whole = Span(date(1970, 1, 1), date(1970, 1, 1))
        compiler = _compiler(self.catalogue, self.others[node.source], self.others[node.source].columns, whole)
        return Truth(False, True) if compiler.overflows(node.where) else compiler.condition(node.where)

    @functools.cached_property
    def _records(self) -> Any:
        # variants of a conflicting record are looked at one by one, not summed
        return self._all_rows.filter(nw.col("_conflict") == 0) if self.table.conflicts else self._all_rows

    def sums(self) -> list[dict[str | None, Sums]]:
        """Each population's sums by group (one group, '', where none was asked for; None: an unreadable group)."""
        found = {group: self._group_sums(group) for group in dict.fromkeys(self.groups)}
        return [
            {name: _sums(one, row) for name, row in found[group].items()}
            for one, group in zip(self.populations, self.groups, strict=True)
        ]

    def _group_sums(self, group: Group) -> dict[str | None, dict[Hashable, int]]:
        parts: dict[Hashable, Any] = {}
        for one, own in zip(self.populations, self.groups, strict=True):
            if own == group:
                for key, build in self._wanted(one):
                    if key not in parts:
                        parts[key] = build()
        names = {key: f"a{at}" for at, key in enumerate(parts)}
        columns = {names[key]: part.cast(nw.Int64).alias(names[key]) for key, part in parts.items()}
        found: dict[str | None, dict[Hashable, int]] = {}
        for rows in self._summed(columns, group):
            for row in rows:
                mine = found.setdefault(self._group_of(row, group), dict.fromkeys(names, 0))
                for key, name in names.items():
                    mine[key] += int(row.get(name) or 0)
        return found

    def _summed(self, columns: Mapping[str, Any], group: Group) -> Iterator[list[dict[str, Any]]]:
        if not group:
            yield self._records.select(*(column.sum() for column in columns.values())).collect().rows(named=True)
            return
        groups, names = [group.column, *self._unread(group)], list(columns)
        # some at a time: pandas complains of results that were put together from many columns
        for some in (names[at : at + _AT_ONCE] for at in range(0, len(names), _AT_ONCE)):
            rows = self._records.select(*groups, *(columns[name] for name in some)).group_by(*groups)
            yield rows.agg(*(nw.col(name).sum() for name in some)).collect().rows(named=True)

    def _unread(self, group: Group) -> list[str]:
        """The columns that say of a row that it isn't known of which group it is."""
        physical = self.table.columns[group.column] if group else Physical(Kind.TEXT)
        states = (("bad", physical.bad), ("blank", physical.blank and group.named))
        return [f"{group.column}?{state}" for state, there in states if there]

    def _group_of(self, row: Mapping[str, Any], group: Group) -> str | None:
        if not group:
            return ""
        return None if any(row[state] for state in self._unread(group)) else row[group.column]

    def _wanted(self, one: Population) -> Iterator[tuple[Hashable, Callable[[], Any]]]:
        elsewhere = [] if one.elsewhere is False else [all_of(one.elsewhere)]
        for rows in (all_of(one.inside.possibly), one.surely, one.possibly, *elsewhere):
            yield rows, functools.partial(_holds, rows)
        if one.amount and one.measure.measure in ("sum", "mean"):
            for key, amount in self._addends(one, one.amount):
                yield key, functools.partial(_where_holds, one.surely, amount)

    def _addends(self, one: Population, term: Term) -> Iterator[tuple[Hashable, Any]]:
        if term.reach[0] * self.table.kept > LARGEST:
            # too large for one int64 sum: the upper and the lower part apart
            yield (*one.addend, _SPLIT), term.top // _SPLIT
            yield (*one.addend, 1), term.top % _SPLIT
        else:
            yield (*one.addend, 1), term.top

    def doubtful_rows(self, sums: Sequence[Mapping[str | None, Sums]]) -> list[QueriedRow]:
        """The rows that are doubtful to a population, and all variants of conflicting records."""
        open_ones = {
            (one.possibly, one.surely): None
            for one, found in zip(self.populations, sums, strict=True)
            if any(each.possible != each.counted for each in found.values())
        }
        masks = [nw.col("_conflict") > 0] if self.table.conflicts else []
        masks += [both(_holds(possibly), negated(_holds(surely))) for possibly, surely in open_ones]
        return self.rows(any_of(masks)) if masks else []

    def rows(
        self, wanted: Mask = True, query_ids: Collection[int] | None = None, flags: Iterable[Flag] = ()
    ) -> list[QueriedRow]:
        """The `wanted` rows in order of export and row, with what each is to the populations (to all of them by
        default) and whether the `flags` hold."""
        asked = {query_id: self.populations[query_id] for query_id in query_ids or range(len(self.populations))}
        groups = [group for group in dict.fromkeys(self.groups) if group]
        states = [state for group in groups for state in self._unread(group)]
        columns = [group.column for group in groups]
        used = [*(flag for one in asked.values() for flag in one.flags), *flags]
        masks = [flag for flag in used if isinstance(flag, str)]
        names = dict.fromkeys(["_export", "_row", "_conflict", *columns, *states, *masks])
        amounts = [one.amount.top.alias(f"_t{query_id}") for query_id, one in asked.items() if one.amount]
        base = self._all_rows if wanted is True else self._all_rows.filter(wanted)
        found = base.select(*names, *amounts).collect()
        status = {query_id: Statuses(one, f"_t{query_id}") for query_id, one in asked.items()}
        rows = [
            QueriedRow(
                row["_export"],
                row["_row"],
                row["_conflict"],
                {group: self._group_of(row, group) for group in groups},
                {query_id: one.of(row) for query_id, one in status.items()},
                row,
            )
            for row in found.rows(named=True)
        ]
        return sorted(rows, key=lambda row: (row.export, row.row))

    def distinct(self, whole: int, part: int | None, group: Group) -> dict[tuple[str, str], tuple[bool, ...]]:
        """For each group and distinct value: surely and possibly in `whole`, surely and possibly in `part`.

        Conflicting records, unreadable values and rows whose group is unreadable are left out.
        """
        one = self.populations[whole]
        other = self.populations[whole if part is None else part]
        assert one.amount
        flags = (one.surely, _and(one.possibly, one.known), other.surely, _and(other.possibly, one.known))
        columns = [_holds(rows).cast(nw.Int64).alias(f"f{at}") for at, rows in enumerate(flags)]
        keys = [one.amount.top.alias("value"), *([nw.col(group.column).alias("group")] if group else [])]
        names = ["value", *(["group"] if group else [])]
        unread = self._unread(group)
        records = self._records.filter(~any_of([nw.col(state) for state in unread])) if unread else self._records
        grouped = records.select(*keys, *columns).group_by(*names)
        found = grouped.agg(*(nw.col(f"f{at}").max() for at in range(len(flags)))).collect().rows(named=True)
        return {
            (row.get("group", ""), str(row["value"])): tuple(row[f"f{at}"] > 0 for at in range(len(flags)))
            for row in found
        }

    def amounts(self, query_id: int, group: Group) -> dict[str, list[Fraction]]:
        """The amounts of the population's certain rows, by group."""
        one = self.populations[query_id]
        assert one.amount
        rows = self._records.filter(_holds(one.surely))
        keys = [nw.col(group.column).alias("group")] if group else []
        found: dict[str, list[Fraction]] = defaultdict(list)
        for row in rows.select(one.amount.top.alias("top"), *keys).collect().rows(named=True):
            found[row.get("group", "")].append(Fraction(row["top"], one.scale))
        return found

    def stretches(self, query_id: int, group: Group) -> tuple[list[Stretch], int]:
        """The stretches of time of the population's rows within the period, and the whole period, in microseconds."""
        one, compiler = self.populations[query_id], self.compilers[query_id]
        begin, end, known = compiler.stretch(self.catalogue.expression(one.measure.of or ""))
        masks = {"_sure": _holds(one.surely), "_known": expressed(known)}
        keys = [group.column, *self._unread(group)] if group else []
        rows = self._all_rows.filter(_holds(one.possibly)).select(
            "_conflict", *keys, begin=expressed(begin), end=expressed(end), **masks
        )
        found = [
            Stretch(
                row["begin"],
                row["end"],
                bool(row["_sure"]) and not row["_conflict"],
                bool(row["_known"]),
                self._group_of(row, group),
            )
            for row in rows.collect().rows(named=True)
        ]
        return found, compiler.end - compiler.start

    def submitters(self, query_id: int) -> tuple[set[str], set[str]]:
        """The departments that surely have a row in the population, and those that may have one."""
        one = self.populations[query_id]
        sure = all_of(one.inside.surely, one.base.surely, one.extra.surely, one.certain)
        found = [
            {name for (name,) in rows.filter(_holds(mask)).select(SUBMITTER).unique().collect().rows()}
            for rows, mask in ((self._records, sure), (self._all_rows, one.possibly))
        ]
        return found[0], found[1]

    def not_found(self) -> Iterator[tuple[Related, int, Place]]:
        """What is looked up in another ledger and isn't there, though nothing says what then: in how many rows, and the
        first of them."""
        for node, pairs in self.related.values():
            if node.what == "lookup" and node.name not in self.excused and node.source in self.others:
                blank = [nw.col(f"{own.name}?blank") for _, own in pairs if self.columns[own.name].blank]
                none = both(nw.col(f"{node.name}?none"), negated(any_of(blank)))
                rows = self._all_rows.filter(none).select("_export", "_row").collect().rows()
                if rows:
                    export, row = min(rows)
                    found = self.table.exports[export]
                    yield node, len(rows), Place(found.path, found.sheet, f"第{row}行")

    # ---- accounting

    def accounting(
        self, query_id: int, label: str, sums: Mapping[str | None, Sums], doubtful: Sequence[QueriedRow]
    ) -> Accounting:
        """What became of the table's kept rows; a conflicting record counts once."""
        inside = sum(found.inside for found in sums.values())
        possible = sum(found.possible for found in sums.values())
        counted = sum(found.counted for found in sums.values())
        tally = {"counted": counted, "doubtful": possible - counted, "excluded": inside - possible}
        tally["elsewhere"] = sum(found.elsewhere for found in sums.values())
        tally["outside"] = self.table.kept - self.table.conflicts - inside - tally["elsewhere"]
        for standings in joint_standings(doubtful, query_id).values():
            tally[standings] += 1
        return Accounting(label, self.catalogue.sources[self.table.source].name, self.table.kept, **tally)


def _compiler(catalogue: Catalogue, table: Table, columns: Mapping[str, Physical], span: Span) -> Compiler:
    names = catalogue.names(table.source)
    start, end = micros_of(span.start), micros_of(span.end)
    own = catalogue.sources[table.source].date or ""
    astray = own if "_astray" in table.marks else ""
    return Compiler(columns, names, catalogue.lookups, start, end, astray=astray, calendar=catalogue.calendar)


def _is_long(node: Call) -> bool:
    return FUNCTIONS[node.name].calendar or node.name == "month"


def _and(rows: Conjunction, flag: Flag) -> Conjunction:
    return None if rows is None or flag is False else rows | ({flag} if isinstance(flag, str) else frozenset())


def _texts(*measures: Measure) -> Iterator[str | None]:
    for measure in measures:
        yield from (measure.of, measure.where)


def _holds(rows: Conjunction) -> Any:
    if not rows:
        # the same for every row, but a column as the others are
        return nw.col("_row") > (0 if rows is not None else _NO_ROW)
    return _conjoined([nw.col(name) for name in sorted(rows)])


def _where_holds(rows: Conjunction, amount: Any) -> Any:
    return amount if rows == frozenset() else nw.when(_holds(rows)).then(amount).otherwise(nw.lit(0))


def _conjoined(masks: Sequence[Any]) -> Any:
    """The conjunction of one mask or more."""
    return functools.reduce(lambda left, right: left & right, masks)


def _sums(one: Population, row: Mapping[Hashable, int]) -> Sums:
    counted = row[one.surely]
    key = one.addend
    total = row[(*key, 1)] + row.get((*key, _SPLIT), 0) * _SPLIT if (*key, 1) in row else counted
    return Sums(
        row[all_of(one.inside.possibly)],
        row[one.possibly],
        counted,
        Fraction(total, one.scale),
        row[all_of(one.elsewhere)] if one.elsewhere else 0,
    )
