"""Doubts: numerators and denominators with their doubtful rows, each as the ways that it can turn out.

Convention: a `Ratio` keeps the certain sums (what is shown), the sums without the doubtful rows (`base`) and those
rows, so that `Ratio.range()` is exact.
"""

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from itss_kpi.engine.bounds import Amount, Range, Row, point, ratio_range
from itss_kpi.engine.rows.populations import Conjunction, Group
from itss_kpi.engine.rows.queries import Sums, TableQuery
from itss_kpi.engine.rows.statuses import QueriedRow, has

ZERO = Fraction(0)
ONE = Fraction(1)
NOTHING = point(0)
"""What a row adds that doesn't count."""
WAYS = 64
"""How many ways in which rows turn out together are gone through; of more only the least and the most are kept."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """The ways that a doubtful row can turn out, and where it is; no place where it stands for a value of several. One
    that may be of any group is a doubt of each, with the ways that it turns out `anywhere`; a `strange` one may be of a
    group of its own, too, and one of `several` records may be of several groups."""

    ways: Row
    source: str = ""
    export: int = -1
    row: int = -1
    anywhere: Row = frozenset()
    strange: bool = False
    several: bool = False


Record = tuple[int, Sequence[QueriedRow]]
"""The rows of a conflicting record, with its number; or a row alone, with 0."""


@dataclass(frozen=True)
class Answers:
    """What a query answered: sums by query and group, and the doubtful rows."""

    query: TableQuery
    sums: Sequence[Mapping[str | None, Sums]]
    doubtful: Sequence[QueriedRow]
    _possible: dict[Conjunction, Sequence[Record]] = field(default_factory=dict)
    """The records of `records`, by what must hold of a row."""

    @classmethod
    def of(cls, query: TableQuery) -> "Answers":
        sums = query.sums()
        return cls(query, sums, query.doubtful_rows(sums))

    def records(self, query_id: int) -> Sequence[Record]:
        """The doubtful records of which a row may count for a population."""
        wanted = self.query.populations[query_id].possibly
        if wanted not in self._possible:
            bits = self.query.bits(wanted)
            self._possible[wanted] = [one for one in self._records if any(has(row.bits, bits) for row in one[1])]
        return self._possible[wanted]

    def rows(self, query_id: int) -> Iterator[QueriedRow]:
        """The doubtful rows that may count for a population."""
        return (row for _, rows in self.records(query_id) for row in rows if row.status[query_id].possibly)

    @functools.cached_property
    def _records(self) -> Sequence[Record]:
        found: dict[tuple[int, int], list[QueriedRow]] = defaultdict(list)
        for at, row in enumerate(self.doubtful):
            found[row.conflict, 0 if row.conflict else at].append(row)
        return [(conflict, rows) for (conflict, _), rows in found.items()]

    def groups(self, query_id: int) -> Iterator[tuple[str, Sums]]:
        """A query's sums by group. Rows whose group can't be read are no group: they are doubtful to each."""
        return ((name, sums) for name, sums in self.sums[query_id].items() if name is not None)

    def names(self, group: Group) -> set[str]:
        """The groups of all rows, whenever they are, those of doubtful ones too."""
        asked = [query_id for query_id, one in enumerate(self.query.populations) if one.group == group]
        sure = {name for query_id in asked for name, _ in self.groups(query_id)}
        return sure | {name for row in self.doubtful if (name := row.keys.get(group)) is not None}


@dataclass(slots=True)
class Ratio:
    """A numerator and denominator; `above` are rows whose own part is larger than its whole.

    `at_most_all` where the numerator counts some of the values that the denominator counts, `of_values` where the
    denominator counts the rows that have a value.
    """

    numerator: Fraction = ZERO
    denominator: Fraction = ZERO
    base: tuple[Fraction, Fraction] = (ZERO, ZERO)
    rows: list[Doubt] = field(default_factory=list)
    above: list[QueriedRow] = field(default_factory=list)
    at_most_all: bool = False
    of_values: bool = False

    def add(self, amount: Amount, base: Amount) -> None:
        self.numerator += amount
        self.denominator += base
        self.base = (self.base[0] + amount, self.base[1] + base)

    @property
    def value(self) -> Fraction | None:
        """The certain ratio; None over a denominator of 0."""
        return self.numerator / self.denominator if self.denominator else None

    def sides(self) -> tuple[Range, Range]:
        """The extremes of the numerator, and of the denominator, each by itself."""
        if not self.rows:
            return Range(self.numerator, self.numerator), Range(self.denominator, self.denominator)
        part, whole = self.base
        return (
            Range(self._total(part, "low", min), self._total(part, "high", max)),
            Range(self._total(whole, "base_low", min), self._total(whole, "base_high", max)),
        )

    def _total(self, certain: Fraction, end: str, pick: Callable[[list[Amount]], Amount]) -> Fraction | None:
        found = [[getattr(way, end) for way in doubt.ways] for doubt in self.rows]
        return None if any(None in ends for ends in found) else certain + sum(map(pick, found))

    def range(self) -> Range:
        """The extremes over every way that the doubtful rows turn out."""
        if not self.rows:
            nothing = self.denominator == 0
            return Range(self.value, self.value, void=nothing, empty=nothing)
        found = ratio_range(*self.base, (doubt.ways for doubt in self.rows))
        if not self.at_most_all or found.empty:
            return found
        lowest = ZERO if found.lowest is None else found.lowest
        return replace(found, lowest=lowest, highest=ONE if found.highest is None else min(found.highest, ONE))


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case (or one group of it) worked out; `parts` are what its measures come to for certain, and can come to."""

    value: Fraction | None
    extent: Range
    numerator: Fraction | None = None
    denominator: Fraction | None = None
    doubtful: int = 0
    step: Fraction | None = None
    parts: Mapping[str, tuple[Fraction | None, Range]] = field(default_factory=dict)

    @property
    def ranges(self) -> dict[str, Range]:
        """What each measure can come to."""
        return {name: extent for name, (_, extent) in self.parts.items()}
