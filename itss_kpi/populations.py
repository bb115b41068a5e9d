"""Populations: measures in windows -> exact sums over the certain rows, and the doubtful rows one by one.

Convention: a `Population` is a measure's rows in one window, compiled for its table. `Survey` gathers everything that is
asked of one table and answers it in one pass (and a second one over the doubtful rows, where there are any). Frames stay
lazy; only sums and doubtful rows are collected.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import narwhals as nw

from itss_kpi.catalogue import SUBMITTER, Catalogue, LastDays, Measure
from itss_kpi.conditions import ALWAYS, Compiler, Mask, Term, Truth, both, certain, either, negated
from itss_kpi.expression import Column, micros_of
from itss_kpi.results import Accounting
from itss_kpi.tables import Table

UNGROUPED = ""
_SPLIT = 2**20
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Span:
    """The days `[start, end)` in which a measure's rows are counted."""

    start: date
    end: date


def window_of(measure: Measure, span: Span) -> Span:
    """The days that the measure's window takes of an assessment whose period is `span`."""
    match measure.window:
        case "period":
            return span
        case LastDays(days=days):
            return Span(span.end - timedelta(days=days), span.end)
        case "year_to_date":
            return Span(date((span.end - timedelta(days=1)).year, 1, 1), span.end)
        case _:
            return Span(date.min, span.end)


@dataclass(frozen=True, slots=True)
class Population:
    """A measure's rows in one window: in the window (`inside`), in the population (`member`, for a `within` measure also
    `extra`, its own condition apart), each with an `amount` (None: 1 a row)."""

    label: str
    measure: Measure
    span: Span
    inside: Truth
    member: Truth
    extra: Truth
    amount: Term | None
    minimum: int | None

    @property
    def bad(self) -> Mask:
        """Where the amount can't be read."""
        return self.amount.bad if self.amount else False

    @property
    def surely(self) -> Mask:
        """Rows that count for certain, with an amount that is known."""
        return both(self.member.surely, negated(self.bad))

    @property
    def clean(self) -> bool:
        """Whether no row can be doubtful."""
        return self.member.clean and self.bad is False

    @property
    def scale(self) -> int:
        """What integer sums of the amount are to be divided by."""
        return self.amount.bottom if self.amount else 1


@dataclass(frozen=True, slots=True)
class Sums:
    """A population's sums over its certain rows; `possible` counts the doubtful ones as well."""

    inside: int
    possible: int
    counted: int
    total: Fraction


@dataclass(frozen=True, slots=True)
class Status:
    """What a doubtful (or conflicting) row is to a population."""

    inside: bool
    surely: bool
    possibly: bool
    extra_surely: bool
    extra_possibly: bool
    bad: bool
    amount: Fraction


@dataclass(frozen=True, slots=True)
class DoubtfulRow:
    """A row that is doubtful to some population of the table, or a variant of a conflicting record."""

    export: int
    row: int
    conflict: int
    keys: Mapping[str, str | None]
    status: Mapping[Hashable, Status]


