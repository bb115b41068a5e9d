"""Terms and truths: the values and conditions of rows as exact expressions, with their doubt.

Convention: a `Truth` is a pair of row masks: where it *surely* and where it *possibly* holds. They differ on doubtful
rows only, so a clean table needs one mask. A `Term` is an exact ratio of two integers with masks for blank and
unreadable. Masks may be plain booleans.
"""

import functools
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import gcd, lcm
from typing import Any

import narwhals as nw

from itss_kpi.catalogue.expression import RELATIONS
from itss_kpi.tables.table import Physical

Mask = Any
"""A narwhals expression of booleans, or a plain bool."""

LARGEST = 2**63 - 1


def both(left: Mask, right: Mask) -> Mask:
    if left is False or right is False:
        return False
    return right if left is True else left if right is True else left & right


def either(left: Mask, right: Mask) -> Mask:
    if left is True or right is True:
        return True
    return right if left is False else left if right is False else left | right


def conjoined(masks: Sequence[Any]) -> Any:
    return functools.reduce(lambda left, right: left & right, masks)


def any_of(masks: Sequence[Mask]) -> Mask:
    """Where one of the masks holds, put together in halves: backends walk deep expressions by recursion."""
    if len(masks) < 2:
        return masks[0] if masks else False
    half = len(masks) // 2
    return either(any_of(masks[:half]), any_of(masks[half:]))


def marked(columns: Mapping[str, Physical], names: Iterable[str], *states: str) -> Mask:
    """Where one of these columns is marked with one of these states (blank, bad …)."""
    return any_of([nw.col(f"{name}?{state}") for name in names for state in states if getattr(columns[name], state)])


def negated(mask: Mask) -> Mask:
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
    """A row's value `top / bottom` (bottom above 0); text is `top` alone. `reach` bounds |top| and bottom; the top is a
    whole multiple of `step`."""

    top: Any
    bottom: Any = 1
    blank: Mask = False
    bad: Mask = False
    reach: tuple[int, int] = (0, 1)
    step: int = 1


def comparable(one: Term, other: Term) -> bool:
    """Whether two terms can be compared within what an int64 holds."""
    most = max(one.reach[0] * other.reach[1], other.reach[0] * one.reach[1])
    return most <= LARGEST or (_same(one, other) and max(one.reach[0], other.reach[0]) <= LARGEST)


def related(op: str, one: Term, other: Term) -> Mask:
    return RELATIONS[op](*_over_the_same(one, other))


def expressed(value: Any) -> Any:
    """The value as an expression: a literal, where it is none."""
    return nw.lit(value) if isinstance(value, bool | int | str) else value


def picked(mask: Mask, one: Any, other: Any) -> Any:
    """`one` where the mask holds, else `other`: of values or of masks."""
    if isinstance(mask, bool):
        return one if mask else other
    if one is other or (isinstance(one, bool | int | str) and isinstance(other, bool | int | str) and one == other):
        return one
    return nw.when(mask).then(expressed(one)).otherwise(expressed(other))


def chosen(mask: Mask, one: Term, other: Term) -> Term:
    """`one` where the mask holds, else `other`."""
    if isinstance(mask, bool):
        return one if mask else other
    blank, bad = picked(mask, one.blank, other.blank), picked(mask, one.bad, other.bad)
    if not (isinstance(one.bottom, int) and isinstance(other.bottom, int)):
        bottom, reach = picked(mask, one.bottom, other.bottom), tuple(map(max, one.reach, other.reach))
        return Term(picked(mask, one.top, other.top), bottom, blank, bad, (reach[0], reach[1]))
    bottom = lcm(one.bottom, other.bottom)
    # a text can't be multiplied
    left, right = (term.top if term.bottom == bottom else term.top * (bottom // term.bottom) for term in (one, other))
    most = max(one.reach[0] * (bottom // one.bottom), other.reach[0] * (bottom // other.bottom))
    return checked(Term(picked(mask, left, right), bottom, blank, bad, (most, bottom)))


def floored(top: Any, bottom: Any) -> Any:
    """The greatest whole number not above `top / bottom`; backends differ in how they divide what is below 0."""
    if isinstance(top, int) and isinstance(bottom, int):
        return top // bottom
    if isinstance(bottom, int) and bottom == 1:
        return top
    rest = (top % bottom + bottom) % bottom
    return (top - rest) // bottom


def _over_the_same(one: Term, other: Term) -> tuple[Any, Any]:
    """The tops of two terms, as they are over one bottom."""
    return (one.top, other.top) if _same(one, other) else (one.top * other.bottom, other.top * one.bottom)


def _same(one: Term, other: Term) -> bool:
    return isinstance(one.bottom, int) and isinstance(other.bottom, int) and one.bottom == other.bottom


def combined(op: str, one: Term, other: Term) -> Term:
    """`one op other` with op one of + - * / min max."""
    blank, bad = either(one.blank, other.blank), either(one.bad, other.bad)
    (top1, base1), (top2, base2) = one.reach, other.reach
    if op == "*":
        made = Term(one.top * other.top, one.bottom * other.bottom, reach=(top1 * top2, base1 * base2))
    elif op == "/":
        return _divided(one, other, blank, bad)
    else:
        same = _same(one, other)
        bottom = one.bottom if same else one.bottom * other.bottom
        reach = (top1 + top2, base1) if same else (top1 * base2 + top2 * base1, base1 * base2)
        made = Term(
            _PLAIN[op](*_over_the_same(one, other)), bottom, reach=reach, step=gcd(one.step, other.step) if same else 1
        )
    return checked(replace(made, blank=blank, bad=bad))


def checked(term: Term) -> Term:
    """The term, not worked out where it could pass an int64."""
    # the reach stays, so that it is noticed further up
    return term if max(term.reach) <= LARGEST else _too_large(term.blank, term.reach)


def _too_large(blank: Mask, reach: tuple[int, int]) -> Term:
    return Term(nw.lit(0), 1, blank, True, reach)


_PLAIN: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "min": lambda one, other: picked(one <= other, one, other),
    "max": lambda one, other: picked(one >= other, one, other),
}


def _divided(one: Term, other: Term, blank: Mask, bad: Mask) -> Term:
    if (step := gcd(one.step, other.step)) > 1:  # days by days
        one, other = (
            replace(term, top=term.top // step, reach=(-(-term.reach[0] // step), term.reach[1]), step=1)
            for term in (one, other)
        )
    reach = (one.reach[0] * other.reach[1], one.reach[1] * max(other.reach[0], 1))
    if max(reach) > LARGEST:
        return _too_large(blank, reach)
    if isinstance(other.top, int) and other.top == 0:
        return Term(nw.lit(0), 1, True, bad)
    # nothing can be divided by 0; that an unreadable divisor is stored as 0 says nothing
    blank = either(blank, both(other.top == 0, negated(other.bad)))
    sign = picked(other.top > 0, 1, -1)
    return Term(one.top * (other.bottom * sign), one.bottom * (other.top * sign), blank, bad, reach)
