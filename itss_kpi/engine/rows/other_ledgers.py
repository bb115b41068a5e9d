"""Related ledgers: what rows of another ledger say of a row, as a column beside its own.

Convention: the other ledger's rows are first summed by the columns that are equal, so that a row stays one row. Nothing
is known of a value where the other ledger has no row with this key, or rows that differ; and not whether there is one
where some of its rows can't be read.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import narwhals as nw

from itss_kpi.catalogue.calendar import Calendar
from itss_kpi.catalogue.expression import THIS, Column, Kind, Related
from itss_kpi.core.likeness import alike
from itss_kpi.engine.rows.terms import LARGEST, Mask, Truth, any_of, either, expressed, negated
from itss_kpi.engine.worktime import known, worked_before
from itss_kpi.tables.table import Physical, Table

MANY = 20_000
"""Different names beyond which those that are nearly the same are not looked for."""
EXACT = 2**53
"""Up to here a whole number stays itself where a backend takes a column with gaps for binary floats."""
Pairs = Sequence[tuple[str, Column | Related]]
Where = Callable[[Related], Truth]
"""Which rows of its ledger a related value means."""


def physical_of(node: Related, kind: Kind, other: Table | None, calendar: Calendar | None) -> Physical:
    """What the column of a related value is, of a kind as the catalogue says."""
    if node.what in ("lookup", "first", "last") and other is not None:
        found = other.columns[node.column]
        return Physical(found.kind, found.scale, found.bound, blank=True, bad=True, day=found.day)
    if node.what == "sum" and other is not None:
        scale = 0 if node.since else other.columns[node.column].scale
        return Physical(kind, scale, _most(other, node, calendar), blank=True, bad=True)
    return Physical(kind, bound=10**9 if node.what == "count" else 1, blank=True, bad=True)


def _most(other: Table, node: Related, calendar: Calendar | None) -> int:
    """What no sum of some rows passes."""
    most = other.columns[node.column].bound * max(other.kept, 1)
    if node.since or EXACT <= most <= LARGEST:
        rows = nw.from_native(other.pandas).lazy().select(_amount(node, calendar).abs().sum()).collect().rows()
        return int(rows[0][0] or 0)
    return most


def _amount(node: Related, calendar: Calendar | None) -> Any:
    """What is summed of each row: a column, or the time since another one."""
    if not node.since:
        return nw.col(node.column)
    worked = calendar if node.worked else None
    begin, until = (
        nw.col(one) if worked is None else worked_before(worked, nw.col(one)) for one in (node.since, node.column)
    )
    return until - begin


def joined(
    frame: Any,
    columns: Mapping[str, Physical],
    node: Related,
    other: Table | None,
    pairs: Pairs,
    where: Where,
    calendar: Calendar | None,
) -> Any:
    """The lazy frame with the columns of a related value: itself, `?blank` and `?bad`."""
    physical = columns[node.name]
    if other is None:
        nothing: Any = {Kind.TEXT: "", Kind.TRUTH: False}.get(physical.kind, 0)
        states = {f"{node.name}?{state}": nw.lit(state == "bad") for state in ("blank", "bad", "none", "found", "near")}
        return frame.with_columns(nw.lit(nothing).alias(node.name), **states)
    keys = [f"_k{at}" for at in range(len(pairs))]
    mine, theirs = (
        [_on(one[name], its[beside], name).alias(key) for key, (name, beside) in zip(keys, names, strict=True)]
        for one, its, names in (
            (columns, other.columns, [(own.name, name) for name, own in pairs]),
            (other.columns, columns, [(name, own.name) for name, own in pairs]),
        )
    )
    frame = frame.with_columns(*mine)
    rows = nw.from_native(other.pandas).lazy().with_columns(*theirs)
    if node.at is not None:
        rows = rows.filter((nw.col("_from") < node.at) & (nw.col("_to") >= node.at))
    near = _nearly_theirs(frame, rows, keys) if _are_names(columns, other, pairs) else []
    nearly = (nw.col(keys[0]).is_in(near) & (nw.col("_n") == 0)) if near else nw.lit(False)
    wide, loose = _beside_sums(frame, rows, columns, node, other, pairs, where, calendar)
    value, states = _read(columns, node, pairs, loose)
    states["bad"] = (states["bad"] | nearly) if near else states["bad"]
    named = {f"{node.name}?{state}": mask for state, mask in {**states, "near": nearly}.items()}
    return wide.with_columns(value.alias(node.name), **named).drop(*keys, *_SUMMED[node.what])


def _beside_sums(
    frame: Any,
    rows: Any,
    columns: Mapping[str, Physical],
    node: Related,
    other: Table,
    pairs: Pairs,
    where: Where,
    calendar: Calendar | None,
) -> tuple[Any, bool]:
    """The frame with what the other ledger's rows of the same key are summed to; and whether some of these have a key
    that can't be read."""
    keys = [f"_k{at}" for at in range(len(pairs))]
    held = [f"{one.name}{state}" for one in node.of_row for state in ("", *_states(columns[one.name]))]
    if held:  # a pair of each of them and each row that they may belong to
        marked = (nw.col(name).alias(as_) for at, name in enumerate(held) for as_ in (f"{THIS}{name}", f"_t{at}"))
        rows = rows.join(frame.select(*keys, *marked).unique(), on=keys, how="inner")
    by = [*keys, *(f"_t{at}" for at in range(len(held)))]
    found, loose = _summed(node, other, rows, [name for name, _ in pairs], by, where, calendar)
    renamed = [nw.col(name).alias(f"{name}!") for name in by]
    wide = frame.join(
        found.select(*renamed, *(name for name in _SUMMED[node.what])),
        left_on=[*keys, *held],
        right_on=[f"{name}!" for name in by],
        how="left",
    )
    return wide.with_columns(nw.col("_n").fill_null(0).cast(nw.Int64)), loose


