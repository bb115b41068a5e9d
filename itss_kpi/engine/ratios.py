"""Ratios: what a query answered -> numerators and denominators with their doubtful rows, group by group.

Convention: a `Ratio` keeps the certain sums (what is shown), the sums without the doubtful rows (`base`) and those rows
as the ways they can turn out, so that `Ratio.range()` is exact. Functions take the numbers of queries and return
ratios by group ('' where there are no groups).
"""

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from itss_kpi.engine import bounds
from itss_kpi.engine.bounds import Amount, Choice, Range, Row, point, ratio_range
from itss_kpi.engine.populations import Group
from itss_kpi.engine.queries import Sums, TableQuery
from itss_kpi.engine.statuses import QueriedRow, Status

_ZERO = Fraction(0)
_ONE = Fraction(1)
_NOTHING = point(0)
_WAYS = 64
"""How many ways rows of one number together can turn out before only their least and most are kept."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """The ways that a doubtful row can turn out, and where it is; no place where it stands for a value of several. One
    that may be of any group is a doubt of each, with the ways that it turns out `anywhere`; a `strange` one may be of a
    group of its own, too."""

    ways: Row
    source: str = ""
    export: int = -1
    row: int = -1
    anywhere: Row = frozenset()
    strange: bool = False


@dataclass(frozen=True, slots=True)
class Answers:
    """What a query answered: sums by query and group, and the doubtful rows."""

    query: TableQuery
    sums: Sequence[Mapping[str | None, Sums]]
    doubtful: Sequence[QueriedRow]

    @classmethod
    def of(cls, query: TableQuery) -> "Answers":
        """Ask the query."""
        sums = query.sums()
        return cls(query, sums, query.doubtful_rows(sums))

    def groups(self, query_id: int) -> Iterator[tuple[str, Sums]]:
        """A query's sums by group. Rows whose group can't be read are no group: they are doubtful to each."""
        return ((name, sums) for name, sums in self.sums[query_id].items() if name is not None)

    def names(self, group: Group) -> set[str]:
        """The groups of all rows, those of doubtful ones too."""
        asked = [query_id for query_id, own in enumerate(self.query.groups) if own == group]
        sure = {name for query_id in asked for name, _ in self.groups(query_id)}
        return sure | {name for row in self.doubtful if (name := row.keys.get(group)) is not None}


@dataclass(slots=True)
class Ratio:
    """A numerator and denominator; `above` are rows whose own part is larger than its whole.

    `at_most_all` where the numerator counts some of the values that the denominator counts, `of_values` where the
    denominator counts the rows that have a value.
    """

    numerator: Fraction = _ZERO
    denominator: Fraction = _ZERO
    base: tuple[Fraction, Fraction] = (_ZERO, _ZERO)
    rows: list[Doubt] = field(default_factory=list)
    above: list[QueriedRow] = field(default_factory=list)
    at_most_all: bool = False
    of_values: bool = False

    def add(self, amount: Amount, base: Amount) -> None:
        """Add something certain."""
        self.numerator += amount
        self.denominator += base
        self.base = (self.base[0] + amount, self.base[1] + base)

    @property
    def value(self) -> Fraction | None:
        """The certain ratio; None over a denominator of 0."""
        return self.numerator / self.denominator if self.denominator else None

    def range(self) -> Range:
        """The extremes over every way that the doubtful rows turn out."""
        if not self.rows:
            nothing = self.denominator == 0
            return Range(self.value, self.value, void=nothing, empty=nothing)
        found = ratio_range(*self.base, (doubt.ways for doubt in self.rows))
        if not self.at_most_all or found.empty:
            return found
        lowest = _ZERO if found.lowest is None else found.lowest
        return replace(found, lowest=lowest, highest=_ONE if found.highest is None else min(found.highest, _ONE))


# ---- counts and sums


def single(answers: Answers, query_id: int, group: Group, names: Iterable[str]) -> dict[str, Ratio]:
    """A count or sum alone: numerators over nothing."""
    ratios = {name: Ratio() for name in names}
    for name, sums in answers.groups(query_id):
        ratios[name] = Ratio(sums.total, _ZERO, (sums.total, _ZERO))
    minimum = answers.query.populations[query_id].minimum

    def ways(row: QueriedRow) -> tuple[list[Choice], Choice]:
        status = row.status[query_id]
        return _alone(status, minimum), point(_sure(status))

    _fold(ratios, answers, group, ways)
    return ratios


def over(tops: dict[str, Ratio], bottoms: Mapping[str, Ratio]) -> dict[str, Ratio]:
    """Numerators over denominators whose rows have nothing to do with each other."""
    for name, bottom in bottoms.items():
        part = tops.setdefault(name, Ratio())
        part.denominator += bottom.numerator
        part.base = (part.base[0], part.base[1] + bottom.base[0])
        part.rows += [replace(one, ways=_turned(one.ways), anywhere=_turned(one.anywhere)) for one in bottom.rows]
    return tops


def _turned(row: Row) -> Row:
    # a denominator's own rows were worked out as if they were a numerator's
    return frozenset(Choice(_ZERO, _ZERO, max(one.low or _ZERO, _ZERO), one.high) for one in row)


def joint(
    answers: Answers, query_id: int, whole: int, group: Group, names: Iterable[str], *, subset: bool
) -> dict[str, Ratio]:
    """Counts or sums of rows that lie within the denominator's, row by row together."""
    share = functools.partial(Ratio, at_most_all=subset)
    ratios = {name: share() for name in names}
    for name, sums in answers.groups(whole):
        ratios[name] = share()
        ratios[name].add(answers.sums[query_id][name].total, sums.total)
    minimums = (answers.query.populations[query_id].minimum, answers.query.populations[whole].minimum)

    def ways(row: QueriedRow) -> tuple[list[Choice], Choice]:
        one, other = row.status[query_id], row.status[whole]
        amount, base = _sure(one), _sure(other)
        return _together(one, other, minimums, subset=subset), Choice(amount, amount, base, base)

    def above(row: QueriedRow) -> bool:
        one, other = row.status[query_id], row.status[whole]
        return subset and one.bad and one.surely and other.bad and one.amount > other.amount

    _fold(ratios, answers, group, ways, above, share)
    return ratios


