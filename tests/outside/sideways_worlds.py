"""Worlds of ledgers that lie on their side: months or items as headings, a column taken from the name of a file or sheet or
from a title, a period as a column, and lists as of a day; with the slips that such files have.

Convention: as in `worlds` and `slips`. In a file with months or items across the `rows` are its lines, which speak for
nothing, and the rows `elsewhere` speak for the cells.
"""

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from typing import Any

from outside.slips import Slip, beside, but, make_world, said_again
from outside.worlds import (
    HUGE,
    LEDGERS,
    WHO,
    YEAR,
    Days,
    File,
    Guess,
    Indicator,
    Ledger,
    Measure,
    Month,
    Record,
    Row,
    Shape,
    Span,
    World,
    day_after,
    first_day,
    months_of,
    text_of,
)  # fmt: skip

SYSTEMS = ("OA", "ERP", "二号楼")
ITEMS = ("网络", "数据库", "安全")
PEOPLE = ("张三", "李四", "王五")
_NAMED = f"{{type: choice, values: {{{', '.join(f'{name}: []' for name in SYSTEMS)}}}, required: true}}"
_TEXT, _MONTH = "{type: text, required: true}", "{type: period, required: true}"
_AMOUNT = "{type: decimal, required: true, minimum: 0}"


# ---- ledgers


def _lying(name: str, called: str, columns: Mapping[str, str], headings: str, *cells: str) -> Ledger:
    """With the cells' columns below headings of a column; the first column is the key, with the headings and the month."""
    key = next(iter(columns))
    across = f"across: {{headings: {headings}, cells: [{', '.join(cells)}]}}"
    may = {column: _MAY[column] for column in cells}
    return Ledger(
        name, called, key, "月份", columns, {}, may, keys=tuple(dict.fromkeys((headings, "月份"))), extra=(across,)
    )


def _toured(how: str, kind: str) -> Ledger:
    """By file, sheet or title; of systems that are a text or a choice."""
    column = _NAMED if kind == "choice" else _TEXT
    columns = {"系统": f"{column[:-1]}, above: 系统名称}}" if how == "above" else column, "编号": _TEXT}
    columns |= {"日期": "{type: date, required: true}", "异常": "{type: integer, required: true, minimum: 0}"}
    return Ledger(f"toured_{how}_{kind}", "巡检", "系统", "日期", columns, {}, {"异常": _one_of(0, 1, 2, HUGE)}, keys=("编号",),
                  extra=("sheet: '{系统}'",) * (how == "sheet"), files="巡检_{系统}_*.xlsx" if how == "file" else "")  # fmt: skip


def _one_of(*values: Any) -> Callable[[Record], Iterable[Any]]:
    return lambda record: values


_AMOUNTS, _SCORED = _one_of(0, 3, 5, 8, HUGE), _one_of(0, 60, 80, 100)
_MAY = {
    "比例": _one_of(-HUGE, Fraction(9, 10), Fraction(95, 100), 1, HUGE),
    "计划": _AMOUNTS,
    "实际": _AMOUNTS,
    "得分": _SCORED,
    "次数": _AMOUNTS,
}
_MONTHLY = {"系统": _TEXT, "月份": _MONTH}
_ITEM = f"{{type: choice, values: {{{', '.join(f'{name}: []' for name in ITEMS)}}}, required: true}}"
_SKILL = {"姓名": _TEXT, "项目": _ITEM, "得分": "{type: decimal, required: true, minimum: 0, maximum: 100}"}
_ABOVE = {"月份": "{type: period, required: true, above: 考核月份}"}
UPTIME = _lying("uptime", "可用率", {**_MONTHLY, "比例": "{type: percent, required: true}"}, "月份", "比例")
PLANNED = _lying("planned", "完成情况", {**_MONTHLY, "计划": _AMOUNT, "实际": _AMOUNT}, "月份", "计划", "实际")
SKILLS = _lying("skills", "技能", {**_SKILL, **_ABOVE}, "项目", "得分")
TESTS = _lying("tests", "考试", {**_SKILL, "次数": _AMOUNT, **_ABOVE}, "项目", "得分", "次数")
FILLED = Ledger("filled", "填报表", "指标", "月份", {"指标": _TEXT, "月份": _MONTH, "数值": "{type: decimal, minimum: 0}"}, {},
                {"数值": _AMOUNTS}, keys=("月份",))  # fmt: skip