def _read(columns: Mapping[str, Physical], node: Related, pairs: Pairs, loose: bool) -> tuple[Any, dict[str, Any]]:
    """The value that the sums beside a row come to, and what is the matter with it."""
    blank = any_of([nw.col(f"{own.name}?blank") for _, own in pairs if columns[own.name].blank])
    unread = any_of([nw.col(f"{own.name}?bad") for _, own in pairs if columns[own.name].bad])
    value, bad = _VALUES[node.what](columns[node.name], loose)
    bad = (bad | unread) if unread is not False else bad
    states = {"blank": nw.lit(False), "bad": bad}
    if node.what == "lookup":
        # no row, or rows in which there is nothing: of both `default` says what then
        none = (nw.col("_n") == nw.col("_blanks").fill_null(0)) if not loose else nw.lit(False)
        none = (none & ~unread) if unread is not False else none
        states["found"] = nw.col("_n") > 0
        states["none"] = (none | blank) if blank is not False else none
        states["bad"] = (bad | blank) if blank is not False else bad
    elif node.what in ("first", "last"):
        none = nw.col("_n") == nw.col("_blanks").fill_null(0)
        states["blank"] = (none | blank) if blank is not False else none
        states["bad"] = states["bad"] & ~states["blank"] if not loose else states["bad"]
    elif blank is not False:
        value = nw.when(blank).then(nw.lit(False if node.what == "exists" else 0)).otherwise(value)  # there is none
        states["bad"] = bad & ~blank
    return value, states


def _are_names(columns: Mapping[str, Physical], other: Table, pairs: Pairs) -> bool:
    (name, own), *others = pairs
    return not others and columns[own.name].folded and other.columns[name].folded


def _nearly_theirs(frame: Any, rows: Any, keys: Sequence[str]) -> list[str]:
    """The names that the other ledger hasn't, but for a blank, a dash or a zero before: they may be the same."""
    mine, theirs = (
        {name for (name,) in one.select(keys[0]).unique().collect().rows() if name} for one in (frame, rows)
    )
    lone = mine - theirs
    if not lone or len(lone | theirs) > MANY:
        return []
    common = alike(lone | theirs)
    there = {common[name] for name in theirs}
    return sorted(name for name in lone if common[name] in there)