def means(answers: Answers, query_id: int, group: Group, names: Iterable[str]) -> dict[str, Ratio]:
    """Sums over numbers of rows; a row without a value is none of them."""
    mean = functools.partial(Ratio, of_values=True)
    ratios = {name: mean() for name in names}
    for name, sums in answers.groups(query_id):
        ratios[name] = mean()
        ratios[name].add(sums.total, sums.counted)
    minimum = answers.query.populations[query_id].minimum

    def ways(row: QueriedRow) -> tuple[list[Choice], Choice]:
        status = row.status[query_id]
        present = _alone(replace(status, surely=True), minimum) if status.possibly else []
        found = [replace(one, base_low=1, base_high=1) for one in present]
        return found if status.surely else [_NOTHING, *found], point(status.amount, 1) if status.summed else _NOTHING

    _fold(ratios, answers, group, ways, fresh=mean)
    return ratios


def averaged(ratios: Mapping[str, Ratio]) -> tuple[Ratio, Range]:
    """The plain mean of the groups' ratios; a group whose denominator is 0 is no group of the period."""
    mean = Ratio()
    strays = list(dict.fromkeys(doubt for ratio in ratios.values() for doubt in ratio.rows if doubt.anywhere))
    placed = [replace(one, rows=[doubt for doubt in one.rows if not doubt.anywhere]) for one in ratios.values()]
    mean.rows = [*strays, *(doubt for ratio in placed for doubt in ratio.rows)]
    for ratio in ratios.values():
        if ratio.value is not None:
            mean.add(ratio.value, 1)
    most = (len(placed) + any(doubt.strange for doubt in strays)) ** len(strays)
    if most <= _WAYS:
        return mean, bounds.spanning(_mean_range(groups) for groups in _placings(placed, strays))
    alone = [Ratio(rows=[doubt]) for doubt in strays if doubt.strange]
    return mean, _mean_range([*ratios.values(), *alone])


def _placings(groups: Sequence[Ratio], strays: Sequence[Doubt]) -> Iterator[Sequence[Ratio]]:
    """The groups in each way that the strays can be of them; a strange one may be a group of its own."""
    if not strays:
        yield groups
        return
    first, *others = strays
    fresh = [Ratio(at_most_all=groups[0].at_most_all)] if first.strange else []
    for at, group in enumerate([*groups, *fresh]):
        taken = replace(group, rows=[*group.rows, replace(first, ways=first.anywhere)])
        yield from _placings([*groups[:at], taken, *groups[at + 1 :]], others)


def _mean_range(groups: Iterable[Ratio]) -> Range:
    rows: list[Row] = []
    for ratio in groups:
        if ratio.denominator or ratio.rows:
            extent = ratio.range()
            rows.append(frozenset({Choice(extent.lowest, extent.highest, 1, 1), *([_NOTHING] if extent.void else [])}))
    return ratio_range(0, 0, rows)


