"""Bounds: what a rate can be over every way its doubtful rows could turn out, and what follows from it.

Convention: a doubtful row is the list of its `Choice`s, each a contribution to numerator and denominator; rows turn out
independently of each other. Everything is exact. None is a bound that isn't there (or a value that isn't defined).
"""

import functools
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from itss_kpi.core.results import Verdict
from itss_kpi.core.targets import Target

Amount = int | Fraction
Share = tuple[Amount, Amount]


@dataclass(frozen=True, slots=True)
class Choice:
    """One way a row can turn out: its share of the numerator and of the denominator, each from `low` to `high`."""

    low: Amount | None
    high: Amount | None
    base_low: Amount = 0
    base_high: Amount | None = 0


Row = frozenset[Choice]


def point(amount: Amount, base: Amount = 0) -> Choice:
    """A contribution known exactly."""
    return Choice(amount, amount, base, base)


@dataclass(frozen=True, slots=True)
class Range:
    """The extremes of a value: `void` where it is undefined (denominator 0) for some way the rows turn out, `empty`
    where for every way. A bound of None that is not empty is not known."""

    lowest: Fraction | None
    highest: Fraction | None
    void: bool = False
    empty: bool = False


def spanning(ranges: Iterable[Range]) -> Range:
    """The extremes of a value that is in one of these ranges."""
    found = list(ranges)
    known = [one for one in found if not one.empty]
    lows, highs = ([getattr(one, side) for one in known] for side in ("lowest", "highest"))
    lowest, highest = (
        None if None in edges or not edges else pick(edges) for edges, pick in ((lows, min), (highs, max))
    )
    return Range(lowest, highest, any(one.void for one in found), not known)


def ratio_range(numerator: Amount, denominator: Amount, rows: Iterable[Row]) -> Range:
    """The extremes of (numerator + …)/(denominator + …) over every way that `rows` turn out.

    `numerator` and `denominator` are the certain rows' sums. Ways with a denominator of 0 have no value and only make
    the range `void`. Denominators are never negative.
    """
    kinds = Counter(rows)
    void = denominator == 0 and all(any(choice.base_low == 0 for choice in row) for row in kinds)
    empty = denominator == 0 and all(choice.base_high == 0 for row in kinds for choice in row)
    # a denominator as near to 0 as you like
    endless = void and any(choice.base_low == 0 != choice.base_high for row in kinds for choice in row)
    lowest, highest = (None if empty or endless else _extreme(numerator, denominator, kinds, sign) for sign in (-1, 1))
    return Range(lowest, highest, void, empty)


def _extreme(numerator: Amount, denominator: Amount, kinds: Mapping[Row, int], sign: int) -> Fraction | None:
    ways = [(count, found) for row, count in kinds.items() if (found := _corners(row, sign)) is not None]
    unbounded = any(choice.base_high is None for row in kinds for choice in row)
    below = numerator < 0 or any(amount < 0 for _, shares in ways for amount, _ in shares)
    if len(ways) < len(kinds) or (unbounded and below):
        return None
    # Dinkelbach: improve the ratio until no row can improve it further; exact, and ends because choices are finite
    total = _best((numerator, denominator), ways, lambda share: share[1])
    while True:
        ratio = Fraction(total[0]) / total[1]
        gain = functools.partial(_gain, sign, ratio.numerator, ratio.denominator)
        total = _best((numerator, denominator), ways, gain)
        if gain(total) <= 0:
            return ratio


def _gain(sign: int, top: int, bottom: int, share: Share) -> Amount:
    return sign * (share[0] * bottom - top * share[1])


def _best(sure: Share, ways: Iterable[tuple[int, Sequence[Share]]], gain: Callable[[Share], Amount]) -> Share:
    """The sums of the choices with the greatest gain among those with a denominator above 0, of which there is one."""
    numerator, denominator = sure
    losses: list[tuple[Amount, Share, Share]] = []
    for count, found in ways:
        best = max(found, key=lambda share: (gain(share), share[1]))
        numerator += best[0] * count
        denominator += best[1] * count
        losses += [(gain(best) - gain(other), best, other) for other in found if other[1] > 0]
    if denominator > 0:
        return numerator, denominator
    # every row prefers to add nothing: the one that loses least by it has to add something
    _, best, other = min(losses, key=lambda loss: loss[0])
    return numerator - best[0] + other[0], denominator - best[1] + other[1]


def chosen(row: Row, ratio: Fraction, sign: int) -> Share | None:
    """What the row adds to numerator and denominator where the whole is at its extreme `ratio` (lowest for -1, highest
    for 1); None where it has no bound."""
    found = _corners(row, sign)
    gain = functools.partial(_gain, sign, ratio.numerator, ratio.denominator)
    return max(found, key=lambda share: (gain(share), share[1])) if found else None


def _corners(row: Row, sign: int) -> list[Share] | None:
    found: list[Share] = []
    for choice in row:
        amount = choice.high if sign > 0 else choice.low
        if amount is None or (choice.base_high is None and sign < 0):
            return None
        found.append((amount, choice.base_low))
        if choice.base_high is not None:
            found.append((amount, choice.base_high))
    return found


