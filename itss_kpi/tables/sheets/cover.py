"""Cover: the days for which a sheet answers, and what its rows' dates say of them.

Convention: a sheet covers the days that its file's name, its own name and its titles agree on (`Days`, half-open). A
table of events says nothing of the days after it was saved; and a row whose date lies in another year than its file's
time may be of that time, which nobody knows.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from itss_kpi.catalogue.sources import Source
from itss_kpi.core.problems import Place, Problem
from itss_kpi.core.stated import Days, Stated, last_day_in, stated
from itss_kpi.core.text import fold, plain
from itss_kpi.reading.grid import RawExport
from itss_kpi.tables.sheets.prose import has_all_pages, is_lacking

_LABEL = re.compile(
    r"(?:考核|统计|报告|所属|填报|数据|导出|查询|取数)?(?:期间|周期|月份|季度|年度|期|月|区间|时间范围|范围|时段)"
)
_MADE = re.compile("编制|制表|填表|打印|导出|报送|审核|批准|更新|生成|日期|时间|截[至止]")
_LABELLED = re.compile(r"([^\s:;,]+)\s*:\s*((?:(?!\s[^\s:]+\s*:)[^:;,])*)")
_AS_OF = re.compile("截[至止]|盘点|数据日期|基准日")
GRACE = timedelta(days=8)
"""A ledger saved within a week before a month's end was done for that month: the last days of it had nothing."""
_OLD = timedelta(days=366)
"""A day of saving so long before the ledger's time was left there by an export tool or a template."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is written of a sheet's time: `days` where it is clear, `made` when it was made; it is `unclear` where what
    is written isn't understood, `contradictory` where there is no day on which all agree; `part` is what says that
    records are lacking; `as_of` is the day of which a list is; a `longer` title names months since January beyond what
    the file's name says."""

    days: Days | None
    made: tuple[date, ...]
    unclear: bool = False
    contradictory: bool = False
    part: str = ""
    as_of: date | None = None
    longer: str = ""


def told(raw: RawExport, header: int, year: int) -> Told:
    """What the file's name, the sheet's name and the titles above the header (row `header`) say of a sheet's time."""
    base = raw.covers[0].year if raw.covers else year
    tab = stated(raw.grid.sheet).days
    if raw.covers and tab and _is_year(tab) and not common([raw.covers, tab]):
        return Told(tab, ())  # a tab for each year
    rows = rows_above(raw, header)
    above = [plain(" ".join(row)) for row in rows if row] + [plain(text) for text in raw.grid.boxes]
    below = {
        plain(" ".join(row)): len(row) == 1 or bool(_LABELS.match(plain(row[0]))) for row in _last_rows(raw, header)
    }
    titles = [one for row in rows for one in _of_row(row, base)]
    said = [of_tab(raw.grid.sheet, base), *titles, *_of_notes(below, base)]
    days = [one for one in (raw.covers, *(each.days for each in said)) if one]
    days = [one for one in days if not any(_is_cycle_of(one, other) for other in days)]
    agreed = common(days)
    made = tuple(day for day in (raw.made, *(each.made for each in said)) if day)
    asks = raw.asks or any(each.asks for each in said)
    rows_below = raw.grid.cells.num_rows - header - 1
    noted = [*((text, True) for text in above), *below.items()]
    told_so = [text for text, alone in noted if is_lacking(text, rows_below, words=alone)]
    if told_so and has_all_pages(raw, header):
        told_so = [text for text, alone in noted if is_lacking(text, rows_below, words=alone, pages=False)]
    lacking = next(iter(told_so), "")
    part = raw.grid.sheet if said[0].part and said[0].days else lacking
    ends = [day for text in map("".join, rows) if _AS_OF.search(text) and (day := last_day_in(text))]
    contradictory = bool(days) and agreed is None
    contradictory |= raw.covers is None and _is_of_other_year(rows, agreed, year)
    longer = next((text for text in above if _is_longer(text, raw.covers)), "")
    return Told(agreed, made, asks, contradictory, part, min(ends, default=None), longer)


def _is_longer(text: str, days: Days | None) -> bool:
    """Whether a title says that it is of the months since January until the last of those days: 1-9月, of a quarter."""
    found = _SINCE_JANUARY.search(text)
    if found is None or days is None:
        return False
    last = days[1] - timedelta(1)
    return int(found[1]) == last.month and days[0].month > 1 and days[0].year == last.year


_SINCE_JANUARY = re.compile(r"(?<![\d.])0?1月?份?[-~至到]+(\d{1,2})月")


