"""Sources: the ledgers that departments hand in, their columns, and tables to look things up in.

Convention: as in `catalogue`: a model refuses what is wrong in itself.
"""

import fnmatch
import os
import re
from collections.abc import Iterator
from datetime import date as date_type
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from itss_kpi.catalogue.expression import Kind
from itss_kpi.catalogue.forms import Identifier, Model, OneOrMore, Texts
from itss_kpi.core.stated import stated
from itss_kpi.core.text import fold, is_like

SUBMITTER = "提交部门"
ColumnType = Literal[
    "text", "integer", "decimal", "percent", "date", "datetime", "period", "duration", "yes_no", "choice"
]
KINDS: dict[str, Kind] = {
    **dict.fromkeys(("text", "choice"), Kind.TEXT),
    **dict.fromkeys(("integer", "decimal", "percent"), Kind.NUMBER),
    **dict.fromkeys(("date", "datetime", "period"), Kind.INSTANT),
    "duration": Kind.SPAN,
    "yes_no": Kind.TRUTH,
}
"""What the values of each type of column are to an expression."""
SPAN_UNITS = {"second": 1_000_000, "minute": 60_000_000, "hour": 3_600_000_000, "day": 86_400_000_000}
UNIT_WORDS = {
    "second": {"秒", "秒钟", "s", "sec"},
    "minute": {"分", "分钟", "min", "mins", "m"},
    "hour": {"时", "小时", "h", "hour", "hours"},
    "day": {"天", "日", "d", "day", "days"},
}
"""How headings say in what durations are counted: 时长(小时)."""
SpanUnit = Literal["second", "minute", "hour", "day"]
ZONE = r"^[+-](?:0\d|1[0-4]):[0-5]\d$"
TABLE_ENDINGS = (
    ".xlsx",
    ".xlsm",
    ".xlsb",
    ".xls",
    ".xltx",
    ".et",
    ".ods",
    ".fods",
    ".csv",
    ".tsv",
    ".txt",
    ".xml",
    ".html",
    ".htm",
    ".parquet",
)


class Column(Model):
    """A declared column of a source."""

    type: ColumnType = "text"
    aliases: Texts = ()
    values: dict[str, Texts] | None = Field(None, description="choice: 取值 -> 同义词")
    values_from: Literal["departments"] | None = Field(None, description="choice: 取值为计划中声明的部门")
    unit: SpanUnit | None = Field(None, description="duration: 单元格中数字的单位")
    percent: Literal["whole", "fraction"] | None = Field(None, description="percent: 不带 % 的数字如何理解")
    required: bool = False
    optional: bool = Field(False, description="整列可以没有")
    sensitive: bool = False
    minimum: int | None = None
    maximum: int | None = None
    formats: Texts = Field((), description="date、datetime:文字日期的其他写法,如 %d/%m/%Y、%d/%b/%y")
    zone: str | None = Field(None, description="datetime:所写时刻的时区,如 +00:00;换算成北京时间", pattern=ZONE)
    midnight: bool = Field(
        False, description="datetime:零点就是零点(如维护窗口都从 0 点开始);不写时,整张表都是零点的按只记了日期看"
    )
    blank_words: Texts = Field((), description="表示空着的文字,如 '/'、'-'、'NULL'、'0000-00-00'")
    blank: Literal[0] | None = Field(None, description="0:空着的数量表示没有;不写时空着的数量是不知道")
    above: str | None = Field(None, description="这一列写在表头之上:标题行中哪个词后面的内容,如 项目名称")

    @property
    def spellings(self) -> dict[str, str]:
        """The values of a choice by how they may be spelt, folded."""
        return {fold(word): value for value, others in (self.values or {}).items() for word in (value, *others)}

    @property
    def kind(self) -> Kind:
        """What its values are to an expression."""
        return KINDS[self.type]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.type == "choice") != bool(self.values or self.values_from):
            raise ValueError("choice 列须声明 values 或 values_from,其他类型不能声明")
        if (self.type == "duration") != (self.unit is not None):
            raise ValueError("duration 列须声明 unit,其他类型不能声明")
        if self.percent is not None and self.type != "percent":
            raise ValueError("percent 只用于 percent 列")
        if (self.minimum, self.maximum) != (None, None) and self.kind is not Kind.NUMBER:
            raise ValueError("minimum、maximum 只用于数值列")
        if self.formats and self.type not in ("date", "datetime"):
            raise ValueError("formats 只用于 date 列与 datetime 列")
        if (self.zone is not None or self.midnight) and self.type != "datetime":
            raise ValueError("zone、midnight 只用于 datetime 列")
        if self.blank is not None and (self.required or self.kind not in (Kind.NUMBER, Kind.SPAN)):
            raise ValueError("blank 只用于不是 required 的数值列与时长列")
        if self.required and self.optional:
            raise ValueError("required 与 optional 不能同时声明")
        return self


