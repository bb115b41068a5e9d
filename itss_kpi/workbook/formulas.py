"""Formulas: row conditions and values of the catalogue -> Excel formulas over the cells of one row.

Convention: a formula is a text without its leading `=`, in English function names and commas, as a workbook stores it.
It says what `conditions` says of a readable row and never comes to an error value: AND and OR look at all their parts,
so what could fail stands in an IF. A cell holds a text, a number, a date's serial number, or a duration as a number in
its column's unit; instants and durations are worked with in whole milliseconds.
"""

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TypeGuard

from itss_kpi.catalogue import expression as ex
from itss_kpi.catalogue import kinds
from itss_kpi.catalogue.expression import Lookup as LookupNode
from itss_kpi.catalogue.sources import SPAN_UNITS, Lookup
from itss_kpi.catalogue.sources import Column as Declared
from itss_kpi.render.xlsx import quoted

LONGEST = 8000
DEEPEST = 60
LONGEST_TEXT = 255
MOST_PARTS = 255
DAY = 86_400_000
_FIRST_DAY = date(1900, 3, 1)
"""From here on Excel, WPS and LibreOffice count days alike; before it stands Excel's 29 February 1900."""
# control characters that a workbook can't hold, and what a reader of workbooks takes for one
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff\ud800-\udfff]|_x[0-9A-Fa-f]{4}_")
_SUM, _PRODUCT, _ATOM = range(3)
Moment = ex.Column | ex.Edge | ex.Instant
Worked = ex.Arithmetic | ex.Call


class Inexpressible(Exception):  # noqa: N818 -- it names what is wrong with the condition, as StopIteration does
    """Why a condition or value has no formula; the message is Chinese and meant for the user."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a formula stands: the cells of its row, and what the catalogue says about the columns.

    `cells` are references by column, such as `H12`; `start` and `end` are the first day of the seen period and the day
    after its last one. A column that is not among `columns` is a text that is never blank.
    """

    cells: Mapping[str, str]
    names: kinds.Names
    columns: Mapping[str, Declared]
    lookups: Mapping[str, Lookup]
    start: date
    end: date


def condition(node: ex.Node, site: Site) -> str:
    """The formula of a condition: TRUE or FALSE."""
    return _checked(_condition(node, site))


def amount(node: ex.Node, site: Site) -> str:
    """The formula of a number, or of a duration in milliseconds; 0 where it is blank."""
    if not isinstance(node, ex.Value) or (kind := kinds.kind_of(node, site.names)) not in (
        ex.Kind.NUMBER,
        ex.Kind.SPAN,
    ):
        raise Inexpressible(f"不是数值或时长:{kinds.kind_of(node, site.names)}")
    text = _rounded(node, kind, node, site)
    # an empty cell is 0 by itself
    return _checked(text if isinstance(node, ex.Column) else _when(_filled(node, site), text, "0"))


def present(node: ex.Node, site: Site) -> str | None:
    """The formula of whether a value is there; None where it always is."""
    guards = _filled(node, site)
    return _checked(joined("AND", guards)) if guards else None


def _checked(text: str) -> str:
    if len(text.encode("utf-16-le")) // 2 > LONGEST:
        raise Inexpressible(f"公式超过 {LONGEST} 个字符")
    depth = deepest = 0
    for sign in re.sub(r'"[^"]*"', "", text):
        depth += (sign == "(") - (sign == ")")
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise Inexpressible(f"公式嵌套超过 {DEEPEST} 层")
    return text


# ---- conditions


def _condition(node: ex.Node, site: Site) -> str:
    match node:
        case ex.Column(name):
            return f'EXACT({_cell(name, site)},"是")'
        case ex.Blank(ex.Column(name)):
            return f'{_cell(name, site)}=""'
        case ex.Not(part):
            return f"NOT({_condition(part, site)})"
        case ex.Both(parts):
            return joined("AND", [_condition(part, site) for part in parts])
        case ex.Either(parts):
            return joined("OR", [_condition(part, site) for part in parts])
        case ex.Member(item, options):
            return joined("OR", [_same(item, ex.Text(option), site) for option in options])
        case ex.Compare("!=", left, right):
            return f"NOT({_compare('==', *kinds.dated(left, right, site.names), site)})"
        case ex.Compare(op, left, right):
            return _compare(op, *kinds.dated(left, right, site.names), site)
        case ex.Call("contains" | "starts_with" as name, (text, ex.Text(wanted))):
            return _texts(name, text, wanted, site)
        case ex.Call(name):
            raise Inexpressible(f"{name} 没有对应的公式")
        case ex.Related(source=source):
            raise Inexpressible(f"要查另一台账 {source}" if source else "要查此前的行")
        case _:
            raise TypeError(node)


