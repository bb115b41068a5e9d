"""The catalogue: what is accepted, what is refused, where and in which words.

`examples/good` and `examples/bad` are discovered: a file added there is a test added. A bad file begins with one line
`# expect: CODE LINE MESSAGE` for each problem, all and only those. `MUTATIONS` are single mistakes made in `GOOD`.
"""

import json
import re
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from kit.sample import ROOT

from itss_kpi.catalogue.catalogue import Catalogue, json_schema, value_kind
from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.functions import signatures
from itss_kpi.catalogue.indicators import sources_of
from itss_kpi.catalogue.load import load
from itss_kpi.catalogue.plan import RequiredCheck
from itss_kpi.catalogue.schedule import WHEN_FORMS
from itss_kpi.cli.main import run
from itss_kpi.core.problem_codes import CODES
from itss_kpi.core.problems import Problem
from itss_kpi.core.targets import Unit
from itss_kpi.plan.clauses import clause_order

EXAMPLES = ROOT / "tests" / "examples"

GOOD = """\
format: itss-kpi/catalogue/1
plan: {title: 计划, document: D-1, version: V1, organization: 某公司, year: 2023, departments: [运维部, 客服部]}
sources:
  tickets:
    name: 工单
    departments: [运维部]
    files: 工单_*.xlsx
    key: [单号]
    date: 受理
    dimensions: {按级别: 级别}
    columns:
      单号: {required: true}
      受理: {type: datetime, required: true, aliases: [受理时间]}
      完成: {type: datetime}
      级别: {type: choice, values: {高: [紧急], 低: []}}
      工时: {type: decimal, minimum: 0}
      用时: {type: duration, unit: minute}
      回访: {type: yes_no}
lookups:
  时限: {unit: hour, values: {高: 4, 低: 8}}
indicators:
  - id: on_time
    number: 1
    domain: 过程
    name: 及时率
    formula: 及时/全部
    target: '>= 95%'
    period: month
    numerator:
      within: denominator
      where: 完成 - 受理 <= lookup(时限, 级别)
    denominator:
      measure: count
      source: tickets
      where: 级别 in ('高', '低')
"""

TARGET = "target: '>= 95%'"
WHERE = "where: 级别 in ('高', '低')"
TOP = "    numerator:\n      within: denominator\n      where: 完成 - 受理 <= lookup(时限, 级别)\n"
RATIO = f"{TOP}    denominator:\n      measure: count\n      source: tickets\n      {WHERE}\n"
COUNT = "    value: {measure: count, source: tickets}\n"
TWIN = GOOD[GOOD.index("  - id: on_time") :]
YUAN = [(RATIO, "    value: {measure: sum, source: tickets, of: 工时}\n"), (TARGET, "target: '<= 5元'")]
STAFF = "  staff: {name: 名单, departments: [运维部], files: 名单_*, key: [姓名], snapshot: true, columns: {姓名: {}, 岗位: {}}}\nlookups:"
ROSTER = [
    ("lookups:", STAFF), ("      source: tickets\n", "      source: staff\n"), ("where: 完成 - 受理 <= lookup(时限, 级别)", "where: blank(岗位)"),
]  # fmt: skip
CHECKS = """\
  supervision:
    name: 监督检查记录
    departments: [运维部]
    files: 监督检查记录_*.xlsx
    key: [检查编号]
    date: 检查日期
    columns: {检查编号: {}, 检查类别: {type: choice, values: {质量: []}}, 检查日期: {type: date}, 被检查部门: {}, 项目名称: {}, 检查项: {}, 结果: {}, 说明: {}, 检查人工号: {}}
lookups:"""
"""The ledger of checks as a further source, where the lookups begin."""


def mutated(*changes: tuple[str, str]) -> str:
    text = GOOD
    for old, new in changes:
        assert old in text, f"nothing to change: {old}"
        text = text.replace(old, new, 1)
    return text


