"""The engine: `evaluate(catalogue, tables, period)` -> `Report`. No IO, no printing; any frame that narwhals knows.

Convention: a `_Case` is one indicator in one period. All cases first ask their surveys (one a table), the surveys
answer in one pass, then each case is assessed from its `parts` with exact arithmetic (`bounds`).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from itss_kpi.catalogue.catalogue import Catalogue, Indicator, Measure, Source, measure_kinds, value_kind
from itss_kpi.catalogue.expression import Kind, Node
from itss_kpi.core.period import Period, PeriodKind, period_of, period_running, periods_due
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.results import Absence, Accounting, Assessment, Export, Report, Room, Unit, Verdict, show_part
from itss_kpi.core.text import masked
from itss_kpi.engine import bounds
from itss_kpi.engine import ratios as parts
from itss_kpi.engine.bounds import Amount, Range, Share
from itss_kpi.engine.queries import Flag, Span, Survey, SurveyedRow, joint_standings, standing, window_of
from itss_kpi.engine.ratios import Answers, Doubt, Part
from itss_kpi.tables.build import Table

BLANK_GROUP = "未填"
_VOID = Range(None, None, void=True, empty=True)


@dataclass(slots=True)
class _Case:
    """One indicator in one period: `span` is what is seen of the period, `tickets` where its answers are."""

    indicator: Indicator
    period: Period
    due: bool
    span: Span
    absent: tuple[Absence, ...] = ()
    tickets: dict[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def begun(self) -> bool:
        return self.span.start < self.span.end

    @property
    def group(self) -> str:
        return self.indicator.averaged_over or self.indicator.for_each or ""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A case (or one group of it) worked out."""

    value: Fraction | None
    extent: Range
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    doubtful: int = 0
    step: Fraction | None = None
    exceeding: bool = False


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
    cases = [case for indicator in chosen for case in _cases(indicator, period, seen)]
    surveys = {name: Survey(catalogue, table) for name, table in tables.items()}
    for case in cases:
        case.absent = tuple(_absences(catalogue, tables, case)) if case.begun else ()
        _ask(catalogue, surveys, case)
    answers = {name: Answers.of(survey) for name, survey in surveys.items()}
    engine = _Engine(catalogue, answers)
    assessments = [item for case in cases for item in engine.assess(case)]
    found = [*problems, *_absence_problems(catalogue, cases), *engine.problems, *_overflow_problems(surveys)]
    return Report(
        period,
        seen,
        seen < period.last_day,
        identity or {},
        tuple(_in_order(assessments)),
        tuple(export for table in tables.values() for export in table.exports),
        tuple(dict.fromkeys(found)),
    )


def _cases(indicator: Indicator, period: Period, as_of: date) -> Iterator[_Case]:
    running = period_running(indicator.period, period)
    for due in [*periods_due(indicator.period, period), *([running] if running else [])]:
        end = min(due.end, period.end, as_of + timedelta(days=1))
        ended = due.last_day <= min(as_of, period.last_day)
        yield _Case(indicator, due, ended, Span(due.start, max(due.start, end)))


def _in_order(assessments: list[Assessment]) -> list[Assessment]:
    return sorted(assessments, key=lambda item: (item.number, item.period.start, item.group or ""))


# ---- what must have been handed in


def wanted_months(
    catalogue: Catalogue, indicators: Iterable[Indicator], period: Period, as_of: date
) -> dict[str, list[Period]]:
    """For each source, the months that its exports must cover for what is due or running in `period`, in order."""
    found: dict[str, set[Period]] = defaultdict(set)
    for case in (case for indicator in indicators for case in _cases(indicator, period, as_of)):
        for name, months in _wanted(catalogue, case).items() if case.begun else ():
            found[name] |= months
    return {name: sorted(months, key=_start) for name, months in found.items()}


def lacking_months(months: Iterable[Period], exports: Iterable[Export], department: str) -> list[Period]:
    """Those of the months that no export of the department answers for, or an unreadable one may, in order."""
    mine = [export for export in exports if export.department == department]
    covered = [export.covers for export in mine if export.readable and export.covers]
    unknown = [export.covers or (date.min, date.max) for export in mine if not export.readable]
    lacking = [
        month
        for month in months
        if not any(start <= month.start and month.end <= end for start, end in covered)
        or any(start < month.end and month.start < end for start, end in unknown)
    ]
    return sorted(lacking, key=_start)