def _texts(name: str, text: ex.Node, wanted: str, site: Site) -> str:
    cell, folded = _argument(text, site), _quoted(wanted.lower())
    if name == "contains":
        return f"ISNUMBER(FIND({folded},LOWER({cell})))"
    return f"EXACT(LEFT(LOWER({cell}),{len(wanted)}),{folded})"


def _compare(op: str, left: ex.Value, right: ex.Value, site: Site) -> str:
    kind = kinds.kind_of(left, site.names)
    if kind in (ex.Kind.TEXT, ex.Kind.TRUTH):
        return _same(left, right, site)
    days = [name for name, declared in site.columns.items() if declared.type == "date"]
    guards = [] if _fails_empty(op, left, right) else _distinct(_filled(left, site) + _filled(right, site))
    sign = "=" if op == "==" else op
    by_day = kind is ex.Kind.INSTANT and _by_day(left, right, days)
    if kind is ex.Kind.INSTANT and _in_days(left) and _in_days(right):
        first, last = (f"INT({side})" if by_day else side for side in (_serial(left, site), _serial(right, site)))
        return joined("AND", [*guards, f"{first}{sign}{last}"])
    one, other = _rounded(left, kind, right, site), _rounded(right, kind, left, site)
    if by_day:
        one, other = (f"INT(({side})/{DAY})" for side in (one, other))
    test = f"{one}{sign}{other}"
    if kind is ex.Kind.NUMBER and not isinstance(left, Worked) and not isinstance(right, Worked):
        return joined("AND", [*guards, test])
    return _when(guards, test, "FALSE")


def _by_day(left: ex.Value, right: ex.Value, days: Sequence[str]) -> bool:
    """Whether a moment is compared with a day, and so by days."""
    whole = [ex.is_whole_day(side, days) or isinstance(side, ex.Edge | ex.Instant) for side in (left, right)]
    return any(ex.is_whole_day(side, days) for side in (left, right)) and not all(whole)


def _same(left: ex.Value, right: ex.Value, site: Site) -> str:
    # EXACT tells case apart, which = does not; two empty cells are the same to it, so that one must be filled
    sides = [[""] if side == ex.Text("") else _filled(side, site) for side in (left, right)]
    guards = [guard for side in sides for guard in side if guard and all(sides)]
    return joined("AND", [*guards[:1], f"EXACT({_value(left, site)},{_value(right, site)})"])


_HOLDS: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _fails_empty(op: str, left: ex.Value, right: ex.Value) -> bool:
    """Whether a comparison of a column with a constant is false anyway where an empty cell counts as 0."""
    if isinstance(left, ex.Column) is isinstance(right, ex.Column):
        return False
    one, other = (Fraction(0) if isinstance(side, ex.Column) else _order(side) for side in (left, right))
    return one is not None and other is not None and not _HOLDS[op](one, other)


def _order(node: ex.Value) -> Fraction | None:
    # every instant is later than the day 0 that an empty cell stands for
    return Fraction(1) if isinstance(node, ex.Edge | ex.Instant) else _fixed(node)


# ---- blanks


def _filled(node: ex.Node, site: Site) -> list[str]:
    """The tests that all hold where the value is there: its cells filled, its divisors not 0."""
    return _distinct([*_cells_filled(node, site), *_divisible(node, site)])


def _cells_filled(node: ex.Node, site: Site) -> list[str]:
    match node:
        case ex.Column(name):
            declared = site.columns.get(name)
            return [f'{_cell(name, site)}<>""'] if declared and not declared.required else []
        case ex.Arithmetic(_, left, right):
            return _cells_filled(left, site) + _cells_filled(right, site)
        case ex.Call(name, args) if name not in ("if", "default"):
            return [guard for one in args for guard in _cells_filled(one, site)]
        case _:
            return []


def _divisible(node: ex.Node, site: Site) -> list[str]:
    if isinstance(node, ex.Call) and node.name not in ("if", "default"):
        return [guard for one in node.args for guard in _divisible(one, site)]
    if not isinstance(node, ex.Arithmetic):
        return []
    before = _divisible(node.left, site)
    within = _divisible(node.right, site)
    if node.op != "/" or _fixed(node.right):
        return before + within
    divisor = _rounded(node.right, kinds.kind_of(node.right, site.names), node.right, site)
    # a divisor that is a quotient itself can't be looked at before its own divisor was
    return [*before, _when(within, f"{divisor}<>0", "FALSE")]


def _distinct(guards: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(guards))


def _when(guards: Sequence[str], text: str, otherwise: str) -> str:
    return f"IF({joined('AND', guards)},{text},{otherwise})" if guards else text


