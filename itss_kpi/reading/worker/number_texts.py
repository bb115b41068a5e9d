"""Cell texts: what a stored number is as text, the same for every format of workbook.

Convention: part of the worker. Numbers keep the 15 digits that Excel keeps, without a `.0`; an instant is written
`2022-07-05 09:30:00`, a duration or time of day `36:00:00`, each with a fraction of a second only where there is one.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from math import isinf

_PADDED = re.compile(r'(?:"([^"]*)"|([A-Za-z]*-?))?(0{2,})')
_LITERAL = re.compile(r'"[^"]*"|[\\_*].|\[[^\]]*\]')
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(\.\d+)?")
_NUMBER = re.compile(r"-?\d+(?:\.\d*)?(?:[eE][-+]?\d{1,4})?", re.ASCII)
_WRITTEN = re.compile(r"-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?", re.ASCII)
_NO_SERIAL = 2_958_466  # the day after 9999-12-31
_A_YEAR = 366


def fifteen(text: str) -> str:
    """A stored number rounded to 15 digits, in plain notation; what is no number stays as it is. The float that a
    program has of it is what is rounded: where digits end in 5, they don't say which way."""
    try:
        shown = f"{float(text):.15g}"
    except ValueError:
        return text
    if "e" in shown:
        number = Decimal(shown)
        return text if abs(number.adjusted()) > 300 else format(number, "f")
    if shown in ("-0", "nan", "inf", "-inf"):
        return "0" if shown == "-0" else text
    return shown


def too_long(text: str) -> bool:
    """Whether a stored number has more digits before the point than Excel keeps."""
    size = abs(float(text)) if _WRITTEN.fullmatch(text) else 0
    return size > 1e14 and (isinf(size) or Decimal(text).adjusted() >= 15)


class Way(Enum):
    """What a number format makes of a number: digits behind a prefix, a percent, the number with a sign or unit that is
    only written there, a part of it (in 万), a day with or without its time, a month without its day, a time of day,
    or hours that count on."""

    PADDED, PERCENT, WRITTEN, SCALED, DATE, MONTH, CLOCK, ELAPSED = range(8)


@dataclass(frozen=True, slots=True)
class Shown:
    """How a number format shows a number; a padded one after a `prefix` with so many `digits`, a scaled one with so
    many fewer, before a `suffix`."""

    way: Way
    prefix: str = ""
    digits: int = 0
    suffix: str = ""

    def text(self, number: str, epoch_1904: bool = False) -> str:
        """A stored number as it is shown; what can't be shown so stays as it is."""
        plain = fifteen(number)
        if not _NUMBER.fullmatch(plain):
            return number
        match self.way:
            case Way.PADDED:
                return self.prefix + plain.zfill(self.digits) if plain.isdigit() else plain
            case Way.PERCENT:
                return f"{fifteen(str(Decimal(plain) * 100))}%"
            case Way.WRITTEN:
                return plain + self.suffix
            case Way.SCALED:
                return fifteen(str(Decimal(plain).scaleb(-self.digits))) + self.suffix
            case Way.ELAPSED:
                return clock_of_days(Decimal(plain))
            case Way.MONTH:
                # a month that was typed is stored as its first day
                return moment_of_serial(Decimal(plain), epoch_1904).removesuffix("-01 00:00:00")
            case Way.CLOCK if plain.isdigit() and 1 < int(plain) < _A_YEAR:
                return plain  # so many whole days are shown as 0:00: a number that somebody typed
            case _:
                return moment_of_serial(Decimal(plain), epoch_1904)


