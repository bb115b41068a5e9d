"""Conditions: expression nodes -> narwhals expressions over a typed table's physical columns.

Convention: a condition compiles to a `Truth`, a value to a `Term`. Nothing needs nulls, datetimes, row order or an
eager frame, so the same expressions run on every backend of narwhals.
"""

import functools
import operator
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from math import lcm
from typing import Any

import narwhals as nw

from itss_kpi.catalogue import expression as ex
from itss_kpi.catalogue import kinds
from itss_kpi.catalogue.calendar import Calendar
from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.expression import Lookup as LookupNode
from itss_kpi.catalogue.sources import Lookup
from itss_kpi.engine.rows.row_functions import Place, called, chosen_by, holds, overlap, stretch
from itss_kpi.engine.rows.terms import (
    LARGEST,
    Mask,
    Term,
    Truth,
    any_of,
    both,
    certain,
    combined,
    comparable,
    either,
    judged,
    marked,
    negated,
    related,
)
from itss_kpi.tables.table import Physical

_DAY = 86_400_000_000


def _of_all(found: Iterable[Truth]) -> Truth:
    """What is so in each of several worlds."""
    first, *others = found
    return functools.reduce(
        lambda one, other: Truth(both(one.surely, other.surely), either(one.possibly, other.possibly)), others, first
    )


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles over one table's columns; `start` and `end` are the period's edges in microseconds. What is
    astray is not known, but where it is taken `as_written`. Other ledgers are `seen` until so many microseconds.
    What is decades ahead is taken for never in the columns that are `nowhere`, a day for its last moment in those that
    are `late`."""

    columns: Mapping[str, Physical]
    names: kinds.Names
    lookups: Mapping[str, Lookup]
    start: int
    end: int
    nowhere: Mapping[str, bool] = field(default_factory=dict)
    late: Mapping[str, bool] = field(default_factory=dict)
    as_written: bool = False
    calendar: Calendar | None = None
    seen: Mapping[str, int] = field(default_factory=dict)
    snapshots: Collection[str] = ()

    def condition(self, node: ex.Node) -> Truth:
        """The truth of a condition, whether what is dated decades ahead has happened or not."""
        open_ones = [] if self.nowhere else self._with(node, "never")
        worlds = product((False, True), repeat=len(open_ones))
        return _of_all(replace(self, nowhere=dict(zip(open_ones, world, strict=True)))._holds(node) for world in worlds)

    def _with(self, node: ex.Node, state: str) -> list[str]:
        """The columns that a node reads in which some cells are in a state."""
        return sorted(one for one in ex.columns_of(node) if one in self.columns and getattr(self.columns[one], state))

    def unclear(self, node: ex.Node) -> Mask:
        """The rows in which a cell that the node reads is a day of unknown time, or decades ahead."""
        return marked(self.columns, sorted(ex.columns_of(node) & self.columns.keys()), "days", "never")

    def _holds(self, node: ex.Node) -> Truth:
        match node:
            case ex.Blank(ex.Column(name)):
                blank, bad = self._blank(name), self._state(name, "bad")
                return certain(blank) if bad is False else Truth(both(blank, negated(bad)), either(blank, bad))
            case ex.Not(part):
                return ~self._holds(part)
            case ex.Both(parts):
                return functools.reduce(operator.and_, map(self._holds, parts))
            case ex.Either(parts):
                return functools.reduce(operator.or_, map(self._holds, parts))
            case ex.Compare("==" | "!=" as op, left, right) if not self.late and self._with(node, "days"):
                # by the first and the last moment of a day it isn't told that none between them is the same
                same = self._holds(ex.Compare("<=", left, right)) & self._holds(ex.Compare(">=", left, right))
                return same if op == "==" else ~same
            case _:
                days = [] if self.late else self._with(node, "days")
                worlds = product((False, True), repeat=len(days))
                return _of_all(replace(self, late=dict(zip(days, world, strict=True)))._is(node) for world in worlds)

    def _is(self, node: ex.Node) -> Truth:
        """The truth of a condition that is made of no others."""
        match node:
            case ex.Column(name):
                return judged(nw.col(name), self._blank(name), self._state(name, "bad"))
            case ex.Member(item, options):
                term = self.value(item)
                return judged(term.top.is_in(list(options)), term.blank, term.bad)
            case ex.Compare(op, left, right):
                found = self._compare(op, *kinds.dated(left, right, self.names))
                open_still = ex.may_yet_be(limit) if (limit := ex.limit_of(node)) else ""
                known = open_still not in self.columns
                return found if known else Truth(found.surely, either(found.possibly, nw.col(open_still)))
            case ex.Related(what):
                term = self.value(node)
                return judged(term.top > 0 if what == "exists" else term.top, term.blank, term.bad)
            case ex.Call(name, (text, ex.Text(wanted))):
                return holds(name, self.value(text), wanted)
            case _:
                raise TypeError(node)

    def _compare(self, op: str, left: ex.Node, right: ex.Node) -> Truth:
        one, other = self._by_day(left, right), self._by_day(right, left)
        blank, bad = either(one.blank, other.blank), either(one.bad, other.bad)
        if op == "!=":
            return ~judged(related("==", one, other), blank, bad)
        if not comparable(one, other):
            return Truth(False, negated(blank))
        return judged(related(op, one, other), blank, bad)

    def _by_day(self, node: ex.Node, beside: ex.Node) -> Term:
        """The value; of a moment beside a day only its day, as what is done on a day is done in time."""
        term = self.value(node)
        days = [name for name, physical in self.columns.items() if physical.day]
        if not ex.is_whole_day(beside, days) or ex.is_whole_day(node, days) or isinstance(node, ex.Edge | ex.Instant):
            return term
        return replace(term, top=term.top // _DAY * _DAY, step=1)

    def value(self, node: ex.Node) -> Term:
        """The value of a column, literal, edge, lookup or arithmetic."""
        match node:
            case ex.Column(name):
                physical = self.columns[name]
                bottom = 10**physical.scale
                blank, bad = self._blank(name), self._state(name, "bad")
                step = 1 if physical.days or physical.ends else physical.step
                return Term(self._top(name), bottom, blank, bad, (physical.bound, bottom), step)
            case ex.Number(value):
                return Term(value.numerator, value.denominator, reach=(abs(value.numerator), value.denominator))
            case ex.Text(value):
                return Term(value)
            case ex.Span(micros) | ex.Instant(micros):
                return Term(micros, reach=(abs(micros), 1), step=abs(micros))
            case ex.Edge(at_end, micros):
                edge = self.end if at_end else self.start
                return self.value(ex.Instant(edge if micros is None else micros))
            case LookupNode(table, key):
                return self._lookup(self.lookups[table], self._name(key))
            case ex.Related():
                return self._related(node)
            case ex.Call() if str(node) in self.columns:
                return self.value(ex.Column(str(node)))  # worked out once for all periods
            case ex.Call("if", (condition, one, other)):
                return chosen_by(self._holds(condition), self.value(one), self.value(other))
            case ex.Call("overlap", (begin, finish)):
                plain = isinstance(begin, ex.Column) and isinstance(finish, ex.Column)
                return overlap(self._operand(begin), self._operand(finish), self._place, plain=plain)
            case ex.Call("hour" | "abs", args) if days := self._with(node, "days"):
                # neither the first nor the last moment of a day is the most that it can be
                term = called(node.name, [self._operand(one) for one in args], self._place)
                return replace(term, bad=either(term.bad, marked(self.columns, days, "days")))
            case ex.Call("default", args):
                return called("default", [self._or_none(one) for one in args], self._place)
            case ex.Call(name, args):
                return called(name, [self._operand(one) for one in args], self._place)
            case ex.Arithmetic():
                instants = {name: one.day for name, one in self.columns.items() if one.kind is Kind.INSTANT}
                days, moments = ([name for name, day in instants.items() if day is whole] for whole in (True, False))
                return self._calculated(ex.difference(node, days, moments))
            case _:
                raise TypeError(node)

    def _calculated(self, node: ex.Arithmetic) -> Term:
        """The value of arithmetic; a share of an amount is worked out first where the product would pass an int64."""
        right = self._operand(node.right)
        found = combined(node.op, self._operand(node.left), right)
        match node:
            case ex.Arithmetic("/", ex.Arithmetic("*", left, beside)) if max(found.reach) > LARGEST:
                one, other = self._operand(left), self._operand(beside)
                ways = [combined("*", a, combined("/", b, right)) for a, b in ((one, other), (other, one))]
                return min((found, *ways), key=lambda way: max(way.reach))
            case _:
                return found

    def _name(self, node: ex.Column | ex.Related) -> str:
        return node.settled(self.start, self.end, self.snapshots).name if isinstance(node, ex.Related) else node.name

    def _related(self, node: ex.Related) -> Term:
        """What another ledger says; nobody knows what it may say of the time after its last file."""
        term = self.value(ex.Column(self._name(node)))
        _, ahead = node.reach
        moments = [one.name for one in node.of_row if self.columns[one.name].kind is Kind.INSTANT]
        if not ahead or not moments:
            return term
        last = self.seen.get(node.source, 0)
        late = any_of([nw.col(name) + ahead >= last for name in moments])
        there = term.top > 0 if node.what == "exists" else False
        return replace(term, bad=either(term.bad, both(late, negated(there))))

    def _or_none(self, node: ex.Node) -> Term:
        """The value; one that is looked up is blank where it is known that there is none."""
        term = self.value(node)
        if isinstance(node, LookupNode):
            key = self._name(node.key)
            unread = self._state(key, "bad")
            if isinstance(node.key, ex.Related):
                unread = both(unread, negated(nw.col(f"{key}?none")))
            return replace(term, blank=both(term.bad, negated(unread)), bad=unread)
        if not isinstance(node, ex.Related) or node.what != "lookup":
            return term
        none = nw.col(f"{self._name(node)}?none")
        return replace(term, blank=none, bad=both(term.bad, negated(none)))

    def stretch(self, node: ex.Node) -> tuple[Any, Any, Mask]:
        """The begin and end within the period of what an `overlap` speaks of, and whether both are known."""
        assert isinstance(node, ex.Call)
        begin, finish = (self._operand(one) for one in node.args)
        known = negated(either(self.value(node).bad, self.unclear(node)))
        return *stretch(begin, finish, self._place), known

    @property
    def _place(self) -> Place:
        return Place(self.start, self.end, self.calendar)

    def _operand(self, node: ex.Node) -> Term:
        """A part of arithmetic: a blank quantity is unknown, as an instant without one has not come yet."""
        term = self.value(node)
        if isinstance(node, ex.Column) and self.columns[node.name].kind in (Kind.NUMBER, Kind.SPAN):
            return replace(term, blank=False, bad=either(term.bad, term.blank))
        return term

    def _top(self, name: str) -> Any:
        physical = self.columns[name]
        if not (physical.days and self.late.get(name)):
            return nw.col(name)
        last = nw.col(name) + (_DAY - 1)
        if physical.ends:  # some are months
            last = nw.col(f"{name}?end") - (_DAY if physical.day else 1)
        return nw.when(nw.col(f"{name}?days")).then(last).otherwise(nw.col(name))

    def _blank(self, name: str) -> Mask:
        blank = self._state(name, "blank")
        return either(blank, nw.col(f"{name}?never")) if self.columns[name].never and self.nowhere.get(name) else blank

    def _state(self, name: str, state: str) -> Mask:
        found = nw.col(f"{name}?{state}") if getattr(self.columns[name], state) else False
        astray = state == "bad" and not self.as_written
        return either(found, marked(self.columns, [name], "astray")) if astray else found

    def _lookup(self, lookup: Lookup, key: str) -> Term:
        exact = {text: lookup.exact(text) for text in lookup.values}
        bottom = lcm(*(value.denominator for value in exact.values()))
        found: Any = nw.lit(0)
        for text, value in exact.items():
            found = nw.when(nw.col(key) == text).then(nw.lit(int(value * bottom))).otherwise(found)
        # no entry for this key: the limit is unknown, which is not the same as none
        unknown = either(~nw.col(key).is_in(list(exact)), self._state(key, "bad"))
        return Term(found, bottom, False, unknown, (max(abs(int(v * bottom)) for v in exact.values()), bottom))

    def overflows(self, node: ex.Node) -> bool:
        """Whether a comparison or value of `node` could pass what an int64 holds."""
        match node:
            case ex.Compare(_, left, right):
                return not comparable(self.value(left), self.value(right))
            case ex.Not(part):
                return self.overflows(part)
            case ex.Both(parts) | ex.Either(parts):
                return any(map(self.overflows, parts))
            case ex.Arithmetic() | ex.Call("min" | "max" | "abs" | "floor" | "ceil" | "round" | "if" | "default"):
                return max(self.value(node).reach) > LARGEST
            case _:
                return False
