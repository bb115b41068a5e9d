"""What is built on values: each mistake in it is named, where it stands; and what is right has none."""

from typing import Any

import pytest

from itss_kpi.catalogue.catalogue import dimensions_of, value_kind
from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.indicators import Band, Last, Measure
from itss_kpi.catalogue.load import load
from itss_kpi.catalogue.wording import bands_said, reading

HEAD = """
format: itss-kpi/catalogue/1
plan: {title: 计划, document: D, version: V1, organization: 公司, year: 2022, departments: [甲部]}
calendar: {years: [2022]}
sources:
  t:
    name: 工单
    departments: [甲部]
    files: 工单*
    key: [编号]
    date: 时间
    combined: {客户编号: [客户, 编号]}
    columns: {编号: {type: text}, 时间: {type: datetime}, 结束: {type: datetime}, 客户: {type: text}, 数: {type: integer}, 率: {type: percent}}
  s:
    name: 协议
    departments: [甲部]
    files: 协议*
    key: [客户]
    date: 生效
    columns: {客户: {type: text}, 生效: {type: date}, 时限: {type: duration, unit: minute}}
indicators:
"""
COMMON = "domain: 质量指标, formula: f"
MONTHLY = f"  - {{id: m, number: 1, name: 月指标, {COMMON}, period: month, value: {{measure: count, source: t}}}}\n"
SPANS = f"  - {{id: d, number: 3, name: 时长, {COMMON}, period: month, value: {{measure: mean, source: t, of: 结束 - 时间}}}}\n"
OTHERS = f"  - {{id: h, number: 5, name: 各客户二, {COMMON}, period: month, for_each: 客户, value: {{measure: sum, source: t, of: 数}}}}\n"
GROUPS = f"  - {{id: g, number: 4, name: 各客户, {COMMON}, period: month, for_each: 客户, value: {{measure: count, source: t}}}}\n"


def problems(text: str) -> list[str]:
    return [f"{one.code} {one.message}" for one in load(HEAD + text, "k.yaml")[1]]


def own(more: str, period: str = "month") -> str:
    return f"  - {{id: x, number: 2, name: 本指标, {COMMON}, period: {period}, {more}}}\n"


