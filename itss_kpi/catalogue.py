"""The catalogue (指标目录): YAML text -> frozen models and located problems (DESIGN 5).

Convention: `load` takes ``(text, filename)`` and returns ``(catalogue or None, problems)``; it finds every mistake at
once and never opens a file. Expressions and targets are parsed here, so that a catalogue in hand is fully checked.
A complete commented example is the company's own `kpi_definitions.yaml`.
"""

import functools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from itss_kpi import expression
from itss_kpi.expression import Kind, Names, Node, Refusal, UnknownName, suggestion
from itss_kpi.period import PeriodKind
from itss_kpi.problems import Place, Problem
from itss_kpi.results import Target, Unit, parse_target
from itss_kpi.text import fold

FORMAT = "itss-kpi/catalogue/1"
SUBMITTER = "提交部门"
DOMAINS = ("质量指标", "人员管理", "资源管理", "技术管理", "过程管理")

ColumnType = Literal[
    "text", "integer", "decimal", "percent", "date", "datetime", "period", "duration", "yes_no", "choice"
]
_KINDS: dict[str, Kind] = {
    "text": Kind.TEXT, "choice": Kind.TEXT, "integer": Kind.NUMBER, "decimal": Kind.NUMBER, "percent": Kind.NUMBER,
    "date": Kind.INSTANT, "datetime": Kind.INSTANT, "period": Kind.INSTANT, "duration": Kind.SPAN, "yes_no": Kind.TRUTH,
}  # fmt: skip
SPAN_UNITS = {"second": 1_000_000, "minute": 60_000_000, "hour": 3_600_000_000, "day": 86_400_000_000}
SpanUnit = Literal["second", "minute", "hour", "day"]

