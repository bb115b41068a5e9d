"""The engine: `evaluate(catalogue, tables, period)` -> `Report`. No IO, no printing; any frame that narwhals knows.

Convention: a `_Case` is one indicator in one period. All cases first ask their surveys (one a table), the surveys answer
in one pass, then each case is assessed from sums and doubtful rows with exact arithmetic (`bounds`).
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction

from itss_kpi import bounds
from itss_kpi.bounds import Choice, Range, Row, point, ratio_range
from itss_kpi.catalogue import Catalogue, Indicator, Measure, Source, value_kind
from itss_kpi.expression import Kind
from itss_kpi.period import Period, PeriodKind, period_of, period_running, periods_due
from itss_kpi.populations import Span, Status, Sums, Survey, SurveyedRow, joint_standings, standing, window_of
from itss_kpi.problems import Place, Problem
from itss_kpi.results import Absence, Accounting, Assessment, Report, Room, Unit, Verdict, show_part
from itss_kpi.tables import Table

BLANK_GROUP = "未填"
_ORDERED = {"min": lambda ordered: Fraction(ordered[0]), "max": lambda ordered: Fraction(ordered[-1]), "median": bounds.median}
_ZERO = Fraction(0)
_ONE = Fraction(1)


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
    def group(self) -> str:
        return self.indicator.averaged_over or self.indicator.for_each or ""


@dataclass(slots=True)
class _Part:
    """A numerator and denominator: certain sums, the same without the doubtful rows, and those rows."""

    numerator: Fraction = _ZERO
    denominator: Fraction = _ZERO
    base: tuple[Fraction, Fraction] = (_ZERO, _ZERO)
    rows: list[Row] = field(default_factory=list)
    exceeding: Fraction = _ZERO

    def add(self, amount: Fraction, base: Fraction) -> None:
        self.numerator += amount
        self.denominator += base
        self.base = (self.base[0] + amount, self.base[1] + base)

    @property
    def value(self) -> Fraction | None:
        return self.numerator / self.denominator if self.denominator else None

    def range(self) -> Range:
        if not self.rows:
            return Range(self.value, self.value, self.denominator == 0)
        return ratio_range(*self.base, self.rows)


@dataclass(frozen=True, slots=True)
class _Answers:
    """What a survey answered."""

    survey: Survey
    sums: Sequence[Mapping[str, Sums]]
    doubtful: Sequence[SurveyedRow]


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
    """All assessments that fall due in `period` and, apart, those of longer running periods (DESIGN 3 and 4).

    `tables` holds a table for each source that the `indicators` (all by default) read; rows after `as_of` (by default
    the period's last day) are not seen. `identity` and `problems` are handed on to the report.
    """
    seen = as_of or period.last_day
    chosen = list(catalogue.indicators if indicators is None else indicators)
    cases = [case for indicator in chosen for case in _cases(indicator, period, seen)]
    surveys = {name: Survey(catalogue, table) for name, table in tables.items()}
    for case in cases:
        case.absent = tuple(_absences(catalogue, tables, case))
        _ask(catalogue, surveys, case)
    answers = {name: _answer(survey) for name, survey in surveys.items()}
    engine = _Engine(catalogue, answers)
    assessments = [item for case in cases for item in engine.assess(case)]
    found = [*problems, *_absence_problems(cases), *engine.problems, *_overflow_problems(surveys)]
    return Report(
        period, seen, seen < period.last_day, identity or {}, tuple(_in_order(assessments)),
        tuple(export for table in tables.values() for export in table.exports), tuple(dict.fromkeys(found)),
    )  # fmt: skip


def _cases(indicator: Indicator, period: Period, as_of: date) -> Iterator[_Case]:
    running = period_running(indicator.period, period)
    for due in [*periods_due(indicator.period, period), *([running] if running else [])]:
        end = min(due.end, period.end, as_of + timedelta(days=1))
        ended = due.last_day <= min(as_of, period.last_day)
        yield _Case(indicator, due, ended, Span(due.start, max(due.start, end)))


def _in_order(assessments: list[Assessment]) -> list[Assessment]:
    return sorted(assessments, key=lambda item: (item.number, item.period.start, item.group or ""))


# ---- what must have been handed in


def _absences(catalogue: Catalogue, tables: Mapping[str, Table], case: _Case) -> Iterator[Absence]:
    wanted: dict[str, set[Period]] = defaultdict(set)
    for measure in case.indicator.all_measures.values():
        if measure.source:
            wanted[measure.source] |= _months(catalogue.sources[measure.source], measure, case.span)
    for name, months in wanted.items():
        for department in catalogue.sources[name].departments:
            exports = tables[name].exports if name in tables else ()
            covered = [export.covers for export in exports if export.department == department and export.covers]
            lacking = [m for m in months if not any(start <= m.start and m.end <= end for start, end in covered)]
            if lacking:
                listed = sorted(lacking, key=lambda month: month.start)
                yield Absence(name, department, tuple(map(str, listed)))


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


def _absence_problems(cases: Iterable[_Case]) -> Iterator[Problem]:
    lacking: dict[tuple[str, str], set[str]] = defaultdict(set)
    for case in cases:
        for absence in case.absent:
            lacking[absence.source, absence.department] |= set(absence.months)
    for (source, department), months in lacking.items():
        yield Problem("D101", f"{department}没有交 {'、'.join(sorted(months))} 的台账({source})", Place(department))


def _overflow_problems(surveys: Mapping[str, Survey]) -> Iterator[Problem]:
    for name, survey in surveys.items():
        for text in sorted(survey.overflowed):
            yield Problem("V403", f"台账 {name} 的条件“{text}”数值过大,所涉各行按存疑处理")


# ---- asking


def _ask(catalogue: Catalogue, surveys: Mapping[str, Survey], case: _Case) -> None:
    indicator = case.indicator
    for name, measure in indicator.all_measures.items():
        whole = indicator.denominator if measure.within else None
        if measure.source in surveys:
            survey = surveys[measure.source]
            ticket = survey.ask(measure, whole, case.span, case.group, subset=indicator.is_subset)
            case.tickets[name] = (measure.source, ticket)
            if name == "denominator" and measure.fixed and not case.due:
                full = Span(case.period.start, case.period.end)
                case.tickets["planned"] = (measure.source, survey.ask(measure, None, full, case.group))
    for at, extra in enumerate(indicator.beside):
        if extra.value.source in surveys:
            ticket = surveys[extra.value.source].ask(extra.value, None, case.span)
            case.tickets[f"beside{at}"] = (extra.value.source, ticket)


def _answer(survey: Survey) -> _Answers:
    sums = survey.sums()
    return _Answers(survey, sums, survey.doubtful_rows(sums))


# ---- assessing


class _Engine:
    """Assesses cases from the answers; gathers the problems found on the way."""

    def __init__(self, catalogue: Catalogue, answers: Mapping[str, _Answers]) -> None:
        self.catalogue = catalogue
        self.answers = answers
        self.problems: list[Problem] = []

    def assess(self, case: _Case) -> Iterator[Assessment]:
        """The case's assessments: one, or one a group, each under every number that lists the indicator."""
        indicator = case.indicator
        accounts = tuple(self._accounts(case))
        for group, outcome in self._outcomes(case):
            item = self._assessment(case, outcome, accounts)
            item = replace(item, group=(group or BLANK_GROUP) if indicator.for_each else None)
            yield item
            for listing in indicator.also:
                yield replace(item, number=listing.number, domain=listing.domain)

    def _accounts(self, case: _Case) -> Iterator[Accounting]:
        for name, (source, ticket) in case.tickets.items():
            if name in ("planned",) or name.startswith("beside"):
                continue
            answers = self.answers[source]
            account = answers.survey.accounting(ticket, name, answers.sums[ticket], answers.doubtful)
            if not account.adds_up:
                self.problems.append(Problem("V402", f"{case.indicator.name} {case.period} {name} 行数核对不平"))
            yield account

    def _assessment(self, case: _Case, outcome: _Outcome, accounts: tuple[Accounting, ...]) -> Assessment:
        indicator = case.indicator
        target = indicator.target_on(case.period.last_day)
        spans = value_kind(self.catalogue, indicator) is Kind.SPAN
        unit = target.unit if target else Unit(indicator.unit or ("%" if indicator.numerator else "小时" if spans else ""))
        verdict = self._verdict(case, outcome)
        unknown = bool(case.absent)
        hidden = _Outcome(None, Range(None, None)) if unknown else outcome
        return Assessment(
            indicator.id, indicator.number, indicator.name, indicator.domain, case.period, case.due,
            (case.span.start, case.span.end), unit, target, verdict,
            numerator=hidden.numerator, denominator=hidden.denominator, value=hidden.value,
            lowest=hidden.extent.lowest, highest=hidden.extent.highest,
            shortfall=bounds.shortfall(target, hidden.value, hidden.denominator, hidden.step),
            doubtful_rows=outcome.doubtful, sources=tuple(dict.fromkeys(source for source, _ in case.tickets.values())),
            accounting=accounts, absent=case.absent, room=None if case.due or unknown else self._room(case, outcome),
            beside=() if unknown else tuple(self._beside(case)), part_unit=unit if spans else Unit.BARE,
        )  # fmt: skip

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
                        what = f"{case.indicator.name} {case.period}:{department}没有“{self.catalogue.sources[source].name}”的记录"
                        self.problems.append(Problem("V404", what))
        return lacks

    def _beside(self, case: _Case) -> Iterator[tuple[str, str]]:
        for at, extra in enumerate(case.indicator.beside):
            if f"beside{at}" in case.tickets:
                part = self._single(case, f"beside{at}", extra.value).get("", _Part())
                yield extra.label, show_part(part.numerator, Unit.BARE)

    # ---- outcomes by shape

    def _outcomes(self, case: _Case) -> list[tuple[str, _Outcome]]:
        match case.indicator.value:
            case str(formula):
                groups = {name: self._measure_outcomes(case, name, m) for name, m in case.indicator.measures.items()}
                return self._by_group(case, [self._formula(formula, groups)])
            case Measure() as measure:
                found = self._measure_outcomes(case, "value", measure)
                empty = _Outcome(None, Range(None, None, True))
                return [*found.items()] if case.indicator.for_each else [("", found.get("", empty))]
            case None:
                return self._ratio(case)

    def _by_group(self, case: _Case, found: list[dict[str, _Outcome]]) -> list[tuple[str, _Outcome]]:
        if case.indicator.for_each:
            return [*found[0].items()]
        return [("", found[0][""])]

    def _ratio(self, case: _Case) -> list[tuple[str, _Outcome]]:
        parts = self._parts(case)
        step = self._step(case)
        if case.indicator.averaged_over:
            return [("", _averaged(parts))]
        if case.indicator.for_each:
            return [(group, self._ratio_outcome(case, part, step)) for group, part in parts.items()]
        return [("", self._ratio_outcome(case, parts.get("", _Part()), step))]

    def _ratio_outcome(self, case: _Case, part: _Part, step: Fraction) -> _Outcome:
        subset = case.indicator.is_subset
        exceeding = subset and part.numerator + part.exceeding > part.denominator
        return _Outcome(
            part.value, part.range(), part.numerator, part.denominator, len(part.rows), step, exceeding
        )

    def _step(self, case: _Case) -> Fraction:
        source, ticket = case.tickets.get("numerator", ("", 0))
        measure = case.indicator.all_measures["numerator"]
        if measure.measure != "sum" or source not in self.answers:
            return _ONE
        return Fraction(1, self.answers[source].survey.populations[ticket].scale)

    def _parts(self, case: _Case) -> dict[str, _Part]:
        """The parts by group; numerator and denominator row by row together where one lies within the other."""
        indicator = case.indicator
        top, bottom = indicator.numerator, indicator.denominator
        assert top and bottom
        if bottom.declared:
            parts = self._single(case, "numerator", indicator.all_measures["numerator"])
            for part in parts.values():
                part.add(_ZERO, Fraction(len(self.catalogue.plan.departments)))
            return parts or {"": _Part(_ZERO, Fraction(len(self.catalogue.plan.departments)))}
        if top.within:
            return self._joint(case, indicator.all_measures["numerator"])
        parts = self._single(case, "numerator", top)
        for group, part in self._single(case, "denominator", bottom).items():
            mine = parts.setdefault(group, _Part())
            mine.add(_ZERO, part.base[0])
            mine.denominator += part.numerator - part.base[0]
            mine.rows += [frozenset(_turned(choice) for choice in row) for row in part.rows]
        return parts

    def _single(self, case: _Case, name: str, measure: Measure) -> dict[str, _Part]:
        """A measure alone, as numerators over nothing."""
        if name not in case.tickets:
            return {}
        source, ticket = case.tickets[name]
        answers = self.answers[source]
        minimum = answers.survey.populations[ticket].minimum
        if measure.measure == "distinct":
            return _distinct(answers, ticket, None)
        parts = {group: _Part(sums.total, _ZERO, (sums.total, _ZERO)) for group, sums in answers.sums[ticket].items()}

        def choices(row: SurveyedRow) -> tuple[list[Choice], Choice]:
            status = row.status[ticket]
            return _alone(status, minimum), point(status.amount if status.surely and not status.bad else 0)

        _fold(parts, answers.doubtful, case.group, choices)
        return parts

    def _joint(self, case: _Case, numerator: Measure) -> dict[str, _Part]:
        source, part_ticket = case.tickets.get("numerator", ("", 0))
        if source not in self.answers:
            return {}
        answers = self.answers[source]
        whole_ticket = case.tickets["denominator"][1]
        if numerator.measure == "distinct":
            return _distinct(answers, whole_ticket, part_ticket)
        tops, bottoms = answers.sums[part_ticket], answers.sums[whole_ticket]
        parts: dict[str, _Part] = {}
        for group in bottoms:
            parts[group] = _Part()
            parts[group].add(tops[group].total, bottoms[group].total)
        subset = case.indicator.is_subset
        limits = tuple(answers.survey.populations[t].minimum for t in (part_ticket, whole_ticket))

        def choices(row: SurveyedRow) -> tuple[list[Choice], Choice]:
            part, whole = row.status[part_ticket], row.status[whole_ticket]
            sure = Choice(*_sure(part), *_sure(whole))
            return _together(part, whole, limits, subset=subset), sure

        def exceeds(row: SurveyedRow) -> Fraction:
            part, whole = row.status[part_ticket], row.status[whole_ticket]
            above = subset and part.bad and not whole.bad and part.surely and part.amount > whole.amount
            if above:
                self._report_exceeding(answers, row, case)
            return part.amount if above else _ZERO

        _fold(parts, answers.doubtful, case.group, choices, exceeds)
        return parts

    def _report_exceeding(self, answers: _Answers, row: SurveyedRow, case: _Case) -> None:
        export = answers.survey.table.exports[row.export]
        place = Place(export.path, export.sheet, f"第{row.row}行")
        self.problems.append(Problem("V401", f"{case.indicator.name}:该行分子大于分母", place))

    # ---- measures as values

    def _measure_outcomes(self, case: _Case, name: str, measure: Measure) -> dict[str, _Outcome]:
        if name not in case.tickets:
            return {}
        source, ticket = case.tickets[name]
        answers = self.answers[source]
        if measure.measure in _ORDERED:
            return {"": _ordered(answers, ticket, measure.measure)}
        if measure.measure == "mean":
            means = _mean_parts(answers, ticket, case.group)
            return {
                group: _Outcome(part.value, part.range(), part.numerator, part.denominator, len(part.rows))
                for group, part in means.items()
            }
        parts = self._single(case, name, measure)
        step = Fraction(1, answers.survey.populations[ticket].scale) if measure.measure == "sum" else _ONE
        found: dict[str, _Outcome] = {}
        for group, part in parts.items():
            part.add(_ZERO, _ONE)
            found[group] = _Outcome(part.numerator, part.range(), part.numerator, None, len(part.rows), step)
        return found

    def _formula(self, formula: str, groups: Mapping[str, Mapping[str, _Outcome]]) -> dict[str, _Outcome]:
        node = self.catalogue.expression(formula)
        names = dict.fromkeys(group for found in groups.values() for group in found) or {"": None}
        nothing = _Outcome(None, Range(None, None, True))
        outcomes: dict[str, _Outcome] = {}
        for group in names:
            parts = {name: found.get(group, nothing) for name, found in groups.items()}
            value = bounds.calculate(node, {name: part.value for name, part in parts.items()})
            low, high = bounds.enclose(node, {name: (p.extent.lowest, p.extent.highest) for name, p in parts.items()})
            doubtful = sum(part.doubtful for part in parts.values())
            extent = Range(low, high, value is None) if doubtful else Range(value, value, value is None)
            outcomes[group] = _Outcome(value, extent, doubtful=doubtful)
        return outcomes

    # ---- room left

    def _room(self, case: _Case, outcome: _Outcome) -> Room | None:
        indicator = case.indicator
        target = indicator.target_on(case.period.last_day)
        known = outcome.extent.lowest == outcome.extent.highest
        if target is None or not known or indicator.averaged_over or outcome.numerator is None:
            return None
        if isinstance(indicator.value, Measure) and indicator.value.measure in ("count", "distinct"):
            return bounds.room_of_count(target, int(outcome.numerator))
        if not indicator.numerator or outcome.denominator is None:
            return None
        if "planned" in case.tickets:
            source, ticket = case.tickets["planned"]
            planned = sum((sums.total for sums in self.answers[source].sums[ticket].values()), _ZERO)
            failed = outcome.denominator - outcome.numerator
            return bounds.room_of_plan(target, outcome.numerator, planned, indicator.is_subset, failed)
        whole = outcome.numerator.denominator == outcome.denominator.denominator == 1
        if indicator.is_subset and whole:
            return bounds.room_of_ratio(target, int(outcome.numerator), int(outcome.denominator))
        return None


# ---- doubtful rows to choices


def _sure(status: Status) -> tuple[Fraction, Fraction]:
    amount = status.amount if status.surely and not status.bad else _ZERO
    return amount, amount


def _alone(status: Status, minimum: int | None) -> list[Choice]:
    found = [] if status.surely else [point(0)]
    if status.possibly:
        low = None if minimum is None else Fraction(minimum)
        found.append(Choice(low, None) if status.bad else point(status.amount))
    return found or [point(0)]


def _together(part: Status, whole: Status, minimums: tuple[int | None, ...], *, subset: bool) -> list[Choice]:
    found = [] if whole.surely else [point(0)]
    if not whole.possibly:
        return found or [point(0)]
    floor = Fraction(max(minimums[1] or 0, 0))
    base_low, base_high = (floor, None) if whole.bad else (whole.amount, whole.amount)
    if not part.extra_surely:
        found.append(Choice(_ZERO, _ZERO, base_low, base_high))
    if part.extra_possibly:
        low, high = _amount_range(part, minimums[0], base_high, subset=subset)
        if subset and whole.bad and not part.bad:
            base_low = max(base_low, part.amount)
        found.append(Choice(low, high, base_low, base_high))
    return found


def _amount_range(
    part: Status, minimum: int | None, cap: Fraction | None, *, subset: bool
) -> tuple[Fraction | None, Fraction | None]:
    if not part.bad:
        return part.amount, part.amount
    if subset:
        return Fraction(max(minimum or 0, 0)), cap
    return (None if minimum is None else Fraction(minimum)), None


def _turned(choice: Choice) -> Choice:
    # a denominator's own rows, worked out as if they were a numerator's
    low = _ZERO if choice.low is None else choice.low
    return Choice(_ZERO, _ZERO, low, choice.high)


# ---- folding doubtful rows into the sums


Choices = Callable[[SurveyedRow], tuple[list[Choice], Choice]]
"""For a row: the ways it can turn out, and what the sums hold of it if it is no variant of a conflicting record."""

_UNPLACED: Row = frozenset({Choice(None, None, 0, None)})


def _fold(
    parts: dict[str, _Part],
    doubtful: Sequence[SurveyedRow],
    group: str,
    choices: Choices,
    exceeds: Callable[[SurveyedRow], Fraction] = lambda _: _ZERO,
) -> None:
    """Put the doubtful rows into their groups' parts; a conflicting record is one row that is either variant."""
    records: dict[int, list[SurveyedRow]] = defaultdict(list)
    for at, row in enumerate(doubtful):
        records[row.conflict or -at - 1].append(row)
    lost = False
    for number, rows in records.items():
        keys = {row.keys[group] if group else "" for row in rows}
        found = [choices(row) for row in rows]
        options = frozenset(choice for mine, _ in found for choice in mine)
        if options == {_NOTHING}:
            continue
        if len(keys) > 1 or None in keys:
            lost = True
            continue
        part = parts.setdefault(keys.pop() or "", _Part())
        part.exceeding += max(map(exceeds, rows))
        if number > 0:
            _fold_record(part, options)
        elif not _is_exact(options):
            part.base = (part.base[0] - _known(found[0][1].low), part.base[1] - _known(found[0][1].base_low))
            part.rows.append(options)
    for part in parts.values() if lost else ():
        part.rows.append(_UNPLACED)


_NOTHING = point(0)


def _known(amount: Fraction | int | None) -> Fraction:
    return Fraction(amount or 0)


def _is_exact(options: Row) -> bool:
    return len(options) == 1 and all(_fixed(one.low, one.high) and _fixed(one.base_low, one.base_high) for one in options)


def _fixed(low: Fraction | int | None, high: Fraction | int | None) -> bool:
    return low is not None and low == high


def _fold_record(part: _Part, options: Row) -> None:
    if _is_exact(options):
        (only,) = options
        part.add(_known(only.low), _known(only.base_low))
        return
    part.rows.append(options)
    # what all variants agree on is certain
    amounts = {edge for one in options for edge in (one.low, one.high)}
    bases = {edge for one in options for edge in (one.base_low, one.base_high)}
    part.numerator += _known(amounts.pop()) if len(amounts) == 1 else _ZERO
    part.denominator += _known(bases.pop()) if len(bases) == 1 else _ZERO


def _mean_parts(answers: _Answers, ticket: int, group: str) -> dict[str, _Part]:
    parts: dict[str, _Part] = {}
    for key, sums in answers.sums[ticket].items():
        parts[key] = _Part()
        parts[key].add(sums.total, Fraction(sums.counted))
    minimum = answers.survey.populations[ticket].minimum

    def choices(row: SurveyedRow) -> tuple[list[Choice], Choice]:
        status = row.status[ticket]
        counted = status.surely and not status.bad
        found = [replace(one, base_low=1, base_high=1) for one in _alone(replace(status, surely=True), minimum)]
        found = found if status.possibly else []
        return found + ([] if status.surely else [_NOTHING]), (
            point(status.amount, 1) if counted else _NOTHING
        )

    _fold(parts, answers.doubtful, group, choices)
    return parts


def _averaged(parts: Mapping[str, _Part]) -> _Outcome:
    """The plain mean of the groups' ratios; a group whose denominator is 0 is no group of the period."""
    ratios = [value for part in parts.values() if (value := part.value) is not None]
    rows: list[Row] = []
    for part in parts.values():
        extent = part.range()
        if part.denominator or part.rows:
            absent = {_NOTHING} if extent.void else set()
            rows.append(frozenset({Choice(extent.lowest, extent.highest, 1, 1), *absent}))
    total, groups = sum(ratios, _ZERO), Fraction(len(ratios))
    doubtful = sum(len(part.rows) for part in parts.values())
    return _Outcome(total / groups if groups else None, ratio_range(0, 0, rows), total, groups, doubtful)


def _distinct(answers: _Answers, whole: int, part: int | None) -> dict[str, _Part]:
    """Distinct values as rows: each is in the whole or not, and in the part or not. One group."""
    states = {value: list(flags) for value, flags in answers.survey.distinct(whole, part).items()}
    found = _Part()
    nameless = 0
    records: dict[int, list[SurveyedRow]] = defaultdict(list)
    for at, row in enumerate(answers.doubtful):
        if row.conflict or row.status[whole].bad:
            records[row.conflict or -at - 1].append(row)
    for rows in records.values():
        pairs = [(row.status[whole], row.status[whole if part is None else part]) for row in rows]
        names = {str(one.amount) for one, _ in pairs if not one.bad}
        agreed = len(names) == 1 and not any(one.bad for one, _ in pairs)
        nameless += any(one.bad and one.possibly for one, _ in pairs)
        for one, other in pairs:
            if not one.bad and one.possibly:
                state = states.setdefault(one.amount, [False] * 4)
                state[1], state[3] = True, state[3] or other.possibly
        if agreed:
            state = states.setdefault(pairs[0][0].amount, [False] * 4)
            state[0] = state[0] or all(one.surely for one, _ in pairs)
            state[2] = state[2] or all(other.surely for _, other in pairs)
    for flags in states.values():
        _add_value(found, *flags, alone=part is None)
    anyone = frozenset({_NOTHING, point(1, 0 if part is None else 1)} | ({point(0, 1)} if part else set()))
    found.rows += [anyone] * nameless
    return {"": found}


def _add_value(found: _Part, surely: bool, possibly: bool, part_surely: bool, part_possibly: bool, *, alone: bool) -> None:
    if not possibly and not surely:
        return
    base = 0 if alone else 1
    options = set() if surely else {_NOTHING}
    options |= {point(1, base)} if alone or part_possibly else set()
    options |= set() if alone or part_surely else {point(0, base)}
    if len(options) == 1:
        (only,) = options
        found.add(_known(only.low), _known(only.base_low))
        return
    found.rows.append(frozenset(options))
    found.numerator += _ONE if not alone and part_surely else _ZERO
    found.denominator += _ONE if not alone and surely else _ZERO


def _ordered(answers: _Answers, ticket: int, name: str) -> _Outcome:
    """Least, greatest or middle amount of the population."""
    pick = _ORDERED[name]
    sure = list(answers.survey.amounts(ticket))
    optional: list[Fraction] = []
    unknown = doubtful = 0
    for row in answers.doubtful:
        status = row.status[ticket]
        if status.possibly and (row.conflict or not status.surely or status.bad):
            doubtful += 1
            unknown += status.bad
            optional += [] if status.bad else [status.amount]
    value = pick(sorted(sure)) if sure else None
    extent = Range(None, None) if unknown else bounds.order_range([*sure], [*optional], pick)
    return _Outcome(value, extent, doubtful=doubtful)


# ---- tracing single rows


@dataclass(frozen=True, slots=True)
class TracedRow:
    """One row and what it is to each measure of an assessment: counted, excluded, outside or doubtful."""

    source: str
    export: int
    row: int
    conflict: int
    standings: Mapping[str, str]

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
    """Every row of the indicator's sources with what it is to the assessment of the period `assessed`."""
    case = next(case for case in _cases(indicator, assessed, as_of) if case.period == assessed)
    surveys = {name: Survey(catalogue, table) for name, table in tables.items()}
    _ask(catalogue, surveys, case)
    found: list[TracedRow] = []
    named = {name: place for name, place in case.tickets.items() if name in indicator.all_measures}
    for source in dict.fromkeys(source for source, _ in named.values()):
        survey = surveys[source]
        mine = {name: ticket for name, (where, ticket) in named.items() if where == source}
        rows = survey.rows()
        joint = {name: joint_standings(rows, ticket) for name, ticket in mine.items()}
        for row in rows:
            standings = {
                name: joint[name][row.conflict] if row.conflict else standing(row.status[ticket])
                for name, ticket in mine.items()
            }
            found.append(TracedRow(source, row.export, row.row, row.conflict, standings))
    return found
