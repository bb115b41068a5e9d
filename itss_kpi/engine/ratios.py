"""Ratios: what a query answered -> counts, sums, means and their ratios, group by group.

Convention: functions take the numbers of queries and the names of all groups, and return a `Ratio` for each ('' where
there are no groups). A record of several variants is one row that is any of them; one of no known group is a doubt of
each.
"""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from itss_kpi.engine import bounds
from itss_kpi.engine.bounds import Amount, Choice, Range, Row, Share, point, ratio_range
from itss_kpi.engine.doubts import NOTHING, WAYS, ZERO, Answers, Doubt, Ratio
from itss_kpi.engine.rows.populations import Group
from itss_kpi.engine.rows.queries import Sums
from itss_kpi.engine.rows.statuses import Anywhere, QueriedRow, Status

Ways = Callable[[QueriedRow], tuple[list[Choice], Choice]]
"""For a row: the ways it can turn out, and what the sums hold of it where it is no variant of a conflicting record."""


def single(answers: Answers, query_id: int, group: Group, names: Iterable[str]) -> dict[str, Ratio]:
    """A count or sum alone: numerators over nothing."""
    extent = answers.query.populations[query_id].extent

    def ways(row: QueriedRow) -> tuple[list[Choice], Choice]:
        status = row.status[query_id]
        return _alone(status, extent), point(_sure(status))

    return _folded(answers, query_id, group, names, lambda _, sums: (sums.total, 0), ways)


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
    extents = (answers.query.populations[query_id].extent, answers.query.populations[whole].extent)

    def ways(row: QueriedRow) -> tuple[list[Choice], Choice]:
        one, other = row.status[query_id], row.status[whole]
        amount, base = _sure(one), _sure(other)
        return _together(one, other, extents, subset=subset), Choice(amount, amount, base, base)

    def above(row: QueriedRow) -> bool:
        one, other = row.status[query_id], row.status[whole]
        return subset and one.bad and one.surely and other.bad and one.amount > other.amount

    def sure(name: str, sums: Sums) -> Share:
        return answers.sums[query_id][name].total, sums.total

    return _folded(answers, whole, group, names, sure, ways, above, functools.partial(Ratio, at_most_all=subset))


def means(answers: Answers, query_id: int, group: Group, names: Iterable[str]) -> dict[str, Ratio]:
    """Sums over numbers of rows; a row without a value is none of them."""
    extent = answers.query.populations[query_id].extent

    def ways(row: QueriedRow) -> tuple[list[Choice], Choice]:
        status = row.status[query_id]
        present = _alone(replace(status, surely=True), extent) if status.possibly else []
        found = [replace(one, base_low=1, base_high=1) for one in present]
        return found if status.surely else [NOTHING, *found], point(status.amount, 1) if status.summed else NOTHING

    mean = functools.partial(Ratio, of_values=True)
    return _folded(answers, query_id, group, names, lambda _, sums: (sums.total, sums.counted), ways, fresh=mean)


def averaged(ratios: Mapping[str, Ratio]) -> tuple[Ratio, Range]:
    """The plain mean of the groups' ratios; a group whose denominator is 0 is no group of the period."""
    mean = Ratio()
    strays = list(dict.fromkeys(doubt for ratio in ratios.values() for doubt in ratio.rows if doubt.anywhere))
    strays.sort(key=lambda doubt: not doubt.strange)  # a group of its own is there for those that come after it
    placed = [replace(one, rows=[doubt for doubt in one.rows if not doubt.anywhere]) for one in ratios.values()]
    mean.rows = [*strays, *(doubt for ratio in placed for doubt in ratio.rows)]
    for ratio in ratios.values():
        if ratio.value is not None:
            mean.add(ratio.value, 1)
    most = (len(placed) + 2 * any(doubt.strange for doubt in strays)) ** len(strays)
    if most <= WAYS and not any(doubt.several for doubt in strays):
        return mean, bounds.spanning(_mean_range(groups) for groups in _placings(placed, strays))
    alone = [Ratio(rows=[doubt, *(one for one in strays if one != doubt)]) for doubt in strays if doubt.strange]
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


# ---- doubtful rows into the sums of their groups


