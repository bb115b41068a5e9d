"""指标目录的写法: the whole grammar on one screen, an example a line.

Convention: functions come from their own table (`catalogue.functions`), so that nothing is said twice.
"""

from collections.abc import Iterable

from itss_kpi.catalogue.functions import signatures
from itss_kpi.pages.making import columns
from itss_kpi.pages.page import Page, Table

_COLUMNS = columns("写法(例) 含义")
_OPERATORS = (
    ("状态 == '已关闭' and 级别 in ('P1', 'P2')", "相等 == !=,其一 in、not in,and or not"),
    ("0 <= 实际工时 / 计划工时 - 1 < 0.1", "比较 < <= > >=,四则 + - * /"),
    ("完成时间 < period_end", "期末之后的第一刻;period_start 第一刻"),
)
_MEASURES = (
    ("{measure: count, source: t, where: 条件}", "行数"),
    ("{measure: sum, source: t, of: 列或算式}", "另有 mean min max median distinct"),
    ("{measure: percentile, at: 95, …}", "百分位;nearest: true 取最近秩"),
    ("{measure: union, of: 'overlap(起, 止)', …}", "合并重叠;outside 除外,inside 同在"),
    ("{within: denominator, where: 条件}", "分子:分母中再加条件"),
    ("{measure: mean, indicator: [甲], of: score}", "汇总其各期各组;不写 measure 是本期的"),
    ("{measure: weighted, weights: {甲: 3}}", "几个指标的加权合计"),
    ("{measure: rank, indicator: [甲]}", "名次;over: 列 同组之内;sum 有 top: 3"),
    ("window: previous", "上期;另有 until_end、{days: 30} 等"),
)
_WITH_DAYS = {"seconds", "hours"}
_INDICATORS = (
    ("value: (now - last) / last", "算式,由 measures 中的度量组成"),
    ("target: '>= 95%'", "也写 90%~105%、100%±5%、>= -5%"),
    ("target: [{group: 甲, requirement: …}]", "各组的要求;又有 since(从何日起)"),
    ("bands: [{when: value > 3, score: 1}, …]", "得分与等级(grade),取第一个成立的"),
    ("for_each: 系统", "每组一次;averaged_over 各组的平均"),
    ("among: [OA, ERP]", "各组的名单;或 {source: t, column: 列}"),
    ("period: week", "另有 day month…;starts: 04-01 起算"),
)


def grammar_page() -> Page:
    """What `catalogue --grammar` shows: conditions, functions, measures, indicators."""
    functions = [(example, meaning) for name, (_, meaning, example) in signatures().items() if name not in _WITH_DAYS]
    parts: tuple[tuple[str, Iterable[tuple[str, str]]], ...] = (
        ("条件与算式", _OPERATORS),
        ("函数", functions),
        ("度量", _MEASURES),
        ("指标", _INDICATORS),
    )
    tables = [Table(title, _COLUMNS, [list(line) for line in lines], headless=True) for title, lines in parts]
    return Page("指标目录的写法", parts=tables)