ASSETS = Ledger("assets", "项目清单", "项目号", "时点", {"项目号": _TEXT, "在用": "{type: yes_no, required: true}", "规模": "{type: decimal, minimum: 0}"},
                {}, {"在用": _one_of(True, False), "规模": _AMOUNTS})  # fmt: skip
TOURED = tuple(_toured(how, kind) for how in ("file", "sheet", "above") for kind in ("text", "choice"))
LYING = (UPTIME, PLANNED, SKILLS, TESTS, FILLED, ASSETS, *TOURED)
LEDGERS |= {one.id: one for one in LYING}


# ---- shapes

Test = Callable[[Record, Days], Any]


def measure(ledger: Ledger, kind: str, of: str = "", where: str = "", test: Test | None = None, **more: Any) -> Measure:
    text = f"measure: {kind}, source: {ledger.id}" + f", of: {of}" * bool(of) + f', where: "{where}"' * bool(where)
    text += "".join(f", {name}: {value}" for name, value in more.items())
    return Measure(ledger.id, kind, f"{{{text}}}", test or (lambda r, d: True), lambda r, d: r[of] if of else 1, **more)


def value(shows: str, name: str, targets: str, made: Measure, reads: str, each: str = "") -> Shape:
    columns = frozenset(f"{reads} {each}".split())
    return Shape(f"s_{name}", {"value": made}, tuple(targets.split("|")), each=each, reads=columns, shows=(shows,))


def part(shows: str, name: str, targets: str, of: str, test: Test, base: Measure, reads: str, **more: Any) -> Shape:
    """A part of the rows, by a condition, or of their amounts, by another column."""
    made = replace(base, text=f"{{within: denominator, of: {of}}}", of=lambda r, d: r[of], within=True)
    if " " in of:
        made = replace(base, text=f'{{within: denominator, where: "{of}"}}', where=test, within=True)
    columns, wanted = frozenset(reads.split()), tuple(targets.split("|"))
    return Shape(
        f"s_{name}",
        {"numerator": made, "denominator": base},
        wanted,
        whole="denominator",
        reads=columns,
        shows=(shows,),
        **more,
    )


