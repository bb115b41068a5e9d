"""Units and targets: what an indicator is measured in, what is required of it, and how a number of it is shown.

Convention: an exact number is a `Fraction` (a duration in microseconds, a rate as a plain ratio). It is shown with as
many decimals as it needs not to contradict its verdict.
"""

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from itss_kpi.core.text import half_width


class Unit(StrEnum):
    """How a value is written. The factor turns the written number into the exact one that is compared."""

    PERCENT = "%"
    BARE = ""
    COUNT = "次"
    PIECE = "个"
    ITEM = "项"
    PERSON = "人"
    SCORE = "分"
    MONEY = "万元"
    MINUTE = "分钟"
    HOUR = "小时"
    DAY = "天"

    @property
    def factor(self) -> Fraction:
        """One written unit in exact terms: 1/100 for percent, microseconds for durations."""
        micros = {Unit.MINUTE: 60_000_000, Unit.HOUR: 3_600_000_000, Unit.DAY: 86_400_000_000}
        return Fraction(1, 100) if self is Unit.PERCENT else Fraction(micros.get(self, 1))

    @property
    def is_duration(self) -> bool:
        """Whether values of this unit are durations."""
        return self in (Unit.MINUTE, Unit.HOUR, Unit.DAY)


_SIGNS = {"≥": ">=", "≧": ">=", "≤": "<=", "≦": "<=", "＝": "=", "==": "="}
_CLAUSE = re.compile(r"(?P<op>>=|<=|>|<|=)?\s*(?P<number>\d{1,12}(?:\.\d{1,9})?)\s*(?P<unit>\D*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bound:
    """One comparison of a target, such as ``>= 19/20``."""

    op: str
    limit: Fraction

    def side(self, value: Fraction | float) -> int:
        """0 where `value` passes, else on which side of the limit it fails: -1 below, 1 above."""
        if value == self.limit:
            return {">": -1, "<": 1}.get(self.op, 0)
        below = value < self.limit
        passes = self.op in ("<", "<=") if below else self.op in (">", ">=")
        return 0 if passes else (-1 if below else 1)


@dataclass(frozen=True, slots=True)
class Target:
    """A requirement (考核要求): all `bounds` hold. Written as in `text`, in `unit`; `signed` where it had a sign."""

    bounds: tuple[Bound, ...]
    unit: Unit
    text: str
    signed: bool = True

    def side(self, value: Fraction | float) -> int:
        """0 where `value` passes, -1 where it is too low, 1 where it is too high."""
        return next((side for bound in self.bounds if (side := bound.side(value))), 0)

    def passes(self, value: Fraction | float) -> bool:
        """Whether the target holds for `value`."""
        return self.side(value) == 0

    def describe(self) -> str:
        """The target as shown: `>= 90%`."""
        return self.text


def parse_target(text: str) -> Target | None:
    """The target written in `text` (`>= 95%`, `≥95％`, `= 0次`, `<= 4小时`, `>= 0.9 and <= 1.1`), or None."""
    folded = text.strip()
    for sign, ascii_sign in _SIGNS.items():
        folded = folded.replace(sign, ascii_sign)
    clauses = [_CLAUSE.fullmatch(part.strip()) for part in re.split(r"\band\b|且", half_width(folded))]
    units = {clause["unit"].strip() for clause in clauses if clause}
    if not all(clauses) or len(units) != 1 or (unit_text := units.pop()) not in list(Unit):
        return None
    unit = Unit(unit_text)
    found = [clause for clause in clauses if clause]
    bounds = tuple(Bound(clause["op"] or "=", Fraction(clause["number"]) * unit.factor) for clause in found)
    shown = " 且 ".join(f"{clause['op'] or '='} {clause['number']}{unit}" for clause in found)
    limits = sorted(bound.limit for bound in bounds)
    between = [*limits, *(sum(pair, Fraction(0)) / 2 for pair in pairwise(limits)), limits[0] - 1, limits[-1] + 1]
    if not any(all(bound.side(value) == 0 for bound in bounds) for value in between):
        return None
    return Target(bounds, unit, shown, all(clause["op"] for clause in found))


def exact(value: Fraction | None) -> str | None:
    """A number for the machine: `54`, `27/38`, None."""
    return None if value is None else str(value)


_MOST_DIGITS = 12


def show(value: Fraction, unit: Unit, target: Target | None = None) -> str:
    """`value` in `unit` with as many decimals as it needs not to contradict `target`: 94.96% is never 95.0%."""
    written = value / unit.factor
    limits = [bound.limit / unit.factor for bound in target.bounds] if target else []
    # nothing that is more than nothing is shown as 0, nor anything short of all as 100%
    limits += [Fraction(0), Fraction(100)] if unit is Unit.PERCENT else [Fraction(0)]
    digits = 2
    if unit is not Unit.PERCENT and not unit.is_duration:
        digits = 0 if written.denominator == 1 else 2
    while digits < _MOST_DIGITS and any(_misleads(written, rounded(written, digits), limit) for limit in limits):
        digits += 1
    shown = rounded(written, digits)
    if any(_misleads(written, shown, limit) for limit in limits):
        places = max([2, *(_places(limit) for limit in limits)])
        return f"{'<' if written < shown else '>'}{_decimal(shown, places)}{unit}"
    return f"{_decimal(shown, digits)}{unit}"


def _places(limit: Fraction) -> int:
    return next(digits for digits in range(_MOST_DIGITS + 1) if rounded(limit, digits) == rounded(limit, _MOST_DIGITS))


def _misleads(value: Fraction, shown: Fraction, limit: Fraction) -> bool:
    return (value < limit, value > limit) != (shown < limit, shown > limit)


def rounded(value: Fraction, digits: int) -> Fraction:
    """`value` rounded half away from zero to `digits` decimals, exactly."""
    scale = 10**digits
    return Fraction(math.floor(abs(value) * scale + Fraction(1, 2)), scale) * (-1 if value < 0 else 1)


def _decimal(value: Fraction, digits: int) -> str:
    scaled = abs(value.numerator) * 10**digits // value.denominator
    whole, part = divmod(scaled, 10**digits)
    return f"{'-' if value < 0 else ''}{whole}" + (f".{part:0{digits}}" if digits else "")


def plain_number(value: Fraction | None) -> str:
    """A number as a plain decimal of at most 12 places, for other programs to read; durations stay in microseconds."""
    if value is None:
        return ""
    shown = _decimal(rounded(value, _MOST_DIGITS), _MOST_DIGITS)
    return shown.rstrip("0").rstrip(".")


def show_part(value: Fraction | None, unit: Unit) -> str:
    """A numerator or denominator as shown: whole numbers plain, others with at most 4 decimals."""
    if value is None:
        return "—"
    written = value / unit.factor
    shown = rounded(written, 0 if written.denominator == 1 else 4)
    return (_decimal(shown, 4).rstrip("0").rstrip(".")) + (unit if unit.is_duration else "")
