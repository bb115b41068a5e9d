"""Indicators: what is measured, over which rows and days, and what is required.

Convention: as in `catalogue`: a model refuses what is wrong in itself.
"""

import functools
import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Discriminator, Field, Tag, field_validator, model_validator

from itss_kpi.catalogue.forms import Id, Identifier, Model, Texts
from itss_kpi.catalogue.parsing import ledgers_in, reach_back
from itss_kpi.core.jsonable import published
from itss_kpi.core.period import NO_LAG, Lag, Period, PeriodKind, lag_of, periods_due
from itss_kpi.core.targets import UNIT, Target, parse_target


class Last(Model):
    """A window of the last N days of the period, or over the last N periods of other indicators."""

    days: int | None = Field(None, ge=1, le=3660)
    periods: int | None = Field(None, ge=2, le=60, description="对 indicator:到本期末为止的最近几期")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.days is None) == (self.periods is None):
            raise ValueError("写 days(最近几天)或 periods(对 indicator 的最近几期)")
        return self


# a union is told apart by whether a text stands there, so that a mistake is reported for the form that was meant
_BY_FORM = Discriminator(lambda value: "<form>" if isinstance(value, dict | tuple | BaseModel) else "<text>")
Window = Annotated[
    Annotated[
        Literal["period", "previous", "year_before", "year_to_date", "quarter_to_date", "until_end"], Tag("<text>")
    ]
    | Annotated[Last, Tag("<form>")],
    _BY_FORM,
]
TO_DATE = ("year_to_date", "quarter_to_date")
OF_ROWS = ("count", "sum", "distinct", "mean", "min", "max", "median", "percentile", "union")
OF_INDICATORS = ("count", "sum", "mean", "min", "max", "median", "percentile", "streak", "weighted", "rank")
Aggregate = Literal[
    "count", "sum", "distinct", "mean", "min", "max", "median", "percentile", "union", "streak", "weighted", "rank"
]