_SHARES = ">= 50%|>= 75%|<= 50%|<= 25%|>= 100%"
_SUMS = "<= 12|>= 12|<= 30|>= 30|>= 60|<= 90"
_PERCENTS = ">= 95%|>= 97%|>= 90%"
_SCORES = ">= 60分|>= 75分|>= 85分"
_BELOW = measure(UPTIME, "count", where="比例 < 0.95", test=lambda r, d: r["比例"] < Fraction(95, 100))
_DONE = measure(PLANNED, "count", where="实际 >= 计划", test=lambda r, d: r["实际"] >= r["计划"])
SHAPES = (
    value("across(months)", "mean", _PERCENTS, measure(UPTIME, "mean", "比例"), "比例"),
    value("across(months)", "mean_each", _PERCENTS, measure(UPTIME, "mean", "比例"), "比例", "系统"),
    value("across(months)", "min", _PERCENTS, measure(UPTIME, "min", "比例"), "比例"),
    value("across(months)", "below", "<= 0次|<= 1次|>= 2次", _BELOW, "比例"),
    value("across(months)", "to_date", _PERCENTS, measure(UPTIME, "mean", "比例", window="year_to_date"), "比例"),
    value("across(months) previous", "previous", _PERCENTS, measure(UPTIME, "max", "比例", window="previous"), "比例"),
    value("across(months, two)", "sum", _SUMS, measure(PLANNED, "sum", "实际"), "实际"),
    value("across(months, two)", "sum_each", _SUMS, measure(PLANNED, "sum", "计划"), "计划", "系统"),
    value("across(months, two)", "done", "<= 1次|>= 2次|>= 3次", _DONE, "实际 计划"),
    part("across(months, two)", "fulfilled", ">= 90%|>= 100%|<= 120%", "实际", _DONE.where, measure(PLANNED, "sum", "计划"), "实际 计划",
         extra=("may_exceed: true",)),
    value("across(items)", "score", _SCORES, measure(SKILLS, "mean", "得分"), "得分"),
    value("across(items)", "score_each", _SCORES, measure(SKILLS, "mean", "得分"), "得分", "项目"),
    value("across(items)", "lowest", _SCORES, measure(SKILLS, "min", "得分"), "得分", "姓名"),
    part("across(items)", "passed", _SHARES, "得分 >= 60", lambda r, d: r["得分"] >= 60, measure(SKILLS, "count"), "得分"),
    value("across(items, two)", "tries", _SUMS, measure(TESTS, "sum", "次数"), "次数"),
    value("across(items, two)", "tries_each", _SUMS, measure(TESTS, "sum", "次数", "得分 >= 60", lambda r, d: r["得分"] >= 60), "次数 得分", "项目"),
    value("period column", "filled", _SUMS, measure(FILLED, "sum", "数值"), "数值"),
    value("period column", "filled_mean", "<= 4|>= 5|>= 3", measure(FILLED, "mean", "数值", "指标 == '甲数'", lambda r, d: r["指标"] == "甲数"), "数值 指标"),
    value("period column", "filled_each", "<= 4|>= 5|<= 9", measure(FILLED, "max", "数值"), "数值", "指标"),
    value("period column", "filled_to_date", _SUMS, measure(FILLED, "sum", "数值", window="year_to_date"), "数值"),
    value("snapshot", "assets", "<= 3个|>= 3个|>= 4个", measure(ASSETS, "count", where="规模 >= 5", test=lambda r, d: (r["规模"] or 0) >= 5), "规模"),
    value("snapshot", "size", _SUMS, measure(ASSETS, "sum", "规模"), "规模"),
    value("snapshot", "size_mean", "<= 4|>= 5|>= 3", measure(ASSETS, "mean", "规模", "在用", lambda r, d: r["在用"]), "规模 在用"),
    part("snapshot", "in_use", _SHARES, "在用 and not blank(项目号)", lambda r, d: r["在用"], measure(ASSETS, "count"), "在用 项目号"),
    *(shape for one in TOURED for shows in (f"{one.id[7:].replace('_', '(')})",) for shape in (
        value(shows, f"{one.id}_sum", "<= 1次|<= 3次|>= 4次", measure(one, "sum", "异常"), "异常"),
        value(shows, f"{one.id}_each", "<= 0次|<= 1次|>= 2次", measure(one, "sum", "异常"), "异常", "系统"),
        part(shows, f"{one.id}_share", _SHARES, "异常 == 0", lambda r, d: r["异常"] == 0, measure(one, "count"), "异常"),
        part(shows, f"{one.id}_mean", _SHARES, "异常 == 0", lambda r, d: r["异常"] == 0, measure(one, "count"), "异常 系统", averaged="系统"),
    )),
)  # fmt: skip

SHOWN = (SHAPES,)


# ---- files


@dataclass(eq=False)
class Lying(File):
    """A file of which a cell is a record: where each of them stands, by its columns; or one of a `part`, as its name says."""

    at: dict[Row, tuple[Row, dict[str, str]]] = field(default_factory=dict)
    part: str = ""

    def place(self, row: Row, column: str) -> tuple[Row, str]:
        """The line and the column in which something of a record stands."""
        line, tags = self.at.get(row, (row, {}))
        return line, tags.get(column, column)

    @property
    def speaking(self) -> list[Row]:
        return [row for row in (*self.rows, *self.elsewhere) if row.ways is not None]


