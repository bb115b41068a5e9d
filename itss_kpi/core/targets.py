"""Units and targets: what an indicator is measured in, what is required of it, and how a number of it is shown.

Convention: an exact number is a `Fraction` (a duration in microseconds, a rate as a plain ratio). It is shown with as
many decimals as it needs not to contradict its verdict.
"""

import functools
import math
import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar

from itss_kpi.core.jsonable import as_json
from itss_kpi.core.text import half_width


class Unit(str):
    """How a value is written: any word that stands behind a number. The factor turns the written number into the exact
    one that is compared; only the named units have one other than 1."""

    __slots__ = ()

    PERCENT: ClassVar["Unit"]
    BARE: ClassVar["Unit"]
    MONEY: ClassVar["Unit"]
    MINUTE: ClassVar["Unit"]
    HOUR: ClassVar["Unit"]

    @property
    def factor(self) -> Fraction:
        """One written unit in exact terms: 1/100 for percent, microseconds for durations."""
        return _FACTORS.get(self, Fraction(1))

    @property
    def is_duration(self) -> bool:
        return self in _DURATIONS


_DURATIONS = {"秒": 1_000_000, "分钟": 60_000_000, "小时": 3_600_000_000, "天": 86_400_000_000}
_FACTORS = {"%": Fraction(1, 100), "‰": Fraction(1, 1000)} | {
    unit: Fraction(micros) for unit, micros in _DURATIONS.items()
}
Unit.PERCENT, Unit.BARE, Unit.MONEY = Unit("%"), Unit(""), Unit("万元")
Unit.MINUTE, Unit.HOUR = Unit("分钟"), Unit("小时")
_NO_UNIT = r"(?!(?:h|hr|hrs|hours?|min|mins|minutes?|s|sec|d|days?)$)(?!.*(?:[以之][上下内]|左右|[时钟天日秒]内)$)"
UNIT = rf"{_NO_UNIT}[A-Za-z\u4e00-\u9fff][^\W\d]*(?:/[^\W\d]+)?|[%‰]|"
"""What may stand as a unit: times are written in Chinese, as their factor depends on it."""

_SIGNS = {"≥": ">=", "≧": ">=", "≤": "<=", "≦": "<=", "＝": "=", "==": "="}
_NUMBER = r"-?\d{1,12}(?:\.\d{1,9})?"
_CLAUSE = re.compile(rf"(?P<op>>=|<=|>|<|=)?\s*(?P<number>{_NUMBER})\s*(?P<unit>{UNIT})")
_BETWEEN = re.compile(rf"({_NUMBER})\s*({UNIT})\s*[-~–—至]\s*({_NUMBER})\s*({UNIT})")
_AROUND = re.compile(rf"({_NUMBER})\s*({UNIT})\s*(?:±|\+/-)\s*({_NUMBER})\s*({UNIT})")


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
        return self.side(value) == 0

    @property
    def at_most(self) -> bool:
        """Whether it only says how much there may be."""
        return all(bound.op in ("<", "<=") for bound in self.bounds)

    def describe(self) -> str:
        """The target as shown: `>= 90%`."""
        return self.text


as_json.register(Target, Target.describe)


def parse_target(text: str) -> Target | None:
    """The target written in `text` (`>= 95%`, `≥95％`, `= 0次`, `<= 4小时`, `>= -5%`, `90%~105%`, `100%±5%`,
    `>= 0.9 and <= 1.1`), or None."""
    folded = text.strip()
    for sign, ascii_sign in _SIGNS.items():
        folded = folded.replace(sign, ascii_sign)
    folded = _as_bounds(half_width(folded))
    clauses = [_CLAUSE.fullmatch(part.strip()) for part in re.split(r"\band\b|且", folded)]
    units = {clause["unit"].strip() for clause in clauses if clause}
    if not all(clauses) or len(units) != 1:
        return None
    unit = Unit(units.pop())
    found = [clause for clause in clauses if clause]
    bounds = tuple(Bound(clause["op"] or "=", Fraction(clause["number"]) * unit.factor) for clause in found)
    shown = " 且 ".join(f"{clause['op'] or '='} {clause['number']}{unit}" for clause in found)
    limits = sorted(bound.limit for bound in bounds)
    between = [*limits, *(sum(pair, Fraction(0)) / 2 for pair in pairwise(limits)), limits[0] - 1, limits[-1] + 1]
    if not any(all(bound.side(value) == 0 for bound in bounds) for value in between):
        return None
    return Target(bounds, unit, shown, all(clause["op"] for clause in found))


