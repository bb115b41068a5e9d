"""Cells that can't be believed: what is said of each, by its code and its column.

Convention: a sensitive text is never shown, but as its hash.
"""

import re
from collections.abc import Mapping

from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.sources import Column, ColumnType
from itss_kpi.core.text import pseudonym

TYPE_WORDS: Mapping[ColumnType, str] = {
    "integer": "整数",
    "decimal": "数值",
    "percent": "百分比",
    "date": "日期",
    "datetime": "日期时间",
    "period": "考核期",
    "duration": "时长",
    "yes_no": "是/否",
}


_SAID = {
    "D202": "是错误值",
    "D206": "是公式,但没有保存计算结果",
    "D207": "是超过 15 位的数字,末几位已丢失:{}",
    "D203": "没有取值{}",
    "D204": "必填,却为空",
    "D231": "比别的行大得多,像是代号或另一单位的数:{}",
    "D221": "不在表头写的分数之内:{}",
    "D208": "的年份与文件所写的考核期不符:{}",
    "D211": "的一个值合并在几格上",
    "D219": "的日月可能对调了:{}",
    "D214": "不像真实的时间:{}",
}


def cell_message(code: str, name: str, column: Column, text: str) -> str:
    """What is said of a cell with this text by its code."""
    shown = pseudonym(text) if column.sensitive else f"“{text[:40]}”"
    match code:
        case "D205":
            said = f"{_beyond(column)}:{shown}"
        case "D223":
            said = f"{'比别的行大得多' if column.type == 'percent' else '别的行是数,这里带百分号'}:{shown}"
        case "D201" if column.type == "text":
            said = f"是文本,这一格却成了日期:{shown}"
        case "D201":
            said = f"读不成{TYPE_WORDS[column.type]}:{shown}{_declared_so(column, text)}"
        case _:
            said = _SAID[code].format(shown)
    return f"“{name}”{said}"


def _declared_so(column: Column, text: str) -> str:
    """What the catalogue could declare of such a text."""
    if re.fullmatch(r"[/\\-]+|null|none|n/?a|0000-00-00.*", text, re.IGNORECASE):
        return ",表示空着的可声明 blank_words"
    if column.type == "datetime" and re.search(r"\d(?:Z|[+-]\d\d:?\d\d)$", text):
        return ",带时区的可声明 zone"
    dated = re.fullmatch(r"\d{1,2}[/.-](?:\d{1,2}|[A-Za-z]{3})[/.-]\d{2,4}.*", text)
    return ",日期的写法可声明 formats" if dated and column.kind is Kind.INSTANT else ""


def _beyond(column: Column) -> str:
    if column.minimum is None and column.maximum is None:
        return "与别的行正负号相反"
    if column.minimum is None or column.maximum is None:
        return f"小于 {column.minimum}" if column.maximum is None else f"大于 {column.maximum}"
    return f"不在 {column.minimum}~{column.maximum} 之内"