def order_range(sure: Sequence[Amount], optional: Sequence[Amount], pick: "Pick") -> Range:
    """The extremes of an order statistic (`pick` of a sorted, non-empty list) where `optional` rows may be absent."""
    ordered, ranked = sorted(sure), sorted(optional)
    numbers = range(0 if sure else 1, len(ranked) + 1)
    # for each number of optional rows present, the smallest (largest) ones give the smallest (largest) result
    ways = (Merged(ordered, ranked, first, count) for count in numbers for first in (0, len(ranked) - count))
    found = [pick(way) for way in ways]
    return Range(min(found, default=None), max(found, default=None), void=not sure, empty=not found)


@dataclass(frozen=True, slots=True)
class Merged:
    """The values of a sorted list and of a stretch of another one, in their order, without putting them together."""

    one: Sequence[Amount]
    other: Sequence[Amount]
    first: int
    count: int

    def __len__(self) -> int:
        return len(self.one) + self.count

    def __getitem__(self, place: int) -> Amount:
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        place %= len(self)
        # how many of the values before it are of the one list: the first number for which the rest are smaller
        low, high = max(0, place - self.count), min(place, len(self.one))
        while low < high:
            middle = (low + high) // 2
            if self.one[middle] < self.other[self.first + place - middle - 1]:
                low = middle + 1
            else:
                high = middle
        others = place - low
        mine = self.one[low : low + 1]
        theirs = self.other[self.first + others : self.first + others + 1] if others < self.count else ()
        return min(*mine, *theirs) if mine and theirs else (mine or theirs)[0]


Ordered = Sequence[Amount] | Merged


def median(ordered: Ordered) -> Fraction:
    """The middle value, or the mean of the two middle ones."""
    half = len(ordered) // 2
    return Fraction(ordered[half]) if len(ordered) % 2 else Fraction(ordered[half - 1] + ordered[half]) / 2


def percentile(at: float, ordered: Ordered) -> Fraction:
    """The value below which `at` percent lie, between two neighbours in proportion, as spreadsheets have it
    (PERCENTILE.INC)."""
    place = Fraction(str(at)) / 100 * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return Fraction(ordered[below]) + (Fraction(ordered[above]) - Fraction(ordered[below])) * (place - below)


def nearest_rank(at: float, ordered: Ordered) -> Fraction:
    """The least value that is no less than `at` percent of the values: one of them, never a value between two."""
    return Fraction(ordered[math.ceil(Fraction(str(at)) / 100 * len(ordered)) - 1])


Pick = Callable[[Ordered], Fraction]
PICKS: dict[str, Pick] = {
    "min": lambda ordered: Fraction(ordered[0]),
    "max": lambda ordered: Fraction(ordered[-1]),
    "median": median,
}


def pick_of(kind: str, at: float | None, nearest: bool) -> Pick:
    """The order statistic of an aggregate: the least, greatest or middle value, or a percentile."""
    return PICKS[kind] if at is None else functools.partial(nearest_rank if nearest else percentile, at)


# ---- verdict, shortfall, room left


def judge(target: Target | None, value: Fraction | None, extent: Range, zero: Verdict) -> Verdict:
    """The verdict of a value with its range; `zero` is what a denominator of 0 means for the indicator."""
    if extent.empty:
        return zero
    if target is None:
        return Verdict.MONITORED
    low = target.side(-math.inf if extent.lowest is None else extent.lowest)
    high = target.side(math.inf if extent.highest is None else extent.highest)
    outcome = {(0, 0): Verdict.ATTAINED, (-1, -1): Verdict.MISSED, (1, 1): Verdict.MISSED}.get((low, high))
    if outcome is None or (extent.void and zero is not outcome):
        return Verdict.UNVERIFIED
    return outcome


def lacking(zero: Verdict) -> Verdict:
    """The verdict where a department has nothing that must have something: never that the target is met or not."""
    return Verdict.UNDEFINED if zero in (Verdict.ATTAINED, Verdict.MISSED) else zero


def shortfall(
    target: Target | None, value: Fraction | None, denominator: Fraction | None, step: Fraction | None
) -> Fraction | None:
    """The least number of numerator units (multiples of `step`) that would have met the target; None where it holds.

    Without a denominator it is the distance of the value itself, without a step the exact distance. A value above its
    limit counts the units too many. None too where no number of units meets the target.
    """
    if target is None or value is None or target.passes(value):
        return None
    base = Fraction(1) if denominator is None else denominator
    bound = next(bound for bound in target.bounds if bound.side(value))
    distance = abs(bound.limit - value) * base
    if step is None:
        return distance
    units = Fraction(math.ceil(distance / step)) * step
    units += step if bound.op in ("<", ">") and units == distance else 0
    reached = value + (units if bound.side(value) < 0 else -units) / base
    # where the target is a point or narrow, no number of whole units may meet it
    return units if target.passes(reached) else None