AMOUNTS: Mapping[str, tuple[Any, ...]] = {
    "比例": tuple(Fraction(many, 100) for many in (88, 94, 96, 98, 100)),
    "计划": (4, 5, 8),
    "实际": (2, 4, 5, 8),
    "得分": (40, 60, 70, 90, 100),
    "次数": (1, 2, 3),
}


def lay(
    rng: random.Random, file: Lying, keys: Sequence[str], tops: Mapping[str, str], seen: Mapping[str, Record]
) -> None:
    """The cells below their headings, a line for each key; of tops that nobody has seen yet they are blank."""
    key, cells = file.ledger.key, tuple(file.ledger.may)
    two_lines = len(cells) > 1 and rng.random() < 0.5
    file.headings = [(key, key)]
    if two_lines:
        file.above.append([key, *(text for top in tops.values() for text in (top, *[""] * (len(cells) - 1)))])
        file.headings = [(key, "")]
    for top, text in tops.items():
        file.headings += [(f"{name}{top}", name if two_lines else text + name * (len(cells) > 1)) for name in cells]
    for name in keys:
        line = Row({key: name}, None, free=False)
        file.rows.append(line)
        for top in seen:
            made = {column: rng.choice(values) for column, values in AMOUNTS.items()}
            record = {
                key: name,
                WHO: file.department,
                **{column: Fraction(made[column]) for column in cells},
                **seen[top],
            }
            line.cells |= {f"{column}{top}": text_of(record[column], column) for column in cells}
            file.elsewhere.append(Row({}, [(record,)]))
            file.at[file.elsewhere[-1]] = (line, {column: f"{column}{top}" for column in cells})


def of_month(month: Month) -> Span:
    return Span(first_day(month), day_after(month))


def months_lying(rng: random.Random, file: Lying, last: Month) -> None:
    written = rng.choice(("{0}月", f"{YEAR}年{{0}}月", f"{YEAR}-{{0:02}}"))
    seen = [month for month in file.months if month <= last]
    file.proves = {*seen}
    tops = {str(month[1]): written.format(month[1]) for month in (file.months if rng.random() < 0.5 else seen)}
    lay(rng, file, SYSTEMS, tops, {str(month[1]): {"月份": of_month(month)} for month in seen})
    if rng.random() < 0.4 and len(tops) == len(file.months) > 1:  # what adds up others is no record
        file.headings.append(("sum", "全年" if len(tops) == 12 else f"{'一二三四'[file.months[0][1] // 3]}季度"))
        for line in file.rows:
            line.cells["sum"] = "77"
    _harmless(rng, file)


def items_lying(rng: random.Random, file: Lying) -> None:
    (month,) = file.months
    file.above = [rng.choice(([f"考核月份:{YEAR}年{month[1]}月"], ["考核月份", f"{YEAR}-{month[1]:02}"]))]
    seen = {name: {"月份": of_month(month), "项目": name} for name in ITEMS}
    lay(rng, file, PEOPLE, {name: name for name in ITEMS}, seen)
    _harmless(rng, file)


def _harmless(rng: random.Random, file: Lying) -> None:
    if rng.random() < 0.3:
        file.headings.append(("remark", "备注"))
        file.rows[0].cells["remark"] = "待核对"


def plain_rows(rng: random.Random, file: Lying, last: Month) -> None:
    """Rows of the ledgers that stand upright."""
    name, seen = file.ledger.id, [month for month in file.months if month <= last]
    file.headings = [(column, column) for column in file.ledger.columns if not (column == "系统" and file.part)]
    if name == "filled":
        for month, what in product(seen, ("甲数", "乙数")):
            written = rng.choice((f"{YEAR}-{month[1]:02}", f"{YEAR}年{month[1]}月", f"{month[1]}月"))
            _row(file, written, 指标=what, 月份=of_month(month), 数值=Fraction(rng.choice((2, 3, 5, 8))))
    elif name == "assets":
        span = Span(first_day(file.months[0]), day_after(file.months[-1]), snapshot=True)
        for at in rng.sample(range(1, 8), rng.randint(4, 6)):
            used, size = rng.random() < 0.7, rng.choice((None, *map(Fraction, (2, 5, 8))))
            _row(file, "", 项目号=f"P{at}", 在用=used, 规模=size, 时点=span)
    else:
        for at in range(rng.randint(2, 3)):
            day = first_day(rng.choice(seen)).replace(day=rng.randint(3, 26))
            _row(
                file, "", 系统=file.part, 编号=f"X{file.months[0][1] + 10}{at}", 日期=day, 异常=rng.choice((0, 0, 1, 2))
            )


