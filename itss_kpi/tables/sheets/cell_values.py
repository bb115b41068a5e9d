"""Cells: the text of one cell -> an exact value of the column's declared type.

Convention: a reader takes a trimmed, non-empty text and returns the value, or None where the text can't be read as its
type; nothing is coerced to a wrong value. Instants and durations are integer microseconds (of local time since 1970),
numbers are `Fraction`s of at most 15 significant digits, as Excel keeps them.
"""

import functools
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from itss_kpi.catalogue.expression import micros_of
from itss_kpi.core.period import Period, PeriodKind, parse_period
from itss_kpi.core.text import half_width

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1)
_SERIAL_ZERO = datetime(1899, 12, 30)
_LEAP_BUG = datetime(1900, 3, 1)

_MOMENT = re.compile(
    r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})(?:\s*日)?"
    r"(?:(?:[\sT]+|(?<=日))(?P<hour>\d{1,2})\s*(?:"
    r":\s*(?P<minute>\d{1,2})(?:\s*:\s*(?P<second>\d{1,2}(?:\.\d{1,6})?))?"
    r"|[时点]\s*(?P<minute2>\d{1,2})\s*(?:分(?:\s*(?P<second2>\d{1,2}(?:\.\d{1,6})?)\s*秒)?)?))?",
    re.ASCII,
)
_COMPACT = re.compile(
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?:(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d))?", re.ASCII
)
MONTH = r"(?P<year>\d{4})\s*(?:年|[-/])\s*(?P<month>\d{1,2})\s*(?:月份?)?"
_MONTH = re.compile(MONTH, re.ASCII)
_NO_YEAR = re.compile(
    r"(?P<month>\d{1,2})月(?P<day>\d{1,2})日"
    r"(?:\s*(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2}(?:\.\d{1,6})?))?)?",
    re.ASCII,
)
_SERIAL = re.compile(r"[3-6]\d{4}(?:\.\d+)?", re.ASCII)
_NUMBER = re.compile(r"[-+]?(?:(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d{1,2})?", re.ASCII)
_SPAN = re.compile(
    r"(?:(?P<days>\d+(?:\.\d+)?)\s*天)?\s*(?:(?P<hours>\d+(?:\.\d+)?)\s*(?:小时|时|h))?\s*"
    r"(?:(?P<minutes>\d+(?:\.\d+)?)\s*(?:分钟|分|min|m))?\s*(?:(?P<seconds>\d+(?:\.\d+)?)\s*(?:秒钟|秒|s))?",
    re.ASCII | re.IGNORECASE,
)
_CLOCK = re.compile(r"(?P<hours>\d{1,5}):(?P<minutes>[0-5]\d)(?::(?P<seconds>[0-5]\d))?", re.ASCII)
_SPAN_SECONDS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}

_YES = {"是", "√", "✓", "✔", "☑", "y", "yes", "1", "true", "有", "已"}
_NO = {"否", "×", "✗", "✘", "☐", "n", "no", "0", "false", "无", "未"}


def read_number(text: str) -> Fraction | None:
    """`1,234.50`, `（1,234.5）` (negative), `-3`, full-width digits; at most 15 significant digits."""
    folded = half_width(text)
    negative = folded.startswith("(") and folded.endswith(")")
    folded = folded[1:-1] if negative else folded
    if not _NUMBER.fullmatch(folded) or (negative and folded[0] in "-+"):
        return None
    value = Fraction(folded.replace(",", ""))
    digits = re.sub(r"[eE].*|\D", "", folded).lstrip("0")
    if len(digits.rstrip("0")) > 15 or abs(value) >= 10**15 or value.denominator > 10**15:
        return None
    return -value if negative else value


def read_decimal(text: str) -> Fraction | None:
    """A number, or a percent: what a percent cell holds is a number."""
    folded = half_width(text)
    value = read_number(folded.removesuffix("%").rstrip())
    return value / 100 if value is not None and folded.endswith("%") else value


def read_integer(text: str) -> Fraction | None:
    """A whole number."""
    value = read_number(text)
    return value if value is not None and value.denominator == 1 else None


_TENFOLD = 10


def read_percent(text: str, reading: str | None) -> Fraction | None:
    """`95%`, or a bare number as `reading` says; without it only 0…1, the form of a percent cell, is unambiguous, and
    in whole percents nothing below 1 is."""
    folded = half_width(text)
    if folded.endswith("%"):
        value = read_number(folded[:-1].rstrip())
        return None if value is None else value / 100
    value = read_number(folded)
    if value is None or (reading is None and not 0 <= value <= 1) or (reading == "whole" and 0 < abs(value) < 1):
        return None
    if reading == "fraction" and abs(value) > _TENFOLD:
        return None  # 95 among fractions is 95 %
    return value / 100 if reading == "whole" else value


