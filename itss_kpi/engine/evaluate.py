"""The engine: `evaluate(catalogue, tables, period)` -> `Report`. No IO, no printing; any frame that narwhals knows.

Convention: a `Case` is one indicator in one period. All cases first ask their queries (one a table), the queries
answer in one pass, then each case is assessed from its `parts` with exact arithmetic (`bounds`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from types import MappingProxyType

from itss_kpi.catalogue.catalogue import Catalogue, measure_kinds, measured_kind, value_kind
from itss_kpi.catalogue.expression import Call, Edge, Kind, nodes_of
from itss_kpi.catalogue.indicators import Indicator, Last, Measure
from itss_kpi.catalogue.kinds import keyed
from itss_kpi.core.period import Period
from itss_kpi.core.problems import Problem
from itss_kpi.core.results import GRADE, SCORE, Accounting, Assessment, ErrorBudget, Report, Verdict, verdict_of_all
from itss_kpi.core.targets import Unit, show_part
from itss_kpi.engine import bounds, error_budget
from itss_kpi.engine.bounds import Range
from itss_kpi.engine.cases import Case, ask, cases_of, part_keys, parts_of_all, whole_years
from itss_kpi.engine.coverage import absence_problems, absences_of, is_covered, rulings_on
from itss_kpi.engine.derived import scored, steps
from itss_kpi.engine.doubts import Answers, Outcome
from itss_kpi.engine.groups import UNREAD
from itss_kpi.engine.outcomes import Outcomes
from itss_kpi.engine.rows.queries import TableQuery
from itss_kpi.tables.table import Table


def evaluate(
    catalogue: Catalogue,
    tables: Mapping[str, Table],
    period: Period,
    *,
    as_of: date | None = None,
    indicators: Iterable[Indicator] | None = None,
    identity: Mapping[str, str] | None = None,
    problems: Sequence[Problem] = (),
    groups: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> Report:
    """All assessments that fall due in `period` and, apart, those of longer running periods (docs/design.md, 3).

    `tables` holds a table for each source that the `indicators` (all by default) read; rows after `as_of` (by default
    the period's last day) are not seen. `identity` and `problems` are handed on to the report; `groups` are those of a
    column that are there in every period.
    """
    seen = as_of or period.last_day
    chosen = list(catalogue.shown if indicators is None else indicators)
    cases = [case for indicator in chosen for case in cases_of(indicator, period, seen)]
    wholes = list(whole_years(chosen, period, seen))
    queries = {name: TableQuery(catalogue, table, tables) for name, table in tables.items()}
    asked = parts_of_all(catalogue, [*cases, *wholes])
    for case in {id(case): case for case in (*asked.values(), *cases, *wholes)}.values():
        parts = [asked[key] for key in part_keys(catalogue, case)]
        absent = absences_of(catalogue, tables, case) if case.begun else ()
        case.absent = tuple(dict.fromkeys((*absent, *(one for part in parts for one in part.absent))))
        rulings = (*rulings_on(catalogue, tables, case), *(one for part in parts for one in part.rulings))
        case.rulings = tuple(dict.fromkeys(rulings))
        ask(catalogue, queries, case)
    answers = {name: Answers.of(query) for name, query in queries.items()}
    engine = Engine(catalogue, Outcomes(catalogue, answers, asked, groups))
    assessments = [item for case in cases for item in engine.assess(case)]
    annual = {case.indicator.id: verdict_of_all(engine.assess(case)) for case in wholes}
    found = [*problems, *absence_problems(catalogue, cases), *engine.outcomes.problems]
    found += [*_overflow_problems(queries), *_not_found(catalogue, queries)]
    return Report(
        period,
        seen,
        seen < period.last_day,
        identity or {},
        tuple(sorted(assessments, key=lambda item: (item.number, item.period.start))),  # groups stay as they came
        tuple(export for table in tables.values() for export in table.exports),
        tuple(dict.fromkeys(found)),
        tuple(dict.fromkeys(one for table in tables.values() for one in table.rulings)),
        annual,
    )


def _overflow_problems(queries: Mapping[str, TableQuery]) -> Iterator[Problem]:
    for name, query in queries.items():
        for text in sorted(query.overflowed):
            yield Problem("V403", f"台账 {name} 的条件“{text}”数值过大,所涉各行按存疑处理")


def _not_found(catalogue: Catalogue, queries: Mapping[str, TableQuery]) -> Iterator[Problem]:
    for name, query in queries.items():
        for node, number, first in query.not_found():
            other = catalogue.sources[node.source]
            keys = "、".join(key for key, _ in keyed(node, catalogue.names(name)))
            how = "查不到" if node.what == "lookup" else "只有写法相近的"
            what = f"“{catalogue.sources[name].name}”有 {number} 行在“{other.name}”中{how}({keys})"
            yield Problem("V407", f"{what},所涉各行存疑", first)
        for node, number, first in query.too_early():
            own, its = catalogue.sources[name], f"“{catalogue.sources[node.source].name}”中的“{node.column}”"
            yield Problem("D210", f"“{own.name}”有 {number} 行,{its}早于“{own.date}”,所涉各行存疑", first)


# ---- assessing

Kinds = tuple[Kind, Mapping[str, Kind]]
"""What an indicator's value is, and each of its measures."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Assesses cases from the answers; the problems found on the way are among those of the outcomes."""

    catalogue: Catalogue
    outcomes: Outcomes

    def assess(self, case: Case) -> Iterator[Assessment]:
        """The case's assessments: one, or one a group, each under every number that lists the indicator."""
        indicator = case.indicator
        accounts = tuple(self._accounts(case))
        kinds = value_kind(self.catalogue, indicator), measure_kinds(self.catalogue, indicator)
        self.outcomes.report_longer(case)
        outcomes = dict(self.outcomes.of(case))
        unread = outcomes.pop(UNREAD, None)
        outcomes |= {"": unread} if unread and not outcomes else {}
        names = self.outcomes.groups.shown(indicator, outcomes) if indicator.for_each else {}
        for group, outcome in outcomes.items():
            item = self._assessment(case, group, names.get(group), outcome, accounts, kinds)
            yield item
            for listing in indicator.also:
                yield replace(item, number=listing.number, domain=listing.domain)

    def _accounts(self, case: Case) -> Iterator[Accounting]:
        for name, (source, query_id) in case.query_ids.items():
            if name not in case.indicator.all_measures:
                continue
            answers = self.outcomes.answers[source]
            account = answers.query.accounting(query_id, name, answers.sums[query_id], answers.doubtful)
            if not account.adds_up:
                what = f"{case.indicator.name} {case.period} {name} 行数核对不平"
                self.outcomes.problems.append(Problem("V402", what))
            yield account

    def _assessment(
        self,
        case: Case,
        group: str,
        name: str | None,
        outcome: Outcome,
        accounts: tuple[Accounting, ...],
        kinds: Kinds,
    ) -> Assessment:
        """The assessment of a group, which is shown by a `name`."""
        indicator, (kind, part_kinds) = case.indicator, kinds
        target = indicator.target_on(case.period.last_day, group)
        spans = kind is Kind.SPAN
        plain = Unit.PERCENT if indicator.numerator else Unit.HOUR if spans else Unit.BARE
        unit = target.unit if target else Unit(indicator.unit) if indicator.unit else plain
        mean = isinstance(indicator.value, Measure) and indicator.value.measure == "mean"
        unknown = bool(case.absent) or not case.begun
        hidden = self.outcomes.at_least(case, group, outcome) if unknown else outcome
        score, grades = scored(self.catalogue, indicator.bands, outcome.extent, outcome.ranges)
        verdict = self.outcomes.judged(case, group, hidden) if case.due else Verdict.IN_PROGRESS
        return Assessment(
            indicator.id,
            indicator.number,
            indicator.name,
            indicator.domain,
            case.period,
            case.due,
            (case.span.start, case.span.end),
            unit,
            target,
            verdict,
            numerator=hidden.numerator,
            denominator=hidden.denominator,
            value=hidden.value,
            lowest=hidden.extent.lowest,
            highest=hidden.extent.highest,
            shortfall=bounds.shortfall(target, hidden.value, None if mean else hidden.denominator, hidden.step),
            doubtful_rows=outcome.doubtful,
            sources=tuple(dict.fromkeys(source for source, _ in case.query_ids.values())),
            group=name,
            accounting=accounts,
            absent=case.absent,
            rulings=case.rulings,
            room=None if case.due or unknown else self._room(case, group, outcome),
            beside=() if unknown else (*self._beside(case, unit), *_scored(score, grades)),
            score=None if unknown or score.empty else (score.lowest, score.highest),
            steps=tuple(at for at, _ in steps(self.catalogue, indicator.bands, hidden.extent, hidden.ranges)),
            part_unit=_part_unit(part_kinds.get("numerator", Kind.SPAN if spans else part_kinds.get("value")), unit),
            base_unit=_part_unit(part_kinds.get("denominator"), unit),
        )

    def _beside(self, case: Case, unit: Unit) -> Iterator[tuple[str, str]]:
        for at, extra in enumerate(case.indicator.beside):
            for outcome in self.outcomes.measured(case, f"beside{at}", extra.value).values():
                table = self.outcomes.answered(case, f"beside{at}")[0].query.table
                known = is_covered(self.catalogue, table, extra.value, case.span)
                found = (outcome.extent.lowest, outcome.extent.highest) if outcome.doubtful else (outcome.value,)
                shown = _ends(found, _part_unit(measured_kind(self.catalogue, extra.value), unit))
                yield extra.label, shown if known else Verdict.MISSING_DATA.label

    # ---- room left

    def _room(self, case: Case, group: str, outcome: Outcome) -> ErrorBudget | None:
        indicator = case.indicator
        target = indicator.target_on(case.period.last_day)
        extent = outcome.extent
        known = extent.empty and not outcome.doubtful if extent.lowest is None else extent.lowest == extent.highest
        if target is None or not known or indicator.averaged_over or outcome.numerator is None or self._may_turn(case):
            return None
        if isinstance(indicator.value, Measure) and indicator.value.measure in ("count", "distinct"):
            if outcome.numerator != extent.lowest:
                return None
            return error_budget.budget_of_count(target, int(outcome.numerator))
        if not indicator.numerator or outcome.denominator is None:
            return None
        if "planned" in case.query_ids:
            planned = self._planned(case, group)
            if planned is None:
                return None
            failed = outcome.denominator - outcome.numerator
            return error_budget.budget_of_plan(target, outcome.numerator, planned, indicator.is_subset, failed)
        whole = outcome.numerator.denominator == outcome.denominator.denominator == 1
        # a doubtful row may add more of the same: the value is known then, but not how many it is of
        persons = indicator.all_measures["numerator"].measure == "distinct"  # the next one may be one who is there
        if indicator.is_subset and whole and not outcome.doubtful and not persons:
            return error_budget.budget_of_ratio(target, int(outcome.numerator), int(outcome.denominator))
        return None

    def _may_turn(self, case: Case) -> bool:
        """Whether what counts today need not count at the end of the period: records are open, rows leave the window,
        or the condition asks for the period's end."""
        measures = case.indicator.all_measures.values()
        leaves = any(
            (one.source and self.catalogue.sources[one.source].snapshot)
            or isinstance(one.window, Last)
            or self._asks_for_end(one)
            for one in measures
        )
        if leaves or "open" not in case.query_ids:
            return leaves
        answers, query_id = self.outcomes.answered(case, "open")
        return any(found.possible for found in answers.sums[query_id].values())

    def _asks_for_end(self, measure: Measure) -> bool:
        nodes = nodes_of(self.catalogue.expression(measure.where)) if measure.where else ()
        return any(node == Edge(at_end=True) or (isinstance(node, Call) and node.name == "overlap") for node in nodes)

    def _planned(self, case: Case, group: str) -> Fraction | None:
        """The whole period's plan; None where a row of it is doubtful, or not every department's is there yet."""
        answers, query_id = self.outcomes.answered(case, "planned")
        if not is_covered(self.catalogue, answers.query.table, case.indicator.all_measures["denominator"], case.whole):
            return None
        states = [(row.conflict, row.status[query_id]) for row in answers.doubtful]
        if any(one.possibly and (conflict or not one.surely or one.bad) for conflict, one in states):
            return None
        mine = answers.sums[query_id].get(group)
        return mine.total if mine else Fraction(0)


def _scored(score: Range, grades: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The score and the grade that the value comes to, as far as they are known."""
    if not score.empty:
        yield SCORE, _ends((score.lowest, score.highest), Unit.BARE)
    if grades:
        yield GRADE, "或".join(grades)


def _ends(ends: Iterable[Fraction | None], unit: Unit) -> str:
    """A figure from its least to its most."""
    return "~".join(dict.fromkeys(show_part(end, unit) for end in ends))


def _part_unit(kind: Kind | None, unit: Unit) -> Unit:
    if kind is not Kind.SPAN:
        return Unit.BARE
    return unit if unit.is_duration else Unit.HOUR
