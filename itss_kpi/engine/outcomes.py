"""Outcomes: what each case comes to, group by group, with the ways that its doubtful rows can turn out.

Convention: the answers of all queries are there; a case is worked out from its `parts` with exact arithmetic.
"""

import functools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeVar

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.expression import Column, Edge, Node, micros_of
from itss_kpi.catalogue.indicators import Indicator, Measure
from itss_kpi.core.period import Period
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.results import Verdict
from itss_kpi.engine import bounds, distinct, formulas, ratios
from itss_kpi.engine.bounds import Range
from itss_kpi.engine.cases import Case, case_key, is_before, parts_of
from itss_kpi.engine.derived import ATTAINED, EITHER, Part, aggregate, ranked, scored
from itss_kpi.engine.doubts import Answers, Doubt, Outcome, Ratio
from itss_kpi.engine.groups import UNREAD, Groups
from itss_kpi.engine.rows.populations import UNGROUPED, Group
from itss_kpi.engine.rows.statuses import QueriedRow

Found = tuple[Part, Part, int]
"""What an indicator came to in a period: without its doubtful rows, and in any way; and how many rows are doubtful."""


T = TypeVar("T")
_NOTHING = Outcome(None, formulas.VOID)


@dataclass
class Outcomes:
    """Works out cases from the answers; gathers the problems found on the way."""

    catalogue: Catalogue
    answers: Mapping[str, Answers]
    asked: Mapping[tuple[str, Period], Case] = field(default_factory=dict)
    always: Mapping[str, Collection[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _parts_of: dict[tuple[str, Period], list[Found]] = field(default_factory=dict)

    @functools.cached_property
    def groups(self) -> Groups:
        return Groups(self.catalogue, self.answers, self.always)

    def judged(self, case: Case, group: str, outcome: Outcome) -> Verdict:
        indicator = case.indicator
        target = indicator.target_on(case.period.last_day, group)
        if case.absent and outcome.extent.lowest is None:
            return Verdict.MISSING_DATA
        if not all(one.agreed for one in self.catalogue.with_parts([indicator])):
            return Verdict.UNDEFINED
        if (lacking := self._lacking(case)) is not None:
            return lacking
        return bounds.judge(target, outcome.value, outcome.extent, Verdict(indicator.zero))

    def at_least(self, case: Case, group: str, outcome: Outcome) -> Outcome:
        """What is known without the exports that are lacking: a limit that is passed stays passed, whatever they hold;
        of anything else nothing."""
        target, least = case.indicator.target_on(case.period.last_day, group), outcome.extent.lowest
        passed = case.begun and target and least is not None and target.side(least) > 0
        return Outcome(None, Range(least if passed and self._only_grows(case) else None, None))

    def _only_grows(self, case: Case) -> bool:
        """Whether more rows can't make the value less."""
        value = case.indicator.value
        if not isinstance(value, Measure) or value.measure not in ("count", "distinct", "sum"):
            return False
        if value.indicator:
            return value.measure == "count"
        if value.reach_back or value.related & {one.source for one in case.absent}:
            return False  # they may say of a row that it doesn't count
        answers, query_id = self.answered(case, "value")
        least = answers.query.populations[query_id].extent.lowest
        return value.measure != "sum" or (least is not None and least >= 0)

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
        for conflict, rows in answers.records(query_id):
            departments = {answers.query.table.exports[row.export].department for row in rows}
            if conflict and len(departments) == 1 and all(row.status[query_id].there for row in rows):
                yield departments.pop()

    def of(self, case: Case) -> dict[str, Outcome]:
        indicator = case.indicator
        match indicator.value:
            case str(formula):
                measured = {name: self.measured(case, name, m) for name, m in indicator.measures.items()}
                if indicator.for_each:
                    measured = self._shared(indicator, measured)
                found = self._formula(case, formula, measured)
            case Measure() as measure:
                found = self.measured(case, "value", measure)
            case _:
                found = self._ratio(case)
        if not indicator.for_each:
            found = {"": found.get("", _NOTHING)}
        return self._of_roster(case, found)

    def _shared(self, indicator: Indicator, measured: dict[str, dict[str, Outcome]]) -> dict[str, dict[str, Outcome]]:
        """The measures by group; what is of no group stands for each."""
        known = self.catalogue.by_id
        apart = {
            name
            for name, one in indicator.measures.items()
            if one.source or (one.over != "all" and any(known[i].for_each for i in one.indicator))
        }
        names = dict.fromkeys(group for name in measured.keys() & apart for group in measured[name])
        return {name: found if name in apart else dict.fromkeys(names, found[""]) for name, found in measured.items()}

    def _of_roster(self, case: Case, found: dict[str, Outcome]) -> dict[str, Outcome]:
        """The groups of the roster alone; nothing is known of any where rows are of a group that isn't in it."""
        roster = self.groups.roster(case)
        if roster is None:
            return found
        strange = self._strange(case)
        if strange and not case.absent:
            listed = "、".join(self.groups.shown(case.indicator, strange[:5]).values())
            what = f"{case.indicator.name} {case.period}:有行属于名单以外的{case.group.column}:{listed}"
            self.problems.append(Problem("V406", what))
        kept = {name: found.get(name, _NOTHING) for name in (roster[0] if case.indicator.for_each else found)}
        if self._lists_all(case):
            return kept
        return {
            name: replace(one, extent=Range(None, None), parts={}, doubtful=max(one.doubtful, 1))
            for name, one in kept.items()
        }

    def _strange(self, case: Case) -> list[str]:
        """The groups of rows that the roster doesn't list."""
        roster = self.groups.roster(case)
        return sorted(self.groups.there(case) - set(roster[0])) if roster else []

    def _lists_all(self, case: Case) -> bool:
        """Whether there are surely no other groups than are listed."""
        roster = self.groups.roster(case)
        return roster is None or (roster[1] and not self._strange(case))

    def _ratio(self, case: Case) -> dict[str, Outcome]:
        found = self._held(case, self._parts(case))
        for row in (row for part in found.values() for row in part.above):
            self._report_row("V401", f"{case.indicator.name}:该行分子大于分母", case.query_ids["numerator"][0], row)
        if case.indicator.averaged_over:
            mean, extent = ratios.averaged(found)
            return {"": Outcome(mean.value, extent, mean.numerator, mean.denominator, len(mean.rows))}
        step = self._step(case, "numerator")
        return {group: _of_part(part, step) for group, part in found.items()}

    def _parts(self, case: Case) -> dict[str, Ratio]:
        indicator = case.indicator
        top, bottom = indicator.numerator, indicator.denominator
        if top is None or bottom is None or "numerator" not in case.query_ids:
            return {}
        answers, query_id = self.answered(case, "numerator")
        if top.within:
            whole = case.query_ids["denominator"][1]
            if indicator.all_measures["numerator"].measure == "distinct":
                more = self._listed(answers, indicator.all_measures["numerator"])
                return distinct.distinct(answers, whole, query_id, case.group, self.groups.names(case), more)
            return ratios.joint(
                answers, query_id, whole, case.group, self.groups.names(case), subset=indicator.is_subset
            )
        tops = self._alone(case, "numerator", top)
        if bottom.declared:
            declared = Fraction(len(self.catalogue.plan.departments))
            return ratios.over(tops, {name: Ratio(declared, base=(declared, Fraction(0))) for name in tops or [""]})
        return ratios.over(tops, self._alone(case, "denominator", bottom))

    def _alone(self, case: Case, name: str, measure: Measure) -> dict[str, Ratio]:
        answers, query_id = self.answered(case, name)
        group, names = self._grouping(case, name)
        if measure.measure == "distinct":
            return distinct.distinct(answers, query_id, None, group, names, self._listed(answers, measure))
        return ratios.single(answers, query_id, group, names)

    @staticmethod
    def _listed(answers: Answers, measure: Measure) -> int:
        """How many further names a column may hold that is counted by its distinct ones."""
        physical = answers.query.columns.get(measure.of or "")
        return physical.listed if physical else 0

    def _grouping(self, case: Case, name: str) -> tuple[Group, list[str]]:
        return (UNGROUPED, []) if name.startswith("beside") else (case.group, self.groups.names(case))

    def _held(self, case: Case, found: dict[str, T]) -> dict[str, T]:
        """What was found of the groups that there were."""
        names = self.groups.names(case) if case.indicator.for_each else []
        return {name: found[name] for name in names if name in found} if names else found

    def _report_row(self, code: str, what: str, source: str, row: QueriedRow) -> None:
        export = self.answers[source].query.table.exports[row.export]
        self.problems.append(Problem(code, what, Place(export.path, export.sheet, f"第{row.row}行")))

    def report_longer(self, case: Case) -> None:
        """Say which rows are of a time of which the period is only a part."""
        for name in case.indicator.all_measures.keys() & case.query_ids.keys():
            source, query_id = case.query_ids[name]
            answers = self.answers[source]
            date = case.indicator.all_measures[name].date or self.catalogue.sources[source].date or ""
            physical = answers.query.table.columns.get(date)
            inside = answers.query.populations[query_id].inside
            for row in answers.rows(query_id) if physical and physical.ends else ():
                if not row.holds(inside.surely) and not row.flags.get(f"{date}?bad"):
                    what = f"{case.indicator.name} {case.period}:该行是更长一段时间的数,不知其中多少属于本期"
                    self._report_row("V405", what, source, row)

    def weighable(self, case: Case) -> dict[str, Ratio]:
        """The parts whose extremes are sums over rows: ratios, single counts and sums."""
        match case.indicator.value:
            case Measure(measure="count" | "sum", indicator=()) as measure:
                return self._over_one(self._alone(case, "value", measure))
            case None if case.indicator.all_measures["numerator"].measure != "distinct":
                return self._parts(case)
            case _:
                return {"": Ratio(rows=[Doubt(frozenset())])}

    def _over_one(self, alone: dict[str, Ratio]) -> dict[str, Ratio]:
        return ratios.over(alone, {key: Ratio(Fraction(1), base=(Fraction(1), Fraction(0))) for key in alone})

    def measured(self, case: Case, name: str, measure: Measure) -> dict[str, Outcome]:
        if measure.indicator:
            return self._derived(case, measure)
        if name not in case.query_ids or is_before(self.catalogue, measure, case.span):
            return {}
        found = self._of_rows(case, name, measure)
        return found if name.startswith("beside") else self._held(case, found)

    def _of_rows(self, case: Case, name: str, measure: Measure) -> dict[str, Outcome]:
        answers, query_id = asked = self.answered(case, name)
        group, names = self._grouping(case, name)
        if measure.measure == "union":
            inside = [self.answered(case, one) for one in case.indicator.inside_of(measure)]
            outside = self.answered(case, measure.outside) if measure.outside else None
            return distinct.covered(asked, group, names, inside, outside)
        if measure.measure in (*bounds.PICKS, "percentile"):
            return distinct.ordered(answers, query_id, measure, group)
        if measure.measure == "mean":
            return {key: _of_part(part, None) for key, part in ratios.means(answers, query_id, group, names).items()}
        alone = self._alone(case, name, measure) or {"": Ratio()}
        counted = self._over_one(alone)
        step = self._step(case, name)
        return {key: replace(_of_part(part, step), denominator=None) for key, part in counted.items()}

    def answered(self, case: Case, name: str) -> tuple[Answers, int]:
        """Where it is answered what a measure of a case has asked: the answers of its ledger, and the number."""
        source, query_id = case.query_ids[name]
        return self.answers[source], query_id

    def _derived(self, case: Case, measure: Measure) -> dict[str, Outcome]:
        """A measure over what other indicators have come to."""
        where = self.catalogue.expression(measure.where) if measure.where else None
        outcomes: dict[str, Outcome] = {}
        for group, mine in self._taken(case, measure).items():
            if mine is None:
                outcomes[group] = Outcome(None, formulas.UNKNOWN, doubtful=1)
                continue
            mine.sort(key=lambda one: (one[0].period.start, one[0].indicator, one[0].group))
            sure, possible = [one[0] for one in mine], [one[1] for one in mine]
            if measure.measure == "rank":
                order = [(name, self._least_first(case, measure, name, group)) for name in measure.indicator]
                certain, extent = (ranked(group, parts, measure.of, order) for parts in (sure, possible))
            else:
                certain, extent = (aggregate(measure, where, parts) for parts in (sure, possible))
            value = certain.lowest if certain.lowest == certain.highest else None
            outcomes[group] = Outcome(value, extent, doubtful=sum(one[2] for one in mine))
        return outcomes

    def _taken(self, case: Case, measure: Measure) -> Mapping[str, list[Found] | None]:
        """What a measure goes over, for each of the case's groups; None where that isn't known of some."""
        everywhere: list[Found] = []
        taken: dict[str, list[Found]] = {}
        complete = True
        for part in parts_of(self.catalogue, case, measure):
            asked = self.asked[case_key(part)]
            found = self._came_to(asked)
            apart = bool(case.indicator.for_each and part.indicator.for_each) and measure.over != "all"
            among_others = not apart or measure.measure == "rank" or measure.alike is not None
            complete &= not among_others or self._lists_all(asked)
            if not apart:
                everywhere += found
                continue
            roster = self.groups.roster(case) if measure.measure == "rank" else None
            names = [one[0].group for one in found if roster is None or one[0].group in roster[0]]
            by = self.groups.takers(case, measure, part.indicator.id, names)
            for strange in (name for name in names if name not in by and not case.absent):
                its = f"“{self.groups.shown(part.indicator, [strange])[strange]}”属于哪个{measure.alike}"
                what = f"{case.indicator.name} {case.period}:不知道{its}"
                self.problems.append(Problem("V408", what))
            if len(by) < len(names):
                own = [] if case.indicator.for_each == measure.alike else names
                return dict.fromkeys([*own, *self.groups.names(case), *(name for some in by.values() for name in some)])
            for one in found:
                for name in by.get(one[0].group, ()):
                    taken.setdefault(name, []).append(one)
        groups = taken or {"": []}
        return {name: [*mine, *everywhere] for name, mine in groups.items()} if complete else dict.fromkeys(groups)

    def _least_first(self, case: Case, measure: Measure, name: str, group: str) -> bool:
        """Whether the least is the best: where the target of an indicator that is ranked says at most."""
        target = self.catalogue.by_id[name].target_on(case.period.last_day, group)
        return measure.of in (None, "value") and target is not None and target.at_most

    def _came_to(self, case: Case) -> list[Found]:
        """What an indicator came to in a period, by group."""
        key = case.indicator.id, case.period
        if key not in self._parts_of:
            self._parts_of[key] = [self._part(case, group, found) for group, found in self.of(case).items()]
        return self._parts_of[key]

    def _part(self, case: Case, group: str, outcome: Outcome) -> Found:
        if group == UNREAD:  # there may be none
            outcome = replace(outcome, extent=replace(outcome.extent, void=True))
        verdict = self.judged(case, group, outcome)
        unknown = bool(case.absent) or not case.begun or verdict is Verdict.UNDEFINED
        attained = ATTAINED.get(verdict, EITHER)
        values = (formulas.UNKNOWN, formulas.UNKNOWN) if unknown else (formulas.exactly(outcome.value), outcome.extent)
        exact = {name: formulas.exactly(value) for name, (value, _) in outcome.parts.items()}
        parts = ({}, {}) if unknown else (exact, outcome.ranges)
        bands = case.indicator.bands
        sure, possible = (
            Part(case.indicator.id, case.period, group, value, scored(self.catalogue, bands, value, of)[0], attained)
            for value, of in zip(values, parts, strict=True)
        )
        return sure, possible, outcome.doubtful

    def _step(self, case: Case, name: str) -> Fraction | None:
        """The least amount by which the measure can change: 1 row, or 1 in the column's last decimal; quotients
        have none."""
        if name not in case.query_ids:
            return Fraction(1)
        answers, query_id = self.answered(case, name)
        population = answers.query.populations[query_id]
        scale = population.scale if population.measure.measure == "sum" else 1
        return Fraction(1, scale) if scale else None

    def _formula(self, case: Case, formula: str, groups: Mapping[str, Mapping[str, Outcome]]) -> dict[str, Outcome]:
        node, calendar = self.catalogue.expression(formula), self.catalogue.calendar
        listed = self.groups.names(case) if case.indicator.for_each else []
        names = dict.fromkeys([*(group for found in groups.values() for group in found), *listed]) or {"": None}
        outcomes: dict[str, Outcome] = {}
        for group in names:
            parts = {name: found.get(group, _NOTHING) for name, found in groups.items()}
            sure = formulas.enclose(node, functools.partial(_part_of, case, parts, certain=True), calendar)
            extent = formulas.enclose(node, functools.partial(_part_of, case, parts, certain=False), calendar)
            doubtful = sum(part.doubtful for part in parts.values())
            known = {name: (part.value, part.extent) for name, part in parts.items()}
            outcomes[group] = Outcome(sure.lowest, extent, doubtful=doubtful, parts=known)
        return outcomes


def _part_of(case: Case, parts: Mapping[str, Outcome], node: Node, *, certain: bool) -> Range:
    """What a part of a formula can be: a measure, as far as it is `certain` or in any way, or the period's edge."""
    if isinstance(node, Edge):
        return formulas.exactly(Fraction(micros_of(case.span.end if node.at_end else case.span.start)))
    assert isinstance(node, Column)
    part = parts[node.name]
    return formulas.exactly(part.value) if certain else part.extent


def _of_part(part: Ratio, step: Fraction | None) -> Outcome:
    top, bottom = part.sides()
    parts = {"numerator": (part.numerator, top), "denominator": (part.denominator, bottom)}
    return Outcome(part.value, part.range(), part.numerator, part.denominator, len(part.rows), step, parts)