def _row(file: Lying, month: str, **record: Any) -> None:
    cells = {name: text_of(value) for name, value in record.items()} | {"月份": month}
    file.rows.append(Row(cells, [({**record, WHO: file.department},)]))


def files(rng: random.Random, ledger: Ledger, size: str, last: Month) -> Iterable[Lying]:
    whole = {"month": 1, "quarter": 3, "year": 12}[size]
    for start in range(1, last[1] + 1, whole):
        months = [(YEAR, month) for month in range(start, start + whole)]
        time = {"month": f"{YEAR}-{start:02}", "quarter": f"{YEAR}Q{start // 3 + 1}", "year": f"{YEAR}"}[size]
        for part in SYSTEMS if ledger in TOURED else ("",):
            file = Lying(ledger, "甲部", f"{ledger.name}_{time}", months, {*months}, part=part)
            if part:
                _say_part(file, part)
            if ledger in (UPTIME, PLANNED):
                months_lying(rng, file, last)
            elif ledger in (SKILLS, TESTS):
                items_lying(rng, file)
            else:
                plain_rows(rng, file, last)
            yield file


def _say_part(file: Lying, part: str) -> None:
    """Of which system a file is, where its ledger says it."""
    start, *_, time = file.stem.split("_")
    how = file.ledger.id.split("_")[1]
    if how != "sheet":
        file.stem = f"{start}_{part if how == 'file' else f'{SYSTEMS.index(file.part) + 1}组'}_{time}"
    file.sheet = part if how == "sheet" else file.sheet
    file.above = [[f"系统名称:{part}"]] if how == "above" else []


# ---- slips

SLIPS: dict[str, Slip] = {}


def slip(name: str) -> Callable[[Slip], Slip]:
    def register(make: Slip) -> Slip:
        SLIPS[name] = make
        return make

    return register


def whole(world: World, rng: random.Random, ledgers: Iterable[Ledger] = LYING) -> Lying | None:
    """A file of such a ledger in which nothing is wrong; it is taken."""
    plain = [one for one in world.files if one.plain and one.ledger in ledgers]
    found = [one for one in plain if all(row.free for row in one.speaking)]
    if not found:
        return None
    file = rng.choice(found)
    file.plain = False
    return file


def a_cell(world: World, rng: random.Random, columns: Iterable[str] = ()) -> tuple[Lying, Row, str] | None:
    """A record in which nothing is wrong, and a column of it that is read and has an amount."""
    found = [
        (file, row, column)
        for file in world.files
        if file.plain
        for column in file.ledger.may
        if column in world.reads and column in (columns or file.ledger.may)
        for row in file.speaking
        if row.free and row.record[column] is not None
    ]
    if not found:
        return None
    file, row, column = rng.choice(found)
    row.free = False
    return file, row, column


def unknown(file: File, row: Row, *columns: str) -> None:
    for column in columns:
        ways = [(record, one) for (record,) in row.ways or () for one in file.ledger.may[column](record)]
        row.ways = [(but(record, **{column: one}),) for record, one in ways]


@slip("unreadable cell")
def _unreadable(world: World, rng: random.Random) -> bool:
    if found := a_cell(world, rng):
        file, row, column = found
        line, tag = file.place(row, column)
        line.cells[tag] = rng.choice(("待补", "约12", "?", "#N/A", "#DIV/0!"))
        if line.cells[tag][0] == "#":
            file.errors.append((line, tag))
        unknown(file, row, column)
    return bool(found)