def _absences(catalogue: Catalogue, tables: Mapping[str, Table], case: _Case) -> Iterator[Absence]:
    for name, months in _wanted(catalogue, case).items():
        exports = tables[name].exports if name in tables else ()
        for department in catalogue.sources[name].departments:
            lacking = lacking_months(months, exports, department)
            if lacking:
                yield Absence(name, department, tuple(map(str, lacking)))


def _wanted(catalogue: Catalogue, case: _Case) -> dict[str, set[Period]]:
    wanted: dict[str, set[Period]] = defaultdict(set)
    for measure in case.indicator.all_measures.values():
        if measure.source:
            wanted[measure.source] |= _months(catalogue.sources[measure.source], measure, case.span)
    return wanted


def _start(period: Period) -> date:
    return period.start


def _months(source: Source, measure: Measure, span: Span) -> set[Period]:
    window = window_of(measure, span)
    last = window.end - timedelta(days=1)
    first = window.start
    if source.snapshot:
        first = last
    elif window.start == date.min or measure.date not in (None, source.date):
        # rows that count by another date may stand in any export of the year so far
        first = min(date(last.year, 1, 1), max(window.start, date(last.year, 1, 1)))
    found: set[Period] = set()
    while first <= last:
        month = period_of(PeriodKind.MONTH, first)
        found.add(month)
        first = month.end
    return found


def _absence_problems(catalogue: Catalogue, cases: Iterable[_Case]) -> Iterator[Problem]:
    lacking: dict[tuple[str, str], set[str]] = defaultdict(set)
    for case in cases:
        for absence in case.absent:
            lacking[absence.source, absence.department] |= set(absence.months)
    for (source, department), months in lacking.items():
        name = catalogue.sources[source].name
        yield Problem("D101", f"{department}没有交齐“{name}”:{'、'.join(sorted(months))}", Place(department))


def _overflow_problems(surveys: Mapping[str, Survey]) -> Iterator[Problem]:
    for name, survey in surveys.items():
        for text in sorted(survey.overflowed):
            yield Problem("V403", f"台账 {name} 的条件“{text}”数值过大,所涉各行按存疑处理")


# ---- asking


def _ask(catalogue: Catalogue, surveys: Mapping[str, Survey], case: _Case) -> None:
    indicator = case.indicator
    for name, measure in indicator.all_measures.items():
        whole = indicator.denominator if measure.within else None
        if measure.source is not None and measure.source in surveys:
            survey = surveys[measure.source]
            ticket = survey.ask(measure, whole, case.span, case.group, subset=indicator.is_subset)
            case.tickets[name] = (measure.source, ticket)
            if name == "denominator" and measure.fixed and not case.due:
                full = Span(case.period.start, case.period.end)
                case.tickets["planned"] = (measure.source, survey.ask(measure, None, full, case.group))
    for at, extra in enumerate(indicator.beside):
        if extra.value.source is not None and extra.value.source in surveys:
            ticket = surveys[extra.value.source].ask(extra.value, None, case.span)
            case.tickets[f"beside{at}"] = (extra.value.source, ticket)


# ---- assessing


