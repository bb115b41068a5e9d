"""The ledger of corrective actions, small."""

from kit.activities import RATE
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

TICKETS = f"""
  t:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    columns:
      编号: {{type: text, required: true}}
      日期: {{type: date, required: true}}
      结果: {{type: choice, values: {{成功: [], 失败: []}}}}
indicators:
{RATE}"""
