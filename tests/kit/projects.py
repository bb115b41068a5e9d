"""Small projects on disk: a catalogue, and exports saved as departments do."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from itss_kpi.cli import main as cli


def save(path: Path, head: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "Sheet") -> None:
    """A workbook of one sheet, in which a text is a text."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for row in [head, *rows]:
        sheet.append(list(row))
    for cell in (cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"):
        cell.data_type = "s"
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


def save_rows(path: Path, names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Path:
    """The file of a ledger's rows; what a row doesn't have is blank."""
    save(path, names, [[row.get(name) or None for name in names] for row in rows])
    return path


CATALOGUE = """\
format: itss-kpi/catalogue/1
plan: {title: 计划, document: D-1, version: V1, organization: 测试公司, year: 2022, departments: [甲部]}
data: 台账
sources:
  tickets:
    name: 工单
    departments: [甲部]
    files: 工单_*.xlsx
    key: [编号]
    date: 日期
    columns:
      编号: {type: text, required: true}
      日期: {type: date, required: true}
      结果: {type: choice, values: {成功: [], 失败: [], 取消: []}, required: true}
      标题: {type: text}
      处理人: {type: text, sensitive: true}
indicators:
  - id: success_rate
    number: 1
    domain: 过程管理
    name: 工单成功率
    formula: 成功/全部
    target: '>= 50%'
    period: month
    numerator: {within: denominator, where: 结果 == '成功' and 处理人 != '无'}
    denominator: {measure: count, source: tickets, where: 结果 != '取消' and 标题 != '无'}
    department: [甲部]
  - id: ticket_count
    number: 2
    domain: 资源管理
    name: 工单数量
    formula: 工单数
    target: '<= 9次'
    period: year
    value: {measure: count, source: tickets}
    department: [甲部]
"""
HEADER = ["编号", "日期", "结果", "标题", "处理人"]
GOOD = [
    ["T1", date(2022, 7, 4), "成功", "=1+1", "张三丰"],
    ["T2", date(2022, 7, 5), "失败", "停电", "李四光"],
    ["T3", date(2022, 7, 6), "取消", "误报", "张三丰"],
    ["T4", date(2022, 8, 6), "成功", "停电", "张三丰"],
]
MISSED = [*GOOD, ["T5", date(2022, 8, 7), "失败", "a", "b"], ["T6", date(2022, 8, 8), "失败", "a", "b"]]
DOUBTFUL = [["T1", date(2022, 7, 4), "待补", "a", "b"]]


def project(folder: Path, rows: Sequence[Sequence[Any]] = GOOD, file: str = "甲部/工单_2022.xlsx") -> Path:
    """A catalogue and one export below `folder`; the catalogue's path."""
    save(folder / "台账" / file, HEADER, rows, "工单")
    (folder / cli.CATALOGUE).write_text(CATALOGUE, encoding="utf-8")
    return folder / cli.CATALOGUE
