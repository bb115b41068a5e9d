"""Single values: distinct ones, and the least, greatest or middle one, group by group.

Convention: as in `ratios`; a value is in the whole or not, and in the part or not, whatever rows it stands in.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from itss_kpi.catalogue.indicators import Measure
from itss_kpi.engine import bounds
from itss_kpi.engine.bounds import Amount, Range, Row, point
from itss_kpi.engine.doubts import NOTHING, ONE, ZERO, Answers, Doubt, Outcome, Ratio
from itss_kpi.engine.rows.populations import Group
from itss_kpi.engine.rows.queries import Stretch
from itss_kpi.engine.rows.statuses import QueriedRow, Status

# ---- distinct values


@dataclass(slots=True)
class _Value:
    """Whether a distinct value is surely and possibly in the whole, and surely and possibly in the part."""

    surely: bool = False
    possibly: bool = False
    part_surely: bool = False
    part_possibly: bool = False


def distinct(
    answers: Answers, whole: int, part: int | None, group: Group, names: Iterable[str], more: int = 0
) -> dict[str, Ratio]:
    """Distinct values as rows: each is in the whole or not, and (where there is one) in the part or not. So many `more`
    may stand in cells that hold several."""
    alone = part is None
    values = {key: _Value(*flags) for key, flags in answers.query.distinct(whole, part, group).items()}
    nameless: dict[str | None, list[_Value]] = defaultdict(list)
    unplaced: list[tuple[str, bool]] = []
    for conflict, rows in answers.records(whole):
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
    if nameless and more:
        parts = {point(1, 1)} if any(one.part_possibly for ones in nameless.values() for one in ones) else set()
        ways = Doubt(frozenset({NOTHING, point(1)} if alone else {NOTHING, point(0, 1), *parts}))
        for ratio in ratios.values():
            ratio.rows += [ways] * more
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
    options = set() if one.surely else {NOTHING}
    options |= {NOTHING} if any(other.possibly for other in others) else set()
    if alone:
        return frozenset({*options, point(1)})
    if one.part_possibly:
        options |= {point(1, 1)}
        # it may be one who is in the whole already, and not yet in the part
        options |= {point(1)} if any(other.possibly and not other.part_surely for other in others) else set()
    if not one.part_surely:
        options |= {point(0, 1)}
    elif not any(other.part_possibly for other in others) and one.surely:
        options -= {NOTHING}
    return frozenset(options)


def _add_value(found: Ratio, value: _Value, *, alone: bool) -> None:
    if not value.possibly:
        return
    base = 0 if alone else 1
    options = set() if value.surely else {NOTHING}
    options |= {point(1, base)} if alone or value.part_possibly else set()
    options |= set() if alone or value.part_surely else {point(0, base)}
    if len(options) == 1:
        (only,) = options
        found.add(only.low or 0, only.base_low)
        return
    found.rows.append(Doubt(frozenset(options)))
    found.numerator += ONE if not alone and value.part_surely else ZERO
    found.denominator += ONE if not alone and value.surely else ZERO


# ---- least, greatest, middle


def ordered(answers: Answers, query_id: int, measure: Measure, group: Group) -> dict[str, Outcome]:
    """The `min`, `max`, `median` or `percentile` amount, with what it can be, by group."""
    pick = bounds.pick_of(measure.measure or "", measure.at, measure.nearest)
    sure = answers.query.amounts(query_id, group)
    extent = answers.query.populations[query_id].extent
    optional: dict[str, list[Amount]] = defaultdict(list)
    unknown: dict[str | None, list[Lost]] = defaultdict(list)
    strays: list[Amount] = []
    for row in answers.rows(query_id):
        status = row.status[query_id]
        if row.conflict or not status.surely or status.bad:
            name, its = row.keys[group] if group else "", status.within or extent
            sure_there = status.surely and not row.conflict and name is not None
            if status.bad and sure_there and its.lowest is not None and its.lowest == its.highest:
                sure.setdefault(str(name), []).append(its.lowest)
            elif status.bad:
                unknown[name].append((sure_there, its))
            elif name is None:
                strays.append(status.amount)
            else:
                optional[name].append(status.amount)
    found: dict[str, Outcome] = {}
    lone = sorted(name for name in unknown if name is not None)
    for name in dict.fromkeys([*sure, *optional, *lone, *([] if group else [""])]):
        values, lost = sure.get(name, []), [*unknown.get(name, ()), *unknown.get(None, ())]
        maybe = [*optional[name], *strays]
        value = pick(sorted(values)) if values else None
        found[name] = Outcome(value, _order_range(values, maybe, lost, pick), doubtful=len(maybe) + len(lost))
    return found


Lost = tuple[bool, Range]
"""Whether an amount that isn't known is surely there, and what it can be."""


