"""The ledgers of nonconformities and improvements, small, beside tickets that are assessed."""

from kit.tables import Row

FAULTS = """
  nonconformities:
    name: 不符合项台账
    departments: [甲部]
    files: 不符合项台账_*.xlsx
    key: [编号]
    date: 完成期限
    columns:
      编号: {type: text, required: true}
      来源: {type: choice, values: {内审: [], 客户投诉: [投诉]}, required: true}
      依据条款: {type: text}
      责任部门: {type: choice, values_from: departments}
      事实描述: {type: text}
      性质: {type: text}
      原因: {type: text}
      纠正措施: {type: text}
      完成期限: {type: date}
      关闭日期: {type: date}
      验证人工号: {type: text, sensitive: true}
"""
MORE = """      发现日期: {type: date, optional: true}
      指标序号: {type: integer, optional: true, minimum: 1}
      考核期: {type: text, optional: true}
      分组: {type: text, optional: true}
"""
PLANS = """
  improvements:
    name: 改进计划
    departments: [甲部]
    files: 改进计划_*.xlsx
    key: [改进编号]
    date: 计划完成
    columns:
      改进编号: {type: text, required: true}
      类别: {type: choice, values: {人员: [], 过程: []}, required: true}
      改进项: {type: text}
      改进目标: {type: text}
      责任部门: {type: choice, values_from: departments}
      计划完成: {type: date, required: true}
      实际完成: {type: date}
      进度: {type: percent}
      效果评价: {type: text}
      指标序号: {type: integer, optional: true, minimum: 1}
      分组: {type: text, optional: true}
"""
FAULT: Row = {
    "编号": "B1", "来源": "内审", "责任部门": "甲部", "事实描述": "没有记录", "完成期限": "2022-04-20", "发现日期": "2022-03-01",
}  # fmt: skip
PLAN: Row = {
    "改进编号": "G1",
    "类别": "过程",
    "责任部门": "乙部",
    "改进项": "加席位",
    "计划完成": "2022-04-20",
    "进度": "50%",
}
