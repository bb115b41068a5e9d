"""The ledger of corrective actions, small."""

from kit.tables import Row

LEDGER = """
sources:
  corrective_actions:
    name: 纠正措施台账
    departments: [甲部]
    files: 纠正措施台账_*.xlsx
    key: [编号]
    date: 完成期限
    columns:
      编号: {type: text, required: true}
      指标序号: {type: integer}
      考核期: {type: text}
      分组: {type: text, optional: true}
      原因分析: {type: text}
      纠正措施: {type: text}
      责任部门: {type: choice, values_from: departments}
      责任人: {type: text}
      完成期限: {type: date}
      实际完成日期: {type: date}
      验证结果: {type: choice, values: {有效: [], 无效: [], 待观察: [], 未验证: []}}
      验证日期: {type: date}
"""
FULL: Row = {
    "编号": "A1", "指标序号": "1", "考核期": "2022-03", "原因分析": "缺人", "纠正措施": "加人", "责任部门": "甲部",
    "责任人": "W014", "完成期限": "2022-04-20", "实际完成日期": "", "验证结果": "", "验证日期": "",
}  # fmt: skip

TICKETS = """
  t:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    columns:
      编号: {type: text, required: true}
      日期: {type: date, required: true}
      结果: {type: choice, values: {成功: [], 失败: []}}
indicators:
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
