"""Comparison results: what `trend` and `compare` found, and the same for programs.

Convention: numbers that decide are exact strings, as in report/1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from itss_kpi.analysis.breakdown import Breakdown, extremes, shares
from itss_kpi.analysis.series import Point, Series
from itss_kpi.core.period import Period
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import assessment_json, outlook_json, problem_json
from itss_kpi.core.targets import exact

TREND_SCHEMA, COMPARE_SCHEMA = "itss-kpi/trend/1", "itss-kpi/compare/1"


# ---- along the periods


@dataclass(frozen=True, slots=True)
class Trends:
    """The series from `first` to `last` as of a day, by a `dimension` where one was asked for."""

    catalogue: Mapping[str, str]
    first: Period
    last: Period
    as_of: date
    dimension: str | None
    further: int | None
    series: Sequence[Series]
    problems: Sequence[Problem] = ()

    @property
    def span(self) -> str:
        """The periods as written."""
        return str(self.first) if self.first == self.last else f"{self.first}~{self.last}"


def trends_json(trends: Trends) -> dict[str, Any]:
    """The series as an object."""
    return {
        "schema": TREND_SCHEMA,
        "from": str(trends.first),
        "to": str(trends.last),
        "as_of": trends.as_of.isoformat(),
        "by": trends.dimension,
        "next": trends.further,
        "catalogue": dict(trends.catalogue),
        "series": [_series_json(one) for one in trends.series],
        "problems": [problem_json(problem) for problem in trends.problems],
    }


def _series_json(one: Series) -> dict[str, Any]:
    return {
        "indicator": one.indicator.id,
        "number": one.number,
        "name": one.indicator.name,
        "group": one.group,
        "reason": one.reason,
        "points": [_point_json(point) for point in one.points],
        "to_date": assessment_json(one.to_date) if one.to_date else None,
    }


def _point_json(point: Point) -> dict[str, Any]:
    return assessment_json(point.item) | {
        "on_before": exact(point.on_before),
        "on_year_before": exact(point.on_year_before),
        "outlook": outlook_json(point.outlook),
        "archived": point.archived,
    }


# ---- across the groups


@dataclass(frozen=True, slots=True)
class Comparison:
    """The breakdowns of a period by a dimension."""

    catalogue: Mapping[str, str]
    period: Period
    as_of: date
    dimension: str
    breakdowns: Sequence[Breakdown]
    problems: Sequence[Problem] = ()


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """The breakdowns as an object."""
    return {
        "schema": COMPARE_SCHEMA,
        "period": str(comparison.period),
        "as_of": comparison.as_of.isoformat(),
        "by": comparison.dimension,
        "catalogue": dict(comparison.catalogue),
        "comparisons": [_breakdown_json(one) for one in comparison.breakdowns],
        "problems": [problem_json(problem) for problem in comparison.problems],
    }


def _breakdown_json(one: Breakdown) -> dict[str, Any]:
    best, worst = extremes(one)
    parts = shares(one)
    return {
        "dimension": one.dimension,
        "adds_up": not one.reason,
        "reason": one.reason,
        "whole": assessment_json(one.whole),
        "groups": [
            assessment_json(item)
            | {
                "best": item.group in best,
                "worst": item.group in worst,
                "share": exact(parts.get(item.group or "")),
            }
            for item in one.groups
        ],
    }
