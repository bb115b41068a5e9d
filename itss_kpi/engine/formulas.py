"""Formulas: what the value of an expression can be, given what its parts can be.

Convention: interval arithmetic over `Range`s, exact at points; wider than needed where a part stands twice. A bound of
None isn't known. Parts are the named measures of a formula, or the columns of a row.
"""

import math
from collections.abc import Callable, Iterable
from fractions import Fraction

from itss_kpi.catalogue import expression as ex
from itss_kpi.catalogue.calendar import Calendar
from itss_kpi.catalogue.expression import Node
from itss_kpi.core.targets import rounded
from itss_kpi.engine import moments
from itss_kpi.engine.bounds import Range, spanning
from itss_kpi.engine.moments import PARTS

Leaf = Callable[[Node], Range]
"""What a part that is no arithmetic can be: a measure, a column, the period's edges."""
End = Fraction | float
"""A bound; infinite where it isn't there."""

UNKNOWN = Range(None, None)
VOID = Range(None, None, void=True, empty=True)


def exactly(value: Fraction | None) -> Range:
    """A value that is known, or that there is none."""
    return VOID if value is None else Range(value, value)


def enclose(node: Node, leaf: Leaf, calendar: Calendar | None = None) -> Range:
    """A range that holds every value that the expression can take; `void` where it may have none."""
    match node:
        case ex.Number(value):
            return exactly(value)
        case ex.Span(micros) | ex.Instant(micros):
            return exactly(Fraction(micros))
        case ex.Arithmetic(op, left, right):
            return _combined(op, enclose(left, leaf, calendar), enclose(right, leaf, calendar))
        case ex.Call("if", (condition, one, other)):
            return _chosen(condition, one, other, leaf, calendar)
        case ex.Call(("workdays" | "worktime") as name, (begin, finish)):
            return _worked(name, enclose(begin, leaf), enclose(finish, leaf), calendar)
        case ex.Call(("day" | "hour" | "weekday" | "month") as name, (moment,)):
            return _part_of_time(name, enclose(moment, leaf, calendar)) or leaf(node)
        case ex.Call("default", (value, instead)):
            return _default(enclose(value, leaf, calendar), enclose(instead, leaf, calendar))
        case ex.Call(name, args) if name in _SHAPES:
            found = [enclose(one, leaf, calendar) for one in args]
            return VOID if any(one.empty for one in found) else _SHAPES[name](found)
        case _:
            return leaf(node)


def truths(node: Node, leaf: Leaf, calendar: Calendar | None = None) -> frozenset[bool | None]:
    """How a condition can turn out; None where what it compares may have no value."""
    match node:
        case ex.Not(part):
            return frozenset(None if one is None else not one for one in truths(part, leaf, calendar))
        case ex.Both(parts) | ex.Either(parts):
            return _joined([truths(one, leaf, calendar) for one in parts], isinstance(node, ex.Both))
        case ex.Blank(column):
            found = leaf(column)
            return frozenset((found.void, found.empty))
        case ex.Compare(op, left, right):
            return _compared(op, enclose(left, leaf, calendar), enclose(right, leaf, calendar))
        case _:  # what only a row says
            return frozenset((True, False))


def _joined(found: list[frozenset[bool | None]], conjunction: bool) -> frozenset[bool | None]:
    decisive = not conjunction
    ways: set[bool | None] = set()
    if any(decisive in one for one in found):
        ways.add(decisive)
    if all(one != {decisive} for one in found):
        ways.add(None if any(None in one for one in found) else conjunction)
        if all(conjunction in one for one in found):
            ways.add(conjunction)
    return frozenset(ways)


def _compared(op: str, one: Range, other: Range) -> frozenset[bool | None]:
    ways: set[bool | None] = {None} if one.void or other.void else set()
    if one.empty or other.empty:
        return frozenset(ways)
    (low, high), (least, most) = _ends(one), _ends(other)
    if op in ("==", "!="):
        apart = high < least or most < low
        same = low == high == least == most
        equal = {False} if apart else {True} if same else {True, False}
        return frozenset(ways | ({not one for one in equal} if op == "!=" else equal))
    relation = ex.RELATIONS[op]
    upward = op in (">", ">=")
    best, worst = ((high, least), (low, most)) if upward else ((low, most), (high, least))
    return frozenset(ways | {relation(*best), relation(*worst)})


