"""Ledgers that are there already: sheets as rows of text -> what a catalogue might declare of them.

Convention: files of one name but for time and department are one ledger. A type is one that the reader of that type
takes every cell for; where it takes nearly every cell, the others are `odd`, and asked about.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import combinations

from itss_kpi.catalogue.sources import UNIT_WORDS
from itss_kpi.core.text import fold, half_width, plain
from itss_kpi.tables.sheets.cell_values import (
    read_datetime,
    read_decimal,
    read_integer,
    read_number,
    read_percent,
    read_period,
    read_span,
    read_yes_no,
)
from itss_kpi.tables.sheets.header import HEADER_WITHIN

_FEW, _SHORT, _LONGEST, _OFTEN, _TWICE = 12, 8, 24, 3, 1.5
_NEARLY = 0.8
_DAY = 86_400_000_000
_KEY = re.compile("编号|单号|序列号|流水|[编序]码|号码$|(?<![型户序])号$|ID$|代码", re.IGNORECASE)
_RUNNING = re.compile("序号?|[项场]次|NO\\.?", re.IGNORECASE)
_TIMES = ("period", "date", "datetime")
_NAMING = ("text", "choice", *_TIMES)
_PERSONAL = re.compile(
    "人$|人员$|员$|师傅?$|[老教]师|姓名|电话|手机|分机|短号|身份证|工号|邮箱|负责人|经办|联系方式|经理$|主管$|专员$|顾问$|[班组站队科处]长$|assigned|caller",
    re.IGNORECASE,
)
_SURNAMES = set(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田"
    "任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_NAMED = re.compile("名称|项目|客户|单位|地点|位置|内容|描述|说明|备注|原因|标题|主题")
_DATED = re.compile("日期|时间|时刻|时点|日$|date|time|opened|closed|resolved", re.IGNORECASE)
_MONTH = re.compile("月份?$|季度?$|期间|周期|考核期")
_SHARE = re.compile("(?<![速频功效税汇])率|占比|比例|百分比|[%%]")
_SPAN = re.compile("时长|耗时|用时|历时|时限|时效|工时")
FORMATS = ("%y-%m-%d", "%y.%m.%d", "%y/%m/%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%b-%y", "%d-%b-%Y")
"""Ways to write a day that nothing but an answer makes certain."""
_DATES = "受理 登记 发生 报修 投诉 申请 报告 接收 接报 创建 建立 开始 检查 巡检 计划 日期 提交 时间"
"""Words of the column of days that decides, the likeliest first."""
_ONE_TIME = (
    r"(?:(?:19|20)\d{2}(?:年|[-_.])?(?:\d{1,2}(?:月份?|(?!\d))|第?[一二三四1-4]季度|[QqHh][1-4]|[上下]半年|[春夏秋冬]季?|度)?"
    r"|第?[一二三四1-4]季度|[QqHh][1-4](?![A-Za-z0-9])|[上下]半年|\d{1,2}月份?)"
)
TIME = re.compile(
    rf"{_ONE_TIME}(?:[-~—至到](?:{_ONE_TIME}|\d{{1,2}}(?!\d)月?))?|\d{{1,2}}[-~至到]\d{{1,2}}月|全年|年度|[Vv]\d+(?:\.\d+)*|\(\d+\)"
)
"""What the name of a file says of time."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a department's file, as rows of text."""

    department: str
    file: str
    name: str
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class ColumnFound:
    """A column: the name that a catalogue can give it, its headings, its type, and what stands in each row; `odd` are
    the texts that aren't of the type, `unit` that of a duration's numbers where the heading says it, `formats` the
    unusual ways in which its days may be written; `few` texts may be all that there are, or not."""

    name: str
    headings: tuple[str, ...]
    type: str
    cells: tuple[str, ...]
    odd: tuple[str, ...] = ()
    unit: str | None = None
    formats: tuple[str, ...] = ()
    few: bool = False

    @cached_property
    def counts(self) -> Counter[str]:
        """What stands in it, how often; blank cells aside."""
        return Counter(filter(None, self.cells))

    @property
    def filled(self) -> int:
        """How many cells aren't blank."""
        return self.counts.total()

    @property
    def is_number_of_record(self) -> bool:
        """Whether its heading is one of numbers by which records are known."""
        return bool(_KEY.search(self.name))

    @property
    def is_personal(self) -> bool:
        """Whether it may be about persons."""
        return self.type == "text" and bool(_PERSONAL.search(self.name) or _are_people(self.counts))

    @property
    def percents(self) -> set[str]:
        """How its bare numbers may be shares: `whole`, 95 for 95 %, and `fraction`, 0.95 for it."""
        bare = [abs(number) for text in self.counts if (number := read_number(text)) is not None]
        forms = {"whole": any(one > 1 for one in bare), "fraction": any(0 < one < 1 for one in bare)}
        return {form for form, there in forms.items() if there}


