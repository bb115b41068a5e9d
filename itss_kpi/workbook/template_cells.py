"""Entries: what may stand in a template's cells, in words, as Excel's checks, and as an example.

Convention: whatever is asked for here, the reader reads as the column's type (`cells`). A check is plain values:
openpyxl's names for the kind of check, its operator and bounds. Nothing here is escaped for a workbook.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.catalogue.sources import SUBMITTER, Column, ColumnType, Source
from itss_kpi.core.period import Period, PeriodKind, period_of, periods_due
from itss_kpi.core.stated import stated
from itss_kpi.core.text import escape_controls
from itss_kpi.reading.worker.grid_file import column_letter
from itss_kpi.tables.sheets.no_records import EXAMPLE

RULES = "填写说明"
"""The name of the second sheet."""
LONGEST = 500
"""How many characters a text cell takes before Excel asks whether that is meant."""

TYPES: Mapping[ColumnType, str] = {
    "text": "文本",
    "integer": "整数",
    "decimal": "数值",
    "percent": "百分比",
    "date": "日期",
    "datetime": "日期时间",
    "period": "月份或季度",
    "duration": "时长",
    "yes_no": "是/否",
    "choice": "选择",
}
UNITS = {"second": "秒", "minute": "分钟", "hour": "小时", "day": "天"}
# text keeps the zeros that an id begins with, and a period or a whole percentage as it was typed
FORMATS: Mapping[ColumnType, str] = {
    "text": "@",
    "choice": "@",
    "yes_no": "@",
    "period": "@",
    "integer": "0",
    "decimal": "General",
    "percent": "0.00%",
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm",
    "duration": "General",  # so that Excel makes a duration of 2:30, which another format would show as 0.1
}


@dataclass(frozen=True)
class Handout:
    """What one workbook is made from."""

    catalogue: Catalogue
    source: Source
    department: str
    period: Period
    name: str

    def options(self, column: Column) -> list[str]:
        """What a cell of the column may be chosen from."""
        match column.type:
            case "choice":
                return list(column.values or self.catalogue.plan.departments)
            case "yes_no":
                return ["是", "否"]
            case _:
                return []

    def periods(self, name: str) -> list[str]:
        """The months or quarters of the year, whichever the column's name speaks of, or both."""
        year = Period(PeriodKind.YEAR, self.period.year)
        kinds = [kind for kind, word in ((PeriodKind.QUARTER, "季"), (PeriodKind.MONTH, "月")) if word in name]
        listed = kinds[:1] or [PeriodKind.MONTH, PeriodKind.QUARTER]
        return [str(period) for kind in listed for period in periods_due(kind, year)]

    @property
    def years(self) -> tuple[int, int]:
        """The first and the last year of dates that need no second look."""
        both = (self.catalogue.plan.year, self.period.year)
        return min(both) - 1, max(both) + 1


def cell_format(column: Column) -> str:
    return "@" if column.percent == "whole" else FORMATS[column.type]


# ---- the example row


def example_row(made: Handout) -> dict[str, Any]:
    """A valid row whose key says that it is none; without a key of its own in the sheet there is nothing to say so."""
    keys = [name for name in made.source.key if name != SUBMITTER]
    if not keys:
        return {}
    day, moment = made.period.start + timedelta(days=4), datetime.combine(made.period.start, time(9))
    row: dict[str, Any] = {}
    for name, column in made.source.columns.items():
        match column.type:
            case "date":
                row[name], day = day, day + timedelta(days=1)
            case "datetime":
                row[name], moment = moment, moment + timedelta(minutes=20)
            case _:
                row[name] = _example(made, name, column)
        if name in keys:
            row[name] = f"{EXAMPLE}{row[name]}"
    return row


def _example(made: Handout, name: str, column: Column) -> str | int | float:
    least = column.minimum or 0
    match column.type:
        case "integer":
            return max(least, 10)
        case "decimal":
            return max(least, 9.5)
        case "percent" if column.percent == "whole":
            return f"{max(least * 100, 95)}%"
        case "percent":
            return max(least, 0.95)
        case "duration":
            return {"second": 30, "minute": 30, "hour": 2, "day": 1}[column.unit or "minute"]
        case "period":
            kind = PeriodKind.QUARTER if "季" in name else PeriodKind.MONTH
            return str(period_of(kind, made.period.start))
        case "yes_no" | "choice":
            options = made.options(column)
            return made.department if made.department in options else options[0]
        case _:
            return _example_text(made, name, column)


def _example_text(made: Handout, name: str, column: Column) -> str:
    if column.sensitive:
        return "E0001"
    if name.endswith("号"):
        return "0001"
    return made.department if name.endswith("部门") else f"示例{name.removesuffix('名称')}"


# ---- what may be entered


def rule_of(made: Handout, name: str, column: Column, listed: str | None) -> dict[str, Any]:
    """The kind of check, its operator and its bounds; `listed` is the range of options too long to stand in it."""
    first, last = made.years
    match column.type:
        case "choice" | "yes_no":
            return {"type": "list", "formula1": listed or _inline(made.options(column))}
        case "period":
            # the reader takes other spellings too
            return {"type": "list", "formula1": _inline(made.periods(name)), "errorStyle": "warning"}
        case "date" | "datetime":
            past = _serial(last + 1)
            bounds = (_serial(first), past - (1 if column.type == "date" else 0.00001))
            # a row belongs to its period by this date; another may be older, such as the day somebody joined
            style = "stop" if name == made.source.date else "warning"
            return {"type": "date", "errorStyle": style} | _between(*bounds)
        case "integer":
            return {"type": "whole"} | _from(column.minimum, -999_999_999_999_999)
        case "decimal":
            return {"type": "decimal"} | _from(column.minimum, -999_999_999_999_999)
        case "duration":
            return {"type": "decimal"} | _from(0, 0)
        case "percent" if column.percent == "whole":
            return {"type": "custom", "formula1": _whole_percent(name, made, column)}
        case "percent" if column.percent is None:
            return {"type": "decimal"} | _between(max(column.minimum or 0, 0), 1)
        case "percent":
            return {"type": "decimal"} | _from(column.minimum, -999_999)
        case _:
            return {
                "type": "textLength",
                "operator": "lessThanOrEqual",
                "formula1": str(LONGEST),
                "errorStyle": "warning",
            }


