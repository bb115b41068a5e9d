"""Comparison results: what `trend` and `compare` found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from itss_kpi.analysis.breakdown import Breakdown
from itss_kpi.analysis.series import Series
from itss_kpi.core.jsonable import published
from itss_kpi.core.period import Period
from itss_kpi.core.problems import Problem

# ---- along the periods


@published("schema from=first to=last as_of by=dimension next=further catalogue series problems")
@dataclass(frozen=True, slots=True)
class Trends:
    """The series from `first` to `last` as of a day, by a `dimension` where one was asked for."""

    schema: ClassVar[str] = "itss-kpi/trend/1"
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


# ---- across the groups


@published("schema period as_of by=dimension catalogue comparisons=breakdowns problems")
@dataclass(frozen=True, slots=True)
class Comparison:
    """The breakdowns of a period by a dimension."""

    schema: ClassVar[str] = "itss-kpi/compare/1"
    catalogue: Mapping[str, str]
    period: Period
    as_of: date
    dimension: str
    breakdowns: Sequence[Breakdown]
    problems: Sequence[Problem] = ()
