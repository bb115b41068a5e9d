"""Schedules: when a plan says that something is to be done (计划时间), in the words of its section 1.

Convention: what is done once is a `Span` of days, due on its last; what comes again has the length of its period. The
words are read for the plan's year: `1月` of the plan of 2022 is January 2022.
"""

import re
from dataclasses import dataclass
from datetime import date

from itss_kpi.core.jsonable import as_json
from itss_kpi.core.period import Period, PeriodKind, parse_period, period_of, periods_due
from itss_kpi.core.text import half_width

WHEN_FORMS = "1月、3月、9月、10-12月、第三季度、2022-07、每月、每季度、每半年、每年,或 按考核频次"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The days in which something is to be done, both included; it is due on the last."""

    start: date
    last_day: date

    def __str__(self) -> str:
        """As a period where it is one: `2022-01`, `2022Q4`; else by its first and last month."""
        months = (self.last_day.year - self.start.year) * 12 + self.last_day.month - self.start.month + 1
        first, last = (period_of(PeriodKind.MONTH, day) for day in (self.start, self.last_day))
        for kind in PeriodKind:
            if kind.months == months and (self.start.month - 1) % months == 0:
                return str(Period(kind, self.start.year, (self.start.month - 1) // months + 1))
        return f"{first}~{last}"


as_json.register(Span, str)


@dataclass(frozen=True, slots=True)
class When:
    """What a plan's words say: `spans` of days, a period that comes again (`each`), or 按考核频次 (`follows`)."""

    spans: tuple[Span, ...] = ()
    each: PeriodKind | None = None
    follows: bool = False


_EACH = {
    **dict.fromkeys(("每月", "每个月"), PeriodKind.MONTH),
    **dict.fromkeys(("每季", "每季度", "每个季度"), PeriodKind.QUARTER),
    "每半年": PeriodKind.HALF,
    "每年": PeriodKind.YEAR,
}
_HYPHEN = re.compile(r"((?:\d{4}年)?\d{1,2}月?)-(\d{1,2}月份?)", re.ASCII)


def read_when(text: str, year: int) -> When | None:
    """What the words of a plan of `year` mean; None where they can't be understood. Width and blanks don't matter."""
    folded = "".join(half_width(text).split())
    if re.fullmatch("按(?:指标)?考核(?:频次|周期)", folded):
        return When(follows=True)
    if folded in _EACH:
        return When(each=_EACH[folded])
    spans = [_span(part, year) for part in _parts(folded)]
    known = tuple(span for span in spans if span)
    return When(known) if len(known) == len(spans) else None


def spans_of(kind: PeriodKind, year: int) -> tuple[Span, ...]:
    """The periods of `kind` in a year, as spans."""
    return tuple(Span(one.start, one.last_day) for one in periods_due(kind, Period(PeriodKind.YEAR, year)))


def _parts(text: str) -> list[str]:
    """`3、9月` -> `3月`, `9月`: the word 月 may stand at the end alone."""
    parts = re.split("[、,;和]", text)
    return [_with_word(part) for part in parts] if text.endswith(("月", "月份")) else parts


def _with_word(text: str) -> str:
    return f"{text}月" if re.fullmatch(r"\d{1,2}|\d{4}年\d{1,2}", text, re.ASCII) else text


def _span(text: str, year: int) -> Span | None:
    # in 10-12月 the hyphen joins two months; in 2022-10 it belongs to one
    begin, joined, finish = re.sub("[至到–—]", "~", _HYPHEN.sub(r"\1~\2", text)).partition("~")
    first = _period(_with_word(begin) if joined else begin, year)
    last = _period(finish, first.year) if joined and first else first
    return Span(first.start, last.last_day) if first and last and first.start <= last.start else None


def _period(text: str, year: int) -> Period | None:
    # a year's number alone would make a period of any word that may follow it, and of none
    return (parse_period(text) or parse_period(f"{year}年{text}")) if re.search("[0-9月季年]", text) else None
