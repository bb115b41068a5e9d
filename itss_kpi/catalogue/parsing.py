"""Parsing: the text of an expression -> whitelisted nodes. Nothing here evaluates anything.

Convention: `parse` reads Python's expression grammar with the `ast` module, accepts a short list of node types, and
returns frozen nodes of its own; every other construct is a problem, with the sentence to write where it is known.
"""

import ast
import contextlib
import functools
import re
import unicodedata
import warnings
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from itss_kpi.catalogue import expression as ex
from itss_kpi.catalogue.expression import ExpressionError, Node, nodes_of
from itss_kpi.catalogue.functions import FUNCTIONS, SPECIAL, Function, signatures

LONGEST = 8000
LONGEST_SPAN = 10**16
DEEPEST = 40
_IF = "iF"

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


def parse(text: str) -> Node:
    """The expression written in `text`; raises `ExpressionError` with the reason and the column where it stands."""
    if len(text) > LONGEST:
        raise ExpressionError(f"条件超过 {LONGEST} 个字符")
    joined = unicodedata.normalize("NFC", text).replace("\n", " ").strip()
    if "#" in joined:
        raise ExpressionError("条件中不能写 #;说明请写在 YAML 的注释或 note 中")
    # Python's own word can't be called; what stands in a text stays
    joined = re.sub(r"('[^']*'|\"[^\"]*\")|\bif(?=\s*\()", lambda found: found[1] or _IF, joined)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(joined, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        offset = getattr(error, "offset", None)
        where = f"第 {offset} 个字符附近写法有误" if offset else "写法有误,可能没有写完"
        raise ExpressionError("。".join(filter(None, (where, _foreign(joined))))) from None
    for part in ast.walk(tree):
        if isinstance(part, ast.Constant) and isinstance(part.value, int | float):
            _check_number(ast.get_source_segment(joined, part) or "")
    return _node(tree.body, 0)


def nodes_in(text: str) -> list[Node]:
    """An expression and all that it is made of; nothing of one that can't be read, which is said where it stands."""
    with contextlib.suppress(ExpressionError):
        return list(nodes_of(parse(text)))
    return []


@functools.lru_cache(4096)
def ledgers_in(text: str) -> frozenset[str]:
    """The other ledgers that an expression looks into."""
    return frozenset(node.source for node in nodes_in(text) if isinstance(node, ex.Related) and node.source)


@functools.lru_cache(4096)
def reach_back(text: str) -> int:
    """How many days before its window an expression looks at rows of its ledger."""
    found = [node for node in nodes_in(text) if isinstance(node, ex.Related)]
    back = [node.reach[0] if node.source else int(node.column) for node in found]
    return max((-(-micros // (_SPANS["days"] * 1_000_000)) for micros in back), default=0)


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
            return ex.Both(parts) if isinstance(op, ast.And) else ex.Either(parts)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return ex.Not(_condition(operand, depth))
        case ast.Compare(left=first, ops=ops, comparators=others):
            links = [_link(*link, depth) for link in zip((first, *others), ops, others, strict=False)]
            return links[0] if len(links) == 1 else ex.Both(tuple(links))
        case _:
            return _leaf(tree, depth)


def _leaf(tree: ast.expr, depth: int) -> Node:
    match tree:
        case ast.Name(id="period_start" | "period_end" as edge):
            return ex.Edge(edge == "period_end")
        case ast.Name(id=name):
            return ex.Column(name)
        case ast.Attribute(value=ast.Name(id="this"), attr=column):
            return ex.Column(f"{ex.THIS}{column}")
        case ast.Constant(value=bool() | None):
            raise ExpressionError("不能使用 True/False/None;是/否列直接写列名,空值用 blank(列)")
        case ast.Constant(value=int() | float()):
            return ex.Number(_exact(tree))
        case ast.Constant(value=str(value)):
            return ex.Text(value)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return ex.Arithmetic("-", ex.Number(Fraction(0)), _value(operand, depth))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            return ex.Arithmetic(_ARITHMETIC[type(op)], _value(left, depth), _value(right, depth))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _call(name, args, depth)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[ast.keyword(arg="where", value=condition)]):
            node = _call(name, args, depth)
            if not isinstance(node, ex.Related) or node.what not in ex.OF_ROWS:
                raise ExpressionError(f"{_written(name)} 不带 where")
            return replace(node, where=_condition(condition, depth))
        case _:
            raise ExpressionError(f"不允许的写法({type(tree).__name__})")


def _exact(tree: ast.Constant) -> Fraction:
    # the literal's own decimal digits, not the binary float that Python made of them
    return Fraction(repr(tree.value))


def _value(tree: ast.expr, depth: int) -> ex.Value:
    node = _node(tree, depth + 1)
    if not isinstance(node, ex.Value):
        raise ExpressionError("条件不能参与四则运算")
    return node


def _condition(tree: ast.expr, depth: int) -> ex.Condition:
    node = _node(tree, depth + 1)
    if not isinstance(node, ex.Condition):
        raise ExpressionError("and/or/not 两边须是条件")
    return node


def _link(left: ast.expr, op: ast.cmpop, right: ast.expr, depth: int) -> ex.Condition:
    match op:
        case ast.In():
            return ex.Member(_value(left, depth), _options(right))
        case ast.NotIn():
            return ex.Not(ex.Member(_value(left, depth), _options(right)))
        case ast.Is() | ast.IsNot():
            raise ExpressionError("不能使用 is;相等写 ==,空值用 blank(列)")
        case _:
            return ex.Compare(_COMPARE[type(op)], _value(left, depth), _value(right, depth))


def _options(tree: ast.expr) -> tuple[str, ...]:
    if isinstance(tree, ast.Tuple | ast.List | ast.Set):
        found = [item.value for item in tree.elts if isinstance(item, ast.Constant) and isinstance(item.value, str)]
        if found and len(found) == len(tree.elts):
            return tuple(found)
    raise ExpressionError("in 后面须是文本列表,如 ('成功', '失败')")


def _call(name: str, args: list[ast.expr], depth: int) -> Node:
    match name, args:
        case "blank", [ast.Name(id=column)]:
            return ex.Blank(ex.Column(column))
        case "lookup", [ast.Name(id=table), ast.Name(id=key)]:
            return ex.Lookup(table, ex.Column(key))
        case "lookup", [ast.Name(id=table), ast.Call(func=ast.Name(id="lookup")) as inner]:
            return ex.Lookup(table, _looked_up(inner, depth))
        case (("lookup" | "exists" | "count"), [ast.Attribute(value=ast.Name(id=source), attr=column), *keys]):
            return _related(name, source, column, keys, depth)
        case (
            ("sum" | "first" | "last"),
            [ast.Attribute(value=ast.Name(id=source), attr=column), ast.Attribute() as key, *keys],
        ):
            related = _call("count", [key, *keys], depth)
            if isinstance(related, ex.Related) and related.source == source:
                return replace(related, what=name, column=column)
            raise ExpressionError(_refused(name))
        case "sum", [ast.BinOp(ast.Attribute() as until, ast.Sub(), ast.Attribute(attr=since) as begin), *keys]:
            times = _call("sum", [until, *keys], depth)
            if isinstance(times, ex.Related) and isinstance(begin.value, ast.Name) and begin.value.id == times.source:
                return replace(times, since=since)
            raise ExpressionError(_SUMS)
        case "sum", [ast.Call(func=ast.Name(id="worktime"), args=[ast.Attribute() as begin, until]), *keys]:
            times = _call("sum", [ast.BinOp(until, ast.Sub(), begin), *keys], depth)
            return replace(times, worked=True) if isinstance(times, ex.Related) else times
        case "sum", [ast.BinOp(), _, _, *_]:
            raise ExpressionError(_SUMS)
        case "repeated", [span, *columns] if columns and all(isinstance(one, ast.Name) for one in columns):
            return _repeated(_node(span, depth + 1), [one.id for one in columns if isinstance(one, ast.Name)])
        case "date", [ast.Constant(value=str(text))]:
            return read_instant(text)
        case (("seconds" | "minutes" | "hours" | "days"), [ast.Constant(value=int() | float()) as number]):
            micros = round(_exact(number) * _SPANS[name] * 1_000_000)
            if micros > LONGEST_SPAN:
                raise ExpressionError(f"时长过大:{name}")
            return ex.Span(micros)
        case _ if (function := FUNCTIONS.get(_written(name))) and _fits(len(args), function):
            return ex.Call(function.name, tuple(_node(one, depth + 1) for one in args))
        case _:
            raise ExpressionError(_refused(name))


_SUMS = (
    f"sum 写成 {SPECIAL['sum'][0]};两个时间之差写 sum(台账.止 - 台账.起, 台账.列, 列…)"
    ",其间的工作时间写 sum(worktime(台账.起, 台账.止), …)"
)


def _written(name: str) -> str:
    return "if" if name == _IF else name


def _fits(given: int, function: Function) -> bool:
    return given >= function.least if function.open else given == function.least


def _looked_up(tree: ast.expr, depth: int) -> ex.Related:
    """What is looked up in another ledger, to be looked up by."""
    found = _node(tree, depth + 1)
    if not isinstance(found, ex.Related):
        raise ExpressionError("里面的 lookup 须查台账,如 lookup(权重, lookup(systems.级别, 系统))")
    return found


def _related(what: str, source: str, column: str, keys: list[ast.expr], depth: int) -> ex.Related:
    """The keys of `lookup` stand in the order of the other ledger's; of the others each beside its column:
    `count(台账.列, 列, 台账.列, 列)`."""
    own: list[ex.Column | ex.Related] = []
    others = [""] if what == "lookup" else [column]
    for at, key in enumerate(keys):
        match key:
            case ast.Name(id=name) if what == "lookup" or at % 2 == 0:
                own.append(ex.Column(name))
            case ast.Call(func=ast.Name(id="lookup")) if what == "lookup" or at % 2 == 0:
                own.append(_looked_up(key, depth))
            case ast.Attribute(value=ast.Name(id=same), attr=other) if same == source and what != "lookup" and at % 2:
                others.append(other)
            case _:
                raise ExpressionError(f"{what} 的参数写成 {signatures()[what][0]}")
    if not own or (what != "lookup" and len(own) != len(others)):
        raise ExpressionError(f"{what} 的参数写成 {signatures()[what][0]}")
    names = others if what != "lookup" else [f"#{at}" for at in range(len(own))]
    return ex.Related(what, source, column, tuple(zip(names, own, strict=True)))


def _repeated(span: Node, columns: list[str]) -> ex.Related:
    if not isinstance(span, ex.Span):
        raise ExpressionError(f"repeated 写成 {SPECIAL['repeated'][0]},如 {SPECIAL['repeated'][2]}")
    return ex.Related("repeated", "", str(span.micros), tuple((name, ex.Column(name)) for name in columns))


# ---- what people write first


_EXCEL = {
    "AND": "条件1 and 条件2",
    "OR": "条件1 or 条件2",
    "NOT": "not 条件",
    "COUNTIF": "measure: count 与 where: 条件",
    "COUNTIFS": "measure: count 与 where: 条件1 and 条件2",
    "SUMIF": "measure: sum、of: 列 与 where: 条件",
    "SUMIFS": "measure: sum、of: 列 与 where: 条件1 and 条件2",
    "AVERAGE": "measure: mean 与 of: 列",
    "AVERAGEIFS": "measure: mean、of: 列 与 where: 条件",
    "SUM": "measure: sum 与 of: 列,或把各度量相加",
    **dict.fromkeys(("DATEDIF", "DAYS"), "结束 - 开始,如 解决时间 - 受理时间 <= days(3)"),
    "NETWORKDAYS": "workdays(开始, 结束)",
    "WORKDAY": "workdays(开始, 结束) <= 天数",
    "ISBLANK": "blank(列)",
    "IFERROR": "default(值, 算不出时)",
    **dict.fromkeys(("VLOOKUP", "XLOOKUP"), "lookup(台账.列, 键列)"),
    "ROUNDUP": "ceil(数)",
    **dict.fromkeys(("ROUNDDOWN", "INT"), "floor(数)"),
    "LEFT": "starts_with(文本, '词')",
    **dict.fromkeys(("FIND", "SEARCH"), "contains(文本, '词')"),
    **dict.fromkeys(("TODAY", "NOW"), "period_end(考核期末之后的第一刻)"),
}


def _refused(name: str) -> str:
    upper = _written(name).upper()
    if upper in _EXCEL:
        return f"不用 {name},写成 {_EXCEL[upper]}"
    known = signatures()
    if _written(name) in known or upper.lower() in known:
        return f"{upper.lower()} 写成 {known[upper.lower()][0]},如 {known[upper.lower()][2]}"
    if not name.isascii():
        return f"列名不能带括号:在 columns 中另起一个列名,把表头“{name}(…)”写进它的 aliases"
    return f"没有这个函数:{name}(可用:{'、'.join(known)})"


_FOREIGN = (
    (r"[“”‘’「」]", "文本用英文引号,如 级别 == 'P1'"),
    (r"[≥≧]|不低于|不少于|以上|至少", "“不低于、以上”写成 >=,如 得分 >= 90"),
    (r"[≤≦]|不高于|不超过|不大于|以下|以内|至多", "“不超过、以内”写成 <=,如 时长 <= hours(4)"),
    (r"≠|<>|不等于", "不等于写成 !="),
    (r"且|并且|同时|&&|&", "“且”写成 and"),
    (r"或者?|\|\|", "“或”写成 or"),
    (r"非|!(?!=)", "“非”写成 not"),
    (r"[×✕]", "乘写成 *"),
    (r"÷", "除写成 /"),
    (r"\d\s*%|%", "百分数写成小数,90% 写成 0.9;一段范围写成 0.9 <= 值 <= 1.05"),
    (r"(?<![<>=!])=(?!=)", "相等写成 ==,如 级别 == 'P1'"),
    (r"\d\s*(?:分钟|小时|天|秒)", "时长写成 minutes(30)、hours(4)、days(1)"),
    (r"[\uff08\uff09\uff0c\uff1b\uff1a]", "括号与逗号用英文的"),
    (r"[{}]", "花括号只用于列出文本;列直接写列名"),
)


def _foreign(text: str) -> str:
    """What to write instead of what isn't of this grammar; '' where nothing is known to be."""
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "''", text)
    return next((advice for pattern, advice in _FOREIGN if re.search(pattern, bare)), "")


def read_instant(text: str) -> ex.Instant:
    """An ISO date or date-time literal as an instant; raises `ExpressionError`."""
    moment = None
    if re.fullmatch(r"\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d)?)?", text, re.ASCII):
        with contextlib.suppress(ValueError):
            moment = datetime.fromisoformat(text)
    if moment is None:
        raise ExpressionError(f"日期写成 '2022-07-01' 或 '2022-07-01 09:30:00':{text}")
    return ex.Instant((moment - ex.EPOCH) // ex.MICROSECOND)