# (changes, [(code, what stands in the line, message)])
MUTATIONS = [
    # -- form: C102
    pytest.param([("catalogue/1", "catalogue/2")], [("C102", "format: itss", "format:取值须是 'itss-kpi/catalogue/1'")], id="another format"),
    pytest.param([("format: itss-kpi/catalogue/1\n", "")], [("C102", "plan:", "format:缺少此项")], id="no format"),
    pytest.param([("title: 计划, ", "")], [("C102", "plan:", "plan.title:缺少此项")], id="no title"),
    pytest.param([("year: 2023", "year: soon")], [("C102", "plan:", "plan.year:须是整数")], id="year is a word"),
    pytest.param([("departments: [运维部, 客服部]", "departments: 运维部")], [("C102", "plan:", "plan.departments:须是列表,写成 [运维部]")], id="departments is a text"),
    pytest.param([("version: V1", "version: 1.0")], [("C102", "plan:", "plan.version:须是文本")], id="version is a number"),
    pytest.param([("dimensions: {按级别: 级别}", "combined: {甲乙: [级别, 工时], 单号: [级别, 单号], 丙: [单号, 单号]}")], [("C103", "combined:", "sources.tickets.combined.甲乙.1:没有文本列:工时"), ("C106", "combined:", "sources.tickets.combined.单号:已有这一列:单号"), ("C102", "combined:", "sources.tickets.combined.丙:combined 写两列或更多不同的列")], id="combined columns"),
    pytest.param([("required: true}", "required: maybe}")], [("C102", "单号", "sources.tickets.columns.单号.required:须是 true 或 false")], id="required: maybe"),
    pytest.param([("required: true}", "required: []}")], [("C102", "单号", "sources.tickets.columns.单号.required:须是 true 或 false")], id="required: list"),
    pytest.param([("number: 1", "number: [1]")], [("C102", "number:", "indicators.0.number:须是整数")], id="number is a list"),
    pytest.param([("  时限: {unit: hour, values: {高: 4, 低: 8}}", "  时限: 4")], [("C102", "时限: 4", "lookups.时限:须是映射(键: 值)")], id="lookup is a number"),
    pytest.param([("{unit: hour, values: {高: 4, 低: 8}}", "{values: 4}")], [("C102", "时限:", "lookups.时限.values:须是映射(键: 值)")], id="lookup's values are a number"),
    pytest.param([("id: on_time", "id: OnTime")], [("C102", "id:", "indicators.0.id:名称只能由字母、汉字、数字与下划线组成,且不以数字开头;id 用小写英文")], id="id in capitals"),
    pytest.param([("id: on_time", "id: 及时率")], [("C102", "id:", "indicators.0.id:名称只能由字母、汉字、数字与下划线组成,且不以数字开头;id 用小写英文")], id="id in Chinese"),
    pytest.param([("period: month", "period: weekly")], [("C102", "period:", "indicators.0.period:取值须是 'month'、'quarter'、'half'、'year'、'week'、'day'")], id="period: weekly"),
    pytest.param([("within: denominator", "within: numerator")], [("C102", "within:", "indicators.0.numerator.within:取值须是 'denominator'")], id="within: numerator"),
    pytest.param([("measure: count", "measure: coutn")], [("C102", "measure:", "indicators.0.denominator.measure:取值须是 'count'、'sum'、'distinct'、'mean'、'min'、'max'、'median'、'percentile'、'union'、'streak'、'weighted'、'rank'")], id="measure: coutn"),
    pytest.param([("period: month", "period: month\n    unit: 3打")], [("C102", "unit: 3打", "indicators.0.unit:单位写成一个词,如 次、元、人天、次/月、%")], id="unit: 3打"),
    # -- form: misspelt keys with a suggestion
    pytest.param([("title: 计划", "titel: 计划")], [("C102", "plan:", "plan.title:缺少此项"), ("C102", "plan:", "plan.titel:没有这一项,是否应为“title”?")], id="titel"),
    pytest.param([("period: month", "period: month\n    departmnt: [运维部]")], [("C102", "departmnt", "indicators.0.departmnt:没有这一项,是否应为“department”?")], id="departmnt"),
    pytest.param([("period: month", "period: month\n    xyzzy: 1")], [("C102", "xyzzy", "indicators.0.xyzzy:没有这一项")], id="nothing near"),
    pytest.param([("    departments: [运维部]\n", "    departments: []\n")], [("C102", "    departments:", "sources.tickets.departments:至少写一项")], id="nobody hands it in"),
    pytest.param([("key: [单号]", "key: []")], [("C102", "key:", "sources.tickets.key:至少写一项")], id="an empty key"),
    pytest.param([("[运维部, 客服部]", "[运维部, 运维部]")], [("C102", "plan:", "plan.departments:同一部门写了两次")], id="a department twice"),
    pytest.param([("高: 4, 低: 8", "高: .nan, 低: 8")], [("C102", "时限:", "lookups.时限.values.高:须是有限的数字")], id="a lookup of nan"),
    pytest.param([("高: 4, 低: 8", "")], [("C102", "时限:", "lookups.时限.values:至少写一项")], id="an empty lookup"),
    pytest.param([("    files: 工单_*.xlsx\n", "    files: 工单_*.xlsx\n    covers: 春天\n")], [("C102", "covers:", "sources.tickets.covers:covers 写 name、year 或一段时间,如 2022-04至2022-09、2022Q3")], id="covers no time"),
    pytest.param([("year: 2023", "year: 1800")], [("C102", "plan:", "plan.year:不能小于 1900")], id="year out of range"),
    pytest.param([("source: tickets\n", "source: tickets\n      window: {dayz: 3}\n")], [("C102", "window:", "indicators.0.denominator.window.dayz:没有这一项,是否应为“days”?")], id="window misspelt"),
    pytest.param([("sources:", "reading: {memry: 4096}\nsources:")], [("C102", "reading:", "reading.memry:没有这一项,是否应为“memory”?")], id="a limit misspelt"),
    pytest.param([("sources:", "reading: {memory: 1}\nsources:")], [("C102", "reading:", "reading.memory:不能小于 64")], id="a limit too low"),
    pytest.param([("sources:", "sourcse:")], [("C102", "format:", "sources:缺少此项"), ("C102", "sourcse:", "sourcse:没有这一项,是否应为“sources”?")], id="sourcse"),
    pytest.param([(RATIO, COUNT.replace("count", "coutn"))], [("C102", "value:", "indicators.0.value.measure:取值须是 'count'、'sum'、'distinct'、'mean'、'min'、'max'、'median'、'percentile'、'union'、'streak'、'weighted'、'rank'")], id="one mistake in a value is one problem"),
    pytest.param([(TARGET, "target: [{requirement: '>= 95%', sinse: 2023-01-01}]")], [("C102", "target:", "indicators.0.target.0.sinse:没有这一项,是否应为“since”?")], id="one mistake in a target is one problem"),
    pytest.param([(TARGET, "target: [{requirement: '>= 90%'}, {requirement: '>= 95%'}]")], [("C102", "target:", "indicators.0.target:每条考核要求须有不同的生效日期 since(第一条可以不写)")], id="two targets from the same day"),
    pytest.param([("year: 2023", "year: 2023, hand_in_days: -1")], [("C102", "plan:", "plan.hand_in_days:不能小于 0")], id="handed in before the end"),
    pytest.param([("year: 2023", "year: 2200")], [("C102", "plan:", "plan.year:不能大于 2199")], id="year too far"),
    pytest.param([("departments: [运维部, 客服部]", "departments: []")], [("C102", "plan:", "plan.departments:至少写一项")], id="no department in the plan"),
    pytest.param([("高: 4", "高: .inf")], [("C102", "时限:", "lookups.时限.values.高:须是有限的数字")], id="an infinite lookup"),
    pytest.param([("高: 4", "高: 四")], [("C102", "时限:", "lookups.时限.values.高:须是数字")], id="a lookup of a word"),
    pytest.param([("高: 4", "高: [4]")], [("C102", "时限:", "lookups.时限.values.高:须是数字")], id="a lookup of a list"),
    pytest.param([("source: tickets\n", "source: tickets\n      window: {days: 0}\n")], [("C102", "window:", "indicators.0.denominator.window.days:不能小于 1")], id="a window of no day"),
    pytest.param([("source: tickets\n", "source: tickets\n      window: week\n")], [("C102", "window:", "indicators.0.denominator.window:取值须是 'period'、'previous'、'year_before'、'year_to_date'、'quarter_to_date'、'until_end'")], id="a window of a word"),
    pytest.param([("source: tickets\n", "source: tickets\n      window: [7]\n")], [("C102", "window:", "indicators.0.denominator.window:须是映射(键: 值)")], id="a window that is a list"),
    pytest.param([(TARGET, "target: 95")], [("C102", "target: 95", "indicators.0.target:须是文本")], id="a target that is a number"),
    pytest.param([(TARGET, "target: {requirement: '>= 95%'}")], [("C102", "target:", "indicators.0.target:须是列表,如 [{group: 甲, requirement: '>= 95%'}]")], id="a target that is a mapping"),
    pytest.param([(TARGET, "target: [{requirement: '>= 95%', since: soon}]")], [("C102", "target:", "indicators.0.target.0.since:须是日期,如 2022-07-01")], id="a target's day is a word"),
    pytest.param([(TARGET, "target: [{requirement: '>= 95%', since: [2023]}]")], [("C102", "target:", "indicators.0.target.0.since:须是日期,如 2022-07-01")], id="a target's day is a list"),
    pytest.param([(TARGET, "target: [{requirement: '>= 95%', since: 2023}]")], [("C102", "target:", "indicators.0.target.0.since:须是日期,如 2022-07-01")], id="a target's day is a year"),
    pytest.param([(TARGET, "target: [{requirement: '>= 95%', since: 2023-07-01 08:00}]")], [("C102", "target:", "indicators.0.target.0.since:须是日期,如 2022-07-01")], id="a target's day has an hour"),
    pytest.param([(TARGET, "target: []")], [("C102", "target:", "indicators.0.target:每条考核要求须有不同的生效日期 since(第一条可以不写)")], id="no target in the list"),
    pytest.param([(RATIO, "    value: 5\n")], [("C102", "value:", "indicators.0.value:须是文本")], id="a value that is a number"),
    pytest.param([("回访: {type", "回 访: {type")], [("C102", "回 访", "sources.tickets.columns.回 访:名称只能由字母、汉字、数字与下划线组成,且不以数字开头;id 用小写英文")], id="a column's name with a blank"),
    pytest.param([("id: on_time", f"id: {'a' * 61}")], [("C102", "id: aaa", "indicators.0.id:名称太长")], id="an id too long"),
    pytest.param([("number: 1", "number: 1.5")], [("C102", "number:", "indicators.0.number:须是整数")], id="a fraction of a number"),
    pytest.param([("number: 1", "number: 0")], [("C102", "number:", "indicators.0.number:不能小于 1")], id="a number below one"),
    pytest.param([("    files: 工单_*.xlsx\n", "    files: 工单_*.xlsx\n    shet: 表\n")], [("C102", "shet", "sources.tickets.shet:没有这一项,是否应为“sheet”?")], id="a source's key misspelt"),
    pytest.param([("回访: {type: yes_no", "回访: {type: yes_no, optionl: true")], [("C102", "回访", "sources.tickets.columns.回访.optionl:没有这一项,是否应为“optional”?")], id="a column's key misspelt"),
    pytest.param([("{unit: hour, ", "{unti: hour, ")], [("C102", "时限:", "lookups.时限.unti:没有这一项,是否应为“unit”?")], id="a lookup's key misspelt"),
    pytest.param([("within: denominator", "within: denominator\n      wher: 回访")], [("C102", "wher:", "indicators.0.numerator.wher:没有这一项,是否应为“where”?")], id="a measure's key misspelt"),
    pytest.param([("number: 1", "number: 1\n    also: [{number: 9, domain: 质量, domian: 质量}]")], [("C102", "also:", "indicators.0.also.0.domian:没有这一项,是否应为“domain”?")], id="a listing's key misspelt"),
    pytest.param([("period: month", "period: month\n    beside: [{label: 全年, lable: 1, value: {measure: count, source: tickets}}]")], [("C102", "beside", "indicators.0.beside.0.lable:没有这一项,是否应为“label”?")], id="beside misspelt"),
    pytest.param([("indicators:", "activities: [{number: 1, name: 内审, when: 7月, wen: 7月}]\nindicators:")], [("C102", "activities", "activities.0.wen:没有这一项,是否应为“when”?")], id="an activity's key misspelt"),
    pytest.param([("title: 计划", "title: 计划, yaer: 1")], [("C102", "plan:", "plan.yaer:没有这一项,是否应为“year”?")], id="the plan's key misspelt"),
    # -- columns: what goes with what
    pytest.param([("{type: choice, values: {高: [紧急], 低: []}}", "{type: choice}")], [("C102", "级别: {type", "sources.tickets.columns.级别:choice 列须声明 values 或 values_from,其他类型不能声明")], id="choice without values"),
    pytest.param([("工时: {type: decimal", "工时: {type: decimal, values: {甲: []}")], [("C102", "工时:", "sources.tickets.columns.工时:choice 列须声明 values 或 values_from,其他类型不能声明")], id="values without choice"),
    pytest.param([(", unit: minute", "")], [("C102", "用时:", "sources.tickets.columns.用时:duration 列须声明 unit,其他类型不能声明")], id="duration without unit"),
    pytest.param([("工时: {type: decimal", "工时: {type: decimal, percent: whole")], [("C102", "工时:", "sources.tickets.columns.工时:percent 只用于 percent 列")], id="percent on decimal"),
    pytest.param([("回访: {type: yes_no", "回访: {type: yes_no, minimum: 0")], [("C102", "回访:", "sources.tickets.columns.回访:minimum、maximum 只用于数值列")], id="minimum of yes_no"),
    pytest.param([("工时: {type: decimal", "工时: {type: decimal, formats: ['%Y']")], [("C102", "工时:", "sources.tickets.columns.工时:formats 只用于 date 列与 datetime 列")], id="formats of a number"),
    pytest.param([("工时: {type: decimal", "工时: {type: decimal, zone: '+00:00'")], [("C102", "工时:", "sources.tickets.columns.工时:zone、midnight 只用于 datetime 列")], id="zone of a number"),
    pytest.param([("    date: 受理\n", "    date: 受理\n    latest: 更新\n    checks: [{rule: 完成 >= 受利, says: 早}]\n")], [("C103", "latest:", "sources.tickets.latest:没有声明的列:更新,可写 单号、受理、完成、级别、工时、用时、回访、提交部门"), ("C103", "checks:", "sources.tickets.checks.0.rule:没有声明的列:受利,是否应为“受理”?")], id="latest and checks of columns that aren't there"),
    pytest.param([("单号: {required: true", "单号: {required: true, optional: true")], [("C102", "单号:", "sources.tickets.columns.单号:required 与 optional 不能同时声明")], id="required and optional"),
    # -- sources
    pytest.param([("    date: 受理\n", "")], [("C102", "tickets:", "sources.tickets:须写明 date,或声明 snapshot: true")], id="no date"),
    pytest.param([("    date: 受理\n", "    date: 受理\n    snapshot: true\n")], [("C102", "tickets:", "sources.tickets:须写明 date,或声明 snapshot: true")], id="date and snapshot"),
    pytest.param([("date: 受理", "date: 工时")], [("C102", "date: 工时", "sources.tickets.date:日期列的类型须是 date、datetime 或 period")], id="date is a number column"),
    pytest.param([("date: 受理", "date: 受利")], [("C103", "date: 受利", "sources.tickets.date:没有声明的列:受利,是否应为“受理”?")], id="date misspelt"),
    pytest.param([("key: [单号]", "key: [单号, 单好]")], [("C103", "key:", "sources.tickets.key.1:没有声明的列:单好,是否应为“单号”?")], id="key misspelt"),
    pytest.param([("按级别: 级别", "按级别: 级另")], [("C103", "dimensions", "sources.tickets.dimensions.按级别:没有声明的列:级另,是否应为“级别”?")], id="dimension misspelt"),
    pytest.param([("    departments: [运维部]\n", "    departments: [运维布]\n")], [("C103", "    departments:", "sources.tickets.departments.0:计划中没有声明的部门:运维布,是否应为“运维部”?")], id="department misspelt"),
    pytest.param([("    departments: [运维部]\n", "    departments: [XYZ]\n")], [("C103", "    departments:", "sources.tickets.departments.0:计划中没有声明的部门:XYZ")], id="department unknown"),
    pytest.param([("完成: {type: datetime}", "完成: {type: datetime, aliases: [受 理 时间]}")], [("C106", "完成:", "sources.tickets.columns.完成:列名或别名“受 理 时间”已用于 受理")], id="one alias, two columns"),
    pytest.param([("低: []", "低: [紧急]")], [("C106", "级别: {type", "sources.tickets.columns.级别.values:取值“紧急”有两种含义")], id="one synonym, two values"),
    # -- measures: which form
    pytest.param([("      measure: count\n", "")], [("C102", "denominator:", "indicators.0.denominator:measure、within、declared 须且只须写一个")], id="a measure without a form"),
    pytest.param([("      source: tickets\n", "")], [("C102", "denominator:", "indicators.0.denominator:measure 须写明 source")], id="no source"),
    pytest.param([("measure: count", "measure: sum")], [("C102", "denominator:", "indicators.0.denominator:count 不写 of;其他汇总须写 of")], id="sum of nothing"),
    pytest.param([("measure: count", "measure: count\n      of: 工时")], [("C102", "denominator:", "indicators.0.denominator:count 不写 of;其他汇总须写 of")], id="count of something"),
    pytest.param([("within: denominator", "within: denominator\n      date: 完成")], [("C102", "numerator:", "indicators.0.numerator:within 沿用分母的 source、date、window,不能另写")], id="within with a date"),
    pytest.param([("      measure: count\n      source: tickets\n", "      declared: departments\n")], [("C102", "denominator:", "indicators.0.denominator:declared 不能与其他项同写")], id="declared with where"),
    # -- indicators: which form
    pytest.param([(TOP, "")], [("C102", "id: on_time", "indicators.0:写 numerator 与 denominator,或只写 value")], id="a denominator alone"),
    pytest.param([("period: month\n", "period: month\n" + COUNT)], [("C102", "id: on_time", "indicators.0:写 numerator 与 denominator,或只写 value")], id="ratio and value"),
    pytest.param([(RATIO, "    value: a / b\n")], [("C102", "id: on_time", "indicators.0:value 为算式时须声明 measures,其中的名称是 measures 里的度量;其他情况不能声明")], id="arithmetic without measures"),
    pytest.param([("period: month\n", "period: month\n    measures: {a: {measure: count, source: tickets}}\n")], [("C102", "id: on_time", "indicators.0:value 为算式时须声明 measures,其中的名称是 measures 里的度量;其他情况不能声明")], id="measures without arithmetic"),
    pytest.param([("within: denominator", "within: denominator\n      fixed: true")], [("C102", "id: on_time", "indicators.0:each_department 与 fixed 只用于分母")], id="a fixed numerator"),
    pytest.param([("within: denominator", "measure: count\n      source: tickets"), ("period: month", "period: month\n    may_exceed: true")], [("C102", "id: on_time", "indicators.0:may_exceed 只用于分子写 within 的比率")], id="may_exceed without within"),
    pytest.param([("within: denominator", "within: denominator\n      of: 工时")], [("C102", "id: on_time", "indicators.0:within 的分母须是一个度量;分母为 count 时分子不写 of")], id="a sum within a count"),
    pytest.param([(f"      measure: count\n      source: tickets\n      {WHERE}\n", "      declared: departments\n")], [("C102", "id: on_time", "indicators.0:within 的分母须是一个度量;分母为 count 时分子不写 of")], id="within the declared departments"),
    pytest.param([("period: month", "period: month\n    averaged_over: 级别\n    for_each: 级别")], [("C102", "id: on_time", "indicators.0:averaged_over 与 for_each 不能同时使用")], id="averaged_over and for_each"),
    pytest.param([(RATIO, COUNT), (TARGET, "target: '>= 9次'"), ("period: month", "period: month\n    averaged_over: 级别")], [("C102", "averaged_over", "indicators.0.averaged_over:averaged_over 须有分子与分母")], id="averaged_over of a count"),
    pytest.param([(TOP, "    numerator: {measure: max, source: tickets, of: 工时}\n")], [("C102", "id: on_time", "indicators.0:max 不能作分子或分母;请写成 measures 与 value 算式")], id="the maximum as a numerator"),
    pytest.param([(TOP, "    numerator: {measure: mean, source: tickets, of: 工时}\n")], [("C102", "id: on_time", "indicators.0:mean 不能作分子或分母;请写成 measures 与 value 算式")], id="a mean as a numerator"),
    pytest.param([(TOP, "    numerator: {declared: departments}\n")], [("C102", "id: on_time", "indicators.0:declared 只用于分母")], id="declared as a numerator"),
    pytest.param([(RATIO, "    value: {within: denominator}\n"), (TARGET, "target: '<= 9次'")], [("C102", "id: on_time", "indicators.0:within 只用于分子,declared 只用于分母")], id="a value within no denominator"),
    pytest.param([(TOP, "    numerator: {measure: count, source: tickets}\n"), ("measure: count\n", "measure: median\n      of: 工时\n")], [("C102", "id: on_time", "indicators.0:median 不能作分子或分母;请写成 measures 与 value 算式")], id="the median as a denominator"),
    pytest.param([(TOP, "    numerator: {measure: min, source: tickets, of: 工时}\n")], [("C102", "id: on_time", "indicators.0:min 不能作分子或分母;请写成 measures 与 value 算式")], id="the minimum as a numerator"),
    pytest.param([(RATIO, "    value: {declared: departments}\n"), (TARGET, "target: '<= 9次'")], [("C102", "id: on_time", "indicators.0:within 只用于分子,declared 只用于分母")], id="a declared value"),
    pytest.param([(RATIO, "    value: a\n    measures: {a: {within: denominator}}\n")], [("C102", "id: on_time", "indicators.0:within 只用于分子,declared 只用于分母")], id="a named measure within"),
    pytest.param([("period: month", "period: month\n    beside: [{label: 部门, value: {declared: departments}}]")], [("C102", "id: on_time", "indicators.0:within 只用于分子,declared 只用于分母")], id="declared beside"),
    pytest.param([("measure: count\n      source: tickets\n", "within: denominator\n")], [("C102", "id: on_time", "indicators.0:within 的分母须是一个度量;分母为 count 时分子不写 of")], id="a denominator within"),
    # -- names: C103
    pytest.param([("within: denominator", "measure: count\n      source: tikets\n      date: 完成"), ("where: 完成 - 受理 <= lookup(时限, 级别)", "where: 回访")], [("C103", "source: tikets", "indicators.0.numerator.source:没有声明的台账:tikets,是否应为“tickets”?")], id="source misspelt"),
    pytest.param([("lookup(时限, 级别)", "lookup(时线, 级别)")], [("C103", "where: 完成", "indicators.0.numerator.where:没有声明的换算表:时线,是否应为“时限”?")], id="lookup misspelt"),
    pytest.param([(WHERE, "where: 级列 == '高'")], [("C103", "where: 级列", "indicators.0.denominator.where:没有声明的列:级列,是否应为“级别”?")], id="column misspelt"),
    pytest.param([(TOP, "    numerator: {measure: count, source: tickets, where: 回访}\n"), ("      source: tickets\n", "      source: tickets\n      date: 完城\n")], [("C103", "date: 完城", "indicators.0.denominator.date:没有这个日期列:完城,是否应为“完成”?")], id="measure's date misspelt"),
    pytest.param([(RATIO, "    value: a / bb\n    measures: {a: {measure: count, source: tickets}, b: {measure: count, source: tickets, where: 回访}}\n")], [("C103", "value:", "indicators.0.value:没有声明的列:bb,是否应为“b”?")], id="measure misspelt in arithmetic"),
    pytest.param([("period: month", "period: month\n    beside: [{label: 全年, value: {measure: count, source: tikets}}]")], [("C103", "beside", "indicators.0.beside.0.value.source:没有声明的台账:tikets,是否应为“tickets”?")], id="source misspelt beside"),
    pytest.param([("source: tickets\n", "source: tikets\n")], [("C103", "source: tikets", "indicators.0.denominator.source:没有声明的台账:tikets,是否应为“tickets”?")], id="a denominator's mistake is reported once"),
    pytest.param([("period: month", "period: month\n    for_each: 级列")], [("C103", "for_each:", "indicators.0.for_each:工单没有文本列:级列,是否应为“级别”?")], id="a group's mistake is reported once"),
    pytest.param([("measure: count", "measure: sum\n      of: 工识"), ("source: tickets\n", "source: tickets\n      date: 完城\n")], [("C103", "of: 工识", "indicators.0.denominator.of:没有声明的列:工识,是否应为“工时”?"), ("C103", "date: 完城", "indicators.0.denominator.date:没有这个日期列:完城,是否应为“完成”?")], id="what is taken over is reported once"),
    pytest.param([("measure: count", "measure: sum\n      of: 工时"), ("within: denominator", "within: denominator\n      of: 工识")], [("C103", "of: 工识", "indicators.0.numerator.of:没有声明的列:工识,是否应为“工时”?")], id="a part's own mistake is its own"),
    # -- expressions: C104
    pytest.param([(WHERE, "where: 级别 in (")], [("C104", "where: 级别 in", "indicators.0.denominator.where:第 7 个字符附近写法有误")], id="half a condition"),
    pytest.param([(WHERE, "where: __import__('os')")], [("C104", "__import__", "indicators.0.denominator.where:没有这个函数:__import__(可用:" + "、".join(signatures()) + ")")], id="import"),
    pytest.param([(WHERE, "where: 工时 + 1")], [("C104", "工时 + 1", "indicators.0.denominator.where:结果是数值,这里需要是否")], id="a number is no condition"),
    pytest.param([(WHERE, "where: 用时 > 4")], [("C104", "用时 > 4", "indicators.0.denominator.where:时长不能与数值比较")], id="duration against number"),
    pytest.param([(WHERE, "where: 级别 in ('高', '底')")], [("C104", "'底'", "indicators.0.denominator.where:级别没有取值“底”,可写 高、低")], id="a value that is no option"),
    pytest.param([("measure: count", "measure: sum\n      of: 工时 $ 2"), (TOP, "    numerator: {measure: count, source: tickets}\n")], [("C104", "of:", "indicators.0.denominator.of:第 4 个字符附近写法有误")], id="a sum of half an expression"),
    pytest.param([("measure: count", "measure: distinct\n      of: 工时 + 1"), (TOP, "    numerator: {measure: count, source: tickets}\n")], [("C104", "of:", "indicators.0.denominator.of:去重计数的 of 须是一个列名")], id="distinct sums"),
    pytest.param([("measure: count", "measure: sum\n      of: 级别"), (TOP, "    numerator: {measure: count, source: tickets}\n")], [("C104", "of:", "indicators.0.denominator.of:结果是文本,这里需要数值或时长")], id="a sum of texts"),
    pytest.param([(RATIO, "    value: a > 1\n    measures: {a: {measure: count, source: tickets}}\n")], [("C104", "value:", "indicators.0.value:结果是是否,这里需要数值或时长")], id="a condition is no value"),
    pytest.param([(RATIO, "    value: a\n    measures: {a: {measure: sum, source: tickets, of: 工时 $ 2}}\n")], [("C104", "measures:", "indicators.0.measures.a.of:第 4 个字符附近写法有误")], id="half an expression in a named measure"),
    pytest.param([(RATIO, "    value: period_end - period_start\n    measures: {a: {measure: count, source: tickets}}\n"), (TARGET, "target: '<= 4小时'")], [("C104", "value:", "indicators.0.value:算式须至少用到 measures 中的一个度量")], id="a period's edge in arithmetic"),
    pytest.param([(RATIO, "    value: {measure: sum, source: tickets, of: hours(1)}\n"), (TARGET, "target: '<= 9小时'")], [("C104", "value:", "indicators.0.value.of:须至少用到一个列")], id="a sum of a constant"),
    pytest.param([(WHERE, "where: 工时 >")], [("C104", "where: 工时", "indicators.0.denominator.where:写法有误,可能没有写完")], id="a condition that breaks off"),
    pytest.param([(RATIO, "    value: a + lookup(时限, b)\n    measures: {a: {measure: count, source: tickets}, b: {measure: count, source: tickets}}\n"), (TARGET, "target: '<= 4次'")], [("C104", "value:", "indicators.0.value:lookup 的列须是文本:b")], id="a lookup in arithmetic"),
    pytest.param([("measure: count", "measure: sum\n      of: 1 + 2"), (TOP, "    numerator: {measure: count, source: tickets}\n")], [("C104", "of:", "indicators.0.denominator.of:须至少用到一个列")], id="a sum of a number"),
    # -- targets: C105
    pytest.param([(TARGET, "target: about 95%")], [("C105", "target:", "indicators.0.target:看不懂的考核要求:about 95%")], id="about 95%"),
    pytest.param([(TARGET, "target: '>= 95% 且 <= 3次'")], [("C105", "target:", "indicators.0.target:看不懂的考核要求:>= 95% 且 <= 3次")], id="two units"),
    pytest.param([(TARGET, "target: [{requirement: '>= 90%'}, {since: 2023-07-01, requirement: mostly}]")], [("C105", "target:", "indicators.0.target:看不懂的考核要求:mostly")], id="the second of two targets"),
    # -- twice: C106
    pytest.param([(TARGET, f"{TARGET}\n    {TARGET}")], [("C106", TARGET, "indicators.0.target:同一个键写了两次")], id="a key twice"),
    pytest.param([(TWIN, TWIN + TWIN.replace("number: 1", "number: 2"))], [("C106", "id: on_time", "indicators.1.id:指标 on_time 声明了两次")], id="an id twice"),
    pytest.param([(TWIN, TWIN + TWIN.replace("on_time", "again"))], [("C106", "number: 1", "indicators.1.number:序号 1 用了两次")], id="a number twice"),
    pytest.param([("number: 1", "number: 1\n    also: [{number: 1, domain: 质量}]")], [("C106", "also:", "indicators.0.also.0.number:序号 1 用了两次")], id="a listing's number twice"),
    # -- units: C107
    pytest.param([(RATIO, "    value: {measure: median, source: tickets, of: 完成 - 受理}\n"), (TARGET, "target: '<= 4次'")], [("C107", "target:", "indicators.0.target:时长须与分钟、小时或天比较")], id="a duration with a count"),
    pytest.param([(RATIO, "    value: a\n    measures: {a: {measure: mean, source: tickets, of: 用时}}\n"), (TARGET, "target: '<= 4'")], [("C107", "target:", "indicators.0.target:时长须与分钟、小时或天比较")], id="a mean duration with a bare number"),
    pytest.param([(RATIO, COUNT), (TARGET, "target: '<= 4小时'")], [("C107", "target:", "indicators.0.target:不是时长的数值不能与分钟、小时或天比较")], id="a count with a duration"),
    pytest.param([(RATIO, "    value: {measure: max, source: tickets, of: 用时}\n"), (f"    {TARGET}\n", "    unit: 次\n")], [("C107", "unit: 次", "indicators.0.unit:时长须与分钟、小时或天比较")], id="a duration in 次"),
    pytest.param([(RATIO, "    numerator: {measure: sum, source: tickets, of: 用时}\n    denominator: {measure: count, source: tickets}\n")], [("C107", "target:", "indicators.0.target:时长须与分钟、小时或天比较")], id="a percentage of durations"),
    pytest.param([(RATIO, "    numerator: {measure: sum, source: tickets, of: 用时}\n    denominator: {measure: sum, source: tickets, of: 完成 - 受理}\n"), (TARGET, "target: '<= 4小时'")], [("C107", "target:", "indicators.0.target:不是时长的数值不能与分钟、小时或天比较")], id="hours over hours against hours"),
    pytest.param([(RATIO, COUNT), (f"    {TARGET}\n", "    unit: 小时\n")], [("C107", "unit: 小时", "indicators.0.unit:不是时长的数值不能与分钟、小时或天比较")], id="a count in hours"),
    pytest.param([(RATIO, "    value: {measure: mean, source: tickets, of: 工时}\n")], [("C107", "target:", "indicators.0.target:百分比的要求须与比率或 percent 列比较:98.5 会按 9850% 计算")], id="a plain number against percents"),
    pytest.param([(TARGET, "target: [{requirement: '>= 95%'}, {since: 2023-07-01, requirement: '>= 1次'}]")], [("C107", "target:", "indicators.0.target:各条考核要求的单位须相同")], id="targets in two units"),
    pytest.param([(RATIO, COUNT), (TARGET, "target: [{requirement: '<= 4次'}, {since: 2023-07-01, requirement: '<= 4天'}]")], [("C107", "target:", "indicators.0.target:不是时长的数值不能与分钟、小时或天比较"), ("C107", "target:", "indicators.0.target:各条考核要求的单位须相同")], id="a later target in another kind"),
    # -- activities, what must be checked, customers
    pytest.param([("indicators:", "activities: [{number: 1, name: 内审, when: 年初}]\nindicators:")], [("C108", "activities", f"activities.0.when:看不懂的计划时间:年初;可写作 {WHEN_FORMS};或另写 due 或 each")], id="a time of nobody's calendar"),
    pytest.param([("indicators:", "activities: [{number: 1, name: 内审, when: 13月}]\nindicators:")], [("C108", "activities", f"activities.0.when:看不懂的计划时间:13月;可写作 {WHEN_FORMS};或另写 due 或 each")], id="a thirteenth month"),
    pytest.param([("indicators:", "activities: [{number: 1, name: 内审, when: 年初, due: [2023-01, 月初]}]\nindicators:")], [("C108", "activities", "activities.0.due:看不懂的时间:2023-01、月初;可写作 2022-07、2022Q3、10-12月 等")], id="one of two times that can't be read"),
    pytest.param([("indicators:", "activities: [{number: 1, name: 内审, when: 年初, due: [每月, 2023-02]}]\nindicators:")], [("C108", "activities", "activities.0.due:看不懂的时间:每月、2023-02;可写作 2022-07、2022Q3、10-12月 等")], id="a time that comes again among days"),
    pytest.param([("indicators:", "activities: [{number: 1, name: 内审, when: 年初, due: [2023-01], each: month}]\nindicators:")], [("C102", "activities", "activities.0:due 与 each 不能同时写")], id="due and each"),
    pytest.param([("indicators:", "activities: [{number: 1, name: 内审, when: 年初, each: weekly}]\nindicators:")], [("C102", "activities", "activities.0.each:取值须是 'month'、'quarter'、'half'、'year'、'week'、'day'")], id="each week"),
    pytest.param([("indicators:", "activities: [{number: 0, name: 内审, when: 1月}]\nindicators:")], [("C102", "activities", "activities.0.number:不能小于 1")], id="an activity's number below one"),
    pytest.param([("indicators:", "activities: [{number: 1, name: 内审, when: 1月}, {number: 1, name: 评审, when: 2月}]\nindicators:")], [("C106", "activities", "activities.1.number:活动序号 1 用了两次")], id="an activity's number twice"),
    pytest.param([("indicators:", "activities: [{number: 1, name: 内审, when: 1月, lead: [运维布], participants: [运维部, 客服布]}]\nindicators:")], [("C103", "activities", "activities.0.lead.0:计划中没有声明的部门:运维布,是否应为“运维部”?"), ("C103", "activities", "activities.0.participants.1:计划中没有声明的部门:客服布,是否应为“客服部”?")], id="an activity's departments misspelt"),
    pytest.param([("indicators:", "activities: [{number: 1, name: 内审, when: 按考核频次, serves: [1, 9], sources: [tikets]}]\nindicators:")], [("C103", "activities", "activities.0.serves.1:没有这个序号的指标:9"), ("C103", "activities", "activities.0.sources.0:没有声明的台账:tikets,是否应为“tickets”?")], id="an activity serves what isn't there"),
    pytest.param([("indicators:", "activities: [{number: 1, name: 内审, when: 按考核频次, serves: [9]}]\nindicators:")], [("C103", "activities", "activities.0.serves.0:没有这个序号的指标:9")], id="a frequency of no indicator is reported once"),
    pytest.param([("indicators:", "supervision: [{category: 质量, each: month, departments: [运维部]}]\nindicators:")], [("C103", "supervision", "supervision:须声明台账 supervision(监督检查记录)")], id="checks without their ledger"),
    pytest.param([("lookups:", CHECKS), ("indicators:", "supervision: [{category: 质量, each: month, departments: [客服部]}]\nindicators:")], [("C103", "supervision: [", "supervision.0.departments.0:台账 supervision 不由客服部提交")], id="checks of a department that hands none in"),
    pytest.param([("lookups:", CHECKS), ("indicators:", "supervision: [{category: 质量, each: month, departments: [运维布]}]\nindicators:")], [("C103", "supervision: [", "supervision.0.departments.0:计划中没有声明的部门:运维布,是否应为“运维部”?")], id="checks of an unknown department"),
    pytest.param([("lookups:", CHECKS), ("indicators:", "supervision: [{category: 质里, each: month, departments: [运维部], activity: 6}]\nindicators:")], [("C103", "supervision: [", "supervision.0.category:没有声明的检查类别:质里,是否应为“质量”?"), ("C103", "supervision: [", "supervision.0.activity:没有这个序号的质量活动:6")], id="checks of an unknown category and activity"),
    pytest.param([("lookups:", CHECKS), ("indicators:", "supervision: [{category: 质量, each: month, departments: [运维部], items: {日志: [记录], 报告: [记 录]}}]\nindicators:")], [("C106", "supervision: [", "supervision.0.items:检查项“记 录”有两种含义")], id="one spelling, two items"),
    pytest.param([("lookups:", CHECKS), ("indicators:", "supervision: [{category: 质量, each: month, departments: [运维部], projects: [甲, 乙, 甲]}]\nindicators:")], [("C102", "supervision: [", "supervision.0.projects:同一项目写了两次")], id="a project twice"),
    pytest.param([("lookups:", CHECKS), ("indicators:", "supervision: [{category: 质量, each: month, departments: [运维部], itmes: {}}]\nindicators:")], [("C102", "supervision: [", "supervision.0.itmes:没有这一项,是否应为“items”?")], id="a check's key misspelt"),
    pytest.param([("lookups:", CHECKS), ("检查类别: {type: choice, values: {质量: []}}", "检查类: {type: choice, values: {质量: []}}"), ("indicators:", "supervision: [{category: 质量, each: month, departments: [运维部]}]\nindicators:")], [("C103", "    columns: {检查", "sources.supervision.columns:台账 supervision 须声明列“检查类别”,是否应为“检查类”?")], id="a ledger of checks without its category"),
    pytest.param([("lookups:", CHECKS.replace("检查日期: {type: date}", "检查日期: {}"))], [("C102", "    date: 检查日期", "sources.supervision.date:日期列的类型须是 date、datetime 或 period"), ("C102", "    columns: {检查", "sources.supervision.columns.检查日期.type:台账 supervision 的“检查日期”须是 date、datetime、period")], id="a ledger of checks whose day is a text"),
    pytest.param([("indicators:", "customers: [{name: 甲公司, aliases: [甲]}, {name: 乙公司, aliases: [甲 公司]}]\nindicators:")], [("C106", "customers", "customers.1:客户“甲 公司”声明了两次")], id="a customer twice"),
    pytest.param([("indicators:", "clauses: [{clause: '5.2', recods: 记录}]\nindicators:")], [("C102", "clauses", "clauses.0.recods:没有这一项,是否应为“records”?")], id="a clause's key misspelt"),
    pytest.param([("indicators:", "customers: [{name: 甲公司, questionaires: 3}]\nindicators:")], [("C102", "customers", "customers.0.questionaires:没有这一项,是否应为“questionnaires”?")], id="a customer's key misspelt"),
    pytest.param([("indicators:", "customers: [{name: 甲公司, questionnaires: 0}]\nindicators:")], [("C102", "customers", "customers.0.questionnaires:不能小于 1")], id="no questionnaire for a customer"),
    # -- the customer survey
    pytest.param([("indicators:", "satisfaction: {indicator: 1, source: tickets, questionnaire: 单号, customer: 级别, score: 工时, scale: 5}\nindicators:")], [], id="a survey"),
    pytest.param([("indicators:", "satisfaction: {indicator: 1, source: tikets, questionnaire: 单号, customer: 级别, score: 工时, scale: 5}\nindicators:")], [("C103", "satisfaction", "satisfaction.source:没有声明的台账:tikets,是否应为“tickets”?")], id="a survey of no ledger"),
    pytest.param([("indicators:", "satisfaction: {indicator: 9, source: tickets, questionnaire: 单号, customer: 级别, score: 工时, scale: 5}\nindicators:")], [("C103", "satisfaction", "satisfaction.indicator:没有这个序号的指标:9")], id="a survey of no indicator"),
    pytest.param([("indicators:", "satisfaction: {indicator: 1, source: tickets, questionnaire: 单好, customer: 级别, score: 级别, scale: 5, item: 工时, remarks: 提交部门}\nindicators:")], [("C103", "satisfaction", "satisfaction.questionnaire:没有声明的列:单好,是否应为“单号”?"), ("C102", "satisfaction", "satisfaction.item:“工时”须是文本列"), ("C102", "satisfaction", "satisfaction.score:“级别”须是数值列"), ("C103", "satisfaction", "satisfaction.remarks:没有声明的列:提交部门")], id="a survey's columns"),
    pytest.param([("indicators:", "satisfaction: {indicator: 1, source: tickets, questionnaire: 单号, customer: 级别, score: 工时}\nindicators:")], [("C102", "satisfaction", "satisfaction:full 与 scale 须且只须写一个")], id="a survey without a scale"),
    pytest.param([("indicators:", "satisfaction: {indicator: 1, source: tickets, questionnaire: 单号, customer: 级别, score: 工时, scale: 5, full: 工时}\nindicators:")], [("C102", "satisfaction", "satisfaction:full 与 scale 须且只须写一个")], id="a survey with two scales"),
    pytest.param([("indicators:", "satisfaction: {indicator: 1, source: tickets, questionnaire: 单号, customer: 级别, score: 工时, scale: 5, bands: [80, 60]}\nindicators:")], [("C102", "satisfaction", "satisfaction.bands:各段的下限须从小到大,不能重复")], id="bands that don't ascend"),
    pytest.param([("indicators:", "satisfaction: {indicator: 1, source: tickets, questionnaire: 单号, customer: 级别, score: 工时, scale: 5, bands: [60, 101]}\nindicators:")], [("C102", "satisfaction", "satisfaction.bands.1:不能大于 100")], id="a band above all"),
    pytest.param([("indicators:", "satisfaction: {indicator: 1, source: tickets, questionnaire: 单号, customer: 级别, score: 工时, scale: 5, remark: 级别}\nindicators:")], [("C102", "satisfaction", "satisfaction.remark:没有这一项,是否应为“remarks”?")], id="a survey's key misspelt"),
    pytest.param([("indicators:", "satisfaction: {indicator: 1, source: tickets, questionnaire: 单号, customer: 级别, score: 工时, scale: 5}\nindicators:"), ("period: month", "period: month\n    for_each: 级别")], [("C102", "satisfaction", "satisfaction.indicator:指标 1 须只读台账 tickets,且不按 for_each 分组")], id="a survey of groups"),
    pytest.param([("indicators:", "satisfaction: {indicator: 1, source: tickets, questionnaire: 单号, customer: 级别, score: 工时, scale: 5}\nindicators:"), ("    date: 受理\n", "    snapshot: true\n")], [("C102", "satisfaction", "satisfaction.source:台账 tickets 须有日期列,才知道是哪一年的调查")], id="a survey of no day"),
    # -- meaning: C201 to C205 leave the catalogue valid
    pytest.param([(TOP, "    numerator: {measure: count, source: tickets}\n")], [("C201", "denominator:", "indicators.0.denominator:分母是分子中符合条件的一部分,比率不会低于 100%,分子分母可能写反了")], id="numerator and denominator swapped"),
    pytest.param([(TOP, "    numerator: {measure: count, source: tickets, where: 回访}\n"), (WHERE, "where: 回访 and 级别 == '高'")], [("C201", "denominator:", "indicators.0.denominator:分母是分子中符合条件的一部分,比率不会低于 100%,分子分母可能写反了")], id="a narrower denominator"),
    pytest.param([(RATIO, COUNT)], [("C202", "target:", "indicators.0.target:计数没有分母,不能与百分比比较")], id="a count with a percentage"),
    pytest.param([(RATIO, COUNT), (TARGET, "target: '>= 1次'"), ("formula: 及时/全部", "formula: 一年中的次数"), ("period: month", "period: half")], [("C203", "period:", "indicators.0.period:公式说的是全年次数,考核周期却是半年")], id="a year's count each half-year"),
    pytest.param([(RATIO, "    value: {measure: count, source: tickets, window: year_to_date}\n"), (TARGET, "target: '>= 1次'"), ("period: month", "period: quarter")], [("C203", "period:", "indicators.0.period:公式说的是全年次数,考核周期却是季度")], id="the year to date each quarter"),
    pytest.param([(TWIN, TWIN + TWIN.replace("on_time", "again").replace("number: 1", "number: 2").replace("及时率", "又一个"))], [("C204", "id: again", "indicators.1:与序号 1 及时率 的口径完全相同")], id="the same indicator twice"),
    pytest.param([(TARGET, "target: '<= 5'")], [("C206", "target:", "indicators.0.target:比率不会超过 1,要求却是 5;是否漏写了 %?")], id="a rate against more than one"),
    pytest.param([(RATIO, "    value: {measure: sum, source: tickets, of: 工时}\n"), (TARGET, "target: '<= 5万元'"), ("minimum: 0}", "minimum: 0, aliases: [费用(元)]}")], [("C207", "target:", "indicators.0.target:要求以万元计,列却是“费用(元)”")], id="yuan against ten thousands"),
    pytest.param([(RATIO, "    value: {measure: sum, source: tickets, of: '工时 / 10000'}\n"), (TARGET, "target: '<= 5万元'"), ("minimum: 0}", "minimum: 0, aliases: [费用(元)]}")], [], id="yuan turned into ten thousands"),
    pytest.param([(RATIO, "    value: {measure: sum, source: tickets, of: '工时 / 10000'}\n"), (TARGET, "target: '<= 5万元'"), ("minimum: 0}", "minimum: 0, aliases: [费用(千元)]}")], [("C207", "target:", "indicators.0.target:要求以万元计,列却是“费用(千元)”")], id="thousands taken for yuan"),
    pytest.param([(RATIO, "    value: {measure: sum, source: tickets, of: '工时 / 10'}\n"), (TARGET, "target: '<= 5万元'"), ("minimum: 0}", "minimum: 0, aliases: [费用(千元)]}")], [], id="thousands turned into ten thousands"),
    pytest.param([(RATIO, "    value: {measure: sum, source: tickets, of: '工时 + 1'}\n"), (TARGET, "target: '<= 5万元'"), ("minimum: 0}", "minimum: 0, aliases: [费用(千元)]}")], [], id="no conversion"),
    pytest.param([(RATIO, "    value: {measure: sum, source: tickets, of: '工时 * 10'}\n"), (TARGET, "target: '<= 5万元'"), ("minimum: 0}", "minimum: 0, aliases: [费用(元)]}")], [("C207", "target:", "indicators.0.target:要求以万元计,列却是“费用(元)”")], id="yuan times ten"),
    pytest.param([*YUAN, ("minimum: 0}", "minimum: 0, aliases: [费用(万元)]}")], [("C207", "target:", "indicators.0.target:要求以元计,列却是“费用(万元)”")], id="ten thousands against yuan"),
    pytest.param([(RATIO, "    numerator: {measure: sum, source: tickets, of: 工时}\n    denominator: {measure: count, source: tickets}\n"), ("minimum: 0}", "minimum: 0, aliases: [损耗(吨)]}")], [], id="hours are no scores"),
    pytest.param([*YUAN, ("minimum: 0}", "minimum: 0, aliases: [费用(元)]}")], [], id="yuan against yuan"),
    pytest.param([*ROSTER, (WHERE, "where: exists(tickets.级别, 岗位)")], [("C208", "denominator:", "indicators.0.denominator:exists 数的是“工单”各期全部的行,不限于本期")], id="a list counts all periods' rows"),
    pytest.param([*ROSTER, (WHERE, "where: exists(tickets.级别, 岗位, where=受理 >= period_start)")], [], id="a list counts its period's rows"),
    pytest.param([(WHERE, "where: exists(tickets.级别, 级别, where=受理 > this.受理)")], [], id="what isn't of a list lies in its own time"),
    pytest.param([(TARGET, "target: 95%")], [("C205", "target:", "indicators.0.target:没有写比较符号,按“等于”处理;请写明 >= 或 =")], id="no sign"),
    pytest.param([(TOP, "    numerator: {measure: count, source: tickets, where: 回访}\n"), (WHERE, "where: 回访 and 级别 == '高' or 级别 == '低'")], [], id="a wider denominator is not swapped"),
    # -- several at once, in order of the text's sections
    pytest.param(
        [("key: [单号]", "key: [单好]"), (TARGET, "target: about"), (WHERE, "where: 工时"), ("lookup(时限, 级别)", "1")],
        [
            ("C103", "key:", "sources.tickets.key.0:没有声明的列:单好,是否应为“单号”?"),
            ("C104", "where: 完成", "indicators.0.numerator.where:时长不能与数值比较"),
            ("C104", "where: 工时", "indicators.0.denominator.where:结果是数值,这里需要是否;写成比较,如 工时 == 1"),
            ("C105", "target:", "indicators.0.target:看不懂的考核要求:about"),
        ],
        id="four mistakes",
    ),
    pytest.param(
        [("按级别: 级别", "按级别: 级另"), (TARGET, "target: '<= 4小时'"), (TWIN[-30:], TWIN[-30:] + TWIN.replace("on_time", "again").replace("number: 1", "number: 2").replace("及时率", "又一个").replace(TARGET, "target: '<= 2天'"))],
        [
            ("C103", "dimensions", "sources.tickets.dimensions.按级别:没有声明的列:级另,是否应为“级别”?"),
            ("C107", "target: '<= 4小时'", "indicators.0.target:不是时长的数值不能与分钟、小时或天比较"),
            ("C107", "target: '<= 2天'", "indicators.1.target:不是时长的数值不能与分钟、小时或天比较"),
        ],
        id="a misspelt column and two wrong units",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), MUTATIONS)
