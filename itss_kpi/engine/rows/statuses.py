"""Statuses: what single rows are to populations: counted, doubtful, excluded or outside."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, NamedTuple

from itss_kpi.engine.bounds import Range
from itss_kpi.engine.rows.populations import Flag, Group, Population

SPREAD = ("low", "high", "holds")


@dataclass(frozen=True, slots=True)
class Status:
    """What one row is to a population; `bad` where its amount isn't known, but that it lies `within` a range, `summed`
    where it is in the certain sums, `there` where it surely counts, in whatever group."""

    inside: bool
    surely: bool
    possibly: bool
    extra_surely: bool
    extra_possibly: bool
    bad: bool
    summed: bool
    there: bool
    amount: Fraction
    within: Range | None = None


def has(bits: int, wanted: int | None) -> bool:
    """Whether all wanted bits are among these; None is wanted of no row."""
    return wanted is not None and bits & wanted == wanted


class QueriedRow(NamedTuple):
    """A row of the table with what it is to populations; `keys` are its groups, None if unreadable, `flags` the masks
    of the query by name, and `bits` those that hold."""

    export: int
    row: int
    conflict: int
    keys: Mapping[Group, str | None]
    status: "OfRow | Anywhere"
    flags: Mapping[str, Any]
    bits: int

    def holds(self, flag: Flag) -> bool:
        return flag if isinstance(flag, bool) else bool(self.flags[flag])


@dataclass(frozen=True, slots=True)
class OfRow:
    """What a row is to populations, worked out when it is asked for: most are never asked."""

    statuses: Mapping[int, "Statuses"]
    row: Mapping[str, Any]
    bits: int

    def __getitem__(self, query_id: int) -> Status:
        return self.statuses[query_id].of(self.row, self.bits)


@dataclass(frozen=True, slots=True)
class Anywhere:
    """What a row is to populations whatever its group is."""

    status: "OfRow | Anywhere"

    def __getitem__(self, query_id: int) -> Status:
        found = self.status[query_id]
        return replace(found, surely=found.there)


class Statuses:
    """What rows are to a population: few in kind, so each is worked out once."""

    def __init__(self, population: Population, query_id: int, bits: int) -> None:
        self.population = population
        self.amount = f"_t{query_id}" if population.amount else None
        self.bottom = None if population.scale else f"_b{query_id}"
        self.spread = [f"_{part}{query_id}" for part in SPREAD] if population.spread else None
        self.bits = bits
        self.known: dict[tuple[Any, ...], Status] = {}

    def of(self, row: Mapping[str, Any], bits: int) -> Status:
        """That of a row of which these flags hold."""
        top = row[self.amount] if self.amount else None
        bottom = row[self.bottom] if self.bottom else self.population.scale
        low, high, holds = (row[part] for part in self.spread) if self.spread else (0, 0, False)
        seen = top, bottom, bits & self.bits, low, high, holds
        if seen not in self.known:
            found = self._read(row, top, bottom)
            if holds and found.bad:
                found = replace(found, within=Range(Fraction(int(low), bottom), Fraction(int(high), bottom)))
            self.known[seen] = found
        return self.known[seen]

    def _read(self, row: Mapping[str, Any], top: Any, bottom: Any) -> Status:
        def every(*flags: Flag) -> bool:
            return all(flag if isinstance(flag, bool) else bool(row[flag]) for flag in flags)

        one = self.population
        amount: Any = (
            Fraction(1) if top is None else top if isinstance(top, str) else Fraction(int(top), int(bottom) or 1)
        )
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