def _chosen(condition: Node, one: Node, other: Node, leaf: Leaf, calendar: Calendar | None) -> Range:
    ways = truths(condition, leaf, calendar)
    if None in ways and len(ways) > 1:
        ways |= {True, False}  # of a row whose cell is blank the comparison is false
    branches = [(True, one), (False, other)]
    found = [enclose(branch, leaf, calendar) for way, branch in branches if way in ways]
    return spanning([*found, *([VOID] if None in ways else [])])


# ---- arithmetic


def _ends(one: Range) -> tuple[End, End]:
    low: End = -math.inf if one.lowest is None else one.lowest
    return low, math.inf if one.highest is None else one.highest


def _range(ends: Iterable[End], *parts: Range) -> Range:
    """From the least to the greatest, of parts that may have no value."""
    found = list(ends)
    low, high = (None if math.isinf(end) else Fraction(end) for end in (min(found), max(found)))
    return Range(low, high, any(part.void for part in parts), any(part.empty for part in parts))


def _combined(op: str, one: Range, other: Range) -> Range:
    if one.empty or other.empty:
        return VOID
    (low, high), (least, most) = _ends(one), _ends(other)
    match op:
        case "+":
            return _range((low + least, high + most), one, other)
        case "-":
            return _range((low - most, high - least), one, other)
        case "*":
            return _range([_times(left, right) for left in (low, high) for right in (least, most)], one, other)
        case _:
            return _divided(one, other)


def _divided(one: Range, other: Range) -> Range:
    (low, high), (least, most) = _ends(one), _ends(other)
    if least == most == 0:
        return VOID
    if least <= 0 <= most:
        # as near to 0 as you like; of which no part is below, the quotient has the sign of what is divided
        positive = least == 0
        edges: tuple[End, End] = (0 if positive and low >= 0 else -math.inf, 0 if positive and high <= 0 else math.inf)
        return _range(edges, one, Range(None, None, void=True))
    turned: list[End] = [Fraction(0) if math.isinf(right) else 1 / Fraction(right) for right in (least, most)]
    ends = [_times(left, right) for left in (low, high) for right in turned]
    return _range(ends, one, other)


def _times(one: End, other: End) -> End:
    return Fraction(0) if one == 0 or other == 0 else one * other


def _of_each(pick: Callable[[Iterable[End]], End]) -> Callable[[list[Range]], Range]:
    def shape(args: list[Range]) -> Range:
        lows, highs = zip(*map(_ends, args), strict=True)
        return _range((pick(lows), pick(highs)), *args)

    return shape


def _rising(step: Callable[[Fraction], Fraction]) -> Callable[[list[Range]], Range]:
    def shape(args: list[Range]) -> Range:
        return _range([end if math.isinf(end) else step(Fraction(end)) for end in _ends(args[0])], args[0])

    return shape


def _rounded(args: list[Range]) -> Range:
    places = int(args[1].lowest or 0)
    return _rising(lambda value: rounded(value, places))(args[:1])


def _absolute(args: list[Range]) -> Range:
    low, high = _ends(args[0])
    sizes: tuple[End, ...] = (max(low, -low), max(high, -high))
    return _range((*sizes, Fraction(0)) if low < 0 < high else sizes, args[0])


def _default(value: Range, instead: Range) -> Range:
    if not value.void:
        return value
    known = [] if value.empty else [Range(value.lowest, value.highest)]
    return spanning([*known, instead])


_SHAPES: dict[str, Callable[[list[Range]], Range]] = {
    "min": _of_each(min),
    "max": _of_each(max),
    "abs": _absolute,
    "floor": _rising(lambda value: Fraction(math.floor(value))),
    "ceil": _rising(lambda value: Fraction(math.ceil(value))),
    "round": _rounded,
}


def _part_of_time(name: str, moment: Range) -> Range | None:
    """The day, hour … of an instant that is known."""
    if moment.lowest is None or moment.lowest != moment.highest:
        return None
    return exactly(Fraction(PARTS[name](int(moment.lowest))))


def _worked(name: str, begin: Range, finish: Range, calendar: Calendar | None) -> Range:
    """The working time between two instants that are known; else that it is none below 0."""
    edges = (begin.lowest, begin.highest, finish.lowest, finish.highest)
    if calendar is None or None in edges or begin.lowest != begin.highest or finish.lowest != finish.highest:
        return Range(Fraction(0), None, begin.void or finish.void, begin.empty or finish.empty)
    first, last = int(begin.lowest or 0), int(finish.lowest or 0)
    if not (moments.known(calendar, first) and moments.known(calendar, last)):
        return UNKNOWN
    before = moments.workdays_before if name == "workdays" else moments.worked_before
    return exactly(Fraction(max(0, before(calendar, last) - before(calendar, first))))