def test_one_mistake_is_located_and_named(changes: list[tuple[str, str]], expected: list[tuple[str, str, str]]) -> None:
    text = mutated(*changes)
    catalogue, problems = load(text, "目录.yaml")
    lines = text.splitlines()
    assert [(problem.code, problem.message) for problem in problems] == [(code, said) for code, _, said in expected]
    for problem, (_, standing, said) in zip(problems, expected, strict=True):
        assert problem.place.path == "目录.yaml"
        assert standing in lines[problem.place.line - 1]
        assert problem.place.key == said.split(":")[0]
        assert str(problem) == f"目录.yaml:{problem.place.line}: {problem.code} {said}"
    assert (catalogue is None) == any(problem.severity == "error" for problem in problems)


def test_every_code_of_the_catalogue_has_a_row() -> None:
    shown = {code for row in MUTATIONS for code, _, _ in row.values[1]}
    assert shown | {"C101"} == {code for code in CODES if code.startswith("C")}


def test_the_unchanged_catalogue_is_good() -> None:
    catalogue, problems = load(GOOD, "目录.yaml")
    assert catalogue is not None
    assert problems == []


# ---- YAML itself


def bad_yaml(text: str) -> list[tuple[str, int, str]]:
    catalogue, problems = load(text, "目录.yaml")
    assert catalogue is None
    return [(problem.code, problem.place.line, problem.message) for problem in problems]


