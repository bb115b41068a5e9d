"""The long table: every assessment of a report in a row, under columns that stay, for Power BI, pandas and the like.

Convention: a number stands in the unit that stands beside it; the exact ones are in the JSON form. What isn't known is
left out, never 0. Columns are added at the end, never renamed.
"""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.core.results import Assessment, Report
from itss_kpi.core.targets import Target, Unit

Value = str | int | bool | Fraction | date | None
COLUMNS: dict[str, type] = {
    "考核期": str,
    "周期": str,
    "开始": date,
    "结束": date,
    "截至": date,
    "已到期": bool,
    "序号": int,
    "指标": str,
    "指标名称": str,
    "指标域": str,
    "分组": str,
    "责任部门": str,
    "结论": str,
    "分子": Fraction,
    "分母": Fraction,
    "实际值": Fraction,
    "最低": Fraction,
    "最高": Fraction,
    "单位": str,
    "要求": str,
    "要求下限": Fraction,
    "要求上限": Fraction,
    "存疑行数": int,
    "缺少": str,
    "公司": str,
    "计划版本": str,
}
"""The columns, with what stands in them."""


def long_table(catalogue: Catalogue, report: Report) -> list[tuple[Value, ...]]:
    """Every assessment of the report, in its order, each with a value (or None) for every column."""
    return [tuple(_row(catalogue, report, item)) for item in report.assessments]


def _row(catalogue: Catalogue, report: Report, item: Assessment) -> Iterator[Value]:
    plan, unit = catalogue.plan, item.unit
    yield from (str(item.period), item.period.kind.label, item.period.start, item.period.last_day)
    yield from (report.as_of, item.due, item.number, item.indicator, item.name, item.domain, item.group)
    yield "、".join(catalogue.by_id[item.indicator].department)
    yield item.verdict.label
    yield from (_in(item.numerator, item.part_unit), _in(item.denominator, item.base_unit))
    yield from (_in(one, unit) for one in (item.value, item.lowest, item.highest))
    yield from (str(unit), item.target.describe() if item.target else None)
    yield from _limits(item.target)
    absent = (f"{one.department} {catalogue.sources[one.source].name}" for one in item.absent)
    yield from (item.doubtful_rows, "、".join(dict.fromkeys(absent)), plan.organization, plan.version)


def _in(value: Fraction | None, unit: Unit) -> Fraction | None:
    return None if value is None else value / unit.factor


def _limits(target: Target | None) -> tuple[Fraction | None, Fraction | None]:
    """What it must not be below, and not above."""
    bounds = target.bounds if target else ()
    unit = target.unit if target else Unit.BARE
    least = [bound.limit for bound in bounds if bound.op not in ("<", "<=")]
    most = [bound.limit for bound in bounds if bound.op not in (">", ">=")]
    return _in(max(least, default=None), unit), _in(min(most, default=None), unit)