def _order_range(values: Sequence[Amount], maybe: Sequence[Amount], lost: Sequence[Lost], pick: bounds.Pick) -> Range:
    """The extremes where some amounts are lost."""

    def with_lost(side: str, without: Amount) -> Range:
        amounts = [(sure, getattr(its, side)) for sure, its in lost]
        ends = [(sure, without if end is None else end) for sure, end in amounts]
        sure_ones, others = ([end for sure, end in ends if sure is wanted] for wanted in (True, False))
        return bounds.order_range([*values, *sure_ones], [*maybe, *others], pick)

    known = [*values, *maybe, *(end for _, its in lost for end in (its.lowest, its.highest) if end is not None)]
    below, above = ([min(known, default=0) - far for far in (1, 2)], [max(known, default=0) + far for far in (1, 2)])
    found = with_lost("lowest", below[0])
    if not lost:
        return found
    lowest = {with_lost("lowest", one).lowest for one in below}
    highest = {with_lost("highest", one).highest for one in above}
    # what depends on how far away the lost ones are has no bound
    least, most = (one.pop() if len(one) == 1 else None for one in (lowest, highest))
    return Range(least, most, found.void, found.empty)


# ---- time that is covered


Asked = tuple[Answers, int]
"""Answers, and the number of one of them."""


def covered(
    asked: Asked, group: Group, names: Iterable[str], inside: Sequence[Asked], outside: Asked | None
) -> dict[str, Outcome]:
    """The time that the rows' stretches cover together, as far as it is covered `inside` of others, too, but not those
    of `outside`; with what it can be, by group. A stretch of no known group or end may be of
    each, and as long as can be."""
    found: dict[str, Outcome] = {}
    (rows, whole), *within = (one.query.stretches(query_id, group) for one, query_id in (asked, *inside))
    others = outside[0].query.stretches(outside[1], group)[0] if outside else []
    there = dict.fromkeys([*names, *(row.group for row in rows if row.group is not None)])
    for name in there or {"": None}:
        (sure, most), (away, most_away) = (_extremes(ones, name, whole) for ones in (rows, others))
        for inner, _ in within:
            sure, most = (_common(*pair) for pair in zip((sure, most), _extremes(inner, name, whole), strict=True))
        extent = Range(_length([*sure, *most_away], most_away), _length([*most, *away], away))
        asked_of = [*rows, *(row for inner, _ in within for row in inner)]
        doubtful = sum(not row.sure or row.group is None for row in asked_of if row.group in (name, None))
        found[name] = Outcome(_length([*sure, *away], away), extent, doubtful=doubtful)
    return found


Times = list[tuple[int, int]]


def _extremes(rows: Iterable[Stretch], group: str, whole: tuple[int, int]) -> tuple[Times, Times]:
    """The times that are surely covered, and all that may be."""
    mine = [row for row in rows if row.group in (group, None)]
    sure = [(row.begin, row.end) for row in mine if row.sure and row.group is not None]
    return sure, [(row.begin, row.end) if row.known else whole for row in mine]


def _common(one: Times, other: Times) -> Times:
    """The times that both cover."""
    found = [(max(begin, start), min(end, stop)) for begin, end in one for start, stop in other]
    return [(begin, end) for begin, end in found if begin < end]


def _length(times: Times, without: Times) -> Fraction:
    """How long the times are together that aren't among those `without` which they are."""
    return Fraction(_union(times) - _union(without))


def _union(times: Times) -> int:
    total, until = 0, 0
    for begin, end in sorted(times):
        total += max(0, end - max(begin, until))
        until = max(until, end)
    return total