_LOST = ("bad", "blank", "days", "never")
"""Of what stands so in a column nobody knows the value."""
_SUMMED = {
    "exists": ("_n", "_open"),
    "count": ("_n", "_open"),
    "sum": ("_n", "_open", "_sum", "_gaps"),
    "lookup": ("_n", "_open", "_least", "_most", "_gaps", "_blanks"),
    **dict.fromkeys(("first", "last"), ("_n", "_open", "_least", "_most", "_gaps", "_blanks")),
}


def _on(own: Physical, other: Physical, name: str) -> Any:
    """A column as it is compared: numbers of different decimals in the finer ones, names without what is written in
    several ways."""
    if own.folded and other.folded:
        return nw.col(f"{name}?folded")
    return nw.col(name) * 10 ** max(other.scale - own.scale, 0) if other.scale > own.scale else nw.col(name)


def _states(physical: Physical) -> list[str]:
    """The marks that stand beside a column."""
    return [f"?{one}" for one in ("blank", "bad", "days", "never", "folded") if getattr(physical, one)]


def _summed(
    node: Related,
    other: Table,
    rows: Any,
    names: Sequence[str],
    by: Sequence[str],
    where: Where,
    calendar: Calendar | None,
) -> tuple[Any, bool]:
    """The other ledger's rows by what they are held against: how many, how many of them open to doubt, the least and
    the most of the column; and whether there are rows whose key can't be read."""
    meant = where(node) if node.where is not None else Truth(True, True)
    rows = rows if meant.possibly is True else rows.filter(expressed(meant.possibly))
    states = [f"{name}?{state}" for name in names for state in ("bad", "blank") if getattr(other.columns[name], state)]
    unread: Mask = any_of([nw.col(one) for one in states if one.endswith("?bad")])
    loose = unread is not False and bool(len(rows.filter(unread).select("_row").collect()))
    for state in states:
        rows = rows.filter(~nw.col(state))
    # of a record in several variants one is there: of what they say the same, a lookup is sure
    marks = [nw.col("_conflict") > 0] if other.conflicts and node.what != "lookup" else []
    marks += [nw.col("_uncertain")] if other.uncertain else []
    doubtful = either(any_of(marks), negated(meant.surely))
    open_ones = expressed(doubtful).cast(nw.Int64) if doubtful is not False else nw.lit(0)
    columns = {"_n": nw.lit(1), "_open": open_ones}
    aggregates = [nw.col("_n").sum(), nw.col("_open").sum()]
    if "_gaps" in _SUMMED[node.what]:
        gaps = _gaps(node, other, calendar)
        columns["_gaps"] = gaps.cast(nw.Int64) if gaps is not False else nw.lit(0)
        aggregates += [nw.col("_gaps").sum()]
    if node.what == "sum":
        columns["_sum"] = _amount(node, calendar)
        aggregates += [nw.col("_sum").sum()]
    if "_blanks" in _SUMMED[node.what]:
        physical = other.columns[node.column]
        value = nw.col(node.column).cast(nw.Int64) if physical.kind is Kind.TRUTH else nw.col(node.column)
        empty = nw.col(f"{node.column}?blank") if physical.blank else nw.lit(False)
        value = value if node.what == "lookup" else nw.when(~empty).then(value)  # of a lookup a blank says something
        columns |= {"_least": value, "_most": value, "_blanks": empty.cast(nw.Int64)}
        aggregates += [nw.col("_least").min(), nw.col("_most").max(), nw.col("_blanks").sum()]
    found = rows.select(*by, *(one.alias(name) for name, one in columns.items())).group_by(*by).agg(*aggregates)
    return found, loose


def _gaps(node: Related, other: Table, calendar: Calendar | None) -> Mask:
    """The rows of which it isn't known what they add or say; of the first and the last a blank is none."""
    lost = [at for at in _LOST if at != "blank" or node.what not in ("first", "last")]
    names = [node.column, *([node.since] if node.since else [])]
    masks = [nw.col(f"{one}?{at}") for one in names for at in lost if getattr(other.columns[one], at)]
    masks += [nw.col(node.column) < nw.col(node.since)] if node.since else []
    masks += [~known(calendar, nw.col(one)) for one in names] if node.worked and calendar else []
    return any_of(masks)


