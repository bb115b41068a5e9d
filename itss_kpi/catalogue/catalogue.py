"""The catalogue (指标目录): its frozen models, and what can be asked of them (docs/design.md, 5).

Convention: a model refuses what is wrong in itself; what is wrong between models is found by `load`, so a catalogue
that came from there is fully checked. A complete commented example is the company's own `kpi_definitions.yaml`.
"""

import fnmatch
import functools
import os
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    field_validator,
    model_validator,
)

from itss_kpi.catalogue import expression
from itss_kpi.catalogue.expression import Kind, Names, Node, Refusal
from itss_kpi.catalogue.schedule import Span, read_when, spans_of
from itss_kpi.core.period import PeriodKind
from itss_kpi.core.targets import Target, Unit, parse_target
from itss_kpi.core.text import fold

FORMAT = "itss-kpi/catalogue/1"
SUBMITTER = "提交部门"
DOMAINS = ("质量指标", "人员管理", "资源管理", "技术管理", "过程管理")

ColumnType = Literal[
    "text", "integer", "decimal", "percent", "date", "datetime", "period", "duration", "yes_no", "choice"
]
KINDS: dict[str, Kind] = {
    "text": Kind.TEXT,
    "choice": Kind.TEXT,
    "integer": Kind.NUMBER,
    "decimal": Kind.NUMBER,
    "percent": Kind.NUMBER,
    "date": Kind.INSTANT,
    "datetime": Kind.INSTANT,
    "period": Kind.INSTANT,
    "duration": Kind.SPAN,
    "yes_no": Kind.TRUTH,
}
"""What the values of each type of column are to an expression."""
SPAN_UNITS = {"second": 1_000_000, "minute": 60_000_000, "hour": 3_600_000_000, "day": 86_400_000_000}
SpanUnit = Literal["second", "minute", "hour", "day"]

RECORDS: dict[str, dict[str, Kind]] = {
    "corrective_actions": {
        "编号": Kind.TEXT,
        "指标序号": Kind.NUMBER,
        "考核期": Kind.TEXT,
        "原因分析": Kind.TEXT,
        "纠正措施": Kind.TEXT,
        "责任部门": Kind.TEXT,
        "责任人": Kind.TEXT,
        "完成期限": Kind.INSTANT,
        "实际完成日期": Kind.INSTANT,
        "验证结果": Kind.TEXT,
        "验证日期": Kind.INSTANT,
    },
    "activity_log": {
        "活动序号": Kind.NUMBER,
        "活动名称": Kind.TEXT,
        "计划时间": Kind.TEXT,
        "实际完成日期": Kind.INSTANT,
        "责任部门": Kind.TEXT,
        "记录编号": Kind.TEXT,
        "结论": Kind.TEXT,
    },
    "supervision": {
        "检查编号": Kind.TEXT,
        "检查类别": Kind.TEXT,
        "检查日期": Kind.INSTANT,
        "被检查部门": Kind.TEXT,
        "项目名称": Kind.TEXT,
        "检查项": Kind.TEXT,
        "结果": Kind.TEXT,
        "说明": Kind.TEXT,
        "检查人工号": Kind.TEXT,
    },
    "nonconformities": {
        "编号": Kind.TEXT,
        "来源": Kind.TEXT,
        "依据条款": Kind.TEXT,
        "责任部门": Kind.TEXT,
        "事实描述": Kind.TEXT,
        "性质": Kind.TEXT,
        "原因": Kind.TEXT,
        "纠正措施": Kind.TEXT,
        "完成期限": Kind.INSTANT,
        "关闭日期": Kind.INSTANT,
        "验证人工号": Kind.TEXT,
    },
    "improvements": {
        "改进编号": Kind.TEXT,
        "类别": Kind.TEXT,
        "改进项": Kind.TEXT,
        "改进目标": Kind.TEXT,
        "责任部门": Kind.TEXT,
        "计划完成": Kind.INSTANT,
        "实际完成": Kind.INSTANT,
        "进度": Kind.NUMBER,
        "效果评价": Kind.TEXT,
    },
}
"""The ledgers that are read for what was done and decided, by the id of their source: the columns that each has to
declare, and what they are. No indicator needs one."""

_ENDINGS = (
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
)