@pytest.mark.parametrize("text", ["", "# 只有注释\n", "null\n", "- 1\n", "5\n", "文本\n"])
def test_a_catalogue_is_a_mapping(text: str) -> None:
    ((code, line, message),) = bad_yaml(text)
    assert (code, line, message[:4]) == ("C102", 1, "这个文件")
    assert "“键: 值”" in message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [\n", 2),
        ("a: 'b\n", 2),
        ("a: 1\n---\nb: 2\n", 2),
        ("a: 1\n\tb: 2\n", 2),
        ("a: 1\nb: \x07\n", 1),
        ("[" * 5000, 2),
        ("a: b: c\n", 1),
    ],
)
def test_broken_yaml_is_one_problem_with_a_line(text: str, line: int) -> None:
    ((code, found, message),) = bad_yaml(text)
    assert code == "C101"
    assert found == line or len(text) == 5000
    assert re.fullmatch(r"YAML 写法有误(,在第 \d+ 个字符附近)?", message)


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        ("!!python/name:os.system x", "tag:yaml.org,2002:python/name:os.system"),
        ("!!python/object/apply:os.system [echo hello]", "tag:yaml.org,2002:python/object/apply:os.system"),
        ("!!python/object:os.system {}", "tag:yaml.org,2002:python/object:os.system"),
        ("!custom 1", "!custom"),
        ("!custom [1]", "!custom"),
        ("!custom {b: 1}", "!custom"),
        ("!!set {b, c}", "tag:yaml.org,2002:set"),
        ("!!omap [b: 1]", "tag:yaml.org,2002:omap"),
        ("!!binary aGVsbG8=", "tag:yaml.org,2002:binary"),
        ("=", "tag:yaml.org,2002:value"),
    ],
)
def test_tags_are_refused(value: str, tag: str) -> None:
    assert bad_yaml(f"b: 1\na: {value}\n") == [("C101", 2, f"a:不允许的 YAML 标签 {tag}")]
    text = GOOD.replace("title: 计划", f"title: {value}")
    assert bad_yaml(text) == [("C101", 2, f"plan.title:不允许的 YAML 标签 {tag}")]