def joined(function: str, parts: Sequence[str]) -> str:
    """AND or OR of formulas."""
    if len(parts) > MOST_PARTS:
        raise Inexpressible(f"并列的条件超过 {MOST_PARTS} 个")
    return parts[0] if len(parts) == 1 else f"{function}({','.join(parts)})"


# ---- values


def _rounded(node: ex.Value, kind: ex.Kind, beside: ex.Value, site: Site) -> str:
    """The value, rounded where binary fractions could turn its comparison with `beside`."""
    text = _value(node, site)
    decimals = _decimals(node, site)
    if not isinstance(node, Worked) or _fixed(node) is not None or not decimals:
        return text
    finer = 0 if _fixed(beside) is None else _decimals(beside, site)
    return f"ROUND({text},{max(decimals, finer) if kind is ex.Kind.NUMBER else 6})"


def _decimals(node: ex.Value, site: Site) -> int:
    """How many decimals of the value are looked at: none of whole numbers, 9 of decimal ones, 12 of quotients."""
    fixed = _fixed(node)
    if fixed is not None:
        return _decimals_of(fixed)
    match node:
        case ex.Column(name):
            declared = site.columns.get(name)
            return 9 if declared and declared.type in ("decimal", "percent") else 0
        case LookupNode(table, _):
            return max(_decimals_of(value) for value in _looked_up(site.lookups[table]).values())
        case ex.Arithmetic(op, left, right):
            return 12 if op == "/" else max(_decimals(left, site), _decimals(right, site))
        case ex.Call("if" | "default" | "min" | "max" | "abs", args):
            return max(_decimals(one, site) for one in args if isinstance(one, ex.Value))
        case ex.Call("round"):
            return 9
        case _:
            return 0


def _decimals_of(value: Fraction) -> int:
    return 0 if value.denominator == 1 else 9 if (value * 10**9).denominator == 1 else 12


def _value(node: ex.Value, site: Site, least: int = _SUM) -> str:
    level, text = _written(node, site)
    return text if level >= least else f"({text})"


def _written(node: ex.Value, site: Site) -> tuple[int, str]:
    """How tightly the written value binds, and its text: an instant or a duration in milliseconds."""
    match node:
        case ex.Column(name):
            return _ATOM, _column(name, site)
        case ex.Number() | ex.Span():
            return _number(_literal(node))
        case ex.Text(value):
            return _ATOM, _quoted(value)
        case ex.Instant() | ex.Edge():
            serial = _serial(node, site)
            return (_PRODUCT, f"{serial}*{DAY}") if _in_days(node) else (_ATOM, f"ROUND({serial}*{DAY},0)")
        case LookupNode(table, key):
            entries = _looked_up(site.lookups[table]).items()
            cell = _cell(key.name, site)
            return _SUM, "+".join(f"EXACT({cell},{_quoted(text)})*{_number(value)[1]}" for text, value in entries)
        case ex.Call(name, args):
            return _called(name, args, site)
        case ex.Related(source=source):
            raise Inexpressible(f"要查另一台账 {source}" if source else "要查此前的行")
        case _:
            fixed = _fixed(node)
            return _arithmetic(node, site) if fixed is None else _number(fixed)


def _called(name: str, args: Sequence[ex.Node], site: Site) -> tuple[int, str]:
    """A function's formula. Cells that it looks at may be empty where it says so itself."""
    match name, args:
        case "default", [ex.Column(column), amount] if not _cells_filled(amount, site):
            return _ATOM, f'IF({_cell(column, site)}="",{_argument(amount, site)},{_column(column, site)})'
        case "if", [condition, one, other] if not (_filled(one, site) or _filled(other, site)):
            return _ATOM, f"IF({_condition(condition, site)},{_argument(one, site)},{_argument(other, site)})"
        case (("min" | "max" | "abs"), _):
            return _ATOM, f"{name.upper()}({','.join(_argument(one, site) for one in args)})"
        case (("floor" | "ceil"), [amount]):
            step = "ROUNDDOWN" if name == "floor" else "ROUNDUP"
            number = f"ROUND({_argument(amount, site)},9)"
            whole = f"{step}({number},0)"
            turned = f"{'ROUNDUP' if name == 'floor' else 'ROUNDDOWN'}({number},0)"
            return _ATOM, f"IF({number}<0,{turned},{whole})"
        case "round", [amount, ex.Number(places)]:
            return _ATOM, f"ROUND(ROUND({_argument(amount, site)},12),{places})"
        case (("hour" | "weekday" | "month"), [ex.Column(column)]):
            cell = f"ROUND({_cell(column, site)}*{DAY // 1000},0)/{DAY // 1000}"
            return _ATOM, f"{name.upper()}({cell}{',2' if name == 'weekday' else ''})"
        case "day", [ex.Column(column)]:
            return _PRODUCT, f"INT(({_column(column, site)})/{DAY})*{DAY}"
        case _:
            raise Inexpressible(f"{name} 没有对应的公式")


