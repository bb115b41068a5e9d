"""Row conditions and arithmetic: text -> whitelisted AST. Nothing here evaluates anything.

Convention: `parse` reads Python's expression grammar with the `ast` module, accepts a short list of node types, and
returns frozen nodes of its own; every other construct is a problem. `kind_of` types a node against the declared
columns, so that a comparison of text with a number is refused when the catalogue is read, not when a row is.

Semantics of a row condition (docs/rules.md, 2): a comparison with a blank is false, except that a blank differs from
everything (``!=`` and ``not in`` hold); a comparison with an unreadable cell may be true or false.
"""

import ast
import contextlib
import difflib
import re
import unicodedata
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction

MICROSECOND = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1)
LONGEST = 2000
LONGEST_SPAN = 10**16
DEEPEST = 40


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
    """`period_start` or `period_end` (the first instant after the period)."""

    at_end: bool


@dataclass(frozen=True, slots=True)
class Lookup:
    """`lookup(table, key)`: a value of the catalogue's lookups by a text column."""

    table: str
    key: Column


@dataclass(frozen=True, slots=True)
class Default:
    """`default(column, amount)`: the amount where a number or a duration is blank."""

    column: Column
    amount: Number | Span


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left op right` with op one of + - * / min max."""

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


Value = Column | Number | Text | Span | Instant | Edge | Lookup | Default | Arithmetic
Condition = Column | Compare | Member | Blank | Not | Both | Either
Node = Value | Condition


class ExpressionError(ValueError):
    """Why a text is no expression of this grammar; the message is Chinese and meant for the user."""


class UnknownNameError(ExpressionError):
    """A column, lookup or measure that nobody declared."""


_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_SPANS = {"minutes": 60, "hours": 3600, "days": 86400, "seconds": 1}
FUNCTIONS = ("blank", "default", "lookup", "date", "seconds", "minutes", "hours", "days", "min", "max")


def parse(text: str) -> Node:
    """The expression written in `text`; raises `ExpressionError` with the reason and the column where it stands."""
    if len(text) > LONGEST:
        raise ExpressionError(f"条件超过 {LONGEST} 个字符")
    joined = unicodedata.normalize("NFC", text).replace("\n", " ").strip()
    if "#" in joined:
        raise ExpressionError("条件中不能写 #;说明请写在 YAML 的注释或 note 中")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(joined, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        offset = getattr(error, "offset", None)
        raise ExpressionError(f"第 {offset} 个字符附近写法有误" if offset else "写法有误,可能没有写完") from None
    for part in ast.walk(tree):
        if isinstance(part, ast.Constant) and isinstance(part.value, int | float):
            _check_number(ast.get_source_segment(joined, part) or "")
    return _node(tree.body, 0)


def _check_number(written: str) -> None:
    # a literal that Python reads as another number than the one that stands there
    digits = len(written.replace(".", ""))
    if written not in ("True", "False") and not (re.fullmatch(r"\d+(?:\.\d+)?", written) and digits <= 15):
        raise ExpressionError(f"数字写成不超过 15 位的小数:{written[:20]}")


def _node(tree: ast.expr, depth: int) -> Node:
    if depth > DEEPEST:
        raise ExpressionError("括号或条件嵌套过深")
    match tree:
        case ast.BoolOp(op=op, values=values):
            parts = tuple(_condition(value, depth) for value in values)
            return Both(parts) if isinstance(op, ast.And) else Either(parts)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return Not(_condition(operand, depth))
        case ast.Compare():
            return _comparison(tree, depth)
        case _:
            return _leaf(tree, depth)


def _leaf(tree: ast.expr, depth: int) -> Node:
    match tree:
        case ast.Name(id="period_start" | "period_end" as edge):
            return Edge(edge == "period_end")
        case ast.Name(id=name):
            return Column(name)
        case ast.Constant(value=bool() | None):
            raise ExpressionError("不能使用 True/False/None;是/否列直接写列名,空值用 blank(列)")
        case ast.Constant(value=int() | float()):
            return Number(_exact(tree))
        case ast.Constant(value=str(value)):
            return Text(value)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Arithmetic("-", Number(Fraction(0)), _value(operand, depth))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            return Arithmetic(_ARITHMETIC[type(op)], _value(left, depth), _value(right, depth))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _call(name, args, depth)
        case _:
            raise ExpressionError(f"不允许的写法({type(tree).__name__})")


def _exact(tree: ast.Constant) -> Fraction:
    # the literal's own decimal digits, not the binary float that Python made of them
    return Fraction(repr(tree.value))


def _value(tree: ast.expr, depth: int) -> Value:
    node = _node(tree, depth + 1)
    if not isinstance(node, Value):
        raise ExpressionError("条件不能参与四则运算")
    return node


def _condition(tree: ast.expr, depth: int) -> Condition:
    node = _node(tree, depth + 1)
    if not isinstance(node, Condition):
        raise ExpressionError("and/or/not 两边须是条件")
    return node


def _comparison(tree: ast.Compare, depth: int) -> Condition:
    sides = [tree.left, *tree.comparators]
    links = [_link(sides[at], op, sides[at + 1], depth) for at, op in enumerate(tree.ops)]
    return links[0] if len(links) == 1 else Both(tuple(links))


def _link(left: ast.expr, op: ast.cmpop, right: ast.expr, depth: int) -> Condition:
    match op:
        case ast.In():
            return Member(_value(left, depth), _options(right))
        case ast.NotIn():
            return Not(Member(_value(left, depth), _options(right)))
        case ast.Is() | ast.IsNot():
            raise ExpressionError("不能使用 is;相等写 ==,空值用 blank(列)")
        case _:
            return Compare(_COMPARE[type(op)], _value(left, depth), _value(right, depth))


def _options(tree: ast.expr) -> tuple[str, ...]:
    if isinstance(tree, ast.Tuple | ast.List | ast.Set):
        found = [item.value for item in tree.elts if isinstance(item, ast.Constant) and isinstance(item.value, str)]
        if found and len(found) == len(tree.elts):
            return tuple(found)
    raise ExpressionError("in 后面须是文本列表,如 ('成功', '失败')")


def _call(name: str, args: list[ast.expr], depth: int) -> Node:
    match name, args:
        case "blank", [ast.Name(id=column)]:
            return Blank(Column(column))
        case "default", [ast.Name(id=column), amount]:
            return _default(column, _value(amount, depth))
        case "lookup", [ast.Name(id=table), ast.Name(id=key)]:
            return Lookup(table, Column(key))
        case "date", [ast.Constant(value=str(text))]:
            return read_instant(text)
        case (("seconds" | "minutes" | "hours" | "days"), [ast.Constant(value=int() | float()) as number]):
            micros = round(_exact(number) * _SPANS[name] * 1_000_000)
            if micros > LONGEST_SPAN:
                raise ExpressionError(f"时长过大:{name}")
            return Span(micros)
        case (("min" | "max"), [left, right]):
            return Arithmetic(name, _value(left, depth), _value(right, depth))
        case _:
            raise ExpressionError(f"不允许的函数或参数:{name}(可用:{'、'.join(FUNCTIONS)})")


def _default(column: str, amount: Value) -> Default:
    if not isinstance(amount, Number | Span):
        raise ExpressionError("default 的第二个参数须是数字或时长,如 default(挂起时长, minutes(0))")
    return Default(Column(column), amount)


def read_instant(text: str) -> Instant:
    """An ISO date or date-time literal as an instant; raises `ExpressionError`."""
    moment = None
    if re.fullmatch(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?", text, re.ASCII):
        with contextlib.suppress(ValueError):
            moment = datetime.fromisoformat(text)
    if moment is None:
        raise ExpressionError(f"日期写成 '2022-07-01' 或 '2022-07-01 09:30:00':{text}")
    return Instant((moment - EPOCH) // MICROSECOND)


def micros_of(day: date) -> int:
    """The first instant of `day`, in microseconds since 1970."""
    return (datetime(day.year, day.month, day.day) - EPOCH) // MICROSECOND


def columns_of(node: Node) -> set[str]:
    """The names of the columns (or measures) that `node` reads."""
    match node:
        case Column(name):
            return {name}
        case Blank(column) | Lookup(_, column) | Default(column, _):
            return {column.name}
        case Arithmetic(_, left, right) | Compare(_, left, right):
            return columns_of(left) | columns_of(right)
        case Member(item, _):
            return columns_of(item)
        case Not(part):
            return columns_of(part)
        case Both(parts) | Either(parts):
            return set().union(*map(columns_of, parts))
        case _:
            return set()


def nodes_of(node: Node) -> Iterator[Node]:
    """The node and all that it is made of."""
    yield node
    match node:
        case Arithmetic(_, left, right) | Compare(_, left, right):
            parts: tuple[Node, ...] = (left, right)
        case Both(found) | Either(found):
            parts = found
        case Not(part) | Member(part, _):
            parts = (part,)
        case _:
            parts = ()
    for part in parts:
        yield from nodes_of(part)


def is_formula(node: Node) -> bool:
    """Whether `node` is arithmetic over names, numbers and durations alone, with at least one name."""
    match node:
        case Column():
            return True
        case Arithmetic(_, left, right):
            return bool(columns_of(node)) and _plain(left) and _plain(right)
        case _:
            return False


def _plain(node: Node) -> bool:
    match node:
        case Arithmetic(_, left, right):
            return _plain(left) and _plain(right)
        case _:
            return isinstance(node, Column | Number | Span)


def is_whole_day(node: Node, days: Collection[str]) -> bool:
    """Whether an instant is a day: of a column of `days`, one that is written without a time, or some days before or
    after one."""
    match node:
        case Column(name):
            return name in days
        case Instant(micros):
            return micros % 86_400_000_000 == 0
        case Arithmetic("+" | "-", left, Span(micros)):
            return is_whole_day(left, days) and micros % 86_400_000_000 == 0
        case _:
            return False


def divides_by_column(node: Node) -> bool:
    """Whether the value has a divisor that differs from row to row, so that it has no exact sum."""
    match node:
        case Arithmetic("/", _, right) if columns_of(right):
            return True
        case Arithmetic(_, left, right):
            return divides_by_column(left) or divides_by_column(right)
        case _:
            return False


@dataclass(frozen=True, slots=True)
class Names:
    """What an expression may name: columns with kinds, the options of choice columns, lookups with kinds."""

    columns: Mapping[str, Kind]
    options: Mapping[str, Collection[str]]
    lookups: Mapping[str, Kind]


def check(node: Node, names: Names, wanted: Collection[Kind]) -> None:
    """Raise `ExpressionError` where `node` does not fit `names` and the `wanted` kinds."""
    kind = kind_of(node, names)
    if kind not in wanted:
        raise ExpressionError(f"结果是{kind},这里需要{'或'.join(wanted)}")


def kind_of(node: Node, names: Names) -> Kind:
    """The kind of the value of `node`; raises `ExpressionError` where the kinds don't fit or a name is unknown."""
    match node:
        case Column(name):
            return _named(name, names.columns, "列")
        case Number():
            return Kind.NUMBER
        case Text():
            return Kind.TEXT
        case Span():
            return Kind.SPAN
        case Instant() | Edge():
            return Kind.INSTANT
        case Lookup(table, key):
            if _named(key.name, names.columns, "列") is not Kind.TEXT:
                raise ExpressionError(f"lookup 的列须是文本:{key.name}")
            return _named(table, names.lookups, "换算表")
        case Default(column, amount):
            kind = _named(column.name, names.columns, "列")
            if kind is not kind_of(amount, names):
                raise ExpressionError(f"default 的两个参数须同是数值或时长:{column.name}是{kind}")
            return kind
        case Arithmetic(op, left, right):
            return _combined(op, kind_of(left, names), kind_of(right, names))
        case Blank(column):
            _named(column.name, names.columns, "列")
        case Compare(op, left, right):
            _check_compare(op, left, right, names)
        case Member(item, options):
            _check_options(item, options, names)
        case Not(part):
            _check_parts([part], names)
        case _:
            _check_parts(node.parts, names)
    return Kind.TRUTH


def _named(name: str, known: Mapping[str, Kind], what: str) -> Kind:
    if name not in known:
        raise UnknownNameError(f"没有声明的{what}:{name}{suggestion(name, known)}")
    return known[name]


def suggestion(name: str, known: Iterable[str]) -> str:
    """`,是否应为“…”?` with the nearest of the known names, or nothing."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f",是否应为“{near[0]}”?" if near else ""


_SUMS = {
    (Kind.NUMBER, Kind.NUMBER): Kind.NUMBER,
    (Kind.SPAN, Kind.SPAN): Kind.SPAN,
}
_COMBINED: dict[tuple[str, Kind, Kind], Kind] = {
    **{(op, *pair): kind for op in ("+", "-", "min", "max") for pair, kind in _SUMS.items()},
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
    try:
        return _COMBINED[op, left, right]
    except KeyError:
        raise ExpressionError(f"{left} {op} {right} 没有意义") from None


def _check_compare(op: str, left: Value, right: Value, names: Names) -> None:
    left, right = dated(left, right, names)
    kinds = kind_of(left, names), kind_of(right, names)
    if kinds[0] is not kinds[1]:
        raise ExpressionError(f"{kinds[0]}不能与{kinds[1]}比较")
    if kinds[0] in (Kind.TEXT, Kind.TRUTH) and op not in ("==", "!="):
        raise ExpressionError(f"{kinds[0]}只能用 == 或 != 比较")
    for item, other in ((left, right), (right, left)):
        if isinstance(other, Text):
            _check_options(item, (other.value,), names)


def dated(left: Value, right: Value, names: Names) -> tuple[Value, Value]:
    """The two sides of a comparison, a text literal beside an instant read as a date."""
    if isinstance(right, Text) and kind_of(left, names) is Kind.INSTANT:
        return left, read_instant(right.value)
    if isinstance(left, Text) and kind_of(right, names) is Kind.INSTANT:
        return read_instant(left.value), right
    return left, right


def _check_options(item: Value, options: tuple[str, ...], names: Names) -> None:
    if kind_of(item, names) is not Kind.TEXT:
        raise ExpressionError("in 与文本比较只用于文本列")
    if isinstance(item, Column) and item.name in names.options:
        allowed = names.options[item.name]
        for option in options:
            if option not in allowed:
                raise ExpressionError(f"{item.name}没有取值“{option}”{suggestion(option, allowed)}")


def _check_parts(parts: Iterable[Condition], names: Names) -> None:
    for part in parts:
        if kind_of(part, names) is not Kind.TRUTH:
            raise ExpressionError("and/or/not 只能连接条件或是/否列")