class Measure(Model):
    """One aggregate over the rows of one source, or over what other indicators have come to (度量).

    `within: denominator` takes over source, aggregate, date, window and condition of the denominator and adds a
    condition of its own, so that its rows are a subset by construction. `declared: departments` is the number of
    departments that the plan declares. `indicator` names other indicators: their value in the same period, or an
    aggregate over all that they have come to within it, by period and group.
    """

    measure: Aggregate | None = None
    source: str | None = None
    indicator: Texts = Field((), description="其他指标的 id:取其本期的值,或汇总其期内各期、各组的值")
    of: str | None = Field(None, description="被汇总的列或算式;对指标为 value(默认)、score(得分)或 attained(达成为 1)")
    where: str | None = None
    at: float | None = Field(None, gt=0, lt=100, description="percentile:第几百分位,如 95")
    nearest: bool = Field(False, description="percentile:取最近秩(从小到大第 at% 个,向上取整),不在两值之间按比例取")
    outside: str | None = Field(
        None, description="union:同一指标中另一个 union 度量的名称,落在其中的时间不计(如计划内的维护窗口)"
    )
    inside: str | None = Field(
        None, description="union:同一指标中另一个 union 度量的名称,只计同时也在其中的时间(如两路同时中断)"
    )
    over: str | None = Field(
        None,
        description="for_each 的指标汇总 indicator 时:不写时只汇总本组的各期,all 汇总所有的组;写一列(如 班组)时"
        "汇总同一班组的各组,名单(或台账)中有这一列",
    )
    top: int | None = Field(None, ge=1, description="sum 汇总 indicator 的各组或各期时,只取最大的几个")
    weights: dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]] = Field(
        {}, description="weighted:各指标的权重"
    )
    not_applicable: Literal["dropped", "shared", "full"] = Field(
        "dropped", description="weighted:不适用的指标不计(dropped)、权重由其他指标分担(shared)或得满分(full)"
    )
    date: str | None = Field(None, description="不同于台账日期列时写明")
    window: Window = "period"
    within: Literal["denominator"] | None = None
    declared: Literal["departments"] | None = None
    each_department: bool = Field(False, description="每个应交部门本期至少一行,否则按分母为零处理")
    fixed: bool = Field(False, description="计划事先定下的分母:整个考核期的计划量已知")

    @model_validator(mode="before")
    @classmethod
    def _of_weights(cls, given: Any) -> Any:
        """What is weighted need not be said twice."""
        if isinstance(given, dict) and isinstance(given.get("weights"), dict) and "indicator" not in given:
            return {**given, "indicator": list(given["weights"])}
        return given

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if self.at is not None and self.at < 1:
            raise ValueError(f"at 是第几百分位:写 {self.at * 100:g},不写 {self.at:g}")
        if self.indicator:
            self._check_of_indicators()
            return self
        if sum(form is not None for form in (self.measure, self.within, self.declared)) != 1:
            raise ValueError("measure、within、declared 须且只须写一个")
        if self.measure and not self.source:
            raise ValueError("measure 须写明 source")
        if self.measure and (self.measure == "count") == (self.of is not None):
            raise ValueError("count 不写 of;其他汇总须写 of")
        strange: list[str] = [self.measure] if self.measure and self.measure not in OF_ROWS else []
        strange += [name for name in ("top", "over") if getattr(self, name)]
        strange += ["window: periods"] if isinstance(self.window, Last) and self.window.periods else []
        if strange:
            raise ValueError(f"{'、'.join(strange)} 只用于 indicator")
        self._check_percentile()
        if (self.outside or self.inside) and self.measure != "union":
            raise ValueError("outside、inside 只用于 union")
        if self.within and (self.source or self.date or self.window != "period"):
            raise ValueError("within 沿用分母的 source、date、window,不能另写")
        if self.declared and self.model_fields_set != {"declared"}:
            raise ValueError("declared 不能与其他项同写")
        return self

    def _check_percentile(self) -> None:
        if (self.measure == "percentile") != (self.at is not None):
            raise ValueError("percentile 须写明 at(如 95),其他汇总不写")
        if self.nearest and self.at is None:
            raise ValueError("nearest 只用于 percentile")

    def _check_of_indicators(self) -> None:
        alone = {"indicator", "measure", "of", "where", "window", "at", "nearest", "top", "over"}
        alone |= {"weights", "not_applicable"}
        if strange := self.model_fields_set - alone:
            raise ValueError(f"indicator 不能与 {'、'.join(sorted(strange))} 同写")
        if self.measure not in (None, *OF_INDICATORS) or self.of not in (None, "value", "score", "attained"):
            raise ValueError(f"对 indicator 可用 {'、'.join(OF_INDICATORS)};of 为 value、score 或 attained")
        if self.measure is None and (len(self.indicator) != 1 or self.where):
            raise ValueError("几个指标或带 where 时须写明 measure")
        if self.measure == "rank" and (self.where or self.window != "period"):
            raise ValueError("rank 是各组在本期的名次(几个指标的,前一个相同时比后一个),不写 where 与 window")
        if self.over and (self.measure in (None, "weighted") or (self.measure == "rank" and not self.alike)):
            raise ValueError("over 只用于汇总各组(mean、sum、max 等);rank 可写一列,不写 all")
        if self.top and self.measure != "sum":
            raise ValueError("top 只用于 sum")
        rolling = isinstance(self.window, Last) and self.window.periods and self.measure not in (None, "weighted")
        allowed = ("period", "previous", "year_before", *TO_DATE)
        if not rolling and self.window not in allowed:
            raise ValueError(f"indicator 的 window 为 {'、'.join(allowed)};汇总时还有 {{periods: 3}}(最近三期)")
        self._check_percentile()
        if (self.measure == "weighted") != bool(self.weights) or (
            self.weights and set(self.weights) != {*self.indicator}
        ):
            raise ValueError("weighted 须在 weights 中写出每个指标的权重,其他汇总不写")

    @property
    def alike(self) -> str | None:
        """The column in which the groups agree over which it goes; None where it goes over one's own, or over all."""
        return None if self.over == "all" else self.over

    @property
    def reach_back(self) -> int:
        """How many days before its window it looks at rows."""
        return max(map(reach_back, filter(None, (self.where, self.of))), default=0)

    @property
    def related(self) -> set[str]:
        """The other ledgers that its condition and value look into."""
        return set().union(*map(ledgers_in, filter(None, (self.where, self.of))))


class Listing(Model):
    """A second place of the same indicator in the plan's table."""

    number: int = Field(ge=1)
    domain: str


