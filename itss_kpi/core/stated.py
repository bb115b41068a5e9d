"""What a name says about time: the days that a file, a sheet or a title answers for.

Convention: days are half-open, `[start, end)`. A name says a time only where all that it says about time is understood:
what is left beside it and says another time, a part of something, or a number that nothing explains, is a reason to
ask and not to guess. Names of people, projects and systems, a version and the day of an export are none of these.
"""

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from itss_kpi.core.period import Period, PeriodKind, parse_period
from itss_kpi.core.text import plain

Days = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Stated:
    """The days that a name says, None where it says none, several, or something that isn't understood; then it `asks`
    what is meant, where it speaks of time at all. `part`: it says it is a part; `made`: the day of an export."""

    days: Days | None = None
    made: date | None = None
    asks: bool = False
    part: bool = False


_YEAR = r"(?:19|20|21)\d{2}"
_DAY = (
    rf"(?:{_YEAR}"
    r"(?:\d{4}|-\d{1,2}-\d{1,2}|\.\d{1,2}\.\d{1,2}|/\d{1,2}/\d{1,2}|年\d{1,2}月\d{1,2}日?))"
)
_TO = "[-~至到]+"
_NUMERALS = "一二两三四五六七八九十"
_COUNTS = dict(zip("一两三四五六七八九", range(1, 10), strict=True)) | {"二": 2, "十": 10, "十一": 11, "十二": 12}
_YEAR_NUMERAL = re.compile("[一二][〇零一二三四五六七八九]{3}(?=年)")
_DIGITS = {ord(numeral): str(digit) for digit, numeral in enumerate("〇一二三四五六七八九")} | {ord("零"): "0"}
_MONTH_NUMERAL = re.compile(rf"(?<![{_NUMERALS}前后第近首末])(十[一二]?|[一二三四五六七八九])月")
_NUMBER = rf"(?:\d+|[{_NUMERALS}]+)"
_HAN = "\u4e00-\u9fff"
_MIDDLE = rf"(?:中(?![{_HAN}])|中(?=报|总结|检查|盘点|汇总|数据|期))"
_OTHER_TIMES = (
    rf"[前后上下首末近第]?{_NUMBER}个?(?:季|月|周|旬|天|日|年)|[上中下本当每]个?(?:旬|周|月|季)|[双单]周|[上下前后]半|半[年月季]|[春夏秋冬]季|暑[期假]|寒假|汛期|春运|黄金周|学期|[旺淡]季",
    rf"(?<=[\d年度季月_-])[初末底前](?![{_HAN}])|[季月周年][初末底]|首[月季周旬]|[月季]中|(?<=[\d年度季])中期|年{_MIDDLE}|[上中下](?![{_HAN}])|旬|周[报次]|日报",
    "截[至止]|至今|为止|累计|以[前后来]|之[前后]|[上去今本明往历跨]年|[上本当同]期",
    rf"(?<![A-Z])[QHMW]\d{{1,2}}(?![A-Z0-9])|(?<![\d.])\d{{1,2}}[QHMW](?![A-Z0-9])|{_NUMBER}{_TO}{_NUMBER}|{_YEAR}",
)
_PARTS = (
    "部[分份]|阶段性|中间稿|局部|节选|摘录|片段|未完|不全|待续|待[补填]|未填|续[表报]|增补|补[充报交录遗]|追加|剩余|其余|漏报",
    rf"之[{_NUMERALS}]|[上中下][册篇卷集部]|第{_NUMBER}(?:部分|批|份|册|集|卷|页|段|次|期|包)|第{_NUMBER}(?![{_HAN}])",
    rf"\([{_NUMERALS}]+\)|(?<![A-Z])PART\d*|(?:Q[1-4])?\d{{1,2}}OF\d{{1,2}}",
    r"抽样|样本|半成品|仅|[只不][含包]|除外|\(续\)|(?<![手持连继后延接])续(?=$|\|)",
)
_TOKENS = [
    ("days", rf"(?<!\d){_DAY}{_TO}(?:{_DAY}|\d{{1,2}}月\d{{1,2}}日?|\d{{1,2}}日)(?![\d月])"),
    ("made", rf"(?<!\d){_DAY}(?:[-_T]?\d{{4,6}})?(?![\d月])"),
    ("quarters", rf"(?<!\d){_YEAR}年?第?[1-4一二三四]{_TO}第?[1-4一二三四]季度?"),
    ("months", rf"(?<!\d){_YEAR}[-.年]?\d{{1,2}}月?份?{_TO}(?:{_YEAR}[-.年]?)?\d{{1,2}}月?份?(?![\d日])"),
    ("first", rf"(?<!\d){_YEAR}年?前{_NUMBER}个?(?:月|季度?)"),
    (
        "period",
        rf"(?<!\d){_YEAR}(?:年?第?[一二三四1-4]季度?|年?[上下]半年|年\d{{1,2}}月份?|年?[-_]?[QH][1-4]|[-_]?M?\d{{2}}"
        rf"|[-.]\d{{1,2}}(?!OF)|年度?(?!{_MIDDLE}|[初末底]))?(?![\d年日]|月(?!报))",
    ),
    ("copy", r"\(\d{1,2}\)$"),
    ("version", rf"第{_NUMBER}[版稿]|(?<![A-Z])(?:V|VER|REV|R)\.?\d+(?:\.\d+)*|版本?\d+(?:\.\d+)*|\d+(?:\.\d+)*版"),
    ("size", "月[度报表份]|季[度报表]|半年[度报表]|年[度报表]|全年"),
    ("asks", "|".join(_OTHER_TIMES)),
    ("part", "|".join(_PARTS)),
    ("code", rf"[A-Z]+(?:(?!{_YEAR})\d+)?(?:[-.](?!{_YEAR})[A-Z0-9]+)*|\d+(?:\.\d+)*[A-Z]+\d*"),
    (
        "counted",
        rf"(?<=[{_HAN}])(?<![年月季周旬度报第])\d+期|\d+(?:号楼|楼|层|号|室|栋|幢|座|机房|区|线|站|台|路|库|班|组|队)",
    ),
    ("number", r"\d+"),
]
_TOKEN = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _TOKENS), re.ASCII)
_SIZES = {"月": PeriodKind.MONTH, "季": PeriodKind.QUARTER, "半": PeriodKind.HALF}


