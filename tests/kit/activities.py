"""The log of quality activities, small, beside two ledgers and two indicators."""

from kit.tables import Row, catalogue_of

LOG = """
sources:
  activity_log:
    name: 质量活动台账
    departments: [甲部]
    files: 质量活动台账_*.xlsx
    key: [活动序号, 计划时间]
    date: 实际完成日期
    columns:
      活动序号: {type: integer, required: true, minimum: 1}
      活动名称: {type: text}
      计划时间: {type: text, required: true}
      实际完成日期: {type: date}
      责任部门: {type: text}
      记录编号: {type: text}
      结论: {type: text}
"""
TICKETS = """
  t:
    name: 工单
    departments: [甲部, 乙部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    columns:
      编号: {type: text, required: true}
      日期: {type: date, required: true}
      结果: {type: choice, values: {成功: [], 失败: []}}
  s:
    name: 安全事件
    departments: [乙部]
    files: 安全_*.xlsx
    key: [编号]
    date: 日期
    columns:
      编号: {type: text, required: true}
      日期: {type: date, required: true}
"""
RATE = """\
  - id: rate
    number: 1
    also: [{number: 16, domain: 过程管理}]
    domain: 质量指标
    name: 成功率
    formula: 成功/全部
    target: '>= 90%'
    period: month
    numerator: {within: denominator, where: 结果 == '成功'}
    denominator: {measure: count, source: t}
"""
INCIDENTS = """\
  - id: incidents
    number: 3
    domain: 过程管理
    name: 安全事件数
    formula: 次数
    target: '= 0次'
    period: half
    value: {measure: count, source: s}
"""
INDICATORS = f"\nindicators:\n{RATE}{INCIDENTS}"
ACTIVITIES = """
activities:
  - {number: 1, name: 内审, when: 1月, lead: [甲部], participants: [乙部, 丙部], section: '3.1', clauses: [第5章]}
  - {number: 2, name: 修订, when: 10-12月}
  - {number: 3, name: 月检, when: 按考核频次, serves: [1, 3]}
  - {number: 4, name: 季检, when: 每季度, serves: [16]}
  - {number: 5, name: 年中总结, when: 年中, due: [2022-06]}
  - {number: 6, name: 两次, when: 3、9月}
"""
CATALOGUE = catalogue_of(LOG + TICKETS + INDICATORS + ACTIVITIES)
NAMES = {str(one.number): one.name for one in CATALOGUE.activities}


def row(number: str, when: str, done: str = "", **cells: str) -> Row:
    """A row of the log: its record is `R`, where it is done."""
    named = NAMES.get(number, "")
    plain = {
        "活动序号": number,
        "活动名称": named,
        "计划时间": when,
        "实际完成日期": done,
        "记录编号": "R" if done else "",
    }
    return plain | cells