class Check(Model):
    """What must hold in each row of a source, and what is said of a row in which it doesn't."""

    rule: str = Field(description="条件,如 解决时间 >= 受理时间;其中的列有空着的行不核对")
    says: str = Field(description="不符合时怎么说,如 解决早于受理")


class Across(Model):
    """Columns whose headings are values themselves: months, or the names of items."""

    headings: Identifier = Field(description="列头是哪一列的值:period 列(列头如 1月…12月)或 choice 列(列头为各取值)")
    cells: OneOrMore = Field(description="列头下面是哪一列的值,如 [可用率];有几列的,列头如 1月计划、1月实际,或分两行写")


class Query(Model):
    """Rows of a database."""

    url: str = Field(description="SQLAlchemy 的地址,如 sqlite:///台账.db(相对于台账文件夹);口令写作 ${环境变量名}")
    query: str = Field(description="select 语句;列名与 columns 相同,或用 as 改成相同")

    @field_validator("url")
    @classmethod
    def _has_no_password(cls, url: str) -> str:
        if re.search(r"://[^/@:]*:(?!\$\{\w+\}@)[^/@]+@", url):
            raise ValueError("口令不写在目录里;写作 ${环境变量名},如 postgresql+psycopg://kpi:${KPI_DB}@主机/库")
        return url

    @field_validator("query")
    @classmethod
    def _only_reads(cls, query: str) -> str:
        if not re.match(r"\s*(?:select|with)\b", query, re.IGNORECASE):
            raise ValueError("query 须是 select 语句")
        return query


_BRACES = re.compile(r"\{([^{}]+)\}")