@pytest.mark.parametrize(
    "more",
    [
        "value: {indicator: [m]}",
        "value: {indicator: [m], window: previous}",
        "value: {measure: count, indicator: [g], where: value > 3}",
        "value: {measure: mean, indicator: [d], where: value > hours(1) and attained == 1}",
        "value: {measure: percentile, at: 95, indicator: [m]}",
        "value: {measure: weighted, indicator: [m], weights: {m: 3}}",
        "value: {measure: weighted, weights: {m: 3}}",
        "value: {measure: percentile, at: 95, source: t, of: 结束 - 时间}",
        "value: {measure: percentile, at: 95, nearest: true, source: t, of: 数}",
        "value: {measure: percentile, at: 95, nearest: true, indicator: [m]}",
        "value: 'a / hours(1)', measures: {a: {measure: union, source: t, of: 'overlap(时间, 结束)', window: until_end, outside: b}, b: {measure: union, source: t, of: 'overlap(时间, 结束)', window: until_end, where: 数 > 1}}",
        "value: {measure: union, source: t, of: 'overlap(时间, 结束)', window: until_end}",
        "value: 'a / hours(1)', measures: {a: {measure: union, source: t, of: 'overlap(时间, 结束)', window: until_end, inside: b}, b: {measure: union, source: t, of: 'overlap(时间, 结束)', window: until_end, where: 数 > 1, inside: c}, c: {measure: union, source: t, of: 'overlap(时间, 结束)', window: until_end, where: 数 > 2}}",
        "value: {measure: rank, indicator: [g, h]}, for_each: 客户",
        "value: {indicator: [g]}, for_each: 客户",
        "value: {measure: mean, indicator: [g], over: 编号}, for_each: 编号",
        "value: {measure: rank, indicator: [g], over: 编号}, for_each: 客户",
        "value: {measure: mean, source: t, of: 数 / 率}",
        "value: 'a * if(month(period_start) <= 3, 2, 1)', measures: {a: {measure: count, source: t}}",
        "value: {measure: weighted, weights: {g: 3}}, for_each: 客户",
        "value: {measure: count, source: t}, bands: [{when: value > 3, grade: 好}, {when: value > 1, grade: 中}, {when: value < 1, grade: 无}, {grade: 差}]",
        "value: {measure: count, source: t, where: 'exists(t.客户, 编号)'}",
        "value: {measure: count, source: t, where: 'workdays(时间, 结束) > 3'}",
        "value: {measure: count, source: t, where: 'lookup(s.时限, 客户) > 结束 - 时间'}",
        "value: {measure: count, source: t, where: 'repeated(days(30), 客户)'}",
        "value: {measure: count, source: t}, for_each: 客户, among: [甲, 乙]",
        "value: {measure: count, source: t}, for_each: 客户, among: {source: s, column: 客户, where: 时限 > hours(1)}",
        "value: {measure: count, source: t}, bands: [{when: value > 3, score: 1, grade: 好}, {grade: 差}]",
        "value: 'if(a > 3, a, 0)', measures: {a: {measure: count, source: t}}",
        "value: 'if(a > 3, a, 0)', measures: {a: {measure: count, source: t}}, bands: [{when: a > 3, score: a - value}]",
        "numerator: {within: denominator, where: 数 > 1}, denominator: {measure: count, source: t}, bands: [{score: numerator - denominator}]",
        "value: {measure: count, source: t}, starts: '26'",
    ],
)
def test_what_fits_has_no_mistake(more: str) -> None:
    assert problems(MONTHLY + SPANS + GROUPS + OTHERS + own(more)) == []


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("value: {indicator: [n]}", "C103 indicators.3.value.indicator:没有这个指标:n"),
        ("value: {measure: sum, indicator: [m], of: 数}", "C102 indicators.3.value:对 indicator 可用 count、sum、mean、min、max、median、percentile、streak、weighted、rank;of 为 value、score 或 attained"),
        ("value: {measure: union, indicator: [m]}", "C102 indicators.3.value:对 indicator 可用 count、sum、mean、min、max、median、percentile、streak、weighted、rank;of 为 value、score 或 attained"),
        ("value: {indicator: [m]}, annual: whole", "C102 indicators.3:annual: whole 不用于由其他指标得出的指标;另写一个年度指标汇总其各期"),
        ("value: {indicator: [m], source: t}", "C102 indicators.3.value:indicator 不能与 source 同写"),
        ("value: {indicator: [m, d]}", "C102 indicators.3.value:几个指标或带 where 时须写明 measure"),
        ("value: {indicator: [m], window: until_end}", "C102 indicators.3.value:indicator 的 window 为 period、previous、year_before、year_to_date、quarter_to_date;汇总时还有 {periods: 3}(最近三期)"),
        ("value: {measure: percentile, indicator: [m]}", "C102 indicators.3.value:percentile 须写明 at(如 95),其他汇总不写"),
        ("value: {measure: weighted, indicator: [m]}", "C102 indicators.3.value:weighted 须在 weights 中写出每个指标的权重,其他汇总不写"),
        ("value: {measure: percentile, source: t, of: 数}", "C102 indicators.3.value:percentile 须写明 at(如 95),其他汇总不写"),
        ("value: {measure: streak, source: t, of: 数}", "C102 indicators.3.value:streak 只用于 indicator"),
        ("value: {measure: sum, source: t, of: 数, top: 3}", "C102 indicators.3.value:top 只用于 indicator"),
        ("value: {measure: count, source: t, window: {periods: 3}}", "C102 indicators.3.value:window: periods 只用于 indicator"),
        ("value: {measure: count, source: t, window: {days: 3, periods: 3}}", "C102 indicators.3.value.window:写 days(最近几天)或 periods(对 indicator 的最近几期)"),
        ("value: {measure: mean, indicator: [m], top: 3}", "C102 indicators.3.value:top 只用于 sum"),
        ("value: {indicator: [m], window: {periods: 3}}", "C102 indicators.3.value:indicator 的 window 为 period、previous、year_before、year_to_date、quarter_to_date;汇总时还有 {periods: 3}(最近三期)"),
        ("value: {measure: mean, indicator: [m], window: {days: 3}}", "C102 indicators.3.value:indicator 的 window 为 period、previous、year_before、year_to_date、quarter_to_date;汇总时还有 {periods: 3}(最近三期)"),
        ("value: {measure: rank, indicator: [m], where: value > 3}", "C102 indicators.3.value:rank 是各组在本期的名次(几个指标的,前一个相同时比后一个),不写 where 与 window"),
        ("value: {measure: rank, indicator: [m]}", "C102 indicators.3.value.indicator:rank 是各组的名次:本指标与 m 须写同一个 for_each"),
        ("value: {measure: max, indicator: [g], over: all}, for_each: 客户", "C102 indicators.3.for_each:没有一项度量按客户分组:所引的指标都不分组,或写了 over: all"),
        ("value: {measure: count, source: t}, bands: [{when: value >, grade: 好}, {grade: 差}]", "C104 indicators.3.bands.0.when:写法有误,可能没有写完"),
        ("value: {measure: count, source: t, 'of)': 1}", "C102 indicators.3.value.of):没有这一项;算式里有逗号的,整个加引号"),
        ("value: {indicator: [m], over: all}", "C102 indicators.3.value:over 只用于汇总各组(mean、sum、max 等);rank 可写一列,不写 all"),
        ("value: {measure: rank, indicator: [g], over: all}, for_each: 客户", "C102 indicators.3.value:over 只用于汇总各组(mean、sum、max 等);rank 可写一列,不写 all"),
        ("value: {measure: mean, indicator: [g], over: 片区}, for_each: 客户", "C103 indicators.3.value.over:不知道客户各属于哪个片区:g 的名单(among)与台账都没有文本列“片区”"),
        ("value: {measure: mean, indicator: [g], over: 编号}", "C102 indicators.3.value.over:over: 编号 时,g 须写 for_each,本指标写同一列,或写 for_each: 编号"),
        ("numerator: {within: denominator, where: 数 > 1}, denominator: {measure: count, source: t}, averaged_over: 客户编号", "C102 indicators.3.averaged_over:combined 的列用于 for_each;先按它分组(helper: true),再写 measure: mean 汇总"),
        ("value: {measure: max, indicator: [g]}, for_each: 编号", "C102 indicators.3.value.indicator:g 按客户分别考核,本指标按编号,组对不上;汇总它的所有组写 over: all"),
        ("value: {measure: sum, source: t, of: 'overlap(时间, 结束)'}", "C102 indicators.3.value.window:overlap 要算早于本期开始、延续到本期的行,按日期列会漏掉它们;写 window: until_end"),
        ("value: 'a / hours(1)', measures: {a: {measure: union, source: t, of: 'overlap(时间, 结束)', window: until_end, inside: b}, b: {measure: union, source: t, of: 'overlap(时间, 结束)', window: until_end, inside: a}}", "C102 indicators.3:inside 绕了回来:b"),
        ("value: {measure: union, source: t, of: 'overlap(时间, 结束)', window: until_end, inside: b}", "C102 indicators.3:inside 须是 measures 中另一个 window 相同的 union 度量:b"),
        ("value: {measure: count, source: t, where: 'sum(s.生效 - s.时限, s.客户, 客户) > hours(1)'}", "C104 indicators.3.value.where:sum 中相减的须是两个日期时间:生效 - 时限"),
        ("value: {measure: count, source: t, where: 'lookup(s.时限, lookup(s.时限, 客户)) > hours(1)'}", "C104 indicators.3.value.where:s.客户 与 lookup(s.时限, …) 不是同一类值,不能对应"),
        ("value: 'items(a)', measures: {a: {measure: count, source: t}}", "C104 indicators.3.value:items 只用于台账的行"),
        ("value: {measure: max, nearest: true, source: t, of: 数}", "C102 indicators.3.value:nearest 只用于 percentile"),
        ("value: {measure: sum, source: t, of: 数, outside: b}", "C102 indicators.3.value:outside、inside 只用于 union"),
        ("value: {measure: union, source: t, of: 'overlap(时间, 结束)', window: until_end, outside: b}", "C102 indicators.3:outside 须是 measures 中另一个 window 相同的 union 度量:b"),
        ("value: a, measures: {a: {measure: union, source: t, of: 'overlap(时间, 结束)', window: until_end, outside: a}}", "C102 indicators.3:outside 须是 measures 中另一个 window 相同的 union 度量:a"),
        ("value: a, measures: {a: {measure: union, source: t, of: 'overlap(时间, 结束)', window: until_end, outside: b}, b: {measure: count, source: t}}", "C102 indicators.3:outside 须是 measures 中另一个 window 相同的 union 度量:b"),
        ("value: {measure: percentile, at: 0.9, indicator: [m]}", "C102 indicators.3.value:at 是第几百分位:写 90,不写 0.9"),
        ("value: {measure: count, source: t}, bands: [{when: value >= 1, score: 1}, {when: value >= 3, score: 2}]", "C102 indicators.3.bands.1:永远轮不到这一档,前面的已包括它:取第一个成立的档,>= 从大到小写,<= 从小到大写"),
        ("value: {measure: count, source: t}, bands: [{when: value < 3, score: 1}, {when: value <= 1, score: 2}]", "C102 indicators.3.bands.1:永远轮不到这一档,前面的已包括它:取第一个成立的档,>= 从大到小写,<= 从小到大写"),
        ("value: {measure: count, source: t, where: 'exists(t.客户, 客户)'}", "C104 indicators.3.value.where:exists 查的是同一台账的同一列,每一行都找得到自己;此前有没有相同的行写 repeated(days(30), 列),有几行相同写 count(…) > 1"),
        ("value: {measure: count, source: t, where: 率 >= 95}", "C104 indicators.3.value.where:“率”是百分比,95% 写 0.95,不是 95"),
        ("value: {measure: mean, source: t, of: 率}, target: '>= 90'", "C107 indicators.3.target:列是百分比,要求写成 >= 90%"),
        ("value: {measure: mean, source: t, of: 率}, bands: [{when: value >= 90, score: 1}]", "C107 indicators.3.bands.0.when:值是百分比,90% 写 0.9"),
        ("value: 'a / b * 100', target: '>= 90%', measures: {a: {measure: count, source: t}, b: {measure: count, source: t}}", "C107 indicators.3.value:要求写了 %,算式的值就是小数(0.9 即 90%):去掉 * 100"),
        ("value: {indicator: [g]}", "C102 indicators.3.value.indicator:g 按客户分别考核;汇总其各组写 measure: mean、count 等"),
        ("value: {indicator: [m], of: score}", "C102 indicators.3.value.of:m 的 bands 没有 score"),
        ("value: {measure: sum, indicator: [m, d]}", "C104 indicators.3.value.indicator:所列指标的值不是同一类(数值与时长)"),
        ("value: {measure: count, indicator: [m], where: value > hours(1)}", "C104 indicators.3.value.where:数值不能与时长比较"),
        ("value: {measure: count, source: t}, bands: [{grade: 好}, {when: value > 3, grade: 差}]", "C102 indicators.3:bands 中只有最后一档可以不写 when"),
        ("value: {measure: count, source: t}, bands: [{when: value > 3}]", "C102 indicators.3.bands.0:每档须写 score 或 grade"),
        ("value: {measure: count, source: t}, bands: [{when: valeu > 3, grade: 好}]", "C103 indicators.3.bands.0.when:没有声明的列:valeu,是否应为“value”?"),
        ("value: {measure: count, source: t}, bands: [{score: hours(1)}]", "C104 indicators.3.bands.0.score:结果是时长,这里需要数值"),
        ("value: {measure: count, source: t}, bands: [{grad: 好}]", "C102 indicators.3.bands.0.grad:没有这一项,是否应为“grade”?"),
        ("value: {measure: count, source: t}, among: [甲]", "C102 indicators.3:among 只用于 for_each 或 averaged_over"),
        ("value: {measure: count, source: t}, for_each: 客户, among: [甲, 甲]", "C106 indicators.3.among:名单中有重复的组"),
        ("value: {measure: count, source: t}, for_each: 客户, among: {source: q, column: 客户}", "C103 indicators.3.among.source:没有声明的台账:q"),
        ("value: {measure: count, source: t}, for_each: 客户, among: {source: s, column: 时限}", "C103 indicators.3.among.column:协议没有文本列:时限"),
        ("value: {measure: count, source: t}, for_each: 客户, among: {source: s, column: 客户, wher: a}", "C102 indicators.3.among.wher:没有这一项,是否应为“where”?"),
        ("value: {measure: count, source: t}, target: [{group: 甲, requirement: '<= 3次'}]", "C102 indicators.3.target:没有 for_each,不能给“甲”单列要求"),
        ("value: {measure: count, source: t}, for_each: 客户, among: [甲公司], target: [{group: 甲公, requirement: '<= 3次'}]", "C103 indicators.3.target:名单中没有“甲公”,是否应为“甲公司”?"),
        ("value: {measure: count, source: t}, starts: 四月", "C102 indicators.3:starts 写成 04-01(年、半年、季度)或 26(月度),日在 1~28 之间;周、日不写"),
        ("value: {measure: count, source: t, where: 'lookup(q.时限, 客户) > hours(1)'}", "C103 indicators.3.value.where:没有声明的台账:q,可写 t、s"),
        ("value: {measure: count, source: t, where: 'lookup(s.时限, 客户, 编号) > hours(1)'}", "C104 indicators.3.value.where:s 一行由 客户 确定,lookup 须写出对应的列"),
        ("value: {measure: count, source: t, where: 'lookup(s.时先, 客户) > hours(1)'}", "C103 indicators.3.value.where:没有声明的s 的列:时先,是否应为“时限”?"),
        ("value: {measure: count, source: t, where: 'exists(s.客户, 数)'}", "C104 indicators.3.value.where:s.客户 与 数 不是同一类值,不能对应"),
        ("value: {measure: count, source: t, where: 'repeated(30, 客户)'}", "C104 indicators.3.value.where:repeated 写成 repeated(时长, 列…),如 repeated(days(30), 设备, 现象)"),
        ("value: {measure: count, source: t, where: 'repeated(days(30), 客人)'}", "C103 indicators.3.value.where:没有声明的列:客人,是否应为“客户”?"),
        ("value: 'exists(s.客户, a)', measures: {a: {measure: count, source: t}}", "C104 indicators.3.value:exists 只用于台账的行"),
        ("value: 'hour(a)', measures: {a: {measure: count, source: t}}", "C104 indicators.3.value:hour(时间):数值不能用在这里,须是日期时间"),
        ("value: {measure: union, source: t, of: 结束 - 时间}", "C104 indicators.3.value.of:union 的 of 须是 overlap(起, 止)"),
        ("value: {measure: sum, source: t, of: 'round(数, 1.5)'}", "C104 indicators.3.value.of:round(数, 小数位) 的最后一个参数是 0~9 的整数"),
        ("value: 'a +', measures: {a: {measure: count, source: t}}, bands: [{when: value > 3, grade: 好}]", "C104 indicators.3.value:写法有误,可能没有写完"),
    ],
)  # fmt: skip
def test_one_mistake_is_named(more: str, problem: str) -> None:
    assert problems(MONTHLY + SPANS + GROUPS + own(more)) == [problem]


