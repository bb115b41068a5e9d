"""Periods: months, quarters, halves and years as half-open ranges of days ``[start, end)``.

Convention: a `Period` is a kind, a year and a 1-based index within the year; it is written ``2022-07``, ``2022Q3``,
``2022H2`` or ``2022``. `parse_period` reads these and the other spellings of docs/design.md, 3.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from itss_kpi.core.labelled import Labelled
from itss_kpi.core.text import half_width

FORMS = (
    "2022-07、2022Q3、2022H2、2022,或 2022M07、202207、2022年7月、2022年第三季度、2022年三季度、2022年下半年、2022年"
)


class PeriodKind(Labelled):
    """The length of an assessment period (考核周期)."""

    MONTH = "month", "月度"
    QUARTER = "quarter", "季度"
    HALF = "half", "半年"
    YEAR = "year", "年度"

    @property
    def months(self) -> int:
        """How many months a period of this kind has."""
        return _MONTHS[self]


_MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.HALF: 6, PeriodKind.YEAR: 12}


@dataclass(frozen=True, slots=True)
class Period:
    """One period: the `index`-th of its kind in `year`, counted from 1."""

    kind: PeriodKind
    year: int
    index: int = 1

    @property
    def start(self) -> date:
        """The first day."""
        return date(self.year, (self.index - 1) * self.kind.months + 1, 1)

    @property
    def end(self) -> date:
        """The day after the last day."""
        past = self.index * self.kind.months
        return date(self.year + past // 12, past % 12 + 1, 1)

    @property
    def last_day(self) -> date:
        """The last day, on which the period falls due."""
        return self.end - timedelta(days=1)

    def __str__(self) -> str:
        match self.kind:
            case PeriodKind.MONTH:
                return f"{self.year:04}-{self.index:02}"
            case PeriodKind.QUARTER:
                return f"{self.year:04}Q{self.index}"
            case PeriodKind.HALF:
                return f"{self.year:04}H{self.index}"
            case _:
                return f"{self.year:04}"

    def holds(self, day: date) -> bool:
        """Whether `day` lies in the period."""
        return self.start <= day < self.end


def period_of(kind: PeriodKind, day: date) -> Period:
    """The period of `kind` that holds `day`."""
    return Period(kind, day.year, (day.month - 1) // kind.months + 1)


def periods_due(kind: PeriodKind, within: Period) -> list[Period]:
    """The periods of `kind` whose last day lies in `within`, in order (docs/design.md, 3)."""
    per_year = 12 // kind.months
    return [
        candidate
        for index in range(1, per_year + 1)
        if within.holds((candidate := Period(kind, within.year, index)).last_day)
    ]


def periods_within(kind: PeriodKind, start: date, end: date) -> list[Period]:
    """The periods of a kind that begin and end within `[start, end)`."""
    found: list[Period] = []
    day = start
    while day < end:
        period = period_of(kind, day)
        if period.start >= start and period.end <= end:
            found.append(period)
        day = period.end
    return found


def period_running(kind: PeriodKind, within: Period) -> Period | None:
    """The period of `kind` that holds `within` and ends later, or None."""
    candidate = period_of(kind, within.start)
    return candidate if candidate.end > within.end else None


_CHINESE_DIGITS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_YEAR = r"(?P<year>(?:19|20|21)\d{2})"
_SPELLINGS: list[tuple[re.Pattern[str], PeriodKind]] = [
    (re.compile(pattern, re.IGNORECASE | re.ASCII), kind)
    for pattern, kind in [
        (rf"{_YEAR}[-/.](?P<month>\d{{1,2}})", PeriodKind.MONTH),
        (rf"{_YEAR}M?(?P<month>\d{{2}})", PeriodKind.MONTH),
        (rf"{_YEAR}年(?P<month>\d{{1,2}})月份?", PeriodKind.MONTH),
        (rf"{_YEAR}[-]?Q(?P<index>[1-4])", PeriodKind.QUARTER),
        (rf"{_YEAR}年?第?(?P<index>[一二三四1-4])季度?", PeriodKind.QUARTER),
        (rf"{_YEAR}[-]?H(?P<index>[12])", PeriodKind.HALF),
        (rf"{_YEAR}年?(?P<half>[上下])半年", PeriodKind.HALF),
        (rf"{_YEAR}年?(?:度|全年)?", PeriodKind.YEAR),
    ]
]


def parse_period(text: str) -> Period | None:
    """The period written in `text`, or None. Case, surrounding blanks and full-width letters don't matter."""
    folded = half_width(text)
    for pattern, kind in _SPELLINGS:
        found = pattern.fullmatch(folded)
        if found:
            return _build(kind, found.groupdict())
    return None


def _build(kind: PeriodKind, parts: dict[str, str]) -> Period | None:
    year = int(parts["year"])
    if "month" in parts:
        month = int(parts["month"])
        return Period(kind, year, month) if 1 <= month <= 12 else None
    if "half" in parts:
        return Period(kind, year, 1 if parts["half"] == "上" else 2)
    return Period(kind, year, _CHINESE_DIGITS[parts["index"]] if "index" in parts else 1)


def period_text(start: date, end: date) -> str:
    """How the days `[start, end)` are written: as a period, where they are one."""
    candidates = (period_of(kind, start) for kind in PeriodKind)
    whole = next((one for one in candidates if (one.start, one.end) == (start, end)), None)
    return str(whole or f"{start} 至 {end - timedelta(days=1)}")
