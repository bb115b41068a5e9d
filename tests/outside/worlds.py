"""Small random worlds: a catalogue, and the files with slips as departments would send them.

Convention: a record is a mapping of column -> value (a date, a `datetime`, an int, a `Fraction`, a text, None where
blank), with the department in `提交部门`. A row says by its `ways` what may be true of it for somebody who knows only the
manual: each way is the records that it then stands for, an unbounded amount is stood for by a least and a huge one. A
row without ways is spoken for by another one. Ways of different rows are independent. A file `proves` months: what is
in doubt is a row, never what was handed in, for there the manual decides.
"""

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

import pyarrow as pa

from itss_kpi.catalogue.catalogue import Catalogue
from itss_kpi.core.stated import stated
from itss_kpi.reading.grid import Grid, RawExport

Record = dict[str, Any]
Way = tuple[Record, ...]
Month = tuple[int, int]


class Days(NamedTuple):
    """The first day and the day after the last one; where conditions look at other rows, the rows as they turned out;
    where the window begins before the period, when that begins; where it is built on others, the months of their periods."""

    start: date
    end: date
    rows: Mapping[str, Sequence[Record]] = {}
    begins: date | None = None
    step: int = 1


class Guess(str):
    """A name that nobody can read: what it may be."""

    __slots__ = ()


class AnyOf(frozenset[Any]):
    """What nobody knows: each of the values that it may be."""


class Span(NamedTuple):
    """What stands in the place of a day: the first day and the day after the last one of a period in a column, or of the
    time for which a `snapshot` answers."""

    start: date
    end: date
    snapshot: bool = False

    def within(self, days: Days) -> AnyOf:
        """Whether it counts there: of one that is longer nobody knows what part of it does."""
        if self.snapshot:
            return AnyOf((self.start < days.end <= self.end,))
        whole = days.start <= self.start and self.end <= days.end
        return AnyOf((whole, self.start < days.end and days.start < self.end))


WHO = "提交部门"
YEAR = 2022
HUGE = 10**9
SPANS = ("时长", "挂起", "限时")
NEW = "别的"
"""A name that stands nowhere else."""
UNPLACED = "unverified"
"""What is said of each group where a row is in none of them, or nobody knows which are held against each other."""
ALL_FAULTS = "several known faults at once"
OUTSIDE = None
"""The day of a record of which only is known that it lies in no window of its file's time."""


@dataclass(frozen=True)
class Ledger:
    """A source: its id, name, key and date column, the declarations of its columns, what a text column may hold; where
    slips don't know its columns by name also what stands in them: of a cell that can't be read the values that it `may`
    be, a `fresh` record, and the columns of what `follows` its date. `keys` are more columns of its key, `extra` more
    lines of YAML, `files` a pattern of its own; a row is one for each name in the column by which it is `split`."""

    id: str
    name: str
    key: str
    date: str
    columns: Mapping[str, str]
    names: Mapping[str, tuple[str, ...]]
    may: Mapping[str, Callable[[Record], Iterable[Any]]] = field(default_factory=dict)
    fresh: Callable[[random.Random, str, date], Record] | None = None
    follows: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    files: str = ""
    split: str = ""


TICKETS = Ledger(
    "tickets",
    "工单台账",
    "编号",
    "受理",
    {
        "编号": "{type: text, required: true}",
        "受理": "{type: datetime, required: true}",
        "响应": "{type: datetime}",
        "关闭": "{type: date}",
        "项目": "{type: text}",
        "状态": "{type: choice, values: {完成: [已完成], 未完成: [], 取消: []}, required: true}",
        "时长": "{type: duration, unit: minute}",
    },
    {"项目": ("东区", "西区", "南区"), "状态": ("完成", "未完成", "取消")},
    follows=("响应", "关闭"),
)
STOCK = Ledger(
    "stock",
    "备件台账",
    "单号",
    "日期",
    {
        "单号": "{type: text, required: true}",
        "日期": "{type: date, required: true}",
        "类别": "{type: text}",
        "数量": "{type: integer, minimum: 0}",
        "合格": "{type: integer, minimum: 0}",
        "金额": "{type: decimal, minimum: 0}",
        "比例": "{type: percent}",
        "人员": "{type: text}",
        "得分": "{type: decimal, minimum: 0, maximum: 10}",
    },
    {"类别": ("重大", "一般", "轻微"), "人员": ("工号11", "工号25", "工号38")},
)
LEDGERS = {one.id: one for one in (TICKETS, STOCK)}