class Requirement(Model):
    """A target and the day it takes effect; the one in force on the period's last day is applied."""

    since: date | None = None
    group: str | None = Field(None, description="只对 for_each 的这一组")
    requirement: str


class Band(Model):
    """A step from the value to a score or a grade: the first whose condition holds."""

    when: str | None = Field(None, description="条件,如 value >= 0.9;最后一档可以不写")
    score: str | float | None = Field(None, description="得分,如 10 或 -0.5 * floor((0.9 - value) / 0.01)")
    grade: str | None = Field(None, description="等级,如 优")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.score is None and self.grade is None:
            raise ValueError("每档须写 score 或 grade")
        return self

    @property
    def points(self) -> str | None:
        return None if self.score is None else str(self.score)


class Roster(Model):
    """The groups as another ledger lists them at the end of the period."""

    source: str
    column: str
    where: str | None = None


class Beside(Model):
    """A further figure shown beside the value, such as the year's count."""

    label: str
    value: Measure


@published("indicator=id numbers name")
class Indicator(Model):
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
    starts: str | None = Field(
        None,
        description="考核期从哪一天起算:年、半年、季写 04-01,月写 26;不写为自然月、季、年。"
        "月度写 04-01 的,只是累计(year_to_date)从 4 月起",
    )
    numerator: Measure | None = None
    denominator: Measure | None = None
    value: Annotated[Annotated[str, Tag("<text>")] | Annotated[Measure, Tag("<form>")], _BY_FORM] | None = None
    measures: dict[Identifier, Measure] = Field({})
    averaged_over: str | None = None
    for_each: str | None = None
    among: Annotated[
        Annotated[Texts, Tag("<text>")] | Annotated[Roster, Tag("<form>")],
        Discriminator(lambda value: "<form>" if isinstance(value, dict | BaseModel) else "<text>"),
    ] = Field((), description="各组的名单:列表,或另一台账的一列;没有行的组也在其中")
    bands: tuple[Band, ...] = Field((), description="由值得出的得分或等级,取第一个成立的档")
    may_exceed: bool = Field(False, description="分子取自分母各行,但可以超过 100%(如 实际/计划)")
    zero: Literal["not_applicable", "undefined", "attained", "missed"] = "not_applicable"
    annual: Literal["each", "whole"] = Field(
        "each", description="全年的结论:each 各期都达成才是达成;whole 全年合起来算一次"
    )
    helper: bool = Field(False, description="true:只供其他指标引用,不单独列出,也不计入项数")
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
            raise ValueError("value 为算式时须声明 measures,其中的名称是 measures 里的度量;其他情况不能声明")
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
        if self.among and not (self.averaged_over or self.for_each):
            raise ValueError("among 只用于 for_each 或 averaged_over")
        if any(band.when is None for band in self.bands[:-1]):
            raise ValueError("bands 中只有最后一档可以不写 when")
        if self.annual == "whole" and self.period is PeriodKind.YEAR:
            raise ValueError("annual: whole 用于不足一年的考核周期")
        if self.annual == "whole" and self.is_derived:
            raise ValueError("annual: whole 不用于由其他指标得出的指标;另写一个年度指标汇总其各期")
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
        for key, measure in ((key, one) for one in loose for key in ("outside", "inside") if getattr(one, key)):
            other = self.measures.get(getattr(measure, key))
            nested = other and (other.outside or (other.inside and key == "outside"))
            if other in (None, measure) or nested or (other.measure, other.window) != ("union", measure.window):
                named = getattr(measure, key)
                raise ValueError(f"{key} 须是 measures 中另一个 window 相同的 union 度量:{named}")
            if measure.inside in self.inside_of(other):
                raise ValueError(f"inside 绕了回来:{measure.inside}")

    @field_validator("target")
    @classmethod
    def _one_since(cls, target: Any) -> Any:
        if isinstance(target, tuple):
            days = [(item.since, item.group) for item in target]
            if not target or len(set(days)) < len(days):
                raise ValueError("每条考核要求须有不同的生效日期 since(第一条可以不写)")
        return target

    @model_validator(mode="after")
    def _begins(self) -> Self:
        if self.starts is not None and lag_of(self.period, self.starts) is None:
            raise ValueError("starts 写成 04-01(年、半年、季度)或 26(月度),日在 1~28 之间;周、日不写")
        return self

    @property
    def opens(self) -> tuple[int, int]:
        """The month and day on which its year begins."""
        month, _, day = (self.starts or "").rpartition("-")
        return (int(month), int(day)) if month else (1, 1)

    @property
    def lag(self) -> Lag:
        """How its periods lie to those of the calendar."""
        return lag_of(self.period, self.starts) or NO_LAG

    def due_in(self, period: Period) -> list[Period]:
        """Its periods that fall due in a period, in order."""
        return periods_due(self.period, period, self.lag)

    @field_validator("unit")
    @classmethod
    def _known_unit(cls, unit: str | None) -> str | None:
        if unit is not None and not re.fullmatch(UNIT, unit):
            raise ValueError("单位写成一个词,如 次、元、人天、次/月、%")
        return unit

    @functools.cached_property
    def targets(self) -> tuple[tuple[date, Target], ...]:
        """The targets with the day each takes effect, in order of the days."""
        return tuple((since, target) for since, _, target in self._required)

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """What is required, as it is written."""
        return (Requirement(requirement=self.target),) if isinstance(self.target, str) else self.target or ()

    @functools.cached_property
    def _required(self) -> list[tuple[date, str | None, Target]]:
        parsed = ((item.since or date.min, item.group, parse_target(item.requirement)) for item in self.requirements)
        known = [(since, group, target) for since, group, target in parsed if target]
        return sorted(known, key=lambda one: one[0])

    @property
    def listings(self) -> list[tuple[int, str]]:
        """The numbers and domains under which the plan lists the indicator."""
        return [(self.number, self.domain), *((listing.number, listing.domain) for listing in self.also)]

    @property
    def numbers(self) -> list[int]:
        return [number for number, _ in self.listings]

    @property
    def domains(self) -> list[str]:
        return [domain for _, domain in self.listings]

    @property
    def groups_with_targets(self) -> set[str]:
        return {name for _, name, _ in self._required if name is not None}

    def target_on(self, day: date, group: str | None = None) -> Target | None:
        """The target in force on `day`: that of the group, where it has its own."""
        in_force = [(own, target) for since, own, target in self._required if since <= day and own in (None, group)]
        own = [target for name, target in in_force if name is not None]
        applied = own or [target for _, target in in_force]
        return applied[-1] if applied else None

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

    @property
    def is_derived(self) -> bool:
        """Whether it is built on other indicators: what it comes to over another time is not for itself to say."""
        single = [self.value] if isinstance(self.value, Measure) else []
        return any(measure.indicator for measure in (*single, *self.measures.values()))

    @property
    def roster(self) -> Measure | None:
        """What lists the groups, where another ledger does."""
        if not isinstance(self.among, Roster):
            return None
        listed = {"source": self.among.source, "of": self.among.column, "where": self.among.where}
        return Measure(measure="distinct", window="until_end", **listed)

    def inside_of(self, measure: Measure | None) -> list[str]:
        """The measures within whose times only that of a union counts, one inside the other."""
        found: list[str] = []
        while measure and measure.inside and measure.inside not in found:
            found.append(measure.inside)
            measure = self.measures.get(measure.inside)
        return found

    def resolved(self, measure: Measure) -> Measure:
        """`measure` with what it takes over from the denominator; its own `of` and `where` kept."""
        if not measure.within or not self.denominator:
            return measure
        whole = self.denominator
        taken = {"measure": whole.measure, "source": whole.source, "date": whole.date, "window": whole.window}
        return measure.model_copy(update=taken | {"of": measure.of or whole.of})


def sources_of(indicators: Iterable[Indicator]) -> set[str]:
    found: set[str] = set()
    for indicator in indicators:
        extra = [indicator.resolved(beside.value) for beside in indicator.beside]
        for measure in filter(None, (*indicator.all_measures.values(), *extra, indicator.roster)):
            found |= ({measure.source} if measure.source else set()) | measure.related
    return found


def listed(indicators: Iterable[Indicator]) -> list[tuple[int, str, Indicator]]:
    """The rows of the plan: each indicator under every number and domain that it has there."""
    rows = [(number, domain, one) for one in indicators for number, domain in one.listings]
    return sorted(rows, key=lambda row: row[0])