Identifier = Annotated[str, Field(pattern=r"^[^\W\d]\w*$", max_length=80)]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Texts = tuple[str, ...]
OneOrMore = Annotated[tuple[str, ...], Field(min_length=1)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Plan(_Model):
    """The document that the indicators come from (cover and section 2 of the plan)."""

    title: str
    document: str
    version: str
    organization: str
    year: int = Field(ge=1900, le=2199)
    departments: OneOrMore

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
        return _KINDS[self.type]

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
    covers: Literal["name", "year"] = Field("name", description="文件覆盖的月份:由文件名写明,或整个计划年度")
    dimensions: dict[str, str] = {}
    columns: dict[Identifier, Column]


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
    def domains(self) -> list[str]:
        """The domains that list the indicator."""
        return [self.domain, *(listing.domain for listing in self.also)]

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


class Activity(_Model):
    """A quality activity of section 1 of the plan."""

    number: int
    name: str
    when: str


class Catalogue(_Model):
    """The whole file."""

    format: Literal["itss-kpi/catalogue/1"]
    plan: Plan
    data: str = "."
    sources: dict[Id, Source]
    lookups: dict[Identifier, Lookup] = {}
    indicators: tuple[Indicator, ...]
    activities: tuple[Activity, ...] = ()

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

    def columns_read(self, measure: Measure) -> list[str]:
        """The columns that a measure reads, in order of their declaration."""
        columns = self.sources[measure.source].columns if measure.source else {}
        read = {measure.date} | {name for text in (measure.where, measure.of) if text for name in self._names_in(text)}
        return [name for name in columns if name in read]

    def _names_in(self, text: str) -> set[str]:
        return expression.columns_of(self.expression(text))

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


def listed_numbers(indicator: Indicator) -> list[int]:
    """The numbers under which the plan lists the indicator."""
    return [indicator.number, *(listing.number for listing in indicator.also)]


Path = tuple[str | int, ...]


@dataclass
class _Text:
    """A YAML text as plain values, with the line of every key path."""

    filename: str
    lines: dict[Path, int]
    problems: list[Problem]

    def report(self, code: str, path: Path, message: str) -> None:
        known = next(path[:size] for size in range(len(path), -1, -1) if path[:size] in self.lines)
        place = Place(path=self.filename, line=self.lines[known], key=".".join(map(str, path)))
        self.problems.append(Problem(code, f"{place.key}:{message}" if path else message, place))


def load(text: str, filename: str) -> tuple[Catalogue | None, list[Problem]]:
    """The catalogue written in `text`, and every problem found in it; None where there is an error of form."""
    source = _Text(filename, {(): 1}, [])
    value = _read_yaml(text, source)
    if source.problems:
        return None, source.problems
    try:
        catalogue = Catalogue.model_validate(value)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            path = _real_path(detail["loc"])
            source.report("C102", path, _in_chinese(detail, path))
        return None, source.problems
    _check_names(catalogue, source)
    _check_indicators(catalogue, source)
    if not source.problems:
        _lint(catalogue, source)
    return catalogue if all(p.severity != "error" for p in source.problems) else None, source.problems


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _read_yaml(text: str, source: _Text) -> Any:
    loader = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        return _plain(node, (), source, loader, set()) if node else None
    except (yaml.YAMLError, RecursionError, ValueError, AttributeError) as error:
        mark = getattr(error, "problem_mark", None)
        source.lines[()] = mark.line + 1 if mark else 1
        source.report("C101", (), f"YAML 写法有误:{getattr(error, 'problem', None) or error}")
        return None
    finally:
        if loader:
            loader.dispose()


_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")}


def _plain(node: yaml.Node, path: Path, source: _Text, loader: Any, seen: set[int]) -> Any:
    source.lines[path] = node.start_mark.line + 1
    if id(node) in seen:
        source.report("C101", path, "不能使用 YAML 锚点与别名")
        return None
    seen.add(id(node))
    if node.tag not in _TAGS:
        source.report("C101", path, f"不允许的 YAML 标签 {node.tag}")
        return None
    if isinstance(node, yaml.SequenceNode):
        return tuple(_plain(item, (*path, at), source, loader, seen) for at, item in enumerate(node.value))
    if isinstance(node, yaml.MappingNode):
        return _plain_mapping(node, path, source, loader, seen)
    return node.value if node.tag.endswith(":str") else loader.construct_object(node)


def _plain_mapping(node: yaml.MappingNode, path: Path, source: _Text, loader: Any, seen: set[int]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            source.report("C101", path, "键须是文本")
            continue
        key = key_node.value
        value = _plain(value_node, (*path, key), source, loader, seen)
        source.lines[(*path, key)] = key_node.start_mark.line + 1
        if key in found:
            source.report("C106", (*path, key), "同一个键写了两次")
        found[key] = value
    return found


def _real_path(location: tuple[int | str, ...]) -> Path:
    # pydantic's locations also name the branch of a union and say that a key is meant; the text has neither
    return tuple(step for step in location if step not in ("<text>", "<form>", "[key]"))


_MESSAGES = {
    "missing": "缺少此项",
    "string_type": "须是文本",
    "int_type": "须是整数",
    "int_parsing": "须是整数",
    "int_from_float": "须是整数",
    "float_type": "须是数字",
    "float_parsing": "须是数字",
    "finite_number": "须是有限的数字",
    "bool_type": "须是 true 或 false",
    "bool_parsing": "须是 true 或 false",
    "tuple_type": "须是列表,如 [信息部, 通信部]",
    "too_short": "至少写一项",
    "dict_type": "须是映射(键: 值)",
    "model_type": "须是映射(键: 值)",
    "date_from_datetime_parsing": "须是日期,如 2022-07-01",
    "date_type": "须是日期,如 2022-07-01",
    "string_too_long": "名称太长",
    "string_pattern_mismatch": "名称只能由字母、汉字、数字与下划线组成,且不以数字开头;id 用小写英文",
}


def _in_chinese(detail: Any, path: Path) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "extra_forbidden":
            return f"没有这一项{suggestion(str(path[-1]), _model_at(path).model_fields)}"
        case "value_error":
            return str(context["error"])
        case "literal_error" | "enum":
            allowed = str(context["expected"]).replace(" or ", "、").replace(", ", "、")
            return f"取值须是 {allowed}"
        case "greater_than_equal":
            return f"不能小于 {context['ge']}"
        case "less_than_equal":
            return f"不能大于 {context['le']}"
        case kind:
            return _MESSAGES.get(kind, "取值不符")


def _model_at(path: Path) -> type[BaseModel]:
    """The model whose key stands last in `path`."""
    match path:
        case ("plan", _):
            return Plan
        case ("sources", _, "columns", _, *_):
            return Column
        case ("sources", *_):
            return Source
        case ("lookups", *_):
            return Lookup
        case ("activities", *_):
            return Activity
        case ("indicators", _, _):
            return Indicator
        case ("indicators", _, "also", *_):
            return Listing
        case ("indicators", _, "target", *_):
            return Requirement
        case ("indicators", _, "beside", _, _):
            return Beside
        case ("indicators", *inner):
            return LastDays if "window" in inner else Measure
        case _:
            return Catalogue


def _check_names(catalogue: Catalogue, source: _Text) -> None:
    for name, declared in catalogue.sources.items():
        path: Path = ("sources", name)
        known = {*declared.columns, SUBMITTER}
        for at, department in enumerate(declared.departments):
            if department not in catalogue.plan.departments:
                near = suggestion(department, catalogue.plan.departments)
                source.report("C103", (*path, "departments", at), f"计划中没有声明的部门:{department}{near}")
        for field, wanted in _named_columns(declared):
            if wanted not in known:
                source.report("C103", (*path, *field), f"没有声明的列:{wanted}{suggestion(wanted, known)}")
        if declared.date in declared.columns and declared.columns[declared.date].kind is not Kind.INSTANT:
            source.report("C102", (*path, "date"), "日期列的类型须是 date、datetime 或 period")
        if (declared.date is None) != declared.snapshot:
            source.report("C102", path, "须写明 date,或声明 snapshot: true")
        _check_spellings(declared, path, source)
    _check_unique(catalogue, source)


def _named_columns(declared: Source) -> Iterator[tuple[Path, str]]:
    yield from ((("key", at), column) for at, column in enumerate(declared.key))
    yield from ((("dimensions", name), column) for name, column in declared.dimensions.items())
    if declared.date:
        yield ("date",), declared.date


def _check_spellings(declared: Source, path: Path, source: _Text) -> None:
    headers: dict[str, str] = {}
    for name, column in declared.columns.items():
        for spelling in (name, *column.aliases):
            if headers.setdefault(fold(spelling), name) != name:
                source.report(
                    "C106", (*path, "columns", name), f"列名或别名“{spelling}”已用于 {headers[fold(spelling)]}"
                )
        words: dict[str, str] = {}
        for value, synonyms in (column.values or {}).items():
            for spelling in (value, *synonyms):
                if words.setdefault(fold(spelling), value) != value:
                    source.report("C106", (*path, "columns", name, "values"), f"取值“{spelling}”有两种含义")


def _check_unique(catalogue: Catalogue, source: _Text) -> None:
    ids: set[str] = set()
    numbers: set[int] = set()
    for at, indicator in enumerate(catalogue.indicators):
        path: Path = ("indicators", at)
        if indicator.id in ids:
            source.report("C106", (*path, "id"), f"指标 {indicator.id} 声明了两次")
        ids.add(indicator.id)
        places: list[Path] = [("number",), *(("also", extra, "number") for extra in range(len(indicator.also)))]
        for place, number in zip(places, listed_numbers(indicator), strict=True):
            if number in numbers:
                source.report("C106", (*path, *place), f"序号 {number} 用了两次")
            numbers.add(number)


def _check_indicators(catalogue: Catalogue, source: _Text) -> None:
    for at, indicator in enumerate(catalogue.indicators):
        path: Path = ("indicators", at)
        for name, measure in indicator.all_measures.items():
            inside = (*path, "measures", name) if name in indicator.measures else (*path, name)
            _check_measure(catalogue, measure, inside, source)
        for number, extra in enumerate(indicator.beside):
            _check_measure(catalogue, extra.value, (*path, "beside", number, "value"), source)
        _check_grouping(catalogue, indicator, path, source)
        _check_targets(indicator, path, source)
        if isinstance(indicator.value, str):
            _check_formula(catalogue, indicator, indicator.value, (*path, "value"), source)
        if not source.problems:
            _check_units(catalogue, indicator, path, source)


def _check_measure(catalogue: Catalogue, measure: Measure, path: Path, source: _Text) -> None:
    if measure.source is None:
        return
    if measure.source not in catalogue.sources:
        if not measure.within:
            near = suggestion(measure.source, catalogue.sources)
            source.report("C103", (*path, "source"), f"没有声明的台账:{measure.source}{near}")
        return
    names = catalogue.names(measure.source)
    if measure.where is not None:
        _check_expression(measure.where, names, (Kind.TRUTH,), (*path, "where"), source)
    # what a part takes over from its whole is reported there
    if measure.of is not None and (*path, "of") in source.lines:
        _check_amount(measure, names, (*path, "of"), source)
    if measure.date is not None and not measure.within and names.columns.get(measure.date) is not Kind.INSTANT:
        source.report(
            "C103", (*path, "date"), f"没有这个日期列:{measure.date}{suggestion(measure.date, names.columns)}"
        )


def _check_amount(measure: Measure, names: Names, path: Path, source: _Text) -> None:
    text = measure.of or ""
    if measure.measure == "distinct":
        if (
            _check_expression(text, names, (Kind.TEXT, Kind.NUMBER, Kind.INSTANT), path, source)
            and text not in names.columns
        ):
            source.report("C104", path, "去重计数的 of 须是一个列名")
        return
    if _check_expression(text, names, (Kind.NUMBER, Kind.SPAN), path, source):
        node = expression.parse(text)
        if not expression.columns_of(node):
            source.report("C104", path, "须至少用到一个列")
        elif expression.divides_by_column(node):
            source.report("C104", path, "逐行相除的结果没有精确的合计;请分别汇总后在 value 中相除")


def _check_expression(text: str, names: Names, wanted: Iterable[Kind], path: Path, source: _Text) -> bool:
    try:
        expression.check(expression.parse(text), names, tuple(wanted))
    except Refusal as refusal:
        source.report("C103" if isinstance(refusal, UnknownName) else "C104", path, str(refusal))
        return False
    return True


def _check_formula(catalogue: Catalogue, indicator: Indicator, text: str, path: Path, source: _Text) -> None:
    names = Names({name: _measured_kind(catalogue, m) for name, m in indicator.measures.items()}, {}, {})
    if _check_expression(text, names, (Kind.NUMBER, Kind.SPAN), path, source):
        node = expression.parse(text)
        if not expression.is_formula(node):
            source.report("C104", path, "算式只能由 measures 中的度量、数字与时长组成")


def _check_grouping(catalogue: Catalogue, indicator: Indicator, path: Path, source: _Text) -> None:
    column = indicator.averaged_over or indicator.for_each
    key = "averaged_over" if indicator.averaged_over else "for_each"
    ledgers = {measure.source for measure in indicator.all_measures.values() if measure.source in catalogue.sources}
    for name in sorted(filter(None, ledgers)) if column else []:
        kinds = catalogue.names(name).columns
        if kinds.get(column or "") is not Kind.TEXT:
            texts = [other for other, kind in kinds.items() if kind is Kind.TEXT]
            near = suggestion(column or "", texts)
            source.report("C103", (*path, key), f"{catalogue.sources[name].name}没有文本列:{column}{near}")
    if indicator.averaged_over and not indicator.numerator:
        source.report("C102", (*path, key), "averaged_over 须有分子与分母")


def _check_units(catalogue: Catalogue, indicator: Indicator, path: Path, source: _Text) -> None:
    spans = value_kind(catalogue, indicator) is Kind.SPAN
    what = "时长须与分钟、小时或天比较" if spans else "不是时长的数值不能与分钟、小时或天比较"
    if any(target.unit.is_duration is not spans for _, target in indicator.targets):
        source.report("C107", (*path, "target"), what)
    if indicator.unit is not None and Unit(indicator.unit).is_duration is not spans:
        source.report("C107", (*path, "unit"), what)
    if len({target.unit for _, target in indicator.targets}) > 1:
        source.report("C107", (*path, "target"), "各条考核要求的单位须相同")


def _check_targets(indicator: Indicator, path: Path, source: _Text) -> None:
    listed = (
        [indicator.target] if isinstance(indicator.target, str) else [t.requirement for t in indicator.target or ()]
    )
    for text in listed:
        if parse_target(text) is None:
            source.report("C105", (*path, "target"), f"看不懂的考核要求:{text}")


def _measured_kind(catalogue: Catalogue, measure: Measure) -> Kind:
    if measure.source not in catalogue.sources or measure.of is None or measure.measure in ("count", "distinct"):
        return Kind.NUMBER
    try:
        return expression.kind_of(expression.parse(measure.of), catalogue.names(measure.source))
    except Refusal:
        return Kind.NUMBER


def measure_kinds(catalogue: Catalogue, indicator: Indicator) -> dict[str, Kind]:
    """What each measure of the indicator is: a number, or a duration in microseconds."""
    return {name: _measured_kind(catalogue, measure) for name, measure in indicator.all_measures.items()}


def value_kind(catalogue: Catalogue, indicator: Indicator) -> Kind:
    """What the indicator's value is: a number, or a duration in microseconds."""
    kinds = measure_kinds(catalogue, indicator)
    if isinstance(indicator.value, str):
        return expression.kind_of(expression.parse(indicator.value), Names(kinds, {}, {}))
    if indicator.value is not None:
        return kinds["value"]
    return Kind.NUMBER if kinds["numerator"] is kinds["denominator"] else kinds["numerator"]


def _lint(catalogue: Catalogue, source: _Text) -> None:
    seen: dict[str, Indicator] = {}
    for at, indicator in enumerate(catalogue.indicators):
        path: Path = ("indicators", at)
        twin = seen.setdefault(
            indicator.model_copy(update={"id": "x", "number": 1, **_LABELS}).model_dump_json(), indicator
        )
        if twin is not indicator:
            source.report("C204", path, f"与序号 {twin.number} {twin.name} 的口径完全相同")
        for code, key, message in _findings(indicator):
            source.report(code, (*path, key), message)


_LABELS: dict[str, Any] = {
    "domain": "",
    "name": "",
    "formula": "",
    "note": None,
    "clause": None,
    "also": (),
    "department": (),
}


def _findings(indicator: Indicator) -> Iterator[tuple[str, str, str]]:
    targets = [target for _, target in indicator.targets]
    if _inverted(indicator):
        yield "C201", "denominator", "分母是分子中符合条件的一部分,比率不会低于 100%,分子分母可能写反了"
    value = indicator.value
    if isinstance(value, Measure) and value.measure in ("count", "distinct"):
        if any(target.unit is Unit.PERCENT for target in targets):
            yield "C202", "target", "计数没有分母,不能与百分比比较"
        yearly = value.window == "year_to_date" or any(word in indicator.formula for word in ("全年", "一年"))
        if yearly and indicator.period is not PeriodKind.YEAR and not indicator.note:
            yield "C203", "period", f"公式说的是全年次数,考核周期却是{indicator.period.label}"
    if not all(target.signed for target in targets):
        yield "C205", "target", "没有写比较符号,按“等于”处理;请写明 >= 或 ="


def _inverted(indicator: Indicator) -> bool:
    top, bottom = indicator.numerator, indicator.denominator
    if not top or not bottom or top.within or top.source != bottom.source or bottom.where is None:
        return False
    same = (top.measure, top.of, top.date, top.window) == (bottom.measure, bottom.of, bottom.date, bottom.window)
    return same and _conditions(top.where) < _conditions(bottom.where)


def _conditions(text: str | None) -> set[Node]:
    if text is None:
        return set()
    node = expression.parse(text)
    return set(node.parts) if isinstance(node, expression.Both) else {node}


def json_schema() -> dict[str, Any]:
    """The catalogue's JSON Schema, for editors and for checking a catalogue without this program."""
    return TypeAdapter(Catalogue).json_schema()
