"""Conditions: expression nodes -> narwhals expressions over a typed table's physical columns.

Convention: a condition compiles to a `Truth`, a pair of row masks: where it *surely* and where it *possibly* holds.
They differ on doubtful rows only, so a clean table needs one mask. A value compiles to a `Term`, an exact ratio of two
integers with masks for blank and unreadable. Masks may be plain booleans. Nothing needs nulls, datetimes, row order or
an eager frame, so the same expressions run on every backend of narwhals.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from math import lcm
from typing import Any

import narwhals as nw

from itss_kpi.catalogue import expression as ex
from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.expression import Lookup as LookupNode
from itss_kpi.catalogue.sources import Lookup
from itss_kpi.tables.table import Physical

Mask = Any
"""A narwhals expression of booleans, or a plain bool."""

LARGEST = 2**63 - 1
_TWO = ("days", "never")
_DAY = 86_400_000_000


def both(left: Mask, right: Mask) -> Mask:
    """`left and right`."""
    if left is False or right is False:
        return False
    return right if left is True else left if right is True else left & right


def either(left: Mask, right: Mask) -> Mask:
    """`left or right`."""
    if left is True or right is True:
        return True
    return right if left is False else left if right is False else left | right


def any_of(masks: Sequence[Mask]) -> Mask:
    """Where one of the masks holds, put together in halves: backends walk deep expressions by recursion."""
    if len(masks) < 2:
        return masks[0] if masks else False
    half = len(masks) // 2
    return either(any_of(masks[:half]), any_of(masks[half:]))


def negated(mask: Mask) -> Mask:
    """`not mask`."""
    return not mask if isinstance(mask, bool) else ~mask


@dataclass(frozen=True, slots=True)
class Truth:
    """Where a condition surely and where it possibly holds; the very same object where no row is doubtful."""

    surely: Mask
    possibly: Mask

    @property
    def clean(self) -> bool:
        """Whether no row can be doubtful."""
        return self.surely is self.possibly

    def __and__(self, other: "Truth") -> "Truth":
        surely = both(self.surely, other.surely)
        clean = self.clean and other.clean
        return Truth(surely, surely if clean else both(self.possibly, other.possibly))

    def __or__(self, other: "Truth") -> "Truth":
        surely = either(self.surely, other.surely)
        clean = self.clean and other.clean
        return Truth(surely, surely if clean else either(self.possibly, other.possibly))

    def __invert__(self) -> "Truth":
        surely = negated(self.possibly)
        return Truth(surely, surely if self.clean else negated(self.surely))


def certain(mask: Mask) -> Truth:
    """The truth of a mask without doubt."""
    return Truth(mask, mask)


def judged(holds: Mask, blank: Mask, bad: Mask) -> Truth:
    """The truth of a comparison: with a blank it is false, with an unreadable cell it may be either."""
    if blank is False and bad is False:
        return certain(holds)
    surely = both(both(holds, negated(blank)), negated(bad))
    return certain(surely) if bad is False else Truth(surely, both(either(holds, bad), negated(blank)))


@dataclass(frozen=True, slots=True)
class Term:
    """A row's value `top / bottom` (bottom above 0); text is `top` alone. `reach` bounds |top| and bottom."""

    top: Any
    bottom: Any = 1
    blank: Mask = False
    bad: Mask = False
    reach: tuple[int, int] = (0, 1)


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles over one table's columns; `start` and `end` are the period's edges in microseconds. What is written in a
    column that may be `astray` is not known in the rows that are."""

    columns: Mapping[str, Physical]
    names: ex.Names
    lookups: Mapping[str, Lookup]
    start: int
    end: int
    meant: Mapping[str, bool] = field(default_factory=dict)
    astray: str = ""

    def condition(self, node: ex.Node) -> Truth:
        """The truth of a condition, over each meaning of the cells that have two."""
        open_ones = sorted(name for name in ex.columns_of(node) if self._has_two(name))
        if not open_ones or self.meant:
            return self._holds(node)
        worlds = product((False, True), repeat=len(open_ones))
        found = [replace(self, meant=dict(zip(open_ones, world, strict=True)))._holds(node) for world in worlds]
        return Truth(
            functools.reduce(both, (one.surely for one in found)),
            functools.reduce(either, (one.possibly for one in found)),
        )

    def _has_two(self, name: str) -> bool:
        """Whether some cells have two meanings: a day is any moment of it, a day decades ahead perhaps none."""
        physical = self.columns.get(name)
        return physical is not None and (physical.days or physical.never)

    def unclear(self, node: ex.Node) -> Mask:
        """The rows in which a cell that the node reads has two meanings."""
        open_ones = [name for name in sorted(ex.columns_of(node)) if self._has_two(name)]
        states = [f"{name}?{state}" for name in open_ones for state in _TWO if getattr(self.columns[name], state)]
        return functools.reduce(either, (nw.col(state) for state in states), False)

    def _holds(self, node: ex.Node) -> Truth:
        match node:
            case ex.Column(name):
                return judged(nw.col(name), self._blank(name), self._state(name, "bad"))
            case ex.Blank(ex.Column(name)):
                blank, bad = self._blank(name), self._state(name, "bad")
                return certain(blank) if bad is False else Truth(both(blank, negated(bad)), either(blank, bad))
            case ex.Not(part):
                return ~self._holds(part)
            case ex.Both(parts):
                return self._joined(parts, conjunction=True)
            case ex.Either(parts):
                return self._joined(parts, conjunction=False)
            case ex.Member(item, options):
                term = self.value(item)
                return judged(term.top.is_in(list(options)), term.blank, term.bad)
            case ex.Compare(op, left, right):
                return self._compare(op, *ex.dated(left, right, self.names))
            case _:
                raise TypeError(node)

    def _joined(self, parts: tuple[Any, ...], *, conjunction: bool) -> Truth:
        found = self._holds(parts[0])
        for part in parts[1:]:
            found = found & self._holds(part) if conjunction else found | self._holds(part)
        return found

    def _compare(self, op: str, left: ex.Node, right: ex.Node) -> Truth:
        one, other = self._by_day(left, right), self._by_day(right, left)
        blank, bad = either(one.blank, other.blank), either(one.bad, other.bad)
        if op == "!=":
            return ~judged(_related("==", one, other), blank, bad)
        if max(one.reach[0] * other.reach[1], other.reach[0] * one.reach[1]) > LARGEST:
            return Truth(False, negated(blank))
        return judged(_related(op, one, other), blank, bad)

    def _by_day(self, node: ex.Node, beside: ex.Node) -> Term:
        """The value; of a moment beside a day only its day, as what is done on a day is done in time."""
        term = self.value(node)
        days = [name for name, physical in self.columns.items() if physical.day]
        if not ex.is_whole_day(beside, days) or ex.is_whole_day(node, days) or isinstance(node, ex.Edge | ex.Instant):
            return term
        return replace(term, top=term.top // _DAY * _DAY)

    def value(self, node: ex.Node) -> Term:
        """The value of a column, literal, edge, lookup or arithmetic."""
        match node:
            case ex.Column(name):
                physical = self.columns[name]
                reach = (physical.bound, 10**physical.scale)
                return Term(self._top(name), 10**physical.scale, self._blank(name), self._state(name, "bad"), reach)
            case ex.Number(value):
                return Term(value.numerator, value.denominator, reach=(abs(value.numerator), value.denominator))
            case ex.Text(value):
                return Term(value)
            case ex.Span(micros) | ex.Instant(micros):
                return Term(micros, reach=(abs(micros), 1))
            case ex.Edge(at_end):
                return self.value(ex.Instant(self.end if at_end else self.start))
            case LookupNode(table, ex.Column(key)):
                return self._lookup(self.lookups[table], key)
            case ex.Default(column, amount):
                term, known = self.value(column), self.value(amount)
                return replace(_chosen(term.blank, known, term), blank=False)
            case ex.Arithmetic(op, left, right):
                return _combined(op, self._operand(left), self._operand(right))
            case _:
                raise TypeError(node)

    def _operand(self, node: ex.Node) -> Term:
        """A part of arithmetic: a blank quantity is unknown, as an instant without one has not come yet."""
        term = self.value(node)
        if isinstance(node, ex.Column) and self.columns[node.name].kind in (Kind.NUMBER, Kind.SPAN):
            return replace(term, blank=False, bad=either(term.bad, term.blank))
        return term

    def _top(self, name: str) -> Any:
        if not (self.columns[name].days and self.meant.get(name)):
            return nw.col(name)
        return nw.when(nw.col(f"{name}?days")).then(nw.col(name) + (_DAY - 1)).otherwise(nw.col(name))

    def _blank(self, name: str) -> Mask:
        blank = self._state(name, "blank")
        return either(blank, nw.col(f"{name}?never")) if self.columns[name].never and self.meant.get(name) else blank

    def _state(self, name: str, state: str) -> Mask:
        found = nw.col(f"{name}?{state}") if getattr(self.columns[name], state) else False
        return either(found, nw.col("_astray")) if state == "bad" and name == self.astray else found

    def _lookup(self, lookup: Lookup, key: str) -> Term:
        exact = {text: lookup.exact(text) for text in lookup.values}
        bottom = lcm(*(value.denominator for value in exact.values()))
        found: Any = nw.lit(0)
        for text, value in exact.items():
            found = nw.when(nw.col(key) == text).then(nw.lit(int(value * bottom))).otherwise(found)
        # no entry for this key: the limit is unknown, which is not the same as none
        unknown = ~nw.col(key).is_in(list(exact))
        return Term(found, bottom, False, unknown, (max(abs(int(v * bottom)) for v in exact.values()), bottom))

    def overflows(self, node: ex.Node) -> bool:
        """Whether a comparison or value of `node` could pass what an int64 holds."""
        match node:
            case ex.Compare(_, left, right):
                one, other = self.value(left), self.value(right)
                return max(one.reach[0] * other.reach[1], other.reach[0] * one.reach[1]) > LARGEST
            case ex.Not(part):
                return self.overflows(part)
            case ex.Both(parts) | ex.Either(parts):
                return any(map(self.overflows, parts))
            case ex.Arithmetic():
                return max(self.value(node).reach) > LARGEST
            case _:
                return False


def _related(op: str, one: Term, other: Term) -> Mask:
    left = one.top if _same(one, other) else one.top * other.bottom
    right = other.top if _same(one, other) else other.top * one.bottom
    match op:
        case "==":
            return left == right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case _:
            return left >= right


def _chosen(mask: Mask, one: Term, other: Term) -> Term:
    """`one` where the mask holds, else `other`."""
    if mask is False:
        return other
    bottom = lcm(one.bottom, other.bottom)
    left, right = one.top * (bottom // one.bottom), other.top * (bottom // other.bottom)
    reach = (max(one.reach[0] * (bottom // one.bottom), other.reach[0] * (bottom // other.bottom)), bottom)
    return replace(other, top=nw.when(mask).then(nw.lit(left)).otherwise(right), bottom=bottom, reach=reach)


def _same(one: Term, other: Term) -> bool:
    return isinstance(one.bottom, int) and isinstance(other.bottom, int) and one.bottom == other.bottom


def _combined(op: str, one: Term, other: Term) -> Term:
    blank, bad = either(one.blank, other.blank), either(one.bad, other.bad)
    (top1, base1), (top2, base2) = one.reach, other.reach
    if op == "*":
        made = Term(one.top * other.top, one.bottom * other.bottom, reach=(top1 * top2, base1 * base2))
    elif op == "/":
        return _divided(one, other, blank, bad)
    else:
        same = _same(one, other)
        left = one.top if same else one.top * other.bottom
        right = other.top if same else other.top * one.bottom
        bottom = one.bottom if same else one.bottom * other.bottom
        reach = (top1 + top2, base1) if same else (top1 * base2 + top2 * base1, base1 * base2)
        made = Term(_plain(op, left, right), bottom, reach=reach)
    return _checked(replace(made, blank=blank, bad=bad))


def _checked(term: Term) -> Term:
    # what could pass an int64 is not worked out; the reach stays, so that it is noticed further up
    return term if max(term.reach) <= LARGEST else _too_large(term.blank, term.reach)


def _too_large(blank: Mask, reach: tuple[int, int]) -> Term:
    return Term(nw.lit(0), 1, blank, True, reach)


def _plain(op: str, left: Any, right: Any) -> Any:
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "min":
            return nw.when(left <= right).then(left).otherwise(right)
        case _:
            return nw.when(left >= right).then(left).otherwise(right)


def _divided(one: Term, other: Term, blank: Mask, bad: Mask) -> Term:
    reach = (one.reach[0] * other.reach[1], one.reach[1] * max(other.reach[0], 1))
    if max(reach) > LARGEST:
        return _too_large(blank, reach)
    if isinstance(other.top, int):
        if other.top == 0:
            return Term(nw.lit(0), 1, True, bad)
        sign = 1 if other.top > 0 else -1
        return Term(one.top * (other.bottom * sign), one.bottom * abs(other.top), blank, bad, reach)
    positive = other.top > 0
    top, bottom = one.top * other.bottom, one.bottom * other.top
    # nothing can be divided by 0; that an unreadable divisor is stored as 0 says nothing
    blank = either(blank, both(other.top == 0, negated(other.bad)))
    return Term(
        nw.when(positive).then(top).otherwise(-top),
        nw.when(positive).then(bottom).otherwise(-bottom),
        blank,
        bad,
        reach,
    )