def _exists(_: Physical, loose: bool) -> tuple[Any, Any]:
    sure = nw.col("_n") - nw.col("_open").fill_null(0) > 0
    none = (nw.col("_n") == 0) if not loose else nw.lit(False)
    return nw.col("_n") > 0, ~(sure | none)


def _count(_: Physical, loose: bool) -> tuple[Any, Any]:
    return nw.col("_n"), nw.lit(True) if loose else nw.col("_open").fill_null(0) > 0


def _sum(physical: Physical, loose: bool) -> tuple[Any, Any]:
    value = nw.col("_sum").fill_null(0).cast(nw.Int64)
    unknown = (nw.col("_open").fill_null(0) > 0) | (nw.col("_gaps").fill_null(0) > 0)
    return value, nw.lit(True) if loose or physical.bound >= EXACT else unknown


def _lookup(physical: Physical, _: bool) -> tuple[Any, Any]:
    nothing: Any = "" if physical.kind is Kind.TEXT else 0
    least, most = (nw.col(name).fill_null(nothing) for name in ("_least", "_most"))
    value = least if physical.kind is Kind.TEXT else least.cast(nw.Int64)
    sure = nw.col("_n") - nw.col("_open").fill_null(0)
    bad = (sure == 0) | (least != most) | (nw.col("_gaps").fill_null(0) > 0)
    return (value > 0 if physical.kind is Kind.TRUTH else value), bad if physical.bound < EXACT else nw.lit(True)


def _extreme(name: str) -> Callable[[Physical, bool], tuple[Any, Any]]:
    def read(physical: Physical, loose: bool) -> tuple[Any, Any]:
        unknown = (nw.col("_open").fill_null(0) > 0) | (nw.col("_gaps").fill_null(0) > 0)
        return nw.col(name).fill_null(0).cast(nw.Int64), nw.lit(True) if loose or physical.bound >= EXACT else unknown

    return read


_VALUES = {
    "exists": _exists,
    "count": _count,
    "sum": _sum,
    "lookup": _lookup,
    "first": _extreme("_least"),
    "last": _extreme("_most"),
}


def all_joined(
    frame: Any,
    columns: Mapping[str, Physical],
    nodes: Mapping[str, tuple[Related, Pairs]],
    own: Table,
    others: Mapping[str, Table],
    where: Where,
    calendar: Calendar | None,
) -> Any:
    """The lazy frame with all related values."""
    for node, pairs in nodes.values():
        if node.source:
            frame = joined(frame, columns, node, others.get(node.source), pairs, where, calendar)
        else:
            frame = _repeated(frame, node, [one.name for _, one in pairs], own)
    return frame


def _repeated(frame: Any, node: Related, names: Sequence[str], own: Table) -> Any:
    """Whether an earlier row with the same values lies within some time before; not known where one of them is open to
    doubt, or a row's values can't be read."""
    date, *keys = names
    physical = own.columns[date]
    states = [f"{date}?{state}" for state in ("bad", "days", "never") if getattr(physical, state)]
    states += [mark for mark in ("_uncertain", "_astray") if mark in own.marks]
    conflicts = [nw.col("_conflict") > 0] if own.conflicts else []
    doubtful = any_of([*conflicts, *(nw.col(state) for state in states)])
    unread = any_of([nw.col(f"{name}?bad") for name in keys if own.columns[name].bad])
    loose = unread is not False and bool(len(frame.filter(unread).select("_row").collect()))
    frame = frame.with_columns(_doubt=(doubtful if doubtful is not False else nw.lit(False)).cast(nw.Int64))
    before = nw.col(date).shift(1).over(*keys, order_by=[date, "_export", "_row"])
    frame = frame.with_columns(_before=before, _doubt=nw.col("_doubt").max().over(*keys))
    there = (nw.col(date) - nw.col("_before") <= int(node.column)).fill_null(False)
    blank = any_of([nw.col(f"{name}?blank") for name in names if own.columns[name].blank])
    there = there & ~blank if blank is not False else there
    bad = nw.lit(True) if loose else nw.col("_doubt") > 0
    marks = {f"{node.name}?blank": nw.lit(False), f"{node.name}?bad": bad}
    return frame.with_columns(there.alias(node.name), **marks).drop("_doubt", "_before")