@slip("blank cell")
def _blank(world: World, rng: random.Random) -> bool:
    """Unknown where others of its month or item are filled, or it is required; else nothing. A row of which only its
    number would be left is no record at all (D303)."""
    if found := a_cell(world, rng):
        file, row, column = found
        line, tag = file.place(row, column)
        if sum(map(bool, line.cells.values())) <= 2:
            return False
        line.cells[tag] = ""
        if "required" in file.ledger.columns[column]:
            unknown(file, row, column)
        else:
            row.ways = [(but(row.record, **{column: None}),)]
    return bool(found)


@slip("a record without anything")
def _blank_record(world: World, rng: random.Random) -> bool:
    found = a_cell(world, rng, ("计划", "次数"))
    if found:
        file, row, _ = found
        for column in file.ledger.may:
            line, tag = file.place(row, column)
            line.cells[tag] = ""
        unknown(file, row, *file.ledger.may)
    return bool(found)


@slip("a month without anything, or without its heading")
def _no_month(world: World, rng: random.Random) -> bool:
    """It isn't handed in."""
    file = whole(world, rng, (UPTIME, PLANNED))
    if not file or len(file.proves) < 2:
        return False
    month = rng.choice(sorted(file.proves))
    file.proves.discard(month)
    tags = [f"{name}{month[1]}" for name in file.ledger.may]
    renamed = file.ledger is UPTIME and rng.random() < 0.5
    if renamed:
        file.headings = [(tag, "第几列" if tag in tags else text) for tag, text in file.headings]
    for row in file.speaking:
        if row.record["月份"].start == first_day(month):
            row.ways = [()]
            line, _ = file.at[row]
            line.cells |= dict.fromkeys(tags, "") if not renamed else {}
    return True


@slip("a heading twice")
def _twice_heading(world: World, rng: random.Random) -> bool:
    """Nobody knows which of the columns holds."""
    file = whole(world, rng, (UPTIME, SKILLS))
    if not file:
        return False
    tag, text = rng.choice([one for one in file.headings[1:] if one[0][-1:] and one[0][:2] in file.ledger.may])
    file.headings.insert(rng.randint(1, len(file.headings)), ("again", text))
    for line in file.rows:
        line.cells["again"] = rng.choice((line.cells.get(tag, ""), "50" if file.ledger is SKILLS else "50%"))
    for row in file.speaking:
        if file.place(row, tag[:2])[1] == tag:
            unknown(file, row, tag[:2])
    if not any(line.cells.get(tag) for line in file.rows):  # of a month that nobody has seen
        for line in file.rows:
            line.cells["again"] = ""
    return True


@slip("a line twice")
def _line_twice(world: World, rng: random.Random) -> bool:
    file = whole(world, rng)
    if file and file.rows:
        file.rows.append(Row(dict(rng.choice(file.rows).cells), None, free=False))
    return bool(file and file.rows)


@slip("a line again with another number")
def _line_again(world: World, rng: random.Random) -> bool:
    """One record, of which nobody knows which holds."""
    if found := a_cell(world, rng):
        file, row, column = found
        line, tag = file.place(row, column)
        again = Row(dict(line.cells), None, free=False)
        other = {"在用": not row.record[column]}.get(column, Fraction(rng.choice((0, 1))))
        if other == row.record[column]:
            return False
        again.cells[tag] = text_of(other, column)
        row.ways = [(row.record,), (but(row.record, **{column: other}),)]
        file.rows.append(again)
        for others in file.speaking:  # a second slip in the line would be in both, or in one
            others.free = others.free and file.at.get(others, (None,))[0] is not line
    return bool(found)


@slip("a line without its name")
def _nameless(world: World, rng: random.Random) -> bool:
    """Its records are there or not."""
    file = whole(world, rng, (UPTIME, PLANNED, SKILLS, TESTS, ASSETS))
    if not file or file.ledger.key in world.reads:
        return False
    line = rng.choice(file.rows)
    line.cells[file.ledger.key] = ""
    mine = [row for row in file.speaking if file.place(row, "")[0] is line]
    for row in mine:
        row.ways = [(row.record,), ()]
    return True