PERCENT = Shown(Way.PERCENT)
_MONTH_OF_YEAR, _MONTH_AND_DAY = 'yyyy"年"m"月"', 'm"月"d"日"'
_HOURS, _SECONDS = 'h"时"mm"分"', 'h"时"mm"分"ss"秒"'
BUILT_IN = {
    9: "0%",
    10: "0.00%",
    14: "yyyy/m/d",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    22: "yyyy/m/d h:mm",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    **dict.fromkeys((27, 36, 50, 52, 57), _MONTH_OF_YEAR),
    **dict.fromkeys((28, 29, 51, 53, 54, 58), _MONTH_AND_DAY),
    30: "m-d-yy",
    31: 'yyyy"年"m"月"d"日"',
    32: _HOURS,
    33: _SECONDS,
    34: f"上午/下午{_HOURS}",
    35: f"上午/下午{_SECONDS}",
    55: f"上午/下午{_HOURS}",
    56: f"上午/下午{_SECONDS}",
}
"""The formats that need not be written down, those of Chinese programs among them (ECMA-376 part 1, 18.8.30)."""


@cache
def shown_by(number_format: str) -> Shown | None:
    """How a format such as `000000`, `"INC"0000`, `0.0%`, `[h]:mm` or `m"月"d"日"` shows numbers; None where it shows
    them as they are."""
    if found := _PADDED.fullmatch(number_format):
        return Shown(Way.PADDED, found[1] or found[2] or "", len(found[3]))
    first = number_format.split(";")[0]
    bare = _without_literals(first)
    if _ELAPSED.search(number_format):
        return Shown(Way.ELAPSED)
    if currency := _FOREIGN.search(first):
        return Shown(Way.WRITTEN, suffix=currency[1] or currency[2] or currency[3])
    if "%" in bare:
        return PERCENT
    if "general" in bare:
        return _written(first)
    timed = re.search("[hs]", bare)
    if "y" in bare and "m" in bare and not re.search("[dehs]|aaa", bare):
        return Shown(Way.MONTH)
    if re.search("[yde]|aaa", bare) or ("m" in bare and not timed):
        return Shown(Way.DATE)
    if timed:
        return Shown(Way.CLOCK)
    if "%" in first:
        return Shown(Way.WRITTEN, suffix="%")
    scaled = _SCALED.search(first)
    if scaled is None:
        return _written(first)
    fewer = 3 * len(scaled["commas"] or scaled["alone"] or "") + len(scaled["inner"] or "")
    return Shown(Way.SCALED, digits=fewer, suffix=_literal(first[scaled.end() :]))


_FOREIGN = re.compile(r"\[\$((?:[A-Z]{0,3}[$€£₩₽]|USD|EUR|HKD|JPY|GBP))[^\]]*\]|\"((?:US|HK)?[$€£])\"|^\\?([$€£])")


def _without_literals(text: str) -> str:
    bare = re.sub("AM/PM|A/P", "h", _LITERAL.sub("", text), flags=re.IGNORECASE).lower()
    return re.sub("e[+-]", "", bare)


def shows_time(number_format: str) -> bool:
    """Whether a format of days shows the time of day, too."""
    return bool(re.search("[hs]", _without_literals(number_format.split(";")[0])))


def _written(number_format: str) -> Shown | None:
    """With the unit that a format writes behind its digits, if it does."""
    unit = _literal(_DIGITS.split(number_format)[-1])
    return Shown(Way.WRITTEN, suffix=unit) if re.fullmatch(UNITS, unit, re.IGNORECASE) else None


def _literal(text: str) -> str:
    """What a stretch of a format without digits writes."""
    return re.sub(r'[_*].|\[[^\]]*\]|["\\!]', "", text).strip()


_DIGITS = re.compile("[0#?]|General", re.IGNORECASE)
UNITS = "[百千]?[百千万亿]?元|天|小时|时|分钟|分|秒钟|秒|hours?|h|mins?|m|s"
"""What a number that is written so is counted in: under a heading for another unit it isn't what it seems."""


_SCALED = re.compile(r"""[0#?](?:(?:[!\\]\.|"\.")(?P<inner>0+)(?P<commas>,*)|(?:\.[0#?]+)?(?P<alone>,+))(?![0#?,.])""")
"""Commas behind the digits, each for a thousand (18.8.31); `0!.0,` and `0!.0000` write a point where nobody divides."""
_ELAPSED = re.compile(r'^(?:[^"\\;]|"[^"]*"|\\.)*?\[(?:h+|m+|s+)\]', re.IGNORECASE)


