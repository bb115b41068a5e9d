"""The engine: `evaluate(catalogue, tables, period)` -> `Report`. No IO, no printing; any frame that narwhals knows.

Convention: a `Case` is one indicator in one period. All cases first ask their queries (one a table), the queries
answer in one pass, then each case is assessed from its `parts` with exact arithmetic (`bounds`).
"""

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from itss_kpi.catalogue.catalogue import Catalogue, measure_kinds, measured_kind, value_kind
from itss_kpi.catalogue.expression import Column, Edge, Kind, Node, micros_of, nodes_of
from itss_kpi.catalogue.indicators import Indicator, LastDays, Measure
from itss_kpi.catalogue.sources import SUBMITTER
from itss_kpi.core.period import Period
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.results import Accounting, Assessment, ErrorBudget, Report, Verdict, verdict_of_all
from itss_kpi.core.targets import Unit, show_part
from itss_kpi.core.text import pseudonym
from itss_kpi.engine import bounds, distinct, error_budget, formulas, ratios
from itss_kpi.engine.bounds import Range
from itss_kpi.engine.cases import Case, ask, cases_of, whole_years
from itss_kpi.engine.coverage import absence_problems, absences_of, is_covered, rulings_on
from itss_kpi.engine.doubts import Answers, Doubt, Ratio
from itss_kpi.engine.folding import records
from itss_kpi.engine.populations import UNGROUPED, Group
from itss_kpi.engine.queries import TableQuery
from itss_kpi.engine.statuses import QueriedRow
from itss_kpi.tables.table import Table