class _Engine:
    """Assesses cases from the answers; gathers the problems found on the way."""

    def __init__(self, catalogue: Catalogue, answers: Mapping[str, Answers]) -> None:
        self.catalogue = catalogue
        self.answers = answers
        self.problems: list[Problem] = []

    def assess(self, case: _Case) -> Iterator[Assessment]:
        """The case's assessments: one, or one a group, each under every number that lists the indicator."""
        indicator = case.indicator
        accounts = tuple(self._accounts(case))
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
        return (masked(group) if hidden else group) or BLANK_GROUP

    def _accounts(self, case: _Case) -> Iterator[Accounting]:
        for name, (source, ticket) in case.tickets.items():
            if name not in case.indicator.all_measures:
                continue
            answers = self.answers[source]
            account = answers.survey.accounting(ticket, name, answers.sums[ticket], answers.doubtful)
            if not account.adds_up:
                self.problems.append(Problem("V402", f"{case.indicator.name} {case.period} {name} 行数核对不平"))
            yield account

    def _assessment(self, case: _Case, group: str, outcome: _Outcome, accounts: tuple[Accounting, ...]) -> Assessment:
        indicator = case.indicator
        target = indicator.target_on(case.period.last_day)
        spans = value_kind(self.catalogue, indicator) is Kind.SPAN
        kinds = measure_kinds(self.catalogue, indicator)
        plain = Unit.PERCENT if indicator.numerator else Unit.HOUR if spans else Unit.BARE
        unit = target.unit if target else Unit(indicator.unit) if indicator.unit else plain
        mean = isinstance(indicator.value, Measure) and indicator.value.measure == "mean"
        verdict = self._verdict(case, outcome)
        unknown = bool(case.absent) or not case.begun
        hidden = _Outcome(None, Range(None, None)) if unknown else outcome
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
            sources=tuple(dict.fromkeys(source for source, _ in case.tickets.values())),
            accounting=accounts,
            absent=case.absent,
            room=None if case.due or unknown else self._room(case, group, outcome),
            beside=() if unknown else tuple(self._beside(case)),
            part_unit=_part_unit(kinds.get("numerator", kinds.get("value")), unit),
            base_unit=_part_unit(kinds.get("denominator"), unit),
        )

    def _verdict(self, case: _Case, outcome: _Outcome) -> Verdict:
        indicator = case.indicator
        if not case.due:
            return Verdict.IN_PROGRESS
        if case.absent:
            return Verdict.MISSING_DATA
        if not indicator.agreed:
            return Verdict.UNDEFINED
        if self._lacks_department(case):
            return Verdict(indicator.zero)
        target = indicator.target_on(case.period.last_day)
        verdict = bounds.judge(target, outcome.value, outcome.extent, Verdict(indicator.zero))
        if outcome.exceeding and verdict is not Verdict.MONITORED:
            self.problems.append(Problem("V401", f"{indicator.name} {case.period} 超过 100%"))
            return Verdict.UNVERIFIED
        return verdict

    def _lacks_department(self, case: _Case) -> bool:
        lacks = False
        for name, measure in case.indicator.all_measures.items():
            if measure.each_department and name in case.tickets:
                source, ticket = case.tickets[name]
                present = self.answers[source].survey.submitters(ticket)
                for department in self.catalogue.sources[source].departments:
                    if department not in present:
                        lacks = True
                        ledger = self.catalogue.sources[source].name
                        what = f"{case.indicator.name} {case.period}:{department}没有“{ledger}”的记录"
                        self.problems.append(Problem("V404", what))
        return lacks

    def _beside(self, case: _Case) -> Iterator[tuple[str, str]]:
        for at, extra in enumerate(case.indicator.beside):
            for outcome in self._measured(case, f"beside{at}", extra.value).values():
                yield extra.label, "—" if outcome.value is None else show_part(outcome.value, Unit.BARE)

    # ---- outcomes by group, for each form of an indicator

    def _outcomes(self, case: _Case) -> dict[str, _Outcome]:
        indicator = case.indicator
        match indicator.value:
            case str(formula):
                measured = {name: self._measured(case, name, m) for name, m in indicator.measures.items()}
                found = self._formula(formula, measured)
            case Measure() as measure:
                found = self._measured(case, "value", measure)
            case _:
                found = self._ratio(case)
        return found if indicator.for_each else {"": found.get("", _Outcome(None, _VOID))}

    def _ratio(self, case: _Case) -> dict[str, _Outcome]:
        found = self._parts(case)
        subset = case.indicator.is_subset
        if case.indicator.averaged_over:
            mean, extent = parts.averaged(found)
            exceeding = subset and any(part.exceeds for part in found.values())
            return {"": _Outcome(mean.value, extent, mean.numerator, mean.denominator, len(mean.rows), None, exceeding)}
        step = self._step(case, "numerator")
        for part in found.values():
            self._report_above(case, part)
        return {group: _of_part(part, step, subset and part.exceeds) for group, part in found.items()}

    def _parts(self, case: _Case) -> dict[str, Part]:
        indicator = case.indicator
        top, bottom = indicator.numerator, indicator.denominator
        if top is None or bottom is None or "numerator" not in case.tickets:
            return {}
        source, ticket = case.tickets["numerator"]
        answers = self.answers[source]
        if top.within:
            whole = case.tickets["denominator"][1]
            if indicator.all_measures["numerator"].measure == "distinct":
                return parts.distinct(answers, whole, ticket, case.group)
            return parts.joint(answers, ticket, whole, case.group, subset=indicator.is_subset)
        tops = self._alone(case, "numerator", top)
        if bottom.declared:
            declared = Fraction(len(self.catalogue.plan.departments))
            return parts.over(tops, {name: Part(declared, base=(declared, Fraction(0))) for name in tops or [""]})
        return parts.over(tops, self._alone(case, "denominator", bottom))

    def _alone(self, case: _Case, name: str, measure: Measure) -> dict[str, Part]:
        source, ticket = case.tickets[name]
        group = "" if name.startswith("beside") else case.group
        if measure.measure == "distinct":
            return parts.distinct(self.answers[source], ticket, None, group)
        return parts.single(self.answers[source], ticket, group)

    def _report_above(self, case: _Case, part: Part) -> None:
        source, _ = case.tickets["numerator"]
        for row in part.above:
            export = self.answers[source].survey.table.exports[row.export]
            place = Place(export.path, export.sheet, f"第{row.row}行")
            self.problems.append(Problem("V401", f"{case.indicator.name}:该行分子大于分母", place))

    def weighable(self, case: _Case) -> dict[str, Part]:
        """The parts whose extremes are sums over rows: ratios, single counts and sums."""
        match case.indicator.value:
            case Measure(measure="count" | "sum") as measure:
                return self._over_one(self._alone(case, "value", measure))
            case None if case.indicator.all_measures["numerator"].measure != "distinct":
                return self._parts(case)
            case _:
                return {"": Part(rows=[Doubt(frozenset())])}

    def _over_one(self, alone: dict[str, Part]) -> dict[str, Part]:
        return parts.over(alone, {key: Part(Fraction(1), base=(Fraction(1), Fraction(0))) for key in alone})

    def _measured(self, case: _Case, name: str, measure: Measure) -> dict[str, _Outcome]:
        if name not in case.tickets:
            return {}
        source, ticket = case.tickets[name]
        group = "" if name.startswith("beside") else case.group
        if measure.measure in bounds.PICKS:
            found = parts.ordered(self.answers[source], ticket, measure.measure, group)
            return {key: _Outcome(value, extent, doubtful=doubtful) for key, (value, extent, doubtful) in found.items()}
        if measure.measure == "mean":
            return {key: _of_part(part, None) for key, part in parts.means(self.answers[source], ticket, group).items()}
        alone = self._alone(case, name, measure) or {"": Part()}
        counted = self._over_one(alone)
        step = self._step(case, name)
        return {key: replace(_of_part(part, step), denominator=None) for key, part in counted.items()}

    def _step(self, case: _Case, name: str) -> Fraction:
        """The least amount by which the measure can change: 1 row, or 1 in the column's last decimal."""
        if name not in case.tickets:
            return Fraction(1)
        source, ticket = case.tickets[name]
        population = self.answers[source].survey.populations[ticket]
        return Fraction(1, population.scale if population.measure.measure == "sum" else 1)

    def _formula(self, formula: str, groups: Mapping[str, Mapping[str, _Outcome]]) -> dict[str, _Outcome]:
        node = self.catalogue.expression(formula)
        names = dict.fromkeys(group for found in groups.values() for group in found) or {"": None}
        nothing = _Outcome(None, _VOID)
        outcomes: dict[str, _Outcome] = {}
        for group in names:
            parts = {name: found.get(group, nothing) for name, found in groups.items()}
            value = bounds.calculate(node, {name: part.value for name, part in parts.items()})
            low, high = bounds.enclose(node, {name: (p.extent.lowest, p.extent.highest) for name, p in parts.items()})
            doubtful = sum(part.doubtful for part in parts.values())
            void = value is None
            extent = Range(low, high, void) if doubtful else Range(value, value, void=void, empty=void)
            outcomes[group] = _Outcome(value, extent, doubtful=doubtful)
        return outcomes

    # ---- room left

    def _room(self, case: _Case, group: str, outcome: _Outcome) -> Room | None:
        indicator = case.indicator
        target = indicator.target_on(case.period.last_day)
        extent = outcome.extent
        known = extent.empty if extent.lowest is None else extent.lowest == extent.highest
        if target is None or not known or indicator.averaged_over or outcome.numerator is None:
            return None
        if isinstance(indicator.value, Measure) and indicator.value.measure in ("count", "distinct"):
            return bounds.room_of_count(target, int(outcome.numerator))
        if not indicator.numerator or outcome.denominator is None:
            return None
        if "planned" in case.tickets:
            planned = self._planned(*case.tickets["planned"], group)
            if planned is None:
                return None
            failed = outcome.denominator - outcome.numerator
            return bounds.room_of_plan(target, outcome.numerator, planned, indicator.is_subset, failed)
        whole = outcome.numerator.denominator == outcome.denominator.denominator == 1
        # a doubtful row may add more of the same: the value is known then, but not how many it is of
        if indicator.is_subset and whole and not outcome.doubtful:
            return bounds.room_of_ratio(target, int(outcome.numerator), int(outcome.denominator))
        return None

    def _planned(self, source: str, ticket: int, group: str) -> Fraction | None:
        """The whole period's plan; None where a row of it is doubtful."""
        answers = self.answers[source]
        states = [(row.conflict, row.status[ticket]) for row in answers.doubtful]
        if any(one.possibly and (conflict or not one.surely or one.bad) for conflict, one in states):
            return None
        mine = answers.sums[ticket].get(group)
        return mine.total if mine else Fraction(0)