Identifier = Annotated[str, Field(pattern=r"^[^\W\d]\w*$", max_length=80)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Texts = tuple[str, ...]
OneOrMore = Annotated[tuple[str, ...], Field(min_length=1)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Signed(_Model):
    """Who compiled, reviewed or approved a version, and when; a name that isn't written is a line to sign on."""

    on: date
    by: str | None = None


class Revision(_Model):
    """A row of the plan's table of revisions (文件编制和变更履历)."""

    version: str
    compiled: Signed
    reviewed: Signed
    approved: Signed
    change: str


class Plan(_Model):
    """The document that the indicators come from (cover and section 2 of the plan)."""

    title: str
    document: str
    version: str
    organization: str
    year: int = Field(ge=1900, le=2199)
    departments: OneOrMore
    revisions: tuple[Revision, ...] = ()
    hand_in_days: int | None = Field(None, ge=0, le=366, description="考核期结束后几天内应交台账;不写则不判断迟交")

    @field_validator("departments")
    @classmethod
    def _named_once(cls, departments: Texts) -> Texts:
        if len(set(departments)) < len(departments):
            raise ValueError("同一部门写了两次")
        return departments


class Column(_Model):
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
        if self.minimum is not None and self.kind is not Kind.NUMBER:
            raise ValueError("minimum 只用于数值列")
        if self.required and self.optional:
            raise ValueError("required 与 optional 不能同时声明")
        return self


class Source(_Model):
    """A kind of record that departments export (台账)."""

    name: str
    departments: OneOrMore
    files: str = Field(description="部门文件夹内的文件名通配式,如 事件工单_*.xlsx")
    sheet: str | None = None
    key: OneOrMore
    date: str | None = None
    snapshot: bool = Field(False, description="无日期的时点台账:取覆盖期末的那一份")
    covers: Literal["name", "year"] = Field(
        "name", description="文件覆盖的月份:由文件名、工作表名或标题行写明;都没有写时,year 为整个计划年度"
    )
    hidden: Literal["count", "skip"] = Field("count", description="隐藏的行与工作表:计入或不计入")
    dimensions: dict[str, str] = {}
    columns: dict[Identifier, Column]

    def claims(self, department: str, name: str) -> bool:
        """Whether a file of this name in the department's folder is one of this source.

        Case doesn't matter, and the ending of `files` stands for that of every kind of table file.
        """
        if department not in self.departments:
            return False
        pattern, folded = self.files.casefold(), name.casefold()
        (stem, ending), (own, its) = os.path.splitext(pattern), os.path.splitext(folded)
        if ending in _ENDINGS and its in _ENDINGS:
            return fnmatch.fnmatchcase(own, stem)
        return fnmatch.fnmatchcase(folded, pattern)


class Lookup(_Model):
    """A table from a text to a number or a duration, such as a time limit by priority."""

    unit: SpanUnit | None = None
    values: dict[str, Annotated[float, Field(allow_inf_nan=False)]] = Field(min_length=1)

    @property
    def kind(self) -> Kind:
        """What its values are."""
        return Kind.SPAN if self.unit else Kind.NUMBER

    def exact(self, key: str) -> Fraction:
        """The value for `key`: microseconds for a duration."""
        return Fraction(repr(self.values[key])) * (SPAN_UNITS[self.unit] if self.unit else 1)


class LastDays(_Model):
    """A window of the last N days of the period."""

    days: int = Field(ge=1, le=3660)


# a union is told apart by whether a text stands there, so that a mistake is reported for the form that was meant
_BY_FORM = Discriminator(lambda value: "<form>" if isinstance(value, dict | tuple | BaseModel) else "<text>")
Window = Annotated[
    Annotated[Literal["period", "year_to_date", "until_end"], Tag("<text>")] | Annotated[LastDays, Tag("<form>")],
    _BY_FORM,
]
Aggregate = Literal["count", "sum", "distinct", "mean", "min", "max", "median"]


class Measure(_Model):
    """One aggregate over the rows of one source (度量).

    `within: denominator` takes over source, aggregate, date, window and condition of the denominator and adds a
    condition of its own, so that its rows are a subset by construction. `declared: departments` is the number of
    departments that the plan declares.
    """

    measure: Aggregate | None = None
    source: str | None = None
    of: str | None = Field(None, description="被汇总的列或算式")
    where: str | None = None
    date: str | None = Field(None, description="不同于台账日期列时写明")
    window: Window = "period"
    within: Literal["denominator"] | None = None
    declared: Literal["departments"] | None = None
    each_department: bool = Field(False, description="每个应交部门本期至少一行,否则按分母为零处理")
    fixed: bool = Field(False, description="计划事先定下的分母:整个考核期的计划量已知")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if sum(form is not None for form in (self.measure, self.within, self.declared)) != 1:
            raise ValueError("measure、within、declared 须且只须写一个")
        if self.measure and not self.source:
            raise ValueError("measure 须写明 source")
        if self.measure and (self.measure == "count") == (self.of is not None):
            raise ValueError("count 不写 of;其他汇总须写 of")
        if self.within and (self.source or self.date or self.window != "period"):
            raise ValueError("within 沿用分母的 source、date、window,不能另写")
        if self.declared and self.model_fields_set != {"declared"}:
            raise ValueError("declared 不能与其他项同写")
        return self


class Listing(_Model):
    """A second place of the same indicator in the plan's table."""

    number: int = Field(ge=1)
    domain: str


class Requirement(_Model):
    """A target and the day it takes effect; the one in force on the period's last day is applied."""

    since: date | None = None
    requirement: str


class Beside(_Model):
    """A further figure shown beside the value, such as the year's count."""

    label: str
    value: Measure


class Indicator(_Model):
    """One row of the plan's table (指标)."""

    id: Id
    number: int = Field(ge=1)
    also: tuple[Listing, ...] = ()
    domain: str
    name: str
    formula: str
    printed_target: str | None = None
    target: (
        Annotated[Annotated[str, Tag("<text>")] | Annotated[tuple[Requirement, ...], Tag("<form>")], _BY_FORM] | None
    ) = None
    period: PeriodKind
    numerator: Measure | None = None
    denominator: Measure | None = None
    value: Annotated[Annotated[str, Tag("<text>")] | Annotated[Measure, Tag("<form>")], _BY_FORM] | None = None
    measures: dict[Identifier, Measure] = {}
    averaged_over: str | None = None
    for_each: str | None = None
    may_exceed: bool = Field(False, description="分子取自分母各行,但可以超过 100%(如 实际/计划)")
    zero: Literal["not_applicable", "undefined", "attained", "missed"] = "not_applicable"
    agreed: bool = Field(True, description="false:计划的公式尚未商定,结论为 口径待确认")
    unit: str | None = None
    beside: tuple[Beside, ...] = ()
    department: Texts = ()
    clause: str | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.value is None) != (self.numerator is not None and self.denominator is not None):
            raise ValueError("写 numerator 与 denominator,或只写 value")
        if bool(self.measures) != isinstance(self.value, str):
            raise ValueError("value 为算式时须声明 measures,其他情况不能声明")
        self._check_forms()
        if self.numerator and (self.numerator.each_department or self.numerator.fixed):
            raise ValueError("each_department 与 fixed 只用于分母")
        if self.may_exceed and not (self.numerator and self.numerator.within):
            raise ValueError("may_exceed 只用于分子写 within 的比率")
        if self.numerator and self.numerator.within and self.denominator:
            counts = self.denominator.measure == "count"
            if self.denominator.declared or self.denominator.within or (counts and self.numerator.of):
                raise ValueError("within 的分母须是一个度量;分母为 count 时分子不写 of")
        if self.averaged_over and self.for_each:
            raise ValueError("averaged_over 与 for_each 不能同时使用")
        return self

    def _check_forms(self) -> None:
        for side in filter(None, (self.numerator, self.denominator)):
            if side.measure not in (None, "count", "sum", "distinct"):
                raise ValueError(f"{side.measure} 不能作分子或分母;请写成 measures 与 value 算式")
        single = [self.value] if isinstance(self.value, Measure) else []
        loose = [*self.measures.values(), *single, *(extra.value for extra in self.beside)]
        if any(measure.within or measure.declared for measure in loose):
            raise ValueError("within 只用于分子,declared 只用于分母")
        if self.numerator and self.numerator.declared:
            raise ValueError("declared 只用于分母")

    @field_validator("target")
    @classmethod
    def _one_since(cls, target: Any) -> Any:
        if isinstance(target, tuple):
            days = [item.since for item in target]
            if not target or len(set(days)) < len(days):
                raise ValueError("每条考核要求须有不同的生效日期 since(第一条可以不写)")
        return target

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str | None) -> str | None:
        if unit is not None and unit not in list(Unit):
            raise ValueError(f"单位须是 {'、'.join(filter(None, Unit))}")
        return unit

    @functools.cached_property
    def targets(self) -> tuple[tuple[date, Target], ...]:
        """The targets with the day each takes effect, in order of the days."""
        listed = (Requirement(requirement=self.target),) if isinstance(self.target, str) else self.target or ()
        parsed = ((item.since or date.min, parse_target(item.requirement)) for item in listed)
        known = [(since, target) for since, target in parsed if target]
        return tuple(sorted(known, key=lambda pair: pair[0]))

    @property
    def listings(self) -> list[tuple[int, str]]:
        """The numbers and domains under which the plan lists the indicator."""
        return [(self.number, self.domain), *((listing.number, listing.domain) for listing in self.also)]

    @property
    def domains(self) -> list[str]:
        """The domains that list the indicator."""
        return [domain for _, domain in self.listings]

    def target_on(self, day: date) -> Target | None:
        """The target in force on `day`."""
        in_force = [target for since, target in self.targets if since <= day]
        return in_force[-1] if in_force else None

    @property
    def is_subset(self) -> bool:
        """Whether the numerator's rows are a subset of the denominator's, so that above 100% is a data error."""
        return bool(self.numerator and self.numerator.within and not self.may_exceed)

    @functools.cached_property
    def all_measures(self) -> dict[str, Measure]:
        """Every measure by name, `within` ones resolved against the denominator."""
        found = {name: part for name in ("numerator", "denominator") if (part := getattr(self, name))}
        found |= self.measures | ({"value": self.value} if isinstance(self.value, Measure) else {})
        return {name: self.resolved(measure) for name, measure in found.items()}

    def resolved(self, measure: Measure) -> Measure:
        """`measure` with what it takes over from the denominator; its own `of` and `where` kept."""
        if not measure.within or not self.denominator:
            return measure
        whole = self.denominator
        taken = {"measure": whole.measure, "source": whole.source, "date": whole.date, "window": whole.window}
        return measure.model_copy(update=taken | {"of": measure.of or whole.of})