def _is_of_other_year(rows: Sequence[Sequence[str]], agreed: Days | None, year: int) -> bool:
    """Whether the titles name years, none of which is that of the plan or of the days that they agree on."""
    named = {int(one) for row in rows if len(row) == 1 for one in _YEARS.findall(plain(row[0]))}
    return bool(named) and named.isdisjoint({year, *(day.year for day in agreed or ())})


_YEARS = re.compile(r"(?<!\d)(20\d\d)年")


def _is_cycle_of(month: Days, days: Days) -> bool:
    """Whether these days are what a month is where it begins on another day: of July June 26 to July 25."""
    length, first = days[1] - days[0], month[0] == month[0].replace(day=1)
    whole = first and timedelta(28) <= month[1] - month[0] <= timedelta(31)
    return whole and days[0] < month[0] < days[1] < month[1] and timedelta(28) <= length <= timedelta(31)


def common(days: Sequence[Days]) -> Days | None:
    """The days that all have in common."""
    start, end = max((one[0] for one in days), default=None), min((one[1] for one in days), default=None)
    return (start, end) if start and end and start < end else None


def of_tab(sheet: str, year: int) -> Stated:
    """What a sheet's name says: 7月 is in `year`; a bare year is a remark."""
    behind = _MONTH_BEHIND.fullmatch(plain(sheet))
    month = f"{behind[2]}月" if behind and not (stated(behind[1]).asks or stated(behind[1]).part) else sheet
    found = (one for one in (stated(sheet), stated(f"{year}年{month}")) if one.days)
    known = (one for one in found if "月" in sheet or not (one.days and _is_year(one.days)))
    return next(known, Stated(asks=bool(re.search(r"\d月|旬", plain(sheet)))))


_MONTH_BEHIND = re.compile(r"([^\d-]*[^\d至到~-])(?:\(|[_\s]|-)(\d{1,2})月份?\)?")
"""A month that stands behind the name of a sheet: 夜巡(8月)."""


def without_period(path: str, sheet: str, say: Told) -> Problem:
    """Says that it can't be told for which days a sheet answers."""
    place = Place(path, sheet)
    if say.contradictory:
        return Problem("D111", "文件名、工作表名与标题行所写的时间没有共同的一天", place)
    if say.unclear:
        return Problem("D108", "看不出考核期:文件名、工作表名或标题行所写的时间拿不准,或只是一部分", place)
    return Problem("D108", "看不出考核期:文件名、工作表名和标题行都没有写明一个", place)


# ---- titles


def titles_above(raw: RawExport, header: int) -> Iterator[tuple[str, str]]:
    """What the titles above a header (row `header`) say, by the label before it, in its cell or the one before."""
    for row in rows_above(raw, header):
        yield from titles_of(row)