def read_datetime(text: str, year: int) -> int | None:
    """All spellings that the manual lists, and Excel serials; `7月5日` is in `year` (0: unknown)."""
    folded = half_width(text)
    found = _MOMENT.fullmatch(folded) or _COMPACT.fullmatch(folded) or _NO_YEAR.fullmatch(folded)
    if found:
        return _instant(found.groupdict(), year)
    return _from_serial(Fraction(folded)) if _SERIAL.fullmatch(folded) else None


_LOCAL = 8 * 3600
_OFFSET = re.compile(r"(.*\d)\s*(Z|[+-]\d\d:?\d\d)", re.ASCII)


def shift_of(zone: str) -> int:
    """Microseconds from a zone's time such as +00:00 to that of China."""
    if zone == "Z":
        return _LOCAL * 1_000_000
    digits = zone[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return (_LOCAL - (seconds if zone[0] == "+" else -seconds)) * 1_000_000


def read_moment(text: str, year: int, formats: Sequence[str], zone: str | None) -> int | None:
    """As `read_datetime`, in one of the declared formats, too; of a column with a zone as China's time. A month is its
    first day."""
    folded = half_width(text)
    own = _OFFSET.fullmatch(folded.replace("T", " ")) if zone else None
    bare, zone = (own[1], own[2]) if own else (text, zone)
    found = read_datetime(bare, year)
    for written in formats if found is None else ():
        try:
            found = (datetime.strptime(folded, written) - _EPOCH) // _MICROSECOND
        except ValueError:
            continue
        break
    if found is None and (month := _MONTH.fullmatch(folded)):
        return _instant({**month.groupdict(), "day": "1"}, year)
    return found + shift_of(zone) if found is not None and zone else found


def _instant(parts: dict[str, str | None], year: int) -> int | None:
    second = Fraction(parts.get("second") or parts.get("second2") or 0)
    try:
        moment = datetime(
            int(parts.get("year") or year),
            int(parts["month"] or 0),
            int(parts["day"] or 0),
            int(parts.get("hour") or 0),
            int(parts.get("minute") or parts.get("minute2") or 0),
            int(second),
        )
    except ValueError:
        return None
    return (moment - _EPOCH) // _MICROSECOND + int(second % 1 * 1_000_000)


def _from_serial(days: Fraction) -> int:
    # a serial carries about a tenth of a millisecond; the instant that was typed is the nearest millisecond
    return (_SERIAL_ZERO - _EPOCH) // _MICROSECOND + round(days * 86_400_000) * 1000


def read_date(text: str, year: int) -> int | None:
    """As `read_datetime`, cut to the day's first instant."""
    micros = read_datetime(text, year)
    return None if micros is None else micros // 86_400_000_000 * 86_400_000_000


def read_period(text: str, year: int) -> int | None:
    """The first instant of a month, quarter, half or year (`7月` is in `year`); of a date's month for a date."""
    period = _period(text, year)
    return None if period is None else micros_of(period.start)


def read_period_end(text: str, year: int) -> int | None:
    """The instant at which it ends."""
    period = _period(text, year)
    return None if period is None else micros_of(period.end)


def named_period(text: str, year: int) -> Period | None:
    """The period that a heading says, which is never a bare number: `1月` is in `year`."""
    return None if read_number(text) is not None else _period(text, year)


@functools.cache
def _period(text: str, year: int) -> Period | None:
    period = parse_period(text) or parse_period(f"{year}年{half_width(text)}")
    if (
        period is not None
        and period.kind is PeriodKind.YEAR
        and "年" not in text
        and not half_width(text)[:1].isdigit()
    ):
        return None
    if period is not None:
        return period
    micros = read_datetime(text, year)
    return parse_period(f"{_EPOCH + micros * _MICROSECOND:%Y-%m}") if micros is not None else None


def read_span(text: str, unit: int) -> int | None:
    """`30` in units of `unit` microseconds, `4小时4分钟`, `2:30`, or a duration cell (a date of 1899/1900)."""
    folded = half_width(text)
    number = read_number(folded)
    if number is not None:
        return round(number * unit) if number >= 0 else None
    found = _CLOCK.fullmatch(folded) or _SPAN.fullmatch(folded)
    if found and any(found.groups()):
        parts = {name: amount for name, amount in found.groupdict().items() if amount}
        return round(sum(Fraction(amount) * _SPAN_SECONDS[name] for name, amount in parts.items()) * 1_000_000)
    return _span_of_cell(folded)


def _span_of_cell(text: str) -> int | None:
    micros = read_datetime(text, 1900) if text.startswith(("1899-12-31", "1900-")) else None
    if micros is None:
        return None
    moment = _EPOCH + micros * _MICROSECOND
    zero = _SERIAL_ZERO if moment >= _LEAP_BUG else _SERIAL_ZERO + timedelta(days=1)
    return (moment - zero) // _MICROSECOND


def read_yes_no(text: str) -> bool | None:
    """是/否 in the spellings in use."""
    folded = half_width(text).casefold()
    return True if folded in _YES else False if folded in _NO else None