# ---- what is asked


@dataclass(frozen=True)
class Measure:
    """An aggregate over a ledger; `of` gives what of a record is taken (None: it is left out), `text` is the YAML.
    Both may say `AnyOf`."""

    ledger: str
    kind: str
    text: str
    where: Callable[[Record, Days], Any] = lambda record, days: True
    of: Callable[[Record, Days], Any] = lambda record, days: 1
    window: str = "period"
    date: str = ""
    within: bool = False


@dataclass(frozen=True)
class Shape:
    """An indicator without its target and period: how the measures are put together, and the targets that suit it. One
    that `looks` at other rows (of these ledgers, of its own `back` so many days), or has `parts` (the shapes of the
    indicators on which it is built, from which it `derive`s its value), is worked out from all rows at once. `among`
    are the groups, some with a target of their `own`; `extra` are more lines of YAML. `shows` are the functions and windows
    of the grammar that it is there for. What it `declares` are lines of ledgers' YAML; a group may be `combined` of columns;
    what is built on others may `reach` so many months back."""

    id: str
    measures: Mapping[str, Measure]
    targets: tuple[str, ...]
    formula: Callable[[Mapping[str, Any]], Any] | None = None
    written: str = ""
    each: str = ""
    averaged: str = ""
    whole: str = ""
    every_department: bool = False
    scale: int = 1
    reads: frozenset[str] = frozenset()
    shows: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()
    parts: tuple["Shape", ...] = ()
    derive: Callable[..., Any] | None = None
    extra: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    among: Callable[[Days], Iterable[str]] | None = None
    own: Mapping[str, str] = field(default_factory=dict)
    back: int = 0
    grows: bool = True
    graded: Callable[[Fraction], str] | None = None
    starts: str = ""
    combined: tuple[str, ...] = ()
    declares: Mapping[str, str] = field(default_factory=dict)
    reach: int = 0


@dataclass(frozen=True)
class Indicator:
    """A shape with its period and target ('' where it is only monitored), and what zero says."""

    shape: Shape
    number: int
    period: str
    target: str
    zero: str = ""
    starts: str = ""
    parts: tuple["Indicator", ...] = ()

    @property
    def id(self) -> str:
        return f"i{self.number}_{self.shape.id}"

    @property
    def yaml(self) -> str:
        """The indicator in the catalogue."""
        lines = [f"  - id: {self.id}", f"number: {self.number}", "domain: 域", f"name: {self.id}", "formula: 甲/乙"]
        lines += [f"period: {self.period}"] + [f"starts: '{self.starts}'"] * bool(self.starts)
        own = [f"{{group: {name}, requirement: '{text}'}}" for name, text in self.shape.own.items()]
        target = f"[{{requirement: '{self.target}'}}, {', '.join(own)}]" if own else f"'{self.target}'"
        lines += [f"target: {target}"] if self.target else []
        lines += [f"zero: {self.zero}"] if self.zero else []
        lines += [f"for_each: {self.shape.each}"] if self.shape.each else []
        lines += [f"averaged_over: {self.shape.averaged}"] if self.shape.averaged else []
        ids = [one.id for one in self.parts]
        lines += [text.format(*ids) if ids else text for text in self.shape.extra]
        if self.parts:  # `extra` says how they are put together
            pass
        elif self.shape.written:
            lines += ["measures:"] + [f"  {name}: {one.text}" for name, one in self.shape.measures.items()]
            lines += [f"value: {self.shape.written}"]
        else:
            lines += [f"{name}: {one.text}" for name, one in self.shape.measures.items()]
        return "\n    ".join(lines)

    def bounds(self, group: str | None = None) -> list[tuple[str, Fraction]]:
        """What the value of a group is held against."""
        return bounds_of(self.shape.own.get(group or "", self.target), self.shape.scale) if self.target else []