def _as_bounds(text: str) -> str:
    """`90%~105%` and `100%±5%` as the two comparisons that they are."""
    if (found := _AROUND.fullmatch(text)) and found[2] in ("", found[4]):
        middle, width = Fraction(found[1]), Fraction(found[3])
        places = max(_places(middle), _places(width))
        low, high = (_decimal(edge, places) for edge in (middle - width, middle + width))
        return f">= {low}{found[4]} and <= {high}{found[4]}"
    if (found := _BETWEEN.fullmatch(text)) and found[2] in ("", found[4]):
        return f">= {found[1]}{found[4]} and <= {found[3]}{found[4]}"
    return text


_SAID = {
    ">=": ("不低于", "不少于", "大于等于", "大于或等于", "至少"),
    "<=": ("不高于", "不超过", "不大于", "不多于", "小于等于", "小于或等于", "至多"),
    ">": ("高于", "大于", "超过", "多于"),
    "<": ("低于", "小于", "少于"),
    "=": ("等于",),
}
_WORDS = {word: sign for sign, words in _SAID.items() for word in words}
_BEHIND = {"以上": ">=", "及以上": ">=", "以下": "<=", "及以下": "<=", "以内": "<=", "之内": "<="}


_TIMES = {"h": "小时", "m": "分钟", "s": "秒", "d": "天"}


def advised(text: str) -> str | None:
    """A target that says in words what a sign says, with the sign; None where that is no target either."""
    folded = half_width(text.strip())
    for word in sorted(_WORDS, key=len, reverse=True):
        folded = folded.replace(word, f"{_WORDS[word]} ")
    for word in sorted(_BEHIND, key=len, reverse=True):
        if folded.endswith(word):
            folded = f"{_BEHIND[word]} {folded.removesuffix(word).strip()}"
    folded = re.sub(r"^(\d.*(?:[时钟天秒]|h|hours?|mins?))内$", r"<= \1", folded, flags=re.IGNORECASE)
    folded = re.sub(r"(?<=\d)\s*([A-Za-z]+)$", lambda found: _TIMES.get(found[1].lower()[:1], found[0]), folded)
    found = parse_target(folded)
    return found.text if found else None


def exact(value: Fraction | None) -> str | None:
    """A number for the machine: `54`, `27/38`, None."""
    return None if value is None else str(value)


_MOST_DIGITS = 12


@functools.lru_cache(maxsize=4096)
def show(value: Fraction, unit: Unit, target: Target | None = None) -> str:
    """`value` in `unit` with as many decimals as it needs not to contradict `target`: 94.96% is never 95.0%."""
    written = value / unit.factor
    limits = [bound.limit / unit.factor for bound in target.bounds] if target else []
    # nothing that is more than nothing is shown as 0, nor anything short of all as 100%
    limits += [Fraction(0), Fraction(100)] if unit == Unit.PERCENT else [Fraction(0)]
    digits = 0 if written.denominator == 1 and unit != Unit.PERCENT and not unit.is_duration else 2
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


@functools.lru_cache(maxsize=4096)
def show_part(value: Fraction | None, unit: Unit) -> str:
    """A numerator or denominator as shown: whole numbers plain, others with at most 4 decimals."""
    if value is None:
        return "—"
    written = value / unit.factor
    shown = rounded(written, 0 if written.denominator == 1 else 4)
    return (_decimal(shown, 4).rstrip("0").rstrip(".")) + (unit if unit.is_duration else "")
