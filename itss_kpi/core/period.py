"""Periods: months, quarters, halves and years as half-open ranges of days ``[start, end)``.

Convention: a `Period` is a kind, a year and a 1-based index within the year; it is written ``2022-07``, ``2022Q3``,
``2022H2`` or ``2022``. `parse_period` reads these and the other spellings of docs/design.md, 3.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from itss_kpi.core.jsonable import as_json
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
    WEEK = "week", "每周"
    DAY = "day", "每日"

    @property
    def months(self) -> int:
        """How many months a period of this kind has; 0 where it is shorter than one."""
        return _MONTHS.get(self, 0)


_MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.HALF: 6, PeriodKind.YEAR: 12}

_WRITTEN = {
    PeriodKind.MONTH: "{0.year:04}-{0.index:02}",
    PeriodKind.QUARTER: "{0.year:04}Q{0.index}",
    PeriodKind.HALF: "{0.year:04}H{0.index}",
    PeriodKind.YEAR: "{0.year:04}",
    PeriodKind.WEEK: "{0.year:04}-W{0.index:02}",
    PeriodKind.DAY: "{0.start}",
}

Lag = tuple[int, int]
"""How many months after its kind's usual month a period begins, and on which day of the month."""
NO_LAG = (0, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """One period: the `index`-th of its kind in `year`, counted from 1; a week is one of ISO 8601. One with a `lag`
    begins later than its kind does, as a business year in April."""

    kind: PeriodKind
    year: int
    index: int = 1
    lag: Lag = NO_LAG

    @property
    def start(self) -> date:
        match self.kind:
            case PeriodKind.WEEK:
                return date.fromisocalendar(self.year, self.index, 1)
            case PeriodKind.DAY:
                return date(self.year, 1, 1) + timedelta(days=self.index - 1)
            case _:
                return self._begin(0)

    @property
    def end(self) -> date:
        """The day after the last day."""
        if not self.kind.months:
            return self.start + timedelta(days=7 if self.kind is PeriodKind.WEEK else 1)
        return self._begin(1)

    def _begin(self, later: int) -> date:
        months = (self.index - 1 + later) * self.kind.months + self.lag[0]
        return date(self.year + months // 12, months % 12 + 1, self.lag[1])

    @property
    def last_day(self) -> date:
        """The last day, on which the period falls due."""
        return self.end - timedelta(days=1)

    @property
    def before(self) -> "Period":
        return period_of(self.kind, self.start - timedelta(days=1), self.lag)

    @property
    def year_before(self) -> "Period":
        """The same period of the year before."""
        last = date(self.year - 1, 12, 28).isocalendar().week if self.kind is PeriodKind.WEEK else 365
        return replace(self, year=self.year - 1, index=min(self.index, last))

    def __str__(self) -> str:
        if self.lag != NO_LAG:
            return f"{_edge(self.start, self.lag)}~{_edge(self.last_day, self.lag)}"
        return _WRITTEN[self.kind].format(self)

    def holds(self, day: date) -> bool:
        return self.start <= day < self.end


as_json.register(Period, str)


def _edge(day: date, lag: Lag) -> str:
    return f"{day:%Y-%m}" if lag[1] == 1 else str(day)


def period_of(kind: PeriodKind, day: date, lag: Lag = NO_LAG) -> Period:
    """The period of `kind` that holds `day`."""
    if kind is PeriodKind.WEEK:
        return Period(kind, *day.isocalendar()[:2])
    if kind is PeriodKind.DAY:
        return Period(kind, day.year, day.timetuple().tm_yday)
    months = day.year * 12 + day.month - 1 - lag[0] - (day.day < lag[1])
    return Period(kind, months // 12, months % 12 // kind.months + 1, lag)


def periods_due(kind: PeriodKind, within: Period, lag: Lag = NO_LAG) -> list[Period]:
    """The periods of `kind` whose last day lies in `within`, in order (docs/design.md, 3)."""
    return periods_ending(kind, within.start, within.end, lag)


def periods_ending(kind: PeriodKind, start: date, end: date, lag: Lag = NO_LAG) -> list[Period]:
    """The periods of a kind whose last day lies in `[start, end)`, in order."""
    found: list[Period] = []
    period = period_of(kind, start, lag)
    while period.last_day < end:
        found.append(period)
        period = period_of(kind, period.end, lag)
    return found


def period_running(kind: PeriodKind, within: Period, lag: Lag = NO_LAG) -> Period | None:
    """The period of `kind` that holds `within` and ends later, or None."""
    candidate = period_of(kind, within.start, lag)
    return candidate if candidate.end > within.end else None


def lag_of(kind: PeriodKind, starts: str | None) -> Lag | None:
    """The lag of periods that begin on a day (`04-01`, or for months `26`); None where no period of the kind can."""
    found = re.fullmatch(r"(?:(\d{1,2})-)?(\d{1,2})", starts or "01-01", re.ASCII)
    if not found or not kind.months:
        return NO_LAG if starts is None else None
    month, day = int(found[1] or 1), int(found[2])
    return ((month - 1) % kind.months, day) if 1 <= month <= 12 and 1 <= day <= 28 else None


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
        if found := pattern.fullmatch(folded):
            return _build(kind, found.groupdict())
    return None


_WEEK = re.compile(rf"{_YEAR}(?:-?W|年第?)(?P<week>\d{{1,2}})周?", re.IGNORECASE | re.ASCII)
_FROM_TO = re.compile(r"(\d{4}-\d\d)(-\d\d)?~(\d{4}-\d\d)(-\d\d)?", re.ASCII)


def parse_assessed(text: str) -> Period | None:
    """As `parse_period`, and also a week (`2022-W05`), a day (`2022-07-05`), or a period that begins on another
    day than its kind (`2022-04~2023-03`), as they are written."""
    folded = half_width(text)
    if found := parse_period(folded):
        return found
    try:
        if week := _WEEK.fullmatch(folded):
            return period_of(PeriodKind.WEEK, date.fromisocalendar(int(week["year"]), int(week["week"]), 1))
        if re.fullmatch(r"\d{4}-\d\d-\d\d", folded, re.ASCII):
            return period_of(PeriodKind.DAY, date.fromisoformat(folded))
        if ends := _FROM_TO.fullmatch(folded):
            return _from_to(date.fromisoformat(f"{ends[1]}{ends[2] or '-01'}"), folded)
    except ValueError:
        return None
    return None


def _from_to(start: date, written: str) -> Period | None:
    kinds = (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.HALF, PeriodKind.YEAR)
    candidates = (period_of(kind, start, ((start.month - 1) % kind.months, start.day)) for kind in kinds)
    return next((one for one in candidates if str(one) == written), None)


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
    candidates = (period_of(kind, start) for kind in _MONTHS)
    whole = next((one for one in candidates if (one.start, one.end) == (start, end)), None)
    return str(whole or f"{start} 至 {end - timedelta(days=1)}")
