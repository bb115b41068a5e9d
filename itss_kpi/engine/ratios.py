"""Ratios: what a query answered -> counts, sums, means and their ratios, group by group.

Convention: functions take the numbers of queries and the names of all groups, and return a `Ratio` for each ('' where
there are no groups).
"""

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from itss_kpi.engine import bounds
from itss_kpi.engine.bounds import Amount, Choice, Range, Row, point, ratio_range
from itss_kpi.engine.doubts import NOTHING, WAYS, ZERO, Answers, Doubt, Ratio
from itss_kpi.engine.folding import fold
from itss_kpi.engine.rows.populations import Group
from itss_kpi.engine.rows.statuses import QueriedRow, Status


def single(answers: Answers, query_id: int, group: Group, names: Iterable[str]) -> dict[str, Ratio]:
    """A count or sum alone: numerators over nothing."""
    ratios = {name: Ratio() for name in names}
    for name, sums in answers.groups(query_id):
        ratios[name] = Ratio(sums.total, ZERO, (sums.total, ZERO))
    extent = answers.query.populations[query_id].extent

    def ways(row: QueriedRow) -> tuple[list[Choice], Choice]:
        status = row.status[query_id]
        return _alone(status, extent), point(_sure(status))

    fold(ratios, answers, query_id, group, ways)
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
    return frozenset(Choice(ZERO, ZERO, max(one.low or ZERO, ZERO), one.high) for one in row)


def joint(
    answers: Answers, query_id: int, whole: int, group: Group, names: Iterable[str], *, subset: bool
) -> dict[str, Ratio]:
    """Counts or sums of rows that lie within the denominator's, row by row together."""
    share = functools.partial(Ratio, at_most_all=subset)
    ratios = {name: share() for name in names}
    for name, sums in answers.groups(whole):
        ratios[name] = share()
        ratios[name].add(answers.sums[query_id][name].total, sums.total)
    extents = (answers.query.populations[query_id].extent, answers.query.populations[whole].extent)

    def ways(row: QueriedRow) -> tuple[list[Choice], Choice]:
        one, other = row.status[query_id], row.status[whole]
        amount, base = _sure(one), _sure(other)
        return _together(one, other, extents, subset=subset), Choice(amount, amount, base, base)

    def above(row: QueriedRow) -> bool:
        one, other = row.status[query_id], row.status[whole]
        return subset and one.bad and one.surely and other.bad and one.amount > other.amount

    fold(ratios, answers, whole, group, ways, above, share)
    return ratios


def means(answers: Answers, query_id: int, group: Group, names: Iterable[str]) -> dict[str, Ratio]:
    """Sums over numbers of rows; a row without a value is none of them."""
    mean = functools.partial(Ratio, of_values=True)
    ratios = {name: mean() for name in names}
    for name, sums in answers.groups(query_id):
        ratios[name] = mean()
        ratios[name].add(sums.total, sums.counted)
    extent = answers.query.populations[query_id].extent

    def ways(row: QueriedRow) -> tuple[list[Choice], Choice]:
        status = row.status[query_id]
        present = _alone(replace(status, surely=True), extent) if status.possibly else []
        found = [replace(one, base_low=1, base_high=1) for one in present]
        return found if status.surely else [NOTHING, *found], point(status.amount, 1) if status.summed else NOTHING

    fold(ratios, answers, query_id, group, ways, fresh=mean)
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
    most = (len(placed) + 2 * any(doubt.strange for doubt in strays)) ** len(strays)
    if most <= WAYS and not any(doubt.several for doubt in strays):
        return mean, bounds.spanning(_mean_range(groups) for groups in _placings(placed, strays))
    alone = [Ratio(rows=[doubt]) for doubt in strays if doubt.strange]
    return mean, _mean_range([*ratios.values(), *alone])


def _placings(groups: Sequence[Ratio], strays: Sequence[Doubt]) -> Iterator[Sequence[Ratio]]:
    """The groups in each way that the strays can be of them; a strange one may be a group of its own, or of none."""
    if not strays:
        yield groups
        return
    first, *others = strays
    if first.strange:
        yield from _placings(groups, others)
    fresh = [Ratio(at_most_all=groups[0].at_most_all)] if first.strange else []
    for at, group in enumerate([*groups, *fresh]):
        taken = replace(group, rows=[*group.rows, replace(first, ways=first.anywhere)])
        yield from _placings([*groups[:at], taken, *groups[at + 1 :]], others)


def _mean_range(groups: Iterable[Ratio]) -> Range:
    rows: list[Row] = []
    for ratio in groups:
        if ratio.denominator or ratio.rows:
            extent = ratio.range()
            rows.append(frozenset({Choice(extent.lowest, extent.highest, 1, 1), *([NOTHING] if extent.void else [])}))
    return ratio_range(0, 0, rows)


def _sure(status: Status) -> Fraction:
    return status.amount if status.summed else ZERO


def _alone(status: Status, extent: Range) -> list[Choice]:
    found = [] if status.surely else [NOTHING]
    extent = status.within or extent
    if status.possibly:
        found.append(Choice(extent.lowest, extent.highest) if status.bad else point(status.amount))
    return found


def _together(part: Status, whole: Status, extents: tuple[Range, Range], *, subset: bool) -> list[Choice]:
    found = [] if whole.surely else [NOTHING]
    if not whole.possibly:
        return found
    its = whole.within or extents[1]
    base_low, base_high = (max(its.lowest or ZERO, ZERO), its.highest) if whole.bad else (whole.amount, whole.amount)
    if not part.extra_surely:
        found.append(Choice(ZERO, ZERO, base_low, base_high))
    if part.extra_possibly:
        low, high = _amount(part, part.within or extents[0], base_high, subset=subset)
        if subset and whole.bad and not part.bad:
            base_low = max(base_low, part.amount)
            base_high = None if base_high is None else max(base_high, base_low)
        found.append(Choice(low, high, base_low, base_high))
    return found


def _amount(part: Status, extent: Range, cap: Amount | None, *, subset: bool) -> tuple[Fraction | None, Amount | None]:
    if not part.bad:
        return part.amount, part.amount
    if subset:
        most = [end for end in (cap, extent.highest) if end is not None]
        return max(extent.lowest or ZERO, ZERO), min(most, default=None)
    return extent.lowest, extent.highest