def _serial(year: int) -> int:
    """Excel's number of the year's first day."""
    return (datetime(year, 1, 1) - datetime(1899, 12, 30)).days


def _between(low: float, high: float) -> dict[str, Any]:
    return {"operator": "between", "formula1": f"{low:.15g}", "formula2": f"{high:.15g}"}


def _from(minimum: int | None, lowest: int) -> dict[str, Any]:
    return {"operator": "greaterThanOrEqual", "formula1": str(lowest if minimum is None else minimum)}


def _whole_percent(name: str, made: Handout, column: Column) -> str:
    """The cell is text, so that neither 95 nor 95% is made 0.95: a check of the number in it."""
    cell = f"{column_letter(list(made.source.columns).index(name))}2"
    number = f'VALUE(SUBSTITUTE({cell},"%",""))'
    return f"IFERROR({number}>={-(10**9) if column.minimum is None else column.minimum * 100},FALSE)"


def _inline(options: Sequence[str]) -> str:
    return f'"{",".join(options)}"'


def fits_inline(options: Sequence[str]) -> bool:
    """Whether Excel takes the options as a list within the check: 255 characters, and no comma in any of them."""
    odd = re.compile(r'[,"]|^[\s=]|\s$|_x[0-9A-Fa-f]{4}_')
    plain = not any(odd.search(option) or escape_controls(option) != option for option in options)
    return plain and len(",".join(options).encode("utf-16-le")) // 2 <= 255


# ---- what is said about a column


def content(made: Handout, name: str, column: Column) -> str:
    """What may stand in a cell."""
    least = "" if column.minimum is None else f",不小于 {column.minimum}"
    first, last = made.years
    match column.type:
        case "integer" | "decimal":
            return f"{TYPES[column.type]}{least}"
        case "percent":
            form = {"whole": "写 95 或 95%", "fraction": "写 95%", None: "0% 到 100%,写 95%"}[column.percent]
            return f"百分比({form}){least and f',不小于 {column.minimum or 0:.0%}'}"
        case "date":
            return f"日期,如 {made.period.start}({first} 至 {last} 年)"
        case "datetime":
            return f"日期和时间,如 {made.period.start} 09:30({first} 至 {last} 年)"
        case "period":
            listed = made.periods(name)
            return f"月份或季度,如 {'、'.join(dict.fromkeys((listed[0], listed[-1])))}"
        case "duration":
            return f"数字,单位为{UNITS[column.unit or 'minute']}"
        case "choice" | "yes_no":
            return f"其中之一:{_listed(made.options(column))}"
        case _:
            return "文字"


def _listed(options: Sequence[str]) -> str:
    shown, more = "、".join(options[:12]), len(options) > 12
    return f"{shown[:150]}…(共 {len(options)} 种,见“{RULES}”)" if more or len(shown) > 150 else shown


def need(column: Column) -> str:
    return "必填" if column.required else "可空"


def _blank(column: Column) -> str:
    """What a blank cell means."""
    if column.required:
        return "不能空着"
    dated = column.type in ("date", "datetime", "period", "duration")
    return "空着表示没有发生,不要写“/”“无”“待定”" if dated else "没有时可以空着"


def remarks(made: Handout, name: str, column: Column) -> list[str]:
    remarks = [_blank(column)]
    if name in made.source.key:
        remarks.append("编号列:同一编号只写一次")
    if name == made.source.date:
        remarks.append("决定本行属于哪个考核期")
    if column.optional:
        remarks.append("整列可以没有")
    if column.sensitive:
        remarks.append("敏感内容,报告中不显示")
    if column.percent == "whole":
        remarks.append("不要粘贴百分比格式的单元格")
    return remarks


def note(made: Handout, name: str, column: Column) -> str:
    lines = [
        f"{name}({need(column)})",
        f"类型:{TYPES[column.type]}",
        f"可填:{content(made, name, column)}",
        *remarks(made, name, column),
    ]
    return "\n".join(lines)


# ---- what is said about the whole


def general_rules(made: Handout) -> Iterator[str]:
    source = made.source
    keys = [name for name in source.key if name != SUBMITTER]
    yield "一行一条记录。表头在第 1 行,列名不要改;橙色表头为必填列。"
    if keys:
        yield f"第 2 行是示例,不计入,可以保留或删去。正式记录的“{keys[0]}”不要带{EXAMPLE}。"
        yield f"同一条记录只写一次,按“{'、'.join(keys)}”区分。"
    if source.snapshot:
        yield "本表反映某一时点的情况:填截至考核期末的全部记录。"
    yield "不要写合计行,不要合并单元格,不要加密。"
    yield "空着表示没有或没有发生,不要用“/”“无”“待定”代替。"
    yield "本期没有任何记录时,也请交这份空表,表示“没有发生”;不交则是“数据缺失”。"
    if stated(made.name[:-5]).days:
        yield f"文件名“{made.name}”须保留考核期;填别的考核期时,改成那一期。"
    else:
        yield f"文件名“{made.name}”不要改。"
    yield f"填好后交给质量组,放入台账文件夹下的“{made.department}”文件夹。"
