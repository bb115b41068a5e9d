"""Related ledgers: what rows of another ledger say of a row, as a column beside its own.

Convention: the other ledger's rows are first summed by the columns that are equal, so that a row stays one row. Nothing
is known of a value where the other ledger has no row with this key, or rows that differ; and not whether there is one
where some of its rows can't be read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from itss_kpi.catalogue.calendar import Calendar
from itss_kpi.catalogue.expression import THIS, Column, Kind, Related
from itss_kpi.core.likeness import alike, without_prefix
from itss_kpi.engine.moments import DAY, known, worked_before
from itss_kpi.engine.rows.terms import LARGEST, Mask, Truth, any_of, both, either, expressed, marked, negated
from itss_kpi.tables.table import Physical, Table

MANY = 20_000
"""Different names beyond which those that are nearly the same are not looked for."""
_ASKED = 50
"""Rows whose key can't be read beyond which none is asked where it may be meant."""
EXACT = 2**53
"""Up to here a whole number stays itself where a backend takes a column with gaps for binary floats."""
Pairs = Sequence[tuple[str, Column | Related]]
Where = Callable[[Related], tuple[list[dict[str, Any]], Truth]]
"""Which rows of its ledger a related value means, and the columns to work out before that is asked."""


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


@dataclass(frozen=True, slots=True)
class Beside:
    """A related value of a table's rows: the other ledger (None: nobody handed it in), and the pairs of its columns
    with those of the row that are equal to them. What happens to the row doesn't happen before it `begins` (a column,
    '' where others' rows don't belong to a row alone)."""

    columns: Mapping[str, Physical]
    node: Related
    other: Table | None
    pairs: Pairs
    where: Where
    calendar: Calendar | None
    begins: str = ""

    def joined(self, frame: Any) -> Any:
        """The lazy frame with the columns of the value: itself, `?blank` and `?bad`."""
        columns, node, pairs, other = self.columns, self.node, self.pairs, self.other
        if other is None:
            nothing: Any = {Kind.TEXT: "", Kind.TRUTH: False}.get(columns[node.name].kind, 0)
            states = {f"{node.name}?{one}": nw.lit(one == "bad") for one in ("blank", "bad", "none", "found", "near")}
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
        wide, loose = self._beside_sums(frame, rows, other, keys)
        value, found = self._read(loose)
        found["bad"] = (found["bad"] | nearly) if near else found["bad"]
        named = {f"{node.name}?{state}": mask for state, mask in {**found, "near": nearly}.items()}
        wide = wide.with_columns(value.alias(node.name), **named)
        return wide.drop(*keys, *_SUMMED[node.what], *(["_loose"] if "_loose" in wide.collect_schema().names() else []))

    def _beside_sums(self, frame: Any, rows: Any, other: Table, keys: Sequence[str]) -> tuple[Any, Mask]:
        """The frame with what the other ledger's rows of the same key are summed to; and where some of these have a key
        that can't be read."""
        held = [f"{one.name}{state}" for one in self.node.of_row for state in ("", *_states(self.columns[one.name]))]
        unread = marked(other.columns, [name for name, _ in self.pairs], *_UNREAD)
        loose: Mask = False
        if held:  # a pair of each of them and each row that they may belong to
            marks = [nw.col(name).alias(as_) for at, name in enumerate(held) for as_ in (f"{THIS}{name}", f"_t{at}")]
            if (many := _count_of(rows, unread)) > _ASKED:
                loose = nw.lit(True)
            elif many:
                any_of_them = rows.filter(unread).join(frame.select(*marks).unique(), how="cross")
                frame = self._with_loose(frame, any_of_them, held)
                loose = nw.col("_loose")
            rows = rows.join(frame.select(*keys, *marks).unique(), on=keys, how="inner")
        by = [*keys, *(f"_t{at}" for at in range(len(held)))]
        rows, surely = self._meant(rows)
        if not held and _count_of(rows, unread):
            loose = nw.lit(True)
        found = self._summed(other, rows, surely, by)
        found = found.select(*(nw.col(name).alias(f"{name}!") for name in by), *_SUMMED[self.node.what])
        wide = frame.join(found, left_on=[*keys, *held], right_on=[f"{name}!" for name in by], how="left")
        return wide.with_columns(nw.col("_n").fill_null(0).cast(nw.Int64)), loose

    def _with_loose(self, frame: Any, rows: Any, held: Sequence[str]) -> Any:
        """The frame with whether some row may be meant, of those whose key can't be read."""
        names = [f"_t{at}" for at in range(len(held))]
        rows, _ = self._meant(rows)
        found = rows.select(*(nw.col(name).alias(f"{name}!") for name in names)).unique()
        found = found.with_columns(nw.lit(1).alias("_loose"))
        wide = frame.join(found, left_on=list(held), right_on=[f"{name}!" for name in names], how="left")
        return wide.with_columns(nw.col("_loose").fill_null(0) > 0)

    def _meant(self, rows: Any) -> tuple[Any, Mask]:
        """The other ledger's rows that may be meant, and which of them surely are."""
        steps, meant = self.where(self.node) if self.node.where is not None else ([], Truth(True, True))
        for worked in steps:
            rows = rows.with_columns(**worked)
        return rows if meant.possibly is True else rows.filter(expressed(meant.possibly)), meant.surely

    def _read(self, loose: Mask) -> tuple[Any, dict[str, Any]]:
        """The value that the sums beside a row come to, and what is the matter with it."""
        what, own = self.node.what, [one.name for _, one in self.pairs]
        blank, unread = marked(self.columns, own, "blank"), marked(self.columns, own, *_UNREAD)
        value, doubt = _VALUES[what](self.columns[self.node.name], loose)
        bad = either(doubt, unread)
        none = nw.col("_n") == nw.col("_blanks").fill_null(0)
        # no row, or rows in which there is nothing: not where one may be of any key
        none = either(both(both(none, negated(loose)), negated(unread)), blank)
        if what == "lookup":  # `default` says what then
            return value, {"blank": nw.lit(False), "bad": either(bad, blank), "found": nw.col("_n") > 0, "none": none}
        if what in ("first", "last"):
            early = both(self._early(value), negated(none))
            found = either(both(doubt, negated(none)), both(unread, negated(blank)))
            return value, {"blank": none, "bad": either(found, early), "early": expressed(early)}
        if blank is not False:
            value = nw.when(blank).then(nw.lit(False if what == "exists" else 0)).otherwise(value)  # there is none
        return value, {"blank": nw.lit(False), "bad": both(bad, negated(blank))}

    def _early(self, value: Any) -> Mask:
        """Where what is the first or the last lies before the row's own time, by day where one of them is a day."""
        if not self.begins:
            return False
        unit = DAY if self.columns[self.begins].day or self.columns[self.node.name].day else 1
        known = negated(marked(self.columns, [self.begins], "blank", "days", *_UNREAD))
        return both(value // unit < nw.col(self.begins) // unit, known)

    def _summed(self, other: Table, rows: Any, surely: Mask, by: Sequence[str]) -> Any:
        """The other ledger's rows by what they are held against: how many, how many of them open to doubt, the least
        and the most of the column."""
        node, names = self.node, [name for name, _ in self.pairs]
        lost = marked(other.columns, names, "blank", *_UNREAD)
        rows = rows if lost is False else rows.filter(~lost)
        # of a record in several variants one is there: of what they say the same, a lookup is sure
        marks = [nw.col("_conflict") > 0] if other.conflicts and node.what != "lookup" else []
        marks += [nw.col("_uncertain")] if other.uncertain else []
        doubtful = either(any_of(marks), negated(surely))
        columns = {"_n": nw.lit(1), "_open": expressed(doubtful).cast(nw.Int64)}
        if node.what == "sum":
            columns["_sum"] = _amount(node, self.calendar)
        if "_gaps" in _SUMMED[node.what]:
            columns["_gaps"] = expressed(self._gaps(other)).cast(nw.Int64)
        if "_blanks" in _SUMMED[node.what]:
            physical = other.columns[node.column]
            value = nw.col(node.column).cast(nw.Int64) if physical.kind is Kind.TRUTH else nw.col(node.column)
            empty = nw.col(f"{node.column}?blank") if physical.blank else nw.lit(False)
            if node.what != "lookup":  # of a lookup a blank says something
                value = nw.when(~empty).then(value)
            columns |= {"_least": value, "_most": value, "_blanks": empty.cast(nw.Int64)}
        aggregates = [getattr(nw.col(name), _EXTREMES.get(name, "sum"))() for name in columns]
        return rows.select(*by, *(one.alias(name) for name, one in columns.items())).group_by(*by).agg(*aggregates)

    def _gaps(self, other: Table) -> Mask:
        """The rows of which it isn't known what they add or say; of the first and the last a blank is none."""
        node = self.node
        lost = [at for at in _LOST if at != "blank" or node.what not in ("first", "last")]
        names = [node.column, *([node.since] if node.since else [])]
        masks = [nw.col(node.column) < nw.col(node.since)] if node.since else []
        masks += [~known(self.calendar, nw.col(one)) for one in names] if node.worked and self.calendar else []
        return any_of([marked(other.columns, names, *lost), *masks])


def _count_of(rows: Any, mask: Mask) -> int:
    """For how many of the rows a mask holds."""
    return 0 if mask is False else len(rows.filter(mask).select("_row").collect())


def _are_names(columns: Mapping[str, Physical], other: Table, pairs: Pairs) -> bool:
    (name, own), *others = pairs
    return not others and columns[own.name].folded and other.columns[name].folded


def _nearly_theirs(frame: Any, rows: Any, keys: Sequence[str]) -> list[str]:
    """The names that the other ledger hasn't, but for a blank, a dash, a zero or the letters before: they may be the
    same."""
    mine, theirs = (
        {name for (name,) in one.select(keys[0]).unique().collect().rows() if name} for one in (frame, rows)
    )
    lone = mine - theirs
    if not lone or len(lone | theirs) > MANY:
        return []
    common = alike(lone | theirs)
    there = {common[name] for name in theirs}
    numbers = {without_prefix(name): name for name in theirs - mine}
    return sorted(
        name
        for name in lone
        if common[name] in there or numbers.get(without_prefix(name), name).isdigit() != name.isdigit()
    )


_UNREAD = ("bad", "astray")
_LOST = ("blank", "days", "never", *_UNREAD)
"""Of what stands so in a column nobody knows the value."""
_SUMMED = {
    "exists": ("_n", "_open"),
    "count": ("_n", "_open"),
    "sum": ("_n", "_open", "_sum", "_gaps"),
    **dict.fromkeys(("lookup", "first", "last"), ("_n", "_open", "_least", "_most", "_gaps", "_blanks")),
}
_EXTREMES = {"_least": "min", "_most": "max"}


def _on(own: Physical, other: Physical, name: str) -> Any:
    """A column as it is compared: numbers of different decimals in the finer ones, names without what is written in
    several ways."""
    if own.folded and other.folded:
        return nw.col(f"{name}?folded")
    return nw.col(name) * 10 ** max(other.scale - own.scale, 0) if other.scale > own.scale else nw.col(name)


def _states(physical: Physical) -> list[str]:
    """The marks that stand beside a column."""
    return [f"?{one}" for one in ("blank", "bad", "days", "never", "astray", "folded") if getattr(physical, one)]


def _exists(_: Physical, loose: Mask) -> tuple[Any, Any]:
    sure = nw.col("_n") - nw.col("_open").fill_null(0) > 0
    return nw.col("_n") > 0, ~either(sure, both(nw.col("_n") == 0, negated(loose)))


def _lookup(physical: Physical, _: Mask) -> tuple[Any, Any]:
    nothing: Any = "" if physical.kind is Kind.TEXT else 0
    least, most = (nw.col(name).fill_null(nothing) for name in ("_least", "_most"))
    value = least if physical.kind is Kind.TEXT else least.cast(nw.Int64)
    sure = nw.col("_n") - nw.col("_open").fill_null(0)
    bad = (sure == 0) | (least != most) | (nw.col("_gaps").fill_null(0) > 0)
    return (value > 0 if physical.kind is Kind.TRUTH else value), bad if physical.bound < EXACT else nw.lit(True)


def _figure(name: str) -> Callable[[Physical, Mask], tuple[Any, Any]]:
    def read(physical: Physical, loose: Mask) -> tuple[Any, Any]:
        unknown = (nw.col("_open").fill_null(0) > 0) | (nw.col("_gaps").fill_null(0) > 0)
        unknown = nw.lit(True) if physical.bound >= EXACT else either(unknown, loose)
        return nw.col(name).fill_null(0).cast(nw.Int64), unknown

    return read


_VALUES: dict[str, Callable[[Physical, Mask], tuple[Any, Any]]] = {
    "exists": _exists,
    "count": lambda _, loose: (nw.col("_n"), either(nw.col("_open").fill_null(0) > 0, loose)),
    "sum": _figure("_sum"),
    "lookup": _lookup,
    "first": _figure("_least"),
    "last": _figure("_most"),
}


def repeated(frame: Any, node: Related, pairs: Pairs, own: Table) -> Any:
    """The lazy frame with whether an earlier row with the same values lies within some time before; not known where one
    of them is open to doubt, or a row's values can't be read."""
    date, *keys = names = [one.name for _, one in pairs]
    marks = [nw.col("_uncertain")] if own.uncertain else []
    conflicts = [nw.col("_conflict") > 0] if own.conflicts else []
    doubtful = any_of([*conflicts, marked(own.columns, [date], "days", "never", *_UNREAD), *marks])
    loose = _count_of(frame, marked(own.columns, keys, *_UNREAD)) > 0
    frame = frame.with_columns(_doubt=expressed(doubtful).cast(nw.Int64))
    before = nw.col(date).shift(1).over(*keys, order_by=[date, "_export", "_row"])
    frame = frame.with_columns(_before=before, _doubt=nw.col("_doubt").max().over(*keys))
    there = (nw.col(date) - nw.col("_before") <= int(node.column)).fill_null(False)
    there = both(there, negated(marked(own.columns, names, "blank")))
    bad = nw.lit(True) if loose else nw.col("_doubt") > 0
    states = {f"{node.name}?blank": nw.lit(False), f"{node.name}?bad": bad}
    return frame.with_columns(there.alias(node.name), **states).drop("_doubt", "_before")