@pytest.mark.parametrize("value", ["!!timestamp x", "!!bool x", "!!int x", "!!float x", "2022-13-45"])
def test_a_value_that_is_not_of_its_yaml_type_is_refused_in_chinese_and_where_it_stands(value: str) -> None:
    ((code, line, message),) = bad_yaml(f"b: 1\na: {value}\n")
    assert (code, line) == ("C101", 2)
    assert not re.search("[A-Za-z]{3}", message.replace("YAML", "")), message


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("{a: &x [1], b: *x}\n", 1, "b"),
        ("{a: &x {c: 1}, b: *x}\n", 1, "b"),
        ("a: &x [*x]\n", 1, "a.0"),
        ("a: &x 1\nb: [*x]\n", 2, "b.0"),
    ],
)
def test_aliases_are_refused(text: str, line: int, key: str) -> None:
    assert bad_yaml(text) == [("C101", line, f"{key}:不能使用 YAML 锚点与别名")]


@pytest.mark.parametrize("anchored", ["1", "文本", "[1]", "{c: 1}"])
def test_an_alias_is_refused_where_its_key_stands(anchored: str) -> None:
    message = "不能使用 YAML 锚点与别名"
    assert bad_yaml(f"a: &x {anchored}\nb: *x\n") == [("C101", 2, f"b:{message}")]
    assert bad_yaml(f"a: &x {anchored}\nb:\n  - 2\n  - *x\n") == [("C101", 4, f"b.1:{message}")]


