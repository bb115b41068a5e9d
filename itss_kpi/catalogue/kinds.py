"""Kinds: what the value of an expression is, and whether its parts fit what the catalogue declares.

Convention: a comparison of text with a number is refused when the catalogue is read, not when a row is.
"""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from itss_kpi.catalogue import expression as ex
from itss_kpi.catalogue.expression import ExpressionError, Kind, Node, columns_of
from itss_kpi.catalogue.functions import FUNCTIONS, Function
from itss_kpi.catalogue.parsing import read_instant

_V = TypeVar("_V")
_FEW = 8
_CLOCK = "八点半起写 {0} >= day({0}) + hours(8.5)"


class UnknownNameError(ExpressionError):
    """A column, lookup or measure that nobody declared."""


@dataclass(frozen=True, slots=True)
class Names:
    """What an expression may name: columns with kinds, the options of choice columns, lookups with kinds; the other
    `ledgers` with what is named in theirs, the ledger's `key`; which columns are `periods`; whether it is about `rows`
    of a ledger, and there is a `calendar`."""

    columns: Mapping[str, Kind]
    options: Mapping[str, Collection[str]] = field(default_factory=dict)
    lookups: Mapping[str, Kind] = field(default_factory=dict)
    ledgers: Mapping[str, "Names"] = field(default_factory=dict)
    key: Sequence[str] = ()
    periods: Collection[str] = ()
    rows: bool = True
    calendar: bool = False


def check_kinds(node: Node, names: Names, wanted: Collection[Kind]) -> None:
    """Raise `ExpressionError` where `node` does not fit `names` and the `wanted` kinds."""
    kind = kind_of(node, names)
    if kind not in wanted:
        hint = f";写成比较,如 {node.name} == 1" if isinstance(node, ex.Column) and kind is Kind.NUMBER else ""
        raise ExpressionError(f"结果是{kind},这里需要{'或'.join(wanted)}{hint}")


def kind_of(node: Node, names: Names) -> Kind:
    """The kind of the value of `node`; raises `ExpressionError` where the kinds don't fit or a name is unknown."""
    match node:
        case ex.Column(name):
            return _named(name, names.columns, "列")
        case ex.Number():
            return Kind.NUMBER
        case ex.Text():
            return Kind.TEXT
        case ex.Span():
            return Kind.SPAN
        case ex.Instant() | ex.Edge():
            return Kind.INSTANT
        case ex.Lookup(table, key):
            if kind_of(key, names) is not Kind.TEXT:
                raise ExpressionError(f"lookup 的列须是文本:{_shown(key)}")
            return _named(table, names.lookups, "换算表")
        case ex.Related():
            return _related(node, names)
        case ex.Call(name, args):
            return _called(FUNCTIONS[name], args, names)
        case ex.Arithmetic("-", ex.Column(name), ex.Call("day", (ex.Column(other),))) if name == other:
            raise ExpressionError(f"{name}与它那一天相减按天算,总是 0;{_CLOCK.format(name)}")
        case ex.Arithmetic(op, left, right):
            return _combined(op, kind_of(left, names), kind_of(right, names))
        case ex.Blank(column):
            _named(column.name, names.columns, "列")
        case ex.Compare(op, left, right):
            _check_compare(op, left, right, names)
        case ex.Member(item, options):
            _check_options(item, options, names)
        case ex.Not(part):
            _check_parts([part], names)
        case _:
            _check_parts(node.parts, names)
    return Kind.TRUTH


def _named(name: str, known: Mapping[str, _V], what: str) -> _V:
    if name not in known:
        raise UnknownNameError(f"没有声明的{what}:{name}{advice(name, known)}")
    return known[name]