class ReadingLimits(_Model):
    """What reading one export may cost, and how large the cache of what was read may grow."""

    memory: int = Field(2048, ge=64, description="一个文件最多用多少内存,MiB")
    seconds: int = Field(60, ge=1, description="一个文件最多读多少秒")
    unpacked: int = Field(1024, ge=1, description="一个文件解压后最大多少 MiB")
    cache: int = Field(1024, ge=0, description="缓存最大多少 MiB;0 为不用缓存")


class Activity(_Model):
    """A quality activity of section 1 of the plan, with what its sections 2 and 3 say of it (质量活动).

    When it is due comes from `due`, else from `each`, else from the plan's own words in `when`.
    """

    number: int = Field(ge=1)
    name: str
    when: str = Field(description="计划时间,照原文:1月、10-12月、每季度、按考核频次")
    due: Texts = Field((), description="when 看不懂时写明的时间,如 [2022-03, 2022-09];各在其最后一天到期")
    each: PeriodKind | None = Field(
        None, description="每月、每季度等做一次;不写则看 when,按考核频次的取 serves 各指标(不写则全部指标)中最短的周期"
    )
    lead: Texts = Field((), description="牵头部门")
    participants: Texts = Field((), description="参加部门")
    evidence: Texts = Field((), description="证明已做的记录")
    sources: Texts = Field((), description="记录在哪些台账")
    serves: tuple[int, ...] = Field((), description="服务于哪些指标:序号")
    clauses: Texts = Field((), description="对应 GB/T 28827.1 的章条")
    section: str | None = Field(None, description="出自计划的哪一节")
    note: str | None = None

    @model_validator(mode="after")
    def _one_time(self) -> Self:
        if self.due and self.each:
            raise ValueError("due 与 each 不能同时写")
        return self