def titles_of(row: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What the filled cells of one row say so."""
    for at, text in enumerate(row):
        yield from _pairs(plain(text), row[at + 1 :])


def rows_above(raw: RawExport, header: int) -> list[list[str]]:
    """The filled cells of each row above a header."""
    head = [column.slice(0, header).to_pylist() for column in raw.grid.cells.columns]
    return [[str(cell).strip() for cell in row if cell] for row in zip(*head, strict=True)]


def _pairs(folded: str, following: Sequence[str]) -> list[tuple[str, str]]:
    """The labels in a cell and what stands behind each, in it or in the next one."""
    after = "".join(following[:1])
    pairs = _LABELLED.findall(folded) or ([(folded, "")] if following else [])
    return [(label, value.strip() or after) for label, value in pairs]


def _of_row(row: Sequence[str], year: int) -> Iterator[Stated]:
    """A period after a label, in its cell or the next one, or free within a title; and the day a table was made."""
    for at, text in enumerate(row):
        folded = plain(text)
        for label, value in _pairs(folded, row[at + 1 :]):
            if _LABEL.fullmatch(fold(label)) and not value.startswith("每"):  # how often
                yield _labelled(value, year)
            elif _MADE.search(label):
                yield Stated(made=last_day_in(value) or _month_end(f"{label}{value}", year))
        if ":" not in folded:
            free = stated(folded)
            if days := _of_days(folded, year):
                yield Stated(days)
            elif running := _running(folded):
                yield running
            elif _MADE.search(folded):
                yield Stated(made=last_day_in(folded) or _month_end(folded, year))
            elif free.days and not _is_year(free.days):
                yield free


def _of_days(text: str, year: int) -> Days | None:
    """The days of a title that counts a month otherwise: 2022年8月明细(7.26-8.25)."""
    found = _FROM_TO.search(text)
    if found is None:
        return None
    first, last = (last_day_in(f"{year}年{month}月{day}日") for month, day in (found.groups()[:2], found.groups()[2:]))
    return (first, last + timedelta(days=1)) if first and last and first < last else None


_FROM_TO = re.compile(r"\((\d{1,2})[.月](\d{1,2})日?[-~至到]+(\d{1,2})[.月](\d{1,2})日?\)")


def _running(text: str) -> Stated | None:
    """What a title says that adds up over several months, 7-9月累计: nobody knows what a month's table then holds."""
    found = _ADDED_UP.search(text)
    return Stated(asks=True) if found and found[1] != found[2] else None


_ADDED_UP = re.compile(r"(\d{1,2})月?份?[-~至到]+(\d{1,2})月份?累计")


def _last_rows(raw: RawExport, header: int) -> list[list[str]]:
    """The filled cells of the last rows that have no more than two."""
    cells = raw.grid.cells
    last = max(cells.num_rows - _LAST, header + 1)
    rows = zip(*(column.slice(last).to_pylist() for column in cells.columns), strict=True)
    return [filled for row in rows if 0 < len(filled := [str(cell) for cell in row if cell]) < _A_ROW]


def _of_notes(texts: Iterable[str], year: int) -> Iterator[Stated]:
    """Until when the table goes by its last rows: 统计截至9月20日, 导出时间:2022-09-20."""
    for text in texts:
        if (until := _UNTIL.search(text)) and not _ROSTER.search(text):
            yield Stated(made=last_day_in(f"{until[1] or year}年{until[2]}"))
        elif _UP_TO.search(text) and not _ROSTER.search(text):
            yield Stated(made=_month_end(text, year))
        elif _EXPORTED.search(text):
            yield Stated(made=last_day_in(text))


def _month_end(text: str, year: int) -> date | None:
    """The last day of the month until which something goes: 更新至10月底."""
    found = _UNTIL_MONTH.search(text)
    days = stated(f"{found[1] or year}年{found[2]}月").days if found else None
    return days[1] - timedelta(days=1) if days else None


_UNTIL_MONTH = re.compile(r"[至到止]\s*(?:(\d{4})年)?(\d{1,2})月(?:份|底|末)?(?![\d份底末日])")
_UP_TO = re.compile(r"(?:截[至止]|更新[至到]|登记[至到]|录入[至到])到?\s*(?:\d{4}年)?\d{1,2}月(?!\d)")
_LAST, _A_ROW = 8, 3
_LABELS = re.compile("(?:备?注|说明|备注说明)")
_UNTIL = re.compile(r"截[至止]到?\s*(?:(\d{4})年)?(\d{1,2}月\d{1,2}日)")
_ROSTER = re.compile("在[职岗编册]|在用|库存|盘点")
_EXPORTED = re.compile("(?:导出|打印|查询|生成)(?:时间|日期)")


def _labelled(text: str, year: int) -> Stated:
    return next((one for one in (stated(text), stated(f"{year}年{text}")) if one.days), stated(text))


_UNIT = re.compile(r"单位\s*[::]?\s*[((]?\s*([^\s::;;,,))]+)")


def units_above(raw: RawExport, header: int) -> set[str]:
    """The units that the titles above a header say: 单位:小时."""
    head = [column.slice(0, header).to_pylist() for column in raw.grid.cells.columns]
    found = {unit for column in head for cell in column if cell for unit in _UNIT.findall(plain(str(cell)))}
    return found | set(re.findall(r"\(([^()]+)\)$", plain(raw.grid.sheet)))


def _is_year(days: Days) -> bool:
    return (days[1] - days[0]).days > 364


# ---- when it was saved


def saved_early(source: Source, covers: Days, made: Sequence[date], last_row: date | None) -> date | None:
    """The day on which a table of events was made, None where it can answer for all of its cover. A date that a tool
    left says nothing, nor does one before rows that are there."""
    known = [day for day in made if covers[0] - day < _OLD and (last_row is None or last_row <= day)]
    if source.snapshot or source.date is None or not known or min(known) + GRACE >= covers[1]:
        return None
    return min(known)


def done_until(made: date) -> date:
    """The day after the last one that a table made on a day answers for: that day, or the end of its month."""
    month = (made.replace(day=1) + timedelta(days=31)).replace(day=1)
    return month if month <= made + GRACE else made + timedelta(days=1)