def _sure(status: Status) -> Fraction:
    return status.amount if status.summed else _ZERO


def _alone(status: Status, minimum: int | None) -> list[Choice]:
    found = [] if status.surely else [_NOTHING]
    if status.possibly:
        low = None if minimum is None else Fraction(minimum)
        found.append(Choice(low, None) if status.bad else point(status.amount))
    return found


def _together(part: Status, whole: Status, minimums: tuple[int | None, int | None], *, subset: bool) -> list[Choice]:
    found = [] if whole.surely else [_NOTHING]
    if not whole.possibly:
        return found
    floor = Fraction(max(minimums[1] or 0, 0))
    base_low, base_high = (floor, None) if whole.bad else (whole.amount, whole.amount)
    if not part.extra_surely:
        found.append(Choice(_ZERO, _ZERO, base_low, base_high))
    if part.extra_possibly:
        low, high = _amount(part, minimums[0], base_high, subset=subset)
        if subset and whole.bad and not part.bad:
            base_low = max(base_low, part.amount)
        found.append(Choice(low, high, base_low, base_high))
    return found


def _amount(
    part: Status, minimum: int | None, cap: Amount | None, *, subset: bool
) -> tuple[Fraction | None, Amount | None]:
    if not part.bad:
        return part.amount, part.amount
    if subset:
        return Fraction(max(minimum or 0, 0)), cap
    return (None if minimum is None else Fraction(minimum)), None


# ---- folding doubtful rows into the sums


Ways = Callable[[QueriedRow], tuple[list[Choice], Choice]]
"""For a row: the ways it can turn out, and what the sums hold of it where it is no variant of a conflicting record."""


def _fold(
    ratios: dict[str, Ratio],
    answers: Answers,
    group: Group,
    ways: Ways,
    above: Callable[[QueriedRow], bool] = lambda _: False,
    fresh: Callable[[], Ratio] = Ratio,
) -> None:
    """Put the doubtful rows into their groups' ratios; a conflicting record is one row that is either variant."""
    strays: list[Doubt] = []
    source = answers.query.table.source
    for conflict, rows in _records(answers.doubtful):
        found = [ways(row) for row in rows]
        options = frozenset(choice for mine, _ in found for choice in mine)
        doubt = Doubt(options, source, rows[0].export, rows[0].row)
        if options == {_NOTHING}:
            continue
        names = {row.keys[group] if group else "" for row in rows}
        if conflict in answers.query.table.several and None not in names:
            _fold_several(ratios, rows, [mine for mine, _ in found], group, source, fresh)
            continue
        if None in names:
            strays.append(_stray(answers, rows, ways, group, conflict in answers.query.table.several))
            continue
        if len(names) > 1:
            for name in sorted(str(one) for one in names):
                mine = [choices for row, (choices, _) in zip(rows, found, strict=True) if row.keys[group] == name]
                own = frozenset(choice for choices in mine for choice in choices)
                ratios.setdefault(name, fresh()).rows.append(replace(doubt, ways=own | {_NOTHING}))
            continue
        ratio = ratios.setdefault(names.pop() or "", fresh())
        if any(map(above, rows)):
            ratio.above.append(rows[0])
        if conflict:
            _fold_record(ratio, doubt, options)
        elif not _is_exact(options):
            sure = found[0][1]
            ratio.base = (ratio.base[0] - (sure.low or 0), ratio.base[1] - sure.base_low)
            ratio.rows.append(doubt)
    if strays:
        for ratio in ratios.values() or [ratios.setdefault("", fresh())]:
            ratio.rows += strays


def _stray(answers: Answers, rows: Sequence[QueriedRow], ways: Ways, group: Group, several: bool) -> Doubt:
    """A record of which nobody knows to which group it belongs."""
    there = [{number: replace(one, surely=one.there) for number, one in row.status.items()} for row in rows]
    found = [ways(replace(row, status=status))[0] for row, status in zip(rows, there, strict=True)]
    options = frozenset(choice for choices in found for choice in choices) | (
        _all_of(found) if several else frozenset()
    )
    strange = any(row.flags.get(f"{group.column}?bad") for row in rows)
    first = rows[0]
    return Doubt(options | {_NOTHING}, answers.query.table.source, first.export, first.row, options, strange)