def _part_unit(kind: Kind | None, unit: Unit) -> Unit:
    if kind is not Kind.SPAN:
        return Unit.BARE
    return unit if unit.is_duration else Unit.HOUR


def _of_part(part: Part, step: Fraction | None, exceeding: bool = False) -> _Outcome:
    return _Outcome(part.value, part.range(), part.numerator, part.denominator, len(part.rows), step, exceeding)


# ---- tracing single rows


@dataclass(frozen=True, slots=True)
class TracedRow:
    """One row and what it is to each measure of an assessment: counted, excluded, outside or doubtful; the `amounts`
    that it adds where it counts (a text for distinct texts), and the first condition that is `unmet`, by measure."""

    source: str
    export: int
    row: int
    conflict: int
    standings: Mapping[str, str]
    amounts: Mapping[str, Any] = field(default_factory=dict)
    unmet: Mapping[str, Node] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """counted, failing (in the denominator only), doubtful, excluded or outside."""
        found = set(self.standings.values())
        if "doubtful" in found:
            return "doubtful"
        if self.standings.get("denominator") == "counted" and self.standings.get("numerator", "counted") != "counted":
            return "failing"
        return next(kind for kind in ("counted", "excluded", "outside") if kind in found)


def trace(
    catalogue: Catalogue, tables: Mapping[str, Table], indicator: Indicator, assessed: Period, as_of: date
) -> list[TracedRow]:
    """The rows of the indicator's sources in the windows of its measures, with what each is to the assessment of the
    period `assessed`, in order of source, export and row."""
    return trace_all(catalogue, tables, indicator, [(assessed, as_of)])[0]


