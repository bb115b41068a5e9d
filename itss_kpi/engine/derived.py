"""Indicators on indicators: an aggregate over what other indicators have come to, by period and group.

Convention: a `Part` is another indicator in one period (and group) as it may turn out; what is asked of parts is an
interval, as is what they are. A part without a value (nothing happened) is none of a sum, mean or extreme.
"""

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.expression import Column, Compare, Node, Number, columns_of
from itss_kpi.catalogue.indicators import Band, Measure
from itss_kpi.core.period import Period
from itss_kpi.core.results import Verdict
from itss_kpi.engine import bounds
from itss_kpi.engine.bounds import Choice, Range, ratio_range, spanning
from itss_kpi.engine.doubts import NOTHING
from itss_kpi.engine.formulas import UNKNOWN, VOID, enclose, exactly, truths

EITHER = Range(Fraction(0), Fraction(1))
ATTAINED = {Verdict.ATTAINED: exactly(Fraction(1)), Verdict.MISSED: exactly(Fraction(0)), Verdict.NOT_APPLICABLE: VOID}
"""1 where the target is attained, 0 where it is missed; of other verdicts it may be either."""


@dataclass(frozen=True, slots=True)
class Part:
    """What an indicator can come to in one period: its value, its score, and whether it is attained (1 or 0)."""

    indicator: str
    period: Period
    group: str
    value: Range
    score: Range
    attained: Range

    def asked_of(self, what: str | None) -> Range:
        """Its value (None), score, or whether it is attained."""
        found: Range = getattr(self, what or "value")
        return found


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked of a part, and whether it surely is among those that are asked."""

    part: Part
    amount: Range
    sure: bool


def aggregate(measure: Measure, where: Node | None, parts: Sequence[Part]) -> Range:
    """What the measure makes of the parts, which come in order of their periods."""
    asked = list(_asked(measure, where, parts))
    sure = [one.amount for one in asked if one.sure]
    optional = [one.amount for one in asked if not one.sure]
    match measure.measure:
        case None:
            return parts[0].asked_of(measure.of) if parts else VOID
        case "count":
            return Range(Fraction(len(sure)), Fraction(len(asked)))
        case "sum":
            return _sum(sure, optional) if measure.top is None else _sum_of_top(measure.top, sure, optional)
        case "mean":
            rows = [frozenset({_choice(one.amount), *([] if one.sure else [NOTHING])}) for one in asked]
            return ratio_range(0, 0, rows)
        case "streak":
            return _streak(asked, parts)
        case "weighted":
            return _weighted(measure, asked)
        case kind:
            return _ordered(sure, optional, bounds.pick_of(kind, measure.at, measure.nearest))


def _asked(measure: Measure, where: Node | None, parts: Iterable[Part]) -> Iterable[_Asked]:
    for part in parts:
        amount = part.asked_of(measure.of)
        ways = truths(where, functools.partial(_of_part, part)) if where else frozenset({True})
        # a comparison with nothing is false
        if True in ways and not amount.empty:
            yield _Asked(part, amount, ways == {True} and not amount.void)


def _of_part(part: Part, node: Node) -> Range:
    assert isinstance(node, Column)
    return part.asked_of(node.name)


def _choice(amount: Range) -> Choice:
    return Choice(amount.lowest, amount.highest, 1, 1)


def _sum(sure: Sequence[Range], optional: Sequence[Range]) -> Range:
    highs = [one.highest for one in sure]
    highs += [None if one.highest is None else max(one.highest, Fraction(0)) for one in optional]
    return Range(_total([*(one.lowest for one in sure), *_taken(optional)]), _total(highs))


def _taken(optional: Iterable[Range]) -> list[Fraction | None]:
    """What each amount that there may not be takes from a sum, at the most."""
    return [None if one.lowest is None else min(one.lowest, Fraction(0)) for one in optional]


def _sum_of_top(number: int, sure: Sequence[Range], optional: Sequence[Range]) -> Range:
    """The sum of the greatest amounts, or of all where they are fewer; those that there may not be add at least what
    they take from it."""
    lows, highs = [one.lowest for one in sure], [one.highest for one in (*sure, *optional)]
    less = _taken(optional)
    spare = len(sure) >= number  # then no further one can take anything from it
    low = None if None in lows or (None in less and not spare) else _greatest(number, lows)
    taken = Fraction(0) if spare else _total(less)
    more = [max(end or Fraction(0), Fraction(0)) for end in highs[len(sure) :]]
    high = None if None in highs else _greatest(number, [*highs[: len(sure)], *more])
    return Range(None if low is None or taken is None else low + taken, high)


def _greatest(number: int, ends: Iterable[Fraction | None]) -> Fraction:
    return sum(sorted((end for end in ends if end is not None), reverse=True)[:number], Fraction(0))


Order = Sequence[tuple[str, bool]]
"""By which indicators groups are ranked, and of each whether the least is the best."""


def ranked(group: str, parts: Sequence[Part], what: str | None, order: Order) -> Range:
    """The rank of a group among parts, its own among them: one more than are better; of those that are equal by one
    indicator the better by the next; equal ones share it."""
    values: dict[str, dict[str, Range]] = defaultdict(dict)
    for part in parts:
        values[part.group][part.indicator] = part.asked_of(what)
    first = order[0][0]
    own = values[group].get(first, VOID)
    if own.empty:
        return VOID
    others = [found for name, found in values.items() if name != group and not found.get(first, VOID).empty]
    standings = [_ahead(other, values[group], order) for other in others]
    surely, possibly = (Fraction(1 + sum(one[at] for one in standings)) for at in (0, 1))
    return Range(surely, possibly, own.void)


def _ahead(other: Mapping[str, Range], own: Mapping[str, Range], order: Order) -> tuple[bool, bool]:
    """Whether another group is surely, and possibly, better."""
    surely = possibly = False
    no_worse = may_be_equal = True
    for name, least_first in order:
        theirs, mine = other.get(name, VOID), own.get(name, VOID)
        if theirs.empty or mine.empty:
            break
        ahead, behind = (mine, theirs) if least_first else (theirs, mine)
        possibly |= may_be_equal and _above(ahead.highest, behind.lowest, unknown=True)
        surely |= no_worse and not theirs.void and _above(ahead.lowest, behind.highest, unknown=False)
        no_worse &= not (theirs.void or mine.void) and not _above(behind.highest, ahead.lowest, unknown=True)
        may_be_equal &= _reaches(theirs, mine)
    return surely, possibly


def _above(one: Fraction | None, other: Fraction | None, *, unknown: bool) -> bool:
    return unknown if one is None or other is None else one > other


def _reaches(one: Range, other: Range) -> bool:
    """Whether two values may be the same."""
    ends = ((one.highest, other.lowest), (other.highest, one.lowest))
    return all(high is None or low is None or low <= high for high, low in ends)


def _total(ends: Sequence[Fraction | None]) -> Fraction | None:
    known = [end for end in ends if end is not None]
    return sum(known, Fraction(0)) if len(known) == len(ends) else None


def _ordered(sure: Sequence[Range], optional: Sequence[Range], pick: bounds.Pick) -> Range:
    lows, highs = (_picked(side, sure, optional, pick) for side in ("lowest", "highest"))
    return Range(lows.lowest, highs.highest, not sure, not sure and not optional)


def _picked(side: str, sure: Sequence[Range], optional: Sequence[Range], pick: bounds.Pick) -> Range:
    """The extremes of the order statistic of all lowest or all highest bounds."""
    ends, others = ([getattr(one, side) for one in ranges] for ranges in (sure, optional))
    return UNKNOWN if None in (*ends, *others) else bounds.order_range(ends, others, pick)


def _streak(asked: Sequence[_Asked], parts: Sequence[Part]) -> Range:
    """The longest run of periods, group by group, that are all among those asked for; one in which nothing applies
    neither adds to a run nor ends it."""
    standing = {id(one.part): one.sure for one in asked}
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for part in parts:
        if not (part.value.empty and part.attained.empty):
            groups[part.indicator, part.group].append(id(part))
    least = max((_longest(standing.get(one, False) for one in mine) for mine in groups.values()), default=0)
    most = max((_longest(one in standing for one in mine) for mine in groups.values()), default=0)
    return Range(Fraction(least), Fraction(most))


def _longest(flags: Iterable[bool]) -> int:
    """How many flags in a row hold, at the most."""
    return max((len(list(run)) for holds, run in groupby(flags) if holds), default=0)


def _weighted(measure: Measure, asked: Sequence[_Asked]) -> Range:
    """The sum of weights times amounts; the weight of what doesn't apply is left out, shared out, or counts in full."""
    weights = {name: Fraction(str(weight)) for name, weight in measure.weights.items()}
    found = {one.part.indicator: one for one in asked}
    terms = {name: _times(weights[name], one.amount) for name, one in found.items()}
    if measure.not_applicable == "shared":
        rows = [
            frozenset({Choice(terms[name].lowest, terms[name].highest, weights[name], weights[name])})
            | (frozenset() if one.sure else frozenset({NOTHING}))
            for name, one in found.items()
        ]
        return _times(sum(weights.values(), Fraction(0)), ratio_range(0, 0, rows))
    if measure.not_applicable == "full":
        whole = [exactly(weight) for name, weight in weights.items() if name not in found]
        maybe = [bounds.spanning([terms[name], exactly(weights[name])]) for name, one in found.items() if not one.sure]
        return _sum([*whole, *maybe, *(terms[name] for name, one in found.items() if one.sure)], [])
    sure = [terms[name] for name, one in found.items() if one.sure]
    total = _sum(sure, [terms[name] for name, one in found.items() if not one.sure])
    return replace(total, void=not sure) if found else VOID


