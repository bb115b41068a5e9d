"""Wording: verdicts, targets, gaps and readings in the words that every output uses.

Convention: pure functions from finished values to Chinese text. A renderer says it with these words and adds how it
looks; nothing here is cleaned for an output.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from fractions import Fraction

from itss_kpi.catalogue import expression as ex
from itss_kpi.catalogue.functions import FUNCTIONS
from itss_kpi.catalogue.indicators import Band, Indicator, Measure, Window
from itss_kpi.catalogue.parsing import parse
from itss_kpi.core.period import Period
from itss_kpi.core.results import Assessment, ErrorBudget, MissingExport, Verdict, WhatIf
from itss_kpi.core.targets import Target, plain_number, show_part

SIGNS = {verdict: verdict.sign for verdict in Verdict}

RULED = "※"
"""What stands after a verdict that rests on a ruling."""

STANDINGS = {"counted": "计入", "failing": "未达标", "doubtful": "存疑", "excluded": "排除", "outside": "期外"}
MEASURES = {"numerator": "分子", "denominator": "分母", "value": "数值"}


def target_text(target: Target | None) -> str:
    """The target as printed in tables: `≥95%`."""
    if target is None:
        return "—"
    return re.sub("([<>]?=|[<>]) ", lambda sign: _RELATIONS.get(sign[1], "="), target.describe())


def share_text(item: Assessment) -> str:
    """Numerator and denominator: `193/224`."""
    if item.numerator is None:
        return "—"
    top = show_part(item.numerator, item.part_unit)
    return top if item.denominator is None else f"{top}/{show_part(item.denominator, item.base_unit)}"


def verdict_text(item: Assessment) -> str:
    """The verdict with its sign, and whether it rests on a ruling: `✓ 达成※`."""
    return f"{item.verdict.signed}{RULED if item.rulings else ''}"


def name_text(name: str, group: str | None) -> str:
    """An indicator's name with its group: `事件及时响应率[信息部]`."""
    return f"{name}[{group}]" if group else name


def plain_cells(item: Assessment) -> list[str]:
    """For CSV: numerator, denominator and value as plain decimals, the value as shown, its extremes, the target."""
    numbers = (item.numerator, item.denominator, item.value, item.lowest, item.highest)
    numerator, denominator, value, lowest, highest = map(plain_number, numbers)
    return [numerator, denominator, value, item.display, lowest, highest, target_text(item.target)]


def gap_text(item: Assessment) -> str:
    """How far a missed target is: units of the numerator short, or too many."""
    if item.shortfall is None or item.verdict not in (Verdict.MISSED, Verdict.UNVERIFIED) or item.target is None:
        return ""
    over = item.value is not None and item.target.side(item.value) > 0
    if not item.shortfall:
        return f"须{'小' if over else '大'}于它"
    return f"{'超' if over else '差'} {show_part(item.shortfall, item.part_unit)}"


def room_text(item: Assessment) -> str:
    """What is left of a running period."""
    if item.absent:
        return f"{Verdict.MISSING_DATA.label}:{'、'.join(sorted({absence.department for absence in item.absent}))}"
    match item.room:
        case ErrorBudget(settled=str(settled)):
            return settled
        case ErrorBudget(failures=int(failures)) if item.denominator is None:
            return f"还可发生 {failures}" if failures else "不得再发生"
        case ErrorBudget(failures=int(failures)):
            return f"还可失误 {failures}"
        case ErrorBudget(successes=int(successes), planned=str(planned)):
            return f"还差 {successes}(全期计划 {planned})"
        case ErrorBudget(successes=int(successes)):
            return f"须再连续达成 {successes}"
        case _ if item.target is None or item.value is None:
            return "—"
        case _:
            return "目前达标" if item.target.passes(item.value) else "目前未达标"


