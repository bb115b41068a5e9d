"""Expressions: what conditions, values, formulas and bands are made of, as frozen nodes.

Convention: `parsing.parse` makes them of text, `kinds.kind_of` types them against what is declared, `functions` lists
what can be called. Nothing here evaluates anything.

Semantics of a row condition (docs/rules.md, 2): a comparison with a blank is false, except that a blank differs from
everything (``!=`` and ``not in`` hold); a comparison with an unreadable cell may be true or false.
"""

import operator
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1)
THIS = "this."
"""How the columns of the row itself are called where rows of another ledger are spoken of."""


class Kind(StrEnum):
    """What a value is, as far as operators care."""

    TEXT = "文本"
    NUMBER = "数值"
    INSTANT = "日期时间"
    SPAN = "时长"
    TRUTH = "是否"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the source, or in arithmetic a named measure."""

    name: str


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Text:
    """A literal text; beside an instant it is read as a date."""

    value: str


@dataclass(frozen=True, slots=True)
class Span:
    """A duration in microseconds."""

    micros: int


@dataclass(frozen=True, slots=True)
class Instant:
    """An instant, in microseconds of local time since 1970."""

    micros: int


@dataclass(frozen=True, slots=True)
class Edge:
    """`period_start` or `period_end` (the first instant after the period), where it is settled in `micros`."""

    at_end: bool
    micros: int | None = None


@dataclass(frozen=True, slots=True)
class Lookup:
    """`lookup(table, key)`: a value of the catalogue's lookups by a text column, or by what is looked up itself."""

    table: str
    key: "Column | Related"


@dataclass(frozen=True, slots=True)
class Related:
    """A value of the rows of another ledger that belong to a row: `lookup` (one column of the one row with this key),
    `exists`, `count` or `sum`; each of the `keys` stands beside the other ledger's column that it is equal to, and
    `where` says which of its rows are meant, by their columns and (`this.X`) those of the row. `repeated` is about
    earlier rows of its own ledger (no `source`), within the time that `column` says in microseconds. A key may be
    looked up itself. Of a ledger that is handed in anew each time that copy is meant which is there at the end `at`.
    A sum may be one of the times from what stands in the column `since`, of working time where it is `worked`."""

    what: str
    source: str
    column: str
    keys: tuple[tuple[str, "Column | Related"], ...]
    where: "Condition | None" = None
    at: int | None = None
    since: str = ""
    worked: bool = False

    @property
    def name(self) -> str:
        """What it is called beside the columns of its own ledger."""
        pairs = ",".join(f"{other}={own.name}" for other, own in self.keys)
        meant = f"{f':{self.where}' if self.where else ''}{f'@{self.at}' if self.at is not None else ''}"
        since = f"{'~' if self.worked else '-'}{self.since}" if self.since else ""
        return f"{self.what}({self.source}.{self.column}{since}:{pairs}{meant})"

    @property
    def of_row(self) -> tuple[Column, ...]:
        """The columns of the row itself that `where` speaks of."""
        named = columns_of(self.where) if self.where else set()
        return tuple(Column(name.removeprefix(THIS)) for name in sorted(named) if name.startswith(THIS))

    @property
    def reach(self) -> tuple[int, int]:
        """How far before and after the row, in microseconds, rows of the other ledger may lie that `where` means; 0
        where it doesn't look that way. A month where it doesn't say how far."""
        nodes = list(nodes_of(self.where)) if self.where else []
        spans = [one.micros for one in nodes if isinstance(one, Span)]
        most = max(spans, default=31 * 86_400_000_000)
        ways = {way for one in nodes if isinstance(one, Arithmetic) for way in _ways(one)}
        return most if "back" in ways else 0, most if "ahead" in ways else 0

    def settled(self, start: int, end: int, snapshots: Collection[str]) -> "Related":
        """The same of a period with these edges, in microseconds."""
        keys = (
            (other, own.settled(start, end, snapshots) if isinstance(own, Related) else own) for other, own in self.keys
        )
        edges = {True: Edge(True, end), False: Edge(False, start)}
        where = _mapped(self.where, lambda one: edges[one.at_end] if isinstance(one, Edge) else one)
        return replace(self, keys=tuple(keys), where=where, at=end if self.source in snapshots else None)


