"""Statuses: what single rows are to populations: counted, doubtful, excluded or outside."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from itss_kpi.engine.populations import Flag, Group, Population


@dataclass(frozen=True, slots=True)
class Status:
    """What one row is to a population; `bad` where its amount isn't known, `summed` where it is in the certain sums,
    `there` where it surely counts, in whatever group."""

    inside: bool
    surely: bool
    possibly: bool
    extra_surely: bool
    extra_possibly: bool
    bad: bool
    summed: bool
    there: bool
    amount: Fraction


@dataclass(frozen=True, slots=True)
class QueriedRow:
    """A row of the table with what it is to populations (by their number); `keys` are its groups, None if unreadable,
    `flags` the masks of the query by name."""

    export: int
    row: int
    conflict: int
    keys: Mapping[Group, str | None]
    status: Mapping[int, Status]
    flags: Mapping[str, Any]

    def holds(self, flag: Flag) -> bool:
        """Whether a flag of the query holds for the row."""
        return flag if isinstance(flag, bool) else bool(self.flags[flag])


class Statuses:
    """What rows are to a population: few in kind, so each is worked out once."""

    def __init__(self, population: Population, amount: str) -> None:
        self.population = population
        self.amount = amount if population.amount else None
        self.masks = [flag for flag in dict.fromkeys(population.flags) if isinstance(flag, str)]
        self.known: dict[tuple[Any, ...], Status] = {}

    def of(self, row: Mapping[str, Any]) -> Status:
        """That of a row."""
        top = row[self.amount] if self.amount else None
        seen = (top, *[row[mask] for mask in self.masks])
        if seen not in self.known:
            self.known[seen] = self._read(row, top)
        return self.known[seen]

    def _read(self, row: Mapping[str, Any], top: Any) -> Status:
        def every(*flags: Flag) -> bool:
            return all(flag if isinstance(flag, bool) else bool(row[flag]) for flag in flags)

        one = self.population
        amount: Any = Fraction(1) if top is None else top if isinstance(top, str) else Fraction(int(top), one.scale)
        return Status(
            inside=every(one.inside.possibly),
            surely=every(one.inside.surely, one.base.surely, one.extra.surely, one.certain, one.placed),
            possibly=every(one.inside.possibly, one.base.possibly, one.extra.possibly),
            extra_surely=every(one.extra.surely),
            extra_possibly=every(one.extra.possibly),
            bad=not every(one.known),
            there=every(one.inside.surely, one.base.surely, one.extra.surely, one.certain),
            summed=one.surely is not None and every(*one.surely),
            amount=amount,
        )


def joint_standings(rows: Iterable[QueriedRow], query_id: int) -> dict[int, str]:
    """What each conflicting record is to a population, by its number."""
    records: dict[int, set[str]] = defaultdict(set)
    for row in rows:
        if row.conflict:
            records[row.conflict].add(standing(row.status[query_id]))
    return {number: _joint(standings) for number, standings in records.items()}


def standing(status: Status) -> str:
    """What one row is to a population: counted, doubtful, excluded or outside."""
    if not status.inside:
        return "outside"
    if status.summed:
        return "counted"
    return "doubtful" if status.possibly else "excluded"


def _joint(standings: set[str]) -> str:
    if len(standings) == 1:
        return next(iter(standings))
    return "excluded" if standings <= {"outside", "excluded"} else "doubtful"