@dataclass
class Survey:
    """Everything that is asked of one table."""

    catalogue: Catalogue
    table: Table
    masks: dict[str, Any] = field(default_factory=dict)
    truths: dict[Hashable, Truth] = field(default_factory=dict)
    populations: dict[Hashable, tuple[Population, str]] = field(default_factory=dict)
    wholes: dict[Hashable, Hashable] = field(default_factory=dict)
    overflowed: set[str] = field(default_factory=set)

    # ---- compiling

    def ask(
        self, label: str, measure: Measure, whole: Measure | None, span: Span, group: str = UNGROUPED, *, subset: bool = False
    ) -> Hashable:
        """Ask for a measure's population (`whole`: the denominator it lies within); the ticket to its answers."""
        window = window_of(measure, span)
        edges = span if self._uses_edges(measure, whole) else None
        ticket = (measure, whole, window, edges, group)
        if whole:
            self.wholes[ticket] = (whole, None, window, edges, group)
        if ticket not in self.populations:
            self.populations[ticket] = (self._compile(label, measure, whole, window, span, group, subset), group)
        return ticket

    def _above(self, compiler: Compiler, part: Term, part_of: str | None, whole: Measure) -> Mask:
        # a part larger than its whole is an error of that row: the part is somewhere between none and all of it
        term, _ = self._amount(compiler, whole)
        if term is None or whole.measure != "sum":
            return False
        key = ("above", part_of, whole.of)
        if key not in self.truths:
            self._kept(key, certain(part.top * term.bottom > term.top * part.bottom))
        return self.truths[key].surely

    def _uses_edges(self, measure: Measure, whole: Measure | None) -> bool:
        texts = [part for one in (measure, whole) if one for part in (one.where, one.of) if part]
        return any("period_start" in text or "period_end" in text for text in texts)

    def _compile(
        self, label: str, measure: Measure, whole: Measure | None, window: Span, span: Span, group: str,
        subset: bool,
    ) -> Population:
        compiler = self._compiler(span)
        inside = self._inside(compiler, measure.date, window)
        certainty = Truth(~nw.col("_uncertain"), True) if self.table.uncertain else ALWAYS
        if group and self.table.columns[group].bad:
            certainty = certainty & Truth(~nw.col(f"{group}?bad"), True)
        base = self._where(compiler, (whole or measure).where) & certainty
        extra = self._where(compiler, measure.where) if whole else ALWAYS
        term, minimum = self._amount(compiler, measure)
        if term and term.blank is not False and measure.measure != "sum":
            # a row without a value has no mean, no extreme and is nobody; in a sum it adds nothing
            extra = extra & certain(negated(term.blank)) if whole else extra
            base = base if whole else base & certain(negated(term.blank))
        member = inside & base & extra
        if whole and term and subset:
            term = replace(term, bad=either(term.bad, self._above(compiler, term, measure.of, whole)))
        return Population(label, measure, window, inside, member, extra, term, minimum)

    def _compiler(self, span: Span) -> Compiler:
        names = self.catalogue.names(self.table.source)
        start, end = micros_of(span.start), micros_of(span.end)
        return Compiler(self.table.columns, names, self.catalogue.lookups, start, end)

    def _inside(self, compiler: Compiler, column: str | None, window: Span) -> Truth:
        source = self.catalogue.sources[self.table.source]
        start, end = micros_of(window.start), micros_of(window.end)
        if source.snapshot:
            last = micros_of(window.end - timedelta(days=1))
            return self._kept(("snapshot", last), certain((nw.col("_from") <= last) & (nw.col("_to") > last)))
        name = column or source.date or ""
        key = ("window", name, start, end)
        if key in self.truths:
            return self.truths[key]
        term = compiler.value(Column(name))
        falls = (term.top < end) if window.start == date.min else (term.top >= start) & (term.top < end)
        surely = both(both(falls, negated(term.blank)), negated(term.bad))
        possibly = surely if term.bad is False else both(either(falls, term.bad), negated(term.blank))
        return self._kept(key, Truth(surely, possibly))

    def _where(self, compiler: Compiler, text: str | None) -> Truth:
        if text is None:
            return ALWAYS
        edges = (compiler.start, compiler.end) if "period_" in text else None
        key = ("where", text, edges)
        if key not in self.truths:
            node = self.catalogue.expression(text)
            if compiler.overflows(node):
                self.overflowed.add(text)
            self._kept(key, compiler.condition(node))
        return self.truths[key]

    def _kept(self, key: Hashable, truth: Truth) -> Truth:
        # each distinct mask becomes one column, computed once however many populations use it
        surely = self._column(truth.surely)
        self.truths[key] = Truth(surely, surely if truth.clean else self._column(truth.possibly))
        return self.truths[key]

    def _column(self, mask: Mask) -> Mask:
        if isinstance(mask, bool):
            return mask
        name = f"_m{len(self.masks)}"
        self.masks[name] = mask
        return nw.col(name)

    def _amount(self, compiler: Compiler, measure: Measure) -> tuple[Term | None, int | None]:
        if measure.of is None or measure.measure == "count":
            return None, None
        columns = self.catalogue.sources[self.table.source].columns
        declared = columns.get(measure.of)
        return compiler.value(self.catalogue.expression(measure.of)), declared.minimum if declared else None

    # ---- answering

    def _base(self) -> Any:
        frame = nw.from_native(self.table.frame).lazy()
        return frame.with_columns(**self.masks) if self.masks else frame

    def sums(self) -> dict[Hashable, dict[str, Sums]]:
        """For each ticket, the sums by group (one group, '', where none was asked for)."""
        asked = {ticket: (self._name(at), *found) for at, (ticket, found) in enumerate(self.populations.items())}
        base = self._base()
        if self.table.conflicts:
            base = base.filter(nw.col("_conflict") == 0)
        rows: dict[str, list[dict[str, Any]]] = {}
        for group in {group for _, group in self.populations.values()}:
            aggregates = [part for name, one, own in asked.values() if own == group for part in self._aggregates(name, one)]
            if group:
                names = [name for name, _ in aggregates]
                base_of = base.select(group, *(_expr(part).cast(nw.Int64).alias(name) for name, part in aggregates))
                found = base_of.group_by(group).agg(*(nw.col(name).sum() for name in names))
            else:
                found = base.select(*(_total(part).alias(name) for name, part in aggregates))
            rows[group] = found.collect().rows(named=True)
        return {
            ticket: {row.get(group, "") if group else "": _sums(row, name, one) for row in rows[group]}
            for ticket, (name, one, group) in asked.items()
        }

    @staticmethod
    def _name(at: int) -> str:
        return f"p{at}"

    def _aggregates(self, name: str, one: Population) -> Iterator[tuple[str, Any]]:
        yield f"{name}i", one.inside.possibly
        yield f"{name}c", one.surely
        if not one.clean:
            yield f"{name}p", one.member.possibly
        if one.amount and one.measure.measure in ("sum", "mean"):
            top = nw.when(one.surely).then(one.amount.top).otherwise(nw.lit(0)) if one.surely is not True else one.amount.top
            if one.amount.reach[0] * max(self.table.kept, 1) > _LARGEST:
                yield f"{name}h", top // _SPLIT
                yield f"{name}t", top % _SPLIT
            else:
                yield f"{name}t", top

    def doubtful_rows(self, sums: Mapping[Hashable, Mapping[str, Sums]]) -> list[DoubtfulRow]:
        """The rows that are doubtful to a population, and all variants of conflicting records."""
        open_to = {
            ticket: one
            for ticket, (one, _) in self.populations.items()
            if self.table.conflicts or any(found.possible != found.counted for found in sums[ticket].values())
        }
        if not open_to:
            return []
        linked = {linked for pair in self.wholes.items() if open_to.keys() & set(pair) for linked in pair}
        open_to |= {ticket: self.populations[ticket][0] for ticket in linked}
        doubtful: Mask = nw.col("_conflict") > 0 if self.table.conflicts else False
        for one in open_to.values():
            if not one.clean:
                doubtful = either(doubtful, both(one.member.possibly, negated(one.surely)))
        return self.collect_rows(doubtful, open_to)

    def collect_rows(self, wanted: Mask, asked: Mapping[Hashable, Population]) -> list[DoubtfulRow]:
        """The `wanted` rows with what each is to the populations asked about, in order of export and row."""
        groups = {group for _, group in self.populations.values() if group}
        parts: dict[str, Any] = {name: nw.col(name) for name in ("_export", "_row", "_conflict", *groups)}
        for group in groups:
            physical = self.table.columns[group]
            parts |= {f"{group}?bad": nw.col(f"{group}?bad")} if physical.bad else {}
        for at, one in enumerate(asked.values()):
            parts |= {f"s{at}_{field}": _expr(part) for field, part in _status_parts(one).items()}
        base = self._base()
        base = base if wanted is True else base.filter(wanted)
        rows = base.select(*(part.alias(name) for name, part in parts.items())).collect().rows(named=True)
        found = [
            DoubtfulRow(
                row["_export"], row["_row"], row["_conflict"],
                {group: None if row.get(f"{group}?bad") else row[group] for group in groups},
                {ticket: _status(row, at, one) for at, (ticket, one) in enumerate(asked.items())},
            )
            for row in rows
        ]  # fmt: skip
        return sorted(found, key=lambda row: (row.export, row.row))

    def distinct(self, whole: Hashable, part: Hashable | None) -> dict[str, tuple[bool, bool, bool, bool]]:
        """For each distinct value: surely and possibly in `whole`, surely and possibly in `part` (certain rows only)."""
        one = self.populations[whole][0]
        other = self.populations[part][0] if part else one
        flags = {
            "ws": one.surely, "wp": both(one.member.possibly, negated(one.bad)),
            "ps": other.surely, "pp": both(other.member.possibly, negated(other.bad)),
        }  # fmt: skip
        assert one.amount
        base = self._base()
        base = base.filter(nw.col("_conflict") == 0) if self.table.conflicts else base
        base = base.select(_expr(one.amount.top).alias("value"), *(_expr(m).cast(nw.Int64).alias(n) for n, m in flags.items()))
        found = base.group_by("value").agg(*(nw.col(n).max() for n in flags))
        rows = found.collect().rows(named=True)
        return {row["value"]: (bool(row["ws"]), bool(row["wp"]), bool(row["ps"]), bool(row["pp"])) for row in rows}

    def amounts(self, ticket: Hashable) -> list[Fraction]:
        """The amounts of the population's certain rows."""
        one = self.populations[ticket][0]
        assert one.amount
        base = self._base()
        base = base.filter(nw.col("_conflict") == 0) if self.table.conflicts else base
        base = base if one.surely is True else base.filter(_expr(one.surely))
        column = base.select(_expr(one.amount.top).alias("top"), _expr(one.amount.bottom).alias("bottom")).collect()
        return [Fraction(top, bottom) for top, bottom in column.rows()]

    def submitters(self, ticket: Hashable) -> set[str]:
        """The departments that have a row in the population."""
        one = self.populations[ticket][0]
        base = self._base()
        base = base if one.member.possibly is True else base.filter(_expr(one.member.possibly))
        present = base.select(SUBMITTER).unique().collect()
        return {row[SUBMITTER] for row in present.rows(named=True)}

    # ---- accounting

    def accounting(self, ticket: Hashable, sums: Mapping[str, Sums], doubtful: Sequence[DoubtfulRow]) -> Accounting:
        """What became of the table's kept rows; a conflicting record counts once."""
        one = self.populations[ticket][0]
        inside = sum(found.inside for found in sums.values())
        possible = sum(found.possible for found in sums.values())
        counted = sum(found.counted for found in sums.values())
        tally = {"counted": counted, "doubtful": possible - counted, "excluded": inside - possible}
        tally["outside"] = self.table.kept - self.table.conflicts - inside
        records: dict[int, set[str]] = defaultdict(set)
        for row in doubtful:
            if row.conflict and ticket in row.status:
                records[row.conflict].add(standing(row.status[ticket]))
        for standings in records.values():
            tally[joint_standing(standings)] += 1
        source = self.catalogue.sources[self.table.source].name
        return Accounting(one.label, source, self.table.kept, **tally)