def test_periods_must_fit() -> None:
    yearly = f"  - {{id: y, number: 1, name: 年指标, {COMMON}, period: year, value: {{measure: count, source: t}}}}\n"
    assert problems(yearly + own("value: {indicator: [y]}")) == [
        "C102 indicators.1.value.indicator:y 按年度考核,不能取本期的值;汇总其各期写 measure: mean、sum 等"
    ]
    assert problems(yearly + own("value: {measure: sum, indicator: [y]}")) == [
        "C102 indicators.1.value.indicator:y 的考核周期(年度)比本指标长"
    ]


def test_nothing_is_built_on_itself() -> None:
    one = own("value: {indicator: [z]}")
    other = one.replace("id: x, number: 2", "id: z, number: 5").replace("[z]", "[x]")
    assert problems(one + other) == [
        "C104 indicators.0:指标由自己得出:x → z → x",
        "C104 indicators.1:指标由自己得出:z → x → z",
    ]
    third = one.replace("id: x, number: 2", "id: v, number: 6").replace("[z]", "[x]")
    assert problems(one + other + third)[-1] == "C104 indicators.1:指标由自己得出:z → x → z"


def test_a_calendar_and_its_words() -> None:
    assert problems(MONTHLY.replace("x", "x")) == []
    text = HEAD.replace("years: [2022]", "yaers: [2022]") + MONTHLY
    assert [one.message for one in load(text, "k.yaml")[1]] == [
        "calendar.years:缺少此项",
        "calendar.yaers:没有这一项,是否应为“years”?",
    ]
    without = HEAD.replace("calendar: {years: [2022]}\n", "") + own(
        "value: {measure: count, source: t, where: 'workdays(时间, 结束) > 3'}"
    )
    assert [one.message for one in load(without, "k.yaml")[1]] == [
        "indicators.0.value.where:workdays 须先在目录中声明 calendar(工作日历)"
    ]