_UNITS = {"时": 60, "天": 1440, "%": Fraction(1, 100)}


def bounds_of(target: str, scale: int) -> list[tuple[str, Fraction]]:
    """The comparisons of a target."""
    if "~" in target or "±" in target:
        first, second = (
            _number(text + target[-1] * (target[-1] == "%"), 1) for text in re.split("[~±]", target.rstrip("%"))
        )
        edges = (first, second) if "~" in target else (first - second, first + second)
        return [(">=", edges[0] * scale), ("<=", edges[1] * scale)]
    return [(sign, _number(limit, scale)) for sign, limit in (one.split(" ") for one in target.split(" 且 "))]


def _number(text: str, scale: int) -> Fraction:
    return Fraction(text.rstrip("次个分%小时钟天")) * _UNITS.get(text[-1], 1) * scale


def _count(
    ledger: str, where: str = "", test: Callable[[Record, Days], bool] = lambda r, d: True, **more: Any
) -> Measure:
    extra = "".join(f", {name}: {value}" for name, value in more.items())
    text = f"{{measure: count, source: {ledger}{extra}" + (f', where: "{where}"}}' if where else "}")
    return Measure(ledger, "count", text, test, window=more.get("window", "period"), date=more.get("date", ""))


def _over(ledger: str, kind: str, of: str, take: Callable[[Record], Any] | None = None, extra: str = "") -> Measure:
    taken = take or (lambda record: record[of])
    return Measure(ledger, kind, f'{{measure: {kind}, source: {ledger}, of: "{of}"{extra}}}', of=lambda r, d: taken(r))


def _within(ledger: str, where: str, test: Callable[[Record], bool], kind: str = "count", of: str = "") -> Measure:
    text = f'{{within: denominator, where: "{where}"}}' if where else f"{{within: denominator, of: {of}}}"
    take = (lambda r, d: r[of]) if of else (lambda r, d: 1)
    return Measure(ledger, kind, text, lambda r, d: test(r), take, within=True)


def _span(record: Record) -> int | None:
    """Microseconds from 受理 to 响应, None where one is blank."""
    if record["响应"] is None or record["受理"] is None:
        return None
    return (record["响应"] - record["受理"]) // timedelta(microseconds=1)


def _in_time(record: Record) -> bool:
    span = _span(record)
    return span is not None and span <= 4 * 3600 * 10**6


def _open(record: Record, days: Days) -> bool:
    return record["关闭"] is None or record["关闭"] >= days[1]


def _answered_first(record: Record) -> bool:
    """A moment and a day are compared by days."""
    return None not in (record["响应"], record["关闭"]) and record["响应"].date() <= record["关闭"]


def _times(record: Record) -> Fraction:
    return record["数量"] * record["金额"]


def _ratio(name: str, top: Measure, base: Measure, reads: str, **more: Any) -> Shape:
    signs = [
        f"{sign} {share}%" for sign in (">=", ">=", ">=", "<=", "<") for share in (25, 50, 60, 66, 67, 75, 80, 100)
    ]
    columns = frozenset(reads.split())
    return Shape(
        name, {"numerator": top, "denominator": base}, tuple(signs), whole="denominator", reads=columns, **more
    )


def _value(name: str, one: Measure, targets: str, reads: str, scale: int = 1, **more: Any) -> Shape:
    return Shape(name, {"value": one}, tuple(targets.split("|")), reads=frozenset(reads.split()), scale=scale, **more)


def _formula(
    name: str, written: str, formula: Any, targets: str, reads: str, each: str = "", **measures: Measure
) -> Shape:
    return Shape(name, measures, tuple(targets.split("|")), formula, written, each, reads=frozenset(reads.split()))