def _argument(node: ex.Node, site: Site) -> str:
    if not isinstance(node, ex.Value):
        raise Inexpressible("条件不能作数值")
    return _value(node, site)


def _column(name: str, site: Site) -> str:
    cell = _cell(name, site)
    match site.names.columns[name]:
        case ex.Kind.INSTANT:
            return f"ROUND({cell}*{DAY},0)"
        case ex.Kind.SPAN:
            return f"ROUND({cell}*{SPAN_UNITS[site.columns[name].unit or 'minute'] // 1000},0)"
        case _:
            return cell


def _cell(name: str, site: Site) -> str:
    if name not in site.cells:
        raise Inexpressible(f"这里没有“{name}”列")
    return site.cells[name]


def _arithmetic(node: ex.Arithmetic, site: Site) -> tuple[int, str]:
    typed = {name: declared.type for name, declared in site.columns.items()}
    days, moments = ([name for name, type_ in typed.items() if type_ == wanted] for wanted in ("date", "datetime"))
    node = ex.difference(node, days, moments)
    op, left, right = node.op, node.left, node.right
    if op == "-" and left == ex.Number(Fraction(0)):
        return _SUM, f"-{_value(right, site, _ATOM)}"
    apart = op == "-" and kinds.kind_of(right, site.names) is ex.Kind.INSTANT
    if apart and isinstance(left, Moment) and isinstance(right, Moment):
        return _ATOM, f"ROUND(({_serial(left, site)}-{_serial(right, site)})*{DAY},0)"
    level = _SUM if op in ("+", "-") else _PRODUCT
    return level, f"{_value(left, site, level)}{op}{_value(right, site, level + 1)}"


def _fixed(node: ex.Value) -> Fraction | None:
    """The value of a constant number or duration (milliseconds); None where it isn't constant, or isn't there."""
    match node:
        case ex.Number() | ex.Span():
            return _literal(node)
        case ex.Arithmetic(op, left, right):
            one, other = _fixed(left), _fixed(right)
            if one is None or other is None or (op == "/" and not other):
                return None
            return _FOLDED[op](one, other)
        case _:
            return None


def _literal(node: ex.Number | ex.Span) -> Fraction:
    return node.value if isinstance(node, ex.Number) else Fraction(node.micros, 1000)


_FOLDED: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def _looked_up(lookup: Lookup) -> dict[str, Fraction]:
    return {text: lookup.exact(text) / (1000 if lookup.unit else 1) for text in lookup.values}


# ---- literals


def _number(value: Fraction) -> tuple[int, str]:
    """A constant as a decimal number of at most 15 digits, as many as a cell keeps, else as a fraction of two."""
    level = _SUM if value < 0 else _ATOM
    for places in range(16):
        scaled = value * 10**places
        if scaled.denominator == 1 and abs(scaled) < 10**15:
            return level, f"{Decimal(scaled.numerator).scaleb(-places):f}"
    if max(abs(value.numerator), value.denominator) >= 10**15:
        raise Inexpressible("有超过 15 位的数字,Excel 会丢掉末几位")
    return _ATOM, f"({value.numerator}/{value.denominator})"


def _quoted(text: str) -> str:
    if _UNWRITABLE.search(text):
        raise Inexpressible("文本中有不能写进公式的字符")
    written = quoted(text)
    if len(written.encode("utf-16-le")) // 2 > LONGEST_TEXT + 2:
        raise Inexpressible(f"有超过 {LONGEST_TEXT} 个字符的文本")
    return written


def _in_days(node: ex.Value) -> TypeGuard[Moment]:
    """Whether an instant is a mere cell, or a date without a time of day."""
    return isinstance(node, ex.Column | ex.Edge) or (isinstance(node, ex.Instant) and node.micros % (DAY * 1000) == 0)


def _serial(node: Moment, site: Site) -> str:
    """An instant as Excel counts it, in days."""
    match node:
        case ex.Column(name):
            return _cell(name, site)
        case ex.Edge(at_end):
            return _day(site.end if at_end else site.start)
        case _:
            moment = ex.EPOCH + timedelta(microseconds=node.micros)
            day = _day(moment.date())
            return day if _in_days(node) else f"({day}+TIME({moment.hour},{moment.minute},{moment.second}))"


def _day(day: date) -> str:
    if day < _FIRST_DAY:
        raise Inexpressible(f"Excel 数不清 1900-03-01 以前的日期:{day}")
    return f"DATE({day.year},{day.month},{day.day})"