class RequiredCheck(_Model):
    """What the plan requires to be checked how often (监督检查, sections 3.3 to 3.6 of the plan).

    Each of the `projects` once in each period, whatever the item; each of the `items` once; where both are named, each
    item at each project; where neither is, the category itself once.
    """

    category: str = Field(description="检查类别")
    each: PeriodKind
    departments: OneOrMore = Field(description="由谁检查并提交记录")
    projects: Texts = ()
    items: dict[str, Texts] = Field({}, description="检查项: 其他写法")
    activity: int | None = Field(None, description="属于哪项质量活动:序号")
    section: str | None = Field(None, description="出自计划的哪一节")
    clause: str | None = None
    note: str | None = None

    @field_validator("projects")
    @classmethod
    def _named_once(cls, projects: Texts) -> Texts:
        if len(set(projects)) < len(projects):
            raise ValueError("同一项目写了两次")
        return projects

    @property
    def spellings(self) -> dict[str, str]:
        """Each folded spelling of an item with the item."""
        return {fold(text): item for item, others in self.items.items() for text in (item, *others)}

    @property
    def subjects(self) -> list[tuple[str, str]]:
        """The (project, item) pairs to be checked in each period; '' is whichever."""
        return [(project, item) for project in self.projects or ("",) for item in self.items or ("",)]