def moment_of_serial(days: Decimal, epoch_1904: bool) -> str:
    """A date cell's text; a day of the epoch's first year is a duration, as no ledger is that old."""
    if not 0 <= days < _NO_SERIAL:
        return fifteen(str(days))
    if days < _A_YEAR:
        return clock_of_days(days)
    zero = datetime(1904, 1, 1) if epoch_1904 else datetime(1899, 12, 30)
    moment = zero + timedelta(milliseconds=round(days * 86_400_000))
    return moment.isoformat(" ", "milliseconds").removesuffix(".000")


def clock_of_days(days: Decimal) -> str:
    """A duration in days as hours, minutes and seconds; one below zero or of more than 9999 years as the number."""
    if not 0 <= days < _NO_SERIAL:
        return fifteen(str(days))
    seconds, rest = divmod(round(days * 86_400_000), 1000)
    return clock(seconds, rest * 1000)


def moment_of_iso(text: str, zero: date | None = None) -> str:
    """An instant as ISO 8601 writes it, `2022-07-05T09:30:00.000`, a time of day or a duration; a day of 1899 or
    1900 is a duration, counted as Excel does or from the day `zero`. A zone stays with it: without it the moment would
    be another one."""
    if text[4:5] != "-":
        found = _TIME.fullmatch(text)
        return clock_of_period(f"PT{found[1]}H{found[2]}M{found[3]}S" if found else text)
    if text.endswith("Z"):
        return text.replace("T", " ")
    shown = _to_the_millisecond(text.replace("T", " "))
    shown = re.sub(r"(\.\d*?)0+$", r"\1", shown).removesuffix(".")
    if len(shown) == 10:
        shown += " 00:00:00"
    early = shown.startswith(("1899-12-3", "1900-"))
    return clock_of_moment(shown, epoch_1904=False, zero=zero) if early else shown


_TIME = re.compile(r"(\d\d):(\d\d):(\d\d(?:\.\d+)?)", re.ASCII)
_PERIOD = re.compile(r"P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(\.\d+)?S)?", re.ASCII)


def clock_of_period(text: str) -> str:
    """A duration as ISO 8601 writes it, `PT36H00M00.000S`, in hours, minutes and seconds; one below zero stays."""
    found = _PERIOD.fullmatch(text)
    if found is None:
        return text
    days, hours, minutes, seconds, fraction = found.groups("0")
    more, rest = divmod(round(float(fraction) * 1000), 1000) if fraction != "0" else (0, 0)
    whole = ((int(days) * 24 + int(hours)) * 60 + int(minutes)) * 60 + int(seconds) + more
    return clock(whole, rest * 1000)


def _to_the_millisecond(text: str) -> str:
    """A moment with more digits than a serial day carries, rounded to the millisecond that was meant."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(\.\d{4,})", text, re.ASCII)
    if found is None:
        return text
    try:
        second = datetime.fromisoformat(found[1])
    except ValueError:
        return text
    return (second + timedelta(milliseconds=round(Decimal(found[2]) * 1000))).isoformat(" ", "milliseconds")


def clock(seconds: int, micros: int) -> str:
    """A duration as hours, minutes and seconds."""
    fraction = f".{micros:06}".rstrip("0") if micros else ""
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"


def clock_of_moment(text: str, epoch_1904: bool, zero: date | None = None) -> str:
    """A duration that was written as an instant of the epoch's first year."""
    parts = _MOMENT.fullmatch(text)
    if parts is None:
        return text
    try:
        day = date(int(parts[1]), int(parts[2]), int(parts[3]))
    except ValueError:  # a text that isn't any day
        return text
    own = zero or (date(1904, 1, 1) if epoch_1904 else date(1899, 12, 31))
    # Excel takes 1900 for a leap year: from March on its days are one more; day 0 it writes as either of two
    days = max(0, (day - own).days + (zero is None and not epoch_1904 and day >= date(1900, 3, 1)))
    return f"{days * 24 + int(parts[4])}:{parts[5]}:{parts[6]}{(parts[7] or '').rstrip('0')}"