MINUTE = 60 * 10**6
_FEW = "<= 0次|<= 1次|<= 2次|<= 3次|>= 2次|>= 4次|= 3次|< 5次|>= 1次|> 6次"
_TICKETS, _NOT_CANCELLED = _count("tickets"), _count("tickets", "状态 != '取消'", lambda r, d: r["状态"] != "取消")
_DONE = _within("tickets", "状态 == '完成'", lambda r: r["状态"] == "完成")
SHAPES = (
    _ratio("in_time", _within("tickets", "响应 - 受理 <= hours(4)", _in_time), _NOT_CANCELLED, "响应 受理 状态"),
    _ratio("done", _DONE, _TICKETS, "状态"),
    _ratio("done_each", _DONE, _TICKETS, "状态 项目", each="项目"),
    _ratio("done_mean", _DONE, _TICKETS, "状态 项目", averaged="项目"),
    _ratio("closed_to_opened", _count("tickets", date="关闭"), _TICKETS, "关闭"),
    _value("undone", _count("tickets", "状态 == '未完成'", lambda r, d: r["状态"] == "未完成"), _FEW, "状态"),
    _value("closed", _count("tickets", "not blank(关闭)", lambda r, d: r["关闭"] is not None), _FEW, "关闭"),
    _value("to_date", _count("tickets", window="year_to_date"), _FEW.replace("6", "9"), ""),
    _value("each_hands_in", _count("tickets"), _FEW, "", each=WHO),
    _value("mean_span", _over("tickets", "mean", "时长"), "<= 30分钟|<= 60分钟|<= 2小时|>= 1小时", "时长", MINUTE),
    _value("longest", _over("tickets", "max", "时长"), "<= 90分钟|<= 2小时|< 5小时", "时长", MINUTE),
    _value("mean_answer", _over("tickets", "mean", "响应 - 受理", _span), "<= 2小时|<= 4小时|<= 9小时", "响应 受理", MINUTE),
    _value("projects", _over("tickets", "distinct", "项目"), ">= 1个|>= 2个|>= 3个|<= 1个", "项目"),
    _value(
        "backlog",
        _count("tickets", "blank(关闭) or 关闭 >= period_end", _open, window="until_end"),
        _FEW.replace("次", "个"),
        "关闭",
    ),
    _formula(
        "not_done", "1 - 完成 / 全部", lambda m: 1 - Fraction(m["完成"], m["全部"]), "<= 25%|<= 40%|<= 50%|< 60%", "状态",
        完成=_count("tickets", "状态 == '完成'", lambda r, d: r["状态"] == "完成"), 全部=_TICKETS,
    ),
    _formula(
        "stock_a_ticket", "备件 / 工单", lambda m: Fraction(m["备件"], m["工单"]), "<= 0.5|<= 1|>= 1|>= 1.5|< 2", "",
        备件=_count("stock"), 工单=_TICKETS,
    ),
    _formula(
        "stock_a_ticket_each", "备件 / 工单", lambda m: Fraction(m["备件"], m["工单"]), "<= 0.5|<= 1|>= 1|>= 1.5|< 2", "", WHO,
        备件=_count("stock"), 工单=_TICKETS,
    ),
    _formula(
        "undone_each", "未完成 / 全部", lambda m: Fraction(m["未完成"], m["全部"]), "<= 25%|<= 40%|<= 50%|< 60%", "状态 项目", "项目",
        未完成=_count("tickets", "状态 == '未完成'", lambda r, d: r["状态"] == "未完成"), 全部=_TICKETS,
    ),
    _ratio("answered_first", _within("tickets", "响应 <= 关闭", _answered_first), _TICKETS, "响应 关闭"),
    _value("recent", _count("tickets", window="{days: 10}"), _FEW, ""),
    _value(
        "machine_days",
        Measure(
            "stock", "sum", '{measure: sum, source: stock, of: "数量 * (period_end - period_start)"}',
            of=lambda r, d: r["数量"] * ((d[1] - d[0]) // timedelta(microseconds=1)),
        ),
        "<= 300天|<= 600天|>= 500天|>= 1000天", "数量", MINUTE,
    ),
    _ratio("good", _within("stock", "", lambda r: True, "sum", "合格"), _over("stock", "sum", "数量"), "合格 数量"),
    _ratio(
        "good_mean", _within("stock", "", lambda r: True, "sum", "合格"), _over("stock", "sum", "数量"), "合格 数量 类别",
        averaged="类别",
    ),
    _ratio(
        "passed", Measure("stock", "distinct", '{within: denominator, where: "得分 >= 6"}',
        lambda r, d: r["得分"] is not None and r["得分"] >= 6, lambda r, d: r["人员"], within=True),
        _over("stock", "distinct", "人员"), "得分 人员",
    ),
    _value("grave", _count("stock", "类别 == '重大'", lambda r, d: r["类别"] == "重大"), _FEW, "类别"),
    _value("money", _over("stock", "sum", "金额"), "<= 50|<= 100|<= 200|>= 80|>= 150", "金额"),
    _value("worth", _over("stock", "sum", "数量 * 金额", _times), "<= 1000|<= 2000|>= 1500", "数量 金额"),
    _value("score", _over("stock", "mean", "得分"), ">= 5分|>= 6分|>= 7分|>= 8分", "得分"),
    _value(
        "score_of_all", _over("stock", "mean", "得分", extra=", each_department: true"), ">= 5分|>= 6分|>= 7分", "得分",
        every_department=True,
    ),
    _value("lowest_score", _over("stock", "min", "得分"), ">= 2分|>= 4分|>= 6分", "得分"),
    _value("share", _over("stock", "mean", "比例"), ">= 90%|>= 95%|>= 97%", "比例"),
)  # fmt: skip


# ---- what was handed in


@dataclass(eq=False)
class Row:
    """A row's texts, and what may be true of it; a `free` one has no slip yet. `taken` are the ways that the program is
    known to take for it instead, and `why` says in which fault."""

    cells: dict[str, str]
    ways: list[Way] | None
    free: bool = True
    taken: list[Way] | None = None
    why: str = ""

    @property
    def record(self) -> Record:
        assert self.ways
        return self.ways[0][0]


@dataclass(eq=False)
class File:
    """A sheet of a file: its time, the months that it proves, and the days of the month in which it was made `until`
    then; its texts; rows `elsewhere` are written in the lines `below`; `plain`, no slip of the file as a whole yet."""

    ledger: Ledger
    department: str
    stem: str
    months: list[Month]
    proves: set[Month]
    rows: list[Row] = field(default_factory=list)
    above: list[list[str]] = field(default_factory=list)
    below: list[list[str]] = field(default_factory=list)
    elsewhere: list[Row] = field(default_factory=list)
    format: str = "xlsx"
    headings: list[tuple[str, str]] = field(default_factory=list)
    sheet: str = "Sheet1"
    plain: bool = True
    saved: date | None = None
    until: date | None = None
    readable: bool = True
    errors: list[tuple[Row, str]] = field(default_factory=list)
    merged: list[tuple[Row, Row, str]] = field(default_factory=list)
    hidden: list[Row] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"{self.department}/{self.stem}.{self.format}"

    @property
    def lines(self) -> list[list[str]]:
        """The sheet as lines of texts, '' where blank."""
        head = [heading for _, heading in self.headings]
        body = [[row.cells.get(column, "") for column, _ in self.headings] for row in self.rows]
        return [*self.above, head, *body, *self.below]

    @property
    def grid(self) -> Grid:
        """The sheet as the reader would leave it."""
        if not self.readable:
            return Grid("", pa.table({}), ())
        lines = self.lines
        width = max(map(len, lines))
        texts = {f"c{at}": [line[at] or None if at < len(line) else None for line in lines] for at in range(width)}
        cells = pa.table({name: pa.array(column, pa.string()) for name, column in texts.items()})
        first = len(self.above) + 1
        at = {column: index for index, (column, _) in enumerate(self.headings)}
        place = {row: first + index for index, row in enumerate(self.rows)}
        errors = tuple((place[row], at[column]) for row, column in self.errors if column in at and row in place)
        merges = tuple((place[top], at[name], place[end], at[name]) for top, end, name in self.merged if top in place)
        hidden = tuple(place[row] for row in self.hidden if row in place)
        return Grid(self.sheet, cells, tuple(range(width)), errors, merges=merges, hidden_rows=hidden)

    def export(self, catalogue: Catalogue) -> RawExport:
        """What the program gets of it."""
        named = stated(self.stem, catalogue.words_of_name(self.ledger.id))
        sha256 = f"sha256 of {self.lines}" if self.readable else ""
        return RawExport(
            self.ledger.id, self.department, self.path, sha256, named.days, self.grid, self.format, self.saved, self.readable,
            named.made, named.asks, named.part,
        )  # fmt: skip


@dataclass(eq=False)
class World:
    """What is declared, what was handed in, what is asked, and the slips that were made."""

    seed: int
    asked: str
    ledgers: dict[str, tuple[str, ...]]
    indicators: list[Indicator]
    files: list[File] = field(default_factory=list)
    slips: list[str] = field(default_factory=list)
    more: dict[str, str] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)
    last_year: dict[str, set[str]] = field(default_factory=dict)
    head: str = ""

    @property
    def reads(self) -> frozenset[str]:
        """The columns that some indicator reads."""
        return frozenset[str]().union(*(one.shape.reads for one in self.indicators))

    @property
    def yaml(self) -> str:
        """The catalogue."""
        lines = ["format: itss-kpi/catalogue/1", "plan: {title: 计划, document: D, version: V1, organization: 公司,"]
        lines += [f"  year: {YEAR}, departments: [甲部, 乙部]}}", self.head, "sources:"]
        for name, departments in self.ledgers.items():
            one = LEDGERS[name]
            lines += [f"  {name}:", f"    name: {one.name}", f"    departments: [{', '.join(departments)}]"]
            lines += [
                f"    files: {one.files or f'{one.name}_*.xlsx'}",
                f"    key: [{', '.join((one.key, *one.keys))}]",
            ]
            lines += [f"    date: {one.date}"] if one.date in one.columns else ["    snapshot: true"]
            lines += [f"    {text}" for text in (*one.extra, *self._declared(name), self.more.get(name)) if text]
            lines += [
                "    columns:",
                *(f"      {column}: {self.declared.get(column, text)}" for column, text in one.columns.items()),
            ]
        return "\n".join([*lines, "indicators:", *(one.yaml for one in self.indicators)]) + "\n"

    def _declared(self, ledger: str) -> list[str]:
        return sorted({one.shape.declares[ledger] for one in self.indicators if ledger in one.shape.declares})

    @property
    def faults(self) -> list[str]:
        """The known faults of the program that some row shows."""
        return sorted({row.why for one in self.files for row in (*one.rows, *one.elsewhere) if row.why})

    def units(self, fault: str = "") -> list[tuple[str, list[Way]]]:
        """Each row that speaks for itself, with its ledger and ways: those that the program takes, where it shows the
        `fault`."""
        rows = [(one.ledger.id, row) for one in self.files for row in (*one.rows, *one.elsewhere)]
        taken = [(name, row.taken if row.taken and fault in (row.why, ALL_FAULTS) else row.ways) for name, row in rows]
        return [(name, [_split(LEDGERS[name], way) for way in ways]) for name, ways in taken if ways is not None]