def test_what_is_measured_in_words() -> None:
    bands = "bands: [{when: value > 3, score: -1 * value, grade: 好}, {grade: 差}]"
    catalogue, _ = load(
        HEAD + MONTHLY + GROUPS + own(f"value: {{measure: mean, indicator: [m, g]}}, {bands}"), "k.yaml"
    )
    assert catalogue
    one = catalogue.by_id["x"]
    value: Any = one.value
    assert reading(value, catalogue.titles) == "指标“月指标、各客户”的值的平均"
    assert bands_said(one) == ["实际值 > 3:得分 -1 × 实际值、等级 好", "否则等级 差"]
    counted = one.model_copy(update={"bands": (Band(when="numerator < 3", score="denominator - value"),)})
    assert bands_said(counted) == ["分子 < 3:得分 分母 - 实际值"]
    rolling = Measure(measure="sum", indicator=("m",), top=2, window=Last(periods=3))
    assert reading(rolling, catalogue.titles) == "指标“月指标”的值的合计(最大的 2 个),最近 3 期"
    planned = Measure(measure="union", source="t", of="overlap(时间, 结束)", outside="维护")
    assert reading(planned, catalogue.titles) == "合并时长 工单的overlap(时间, 结束),不计“维护”之内的"
    both = Measure(measure="union", source="t", of="overlap(时间, 结束)", inside="乙路")
    assert reading(both, catalogue.titles) == "合并时长 工单的overlap(时间, 结束),只计也在“乙路”之内的"
    assert dimensions_of(catalogue, one) == []
    assert value_kind(catalogue, one) is Kind.NUMBER
    said = {
        "{measure: percentile, at: 95, source: t, of: 数}": "百分位数(95%) 工单的数",
        "{measure: percentile, at: 95, nearest: true, source: t, of: 数}": "百分位数(95%,最近秩) 工单的数",
        "{measure: count, source: t, window: previous}": "计数 工单,取上一期",
        "{measure: count, source: t, where: 'sum(t.结束 - t.时间, t.编号, 编号) > hours(1)'}": "计数 工单,条件:t.(结束 - 时间)[编号]的合计 > 1 小时",
        "{measure: count, source: t, where: 'lookup(s.时限, lookup(t.客户, 编号)) > hours(1)'}": "计数 工单,条件:s.时限[t.客户[编号]] > 1 小时",
        "{measure: count, source: t, where: 'repeated(days(30), 客户)'}": "计数 工单,条件:此前 30 天 内有过同样的 客户",
        "{measure: count, source: t, where: 'exists(s.客户, 客户)'}": "计数 工单,条件:s.客户[客户]有",
        "{measure: count, source: t, where: 'lookup(s.时限, 客户) > hours(1)'}": "计数 工单,条件:s.时限[客户] > 1 小时",
        "{measure: count, source: t, where: 'contains(客户, ''甲'')'}": "计数 工单,条件:客户 含“甲”",
        "{measure: weighted, indicator: [m], weights: {m: 2}, of: attained}": "指标“月指标”的是否达成的加权合计",
        "{indicator: [m], window: year_before}": "指标“月指标”的值,取上年同期",
        "{measure: mean, indicator: [g], over: all}": "指标“各客户”的值的平均,所有的组",
        "{measure: sum, source: t, of: 数, window: quarter_to_date}": "合计 工单的数,本季至今",
    }
    for written, words in said.items():
        catalogue, found = load(HEAD + MONTHLY + GROUPS + own(f"value: {written}"), "k.yaml")
        assert catalogue, found
        value = catalogue.by_id["x"].value
        assert reading(value, catalogue.titles) == words
