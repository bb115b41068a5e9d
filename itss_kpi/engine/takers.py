"""Takers: which groups of an indicator take up what a group of another one has come to.

Convention: a group takes up its own; a rank is among all of them; and where groups are alike in another column (a
person's team), those that are.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from itss_kpi.catalogue.indicators import Measure
from itss_kpi.engine.cases import Case
from itss_kpi.engine.doubts import Answers
from itss_kpi.engine.rows.populations import Group

Takers = Mapping[str, Sequence[str]]


def takers(case: Case, measure: Measure, other: str, names: Sequence[str], answers: Mapping[str, Answers]) -> Takers:
    """For each of these groups of another indicator, the case's groups that take it up; a group is left out where it
    isn't known in what it is alike."""
    if measure.alike is None:
        return dict.fromkeys(names, names) if measure.measure == "rank" else {name: [name] for name in names}
    if (other, measure.alike) not in case.members:
        return {}  # what says so wasn't handed in
    source, query_id = case.members[other, measure.alike]
    found = _members(answers[source], query_id, Group(measure.alike, named=True))
    known = {name: alike for name in names if (alike := found.get(name)) is not None}
    if case.indicator.for_each == measure.alike:
        return {name: [alike] for name, alike in known.items()}
    return {name: [one for one in known if known[one] == alike] for name, alike in known.items()}


def _members(answers: Answers, query_id: int, group: Group) -> dict[str, str | None]:
    """What each name has in the column of a group; None where rows differ or one can't be read."""
    found: dict[str, set[str | None]] = defaultdict(set)
    for (alike, name), flags in answers.query.distinct(query_id, None, group).items():
        if flags[1]:
            found[name].add(alike)
    for row in answers.rows(query_id):
        found[str(row.status[query_id].amount)].add(row.keys[group])
    return {name: alike.pop() if len(alike) == 1 else None for name, alike in found.items()}