def _records(doubtful: Sequence[QueriedRow]) -> list[tuple[int, list[QueriedRow]]]:
    records: dict[tuple[int, int], list[QueriedRow]] = defaultdict(list)
    for at, row in enumerate(doubtful):
        records[row.conflict, 0 if row.conflict else at].append(row)
    return [(conflict, rows) for (conflict, _), rows in records.items()]


def _is_exact(options: Row) -> bool:
    return len(options) == 1 and all(
        one.low is not None and one.low == one.high and one.base_low == one.base_high for one in options
    )


def _fold_several(
    ratios: dict[str, Ratio],
    rows: Sequence[QueriedRow],
    found: Sequence[list[Choice]],
    group: Group,
    source: str,
    fresh: Callable[[], Ratio],
) -> None:
    """Rows of one key of which each may be a record of its own: one of them, whichever, or all."""
    names = [row.keys[group] or "" if group else "" for row in rows]
    for name in dict.fromkeys(names):
        mine = [choices for choices, own in zip(found, names, strict=True) if own == name]
        singles = frozenset(choice for choices in mine for choice in choices)
        whichever = singles if len(mine) == len(rows) else singles | {_NOTHING}
        at = rows[names.index(name)]
        doubt = Doubt(whichever | _all_of(mine), source, at.export, at.row)
        if doubt.ways != {_NOTHING}:
            _fold_record(ratios.setdefault(name, fresh()), doubt, whichever)


def _all_of(rows: Sequence[list[Choice]]) -> Row:
    """What rows add together, each in whatever way it turns out."""
    totals: Row = frozenset({_NOTHING})
    for choices in rows:
        totals = frozenset(_added(one, other) for one in totals for other in choices)
        if len(totals) > _WAYS:  # no longer way by way: from the least to the most
            totals = frozenset({_hull(totals)})
    return totals


def _added(one: Choice, other: Choice) -> Choice:
    low, high, base_high = (
        None if left is None or right is None else left + right
        for left, right in ((one.low, other.low), (one.high, other.high), (one.base_high, other.base_high))
    )
    return Choice(low, high, one.base_low + other.base_low, base_high)


def _hull(choices: Row) -> Choice:
    lows, highs, tops = zip(*((one.low, one.high, one.base_high) for one in choices), strict=True)
    low, high, top = (
        None if None in found else pick(found) for found, pick in ((lows, min), (highs, max), (tops, max))
    )
    return Choice(low, high, min(one.base_low for one in choices), top)


def _fold_record(ratio: Ratio, doubt: Doubt, options: Row) -> None:
    """Add a record that is doubtful; where it is one, it is in one of the `options`."""
    if _is_exact(doubt.ways):
        (only,) = options
        ratio.add(only.low or 0, only.base_low)
        return
    ratio.rows.append(doubt)
    # what all variants agree on is certain; a part is not without its whole, nor a mean's row without its value
    amounts = {edge for one in options for edge in (one.low, one.high)}
    bases = {edge for one in options for edge in (one.base_low, one.base_high)}
    if len(bases) == 1 and (len(amounts) == 1 or not ratio.of_values):
        ratio.numerator += (amounts.pop() or 0) if len(amounts) == 1 else 0
        ratio.denominator += bases.pop() or 0


# ---- distinct values


@dataclass(slots=True)
class _Value:
    """Whether a distinct value is surely and possibly in the whole, and surely and possibly in the part."""

    surely: bool = False
    possibly: bool = False
    part_surely: bool = False
    part_possibly: bool = False


def distinct(answers: Answers, whole: int, part: int | None, group: Group, names: Iterable[str]) -> dict[str, Ratio]:
    """Distinct values as rows: each is in the whole or not, and (where there is one) in the part or not."""
    alone = part is None
    values = {key: _Value(*flags) for key, flags in answers.query.distinct(whole, part, group).items()}
    nameless: dict[str | None, list[_Value]] = defaultdict(list)
    unplaced: list[tuple[str, bool]] = []
    for conflict, rows in _records(answers.doubtful):
        pairs = [(row, row.status[whole], row.status[whole if part is None else part]) for row in rows]
        if conflict or pairs[0][1].bad or (group and rows[0].keys[group] is None):
            _add_record(values, nameless, unplaced, pairs, group)
    names = list(names)
    for name in {*names, *(key[0] for key in values), *(key for key in nameless if key is not None)} or {""}:
        for text, in_part in unplaced:
            value = values.setdefault((name, text), _Value())
            value.possibly, value.part_possibly = True, value.part_possibly or in_part
    ratios = {name: Ratio(at_most_all=not alone) for name in names}
    for (name, _), value in values.items():
        _add_value(ratios.setdefault(name, Ratio(at_most_all=not alone)), value, alone=alone)
    for lost, unnamed in nameless.items():
        for name in [lost] if lost is not None else list(ratios) or [""]:
            others = [one for key, one in values.items() if key[0] == name] + unnamed
            rows_of = ratios.setdefault(name, Ratio(at_most_all=not alone)).rows
            rows_of += [
                Doubt(_nameless_row(one, [other for other in others if other is not one], alone)) for one in unnamed
            ]
    return ratios