BLANK_GROUP = "未填"
_VOID = Range(None, None, void=True, empty=True)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A case (or one group of it) worked out."""

    value: Fraction | None
    extent: Range
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    doubtful: int = 0
    step: Fraction | None = None


def evaluate(
    catalogue: Catalogue,
    tables: Mapping[str, Table],
    period: Period,
    *,
    as_of: date | None = None,
    indicators: Iterable[Indicator] | None = None,
    identity: Mapping[str, str] | None = None,
    problems: Sequence[Problem] = (),
) -> Report:
    """All assessments that fall due in `period` and, apart, those of longer running periods (docs/design.md, 3).

    `tables` holds a table for each source that the `indicators` (all by default) read; rows after `as_of` (by default
    the period's last day) are not seen. `identity` and `problems` are handed on to the report.
    """
    seen = as_of or period.last_day
    chosen = list(catalogue.indicators if indicators is None else indicators)
    cases = [case for indicator in chosen for case in cases_of(indicator, period, seen)]
    wholes = list(whole_years(chosen, period, seen))
    queries = {name: TableQuery(catalogue, table, tables) for name, table in tables.items()}
    for case in (*cases, *wholes):
        case.absent = tuple(absences_of(catalogue, tables, case)) if case.begun else ()
        case.rulings = tuple(rulings_on(catalogue, tables, case))
        ask(catalogue, queries, case)
    answers = {name: Answers.of(query) for name, query in queries.items()}
    engine = Engine(catalogue, answers)
    assessments = [item for case in cases for item in engine.assess(case)]
    annual = {case.indicator.id: verdict_of_all(engine.assess(case)) for case in wholes}
    found = [*problems, *absence_problems(catalogue, cases), *engine.problems, *_overflow_problems(queries)]
    return Report(
        period,
        seen,
        seen < period.last_day,
        identity or {},
        tuple(_in_order(assessments)),
        tuple(export for table in tables.values() for export in table.exports),
        tuple(dict.fromkeys(found)),
        tuple(dict.fromkeys(one for table in tables.values() for one in table.rulings)),
        annual,
    )


def _in_order(assessments: list[Assessment]) -> list[Assessment]:
    return sorted(assessments, key=lambda item: (item.number, item.period.start))  # groups stay as they came


def _overflow_problems(queries: Mapping[str, TableQuery]) -> Iterator[Problem]:
    for name, query in queries.items():
        for text in sorted(query.overflowed):
            yield Problem("V403", f"台账 {name} 的条件“{text}”数值过大,所涉各行按存疑处理")


# ---- assessing


class Engine:
    """Assesses cases from the answers; gathers the problems found on the way."""

    def __init__(self, catalogue: Catalogue, answers: Mapping[str, Answers]) -> None:
        self.catalogue = catalogue
        self.answers = answers
        self.problems: list[Problem] = []
        self._groups: dict[tuple[Group, tuple[str, ...]], list[str]] = {}

    def assess(self, case: Case) -> Iterator[Assessment]:
        """The case's assessments: one, or one a group, each under every number that lists the indicator."""
        indicator = case.indicator
        accounts = tuple(self._accounts(case))
        self._report_longer(case)
        for group, outcome in self._outcomes(case).items():
            item = self._assessment(case, group, outcome, accounts)
            item = replace(item, group=self._group_name(indicator, group) if indicator.for_each else None)
            yield item
            for listing in indicator.also:
                yield replace(item, number=listing.number, domain=listing.domain)

    def _group_name(self, indicator: Indicator, group: str) -> str:
        """The group as shown: one of a sensitive column by its hash."""
        sources = [self.catalogue.sources[m.source] for m in indicator.all_measures.values() if m.source]
        columns = [source.columns.get(indicator.for_each or "") for source in sources]
        hidden = any(column.sensitive for column in columns if column)
        return (pseudonym(group) if hidden else group) or BLANK_GROUP

    def _accounts(self, case: Case) -> Iterator[Accounting]:
        for name, (source, query_id) in case.query_ids.items():
            if name not in case.indicator.all_measures:
                continue
            answers = self.answers[source]
            account = answers.query.accounting(query_id, name, answers.sums[query_id], answers.doubtful)
            if not account.adds_up:
                self.problems.append(Problem("V402", f"{case.indicator.name} {case.period} {name} 行数核对不平"))
            yield account

    def _assessment(self, case: Case, group: str, outcome: _Outcome, accounts: tuple[Accounting, ...]) -> Assessment:
        indicator = case.indicator
        target = indicator.target_on(case.period.last_day)
        spans = value_kind(self.catalogue, indicator) is Kind.SPAN
        kinds = measure_kinds(self.catalogue, indicator)
        plain = Unit.PERCENT if indicator.numerator else Unit.HOUR if spans else Unit.BARE
        unit = target.unit if target else Unit(indicator.unit) if indicator.unit else plain
        mean = isinstance(indicator.value, Measure) and indicator.value.measure == "mean"
        unknown = bool(case.absent) or not case.begun
        hidden = self._at_least(case, outcome) if unknown else outcome
        verdict = self._verdict(case, hidden)
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
            accounting=accounts,
            absent=case.absent,
            rulings=case.rulings,
            room=None if case.due or unknown else self._room(case, group, outcome),
            beside=() if unknown else tuple(self._beside(case)),
            part_unit=_part_unit(kinds.get("numerator", kinds.get("value")), unit),
            base_unit=_part_unit(kinds.get("denominator"), unit),
        )

    def _verdict(self, case: Case, outcome: _Outcome) -> Verdict:
        indicator = case.indicator
        if not case.due:
            return Verdict.IN_PROGRESS
        target = indicator.target_on(case.period.last_day)
        if case.absent and outcome.extent.lowest is None:
            return Verdict.MISSING_DATA
        if not indicator.agreed:
            return Verdict.UNDEFINED
        if (lacking := self._lacking(case)) is not None:
            return lacking
        return bounds.judge(target, outcome.value, outcome.extent, Verdict(indicator.zero))

    def _at_least(self, case: Case, outcome: _Outcome) -> _Outcome:
        """What is known without the exports that are lacking: a limit that is passed stays passed, whatever they hold;
        of anything else nothing."""
        target, least = case.indicator.target_on(case.period.last_day), outcome.extent.lowest
        passed = case.begun and target and least is not None and target.side(least) > 0
        return _Outcome(None, Range(least if passed and self._only_grows(case) else None, None))

    def _only_grows(self, case: Case) -> bool:
        """Whether more rows can't make the value less."""
        value = case.indicator.value
        if not isinstance(value, Measure) or value.measure not in ("count", "distinct", "sum"):
            return False
        source, query_id = case.query_ids["value"]
        minimum = self.answers[source].query.populations[query_id].minimum
        return value.measure != "sum" or (minimum is not None and minimum >= 0)

    def _lacking(self, case: Case) -> Verdict | None:
        """What it means that a department lacks that should have a row: never that the target is attained or missed;
        where nobody knows whether it has one, 待核实. None where each has one."""
        found: Verdict | None = None
        for name, measure in case.indicator.all_measures.items():
            if not measure.each_department or name not in case.query_ids:
                continue
            source, query_id = case.query_ids[name]
            surely, possibly = self.answers[source].query.submitters(query_id)
            surely |= set(self._in_each_variant(source, query_id))
            for department in self.catalogue.sources[source].departments:
                if department not in possibly:
                    found = bounds.lacking(Verdict(case.indicator.zero))
                    ledger = self.catalogue.sources[source].name
                    what = f"{case.indicator.name} {case.period}:{department}没有“{ledger}”的记录"
                    self.problems.append(Problem("V404", what))
                elif department not in surely:
                    found = found or Verdict.UNVERIFIED
        return found

    def _in_each_variant(self, source: str, query_id: int) -> Iterator[str]:
        """The departments with a record that counts in whichever of its variants holds."""
        answers = self.answers[source]
        for conflict, rows in records(answers.doubtful):
            departments = {answers.query.table.exports[row.export].department for row in rows}
            if conflict and len(departments) == 1 and all(row.status[query_id].there for row in rows):
                yield departments.pop()

    def _beside(self, case: Case) -> Iterator[tuple[str, str]]:
        for at, extra in enumerate(case.indicator.beside):
            for outcome in self._measured(case, f"beside{at}", extra.value).values():
                table = self.answers[case.query_ids[f"beside{at}"][0]].query.table
                known = is_covered(self.catalogue, table, extra.value, case.span)
                shown = _shown_beside(outcome, measured_kind(self.catalogue, extra.value))
                yield extra.label, shown if known else Verdict.MISSING_DATA.label

    # ---- outcomes by group, for each form of an indicator

    def _outcomes(self, case: Case) -> dict[str, _Outcome]:
        indicator = case.indicator
        match indicator.value:
            case str(formula):
                measured = {name: self._measured(case, name, m) for name, m in indicator.measures.items()}
                found = self._formula(case, formula, measured)
            case Measure() as measure:
                found = self._measured(case, "value", measure)
            case _:
                found = self._ratio(case)
        return found if indicator.for_each else {"": found.get("", _Outcome(None, _VOID))}

    def _ratio(self, case: Case) -> dict[str, _Outcome]:
        found = self._parts(case)
        for part in found.values():
            self._report_above(case, part)
        if case.indicator.averaged_over:
            mean, extent = ratios.averaged(found)
            return {"": _Outcome(mean.value, extent, mean.numerator, mean.denominator, len(mean.rows))}
        step = self._step(case, "numerator")
        return {group: _of_part(part, step) for group, part in found.items()}

    def _parts(self, case: Case) -> dict[str, Ratio]:
        indicator = case.indicator
        top, bottom = indicator.numerator, indicator.denominator
        if top is None or bottom is None or "numerator" not in case.query_ids:
            return {}
        source, query_id = case.query_ids["numerator"]
        answers = self.answers[source]
        if top.within:
            whole = case.query_ids["denominator"][1]
            if indicator.all_measures["numerator"].measure == "distinct":
                return distinct.distinct(answers, whole, query_id, case.group, self._names(case))
            return ratios.joint(answers, query_id, whole, case.group, self._names(case), subset=indicator.is_subset)
        tops = self._alone(case, "numerator", top)
        if bottom.declared:
            declared = Fraction(len(self.catalogue.plan.departments))
            return ratios.over(tops, {name: Ratio(declared, base=(declared, Fraction(0))) for name in tops or [""]})
        return ratios.over(tops, self._alone(case, "denominator", bottom))

    def _alone(self, case: Case, name: str, measure: Measure) -> dict[str, Ratio]:
        source, query_id = case.query_ids[name]
        group, names = self._grouping(case, name)
        if measure.measure == "distinct":
            return distinct.distinct(self.answers[source], query_id, None, group, names)
        return ratios.single(self.answers[source], query_id, group, names)

    def _grouping(self, case: Case, name: str) -> tuple[Group, list[str]]:
        return (UNGROUPED, []) if name.startswith("beside") else (case.group, self._names(case))

    def _names(self, case: Case) -> list[str]:
        """The groups of a case: of departments all that hand in, in the plan's order; else those of all rows."""
        if not case.group:
            return []
        sources = tuple(dict.fromkeys(source for source, _ in case.query_ids.values()))
        if (case.group, sources) not in self._groups:
            found = set().union(*(self.answers[source].names(case.group) for source in sources))
            declared = [one for source in sources for one in self.catalogue.sources[source].departments]
            listed = dict.fromkeys(declared if case.group.column == SUBMITTER else [])
            self._groups[case.group, sources] = [*listed, *sorted(found - listed.keys())]
        return self._groups[case.group, sources]

    def _report_above(self, case: Case, part: Ratio) -> None:
        source, _ = case.query_ids["numerator"]
        for row in part.above:
            self._report_row("V401", f"{case.indicator.name}:该行分子大于分母", source, row)

    def _report_row(self, code: str, what: str, source: str, row: QueriedRow) -> None:
        export = self.answers[source].query.table.exports[row.export]
        self.problems.append(Problem(code, what, Place(export.path, export.sheet, f"第{row.row}行")))

    def _report_longer(self, case: Case) -> None:
        """Say which rows are of a time of which the period is only a part."""
        for name in case.indicator.all_measures.keys() & case.query_ids.keys():
            source, query_id = case.query_ids[name]
            answers = self.answers[source]
            date = case.indicator.all_measures[name].date or self.catalogue.sources[source].date or ""
            physical = answers.query.table.columns.get(date)
            inside = answers.query.populations[query_id].inside
            for row in answers.doubtful if physical and physical.ends else ():
                if row.status[query_id].possibly and not row.holds(inside.surely) and not row.flags.get(f"{date}?bad"):
                    what = f"{case.indicator.name} {case.period}:该行是更长一段时间的数,不知其中多少属于本期"
                    self._report_row("V405", what, source, row)

    def weighable(self, case: Case) -> dict[str, Ratio]:
        """The parts whose extremes are sums over rows: ratios, single counts and sums."""
        match case.indicator.value:
            case Measure(measure="count" | "sum") as measure:
                return self._over_one(self._alone(case, "value", measure))
            case None if case.indicator.all_measures["numerator"].measure != "distinct":
                return self._parts(case)
            case _:
                return {"": Ratio(rows=[Doubt(frozenset())])}

    def _over_one(self, alone: dict[str, Ratio]) -> dict[str, Ratio]:
        return ratios.over(alone, {key: Ratio(Fraction(1), base=(Fraction(1), Fraction(0))) for key in alone})

    def _measured(self, case: Case, name: str, measure: Measure) -> dict[str, _Outcome]:
        if name not in case.query_ids:
            return {}
        source, query_id = case.query_ids[name]
        group, names = self._grouping(case, name)
        if measure.measure in bounds.PICKS:
            found = distinct.ordered(self.answers[source], query_id, measure.measure, group)
            return {key: _Outcome(value, extent, doubtful=doubtful) for key, (value, extent, doubtful) in found.items()}
        if measure.measure == "mean":
            return {
                key: _of_part(part, None)
                for key, part in ratios.means(self.answers[source], query_id, group, names).items()
            }
        alone = self._alone(case, name, measure) or {"": Ratio()}
        counted = self._over_one(alone)
        step = self._step(case, name)
        return {key: replace(_of_part(part, step), denominator=None) for key, part in counted.items()}

    def _step(self, case: Case, name: str) -> Fraction:
        """The least amount by which the measure can change: 1 row, or 1 in the column's last decimal."""
        if name not in case.query_ids:
            return Fraction(1)
        source, query_id = case.query_ids[name]
        population = self.answers[source].query.populations[query_id]
        return Fraction(1, population.scale if population.measure.measure == "sum" else 1)

    def _formula(self, case: Case, formula: str, groups: Mapping[str, Mapping[str, _Outcome]]) -> dict[str, _Outcome]:
        node, calendar = self.catalogue.expression(formula), self.catalogue.calendar
        names = dict.fromkeys(group for found in groups.values() for group in found) or {"": None}
        nothing = _Outcome(None, _VOID)
        outcomes: dict[str, _Outcome] = {}
        for group in names:
            parts = {name: found.get(group, nothing) for name, found in groups.items()}
            sure = formulas.enclose(node, functools.partial(_part_of, case, parts, certain=True), calendar)
            extent = formulas.enclose(node, functools.partial(_part_of, case, parts, certain=False), calendar)
            doubtful = sum(part.doubtful for part in parts.values())
            outcomes[group] = _Outcome(sure.lowest, extent if doubtful else sure, doubtful=doubtful)
        return outcomes

    # ---- room left

    def _room(self, case: Case, group: str, outcome: _Outcome) -> ErrorBudget | None:
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
            or isinstance(one.window, LastDays)
            or self._asks_for_end(one)
            for one in measures
        )
        if leaves or "open" not in case.query_ids:
            return leaves
        source, query_id = case.query_ids["open"]
        return any(found.possible for found in self.answers[source].sums[query_id].values())

    def _asks_for_end(self, measure: Measure) -> bool:
        nodes = nodes_of(self.catalogue.expression(measure.where)) if measure.where else ()
        return any(isinstance(node, Edge) and node.at_end for node in nodes)

    def _planned(self, case: Case, group: str) -> Fraction | None:
        """The whole period's plan; None where a row of it is doubtful, or not every department's is there yet."""
        source, query_id = case.query_ids["planned"]
        answers = self.answers[source]
        if not is_covered(self.catalogue, answers.query.table, case.indicator.all_measures["denominator"], case.whole):
            return None
        states = [(row.conflict, row.status[query_id]) for row in answers.doubtful]
        if any(one.possibly and (conflict or not one.surely or one.bad) for conflict, one in states):
            return None
        mine = answers.sums[query_id].get(group)
        return mine.total if mine else Fraction(0)