class Customer(_Model):
    """A customer who must be asked (客户满意度调查, section 3.7 of the plan: all customers)."""

    name: str
    aliases: Texts = ()
    questionnaires: int | None = Field(None, ge=1, description="计划发放的问卷份数")


class CustomerSurvey(_Model):
    """Where the answers to the customer survey stand, and which indicator their total is (section 3.7 of the plan).

    The indicator says how a score is worked out; the columns say what it is of. `full` or `scale` is what an answer is
    measured by where answers are counted by their scores.
    """

    indicator: int = Field(ge=1, description="总分是哪个指标:序号")
    source: str
    questionnaire: str = Field(description="哪些行属于一份问卷:问卷编号的列")
    customer: str = Field(description="客户的列")
    project: str | None = Field(None, description="项目的列")
    item: str | None = Field(None, description="调查项的列")
    score: str = Field(description="得分的列")
    full: str | None = Field(None, description="满分的列")
    scale: int | None = Field(None, ge=1, description="没有满分列的,满分是多少")
    remarks: str | None = Field(None, description="意见的列")
    bands: tuple[Annotated[int, Field(ge=1, le=100)], ...] = Field((), description="得分率分段:各段的下限,百分之几")

    @property
    def columns(self) -> dict[str, str]:
        """The columns that are named, by what they are."""
        parts = ("questionnaire", "customer", "project", "item", "score", "full", "remarks")
        return {part: column for part in parts if (column := getattr(self, part)) is not None}

    @model_validator(mode="after")
    def _one_scale(self) -> Self:
        if (self.full is None) == (self.scale is None):
            raise ValueError("full 与 scale 须且只须写一个")
        return self

    @field_validator("bands")
    @classmethod
    def _ascending(cls, bands: tuple[int, ...]) -> tuple[int, ...]:
        if list(bands) != sorted(set(bands)):
            raise ValueError("各段的下限须从小到大,不能重复")
        return bands


class ManagementReview(_Model):
    """Which of the plan's activities and of the ledgers' words the management review's input is made from (管理评审,
    section 3.2 of the plan)."""

    activity: int = Field(ge=1, description="管理评审是哪项质量活动:序号")
    audits: tuple[int, ...] = Field((), description="哪些质量活动是审核:序号")
    origins: Texts = Field((), description="不符合项台账的来源中,哪些出自审核")
    complaints: Texts = Field((), description="不符合项台账的来源中,哪些是客户的投诉")
    document: str | None = Field(None, description="评审输入材料自己的文件编号;不写则只写计划的编号")