class Source(Model):
    """A kind of record that departments export (台账)."""

    name: str
    departments: OneOrMore
    files: str = Field("", description="部门文件夹内的文件名通配式,如 事件工单_*.xlsx;{项目} 处的文字是“项目”列的值")
    parquet: str | None = Field(
        None,
        description="数据湖:台账文件夹下 Parquet 文件的通配式,如 湖/**/工单_*.parquet;部门在“提交部门”列或文件夹名里",
    )
    sql: Query | None = Field(None, description="数据库:地址与查询;部门在“提交部门”列里,考核期由 covers 写明")
    sheet: str | None = Field(None, description="工作表名;写 '{项目}' 时每张工作表都读,表名是“项目”列的值")
    across: Across | None = Field(None, description="月份或项目横着排时:列头与格中各是哪一列的值")
    split: Identifier | None = Field(
        None, description="一格写几个名称(张三、李四)的列:每个名称各算一行;这一列须在 key 中"
    )
    key: OneOrMore
    key_scope: Literal["ledger", "file", "sheet", "month", "department", "row", "line"] = Field(
        "ledger",
        description="编号在多大范围内不重复:整个台账、文件、工作表、月、部门;row 为各列全同才是一条;line 为每行一条",
    )
    date: str | None = None
    snapshot: bool = Field(False, description="无日期的时点台账:取覆盖期末的那一份")
    covers: str | dict[str, str] = Field(
        "name",
        description="文件覆盖的月份:由文件名、工作表名或标题行写明;都没有写的,year 为全年,也可写 2022-04至2022-09,"
        "或按部门写,如 {运维部: year, 客服部: 2022-04至2022-09}",
    )
    begins: date_type | None = Field(None, description="这本台账从哪一天开始有:在那以前的文件不要求交,如 2024-10-01")
    carries: Literal["earlier"] | None = Field(
        None, description="earlier:每次交的文件都连同以前的行(花名册、积压、累计台账):不算填错年份,也不要求交以前各期的"
    )
    latest: str | None = Field(None, description="同一编号有几行时,以这一列最晚的一行为准,如 更新时间")
    checks: tuple[Check, ...] = Field((), description="每行须符合的条件;不符合的行在用到所涉列的度量中存疑")
    hidden: Literal["count", "skip"] = Field("count", description="隐藏的行与工作表:计入或不计入")
    dimensions: dict[str, str] = Field({})
    combined: dict[Identifier, OneOrMore] = Field(
        {}, description="几列合起来作一组:如 客户级别: [客户, 级别],在 for_each 里像一列那样用"
    )
    columns: dict[Identifier, Column]

    def column(self, name: str) -> Column:
        """How a column is declared, also of one that is no column of the files: the department, or a combined one."""
        hidden = any(self.column(part).sensitive for part in self.combined.get(name, ()))
        return self.columns.get(name) or Column(sensitive=hidden)

    @property
    def pattern(self) -> str:
        """The pattern of the files' names, with a `*` for what gives a column its value."""
        return _BRACES.sub("*", self.file_name)

    @property
    def file_name(self) -> str:
        """What the files are called, as declared; "" for a database."""
        return self.files or (self.parquet or "").rpartition("/")[2]

    @model_validator(mode="after")
    def _has_one_place(self) -> Self:
        if self.parquet and (os.path.isabs(self.parquet) or ".." in self.parquet.split("/") or "\\" in self.parquet):
            raise ValueError("parquet 写台账文件夹下的路径,用 / 分隔,如 湖/**/工单_*.parquet")
        if sum(map(bool, (self.files, self.parquet, self.sql))) != 1:
            raise ValueError("须写 files、parquet、sql 三者之一")
        if self.sql and self.covers == "name":
            raise ValueError("sql 的台账没有文件名可看考核期,须写 covers:year,或一段时间,如 2022-04至2022-09")
        return self

    @model_validator(mode="after")
    def _counts_as_it_says(self) -> Self:
        for name, column in self.columns.items():
            for word in (name, *column.aliases) if column.unit else ():
                said = fold(word).rpartition("(")[2].removesuffix(")") if fold(word).endswith(")") else ""
                if any(said in words for unit, words in UNIT_WORDS.items() if unit != column.unit):
                    raise ValueError(f"“{word}”写着{said},unit 却是 {column.unit}:单位不同的列另行声明")
        return self

    @property
    def place(self) -> str:
        """Where its rows are, as declared."""
        return self.files or self.parquet or (self.sql.query if self.sql else "")

    @field_validator("covers")
    @classmethod
    def _says_a_time(cls, covers: str | dict[str, str]) -> str | dict[str, str]:
        for text in covers.values() if isinstance(covers, dict) else [covers]:
            if text not in ("name", "year") and stated(text).days is None:
                raise ValueError("covers 写 name、year 或一段时间,如 2022-04至2022-09、2022Q3")
        return covers

    @property
    def sheets(self) -> str:
        """The pattern of the sheets' names, likewise; any where none is declared."""
        return _BRACES.sub("*", self.sheet or "*")

    @property
    def named_in_braces(self) -> list[str]:
        """The columns whose value stands in the name of the file or the sheet."""
        return [*_BRACES.findall(self.file_name), *_BRACES.findall(self.sheet or "")]

    @property
    def given(self) -> set[str]:
        """The columns whose value stands once for a sheet, beside its table."""
        return {*self.named_in_braces, *(name for name, one in self.columns.items() if one.above)}

    def said_by_names(self, file: str, sheet: str) -> dict[str, str]:
        """The values that stand in the names of a file and of its sheet, by column."""
        stem, ending = os.path.splitext(self.file_name)
        names = (
            (stem if ending in TABLE_ENDINGS else self.file_name, os.path.splitext(file)[0]),
            (self.sheet or "", sheet),
        )
        return {name: text for pattern, written in names for name, text in _in_braces(pattern, written)}

    def claims(self, department: str, name: str) -> bool:
        """Whether a file of this name in the department's folder is one of this source.

        Case doesn't matter, and the ending of `files` stands for that of every kind of table file.
        """
        if department not in self.departments or not self.files:
            return False
        pattern, folded = self.pattern.casefold(), name.casefold()
        (stem, ending), (own, its) = os.path.splitext(pattern), os.path.splitext(folded)
        if ending in TABLE_ENDINGS and its in TABLE_ENDINGS:
            return fnmatch.fnmatchcase(own, stem)
        return fnmatch.fnmatchcase(folded, pattern)

    def means(self, sheet: str) -> bool:
        """Whether a sheet has the declared name; case, blanks and width don't matter."""
        return is_like(sheet, self.sheets)


def _in_braces(pattern: str, written: str) -> Iterator[tuple[str, str]]:
    """What stands where the pattern has a name in braces, by that name."""
    parts = _BRACES.split(pattern)
    globs = (fnmatch.translate(part).removeprefix("(?s:").rpartition(")")[0] for part in parts[::2])
    found = re.fullmatch("(.+?)".join(globs), written, re.IGNORECASE | re.DOTALL) if parts[1::2] else None
    return zip(parts[1::2], map(str.strip, found.groups()), strict=True) if found else iter(())


class Lookup(Model):
    """A table from a text to a number or a duration, such as a time limit by priority."""

    unit: SpanUnit | None = None
    values: dict[str, Annotated[float, Field(allow_inf_nan=False)]] = Field(min_length=1)

    @property
    def kind(self) -> Kind:
        return Kind.SPAN if self.unit else Kind.NUMBER

    def exact(self, key: str) -> Fraction:
        """The value for `key`: microseconds for a duration."""
        return Fraction(repr(self.values[key])) * (SPAN_UNITS[self.unit] if self.unit else 1)


class ReadingLimits(Model):
    """What reading one export may cost, and how large the cache of what was read may grow."""

    memory: int = Field(2048, ge=64, description="一个文件最多用多少内存,MiB")
    seconds: int = Field(60, ge=1, description="一个文件最多读多少秒")
    unpacked: int = Field(1024, ge=1, description="一个文件解压后最大多少 MiB")
    cache: int = Field(1024, ge=0, description="缓存最大多少 MiB;0 为不用缓存")
