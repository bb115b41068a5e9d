"""Queries: measures in windows -> exact sums over the certain rows, and the doubtful rows one by one.

Convention: `TableQuery` gathers everything that is asked of one table and answers it in one pass (and a second one over
the doubtful rows, where there are any). Frames stay lazy; only sums and doubtful rows are collected.
"""

import functools
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, chain
from typing import Any

import narwhals as nw

from itss_kpi.catalogue.expression import Kind, Related, micros_of
from itss_kpi.catalogue.sources import SUBMITTER
from itss_kpi.catalogue.usage import PLANNED
from itss_kpi.core.problems import Place
from itss_kpi.core.results import Accounting
from itss_kpi.engine.moments import DAY
from itss_kpi.engine.rows.other_ledgers import Beside, Pairs, repeated
from itss_kpi.engine.rows.populations import Conjunction, Flag, Group, Population, Window, all_of
from itss_kpi.engine.rows.questions import Questions
from itss_kpi.engine.rows.statuses import SPREAD, OfRow, QueriedRow, Statuses, has, joint_standings
from itss_kpi.engine.rows.terms import LARGEST, Mask, any_of, both, conjoined, expressed, marked, negated, picked
from itss_kpi.tables.table import Table

_SPLIT = 2**20
_NO_ROW = 2**31
_NO_DAY = 2**31
_ENDS = 40
"""Up to so many ends of windows are compared with each moment; of more, days are faster."""
_AT_ONCE = 90
"""How many sums are grouped in one go."""


@dataclass(frozen=True, slots=True)
class Sums:
    """A population's sums over its certain rows; `possible` counts the doubtful ones as well, `elsewhere` those outside
    of the window and of their file's time."""

    inside: int
    possible: int
    counted: int
    total: Fraction
    elsewhere: int


@dataclass(frozen=True, slots=True)
class Part:
    """What is summed: the amount with this key (None: 1 a row) of some rows."""

    rows: Conjunction
    amount: Hashable = None


_ALWAYS = Window("", 0, 0)
Totals = Iterator[tuple[str | None, Mapping[Part, int]]]
"""The sums of parts, by group."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A row's stretch of time: whether it surely counts, its ends are `known`, and its group (None: it isn't known)."""

    begin: int
    end: int
    sure: bool
    known: bool
    group: str | None


