"""Baselines: what an indicator's periods came to over the years, and how this year stands against the years before.

Source: GB/T 28827.1, 9.2 to 9.8: what the processes deliver is measured, and compared over time.
Convention: the mean and the spread are of the periods' own values, each of which counts once: a mean of rates is not
the rate of the year. Only a value that is known exactly counts; how many periods don't is said. What was found when a
year was closed is as it was under the catalogue of that time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar

from itss_kpi.analysis.series import Series
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.core.jsonable import published
from itss_kpi.core.labelled import Labelled
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Assessment
from itss_kpi.core.targets import Target, Unit, plain_number

_FAR = 2
"""A period stands out where it is farther than so many standard deviations from the years before."""
_DIGITS = 30


class Course(Labelled):
    """How the means of the years run."""

    UNKNOWN = "unknown", "—"
    LEVEL = "level", "持平"
    RISING = "rising", "上升"
    FALLING = "falling", "下降"
    MIXED = "mixed", "有升有降"

    @classmethod
    def of(cls, means: Iterable[Fraction | None]) -> "Course":
        """The course of these means, those aside that aren't known."""
        known = [mean for mean in means if mean is not None]
        steps = {(later > earlier) - (later < earlier) for earlier, later in pairwise(known)}
        if len(steps) > 1:
            return cls.MIXED
        return {0: cls.LEVEL, 1: cls.RISING, -1: cls.FALLING}[steps.pop()] if steps else cls.UNKNOWN


@published("periods left mean deviation=deviation_text lowest highest")
@dataclass(frozen=True, slots=True)
class Spread:
    """Values of periods: how many are known and how many are `left`, their mean, the least and the greatest; and the
    standard deviation (of a sample, to 30 digits), None of fewer than two."""

    periods: int
    left: int
    mean: Fraction | None
    deviation: Fraction | None
    lowest: Fraction | None
    highest: Fraction | None
    variance: Fraction | None = None

    @property
    def deviation_text(self) -> str | None:
        """The deviation as a decimal: it is no fraction."""
        return None if self.deviation is None else plain_number(self.deviation)

    def far(self, value: Fraction) -> bool:
        """Whether a value stands out from these."""
        if self.mean is None or self.variance is None:
            return False
        return (value - self.mean) ** 2 > _FAR**2 * self.variance


@published("year *spread archived")
@dataclass(frozen=True, slots=True)
class OneYear:
    """A year's values; `archived`: some are what was found when it was closed."""

    year: int
    spread: Spread
    archived: bool


@published("number indicator=indicator.id name=indicator.name target years before change course standing_out")
@dataclass(frozen=True, slots=True)
class Baseline:
    """An indicator over the years, the last of them being held against those `before`. `standing_out`: its periods that
    are far from what the years before came to."""

    number: int
    indicator: Indicator
    unit: Unit
    target: Target | None
    years: tuple[OneYear, ...]
    before: Spread
    standing_out: tuple[str, ...]

    @property
    def now(self) -> Spread:
        """The last year's."""
        return self.years[-1].spread

    @property
    def change(self) -> Fraction | None:
        """By how much its mean differs from that of the years before; None where either isn't known."""
        if self.now.mean is None or self.before.mean is None:
            return None
        return self.now.mean - self.before.mean

    @property
    def course(self) -> Course:
        """How the means of the years run."""
        return Course.of(one.spread.mean for one in self.years)


@published("schema year as_of catalogue baselines problems")
@dataclass(frozen=True, slots=True)
class Baselines:
    """The baselines of a year as of a day."""

    schema: ClassVar[str] = "itss-kpi/baseline/1"
    catalogue: Mapping[str, str]
    year: int
    as_of: date
    baselines: Sequence[Baseline]
    problems: Sequence[Problem] = ()


def baselines(found: Iterable[Series], last: int) -> list[Baseline]:
    """The wholes among the series over their years up to the `last`; those that have no period due are left out."""
    made = (_baseline(one, last) for one in found if one.group is None)
    return [one for one in made if one]


def _baseline(one: Series, last: int) -> Baseline | None:
    due = [point for point in one.points if point.item.due]
    if not due:
        return None
    unit = due[-1].item.unit
    there = sorted({point.item.period.year for point in due} | {last})
    mine = {year: [point for point in due if point.item.period.year == year] for year in there}
    years = tuple(
        OneYear(year, _spread([point.item for point in points], unit), any(point.archived for point in points))
        for year, points in mine.items()
    )
    before = _spread([point.item for point in due if point.item.period.year < last], unit)
    out = [point.item for point in mine[last] if (value := _known(point.item, unit)) is not None and before.far(value)]
    named = tuple(str(item.period) for item in out)
    return Baseline(one.number, one.indicator, unit, due[-1].item.target, years, before, named)


def _known(item: Assessment, unit: Unit) -> Fraction | None:
    """Its value, where that is known exactly and of this unit."""
    return item.value if item.lowest == item.value == item.highest and item.unit == unit else None


def _spread(items: Sequence[Assessment], unit: Unit) -> Spread:
    values = [value for item in items if (value := _known(item, unit)) is not None]
    if not values:
        return Spread(0, len(items), None, None, None, None)
    mean = sum(values, Fraction(0)) / len(values)
    several = len(values) > 1
    variance = sum(((value - mean) ** 2 for value in values), Fraction(0)) / (len(values) - 1) if several else None
    deviation = None if variance is None else _root(variance)
    return Spread(len(values), len(items) - len(values), mean, deviation, min(values), max(values), variance)


def _root(value: Fraction) -> Fraction:
    with localcontext(prec=_DIGITS):
        return Fraction((Decimal(value.numerator) / Decimal(value.denominator)).sqrt())
