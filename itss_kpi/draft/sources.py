"""A ledger that is there -> its declaration as plain values, and what has to be asked of it.

Convention: as in `questions`: what a stranger can't know is asked always: who hands it in, what tells records apart,
which day decides the period, what is personal, what can't be.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import combinations
from typing import Any

from itss_kpi.catalogue.kinds import advice
from itss_kpi.catalogue.sources import Source
from itss_kpi.core.stated import stated
from itss_kpi.core.text import fold
from itss_kpi.draft.ledgers import TIME, ColumnFound, LedgerFound
from itss_kpi.draft.questions import Asking
from itss_kpi.tables.sheets.cell_values import read_datetime

NO_KEY, NO_DATE, TEXT = "没有编号", "没有日期列", "文本"
YES, NO = "是", "不是"
TYPES = {
    "integer": "整数", "decimal": "数值", "percent": "百分比", "date": "日期", "datetime": "日期时间",
    "duration": "时长", "yes_no": "是否", "period": "月份", "choice": "几种之一", "text": TEXT,
}  # fmt: skip
_PERCENTS = {"whole": "99 就是 99%", "fraction": "0.99 就是 99%"}
_DIGITS = str.maketrans("一二三四五", "12345")
_NOT = {"不", "非", "未", "无", "没", "没有"}
_SHOWN = 5


def source_of(
    asking: Asking, ledger: LedgerFound, others: Sequence[LedgerFound], departments: Sequence[str]
) -> dict[str, Any]:
    """The declaration of a ledger; of the `others` it has to be told apart."""
    found = _one_heading(asking, ledger)
    timeless = any(stated(file.rpartition(".")[0], (found.name, *departments)).days is None for _, file in found.files)
    made: dict[str, Any] = {
        "name": found.name,
        "departments": asking.ask(
            "应交部门",
            "哪些部门要交?没有交的,用到它的指标就是“数据缺失”",
            "、".join(found.departments),
            several(departments),
        ),
        "files": pattern(found, others, timeless=timeless),
        **({"sheet": found.sheet} if found.sheet else {}),
    }
    if timeless:
        made |= _time(asking, found)
    _like_others(asking, found, others)
    _key(asking, found, made)
    _date(asking, found, made)
    made["columns"] = {one.name: _column(asking, one, made) for one in found.columns}
    _personal(asking, found, made["columns"])
    _checks(asking, found, made)
    return made


def several(known: Sequence[str]) -> Callable[[str], list[str]]:
    """Reads several of the known names out of a text."""

    def read(text: str) -> list[str]:
        listed = [part.strip() for part in re.split("[、,,;;]", text) if part.strip()]
        for name in listed:
            if name not in known:
                raise ValueError(f"没有“{name}”{advice(name, known)}")
        return listed

    return read


def _time(asking: Asking, ledger: LedgerFound) -> dict[str, Any]:
    """For what time files answer whose names say none: what their records are of, unless somebody knows better."""
    years = Counter(day[:4] for day in ledger.days)
    months = sorted({day[:7] for day in ledger.days if day[:4] == max(years, key=lambda year: years[year])})
    there = months[0] if len(months) == 1 else f"{months[0]}至{months[-1]}" if months else _WHOLE_YEAR
    asks = "文件名没有写考核期。它是哪段时间的全部?这段时间以外的月份是“数据缺失”,其中没有记录的月份算“没有发生”"

    def read(text: str) -> str:
        if text not in (_WHOLE_YEAR, _LATER) and stated(text).days is None:
            raise ValueError(f"写作 2022-04至2022-09、2022Q3、{_WHOLE_YEAR} 或 {_LATER}")
        return text

    effect = f"记录的日期从 {months[0]} 到 {months[-1]}" if months else ""
    said = asking.ask("文件的时间", asks, there, read, [there, _WHOLE_YEAR, _LATER], effect=effect)
    return {} if said in (None, _LATER) else {"covers": "year" if said == _WHOLE_YEAR else said}


_WHOLE_YEAR, _LATER = "全年", "以后在文件名中写明"


def pattern(ledger: LedgerFound, others: Sequence[LedgerFound], *, timeless: bool = False) -> str:
    """A pattern of names that holds all of its files and none of another ledger's; where some are `timeless`, those of
    later files, too, that say their time."""
    foreign = [file for other in others for file in other.files if file not in ledger.files]

    def fits(made: str) -> bool:
        source = Source(name=ledger.name, departments=ledger.departments, files=made, key=("列",), columns={})
        return all(source.claims(*file) for file in ledger.files) and not any(source.claims(*file) for file in foreign)

    named = [f"{name.removesuffix('.xlsx')}*.xlsx" for name in _patterns(ledger) if "*" not in name]
    return next(filter(fits, [*(named if timeless else []), *_patterns(ledger)]), ledger.files[0][1])


def _patterns(ledger: LedgerFound) -> Iterator[str]:
    stems = [file.rpartition(".")[0] for _, file in ledger.files]
    yield from dict.fromkeys(re.sub(r"\*+", "*", TIME.sub("*", stem)) + ".xlsx" for stem in stems)
    yield f"{ledger.name}_*.xlsx"
    yield f"{ledger.name}*.xlsx"
    yield f"*{ledger.name}*.xlsx"


# ---- columns under several headings, ledgers under several names


def _one_heading(asking: Asking, ledger: LedgerFound) -> LedgerFound:
    """The ledger with those columns made one of which an answer says that they are; asked of all that may be."""
    columns = list(ledger.columns)
    for one, other in combinations(ledger.columns, 2):
        if one.type != other.type or not ledger.apart(one, other) or not _may_be_one(one, other):
            continue
        question = f"“{one.headings[0]}”与“{other.headings[0]}”是同一列吗?(没有一行两列都有内容)"
        if asking.one_of(f"{one.name}/{other.name}", question, YES, (YES, NO)) == YES and {one, other} <= {*columns}:
            cells = tuple(a or b for a, b in zip(one.cells, other.cells, strict=True))
            both = replace(one, headings=(*one.headings, *other.headings), cells=cells)
            columns[columns.index(one)] = both
            columns.remove(other)
    return replace(ledger, columns=tuple(columns))


def _may_be_one(one: ColumnFound, other: ColumnFound) -> bool:
    shared = len({*one.name} & {*other.name}) / min(len(one.name), len(other.name))
    return shared >= 0.6 or (one.is_number_of_record and other.is_number_of_record)


def _like_others(asking: Asking, ledger: LedgerFound, others: Sequence[LedgerFound]) -> None:
    """Ask of ledgers that have mostly the same columns whether they are one."""
    for other in others[others.index(next(one for one in others if one.name == ledger.name)) + 1 :]:
        shared = {fold(one.name) for one in ledger.columns} & {fold(one.name) for one in other.columns}
        if len(shared) >= 0.6 * min(len(ledger.columns), len(other.columns)):
            said = f"与台账“{other.name}”的列差不多。是两种台账吗?是同一种的,把文件改成一样的名称,再运行一次 draft"
            asking.one_of(
                f"与{other.name}", said, "", ("是两种",), reason=f"相同的列:{'、'.join(sorted(shared)[:_SHOWN])}"
            )


# ---- what tells records apart, and when they were


def _key(asking: Asking, ledger: LedgerFound, made: dict[str, Any]) -> None:
    first = ledger.keys[0] if ledger.keys else None
    alone = first is not None and len(first.counts) == ledger.rows
    pairs = [] if alone else [f"{one.name}、{other.name}" for one, other in ledger.pairs]
    names = [*pairs[:_SHOWN], *(one.name for one in ledger.keys[:_SHOWN])]
    said = f"{ledger.rows} 行,{len(first.counts)} 个不同" if first else "没有一列每行都不同"
    read = several([NO_KEY, *(one.name for one in ledger.columns)])
    question = "哪一列使每条记录各不相同?几列合起来的用顿号隔开"
    key = asking.ask("编号列", question, names[0] if alone or pairs else "", read, [*names, NO_KEY], effect=said)
    if not key or key == [NO_KEY]:
        made |= {"key": [one.name for one in ledger.columns[:1]], "key_scope": "row"}
    else:
        made["key"] = key


def _date(asking: Asking, ledger: LedgerFound, made: dict[str, Any]) -> None:
    names = [one.name for one in ledger.dates]
    first = ledger.dates[0] if ledger.dates else None
    effect = f"{ledger.rows} 行中 {first.filled} 行有" if first else ""
    question = "一条记录按哪个日期算进哪个月?没有的(如花名册),每份文件是一个时点的全部"
    date = asking.one_of("日期列", question, names[0] if names else NO_DATE, [*names, NO_DATE], effect=effect)
    made |= {"snapshot": True} if date == NO_DATE else {"date": date}


# ---- columns


def _column(asking: Asking, found: ColumnFound, made: dict[str, Any]) -> dict[str, Any]:
    """The declaration of a column, after what is doubtful about it was asked."""
    declared: dict[str, Any] = {"type": found.type}
    aliases = [heading for heading in found.headings if heading != found.name]
    declared |= {"aliases": aliases} if aliases else {}
    for rule in (_odd, _few, _dates, _percents, _blanks, _spans):
        rule(asking, found, declared)
    if declared["type"] == "choice":
        declared["values"] = _values(asking, found)
    needed = (found.name in made["key"] and "key_scope" not in made) or found.name == made.get("date")
    return declared | ({"required": True} if needed else {})


def _odd(asking: Asking, found: ColumnFound, declared: dict[str, Any]) -> None:
    if not found.odd:
        return
    word = TYPES[found.type]
    number = sum(found.counts[text] for text in found.odd)
    asks = f"“{found.headings[0]}”一列有 {number} 格不是{word}({'、'.join(found.odd[:_SHOWN])}),怎样看?"
    blank = f"{word},这些词当空着"
    chosen = asking.one_of(f"{found.name}的内容", asks, word, (word, blank, TEXT), columns=[found.name])
    declared |= {"type": "text"} if chosen == TEXT else {"blank_words": list(found.odd)} if chosen == blank else {}


def _few(asking: Asking, found: ColumnFound, declared: dict[str, Any]) -> None:
    """What has few values and may have others: a number of a level, a name."""
    if found.few:
        word, choice = TYPES[found.type], TYPES["choice"]
        shown = "、".join(list(found.counts)[:_SHOWN])
        asks = f"“{found.headings[0]}”只有 {shown} 等 {len(found.counts)} 种,以后会有别的吗?"
        chosen = asking.one_of(
            f"{found.name}的内容", asks, word, (word, choice), reason=f"{choice}的,别的算写错", columns=[found.name]
        )
        declared |= {"type": "choice"} if chosen == choice else {}


def _dates(asking: Asking, found: ColumnFound, declared: dict[str, Any]) -> None:
    """Days in an unusual form; times of the day without one; months that look like numbers."""
    text = next(iter(found.counts), "")
    if found.formats:
        readings = {f"{datetime.strptime(text, form):%Y-%m-%d}": form for form in found.formats}
        proposal = next(iter(readings)) if len(readings) == 1 else ""
        chosen = asking.one_of(
            f"{found.name}的写法", f"“{found.headings[0]}”写的“{text}”是哪一天?", proposal, list(readings)
        )
        form = readings.get(chosen, found.formats[0])
        declared["formats"] = [form]
    elif found.type == "date" and read_datetime(text, 0) is None:
        asks = f"“{found.headings[0]}”写的“{text}”没有年份,都是文件那一年的吗?"
        chosen = asking.one_of(f"{found.name}的年份", asks, YES, (YES, TEXT), columns=[found.name])
        declared |= {"type": "text"} if chosen == TEXT else {}
    elif found.type == "text" and re.fullmatch(r"\d{1,2}:\d\d(:\d\d)?", text):
        asks = f"“{found.headings[0]}”只有几点几分(如 {text}),没有日期,不能算跨过零点的时长。怎样看?"
        chosen = asking.one_of(f"{found.name}的内容", asks, TEXT, (TEXT, TYPES["duration"]), columns=[found.name])
        declared |= {"type": "duration", "unit": "hour"} if chosen != TEXT else {}
    elif found.type in ("integer", "decimal") and re.search("年月|月份|日期", found.name):
        asks = f"“{found.headings[0]}”写成了数(如 {text};2020.10 会变成 2020.1),怎样看?"
        chosen = asking.one_of(f"{found.name}的内容", asks, TEXT, (TEXT, TYPES[found.type]), columns=[found.name])
        declared |= {"type": "text"} if chosen == TEXT else {}


def _percents(asking: Asking, found: ColumnFound, declared: dict[str, Any]) -> None:
    if found.type == "percent" and found.percents:
        likely = _PERCENTS[next(iter(found.percents))] if len(found.percents) == 1 else ""
        asks = f"“{found.headings[0]}”中不带 % 的数怎样看?"
        chosen = asking.one_of(f"{found.name}的数", asks, likely, list(_PERCENTS.values()), columns=[found.name])
        declared |= {"percent": next(form for form, said in _PERCENTS.items() if said == chosen)} if chosen else {}


def _blanks(asking: Asking, found: ColumnFound, declared: dict[str, Any]) -> None:
    """Blank cells among others: of yes and no, and of numbers."""
    blank = len(found.cells) - found.filled
    if not found.filled or not blank or declared["type"] != found.type:
        return
    if found.type == "yes_no":
        asks = f"“{found.headings[0]}”有 {blank} 行空着,是不是就是“否”?"
        filled = asking.one_of(f"{found.name}空着的", asks, "就是“否”", ("就是“否”", "没有填"), columns=[found.name])
        declared |= {"required": True} if filled == "没有填" else {}
    elif found.type in ("integer", "decimal", "duration"):
        asks = f"“{found.headings[0]}”有 {blank} 行空着,是 0 还是不知道?"
        chosen = asking.one_of(f"{found.name}空着的", asks, "不知道", ("不知道", "就是 0"), columns=[found.name])
        declared |= {"blank": 0} if chosen == "就是 0" else {}


def _spans(asking: Asking, found: ColumnFound, declared: dict[str, Any]) -> None:
    """The unit of a duration's numbers; whether 2:35 is hours and minutes."""
    if found.type != "duration" or declared["type"] == "text":
        return
    declared["unit"] = found.unit or "hour"
    clocks = [text for text in found.counts if re.fullmatch(r"\d+:\d\d", text)]
    if clocks:
        asks = f"“{found.headings[0]}”写的“{clocks[0]}”是几小时几分吗?"
        chosen = asking.one_of(f"{found.name}的写法", asks, "小时:分", ("小时:分", TEXT), columns=[found.name])
        if chosen == TEXT:
            declared["type"] = "text"
            del declared["unit"]