def trace_all(
    catalogue: Catalogue, tables: Mapping[str, Table], indicator: Indicator, assessed: Iterable[tuple[Period, date]]
) -> list[list[TracedRow]]:
    """As `trace`, for several periods with the last day that each sees."""
    surveys = _surveys(catalogue, tables, indicator)
    cases = [_case(indicator, period, as_of) for period, as_of in assessed]
    steps: list[dict[str, list[tuple[Node, Flag]]]] = []
    for case in cases:
        _ask(catalogue, surveys, case)
        named = {name: source for name, (source, _) in case.tickets.items() if name in indicator.all_measures}
        steps.append({name: surveys[at].steps(indicator.all_measures[name], case.span) for name, at in named.items()})
    return [list(_traced(surveys, case, found)) for case, found in zip(cases, steps, strict=True)]


def _traced(
    surveys: Mapping[str, Survey], case: _Case, steps: Mapping[str, Sequence[tuple[Node, Flag]]]
) -> Iterator[TracedRow]:
    for source in dict.fromkeys(case.tickets[name][0] for name in steps):
        survey = surveys[source]
        mine = {name: case.tickets[name][1] for name in steps if case.tickets[name][0] == source}
        flags = [flag for name in mine for _, flag in steps[name]]
        rows = survey.rows(survey.inside(mine.values()), list(mine.values()), flags)
        joint = {name: joint_standings(rows, ticket) for name, ticket in mine.items()}
        for row in rows:
            standings = {
                name: joint[name][row.conflict] if row.conflict else standing(row.status[ticket])
                for name, ticket in mine.items()
            }
            amounts = {name: row.status[ticket].amount for name, ticket in mine.items()}
            unmet = _unmet(row, {name: steps[name] for name in mine})
            yield TracedRow(source, row.export, row.row, row.conflict, standings, amounts, unmet)