@dataclass(frozen=True)
class LedgerFound:
    """A ledger: its name, the files of each department, and its columns over all of them, row by row; its `sheet`,
    where its files have others that are none of it (`left_out`)."""

    name: str
    files: tuple[tuple[str, str], ...]
    columns: tuple[ColumnFound, ...]
    rows: int
    sheet: str | None = None
    left_out: tuple[str, ...] = ()

    @cached_property
    def departments(self) -> tuple[str, ...]:
        """Who has handed it in."""
        return tuple(dict.fromkeys(department for department, _ in self.files))

    @cached_property
    def keys(self) -> list[ColumnFound]:
        """The columns that may tell records apart, the likeliest first: filled in each row, and nowhere alike."""
        unlike = [one for one in self.columns if len(one.counts) == self.rows]
        named = [one for one in self.columns if one.is_number_of_record and one.filled]
        first = [one for one in named if one in unlike and "序号" not in one.name]
        running = [one for one in unlike if _RUNNING.fullmatch(one.name)]
        texts = [one for one in unlike if one.type == "text"]
        return list({one.name: one for one in (*first, *running, *named, *texts)}.values())

    @cached_property
    def pairs(self) -> list[tuple[ColumnFound, ColumnFound]]:
        """The pairs of columns that may tell records apart together."""
        known = [one for one in self.columns if one.filled == self.rows and one.type in _NAMING]
        both = ((one, other) for one, other in combinations(known, 2))
        found = [pair for pair in both if len(set(zip(*(one.cells for one in pair), strict=True))) == self.rows]
        return sorted(found, key=lambda pair: -sum(one.is_number_of_record + (one.type in _TIMES) for one in pair))

    @cached_property
    def dates(self) -> list[ColumnFound]:
        """The columns of days, the one that most likely decides a record's period first."""
        found = [one for one in self.columns if one.type in _TIMES]

        def rank(one: ColumnFound) -> tuple[bool, int, int]:
            words = next((at for at, word in enumerate(_DATES.split()) if word in one.name), len(_DATES))
            return one.filled < self.rows, words, -one.filled

        return sorted(found, key=rank)

    @property
    def days(self) -> list[str]:
        """The days of its records, as far as they are written in full."""
        return [text for text in self.dates[0].cells if re.match(r"\d{4}-\d\d", text)] if self.dates else []

    def in_order(self, first: ColumnFound, last: ColumnFound) -> bool:
        """Whether what is in one column is never after what is in the other, in nearly all rows that have both."""
        pairs = [(a, b) for a, b in zip(first.cells, last.cells, strict=True) if a and b]
        moments = [(read_datetime(a, 0), read_datetime(b, 0)) for a, b in pairs]
        good = sum(a <= b for a, b in moments if a is not None and b is not None)
        return bool(pairs) and good >= 0.95 * len(pairs)

    def apart(self, one: ColumnFound, other: ColumnFound) -> bool:
        """Whether no row has something in both."""
        return not any(a and b for a, b in zip(one.cells, other.cells, strict=True))


Part = tuple[Sheet, list[str], list[Sequence[str]]]


def ledgers_of(sheets: Iterable[Sheet]) -> list[LedgerFound]:
    """The ledgers among the sheets; what has no table of records is none."""
    found: dict[str, list[Part]] = {}
    for sheet in sheets:
        if table := _table(sheet.rows):
            found.setdefault(_stem(sheet), []).append((sheet, *table))
    return [ledger for name, parts in found.items() for ledger in _ledgers(name, parts)]


