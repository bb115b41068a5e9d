"""Queries: measures in windows -> exact sums over the certain rows, and the doubtful rows one by one.

Convention: `TableQuery` gathers everything that is asked of one table and answers it in one pass (and a second one over
the doubtful rows, where there are any). Frames stay lazy; only sums and doubtful rows are collected.
"""

import functools
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import narwhals as nw

from itss_kpi.catalogue.expression import Related
from itss_kpi.catalogue.sources import SUBMITTER
from itss_kpi.core.problems import Place
from itss_kpi.core.results import Accounting
from itss_kpi.engine import other_ledgers
from itss_kpi.engine.populations import Conjunction, Flag, Group, Population, all_of
from itss_kpi.engine.questions import Questions
from itss_kpi.engine.statuses import QueriedRow, Statuses, joint_standings
from itss_kpi.engine.terms import LARGEST, Mask, Term, any_of, both, conjoined, expressed, negated

_SPLIT = 2**20
_NO_ROW = 2**31
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
        frame = other_ledgers.all_joined(frame, self.columns, self.related, self.table, self.others, self._meant)
        for columns in self.worked:
            frame = frame.with_columns(**columns)
        return frame.with_columns(**self.masks) if self.masks else frame

    @functools.cached_property
    def _records(self) -> Any:
        # variants of a conflicting record are looked at one by one, not summed
        return self._all_rows.filter(nw.col("_conflict") == 0) if self.table.conflicts else self._all_rows

    def sums(self) -> list[dict[str | None, Sums]]:
        """Each population's sums by group (one group, '', where none was asked for; None: an unreadable group)."""
        found = {group: self._group_sums(group) for group in dict.fromkeys(self.groups)}
        return [
            {name: _sums(one, row) for name, row in found[group].items()}
            for one, group in zip(self.populations, self.groups, strict=True)
        ]

    def _group_sums(self, group: Group) -> dict[str | None, dict[Hashable, int]]:
        parts: dict[Hashable, Any] = {}
        for one, own in zip(self.populations, self.groups, strict=True):
            if own == group:
                for key, build in self._wanted(one):
                    if key not in parts:
                        parts[key] = build()
        names = {key: f"a{at}" for at, key in enumerate(parts)}
        columns = {names[key]: part.cast(nw.Int64).alias(names[key]) for key, part in parts.items()}
        found: dict[str | None, dict[Hashable, int]] = {}
        for rows in self._summed(columns, group):
            for row in rows:
                mine = found.setdefault(self._group_of(row, group), dict.fromkeys(names, 0))
                for key, name in names.items():
                    mine[key] += int(row.get(name) or 0)
        return found

    def _summed(self, columns: Mapping[str, Any], group: Group) -> Iterator[list[dict[str, Any]]]:
        if not group:
            yield self._records.select(*(column.sum() for column in columns.values())).collect().rows(named=True)
            return
        groups, names = [group.column, *self._unread(group)], list(columns)
        # some at a time: pandas complains of results that were put together from many columns
        for some in (names[at : at + _AT_ONCE] for at in range(0, len(names), _AT_ONCE)):
            rows = self._records.select(*groups, *(columns[name] for name in some)).group_by(*groups)
            yield rows.agg(*(nw.col(name).sum() for name in some)).collect().rows(named=True)

    def _group_of(self, row: Mapping[str, Any], group: Group) -> str | None:
        if not group:
            return ""
        return None if any(row[state] for state in self._unread(group)) else row[group.column]

    def _wanted(self, one: Population) -> Iterator[tuple[Hashable, Callable[[], Any]]]:
        elsewhere = [] if one.elsewhere is False else [all_of(one.elsewhere)]
        for rows in (all_of(one.inside.possibly), one.surely, one.possibly, *elsewhere):
            yield rows, functools.partial(_holds, rows)
        if one.amount and one.measure.measure in ("sum", "mean"):
            for key, amount in self._addends(one, one.amount):
                yield key, functools.partial(_where_holds, one.surely, amount)

    def _addends(self, one: Population, term: Term) -> Iterator[tuple[Hashable, Any]]:
        if term.reach[0] * self.table.kept > LARGEST:
            # too large for one int64 sum: the upper and the lower part apart
            yield (*one.addend, _SPLIT), term.top // _SPLIT
            yield (*one.addend, 1), term.top % _SPLIT
        else:
            yield (*one.addend, 1), term.top

    def doubtful_rows(self, sums: Sequence[Mapping[str | None, Sums]]) -> list[QueriedRow]:
        """The rows that are doubtful to a population, and all variants of conflicting records."""
        open_ones = {
            (one.possibly, one.surely): None
            for one, found in zip(self.populations, sums, strict=True)
            if any(each.possible != each.counted for each in found.values())
        }
        masks = [nw.col("_conflict") > 0] if self.table.conflicts else []
        masks += [both(_holds(possibly), negated(_holds(surely))) for possibly, surely in open_ones]
        return self.rows(any_of(masks)) if masks else []

    def rows(
        self, wanted: Mask = True, query_ids: Collection[int] | None = None, flags: Iterable[Flag] = ()
    ) -> list[QueriedRow]:
        """The `wanted` rows in order of export and row, with what each is to the populations (to all of them by
        default) and whether the `flags` hold."""
        asked = {query_id: self.populations[query_id] for query_id in query_ids or range(len(self.populations))}
        groups = [group for group in dict.fromkeys(self.groups) if group]
        states = [state for group in groups for state in self._unread(group)]
        columns = [group.column for group in groups]
        used = [*(flag for one in asked.values() for flag in one.flags), *flags]
        masks = [flag for flag in used if isinstance(flag, str)]
        names = dict.fromkeys(["_export", "_row", "_conflict", *columns, *states, *masks])
        amounts = [one.amount.top.alias(f"_t{query_id}") for query_id, one in asked.items() if one.amount]
        base = self._all_rows if wanted is True else self._all_rows.filter(wanted)
        found = base.select(*names, *amounts).collect()
        status = {query_id: Statuses(one, f"_t{query_id}") for query_id, one in asked.items()}
        rows = [
            QueriedRow(
                row["_export"],
                row["_row"],
                row["_conflict"],
                {group: self._group_of(row, group) for group in groups},
                {query_id: one.of(row) for query_id, one in status.items()},
                row,
            )
            for row in found.rows(named=True)
        ]
        return sorted(rows, key=lambda row: (row.export, row.row))

    def distinct(self, whole: int, part: int | None, group: Group) -> dict[tuple[str, str], tuple[bool, ...]]:
        """For each group and distinct value: surely and possibly in `whole`, surely and possibly in `part`.

        Conflicting records, unreadable values and rows whose group is unreadable are left out.
        """
        one = self.populations[whole]
        other = self.populations[whole if part is None else part]
        assert one.amount
        flags = (one.surely, _and(one.possibly, one.known), other.surely, _and(other.possibly, one.known))
        columns = [_holds(rows).cast(nw.Int64).alias(f"f{at}") for at, rows in enumerate(flags)]
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
        rows = self._records.filter(_holds(one.surely))
        keys = [nw.col(group.column).alias("group")] if group else []
        found: dict[str, list[Fraction]] = defaultdict(list)
        for row in rows.select(one.amount.top.alias("top"), *keys).collect().rows(named=True):
            found[row.get("group", "")].append(Fraction(row["top"], one.scale))
        return found

    def stretches(self, query_id: int, group: Group) -> tuple[list[Stretch], tuple[int, int]]:
        """The stretches of time of the population's rows within the period, and that itself, in microseconds."""
        one, compiler = self.populations[query_id], self.compilers[query_id]
        begin, end, known = compiler.stretch(self.catalogue.expression(one.measure.of or ""))
        masks = {"_sure": _holds(one.surely), "_known": expressed(known)}
        keys = [group.column, *self._unread(group)] if group else []
        rows = self._all_rows.filter(_holds(one.possibly)).select(
            "_conflict", *keys, begin=expressed(begin), end=expressed(end), **masks
        )
        found = [
            Stretch(
                row["begin"],
                row["end"],
                bool(row["_sure"]) and not row["_conflict"],
                bool(row["_known"]),
                self._group_of(row, group),
            )
            for row in rows.collect().rows(named=True)
        ]
        return found, (compiler.start, compiler.end)

    def submitters(self, query_id: int) -> tuple[set[str], set[str]]:
        """The departments that surely have a row in the population, and those that may have one."""
        one = self.populations[query_id]
        sure = all_of(one.inside.surely, one.base.surely, one.extra.surely, one.certain)
        found = [
            {name for (name,) in rows.filter(_holds(mask)).select(SUBMITTER).unique().collect().rows()}
            for rows, mask in ((self._records, sure), (self._all_rows, one.possibly))
        ]
        return found[0], found[1]

    def not_found(self) -> Iterator[tuple[Related, int, Place]]:
        """What is looked up in another ledger and isn't there, though nothing says what then: in how many rows, and the
        first of them."""
        for node, pairs in self.related.values():
            if node.what == "lookup" and node.name not in self.excused and node.source in self.others:
                blank = [nw.col(f"{own.name}?blank") for _, own in pairs if self.columns[own.name].blank]
                none = nw.col(f"{node.name}?none") & ~nw.col(f"{node.name}?found")
                none = both(none, negated(any_of(blank)))
                rows = self._all_rows.filter(none).select("_export", "_row").collect().rows()
                if rows:
                    export, row = min(rows)
                    found = self.table.exports[export]
                    yield node, len(rows), Place(found.path, found.sheet, f"第{row}行")

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


def _holds(rows: Conjunction) -> Any:
    if not rows:
        # the same for every row, but a column as the others are
        return nw.col("_row") > (0 if rows is not None else _NO_ROW)
    return conjoined([nw.col(name) for name in sorted(rows)])


def _where_holds(rows: Conjunction, amount: Any) -> Any:
    return amount if rows == frozenset() else nw.when(_holds(rows)).then(amount).otherwise(nw.lit(0))


def _sums(one: Population, row: Mapping[Hashable, int]) -> Sums:
    counted = row[one.surely]
    key = one.addend
    total = row[(*key, 1)] + row.get((*key, _SPLIT), 0) * _SPLIT if (*key, 1) in row else counted
    return Sums(
        row[all_of(one.inside.possibly)],
        row[one.possibly],
        counted,
        Fraction(total, one.scale),
        row[all_of(one.elsewhere)] if one.elsewhere else 0,
    )