class Catalogue(_Model):
    """The whole file."""

    format: Literal["itss-kpi/catalogue/1"]
    plan: Plan
    data: str = "."
    archive: str = Field("archive", description="关账归档的文件夹,相对于台账文件夹")
    reading: ReadingLimits = ReadingLimits()
    sources: dict[Id, Source]
    lookups: dict[Identifier, Lookup] = {}
    indicators: tuple[Indicator, ...]
    activities: tuple[Activity, ...] = ()
    supervision: tuple[RequiredCheck, ...] = ()
    customers: tuple[Customer, ...] = ()
    satisfaction: CustomerSurvey | None = None
    review: ManagementReview | None = None

    def claims(self, department: str, name: str) -> list[str]:
        """The sources that claim a file of this name in the department's folder; an export is claimed by just one."""
        return [source for source, declared in self.sources.items() if declared.claims(department, name)]

    @property
    def records(self) -> list[str]:
        """The declared sources that are ledgers of what was done and decided."""
        return [name for name in self.sources if name in RECORDS]

    def names(self, source: str) -> Names:
        """What an expression over `source` may name."""
        own = self.sources[source]
        kinds = {name: column.kind for name, column in own.columns.items()} | {SUBMITTER: Kind.TEXT}
        options: dict[str, Collection[str]] = {SUBMITTER: own.departments}
        for name, column in own.columns.items():
            if column.type == "choice":
                options[name] = column.values or self.plan.departments
        return Names(kinds, options, {name: lookup.kind for name, lookup in self.lookups.items()})

    @functools.cached_property
    def parsed(self) -> dict[str, Node]:
        """Every expression's text with its parsed form."""
        return {}

    def expression(self, text: str) -> Node:
        """The parsed form of a (checked) expression."""
        if text not in self.parsed:
            self.parsed[text] = expression.parse(text)
        return self.parsed[text]

    def knowing(self, expressions: Mapping[str, Node]) -> "Catalogue":
        """The same, in which these texts stand for expressions that nobody wrote."""
        known = self.model_copy()
        known.__dict__["parsed"] = {**self.parsed, **expressions}
        return known

    def columns_read(self, measure: Measure) -> list[str]:
        """The columns that a measure reads, in order of their declaration."""
        columns = self.sources[measure.source].columns if measure.source else {}
        read = {measure.date} | {name for text in (measure.where, measure.of) if text for name in self._names_in(text)}
        return [name for name in columns if name in read]

    def _names_in(self, text: str) -> set[str]:
        return expression.columns_of(self.expression(text))

    def planned(self, activity: Activity) -> tuple[Span, ...]:
        """The days in which the activity is to be done in the plan's year, in order; none where it can't be told."""
        if activity.due:
            read = [read_when(text, self.plan.year) for text in activity.due]
            found = [when.spans if when else () for when in read]
            return tuple(sorted(span for spans in found for span in spans)) if all(found) else ()
        when = read_when(activity.when, self.plan.year)
        each = activity.each or (when and when.each)
        if not each and when and when.follows:
            each = self._shortest_period(activity.serves)
        return spans_of(each, self.plan.year) if each else when.spans if when else ()

    def _shortest_period(self, numbers: Collection[int]) -> PeriodKind | None:
        # as shorter periods divide longer ones, this falls due whenever one of the indicators does
        kinds = [item.period for item in self.indicators if not numbers or set(numbers) & set(listed_numbers(item))]
        return min(kinds, key=lambda kind: kind.months, default=None)

    def find(self, wanted: str) -> list[Indicator]:
        """The indicators with this id, number or name."""
        return [item for item in self.indicators if wanted in {item.id, item.name, *map(str, listed_numbers(item))}]


def sources_of(indicators: Iterable[Indicator]) -> set[str]:
    """The sources that the indicators read."""
    found: set[str] = set()
    for indicator in indicators:
        extra = [indicator.resolved(beside.value) for beside in indicator.beside]
        found |= {measure.source for measure in (*indicator.all_measures.values(), *extra) if measure.source}
    return found


def dimensions_of(catalogue: Catalogue, indicator: Indicator) -> list[str]:
    """The dimensions that every ledger of the indicator has, in order of declaration."""
    names = dict.fromkeys(measure.source for measure in indicator.all_measures.values() if measure.source)
    first, *rest = (catalogue.sources[name].dimensions for name in names)
    return [dimension for dimension in first if all(dimension in other for other in rest)]


def listed_numbers(indicator: Indicator) -> list[int]:
    """The numbers under which the plan lists the indicator."""
    return [number for number, _ in indicator.listings]


def measured_kind(catalogue: Catalogue, measure: Measure) -> Kind:
    if measure.source not in catalogue.sources or measure.of is None or measure.measure in ("count", "distinct"):
        return Kind.NUMBER
    try:
        return expression.kind_of(expression.parse(measure.of), catalogue.names(measure.source))
    except Refusal:
        return Kind.NUMBER


def measure_kinds(catalogue: Catalogue, indicator: Indicator) -> dict[str, Kind]:
    """What each measure of the indicator is: a number, or a duration in microseconds."""
    return {name: measured_kind(catalogue, measure) for name, measure in indicator.all_measures.items()}


def value_kind(catalogue: Catalogue, indicator: Indicator) -> Kind:
    """What the indicator's value is: a number, or a duration in microseconds."""
    kinds = measure_kinds(catalogue, indicator)
    if isinstance(indicator.value, str):
        return expression.kind_of(expression.parse(indicator.value), Names(kinds, {}, {}))
    if indicator.value is not None:
        return kinds["value"]
    return Kind.NUMBER if kinds["numerator"] is kinds["denominator"] else kinds["numerator"]


def json_schema() -> dict[str, Any]:
    """The catalogue's JSON Schema, for editors and for checking a catalogue without this program."""
    return TypeAdapter(Catalogue).json_schema()