@slip("an item without its column, or one that is misspelt")
def _no_item(world: World, rng: random.Random) -> bool:
    """What is below a heading that is no item may be one's; of the item that isn't there nobody knows anything."""
    file = whole(world, rng, (SKILLS,))
    if not file:
        return False
    lost = rng.choice(ITEMS)
    misspelt = rng.random() < 0.5
    gone = f"得分{lost}"
    file.headings = [(tag, "数据厍" if tag == gone else text) for tag, text in file.headings if misspelt or tag != gone]
    for line in file.rows:
        mine = [row for row in file.speaking if file.at[row][0] is line]
        (own,) = [row for row in mine if row.record["项目"] == lost]
        rest = [row.record for row in mine if row is not own]
        lines = [rest, *([*rest, but(other, 得分=own.record["得分"])] for other in rest if misspelt)]
        scores = file.ledger.may["得分"](own.record)
        own.ways = [(but(own.record, 得分=score), *others) for others in lines for score in scores]
        for row in mine:
            row.ways = None if row is not own else row.ways
    return True


@slip("a title that isn't there")
def _no_title(world: World, rng: random.Random) -> bool:
    """In its file's time each row may be, or not."""
    file = whole(world, rng, (SKILLS, TESTS, *TOURED[4:]))
    if not file:
        return False
    file.above = [line for line in file.above if not line[0].startswith(("考核月份", "系统名称"))]
    for row in file.speaking:
        if file.part:
            row.ways = [(), *((but(row.record, 系统=name),) for name in names_of(file))]
        else:
            row.ways = [(row.record,), ()]
    file.part = ""
    return True


def names_of(file: File) -> Iterable[str]:
    return SYSTEMS if file.ledger.id.endswith("choice") else map(Guess, (*SYSTEMS, "别的"))


@slip("a name that is no choice")
def _no_choice(world: World, rng: random.Random) -> bool:
    file = whole(world, rng, [one for one in TOURED if one.id.endswith("choice")])
    if file:
        _say_part(file, "三号楼")
        for row in file.speaking:
            row.ways = [(), *((but(row.record, 系统=name),) for name in SYSTEMS)]
        file.part = ""
    return bool(file)


@slip("a column of its own")
def _own_column(world: World, rng: random.Random) -> bool:
    """It is believed before the name."""
    file = whole(world, rng, [one for one in TOURED if one.id.endswith("text")])
    if file:
        file.headings.insert(0, ("系统", "系统"))
        for row in file.rows:
            name = rng.choice(SYSTEMS)
            row.cells["系统"], row.ways = name, [(but(row.record, 系统=name),)]
            row.cells["编号"] = f"Y{row.cells['编号']}{SYSTEMS.index(file.part)}"
    return bool(file)


@slip("a figure of a quarter")
def _quarters(world: World, rng: random.Random) -> bool:
    file = whole(world, rng, (FILLED,))
    if not file or not file.rows:
        return False
    row = rng.choice(file.rows)
    at = (file.months[0][1] - 1) // 3
    span = Span(first_day((YEAR, 3 * at + 1)), day_after((YEAR, 3 * at + 3)))
    row.cells["月份"] = rng.choice((f"{YEAR}Q{at + 1}", f"{YEAR}年{'一二三四'[at]}季度"))
    row.ways = [(but(row.record, 月份=span),)]
    return True


@slip("a period that can't be read")
def _no_period(world: World, rng: random.Random) -> bool:
    """In its file's time it may count or not."""
    file = whole(world, rng, (FILLED,))
    if not file or not file.rows:
        return False
    row = rng.choice(file.rows)
    row.cells["月份"] = rng.choice(("待补", "Q3", "七月", "", "上月"))
    row.ways = [(), *((but(row.record, 月份=of_month(month)),) for month in file.months)]
    return True