def _surveys(catalogue: Catalogue, tables: Mapping[str, Table], indicator: Indicator) -> dict[str, Survey]:
    read = {measure.source for measure in indicator.all_measures.values()}
    return {name: Survey(catalogue, table) for name, table in tables.items() if name in read}


def _case(indicator: Indicator, assessed: Period, as_of: date) -> _Case:
    return next(case for case in _cases(indicator, assessed, as_of) if case.period == assessed)


def _unmet(row: SurveyedRow, steps: Mapping[str, Sequence[tuple[Node, Flag]]]) -> dict[str, Node]:
    found = {name: [part for part, flag in listed if not row.holds(flag)] for name, listed in steps.items()}
    return {name: parts[0] for name, parts in found.items() if parts}


@dataclass(frozen=True, slots=True)
class Weight:
    """What a doubtful row adds to numerator and denominator where the value is lowest, and where it is highest; `least`
    is the least that it adds to the denominator."""

    lowest: Share
    highest: Share
    least: Amount

    def __add__(self, other: "Weight") -> "Weight":
        lowest, highest = (
            (one[0] + two[0], one[1] + two[1])
            for one, two in ((self.lowest, other.lowest), (self.highest, other.highest))
        )
        return Weight(lowest, highest, self.least + other.least)


def weigh(
    catalogue: Catalogue, tables: Mapping[str, Table], indicator: Indicator, assessed: Period, as_of: date
) -> dict[tuple[str, int, int], Weight] | None:
    """The doubtful rows by source, export and row, with what they add to the extremes of the assessment's value: to the
    measures that they are doubtful to, and to a denominator that the numerator lies within.

    None where the extremes are no such sums: unknown bounds, distinct values, other forms than ratios, counts, sums.
    """
    case, surveys = _case(indicator, assessed, as_of), _surveys(catalogue, tables, indicator)
    _ask(catalogue, surveys, case)
    engine = _Engine(catalogue, {name: Answers.of(survey) for name, survey in surveys.items()})
    found: dict[tuple[str, int, int], Weight] = {}
    for part in engine.weighable(case).values():
        weights = _weights(part)
        if weights is None:
            return None
        found |= weights
    return found or None


def _weights(part: Part) -> dict[tuple[str, int, int], Weight] | None:
    extent = part.range()
    if extent.lowest is None or extent.highest is None:
        return None if part.rows else {}
    found: dict[tuple[str, int, int], Weight] = {}
    sums = {-1: part.base, 1: part.base}
    for doubt in part.rows:
        low, high = bounds.chosen(doubt.ways, extent.lowest, -1), bounds.chosen(doubt.ways, extent.highest, 1)
        # where the extremes are known, so is what each row adds to them
        assert low
        assert high
        key = doubt.source, doubt.export, doubt.row
        weight = Weight(low, high, min(way.base_low for way in doubt.ways))
        # a row may be doubtful to two measures that have nothing to do with each other
        found[key] = found[key] + weight if key in found else weight
        for sign, share in ((-1, low), (1, high)):
            sums[sign] = (sums[sign][0] + share[0], sums[sign][1] + share[1])
    reached = [Fraction(top) / bottom if bottom else None for top, bottom in sums.values()]
    return found if reached == [extent.lowest, extent.highest] else None