def _split(ledger: Ledger, way: Way) -> Way:
    """A record for each name of a cell."""
    if not ledger.split:
        return way
    names = [re.split("[、,;,; ]", str(one[ledger.split])) for one in way]
    return tuple({**one, ledger.split: name} for one, mine in zip(way, names, strict=True) for name in mine)


# ---- periods


def months_of(period: str) -> list[Month]:
    """The months in which `2022`, `2022Q3`, `2022-07`, `2022-W05`, `2022-07-05` or `2022-02~2022-04` lies."""
    start, end = days_of(period)[:2]
    return months_between(start, end)


def months_between(start: date, end: date) -> list[Month]:
    found, month = [], (start.year, start.month)
    while first_day(month) < end:
        found.append(month)
        month = (day_after(month).year, day_after(month).month)
    return found


def first_day(month: Month) -> date:
    return date(month[0], month[1], 1)


def day_after(month: Month) -> date:
    return date(month[0] + month[1] // 12, month[1] % 12 + 1, 1)


def later(day: date, months: int) -> date:
    """The same day so many months later, or earlier."""
    at = day.year * 12 + day.month - 1 + months
    return date(at // 12, at % 12 + 1, day.day)


def days_of(period: str) -> Days:
    """The days of a period, as it is written."""
    if "~" in period:
        first, last = period.split("~")
        if len(first) == 7:
            return Days(date.fromisoformat(f"{first}-01"), days_of(last).end)
        return Days(date.fromisoformat(first), date.fromisoformat(last) + timedelta(1))
    year = int(period[:4])
    if "W" in period:
        monday = date.fromisocalendar(year, int(period[-2:]), 1)
        return Days(monday, monday + timedelta(7))
    if "Q" in period or "H" in period:
        many = 3 if "Q" in period else 6
        start = date(year, many * int(period[-1]) - many + 1, 1)
        return Days(start, later(start, many))
    if len(period) == 10:
        return Days(date.fromisoformat(period), date.fromisoformat(period) + timedelta(1))
    start = date(year, int(period[5:] or 1), 1)
    return Days(start, later(start, 1 if "-" in period else 12))


def before(kind: str, start: date) -> date:
    """The first day of the period before the one that starts so."""
    return start - timedelta({"week": 7, "day": 1}[kind]) if kind in ("week", "day") else later(start, -KINDS[kind])


# ---- aggregates


def mean(amounts: Sequence[Any]) -> Fraction | None:
    return sum(amounts, Fraction()) / len(amounts) if amounts else None


def at_share(amounts: Sequence[Any], share: Fraction) -> Fraction:
    """As PERCENTILE.INC of Excel."""
    place = share * (len(amounts) - 1)
    low, *more = sorted(amounts)[place.__floor__() :][:2]
    return Fraction(low) + (place - place.__floor__()) * ((more or [low])[0] - low)


# ---- a world without slips

KINDS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
"""Periods of months, and how many they have."""
_ASKED = ("2022Q1", "2022Q1", "2022Q1", "2022Q2", "2022-02", "2022-03", "2022-03", "2022")


def clean(seed: int) -> tuple[World, random.Random]:
    """A world in which every department took care, and the dice for what comes next."""
    rng = random.Random(seed)
    asked = rng.choice(_ASKED)
    shapes = rng.sample(SHAPES, rng.choice((1, 1, 2, 2, 3)))
    names = sorted({one.ledger for shape in shapes for one in shape.measures.values()})
    ledgers = {name: ("甲部", "乙部") if rng.random() < 0.4 else ("甲部",) for name in names}
    indicators = [_indicator(rng, shape, at, asked) for at, shape in enumerate(shapes, 1)]
    world = World(seed, asked, ledgers, indicators)
    sizes = {"2022": ("quarter", "year"), "2022Q2": ("quarter", "month", "year")}
    for name, departments in ledgers.items():
        size = rng.choice(sizes.get(asked, ("quarter", "month", "year", "quarter")))
        for department in departments:
            world.files += files_of(rng, LEDGERS[name], department, size, months_of(asked)[-1])
    if any(shape.id == "backlog" for shape in shapes):
        _year_before(world, rng)
    return world, rng


def _indicator(rng: random.Random, shape: Shape, number: int, asked: str) -> Indicator:
    periods = ["month"] * 2 + ["quarter"] * 2 * (asked != "2022-02") + ["year"] * 4 * (asked == "2022")
    target = rng.choice(shape.targets)
    monitored = rng.random() < 0.1
    zero = rng.choice(("", "", "", "undefined", "attained", "missed")) if shape.whole and not monitored else ""
    return Indicator(shape, number, rng.choice(periods), "" if monitored else target, zero)


def files_of(rng: random.Random, ledger: Ledger, department: str, size: str, last: Month) -> Iterable[File]:
    """What a department hands in up to a month, by files of a size."""
    whole = {"month": 1, "quarter": 3, "year": 12}[size]
    for start in range(1, last[1] + 1, whole):
        months = [(YEAR, month) for month in range(start, start + whole)]
        stem = f"{ledger.name}_{rng.choice(_WRITTEN[size])(start)}"
        one = File(ledger, department, stem, months, set(months), headings=[(name, name) for name in ledger.columns])
        seen = [month for month in months if month <= last]
        count = rng.randint(*{"month": (3, 4), "quarter": (4, 6), "year": (6, 8)}[size])
        for at in range(count):
            one.rows.append(
                new_row(rng, one, f"{department[0]}{ledger.id[0].upper()}{start + 10}{at + 31}", rng.choice(seen))
            )
        yield one


_WRITTEN: Mapping[str, tuple[Callable[[int], str], ...]] = {
    "month": (lambda m: f"2022-{m:02}", lambda m: f"2022年{m}月", lambda m: f"2022{m:02}"),
    "quarter": (lambda m: f"2022Q{m // 3 + 1}", lambda m: f"2022年{'一二三四'[m // 3]}季度"),
    "year": (lambda m: "2022", lambda m: "2022年度"),
}


def _year_before(world: World, rng: random.Random) -> None:
    """What was open at the year's beginning, in one of the ways that the manual knows; or nothing of it."""
    how = rng.choice(("carries", "file", "file", "nothing"))
    if how == "carries":
        world.more["tickets"] = "carries: earlier"
    world.last_year["tickets"] = set(world.ledgers["tickets"]) if how != "nothing" else set()
    if how == "nothing":
        world.slips.append("no ledger of the year before")
    if how == "file":
        for department in world.ledgers["tickets"]:
            months = [(YEAR - 1, month) for month in range(1, 13)]
            one = File(TICKETS, department, "工单台账_2021", months, set(months), plain=False)
            one.headings = [(name, name) for name in TICKETS.columns]
            one.rows = [new_row(rng, one, f"{department[0]}旧{at + 31}", months[-at - 1]) for at in range(4)]
            for row in one.rows:
                row.free = False
            world.files.append(one)


def new_row(rng: random.Random, file: File, key: str, month: Month) -> Row:
    """A row as it should be."""
    day = date(month[0], month[1], rng.randint(3, 26))
    if file.ledger.fresh:
        record: Record = file.ledger.fresh(rng, key, day)
    elif file.ledger is TICKETS:
        received = datetime(day.year, day.month, day.day, rng.randint(8, 11), rng.randint(1, 59))
        answered = rng.choice((30, 45, 90, 200, 300, 1700, None))
        record = {
            "编号": key,
            "受理": received,
            "响应": None if answered is None else received + timedelta(minutes=answered),
            "关闭": rng.choice((None, day, day + timedelta(rng.randint(1, 40)))),
            "项目": rng.choice(TICKETS.names["项目"]),
            "状态": rng.choice(("完成", "完成", "完成", "未完成", "取消")),
            "时长": rng.choice((10, 30, 45, 60, 90, 130)) * MINUTE,
        }
    else:
        whole = rng.choice((2, 3, 5, 8, 10))
        record = {
            "单号": key,
            "日期": day,
            "类别": rng.choice(STOCK.names["类别"]),
            "数量": whole,
            "合格": whole - rng.choice((0, 0, 0, 1, 2)),
            "金额": Fraction(rng.choice(("12.5", "20", "33", "45.25"))),
            "比例": Fraction(rng.choice((88, 92, 95, 96, 98, 100)), 100),
            "人员": rng.choice(STOCK.names["人员"]),
            "得分": Fraction(rng.choice((3, 5, 6, 7, 9, 10))),
        }
    record[WHO] = file.department
    return Row({name: text_of(value, name) for name, value in record.items() if name != WHO}, [(record,)])


def text_of(value: Any, column: str = "") -> str:
    """A value as a careful person types it."""
    match value:
        case None:
            return ""
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M")
        case date():
            return value.isoformat()
        case bool():
            return "是" if value else "否"
        case _ if column in SPANS:
            return str(value // MINUTE)
        case _ if column == "比例":
            return f"{value * 100}%"
        case Fraction():
            return f"{float(value):g}"
        case _:
            return str(value)
