"""Folding: doubtful rows into the sums of their groups.

Convention: a record of several variants is one row that is any of them; one of no known group is a doubt of each.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from itss_kpi.engine.bounds import Choice, Row
from itss_kpi.engine.doubts import NOTHING, WAYS, Answers, Doubt, Ratio
from itss_kpi.engine.rows.populations import Group
from itss_kpi.engine.rows.statuses import Anywhere, QueriedRow

Ways = Callable[[QueriedRow], tuple[list[Choice], Choice]]
"""For a row: the ways it can turn out, and what the sums hold of it where it is no variant of a conflicting record."""


def fold(
    ratios: dict[str, Ratio],
    answers: Answers,
    query_id: int,
    group: Group,
    ways: Ways,
    above: Callable[[QueriedRow], bool] = lambda _: False,
    fresh: Callable[[], Ratio] = Ratio,
) -> None:
    """Put the doubtful rows that may count into their groups' ratios; a conflicting record is one row that is either
    variant."""
    strays: list[Doubt] = []
    source = answers.query.table.source
    for conflict, rows in answers.records(query_id):
        found = [ways(row) for row in rows]
        options = frozenset(choice for mine, _ in found for choice in mine)
        doubt = Doubt(options, source, rows[0].export, rows[0].row)
        if options == {NOTHING}:
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
                ratios.setdefault(name, fresh()).rows.append(replace(doubt, ways=own | {NOTHING}))
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
    found = [ways(replace(row, status=Anywhere(row.status)))[0] for row in rows]
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
