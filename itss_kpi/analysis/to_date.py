"""The year to date: what an indicator of shorter periods comes to over the periods of the year so far.

Convention: it is worked out from the rows of the whole time. Over a period that is missing or undecided nothing is
formed: what is known is then a part, of the periods that are known, and called one.
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from itss_kpi.catalogue.indicators import Indicator, Measure
from itss_kpi.core.period import PeriodKind
from itss_kpi.core.results import Assessment, Verdict

_EACH = {
    PeriodKind.MONTH: "个月",
    PeriodKind.QUARTER: "个季度",
    PeriodKind.HALF: "个半年",
    PeriodKind.WEEK: "周",
    PeriodKind.DAY: "天",
}


def to_date(indicator: Indicator, whole: Assessment, periods: Sequence[Assessment]) -> tuple[Assessment, str]:
    """The year to date from the assessment of the `whole` time and those of its `periods`, and of which periods it is
    where not of all (`4 个季度中的 3 个`)."""
    ended = [item for item in periods if item.due]
    known = [item for item in ended if not _is_open(item, whole)]
    if len(known) < len(ended):
        part = f"{len(ended)} {_EACH.get(indicator.period, '期')}中的 {len(known)} 个"
        return _sum_of(indicator, whole, known), part
    # each period asks of everybody anew, and who was once there in the year is not there in each
    return (_sum_of(indicator, whole, ended) if ended and _counts_persons(indicator) else whole), ""


def _is_open(item: Assessment, whole: Assessment) -> bool:
    """Whether a period is missing or undecided, in a way that the whole doesn't show by being an interval itself."""
    if item.verdict in (Verdict.MISSING_DATA, Verdict.UNDEFINED):
        return True
    return item.verdict is Verdict.UNVERIFIED and whole.value is not None and whole.lowest == whole.highest


def _counts_persons(indicator: Indicator) -> bool:
    return indicator.is_subset and indicator.all_measures["numerator"].measure == "distinct"


def _sum_of(indicator: Indicator, whole: Assessment, items: Sequence[Assessment]) -> Assessment:
    """The sum of the periods' parts, where that is one of the same kind; else nothing."""
    value = indicator.value
    alone = isinstance(value, Measure) and value.measure in ("count", "sum") and value.window == "period"
    nothing = replace(whole, numerator=None, denominator=None, value=None, lowest=None, highest=None, shortfall=None)
    if not (alone or indicator.numerator) or indicator.averaged_over or not items:
        return nothing
    top = sum((item.numerator or Fraction(0) for item in items), Fraction(0))
    bottom = None if alone else sum((item.denominator or Fraction(0) for item in items), Fraction(0))
    found = top if bottom is None else top / bottom if bottom else None
    sure = found if all(item.lowest == item.highest for item in items) else None
    return replace(
        nothing, numerator=top, denominator=bottom, value=found, lowest=sure, highest=sure,
        doubtful_rows=sum(item.doubtful_rows for item in items), absent=(),
    )  # fmt: skip