def outlook_text(item: Assessment, outlook: WhatIf) -> str:
    """What the next units may bring a running assessment: a share of counted rows, or a count."""
    counts = item.denominator is None
    match outlook:
        case WhatIf(next, int(least), int(most)) if (least, most) == (0, next):
            return f"再发生 {next} 次以内都达标" if counts else f"接下来 {next} 次无论成败都达标"
        case WhatIf(next, 0, int(most)):
            return f"至多再发生 {most} 次" if counts else f"接下来 {next} 次中至多 {most} 次计入分子"
        case WhatIf(next, int(least), int(most)) if most == next:
            return f"至少再发生 {least} 次" if counts else f"接下来 {next} 次中至少成功 {least} 次"
        case WhatIf(next, int(least), int(most)):
            return f"再发生 {least}~{most} 次" if counts else f"接下来 {next} 次中须有 {least}~{most} 次计入分子"
        case _:
            further = outlook.next
            return f"再发生 {further} 次以内都不达标" if counts else f"接下来 {further} 次无论成败都不达标"


# ---- ledgers of what was done, and what came of it


def lacking_text(name: str, absent: Sequence[MissingExport], so: str = "") -> str:
    """What is missing of a ledger: `“监督检查记录”没有交齐(通信部 2022-04、2022-05)`, and what `so` nobody can say; ''
    where nothing is."""
    lacking = ";".join(f"{one.department} {'、'.join(one.months)}" for one in absent)
    return f"“{name}”没有交齐({lacking})" + (f":{so}" if so else "") if absent else ""


def periods_text(items: Sequence[Assessment], decisive: Period | None, *, values: bool = True) -> str:
    """An indicator's periods after something was done, with their values or only the verdicts' signs; in brackets those
    that prove nothing, as they begin before the `decisive` one."""
    return "  ".join(_period_text(item, decisive, values) for item in items)


def _period_text(item: Assessment, decisive: Period | None, values: bool) -> str:
    value = f" {item.display}" if values and item.value is not None else ""
    shown = f"{item.period} {item.verdict.sign}{value}"
    return shown if decisive and item.period.start >= decisive.start else f"({shown})"


# ---- measures and conditions in words


_AGGREGATES = {
    "count": "计数",
    "sum": "合计",
    "distinct": "去重计数",
    "mean": "平均",
    "min": "最小",
    "max": "最大",
    "median": "中位数",
    "percentile": "百分位数",
    "union": "合并时长",
    "streak": "最长连续期数",
    "weighted": "加权合计",
    "rank": "名次",
}
_WINDOWS = {"previous": ",取上一期", "year_before": ",取上年同期", "quarter_to_date": ",本季至今"}
_TAKEN = {"score": "得分", "attained": "是否达成"}


def reading(measure: Measure, names: Mapping[str, str]) -> str:
    """A measure in words: what is counted, over which ledger, under which condition."""
    if measure.declared:
        return "计划中声明的部门数"
    how = _AGGREGATES[measure.measure] if measure.measure else ""
    how += f"({measure.at:g}%{',最近秩' if measure.nearest else ''})" if measure.at else ""
    text = f"{how or '计数'} {names[measure.source or '']}" if not measure.indicator else ""
    if measure.indicator:
        listed = "、".join(names[f"indicator {name}"] for name in measure.indicator)
        text = f"指标“{listed}”的{_TAKEN.get(measure.of or '', '值')}" + (f"的{how}" if how else "")
    text += f"的{measure.of}" if measure.of and not measure.indicator else ""
    text += f",按 {measure.date}" if measure.date else ""
    text += ",限于分母各行" if measure.within else ""
    text += f"(最大的 {measure.top} 个)" if measure.top else ""
    text += f",同一{measure.alike}的各组" if measure.alike else ",所有的组" if measure.over else ""
    text += _window(measure.window) + (f",不计“{measure.outside}”之内的" if measure.outside else "")
    text += f",只计也在“{measure.inside}”之内的" if measure.inside else ""
    return text + (f",条件:{said(parse(measure.where))}" if measure.where else "")


def _window(window: Window) -> str:
    if isinstance(window, str):
        return _WINDOWS.get(window, "")
    return f",最近 {window.periods} 期" if window.periods else f",最近 {window.days} 天"


def bands_said(indicator: Indicator) -> list[str]:
    """The steps from the value to a score or grade in words."""
    said_ones = list(map(_band_said, indicator.bands))
    last = "否则" if len(said_ones) > 1 and indicator.bands[-1].when is None else ""
    return [*said_ones[:-1], *(f"{last}{one}" for one in said_ones[-1:])]