def _folded(
    answers: Answers,
    query_id: int,
    group: Group,
    names: Iterable[str],
    sure: Callable[[str, Sums], Share],
    ways: Ways,
    above: Callable[[QueriedRow], bool] = lambda _: False,
    fresh: Callable[[], Ratio] = Ratio,
) -> dict[str, Ratio]:
    """What is sure of each group, and its doubtful rows that may count; a conflicting record is one row that is either
    variant."""
    ratios = {name: fresh() for name in names}
    for name, sums in answers.groups(query_id):
        ratios[name] = fresh()
        ratios[name].add(*sure(name, sums))
    strays: list[Doubt] = []
    source = answers.query.table.source
    for conflict, rows in answers.records(query_id):
        found = [ways(row) for row in rows]
        options = frozenset(choice for mine, _ in found for choice in mine)
        if options == {NOTHING}:
            continue
        theirs = {row.keys[group] if group else "" for row in rows}
        several = conflict in answers.query.table.several
        doubt = Doubt(options, source, rows[0].export, rows[0].row)
        if None in theirs:
            strays.append(_stray(answers, rows, ways, group, several))
        elif several:
            _fold_several(ratios, rows, [mine for mine, _ in found], group, source, fresh)
        elif len(theirs) > 1:
            for name in sorted(map(str, theirs)):
                mine = [choices for row, (choices, _) in zip(rows, found, strict=True) if row.keys[group] == name]
                own = frozenset(choice for choices in mine for choice in choices)
                ratios.setdefault(name, fresh()).rows.append(replace(doubt, ways=own | {NOTHING}))
        else:
            ratio = ratios.setdefault(theirs.pop() or "", fresh())
            ratio.above += rows[:1] if any(map(above, rows)) else []
            if conflict:
                _fold_record(ratio, doubt, options)
            else:
                _fold_row(ratio, doubt, found[0][1])
    if strays:
        for ratio in ratios.values() or [ratios.setdefault("", fresh())]:
            ratio.rows += strays
    return ratios


def _stray(answers: Answers, rows: Sequence[QueriedRow], ways: Ways, group: Group, several: bool) -> Doubt:
    """A record of which nobody knows to which group it belongs."""
    found = [ways(row._replace(status=Anywhere(row.status)))[0] for row in rows]
    options = _some_of(found) if several else frozenset(choice for choices in found for choice in choices)
    strange = any(row.flags.get(f"{group.column}?bad") for row in rows)
    first = rows[0]
    return Doubt(options | {NOTHING}, answers.query.table.source, first.export, first.row, options, strange, several)


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
    """Rows of one key of which each may be a record of its own: one of them, whichever, or some, or all."""
    names = [row.keys[group] or "" if group else "" for row in rows]
    for name in dict.fromkeys(names):
        mine = [choices for choices, own in zip(found, names, strict=True) if own == name]
        singles = frozenset(choice for choices in mine for choice in choices)
        whichever = singles if len(mine) == len(rows) else singles | {NOTHING}
        at = rows[names.index(name)]
        doubt = Doubt(whichever | _some_of(mine), source, at.export, at.row)
        if doubt.ways != {NOTHING}:
            _fold_record(ratios.setdefault(name, fresh()), doubt, whichever)


def _some_of(rows: Sequence[list[Choice]]) -> Row:
    """What some rows add together, at least one of them, each in whatever way it turns out."""
    totals: Row = frozenset()
    for choices in rows:
        totals |= frozenset(choices) | frozenset(_added(one, other) for one in totals for other in choices)
        if len(totals) > WAYS:  # no longer way by way: from the least to the most
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


def _fold_row(ratio: Ratio, doubt: Doubt, held: Choice) -> None:
    """Put a doubtful row in place of what the sums hold of it; it may come to one amount however it turns out, as what
    isn't known to the minute does on a day on which nobody works."""
    if _is_exact(doubt.ways):
        (only,) = doubt.ways
        ratio.add((only.low or 0) - (held.low or 0), only.base_low - held.base_low)
        return
    ratio.base = (ratio.base[0] - (held.low or 0), ratio.base[1] - held.base_low)
    ratio.rows.append(doubt)


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
