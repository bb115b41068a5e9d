"""Trace: what each row is to an assessment, and what a doubtful one weighs in its bounds.

Convention: rows come in order of source, export and row; what they are is asked as `evaluate` asks it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, NamedTuple

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.expression import Node
from itss_kpi.catalogue.indicators import Indicator
from itss_kpi.core.period import Period
from itss_kpi.engine import bounds
from itss_kpi.engine.bounds import Amount, Share
from itss_kpi.engine.cases import Case, ask, case_of, queries_of
from itss_kpi.engine.doubts import Answers, Ratio
from itss_kpi.engine.outcomes import Outcomes
from itss_kpi.engine.rows.populations import Flag
from itss_kpi.engine.rows.queries import TableQuery
from itss_kpi.engine.rows.statuses import QueriedRow, joint_standings, standing
from itss_kpi.tables.table import Table

# ---- tracing single rows


class TracedRow(NamedTuple):
    """One row and what it is to each measure of an assessment: counted, excluded, outside or doubtful; the `amounts`
    that it adds where it counts (a text for distinct texts), and the first condition that is `unmet`, by measure. Its
    `kind` is counted, failing (in the denominator only), doubtful, excluded or outside."""

    source: str
    export: int
    row: int
    conflict: int
    standings: Mapping[str, str]
    kind: str
    amounts: Mapping[str, Any]
    unmet: Mapping[str, Node]


def _kind(standings: Mapping[str, str]) -> str:
    found = set(standings.values())
    if "doubtful" in found:
        return "doubtful"
    if standings.get("denominator") == "counted" and standings.get("numerator", "counted") != "counted":
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
    queries = queries_of(catalogue, tables, indicator)
    cases = [case_of(indicator, period, as_of) for period, as_of in assessed]
    steps: list[dict[str, list[tuple[Node, Flag]]]] = []
    for case in cases:
        ask(catalogue, queries, case)
        named = {name: source for name, (source, _) in case.query_ids.items() if name in indicator.all_measures}
        steps.append({name: queries[at].steps(indicator.all_measures[name], case.span) for name, at in named.items()})
    return [list(_traced(queries, case, found)) for case, found in zip(cases, steps, strict=True)]


def _traced(
    queries: Mapping[str, TableQuery], case: Case, steps: Mapping[str, Sequence[tuple[Node, Flag]]]
) -> Iterator[TracedRow]:
    for source in dict.fromkeys(case.query_ids[name][0] for name in steps):
        query = queries[source]
        mine = {name: case.query_ids[name][1] for name in steps if case.query_ids[name][0] == source}
        flags = [flag for name in mine for _, flag in steps[name]]
        rows = query.rows(query.inside(mine.values()), list(mine.values()), flags)
        joint = {name: joint_standings(rows, query_id) for name, query_id in mine.items()}
        known: dict[tuple[int, int], tuple[dict[str, str], str, dict[str, Node]]] = {}
        for row in rows:
            same = row.conflict, row.bits  # the flags that hold decide, but for the variants of a record
            if same not in known:
                standings = {
                    name: joint[name][row.conflict] if row.conflict else standing(row.status[query_id])
                    for name, query_id in mine.items()
                }
                known[same] = standings, _kind(standings), _unmet(row, {name: steps[name] for name in mine})
            standings, kind, unmet = known[same]
            amounts = {name: row.status[query_id].amount for name, query_id in mine.items()}
            yield TracedRow(source, row.export, row.row, row.conflict, standings, kind, amounts, unmet)


def _unmet(row: QueriedRow, steps: Mapping[str, Sequence[tuple[Node, Flag]]]) -> dict[str, Node]:
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
    case, queries = case_of(indicator, assessed, as_of), queries_of(catalogue, tables, indicator)
    ask(catalogue, queries, case)
    outcomes = Outcomes(catalogue, {name: Answers.of(query) for name, query in queries.items()})
    found: dict[tuple[str, int, int], Weight] = {}
    for part in outcomes.weighable(case).values():
        weights = _weights(part)
        if weights is None:
            return None
        found |= weights
    return found or None


def _weights(part: Ratio) -> dict[tuple[str, int, int], Weight] | None:
    extent = part.range()
    if any(doubt.anywhere for doubt in part.rows):
        return None  # it adds something to one group alone
    if extent.lowest is None or extent.highest is None:
        return None if part.rows else {}
    found: dict[tuple[str, int, int], Weight] = {}
    sums = {-1: part.base, 1: part.base}
    for doubt in part.rows:
        low, high = bounds.chosen(doubt.ways, extent.lowest, -1), bounds.chosen(doubt.ways, extent.highest, 1)
        if low is None or high is None:
            return None  # the extreme is that of a share at all, and no sum
        key = doubt.source, doubt.export, doubt.row
        weight = Weight(low, high, min(way.base_low for way in doubt.ways))
        # a row may be doubtful to two measures that have nothing to do with each other
        found[key] = found[key] + weight if key in found else weight
        for sign, share in ((-1, low), (1, high)):
            sums[sign] = (sums[sign][0] + share[0], sums[sign][1] + share[1])
    reached = [Fraction(top) / bottom if bottom else None for top, bottom in sums.values()]
    return found if reached == [extent.lowest, extent.highest] else None