def suggestion(name: str, known: Iterable[str]) -> str:
    """`,是否应为“…”?` with the nearest of the known names, or nothing."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f",是否应为“{near[0]}”?" if near else ""


def advice(name: str, known: Collection[str]) -> str:
    """What may be written instead: the nearest of the known names, or all of them where they are few."""
    few = f",可写 {'、'.join(known)}" if 0 < len(known) <= _FEW else ""
    return suggestion(name, known) or few


def _related(node: ex.Related, names: Names) -> Kind:
    if not names.rows:
        raise ExpressionError(f"{node.what} 只用于台账的行")
    if not node.source:
        for _, own in node.keys:
            _named(own.name, names.columns, "列")
        return Kind.TRUTH
    if not names.ledgers:
        raise ExpressionError(f"where= 里不能再用 {node.what} 查台账")
    ledger = _named(node.source, names.ledgers, "台账")
    columns, kinds = ledger.columns, keyed(node, names)
    if node.what == "lookup" and len(node.keys) != len(ledger.key):
        raise ExpressionError(f"{node.source} 一行由 {'、'.join(ledger.key)} 确定,lookup 须写出对应的列")
    for other, own in kinds:
        if _named(other, columns, f"{node.source} 的列") is not kind_of(own, names):
            raise ExpressionError(f"{node.source}.{other} 与 {_shown(own)} 不是同一类值,不能对应")
        if isinstance(own, ex.Column) and columns[other] is Kind.INSTANT:
            _check_periods((other, other in ledger.periods), (own.name, own.name in names.periods))
    if node.where is not None:
        own_ones = sorted(name for name in columns_of(node.where) if name not in columns and name in names.columns)
        if own_ones:
            hint = f"说这一行的列写 {ex.THIS}{own_ones[0]}"
            raise ExpressionError(f"where= 中的列是 {node.source} 的,它没有“{own_ones[0]}”;{hint}")
        check_kinds(node.where, with_row(ledger, names), (Kind.TRUTH,))
    if node.what not in _AMOUNTS:
        return Kind.TRUTH if node.what == "exists" else Kind.NUMBER
    kind = _named(node.column, columns, f"{node.source} 的列")
    if node.since:
        if {kind, _named(node.since, columns, f"{node.source} 的列")} != {Kind.INSTANT}:
            raise ExpressionError(f"sum 中相减的须是两个日期时间:{node.column} - {node.since}")
        if node.worked and not names.calendar:
            raise ExpressionError("worktime 须先在目录中声明 calendar(工作日历)")
        return Kind.SPAN
    if kind not in _AMOUNTS[node.what]:
        raise ExpressionError(f"{node.what} 用于{'或'.join(sorted(_AMOUNTS[node.what]))},{node.column} 是{kind}")
    return kind


_ORDERED = (Kind.INSTANT, Kind.NUMBER, Kind.SPAN)
_AMOUNTS: dict[str, Collection[Kind]] = {
    "lookup": tuple(Kind),
    "sum": (Kind.NUMBER, Kind.SPAN),
    **dict.fromkeys(("first", "last"), _ORDERED),
}
"""What is of the kind of the other ledger's column, and which kinds that may be."""


def with_row(ledger: Names, own: Names) -> Names:
    """What may be named of a ledger's rows where a row of another one (`own`) looks into it: its columns, too."""
    columns = {f"{ex.THIS}{name}": kind for name, kind in own.columns.items()}
    periods = {*ledger.periods, *(f"{ex.THIS}{name}" for name in own.periods)}
    options = {f"{ex.THIS}{name}": listed for name, listed in own.options.items()}
    lookups = own.lookups
    named = {**ledger.columns, **columns}
    return replace(ledger, columns=named, options={**ledger.options, **options}, lookups=lookups, periods=periods)


def _check_periods(one: tuple[str, bool], other: tuple[str, bool]) -> None:
    """A period, which stands there as its first day, equals no date within it."""
    if one[1] != other[1]:
        period, day = (one[0], other[0]) if one[1] else (other[0], one[0])
        hint = f"在 where= 中写 month({period}) == month({day}) 一类的条件"
        raise ExpressionError(f"{period} 是考核期,{day} 是日期,两者从不相等;{hint}")


def _shown(key: ex.Column | ex.Related) -> str:
    return key.name if isinstance(key, ex.Column) else f"lookup({key.source}.{key.column}, …)"


def keyed(node: ex.Related, names: Names) -> list[tuple[str, ex.Column | ex.Related]]:
    """The other ledger's columns with the own ones that they are equal to; of a `lookup` those of its key, in order."""
    if node.what != "lookup":
        return list(node.keys)
    return [(key, own) for key, (_, own) in zip(names.ledgers[node.source].key, node.keys, strict=False)]


_WILD = re.compile(r"^\*.+|.+\*$")


def _called(function: Function, args: tuple[Node, ...], names: Names) -> Kind:
    if function.rows and not names.rows:
        raise ExpressionError(f"{function.name} 只用于台账的行")
    if function.calendar and not names.calendar:
        raise ExpressionError(f"{function.name} 须先在目录中声明 calendar(工作日历)")
    shared: set[Kind] = set()
    for at, arg in enumerate(args):
        wanted = function.takes[min(at, len(function.takes) - 1)]
        if function.literal and at == len(args) - 1 and not isinstance(arg, ex.Number | ex.Text):
            raise ExpressionError(f"{function.signature} 的最后一个参数须直接写出,不带负号,如 {function.example}")
        if function.literal and at and isinstance(arg, ex.Number) and arg.value not in range(function.most + 1):
            raise ExpressionError(f"{function.signature} 的最后一个参数是 0~{function.most} 的整数")
        if at and isinstance(arg, ex.Text) and function.name != "matches" and _WILD.search(arg.value):
            raise ExpressionError(f"{function.name} 的词中 * 就是星号;去掉它,或改用 matches")
        kind = kind_of(arg, names)
        if kind not in wanted:
            raise ExpressionError(f"{function.signature}:{kind}不能用在这里,须是{'或'.join(sorted(wanted))}")
        if len(wanted) > 1:
            shared.add(kind)
    if function.name == "months_after" and not isinstance(args[0], ex.Column | ex.Edge):
        raise ExpressionError(f"{function.signature} 的时间写一列,或 period_start、period_end")
    if len(shared) > 1:
        raise ExpressionError(f"{function.signature} 中的值须是同一类,这里有{'与'.join(sorted(shared))}")
    return function.gives or shared.pop()


