"""The records of supervision, small, and what has to be checked."""

from kit.tables import Row

LEDGER = """
sources:
  supervision:
    name: 检查记录
    departments: [甲部, 乙部]
    files: 检查记录_*.xlsx
    key: [检查编号]
    date: 检查日期
    columns:
      检查编号: {required: true}
      检查类别: {type: choice, values: {服务: [], 资源: [], 人员: []}, required: true}
      检查日期: {type: date, required: true}
      被检查部门: {type: choice, values: {乙部: [], 甲部: []}, required: true}
      项目名称: {type: text}
      检查项: {required: true}
      结果: {type: choice, values: {符合: [合格], 不符合: [], 不适用: []}, required: true}
      说明: {type: text}
      检查人工号: {type: text, sensitive: true}
"""
RULES = """
indicators: []
supervision:
  - {category: 服务, each: month, departments: [甲部], projects: [东, 西], section: '3.3'}
  - {category: 服务, each: month, departments: [乙部], projects: [南]}
  - {category: 资源, each: quarter, departments: [甲部], items: {备件: [备品备件], 台账: []}}
"""
EAST: Row = {
    "检查编号": "1", "检查类别": "服务", "检查日期": "2022-01-10", "被检查部门": "甲部", "项目名称": "东", "检查项": "值班",
    "结果": "符合",
}  # fmt: skip


def check(day: str, result: str = "符合", **cells: str) -> Row:
    return {
        **{name: cell for name, cell in EAST.items() if name != "检查编号"},
        "检查日期": day,
        "结果": result,
        **cells,
    }