def _values(asking: Asking, found: ColumnFound) -> dict[str, list[str]]:
    """The values with their synonyms; which are such is asked."""
    values: dict[str, list[str]] = {value: [] for value in found.counts}
    for one, other in combinations(found.counts, 2):
        longer, shorter = (one, other) if len(one) >= len(other) else (other, one)
        first, second = (one, other) if found.counts[one] >= found.counts[other] else (other, one)
        within = len(shorter) > 1 and shorter in longer and longer.replace(shorter, "") not in _NOT
        if within or _loose(longer) == _loose(shorter):
            same = _loose(longer) == _loose(shorter)
            asks = f"“{found.headings[0]}”中的“{longer}”与“{shorter}”是一回事吗?是的都算“{first}”"
            item = f"{found.name}:{longer}/{shorter}"
            chosen = asking.one_of(item, asks, YES if same else "", (YES, NO), columns=[found.name])
            if chosen == YES and first in values and second in values:
                values[first] = [*values[first], second, *values.pop(second)]
    return values


def _loose(text: str) -> str:
    """A value without what people vary."""
    return fold(text).translate(_DIGITS).strip("已了的区类组")


def _personal(asking: Asking, ledger: LedgerFound, columns: dict[str, Any]) -> None:
    names = [one.name for one in ledger.columns if one.is_personal]
    read = several(["没有", *columns])
    question = "哪些列是个人信息,在问题和明细中只显示代号?"
    # whether something is hidden makes no verdict another one
    hidden = asking.ask("个人信息", question, "、".join(names) or "没有", read, ["没有"], columns=[""])
    for name in hidden or ():
        columns.get(name, {})["sensitive"] = True


def _checks(asking: Asking, ledger: LedgerFound, made: dict[str, Any]) -> None:
    """Which moments can't be before others: of those that the rows bear out, asked."""
    dates = [one for one in ledger.dates if made["columns"][one.name]["type"] in ("date", "datetime")]
    pairs = [
        (first, last)
        for first, last in ((a, b) for a in dates for b in dates if a is not b)
        if first.type == last.type and re.search("响应|到场|解决|恢复|完成|关闭|结束|交付|反馈|回复", last.name)
        and not re.search("计划|要求|应|预计|截止", f"{first.name}{last.name}") and ledger.in_order(first, last)
        and not ledger.in_order(last, first)
    ]  # fmt: skip
    rules = [f"{last.name} >= {first.name}" for first, last in pairs[:_SHOWN]]
    if rules:
        question = "下面几条是不是每行都该成立?不成立的行会提示,并在用到时存疑"
        used = [one.name for pair in pairs[:_SHOWN] for one in pair]
        read = several(["不核对", *rules])
        kept = asking.ask("核对", question, "、".join(rules), read, ["不核对"], columns=used)
        checks = [{"rule": rule, "says": f"不符合 {rule}"} for rule in kept or () if rule in rules]
        made |= {"checks": checks} if checks else {}