_COMBINED: dict[tuple[str, Kind, Kind], Kind] = {
    **{(op, kind, kind): kind for op in ("+", "-") for kind in (Kind.NUMBER, Kind.SPAN)},
    ("-", Kind.INSTANT, Kind.INSTANT): Kind.SPAN,
    ("+", Kind.INSTANT, Kind.SPAN): Kind.INSTANT,
    ("+", Kind.SPAN, Kind.INSTANT): Kind.INSTANT,
    ("-", Kind.INSTANT, Kind.SPAN): Kind.INSTANT,
    ("*", Kind.NUMBER, Kind.NUMBER): Kind.NUMBER,
    ("*", Kind.SPAN, Kind.NUMBER): Kind.SPAN,
    ("*", Kind.NUMBER, Kind.SPAN): Kind.SPAN,
    ("/", Kind.NUMBER, Kind.NUMBER): Kind.NUMBER,
    ("/", Kind.SPAN, Kind.SPAN): Kind.NUMBER,
    ("/", Kind.SPAN, Kind.NUMBER): Kind.SPAN,
}


def _combined(op: str, left: Kind, right: Kind) -> Kind:
    if (op, left, right) not in _COMBINED:
        raise ExpressionError(f"{left} {op} {right} 没有意义")
    return _COMBINED[op, left, right]


def _check_compare(op: str, left: ex.Value, right: ex.Value, names: Names) -> None:
    left, right = dated(left, right, names)
    kinds = kind_of(left, names), kind_of(right, names)
    if kinds[0] is not kinds[1]:
        raise ExpressionError(f"{kinds[0]}不能与{kinds[1]}比较")
    if kinds[0] in (Kind.TEXT, Kind.TRUTH) and op not in ("==", "!="):
        raise ExpressionError(f"{kinds[0]}只能用 == 或 != 比较")
    pair = (left, right) if isinstance(left, ex.Column) and isinstance(right, ex.Column) else None
    if pair and op == "==" and kinds[0] is Kind.INSTANT and any(one.name.startswith(ex.THIS) for one in pair):
        _check_periods(*((one.name, one.name in names.periods) for one in pair))
    for item, other in ((left, right), (right, left)):
        if isinstance(other, ex.Text):
            _check_options(item, (other.value,), names)
        match item, other:
            case ex.Call("hour" | "weekday" | "month" as name, (ex.Column(of),)), ex.Number(to) if to.denominator > 1:
                clock = f";{_CLOCK.format(of)}" if name == "hour" else ""
                raise ExpressionError(f"{name} 是整数,不与小数比较{clock}")
            case _:
                pass


def dated(left: ex.Value, right: ex.Value, names: Names) -> tuple[ex.Value, ex.Value]:
    """The two sides of a comparison, a text literal beside an instant read as a date."""
    if isinstance(right, ex.Text) and kind_of(left, names) is Kind.INSTANT:
        return left, read_instant(right.value)
    if isinstance(left, ex.Text) and kind_of(right, names) is Kind.INSTANT:
        return read_instant(left.value), right
    return left, right


def _check_options(item: ex.Value, options: tuple[str, ...], names: Names) -> None:
    if kind_of(item, names) is not Kind.TEXT:
        raise ExpressionError("in 与文本比较只用于文本列")
    if isinstance(item, ex.Column) and item.name in names.options:
        allowed = names.options[item.name]
        for option in options:
            if option not in allowed:
                raise ExpressionError(f"{item.name}没有取值“{option}”{advice(option, allowed)}")


def _check_parts(parts: Iterable[ex.Condition], names: Names) -> None:
    for part in parts:
        if (kind := kind_of(part, names)) is not Kind.TRUTH:
            number = ";数先与数比较,如 attained == 1" if kind is Kind.NUMBER else ""
            raise ExpressionError(f"and/or/not 只能连接条件或是/否列{number}")