def _add_record(
    values: dict[tuple[str, str], _Value],
    nameless: dict[str | None, list[_Value]],
    unplaced: list[tuple[str, bool]],
    pairs: Sequence[tuple[QueriedRow, Status, Status]],
    group: Group,
) -> None:
    """Count a record with an unreadable value or group, or variants that conflict: all can be, what all agree on is.

    `unplaced` are values of no readable group, which may be of each, with whether they may be in the part.
    """
    keys: set[tuple[str, str]] = set()
    for row, one, other in pairs:
        name = row.keys[group] if group else ""
        if one.possibly and name is None and not one.bad:
            unplaced.append((str(one.amount), other.possibly))
        if one.possibly and one.bad:
            sure = len(pairs) == 1 and name is not None
            found = _Value(sure and one.surely, True, sure and other.surely, other.possibly)
            nameless[name].append(found)
        if not one.bad and name is not None:
            keys.add((name, str(one.amount)))
            if one.possibly:
                value = values.setdefault((name, str(one.amount)), _Value())
                value.possibly, value.part_possibly = True, value.part_possibly or other.possibly
    if len(keys) == 1 and not any(one.bad for _, one, _ in pairs) and all(one.surely for _, one, _ in pairs):
        value = values[keys.pop()]
        value.surely = True
        value.part_surely = value.part_surely or all(other.surely for _, _, other in pairs)


def _nameless_row(one: _Value, others: Sequence[_Value], alone: bool) -> Row:
    """The ways of a row whose value can't be read: a value of its own, or one that counts already."""
    options = set() if one.surely else {_NOTHING}
    options |= {_NOTHING} if any(other.possibly for other in others) else set()
    if alone:
        return frozenset({*options, point(1)})
    if one.part_possibly:
        options |= {point(1, 1)}
        # it may be one who is in the whole already, and not yet in the part
        options |= {point(1)} if any(other.possibly and not other.part_surely for other in others) else set()
    if not one.part_surely:
        options |= {point(0, 1)}
    elif not any(other.part_possibly for other in others) and one.surely:
        options -= {_NOTHING}
    return frozenset(options)


def _add_value(found: Ratio, value: _Value, *, alone: bool) -> None:
    if not value.possibly:
        return
    base = 0 if alone else 1
    options = set() if value.surely else {_NOTHING}
    options |= {point(1, base)} if alone or value.part_possibly else set()
    options |= set() if alone or value.part_surely else {point(0, base)}
    if len(options) == 1:
        (only,) = options
        found.add(only.low or 0, only.base_low)
        return
    found.rows.append(Doubt(frozenset(options)))
    found.numerator += _ONE if not alone and value.part_surely else _ZERO
    found.denominator += _ONE if not alone and value.surely else _ZERO


# ---- least, greatest, middle


def ordered(answers: Answers, query_id: int, pick: str, group: Group) -> dict[str, tuple[Fraction | None, Range, int]]:
    """The `min`, `max` or `median` amount, its range and the number of doubtful rows, by group."""
    sure = answers.query.amounts(query_id, group)
    optional: dict[str, list[Amount]] = defaultdict(list)
    unknown: set[str | None] = set()
    doubtful: dict[str | None, int] = defaultdict(int)
    for row in answers.doubtful:
        status = row.status[query_id]
        if status.possibly and (row.conflict or not status.surely or status.bad):
            name = row.keys[group] if group else ""
            doubtful[name] += 1
            if status.bad or name is None:
                unknown.add(name)
            else:
                optional[name].append(status.amount)
    found: dict[str, tuple[Fraction | None, Range, int]] = {}
    for name in dict.fromkeys([*sure, *optional, *([] if group else [""])]):
        values = sure.get(name, [])
        extent = bounds.order_range([*values], optional[name], bounds.PICKS[pick])
        lost = name in unknown or None in unknown
        value = bounds.PICKS[pick](sorted(values)) if values else None
        found[name] = (value, Range(None, None) if lost else extent, doubtful[name] + doubtful.get(None, 0))
    return found
