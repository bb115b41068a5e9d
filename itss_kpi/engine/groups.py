"""Groups: which there are of a case, by its roster or by the rows.

Convention: a group is known by its name as the ledger has it, '' where the cell is blank; what is shown of it is
another matter (`shown`). A group takes up what its own has come to in another indicator; a rank is among all of them;
and where groups are alike in another column (a person's team), those that are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.indicators import Indicator, Measure, Roster
from itss_kpi.catalogue.sources import SUBMITTER
from itss_kpi.core.period import Period
from itss_kpi.core.text import BLANK_GROUP, pseudonym
from itss_kpi.engine.cases import Case, case_key
from itss_kpi.engine.doubts import Answers
from itss_kpi.engine.rows.populations import UNGROUPED, Group

UNREAD = "\uffff"
"""The group of rows whose group can't be read, if it is none of those that are known; never shown."""


@dataclass
class Groups:
    """The groups of cases; those that are `always` there, by their column, are there in every period."""

    catalogue: Catalogue
    answers: Mapping[str, Answers]
    always: Mapping[str, Collection[str]]
    _known: dict[tuple[str, Period], list[str]] = field(default_factory=dict)

    def shown(self, indicator: Indicator, groups: Iterable[str]) -> dict[str, str]:
        """Groups as shown: those of a sensitive column by their hashes, whichever ledger of the indicator has it."""
        name = indicator.for_each or indicator.averaged_over or ""
        measures = [one for part in self.catalogue.with_parts([indicator]) for one in part.all_measures.values()]
        hidden = any(self.catalogue.sources[one.source].column(name).sensitive for one in measures if one.source)
        names = {group: (pseudonym(group) if hidden else group) or BLANK_GROUP for group in groups}
        return names | ({UNREAD: "读不出的一个"} if UNREAD in names else {})

    def there(self, case: Case, *, by_its_end: bool = False) -> set[str]:
        """The groups of which rows may count in the case, or of which there were any by the end of its period."""
        found: set[str] = set()
        asked = [case.query_ids[name] for name in case.query_ids if name in case.indicator.all_measures]
        for source, query_id in [*asked, *(case.there if by_its_end else ())]:
            answers = self.answers[source]
            found |= {group for group, sums in answers.groups(query_id) if sums.possible}
            found |= {group for row in answers.rows(query_id) if (group := row.keys[case.group]) is not None}
        return found

    def roster(self, case: Case) -> tuple[list[str], bool] | None:
        """The groups that are to be there, and whether the list is certain."""
        match case.indicator.among:
            case Roster():
                source, query_id = case.query_ids.get("roster", ("", 0))
                if not source:
                    return [], False
                query = self.answers[source].query
                values = query.distinct(query_id, None, UNGROUPED).items()
                sure = {text for (_, text), flags in values if flags[0]}
                maybe = any(flags[1] and not flags[0] for _, flags in values)
                for _, rows in self.answers[source].records(query_id):
                    names = {str(row.status[query_id].amount) for row in rows}
                    listed = [row.status[query_id].there and not row.status[query_id].bad for row in rows]
                    if len(names) == 1 and all(listed):
                        sure |= names  # whatever else is in doubt of it, and whichever of its variants holds
                    else:
                        maybe |= any(row.status[query_id].possibly for row in rows)
                return sorted(sure), not maybe
            case () | None:
                return None
            case listed:
                return list(listed), True

    def names(self, case: Case) -> list[str]:
        """The groups of a case: of departments all that hand in, in the plan's order; else those of all rows."""
        if not case.group:
            return []
        roster = self.roster(case)
        return self._found(case) if roster is None else list(dict.fromkeys([*roster[0], *self._found(case)]))

    def _found(self, case: Case) -> list[str]:
        """The groups that there were by the end of the period; where it is of one of them what has no name, also those
        of later times."""
        key = case_key(case)
        if key not in self._known:
            sources = list(dict.fromkeys(source for name, (source, _) in case.query_ids.items() if name != "roster"))
            found = self.there(case, by_its_end=True).union(self.always.get(case.group.column, ()))
            declared = [one for source in sources for one in self.catalogue.sources[source].departments]
            listed = dict.fromkeys(declared if case.group.column == SUBMITTER else [])
            rows = (row for source, query_id in case.query_ids.values() for row in self.answers[source].rows(query_id))
            if any(row.keys.get(case.group) is None for row in rows):
                found |= case.indicator.groups_with_targets  # one that can't be read may be of these
                found |= {UNREAD} if case.indicator.for_each and not listed and not case.indicator.among else set()
            if case.group.named:  # a row of no group may be the only one of its choice
                columns = (self.catalogue.sources[source].columns.get(case.group.column) for source in sources)
                found |= {value for column in columns if column for value in column.values or ()}
                found = found.union(*(self.answers[source].names(case.group) for source in sources))
            self._known[key] = [*listed, *sorted(found - listed.keys())]
        return self._known[key]

    def takers(self, case: Case, measure: Measure, other: str, names: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """For each of these groups of another indicator, the case's groups that take up what it has come to; a group is
        left out where it isn't known in what it is alike."""
        if measure.alike is None:
            return dict.fromkeys(names, names) if measure.measure == "rank" else {name: [name] for name in names}
        if (other, measure.alike) not in case.members:
            return {}  # what says so wasn't handed in
        source, query_id = case.members[other, measure.alike]
        found = _members(self.answers[source], query_id, Group(measure.alike, named=True))
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