@functools.lru_cache(maxsize=1024)
def stated(name: str, known: tuple[str, ...] = ()) -> Stated:
    """The time that `name` (a file's without its ending, a sheet's, a title) says. `known`: words of which it consists
    besides, such as the ledger's own name."""
    text = "".join(re.sub(r"(?<=\d)\s+(?=[\dA-Za-z])", "_", plain(name)).upper().split())
    text = _words(known).sub("|", text) if known else text
    text = _YEAR_NUMERAL.sub(lambda found: found[0].translate(_DIGITS), text)
    text = _MONTH_NUMERAL.sub(lambda found: f"{_COUNTS[found[1]]}月", text)
    found: dict[str, list[str]] = {}
    for match in _TOKEN.finditer(text):
        found.setdefault(str(match.lastgroup), []).append(match.group())
    times = {days for kind in _READERS for text in found.get(kind, ()) for days in [_READERS[kind](text)]}
    days = _innermost(times)
    sized = all(days and _fits(word, days) for word in found.get("size", ()) if times)
    asks = "asks" in found or bool(times and (days is None or "number" in found or not sized))
    part = "part" in found
    made = max((day for text in found.get("made", ()) if (day := _day(text))), default=None)
    return Stated(None if asks else days, made, asks, part)


def last_day_in(text: str) -> date | None:
    """The last day that is written in a text."""
    days = (_day(found) for found in re.findall(_DAY, "".join(plain(text).split()), re.ASCII))
    return max((day for day in days if day), default=None)


