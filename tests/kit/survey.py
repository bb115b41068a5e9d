"""The customer survey of another company: other column names, a scale of 5 and no projects."""

from kit.tables import Row

SMALL = """
sources:
  feedback:
    name: 回访记录
    departments: [甲部]
    files: 回访_*.xlsx
    key: [答卷, 问题]
    date: 答复日
    columns:
      答卷: {required: true}
      答复日: {type: date, required: true}
      单位: {}
      问题: {}
      星级: {type: integer, required: true}
      有效: {type: yes_no}
      想说的话: {optional: true}
indicators:
  - id: stars
    number: 7
    domain: 质量
    name: 平均星级
    formula: 星级的平均
    target: '>= 4分'
    period: half
    value: {measure: mean, source: feedback, of: 星级, where: 有效}
customers:
  - {name: 甲公司, aliases: [甲], questionnaires: 2}
  - {name: 乙公司, questionnaires: 1}
  - {name: 丙公司}
satisfaction:
  indicator: 7
  source: feedback
  questionnaire: 答卷
  customer: 单位
  item: 问题
  score: 星级
  scale: 5
  remarks: 想说的话
  bands: [50, 80]
"""


def answer(sheet: str, customer: str, question: str, stars: str, **cells: str) -> Row:
    row = {"答卷": sheet, "答复日": "2022-12-05", "单位": customer, "问题": question, "星级": stars, "有效": "是"}
    return row | cells


ROWS = (
    answer("1", "甲公司", "快", "5", 想说的话="谢谢"),
    answer("1", "甲公司", "好", "4", 想说的话="谢谢"),
    answer("2", " 甲 ", "快", "3"),
    answer("2", "甲", "好", "1"),
    answer("3", "乙公司", "快", "5"),
)
"""甲公司: 13/4 over two questionnaires (one under its alias), 乙公司 5; 快 13/3, 好 5/2; altogether 18/5."""
