"""Cells that can't be believed: what is said of each, by its code and its column.

Convention: a sensitive text is never shown, but as its hash.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.sources import Column, ColumnType
from itss_kpi.core.problems import Problem
from itss_kpi.core.text import pseudonym
from itss_kpi.tables.sheets.body import cell_place
from itss_kpi.tables.sheets.data_rows import Piece


def cell_problems(
    code: str,
    name: str,
    pieces: Sequence[Piece],
    mask: np.ndarray,
    texts: pa.Array,
    said: str | None,
    column: Column | None = None,
) -> Iterator[Problem]:
    """Each cell that `mask` marks; `said` of each, or as the code and the column have it."""
    start = 0
    for piece in pieces:
        found = np.flatnonzero(mask[start : start + len(piece.rows)])
        if name in piece.where:
            for at in found.tolist():
                place = cell_place(piece.raw, int(piece.rows[at]) - 1, piece.where[name])
                text = str(texts[start + at].as_py() or "")
                yield Problem(code, said or _cell_message(code, name, column or Column(), text), place)
        start += len(piece.rows)


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


def _cell_message(code: str, name: str, column: Column, text: str) -> str:
    shown = pseudonym(text) if column.sensitive else f"“{text[:40]}”"
    match code:
        case "D202":
            return f"“{name}”是错误值"
        case "D206":
            return f"“{name}”是公式,但没有保存计算结果"
        case "D207":
            return f"“{name}”是超过 15 位的数字,末几位已丢失:{shown}"
        case "D203":
            return f"“{name}”没有取值{shown}"
        case "D204":
            return f"“{name}”必填,却为空"
        case "D205":
            return f"“{name}”{_beyond(column)}:{shown}"
        case "D223":
            return f"“{name}”{'比别的行大得多' if column.type == 'percent' else '别的行是数,这里带百分号'}:{shown}"
        case "D231":
            return f"“{name}”比别的行大得多,像是代号或另一单位的数:{shown}"
        case "D221":
            return f"“{name}”大于表头写的满分:{shown}"
        case "D208":
            return f"“{name}”的年份与文件所写的考核期不符:{shown}"
        case "D211":
            return f"“{name}”的一个值合并在几格上"
        case "D219":
            return f"“{name}”的日月可能对调了:{shown}"
        case "D214":
            return f"“{name}”不像真实的时间:{shown}"
        case _ if column.type == "text":
            return f"“{name}”是文本,这一格却成了日期:{shown}"
        case _:
            return f"“{name}”读不成{TYPE_WORDS[column.type]}:{shown}{_declared_so(column, text)}"


def _declared_so(column: Column, text: str) -> str:
    """What the catalogue could declare of such a text."""
    if re.fullmatch(r"[/\\-]+|null|none|n/?a|0000-00-00.*", text, re.IGNORECASE):
        return ",表示空着的可声明 blank_words"
    if column.type == "datetime" and re.search(r"\d(?:Z|[+-]\d\d:?\d\d)$", text):
        return ",带时区的可声明 zone"
    dated = re.fullmatch(r"\d{1,2}[/.-](?:\d{1,2}|[A-Za-z]{3})[/.-]\d{2,4}.*", text)
    return ",日期的写法可声明 formats" if dated and column.kind is Kind.INSTANT else ""


def _beyond(column: Column) -> str:
    if column.minimum is None or column.maximum is None:
        return f"小于 {column.minimum}" if column.maximum is None else f"大于 {column.maximum}"
    return f"不在 {column.minimum}~{column.maximum} 之内"