def _stem(sheet: Sheet) -> str:
    """What a file is called without time and department."""
    stem = half_width(sheet.file).rpartition(".")[0].replace(sheet.department, "")
    return re.sub(r"[-_\s.()]+", "", TIME.sub("", stem)) or sheet.name or "台账"


def _table(rows: Sequence[Sequence[str]]) -> tuple[list[str], list[Sequence[str]]] | None:
    """The headings, and the rows below them: the fullest row among the first whose cells are words, each its own."""
    best, most = -1, 1
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        texts = [text.strip() for text in row if text.strip()]
        if len(texts) > most and len({*texts}) == len(texts) and not any(map(_is_value, texts)):
            best, most = at, len(texts)
    if best < 0:
        return None
    below = [row for row in rows[best + 1 :] if sum(bool(text.strip()) for text in row) > 1 and not _is_total(row)]
    return [text.strip() for text in rows[best]], below


def _is_total(row: Sequence[str]) -> bool:
    """Whether a row is none of the records, but what they come to, or who has signed."""
    first = next(text.strip() for text in row if text.strip())
    return bool(re.match("(?:合|小|总|共)计|总数|平均|审核|制表|填表|注[:：]", first))


def _is_value(text: str) -> bool:
    """Whether a text is no heading, but what stands below one."""
    return read_number(text) is not None or read_datetime(text, 0) is not None or read_yes_no(text) is not None


def _ledgers(name: str, parts: Sequence[Part]) -> Iterator[LedgerFound]:
    """The ledger of the longest table in files of one name, and those of its other sheets that seem to be ledgers,
    too, each known by its sheet's name."""
    first, others = _alike(parts)
    sheets = {sheet.name for sheet, *_ in first}
    beside: dict[str, list[Part]] = {}
    for part in others if len(sheets) == 1 else ():
        beside.setdefault(part[0].name, []).append(part)
    more = [
        replace(ledger, sheet=sheet)
        for sheet, parts_of in beside.items()
        if sheet not in sheets and _is_ledger(ledger := _ledger(f"{name}-{sheet}", parts_of))
    ]
    used = {one.sheet for one in more}
    left_out = tuple(f"{sheet.file}!{sheet.name}" for sheet, *_ in others if sheet.name not in used)
    yield replace(
        _ledger(name, first), sheet=next(iter(sheets)) if others and len(sheets) == 1 else None, left_out=left_out
    )
    yield from more


def _is_ledger(found: LedgerFound) -> bool:
    """Whether rows beside a ledger are records, too: they are numbered, or have days."""
    return found.rows > 1 and bool(found.dates or any(one.is_number_of_record for one in found.columns))


def _ledger(name: str, parts: Sequence[Part]) -> LedgerFound:
    headings = list(dict.fromkeys(heading for _, head, _ in parts for heading in head if heading))
    cells: dict[str, list[str]] = {heading: [] for heading in headings}
    for _, head, below in parts:
        at = {heading: column for column, heading in reversed(list(enumerate(head))) if heading}
        for heading, filled in cells.items():
            place = at.get(heading, -1)
            filled += [plain(row[place]) if 0 <= place < len(row) else "" for row in below]
    names = dict(_names(headings))
    columns = tuple(_column(names[one], one, tuple(cells[one])) for one in headings)
    files = tuple(dict.fromkeys((sheet.department, sheet.file) for sheet, *_ in parts))
    rows = sum(len(below) for *_, below in parts)
    return LedgerFound(name, files, columns, rows)


def _alike(parts: Sequence[Part]) -> tuple[Sequence[Part], Sequence[Part]]:
    """Those with mostly the headings of the longest, and the others."""
    most = set(max(parts, key=lambda part: len(part[2]))[1])
    alike = [part for part in parts if 2 * len(most & {*part[1]}) >= len({*part[1]})]
    return alike, [part for part in parts if part not in alike]