@functools.lru_cache(maxsize=64)
def _words(known: tuple[str, ...]) -> re.Pattern[str]:
    """Where the known words stand, but where one is the rest of another: 第|一部|分."""
    words = sorted(("".join(plain(word).upper().split()) for word in known), key=len, reverse=True)
    return re.compile(rf"(?<![{_NUMERALS}\d第前上下])(?:{'|'.join(map(re.escape, words))})")


def _innermost(times: set[Days | None]) -> Days | None:
    """The one that lies in each other: a year's name, and in it a quarter's."""
    if None in times:
        return None
    known = {one for one in times if one}
    inner = [one for one in known if all(other[0] <= one[0] and one[1] <= other[1] for other in known)]
    return inner[0] if inner else None


def _fits(word: str, days: Days) -> bool:
    """Whether a word such as 月报 is said of what is as long; a year's may be cut into such."""
    kind = _SIZES.get(word[0])
    return kind is None or (days[1] - days[0]).days <= kind.months * 31


# ---- tokens as days


def _period(text: str) -> Days | None:
    period = parse_period(re.sub(r"_|年(?=[-_]?[QH])", "", text, flags=re.IGNORECASE))
    return (period.start, period.end) if period else None


def _first(text: str) -> Days | None:
    """前八个月, 前三季度."""
    written = re.sub(rf"^{_YEAR}年?前|个?(?:月|季度?)$", "", text)
    number = int(written) if written.isdigit() else _COUNTS.get(written, 0)
    return _months(int(text[:4]), 1, number * (3 if "季" in text else 1))


def _quarter_range(text: str) -> Days | None:
    """一至三季度, 1~3季度."""
    first, last = (_COUNTS.get(one) or int(one) for one in re.findall("[1-4一二三四]", text[4:]))
    return _months(int(text[:4]), 3 * first - 2, 3 * last) if first <= last else None


def _month_range(text: str) -> Days | None:
    first, last = re.findall(rf"(?:{_YEAR}[-.年]?)?\d{{1,2}}(?=\D|$)", text)[:2]
    numbers = [int(re.sub(rf"^{_YEAR}[-.年]?", "", one)) for one in (first, last)]
    years = [int(found[0]) if (found := re.match(_YEAR, one)) else int(text[:4]) for one in (first, last)]
    start, end = _months(years[0], numbers[0], numbers[0]), _months(years[1], numbers[1], numbers[1])
    return (start[0], end[1]) if start and end and start < end else None


def _months(year: int, first: int, last: int) -> Days | None:
    if not 1 <= first <= last <= 12:
        return None
    return Period(PeriodKind.MONTH, year, first).start, Period(PeriodKind.MONTH, year, last).end


def _day_range(text: str) -> Days | None:
    start = re.match(_DAY, text)
    rest = re.sub(rf"^{_TO}", "", text[start.end() :]) if start else ""
    first = _day(start[0]) if start else None
    if first is None:
        return None
    parts = [int(one) for one in re.findall(r"\d+", rest)]
    last = (
        _day(rest) if re.match(_YEAR, rest) else _date(*[first.year, first.month, first.day][: 3 - len(parts)], *parts)
    )
    return (first, last + timedelta(days=1)) if last and first <= last else None


def _day(text: str) -> date | None:
    parts = re.findall(r"\d+", text)
    if len(parts[0]) >= 8:
        parts = [parts[0][:4], parts[0][4:6], parts[0][6:8]]
    return _date(*map(int, parts[:3]))


def _date(*parts: int) -> date | None:
    try:
        return date(*parts)
    except (TypeError, ValueError):
        return None


_READERS: Mapping[str, Callable[[str], Days | None]] = {
    "days": _day_range,
    "quarters": _quarter_range,
    "months": _month_range,
    "first": _first,
    "period": _period,
}