def standing(status: Status) -> str:
    """What one row is to a population: counted, doubtful, excluded or outside."""
    if not status.inside:
        return "outside"
    if status.surely and not status.bad:
        return "counted"
    return "doubtful" if status.possibly else "excluded"


def joint_standing(standings: set[str]) -> str:
    """What a conflicting record is, from what its variants are."""
    if len(standings) == 1:
        return next(iter(standings))
    return "excluded" if standings <= {"outside", "excluded"} else "doubtful"


def _expr(mask: Any) -> Any:
    return nw.lit(mask) if isinstance(mask, bool | int) else mask


def _total(part: Any) -> Any:
    if isinstance(part, bool):
        return nw.len() if part else (nw.col("_row") * 0).sum()
    return part.cast(nw.Int64).sum()


def _sums(row: Mapping[str, Any], name: str, one: Population) -> Sums:
    counted = int(row[f"{name}c"] or 0)
    total = int(row.get(f"{name}t") or 0) + int(row.get(f"{name}h") or 0) * _SPLIT
    amount = Fraction(total, one.scale) if f"{name}t" in row else Fraction(counted)
    return Sums(int(row[f"{name}i"] or 0), int(row.get(f"{name}p", counted) or 0), counted, amount)


def _status_parts(one: Population) -> dict[str, Any]:
    return {
        "in": one.inside.possibly,
        "s": one.member.surely,
        "p": one.member.possibly,
        "xs": one.extra.surely,
        "xp": one.extra.possibly,
        "bad": one.bad,
        "top": one.amount.top if one.amount else 1,
        "bottom": one.scale,
    }


def _status(row: Mapping[str, Any], at: int, one: Population) -> Status:
    def of(name: str) -> Any:
        return row[f"s{at}_{name}"]

    amount: Any = of("top") if isinstance(of("top"), str) else Fraction(int(of("top")), int(of("bottom")))
    flags = [bool(of(name)) for name in ("in", "s", "p", "xs", "xp", "bad")]
    return Status(*flags, amount)