def _names(headings: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The name of each heading: without remarks in brackets, of letters and digits alone, each once."""
    taken: set[str] = set()
    for heading in headings:
        name = re.sub(r"\W", "", re.sub(r"[((\[【].*?[))\]】]", "", heading)) or re.sub(r"\W", "", heading) or "列"
        name = f"列{name}" if name[0].isdigit() else name
        while fold(name) in taken:
            name += "_"
        taken.add(fold(name))
        yield heading, name


# ---- types


def _column(name: str, heading: str, cells: tuple[str, ...]) -> ColumnFound:
    counts = Counter(filter(None, cells))
    made = ColumnFound(name, (heading,), "text", cells)
    if not counts or _KEY.search(name) or _RUNNING.fullmatch(name) or _PERSONAL.search(name) or _are_people(counts):
        return made
    unit = next((unit for unit, words in UNIT_WORDS.items() if any(_says(heading, word) for word in words)), None)
    if _says(heading, "分") and not _SPAN.search(name):
        unit = None  # of a score
    fits = [
        (len(odd), type_, odd)
        for type_, reads in _readers(name, heading, unit)
        if len(odd := tuple(text for text in counts if not reads(text))) < len(counts)
        and sum(counts[text] for text in odd) <= (1 - _NEARLY) * counts.total()
    ]
    if fits:
        _, type_, odd = min(fits, key=lambda fit: fit[0])  # the first of those with the fewest others
        found = replace(made, type=type_, odd=odd, unit=unit if type_ == "duration" else None)
        return replace(found, few=type_ == "integer" and _are_few(counts, _OFTEN) and bool(re.search("级|等", name)))
    formats = tuple(one for one in FORMATS if all(_written_in(one, text) for text in counts))
    if formats:
        return replace(made, type="date", formats=formats)
    choice = _are_few(counts, _OFTEN) and not _NAMED.search(name) and max(map(len, counts)) <= _SHORT
    return replace(made, type="choice" if choice else "text", few=not choice and _are_few(counts, _TWICE))


def _are_few(counts: Counter[str], often: float) -> bool:
    """Whether these texts may be all that there are."""
    return 1 < len(counts) <= _FEW and counts.total() >= often * len(counts) and max(map(len, counts)) <= _LONGEST


def _are_people(counts: Counter[str]) -> bool:
    """Whether these texts look like names of people."""
    named = sum(
        1 < len(text) <= 3 and text[0] in _SURNAMES and re.fullmatch("[\u4e00-\u9fff]+", text) is not None
        for text in counts
    )
    return named >= max(3, _NEARLY * len(counts))


def _written_in(form: str, text: str) -> bool:
    try:
        return bool(datetime.strptime(half_width(text), form))
    except ValueError:
        return False


def _says(heading: str, unit: str) -> bool:
    return bool(re.search(rf"[((/]\s*{re.escape(unit)}\s*[))]?$", heading, re.IGNORECASE))


def _readers(name: str, heading: str, unit: str | None) -> Iterator[tuple[str, Callable[[str], bool]]]:
    """The types that a column may have, the narrowest first, and whether a text is of it."""
    dated, month = bool(_DATED.search(name)), bool(_MONTH.search(name))

    def moment(text: str) -> bool:
        return read_datetime(text, 2000) is not None and (dated or not half_width(text).isdigit())

    def number(text: str) -> bool:
        return read_decimal(text) is not None and not re.match(r"0\d|\d{10}", text)

    yield "yes_no", lambda text: read_yes_no(text) is not None and not text.isdigit()
    yield "date", lambda text: moment(text) and not (read_datetime(text, 2000) or 0) % _DAY
    yield "datetime", moment
    yield "period", lambda text: month and read_number(text) is None and read_period(text, 2000) is not None
    if _SHARE.search(heading):
        yield "percent", lambda text: read_percent(text, "whole") is not None or read_percent(text, None) is not None
    yield "percent", lambda text: half_width(text).endswith("%") and read_percent(text, None) is not None
    if unit or _SPAN.search(name):
        yield "duration", lambda text: read_span(text, 1) is not None and (bool(unit) or read_number(text) is None)
    yield "integer", lambda text: number(text) and read_integer(text) is not None
    yield "decimal", number