def _times(weight: Fraction, amount: Range) -> Range:
    low, high = (None if end is None else end * weight for end in (amount.lowest, amount.highest))
    return Range(low, high, amount.void, amount.empty)


# ---- bands: from what a value can be to the scores and grades that it can come to


VALUE = "value"

_TURNED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


Ranges = Mapping[str, Range]
"""What the measures of an indicator can come to, by name; of one that isn't there nothing is known."""


def scored(catalogue: Catalogue, bands: Sequence[Band], value: Range, parts: Ranges) -> tuple[Range, tuple[str, ...]]:
    """The range of the score, and the grades that may be; the first band that holds decides. A value that there may not
    be has no score then, but by a band that doesn't ask for it."""
    found = list(steps(catalogue, bands, value, parts))
    scores: list[Range] = [VOID] if value.void and not (value.empty and found) else []
    grades: list[str] = []
    for at, within in found:
        points, grade = bands[at].points, bands[at].grade
        leaf = functools.partial(_known, within, parts)
        scores.append(enclose(catalogue.expression(points), leaf) if points else VOID)
        grades += [grade] if grade else []
    return (spanning(scores) if scores else VOID), tuple(dict.fromkeys(grades))


def steps(catalogue: Catalogue, bands: Sequence[Band], value: Range, parts: Ranges) -> Iterator[tuple[int, Range]]:
    """The bands into which a value may fall, by their place, and what it is if it does."""
    left = Range(value.lowest, value.highest)
    for at, band in enumerate(bands):
        node = catalogue.expression(band.when) if band.when else None
        if value.empty and (node is None or VALUE in columns_of(node)):
            continue
        ways = truths(node, functools.partial(_known, left, parts)) if node else frozenset({True})
        if True in ways:
            yield at, _narrowed(left, node, holds=True)
        if ways == {True}:
            return
        left = _narrowed(left, node, holds=False)


def _known(value: Range, parts: Ranges, node: Node) -> Range:
    assert isinstance(node, Column)
    return value if node.name == VALUE else parts.get(node.name, UNKNOWN)


def _narrowed(value: Range, node: Node | None, *, holds: bool) -> Range:
    """The value where a comparison with a number holds, or doesn't."""
    match node:
        case Compare(op, Column(name), Number(limit)) if name == VALUE:
            sign = op if holds else _TURNED[op]
            lows = [limit, value.lowest] if sign in (">", ">=", "==") else [value.lowest]
            highs = [limit, value.highest] if sign in ("<", "<=", "==") else [value.highest]
            low = max((end for end in lows if end is not None), default=None)
            high = min((end for end in highs if end is not None), default=None)
            return Range(low, high)
        case _:
            return Range(value.lowest, value.highest)
