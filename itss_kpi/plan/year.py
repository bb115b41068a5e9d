"""A year: what the report's day knows of its assessments and of everything else the plan has done, worked out once.

Convention: everything is of the calendar year of the report's period, up to the report's day; a part is worked out when
it is first asked for. A part is None where the catalogue doesn't declare it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from itss_kpi.analysis.baselines import Baselines, baselines
from itss_kpi.analysis.breakdown import Breakdown, across_all
from itss_kpi.analysis.evidence import Evidence, evidence_of, ledgers_of, texts_of
from itss_kpi.analysis.series import Series, series
from itss_kpi.catalogue.catalogue import Catalogue, dimensions_of
from itss_kpi.catalogue.indicators import Indicator, sources_of
from itss_kpi.core.period import Period, PeriodKind
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import Assessment, Export, Report
from itss_kpi.engine.evaluate import evaluate
from itss_kpi.engine.trace import trace
from itss_kpi.plan.actions import ActionsStatus, actions_of
from itss_kpi.plan.activities import YearPlan, activities_of
from itss_kpi.plan.clauses import Matrix, clause_matrix
from itss_kpi.plan.nonconformities import Findings, nonconformities_of
from itss_kpi.plan.satisfaction import Satisfaction, survey_of
from itss_kpi.plan.supervision import Supervision, checks_of
from itss_kpi.tables.table import Table


@dataclass(frozen=True, eq=False)
class PlanYear:
    """The year of a `report` of the `indicators`, worked out from `tables`; `records` are the tables of ledgers that no
    indicator reads, `record_problems` what is wrong with those. `ended`: the assessments of the year that had ended by
    the report's day, where they are known already; `archived`: what was found when periods of the years before were
    closed, and `damage` what is wrong with the archive; `sealed` is the hash of the last closing."""

    catalogue: Catalogue
    indicators: Sequence[Indicator]
    tables: Mapping[str, Table]
    records: Mapping[str, Table]
    report: Report
    record_problems: Sequence[Problem] = ()
    ended: Sequence[Assessment] = ()
    archived: Sequence[Assessment] = ()
    damage: Sequence[Problem] = ()
    sealed: str = ""

    @property
    def as_of(self) -> date:
        """The report's day."""
        return self.report.as_of

    @cached_property
    def year(self) -> Period:
        """The calendar year of the report's period."""
        return Period(PeriodKind.YEAR, self.report.period.year)

    @cached_property
    def ledgers(self) -> Mapping[str, Table]:
        """Every table that was read, by its source: an indicator may read a ledger of records too."""
        return {**self.tables, **self.records}

    def series_by(self, dimension: str) -> Sequence[Series]:
        """The series of the indicators that have a dimension, with its groups, as those of `series`."""
        report = self.report
        cut = [one for one in self.indicators if dimension in dimensions_of(self.catalogue, one)]
        return series(self.catalogue, self.tables, cut, self.year, report.period, report.as_of, dimension)

    @property
    def exports(self) -> list[Export]:
        """Every export that was read."""
        return [*self.report.exports, *(one for table in self.records.values() for one in table.exports)]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with any of them."""
        return (*self.report.problems, *self.record_problems)

    @cached_property
    def assessments(self) -> Sequence[Assessment]:
        """The assessments of the year as of the day."""
        report = self.report
        if report.period == self.year:
            return report.assessments
        if self.ended and report.as_of <= report.period.last_day:
            return (*self.ended, *report.running)  # what has ended is the same from any later day
        return evaluate(
            self.catalogue, self.tables, self.year, as_of=report.as_of, indicators=self.indicators
        ).assessments

    @cached_property
    def series(self) -> Sequence[Series]:
        """The series of every indicator from the year's beginning to the end of the report's period."""
        report = self.report
        # those that are known look from the report's day, which may be later than all that the series sees
        known = self.assessments if report.period == self.year or report.as_of <= report.period.last_day else ()
        return self._series(self.year, report.period, known)

    def _series(self, first: Period, last: Period, known: Sequence[Assessment]) -> Sequence[Series]:
        day, closed = self.as_of, self.archived
        return series(self.catalogue, self.tables, self.indicators, first, last, day, known=known, archived=closed)

    @cached_property
    def baselines(self) -> Baselines:
        """What the years before came to, and this one beside them."""
        covered = [one.covers[0].year for table in self.tables.values() for one in table.exports if one.covers]
        first = Period(PeriodKind.YEAR, min([*covered, *(one.period.year for one in self.archived), self.year.year]))
        report, found = self.report, self.series
        whole = report.period == self.year or report.as_of <= min(report.period.last_day, self.year.last_day)
        if first != self.year or not whole:
            found = self._series(first, self.year, self.assessments)
        held = baselines(found, self.year.year)
        return Baselines(report.catalogue, self.year.year, report.as_of, held, report.problems)

    def evidence(self, limit: int) -> dict[str, Evidence]:
        """The rows behind the report's assessments by indicator, at most `limit` of them; of those that have any."""
        ledgers = ledgers_of(self.catalogue, self.tables)
        found: dict[str, Evidence] = {}
        for indicator in self.indicators:
            mine = [item for item in self.report.assessments if item.indicator == indicator.id]
            evidence = evidence_of(self.catalogue, ledgers, indicator, mine, limit)
            if evidence.blocks:
                found[indicator.id] = evidence
        return found

    def doubtful(self, indicator: Indicator, items: Sequence[Assessment]) -> list[tuple[Assessment, dict[str, str]]]:
        """The rows that leave the values of these assessments of the indicator open, each with its texts by column."""
        found: list[tuple[Assessment, dict[str, str]]] = []
        for item in items:
            if item.doubtful_rows:
                rows = trace(self.catalogue, self.tables, indicator, item.period, item.window[1] - timedelta(days=1))
                doubtful = (row for row in rows if row.kind == "doubtful")
                found += ((item, texts_of(self.catalogue, self.tables, row, indicator)) for row in doubtful)
        return found

    def breakdowns(self, dimension: str, *, every: bool = False) -> list[Breakdown]:
        """What is due in the report by the groups of a dimension, in the plan's order; of indicators that have it, or
        `every` one, with the reason where it has no groups."""
        report, due = self.report, {item.indicator for item in self.report.due}
        mine = [one for one in self.indicators if one.id in due]
        cut = [one for one in mine if every or dimension in dimensions_of(self.catalogue, one)]
        found = across_all(self.catalogue, self.tables, cut, report.period, report.as_of, dimension, report.assessments)
        return [one for breakdowns in found.values() for one in breakdowns if one.whole.due]

    @cached_property
    def actions(self) -> ActionsStatus | None:
        """What is done about what fell short."""
        return actions_of(self.catalogue, self.ledgers, self.assessments, self.year, self.as_of, self.indicators)

    @cached_property
    def nonconformities(self) -> Findings | None:
        """How nonconformities and improvements stand."""
        return nonconformities_of(
            self.catalogue, self.ledgers, self.assessments, self.year, self.as_of, self.indicators
        )

    @cached_property
    def activities(self) -> YearPlan | None:
        """What has become of the activities; None where the catalogue is another year's plan, too."""
        if self.catalogue.plan.year != self.year.year:
            return None
        return activities_of(self.catalogue, self.ledgers, self.as_of)

    @cached_property
    def checks(self) -> Supervision | None:
        """What had to be checked, and was."""
        return checks_of(self.catalogue, self.ledgers, self.year, self.as_of)

    @cached_property
    def survey(self) -> Satisfaction | None:
        """The customer survey; None where nothing that was evaluated reads its ledger, too."""
        declared = self.catalogue.satisfaction
        if declared is None or declared.source not in {*sources_of(self.indicators), *self.records}:
            return None
        return survey_of(
            self.catalogue, self.ledgers, self.year, self.as_of, known=self.assessments, archived=self.archived
        )

    @cached_property
    def clauses(self) -> Matrix | None:
        """What is done for each clause of the standard; None where not every indicator was evaluated, too."""
        if len(self.indicators) != len(self.catalogue.shown):
            return None
        return clause_matrix(
            self.catalogue, self.ledgers, self.assessments, self.year, self.as_of, self.activities, self.checks
        )