def test_a_thousand_millionfold_alias_is_refused_at_once() -> None:
    laughs = ["a0: &a0 [哈, 哈]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    assert {code for code, _, _ in bad_yaml("\n".join(laughs))} == {"C101"}


@pytest.mark.parametrize("key", ["[id]", "{id: 1}", "[]"])
def test_a_key_that_is_no_text_is_refused(key: str) -> None:
    assert bad_yaml(f"b: 1\n? {key}\n: on_time\n") == [("C101", 1, "键须是文本")]
    text = mutated(("id: on_time", f"? {key}\n    : on_time"))
    line = 1 + text.splitlines().index(f"  - ? {key}")
    assert bad_yaml(text) == [("C101", line, "indicators.0:键须是文本")]


def test_a_key_written_as_a_number_or_a_word_of_yaml_is_that_text() -> None:
    catalogue = good(("{高: [紧急], 低: []}", "{1: [], 2: []}"), ("{高: 4, 低: 8}", "{1: 4, 2: 8, yes: 1, null: 2, 2022-07-01: 3}"), (WHERE, "where: 级别 in ('1', '2')"))  # fmt: skip
    assert catalogue.sources["tickets"].columns["级别"].values == {"1": (), "2": ()}
    assert list(catalogue.lookups["时限"].values) == ["1", "2", "yes", "null", "2022-07-01"]


@pytest.mark.parametrize("key", ["*x", "!custom x", "!!python/name:os.system x"])
def test_an_alias_or_a_tag_is_no_key(key: str) -> None:
    assert [(code, line) for code, line, _ in bad_yaml(f"a: &x 1\n? {key}\n: 2\n")] == [("C101", 2)]


# ---- discovered examples


def listed(folder: str) -> list[object]:
    return [pytest.param(path, id=path.stem) for path in sorted((EXAMPLES / folder).glob("*.yaml"))]


@pytest.mark.parametrize("path", listed("good"))
def test_good_examples_have_no_problem(path: Path) -> None:
    catalogue, problems = load(path.read_text(encoding="utf-8"), path.name)
    assert problems == []
    assert catalogue is not None


@pytest.mark.parametrize("path", listed("bad"))
def test_bad_examples_have_exactly_the_problems_they_announce(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    expected = re.findall(r"^# expect: (\w+) (\d+) (.+)$", text, re.MULTILINE)
    assert expected, "a bad example begins with its `# expect:` lines"
    catalogue, problems = load(text, path.name)
    assert [(p.code, str(p.place.line), p.message) for p in problems] == expected
    assert (catalogue is None) == any(CODES[code].severity == "error" for code, _, _ in expected)


# ---- what a catalogue answers


def good(*changes: tuple[str, str]) -> Catalogue:
    catalogue, problems = load(mutated(*changes), "目录.yaml")
    assert catalogue is not None, problems
    return catalogue


def test_a_target_that_changes_is_taken_by_date() -> None:
    listed = "target: [{since: 2023-07-01, requirement: '>= 97%'}, {requirement: '>= 95%'}]"
    (indicator,) = good((TARGET, listed)).indicators
    before, after = indicator.target_on(date(2023, 6, 30)), indicator.target_on(date(2023, 7, 1))
    assert before is not None
    assert after is not None
    assert (before.describe(), after.describe()) == (">= 95%", ">= 97%")


def test_no_target_before_the_first_takes_effect() -> None:
    (indicator,) = good((TARGET, "target: [{since: 2023-07-01, requirement: '>= 97%'}]")).indicators
    assert indicator.target_on(date(2023, 6, 30)) is None
    assert good((f"    {TARGET}\n", "")).indicators[0].targets == ()


def test_a_known_unit_is_accepted() -> None:
    assert good(("period: month", "period: month\n    unit: 人")).indicators[0].unit == Unit("人")
    assert good(("period: month", "period: month\n    unit: ")).indicators[0].unit is None


def test_a_lookup_is_exact() -> None:
    catalogue = good(("{高: 4, 低: 8}}", "{高: 0.1, 低: 8}}\n  权重: {values: {高: 0.3}}"))
    assert catalogue.lookups["时限"].exact("高") == 360_000_000  # a tenth of an hour in microseconds
    assert catalogue.lookups["权重"].exact("高") == Fraction(3, 10)
    assert (catalogue.lookups["时限"].kind, catalogue.lookups["权重"].kind) == (Kind.SPAN, Kind.NUMBER)


def test_a_part_takes_over_what_its_whole_declares() -> None:
    (indicator,) = good(
        ("source: tickets\n", "source: tickets\n      date: 完成\n      window: {days: 7}\n")
    ).indicators
    part, whole = indicator.all_measures["numerator"], indicator.all_measures["denominator"]
    assert (part.source, part.measure, part.date, part.window) == (whole.source, "count", "完成", whole.window)
    assert part.where == "完成 - 受理 <= lookup(时限, 级别)"
    assert indicator.is_subset


def test_what_may_exceed_is_no_subset() -> None:
    assert not good(("period: month", "period: month\n    may_exceed: true")).indicators[0].is_subset


def test_an_indicator_is_found_by_id_number_and_name() -> None:
    catalogue = good(("number: 1", "number: 1\n    also: [{number: 9, domain: 质量}]"))
    (indicator,) = catalogue.indicators
    for wanted in ("on_time", "1", "9", "及时率"):
        assert catalogue.find(wanted) == [indicator]
    assert catalogue.find("10") == []
    assert indicator.domains == ["过程", "质量"]
    assert indicator.numbers == [1, 9]


def test_sources_of_an_indicator_include_those_shown_beside() -> None:
    other = "  extra: {name: 另一, departments: [客服部], files: 另一_*.xlsx, key: [号], date: 日, columns: {号: {}, 日: {type: date}}}\nlookups:"
    beside = "period: month\n    beside: [{label: 另一, value: {measure: count, source: extra}}]"
    assert sources_of(good(("lookups:", other), ("period: month", beside)).indicators) == {"tickets", "extra"}


def test_the_columns_that_a_measure_reads() -> None:
    catalogue = good()
    read = catalogue.columns_read(catalogue.indicators[0].all_measures["numerator"])
    assert read == ["受理", "完成", "级别"]
    declared = good((TOP, "    numerator: {measure: distinct, source: tickets, of: 级别}\n"), (f"      measure: count\n      source: tickets\n      {WHERE}\n", "      declared: departments\n"))  # fmt: skip
    assert declared.columns_read(declared.indicators[0].all_measures["denominator"]) == []


def test_the_kind_of_a_value() -> None:
    def kind(value: str, target: str) -> Kind:
        catalogue = good((RATIO, value), (TARGET, target))
        return value_kind(catalogue, catalogue.indicators[0])

    named = "    value: {}\n    measures: {{a: {{measure: mean, source: tickets, of: 用时}}, b: {{measure: count, source: tickets}}}}\n"
    assert kind(COUNT, "target: '= 0次'") is Kind.NUMBER
    assert kind("    value: {measure: max, source: tickets, of: 完成 - 受理}\n", "target: '<= 4小时'") is Kind.SPAN
    assert kind("    value: {measure: max, source: tickets, of: 工时}\n", "target: '<= 4'") is Kind.NUMBER
    assert kind(named.format("a * b"), "target: '<= 4小时'") is Kind.SPAN
    assert kind(named.format("a / a"), "target: '<= 4'") is Kind.NUMBER
    assert value_kind(good(), good().indicators[0]) is Kind.NUMBER


def test_an_expression_is_parsed_once() -> None:
    catalogue = good()
    assert catalogue.expression("回访") is catalogue.expression("回访")


def test_the_plan_s_departments_are_options() -> None:
    column = "回访: {type: yes_no}\n      归属: {type: choice, values_from: departments}"
    catalogue, problems = load(
        mutated(("回访: {type: yes_no}", column), (WHERE, "where: 归属 == '客服部'")), "目录.yaml"
    )
    assert problems == []
    _, problems = load(mutated(("回访: {type: yes_no}", column), (WHERE, "where: 归属 == '客服'")), "目录.yaml")
    assert [problem.message for problem in problems] == [
        "indicators.0.denominator.where:归属没有取值“客服”,是否应为“客服部”?"
    ]
    assert catalogue is not None


def test_the_submitting_department_is_a_column_of_every_source() -> None:
    assert good((WHERE, "where: 提交部门 == '运维部'"), ("key: [单号]", "key: [提交部门, 单号]"))


# ---- the company's own catalogue, and the schema


def company() -> tuple[Catalogue, list[Problem]]:
    catalogue, problems = load((ROOT / "kpi_definitions.yaml").read_text(encoding="utf-8"), "kpi_definitions.yaml")
    assert catalogue is not None, problems
    return catalogue, problems


# typed from section 2 of the plan; ≥ stands for its \geq
PLAN = [
    (1, "质量指标", "SLA达成率", "Σ 运维服务项目SLA达成率/运维服务项目数*100%", "≥95%", "年度"),
    (2, "质量指标", "客户满意度", "Σ 各调查项满意度/调查项数*100%", "≥96%", "年度"),
    (3, "质量指标", "内审覆盖率", "内审受审核部门/体系覆盖部门", "100%", "年度"),
    (4, "质量指标", "项目验收合格率", "申请验收项目数量/验收通过项目数量 *100%", "≥95%", "年度"),
    (5, "人员管理", "招聘计划完成率", "实际招聘人数/计划招聘人数*100%", "≥95%", "年度"),
    (6, "人员管理", "储备计划完成率", "实际储备人数/计划储备人数*100%", "100%", "年度"),
    (7, "人员管理", "培训计划完成率", "实际培训次数/计划培训次数*100%", "≥98%", "年度"),
    (8, "人员管理", "绩效考核覆盖率", "参与绩效考核运维人员/运维人员总数", "100%", "季度"),
    (9, "资源管理", "服务台派单成功率", "(服务台成功派单数/服务台派单总数) *100%", "≥95%", "季度"),
    (10, "资源管理", "服务台回访率", "回访数量/服务台受理电子工单数量 × 100", "≥95%", "半年"),
    (11, "资源管理", "知识条目增加数量", "新增的知识条目数量", "≥95%", "季度"),
    (12, "资源管理", "备件可用率", "备品备件出库合格数/备品备件出库总数 × 100", "≥95%", "季度"),
    (13, "资源管理", "工具使用率", "(使用工具项目数/项目总数) *100%", "≥95%", "年度"),
    (14, "技术管理", "研发资金投入率", "实际投入资金/计划投入资金 × 100 %", "≥95%", "年度"),
    (15, "技术管理", "研发计划完成率", "实际研发完成量/计划研发完成量 × 100 %", "≥95%", "年度"),
    (16, "过程管理", "SLA达成率", "Σ 运维服务项目SLA达成率/运维服务项目数*100%", "≥95%", "年度"),
    (17, "过程管理", "服务报告及时提交率", "服务报告按时提交的数量/应提交的服务报告数量 × 100 %", "≥95%", "季度"),
    (18, "过程管理", "事件及时响应率", "及时响应的事件数量/所有的事件数量 × 100 %", "≥90%", "月度"),
    (19, "过程管理", "事件解决率", "成功解决的事件数量/已关闭的事件数量 × 100 %", "≥90%", "月度"),
    (20, "过程管理", "问题解决率", "实际解决的问题数/问题总数 × 100 %", "≥90%", "季度"),
    (21, "过程管理", "变更成功率", "变更成功次数/变更的次数 × 100 %", "≥90%", "季度"),
    (22, "过程管理", "发布成功率", "发布成功次数/发布的次数 × 100 %", "≥90%", "季度"),
    (23, "过程管理", "配置管理准确率", "在审计中发现正确的数量/配置项数量 × 100 %", "≥95%", "半年"),
    (24, "过程管理", "配置审计次数", "一年中的审计次数", "≥ 1", "半年"),
    (25, "过程管理", "信息安全事件数量", "全年信息安全事件发生数量", "0次", "年度"),
]


def test_the_company_s_catalogue_holds_the_plan_s_25_rows_as_printed() -> None:
    catalogue, problems = company()
    assert problems == []
    rows = [
        (number, domain, item.name, item.formula, item.printed_target, item.period.label)
        for item in catalogue.indicators
        for number, domain in zip(item.numbers, item.domains, strict=True)
    ]
    assert sorted(rows) == PLAN


def test_the_target_that_is_applied_is_the_printed_one() -> None:
    # 3, 6 and 8 print a bare 100%, which more than 100% attains; 24 prints a bare number of audits
    departing = {3: ">= 100%", 6: ">= 100%", 8: ">= 100%", 24: ">= 1次", 25: "= 0次"}
    printed = {number: departing.get(number, target.replace("≥", ">= ")) for number, _, _, _, target, _ in PLAN}
    catalogue, _ = company()
    for item in catalogue.indicators:
        ((_, target),) = item.targets
        for number in item.numbers:
            assert target.describe() == printed[number], number


def test_the_company_s_plan_and_activities() -> None:
    catalogue, _ = company()
    assert catalogue.plan.document == "TFDL-ITSS-08-09"
    assert catalogue.plan.organization == "湖南同飞电力调度信息有限责任公司"
    assert catalogue.plan.departments == (
        "管理层",
        "通信部",
        "信息部",
        "总经理工作部",
        "营销部",
        "综合管理部",
        "研发部",
    )
    assert len(catalogue.sources) == 26
    assert [activity.number for activity in catalogue.activities] == list(range(1, 13))


# activity, what section 1 of the plan prints, the spans in which it is due, who leads
ACTIVITIES = [
    (1, "发布2022年运维服务质量管理计划", "1月", "2022-01", "综合管理部"),
    (2, "修订ITSS运维服务体系文件V1.1", "10-12月", "2022Q4", "综合管理部"),
    (3, "运维服务能力内部审核", "1月", "2022-01", "综合管理部"),
    (4, "运维服务能力体系管理评审", "1月", "2022-01", "综合管理部"),
    (5, "ITSS运维服务监督审核", "7月", "2022-07", "综合管理部"),
    (6, "服务过程质量监督检查", "按考核频次", "months", "信息部 通信部"),
    (7, "客户服务满意度调查", "12月", "2022-12", "综合管理部"),
    (8, "人员管理监督检查情况", "按考核频次", "quarters", "综合管理部"),
    (9, "技术研发进展情况监督检查情况", "按考核频次", "months", "综合管理部"),
    (10, "资源保障的监督检查情况", "按考核频次", "quarters", "综合管理部"),
    (11, "体系改进进度监督检查情况", "按考核频次", "quarters", "综合管理部"),
    (12, "运维服务管理目标", "按考核频次", "months", "综合管理部"),
]
AGAIN = {"months": [f"2022-{month:02}" for month in range(1, 13)], "quarters": [f"2022Q{n}" for n in range(1, 5)]}


@pytest.mark.parametrize(("number", "name", "when", "spans", "lead"), ACTIVITIES)
def test_the_company_s_activities_are_those_of_section_1(
    number: int, name: str, when: str, spans: str, lead: str
) -> None:
    catalogue, _ = company()
    (activity,) = [one for one in catalogue.activities if one.number == number]
    assert (activity.name, activity.when, " ".join(activity.lead)) == (name, when, lead)
    assert list(map(str, catalogue.planned(activity))) == AGAIN.get(spans, [spans])
    assert activity.evidence
    assert set(activity.clauses) <= {one.clause for one in catalogue.clauses}


def test_every_clause_that_is_named_is_one_of_those_that_are_listed() -> None:
    catalogue, _ = company()
    listed = [one.clause for one in catalogue.clauses]
    named = [one.clause for one in (*catalogue.indicators, *catalogue.supervision)]
    assert set(named) <= set(listed)
    assert listed == sorted(listed, key=clause_order)


def test_the_plan_s_contradictions_are_noted() -> None:
    catalogue, _ = company()
    notes = {activity.number: activity.note or "" for activity in catalogue.activities}
    assert "V1.1" in notes[2]
    assert "V1.2" in notes[2]
    assert "技术部" in notes[9]
    assert "研发部" in notes[9]
    assert "上一年" in notes[3]
    assert "上一年" in notes[4]


def test_every_indicator_is_served_by_an_activity_beside_the_one_of_all() -> None:
    catalogue, _ = company()
    served = {number for activity in catalogue.activities if activity.number != 12 for number in activity.serves}
    assert served | {1, 4} == set(range(1, 26))  # SLA stands as 16 too; acceptances are in no activity's section
    (targets,) = [activity for activity in catalogue.activities if activity.number == 12]
    assert targets.serves == tuple(range(1, 26))


def test_the_company_s_required_checks_are_those_of_sections_3_3_to_3_6() -> None:
    catalogue, _ = company()
    found = [
        (check.section, check.category, str(check.each), check.departments, len(check.subjects))
        for check in catalogue.supervision
    ]
    assert found == [
        ("3.3", "服务质量", "month", ("信息部",), 9),
        ("3.3", "服务质量", "month", ("通信部",), 5),
        ("3.4", "人员管理", "quarter", ("综合管理部",), 4),
        ("3.5", "技术研发", "month", ("综合管理部",), 5),
        ("3.6", "资源保障", "quarter", ("综合管理部",), 3),
    ]
    questions = catalogue.supervision[3].spellings
    assert (
        questions["根据公司要求,设计内容是否按期启动?"] == questions["设计内容是否按期启动"] == "设计内容是否按期启动"
    )


def test_what_is_to_be_checked_is_each_project_each_item_or_both() -> None:
    whole: dict[str, Any] = {"category": "质量", "each": "month", "departments": ["运维部"]}
    two, items = ["甲", "乙"], {"日志": [], "报告": []}
    assert RequiredCheck(**whole).subjects == [("", "")]
    assert RequiredCheck(**whole, projects=two).subjects == [("甲", ""), ("乙", "")]
    assert RequiredCheck(**whole, items=items).subjects == [("", "日志"), ("", "报告")]
    assert RequiredCheck(**whole, projects=two, items=items).subjects == [
        ("甲", "日志"), ("甲", "报告"), ("乙", "日志"), ("乙", "报告"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "spans"),
    [
        ("when: 10-12月", "2023Q4"),
        ("when: 5-6月", "2023-05~2023-06"),
        ("when: 每季度", "2023Q1 2023Q2 2023Q3 2023Q4"),
        ("when: 每半年", "2023H1 2023H2"),
        ("when: 年初, each: year", "2023"),
        ("when: 按考核频次, each: half", "2023H1 2023H2"),
        ("when: 按考核频次, serves: [2]", "2023Q1 2023Q2 2023Q3 2023Q4"),
        ("when: 按考核频次, serves: [3, 2]", "2023Q1 2023Q2 2023Q3 2023Q4"),
        ("when: 按考核频次, serves: [3]", "2023H1 2023H2"),
        ("when: 按考核频次", "months"),
        ("when: 春秋两季, due: [2023-09, 2023Q1]", "2023Q1 2023-09"),
        ("when: 1月, due: [2024-01]", "2024-01"),
    ],
)
def test_when_an_activity_is_due(more: str, spans: str) -> None:
    yearly = (
        TWIN.replace("on_time", "yearly").replace("number: 1", "number: 2").replace("period: month", "period: quarter")
    )
    half = TWIN.replace("on_time", "half").replace("number: 1", "number: 3").replace("period: month", "period: half")
    catalogue = good(
        (TWIN, TWIN + yearly + half), ("indicators:", f"activities: [{{number: 1, name: 内审, {more}}}]\nindicators:")
    )
    found = [str(span) for span in catalogue.planned(catalogue.activities[0])]
    assert found == ([f"2023-{month:02}" for month in range(1, 13)] if spans == "months" else spans.split())


def test_a_frequency_of_indicators_needs_one() -> None:
    text = (
        GOOD[: GOOD.index("indicators:")] + "indicators: []\nactivities: [{number: 1, name: 检查, when: 按考核频次}]\n"
    )
    _, problems = load(text, "目录.yaml")
    assert [(problem.code, problem.place.key) for problem in problems] == [("C108", "activities.0.when")]


def test_the_committed_schema_is_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    committed = (ROOT / "docs" / "catalogue.schema.json").read_text(encoding="utf-8")
    assert json.loads(committed) == json_schema(), "itss-kpi catalogue --schema > docs/catalogue.schema.json"
    assert run(["catalogue", "--schema"]) == 0
    assert capsys.readouterr().out == committed