@slip("two lists of a day")
def _two_lists(world: World, rng: random.Random) -> bool:
    """Every row of both counts or not."""
    file = whole(world, rng, (ASSETS,))
    if not file:
        return False
    other = Lying(ASSETS, "甲部", f"{file.stem}_二组", file.months, set(), headings=list(file.headings), plain=False)
    plain_rows(rng, other, file.months[-1])
    for row in (*file.rows, *other.rows):
        row.ways = [(row.record,), ()]
    world.files.append(other)
    return True


# ---- whole files


@slip("a file is lacking")
def _lacking(world: World, rng: random.Random) -> bool:
    if file := whole(world, rng):
        world.files.remove(file)
    return bool(file)


@slip("the file is called void, or asks what time it is")
def _void(world: World, rng: random.Random) -> bool:
    file = whole(world, rng)
    no_year = [text for line in file.lines for text in line if re.fullmatch(r"\d+月.*", text)] if file else []
    if not file or no_year or file.ledger.id.startswith("toured_sheet"):
        return False
    void = rng.random() < 0.5
    file.stem += rng.choice(("_作废", "(撤回)")) if void else rng.choice(("_第一部分", "(一)", "_上旬"))
    file.proves = set()
    for row in file.speaking:
        row.ways = [(row.record,), ()] if void else [()] if file.ledger is ASSETS else row.ways
    return True


@slip("a copy of a file")
def _copy(world: World, rng: random.Random) -> bool:
    file = whole(world, rng, [one for one in LYING if one is not ASSETS and "sheet" not in one.id])
    if file:
        made = beside(world, file, f"{file.stem}{rng.choice(('(1)', '_副本', ' (2)'))}", said_again(file))
        made.above = list(file.above)
        if file.part and "text" not in file.ledger.id:
            made.proves = set()
    return bool(file)


@slip("a file just outside of where files are read")
def _near(world: World, rng: random.Random) -> bool:
    file = whole(world, rng, [one for one in LYING if "sheet" not in one.id])
    if file:
        file.readable = False
        for one in world.files:  # it may hold more of what others hold
            one.proves -= {*file.months}
        for row in file.speaking:
            row.ways = [()]
    return bool(file)


# ---- a world


def clean(seed: int) -> tuple[World, random.Random]:
    """A world in which every department took care."""
    rng = random.Random(seed)
    asked = rng.choice(("2022Q1", "2022Q1", "2022Q2", "2022-02", "2022-03", "2022"))
    ledger = rng.choice((UPTIME, PLANNED, SKILLS, TESTS, FILLED, ASSETS, rng.choice(TOURED), rng.choice(TOURED)))
    mine = [one for one in SHAPES if next(iter(one.measures.values())).ledger == ledger.id]
    longer = ("quarter",) * ("Q" in asked) + ("quarter", "year") * (len(asked) == 4)
    indicators = [
        Indicator(shape, at, rng.choice(("month", "month", *longer)), rng.choice((*shape.targets, *shape.targets, "")))
        for at, shape in enumerate(rng.sample(mine, 2), 1)
    ]
    world = World(seed, asked, {ledger.id: ("甲部",)}, indicators)
    sizes = ("quarter", "year") if asked == "2022" else ("quarter", "month", "year")
    sizes = ("month",) if ledger in (SKILLS, TESTS) else sizes
    world.files += files(rng, ledger, rng.choice(sizes), months_of(asked)[-1])
    return world, rng


def make(seed: int) -> World:
    """The world of a seed; of a choice each needs a file of its own, or its month isn't handed in."""
    world = make_world(seed, clean, SLIPS)
    (ledger,) = world.ledgers
    if ledger.endswith("choice"):
        parts = [(getattr(one, "part", ""), one.proves) for one in world.files]
        proven = [{month for part, months in parts if part == name for month in months} for name in SYSTEMS]
        for one in world.files:
            one.proves = set.intersection(*proven)
    return world