def _band_said(band: Band) -> str:
    came = [f"得分 {said(parse(band.points))}" if band.points else "", f"等级 {band.grade}" if band.grade else ""]
    when = f"{said(parse(band.when))}:" if band.when else ""
    words = {"value": "实际值", "numerator": "分子", "denominator": "分母"}
    return re.sub("|".join(words), lambda found: words[found[0]], f"{when}{'、'.join(filter(None, came))}")


_RELATIONS = {"==": "=", "!=": "≠", "<": "<", "<=": "≤", ">": ">", ">=": "≥"}
_SIGNS = {"+": "+", "-": "-", "*": "×", "/": "÷"}


def said(node: ex.Node) -> str:
    """A condition or value of the catalogue in words: `响应时间 - 受理时间 ≤ 响应时限`."""
    match node:
        case ex.Column(name):
            return name
        case ex.Compare(op, left, right):
            return f"{said(left)} {_RELATIONS[op]} {said(right)}"
        case ex.Member(item, options):
            return f"{said(item)} 为 {'、'.join(options)}" + (" 之一" if len(options) > 1 else "")
        case ex.Not(ex.Member(item, options)):
            return f"{said(item)} 不为 {'、'.join(options)}"
        case ex.Blank(column):
            return f"{column.name} 空着"
        case ex.Not(ex.Blank(column)):
            return f"{column.name} 不空"
        case ex.Not(ex.Column(name)):
            return f"{name} 为否"
        case ex.Not(part):
            return f"并非({said(part)})"
        case ex.Both(parts):
            return " 且 ".join(f"({said(part)})" if isinstance(part, ex.Either) else said(part) for part in parts)
        case ex.Either(parts):
            return " 或 ".join(f"({said(part)})" if isinstance(part, ex.Both) else said(part) for part in parts)
        case _:
            return _value_said(node)


_OF_OTHERS = {
    "lookup": "",
    "exists": "有",
    "count": "的行数",
    "sum": "的合计",
    "first": "中最早(最小)的",
    "last": "中最晚(最大)的",
}


def _value_said(node: ex.Node) -> str:
    match node:
        case ex.Number(value):
            return f"{float(value):.15g}"
        case ex.Text(value):
            return value
        case ex.Span(micros):
            return _span_said(micros)
        case ex.Instant(micros):
            return f"{ex.EPOCH + micros * ex.MICROSECOND}".removesuffix(" 00:00:00")
        case ex.Edge(at_end):
            return "期末次日零时" if at_end else "期初"
        case ex.Lookup(table, key):
            return f"{table}[{said(key)}]"
        case ex.Related("repeated", _, column, keys):
            return f"此前 {_span_said(int(column))} 内有过同样的 {'、'.join(own.name for _, own in keys)}"
        case ex.Related(what, source, column, keys, where):
            meant = f",其中 {said(where)}" if where else ""
            amount = f"({column} - {node.since})" if node.since else column
            amount = f"({node.since} 至 {column} 的工作时间)" if node.worked else amount
            return f"{source}.{amount}[{'、'.join(said(own) for _, own in keys)}{meant}]{_OF_OTHERS[what]}"
        case ex.Call(name, args):
            return FUNCTIONS[name].said.format(*map(said, args), all="、".join(map(said, args)))
        case ex.Arithmetic("-", ex.Number(Fraction(numerator=0)), right):
            return f"-{_factor_said('-', right)}"
        case ex.Arithmetic(op, left, right):
            return f"{_factor_said(op, left)} {_SIGNS[op]} {_factor_said(op, right)}"
        case _:
            raise TypeError(node)


def _factor_said(op: str, node: ex.Node) -> str:
    turned = isinstance(node, ex.Arithmetic) and node.left == ex.Number(Fraction(0))
    sums = isinstance(node, ex.Arithmetic) and node.op in "+-" and not turned
    return f"({said(node)})" if sums and op in "*/-" else said(node)


def _span_said(micros: int) -> str:
    span = timedelta(microseconds=micros)
    for seconds, unit in ((86400, "天"), (3600, "小时"), (60, "分钟")):
        if not span % timedelta(seconds=seconds):
            return f"{span // timedelta(seconds=seconds)} {unit}"
    return f"{span.total_seconds():g} 秒"