def _part_of(case: Case, parts: Mapping[str, _Outcome], node: Node, *, certain: bool) -> Range:
    """What a part of a formula can be: a measure, as far as it is `certain` or in any way, or the period's edge."""
    match node:
        case Column(name):
            return formulas.exactly(parts[name].value) if certain else parts[name].extent
        case Edge(at_end):
            return formulas.exactly(Fraction(micros_of(case.span.end if at_end else case.span.start)))
        case _:
            raise TypeError(node)


def _shown_beside(outcome: _Outcome, kind: Kind) -> str:
    """A figure beside the value, from its least to its most where rows of it are doubtful."""
    unit = Unit.HOUR if kind is Kind.SPAN else Unit.BARE
    ends = (outcome.extent.lowest, outcome.extent.highest) if outcome.doubtful else (outcome.value, outcome.value)
    texts = ["—" if end is None else show_part(end, unit) for end in ends]
    return "~".join(dict.fromkeys(texts))


def _part_unit(kind: Kind | None, unit: Unit) -> Unit:
    if kind is not Kind.SPAN:
        return Unit.BARE
    return unit if unit.is_duration else Unit.HOUR


def _of_part(part: Ratio, step: Fraction | None) -> _Outcome:
    return _Outcome(part.value, part.range(), part.numerator, part.denominator, len(part.rows), step)