OF_ROWS = ("exists", "count", "sum", "first", "last")
"""What is asked of all rows of another ledger that belong to a row."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function of `functions.FUNCTIONS` with its arguments."""

    name: str
    args: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left op right` with op one of + - * /."""

    op: str
    left: "Value"
    right: "Value"


@dataclass(frozen=True, slots=True)
class Compare:
    """`left op right` with op one of == != < <= > >=."""

    op: str
    left: "Value"
    right: "Value"


@dataclass(frozen=True, slots=True)
class Member:
    """`item in (options)`."""

    item: "Value"
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Blank:
    """`blank(column)`."""

    column: Column


@dataclass(frozen=True, slots=True)
class Not:
    """`not part`."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class Both:
    """`a and b and …`."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """`a or b or …`."""

    parts: tuple["Condition", ...]


RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
Value = Column | Number | Text | Span | Instant | Edge | Lookup | Related | Call | Arithmetic
Condition = Column | Compare | Member | Blank | Not | Both | Either | Related | Call
Node = Value | Condition


class ExpressionError(ValueError):
    """Why a text is no expression of this grammar; the message is Chinese and meant for the user."""


def micros_of(day: date) -> int:
    """The first instant of `day`, in microseconds since 1970."""
    return (datetime(day.year, day.month, day.day) - EPOCH) // MICROSECOND


def nodes_of(node: Node) -> Iterator[Node]:
    """The node and all that it is made of."""
    yield node
    match node:
        case Arithmetic(_, left, right) | Compare(_, left, right):
            parts: tuple[Node, ...] = (left, right)
        case Both(found) | Either(found) | Call(_, found):
            parts = found
        case Not(part) | Member(part, _) | Blank(part) | Lookup(_, part):
            parts = (part,)
        case Related(keys=keys):
            parts = (*(own for _, own in keys), *node.of_row)
        case _:
            parts = ()
    for part in parts:
        yield from nodes_of(part)


def columns_of(node: Node) -> set[str]:
    """The names of the columns (or measures) that `node` reads."""
    return {one.name for one in nodes_of(node) if isinstance(one, Column)}


def speaks_of_period(node: Node) -> bool:
    """Whether what it is depends on the period: it names an edge of it, or asks for the part that lies within."""
    return any(
        isinstance(one, Edge)
        or (isinstance(one, Call) and one.name == "overlap")
        or (isinstance(one, Related) and one.where is not None and speaks_of_period(one.where))
        for one in nodes_of(node)
    )


def _ways(node: "Arithmetic") -> Iterator[str]:
    """Whether a sum or difference with a column of the row looks back from it, or ahead."""
    left, right = (any(name.startswith(THIS) for name in columns_of(side)) for side in (node.left, node.right))
    if node.op == "-" and (left or right):
        yield "back" if left else "ahead"
    if node.op == "+" and (left or right):
        yield "ahead"


def seen_from_row(node: Node) -> Any:
    """A condition on another ledger's rows as the row sees it: its own columns by their names, theirs by others."""

    def turned(one: Any) -> Any:
        if not isinstance(one, Column):
            return one
        return Column(one.name.removeprefix(THIS) if one.name.startswith(THIS) else f"that.{one.name}")

    return _mapped(node, turned)


def _mapped(node: Any, change: Callable[[Any], Any]) -> Any:
    """The node with each of its parts changed."""
    if isinstance(node, tuple):
        return tuple(_mapped(one, change) for one in node)
    changed = change(node)
    if changed is not node or not is_dataclass(node) or isinstance(node, type):
        return changed
    return replace(node, **{one.name: _mapped(getattr(node, one.name), change) for one in fields(node)})


def difference(node: "Arithmetic", days: Collection[str], moments: Collection[str]) -> "Arithmetic":
    """A difference as it is worked out: between a moment and a day, it is that of their days."""

    def by_day(one: "Value", beside: "Value") -> "Value":
        moment = isinstance(one, Column) and one.name in moments
        # what is written is a moment, date('2022-07-01') its first
        return Call("day", (one,)) if moment and is_whole_day(beside, days) and columns_of(beside) else one

    if node.op != "-":
        return node
    return Arithmetic("-", by_day(node.left, node.right), by_day(node.right, node.left))


def limit_of(node: Node) -> tuple[str, str, Span | Column | Lookup] | None:
    """The end, the beginning and the limit of what is to last no longer: 解决 - 受理 <= hours(24)."""
    match node:
        case Compare("<" | "<=", Arithmetic("-", Column(end), Column(begin)), (Span() | Column() | Lookup()) as limit):
            return end, begin, limit
        case Compare("<" | "<=", Column(end), Arithmetic("+", Column(begin), (Span() | Column() | Lookup()) as limit)):
            return end, begin, limit
        case _:
            return None


def may_yet_be(limit: tuple[str, str, Value]) -> str:
    """The column that says of which rows it isn't known yet whether an end comes within a limit of its beginning."""
    return "{} - {} <= {}".format(*limit)


def is_whole_day(node: Node, days: Collection[str]) -> bool:
    """Whether an instant is a day: of a column of `days`, one that is written without a time, or some days before or
    after one."""
    match node:
        case Column(name) | Related(name=name):
            return name in days
        case Instant(micros):
            return micros % 86_400_000_000 == 0
        case Call("day"):
            return True
        case Call("months_after", (moment, _)):
            return is_whole_day(moment, days)
        case Call("default" | "min" | "max", args) | Call("if", (_, *args)):
            return all(is_whole_day(one, days) for one in args)
        case Arithmetic("+" | "-", left, Span(micros)):
            return is_whole_day(left, days) and micros % 86_400_000_000 == 0
        case _:
            return False