@dataclass
class TableQuery(Questions):
    """The answers to everything that is asked of one table; a `query_id` is the number of one population."""

    @functools.cached_property
    def _all_rows(self) -> Any:
        # joins and windows over rows are not to be had of every kind of frame that a table may be
        frame = nw.from_native(self.table.pandas if self.related else self.table.frame).lazy()
        calendar = self.catalogue.calendar
        for node, pairs in self.related.values():
            other, begins = self.others.get(node.source), self._begins(node, pairs)
            beside = Beside(self.columns, node, other, pairs, self._meant, calendar, begins)
            frame = beside.joined(frame) if node.source else repeated(frame, node, pairs, self.table)
        for columns in self.worked:
            frame = frame.with_columns(**columns)
        masks = {name: mask for name, mask in self.masks.items() if name not in self.windows}
        return frame.with_columns(**masks) if masks else frame

    @functools.cached_property
    def _records(self) -> Any:
        # variants of a conflicting record are looked at one by one, not summed
        return self._all_rows.filter(nw.col("_conflict") == 0) if self.table.conflicts else self._all_rows

    def sums(self) -> list[dict[str | None, Sums]]:
        """Each population's sums by group (one group, '', where none was asked for; None: an unreadable group)."""
        found = {group: self._group_sums(group) for group in self.groups}
        return [_sums(one, found[one.group], self._of_quotients(at)) for at, one in enumerate(self.populations)]

    def _of_quotients(self, query_id: int) -> Mapping[str | None, Fraction]:
        """The sums of amounts without a common denominator, by group."""
        one = self.populations[query_id]
        if one.scale is not None or one.measure.measure not in ("sum", "mean"):
            return {}
        amounts = self.amounts(query_id, one.group)
        return {group: sum(found, Fraction(0)) for group, found in amounts.items()}

    def _group_sums(self, group: Group) -> dict[str | None, Counter[Part]]:
        """Each part's sum in each group. Windows are whole days, so that the sums of days answer all of them; only of
        rows that may have a date which can't be read each window is asked."""
        asked = [one for one in self.populations if one.group == group]
        columns: dict[str, dict[Part, Any]] = defaultdict(dict)
        for part, amount in (wanted for one in asked for wanted in self._wanted(one)):
            columns[self._window_of(part).column][part] = amount
        found: dict[str | None, Counter[Part]] = defaultdict(Counter)
        for column, parts in columns.items():
            dated = (self._by_day(column, parts, group), self._row_by_row(column, parts, group))
            for name, sums in chain(*dated) if column else self._at_once(parts, group):
                found[name].update(sums)
        return found if group else {"": found[""]}

    def _at_once(self, parts: Mapping[Part, Any], group: Group) -> Totals:
        """The sums of all rows, by group."""
        for values, amounts in self._summed(self._records, parts, group).items():
            yield _name(values, group), dict(zip(parts, amounts, strict=True))

    def _row_by_row(self, column: str, parts: Mapping[Part, Any], group: Group) -> Totals:
        """The sums of the few rows that may have a date in a column which can't be read, by group and flags."""
        unclear = self.dateless[column][1]
        if unclear is False:
            return
        flags = list(dict.fromkeys(flag for part in parts for flag in part.rows or ()))
        keys, amounts = self._keys(group), {part.amount: top for part, top in parts.items() if top is not None}
        columns = [self.holding(flag).alias(flag) for flag in flags]
        columns += [top.alias(f"a{at}") for at, top in enumerate(amounts.values())]
        found: dict[tuple[str | None, int], list[int]] = {}
        for row in _filtered(self._records, unclear).select(*keys, *columns).collect().rows():
            own, held, tops = row[: len(keys)], row[len(keys) : len(keys) + len(flags)], row[len(keys) + len(flags) :]
            bits = sum(self.bit[flag] for flag, holds in zip(flags, held, strict=True) if holds)
            sums = found.setdefault((_name(own, group), bits), [0] * (1 + len(amounts)))
            for at, top in enumerate((1, *tops)):
                sums[at] += int(top)
        places = {amount: number for number, amount in enumerate(amounts, 1)}
        wanted = [(part, self.bits(part.rows), places.get(part.amount, 0)) for part in parts]
        for (name, bits), sums in found.items():
            yield name, {part: sums[at] for part, own, at in wanted if has(bits, own)}

    def _by_day(self, column: str, parts: Mapping[Part, Any], group: Group) -> Totals:
        """The sums of the rows whose date in a column is known, by group."""
        always = {part: Part(_without(self.windows, part.rows), part.amount) for part in parts}
        summed = {always[part]: amount for part, amount in parts.items()}
        frame, place = self._placed_in_time(column, parts, group)
        times: dict[tuple[Any, ...], dict[int, list[int]]] = defaultdict(dict)
        for (at, *values), amounts in self._summed(frame, summed, group, "_time").items():
            times[tuple(values)][at] = amounts
        windows = [(part, self._window_of(part)) for part in parts]
        asked = [(part, always[part], place[window.start], place[window.end]) for part, window in windows]
        for key, known in times.items():
            order = sorted(known)
            columns = zip(*(known[at] for at in order), strict=True)
            running = {
                part: list(accumulate(amounts, initial=0)) for part, amounts in zip(summed, columns, strict=True)
            }
            before = {end: bisect_left(order, end) for end in place.values()}
            yield (
                _name(key, group),
                {part: running[own][before[last]] - running[own][before[first]] for part, own, first, last in asked},
            )

    def _placed_in_time(self, column: str, parts: Iterable[Part], group: Group) -> tuple[Any, Mapping[int, int]]:
        """The records with their place in time, and that of each end of a window: the day; or where there are groups,
        each of which has its own sums, how many of the ends lie before."""
        windows = [self._window_of(part) for part in parts]
        ends = sorted({end for window in windows for end in (window.start, window.end)})
        moment, dateless = nw.col(column), self.dateless[column][0]
        if not group or len(ends) > _ENDS:
            time = picked(dateless, nw.lit(_NO_DAY), moment // DAY)
            return self._records.with_columns(_time=time), {end: end // DAY for end in ends}
        passed = functools.reduce(lambda one, other: one + other, ((moment >= end).cast(nw.Int16) for end in ends))
        time = picked(dateless, nw.lit(len(ends) + 1, nw.Int16), passed)
        return self._records.with_columns(_time=time), {end: at for at, end in enumerate(ends, 1)}

    def _summed(
        self, frame: Any, parts: Mapping[Part, Any], group: Group, *by: str
    ) -> dict[tuple[Any, ...], list[int]]:
        """The sums of the parts for each value of the columns `by` and of those that say the group."""
        names = [f"a{at}" for at in range(len(parts))]
        columns = [
            self._addend(*one).cast(nw.Int64).alias(name) for name, one in zip(names, parts.items(), strict=True)
        ]
        by = (*by, *self._keys(group))
        if not by:
            rows = frame.select(*(column.sum() for column in columns)).collect().rows()
            return {(): [int(amount or 0) for amount in rows[0]]}
        found: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        # some at a time: pandas complains of results that were put together from many columns
        for at in range(0, len(names), _AT_ONCE):
            some = names[at : at + _AT_ONCE]
            grouped = frame.select(*by, *columns[at : at + _AT_ONCE]).group_by(*by)
            for row in grouped.agg(*(nw.col(name).sum() for name in some)).select(*by, *some).collect().rows():
                found[row[: len(by)]] += map(int, row[len(by) :])
        return found

    def _keys(self, group: Group) -> list[str]:
        """The columns that say of which group a row is: its name, and whether that can't be read."""
        return [group.column, *self._unread(group)] if group else []

    def _group_of(self, row: Mapping[str, Any], group: Group) -> str | None:
        return _name([row[key] for key in self._keys(group)], group)

    def _wanted(self, one: Population) -> Iterator[tuple[Part, Any]]:
        apart = () if one.apart is False else (all_of(one.apart), all_of(one.apart, one.inside.possibly))
        for rows in (all_of(one.inside.possibly), one.surely, one.possibly, *apart):
            yield Part(rows), None
        if one.amount and one.scale and one.measure.measure in ("sum", "mean"):
            if one.amount.reach[0] * self.table.kept > LARGEST:
                # too large for one int64 sum: the upper and the lower part apart
                yield Part(one.surely, (*one.addend, _SPLIT)), one.amount.top // _SPLIT
                yield Part(one.surely, (*one.addend, 1)), one.amount.top % _SPLIT
            else:
                yield Part(one.surely, (*one.addend, 1)), one.amount.top

    def _window_of(self, part: Part) -> Window:
        return next((self.windows[flag] for flag in part.rows or () if flag in self.windows), _ALWAYS)

    def _addend(self, part: Part, amount: Any) -> Any:
        """What each row adds to a part's sum."""
        holds = self._holds(part.rows)
        if amount is None:
            return holds
        return amount if part.rows == frozenset() else nw.when(holds).then(amount).otherwise(nw.lit(0))

    def _holds(self, rows: Conjunction) -> Any:
        if not rows:
            # the same for every row, but a column as the others are
            return nw.col("_row") > (0 if rows is not None else _NO_ROW)
        return conjoined([self.holding(name) for name in sorted(rows)])

    def doubtful_rows(self, sums: Sequence[Mapping[str | None, Sums]]) -> list[QueriedRow]:
        """The rows that are doubtful to a population, and all variants of conflicting records."""
        open_ones = {
            (one.possibly, one.surely): None
            for one, found in zip(self.populations, sums, strict=True)
            if any(each.possible != each.counted for each in found.values())
        }
        if not open_ones and not self.table.conflicts:
            return []
        pairs = [(self.bits(possibly), self.bits(surely)) for possibly, surely in open_ones]
        rows = self.rows(self._near(open_ones))
        doubtful = {
            bits: any(has(bits, possibly) and not has(bits, surely) for possibly, surely in pairs)
            for bits in {row.bits for row in rows}
        }
        return [row for row in rows if row.conflict or doubtful[row.bits]]

    def _near(self, pairs: Iterable[tuple[Conjunction, Conjunction]]) -> Mask:
        """Rows among which those are that possibly and don't surely count: few, and found without asking windows."""
        always = dict.fromkeys((_without(self.windows, one), _without(self.windows, other)) for one, other in pairs)
        masks = [nw.col("_conflict") > 0] if self.table.conflicts else []
        masks += [both(self._holds(possibly), negated(self._holds(surely))) for possibly, surely in always]
        return any_of([*masks, *(unclear for _, unclear in self.dateless.values())])

    def rows(
        self,
        wanted: Mask = True,
        query_ids: Collection[int] | None = None,
        flags: Iterable[Flag] = (),
    ) -> list[QueriedRow]:
        """The `wanted` rows in order of export and row, with what each is to the populations (to all of them by
        default) and whether the `flags` hold."""
        asked = {query_id: self.populations[query_id] for query_id in query_ids or range(len(self.populations))}
        groups = list(filter(None, self.groups))
        states = [state for group in groups for state in self._unread(group)]
        columns = [group.column for group in groups]
        used = [*(flag for one in asked.values() for flag in one.flags), *flags]
        masks = [flag for flag in used if isinstance(flag, str)]
        names = dict.fromkeys(["_export", "_row", "_conflict", *columns, *states])
        holding = {mask: self.holding(mask) for mask in masks if mask not in names}
        amounts = [one.amount.top.alias(f"_t{query_id}") for query_id, one in asked.items() if one.amount]
        amounts += [one.amount.bottom.alias(f"_b{at}") for at, one in asked.items() if one.amount and not one.scale]
        spreads = {query_id: one.spread for query_id, one in asked.items() if one.spread}
        amounts += [
            expressed(getattr(one, part)).alias(f"_{part}{at}") for at, one in spreads.items() for part in SPREAD
        ]
        found = _filtered(self._all_rows, wanted).select(*names, *amounts, **holding).collect()
        statuses = {
            query_id: Statuses(one, query_id, sum({self.bit[flag] for flag in one.flags if isinstance(flag, str)}))
            for query_id, one in asked.items()
        }
        rows = []
        for row in found.rows(named=True):
            bits = sum(self.bit[flag] for flag in holding if row[flag])
            keys = {group: self._group_of(row, group) for group in groups}
            place = row["_export"], row["_row"], row["_conflict"]
            rows.append(QueriedRow(*place, keys, OfRow(statuses, row, bits), row, bits))
        return sorted(rows, key=lambda row: (row.export, row.row))

    def distinct(self, whole: int, part: int | None, group: Group) -> dict[tuple[str, str], tuple[bool, ...]]:
        """For each group and distinct value: surely and possibly in `whole`, surely and possibly in `part`.

        Conflicting records, unreadable values and rows whose group is unreadable are left out.
        """
        one = self.populations[whole]
        other = self.populations[whole if part is None else part]
        assert one.amount
        flags = (one.surely, _and(one.possibly, one.known), other.surely, _and(other.possibly, one.known))
        columns = [self._holds(rows).cast(nw.Int64).alias(f"f{at}") for at, rows in enumerate(flags)]
        keys = [one.amount.top.alias("value"), *([nw.col(group.column).alias("group")] if group else [])]
        names = ["value", *(["group"] if group else [])]
        unread = self._unread(group)
        records = self._records.filter(~any_of([nw.col(state) for state in unread])) if unread else self._records
        grouped = records.select(*keys, *columns).group_by(*names)
        found = grouped.agg(*(nw.col(f"f{at}").max() for at in range(len(flags)))).collect().rows(named=True)
        return {
            (row.get("group", ""), str(row["value"])): tuple(row[f"f{at}"] > 0 for at in range(len(flags)))
            for row in found
        }

    def amounts(self, query_id: int, group: Group) -> dict[str, list[Fraction]]:
        """The amounts of the population's certain rows, by group."""
        one = self.populations[query_id]
        assert one.amount
        rows = self._records.filter(self._holds(one.surely))
        keys = [nw.col(group.column).alias("group")] if group else []
        found: dict[str, list[Fraction]] = defaultdict(list)
        parts = one.amount.top.alias("top"), expressed(one.amount.bottom).alias("bottom")
        for row in rows.select(*parts, *keys).collect().rows(named=True):
            found[row.get("group", "")].append(Fraction(row["top"], row["bottom"]))
        return found

    def stretches(self, query_id: int, group: Group) -> tuple[list[Stretch], tuple[int, int]]:
        """The stretches of time of the population's rows within the period, and that itself, in microseconds."""
        one, compiler = self.populations[query_id], self.compilers[query_id]
        begin, end, known = compiler.stretch(self.catalogue.expression(one.measure.of or ""))
        rows = self._all_rows.filter(self._holds(one.possibly)).select(
            *self._keys(group),
            begin=expressed(begin),
            end=expressed(end),
            _sure=self._holds(one.surely) & (nw.col("_conflict") == 0),
            _known=expressed(known),
        )
        found = [
            Stretch(row["begin"], row["end"], row["_sure"], row["_known"], self._group_of(row, group))
            for row in rows.collect().rows(named=True)
        ]
        return found, (compiler.start, compiler.end)

    def submitters(self, query_id: int) -> tuple[set[str], set[str]]:
        """The departments that surely have a row in the population, and those that may have one."""
        one = self.populations[query_id]
        sure = all_of(one.inside.surely, one.base.surely, one.extra.surely, one.certain)
        found = [
            {name for (name,) in rows.filter(self._holds(mask)).select(SUBMITTER).unique().collect().rows()}
            for rows, mask in ((self._records, sure), (self._all_rows, one.possibly))
        ]
        return found[0], found[1]

    def _begins(self, node: Related, pairs: Pairs) -> str:
        """The column of a row's own time, where what another ledger has of it alone happens after it."""
        source = self.catalogue.sources[self.table.source]
        own = {name.name for _, name in pairs}
        whole = source.date and own.issuperset(one for one in source.key if one != SUBMITTER)
        happened = node.what in ("first", "last") and node.source and self.columns[node.name].kind is Kind.INSTANT
        planned = PLANNED.search(node.column) or PLANNED.search(source.date or "")
        return source.date or "" if whole and happened and not planned else ""

    def too_early(self) -> Iterator[tuple[Related, int, Place]]:
        """What another ledger has of rows before their own time: in how many, and the first of them."""
        for node, pairs in self.related.values():
            if node.source in self.others and self._begins(node, pairs):
                yield from self._said(node, nw.col(f"{node.name}?early"))

    def _said(self, node: Related, wanted: Mask) -> Iterator[tuple[Related, int, Place]]:
        rows = self._all_rows.filter(wanted).select("_export", "_row").collect().rows()
        if rows:
            export, row = min(rows)
            found = self.table.exports[export]
            yield node, len(rows), Place(found.path, found.sheet, f"第{row}行")

    def not_found(self) -> Iterator[tuple[Related, int, Place]]:
        """What is looked up in another ledger and isn't there, though nothing says what then, or is there but for the
        way in which its name is written: in how many rows, and the first of them."""
        for node, pairs in self.related.values():
            if node.at is not None and not _is_there(self.others.get(node.source), node.at):
                continue  # nobody handed in the list of that day, which is said of it
            if node.what == "lookup" and node.name not in self.excused and node.source in self.others:
                none = nw.col(f"{node.name}?none") & ~nw.col(f"{node.name}?found")
                wanted = both(none, negated(marked(self.columns, [own.name for _, own in pairs], "blank")))
            elif node.source in self.others and node.what != "lookup":
                wanted = nw.col(f"{node.name}?near")
            else:
                continue
            yield from self._said(node, wanted)

    # ---- accounting

    def accounting(
        self, query_id: int, label: str, sums: Mapping[str | None, Sums], doubtful: Sequence[QueriedRow]
    ) -> Accounting:
        """What became of the table's kept rows; a conflicting record counts once."""
        inside = sum(found.inside for found in sums.values())
        possible = sum(found.possible for found in sums.values())
        counted = sum(found.counted for found in sums.values())
        tally = {"counted": counted, "doubtful": possible - counted, "excluded": inside - possible}
        tally["elsewhere"] = sum(found.elsewhere for found in sums.values())
        tally["outside"] = self.table.kept - self.table.conflicts - inside - tally["elsewhere"]
        for standings in joint_standings(doubtful, query_id).values():
            tally[standings] += 1
        return Accounting(label, self.catalogue.sources[self.table.source].name, self.table.kept, **tally)


def _and(rows: Conjunction, flag: Flag) -> Conjunction:
    return None if rows is None or flag is False else rows | ({flag} if isinstance(flag, str) else frozenset())


def _name(values: Sequence[Any], group: Group) -> str | None:
    """The name of a group, by its columns; None where it can't be read."""
    if not group:
        return ""
    name: str = values[0]
    return None if any(values[1:]) else name


def _without(flags: Collection[str], rows: Conjunction) -> Conjunction:
    return None if rows is None else rows.difference(flags)


def _is_there(other: Table | None, at: int) -> bool:
    """Whether some sheet of a list answers for an instant's day before."""
    days = [one.covers for one in other.exports if one.covers] if other else []
    return any(micros_of(start) < at <= micros_of(end) for start, end in days)


def _filtered(frame: Any, wanted: Mask) -> Any:
    return frame if wanted is True else frame.filter(wanted)


def _sums(
    one: Population, found: Mapping[str | None, Counter[Part]], quotients: Mapping[str | None, Fraction]
) -> dict[str | None, Sums]:
    """A population's sums by group."""
    inside, possible, counted = (Part(rows) for rows in (all_of(one.inside.possibly), one.possibly, one.surely))
    lower, upper = (Part(one.surely, (*one.addend, unit)) for unit in (1, _SPLIT))
    apart = Part(all_of(one.apart)), Part(all_of(one.apart, one.inside.possibly))
    sums: dict[str | None, Sums] = {}
    for name, row in found.items():
        total = row[lower] + row[upper] * _SPLIT if lower in row else row[counted]
        exact = Fraction(total, one.scale) if one.scale else quotients.get(name, Fraction(0))
        elsewhere = row[apart[0]] - row[apart[1]] if one.apart else 0
        sums[name] = Sums(row[inside], row[possible], row[counted], exact, elsewhere)
    return sums
